/* Out of memory, over a whole import, a whole linking, and sums: allocations fail in turn (all of the first, then ever
 * wider apart, to bound the time); each failure is told as what it is, and the store is as before. */
#include "unit.h"

#include "failing_malloc.h"

#include "base/error.h"
#include "flow/desk.h"
#include "flow/reconcile.h"

#include <sched.h>
#include <stdio.h>
#include <unistd.h>

static const struct reader tester = {.language = "en", .name = "tester"};

static const char recipe_yaml[] =
    "recipe: small\n"
    "domain: drugs\n"
    "source: { code: small, title: A source, kind: official, reliability: B, licence: CC0, marking: 'TLP:CLEAR' }\n"
    "identity: { key: ID }\n"
    "fields:\n"
    "  - { field: date, column: DAY, order: ymd, required: true }\n"
    "  - { field: country, value: Colombia }\n"
    "  - { field: place, column: PLACE }\n"
    "  - { field: drug, column: DRUG }\n"
    "  - { field: amount, column: KG, unit: kg }\n";

static char folder[64], store_path[96], table[96];
static struct desk desk;
static struct recipe *recipe;
static struct comity_error err;

static void assert_done(enum comity_status status)
{
    if (status != COMITY_OK)
        fail_msg("%s", err.message);
}

/* `version` changes the amounts: a newer version of every row. */
static void write_table(int n_rows, int version)
{
    static const char *const places[] = {"Medellín", "Cartagena", "Cali", "Tumaco"};
    FILE *file = fopen(table, "wb");
    assert_non_null(file);
    fputs("ID,DAY,PLACE,DRUG,KG\n", file);
    for (int i = 0; i < n_rows; i++)
        fprintf(file, "%d,2016-%02d-%02d,%s,%s,%d\n", i, 1 + i % 12, 1 + i * 7 % 28, places[i % 4],
            i % 2 ? "Cocaine" : "Heroin", 3 + i + version);
    fputs("x,never,Cali,Cocaine,1\n", file);
    assert_int_equal(fclose(file), 0);
}

static size_t n_live(void)
{
    struct mentions mentions;
    uint64_t *entity_of, sequence;
    assert_done(store_load(desk.store, desk.domain, &mentions, &entity_of, &sequence, &err));
    size_t n = mentions.n;
    mentions_release(&mentions);
    free(entity_of);
    return n;
}

static int begin(void **state)
{
    struct desk_options options = {.data_folder = DATA_FOLDER, .mode = STORE_WRITE};
    cpu_set_t one;
    (void)state;
    /* On one processor an import runs in one thread, the one that is made to fail. */
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    snprintf(folder, sizeof folder, "/tmp/comity-memory-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(store_path, sizeof store_path, "%s/test.comity", folder);
    snprintf(table, sizeof table, "%s/table.csv", folder);
    assert_done(desk_create(store_path, "drugs", &options, &err));
    assert_done(desk_open(&desk, store_path, &options, &err));
    assert_done(recipe_parse(slice_from(recipe_yaml), "small", desk.domain, &recipe, &err));
    return 0;
}

static int end(void **state)
{
    char command[128];
    uint64_t n_lines;
    (void)state;
    assert_done(store_verify(desk.store, &n_lines, &err));
    recipe_free(recipe);
    desk_close(&desk);
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command);
}

static enum comity_status import(uint64_t *number)
{
    struct import_options options = {.who = &tester};
    struct import_receipt receipt;
    enum comity_status status = desk_import(&desk, table, recipe, &options, &receipt, &err);
    *number = status ? 0 : receipt.number;
    import_receipt_release(&receipt);
    return status;
}

static long next(long n)
{
    return n + 1 + n / 60;
}

static void an_import_without_memory_leaves_the_store_as_it_was(void **state)
{
    uint64_t number;
    long n_failed = 0;
    (void)state;
    write_table(40, 0);
    assert_done(import(&number));
    write_table(45, 1);
    for (long n = 0;; n = next(n)) {
        failing_malloc_after(n);
        enum comity_status status = import(&number);
        bool has_failed = failing_malloc_stop();
        if (status == COMITY_OK) {
            assert_int_equal(n_live(), 45);
            assert_done(store_import_undo(desk.store, number, &tester, &err));
        } else {
            if (status != COMITY_NOMEM || !has_failed)
                fail_msg("allocation %ld: status %d: %s", n, (int)status, err.message);
            n_failed++;
        }
        assert_int_equal(n_live(), 40);
        if (!has_failed)
            break;
    }
    print_message("%ld imports failed\n", n_failed);
    assert_true(n_failed > 100);
}

static uint64_t sequence_now(void)
{
    uint64_t sequence;
    assert_done(store_sequence(desk.store, &sequence, &err));
    return sequence;
}

static void a_linking_without_memory_leaves_the_store_as_it_was(void **state)
{
    uint64_t number;
    long n_failed = 0;
    (void)state;
    write_table(40, 0);
    assert_done(import(&number));
    for (long n = 0;; n = next(n)) {
        struct link_summary summary;
        uint64_t before = sequence_now();
        failing_malloc_after(n);
        enum comity_status status = desk_link(&desk, &tester, 1, NULL, &summary, &err);
        bool has_failed = failing_malloc_stop();
        if (status == COMITY_OK)
            link_summary_release(&summary);
        else if (status != COMITY_NOMEM || !has_failed)
            fail_msg("allocation %ld: status %d: %s", n, (int)status, err.message);
        assert_true((status == COMITY_OK) == (sequence_now() > before));
        n_failed += status != COMITY_OK;
        if (!has_failed)
            break;
    }
    print_message("%ld linkings failed\n", n_failed);
    assert_true(n_failed > 50);
}

static enum comity_status take(bool is_unrestricted, const struct snapshot *before, struct snapshot **out)
{
    return is_unrestricted ? desk_snapshot_unrestricted(&desk, before, NULL, out, &err)
                           : desk_snapshot(&desk, out, &err);
}

static void take_with_failures(bool is_unrestricted, const struct snapshot *before)
{
    long n_failed = 0;
    for (long n = 0;; n = next(n)) {
        struct snapshot *snapshot;
        failing_malloc_after(n);
        enum comity_status status = take(is_unrestricted, before, &snapshot);
        bool has_failed = failing_malloc_stop();
        if (status == COMITY_OK)
            snapshot_release(snapshot);
        else if (status != COMITY_NOMEM || !has_failed)
            fail_msg("allocation %ld: status %d: %s", n, (int)status, err.message);
        n_failed += status != COMITY_OK;
        if (!has_failed)
            break;
    }
    assert_true(n_failed > 50);
}

static void a_snapshot_without_memory_is_told(void **state)
{
    uint64_t number;
    struct link_summary summary;
    struct snapshot *before;
    (void)state;
    write_table(40, 0);
    assert_done(import(&number));
    assert_done(desk_link(&desk, &tester, 1, NULL, &summary, &err));
    link_summary_release(&summary);
    take_with_failures(false, NULL);
    take_with_failures(true, NULL);
    assert_done(desk_snapshot_unrestricted(&desk, NULL, NULL, &before, &err));
    take_with_failures(true, before);
    snapshot_release(before);
}

static void sums_without_memory_are_told(void **state)
{
    uint64_t number;
    struct snapshot *snapshot;
    (void)state;
    write_table(40, 0);
    assert_done(import(&number));
    write_table(45, 1);
    assert_done(import(&number));
    assert_done(desk_snapshot(&desk, &snapshot, &err));
    /* The only source beside itself: two editions; and its rows beside its own events. */
    const struct reconcile_request requests[] = {
        {.series = SLICE("small"), .edition = SLICE("1..2"), .period = SLICE("month"), .groups = SLICE("cocaine-type")},
        {.series = SLICE("small"), .against = SLICE("small"), .level = SLICE("country")}};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        long n_failed = 0;
        for (long n = 0;; n = next(n)) {
            struct reconcile_result result;
            failing_malloc_after(n);
            enum comity_status status =
                reconcile(desk.store, snapshot, desk.domain, &tester, &requests[i], &result, &err);
            bool has_failed = failing_malloc_stop();
            if (status == COMITY_OK) {
                assert_true(result.table.n_cells > 0);
                reconcile_result_release(&result);
            } else if (status != COMITY_NOMEM || !has_failed) {
                fail_msg("allocation %ld: status %d: %s", n, (int)status, err.message);
            }
            n_failed += status != COMITY_OK;
            if (!has_failed)
                break;
        }
        assert_true(n_failed > 40);
    }
    snapshot_release(snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_import_without_memory_leaves_the_store_as_it_was, begin, end),
        cmocka_unit_test_setup_teardown(a_linking_without_memory_leaves_the_store_as_it_was, begin, end),
        cmocka_unit_test_setup_teardown(a_snapshot_without_memory_is_told, begin, end),
        cmocka_unit_test_setup_teardown(sums_without_memory_are_told, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
