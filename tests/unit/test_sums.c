/* What must hold of sums laid beside events and beside each other. */
#include "unit.h"

#include "failing_malloc.h"
#include "sums_world.h"
#include "view_world.h"

#include <jansson.h>
#include <math.h>

static struct domain *domain;
static const struct reader me = {.language = "en", .name = "test"};
static const struct sums_options anyhow;

static int load(void **state)
{
    struct comity_error err;
    (void)state;
    if (domain_load(SOURCE_FOLDER "/domains/drugs", DATA_FOLDER "/gazetteer.bin", &domain, &err) == COMITY_OK)
        return 0;
    fprintf(stderr, "%s: %s\n", err.where, err.message);
    return -1;
}

static int unload(void **state)
{
    (void)state;
    domain_free(domain);
    return 0;
}

/* ---- numbers --------------------------------------------------------------------------------------------------- */

static struct sum exactly(double amount)
{
    return (struct sum){.amount = amount, .n = 1};
}

static struct sum about(double amount, double half)
{
    struct sum sum = {0};
    sum_add(&sum, amount, half, 0);
    return sum;
}

static enum sums_verdict stand(struct sum series, struct sum events, int *times)
{
    unsigned found;
    bool is_inverse;
    enum sums_verdict verdict = sums_compare(series, events, &found, &is_inverse);
    *times = is_inverse ? -(int)found : (int)found;
    return verdict;
}

static void two_numbers_stand_to_each_other(void **state)
{
    (void)state;
    static const struct {
        double series, events;
        enum sums_verdict verdict;
        int times;
    } cases[] = {{100, 100, SUMS_EQUAL, 1}, {100, 100.09, SUMS_EQUAL, 1}, {100, 99.91, SUMS_EQUAL, 1},
        {100, 100.2, SUMS_OVER, 1}, {100, 99.8, SUMS_PART, 1}, {100, 200, SUMS_DOUBLE, 2}, {200, 100, SUMS_DOUBLE, -2},
        {100, 299.8, SUMS_DOUBLE, 3}, {100, 298, SUMS_OVER, 1}, {900, 100, SUMS_DOUBLE, -9}, {1000, 100, SUMS_PART, 1},
        {0, 0, SUMS_EQUAL, 1}, {0, 5, SUMS_OVER, 1}, {5, 0, SUMS_PART, 1}, {1e-6, 2e-6, SUMS_DOUBLE, 2},
        {1e12, 1e12 + 1, SUMS_EQUAL, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int times;
        enum sums_verdict verdict = stand(exactly(cases[i].series), exactly(cases[i].events), &times);
        if (verdict != cases[i].verdict || times != cases[i].times)
            fail_msg("%g and %g: %s %d", cases[i].series, cases[i].events, sums_verdict_word(verdict), times);
    }
}

static void printed_digits_are_believed_as_far_as_they_go(void **state)
{
    (void)state;
    int times;
    /* "12" may be 12.4, but not 12.6; "0.6" is twice "0.3" although its digit leaves room for much else. */
    assert_int_equal(stand(about(12, 0.5), exactly(12.4), &times), SUMS_EQUAL);
    assert_int_equal(stand(about(12, 0.5), exactly(12.6), &times), SUMS_OVER);
    assert_int_equal(stand(about(0.6, 0.05), exactly(0.3), &times), SUMS_DOUBLE);
    assert_int_equal(times, -2);
    /* By habit three decimals, here "12" and "1": rounded by hand, unless that is more than 5 %. */
    struct sum twelve = {12, 0.0005, 2.5e-7, 0.4995, 1, 0}, one = {1, 0.0005, 2.5e-7, 0.4995, 1, 0};
    assert_int_equal(stand(twelve, exactly(12.4), &times), SUMS_EQUAL);
    assert_int_equal(stand(twelve, exactly(12.7), &times), SUMS_OVER);
    assert_int_equal(stand(one, exactly(0.5), &times), SUMS_DOUBLE);
    assert_int_equal(stand(one, exactly(1.3), &times), SUMS_OVER);
    /* The same digits on both sides, and one number each: they differ, or they do not. */
    assert_int_equal(stand(about(10, 0.5), about(11, 0.5), &times), SUMS_OVER);
    /* From 1 ± 0.5 no multiple can be told; 2.4 is none of 1. */
    assert_int_equal(stand(about(1, 0.5), exactly(2.4), &times), SUMS_OVER);
    /* A hundred numbers of ± 0.5 are off by about 3, by no more than 12, and not by 50. */
    struct sum many = {0};
    for (int i = 0; i < 100; i++)
        sum_add(&many, 10, 0.5, 0);
    assert_true(sums_are_equal(exactly(1011), many));
    assert_false(sums_are_equal(exactly(1013), many));
}

static void comparing_has_two_sides(void **state)
{
    (void)state;
    struct view_world world = {.state = 9};
    for (int i = 0; i < 20000; i++) {
        struct sum a = about(draw(&world, 1000) / 8.0, draw(&world, 3) / 4.0);
        struct sum b = about(draw(&world, 1000) / 8.0, draw(&world, 3) / 4.0);
        int there, back;
        enum sums_verdict one = stand(a, b, &there), other = stand(b, a, &back);
        bool is_mirrored = one == SUMS_PART ? other == SUMS_OVER : one == SUMS_OVER ? other == SUMS_PART : one == other;
        if (!is_mirrored || (one == SUMS_DOUBLE && there != -back))
            fail_msg("%g, %g: %s and %s", a.amount, b.amount, sums_verdict_word(one), sums_verdict_word(other));
    }
}

static void decimals_are_those_that_were_printed(void **state)
{
    (void)state;
    static const struct {
        double number;
        unsigned decimals;
    } cases[] = {{0, 0}, {12, 0}, {12.5, 1}, {0.104, 3}, {0.10400000000000001, 3}, {38471.33, 2}, {1e15, 0},
        {0.1 + 0.2, 1}, {-2.25, 2}, {8.3799469484296, 9}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (sums_decimals(cases[i].number) != cases[i].decimals)
            fail_msg("%g: %u", cases[i].number, sums_decimals(cases[i].number));
}

/* ---- cells ------------------------------------------------------------------------------------------------------ */

static const struct sums_cell *cell_of(
    const struct sums_table *table, const char *period, const char *place, const char *concept)
{
    struct buffer text;
    const struct sums_cell *found = NULL;
    struct value where, country;
    told_place(domain, place, &where, &country);
    buffer_init(&text, 4096);
    for (size_t i = 0; i < table->n_cells; i++) {
        const struct sums_cell *cell = &table->cells[i];
        buffer_clear(&text);
        sums_period_label(cell, &text);
        bool is_it = slice_is(buffer_slice(&text), period) &&
                     slice_is(domain->fields[domain->what].spec.concepts->nodes[cell->concept].code, concept) &&
                     cell->place.country == country.country.id && cell->place.subdivision == where.place.subdivision &&
                     cell->place.settlement == where.place.geonames;
        if (is_it) {
            assert_null(found); /* unless of another dimension, cells stand once */
            found = cell;
        }
    }
    buffer_release(&text);
    return found;
}

static const struct sums_cell *need_cell(
    const struct sums_table *table, const char *period, const char *place, const char *concept)
{
    const struct sums_cell *cell = cell_of(table, period, place, concept);
    if (!cell)
        fail_msg("there is no cell %s %s %s", period, place, concept);
    return cell;
}

static void read_series(const struct told *told, const struct sums_options *options, struct sums_table *out)
{
    assert_int_equal(series_read(&told->mentions, options, out, NULL), COMITY_OK);
}

static void rows_of_one_cell_are_summed_and_known(void **state)
{
    (void)state;
    struct told told;
    struct sums_table table;
    told_series_begin(&told, domain);
    say_in(&told, 0, 1, 0, "2016-01", "CO.38", "heroin", 2, "kg");
    say_in(&told, 0, 1, 0, "2016-01", "CO.38", "heroin", 500, "g");
    say_in(&told, 0, 1, 0, "2016-01", "CO.38", "heroin", 7, "tablet");
    say_in(&told, 0, 1, 0, "2016-02", "CO.38", "heroin", 1, "kg");
    say_in(&told, 0, 1, 0, "2016-02", "CO.38", "heroin", 1, NULL);
    read_series(&told, &anyhow, &table);
    assert_int_equal(table.n_cells, 3); /* tablets are no mass */
    assert_int_equal(table.level, LEVEL_SUBDIVISION);
    assert_int_equal(table.period, PERIOD_MONTH);
    assert_int_equal(table.rows_left_out.n_without_amount, 1);
    const struct sums_cell *cell = &table.cells[0];
    assert_float_equal(cell->series.amount, 2500, 1e-9);
    assert_int_equal(cell->series.n, 2);
    assert_int_equal(table.rows[cell->first_row], 1);
    assert_int_equal(table.rows[cell->first_row + 1], 2);
    sums_release(&table);
    told_release(&told);
}

static void a_series_may_count_its_events(void **state)
{
    (void)state;
    struct told told;
    struct sums_table table;
    int counts = domain_field(domain, SLICE("arrested")), before = domain->how_many;
    told_series_begin(&told, domain);
    domain->how_many = counts; /* any field of counts will do */
    for (int i = 0; i < 3; i++) {
        struct value values[DOMAIN_MOST_FIELDS];
        struct buffer packed;
        buffer_init(&packed, 4096);
        told_values(&told, "2016-01", "CO", "heroin", 1 + i, "kg", values);
        values[counts] = (struct value){.type = VALUE_COUNT, .state = i < 2 ? VALUE_TYPED : VALUE_NULL};
        values[counts].count.number = 10 + i;
        mention_pack(domain, values, &packed);
        struct mention_row row = {.id = (uint64_t)i + 1, .identity = (uint64_t)i, .packed = buffer_slice(&packed)};
        assert_int_equal(mentions_add(&told.mentions, &row, NULL), COMITY_OK);
        buffer_release(&packed);
    }
    read_series(&told, &anyhow, &table);
    assert_int_equal(table.n_cells, 1);
    assert_int_equal(table.cells[0].series.n_events, 21);
    domain->how_many = before;
    sums_release(&table);
    told_release(&told);
}

static void a_newer_edition_replaces_what_it_says_again(void **state)
{
    (void)state;
    struct told told;
    struct sums_table table;
    told_series_begin(&told, domain);
    say_in(&told, 0, 1, 0, "2016-01", "CO", "heroin", 2, "kg");
    say_in(&told, 0, 1, 0, "2016-02", "CO", "heroin", 3, "kg");
    say_in(&told, 0, 2, 0, "2016-01", "CO", "heroin", 2.5, "kg");
    read_series(&told, &anyhow, &table);
    assert_float_equal(need_cell(&table, "2016-01", "CO", "heroin")->series.amount, 2500, 1e-9);
    assert_float_equal(need_cell(&table, "2016-02", "CO", "heroin")->series.amount, 3000, 1e-9);
    assert_int_equal(table.rows_left_out.n_replaced, 1);
    sums_release(&table);
    /* Reports do not replace each other: two seizures are two. */
    told.mentions.sources[0].is_aggregate = false;
    read_series(&told, &anyhow, &table);
    assert_float_equal(need_cell(&table, "2016-01", "CO", "heroin")->series.amount, 4500, 1e-9);
    sums_release(&table);
    told_release(&told);
}

/* A random world's source as a series, on a grid and on a coarser one: the cells of the finer, summed, are the coarser.
 */
static void finer_cells_add_up_to_coarser_ones(void **state)
{
    (void)state;
    struct view_world world;
    assert_true(view_world_make(&world, 3000, 5));
    static const enum sums_period periods[] = {PERIOD_AUTO, PERIOD_DAY, PERIOD_MONTH, PERIOD_QUARTER, PERIOD_YEAR};
    double before[64] = {0};
    for (size_t p = 0; p < sizeof periods / sizeof *periods; p++)
        for (enum sums_level level = LEVEL_WORLD; level < N_LEVELS; level++) {
            struct sums_options options = {.period = periods[p], .level = level};
            struct sums_table table;
            double sums[64] = {0};
            assert_int_equal(series_read(&world.mentions, &options, &table, NULL), COMITY_OK);
            size_t n_rows = 0;
            for (size_t i = 0; i < table.n_cells; i++) {
                const struct sums_cell *cell = &table.cells[i];
                sums[cell->dimension] += cell->series.amount;
                n_rows += cell->series.n;
                assert_true(cell->place.level <= level);
                assert_true(i == 0 || memcmp(&cell->place, &cell[-1].place, sizeof cell->place) != 0 ||
                            cell->concept != cell[-1].concept || cell->dimension != cell[-1].dimension ||
                            cell->first_day != cell[-1].first_day || cell->last_day != cell[-1].last_day);
            }
            assert_int_equal(n_rows, table.n_rows);
            for (int d = 0; d < 64; d++) {
                if (before[d] != 0)
                    assert_true(fabs(sums[d] - before[d]) <= 1e-9 * fabs(before[d]));
                before[d] = sums[d];
            }
            sums_release(&table);
        }
    view_world_release(&world);
}

/* ---- series and events --------------------------------------------------------------------------------------------
 */

struct beside {
    struct told told, series;
    struct sums_table cells, table;
    struct events events;
};

static void beside_begin(struct beside *b)
{
    told_begin(&b->told, domain);
    told_series_begin(&b->series, domain);
}

static void beside_run(struct beside *b, const bool chosen[SUMS_SOURCES], const struct sums_options *options)
{
    read_series(&b->series, options, &b->cells);
    assert_int_equal(events_choose(&b->told.mentions, b->told.entity_of, chosen, &b->events, NULL), COMITY_OK);
    assert_int_equal(sums_reconcile(&b->cells, &b->events, options, &b->table, NULL), COMITY_OK);
}

static void beside_end(struct beside *b)
{
    sums_release(&b->cells);
    sums_release(&b->table);
    events_release(&b->events);
    told_release(&b->told);
    told_release(&b->series);
}

static const bool everybody[SUMS_SOURCES] = {true, true, true};

static void assert_verdict(
    const struct beside *b, const char *period, const char *place, const char *concept, const char *verdict)
{
    const struct sums_cell *cell = need_cell(&b->table, period, place, concept);
    if (strcmp(sums_verdict_word(cell->verdict), verdict) != 0)
        fail_msg("%s %s %s: %s", period, place, concept, sums_verdict_word(cell->verdict));
}

static void every_verdict_is_given_for_its_reason(void **state)
{
    (void)state;
    struct beside b;
    beside_begin(&b);
    static const char *const places[] = {"CO.38", "CO.02", "CO.29", "CO.04", "CO.08", "CO.09", "CO.10"};
    static const double said[] = {10, 10, 30, 10, 10, 10};
    for (size_t i = 0; i < 6; i++)
        say_in(&b.series, 0, 1, 0, "2016-01", places[i], "heroin", said[i], "kg");
    say_in(&b.told, 0, 1, 0, "2016-01-03", "CO.38", "heroin", 4, "kg");
    say_in(&b.told, 0, 1, 0, "2016-01-31", "CO.38", "heroin", 6, "kg");
    say_in(&b.told, 0, 1, 0, "2016-01-03", "CO.02", "heroin", 20, "kg");
    say_in(&b.told, 0, 1, 0, "2016-01-03", "CO.29", "heroin", 21, "kg");
    say_in(&b.told, 0, 1, 0, "2016-01-03", "CO.04", "heroin", 11, "kg");
    say_in(&b.told, 0, 1, 0, "2016-01-03", "CO.09", "heroin", 11, "tablet");
    say_in(&b.told, 0, 1, 0, "2016-01-03", "CO.10", "heroin", 1, "kg");
    beside_run(&b, everybody, &anyhow);
    assert_verdict(&b, "2016-01", "CO.38", "heroin", "equal");
    assert_verdict(&b, "2016-01", "CO.02", "heroin", "double");
    assert_verdict(&b, "2016-01", "CO.29", "heroin", "part");
    assert_verdict(&b, "2016-01", "CO.04", "heroin", "over");
    assert_verdict(&b, "2016-01", "CO.08", "heroin", "missing-in-events");
    assert_verdict(&b, "2016-01", "CO.09", "heroin", "not-comparable");
    assert_verdict(&b, "2016-01", "CO.10", "heroin", "missing-in-series");
    assert_int_equal(b.table.n_cells, 7);
    const struct sums_cell *cell = need_cell(&b.table, "2016-01", "CO.38", "heroin");
    assert_int_equal(cell->once.n, 2);
    assert_int_equal(b.table.mentions[cell->first_mention], 1);
    assert_int_equal(b.table.mentions[cell->first_mention + 1], 2);
    assert_int_equal(b.table.entities[cell->first_entity], 100000);
    beside_end(&b);
}

static void nothing_is_missing_outside_of_what_the_series_covers(void **state)
{
    (void)state;
    struct beside b;
    beside_begin(&b);
    say_in(&b.series, 0, 1, 0, "2016-01", "CO.38", "heroin", 10, "kg");
    say_in(&b.told, 0, 1, 0, "2016-02-03", "CO.38", "heroin", 4, "kg");     /* another month */
    say_in(&b.told, 0, 1, 0, "2016-01-03", "EC.07", "heroin", 4, "kg");     /* another country */
    say_in(&b.told, 0, 1, 0, "2016-01-03", "CO.38", "opium", 4, "kg");      /* a concept that it never has */
    say_in(&b.told, 0, 1, 0, "2016-01-03", "CO.02", "heroin", 4, "tablet"); /* a dimension that it never has */
    beside_run(&b, everybody, &anyhow);
    assert_int_equal(b.table.n_cells, 1);
    assert_verdict(&b, "2016-01", "CO.38", "heroin", "missing-in-events");
    assert_true(b.table.cells[0].n_other_unit == 0);
    assert_int_equal(b.table.events_left_out.n_outside, 3);
    beside_end(&b);
}

static void a_load_that_was_repeated_is_double_only_in_the_plain_sum(void **state)
{
    (void)state;
    struct beside b;
    beside_begin(&b);
    say_in(&b.series, 0, 1, 0, "2016-01-18", "CO.38", "heroin", 10, "kg");
    for (int i = 0; i < 2; i++) {
        say_in(&b.told, 0, 1, 7, "2016-01-18", "CO.38", "heroin", 4, "kg");
        say_in(&b.told, 1, 1, 8, "2016-01-18", "CO.38", "heroin", 6, "kg");
    }
    beside_run(&b, everybody, &anyhow);
    const struct sums_cell *cell = &b.table.cells[0];
    assert_int_equal(cell->verdict, SUMS_EQUAL);
    assert_int_equal(cell->plain_verdict, SUMS_DOUBLE);
    assert_int_equal(cell->plain_times, 2);
    assert_int_equal(cell->once.n, 2);
    assert_int_equal(cell->plain.n, 4);
    struct buffer text;
    buffer_init(&text, 4096);
    sums_sentence(&b.table, cell, &text);
    assert_true(slice_find(buffer_slice(&text), SLICE("is 2 times it, counted once it is equal")) >= 0);
    buffer_release(&text);
    beside_end(&b);
}

static void values_are_those_of_the_chosen_sources(void **state)
{
    (void)state;
    struct beside b;
    static const bool second[SUMS_SOURCES] = {false, true, false};
    beside_begin(&b);
    say_in(&b.series, 0, 1, 0, "2016-01", "CO.38", "heroin", 10, "kg");
    /* One event of two sources: the first source's 10 kg is not what the second says. */
    say_in(&b.told, 0, 1, 7, "2016-01-18", "CO.38", "heroin", 10, "kg");
    say_in(&b.told, 0, 1, 7, "2016-01-18", "CO.38", "heroin", 10, "kg");
    say_in(&b.told, 1, 1, 7, "2016-01-18", "CO.38", "heroin", 5.5, "kg");
    beside_run(&b, second, &anyhow);
    assert_verdict(&b, "2016-01", "CO.38", "heroin", "part");
    assert_float_equal(b.table.cells[0].once.amount, 5500, 1e-9);
    assert_int_equal(b.table.cells[0].plain.n, 1);
    beside_end(&b);
}

static void what_is_coarser_could_belong_and_is_not_guessed(void **state)
{
    (void)state;
    struct beside b;
    beside_begin(&b);
    say_in(&b.series, 0, 1, 0, "2016-01", "CO.38", "heroin", 10, "kg");
    say_in(&b.series, 0, 1, 0, "2016-01", "CO.02", "opium", 10, "kg");
    say_in(&b.told, 0, 1, 0, "2016-01-03", "CO.38", "heroin", 4, "kg");
    say_in(&b.told, 0, 1, 0, "2016-01-03", "CO", "heroin", 1, "kg");      /* somewhere in the country */
    say_in(&b.told, 0, 1, 0, "2016", "CO.38", "heroin", 2, "kg");         /* some day of the year */
    say_in(&b.told, 0, 1, 0, "2016-01-03", "CO.38", "opioids", 3, "kg");  /* a group */
    say_in(&b.told, 0, 1, 0, "2016-01-03", "CO.29", "heroin", 100, "kg"); /* elsewhere */
    say_in(&b.told, 0, 1, 0, "2016-01-03", "EC", "heroin", 100, "kg");    /* another country */
    beside_run(&b, everybody, &anyhow);
    const struct sums_cell *cell = need_cell(&b.table, "2016-01", "CO.38", "heroin");
    assert_int_equal(cell->verdict, SUMS_PART);
    assert_int_equal(cell->once.n, 1);
    assert_int_equal(cell->possible.n, 3);
    assert_float_equal(cell->possible.amount, 6000, 1e-9);
    assert_int_equal(need_cell(&b.table, "2016-01", "CO.02", "opium")->possible.n, 0);
    beside_end(&b);
}

static void a_group_beside_its_members_is_the_rest_or_the_total(void **state)
{
    (void)state;
    for (int is_total = 0; is_total < 2; is_total++) {
        struct beside b;
        beside_begin(&b);
        say_in(&b.series, 0, 1, 0, "2016-01", "CO", "cocaine-hcl", 10, "kg");
        say_in(&b.series, 0, 1, 0, "2016-01", "CO", "coca-paste", 5, "kg");
        say_in(&b.series, 0, 1, 0, "2016-01", "CO", "cocaine-type", is_total ? 15 : 3, "kg");
        say_in(&b.told, 0, 1, 0, "2016-01-03", "CO", "cocaine-hcl", 10, "kg");
        say_in(&b.told, 0, 1, 0, "2016-01-03", "CO", "coca-paste", 5, "kg");
        if (!is_total)
            say_in(&b.told, 0, 1, 0, "2016-01-03", "CO", "crack", 3, "kg");
        beside_run(&b, everybody, &anyhow);
        assert_verdict(&b, "2016-01", "CO", "cocaine-hcl", "equal");
        assert_verdict(&b, "2016-01", "CO", "coca-paste", "equal");
        assert_verdict(&b, "2016-01", "CO", "cocaine-type", "equal");
        assert_int_equal(b.table.n_totals, is_total);
        beside_end(&b);
    }
}

static void a_coarser_place_beside_finer_ones_is_the_rest_or_the_total(void **state)
{
    (void)state;
    for (int is_total = 0; is_total < 2; is_total++) {
        struct beside b;
        beside_begin(&b);
        say_in(&b.series, 0, 1, 0, "2016-01", "CO.38", "heroin", 10, "kg");
        say_in(&b.series, 0, 1, 0, "2016-01", "CO.02", "heroin", 5, "kg");
        say_in(&b.series, 0, 1, 0, "2016-01", "CO", "heroin", is_total ? 18 : 3, "kg");
        say_in(&b.told, 0, 1, 0, "2016-01-03", "CO.38", "heroin", 10, "kg");
        say_in(&b.told, 0, 1, 0, "2016-01-03", "CO.02", "heroin", 5, "kg");
        say_in(&b.told, 0, 1, 0, "2016-01-03", "CO", "heroin", 3, "kg");
        beside_run(&b, everybody, &anyhow);
        assert_verdict(&b, "2016-01", "CO.38", "heroin", "equal");
        assert_verdict(&b, "2016-01", "CO", "heroin", "equal");
        beside_end(&b);
    }
}

static void fiscal_years_and_groups_are_cells_like_others(void **state)
{
    (void)state;
    struct beside b;
    uint32_t group = concept_by_code(domain->fields[domain->what].spec.concepts, SLICE("cocaine-type"));
    struct sums_options options = {.groups = &group, .n_groups = 1};
    beside_begin(&b);
    say_in(&b.series, 0, 1, 0, "2015-10-01..2016-09-30", "US", "cocaine-hcl", 10, "kg");
    say_in(&b.series, 0, 1, 0, "2015-10-01..2016-09-30", "US", "crack", 2, "kg");
    say_in(&b.told, 0, 1, 0, "2015-10-01", "US", "cocaine", 7, "kg");
    say_in(&b.told, 0, 1, 0, "2016-09-30", "US", "coca-paste", 5, "kg");
    say_in(&b.told, 0, 1, 0, "2016-10-01", "US", "crack", 5, "kg");
    beside_run(&b, everybody, &options);
    assert_int_equal(b.table.n_cells, 1);
    assert_int_equal(b.table.period, PERIOD_RANGE);
    assert_verdict(&b, "2015-10-01..2016-09-30", "US", "cocaine-type", "equal");
    beside_end(&b);
}

/* ---- against a naive computation ------------------------------------------------------------------------------------
 */

static const struct value *resolved(const struct events *events, int field, size_t entity)
{
    return &events->chosen.columns[field].values[events->resolution.winner[field][entity]];
}

static bool is_in_chain(const struct sums_table *table, const bool *used, uint32_t concept, uint32_t wanted)
{
    const struct concept_tree *tree = domain->fields[domain->what].spec.concepts;
    bool is_nearest = true;
    for (uint32_t node = concept;; node = tree->nodes[node].parent) {
        bool is_total = false;
        for (size_t i = 0; i < table->n_totals; i++)
            is_total |= table->totals[i] == node;
        if (used[node] && node == wanted)
            return is_nearest || is_total;
        is_nearest &= !used[node];
        if (node == 0)
            return false;
    }
}

static void check_once(
    const struct sums_table *table, const struct events *events, const struct sums_cell *cell, const bool *used)
{
    struct sum sum = {0};
    for (size_t e = 0; e < events->resolution.n_entities; e++) {
        const struct value *when = resolved(events, domain->when, e), *where = resolved(events, domain->where, e);
        const struct value *country = resolved(events, domain->country, e), *what = resolved(events, domain->what, e);
        const struct value *much = resolved(events, domain->how_much, e);
        uint16_t in = value_is_typed(where) && where->place.country ? where->place.country
                      : value_is_typed(country)                     ? country->country.id
                                                                    : COUNTRY_NONE;
        if (!value_is_typed(when) || !value_is_typed(what) || !value_is_typed(much) || in != cell->place.country)
            continue;
        if (when->date.first < cell->first_day || when->date.last > cell->last_day ||
            domain->units->units[much->quantity.unit].dimension_id != cell->dimension)
            continue;
        if (is_in_chain(table, used, what->concept.id, cell->concept))
            sum_add(&sum, unit_to_base(domain->units, much), 0, 0);
    }
    assert_int_equal(sum.n, cell->once.n);
    assert_true(fabs(sum.amount - cell->once.amount) <= 1e-9 * fabs(sum.amount));
}

static void cells_agree_with_a_naive_sum_over_all_entities(void **state)
{
    (void)state;
    struct view_world world;
    assert_true(view_world_make(&world, 4000, 11));
    domain_free(domain); /* the world's codes are those of its own copy of the pack */
    domain = world.domain;
    uint64_t *entity_of = malloc((world.mentions.n + 1) * sizeof *entity_of);
    for (size_t i = 0; i < world.mentions.n; i++)
        entity_of[i] = world.resolution.entity[world.resolution.of_mention[i]];
    struct sums_options options = {.level = LEVEL_COUNTRY, .period = PERIOD_YEAR};
    const bool chosen[WORLD_SOURCES] = {true, false, true, true, true};
    struct sums_table cells, table;
    struct events events;
    assert_int_equal(series_read(&world.mentions, &options, &cells, NULL), COMITY_OK);
    assert_int_equal(events_choose(&world.mentions, entity_of, chosen, &events, NULL), COMITY_OK);
    assert_int_equal(sums_reconcile(&cells, &events, &options, &table, NULL), COMITY_OK);
    bool *used = calloc(domain->fields[domain->what].spec.concepts->n_nodes, sizeof *used);
    for (size_t i = 0; i < cells.n_cells; i++)
        used[cells.cells[i].concept] = true;
    size_t n_checked = 0;
    for (size_t i = 0; i < table.n_cells; i++) {
        if (table.cells[i].place.level != LEVEL_COUNTRY)
            continue;
        check_once(&table, &events, &table.cells[i], used);
        n_checked += table.cells[i].once.n > 0;
    }
    assert_true(n_checked > 500);
    /* What the series says is what it said alone: nothing was added to it. */
    double alone = 0, beside = 0;
    for (size_t i = 0; i < cells.n_cells; i++)
        alone += cells.cells[i].series.amount;
    for (size_t i = 0; i < table.n_cells; i++)
        beside += table.cells[i].series.amount;
    assert_true(fabs(alone - beside) <= 1e-9 * alone);
    free(used);
    free(entity_of);
    sums_release(&cells);
    sums_release(&table);
    events_release(&events);
    view_world_release(&world);
    assert_int_equal(load(NULL), 0);
}

/* ---- series and series ------------------------------------------------------------------------------------------- */

static void two_editions(
    const double first[4], const double second[4], const char *expected, const char *const verdicts[4])
{
    struct told a, b;
    struct sums_table one, two, table;
    struct sums_summary summary;
    struct buffer text;
    static const char *const months[] = {"2016-01", "2016-02", "2016-03", "2016-04"};
    told_series_begin(&a, domain);
    told_series_begin(&b, domain);
    for (int i = 0; i < 4; i++) {
        if (first[i] >= 0)
            say_in(&a, 0, 1, 0, months[i], "CO", "heroin", first[i], "kg");
        if (second[i] >= 0)
            say_in(&b, 0, 2, 0, months[i], "CO", "heroin", second[i], "kg");
    }
    read_series(&a, &anyhow, &one);
    read_series(&b, &anyhow, &two);
    assert_int_equal(sums_compare_series(&one, &two, &table, NULL), COMITY_OK);
    for (int i = 0; i < 4; i++) {
        const struct sums_cell *cell = need_cell(&table, months[i], "CO", "heroin");
        if (strcmp(sums_verdict_word(cell->verdict), verdicts[i]) != 0)
            fail_msg("%s: %s", months[i], sums_verdict_word(cell->verdict));
    }
    sums_summarise(&table, &summary);
    buffer_init(&text, 4096);
    sums_overall(&table, &summary, &text);
    if (slice_find(buffer_slice(&text), slice_from(expected)) < 0)
        fail_msg("%s", text.ptr);
    buffer_release(&text);
    sums_release(&one);
    sums_release(&two);
    sums_release(&table);
    told_release(&a);
    told_release(&b);
}

static void nothing_really_changed_is_an_answer(void **state)
{
    (void)state;
    two_editions((double[]){1.234, 20, 3.1, 400.4}, (double[]){1.23, 20, 3.1, 400}, "nothing really changed",
        (const char *const[]){"rounding", "equal", "equal", "rounding"});
    two_editions((double[]){1, 2, 3, 4}, (double[]){1, 2, 3, 4}, "nothing changed: all 4 cells are equal",
        (const char *const[]){"equal", "equal", "equal", "equal"});
    two_editions((double[]){1.234, 20, 3.1, -1}, (double[]){1.23, 25, -1, 5}, "1 say different amounts",
        (const char *const[]){"rounding", "revised", "dropped", "added"});
}

/* ---- queries and reports -------------------------------------------------------------------------------------------
 */

static void a_query_chooses_cells_and_nothing_else(void **state)
{
    (void)state;
    struct comity_error err;
    struct query query;
    static const struct {
        const char *text;
        size_t n;
    } cases[] = {{"", 4}, {"country=CO", 3}, {"country=!CO", 1}, {"drug=opiates", 3}, {"drug=opiates&country=CO", 2},
        {"date=2016-02", 1}, {"date=2016-01-15", 3}, {"date=within:2016-01", 3}, {"date=within:2016-01-15", 0},
        {"place.subdivision=CO.38", 1}, {"place.subdivision=?", 3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct beside b;
        struct sums_options options = {.query = &query};
        struct sums_summary summary;
        assert_int_equal(query_parse(slice_from(cases[i].text), domain, NULL, 0, &query, &err), COMITY_OK);
        assert_int_equal(sums_check_query(&query, domain, &err), COMITY_OK);
        beside_begin(&b);
        say_in(&b.series, 0, 1, 0, "2016-01", "CO", "heroin", 1, "kg");
        say_in(&b.series, 0, 1, 0, "2016-02", "CO", "cocaine-hcl", 1, "kg");
        say_in(&b.series, 0, 1, 0, "2016-01", "CO.38", "heroin", 1, "kg");
        say_in(&b.series, 0, 1, 0, "2016-01", "EC", "opium", 1, "kg");
        beside_run(&b, everybody, &options);
        sums_summarise(&b.table, &summary);
        if (summary.n_cells != cases[i].n)
            fail_msg("%s: %llu cells", cases[i].text, (unsigned long long)summary.n_cells);
        query_release(&query);
        beside_end(&b);
    }
    static const char *const refused[] = {"transport=air", "source=one", "text=x", "place=cali", "doubtful=alike",
        "amount.mass=1kg..", "id=4", "date.precision=month"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (query_parse(slice_from(refused[i]), domain, NULL, 0, &query, &err) != COMITY_OK)
            fail_msg("%s: %s", refused[i], err.message);
        assert_int_equal(sums_check_query(&query, domain, &err), COMITY_USAGE);
        query_release(&query);
    }
}

static void a_report_is_json_and_csv(void **state)
{
    (void)state;
    struct beside b;
    struct buffer out;
    struct sums_only only;
    uint32_t *indexes;
    size_t n;
    beside_begin(&b);
    say_in(&b.series, 0, 1, 0, "2016-01", "CO.38", "heroin", 10, "kg");
    say_in(&b.told, 0, 1, 0, "2016-01-03", "CO.38", "heroin", 4, "kg");
    say_in(&b.told, 0, 1, 0, "2016-01-03", "CO.02", "heroin", 4, "kg");
    beside_run(&b, everybody, &anyhow);
    assert_int_equal(sums_only_read(SLICE("part, plain:double"), &only, NULL), COMITY_OK);
    assert_int_equal(sums_pick(&b.table, &only, SORT_LARGEST, &indexes, &n, NULL), COMITY_OK);
    assert_int_equal(n, 1);
    const struct slice against[] = {SLICE("one"), SLICE("two")};
    struct sums_report report = {.table = &b.table,
        .reader = &me,
        .indexes = indexes,
        .n = n,
        .n_all = n,
        .against = against,
        .n_against = 2,
        .most_ids = 10};
    buffer_init(&out, 1 << 20);
    sums_report_json(&report, &out);
    json_t *json = json_loadb(out.ptr, out.len, 0, NULL);
    assert_non_null(json);
    json_t *cell = json_array_get(json_object_get(json, "cells"), 0);
    assert_string_equal(json_string_value(json_object_get(cell, "verdict")), "part");
    assert_string_equal(json_string_value(json_object_get(cell, "query")), "id=100000");
    assert_int_equal(json_integer_value(json_array_get(json_object_get(cell, "series_rows"), 0)), 1);
    json_decref(json);
    buffer_clear(&out);
    sums_report_csv(&report, &out);
    struct slice text = buffer_slice(&out), head = slice_cut(&text, '\n');
    size_t n_head = 0, n_row = 0;
    while (head.ptr && slice_cut(&head, ',').ptr)
        n_head++;
    struct slice row = slice_cut(&text, '\n');
    bool is_quoted = false;
    for (size_t i = 0; i < row.len; i++) {
        is_quoted ^= row.ptr[i] == '"';
        n_row += row.ptr[i] == ',' && !is_quoted;
    }
    assert_int_equal(n_head, n_row + 1);
    assert_int_equal(sums_only_read(SLICE("nonsense"), &only, NULL), COMITY_USAGE);
    buffer_release(&out);
    free(indexes);
    beside_end(&b);
}

/* ---- memory --------------------------------------------------------------------------------------------------------
 */

static enum comity_status everything(struct beside *b, const struct sums_options *options)
{
    struct sums_table two = {0};
    enum comity_status status = series_read(&b->series.mentions, options, &b->cells, NULL);
    if (!status)
        status = events_choose(&b->told.mentions, b->told.entity_of, everybody, &b->events, NULL);
    if (!status)
        status = sums_reconcile(&b->cells, &b->events, options, &b->table, NULL);
    if (!status)
        status = sums_compare_series(&b->cells, &b->cells, &two, NULL);
    sums_release(&two);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    struct beside b;
    beside_begin(&b);
    for (int i = 0; i < 40; i++) {
        char month[16];
        snprintf(month, sizeof month, "2016-%02d", 1 + i % 12);
        say_in(&b.series, 0, 1, 0, month, i % 3 ? "CO.38" : "CO", i % 2 ? "heroin" : "opiates", 1 + i, "kg");
        say_in(&b.told, 0, 1, 0, month, i % 5 ? "CO.02" : "CO", i % 2 ? "heroin" : "opioids", 1 + i, "kg");
    }
    bool has_failed = true;
    long n = 0;
    for (; has_failed; n++) {
        b.cells = b.table = (struct sums_table){0};
        b.events = (struct events){0};
        failing_malloc_after(n);
        enum comity_status status = everything(&b, &anyhow);
        has_failed = failing_malloc_stop();
        assert_int_equal(status, has_failed ? COMITY_NOMEM : COMITY_OK);
        if (has_failed) {
            sums_release(&b.cells);
            sums_release(&b.table);
            if (b.events.chosen.domain)
                events_release(&b.events);
        }
    }
    assert_true(n > 30);
    beside_end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_numbers_stand_to_each_other),
        cmocka_unit_test(printed_digits_are_believed_as_far_as_they_go),
        cmocka_unit_test(comparing_has_two_sides),
        cmocka_unit_test(decimals_are_those_that_were_printed),
        cmocka_unit_test(rows_of_one_cell_are_summed_and_known),
        cmocka_unit_test(a_series_may_count_its_events),
        cmocka_unit_test(a_newer_edition_replaces_what_it_says_again),
        cmocka_unit_test(finer_cells_add_up_to_coarser_ones),
        cmocka_unit_test(every_verdict_is_given_for_its_reason),
        cmocka_unit_test(nothing_is_missing_outside_of_what_the_series_covers),
        cmocka_unit_test(a_load_that_was_repeated_is_double_only_in_the_plain_sum),
        cmocka_unit_test(values_are_those_of_the_chosen_sources),
        cmocka_unit_test(what_is_coarser_could_belong_and_is_not_guessed),
        cmocka_unit_test(a_group_beside_its_members_is_the_rest_or_the_total),
        cmocka_unit_test(a_coarser_place_beside_finer_ones_is_the_rest_or_the_total),
        cmocka_unit_test(fiscal_years_and_groups_are_cells_like_others),
        cmocka_unit_test(cells_agree_with_a_naive_sum_over_all_entities),
        cmocka_unit_test(nothing_really_changed_is_an_answer),
        cmocka_unit_test(a_query_chooses_cells_and_nothing_else),
        cmocka_unit_test(a_report_is_json_and_csv),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
