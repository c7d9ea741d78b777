/* calibrate.h - doubtful decisions with odds that fit how often each source really tells what others tell.
 *
 * The model knows one rate for all sources. A newsroom that tells hardly anything but what authorities have told, and
 * tells it vaguely, then stays apart far too often. How often a source's events are told by others is found by EM over
 * the probabilities themselves (Saerens, Latinne and Decaestecker 2002: priors of another population, from a
 * classifier's outcomes without labels), and takes the place of the model's rate.
 */
#ifndef LINK_CALIBRATE_H
#define LINK_CALIBRATE_H

#include "link/model.h"
#include "link/uncertain.h"

/* Changes the bits of all. Some passes over them. `cluster`: by mention. */
enum comity_status calibrate_doubtful(const struct frame *frame, const struct link_model *model,
    const uint32_t *cluster, struct doubtful_links *links) COMITY_MUST_USE;

#endif
