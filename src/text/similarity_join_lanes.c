/* All against all, lane by lane: the texts of a piece one after the other against the blocks of each group that they
 * are planned with. Lanes tell which texts are alike; only for those are the numbers computed. */
#include "text/similarity_plan.h"

struct lanes_work {
    struct join_run *run;
    struct join_piece *piece;
    struct similarity_query query;
    uint16_t symbols[SIMILARITY_WORD];
    struct lanes_job job;
};

static enum comity_status compare_single(struct lanes_work *work, const struct plan_pair *plan, uint32_t x, uint32_t y)
{
    struct similarity_pair pair;
    struct symbols text = work->run->texts[work->run->pack->order[y]];
    if (!plan_is_alike(plan, work->run->level.least_alike, &work->query, text, &pair))
        return COMITY_OK;
    return plan_found(work->run, work->piece, x, y, pair);
}

static enum comity_status compare_singly(struct lanes_work *work, const struct plan_pair *plan, uint32_t x)
{
    const struct pack_group *other = &work->run->groups[plan->other];
    enum comity_status status = COMITY_OK;
    for (uint32_t y = x < other->first ? other->first : x + 1; !status && y < other->first + other->n; y++)
        status = compare_single(work, plan, x, y);
    return status;
}

static enum comity_status compare_in_lanes(struct lanes_work *work, const struct plan_pair *plan, uint32_t x)
{
    const struct pack_group *other = &work->run->groups[plan->other];
    uint32_t n_lanes = (uint32_t)pack_lanes(other->width);
    uint32_t block = x < other->first ? 0 : (x - other->first) / n_lanes;
    struct lanes_job *job = &work->job;
    enum comity_status status = COMITY_OK;
    pack_set_rows(work->run->pack, other, block, job);
    job->has_edits = plan->is_near;
    job->limit = plan->edits;
    job->n_hits = 0;
    memcpy(job->needed, plan->matches_needed, sizeof job->needed);
    work->run->pack->lanes->run[other->width](job);
    for (size_t i = 0; !status && i < job->n_hits; i++) {
        uint32_t y = other->first + block * n_lanes + job->hits[i];
        if (y > x && y < other->first + other->n)
            status = compare_single(work, plan, x, y);
    }
    return status;
}

static enum comity_status compare_text(struct lanes_work *work, uint32_t x)
{
    struct join_run *run = work->run;
    uint32_t group = work->piece->group;
    struct symbols text = run->texts[run->pack->order[x]];
    enum comity_status status = COMITY_OK;
    similarity_query_set(&work->query, text);
    work->job.query_len = pack_query_symbols(text, work->symbols);
    for (uint32_t i = run->plan_of_group[group]; !status && i < run->plan_of_group[group + 1]; i++) {
        const struct plan_pair *plan = &run->plan[i];
        if (plan->has_keys)
            continue;
        bool has_lanes = run->groups[group].rows && run->groups[plan->other].rows;
        status = has_lanes ? compare_in_lanes(work, plan, x) : compare_singly(work, plan, x);
    }
    return status;
}

static size_t most_lanes(const struct join_run *run)
{
    size_t most = 0;
    for (size_t g = 0; g < run->n_groups; g++)
        most = run->groups[g].n > most ? run->groups[g].n : most;
    return most + LANES_ROW_BYTES;
}

enum comity_status join_lanes_piece(struct join_run *run, struct join_piece *piece)
{
    struct lanes_work work = {.run = run, .piece = piece};
    enum comity_status status = COMITY_OK;
    work.job = (struct lanes_job){.measure = LANES_JOIN, .query = work.symbols, .cutoff = run->level.least_alike};
    work.job.hits = malloc(most_lanes(run) * sizeof *work.job.hits);
    if (!work.job.hits)
        return COMITY_NOMEM;
    for (uint32_t i = 0; !status && i < piece->n; i++)
        status = compare_text(&work, piece->first + i);
    free(work.job.hits);
    return status;
}
