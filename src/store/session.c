/* Sessions and tokens for programs. A session's last use is written at most now and then, and never waited for. */
#include "store/account_row.h"

#include "base/error.h"

#define SESSION_COLUMNS                                                                                                \
    "session.hash, session.account, session.stage, session.created, session.seen, session.expires, session.agent,"     \
    " session.peer"
#define TOKEN_COLUMNS                                                                                                  \
    "api_token.id, api_token.hash, api_token.account, api_token.name, api_token.rights, api_token.created,"            \
    " api_token.expires, api_token.used"
enum { N_SESSION_COLUMNS = 8, N_TOKEN_COLUMNS = 8 };

static bool read_session(sqlite3_stmt *row, struct arena *arena, void *item)
{
    struct session *out = item;
    *out = (struct session){.account = sql_u64(row, 1),
        .stage = (uint8_t)sql_u64(row, 2),
        .created = sqlite3_column_int64(row, 3),
        .seen = sqlite3_column_int64(row, 4),
        .expires = sqlite3_column_int64(row, 5)};
    hash_read(row, 0, &out->hash);
    return sql_copy(row, 6, arena, &out->agent) && sql_copy(row, 7, arena, &out->peer);
}

static enum comity_status note_log_in(struct store *store, const struct session *session, struct comity_error *err)
{
    struct arena arena = {0};
    struct account account;
    enum comity_status status = store_account(store, session->account, &arena, &account, err);
    if (!status)
        status =
            sql_run(store, err, "UPDATE account SET seen = ? WHERE id = ?", "iu", session->created, session->account);
    if (!status)
        status = account_ledger(store, "log in", account.name, "from", session->peer, account.name, err);
    arena_release(&arena);
    return status;
}

static enum comity_status add(
    struct store *store, const struct session *session, const struct secret_hash *instead, struct comity_error *err)
{
    enum comity_status status = sql_run(store, err, "DELETE FROM session WHERE expires <= ?", "i", session->created);
    if (!status && instead)
        status = sql_run(store, err, "DELETE FROM session WHERE hash = ?", "b", hash_bytes_of(instead));
    if (!status)
        status = sql_run(store, err, "INSERT INTO session VALUES(?, ?, ?, ?, ?, ?, ?, ?)", "buuiiitt",
            hash_bytes_of(&session->hash), session->account, (uint64_t)session->stage, session->created, session->seen,
            session->expires, session->agent, session->peer);
    return !status && session->stage == SESSION_OPEN ? note_log_in(store, session, err) : status;
}

enum comity_status store_session_add(
    struct store *store, const struct session *session, const struct secret_hash *instead, struct comity_error *err)
{
    enum comity_status status = brief_begin(store, err);
    return status ? status : brief_end(store, add(store, session, instead, err), err);
}

struct session_and_account {
    struct session session;
    struct account account;
};

static bool read_session_and_account(sqlite3_stmt *row, struct arena *arena, void *item)
{
    struct session_and_account *found = item;
    return read_session(row, arena, &found->session) && account_read(row, N_SESSION_COLUMNS, arena, &found->account);
}

enum comity_status store_session(struct store *store, const struct secret_hash *hash, int64_t now, struct arena *arena,
    struct session *out, struct account *account, struct comity_error *err)
{
    struct session_and_account found;
    enum comity_status status =
        sql_find(store, arena, read_session_and_account, &found, "there is no such session", err,
            "SELECT " SESSION_COLUMNS ", " ACCOUNT_COLUMNS " FROM session JOIN account ON account.id = session.account"
            " WHERE session.hash = ? AND session.expires > ? AND account.is_disabled = 0",
            "bi", hash_bytes_of(hash), now);
    if (status)
        return status;
    *out = found.session;
    *account = found.account;
    return COMITY_OK;
}

enum comity_status store_session_touch(
    struct store *store, const struct secret_hash *hash, int64_t now, struct comity_error *err)
{
    sqlite3_busy_timeout(store->db, 0);
    enum comity_status status = sql_run(
        store, err, "UPDATE session SET seen = ?1 WHERE hash = ?2 AND seen < ?1", "ib", now, hash_bytes_of(hash));
    sqlite3_busy_timeout(store->db, STORE_BUSY_MS);
    return status;
}

enum comity_status store_sessions(struct store *store, uint64_t account, int64_t now, struct arena *arena,
    struct session **out, size_t *n, struct comity_error *err)
{
    struct sql_items items;
    enum comity_status status = sql_list(store, arena, sizeof **out, read_session, &items, err,
        "SELECT " SESSION_COLUMNS
        " FROM session WHERE account = ? AND expires > ? AND stage = 1 ORDER BY seen DESC, hash",
        "ui", account, now);
    *out = items.at;
    *n = items.n;
    return status;
}

enum comity_status store_session_end(struct store *store, const struct secret_hash *hash, struct comity_error *err)
{
    enum comity_status status = brief_begin(store, err);
    if (status)
        return status;
    status = sql_run(store, err, "DELETE FROM session WHERE hash = ?", "b", hash_bytes_of(hash));
    return brief_end(store, status, err);
}

uint64_t session_number(const struct session *session)
{
    return hash_number(&session->hash);
}

/* A line that says whose they were, and by whom they ended. */
static enum comity_status note_end(
    struct store *store, const char *what, uint64_t id, const struct reader *who, struct comity_error *err)
{
    struct arena arena = {0};
    struct account account;
    enum comity_status status = store_account(store, id, &arena, &account, err);
    if (!status)
        status = account_ledger(store, what, account.name, NULL, SLICE_EMPTY, slice_from(who->name), err);
    arena_release(&arena);
    return status;
}

static enum comity_status end_one(
    struct store *store, uint64_t account, uint64_t number, const struct reader *who, struct comity_error *err)
{
    unsigned char start[HASH_START];
    enum comity_status status = sql_run(store, err, "DELETE FROM session WHERE account = ? AND substr(hash, 1, 8) = ?",
        "ub", account, hash_start(number, start));
    if (!status)
        status = must_change(store, "this session has ended already", err);
    return status ? status : note_end(store, "end session", account, who, err);
}

enum comity_status store_session_end_one(
    struct store *store, uint64_t account, uint64_t number, const struct reader *who, struct comity_error *err)
{
    enum comity_status status = brief_begin(store, err);
    return status ? status : brief_end(store, end_one(store, account, number, who, err), err);
}

enum comity_status store_sessions_end(struct store *store, uint64_t account, const struct secret_hash *keep,
    const struct reader *who, struct comity_error *err)
{
    enum comity_status status = brief_begin(store, err);
    if (status)
        return status;
    status = sql_run(store, err, "DELETE FROM session WHERE account = ? AND hash IS NOT ?", "ub", account,
        keep ? hash_bytes_of(keep) : SLICE_EMPTY);
    if (!status)
        status = note_end(store, "end sessions", account, who, err);
    return brief_end(store, status, err);
}

/* ---- tokens for programs ------------------------------------------------------------------------------------------
 */

static bool read_token(sqlite3_stmt *row, struct arena *arena, void *item)
{
    struct api_token *out = item;
    *out = (struct api_token){.id = sql_u64(row, 0),
        .account = sql_u64(row, 2),
        .rights = (uint32_t)sql_u64(row, 4),
        .created = sqlite3_column_int64(row, 5),
        .expires = sqlite3_column_int64(row, 6),
        .used = sqlite3_column_int64(row, 7)};
    hash_read(row, 1, &out->hash);
    return sql_copy(row, 3, arena, &out->name);
}

static enum comity_status add_token(struct store *store, const struct api_token *token, const struct reader *who,
    uint64_t *id, struct comity_error *err)
{
    enum comity_status status = sql_run(store, err,
        "INSERT INTO api_token(hash, account, name, rights, created, expires) VALUES(?, ?, ?, ?, ?, ?)", "butuii",
        hash_bytes_of(&token->hash), token->account, token->name, (uint64_t)token->rights, token->created,
        token->expires);
    if (status)
        return status;
    *id = (uint64_t)sqlite3_last_insert_rowid(store->db);
    return account_ledger(store, "make token", slice_from(who->name), "token", token->name, slice_from(who->name), err);
}

enum comity_status store_token_add(struct store *store, const struct api_token *token, const struct reader *who,
    uint64_t *id, struct comity_error *err)
{
    *id = 0;
    enum comity_status status = brief_begin(store, err);
    return status ? status : brief_end(store, add_token(store, token, who, id, err), err);
}

struct token_and_account {
    struct api_token token;
    struct account account;
};

static bool read_token_and_account(sqlite3_stmt *row, struct arena *arena, void *item)
{
    struct token_and_account *found = item;
    return read_token(row, arena, &found->token) && account_read(row, N_TOKEN_COLUMNS, arena, &found->account);
}

static const char no_token[] = "there is no such token";

enum comity_status store_token(struct store *store, const struct secret_hash *hash, int64_t now, struct arena *arena,
    struct api_token *out, struct account *account, struct comity_error *err)
{
    struct token_and_account found;
    enum comity_status status = sql_find(store, arena, read_token_and_account, &found, no_token, err,
        "SELECT " TOKEN_COLUMNS ", " ACCOUNT_COLUMNS " FROM api_token JOIN account ON account.id = api_token.account"
        " WHERE api_token.hash = ? AND api_token.expires > ? AND account.is_disabled = 0",
        "bi", hash_bytes_of(hash), now);
    if (status)
        return status;
    *out = found.token;
    *account = found.account;
    return COMITY_OK;
}

enum comity_status store_tokens(struct store *store, uint64_t account, struct arena *arena, struct api_token **out,
    size_t *n, struct comity_error *err)
{
    struct sql_items items;
    enum comity_status status = sql_list(store, arena, sizeof **out, read_token, &items, err,
        "SELECT " TOKEN_COLUMNS " FROM api_token WHERE account = ? ORDER BY id", "u", account);
    *out = items.at;
    *n = items.n;
    return status;
}

static enum comity_status end_token(
    struct store *store, uint64_t account, uint64_t id, const struct reader *who, struct comity_error *err)
{
    enum comity_status status =
        sql_run(store, err, "DELETE FROM api_token WHERE id = ? AND account = ?", "uu", id, account);
    if (!status)
        status = must_change(store, no_token, err);
    return status ? status
                  : account_ledger(
                        store, "end token", slice_from(who->name), NULL, SLICE_EMPTY, slice_from(who->name), err);
}

enum comity_status store_token_end(
    struct store *store, uint64_t account, uint64_t id, const struct reader *who, struct comity_error *err)
{
    enum comity_status status = brief_begin(store, err);
    return status ? status : brief_end(store, end_token(store, account, id, who, err), err);
}
