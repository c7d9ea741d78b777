/* judge.h - what people decide of two rows on pages: one event, or two; what holds, and the way to take it back.
 *
 * A decision is a judgement (domain/judgement.h) like one from the command line: kept for ever, and the last word on
 * its pair. The server links the whole again by itself (http/publisher.h); pages tell how far that is. Buttons are for
 * who is logged in and may judge; nobody else sees them.
 */
#ifndef PAGE_JUDGE_H
#define PAGE_JUDGE_H

#include "page/page.h"

/* What people have decided of pairs and not taken back, as the store has it now: the snapshot may be older. */
struct decisions {
    const struct judgement **at; /* by pair, then in the order that they were made in */
    size_t n;
    bool are_followed; /* what is shown goes by all that people said, of pairs or else */
};
enum comity_status judge_decisions(struct page *page, struct decisions *out, struct comity_error *err) COMITY_MUST_USE;
/* The last word on two mentions of the snapshot, or null. */
const struct judgement *judge_decision(const struct page *page, const struct decisions *decisions, size_t a, size_t b);

/* Whether who asks may decide by a form of ours. */
bool judge_may(const struct page *page);
/* Where a form leads back to: the list of doubts, or (is_alone) the page of the two. */
struct judge_way {
    bool is_alone;
    struct slice next; /* "12-977": the doubt that is to be in view then; empty: the first */
    uint64_t skip;     /* of the list: how many stand before it */
};
/* The two buttons; where the two stand alone, with a field for the reason. */
void judge_buttons(struct page *page, size_t a, size_t b, const struct judge_way *way);
/* What was decided, by whom, and the button that takes it back. */
void judge_decided(struct page *page, const struct judgement *judgement, const struct judge_way *way);
/* What has just been decided or taken back: the page's own key "judged". Nothing where there is none. */
enum comity_status judge_told(struct page *page, const struct judge_way *way, struct comity_error *err) COMITY_MUST_USE;
/* That decisions are being linked, or could not be; nothing but a place for it where all are, or where judge_told has
 * told so already. */
void judge_linking(struct page *page, const struct decisions *decisions);
/* "12-977", by the numbers of two mentions: a doubt in addresses. */
struct slice judge_pair(struct page *page, size_t a, size_t b);

#endif
