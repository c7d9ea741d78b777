/* A unit is what one source tells of one cluster. It is told by others for certain, not at all, or by the doubtful
 * decisions about it. Those that decisions are about are few, and stand together: all rounds go through them alone. */
#include "link/calibrate.h"

#include <math.h>
#include <stdlib.h>

enum { ROUNDS = 30 };
#define NONE UINT32_MAX
static const double least_rate = 0.02, most_rate = 0.97;

/* Bits add up as if fields spoke independently of each other, and they do not quite. */
static const double slope = 0.8;

/* Of the merges that the model is surest of, about so many are right in simulated worlds: no more is believed. */
static const double surest = 0.995;

struct told_unit {
    uint32_t source;
    uint32_t next;  /* of the cluster; NONE: it is the last */
    uint32_t doubt; /* its place among those that a link is about; NONE: of no link */
};

/* One that a link is about. */
struct doubted_unit {
    double apart; /* the probability that no other source tells it */
    double odds;  /* summed over all that it may belong to but does not */
    uint32_t source;
    bool is_alone; /* no other source is in its cluster */
};

/* Whom a link is about, looked up once. */
struct seat {
    uint32_t seeking, other; /* places of doubted units; NONE: of none */
    uint32_t source;         /* whose rate counts; NONE: none's, since both are of one source */
    bool is_joined;
    double at_rate; /* odds by the model's rate */
    double odds;    /* in this round */
    double all;     /* with those of all others that it may belong to */
};

struct calibration {
    const struct frame *frame;
    const struct link_model *model;
    const uint32_t *cluster; /* by mention */
    struct doubtful_links *links;
    uint32_t *first_unit; /* by cluster */
    struct told_unit *units;
    size_t n_units;
    struct doubted_unit *doubted;
    size_t n_doubted;
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
    while (unit != NONE && c->units[unit].source != source)
        unit = c->units[unit].next;
    return unit;
}

static void list_units(struct calibration *c)
{
    const struct frame *frame = c->frame;
    for (size_t p = 0; p < frame->n; p++) {
        uint32_t cluster = c->cluster[frame->mention[p]], source = frame->source[p];
        c->n_members[cluster]++;
        if (unit_of(c, cluster, source) != NONE)
            continue;
        c->units[c->n_units] = (struct told_unit){.source = source, .next = c->first_unit[cluster], .doubt = NONE};
        c->first_unit[cluster] = (uint32_t)c->n_units++;
        c->n_sources[cluster]++;
        c->count[source]++;
    }
}

/* The place of what a mention's source tells of its cluster, among those that links are about. */
static uint32_t doubt_of_mention(struct calibration *c, uint32_t mention)
{
    uint32_t cluster = c->cluster[mention], unit = unit_of(c, cluster, c->frame->mentions->source[mention]);
    if (unit == NONE)
        return NONE;
    struct told_unit *told = &c->units[unit];
    if (told->doubt == NONE) {
        told->doubt = (uint32_t)c->n_doubted;
        c->doubted[c->n_doubted++] =
            (struct doubted_unit){.source = told->source, .is_alone = c->n_sources[cluster] == 1};
    }
    return told->doubt;
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
        struct seat *seat = &c->seats[i];
        *seat = (struct seat){.is_joined = link->is_joined,
            .at_rate = exp2(slope * (double)link->bits),
            /* Whether a source repeats itself is another question, with a rate of its own. */
            .source = source[link->a] == source[link->b] ? NONE : source[is_a ? link->a : link->b]};
        seat->seeking = doubt_of_mention(c, is_a ? link->a : link->b);
        seat->other = doubt_of_mention(c, is_a ? link->b : link->a);
    }
}

static void find_odds(struct calibration *c)
{
    for (size_t u = 0; u < c->n_doubted; u++)
        c->doubted[u].odds = 0;
    for (size_t i = 0; i < c->links->n; i++) {
        struct seat *seat = &c->seats[i];
        seat->odds = seat->at_rate * (seat->source == NONE ? 1 : c->factor[seat->source]);
        if (seat->seeking != NONE && !seat->is_joined)
            c->doubted[seat->seeking].odds += seat->odds;
    }
    for (size_t i = 0; i < c->links->n; i++) {
        struct seat *seat = &c->seats[i];
        bool is_only = seat->is_joined || seat->seeking == NONE;
        seat->all = is_only ? seat->odds : c->doubted[seat->seeking].odds;
    }
}

/* One of several that it may belong to: they take from each other. */
static double probability_of(const struct seat *seat)
{
    return seat->odds / (1 + seat->all);
}

static void expect(struct calibration *c)
{
    find_odds(c);
    for (size_t u = 0; u < c->n_doubted; u++)
        c->doubted[u].apart = c->doubted[u].is_alone;
    for (size_t i = 0; i < c->links->n; i++) {
        const struct seat *seat = &c->seats[i];
        struct doubted_unit *seeking = seat->seeking == NONE ? NULL : &c->doubted[seat->seeking];
        struct doubted_unit *other = seat->other == NONE ? NULL : &c->doubted[seat->other];
        double p = probability_of(seat);
        if (seat->is_joined && seeking)
            seeking->apart = fmax(seeking->apart, 1 - p);
        if (!seat->is_joined && seeking)
            seeking->apart = fmin(seeking->apart, 1 / (1 + seeking->odds));
        if (!seat->is_joined && other)
            other->apart *= 1 - p;
    }
}

static void maximise(struct calibration *c)
{
    size_t n = c->frame->mentions->n_sources;
    for (size_t s = 0; s < n; s++)
        c->sum[s] = c->settled[s];
    for (size_t u = 0; u < c->n_doubted; u++)
        c->sum[c->doubted[u].source] += 1 - c->doubted[u].apart;
    for (size_t s = 0; s < n; s++) {
        double rate = fmin(fmax(c->sum[s] / fmax(c->count[s], 1), least_rate), most_rate);
        c->factor[s] = rate / (1 - rate) / c->model->rate;
    }
}

static bool make_room(struct calibration *c)
{
    size_t n_sources = c->frame->mentions->n_sources + 1, n = c->frame->mentions->n + 1;
    /* Zeroed, since the analyser cannot see that what is listed is filled. */
    c->units = calloc(c->frame->n + 1, sizeof *c->units);
    c->n_sources = calloc(3 * n, sizeof *c->n_sources);
    c->factor = calloc(4 * n_sources, sizeof *c->factor);
    c->doubted = calloc(2 * c->links->n + 1, sizeof *c->doubted);
    c->seats = calloc(c->links->n + 1, sizeof *c->seats);
    if (!c->units || !c->n_sources || !c->factor || !c->seats || !c->doubted)
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

/* What all others hold is known once. */
static void count_settled(struct calibration *c)
{
    for (size_t cluster = 0; cluster < c->frame->mentions->n; cluster++)
        for (uint32_t u = c->first_unit[cluster]; u != NONE && c->n_sources[cluster] > 1; u = c->units[u].next)
            c->settled[c->units[u].source] += c->units[u].doubt == NONE;
}

static void settle(struct calibration *c)
{
    take_seats(c);
    count_settled(c);
    for (int round = 0; round < ROUNDS; round++) {
        expect(c);
        maximise(c);
    }
    find_odds(c);
    for (size_t i = 0; i < c->links->n; i++) {
        double p = fmin(probability_of(&c->seats[i]), surest);
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
    free(c.doubted);
    free(c.units);
    free(c.n_sources);
    free(c.factor);
    return is_ready ? COMITY_OK : COMITY_NOMEM;
}
