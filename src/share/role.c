/* The table of role.h, as data. */
#include "share/role.h"

const struct role_info role_infos[N_ROLES] = {
#define X(symbol, bit, name, rights) {ROLE_##symbol, name, rights},
    ROLE_TABLE(X)
#undef X
};

uint32_t roles_rights(uint32_t roles)
{
    uint32_t rights = 0;
    for (int i = 0; i < N_ROLES; i++)
        rights |= roles & role_infos[i].role ? role_infos[i].rights : 0;
    return rights;
}

uint32_t role_named(struct slice name)
{
    for (int i = 0; i < N_ROLES; i++) {
        if (slice_is(name, role_infos[i].name))
            return role_infos[i].role;
    }
    return 0;
}
