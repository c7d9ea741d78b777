/* Pieces of work are done in any order on threads; their blocks are put behind each other in the order of the pieces.
 */
#include "link/load_search.h"

#include "base/array.h"
#include "base/parallel.h"
#include "link/load_shift.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Of fields that two sources both tell besides date, place, concept and amount: with fewer, agreement is no evidence
 * that the one copied the other. */
enum { LEAST_SHARED = 2 };

/* One source under one view, or two sources. */
struct piece {
    const struct load_series *first, *other; /* of the source, and of the other one; or null */
    size_t n, n_other;
    enum load_view view;
    uint64_t fields;
    struct load_blocks blocks;   /* that were found */
    struct load_test_room *room; /* while it is searched */
};

struct searching {
    const struct load_table *table;
    const struct load_views *views;
    struct piece *pieces;
    size_t n_pieces, room_pieces;
    pthread_mutex_t lock;
    struct load_test_room *rooms; /* that no piece works in; under the lock */
};

/* ---- one source -------------------------------------------------------------------------------------------------- */

static bool is_entered(const struct mentions *mentions, uint32_t source)
{
    return slice_is(mentions->sources[source].kind, SOURCE_ENTERED);
}

/* The series of a piece as they look, and which of them are laid beside which. */
struct lineup {
    struct load_look *looks;
    struct load_pairing *pairings;
    size_t n_looks, n_pairings;
};

static enum comity_status lineup_make(struct lineup *lineup, size_t room)
{
    *lineup = (struct lineup){
        .looks = malloc((room + 1) * sizeof *lineup->looks), .pairings = malloc((room + 1) * sizeof *lineup->pairings)};
    return lineup->looks && lineup->pairings ? COMITY_OK : COMITY_NOMEM;
}

static void lineup_release(struct lineup *lineup)
{
    for (size_t i = 0; i < lineup->n_looks; i++)
        load_look_release(&lineup->looks[i]);
    free(lineup->looks);
    free(lineup->pairings);
}

static enum comity_status look(
    const struct searching *s, const struct piece *piece, const struct load_series *series, struct lineup *lineup)
{
    return load_look_make(s->table, series, s->views, piece->view, piece->fields, &lineup->looks[lineup->n_looks++]);
}

static enum comity_status test_shifts(
    const struct searching *s, struct piece *piece, const struct lineup *lineup, struct load_test *test)
{
    struct load_shift shifts[LOAD_MOST_SHIFTS];
    size_t n_shifts = load_shifts_suggest(s->table, lineup->looks, lineup->n_looks, shifts);
    enum comity_status status = COMITY_OK;
    test->log_n_tests += log(LOAD_MOST_SHIFTS);
    for (size_t i = 0; status == COMITY_OK && i < n_shifts; i++) {
        test->shift = shifts[i];
        status = load_test_run(s->table, test, piece->room, &piece->blocks);
    }
    return status;
}

/* Each series beside itself. */
static void pair_with_itself(struct lineup *lineup)
{
    const struct load_look *look = &lineup->looks[lineup->n_looks - 1];
    lineup->pairings[lineup->n_pairings++] = (struct load_pairing){look, look};
}

static enum comity_status look_at_source(const struct searching *s, const struct piece *piece, struct lineup *lineup)
{
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; status == COMITY_OK && i < piece->n; i++) {
        status = look(s, piece, &piece->first[i], lineup);
        pair_with_itself(lineup);
    }
    return status;
}

static enum comity_status look_at_content(
    const struct searching *s, const struct piece *piece, struct lineup *content, struct lineup *values)
{
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; status == COMITY_OK && i < piece->n; i++) {
        status = load_look_make_content(s->table, &piece->first[i], s->views, &content->looks[content->n_looks++],
            &values->looks[values->n_looks++]);
        pair_with_itself(content);
        pair_with_itself(values);
    }
    return status;
}

static enum comity_status test_source(
    const struct searching *s, struct piece *piece, const struct lineup *lineup, enum load_view view)
{
    struct load_test test = {.view = view,
        .fields = LOAD_ALL_FIELDS,
        .pairings = lineup->pairings,
        .n_pairings = lineup->n_pairings,
        .log_n_tests = view == LOAD_VIEW_CONTENT ? 0 : log(N_LOAD_VIEWS)};
    /* Content has its day in it; the coarse view is left to what tells of one day. */
    bool can_be_elsewhere = view == LOAD_VIEW_VALUES || view == LOAD_VIEW_ROUNDED;
    enum comity_status status = load_test_run(s->table, &test, piece->room, &piece->blocks);
    return status == COMITY_OK && can_be_elsewhere ? test_shifts(s, piece, lineup, &test) : status;
}

static enum comity_status search_source(const struct searching *s, struct piece *piece)
{
    struct lineup lineup;
    enum comity_status status = lineup_make(&lineup, piece->n);
    if (status == COMITY_OK)
        status = look_at_source(s, piece, &lineup);
    if (status == COMITY_OK)
        status = test_source(s, piece, &lineup, piece->view);
    lineup_release(&lineup);
    return status;
}

/* Content and values, which are looked at together. Cases that people type in at this desk are told apart by whoever
 * typed them: only what is equal to the byte counts. */
static enum comity_status search_content(const struct searching *s, struct piece *piece)
{
    struct lineup content, values = {0};
    enum comity_status status = lineup_make(&content, piece->n);
    if (status == COMITY_OK)
        status = lineup_make(&values, piece->n);
    if (status == COMITY_OK)
        status = look_at_content(s, piece, &content, &values);
    if (status == COMITY_OK)
        status = test_source(s, piece, &content, LOAD_VIEW_CONTENT);
    if (status == COMITY_OK && !is_entered(s->views->mentions, piece->first->source))
        status = test_source(s, piece, &values, LOAD_VIEW_VALUES);
    lineup_release(&content);
    lineup_release(&values);
    return status;
}

/* ---- two sources ------------------------------------------------------------------------------------------------- */

/* The countries that both tell of; series lie by country. */
static enum comity_status look_at_both(const struct searching *s, const struct piece *piece, struct lineup *lineup)
{
    enum comity_status status = lineup_make(lineup, piece->n + piece->n_other);
    size_t i = 0, j = 0;
    while (status == COMITY_OK && i < piece->n && j < piece->n_other) {
        uint16_t x = piece->first[i].country, y = piece->other[j].country;
        if (x == y) {
            const struct load_look *looks = &lineup->looks[lineup->n_looks];
            lineup->pairings[lineup->n_pairings++] = (struct load_pairing){&looks[0], &looks[1]};
            status = look(s, piece, &piece->first[i], lineup);
            if (status == COMITY_OK)
                status = look(s, piece, &piece->other[j], lineup);
        }
        i += x <= y;
        j += y <= x;
    }
    return status;
}

/* Either may have copied the other. */
static enum comity_status search_both(const struct searching *s, struct piece *piece)
{
    struct lineup lineup;
    enum comity_status status = look_at_both(s, piece, &lineup);
    struct load_test test = {.view = piece->view,
        .fields = piece->fields,
        .pairings = lineup.pairings,
        .n_pairings = lineup.n_pairings,
        .is_across = true,
        .log_n_tests = log((double)s->views->mentions->n_sources)};
    if (status == COMITY_OK)
        status = load_test_run(s->table, &test, piece->room, &piece->blocks);
    for (size_t i = 0; i < lineup.n_pairings; i++)
        lineup.pairings[i] = (struct load_pairing){lineup.pairings[i].into, lineup.pairings[i].from};
    if (status == COMITY_OK)
        status = load_test_run(s->table, &test, piece->room, &piece->blocks);
    lineup_release(&lineup);
    return status;
}

/* The fields that both tell; 0 where there are too few besides the usual ones to know a copy by. */
static uint64_t shared_fields(const struct searching *s, uint32_t a, uint32_t b)
{
    const struct domain *domain = s->views->mentions->domain;
    uint64_t shared = s->views->told[a] & s->views->told[b];
    unsigned n = 0;
    for (int f = 0; f < (int)domain->n_fields && f < 63; f++)
        n += f != domain->where && f != domain->country && f != domain->what && f != domain->how_much &&
             (shared & load_field_bit((size_t)f)) != 0;
    return n >= LEAST_SHARED ? shared : 0;
}

/* ---- all pieces -------------------------------------------------------------------------------------------------- */

/* Series lie by source, then by country. */
static size_t count_series(const struct load_table *table, size_t first)
{
    size_t end = first + 1;
    while (end < table->n_series && table->series[end].source == table->series[first].source)
        end++;
    return end - first;
}

static bool add_piece(struct searching *s, struct piece piece)
{
    if (!ARRAY_ROOM(s->pieces, s->n_pieces, s->room_pieces, 1))
        return false;
    s->pieces[s->n_pieces++] = piece;
    return true;
}

/* VALUES are looked at with CONTENT. */
static bool add_views(struct searching *s, const struct load_series *first, size_t n)
{
    bool has_memory = true;
    for (unsigned view = 0; has_memory && view < N_LOAD_VIEWS; view++)
        if (view == LOAD_VIEW_CONTENT || (view > LOAD_VIEW_VALUES && !is_entered(s->views->mentions, first->source)))
            has_memory = add_piece(
                s, (struct piece){.first = first, .n = n, .view = (enum load_view)view, .fields = LOAD_ALL_FIELDS});
    return has_memory;
}

static bool add_others(struct searching *s, const struct load_series *first, size_t n)
{
    const struct load_table *table = s->table;
    bool has_memory = true;
    for (size_t at = (size_t)(first - table->series) + n, n_other; has_memory && at < table->n_series; at += n_other) {
        const struct load_series *other = &table->series[at];
        bool is_told_apart =
            is_entered(s->views->mentions, first->source) || is_entered(s->views->mentions, other->source);
        uint64_t fields = is_told_apart ? 0 : shared_fields(s, first->source, other->source);
        n_other = count_series(table, at);
        if (fields)
            has_memory = add_piece(s, (struct piece){.first = first,
                                          .other = other,
                                          .n = n,
                                          .n_other = n_other,
                                          .view = LOAD_VIEW_ROUNDED,
                                          .fields = fields});
    }
    return has_memory;
}

static bool add_pieces(struct searching *s)
{
    const struct load_table *table = s->table;
    bool has_memory = true;
    for (size_t at = 0, n; has_memory && at < table->n_series; at += n) {
        n = count_series(table, at);
        has_memory = add_views(s, &table->series[at], n) && add_others(s, &table->series[at], n);
    }
    return has_memory;
}

static struct load_test_room *take_room(struct searching *s)
{
    pthread_mutex_lock(&s->lock);
    struct load_test_room *room = s->rooms;
    if (room)
        s->rooms = room->next;
    pthread_mutex_unlock(&s->lock);
    return room ? room : calloc(1, sizeof *room);
}

static void give_room(struct searching *s, struct load_test_room *room)
{
    pthread_mutex_lock(&s->lock);
    room->next = s->rooms;
    s->rooms = room;
    pthread_mutex_unlock(&s->lock);
}

static void release_rooms(struct searching *s)
{
    for (struct load_test_room *room = s->rooms, *next; room; room = next) {
        next = room->next;
        load_test_room_release(room);
        free(room);
    }
}

static enum comity_status search_piece(const struct searching *s, struct piece *piece)
{
    if (piece->other)
        return search_both(s, piece);
    return piece->view == LOAD_VIEW_CONTENT ? search_content(s, piece) : search_source(s, piece);
}

static enum comity_status run_piece(void *context, size_t number)
{
    struct searching *s = context;
    struct piece *piece = &s->pieces[number];
    piece->room = take_room(s);
    if (!piece->room)
        return COMITY_NOMEM;
    enum comity_status status = search_piece(s, piece);
    give_room(s, piece->room);
    return status;
}

/* In the order of the pieces. */
static enum comity_status gather_blocks(const struct searching *s, struct load_blocks *out)
{
    for (size_t i = 0; i < s->n_pieces; i++) {
        const struct load_blocks *found = &s->pieces[i].blocks;
        if (!found->n)
            continue;
        if (!ARRAY_ROOM(out->at, out->n, out->room, found->n))
            return COMITY_NOMEM;
        memcpy(out->at + out->n, found->at, found->n * sizeof *found->at);
        out->n += found->n;
    }
    return COMITY_OK;
}

enum comity_status load_search(
    const struct load_table *table, const struct load_views *views, unsigned threads, struct load_blocks *out)
{
    struct searching s = {.table = table, .views = views};
    enum comity_status status = add_pieces(&s) ? COMITY_OK : COMITY_NOMEM;
    pthread_mutex_init(&s.lock, NULL);
    if (status == COMITY_OK)
        status = parallel_run(s.n_pieces, threads, run_piece, &s);
    pthread_mutex_destroy(&s.lock);
    release_rooms(&s);
    *out = (struct load_blocks){0};
    if (status == COMITY_OK)
        status = gather_blocks(&s, out);
    for (size_t i = 0; i < s.n_pieces; i++)
        free(s.pieces[i].blocks.at);
    free(s.pieces);
    return status;
}
