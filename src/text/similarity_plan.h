/* similarity_plan.h - what the similarity join does, before it does it. Internal to text/similarity_*.c.
 *
 * Texts are in groups of one length (those of the pack, and one for each length that has no lanes). For each pair of
 * groups whose lengths allow a pair that is alike, the plan says how to find such pairs: all against all, or by keys. A
 * pair that is alike shares at least `needed` letters: so both texts, without all but so many, leave the same key.
 */
#ifndef TEXT_SIMILARITY_PLAN_H
#define TEXT_SIMILARITY_PLAN_H

#include "text/similarity_join.h"
#include "text/similarity_pack.h"

#include <stdatomic.h>

/* Of a key, or of a pair that met by one, in comparisons in lanes. */
enum { KEY_PRICE = 32 };

/* What a key is of: the letters that stay, in any order, and as many letters in front as they stand (0 … 4: what is
 * missing for Jaro-Winkler may be made good by the prefix); or the letters that stay, in their order, for edits. */
enum { KEY_OF_ORDER = WINKLER_LETTERS + 1, KEY_KINDS };

/* What counts as alike, as asked or tightened. */
struct join_level {
    unsigned least_alike, most_edits;
    unsigned letters_for_edits[SIMILARITY_JOIN_MOST_EDITS + 1];
};

struct plan_pair {
    uint32_t group, other;       /* group <= other */
    uint16_t edits;              /* that are few enough for the longer of the two */
    bool is_near;                /* the lengths allow so few edits */
    bool has_keys;               /* found by keys, otherwise all against all */
    uint16_t key_len[KEY_KINDS]; /* letters that a key of the kind keeps; 0: no pair needs the kind */
    uint16_t matches_needed[WINKLER_LETTERS + 1];
};

/* A piece of work: some texts of a group against all that they are planned with, or all keys of one size that
 * fall into one slice. */
struct join_piece {
    bool has_keys;
    uint32_t group, first, n; /* positions in the pack's order */
    unsigned kind;
    uint32_t key_len, slice, n_slices;
    struct similarity_pair *pairs;
    size_t n_pairs, room;
};

struct join_run {
    const struct symbols *texts; /* cut to SIMILARITY_MOST */
    const struct similarity_pack *pack;
    struct join_level level;
    struct pack_group *groups; /* `rows` is null where there are no lanes */
    size_t n_groups;
    struct plan_pair *plan; /* sorted by (group, other) */
    size_t n_plan, room_plan;
    uint32_t *plan_of_group; /* n_groups + 1 beginnings in `plan` */
    struct join_piece *pieces;
    size_t n_pieces, room_pieces;
    uint64_t budget, most_pairs, keys_from;
    _Atomic uint64_t cost, n_compared, n_found;
};

/* The edits that are few enough where the longer text has so many symbols. */
static inline unsigned level_edits(const struct join_level *level, size_t longest)
{
    unsigned edits = level->most_edits;
    while (edits > 0 && longest < level->letters_for_edits[edits])
        edits--;
    return edits;
}

/* Groups, plan and pieces for the level of `run`, whose pack and texts are set. COMITY_NOMEM. */
enum comity_status plan_make(struct join_run *run);
void plan_release(struct join_run *run);

/* The plan of two groups, or null. */
const struct plan_pair *plan_find(const struct join_run *run, uint32_t group, uint32_t other);

/* Whether a pair is alike, and if so its numbers. `query` is set to one of the texts. */
bool plan_is_alike(const struct plan_pair *plan, unsigned least_alike, const struct similarity_query *query,
    struct symbols text, struct similarity_pair *pair);

/* Adds a pair of positions of the pack's order. COMITY_NOMEM; COMITY_LIMIT when there are too many. */
enum comity_status plan_found(
    struct join_run *run, struct join_piece *piece, uint32_t x, uint32_t y, struct similarity_pair pair);

/* Counts work; COMITY_LIMIT when it is over the budget. `price`: of one comparison, against one in lanes. */
enum comity_status plan_spend(struct join_run *run, uint64_t n_comparisons, uint64_t price);

/* The two kinds of pieces. */
enum comity_status join_lanes_piece(struct join_run *run, struct join_piece *piece);
enum comity_status join_keys_piece(struct join_run *run, struct join_piece *piece);

/* The most keys that a text of `len` leaves when `cut` letters are taken out. */
uint64_t join_keys_most(size_t len, size_t cut, unsigned kind);

#endif
