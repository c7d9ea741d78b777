/* part.h - parts and wholes: one haul told in parts, a total beside its parts, an operation told as one sum.
 *
 * A part is no second report of its whole: it is an event of its own that the whole holds. So it is never joined with
 * it, and it is not added up where its whole is. What is found is proposed as judgements *part of*, one for each part,
 * with the reason; they hold until a person undoes them.
 *
 * Found is where what one source tells (W) is the sum of two or more that one source tells (P1 … Pn): one country,
 * concept group and dimension, within PART_DAYS days; bundles as far away as the sources are late, up to PART_FAR_DAYS
 * (part_overlap.h). The evidence is the odds of P(the difference | told in parts) · how often that is  against  λ ·
 * P(the difference | chance), λ being the number of subsets that one would find by accident as near in place and, but
 * for bundles, in day: the local rate of rows, times how often they stand in bundles of one day and place, times how
 * many subsets were tried; for bundles both sides are of one day. So a precise sum in a quiet place says much, and 5 +
 * 5 = 10 kg nothing. A search among the same rows at other times (decoys; Elias and Gygi, Nature Methods 4 (2007)
 * 207-214) finds only accidents: how many tells which share of the finds are, and raises the threshold until that is
 * PART_MOST_FALSE.
 *
 * A pure function of its arguments, but that a second look at other clusters goes on from what the first has found: how
 * often two sources tell of one event, and how late, stays what it was. O(n log n + n · rows of a country, group and
 * fortnight, of late sources of two months); 100 bytes for each amount. Why so: docs/decisions/0810-parts.md; for a
 * statistician: docs/LINKING.md.
 */
#ifndef LINK_PART_H
#define LINK_PART_H

#include "domain/judgement.h"
#include "link/cluster.h"
#include "link/resolve.h"

enum { PART_DAYS = 7, PART_FAR_DAYS = 31, PART_MOST_LINES = 40 };
#define PART_MOST_FALSE 0.04

struct parts_found {
    struct judgement *at; /* PART_OF, a part of b; in the arena; sums by b, then a, in the order of positions, and
                             behind them lines without amounts, likewise */
    size_t n;
    struct position_pair *apart; /* what must not be one event; freed by the caller */
    size_t n_apart, room_apart;
    bool is_settled; /* no such pair is one event in `cluster` */
};

/* What is kept for when more is looked for in the same mentions: how sure sums of each kind must be, which decoys are
 * asked when it is not known; and lines that were joined with their whole, since nothing else tells of them once they
 * are apart; and what was found, since most of it stands. Starts zeroed, ends with parts_known_release(). */
enum { PART_KINDS = 3 };
struct parts_known {
    double log_odds[PART_KINDS];
    bool is_known;
    struct position_pair *lines; /* a line and its whole, by the whole; PART_NONE where it may be the total of the other
                                    lines, and is held apart only; in the arena */
    size_t n_lines;
    struct parts_state *state; /* part.c */
};
/* Reads what is told of amounts, then compares it by source, which needs no clusters: the one and the other may be done
 * before there are any, in this order; else parts_find() does. Release `known` whatever the status. */
enum comity_status parts_read(const struct frame *frame, struct parts_known *known) COMITY_MUST_USE;
enum comity_status parts_compare(struct parts_known *known) COMITY_MUST_USE;
void parts_known_release(struct parts_known *known);

/* `cluster`: by position, as clustering made it. Of `judgements` persons' *part of* hold, and what a person has undone
 * is not proposed again. */
enum comity_status parts_find(const struct frame *frame, const uint32_t *cluster, const struct judgement *judgements,
    size_t n_judgements, unsigned threads, struct parts_known *known, struct arena *arena,
    struct parts_found *out) COMITY_MUST_USE;

/* Training takes parts that one source tells for an event that it tells twice. Sets frame->parted_bits to the share of
 * such pairs that were found to be parts (to 30 % at least: what agrees in everything and has a rare amount is still
 * one event), and adds to found->apart the rows without an amount of a source most of whose pairs are parts. Once, with
 * what was found first. O(n log n). */
enum comity_status parts_unlearn_twice(
    struct frame *frame, const uint32_t *cluster, struct parts_found *found) COMITY_MUST_USE;

/* Fills resolution->whole from the live judgements *part of*: by entity, the index of the entity that it is a part of
 * and is added up with, or RESOLVE_NO_WHOLE. That is only where it tells no amount or one of its whole's concept group
 * and dimension: three grams of heroin are no part of an amount of cannabis, whatever the case. The outermost whole
 * counts; what is part of itself in a circle is counted. Null stays null where nothing is a part. O(mentions). */
enum comity_status parts_place(const struct mentions *mentions, const struct judgement *judgements, size_t n_judgements,
    struct resolution *resolution, struct comity_error *err) COMITY_MUST_USE;

#endif
