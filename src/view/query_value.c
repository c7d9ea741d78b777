/* query_value.c - one alternative read by the type of its field: names become codes, bounds become days and amounts.
 *
 * A bare word that is in no list is an error with a near name; the same word in quotes looks for texts that could not
 * be read (so that what is still to be mapped can be asked for).
 */
#include "view/query_read.h"

#include "base/calendar.h"
#include "base/error.h"

#include <assert.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

struct reading {
    const struct query_context *context;
    const struct query_term *term;
    const struct field *field; /* null but for QUERY_FIELD */
    const struct query_piece *piece;
    uint32_t dimension;
    struct comity_error *err;
};

bool query_number(struct slice text, double *number, struct slice *rest)
{
    char copy[64];
    size_t n = 0;
    while (n < text.len && n < sizeof copy - 1 && strchr("0123456789.", text.ptr[n]) && text.ptr[n] &&
           !(text.ptr[n] == '.' && n + 1 < text.len && text.ptr[n + 1] == '.'))
        n++;
    if (n == 0 && text.len > 1 && (text.ptr[0] == '-'))
        for (n = 1;
             n < text.len && n < sizeof copy - 1 && ((text.ptr[n] >= '0' && text.ptr[n] <= '9') || text.ptr[n] == '.');)
            n++;
    size_t e = n + 1;
    if (n > 0 && e < text.len && text.ptr[n] == 'e') {
        e += text.ptr[e] == '-' && e + 1 < text.len;
        if (text.ptr[e] >= '0' && text.ptr[e] <= '9')
            for (n = e; n < text.len && n < sizeof copy - 1 && text.ptr[n] >= '0' && text.ptr[n] <= '9';)
                n++;
    }
    if (n == 0 || n == sizeof copy - 1)
        return false;
    memcpy(copy, text.ptr, n);
    copy[n] = '\0';
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (plain == (locale_t)0)
        return false;
    char *end;
    *number = strtod_l(copy, &end, plain);
    freelocale(plain);
    *rest = slice_trim(slice_of(text.ptr + n, text.len - n));
    return end == copy + n && isfinite(*number);
}

static enum comity_status fault(const struct reading *reading, const char *what)
{
    return query_fault(reading->err, reading->piece->column, "'%.*s' is %s", SLICE_ARG(reading->piece->text), what);
}

static enum comity_status fault_hint(const struct reading *reading, const char *what, const char *hint)
{
    enum comity_status status = fault(reading, what);
    error_hint(reading->err, "%s", hint);
    return status;
}

static enum comity_status keep_text(const struct reading *reading, struct query_match *out)
{
    out->text = arena_copy(reading->context->arena, reading->piece->text);
    return out->text.ptr ? COMITY_OK : error_nomem(reading->err);
}

/* A word that is in no list: what is quoted is looked for as a text. */
static enum comity_status no_such(
    const struct reading *reading, const struct near *near, const char *hint, struct query_match *out)
{
    if (reading->piece->is_quoted)
        return keep_text(reading, out);
    enum comity_status status = fault(reading, "in no list");
    near_hint(near, reading->err, hint);
    return status;
}

/* ---- ranges -------------------------------------------------------------------------------------------------- */

/* Cuts "a..b" into its bounds; without ".." both are the text. False when both are empty. */
static bool cut_range(struct slice text, struct slice *least, struct slice *most)
{
    ptrdiff_t at = slice_find(text, SLICE(".."));
    *least = *most = slice_trim(text);
    if (at >= 0) {
        *least = slice_trim(slice_of(text.ptr, (size_t)at));
        *most = slice_trim(slice_of(text.ptr + at + 2, text.len - (size_t)at - 2));
    }
    return at >= 0 || least->len > 0;
}

static bool read_digits(struct slice *text, size_t n, unsigned *out)
{
    *out = 0;
    if (text->len < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        unsigned digit = (unsigned)(text->ptr[i] - '0');
        if (digit > 9)
            return false;
        *out = *out * 10 + digit;
    }
    *text = slice_of(text->ptr + n, text->len - n);
    return true;
}

static bool read_dash(struct slice *text)
{
    if (text->len == 0 || text->ptr[0] != '-')
        return false;
    *text = slice_of(text->ptr + 1, text->len - 1);
    return true;
}

/* "2024", "2024-06", "2024-06-30": the first and the last day of it. */
static bool read_day(struct slice text, double *first, double *last)
{
    unsigned year, month = 1, day = 1;
    if (!read_digits(&text, 4, &year) || year == 0)
        return false;
    bool has_month = read_dash(&text);
    if (has_month && (!read_digits(&text, 2, &month) || month < 1 || month > 12))
        return false;
    bool has_day = has_month && read_dash(&text);
    if (has_day && (!read_digits(&text, 2, &day) || !civil_is_valid((int)year, month, day)))
        return false;
    *first = day_from_civil((int)year, month, day);
    unsigned last_month = has_month ? month : 12;
    *last = day_from_civil((int)year, last_month, has_day ? day : days_in_month((int)year, last_month));
    return text.len == 0;
}

static enum comity_status check_order(const struct reading *reading, const struct query_match *out)
{
    return out->least > out->most ? fault_hint(reading, "an empty range", "the smaller bound comes first") : COMITY_OK;
}

static enum comity_status read_date(const struct reading *reading, struct query_match *out)
{
    struct slice text = reading->piece->text, least, most;
    double ignored;
    if (slice_starts_with(text, SLICE("within:"))) {
        out->is_within = true;
        text = slice_of(text.ptr + 7, text.len - 7);
    }
    out->is_range = true;
    out->least = -INFINITY;
    out->most = INFINITY;
    if (!cut_range(text, &least, &most) || (least.len && !read_day(least, &out->least, &ignored)) ||
        (most.len && !read_day(most, &ignored, &out->most)))
        return fault_hint(
            reading, "no date or range of dates", "for example 2024, 2024-06..2024-08, within:2024, 2024-06-30..");
    return check_order(reading, out);
}

static enum comity_status read_count(const struct reading *reading, struct query_match *out)
{
    struct slice least, most, rest = SLICE_EMPTY;
    out->is_range = true;
    out->least = -INFINITY;
    out->most = INFINITY;
    bool is_good = cut_range(reading->piece->text, &least, &most);
    if (is_good && least.len)
        is_good = query_number(least, &out->least, &rest) && rest.len == 0;
    if (is_good && most.len)
        is_good = query_number(most, &out->most, &rest) && rest.len == 0;
    return is_good ? check_order(reading, out) : fault_hint(reading, "no number or range", "for example 3, 3..10, 3..");
}

/* ---- quantities ---------------------------------------------------------------------------------------------- */

static uint32_t shown_unit(const struct unit_table *units, uint32_t dimension)
{
    uint32_t unit = unit_find(units, units->dimensions[dimension].shown_unit);
    return unit != UINT32_MAX ? unit : unit_find(units, units->dimensions[dimension].base_unit);
}

/* One bound: number and unit. Without a unit, the one of the other bound or what totals are shown in. */
struct bound {
    double number;
    uint32_t unit;
    bool is_open;
};

static enum comity_status read_bound(const struct reading *reading, struct slice text, struct bound *out)
{
    struct slice rest = SLICE_EMPTY;
    *out = (struct bound){.unit = UINT32_MAX, .is_open = text.len == 0};
    if (out->is_open)
        return COMITY_OK;
    if (!query_number(text, &out->number, &rest))
        return fault_hint(reading, "no amount", "for example 50kg, 1kg..5kg, 1kg..");
    if (rest.len == 0)
        return COMITY_OK;
    out->unit = unit_find(reading->field->spec.units, rest);
    if (out->unit != UINT32_MAX)
        return COMITY_OK;
    struct near near;
    near_init(&near, rest);
    for (size_t i = 0; i < reading->field->spec.units->n_units; i++)
        near_offer(&near, reading->field->spec.units->units[i].code);
    enum comity_status status = query_fault(reading->err, reading->piece->column, "no unit '%.*s'", SLICE_ARG(rest));
    near_hint(&near, reading->err, "for example g, kg, l");
    return status;
}

/* The bound in the base unit of *dimension, which becomes the unit's where it was not known. */
static enum comity_status to_base(
    const struct reading *reading, struct bound *bound, uint32_t other_unit, uint32_t *dimension, double *out)
{
    const struct unit_table *units = reading->field->spec.units;
    if (bound->is_open)
        return COMITY_OK;
    uint32_t unit = bound->unit != UINT32_MAX ? bound->unit : other_unit;
    if (unit == UINT32_MAX && *dimension != UINT32_MAX)
        unit = shown_unit(units, *dimension);
    if (unit == UINT32_MAX)
        return fault_hint(reading, "an amount without a unit", "for example 50kg");
    if (*dimension == UINT32_MAX)
        *dimension = units->units[unit].dimension_id;
    if (units->units[unit].dimension_id != *dimension)
        return fault_hint(reading, "in another dimension", "both bounds and the part behind the point must agree");
    *out = bound->number * units->units[unit].to_base;
    return isfinite(*out) ? COMITY_OK : fault(reading, "too large");
}

static enum comity_status read_amounts(
    const struct reading *reading, struct slice least, struct slice most, struct query_match *out)
{
    struct bound low, high;
    enum comity_status status = read_bound(reading, least, &low);
    if (status == COMITY_OK)
        status = read_bound(reading, most, &high);
    if (status == COMITY_OK)
        status = to_base(reading, &high, low.unit, &out->dimension, &out->most);
    if (status == COMITY_OK)
        status = to_base(reading, &low, high.is_open ? UINT32_MAX : high.unit, &out->dimension, &out->least);
    return status == COMITY_OK ? check_order(reading, out) : status;
}

static enum comity_status read_quantity(const struct reading *reading, struct query_match *out)
{
    const struct unit_table *units = reading->field->spec.units;
    struct slice least, most;
    out->is_range = true;
    out->least = -INFINITY;
    out->most = INFINITY;
    for (size_t i = 0; i < units->n_dimensions; i++)
        if (slice_equal(units->dimensions[i].id, reading->piece->text) &&
            (reading->dimension == UINT32_MAX || reading->dimension == i)) {
            out->dimension = (uint32_t)i;
            return COMITY_OK;
        }
    if (!cut_range(reading->piece->text, &least, &most))
        return fault(reading, "no amount");
    return read_amounts(reading, least, most, out);
}

/* ---- lists --------------------------------------------------------------------------------------------------- */

static enum comity_status read_concept(const struct reading *reading, struct query_match *out)
{
    const struct concept_tree *tree = reading->field->spec.concepts;
    out->code = concept_by_code(tree, reading->piece->text);
    if (out->code == CONCEPT_NONE)
        out->code = concept_find(tree, reading->piece->text);
    if (out->code != CONCEPT_NONE)
        return COMITY_OK;
    out->code = UINT32_MAX;
    struct near near;
    near_init(&near, reading->piece->text);
    if (reading->piece->is_quoted)
        return keep_text(reading, out);
    for (size_t i = 0; i < tree->n_nodes; i++)
        near_offer(&near, tree->nodes[i].code);
    for (size_t i = 0; i < tree->names.count; i++)
        near_offer(&near, intern_text(&tree->names, (uint32_t)i));
    return no_such(reading, &near, "use a code or a name; quote a text that is in no list yet", out);
}

static enum comity_status read_category(const struct reading *reading, struct query_match *out)
{
    const struct category_table *table = reading->field->spec.categories;
    out->code = intern_get(&table->codes, reading->piece->text);
    if (out->code == INTERN_NONE)
        out->code = category_find(table, reading->piece->text);
    if (out->code != UINT32_MAX)
        return COMITY_OK;
    struct near near;
    near_init(&near, reading->piece->text);
    for (size_t i = 0; i < table->codes.count; i++)
        near_offer(&near, intern_text(&table->codes, (uint32_t)i));
    return no_such(reading, &near, "use a code or a name of the list", out);
}

static enum comity_status read_country(
    const struct reading *reading, const struct country_table *table, struct query_match *out)
{
    out->code = country_by_alpha2(table, reading->piece->text);
    if (out->code == COUNTRY_NONE)
        out->code = country_find(table, reading->piece->text, NULL);
    if (out->code != COUNTRY_NONE)
        return COMITY_OK;
    uint16_t region = region_find(table, reading->piece->text);
    out->code = region ? QUERY_REGION | region : UINT32_MAX;
    if (region)
        return COMITY_OK;
    struct near near;
    near_init(&near, reading->piece->text);
    for (size_t i = 1; i < country_count(table); i++)
        near_offer(&near, country_label(table, (uint16_t)i, LANGUAGE_EN));
    for (size_t i = 0; i < region_count(table); i++)
        near_offer(&near, region_label(table, region_get(table, i)->m49, LANGUAGE_EN));
    return no_such(reading, &near,
        "use the two letters of ISO 3166-1 (CO), the three digits of a region of M49 (419), or a name", out);
}

/* ---- places -------------------------------------------------------------------------------------------------- */

/* A subdivision by one of its labels, when only one has it. */
static enum comity_status subdivision_by_name(
    const struct reading *reading, const struct gazetteer *gazetteer, struct query_match *out)
{
    struct near near;
    near_init(&near, reading->piece->text);
    size_t n_found = 0;
    for (size_t i = 1; i < subdivision_count(gazetteer); i++) {
        bool is_it = slice_equal_nocase(slice_from(subdivision_get(gazetteer, (uint16_t)i)->iso), reading->piece->text);
        for (int language = 0; language < N_LANGUAGES && !is_it; language++) {
            struct slice label = subdivision_label(gazetteer, (uint16_t)i, language);
            is_it = slice_equal_nocase(label, reading->piece->text);
            if (!reading->piece->is_quoted)
                near_offer(&near, label);
        }
        if (is_it && n_found++ == 0)
            out->code = (uint32_t)i;
    }
    if (n_found == 1)
        return COMITY_OK;
    if (n_found > 1)
        return fault_hint(reading, "the name of several subdivisions", "use a code such as CO.38");
    return no_such(reading, &near, "use a code such as CO.38", out);
}

static enum comity_status read_subdivision(const struct reading *reading, struct query_match *out)
{
    const struct gazetteer *gazetteer = reading->field->spec.gazetteer;
    out->code = subdivision_by_code(gazetteer, reading->piece->text);
    if (out->code != SUBDIVISION_NONE)
        return COMITY_OK;
    out->code = UINT32_MAX;
    return subdivision_by_name(reading, gazetteer, out);
}

static enum comity_status read_id(const struct reading *reading, uint64_t most, struct query_match *out)
{
    struct slice text = reading->piece->text;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)(text.ptr[i] - '0');
        if (digit > 9 || out->id > (most - digit) / 10)
            return fault_hint(reading, "no number of this kind", "digits only");
        out->id = out->id * 10 + digit;
    }
    return out->id ? COMITY_OK : fault_hint(reading, "no number of this kind", "numbers start at 1");
}

static enum comity_status read_precision(const struct reading *reading, struct query_match *out)
{
    struct near near;
    near_init(&near, reading->piece->text);
    for (unsigned i = 1; i <= PLACE_SEA; i++) {
        struct slice name = slice_from(value_precision_name(reading->field->spec.type, i));
        if (name.len && slice_equal(name, reading->piece->text)) {
            out->code = i;
            return COMITY_OK;
        }
        near_offer(&near, name);
    }
    enum comity_status status = fault(reading, "no precision");
    near_hint(&near, reading->err, "for example day, month, settlement, subdivision");
    return status;
}

static enum comity_status read_place(const struct reading *reading, struct query_match *out)
{
    switch (reading->term->part) {
    case PART_SUBDIVISION:
        return read_subdivision(reading, out);
    case PART_COUNTRY:
        return read_country(reading, reading->field->spec.countries, out);
    case PART_SETTLEMENT:
        return read_id(reading, UINT32_MAX, out);
    default:
        return keep_text(reading, out);
    }
}

/* ---- keys that are no fields --------------------------------------------------------------------------------- */

static enum comity_status read_source(const struct reading *reading, struct query_match *out)
{
    const struct query_context *context = reading->context;
    struct near near;
    near_init(&near, reading->piece->text);
    bool is_known = context->n_sources == 0;
    for (size_t i = 0; i < context->n_sources && !is_known; i++) {
        is_known = slice_equal(context->source_codes[i], reading->piece->text);
        near_offer(&near, context->source_codes[i]);
    }
    if (is_known)
        return keep_text(reading, out);
    enum comity_status status =
        query_fault(reading->err, reading->piece->column, "no source '%.*s'", SLICE_ARG(reading->piece->text));
    near_hint(&near, reading->err, "'comity sources' lists them");
    return status;
}

static enum comity_status read_doubt(const struct reading *reading, struct query_match *out)
{
    struct near near;
    near_init(&near, reading->piece->text);
    for (int i = 0; i < N_DOUBTS; i++) {
        if (slice_is(reading->piece->text, doubt_word((enum doubt)i))) {
            out->code = (uint32_t)i;
            return COMITY_OK;
        }
        near_offer(&near, slice_from(doubt_word((enum doubt)i)));
    }
    enum comity_status status = fault(reading, "no doubt that is known");
    near_hint(&near, reading->err,
        "implausible, no-quantity, not-placed, no-date, conflict, unread, repeated, alike, imprecise");
    return status;
}

static enum comity_status read_typed(const struct reading *reading, struct query_match *out)
{
    if (reading->term->part == PART_PRECISION)
        return read_precision(reading, out);
    switch (reading->field->spec.type) {
    case VALUE_DATE:
        return read_date(reading, out);
    case VALUE_QUANTITY:
        return read_quantity(reading, out);
    case VALUE_COUNT:
        return read_count(reading, out);
    case VALUE_CONCEPT:
        return read_concept(reading, out);
    case VALUE_CATEGORY:
        return read_category(reading, out);
    case VALUE_COUNTRY:
        return read_country(reading, reading->field->spec.countries, out);
    case VALUE_PLACE:
        return read_place(reading, out);
    default:
        return keep_text(reading, out);
    }
}

enum comity_status query_read_match(const struct query_context *context, const struct query_term *term,
    uint32_t dimension, const struct query_piece *piece, struct query_match *out, struct comity_error *err)
{
    const struct field *field = term->key == QUERY_FIELD ? &context->domain->fields[term->field] : NULL;
    struct reading reading = {context, term, field, piece, dimension, err};
    *out = (struct query_match){
        .is_negated = piece->is_negated, .is_unknown = piece->is_unknown, .code = UINT32_MAX, .dimension = dimension};
    if (piece->is_unknown)
        return field ? COMITY_OK
                     : fault_hint(&reading, "only for fields", "quote a question mark that is meant as text");
    if (piece->text.len == 0)
        return fault_hint(&reading, "an empty text", "write ? for unknown");
    switch (term->key) {
    case QUERY_SOURCE:
        return read_source(&reading, out);
    case QUERY_ID:
        return read_id(&reading, UINT64_MAX, out);
    case QUERY_DOUBTFUL:
        return read_doubt(&reading, out);
    case QUERY_TEXT:
        return keep_text(&reading, out);
    default: /* QUERY_FIELD; a box is read by query.c */
        assert(field);
        return read_typed(&reading, out);
    }
}
