/* What must hold of the query string: canonical texts are fixed points, equal queries have equal texts, errors name the
 * column, edits give what a click on a chip or a facet should. */
#include "unit.h"

#include "base/hash.h"
#include "view/query_read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct domain *drugs;
static const struct slice sources[] = {{"unodc-ids", 9}, {"co-policia", 10}};

static void parse(const char *text, struct query *query)
{
    struct comity_error err = {0};
    if (query_parse(slice_from(text), drugs, sources, 2, query, &err) != COMITY_OK)
        fail_msg("'%s': %s at %u (%s)", text, err.message, err.column, err.hint);
}

static void format(const struct query *query, int without, const char *extra, char text[4096])
{
    struct buffer out;
    buffer_init(&out, 4096);
    query_format(query, drugs, without, extra, &out);
    assert_int_equal(buffer_status(&out), COMITY_OK);
    snprintf(text, 4096, "%.*s", SLICE_ARG(buffer_slice(&out)));
    buffer_release(&out);
}

static void assert_canonical(const char *text, const char *wanted)
{
    struct query query;
    char got[4096], again[4096];
    parse(text, &query);
    format(&query, -1, NULL, got);
    query_release(&query);
    assert_string_equal(got, wanted);
    parse(got, &query);
    format(&query, -1, NULL, again);
    query_release(&query);
    assert_string_equal(again, wanted);
}

static void equal_queries_have_equal_texts(void **state)
{
    (void)state;
    assert_canonical("", "");
    assert_canonical("?country=EC,BE", "country=BE,EC");
    assert_canonical("country=Belgium,ecuador,BE", "country=BE,EC");
    assert_canonical("country=EC%2CBE&&drug=", "country=BE,EC");
    assert_canonical("drug=Cocaine&country=CO", "country=CO&drug=cocaine");
    assert_canonical("country=South America,CO", "country=005,CO");
    assert_canonical("country=\"América del Sur\"", "country=005");
    assert_canonical("place.country=!419", "place.country=!419");
    assert_canonical("country=CO&country=!?", "country=!?&country=CO");
    assert_canonical("date=2024-01-01..2024-12-31", "date=2024");
    assert_canonical("date=2024-01..2024-06", "date=2024-01..2024-06");
    assert_canonical("date=2024-01-01..2024-06", "date=2024-01..2024-06");
    assert_canonical("date=2024-02-29", "date=2024-02-29");
    assert_canonical("date=within:2024", "date=within:2024");
    assert_canonical("date=..2024-06-15", "date=..2024-06-15");
    assert_canonical("amount.mass=1kg..", "amount.mass=1kg..");
    assert_canonical("amount=1000g..", "amount.mass=1kg..");
    assert_canonical("amount.mass=1..5", "amount.mass=1kg..5kg");
    assert_canonical("amount=100g..2000", "amount.mass=0.1kg..2kg");
    assert_canonical("amount=mass,?", "amount=?,mass");
    assert_canonical("amount.mass=..", "amount=mass");
    assert_canonical("role.destination=ES", "destination=ES");
    assert_canonical("place.subdivision=CO.38", "place.subdivision=CO.38");
    assert_canonical("place=\"San José\"", "place=%22San%20Jos%C3%A9%22");
    assert_canonical("text=\"a, b & \\\"c\\\"\"", "text=%22a,%20b%20%26%20%5C%22c%5C%22%22");
    assert_canonical("text=a+b", "text=%22a%20b%22");
    assert_canonical("drug=\"krokodil 9\"", "drug=%22krokodil%209%22");
    assert_canonical("source=!co-policia", "source=!co-policia");
    assert_canonical("doubtful=unread,conflict", "doubtful=conflict,unread");
    assert_canonical("id=7,5,7", "id=5,7");
    assert_canonical("bbox=-75.5,10,-75,10.5", "bbox=-75.5,10,-75,10.5");
    assert_canonical("arrested=3..10", "arrested=3..10");
    assert_canonical("date.precision=month", "date.precision=month");
    assert_canonical("z=5&lang=es&after=9&limit=50&sort=newest", "after=9&lang=es&z=5");
    assert_canonical("limit=10&sort=oldest&unit=g&tab=map", "sort=oldest&limit=10&unit=g&tab=map");
}

static void meanings_are_codes_and_ranges(void **state)
{
    (void)state;
    struct query query;
    parse("amount.mass=1kg..2kg&country=!CO&bbox=170,-5,-170,5", &query);
    assert_int_equal(query.n_terms, 3);
    const struct query_match *country = &query.terms[0].matches[0], *mass = &query.terms[1].matches[0];
    assert_true(country->is_negated);
    assert_int_equal(country->code, country_by_alpha2(drugs->countries, SLICE("CO")));
    assert_true(mass->least == 1000 && mass->most == 2000);
    assert_true(query.west == 170 && query.east == -170);
    query_release(&query);
}

struct bad {
    const char *text;
    unsigned column;
    const char *hint; /* a part of it */
};

static void errors_name_the_column_and_how_to_mend(void **state)
{
    (void)state;
    static const struct bad bads[] = {{"contry=CO", 1, "country"}, {"country=CO&drgu=cocaine", 12, "drug"},
        {"country=CO,Belgum", 12, "Belgium"}, {"drug=cokaine", 6, "coca"}, {"date=2024-13", 6, "2024"},
        {"date=2024-06..2024-01", 6, "smaller"}, {"amount.mass=1kgg", 13, "kg"}, {"amount.mas=1kg", 8, "mass"},
        {"amount.mass=1l", 13, "agree"}, {"text=\"open", 6, "end it"}, {"text=%zz", 6, "%25"},
        {"sort=bigest", 6, "largest"}, {"limit=1001", 7, "1000"}, {"limit=5&limit=6", 9, ""},
        {"source=x", 8, "sources"}, {"country=CO,,EC", 12, "comma"}, {"doubtful=conflct", 10, "conflict"},
        {"country", 1, "key=value"}, {"bbox=1,2,3", 6, "west"}, {"lang=xx", 6, "es"}, {"id=?", 4, "quote"},
        {"place.subdivison=CO.38", 7, "subdivision"}, {"text=a%00b", 7, ""}, {"text=%FF", 6, ""}};
    for (size_t i = 0; i < sizeof bads / sizeof *bads; i++) {
        struct comity_error err = {0};
        struct query query;
        enum comity_status status = query_parse(slice_from(bads[i].text), drugs, sources, 2, &query, &err);
        if (status != COMITY_SYNTAX || err.column != bads[i].column || !strstr(err.hint, bads[i].hint))
            fail_msg("'%s': %s at %u (%s)", bads[i].text, err.message, err.column, err.hint);
        query_release(&query);
    }
}

static void assert_edit(const char *text, int without, const char *extra, const char *wanted)
{
    struct query query;
    char got[4096];
    parse(text, &query);
    format(&query, without, extra, got);
    assert_string_equal(got, wanted);
    format(&query, -1, NULL, got); /* the query itself is as it was */
    query_release(&query);
    assert_canonical(text, got);
}

static void edits_give_links_for_chips(void **state)
{
    (void)state;
    assert_edit("country=CO&drug=cocaine&after=5", 0, NULL, "drug=cocaine");
    assert_edit("country=CO", -1, "country=EC", "country=CO,EC");
    assert_edit("country=CO", -1, "drug=cocaine", "country=CO&drug=cocaine");
    assert_edit("country=CO&after=9", -1, "sort=oldest", "country=CO&sort=oldest");
    assert_edit("country=CO", -1, "after=12", "country=CO&after=12");
    assert_edit("country=CO", 0, "country=EC", "country=EC");
    assert_edit("country=CO", -1, "no query", "country=CO");
    assert_edit("bbox=1,2,3,4", -1, "bbox=5,6,7,8", "bbox=5,6,7,8");
}

static void assert_toggle(const char *text, const char *key, const char *value, const char *wanted)
{
    struct query query;
    struct buffer out;
    buffer_init(&out, 4096);
    parse(text, &query);
    query_toggle(&query, drugs, slice_from(key), slice_from(value), &out);
    query_release(&query);
    assert_int_equal(out.len, strlen(wanted));
    assert_memory_equal(out.len ? out.ptr : "", wanted, strlen(wanted));
    buffer_release(&out);
}

static void toggles_give_links_for_facets(void **state)
{
    (void)state;
    assert_toggle("country=CO", "country", "EC", "country=CO,EC");
    assert_toggle("country=CO,EC", "country", "EC", "country=CO");
    assert_toggle("country=CO", "country", "CO", "");
    assert_toggle("", "source", "press", "source=press");
    assert_toggle("amount=mass", "amount", "mass", "");
    assert_toggle("", "country", "?", "country=?");
    assert_toggle("drug=cocaine", "place.subdivision", "CO.38", "place.subdivision=CO.38&drug=cocaine");
}

/* Any text that parses: its canonical text parses to the same canonical text, and so do all edits. */
static void canonical_text_is_a_fixed_point(void **state)
{
    (void)state;
    static const char *const parts[] = {"country", "date", "amount", "amount.mass", "amount.volume", "drug", "text",
        "place", "place.subdivision", "place.country", "place.settlement", "source", "id", "doubtful", "arrested",
        "agency", "case", "z", "transport", "date.precision", "=", "=", "=", "=", ",", "&", "&", "!", "?", "\"", "\\",
        "..", "within:", "CO", "EC", "Spain", "cocaine", "heroin", "2024", "2024-02", "2023-12-31", "1", "0.1", "3e-7",
        "12.5kg", "1g", "7l", "mass", "month", "\"a b\"", "\"?\"", "unread", "conflict", "CO.38", "%20", "%22", "%2C",
        "+", " ", "é", "unodc-ids", "air", "sort=oldest"};
    enum { N_PARTS = sizeof parts / sizeof *parts };
    size_t n_good = 0;
    for (uint64_t round = 0; round < 20000; round++) {
        char text[1024], got[4096], again[4096];
        int len = 0;
        unsigned n = 1 + (unsigned)(hash_u64(round) % 4);
        for (unsigned i = 0; i < n; i++) {
            uint64_t r = hash_u64(round * 64 + i + 7);
            len += snprintf(text + len, sizeof text - (size_t)len, "%s%s=", i ? "&" : "", parts[r % 20]);
            for (unsigned k = 0; k < 1 + r / 64 % 3; k++)
                len +=
                    snprintf(text + len, sizeof text - (size_t)len, "%s", parts[20 + hash_u64(r + k) % (N_PARTS - 20)]);
        }
        struct query query;
        if (query_parse(slice_from(text), drugs, sources, 2, &query, NULL) != COMITY_OK)
            continue;
        n_good++;
        format(&query, -1, NULL, got);
        query_release(&query);
        parse(got, &query);
        format(&query, -1, NULL, again);
        if (strcmp(got, again) != 0)
            fail_msg("'%s' gives '%s', which gives '%s'", text, got, again);
        for (size_t i = 0; i < query.n_terms; i++) {
            struct query without;
            format(&query, (int)i, NULL, again);
            parse(again, &without);
            assert_true(without.n_terms < query.n_terms || query.n_terms == 0);
            query_release(&without);
        }
        query_release(&query);
    }
    assert_true(n_good > 1000);
}

/* docs/QUERY.md: its examples parse, and its tables are those of the code. */
static void the_manual_agrees_with_the_code(void **state)
{
    (void)state;
    static char manual[1 << 16];
    char line[256];
    FILE *file = fopen(SOURCE_FOLDER "/docs/QUERY.md", "r");
    assert_non_null(file);
    manual[fread(manual, 1, sizeof manual - 1, file)] = '\0';
    fclose(file);
    for (int i = 0; i < N_DOUBTS; i++) {
        snprintf(line, sizeof line, "\n| `%s` | %s |\n", doubt_word((enum doubt)i), doubt_meaning((enum doubt)i));
        if (!strstr(manual, line))
            fail_msg("not in the manual: %s", line);
    }
    for (int i = 0; i < N_SHOWN; i++) {
        snprintf(
            line, sizeof line, "\n| `%s` | %s |\n", shown_word((enum shown_key)i), shown_meaning((enum shown_key)i));
        if (!strstr(manual, line))
            fail_msg("not in the manual: %s", line);
    }
    size_t n_examples = 0;
    char *example = strstr(manual, "```query\n") + 9;
    *strstr(example, "```") = '\0';
    for (char *rest, *text = strtok_r(example, "\n", &rest); text; text = strtok_r(NULL, "\n", &rest), n_examples++) {
        struct query query;
        parse(text, &query);
        query_release(&query);
    }
    assert_true(n_examples >= 5);
}

static int set_up(void **state)
{
    (void)state;
    struct comity_error err = {0};
    if (domain_load(SOURCE_FOLDER "/domains/drugs", DATA_FOLDER "/gazetteer.bin", &drugs, &err) == COMITY_OK)
        return 0;
    fprintf(stderr, "%s: %s\n", err.where, err.message);
    return 1;
}

static int tear_down(void **state)
{
    (void)state;
    domain_free(drugs);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_queries_have_equal_texts),
        cmocka_unit_test(meanings_are_codes_and_ranges),
        cmocka_unit_test(errors_name_the_column_and_how_to_mend),
        cmocka_unit_test(edits_give_links_for_chips),
        cmocka_unit_test(toggles_give_links_for_facets),
        cmocka_unit_test(canonical_text_is_a_fixed_point),
        cmocka_unit_test(the_manual_agrees_with_the_code),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
