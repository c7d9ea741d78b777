/* Fuzzes values: reading cells of every type, packing what was read, and unpacking arbitrary bytes.
 *
 * The first byte chooses the type (and whether the rest are cells or packed bytes), the second the recipe's hints;
 * cells are parted by newlines: main cell, unit or last day, subdivision, latitude, longitude, year. Must hold: no
 * crash; what was read packs, unpacks and packs to the same bytes; what arbitrary bytes unpack to can be packed and
 * shown. */
#include "domain/domain.h"
#include "domain/mentions.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct domain *domain;

static void fail_unless(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "does not hold: %s\n", what);
    abort();
}

static void load(void)
{
    struct comity_error err;
    if (!domain &&
        domain_load(SOURCE_FOLDER "/domains/drugs", DATA_FOLDER "/gazetteer.bin", &domain, &err) != COMITY_OK) {
        fprintf(stderr, "%s:%u: %s\n", err.where, err.line, err.message);
        exit(1);
    }
}

/* A spec with every table, so that one fits all types. */
static struct value_spec spec_of(unsigned type)
{
    struct value_spec spec = {.type = (enum value_type)type, .folding = &domain->folding};
    spec.units = domain->units;
    spec.concepts = &domain->trees[0];
    spec.categories = &domain->categories[0];
    spec.countries = domain->countries;
    spec.gazetteer = domain->gazetteer;
    return spec;
}

static void show(const struct value_spec *spec, const struct value *value, unsigned language)
{
    struct buffer out;
    buffer_init(&out, 1 << 24);
    value_format(spec, value, language_code((int)(language % N_LANGUAGES)), &out);
    value_format_json(spec, value, &out);
    fail_unless(buffer_status(&out) == COMITY_OK, "a value can be shown");
    buffer_release(&out);
}

static void there_and_back(const struct value_spec *spec, const struct value *value)
{
    struct buffer once, twice;
    struct value back;
    buffer_init(&once, 1 << 24);
    buffer_init(&twice, 1 << 24);
    value_pack(spec, value, &once);
    struct slice in = buffer_slice(&once);
    fail_unless(value_unpack(spec, &in, &back) == COMITY_OK && in.len == 0, "what was packed unpacks");
    value_pack(spec, &back, &twice);
    fail_unless(slice_equal(buffer_slice(&once), buffer_slice(&twice)), "packing is canonical");
    buffer_release(&once);
    buffer_release(&twice);
}

static void read_cells(const struct value_spec *spec, unsigned hints, struct slice text)
{
    static const struct slice tokens[] = {{"--", 2}, {"Unknown", 7}};
    struct arena arena = {0};
    struct value value;
    struct value_input input = {.null_tokens = tokens, .n_null_tokens = 2};
    input.raw = slice_cut(&text, '\n');
    input.unit = input.until = slice_cut(&text, '\n');
    input.subdivision = slice_cut(&text, '\n');
    input.latitude = slice_cut(&text, '\n');
    input.longitude = slice_cut(&text, '\n');
    input.year = slice_cut(&text, '\n');
    input.first_month = hints % 13;
    input.is_yearly = hints & 64;
    input.date_order = (enum date_order)(hints & 3);
    input.decimal = (enum decimal_mark)((hints >> 2) % 3);
    input.is_monthly = hints & 16;
    input.names_subdivisions = hints & 32;
    input.country = (uint16_t)(hints * 7 % country_count(domain->countries));
    fail_unless(value_parse(spec, &input, &arena, &value) == COMITY_OK, "reading fails for want of memory only");
    there_and_back(spec, &value);
    show(spec, &value, hints);
    arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct value value, values[DOMAIN_MOST_FIELDS];
    load();
    if (size < 2)
        return 0;
    struct value_spec spec = spec_of(1 + data[0] % (VALUE_N_TYPES - 1));
    struct slice rest = slice_of((const char *)data + 2, size - 2);
    if (data[0] < 0x80) {
        read_cells(&spec, data[1], rest);
        return 0;
    }
    struct comity_error err;
    (void)!mention_unpack(domain, rest, values, &err);
    if (value_unpack(&spec, &rest, &value) == COMITY_OK) {
        show(&spec, &value, data[1]);
        there_and_back(&spec, &value);
    }
    return 0;
}
