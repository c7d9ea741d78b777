/* The workbook is written by libxlsxwriter. Lists stand in a sheet of their own, since one within a cell's rule may not
 * be longer than 255 characters, and are hints: what else is typed is kept, and said when it is read. (Version 1.1.4 of
 * the library loses one copy of each list's formula, some 400 bytes a workbook; later ones do not.) */
#include "flow/template.h"

#include "base/error.h"
#include "base/file.h"
#include "flow/template_marks.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xlsxwriter.h>

enum { KEY_ROW, LABEL_ROW, EXAMPLE_ROW, FIRST_ROW };
enum { MOST_LISTS = 32, MOST_COMMENT = 2000 };

struct list {
    const void *of; /* the table that it lists */
    uint32_t n;     /* how many stand in it */
};

struct writing {
    const struct entry_table *table;
    int language;
    lxw_workbook *book;
    lxw_worksheet *sheet, *help, *lists, *marks;
    lxw_format *plain, *label, *needed, *example, *heading, *wrapped, *text;
    struct list list[MOST_LISTS];
    size_t n_lists;
    struct arena arena;
    lxw_error result; /* the first that went wrong */
};

static const char *say(const struct writing *w, const char *english)
{
    return w->table->words ? w->table->words(w->language, english) : english;
}

static void keep(struct writing *w, lxw_error result)
{
    w->result = w->result ? w->result : result;
}

static const char *terminated(struct writing *w, struct slice text)
{
    const char *copy = arena_string(&w->arena, text);
    if (!copy)
        keep(w, LXW_ERROR_MEMORY_MALLOC_FAILED);
    return copy ? copy : "";
}

static void put(
    struct writing *w, lxw_worksheet *sheet, uint32_t row, size_t column, struct slice text, lxw_format *format)
{
    if (text.len || format)
        keep(w, worksheet_write_string(sheet, row, (lxw_col_t)column, terminated(w, text), format));
}

/* ---- looks ------------------------------------------------------------------------------------------------------ */

static lxw_format *look(struct writing *w, bool is_bold, lxw_color_t color, lxw_color_t ground)
{
    lxw_format *format = workbook_add_format(w->book);
    if (!format) {
        keep(w, LXW_ERROR_MEMORY_MALLOC_FAILED);
        return NULL;
    }
    if (is_bold)
        format_set_bold(format);
    if (color)
        format_set_font_color(format, color);
    if (ground)
        format_set_bg_color(format, ground);
    format_set_align(format, LXW_ALIGN_VERTICAL_TOP);
    return format;
}

static void make_looks(struct writing *w)
{
    w->plain = look(w, false, 0, 0);
    w->text = look(w, false, 0, 0);
    w->label = look(w, true, 0, 0xE8EEF4);
    w->needed = look(w, true, 0x8A1C1C, 0xE8EEF4);
    w->example = look(w, false, 0x808080, 0);
    w->heading = look(w, true, 0, 0);
    w->wrapped = look(w, false, 0, 0);
    if (w->result)
        return;
    /* As text, a case number does not become a date, nor "2026" a day of 1905. */
    format_set_num_format(w->text, "@");
    format_set_num_format(w->example, "@");
    format_set_italic(w->example);
    format_set_text_wrap(w->wrapped);
    format_set_text_wrap(w->label);
    format_set_text_wrap(w->needed);
}

/* ---- lists ------------------------------------------------------------------------------------------------------ */

struct name {
    struct slice label, folded;
};

static int by_name(const void *a, const void *b)
{
    const struct name *p = a, *q = b;
    return slice_compare(p->folded, q->folded);
}

static struct slice fold(struct writing *w, struct folding *folding, struct slice text)
{
    struct buffer out;
    buffer_init(&out, 1 << 16);
    folding_apply(folding, text, &out);
    struct slice folded = arena_copy(&w->arena, buffer_slice(&out));
    buffer_release(&out);
    return folded;
}

/* Countries in the order of their names; those that no longer are, are left out. */
static uint32_t list_countries(struct writing *w, const struct value_spec *spec, size_t column)
{
    size_t most = country_count(spec->countries), n = 0;
    struct name *names = ARENA_ARRAY(&w->arena, struct name, most + 1);
    for (size_t i = 1; names && i < most; i++) {
        if (country_get(spec->countries, (uint16_t)i)->alpha2[2])
            continue;
        names[n].label = country_label(spec->countries, (uint16_t)i, w->language);
        names[n].folded = fold(w, spec->folding, names[n].label);
        n++;
    }
    if (names)
        qsort(names, n, sizeof *names, by_name);
    for (size_t i = 0; i < n; i++)
        put(w, w->lists, (uint32_t)i, column, names[i].label, NULL);
    return (uint32_t)n;
}

static uint32_t fill_list(struct writing *w, const struct value_spec *spec, size_t column, bool is_unit)
{
    uint32_t n = 0;
    if (spec->type == VALUE_COUNTRY)
        return list_countries(w, spec, column);
    if (is_unit)
        for (; n < spec->units->n_units; n++)
            put(w, w->lists, n, column, unit_label(spec->units, n, w->language), NULL);
    else if (spec->type == VALUE_CONCEPT)
        for (; n + 1 < spec->concepts->n_nodes; n++)
            put(w, w->lists, n, column, concept_label(spec->concepts, n + 1, w->language), NULL);
    else
        for (; n < spec->categories->codes.count; n++)
            put(w, w->lists, n, column, category_label(spec->categories, n, w->language), NULL);
    return n;
}

/* The column of the sheet of lists that a column of entries chooses from; -1: from none. Each list is there once. */
static int list_of(struct writing *w, const struct entry_column *column)
{
    const struct value_spec *spec = &column->place.input->field->spec;
    bool is_unit = strcmp(column->suffix, ENTRY_UNIT) == 0;
    const void *of = is_unit                        ? (const void *)spec->units
                     : *column->suffix              ? NULL
                     : spec->type == VALUE_COUNTRY  ? (const void *)spec->countries
                     : spec->type == VALUE_CONCEPT  ? (const void *)spec->concepts
                     : spec->type == VALUE_CATEGORY ? (const void *)spec->categories
                                                    : NULL;
    for (size_t i = 0; of && i < w->n_lists; i++)
        if (w->list[i].of == of)
            return (int)i;
    if (!of || w->n_lists == MOST_LISTS)
        return -1;
    w->list[w->n_lists] = (struct list){of, fill_list(w, spec, w->n_lists, is_unit)};
    return (int)w->n_lists++;
}

static void offer_list(struct writing *w, size_t at, const struct entry_column *column)
{
    char letters[8], formula[96];
    int list = list_of(w, column);
    if (list < 0 || !w->list[list].n)
        return;
    lxw_col_to_name(letters, (lxw_col_t)list, LXW_TRUE);
    snprintf(formula, sizeof formula, "=" TEMPLATE_LISTS "!%s$1:%s$%u", letters, letters, w->list[list].n);
    lxw_data_validation validation = {
        .validate = LXW_VALIDATION_TYPE_LIST_FORMULA, .value_formula = formula, .show_error = LXW_VALIDATION_OFF};
    keep(w, worksheet_data_validation_range(
                w->sheet, EXAMPLE_ROW, (lxw_col_t)at, FIRST_ROW + TEMPLATE_ROOM - 1, (lxw_col_t)at, &validation));
}

/* ---- the sheet of entries --------------------------------------------------------------------------------------- */

/* "With its unit: 12.5 kg, 300 tablets. Example: 12.5 kg" */
static void comment(struct writing *w, size_t at, const struct entry_column *column)
{
    char text[MOST_COMMENT];
    struct slice help = entry_column_help(w->table, column, w->language);
    struct slice example = column->place.input->example;
    if (*column->suffix)
        example = SLICE_EMPTY;
    if (!help.len && !example.len)
        return;
    int len = snprintf(text, sizeof text, "%.*s%s%s%s%.*s", SLICE_ARG(help), help.len && example.len ? "\n" : "",
        example.len ? say(w, TELL("Example")) : "", example.len ? ": " : "", SLICE_ARG(example));
    if (len > 0 && len < (int)sizeof text)
        keep(w, worksheet_write_comment(w->sheet, LABEL_ROW, (lxw_col_t)at, terminated(w, slice_from(text))));
}

static double width_of(const struct entry_column *column)
{
    enum value_type type = column->place.input->field->spec.type;
    if (*column->suffix)
        return 12;
    return column->place.input->is_long ? 40
           : type == VALUE_CONCEPT      ? 24
           : type == VALUE_PLACE        ? 22
           : type == VALUE_COUNT        ? 10
                                        : 18;
}

/* Amounts are numbers wherever people write them as such. */
static bool is_number(const struct entry_column *column)
{
    enum value_type type = column->place.input->field->spec.type;
    bool is_point = strcmp(column->suffix, ENTRY_LATITUDE) == 0 || strcmp(column->suffix, ENTRY_LONGITUDE) == 0;
    return is_point || (!*column->suffix && (type == VALUE_COUNT || type == VALUE_QUANTITY));
}

static void write_column(struct writing *w, size_t at)
{
    const struct entry_column *column = &w->table->columns[at];
    struct slice label = entry_column_label(w->table, column, w->language, &w->arena);
    struct slice example = entry_column_example(w->table, column, w->language, &w->arena);
    keep(w, worksheet_set_column(
                w->sheet, (lxw_col_t)at, (lxw_col_t)at, width_of(column), is_number(column) ? w->plain : w->text));
    put(w, w->sheet, KEY_ROW, at, slice_from(column->key), NULL);
    if (column->is_needed) {
        const char *text = terminated(w, label);
        char starred[600];
        snprintf(starred, sizeof starred, "%s *", text);
        put(w, w->sheet, LABEL_ROW, at, slice_from(starred), w->needed);
    } else {
        put(w, w->sheet, LABEL_ROW, at, label, w->label);
    }
    put(w, w->sheet, EXAMPLE_ROW, at, example, w->example);
    comment(w, at, column);
    offer_list(w, at, column);
}

static void write_entries(struct writing *w)
{
    lxw_row_col_options hidden = {.hidden = LXW_TRUE};
    for (size_t i = 0; i < w->table->n; i++)
        write_column(w, i);
    keep(w, worksheet_set_row_opt(w->sheet, KEY_ROW, LXW_DEF_ROW_HEIGHT, NULL, &hidden));
    keep(w, worksheet_set_row(w->sheet, LABEL_ROW, 32, NULL));
    worksheet_freeze_panes(w->sheet, EXAMPLE_ROW, 1);
    if (w->language == LANGUAGE_AR) {
        worksheet_right_to_left(w->sheet);
        worksheet_right_to_left(w->help);
    }
}

/* ---- the sheet of help ------------------------------------------------------------------------------------------ */

static const char *const rules[] = {
    TELL("One row is one line of a case. A case with three lines takes three rows with the same case number; what is "
         "said "
         "of the case stands in each of them."),
    TELL("Columns marked * are needed. All others may stay empty."),
    TELL("Lists offer the usual words. You may write others: names, codes and other languages are understood as well. "
         "What is not understood is told when the file is read, and nothing is lost."),
    TELL("Write dates as 2026-03-17, or 2026-03, or 2026, as exactly as they are known."),
    TELL("Columns may be moved, renamed, hidden or taken away. The first row, which is hidden, and the hidden sheets "
         "must "
         "stay: the file is known by them."),
    TELL("The grey row is an example and is left out. Write over it or delete it."),
    TELL("When it is filled in: upload it where entries are pasted, or import it with the command: comity import FILE"),
};

static void write_help(struct writing *w)
{
    const char *const names[] = {TELL("Column"), TELL("Needed"), TELL("What to write"), TELL("Example")};
    enum { N_RULES = sizeof rules / sizeof *rules, TABLE_ROW = N_RULES + 2, N_NAMES = 4 };
    keep(w, worksheet_set_column(w->help, 0, 0, 34, w->plain));
    keep(w, worksheet_set_column(w->help, 2, 2, 70, w->plain));
    keep(w, worksheet_set_column(w->help, 3, 3, 24, w->plain));
    put(w, w->help, 0, 0, slice_from(say(w, TELL("How to fill in this file"))), w->heading);
    for (uint32_t i = 0; i < N_RULES; i++)
        keep(w, worksheet_merge_range(w->help, i + 1, 0, i + 1, N_NAMES - 1, say(w, rules[i]), w->wrapped));
    for (uint32_t i = 0; i < N_RULES; i++)
        keep(w, worksheet_set_row(w->help, i + 1, 32, NULL));
    for (size_t i = 0; i < N_NAMES; i++)
        put(w, w->help, TABLE_ROW, i, slice_from(say(w, names[i])), w->heading);
    for (size_t i = 0; i < w->table->n; i++) {
        const struct entry_column *column = &w->table->columns[i];
        uint32_t row = (uint32_t)(TABLE_ROW + 1 + i);
        put(w, w->help, row, 0, entry_column_label(w->table, column, w->language, &w->arena), NULL);
        put(w, w->help, row, 1, column->is_needed ? SLICE("*") : SLICE_EMPTY, NULL);
        put(w, w->help, row, 2, entry_column_help(w->table, column, w->language), w->wrapped);
        put(w, w->help, row, 3, *column->suffix ? SLICE_EMPTY : column->place.input->example, NULL);
    }
}

/* ---- the marks -------------------------------------------------------------------------------------------------- */

static void mark(struct writing *w, uint32_t *row, const char *name, struct slice value)
{
    put(w, w->marks, *row, 0, slice_from(name), NULL);
    put(w, w->marks, *row, 1, value, NULL);
    ++*row;
}

static void write_marks(struct writing *w, const char *sheet)
{
    const struct domain *domain = w->table->domain;
    uint32_t row = 0;
    mark(w, &row, TEMPLATE_MARK, SLICE(TEMPLATE_VERSION));
    mark(w, &row, TEMPLATE_DOMAIN, domain->id);
    mark(w, &row, "version", domain->version);
    mark(w, &row, TEMPLATE_FORM, domain->form->id);
    mark(w, &row, "language", slice_from(language_code(w->language)));
    mark(w, &row, TEMPLATE_SHEET, slice_from(sheet));
    for (size_t i = 0; i < w->table->n; i++)
        mark(w, &row, w->table->columns[i].key,
            entry_column_label(w->table, &w->table->columns[i], w->language, &w->arena));
    worksheet_hide(w->marks);
    worksheet_hide(w->lists);
}

/* ---- the book --------------------------------------------------------------------------------------------------- */

/* A translation that cannot be a sheet's name is not worth a failure. */
static lxw_worksheet *add_sheet(struct writing *w, const char *english, const char **name)
{
    *name = say(w, english);
    if (workbook_validate_sheet_name(w->book, *name) != LXW_NO_ERROR)
        *name = english;
    lxw_worksheet *sheet = workbook_add_worksheet(w->book, *name);
    if (!sheet)
        keep(w, LXW_ERROR_MEMORY_MALLOC_FAILED);
    return sheet;
}

static void fill(struct writing *w)
{
    const char *sheet, *name;
    w->sheet = add_sheet(w, TELL("Entries"), &sheet);
    w->help = add_sheet(w, TELL("Help"), &name);
    w->lists = add_sheet(w, TEMPLATE_LISTS, &name);
    w->marks = add_sheet(w, TEMPLATE_MARKS, &name);
    make_looks(w);
    if (w->result)
        return;
    write_entries(w);
    write_help(w);
    write_marks(w, sheet);
}

enum comity_status template_write(
    const struct entry_table *table, int language, const char *path, struct comity_error *err)
{
    struct writing w = {.table = table, .language = language};
    w.book = workbook_new(path);
    if (!w.book)
        return error_nomem(err);
    fill(&w);
    lxw_error result = workbook_close(w.book);
    keep(&w, result);
    arena_release(&w.arena);
    if (w.result == LXW_ERROR_MEMORY_MALLOC_FAILED)
        return error_nomem(err);
    return w.result ? error_set(err, COMITY_IO, "unable to write '%s': %s", path, lxw_strerror(w.result)) : COMITY_OK;
}

enum comity_status template_bytes(
    const struct entry_table *table, int language, struct buffer *out, struct comity_error *err)
{
    char path[] = "/tmp/comity-template-XXXXXX";
    struct file_map map = {0};
    int fd = mkstemp(path);
    if (fd < 0)
        return error_io(err, "create", path);
    close(fd);
    enum comity_status status = template_write(table, language, path, err);
    if (status == COMITY_OK)
        status = file_map(&map, path, err);
    if (status == COMITY_OK)
        buffer_add(out, map.ptr, map.len);
    file_unmap(&map);
    unlink(path);
    return status == COMITY_OK && buffer_status(out) ? error_nomem(err) : status;
}
