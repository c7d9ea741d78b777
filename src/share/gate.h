/* gate.h - whether a request is let through: a pure function of what it asks for and who asks. Every address of the
 * server passes it, by the table of routes; what it does not name is closed.
 */
#ifndef SHARE_GATE_H
#define SHARE_GATE_H

#include "share/role.h"

#include <stdbool.h>

struct gate_question {
    bool is_used;       /* anybody has an account; else the store is the desk of whoever sits at this machine */
    bool is_in;         /* somebody is logged in, or a program shows a token */
    bool wants_factor;  /* but must set up a second factor first */
    uint32_t rights;    /* what that one may */
    uint32_t needs;     /* of the route; 0: open to strangers */
    bool is_for_all_in; /* of the route: it needs a log-in and no right, nor a second factor: one's own account */
    bool is_post;
    bool is_own_form; /* the form carries this session's mark */
};

enum gate_answer {
    GATE_OPEN,
    GATE_LOG_IN,  /* not before a log-in */
    GATE_FACTOR,  /* not before a second factor */
    GATE_CLOSED,  /* not with these rights */
    GATE_FOREIGN, /* not by a form that is not ours */
};
enum gate_answer gate_ask(const struct gate_question *question);

/* What whoever sits at the machine may where nobody has an account: look at everything. */
enum { DESK_RIGHTS = RIGHT_READ | RIGHT_RESTRICTED };

#endif
