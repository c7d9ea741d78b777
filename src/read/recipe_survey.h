/* recipe_survey.h - what a first pass over a file learns of each country's rows: whether dates are monthly, and whether
 * the place column holds first-level names. Private to read/.
 */
#ifndef READ_RECIPE_SURVEY_H
#define READ_RECIPE_SURVEY_H

#include "base/buffer.h"
#include "domain/domain.h"
#include "value/date.h"
#include "value/place_survey.h"

struct survey_country {
    bool is_monthly, names_subdivisions;
};

struct recipe_survey {
    const struct domain *domain;
    struct survey_country *countries; /* by country of the table; [0]: no country */
    size_t n_countries;
    struct date_survey dates;
    struct place_survey *places; /* null: the place column is not surveyed */
    struct buffer text;
};

enum comity_status survey_init(struct recipe_survey *survey, const struct domain *domain, bool with_places,
    struct comity_error *err) COMITY_MUST_USE;
void survey_release(struct recipe_survey *survey);
/* `date` may be null. */
enum comity_status survey_add(struct recipe_survey *survey, uint16_t country, const struct value *date,
    struct slice subdivision, struct slice place, struct comity_error *err) COMITY_MUST_USE;
enum comity_status survey_done(struct recipe_survey *survey, struct comity_error *err) COMITY_MUST_USE;

static inline const struct survey_country *survey_of(const struct recipe_survey *survey, uint16_t country)
{
    return &survey->countries[country < survey->n_countries ? country : 0];
}

#endif
