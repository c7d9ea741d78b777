/* Lists: imports and sources. */
#include "store/sql.h"

#include "base/error.h"

enum comity_status store_import_find(
    struct store *store, const char *file_hash, const char *recipe_hash, uint64_t *number, struct comity_error *err)
{
    return sql_number(store, err, number, 0,
        "SELECT max(number) FROM import WHERE file_hash = ? AND recipe_hash = ? AND state = 1", "tt",
        slice_from(file_hash), slice_from(recipe_hash));
}

static bool read_import(sqlite3_stmt *row, struct arena *arena, void *item)
{
    struct import_row *import = item;
    import->number = sql_u64(row, 0);
    import->source = (uint32_t)sql_u64(row, 1);
    import->counts = (struct import_counts){.n_rows = sql_u64(row, 8),
        .n_new = sql_u64(row, 9),
        .n_unchanged = sql_u64(row, 10),
        .n_updated = sql_u64(row, 11),
        .n_rejected = sql_u64(row, 12),
        .n_filtered = sql_u64(row, 13),
        .n_revived = sql_u64(row, 15),
        .n_retracted = sql_u64(row, 16)};
    import->is_undone = sql_u64(row, 14) == 2;
    return sql_copy(row, 2, arena, &import->source_code) && sql_copy(row, 3, arena, &import->file_name) &&
           sql_copy(row, 4, arena, &import->file_hash) && sql_copy(row, 5, arena, &import->recipe_id) &&
           sql_copy(row, 6, arena, &import->when) && sql_copy(row, 7, arena, &import->receipt_json);
}

enum comity_status store_imports(struct store *store, const struct reader *reader, struct arena *arena,
    struct import_row **out, size_t *n, struct comity_error *err)
{
    struct sql_items items;
    reader_sees_all(reader);
    enum comity_status status = sql_list(store, arena, sizeof **out, read_import, &items, err,
        "SELECT number, source, code, file_name, file_hash, recipe_id, at, receipt, n_rows, n_new, n_unchanged, "
        "n_updated, n_rejected, n_filtered, state, n_revived, n_retracted FROM import JOIN source ON source.id = "
        "import.source WHERE state > 0 ORDER BY number DESC",
        "");
    *out = items.at;
    *n = items.n;
    return status;
}

static bool read_source(sqlite3_stmt *row, struct arena *arena, void *item)
{
    struct source_row *out = item;
    struct source_info *info = &out->info;
    info->id = (uint32_t)sql_u64(row, 0);
    info->reliability = (uint8_t)sql_u64(row, 4);
    info->is_aggregate = sql_u64(row, 7) != 0;
    out->n_mentions = sql_u64(row, 8);
    out->n_imports = sql_u64(row, 9);
    return sql_copy(row, 1, arena, &info->code) && sql_copy(row, 2, arena, &info->title) &&
           sql_copy(row, 3, arena, &info->kind) && sql_copy(row, 5, arena, &info->licence) &&
           sql_copy(row, 6, arena, &info->marking) && sql_copy(row, 10, arena, &out->last_import);
}

enum comity_status store_sources(struct store *store, const struct reader *reader, struct arena *arena,
    struct source_row **out, size_t *n, struct comity_error *err)
{
    struct sql_items items;
    reader_sees_all(reader);
    enum comity_status status = sql_list(store, arena, sizeof **out, read_source, &items, err,
        "SELECT s.id, s.code, s.title, s.kind, s.reliability, s.licence, s.marking, s.is_aggregate, s.n_live,"
        " count(*) FILTER (WHERE i.state = 1), max(i.at) FILTER (WHERE i.state = 1)"
        " FROM source AS s JOIN import AS i ON i.source = s.id WHERE i.state > 0 GROUP BY s.id ORDER BY s.code",
        "");
    *out = items.at;
    *n = items.n;
    return status;
}
