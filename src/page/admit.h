/* admit.h - who asks for a page, and whether it is for them: the session or token is looked up, the gate of
 * share/gate.h is asked, and where it is closed the answer is made here.
 */
#ifndef PAGE_ADMIT_H
#define PAGE_ADMIT_H

#include "page/page.h"
#include "share/gate.h"

/* Fills in account, session, rights and reader of a page whose request, arena, door, now and has_people are set. */
void admit_identify(struct page *page);
/* What the gate says of a route that needs these rights. */
enum gate_answer admit_ask(const struct page *page, uint32_t needs, enum route_place place);
/* The answer where the gate is not open: to the log-in or the second factor, or a refusal. */
enum comity_status admit_turn_away(struct page *page, enum gate_answer gate, struct comity_error *err) COMITY_MUST_USE;

#endif
