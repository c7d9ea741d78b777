/* A table that tools/fold_names.c made with the slow path of fold.c, sorted by text. */
#include "text/fold_known.h"

#include "folded_names.h" /* folded_names, folded_names_at, N_FOLDED_NAMES: made at build time */

bool fold_known(struct slice text, struct slice *folded)
{
    size_t low = 0, high = N_FOLDED_NAMES;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct slice known = slice_from((const char *)&folded_names[folded_names_at[middle]]);
        int order = slice_compare(text, known);
        if (order == 0) {
            *folded = slice_from(known.ptr + known.len + 1);
            return true;
        }
        low = order > 0 ? middle + 1 : low;
        high = order < 0 ? middle : high;
    }
    return false;
}
