/* disjoint.h - sets that only ever grow together (union-find).
 *
 * `parent[x]` leads from an element to another of its set, and from the root to itself; start with parent[x] = x. The
 * root of a set is always its lowest element, so that results do not depend on the order of joining. Paths are halved
 * on the way up (Tarjan and van Leeuwen, JACM 31 (1984) 245-281): near constant time. Not shared between threads.
 */
#ifndef BASE_DISJOINT_H
#define BASE_DISJOINT_H

#include <stdint.h>

static inline uint32_t disjoint_root(uint32_t *parent, uint32_t x)
{
    while (parent[x] != x) {
        parent[x] = parent[parent[x]];
        x = parent[x];
    }
    return x;
}

static inline void disjoint_join(uint32_t *parent, uint32_t a, uint32_t b)
{
    a = disjoint_root(parent, a);
    b = disjoint_root(parent, b);
    if (a < b)
        parent[b] = a;
    else
        parent[a] = b;
}

#endif
