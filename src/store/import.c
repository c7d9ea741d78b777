/* Writing an import. Rows are appended in the order of their ids, nothing is looked up and no index is touched, so the
 * cost of a row does not grow with the store. Batches are committed without waiting for the disk (synchronous=NORMAL):
 * a crash takes the whole import away anyhow. Publishing waits (FULL), and its sync covers all that came before. */
#include "store/import.h"

#include "base/calendar.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "store/retract.h"

#include <stdlib.h>
#include <zlib.h>

enum { BLOCK_ROWS = 256, BLOCK_BYTES = 256 * 1024, BLOCK_CAP = 256 * 1024 * 1024, BLOCK_LEVEL = 1 };

uint64_t mention_what(struct slice key, uint64_t part, uint64_t content)
{
    return key.len ? hash_seeded(key.ptr, key.len, 0x6B6579 + part) : content;
}

uint64_t mention_identity(struct slice source_code, uint64_t what, uint64_t ordinal)
{
    return hash_u64(hash_u64(hash_slice(source_code) ^ what) + ordinal);
}

/* ---- beginning ----------------------------------------------------------------------------------------------- */

static bool copy_texts(struct store_import *import, const struct source_info *source, const struct import_info *info)
{
    struct arena *arena = &import->arena;
    import->info = *info;
    import->source = *source;
    struct {
        struct slice from, *to;
    } const texts[] = {
        {info->file_name, &import->info.file_name},
        {info->recipe_id, &import->info.recipe_id},
        {info->recipe_text, &import->info.recipe_text},
        {info->who, &import->info.who},
        {source->code, &import->source.code},
        {source->title, &import->source.title},
        {source->kind, &import->source.kind},
        {source->licence, &import->source.licence},
        {source->marking, &import->source.marking},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        *texts[i].to = arena_copy(arena, texts[i].from);
        if (!texts[i].to->ptr)
            return false;
    }
    return true;
}

/* A source that told reports must not turn into one that tells sums, nor back: its numbers would be added up. */
static enum comity_status find_source(struct store_import *import, struct comity_error *err)
{
    struct store *store = import->store;
    struct source_info *source = &import->source;
    uint64_t id = 0, is_aggregate = 0;
    enum comity_status status =
        sql_number(store, err, &id, 0, "SELECT id FROM source WHERE code = ?", "t", source->code);
    if (!status && !id) {
        status = sql_run(store, err,
            "INSERT INTO source(code, title, kind, reliability, licence, marking, is_aggregate) VALUES(?,?,?,?,?,?,?)",
            "tttitti", source->code, source->title, source->kind, (int64_t)source->reliability, source->licence,
            source->marking, (int64_t)source->is_aggregate);
        source->id = (uint32_t)sqlite3_last_insert_rowid(store->db);
        return status;
    }
    source->id = (uint32_t)id;
    if (!status)
        status = sql_number(store, err, &is_aggregate, 0, "SELECT is_aggregate FROM source WHERE id = ?", "u", id);
    if (!status && (is_aggregate != 0) != source->is_aggregate) {
        status = error_set(err, COMITY_CONFLICT, "source '%.*s' was %s before and cannot become %s",
            SLICE_ARG(source->code), is_aggregate ? "a series of sums" : "a source of reports",
            is_aggregate ? "a source of reports" : "a series of sums");
        error_hint(err, "give it a source code of its own");
    }
    return status;
}

static enum comity_status insert_import(struct store_import *import, struct comity_error *err)
{
    struct store *store = import->store;
    const struct import_info *info = &import->info;
    char when[INSTANT_TEXT];
    instant_now(when);
    enum comity_status status = sql_number(store, err, &import->number, 1, "SELECT max(number) + 1 FROM import", "");
    if (!status)
        status = sql_number(store, err, &import->first_id, 1, "SELECT next_id FROM state", "");
    if (!status)
        status = sql_number(store, err, &import->block, 1, "SELECT max(id) + 1 FROM block", "");
    import->next_id = import->first_id;
    if (!status)
        status = sql_run(store, err,
            "INSERT INTO import(number, source, state, file_name, file_hash, recipe_id, recipe_text, recipe_hash, at,"
            " first_mention, last_mention) VALUES(?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?)",
            "uutttttt"
            "uu",
            import->number, (uint64_t)import->source.id, info->file_name, slice_from(info->file_hash), info->recipe_id,
            info->recipe_text, slice_from(info->recipe_hash), slice_from(when), import->first_id, import->first_id - 1);
    return status;
}

static enum comity_status begin_locked(struct store_import *import, struct comity_error *err)
{
    struct store *store = import->store;
    enum comity_status status = clear_unpublished(store, err);
    if (!status)
        status = relax_sync(store, true, err);
    if (!status)
        status = sql_exec(store, "BEGIN IMMEDIATE", err);
    if (!status)
        status = find_source(import, err);
    if (!status)
        status = insert_import(import, err);
    if (!status)
        status = sql_exec(store, "COMMIT", err);
    if (!status)
        status = sql_prepare(store,
            "INSERT INTO mention(id, import, row, part, block, content, ordinal, key, packed)"
            " VALUES(?1, ?2, ?3, ?4, ?5, ?6, 0, nullif(?7, ''), ?8)",
            &import->insert_mention, err);
    if (!status)
        status = sql_prepare(
            store, "INSERT INTO block(id, import, size, bytes) VALUES(?, ?, ?, ?)", &import->insert_block, err);
    return status;
}

enum comity_status store_import_begin(struct store *store, const struct source_info *source,
    const struct import_info *info, struct store_import **out, struct comity_error *err)
{
    *out = NULL;
    enum comity_status status = writer_lock(store, err);
    if (status)
        return status;
    struct store_import *import = calloc(1, sizeof *import);
    if (!import) {
        writer_unlock(store);
        return error_nomem(err);
    }
    import->store = store;
    store->import = import;
    buffer_init(&import->raw, BLOCK_CAP);
    buffer_init(&import->packed_raw, BLOCK_CAP);
    sorter_init(&import->sorter);
    status = copy_texts(import, source, info) ? begin_locked(import, err) : error_nomem(err);
    if (status) {
        store_import_abort(import);
        return status;
    }
    *out = import;
    return COMITY_OK;
}

uint64_t store_import_number(const struct store_import *import)
{
    return import->number;
}

/* ---- adding -------------------------------------------------------------------------------------------------- */

enum comity_status import_flush_block(struct store_import *import, struct comity_error *err)
{
    uLongf len = compressBound(import->raw.len);
    struct buffer *to = &import->packed_raw;
    if (!import->n_raw)
        return COMITY_OK;
    buffer_clear(to);
    if (!buffer_reserve(to, len) ||
        compress2((Bytef *)to->ptr, &len, (const Bytef *)import->raw.ptr, import->raw.len, BLOCK_LEVEL) != Z_OK)
        return error_nomem(err);
    enum comity_status status = sql_bind(import->store, import->insert_block, err, "uuub", import->block,
        import->number, (uint64_t)import->raw.len, slice_of(to->ptr, len));
    if (!status)
        status = sql_step(import->store, import->insert_block, NULL, err);
    sqlite3_reset(import->insert_block);
    buffer_clear(&import->raw);
    import->n_raw = 0;
    import->block++;
    return status;
}

/* The mentions of one row share its record, which comes with the first of them: a block ends before a first one. */
static enum comity_status add_raw(
    struct store_import *import, const struct store_mention_row *row, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    if (row->part != 0)
        return COMITY_OK;
    if (import->n_raw >= BLOCK_ROWS || import->raw.len >= BLOCK_BYTES)
        status = import_flush_block(import, err);
    buffer_add_varint(&import->raw, row->row);
    buffer_add_varint(&import->raw, row->raw.len);
    buffer_add_slice(&import->raw, row->raw);
    import->n_raw++;
    if (!status && buffer_status(&import->raw))
        status = error_set(
            err, buffer_status(&import->raw), "row %llu is too long to be kept", (unsigned long long)row->row);
    return status;
}

static enum comity_status add_row(
    struct store_import *import, const struct store_mention_row *row, struct comity_error *err)
{
    struct sorter_item item = {{mention_what(row->key, row->part, row->content), row->content, import->next_id, 0}};
    enum comity_status status = add_raw(import, row, err);
    if (!status)
        status = sorter_add(&import->sorter, &item, err);
    if (!status)
        status = sql_bind(import->store, import->insert_mention, err, "uuuuuutb", import->next_id, import->number,
            row->row, (uint64_t)row->part, import->block, row->content, row->key, row->packed);
    if (!status)
        status = sql_step(import->store, import->insert_mention, NULL, err);
    import->next_id++;
    return status;
}

enum comity_status store_import_add(
    struct store_import *import, const struct store_mention_row *rows, size_t n, struct comity_error *err)
{
    struct store *store = import->store;
    if (import->is_settled)
        return error_set(err, COMITY_USAGE, "nothing can be added to an import that was settled");
    enum comity_status status = sql_exec(store, "BEGIN IMMEDIATE", err);
    for (size_t i = 0; !status && i < n; i++)
        status = add_row(import, &rows[i], err);
    sqlite3_reset(import->insert_mention);
    if (!status)
        status = sql_exec(store, "COMMIT", err);
    if (status)
        rollback(store);
    return status;
}

/* ---- ending -------------------------------------------------------------------------------------------------- */

static void import_free(struct store_import *import)
{
    struct store *store = import->store;
    sqlite3_finalize(import->insert_mention);
    sqlite3_finalize(import->insert_block);
    /* If it fails, the next writer does it before it writes. */
    enum comity_status status = relax_sync(store, false, NULL);
    (void)status;
    sorter_release(&import->sorter);
    buffer_release(&import->raw);
    buffer_release(&import->packed_raw);
    arena_release(&import->arena);
    free(import);
    store->import = NULL;
    writer_unlock(store);
}

void store_import_abort(struct store_import *import)
{
    struct store *store = import->store;
    sqlite3_reset(import->insert_mention);
    sqlite3_reset(import->insert_block);
    rollback(store);
    /* If this fails too (a full disk), the next writer does it. */
    enum comity_status status = clear_unpublished(store, NULL);
    (void)status;
    import_free(import);
}

static enum comity_status add_ledger_line(struct store_import *import, struct comity_error *err)
{
    const struct import_counts *counts = &import->counts;
    struct buffer detail;
    ledger_open(&detail);
    json_member_u64(&detail, "import", import->number);
    json_member(&detail, "source", import->source.code);
    json_member(&detail, "file", import->info.file_name);
    json_member(&detail, "file_hash", slice_from(import->info.file_hash));
    json_member(&detail, "recipe", import->info.recipe_id);
    json_member(&detail, "recipe_hash", slice_from(import->info.recipe_hash));
    json_member_u64(&detail, "rows", counts->n_rows);
    json_member_u64(&detail, "new", counts->n_new);
    json_member_u64(&detail, "updated", counts->n_updated);
    json_member_u64(&detail, "unchanged", counts->n_unchanged);
    if (counts->n_revived)
        json_member_u64(&detail, "revived", counts->n_revived);
    if (counts->n_retracted)
        json_member_u64(&detail, "retracted", counts->n_retracted);
    return ledger_close(import->store, import->info.who, "import", &detail, err);
}

static enum comity_status write_published(struct store_import *import, struct slice receipt, struct comity_error *err)
{
    struct store *store = import->store;
    const struct import_counts *c = &import->counts;
    const struct source_info *source = &import->source;
    enum comity_status status = sql_run(store, err,
        "UPDATE import SET state = 1, receipt = ?, n_rows = ?, n_new = ?, n_unchanged = ?, n_updated = ?, n_rejected = "
        "?, n_filtered = ?, n_revived = ?, n_retracted = ?, last_mention = ? WHERE number = ?",
        "tuuuuuuuuuu", receipt, c->n_rows, c->n_new, c->n_unchanged, c->n_updated, c->n_rejected, c->n_filtered,
        c->n_revived, c->n_retracted, import->next_id - 1, import->number);
    if (!status)
        status = sql_run(store, err,
            "UPDATE source SET title = ?, kind = ?, reliability = ?, licence = ?, marking = ?, n_live = n_live + ? "
            "WHERE id = ?",
            "ttuttuu", source->title, source->kind, (uint64_t)source->reliability, source->licence, source->marking,
            c->n_new, (uint64_t)source->id);
    if (!status)
        status = sql_run(store, err, "UPDATE state SET next_id = ?", "u", import->next_id);
    if (!status)
        status = retract_apply(store, source->id, err);
    if (!status)
        status = sequence_next(store, err);
    if (!status)
        status = add_ledger_line(import, err);
    if (!status && import->coverage_json.len)
        status = ledger_add(store, import->info.who, "confirm coverage", import->coverage_json, err);
    return status;
}

static bool read_news(sqlite3_stmt *row, struct arena *arena, void *item)
{
    struct import_news *news = item;
    *news = (struct import_news){.mention = sql_u64(row, 0),
        .row = sql_u64(row, 1),
        .part = (uint32_t)sql_u64(row, 2),
        .supersedes = sql_u64(row, 4)};
    return sql_copy(row, 3, arena, &news->key);
}

enum comity_status store_import_news(
    struct store_import *import, struct arena *arena, struct import_news **out, size_t *n, struct comity_error *err)
{
    struct sql_items items;
    enum comity_status status = sql_list(import->store, arena, sizeof **out, read_news, &items, err,
        "SELECT id, row, part, key, supersedes FROM mention WHERE id >= ? AND superseded_by IS NULL ORDER BY id", "u",
        import->first_id);
    *out = status ? NULL : items.at;
    *n = status ? 0 : items.n;
    return status;
}

enum comity_status store_import_publish(
    struct store_import *import, struct slice receipt_json, uint64_t *number, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    *number = 0;
    if (!import->is_settled)
        status = error_set(err, COMITY_USAGE, "an import must be settled before it is published");
    if (!status)
        status = write_published(import, receipt_json, err);
    if (!status)
        status = sql_exec(import->store, "COMMIT", err);
    if (status) {
        store_import_abort(import);
        return status;
    }
    *number = import->number;
    import_free(import);
    return COMITY_OK;
}
