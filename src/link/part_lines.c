/* Rows of one country and day stand together, so bundles are found there, among sources of which sums were found; only
 * where one of these tells lines are all rows bundled, and clusters listed to see what each line was joined with. */
#include "link/part_lines.h"

#include "base/array.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/order.h"

#include <math.h>
#include <stdlib.h>

/* A source tells hauls in lines where at least so many of its bundles were found to be one, had some more been looked
 * at in vain. */
static const double least_found = 0.25, in_vain = 4;
/* Where more of these have their total beside them, a row without an amount may be the total: so much so that it may be
 * what another source tells, and that it is not proposed as a part. */
static const double most_totals = 0.5, few_totals = 0.1;

struct bundling {
    const struct frame *frame;
    const uint32_t *cluster;
    const uint8_t *role;
    struct parts_found *found;
    struct position_pair *lines; /* a line and its whole */
    size_t n_lines, room_lines;
    struct sort_item *rows;                 /* of wanted sources, by what they tell within their country and day */
    struct sort_item *members;              /* by cluster */
    uint32_t *first, *last;                 /* by position: its bundle in `rows`; alike where it stands alone */
    uint32_t *of_cluster;                   /* by cluster: where it begins in `members` */
    bool *is_wanted;                        /* by source */
    double *enough;                         /* likewise: so many bundles, and it tells no lines, whatever was found */
    uint32_t *n_today;                      /* likewise: rows of the day that is looked at */
    double *n_bundles, *n_found, *n_totals; /* by source */
};

/* What is dated to a month or a year is no line of a haul. */
static bool is_dated(const struct frame *frame, uint32_t p)
{
    return frame->first[p] != NO_DAY && frame->last[p] - frame->first[p] <= 1;
}

static uint64_t told(const struct frame *frame, uint32_t p)
{
    const struct mentions *mentions = frame->mentions;
    int field = mentions->domain->case_id;
    uint64_t hash = hash_u64((uint64_t)frame->source[p] << 32 | (uint32_t)frame->first[p]);
    if (field >= 0)
        hash = hash_u64(hash ^ mentions->columns[field].code[frame->mention[p]]);
    for (unsigned c = 0; c < frame->n_comparisons; c++)
        if ((int)c != frame->amount)
            hash = hash_u64(hash ^ frame_value(frame, c, p)->canon);
    return hash;
}

static uint64_t amount_of(const struct bundling *b, uint32_t p)
{
    return frame_value(b->frame, (unsigned)b->frame->amount, p)->canon;
}

/* Whether its rows tell different amounts. */
static bool has_different_amounts(const struct bundling *b, uint32_t begin, uint32_t end)
{
    uint64_t one = 0;
    for (uint32_t i = begin; i < end; i++) {
        uint64_t amount = amount_of(b, b->rows[i].payload);
        if (amount && one && amount != one)
            return true;
        one = amount ? amount : one;
    }
    return false;
}

static bool tells_amount(const struct bundling *b, uint32_t begin, uint32_t end)
{
    for (uint32_t i = begin; i < end; i++)
        if (amount_of(b, b->rows[i].payload))
            return true;
    return false;
}

static void count_bundle(struct bundling *b, uint32_t begin, uint32_t end)
{
    uint32_t source = b->frame->source[b->rows[begin].payload], n_parts = 0, n_beside = 0;
    for (uint32_t i = begin; i < end; i++) {
        n_parts += b->role[b->rows[i].payload] == LINE_PART;
        n_beside += b->role[b->rows[i].payload] == LINE_BESIDE_TOTAL;
    }
    if (!has_different_amounts(b, begin, end))
        return;
    b->n_bundles[source]++;
    b->n_found[source] += n_parts + n_beside > 1;
    b->n_totals[source] += n_beside > 1;
}

/* Where the rows of a position's country and day end. */
static uint32_t end_of_day(const struct frame *frame, uint32_t p)
{
    uint64_t key = frame_order_key(frame->country[p], frame->first[p]);
    uint32_t end = p + 1;
    while (end < frame->n && frame_order_key(frame->country[end], frame->first[end]) == key)
        end++;
    return end;
}

/* Rows from `begin` on, of one country and day. */
static void part_day(struct bundling *b, uint32_t begin, uint32_t end)
{
    sort_items(&b->rows[begin], end - begin);
    for (uint32_t i = begin, j; i < end; i = j) {
        for (j = i + 1; j < end && b->rows[j].key == b->rows[i].key; j++) {
        }
        for (uint32_t k = i; k < j; k++) {
            b->first[b->rows[k].payload] = i;
            b->last[b->rows[k].payload] = j;
        }
        if (j - i > 1)
            count_bundle(b, i, j);
    }
}

static bool may_be_of_bundle(const struct bundling *b, uint32_t p)
{
    return b->is_wanted[b->frame->source[p]] && is_dated(b->frame, p) && b->role[p] != LINE_WHOLE;
}

/* Of today's sources those that are known not to tell lines are wanted no more. Returns whether any is left. */
static bool is_any_left(struct bundling *b, uint32_t begin, uint32_t end)
{
    bool is_any_decided = false;
    for (uint32_t i = begin; i < end; i++) {
        uint32_t source = b->frame->source[b->rows[i].payload];
        is_any_decided = is_any_decided || (b->is_wanted[source] && b->n_bundles[source] >= b->enough[source]);
        b->is_wanted[source] = b->is_wanted[source] && b->n_bundles[source] < b->enough[source];
    }
    bool is_any = !is_any_decided;
    for (size_t s = 0; s < b->frame->mentions->n_sources && !is_any; s++)
        is_any = b->is_wanted[s];
    return is_any;
}

/* Returns how many rows of wanted sources may be lines. What its source tells alone on its day is not looked into. */
static uint32_t find_bundles(struct bundling *b)
{
    const struct frame *frame = b->frame;
    uint32_t n = 0;
    bool is_wanted = true;
    for (uint32_t p = 0, end; p < frame->n && is_wanted; p = end) {
        uint32_t begin = n;
        end = end_of_day(frame, p);
        for (uint32_t i = p; i < end; i++)
            if (may_be_of_bundle(b, i))
                b->n_today[frame->source[i]]++;
        for (uint32_t i = p; i < end; i++)
            if (may_be_of_bundle(b, i))
                b->rows[n++] = (struct sort_item){b->n_today[frame->source[i]] > 1 ? told(frame, i) : i, i};
        for (uint32_t i = p; i < end; i++)
            b->n_today[frame->source[i]] = 0;
        part_day(b, begin, n);
        is_wanted = is_any_left(b, begin, n);
    }
    return n;
}

static double bundles_needed(double n_bundles)
{
    return least_found * (n_bundles + in_vain);
}

static bool is_of_lines(const struct bundling *b, uint32_t source)
{
    return b->n_found[source] > bundles_needed(b->n_bundles[source]);
}

/* A bundle that was found has two lines or more: says of which sources enough were. */
static bool want_sources(struct bundling *b)
{
    bool is_any_wanted = false;
    for (size_t p = 0; p < b->frame->n; p++)
        b->n_found[b->frame->source[p]] += b->role[p] == LINE_PART || b->role[p] == LINE_BESIDE_TOTAL ? 0.5 : 0;
    for (size_t s = 0; s < b->frame->mentions->n_sources; s++) {
        b->is_wanted[s] = b->n_found[s] > bundles_needed(0);
        b->enough[s] = b->n_found[s] / least_found - in_vain;
        is_any_wanted = is_any_wanted || b->is_wanted[s];
        b->n_found[s] = 0;
    }
    return is_any_wanted;
}

static bool is_any_of_lines(const struct bundling *b)
{
    bool is_any = false;
    for (uint32_t s = 0; s < b->frame->mentions->n_sources && !is_any; s++)
        is_any = is_of_lines(b, s);
    return is_any;
}

/* All rows are bundled once more, for what stands alone may be the whole of lines. */
static uint32_t find_all_bundles(struct bundling *b)
{
    for (size_t s = 0; s < b->frame->mentions->n_sources; s++) {
        b->is_wanted[s] = true;
        b->enough[s] = INFINITY;
        b->n_bundles[s] = b->n_found[s] = b->n_totals[s] = 0;
    }
    return find_bundles(b);
}

/* Of lines without amounts one may be the total, where the source tells totals beside them. */
static bool is_line(const struct bundling *b, uint32_t p)
{
    uint32_t begin = b->first[p], end = b->last[p], source = b->frame->source[p];
    /* As in part_bundles: what stands in greater numbers is no haul in lines, and costs its square. */
    if (end - begin < 2 || end - begin > PART_MOST_LINES || !is_of_lines(b, source))
        return false;
    return tells_amount(b, begin, end) ? has_different_amounts(b, begin, end)
                                       : b->n_totals[source] <= most_totals * b->n_found[source];
}

static uint32_t times_told(const struct bundling *b, uint32_t begin, uint32_t end, uint64_t amount)
{
    uint32_t times = 0;
    for (uint32_t i = begin; i < end; i++)
        times += amount_of(b, b->rows[i].payload) == amount;
    return times;
}

/* Whether each amount stands there equally often, and more than once: as if all had been told again. */
static bool is_told_again(const struct bundling *b, uint32_t begin, uint32_t end)
{
    uint32_t times = times_told(b, begin, end, amount_of(b, b->rows[begin].payload));
    for (uint32_t i = begin; i < end && times > 1; i++)
        times = times_told(b, begin, end, amount_of(b, b->rows[i].payload)) == times ? times : 0;
    return times > 1;
}

static enum comity_status keep_apart(struct bundling *b, uint32_t x, uint32_t y, uint8_t part)
{
    struct parts_found *found = b->found;
    found->is_settled = found->is_settled && b->cluster[x] != b->cluster[y];
    if (!ARRAY_ROOM(found->apart, found->n_apart, found->room_apart, 1))
        return COMITY_NOMEM;
    found->apart[found->n_apart++] = (struct position_pair){x, y, part};
    return COMITY_OK;
}

/* Lines are not each other. */
static enum comity_status part_bundle(struct bundling *b, uint32_t begin, uint32_t end)
{
    enum comity_status status = COMITY_OK;
    bool is_again = tells_amount(b, begin, end) && is_told_again(b, begin, end);
    for (uint32_t i = begin; i < end; i++)
        for (uint32_t j = begin; j < i && status == COMITY_OK; j++) {
            uint32_t x = b->rows[j].payload, y = b->rows[i].payload;
            if (!is_again || amount_of(b, x) != amount_of(b, y))
                status = keep_apart(b, x, y, PART_NONE);
        }
    return status;
}

static enum comity_status part_bundles(struct bundling *b, uint32_t n)
{
    enum comity_status status = COMITY_OK;
    for (uint32_t i = 0; i < n && status == COMITY_OK; i = b->last[b->rows[i].payload]) {
        uint32_t end = b->last[b->rows[i].payload];
        if (end - i > 1 && end - i <= PART_MOST_LINES && is_of_lines(b, b->frame->source[b->rows[i].payload]))
            status = part_bundle(b, i, end);
    }
    return status;
}

/* Whether a source tells of another line, too: then it tells lines itself. */
static bool tells_other_line(const struct bundling *b, uint32_t line, uint32_t source)
{
    for (uint32_t i = b->first[line]; i < b->last[line]; i++) {
        uint32_t cluster = b->cluster[b->rows[i].payload];
        if (cluster == b->cluster[line])
            continue;
        for (uint32_t m = b->of_cluster[cluster]; m < b->frame->n && b->members[m].key == cluster; m++)
            if (b->frame->source[b->members[m].payload] == source)
                return true;
    }
    return false;
}

static enum comity_status add_lines(struct bundling *b, uint32_t line, uint32_t whole)
{
    uint32_t begin = b->first[line], end = b->last[line], source = b->frame->source[line];
    bool is_part = tells_amount(b, begin, end) || b->n_totals[source] <= few_totals * b->n_found[source];
    if (!ARRAY_ROOM(b->lines, b->n_lines, b->room_lines, end - begin + 1))
        return COMITY_NOMEM;
    for (uint32_t i = begin; i < end; i++)
        b->lines[b->n_lines++] = (struct position_pair){b->rows[i].payload, whole, is_part ? PART_A : PART_NONE};
    return COMITY_OK;
}

static bool is_whole_of(const struct bundling *b, uint32_t line, uint32_t other)
{
    const struct frame *frame = b->frame;
    return frame->source[line] != frame->source[other] && b->last[other] - b->first[other] <= 1 &&
           !(amount_of(b, line) && amount_of(b, other)) && !tells_other_line(b, line, frame->source[other]);
}

static enum comity_status part_cluster(struct bundling *b, const struct sort_item *members, size_t n)
{
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < n; i++) {
        uint32_t line = members[i].payload;
        if (!is_line(b, line))
            continue;
        for (size_t j = 0; j < n && status == COMITY_OK; j++)
            if (is_whole_of(b, line, members[j].payload))
                status = add_lines(b, line, members[j].payload);
    }
    return status;
}

static enum comity_status part_all(struct bundling *b)
{
    enum comity_status status = COMITY_OK;
    size_t n = b->frame->n;
    for (uint32_t p = 0; p < n; p++)
        b->members[p] = (struct sort_item){b->cluster[p], p};
    sort_items(b->members, n);
    for (uint32_t i = (uint32_t)n; i-- > 0;)
        b->of_cluster[b->members[i].key] = i;
    for (size_t i = 0, j; i < n && status == COMITY_OK; i = j) {
        for (j = i + 1; j < n && b->members[j].key == b->members[i].key; j++) {
        }
        if (j - i > 1)
            status = part_cluster(b, &b->members[i], j - i);
    }
    return status;
}

static int by_whole(const void *left, const void *right)
{
    const struct position_pair *a = left, *b = right;
    if (a->b != b->b)
        return a->b < b->b ? -1 : 1;
    if (a->a != b->a)
        return a->a < b->a ? -1 : 1;
    return (int)a->part - (int)b->part;
}

/* What was found before and what is found now, each once. */
static enum comity_status keep_lines(struct bundling *b, struct parts_known *known, struct arena *arena)
{
    qsort(b->lines, b->n_lines, sizeof *b->lines, by_whole);
    known->lines = ARENA_ARRAY(arena, struct position_pair, b->n_lines + 1);
    known->n_lines = 0;
    if (!known->lines)
        return COMITY_NOMEM;
    for (size_t i = 0; i < b->n_lines; i++)
        if (i == 0 || b->lines[i - 1].a != b->lines[i].a || b->lines[i - 1].b != b->lines[i].b)
            known->lines[known->n_lines++] = b->lines[i];
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < known->n_lines && status == COMITY_OK; i++)
        status = keep_apart(b, known->lines[i].a, known->lines[i].b, known->lines[i].part);
    return status;
}

/* `known` lines stand first. */
static bool begin(struct bundling *b, const struct position_pair *known, size_t n_known)
{
    size_t n = b->frame->n + 1, n_sources = b->frame->mentions->n_sources + 1;
    b->room_lines = n_known + 1;
    b->lines = malloc(b->room_lines * sizeof *b->lines);
    b->rows = malloc(n * sizeof *b->rows);
    b->members = malloc(n * sizeof *b->members);
    b->first = calloc(n, sizeof *b->first);
    b->last = calloc(n, sizeof *b->last);
    b->of_cluster = calloc(n, sizeof *b->of_cluster);
    b->is_wanted = calloc(n_sources, sizeof *b->is_wanted);
    b->enough = calloc(n_sources, sizeof *b->enough);
    b->n_today = calloc(n_sources, sizeof *b->n_today);
    b->n_bundles = calloc(n_sources, sizeof *b->n_bundles);
    b->n_found = calloc(n_sources, sizeof *b->n_found);
    b->n_totals = calloc(n_sources, sizeof *b->n_totals);
    for (; b->lines && b->n_lines < n_known; b->n_lines++)
        b->lines[b->n_lines] = known[b->n_lines];
    return b->lines && b->rows && b->members && b->first && b->last && b->of_cluster && b->is_wanted && b->enough &&
           b->n_today && b->n_bundles && b->n_found && b->n_totals;
}

static void end(struct bundling *b)
{
    free(b->lines);
    free(b->rows);
    free(b->members);
    free(b->first);
    free(b->last);
    free(b->of_cluster);
    free(b->is_wanted);
    free(b->enough);
    free(b->n_today);
    free(b->n_bundles);
    free(b->n_found);
    free(b->n_totals);
}

enum comity_status lines_part(const struct frame *frame, const uint32_t *cluster, const uint8_t *role,
    struct parts_known *known, struct arena *arena, struct parts_found *found)
{
    struct bundling b = {.frame = frame, .cluster = cluster, .role = role, .found = found};
    enum comity_status status = begin(&b, known->lines, known->n_lines) ? COMITY_OK : COMITY_NOMEM;
    if (status == COMITY_OK && want_sources(&b))
        find_bundles(&b);
    if (status == COMITY_OK && is_any_of_lines(&b)) {
        status = part_bundles(&b, find_all_bundles(&b));
        if (status == COMITY_OK)
            status = part_all(&b);
    }
    if (status == COMITY_OK)
        status = keep_lines(&b, known, arena);
    end(&b);
    return status;
}
