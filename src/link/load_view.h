/* load_view.h - what of a row must be equal for it to be the same row, loaded again.
 *
 * A second load may come with other spellings, units or digits. A view is a way of looking at a row under which such
 * copies are equal: a hash of what is left of it, always without its day, its key and its case. The finer the view, the
 * less chance explains.
 */
#ifndef LINK_LOAD_VIEW_H
#define LINK_LOAD_VIEW_H

#include "domain/mentions.h"

/* CONTENT: what the source said, to the byte, its day with it. VALUES: what the compared fields were read as, amounts
 * in the base unit; no texts and no names. ROUNDED: the same with amounts to two digits and places to the subdivision.
 * COARSE: concept, amount to three digits, subdivision. */
#define LOAD_VIEW_TABLE(X)                                                                                             \
    X(CONTENT, "all that was said")                                                                                    \
    X(VALUES, "values, whatever the spelling and unit")                                                                \
    X(ROUNDED, "values with rounded amounts")                                                                          \
    X(COARSE, "what, how much and where")

enum load_view {
#define X(symbol, text) LOAD_VIEW_##symbol,
    LOAD_VIEW_TABLE(X)
#undef X
        N_LOAD_VIEWS
};

/* Hashes by field and code: a row's is the sum of those of its fields, so that a view is told from another by the
 * fields in which they differ. */
struct load_views {
    const struct mentions *mentions;
    /* [view][field][code]; null where the field plays no part in the view, or nobody tells it. Views in which a field's
     * values are the same have the same array. */
    const uint64_t **hashes[N_LOAD_VIEWS];
    uint64_t *rounded; /* by mention: its hash under ROUNDED, of all fields */
    uint64_t *told;    /* by source: the fields of ROUNDED that it tells something in (load_field_bit) */
    struct arena arena;
};

/* O(mentions × fields) on threads. Release them whatever the status. */
enum comity_status load_views_make(
    const struct mentions *mentions, unsigned threads, struct load_views *out) COMITY_MUST_USE;
void load_views_release(struct load_views *views);

/* Bit f stands for field f of the domain (fields from 64 on: bit 63): which of them count. */
#define LOAD_ALL_FIELDS UINT64_MAX
static inline uint64_t load_field_bit(size_t field)
{
    return UINT64_C(1) << (field < 63 ? field : 63);
}
/* The hash of a row; CONTENT knows no fields. */
uint64_t load_view_hash(const struct load_views *views, enum load_view view, uint64_t fields, size_t mention);
/* The same of many, which is faster than one by one. */
void load_view_hashes(const struct load_views *views, enum load_view view, uint64_t fields, const uint32_t *rows,
    size_t n, uint64_t *hashes);

/* The same for two rows without any table, for who asks about one pair. */
bool load_view_agrees(const struct mentions *mentions, enum load_view view, uint64_t fields, size_t a, size_t b);

const char *load_view_text(enum load_view view);

#endif
