/* What is doubtful in a partition, while everything that it takes is in memory: at the end of a linking. Entities have
 * no ids yet then; their clusters stand for them. */
#include "flow/review.h"

#include "base/error.h"
#include "base/json.h"
#include "base/parallel.h"
#include "link/part.h"
#include "link/run.h"
#include "value/quantity.h"

#include <stdlib.h>

/* ---- intervals as JSON ----------------------------------------------------------------------------------------- */

static double total_of(const struct mentions *mentions, const struct resolution *resolution, uint32_t dimension)
{
    const struct domain *domain = mentions->domain;
    const struct unit_table *units = domain->fields[domain->how_much].spec.units;
    double sum = 0;
    for (size_t e = 0; e < resolution->n_entities; e++) {
        const struct value *value =
            &mentions->columns[domain->how_much].values[resolution->winner[domain->how_much][e]];
        if (resolution_whole(resolution, e) == RESOLVE_NO_WHOLE && value_is_typed(value) &&
            units->units[value->quantity.unit].dimension_id == dimension)
            sum += unit_to_base(units, value);
    }
    return sum;
}

/* Entities, without those that are part of others. */
static size_t n_counted(const struct resolution *resolution)
{
    size_t n = 0;
    for (size_t e = 0; e < resolution->n_entities; e++)
        n += resolution_whole(resolution, e) == RESOLVE_NO_WHOLE;
    return n;
}

static void add_range(struct buffer *out, double shown, const struct review_cell *cell)
{
    json_member_number(out, "shown", shown);
    json_member_number(out, "low", shown + (cell ? cell->low : 0));
    json_member_number(out, "high", shown + (cell ? cell->high : 0));
}

static void add_dimensions(const struct mentions *mentions, const struct resolution *resolution,
    const struct review_intervals *intervals, struct buffer *out)
{
    const struct domain *domain = mentions->domain;
    const struct unit_table *units = domain->how_much < 0 ? NULL : domain->fields[domain->how_much].spec.units;
    bool is_first = true;
    for (uint32_t d = 0; units && d < units->n_dimensions; d++) {
        double shown = total_of(mentions, resolution, d);
        if (shown <= 0)
            continue;
        buffer_add_string(out, is_first ? "{" : ",{");
        is_first = false;
        json_member(out, "dimension", units->dimensions[d].id);
        json_member(out, "unit", units->dimensions[d].base_unit);
        add_range(out, shown, review_cell_of(intervals, d, CONCEPT_NONE));
        buffer_add_byte(out, '}');
    }
}

enum comity_status review_add_intervals(const struct mentions *mentions, const struct resolution *resolution,
    const struct review *review, unsigned threads, struct buffer *out, struct comity_error *err)
{
    struct review_intervals intervals;
    enum comity_status status = review_intervals(review, resolution, NULL, threads, &intervals, err);
    if (status)
        return status;
    json_name(out, "interval");
    buffer_add_byte(out, '{');
    json_member_number(out, "probability", 0.9);
    json_member_u64(out, "doubts", review->n);
    json_name(out, "entities");
    buffer_add_byte(out, '{');
    add_range(out, (double)n_counted(resolution), review_cell_of(&intervals, UINT32_MAX, CONCEPT_NONE));
    buffer_add_byte(out, '}');
    json_name(out, "totals");
    buffer_add_byte(out, '[');
    add_dimensions(mentions, resolution, &intervals, out);
    buffer_add_string(out, "]}");
    review_intervals_release(&intervals);
    return COMITY_OK;
}

/* ---- at the end of a linking ----------------------------------------------------------------------------------- */

/* What persons said of parts, and what was found now. */
static enum comity_status place_parts(const struct mentions *mentions, const struct judgement *judgements,
    size_t n_judgements, const struct link_result *result, struct resolution *resolution, struct comity_error *err)
{
    struct judgement *all = calloc(n_judgements + result->n_parts + 1, sizeof *all);
    if (!all)
        return error_nomem(err);
    size_t n = 0;
    for (size_t i = 0; i < n_judgements; i++)
        if (judgements[i].is_by_person)
            all[n++] = judgements[i];
    for (size_t i = 0; i < result->n_parts; i++)
        all[n++] = result->parts[i];
    enum comity_status status = parts_place(mentions, all, n, resolution, err);
    free(all);
    return status;
}

/* What, and how much. */
static uint64_t weighed_fields(const struct domain *domain)
{
    return (domain->what < 0 ? 0 : UINT64_C(1) << domain->what) |
           (domain->how_much < 0 ? 0 : UINT64_C(1) << domain->how_much);
}

/* What does not hang on the doubts, beside looking for them: the entities, and which of their amounts are disputed. */
struct weighing {
    const struct mentions *mentions;
    const struct judgement *judgements;
    size_t n_judgements;
    const struct link_result *result;
    struct resolution resolution;
    struct review review;
    struct comity_error err; /* since looking for doubts may fail at the same time */
};

static enum comity_status resolve(void *context)
{
    struct weighing *w = context;
    const struct mentions *mentions = w->mentions;
    uint64_t *entity_of = malloc((mentions->n + 1) * sizeof *entity_of);
    if (!entity_of)
        return error_nomem(&w->err);
    for (size_t i = 0; i < mentions->n; i++)
        entity_of[i] = w->result->cluster[i] + UINT64_C(1);
    enum comity_status status =
        resolve_few_fields(mentions, entity_of, weighed_fields(mentions->domain), &w->resolution, &w->err);
    free(entity_of);
    if (!status)
        status = place_parts(mentions, w->judgements, w->n_judgements, w->result, &w->resolution, &w->err);
    return status ? status : review_begin(mentions, &w->resolution, &w->review, &w->err);
}

static enum comity_status end_resolving(
    struct parallel_aside *aside, const struct weighing *w, struct comity_error *err)
{
    enum comity_status status = parallel_end(aside);
    if (status && err)
        *err = w->err;
    return status;
}

enum comity_status review_linking(const struct run_kept *run, const struct link_result *result,
    const struct judgement *judgements, size_t n_judgements, unsigned threads, const struct progress *progress,
    struct buffer *report, struct buffer *kept, struct comity_error *err)
{
    const struct mentions *mentions = run->frame.mentions;
    struct doubtful_links doubts = {0};
    struct weighing w = {
        .mentions = mentions, .judgements = judgements, .n_judgements = n_judgements, .result = result};
    struct parallel_aside aside;
    parallel_begin(&aside, threads, resolve, &w);
    enum comity_status status = doubtful_find(run, result, judgements, n_judgements, threads, progress, &doubts, err);
    /* It is waited for in any case. */
    enum comity_status resolving = end_resolving(&aside, &w, status ? NULL : err);
    status = status ? status : resolving;
    if (!status)
        status = review_add_doubts(mentions, &w.resolution, &doubts, &w.review, err);
    if (!status)
        status = review_add_intervals(mentions, &w.resolution, &w.review, threads, report, err);
    if (!status)
        doubtful_write(mentions, &doubts, kept);
    review_release(&w.review);
    resolution_release(&w.resolution);
    doubtful_release(&doubts);
    return status;
}
