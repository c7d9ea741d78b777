/* Which mentions tell of one event: quality on a made-up world, and what must hold of any partition. */
#include "unit.h"

#include "failing_malloc.h"
#include "link/model.h"
#include "link_story.h"

#include <stdio.h>

/* Clusters as an exact join on date, place, drug and grams would have them. */
static void join_exactly(const struct world *world, uint32_t *cluster)
{
    struct map first = {0};
    for (uint32_t i = 0; i < world->mentions.n; i++) {
        const struct value *date = mention_value(&world->mentions, i, DATE);
        const struct value *place = mention_value(&world->mentions, i, PLACE);
        const struct value *amount = mention_value(&world->mentions, i, AMOUNT);
        cluster[i] = i;
        if (place->state != VALUE_TYPED || amount->state != VALUE_TYPED)
            continue;
        uint64_t grams = (uint64_t)llround(unit_to_grams(world, amount) * 1000);
        uint64_t key = hash_u64(hash_u64(hash_u64(grams) ^ place->place.geonames) ^ (uint64_t)date->date.first) ^
                       mention_value(&world->mentions, i, DRUG)->concept.id;
        bool is_new;
        uint64_t *at = map_put(&first, key, &is_new);
        if (is_new)
            *at = i;
        cluster[i] = (uint32_t)*at;
    }
    map_release(&first);
}

static struct link_quality quality_of(const uint32_t *cluster, const uint64_t *truth, size_t n)
{
    struct link_quality quality;
    assert_int_equal(link_evaluate(cluster, truth, n, &quality), COMITY_OK);
    return quality;
}

static void run(const struct world *world, unsigned threads, struct link_result *out)
{
    struct link_options options = {.threads = threads};
    struct comity_error err;
    assert_int_equal(link_run(&world->mentions, NULL, 0, &options, out, &err), COMITY_OK);
}

static void two_sources_of_a_made_up_world_are_linked(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct world w;
        struct story_options story = usual_story;
        story.seed = seed;
        story.n_events = 12000;
        world_init(&w);
        uint64_t *truth = story_make(&w, &story);
        struct link_result r;
        run(&w, 0, &r);
        struct link_quality ours = quality_of(r.cluster, truth, w.mentions.n);
        uint32_t *joined = malloc(w.mentions.n * sizeof *joined);
        join_exactly(&w, joined);
        struct link_quality theirs = quality_of(joined, truth, w.mentions.n);
        printf("seed %d: precision %.4f recall %.4f; exact join %.4f %.4f\n", (int)seed, ours.precision, ours.recall,
            theirs.precision, theirs.recall);
        assert_true(r.has_converged);
        assert_true(ours.precision >= 0.97 && ours.recall >= 0.95);
        assert_true(theirs.recall < 0.6);
        free(joined);
        free(truth);
        link_result_release(&r);
        world_release(&w);
    }
}

static void other_rates_do_not_break_it(void **state)
{
    (void)state;
    static const struct story_options stories[] = {
        {11, 8000, 0.9, 0.3, 0.15, 0.3, 0.25},
        {12, 8000, 0.5, 0.1, 0.25, 0.5, 0.4},
        {13, 2000, 0.75, 0, 0.05, 0.1, 0.1},
        {14, 8000, 0.15, 0.1, 0.15, 0.3, 0.25},
    };
    for (size_t i = 0; i < sizeof stories / sizeof *stories; i++) {
        struct world w;
        world_init(&w);
        uint64_t *truth = story_make(&w, &stories[i]);
        struct link_result r;
        run(&w, 0, &r);
        struct link_quality q = quality_of(r.cluster, truth, w.mentions.n);
        printf("story %d: precision %.4f recall %.4f\n", (int)i, q.precision, q.recall);
        assert_true(q.precision >= 0.9 && q.recall >= 0.86);
        free(truth);
        link_result_release(&r);
        world_release(&w);
    }
}

static void the_partition_depends_on_neither_order_nor_threads(void **state)
{
    (void)state;
    struct world w;
    struct story_options story = usual_story;
    story.n_events = 3000;
    world_init(&w);
    free(story_make(&w, &story));
    struct link_result r;
    run(&w, 1, &r);
    uint32_t *from = malloc(w.mentions.n * sizeof *from);
    uint64_t *expected = malloc(w.mentions.n * sizeof *expected);
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct world other;
        struct link_result again;
        world_init(&other);
        world_shuffle(&w, &other, from, threads);
        run(&other, threads, &again);
        assert_int_equal(again.n_clusters, r.n_clusters);
        assert_int_equal(again.n_pairs, r.n_pairs);
        for (size_t i = 0; i < w.mentions.n; i++)
            expected[i] = r.cluster[from[i]] + 1u;
        struct link_quality q = quality_of(again.cluster, expected, w.mentions.n);
        assert_int_equal(q.n_right_pairs, q.n_true_pairs);
        assert_int_equal(q.n_right_pairs, q.n_found_pairs);
        assert_true(link_model_version(again.model) == link_model_version(r.model));
        assert_int_equal(again.n_parts, r.n_parts);
        for (size_t i = 0; i < r.n_parts; i++) {
            const struct judgement *x = &r.parts[i], *y = &again.parts[i];
            assert_true(x->a == y->a && x->b == y->b && x->confidence == y->confidence && slice_equal(x->why, y->why));
        }
        link_result_release(&again);
        world_release(&other);
    }
    free(from);
    free(expected);
    link_result_release(&r);
    world_release(&w);
}

static void a_saved_model_gives_the_same_partition(void **state)
{
    (void)state;
    struct world w;
    struct story_options story = usual_story;
    story.n_events = 3000;
    world_init(&w);
    free(story_make(&w, &story));
    struct link_result r, again;
    struct buffer bytes, twice;
    struct link_model *model;
    struct comity_error err;
    run(&w, 0, &r);
    buffer_init(&bytes, 1 << 26);
    buffer_init(&twice, 1 << 26);
    assert_int_equal(link_model_save(r.model, &bytes), COMITY_OK);
    assert_int_equal(link_model_load(buffer_slice(&bytes), &w.domain, &model, &err), COMITY_OK);
    assert_int_equal(link_model_save(model, &twice), COMITY_OK);
    assert_true(slice_equal(buffer_slice(&bytes), buffer_slice(&twice)));
    assert_true(link_model_version(model) == link_model_version(r.model));
    struct link_options options = {.model = model};
    assert_int_equal(link_run(&w.mentions, NULL, 0, &options, &again, &err), COMITY_OK);
    assert_memory_equal(again.cluster, r.cluster, w.mentions.n * sizeof *r.cluster);
    assert_false(again.owns_model);
    link_result_release(&again);
    link_result_release(&r);
    link_model_free(model);
    for (size_t len = 0; len < bytes.len; len += 1 + len / 7)
        assert_int_equal(link_model_load(slice_of(bytes.ptr, len), &w.domain, &model, &err), COMITY_CORRUPT);
    w.fields[HIDING].is_compared = false;
    assert_int_equal(link_model_load(buffer_slice(&bytes), &w.domain, &model, &err), COMITY_CONFLICT);
    buffer_release(&bytes);
    buffer_release(&twice);
    world_release(&w);
}

static struct judgement about(
    const struct world *world, enum judgement_kind kind, size_t a, size_t b, bool is_by_person)
{
    return (struct judgement){
        .kind = kind, .is_by_person = is_by_person, .a = world->mentions.identity[a], .b = world->mentions.identity[b]};
}

static void what_a_person_says_holds(void **state)
{
    (void)state;
    struct world w;
    struct story_options story = usual_story;
    story.n_events = 1500;
    world_init(&w);
    free(story_make(&w, &story));
    struct link_result r;
    run(&w, 0, &r);
    size_t a = 0, b = 0, far = 0;
    for (size_t i = 1; i < w.mentions.n && !b; i++)
        if (r.cluster[i] != i) {
            a = r.cluster[i];
            b = i;
        }
    while (r.cluster[far] == r.cluster[a])
        far++;
    link_result_release(&r);
    struct judgement said[] = {about(&w, JUDGEMENT_DIFFERENT, a, b, true), about(&w, JUDGEMENT_SAME, far, a, true),
        about(&w, JUDGEMENT_SAME, a, b, false)};
    struct comity_error err;
    assert_int_equal(link_run(&w.mentions, said, 3, NULL, &r, &err), COMITY_OK);
    assert_int_not_equal(r.cluster[a], r.cluster[b]);
    assert_int_equal(r.cluster[a], r.cluster[far]);
    link_result_release(&r);
    said[0].is_undone = said[1].is_undone = true;
    assert_int_equal(link_run(&w.mentions, said, 3, NULL, &r, &err), COMITY_OK);
    assert_int_equal(r.cluster[a], r.cluster[b]);
    assert_int_not_equal(r.cluster[a], r.cluster[far]);
    link_result_release(&r);
    world_release(&w);
}

/* One haul told by two sources, among others of its place: `kilos` of paste on `day`. */
static size_t tell_haul(struct world *world, uint32_t source, int32_t day, double kilos, uint32_t site)
{
    struct value values[N_FIELDS];
    for (int f = 0; f < N_FIELDS; f++)
        values[f] = value_none();
    values[DATE] = on_day(day);
    values[COUNTRY] = in_country(1);
    values[PLACE] = at_place(1, 21, 1005);
    values[DRUG] = of_drug(COCA_PASTE);
    values[AMOUNT] = weighing(kilos, KILOGRAM);
    values[SITE] = category(site);
    return world_add(world, source, values);
}

static void two_equal_hauls_of_one_day_stay_two(void **state)
{
    (void)state;
    struct world w;
    struct story_options story = usual_story;
    story.n_events = 6000;
    world_init(&w);
    free(story_make(&w, &story));
    size_t first = w.mentions.n;
    for (uint32_t source = 0; source < 2; source++)
        for (int i = 0; i < 2; i++)
            tell_haul(&w, source, 16050, 50, 3);
    struct link_result r;
    run(&w, 0, &r);
    const uint32_t *c = &r.cluster[first];
    assert_int_not_equal(c[0], c[1]);
    assert_int_not_equal(c[2], c[3]);
    assert_true((c[0] == c[2] && c[1] == c[3]) || (c[0] == c[3] && c[1] == c[2]));
    link_result_release(&r);
    world_release(&w);
}

static void a_common_amount_links_nothing_where_a_rare_one_does(void **state)
{
    (void)state;
    struct world w;
    struct story_options story = usual_story;
    story.n_events = 6000;
    world_init(&w);
    free(story_make(&w, &story));
    size_t first = w.mentions.n;
    /* Each source by itself tells of grams in one town; and both of one haul, a day apart. */
    uint64_t random = 5;
    for (int i = 0; i < 4000; i++)
        tell_haul(&w, i & 1, 16000 + (int32_t)(chance(&random) * 200), 0.001 * (1 + ranked(&random, 3)),
            1 + ranked(&random, 12));
    size_t a = tell_haul(&w, 0, 16100, 419.104, 2), b = tell_haul(&w, 1, 16101, 419.104, 2);
    struct link_result r;
    run(&w, 0, &r);
    size_t n_linked = 0;
    for (size_t i = first; i < a; i++)
        n_linked += r.cluster[i] != i;
    assert_int_equal(r.cluster[a], r.cluster[b]);
    assert_true(n_linked < 40);
    link_result_release(&r);
    world_release(&w);
}

static void nothing_and_next_to_nothing_can_be_linked(void **state)
{
    (void)state;
    struct world w;
    struct link_result r;
    world_init(&w);
    tell_haul(&w, 0, 1, 1, 1);
    w.mentions.n = 0;
    run(&w, 0, &r);
    assert_int_equal(r.n_clusters, 0);
    link_result_release(&r);
    w.mentions.n = 1;
    run(&w, 0, &r);
    assert_int_equal(r.n_clusters, 1);
    link_result_release(&r);
    world_release(&w);
}

static void quality_is_counted_as_by_hand(void **state)
{
    (void)state;
    /* Found {0 1 2} {3} {4}; true {0 1} {2 3}; 4 is unlabelled. */
    static const uint32_t cluster[] = {0, 0, 0, 3, 4};
    static const uint64_t truth[] = {7, 7, 9, 9, 0};
    struct link_quality q = quality_of(cluster, truth, 5);
    assert_int_equal(q.n_mentions, 4);
    assert_int_equal(q.n_found_pairs, 3);
    assert_int_equal(q.n_true_pairs, 2);
    assert_int_equal(q.n_right_pairs, 1);
    assert_true(fabs(q.precision - 1.0 / 3) < 1e-12 && fabs(q.recall - 0.5) < 1e-12);
    assert_true(fabs(q.b3_precision - (2.0 / 3 + 2.0 / 3 + 1.0 / 3 + 1) / 4) < 1e-12);
    assert_true(fabs(q.b3_recall - (1 + 1 + 0.5 + 0.5) / 4) < 1e-12);
}

static void linking_survives_each_failed_allocation(void **state)
{
    (void)state;
    struct world w;
    struct story_options story = usual_story;
    story.n_events = 150;
    world_init(&w);
    free(story_make(&w, &story));
    struct link_options options = {.threads = 1};
    struct link_result r;
    struct comity_error err;
    run(&w, 1, &r);
    size_t n_clusters = r.n_clusters;
    link_result_release(&r);
    bool has_failed = true;
    for (long n = 0; has_failed; n++) {
        failing_malloc_after(n);
        enum comity_status status = link_run(&w.mentions, NULL, 0, &options, &r, &err);
        has_failed = failing_malloc_stop();
        /* qsort() sorts in place where it gets no memory: then all is well. */
        assert_true(status == COMITY_OK || (has_failed && status == COMITY_NOMEM));
        if (status == COMITY_OK) {
            assert_int_equal(r.n_clusters, n_clusters);
            link_result_release(&r);
        }
    }
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_sources_of_a_made_up_world_are_linked),
        cmocka_unit_test(other_rates_do_not_break_it),
        cmocka_unit_test(the_partition_depends_on_neither_order_nor_threads),
        cmocka_unit_test(a_saved_model_gives_the_same_partition),
        cmocka_unit_test(what_a_person_says_holds),
        cmocka_unit_test(two_equal_hauls_of_one_day_stay_two),
        cmocka_unit_test(a_common_amount_links_nothing_where_a_rare_one_does),
        cmocka_unit_test(nothing_and_next_to_nothing_can_be_linked),
        cmocka_unit_test(quality_is_counted_as_by_hand),
        cmocka_unit_test(linking_survives_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
