/* recompare.h - the pairs of a partition that is there, gone through once more: for samples that people look at.
 *
 * Costs what a linking under a kept model costs before clustering: a frame, the blocks, and one pass over the proposed
 * pairs. Nothing is stored. The pairs are those that linking compared.
 */
#ifndef LINK_RECOMPARE_H
#define LINK_RECOMPARE_H

#include "link/block.h"
#include "link/model.h"

struct recompare {
    const struct mentions *mentions;
    const struct link_model *model;
    struct frame frame; /* without the copies of repeated loads */
    struct blocking blocking;
    uint32_t *cluster; /* by position: the cluster of its mention */
};

/* `cluster`: by mention, as link_result; `judgements`: with the repeated loads. Release it whatever the status. */
enum comity_status recompare_begin(const struct mentions *mentions, const struct link_model *model,
    const struct judgement *judgements, size_t n_judgements, const uint32_t *cluster, unsigned threads,
    struct recompare *out, struct comity_error *err) COMITY_MUST_USE;
void recompare_end(struct recompare *recompare);

#endif
