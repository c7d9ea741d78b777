/* What rows of a frame tell by tags and memos is what its values tell one by one. */
#include "unit.h"

#include "link/count.h"
#include "link/frame.h"
#include "link/model.h"
#include "link/run.h"
#include "link_world.h"

#include <math.h>

enum { N_MENTIONS = 900, N_PAIRS = 20000, N_ADDED = 300 };

struct linked {
    struct world world;
    struct link_result result;
    struct run_kept run;
};

/* Of `n_values` places and amounts: where there are more than tags, equal tags may be of other values. */
static void link_world(struct linked *linked, uint32_t n_values)
{
    static const uint32_t drugs[] = {ANYTHING, COCAINE_HCL, COCA_PASTE, HEROIN, OPIUM};
    static const uint32_t units[] = {KILOGRAM, GRAM, GRAM, TABLET};
    struct comity_error err;
    uint64_t r = n_values;
    *linked = (struct linked){0};
    world_init(&linked->world);
    for (size_t i = 0; i < N_MENTIONS; i++) {
        struct value values[N_FIELDS];
        r = hash_u64(r + i);
        for (int f = 0; f < N_FIELDS; f++)
            values[f] = value_none();
        values[COUNTRY] = in_country((uint16_t)(1 + r % 3));
        if (r >> 8 & 15) {
            values[DATE] = on_day(16000 + (int32_t)(r >> 12 & 0xFFF) % 300);
            values[DATE].date.last += r >> 24 & 15 ? 0 : 29;
        }
        uint32_t town = (uint32_t)(r >> 28 & 0xFFF) % n_values;
        if (r >> 40 & 7)
            values[PLACE] = at_place((uint16_t)(1 + town % 3), (uint16_t)(town % 5), town % 4 ? 1 + town : 0);
        if (r >> 43 & 7)
            values[DRUG] = of_drug(drugs[(r >> 46) % 5]);
        if (r >> 50 & 3)
            values[AMOUNT] = weighing((double)(1 + (r >> 52) % n_values) / 4, units[r >> 32 & 3]);
        if (r >> 5 & 3)
            values[HIDING] = category((uint32_t)(r >> 20) % 4);
        world_add(&linked->world, (uint32_t)(r >> 16) % 4, values);
    }
    assert_int_equal(
        link_run_keeping(&linked->world.mentions, NULL, 0, NULL, &linked->result, &linked->run, &err), COMITY_OK);
    assert_non_null(linked->result.model);
}

static void release(struct linked *linked)
{
    run_kept_release(&linked->run);
    link_result_release(&linked->result);
    world_release(&linked->world);
}

static uint8_t lower_rarity(const struct frame *frame, unsigned c, size_t a, size_t b)
{
    uint8_t x = frame->rows[a].rarity[c], y = frame->rows[b].rarity[c];
    return x < y ? x : y;
}

static void assert_compared(const struct frame *frame, size_t a, size_t b)
{
    uint64_t vector = frame_compare(frame, a, b), other = frame_compare(frame, b, a);
    uint8_t rarities[FRAME_LANES];
    frame_rarities(frame, a, b, vector, rarities);
    for (unsigned c = 0; c < frame->n_comparisons; c++) {
        unsigned level = compare_prepared(&frame->comparisons[c], frame_value(frame, c, a), frame_value(frame, c, b));
        unsigned found = vector_level(vector, c), lower = lower_rarity(frame, c, a, b);
        if (level == LEVELS_EQUAL && frame->comparisons[c].type != VALUE_DATE)
            level = rarity_level(lower);
        if ((int)c != frame->amount || frame_rounded(frame, a, b) < 0)
            assert_int_equal(found, level);
        assert_int_equal(vector_level(other, c), found);
        assert_int_equal(rarities[c], found >= 1 && found <= LEVELS_EQUAL ? lower : RARITY_NONE);
    }
}

static void rows_tell_what_values_tell(void **state)
{
    static const uint32_t n_values[] = {12, 200, 700};
    (void)state;
    for (size_t i = 0; i < sizeof n_values / sizeof *n_values; i++) {
        struct linked linked;
        link_world(&linked, n_values[i]);
        const struct frame *frame = &linked.run.frame;
        assert_true(frame->is_tag_exact[frame->where] == (n_values[i] < FRAME_TAGS));
        for (uint64_t k = 0; k < N_PAIRS; k++)
            assert_compared(frame, hash_u64(k) % frame->n, hash_u64(k + N_PAIRS) % frame->n);
        release(&linked);
    }
}

/* Also when tags have come that the levels known beforehand did not know. */
static void what_is_added_is_compared_alike(void **state)
{
    struct linked linked;
    struct frame_room room = {0};
    (void)state;
    link_world(&linked, 200);
    struct frame *frame = &linked.run.frame;
    size_t n = frame->n;
    for (uint64_t k = 0; k < N_ADDED; k++) {
        struct value values[N_FIELDS];
        for (int f = 0; f < N_FIELDS; f++)
            values[f] = *mention_value(&linked.world.mentions, hash_u64(k * N_FIELDS + (uint64_t)f) % N_MENTIONS, f);
        values[DRUG] = of_drug((uint32_t)(k % N_CONCEPTS));
        values[HIDING] = category((uint32_t)k);
        assert_int_equal(frame_add(frame, linked.result.model, values, (uint32_t)k % 4, &room), COMITY_OK);
        assert_compared(frame, frame->n - 1, hash_u64(k) % n);
        assert_compared(frame, frame->n - 1, frame->n - 1 - k);
    }
    release(&linked);
}

static void what_was_counted_is_looked_up_alike_for_one_and_for_many(void **state)
{
    struct linked linked;
    (void)state;
    link_world(&linked, 700);
    struct frame *frame = &linked.run.frame;
    for (size_t p = 0; p < frame->n; p++) {
        struct frame_row row = frame->rows[p];
        uint8_t nearness = frame->nearness[p], together = frame->together[p];
        float within = frame->density[PAIR_WITHIN][p], across = frame->density[PAIR_ACROSS][p];
        frame_set_counts_at(frame, linked.result.model, p);
        assert_memory_equal(row.rarity, frame->rows[p].rarity, sizeof row.rarity);
        assert_int_equal(nearness, frame->nearness[p]);
        assert_int_equal(together, frame->together[p]);
        assert_true(within == frame->density[PAIR_WITHIN][p] && across == frame->density[PAIR_ACROSS][p]);
    }
    release(&linked);
}

/* The first bound is none that the second one would not be. */
static void a_pair_is_given_up_below_what_its_levels_may_be_worth_only(void **state)
{
    const double rounding = 1e-7;
    struct linked linked;
    (void)state;
    link_world(&linked, 200);
    const struct frame *frame = &linked.run.frame;
    const struct link_model *model = linked.result.model;
    for (uint64_t k = 0; k < N_PAIRS; k++) {
        size_t a = hash_u64(k) % frame->n, b = hash_u64(k + N_PAIRS) % frame->n;
        uint64_t vector = frame_compare(frame, a, b);
        enum pair_class class = frame_class(frame, a, b);
        double most = model_base_bits(model, frame, a, b, vector) + model_density(frame, a, b) -
                      (double)fmaxf(frame->density[class][a], frame->density[class][b]) +
                      (class == PAIR_ACROSS ? model->rate_bits : frame->twice_bits[frame->source[a]]);
        for (unsigned c = 0; c < model->n_comparisons; c++)
            most += model->comparisons[c].most[class][vector_level(vector, c)];
        assert_false(isnan(model_hopeful_bits(model, frame, a, b, vector, most - rounding)));
    }
    release(&linked);
}

/* Else the one that came first would say how near others are. */
static void amounts_that_are_equal_are_counted_with_the_same_neighbours(void **state)
{
    (void)state;
    const double equal[][2] = {{0.0001, 0.0004}, {0.0016, 0.0024}, {5.0001, 5.0004}, {3e12 + 0.25, 3e12 + 0.5}};
    for (size_t i = 0; i < sizeof equal / sizeof *equal; i++) {
        struct prepared a = {.amount = {.base = equal[i][0]}}, b = {.amount = {.base = equal[i][1]}};
        assert_int_equal(compare_amounts(&a.amount, &b.amount), LEVELS_EQUAL);
        for (int shift = -1; shift <= 1; shift++)
            assert_int_equal(count_bin_key(&a, count_bin(&a), shift), count_bin_key(&b, count_bin(&b), shift));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_tell_what_values_tell),
        cmocka_unit_test(what_is_added_is_compared_alike),
        cmocka_unit_test(what_was_counted_is_looked_up_alike_for_one_and_for_many),
        cmocka_unit_test(a_pair_is_given_up_below_what_its_levels_may_be_worth_only),
        cmocka_unit_test(amounts_that_are_equal_are_counted_with_the_same_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
