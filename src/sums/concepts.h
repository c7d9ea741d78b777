/* concepts.h - inside sums: which concepts a series uses, and which of its cells an event's concept belongs to. */
#ifndef SUMS_CONCEPTS_H
#define SUMS_CONCEPTS_H

#include "sums/sums.h"

struct concept_use {
    const struct concept_tree *tree; /* null: the domain has none, and every concept is 0 */
    uint32_t *nearest;               /* by node: the nearest at or above it that is used; CONCEPT_NONE */
    bool *is_used, *is_total, *has_below;
};

enum comity_status concept_use_find(
    const struct sums_table *series, struct concept_use *out, struct comity_error *err) COMITY_MUST_USE;
void concept_use_release(struct concept_use *use);

/* The concepts whose cells an event of `concept` is in: begins and ends with CONCEPT_NONE. */
uint32_t concept_use_next(const struct concept_use *use, uint32_t concept, uint32_t after);
/* Whether `concept` is too coarse to say in which of the used ones it is, and `used` is one that it could be. */
bool concept_use_is_possible(const struct concept_use *use, uint32_t concept, uint32_t used);

#endif
