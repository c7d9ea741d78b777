/* Kinds lie by hash, tallies by day: what a kind says is marked first, in two bytes, and added up day by day after. */
#include "link/load_tally.h"

#include <stdlib.h>

/* Where the rows of a day are looked for. */
struct load_place {
    int32_t day, there, behind; /* `behind`: the day that they would be copied from */
    uint8_t n_controls;         /* days around `there` that are asked, too */
};

static unsigned stratum_of(size_t n_other_days)
{
    return n_other_days == 0 ? 0 : n_other_days <= 3 ? 1 : 2;
}

enum { AROUND = 3 };

/* All but the row's own day and the one that it may be copied from. */
static uint8_t count_controls(const struct load_place *place)
{
    uint8_t n = 0;
    for (int32_t day = place->there - AROUND; day <= place->there + AROUND; day++)
        n += day != place->there && day != place->day && day != place->behind;
    return n;
}

static void find_places(struct load_tallier *tallier, const struct load_series *from)
{
    struct load_shift shift = tallier->shift, back = {-shift.days, -shift.months};
    struct load_place *place = tallier->places;
    for (size_t d = from->first_day; d < from->end_day; d++, place++) {
        int32_t day = tallier->table->days[d].day;
        if (load_shift_is_none(shift)) {
            *place = (struct load_place){day, day, day, 2 * AROUND};
            continue;
        }
        *place = (struct load_place){day, load_shift_day(shift, day), load_shift_day(back, day), 0};
        place->n_controls = count_controls(place);
    }
}

/* A mark: its row's stratum, the bits of `hit`, then the strata of what the controls say and how many of them match. */
enum { MARK_HITS = 2, MARK_ALONE = 6, MARK_MATCHED = 8, MARK_CONTROLS = 10, MARK_STRATUM = 3 };
enum { UNCOUNTED = LOAD_STRATA };

static void mark_day(struct load_tallier *tallier, uint32_t day, unsigned mark)
{
    tallier->marks[tallier->next[day]++] = (uint16_t)mark;
}

static unsigned mark_same_day(const struct load_kind *kind, size_t n_days)
{
    unsigned hits = kind->n >= 2;
    for (uint32_t k = 2; kind->n > 1 && k <= LOAD_MOST_TIMES; k++)
        hits |= (unsigned)(kind->n % k == 0) << (k - 1);
    return stratum_of(n_days - 1) | hits << MARK_HITS;
}

static unsigned mark_other_day(size_t n_other_days, bool is_matched)
{
    return stratum_of(n_other_days) | (is_matched ? 3u << MARK_HITS : 0);
}

/* How many rows of a day stand on another one: what chance does in this season and country, busy or not. */
static unsigned mark_controls(size_t n_days, unsigned n_matched)
{
    unsigned alone = stratum_of(n_days - 1), matched = n_matched ? stratum_of(n_days - 2) : 0;
    return alone << MARK_ALONE | matched << MARK_MATCHED | n_matched << MARK_CONTROLS;
}

/* `n_asked`: on how many days around. */
static void add_mark(struct load_tally *out, unsigned mark, unsigned n_asked)
{
    unsigned stratum = mark & MARK_STRATUM, hits = mark >> MARK_HITS & 15, n_matched = mark >> MARK_CONTROLS;
    if (stratum != UNCOUNTED)
        out->n[stratum]++;
    for (unsigned k = 0; hits && k < LOAD_MOST_TIMES; k++)
        out->hit[k][stratum] += (float)(hits >> k & 1);
    if (n_asked)
        out->control_n[mark >> MARK_ALONE & MARK_STRATUM] += (float)(n_asked - n_matched);
    if (!n_matched)
        return;
    out->control_n[mark >> MARK_MATCHED & MARK_STRATUM] += (float)n_matched;
    out->control[mark >> MARK_MATCHED & MARK_STRATUM] += (float)n_matched;
}

/* There are no more kinds of a day than rows. */
static void begin_marks(struct load_tallier *tallier, const struct load_series *from)
{
    const struct load_day *days = tallier->table->days;
    for (size_t d = from->first_day; d < from->end_day; d++)
        tallier->next[d - from->first_day] = (uint32_t)(days[d].begin - days[from->first_day].begin);
}

static void add_marks(
    struct load_tallier *tallier, const struct load_series *from, bool has_controls, struct load_tally *out)
{
    const struct load_day *days = tallier->table->days + from->first_day;
    for (size_t d = 0; d < from->end_day - from->first_day; d++) {
        out[d] = (struct load_tally){0};
        for (size_t i = days[d].begin - days[0].begin; i < tallier->next[d]; i++)
            add_mark(&out[d], tallier->marks[i], has_controls ? tallier->places[d].n_controls : 0);
    }
}

/* Of the days of a run, which lie around one: a window that moves along, since later days look at later ones. */
struct window {
    const struct load_place *places;
    const struct load_kind *run;
    size_t n, low, behind;
};

static int32_t day_in(const struct window *window, size_t i)
{
    return window->places[window->run[i].day].day;
}

static bool stands_behind(struct window *window, const struct load_place *place)
{
    while (window->behind < window->n && day_in(window, window->behind) < place->behind)
        window->behind++;
    return window->behind < window->n && day_in(window, window->behind) == place->behind;
}

/* Whether the row stands `there`, and on how many of the days that are controls. */
static bool stands_there(struct window *window, const struct load_place *place, unsigned *n_controls)
{
    bool is_there = false;
    while (window->low < window->n && day_in(window, window->low) < place->there - AROUND)
        window->low++;
    *n_controls = 0;
    for (size_t i = window->low; i < window->n && day_in(window, i) <= place->there + AROUND; i++) {
        int32_t day = day_in(window, i);
        if (day == place->there)
            is_there = true;
        else
            *n_controls += day != place->day && day != place->behind;
    }
    return is_there;
}

/* A row that stands on the day that it would be copied from is a copy itself, and says nothing of whether the originals
 * of its day were copied on. */
static void mark_shifted(struct load_tallier *tallier, const struct load_kind *run, size_t n)
{
    struct window window = {.places = tallier->places, .run = run, .n = n};
    for (size_t i = 0; i < n; i++) {
        const struct load_place *place = &tallier->places[run[i].day];
        unsigned n_controls;
        bool is_there = stands_there(&window, place, &n_controls), is_behind = stands_behind(&window, place);
        unsigned mark = is_there || !is_behind ? mark_other_day(n - 1 - is_there, is_there) : UNCOUNTED;
        mark_day(tallier, run[i].day, mark | mark_controls(n, n_controls));
    }
}

static void mark_repeated(struct load_tallier *tallier, const struct load_kind *run, size_t n)
{
    struct window window = {.places = tallier->places, .run = run, .n = n};
    for (size_t i = 0; i < n; i++) {
        unsigned n_controls = 0;
        if (n > 1)
            (void)stands_there(&window, &tallier->places[run[i].day], &n_controls);
        mark_day(tallier, run[i].day, mark_same_day(&run[i], n) | mark_controls(n, n_controls));
    }
}

static void mark_one_series(struct load_tallier *tallier, const struct load_look *look)
{
    bool is_same_day = load_shift_is_none(tallier->shift);
    for (size_t i = 0, end; i < look->n; i = end) {
        end = load_look_run(look, i);
        if (is_same_day)
            mark_repeated(tallier, &look->kinds[i], end - i);
        else
            mark_shifted(tallier, &look->kinds[i], end - i);
    }
}

/* Content has its day in it: it stands on no other one, and its values tell how common it is. */
static void mark_content(struct load_tallier *tallier, const struct load_look *look)
{
    for (size_t i = 0; i < look->n; i++)
        mark_day(tallier, look->kinds[i].day, mark_same_day(&look->kinds[i], look->n_days[i]));
}

/* Both lie by hash, then by day. */
static void mark_across(struct load_tallier *tallier, const struct load_pairing *pairing)
{
    const struct load_look *from = pairing->from, *into = pairing->into;
    const struct load_day *days = &tallier->table->days[into->series->first_day];
    size_t at = 0;
    for (size_t i = 0, end; i < from->n; i = end) {
        end = load_look_run(from, i);
        for (size_t k = i; k < end; k++) {
            const struct load_kind *kind = &from->kinds[k];
            int32_t there = tallier->places[kind->day].there;
            while (at < into->n && (into->kinds[at].hash < kind->hash ||
                                       (into->kinds[at].hash == kind->hash && days[into->kinds[at].day].day < there)))
                at++;
            bool is_there =
                at < into->n && into->kinds[at].hash == kind->hash && days[into->kinds[at].day].day == there;
            mark_day(tallier, kind->day, mark_other_day(end - i - 1, is_there));
        }
    }
}

/* Rows on the days that the test looks at; later days look at later ones. */
static void tally_sizes(struct load_tallier *tallier, const struct load_series *into, struct load_tally *out, size_t n)
{
    const struct load_day *days = tallier->table->days;
    size_t at = into->first_day;
    for (size_t d = 0; d < n; d++) {
        while (at < into->end_day && days[at].day < tallier->places[d].there)
            at++;
        bool is_there = at < into->end_day && days[at].day == tallier->places[d].there;
        out[d].size = is_there ? (float)(days[at].end - days[at].begin) : 0;
    }
}

/* A copy on the same day is one of the distinct rows of the day. */
static void tally_own_sizes(struct load_tally *out, size_t n)
{
    for (size_t d = 0; d < n; d++)
        out[d].size = load_tally_rows(&out[d]);
}

void load_tallier_run(struct load_tallier *tallier, const struct load_pairing *pairing, struct load_tally *out)
{
    const struct load_series *from = pairing->from->series;
    bool is_one_series = pairing->from == pairing->into;
    find_places(tallier, from);
    begin_marks(tallier, from);
    if (!is_one_series)
        mark_across(tallier, pairing);
    else if (tallier->is_content)
        mark_content(tallier, pairing->from);
    else
        mark_one_series(tallier, pairing->from);
    add_marks(tallier, from, is_one_series && !tallier->is_content, out);
    if (is_one_series && load_shift_is_none(tallier->shift))
        tally_own_sizes(out, load_pairing_days(pairing));
    else
        tally_sizes(tallier, pairing->into->series, out, load_pairing_days(pairing));
}

static size_t n_rows_of(const struct load_table *table, const struct load_series *series)
{
    return table->days[series->end_day - 1].end - table->days[series->first_day].begin;
}

enum comity_status load_tallier_init(struct load_tallier *tallier, const struct load_table *table,
    struct load_shift shift, bool is_content, const struct load_pairing *pairings, size_t n_pairings)
{
    size_t most_days = 0, most_rows = 0;
    for (size_t p = 0; p < n_pairings; p++) {
        size_t n_days = load_pairing_days(&pairings[p]), n_rows = n_rows_of(table, pairings[p].from->series);
        most_days = n_days > most_days ? n_days : most_days;
        most_rows = n_rows > most_rows ? n_rows : most_rows;
    }
    *tallier = (struct load_tallier){.table = table,
        .shift = shift,
        .is_content = is_content,
        .places = calloc(most_days + 1, sizeof *tallier->places),
        .marks = malloc((most_rows + 1) * sizeof *tallier->marks),
        .next = malloc((most_days + 1) * sizeof *tallier->next)};
    return tallier->places && tallier->marks && tallier->next ? COMITY_OK : COMITY_NOMEM;
}

void load_tallier_release(struct load_tallier *tallier)
{
    free(tallier->places);
    free(tallier->marks);
    free(tallier->next);
    *tallier = (struct load_tallier){0};
}
