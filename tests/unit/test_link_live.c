/* A linked whole that mentions come to and go from, one by one, is at any time what linking all that is there would
 * make of it under the same model: in whatever order they came, with whatever was said and taken back on the way. */
#include "unit.h"

#include "failing_malloc.h"
#include "link/live.h"
#include "link_story.h"

#include <stdio.h>

enum { MOST_SAID = 64 };
#define NOWHERE UINT32_MAX

/* All mentions there are, of which some are in `live` at a time. */
struct stage {
    struct world all;
    struct link_result trained;
    struct world first; /* the mentions that it started with */
    struct link_live *live;
    uint32_t *position; /* by mention of `all`; NOWHERE: not in it */
    struct {
        uint32_t a, b;
        bool is_same;
    } said[MOST_SAID];
    size_t n_said;
    uint64_t random;
};

static void copy_mention(struct world *to, const struct world *from, size_t m)
{
    struct value values[N_FIELDS];
    for (int f = 0; f < N_FIELDS; f++)
        values[f] = *mention_value(&from->mentions, m, f);
    size_t at = world_add(to, from->mentions.source[m], values);
    to->mentions.content[at] = from->mentions.content[m];
    to->mentions.identity[at] = from->mentions.identity[m];
    to->mentions.ordinal[at] = from->mentions.ordinal[m];
}

static struct link_options plain(const struct stage *stage, unsigned threads)
{
    return (struct link_options){.threads = threads, .model = stage->trained.model, .is_plain = true};
}

/* Starts with a share of the mentions, under a model that was trained on all. */
static void stage_open(struct stage *stage, const struct story_options *story, double share)
{
    struct comity_error err;
    *stage = (struct stage){.random = hash_u64(story->seed + 77)};
    world_init(&stage->all);
    free(story_make(&stage->all, story));
    assert_int_equal(link_run(&stage->all.mentions, NULL, 0, NULL, &stage->trained, &err), COMITY_OK);
    size_t n = stage->all.mentions.n;
    uint32_t *taken = malloc(n * sizeof *taken), n_taken = 0;
    stage->position = malloc(n * sizeof *stage->position);
    world_init(&stage->first);
    for (uint32_t m = 0; m < n; m++) {
        stage->position[m] = NOWHERE;
        if (chance(&stage->random) >= share)
            continue;
        copy_mention(&stage->first, &stage->all, m);
        taken[n_taken++] = m;
    }
    struct link_options options = plain(stage, 2);
    assert_int_equal(link_live_start(&stage->first.mentions, NULL, 0, &options, &stage->live, &err), COMITY_OK);
    for (uint32_t i = 0; i < n_taken; i++)
        stage->position[taken[i]] = link_live_position(stage->live, i);
    free(taken);
}

static void stage_close(struct stage *stage)
{
    link_live_free(stage->live);
    link_result_release(&stage->trained);
    world_release(&stage->first);
    world_release(&stage->all);
    free(stage->position);
}

static enum comity_status add(struct stage *stage, uint32_t m)
{
    struct value values[N_FIELDS];
    struct comity_error err;
    const struct mentions *all = &stage->all.mentions;
    for (int f = 0; f < N_FIELDS; f++)
        values[f] = *mention_value(all, m, f);
    struct live_mention mention = {.values = values,
        .source = all->source[m],
        .content = all->content[m],
        .identity = all->identity[m],
        .ordinal = all->ordinal[m]};
    uint32_t position;
    enum comity_status status = link_live_add(stage->live, &mention, &position, &err);
    if (status == COMITY_OK)
        stage->position[m] = position;
    return status;
}

static void forget_said(struct stage *stage, size_t i)
{
    stage->said[i] = stage->said[--stage->n_said];
}

static void take(struct stage *stage, uint32_t m)
{
    struct comity_error err;
    assert_int_equal(link_live_remove(stage->live, stage->position[m], &err), COMITY_OK);
    stage->position[m] = NOWHERE;
    for (size_t i = stage->n_said; i-- > 0;)
        if (stage->said[i].a == m || stage->said[i].b == m)
            forget_said(stage, i);
}

static void say(struct stage *stage, uint32_t a, uint32_t b, bool is_same)
{
    struct comity_error err;
    for (size_t i = stage->n_said; i-- > 0;)
        if ((stage->said[i].a == a && stage->said[i].b == b) || (stage->said[i].a == b && stage->said[i].b == a))
            forget_said(stage, i);
    assert_true(stage->n_said < MOST_SAID);
    assert_int_equal(link_live_judge(stage->live, stage->position[a], stage->position[b], is_same, &err), COMITY_OK);
    stage->said[stage->n_said].a = a;
    stage->said[stage->n_said].b = b;
    stage->said[stage->n_said++].is_same = is_same;
}

static void unsay(struct stage *stage, size_t i)
{
    struct comity_error err;
    uint32_t a = stage->position[stage->said[i].a], b = stage->position[stage->said[i].b];
    assert_int_equal(link_live_forget(stage->live, a, b, &err), COMITY_OK);
    forget_said(stage, i);
}

/* Links what is there from the beginning, with its mentions in another order, and holds the two against each other. */
static size_t compare(struct stage *stage, unsigned threads)
{
    const struct mentions *all = &stage->all.mentions;
    struct world there;
    struct link_result r;
    struct comity_error err;
    struct judgement said[MOST_SAID];
    uint32_t *of_all = malloc(all->n * sizeof *of_all);
    uint32_t *first_of = malloc(link_live_count(stage->live) * sizeof *first_of);
    world_init(&there);
    size_t n = 0, start = (size_t)(chance(&stage->random) * (double)all->n);
    for (size_t i = 0; i < all->n; i++) {
        uint32_t m = (uint32_t)((start + i) % all->n);
        if (stage->position[m] == NOWHERE)
            continue;
        copy_mention(&there, &stage->all, m);
        of_all[n++] = m;
    }
    for (size_t i = 0; i < stage->n_said; i++)
        said[i] = (struct judgement){.kind = stage->said[i].is_same ? JUDGEMENT_SAME : JUDGEMENT_DIFFERENT,
            .is_by_person = true,
            .a = all->identity[stage->said[i].a],
            .b = all->identity[stage->said[i].b]};
    struct link_options options = plain(stage, threads);
    assert_int_equal(link_run(&there.mentions, said, stage->n_said, &options, &r, &err), COMITY_OK);
    memset(first_of, 0xFF, link_live_count(stage->live) * sizeof *first_of);
    size_t n_cut = 0, n_clusters = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t cluster = link_live_cluster(stage->live, stage->position[of_all[i]]);
        n_clusters += first_of[cluster] == UINT32_MAX;
        if (first_of[cluster] == UINT32_MAX)
            first_of[cluster] = r.cluster[i];
        assert_int_equal(first_of[cluster], r.cluster[i]);
    }
    assert_int_equal(n_clusters, r.n_clusters);
    for (size_t i = 0; i < r.n_rules; i++)
        n_cut += r.rules[i].n_cut_blocks;
    link_result_release(&r);
    world_release(&there);
    free(of_all);
    free(first_of);
    return n_cut;
}

static uint32_t any(struct stage *stage, bool is_there)
{
    for (;;) {
        uint32_t m = (uint32_t)(chance(&stage->random) * (double)stage->all.mentions.n);
        if ((stage->position[m] != NOWHERE) == is_there)
            return m;
    }
}

/* Of two that are near each other in the story, so that what is said matters. */
static void say_something(struct stage *stage)
{
    uint32_t a = any(stage, true), b = a;
    for (uint32_t m = a + 1; m < stage->all.mentions.n && m < a + 6 && b == a; m++)
        if (stage->position[m] != NOWHERE)
            b = m;
    if (a != b && stage->n_said < MOST_SAID)
        say(stage, a, b, chance(&stage->random) < 0.5);
}

static void do_something(struct stage *stage, double share_added)
{
    double x = chance(&stage->random);
    if (x < 0.08)
        say_something(stage);
    else if (x < 0.11 && stage->n_said)
        unsay(stage, (size_t)(chance(&stage->random) * (double)stage->n_said));
    else if (chance(&stage->random) < share_added)
        assert_int_equal(add(stage, any(stage, false)), COMITY_OK);
    else
        take(stage, any(stage, true));
}

static void whatever_comes_and_goes_it_is_as_if_linked_at_once(void **state)
{
    (void)state;
    /* The second is so dense that blocks are split and joined again, and left out. */
    static const struct story_options stories[] = {
        {31, 1500, 0.8, 0.2, 0.2, 0.3, 0.3}, {32, 1500, 0.9, 0.5, 0.6, 0.6, 0.3}, {33, 900, 0.6, 0.3, 0.3, 0.5, 0.5}};
    for (size_t s = 0; s < sizeof stories / sizeof *stories; s++) {
        struct stage stage;
        size_t least_cut = SIZE_MAX, most_cut = 0;
        stage_open(&stage, &stories[s], 0.5);
        (void)compare(&stage, 1);
        for (int round = 0; round < 12; round++) {
            for (int i = 0; i < 120; i++)
                do_something(&stage, round < 6 ? 0.8 : 0.25);
            size_t n_cut = compare(&stage, 1 + (unsigned)round % 3);
            least_cut = n_cut < least_cut ? n_cut : least_cut;
            most_cut = n_cut > most_cut ? n_cut : most_cut;
        }
        printf("story %zu: %zu to %zu blocks split or left out on the way\n", s, least_cut, most_cut);
        assert_true(most_cut > least_cut);
        stage_close(&stage);
    }
}

/* A town where the same is told daily: one component of more members than are solved at once. */
static void what_is_too_large_to_solve_is_cut_alike(void **state)
{
    (void)state;
    struct stage stage;
    struct story_options story = usual_story;
    story.seed = 41;
    story.n_events = 600;
    stage_open(&stage, &story, 1);
    size_t before = stage.all.mentions.n;
    uint64_t random = 9;
    for (int i = 0; i < 400; i++) {
        struct value values[N_FIELDS];
        for (int f = 0; f < N_FIELDS; f++)
            values[f] = value_none();
        values[DATE] = on_day(16000 + i / 30);
        values[COUNTRY] = in_country(3);
        values[PLACE] = at_place(3, 61, 3001);
        values[DRUG] = of_drug(HEROIN);
        values[AMOUNT] = weighing(round(1000 + 30 * chance(&random)), GRAM);
        (void)world_add(&stage.all, (uint32_t)i % 3, values);
    }
    stage.position = realloc(stage.position, stage.all.mentions.n * sizeof *stage.position);
    for (size_t m = before; m < stage.all.mentions.n; m++)
        stage.position[m] = NOWHERE;
    for (size_t m = before; m < stage.all.mentions.n; m++) {
        assert_int_equal(add(&stage, (uint32_t)m), COMITY_OK);
        if ((m - before) % 200 == 199)
            (void)compare(&stage, 2);
    }
    struct link_result r;
    struct link_options options = plain(&stage, 1);
    struct comity_error err;
    assert_int_equal(link_run(&stage.all.mentions, NULL, 0, &options, &r, &err), COMITY_OK);
    assert_true(r.n_cut_components > 0);
    link_result_release(&r);
    stage_close(&stage);
}

static void it_tells_what_it_changed_and_what_is_nearest(void **state)
{
    (void)state;
    struct stage stage;
    struct story_options story = usual_story;
    story.n_events = 800;
    stage_open(&stage, &story, 1);
    size_t n = stage.all.mentions.n;
    uint32_t *before = malloc(n * sizeof *before);
    uint32_t m = 0;
    while (link_live_nearest(stage.live, stage.position[m], &(double){0}) == stage.position[m])
        m++;
    for (uint32_t i = 0; i < n; i++)
        before[i] = link_live_cluster(stage.live, stage.position[i]);
    uint32_t position = stage.position[m];
    take(&stage, m);
    assert_int_equal(add(&stage, m), COMITY_OK);
    size_t n_changed;
    const uint32_t *changed = link_live_changed(stage.live, &n_changed);
    bool is_told = false;
    for (size_t i = 0; i < n_changed; i++)
        is_told = is_told || changed[i] == stage.position[m];
    assert_true(is_told && n_changed > 1 && n_changed < 100);
    double bits;
    uint32_t nearest = link_live_nearest(stage.live, stage.position[m], &bits);
    assert_int_not_equal(nearest, stage.position[m]);
    assert_true(bits > 0);
    /* It came back to where it was; only its number is another. */
    for (uint32_t i = 0; i < n; i++) {
        uint32_t now = link_live_cluster(stage.live, stage.position[i]);
        assert_int_equal(now == stage.position[m] ? position : now, before[i]);
    }
    free(before);
    stage_close(&stage);
}

static void what_is_not_there_is_refused(void **state)
{
    (void)state;
    struct stage stage;
    struct story_options story = usual_story;
    struct comity_error err;
    story.n_events = 300;
    stage_open(&stage, &story, 1);
    uint32_t beyond = (uint32_t)link_live_count(stage.live), position;
    assert_int_equal(link_live_remove(stage.live, beyond, &err), COMITY_USAGE);
    assert_int_equal(link_live_judge(stage.live, 0, beyond, true, &err), COMITY_USAGE);
    assert_int_equal(link_live_judge(stage.live, 0, 0, true, &err), COMITY_CONFLICT);
    take(&stage, 5);
    uint32_t gone = beyond;
    for (uint32_t p = 0; p < beyond; p++) {
        bool is_held = false;
        for (uint32_t m = 0; m < stage.all.mentions.n; m++)
            is_held = is_held || stage.position[m] == p;
        gone = is_held ? gone : p;
    }
    assert_int_equal(link_live_remove(stage.live, gone, &err), COMITY_USAGE);
    struct value values[N_FIELDS] = {0};
    struct live_mention unknown = {.values = values, .source = 99};
    assert_int_equal(link_live_add(stage.live, &unknown, &position, &err), COMITY_USAGE);
    /* One that tells nothing at all is an event of its own. */
    unknown.source = 0;
    assert_int_equal(link_live_add(stage.live, &unknown, &position, &err), COMITY_OK);
    assert_int_equal(link_live_cluster(stage.live, position), position);
    stage_close(&stage);
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    struct story_options story = usual_story;
    story.n_events = 250;
    for (long nth = 0;; nth += 1 + nth / 12) {
        struct stage stage;
        stage_open(&stage, &story, 0.5);
        uint32_t m = any(&stage, false);
        failing_malloc_after(nth);
        enum comity_status status = add(&stage, m);
        bool has_failed = failing_malloc_stop();
        assert_true(status == COMITY_OK || (has_failed && status == COMITY_NOMEM));
        stage_close(&stage);
        if (!has_failed)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_comes_and_goes_it_is_as_if_linked_at_once),
        cmocka_unit_test(what_is_too_large_to_solve_is_cut_alike),
        cmocka_unit_test(it_tells_what_it_changed_and_what_is_nearest),
        cmocka_unit_test(what_is_not_there_is_refused),
        cmocka_unit_test(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
