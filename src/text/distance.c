/* Edits: dynamic programming over the band of width 2·limit + 1 around the diagonal, three rows at a time, since
 * nothing outside it can end within the limit (E. Ukkonen, Information and Control 64 (1985) 100-118). */
#include "text/distance.h"

#include <stdint.h>

enum { MOST_LIMIT = 127, BAND = 2 * MOST_LIMIT + 3 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void trim_common(struct slice *a, struct slice *b)
{
    while (a->len && b->len && a->ptr[0] == b->ptr[0]) {
        *a = slice_of(a->ptr + 1, a->len - 1);
        *b = slice_of(b->ptr + 1, b->len - 1);
    }
    while (a->len && b->len && a->ptr[a->len - 1] == b->ptr[b->len - 1]) {
        a->len--;
        b->len--;
    }
}

/* rows[r][k] is the distance of a[0…i) and b[0…j) with j = i + k − limit − 1; the outermost cells are walls. */
static size_t band_cell(
    struct slice a, struct slice b, size_t i, size_t j, size_t k, uint8_t (*rows)[BAND], uint8_t wall)
{
    uint8_t *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
    size_t best = wall;
    if (i == 0 || j == 0)
        return smaller(i + j, wall);
    best = smaller(best, (size_t)before[k] + (a.ptr[i - 1] != b.ptr[j - 1]));
    best = smaller(best, (size_t)before[k + 1] + 1);
    best = smaller(best, (size_t)now[k - 1] + 1);
    if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
        best = smaller(best, (size_t)earlier[k] + 1);
    return best;
}

size_t distance_edits(struct slice a, struct slice b, size_t limit)
{
    uint8_t rows[3][BAND];
    limit = smaller(limit, MOST_LIMIT);
    trim_common(&a, &b);
    size_t gap = a.len > b.len ? a.len - b.len : b.len - a.len;
    if (gap > limit || a.len == 0 || b.len == 0)
        return gap > limit ? limit + 1 : gap;
    uint8_t wall = (uint8_t)(limit + 1);
    memset(rows, wall, sizeof rows);
    for (size_t i = 0; i <= a.len; i++) {
        size_t least = wall;
        for (size_t k = 1; k <= 2 * limit + 1; k++) {
            bool is_inside = i + k >= limit + 1 && i + k - limit - 1 <= b.len;
            size_t cell = is_inside ? band_cell(a, b, i, i + k - limit - 1, k, rows, wall) : wall;
            rows[i % 3][k] = (uint8_t)cell;
            least = smaller(least, cell);
        }
        if (least == wall)
            return wall;
    }
    return rows[a.len % 3][b.len + limit + 1 - a.len];
}

bool distance_is_nearer(struct slice word, struct slice candidate, size_t *best)
{
    size_t allowed = 1 + candidate.len / 3;
    if (*best <= allowed)
        allowed = *best ? *best - 1 : 0;
    if (*best == 0 || candidate.len == 0)
        return false;
    size_t edits = distance_edits(word, candidate, allowed);
    if (edits > allowed || edits >= candidate.len)
        return false;
    *best = edits;
    return true;
}

const char *distance_nearest(struct slice word, const char *const *list)
{
    const char *nearest = NULL;
    size_t best = SIZE_MAX;
    for (; *list; list++)
        if (distance_is_nearer(word, slice_from(*list), &best))
            nearest = *list;
    return nearest;
}
