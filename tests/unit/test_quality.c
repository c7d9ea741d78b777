/* Quality of sources: what is complete and doubtful is counted as told; agreement is asked of shared events only, and
 * only of what both sides say. */
#include "unit.h"

#include "flow/quality.h"
#include "link_world.h"

#include <math.h>

enum { CUSTOMS, POLICE, PRESS };
/* By the order of the domain's compared fields with a role. */
enum { ON, AT, OF, MUCH, N_TOPICS };

static const struct reader reader = {.language = "en", .name = "tester"};

struct story {
    struct world world;
    uint64_t entity_of[32];
    struct resolution resolution;
    struct quality quality;
};

static void tell(struct story *story, uint64_t entity, uint32_t source, struct value when, struct value where,
    struct value what, struct value amount)
{
    struct value values[N_FIELDS];
    memset(values, 0, sizeof values);
    values[DATE] = when;
    values[PLACE] = where;
    values[DRUG] = what;
    values[AMOUNT] = amount;
    story->entity_of[world_add(&story->world, source, values)] = entity;
}

static void weigh(struct story *story)
{
    assert_int_equal(resolve_entities(&story->world.mentions, story->entity_of, &story->resolution, NULL), COMITY_OK);
    assert_int_equal(
        quality_build(&story->world.mentions, &story->resolution, &reader, &story->quality, NULL), COMITY_OK);
    assert_int_equal(story->quality.n_topics, N_TOPICS);
}

static int begin(void **state)
{
    struct story *story = calloc(1, sizeof *story);
    world_init(&story->world);
    *state = story;
    return 0;
}

static int end(void **state)
{
    struct story *story = *state;
    quality_release(&story->quality);
    resolution_release(&story->resolution);
    world_release(&story->world);
    free(story);
    return 0;
}

static void assert_accord(struct accord accord, uint64_t n_alike, uint64_t n_both)
{
    assert_int_equal(accord.n_both, n_both);
    assert_int_equal(accord.n_alike, n_alike);
}

static void agreement_is_asked_of_what_both_tell(void **state)
{
    struct story *s = *state;
    struct value none = value_none();
    /* The same but for rounding, and a drug that is told more exactly by one. */
    tell(s, 1, CUSTOMS, on_day(100), at_place(1, 1, 5), of_drug(COCAINE_HCL), weighing(15.95, KILOGRAM));
    tell(s, 1, POLICE, on_day(100), at_place(1, 1, 5), of_drug(COCAINE_TYPE), weighing(16000, GRAM));
    /* Another day and another amount; the police do not say where. */
    tell(s, 2, CUSTOMS, on_day(200), at_place(1, 1, 6), of_drug(HEROIN), weighing(3, KILOGRAM));
    tell(s, 2, POLICE, on_day(202), none, of_drug(HEROIN), weighing(4, KILOGRAM));
    /* Tablets and grams are not compared. */
    tell(s, 3, CUSTOMS, on_day(300), at_place(1, 1, 7), of_drug(HEROIN), weighing(5, TABLET));
    tell(s, 3, POLICE, on_day(300), at_place(1, 2, 400), of_drug(COCA_PASTE), weighing(5, GRAM));
    /* Told by one only. */
    tell(s, 4, CUSTOMS, on_day(300), at_place(1, 1, 7), of_drug(OPIUM), weighing(5, GRAM));
    weigh(s);
    assert_int_equal(s->quality.n_pairs, 1);
    const struct source_pair *pair = &s->quality.pairs[0];
    assert_true(pair->a == CUSTOMS && pair->b == POLICE);
    assert_int_equal(pair->n_entities, 3);
    assert_accord(pair->accords[ON], 2, 3);
    assert_accord(pair->accords[AT], 1, 2);
    assert_accord(pair->accords[OF], 2, 3);
    assert_accord(pair->accords[MUCH], 1, 2);
    const struct source_quality *customs = &s->quality.sources[CUSTOMS];
    assert_int_equal(customs->n_mentions, 4);
    assert_int_equal(customs->n_shared, 3);
    assert_accord(customs->accords[MUCH], 1, 2);
    assert_int_equal(s->quality.sources[PRESS].n_mentions, 0);
    assert_true(isnan(quality_told_share(&s->quality, PRESS)));
}

static void one_statement_of_several_is_enough(void **state)
{
    struct story *s = *state;
    struct value where = at_place(1, 1, 5), drug = of_drug(HEROIN);
    tell(s, 1, POLICE, on_day(100), where, drug, weighing(7, GRAM));
    tell(s, 1, CUSTOMS, on_day(100), where, drug, weighing(5, GRAM));
    tell(s, 1, CUSTOMS, on_day(100), where, drug, weighing(7, GRAM));
    tell(s, 1, PRESS, on_day(101), where, drug, weighing(7, GRAM));
    weigh(s);
    assert_int_equal(s->quality.n_pairs, 3);
    for (size_t i = 0; i < 3; i++)
        assert_accord(s->quality.pairs[i].accords[MUCH], 1, 1);
    /* Of the mentions, one of customs agrees with nobody. */
    assert_accord(s->quality.sources[CUSTOMS].accords[MUCH], 1, 2);
    assert_accord(s->quality.sources[PRESS].accords[ON], 0, 1);
    assert_accord(s->quality.sources[POLICE].accords[ON], 1, 1);
}

static void what_is_told_and_what_is_doubtful(void **state)
{
    struct story *s = *state;
    struct value unread = value_none(), much = weighing(9e9, KILOGRAM), nothing = value_none();
    unread.type = VALUE_CONCEPT;
    unread.state = VALUE_UNREAD;
    unread.text = SLICE("white powder");
    much.flags = VALUE_IMPLAUSIBLE;
    nothing.state = VALUE_NULL;
    tell(s, 1, CUSTOMS, on_day(1), at_place(1, 1, 0), unread, much);
    tell(s, 2, CUSTOMS, nothing, nothing, of_drug(HEROIN), value_none());
    weigh(s);
    const struct source_quality *q = &s->quality.sources[CUSTOMS];
    assert_int_equal(q->fields[DATE].n_told, 1);
    assert_int_equal(q->fields[DRUG].n_told, 2);
    assert_int_equal(q->fields[DRUG].n_doubtful, 1);
    assert_int_equal(q->fields[AMOUNT].n_doubtful, 1);
    assert_int_equal(q->n_in_area, 1);
    assert_int_equal(q->n_not_placed, 1);
    assert_int_equal(q->all.n_told, 5);
    /* All fields of that world but the case are compared. */
    assert_int_equal(s->quality.n_counted, N_FIELDS - 1);
    assert_true(fabs(quality_told_share(&s->quality, CUSTOMS) - 5.0 / (2 * (N_FIELDS - 1))) < 1e-12);
    assert_true(fabs(quality_doubtful_share(&s->quality, CUSTOMS) - 2.0 / 5) < 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(agreement_is_asked_of_what_both_tell, begin, end),
        cmocka_unit_test_setup_teardown(one_statement_of_several_is_enough, begin, end),
        cmocka_unit_test_setup_teardown(what_is_told_and_what_is_doubtful, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
