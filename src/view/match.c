/* match.c - what each kind of alternative means for each type of value. */
#include "view/match.h"

#include "base/error.h"

#include <math.h>

enum { MOST_TEXT = 1 << 20 };

enum comity_status matcher_init(
    struct matcher *matcher, const struct view *view, const struct query_term *term, struct comity_error *err)
{
    *matcher = (struct matcher){.view = view, .term = term};
    matcher->field = term->key == QUERY_FIELD ? &view_domain(view)->fields[term->field] : NULL;
    buffer_init(&matcher->folded, MOST_TEXT);
    matcher->needles = ARENA_ARRAY(&matcher->arena, struct slice, term->n_matches + 1);
    for (size_t i = 0; matcher->needles && i < term->n_matches; i++) {
        buffer_clear(&matcher->folded);
        text_fold(term->matches[i].text, &matcher->folded);
        matcher->needles[i] = arena_copy(&matcher->arena, buffer_slice(&matcher->folded));
        if (!matcher->needles[i].ptr && matcher->folded.len)
            matcher->needles = NULL;
    }
    return matcher->needles && buffer_status(&matcher->folded) == COMITY_OK ? COMITY_OK : error_nomem(err);
}

void matcher_release(struct matcher *matcher)
{
    buffer_release(&matcher->folded);
    arena_release(&matcher->arena);
}

/* ---- texts --------------------------------------------------------------------------------------------------- */

/* Folded once for all alternatives: the text that was folded last is kept. */
static struct slice fold(struct matcher *matcher, struct slice text)
{
    if (text.ptr != matcher->last.ptr || text.len != matcher->last.len) {
        buffer_clear(&matcher->folded);
        folding_apply((struct folding *)&matcher->view->folding, text, &matcher->folded);
        matcher->last = text;
    }
    return buffer_slice(&matcher->folded);
}

/* A needle without a letter or digit finds nothing. */
static bool has_text(struct matcher *matcher, size_t match, struct slice text)
{
    struct slice needle = matcher->needles[match];
    return needle.len > 0 && text.len > 0 && slice_find(fold(matcher, text), needle) >= 0;
}

static bool is_text(struct matcher *matcher, size_t match, struct slice text)
{
    struct slice needle = matcher->needles[match];
    return needle.len > 0 && text.len > 0 && slice_equal(fold(matcher, text), needle);
}

/* The raw name, or the gazetteer's name of the settlement or subdivision. */
static bool has_place_text(struct matcher *matcher, const struct field *field, size_t match, const struct value *value)
{
    if (has_text(matcher, match, value->text))
        return true;
    if (!value_is_typed(value) || !field->spec.gazetteer)
        return false;
    if (place_is_numbered(value))
        return has_text(matcher, match, settlement_label(field->spec.gazetteer, value->place.geonames, LANGUAGE_EN));
    return value->precision == PLACE_SUBDIVISION && value->place.subdivision &&
           has_text(matcher, match, subdivision_label(field->spec.gazetteer, value->place.subdivision, LANGUAGE_EN));
}

static bool is_searched(const struct field *field, const struct value *value)
{
    enum value_type type = field->spec.type;
    return value->state == VALUE_UNREAD || type == VALUE_TEXT || type == VALUE_NAME || type == VALUE_IDENTIFIER ||
           type == VALUE_PLACE;
}

/* ---- typed values -------------------------------------------------------------------------------------------- */

static bool is_unknown(const struct matcher *matcher, const struct query_match *match, const struct value *value)
{
    if (!value_is_typed(value))
        return true;
    switch (matcher->term->part) {
    case PART_SUBDIVISION:
        return value->place.subdivision == SUBDIVISION_NONE;
    case PART_COUNTRY:
        return value->place.country == COUNTRY_NONE;
    case PART_SETTLEMENT:
        return value->place.geonames == 0 || value->precision > PLACE_SETTLEMENT;
    case PART_DIMENSION:
        return matcher->field->spec.units->units[value->quantity.unit].dimension_id != match->dimension;
    default:
        return matcher->field->spec.type == VALUE_PLACE && value->precision == PRECISION_NONE;
    }
}

static bool is_in_dates(const struct query_match *match, const struct value *value)
{
    if (match->is_within)
        return value->date.first >= match->least && value->date.last <= match->most;
    return value->date.last >= match->least && value->date.first <= match->most;
}

static bool is_in_amounts(const struct field *field, const struct query_match *match, const struct value *value)
{
    const struct unit_table *units = field->spec.units;
    if (match->dimension != UINT32_MAX && units->units[value->quantity.unit].dimension_id != match->dimension)
        return false;
    double amount = unit_to_base(units, value);
    return amount >= match->least && amount <= match->most;
}

static bool is_country(const struct field *field, const struct query_match *match, uint16_t country)
{
    if (match->code != UINT32_MAX && match->code & QUERY_REGION)
        return country_is_within(field->spec.countries, country, (uint16_t)match->code);
    return country == match->code;
}

static bool holds_place(struct matcher *matcher, size_t number, const struct value *value)
{
    const struct query_match *match = &matcher->term->matches[number];
    switch (matcher->term->part) {
    case PART_SUBDIVISION:
        return value->place.subdivision == match->code;
    case PART_COUNTRY:
        return is_country(matcher->field, match, value->place.country);
    case PART_SETTLEMENT:
        return value->place.geonames == match->id;
    default:
        return has_place_text(matcher, matcher->field, number, value);
    }
}

static bool holds_typed(struct matcher *matcher, size_t number, const struct value *value)
{
    const struct query_match *match = &matcher->term->matches[number];
    if (matcher->term->part == PART_PRECISION)
        return value->precision == match->code;
    switch (matcher->field->spec.type) {
    case VALUE_DATE:
        return is_in_dates(match, value);
    case VALUE_QUANTITY:
        return is_in_amounts(matcher->field, match, value);
    case VALUE_COUNT:
        return (double)value->count.number >= match->least && (double)value->count.number <= match->most;
    case VALUE_CONCEPT:
        return match->code != UINT32_MAX &&
               concept_is_within(matcher->field->spec.concepts, value->concept.id, match->code);
    case VALUE_CATEGORY:
        return value->category.id == match->code;
    case VALUE_COUNTRY:
        return is_country(matcher->field, match, value->country.id);
    case VALUE_PLACE:
        return holds_place(matcher, number, value);
    case VALUE_IDENTIFIER:
        return is_text(matcher, number, value->text);
    default:
        return has_text(matcher, number, value->text);
    }
}

/* A text of a typed field finds what could not be read. */
static bool holds_unread(struct matcher *matcher, size_t number, const struct value *value)
{
    const struct query_match *match = &matcher->term->matches[number];
    if (matcher->term->part == PART_PRECISION || match->is_range || match->code != UINT32_MAX || match->id)
        return false;
    return matcher->field->spec.type == VALUE_PLACE ? has_text(matcher, number, value->text)
                                                    : is_text(matcher, number, value->text);
}

static bool holds(struct matcher *matcher, size_t number, const struct value *value)
{
    const struct query_match *match = &matcher->term->matches[number];
    if (match->is_unknown)
        return is_unknown(matcher, match, value);
    if (value_is_typed(value))
        return holds_typed(matcher, number, value);
    return value->state == VALUE_UNREAD && holds_unread(matcher, number, value);
}

/* ---- tables -------------------------------------------------------------------------------------------------- */

bool term_accepts(const struct query_term *term, uint8_t hits)
{
    bool has_plain = false;
    for (size_t i = 0; i < term->n_matches; i++)
        has_plain = has_plain || !term->matches[i].is_negated;
    return !(hits & HIT_NEGATED) && (!has_plain || hits & HIT_PLAIN);
}

static uint8_t hit_bit(const struct query_match *match)
{
    return match->is_negated ? HIT_NEGATED : HIT_PLAIN;
}

enum comity_status matcher_fill(
    struct matcher *matcher, const struct column *column, uint8_t *pass, struct comity_error *err)
{
    const struct query_term *term = matcher->term;
    bool accepts[4];
    for (uint8_t hits = 0; hits < 4; hits++)
        accepts[hits] = term_accepts(term, hits);
    for (uint32_t code = 0; code < column->n_values; code++) {
        uint8_t hits = 0;
        for (size_t i = 0; i < term->n_matches; i++)
            if (!(hits & hit_bit(&term->matches[i])) && holds(matcher, i, &column->values[code]))
                hits |= hit_bit(&term->matches[i]);
        pass[code] = accepts[hits];
    }
    return buffer_status(&matcher->folded) == COMITY_OK ? COMITY_OK : error_nomem(err);
}

enum comity_status matcher_fill_hits(struct matcher *matcher, const struct field *field, const struct column *column,
    uint8_t *hits, struct comity_error *err)
{
    const struct query_term *term = matcher->term;
    for (uint32_t code = 0; code < column->n_values; code++) {
        const struct value *value = &column->values[code];
        hits[code] = 0;
        for (size_t i = 0; i < term->n_matches && is_searched(field, value); i++)
            if (field->spec.type == VALUE_PLACE ? has_place_text(matcher, field, i, value)
                                                : has_text(matcher, i, value->text))
                hits[code] |= hit_bit(&term->matches[i]);
    }
    return buffer_status(&matcher->folded) == COMITY_OK ? COMITY_OK : error_nomem(err);
}
