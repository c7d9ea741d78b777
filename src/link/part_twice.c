/* Rows of one haul agree in day, place and circumstances: training takes them for an event that its source tells twice,
 * and then joins whatever looks so. Where most of such pairs are found to be parts, that source is known to tell parts.
 */
#include "link/part.h"

#include "base/array.h"
#include "base/error.h"
#include "base/order.h"

#include <math.h>
#include <stdlib.h>

struct unlearning {
    struct frame *frame;
    const uint32_t *cluster;
    struct parts_found *found;
    struct sort_item *rows; /* positions by cluster and source */
    double *twice, *parted; /* by source: pairs that clustering made one event; of these, parts */
};

static uint32_t source_of(const struct unlearning *u, size_t row)
{
    return (uint32_t)u->rows[row].key;
}

static bool has_amount(const struct unlearning *u, size_t row)
{
    const struct mentions *mentions = u->frame->mentions;
    return value_is_typed(mention_value(mentions, u->frame->mention[u->rows[row].payload], mentions->domain->how_much));
}

static size_t run_end(const struct unlearning *u, size_t begin)
{
    size_t end = begin + 1;
    while (end < u->frame->n && u->rows[end].key == u->rows[begin].key)
        end++;
    return end;
}

static void count_pairs(struct unlearning *u)
{
    const struct parts_found *found = u->found;
    for (size_t i = 0, j; i < u->frame->n; i = j) {
        j = run_end(u, i);
        u->twice[source_of(u, i)] += (double)(j - i) * (double)(j - i - 1) / 2;
    }
    for (size_t i = 0; i < found->n_apart; i++) {
        uint32_t a = found->apart[i].a, b = found->apart[i].b, source = u->frame->source[a];
        u->parted[source] += u->cluster[a] == u->cluster[b] && source == u->frame->source[b];
    }
}

static double share_parted(const struct unlearning *u, uint32_t source)
{
    return u->twice[source] > 0 ? fmin(1, u->parted[source] / (u->twice[source] + 1)) : 0;
}

/* Nothing tells parts without amounts from each other, but that their source tells parts. */
static enum comity_status part_unweighed(struct unlearning *u, size_t begin, size_t end)
{
    struct parts_found *found = u->found;
    for (size_t i = begin; i < end; i++)
        for (size_t j = begin; j < i && !has_amount(u, i); j++) {
            if (has_amount(u, j))
                continue;
            if (!ARRAY_ROOM(found->apart, found->n_apart, found->room_apart, 1))
                return COMITY_NOMEM;
            found->apart[found->n_apart++] = (struct position_pair){u->rows[j].payload, u->rows[i].payload, PART_NONE};
        }
    return COMITY_OK;
}

static enum comity_status unlearn(struct unlearning *u)
{
    const double mostly = 0.5, least_left = 0.3;
    enum comity_status status = COMITY_OK;
    count_pairs(u);
    for (size_t i = 0, j; i < u->frame->n && status == COMITY_OK; i = j) {
        j = run_end(u, i);
        if (j - i > 1 && share_parted(u, source_of(u, i)) > mostly)
            status = part_unweighed(u, i, j);
    }
    for (uint32_t s = 0; s < u->frame->mentions->n_sources; s++)
        u->frame->parted_bits[s] = log2(fmax(least_left, 1 - share_parted(u, s)));
    return status;
}

enum comity_status parts_unlearn_twice(struct frame *frame, const uint32_t *cluster, struct parts_found *found)
{
    size_t n_sources = frame->mentions->n_sources;
    struct unlearning u = {.frame = frame, .cluster = cluster, .found = found};
    if (found->is_settled)
        return COMITY_OK;
    u.rows = malloc((frame->n + 1) * sizeof *u.rows);
    u.twice = calloc(n_sources + 1, sizeof *u.twice);
    u.parted = calloc(n_sources + 1, sizeof *u.parted);
    enum comity_status status = u.rows && u.twice && u.parted ? COMITY_OK : COMITY_NOMEM;
    for (uint32_t p = 0; status == COMITY_OK && p < frame->n; p++)
        u.rows[p] = (struct sort_item){(uint64_t)cluster[p] << 32 | frame->source[p], p};
    if (status == COMITY_OK) {
        sort_items(u.rows, frame->n);
        status = unlearn(&u);
    }
    free(u.rows);
    free(u.twice);
    free(u.parted);
    return status;
}
