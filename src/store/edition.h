/* edition.h - what one source said until a certain import, mention by mention. Private to src/store.
 *
 * For every mention of the source up to and including import `number`: the last published import before `number` that
 * said it, the last one that retracted it, and whether `number` itself says it. 12 bytes a mention.
 * Life: edition_load, …, edition_release (in any case). Within one transaction.
 */
#ifndef STORE_EDITION_H
#define STORE_EDITION_H

#include "store/coverage.h"
#include "store/import.h"

struct edition_import {
    uint64_t number, first, last; /* last < first: it brought no mention */
    size_t at;                    /* index of its first mention */
    bool is_published;
};

struct edition {
    struct store *store;
    uint64_t source, number;
    struct edition_import *imports; /* of the source, up to `number` */
    size_t n_imports, room_imports, n;
    uint32_t *said, *retracted; /* by index: the number of the import, 0: none */
    uint8_t *is_said;           /* by import `number`, which may also be one that is being published or was undone */
};

/* UINT64_MAX: to the end, and nothing is `is_said`. */
enum comity_status edition_load(struct store *store, uint64_t source, uint64_t number, struct edition *out,
    struct comity_error *err) COMITY_MUST_USE;
void edition_release(struct edition *edition);
/* Whether it speaks of that mention at all, and its index. */
bool edition_find(const struct edition *edition, uint64_t mention, size_t *index);

struct edition_row {
    uint64_t id, supersedes, superseded_by, retracted_by;
    size_t at;
    bool is_own;         /* `number` brought it */
    bool is_live_before; /* just before `number` */
    struct slice packed, key;
};
typedef enum comity_status (*edition_visit)(void *context, const struct edition_row *row, struct comity_error *err);
/* All mentions whose import is published, in the order of their ids; the texts of a row are good during its visit. */
enum comity_status edition_scan(
    const struct edition *edition, edition_visit visit, void *context, struct comity_error *err) COMITY_MUST_USE;

#endif
