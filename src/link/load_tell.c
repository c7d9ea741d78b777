/* Amounts are added up in the order of the block's rows, which does not depend on the order of import. */
#include "link/load_tell.h"

#include "base/array.h"
#include "base/calendar.h"
#include "base/json.h"
#include "link/load.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_TOTALS = 40, REASON = 400, EVIDENCE_CAP = 1 << 16 };

static struct slice country_code(const struct mentions *mentions, uint16_t country)
{
    if (!mentions->domain->countries || country == COUNTRY_NONE)
        return SLICE_EMPTY;
    return slice_from(country_get(mentions->domain->countries, country)->alpha2);
}

/* Where most copies are equal to the byte nothing was respelled: some rows were corrected between the loads. */
static enum load_shape shape_of(const struct load_block *block, const struct load_pairs *pairs)
{
    if (block->from->source != block->into->source)
        return LOAD_TWO_SOURCES;
    if (!load_shift_is_none(block->shift))
        return LOAD_SHIFTED;
    if (2 * pairs->n_exact < pairs->n_surplus)
        return LOAD_RESPELLED;
    return block->share >= 0.85 ? LOAD_WHOLE : LOAD_PARTIAL;
}

struct judgement load_judgement(
    const struct load_table *table, const struct mentions *mentions, const struct load_block *block)
{
    bool is_across = block->from->source != block->into->source;
    return (struct judgement){.kind = JUDGEMENT_REPEATED_LOAD,
        .source = mentions->sources[block->into->source].code,
        .country = country_code(mentions, block->from->country),
        .first_day = table->days[block->first_day].day,
        .last_day = table->days[block->end_day - 1].day,
        .times = block->times,
        .shift_days = block->shift.days,
        .shift_months = block->shift.months,
        .copied_from = is_across ? mentions->sources[block->from->source].code : SLICE_EMPTY,
        .confidence = fmin(1 / (1 + exp(-block->nats)), 0.9999),
        .who = SLICE("model")};
}

/* ---- one pair ---------------------------------------------------------------------------------------------------- */

static bool day_of(const struct mentions *mentions, size_t mention, int32_t *day)
{
    const struct domain *domain = mentions->domain;
    const struct value *when = domain->when < 0 ? NULL : mention_value(mentions, mention, domain->when);
    if (!when || when->type != VALUE_DATE || !value_is_typed(when))
        return false;
    *day = when->date.first;
    return true;
}

static bool copies(const struct mentions *mentions, const struct judgement *load, size_t original, size_t copy)
{
    int32_t day, there;
    struct slice from = load->copied_from.len ? load->copied_from : load->source;
    struct load_shift shift = {load->shift_days, load->shift_months};
    if (!day_of(mentions, original, &day) || !day_of(mentions, copy, &there))
        return false;
    return slice_equal(mentions->sources[mentions->source[original]].code, from) &&
           slice_equal(mentions->sources[mentions->source[copy]].code, load->source) && day >= load->first_day &&
           day <= load->last_day && there == load_shift_day(shift, day) &&
           (!load->country.len || slice_equal(country_code(mentions, mention_country(mentions, copy)), load->country));
}

const struct judgement *load_of_pair(
    const struct mentions *mentions, const struct judgement *judgements, size_t n_judgements, size_t a, size_t b)
{
    /* Rounded amounts agree in two digits, others in three. */
    bool agrees = load_view_agrees(mentions, LOAD_VIEW_CONTENT, LOAD_ALL_FIELDS, a, b);
    bool nearly = agrees || load_view_agrees(mentions, LOAD_VIEW_COARSE, LOAD_ALL_FIELDS, a, b) ||
                  load_view_agrees(mentions, LOAD_VIEW_ROUNDED, LOAD_ALL_FIELDS, a, b);
    for (size_t i = 0; nearly && i < n_judgements; i++) {
        const struct judgement *load = &judgements[i];
        /* A block that was found by its values may hold rows that were respelled, too. */
        bool is_told = load->evidence.len ? nearly : agrees;
        if (load->kind == JUDGEMENT_REPEATED_LOAD && !load->is_undone && is_told &&
            (copies(mentions, load, a, b) || copies(mentions, load, b, a)))
            return load;
    }
    return NULL;
}

/* ---- totals ------------------------------------------------------------------------------------------------------ */

struct total {
    uint32_t concept, dimension;
    double before, after;
};
struct totals {
    struct total *at;
    size_t n, room;
};

/* The group right below the root; 0 where none is known. */
static uint32_t group_of(const struct mentions *mentions, size_t mention)
{
    const struct domain *domain = mentions->domain;
    if (domain->what < 0)
        return 0;
    const struct value *what = mention_value(mentions, mention, domain->what);
    const struct concept_tree *tree = domain->fields[domain->what].spec.concepts;
    uint32_t node = what->type == VALUE_CONCEPT && value_is_typed(what) ? what->concept.id : 0;
    while (node && tree->nodes[node].depth > 1)
        node = tree->nodes[node].parent;
    return node;
}

static struct total *total_of(struct totals *totals, uint32_t concept, uint32_t dimension)
{
    for (size_t i = 0; i < totals->n; i++)
        if (totals->at[i].concept == concept && totals->at[i].dimension == dimension)
            return &totals->at[i];
    if (!ARRAY_ROOM(totals->at, totals->n, totals->room, 1))
        return NULL;
    totals->at[totals->n] = (struct total){concept, dimension, 0, 0};
    return &totals->at[totals->n++];
}

static bool add_up(
    const struct mentions *mentions, const struct load_pairs *pairs, const uint32_t *copy_of, struct totals *totals)
{
    const struct domain *domain = mentions->domain;
    for (size_t i = 0; domain->how_much >= 0 && domain->units && i < pairs->n_rows; i++) {
        uint32_t m = pairs->rows[i];
        const struct value *amount = mention_value(mentions, m, domain->how_much);
        if (amount->type != VALUE_QUANTITY || !value_is_typed(amount))
            continue;
        struct total *total =
            total_of(totals, group_of(mentions, m), domain->units->units[amount->quantity.unit].dimension_id);
        if (!total)
            return false;
        double base = unit_to_base(domain->units, amount);
        total->before += base;
        total->after += copy_of[m] == m ? base : 0;
    }
    return true;
}

static int by_change(const void *a, const void *b)
{
    const struct total *x = a, *y = b;
    double one = x->before - x->after, other = y->before - y->after;
    if (one != other)
        return one > other ? -1 : 1;
    if (x->dimension != y->dimension)
        return x->dimension < y->dimension ? -1 : 1;
    return (x->concept > y->concept) - (x->concept < y->concept);
}

static void add_total(struct buffer *out, const struct domain *domain, const struct total *total)
{
    const struct dimension *dimension = &domain->units->dimensions[total->dimension];
    const struct concept_tree *tree = domain->what < 0 ? NULL : domain->fields[domain->what].spec.concepts;
    buffer_add_byte(out, '{');
    json_member(out, "group", tree && tree->n_nodes ? tree->nodes[total->concept].code : SLICE_EMPTY);
    json_member(out, "dimension", dimension->id);
    json_member(out, "unit", dimension->base_unit);
    json_member_number(out, "before", total->before);
    json_member_number(out, "after", total->after);
    buffer_add_byte(out, '}');
}

/* ---- evidence ---------------------------------------------------------------------------------------------------- */

static void add_evidence(struct buffer *out, const struct mentions *mentions, const struct load_block *block,
    const struct load_pairs *pairs, const struct totals *totals)
{
    /* A coarser view may explain more rows, though nearly all are equal to the byte. */
    bool is_exact = 10 * pairs->n_exact >= 9 * pairs->n_surplus;
    size_t n = totals->n < MOST_TOTALS ? totals->n : MOST_TOTALS;
    buffer_add_byte(out, '{');
    json_member(out, "view", slice_from(load_view_text(is_exact ? LOAD_VIEW_CONTENT : block->view)));
    json_member_u64(out, "rows", (uint64_t)block->n_distinct);
    json_member_u64(out, "again", (uint64_t)block->n_matched);
    json_member_number(out, "by_chance", round(block->by_chance * 1e4) / 1e4);
    json_member_number(out, "bits", round(block->nats / log(2) * 10) / 10);
    json_name(out, "totals");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < n; i++) {
        buffer_add_string(out, i ? "," : "");
        add_total(out, mentions->domain, &totals->at[i]);
    }
    buffer_add_string(out, "]}");
}

static enum comity_status write_evidence(const struct mentions *mentions, const struct load_block *block,
    const struct load_pairs *pairs, const uint32_t *copy_of, struct arena *arena, struct slice *evidence)
{
    struct totals totals = {0};
    struct buffer out;
    buffer_init(&out, EVIDENCE_CAP);
    bool has_memory = add_up(mentions, pairs, copy_of, &totals);
    if (has_memory && totals.n)
        qsort(totals.at, totals.n, sizeof *totals.at, by_change);
    if (has_memory)
        add_evidence(&out, mentions, block, pairs, &totals);
    has_memory = has_memory && buffer_status(&out) == COMITY_OK;
    if (has_memory)
        *evidence = arena_copy(arena, buffer_slice(&out));
    buffer_release(&out);
    free(totals.at);
    return has_memory && evidence->ptr ? COMITY_OK : COMITY_NOMEM;
}

/* ---- the reason -------------------------------------------------------------------------------------------------- */

static void say_shift(const struct judgement *load, char *text, size_t size)
{
    if (load->shift_months)
        snprintf(text, size, "%d month%s later", (int)load->shift_months, load->shift_months == 1 ? "" : "s");
    else
        snprintf(text, size, "%d day%s later", (int)load->shift_days, load->shift_days == 1 ? "" : "s");
}

/* What happened, as far as the rows show it. */
static void say_deed(const struct load_block *block, const struct judgement *load, char *text, size_t size)
{
    char shift[64];
    int of_hundred = (int)round(100 * block->n_matched / block->n_distinct);
    say_shift(load, shift, sizeof shift);
    switch (load->shape) {
    case LOAD_WHOLE:
        snprintf(text, size, "stand a multiple of %u times", (unsigned)load->times);
        break;
    case LOAD_SHIFTED:
        snprintf(text, size, "(%d in 100) stand again %s", of_hundred, shift);
        break;
    case LOAD_RESPELLED:
        snprintf(text, size, "(%d in 100) stand again, spelled, rounded or in units otherwise", of_hundred);
        break;
    case LOAD_TWO_SOURCES:
        snprintf(text, size, "of '%.*s' (%d in 100) stand in this source too, with the same values and the same gaps",
            SLICE_ARG(load->copied_from), of_hundred);
        break;
    default:
        snprintf(text, size, "(%d in 100) stand again", of_hundred);
    }
}

static struct slice reason(const struct load_block *block, const struct judgement *load, struct arena *arena)
{
    char text[REASON], deed[200], first[DAY_TEXT], last[DAY_TEXT];
    day_format(load->first_day, first);
    day_format(load->last_day, last);
    say_deed(block, load, deed, sizeof deed);
    snprintf(text, sizeof text, "%s rows from %s to %s %s, where %d in 100 would by chance: %u rows too many of %u",
        block->share >= 0.85 ? "nearly all"
        : block->share > 0.6 ? "most"
                             : "many",
        first, last, deed, (int)round(100 * block->by_chance), (unsigned)load->n_surplus, (unsigned)load->n_rows);
    return arena_copy(arena, slice_from(text));
}

enum comity_status load_describe(const struct mentions *mentions, const struct load_block *block,
    const struct load_pairs *pairs, const uint32_t *copy_of, struct arena *arena, struct judgement *load)
{
    load->shape = shape_of(block, pairs);
    load->n_rows = (uint32_t)pairs->n_rows;
    load->n_surplus = (uint32_t)pairs->n_surplus;
    load->why = reason(block, load, arena);
    if (!load->why.ptr)
        return COMITY_NOMEM;
    return write_evidence(mentions, block, pairs, copy_of, arena, &load->evidence);
}
