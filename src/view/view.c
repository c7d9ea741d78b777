/* view.c - builds the view and answers from it: filter once, then every part of the answer from the indexes that match.
 *
 * The class of the reader chooses the columns. There is one class until markings arrive; a reader of any other gets
 * COMITY_REFUSED, never the columns of a class that is not theirs.
 */
#include "view/view.h"

#include "base/error.h"
#include "view/scan.h"

#include <stdlib.h>

const struct answer_options answer_everything = {.with_facets = true,
    .with_timeline = true,
    .with_marks = true,
    .with_rows = true,
    .with_totals = true,
    .facet_cap = 30,
    .mark_cap = 5000};

/* ---- building ------------------------------------------------------------------------------------------------ */

static uint32_t top_of(const struct concept_tree *tree, uint32_t node)
{
    while (tree->nodes[node].depth > 1)
        node = tree->nodes[node].parent;
    return node;
}

static bool fill_groups(struct slots *slots, const struct concept_tree *tree, struct arena *arena)
{
    slots->node_group = ARENA_ARRAY(arena, uint32_t, tree->n_nodes);
    slots->group_node = ARENA_ARRAY(arena, uint32_t, tree->n_nodes);
    if (!slots->node_group || !slots->group_node)
        return false;
    for (uint32_t node = 0; node < tree->n_nodes; node++)
        if (tree->nodes[node].depth == 1)
            slots->group_node[slots->n_groups++] = node;
    for (uint32_t node = 0; node < tree->n_nodes; node++) {
        uint32_t group = 0, top = top_of(tree, node);
        while (group < slots->n_groups && slots->group_node[group] != top)
            group++;
        slots->node_group[node] = group; /* n_groups for the root */
    }
    return true;
}

static enum comity_status slots_build(struct view *view, struct comity_error *err)
{
    enum { MOST_SLOTS = 60000, MOST_DIMENSIONS = 64 };
    const struct domain *domain = view_domain(view);
    if (domain->how_much >= 0)
        view->slots.n_dimensions = (uint32_t)domain->fields[domain->how_much].spec.units->n_dimensions;
    if (domain->what >= 0 && !fill_groups(&view->slots, domain->fields[domain->what].spec.concepts, &view->arena))
        return error_nomem(err);
    if (view->slots.n_dimensions > MOST_DIMENSIONS || slots_count(&view->slots) > MOST_SLOTS)
        return error_set(err, COMITY_UNSUPPORTED, "more than %d groups and dimensions", MOST_SLOTS);
    return COMITY_OK;
}

enum comity_status view_build(
    const struct mentions *mentions, const struct resolution *resolution, struct view **out, struct comity_error *err)
{
    *out = NULL;
    struct view *view = calloc(1, sizeof *view);
    if (!view)
        return error_nomem(err);
    view->mentions = mentions;
    view->resolution = resolution;
    view->classes = ARENA_NEW(&view->arena, struct view_class);
    view->source_codes = ARENA_ARRAY(&view->arena, struct slice, mentions->n_sources);
    enum comity_status status = view->classes && view->source_codes ? slots_build(view, err) : error_nomem(err);
    for (size_t i = 0; status == COMITY_OK && i < mentions->n_sources; i++)
        view->source_codes[i] = mentions->sources[i].code;
    view->n_classes = 1;
    if (status == COMITY_OK)
        status = columns_build(view, &view->classes[0], err);
    if (status == COMITY_OK)
        *out = view;
    else
        view_free(view);
    return status;
}

void view_free(struct view *view)
{
    if (!view)
        return;
    folding_release(&view->folding);
    arena_release(&view->arena);
    free(view);
}

/* ---- asking -------------------------------------------------------------------------------------------------- */

/* The columns that a reader may see; null when there are none. */
static const struct view_class *class_of(const struct view *view, const struct reader *reader)
{
    for (size_t i = 0; i < view->n_classes; i++)
        if (view->classes[i].audience_class == reader->audience_class)
            return &view->classes[i];
    return NULL;
}

static enum comity_status refuse(const struct reader *reader, struct comity_error *err)
{
    return error_set(err, COMITY_REFUSED, "no view for readers of class %u", (unsigned)reader->audience_class);
}

static enum comity_status pick(struct scan *scan)
{
    size_t n = scan->view->resolution->n_entities, m = scan->view->mentions->n;
    enum comity_status status =
        filter_run(scan->view, scan->class, scan->query, scan->options->with_totals, &scan->filter, scan->err);
    if (status != COMITY_OK)
        return status;
    scan->picked = malloc((n + 1) * sizeof *scan->picked);
    scan->spare = malloc((n + 1) * sizeof *scan->spare);
    scan->picked_mentions = malloc((m + 1) * sizeof *scan->picked_mentions);
    if (!scan->picked || !scan->spare || !scan->picked_mentions)
        return error_nomem(scan->err);
    scan->n_picked = filter_pick(scan->filter.fail, n, 0, scan->picked);
    if (scan->filter.mention_fail)
        scan->n_picked_mentions = filter_pick(scan->filter.mention_fail, m, 0, scan->picked_mentions);
    scan->out->n_entities = scan->n_picked;
    scan->out->n_mentions = scan->n_picked_mentions;
    return COMITY_OK;
}

static enum comity_status answer_parts(struct scan *scan)
{
    const struct answer_options *options = scan->options;
    enum comity_status status = counts_answer(scan);
    if (status == COMITY_OK && (options->with_totals || options->with_marks))
        status = totals_answer(scan);
    if (status == COMITY_OK && options->with_facets)
        status = facets_answer(scan);
    if (status == COMITY_OK)
        status = timeline_answer(scan);
    if (status == COMITY_OK && options->with_marks)
        status = marks_answer(scan);
    return status == COMITY_OK && options->with_rows ? rows_answer(scan) : status;
}

static void scan_release(struct scan *scan)
{
    filter_release(&scan->filter);
    free(scan->picked);
    free(scan->picked_mentions);
    free(scan->spare);
}

enum comity_status view_answer(const struct view *view, const struct reader *reader, const struct query *query,
    const struct answer_options *options, struct answer *out, struct comity_error *err)
{
    *out = (struct answer){.leading_dimension = UINT32_MAX, .last_day = -1};
    out->language = query->language >= 0 ? query->language : language_number(reader->language);
    struct scan scan = {
        .view = view, .class = class_of(view, reader), .query = query, .options = options, .out = out, .err = err};
    if (!scan.class)
        return refuse(reader, err);
    enum comity_status status = pick(&scan);
    if (status == COMITY_OK)
        status = answer_parts(&scan);
    scan_release(&scan);
    if (status != COMITY_OK)
        answer_release(out);
    return status;
}

void answer_release(struct answer *answer)
{
    arena_release(&answer->arena);
    *answer = (struct answer){0};
}

enum comity_status view_select(const struct view *view, const struct reader *reader, const struct query *query,
    uint32_t **indexes, size_t *n, struct comity_error *err)
{
    struct filter filter;
    const struct view_class *class = class_of(view, reader);
    *indexes = NULL;
    *n = 0;
    if (!class)
        return refuse(reader, err);
    enum comity_status status = filter_run(view, class, query, false, &filter, err);
    if (status != COMITY_OK)
        return status;
    *indexes = malloc((view->resolution->n_entities + 1) * sizeof **indexes);
    if (*indexes)
        *n = filter_pick(filter.fail, view->resolution->n_entities, 0, *indexes);
    else
        status = error_nomem(err);
    filter_release(&filter);
    return status;
}

/* ---- single entities ----------------------------------------------------------------------------------------- */

uint32_t view_find(const struct view *view, const struct reader *reader, uint64_t entity)
{
    return class_of(view, reader) ? entity_index(view->resolution, entity) : UINT32_MAX;
}

bool view_site(const struct view *view, const struct reader *reader, uint32_t index, struct view_site *out)
{
    const struct view_class *class = class_of(view, reader);
    uint32_t number = class && index < view->resolution->n_entities ? class->site[index] : 0;
    if (number == 0)
        return false;
    const struct site *site = &class->sites[number];
    *out = (struct view_site){site->lat_e5, site->lon_e5, site->precision};
    return true;
}

uint32_t view_source_count(const struct view *view, const struct reader *reader, uint32_t index)
{
    const struct view_class *class = class_of(view, reader);
    if (!class || index >= view->resolution->n_entities)
        return 0;
    const struct facet_column *sources = &class->facets[class->source_facet];
    uint32_t set = sources->bucket[index];
    return sources->set_first[set + 1] - sources->set_first[set];
}

uint32_t view_doubts_of(const struct view *view, const struct reader *reader, uint32_t index)
{
    const struct view_class *class = class_of(view, reader);
    return class && index < view->resolution->n_entities ? class->doubts[index] : 0;
}

const struct slice *view_source_codes(const struct view *view, size_t *n)
{
    *n = view->mentions->n_sources;
    return view->source_codes;
}

const struct mentions *view_mentions(const struct view *view)
{
    return view->mentions;
}

const struct resolution *view_resolution(const struct view *view)
{
    return view->resolution;
}
