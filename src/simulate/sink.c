/* CSV by hand (RFC 4180), JSON too, XLSX through libxlsxwriter in its constant-memory mode. A sheet holds 1,048,576
 * rows: further rows go to further sheets under the same header. */
#include "simulate/sink.h"

#include "base/buffer.h"
#include "base/calendar.h"
#include "base/error.h"
#include "base/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <xlsxwriter.h>

enum { SHEET_ROWS = 1000000, FLUSH_AT = 1 << 18 };

enum sink_kind { SINK_CSV, SINK_XLSX, SINK_JSON, SINK_NDJSON };

struct sink {
    char *path;
    enum sink_kind kind;
    struct sink_style style;
    /* CSV, JSON */
    FILE *file;
    struct buffer line;
    bool has_rows;
    const char *name;    /* JSON: of the next cell, in `header` */
    struct slice object; /* JSON: the object that is open, in `header` */
    /* XLSX */
    lxw_workbook *book;
    lxw_worksheet *sheet;
    lxw_format *day_format;
    struct buffer header; /* the first row's cells, each with a NUL behind it */
    bool is_header;
    unsigned n_header;
    uint32_t row;
    uint16_t column;
    enum comity_status status;
};

static void sink_free(struct sink *sink)
{
    buffer_release(&sink->line);
    buffer_release(&sink->header);
    free(sink->path);
    free(sink);
}

static enum sink_kind kind_of(const char *path)
{
    struct slice name = slice_from(path);
    return slice_ends_with(name, SLICE(".xlsx"))     ? SINK_XLSX
           : slice_ends_with(name, SLICE(".json"))   ? SINK_JSON
           : slice_ends_with(name, SLICE(".ndjson")) ? SINK_NDJSON
                                                     : SINK_CSV;
}

static const time_t made_at = 1767225600; /* 2026-01-01 */

static enum comity_status open_book(struct sink *sink, struct comity_error *err)
{
    lxw_workbook_options options = {.constant_memory = LXW_TRUE};
    sink->book = workbook_new_opt(sink->path, &options);
    sink->day_format = sink->book ? workbook_add_format(sink->book) : NULL;
    if (!sink->day_format)
        return error_nomem(err);
    format_set_num_format(sink->day_format, "dd/mm/yyyy");
    /* A workbook says when it was made: always the same, so that the same options give the same bytes. */
    lxw_doc_properties properties = {.created = made_at};
    if (workbook_set_properties(sink->book, &properties) != LXW_NO_ERROR)
        return error_nomem(err);
    return COMITY_OK;
}

enum comity_status sink_open(
    const char *path, const struct sink_style *style, struct sink **out, struct comity_error *err)
{
    *out = NULL;
    struct sink *sink = calloc(1, sizeof *sink);
    if (!sink)
        return error_nomem(err);
    buffer_init(&sink->line, (size_t)64 << 20);
    buffer_init(&sink->header, 1 << 16);
    sink->is_header = true;
    sink->path = strdup(path);
    sink->kind = kind_of(path);
    if (style)
        sink->style = *style;
    if (!sink->style.delimiter)
        sink->style.delimiter = ',';
    enum comity_status status = sink->path ? COMITY_OK : error_nomem(err);
    if (status == COMITY_OK && sink->kind == SINK_XLSX)
        status = open_book(sink, err);
    else if (status == COMITY_OK && !(sink->file = fopen(path, "wbe")))
        status = error_io(err, "create", path);
    if (status != COMITY_OK) {
        if (sink->book)
            workbook_close(sink->book);
        sink_free(sink);
        return status;
    }
    *out = sink;
    return COMITY_OK;
}

static void csv_text(struct sink *sink, struct slice text)
{
    bool needs_quotes = false;
    for (size_t i = 0; i < text.len && !needs_quotes; i++)
        needs_quotes =
            text.ptr[i] == sink->style.delimiter || text.ptr[i] == '"' || text.ptr[i] == '\n' || text.ptr[i] == '\r';
    if (sink->column)
        buffer_add_byte(&sink->line, sink->style.delimiter);
    if (!needs_quotes) {
        buffer_add_slice(&sink->line, text);
        return;
    }
    buffer_add_byte(&sink->line, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            buffer_add_byte(&sink->line, '"');
        buffer_add_byte(&sink->line, text.ptr[i]);
    }
    buffer_add_byte(&sink->line, '"');
}

static void keep_result(struct sink *sink, lxw_error result)
{
    if (result != LXW_NO_ERROR && sink->status == COMITY_OK)
        sink->status = result == LXW_ERROR_MEMORY_MALLOC_FAILED ? COMITY_NOMEM : COMITY_IO;
}

/* The sheet for the next cell; null when there is none to be had. */
static lxw_worksheet *sheet_of(struct sink *sink)
{
    if (!sink->sheet)
        sink_sheet(sink, NULL);
    return sink->sheet;
}

static void keep_header(struct sink *sink, struct slice text)
{
    buffer_add_slice(&sink->header, text);
    buffer_add_byte(&sink->header, '\0');
    sink->n_header++;
}

static void book_text(struct sink *sink, struct slice text)
{
    lxw_worksheet *sheet = sheet_of(sink);
    /* libxlsxwriter wants a terminated string; the line buffer serves as the place for it. */
    buffer_clear(&sink->line);
    buffer_add_slice(&sink->line, text);
    buffer_add_byte(&sink->line, '\0');
    if (text.len && sheet && buffer_status(&sink->line) == COMITY_OK)
        keep_result(sink, worksheet_write_string(sheet, sink->row, sink->column, sink->line.ptr, NULL));
}

/* Closes the object that is open, if the next key is not in it, and opens the one in which it is. */
static void json_key(struct sink *sink)
{
    struct slice name = slice_from(sink->name ? sink->name : ""), object = SLICE_EMPTY;
    const char *dot = strchr(name.ptr, '.');
    if (dot)
        object = slice_of(name.ptr, (size_t)(dot - name.ptr));
    if (sink->object.len && !slice_equal(sink->object, object)) {
        buffer_add_byte(&sink->line, '}');
        sink->object = SLICE_EMPTY;
    }
    if (sink->line.len && sink->line.ptr[sink->line.len - 1] != '{')
        buffer_add_string(&sink->line, ", ");
    if (object.len && !sink->object.len) {
        json_text(&sink->line, object);
        buffer_add_string(&sink->line, ": {");
        sink->object = object;
    }
    json_text(&sink->line, dot ? slice_from(dot + 1) : name);
    buffer_add_string(&sink->line, ": ");
    sink->name = sink->name ? sink->name + name.len + 1 : NULL;
}

/* In front of each cell of a row of JSON. */
static void json_cell(struct sink *sink)
{
    if (sink->column == 0) {
        buffer_add_string(&sink->line, sink->kind == SINK_NDJSON ? "{" : sink->has_rows ? ",\n{" : "[\n{");
        sink->name = sink->header.ptr;
        sink->object = SLICE_EMPTY;
        sink->has_rows = true;
    }
    json_key(sink);
}

void sink_text(struct sink *sink, struct slice text)
{
    if (sink->is_header)
        keep_header(sink, text);
    if (sink->kind == SINK_CSV) {
        csv_text(sink, text);
    } else if (sink->kind == SINK_XLSX) {
        book_text(sink, text);
    } else if (!sink->is_header) {
        json_cell(sink);
        if (text.len)
            json_text(&sink->line, text);
        else
            buffer_add_string(&sink->line, "null");
    }
    sink->column++;
}

size_t sink_number_text(char *text, size_t size, double number, int decimals, bool has_decimal_comma)
{
    size_t len = (size_t)snprintf(text, size, "%.*f", decimals, number);
    char *point = strchr(text, '.');
    if (!point)
        return len;
    while (text[len - 1] == '0')
        text[--len] = '\0';
    if (text[len - 1] == '.')
        text[--len] = '\0';
    else if (has_decimal_comma)
        *point = ',';
    return len;
}

void sink_number(struct sink *sink, double number, int decimals)
{
    char text[64];
    bool is_csv = sink->kind == SINK_CSV;
    size_t len = sink_number_text(text, sizeof text, number, decimals, is_csv && sink->style.has_decimal_comma);
    if (is_csv) {
        csv_text(sink, slice_of(text, len));
    } else if (sink->kind != SINK_XLSX) {
        json_cell(sink);
        buffer_add(&sink->line, text, len);
    } else if (sheet_of(sink)) {
        keep_result(sink, worksheet_write_number(sink->sheet, sink->row, sink->column, strtod(text, NULL), NULL));
    }
    sink->column++;
}

void sink_day(struct sink *sink, int32_t day)
{
    char text[DAY_TEXT];
    struct civil civil = civil_from_day(day);
    /* A workbook counts its days from 1900 on: people type in older ones as texts. */
    if (sink->kind != SINK_XLSX || civil.year < 1900) {
        day_format(day, text);
        sink_text(sink, slice_from(text));
        return;
    }
    lxw_datetime when = {.year = civil.year, .month = (int)civil.month, .day = (int)civil.day};
    if (sheet_of(sink))
        keep_result(sink, worksheet_write_datetime(sink->sheet, sink->row, sink->column, &when, sink->day_format));
    sink->column++;
}

void sink_sheet(struct sink *sink, const char *title)
{
    const char *name = sink->header.ptr;
    if (sink->kind != SINK_XLSX)
        return;
    sink->sheet = workbook_add_worksheet(sink->book, title);
    sink->row = 0;
    if (!sink->sheet) {
        sink->status = COMITY_NOMEM;
        return;
    }
    if (sink->is_header)
        return;
    for (unsigned i = 0; i < sink->n_header; i++, name += strlen(name) + 1)
        keep_result(sink, worksheet_write_string(sink->sheet, 0, (lxw_col_t)i, name, NULL));
    sink->row = 1;
}

static void write_out(struct sink *sink)
{
    if (sink->line.len && fwrite(sink->line.ptr, 1, sink->line.len, sink->file) != sink->line.len)
        sink->status = COMITY_IO;
    if (buffer_status(&sink->line) != COMITY_OK)
        sink->status = buffer_status(&sink->line);
    buffer_clear(&sink->line);
}

void sink_end_row(struct sink *sink)
{
    bool is_json = sink->kind == SINK_JSON || sink->kind == SINK_NDJSON;
    if (is_json && !sink->is_header)
        buffer_add_string(&sink->line, sink->object.len ? "}}" : "}");
    sink->column = 0;
    sink->row++;
    sink->is_header = false;
    if (sink->kind == SINK_XLSX) {
        if (sink->row >= SHEET_ROWS)
            sink_sheet(sink, NULL);
        return;
    }
    if (sink->kind == SINK_CSV)
        buffer_add_string(&sink->line, "\r\n");
    else if (sink->kind == SINK_NDJSON && sink->line.len)
        buffer_add_byte(&sink->line, '\n');
    if (sink->line.len >= FLUSH_AT)
        write_out(sink);
}

static enum comity_status close_text(struct sink *sink)
{
    if (sink->kind == SINK_JSON)
        buffer_add_string(&sink->line, sink->has_rows ? "\n]\n" : "[]\n");
    write_out(sink);
    if (fclose(sink->file) != 0)
        sink->status = COMITY_IO;
    return sink->status;
}

enum comity_status sink_close(struct sink *sink, struct comity_error *err)
{
    enum comity_status status;
    if (!sink)
        return COMITY_OK;
    if (sink->book) {
        keep_result(sink, workbook_close(sink->book));
        status = sink->status != COMITY_OK ? sink->status : buffer_status(&sink->header);
    } else {
        status = close_text(sink);
    }
    if (status != COMITY_OK)
        error_set(err, status, "unable to write '%s': %s", sink->path, comity_status_text(status));
    sink_free(sink);
    return status;
}
