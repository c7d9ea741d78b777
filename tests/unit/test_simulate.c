/* What a simulated world promises: the same bytes for the same seed, files that say that they are simulated, twins,
 * a period that stands twice. */
#include "unit.h"

#include "base/file.h"
#include "simulate/disguise.h"
#include "simulate/tell.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct domain *domain;

static int load(void **state)
{
    struct comity_error err;
    (void)state;
    if (domain_load(DATA_FOLDER "/domains/drugs", DATA_FOLDER "/gazetteer.bin", &domain, &err) == COMITY_OK)
        return 0;
    fprintf(stderr, "%s: %s\n", err.where, err.message);
    return -1;
}

static int unload(void **state)
{
    (void)state;
    domain_free(domain);
    return 0;
}

static struct simulate_report simulate(const char *folder, uint64_t seed)
{
    struct simulate_options options = simulate_defaults;
    struct simulate_report report;
    struct comity_error err = {0};
    options.seed = seed;
    options.n_events = 2000;
    mkdir(folder, 0777);
    if (simulate_world(domain, folder, &options, &report, &err) != COMITY_OK)
        fail_msg("%s", err.message);
    return report;
}

static uint64_t file_hash(const char *folder, const char *name)
{
    char path[512];
    struct file_map map;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(file_map(&map, path, NULL), COMITY_OK);
    uint64_t hash = hash_bytes(map.ptr, map.len);
    file_unmap(&map);
    return hash;
}

static void the_same_seed_gives_the_same_bytes(void **state)
{
    (void)state;
    static const char *const names[] = {"customs.csv", "truth.csv", "truth-totals.csv", "world.json"};
    simulate(BINARY_FOLDER "/sim-a", 5);
    simulate(BINARY_FOLDER "/sim-b", 5);
    simulate(BINARY_FOLDER "/sim-c", 6);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(file_hash(BINARY_FOLDER "/sim-a", names[i]), file_hash(BINARY_FOLDER "/sim-b", names[i]));
    assert_int_not_equal(
        file_hash(BINARY_FOLDER "/sim-a", "customs.csv"), file_hash(BINARY_FOLDER "/sim-c", "customs.csv"));
}

static void every_row_says_that_it_is_simulated(void **state)
{
    (void)state;
    struct file_map map;
    simulate(BINARY_FOLDER "/sim-a", 5);
    assert_int_equal(file_map(&map, BINARY_FOLDER "/sim-a/customs.csv", NULL), COMITY_OK);
    struct slice rest = slice_of(map.ptr, map.len);
    slice_cut(&rest, '\n');
    while (rest.len)
        assert_true(slice_find(slice_cut(&rest, '\n'), SLICE("SIMULATED")) >= 0);
    file_unmap(&map);
}

static struct simulate_report simulate_five(const char *folder, const char *sources, unsigned editions)
{
    struct simulate_options options = simulate_defaults;
    struct simulate_report report;
    struct comity_error err = {0};
    options.seed = 5;
    options.n_events = 2000;
    options.sources = sources;
    options.editions = editions;
    options.silent_days = options.quiet_days = editions > 1 ? 10 : 0;
    mkdir(folder, 0777);
    if (simulate_world(domain, folder, &options, &report, &err) != COMITY_OK)
        fail_msg("%s", err.message);
    return report;
}

static void a_source_says_the_same_whoever_else_is_asked(void **state)
{
    (void)state;
    static const char *const names[] = {"customs.csv", "ministry.json", "register.csv", "newsroom.csv"};
    static const char *const alone[] = {"customs", "ministry", "sim-register", "newsroom"};
    assert_int_equal(simulate_five(BINARY_FOLDER "/sim-five", "5", 1).n_sources, 5);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(simulate_five(BINARY_FOLDER "/sim-one", alone[i], 1).n_sources, 1);
        assert_int_equal(file_hash(BINARY_FOLDER "/sim-five", names[i]), file_hash(BINARY_FOLDER "/sim-one", names[i]));
    }
    simulate(BINARY_FOLDER "/sim-a", 5);
    assert_int_equal(
        file_hash(BINARY_FOLDER "/sim-five", "customs.csv"), file_hash(BINARY_FOLDER "/sim-a", "customs.csv"));
}

static void a_name_that_is_no_source_is_refused(void **state)
{
    (void)state;
    struct simulate_options options = simulate_defaults;
    struct simulate_report report;
    struct comity_error err = {0};
    options.sources = "customs,coastguard";
    assert_int_equal(simulate_world(domain, BINARY_FOLDER, &options, &report, &err), COMITY_USAGE);
    assert_non_null(strstr(err.message, "'coastguard'"));
    options.sources = "6";
    assert_int_equal(simulate_world(domain, BINARY_FOLDER, &options, &report, &err), COMITY_USAGE);
}

static struct disguise_report mask(const char *folder, uint64_t seed)
{
    struct simulate_options options = simulate_defaults;
    struct disguise_report report;
    struct comity_error err = {0};
    options.n_events = 500;
    mkdir(folder, 0777);
    if (simulate_disguise(domain, folder, &options, seed, &report, &err) != COMITY_OK)
        fail_msg("%s", err.message);
    return report;
}

static void a_disguise_is_its_seed_and_says_what_it_is(void **state)
{
    (void)state;
    size_t n_books = 0, n_names = 0;
    char before[DISGUISE_NAME] = "";
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct disguise_report report = mask(BINARY_FOLDER "/sim-mask", seed);
        assert_true(report.n_rows > 50 && report.n_rows < report.n_events);
        assert_true(slice_find(slice_from(report.file), SLICE("simulada")) >= 0);
        n_books += slice_ends_with(slice_from(report.file), SLICE(".xlsx"));
        n_names += strncmp(before, report.file, 5) != 0;
        snprintf(before, sizeof before, "%s", report.file);
    }
    assert_in_range(n_books, 1, 11);
    assert_true(n_names > 1);
    struct disguise_report first = mask(BINARY_FOLDER "/sim-mask", 4), second = mask(BINARY_FOLDER "/sim-mask-2", 4);
    assert_string_equal(first.file, second.file);
    assert_int_equal(
        file_hash(BINARY_FOLDER "/sim-mask", first.file), file_hash(BINARY_FOLDER "/sim-mask-2", first.file));
    assert_int_equal(
        file_hash(BINARY_FOLDER "/sim-mask", "disguise.json"), file_hash(BINARY_FOLDER "/sim-mask-2", "disguise.json"));
}

static void one_event_in_ten_has_a_twin_that_differs_in_the_rest(void **state)
{
    (void)state;
    struct profile *profile;
    struct world world;
    struct world_options options = {.seed = 3, .n_events = 10000, .several = 0.12, .twins = 0.10};
    assert_int_equal(profile_load(domain, PROFILE_FILE, &profile, NULL), COMITY_OK);
    assert_int_equal(world_make(domain, profile, &options, &world, NULL), COMITY_OK);
    size_t n_twins = 0;
    for (size_t i = 1; i < world.n_events; i++) {
        const struct event *a = &world.events[i - 1], *b = &world.events[i];
        n_twins += a->case_number != b->case_number && a->day == b->day && a->town == b->town &&
                   a->concept == b->concept && a->amount == b->amount;
    }
    /* A tenth of all draws, of which a share is itself a twin. */
    assert_in_range(n_twins, 700, 1100);
    world_release(&world);
    profile_free(profile);
}

static void a_period_stands_twice_in_one_source_under_new_numbers(void **state)
{
    (void)state;
    struct simulate_report report = simulate(BINARY_FOLDER "/sim-a", 5);
    assert_in_range(report.n_repeated, 20, 400);
    assert_int_equal(report.repeated_last - report.repeated_first, 5);
    assert_true(report.n_told < report.n_events);
    assert_true(report.n_told > report.n_events * 85 / 100);
}

static struct simulate_report simulate_loads(const char *folder, unsigned loads)
{
    struct simulate_options options = simulate_defaults;
    struct simulate_report report;
    options.seed = 6;
    options.n_events = 8000;
    options.sources = "5";
    options.repeated_days = 0;
    options.loads = loads;
    mkdir(folder, 0777);
    assert_int_equal(simulate_world(domain, folder, &options, &report, NULL), COMITY_OK);
    return report;
}

static void planted_loads_are_copies_of_rows_that_stay_as_they_are(void **state)
{
    (void)state;
    struct simulate_report none = simulate_loads(BINARY_FOLDER "/sim-once", 0);
    struct simulate_report some = simulate_loads(BINARY_FOLDER "/sim-again", 6);
    assert_int_equal(none.n_loads, 0);
    assert_int_equal(some.n_loads, 6);
    assert_true(some.n_planted >= UINT64_C(6) * 20);
    assert_int_equal(some.n_events, none.n_events);
    assert_int_equal(some.n_told, none.n_told);
    /* The list of what was revised, which the police publish apart, has no copies. */
    assert_int_equal(some.n_rows, none.n_rows + some.n_planted);
    assert_true(file_hash(BINARY_FOLDER "/sim-again", "police-revised.xlsx") ==
                file_hash(BINARY_FOLDER "/sim-once", "police-revised.xlsx"));
    assert_true(file_hash(BINARY_FOLDER "/sim-again", "truth-totals.csv") ==
                file_hash(BINARY_FOLDER "/sim-once", "truth-totals.csv"));
    assert_true(
        file_hash(BINARY_FOLDER "/sim-again", "truth.csv") != file_hash(BINARY_FOLDER "/sim-once", "truth.csv"));
    uint64_t truth = file_hash(BINARY_FOLDER "/sim-again", "truth-loads.csv");
    simulate_loads(BINARY_FOLDER "/sim-again", 6);
    assert_true(truth == file_hash(BINARY_FOLDER "/sim-again", "truth-loads.csv"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_bytes),
        cmocka_unit_test(every_row_says_that_it_is_simulated),
        cmocka_unit_test(a_source_says_the_same_whoever_else_is_asked),
        cmocka_unit_test(a_name_that_is_no_source_is_refused),
        cmocka_unit_test(a_disguise_is_its_seed_and_says_what_it_is),
        cmocka_unit_test(one_event_in_ten_has_a_twin_that_differs_in_the_rest),
        cmocka_unit_test(a_period_stands_twice_in_one_source_under_new_numbers),
        cmocka_unit_test(planted_loads_are_copies_of_rows_that_stay_as_they_are),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
