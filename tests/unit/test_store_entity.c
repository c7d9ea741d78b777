/* What entity ids promise: they are stable, the oldest survives a merge, the others redirect, a merge taken apart gives
 * the ids back. And what judgements and the model's repeated loads promise. */
#include "unit.h"

#include "failing_malloc.h"
#include "store_world.h"

static void publish(struct world *w, const uint32_t *cluster, const struct judgement *loads, size_t n_loads)
{
    struct linked linked = world_load(w);
    assert_ok(w, store_publish_links(w->store, &linked.mentions, cluster, loads, n_loads, SLICE("model"), &no_report,
                     &tester, &w->err));
    linked_release(&linked);
    world_verify(w);
}

#define CLUSTERS(...)                                                                                                  \
    (const uint32_t[])                                                                                                 \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }

static void assert_entities(struct world *w, const uint64_t *expected, size_t n)
{
    struct linked linked = world_load(w);
    assert_int_equal(linked.mentions.n, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(linked.entity_of[i], expected[i]);
    linked_release(&linked);
}
#define ENTITIES(...) (const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t)

static uint64_t follow(struct world *w, uint64_t entity)
{
    enum comity_status status = store_entity_follow(w->store, &entity, &w->err);
    return status == COMITY_NOTFOUND ? 0 : status ? UINT64_MAX : entity;
}

static void a_mention_is_an_entity_before_it_is_linked(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}, {NULL, "b"}));
    assert_entities(&w, ENTITIES(1, 2));
    assert_int_equal(follow(&w, 2), 2);
    assert_int_equal(follow(&w, 3), 0);
    world_release(&w);
}

static void the_oldest_survives_a_merge_and_a_split_gives_the_ids_back(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}, {NULL, "b"}, {NULL, "c"}, {NULL, "d"}));
    publish(&w, CLUSTERS(0, 1, 0, 1), NULL, 0);
    assert_entities(&w, ENTITIES(1, 2, 1, 2));
    assert_int_equal(follow(&w, 3), 1);
    assert_int_equal(follow(&w, 4), 2);
    publish(&w, CLUSTERS(0, 0, 0, 0), NULL, 0);
    assert_entities(&w, ENTITIES(1, 1, 1, 1));
    assert_int_equal(follow(&w, 4), 1); /* 4 → 2 → 1 */
    publish(&w, CLUSTERS(0, 1, 0, 1), NULL, 0);
    assert_entities(&w, ENTITIES(1, 2, 1, 2));
    assert_int_equal(follow(&w, 2), 2);
    assert_int_equal(follow(&w, 4), 2);
    publish(&w, CLUSTERS(0, 1, 2, 3), NULL, 0);
    assert_entities(&w, ENTITIES(1, 2, 3, 4));
    assert_int_equal(follow(&w, 4), 4);
    world_release(&w);
}

static void in_a_split_the_part_with_the_oldest_mention_keeps_the_id(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}, {NULL, "b"}, {NULL, "c"}));
    publish(&w, CLUSTERS(0, 0, 0), NULL, 0);
    publish(&w, CLUSTERS(0, 1, 1), NULL, 0);
    assert_entities(&w, ENTITIES(1, 2, 2));
    assert_int_equal(follow(&w, 3), 2);
    world_release(&w);
}

static void an_id_outlives_the_mention_that_gave_it(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}));
    world_import(&w, "t", SAYS({NULL, "b"}));
    publish(&w, CLUSTERS(0, 0), NULL, 0);
    assert_ok(&w, store_import_undo(w.store, 1, &tester, &w.err));
    assert_entities(&w, ENTITIES(1));
    assert_int_equal(follow(&w, 1), 1);
    world_import(&w, "s", SAYS({NULL, "a"}));
    publish(&w, CLUSTERS(0, 0), NULL, 0);
    assert_entities(&w, ENTITIES(1, 1));
    /* Apart again: 1 stays with the mention that has been in it longest; the other is its own. */
    publish(&w, CLUSTERS(0, 1), NULL, 0);
    assert_entities(&w, ENTITIES(1, 3));
    world_release(&w);
}

static void a_newer_version_stays_the_same_entity(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({"k", "a"}));
    world_import(&w, "t", SAYS({NULL, "b"}));
    publish(&w, CLUSTERS(0, 0), NULL, 0);
    world_import(&w, "s", SAYS({"k", "a, revised"}));
    assert_entities(&w, ENTITIES(1, 1));
    world_release(&w);
}

/* More than are read at once: while some go into the table the next are being read. */
static void many_mentions_are_loaded_in_the_order_of_their_ids(void **state)
{
    enum { N = 20000, N_TEXTS = 7000 };
    static char texts[N][16], keys[N][16];
    static struct said rows[N];
    static uint32_t cluster[N];
    struct world w;
    (void)state;
    for (uint32_t i = 0; i < N; i++) {
        snprintf(texts[i], sizeof texts[i], "text %u", i % N_TEXTS);
        snprintf(keys[i], sizeof keys[i], "key %u", i);
        rows[i] = (struct said){keys[i], texts[i]};
        cluster[i] = i % 3 ? i : i / 6 * 6;
    }
    world_init(&w);
    world_import(&w, "s", rows, N);
    publish(&w, cluster, NULL, 0);
    struct linked linked = world_load(&w);
    assert_int_equal(linked.mentions.n, N);
    for (uint32_t i = 0; i < N; i++) {
        assert_int_equal(linked.mentions.id[i], i + 1);
        assert_true(slice_is(mention_value(&linked.mentions, i, 0)->text, texts[i]));
        assert_int_equal(linked.entity_of[i], cluster[i] + 1);
    }
    linked_release(&linked);
    for (uint32_t i = 0; i < N; i += 97)
        assert_int_equal(follow(&w, i + 1), cluster[i] + 1);
    /* Some move, some stand alone again, and new ones come to them. */
    for (uint32_t i = 0; i < N; i++)
        cluster[i] = i % 3 && i % 5 ? i : i / 15 * 15;
    publish(&w, cluster, NULL, 0);
    linked = world_load(&w);
    for (uint32_t i = 0; i < N; i++)
        for (uint32_t j = i / 15 * 15; j < i; j++)
            assert_true((linked.entity_of[i] == linked.entity_of[j]) == (cluster[i] == cluster[j]));
    linked_release(&linked);
    world_release(&w);
}

static enum comity_status try_publish(struct world *w, const struct linked *linked, const uint32_t *cluster)
{
    return store_publish_links(
        w->store, &linked->mentions, cluster, NULL, 0, SLICE("model"), &no_report, &tester, &w->err);
}

/* More members than one statement takes. One allocation after another fails; each time the entities are as before. */
static void publishing_survives_any_failed_allocation(void **state)
{
    enum { N = 200 };
    static char texts[N][16];
    static struct said rows[N];
    static uint32_t cluster[N], apart[N];
    struct world w;
    long n = 0, n_failed = 0;
    (void)state;
    for (uint32_t i = 0; i < N; i++) {
        snprintf(texts[i], sizeof texts[i], "text %u", i);
        rows[i] = (struct said){NULL, texts[i]};
        cluster[i] = i / 4 * 4;
        apart[i] = i;
    }
    world_init(&w);
    world_import(&w, "s", rows, N);
    struct linked linked = world_load(&w);
    for (bool has_failed = true; has_failed; n += 1 + n / 256) {
        failing_malloc_after(n);
        enum comity_status status = try_publish(&w, &linked, cluster);
        has_failed = failing_malloc_stop();
        assert_true(!status || (has_failed && status == COMITY_NOMEM));
        n_failed += status != COMITY_OK;
        struct linked now = world_load(&w);
        for (uint32_t i = 0; i < N; i++)
            assert_int_equal(now.entity_of[i], status ? i + 1 : cluster[i] + 1);
        linked_release(&now);
        if (!status)
            assert_ok(&w, try_publish(&w, &linked, apart));
    }
    assert_true(n_failed > 30);
    linked_release(&linked);
    world_release(&w);
}

/* Any partition after any other: ids are unique to their clusters, every id that there was is alive or leads to a live
 * one. */
static void ids_hold_over_many_random_partitions(void **state)
{
    enum { N = 24, ROUNDS = 60 };
    struct world w;
    struct said said[N];
    char texts[N][8];
    uint64_t random = 42;
    bool was_live[4096] = {false};
    (void)state;
    world_init(&w);
    for (size_t i = 0; i < N; i++) {
        snprintf(texts[i], sizeof texts[i], "t%zu", i);
        said[i] = (struct said){NULL, texts[i]};
    }
    world_import(&w, "s", said, N);
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t cluster[N];
        for (uint32_t i = 0; i < N; i++) {
            random = hash_u64(random);
            uint32_t j = (uint32_t)(random % (i + 1));
            cluster[i] = random >> 40 & 1 ? cluster[j == i ? 0 : j] : i;
            if (i == 0)
                cluster[0] = 0;
        }
        publish(&w, cluster, NULL, 0);
        struct linked linked = world_load(&w);
        for (size_t i = 0; i < N; i++) {
            was_live[linked.entity_of[i]] = true;
            for (size_t j = 0; j < i; j++)
                assert_true((linked.entity_of[i] == linked.entity_of[j]) == (cluster[i] == cluster[j]));
        }
        for (uint64_t id = 1; id < 4096; id++) {
            uint64_t live = was_live[id] ? follow(&w, id) : 0;
            bool is_there = !was_live[id];
            for (size_t i = 0; i < N; i++)
                is_there = is_there || linked.entity_of[i] == live;
            assert_true(is_there);
        }
        linked_release(&linked);
    }
    world_release(&w);
}

static struct judgement repeated(int32_t first, uint32_t surplus)
{
    return (struct judgement){.kind = JUDGEMENT_REPEATED_LOAD,
        .source = SLICE("s"),
        .country = SLICE("CO"),
        .first_day = first,
        .last_day = first + 5,
        .times = 2,
        .n_rows = 2 * surplus,
        .n_surplus = surplus,
        .confidence = 0.99};
}

static size_t judgements(struct world *w, bool live_only, struct arena *arena, struct judgement **out)
{
    size_t n;
    assert_ok(w, store_judgements(w->store, &tester, live_only, arena, out, &n, &w->err));
    return n;
}

/* A part that is found again for the same reason keeps its number; for another one it is another finding. */
static void the_models_parts_are_replaced_but_kept(void **state)
{
    struct world w;
    struct arena arena = {0};
    struct judgement *found, *again;
    struct judgement parts[] = {repeated(100, 29),
        {.kind = JUDGEMENT_PART_OF, .a = 7, .b = 8, .why = SLICE("1 + 2 are 3")},
        {.kind = JUDGEMENT_PART_OF, .a = 9, .b = 8, .why = SLICE("1 + 2 are 3")}};
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}));
    publish(&w, CLUSTERS(0), parts, 3);
    assert_int_equal(judgements(&w, true, &arena, &found), 3);
    parts[2].why = SLICE("1 + 3 are 4");
    publish(&w, CLUSTERS(0), parts, 3);
    assert_int_equal(judgements(&w, true, &arena, &again), 3);
    assert_true(again[0].id == found[0].id && again[1].id == found[1].id && again[2].id > found[2].id);
    publish(&w, CLUSTERS(0), parts, 1);
    assert_int_equal(judgements(&w, true, &arena, &again), 1);
    assert_int_equal(judgements(&w, false, &arena, &again), 4);
    assert_true(again[1].is_withdrawn && again[1].a == 7 && again[1].b == 8);
    arena_release(&arena);
    world_release(&w);
}

static void the_models_loads_are_replaced_but_kept(void **state)
{
    struct world w;
    struct arena arena = {0};
    struct judgement *found, *again;
    struct judgement loads[2] = {repeated(100, 29), repeated(200, 7)};
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}));
    publish(&w, CLUSTERS(0), loads, 2);
    assert_int_equal(judgements(&w, true, &arena, &found), 2);
    publish(&w, CLUSTERS(0), &loads[1], 1);
    assert_int_equal(judgements(&w, true, &arena, &again), 1);
    assert_int_equal(again[0].id, found[1].id);
    assert_int_equal(again[0].n_surplus, 7);
    assert_true(slice_is(again[0].country, "CO"));
    assert_int_equal(judgements(&w, false, &arena, &again), 2);
    arena_release(&arena);
    world_release(&w);
}

static void judgements_are_made_and_undone_but_never_removed(void **state)
{
    struct world w;
    struct arena arena = {0};
    struct judgement same = {.kind = JUDGEMENT_SAME,
        .is_by_person = true,
        .a = 0xFFFFFFFFFFFFFFFFu,
        .b = 7,
        .confidence = 1,
        .why = SLICE("one case file")};
    struct judgement *all;
    uint64_t id, before, after;
    (void)state;
    world_init(&w);
    assert_ok(&w, store_sequence(w.store, &before, &w.err));
    assert_ok(&w, store_judge(w.store, &same, &tester, &id, &w.err));
    assert_ok(&w, store_sequence(w.store, &after, &w.err));
    assert_true(after > before);
    assert_int_equal(judgements(&w, true, &arena, &all), 1);
    assert_true(all[0].a == same.a && all[0].b == same.b);
    assert_true(slice_is(all[0].who, "tester"));
    assert_true(slice_is(all[0].why, "one case file"));
    publish(&w, NULL, NULL, 0);
    assert_int_equal(judgements(&w, true, &arena, &all), 1); /* a person's stays */
    assert_ok(&w, store_judge_undo(w.store, id, &tester, &w.err));
    assert_int_equal(judgements(&w, true, &arena, &all), 0);
    assert_int_equal(judgements(&w, false, &arena, &all), 1);
    assert_true(all[0].is_undone);
    assert_int_equal(store_judge_undo(w.store, id, &tester, &w.err), COMITY_CONFLICT);
    assert_int_equal(store_judge_undo(w.store, 99, &tester, &w.err), COMITY_NOTFOUND);
    same.b = same.a;
    assert_int_equal(store_judge(w.store, &same, &tester, &id, &w.err), COMITY_USAGE);
    arena_release(&arena);
    world_release(&w);
}

static void the_last_model_is_kept(void **state)
{
    struct world w;
    struct arena arena = {0};
    struct slice model, report;
    (void)state;
    world_init(&w);
    assert_ok(&w, store_model(w.store, &arena, &model, &report, &w.err));
    assert_int_equal(model.len, 0);
    world_import(&w, "s", SAYS({NULL, "a"}));
    publish(&w, CLUSTERS(0), NULL, 0);
    assert_ok(&w, store_model(w.store, &arena, &model, &report, &w.err));
    assert_true(slice_is(model, "model"));
    assert_true(slice_is(report, "{}"));
    arena_release(&arena);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mention_is_an_entity_before_it_is_linked),
        cmocka_unit_test(the_oldest_survives_a_merge_and_a_split_gives_the_ids_back),
        cmocka_unit_test(in_a_split_the_part_with_the_oldest_mention_keeps_the_id),
        cmocka_unit_test(an_id_outlives_the_mention_that_gave_it),
        cmocka_unit_test(a_newer_version_stays_the_same_entity),
        cmocka_unit_test(many_mentions_are_loaded_in_the_order_of_their_ids),
        cmocka_unit_test(publishing_survives_any_failed_allocation),
        cmocka_unit_test(ids_hold_over_many_random_partitions),
        cmocka_unit_test(the_models_loads_are_replaced_but_kept),
        cmocka_unit_test(the_models_parts_are_replaced_but_kept),
        cmocka_unit_test(judgements_are_made_and_undone_but_never_removed),
        cmocka_unit_test(the_last_model_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
