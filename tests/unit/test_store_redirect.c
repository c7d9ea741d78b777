/* Where an id leads that is no entity any more. A row of `redirect` is written only where membership does not tell the
 * same; what follows must be what followed when there was a row for each, and that is what the reference here keeps: it
 * sees which mentions are live and in which entities, and neither table. */
#include "unit.h"

#include "store/coverage.h"
#include "store_world.h"

#include <sqlite3.h>

enum { MOST_ID = 2048, STEPS = 50, WORLDS = 3, N_KEYS = 5, N_TEXTS = 9, NOWHERE = 0 };

static uint64_t follow(struct world *w, uint64_t id)
{
    enum comity_status status = store_entity_follow(w->store, &id, &w->err);
    assert_true(status == COMITY_OK || status == COMITY_NOTFOUND);
    return status ? NOWHERE : id;
}

/* Behind the store's back. The first number of the answer. */
static uint64_t run(struct world *w, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    int result = sqlite3_step(statement);
    uint64_t number = result == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(statement, 0) : 0;
    if (result != SQLITE_ROW && result != SQLITE_DONE)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return number;
}

static uint64_t n_redirects(struct world *w)
{
    return run(w, "SELECT count(*) FROM redirect");
}

/* All rows of both tables; equal sums are equal tables for what is done here. */
static uint64_t sum_of_rows(struct world *w)
{
    return run(w,
        "SELECT (SELECT coalesce(sum((mention * 7919 + entity) * (mention + 31)), 0) FROM membership)"
        " + 1000003 * (SELECT coalesce(sum((entity * 6007 + into_entity) * (entity + 17)), 0) FROM redirect)");
}

static void publish(struct world *w, const uint32_t *cluster)
{
    struct linked linked = world_load(w);
    assert_ok(w, store_publish_links(
                     w->store, &linked.mentions, cluster, NULL, 0, SLICE("model"), &no_report, &tester, &w->err));
    linked_release(&linked);
}
#define PUBLISH(world, ...) publish((world), (const uint32_t[]){__VA_ARGS__})

static void world_with_days(struct world *w)
{
    world_init(w);
    w->fields[1] = (struct field){.id = SLICE("day"), .role = ROLE_WHEN, .spec = {.type = VALUE_DATE}};
    w->domain.when = 1;
    w->domain.where = w->domain.country = w->domain.what = w->domain.how_much = -1;
    w->domain.case_id = w->domain.key = w->domain.title = -1;
}

/* All of one day; with `is_complete` what the source had said before and does not say again is retracted. */
static void edition(struct world *w, const char *source, bool is_complete, const struct said *said, size_t n)
{
    const struct value day = {
        .type = VALUE_DATE, .state = VALUE_TYPED, .precision = DATE_DAY, .confidence = 100, .date = {1, 1}};
    struct coverage_claim claim = {.first_day = 1, .last_day = 1, .is_complete = true};
    struct coverage_report report;
    struct store_import *import;
    struct arena arena = {0};
    struct buffer packed;
    buffer_init(&packed, 1 << 16);
    w->counts = (struct import_counts){.n_rows = n};
    assert_ok(w, world_begin(w, source, "hash", &import));
    for (size_t i = 0; i < n; i++) {
        struct value values[2] = {
            {.type = VALUE_TEXT, .state = VALUE_TYPED, .confidence = 100, .text = slice_from(said[i].text)}, day};
        buffer_clear(&packed);
        mention_pack(&w->domain, values, &packed);
        struct store_mention_row row = {.content = hash_slice(slice_from(said[i].text)),
            .key = slice_from(said[i].key),
            .row = i + 1,
            .packed = buffer_slice(&packed),
            .raw = SLICE("{}")};
        assert_ok(w, store_import_add(import, &row, 1, &w->err));
    }
    assert_ok(w, store_import_settle(import, NULL, &w->counts, &w->err));
    if (is_complete)
        assert_ok(w, store_import_cover(import, &w->domain, &claim, &w->counts, &arena, &report, &w->err));
    assert_ok(w, store_import_publish(import, SLICE("{}"), &w->number, &w->err));
    buffer_release(&packed);
    arena_release(&arena);
}

/* ---- one thing after another ------------------------------------------------------------------------------------ */

static void a_first_linking_writes_no_redirect(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}, {NULL, "b"}, {NULL, "c"}, {NULL, "d"}));
    PUBLISH(&w, 0, 0, 2, 0);
    assert_int_equal(n_redirects(&w), 0);
    assert_int_equal(follow(&w, 2), 1);
    assert_int_equal(follow(&w, 4), 1);
    PUBLISH(&w, 0, 0, 0, 0);
    PUBLISH(&w, 0, 1, 1, 0);
    assert_int_equal(n_redirects(&w), 0);
    assert_int_equal(follow(&w, 3), 2);
    world_release(&w);
}

/* The number of a mention that was replaced stays in its entity's name, and says nothing by itself. */
static void an_entity_without_its_first_mention_has_a_row(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}));
    world_import(&w, "t", SAYS({"k", "b"}));
    PUBLISH(&w, 0, 1);
    world_import(&w, "t", SAYS({"k", "b, revised"}));
    PUBLISH(&w, 0, 0);
    assert_int_equal(n_redirects(&w), 1);
    assert_int_equal(follow(&w, 2), 1);
    assert_int_equal(follow(&w, 3), 1);
    world_release(&w);
}

/* Entity 3 goes with its oldest mention, 2; mention 3 goes elsewhere. */
static void an_entity_that_left_its_first_mention_has_a_row(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}, {NULL, "b"}, {NULL, "c"}));
    PUBLISH(&w, 0, 0, 2);
    PUBLISH(&w, 0, 1, 1);
    PUBLISH(&w, 0, 0, 2);
    assert_int_equal(n_redirects(&w), 1);
    assert_int_equal(follow(&w, 3), 1);
    assert_int_equal(follow(&w, 4), 4);
    /* Mention 3 in 1 as well, as the row says: it goes. */
    PUBLISH(&w, 0, 0, 0);
    assert_int_equal(follow(&w, 3), 1);
    assert_int_equal(run(&w, "SELECT count(*) FROM redirect WHERE entity = 3"), 0);
    world_release(&w);
}

/* Entity 3 lives on without mention 3, and ends: it does not lead to where mention 3 went. */
static void what_ended_leads_nowhere(void **state)
{
    struct world w;
    (void)state;
    world_with_days(&w);
    world_import(&w, "s", SAYS({NULL, "a"}));
    edition(&w, "t", false, SAYS({"k", "b"}));
    world_import(&w, "u", SAYS({NULL, "c"}));
    PUBLISH(&w, 0, 0, 2);
    PUBLISH(&w, 0, 1, 1);
    PUBLISH(&w, 0, 1, 0);
    assert_int_equal(follow(&w, 3), 3);
    edition(&w, "t", true, SAYS({"l", "d"}));
    assert_int_equal(follow(&w, 3), NOWHERE);
    PUBLISH(&w, 0, 1, 2);
    assert_int_equal(follow(&w, 3), 3);
    PUBLISH(&w, 0, 0, 2);
    assert_int_equal(follow(&w, 3), 1);
    world_release(&w);
}

/* As old programs could leave them: entity 1 ended without a row, mention 1 is in 3, and 3 went into 1. */
static void a_circle_ends(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}, {NULL, "b"}, {NULL, "c"}));
    PUBLISH(&w, 0, 0, 0);
    run(&w, "INSERT INTO membership VALUES(1, 3)");
    run(&w, "INSERT INTO redirect VALUES(3, 1)");
    run(&w, "UPDATE import SET state = 2");
    for (uint64_t id = 1; id <= 3; id++)
        assert_int_equal(follow(&w, id), NOWHERE);
    world_release(&w);
}

/* ---- whatever is done ------------------------------------------------------------------------------------------- */

/* The rows as there was one for each. By id; mentions and entities have numbers of one kind. */
struct reference {
    uint64_t random, last; /* the last id that was seen */
    uint64_t place[MOST_ID];
    uint64_t into[MOST_ID];
    bool is_met[MOST_ID];     /* this mention was seen */
    bool was_met[MOST_ID];    /* before the last linking */
    bool is_known[MOST_ID];   /* it was live in the last linking */
    bool is_version[MOST_ID]; /* came into its entity as a newer version, and stayed there: there was no row */
    bool is_unsure[MOST_ID];  /* an old program would say NOWHERE, and what it left does not tell */
    uint64_t imports[3 * STEPS];
    size_t n_imports, n_unsure, n_closed;
};

static uint64_t draw(struct reference *r, uint64_t below)
{
    r->random = hash_u64(r->random + 1);
    return r->random % below;
}

static void see(struct reference *r, uint64_t id)
{
    assert_true(id < MOST_ID);
    r->last = id > r->last ? id : r->last;
}

static void lead(struct reference *r, uint64_t id, uint64_t into)
{
    r->into[id] = into;
    r->is_version[id] = r->is_unsure[id] = false;
}

static void look(struct world *w, struct reference *r)
{
    struct linked now = world_load(w);
    memset(r->place, 0, sizeof r->place);
    for (size_t i = 0; i < now.mentions.n; i++) {
        uint64_t id = now.mentions.id[i], entity = now.entity_of[i];
        see(r, id);
        see(r, entity);
        r->place[id] = entity;
        if (!r->is_met[id] && entity != id) {
            lead(r, id, entity);
            r->is_version[id] = true;
        }
        r->is_met[id] = true;
    }
    linked_release(&now);
}

static void assert_all_lead_as_before(struct world *w, struct reference *r)
{
    bool alive[MOST_ID + 1] = {false};
    for (uint64_t id = 1; id <= r->last; id++)
        alive[r->place[id]] = true;
    alive[NOWHERE] = false;
    for (uint64_t id = 1; id <= r->last + 2; id++) {
        uint64_t at = id, led = follow(w, id);
        for (size_t n = 0; at && !alive[at] && r->into[at]; n++) {
            assert_true(n < MOST_ID);
            at = r->into[at];
        }
        if (!alive[at] && r->is_unsure[at]) {
            assert_true(led == NOWHERE || alive[led]);
            r->n_unsure++;
        } else if (led != (alive[at] ? at : NOWHERE)) {
            fail_msg("%llu leads to %llu, not %llu", (unsigned long long)id, (unsigned long long)led,
                (unsigned long long)(alive[at] ? at : NOWHERE));
        }
    }
}

/* The rules as they were. `after` is what the store made of it; which number a part gets is no matter of redirects. */
static void follow_the_rules(
    struct reference *r, const struct linked *before, const struct linked *after, const uint32_t *cluster)
{
    size_t n = before->mentions.n;
    uint32_t claims[MOST_ID] = {0};
    for (uint32_t i = 0; i < n; i++)
        if (!claims[before->entity_of[i]])
            claims[before->entity_of[i]] = cluster[i] + 1;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t id = before->mentions.id[i], was = before->entity_of[i], now = after->entity_of[i];
        if (now == was)
            continue;
        if (claims[was] == cluster[i] + 1)
            lead(r, was, now);
        if (now != id && id != was && !claims[id])
            lead(r, id, now);
        if (i == cluster[i] && !claims[now])
            lead(r, now, NOWHERE);
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t id = before->mentions.id[i];
        if (!r->is_known[id] && (r->was_met[id] || before->entity_of[i] != id))
            lead(r, after->entity_of[i], NOWHERE);
    }
    memset(r->is_known, 0, sizeof r->is_known);
    for (size_t i = 0; i < n; i++)
        r->is_known[before->mentions.id[i]] = true;
    memcpy(r->was_met, r->is_met, sizeof r->was_met);
}

static void link_as(struct world *w, struct reference *r, const uint32_t *cluster)
{
    struct linked before = world_load(w);
    publish(w, cluster);
    struct linked after = world_load(w);
    assert_int_equal(before.mentions.n, after.mentions.n);
    look(w, r);
    follow_the_rules(r, &before, &after, cluster);
    r->n_closed += run(w, "SELECT count(*) FROM redirect WHERE into_entity = 0");
    assert_all_lead_as_before(w, r);
    uint64_t rows = sum_of_rows(w);
    publish(w, cluster);
    follow_the_rules(r, &after, &after, cluster);
    assert_int_equal(sum_of_rows(w), rows);
    linked_release(&before);
    linked_release(&after);
}

/* Any partition: often the one before, with some pulled out and some put together. */
static void relink(struct world *w, struct reference *r)
{
    struct linked linked = world_load(w);
    size_t n = linked.mentions.n;
    uint32_t *cluster = calloc(n + 1, sizeof *cluster);
    assert_non_null(cluster);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t mood = draw(r, 5);
        cluster[i] = i;
        for (uint32_t j = 0; j < i && mood > 1; j++)
            if (linked.entity_of[j] == linked.entity_of[i]) {
                cluster[i] = cluster[j];
                break;
            }
        if (mood == 1 && i)
            cluster[i] = cluster[draw(r, i)];
    }
    linked_release(&linked);
    link_as(w, r, cluster);
    free(cluster);
}

static void import_some(struct world *w, struct reference *r)
{
    static const char *const keys[N_KEYS] = {"k0", "k1", "k2", "k3", "k4"};
    static const char *const texts[N_TEXTS] = {"a", "b", "c", "d", "e", "f", "g", "h", "i"};
    bool has_keys = draw(r, 3);
    struct said said[N_KEYS];
    size_t n = 0;
    for (size_t i = 0; i < N_KEYS; i++)
        if (draw(r, 2))
            said[n++] = (struct said){has_keys ? keys[i] : NULL, texts[draw(r, N_TEXTS)]};
    edition(w, has_keys ? draw(r, 2) ? "keyed" : "keyed, too" : "plain", draw(r, 2), said, n);
    r->imports[r->n_imports++] = w->number;
}

static void undo_some(struct world *w, struct reference *r)
{
    size_t i = draw(r, r->n_imports);
    assert_ok(w, store_import_undo(w->store, r->imports[i], &tester, &w->err));
    r->imports[i] = r->imports[--r->n_imports];
}

static void withdraw_some(struct world *w, struct reference *r)
{
    enum comity_status status = store_coverage_withdraw(w->store, r->imports[draw(r, r->n_imports)], &tester, &w->err);
    assert_true(status == COMITY_OK || status == COMITY_NOTFOUND || status == COMITY_CONFLICT);
}

static void step(struct world *w, struct reference *r)
{
    for (uint64_t n = draw(r, 4); n-- > 0;) {
        uint64_t what = draw(r, 6);
        if (what < 3 || !r->n_imports)
            import_some(w, r);
        else if (what < 5)
            undo_some(w, r);
        else
            withdraw_some(w, r);
        look(w, r);
        assert_all_lead_as_before(w, r);
    }
    relink(w, r);
}

/* The table as an old program would have it by now. Where it had no row and membership has one, what the old program
 * would say can not be told any more. */
static void make_it_old(struct world *w, struct reference *r)
{
    char sql[128];
    store_close(w->store);
    run(w, "DELETE FROM redirect");
    for (uint64_t id = 1; id <= r->last; id++) {
        snprintf(sql, sizeof sql, "INSERT INTO redirect VALUES(%llu, %llu)", (unsigned long long)id,
            (unsigned long long)r->into[id]);
        if (r->into[id] && !r->is_version[id])
            run(w, sql);
        snprintf(sql, sizeof sql, "SELECT entity FROM membership WHERE mention = %llu", (unsigned long long)id);
        r->is_unsure[id] = !r->into[id] && run(w, sql);
    }
    world_open(w);
}

static size_t live_through(uint64_t seed, bool is_made_old, size_t *n_unsure)
{
    struct world w;
    struct reference *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->random = seed;
    world_with_days(&w);
    for (int i = 0; i < STEPS; i++) {
        step(&w, r);
        if (is_made_old && i % 15 == 14)
            make_it_old(&w, r);
    }
    world_verify(&w);
    world_release(&w);
    size_t n_closed = r->n_closed;
    *n_unsure += r->n_unsure;
    free(r);
    return n_closed;
}

static void every_id_leads_where_it_led_when_each_had_a_row(void **state)
{
    size_t n_closed = 0, n_unsure = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= WORLDS; seed++)
        n_closed += live_through(seed, false, &n_unsure);
    print_message("%zu rows that lead nowhere were met\n", n_closed);
    assert_true(n_closed > 0);
    assert_int_equal(n_unsure, 0);
}

static void so_it_does_in_a_store_that_old_programs_wrote(void **state)
{
    size_t n_unsure = 0;
    (void)state;
    for (uint64_t seed = 101; seed < 101 + WORLDS; seed++)
        live_through(seed, true, &n_unsure);
    print_message("%zu times an old row was missing\n", n_unsure);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_linking_writes_no_redirect),
        cmocka_unit_test(an_entity_without_its_first_mention_has_a_row),
        cmocka_unit_test(an_entity_that_left_its_first_mention_has_a_row),
        cmocka_unit_test(what_ended_leads_nowhere),
        cmocka_unit_test(a_circle_ends),
        cmocka_unit_test(every_id_leads_where_it_led_when_each_had_a_row),
        cmocka_unit_test(so_it_does_in_a_store_that_old_programs_wrote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
