/* Frequencies are counted by sorting and by ranks of values, stratum by stratum, as positions stand by country. Only
 * what is there twice is kept: once says no more than being absent would. */
#include "link/count.h"

#include "base/array.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/order.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>

static const double log_step = 0.04879016416943205; /* ln 1.05: the width of the bins of near amounts */

enum { EVERYWHERE = 0xFFFF, BIN_MARK = 0x5A, LEAST_KEPT = 2 };

uint64_t count_key(uint64_t stratum, uint64_t canon)
{
    return hash_u64(stratum) ^ hash_u64(canon + 0x9E37);
}

uint64_t count_at_large(uint64_t stratum)
{
    return (uint64_t)EVERYWHERE << 32 | (stratum & UINT32_MAX);
}

uint64_t count_bin(const struct prepared *amount, int shift)
{
    double base = amount->amount.base;
    int64_t bin = base > 0 ? (int64_t)floor(log(base) / log_step) + shift : INT32_MIN;
    return hash_u64((uint64_t)bin ^ ((uint64_t)amount->amount.dimension << 40) ^ ((uint64_t)BIN_MARK << 56));
}

/* ---- values of one comparison ---- */

/* Values that mean the same have one rank, from 1; 0: unobserved. */
struct ranks {
    uint32_t *of_code;
    uint64_t *canon; /* by rank */
    uint64_t *bins;  /* of amounts, by rank */
    uint32_t n;
};

static void ranks_release(struct ranks *ranks)
{
    free(ranks->of_code);
    free(ranks->canon);
    free(ranks->bins);
}

static bool rank_values(const struct frame *frame, unsigned c, struct ranks *out)
{
    size_t n = frame->mentions->columns[frame->comparisons[c].field].n_values;
    struct sort_item *items = malloc((n + 1) * sizeof *items);
    *out = (struct ranks){.of_code = malloc((n + 1) * sizeof *out->of_code),
        .canon = malloc((n + 1) * sizeof *out->canon),
        .bins = malloc((n + 1) * sizeof *out->bins)};
    bool is_good = items && out->of_code && out->canon && out->bins;
    for (uint32_t code = 0; is_good && code < n; code++)
        items[code] = (struct sort_item){frame->prepared[c][code].canon, code};
    if (is_good)
        sort_items(items, n);
    for (size_t i = 0; is_good && i < n; i++) {
        const struct prepared *value = &frame->prepared[c][items[i].payload];
        if (value->canon && (i == 0 || items[i].key != items[i - 1].key)) {
            out->canon[++out->n] = value->canon;
            out->bins[out->n] = (int)c == frame->amount ? count_bin(value, 0) : 0;
        }
        out->of_code[items[i].payload] = value->canon ? out->n : 0;
    }
    free(items);
    return is_good;
}

/* ---- counting ---- */

/* Of one comparison: values with how often they are told, as items of group and rank. */
struct tally {
    const struct frame *frame;
    unsigned comparison;
    struct ranks ranks;
    struct map *counts;
    struct map bins;          /* of one stratum */
    uint32_t *times;          /* by rank */
    struct sort_item *values; /* of one country */
    struct sort_item *large;  /* of all countries, one after the other */
    size_t n_large, room_large;
};

static bool put(struct map *counts, uint64_t key, uint64_t n)
{
    if (n < LEAST_KEPT)
        return true;
    uint64_t *count = map_put(counts, key, NULL);
    if (count)
        *count += n;
    return count != NULL;
}

static size_t add_up_equal(struct sort_item *items, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept && items[kept - 1].key == items[i].key)
            items[kept - 1].payload += items[i].payload;
        else
            items[kept++] = items[i];
    }
    return kept;
}

static bool put_bins(struct tally *tally, uint64_t stratum, const struct sort_item *values, size_t n)
{
    map_clear(&tally->bins);
    for (size_t i = 0; i < n; i++) {
        uint64_t *count = map_put(&tally->bins, tally->ranks.bins[(uint32_t)values[i].key], NULL);
        if (!count)
            return false;
        *count += values[i].payload;
    }
    size_t at = 0;
    uint64_t bin, count;
    bool is_good = true;
    while (is_good && map_next(&tally->bins, &at, &bin, &count))
        is_good = put(tally->counts, count_key(stratum, bin), count);
    return is_good;
}

/* Values of one stratum. */
static bool put_stratum(struct tally *tally, uint64_t stratum, bool has_bins, const struct sort_item *values, size_t n)
{
    uint64_t all = 0;
    bool is_good = !has_bins || put_bins(tally, stratum, values, n);
    for (size_t i = 0; is_good && i < n; i++) {
        uint64_t canon = tally->ranks.canon[(uint32_t)values[i].key];
        all += values[i].payload;
        is_good = put(tally->counts, count_key(stratum, canon), values[i].payload);
    }
    return is_good && put(tally->counts, count_key(stratum, 0), all);
}

/* Values of one country or of all, by group. `base`: the stratum but for the group. */
static bool put_groups(struct tally *tally, uint64_t base, bool has_bins, const struct sort_item *values, size_t n)
{
    bool is_good = true;
    for (size_t i = 0, end; is_good && i < n; i = end) {
        uint64_t group = values[i].key >> 32;
        for (end = i + 1; end < n && values[end].key >> 32 == group; end++) {
        }
        is_good = put_stratum(tally, base | group, has_bins, &values[i], end - i);
    }
    return is_good;
}

static bool is_amount(const struct tally *tally)
{
    return tally->frame->comparisons[tally->comparison].type == VALUE_QUANTITY;
}

static uint32_t rank_at(const struct tally *tally, size_t p)
{
    return tally->ranks.of_code[tally->frame->codes[p * tally->frame->n_comparisons + tally->comparison]];
}

/* Amounts are told apart by group: sorted. */
static size_t list_amounts(struct tally *tally, size_t begin, size_t end)
{
    size_t n = 0;
    for (size_t p = begin; p < end; p++) {
        uint32_t rank = rank_at(tally, p);
        if (rank)
            tally->values[n++] = (struct sort_item){(uint64_t)tally->frame->group[p] << 32 | rank, 1};
    }
    sort_items(tally->values, n);
    return add_up_equal(tally->values, n);
}

static size_t list_values(struct tally *tally, size_t begin, size_t end)
{
    size_t n = 0;
    for (size_t p = begin; p < end; p++) {
        uint32_t rank = rank_at(tally, p);
        if (rank && !tally->times[rank]++)
            tally->values[n++].key = rank;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t *times = &tally->times[tally->values[i].key];
        tally->values[i].payload = *times;
        *times = 0;
    }
    return n;
}

static bool count_run(struct tally *tally, size_t begin, size_t end)
{
    size_t n = is_amount(tally) ? list_amounts(tally, begin, end) : list_values(tally, begin, end);
    uint64_t base = frame_stratum(tally->frame, tally->comparison, begin) & ~(uint64_t)UINT32_MAX;
    bool has_bins = (int)tally->comparison == tally->frame->amount;
    if (!put_groups(tally, base, has_bins, tally->values, n) ||
        !ARRAY_ROOM(tally->large, tally->n_large, tally->room_large, n + 1))
        return false;
    memcpy(&tally->large[tally->n_large], tally->values, n * sizeof *tally->values);
    tally->n_large += n;
    return true;
}

static bool count_runs(struct tally *tally)
{
    const struct frame *frame = tally->frame;
    bool is_good = true, is_by_country = frame_has_strata(frame, tally->comparison);
    for (size_t i = 0, end; is_good && i < frame->n; i = end) {
        for (end = i + 1; end < frame->n && (!is_by_country || frame->country[end] == frame->country[i]); end++) {
        }
        is_good = count_run(tally, i, end);
    }
    return is_good;
}

static bool count_large(struct tally *tally)
{
    sort_items(tally->large, tally->n_large);
    size_t n = add_up_equal(tally->large, tally->n_large);
    return put_groups(tally, count_at_large(0), false, tally->large, n);
}

static enum comity_status count_comparison(const struct frame *frame, unsigned c, struct map *counts)
{
    struct tally tally = {.frame = frame, .comparison = c, .counts = counts};
    if (!comparison_has_rarity(&frame->comparisons[c]))
        return COMITY_OK;
    bool is_good = rank_values(frame, c, &tally.ranks);
    uint32_t *times = tally.times = calloc(tally.ranks.n + 1u, sizeof *times);
    struct sort_item *values = tally.values = malloc((frame->n + 1) * sizeof *values);
    is_good = is_good && times && values && count_runs(&tally) && count_large(&tally);
    ranks_release(&tally.ranks);
    map_release(&tally.bins);
    free(times);
    free(values);
    free(tally.large);
    return is_good ? COMITY_OK : COMITY_NOMEM;
}

/* ---- what is told together ---- */

uint64_t count_together_key(const struct frame *frame, size_t p)
{
    const struct prepared *place = frame->where < 0 ? NULL : frame_value(frame, (unsigned)frame->where, p);
    const struct prepared *amount = frame->amount < 0 ? NULL : frame_value(frame, (unsigned)frame->amount, p);
    if (!place || !amount || !place->canon || !amount->canon)
        return 0;
    return hash_u64(
        count_key(frame_stratum(frame, (unsigned)frame->amount, p), amount->canon) ^ hash_u64(place->canon));
}

/* What one source tells of place, group and amount. */
struct telling {
    uint32_t source, n, n_days;
    int32_t last_day;
};

/* How many mentions there would be if all sources told it as often as this one does. */
static uint64_t told_by_all(
    const struct link_model *model, const struct frame *frame, const struct telling *telling, uint16_t country)
{
    uint64_t source = hash_slice(frame->mentions->sources[telling->source].code);
    double own = around_ever(&model->around, source, country);
    double all = around_ever(&model->around, AROUND_ALL_SOURCES, country);
    double others = (telling->n - 1.0) * all / fmax(own, 1);
    return (uint64_t)(1 + fmin(round(others), 1e9)) << 32 | telling->n_days;
}

/* Of the source that tells it most often: one event that many sources tell of on some days is not common for that.
 * `told`: room for n. */
static bool put_together(
    struct link_model *model, const struct frame *frame, const struct sort_item *items, size_t n, struct telling *told)
{
    size_t n_told = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t p = items[i].payload, source = frame->source[p];
        size_t t = 0;
        while (t < n_told && told[t].source != source)
            t++;
        if (t == n_told)
            told[n_told++] = (struct telling){.source = source};
        /* In the order of days, so that days are counted by their changes. */
        told[t].n_days += !told[t].n || told[t].last_day != frame->first[p];
        told[t].last_day = frame->first[p];
        told[t].n++;
    }
    uint64_t most = 0;
    for (size_t t = 0; t < n_told; t++) {
        uint64_t all = told_by_all(model, frame, &told[t], frame->country[items[0].payload]);
        most = all > most ? all : most;
    }
    uint64_t *place = most >> 32 >= LEAST_KEPT ? map_put(&model->together, items[0].key, NULL) : &most;
    if (place)
        *place = most;
    return place != NULL;
}

static enum comity_status count_together(struct link_model *model, const struct frame *frame)
{
    struct sort_item *items = malloc((frame->n + 1) * sizeof *items);
    struct telling *told = malloc((frame->mentions->n_sources + 1) * sizeof *told);
    bool is_good = items && told;
    size_t n = 0;
    for (uint32_t p = 0; is_good && p < frame->n; p++) {
        uint64_t key = count_together_key(frame, p);
        if (key)
            items[n++] = (struct sort_item){key, p};
    }
    if (is_good)
        sort_items(items, n);
    for (size_t i = 0, end; is_good && i < n; i = end) {
        for (end = i + 1; end < n && items[end].key == items[i].key; end++) {
        }
        is_good = end - i < LEAST_KEPT || put_together(model, frame, &items[i], end - i, told);
    }
    free(items);
    free(told);
    return is_good ? COMITY_OK : COMITY_NOMEM;
}

/* ---- all of it ---- */

/* A source that gives two digits of nearly every amount rounds by habit. */
static enum comity_status count_digits(const struct frame *frame, struct link_model *model)
{
    const double least = 50, most_finer = 0.01;
    if (frame->amount < 0)
        return COMITY_OK;
    double(*counts)[MOST_DIGITS + 1] = calloc(model->n_sources + 1, sizeof *counts);
    if (!counts)
        return COMITY_NOMEM;
    for (size_t p = 0; p < frame->n; p++) {
        if (frame->rows[p].tag[frame->amount])
            counts[frame->source[p]][amount_digits(&frame->rows[p].amount)]++;
    }
    for (size_t s = 0; s < model->n_sources; s++) {
        double all = 0, finer = 0;
        for (unsigned d = 1; d <= MOST_DIGITS; d++)
            all += counts[s][d];
        for (unsigned d = MOST_DIGITS; d > 1 && all >= least; d--) {
            finer += counts[s][d];
            if (finer <= most_finer * all)
                model->sources[s].digits = (uint8_t)(d - 1);
        }
    }
    free(counts);
    return COMITY_OK;
}

static enum comity_status count_sources(const struct frame *frame, struct link_model *model)
{
    model->n_sources = frame->mentions->n_sources;
    model->sources = calloc(model->n_sources + 1, sizeof *model->sources);
    if (!model->sources)
        return COMITY_NOMEM;
    for (size_t s = 0; s < model->n_sources; s++)
        model->sources[s].code_hash = hash_slice(frame->mentions->sources[s].code);
    return count_digits(frame, model);
}

struct counting {
    const struct frame *frame;
    struct link_model *model;
};

/* What is told together takes longest, so that it comes first. */
static enum comity_status count_piece(void *context, size_t piece)
{
    const struct counting *work = context;
    if (!piece)
        return count_together(work->model, work->frame);
    unsigned c = (unsigned)piece - 1;
    return count_comparison(work->frame, c, &work->model->comparisons[c].counts);
}

enum comity_status model_count(
    const struct frame *frame, unsigned threads, struct link_model **out, struct comity_error *err)
{
    struct link_model *model = *out = calloc(1, sizeof *model);
    if (!model)
        return error_nomem(err);
    model->n_comparisons = frame->n_comparisons;
    model->when = frame->when;
    model->where = frame->where;
    model->what = frame->what;
    model->amount = frame->amount;
    for (unsigned c = 0; c < frame->n_comparisons; c++) {
        const struct comparison *comparison = &frame->comparisons[c];
        model->comparisons[c].field_hash = hash_slice(frame->mentions->domain->fields[comparison->field].id);
        model->comparisons[c].type = (uint8_t)comparison->type;
        model->comparisons[c].n_levels = (uint8_t)comparison->n_levels;
    }
    struct counting work = {frame, model};
    enum comity_status status = count_sources(frame, model);
    if (status == COMITY_OK)
        status = around_count(frame, &model->around);
    if (status == COMITY_OK)
        status = parallel_run(frame->n_comparisons + 1u, threads, count_piece, &work);
    if (status == COMITY_OK)
        return COMITY_OK;
    link_model_free(model);
    *out = NULL;
    return error_nomem(err);
}
