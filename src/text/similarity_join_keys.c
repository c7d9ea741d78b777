/* Deletion neighbourhoods: two texts that share all but a few letters leave the same key when the right letters are
 * taken out of both. A key is a hash of the letters that stay: of the letters alone where Jaro-Winkler counts, since
 * its matches may stand in another order, with the letters in front where only such a prefix makes good what is
 * missing; and of the letters in their order for edits. Keys that are equal by accident bring pairs that are compared
 * in vain, never a wrong one.
 *
 * All keys of one kind and size are a piece, or several by slices of the keys, so that memory stays bounded. A pair may
 * meet in several keys and kinds: it is thinned out in the piece, and at the end.
 */
#include "base/array.h"
#include "base/hash.h"
#include "text/similarity_plan.h"

enum { BUCKET_BITS = 16, N_BUCKETS = 1 << BUCKET_BITS, MOST_KEYS = SIMILARITY_WORD * (SIMILARITY_WORD + 1) / 2 };

struct entry {
    uint64_t key;
    uint32_t position, group;
};

/* Of one text: see order_set. */
struct order {
    uint64_t before[SIMILARITY_MOST + 1], power[SIMILARITY_MOST + 1];
};

struct keys_work {
    struct join_run *run;
    struct join_piece *piece;
    struct entry *entries;
    size_t *bucket_end; /* first where a bucket begins, then where it ends */
    uint64_t *keys;     /* of one text: room for SIMILARITY_MOST or MOST_KEYS */
    struct order order;
    struct similarity_query query;
    const struct plan_pair *plan; /* of the two groups last asked for, or null */
    uint32_t group, other;
};

uint64_t join_keys_most(size_t len, size_t cut, unsigned kind)
{
    if (cut < 2)
        return cut ? len : 1;
    return kind == KEY_OF_ORDER ? (uint64_t)len * (len - 1) / 2 : (uint64_t)len * (len + 1) / 2;
}

/* ---- keys of one text ------------------------------------------------------------------------------------------- */

/* Letters without order: each different letter once, with how often it stands. Returns how many. */
static size_t different_letters(struct symbols text, uint16_t *letters, bool *is_twice)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        size_t at = 0;
        while (at < n && letters[at] != symbol_at(text, i))
            at++;
        if (at < n) {
            is_twice[at] = true;
            continue;
        }
        letters[n] = symbol_at(text, i);
        is_twice[n++] = false;
    }
    return n;
}

static size_t keys_of_letters(struct symbols text, size_t cut, uint64_t *keys)
{
    uint16_t letters[SIMILARITY_MOST];
    bool is_twice[SIMILARITY_MOST];
    uint64_t all = 0;
    size_t n = 0, n_letters = different_letters(text, letters, is_twice);
    for (size_t i = 0; i < text.len; i++)
        all += hash_u64(symbol_at(text, i));
    if (cut == 0)
        keys[n++] = all;
    for (size_t i = 0; cut && i < n_letters; i++) {
        uint64_t without = all - hash_u64(letters[i]);
        if (cut == 1)
            keys[n++] = without;
        for (size_t j = is_twice[i] ? i : i + 1; cut == 2 && j < n_letters; j++)
            keys[n++] = without - hash_u64(letters[j]);
    }
    return n;
}

/* A polynomial of the symbols, so that the key of a text without some of them is put together from those of its parts:
 * a long text has thousands of such keys. */
static const uint64_t base = 0x9E3779B97F4A7C15u;

/* Of all beginnings of the text. */
static void order_set(struct order *order, struct symbols text)
{
    order->before[0] = 0;
    order->power[0] = 1;
    for (size_t at = 0; at < text.len; at++) {
        order->before[at + 1] = order->before[at] * base + symbol_at(text, at) + 1;
        order->power[at + 1] = order->power[at] * base;
    }
}

/* `key` with the places from `first` up to `end` behind it. */
static uint64_t order_append(const struct order *order, uint64_t key, size_t first, size_t end)
{
    return (key - order->before[first]) * order->power[end - first] + order->before[end];
}

/* Within a run of equal letters it does not matter which is taken out. */
static bool repeats(struct symbols text, size_t i)
{
    return i > 0 && symbol_at(text, i) == symbol_at(text, i - 1);
}

static size_t keys_of_order(struct order *order, struct symbols text, size_t cut, uint64_t *keys)
{
    size_t n = 0;
    order_set(order, text);
    if (cut == 0)
        keys[n++] = order->before[text.len];
    for (size_t i = 0; cut == 1 && i < text.len; i++)
        if (!repeats(text, i))
            keys[n++] = order_append(order, order->before[i], i + 1, text.len);
    for (size_t i = 0; cut == 2 && i < text.len; i++)
        for (size_t j = i + 1; j < text.len; j++) {
            uint64_t key = order_append(order, order->before[i], i + 1, j);
            keys[n++] = order_append(order, key, j + 1, text.len);
        }
    return n;
}

static size_t keys_of(struct keys_work *work, struct symbols text)
{
    size_t cut = text.len - work->piece->key_len, n_front = work->piece->kind, n;
    uint64_t seed = 0;
    if (n_front == KEY_OF_ORDER)
        n = keys_of_order(&work->order, text, cut, work->keys);
    else if (text.len < n_front)
        n = 0;
    else {
        struct symbols front = {.ptr = text.ptr, .len = n_front, .is_wide = text.is_wide};
        order_set(&work->order, front);
        seed = hash_u64(work->order.before[n_front]);
        n = keys_of_letters(text, cut, work->keys);
    }
    for (size_t i = 0; i < n; i++)
        work->keys[i] = hash_u64(work->keys[i] ^ seed);
    return n;
}

/* ---- all keys of a piece ---------------------------------------------------------------------------------------- */

static bool takes_part(const struct keys_work *work, const struct plan_pair *plan)
{
    return plan->has_keys && plan->key_len[work->piece->kind] == work->piece->key_len;
}

static bool group_takes_part(const struct keys_work *work, uint32_t group)
{
    const struct join_run *run = work->run;
    for (size_t i = 0; i < run->n_plan; i++)
        if (takes_part(work, &run->plan[i]) && (run->plan[i].group == group || run->plan[i].other == group))
            return true;
    return false;
}

static size_t bucket_of(uint64_t key)
{
    return key >> (64 - BUCKET_BITS);
}

/* First only counts what falls into each bucket, then, when there are entries, puts it there. */
static void take_keys(struct keys_work *work, uint32_t group, uint32_t position)
{
    const struct join_piece *piece = work->piece;
    size_t n = keys_of(work, work->run->texts[work->run->pack->order[position]]);
    for (size_t i = 0; i < n; i++) {
        uint64_t key = work->keys[i];
        if ((uint32_t)key % piece->n_slices != piece->slice)
            continue;
        size_t at = work->bucket_end[bucket_of(key)]++;
        if (work->entries)
            work->entries[at] = (struct entry){key, position, group};
    }
}

static void take_all_keys(struct keys_work *work)
{
    const struct join_run *run = work->run;
    for (uint32_t g = 0; g < run->n_groups; g++)
        if (group_takes_part(work, g))
            for (uint32_t i = 0; i < run->groups[g].n; i++)
                take_keys(work, g, run->groups[g].first + i);
}

static size_t begin_buckets(struct keys_work *work)
{
    size_t total = 0;
    for (size_t i = 0; i < N_BUCKETS; i++) {
        size_t n = work->bucket_end[i];
        work->bucket_end[i] = total;
        total += n;
    }
    return total;
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->position > y->position) - (x->position < y->position);
}

static bool collect_keys(struct keys_work *work, size_t *n_keys)
{
    take_all_keys(work);
    *n_keys = begin_buckets(work);
    work->entries = malloc((*n_keys + 1) * sizeof *work->entries);
    if (!work->entries)
        return false;
    take_all_keys(work);
    for (size_t i = 0, begin = 0; i < N_BUCKETS; begin = work->bucket_end[i++])
        if (work->bucket_end[i] > begin + 1)
            qsort(work->entries + begin, work->bucket_end[i] - begin, sizeof *work->entries, compare_entries);
    return true;
}

/* ---- pairs that meet -------------------------------------------------------------------------------------------- */

static int compare_pairs(const void *a, const void *b)
{
    const struct similarity_pair *x = a, *y = b;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return (x->b > y->b) - (x->b < y->b);
}

static void thin_out(struct join_piece *piece)
{
    size_t n = 0;
    if (piece->n_pairs)
        qsort(piece->pairs, piece->n_pairs, sizeof *piece->pairs, compare_pairs);
    for (size_t i = 0; i < piece->n_pairs; i++)
        if (n == 0 || compare_pairs(&piece->pairs[n - 1], &piece->pairs[i]) != 0)
            piece->pairs[n++] = piece->pairs[i];
    piece->n_pairs = n;
}

/* Before the room grows, pairs that stand twice go. Where that leaves little room, it grows, so that
 * sorting stays amortised. */
static enum comity_status keep_pair(struct keys_work *work, uint32_t x, uint32_t y, struct similarity_pair pair)
{
    struct join_piece *piece = work->piece;
    if (piece->n_pairs == piece->room) {
        thin_out(piece);
        if (piece->n_pairs > piece->room / 2 && !ARRAY_ROOM(piece->pairs, piece->n_pairs, piece->room, piece->room + 1))
            return COMITY_NOMEM;
    }
    return plan_found(work->run, piece, x, y, pair);
}

static const struct plan_pair *plan_of(struct keys_work *work, uint32_t group, uint32_t other)
{
    uint32_t low = group < other ? group : other, high = group < other ? other : group;
    if (work->group != low || work->other != high) {
        work->plan = plan_find(work->run, low, high);
        if (work->plan && !takes_part(work, work->plan))
            work->plan = NULL;
        work->group = low;
        work->other = high;
    }
    return work->plan;
}

static struct symbols text_at(const struct keys_work *work, const struct entry *entry)
{
    return work->run->texts[work->run->pack->order[entry->position]];
}

static enum comity_status compare_with_rest(struct keys_work *work, const struct entry *entry, size_t n_rest)
{
    enum comity_status status = COMITY_OK;
    bool is_set = false;
    for (size_t i = 1; !status && i <= n_rest; i++) {
        struct similarity_pair pair;
        const struct plan_pair *plan = plan_of(work, entry->group, entry[i].group);
        /* A text may leave one key in two ways. */
        if (!plan || entry[i].position == entry->position)
            continue;
        if (!is_set)
            similarity_query_set(&work->query, text_at(work, entry));
        is_set = true;
        if (plan_is_alike(plan, work->run->level.least_alike, &work->query, text_at(work, &entry[i]), &pair))
            status = keep_pair(work, entry->position, entry[i].position, pair);
    }
    return status;
}

static size_t run_length(const struct entry *entries, size_t n)
{
    size_t len = 1;
    while (len < n && entries[len].key == entries[0].key)
        len++;
    return len;
}

/* What it will cost is known before anything is compared. */
static enum comity_status spend_on_keys(struct keys_work *work, size_t n_keys)
{
    uint64_t n_meetings = 0;
    for (size_t at = 0, len; at < n_keys; at += len) {
        len = run_length(work->entries + at, n_keys - at);
        n_meetings += (uint64_t)len * (len - 1) / 2;
    }
    return plan_spend(work->run, n_keys + n_meetings, KEY_PRICE);
}

static enum comity_status compare_meetings(struct keys_work *work, size_t n_keys)
{
    enum comity_status status = spend_on_keys(work, n_keys);
    for (size_t at = 0, len; !status && at < n_keys; at += len) {
        len = run_length(work->entries + at, n_keys - at);
        for (size_t i = 0; !status && i + 1 < len; i++)
            status = compare_with_rest(work, &work->entries[at + i], len - i - 1);
    }
    thin_out(work->piece);
    return status;
}

enum comity_status join_keys_piece(struct join_run *run, struct join_piece *piece)
{
    size_t n_keys = 0;
    struct keys_work work = {.run = run,
        .piece = piece,
        .group = UINT32_MAX,
        .bucket_end = calloc(N_BUCKETS, sizeof *work.bucket_end),
        .keys = malloc(MOST_KEYS * sizeof *work.keys)};
    enum comity_status status = COMITY_NOMEM;
    if (work.bucket_end && work.keys && collect_keys(&work, &n_keys))
        status = compare_meetings(&work, n_keys);
    free(work.entries);
    free(work.bucket_end);
    free(work.keys);
    return status;
}
