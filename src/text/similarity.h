/* similarity.h - how alike two texts are: Jaro, Jaro-Winkler, Levenshtein, and optimal string alignment.
 *
 * Texts are symbols (text/alphabet.h); ASCII texts are their own. Three forms, for one pair, for one text against many
 * as they come, and for one text against many that were packed before. All forms give the same numbers, on every
 * processor.
 *
 *     similarity_jaro_winkler(a, b, 0)                       one pair
 *     similarity_query_set(&query, a); similarity_query_osa(&query, b, 2) …
 *     similarity_pack_new(texts, n, &pack, err); similarity_pack_jaro_winkler(pack, &query, 850, alike) …
 *
 * What is measured:
 *
 * Jaro (M. A. Jaro, JASA 84 (1989) 414-420) and Jaro-Winkler (W. E. Winkler, Proc. Survey Research Methods, ASA 1990,
 *   354-359): thousandths from 0 to 1000, rounded down from the exact fraction, so that "at least 0.85" is exactly
 *   "at least 850". 1000 if and only if the texts are equal; 0 if they have no letter in common. Letters match within
 *   max(a, b) / 2 - 1 places; half of the matched letters out of order, rounded down, are transpositions. Jaro-Winkler
 *   adds a tenth of what is missing for each of the first four letters that are equal, where Jaro is over 0.7.
 *   Symmetric: among equal letters both directions of the greedy search pair the leftmost free ones that are within the
 *   window, so they match the same letters.
 *
 * Levenshtein: the fewest insertions, deletions and replacements. Optimal string alignment (OSA): also swaps of
 *   neighbours, where no part is edited twice. Both are told up to a limit: `limit` + 1 when there are more.
 *
 * Only the first SIMILARITY_MOST symbols of a text are looked at. Texts up to 64 symbols take the bit-parallel path (a
 * pair of surnames some 55 ns, 20 ns for one against many, 2 to 4 ns when packed); where both are longer, time grows
 * with the product of the lengths. Nothing here allocates but similarity_pack_new(). No function keeps anything; all
 * may be called by several threads.
 *
 * Methods: G. Myers, JACM 46 (1999) 395-415; H. Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau
 * edit distances", Nordic Journal of Computing 10 (2003) 29-39.
 */
#ifndef TEXT_SIMILARITY_H
#define TEXT_SIMILARITY_H

#include "text/alphabet.h"

enum { SIMILARITY_MOST = 1024, SIMILARITY_WORD = 64 };

/* ---- one pair --------------------------------------------------------------------------------------------------- */

/* Thousandths, or 0 when they are fewer than `cutoff` (0: all are told). */
unsigned similarity_jaro(struct symbols a, struct symbols b, unsigned cutoff);
unsigned similarity_jaro_winkler(struct symbols a, struct symbols b, unsigned cutoff);

/* Edits, or `limit` + 1 when there are more. A limit of SIMILARITY_MOST or more tells all. */
unsigned similarity_levenshtein(struct symbols a, struct symbols b, unsigned limit);
unsigned similarity_osa(struct symbols a, struct symbols b, unsigned limit);

/* ---- one text against many -------------------------------------------------------------------------------------- */

/* Where each symbol stands in the text. 3.5 KiB; starts zeroed (`= {0}`), holds no memory, may be set again and again
 * (some 30 ns and 1 ns a letter). The text must outlive its use. */
struct similarity_query {
    struct symbols text;
    bool has_bits; /* the processor counts bits: set with the text; tests may take it back. All give the same numbers */
    uint64_t places[256];       /* bit i: the text has this symbol at place i; the first 64 places only */
    uint16_t wide_symbols[128]; /* the same for symbols over 255, in a hash table; 0 is free */
    uint64_t wide_places[128];
};

void similarity_query_set(struct similarity_query *query, struct symbols text);

unsigned similarity_query_jaro(const struct similarity_query *query, struct symbols text, unsigned cutoff);
unsigned similarity_query_jaro_winkler(const struct similarity_query *query, struct symbols text, unsigned cutoff);
unsigned similarity_query_levenshtein(const struct similarity_query *query, struct symbols text, unsigned limit);
unsigned similarity_query_osa(const struct similarity_query *query, struct symbols text, unsigned limit);

/* ---- one text against many that are packed ----------------------------------------------------------------------- */

/* Texts of equal length lie side by side and are compared 32 (up to 8 symbols), 16 (up to 16), 8 or 4 at a time.
 * Read-only once made. The texts and their array must outlive it. Beside them it takes a byte for each different letter
 * of all texts and each 8 symbols of a text (a name of ASCII some 30 to 60 bytes); where letters are more than 47, one
 * to eight bytes a symbol. Worth its making (some 150 ns a text) from a few queries on. */
struct similarity_pack;

/* Packs `n` texts. COMITY_NOMEM. */
enum comity_status similarity_pack_new(
    const struct symbols *texts, uint32_t n, struct similarity_pack **pack, struct comity_error *err) COMITY_MUST_USE;
void similarity_pack_free(struct similarity_pack *pack);

/* One number for each text, in the order they were given in: thousandths, or 0 below `cutoff`. A high cutoff is faster.
 */
void similarity_pack_jaro(
    const struct similarity_pack *pack, const struct similarity_query *query, unsigned cutoff, uint16_t *alike);
void similarity_pack_jaro_winkler(
    const struct similarity_pack *pack, const struct similarity_query *query, unsigned cutoff, uint16_t *alike);

/* Edits, or `limit` + 1 when there are more. */
void similarity_pack_levenshtein(
    const struct similarity_pack *pack, const struct similarity_query *query, unsigned limit, uint16_t *edits);
void similarity_pack_osa(
    const struct similarity_pack *pack, const struct similarity_query *query, unsigned limit, uint16_t *edits);

/* The instructions that a pack's comparisons use: chosen by what the processor has. All give the same numbers. */
enum similarity_lanes { SIMILARITY_BEST, SIMILARITY_BASELINE, SIMILARITY_AVX2 };

/* For tests and measurements: uses other instructions. False, and no change, where this processor has none such. */
bool similarity_pack_use(struct similarity_pack *pack, enum similarity_lanes lanes);
const char *similarity_pack_lanes(const struct similarity_pack *pack);

#endif
