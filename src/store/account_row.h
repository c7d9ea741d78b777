/* account_row.h - what the files about people share. Private to src/store. */
#ifndef STORE_ACCOUNT_ROW_H
#define STORE_ACCOUNT_ROW_H

#include "store/account.h"
#include "store/sql.h"

#include <string.h>

/* The columns that account_read() takes, from a column on. */
#define ACCOUNT_COLUMNS                                                                                                \
    "account.id, account.name, account.full_name, account.unit, account.roles, account.is_disabled, account.password," \
    " account.totp, account.totp_last, account.created, account.seen, account.created_by"
enum { N_ACCOUNT_COLUMNS = 12 };
bool account_read(sqlite3_stmt *row, int first, struct arena *arena, struct account *out);

/* A ledger line about an account: {"account": name, "field": value}; without `field`: only the account. */
enum comity_status account_ledger(struct store *store, const char *what, struct slice account, const char *field,
    struct slice value, struct slice who, struct comity_error *err) COMITY_MUST_USE;

static inline struct slice hash_bytes_of(const struct secret_hash *hash)
{
    return slice_of((const char *)hash->bytes, ACCOUNT_HASH);
}

static inline void hash_read(sqlite3_stmt *row, int column, struct secret_hash *out)
{
    struct slice bytes = sql_slice(row, column);
    memset(out, 0, sizeof *out);
    if (bytes.len == ACCOUNT_HASH)
        memcpy(out->bytes, bytes.ptr, ACCOUNT_HASH);
}

/* What pages call a hashed thing by: its first eight bytes. And back, for SQL: substr(hash, 1, 8) = ?. */
enum { HASH_START = 8 };
static inline uint64_t hash_number(const struct secret_hash *hash)
{
    uint64_t number = 0;
    for (int i = 0; i < HASH_START; i++)
        number = number << 8 | hash->bytes[i];
    return number;
}

static inline struct slice hash_start(uint64_t number, unsigned char out[HASH_START])
{
    for (int i = 0; i < HASH_START; i++)
        out[i] = (unsigned char)(number >> (56 - 8 * i));
    return slice_of((const char *)out, HASH_START);
}

/* COMITY_NOTFOUND with this sentence when the last statement changed no row. */
enum comity_status must_change(struct store *store, const char *otherwise, struct comity_error *err) COMITY_MUST_USE;

#endif
