/* Countries are rows of the gazetteer's file; their names stand in its index of names under a hash of their own kind.
 */
#include "value/country.h"

#include "value/place_file.h"
#include "value/place_key.h"

size_t country_count(const struct country_table *table)
{
    return table->n_countries;
}

const struct country *country_get(const struct country_table *table, uint16_t id)
{
    return &table->countries[id < table->n_countries ? id : COUNTRY_NONE];
}

/* Of two countries with one name in some language, the one that has it as its own or as its code. */
static const uint8_t WEIGHT[] = {[NAME_MAIN] = 4, [NAME_CODE] = 3, [NAME_ALTERNATE] = 2, [NAME_OLD] = 1};

static uint16_t find_key(const struct country_table *table, struct slice key, bool *is_old_name)
{
    size_t n;
    const struct name_row *rows = place_names(table, place_hash(key, PLACE_HASH_COUNTRY), &n), *best = rows;
    for (size_t i = 1; i < n; i++)
        if (WEIGHT[rows[i].quality] > WEIGHT[best->quality])
            best = &rows[i];
    if (!best)
        return COUNTRY_NONE;
    *is_old_name = best->quality == NAME_OLD;
    return (uint16_t)best->target;
}

uint16_t country_find(const struct country_table *table, struct slice name, bool *is_old_name)
{
    bool ignored;
    if (!is_old_name)
        is_old_name = &ignored;
    *is_old_name = false;
    struct place_key key;
    place_key(slice_trim(name), &key);
    struct slice text = place_key_slice(&key);
    if (!text.len)
        return COUNTRY_NONE;
    uint16_t found = find_key(table, text, is_old_name);
    if (found == COUNTRY_NONE && slice_starts_with(text, SLICE("the ")))
        found = find_key(table, slice_of(text.ptr + 4, text.len - 4), is_old_name);
    return found;
}

uint16_t country_by_alpha2(const struct country_table *table, struct slice code)
{
    for (size_t i = 1; i < table->n_countries && code.len >= 2; i++)
        if (slice_equal_nocase(slice_from(table->countries[i].alpha2), code))
            return (uint16_t)i;
    return COUNTRY_NONE;
}

struct slice country_label(const struct country_table *table, uint16_t id, int language)
{
    if (id >= table->n_countries)
        return SLICE_EMPTY;
    if (language < 0 || language >= N_LANGUAGES)
        language = LANGUAGE_EN;
    return place_text(table, table->country_text[(size_t)id * N_LANGUAGES + (size_t)language]);
}

/* ---- regions ------------------------------------------------------------------------------------------------------
 */

size_t region_count(const struct country_table *table)
{
    return table->n_regions;
}

const struct region *region_get(const struct country_table *table, size_t i)
{
    return &table->regions[i];
}

static size_t region_index(const struct country_table *table, uint16_t m49)
{
    size_t i = 0;
    while (i < table->n_regions && table->regions[i].m49 != m49)
        i++;
    return i;
}

struct slice region_label(const struct country_table *table, uint16_t m49, int language)
{
    size_t i = region_index(table, m49);
    if (i == table->n_regions)
        return SLICE_EMPTY;
    if (language < 0 || language >= N_LANGUAGES)
        language = LANGUAGE_EN;
    return place_text(table, table->region_text[i * N_LANGUAGES + (size_t)language]);
}

static uint16_t number_of(struct slice text)
{
    unsigned number = 0;
    if (text.len != 3)
        return 0;
    for (size_t i = 0; i < 3; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return 0;
        number = number * 10 + (unsigned)(text.ptr[i] - '0');
    }
    return (uint16_t)number;
}

static bool is_called(const struct country_table *table, size_t region, struct slice key)
{
    for (int language = 0; language < N_LANGUAGES; language++) {
        struct place_key label;
        place_key(place_text(table, table->region_text[region * N_LANGUAGES + (size_t)language]), &label);
        if (label.len && slice_equal(place_key_slice(&label), key))
            return true;
    }
    return false;
}

uint16_t region_find(const struct country_table *table, struct slice name)
{
    struct place_key key;
    uint16_t number = number_of(slice_trim(name));
    place_key(slice_trim(name), &key);
    for (size_t i = 0; i < table->n_regions; i++)
        if (number ? table->regions[i].m49 == number : key.len && is_called(table, i, place_key_slice(&key)))
            return table->regions[i].m49;
    return 0;
}

bool country_is_within(const struct country_table *table, uint16_t id, uint16_t m49)
{
    uint16_t region = country_get(table, id)->region;
    while (region && region != m49) {
        size_t i = region_index(table, region);
        region = i < table->n_regions ? table->regions[i].parent : 0;
    }
    return m49 && region == m49;
}

enum comity_status country_parse(
    const struct value_spec *spec, const struct value_input *input, struct arena *arena, struct value *out)
{
    struct slice raw = slice_trim(input->raw);
    *out = (struct value){.type = VALUE_COUNTRY};
    if (!raw.len)
        return COMITY_OK;
    bool is_old_name;
    uint16_t found = country_find(spec->countries, raw, &is_old_name);
    if (found == COUNTRY_NONE) {
        out->state = VALUE_UNREAD;
        out->text = arena_copy(arena, raw);
        return out->text.ptr ? COMITY_OK : COMITY_NOMEM;
    }
    out->state = VALUE_TYPED;
    out->confidence = 100;
    out->flags = is_old_name ? VALUE_OLD_NAME : 0;
    out->country.id = found;
    return COMITY_OK;
}
