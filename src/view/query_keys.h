/* query_keys.h - the keys that a query over a domain may have, told by the tables that queries are parsed with: for
 * descriptions of the API, so that none can fall behind. */
#ifndef VIEW_QUERY_KEYS_H
#define VIEW_QUERY_KEYS_H

#include "view/query.h"

struct query_key_info {
    struct slice key;         /* "place.subdivision" */
    struct slice meaning;     /* English */
    bool is_number;           /* a whole number and no list of alternatives */
    uint64_t most;            /* of a number; 0: as large as it may be */
    const char *const *words; /* it is one of these, null at the end; null: it is not so bound */
};
/* All of them, in the order of canonical text; in the arena. COMITY_NOMEM. */
enum comity_status query_keys(const struct domain *domain, struct arena *arena, struct query_key_info **out, size_t *n,
    struct comity_error *err) COMITY_MUST_USE;

#endif
