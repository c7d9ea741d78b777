/* Frequencies are counted by ranks of values, stratum by stratum, as positions stand by country. Only what is there
 * twice is kept: once says no more than being absent would. */
#include "link/count.h"

#include "base/array.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/order.h"
#include "base/parallel.h"
#include "link/sharing.h"

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

int64_t count_bin(const struct prepared *amount)
{
    double base = amount_as_equal(amount->amount.base);
    return base > 0 ? (int64_t)floor(log(base) / log_step) : INT32_MIN;
}

uint64_t count_bin_key(const struct prepared *amount, int64_t bin, int shift)
{
    bin += bin != INT32_MIN ? shift : 0;
    return hash_u64((uint64_t)bin ^ ((uint64_t)amount->amount.dimension << 40) ^ ((uint64_t)BIN_MARK << 56));
}

/* ---- values of one comparison ---- */

/* Of one comparison: values with how often they are told, as items of group and rank. */
struct tally {
    const struct frame *frame;
    unsigned comparison;
    struct map *counts;
    uint64_t *canon;          /* by rank */
    uint64_t *bin;            /* of amounts, by rank */
    struct map bins;          /* of one stratum */
    uint32_t *times;          /* by rank */
    uint64_t *items;          /* of a sort by group, with its scratch behind it */
    struct sort_item *values; /* of one country */
    struct sort_item *large;  /* of all countries, one after the other */
    size_t n_large, room_large;
};

static bool is_amount(const struct tally *tally)
{
    return tally->frame->comparisons[tally->comparison].type == VALUE_QUANTITY;
}

static bool tally_begin(struct tally *tally)
{
    const struct frame *frame = tally->frame;
    unsigned c = tally->comparison;
    size_t n_codes = frame->mentions->columns[frame->comparisons[c].field].n_values, n = frame->n_ranks[c] + 1u;
    bool is_binned = (int)c == frame->amount;
    tally->canon = calloc(n, sizeof *tally->canon);
    tally->bin = calloc(n, sizeof *tally->bin);
    tally->times = calloc(n, sizeof *tally->times);
    tally->values = malloc((frame->n + 1) * sizeof *tally->values);
    tally->items = is_amount(tally) ? malloc((frame->n + 1) * 2 * sizeof *tally->items) : NULL;
    if (!tally->canon || !tally->bin || !tally->times || !tally->values || (is_amount(tally) && !tally->items))
        return false;
    for (size_t code = 0; code < n_codes; code++) {
        const struct prepared *value = &frame->prepared[c][code];
        uint32_t rank = frame->rank[c][code];
        if (rank && is_binned && !tally->bin[rank])
            tally->bin[rank] = count_bin_key(value, count_bin(value), 0);
        tally->canon[rank] = value->canon;
    }
    return true;
}

static void tally_end(const struct tally *tally)
{
    free(tally->canon);
    free(tally->bin);
    free(tally->times);
    free(tally->items);
    free(tally->values);
}

static bool put(struct map *counts, uint64_t key, uint64_t n)
{
    if (n < LEAST_KEPT)
        return true;
    uint64_t *count = map_put(counts, key, NULL);
    if (count)
        *count += n;
    return count != NULL;
}

static bool put_bins(struct tally *tally, uint64_t stratum, const struct sort_item *values, size_t n)
{
    map_clear(&tally->bins);
    for (size_t i = 0; i < n; i++) {
        uint64_t *count = map_put(&tally->bins, tally->bin[(uint32_t)values[i].key], NULL);
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
        uint64_t canon = tally->canon[(uint32_t)values[i].key];
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

static uint32_t rank_at(const struct tally *tally, size_t p)
{
    const struct frame *frame = tally->frame;
    return frame->rank[tally->comparison][frame->codes[p * frame->n_comparisons + tally->comparison]];
}

/* One more value with `times`; the first time it is seen it is listed, and add_up() has the sum. */
static void add_value(struct tally *tally, uint64_t key, uint32_t times, struct sort_item *values, size_t *n)
{
    uint32_t *sum = &tally->times[(uint32_t)key];
    if (!*sum)
        values[(*n)++].key = key;
    *sum += times;
}

static void add_up(struct tally *tally, struct sort_item *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t *times = &tally->times[(uint32_t)values[i].key];
        values[i].payload = *times;
        *times = 0;
    }
}

/* Amounts are told apart by group: sorted by it. */
static size_t list_amounts(struct tally *tally, size_t begin, size_t end)
{
    size_t n = 0, n_values = 0;
    for (size_t p = begin; p < end; p++) {
        uint32_t rank = rank_at(tally, p);
        if (rank)
            tally->items[n++] = (uint64_t)tally->frame->group[p] << 32 | rank;
    }
    sort_uppers(tally->items, tally->items + n, n);
    for (size_t i = 0, first = 0; i < n; i++) {
        add_value(tally, tally->items[i], 1, tally->values, &n_values);
        if (i + 1 == n || tally->items[i + 1] >> 32 != tally->items[i] >> 32) {
            add_up(tally, tally->values + first, n_values - first);
            first = n_values;
        }
    }
    return n_values;
}

static size_t list_values(struct tally *tally, size_t begin, size_t end)
{
    size_t n = 0;
    for (size_t p = begin; p < end; p++) {
        uint32_t rank = rank_at(tally, p);
        if (rank)
            add_value(tally, rank, 1, tally->values, &n);
    }
    add_up(tally, tally->values, n);
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

/* What the countries listed, by group as well; there is room for it in `values`, since it is no more than positions. */
static size_t list_large(struct tally *tally)
{
    size_t n = tally->n_large, n_values = 0, first = 0;
    for (size_t i = 0; tally->items && i < n; i++)
        tally->items[i] = tally->large[i].key >> 32 << 32 | i;
    if (tally->items)
        sort_uppers(tally->items, tally->items + n, n);
    for (size_t i = 0; i < n; i++) {
        const struct sort_item *item = &tally->large[tally->items ? (uint32_t)tally->items[i] : i];
        if (n_values > first && tally->values[first].key >> 32 != item->key >> 32) {
            add_up(tally, tally->values + first, n_values - first);
            first = n_values;
        }
        add_value(tally, item->key, item->payload, tally->values, &n_values);
    }
    add_up(tally, tally->values + first, n_values - first);
    return n_values;
}

static bool count_large(struct tally *tally)
{
    return put_groups(tally, count_at_large(0), false, tally->values, list_large(tally));
}

static enum comity_status count_comparison(const struct frame *frame, unsigned c, struct map *counts)
{
    struct tally tally = {.frame = frame, .comparison = c, .counts = counts};
    if (!comparison_has_rarity(&frame->comparisons[c]))
        return COMITY_OK;
    bool is_good = tally_begin(&tally);
    const struct tally begun = tally;
    is_good = is_good && count_runs(&tally) && count_large(&tally);
    tally_end(&begun);
    map_release(&tally.bins);
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
 * `told`: room for n_sources. */
static bool put_together(
    struct link_model *model, const struct frame *frame, const uint64_t *items, size_t n, struct telling *told)
{
    size_t n_told = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t p = (uint32_t)items[i], source = frame->source[p];
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
        uint64_t all = told_by_all(model, frame, &told[t], frame->country[(uint32_t)items[0]]);
        most = all > most ? all : most;
    }
    if (most >> 32 < LEAST_KEPT)
        return true;
    uint64_t *place = map_put(&model->together, count_together_key(frame, (uint32_t)items[0]), NULL);
    if (place)
        *place = most;
    return place != NULL;
}

/* Country by country, whose positions stand together. `items`: room for all, twice. */
static bool count_together_in(struct link_model *model, const struct frame *frame, const struct sharing *sharing,
    uint64_t *items, struct telling *told)
{
    bool is_good = true;
    for (size_t k = 0; is_good && k < frame->n_countries; k++) {
        size_t n = sharing_list(sharing, frame->countries[k].begin, frame->countries[k].end, items);
        sharing_sort(sharing, items, items + n, n);
        for (size_t i = 0, after; is_good && i < n; i = after) {
            after = sharing_end(sharing, items, i, n);
            is_good = after - i < LEAST_KEPT || put_together(model, frame, &items[i], after - i, told);
        }
    }
    return is_good;
}

static enum comity_status count_together(struct link_model *model, const struct frame *frame)
{
    if (frame->where < 0 || frame->amount < 0)
        return COMITY_OK;
    const struct sharing_part parts[] = {sharing_part_any_group(frame),
        sharing_part_value(frame, (unsigned)frame->amount), sharing_part_value(frame, (unsigned)frame->where)};
    struct sharing sharing;
    sharing_init(frame, parts, 3, &sharing);
    uint64_t *items = malloc((frame->n + 1) * 2 * sizeof *items);
    struct telling *told = malloc((frame->mentions->n_sources + 1) * sizeof *told);
    bool is_good = items && told && count_together_in(model, frame, &sharing, items, told);
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
    unsigned c = (unsigned)frame->amount;
    size_t n_codes = frame->mentions->columns[frame->comparisons[c].field].n_values;
    double(*counts)[MOST_DIGITS + 1] = calloc(model->n_sources + 1, sizeof *counts);
    uint8_t *digits = calloc(n_codes + 1, 1); /* 0 stands for no amount */
    bool is_ready = counts && digits;
    for (size_t code = 0; is_ready && code < n_codes; code++)
        if (frame->rank[c][code])
            digits[code] = (uint8_t)amount_digits(&frame->prepared[c][code].amount);
    for (size_t p = 0; is_ready && p < frame->n; p++)
        counts[frame->source[p]][digits[frame->codes[p * frame->n_comparisons + c]]]++;
    for (size_t s = 0; is_ready && s < model->n_sources; s++) {
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
    free(digits);
    return is_ready ? COMITY_OK : COMITY_NOMEM;
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
