/* door.h - how people come in: log-in, second factor, sessions, invitations, tokens.
 *
 * One door to a store, shared by all threads; it has a writing handle of its own, which waits for no import. Nothing
 * here tells whether an account exists: a wrong name and a wrong password take as long and are answered alike. Messages
 * are English, for translation by the page.
 *
 * Refusals: COMITY_REFUSED (wrong), COMITY_LIMIT (too many failures: `wait` in struct visit tells how long),
 * COMITY_BUSY (too many at once), COMITY_NOTFOUND (a link or a session that is none or no more).
 */
#ifndef SHARE_DOOR_H
#define SHARE_DOOR_H

#include "share/role.h"
#include "share/secret.h"

struct door;

enum {
    DOOR_IDLE_S = 30 * 60,      /* a session that is not used ends */
    DOOR_SESSION_S = 12 * 3600, /* and every session after a day of work */
    DOOR_CODE_S = 5 * 60,       /* between the password and the code */
    DOOR_INVITATION_S = 7 * 86400,
    DOOR_FIRST_S = 86400, /* the link that makes the first administrator */
    DOOR_TOKEN_MOST_S = 366 * 86400,
    DOOR_RECOVERY_CODES = 10,
    DEVICE_TEXT = 88
};

/* Where somebody comes from, and when. */
struct visit {
    struct slice peer, agent;
    struct slice device; /* what door_password gave this browser when somebody logged in from it; empty: unknown */
    int64_t now;         /* seconds since 1970 */
    int64_t wait;        /* set with COMITY_LIMIT: seconds */
};

enum comity_status door_open(const char *store_path, struct door **out, struct comity_error *err) COMITY_MUST_USE;
void door_close(struct door *door);
/* Whether anybody has an account: then only who is logged in sees anything. */
enum comity_status door_is_used(struct door *door, bool *is_used, struct comity_error *err) COMITY_MUST_USE;

/* ---- logging in -------------------------------------------------------------------------------------------------- */

struct admission {
    char token[TOKEN_TEXT];   /* of the new session, for the cookie */
    char device[DEVICE_TEXT]; /* for the browser to keep; empty until the session is open */
    bool needs_code;          /* only the password was right yet: door_code comes next */
};
/* The first step; for accounts without a second factor the only one. `instead`: the session of before, which ends. */
enum comity_status door_password(struct door *door, struct visit *visit, struct slice name, struct slice password,
    struct slice instead, struct admission *out, struct comity_error *err) COMITY_MUST_USE;
/* The second step: a code of the authenticator, or a recovery code. The session gets a new token. */
enum comity_status door_code(struct door *door, struct visit *visit, struct slice token, struct slice code,
    struct admission *out, struct comity_error *err) COMITY_MUST_USE;
/* Who has this session, if it is open and not over; texts in the arena. COMITY_NOTFOUND. */
enum comity_status door_session(struct door *door, struct slice token, int64_t now, struct arena *arena,
    struct session *session, struct account *account, struct comity_error *err) COMITY_MUST_USE;
/* Whether the password was given for this session, and the code is still to come. */
bool door_awaits_code(struct door *door, struct slice token, int64_t now);
enum comity_status door_leave(struct door *door, struct slice token, struct comity_error *err) COMITY_MUST_USE;
/* Whether an account must set up a second factor before anything else: all but those who only read. */
bool door_wants_factor(const struct account *account);

/* ---- coming in for the first time ----------------------------------------------------------------------------------
 */

/* A link's token for somebody new, or (account not 0) to set a password anew. */
enum comity_status door_invite(struct door *door, const struct invitation *invitation, int64_t now,
    const struct reader *who, char token[TOKEN_TEXT], struct comity_error *err) COMITY_MUST_USE;
/* The token of the link that makes the first administrator; earlier ones are void. COMITY_CONFLICT when there is an
 * account. */
enum comity_status door_first(
    struct door *door, int64_t now, char token[TOKEN_TEXT], struct comity_error *err) COMITY_MUST_USE;
enum comity_status door_invitation(struct door *door, struct slice token, int64_t now, struct arena *arena,
    struct invitation *out, struct comity_error *err) COMITY_MUST_USE;
/* COMITY_USAGE: the name or the password cannot be taken; the message says why. COMITY_CONFLICT: the name is taken. */
enum comity_status door_join(struct door *door, struct slice token, struct slice name, struct slice full_name,
    struct slice password, int64_t now, struct comity_error *err) COMITY_MUST_USE;
enum comity_status door_reset(struct door *door, struct slice token, struct slice password, int64_t now,
    struct comity_error *err) COMITY_MUST_USE;

/* ---- one's own account ---------------------------------------------------------------------------------------------
 */

/* COMITY_REFUSED when the old one is not right. All other sessions end. */
enum comity_status door_change_password(struct door *door, struct visit *visit, const struct account *account,
    struct slice session_token, struct slice old, struct slice fresh, struct comity_error *err) COMITY_MUST_USE;
/* Takes a secret that a code proves to be in the authenticator. Gives recovery codes, to be shown once. Whoever has an
 * authenticator already gives the password, too: a session that was left open must not change who can log in. */
enum comity_status door_set_factor(struct door *door, struct visit *visit, const struct account *account,
    struct slice password, struct slice secret, struct slice code, char codes[DOOR_RECOVERY_CODES][CODE_TEXT],
    struct comity_error *err) COMITY_MUST_USE;
/* A token for programs: at most what the account may, at most a year. */
enum comity_status door_make_token(struct door *door, const struct account *account, struct slice name, uint32_t rights,
    int64_t now, int64_t expires, char token[TOKEN_TEXT], struct comity_error *err) COMITY_MUST_USE;
/* The account of a token, and what it may with it. COMITY_NOTFOUND. */
enum comity_status door_token(struct door *door, struct slice token, int64_t now, struct arena *arena,
    struct account *account, uint32_t *rights, struct comity_error *err) COMITY_MUST_USE;

/* The store's handle for what needs no more than keeping (lists, ends, changes), locked until door_unlock. */
struct store *door_lock(struct door *door);
void door_unlock(struct door *door);

#endif
