/* role.h - who may do what: a pure table. A person has a set of roles; what one may is the union of what they give.
 *
 * Numbers are stored: a role or a right keeps its bit for ever.
 */
#ifndef SHARE_ROLE_H
#define SHARE_ROLE_H

#include "base/slice.h"

#include <stdint.h>

/* bit, name in forms and on the command line, what it gives */
#define ROLE_TABLE(X)                                                                                                  \
    X(READER, 0, "reader", RIGHT_READ)                                                                                 \
    X(OFFICER, 1, "officer", RIGHT_READ | RIGHT_ENTER)                                                                 \
    X(REVIEWER, 2, "reviewer", RIGHT_READ | RIGHT_RESTRICTED | RIGHT_ENTER | RIGHT_APPROVE)                            \
    X(ANALYST, 3, "analyst", RIGHT_READ | RIGHT_RESTRICTED | RIGHT_JUDGE | RIGHT_TAKE_IN)                              \
    X(ADMINISTRATOR, 4, "administrator", RIGHT_READ | RIGHT_ADMINISTER)                                                \
    X(AUDITOR, 5, "auditor", RIGHT_READ | RIGHT_AUDIT)

enum right {
    RIGHT_READ = 1u << 0,       /* what is published, without restricted fields */
    RIGHT_RESTRICTED = 1u << 1, /* restricted fields as well */
    RIGHT_ENTER = 1u << 2,      /* drafts of one's unit */
    RIGHT_APPROVE = 1u << 3,    /* publish what others entered, or return it */
    RIGHT_JUDGE = 1u << 4,      /* same, different, part of; names of places */
    RIGHT_TAKE_IN = 1u << 5,    /* import, link, undo an import */
    RIGHT_ADMINISTER = 1u << 6, /* people: invite, change, disable */
    RIGHT_AUDIT = 1u << 7,      /* the ledger */
    ALL_RIGHTS = (1u << 8) - 1
};

enum role {
#define X(symbol, bit, name, rights) ROLE_##symbol = 1u << (bit),
    ROLE_TABLE(X)
#undef X
        ALL_ROLES = (1u << 6) - 1
};
enum { N_ROLES = 6 };

struct role_info {
    enum role role;
    const char *name;
    uint32_t rights;
};
extern const struct role_info role_infos[N_ROLES];

/* What a set of roles gives; bits that are no role give nothing. */
uint32_t roles_rights(uint32_t roles);
/* The role of a name, or 0. */
uint32_t role_named(struct slice name);

#endif
