/* Every source is tested under every view, and every pair of sources: pieces of work that know nothing of each other.
 * What was found is accepted from the surest on, as long as its rows are not explained already. */
#include "link/load.h"

#include "base/array.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "link/load_pair.h"
#include "link/load_shift.h"
#include "link/load_tell.h"

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

struct finder {
    const struct mentions *mentions;
    const struct judgement *judgements;
    size_t n_judgements;
    struct arena *arena;
    struct load_views views;
    struct load_table table;
    struct piece *pieces;
    size_t n_pieces, room_pieces;
    pthread_mutex_t lock;
    struct load_test_room *rooms; /* that no piece works in; under the lock */
    struct load_blocks blocks;
    uint64_t *told; /* by source: the fields that it tells something in (load_field_bit) */
    struct load_result *out;
    unsigned threads;
};

static uint16_t country_of(const struct value *country, const struct value *where)
{
    if (country && country->type == VALUE_COUNTRY && country->state == VALUE_TYPED)
        return country->country.id;
    if (where && where->type == VALUE_PLACE && where->state == VALUE_TYPED)
        return where->place.country;
    return COUNTRY_NONE;
}

uint16_t mention_country(const struct mentions *mentions, size_t mention)
{
    const struct domain *domain = mentions->domain;
    return country_of(domain->country >= 0 ? mention_value(mentions, mention, domain->country) : NULL,
        domain->where >= 0 ? mention_value(mentions, mention, domain->where) : NULL);
}

uint16_t values_country(const struct domain *domain, const struct value *values)
{
    return country_of(
        domain->country >= 0 ? &values[domain->country] : NULL, domain->where >= 0 ? &values[domain->where] : NULL);
}

/* ---- one source -------------------------------------------------------------------------------------------------- */

static bool is_entered(const struct mentions *mentions, uint32_t source)
{
    return slice_is(mentions->sources[source].kind, SOURCE_ENTERED);
}

/* The series of a piece as they look, and which of them are laid beside which. */
struct bench {
    struct load_look *looks;
    struct load_pairing *pairings;
    size_t n_looks, n_pairings;
};

static enum comity_status bench_make(struct bench *bench, size_t room)
{
    *bench = (struct bench){
        .looks = malloc((room + 1) * sizeof *bench->looks), .pairings = malloc((room + 1) * sizeof *bench->pairings)};
    return bench->looks && bench->pairings ? COMITY_OK : COMITY_NOMEM;
}

static void bench_release(struct bench *bench)
{
    for (size_t i = 0; i < bench->n_looks; i++)
        load_look_release(&bench->looks[i]);
    free(bench->looks);
    free(bench->pairings);
}

static enum comity_status look(
    const struct finder *finder, const struct piece *piece, const struct load_series *series, struct bench *bench)
{
    return load_look_make(
        &finder->table, series, &finder->views, piece->view, piece->fields, &bench->looks[bench->n_looks++]);
}

static enum comity_status test_shifts(
    const struct finder *finder, struct piece *piece, const struct bench *bench, struct load_test *test)
{
    struct load_shift shifts[LOAD_MOST_SHIFTS];
    size_t n_shifts = load_shifts_suggest(&finder->table, bench->looks, bench->n_looks, shifts);
    enum comity_status status = COMITY_OK;
    test->log_n_tests += log(LOAD_MOST_SHIFTS);
    for (size_t i = 0; status == COMITY_OK && i < n_shifts; i++) {
        test->shift = shifts[i];
        status = load_test_run(&finder->table, test, piece->room, &piece->blocks);
    }
    return status;
}

/* Each series beside itself. */
static void pair_with_itself(struct bench *bench)
{
    const struct load_look *look = &bench->looks[bench->n_looks - 1];
    bench->pairings[bench->n_pairings++] = (struct load_pairing){look, look};
}

static enum comity_status look_at_source(const struct finder *finder, const struct piece *piece, struct bench *bench)
{
    enum comity_status status = COMITY_OK;
    for (size_t s = 0; status == COMITY_OK && s < piece->n; s++) {
        status = look(finder, piece, &piece->first[s], bench);
        pair_with_itself(bench);
    }
    return status;
}

static enum comity_status look_at_content(
    const struct finder *finder, const struct piece *piece, struct bench *content, struct bench *values)
{
    enum comity_status status = COMITY_OK;
    for (size_t s = 0; status == COMITY_OK && s < piece->n; s++) {
        status = load_look_make_content(&finder->table, &piece->first[s], &finder->views,
            &content->looks[content->n_looks++], &values->looks[values->n_looks++]);
        pair_with_itself(content);
        pair_with_itself(values);
    }
    return status;
}

static enum comity_status test_source(
    const struct finder *finder, struct piece *piece, const struct bench *bench, enum load_view view)
{
    struct load_test test = {.view = view,
        .fields = LOAD_ALL_FIELDS,
        .pairings = bench->pairings,
        .n_pairings = bench->n_pairings,
        .log_n_tests = view == LOAD_VIEW_CONTENT ? 0 : log(N_LOAD_VIEWS)};
    /* Content has its day in it; the coarse view is left to what tells of one day. */
    bool can_be_elsewhere = view == LOAD_VIEW_VALUES || view == LOAD_VIEW_ROUNDED;
    enum comity_status status = load_test_run(&finder->table, &test, piece->room, &piece->blocks);
    return status == COMITY_OK && can_be_elsewhere ? test_shifts(finder, piece, bench, &test) : status;
}

static enum comity_status search_source(const struct finder *finder, struct piece *piece)
{
    struct bench bench;
    enum comity_status status = bench_make(&bench, piece->n);
    if (status == COMITY_OK)
        status = look_at_source(finder, piece, &bench);
    if (status == COMITY_OK)
        status = test_source(finder, piece, &bench, piece->view);
    bench_release(&bench);
    return status;
}

/* Content and values, which are looked at together. Cases that people type in at this desk are told apart by whoever
 * typed them: only what is equal to the byte counts. */
static enum comity_status search_content(const struct finder *finder, struct piece *piece)
{
    struct bench content, values = {0};
    enum comity_status status = bench_make(&content, piece->n);
    if (status == COMITY_OK)
        status = bench_make(&values, piece->n);
    if (status == COMITY_OK)
        status = look_at_content(finder, piece, &content, &values);
    if (status == COMITY_OK)
        status = test_source(finder, piece, &content, LOAD_VIEW_CONTENT);
    if (status == COMITY_OK && !is_entered(finder->mentions, piece->first->source))
        status = test_source(finder, piece, &values, LOAD_VIEW_VALUES);
    bench_release(&content);
    bench_release(&values);
    return status;
}

/* ---- two sources ------------------------------------------------------------------------------------------------- */

/* The countries that both tell of; series lie by country. */
static enum comity_status look_at_both(const struct finder *finder, const struct piece *piece, struct bench *bench)
{
    enum comity_status status = bench_make(bench, piece->n + piece->n_other);
    size_t i = 0, j = 0;
    while (status == COMITY_OK && i < piece->n && j < piece->n_other) {
        uint16_t x = piece->first[i].country, y = piece->other[j].country;
        if (x == y) {
            const struct load_look *looks = &bench->looks[bench->n_looks];
            bench->pairings[bench->n_pairings++] = (struct load_pairing){&looks[0], &looks[1]};
            status = look(finder, piece, &piece->first[i], bench);
            if (status == COMITY_OK)
                status = look(finder, piece, &piece->other[j], bench);
        }
        i += x <= y;
        j += y <= x;
    }
    return status;
}

/* Either may have copied the other. */
static enum comity_status search_both(const struct finder *finder, struct piece *piece)
{
    struct bench bench;
    enum comity_status status = look_at_both(finder, piece, &bench);
    struct load_test test = {.view = piece->view,
        .fields = piece->fields,
        .pairings = bench.pairings,
        .n_pairings = bench.n_pairings,
        .is_across = true,
        .log_n_tests = log((double)finder->mentions->n_sources)};
    if (status == COMITY_OK)
        status = load_test_run(&finder->table, &test, piece->room, &piece->blocks);
    for (size_t i = 0; i < bench.n_pairings; i++)
        bench.pairings[i] = (struct load_pairing){bench.pairings[i].into, bench.pairings[i].from};
    if (status == COMITY_OK)
        status = load_test_run(&finder->table, &test, piece->room, &piece->blocks);
    bench_release(&bench);
    return status;
}

static enum comity_status find_told(struct finder *finder)
{
    const struct mentions *mentions = finder->mentions;
    finder->told = calloc(mentions->n_sources + 1, sizeof *finder->told);
    if (!finder->told)
        return COMITY_NOMEM;
    for (size_t f = 0; f < mentions->domain->n_fields; f++)
        for (size_t i = 0; finder->views.hashes[LOAD_VIEW_ROUNDED][f] && i < mentions->n; i++) {
            uint64_t *told = &finder->told[mentions->source[i]];
            if (!(*told & load_field_bit(f)) && mention_value(mentions, i, (int)f)->state == VALUE_TYPED)
                *told |= load_field_bit(f);
        }
    return COMITY_OK;
}

/* The fields that both tell; 0 where there are too few besides the usual ones to know a copy by. */
static uint64_t shared_fields(const struct finder *finder, uint32_t a, uint32_t b)
{
    const struct domain *domain = finder->mentions->domain;
    uint64_t shared = finder->told[a] & finder->told[b];
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

static bool add_piece(struct finder *finder, struct piece piece)
{
    if (!ARRAY_ROOM(finder->pieces, finder->n_pieces, finder->room_pieces, 1))
        return false;
    finder->pieces[finder->n_pieces++] = piece;
    return true;
}

/* VALUES are looked at with CONTENT. */
static bool add_views(struct finder *finder, const struct load_series *first, size_t n)
{
    bool has_memory = true;
    for (unsigned view = 0; has_memory && view < N_LOAD_VIEWS; view++)
        if (view == LOAD_VIEW_CONTENT || (view > LOAD_VIEW_VALUES && !is_entered(finder->mentions, first->source)))
            has_memory = add_piece(finder,
                (struct piece){.first = first, .n = n, .view = (enum load_view)view, .fields = LOAD_ALL_FIELDS});
    return has_memory;
}

static bool add_others(struct finder *finder, const struct load_series *first, size_t n)
{
    const struct load_table *table = &finder->table;
    bool has_memory = true;
    for (size_t s = (size_t)(first - table->series) + n, n_other; has_memory && s < table->n_series; s += n_other) {
        const struct load_series *other = &table->series[s];
        bool is_told_apart = is_entered(finder->mentions, first->source) || is_entered(finder->mentions, other->source);
        uint64_t fields = is_told_apart ? 0 : shared_fields(finder, first->source, other->source);
        n_other = count_series(table, s);
        if (fields)
            has_memory = add_piece(finder, (struct piece){.first = first,
                                               .other = other,
                                               .n = n,
                                               .n_other = n_other,
                                               .view = LOAD_VIEW_ROUNDED,
                                               .fields = fields});
    }
    return has_memory;
}

static bool add_pieces(struct finder *finder)
{
    const struct load_table *table = &finder->table;
    bool has_memory = true;
    for (size_t s = 0, n; has_memory && s < table->n_series; s += n) {
        n = count_series(table, s);
        has_memory = add_views(finder, &table->series[s], n) && add_others(finder, &table->series[s], n);
    }
    return has_memory;
}

static struct load_test_room *take_room(struct finder *finder)
{
    pthread_mutex_lock(&finder->lock);
    struct load_test_room *room = finder->rooms;
    if (room)
        finder->rooms = room->next;
    pthread_mutex_unlock(&finder->lock);
    return room ? room : calloc(1, sizeof *room);
}

static void give_room(struct finder *finder, struct load_test_room *room)
{
    pthread_mutex_lock(&finder->lock);
    room->next = finder->rooms;
    finder->rooms = room;
    pthread_mutex_unlock(&finder->lock);
}

static void release_rooms(struct finder *finder)
{
    for (struct load_test_room *room = finder->rooms, *next; room; room = next) {
        next = room->next;
        load_test_room_release(room);
        free(room);
    }
}

static enum comity_status search_piece(const struct finder *finder, struct piece *piece)
{
    if (piece->other)
        return search_both(finder, piece);
    return piece->view == LOAD_VIEW_CONTENT ? search_content(finder, piece) : search_source(finder, piece);
}

static enum comity_status run_piece(void *context, size_t number)
{
    struct finder *finder = context;
    struct piece *piece = &finder->pieces[number];
    piece->room = take_room(finder);
    if (!piece->room)
        return COMITY_NOMEM;
    enum comity_status status = search_piece(finder, piece);
    give_room(finder, piece->room);
    return status;
}

/* In the order of the pieces. */
static enum comity_status gather_blocks(struct finder *finder)
{
    struct load_blocks *all = &finder->blocks;
    for (size_t i = 0; i < finder->n_pieces; i++) {
        const struct load_blocks *found = &finder->pieces[i].blocks;
        if (!found->n)
            continue;
        if (!ARRAY_ROOM(all->at, all->n, all->room, found->n))
            return COMITY_NOMEM;
        memcpy(all->at + all->n, found->at, found->n * sizeof *found->at);
        all->n += found->n;
    }
    return COMITY_OK;
}

static enum comity_status find_blocks(struct finder *finder)
{
    enum comity_status status = add_pieces(finder) ? COMITY_OK : COMITY_NOMEM;
    pthread_mutex_init(&finder->lock, NULL);
    if (status == COMITY_OK)
        status = parallel_run(finder->n_pieces, finder->threads, run_piece, finder);
    pthread_mutex_destroy(&finder->lock);
    release_rooms(finder);
    if (status == COMITY_OK)
        status = gather_blocks(finder);
    for (size_t i = 0; i < finder->n_pieces; i++)
        free(finder->pieces[i].blocks.at);
    free(finder->pieces);
    return status;
}

/* ---- accepting --------------------------------------------------------------------------------------------------- */

/* Where two blocks explain about as much, the finer view says more. */
static double strength(const struct load_block *block)
{
    return block->nats - 6 * (double)block->view;
}

/* By nothing that depends on the order of import. */
static int compare_places(const struct finder *finder, const struct load_block *a, const struct load_block *b)
{
    const struct source_info *sources = finder->mentions->sources;
    int order = slice_compare(sources[a->into->source].code, sources[b->into->source].code);
    if (!order)
        order = slice_compare(sources[a->from->source].code, sources[b->from->source].code);
    if (!order && a->from->country != b->from->country)
        order = a->from->country < b->from->country ? -1 : 1;
    int32_t x = finder->table.days[a->first_day].day, y = finder->table.days[b->first_day].day;
    if (!order && x != y)
        order = x < y ? -1 : 1;
    if (!order && a->shift.days != b->shift.days)
        order = a->shift.days < b->shift.days ? -1 : 1;
    if (!order && a->shift.months != b->shift.months)
        order = a->shift.months < b->shift.months ? -1 : 1;
    return order ? order : (int)a->view - (int)b->view;
}

static bool comes_before(const struct finder *finder, const struct load_block *a, const struct load_block *b)
{
    double x = strength(a), y = strength(b);
    return x != y ? x > y : compare_places(finder, a, b) < 0;
}

static void sort_blocks(struct finder *finder)
{
    struct load_block *at = finder->blocks.at;
    for (size_t gap = finder->blocks.n / 2; gap > 0; gap /= 2)
        for (size_t i = gap; i < finder->blocks.n; i++)
            for (size_t j = i; j >= gap && comes_before(finder, &at[j], &at[j - gap]); j -= gap) {
                struct load_block swap = at[j];
                at[j] = at[j - gap];
                at[j - gap] = swap;
            }
}

/* A person has undone a load of this kind there. */
static bool is_refused(const struct finder *finder, const struct judgement *load)
{
    for (size_t i = 0; i < finder->n_judgements; i++) {
        const struct judgement *other = &finder->judgements[i];
        bool is_kind = other->kind == JUDGEMENT_REPEATED_LOAD && other->is_undone && !other->is_withdrawn &&
                       other->shift_days == load->shift_days && other->shift_months == load->shift_months &&
                       slice_equal(other->copied_from, load->copied_from);
        if (is_kind && slice_equal(other->source, load->source) &&
            (!other->country.len || slice_equal(other->country, load->country)) && other->first_day <= load->last_day &&
            load->first_day <= other->last_day)
            return true;
    }
    return false;
}

static enum comity_status apply(struct finder *finder, const struct load_block *block, struct judgement *load)
{
    struct load_result *out = finder->out;
    struct load_pairs pairs;
    enum comity_status status = load_pairs_make(&finder->table, &finder->views, block, out->copy_of, true, &pairs);
    if (status == COMITY_OK)
        status = load_describe(finder->mentions, block, &pairs, out->copy_of, finder->arena, load);
    if (status == COMITY_OK && !ARRAY_ROOM(out->loads, out->n_loads, out->room_loads, 1))
        status = COMITY_NOMEM;
    if (status == COMITY_OK)
        out->loads[out->n_loads++] = *load;
    free(pairs.rows);
    return status;
}

/* What surer blocks have explained counts no more: most of it must be left. A copy may have been
 * coded anew in a field or two, but not say another thing of how it happened in all: then equal things happened. */
static enum comity_status accept(struct finder *finder, const struct load_block *block)
{
    const double least_left = 0.5;
    struct judgement load = load_judgement(&finder->table, finder->mentions, block);
    struct load_pairs pairs;
    if (is_refused(finder, &load))
        return COMITY_OK;
    enum comity_status status =
        load_pairs_make(&finder->table, &finder->views, block, finder->out->copy_of, false, &pairs);
    bool is_left = status == COMITY_OK && (double)pairs.n_matched >= least_left * block->n_matched &&
                   2 * pairs.n_contradicting <= pairs.n_agreeing;
    free(pairs.rows);
    return is_left ? apply(finder, block, &load) : status;
}

/* ---- what persons named ------------------------------------------------------------------------------------------ */

static bool is_of(
    const struct finder *finder, const struct load_series *series, struct slice source, const struct judgement *load)
{
    const struct mentions *mentions = finder->mentions;
    struct slice code = mentions->domain->countries && series->country != COUNTRY_NONE
                            ? slice_from(country_get(mentions->domain->countries, series->country)->alpha2)
                            : SLICE_EMPTY;
    return slice_equal(mentions->sources[series->source].code, source) &&
           (!load->country.len || slice_equal(code, load->country));
}

static enum comity_status apply_named_pair(
    struct finder *finder, const struct judgement *load, const struct load_series *from, const struct load_series *into)
{
    bool is_across = from->source != into->source;
    struct load_block block = {.from = from,
        .into = into,
        .fields = is_across ? finder->told[from->source] & finder->told[into->source] : LOAD_ALL_FIELDS,
        .shift = {load->shift_days, load->shift_months},
        .times = load->times,
        .first_day = from->first_day,
        .end_day = from->end_day};
    struct load_pairs pairs;
    block.view = is_across || load->shape == LOAD_RESPELLED ? LOAD_VIEW_ROUNDED
                 : load_shift_is_none(block.shift)          ? LOAD_VIEW_CONTENT
                                                            : LOAD_VIEW_VALUES;
    while (block.first_day < block.end_day && finder->table.days[block.first_day].day < load->first_day)
        block.first_day++;
    while (block.end_day > block.first_day && finder->table.days[block.end_day - 1].day > load->last_day)
        block.end_day--;
    enum comity_status status =
        load_pairs_make(&finder->table, &finder->views, &block, finder->out->copy_of, true, &pairs);
    free(pairs.rows);
    return status;
}

/* What a person has named as a repeated load holds, whatever the counts say. */
static enum comity_status apply_named(struct finder *finder, const struct judgement *load)
{
    const struct load_table *table = &finder->table;
    struct slice from = load->copied_from.len ? load->copied_from : load->source;
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < table->n_series; i++)
        for (size_t j = 0; status == COMITY_OK && j < table->n_series && is_of(finder, &table->series[i], from, load);
             j++)
            if (table->series[i].country == table->series[j].country &&
                is_of(finder, &table->series[j], load->source, load))
                status = apply_named_pair(finder, load, &table->series[i], &table->series[j]);
    return status;
}

static bool is_named(const struct judgement *judgement)
{
    return judgement->kind == JUDGEMENT_REPEATED_LOAD && judgement->is_by_person && !judgement->is_undone &&
           judgement->times > 1;
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

/* A copy of a copy is one of the original: a row becomes a copy once, and of a row that is none yet, so there are no
 * circles. */
static void follow_copies(struct load_result *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t original = out->copy_of[i];
        while (out->copy_of[original] != original)
            original = out->copy_of[original];
        out->copy_of[i] = original;
    }
}

static int by_place(const void *a, const void *b)
{
    const struct judgement *x = a, *y = b;
    int order = slice_compare(x->source, y->source);
    if (!order)
        order = slice_compare(x->country, y->country);
    if (!order && x->first_day != y->first_day)
        order = x->first_day < y->first_day ? -1 : 1;
    if (!order)
        order = slice_compare(x->copied_from, y->copied_from);
    return order ? order : slice_compare(x->why, y->why);
}

static enum comity_status search(struct finder *finder)
{
    enum comity_status status = find_told(finder);
    if (status == COMITY_OK)
        status = find_blocks(finder);
    sort_blocks(finder);
    for (size_t i = 0; status == COMITY_OK && i < finder->blocks.n; i++)
        status = accept(finder, &finder->blocks.at[i]);
    for (size_t i = 0; status == COMITY_OK && i < finder->n_judgements; i++)
        if (is_named(&finder->judgements[i]))
            status = apply_named(finder, &finder->judgements[i]);
    return status;
}

static enum comity_status find(struct finder *finder)
{
    struct load_result *out = finder->out;
    enum comity_status status = load_views_make(finder->mentions, finder->threads, &finder->views);
    if (status == COMITY_OK)
        status = load_table_make(finder->mentions, finder->threads, &finder->table);
    if (status == COMITY_OK)
        status = search(finder);
    follow_copies(out, finder->mentions->n);
    if (out->n_loads)
        qsort(out->loads, out->n_loads, sizeof *out->loads, by_place);
    load_views_release(&finder->views);
    load_table_release(&finder->table);
    free(finder->blocks.at);
    free(finder->told);
    return status;
}

enum comity_status loads_find(const struct mentions *mentions, const struct judgement *judgements, size_t n_judgements,
    unsigned threads, struct arena *arena, struct load_result *out, struct comity_error *err)
{
    struct finder finder = {.mentions = mentions,
        .judgements = judgements,
        .n_judgements = n_judgements,
        .arena = arena,
        .out = out,
        .threads = threads};
    *out = (struct load_result){.copy_of = malloc((mentions->n + 1) * sizeof *out->copy_of)};
    enum comity_status status = out->copy_of ? COMITY_OK : COMITY_NOMEM;
    for (uint32_t i = 0; status == COMITY_OK && i < mentions->n; i++)
        out->copy_of[i] = i;
    if (status == COMITY_OK && mentions->domain->when >= 0)
        status = find(&finder);
    return status == COMITY_OK ? COMITY_OK : error_nomem(err);
}

enum comity_status loads_none(const struct mentions *mentions, struct load_result *out)
{
    *out = (struct load_result){.copy_of = malloc((mentions->n + 1) * sizeof *out->copy_of)};
    for (uint32_t m = 0; out->copy_of && m < mentions->n; m++)
        out->copy_of[m] = m;
    return out->copy_of ? COMITY_OK : COMITY_NOMEM;
}

void loads_release(struct load_result *result)
{
    free(result->loads);
    free(result->copy_of);
    *result = (struct load_result){0};
}
