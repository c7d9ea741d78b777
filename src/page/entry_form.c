/* The form is made from the pack (domain/form.h): every word of it is the pack's or the catalogue's. It works without
 * scripts; with them, what was found is told while somebody types (ui/src/entry.ts).
 */
#include "page/assets.h"
#include "page/entries.h"
#include "page/entry_pin.h"
#include "page/fields.h"

#include <stdio.h>

enum { ID = FORM_KEY + 24 };

static const char *label_of(const struct page *page, const struct slice labels[N_LANGUAGES], struct slice id)
{
    return domain_label(labels, id, page->catalogue.language).ptr;
}

/* ---- lists that inputs choose from ------------------------------------------------------------------------------ */

static bool has_list(const struct form_input *input)
{
    return input->field->spec.type == VALUE_COUNTRY || input->field->spec.type == VALUE_CONCEPT;
}

static const char *list_id(struct page *page, const struct form_input *input)
{
    const struct value_spec *spec = &input->field->spec;
    return spec->type == VALUE_COUNTRY ? "list-countries"
                                       : page_format_text(page, "list-%.*s", SLICE_ARG(spec->concepts->id)).ptr;
}

static void option(struct html *h, struct slice text)
{
    html_open(h, "option");
    html_attr_slice(h, "value", text);
    html_close(h, "option");
}

static void list_countries(struct page *page)
{
    const struct country_table *table = page->domain->countries;
    for (size_t i = 1; i < country_count(table); i++)
        if (!country_get(table, (uint16_t)i)->alpha2[2]) /* those that still are */
            option(&page->html, country_label(table, (uint16_t)i, page->catalogue.language));
}

static void list_concepts(struct page *page, const struct concept_tree *tree)
{
    for (uint32_t i = 1; i < tree->n_nodes; i++)
        option(&page->html, concept_label(tree, i, page->catalogue.language));
}

/* Each list once, however many inputs choose from it. */
static void lists(struct page *page, const struct form *form)
{
    const char *done[8] = {NULL};
    size_t n_done = 0;
    for (size_t s = 0; s < form->n_sections; s++)
        for (size_t i = 0; i < form->sections[s].n_inputs; i++) {
            const struct form_input *input = &form->sections[s].inputs[i];
            if (!has_list(input))
                continue;
            const char *id = list_id(page, input);
            bool is_done = n_done == sizeof done / sizeof *done;
            for (size_t d = 0; d < n_done; d++)
                is_done = is_done || strcmp(done[d], id) == 0;
            if (is_done)
                continue;
            done[n_done++] = id;
            html_open(&page->html, "datalist");
            html_attr(&page->html, "id", id);
            if (input->field->spec.type == VALUE_COUNTRY)
                list_countries(page);
            else
                list_concepts(page, input->field->spec.concepts);
            html_close(&page->html, "datalist");
        }
}

/* ---- what was found --------------------------------------------------------------------------------------------- */

static bool is_shown(const struct draft *draft, const struct entry_finding *finding)
{
    return finding && (finding->kind != FINDING_MISSING || draft->is_checked);
}

/* What is read as it was typed needs no word. */
static bool is_plain(const struct draft *draft, const char *key, const struct entry_finding *finding)
{
    return finding->kind == FINDING_UNDERSTOOD &&
           slice_equal_nocase(slice_trim(entry_text(&draft->content, slice_from(key))), finding->text);
}

static void finding(struct page *page, const struct draft *draft, const struct form_place *place, const char *key)
{
    static const char *const classes[] = {[FINDING_UNDERSTOOD] = "finding understood",
        [FINDING_DOUBT] = "finding doubt",
        [FINDING_MISSING] = "finding fault",
        [FINDING_FAULT] = "finding fault"};
    const struct entry_finding *found = entry_finding_at(&draft->reading, place);
    struct html *h = &page->html;
    bool says = is_shown(draft, found) && !is_plain(draft, key, found);
    html_open(h, "small");
    html_attr_format(h, "id", "f-%s", key);
    html_attr(h, "class", says ? classes[found->kind] : "finding");
    html_attr(h, "aria-live", "polite");
    if (says && found->message)
        html_string(h, tr(&page->catalogue, found->message));
    if (says && found->text.len) {
        html_string(h, found->message ? " " : "= ");
        html_name(h, found->text);
    }
    if (found && found->others.len) {
        html_string(h, " ");
        page_say(page, tr(&page->catalogue, "It may also be: {places}"), {"places", found->others, SLICE_EMPTY});
    }
    html_close(h, "small");
}

/* How many lines of a section the form shows; 0 in one without lines. */
static unsigned shown_lines(const struct draft *draft, const struct form_section *section)
{
    unsigned n = entry_lines(&draft->content, section);
    n += slice_equal(draft->more_of, section->id) ? draft->more : 0;
    if (!n && section->lines == FORM_PARTS)
        n = 1;
    return n > section->most ? section->most : n;
}

/* Of every input that is shown, also where nothing is to be said: what was said before goes away. */
void entry_form_findings(struct page *page, const struct draft *draft)
{
    const struct form *form = page->domain->form;
    char key[FORM_KEY];
    for (size_t s = 0; s < form->n_sections; s++) {
        const struct form_section *section = &form->sections[s];
        unsigned first = section->lines == FORM_ONCE ? 0 : 1, last = shown_lines(draft, section);
        for (unsigned line = first; line <= last; line++)
            for (size_t i = 0; i < section->n_inputs; i++) {
                struct form_place place = {section, &section->inputs[i], line};
                form_key(&place, key);
                finding(page, draft, &place, key);
            }
    }
}

/* ---- inputs ----------------------------------------------------------------------------------------------------- */

struct box {
    const struct draft *draft;
    const struct form_place *place;
    const char *key;
    bool has_fault;
};

static void described(struct page *page, const struct box *box)
{
    struct html *h = &page->html;
    html_attr_format(h, "id", "k-%s", box->key);
    html_attr(h, "name", box->key);
    html_attr_format(h, "aria-describedby", "f-%s", box->key);
    if (box->has_fault)
        html_attr(h, "aria-invalid", "true");
    if (box->place->input->is_required)
        html_attr(h, "aria-required", "true");
}

static void choice(struct page *page, const struct box *box, struct slice value)
{
    struct html *h = &page->html;
    const struct category_table *table = box->place->input->field->spec.categories;
    uint32_t chosen = value.len ? category_find(table, value) : UINT32_MAX;
    html_open(h, "select");
    described(page, box);
    html_open(h, "option");
    html_attr(h, "value", "");
    html_string(h, "—");
    html_close(h, "option");
    for (uint32_t i = 0; i < table->codes.count; i++) {
        html_open(h, "option");
        html_attr_slice(h, "value", intern_text(&table->codes, i));
        if (i == chosen)
            html_flag(h, "selected");
        html_text(h, category_label(table, i, page->catalogue.language));
        html_close(h, "option");
    }
    html_close(h, "select");
}

static void text_input(struct page *page, const struct box *box, struct slice value)
{
    struct html *h = &page->html;
    const struct form_input *input = box->place->input;
    html_void(h, "input");
    described(page, box);
    html_attr(h, "type", "text");
    html_attr(h, "autocomplete", "off");
    html_attr(h, "dir", "auto");
    if (input->field->spec.type == VALUE_COUNT)
        html_attr(h, "inputmode", "numeric");
    if (has_list(input))
        html_attr(h, "list", list_id(page, input));
    if (input->example.len)
        html_attr_slice(h, "placeholder", input->example);
    html_attr_format(h, "maxlength", "%d", ENTRY_MOST_TEXT);
    if (value.len)
        html_attr_slice(h, "value", value);
}

static void long_input(struct page *page, const struct box *box, struct slice value)
{
    struct html *h = &page->html;
    html_open(h, "textarea");
    described(page, box);
    html_attr(h, "rows", "4");
    html_attr(h, "dir", "auto");
    html_attr_format(h, "maxlength", "%d", ENTRY_MOST_TEXT);
    html_text(h, value);
    html_close(h, "textarea");
}

static void label(struct page *page, const struct box *box)
{
    struct html *h = &page->html;
    const struct form_input *input = box->place->input;
    html_open(h, "label");
    html_attr_format(h, "for", "k-%s", box->key);
    html_string(h, label_of(page, input->field->labels, input->field->id));
    if (input->unit.len)
        html_format(h, " (%.*s)",
            SLICE_ARG(unit_label(
                page->domain->units, unit_find(page->domain->units, input->unit), page->catalogue.language)));
    if (input->is_required)
        html_leaf(h, "span", "needed", SLICE(" *"));
    html_close(h, "label");
}

static void help(struct page *page, const struct form_input *input)
{
    struct slice text = domain_label(input->help, SLICE_EMPTY, page->catalogue.language);
    if (text.len)
        html_leaf(&page->html, "small", NULL, text);
}

static void part_of_place(
    struct page *page, const struct box *box, const char *suffix, const char *text, const char *example)
{
    struct html *h = &page->html;
    char key[ID];
    snprintf(key, sizeof key, "%s%s", box->key, suffix);
    struct slice value = entry_text(&box->draft->content, slice_from(key));
    html_open(h, "div");
    html_attr(h, "class", "input");
    html_open(h, "label");
    html_attr_format(h, "for", "k-%s", key);
    html_string(h, text);
    html_close(h, "label");
    html_void(h, "input");
    html_attr_format(h, "id", "k-%s", key);
    html_attr(h, "name", key);
    html_attr(h, "type", "text");
    html_attr(h, "autocomplete", "off");
    html_attr(h, "dir", example ? "ltr" : "auto"); /* numbers have their sign before them in every language */
    if (example)
        html_attr(h, "placeholder", example);
    if (value.len)
        html_attr_slice(h, "value", value);
    html_close(h, "div");
}

/* A place by its name, by its province, or by a point: typed, or set on the map. */
static void parts_of_place(struct page *page, const struct box *box)
{
    const struct catalogue *c = &page->catalogue;
    part_of_place(page, box, ENTRY_SUBDIVISION, tr(c, "Province"), NULL);
    part_of_place(page, box, ENTRY_LATITUDE, tr(c, "Latitude"), "10.4236");
    part_of_place(page, box, ENTRY_LONGITUDE, tr(c, "Longitude"), "-75.5253");
    entry_pin(page, box->draft, box->key);
}

static void input(struct page *page, const struct draft *draft, const struct form_place *place)
{
    struct html *h = &page->html;
    char key[FORM_KEY];
    form_key(place, key);
    const struct entry_finding *found = entry_finding_at(&draft->reading, place);
    struct box box = {draft, place, key, is_shown(draft, found) && found->kind >= FINDING_MISSING};
    struct slice value = entry_text(&draft->content, slice_from(key));
    html_open(h, "div");
    html_attr(h, "class", place->input->is_long ? "input wide" : "input");
    label(page, &box);
    if (place->input->field->spec.type == VALUE_CATEGORY)
        choice(page, &box, value);
    else if (place->input->is_long)
        long_input(page, &box, value);
    else
        text_input(page, &box, value);
    help(page, place->input);
    finding(page, draft, place, key);
    html_close(h, "div");
    if (place->input->field->spec.type == VALUE_PLACE)
        parts_of_place(page, &box);
}

/* ---- sections --------------------------------------------------------------------------------------------------- */

static void inputs(struct page *page, const struct draft *draft, const struct form_section *section, unsigned line)
{
    struct html *h = &page->html;
    html_open(h, "div");
    html_attr(h, "class", "inputs");
    for (size_t i = 0; i < section->n_inputs; i++)
        input(page, draft, &(struct form_place){section, &section->inputs[i], line});
    html_close(h, "div");
}

static void add_line_button(struct page *page, const struct form_section *section)
{
    fields_do_button(page, page_format_text(page, "more:%.*s", SLICE_ARG(section->id)).ptr,
        tr(&page->catalogue, "One more line"), false);
}

static void lines(struct page *page, const struct draft *draft, const struct form_section *section)
{
    struct html *h = &page->html;
    unsigned shown = shown_lines(draft, section);
    for (unsigned line = 1; line <= shown; line++) {
        html_open(h, "fieldset");
        html_attr(h, "class", "line");
        html_attr_format(h, "id", "line-%.*s-%u", SLICE_ARG(section->id), line);
        html_open(h, "legend");
        html_format(h, "%s %u", label_of(page, section->labels, section->id), line);
        html_close(h, "legend");
        inputs(page, draft, section, line);
        html_close(h, "fieldset");
    }
    if (shown < section->most)
        add_line_button(page, section);
}

void entry_form(struct page *page, const struct draft *draft)
{
    struct html *h = &page->html;
    const struct form *form = page->domain->form;
    for (size_t s = 0; s < form->n_sections; s++) {
        const struct form_section *section = &form->sections[s];
        struct slice help = domain_label(section->help, SLICE_EMPTY, page->catalogue.language);
        html_open(h, "section");
        html_attr_format(h, "aria-labelledby", "s-%.*s", SLICE_ARG(section->id));
        html_open(h, "h2");
        html_attr_format(h, "id", "s-%.*s", SLICE_ARG(section->id));
        html_string(h, label_of(page, section->labels, section->id));
        html_close(h, "h2");
        if (help.len)
            html_leaf(h, "p", NULL, help);
        if (section->lines == FORM_ONCE)
            inputs(page, draft, section, 0);
        else
            lines(page, draft, section);
        html_close(h, "section");
    }
    lists(page, form);
}
