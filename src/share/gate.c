/* See gate.h. The order matters: a stranger is asked to log in before anything is said of what a page needs. */
#include "share/gate.h"

static enum gate_answer ask_stranger(const struct gate_question *q)
{
    if (q->is_for_all_in)
        return GATE_LOG_IN;
    if (!q->needs)
        return GATE_OPEN;
    if (q->is_used)
        return GATE_LOG_IN;
    return (q->needs & ~(uint32_t)DESK_RIGHTS) || q->is_post ? GATE_CLOSED : GATE_OPEN;
}

enum gate_answer gate_ask(const struct gate_question *q)
{
    if (!q->is_in)
        return ask_stranger(q);
    if (q->is_post && !q->is_own_form)
        return GATE_FOREIGN;
    if (q->is_for_all_in || !q->needs)
        return GATE_OPEN;
    if (q->wants_factor)
        return GATE_FACTOR;
    return q->needs & ~q->rights ? GATE_CLOSED : GATE_OPEN;
}

enum gate_entry_answer gate_ask_see(const struct gate_entry_question *q)
{
    bool is_of_desk = q->rights & (RIGHT_ENTER | RIGHT_APPROVE);
    return is_of_desk && slice_equal(q->unit, q->entry_unit) ? GATE_ENTRY_OPEN : GATE_ENTRY_HIDDEN;
}

enum gate_entry_answer gate_ask_do(const struct gate_entry_question *q, enum entry_deed deed)
{
    bool is_writing = deed == ENTRY_SAVE || deed == ENTRY_SUBMIT || deed == ENTRY_DISCARD;
    if (gate_ask_see(q) != GATE_ENTRY_OPEN)
        return GATE_ENTRY_HIDDEN;
    if (!(q->rights & (is_writing ? RIGHT_ENTER : RIGHT_APPROVE)))
        return GATE_ENTRY_CLOSED;
    return deed == ENTRY_APPROVE && slice_equal(q->name, q->author) ? GATE_ENTRY_OWN : GATE_ENTRY_OPEN;
}
