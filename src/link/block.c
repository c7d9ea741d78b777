/* Rules from roles; keys by hashing parts; going through the pairs of blocks. Blocks are made in block_build.c. */
#include "link/block.h"

#include "base/hash.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

uint64_t block_value_key(unsigned part, unsigned which, const struct prepared *value)
{
    switch (part) {
    case BLOCK_AREA:
        return value->place.subdivision;
    case BLOCK_PLACE:
        return place_is_point(&value->place) || value->place.name ? value->canon : 0;
    case BLOCK_AMOUNT: {
        if (!value->canon || value->amount.base <= 0)
            return 0;
        double bin = floor(log(value->amount.base) / log(1.25) + 0.5 * which);
        return hash_u64((uint64_t)(int64_t)bin ^ ((uint64_t)value->amount.dimension << 32) ^ ((uint64_t)which << 62));
    }
    default:
        return value->canon;
    }
}

int block_comparison(const struct frame *frame, unsigned part)
{
    if (part >= BLOCK_VALUE)
        return (int)(part - BLOCK_VALUE);
    return part == BLOCK_AMOUNT ? frame->amount : part == BLOCK_AREA || part == BLOCK_PLACE ? frame->where : -1;
}

uint64_t block_part_key(const struct frame *frame, unsigned part, unsigned which, size_t p)
{
    int comparison = block_comparison(frame, part);
    switch (part) {
    case BLOCK_COUNTRY:
        return frame->country[p] + 1u;
    case BLOCK_DAY:
        return frame->first[p] != NO_DAY && frame->first[p] == frame->last[p] ? hash_u64((uint32_t)frame->first[p]) : 0;
    case BLOCK_GROUP:
        return frame->group[p];
    default:
        return comparison < 0 ? 0 : block_value_key(part, which, frame_value(frame, (unsigned)comparison, p));
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

enum comity_status blocking_order(struct blocking *blocking)
{
    const struct frame *frame = blocking->frame;
    uint64_t *items = malloc((frame->n + 1) * sizeof *items), *scratch = malloc((frame->n + 1) * sizeof *scratch);
    blocking->by_day = calloc(frame->n + 1, sizeof *blocking->by_day);
    bool is_ready = items && scratch && blocking->by_day;
    for (size_t p = 0; is_ready && p < frame->n; p++)
        items[p] = block_day_item(frame, p);
    if (is_ready)
        sort_uppers(items, scratch, frame->n);
    for (size_t r = 0; is_ready && r < frame->n; r++)
        blocking->by_day[r] = (uint32_t)items[r];
    free(items);
    free(scratch);
    return is_ready ? COMITY_OK : COMITY_NOMEM;
}

void blocking_release(struct blocking *blocking)
{
    for (unsigned s = 0; s < blocking->n_slots; s++)
        free(blocking->slots[s].members);
    free(blocking->keys);
    free(blocking->at);
    free(blocking->near);
    free(blocking->by_day);
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
    size_t begin = piece * BLOCK_PIECE, end = begin + BLOCK_PIECE;
    for (size_t a = begin; a < end && a < blocking->frame->n; a++)
        for (unsigned s = 0; s < blocking->n_slots; s++) {
            if (!blocking->at[a * blocking->stride + s] || (every > 1 && hash_u64(a) % every))
                continue;
            uint64_t n = propose_slot(blocking, s, (uint32_t)a, pair, context);
            if (n_new)
                n_new[blocking->slots[s].rule] += n;
        }
}
