/* retract.h - what is retracted now, written where reading looks for it. Private to src/store. */
#ifndef STORE_RETRACT_H
#define STORE_RETRACT_H

#include "store/sql.h"

/* Brings mention.retracted_by, said.is_retracted and the source's count in line with said_again, retraction and the
 * states of imports: a mention is retracted when the last published import that spoke of it retracted it. To be called
 * within the writing transaction, after an import was published or undone and after retractions changed. Costs nothing
 * for a source that never had any, else one pass over what it said. */
enum comity_status retract_apply(struct store *store, uint64_t source, struct comity_error *err) COMITY_MUST_USE;

#endif
