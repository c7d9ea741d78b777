/* The ledger: line n's hash is BLAKE2b-256 (RFC 7693, through libsodium) over the hash of line n − 1 (32 zero bytes
 * before the first), the number as 8 little-endian bytes, then when, who, what and detail, each with its length as 8
 * little-endian bytes before it. The head and the count stand in `state` too, so a cut tail is found as well. */
#include "store/sql.h"

#include "base/array.h"
#include "base/calendar.h"
#include "base/error.h"

#include <sodium.h>

enum { HASH = 32 };

static void add_u64(crypto_generichash_state *state, uint64_t number)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(number >> (8 * i));
    crypto_generichash_update(state, bytes, sizeof bytes);
}

static void add_text(crypto_generichash_state *state, struct slice text)
{
    add_u64(state, text.len);
    crypto_generichash_update(state, (const unsigned char *)(text.ptr ? text.ptr : ""), text.len);
}

static void line_hash(const unsigned char before[HASH], const struct ledger_line *line, unsigned char hash[HASH])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, HASH);
    crypto_generichash_update(&state, before, HASH);
    add_u64(&state, line->number);
    add_text(&state, line->when);
    add_text(&state, line->who);
    add_text(&state, line->what);
    add_text(&state, line->detail_json);
    crypto_generichash_final(&state, hash, HASH);
}

static enum comity_status read_head(
    struct store *store, uint64_t *n_lines, unsigned char head[HASH], struct comity_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool has_row = false;
    memset(head, 0, HASH);
    enum comity_status status = sql_prepare(store, "SELECT n_ledger, ledger_head FROM state", &statement, err);
    if (!status)
        status = sql_step(store, statement, &has_row, err);
    if (!status) {
        struct slice hash = has_row ? sql_slice(statement, 1) : SLICE_EMPTY;
        *n_lines = has_row ? sql_u64(statement, 0) : 0;
        if (hash.len == HASH)
            memcpy(head, hash.ptr, HASH);
    }
    sqlite3_finalize(statement);
    return status;
}

enum comity_status ledger_add(
    struct store *store, struct slice who, const char *what, struct slice detail_json, struct comity_error *err)
{
    unsigned char before[HASH], hash[HASH];
    char when[INSTANT_TEXT];
    struct ledger_line line = {.who = who, .what = slice_from(what), .detail_json = detail_json};
    enum comity_status status = read_head(store, &line.number, before, err);
    if (status)
        return status;
    instant_now(when);
    line.when = slice_from(when);
    line.number++;
    line_hash(before, &line, hash);
    struct slice head = slice_of((const char *)hash, HASH);
    status = sql_run(store, err, "INSERT INTO ledger VALUES(?, ?, ?, ?, ?, ?)", "uttttb", line.number, line.when,
        line.who, line.what, line.detail_json, head);
    if (!status)
        status = sql_run(store, err, "UPDATE state SET n_ledger = ?, ledger_head = ?", "ub", line.number, head);
    return status;
}

void ledger_open(struct buffer *detail)
{
    buffer_init(detail, 1 << 20);
    buffer_add_byte(detail, '{');
}

enum comity_status ledger_close(
    struct store *store, struct slice who, const char *what, struct buffer *detail, struct comity_error *err)
{
    buffer_add_byte(detail, '}');
    enum comity_status status =
        buffer_status(detail) ? error_nomem(err) : ledger_add(store, who, what, buffer_slice(detail), err);
    buffer_release(detail);
    return status;
}

enum comity_status store_ledger_length(struct store *store, uint64_t *n, struct comity_error *err)
{
    return sql_number(store, err, n, 0, "SELECT n_ledger FROM state", "");
}

/* ---- reading ------------------------------------------------------------------------------------------------- */

static const char all_lines[] = "SELECT number, at, who, what, detail, hash FROM ledger ORDER BY number";

static struct slice read_line(sqlite3_stmt *statement, struct ledger_line *line)
{
    *line = (struct ledger_line){.number = sql_u64(statement, 0),
        .when = sql_slice(statement, 1),
        .who = sql_slice(statement, 2),
        .what = sql_slice(statement, 3),
        .detail_json = sql_slice(statement, 4)};
    struct slice hash = sql_slice(statement, 5);
    if (hash.len == HASH)
        sodium_bin2hex(line->hash, sizeof line->hash, (const unsigned char *)hash.ptr, HASH);
    return hash;
}

static bool keep_line(struct arena *arena, struct ledger_line *line)
{
    line->when = arena_copy(arena, line->when);
    line->who = arena_copy(arena, line->who);
    line->what = arena_copy(arena, line->what);
    line->detail_json = arena_copy(arena, line->detail_json);
    return line->when.ptr && line->who.ptr && line->what.ptr && line->detail_json.ptr;
}

enum comity_status store_ledger(struct store *store, const struct reader *reader, struct arena *arena,
    struct ledger_line **out, size_t *n, struct comity_error *err)
{
    sqlite3_stmt *statement = NULL;
    uint64_t n_lines;
    bool has_row = false;
    reader_sees_all(reader);
    *out = NULL;
    *n = 0;
    enum comity_status status = read_begin(store, err);
    if (status)
        return status;
    status = sql_number(store, err, &n_lines, 0, "SELECT count(*) FROM ledger", "");
    if (!status && !(*out = ARENA_ARRAY(arena, struct ledger_line, n_lines + 1)))
        status = error_nomem(err);
    if (!status)
        status = sql_prepare(store, all_lines, &statement, err);
    while (!status && !(status = sql_step(store, statement, &has_row, err)) && has_row) {
        read_line(statement, &(*out)[*n]);
        status = keep_line(arena, &(*out)[(*n)++]) ? COMITY_OK : error_nomem(err);
    }
    sqlite3_finalize(statement);
    read_end(store);
    return status;
}

static bool read_kept_line(sqlite3_stmt *row, struct arena *arena, void *item)
{
    read_line(row, item);
    return keep_line(arena, item);
}

enum comity_status store_ledger_part(struct store *store, const struct reader *reader, const struct ledger_part *part,
    struct arena *arena, struct ledger_line **out, size_t *n, struct comity_error *err)
{
    struct sql_items items;
    reader_sees_all(reader);
    enum comity_status status = sql_list(store, arena, sizeof **out, read_kept_line, &items, err,
        "SELECT number, at, who, what, detail, hash FROM ledger WHERE (?1 = 0 OR number < ?1) AND (?2 = '' OR who = ?2)"
        " AND (?3 = '' OR what = ?3) ORDER BY number DESC LIMIT ?4",
        "utti", part->before, part->who, part->what, part->most ? (int64_t)part->most : INT64_C(-1));
    *out = items.at;
    *n = items.n;
    return status;
}

static bool read_word(sqlite3_stmt *row, struct arena *arena, void *item)
{
    return sql_copy(row, 0, arena, item);
}

enum comity_status store_ledger_words(struct store *store, const struct reader *reader, enum ledger_column column,
    struct arena *arena, struct slice **out, size_t *n, struct comity_error *err)
{
    struct sql_items items;
    reader_sees_all(reader);
    enum comity_status status = sql_list(store, arena, sizeof **out, read_word, &items, err,
        column == LEDGER_WHO ? "SELECT DISTINCT who FROM ledger WHERE who <> '' ORDER BY who"
                             : "SELECT DISTINCT what FROM ledger ORDER BY what",
        "");
    *out = items.at;
    *n = items.n;
    return status;
}

/* ---- checking ------------------------------------------------------------------------------------------------ */

/* The lines that hold are counted in *n_whole, and `head` is the hash of the last of them. */
static enum comity_status verify_chain(
    struct store *store, uint64_t *n_whole, unsigned char head[HASH], struct comity_error *err)
{
    sqlite3_stmt *statement = NULL;
    unsigned char hash[HASH], told[HASH];
    bool has_row = false;
    uint64_t n_told = 0;
    *n_whole = 0;
    memset(head, 0, HASH);
    enum comity_status status = read_head(store, &n_told, told, err);
    if (!status)
        status = sql_prepare(store, all_lines, &statement, err);
    while (!status && !(status = sql_step(store, statement, &has_row, err)) && has_row) {
        struct ledger_line line;
        struct slice stored = read_line(statement, &line);
        uint64_t expected = *n_whole + 1;
        line_hash(head, &line, hash);
        if (line.number != expected) {
            status = error_set(err, COMITY_CORRUPT, "line %llu of the ledger is missing", (unsigned long long)expected);
        } else if (stored.len != HASH || memcmp(stored.ptr, hash, HASH) != 0) {
            status = error_set(
                err, COMITY_CORRUPT, "line %llu of the ledger is not what was written", (unsigned long long)expected);
        } else {
            memcpy(head, hash, HASH);
            *n_whole = expected;
        }
    }
    sqlite3_finalize(statement);
    if (!status && (*n_whole != n_told || memcmp(head, told, HASH) != 0))
        status = error_set(err, COMITY_CORRUPT, "the ledger ends at line %llu, but %llu lines were written",
            (unsigned long long)*n_whole, (unsigned long long)n_told);
    return status;
}

/* A page that SQLite could not read for want of memory is no damage; it says so within its report only. */
static enum comity_status tell_damage(struct slice report, struct comity_error *err)
{
    struct slice nomem = SLICE("error code=7");
    ptrdiff_t at = slice_find(report, nomem);
    if (at >= 0 && ((size_t)at + nomem.len == report.len || report.ptr[(size_t)at + nomem.len] == '\n'))
        return error_nomem(err);
    return error_set(err, COMITY_CORRUPT, "the file is damaged: %.*s", SLICE_ARG(report));
}

enum comity_status store_ledger_check(struct store *store, struct ledger_check *out, struct comity_error *err)
{
    unsigned char head[HASH];
    *out = (struct ledger_check){0};
    enum comity_status status = read_begin(store, err);
    if (status)
        return status;
    status = read_head(store, &out->n_lines, head, err);
    if (!status)
        status = verify_chain(store, &out->n_whole, head, err);
    out->is_whole = status == COMITY_OK;
    sodium_bin2hex(out->head, sizeof out->head, head, HASH);
    read_end(store);
    return status == COMITY_CORRUPT ? COMITY_OK : status;
}

static enum comity_status verify_file(struct store *store, struct comity_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool has_row = false;
    enum comity_status status = sql_prepare(store, "PRAGMA integrity_check(1)", &statement, err);
    if (!status)
        status = sql_step(store, statement, &has_row, err);
    if (!status && has_row && !slice_is(sql_slice(statement, 0), "ok"))
        status = tell_damage(sql_slice(statement, 0), err);
    sqlite3_finalize(statement);
    return status;
}

/* Each gives the number of rows that do not hold. */
static const struct {
    const char *sql, *what;
} counts[] = {
    {"SELECT count(*) FROM pragma_foreign_key_check", "references that lead nowhere"},
    {"SELECT count(*) FROM import AS i WHERE state > 0 AND n_new + n_updated <>"
     " (SELECT count(*) FROM mention AS m WHERE m.id BETWEEN i.first_mention AND i.last_mention)",
        "imports whose mentions are not all there"},
    {"SELECT count(*) FROM import WHERE state > 0 AND number NOT IN (SELECT json_extract(detail, '$.import') FROM "
     "ledger"
     " WHERE what = 'import')",
        "imports that the ledger does not know"},
    {"SELECT count(*) FROM ledger WHERE what = 'import' AND json_extract(detail, '$.import') NOT IN"
     " (SELECT number FROM import WHERE state > 0)",
        "imports of the ledger that are gone"},
    {"SELECT count(*) FROM source AS s WHERE n_live <>"
     " (SELECT count(*) FROM said WHERE said.source = s.id AND said.is_retracted = 0)",
        "sources whose count of mentions is wrong"},
    {"SELECT count(*) FROM said JOIN mention AS m ON m.id = said.mention JOIN import AS i ON i.number = m.import"
     " WHERE i.state <> 1 OR m.superseded_by IS NOT NULL OR i.source <> said.source OR m.ordinal <> said.ordinal"
     " OR said.is_retracted <> (m.retracted_by IS NOT NULL)",
        "mentions that are counted but not live"},
    {"SELECT abs((SELECT count(*) FROM said WHERE is_retracted = 0) - (SELECT count(*) FROM mention AS m JOIN import "
     "AS i ON i.number = "
     "m.import"
     " WHERE i.state = 1 AND m.superseded_by IS NULL AND m.retracted_by IS NULL))",
        "mentions that are live but not counted"},
    {"SELECT count(*) FROM (SELECT DISTINCT block FROM mention JOIN import ON import.number = mention.import WHERE "
     "state > 0)"
     " WHERE block NOT IN (SELECT id FROM block)",
        "blocks of records that are gone"},
    {"SELECT count(*) FROM membership WHERE mention NOT IN (SELECT id FROM mention)", "members that are no mentions"},
    {"SELECT count(*) FROM mention AS m WHERE retracted_by IS NOT NULL AND import IN (SELECT number FROM import WHERE "
     "state = 1) AND (retracted_by NOT IN (SELECT number FROM import WHERE state = 1) OR m.id > coalesce((SELECT "
     "last_mention FROM retraction AS r WHERE "
     "r.import = m.retracted_by AND r.first_mention <= m.id ORDER BY r.first_mention DESC LIMIT 1), 0))",
        "mentions that are retracted by nobody"},
    {"SELECT count(*) FROM retraction WHERE import NOT IN (SELECT import FROM coverage WHERE is_complete = 1 AND "
     "is_withdrawn = 0) AND import NOT IN (SELECT import FROM entry_import)",
        "retractions without a confirmed coverage"},
    {"SELECT count(*) FROM coverage WHERE import NOT IN (SELECT json_extract(detail, '$.import') FROM ledger WHERE "
     "what "
     "= 'confirm coverage')",
        "coverages that the ledger does not know"},
    {"SELECT count(*) FROM attachment WHERE id || ' ' || sha256 NOT IN (SELECT json_extract(detail, '$.attachment') ||"
     " ' ' || json_extract(detail, '$.sha256') FROM ledger WHERE what = 'attach')",
        "attachments that the ledger does not know"},
    {"SELECT count(*) FROM ledger WHERE what = 'attach' AND json_extract(detail, '$.attachment') NOT IN"
     " (SELECT id FROM attachment)",
        "attachments of the ledger that are gone"},
};

static enum comity_status verify_counts(struct store *store, struct comity_error *err)
{
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        uint64_t n = 0;
        enum comity_status status = sql_number(store, err, &n, 0, counts[i].sql, "");
        if (status)
            return status;
        if (n)
            return error_set(
                err, COMITY_CORRUPT, "the store does not add up: %llu %s", (unsigned long long)n, counts[i].what);
    }
    return COMITY_OK;
}

enum comity_status store_verify(struct store *store, uint64_t *n_lines, struct comity_error *err)
{
    unsigned char head[HASH];
    enum comity_status status = read_begin(store, err);
    *n_lines = 0;
    if (status)
        return status;
    status = verify_file(store, err);
    if (!status)
        status = verify_chain(store, n_lines, head, err);
    if (!status)
        status = verify_counts(store, err);
    read_end(store);
    return status;
}
