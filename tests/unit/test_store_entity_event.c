/* What became of entities: one row for each that changed, with its cause; nothing for what is seen for the first time;
 * and whatever was done, the rows lead from the first partition to the last. */
#include "unit.h"

#include "failing_malloc.h"
#include "store/entity_event.h"
#include "store_world.h"

static void publish_as(struct world *w, const uint32_t *cluster, const char *model)
{
    struct linked linked = world_load(w);
    assert_ok(w, store_publish_links(
                     w->store, &linked.mentions, cluster, NULL, 0, slice_from(model), &no_report, &tester, &w->err));
    linked_release(&linked);
}

#define PUBLISH(world, ...) publish_as((world), (const uint32_t[]){__VA_ARGS__}, "model")

static size_t events_of(
    struct world *w, uint64_t entity, uint64_t since, struct arena *arena, struct entity_event **out)
{
    struct entity_event_part part = {.entity = entity, .since = since, .until = UINT64_MAX};
    size_t n = 0;
    assert_ok(w, store_entity_events(w->store, &tester, &part, arena, out, &n, &w->err));
    return n;
}

/* "split 1>3 [3]; merged 2>1 by judgement 1" */
static void assert_events(struct world *w, uint64_t entity, const char *expected)
{
    struct arena arena = {0};
    struct entity_event *events;
    struct buffer text;
    buffer_init(&text, 1 << 20);
    buffer_add_string(&text, "");
    size_t n = events_of(w, entity, 0, &arena, &events);
    for (size_t i = 0; i < n; i++) {
        const struct entity_event *e = &events[i];
        buffer_format(&text, "%s%s %llu", i ? "; " : "", entity_event_word(e->kind), (unsigned long long)e->entity);
        if (e->other)
            buffer_format(&text, ">%llu", (unsigned long long)e->other);
        for (size_t m = 0; m < e->n_members; m++)
            buffer_format(&text, "%s%llu", m ? "," : " [", (unsigned long long)e->members[m]);
        buffer_add_string(&text, e->n_members ? "]" : "");
        if (e->cause != ENTITY_BY_LINKING)
            buffer_format(&text, " by %s %llu", entity_cause_word(e->cause), (unsigned long long)e->cause_id);
    }
    if (!slice_is(buffer_slice(&text), expected))
        fail_msg("told is '%.*s', not '%s'", SLICE_ARG(buffer_slice(&text)), expected);
    buffer_release(&text);
    arena_release(&arena);
}

static uint64_t judge(struct world *w, enum judgement_kind kind, size_t a, size_t b)
{
    struct linked linked = world_load(w);
    struct judgement judgement = {.kind = kind, .is_by_person = true, .confidence = 1};
    struct reader ana = {.language = "en", .name = "ana"};
    uint64_t id;
    judgement.a = linked.mentions.identity[a];
    judgement.b = linked.mentions.identity[b];
    assert_ok(w, store_judge(w->store, &judgement, &ana, &id, &w->err));
    linked_release(&linked);
    return id;
}

static void what_is_seen_for_the_first_time_is_only_counted(void **state)
{
    struct world w;
    struct arena arena = {0};
    struct entity_round *rounds;
    size_t n;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}, {NULL, "b"}, {NULL, "c"}));
    PUBLISH(&w, 0, 1, 0);
    world_import(&w, "t", SAYS({NULL, "d"}, {NULL, "e"}));
    PUBLISH(&w, 0, 1, 0, 1, 4);
    assert_events(&w, 0, "");
    assert_ok(&w, store_entity_rounds(w.store, &tester, 0, UINT64_MAX, &arena, &rounds, &n, &w.err));
    assert_int_equal(n, 2);
    assert_true(rounds[0].n_created == 2 && rounds[0].n_joined == 1 && rounds[0].n_entities == 2);
    assert_true(rounds[1].n_created == 1 && rounds[1].n_joined == 1 && rounds[1].n_mentions == 5);
    assert_true(rounds[1].sequence > rounds[0].sequence && slice_is(rounds[1].who, "tester"));
    arena_release(&arena);
    world_release(&w);
}

static void merges_and_splits_are_told_with_the_judgement_behind_them(void **state)
{
    struct world w;
    struct arena arena = {0};
    struct entity_event *events;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}, {NULL, "b"}, {NULL, "c"}, {NULL, "d"}));
    PUBLISH(&w, 0, 1, 2, 3);
    uint64_t same = judge(&w, JUDGEMENT_SAME, 0, 1);
    PUBLISH(&w, 0, 0, 2, 2);
    assert_int_equal(same, 1);
    assert_events(&w, 0, "merged 2>1 by judgement 1; merged 4>3 by judgement 1");
    assert_int_equal(events_of(&w, 2, 0, &arena, &events), 1);
    assert_true(slice_is(events[0].who, "ana") && events[0].when.len && events[0].model.len == 16);
    assert_ok(&w, store_judge_undo(w.store, same, &tester, &w.err));
    judge(&w, JUDGEMENT_DIFFERENT, 0, 2);
    PUBLISH(&w, 0, 1, 2, 2);
    assert_events(&w, 2, "merged 2>1 by judgement 1; split 1>2 [2] by undo judgement 1");
    arena_release(&arena);
    world_release(&w);
}

/* Neither as a whole: one of two goes from one to the other. The cause is not known to be either of two imports. */
static void a_mention_that_changes_sides_has_moved(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}, {NULL, "b"}, {NULL, "c"}));
    PUBLISH(&w, 0, 0, 2);
    publish_as(&w, (const uint32_t[]){0, 1, 1}, "another model");
    assert_events(&w, 0, "moved 1>3 [2]");
    assert_events(&w, 3, "moved 1>3 [2]");
    world_import(&w, "t", SAYS({NULL, "d"}));
    /* Back again: the oldest mention of 3 leaves it, and takes the id along (decision 11). */
    PUBLISH(&w, 0, 0, 2, 2);
    assert_events(&w, 1, "moved 1>3 [2]; merged 3>1 by import 2");
    assert_events(&w, 4, "split 3>4 [3] by import 2");
    world_release(&w);
}

static void a_split_and_a_merge_at_once_are_two_events(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}, {NULL, "b"}, {NULL, "c"}));
    PUBLISH(&w, 0, 1, 1);
    PUBLISH(&w, 0, 0, 2);
    assert_events(&w, 0, "split 2>3 [3]; merged 2>1");
    world_release(&w);
}

static void entities_end_with_their_import_and_are_told_in_one_row(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}));
    world_import(&w, "t", SAYS({NULL, "b"}, {NULL, "c"}, {NULL, "d"}));
    PUBLISH(&w, 0, 0, 2, 3);
    assert_ok(&w, store_import_undo(w.store, 2, &tester, &w.err));
    PUBLISH(&w, 0);
    assert_events(&w, 0, "ended 3>4 [3,4] by undo import 2");
    assert_events(&w, 4, "ended 3>4 [3,4] by undo import 2");
    assert_events(&w, 1, "");
    /* The same rows again are other mentions, with numbers of their own. */
    world_import(&w, "t", SAYS({NULL, "b"}, {NULL, "c"}, {NULL, "d"}));
    PUBLISH(&w, 0, 0, 2, 3);
    assert_events(&w, 0, "ended 3>4 [3,4] by undo import 2");
    world_release(&w);
}

/* The newer version took the entity into another; taken back, the older one stands in it again, and the id does not
 * lead away from it. */
static void what_comes_back_is_told_and_leads_nowhere_else(void **state)
{
    struct world w;
    uint64_t id = 2;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}));
    world_import(&w, "t", SAYS({"k", "b"}));
    PUBLISH(&w, 0, 1);
    world_import(&w, "t", SAYS({"k", "b, revised"}));
    PUBLISH(&w, 0, 0);
    assert_events(&w, 0, "merged 2>1 by import 3");
    assert_ok(&w, store_import_undo(w.store, 3, &tester, &w.err));
    assert_ok(&w, store_entity_follow(w.store, &id, &w.err));
    assert_int_equal(id, 2);
    PUBLISH(&w, 0, 1);
    assert_events(&w, 0, "merged 2>1 by import 3; returned 2 by undo import 3");
    assert_ok(&w, store_entity_follow(w.store, &id, &w.err));
    assert_int_equal(id, 2);
    world_release(&w);
}

static void parts_are_given_by_sequence_and_number(void **state)
{
    struct world w;
    struct arena arena = {0};
    struct entity_event *all, *part;
    size_t n = 0;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}, {NULL, "b"}, {NULL, "c"}));
    PUBLISH(&w, 0, 1, 2);
    PUBLISH(&w, 0, 0, 0);
    PUBLISH(&w, 0, 1, 2);
    assert_int_equal(events_of(&w, 0, 0, &arena, &all), 4);
    assert_int_equal(events_of(&w, 0, all[0].sequence, &arena, &part), 2);
    assert_int_equal(events_of(&w, 0, all[3].sequence, &arena, &part), 0);
    struct entity_event_part asked = {.until = all[0].sequence, .after = all[0].number, .most = 5};
    assert_ok(&w, store_entity_events(w.store, &tester, &asked, &arena, &part, &n, &w.err));
    assert_true(n == 1 && part[0].number == all[1].number);
    arena_release(&arena);
    world_release(&w);
}

/* A round is there whole, with the partition that it tells of, or neither is. */
static void out_of_memory_leaves_neither_round_nor_partition(void **state)
{
    struct world w;
    long n_failed = 0;
    bool has_failed = true;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}, {NULL, "b"}, {NULL, "c"}));
    world_import(&w, "t", SAYS({NULL, "d"}));
    PUBLISH(&w, 0, 0, 2, 3);
    judge(&w, JUDGEMENT_SAME, 0, 1);
    assert_ok(&w, store_import_undo(w.store, 2, &tester, &w.err));
    struct linked linked = world_load(&w);
    for (long n = 0; has_failed; n++) {
        failing_malloc_after(n);
        enum comity_status status = store_publish_links(w.store, &linked.mentions, (const uint32_t[]){0, 1, 1}, NULL, 0,
            SLICE("model"), &no_report, &tester, &w.err);
        has_failed = failing_malloc_stop();
        if (!status)
            break; /* what failed was not needed, or nothing did */
        assert_int_equal(status, COMITY_NOMEM);
        n_failed++;
        assert_events(&w, 0, "");
    }
    linked_release(&linked);
    print_message("%ld allocations failed in turn\n", n_failed);
    assert_true(n_failed > 30);
    assert_events(&w, 0, "moved 1>3 [2]; ended 4>4 [4] by undo import 2");
    world_verify(&w);
    world_release(&w);
}

/* ---- whatever is done ------------------------------------------------------------------------------------------- */

enum { MOST_ID = 2048, STEPS = 120, WORLDS = 6, N_TEXTS = 12 };

/* What somebody who reads only the events knows. */
struct replay {
    uint64_t random;
    uint64_t place[MOST_ID];     /* by mention: its entity, 0 where it is not there */
    bool is_alive[MOST_ID];      /* by entity */
    bool ever[MOST_ID][MOST_ID]; /* by entity and mention */
    enum { NEVER, ALIVE, MERGED, ENDED } fate[MOST_ID];
    uint64_t into[MOST_ID];
    bool is_named[MOST_ID]; /* this round told that the entity is there (again) */
    uint64_t sequence;
    uint64_t imports[STEPS], judgements[STEPS];
    size_t n_imports, n_judgements;
};

static uint64_t draw(struct replay *r, uint64_t below)
{
    r->random = hash_u64(r->random + 1);
    return r->random % below;
}

static void import_some(struct world *w, struct replay *r)
{
    static const char *const keys[] = {"k0", "k1", "k2", "k3", "k4", "k5"};
    static const char *const texts[N_TEXTS] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};
    bool has_keys = draw(r, 2);
    struct said said[6];
    size_t n = 0;
    for (size_t i = 0; i < 6; i++)
        if (draw(r, 2))
            said[n++] = (struct said){has_keys ? keys[i] : NULL, texts[draw(r, N_TEXTS)]};
    world_import(w, has_keys ? "keyed" : "plain", said, n);
    r->imports[r->n_imports++] = w->number;
}

static void judge_some(struct world *w, struct replay *r)
{
    struct linked linked = world_load(w);
    size_t n = linked.mentions.n;
    linked_release(&linked);
    size_t a = n ? draw(r, n) : 0, b = n ? draw(r, n) : 0;
    if (a < b)
        r->judgements[r->n_judgements++] = judge(w, draw(r, 2) ? JUDGEMENT_SAME : JUDGEMENT_DIFFERENT, a, b);
}

static void do_something(struct world *w, struct replay *r)
{
    uint64_t what = draw(r, 5);
    if (what < 2)
        import_some(w, r);
    else if (what == 2 && r->n_imports)
        assert_ok(w, store_import_undo(w->store, r->imports[--r->n_imports], &tester, &w->err));
    else if (what == 3)
        judge_some(w, r);
    else if (r->n_judgements)
        assert_ok(w, store_judge_undo(w->store, r->judgements[--r->n_judgements], &tester, &w->err));
}

/* Any partition: often the one before, with some pulled out and some put together. */
static void relink(struct world *w, struct replay *r)
{
    struct linked linked = world_load(w);
    size_t n = linked.mentions.n;
    uint32_t *cluster = malloc((n + 1) * sizeof *cluster);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t mood = draw(r, 4);
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
    publish_as(w, cluster, draw(r, 2) ? "one" : "another");
    free(cluster);
}

static void drop_the_gone(struct replay *r, const struct linked *now)
{
    for (uint64_t id = 1, at = 0; id < MOST_ID; id++) {
        while (at < now->mentions.n && now->mentions.id[at] < id)
            at++;
        if (at == now->mentions.n || now->mentions.id[at] != id)
            r->place[id] = 0;
    }
}

static void move(struct replay *r, const struct entity_event *e)
{
    assert_int_equal(e->kind == ENTITY_MOVED, r->is_alive[e->other]);
    r->is_named[e->other] = true;
    for (size_t m = 0; m < e->n_members; m++) {
        assert_int_equal(r->place[e->members[m]], e->entity);
        r->place[e->members[m]] = e->other;
    }
}

static void merge(struct replay *r, const struct entity_event *e)
{
    size_t n = 0;
    assert_true(r->is_alive[e->entity]);
    for (uint64_t id = 1; id < MOST_ID; id++)
        if (r->place[id] == e->entity) {
            r->place[id] = e->other;
            n++;
        }
    assert_true(n > 0);
    r->fate[e->entity] = MERGED;
    r->into[e->entity] = e->other;
}

static void end(struct replay *r, const struct entity_event *e)
{
    for (size_t m = 0; m < e->n_members; m++) {
        assert_true(r->is_alive[e->members[m]]);
        for (uint64_t id = 1; id < MOST_ID; id++)
            assert_true(r->place[id] != e->members[m]);
        r->fate[e->members[m]] = ENDED;
    }
}

static void apply(struct world *w, struct replay *r)
{
    struct arena arena = {0};
    struct entity_event *events;
    size_t n = events_of(w, 0, r->sequence, &arena, &events);
    memset(r->is_named, 0, sizeof r->is_named);
    for (size_t i = 0; i < n; i++) {
        const struct entity_event *e = &events[i];
        assert_true(i == 0 || e->kind >= events[i - 1].kind);
        if (e->kind <= ENTITY_MOVED)
            move(r, e);
        else if (e->kind == ENTITY_MERGED)
            merge(r, e);
        else if (e->kind == ENTITY_ENDED)
            end(r, e);
        else {
            assert_true(r->fate[e->entity] == MERGED || r->fate[e->entity] == ENDED);
            r->is_named[e->entity] = true;
        }
    }
    arena_release(&arena);
}

/* An id is of what it was of: a mention of it has been in it before, or stood in it when it came. */
static void check_names(struct replay *r, const struct linked *now, const uint64_t *came_in)
{
    for (size_t i = 0; i < now->mentions.n; i++) {
        uint64_t entity = now->entity_of[i];
        bool is_the_same = r->fate[entity] == NEVER;
        for (size_t j = 0; j < now->mentions.n && !is_the_same; j++)
            is_the_same = now->entity_of[j] == entity &&
                          (r->ever[entity][now->mentions.id[j]] || came_in[now->mentions.id[j]] == entity);
        assert_true(is_the_same);
    }
    for (size_t i = 0; i < now->mentions.n; i++)
        r->ever[now->entity_of[i]][now->mentions.id[i]] = true;
}

static void check_fates(struct world *w, struct replay *r, const struct linked *now)
{
    bool is_alive[MOST_ID] = {false};
    for (size_t i = 0; i < now->mentions.n; i++)
        is_alive[now->entity_of[i]] = true;
    for (uint64_t id = 1; id < MOST_ID; id++) {
        assert_true(!is_alive[id] || r->fate[id] == NEVER || r->is_alive[id] || r->is_named[id]);
        if (is_alive[id])
            r->fate[id] = ALIVE;
        if (r->fate[id] == NEVER)
            continue;
        assert_true(is_alive[id] == (r->fate[id] == ALIVE));
        uint64_t told = id, led = id;
        while (r->fate[told] == MERGED)
            told = r->into[told];
        enum comity_status status = store_entity_follow(w->store, &led, &w->err);
        assert_int_equal(status, r->fate[told] == ENDED ? COMITY_NOTFOUND : COMITY_OK);
        assert_true(status || is_alive[led]);
    }
    memcpy(r->is_alive, is_alive, sizeof is_alive);
}

static void step(struct world *w, struct replay *r)
{
    uint64_t came_in[MOST_ID] = {0};
    for (uint64_t n = draw(r, 3); n-- > 0;)
        do_something(w, r);
    struct linked before = world_load(w);
    for (size_t i = 0; i < before.mentions.n; i++) {
        uint64_t id = before.mentions.id[i], entity = before.entity_of[i];
        came_in[id] = entity;
        if (!r->place[id] && r->is_alive[entity])
            r->place[id] = entity;
    }
    drop_the_gone(r, &before);
    linked_release(&before);
    relink(w, r);
    apply(w, r);
    struct linked now = world_load(w);
    assert_true(now.mentions.n == 0 || now.mentions.id[now.mentions.n - 1] < MOST_ID);
    for (size_t i = 0; i < now.mentions.n; i++) {
        uint64_t id = now.mentions.id[i];
        r->place[id] = r->place[id] ? r->place[id] : now.entity_of[i];
        assert_int_equal(r->place[id], now.entity_of[i]);
    }
    check_names(r, &now, came_in);
    check_fates(w, r, &now);
    r->sequence = now.sequence;
    linked_release(&now);
}

static void events_lead_from_the_first_partition_to_the_last(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        struct world w;
        struct replay *r = calloc(1, sizeof *r);
        assert_non_null(r);
        r->random = seed;
        world_init(&w);
        for (int i = 0; i < STEPS; i++)
            step(&w, r);
        world_verify(&w);
        world_release(&w);
        free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_seen_for_the_first_time_is_only_counted),
        cmocka_unit_test(merges_and_splits_are_told_with_the_judgement_behind_them),
        cmocka_unit_test(a_mention_that_changes_sides_has_moved),
        cmocka_unit_test(a_split_and_a_merge_at_once_are_two_events),
        cmocka_unit_test(entities_end_with_their_import_and_are_told_in_one_row),
        cmocka_unit_test(what_comes_back_is_told_and_leads_nowhere_else),
        cmocka_unit_test(parts_are_given_by_sequence_and_number),
        cmocka_unit_test(out_of_memory_leaves_neither_round_nor_partition),
        cmocka_unit_test(events_lead_from_the_first_partition_to_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
