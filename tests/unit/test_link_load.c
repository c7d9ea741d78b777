/* Periods that were loaded more than once: found as one judgement, and divided, not collapsed. */
#include "unit.h"

#include "link/load.h"
#include "link/load_test.h"
#include "link_story.h"

#include <stdio.h>

static size_t tell(struct world *world, uint32_t source, uint16_t country, int32_t day, uint32_t town, double grams)
{
    struct value values[N_FIELDS];
    for (int f = 0; f < N_FIELDS; f++)
        values[f] = value_none();
    values[DATE] = on_day(day);
    values[COUNTRY] = in_country(country);
    values[PLACE] = at_place(country, (uint16_t)(country * 20 + town % 7), town);
    values[DRUG] = of_drug(COCA_PASTE);
    values[AMOUNT] = weighing(grams, GRAM);
    return world_add(world, source, values);
}

/* Street seizures: some 60 a day, a few of them equal by themselves. */
static void tell_street(struct world *world, uint64_t *random, uint16_t country, int32_t day, uint32_t times)
{
    for (int i = 0; i < 60; i++) {
        uint32_t town = 1 + ranked(random, 40);
        double grams = 1 + ranked(random, 25);
        for (uint32_t t = 0; t < times; t++)
            tell(world, 0, country, day, town, grams);
    }
}

static void find(const struct world *world, const struct judgement *said, size_t n, struct link_result *out)
{
    struct comity_error err;
    assert_int_equal(link_run(&world->mentions, said, n, NULL, out, &err), COMITY_OK);
}

static void a_block_loaded_twice_is_one_judgement_that_halves(void **state)
{
    (void)state;
    struct world w;
    uint64_t random = 3;
    world_init(&w);
    for (int32_t day = 16800; day < 16840; day++)
        tell_street(&w, &random, 1, day, day >= 16817 && day < 16823 ? 2 : 1);
    size_t many = w.mentions.n;
    for (int i = 0; i < 58; i++)
        tell(&w, 0, 1, 16820, 99, 3);
    struct link_result r;
    find(&w, NULL, 0, &r);
    assert_int_equal(r.n_loads, 1);
    assert_int_equal(r.loads[0].first_day, 16817);
    assert_int_equal(r.loads[0].last_day, 16822);
    assert_int_equal(r.loads[0].times, 2);
    assert_int_equal(r.loads[0].n_rows, 6 * 120 + 58);
    assert_int_equal(r.loads[0].n_surplus, 6 * 60 + 29);
    assert_true(r.loads[0].confidence > 0.99);
    size_t n_left = 0, n_ordinary = 0, n_collapsed = 0;
    for (size_t i = many; i < w.mentions.n; i++)
        n_left += r.cluster[i] == i;
    assert_int_equal(n_left, 29);
    for (size_t i = 0; i < many; i++) {
        int32_t day = mention_value(&w.mentions, i, DATE)->date.first;
        n_ordinary += day < 16817 || day > 16822;
        n_collapsed += (day < 16817 || day > 16822) && r.cluster[i] != i;
    }
    assert_true(n_collapsed * 200 <= n_ordinary);
    link_result_release(&r);
    world_release(&w);
}

static void a_block_loaded_three_times_is_divided_by_three(void **state)
{
    (void)state;
    struct world w;
    uint64_t random = 4;
    world_init(&w);
    for (int32_t day = 16800; day < 16820; day++)
        tell_street(&w, &random, 1, day, day == 16810 ? 3 : 1);
    struct link_result r;
    find(&w, NULL, 0, &r);
    assert_int_equal(r.n_loads, 1);
    assert_int_equal(r.loads[0].times, 3);
    assert_int_equal(r.loads[0].n_surplus, 120);
    link_result_release(&r);
    world_release(&w);
}

static void a_country_that_is_doubled_throughout_is_found_beside_others(void **state)
{
    (void)state;
    struct world w;
    uint64_t random = 5;
    world_init(&w);
    for (int32_t day = 16800; day < 16830; day++)
        tell_street(&w, &random, 1, day, 1);
    for (int32_t day = 16800; day < 16830; day++)
        for (int t = 0; t < 2; t++)
            tell(&w, 0, 2, day, 200, 1000 + day);
    struct link_result r;
    find(&w, NULL, 0, &r);
    assert_int_equal(r.n_loads, 1);
    assert_int_equal(r.loads[0].n_surplus, 30);
    link_result_release(&r);
    world_release(&w);
}

static void busy_ordinary_days_are_no_repeated_load(void **state)
{
    (void)state;
    struct world w;
    uint64_t random = 6;
    world_init(&w);
    for (int32_t day = 16800; day < 16900; day++)
        for (int i = 0; i < 80; i++)
            tell(&w, 0, 1, day, 1 + ranked(&random, 6), 1 + ranked(&random, 30));
    struct link_result r;
    find(&w, NULL, 0, &r);
    assert_int_equal(r.n_loads, 0);
    link_result_release(&r);
    world_release(&w);
}

static void a_person_may_refuse_a_load_and_name_one(void **state)
{
    (void)state;
    struct world w;
    uint64_t random = 7;
    world_init(&w);
    for (int32_t day = 16800; day < 16820; day++)
        tell_street(&w, &random, 1, day, day == 16805 || day == 16806 ? 2 : 1);
    struct judgement said[] = {{.kind = JUDGEMENT_REPEATED_LOAD,
                                   .is_by_person = true,
                                   .is_undone = true,
                                   .source = SLICE("customs"),
                                   .first_day = 16805,
                                   .last_day = 16806,
                                   .times = 2},
        {.kind = JUDGEMENT_REPEATED_LOAD,
            .is_by_person = true,
            .source = SLICE("customs"),
            .first_day = 16815,
            .last_day = 16815,
            .times = 2}};
    struct link_result r;
    find(&w, said, 2, &r);
    assert_int_equal(r.n_loads, 0);
    size_t n_refused = 0, n_named = 0;
    for (size_t i = 0; i < w.mentions.n; i++) {
        int32_t day = mention_value(&w.mentions, i, DATE)->date.first;
        n_refused += day == 16805 && r.cluster[i] != i;
        n_named += day == 16815 && r.cluster[i] != i;
    }
    assert_true(n_refused < 5);
    assert_true(n_named > 0);
    link_result_release(&r);
    world_release(&w);
}

/* ---- loads that do not come as they came before ------------------------------------------------------------------ */

/* Some 12 seizures a day of a country, each with its own circumstances; nothing stands twice but by chance. */
static void draw_rows(uint64_t *random, uint16_t country, int32_t day, struct value rows[12][N_FIELDS])
{
    for (int i = 0; i < 12; i++) {
        story_event(random, 1, rows[i]);
        uint32_t town = 1 + ranked(random, 20);
        rows[i][DATE] = on_day(day);
        rows[i][COUNTRY] = in_country(country);
        rows[i][PLACE] = at_place(country, (uint16_t)(country * 20 + town % 5), country * 1000u + town);
    }
}

typedef bool (*row_change)(uint64_t *random, struct value row[N_FIELDS]); /* false: this row does not come again */

/* 60 days told by `source`; the rows of days 20 to 34 come again in `into`, changed. */
static void tell_again(struct world *w, uint64_t seed, uint32_t source, uint32_t into, row_change change)
{
    uint64_t random = seed, other = seed + 100;
    struct value rows[12][N_FIELDS];
    for (int32_t day = 16800; day < 16860; day++) {
        draw_rows(&random, 1, day, rows);
        for (int i = 0; i < 12; i++)
            world_add(w, source, rows[i]);
        for (int i = 0; change && i < 12; i++)
            if (day >= 16820 && day < 16835 && change(&other, rows[i]))
                world_add(w, into, rows[i]);
    }
}

static bool is_sampled(uint64_t *random, struct value row[N_FIELDS])
{
    (void)row;
    return chance(random) < 0.5;
}

static bool is_a_day_late(uint64_t *random, struct value row[N_FIELDS])
{
    (void)random;
    row[DATE] = on_day(row[DATE].date.first + 1);
    return true;
}

static bool is_a_month_late(uint64_t *random, struct value row[N_FIELDS])
{
    (void)random;
    row[DATE] = on_day(load_shift_day((struct load_shift){.months = 1}, row[DATE].date.first));
    return true;
}

static bool is_in_kilograms(uint64_t *random, struct value row[N_FIELDS])
{
    (void)random;
    row[AMOUNT] = weighing(row[AMOUNT].quantity.amount / 1000, KILOGRAM);
    return true;
}

static bool is_rounded(uint64_t *random, struct value row[N_FIELDS])
{
    double amount = row[AMOUNT].quantity.amount, unit = pow(10, floor(log10(amount)) - 1);
    (void)random;
    row[AMOUNT] = weighing(round(amount / unit) * unit, GRAM);
    return true;
}

static bool is_copied(uint64_t *random, struct value row[N_FIELDS])
{
    (void)random;
    (void)row;
    return true;
}

/* What another authority says of the same event: three of four, at times later, rounded, with other gaps. */
static bool is_told_anew(uint64_t *random, struct value row[N_FIELDS])
{
    if (chance(random) < 0.2)
        row[DATE] = on_day(row[DATE].date.first + 1);
    if (chance(random) < 0.3)
        is_rounded(random, row);
    for (int f = TRANSPORT; f < CASE; f++)
        if (chance(random) < 0.2)
            row[f] = value_none();
    return chance(random) < 0.75;
}

static bool is_of_other_circumstances(uint64_t *random, struct value row[N_FIELDS])
{
    row[TRANSPORT] = category(10 + ranked(random, 10));
    row[HIDING] = category(15 + ranked(random, 15));
    row[SITE] = category(12 + ranked(random, 12));
    row[DESTINATION] = in_country((uint16_t)(31 + ranked(random, 30)));
    return true;
}

static void expect_one(const struct link_result *r, enum load_shape shape, uint32_t least_surplus)
{
    assert_int_equal(r->n_loads, 1);
    const struct judgement *load = &r->loads[0];
    assert_int_equal(load->shape, shape);
    assert_int_equal(load->times, 2);
    assert_in_range(load->first_day, 16820, 16821);
    assert_in_range(load->last_day, 16833, 16834);
    assert_in_range(load->n_surplus, least_surplus, 15 * 12);
    assert_true(load->confidence > 0.99);
    assert_non_null(strstr(load->evidence.ptr, "\"totals\":[{\"group\""));
}

static void half_of_the_rows_loaded_again_is_a_partial_load(void **state)
{
    (void)state;
    struct world w;
    struct link_result r;
    world_init(&w);
    tell_again(&w, 21, 0, 0, is_sampled);
    find(&w, NULL, 0, &r);
    expect_one(&r, LOAD_PARTIAL, 70);
    link_result_release(&r);
    world_release(&w);
}

static void a_load_dated_away_says_how_far(void **state)
{
    (void)state;
    static const struct {
        row_change change;
        int32_t days, months;
    } shifts[] = {{is_a_day_late, 1, 0}, {is_a_month_late, 0, 1}};
    for (size_t i = 0; i < 2; i++) {
        struct world w;
        struct link_result r;
        world_init(&w);
        tell_again(&w, 22, 0, 0, shifts[i].change);
        find(&w, NULL, 0, &r);
        expect_one(&r, LOAD_SHIFTED, 170);
        assert_int_equal(r.loads[0].shift_days, shifts[i].days);
        assert_int_equal(r.loads[0].shift_months, shifts[i].months);
        link_result_release(&r);
        world_release(&w);
    }
}

static void other_units_and_digits_do_not_hide_a_load(void **state)
{
    (void)state;
    static const row_change changes[] = {is_in_kilograms, is_rounded};
    for (size_t i = 0; i < 2; i++) {
        struct world w;
        struct link_result r;
        world_init(&w);
        tell_again(&w, 23, 0, 0, changes[i]);
        find(&w, NULL, 0, &r);
        expect_one(&r, LOAD_RESPELLED, 160);
        link_result_release(&r);
        world_release(&w);
    }
}

/* The other source tells of most events by itself, in its own way; in the block the first one's rows are among its own.
 */
static void rows_of_another_source_are_told_from_its_own_words(void **state)
{
    (void)state;
    struct world w;
    struct link_result r;
    uint64_t random = 24, other = 25;
    struct value rows[12][N_FIELDS];
    world_init(&w);
    for (int32_t day = 16800; day < 16860; day++) {
        draw_rows(&random, 1, day, rows);
        for (int i = 0; i < 12; i++) {
            world_add(&w, 0, rows[i]);
            if (day >= 16820 && day < 16835)
                world_add(&w, 1, rows[i]);
            if (is_told_anew(&other, rows[i]))
                world_add(&w, 1, rows[i]);
        }
    }
    find(&w, NULL, 0, &r);
    expect_one(&r, LOAD_TWO_SOURCES, 160);
    assert_true(slice_is(r.loads[0].source, "police"));
    assert_true(slice_is(r.loads[0].copied_from, "customs"));
    link_result_release(&r);
    world_release(&w);
}

static void expect_none(const struct world *w)
{
    struct link_result r;
    find(w, NULL, 0, &r);
    assert_int_equal(r.n_loads, 0);
    link_result_release(&r);
}

static void two_that_tell_the_truth_are_no_load(void **state)
{
    (void)state;
    struct world w;
    uint64_t random = 26, other = 27;
    struct value rows[12][N_FIELDS];
    world_init(&w);
    for (int32_t day = 16800; day < 16860; day++) {
        draw_rows(&random, 1, day, rows);
        for (int i = 0; i < 12; i++) {
            world_add(&w, 0, rows[i]);
            /* For two weeks the other one tells of everything. */
            bool is_told = is_told_anew(&other, rows[i]);
            if (is_told || (day >= 16820 && day < 16835))
                world_add(&w, 1, rows[i]);
        }
    }
    expect_none(&w);
    world_release(&w);
}

/* Where a source always agrees with another in everything, a copy is no different from what it says anyway. */
static void a_source_that_always_agrees_is_no_load(void **state)
{
    (void)state;
    struct world w;
    uint64_t random = 28;
    struct value rows[12][N_FIELDS];
    world_init(&w);
    for (int32_t day = 16800; day < 16860; day++) {
        draw_rows(&random, 1, day, rows);
        for (int i = 0; i < 12; i++) {
            world_add(&w, 0, rows[i]);
            if (i % 4 || (day >= 16820 && day < 16835))
                world_add(&w, 1, rows[i]);
        }
    }
    expect_none(&w);
    world_release(&w);
}

static void twins_that_differ_in_how_it_happened_are_no_load(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    tell_again(&w, 29, 0, 0, is_of_other_circumstances);
    expect_none(&w);
    world_release(&w);
}

/* Streets are busier in some weeks than in others: many rows then stand on the next day too. */
static void a_busy_season_is_no_shifted_load(void **state)
{
    (void)state;
    struct world w;
    uint64_t random = 30;
    world_init(&w);
    for (int32_t day = 16800; day < 16920; day++)
        for (int i = 0; i < (day / 30 % 2 ? 200 : 20); i++)
            tell(&w, 0, 1, day, 1 + ranked(&random, 30), 1 + ranked(&random, 30));
    expect_none(&w);
    world_release(&w);
}

static void loads_do_not_depend_on_the_order_of_rows(void **state)
{
    (void)state;
    static const row_change changes[] = {is_sampled, is_a_day_late, is_rounded, is_copied};
    for (size_t i = 0; i < 4; i++) {
        struct world w, other;
        struct link_result r, s;
        world_init(&w);
        world_init(&other);
        tell_again(&w, 31 + i, 0, changes[i] == is_copied ? 1 : 0, changes[i]);
        uint32_t *from = malloc(w.mentions.n * sizeof *from);
        world_shuffle(&w, &other, from, 77);
        find(&w, NULL, 0, &r);
        find(&other, NULL, 0, &s);
        assert_int_equal(r.n_loads, s.n_loads);
        assert_int_equal(r.n_clusters, s.n_clusters);
        for (size_t l = 0; l < r.n_loads; l++) {
            assert_int_equal(r.loads[l].n_surplus, s.loads[l].n_surplus);
            assert_true(slice_equal(r.loads[l].why, s.loads[l].why));
            assert_true(slice_equal(r.loads[l].evidence, s.loads[l].evidence));
        }
        free(from);
        link_result_release(&r);
        link_result_release(&s);
        world_release(&w);
        world_release(&other);
    }
}

/* Three sources, so that there are pieces of both kinds; a few rows of each stand again. */
static void loads_do_not_depend_on_the_number_of_threads(void **state)
{
    (void)state;
    struct world w;
    struct arena arena = {0};
    struct load_result one, many;
    struct comity_error err;
    world_init(&w);
    tell_again(&w, 41, 0, 0, is_a_day_late);
    tell_again(&w, 42, 1, 1, is_rounded);
    tell_again(&w, 43, 2, 1, is_copied);
    assert_int_equal(loads_find(&w.mentions, NULL, 0, 1, &arena, &one, &err), COMITY_OK);
    assert_int_equal(loads_find(&w.mentions, NULL, 0, 4, &arena, &many, &err), COMITY_OK);
    assert_true(one.n_loads >= 2);
    assert_int_equal(one.n_loads, many.n_loads);
    for (size_t l = 0; l < one.n_loads; l++) {
        assert_true(slice_equal(one.loads[l].why, many.loads[l].why));
        assert_true(slice_equal(one.loads[l].evidence, many.loads[l].evidence));
    }
    assert_memory_equal(one.copy_of, many.copy_of, w.mentions.n * sizeof *one.copy_of);
    loads_release(&one);
    loads_release(&many);
    arena_release(&arena);
    world_release(&w);
}

/* What a person undid stays undone, and says nothing against a load of another kind in those days. */
static void a_persons_undo_is_of_one_kind(void **state)
{
    (void)state;
    struct world w;
    struct link_result r;
    struct judgement said = {.kind = JUDGEMENT_REPEATED_LOAD,
        .is_by_person = true,
        .is_undone = true,
        .source = SLICE("customs"),
        .first_day = 16810,
        .last_day = 16850,
        .times = 2};
    world_init(&w);
    tell_again(&w, 35, 0, 0, is_a_day_late);
    find(&w, &said, 1, &r);
    expect_one(&r, LOAD_SHIFTED, 170);
    link_result_release(&r);
    said.shift_days = 1;
    find(&w, &said, 1, &r);
    assert_int_equal(r.n_loads, 0);
    link_result_release(&r);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_loaded_twice_is_one_judgement_that_halves),
        cmocka_unit_test(a_block_loaded_three_times_is_divided_by_three),
        cmocka_unit_test(a_country_that_is_doubled_throughout_is_found_beside_others),
        cmocka_unit_test(busy_ordinary_days_are_no_repeated_load),
        cmocka_unit_test(a_person_may_refuse_a_load_and_name_one),
        cmocka_unit_test(half_of_the_rows_loaded_again_is_a_partial_load),
        cmocka_unit_test(a_load_dated_away_says_how_far),
        cmocka_unit_test(other_units_and_digits_do_not_hide_a_load),
        cmocka_unit_test(rows_of_another_source_are_told_from_its_own_words),
        cmocka_unit_test(two_that_tell_the_truth_are_no_load),
        cmocka_unit_test(a_source_that_always_agrees_is_no_load),
        cmocka_unit_test(twins_that_differ_in_how_it_happened_are_no_load),
        cmocka_unit_test(a_busy_season_is_no_shifted_load),
        cmocka_unit_test(loads_do_not_depend_on_the_order_of_rows),
        cmocka_unit_test(loads_do_not_depend_on_the_number_of_threads),
        cmocka_unit_test(a_persons_undo_is_of_one_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
