/* judge.h - one judgement into its table, within a writing transaction. Private to src/store. */
#ifndef STORE_JUDGE_H
#define STORE_JUDGE_H

#include "store/store.h"

enum comity_status judgement_insert(struct store *store, const struct judgement *judgement, struct slice who,
    uint64_t *id, struct comity_error *err) COMITY_MUST_USE;

#endif
