/* query_near.c - "did you mean": the name with the least edit distance (insert, delete, replace, swap of neighbours;
 * optimal string alignment), ASCII letters without case, if it is near enough: one edit in three letters, at most
 * three. */
#include "view/query_read.h"

#include "base/error.h"

enum { NEAR_LONGEST = 48 };

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned edit_distance(struct slice a, struct slice b)
{
    unsigned rows[3][NEAR_LONGEST + 1];
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a.len; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *higher = rows[(i + 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b.len; j++) {
            char p = lower(a.ptr[i - 1]), q = lower(b.ptr[j - 1]);
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (p != q));
            if (i > 1 && j > 1 && p == lower(b.ptr[j - 2]) && lower(a.ptr[i - 2]) == q)
                row[j] = least(row[j], higher[j - 2] + 1);
        }
    }
    return rows[a.len % 3][b.len];
}

void near_init(struct near *near, struct slice wanted)
{
    *near = (struct near){.wanted = wanted, .distance = least((unsigned)wanted.len / 3, 3) + 1};
}

void near_offer(struct near *near, struct slice name)
{
    if (name.len == 0 || name.len > NEAR_LONGEST || near->wanted.len > NEAR_LONGEST || near->distance == 0)
        return;
    size_t apart = name.len > near->wanted.len ? name.len - near->wanted.len : near->wanted.len - name.len;
    if (apart >= near->distance)
        return;
    unsigned distance = edit_distance(near->wanted, name);
    if (distance < near->distance) {
        near->distance = distance;
        near->best = name;
    }
}

void near_hint(const struct near *near, struct comity_error *err, const char *otherwise)
{
    if (near->best.len > 0)
        error_hint(err, "did you mean '%.*s'?", SLICE_ARG(near->best));
    else
        error_hint(err, "%s", otherwise);
}
