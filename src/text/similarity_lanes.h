/* similarity_lanes.h - one text against blocks of texts of one length, many lanes at once. Internal to
 * text/similarity_*.c; what is measured and the rounding are those of text/similarity.h.
 *
 * A block is LANES_ROW_BYTES wide and has a row for each place in the texts: row j holds symbol j of all its texts. Or,
 * where all texts are of few different letters, a row for each letter: it holds the places of that letter, a bit each,
 * so that comparing is done once for all queries; row 0 is for letters that no text has. A lane has 8, 16, 32 or 64
 * bits, at least as many as its texts have symbols, because it also holds a bit for each of them: so a block is of 32,
 * 16, 8 or 4 texts. Lanes of 8 bits hold no symbol over 255.
 */
#ifndef TEXT_SIMILARITY_LANES_H
#define TEXT_SIMILARITY_LANES_H

#include "text/similarity_score.h"

enum { LANES_ROW_BYTES = 32, LANES_WIDTHS = 4 };

enum lanes_measure { LANES_JARO, LANES_WINKLER, LANES_LEVENSHTEIN, LANES_OSA, LANES_JOIN };

struct lanes_job {
    enum lanes_measure measure;
    const uint16_t *query; /* its symbols */
    size_t query_len;      /* 0 … 64 */
    size_t len;            /* of each text of the blocks: 1 … the bits of a lane */
    const void *rows;      /* n_blocks · block_rows, aligned to a row */
    size_t n_blocks, block_rows;
    const uint8_t *letter_rows; /* by letter: its row; null where blocks hold symbols */
    unsigned cutoff;            /* thousandths: of Jaro, Jaro-Winkler and the join */
    unsigned limit; /* edits: of Levenshtein, OSA and the join (there a lane counts with this many or fewer) */
    bool has_edits; /* the join counts edits too */
    /* Matches needed with 0 … 4 equal letters in front to reach the cutoff (lanes_job_gate). */
    uint16_t needed[WINKLER_LETTERS + 1];
    /* Of the measures: a number for each lane, also for those that the last block does not fill. */
    uint16_t *numbers;
    /* Of the join: room for all lanes; the positions of those that are alike, ascending. */
    uint32_t *hits;
    size_t n_hits;
};

/* The comparisons in the instructions of one kind of processor, by the width of a lane: 8, 16, 32, 64 bits. */
struct lanes_set {
    const char *name;
    void (*run[LANES_WIDTHS])(struct lanes_job *job);
};

static inline size_t lanes_row(const struct lanes_job *job, size_t i)
{
    return job->letter_rows && job->query[i] <= UINT8_MAX ? job->letter_rows[job->query[i]] : 0;
}

/* Fills in `needed` for texts of these lengths. Some 100 ns: once for all queries of one length. */
static inline void lanes_job_gate(struct lanes_job *job, size_t query_len, size_t len)
{
    for (size_t prefix = 0; prefix <= WINKLER_LETTERS; prefix++)
        job->needed[prefix] = (uint16_t)score_matches_needed(query_len, len, prefix, job->cutoff);
}

/* What every processor of the architecture has (SSE2, NEON, or plain words). */
const struct lanes_set *lanes_baseline(void);
/* Null where the processor, or the architecture, has no AVX2. */
const struct lanes_set *lanes_avx2(void);

#endif
