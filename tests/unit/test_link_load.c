/* Periods that were loaded more than once: found as one judgement, and divided, not collapsed. */
#include "unit.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_loaded_twice_is_one_judgement_that_halves),
        cmocka_unit_test(a_block_loaded_three_times_is_divided_by_three),
        cmocka_unit_test(a_country_that_is_doubled_throughout_is_found_beside_others),
        cmocka_unit_test(busy_ordinary_days_are_no_repeated_load),
        cmocka_unit_test(a_person_may_refuse_a_load_and_name_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
