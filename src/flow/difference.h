/* difference.h - how an edition differs from what its source had said before, as people read it.
 *
 * Of rows with a key it is known what was corrected. Without keys a change is a row that is removed and one that is
 * added; where two such rows tell of the same day and place and exactly one field differs, they are shown side by side
 * as probably one row that was corrected. That is a remark: nothing is applied. Where the field is an amount and one is
 * the other, rounded, it is only a rounding.
 */
#ifndef FLOW_DIFFERENCE_H
#define FLOW_DIFFERENCE_H

#include "flow/desk.h"

enum difference_verdict {
    DIFFERENCE_FIRST,        /* nothing was said before */
    DIFFERENCE_NONE,         /* the same rows again */
    DIFFERENCE_ONLY_ROUNDED, /* nothing really changed */
    DIFFERENCE_REAL
};

struct difference_line {
    const struct difference_row *row;
    const struct difference_row *pair; /* the row that probably stands for it (of a removed one), or null */
    bool is_paired;                    /* an added row that is told with a removed one */
    bool is_rounding;                  /* corrected, surely or probably, by a rounding alone */
};
struct difference {
    struct store_difference store;
    struct difference_line *lines; /* one for each of store.rows, in their order */
    uint64_t n_probable, n_rounded;
    enum difference_verdict verdict;
    bool is_cut; /* there are more rows than are looked at: pairs are not sought among the rest */
};

/* COMITY_NOTFOUND; COMITY_CONFLICT for an import that was taken back. Memory: the arena's. */
enum comity_status desk_difference(struct store *store, const struct domain *domain, const struct reader *reader,
    uint64_t import, struct arena *arena, struct difference *out, struct comity_error *err) COMITY_MUST_USE;

/* The fields in which two packed rows differ, into fields[]; how many. */
size_t difference_fields(const struct domain *domain, struct slice a, struct slice b, int fields[DOMAIN_MOST_FIELDS]);

/* Appends the whole as one object, with texts in the reader's language. */
enum comity_status difference_json(const struct domain *domain, const struct reader *reader,
    const struct difference *difference, size_t most_lines, struct buffer *out,
    struct comity_error *err) COMITY_MUST_USE;

const char *difference_kind_name(enum difference_kind kind);
const char *difference_verdict_name(enum difference_verdict verdict);

#endif
