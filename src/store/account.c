/* Accounts and what is changed of them. Each change is one transaction with its line of the ledger. */
#include "store/account_row.h"

#include "base/error.h"
#include "base/json.h"

#include <stdlib.h>

bool account_read(sqlite3_stmt *row, int first, struct arena *arena, struct account *out)
{
    *out = (struct account){.id = sql_u64(row, first),
        .roles = (uint8_t)sql_u64(row, first + 4),
        .is_disabled = sql_u64(row, first + 5) != 0,
        .totp_last = sql_u64(row, first + 8),
        .created = sqlite3_column_int64(row, first + 9),
        .seen = sqlite3_column_int64(row, first + 10)};
    return sql_copy(row, first + 1, arena, &out->name) && sql_copy(row, first + 2, arena, &out->full_name) &&
           sql_copy(row, first + 3, arena, &out->unit) && sql_copy(row, first + 6, arena, &out->password) &&
           sql_copy(row, first + 7, arena, &out->totp) && sql_copy(row, first + 11, arena, &out->created_by);
}

enum comity_status account_ledger(struct store *store, const char *what, struct slice account, const char *field,
    struct slice value, struct slice who, struct comity_error *err)
{
    struct buffer detail;
    ledger_open(&detail);
    json_member(&detail, "account", account);
    if (field)
        json_member(&detail, field, value);
    return ledger_close(store, who, what, &detail, err);
}

enum comity_status must_change(struct store *store, const char *otherwise, struct comity_error *err)
{
    return sqlite3_changes(store->db) ? COMITY_OK : error_set(err, COMITY_NOTFOUND, "%s", otherwise);
}

/* ---- finding ------------------------------------------------------------------------------------------------------
 */

enum comity_status store_has_accounts(struct store *store, bool *has, struct comity_error *err)
{
    uint64_t n;
    enum comity_status status = sql_number(store, err, &n, 0, "SELECT EXISTS(SELECT 1 FROM account)", "");
    *has = n != 0;
    return status;
}

static bool read_account(sqlite3_stmt *row, struct arena *arena, void *item)
{
    return account_read(row, 0, arena, item);
}

static const char no_account[] = "there is no such account";

enum comity_status store_account_named(
    struct store *store, struct slice name, struct arena *arena, struct account *out, struct comity_error *err)
{
    return sql_find(store, arena, read_account, out, no_account, err,
        "SELECT " ACCOUNT_COLUMNS " FROM account WHERE name = ?", "t", name);
}

enum comity_status store_account(
    struct store *store, uint64_t id, struct arena *arena, struct account *out, struct comity_error *err)
{
    return sql_find(store, arena, read_account, out, no_account, err,
        "SELECT " ACCOUNT_COLUMNS " FROM account WHERE id = ?", "u", id);
}

enum comity_status store_accounts(struct store *store, const struct reader *reader, struct arena *arena,
    struct account **out, size_t *n, struct comity_error *err)
{
    struct sql_items items;
    reader_sees_all(reader);
    enum comity_status status = sql_list(store, arena, sizeof **out, read_account, &items, err,
        "SELECT " ACCOUNT_COLUMNS " FROM account ORDER BY name", "");
    *out = items.at;
    *n = items.n;
    return status;
}

/* ---- changing -----------------------------------------------------------------------------------------------------
 */

/* A change of one account within its transaction: its name for the ledger. */
static enum comity_status name_of(
    struct store *store, uint64_t id, struct arena *arena, struct slice *name, struct comity_error *err)
{
    struct account account;
    enum comity_status status = store_account(store, id, arena, &account, err);
    *name = status ? SLICE_EMPTY : account.name;
    return status;
}

static enum comity_status set_password(struct store *store, uint64_t id, struct slice password,
    const struct secret_hash *keep, const struct reader *who, struct comity_error *err)
{
    struct arena arena = {0};
    struct slice name;
    enum comity_status status = name_of(store, id, &arena, &name, err);
    if (!status)
        status = sql_run(store, err, "UPDATE account SET password = ? WHERE id = ?", "tu", password, id);
    if (!status)
        status = sql_run(store, err, "DELETE FROM session WHERE account = ? AND hash IS NOT ?", "ub", id,
            keep ? hash_bytes_of(keep) : SLICE_EMPTY);
    if (!status)
        status = account_ledger(store, "set password", name, NULL, SLICE_EMPTY, slice_from(who->name), err);
    arena_release(&arena);
    return status;
}

enum comity_status store_account_password(struct store *store, uint64_t id, struct slice password,
    const struct secret_hash *keep, const struct reader *who, struct comity_error *err)
{
    enum comity_status status = brief_begin(store, err);
    return status ? status : brief_end(store, set_password(store, id, password, keep, who, err), err);
}

static enum comity_status set_totp(struct store *store, uint64_t id, struct slice secret,
    const struct secret_hash *recovery, size_t n_recovery, const struct reader *who, struct comity_error *err)
{
    struct arena arena = {0};
    struct slice name;
    enum comity_status status = name_of(store, id, &arena, &name, err);
    if (!status)
        status = sql_run(store, err, "UPDATE account SET totp = ?, totp_last = 0 WHERE id = ?", "bu", secret, id);
    if (!status)
        status = sql_run(store, err, "DELETE FROM recovery WHERE account = ?", "u", id);
    for (size_t i = 0; !status && i < n_recovery; i++)
        status = sql_run(store, err, "INSERT INTO recovery VALUES(?, ?)", "ub", id, hash_bytes_of(&recovery[i]));
    if (!status)
        status = account_ledger(store, secret.len ? "set second factor" : "remove second factor", name, NULL,
            SLICE_EMPTY, slice_from(who->name), err);
    arena_release(&arena);
    return status;
}

enum comity_status store_account_totp(struct store *store, uint64_t id, struct slice secret,
    const struct secret_hash *recovery, size_t n_recovery, const struct reader *who, struct comity_error *err)
{
    enum comity_status status = brief_begin(store, err);
    return status ? status : brief_end(store, set_totp(store, id, secret, recovery, n_recovery, who, err), err);
}

enum comity_status store_account_step(struct store *store, uint64_t id, uint64_t step, struct comity_error *err)
{
    enum comity_status status = brief_begin(store, err);
    if (status)
        return status;
    status = sql_run(store, err, "UPDATE account SET totp_last = ?1 WHERE id = ?2 AND totp_last < ?1", "uu", step, id);
    if (!status && !sqlite3_changes(store->db))
        status = error_set(err, COMITY_CONFLICT, "this code was used before");
    return brief_end(store, status, err);
}

static enum comity_status recover(
    struct store *store, uint64_t id, const struct secret_hash *code, struct comity_error *err)
{
    struct arena arena = {0};
    struct slice name;
    enum comity_status status =
        sql_run(store, err, "DELETE FROM recovery WHERE account = ? AND hash = ?", "ub", id, hash_bytes_of(code));
    if (!status)
        status = must_change(store, "this is no recovery code", err);
    if (!status)
        status = name_of(store, id, &arena, &name, err);
    if (!status)
        status = account_ledger(store, "use recovery code", name, NULL, SLICE_EMPTY, name, err);
    arena_release(&arena);
    return status;
}

enum comity_status store_account_recover(
    struct store *store, uint64_t id, const struct secret_hash *code, struct comity_error *err)
{
    enum comity_status status = brief_begin(store, err);
    return status ? status : brief_end(store, recover(store, id, code, err), err);
}

enum comity_status store_account_codes_left(struct store *store, uint64_t id, uint64_t *n, struct comity_error *err)
{
    return sql_number(store, err, n, 0, "SELECT count(*) FROM recovery WHERE account = ?", "u", id);
}

/* Somebody must be able to let people in. */
static enum comity_status keep_administrator(struct store *store, uint8_t administrator, struct comity_error *err)
{
    uint64_t n = 0;
    enum comity_status status = sql_number(store, err, &n, 0,
        "SELECT count(*) FROM account WHERE roles & ? AND is_disabled = 0", "u", (uint64_t)administrator);
    if (!status && !n)
        status = error_set(err, COMITY_CONFLICT, "no administrator would be left");
    return status;
}

static enum comity_status add_change_line(struct store *store, const struct account *account, struct slice name,
    const struct reader *who, struct comity_error *err)
{
    struct buffer detail;
    ledger_open(&detail);
    json_member(&detail, "account", name);
    json_member_u64(&detail, "roles", account->roles);
    json_member(&detail, "unit", account->unit);
    json_member_bool(&detail, "disabled", account->is_disabled);
    return ledger_close(store, slice_from(who->name), "change account", &detail, err);
}

static enum comity_status change(struct store *store, const struct account *account, uint8_t administrator,
    const struct reader *who, struct comity_error *err)
{
    struct arena arena = {0};
    struct slice name;
    enum comity_status status = name_of(store, account->id, &arena, &name, err);
    if (!status)
        status = sql_run(store, err, "UPDATE account SET roles = ?, unit = ?, is_disabled = ? WHERE id = ?", "utuu",
            (uint64_t)account->roles, account->unit, (uint64_t)account->is_disabled, account->id);
    if (!status)
        status = keep_administrator(store, administrator, err);
    if (!status && account->is_disabled)
        status = sql_run(store, err, "DELETE FROM session WHERE account = ?", "u", account->id);
    if (!status)
        status = add_change_line(store, account, name, who, err);
    arena_release(&arena);
    return status;
}

enum comity_status store_account_change(struct store *store, const struct account *account, uint8_t administrator,
    const struct reader *who, struct comity_error *err)
{
    enum comity_status status = brief_begin(store, err);
    return status ? status : brief_end(store, change(store, account, administrator, who, err), err);
}
