/* The rows as a table: in each cell what was typed, and below it what it was understood as, or what is wrong. */
#include "base/error.h"
#include "page/part.h"
#include "page/paste.h"

struct view_of_paste {
    const struct pasting_page *pasting;
    int columns[PASTE_MOST_COLUMNS]; /* of the text, that are shown: known, and said by some row */
    size_t n;
};

static void choose_columns(struct view_of_paste *v)
{
    const struct paste *paste = &v->pasting->paste;
    for (size_t i = 0; i < paste->n_columns && v->n < PASTE_MOST_COLUMNS; i++) {
        bool is_said = false;
        for (size_t r = 0; r < paste->n_rows; r++)
            is_said = is_said || (i < paste->rows[r].n_cells && paste->rows[r].cells[i].len);
        if (is_said && paste->column_of[i] >= 0)
            v->columns[v->n++] = (int)i;
    }
}

static const struct entry_column *column_at(const struct view_of_paste *v, size_t at)
{
    const struct pasting_page *pasting = v->pasting;
    return &pasting->table.columns[pasting->paste.column_of[v->columns[at]]];
}

static bool is_shown(const struct view_of_paste *v, const struct form_place *place)
{
    for (size_t i = 0; i < v->n; i++) {
        const struct entry_column *column = column_at(v, i);
        bool is_line = column->place.section->lines == FORM_PARTS || column->place.line == place->line;
        if (column->place.input == place->input && is_line && !*column->suffix)
            return true;
    }
    return false;
}

static void small(struct page *page, const char *class_name, const char *message, struct slice text)
{
    struct html *h = &page->html;
    html_open(h, "small");
    html_attr(h, "class", class_name);
    if (message)
        html_string(h, tr(&page->catalogue, message));
    if (text.len) {
        html_string(h, message ? " " : "= ");
        html_name(h, text);
    }
    html_close(h, "small");
}

/* What was found of a cell: of the case in its first row, of a line in its own. */
static const struct entry_finding *finding_of(
    const struct view_of_paste *v, const struct paste_row *row, const struct entry_column *column)
{
    struct form_place place = column->place;
    if (row->entry < 0 || *column->suffix)
        return NULL;
    if (place.section->lines == FORM_PARTS)
        place.line = row->line;
    else if (row->line != 1)
        return NULL;
    return entry_finding_at(&v->pasting->paste.entries[row->entry].reading, &place);
}

static void told(struct page *page, const struct entry_finding *found, struct slice typed)
{
    static const char *const classes[] = {[FINDING_UNDERSTOOD] = "finding understood",
        [FINDING_DOUBT] = "finding doubt",
        [FINDING_MISSING] = "finding fault",
        [FINDING_FAULT] = "finding fault"};
    bool is_plain = found->kind == FINDING_UNDERSTOOD && slice_equal_nocase(typed, found->text);
    if (!is_plain)
        small(page, classes[found->kind], found->message, found->text);
}

static void cell(struct page *page, const struct view_of_paste *v, const struct paste_row *row, size_t at)
{
    struct html *h = &page->html;
    const struct entry_column *column = column_at(v, at);
    size_t i = (size_t)v->columns[at];
    struct slice typed = i < row->n_cells ? row->cells[i] : SLICE_EMPTY;
    const struct entry_finding *found = finding_of(v, row, column);
    html_open(h, "td");
    html_name(h, typed);
    if (found)
        told(page, found, typed);
    if (row->odd_column == (int)(column - v->pasting->table.columns))
        small(page, "finding fault", TELL("Another row of this case says something else."), SLICE_EMPTY);
    html_close(h, "td");
}

/* What is missing and has no column to be told in. */
static void missing(struct page *page, const struct view_of_paste *v, const struct paste_row *row)
{
    const struct entry_reading *reading = &v->pasting->paste.entries[row->entry].reading;
    struct html *h = &page->html;
    for (size_t i = 0; i < reading->n_findings; i++) {
        const struct entry_finding *found = &reading->findings[i];
        bool is_of_parts = found->place.section->lines == FORM_PARTS;
        bool is_here = is_of_parts ? found->place.line == row->line : row->line == 1;
        if (found->kind < FINDING_MISSING || !is_here || is_shown(v, &found->place))
            continue;
        const struct field *field = found->place.input->field;
        html_open(h, "small");
        html_attr(h, "class", "finding fault");
        html_name(h, domain_label(field->labels, field->id, page->catalogue.language));
        html_format(h, ": %s", tr(&page->catalogue, found->message));
        html_close(h, "small");
    }
}

static bool is_done(const struct view_of_paste *v, const struct paste_row *row)
{
    return row->entry >= 0 && v->pasting->is_done && v->pasting->is_done[row->entry];
}

static void line(struct page *page, const struct view_of_paste *v, const struct paste_row *row, uint64_t number)
{
    struct html *h = &page->html;
    if (is_done(v, row))
        return;
    html_open(h, "tr");
    html_open(h, "th");
    html_attr(h, "scope", "row");
    html_text(h, page_number(page, number));
    html_close(h, "th");
    html_open(h, "td");
    if (row->entry >= 0)
        html_name(h, page_number(page, (uint64_t)row->entry + 1));
    html_close(h, "td");
    for (size_t i = 0; i < v->n; i++)
        cell(page, v, row, i);
    html_open(h, "td");
    if (row->fault)
        small(page, "finding fault", row->fault, SLICE_EMPTY);
    if (row->entry >= 0)
        missing(page, v, row);
    html_close(h, "td");
    html_close(h, "tr");
}

/* Says how columns were understood, where that is not plain. */
static void columns_note(struct page *page, const struct paste *paste)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    if (!paste->has_header)
        html_leaf(h, "p", "note",
            slice_from(
                tr(c, "No header was found: the columns are taken in the order of the template. Put the names of "
                      "the columns above the rows if they stand in another.")));
    if (!paste->n_unknown)
        return;
    html_open(h, "p");
    html_attr(h, "class", "note");
    html_string(h, tr(c, "Columns that are not understood and left out:"));
    const char *separator = " ";
    for (size_t i = 0; i < paste->n_columns; i++)
        if (paste->column_of[i] < 0 && paste->headers[i].len) {
            html_string(h, separator);
            html_name(h, paste->headers[i]);
            separator = ", ";
        }
    html_close(h, "p");
}

void paste_table(struct page *page, const struct pasting_page *pasting)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    struct view_of_paste v = {.pasting = pasting};
    const char *names[PASTE_MOST_COLUMNS + 3] = {tr(c, "Row"), tr(c, "Entry")};
    const struct paste *paste = &pasting->paste;
    choose_columns(&v);
    for (size_t i = 0; i < v.n; i++) {
        struct slice label =
            entry_column_label(&pasting->table, column_at(&v, i), page->catalogue.language, page->arena);
        names[i + 2] = page_format_text(page, "%.*s", SLICE_ARG(label)).ptr;
    }
    names[v.n + 2] = tr(c, "To mend");
    part_section(page, "rows", tr(c, "What was understood"));
    columns_note(page, paste);
    part_table_begin(page, "rows-heading", "pasted");
    part_table_head(page, names, v.n + 3, v.n + 3);
    html_open(h, "tbody");
    for (size_t i = 0; i < paste->n_rows; i++)
        line(page, &v, &paste->rows[i], i + 1);
    part_table_end(page);
    html_close(h, "section");
}
