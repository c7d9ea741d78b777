/* The pack is read with libyaml's events: its keys are columns of somebody's file, which no schema can list. */
#include "flow/match_files.h"

#include "base/error.h"
#include "base/file.h"
#include "read/rows.h"

#include <yaml.h>

/* ---- the pack ---- */

struct pack_reader {
    yaml_parser_t parser;
    const char *path;
    struct match_pack *pack;
    size_t line; /* of the last event, from 0 */
};

static enum comity_status fault(
    const struct pack_reader *reader, size_t line, struct comity_error *err, const char *what)
{
    error_set(err, COMITY_INPUT, "%s", what);
    error_at(err, reader->path, (uint32_t)line + 1, 0);
    error_hint(err, "write 'columns:' and below it a line 'column: type' for each; types are name, text, date, "
                    "identifier, category, number and count");
    return COMITY_INPUT;
}

static enum comity_status next_event(struct pack_reader *reader, yaml_event_t *event, struct comity_error *err)
{
    if (yaml_parser_parse(&reader->parser, event)) {
        reader->line = event->start_mark.line;
        return COMITY_OK;
    }
    *event = (yaml_event_t){0};
    if (reader->parser.error == YAML_MEMORY_ERROR)
        return error_nomem(err);
    return fault(reader, reader->parser.problem_mark.line, err, "the pack is no YAML");
}

/* The next event must be of this type; scalars are copied into `text`. */
static enum comity_status expect(
    struct pack_reader *reader, yaml_event_type_t type, struct slice *text, struct comity_error *err)
{
    yaml_event_t event;
    enum comity_status status = next_event(reader, &event, err);
    if (status == COMITY_OK && event.type != type)
        status = fault(reader, event.start_mark.line, err, "a pack holds nothing but columns and their types");
    if (status == COMITY_OK && type == YAML_SCALAR_EVENT) {
        *text =
            arena_copy(&reader->pack->arena, slice_of((const char *)event.data.scalar.value, event.data.scalar.length));
        status = text->ptr ? COMITY_OK : error_nomem(err);
    }
    yaml_event_delete(&event);
    return status;
}

static enum comity_status read_column(struct pack_reader *reader, struct slice name, struct comity_error *err)
{
    struct slice type;
    struct match_pack *pack = reader->pack;
    enum comity_status status = expect(reader, YAML_SCALAR_EVENT, &type, err);
    size_t line = reader->line;
    if (status != COMITY_OK)
        return status;
    if (pack->n_columns == TABLE_MOST_COLUMNS)
        return fault(reader, line, err, "there are too many columns");
    for (unsigned c = 0; c < pack->n_columns; c++)
        if (slice_equal(pack->columns[c].name, name))
            return fault(reader, line, err, "a column stands twice");
    pack->columns[pack->n_columns] = (struct column_spec){name, column_type_from_name(type)};
    if (pack->columns[pack->n_columns++].type == COLUMN_N_TYPES)
        return fault(reader, line, err, "there is no such type of column");
    return COMITY_OK;
}

static enum comity_status read_columns(struct pack_reader *reader, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    for (;;) {
        yaml_event_t event;
        status = next_event(reader, &event, err);
        bool is_end = event.type == YAML_MAPPING_END_EVENT;
        struct slice name = SLICE_EMPTY;
        if (status == COMITY_OK && !is_end && event.type != YAML_SCALAR_EVENT)
            status = fault(reader, event.start_mark.line, err, "a pack holds nothing but columns and their types");
        else if (status == COMITY_OK && !is_end) {
            name = arena_copy(
                &reader->pack->arena, slice_of((const char *)event.data.scalar.value, event.data.scalar.length));
            status = name.ptr ? COMITY_OK : error_nomem(err);
        }
        yaml_event_delete(&event);
        if (status != COMITY_OK || is_end)
            return status;
        status = read_column(reader, name, err);
        if (status != COMITY_OK)
            return status;
    }
}

static enum comity_status read_pack(struct pack_reader *reader, struct comity_error *err)
{
    static const yaml_event_type_t head[] = {
        YAML_STREAM_START_EVENT, YAML_DOCUMENT_START_EVENT, YAML_MAPPING_START_EVENT};
    static const yaml_event_type_t tail[] = {YAML_MAPPING_END_EVENT, YAML_DOCUMENT_END_EVENT, YAML_STREAM_END_EVENT};
    struct slice key = SLICE_EMPTY;
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < 3 && status == COMITY_OK; i++)
        status = expect(reader, head[i], NULL, err);
    if (status == COMITY_OK)
        status = expect(reader, YAML_SCALAR_EVENT, &key, err);
    if (status == COMITY_OK && !slice_is(key, "columns"))
        status = fault(reader, 0, err, "a pack has one member: columns");
    if (status == COMITY_OK)
        status = expect(reader, YAML_MAPPING_START_EVENT, NULL, err);
    if (status == COMITY_OK)
        status = read_columns(reader, err);
    for (size_t i = 0; i < 3 && status == COMITY_OK; i++)
        status = expect(reader, tail[i], NULL, err);
    if (status == COMITY_OK && reader->pack->n_columns == 0)
        status = fault(reader, 0, err, "the pack names no column");
    return status;
}

enum comity_status match_pack_parse(
    struct slice text, const char *name, struct match_pack *out, struct comity_error *err)
{
    struct pack_reader reader = {.path = name, .pack = out};
    *out = (struct match_pack){0};
    if (!yaml_parser_initialize(&reader.parser))
        return error_nomem(err);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)(text.ptr ? text.ptr : ""), text.len);
    enum comity_status status = read_pack(&reader, err);
    yaml_parser_delete(&reader.parser);
    return status;
}

enum comity_status match_pack_load(const char *path, struct match_pack *out, struct comity_error *err)
{
    struct file_map file = {0};
    *out = (struct match_pack){0};
    enum comity_status status = file_map(&file, path, err);
    if (status == COMITY_OK)
        status = match_pack_parse(slice_of(file.ptr, file.len), path, out, err);
    file_unmap(&file);
    return status;
}

void match_pack_release(struct match_pack *pack)
{
    arena_release(&pack->arena);
    *pack = (struct match_pack){0};
}

/* ---- the files ---- */

static enum comity_status find_columns(const struct match_pack *pack, const struct rows *rows, const char *path,
    ptrdiff_t at[TABLE_MOST_COLUMNS], struct comity_error *err)
{
    for (unsigned c = 0; c < pack->n_columns; c++) {
        at[c] = rows_column(rows, pack->columns[c].name);
        if (at[c] < 0) {
            error_set(err, COMITY_INPUT, "no column '%.*s'", SLICE_ARG(pack->columns[c].name));
            error_at(err, path, 1, 0);
            return COMITY_INPUT;
        }
    }
    return COMITY_OK;
}

static enum comity_status read_file(const struct match_pack *pack, const char *path, unsigned file,
    const struct progress *progress, struct table *table, struct comity_error *err)
{
    static const struct rows_options options = {.totals = TOTALS_NO};
    struct rows *rows = NULL;
    ptrdiff_t at[TABLE_MOST_COLUMNS];
    enum comity_status status = rows_open(path, &options, &rows, err);
    if (status == COMITY_OK)
        status = find_columns(pack, rows, path, at, err);
    while (status == COMITY_OK) {
        struct row row;
        struct slice cells[TABLE_MOST_COLUMNS];
        bool has_row;
        status = rows_next(rows, &row, &has_row, err);
        if (status != COMITY_OK || !has_row)
            break;
        if (row.fault) {
            status = error_set(err, COMITY_INPUT, "%s", row.fault);
            error_at(err, path, (uint32_t)row.line, 0);
            break;
        }
        for (unsigned c = 0; c < pack->n_columns; c++)
            cells[c] = (size_t)at[c] < row.n_cells ? row.cells[at[c]] : SLICE_EMPTY;
        status = table_add(table, file, cells, err);
        if (status == COMITY_OK && table->n % 4096 == 0 && !progress_tell(progress, "read", table->n, 0))
            status = error_set(err, COMITY_CANCELLED, "matching was stopped");
    }
    rows_close(rows);
    return status;
}

enum comity_status match_files_read(const struct match_pack *pack, const char *const *paths, size_t n_files,
    const struct progress *progress, struct table *out, uint64_t *first_row, struct comity_error *err)
{
    enum comity_status status = table_init(out, pack->columns, pack->n_columns, err);
    first_row[0] = 0;
    for (size_t f = 0; f < n_files && status == COMITY_OK; f++) {
        status = read_file(pack, paths[f], (unsigned)f, progress, out, err);
        first_row[f + 1] = out->n;
    }
    /* A file without rows is a file. */
    if (status == COMITY_OK && out->n_files < n_files)
        out->n_files = (unsigned)n_files;
    return status == COMITY_OK ? table_seal(out, err) : status;
}
