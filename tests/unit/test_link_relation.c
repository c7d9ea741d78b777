/* What two sources have of their own: a press that is late, never early, and rounds all that it tells. */
#include "unit.h"

#include "link/model.h"
#include "link_story.h"

enum { CUSTOMS, POLICE, PRESS, N_TELLING, N_EVENTS = 8000 };

static double round_to_two(double amount)
{
    double unit = pow(10, floor(log10(amount)) - 1);
    return round(amount / unit) * unit;
}

static size_t tell_press(struct world *world, const struct value event[N_FIELDS], int32_t lag)
{
    struct value told[N_FIELDS];
    memcpy(told, event, sizeof told);
    for (int f = TRANSPORT; f < N_FIELDS; f++)
        told[f] = value_none();
    told[DATE] = on_day(event[DATE].date.first + lag);
    if (event[AMOUNT].type)
        told[AMOUNT] = weighing(round_to_two(event[AMOUNT].quantity.amount), GRAM);
    return world_add(world, PRESS, told);
}

/* Two agencies and a press that tells of half of what happens, days late as a rule and weeks at times. */
static uint64_t *make(struct world *world)
{
    static const struct story_options o = {3, N_EVENTS, 0.75, 0, 0.15, 0.2, 0.15};
    uint64_t state = hash_u64(o.seed), *truth = malloc((N_TELLING * N_EVENTS + 1) * sizeof *truth);
    for (size_t e = 0; e < N_EVENTS; e++) {
        struct value event[N_FIELDS];
        story_event(&state, N_EVENTS / 30, event);
        for (uint32_t source = CUSTOMS; source <= POLICE; source++)
            if (chance(&state) < o.seen)
                truth[story_tell(world, &o, &state, source, event)] = e + 1;
        if (chance(&state) < 0.5)
            truth[tell_press(world, event, (int32_t)(pow(chance(&state), 3) * 29))] = e + 1;
    }
    return truth;
}

/* A haul with an amount that is like no other, in a place of its own. */
static void rare_haul(struct value event[N_FIELDS], int32_t day, double kilos)
{
    for (int f = 0; f < N_FIELDS; f++)
        event[f] = value_none();
    event[DATE] = on_day(day);
    event[COUNTRY] = in_country(8);
    event[PLACE] = at_place(8, 165, 8057);
    event[DRUG] = of_drug(HEROIN);
    event[AMOUNT] = weighing(kilos * 1000, GRAM);
}

static void run(const struct world *world, const struct link_model *model, struct link_result *out)
{
    struct link_options options = {.threads = 2, .model = model};
    struct comity_error err;
    assert_int_equal(link_run(&world->mentions, NULL, 0, &options, out, &err), COMITY_OK);
}

/* The relation of a source with the press, and whether the press is its second. */
static const struct model_relation *with_press(const struct link_model *model, const char *source, bool *is_second)
{
    uint64_t press = hash_slice(SLICE("press")), other = hash_slice(slice_from(source));
    for (size_t r = 0; r < model->n_relations; r++) {
        const struct model_relation *relation = &model->relations[r];
        *is_second = relation->second_hash == press;
        if ((relation->first_hash == press && relation->second_hash == other) ||
            (relation->first_hash == other && relation->second_hash == press))
            return relation;
    }
    fail_msg("no relation of %s with the press", source);
    return NULL;
}

static void lags_have_a_direction_that_is_learned(void **state)
{
    (void)state;
    struct world w;
    struct link_result r;
    world_init(&w);
    free(make(&w));
    run(&w, NULL, &r);
    bool is_second = false;
    assert_int_equal(r.model->n_relations, 3);
    const struct model_relation *relation = with_press(r.model, "customs", &is_second);
    const double *bits = relation->bits[r.model->when];
    for (unsigned level = DATE_7; level <= DATE_31; level++) {
        unsigned late = is_second ? level : level + LAG_EARLIER, early = is_second ? level + LAG_EARLIER : level;
        assert_true(bits[late] > -1 && bits[late] > bits[early] + 2);
    }
    /* Customs tell of three in four that the press tells of. */
    assert_true(relation->rate > 0.6 && relation->rate < 0.9);
    link_result_release(&r);
    world_release(&w);
}

static void a_press_that_rounds_is_known_by_it(void **state)
{
    (void)state;
    struct world w;
    struct link_result r;
    world_init(&w);
    free(make(&w));
    run(&w, NULL, &r);
    for (size_t s = 0; s < r.model->n_sources; s++)
        assert_int_equal(
            r.model->sources[s].digits, r.model->sources[s].code_hash == hash_slice(SLICE("press")) ? 2 : 0);
    link_result_release(&r);
    world_release(&w);
}

static void late_reports_are_linked_and_a_kept_model_links_the_same(void **state)
{
    (void)state;
    struct world w;
    struct link_result r, again;
    struct link_quality q;
    struct buffer bytes;
    struct link_model *model;
    struct comity_error err;
    world_init(&w);
    uint64_t *truth = make(&w);
    run(&w, NULL, &r);
    assert_int_equal(link_evaluate(r.cluster, truth, w.mentions.n, &q), COMITY_OK);
    printf("three sources: precision %.4f recall %.4f\n", q.precision, q.recall);
    assert_true(q.precision >= 0.97 && q.recall >= 0.95);
    buffer_init(&bytes, 1 << 26);
    assert_int_equal(link_model_save(r.model, &bytes), COMITY_OK);
    assert_int_equal(link_model_load(buffer_slice(&bytes), &w.domain, &model, &err), COMITY_OK);
    run(&w, model, &again);
    assert_memory_equal(again.cluster, r.cluster, w.mentions.n * sizeof *r.cluster);
    link_model_free(model);
    buffer_release(&bytes);
    link_result_release(&again);
    link_result_release(&r);
    free(truth);
    world_release(&w);
}

static void a_report_weeks_before_is_another_event(void **state)
{
    (void)state;
    struct world w;
    struct link_result r;
    struct value event[N_FIELDS];
    world_init(&w);
    free(make(&w));
    rare_haul(event, 16060, 777.123);
    size_t late_one = world_add(&w, CUSTOMS, event), late = tell_press(&w, event, 20);
    rare_haul(event, 16160, 333.321);
    event[AMOUNT] = value_none();
    size_t early_one = world_add(&w, CUSTOMS, event), early = tell_press(&w, event, -20);
    run(&w, NULL, &r);
    assert_int_equal(r.cluster[late], r.cluster[late_one]);
    assert_int_not_equal(r.cluster[early], r.cluster[early_one]);
    link_result_release(&r);
    world_release(&w);
}

/* Equal in day, place, kind and amount, and told apart by their circumstances: by customs and by the police. */
static void tell_two_equal_hauls(struct world *w, struct value event[N_FIELDS], size_t told[2])
{
    for (int i = 0; i < 2; i++) {
        rare_haul(event, 16060, 777.123);
        event[TRANSPORT] = category((uint32_t)(1 + 3 * i));
        event[HIDING] = category((uint32_t)(2 + 5 * i));
        event[SITE] = category((uint32_t)(1 + 4 * i));
        told[i] = world_add(w, CUSTOMS, event);
        world_add(w, POLICE, event);
    }
}

/* Of two equal events the press told of one: it goes to one of them, and they stay two. */
static void what_fits_two_events_does_not_join_them(void **state)
{
    (void)state;
    struct world w;
    struct link_result r;
    struct value event[N_FIELDS];
    size_t told[2];
    world_init(&w);
    free(make(&w));
    tell_two_equal_hauls(&w, event, told);
    size_t press = tell_press(&w, event, 3);
    run(&w, NULL, &r);
    assert_int_not_equal(r.cluster[told[0]], r.cluster[told[1]]);
    assert_int_equal(r.cluster[told[0]], r.cluster[told[0] + 1]);
    assert_int_equal(r.cluster[told[1]], r.cluster[told[1] + 1]);
    assert_true(r.cluster[press] == r.cluster[told[0]] || r.cluster[press] == r.cluster[told[1]]);
    link_result_release(&r);
    world_release(&w);
}

/* Either report may be of either event: they are two all the same, not four. */
static void two_that_tell_of_two_equal_events_are_two(void **state)
{
    (void)state;
    struct world w;
    struct link_result r;
    struct value event[N_FIELDS];
    size_t told[2], press[2];
    world_init(&w);
    free(make(&w));
    tell_two_equal_hauls(&w, event, told);
    for (int i = 0; i < 2; i++)
        press[i] = tell_press(&w, event, 3 + i);
    run(&w, NULL, &r);
    assert_int_not_equal(r.cluster[told[0]], r.cluster[told[1]]);
    assert_int_not_equal(r.cluster[press[0]], r.cluster[press[1]]);
    for (int i = 0; i < 2; i++)
        assert_true(r.cluster[press[i]] == r.cluster[told[0]] || r.cluster[press[i]] == r.cluster[told[1]]);
    link_result_release(&r);
    world_release(&w);
}

/* A word of the file's first version stands where the new one is expected. */
static void a_model_of_an_earlier_version_is_refused(void **state)
{
    (void)state;
    struct world w;
    struct link_model *model;
    struct comity_error err;
    static const char earlier[64] = "comity link 1";
    world_init(&w);
    assert_int_equal(link_model_load(slice_of(earlier, sizeof earlier), &w.domain, &model, &err), COMITY_CORRUPT);
    assert_null(model);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lags_have_a_direction_that_is_learned),
        cmocka_unit_test(a_press_that_rounds_is_known_by_it),
        cmocka_unit_test(late_reports_are_linked_and_a_kept_model_links_the_same),
        cmocka_unit_test(a_report_weeks_before_is_another_event),
        cmocka_unit_test(what_fits_two_events_does_not_join_them),
        cmocka_unit_test(two_that_tell_of_two_equal_events_are_two),
        cmocka_unit_test(a_model_of_an_earlier_version_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
