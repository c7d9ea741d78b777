/* gate.h - whether a request is let through: a pure function of what it asks for and who asks. Every address of the
 * server passes it, by the table of routes; what it does not name is closed.
 */
#ifndef SHARE_GATE_H
#define SHARE_GATE_H

#include "domain/entry.h"
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

/* Entries (domain/entry.h): drafts are their unit's, and nobody approves what they wrote themselves. Whether the state
 * of the entry allows it is for the store. */
struct gate_entry_question {
    uint32_t rights; /* of who asks */
    struct slice name, unit;
    struct slice author;     /* of the entry's newest version */
    struct slice entry_unit; /* whose it is */
};
enum gate_entry_answer {
    GATE_ENTRY_OPEN,
    GATE_ENTRY_HIDDEN, /* as if there were no such entry */
    GATE_ENTRY_CLOSED, /* not with these rights */
    GATE_ENTRY_OWN     /* somebody else must look at it */
};
enum gate_entry_answer gate_ask_see(const struct gate_entry_question *question);
enum gate_entry_answer gate_ask_do(const struct gate_entry_question *question, enum entry_deed deed);

/* What whoever sits at the machine may where nobody has an account: look at everything. */
enum { DESK_RIGHTS = RIGHT_READ | RIGHT_RESTRICTED };

#endif
