/* Invitations: links that work once. Using one and what it is used for are one transaction. */
#include "store/account_row.h"

#include "base/error.h"
#include "base/json.h"

#define COLUMNS "hash, account, roles, unit, note, expires, created, created_by"

static bool read_invitation(sqlite3_stmt *row, struct arena *arena, void *item)
{
    struct invitation *out = item;
    *out = (struct invitation){.account = sql_u64(row, 1),
        .roles = (uint8_t)sql_u64(row, 2),
        .expires = sqlite3_column_int64(row, 5),
        .created = sqlite3_column_int64(row, 6)};
    hash_read(row, 0, &out->hash);
    return sql_copy(row, 3, arena, &out->unit) && sql_copy(row, 4, arena, &out->note) &&
           sql_copy(row, 7, arena, &out->created_by);
}

uint64_t invitation_number(const struct invitation *invitation)
{
    return hash_number(&invitation->hash);
}

static enum comity_status add(
    struct store *store, const struct invitation *invitation, const struct reader *who, struct comity_error *err)
{
    struct buffer detail;
    enum comity_status status =
        sql_run(store, err, "INSERT INTO invitation(" COLUMNS ") VALUES(?, ?, ?, ?, ?, ?, ?, ?)", "buuttiit",
            hash_bytes_of(&invitation->hash), invitation->account, (uint64_t)invitation->roles, invitation->unit,
            invitation->note, invitation->expires, invitation->created, slice_from(who->name));
    if (status)
        return status;
    ledger_open(&detail);
    json_member_u64(&detail, "account", invitation->account);
    json_member_u64(&detail, "roles", invitation->roles);
    json_member(&detail, "unit", invitation->unit);
    json_member(&detail, "note", invitation->note);
    return ledger_close(store, slice_from(who->name), "invite", &detail, err);
}

enum comity_status store_invitation_add(
    struct store *store, const struct invitation *invitation, const struct reader *who, struct comity_error *err)
{
    enum comity_status status = brief_begin(store, err);
    return status ? status : brief_end(store, add(store, invitation, who, err), err);
}

enum comity_status store_invitation(struct store *store, const struct secret_hash *hash, int64_t now,
    struct arena *arena, struct invitation *out, struct comity_error *err)
{
    return sql_find(store, arena, read_invitation, out, "this link was used already, or it is too old", err,
        "SELECT " COLUMNS " FROM invitation WHERE hash = ? AND expires > ?", "bi", hash_bytes_of(hash), now);
}

enum comity_status store_invitations(struct store *store, const struct reader *reader, int64_t now, struct arena *arena,
    struct invitation **out, size_t *n, struct comity_error *err)
{
    struct sql_items items;
    reader_sees_all(reader);
    enum comity_status status = sql_list(store, arena, sizeof **out, read_invitation, &items, err,
        "SELECT " COLUMNS " FROM invitation WHERE expires > ? ORDER BY created DESC, hash", "i", now);
    *out = items.at;
    *n = items.n;
    return status;
}

static enum comity_status withdraw(
    struct store *store, uint64_t number, const struct reader *who, struct comity_error *err)
{
    unsigned char start[HASH_START];
    struct buffer detail;
    enum comity_status status =
        sql_run(store, err, "DELETE FROM invitation WHERE substr(hash, 1, 8) = ?", "b", hash_start(number, start));
    if (!status)
        status = must_change(store, "this invitation was used already, or taken back", err);
    if (status)
        return status;
    ledger_open(&detail);
    return ledger_close(store, slice_from(who->name), "withdraw invitation", &detail, err);
}

enum comity_status store_invitation_withdraw(
    struct store *store, uint64_t number, const struct reader *who, struct comity_error *err)
{
    enum comity_status status = brief_begin(store, err);
    return status ? status : brief_end(store, withdraw(store, number, who, err), err);
}

/* ---- using one ----------------------------------------------------------------------------------------------------
 */

/* Takes it away, so that it cannot be used twice: what follows in the transaction is what it was for. */
static enum comity_status use(struct store *store, const struct secret_hash *hash, int64_t now, struct arena *arena,
    struct invitation *out, struct comity_error *err)
{
    enum comity_status status = store_invitation(store, hash, now, arena, out, err);
    return status ? status : sql_run(store, err, "DELETE FROM invitation WHERE hash = ?", "b", hash_bytes_of(hash));
}

static enum comity_status check_name(struct store *store, struct slice name, struct comity_error *err)
{
    uint64_t is_taken = 0;
    enum comity_status status = sql_number(store, err, &is_taken, 0, "SELECT 1 FROM account WHERE name = ?", "t", name);
    return !status && is_taken ? error_set(err, COMITY_CONFLICT, "this name is taken") : status;
}

static enum comity_status join(struct store *store, const struct secret_hash *hash, const struct account *account,
    struct arena *arena, uint64_t *id, struct comity_error *err)
{
    struct invitation invitation;
    enum comity_status status = use(store, hash, account->created, arena, &invitation, err);
    if (!status && invitation.account)
        status = error_set(err, COMITY_NOTFOUND, "this link is for somebody who has an account");
    if (!status)
        status = check_name(store, account->name, err);
    if (!status)
        status = sql_run(store, err,
            "INSERT INTO account(name, full_name, unit, roles, password, created, created_by)"
            " VALUES(?, ?, ?, ?, ?, ?, ?)",
            "tttutit", account->name, account->full_name, invitation.unit, (uint64_t)invitation.roles,
            account->password, account->created, invitation.created_by);
    if (status)
        return status;
    *id = (uint64_t)sqlite3_last_insert_rowid(store->db);
    return account_ledger(store, "join", account->name, "invited_by", invitation.created_by, account->name, err);
}

enum comity_status store_account_join(struct store *store, const struct secret_hash *invitation,
    const struct account *account, uint64_t *id, struct comity_error *err)
{
    struct arena arena = {0};
    *id = 0;
    enum comity_status status = brief_begin(store, err);
    if (!status)
        status = brief_end(store, join(store, invitation, account, &arena, id, err), err);
    arena_release(&arena);
    return status;
}

static enum comity_status reset(struct store *store, const struct secret_hash *hash, struct slice password, int64_t now,
    struct arena *arena, struct comity_error *err)
{
    struct invitation invitation;
    struct account account;
    enum comity_status status = use(store, hash, now, arena, &invitation, err);
    if (!status)
        status = store_account(store, invitation.account, arena, &account, err);
    if (!status)
        status = sql_run(store, err, "UPDATE account SET password = ? WHERE id = ?", "tu", password, account.id);
    if (!status)
        status = sql_run(store, err, "DELETE FROM session WHERE account = ?", "u", account.id);
    return status ? status
                  : account_ledger(
                        store, "reset password", account.name, "let_by", invitation.created_by, account.name, err);
}

enum comity_status store_account_reset(struct store *store, const struct secret_hash *invitation, struct slice password,
    int64_t now, struct comity_error *err)
{
    struct arena arena = {0};
    enum comity_status status = brief_begin(store, err);
    if (!status)
        status = brief_end(store, reset(store, invitation, password, now, &arena, err), err);
    arena_release(&arena);
    return status;
}
