/* See entry_table.h. */
#include "flow/entry_table.h"

#include "base/error.h"

#include <stdio.h>

/* ---- columns ---------------------------------------------------------------------------------------------------- */

static const char *const place_cells[] = {ENTRY_SUBDIVISION, ENTRY_LATITUDE, ENTRY_LONGITUDE};

static void add_column(struct entry_table *table, const struct form_place *place, const char *suffix)
{
    struct entry_column *column = &table->columns[table->n];
    const struct form_section *section = place->section;
    *column = (struct entry_column){.place = *place, .suffix = suffix};
    column->is_needed = place->input->is_required && !*suffix && section->lines != FORM_TOLD;
    if (section->lines == FORM_PARTS)
        snprintf(column->key, sizeof column->key, "%.*s.%.*s%s", SLICE_ARG(section->id),
            SLICE_ARG(place->input->field->id), suffix);
    else {
        form_key(place, column->key);
        size_t len = strlen(column->key);
        snprintf(column->key + len, sizeof column->key - len, "%s", suffix);
    }
    if (section->lines == FORM_ONCE && place->input->index >= 0 && place->input->index == table->domain->case_id)
        table->case_column = (int)table->n;
    table->n++;
}

/* An amount with a unit of its own is often two cells of a sheet. */
static void add_input(struct entry_table *table, const struct form_place *place)
{
    const struct form_input *input = place->input;
    add_column(table, place, "");
    if (input->field->spec.type == VALUE_PLACE)
        for (size_t i = 0; i < sizeof place_cells / sizeof *place_cells; i++)
            add_column(table, place, place_cells[i]);
    if (input->field->spec.type == VALUE_QUANTITY && !input->unit.len)
        add_column(table, place, ENTRY_UNIT);
}

static unsigned lines_of(const struct form_section *section)
{
    if (section->lines != FORM_TOLD)
        return 1;
    return section->most < ENTRY_TABLE_TOLD ? section->most : ENTRY_TABLE_TOLD;
}

enum comity_status entry_table_make(const struct domain *domain, entry_words *words, struct arena *arena,
    struct entry_table *out, struct comity_error *err)
{
    enum { MOST_CELLS = 4 }; /* of one input */
    const struct form *form = domain->form;
    size_t most = 0;
    for (size_t s = 0; s < form->n_sections; s++)
        most += form->sections[s].n_inputs * lines_of(&form->sections[s]) * MOST_CELLS;
    *out = (struct entry_table){.domain = domain, .words = words, .case_column = -1};
    out->columns = ARENA_ARRAY(arena, struct entry_column, most + 1);
    if (!out->columns)
        return error_nomem(err);
    for (size_t s = 0; s < form->n_sections; s++) {
        const struct form_section *section = &form->sections[s];
        for (unsigned line = 1; line <= lines_of(section); line++)
            for (size_t i = 0; i < section->n_inputs; i++)
                add_input(
                    out, &(struct form_place){section, &section->inputs[i], section->lines == FORM_TOLD ? line : 0});
    }
    return COMITY_OK;
}

int entry_table_find(const struct entry_table *table, struct slice key)
{
    for (size_t i = 0; i < table->n; i++)
        if (slice_is(key, table->columns[i].key))
            return (int)i;
    return -1;
}

/* ---- words ------------------------------------------------------------------------------------------------------ */

static const char *say(const struct entry_table *table, int language, const char *english)
{
    return table->words ? table->words(language, english) : english;
}

static struct slice text_of(struct arena *arena, const char *text)
{
    return arena_copy(arena, slice_from(text));
}

/* "Persons arrested 2: Sex" */
static struct slice told_label(const struct entry_column *column, struct slice label, int language, struct arena *arena)
{
    char text[512];
    const struct form_section *section = column->place.section;
    snprintf(text, sizeof text, "%.*s %u: %.*s", SLICE_ARG(domain_label(section->labels, section->id, language)),
        column->place.line, SLICE_ARG(label));
    return text_of(arena, text);
}

/* "Purity (%)" */
static struct slice label_in_unit(const struct entry_table *table, const struct entry_column *column,
    struct slice label, int language, struct arena *arena)
{
    char text[512];
    const struct unit_table *units = table->domain->units;
    uint32_t unit = unit_find(units, column->place.input->unit);
    if (unit == UINT32_MAX)
        return label;
    snprintf(text, sizeof text, "%.*s (%.*s)", SLICE_ARG(label), SLICE_ARG(unit_label(units, unit, language)));
    return text_of(arena, text);
}

struct slice entry_column_label(
    const struct entry_table *table, const struct entry_column *column, int language, struct arena *arena)
{
    const struct field *field = column->place.input->field;
    struct slice label = domain_label(field->labels, field->id, language);
    if (slice_is(slice_from(column->suffix), ENTRY_SUBDIVISION))
        label = slice_from(say(table, language, TELL("Province")));
    else if (slice_is(slice_from(column->suffix), ENTRY_LATITUDE))
        label = slice_from(say(table, language, TELL("Latitude")));
    else if (slice_is(slice_from(column->suffix), ENTRY_LONGITUDE))
        label = slice_from(say(table, language, TELL("Longitude")));
    else if (slice_is(slice_from(column->suffix), ENTRY_UNIT))
        label = slice_from(say(table, language, TELL("Unit")));
    else if (column->place.input->unit.len)
        label = label_in_unit(table, column, label, language, arena);
    return column->place.section->lines == FORM_TOLD ? told_label(column, label, language, arena) : label;
}

struct slice entry_column_help(const struct entry_table *table, const struct entry_column *column, int language)
{
    struct slice suffix = slice_from(column->suffix);
    if (slice_is(suffix, ENTRY_LATITUDE) || slice_is(suffix, ENTRY_LONGITUDE))
        return slice_from(say(table, language, TELL("In degrees with decimals; south and west are negative.")));
    if (slice_is(suffix, ENTRY_UNIT))
        return slice_from(say(table, language, TELL("Only where it does not stand behind the amount.")));
    if (slice_is(suffix, ENTRY_SUBDIVISION))
        return slice_from(say(table, language, TELL("Where several places have the same name.")));
    struct slice help = domain_label(column->place.input->help, SLICE_EMPTY, language);
    return help.len ? help : domain_label(column->place.section->help, SLICE_EMPTY, language);
}

/* ---- the example ------------------------------------------------------------------------------------------------ */

/* "EXAMPLE 2026/0317": what a person writes over it is no example any more. */
static struct slice example_mark(const struct entry_table *table, int language, struct arena *arena)
{
    char text[512];
    struct slice example = table->columns[0].place.input->example;
    int len = snprintf(text, sizeof text, "%s %.*s", say(table, language, TELL("EXAMPLE")), SLICE_ARG(example));
    return arena_copy(arena, slice_trim(slice_of(text, len < (int)sizeof text ? (size_t)len : sizeof text - 1)));
}

/* In the words of the language, where the pack knows them. */
static struct slice in_words(const struct form_input *input, int language)
{
    const struct value_spec *spec = &input->field->spec;
    uint32_t found;
    if (spec->type == VALUE_CONCEPT && (found = concept_find(spec->concepts, input->example)) != CONCEPT_NONE)
        return concept_label(spec->concepts, found, language);
    if (spec->type == VALUE_CATEGORY && (found = category_find(spec->categories, input->example)) != UINT32_MAX)
        return category_label(spec->categories, found, language);
    if (spec->type == VALUE_COUNTRY && (found = country_find(spec->countries, input->example, NULL)) != COUNTRY_NONE)
        return country_label(spec->countries, (uint16_t)found, language);
    return input->example;
}

struct slice entry_column_example(
    const struct entry_table *table, const struct entry_column *column, int language, struct arena *arena)
{
    if (column == table->columns)
        return example_mark(table, language, arena);
    return *column->suffix || !column->place.input->example.len ? SLICE_EMPTY : in_words(column->place.input, language);
}

bool entry_table_is_example(const struct entry_table *table, struct slice text, struct arena *arena)
{
    text = slice_trim(text);
    for (int language = 0; text.len && language < N_LANGUAGES; language++)
        if (slice_equal_nocase(text, example_mark(table, language, arena)))
            return true;
    return false;
}

/* ---- headers ---------------------------------------------------------------------------------------------------- */

struct matching {
    const struct entry_table *table;
    const struct slice *headers;
    size_t n;
    int language;
    struct slice *folded, *bare; /* by header: with and without what stands in brackets */
    bool *is_used;               /* by column */
    int *column_of;
    bool is_out_of_memory;
    struct arena arena;
};

/* A header that is longer than any name is none. */
static struct slice fold(struct matching *m, struct slice text)
{
    struct buffer out;
    buffer_init(&out, ENTRY_MOST_TEXT * 4);
    folding_apply(m->table->columns[0].place.input->field->spec.folding, text, &out);
    bool is_long = buffer_status(&out) == COMITY_LIMIT;
    struct slice folded = buffer_status(&out) ? SLICE_EMPTY : arena_copy(&m->arena, buffer_slice(&out));
    m->is_out_of_memory = m->is_out_of_memory || (!folded.ptr && !is_long);
    buffer_release(&out);
    return folded;
}

static struct slice without_brackets(struct slice text)
{
    ptrdiff_t at = slice_find(text, SLICE("("));
    return at > 0 ? slice_of(text.ptr, (size_t)at) : text;
}

static void mean(struct matching *m, size_t header, size_t column)
{
    m->column_of[header] = (int)column;
    m->is_used[column] = true;
}

/* Gives the column to the first header that is one of these names. */
static bool claim(struct matching *m, size_t column, struct slice folded)
{
    for (size_t h = 0; folded.len && h < m->n; h++)
        if (m->column_of[h] < 0 && (slice_equal(m->folded[h], folded) || slice_equal(m->bare[h], folded))) {
            mean(m, h, column);
            return true;
        }
    return false;
}

static void match_keys(struct matching *m)
{
    for (size_t h = 0; h < m->n; h++) {
        int column = entry_table_find(m->table, slice_trim(m->headers[h]));
        if (column >= 0 && !m->is_used[column])
            mean(m, h, (size_t)column);
    }
}

static void match_labels(struct matching *m, int language)
{
    for (size_t c = 0; c < m->table->n; c++)
        if (!m->is_used[c])
            claim(m, c, fold(m, entry_column_label(m->table, &m->table->columns[c], language, &m->arena)));
}

/* A field's id and what tables call it. Lines of told sections have no headers of their own. */
static void match_fields(struct matching *m)
{
    for (size_t c = 0; c < m->table->n; c++) {
        const struct entry_column *column = &m->table->columns[c];
        const struct field *field = column->place.input->field;
        bool is_plain = !*column->suffix && column->place.section->lines != FORM_TOLD;
        bool is_found = m->is_used[c] || !is_plain || claim(m, c, fold(m, field->id));
        for (size_t i = 0; !is_found && i < field->n_headers; i++)
            is_found = claim(m, c, field->headers[i]);
    }
}

static enum comity_status fold_headers(struct matching *m, struct comity_error *err)
{
    m->folded = ARENA_ARRAY(&m->arena, struct slice, m->n + 1);
    m->bare = ARENA_ARRAY(&m->arena, struct slice, m->n + 1);
    m->is_used = ARENA_ARRAY(&m->arena, bool, m->table->n + 1);
    if (!m->folded || !m->bare || !m->is_used)
        return error_nomem(err);
    for (size_t h = 0; h < m->n; h++) {
        m->column_of[h] = -1;
        m->folded[h] = fold(m, m->headers[h]);
        m->bare[h] = fold(m, without_brackets(m->headers[h]));
    }
    return COMITY_OK;
}

enum comity_status entry_table_match(const struct entry_table *table, const struct slice *headers, size_t n,
    int language, int *column_of, size_t *n_found, struct comity_error *err)
{
    struct matching m = {.table = table, .headers = headers, .n = n, .language = language, .column_of = column_of};
    *n_found = 0;
    enum comity_status status = fold_headers(&m, err);
    if (status == COMITY_OK) {
        match_keys(&m);
        match_labels(&m, language);
        for (int other = 0; other < N_LANGUAGES; other++)
            match_labels(&m, other);
        match_fields(&m);
        status = m.is_out_of_memory ? error_nomem(err) : COMITY_OK;
    }
    for (size_t h = 0; status == COMITY_OK && h < n; h++)
        *n_found += column_of[h] >= 0;
    arena_release(&m.arena);
    return status;
}

bool entry_table_is_header(size_t n_found, size_t n_told)
{
    return n_found && (n_found >= 3 || n_told <= 3) && n_found * 2 >= n_told;
}
