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
    free(blocking->memory);
    free(blocking->near);
    free(blocking->by_day);
    *blocking = (struct blocking){0};
}

/* Four keys at once, which compilers make of this on all processors that can. */
typedef uint32_t quad __attribute__((vector_size(16)));

static const uint32_t *row_of(const struct blocking *blocking, uint32_t p)
{
    return &blocking->rows[(size_t)p * blocking->row_words];
}

/* Bits of the slots in which two positions have one key: all of the first `n` are among those looked at. Without a
 * branch, since half of all pairs meet in an earlier slot and half do not. */
static uint32_t shared_slots(unsigned n, const uint32_t *a, const uint32_t *b)
{
    quad found = {0}, bit = {1, 2, 4, 8};
    for (unsigned s = 0; s < n; s += 4, bit <<= 4) {
        quad x, y;
        memcpy(&x, &a[s], sizeof x);
        memcpy(&y, &b[s], sizeof y);
        found |= (quad)(x == y) & (quad)(x != 0) & bit;
    }
    return found[0] | found[1] | found[2] | found[3];
}

bool blocking_has_window(const struct blocking *blocking, int32_t window_days, uint32_t a, uint32_t b)
{
    uint32_t shared = shared_slots(blocking->n_slots, row_of(blocking, a), row_of(blocking, b));
    for (unsigned s = 0; s < blocking->n_slots; s++)
        if (shared >> s & 1 && blocking->rules[blocking->slots[s].rule].window_days == window_days)
            return true;
    return false;
}

/* Going through the pairs of a position. */
enum { AT_ONCE = 64 };
struct proposing {
    const struct blocking *blocking;
    void (*pairs)(void *context, uint32_t a, const uint32_t *b, size_t n);
    void *context;
    uint32_t a;
    const uint32_t *row; /* its */
    int64_t first, last; /* its days */
    uint32_t found[AT_ONCE];
    size_t n;
};

static void hand_on(struct proposing *p)
{
    if (p->n)
        p->pairs(p->context, p->a, p->found, p->n);
    p->n = 0;
}

/* Days between it and another one, no more than one beyond the widest window; that much where a day is not known. */
static int64_t days_to(const struct proposing *p, int32_t first, int32_t last)
{
    int64_t beyond = (int64_t)p->blocking->most_days + 1;
    if (p->first == NO_DAY || first == NO_DAY)
        return beyond;
    int64_t days = first - p->last, back = p->first - last;
    days = back > days ? back : days;
    return days < 0 ? 0 : days > beyond ? beyond : days;
}

/* Pairs with those behind it in its block of a slot; returns how many are new. */
static uint64_t propose_slot(struct proposing *p, unsigned slot)
{
    const struct blocking *blocking = p->blocking;
    unsigned next_at = blocking->next_at + slot, stride = blocking->stride;
    int32_t window = blocking->rules[blocking->slots[slot].rule].window_days;
    int64_t until = window < 0 ? INT64_MAX : p->last + window;
    uint32_t earlier = (UINT32_C(1) << slot) - 1;
    uint64_t n_new = 0;
    for (uint32_t next = p->row[next_at]; next;) {
        const uint32_t *row = row_of(blocking, next - 1);
        int32_t first = (int32_t)row[stride], last = (int32_t)row[stride + 1];
        uint32_t b = next - 1;
        if (first > until)
            break;
        next = row[next_at];
        if (shared_slots(slot, p->row, row) & blocking->near[days_to(p, first, last)] & earlier)
            continue;
        n_new++;
        frame_ask_for(blocking->frame, b);
        p->found[p->n++] = b;
        if (p->n == AT_ONCE)
            hand_on(p);
    }
    return n_new;
}

void blocking_propose(const struct blocking *blocking, size_t piece, size_t every,
    void (*pairs)(void *context, uint32_t a, const uint32_t *b, size_t n), void *context, uint64_t *n_new)
{
    size_t begin = piece * BLOCK_PIECE, end = begin + BLOCK_PIECE;
    struct proposing p = {.blocking = blocking, .pairs = pairs, .context = context};
    for (size_t a = begin; a < end && a < blocking->frame->n; a++) {
        if (every > 1 && hash_u64(a) % every)
            continue;
        p.a = (uint32_t)a;
        p.row = row_of(blocking, p.a);
        p.first = (int32_t)p.row[blocking->stride];
        p.last = (int32_t)p.row[blocking->stride + 1];
        for (unsigned s = 0; s < blocking->n_slots; s++) {
            uint64_t n = propose_slot(&p, s);
            if (n_new)
                n_new[blocking->slots[s].rule] += n;
        }
        hand_on(&p);
    }
}
