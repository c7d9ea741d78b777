/* Parts and wholes: what is found, what chance explains, what persons say, and what is counted. */
#include "unit.h"

#include "link/part.h"
#include "link/part_figure.h"
#include "link_world.h"

#include <math.h>

enum { CUSTOMS, POLICE, PRESS };

struct bench {
    struct world world;
    struct frame frame;
    uint32_t *cluster;
    struct arena arena;
    struct parts_known known;
    struct parts_found found;
};

static struct comity_error err;

/* Without an amount where `grams` is 0. */
static size_t tell(struct bench *b, uint32_t source, int32_t day, uint32_t town, double grams, const char *case_number)
{
    struct value values[N_FIELDS];
    for (int f = 0; f < N_FIELDS; f++)
        values[f] = value_none();
    values[DATE] = on_day(day);
    values[COUNTRY] = in_country(1);
    values[PLACE] = at_place(1, 1, town);
    values[DRUG] = of_drug(COCAINE_HCL);
    values[AMOUNT] = grams > 0 ? weighing(grams, GRAM) : value_none();
    if (case_number)
        values[CASE] = identifier(case_number);
    return world_add(&b->world, source, values);
}

/* Half a year of other hauls: four sources' worth of towns, told by both, so that rates and overlap are known. */
static void tell_background(struct bench *b)
{
    for (uint32_t i = 0; i < 400; i++) {
        double grams = 100 + (double)(hash_u64(i) % 90000) / 10;
        tell(b, i % 2 ? POLICE : CUSTOMS, (int32_t)(i * 180 / 400), 10 + i % 40, grams, NULL);
    }
}

static void begin(struct bench *b)
{
    memset(b, 0, sizeof *b);
    world_init(&b->world);
    tell_background(b);
}

static uint32_t position_of(const struct bench *b, size_t mention)
{
    uint32_t p = 0;
    while (b->frame.mention[p] != mention)
        p++;
    return p;
}

/* Makes one event of two mentions, before parts are looked for. */
static void join(struct bench *b, size_t mention, size_t other)
{
    uint32_t p = position_of(b, mention), q = position_of(b, other);
    b->cluster[p] = b->cluster[q] = p < q ? p : q;
}

static bool is_apart(const struct bench *b, size_t mention, size_t other)
{
    uint32_t p = position_of(b, mention), q = position_of(b, other);
    for (size_t i = 0; i < b->found.n_apart; i++) {
        const struct position_pair *pair = &b->found.apart[i];
        if ((pair->a == p && pair->b == q) || (pair->a == q && pair->b == p))
            return true;
    }
    return false;
}

static void frame(struct bench *b)
{
    assert_int_equal(frame_build(&b->world.mentions, NULL, 1, &b->frame, &err), COMITY_OK);
    b->cluster = malloc((b->frame.n + 1) * sizeof *b->cluster);
    for (uint32_t p = 0; p < b->frame.n; p++)
        b->cluster[p] = p;
}

static void find_framed(struct bench *b, const struct judgement *judgements, size_t n)
{
    assert_int_equal(parts_find(&b->frame, b->cluster, judgements, n, 2, &b->known, &b->arena, &b->found), COMITY_OK);
}

static void find(struct bench *b, const struct judgement *judgements, size_t n)
{
    frame(b);
    find_framed(b, judgements, n);
}

static void forget(struct bench *b)
{
    frame_release(&b->frame);
    free(b->cluster);
    free(b->found.apart);
    b->found = (struct parts_found){0};
    parts_known_release(&b->known);
    b->cluster = NULL;
}

static void end(struct bench *b)
{
    forget(b);
    arena_release(&b->arena);
    world_release(&b->world);
}

static uint64_t named(const struct bench *b, size_t mention)
{
    return b->world.mentions.identity[mention];
}

static const struct judgement *judgement_of(const struct bench *b, size_t part, size_t whole)
{
    for (size_t i = 0; i < b->found.n; i++)
        if (b->found.at[i].a == named(b, part) && b->found.at[i].b == named(b, whole))
            return &b->found.at[i];
    return NULL;
}

static void a_haul_told_in_parts_is_found(void **state)
{
    struct bench b;
    (void)state;
    begin(&b);
    size_t whole = tell(&b, CUSTOMS, 90, 5, 12370.4, NULL);
    size_t parts[] = {tell(&b, POLICE, 90, 5, 6000.1, NULL), tell(&b, POLICE, 90, 5, 2370.2, NULL),
        tell(&b, POLICE, 90, 5, 4000.1, NULL)};
    find(&b, NULL, 0);
    assert_int_equal(b.found.n, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct judgement *part = judgement_of(&b, parts[i], whole);
        assert_non_null(part);
        assert_int_equal(part->kind, JUDGEMENT_PART_OF);
        assert_false(part->is_by_person);
        assert_true(part->confidence > 0.95);
        assert_true(slice_find(part->why, SLICE("of police are what customs tells as 12370.4 g")) > 0);
    }
    /* Three with the whole, three with each other. */
    assert_int_equal(b.found.n_apart, 6);
    assert_true(b.found.is_settled);
    end(&b);
}

static void rounding_is_allowed_for(void **state)
{
    struct bench b;
    (void)state;
    begin(&b);
    size_t whole = tell(&b, CUSTOMS, 91, 5, 12400, NULL);
    size_t part = tell(&b, POLICE, 90, 5, 6012.1, NULL);
    tell(&b, POLICE, 90, 5, 6361.8, NULL);
    find(&b, NULL, 0);
    assert_int_equal(b.found.n, 2);
    assert_non_null(judgement_of(&b, part, whole));
    assert_true(slice_find(judgement_of(&b, part, whole)->why, SLICE("but for rounding")) > 0);
    end(&b);
}

/* In a town where many grams are told every day, sums of them are no news. */
static void chance_finds_round_sums_in_big_towns(void **state)
{
    struct bench b;
    (void)state;
    begin(&b);
    for (int32_t day = 0; day < 180; day++)
        for (uint32_t i = 0; i < 6; i++)
            tell(&b, POLICE, day, 7, 5 * (double)(1 + hash_u64((uint64_t)day * 8 + i) % 12), NULL);
    for (int32_t day = 3; day < 180; day += 12)
        tell(&b, CUSTOMS, day, 7, 50, NULL);
    find(&b, NULL, 0);
    assert_int_equal(b.found.n, 0);
    end(&b);
}

static void a_total_stands_beside_its_lines(void **state)
{
    struct bench b;
    (void)state;
    begin(&b);
    size_t total = tell(&b, POLICE, 60, 5, 9731.3, "C1"), other = tell(&b, POLICE, 60, 5, 5123.4, "C2");
    size_t line = tell(&b, POLICE, 60, 5, 4607.9, "C1");
    tell(&b, POLICE, 60, 5, 5123.4, "C1");
    find(&b, NULL, 0);
    assert_int_equal(b.found.n, 2);
    assert_non_null(judgement_of(&b, line, total));
    assert_null(judgement_of(&b, other, total)); /* equal, but of another case */
    end(&b);
}

/* Events of customs that another source dates so many days later, as one with them. */
enum { N_LATE = 30 };
struct late {
    size_t customs[N_LATE], other[N_LATE];
};

static void tell_late(struct bench *b, uint32_t source, int32_t days, struct late *late)
{
    for (int i = 0; i < N_LATE; i++) {
        late->customs[i] = tell(b, CUSTOMS, 2 + 5 * i, 60 + (uint32_t)i, 731.7 + 53.3 * i, NULL);
        late->other[i] = tell(b, source, 2 + 5 * i + days, 60 + (uint32_t)i, 731.7 + 53.3 * i, NULL);
    }
}

static void frame_late(struct bench *b, const struct late *late)
{
    frame(b);
    for (int i = 0; i < N_LATE; i++)
        join(b, late->customs[i], late->other[i]);
}

/* Parts are looked for as far away as their source is late, in that direction. */
static void parts_are_as_late_as_their_source(void **state)
{
    static const struct {
        int32_t usual, here;
        bool is_found;
    } cases[] = {{12, 13, true}, {12, 15, true}, {12, 16, false}, {12, 20, false}, {25, 22, true}, {25, 31, true},
        {25, 32, false}, {25, 12, true}, {25, 5, true}, {3, 8, false}, {3, 13, false}, {12, -13, false},
        {-12, -13, true}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bench b;
        struct late late;
        begin(&b);
        tell_late(&b, PRESS, cases[i].usual, &late);
        size_t whole = tell(&b, CUSTOMS, 90, 5, 12370.4, NULL);
        size_t part = tell(&b, PRESS, 90 + cases[i].here, 5, 6000.1, NULL);
        tell(&b, PRESS, 90 + cases[i].here, 5, 6370.3, NULL);
        frame_late(&b, &late);
        find_framed(&b, NULL, 0);
        assert_int_equal(judgement_of(&b, part, whole) != NULL, cases[i].is_found);
        end(&b);
    }
}

static void assert_near(double value, double wanted)
{
    assert_true(fabs(value - wanted) < 1e-9);
}

/* Thirty events, beside which what is usual counts for twenty; lags of months are none of the same day, and an event
 * that is told in many lines is one. */
static void lags_are_counted_by_event(void **state)
{
    static const struct {
        int32_t days, of;
        double share;
    } cases[] = {{0, 0, (30 + 14.4) / 50}, {60, 0, 14.4 / 50}, {60, 60, 0}, {12, 12, 30.0 / 50 / 8}, {12, -12, 0},
        {12, 20, 0}, {25, 12, 0.02 / 8}, {25, 25, 30.0 / 50 / 16}, {-12, -9, 30.0 / 50 / 8}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bench b;
        struct late late;
        struct figures figures;
        begin(&b);
        tell_late(&b, PRESS, cases[i].days, &late);
        size_t lines[40], one = tell(&b, CUSTOMS, 100, 5, 900, NULL);
        for (size_t line = 0; line < 40; line++)
            lines[line] = tell(&b, POLICE, 120, 5, 900 + (double)line, NULL);
        frame_late(&b, &late);
        for (size_t line = 0; line < 40; line++)
            b.cluster[position_of(&b, lines[line])] = b.cluster[position_of(&b, one)];
        assert_int_equal(figures_read(&b.frame, &figures), COMITY_OK);
        assert_int_equal(figures_compare(&figures), COMITY_OK);
        assert_int_equal(figures_place(&figures, b.cluster), COMITY_OK);
        assert_near(part_lag_share(part_lag_of(&figures.overlaps, CUSTOMS, PRESS), cases[i].of), cases[i].share);
        assert_near(part_lag_share(part_lag_of(&figures.overlaps, PRESS, CUSTOMS), -cases[i].of), cases[i].share);
        assert_near(part_lag_share(part_lag_of(&figures.overlaps, CUSTOMS, POLICE), 20), 0);
        assert_int_equal(part_shared(&figures.overlaps, POLICE, CUSTOMS), 40);
        figures_release(&figures);
        end(&b);
    }
}

/* Far away only bundles in what may be the same place are looked for. */
static void far_away_less_is_looked_for(void **state)
{
    static const struct {
        uint32_t town;
        int32_t apart;
        bool is_found;
    } cases[] = {{5, 0, true}, {6, 0, false}, {5, 1, false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bench b;
        struct late late;
        begin(&b);
        tell_late(&b, PRESS, 12, &late);
        size_t whole = tell(&b, CUSTOMS, 90, 5, 12370.4, NULL);
        size_t part = tell(&b, PRESS, 102, cases[i].town, 6000.1, NULL);
        tell(&b, PRESS, 102 + cases[i].apart, cases[i].town, 6370.3, NULL);
        frame_late(&b, &late);
        find_framed(&b, NULL, 0);
        assert_int_equal(judgement_of(&b, part, whole) != NULL, cases[i].is_found);
        end(&b);
    }
}

/* The late source may tell the whole. */
static void wholes_may_be_late(void **state)
{
    struct bench b;
    struct late late;
    (void)state;
    begin(&b);
    tell_late(&b, PRESS, 20, &late);
    size_t part = tell(&b, CUSTOMS, 90, 5, 6000.1, NULL), whole = tell(&b, PRESS, 111, 5, 12370.4, NULL);
    tell(&b, CUSTOMS, 90, 5, 6370.3, NULL);
    frame_late(&b, &late);
    find_framed(&b, NULL, 0);
    assert_non_null(judgement_of(&b, part, whole));
    assert_true(slice_find(judgement_of(&b, part, whole)->why, SLICE("within 21 days in the same place")) > 0);
    end(&b);
}

/* What changes far away is looked at again. */
static void late_parts_are_found_once_they_are_free(void **state)
{
    struct bench b;
    struct late late;
    (void)state;
    begin(&b);
    tell_late(&b, PRESS, 20, &late);
    /* A less exact one, so that it is known how sure is sure enough. */
    tell(&b, CUSTOMS, 40, 6, 5600, NULL);
    tell(&b, POLICE, 41, 6, 4321.7, NULL);
    tell(&b, POLICE, 41, 6, 1234.9, NULL);
    size_t whole = tell(&b, CUSTOMS, 90, 5, 12370.4, NULL), own = tell(&b, CUSTOMS, 111, 5, 6000.1, NULL);
    size_t part = tell(&b, PRESS, 111, 5, 6000.1, NULL);
    tell(&b, PRESS, 111, 5, 6370.3, NULL);
    frame_late(&b, &late);
    join(&b, own, part);
    find_framed(&b, NULL, 0);
    assert_int_equal(b.found.n, 2);
    assert_null(judgement_of(&b, part, whole)); /* customs tell of it as another haul */
    free(b.found.apart);
    b.cluster[position_of(&b, part)] = position_of(&b, part);
    b.cluster[position_of(&b, own)] = position_of(&b, own);
    find_framed(&b, NULL, 0);
    assert_non_null(judgement_of(&b, part, whole));
    end(&b);
}

/* Who tells both tells of two events. */
static void what_the_source_of_the_whole_tells_too_is_no_part(void **state)
{
    struct bench b;
    (void)state;
    begin(&b);
    size_t own = tell(&b, CUSTOMS, 90, 5, 6000.1, NULL);
    tell(&b, CUSTOMS, 90, 5, 12370.4, NULL);
    size_t one = tell(&b, POLICE, 90, 5, 6000.1, NULL);
    tell(&b, POLICE, 90, 5, 6370.3, NULL);
    frame(&b);
    join(&b, own, one);
    find_framed(&b, NULL, 0);
    assert_int_equal(b.found.n, 0);
    end(&b);
}

/* Whether a rounded total is believed depends on whether its source tells totals beside their lines. */
static void totals_are_a_habit(void **state)
{
    (void)state;
    for (int n_known = 0; n_known <= 8; n_known += 8) {
        struct bench b;
        begin(&b);
        for (int i = 0; i < n_known; i++) {
            tell(&b, POLICE, 10 + 8 * i, 6, 3000.1 + 777.3 * i, NULL);
            tell(&b, POLICE, 10 + 8 * i, 6, 1234.7 + 91.9 * i, NULL);
            tell(&b, POLICE, 10 + 8 * i, 6, 4234.8 + 869.2 * i, NULL);
        }
        size_t total = tell(&b, POLICE, 120, 5, 21000, NULL), line = tell(&b, POLICE, 120, 5, 4900, NULL);
        tell(&b, POLICE, 120, 5, 7000, NULL);
        tell(&b, POLICE, 120, 5, 6800, NULL);
        tell(&b, POLICE, 120, 5, 2800, NULL);
        find(&b, NULL, 0);
        assert_int_equal(judgement_of(&b, line, total) != NULL, n_known > 0);
        end(&b);
    }
}

/* Two equal lines look like one that is told twice. */
static void equal_lines_are_added_up(void **state)
{
    struct bench b;
    (void)state;
    begin(&b);
    size_t whole = tell(&b, CUSTOMS, 90, 5, 12370.4, NULL), third = tell(&b, POLICE, 90, 5, 370.2, NULL);
    size_t one = tell(&b, POLICE, 90, 5, 6000.1, NULL), other = tell(&b, POLICE, 90, 5, 6000.1, NULL);
    frame(&b);
    join(&b, one, other);
    find_framed(&b, NULL, 0);
    assert_non_null(judgement_of(&b, third, whole));
    assert_true(is_apart(&b, one, other));
    assert_false(b.found.is_settled);
    end(&b);
}

/* A haul of two lines that police tell and customs tell as one. */
static void tell_lines(struct bench *b, int32_t day, uint32_t town, double one, double other)
{
    tell(b, CUSTOMS, day, town, one + other, NULL);
    tell(b, POLICE, day, town, one, NULL);
    tell(b, POLICE, day, town, other, NULL);
}

/* Where a source is known to tell hauls in lines, what another tells once is none of them. */
static void without_an_amount_a_whole_is_no_line(void **state)
{
    (void)state;
    for (int n_known = 0; n_known <= 8; n_known += 8) {
        struct bench b;
        begin(&b);
        for (int i = 0; i < n_known; i++)
            tell_lines(&b, 10 + 8 * i, 5, 3000.1 + 777.3 * i, 1234.7 + 91.9 * i);
        size_t whole = tell(&b, CUSTOMS, 120, 6, 0, NULL);
        size_t lines[] = {tell(&b, POLICE, 120, 6, 0, NULL), tell(&b, POLICE, 120, 6, 0, NULL)};
        size_t near[] = {tell(&b, POLICE, 140, 6, 5000, NULL), tell(&b, POLICE, 140, 6, 5100, NULL)};
        frame(&b);
        join(&b, lines[0], whole);
        join(&b, near[0], near[1]);
        find_framed(&b, NULL, 0);
        for (int i = 0; i < 2; i++)
            assert_int_equal(is_apart(&b, lines[i], whole), n_known > 0);
        assert_int_equal(is_apart(&b, lines[0], lines[1]), n_known > 0);
        assert_int_equal(is_apart(&b, near[0], near[1]), n_known > 0);
        assert_int_equal(b.found.is_settled, n_known == 0);
        end(&b);
    }
}

/* They are proposed, and again once they are apart; what a person refuses is not. */
static void a_line_without_an_amount_is_proposed(void **state)
{
    struct bench b;
    (void)state;
    begin(&b);
    for (int i = 0; i < 8; i++)
        tell_lines(&b, 10 + 8 * i, 5, 3000.1 + 777.3 * i, 1234.7 + 91.9 * i);
    size_t whole = tell(&b, CUSTOMS, 120, 6, 9000, NULL);
    size_t lines[] = {tell(&b, POLICE, 120, 6, 0, NULL), tell(&b, POLICE, 120, 6, 0, NULL)};
    struct judgement undone = {
        .kind = JUDGEMENT_PART_OF, .is_undone = true, .a = named(&b, lines[1]), .b = named(&b, whole)};
    frame(&b);
    join(&b, lines[0], whole);
    find_framed(&b, NULL, 0);
    b.cluster[position_of(&b, lines[0])] = position_of(&b, lines[0]);
    b.cluster[position_of(&b, whole)] = position_of(&b, whole);
    for (int is_refused = 0; is_refused <= 1; is_refused++) {
        free(b.found.apart);
        find_framed(&b, &undone, is_refused);
        assert_true(b.found.is_settled);
        assert_non_null(judgement_of(&b, lines[0], whole));
        assert_int_equal(judgement_of(&b, lines[1], whole) != NULL, !is_refused);
    }
    assert_true(slice_find(judgement_of(&b, lines[0], whole)->why, SLICE("lines of police")) > 0);
    end(&b);
}

/* Who tells of another line tells lines, too. */
static void who_tells_two_lines_tells_lines(void **state)
{
    struct bench b;
    (void)state;
    begin(&b);
    for (int i = 0; i < 8; i++)
        tell_lines(&b, 10 + 8 * i, 5, 3000.1 + 777.3 * i, 1234.7 + 91.9 * i);
    size_t lines[] = {tell(&b, POLICE, 120, 6, 4000, NULL), tell(&b, POLICE, 120, 6, 700, NULL)};
    size_t others[] = {tell(&b, CUSTOMS, 120, 6, 4000, NULL), tell(&b, CUSTOMS, 121, 6, 0, NULL)};
    frame(&b);
    for (int i = 0; i < 2; i++)
        join(&b, lines[i], others[i]);
    find_framed(&b, NULL, 0);
    assert_false(is_apart(&b, lines[1], others[1]));
    end(&b);
}

static void persons_have_the_last_word(void **state)
{
    struct bench b;
    (void)state;
    begin(&b);
    size_t whole = tell(&b, CUSTOMS, 90, 5, 12370.4, NULL), one = tell(&b, POLICE, 90, 5, 6000.1, NULL);
    size_t other = tell(&b, POLICE, 90, 5, 6370.3, NULL), third = tell(&b, CUSTOMS, 20, 5, 777, NULL);
    struct judgement undone = {
        .kind = JUDGEMENT_PART_OF, .is_undone = true, .a = named(&b, one), .b = named(&b, whole)};
    find(&b, &undone, 1);
    assert_int_equal(b.found.n, 0);
    assert_int_equal(b.found.n_apart, 1); /* no part, and not the same either */
    forget(&b);
    undone.is_withdrawn = true; /* by the model itself: that is no word */
    find(&b, &undone, 1);
    assert_int_equal(b.found.n, 2);
    forget(&b);
    struct judgement said = {
        .kind = JUDGEMENT_PART_OF, .is_by_person = true, .a = named(&b, other), .b = named(&b, third)};
    find(&b, &said, 1);
    assert_int_equal(b.found.n, 0);
    forget(&b);
    said.b = named(&b, whole); /* said already: not proposed beside it */
    find(&b, &said, 1);
    assert_int_equal(b.found.n, 1);
    assert_non_null(judgement_of(&b, one, whole));
    end(&b);
}

/* The order in which rows came in says nothing, in reasons neither: how many sums were tried before tells which case of
 * the place was the first. */
static void order_does_not_matter(void **state)
{
    struct bench a, b;
    (void)state;
    begin(&a);
    tell(&a, CUSTOMS, 90, 5, 12370.4, NULL);
    tell(&a, POLICE, 90, 5, 6000.1, "one");
    tell(&a, POLICE, 90, 5, 6370.3, "one");
    for (int i = 0; i < 8; i++)
        tell(&a, POLICE, 90, 5, 100.3 + 10 * i, i % 2 ? "two" : i % 4 ? "three" : "four");
    find(&a, NULL, 0);
    memset(&b, 0, sizeof b);
    world_init(&b.world);
    for (int i = 7; i >= 0; i--)
        tell(&b, POLICE, 90, 5, 100.3 + 10 * i, i % 2 ? "two" : i % 4 ? "three" : "four");
    tell(&b, POLICE, 90, 5, 6370.3, "one");
    tell(&b, POLICE, 90, 5, 6000.1, "one");
    tell(&b, CUSTOMS, 90, 5, 12370.4, NULL);
    tell_background(&b);
    find(&b, NULL, 0);
    assert_int_equal(a.found.n, 2);
    assert_int_equal(b.found.n, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct judgement *p = &a.found.at[i], *q = &b.found.at[i];
        assert_true(p->a == q->a && p->b == q->b && p->confidence == q->confidence && slice_equal(p->why, q->why));
    }
    end(&a);
    end(&b);
}

/* ---- what is counted ------------------------------------------------------------------------------------------- */

static struct judgement part_of(const struct bench *b, size_t part, size_t whole, bool is_by_person)
{
    return (struct judgement){
        .kind = JUDGEMENT_PART_OF, .is_by_person = is_by_person, .a = named(b, part), .b = named(b, whole)};
}

static void place(
    const struct bench *b, const struct judgement *judgements, size_t n, struct resolution *out, uint64_t *entity_of)
{
    for (size_t i = 0; i < b->world.mentions.n; i++)
        entity_of[i] = i + 1;
    assert_int_equal(resolve_entities(&b->world.mentions, entity_of, out, &err), COMITY_OK);
    assert_int_equal(parts_place(&b->world.mentions, judgements, n, out, &err), COMITY_OK);
}

static void parts_stand_in_their_outermost_whole(void **state)
{
    struct bench b = {0};
    struct resolution resolution;
    uint64_t entity_of[8];
    (void)state;
    world_init(&b.world);
    for (int i = 0; i < 5; i++)
        tell(&b, CUSTOMS, i, 5, 100 + i, NULL);
    place(&b, NULL, 0, &resolution, entity_of);
    assert_null(resolution.whole);
    resolution_release(&resolution);
    struct judgement chain[] = {part_of(&b, 0, 1, false), part_of(&b, 1, 2, false), part_of(&b, 3, 4, false),
        part_of(&b, 4, 3, true), part_of(&b, 2, 2, true)};
    place(&b, chain, 4, &resolution, entity_of);
    assert_int_equal(resolution_whole(&resolution, 0), 2);
    assert_int_equal(resolution_whole(&resolution, 1), 2);
    assert_int_equal(resolution_whole(&resolution, 2), RESOLVE_NO_WHOLE);
    assert_int_equal(resolution_whole(&resolution, 3), RESOLVE_NO_WHOLE); /* a circle */
    assert_int_equal(resolution_whole(&resolution, 4), RESOLVE_NO_WHOLE);
    resolution_release(&resolution);
    chain[1].is_undone = true;
    place(&b, chain, 4, &resolution, entity_of);
    assert_int_equal(resolution_whole(&resolution, 0), 1);
    resolution_release(&resolution);
    world_release(&b.world);
}

/* What a part tells and its whole does not would be lost. */
static void another_substance_is_no_part_of_an_amount(void **state)
{
    struct bench b = {0};
    struct resolution resolution;
    uint64_t entity_of[8];
    struct value values[N_FIELDS];
    (void)state;
    world_init(&b.world);
    size_t whole = tell(&b, CUSTOMS, 1, 5, 1000, "C1");
    for (int f = 0; f < N_FIELDS; f++)
        values[f] = value_none();
    values[DATE] = on_day(1);
    values[DRUG] = of_drug(HEROIN);
    values[AMOUNT] = weighing(3, GRAM);
    size_t heroin = world_add(&b.world, CUSTOMS, values);
    values[AMOUNT] = value_none();
    size_t unweighed = world_add(&b.world, CUSTOMS, values);
    values[DRUG] = of_drug(COCA_PASTE);
    values[AMOUNT] = weighing(3, TABLET);
    size_t counted = world_add(&b.world, CUSTOMS, values);
    const struct judgement said[] = {part_of(&b, heroin, whole, true), part_of(&b, unweighed, whole, true),
        part_of(&b, counted, whole, true), part_of(&b, whole, unweighed, false)};
    place(&b, said, 3, &resolution, entity_of);
    assert_int_equal(resolution_whole(&resolution, heroin), RESOLVE_NO_WHOLE);
    assert_int_equal(resolution_whole(&resolution, unweighed), whole);
    assert_int_equal(resolution_whole(&resolution, counted), RESOLVE_NO_WHOLE);
    resolution_release(&resolution);
    place(&b, said + 3, 1, &resolution, entity_of);
    assert_int_equal(resolution_whole(&resolution, whole), RESOLVE_NO_WHOLE);
    resolution_release(&resolution);
    world_release(&b.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_haul_told_in_parts_is_found),
        cmocka_unit_test(rounding_is_allowed_for),
        cmocka_unit_test(chance_finds_round_sums_in_big_towns),
        cmocka_unit_test(a_total_stands_beside_its_lines),
        cmocka_unit_test(parts_are_as_late_as_their_source),
        cmocka_unit_test(lags_are_counted_by_event),
        cmocka_unit_test(far_away_less_is_looked_for),
        cmocka_unit_test(wholes_may_be_late),
        cmocka_unit_test(late_parts_are_found_once_they_are_free),
        cmocka_unit_test(what_the_source_of_the_whole_tells_too_is_no_part),
        cmocka_unit_test(totals_are_a_habit),
        cmocka_unit_test(equal_lines_are_added_up),
        cmocka_unit_test(without_an_amount_a_whole_is_no_line),
        cmocka_unit_test(a_line_without_an_amount_is_proposed),
        cmocka_unit_test(who_tells_two_lines_tells_lines),
        cmocka_unit_test(persons_have_the_last_word),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(parts_stand_in_their_outermost_whole),
        cmocka_unit_test(another_substance_is_no_part_of_an_amount),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
