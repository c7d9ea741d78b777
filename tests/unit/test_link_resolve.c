/* How an entity's values follow from its mentions. */
#include "unit.h"

#include "link/resolve.h"
#include "link_world.h"

#include <stdio.h>

static size_t add(struct world *world, uint32_t source, struct value date, struct value place, struct value amount,
    struct value site, struct value case_id)
{
    struct value values[N_FIELDS];
    for (int f = 0; f < N_FIELDS; f++)
        values[f] = value_none();
    values[DATE] = date;
    values[PLACE] = place;
    values[AMOUNT] = amount;
    values[SITE] = site;
    values[CASE] = case_id;
    return world_add(world, source, values);
}

static const struct value *won(const struct world *world, const struct resolution *r, size_t entity, int field)
{
    return &world->mentions.columns[field].values[r->winner[field][entity]];
}

static void each_rule_picks_its_winner_and_names_its_witness(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    size_t a = add(&w, 1, on_day(20), at_place(1, 2, 0), weighing(100, GRAM), category(3), value_none());
    size_t b = add(&w, 0, on_day(22), at_place(1, 2, 7), weighing(99, GRAM), category(4), value_none());
    size_t c = add(&w, 1, on_day(21), at_place(1, 2, 0), weighing(100, GRAM), value_none(), value_none());
    w.mentions.import[a] = 9;
    uint64_t entity_of[] = {5, 5, 5};
    struct resolution r;
    assert_int_equal(resolve_entities(&w.mentions, entity_of, &r, NULL), COMITY_OK);
    assert_int_equal(r.n_entities, 1);
    assert_int_equal(r.entity[0], 5);
    assert_int_equal(won(&w, &r, 0, DATE)->date.first, 20);
    assert_int_equal(won(&w, &r, 0, PLACE)->place.geonames, 7); /* the more precise */
    assert_int_equal(r.witness[PLACE][0], b);
    assert_true(won(&w, &r, 0, AMOUNT)->quantity.amount == 99); /* the more reliable source */
    assert_int_equal(won(&w, &r, 0, SITE)->category.id, 3);     /* said last: the newest import */
    assert_int_equal(r.witness[SITE][0], a);
    assert_int_equal(r.winner[HIDING][0], 0);
    assert_int_equal(r.witness[HIDING][0], UINT32_MAX);
    assert_true(r.conflicts[0] & 1u << AMOUNT);
    assert_true(r.conflicts[0] & 1u << DATE);
    assert_false(r.conflicts[0] & 1u << PLACE); /* a settlement within the subdivision is no disagreement */
    (void)c;
    resolution_release(&r);
    world_release(&w);
}

static void the_same_amount_in_another_unit_is_no_conflict(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    add(&w, 0, on_day(20), value_none(), weighing(50, KILOGRAM), value_none(), value_none());
    add(&w, 1, on_day(20), value_none(), weighing(50000, GRAM), value_none(), value_none());
    uint64_t entity_of[] = {1, 1};
    struct resolution r;
    assert_int_equal(resolve_entities(&w.mentions, entity_of, &r, NULL), COMITY_OK);
    assert_int_equal(r.conflicts[0], 0);
    resolution_release(&r);
    world_release(&w);
}

static void entities_that_share_a_case_of_one_source_are_one_case(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    add(&w, 0, on_day(1), value_none(), value_none(), value_none(), identifier("A"));
    add(&w, 0, on_day(2), value_none(), value_none(), value_none(), identifier("A"));
    add(&w, 1, on_day(2), value_none(), value_none(), value_none(), identifier("A")); /* another source's A */
    add(&w, 1, on_day(3), value_none(), value_none(), value_none(), identifier("B"));
    add(&w, 0, on_day(3), value_none(), value_none(), value_none(), identifier("C"));
    add(&w, 0, on_day(9), value_none(), value_none(), value_none(), value_none());
    uint64_t entity_of[] = {10, 20, 30, 40, 40, 50};
    struct resolution r;
    assert_int_equal(resolve_entities(&w.mentions, entity_of, &r, NULL), COMITY_OK);
    assert_int_equal(r.n_entities, 5);
    assert_int_equal(r.n_cases, 4);
    assert_int_equal(r.case_number[0], r.case_number[1]);
    assert_int_not_equal(r.case_number[1], r.case_number[2]);
    assert_int_not_equal(r.case_number[3], r.case_number[4]);
    resolution_release(&r);
    world_release(&w);
}

static void the_winner_does_not_depend_on_the_order_of_mentions(void **state)
{
    (void)state;
    double first = 0;
    for (int turn = 0; turn < 2; turn++) {
        struct world w;
        world_init(&w);
        for (int i = 0; i < 2; i++)
            add(&w, 1, on_day(1), value_none(), weighing(i == turn ? 7 : 8, GRAM), value_none(), value_none());
        uint64_t entity_of[] = {1, 1};
        struct resolution r;
        assert_int_equal(resolve_entities(&w.mentions, entity_of, &r, NULL), COMITY_OK);
        double amount = won(&w, &r, 0, AMOUNT)->quantity.amount;
        if (turn)
            assert_true(amount == first);
        first = amount;
        resolution_release(&r);
        world_release(&w);
    }
}

static void three_hundred_thousand_mentions_are_resolved_at_once(void **state)
{
    (void)state;
    struct world w;
    enum { N = 300000 };
    world_init(&w);
    world_reserve(&w, N);
    uint64_t *entity_of = malloc(N * sizeof *entity_of);
    for (uint32_t i = 0; i < N; i++) {
        add(&w, i & 1, on_day((int32_t)(i / 97)), at_place(1, 2, i % 1000), weighing(i % 5000, GRAM), category(i % 9),
            value_none());
        entity_of[i] = 1 + i / 2;
    }
    struct resolution r;
    uint64_t start = clock_ms();
    assert_int_equal(resolve_entities(&w.mentions, entity_of, &r, NULL), COMITY_OK);
    printf("resolve: %d mentions in %llu ms\n", N, (unsigned long long)(clock_ms() - start));
    assert_int_equal(r.n_entities, N / 2);
    for (size_t e = 0; e < r.n_entities; e++) {
        assert_int_equal(r.first_member[e + 1] - r.first_member[e], 2);
        assert_true(r.members[r.first_member[e]] < r.members[r.first_member[e] + 1]);
    }
    resolution_release(&r);
    free(entity_of);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_picks_its_winner_and_names_its_witness),
        cmocka_unit_test(the_same_amount_in_another_unit_is_no_conflict),
        cmocka_unit_test(entities_that_share_a_case_of_one_source_are_one_case),
        cmocka_unit_test(the_winner_does_not_depend_on_the_order_of_mentions),
        cmocka_unit_test(three_hundred_thousand_mentions_are_resolved_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
