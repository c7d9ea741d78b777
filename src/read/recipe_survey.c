/* The rules are those of value/date.h and value/place_survey.h; here they are asked for each country, once. */
#include "read/recipe_survey.h"

#include "base/error.h"

#include <stdlib.h>

enum comity_status survey_init(
    struct recipe_survey *survey, const struct domain *domain, bool with_places, struct comity_error *err)
{
    *survey = (struct recipe_survey){.domain = domain};
    buffer_init(&survey->text, 1 << 20);
    survey->n_countries = domain->countries ? country_count(domain->countries) : 1;
    survey->countries = calloc(survey->n_countries, sizeof *survey->countries);
    if (with_places && domain->gazetteer)
        survey->places = place_survey_new(domain->gazetteer);
    return survey->countries && (survey->places || !with_places || !domain->gazetteer) ? COMITY_OK : error_nomem(err);
}

void survey_release(struct recipe_survey *survey)
{
    free(survey->countries);
    date_survey_release(&survey->dates);
    place_survey_free(survey->places);
    buffer_release(&survey->text);
    *survey = (struct recipe_survey){0};
}

enum comity_status survey_add(struct recipe_survey *survey, uint16_t country, const struct value *date,
    struct slice subdivision, struct slice place, struct comity_error *err)
{
    if (date && !date_survey_add(&survey->dates, country, date))
        return error_nomem(err);
    if (survey->places && country && place_survey_add(survey->places, country, subdivision, place))
        return error_nomem(err);
    return COMITY_OK;
}

static void tell(struct recipe_survey *survey, uint16_t country, const struct survey_country *of)
{
    struct slice label =
        country ? country_label(survey->domain->countries, country, LANGUAGE_EN) : SLICE("rows without a country");
    if (of->is_monthly)
        buffer_format(&survey->text, "%.*s: dates are the 1st of the month: read as months\n", SLICE_ARG(label));
    if (of->names_subdivisions)
        buffer_format(
            &survey->text, "%.*s: the places are first-level names: read as subdivisions\n", SLICE_ARG(label));
}

enum comity_status survey_done(struct recipe_survey *survey, struct comity_error *err)
{
    for (size_t i = 0; i < survey->n_countries; i++) {
        struct survey_country *of = &survey->countries[i];
        of->is_monthly = date_survey_is_monthly(&survey->dates, (uint16_t)i);
        of->names_subdivisions = survey->places && i && place_survey_names_subdivisions(survey->places, (uint16_t)i);
        tell(survey, (uint16_t)i, of);
    }
    return buffer_status(&survey->text) == COMITY_NOMEM ? error_nomem(err) : COMITY_OK;
}
