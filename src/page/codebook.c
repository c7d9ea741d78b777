/* The codebook: what every field, category, concept and unit of the domain is. It is the pack's, in the reader's
 * language; each has an anchor, so that it can be pointed at, and `find` leaves only what has a text in one of its
 * names. */
#include "flow/codebook.h"

#include "base/error.h"
#include "link/resolve.h"
#include "page/part.h"

struct codebook {
    const struct domain *domain;
    struct slice find;   /* as it was typed */
    struct slice folded; /* the same as names are compared; empty: all */
    int language;
};

/* ---- what is looked for ----------------------------------------------------------------------------------------- */

static struct slice fold(struct page *page, struct slice text)
{
    struct buffer out;
    buffer_init(&out, 1 << 16);
    text_fold(text, &out);
    struct slice folded = buffer_status(&out) ? SLICE_EMPTY : arena_copy(page->arena, buffer_slice(&out));
    buffer_release(&out);
    return folded;
}

static bool has_text(struct page *page, const struct codebook *book, struct slice text)
{
    return !book->folded.len || slice_find(fold(page, text), book->folded) >= 0;
}

static void search(struct page *page, const struct codebook *book)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    html_open(h, "form");
    html_attr(h, "class", "search");
    html_attr(h, "role", "search");
    html_link(h, "action", SLICE("/codebook"));
    html_void(h, "input");
    html_attr(h, "type", "hidden");
    html_attr(h, "name", "lang");
    html_attr(h, "value", page->reader.language);
    html_open(h, "label");
    html_string(h, tr(c, "Name or code"));
    html_string(h, " ");
    html_void(h, "input");
    html_attr(h, "type", "search");
    html_attr(h, "name", "find");
    if (book->find.len)
        html_attr_slice(h, "value", book->find);
    html_close(h, "label");
    html_open(h, "button");
    html_attr(h, "type", "submit");
    html_string(h, tr(c, "Find"));
    html_close(h, "button");
    html_close(h, "form");
}

/* ---- pieces ----------------------------------------------------------------------------------------------------- */

static void code(struct page *page, struct slice text)
{
    html_open(&page->html, "code");
    html_attr(&page->html, "dir", "ltr");
    html_text(&page->html, text);
    html_close(&page->html, "code");
}

static void code_cell(struct page *page, struct slice text)
{
    html_open(&page->html, "td");
    if (text.len)
        code(page, text);
    html_close(&page->html, "td");
}

static void names(
    struct page *page, const struct codebook_names *all, uint32_t owner, struct slice own_code, struct slice label)
{
    struct html *h = &page->html;
    struct slice name;
    const char *separator = "";
    html_open(h, "span");
    html_attr(h, "class", "muted");
    for (uint32_t at = 0; codebook_next_name(all, owner, own_code, label, &at, &name);) {
        html_string(h, separator);
        html_name(h, name);
        separator = ", ";
    }
    html_close(h, "span");
}

/* A row's first cell: the label, to be pointed at as "#unit-kg". */
static void named_row(struct page *page, const char *kind, struct slice id, struct slice label)
{
    struct html *h = &page->html;
    html_open(h, "tr");
    html_attr_format(h, "id", "%s-%.*s", kind, SLICE_ARG(id));
    html_open(h, "th");
    html_attr(h, "scope", "row");
    html_name(h, label);
    html_close(h, "th");
}

/* ---- fields ----------------------------------------------------------------------------------------------------- */

/* What it is chosen from, as a link to where that is told. */
static void type_cell(struct page *page, const struct field *field)
{
    struct html *h = &page->html;
    const struct value_spec *spec = &field->spec;
    struct slice list = spec->type == VALUE_CATEGORY  ? spec->categories->id
                        : spec->type == VALUE_CONCEPT ? spec->concepts->id
                                                      : SLICE_EMPTY;
    html_open(h, "td");
    code(page, slice_from(value_type_name(spec->type)));
    if (list.len || spec->type == VALUE_QUANTITY) {
        html_string(h, " ");
        part_link(page, list.len ? page_format_text(page, "#list-%.*s", SLICE_ARG(list)) : SLICE("#units"),
            list.len ? list : slice_from(tr(&page->catalogue, "Units")));
    }
    html_close(h, "td");
}

static void asked_cell(struct page *page, const struct form_input *input, int language)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    struct slice help = input ? domain_label(input->help, SLICE_EMPTY, language) : SLICE_EMPTY;
    html_open(h, "td");
    html_text(h, help);
    if (input && input->example.len) {
        html_string(h, help.len ? " " : "");
        page_say(page, tr(c, "Example: {example}"), {"example", input->example, SLICE_EMPTY});
    }
    if (input && input->unit.len) {
        html_string(h, " ");
        code(page, input->unit);
    }
    html_close(h, "td");
}

static void field_row(struct page *page, const struct codebook *book, const struct field *field,
    const struct form_input *input, const char *kind)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    struct slice label = domain_label(field->labels, field->id, book->language);
    bool is_own = input && input->index < 0;
    if (!has_text(page, book, page_format_text(page, "%.*s %.*s", SLICE_ARG(field->id), SLICE_ARG(label))))
        return;
    named_row(page, kind, field->id, label);
    code_cell(page, field->id);
    type_cell(page, field);
    code_cell(page, is_own ? SLICE_EMPTY : slice_from(field_role_name(field->role)));
    code_cell(page, is_own ? SLICE_EMPTY : slice_from(resolve_rule_name(field->rule)));
    html_leaf(h, "td", NULL, slice_from(field->is_restricted ? tr(c, "restricted") : ""));
    html_leaf(h, "td", NULL, slice_from(input && input->is_required ? tr(c, "needed") : ""));
    asked_cell(page, input, book->language);
    html_close(h, "tr");
}

static void fields(struct page *page, const struct codebook *book)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const struct domain *domain = book->domain;
    const char *const heads[] = {tr(c, "Field"), tr(c, "Code"), tr(c, "Type"), tr(c, "Role"), tr(c, "Rule"),
        tr(c, "Who may see it"), tr(c, "On the form"), tr(c, "What to write")};
    part_section(page, "fields", tr(c, "Fields"));
    part_table_begin(page, "fields-heading", NULL);
    part_table_head(page, heads, 8, 8);
    html_open(h, "tbody");
    for (size_t i = 0; i < domain->n_fields; i++)
        field_row(page, book, &domain->fields[i], codebook_input(domain, (int)i), "field");
    for (size_t s = 0; domain->form && s < domain->form->n_sections; s++)
        for (size_t i = 0; i < domain->form->sections[s].n_inputs; i++) {
            const struct form_input *input = &domain->form->sections[s].inputs[i];
            if (input->index < 0)
                field_row(page, book, input->field, input,
                    page_format_text(page, "input-%.*s", SLICE_ARG(domain->form->sections[s].id)).ptr);
        }
    part_table_end(page);
    html_close(h, "section");
}

/* ---- categories ------------------------------------------------------------------------------------------------- */

static void list_begin(struct page *page, struct slice id, struct slice label)
{
    struct html *h = &page->html;
    const char *anchor = page_format_text(page, "list-%.*s", SLICE_ARG(id)).ptr;
    part_section(page, anchor, page_format_text(page, "%.*s", SLICE_ARG(label)).ptr);
    html_open(h, "p");
    code(page, id);
    html_close(h, "p");
}

/* The label of the first field that chooses from a list. */
static struct slice list_label(const struct codebook *book, const void *table, struct slice id)
{
    const struct domain *domain = book->domain;
    for (size_t i = 0; i < domain->n_fields; i++)
        if (domain->fields[i].spec.categories == table || domain->fields[i].spec.concepts == table)
            return domain_label(domain->fields[i].labels, id, book->language);
    for (size_t s = 0; domain->form && s < domain->form->n_sections; s++)
        for (size_t i = 0; i < domain->form->sections[s].n_inputs; i++)
            if (domain->form->sections[s].inputs[i].field->spec.categories == table)
                return domain_label(domain->form->sections[s].inputs[i].field->labels, id, book->language);
    return id;
}

static enum comity_status categories(
    struct page *page, const struct codebook *book, const struct category_table *table, struct comity_error *err)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const char *const heads[] = {tr(c, "Value"), tr(c, "Code"), tr(c, "Names that are understood")};
    struct codebook_names all;
    enum comity_status status = codebook_of_categories(table, page->arena, &all, err);
    if (status != COMITY_OK)
        return status;
    list_begin(page, table->id, list_label(book, table, table->id));
    part_table_begin(page, page_format_text(page, "list-%.*s-heading", SLICE_ARG(table->id)).ptr, NULL);
    part_table_head(page, heads, 3, 3);
    html_open(h, "tbody");
    for (uint32_t i = 0; i < table->codes.count; i++) {
        struct slice own = intern_text(&table->codes, i), label = category_label(table, i, book->language);
        if (!codebook_has_text(&all, i, book->folded))
            continue;
        named_row(page, page_format_text(page, "%.*s", SLICE_ARG(table->id)).ptr, own, label);
        code_cell(page, own);
        html_open(h, "td");
        names(page, &all, i, own, label);
        html_close(h, "td");
        html_close(h, "tr");
    }
    part_table_end(page);
    html_close(h, "section");
    return COMITY_OK;
}

/* ---- trees ------------------------------------------------------------------------------------------------------ */

struct tree_view {
    const struct codebook *book;
    const struct concept_tree *tree;
    struct codebook_names names;
    bool *is_shown; /* by node: it has the text, or one below it has */
};

/* Children have higher numbers than their parents. */
static void choose_nodes(struct tree_view *view)
{
    for (uint32_t i = (uint32_t)view->tree->n_nodes; i-- > 1;) {
        if (codebook_has_text(&view->names, i, view->book->folded))
            view->is_shown[i] = true;
        if (view->is_shown[i])
            view->is_shown[view->tree->nodes[i].parent] = true;
    }
}

static bool has_children(const struct tree_view *view, uint32_t node)
{
    for (uint32_t i = node + 1; i < view->tree->n_nodes; i++)
        if (view->tree->nodes[i].parent == node && view->is_shown[i])
            return true;
    return false;
}

static void node_line(struct page *page, const struct tree_view *view, uint32_t node)
{
    struct html *h = &page->html;
    struct slice label = concept_label(view->tree, node, view->book->language), own = view->tree->nodes[node].code;
    html_attr_format(h, "id", "%.*s-%.*s", SLICE_ARG(view->tree->id), SLICE_ARG(own));
    html_name(h, label);
    html_string(h, " ");
    code(page, own);
    html_string(h, " ");
    names(page, &view->names, node, own, label);
}

/* The depth of a tree is a few levels; what would be deeper than the writer's elements is left out. */
static void children(struct page *page, const struct tree_view *view, uint32_t node)
{
    enum { DEEPEST = 12 };
    struct html *h = &page->html;
    if (!has_children(view, node) || view->tree->nodes[node].depth >= DEEPEST)
        return;
    html_open(h, "ul");
    for (uint32_t i = node + 1; i < view->tree->n_nodes; i++) {
        if (view->tree->nodes[i].parent != node || !view->is_shown[i])
            continue;
        html_open(h, "li");
        node_line(page, view, i);
        children(page, view, i);
        html_close(h, "li");
    }
    html_close(h, "ul");
}

static enum comity_status concepts(
    struct page *page, const struct codebook *book, const struct concept_tree *tree, struct comity_error *err)
{
    struct tree_view view = {.book = book, .tree = tree, .is_shown = ARENA_ARRAY(page->arena, bool, tree->n_nodes)};
    if (!view.is_shown)
        return error_nomem(err);
    enum comity_status status = codebook_of_concepts(tree, page->arena, &view.names, err);
    if (status != COMITY_OK)
        return status;
    choose_nodes(&view);
    list_begin(page, tree->id, list_label(book, tree, tree->id));
    html_open(&page->html, "div");
    html_attr(&page->html, "class", "tree");
    children(page, &view, 0);
    html_close(&page->html, "div");
    html_close(&page->html, "section");
    return COMITY_OK;
}

/* ---- units ------------------------------------------------------------------------------------------------------ */

static enum comity_status units(struct page *page, const struct codebook *book, struct comity_error *err)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const struct unit_table *table = book->domain->units;
    const char *const heads[] = {
        tr(c, "Unit"), tr(c, "Code"), tr(c, "Dimension"), tr(c, "Factor"), tr(c, "Names that are understood")};
    struct codebook_names all;
    enum comity_status status = codebook_of_units(table, page->arena, &all, err);
    if (status != COMITY_OK)
        return status;
    part_section(page, "units", tr(c, "Units"));
    html_leaf(h, "p", "note",
        slice_from(tr(c, "The factor leads to the unit of its dimension whose factor is 1. Amounts of different "
                         "dimensions are never added.")));
    part_table_begin(page, "units-heading", NULL);
    part_table_head(page, heads, 5, 5);
    html_open(h, "tbody");
    for (uint32_t i = 0; i < table->n_units; i++) {
        struct slice label = unit_label(table, i, book->language);
        if (!codebook_has_text(&all, i, book->folded))
            continue;
        named_row(page, "unit", table->units[i].code, label);
        code_cell(page, table->units[i].code);
        html_leaf(h, "td", NULL, dimension_label(table, table->units[i].dimension_id, book->language));
        html_leaf(h, "td", "number", page_format_text(page, "%.9g", table->units[i].to_base));
        html_open(h, "td");
        names(page, &all, i, table->units[i].code, label);
        html_close(h, "td");
        html_close(h, "tr");
    }
    part_table_end(page);
    html_close(h, "section");
    return COMITY_OK;
}

static struct slice concept_of(struct page *page, const struct codebook *book, struct slice own)
{
    for (size_t i = 0; i < book->domain->n_trees; i++) {
        uint32_t node = concept_by_code(&book->domain->trees[i], own);
        if (own.len && node != CONCEPT_NONE)
            return concept_label(&book->domain->trees[i], node, book->language);
    }
    return own.len ? own : slice_from(tr(&page->catalogue, "all"));
}

static void conversions(struct page *page, const struct codebook *book)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const struct unit_table *table = book->domain->units;
    const char *const heads[] = {tr(c, "What"), tr(c, "Unit"), tr(c, "Kilograms"), tr(c, "Document")};
    if (!table->n_conversions || book->folded.len)
        return;
    part_section(page, "conversions", tr(c, "Conversions to kilograms"));
    html_open(h, "p");
    page_say(page, tr(c, "Version {version}. What has no line here is not convertible."),
        {"version", table->conversion_version, SLICE_EMPTY});
    html_close(h, "p");
    part_table_begin(page, "conversions-heading", NULL);
    part_table_head(page, heads, 4, 4);
    html_open(h, "tbody");
    for (size_t i = 0; i < table->n_conversions; i++) {
        const struct conversion *conversion = &table->conversions[i];
        html_open(h, "tr");
        html_open(h, "th");
        html_attr(h, "scope", "row");
        html_name(h, concept_of(page, book, conversion->concept));
        html_close(h, "th");
        html_leaf(h, "td", NULL, unit_label(table, conversion->unit, book->language));
        html_leaf(h, "td", "number", page_format_text(page, "%.9g", conversion->kg));
        html_open(h, "td");
        html_attr(h, "lang", "en");
        html_name(h, conversion->document);
        html_close(h, "td");
        html_close(h, "tr");
    }
    part_table_end(page);
    html_close(h, "section");
}

/* ---- the page --------------------------------------------------------------------------------------------------- */

static void contents(struct page *page, const struct codebook *book)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const struct domain *domain = book->domain;
    html_open(h, "nav");
    html_attr(h, "aria-label", tr(c, "Contents"));
    part_link(page, SLICE("#fields"), slice_from(tr(c, "Fields")));
    for (size_t i = 0; i < domain->n_trees; i++)
        part_link(page, page_format_text(page, "#list-%.*s", SLICE_ARG(domain->trees[i].id)),
            list_label(book, &domain->trees[i], domain->trees[i].id));
    for (size_t i = 0; i < domain->n_categories; i++)
        part_link(page, page_format_text(page, "#list-%.*s", SLICE_ARG(domain->categories[i].id)),
            list_label(book, &domain->categories[i], domain->categories[i].id));
    if (domain->units)
        part_link(page, SLICE("#units"), slice_from(tr(c, "Units")));
    html_close(h, "nav");
}

static enum comity_status lists(struct page *page, const struct codebook *book, struct comity_error *err)
{
    const struct domain *domain = book->domain;
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; status == COMITY_OK && i < domain->n_trees; i++)
        status = concepts(page, book, &domain->trees[i], err);
    for (size_t i = 0; status == COMITY_OK && i < domain->n_categories; i++)
        status = categories(page, book, &domain->categories[i], err);
    if (status != COMITY_OK || !domain->units)
        return status;
    status = units(page, book, err);
    if (status == COMITY_OK)
        conversions(page, book);
    return status;
}

static enum comity_status write_html(struct page *page, struct comity_error *err)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    struct codebook book = {.domain = page->domain, .find = page_own(page, "find"), .language = c->language};
    book.folded = fold(page, book.find);
    frame_begin(page, slice_from(tr(c, page->route->title)));
    html_leaf(h, "h1", NULL, slice_from(tr(c, page->route->title)));
    html_open(h, "p");
    page_say(page,
        tr(c, "What the fields, lists and units of {subject} are, and by which names they are understood. "
              "Version {version}."),
        {"subject", domain_label(page->domain->labels, page->domain->id, c->language), SLICE_EMPTY},
        {"version", page->domain->version, SLICE_EMPTY});
    html_close(h, "p");
    search(page, &book);
    contents(page, &book);
    fields(page, &book);
    enum comity_status status = lists(page, &book, err);
    frame_exports(page);
    frame_end(page);
    return status;
}

enum comity_status page_codebook(struct page *page, struct comity_error *err)
{
    struct http_response *response = page->response;
    if (page->format == PAGE_JSON) {
        response->type = "application/json; charset=utf-8";
        enum comity_status status = codebook_json(page->domain, &response->body, err);
        if (status == COMITY_OK)
            part_mark_simulated(page);
        return status;
    }
    if (page->format == PAGE_CSV) {
        response->type = "text/csv; charset=utf-8";
        response->file_name = "codebook.csv";
        return codebook_csv(page->domain, page->catalogue.language, &response->body, err);
    }
    return write_html(page, err);
}
