/* derived.h - what follows from an entity's values without being one of them: a kg equivalent, other places that a name
 * could mean.
 *
 * Always told as derived, with the document that it rests on; "not convertible" is an answer.
 */
#ifndef FLOW_DERIVED_H
#define FLOW_DERIVED_H

#include "flow/desk.h"

struct kg_equivalent {
    bool is_convertible;
    bool is_derived; /* false: the amount is a mass already */
    double kg;
    struct slice document; /* of the factor; empty where nothing was derived */
    struct slice version;  /* of the conversion table */
};
/* Of entity `index`; false when it has no amount at all. */
bool derived_kg(const struct snapshot *snapshot, uint32_t index, struct kg_equivalent *out);

/* Other readings of the name of the entity's place, best first, the one taken left out. Returns how many; 0 where the
 * place is not ambiguous. */
size_t derived_places(const struct snapshot *snapshot, uint32_t index, struct place_candidate out[PLACE_CANDIDATES]);

#endif
