/* What is doubtful in a partition, what it weighs, and how far totals may be off. */
#include "unit.h"

#include "flow/review.h"
#include "link/run.h"
#include "link_story.h"

#include <stdio.h>

struct told {
    struct world world;
    uint64_t *truth;
    struct link_result result;
    struct run_kept run;
    struct doubtful_links doubts;
    struct resolution resolution;
    struct review review;
    uint64_t *entity_of;
};

static void find(
    struct told *told, const struct judgement *said, size_t n, unsigned threads, struct doubtful_links *out)
{
    assert_int_equal(doubtful_find(&told->run, &told->result, said, n, threads, NULL, out, NULL), COMITY_OK);
}

/* Links the world of `told` and makes the review of it. */
static void link_world(struct told *told)
{
    const struct mentions *mentions = &told->world.mentions;
    assert_int_equal(link_run_keeping(mentions, NULL, 0, NULL, &told->result, &told->run, NULL), COMITY_OK);
    find(told, NULL, 0, 2, &told->doubts);
    told->entity_of = calloc(mentions->n, sizeof *told->entity_of);
    for (size_t i = 0; i < mentions->n; i++)
        told->entity_of[i] = told->result.cluster[i] + 1u;
    assert_int_equal(resolve_entities(mentions, told->entity_of, &told->resolution, NULL), COMITY_OK);
    assert_int_equal(review_build(mentions, &told->resolution, &told->doubts, &told->review, NULL), COMITY_OK);
}

static int set_up(void **state)
{
    struct told *told = calloc(1, sizeof *told);
    struct story_options story = usual_story;
    story.n_events = 4000;
    world_init(&told->world);
    told->truth = story_make(&told->world, &story);
    link_world(told);
    *state = told;
    return 0;
}

static void release(struct told *told)
{
    review_release(&told->review);
    resolution_release(&told->resolution);
    doubtful_release(&told->doubts);
    run_kept_release(&told->run);
    link_result_release(&told->result);
    free(told->entity_of);
    free(told->truth);
    world_release(&told->world);
    free(told);
}

static int tear_down(void **state)
{
    release(*state);
    return 0;
}

static void doubts_stand_where_the_partition_has_them(void **state)
{
    struct told *told = *state;
    const struct doubtful_links *doubts = &told->doubts;
    size_t n_joined = 0, n_apart = 0;
    for (size_t i = 0; i < doubts->n; i++) {
        const struct doubtful_link *link = &doubts->all[i];
        bool is_one = told->result.cluster[link->a] == told->result.cluster[link->b], has_b = false;
        assert_int_equal(is_one, link->is_joined);
        n_joined += link->is_joined;
        n_apart += !link->is_joined;
        for (uint32_t k = 0; k < link->n_behind; k++) {
            uint32_t mention = doubts->behind[link->first_behind + k];
            assert_int_equal(told->result.cluster[mention], told->result.cluster[link->b]);
            has_b = has_b || mention == link->b || mention == link->a;
        }
        assert_int_equal(has_b, link->is_joined);
    }
    assert_true(n_joined > 20 && n_apart > 20);
}

static void threads_do_not_show(void **state)
{
    struct told *told = *state;
    struct doubtful_links other;
    find(told, NULL, 0, 1, &other);
    assert_int_equal(other.n, told->doubts.n);
    for (size_t i = 0; i < other.n; i++) {
        const struct doubtful_link *x = &other.all[i], *y = &told->doubts.all[i];
        assert_true(x->a == y->a && x->b == y->b && x->bits == y->bits && x->n_behind == y->n_behind);
    }
    doubtful_release(&other);
}

static bool is_near(double x, double y)
{
    return fabs(x - y) <= 1e-9 * fmax(fabs(x), 1);
}

static void the_order_of_mentions_does_not_show(void **state)
{
    struct told *told = *state, *other = calloc(1, sizeof *other);
    uint32_t *from = malloc(told->world.mentions.n * sizeof *from);
    struct review_intervals once, again;
    world_init(&other->world);
    world_shuffle(&told->world, &other->world, from, 5);
    link_world(other);
    assert_int_equal(other->doubts.n, told->doubts.n);
    for (size_t i = 0; i < told->doubts.n; i++)
        assert_true(other->doubts.all[i].bits == told->doubts.all[i].bits);
    assert_int_equal(other->review.n, told->review.n);
    for (size_t i = 0; i < told->review.n; i++) {
        const struct review_item *x = &told->review.items[i], *y = &other->review.items[i];
        assert_true(x->key == y->key && x->amount == y->amount && is_near(x->worth, y->worth));
    }
    assert_int_equal(review_intervals(&told->review, &told->resolution, NULL, 1, &once, NULL), COMITY_OK);
    assert_int_equal(review_intervals(&other->review, &other->resolution, NULL, 1, &again, NULL), COMITY_OK);
    assert_int_equal(once.n, again.n);
    for (size_t i = 0; i < once.n; i++)
        assert_true(is_near(once.cells[i].low, again.cells[i].low) && is_near(once.cells[i].high, again.cells[i].high));
    review_intervals_release(&once);
    review_intervals_release(&again);
    free(from);
    release(other);
}

static void what_a_person_said_is_not_doubtful(void **state)
{
    struct told *told = *state;
    const struct mentions *m = &told->world.mentions;
    for (int joined = 0; joined < 2; joined++) {
        size_t i = 0;
        while (told->doubts.all[i].is_joined != (joined == 1))
            i++;
        const struct doubtful_link *link = &told->doubts.all[i];
        struct judgement said = {.kind = joined ? JUDGEMENT_SAME : JUDGEMENT_DIFFERENT,
            .is_by_person = true,
            .a = m->identity[link->a],
            .b = m->identity[link->b]};
        struct doubtful_links without;
        find(told, &said, 1, 2, &without);
        for (size_t k = 0; k < without.n; k++)
            assert_false(without.all[k].a == link->a && without.all[k].b == link->b);
        assert_true(without.n < told->doubts.n);
        doubtful_release(&without);
    }
}

/* The heaviest first, and nothing of which a decision would change more stands behind it. */
static void the_queue_is_ordered_by_what_a_decision_would_change(void **state)
{
    struct told *told = *state;
    const struct review *review = &told->review;
    assert_true(review->n > 40 && review->items[0].worth > 0);
    for (size_t i = 1; i < review->n; i++)
        assert_true(review->items[i - 1].worth >= review->items[i].worth);
    for (size_t i = 0; i < review->n; i++) {
        const struct review_item *item = &review->items[i];
        assert_true(item->probability > 0 && item->probability < 1 && item->amount >= 0);
        assert_int_equal(item->entity_a == item->entity_b, item->is_joined);
    }
}

static void intervals_hold_what_is_shown_and_are_the_same_again(void **state)
{
    struct told *told = *state;
    struct review_intervals once, again;
    assert_int_equal(review_intervals(&told->review, &told->resolution, NULL, 1, &once, NULL), COMITY_OK);
    assert_int_equal(review_intervals(&told->review, &told->resolution, NULL, 3, &again, NULL), COMITY_OK);
    assert_true(once.n == again.n && once.n > 2);
    for (size_t i = 0; i < once.n; i++) {
        assert_true(once.cells[i].low <= 0 && once.cells[i].high >= 0);
        assert_true(once.cells[i].low == again.cells[i].low && once.cells[i].high == again.cells[i].high);
    }
    const struct review_cell *entities = review_cell_of(&once, UINT32_MAX, CONCEPT_NONE);
    assert_true(entities && entities->high - entities->low > 1 && entities->low == round(entities->low));
    assert_null(review_cell_of(&once, 99, CONCEPT_NONE));
    review_intervals_release(&once);
    review_intervals_release(&again);
}

static void what_is_not_chosen_does_not_count(void **state)
{
    struct told *told = *state;
    uint8_t *none = calloc(told->resolution.n_entities, 1);
    struct review_intervals intervals;
    assert_int_equal(review_intervals(&told->review, &told->resolution, none, 1, &intervals, NULL), COMITY_OK);
    for (size_t i = 0; i < intervals.n; i++)
        assert_true(intervals.cells[i].low == 0 && intervals.cells[i].high == 0);
    review_intervals_release(&intervals);
    free(none);
}

/* The store keeps text: what is read from it gives the same intervals to the last bit. */
static void doubts_are_kept_as_text(void **state)
{
    struct told *told = *state;
    struct buffer text;
    struct doubtful_links read;
    buffer_init(&text, (size_t)64 << 20);
    doubtful_write(&told->world.mentions, &told->doubts, &text);
    assert_int_equal(doubtful_read(&told->world.mentions, buffer_slice(&text), &read, NULL), COMITY_OK);
    assert_int_equal(read.n, told->doubts.n);
    for (size_t i = 0; i < read.n; i++) {
        const struct doubtful_link *x = &read.all[i], *y = &told->doubts.all[i];
        assert_true(x->a == y->a && x->b == y->b && x->bits == y->bits && x->is_joined == y->is_joined &&
                    x->n_behind == y->n_behind);
    }
    doubtful_release(&read);
    assert_int_equal(
        doubtful_read(&told->world.mentions, SLICE("x y z\n1 2\n\n999999999 1 5\n1 2 -150\n"), &read, NULL), COMITY_OK);
    assert_int_equal(read.n, 1);
    assert_true(read.all[0].bits == -1.5f && !read.all[0].is_joined);
    doubtful_release(&read);
    buffer_release(&text);
}

/* Of ten that are said to be wrong in every second case, five are, more or less. */
static void probabilities_are_near_the_truth(void **state)
{
    struct told *told = *state;
    double expected = 0;
    size_t actual = 0, n = 0;
    for (size_t i = 0; i < told->review.n; i++) {
        const struct review_item *item = &told->review.items[i];
        expected += item->probability;
        actual += told->truth[item->a] == told->truth[item->b];
        n++;
    }
    printf("     %zu doubts: %.0f should be one event, %zu are\n", n, expected, actual);
    assert_true(fabs(expected - (double)actual) < 0.25 * (double)n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubts_stand_where_the_partition_has_them),
        cmocka_unit_test(threads_do_not_show),
        cmocka_unit_test(the_order_of_mentions_does_not_show),
        cmocka_unit_test(what_a_person_said_is_not_doubtful),
        cmocka_unit_test(the_queue_is_ordered_by_what_a_decision_would_change),
        cmocka_unit_test(intervals_hold_what_is_shown_and_are_the_same_again),
        cmocka_unit_test(what_is_not_chosen_does_not_count),
        cmocka_unit_test(doubts_are_kept_as_text),
        cmocka_unit_test(probabilities_are_near_the_truth),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
