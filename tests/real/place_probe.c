/* usage: place_probe GAZETTEER.bin [survey] < rows.tsv
 *
 * Rows: country name, subdivision cell, place cell, and (may be missing) a count of rows. With "survey", columns that
 * name subdivisions are found first, as an import does. Writes a line a row: precision, subdivision code and label,
 * GeoNames id and label, flags, confidence, whether the survey said subdivisions, nanoseconds.
 */
#include "value/concept.h"
#include "value/place.h"
#include "value/place_survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct probe {
    struct gazetteer *gazetteer;
    struct place_survey *survey; /* or null */
    struct arena arena;
};

struct row {
    uint16_t country;
    struct slice subdivision, place;
    unsigned long count;
};

static struct row row_of(const struct probe *p, struct slice line)
{
    struct slice country = slice_cut(&line, '\t');
    struct row row = {.country = country_find(gazetteer_countries(p->gazetteer), country, NULL)};
    row.subdivision = slice_cut(&line, '\t');
    row.place = slice_cut(&line, '\t');
    row.count = line.len ? strtoul(line.ptr, NULL, 10) : 1;
    return row;
}

static int read_row(struct probe *p, const struct row *row)
{
    struct value_spec spec = {.type = VALUE_PLACE, .gazetteer = p->gazetteer};
    struct value_input input = {.raw = row->place, .subdivision = row->subdivision, .country = row->country};
    struct value v;
    struct timespec start, end;
    input.names_subdivisions = p->survey && place_survey_names_subdivisions(p->survey, row->country);
    arena_reset(&p->arena);
    clock_gettime(CLOCK_MONOTONIC, &start);
    if (place_parse(&spec, &input, &p->arena, &v) != COMITY_OK)
        return 1;
    clock_gettime(CLOCK_MONOTONIC, &end);
    long ns = (end.tv_sec - start.tv_sec) * 1000000000L + (end.tv_nsec - start.tv_nsec);
    struct slice town = settlement_label(p->gazetteer, v.place.geonames, LANGUAGE_EN);
    struct slice area = subdivision_label(p->gazetteer, v.place.subdivision, LANGUAGE_EN);
    printf("%s\t%s\t%.*s\t%u\t%.*s\t%u\t%u\t%d\t%ld\n",
        v.state == VALUE_TYPED ? value_precision_name(VALUE_PLACE, v.precision) : "none",
        subdivision_get(p->gazetteer, v.place.subdivision)->code, SLICE_ARG(area), v.place.geonames, SLICE_ARG(town),
        v.flags, v.confidence, input.names_subdivisions, ns);
    return 0;
}

static int survey_all(struct probe *p, struct slice text)
{
    p->survey = place_survey_new(p->gazetteer);
    if (!p->survey)
        return 1;
    while (text.len) {
        struct row row = row_of(p, slice_cut(&text, '\n'));
        for (unsigned long i = 0; i < row.count; i++)
            if (place_survey_add(p->survey, row.country, row.subdivision, row.place) != COMITY_OK)
                return 1;
    }
    return 0;
}

static int read_all(struct probe *p, struct slice text)
{
    int failed = 0;
    while (text.len && !failed) {
        struct row row = row_of(p, slice_cut(&text, '\n'));
        failed = read_row(p, &row);
    }
    return failed;
}

int main(int argc, char **argv)
{
    struct probe p = {0};
    struct comity_error err;
    static struct buffer text = {.cap = 64 << 20};
    char chunk[65536];
    if (argc < 2 || gazetteer_open(argv[1], &p.gazetteer, &err) != COMITY_OK) {
        fprintf(stderr, "place_probe: %s\n", argc < 2 ? "no gazetteer given" : err.message);
        return 1;
    }
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, stdin)) > 0;)
        buffer_add(&text, chunk, n);
    int failed = text.failed || (argc > 2 && survey_all(&p, buffer_slice(&text))) || read_all(&p, buffer_slice(&text));
    place_survey_free(p.survey);
    arena_release(&p.arena);
    buffer_release(&text);
    gazetteer_close(p.gazetteer);
    return failed;
}
