/* What the ledger and the file promise: every change has its line, tampering is found, a foreign or newer file is left
 * alone, a full disk is told and harms nothing, and out of memory likewise. */
#include "unit.h"

#include "failing_malloc.h"
#include "store_world.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void each_change_adds_its_line(void **state)
{
    static const char *const expected[] = {"create", "import", "judge", "undo judgement", "link", "undo import"};
    struct world w;
    struct arena arena = {0};
    struct judgement same = {.kind = JUDGEMENT_SAME, .a = 1, .b = 2};
    struct mentions mentions;
    struct ledger_line *lines;
    uint64_t id, *entity_of, sequence;
    uint32_t cluster = 0;
    size_t n;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}));
    assert_ok(&w, store_judge(w.store, &same, &tester, &id, &w.err));
    assert_ok(&w, store_judge_undo(w.store, id, &tester, &w.err));
    assert_ok(&w, store_load(w.store, &w.domain, &mentions, &entity_of, &sequence, &w.err));
    assert_ok(&w, store_publish_links(w.store, &mentions, &cluster, NULL, 0, SLICE_EMPTY, &no_report, &tester, &w.err));
    assert_ok(&w, store_import_undo(w.store, 1, &tester, &w.err));
    assert_ok(&w, store_ledger(w.store, &tester, &arena, &lines, &n, &w.err));
    assert_int_equal(n, 6);
    for (size_t i = 0; i < n; i++) {
        assert_true(slice_is(lines[i].what, expected[i]));
        assert_int_equal(lines[i].number, i + 1);
        assert_int_equal(strlen(lines[i].hash), 64);
        assert_true(i == 0 || slice_is(lines[i].who, "tester"));
    }
    world_verify(&w);
    mentions_release(&mentions);
    free(entity_of);
    arena_release(&arena);
    world_release(&w);
}

static bool needs_link(struct world *w)
{
    bool needs;
    assert_ok(w, store_judgements_need_link(w->store, &needs, &w->err));
    return needs;
}

/* As a linking does: how long the ledger is comes first. `up_to` 0: as linkings of before said nothing of it. */
static void publish_as_of(struct world *w, uint64_t up_to)
{
    struct report_maker report = {no_report.make, no_report.context, up_to};
    struct mentions mentions;
    uint64_t *entity_of, sequence;
    uint32_t cluster = 0;
    assert_ok(w, store_load(w->store, &w->domain, &mentions, &entity_of, &sequence, &w->err));
    assert_ok(w, store_publish_links(w->store, &mentions, &cluster, NULL, 0, SLICE_EMPTY, &report, &tester, &w->err));
    mentions_release(&mentions);
    free(entity_of);
}

static void judgements_need_a_linking_that_goes_by_them(void **state)
{
    struct world w;
    struct judgement same = {.kind = JUDGEMENT_SAME, .a = 1, .b = 2};
    uint64_t id, before, after;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}));
    assert_false(needs_link(&w)); /* imports are another matter */
    assert_ok(&w, store_ledger_length(w.store, &before, &w.err));
    assert_ok(&w, store_judge(w.store, &same, &tester, &id, &w.err));
    assert_ok(&w, store_ledger_length(w.store, &after, &w.err));
    assert_int_equal(after, before + 1);
    assert_true(needs_link(&w));
    publish_as_of(&w, before); /* it was judged while that was under way */
    assert_true(needs_link(&w));
    publish_as_of(&w, after + 1);
    assert_false(needs_link(&w));
    assert_ok(&w, store_judge_undo(w.store, id, &tester, &w.err));
    assert_true(needs_link(&w));
    publish_as_of(&w, 0);
    assert_false(needs_link(&w));
    world_verify(&w);
    world_release(&w);
}

static int raw_sql(struct world *w, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
    int result = sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_close(db);
    return result;
}

static int raw_number(struct world *w, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int number = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return number;
}

static void lines_cannot_be_changed_and_tampering_is_found(void **state)
{
    static const struct {
        const char *sql, *told;
    } tampers[] = {
        {"DROP TRIGGER ledger_keeps_lines; UPDATE ledger SET who = 'nobody' WHERE number = 2", "line 2"},
        {"DROP TRIGGER ledger_keeps_lines; UPDATE ledger SET at = '2000-01-01T00:00:00Z' WHERE number = 3", "line 3"},
        {"DROP TRIGGER ledger_keeps_all_lines; DELETE FROM ledger WHERE number = 2", "line 2"},
        {"DROP TRIGGER ledger_keeps_all_lines; DELETE FROM ledger WHERE number = 3", "ends at line 2"},
        {"DELETE FROM mention WHERE id = 1", "does not add up"},
        {"UPDATE mention SET superseded_by = 2 WHERE id = 1", "does not add up"},
        {"DELETE FROM block", "does not add up"},
        {"UPDATE import SET state = 2 WHERE number = 1", "does not add up"},
        {"INSERT INTO import SELECT 77, source, 1, '', '', '', '', '', '', '', 0, 0, 0, 0, 0, 0, 5, 4, 0, 0 FROM "
         "import "
         "WHERE number = 1",
            "does not add up"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof tampers / sizeof tampers[0]; i++) {
        struct world w;
        uint64_t n_lines;
        world_init(&w);
        world_import(&w, "s", SAYS({NULL, "a"}, {NULL, "b"}));
        world_import(&w, "t", SAYS({NULL, "c"}));
        world_verify(&w);
        assert_int_equal(raw_sql(&w, "UPDATE ledger SET who = 'nobody'"), SQLITE_CONSTRAINT);
        assert_int_equal(raw_sql(&w, "DELETE FROM ledger"), SQLITE_CONSTRAINT);
        world_verify(&w);
        assert_int_equal(raw_sql(&w, tampers[i].sql), SQLITE_OK);
        assert_int_equal(store_verify(w.store, &n_lines, &w.err), COMITY_CORRUPT);
        if (!strstr(w.err.message, tampers[i].told))
            fail_msg("'%s' is told as '%s'", tampers[i].sql, w.err.message);
        world_release(&w);
    }
}

/* Newest first, by whom and by what, page by page; and what there is to ask for. */
static void a_part_of_it_is_found(void **state)
{
    struct world w;
    struct arena arena = {0};
    struct judgement same = {.kind = JUDGEMENT_SAME, .a = 1, .b = 2};
    static const struct reader ana = {.language = "en", .name = "ana"};
    struct ledger_line *lines;
    struct slice *words;
    uint64_t id;
    size_t n;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}, {NULL, "b"}));
    for (int i = 0; i < 3; i++)
        assert_ok(&w, store_judge(w.store, &same, i == 1 ? &ana : &tester, &id, &w.err));
    struct ledger_part part = {.most = 2};
    assert_ok(&w, store_ledger_part(w.store, &tester, &part, &arena, &lines, &n, &w.err));
    assert_int_equal(n, 2);
    assert_int_equal(lines[0].number, 5);
    assert_int_equal(lines[1].number, 4);
    part = (struct ledger_part){.before = 4, .what = SLICE("judge")};
    assert_ok(&w, store_ledger_part(w.store, &tester, &part, &arena, &lines, &n, &w.err));
    assert_int_equal(n, 1);
    assert_int_equal(lines[0].number, 3);
    part = (struct ledger_part){.who = SLICE("ana"), .what = SLICE("judge")};
    assert_ok(&w, store_ledger_part(w.store, &tester, &part, &arena, &lines, &n, &w.err));
    assert_int_equal(n, 1);
    assert_int_equal(lines[0].number, 4);
    part.what = SLICE("import");
    assert_ok(&w, store_ledger_part(w.store, &tester, &part, &arena, &lines, &n, &w.err));
    assert_int_equal(n, 0);
    assert_ok(&w, store_ledger_words(w.store, &tester, LEDGER_WHO, &arena, &words, &n, &w.err));
    assert_int_equal(n, 2);
    assert_true(slice_is(words[0], "ana") && slice_is(words[1], "tester"));
    assert_ok(&w, store_ledger_words(w.store, &tester, LEDGER_WHAT, &arena, &words, &n, &w.err));
    assert_int_equal(n, 3);
    assert_true(slice_is(words[0], "create"));
    arena_release(&arena);
    world_release(&w);
}

static void it_is_told_how_far_the_chain_holds(void **state)
{
    struct world w;
    struct ledger_check check;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}));
    world_import(&w, "t", SAYS({NULL, "c"}));
    assert_ok(&w, store_ledger_check(w.store, &check, &w.err));
    assert_true(check.is_whole && check.n_whole == 3 && check.n_lines == 3);
    assert_int_equal(strlen(check.head), 64);
    assert_int_equal(
        raw_sql(&w, "DROP TRIGGER ledger_keeps_lines; UPDATE ledger SET who = 'eve' WHERE number = 3"), SQLITE_OK);
    assert_ok(&w, store_ledger_check(w.store, &check, &w.err));
    assert_true(!check.is_whole && check.n_whole == 2 && check.n_lines == 3);
    assert_int_equal(
        raw_sql(&w, "DROP TRIGGER ledger_keeps_all_lines; DELETE FROM ledger WHERE number = 3"), SQLITE_OK);
    assert_ok(&w, store_ledger_check(w.store, &check, &w.err));
    assert_true(!check.is_whole && check.n_whole == 2 && check.n_lines == 3);
    world_release(&w);
}

static void other_files_are_refused_and_left_alone(void **state)
{
    struct world w;
    struct store *store;
    char path[128];
    (void)state;
    world_init(&w);
    assert_int_equal(store_create(w.path, SLICE("test"), SLICE("1"), &w.err), COMITY_CONFLICT);
    snprintf(path, sizeof path, "%s/other", w.folder);
    assert_int_equal(store_open(path, STORE_WRITE, 0, &store, &w.err), COMITY_NOTFOUND);
    FILE *file = fopen(path, "wb");
    fputs(
        "this is no database, however long it may be ................................................................",
        file);
    fclose(file);
    assert_int_equal(store_open(path, STORE_WRITE, 0, &store, &w.err), COMITY_INPUT);
    unlink(path);
    raw_sql(&w, "PRAGMA user_version = 99");
    assert_int_equal(store_open(w.path, STORE_READ, 0, &store, &w.err), COMITY_UNSUPPORTED);
    world_release(&w);
}

/* A child writes and dies; what it had published is there, what it had not is cleared. */
static void what_a_crash_left_is_cleared(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}));
    store_close(w.store);
    for (int with_settle = 0; with_settle < 2; with_settle++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct store_import *import;
            struct import_counts counts = {0};
            if (store_open(w.path, STORE_WRITE, 0, &w.store, &w.err) || world_begin(&w, "t", "h", &import) ||
                world_add(&w, import, SAYS({NULL, "x"}, {NULL, "y"})) ||
                (with_settle && store_import_settle(import, NULL, &counts, &w.err)))
                _exit(1);
            kill(getpid(), SIGKILL);
        }
        int how;
        assert_int_equal(waitpid(child, &how, 0), child);
        assert_true(WIFSIGNALED(how));
        world_open(&w);
        assert_int_equal(raw_number(&w, "SELECT count(*) FROM import WHERE state = 0"), 0);
        assert_int_equal(raw_number(&w, "SELECT count(*) FROM mention") + raw_number(&w, "SELECT count(*) FROM block"),
            2 + 2 * with_settle); /* of the published: an undone one stays */
        assert_live(&w, "a");
        world_import(&w, "t", SAYS({NULL, "x"}));
        assert_live(&w, "a,x");
        assert_ok(&w, store_import_undo(w.store, 2 + (uint64_t)with_settle, &tester, &w.err));
        store_close(w.store);
    }
    world_open(&w);
    world_release(&w);
}

/* Writing fails when files may not grow: the error says so and the store is as before. */
static void a_full_disk_is_told_and_harms_nothing(void **state)
{
    struct world w;
    enum { N = 3000 };
    struct said *said = calloc(N, sizeof *said);
    char(*texts)[64] = calloc(N, sizeof *texts);
    struct rlimit before, limit;
    size_t n_failed = 0;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}));
    for (size_t i = 0; i < N; i++) {
        snprintf(texts[i], sizeof texts[i], "%016llx%016llx", (unsigned long long)hash_u64(i),
            (unsigned long long)hash_u64(~i));
        said[i] = (struct said){NULL, texts[i]};
    }
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    for (rlim_t room = 8192; room < (1 << 20); room += 49152) {
        limit = (struct rlimit){room, before.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
        enum comity_status status = world_try_import(&w, "t", said, N);
        setrlimit(RLIMIT_FSIZE, &before);
        if (status == COMITY_OK) {
            assert_ok(&w, store_import_undo(w.store, w.number, &tester, &w.err));
        } else {
            assert_true(status == COMITY_IO);
            assert_true(w.err.message[0]);
            n_failed++;
        }
        assert_live(&w, "a");
    }
    assert_true(n_failed > 3);
    free(said);
    free(texts);
    world_release(&w);
}

/* Every allocation of an import with changes fails in turn; each time the store is as before. */
static void out_of_memory_is_told_and_harms_nothing(void **state)
{
    struct world w;
    long n = 0, n_failed = 0;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({"1", "a"}, {"2", "b"}, {NULL, "c"}));
    for (;; n++) {
        failing_malloc_after(n);
        enum comity_status status = world_try_import(&w, "s", SAYS({"1", "a2"}, {"2", "b"}, {NULL, "c"}, {NULL, "d"}));
        bool has_failed = failing_malloc_stop();
        if (status == COMITY_OK) {
            assert_ok(&w, store_import_undo(w.store, w.number, &tester, &w.err));
            if (!has_failed)
                break;
        } else {
            assert_true(has_failed);
            assert_int_equal(status, COMITY_NOMEM);
            n_failed++;
        }
        assert_live(&w, "a,b,c");
    }
    print_message("%ld allocations failed in turn\n", n_failed);
    assert_true(n_failed > 50);
    world_release(&w);
}

static void out_of_memory_when_reading_is_told(void **state)
{
    struct world w;
    long n_failed = 0;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({"1", "a"}, {NULL, "b"}));
    store_close(w.store);
    for (long n = 0;; n++) {
        struct mentions mentions;
        struct arena arena = {0};
        struct record record;
        uint64_t *entity_of, sequence;
        w.store = NULL;
        failing_malloc_after(n);
        enum comity_status status = store_open(w.path, STORE_READ, 0, &w.store, &w.err);
        if (!status)
            status = store_record(w.store, &tester, 1, &arena, &record, &w.err);
        if (!status) {
            status = store_load(w.store, &w.domain, &mentions, &entity_of, &sequence, &w.err);
            if (!status) {
                mentions_release(&mentions);
                free(entity_of);
            }
        }
        if (!status) {
            status = store_load_source(w.store, &tester, &w.domain, SLICE("s"), 0, &mentions, &w.err);
            if (!status)
                mentions_release(&mentions);
        }
        bool has_failed = failing_malloc_stop();
        arena_release(&arena);
        store_close(w.store);
        if (!has_failed)
            break;
        assert_true(status == COMITY_OK || status == COMITY_NOMEM);
        n_failed += status == COMITY_NOMEM;
    }
    assert_true(n_failed > 30);
    world_open(&w);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_adds_its_line),
        cmocka_unit_test(judgements_need_a_linking_that_goes_by_them),
        cmocka_unit_test(lines_cannot_be_changed_and_tampering_is_found),
        cmocka_unit_test(a_part_of_it_is_found),
        cmocka_unit_test(it_is_told_how_far_the_chain_holds),
        cmocka_unit_test(other_files_are_refused_and_left_alone),
        cmocka_unit_test(what_a_crash_left_is_cleared),
        cmocka_unit_test(a_full_disk_is_told_and_harms_nothing),
        cmocka_unit_test(out_of_memory_is_told_and_harms_nothing),
        cmocka_unit_test(out_of_memory_when_reading_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
