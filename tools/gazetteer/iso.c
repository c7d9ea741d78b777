/* ISO 3166 from iso-codes: countries, their names in all languages, and the crosswalk of subdivisions. */
#include "gazetteer.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *load(const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/iso_%s.json", folder, name);
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    json_t *list = root ? json_incref(json_object_get(root, name)) : NULL;
    json_decref(root);
    if (!list)
        die("unable to read '%s': install iso-codes", path);
    return list;
}

static const char *text_of(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static int by_alpha2(const void *a, const void *b)
{
    return strcmp(((const struct country *)a)->alpha2, ((const struct country *)b)->alpha2);
}

/* Countries of ISO 3166-3 that several of today followed. They stay themselves. */
static const struct former {
    const char *code, *heirs;
} FORMER[] = {{"ANHH", "BQ CW SX"}, {"CSHH", "CZ SK"}, {"CSXX", "ME RS"}, {"GEHH", "KI TV"}, {"NTHH", "IQ SA"},
    {"PCHH", "FM MH MP PW"}, {"SUHH", "AM AZ BY EE GE KG KZ LT LV MD RU TJ TM UA UZ"}, {"YUCS", "BA HR ME MK RS SI"}};

static const struct former *former_of(json_t *item)
{
    for (size_t i = 0; i < sizeof FORMER / sizeof *FORMER; i++)
        if (strcmp(FORMER[i].code, text_of(item, "alpha_4")) == 0)
            return &FORMER[i];
    return NULL;
}

static void add_country(struct builder *b, const char *alpha2, const char *alpha3, int m49)
{
    if (b->n_countries == sizeof b->countries / sizeof *b->countries)
        die("too many countries");
    struct country *row = &b->countries[b->n_countries++];
    snprintf(row->alpha2, sizeof row->alpha2, "%s", alpha2);
    snprintf(row->alpha3, sizeof row->alpha3, "%s", alpha3);
    row->m49 = (uint16_t)m49;
}

void read_iso_countries(struct builder *b, const char *iso_folder)
{
    b->n_countries = 1;
    json_t *list = load(iso_folder, "3166-1"), *item;
    size_t i;
    json_array_foreach(list, i, item) add_country(
        b, text_of(item, "alpha_2"), text_of(item, "alpha_3"), (int)strtol(text_of(item, "numeric"), NULL, 10));
    json_decref(list);
    list = load(iso_folder, "3166-3");
    json_array_foreach(list, i, item) if (former_of(item)) add_country(
        b, text_of(item, "alpha_4"), text_of(item, "alpha_3"), (int)strtol(text_of(item, "numeric"), NULL, 10));
    json_decref(list);
    add_country(b, "XK", "XKX", 0); /* GeoNames files places under this user-assigned code */
    qsort(b->countries + 1, b->n_countries - 1, sizeof *b->countries, by_alpha2);
}

/* ---- names of countries ---- */

static void label_country(struct builder *b, uint16_t country, int language, const char *text)
{
    b->country_text[country][language] = add_text(b, slice_from(text));
}

static void name_country(struct builder *b, json_t *item)
{
    uint16_t country = find_country(b, slice_from(text_of(item, "alpha_2")));
    const char *name = text_of(item, "name"), *usual = text_of(item, "common_name");
    static const char *const KEYS[] = {"name", "common_name", "official_name", "alpha_2", "alpha_3"};
    for (size_t k = 0; k < sizeof KEYS / sizeof *KEYS; k++)
        add_country_name(b, country, k < 3 ? NAME_MAIN : NAME_CODE, slice_from(text_of(item, KEYS[k])));
    if (*usual || !strchr(name, ','))
        label_country(b, country, LANGUAGE_EN, *usual ? usual : name);
}

static void name_withdrawn(struct builder *b, json_t *list)
{
    json_t *item;
    size_t i;
    json_array_foreach(list, i, item)
    {
        /* Only codes that one country of today took over; the others' heirs are in countries.tsv. */
        static const char *const HEIRS[][2] = {{"BU", "MM"}, {"BY", "BY"}, {"DD", "DE"}, {"DY", "BJ"}, {"FX", "FR"},
            {"HV", "BF"}, {"NH", "VU"}, {"RH", "ZW"}, {"TP", "TL"}, {"VD", "VN"}, {"YD", "YE"}, {"ZR", "CD"}};
        for (size_t h = 0; h < sizeof HEIRS / sizeof *HEIRS; h++)
            if (strcmp(HEIRS[h][0], text_of(item, "alpha_2")) == 0) {
                uint16_t country = find_country(b, slice_from(HEIRS[h][1]));
                struct slice rest = slice_from(text_of(item, "name"));
                add_country_name(b, country, NAME_OLD, rest);
                add_country_name(b, country, NAME_OLD, slice_trim(slice_cut(&rest, ',')));
            }
    }
}

/* "Czechoslovakia, Czechoslovak Socialist Republic": two names, of which the first is the usual one. */
static void name_former_in(struct builder *b, uint16_t country, int language, struct slice names)
{
    size_t comma = 0;
    while (comma < names.len && names.ptr[comma] != ',')
        comma++;
    struct slice usual = slice_trim(slice_of(names.ptr, comma));
    struct slice full = comma < names.len ? slice_of(names.ptr + comma + 1, names.len - comma - 1) : SLICE_EMPTY;
    add_country_name(b, country, NAME_MAIN, names);
    add_country_name(b, country, NAME_MAIN, usual);
    add_country_name(b, country, NAME_ALTERNATE, slice_trim(full));
    if (language >= 0)
        b->country_text[country][language] = add_text(b, usual);
}

/* `c` is null for the English names and the codes. */
static void name_former(struct builder *b, json_t *list, const struct catalogue *c, int language)
{
    json_t *item;
    size_t i;
    json_array_foreach(list, i, item)
    {
        const char *name = text_of(item, "name");
        uint16_t country = former_of(item) ? find_country(b, slice_from(text_of(item, "alpha_4"))) : COUNTRY_NONE;
        struct slice text = c ? catalogue_get(c, slice_from(name)) : slice_from(name);
        if (country == COUNTRY_NONE || !text.len)
            continue;
        name_former_in(b, country, language, text);
        if (c)
            continue;
        add_country_name(b, country, NAME_CODE, slice_from(text_of(item, "alpha_4")));
        add_country_name(b, country, NAME_CODE, slice_from(text_of(item, "alpha_3")));
        label_between(b, country, former_of(item)->heirs);
    }
}

static bool open_language(struct catalogue *c, const char *folder, const char *language, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s/LC_MESSAGES/iso_%s.mo", folder, language, name);
    return catalogue_open(c, path);
}

static void translate_country(struct builder *b, json_t *item, const struct catalogue *c, int language)
{
    uint16_t country = find_country(b, slice_from(text_of(item, "alpha_2")));
    static const char *const KEYS[] = {"name", "official_name", "common_name"};
    for (size_t k = 0; k < sizeof KEYS / sizeof *KEYS; k++) {
        const char *english = text_of(item, KEYS[k]);
        struct slice text = *english ? catalogue_get(c, slice_from(english)) : SLICE_EMPTY;
        if (!text.len)
            continue;
        add_country_name(b, country, NAME_ALTERNATE, text);
        if (language >= 0 && k != 1 && (k == 2 || !strchr(english, ',')))
            b->country_text[country][language] = add_text(b, text);
    }
}

/* ---- subdivisions ---- */

/* The GeoNames subdivision that carries one of the names: in English or in any language. */
static uint32_t crosswalk(const struct builder *b, uint16_t country, const char *name)
{
    struct slice rest = slice_from(name);
    while (rest.len) { /* "Valenciana, Comunidad / Valenciana, Comunitat", "Barcelona [Barcelona]" */
        size_t end = strcspn(rest.ptr, "[]/;(");
        struct place_key key;
        place_key(slice_of(rest.ptr, end), &key);
        uint32_t found = named_subdivision(b, country, place_key_slice(&key));
        if (!found && key.len) {
            struct place_core core = place_strip(builder_words(b), country, place_key_slice(&key));
            found = core.text.len ? named_subdivision(b, country, core.text) : SUBDIVISION_NONE;
        }
        if (found)
            return found;
        rest = slice_of(rest.ptr + end + (rest.ptr[end] != '\0'), rest.len - end - (rest.ptr[end] != '\0'));
    }
    return SUBDIVISION_NONE;
}

static uint16_t parent_of(const struct builder *b, json_t *item)
{
    const char *code = text_of(item, "code"), *parent = text_of(item, "parent");
    char full[16];
    snprintf(full, sizeof full, strchr(parent, '-') ? "%.0s%s" : "%.2s-%s", code, parent);
    for (size_t i = 1; i < b->n_subdivisions; i++)
        if (strcmp(b->subdivisions[i].iso, full) == 0)
            return (uint16_t)i;
    return SUBDIVISION_NONE;
}

static void match_subdivision(struct builder *b, json_t *item)
{
    const char *code = text_of(item, "code");
    uint16_t country = find_country(b, slice_of(code, 2));
    uint32_t row = *text_of(item, "parent") ? SUBDIVISION_NONE : crosswalk(b, country, text_of(item, "name"));
    if (row && !*b->subdivisions[row].iso && strlen(code) < sizeof b->subdivisions[row].iso)
        memcpy(b->subdivisions[row].iso, code, strlen(code) + 1);
    if (row)
        add_code(b, TARGET_SUBDIVISION, row, CODE_ISO_3166_2, slice_from(code));
}

static void add_province(struct builder *b, json_t *item)
{
    uint16_t parent = parent_of(b, item);
    struct slice name = slice_from(text_of(item, "name")), code = slice_from(text_of(item, "code"));
    name = slice_trim(slice_of(name.ptr, strcspn(name.ptr, "[/;(")));
    if (!parent)
        return;
    uint16_t country = b->subdivisions[parent].country;
    uint32_t row = add_district(b, parent, text_of(item, "code"), true, name);
    struct place_key key;
    add_code(b, TARGET_DISTRICT, row, CODE_ISO_3166_2, code);
    (void)slice_cut(&code, '-');
    place_key(code, &key);
    if (strspn(key.text, "0123456789") < key.len)
        add_name(b, TARGET_DISTRICT, row, country, NAME_CODE, place_key_slice(&key));
}

static void name_subdivisions(struct builder *b, json_t *list, const struct catalogue *c)
{
    json_t *item;
    size_t i;
    json_array_foreach(list, i, item)
    {
        const char *code = text_of(item, "code"), *name = text_of(item, "name");
        struct slice text = c ? catalogue_get(c, slice_from(name)) : slice_from(name);
        for (size_t row = 1; text.len && row < b->n_subdivisions; row++)
            if (strcmp(b->subdivisions[row].iso, code) == 0)
                add_name(b, TARGET_SUBDIVISION, (uint32_t)row, b->subdivisions[row].country, NAME_ALTERNATE, text);
    }
}

static void read_subdivisions(struct builder *b, json_t *list)
{
    json_t *item;
    size_t i;
    sort_names(b);
    json_array_foreach(list, i, item) match_subdivision(b, item);
    GROW(b->districts, b->n_districts, b->room_districts);
    b->districts[b->n_districts++] = (struct district_row){0};
    json_array_foreach(list, i, item) if (*text_of(item, "parent")) add_province(b, item);
    name_subdivisions(b, list, NULL);
}

void read_iso_names(
    struct builder *b, const char *iso_folder, const char *locale_folder, const char *const *languages, size_t n)
{
    json_t *countries = load(iso_folder, "3166-1"), *withdrawn = load(iso_folder, "3166-3");
    json_t *subdivisions = load(iso_folder, "3166-2"), *item;
    size_t k;
    json_array_foreach(countries, k, item) name_country(b, item);
    name_withdrawn(b, withdrawn);
    name_former(b, withdrawn, NULL, LANGUAGE_EN);
    read_subdivisions(b, subdivisions);
    for (size_t i = 0; i < n; i++) {
        int rank, language = label_of_catalogue(languages[i], &rank);
        struct catalogue c;
        /* The Occitan catalogue calls ten states "Republica Dominicana", Afghanistan first. */
        bool is_sound = strcmp(languages[i], "oc") != 0;
        if (is_sound && open_language(&c, locale_folder, languages[i], "3166-1")) {
            json_array_foreach(countries, k, item) translate_country(b, item, &c, rank ? -1 : language);
            catalogue_close(&c);
        }
        if (is_sound && open_language(&c, locale_folder, languages[i], "3166-3")) {
            name_former(b, withdrawn, &c, rank ? -1 : language);
            catalogue_close(&c);
        }
        if (open_language(&c, locale_folder, languages[i], "3166-2")) {
            name_subdivisions(b, subdivisions, &c);
            catalogue_close(&c);
        }
    }
    json_decref(countries);
    json_decref(withdrawn);
    json_decref(subdivisions);
}
