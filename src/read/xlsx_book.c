/* The parts of a workbook that all sheets share: names, relations, styles, shared strings. */
#include "read/xlsx.h"

#include "base/array.h"
#include "base/calendar.h"
#include "base/error.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_STRINGS_BYTES = 512 << 20, MOST_STYLES = 65536 };

/* Calls see() for each node of a part that need not be there. */
static enum comity_status walk(struct xlsx_book *book, const char *path,
    enum comity_status (*see)(struct xlsx_book *, struct xml *, void *, struct comity_error *), void *context,
    struct comity_error *err)
{
    struct xml part;
    bool has_node = true;
    enum comity_status status = archive_part(book->archive, path, &part, err);
    if (status == COMITY_NOTFOUND)
        return COMITY_OK;
    while (!status && !(status = xml_next(&part, &has_node, err)) && has_node)
        status = see(book, &part, context, err);
    xml_close(&part);
    return status;
}

/* ---- sheets -------------------------------------------------------------------------------------------------- */

static enum comity_status see_workbook(
    struct xlsx_book *book, struct xml *part, void *context, struct comity_error *err)
{
    char text[512];
    (void)context;
    if (xml_is_element(part, "workbookPr") && xml_copy(part, "date1904", text, sizeof text))
        book->is_1904 = !strcmp(text, "1") || !strcmp(text, "true");
    if (!xml_is_element(part, "sheet"))
        return COMITY_OK;
    if (!ARRAY_ROOM(book->sheets, book->n_sheets, book->room_sheets, 1))
        return error_nomem(err);
    struct xlsx_sheet *sheet = &book->sheets[book->n_sheets];
    if (!xml_copy(part, "name", text, sizeof text))
        text[0] = '\0';
    sheet->name = arena_copy(&book->arena, slice_from(text));
    if (!xml_copy(part, "r:id", text, sizeof text))
        return COMITY_OK;
    /* Until the relations are read the path holds the relation's id. */
    sheet->path = arena_copy(&book->arena, slice_from(text));
    book->n_sheets++;
    return sheet->path.ptr ? COMITY_OK : error_nomem(err);
}

static enum comity_status see_relation(
    struct xlsx_book *book, struct xml *part, void *context, struct comity_error *err)
{
    char id[128], target[512], path[600];
    bool *is_resolved = context;
    if (!xml_is_element(part, "Relationship") || !xml_copy(part, "Id", id, sizeof id) ||
        !xml_copy(part, "Target", target, sizeof target))
        return COMITY_OK;
    snprintf(path, sizeof path, "%s%s", target[0] == '/' ? "" : "xl/", target[0] == '/' ? target + 1 : target);
    for (size_t i = 0; i < book->n_sheets; i++) {
        if (is_resolved[i] || !slice_is(book->sheets[i].path, id))
            continue;
        book->sheets[i].path = slice_from(arena_string(&book->arena, slice_from(path)));
        is_resolved[i] = true;
        if (!book->sheets[i].path.ptr)
            return error_nomem(err);
    }
    return COMITY_OK;
}

static enum comity_status read_sheets(struct xlsx_book *book, struct comity_error *err)
{
    enum comity_status status = walk(book, "xl/workbook.xml", see_workbook, NULL, err);
    bool *is_resolved = calloc(book->n_sheets + 1, sizeof *is_resolved);
    if (!is_resolved)
        return error_nomem(err);
    if (!status)
        status = walk(book, "xl/_rels/workbook.xml.rels", see_relation, is_resolved, err);
    size_t n = 0;
    for (size_t i = 0; i < book->n_sheets; i++)
        if (is_resolved[i])
            book->sheets[n++] = book->sheets[i];
    book->n_sheets = n;
    free(is_resolved);
    if (!status && !n)
        status = error_set(err, COMITY_INPUT, "this ZIP archive is no workbook, or has no sheet");
    return status;
}

/* ---- styles -------------------------------------------------------------------------------------------------- */

bool xlsx_format_is_date(const char *code)
{
    for (; *code && *code != ';'; code++) {
        if (*code == '"') {
            const char *end = strchr(code + 1, '"');
            if (!end)
                return false;
            code = end;
        } else if (*code == '[') {
            const char *end = strchr(code, ']');
            if (!end)
                return false;
            code = end;
        } else if (*code == '\\' || *code == '_' || *code == '*') {
            code += code[1] != '\0';
        } else if (strchr("yYdDmMhHsS", *code)) {
            return true;
        }
    }
    return false;
}

/* The formats that every program knows without being told: ECMA-376, part 1, 18.8.30. */
static bool builtin_is_date(unsigned long id)
{
    return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);
}

struct styles {
    struct map is_date; /* number format → 1 or 2: no, yes */
    bool is_in_cells;
};

static enum comity_status see_style(struct xlsx_book *book, struct xml *part, void *context, struct comity_error *err)
{
    struct styles *styles = context;
    char id[32], code[512];
    if (xml_is_element(part, "numFmt") && xml_copy(part, "numFmtId", id, sizeof id) &&
        xml_copy(part, "formatCode", code, sizeof code)) {
        uint64_t *at = map_put(&styles->is_date, strtoul(id, NULL, 10), NULL);
        if (!at)
            return error_nomem(err);
        *at = xlsx_format_is_date(code) ? 2 : 1;
    }
    if (xml_is_element(part, "cellXfs"))
        styles->is_in_cells = true;
    if (xml_is_end(part, "cellXfs"))
        styles->is_in_cells = false;
    if (!styles->is_in_cells || !xml_is_element(part, "xf") || book->n_styles >= MOST_STYLES)
        return COMITY_OK;
    if (!ARRAY_ROOM(book->is_date, book->n_styles, book->room_styles, 1))
        return error_nomem(err);
    unsigned long number = xml_copy(part, "numFmtId", id, sizeof id) ? strtoul(id, NULL, 10) : 0;
    const uint64_t *own = map_get(&styles->is_date, number);
    book->is_date[book->n_styles++] = own ? *own == 2 : builtin_is_date(number);
    return COMITY_OK;
}

/* ---- dates --------------------------------------------------------------------------------------------------- */

bool xlsx_date_text(double serial, bool is_1904, char text[32])
{
    if (!(serial >= 0) || serial >= 2958466)
        return false;
    long seconds = lround((serial - floor(serial)) * 86400);
    long day = (long)floor(serial) + (seconds == 86400);
    seconds %= 86400;
    char date[DAY_TEXT], time[16];
    snprintf(time, sizeof time, "%02d:%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60));
    if (day == 0 && !is_1904) {
        snprintf(text, 32, "%s", time);
        return true;
    }
    if (day == 60 && !is_1904)
        snprintf(date, sizeof date, "1900-02-29");
    else
        day_format(
            (int32_t)(is_1904 ? day_from_civil(1904, 1, 1) + day : day_from_civil(1899, 12, 30) + day + (day < 60)),
            date);
    snprintf(text, 32, seconds ? "%s%c%s" : "%s", date, 'T', time);
    return true;
}

/* ---- shared strings ------------------------------------------------------------------------------------------ */

struct strings {
    struct buffer text;
    bool is_in_text, is_in_phonetic;
};

static enum comity_status see_string(struct xlsx_book *book, struct xml *part, void *context, struct comity_error *err)
{
    struct strings *strings = context;
    if (part->node == XML_TEXT) {
        if (strings->is_in_text && !strings->is_in_phonetic)
            buffer_add_slice(&strings->text, part->text);
        return COMITY_OK;
    }
    if (xml_is_element(part, "si"))
        buffer_clear(&strings->text);
    if (xml_is_element(part, "t"))
        strings->is_in_text = true;
    if (xml_is_end(part, "t"))
        strings->is_in_text = false;
    if (xml_is_element(part, "rPh"))
        strings->is_in_phonetic = true;
    if (xml_is_end(part, "rPh"))
        strings->is_in_phonetic = false;
    if (!xml_is_end(part, "si"))
        return COMITY_OK;
    if (!ARRAY_ROOM(book->strings, book->n_strings, book->room_strings, 1))
        return error_nomem(err);
    struct slice copy = arena_copy(&book->arena, buffer_slice(&strings->text));
    if (strings->text.failed || (strings->text.len && !copy.ptr))
        return book->arena.total > MOST_STRINGS_BYTES / 2
                   ? error_set(err, COMITY_LIMIT, "the workbook has more than 512 MB of distinct texts")
                   : error_nomem(err);
    book->strings[book->n_strings++] = copy;
    return COMITY_OK;
}

/* ---- the book ------------------------------------------------------------------------------------------------ */

enum comity_status xlsx_book_open(struct xlsx_book *book, const struct archive *archive, struct comity_error *err)
{
    struct styles styles = {0};
    struct strings strings = {0};
    *book = (struct xlsx_book){.archive = archive};
    arena_init(&book->arena, MOST_STRINGS_BYTES);
    buffer_init(&strings.text, WINDOW_MOST);
    enum comity_status status = read_sheets(book, err);
    if (!status)
        status = walk(book, "xl/styles.xml", see_style, &styles, err);
    if (!status)
        status = walk(book, "xl/sharedStrings.xml", see_string, &strings, err);
    map_release(&styles.is_date);
    buffer_release(&strings.text);
    return status;
}

void xlsx_book_close(struct xlsx_book *book)
{
    free(book->strings);
    free(book->sheets);
    free(book->is_date);
    arena_release(&book->arena);
    *book = (struct xlsx_book){0};
}
