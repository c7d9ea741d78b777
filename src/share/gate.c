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
