/* The index of names, and the look-ups of the compiler. */
#include "gazetteer.h"

#include "base/hash.h"

#include <stdlib.h>

void builder_release(struct builder *b)
{
    void *const arrays[] = {b->pool_offset, b->subdivisions, b->subdivision_text, b->groups, b->settlements, b->labels,
        b->districts, b->names, b->spellings, b->words, b->aliases, b->codes};
    intern_release(&b->pool);
    intern_release(&b->alias_texts);
    map_release(&b->numbers);
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
}

uint32_t add_text(struct builder *b, struct slice text)
{
    if (b->pool.count == 0 && intern_put(&b->pool, SLICE("")) == INTERN_NONE)
        die("out of memory");
    uint32_t id = intern_put(&b->pool, text);
    if (id == INTERN_NONE)
        die("out of memory");
    return id;
}

void add_alias(struct builder *b, uint32_t geonames, enum name_quality quality, struct slice name)
{
    uint32_t text = intern_put(&b->alias_texts, name);
    GROW(b->aliases, b->n_aliases, b->room_aliases);
    if (text == INTERN_NONE)
        die("out of memory");
    b->aliases[b->n_aliases++] = (struct alias){geonames, text, quality};
}

void add_city_code(struct builder *b, uint32_t geonames, enum place_code_system system, struct slice code)
{
    uint32_t text = intern_put(&b->alias_texts, code);
    GROW(b->codes, b->n_codes, b->room_codes);
    if (text == INTERN_NONE)
        die("out of memory");
    b->codes[b->n_codes++] = (struct coded){geonames, text, system};
}

struct place_words builder_words(const struct builder *b)
{
    return (struct place_words){b->words, b->n_words};
}

uint16_t find_country(const struct builder *b, struct slice alpha2)
{
    for (size_t i = 1; i < b->n_countries; i++)
        if (slice_is(alpha2, b->countries[i].alpha2))
            return (uint16_t)i;
    return COUNTRY_NONE;
}

uint16_t find_subdivision(const struct builder *b, struct slice code)
{
    size_t low = 1, high = b->n_subdivisions;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = slice_compare(slice_from(b->subdivisions[middle].code), code);
        if (order == 0)
            return (uint16_t)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return SUBDIVISION_NONE;
}

size_t find_settlement(const struct builder *b, uint32_t geonames)
{
    size_t low = 0, high = b->n_settlements;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (b->settlements[middle].geonames < geonames)
            low = middle + 1;
        else
            high = middle;
    }
    return low < b->n_settlements && b->settlements[low].geonames == geonames ? low : SIZE_MAX;
}

static void add_row(struct builder *b, uint64_t hash, enum name_target kind, uint32_t target, uint16_t country,
    enum name_quality quality)
{
    GROW(b->names, b->n_names, b->room_names);
    b->names[b->n_names++] = (struct name_row){hash, target, country, (uint8_t)kind, (uint8_t)quality};
}

static void add_sound(struct builder *b, enum name_target kind, uint32_t target, uint16_t country,
    enum name_quality quality, struct slice key)
{
    struct place_key sound;
    place_sound_key(key, &sound);
    if (!sound.len)
        return;
    struct slice text = place_key_slice(&sound);
    add_row(b, place_hash(text, PLACE_HASH_SOUND), kind, target, country, NAME_SOUND);
    if (text.len < 6 || text.len > 40 || kind == TARGET_DISTRICT || quality == NAME_VARIANT)
        return; /* no search letter by letter */
    uint32_t letters = 0;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] >= 'a' && text.ptr[i] <= 'z')
            letters |= 1u << (text.ptr[i] - 'a');
    GROW(b->spellings, b->n_spellings, b->room_spellings);
    b->spellings[b->n_spellings++] =
        (struct spelling_row){add_text(b, text), letters, target, (uint8_t)kind, (uint8_t)text.len, country};
}

/* "leningradskaya" → "leningrad": the adjective of a Russian name, for areas that are told by it. */
static struct slice adjective_stem(struct slice key)
{
    static const char *const ENDINGS[] = {"skaya", "skiy", "skoye", "skii", "skaia", "skyi", "ska"};
    for (size_t i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++)
        if (key.len > 9 && slice_ends_with(key, slice_from(ENDINGS[i])))
            return slice_of(key.ptr, key.len - strlen(ENDINGS[i]));
    return SLICE_EMPTY;
}

/* "san lorenzo de esmeraldas" → "san lorenzo": what people say where no other is meant. */
static struct slice head_of(struct slice key)
{
    static const char *const JOINTS[] = {" de ", " del ", " na ", " am ", " an der ", " sur ", " sul ", " nad "};
    for (size_t i = 0; i < sizeof JOINTS / sizeof *JOINTS; i++) {
        ptrdiff_t at = slice_find(key, slice_from(JOINTS[i]));
        if (at >= 6)
            return slice_of(key.ptr, (size_t)at);
    }
    return SLICE_EMPTY;
}

void add_name(struct builder *b, enum name_target kind, uint32_t target, uint16_t country, enum name_quality quality,
    struct slice name)
{
    struct place_key key;
    place_key(name, &key);
    struct slice text = place_key_slice(&key);
    if (!text.len)
        return;
    add_row(b, place_hash(text, PLACE_HASH_NAME), kind, target, country, quality);
    if (quality == NAME_PART)
        return;
    add_sound(b, kind, target, country, quality, text);
    struct place_core core = place_strip(builder_words(b), country, text);
    if (core.text.len > 1 && core.text.len < text.len) {
        enum name_quality stripped = core.classes & WORD_BIT(WORD_SUBDIVISION) ? NAME_STRIPPED : NAME_UNDRESSED;
        add_row(b, place_hash(core.text, PLACE_HASH_NAME), kind, target, country, stripped);
        add_sound(b, kind, target, country, quality, core.text);
    }
    struct slice stem = kind == TARGET_SUBDIVISION ? adjective_stem(core.text) : SLICE_EMPTY;
    struct slice head = kind == TARGET_SETTLEMENT && quality == NAME_MAIN ? head_of(text) : SLICE_EMPTY;
    if (head.len)
        add_row(b, place_hash(head, PLACE_HASH_NAME), kind, target, country, NAME_HEAD);
    if (stem.len)
        add_row(b, place_hash(stem, PLACE_HASH_NAME), kind, target, country, NAME_STRIPPED);
}

void add_country_name(struct builder *b, uint16_t country, enum name_quality quality, struct slice name)
{
    struct place_key key;
    place_key(name, &key);
    if (key.len)
        add_row(b, place_hash(place_key_slice(&key), PLACE_HASH_COUNTRY), TARGET_COUNTRY, country, country, quality);
}

void add_code(
    struct builder *b, enum name_target kind, uint32_t target, enum place_code_system system, struct slice code)
{
    struct place_key key;
    place_code_key(system, code, &key);
    if (key.len)
        add_row(b, place_hash(place_key_slice(&key), PLACE_HASH_CODE), kind, target, COUNTRY_NONE, NAME_CODE);
}

void add_sea_name(struct builder *b, uint32_t sea, struct slice name)
{
    struct place_key key;
    place_key(name, &key);
    if (key.len)
        add_row(b, place_hash(place_key_slice(&key), PLACE_HASH_SEA), TARGET_SEA, sea, COUNTRY_NONE, NAME_MAIN);
}

uint32_t named_subdivision(const struct builder *b, uint16_t country, struct slice key)
{
    uint64_t hash = place_hash(key, PLACE_HASH_NAME);
    uint32_t found = SUBDIVISION_NONE;
    size_t low = 0, high = b->n_names; /* sorted when this is called */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (b->names[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < b->n_names && b->names[low].hash == hash; low++) {
        const struct name_row *row = &b->names[low];
        if (row->country != country || row->kind != TARGET_SUBDIVISION)
            continue;
        if (found != SUBDIVISION_NONE && found != row->target)
            return SUBDIVISION_NONE; /* two of them: no crosswalk */
        found = row->target;
    }
    return found;
}

uint32_t own_number(const char *code, struct slice name)
{
    return 0x80000000u | (uint32_t)(hash_bytes(code, strlen(code)) ^ hash_u64(hash_slice(name)));
}

uint32_t add_district(struct builder *b, uint16_t parent, const char *code, bool is_province, struct slice name)
{
    if (!b->n_districts) { /* row 0 is none */
        GROW(b->districts, b->n_districts, b->room_districts);
        b->districts[b->n_districts++] = (struct district_row){0};
    }
    GROW(b->districts, b->n_districts, b->room_districts);
    uint16_t country = b->subdivisions[parent].country;
    b->districts[b->n_districts] =
        (struct district_row){country, parent, add_text(b, name), own_number(code, SLICE_EMPTY), is_province};
    add_name(b, TARGET_DISTRICT, (uint32_t)b->n_districts, country, NAME_MAIN, name);
    return (uint32_t)b->n_districts++;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = ((const struct district_row *)a)->number, y = ((const struct district_row *)b)->number;
    return (x > y) - (x < y);
}

/* The names filed so far carry the places of the rows before the sort: they follow by number. */
void sort_districts(struct builder *b)
{
    uint32_t *numbers = calloc(b->n_districts + 1, sizeof *numbers);
    if (!numbers)
        die("out of memory");
    for (size_t i = 0; i < b->n_districts; i++)
        numbers[i] = b->districts[i].number;
    if (b->n_districts)
        qsort(b->districts, b->n_districts, sizeof *b->districts, by_number);
    for (size_t i = 0; i < b->n_names; i++) {
        struct name_row *row = &b->names[i];
        if (row->kind != TARGET_DISTRICT)
            continue;
        const struct district_row *found = bsearch(&(struct district_row){.number = numbers[row->target]}, b->districts,
            b->n_districts, sizeof *b->districts, by_number);
        row->target = (uint32_t)(found - b->districts);
    }
    free(numbers);
}

static int by_hash(const void *a, const void *b)
{
    const struct name_row *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    if (x->country != y->country)
        return x->country < y->country ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->target != y->target)
        return x->target < y->target ? -1 : 1;
    return x->quality - y->quality;
}

/* Sorts and keeps the best quality of each name of each target. */
void sort_names(struct builder *b)
{
    qsort(b->names, b->n_names, sizeof *b->names, by_hash);
    size_t n = 0;
    for (size_t i = 0; i < b->n_names; i++) {
        const struct name_row *last = n ? &b->names[n - 1] : NULL, *row = &b->names[i];
        bool is_same = last && last->hash == row->hash && last->kind == row->kind && last->target == row->target;
        if (!is_same)
            b->names[n++] = *row;
        else if (row->quality == NAME_OLD && last->quality == NAME_ALTERNATE)
            b->names[n - 1].quality = NAME_OLD; /* some catalogue still has it as the name of today */
    }
    b->n_names = n;
}

int label_of_catalogue(const char *language, int *rank)
{
    static const struct {
        const char *name;
        int language, rank;
    } LABELS[] = {{"en", LANGUAGE_EN, 0}, {"es", LANGUAGE_ES, 0}, {"fr", LANGUAGE_FR, 0}, {"pt", LANGUAGE_PT, 0},
        {"pt_BR", LANGUAGE_PT, 1}, {"ru", LANGUAGE_RU, 0}, {"ar", LANGUAGE_AR, 0}, {"zh_CN", LANGUAGE_ZH, 0},
        {"zh", LANGUAGE_ZH, 1}};
    for (size_t i = 0; i < sizeof LABELS / sizeof *LABELS; i++)
        if (strcmp(LABELS[i].name, language) == 0) {
            *rank = LABELS[i].rank;
            return LABELS[i].language;
        }
    return -1;
}
