/* What is part of a whole is left out where its whole is counted, everywhere by the same rule. */
#include "unit.h"

#include "view_world.h"

#include <math.h>

enum { N_MENTIONS = 4000 };

static struct view_world world;
static const struct reader me = {.language = "en", .name = "test"};

static const char *const queries[] = {"", "source=press", "source=!press", "country=CO,EC", "amount.mass=..500",
    "drug=cocaine-type&source=co-policia", "date=2014..2016", "doubtful=no-quantity", "bbox=-90,-60,60,60"};
enum { N_QUERIES = sizeof queries / sizeof *queries };

static struct view *build(void)
{
    struct view *view;
    assert_int_equal(view_build(&world.mentions, &world.resolution, &view, NULL), COMITY_OK);
    return view;
}

static struct query parse(const char *text, const char *more)
{
    char all[256];
    struct query query;
    snprintf(all, sizeof all, "%s%s%s", text, text[0] && more[0] ? "&" : "", more);
    assert_int_equal(query_parse(slice_from(all), world.domain, NULL, 0, &query, NULL), COMITY_OK);
    return query;
}

static struct answer ask(const struct view *view, const char *text, const char *more)
{
    struct query query = parse(text, more);
    struct answer answer;
    assert_int_equal(view_answer(view, &me, &query, &answer_everything, &answer, NULL), COMITY_OK);
    query_release(&query);
    return answer;
}

/* Which entities match: one byte for each. */
static uint8_t *matching(const struct view *view, const char *text, const char *more)
{
    struct query query = parse(text, more);
    uint8_t *is_in = calloc(world.resolution.n_entities + 1, 1);
    uint32_t *indexes;
    size_t n;
    assert_int_equal(view_select(view, &me, &query, &indexes, &n, NULL), COMITY_OK);
    for (size_t i = 0; i < n; i++)
        is_in[indexes[i]] = 1;
    free(indexes);
    query_release(&query);
    return is_in;
}

static void assert_same_totals(const struct answer *a, const struct answer *b)
{
    assert_int_equal(a->n_entities, b->n_entities);
    assert_int_equal(a->n_cases, b->n_cases);
    assert_int_equal(a->n_totals, b->n_totals);
    for (size_t i = 0; i < a->n_totals; i++) {
        assert_true(a->totals[i].once == b->totals[i].once && a->totals[i].n_once == b->totals[i].n_once);
        assert_true(a->totals[i].plain == b->totals[i].plain);
    }
}

/* Every ninth entity is part of the next one, whatever they tell: the view goes by what it is given. */
static void place_some(void)
{
    size_t n = world.resolution.n_entities;
    world.resolution.whole = malloc((n + 1) * sizeof *world.resolution.whole);
    for (size_t e = 0; e < n; e++)
        world.resolution.whole[e] = e % 9 == 0 && e + 1 < n ? (uint32_t)e + 1 : RESOLVE_NO_WHOLE;
}

static void place_none(void)
{
    free(world.resolution.whole);
    world.resolution.whole = NULL;
}

static void a_part_is_left_out_where_its_whole_matches(void **state)
{
    (void)state;
    place_some();
    struct view *view = build();
    size_t n_left_out = 0, n_kept = 0;
    for (size_t q = 0; q < N_QUERIES; q++) {
        uint8_t *all = matching(view, queries[q], "parts=shown"), *now = matching(view, queries[q], "");
        struct answer answer = ask(view, queries[q], "");
        size_t n = 0;
        for (size_t e = 0; e < world.resolution.n_entities; e++) {
            uint32_t whole = world.resolution.whole[e];
            bool is_left_out = all[e] && whole != RESOLVE_NO_WHOLE && all[whole];
            assert_int_equal(now[e], all[e] && !is_left_out);
            n_left_out += is_left_out;
            n_kept += all[e] && whole != RESOLVE_NO_WHOLE && !is_left_out;
            n += now[e];
        }
        assert_int_equal(answer.n_entities, n);
        answer_release(&answer);
        free(all);
        free(now);
    }
    assert_in_range(n_left_out, 300, 3000);
    assert_in_range(n_kept, 100, 3000);
    place_none();
    view_free(view);
}

static void facets_and_timeline_leave_them_out_too(void **state)
{
    (void)state;
    place_some();
    struct view *view = build();
    for (size_t q = 0; q < N_QUERIES; q++) {
        struct answer answer = ask(view, queries[q], "limit=1000");
        uint64_t n_dated = 0, n_marked = 0;
        for (size_t i = 0; i < answer.n_timeline; i++)
            n_dated += answer.timeline[i].count;
        for (size_t i = 0; i < answer.n_marks; i++)
            n_marked += answer.marks[i].count;
        assert_int_equal(n_dated, answer.n_entities - answer.doubts.n_without_date);
        assert_int_equal(n_marked, answer.n_entities - answer.doubts.n_not_placed);
        answer_release(&answer);
    }
    place_none();
    view_free(view);
}

/* Shown, all that there is without parts; undone, everything as before to the last digit. A view borrows the
 * resolution, so that answers are kept. */
static void what_is_shown_or_undone_counts_as_before(void **state)
{
    (void)state;
    struct answer then[N_QUERIES], shown, undone;
    struct view *view = build();
    for (size_t q = 0; q < N_QUERIES; q++)
        then[q] = ask(view, queries[q], "");
    view_free(view);
    place_some();
    view = build();
    for (size_t q = 0; q < N_QUERIES; q++) {
        shown = ask(view, queries[q], "parts=shown");
        assert_int_equal(then[q].n_entities, shown.n_entities);
        assert_int_equal(then[q].n_cases, shown.n_cases);
        answer_release(&shown);
    }
    view_free(view);
    place_none();
    view = build();
    for (size_t q = 0; q < N_QUERIES; q++) {
        undone = ask(view, queries[q], "");
        assert_same_totals(&then[q], &undone);
        answer_release(&undone);
        answer_release(&then[q]);
    }
    view_free(view);
}

/* The amount that the view adds up for an entity. */
static double counted(const struct view *view, size_t entity)
{
    char text[64];
    snprintf(text, sizeof text, "id=%llu", (unsigned long long)world.resolution.entity[entity]);
    struct answer answer = ask(view, text, "");
    double amount = answer.n_totals ? answer.totals[0].once : 0;
    answer_release(&answer);
    return amount;
}

/* A whole that tells less than the parts of one source was told too early. */
static void a_whole_is_no_less_than_its_parts(void **state)
{
    (void)state;
    struct view *before = build();
    place_some();
    struct view *view = build();
    size_t n_raised = 0;
    for (size_t e = 0; e < 900 && e + 1 < world.resolution.n_entities; e += 9) {
        double part = counted(before, e), whole = counted(before, e + 1), now = counted(view, e + 1);
        if (part == 0 || whole == 0)
            continue; /* no amount: parts_place() sees to that */
        double wanted = part > 1.05 * whole ? part : whole;
        assert_true(fabs(now - wanted) <= 1e-9 * wanted);
        n_raised += now > whole;
    }
    assert_true(n_raised > 10);
    place_none();
    view_free(before);
    view_free(view);
}

static int set_up(void **state)
{
    (void)state;
    return view_world_make(&world, N_MENTIONS, 11) ? 0 : 1;
}

static int tear_down(void **state)
{
    (void)state;
    view_world_release(&world);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_is_left_out_where_its_whole_matches),
        cmocka_unit_test(facets_and_timeline_leave_them_out_too),
        cmocka_unit_test(what_is_shown_or_undone_counts_as_before),
        cmocka_unit_test(a_whole_is_no_less_than_its_parts),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
