/* Each distinct name is judged once, when it is first seen: it is only a subdivision, only a settlement (or unknown),
 * or both. Rows are counted by that judgement. An unknown name that only repeats the division's cell tells nothing, nor
 * does a sea.
 */
#include "value/place_survey.h"

#include "base/hash.h"
#include "value/place_cell.h"
#include "value/place_sea.h"

#include <stdlib.h>

enum { MOST_NAMES = 4000, LEAST_SUBDIVISIONS = 2 };

enum judgement { NAME_REPEATS, NAME_IS_BOTH, NAME_IS_SUBDIVISION, NAME_IS_OTHER };

struct column {
    uint32_t names[NAME_IS_OTHER + 1]; /* distinct, by judgement */
    uint64_t rows[NAME_IS_OTHER + 1];
};

struct place_survey {
    const struct gazetteer *gazetteer;
    struct map seen; /* hash of country and key → enum judgement */
    struct column *columns;
};

struct place_survey *place_survey_new(const struct gazetteer *gazetteer)
{
    struct place_survey *survey = calloc(1, sizeof *survey);
    if (!survey)
        return NULL;
    survey->gazetteer = gazetteer;
    survey->columns = calloc(gazetteer->table.n_countries, sizeof *survey->columns);
    if (!survey->columns) {
        free(survey);
        return NULL;
    }
    return survey;
}

void place_survey_free(struct place_survey *survey)
{
    if (!survey)
        return;
    map_release(&survey->seen);
    free(survey->columns);
    free(survey);
}

/* By exact names only. */
static enum judgement judge(const struct place_survey *survey, uint16_t country, bool is_repeat, struct slice place)
{
    const struct country_table *t = &survey->gazetteer->table;
    struct place_search search = {.table = t, .words = {t->words, t->n_words}, .country = country};
    bool is_subdivision = false, is_settlement = false;
    if (place_read_sea(&search, place))
        return NAME_REPEATS;
    (void)place_read_cell(&search, place);
    for (size_t i = 0; i < search.n_hits; i++) {
        const struct place_hit *hit = &search.hits[i];
        if (hit->part)
            continue; /* "Mary, Mary Welayaty": the cell names more than the area */
        is_subdivision |= hit->kind == TARGET_SUBDIVISION && hit->score >= EXACT_SCORE;
        is_settlement |= hit->kind == TARGET_SETTLEMENT && hit->score >= EXACT_SCORE;
    }
    if (is_subdivision)
        return is_settlement ? NAME_IS_BOTH : NAME_IS_SUBDIVISION;
    return is_repeat && !is_settlement ? NAME_REPEATS : NAME_IS_OTHER;
}

enum comity_status place_survey_add(
    struct place_survey *survey, uint16_t country, struct slice subdivision, struct slice place)
{
    struct place_key key, division;
    place_key(place, &key);
    place_key(subdivision, &division);
    if (!key.len || country == COUNTRY_NONE || country >= survey->gazetteer->table.n_countries)
        return COMITY_OK;
    struct column *column = &survey->columns[country];
    uint64_t hash = hash_u64(hash_bytes(key.text, key.len) ^ hash_u64(country));
    uint64_t *seen = map_get(&survey->seen, hash);
    if (!seen) {
        if (column->names[NAME_REPEATS] + column->names[NAME_IS_BOTH] + column->names[NAME_IS_SUBDIVISION] +
                column->names[NAME_IS_OTHER] >=
            MOST_NAMES)
            return COMITY_OK;
        seen = map_put(&survey->seen, hash, NULL);
        if (!seen)
            return COMITY_NOMEM;
        bool is_repeat = slice_equal(place_key_slice(&key), place_key_slice(&division));
        *seen = judge(survey, country, is_repeat, place);
        column->names[*seen]++;
    }
    column->rows[*seen]++;
    return COMITY_OK;
}

bool place_survey_names_subdivisions(const struct place_survey *survey, uint16_t country)
{
    if (country >= survey->gazetteer->table.n_countries)
        return false;
    const struct column *c = &survey->columns[country];
    uint32_t names = c->names[NAME_IS_BOTH] + c->names[NAME_IS_SUBDIVISION] + c->names[NAME_IS_OTHER];
    uint64_t rows = c->rows[NAME_IS_BOTH] + c->rows[NAME_IS_SUBDIVISION] + c->rows[NAME_IS_OTHER];
    return c->names[NAME_IS_SUBDIVISION] >= LEAST_SUBDIVISIONS && 5 * c->names[NAME_IS_SUBDIVISION] >= names &&
           10 * c->rows[NAME_IS_OTHER] <= rows;
}
