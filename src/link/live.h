/* live.h - a linked whole that takes one more mention, or gives one back, at once.
 *
 * What link_run() finds is a function of mentions, judgements and model. A link_live holds it and all that it follows
 * from (blocks, evidence, judgements), and changes both by little: one more mention costs its own pairs and its own
 * component, some tens of microseconds among a million, and the clusters are afterwards what link_run() finds of all
 * that is there then, under the same model. In whatever order it came: tests hold the two against each other.
 *
 * Held as they are, until everything is linked anew: repeated loads and parts of wholes, since a load is told by what
 * stands around it and a part by how many are found at all; and the model.
 *
 * One thread at a time. Memory: that of the run, and about 500 bytes a mention.
 */
#ifndef LINK_LIVE_H
#define LINK_LIVE_H

#include "link/link.h"

struct link_live;

/* A mention that is to be linked; `values` by field of the domain. Texts are copied. */
struct live_mention {
    const struct value *values;
    uint32_t source; /* index in the mentions' sources: one that the model knows */
    uint64_t content, identity;
    uint32_t ordinal;
};

/* Runs link_run() and keeps it. `mentions` and a model that is given must live as long. */
enum comity_status link_live_start(const struct mentions *mentions, const struct judgement *judgements,
    size_t n_judgements, const struct link_options *options, struct link_live **out,
    struct comity_error *err) COMITY_MUST_USE;
void link_live_free(struct link_live *live);

/* What the run found: the clusters of the start. */
const struct link_result *link_live_result(const struct link_live *live);

/* Mentions are told by positions from here on. The position of one of the table; those that a repeated load tells again
 * share one. */
uint32_t link_live_position(const struct link_live *live, size_t mention);
size_t link_live_count(const struct link_live *live); /* positions, those gone counted */

/* Each may change clusters; which, link_live_changed() tells. COMITY_USAGE for what is not there; after COMITY_NOMEM
 * free it, for some may have been done. */
enum comity_status link_live_add(struct link_live *live, const struct live_mention *mention, uint32_t *position,
    struct comity_error *err) COMITY_MUST_USE;
/* What persons said of it goes with it. */
enum comity_status link_live_remove(
    struct link_live *live, uint32_t position, struct comity_error *err) COMITY_MUST_USE;
/* A person's last word on a pair, and that it is taken back. Of two that one position stands for, as they are told
 * again by a repeated load, COMITY_CONFLICT: that wants everything to be linked anew. */
enum comity_status link_live_judge(
    struct link_live *live, uint32_t a, uint32_t b, bool is_same, struct comity_error *err) COMITY_MUST_USE;
enum comity_status link_live_forget(
    struct link_live *live, uint32_t a, uint32_t b, struct comity_error *err) COMITY_MUST_USE;

/* The first position of its cluster, in the order of what mentions say. */
uint32_t link_live_cluster(const struct link_live *live, uint32_t position);
/* The positions whose clusters the last change looked at; they may be as they were. */
const uint32_t *link_live_changed(const struct link_live *live, size_t *n);
/* The other member of its cluster that the pair's evidence is best with, and that evidence in bits; `position` itself
 * when it is alone. */
uint32_t link_live_nearest(struct link_live *live, uint32_t position, double *bits);

#endif
