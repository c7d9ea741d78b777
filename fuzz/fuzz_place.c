/* Any bytes as the cells of a place: country (one byte), then subdivision and place parted by a zero byte. */
#include "value/place_survey.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct gazetteer *open_once(void)
{
    static struct gazetteer *gazetteer;
    struct comity_error err;
    if (!gazetteer && gazetteer_open(DATA_FOLDER "/gazetteer.bin", &gazetteer, &err) != COMITY_OK)
        abort();
    return gazetteer;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gazetteer *gazetteer = open_once();
    struct value_spec spec = {.type = VALUE_PLACE, .gazetteer = gazetteer};
    struct arena arena = {0};
    struct value value;
    if (!size)
        return 0;
    struct slice rest = slice_of((const char *)data + 1, size - 1), division = slice_cut(&rest, '\0');
    struct value_input input = {
        .raw = rest, .subdivision = division, .country = data[0], .names_subdivisions = size % 2};
    if (place_parse(&spec, &input, &arena, &value) != COMITY_OK)
        abort();
    if (value.state == VALUE_TYPED && (value.confidence > 100 || !value.precision))
        abort();
    struct place_survey *survey = place_survey_new(gazetteer);
    if (!survey || place_survey_add(survey, data[0], division, rest) != COMITY_OK)
        abort();
    place_survey_free(survey);
    (void)country_find(gazetteer_countries(gazetteer), rest, NULL);
    arena_release(&arena);
    return 0;
}
