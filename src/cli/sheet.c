/* Tables for people are aligned by display width (code points; wide scripts may be off by a little, which is harmless);
 * the other formats are for programs. */
#include "base/array.h"
#include "base/csv_cell.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/cli.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>

enum { WIDEST_CELL = 60 };

void sheet_init(struct sheet *sheet, const char *const *columns, size_t n_columns)
{
    *sheet = (struct sheet){.columns = columns, .n_columns = n_columns};
}

void sheet_release(struct sheet *sheet)
{
    free(sheet->cells);
    arena_release(&sheet->arena);
    *sheet = (struct sheet){0};
}

enum comity_status sheet_cell(struct sheet *sheet, struct slice text)
{
    if (!ARRAY_ROOM(sheet->cells, sheet->n_cells, sheet->room, 1))
        return COMITY_NOMEM;
    struct slice copy = arena_copy(&sheet->arena, text);
    if (!copy.ptr)
        return COMITY_NOMEM;
    sheet->cells[sheet->n_cells++] = copy;
    return COMITY_OK;
}

enum comity_status sheet_format(struct sheet *sheet, const char *format, ...)
{
    struct buffer text;
    va_list args;
    buffer_init(&text, 1 << 20);
    va_start(args, format);
    buffer_vformat(&text, format, args);
    va_end(args);
    enum comity_status status = buffer_status(&text);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, buffer_slice(&text));
    buffer_release(&text);
    return status;
}

static bool is_number_column(const char *name)
{
    size_t len = strlen(name);
    return len && name[len - 1] == '#';
}

static struct slice column_name(const char *name)
{
    return slice_of(name, strlen(name) - is_number_column(name));
}

static size_t display_width(struct slice text)
{
    size_t width = 0;
    for (size_t i = 0; i < text.len; i++)
        width += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    return width;
}

static struct slice shortened(struct slice text)
{
    size_t width = 0, i = 0;
    for (; i < text.len; i++) {
        if (((unsigned char)text.ptr[i] & 0xC0) != 0x80 && width++ == WIDEST_CELL)
            break;
    }
    return slice_of(text.ptr, i);
}

/* What a terminal would obey rather than show (C0, DEL, and C1 as UTF-8) becomes "?": cells hold what others wrote. */
static void add_shown(struct buffer *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool is_c1 = c == 0xC2 && i + 1 < text.len && (unsigned char)text.ptr[i + 1] < 0xA0;
        if (is_c1)
            i++;
        buffer_add_byte(out, c < 0x20 || c == 0x7F || is_c1 ? '?' : (char)c);
    }
}

static void add_padded(struct buffer *out, struct slice text, size_t width, bool is_right, bool is_last)
{
    size_t fill = width > display_width(text) ? width - display_width(text) : 0;
    for (size_t i = 0; is_right && i < fill; i++)
        buffer_add_byte(out, ' ');
    add_shown(out, text);
    for (size_t i = 0; !is_right && !is_last && i < fill; i++)
        buffer_add_byte(out, ' ');
}

static enum comity_status print_table(const struct sheet *sheet, const struct cli *cli, struct buffer *out)
{
    size_t n = sheet->n_columns;
    assert(n > 0);
    size_t *widths = calloc(n + 1, sizeof *widths);
    if (!widths)
        return COMITY_NOMEM;
    for (size_t i = 0; i < n; i++)
        widths[i] = display_width(column_name(sheet->columns[i]));
    for (size_t i = 0; i < sheet->n_cells; i++) {
        size_t width = display_width(shortened(sheet->cells[i]));
        if (width > widths[i % n])
            widths[i % n] = width;
    }
    buffer_add_string(out, cli->has_color ? "\033[1m" : "");
    for (size_t i = 0; i < n; i++) {
        buffer_add_string(out, i ? "  " : "");
        add_padded(out, column_name(sheet->columns[i]), widths[i], is_number_column(sheet->columns[i]), i + 1 == n);
    }
    buffer_add_string(out, cli->has_color ? "\033[0m\n" : "\n");
    for (size_t i = 0; i < sheet->n_cells; i++) {
        size_t column = i % n;
        buffer_add_string(out, column ? "  " : "");
        add_padded(
            out, shortened(sheet->cells[i]), widths[column], is_number_column(sheet->columns[column]), column + 1 == n);
        buffer_add_string(out, column + 1 == n ? "\n" : "");
    }
    free(widths);
    return COMITY_OK;
}

static void print_csv(const struct sheet *sheet, struct buffer *out)
{
    assert(sheet->n_columns > 0);
    for (size_t i = 0; i < sheet->n_columns; i++) {
        buffer_add_string(out, i ? "," : "");
        csv_text_or_number(out, column_name(sheet->columns[i]));
    }
    buffer_add_string(out, "\r\n");
    for (size_t i = 0; i < sheet->n_cells; i++) {
        buffer_add_string(out, i % sheet->n_columns ? "," : "");
        csv_text_or_number(out, sheet->cells[i]);
        buffer_add_string(out, (i + 1) % sheet->n_columns ? "" : "\r\n");
    }
}

static void print_json(const struct sheet *sheet, struct buffer *out, bool is_lines)
{
    size_t n = sheet->n_columns;
    assert(n > 0);
    buffer_add_string(out, is_lines ? "" : "[");
    for (size_t i = 0; i < sheet->n_cells; i++) {
        size_t column = i % n;
        if (column == 0)
            buffer_add_string(out, i && !is_lines ? ",\n{" : "{");
        else
            buffer_add_byte(out, ',');
        json_text(out, column_name(sheet->columns[column]));
        buffer_add_byte(out, ':');
        if (is_number_column(sheet->columns[column]))
            buffer_add_slice(out, sheet->cells[i].len ? sheet->cells[i] : SLICE("null"));
        else
            json_text(out, sheet->cells[i]);
        if (column + 1 == n)
            buffer_add_string(out, is_lines ? "}\n" : "}");
    }
    buffer_add_string(out, is_lines ? "" : "]\n");
}

enum comity_status sheet_print(const struct sheet *sheet, const struct cli *cli, struct comity_error *err)
{
    struct buffer out;
    enum comity_status status = COMITY_OK;
    buffer_init(&out, (size_t)1 << 30);
    switch (cli->format) {
    case OUTPUT_TABLE:
        status = print_table(sheet, cli, &out);
        break;
    case OUTPUT_CSV:
        print_csv(sheet, &out);
        break;
    case OUTPUT_JSON:
    case OUTPUT_NDJSON:
        print_json(sheet, &out, cli->format == OUTPUT_NDJSON);
        break;
    case OUTPUT_GEOJSON:
        status = error_set(err, COMITY_USAGE, "these rows have no places: there is no geojson of them");
        break;
    }
    if (status == COMITY_OK && (status = buffer_status(&out)) != COMITY_OK)
        error_set(err, status, "%s", comity_status_text(status));
    if (status == COMITY_OK)
        status = cli_write(buffer_slice(&out), err);
    buffer_release(&out);
    return status;
}
