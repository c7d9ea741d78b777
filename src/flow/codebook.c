/* See codebook.h. */
#include "flow/codebook.h"

#include "base/csv_cell.h"
#include "base/error.h"
#include "base/json.h"
#include "link/resolve.h"

/* ---- names ------------------------------------------------------------------------------------------------------ */

/* Sorted by owner in two passes; names keep their order. */
static enum comity_status sort_names(
    struct codebook_names *out, const uint32_t *owner, size_t n_owners, struct arena *arena, struct comity_error *err)
{
    size_t n = out->written ? out->folded->count : 0;
    out->begin = ARENA_ARRAY(arena, uint32_t, n_owners + 2);
    out->names = ARENA_ARRAY(arena, uint32_t, n + 1);
    if (!out->begin || !out->names)
        return error_nomem(err);
    for (size_t i = 0; i < n; i++)
        out->begin[owner[i] + 2]++;
    for (size_t i = 2; i < n_owners + 2; i++)
        out->begin[i] += out->begin[i - 1];
    for (size_t i = 0; i < n; i++)
        out->names[out->begin[owner[i] + 1]++] = (uint32_t)i;
    return COMITY_OK;
}

enum comity_status codebook_of_categories(
    const struct category_table *table, struct arena *arena, struct codebook_names *out, struct comity_error *err)
{
    *out = (struct codebook_names){.written = table->written, .folded = &table->names};
    return sort_names(out, table->name_category, table->codes.count, arena, err);
}

enum comity_status codebook_of_concepts(
    const struct concept_tree *tree, struct arena *arena, struct codebook_names *out, struct comity_error *err)
{
    *out = (struct codebook_names){.written = tree->written, .folded = &tree->names};
    return sort_names(out, tree->name_concept, tree->n_nodes, arena, err);
}

enum comity_status codebook_of_units(
    const struct unit_table *table, struct arena *arena, struct codebook_names *out, struct comity_error *err)
{
    *out = (struct codebook_names){.written = table->written, .folded = &table->spellings};
    return sort_names(out, table->spelling_unit, table->n_units, arena, err);
}

bool codebook_next_name(const struct codebook_names *names, uint32_t owner, struct slice code, struct slice label,
    uint32_t *at, struct slice *name)
{
    for (; names->begin[owner] + *at < names->begin[owner + 1]; ++*at) {
        *name = names->written[names->names[names->begin[owner] + *at]];
        if (slice_equal(*name, code) || slice_equal(*name, label))
            continue;
        ++*at;
        return true;
    }
    return false;
}

bool codebook_has_text(const struct codebook_names *names, uint32_t owner, struct slice folded)
{
    if (!folded.len)
        return true;
    for (uint32_t i = names->begin[owner]; i < names->begin[owner + 1]; i++)
        if (slice_find(intern_text(names->folded, names->names[i]), folded) >= 0)
            return true;
    return false;
}

const struct form_input *codebook_input(const struct domain *domain, int field)
{
    const struct form *form = domain->form;
    for (size_t s = 0; form && s < form->n_sections; s++)
        for (size_t i = 0; i < form->sections[s].n_inputs; i++)
            if (form->sections[s].inputs[i].index == field)
                return &form->sections[s].inputs[i];
    return NULL;
}

/* The list that a field chooses from; empty: from none. */
static struct slice list_of(const struct field *field)
{
    const struct value_spec *spec = &field->spec;
    return spec->type == VALUE_CATEGORY  ? spec->categories->id
           : spec->type == VALUE_CONCEPT ? spec->concepts->id
                                         : SLICE_EMPTY;
}

/* ---- JSON ------------------------------------------------------------------------------------------------------- */

static void labels_json(struct buffer *out, const char *name, const struct slice labels[N_LANGUAGES])
{
    json_name(out, name);
    buffer_add_byte(out, '{');
    for (int i = 0; i < N_LANGUAGES; i++)
        if (labels[i].len)
            json_member(out, language_code(i), labels[i]);
    buffer_add_byte(out, '}');
}

static void names_json(struct buffer *out, const struct codebook_names *names, uint32_t owner, struct slice code)
{
    struct slice name;
    const char *separator = "";
    json_name(out, "names");
    buffer_add_byte(out, '[');
    for (uint32_t at = 0; codebook_next_name(names, owner, code, code, &at, &name);) {
        buffer_add_string(out, separator);
        json_text(out, name);
        separator = ",";
    }
    buffer_add_byte(out, ']');
}

static void input_json(struct buffer *out, const struct form_input *input)
{
    json_member_bool(out, "is_needed", input->is_required);
    if (input->unit.len)
        json_member(out, "unit", input->unit);
    if (input->example.len)
        json_member(out, "example", input->example);
    labels_json(out, "help", input->help);
}

static void field_json(struct buffer *out, const struct field *field, const struct form_input *input)
{
    buffer_add_byte(out, '{');
    json_member(out, "id", field->id);
    labels_json(out, "labels", field->labels);
    json_member(out, "type", slice_from(value_type_name(field->spec.type)));
    if (list_of(field).len)
        json_member(out, "list", list_of(field));
    json_member(out, "role", slice_from(field_role_name(field->role)));
    json_member(out, "rule", slice_from(resolve_rule_name(field->rule)));
    json_member_bool(out, "is_restricted", field->is_restricted);
    json_member_bool(out, "is_facet", field->is_facet);
    json_member_bool(out, "is_compared", field->is_compared);
    if (input)
        input_json(out, input);
    buffer_add_byte(out, '}');
}

/* What only the form has, such as the sex of persons, is told in texts of other fields. */
static void own_json(struct buffer *out, const struct domain *domain)
{
    const char *separator = "";
    json_name(out, "form_inputs");
    buffer_add_byte(out, '[');
    for (size_t s = 0; domain->form && s < domain->form->n_sections; s++)
        for (size_t i = 0; i < domain->form->sections[s].n_inputs; i++) {
            const struct form_input *input = &domain->form->sections[s].inputs[i];
            if (input->index >= 0)
                continue;
            buffer_add_string(out, separator);
            buffer_add_byte(out, '{');
            json_member(out, "section", domain->form->sections[s].id);
            json_member(out, "id", input->field->id);
            labels_json(out, "labels", input->field->labels);
            json_member(out, "type", slice_from(value_type_name(input->field->spec.type)));
            if (list_of(input->field).len)
                json_member(out, "list", list_of(input->field));
            input_json(out, input);
            buffer_add_byte(out, '}');
            separator = ",";
        }
    buffer_add_byte(out, ']');
}

static enum comity_status categories_json(
    struct buffer *out, const struct category_table *table, struct arena *arena, struct comity_error *err)
{
    struct codebook_names names;
    enum comity_status status = codebook_of_categories(table, arena, &names, err);
    if (status != COMITY_OK)
        return status;
    buffer_add_byte(out, '{');
    json_member(out, "id", table->id);
    json_name(out, "values");
    buffer_add_byte(out, '[');
    for (uint32_t i = 0; i < table->codes.count; i++) {
        buffer_add_string(out, i ? ",{" : "{");
        json_member(out, "code", intern_text(&table->codes, i));
        labels_json(out, "labels", table->labels[i]);
        names_json(out, &names, i, intern_text(&table->codes, i));
        buffer_add_byte(out, '}');
    }
    buffer_add_string(out, "]}");
    return COMITY_OK;
}

static enum comity_status concepts_json(
    struct buffer *out, const struct concept_tree *tree, struct arena *arena, struct comity_error *err)
{
    struct codebook_names names;
    enum comity_status status = codebook_of_concepts(tree, arena, &names, err);
    if (status != COMITY_OK)
        return status;
    buffer_add_byte(out, '{');
    json_member(out, "id", tree->id);
    json_name(out, "nodes");
    buffer_add_byte(out, '[');
    for (uint32_t i = 1; i < tree->n_nodes; i++) {
        const struct concept_node *node = &tree->nodes[i];
        buffer_add_string(out, i > 1 ? ",{" : "{");
        json_member(out, "code", node->code);
        if (node->parent)
            json_member(out, "parent", tree->nodes[node->parent].code);
        labels_json(out, "labels", node->labels);
        names_json(out, &names, i, node->code);
        buffer_add_byte(out, '}');
    }
    buffer_add_string(out, "]}");
    return COMITY_OK;
}

static void dimensions_json(struct buffer *out, const struct unit_table *table)
{
    json_name(out, "dimensions");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < table->n_dimensions; i++) {
        const struct dimension *dimension = &table->dimensions[i];
        buffer_add_string(out, i ? ",{" : "{");
        json_member(out, "id", dimension->id);
        if (table->dimension_labels)
            labels_json(out, "labels", table->dimension_labels[i]);
        json_member(out, "base", dimension->base_unit);
        json_member(out, "shown", dimension->shown_unit);
        if (dimension->implausible > 0)
            json_member_number(out, "implausible", dimension->implausible);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
}

static void conversions_json(struct buffer *out, const struct unit_table *table)
{
    json_member(out, "conversion_version", table->conversion_version);
    json_name(out, "conversions");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < table->n_conversions; i++) {
        const struct conversion *conversion = &table->conversions[i];
        buffer_add_string(out, i ? ",{" : "{");
        if (conversion->concept.len)
            json_member(out, "concept", conversion->concept);
        json_member(out, "unit", table->units[conversion->unit].code);
        json_member_number(out, "kg", conversion->kg);
        json_member(out, "document", conversion->document);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
}

static enum comity_status units_json(
    struct buffer *out, const struct unit_table *table, struct arena *arena, struct comity_error *err)
{
    struct codebook_names names;
    enum comity_status status = codebook_of_units(table, arena, &names, err);
    if (status != COMITY_OK)
        return status;
    dimensions_json(out, table);
    json_name(out, "units");
    buffer_add_byte(out, '[');
    for (uint32_t i = 0; i < table->n_units; i++) {
        const struct unit *unit = &table->units[i];
        buffer_add_string(out, i ? ",{" : "{");
        json_member(out, "code", unit->code);
        json_member(out, "dimension", unit->dimension);
        json_member_number(out, "factor", unit->to_base);
        if (table->unit_labels)
            labels_json(out, "labels", table->unit_labels[i]);
        names_json(out, &names, i, unit->code);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
    conversions_json(out, table);
    return COMITY_OK;
}

static void fields_json(struct buffer *out, const struct domain *domain)
{
    json_member(out, "domain", domain->id);
    json_member(out, "version", domain->version);
    labels_json(out, "labels", domain->labels);
    json_name(out, "fields");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < domain->n_fields; i++) {
        buffer_add_string(out, i ? "," : "");
        field_json(out, &domain->fields[i], codebook_input(domain, (int)i));
    }
    buffer_add_byte(out, ']');
    own_json(out, domain);
}

enum comity_status codebook_json(const struct domain *domain, struct buffer *out, struct comity_error *err)
{
    struct arena arena = {0};
    enum comity_status status = COMITY_OK;
    buffer_add_byte(out, '{');
    fields_json(out, domain);
    json_name(out, "categories");
    buffer_add_byte(out, '[');
    for (size_t i = 0; status == COMITY_OK && i < domain->n_categories; i++) {
        buffer_add_string(out, i ? "," : "");
        status = categories_json(out, &domain->categories[i], &arena, err);
    }
    buffer_add_byte(out, ']');
    json_name(out, "trees");
    buffer_add_byte(out, '[');
    for (size_t i = 0; status == COMITY_OK && i < domain->n_trees; i++) {
        buffer_add_string(out, i ? "," : "");
        status = concepts_json(out, &domain->trees[i], &arena, err);
    }
    buffer_add_byte(out, ']');
    if (status == COMITY_OK && domain->units)
        status = units_json(out, domain->units, &arena, err);
    buffer_add_string(out, "}\n");
    arena_release(&arena);
    return status == COMITY_OK && buffer_status(out) ? error_nomem(err) : status;
}

/* ---- CSV -------------------------------------------------------------------------------------------------------- */

/* One line of the table; what it has not is empty. */
struct line {
    const char *kind;
    struct slice list, code, parent, label, type, role, rule, restricted, needed, unit, factor, example, help, document;
    const struct codebook_names *names;
    uint32_t owner;
};

static void names_csv(struct buffer *out, const struct line *line)
{
    struct buffer all;
    struct slice name;
    buffer_init(&all, 1 << 20);
    for (uint32_t at = 0;
         line->names && codebook_next_name(line->names, line->owner, line->code, line->label, &at, &name);) {
        buffer_add_string(&all, all.len ? "; " : "");
        buffer_add_slice(&all, name);
    }
    csv_text(out, buffer_slice(&all));
    out->failed = out->failed || all.failed;
    buffer_release(&all);
}

static void line_csv(struct buffer *out, const struct line *line)
{
    const struct slice cells[] = {line->list, line->code, line->parent, line->label, line->type, line->role, line->rule,
        line->restricted, line->needed, line->unit, line->factor, line->example, line->help};
    buffer_add_string(out, line->kind);
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        buffer_add_byte(out, ',');
        csv_text(out, cells[i]);
    }
    buffer_add_byte(out, ',');
    names_csv(out, line);
    buffer_add_byte(out, ',');
    csv_text(out, line->document);
    buffer_add_string(out, "\r\n");
}

static struct slice yes(bool is_true)
{
    return is_true ? SLICE("yes") : SLICE_EMPTY;
}

static void field_csv(
    struct buffer *out, const struct field *field, const struct form_input *input, const char *kind, int language)
{
    struct line line = {.kind = kind,
        .list = list_of(field),
        .code = field->id,
        .label = domain_label(field->labels, field->id, language),
        .type = slice_from(value_type_name(field->spec.type)),
        .restricted = yes(field->is_restricted)};
    if (!input || input->index >= 0) {
        line.role = slice_from(field_role_name(field->role));
        line.rule = slice_from(resolve_rule_name(field->rule));
    }
    if (input) {
        line.needed = yes(input->is_required);
        line.unit = input->unit;
        line.example = input->example;
        line.help = domain_label(input->help, SLICE_EMPTY, language);
    }
    line_csv(out, &line);
}

static void fields_csv(struct buffer *out, const struct domain *domain, int language)
{
    for (size_t i = 0; i < domain->n_fields; i++)
        field_csv(out, &domain->fields[i], codebook_input(domain, (int)i), "field", language);
    for (size_t s = 0; domain->form && s < domain->form->n_sections; s++)
        for (size_t i = 0; i < domain->form->sections[s].n_inputs; i++) {
            const struct form_input *input = &domain->form->sections[s].inputs[i];
            if (input->index < 0)
                field_csv(out, input->field, input, "form_input", language);
        }
}

static enum comity_status categories_csv(
    struct buffer *out, const struct category_table *table, int language, struct arena *arena, struct comity_error *err)
{
    struct codebook_names names;
    enum comity_status status = codebook_of_categories(table, arena, &names, err);
    for (uint32_t i = 0; status == COMITY_OK && i < table->codes.count; i++)
        line_csv(out, &(struct line){.kind = "category",
                          .list = table->id,
                          .code = intern_text(&table->codes, i),
                          .label = category_label(table, i, language),
                          .names = &names,
                          .owner = i});
    return status;
}

static enum comity_status concepts_csv(
    struct buffer *out, const struct concept_tree *tree, int language, struct arena *arena, struct comity_error *err)
{
    struct codebook_names names;
    enum comity_status status = codebook_of_concepts(tree, arena, &names, err);
    for (uint32_t i = 1; status == COMITY_OK && i < tree->n_nodes; i++)
        line_csv(out, &(struct line){.kind = "concept",
                          .list = tree->id,
                          .code = tree->nodes[i].code,
                          .parent = tree->nodes[i].parent ? tree->nodes[tree->nodes[i].parent].code : SLICE_EMPTY,
                          .label = concept_label(tree, i, language),
                          .names = &names,
                          .owner = i});
    return status;
}

/* A number as text, in a buffer that is the caller's. */
static struct slice number_text(struct buffer *text, double number)
{
    buffer_clear(text);
    json_number(text, number);
    return buffer_slice(text);
}

static enum comity_status units_csv(
    struct buffer *out, const struct unit_table *table, int language, struct arena *arena, struct comity_error *err)
{
    struct codebook_names names;
    struct buffer number;
    buffer_init(&number, 64);
    enum comity_status status = codebook_of_units(table, arena, &names, err);
    for (uint32_t i = 0; status == COMITY_OK && i < table->n_dimensions; i++)
        line_csv(out, &(struct line){.kind = "dimension",
                          .code = table->dimensions[i].id,
                          .label = dimension_label(table, i, language),
                          .unit = table->dimensions[i].shown_unit});
    for (uint32_t i = 0; status == COMITY_OK && i < table->n_units; i++)
        line_csv(out, &(struct line){.kind = "unit",
                          .list = table->units[i].dimension,
                          .code = table->units[i].code,
                          .label = unit_label(table, i, language),
                          .factor = number_text(&number, table->units[i].to_base),
                          .names = &names,
                          .owner = i});
    for (size_t i = 0; status == COMITY_OK && i < table->n_conversions; i++)
        line_csv(out, &(struct line){.kind = "conversion",
                          .code = table->conversions[i].concept,
                          .unit = table->units[table->conversions[i].unit].code,
                          .factor = number_text(&number, table->conversions[i].kg),
                          .document = table->conversions[i].document});
    out->failed = out->failed || number.failed;
    buffer_release(&number);
    return status;
}

enum comity_status codebook_csv(const struct domain *domain, int language, struct buffer *out, struct comity_error *err)
{
    struct arena arena = {0};
    enum comity_status status = COMITY_OK;
    buffer_add_string(out,
        "kind,list,code,parent,label,type,role,rule,restricted,needed,unit,factor,example,help,names,"
        "document\r\n");
    fields_csv(out, domain, language);
    for (size_t i = 0; status == COMITY_OK && i < domain->n_categories; i++)
        status = categories_csv(out, &domain->categories[i], language, &arena, err);
    for (size_t i = 0; status == COMITY_OK && i < domain->n_trees; i++)
        status = concepts_csv(out, &domain->trees[i], language, &arena, err);
    if (status == COMITY_OK && domain->units)
        status = units_csv(out, domain->units, language, &arena, err);
    arena_release(&arena);
    return status == COMITY_OK && buffer_status(out) ? error_nomem(err) : status;
}
