/* judge.h - one judgement into its table, within a writing transaction. Private to src/store. */
#ifndef STORE_JUDGE_H
#define STORE_JUDGE_H

#include "store/store.h"

/* In the column is_undone: 0 holds, 1 undone by a person, and: */
enum { JUDGEMENT_WITHDRAWN = 2 }; /* the model finds it no more */

enum comity_status judgement_insert(struct store *store, const struct judgement *judgement, struct slice who,
    uint64_t *id, struct comity_error *err) COMITY_MUST_USE;

#endif
