/* foresee.h - which event each row of a file would belong to, were it imported: told, and nothing stored.
 *
 * The rows are settled as by an import that is taken back, so that what is there already is left out and a newer
 * version takes the place of the older. Under the model that the store was linked under each new mention goes to the
 * linked whole one by one (link/live.h). Where there is no model, or the source is new to it, one is trained on
 * everything, the new rows among it, as a linking after the import would. What a coverage would retract still counts.
 */
#ifndef FLOW_FORESEE_H
#define FLOW_FORESEE_H

#include "flow/desk.h"
#include "link/live.h"

struct foreseen {
    uint64_t row; /* of the file */
    uint32_t part;
    struct slice key;
    bool is_newer;       /* version of a mention that is there */
    uint64_t entity;     /* that it would be told of; 0: nobody has told of it before */
    uint64_t first_row;  /* of this file that tells of the same; its own where there is none before */
    double probability;  /* of the pair with what is nearest; NAN where it stands alone */
    uint64_t nearest;    /* mention of the store, or 0: a row of the file, or none */
    struct slice source; /* of that mention */
};
struct foresight {
    struct foreseen *rows;
    size_t n, n_known, n_new; /* rows that tell of what is known; events that nobody told of before */
    bool is_trained;          /* a model was trained for it */
    double p50_us, p99_us;    /* that a row took, where none was */
    struct arena arena;
};
void foresight_release(struct foresight *foresight);

/* What the import does: before it begins, once it is settled, and in any case at the end. */
struct foreseeing;
enum comity_status foresee_begin(
    struct desk *desk, const struct reader *who, struct foreseeing **out, struct comity_error *err) COMITY_MUST_USE;
enum comity_status foresee_rows(struct foreseeing *foreseeing, struct store_import *import,
    const struct progress *progress, struct foresight *out, struct comity_error *err) COMITY_MUST_USE;
void foresee_end(struct foreseeing *foreseeing);

#endif
