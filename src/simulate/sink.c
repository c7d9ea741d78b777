/* CSV by hand (RFC 4180), XLSX through libxlsxwriter in its constant-memory mode. A sheet holds 1,048,576 rows: further
 * rows go to further sheets under the same header. */
#include "simulate/sink.h"

#include "base/buffer.h"
#include "base/calendar.h"
#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <xlsxwriter.h>

enum { SHEET_ROWS = 1000000, FLUSH_AT = 1 << 18 };

struct sink {
    char *path;
    /* CSV */
    FILE *file;
    struct buffer line;
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

static bool open_sheet(struct sink *sink)
{
    sink->sheet = workbook_add_worksheet(sink->book, NULL);
    sink->row = 0;
    return sink->sheet != NULL;
}

static enum comity_status open_book(struct sink *sink, struct comity_error *err)
{
    lxw_workbook_options options = {.constant_memory = LXW_TRUE};
    sink->book = workbook_new_opt(sink->path, &options);
    sink->day_format = sink->book ? workbook_add_format(sink->book) : NULL;
    if (!sink->day_format || !open_sheet(sink))
        return error_nomem(err);
    format_set_num_format(sink->day_format, "dd/mm/yyyy");
    return COMITY_OK;
}

enum comity_status sink_open(const char *path, struct sink **out, struct comity_error *err)
{
    *out = NULL;
    struct sink *sink = calloc(1, sizeof *sink);
    if (!sink)
        return error_nomem(err);
    buffer_init(&sink->line, (size_t)64 << 20);
    buffer_init(&sink->header, 1 << 16);
    sink->is_header = true;
    sink->path = strdup(path);
    enum comity_status status = sink->path ? COMITY_OK : error_nomem(err);
    if (status == COMITY_OK && slice_ends_with(slice_from(path), SLICE(".xlsx")))
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
        needs_quotes = text.ptr[i] == ',' || text.ptr[i] == '"' || text.ptr[i] == '\n' || text.ptr[i] == '\r';
    if (sink->column)
        buffer_add_byte(&sink->line, ',');
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

void sink_text(struct sink *sink, struct slice text)
{
    if (!sink->book) {
        csv_text(sink, text);
    } else {
        /* libxlsxwriter wants a terminated string; the line buffer serves as the place for it. */
        buffer_clear(&sink->line);
        buffer_add_slice(&sink->line, text);
        if (sink->is_header) {
            buffer_add(&sink->header, text.ptr, text.len);
            buffer_add_byte(&sink->header, '\0');
            sink->n_header++;
        }
        if (text.len && sink->line.ptr)
            keep_result(sink, worksheet_write_string(sink->sheet, sink->row, sink->column, sink->line.ptr, NULL));
    }
    sink->column++;
}

void sink_number(struct sink *sink, double number, int decimals)
{
    char text[64];
    int len = snprintf(text, sizeof text, "%.*f", decimals, number);
    if (strchr(text, '.')) {
        while (text[len - 1] == '0')
            text[--len] = '\0';
        if (text[len - 1] == '.')
            text[--len] = '\0';
    }
    if (sink->book)
        keep_result(sink, worksheet_write_number(sink->sheet, sink->row, sink->column, strtod(text, NULL), NULL));
    else
        csv_text(sink, slice_of(text, (size_t)len));
    sink->column++;
}

void sink_day(struct sink *sink, int32_t day)
{
    char text[DAY_TEXT];
    if (sink->book) {
        struct civil civil = civil_from_day(day);
        lxw_datetime when = {.year = civil.year, .month = (int)civil.month, .day = (int)civil.day};
        keep_result(sink, worksheet_write_datetime(sink->sheet, sink->row, sink->column, &when, sink->day_format));
    } else {
        day_format(day, text);
        csv_text(sink, slice_from(text));
    }
    sink->column++;
}

static void next_sheet(struct sink *sink)
{
    const char *name = sink->header.ptr;
    if (!open_sheet(sink)) {
        sink->status = COMITY_NOMEM;
        return;
    }
    for (unsigned i = 0; i < sink->n_header; i++, name += strlen(name) + 1)
        keep_result(sink, worksheet_write_string(sink->sheet, 0, (lxw_col_t)i, name, NULL));
    sink->row = 1;
}

void sink_end_row(struct sink *sink)
{
    sink->column = 0;
    sink->row++;
    sink->is_header = false;
    if (sink->book) {
        if (sink->row >= SHEET_ROWS)
            next_sheet(sink);
        return;
    }
    buffer_add_string(&sink->line, "\r\n");
    if (sink->line.len < FLUSH_AT)
        return;
    if (fwrite(sink->line.ptr, 1, sink->line.len, sink->file) != sink->line.len)
        sink->status = COMITY_IO;
    buffer_clear(&sink->line);
}

static enum comity_status close_csv(struct sink *sink)
{
    enum comity_status status = sink->status != COMITY_OK ? sink->status : buffer_status(&sink->line);
    if (sink->line.len && fwrite(sink->line.ptr, 1, sink->line.len, sink->file) != sink->line.len)
        status = COMITY_IO;
    if (fclose(sink->file) != 0)
        status = COMITY_IO;
    return status;
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
        status = close_csv(sink);
    }
    if (status != COMITY_OK)
        error_set(err, status, "unable to write '%s': %s", sink->path, comity_status_text(status));
    sink_free(sink);
    return status;
}
