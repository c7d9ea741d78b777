/* run.h - a run of link_run() with what it worked on, for those that go on from there. */
#ifndef LINK_RUN_H
#define LINK_RUN_H

#include "link/component.h"
#include "link/link.h"

struct run_kept {
    struct frame frame;
    struct edge *edges; /* better than even; behind n_edges those that may be doubtful: see score_part */
    size_t n_edges, n_close;
    struct position_pair *together, *apart; /* by judgement; of `apart` behind n_judged those that parts are held by */
    size_t n_together, n_apart, n_judged;
    uint32_t *cluster;     /* by position */
    uint32_t *position_of; /* by mention */
};

/* As link_run(), whose result goes to `out`; the rest goes to `kept`, to be released by run_kept_release(). */
enum comity_status link_run_keeping(const struct mentions *mentions, const struct judgement *judgements,
    size_t n_judgements, const struct link_options *options, struct link_result *out, struct run_kept *kept,
    struct comity_error *err) COMITY_MUST_USE;
void run_kept_release(struct run_kept *kept);

#endif
