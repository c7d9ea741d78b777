/* A query over cells. A cell has a period, a place and a concept, so only terms on those make sense. */
#include "sums/sums.h"

#include "base/error.h"

bool sums_knows_term(const struct query_term *term, const struct domain *domain)
{
    if (term->key != QUERY_FIELD || term->part == PART_PRECISION)
        return false;
    int field = term->field;
    bool is_text = domain->fields[field].spec.type == VALUE_PLACE && term->part == PART_WHOLE;
    return !is_text &&
           (field == domain->when || field == domain->where || field == domain->country || field == domain->what);
}

enum comity_status sums_check_query(const struct query *query, const struct domain *domain, struct comity_error *err)
{
    for (size_t i = 0; i < query->n_terms; i++) {
        const struct query_term *term = &query->terms[i];
        if (sums_knows_term(term, domain))
            continue;
        error_set(err, COMITY_USAGE, "sums cannot be asked for '%.*s'", SLICE_ARG(term->source_text));
        error_hint(err, "cells have a date, a country, a subdivision or settlement, and a concept");
        return COMITY_USAGE;
    }
    return COMITY_OK;
}

static bool matches_place(const struct query_term *term, const struct query_match *match, const struct sums_place *p)
{
    switch (term->part) {
    case PART_SUBDIVISION:
        return match->is_unknown ? p->subdivision == SUBDIVISION_NONE : p->subdivision == match->code;
    case PART_SETTLEMENT:
        return match->is_unknown ? p->settlement == 0 : p->settlement == match->id;
    default:
        return match->is_unknown ? p->country == COUNTRY_NONE : p->country == match->code;
    }
}

static bool matches(const struct query_term *term, const struct query_match *match, const struct domain *domain,
    const struct sums_cell *cell)
{
    if (term->field == domain->when) {
        double first = cell->first_day, last = cell->last_day;
        if (match->is_unknown)
            return false;
        return match->is_within ? first >= match->least && last <= match->most
                                : last >= match->least && first <= match->most;
    }
    if (term->field == domain->what) {
        const struct concept_tree *tree = domain->fields[domain->what].spec.concepts;
        return !match->is_unknown && match->code < tree->n_nodes && concept_is_within(tree, cell->concept, match->code);
    }
    return matches_place(term, match, &cell->place);
}

static bool holds(const struct query_term *term, const struct domain *domain, const struct sums_cell *cell)
{
    bool has_plain = false, is_hit = false;
    for (size_t i = 0; i < term->n_matches; i++) {
        const struct query_match *match = &term->matches[i];
        bool is_match = matches(term, match, domain, cell);
        if (match->is_negated && is_match)
            return false;
        has_plain |= !match->is_negated;
        is_hit |= !match->is_negated && is_match;
    }
    return is_hit || !has_plain;
}

bool sums_is_wanted(const struct query *query, const struct domain *domain, const struct sums_cell *cell)
{
    for (size_t i = 0; query && i < query->n_terms; i++)
        if (!holds(&query->terms[i], domain, cell))
            return false;
    return true;
}
