/* A unit is what one source tells of one cluster. It is told by others for certain, not at all, or by the doubtful
 * decisions about it. */
#include "link/calibrate.h"

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
    uint32_t next; /* of the cluster; UINT32_MAX: it is the last */
    double apart;  /* the probability that no other source tells it */
    double odds;   /* summed over all that it may belong to but does not */
};

/* Whom a link is about, looked up once. */
struct seat {
    uint32_t seeking, other; /* units; UINT32_MAX: of none */
    uint32_t source;         /* whose rate counts; UINT32_MAX: none's, since both are of one source */
    double at_rate;          /* odds by the model's rate */
    double odds;             /* in this round */
    double all;              /* with those of all others that it may belong to */
};

struct calibration {
    const struct frame *frame;
    const struct link_model *model;
    const uint32_t *cluster; /* by mention */
    struct doubtful_links *links;
    uint32_t *first_unit; /* by cluster */
    struct told_unit *units;
    size_t n_units;
    uint32_t *doubtful; /* units that a link is about */
    size_t n_doubtful;
    struct seat *seats;  /* by link */
    uint32_t *n_sources; /* by cluster */
    uint32_t *n_members; /* by cluster */
    double *factor;      /* by source: how much more often it is told by others than the model's rate says */
    double *settled;     /* likewise: units told by others that no link is about */
    double *sum;         /* units told by others, of */
    double *count;       /* units */
};

static uint32_t unit_of(const struct calibration *c, uint32_t cluster, uint32_t source)
{
    uint32_t unit = c->first_unit[cluster];
    while (unit != UINT32_MAX && c->units[unit].source != source)
        unit = c->units[unit].next;
    return unit;
}

static uint32_t unit_of_mention(const struct calibration *c, uint32_t mention)
{
    return unit_of(c, c->cluster[mention], c->frame->mentions->source[mention]);
}

static void list_units(struct calibration *c)
{
    const struct frame *frame = c->frame;
    for (size_t p = 0; p < frame->n; p++) {
        uint32_t cluster = c->cluster[frame->mention[p]], source = frame->source[p];
        c->n_members[cluster]++;
        if (unit_of(c, cluster, source) != UINT32_MAX)
            continue;
        c->units[c->n_units] = (struct told_unit){.cluster = cluster, .source = source, .next = c->first_unit[cluster]};
        c->first_unit[cluster] = (uint32_t)c->n_units++;
        c->n_sources[cluster]++;
        c->count[source]++;
    }
}

/* The side that looks for what it belongs to: the smaller; of two alike the one of lower identity, so that the order of
 * import does not show. */
static bool is_seeking_a(const struct calibration *c, const struct doubtful_link *link)
{
    const uint64_t *identity = c->frame->mentions->identity;
    uint32_t n_b = link->is_joined ? link->n_behind : c->n_members[c->cluster[link->b]];
    uint32_t n_a = c->n_members[c->cluster[link->a]] - (link->is_joined ? link->n_behind : 0);
    return n_a != n_b ? n_a < n_b : identity[link->a] < identity[link->b];
}

static void take_seats(struct calibration *c)
{
    const uint32_t *source = c->frame->mentions->source;
    for (size_t i = 0; i < c->links->n; i++) {
        const struct doubtful_link *link = &c->links->all[i];
        bool is_a = is_seeking_a(c, link);
        c->seats[i] = (struct seat){.seeking = unit_of_mention(c, is_a ? link->a : link->b),
            .other = unit_of_mention(c, is_a ? link->b : link->a),
            .at_rate = exp2(slope * (double)link->bits),
            /* Whether a source repeats itself is another question, with a rate of its own. */
            .source = source[link->a] == source[link->b] ? UINT32_MAX : source[is_a ? link->a : link->b]};
    }
}

static void find_odds(struct calibration *c)
{
    for (size_t u = 0; u < c->n_doubtful; u++)
        c->units[c->doubtful[u]].odds = 0;
    for (size_t i = 0; i < c->links->n; i++) {
        struct seat *seat = &c->seats[i];
        seat->odds = seat->at_rate * (seat->source == UINT32_MAX ? 1 : c->factor[seat->source]);
        if (seat->seeking != UINT32_MAX && !c->links->all[i].is_joined)
            c->units[seat->seeking].odds += seat->odds;
    }
    for (size_t i = 0; i < c->links->n; i++) {
        struct seat *seat = &c->seats[i];
        bool is_alone = c->links->all[i].is_joined || seat->seeking == UINT32_MAX;
        seat->all = is_alone ? seat->odds : c->units[seat->seeking].odds;
    }
}

/* One of several that it may belong to: they take from each other. */
static double probability_of(const struct calibration *c, size_t i)
{
    return c->seats[i].odds / (1 + c->seats[i].all);
}

static bool is_alone(const struct calibration *c, size_t unit)
{
    return c->n_sources[c->units[unit].cluster] == 1;
}

static void expect(struct calibration *c)
{
    find_odds(c);
    for (size_t u = 0; u < c->n_doubtful; u++)
        c->units[c->doubtful[u]].apart = is_alone(c, c->doubtful[u]);
    for (size_t i = 0; i < c->links->n; i++) {
        struct told_unit *seeking = c->seats[i].seeking == UINT32_MAX ? NULL : &c->units[c->seats[i].seeking];
        struct told_unit *other = c->seats[i].other == UINT32_MAX ? NULL : &c->units[c->seats[i].other];
        double p = probability_of(c, i);
        bool is_joined = c->links->all[i].is_joined;
        if (is_joined && seeking)
            seeking->apart = fmax(seeking->apart, 1 - p);
        if (!is_joined && seeking)
            seeking->apart = fmin(seeking->apart, 1 / (1 + seeking->odds));
        if (!is_joined && other)
            other->apart *= 1 - p;
    }
}

static void maximise(struct calibration *c)
{
    size_t n = c->frame->mentions->n_sources;
    for (size_t s = 0; s < n; s++)
        c->sum[s] = c->settled[s];
    for (size_t u = 0; u < c->n_doubtful; u++)
        c->sum[c->units[c->doubtful[u]].source] += 1 - c->units[c->doubtful[u]].apart;
    for (size_t s = 0; s < n; s++) {
        double rate = fmin(fmax(c->sum[s] / fmax(c->count[s], 1), least_rate), most_rate);
        c->factor[s] = rate / (1 - rate) / c->model->rate;
    }
}

static bool make_room(struct calibration *c)
{
    size_t n_sources = c->frame->mentions->n_sources + 1, n = c->frame->mentions->n + 1;
    c->units = calloc(c->frame->n + 1, sizeof *c->units);
    c->n_sources = calloc(3 * n, sizeof *c->n_sources);
    c->factor = calloc(4 * n_sources, sizeof *c->factor);
    c->doubtful = malloc((2 * c->links->n + 1) * sizeof *c->doubtful);
    c->seats = malloc((c->links->n + 1) * sizeof *c->seats);
    if (!c->units || !c->n_sources || !c->factor || !c->seats || !c->doubtful)
        return false;
    c->n_members = c->n_sources + n;
    c->first_unit = c->n_members + n;
    memset(c->first_unit, 0xFF, n * sizeof *c->first_unit);
    c->sum = c->factor + n_sources;
    c->count = c->sum + n_sources;
    c->settled = c->count + n_sources;
    for (size_t s = 0; s < n_sources; s++)
        c->factor[s] = 1;
    return true;
}

/* Rounds go through these only: what others hold is known once. */
static void list_doubtful(struct calibration *c)
{
    const double listed = -1;
    for (size_t i = 0; i < c->links->n; i++) {
        uint32_t units[] = {c->seats[i].seeking, c->seats[i].other};
        for (size_t k = 0; k < sizeof units / sizeof *units; k++) {
            if (units[k] == UINT32_MAX || c->units[units[k]].odds == listed)
                continue;
            c->units[units[k]].odds = listed;
            c->doubtful[c->n_doubtful++] = units[k];
        }
    }
    for (size_t u = 0; u < c->n_units; u++)
        if (c->units[u].odds != listed && !is_alone(c, u))
            c->settled[c->units[u].source]++;
}

static void settle(struct calibration *c)
{
    take_seats(c);
    list_doubtful(c);
    for (int round = 0; round < ROUNDS; round++) {
        expect(c);
        maximise(c);
    }
    find_odds(c);
    for (size_t i = 0; i < c->links->n; i++) {
        double p = fmin(probability_of(c, i), surest);
        c->links->all[i].bits = (float)log2(p / (1 - p));
    }
}

enum comity_status calibrate_doubtful(
    const struct frame *frame, const struct link_model *model, const uint32_t *cluster, struct doubtful_links *links)
{
    struct calibration c = {.frame = frame, .model = model, .cluster = cluster, .links = links};
    bool is_ready = make_room(&c);
    if (is_ready) {
        list_units(&c);
        settle(&c);
    }
    free(c.seats);
    free(c.doubtful);
    free(c.units);
    free(c.n_sources);
    free(c.factor);
    return is_ready ? COMITY_OK : COMITY_NOMEM;
}
