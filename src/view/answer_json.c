/* answer_json.c - writes an answer as JSON, member by member. */
#include "view/answer_json.h"

#include "base/calendar.h"
#include "base/error.h"
#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct writer {
    const struct view *view;
    const struct reader *reader;
    const struct query *query;
    const struct answer *answer;
    const struct domain *domain;
    struct buffer *out;
};

static void array_begin(struct writer *w, const char *name)
{
    json_name(w->out, name);
    buffer_add_byte(w->out, '[');
}

static void comma(struct writer *w, size_t i)
{
    if (i)
        buffer_add_byte(w->out, ',');
}

static void day_member(struct buffer *out, const char *name, int32_t day)
{
    char text[DAY_TEXT];
    day_format(day, text);
    json_member(out, name, slice_from(text));
}

/* ---- totals -------------------------------------------------------------------------------------------------- */

static const struct unit_table *total_units(const struct domain *domain)
{
    return domain->how_much < 0 ? NULL : domain->fields[domain->how_much].spec.units;
}

uint32_t answer_unit(const struct view *view, const struct query *query, uint32_t dimension, double *to_base)
{
    const struct unit_table *units = total_units(view_mentions(view)->domain);
    *to_base = 1;
    if (!units || dimension >= units->n_dimensions)
        return UINT32_MAX;
    uint32_t unit = query->unit;
    if (unit == UINT32_MAX || units->units[unit].dimension_id != dimension)
        unit = unit_find(units, units->dimensions[dimension].shown_unit);
    if (unit == UINT32_MAX)
        unit = unit_find(units, units->dimensions[dimension].base_unit);
    if (unit != UINT32_MAX)
        *to_base = units->units[unit].to_base;
    return unit;
}

static void write_total(struct writer *w, const struct view_total *total)
{
    const struct unit_table *units = total_units(w->domain);
    double to_base;
    uint32_t unit = answer_unit(w->view, w->query, total->dimension, &to_base);
    json_member(w->out, "dimension", units->dimensions[total->dimension].id);
    json_member(w->out, "dimension_label", dimension_label(units, total->dimension, w->answer->language));
    json_member(
        w->out, "unit", unit == UINT32_MAX ? units->dimensions[total->dimension].base_unit : units->units[unit].code);
    json_member_number(w->out, "plain", total->plain / to_base);
    json_member_number(w->out, "once", total->once / to_base);
    json_member_number(w->out, "difference", (total->plain - total->once) / to_base);
    json_member_u64(w->out, "n_plain", total->n_plain);
    json_member_u64(w->out, "n_once", total->n_once);
}

static void write_concept(struct writer *w, uint32_t concept)
{
    const struct concept_tree *tree = concept == CONCEPT_NONE ? NULL : w->domain->fields[w->domain->what].spec.concepts;
    json_name(w->out, "concept");
    if (tree)
        json_text(w->out, tree->nodes[concept].code);
    else
        buffer_add_string(w->out, "null");
    json_member(w->out, "label", tree ? concept_label(tree, concept, w->answer->language) : SLICE_EMPTY);
}

static void write_totals(struct writer *w)
{
    array_begin(w, "totals");
    for (size_t i = 0; i < w->answer->n_totals; i++) {
        comma(w, i);
        buffer_add_byte(w->out, '{');
        write_total(w, &w->answer->totals[i]);
        buffer_add_byte(w->out, '}');
    }
    buffer_add_byte(w->out, ']');
    array_begin(w, "groups");
    for (size_t i = 0; i < w->answer->n_groups; i++) {
        comma(w, i);
        buffer_add_byte(w->out, '{');
        write_concept(w, w->answer->groups[i].concept);
        write_total(w, &w->answer->groups[i].total);
        buffer_add_byte(w->out, '}');
    }
    buffer_add_byte(w->out, ']');
}

/* ---- facets and timeline ------------------------------------------------------------------------------------- */

static void write_facet_value(struct writer *w, const struct facet_value *value)
{
    buffer_add_byte(w->out, '{');
    json_member(w->out, "key", value->key);
    json_member(w->out, "label", value->label);
    json_member_u64(w->out, "count", value->count);
    json_member_bool(w->out, "selected", value->is_selected);
    if (value->depth)
        json_member_u64(w->out, "depth", value->depth);
    buffer_add_byte(w->out, '}');
}

static void write_facets(struct writer *w)
{
    array_begin(w, "facets");
    for (size_t i = 0; i < w->answer->n_facets; i++) {
        const struct facet *facet = &w->answer->facets[i];
        comma(w, i);
        buffer_add_byte(w->out, '{');
        json_member(w->out, "key", facet->key);
        json_member(w->out, "label", facet->label);
        json_member_u64(w->out, "more", facet->n_more);
        array_begin(w, "values");
        for (size_t k = 0; k < facet->n_values; k++) {
            comma(w, k);
            write_facet_value(w, &facet->values[k]);
        }
        buffer_add_string(w->out, "]}");
    }
    buffer_add_byte(w->out, ']');
}

static void write_timeline(struct writer *w)
{
    json_name(w->out, "timeline");
    buffer_add_byte(w->out, '{');
    json_member(w->out, "step", w->answer->timeline_step);
    array_begin(w, "first");
    for (size_t i = 0; i < w->answer->n_timeline; i++) {
        char text[DAY_TEXT];
        day_format(w->answer->timeline[i].first_day, text);
        comma(w, i);
        json_text(w->out, slice_from(text));
    }
    buffer_add_byte(w->out, ']');
    array_begin(w, "n");
    for (size_t i = 0; i < w->answer->n_timeline; i++) {
        comma(w, i);
        buffer_format(w->out, "%" PRIu64, w->answer->timeline[i].count);
    }
    buffer_add_string(w->out, "]}");
}

/* ---- marks --------------------------------------------------------------------------------------------------- */

/* Degrees with as many digits as the zoom can show: 100 m up to zoom 12, then 1 m. */
static void add_degrees(struct writer *w, int32_t e5)
{
    if (w->query->zoom > 12)
        json_number(w->out, e5 / 1e5);
    else
        json_number(w->out, lround(e5 / 100.0) / 1e3);
}

/* Six digits are more than a circle can show. */
static void add_rounded(struct writer *w, double amount)
{
    if (amount == 0 || !isfinite(amount)) {
        buffer_add_byte(w->out, '0');
        return;
    }
    double scale = pow(10, 5 - floor(log10(fabs(amount))));
    json_number(w->out, round(amount * scale) / scale);
}

static void add_mark_member(struct writer *w, const struct mark *mark, int member, double to_base)
{
    switch (member) {
    case 0:
        add_degrees(w, mark->lon_e5);
        break;
    case 1:
        add_degrees(w, mark->lat_e5);
        break;
    case 2:
        buffer_format(w->out, "%" PRIu64, mark->count);
        break;
    case 3:
        add_rounded(w, mark->amount / to_base);
        break;
    case 4:
        if (mark->concept == CONCEPT_NONE)
            buffer_add_string(w->out, "null");
        else
            json_text(w->out, w->domain->fields[w->domain->what].spec.concepts->nodes[mark->concept].code);
        break;
    case 5:
        json_text(w->out, slice_from(value_precision_name(VALUE_PLACE, mark->precision)));
        break;
    case 6:
        buffer_format(w->out, "%" PRIu64, mark->entity);
        break;
    default:
        json_text(w->out, mark->label);
    }
}

static void write_marks(struct writer *w)
{
    static const char *const members[] = {"lon", "lat", "n", "amount", "concept", "precision", "entity", "label"};
    const struct unit_table *units = total_units(w->domain);
    uint32_t dimension = w->answer->leading_dimension;
    double to_base;
    uint32_t unit = answer_unit(w->view, w->query, dimension, &to_base);
    json_name(w->out, "marks");
    buffer_add_byte(w->out, '{');
    json_member(w->out, "dimension", dimension == UINT32_MAX ? SLICE_EMPTY : units->dimensions[dimension].id);
    json_member(w->out, "unit", unit == UINT32_MAX ? SLICE_EMPTY : units->units[unit].code);
    for (int member = 0; member < 8; member++) {
        array_begin(w, members[member]);
        for (size_t i = 0; i < w->answer->n_marks; i++) {
            comma(w, i);
            add_mark_member(w, &w->answer->marks[i], member, to_base);
        }
        buffer_add_byte(w->out, ']');
    }
    buffer_add_byte(w->out, '}');
}

/* ---- rows ---------------------------------------------------------------------------------------------------- */

static void write_values(const struct view *view, uint32_t index, int language, struct buffer *out)
{
    const struct mentions *mentions = view_mentions(view);
    const struct resolution *resolution = view_resolution(view);
    struct buffer text;
    buffer_init(&text, 1 << 20);
    for (size_t f = 0; f < mentions->domain->n_fields; f++) {
        const struct field *field = &mentions->domain->fields[f];
        const struct value *value = &mentions->columns[f].values[resolution->winner[f][index]];
        if (value->state == VALUE_ABSENT)
            continue;
        char name[64];
        snprintf(name, sizeof name, "%.*s", SLICE_ARG(field->id));
        json_name(out, name);
        value_format_json(&field->spec, value, out);
        buffer_clear(&text);
        value_format(&field->spec, value, language_code(language), &text);
        snprintf(name, sizeof name, "%.*s_label", SLICE_ARG(field->id));
        json_member(out, name, buffer_slice(&text));
    }
    buffer_release(&text);
}

void entity_json(const struct view *view, const struct reader *reader, uint32_t index, int language, struct buffer *out)
{
    const struct resolution *resolution = view_resolution(view);
    uint32_t doubts = view_doubts_of(view, reader, index);
    buffer_add_byte(out, '{');
    json_member_u64(out, "id", resolution->entity[index]);
    json_member_u64(out, "mentions", resolution->first_member[index + 1] - resolution->first_member[index]);
    json_member_u64(out, "sources", view_source_count(view, reader, index));
    if (resolution_whole(resolution, index) != RESOLVE_NO_WHOLE)
        json_member_u64(out, "part_of", resolution->entity[resolution_whole(resolution, index)]);
    json_name(out, "doubtful");
    buffer_add_byte(out, '[');
    bool is_first = true;
    for (int i = 0; i < N_DOUBTS; i++) {
        if (!(doubts >> i & 1))
            continue;
        buffer_add_string(out, is_first ? "" : ",");
        json_text(out, slice_from(doubt_word((enum doubt)i)));
        is_first = false;
    }
    buffer_add_byte(out, ']');
    json_name(out, "values");
    buffer_add_byte(out, '{');
    write_values(view, index, language, out);
    buffer_add_string(out, "}}");
}

static void write_rows(struct writer *w)
{
    array_begin(w, "rows");
    for (size_t i = 0; i < w->answer->n_rows; i++) {
        comma(w, i);
        entity_json(w->view, w->reader, w->answer->rows[i].index, w->answer->language, w->out);
    }
    buffer_add_byte(w->out, ']');
    json_name(w->out, "next");
    if (w->answer->next_after)
        buffer_format(w->out, "%" PRIu64, w->answer->next_after);
    else
        buffer_add_string(w->out, "null");
}

/* ---- the whole ----------------------------------------------------------------------------------------------- */

static void write_head(struct writer *w, uint64_t sequence)
{
    struct buffer text;
    buffer_init(&text, (size_t)QUERY_MOST_BYTES * 4);
    query_format(w->query, w->domain, -1, NULL, &text);
    json_member(w->out, "query", buffer_slice(&text));
    buffer_release(&text);
    json_member_u64(w->out, "sequence", sequence);
    json_member(w->out, "domain", w->domain->id);
    json_member(w->out, "language", slice_from(language_code(w->answer->language)));
    json_member_u64(w->out, "entities", w->answer->n_entities);
    json_member_u64(w->out, "mentions", w->answer->n_mentions);
    json_member_u64(w->out, "cases", w->answer->n_cases);
    json_member_u64(w->out, "sources", w->answer->n_sources);
    if (w->answer->first_day <= w->answer->last_day) {
        day_member(w->out, "first_day", w->answer->first_day);
        day_member(w->out, "last_day", w->answer->last_day);
    }
}

static void write_doubts(struct writer *w)
{
    const struct view_doubts *doubts = &w->answer->doubts;
    const uint64_t counts[N_DOUBTS] = {[DOUBT_IMPLAUSIBLE] = doubts->n_implausible,
        [DOUBT_NO_QUANTITY] = doubts->n_without_quantity,
        [DOUBT_NOT_PLACED] = doubts->n_not_placed,
        [DOUBT_NO_DATE] = doubts->n_without_date,
        [DOUBT_CONFLICT] = doubts->n_in_conflict,
        [DOUBT_UNREAD] = doubts->n_unread_concept,
        [DOUBT_REPEATED] = doubts->n_repeated,
        [DOUBT_ALIKE] = doubts->n_undecided,
        [DOUBT_IMPRECISE] = doubts->n_imprecise_place};
    json_name(w->out, "doubtful");
    buffer_add_byte(w->out, '{');
    for (int i = 0; i < N_DOUBTS; i++)
        json_member_u64(w->out, doubt_word((enum doubt)i), counts[i]);
    buffer_add_byte(w->out, '}');
}

enum comity_status answer_json(const struct view *view, const struct reader *reader, const struct query *query,
    const struct answer *answer, uint64_t sequence, struct buffer *out, struct comity_error *err)
{
    struct writer w = {view, reader, query, answer, view_mentions(view)->domain, out};
    buffer_add_byte(out, '{');
    write_head(&w, sequence);
    write_doubts(&w);
    write_totals(&w);
    write_facets(&w);
    write_timeline(&w);
    write_marks(&w);
    write_rows(&w);
    buffer_add_byte(out, '}');
    enum comity_status status = buffer_status(out);
    return status == COMITY_OK ? status : error_set(err, status, "the answer does not fit");
}
