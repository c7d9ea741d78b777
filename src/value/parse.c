/* From cells to a value: empty, null token, or the reader of the type. */
#include "value/parse.h"

#include "text/fold.h"
#include "value/category.h"
#include "value/concept.h"
#include "value/date.h"
#include "value/place.h"
#include "value/quantity.h"

enum comity_status value_unread(enum value_type type, struct slice text, struct arena *arena, struct value *out)
{
    *out = (struct value){.type = (uint8_t)type, .state = VALUE_UNREAD};
    out->text = arena_copy(arena, slice_trim(text));
    return out->text.ptr ? COMITY_OK : COMITY_NOMEM;
}

enum comity_status folded_lookup(struct folding *folding, const struct intern *names, struct slice name, uint32_t *id)
{
    enum { LONGEST_NAME = 4096 };
    struct buffer folded;
    *id = INTERN_NONE;
    if (name.len > LONGEST_NAME)
        return COMITY_OK;
    buffer_init(&folded, LONGEST_NAME * 32);
    folding_apply(folding, name, &folded);
    enum comity_status status = buffer_status(&folded);
    if (status == COMITY_OK && folded.len)
        *id = intern_get(names, buffer_slice(&folded));
    buffer_release(&folded);
    return status == COMITY_LIMIT ? COMITY_OK : status;
}

static bool is_null_token(const struct value_input *input, struct slice cell)
{
    cell = slice_trim(cell);
    for (size_t i = 0; cell.len && i < input->n_null_tokens; i++)
        if (slice_equal_nocase(cell, slice_trim(input->null_tokens[i])))
            return true;
    return false;
}

/* A place may be told by cells other than the main one; null tokens among them count as empty. */
static enum comity_status parse_place(
    const struct value_spec *spec, const struct value_input *input, struct arena *arena, struct value *out)
{
    struct value_input known = *input;
    struct slice *const cells[] = {&known.raw, &known.subdivision, &known.district, &known.latitude, &known.longitude};
    size_t n_told = 0, n_null = 0;
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        *cells[i] = slice_trim(*cells[i]);
        if (is_null_token(input, *cells[i])) {
            *cells[i] = SLICE_EMPTY;
            n_null++;
        }
        n_told += cells[i]->len > 0;
    }
    if (n_told)
        return place_parse(spec, &known, arena, out);
    out->state = n_null ? VALUE_NULL : VALUE_ABSENT;
    return COMITY_OK;
}

enum comity_status value_parse(
    const struct value_spec *spec, const struct value_input *input, struct arena *arena, struct value *out)
{
    static enum comity_status (*const readers[VALUE_N_TYPES])(
        const struct value_spec *, const struct value_input *, struct arena *, struct value *) = {
        [VALUE_DATE] = date_parse,
        [VALUE_QUANTITY] = quantity_parse,
        [VALUE_CONCEPT] = concept_parse,
        [VALUE_COUNTRY] = country_parse,
        [VALUE_CATEGORY] = category_parse,
        [VALUE_COUNT] = count_parse,
        [VALUE_IDENTIFIER] = text_parse,
        [VALUE_TEXT] = text_parse,
        [VALUE_NAME] = text_parse,
    };
    *out = (struct value){.type = (uint8_t)spec->type};
    if (spec->type == VALUE_PLACE)
        return parse_place(spec, input, arena, out);
    struct slice raw = slice_trim(input->raw);
    if (raw.len == 0 || spec->type >= VALUE_N_TYPES || !readers[spec->type])
        return COMITY_OK;
    if (is_null_token(input, raw)) {
        out->state = VALUE_NULL;
        return COMITY_OK;
    }
    return readers[spec->type](spec, input, arena, out);
}
