/* GeoNames' names in many languages, from the catalogues of libgeonames-common. Message ids are GeoNames ids
 * ("524901"), first-level codes ("RU.48") and countries ("RU"). */
#include "gazetteer.h"

#include <stdio.h>
#include <stdlib.h>

static bool open_catalogue(struct catalogue *c, const char *folder, const char *language)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s/LC_MESSAGES/geonames.mo", folder, language);
    return catalogue_open(c, path);
}

static bool is_subdivision_code(struct slice id)
{
    return id.len > 3 && id.len < sizeof((struct subdivision *)0)->code && id.ptr[2] == '.';
}

static void add_subdivision(struct builder *b, struct slice code, uint16_t country)
{
    GROW(b->subdivisions, b->n_subdivisions, b->room_subdivisions);
    struct subdivision *row = &b->subdivisions[b->n_subdivisions++];
    *row = (struct subdivision){.country = country};
    if (code.len)
        memcpy(row->code, code.ptr, code.len);
}

static int by_code(const void *a, const void *b)
{
    return strcmp(((const struct subdivision *)a)->code, ((const struct subdivision *)b)->code);
}

void read_subdivision_codes(struct builder *b, const char *locale_folder)
{
    struct catalogue c;
    if (!open_catalogue(&c, locale_folder, "en"))
        die("no English catalogue of geonames in '%s': install libgeonames-common", locale_folder);
    add_subdivision(b, SLICE_EMPTY, COUNTRY_NONE);
    for (size_t i = 0; i < c.n; i++) {
        struct slice id = c.messages[i].id;
        uint16_t country = is_subdivision_code(id) ? find_country(b, slice_of(id.ptr, 2)) : COUNTRY_NONE;
        if (country != COUNTRY_NONE)
            add_subdivision(b, id, country);
    }
    qsort(b->subdivisions, b->n_subdivisions, sizeof *b->subdivisions, by_code);
    b->subdivision_text = calloc(b->n_subdivisions, sizeof *b->subdivision_text);
    b->groups = calloc(b->n_subdivisions, sizeof *b->groups);
    if (!b->subdivision_text || !b->groups)
        die("out of memory");
    for (size_t i = 1; i < b->n_subdivisions; i++)
        b->subdivision_text[i][LANGUAGE_EN] = add_text(b, catalogue_get(&c, slice_from(b->subdivisions[i].code)));
    catalogue_close(&c);
}

static struct slice core_of(const struct builder *b, uint16_t country, struct slice name, struct place_key *key)
{
    place_key(name, key);
    struct slice core = place_strip(builder_words(b), country, place_key_slice(key)).text;
    return core.len ? core : place_key_slice(key);
}

uint16_t labelled_subdivision(const struct builder *b, uint16_t country, struct slice name)
{
    struct place_key key, other;
    struct slice wanted = core_of(b, country, name, &key);
    for (size_t i = 1; i < b->n_subdivisions && wanted.len; i++)
        if (b->subdivisions[i].country == country &&
            slice_equal(
                wanted, core_of(b, country, intern_text(&b->pool, b->subdivision_text[i][LANGUAGE_EN]), &other)))
            return (uint16_t)i;
    return SUBDIVISION_NONE;
}

/* "Donostia / San Sebastián" and "Biel (Bienne)" are two names each. */
static void add_parts(struct builder *b, enum name_target kind, uint32_t target, uint16_t country,
    enum name_quality quality, struct slice name)
{
    add_name(b, kind, target, country, quality, name);
    size_t start = 0;
    for (size_t i = 0; i <= name.len; i++) {
        if (i < name.len && !strchr("/()[]", name.ptr[i]))
            continue;
        struct slice part = slice_trim(slice_of(name.ptr + start, i - start));
        if (part.len > 2 && part.len < name.len)
            add_name(b, kind, target, country, quality == NAME_MAIN ? NAME_ALTERNATE : quality, part);
        start = i + 1;
    }
}

static void take_settlement(struct builder *b, uint32_t id, struct slice text, int language, int rank)
{
    size_t row = find_settlement(b, id);
    if (row == SIZE_MAX)
        return;
    add_parts(b, TARGET_SETTLEMENT, (uint32_t)row, b->settlements[row].country, NAME_ALTERNATE, text);
    if (language < 0)
        return;
    GROW(b->labels, b->n_labels, b->room_labels);
    b->labels[b->n_labels++] = (struct label){(uint32_t)row, (uint32_t)language, add_text(b, text), rank};
}

static void take_subdivision(struct builder *b, struct slice id, struct slice text, int language, int rank)
{
    uint16_t row = find_subdivision(b, id);
    if (row == SUBDIVISION_NONE)
        return;
    bool is_english = language == LANGUAGE_EN;
    add_parts(b, TARGET_SUBDIVISION, row, b->subdivisions[row].country, is_english ? NAME_MAIN : NAME_ALTERNATE, text);
    if (language >= 0 && (rank == 0 || !b->subdivision_text[row][language]))
        b->subdivision_text[row][language] = add_text(b, text);
}

static void take_country(struct builder *b, struct slice id, struct slice text, int language)
{
    uint16_t row = find_country(b, id);
    if (row == COUNTRY_NONE)
        return;
    add_country_name(b, row, NAME_ALTERNATE, text);
    if (language >= 0 && !b->country_text[row][language])
        b->country_text[row][language] = add_text(b, text);
}

static void take_message(struct builder *b, const struct message *m, int language, int rank)
{
    if (!m->id.len || !m->text.len)
        return;
    if (m->id.ptr[0] >= '0' && m->id.ptr[0] <= '9')
        take_settlement(b, (uint32_t)strtoul(m->id.ptr, NULL, 10), m->text, language, rank);
    else if (is_subdivision_code(m->id))
        take_subdivision(b, m->id, m->text, language, rank);
    else if (m->id.len == 2)
        take_country(b, m->id, m->text, language);
}

void read_geonames_names(struct builder *b, const char *locale_folder, const char *const *languages, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct catalogue c;
        if (!open_catalogue(&c, locale_folder, languages[i]))
            continue;
        int rank = 0, language = label_of_catalogue(languages[i], &rank);
        for (size_t j = 0; j < c.n; j++)
            take_message(b, &c.messages[j], language, rank);
        catalogue_close(&c);
    }
}
