/* A unit is what one source tells of one cluster. It is told by others for certain, not at all, or by the doubtful
 * decisions about it. */
#include "link/calibrate.h"

#include "base/map.h"

#include <math.h>
#include <stdlib.h>

enum { ROUNDS = 30 };
static const double least_rate = 0.02, most_rate = 0.97;

/* Bits add up as if fields spoke independently of each other, and they do not quite. */
static const double slope = 0.8;

/* Of the merges that the model is surest of, about so many are right in simulated worlds: no more is believed. */
static const double surest = 0.995;

struct told_unit {
    uint32_t cluster, source;
    double apart; /* the probability that no other source tells it */
    double odds;  /* summed over all that it may belong to but does not */
};

struct calibration {
    const struct recompare *pairs;
    const uint32_t *cluster;
    struct doubtful_links *links;
    struct map unit_of; /* cluster and source → unit */
    struct told_unit *units;
    size_t n_units;
    uint32_t *n_sources; /* by cluster */
    uint32_t *n_members; /* by cluster */
    double *shift;       /* by source */
    double *sum;         /* likewise: units told by others, of */
    double *count;       /* units */
};

static uint64_t unit_key(uint32_t cluster, uint32_t source)
{
    return ((uint64_t)cluster << 32 | source) + 1;
}

static struct told_unit *unit_of(struct calibration *c, uint32_t mention)
{
    uint64_t *at = map_get(&c->unit_of, unit_key(c->cluster[mention], c->pairs->mentions->source[mention]));
    return at ? &c->units[*at] : NULL;
}

static enum comity_status list_units(struct calibration *c)
{
    const struct frame *frame = &c->pairs->frame;
    for (size_t p = 0; p < frame->n; p++) {
        bool is_new;
        uint32_t cluster = c->pairs->cluster[p];
        uint64_t *at = map_put(&c->unit_of, unit_key(cluster, frame->source[p]), &is_new);
        if (!at)
            return COMITY_NOMEM;
        c->n_members[cluster]++;
        if (!is_new)
            continue;
        *at = c->n_units;
        c->units[c->n_units++] = (struct told_unit){.cluster = cluster, .source = frame->source[p]};
        c->n_sources[cluster]++;
        c->count[frame->source[p]]++;
    }
    return COMITY_OK;
}

/* The side that looks for what it belongs to: the smaller; of two alike the one of lower identity, so that the order of
 * import does not show. */
static bool is_seeking_a(const struct calibration *c, const struct doubtful_link *link)
{
    const uint64_t *identity = c->pairs->mentions->identity;
    uint32_t n_b = link->is_joined ? link->n_behind : c->n_members[c->cluster[link->b]];
    uint32_t n_a = c->n_members[c->cluster[link->a]] - (link->is_joined ? link->n_behind : 0);
    return n_a != n_b ? n_a < n_b : identity[link->a] < identity[link->b];
}

static double odds_of(const struct calibration *c, const struct doubtful_link *link)
{
    const uint32_t *source = c->pairs->mentions->source;
    uint32_t seeking = source[is_seeking_a(c, link) ? link->a : link->b];
    /* Whether a source repeats itself is another question, with a rate of its own. */
    double shift = source[link->a] == source[link->b] ? 0 : c->shift[seeking];
    return exp2(slope * (double)link->bits + shift);
}

static struct told_unit *seeking_unit(struct calibration *c, const struct doubtful_link *link)
{
    return unit_of(c, is_seeking_a(c, link) ? link->a : link->b);
}

/* One of several that it may belong to: they take from each other. */
static double probability_of(struct calibration *c, const struct doubtful_link *link)
{
    const struct told_unit *seeking = seeking_unit(c, link);
    double odds = odds_of(c, link);
    return odds / (1 + (link->is_joined || !seeking ? odds : seeking->odds));
}

static void expect(struct calibration *c)
{
    for (size_t u = 0; u < c->n_units; u++) {
        c->units[u].apart = c->n_sources[c->units[u].cluster] == 1;
        c->units[u].odds = 0;
    }
    for (size_t i = 0; i < c->links->n; i++) {
        struct told_unit *unit = seeking_unit(c, &c->links->all[i]);
        if (unit && !c->links->all[i].is_joined)
            unit->odds += odds_of(c, &c->links->all[i]);
    }
    for (size_t i = 0; i < c->links->n; i++) {
        const struct doubtful_link *link = &c->links->all[i];
        bool is_a = is_seeking_a(c, link);
        struct told_unit *seeking = unit_of(c, is_a ? link->a : link->b), *other = unit_of(c, is_a ? link->b : link->a);
        double p = probability_of(c, link);
        if (link->is_joined && seeking)
            seeking->apart = fmax(seeking->apart, 1 - p);
        if (!link->is_joined && seeking)
            seeking->apart = fmin(seeking->apart, 1 / (1 + seeking->odds));
        if (!link->is_joined && other)
            other->apart *= 1 - p;
    }
}

static void maximise(struct calibration *c)
{
    size_t n = c->pairs->mentions->n_sources;
    for (size_t s = 0; s < n; s++)
        c->sum[s] = 0;
    for (size_t u = 0; u < c->n_units; u++)
        c->sum[c->units[u].source] += 1 - c->units[u].apart;
    for (size_t s = 0; s < n; s++) {
        double rate = fmin(fmax(c->sum[s] / fmax(c->count[s], 1), least_rate), most_rate);
        c->shift[s] = log2(rate / (1 - rate)) - log2(c->pairs->model->rate);
    }
}

static bool make_room(struct calibration *c)
{
    size_t n_sources = c->pairs->mentions->n_sources + 1, n = c->pairs->mentions->n + 1;
    c->units = malloc((c->pairs->frame.n + 1) * sizeof *c->units);
    c->n_sources = calloc(2 * n, sizeof *c->n_sources);
    c->shift = calloc(3 * n_sources, sizeof *c->shift);
    if (!c->units || !c->n_sources || !c->shift)
        return false;
    c->n_members = c->n_sources + n;
    c->sum = c->shift + n_sources;
    c->count = c->sum + n_sources;
    return true;
}

enum comity_status calibrate_doubtful(
    const struct recompare *pairs, const uint32_t *cluster, struct doubtful_links *links)
{
    struct calibration c = {.pairs = pairs, .cluster = cluster, .links = links};
    enum comity_status status = make_room(&c) ? list_units(&c) : COMITY_NOMEM;
    for (int round = 0; round < ROUNDS && !status; round++) {
        expect(&c);
        maximise(&c);
    }
    for (size_t i = 0; i < links->n && !status; i++) {
        double p = fmin(probability_of(&c, &links->all[i]), surest);
        /* Sums of the other odds do not change by this: they are kept by unit. */
        links->all[i].bits = (float)log2(p / (1 - p));
    }
    map_release(&c.unit_of);
    free(c.units);
    free(c.n_sources);
    free(c.shift);
    return status;
}
