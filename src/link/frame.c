/* The columns that linking works on, laid out by position so that one comparison touches few cache lines. */
#include "link/frame.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/order.h"
#include "base/parallel.h"
#include "link/frame_tags.h"
#include "link/load.h"
#include "link/model.h"

#include <math.h>
#include <stdlib.h>

static int compare_equals(const struct mentions *mentions, uint32_t a, uint32_t b)
{
    if (mentions->ordinal[a] != mentions->ordinal[b])
        return mentions->ordinal[a] < mentions->ordinal[b] ? -1 : 1;
    return mentions->identity[a] < mentions->identity[b] ? -1 : mentions->identity[a] > mentions->identity[b];
}

/* Runs of equal content are short: insertion sort, but by halves where one is long. */
static void order_equals(const struct mentions *mentions, uint32_t *run, uint32_t *scratch, size_t n)
{
    if (n > 16) {
        size_t half = n / 2, i = 0, j = half, at = 0;
        order_equals(mentions, run, scratch, half);
        order_equals(mentions, run + half, scratch, n - half);
        while (i < half && j < n)
            scratch[at++] = compare_equals(mentions, run[j], run[i]) < 0 ? run[j++] : run[i++];
        while (i < half)
            scratch[at++] = run[i++];
        memcpy(run, scratch, at * sizeof *run);
        return;
    }
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j > 0 && compare_equals(mentions, run[j], run[j - 1]) < 0; j--) {
            uint32_t swap = run[j];
            run[j] = run[j - 1];
            run[j - 1] = swap;
        }
}

static int32_t first_day_of(const struct mentions *mentions, uint32_t mention)
{
    int when = mentions->domain->when;
    const struct value *value = when < 0 ? NULL : mention_value(mentions, mention, when);
    return value && value_is_typed(value) ? value->date.first : NO_DAY;
}

struct building {
    struct frame *frame;
    const uint32_t *copy_of;
    uint64_t *items; /* country, then day, above the mention; their scratch behind them */
};

static int by_size(const void *a, const void *b)
{
    const struct frame_country *x = a, *y = b;
    size_t n = x->end - x->begin, m = y->end - y->begin;
    if (n != m)
        return n > m ? -1 : 1;
    return (x->begin > y->begin) - (x->begin < y->begin);
}

static bool find_countries(struct frame *frame)
{
    size_t n = 0;
    for (size_t p = 0; p < frame->n; p++)
        n += p == 0 || frame->country[p] != frame->country[p - 1];
    frame->countries = malloc((n + 1) * sizeof *frame->countries);
    if (!frame->countries)
        return false;
    for (size_t p = 0, end; p < frame->n; p = end) {
        for (end = p + 1; end < frame->n && frame->country[end] == frame->country[p]; end++) {
        }
        frame->countries[frame->n_countries++] = (struct frame_country){p, end};
    }
    if (n)
        qsort(frame->countries, n, sizeof *frame->countries, by_size);
    return true;
}

static enum comity_status order_countries(struct building *work)
{
    struct frame *frame = work->frame;
    const struct mentions *mentions = frame->mentions;
    size_t n = 0;
    uint64_t *items = work->items = malloc((mentions->n + 1) * 2 * sizeof *items);
    if (!items)
        return COMITY_NOMEM;
    for (uint32_t m = 0; m < mentions->n; m++)
        if (!work->copy_of || work->copy_of[m] == m)
            items[n++] = (uint64_t)mention_country(mentions, m) << 32 | m;
    frame->n = n;
    sort_uppers(items, items + n, n);
    for (size_t p = 0; p < n; p++)
        frame->country[p] = (uint16_t)(items[p] >> 32);
    return find_countries(frame) ? COMITY_OK : COMITY_NOMEM;
}

/* What is of one country and day, by what it says. `scratch`: room for n. */
static void order_by_content(
    const struct mentions *mentions, struct sort_item *items, size_t n, uint32_t *ordered, uint32_t *scratch)
{
    sort_items(items, n);
    for (size_t i = 0; i < n; i++)
        ordered[i] = items[i].payload;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && items[end].key == items[i].key; end++) {
        }
        order_equals(mentions, &ordered[i], scratch, end - i);
    }
}

/* Day by day: few mentions are of one. */
static enum comity_status order_country(void *context, size_t number)
{
    const struct building *work = context;
    const struct mentions *mentions = work->frame->mentions;
    const struct frame_country *country = &work->frame->countries[number];
    size_t n = country->end - country->begin;
    uint64_t *items = work->items + country->begin;
    struct sort_item *of_day = malloc(n * sizeof *of_day);
    uint32_t *scratch = malloc(n * sizeof *scratch);
    bool is_ready = of_day && scratch;
    for (size_t i = 0; is_ready && i < n; i++) {
        uint32_t m = (uint32_t)items[i];
        items[i] = (uint64_t)((uint32_t)first_day_of(mentions, m) ^ UINT32_C(0x80000000)) << 32 | m;
    }
    if (is_ready)
        sort_uppers(items, items + work->frame->n, n);
    for (size_t i = 0, end; is_ready && i < n; i = end) {
        for (end = i; end < n && items[end] >> 32 == items[i] >> 32; end++) {
            uint32_t m = (uint32_t)items[end];
            of_day[end - i] = (struct sort_item){mentions->content[m], m};
        }
        order_by_content(mentions, of_day, end - i, &work->frame->mention[country->begin + i], scratch);
    }
    free(of_day);
    free(scratch);
    return is_ready ? COMITY_OK : COMITY_NOMEM;
}

static enum comity_status prepare_values(struct frame *frame, size_t c)
{
    const struct column *column = &frame->mentions->columns[frame->comparisons[c].field];
    struct prepared *prepared = frame->prepared[c] = calloc(column->n_values + 1u, sizeof *prepared);
    struct sort_item *items = malloc((column->n_values + 1u) * sizeof *items);
    frame->rank[c] = malloc((column->n_values + 1u) * sizeof *frame->rank[c]);
    bool is_ready = prepared && items && frame->rank[c];
    for (uint32_t code = 0; is_ready && code < column->n_values; code++) {
        compare_prepare(&frame->comparisons[c], &column->values[code], &prepared[code]);
        is_ready = frame_tag(frame, (unsigned)c, &prepared[code], &prepared[code].tag);
        items[code] = (struct sort_item){prepared[code].canon, code};
    }
    if (is_ready)
        frame->n_ranks[c] = sort_ranks(items, column->n_values, frame->rank[c]);
    free(items);
    return is_ready && frame_set_levels(frame, (unsigned)c, column->n_values) ? COMITY_OK : COMITY_NOMEM;
}

static void fill_row(struct frame *frame, size_t p)
{
    struct frame_row *row = &frame->rows[p];
    *row = (struct frame_row){0};
    for (unsigned c = 0; c < frame->n_comparisons; c++)
        row->tag[c] = frame_value(frame, c, p)->tag;
    if (frame->where >= 0 && row->tag[frame->where])
        row->place = frame_value(frame, (unsigned)frame->where, p)->place;
    if (frame->amount >= 0 && row->tag[frame->amount])
        row->amount = frame_value(frame, (unsigned)frame->amount, p)->amount;
}

/* Its codes are set. */
static void fill_position(struct frame *frame, size_t p, uint32_t source, uint16_t country)
{
    fill_row(frame, p);
    frame->source[p] = source;
    frame->country[p] = country;
    frame->first[p] = frame->last[p] = NO_DAY;
    if (frame->when >= 0 && frame_value(frame, (unsigned)frame->when, p)->canon) {
        frame->first[p] = frame_value(frame, (unsigned)frame->when, p)->date.first;
        frame->last[p] = frame_value(frame, (unsigned)frame->when, p)->date.last;
    }
    const struct prepared *what = frame->what < 0 ? NULL : frame_value(frame, (unsigned)frame->what, p);
    frame->group[p] = what && what->canon ? what->concept.group : 0;
}

/* Ranges of positions, on threads. */
enum { FRAME_PIECE = 8192 };

static size_t n_pieces(const struct frame *frame)
{
    return (frame->n + FRAME_PIECE - 1) / FRAME_PIECE;
}

static size_t piece_end(const struct frame *frame, size_t piece)
{
    size_t end = (piece + 1) * FRAME_PIECE;
    return end < frame->n ? end : frame->n;
}

#define NO_POSITION UINT32_MAX

struct spreading {
    struct frame *frame;
    uint32_t *position_of; /* by mention */
};

/* Mentions in their order, in which codes come from memory one after another; a position's codes lie together. */
static enum comity_status spread_codes(void *context, size_t piece)
{
    const struct spreading *work = context;
    struct frame *frame = work->frame;
    const struct mentions *mentions = frame->mentions;
    const uint32_t *code[LINK_MOST_COMPARISONS];
    unsigned n = frame->n_comparisons;
    for (unsigned c = 0; c < n; c++)
        code[c] = mentions->columns[frame->comparisons[c].field].code;
    for (size_t m = piece * FRAME_PIECE; m < (piece + 1) * FRAME_PIECE && m < mentions->n; m++) {
        uint32_t p = work->position_of[m];
        for (unsigned c = 0; p != NO_POSITION && c < n; c++)
            frame->codes[(size_t)p * n + c] = code[c][m];
    }
    return COMITY_OK;
}

static enum comity_status fill_codes(struct frame *frame, unsigned threads)
{
    size_t n = frame->mentions->n;
    struct spreading work = {frame, malloc((n + 1) * sizeof *work.position_of)};
    enum comity_status status = COMITY_NOMEM;
    if (work.position_of) {
        memset(work.position_of, 0xFF, n * sizeof *work.position_of);
        for (uint32_t p = 0; p < frame->n; p++)
            work.position_of[frame->mention[p]] = p;
        status = parallel_run((n + FRAME_PIECE - 1) / FRAME_PIECE, threads, spread_codes, &work);
    }
    free(work.position_of);
    return status;
}

static enum comity_status fill_piece(void *context, size_t piece)
{
    struct frame *frame = context;
    for (size_t p = piece * FRAME_PIECE; p < piece_end(frame, piece); p++)
        fill_position(frame, p, frame->mentions->source[frame->mention[p]], frame->country[p]);
    return COMITY_OK;
}

/* What counts the pairs of each source, and first those of all. */
struct universe {
    const struct frame *frame;
    uint32_t *positions; /* by source, each source's in their order */
    size_t *begins;      /* by source, and the end of the last one's */
    double *pairs;       /* of all, then by source */
};

/* Pairs within the window, of positions that stand in the order of countries and days. */
static enum comity_status count_pairs(void *context, size_t piece)
{
    const struct universe *universe = context;
    const struct frame *frame = universe->frame;
    /* A domain without dates of events has one window: everything. */
    int64_t window = frame->when < 0 ? INT64_C(1) << 40 : FRAME_WINDOW_DAYS;
    const uint32_t *positions = piece ? universe->positions + universe->begins[piece - 1] : NULL;
    size_t n = piece ? universe->begins[piece] - universe->begins[piece - 1] : frame->n;
    double pairs = 0;
    for (size_t i = 0, low = 0; i < n; i++) {
        size_t p = positions ? positions[i] : i, first = positions ? positions[low] : low;
        while (frame->country[first] != frame->country[p] || (int64_t)frame->first[p] - frame->first[first] > window) {
            low++;
            first = positions ? positions[low] : low;
        }
        pairs += (double)(i - low);
    }
    universe->pairs[piece] = pairs;
    return COMITY_OK;
}

/* Positions by source, each source's in their order. `begins`: where each source's begin, n_sources + 1 of them. */
static void list_by_source(const struct frame *frame, size_t *begins, uint32_t *positions)
{
    size_t n_sources = frame->mentions->n_sources;
    for (size_t p = 0; p < frame->n; p++)
        begins[frame->source[p] + 1]++;
    for (size_t s = 0; s < n_sources; s++)
        begins[s + 1] += begins[s];
    for (uint32_t p = 0; p < frame->n; p++)
        positions[begins[frame->source[p]]++] = p;
    for (size_t s = n_sources; s > 0; s--)
        begins[s] = begins[s - 1];
    begins[0] = 0;
}

static enum comity_status count_universe(struct frame *frame, unsigned threads)
{
    size_t n_sources = frame->mentions->n_sources;
    struct universe universe = {.frame = frame,
        .positions = malloc((frame->n + 1) * sizeof *universe.positions),
        .begins = calloc(n_sources + 2, sizeof *universe.begins),
        .pairs = calloc(n_sources + 1, sizeof *universe.pairs)};
    enum comity_status status = COMITY_NOMEM;
    if (universe.positions && universe.begins && universe.pairs) {
        list_by_source(frame, universe.begins, universe.positions);
        status = parallel_run(n_sources + 1, threads, count_pairs, &universe);
    }
    if (status == COMITY_OK) {
        double within = 0;
        for (size_t s = 0; s < n_sources; s++)
            within += universe.pairs[s + 1];
        frame->n_universe[PAIR_WITHIN] = within;
        frame->n_universe[PAIR_ACROSS] = universe.pairs[0] - within;
    }
    free(universe.positions);
    free(universe.begins);
    free(universe.pairs);
    return status;
}

static bool allocate(const struct mentions *mentions, size_t n, struct frame *out)
{
    size_t room = n + 1;
    *out = (struct frame){.mentions = mentions, .n = n};
    out->n_comparisons = comparisons_of(mentions->domain, out->comparisons);
    comparisons_find_roles(out->comparisons, out->n_comparisons, &out->when, &out->where, &out->what, &out->amount);
    out->mention = calloc(room, sizeof *out->mention);
    out->codes = malloc(room * (out->n_comparisons + 1) * sizeof *out->codes);
    out->rows = aligned_alloc(sizeof *out->rows, room * sizeof *out->rows);
    for (unsigned c = 0; c < out->n_comparisons; c++)
        out->is_tag_exact[c] = true;
    out->nearness = calloc(room, 1);
    out->together = calloc(room, 1);
    out->country = calloc(room, sizeof *out->country);
    out->group = calloc(room, sizeof *out->group);
    out->first = calloc(room, sizeof *out->first);
    out->last = calloc(room, sizeof *out->last);
    out->source = calloc(room, sizeof *out->source);
    for (int k = 0; k < N_PAIR_CLASSES; k++)
        out->density[k] = calloc(room, sizeof *out->density[k]);
    return out->mention && out->codes && out->rows && out->nearness && out->together && out->country && out->group &&
           out->first && out->last && out->source && out->density[0] && out->density[1];
}

/* The order of countries, and the values of each comparison. */
static enum comity_status prepare_piece(void *context, size_t piece)
{
    struct building *work = context;
    return piece ? prepare_values(work->frame, piece - 1) : order_countries(work);
}

enum comity_status frame_build(const struct mentions *mentions, const uint32_t *copy_of, unsigned threads,
    struct frame *out, struct comity_error *err)
{
    struct building work = {.frame = out, .copy_of = copy_of};
    enum comity_status status = allocate(mentions, mentions->n, out) ? COMITY_OK : COMITY_NOMEM;
    if (status == COMITY_OK)
        status = parallel_run(out->n_comparisons + 1u, threads, prepare_piece, &work);
    frame_list_typed(out);
    if (status == COMITY_OK)
        status = parallel_run(out->n_countries, threads, order_country, &work);
    free(work.items);
    if (status == COMITY_OK)
        status = fill_codes(out, threads);
    if (status == COMITY_OK)
        status = parallel_run(n_pieces(out), threads, fill_piece, out);
    if (status == COMITY_OK)
        status = count_universe(out, threads);
    return status == COMITY_OK ? COMITY_OK : error_nomem(err);
}

enum comity_status frame_build_few(
    const struct mentions *mentions, const struct link_model *model, const uint32_t *list, size_t n, struct frame *out)
{
    if (!allocate(mentions, n, out))
        return COMITY_NOMEM;
    for (unsigned c = 0; c < out->n_comparisons; c++) {
        out->prepared[c] = calloc(n + 1, sizeof *out->prepared[c]);
        if (!out->prepared[c])
            return COMITY_NOMEM;
        for (size_t p = 0; p < n; p++) {
            struct prepared *value = &out->prepared[c][p];
            compare_prepare(&out->comparisons[c], mention_value(mentions, list[p], out->comparisons[c].field), value);
            if (!frame_tag(out, c, value, &value->tag))
                return COMITY_NOMEM;
            out->codes[p * out->n_comparisons + c] = (uint32_t)p;
        }
    }
    frame_list_typed(out);
    memcpy(out->mention, list, n * sizeof *list);
    for (size_t p = 0; p < n; p++)
        fill_position(out, p, mentions->source[list[p]], mention_country(mentions, list[p]));
    for (size_t p = 0; p < n; p++)
        frame_set_counts_at(out, model, p);
    return frame_set_sources(out, model);
}

void frame_release(struct frame *frame)
{
    for (unsigned c = 0; c < LINK_MOST_COMPARISONS; c++) {
        free(frame->prepared[c]);
        free(frame->levels[c]);
        map_release(&frame->numbers[c]);
        free(frame->rank[c]);
    }
    free(frame->mention);
    free(frame->codes);
    free(frame->rows);
    free(frame->nearness);
    free(frame->together);
    free(frame->country);
    free(frame->countries);
    free(frame->group);
    free(frame->first);
    free(frame->last);
    free(frame->source);
    free(frame->twice_bits);
    free(frame->parted_bits);
    free(frame->relation);
    free(frame->digits);
    for (int k = 0; k < N_PAIR_CLASSES; k++)
        free(frame->density[k]);
    *frame = (struct frame){0};
}

bool frame_has_strata(const struct frame *frame, unsigned comparison)
{
    enum value_type type = frame->comparisons[comparison].type;
    return type != VALUE_TEXT && type != VALUE_NAME && type != VALUE_IDENTIFIER;
}

uint64_t frame_stratum(const struct frame *frame, unsigned comparison, size_t position)
{
    if (!frame_has_strata(frame, comparison))
        return 0;
    uint32_t group = frame->comparisons[comparison].type == VALUE_QUANTITY ? frame->group[position] : 0;
    return (uint64_t)frame->country[position] << 32 | group;
}

static enum comity_status set_relations(struct frame *frame, const struct link_model *model)
{
    const struct mentions *mentions = frame->mentions;
    size_t n = mentions->n_sources;
    free(frame->relation);
    frame->relation = NULL;
    if (!model->n_relations)
        return COMITY_OK;
    frame->relation = calloc(n * n + 1, sizeof *frame->relation);
    if (!frame->relation)
        return COMITY_NOMEM;
    struct map known = {0};
    enum comity_status status = COMITY_OK;
    for (size_t s = 0; status == COMITY_OK && s < n; s++) {
        uint64_t *at = map_put(&known, hash_slice(mentions->sources[s].code), NULL);
        status = at ? COMITY_OK : COMITY_NOMEM;
        if (at)
            *at = s + 1;
    }
    for (uint32_t r = 0; status == COMITY_OK && r < model->n_relations; r++) {
        const uint64_t *first = map_get(&known, model->relations[r].first_hash);
        const uint64_t *second = map_get(&known, model->relations[r].second_hash);
        if (!first || !second)
            continue;
        frame->relation[(*first - 1) * n + *second - 1] = 2 * (r + 1);
        frame->relation[(*second - 1) * n + *first - 1] = 2 * (r + 1) + 1;
    }
    map_release(&known);
    return status;
}

enum comity_status frame_set_sources(struct frame *frame, const struct link_model *model)
{
    /* Who types in a case is shown what looks like it: that it is another was a person's word, and stays so. */
    const double unknown = 1e-3, never = -60;
    const struct mentions *mentions = frame->mentions;
    free(frame->twice_bits);
    free(frame->parted_bits);
    free(frame->digits);
    frame->twice_bits = malloc((mentions->n_sources + 1) * sizeof *frame->twice_bits);
    frame->parted_bits = calloc(mentions->n_sources + 1, sizeof *frame->parted_bits);
    frame->digits = calloc(mentions->n_sources + 1, 1);
    if (!frame->twice_bits || !frame->parted_bits || !frame->digits)
        return COMITY_NOMEM;
    for (size_t s = 0; s < mentions->n_sources; s++) {
        uint64_t code = hash_slice(mentions->sources[s].code);
        frame->twice_bits[s] = log2(unknown);
        for (size_t t = 0; t < model->n_sources; t++)
            if (model->sources[t].code_hash == code) {
                frame->twice_bits[s] = log2(model->sources[t].twice);
                frame->digits[s] = model->sources[t].digits;
            }
        if (slice_is(mentions->sources[s].kind, SOURCE_ENTERED))
            frame->twice_bits[s] = never;
    }
    return set_relations(frame, model);
}

/* ---- growing ---- */

static bool grow(void **array, size_t room, size_t size)
{
    void *larger = realloc(*array, (room + 1) * size);
    if (larger)
        *array = larger;
    return larger != NULL;
}

static bool grow_rows(struct frame *frame, size_t room)
{
    struct frame_row *larger = aligned_alloc(sizeof *larger, (room + 1) * sizeof *larger);
    if (!larger)
        return false;
    memcpy(larger, frame->rows, frame->n * sizeof *larger);
    free(frame->rows);
    frame->rows = larger;
    return true;
}

static bool make_room(struct frame *frame, struct frame_room *room)
{
    if (room->positions > frame->n)
        return true;
    size_t n = frame->n + frame->n / 2 + 64, by_comparison = frame->n_comparisons + 1u;
    bool is_done = grow((void **)&frame->mention, n, sizeof *frame->mention) &&
                   grow((void **)&frame->codes, n * by_comparison, sizeof *frame->codes) && grow_rows(frame, n) &&
                   grow((void **)&frame->nearness, n, 1) && grow((void **)&frame->together, n, 1) &&
                   grow((void **)&frame->country, n, sizeof *frame->country) &&
                   grow((void **)&frame->group, n, sizeof *frame->group) &&
                   grow((void **)&frame->first, n, sizeof *frame->first) &&
                   grow((void **)&frame->last, n, sizeof *frame->last) &&
                   grow((void **)&frame->source, n, sizeof *frame->source);
    for (int k = 0; k < N_PAIR_CLASSES; k++)
        is_done = is_done && grow((void **)&frame->density[k], n, sizeof *frame->density[k]);
    if (is_done)
        room->positions = n;
    return is_done;
}

/* Each value that is added has a code of its own, also where there is one that is equal. */
static bool add_value(struct frame *frame, unsigned c, const struct value *value, struct frame_room *room)
{
    if (!room->n_values[c])
        room->values[c] = room->n_values[c] = frame->mentions->columns[frame->comparisons[c].field].n_values;
    if (room->n_values[c] == room->values[c]) {
        size_t n = room->values[c] + room->values[c] / 2 + 64;
        if (!grow((void **)&frame->prepared[c], n, sizeof *frame->prepared[c]))
            return false;
        room->values[c] = n;
    }
    uint32_t code = (uint32_t)room->n_values[c]++;
    struct prepared *prepared = &frame->prepared[c][code];
    compare_prepare(&frame->comparisons[c], value, prepared);
    frame->codes[frame->n * frame->n_comparisons + c] = code;
    free(frame->levels[c]); /* there may be a tag more */
    frame->levels[c] = NULL;
    return frame_tag(frame, c, prepared, &prepared->tag);
}

enum comity_status frame_add(struct frame *frame, const struct link_model *model, const struct value *values,
    uint32_t source, struct frame_room *room)
{
    size_t p = frame->n;
    if (!make_room(frame, room))
        return COMITY_NOMEM;
    for (unsigned c = 0; c < frame->n_comparisons; c++)
        if (!add_value(frame, c, &values[frame->comparisons[c].field], room))
            return COMITY_NOMEM;
    frame->mention[p] = UINT32_MAX;
    frame_list_typed(frame);
    frame->nearness[p] = 0;
    frame->n++;
    fill_position(frame, p, source, values_country(frame->mentions->domain, values));
    frame_set_counts_at(frame, model, p);
    return COMITY_OK;
}
