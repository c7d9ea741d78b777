/* Values are judged and prepared once for each distinct one; agreement then looks only at entities with several
 * sources, whose members are put in order of their sources so that each pair of sources is two runs. */
#include "flow/quality.h"

#include "base/array.h"
#include "base/error.h"
#include "base/map.h"

#include <math.h>
#include <stdlib.h>

/* ---- shares ---------------------------------------------------------------------------------------------------- */

bool quality_counts(const struct field *field)
{
    return field->is_facet || field->is_compared;
}

double quality_share(uint64_t n, uint64_t of)
{
    return of ? (double)n / (double)of : NAN;
}

double quality_told_share(const struct quality *quality, uint32_t source)
{
    const struct source_quality *q = &quality->sources[source];
    return quality_share(q->all.n_told, q->n_mentions * quality->n_counted);
}

double quality_doubtful_share(const struct quality *quality, uint32_t source)
{
    const struct source_quality *q = &quality->sources[source];
    return quality_share(q->all.n_doubtful, q->all.n_told);
}

/* ---- complete and doubtful -------------------------------------------------------------------------------------- */

static bool is_told(const struct value *value)
{
    return value->state == VALUE_TYPED || value->state == VALUE_UNREAD;
}

static bool is_doubtful(const struct value *value)
{
    return value->state == VALUE_UNREAD ||
           (value->state == VALUE_TYPED && value->flags & (VALUE_IMPLAUSIBLE | VALUE_AMBIGUOUS | VALUE_APPROXIMATE));
}

/* One bit for told, one for doubtful, by code of a column. Null when memory is out. */
static uint8_t *judge_values(const struct column *column)
{
    uint8_t *judged = malloc((size_t)column->n_values + 1);
    for (uint32_t code = 0; judged && code < column->n_values; code++)
        judged[code] = (uint8_t)(is_told(&column->values[code]) | (unsigned)is_doubtful(&column->values[code]) << 1);
    return judged;
}

static enum comity_status count_field(
    struct quality *out, const struct mentions *mentions, size_t field, struct comity_error *err)
{
    const struct column *column = &mentions->columns[field];
    bool is_counted = quality_counts(&out->domain->fields[field]);
    uint8_t *judged = judge_values(column);
    if (!judged)
        return error_nomem(err);
    for (size_t i = 0; i < mentions->n; i++) {
        struct field_quality *to = &out->sources[mentions->source[i]].fields[field];
        uint8_t judgement = judged[column->code[i]];
        to->n_told += judgement & 1;
        to->n_doubtful += judgement >> 1;
    }
    for (size_t s = 0; s < out->n_sources && is_counted; s++) {
        out->sources[s].all.n_told += out->sources[s].fields[field].n_told;
        out->sources[s].all.n_doubtful += out->sources[s].fields[field].n_doubtful;
    }
    free(judged);
    return COMITY_OK;
}

static void count_places(struct quality *out, const struct mentions *mentions)
{
    const struct domain *domain = out->domain;
    bool has_where = domain->where >= 0, has_country = domain->country >= 0;
    for (size_t i = 0; i < mentions->n && (has_where || has_country); i++) {
        const struct value *where = has_where ? mention_value(mentions, i, domain->where) : NULL;
        bool is_in = where && value_is_typed(where);
        if (is_in && where->precision <= PLACE_SETTLEMENT)
            continue;
        is_in |= has_country && value_is_typed(mention_value(mentions, i, domain->country));
        struct source_quality *to = &out->sources[mentions->source[i]];
        to->n_in_area += is_in;
        to->n_not_placed += !is_in;
    }
}

static enum comity_status count_mentions(struct quality *out, const struct mentions *mentions, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < mentions->n; i++)
        out->sources[mentions->source[i]].n_mentions++;
    for (size_t f = 0; f < out->domain->n_fields && !status; f++) {
        out->n_counted += quality_counts(&out->domain->fields[f]);
        status = count_field(out, mentions, f, err);
    }
    count_places(out, mentions);
    return status;
}

/* ---- agreement ------------------------------------------------------------------------------------------------- */

/* Bits by topic. */
struct likeness {
    uint16_t both, alike;
};

struct comparing {
    const struct mentions *mentions;
    struct quality *out;
    struct prepared *prepared[LINK_MOST_COMPARISONS]; /* by topic, by code */
    struct map pair_of;                               /* a << 32 | b → pair */
    size_t room_pairs;
    uint32_t *members; /* of one entity, by source */
    struct likeness *likeness;
    size_t room_members, room_likeness;
};

static unsigned choose_topics(const struct domain *domain, struct comparison topics[LINK_MOST_COMPARISONS])
{
    struct comparison all[LINK_MOST_COMPARISONS];
    unsigned n_all = comparisons_of(domain, all), n = 0;
    for (unsigned i = 0; i < n_all; i++)
        if (all[i].role != ROLE_PLAIN)
            topics[n++] = all[i];
    return n;
}

static enum comity_status prepare(struct comparing *c, struct comity_error *err)
{
    for (unsigned t = 0; t < c->out->n_topics; t++) {
        const struct comparison *topic = &c->out->topics[t];
        const struct column *column = &c->mentions->columns[topic->field];
        c->prepared[t] = malloc(((size_t)column->n_values + 1) * sizeof *c->prepared[t]);
        if (!c->prepared[t])
            return error_nomem(err);
        for (uint32_t code = 0; code < column->n_values; code++)
            compare_prepare(topic, &column->values[code], &c->prepared[t][code]);
    }
    return COMITY_OK;
}

static bool is_comparable(const struct comparison *topic, unsigned level)
{
    return level && !(topic->type == VALUE_QUANTITY && level == AMOUNT_INCOMPARABLE);
}

static bool is_alike(const struct comparison *topic, unsigned level)
{
    switch (topic->type) {
    case VALUE_DATE:
        return level == DATE_SAME || level == DATE_OVERLAP;
    case VALUE_QUANTITY:
        return level <= AMOUNT_ROUNDED;
    case VALUE_CONCEPT:
        return level <= CONCEPT_WITHIN;
    case VALUE_PLACE:
        return level <= PLACE_NEAR || level == PLACE_AREA;
    case VALUE_TEXT:
        return level <= TEXT_SHARED;
    case VALUE_NAME:
        return level <= NAME_95;
    default:
        return level <= LEVELS_EQUAL;
    }
}

static struct likeness compare_mentions(const struct comparing *c, uint32_t x, uint32_t y)
{
    struct likeness found = {0};
    for (unsigned t = 0; t < c->out->n_topics; t++) {
        const struct comparison *topic = &c->out->topics[t];
        const uint32_t *code = c->mentions->columns[topic->field].code;
        unsigned level = compare_prepared(topic, &c->prepared[t][code[x]], &c->prepared[t][code[y]]);
        if (!is_comparable(topic, level))
            continue;
        found.both |= (uint16_t)(1u << t);
        found.alike |= (uint16_t)((unsigned)is_alike(topic, level) << t);
    }
    return found;
}

static void add_likeness(const struct comparing *c, struct likeness found, struct accord *accords)
{
    for (unsigned t = 0; t < c->out->n_topics; t++) {
        accords[t].n_both += found.both >> t & 1;
        accords[t].n_alike += found.alike >> t & 1;
    }
}

static struct source_pair *pair_of(struct comparing *c, uint32_t a, uint32_t b)
{
    struct quality *out = c->out;
    bool is_new;
    uint64_t *at = map_put(&c->pair_of, (uint64_t)a << 32 | b, &is_new);
    if (!at)
        return NULL;
    if (is_new) {
        if (!ARRAY_ROOM(out->pairs, out->n_pairs, c->room_pairs, 1))
            return NULL;
        *at = out->n_pairs;
        out->pairs[out->n_pairs++] = (struct source_pair){.a = a, .b = b};
    }
    return &out->pairs[*at];
}

/* Members a … a_end of one source, b … b_end of another. */
static enum comity_status compare_runs(
    struct comparing *c, size_t a, size_t a_end, size_t b, size_t b_end, struct comity_error *err)
{
    const uint32_t *source = c->mentions->source;
    struct likeness of_entity = {0};
    struct source_pair *pair = pair_of(c, source[c->members[a]], source[c->members[b]]);
    if (!pair)
        return error_nomem(err);
    for (size_t i = a; i < a_end; i++)
        for (size_t j = b; j < b_end; j++) {
            struct likeness found = compare_mentions(c, c->members[i], c->members[j]);
            struct likeness *const to[] = {&of_entity, &c->likeness[i], &c->likeness[j]};
            for (size_t k = 0; k < 3; k++) {
                to[k]->both |= found.both;
                to[k]->alike |= found.alike;
            }
        }
    pair->n_entities++;
    add_likeness(c, of_entity, pair->accords);
    return COMITY_OK;
}

/* The end of the run of one source that begins at `from`. */
static size_t run_end(const struct comparing *c, size_t from, size_t n)
{
    const uint32_t *source = c->mentions->source;
    size_t end = from + 1;
    while (end < n && source[c->members[end]] == source[c->members[from]])
        end++;
    return end;
}

/* Puts an entity's members in order of their sources. False when memory is out. */
static bool gather(struct comparing *c, const uint32_t *members, size_t n)
{
    const uint32_t *source = c->mentions->source;
    if (!ARRAY_ROOM(c->members, 0, c->room_members, n) || !ARRAY_ROOM(c->likeness, 0, c->room_likeness, n))
        return false;
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        for (; at > 0 && source[c->members[at - 1]] > source[members[i]]; at--)
            c->members[at] = c->members[at - 1];
        c->members[at] = members[i];
        c->likeness[i] = (struct likeness){0};
    }
    return true;
}

static bool has_several_sources(const struct comparing *c, const uint32_t *members, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (c->mentions->source[members[i]] != c->mentions->source[members[0]])
            return true;
    return false;
}

static enum comity_status compare_entity(
    struct comparing *c, const uint32_t *members, size_t n, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    if (!has_several_sources(c, members, n))
        return COMITY_OK;
    if (!gather(c, members, n))
        return error_nomem(err);
    for (size_t a = 0, a_end; a < n; a = a_end) {
        a_end = run_end(c, a, n);
        for (size_t b = a_end, b_end; b < n && !status; b = b_end) {
            b_end = run_end(c, b, n);
            status = compare_runs(c, a, a_end, b, b_end, err);
        }
    }
    for (size_t i = 0; i < n; i++) {
        struct source_quality *to = &c->out->sources[c->mentions->source[c->members[i]]];
        to->n_shared++;
        add_likeness(c, c->likeness[i], to->accords);
    }
    return status;
}

static int most_entities_first(const void *left, const void *right)
{
    const struct source_pair *p = left, *q = right;
    if (p->n_entities != q->n_entities)
        return p->n_entities > q->n_entities ? -1 : 1;
    return p->a != q->a ? (p->a > q->a) - (p->a < q->a) : (p->b > q->b) - (p->b < q->b);
}

static enum comity_status compare_sources(
    struct quality *out, const struct mentions *mentions, const struct resolution *resolution, struct comity_error *err)
{
    struct comparing c = {.mentions = mentions, .out = out};
    out->n_topics = choose_topics(out->domain, out->topics);
    enum comity_status status = prepare(&c, err);
    for (size_t e = 0; e < resolution->n_entities && !status; e++) {
        uint32_t first = resolution->first_member[e];
        status = compare_entity(&c, resolution->members + first, resolution->first_member[e + 1] - first, err);
    }
    if (out->n_pairs)
        qsort(out->pairs, out->n_pairs, sizeof *out->pairs, most_entities_first);
    for (unsigned t = 0; t < out->n_topics; t++)
        free(c.prepared[t]);
    map_release(&c.pair_of);
    free(c.members);
    free(c.likeness);
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

enum comity_status quality_build(const struct mentions *mentions, const struct resolution *resolution,
    const struct reader *reader, struct quality *out, struct comity_error *err)
{
    reader_sees_all(reader);
    *out = (struct quality){.domain = mentions->domain, .n_sources = mentions->n_sources};
    out->sources = calloc(mentions->n_sources + 1, sizeof *out->sources);
    enum comity_status status = out->sources ? count_mentions(out, mentions, err) : error_nomem(err);
    if (!status)
        status = compare_sources(out, mentions, resolution, err);
    if (status)
        quality_release(out);
    return status;
}

void quality_release(struct quality *quality)
{
    free(quality->sources);
    free(quality->pairs);
    *quality = (struct quality){0};
}
