/* judgement.h - what the model or a person says about mentions: same, different, part of, newer version, repeated load.
 *
 * Judgements are kept for ever and are reversible: undoing adds a line, it removes nothing. A person's outranks the
 * model's. They name mentions by identity, so that they outlive an import that is undone and loaded again (meanwhile
 * they sleep).
 */
#ifndef DOMAIN_JUDGEMENT_H
#define DOMAIN_JUDGEMENT_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

#define JUDGEMENT_KIND_TABLE(X)                                                                                        \
    X(SAME, "same")                                                                                                    \
    X(DIFFERENT, "different")                                                                                          \
    X(PART_OF, "part of")                                                                                              \
    X(NEWER_VERSION, "newer version of")                                                                               \
    X(REPEATED_LOAD, "repeated load")

enum judgement_kind {
#define X(symbol, text) JUDGEMENT_##symbol,
    JUDGEMENT_KIND_TABLE(X)
#undef X
};

/* How a load came again. Partial: only some of its rows. Shifted: dated some days or months later. Respelled: with
 * other words, units or digits. Two sources: one source's rows in another's file. */
#define LOAD_SHAPE_TABLE(X)                                                                                            \
    X(WHOLE, "whole")                                                                                                  \
    X(PARTIAL, "partial")                                                                                              \
    X(SHIFTED, "shifted")                                                                                              \
    X(RESPELLED, "respelled")                                                                                          \
    X(TWO_SOURCES, "two sources")

enum load_shape {
#define X(symbol, text) LOAD_##symbol,
    LOAD_SHAPE_TABLE(X)
#undef X
        N_LOAD_SHAPES
};
/* "whole", …; the whole for what is none of them. */
static inline struct slice load_shape_name(enum load_shape shape)
{
    static const char *const names[N_LOAD_SHAPES] = {
#define X(symbol, text) text,
        LOAD_SHAPE_TABLE(X)
#undef X
    };
    return slice_from(names[(unsigned)shape < N_LOAD_SHAPES ? shape : LOAD_WHOLE]);
}

struct judgement {
    uint64_t id;
    enum judgement_kind kind;
    bool is_by_person;
    bool is_undone; /* holds no more */
    bool
        is_withdrawn; /* undone by the model itself, which finds it no more; a person's undo stands against the model */
    uint64_t a, b;    /* identities of mentions; not for REPEATED_LOAD */
    /* REPEATED_LOAD: in this source, country (ISO alpha-2, "" for all) and days, every row that stands m times stands
     * for m − m/k·(k−1) rounded up: a block loaded k times. */
    struct slice source, country;
    int32_t first_day, last_day;
    uint32_t times;
    uint32_t n_rows, n_surplus; /* rows that it is about, originals and copies; copies */
    enum load_shape shape;
    /* SHIFTED: the copies of rows of these days are dated so many calendar months, or else days, later. */
    int32_t shift_days, shift_months;
    struct slice copied_from; /* TWO_SOURCES: the source whose rows they are */
    struct slice evidence;    /* JSON: what was counted, and what it changes in the totals (link/load_tell.h); or "" */
    double confidence;        /* probability, 0 … 1 */
    struct slice who, when, why;
};

#endif
