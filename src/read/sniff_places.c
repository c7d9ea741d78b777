/* The country is the one in which most names of a column lie: each country that has such a place gets a vote, so that
 * an ambiguous name decides nothing and many names together do. */
#include "read/sniff_look.h"

#include "value/place.h"

#include <stdlib.h>

enum { LEAST_SHARE = 60 };

static const struct value_spec *where_of(const struct look *look)
{
    return &look->domain->fields[look->domain->where].spec;
}

/* ---- subdivisions -------------------------------------------------------------------------------------------------
 */

static bool reads_subdivision(struct look *look, struct slice cell, const void *unused)
{
    struct value_input input = {.raw = cell, .country = look->sniff->country, .names_subdivisions = true};
    struct value value = {0};
    (void)unused;
    return !value_parse(where_of(look), &input, &look->scratch, &value) && value_is_typed(&value) &&
           value.precision == PLACE_SUBDIVISION;
}

/* Without being told that the column names such areas: a town's name is read as the town. */
static bool reads_subdivision_unasked(struct look *look, struct slice cell, const void *unused)
{
    struct value_input input = {.raw = cell, .country = look->sniff->country};
    struct value value = {0};
    (void)unused;
    return !value_parse(where_of(look), &input, &look->scratch, &value) && value_is_typed(&value) &&
           value.precision == PLACE_SUBDIVISION && !(value.flags & VALUE_APPROXIMATE);
}

static bool is_code(struct look *look, struct slice cell, const void *unused)
{
    (void)look;
    (void)unused;
    return cell.len >= 2 && cell.len <= 3;
}

/* "Asia", "South America": regions of the world are no subdivisions of a country. */
static bool is_region(struct look *look, struct slice cell, const void *unused)
{
    (void)unused;
    return where_of(look)->countries && region_find(where_of(look)->countries, cell) != 0;
}

unsigned subdivision_score(struct look *look, const struct seen *seen)
{
    unsigned header = words_score(seen->folded, WORDS_SUBDIVISION);
    if (seen->numbers > 20 || cells_score(look, seen, is_region, NULL) >= 40)
        return 0;
    unsigned cells = cells_score(look, seen, reads_subdivision, NULL);
    /* Codes of two or three letters need not be known. */
    if (cells < 40 && cells_score(look, seen, is_code, NULL) < 90)
        return 0;
    return header >= 75 ? (header + cells) / 2 : header >= 55 && cells >= 50 ? (header + cells) / 2 : 0;
}

/* ---- votes for a country ------------------------------------------------------------------------------------------
 */

/* The share (0 … 100) of a column's names that lie in the country with most of them. */
static unsigned vote(struct look *look, const struct seen *seen, bool names_subdivisions, uint16_t *country)
{
    size_t n_countries = country_count(look->domain->countries), n = 0;
    uint32_t *votes = calloc(n_countries, sizeof *votes);
    *country = COUNTRY_NONE;
    for (; n < seen->n_told && votes; n++) {
        struct place_candidate candidates[PLACE_CANDIDATES];
        struct value_input input = {
            .raw = intern_text(&seen->cells, seen->tried[n]), .names_subdivisions = names_subdivisions};
        size_t found = place_candidates(where_of(look), &input, candidates);
        for (size_t j = 0; j < found; j++) {
            bool is_again = false;
            for (size_t k = 0; k < j; k++)
                is_again |= candidates[k].value.place.country == candidates[j].value.place.country;
            if (!is_again && candidates[j].value.place.country < n_countries)
                votes[candidates[j].value.place.country]++;
        }
    }
    for (size_t i = 1; votes && i < n_countries; i++)
        if (votes[i] && (!*country || votes[i] > votes[*country]))
            *country = (uint16_t)i;
    unsigned share = *country && n ? (unsigned)(100 * votes[*country] / n) : 0;
    free(votes);
    return share;
}

static bool is_names(const struct look *look, size_t column)
{
    const struct sniff_column *of = &look->sniff->columns[column];
    bool is_of_place = of->field == look->domain->where;
    return (of->use == USE_NONE || is_of_place) && look->seen[column].numbers < 20 && look->seen[column].n_told >= 2;
}

/* A column that names countries needs no guess. */
static bool has_countries(struct look *look)
{
    const struct field *field = &look->domain->fields[look->domain->country];
    for (size_t i = 0; i < look->sniff->n_columns; i++)
        if (header_score(look, field, look->seen[i].folded) >= 55 &&
            cells_score(look, &look->seen[i], reads_field, field) >= 50)
            return true;
    return false;
}

/* Before columns are given away: the country of the column that names one country's places best. A lone small column
 * may be chance, so that its header must say that it names places. */
void guess_country(struct look *look)
{
    const struct domain *domain = look->domain;
    struct sniff *sniff = look->sniff;
    unsigned most = 0;
    if (domain->country < 0 || domain->where < 0 || has_countries(look))
        return;
    for (size_t i = 0; i < sniff->n_columns; i++) {
        const struct seen *seen = &look->seen[i];
        uint16_t country = COUNTRY_NONE;
        if (!is_names(look, i))
            continue;
        bool is_division = words_score(seen->folded, WORDS_SUBDIVISION) >= 75;
        bool is_place = is_division || header_score(look, &domain->fields[domain->where], seen->folded) >= 55;
        if (!is_place && seen->n_told < 10)
            continue;
        unsigned share = vote(look, seen, is_division, &country);
        unsigned bonus = is_place ? 10 : 0;
        if (share + 2 * bonus >= 70 && share + bonus > most) {
            most = share + bonus;
            sniff->country = country;
            sniff->country_confidence = (uint8_t)(share * 95 / 100);
        }
    }
}

/* Without headers that say so: a column that names first-level areas of the country and nothing else, … */
void find_subdivision(struct look *look)
{
    enum { NEARLY_ALL = 95, MANY = 40, FEWEST = 4 };
    struct sniff *sniff = look->sniff;
    if (look->domain->where < 0 || !sniff->country || column_of(look, look->domain->where, USE_SUBDIVISION))
        return;
    for (size_t i = 0; i < sniff->n_columns; i++)
        if (is_names(look, i) && sniff->columns[i].use == USE_NONE && look->seen[i].n_told >= FEWEST &&
            cells_score(look, &look->seen[i], reads_subdivision, NULL) >= NEARLY_ALL &&
            cells_score(look, &look->seen[i], reads_subdivision_unasked, NULL) >= MANY) {
            use_column(&sniff->columns[i], USE_SUBDIVISION, look->domain->where, LEAST_SHARE);
            return;
        }
}

/* … and one of names that mostly are places of it. */
void find_place(struct look *look)
{
    struct sniff *sniff = look->sniff;
    int where = look->domain->where;
    struct sniff_column *best = NULL;
    unsigned most = LEAST_SHARE - 1;
    if (where < 0 || !sniff->country || column_of(look, where, USE_FIELD))
        return;
    for (size_t i = 0; i < sniff->n_columns; i++) {
        if (!is_names(look, i) || sniff->columns[i].use != USE_NONE || look->seen[i].n_told < 5)
            continue;
        unsigned share = cells_score(look, &look->seen[i], reads_field, &look->domain->fields[where]);
        if (share > most) {
            most = share;
            best = &sniff->columns[i];
        }
    }
    if (best)
        use_column(best, USE_FIELD, where, most * 6 / 10);
}
