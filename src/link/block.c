/* Rules from roles; keys by hashing parts; blocks by sorting keys. */
#include "link/block.h"

#include "base/array.h"
#include "base/hash.h"
#include "base/parallel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { PIECE_POSITIONS = 2048 };

uint64_t block_part_key(const struct frame *frame, unsigned part, unsigned which, size_t p)
{
    switch (part) {
    case BLOCK_COUNTRY:
        return frame->country[p] + 1u;
    case BLOCK_DAY:
        return frame->first[p] != NO_DAY && frame->first[p] == frame->last[p] ? hash_u64((uint32_t)frame->first[p]) : 0;
    case BLOCK_GROUP:
        return frame->group[p];
    case BLOCK_AREA:
        return frame->where < 0 ? 0 : frame_value(frame, (unsigned)frame->where, p)->place.subdivision;
    case BLOCK_PLACE: {
        const struct prepared *place = frame_value(frame, (unsigned)frame->where, p);
        return place_is_point(&place->place) || place->place.name ? place->canon : 0;
    }
    case BLOCK_AMOUNT: {
        const struct prepared *value = frame_value(frame, (unsigned)frame->amount, p);
        if (!value->canon || value->amount.base <= 0)
            return 0;
        double bin = floor(log(value->amount.base) / log(1.25) + 0.5 * which);
        return hash_u64((uint64_t)(int64_t)bin ^ ((uint64_t)value->amount.dimension << 32) ^ ((uint64_t)which << 62));
    }
    default:
        return frame_value(frame, part - BLOCK_VALUE, p)->canon;
    }
}

void block_part_name(const struct frame *frame, unsigned part, char *text, size_t size)
{
    static const char *const names[] = {
        "country", "day", "concept group", "subdivision", "place", "amount within 12 %"};
    if (part < BLOCK_VALUE) {
        snprintf(text, size, "%s", names[part]);
        return;
    }
    const struct domain *domain = frame->mentions->domain;
    snprintf(text, size, "%.*s", SLICE_ARG(domain->fields[frame->comparisons[part - BLOCK_VALUE].field].id));
}

bool block_in_window(const struct frame *frame, int32_t days, size_t a, size_t b)
{
    if (days < 0)
        return true;
    if (frame->first[a] == NO_DAY || frame->first[b] == NO_DAY)
        return false;
    return (int64_t)frame->first[b] - frame->last[a] <= days && (int64_t)frame->first[a] - frame->last[b] <= days;
}

static struct block_rule *add_rule(
    struct blocking *blocking, const unsigned *parts, unsigned n_parts, int32_t window_days, double most_partners)
{
    if (blocking->n_rules == BLOCK_MOST_RULES)
        return NULL;
    struct block_rule *rule = &blocking->rules[blocking->n_rules];
    *rule = (struct block_rule){
        .n_parts = n_parts, .window_days = window_days, .most_partners = most_partners, .n_slots = 1};
    size_t at = 0;
    for (unsigned i = 0; i < n_parts; i++) {
        char part[48];
        rule->parts[i] = parts[i];
        if (parts[i] == BLOCK_AMOUNT)
            rule->n_slots = 2;
        block_part_name(blocking->frame, parts[i], part, sizeof part);
        at += (size_t)snprintf(rule->name + at, sizeof rule->name - at, "%s%s", i ? ", " : "", part);
    }
    if (window_days > 0 && at < sizeof rule->name)
        snprintf(rule->name + at, sizeof rule->name - at, ", %d days", (int)window_days);
    if (blocking->n_slots + rule->n_slots > BLOCK_MOST_SLOTS)
        return NULL;
    rule->first_slot = blocking->n_slots;
    for (unsigned s = 0; s < rule->n_slots; s++)
        blocking->slots[blocking->n_slots++].rule = blocking->n_rules;
    blocking->n_rules++;
    return rule;
}

static void split_by(struct block_rule *rule, const struct frame *frame, unsigned first, unsigned second)
{
    if (!rule || frame->where < 0)
        return;
    rule->splits[rule->n_splits++] = first;
    if (second != first)
        rule->splits[rule->n_splits++] = second;
}

#define ADD_RULE(blocking, window, most, ...)                                                                          \
    add_rule((blocking), (const unsigned[]){__VA_ARGS__}, sizeof((const unsigned[]){__VA_ARGS__}) / sizeof(unsigned),  \
        (window), (most))

static void rules_of_events(const struct frame *frame, struct blocking *out)
{
    if (frame->what >= 0)
        split_by(ADD_RULE(out, 0, 60, BLOCK_COUNTRY, BLOCK_DAY, BLOCK_GROUP), frame, BLOCK_AREA, BLOCK_PLACE);
    if (frame->amount >= 0 && frame->what >= 0) {
        split_by(ADD_RULE(out, 31, 60, BLOCK_COUNTRY, BLOCK_GROUP, BLOCK_AMOUNT), frame, BLOCK_AREA, BLOCK_PLACE);
        ADD_RULE(out, 400, 3, BLOCK_COUNTRY, BLOCK_GROUP, BLOCK_VALUE + (unsigned)frame->amount);
    }
    if (frame->where >= 0 && frame->what >= 0)
        split_by(ADD_RULE(out, 7, 20, BLOCK_PLACE, BLOCK_GROUP), frame, BLOCK_DAY, BLOCK_DAY);
    if (frame->where >= 0 && frame->what >= 0)
        split_by(ADD_RULE(out, 5, 20, BLOCK_COUNTRY, BLOCK_AREA, BLOCK_GROUP), frame, BLOCK_DAY, BLOCK_DAY);
    /* Late reports without an amount, or of an amount that the other does not tell: only where few could be meant. */
    if (frame->where >= 0 && frame->what >= 0) {
        ADD_RULE(out, 30, 12, BLOCK_PLACE, BLOCK_GROUP);
        ADD_RULE(out, 30, 12, BLOCK_COUNTRY, BLOCK_AREA, BLOCK_GROUP);
    }
    if (frame->amount >= 0)
        split_by(ADD_RULE(out, 3, 20, BLOCK_COUNTRY, BLOCK_AMOUNT), frame, BLOCK_AREA, BLOCK_PLACE);
}

/* Subjects without dates of events: any two of names, dates, texts; identifiers alone. */
static void rules_of_things(const struct frame *frame, struct blocking *out)
{
    for (unsigned i = 0; i < frame->n_comparisons; i++)
        if (frame->comparisons[i].type == VALUE_IDENTIFIER)
            ADD_RULE(out, -1, 60, BLOCK_VALUE + i);
    if (frame->what >= 0 && frame->when >= 0)
        return;
    for (unsigned i = 0; i < frame->n_comparisons; i++)
        for (unsigned j = i + 1; j < frame->n_comparisons; j++) {
            enum value_type a = frame->comparisons[i].type, b = frame->comparisons[j].type;
            bool is_told_apart =
                a != VALUE_CATEGORY && b != VALUE_CATEGORY && a != VALUE_IDENTIFIER && b != VALUE_IDENTIFIER;
            if (is_told_apart)
                ADD_RULE(out, -1, 60, BLOCK_VALUE + i, BLOCK_VALUE + j);
        }
}

void blocking_rules(const struct frame *frame, struct blocking *out)
{
    *out = (struct blocking){.frame = frame};
    if (frame->when >= 0)
        rules_of_events(frame, out);
    rules_of_things(frame, out);
}

static uint64_t chain(uint64_t key, uint64_t part)
{
    key = hash_u64(key ^ part);
    return key ? key : 1;
}

uint64_t block_key_within(const struct frame *frame, uint64_t key, unsigned part, size_t p)
{
    return chain(key, block_part_key(frame, part, 0, p) + 0x7F);
}

uint64_t block_key(const struct frame *frame, const struct block_rule *rule, unsigned slot, size_t p)
{
    unsigned which = slot - rule->first_slot;
    uint64_t key = 0x51ED;
    for (unsigned i = 0; i < rule->n_parts; i++) {
        uint64_t part = block_part_key(frame, rule->parts[i], which, p);
        if (!part)
            return 0;
        key = chain(key, part);
    }
    return rule->window_days >= 0 && frame->first[p] == NO_DAY ? 0 : key;
}

static uint32_t position_of(
    const struct blocking *blocking, const struct block_slot *slot, const struct sort_item *item)
{
    return slot->is_by_country ? item->payload : blocking->by_day[item->payload];
}

/* Pairs within a block that keep the window. */
static uint64_t count_pairs(const struct blocking *blocking, const struct block_slot *slot, size_t begin, size_t end)
{
    int32_t window = blocking->rules[slot->rule].window_days;
    const int32_t *first = slot->is_by_country ? blocking->frame->first : blocking->first;
    const int32_t *last = slot->is_by_country ? blocking->frame->last : blocking->last;
    uint64_t n = end - begin, pairs = 0;
    if (window < 0)
        return n * (n - 1) / 2;
    for (size_t i = begin, j = begin; i < end; i++) {
        int64_t until = (int64_t)last[slot->items[i].payload] + window;
        if (j < i)
            j = i;
        while (j + 1 < end && first[slot->items[j + 1].payload] <= until)
            j++;
        while (j > i && first[slot->items[j].payload] > until)
            j--;
        pairs += j - i;
    }
    return pairs;
}

/* Splits each block that is too dense by the rule's part number `n_split`; returns whether any was. */
static bool split_blocks(struct blocking *blocking, struct block_slot *slot, unsigned n_split)
{
    const struct frame *frame = blocking->frame;
    struct block_rule *rule = &blocking->rules[slot->rule];
    bool is_split = false;
    for (size_t i = 0, end; i < slot->n_items; i = end) {
        uint64_t key = slot->items[i].key;
        for (end = i + 1; end < slot->n_items && slot->items[end].key == key; end++) {
        }
        if (!block_is_dense(rule, n_split, count_pairs(blocking, slot, i, end), end - i))
            continue;
        rule->n_cut_blocks++;
        is_split = true;
        for (size_t j = i; j < end; j++)
            slot->items[j].key =
                block_key_within(frame, key, rule->splits[n_split], position_of(blocking, slot, &slot->items[j]));
        /* Blocks lie one after the other, whatever the order of their keys. */
        sort_items(&slot->items[i], end - i);
    }
    return is_split;
}

static void drop_dense_blocks(struct blocking *blocking, struct block_slot *slot)
{
    struct block_rule *rule = &blocking->rules[slot->rule];
    size_t kept = 0;
    for (size_t i = 0, end; i < slot->n_items; i = end) {
        for (end = i + 1; end < slot->n_items && slot->items[end].key == slot->items[i].key; end++) {
        }
        uint64_t pairs = count_pairs(blocking, slot, i, end);
        if (end - i == 1 || pairs == 0)
            continue;
        if (block_is_dense(rule, rule->n_splits, pairs, end - i)) {
            rule->n_cut_blocks++;
            continue;
        }
        rule->n_pairs += pairs;
        memmove(&slot->items[kept], &slot->items[i], (end - i) * sizeof *slot->items);
        kept += end - i;
    }
    slot->n_items = kept;
}

static enum comity_status list_members(struct blocking *blocking, size_t s)
{
    struct block_slot *slot = &blocking->slots[s];
    size_t n = slot->n_items;
    slot->members = malloc((n + 1) * sizeof *slot->members);
    if (!slot->members)
        return COMITY_NOMEM;
    for (size_t i = 0; i < n; i++) {
        uint64_t key = slot->items[i].key;
        uint32_t p = position_of(blocking, slot, &slot->items[i]);
        bool is_last = i + 1 == n || slot->items[i + 1].key != key;
        slot->members[i] = p | (is_last ? BLOCK_LAST : 0);
        blocking->keys[(size_t)p * blocking->stride + s] = (uint32_t)key | 1;
        blocking->at[(size_t)p * blocking->stride + s] = (uint32_t)i + 1;
    }
    free(slot->items);
    slot->items = NULL;
    return COMITY_OK;
}

static bool is_of_country(const struct block_rule *rule)
{
    for (unsigned i = 0; i < rule->n_parts; i++)
        if (rule->parts[i] == BLOCK_COUNTRY)
            return true;
    return false;
}

/* Country by country, whose positions stand together and in the order of days: what is sorted at once is small. */
static void list_by_country(
    const struct frame *frame, const struct block_rule *rule, unsigned s, struct block_slot *slot)
{
    for (size_t p = 0, end; p < frame->n; p = end) {
        size_t begin = slot->n_items;
        for (end = p; end < frame->n && frame->country[end] == frame->country[p]; end++) {
            uint64_t key = block_key(frame, rule, s, end);
            if (key)
                slot->items[slot->n_items++] = (struct sort_item){key, (uint32_t)end};
        }
        sort_items(&slot->items[begin], slot->n_items - begin);
    }
}

static bool list_by_day(
    const struct blocking *blocking, const struct block_rule *rule, unsigned s, struct block_slot *slot)
{
    const struct frame *frame = blocking->frame;
    uint64_t *keys = malloc((frame->n + 1) * sizeof *keys);
    if (!keys)
        return false;
    /* Values lie in the order of positions: read so, they come from memory one after another. */
    for (size_t p = 0; p < frame->n; p++)
        keys[p] = block_key(frame, rule, s, p);
    for (size_t r = 0; r < frame->n; r++)
        if (keys[blocking->by_day[r]])
            slot->items[slot->n_items++] = (struct sort_item){keys[blocking->by_day[r]], (uint32_t)r};
    free(keys);
    sort_items(slot->items, slot->n_items);
    return true;
}

static enum comity_status fill_slot(void *context, size_t s)
{
    struct blocking *blocking = context;
    const struct frame *frame = blocking->frame;
    struct block_slot *slot = &blocking->slots[s];
    struct block_rule *rule = &blocking->rules[slot->rule];
    slot->items = calloc(frame->n + 1, sizeof *slot->items);
    slot->is_by_country = is_of_country(rule);
    if (!slot->items)
        return COMITY_NOMEM;
    if (slot->is_by_country)
        list_by_country(frame, rule, (unsigned)s, slot);
    else if (!list_by_day(blocking, rule, (unsigned)s, slot))
        return COMITY_NOMEM;
    for (unsigned i = 0; i < rule->n_splits; i++)
        if (!split_blocks(blocking, slot, i))
            break;
    drop_dense_blocks(blocking, slot);
    return list_members(blocking, s);
}

/* The slots of one rule one after the other, since they count into the same rule. */
static enum comity_status fill_rule(void *context, size_t r)
{
    struct blocking *blocking = context;
    const struct block_rule *rule = &blocking->rules[r];
    enum comity_status status = COMITY_OK;
    for (unsigned s = 0; status == COMITY_OK && s < rule->n_slots; s++)
        status = fill_slot(blocking, rule->first_slot + s);
    return status;
}

enum comity_status blocking_order(struct blocking *blocking)
{
    const struct frame *frame = blocking->frame;
    struct sort_item *items = malloc((frame->n + 1) * sizeof *items);
    blocking->by_day = calloc(frame->n + 1, sizeof *blocking->by_day);
    if (items && blocking->by_day) {
        for (size_t p = 0; p < frame->n; p++)
            items[p] = (struct sort_item){(uint32_t)frame->first[p] ^ UINT32_C(0x80000000), (uint32_t)p};
        sort_items(items, frame->n);
        for (size_t r = 0; r < frame->n; r++)
            blocking->by_day[r] = items[r].payload;
    }
    bool is_done = items && blocking->by_day;
    free(items);
    return is_done ? COMITY_OK : COMITY_NOMEM;
}

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

static void release_days(struct blocking *blocking)
{
    free(blocking->by_day);
    free(blocking->first);
    free(blocking->last);
    blocking->by_day = NULL;
    blocking->first = blocking->last = NULL;
}

enum comity_status blocking_build(const struct frame *frame, unsigned threads, struct blocking *out)
{
    blocking_rules(frame, out);
    out->stride = (out->n_slots + 3) / 4 * 4;
    out->keys = calloc(frame->n * out->stride + 1, sizeof *out->keys);
    out->at = calloc(frame->n * out->stride + 1, sizeof *out->at);
    out->n_pieces = (frame->n + PIECE_POSITIONS - 1) / PIECE_POSITIONS;
    out->first = malloc((frame->n + 1) * sizeof *out->first);
    out->last = malloc((frame->n + 1) * sizeof *out->last);
    if (!out->keys || !out->at || !out->first || !out->last || !list_windows(out))
        return COMITY_NOMEM;
    enum comity_status status = blocking_order(out);
    for (size_t r = 0; status == COMITY_OK && r < frame->n; r++) {
        out->first[r] = frame->first[out->by_day[r]];
        out->last[r] = frame->last[out->by_day[r]];
    }
    if (status == COMITY_OK)
        status = parallel_run(out->n_rules, threads, fill_rule, out);
    release_days(out);
    return status;
}

void blocking_release(struct blocking *blocking)
{
    for (unsigned s = 0; s < blocking->n_slots; s++) {
        free(blocking->slots[s].items);
        free(blocking->slots[s].members);
    }
    free(blocking->keys);
    free(blocking->at);
    free(blocking->near);
    release_days(blocking);
    *blocking = (struct blocking){0};
}

/* Four keys at once, which compilers make of this on all processors that can. */
typedef uint32_t quad __attribute__((vector_size(16)));

/* Bits of the slots in which two positions have one key: all of the first `n` are among those looked at. Without a
 * branch, since half of all pairs meet in an earlier slot and half do not. */
static uint32_t shared_slots(const struct blocking *blocking, unsigned n, uint32_t a, uint32_t b)
{
    const uint32_t *keys_a = &blocking->keys[(size_t)a * blocking->stride];
    const uint32_t *keys_b = &blocking->keys[(size_t)b * blocking->stride];
    quad found = {0}, bit = {1, 2, 4, 8};
    for (unsigned s = 0; s < n; s += 4, bit <<= 4) {
        quad x, y;
        memcpy(&x, &keys_a[s], sizeof x);
        memcpy(&y, &keys_b[s], sizeof y);
        found |= (quad)(x == y) & (quad)(x != 0) & bit;
    }
    return found[0] | found[1] | found[2] | found[3];
}

/* Days between two positions, no more than one beyond the widest window; that much where a day is not known. */
static int32_t days_apart(const struct blocking *blocking, uint32_t a, uint32_t b)
{
    const struct frame *frame = blocking->frame;
    int64_t beyond = (int64_t)blocking->most_days + 1;
    if (frame->first[a] == NO_DAY || frame->first[b] == NO_DAY)
        return (int32_t)beyond;
    int64_t days = (int64_t)frame->first[b] - frame->last[a], back = (int64_t)frame->first[a] - frame->last[b];
    days = back > days ? back : days;
    return (int32_t)(days < 0 ? 0 : days > beyond ? beyond : days);
}

static bool is_first(const struct blocking *blocking, unsigned slot, uint32_t a, uint32_t b)
{
    uint32_t earlier = (UINT32_C(1) << slot) - 1;
    return !(shared_slots(blocking, slot, a, b) & blocking->near[days_apart(blocking, a, b)] & earlier);
}

bool blocking_has_window(const struct blocking *blocking, int32_t window_days, uint32_t a, uint32_t b)
{
    for (unsigned s = 0; s < blocking->n_slots; s++) {
        uint32_t key = blocking->keys[(size_t)a * blocking->stride + s];
        if (blocking->rules[blocking->slots[s].rule].window_days == window_days && key &&
            key == blocking->keys[(size_t)b * blocking->stride + s])
            return true;
    }
    return false;
}

/* Pairs of a position with those behind it in its block of a slot; returns how many are new. */
static uint64_t propose_slot(const struct blocking *blocking, unsigned number, uint32_t a,
    void (*pair)(void *context, uint32_t a, uint32_t b), void *context)
{
    const struct block_slot *slot = &blocking->slots[number];
    const int32_t *first = blocking->frame->first;
    int32_t window = blocking->rules[slot->rule].window_days;
    int64_t until = window < 0 ? INT64_MAX : (int64_t)blocking->frame->last[a] + window;
    const uint32_t *member = &slot->members[blocking->at[(size_t)a * blocking->stride + number] - 1];
    uint64_t n_new = 0;
    while (!(*member & BLOCK_LAST)) {
        uint32_t b = *++member & ~BLOCK_LAST;
        if (first[b] > until)
            break;
        if (!is_first(blocking, number, a, b))
            continue;
        n_new++;
        pair(context, a, b);
    }
    return n_new;
}

void blocking_propose(const struct blocking *blocking, size_t piece, size_t every,
    void (*pair)(void *context, uint32_t a, uint32_t b), void *context, uint64_t *n_new)
{
    size_t begin = piece * PIECE_POSITIONS, end = begin + PIECE_POSITIONS;
    for (size_t a = begin; a < end && a < blocking->frame->n; a++)
        for (unsigned s = 0; s < blocking->n_slots; s++) {
            if (!blocking->at[a * blocking->stride + s] || (every > 1 && hash_u64(a) % every))
                continue;
            uint64_t n = propose_slot(blocking, s, (uint32_t)a, pair, context);
            if (n_new)
                n_new[blocking->slots[s].rule] += n;
        }
}
