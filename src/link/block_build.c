/* Rules that share all their parts share a sort. Most of it is done country by country, whose positions stand together
 * and in the order of days: what is sorted at once is small, and so are the places that are written to. Rules without
 * a country are split likewise, by values: a place that one country tells of is that country's; what several tell of is
 * sorted apart, which is little. */
#include "link/block.h"

#include "base/parallel.h"
#include "link/sharing.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 512 };

#define SHARED UINT32_MAX /* of more than one country; else its number + 1 in frame->countries */

/* Slots whose blocks are the same before any is split. */
struct partition {
    unsigned n_slots, slots[BLOCK_MOST_RULES];
    unsigned n_parts, parts[BLOCK_MOST_PARTS], which; /* but for the country */
    bool is_by_country, needs_day;
    struct sharing sharing;
    uint32_t *home;  /* by number of the first part: the country that has all of it, or SHARED; null: all SHARED */
    size_t n_shared; /* positions */
};

/* Numbers of values, by code. */
struct table {
    unsigned part, which;
    uint32_t *ranks, most;
};
enum { MOST_TABLES = 4 };

struct outcome {
    uint64_t n_pairs, n_cut_blocks;
};

/* Memory that the next piece works in as well: the greatest come first. */
struct room {
    struct room *next;
    size_t n;
    uint64_t numbers[];
};

struct building {
    struct blocking *blocking;
    struct sharing_part group, day;
    struct table tables[MOST_TABLES];
    struct partition partitions[BLOCK_MOST_SLOTS];
    unsigned n_partitions;
    struct outcome *outcomes; /* what is shared, then by country; × slot */
    pthread_mutex_t lock;
    struct room *rooms; /* that nobody works in; under the lock */
};

/* ---- what is shared ---------------------------------------------------------------------------------------------- */

static enum comity_status make_table(void *context, size_t number)
{
    struct building *work = context;
    const struct frame *frame = work->blocking->frame;
    struct table *table = &work->tables[number];
    int comparison = block_comparison(frame, table->part);
    if (comparison < 0)
        return COMITY_OK;
    size_t n = frame->mentions->columns[frame->comparisons[comparison].field].n_values;
    struct sort_item *items = malloc((n + 1) * sizeof *items);
    table->ranks = malloc((n + 1) * sizeof *table->ranks);
    bool is_ready = items && table->ranks;
    for (uint32_t code = 0; is_ready && code < n; code++)
        items[code] =
            (struct sort_item){block_value_key(table->part, table->which, &frame->prepared[comparison][code]), code};
    if (is_ready)
        table->most = sort_ranks(items, n, table->ranks);
    free(items);
    return is_ready ? COMITY_OK : COMITY_NOMEM;
}

static struct sharing_part part_of(const struct building *work, unsigned part, unsigned which)
{
    const struct frame *frame = work->blocking->frame;
    int comparison = block_comparison(frame, part);
    if (part == BLOCK_GROUP)
        return work->group;
    if (part == BLOCK_DAY)
        return work->day;
    struct sharing_part out = sharing_part_value(frame, (unsigned)comparison);
    for (unsigned t = 0; t < MOST_TABLES; t++)
        if (work->tables[t].part == part && (part != BLOCK_AMOUNT || work->tables[t].which == which)) {
            out.ranks = work->tables[t].ranks;
            out.most = work->tables[t].most;
        }
    return out;
}

static struct partition partition_of(const struct block_rule *rule, unsigned which)
{
    struct partition out = {.needs_day = rule->window_days >= 0};
    for (unsigned i = 0; i < rule->n_parts; i++) {
        if (rule->parts[i] == BLOCK_COUNTRY) {
            out.is_by_country = true;
            continue;
        }
        out.parts[out.n_parts++] = rule->parts[i];
        out.which = rule->parts[i] == BLOCK_AMOUNT ? which : out.which;
    }
    return out;
}

static bool is_same(const struct partition *a, const struct partition *b)
{
    return a->n_parts == b->n_parts && a->which == b->which && a->is_by_country == b->is_by_country &&
           a->needs_day == b->needs_day && !memcmp(a->parts, b->parts, sizeof a->parts);
}

static void add_slot(struct building *work, unsigned slot)
{
    const struct block_rule *rule = &work->blocking->rules[work->blocking->slots[slot].rule];
    struct partition new = partition_of(rule, slot - rule->first_slot);
    unsigned at = 0;
    while (at < work->n_partitions && !is_same(&work->partitions[at], &new))
        at++;
    struct partition *partition = &work->partitions[at];
    if (at == work->n_partitions) {
        struct sharing_part parts[BLOCK_MOST_PARTS];
        for (unsigned i = 0; i < new.n_parts; i++)
            parts[i] = part_of(work, new.parts[i], new.which);
        *partition = new;
        sharing_init(work->blocking->frame, parts, new.n_parts, &partition->sharing);
        work->n_partitions++;
    }
    partition->slots[partition->n_slots++] = slot;
}

/* ---- whose values are ----------------------------------------------------------------------------------------------
 */

/* Where the values of a partition without a country are told. */
static enum comity_status find_home(void *context, size_t number)
{
    struct building *work = context;
    struct partition *partition = &work->partitions[number];
    const struct frame *frame = work->blocking->frame;
    const struct sharing_part *part = &partition->sharing.parts[0];
    if (partition->is_by_country)
        return COMITY_OK;
    partition->n_shared = frame->n;
    if (part->kind != SHARING_VALUE)
        return COMITY_OK;
    uint32_t *home = partition->home = calloc((size_t)part->most + 1, sizeof *home);
    if (!home)
        return COMITY_NOMEM;
    for (uint32_t r = 0; r < frame->n_countries; r++)
        for (size_t p = frame->countries[r].begin; p < frame->countries[r].end; p++) {
            uint32_t *of = &home[sharing_number(frame, part, p)];
            *of = !*of || *of == r + 1 ? r + 1 : SHARED;
        }
    home[0] = 0;
    partition->n_shared = 0;
    for (size_t p = 0; p < frame->n; p++)
        partition->n_shared += home[sharing_number(frame, part, p)] == SHARED;
    return COMITY_OK;
}

/* ---- one country of one partition ---------------------------------------------------------------------------------
 */

struct days {
    int32_t first, last;
};

struct filling {
    const struct building *work;
    const struct partition *partition;
    struct outcome *outcomes;            /* by slot */
    uint64_t *items, *scratch;           /* of struct sharing */
    uint64_t *cut;                       /* items of the block that is split */
    struct days *days;                   /* of the block whose pairs are counted; where the scratch is */
    uint32_t n_blocks[BLOCK_MOST_SLOTS]; /* number of the next one */
};

static uint32_t position_of(uint64_t item)
{
    return (uint32_t)item;
}

/* Of those listed, what is of the owner (a country, or SHARED). */
static size_t keep_own(const struct partition *partition, uint32_t owner, uint64_t *items, size_t n)
{
    const struct frame *frame = partition->sharing.frame;
    const struct sharing_part *part = &partition->sharing.parts[0];
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t p = position_of(items[i]),
                 home = partition->home ? partition->home[sharing_number(frame, part, p)] : SHARED;
        if (home == owner && !(partition->needs_day && frame->first[p] == NO_DAY))
            items[kept++] = items[i];
    }
    return kept;
}

/* In batches, since there is room only for what is kept. */
static size_t list_own(struct filling *f, uint32_t owner, size_t begin, size_t end)
{
    uint64_t batch[BATCH];
    size_t n = 0;
    for (size_t p = begin; p < end; p += BATCH) {
        size_t listed = sharing_list(&f->partition->sharing, p, p + BATCH < end ? p + BATCH : end, batch);
        listed = keep_own(f->partition, owner, batch, listed);
        memcpy(&f->items[n], batch, listed * sizeof *batch);
        n += listed;
    }
    return n;
}

/* Pairs within a block that keep the window. */
static uint64_t count_pairs(struct filling *f, int32_t window, const uint64_t *items, size_t n)
{
    const int32_t *first = f->work->blocking->frame->first, *last = f->work->blocking->frame->last;
    struct days *days = f->days;
    uint64_t pairs = 0;
    if (window < 0 || (int64_t)first[position_of(items[n - 1])] - first[position_of(items[0])] <= window)
        return (uint64_t)n * (n - 1) / 2;
    for (size_t i = 0; i < n; i++)
        days[i] = (struct days){first[position_of(items[i])], last[position_of(items[i])]};
    for (size_t i = 0, j = 0; i < n; i++) {
        int64_t until = (int64_t)days[i].last + window;
        if (j < i)
            j = i;
        while (j + 1 < n && days[j + 1].first <= until)
            j++;
        while (j > i && days[j].first > until)
            j--;
        pairs += j - i;
    }
    return pairs;
}

/* The members, in the order of days, each with the one behind it. */
static void chain_block(struct filling *f, unsigned s, const uint64_t *items, size_t n)
{
    const struct blocking *blocking = f->work->blocking;
    const struct frame *frame = blocking->frame;
    int32_t window = blocking->rules[blocking->slots[s].rule].window_days;
    int64_t last = INT64_MIN / 2;
    for (size_t i = 0; i < n; i++) {
        uint32_t p = position_of(items[i]), next = i + 1 < n ? position_of(items[i + 1]) + 1 : 0;
        uint32_t *row = &blocking->rows[(size_t)p * blocking->row_words];
        last = frame->last[p] > last ? frame->last[p] : last;
        row[s] = f->n_blocks[s];
        row[blocking->next_at + s] = next && (window < 0 || frame->first[next - 1] <= last + window) ? next : 0;
    }
    f->n_blocks[s]++;
}

/* By a further part; in the order in which they were. */
static void split_block(struct filling *f, unsigned part, uint64_t *items, size_t n)
{
    const struct sharing_part by = part_of(f->work, part, 0);
    for (size_t i = 0; i < n; i++) {
        uint32_t p = position_of(items[i]);
        items[i] = (uint64_t)sharing_number(f->work->blocking->frame, &by, p) << 32 | p;
    }
    sort_uppers(items, f->scratch, n);
}

/* Keeps a block, or leaves it out, or splits it and does the same to what it is split into. `items` may be changed when
 * it was split before. */
static void settle_block(struct filling *f, unsigned s, unsigned n_split, uint64_t *items, size_t n)
{
    const struct block_rule *rule = &f->work->blocking->rules[f->work->blocking->slots[s].rule];
    uint64_t n_pairs = n > 1 ? count_pairs(f, rule->window_days, items, n) : 0;
    if (!n_pairs)
        return;
    if (!block_is_dense(rule, n_split, n_pairs, n)) {
        f->outcomes[s].n_pairs += n_pairs;
        chain_block(f, s, items, n);
        return;
    }
    f->outcomes[s].n_cut_blocks++;
    if (n_split == rule->n_splits)
        return;
    if (!n_split)
        items = memcpy(f->cut, items, n * sizeof *items);
    split_block(f, rule->splits[n_split], items, n);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && items[end] >> 32 == items[i] >> 32; end++) {
        }
        settle_block(f, s, n_split + 1, &items[i], end - i);
    }
}

/* Of several countries: positions are in their order, not yet in that of days. */
static void order_days(struct filling *f, uint64_t *items, size_t n)
{
    for (size_t i = 0; i < n; i++)
        items[i] = block_day_item(f->work->blocking->frame, position_of(items[i]));
    sort_uppers(items, f->scratch, n);
}

static void settle_blocks(struct filling *f, size_t n, bool is_shared)
{
    const struct partition *partition = f->partition;
    for (size_t i = 0, end; i < n; i = end) {
        end = sharing_end(&partition->sharing, f->items, i, n);
        if (end - i == 1)
            continue;
        if (is_shared)
            order_days(f, &f->items[i], end - i);
        for (unsigned k = 0; k < partition->n_slots; k++)
            settle_block(f, partition->slots[k], 0, &f->items[i], end - i);
    }
}

static struct room *take_room(struct building *work, size_t n)
{
    pthread_mutex_lock(&work->lock);
    struct room *room = work->rooms;
    if (room)
        work->rooms = room->next;
    pthread_mutex_unlock(&work->lock);
    if (room && room->n >= n)
        return room;
    free(room);
    room = malloc(sizeof *room + n * sizeof *room->numbers);
    if (room)
        room->n = n;
    return room;
}

static void give_room(struct building *work, struct room *room)
{
    pthread_mutex_lock(&work->lock);
    room->next = work->rooms;
    work->rooms = room;
    pthread_mutex_unlock(&work->lock);
}

static size_t list_items(struct filling *f, uint32_t number, size_t begin, size_t end)
{
    const struct partition *partition = f->partition;
    const struct frame *frame = f->work->blocking->frame;
    if (!partition->is_by_country)
        return list_own(f, number, begin, end);
    /* In a country those without a day stand first. */
    while (partition->needs_day && begin < end && frame->first[begin] == NO_DAY)
        begin++;
    return sharing_list(&partition->sharing, begin, end, f->items);
}

/* A partition of a country; before all of them what is shared, since it may be most. */
static enum comity_status fill_piece(void *context, size_t piece)
{
    struct building *work = context;
    const struct frame *frame = work->blocking->frame;
    const struct partition *partition = &work->partitions[piece % work->n_partitions];
    size_t number = piece / work->n_partitions;
    bool is_shared = number == 0;
    struct frame_country of = is_shared ? (struct frame_country){0, frame->n} : frame->countries[number - 1];
    size_t most = is_shared ? partition->n_shared : of.end - of.begin;
    struct filling f = {.work = work, .partition = partition, .outcomes = &work->outcomes[number * BLOCK_MOST_SLOTS]};
    if (!most)
        return COMITY_OK;
    for (unsigned k = 0; k < partition->n_slots; k++)
        f.n_blocks[partition->slots[k]] = 1 + (uint32_t)(is_shared ? frame->n : of.begin);
    struct room *room = take_room(work, 3 * most);
    if (!room)
        return COMITY_NOMEM;
    f.items = room->numbers;
    f.scratch = f.items + most;
    f.cut = f.scratch + most;
    f.days = (void *)f.scratch;
    size_t n = list_items(&f, is_shared ? SHARED : (uint32_t)number, of.begin, of.end);
    sharing_sort(&partition->sharing, f.items, f.scratch, n);
    settle_blocks(&f, n, is_shared);
    give_room(work, room);
    return COMITY_OK;
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static bool list_windows(struct blocking *blocking)
{
    for (unsigned r = 0; r < blocking->n_rules; r++)
        if (blocking->rules[r].window_days > blocking->most_days)
            blocking->most_days = blocking->rules[r].window_days;
    blocking->near = calloc((size_t)blocking->most_days + 2, sizeof *blocking->near);
    for (int32_t days = 0; blocking->near && days <= blocking->most_days + 1; days++)
        for (unsigned s = 0; s < blocking->n_slots; s++) {
            int32_t window = blocking->rules[blocking->slots[s].rule].window_days;
            if (window < 0 || days <= window)
                blocking->near[days] |= UINT32_C(1) << s;
        }
    return blocking->near != NULL;
}

enum { LINE_WORDS = 16 };

static unsigned whole_lines(unsigned words)
{
    return (words + LINE_WORDS - 1) / LINE_WORDS * LINE_WORDS;
}

static bool allocate(struct blocking *blocking)
{
    enum { DAYS = 2 };
    const struct frame *frame = blocking->frame;
    blocking->stride = (blocking->n_slots + 3) / 4 * 4;
    blocking->next_at = blocking->stride + DAYS;
    if (blocking->next_at + blocking->n_slots > LINE_WORDS)
        blocking->next_at = whole_lines(blocking->next_at);
    blocking->row_words = whole_lines(blocking->next_at + blocking->n_slots);
    blocking->n_pieces = (frame->n + BLOCK_PIECE - 1) / BLOCK_PIECE;
    blocking->memory = malloc((frame->n * blocking->row_words + LINE_WORDS) * sizeof *blocking->memory);
    if (!blocking->memory)
        return false;
    size_t beyond = (uintptr_t)blocking->memory % (LINE_WORDS * sizeof *blocking->rows) / sizeof *blocking->rows;
    blocking->rows = blocking->memory + (LINE_WORDS - beyond) % LINE_WORDS;
    return list_windows(blocking);
}

static enum comity_status clear_rows(void *context, size_t piece)
{
    const struct blocking *blocking = context;
    const struct frame *frame = blocking->frame;
    size_t begin = piece * BLOCK_PIECE, end = begin + BLOCK_PIECE < frame->n ? begin + BLOCK_PIECE : frame->n;
    memset(
        &blocking->rows[begin * blocking->row_words], 0, (end - begin) * blocking->row_words * sizeof *blocking->rows);
    for (size_t p = begin; p < end; p++) {
        blocking->rows[p * blocking->row_words + blocking->stride] = (uint32_t)frame->first[p];
        blocking->rows[p * blocking->row_words + blocking->stride + 1] = (uint32_t)frame->last[p];
    }
    return COMITY_OK;
}

static enum comity_status make_partitions(struct building *work, unsigned threads)
{
    static const struct table tables[MOST_TABLES] = {
        {.part = BLOCK_AMOUNT}, {.part = BLOCK_AMOUNT, .which = 1}, {.part = BLOCK_PLACE}, {.part = BLOCK_AREA}};
    struct blocking *blocking = work->blocking;
    memcpy(work->tables, tables, sizeof tables);
    work->group = sharing_part_group(blocking->frame);
    work->day = sharing_part_day(blocking->frame);
    work->outcomes = calloc((blocking->frame->n_countries + 1) * BLOCK_MOST_SLOTS, sizeof *work->outcomes);
    enum comity_status status = work->outcomes ? COMITY_OK : COMITY_NOMEM;
    if (status == COMITY_OK)
        status = parallel_run(MOST_TABLES, threads, make_table, work);
    for (unsigned s = 0; status == COMITY_OK && s < blocking->n_slots; s++)
        add_slot(work, s);
    return status == COMITY_OK ? parallel_run(work->n_partitions, threads, find_home, work) : status;
}

static void add_up(struct building *work)
{
    struct blocking *blocking = work->blocking;
    for (size_t r = 0; r <= work->blocking->frame->n_countries; r++)
        for (unsigned s = 0; s < blocking->n_slots; s++) {
            struct block_rule *rule = &blocking->rules[blocking->slots[s].rule];
            rule->n_pairs += work->outcomes[r * BLOCK_MOST_SLOTS + s].n_pairs;
            rule->n_cut_blocks += work->outcomes[r * BLOCK_MOST_SLOTS + s].n_cut_blocks;
        }
}

enum comity_status blocking_build(const struct frame *frame, unsigned threads, struct blocking *out)
{
    struct building work = {.blocking = out};
    blocking_rules(frame, out);
    enum comity_status status = allocate(out) ? make_partitions(&work, threads) : COMITY_NOMEM;
    if (status == COMITY_OK)
        status = parallel_run(out->n_pieces, threads, clear_rows, out);
    pthread_mutex_init(&work.lock, NULL);
    if (status == COMITY_OK)
        status = parallel_run((frame->n_countries + 1) * work.n_partitions, threads, fill_piece, &work);
    pthread_mutex_destroy(&work.lock);
    if (status == COMITY_OK)
        add_up(&work);
    for (struct room *room = work.rooms, *next; room; room = next) {
        next = room->next;
        free(room);
    }
    for (unsigned t = 0; t < MOST_TABLES; t++)
        free(work.tables[t].ranks);
    for (unsigned i = 0; i < work.n_partitions; i++)
        free(work.partitions[i].home);
    free(work.outcomes);
    return status;
}
