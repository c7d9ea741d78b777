/* Matching records of any kind: what it finds, and that nothing but what the records say has a part in it. */
#include "unit.h"

#include "base/map.h"
#include "failing_malloc.h"
#include "match/compare.h"
#include "match_world.h"

#include <math.h>

/* ---- the table ---- */

static void cells_are_read_by_their_types(void **state)
{
    (void)state;
    static const struct column_spec columns[] = {
        {{"born", 4}, COLUMN_DATE}, {{"amount", 6}, COLUMN_NUMBER}, {{"name", 4}, COLUMN_NAME}};
    static const char *const rows[][3] = {{"1956-04-09", "10", "Bogotá"}, {"19560409", "10.0", "BOGOTA"},
        {"1956-04-09T10:00", "1e1", " bogota "}, {"1956-02-31", "n/a", "unknown"}, {"ninth of April", "ten", ""}};
    struct table table;
    assert_int_equal(table_init(&table, columns, 3, NULL), COMITY_OK);
    for (size_t i = 0; i < 5; i++) {
        struct slice cells[3] = {slice_from(rows[i][0]), slice_from(rows[i][1]), slice_from(rows[i][2])};
        assert_int_equal(table_add(&table, 0, cells, NULL), COMITY_OK);
    }
    assert_int_equal(table_seal(&table, NULL), COMITY_OK);
    assert_int_equal(table.columns[0].n_values, 3); /* not told, a day, and one that cannot be */
    assert_int_equal(table.columns[0].n_unread, 1);
    assert_int_equal(table.columns[1].n_values, 2);
    assert_int_equal(table.columns[1].n_unread, 1);
    assert_int_equal(table.columns[2].n_values, 2);
    assert_int_equal(table.columns[2].n_told[0], 3);
    /* Equal records stand together in the order of their rows. */
    for (size_t i = 1; i < table.n; i++)
        if (memcmp(&table.codes[3 * i], &table.codes[3 * (i - 1)], 3 * sizeof *table.codes) == 0)
            assert_true(table.row[i] > table.row[i - 1]);
    table_release(&table);
}

/* Whatever is kept of cells that came before. */
static void cells_that_come_again_are_read_alike(void **state)
{
    (void)state;
    static const struct column_spec columns[] = {{{"name", 4}, COLUMN_NAME}, {{"amount", 6}, COLUMN_NUMBER}};
    struct table table;
    assert_int_equal(table_init(&table, columns, 2, NULL), COMITY_OK);
    for (size_t i = 0; i < 20000; i++) {
        char name[32], long_name[64];
        snprintf(name, sizeof name, "Ab%zu", i % 5000);
        snprintf(long_name, sizeof long_name, "a very long name that is not kept %zu", i % 5000);
        struct slice cells[2] = {slice_from(i < 10000 ? name : long_name), i % 2 ? SLICE("ten") : SLICE_EMPTY};
        assert_int_equal(table_add(&table, 0, cells, NULL), COMITY_OK);
    }
    assert_int_equal(table_seal(&table, NULL), COMITY_OK);
    assert_int_equal(table.columns[0].n_values, 1 + 10000);
    for (uint32_t v = 1; v < table.columns[0].n_values; v++)
        assert_int_equal(table.columns[0].frequency[0][v], 2);
    assert_int_equal(table.columns[1].n_values, 1);
    assert_int_equal(table.columns[1].n_unread, 10000); /* each time */
    table_release(&table);
}

static void days_since_1970_are_days(void **state)
{
    (void)state;
    static const struct column_spec columns[] = {{{"day", 3}, COLUMN_DATE}};
    struct table table;
    assert_int_equal(table_init(&table, columns, 1, NULL), COMITY_OK);
    assert_int_equal(table_add(&table, 0, &SLICE("19079"), NULL), COMITY_OK);
    assert_int_equal(table_add(&table, 0, &SLICE("2022-03-28"), NULL), COMITY_OK);
    assert_int_equal(table_seal(&table, NULL), COMITY_OK);
    assert_int_equal(table.columns[0].n_values, 2);
    assert_float_equal(table.columns[0].numbers[1], 19079, 0);
    table_release(&table);
}

/* ---- levels and chances ---- */

static unsigned level_of(enum column_type type, bool is_directed, const char *a, const char *b)
{
    const struct column_spec column = {SLICE("x"), type};
    struct table table;
    struct likeness likeness;
    assert_int_equal(table_init(&table, &column, 1, NULL), COMITY_OK);
    struct slice cell_a = slice_from(a), cell_b = slice_from(b);
    assert_int_equal(table_add(&table, 0, &cell_a, NULL), COMITY_OK);
    assert_int_equal(table_add(&table, 1, &cell_b, NULL), COMITY_OK);
    assert_int_equal(table_seal(&table, NULL), COMITY_OK);
    assert_int_equal(likeness_build(&table, 0, is_directed, 1, &likeness, NULL), COMITY_OK);
    size_t first = table.file[0] == 0 ? 0 : 1;
    unsigned level = likeness_level(&likeness, table_code(&table, first, 0), table_code(&table, 1 - first, 0));
    if (!is_directed)
        assert_int_equal(
            level, likeness_level(&likeness, table_code(&table, 1 - first, 0), table_code(&table, first, 0)));
    likeness_release(&likeness);
    table_release(&table);
    return level;
}

static void levels_are_what_their_names_say(void **state)
{
    (void)state;
    assert_int_equal(level_of(COLUMN_NAME, false, "Müller", "muller"), LIKENESS_EQUAL);
    assert_int_equal(level_of(COLUMN_NAME, false, "chudleigh", "chudliegh"), NAME_NEAR);
    assert_int_equal(level_of(COLUMN_NAME, false, "devon", "west devon"), NAME_PART);
    assert_int_equal(level_of(COLUMN_NAME, false, "j", "john"), NAME_INITIAL);
    assert_int_equal(level_of(COLUMN_NAME, false, "smith", "garcia"), NAME_DIFFERENT);
    assert_int_equal(level_of(COLUMN_NAME, false, "smith", ""), 0);
    assert_int_equal(level_of(COLUMN_IDENTIFIER, false, "tq13 8df", "tq13 8hf"), IDENTIFIER_NEAR);
    assert_int_equal(level_of(COLUMN_IDENTIFIER, false, "tq13 8df", "tq13 9xx"), IDENTIFIER_HALF);
    assert_int_equal(level_of(COLUMN_DATE, false, "1956-04-09", "1956-04-11"), DAY_2);
    assert_int_equal(level_of(COLUMN_DATE, true, "1956-04-09", "1956-04-08"), DAY_BEFORE_1);
    assert_int_equal(level_of(COLUMN_DATE, false, "1956-04-09", "1946-04-09"), DAY_MISTYPED);
    assert_int_equal(level_of(COLUMN_DATE, false, "1956-04-09", "1956-09-04"), DAY_MISTYPED);
    assert_int_equal(level_of(COLUMN_DATE, false, "1956-04-09", "1983-04-09"), DAY_HALF);
    assert_int_equal(level_of(COLUMN_DATE, false, "1956-04-09", "1991-12-27"), DAY_DIFFERENT);
    assert_int_equal(level_of(COLUMN_NUMBER, false, "100", "100.1"), NUMBER_EXACT);
    assert_int_equal(level_of(COLUMN_NUMBER, true, "100", "98.2"), NUMBER_LESS_2);
    assert_int_equal(level_of(COLUMN_NUMBER, true, "100", "250"), NUMBER_DIFFERENT);
    assert_int_equal(level_of(COLUMN_COUNT, false, "1999", "2001"), COUNT_3);
    assert_int_equal(level_of(COLUMN_CATEGORY, false, "male", "female"), CATEGORY_DIFFERENT);
    assert_int_equal(level_of(COLUMN_TEXT, false, "a view of data", "a view of data"), LIKENESS_EQUAL);
}

/* u of equality and of names that are alike is exact: the same as looking at all pairs. */
static void chances_are_those_of_all_pairs(void **state)
{
    (void)state;
    struct world world;
    struct table table;
    world_make(&world, 150, 3, false, 4);
    assert_int_equal(world_table(&world, &table, NULL), COMITY_OK);
    for (unsigned c = 0; c < 2; c++) {
        struct likeness likeness;
        double chance[LIKENESS_MOST_LEVELS], seen[LIKENESS_MOST_LEVELS] = {0}, all = 0;
        assert_int_equal(likeness_build(&table, c, false, 1, &likeness, NULL), COMITY_OK);
        assert_true(likeness_chance(&likeness, &table, false, chance));
        for (size_t a = 0; a < table.n; a++)
            for (size_t b = a + 1; b < table.n; b++) {
                unsigned level = likeness_level(&likeness, table_code(&table, a, c), table_code(&table, b, c));
                seen[level]++;
                all += level > 0;
            }
        for (unsigned l = LIKENESS_EQUAL; l <= NAME_SOMEWHAT; l++)
            if (l != NAME_PART && seen[l] > 0)
                assert_float_equal(chance[l], seen[l] / all, 1e-9);
        likeness_release(&likeness);
    }
    table_release(&table);
    free(world.rows);
}

/* ---- rules and candidates ---- */

/* Exactly the pairs that agree in a rule, and the cost told is their number. */
static void candidates_are_the_pairs_that_agree(void **state)
{
    (void)state;
    static const struct slice lines[] = {{"surname+born", 12}, {"name:3+town", 11}};
    struct world world;
    struct table table;
    struct likeness likeness[WORLD_COLUMNS];
    struct rules rules;
    struct candidates candidates;
    world_make(&world, 400, 3, false, 5);
    assert_int_equal(world_table(&world, &table, NULL), COMITY_OK);
    for (unsigned c = 0; c < WORLD_COLUMNS; c++)
        assert_int_equal(likeness_build(&table, c, false, 1, &likeness[c], NULL), COMITY_OK);
    assert_int_equal(rules_read(&table, likeness, false, lines, 2, &rules, NULL), COMITY_OK);
    assert_int_equal(candidates_build(&rules, 2, &candidates, NULL), COMITY_OK);
    struct map seen = {0};
    uint64_t n_new[2] = {0};
    uint32_t *marks = calloc(table.n + 1, sizeof *marks), *others = malloc(table.n * sizeof *others);
    for (uint32_t a = 0; a < table.n; a++)
        for (size_t i = 0, n = candidates_of(&candidates, a, marks, others, n_new); i < n; i++) {
            bool is_new;
            assert_true(a < others[i]);
            assert_non_null(map_put(&seen, (uint64_t)a << 32 | others[i], &is_new));
            assert_true(is_new); /* each pair once */
        }
    size_t expected[2] = {0}, in_any = 0;
    for (size_t a = 0; a < table.n; a++)
        for (size_t b = a + 1; b < table.n; b++) {
            const uint32_t *x = &table.codes[a * WORLD_COLUMNS], *y = &table.codes[b * WORLD_COLUMNS];
            struct slice p = table.columns[0].texts[x[0]], q = table.columns[0].texts[y[0]];
            bool first = x[1] && x[1] == y[1] && x[2] && x[2] == y[2];
            bool second = p.len && q.len && x[3] && x[3] == y[3] &&
                          slice_equal(slice_of(p.ptr, p.len < 3 ? p.len : 3), slice_of(q.ptr, q.len < 3 ? q.len : 3));
            expected[0] += first;
            expected[1] += second;
            in_any += first || second;
        }
    assert_int_equal(seen.count, in_any);
    assert_int_equal(n_new[0], expected[0]);
    assert_int_equal(n_new[0] + n_new[1], in_any);
    assert_float_equal(rules.rules[0].n_pairs, (double)expected[0], 0);
    assert_float_equal(rules.rules[1].n_pairs, (double)expected[1], 0);
    free(marks);
    free(others);
    map_release(&seen);
    candidates_release(&candidates);
    rules_release(&rules);
    for (unsigned c = 0; c < WORLD_COLUMNS; c++)
        likeness_release(&likeness[c]);
    table_release(&table);
    free(world.rows);
}

static void compare_all(struct comparing *comparing, struct likely_pair **pairs, size_t *n_pairs)
{
    struct match_pattern *patterns;
    uint64_t n_new[256] = {0}, all = 0;
    size_t n;
    assert_int_equal(compare_patterns(comparing, &patterns, &n, n_new), COMITY_OK);
    for (size_t i = 0; i < n; i++) {
        assert_true(i == 0 || patterns[i].vector > patterns[i - 1].vector);
        all += patterns[i].count;
    }
    assert_true(comparing->one_in > 1 || all == n_new[0] + n_new[1]);
    assert_int_equal(compare_likely(comparing, 5, pairs, n_pairs), COMITY_OK);
    comparing_release(comparing);
    free(patterns);
}

/* Of one file, or between two: the levels of many are those of one, and what the first pass noted is what is kept where
 * it noted nothing. */
static void pairs_are_the_same_noted_or_not(void **state)
{
    (void)state;
    static const struct slice lines[] = {{"surname:2", 9}, {"town", 4}};
    for (unsigned is_across = 0; is_across < 2; is_across++) {
        struct world world;
        struct table table;
        struct likeness likeness[WORLD_COLUMNS];
        struct rules rules;
        struct candidates candidates;
        struct weights weights;
        struct likely_pair *noted, *compared;
        size_t n_noted, n_compared;
        world_make(&world, 400, 3, is_across, 15);
        assert_int_equal(world_table(&world, &table, NULL), COMITY_OK);
        for (unsigned c = 0; c < WORLD_COLUMNS; c++)
            assert_int_equal(likeness_build(&table, c, is_across, 1, &likeness[c], NULL), COMITY_OK);
        assert_int_equal(rules_read(&table, likeness, is_across, lines, 2, &rules, NULL), COMITY_OK);
        assert_int_equal(candidates_build(&rules, 1, &candidates, NULL), COMITY_OK);
        assert_int_equal(weights_init(&table, likeness, is_across, false, 1, &weights, NULL), COMITY_OK);
        uint64_t n_scored = 0;
        struct comparing comparing = {.table = &table,
            .likeness = likeness,
            .candidates = &candidates,
            .weights = &weights,
            .threads = 2,
            .n_scored = &n_scored};
        compare_all(&comparing, &noted, &n_noted);
        comparing.one_in = 3;
        compare_all(&comparing, &compared, &n_compared);
        assert_true(n_noted > 100);
        assert_int_equal(n_noted, n_compared);
        for (size_t i = 0; i < n_noted; i++) {
            assert_true(noted[i].a == compared[i].a && noted[i].b == compared[i].b);
            assert_true(noted[i].vector == weights_vector(&table, likeness, noted[i].a, noted[i].b));
            assert_true(noted[i].vector == compared[i].vector && noted[i].bits == compared[i].bits);
        }
        free(noted);
        free(compared);
        weights_release(&weights);
        candidates_release(&candidates);
        rules_release(&rules);
        for (unsigned c = 0; c < WORLD_COLUMNS; c++)
            likeness_release(&likeness[c]);
        table_release(&table);
        free(world.rows);
    }
}

static void rules_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const struct slice wrong[] = {
        {"surnam", 6}, {"surname:x", 9}, {"surname:100x", 12}, {"", 0}, {"name+surname+born+town", 22}};
    struct world world;
    struct table table;
    struct likeness likeness[WORLD_COLUMNS] = {{0}};
    world_make(&world, 20, 1, false, 6);
    assert_int_equal(world_table(&world, &table, NULL), COMITY_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct rules rules;
        struct comity_error err = {0};
        assert_int_equal(rules_read(&table, likeness, false, &wrong[i], 1, &rules, &err), COMITY_USAGE);
        assert_true(err.message[0] != '\0');
        rules_release(&rules);
    }
    table_release(&table);
    free(world.rows);
}

/* ---- the whole ---- */

struct score {
    double precision, recall;
};

static struct score score(const struct world *world, const uint32_t *cluster)
{
    double right = 0, found = 0, true_pairs = 0;
    for (size_t i = 0; i < world->n; i++)
        for (size_t j = i + 1; j < world->n; j++) {
            bool is_true = world->rows[i].person == world->rows[j].person, is_found = cluster[i] == cluster[j];
            right += is_true && is_found;
            found += is_found;
            true_pairs += is_true;
        }
    return (struct score){right / fmax(found, 1), right / fmax(true_pairs, 1)};
}

static uint32_t *match(const struct world *world, const struct match_options *options, struct match_result *result)
{
    struct table table;
    assert_int_equal(world_table(world, &table, NULL), COMITY_OK);
    assert_int_equal(match_run(&table, options, result, NULL), COMITY_OK);
    uint32_t *cluster = malloc(world->n * sizeof *cluster);
    memcpy(cluster, result->cluster, world->n * sizeof *cluster);
    assert_true(result->weights.has_converged);
    match_result_release(result);
    table_release(&table);
    return cluster;
}

static void persons_are_found_without_settings(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct world world;
        struct match_result result;
        struct match_options options = {.threads = 2};
        world_make(&world, 1500, 4, false, seed);
        uint32_t *cluster = match(&world, &options, &result);
        struct score got = score(&world, cluster);
        print_message("seed %d: precision %.4f recall %.4f\n", (int)seed, got.precision, got.recall);
        assert_true(got.precision > 0.99);
        assert_true(got.recall > 0.97);
        free(cluster);
        free(world.rows);
    }
}

static void one_partner_at_most_where_files_have_no_duplicates(void **state)
{
    (void)state;
    struct world world;
    struct match_result result;
    struct match_options options = {.threads = 2, .is_once_each = true};
    world_make(&world, 1500, 1, true, 8);
    uint32_t *cluster = match(&world, &options, &result);
    struct score got = score(&world, cluster);
    uint8_t *members = calloc(world.n, 1);
    for (size_t i = 0; i < world.n; i++)
        assert_true(++members[cluster[i]] <= 2);
    assert_true(got.precision > 0.99);
    assert_true(got.recall > 0.97);
    free(members);
    free(cluster);
    free(world.rows);
}

/* Records that say the same in everything cannot be told apart, so which of them stands where is left open. */
static uint64_t hash_of_row(const struct world_row *row)
{
    uint64_t hash = row->file;
    for (unsigned c = 0; c < WORLD_COLUMNS; c++)
        hash = hash_u64(hash ^ hash_slice(slice_from(row->cells[c])));
    return hash;
}

/* A sum over pairs that are together: the same for the same partition of what is said. */
static uint64_t fingerprint(const struct world *world, const uint32_t *cluster)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < world->n; i++)
        for (size_t j = i + 1; j < world->n; j++)
            if (cluster[i] == cluster[j])
                sum += hash_u64(hash_of_row(&world->rows[i]) + hash_of_row(&world->rows[j]));
    return sum;
}

static void orders_and_threads_change_nothing(void **state)
{
    (void)state;
    struct world world;
    struct match_result result;
    world_make(&world, 600, 4, false, 9);
    uint32_t *cluster = match(&world, &(struct match_options){.threads = 1}, &result);
    uint64_t first = fingerprint(&world, cluster);
    free(cluster);
    for (uint64_t round = 1; round <= 4; round++) {
        world_shuffle(&world, round);
        cluster = match(&world, &(struct match_options){.threads = (unsigned)round}, &result);
        assert_true(fingerprint(&world, cluster) == first);
        free(cluster);
    }
    free(world.rows);
}

static void little_or_nothing_is_no_error(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 3; n++) {
        struct world world;
        struct table table;
        struct match_result result;
        world_make(&world, n ? n : 1, 1, false, 10);
        world.n = n;
        assert_int_equal(world_table(&world, &table, NULL), COMITY_OK);
        assert_int_equal(match_run(&table, &(struct match_options){0}, &result, NULL), COMITY_OK);
        assert_int_equal(result.n_clusters, n);
        match_result_release(&result);
        table_release(&table);
        free(world.rows);
    }
}

/* Far more than a block may hold. */
static void very_many_equal_records_are_one_thing(void **state)
{
    (void)state;
    struct world world;
    struct match_result result;
    world_make(&world, 1200, 1, false, 14);
    for (size_t i = world.n / 2; i < world.n / 2 + 600; i++)
        world.rows[i] = world.rows[0];
    uint32_t *cluster = match(&world, &(struct match_options){.threads = 1}, &result);
    for (size_t i = world.n / 2; i < world.n / 2 + 600; i++)
        assert_int_equal(cluster[i], cluster[0]);
    free(cluster);
    free(world.rows);
}

static void one_file_cannot_be_linked_to_itself_once_each(void **state)
{
    (void)state;
    struct world world;
    struct table table;
    struct match_result result;
    struct comity_error err = {0};
    world_make(&world, 10, 1, false, 11);
    assert_int_equal(world_table(&world, &table, NULL), COMITY_OK);
    assert_int_equal(match_run(&table, &(struct match_options){.is_once_each = true}, &result, &err), COMITY_USAGE);
    match_result_release(&result);
    table_release(&table);
    free(world.rows);
}

static bool stop(void *context, const char *name, uint64_t done, uint64_t total)
{
    (void)name, (void)done, (void)total;
    return --*(int *)context > 0;
}

static void it_stops_when_asked(void **state)
{
    (void)state;
    struct world world;
    struct table table;
    world_make(&world, 200, 2, false, 12);
    assert_int_equal(world_table(&world, &table, NULL), COMITY_OK);
    for (int after = 1; after < 300; after += 40) {
        int left = after;
        struct progress progress = {stop, &left};
        struct match_result result;
        struct comity_error err = {0};
        assert_int_equal(
            match_run(&table, &(struct match_options){.progress = &progress}, &result, &err), COMITY_CANCELLED);
        match_result_release(&result);
    }
    table_release(&table);
    free(world.rows);
}

/* Each allocation fails in turn: all is told and given back (the sanitizers look). */
static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    struct world world;
    world_make(&world, 40, 2, false, 13);
    for (long n = 0, step = 1;; n += step) {
        struct table table = {0};
        struct match_result result = {0};
        failing_malloc_after(n);
        enum comity_status status = world_table(&world, &table, NULL);
        if (status == COMITY_OK)
            status = match_run(&table, &(struct match_options){.threads = 1}, &result, NULL);
        bool has_failed = failing_malloc_stop();
        match_result_release(&result);
        table_release(&table);
        if (!has_failed)
            break;
        assert_int_equal(status, COMITY_NOMEM);
        /* Thousands of alike allocations of pieces: some of them are enough. */
        step = n > 400 ? 7 : 1;
    }
    free(world.rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_read_by_their_types),
        cmocka_unit_test(cells_that_come_again_are_read_alike),
        cmocka_unit_test(days_since_1970_are_days),
        cmocka_unit_test(levels_are_what_their_names_say),
        cmocka_unit_test(chances_are_those_of_all_pairs),
        cmocka_unit_test(candidates_are_the_pairs_that_agree),
        cmocka_unit_test(pairs_are_the_same_noted_or_not),
        cmocka_unit_test(rules_that_cannot_be_are_refused),
        cmocka_unit_test(persons_are_found_without_settings),
        cmocka_unit_test(one_partner_at_most_where_files_have_no_duplicates),
        cmocka_unit_test(orders_and_threads_change_nothing),
        cmocka_unit_test(little_or_nothing_is_no_error),
        cmocka_unit_test(very_many_equal_records_are_one_thing),
        cmocka_unit_test(one_file_cannot_be_linked_to_itself_once_each),
        cmocka_unit_test(it_stops_when_asked),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
