/* place_survey.h - whether a column of places in fact names first-level subdivisions.
 *
 * The first pass over a file adds each row; afterwards the survey tells, by country, whether the column is to be read
 * with `names_subdivisions`: the UN's rows of Bolivia name nine departments, those of New Zealand police districts. A
 * name that is both a town and a subdivision (Cochabamba, Auckland) proves nothing; the others decide. Memory is capped
 * by country: past the cap, new names are only counted. Not shared between threads.
 */
#ifndef VALUE_PLACE_SURVEY_H
#define VALUE_PLACE_SURVEY_H

#include "base/map.h"
#include "value/place.h"

struct place_survey;

/* Null when memory is out. The gazetteer must outlive the survey. */
struct place_survey *place_survey_new(const struct gazetteer *gazetteer);
void place_survey_free(struct place_survey *survey);

/* One row's cells; empty places are passed over. */
enum comity_status place_survey_add(
    struct place_survey *survey, uint16_t country, struct slice subdivision, struct slice place) COMITY_MUST_USE;

bool place_survey_names_subdivisions(const struct place_survey *survey, uint16_t country);

#endif
