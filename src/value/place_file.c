/* Maps gazetteer.bin, checks it as a whole once, and answers the look-ups by row. */
#include "value/place_file.h"

#include "base/error.h"
#include "base/hash.h"

#include <stdlib.h>

static const size_t ROW_SIZE[N_PLACE_TABLES] = {
    [TABLE_POOL] = 1,
    [TABLE_COUNTRIES] = sizeof(struct country),
    [TABLE_COUNTRY_TEXT] = sizeof(uint32_t[N_LANGUAGES]),
    [TABLE_COUNTRY_ROWS] = sizeof(struct country_rows),
    [TABLE_SUBDIVISIONS] = sizeof(struct subdivision),
    [TABLE_SUBDIVISION_TEXT] = sizeof(uint32_t[N_LANGUAGES]),
    [TABLE_GROUPS] = sizeof(uint16_t),
    [TABLE_SETTLEMENTS] = sizeof(struct settlement_row),
    [TABLE_LABELS] = sizeof(struct label_row),
    [TABLE_DISTRICTS] = sizeof(struct district_row),
    [TABLE_NAMES] = sizeof(struct name_row),
    [TABLE_SPELLINGS] = sizeof(struct spelling_row),
    [TABLE_WORDS] = sizeof(struct word_row),
    [TABLE_REGIONS] = sizeof(struct region),
    [TABLE_REGION_TEXT] = sizeof(uint32_t[N_LANGUAGES]),
    [TABLE_SEAS] = sizeof(struct sea_row),
    [TABLE_SEA_TEXT] = sizeof(uint32_t[N_LANGUAGES]),
};

static enum comity_status refuse(const char *path, const char *why, struct comity_error *err)
{
    enum comity_status status = error_set(err, COMITY_CORRUPT, "'%s' %s", path, why);
    error_hint(err, "build it again: it is made from packaged data");
    return status;
}

static enum comity_status check(const struct file_map *map, const char *path, struct comity_error *err)
{
    const struct place_header *header = (const void *)map->ptr;
    if (map->len < sizeof *header || memcmp(header->magic, PLACE_FILE_MAGIC, sizeof header->magic) != 0)
        return refuse(path, "is no gazetteer", err);
    if (header->version != PLACE_FILE_VERSION || header->n_tables != N_PLACE_TABLES)
        return refuse(path, "is a gazetteer of another version", err);
    if (header->size != map->len || header->checksum != hash_bytes(header + 1, map->len - sizeof *header))
        return refuse(path, "is damaged", err);
    for (int i = 0; i < N_PLACE_TABLES; i++) {
        uint64_t offset = header->tables[i].offset, rows = header->tables[i].rows;
        if (offset % 8 || offset > map->len || rows > (map->len - offset) / ROW_SIZE[i])
            return refuse(path, "is damaged", err);
    }
    return COMITY_OK;
}

static const void *table_at(const struct country_table *table, enum place_table number, size_t *rows)
{
    if (rows)
        *rows = table->header->tables[number].rows;
    return table->map.ptr + table->header->tables[number].offset;
}

static void set_tables(struct country_table *t)
{
    t->header = (const void *)t->map.ptr;
    t->pool = table_at(t, TABLE_POOL, NULL);
    t->countries = table_at(t, TABLE_COUNTRIES, &t->n_countries);
    t->country_text = table_at(t, TABLE_COUNTRY_TEXT, NULL);
    t->country_rows = table_at(t, TABLE_COUNTRY_ROWS, NULL);
    t->subdivisions = table_at(t, TABLE_SUBDIVISIONS, &t->n_subdivisions);
    t->subdivision_text = table_at(t, TABLE_SUBDIVISION_TEXT, NULL);
    t->groups = table_at(t, TABLE_GROUPS, NULL);
    t->settlements = table_at(t, TABLE_SETTLEMENTS, &t->n_settlements);
    t->labels = table_at(t, TABLE_LABELS, &t->n_labels);
    t->districts = table_at(t, TABLE_DISTRICTS, &t->n_districts);
    t->names = table_at(t, TABLE_NAMES, &t->n_names);
    t->spellings = table_at(t, TABLE_SPELLINGS, &t->n_spellings);
    t->words = table_at(t, TABLE_WORDS, &t->n_words);
    t->regions = table_at(t, TABLE_REGIONS, &t->n_regions);
    t->region_text = table_at(t, TABLE_REGION_TEXT, NULL);
    t->seas = table_at(t, TABLE_SEAS, &t->n_seas);
    t->sea_text = table_at(t, TABLE_SEA_TEXT, NULL);
}

enum comity_status gazetteer_open(const char *path, struct gazetteer **out, struct comity_error *err)
{
    *out = NULL;
    struct gazetteer *gazetteer = calloc(1, sizeof *gazetteer);
    if (!gazetteer)
        return error_nomem(err);
    enum comity_status status = file_map(&gazetteer->table.map, path, err);
    if (status == COMITY_OK)
        status = check(&gazetteer->table.map, path, err);
    if (status != COMITY_OK) {
        gazetteer_close(gazetteer);
        return status;
    }
    file_forget(&gazetteer->table.map);
    set_tables(&gazetteer->table);
    *out = gazetteer;
    return COMITY_OK;
}

void gazetteer_close(struct gazetteer *gazetteer)
{
    if (!gazetteer)
        return;
    file_unmap(&gazetteer->table.map);
    free(gazetteer);
}

const struct country_table *gazetteer_countries(const struct gazetteer *gazetteer)
{
    return &gazetteer->table;
}

const char *gazetteer_credit(const struct gazetteer *gazetteer)
{
    return place_text(&gazetteer->table, gazetteer->table.header->credit).ptr;
}

struct slice place_text(const struct country_table *table, uint32_t offset)
{
    if (!offset)
        return SLICE_EMPTY;
    uint16_t len;
    memcpy(&len, table->pool + offset - sizeof len, sizeof len);
    return slice_of(table->pool + offset, len);
}

const struct name_row *place_names(const struct country_table *table, uint64_t hash, size_t *n)
{
    size_t low = 0, high = table->n_names;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->names[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    size_t end = low;
    while (end < table->n_names && table->names[end].hash == hash)
        end++;
    *n = end - low;
    return *n ? table->names + low : NULL;
}

size_t subdivision_count(const struct gazetteer *gazetteer)
{
    return gazetteer->table.n_subdivisions;
}

const struct subdivision *subdivision_get(const struct gazetteer *gazetteer, uint16_t id)
{
    return &gazetteer->table.subdivisions[id < gazetteer->table.n_subdivisions ? id : SUBDIVISION_NONE];
}

uint16_t subdivision_by_code(const struct gazetteer *gazetteer, struct slice code)
{
    const struct country_table *t = &gazetteer->table;
    size_t low = 1, high = t->n_subdivisions;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = slice_compare(slice_from(t->subdivisions[middle].code), code);
        if (order == 0)
            return (uint16_t)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return SUBDIVISION_NONE;
}

static int label_language(int language)
{
    return language >= 0 && language < N_LANGUAGES ? language : LANGUAGE_EN;
}

struct slice subdivision_label(const struct gazetteer *gazetteer, uint16_t id, int language)
{
    const struct country_table *t = &gazetteer->table;
    if (id >= t->n_subdivisions)
        return SLICE_EMPTY;
    return place_text(t, t->subdivision_text[(size_t)id * N_LANGUAGES + (size_t)label_language(language)]);
}

size_t place_settlement(const struct country_table *t, uint32_t geonames)
{
    size_t low = 0, high = t->n_settlements;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t->settlements[middle].geonames < geonames)
            low = middle + 1;
        else
            high = middle;
    }
    return low < t->n_settlements && t->settlements[low].geonames == geonames ? low : SIZE_MAX;
}

const struct district_row *place_district(const struct country_table *t, uint32_t number)
{
    size_t low = 1, high = t->n_districts;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t->districts[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < t->n_districts && t->districts[low].number == number ? &t->districts[low] : NULL;
}

uint32_t place_sea(const struct country_table *t, uint32_t number)
{
    for (uint32_t row = 1; row < t->n_seas; row++)
        if (t->seas[row].number == number)
            return row;
    return 0;
}

static struct slice area_label(const struct country_table *t, uint32_t number, int language)
{
    const struct district_row *district = place_district(t, number);
    if (district)
        return place_text(t, district->name);
    return place_text(t, t->sea_text[(size_t)place_sea(t, number) * N_LANGUAGES + (size_t)label_language(language)]);
}

struct slice settlement_label(const struct gazetteer *gazetteer, uint32_t geonames, int language)
{
    const struct country_table *t = &gazetteer->table;
    size_t row = place_settlement(t, geonames);
    if (row == SIZE_MAX)
        return area_label(t, geonames, language);
    uint64_t wanted = (uint64_t)row << 8 | (uint64_t)label_language(language);
    size_t low = 0, high = t->n_labels;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        uint64_t at = (uint64_t)t->labels[middle].settlement << 8 | t->labels[middle].language;
        if (at == wanted)
            return place_text(t, t->labels[middle].text);
        if (at < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return place_text(t, t->settlements[row].name);
}
