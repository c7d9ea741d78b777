/* Cells are written anew, with quotes where they need them, and padded to the header: the file is well-formed whatever
 * was wrong with the row. */
#include "flow/rejects.h"

#include "base/array.h"
#include "base/error.h"
#include "base/json.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINE_CAP = 256 << 20 };

static bool is_csv(const struct rows *rows)
{
    enum row_format format = rows_found(rows)->format;
    return format != ROWS_JSON && format != ROWS_NDJSON;
}

const char *rejects_extension(const struct rows *rows)
{
    return is_csv(rows) ? "csv" : "ndjson";
}

enum comity_status rejects_init(
    struct rejects *rejects, const char *path, const struct rows *rows, struct comity_error *err)
{
    *rejects = (struct rejects){.is_csv = is_csv(rows), .delimiter = rows_found(rows)->delimiter};
    if (rows_found(rows)->format != ROWS_CSV || !rejects->delimiter)
        rejects->delimiter = ',';
    buffer_init(&rejects->line, LINE_CAP);
    if (!path)
        return COMITY_OK;
    if ((size_t)snprintf(rejects->path, sizeof rejects->path, "%s", path) >= sizeof rejects->path)
        return error_set(err, COMITY_USAGE, "the path is too long: '%s'", path);
    snprintf(rejects->temporary, sizeof rejects->temporary, "%s.%ld.tmp", path, (long)getpid());
    return COMITY_OK;
}

void rejects_release(struct rejects *rejects)
{
    if (rejects->file) {
        fclose(rejects->file);
        unlink(rejects->temporary);
    }
    buffer_release(&rejects->line);
    intern_release(&rejects->mends);
    arena_release(&rejects->arena);
    free(rejects->groups);
    *rejects = (struct rejects){0};
}

/* ---- lines ---------------------------------------------------------------------------------------------------- */

static void add_cell(struct rejects *rejects, struct slice cell, bool is_first)
{
    struct buffer *line = &rejects->line;
    bool is_plain = cell.len == 0 || (cell.ptr[0] != ' ' && cell.ptr[cell.len - 1] != ' ');
    for (size_t i = 0; is_plain && i < cell.len; i++)
        is_plain =
            cell.ptr[i] != '"' && cell.ptr[i] != '\n' && cell.ptr[i] != '\r' && cell.ptr[i] != rejects->delimiter;
    if (!is_first)
        buffer_add_byte(line, rejects->delimiter);
    if (is_plain) {
        buffer_add_slice(line, cell);
        return;
    }
    buffer_add_byte(line, '"');
    for (size_t i = 0; i < cell.len; i++) {
        if (cell.ptr[i] == '"')
            buffer_add_byte(line, '"');
        buffer_add_byte(line, cell.ptr[i]);
    }
    buffer_add_byte(line, '"');
}

/* The recipe will skip as many lines and ask for as many header rows as in the file that it was written for. */
static void csv_header(struct rejects *rejects, const struct rows *rows)
{
    const struct rows_options *options = rows_found(rows);
    struct buffer *line = &rejects->line;
    size_t n = rows_n_columns(rows);
    if (options->has_no_header)
        return;
    for (uint32_t i = 0; i < options->skip_lines; i++)
        buffer_add_string(line, "rows that were rejected\n");
    for (size_t i = 0; i < n; i++)
        add_cell(rejects, rows_column_name(rows, i), i == 0);
    add_cell(rejects, SLICE("comity_reason"), false);
    buffer_add_byte(line, '\n');
    for (uint32_t i = 1; i < options->header_rows; i++) {
        for (size_t j = 0; j < n; j++)
            buffer_add_byte(line, rejects->delimiter);
        buffer_add_byte(line, '\n');
    }
}

static void csv_line(struct rejects *rejects, const struct rows *rows, const struct row *row, struct slice reason)
{
    size_t n = rows_n_columns(rows);
    for (size_t i = 0; i < n; i++) {
        struct slice cell = row->fault ? (i ? SLICE_EMPTY : row->raw) : i < row->n_cells ? row->cells[i] : SLICE_EMPTY;
        add_cell(rejects, cell, i == 0);
    }
    add_cell(rejects, reason, false);
    buffer_add_byte(&rejects->line, '\n');
}

static void json_line(struct rejects *rejects, struct recipe_run *run, const struct row *row, struct slice reason)
{
    struct buffer *line = &rejects->line;
    if (row->fault) {
        buffer_add_byte(line, '{');
        json_member(line, "comity_raw", row->raw);
    } else {
        recipe_raw_json(run, row, line);
        if (line->len && line->ptr[line->len - 1] == '}')
            line->ptr[--line->len] = '\0';
    }
    json_member(line, "comity_reason", reason);
    buffer_add_string(line, "}\n");
}

static enum comity_status write_line(struct rejects *rejects, struct recipe_run *run, const struct rows *rows,
    const struct row *row, struct slice reason, struct comity_error *err)
{
    struct buffer *line = &rejects->line;
    buffer_clear(line);
    if (!rejects->file) {
        rejects->file = fopen(rejects->temporary, "wbe");
        if (!rejects->file) {
            enum comity_status status = error_io(err, "create", rejects->path);
            error_hint(err, "some rows were rejected and need a place: say where the file of rejects shall go");
            return status == COMITY_NOTFOUND ? COMITY_IO : status;
        }
        if (rejects->is_csv)
            csv_header(rejects, rows);
    }
    if (rejects->is_csv)
        csv_line(rejects, rows, row, reason);
    else
        json_line(rejects, run, row, reason);
    if (buffer_status(line))
        return error_set(
            err, buffer_status(line), "line %llu cannot be kept among the rejects", (unsigned long long)row->line);
    if (fwrite(line->ptr, 1, line->len, rejects->file) != line->len)
        return error_io(err, "write", rejects->temporary);
    return COMITY_OK;
}

/* ---- groups --------------------------------------------------------------------------------------------------- */

static enum comity_status count(
    struct rejects *rejects, const struct row *row, struct slice reason, struct slice mend, struct comity_error *err)
{
    uint32_t group = intern_put(&rejects->mends, mend);
    if (group == INTERN_NONE || !ARRAY_ROOM(rejects->groups, rejects->n_groups, rejects->room_groups, 1))
        return error_nomem(err);
    if (group == rejects->n_groups) {
        struct slice example = arena_copy(&rejects->arena, reason);
        if (!example.ptr)
            return error_nomem(err);
        rejects->groups[rejects->n_groups++] = (struct reject_group){
            .mend = intern_text(&rejects->mends, group), .example = example, .first_line = row->line};
    }
    rejects->groups[group].n++;
    return COMITY_OK;
}

enum comity_status rejects_add(struct rejects *rejects, struct recipe_run *run, const struct rows *rows,
    const struct row *row, struct slice reason, struct slice mend, struct comity_error *err)
{
    enum comity_status status = count(rejects, row, reason, mend, err);
    if (status || !rejects->path[0])
        return status;
    return write_line(rejects, run, rows, row, reason, err);
}

enum comity_status rejects_keep(struct rejects *rejects, bool *is_kept, struct comity_error *err)
{
    FILE *file = rejects->file;
    *is_kept = file != NULL;
    if (!file)
        return COMITY_OK;
    rejects->file = NULL;
    bool is_written = fflush(file) == 0 && fsync(fileno(file)) == 0;
    if (fclose(file) == 0 && is_written && rename(rejects->temporary, rejects->path) == 0)
        return COMITY_OK;
    *is_kept = false;
    enum comity_status status = error_io(err, "write", rejects->path);
    unlink(rejects->temporary);
    return status;
}
