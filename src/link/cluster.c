/* Components by union-find; each solved by itself, on threads. */
#include "link/cluster.h"

#include "base/array.h"
#include "base/disjoint.h"
#include "base/parallel.h"

#include <stdlib.h>

enum { PIECE_SPANS = 256 };

/* ---- one component ---- */

/* What of a solver concerns a component, by member. */
struct extract {
    struct component component;
    uint32_t *unit, *cluster;
    struct position_pair *apart;
    struct edge *edges;
    size_t room_apart, room_edges;
};

static size_t member_of(const struct component *component, uint32_t position)
{
    return place_in(component->members, component->n_members, position);
}

static size_t first_edge(const struct clustering *clustering, uint32_t position)
{
    size_t low = 0, high = clustering->n_edges;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (clustering->edges[middle].a < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool extract_apart(const struct clustering *clustering, struct extract *out, uint32_t member)
{
    struct component *component = &out->component;
    uint32_t position = component->members[member];
    for (size_t p = first_pair_from(clustering->apart, clustering->n_apart, position);
         p < clustering->n_apart && clustering->apart[p].a == position; p++) {
        size_t other = member_of(component, clustering->apart[p].b);
        if (other == SIZE_MAX)
            continue;
        if (!ARRAY_ROOM(out->apart, component->n_apart, out->room_apart, 1))
            return false;
        out->apart[component->n_apart++] = (struct position_pair){member, (uint32_t)other, clustering->apart[p].part};
    }
    return true;
}

static bool extract_edges(const struct clustering *clustering, struct extract *out, uint32_t member)
{
    struct component *component = &out->component;
    uint32_t position = component->members[member];
    for (size_t e = first_edge(clustering, position); e < clustering->n_edges && clustering->edges[e].a == position;
         e++) {
        if (!ARRAY_ROOM(out->edges, component->n_edges, out->room_edges, 1))
            return false;
        out->edges[component->n_edges++] =
            (struct edge){member, (uint32_t)member_of(component, clustering->edges[e].b), clustering->edges[e].bits};
    }
    return true;
}

static bool extract(const struct clustering *clustering, const struct cluster_span *span, struct extract *out)
{
    size_t n = span->end - span->begin;
    *out = (struct extract){.component = {.frame = clustering->frame,
                                .model = clustering->model,
                                .members = &clustering->members[span->begin],
                                .n_members = n},
        .unit = malloc(n * sizeof *out->unit),
        .cluster = malloc(n * sizeof *out->cluster)};
    bool is_good = out->unit && out->cluster;
    for (uint32_t m = 0; is_good && m < n; m++) {
        out->unit[m] = (uint32_t)member_of(&out->component, clustering->unit[out->component.members[m]]);
        is_good =
            extract_apart(clustering, out, m) && (n <= COMPONENT_MOST_MEMBERS || extract_edges(clustering, out, m));
    }
    out->component.unit = out->unit;
    out->component.apart = out->apart;
    out->component.edges = out->edges;
    return is_good;
}

static bool is_held_apart(const struct clustering *clustering, uint32_t a, uint32_t b)
{
    bool is_found = false;
    for (size_t p = first_pair_from(clustering->apart, clustering->n_apart, a);
         p < clustering->n_apart && clustering->apart[p].a == a && !is_found; p++)
        is_found = clustering->apart[p].b == b;
    return is_found;
}

/* Two of two sources that nothing holds apart: a pair that is likelier than not has no rival. */
static bool is_plain_pair(const struct clustering *clustering, const struct cluster_span *span)
{
    uint32_t a = clustering->members[span->begin], b = clustering->members[span->begin + 1];
    return span->end - span->begin == 2 && clustering->unit[a] == a && clustering->unit[b] == b &&
           clustering->frame->source[a] != clustering->frame->source[b] && !is_held_apart(clustering, a, b);
}

static enum comity_status solve_span(const struct clustering *clustering, struct cluster_span *span)
{
    struct extract found;
    if (!span->is_due)
        return COMITY_OK;
    if (is_plain_pair(clustering, span)) {
        uint32_t *pair = &clustering->members[span->begin];
        clustering->cluster[pair[0]] = clustering->cluster[pair[1]] = pair[0];
        return COMITY_OK;
    }
    enum comity_status status = extract(clustering, span, &found) ? COMITY_OK : COMITY_NOMEM;
    const struct component *component = &found.component;
    if (status == COMITY_OK)
        status = component_solve(component, found.cluster, &span->is_cut);
    for (size_t m = 0; status == COMITY_OK && m < component->n_members; m++)
        clustering->cluster[component->members[m]] = component->members[found.cluster[m]];
    free(found.unit);
    free(found.cluster);
    free(found.apart);
    free(found.edges);
    return status;
}

/* ---- components ---- */

static bool add_span(struct clustering *clustering, size_t begin, size_t end)
{
    if (!ARRAY_ROOM(clustering->spans, clustering->n_spans, clustering->room_spans, 1))
        return false;
    for (size_t m = begin; m < end; m++)
        clustering->span_of[clustering->members[m]] = (uint32_t)clustering->n_spans;
    clustering->spans[clustering->n_spans++] = (struct cluster_span){.begin = begin, .end = end, .is_due = true};
    return true;
}

/* Adds a span for each root of more than one, by root; in it the positions in their order. */
static bool add_spans(struct clustering *clustering, uint32_t *parent)
{
    size_t n = clustering->frame->n, at = 0;
    uint32_t *end = calloc(n + 1, sizeof *end); /* by root: how many there are, then where the next one goes */
    bool is_done = end != NULL;
    for (uint32_t p = 0; is_done && p < n; p++) {
        parent[p] = disjoint_root(parent, p);
        end[parent[p]]++;
    }
    for (size_t root = 0; is_done && root < n; root++) {
        size_t size = end[root] > 1 ? end[root] : 0;
        end[root] = size ? (uint32_t)at : UINT32_MAX;
        at += size;
    }
    for (uint32_t p = 0; is_done && p < n; p++)
        if (end[parent[p]] != UINT32_MAX)
            clustering->members[end[parent[p]]++] = p;
    size_t begin = 0;
    for (size_t root = 0; is_done && root < n; root++)
        if (end[root] != UINT32_MAX) {
            is_done = add_span(clustering, begin, end[root]);
            begin = end[root];
        }
    free(end);
    return is_done;
}

static bool find_components(
    struct clustering *clustering, const struct position_pair *together, size_t n_together, uint32_t *parent)
{
    size_t n = clustering->frame->n;
    for (uint32_t p = 0; p < n; p++) {
        clustering->unit[p] = parent[p] = clustering->cluster[p] = p;
        clustering->span_of[p] = UINT32_MAX;
    }
    for (size_t i = 0; i < n_together; i++)
        disjoint_join(clustering->unit, together[i].a, together[i].b);
    for (uint32_t p = 0; p < n; p++) {
        clustering->unit[p] = disjoint_root(clustering->unit, p);
        disjoint_join(parent, p, clustering->unit[p]);
    }
    for (size_t e = 0; e < clustering->n_edges; e++)
        disjoint_join(parent, clustering->edges[e].a, clustering->edges[e].b);
    return add_spans(clustering, parent);
}

enum comity_status cluster_begin(const struct frame *frame, const struct link_model *model, const struct edge *edges,
    size_t n_edges, const struct position_pair *together, size_t n_together, struct clustering *out)
{
    size_t room = frame->n + 1;
    uint32_t *parent = malloc(room * sizeof *parent);
    *out = (struct clustering){.frame = frame,
        .model = model,
        .edges = edges,
        .n_edges = n_edges,
        .cluster = malloc(room * sizeof *out->cluster),
        .unit = malloc(room * sizeof *out->unit),
        .members = malloc(room * sizeof *out->members),
        .span_of = malloc(room * sizeof *out->span_of),
        .parted_bits = calloc(frame->mentions->n_sources + 1, sizeof *out->parted_bits)};
    bool is_good = parent && out->cluster && out->unit && out->members && out->span_of && out->parted_bits;
    is_good = is_good && find_components(out, together, n_together, parent);
    free(parent);
    return is_good ? COMITY_OK : COMITY_NOMEM;
}

/* ---- what is due ---- */

static int compare_pairs(const void *a, const void *b)
{
    const struct position_pair *x = a, *y = b;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return x->b < y->b ? -1 : x->b > y->b;
}

static struct position_pair *sort_apart(const struct position_pair *apart, size_t n)
{
    static const uint8_t turned[] = {[PART_NONE] = PART_NONE, [PART_A] = PART_B, [PART_B] = PART_A};
    struct position_pair *sorted = malloc((n + 1) * sizeof *sorted);
    for (size_t i = 0; sorted && i < n; i++)
        sorted[i] =
            apart[i].a <= apart[i].b ? apart[i] : (struct position_pair){apart[i].b, apart[i].a, turned[apart[i].part]};
    if (sorted && n)
        qsort(sorted, n, sizeof *sorted, compare_pairs);
    return sorted;
}

static void make_due(struct clustering *clustering, const struct position_pair *pair)
{
    uint32_t a = clustering->span_of[pair->a], b = clustering->span_of[pair->b];
    if (a == b && a != UINT32_MAX)
        clustering->spans[a].is_due = true;
}

/* Components with pairs that are in one of two ordered lists only, or are parts in one of them only. */
static void find_changed_pairs(
    struct clustering *clustering, const struct position_pair *x, size_t n_x, const struct position_pair *y, size_t n_y)
{
    for (size_t i = 0, j = 0; i < n_x || j < n_y;) {
        int order = i == n_x ? 1 : j == n_y ? -1 : compare_pairs(&x[i], &y[j]);
        if (order < 0)
            make_due(clustering, &x[i++]);
        else if (order > 0)
            make_due(clustering, &y[j++]);
        else if (x[i++].part != y[j++].part)
            make_due(clustering, &x[i - 1]);
    }
}

static bool tells_twice(const struct clustering *clustering, const struct cluster_span *span, uint32_t source)
{
    size_t n = 0;
    for (size_t m = span->begin; m < span->end && n < 2; m++)
        n += clustering->frame->source[clustering->members[m]] == source;
    return n > 1;
}

static void find_changed_sources(struct clustering *clustering)
{
    const struct frame *frame = clustering->frame;
    for (uint32_t s = 0; s < frame->mentions->n_sources; s++) {
        for (size_t i = 0; frame->parted_bits[s] != clustering->parted_bits[s] && i < clustering->n_spans; i++)
            clustering->spans[i].is_due =
                clustering->spans[i].is_due || tells_twice(clustering, &clustering->spans[i], s);
        clustering->parted_bits[s] = frame->parted_bits[s];
    }
}

static enum comity_status solve_piece(void *context, size_t piece)
{
    struct clustering *clustering = context;
    enum comity_status status = COMITY_OK;
    for (size_t i = piece * PIECE_SPANS; i < (piece + 1) * PIECE_SPANS && i < clustering->n_spans && !status; i++)
        status = solve_span(clustering, &clustering->spans[i]);
    return status;
}

enum comity_status cluster_solve(
    struct clustering *clustering, const struct position_pair *apart, size_t n_apart, unsigned threads)
{
    struct position_pair *sorted = sort_apart(apart, n_apart);
    if (!sorted)
        return COMITY_NOMEM;
    find_changed_pairs(clustering, clustering->apart, clustering->n_apart, sorted, n_apart);
    find_changed_sources(clustering);
    free(clustering->apart);
    clustering->apart = sorted;
    clustering->n_apart = n_apart;
    enum comity_status status =
        parallel_run((clustering->n_spans + PIECE_SPANS - 1) / PIECE_SPANS, threads, solve_piece, clustering);
    clustering->n_splits = 0;
    for (size_t i = 0; i < clustering->n_spans; i++) {
        clustering->n_splits += clustering->spans[i].is_cut;
        clustering->spans[i].is_due = false;
    }
    return status;
}

void clustering_release(struct clustering *clustering)
{
    free(clustering->cluster);
    free(clustering->unit);
    free(clustering->members);
    free(clustering->spans);
    free(clustering->span_of);
    free(clustering->apart);
    free(clustering->parted_bits);
    *clustering = (struct clustering){0};
}
