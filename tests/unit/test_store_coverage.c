/* What a confirmed coverage retracts, and that nothing else does; that importing, confirming and undoing in any order
 * end where a simple model says: the published imports, one after another. */
#include "unit.h"

#include "failing_malloc.h"
#include "store/coverage.h"
#include "store_world.h"

#include <sqlite3.h>

/* A text and its day; the day also stands in the text, so that a row of another day is another row. */
struct line {
    const char *key;
    char text;
    int day;
};
#define LINES(...) (const struct line[]){__VA_ARGS__}, sizeof((const struct line[]){__VA_ARGS__}) / sizeof(struct line)

static void dated_world(struct world *w)
{
    world_init(w);
    w->fields[1] = (struct field){.id = SLICE("day"), .role = ROLE_WHEN, .spec = {.type = VALUE_DATE}};
    w->domain.when = 1;
    w->domain.where = w->domain.country = w->domain.what = w->domain.how_much = -1;
    w->domain.case_id = w->domain.key = w->domain.title = -1;
}

static enum comity_status add_lines(
    struct world *w, struct store_import *import, const struct line *lines, size_t n, struct buffer *packed)
{
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < n && !status; i++) {
        char text[16];
        snprintf(text, sizeof text, "%c%d", lines[i].text, lines[i].day);
        struct value values[2] = {
            {.type = VALUE_TEXT, .state = VALUE_TYPED, .confidence = 100, .text = slice_from(text)},
            {.type = VALUE_DATE,
                .state = lines[i].day ? VALUE_TYPED : VALUE_NULL,
                .precision = DATE_DAY,
                .confidence = 100,
                .date = {lines[i].day, lines[i].day}}};
        buffer_clear(packed);
        mention_pack(&w->domain, values, packed);
        struct store_mention_row row = {.content = hash_slice(slice_from(text)),
            .key = slice_from(lines[i].key),
            .row = i + 1,
            .packed = buffer_slice(packed),
            .raw = SLICE("{}")};
        status = packed->failed ? COMITY_NOMEM : store_import_add(import, &row, 1, &w->err);
    }
    return status;
}

static enum comity_status try_edition(struct world *w, const struct line *lines, size_t n,
    const struct coverage_claim *claim, struct coverage_report *out)
{
    struct store_import *import;
    struct arena arena = {0};
    struct buffer packed;
    buffer_init(&packed, 1 << 16);
    w->counts = (struct import_counts){.n_rows = n};
    enum comity_status status = world_begin(w, "s", "hash", &import);
    if (!status)
        status = add_lines(w, import, lines, n, &packed);
    if (!status)
        status = store_import_settle(import, NULL, &w->counts, &w->err);
    if (!status)
        status = store_import_cover(import, &w->domain, claim, &w->counts, &arena, out, &w->err);
    if (!status)
        status = store_import_publish(import, SLICE("{}"), &w->number, &w->err);
    else if (import)
        store_import_abort(import);
    buffer_release(&packed);
    arena_release(&arena);
    return status;
}

static struct coverage_claim days(int first, int last)
{
    return (struct coverage_claim){.first_day = first, .last_day = last, .is_complete = true};
}

static struct coverage_report edition(
    struct world *w, const struct coverage_claim *claim, const struct line *lines, size_t n)
{
    struct coverage_report report;
    assert_ok(w, try_edition(w, lines, n, claim, &report));
    return report;
}

static void without_a_confirmed_coverage_nothing_is_retracted(void **state)
{
    struct world w;
    (void)state;
    dated_world(&w);
    struct coverage_report first =
        edition(&w, NULL, LINES({NULL, 'a', 1}, {NULL, 'b', 2}, {NULL, 'c', 3}, {NULL, 'd', 0}));
    assert_true(first.is_first);
    struct coverage_report report = edition(&w, NULL, LINES({NULL, 'a', 1}, {NULL, 'e', 2}));
    assert_live(&w, "a1,b2,c3,d0,e2");
    assert_false(report.is_first || report.is_confirmed);
    assert_int_equal(report.claim.first_day, 1);
    assert_int_equal(report.claim.last_day, 2);
    assert_int_equal(report.n_before, 4);
    assert_int_equal(report.n_inside, 2);
    assert_int_equal(report.n_missing, 1);
    assert_true(report.is_large);
    /* Said, but not as complete. */
    struct coverage_claim claim = days(1, 9);
    claim.is_complete = false;
    report = edition(&w, &claim, LINES({NULL, 'a', 1}));
    assert_int_equal(report.n_missing, 3);
    assert_live(&w, "a1,b2,c3,d0,e2");
    world_release(&w);
}

static void inside_a_complete_coverage_silence_retracts_and_undo_brings_back(void **state)
{
    struct world w;
    struct coverage_claim claim = days(1, 2);
    (void)state;
    dated_world(&w);
    edition(&w, NULL, LINES({NULL, 'a', 1}, {NULL, 'b', 2}, {NULL, 'b', 2}, {NULL, 'c', 3}, {NULL, 'd', 0}));
    struct coverage_report report = edition(&w, &claim, LINES({NULL, 'b', 2}, {NULL, 'e', 1}));
    assert_int_equal(report.n_missing, 2);
    assert_int_equal(w.counts.n_retracted, 2);
    assert_live(&w, "b2,c3,d0,e1"); /* outside the days, and without a day, nothing goes */
    /* Said again, it is live again, under its own number. */
    edition(&w, NULL, LINES({NULL, 'a', 1}));
    assert_int_equal(w.counts.n_revived, 1);
    assert_int_equal(w.counts.n_new, 0);
    assert_live(&w, "a1,b2,c3,d0,e1");
    assert_ok(&w, store_import_undo(w.store, 3, &tester, &w.err));
    assert_live(&w, "b2,c3,d0,e1");
    assert_ok(&w, store_import_undo(w.store, 2, &tester, &w.err));
    assert_live(&w, "a1,b2,b2,c3,d0");
    world_release(&w);
}

static void a_coverage_may_be_confirmed_later_and_withdrawn(void **state)
{
    struct world w;
    struct arena arena = {0};
    struct coverage_report report;
    struct coverage_claim claim = days(1, 9), backwards = days(9, 1);
    struct coverage_row *rows;
    size_t n;
    (void)state;
    dated_world(&w);
    edition(&w, NULL, LINES({NULL, 'a', 1}, {NULL, 'b', 2}, {NULL, 'c', 3}));
    edition(&w, NULL, LINES({NULL, 'a', 1}));
    edition(&w, NULL, LINES({NULL, 'b', 2}, {NULL, 'x', 4}));
    assert_ok(&w, store_coverage_propose(w.store, &tester, &w.domain, 2, &claim, &arena, &report, &w.err));
    assert_int_equal(report.n_missing, 2);
    assert_live(&w, "a1,b2,c3,x4");
    /* What a later import says stays. */
    assert_ok(&w, store_coverage_confirm(w.store, &w.domain, 2, &claim, &tester, &arena, &report, &w.err));
    assert_live(&w, "a1,b2,x4");
    assert_ok(&w, store_import_undo(w.store, 3, &tester, &w.err));
    assert_live(&w, "a1");
    assert_int_equal(
        store_coverage_confirm(w.store, &w.domain, 3, &claim, &tester, &arena, &report, &w.err), COMITY_CONFLICT);
    assert_int_equal(
        store_coverage_confirm(w.store, &w.domain, 9, &claim, &tester, &arena, &report, &w.err), COMITY_NOTFOUND);
    assert_int_equal(
        store_coverage_confirm(w.store, &w.domain, 2, &backwards, &tester, &arena, &report, &w.err), COMITY_USAGE);
    assert_ok(&w, store_coverages(w.store, &tester, &arena, &rows, &n, &w.err));
    assert_int_equal(n, 1);
    assert_true(rows[0].is_complete && !rows[0].is_withdrawn && slice_is(rows[0].source_code, "s"));
    assert_ok(&w, store_coverage_withdraw(w.store, 2, &tester, &w.err));
    assert_live(&w, "a1,b2,c3");
    assert_int_equal(store_coverage_withdraw(w.store, 2, &tester, &w.err), COMITY_NOTFOUND);
    arena_release(&arena);
    world_release(&w);
}

static void the_difference_tells_added_corrected_retracted_missing_and_revived(void **state)
{
    struct world w;
    struct arena arena = {0};
    struct store_difference diff;
    struct coverage_claim claim = days(1, 5);
    (void)state;
    dated_world(&w);
    edition(&w, NULL, LINES({"1", 'a', 1}, {"2", 'b', 2}, {"3", 'c', 3}, {"4", 'd', 8}));
    edition(&w, &claim, LINES({"1", 'a', 1}, {"2", 'z', 2}, {"5", 'e', 5}));
    assert_ok(&w, store_difference(w.store, &tester, &w.domain, 1, 100, &arena, &diff, &w.err));
    assert_true(diff.coverage.is_first && diff.n_rows == 0 && diff.n[DIFFERENCE_ADDED] == 4);
    assert_ok(&w, store_difference(w.store, &tester, &w.domain, 2, 100, &arena, &diff, &w.err));
    assert_int_equal(diff.n_unchanged, 1);
    assert_int_equal(diff.n[DIFFERENCE_ADDED], 1);
    assert_int_equal(diff.n[DIFFERENCE_CORRECTED], 1);
    assert_int_equal(diff.n[DIFFERENCE_RETRACTED], 1);
    assert_int_equal(diff.n[DIFFERENCE_MISSING], 0);
    assert_int_equal(diff.n_rows, 3);
    assert_true(diff.rows[1].kind == DIFFERENCE_CORRECTED && diff.rows[1].older == 2 && diff.rows[1].older_packed.len);
    assert_int_equal(diff.totals[0].n_before, 4);
    assert_int_equal(diff.totals[0].n_after, 4);
    edition(&w, NULL, LINES({"3", 'c', 3}, {"4", 'd', 8}));
    assert_ok(&w, store_difference(w.store, &tester, &w.domain, 3, 1, &arena, &diff, &w.err));
    assert_int_equal(diff.n[DIFFERENCE_REVIVED], 1);
    assert_int_equal(diff.n[DIFFERENCE_MISSING], 1); /* e5; a1 and z2 are before the days of this edition */
    assert_int_equal(diff.n_rows, 1);
    /* What came later does not change what an edition was. */
    assert_ok(&w, store_difference(w.store, &tester, &w.domain, 2, 100, &arena, &diff, &w.err));
    assert_int_equal(diff.n[DIFFERENCE_RETRACTED], 1);
    assert_int_equal(diff.totals[0].n_before, 4);
    assert_ok(&w, store_import_undo(w.store, 3, &tester, &w.err));
    assert_int_equal(store_difference(w.store, &tester, &w.domain, 3, 1, &arena, &diff, &w.err), COMITY_CONFLICT);
    assert_int_equal(store_difference(w.store, &tester, &w.domain, 7, 1, &arena, &diff, &w.err), COMITY_NOTFOUND);
    arena_release(&arena);
    world_release(&w);
}

/* ---- a model --------------------------------------------------------------------------------------------------- */

enum { MOST_IMPORTS = 14, N_TEXTS = 4, N_DAYS = 5, N_CONTENTS = N_TEXTS * N_DAYS, N_KEYS = 4, MOST_LINES = 12 };

struct model_import {
    int count[N_CONTENTS]; /* without keys */
    int of_key[N_KEYS];    /* with keys: content + 1 */
    bool is_undone, is_covering;
    int first, last;
};
struct model {
    struct model_import imports[MOST_IMPORTS + 1];
    size_t n;
    bool is_keyed;
    uint32_t random;
};

static uint32_t draw(struct model *m, uint32_t below)
{
    m->random = m->random * 1664525 + 1013904223;
    return (m->random >> 8) % below;
}

static bool covers(const struct model_import *import, int content)
{
    int day = content % N_DAYS + 1;
    return import->is_covering && day >= import->first && day <= import->last;
}

/* The imports that are published, one after another. */
static void fold(const struct model *m, int live[N_CONTENTS])
{
    int keys[N_KEYS] = {0};
    memset(live, 0, N_CONTENTS * sizeof *live);
    for (size_t i = 1; i <= m->n; i++) {
        const struct model_import *import = &m->imports[i];
        if (import->is_undone)
            continue;
        for (int c = 0; c < N_CONTENTS; c++)
            if (covers(import, c) || import->count[c] > live[c])
                live[c] = import->count[c];
        for (int k = 0; k < N_KEYS; k++)
            if (import->of_key[k] || (keys[k] && covers(import, keys[k] - 1)))
                keys[k] = import->of_key[k];
    }
    for (int k = 0; m->is_keyed && k < N_KEYS; k++)
        if (keys[k])
            live[keys[k] - 1]++;
}

static void assert_model(struct world *w, const struct model *m, uint32_t seed, int step)
{
    struct mentions mentions;
    uint64_t *entity_of, sequence;
    int expected[N_CONTENTS], found[N_CONTENTS] = {0};
    fold(m, expected);
    assert_ok(w, store_load(w->store, &w->domain, &mentions, &entity_of, &sequence, &w->err));
    for (size_t i = 0; i < mentions.n; i++) {
        struct slice text = mention_value(&mentions, i, 0)->text;
        found[(text.ptr[0] - 'a') * N_DAYS + text.ptr[1] - '1']++;
        for (size_t j = 0; j < i; j++)
            assert_true(mentions.identity[i] != mentions.identity[j]);
    }
    for (int c = 0; c < N_CONTENTS; c++)
        if (expected[c] != found[c])
            fail_msg("seed %u, step %d: %c%d is live %d times, not %d", seed, step, 'a' + c / N_DAYS, c % N_DAYS + 1,
                found[c], expected[c]);
    mentions_release(&mentions);
    free(entity_of);
    world_verify(w);
}

static void import_some(struct world *w, struct model *m)
{
    static const char *const keys[N_KEYS] = {"k1", "k2", "k3", "k4"};
    struct model_import *import = &m->imports[++m->n];
    struct line lines[MOST_LINES];
    size_t n = 0;
    *import = (struct model_import){.is_covering = draw(m, 2), .first = 1 + (int)draw(m, 3)};
    import->last = import->first + (int)draw(m, 4);
    for (uint32_t k = 0; m->is_keyed && k < N_KEYS; k++) {
        uint32_t content = draw(m, N_CONTENTS);
        if (draw(m, 3) == 0)
            continue;
        content = draw(m, 2) ? k * N_DAYS + draw(m, 2) : content; /* often one of two, so that contents come back */
        import->of_key[k] = (int)content + 1;
        lines[n++] = (struct line){keys[k], (char)('a' + content / N_DAYS), (int)(content % N_DAYS) + 1};
    }
    for (uint32_t left = m->is_keyed ? 0 : draw(m, MOST_LINES); left; left--) {
        uint32_t content = draw(m, N_CONTENTS);
        import->count[content]++;
        lines[n++] = (struct line){NULL, (char)('a' + content / N_DAYS), (int)(content % N_DAYS) + 1};
    }
    struct coverage_claim claim = days(import->first, import->last);
    edition(w, import->is_covering ? &claim : NULL, lines, n);
    assert_int_equal(w->number, m->n);
}

static void change_coverage(struct world *w, struct model *m, uint64_t number)
{
    struct arena arena = {0};
    struct coverage_report report;
    struct model_import *import = &m->imports[number];
    if (import->is_undone)
        return;
    if (import->is_covering) {
        assert_ok(w, store_coverage_withdraw(w->store, number, &tester, &w->err));
    } else {
        struct coverage_claim claim = days(import->first, import->last);
        assert_ok(w, store_coverage_confirm(w->store, &w->domain, number, &claim, &tester, &arena, &report, &w->err));
    }
    import->is_covering = !import->is_covering;
    arena_release(&arena);
}

static void play(bool is_keyed, uint32_t seed)
{
    struct world w;
    struct model m = {.is_keyed = is_keyed, .random = seed * 2654435761u + 1};
    dated_world(&w);
    for (int step = 0; step < 40; step++) {
        uint32_t what = draw(&m, 4);
        uint64_t number = m.n ? 1 + draw(&m, (uint32_t)m.n) : 0;
        if ((what < 2 || !m.n) && m.n < MOST_IMPORTS) {
            import_some(&w, &m);
        } else if (what == 2 && number) {
            change_coverage(&w, &m, number);
        } else if (number && !m.imports[number].is_undone && m.n > 3) {
            assert_ok(&w, store_import_undo(w.store, number, &tester, &w.err));
            m.imports[number].is_undone = true;
        }
        assert_model(&w, &m, seed, step);
    }
    world_release(&w);
}

static void any_order_ends_where_the_model_says(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 8; seed++) {
        play(false, seed);
        play(true, seed);
    }
}

/* ---- failures -------------------------------------------------------------------------------------------------- */

static void when_memory_is_out_nothing_half_happens(void **state)
{
    struct coverage_claim claim = days(1, 5);
    (void)state;
    for (long n = 0;; n += 1 + n / 40) {
        struct world w;
        struct coverage_report report;
        struct arena arena = {0};
        dated_world(&w);
        edition(&w, NULL, LINES({NULL, 'a', 1}, {"2", 'b', 2}, {"3", 'c', 3}));
        failing_malloc_after(n);
        enum comity_status status = try_edition(&w, LINES({NULL, 'a', 1}, {"2", 'z', 2}), &claim, &report);
        bool has_failed = failing_malloc_stop();
        assert_true(status == COMITY_OK || status == COMITY_NOMEM);
        assert_live(&w, status ? "a1,b2,c3" : "a1,z2");
        if (!status) {
            assert_ok(&w, store_coverage_withdraw(w.store, 2, &tester, &w.err));
            failing_malloc_after(n / 2);
            status = store_coverage_confirm(w.store, &w.domain, 2, &claim, &tester, &arena, &report, &w.err);
            has_failed |= failing_malloc_stop();
            assert_true(status == COMITY_OK || status == COMITY_NOMEM);
            assert_live(&w, status ? "a1,c3,z2" : "a1,z2");
        }
        arena_release(&arena);
        world_release(&w);
        if (!has_failed)
            break;
    }
}

static void raw_sql(struct world *w, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
    char *text = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &text) != SQLITE_OK)
        fail_msg("%s: %s", sql, text);
    sqlite3_close(db);
}

static void a_file_from_before_coverages_is_brought_forward(void **state)
{
    struct world w;
    struct coverage_claim claim = days(1, 5);
    (void)state;
    dated_world(&w);
    edition(&w, NULL, LINES({NULL, 'a', 1}, {NULL, 'b', 2}));
    store_close(w.store);
    raw_sql(&w, "DROP TABLE entity_event; DROP TABLE entity_round; DROP TABLE entity_known; DROP TABLE attachment;"
                "DROP TABLE entry_import; DROP TABLE entry_event; DROP TABLE entry_version; DROP TABLE entry; DROP "
                "TABLE recovery;"
                "DROP TABLE invitation; DROP TABLE session; DROP TABLE api_token; DROP TABLE account;"
                "DROP TABLE coverage; DROP TABLE retraction; ALTER TABLE mention DROP COLUMN retracted_by;"
                "ALTER TABLE said DROP COLUMN is_retracted; ALTER TABLE import DROP COLUMN n_revived;"
                "ALTER TABLE import DROP COLUMN n_retracted; ALTER TABLE judgement DROP COLUMN shape;"
                "ALTER TABLE judgement DROP COLUMN shift_days; ALTER TABLE judgement DROP COLUMN shift_months;"
                "ALTER TABLE judgement DROP COLUMN copied_from; ALTER TABLE judgement DROP COLUMN evidence; PRAGMA "
                "user_version = 3");
    world_open(&w);
    assert_live(&w, "a1,b2");
    edition(&w, &claim, LINES({NULL, 'b', 2}));
    assert_live(&w, "b2");
    world_release(&w);
}

static void verify_finds_what_does_not_add_up(void **state)
{
    static const char *const damages[] = {"UPDATE mention SET retracted_by = NULL", "DELETE FROM retraction",
        "UPDATE said SET is_retracted = 0", "UPDATE mention SET retracted_by = 2",
        "UPDATE coverage SET is_withdrawn = 1", "UPDATE retraction SET last_mention = first_mention - 1"};
    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        struct world w;
        uint64_t n;
        struct coverage_claim claim = days(1, 5);
        dated_world(&w);
        edition(&w, NULL, LINES({NULL, 'a', 1}, {NULL, 'b', 2}));
        edition(&w, &claim, LINES({NULL, 'b', 2}));
        raw_sql(&w, damages[i]);
        if (store_verify(w.store, &n, &w.err) != COMITY_CORRUPT)
            fail_msg("not found: %s", damages[i]);
        world_release(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_confirmed_coverage_nothing_is_retracted),
        cmocka_unit_test(inside_a_complete_coverage_silence_retracts_and_undo_brings_back),
        cmocka_unit_test(a_coverage_may_be_confirmed_later_and_withdrawn),
        cmocka_unit_test(the_difference_tells_added_corrected_retracted_missing_and_revived),
        cmocka_unit_test(any_order_ends_where_the_model_says),
        cmocka_unit_test(when_memory_is_out_nothing_half_happens),
        cmocka_unit_test(a_file_from_before_coverages_is_brought_forward),
        cmocka_unit_test(verify_finds_what_does_not_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
