/* The frame is the one that linking had: copies of repeated loads are left out, told by the blocks that were judged so
 * and by their being in one cluster. */
#include "link/recompare.h"

#include "base/error.h"
#include "base/hash.h"
#include "link/load.h"

#include <stdlib.h>

/* ---- repeated loads -------------------------------------------------------------------------------------------- */

static struct slice country_code(const struct mentions *mentions, size_t mention)
{
    uint16_t country = mention_country(mentions, mention);
    return mentions->domain->countries && country
               ? slice_from(country_get(mentions->domain->countries, country)->alpha2)
               : SLICE_EMPTY;
}

static bool is_in_load(const struct mentions *mentions, const struct judgement *load, size_t mention)
{
    const struct value *when =
        mentions->domain->when < 0 ? NULL : mention_value(mentions, mention, mentions->domain->when);
    if (load->kind != JUDGEMENT_REPEATED_LOAD || load->is_undone || !when || !value_is_typed(when) ||
        when->date.first < load->first_day || when->date.first > load->last_day ||
        !slice_equal(mentions->sources[mentions->source[mention]].code, load->source))
        return false;
    return !load->country.len || slice_equal(load->country, country_code(mentions, mention));
}

static uint64_t copy_key(const struct mentions *mentions, const uint32_t *cluster, size_t mention)
{
    return hash_u64(hash_u64(mentions->content[mention] ^ mentions->source[mention]) ^ cluster[mention]);
}

/* Of equal rows the one that linking lets stand for all (load_pair.c). */
static bool stands_before(const struct mentions *mentions, size_t a, size_t b)
{
    return mentions->ordinal[a] != mentions->ordinal[b] ? mentions->ordinal[a] < mentions->ordinal[b]
                                                        : mentions->identity[a] < mentions->identity[b];
}

static enum comity_status find_copies(const struct mentions *mentions, const struct judgement *judgements,
    size_t n_judgements, const uint32_t *cluster, uint32_t *copy_of)
{
    struct map first_of = {0};
    enum comity_status status = COMITY_OK;
    for (uint32_t m = 0; m < mentions->n && !status; m++) {
        size_t j = 0;
        while (j < n_judgements && !is_in_load(mentions, &judgements[j], m))
            j++;
        copy_of[m] = j == n_judgements ? m : UINT32_MAX;
        if (j == n_judgements)
            continue;
        bool is_new;
        uint64_t *first = map_put(&first_of, copy_key(mentions, cluster, m), &is_new);
        if (!first)
            status = COMITY_NOMEM;
        else if (is_new || stands_before(mentions, m, *first))
            *first = m;
    }
    for (uint32_t m = 0; m < mentions->n && !status; m++)
        if (copy_of[m] == UINT32_MAX)
            copy_of[m] = (uint32_t)*map_get(&first_of, copy_key(mentions, cluster, m));
    map_release(&first_of);
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

static size_t keep_loads(const struct judgement *judgements, size_t n, struct judgement *loads)
{
    size_t n_loads = 0;
    for (size_t i = 0; i < n; i++)
        if (judgements[i].kind == JUDGEMENT_REPEATED_LOAD && !judgements[i].is_undone)
            loads[n_loads++] = judgements[i];
    return n_loads;
}

static enum comity_status build(struct recompare *out, const struct judgement *loads, size_t n_loads,
    const uint32_t *cluster, uint32_t *copy_of, unsigned threads, struct comity_error *err)
{
    enum comity_status status = find_copies(out->mentions, loads, n_loads, cluster, copy_of);
    if (!status)
        status = frame_build(out->mentions, copy_of, threads, &out->frame, err);
    if (!status)
        status = frame_set_counts(&out->frame, out->model, threads);
    if (!status)
        status = frame_set_sources(&out->frame, out->model);
    if (!status)
        status = blocking_build(&out->frame, threads, &out->blocking);
    out->cluster = status ? NULL : malloc((out->frame.n + 1) * sizeof *out->cluster);
    if (!status && !out->cluster)
        status = COMITY_NOMEM;
    for (size_t p = 0; !status && p < out->frame.n; p++)
        out->cluster[p] = cluster[out->frame.mention[p]];
    return status;
}

enum comity_status recompare_begin(const struct mentions *mentions, const struct link_model *model,
    const struct judgement *judgements, size_t n_judgements, const uint32_t *cluster, unsigned threads,
    struct recompare *out, struct comity_error *err)
{
    *out = (struct recompare){.mentions = mentions, .model = model};
    uint32_t *copy_of = malloc((mentions->n + 1) * sizeof *copy_of);
    struct judgement *loads = malloc((n_judgements + 1) * sizeof *loads);
    enum comity_status status = COMITY_NOMEM;
    if (copy_of && loads)
        status = build(out, loads, keep_loads(judgements, n_judgements, loads), cluster, copy_of, threads, err);
    free(copy_of);
    free(loads);
    return status == COMITY_NOMEM ? error_nomem(err) : status;
}

void recompare_end(struct recompare *recompare)
{
    blocking_release(&recompare->blocking);
    frame_release(&recompare->frame);
    free(recompare->cluster);
    *recompare = (struct recompare){0};
}
