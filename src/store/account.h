/* account.h - people as the store keeps them: accounts, invitations, sessions, tokens.
 *
 * Only keeps and finds: what a password is worth, who may do what and how long things last is for src/share. Secrets
 * come in hashed. Each call is one short transaction, durable on return, that does not wait for an import
 * (docs/decisions/0700). Whatever changes an account is a line of the ledger. Texts are copied into the caller's arena.
 * Times are seconds since 1970, given by the caller.
 */
#ifndef STORE_ACCOUNT_H
#define STORE_ACCOUNT_H

#include "store/store.h"

enum { ACCOUNT_HASH = 32, ACCOUNT_SECRET = 20 };
struct secret_hash {
    unsigned char bytes[ACCOUNT_HASH];
};

struct account {
    uint64_t id;
    struct slice name; /* what one logs in with: folded by the caller, unique */
    struct slice full_name, unit;
    uint8_t roles; /* a set: share/role.h */
    bool is_disabled;
    struct slice password; /* the hash, as text */
    struct slice totp;     /* ACCOUNT_SECRET bytes, or empty */
    uint64_t totp_last;    /* the time step of the last code that was taken */
    int64_t created, seen; /* seen: the last log-in; 0: never */
    struct slice created_by;
};

/* Whether anybody has an account. */
enum comity_status store_has_accounts(struct store *store, bool *has, struct comity_error *err) COMITY_MUST_USE;
/* COMITY_NOTFOUND. */
enum comity_status store_account_named(struct store *store, struct slice name, struct arena *arena, struct account *out,
    struct comity_error *err) COMITY_MUST_USE;
enum comity_status store_account(struct store *store, uint64_t id, struct arena *arena, struct account *out,
    struct comity_error *err) COMITY_MUST_USE;
/* All, by name. */
enum comity_status store_accounts(struct store *store, const struct reader *reader, struct arena *arena,
    struct account **out, size_t *n, struct comity_error *err) COMITY_MUST_USE;

/* ---- invitations ------------------------------------------------------------------------------------------------ */

/* A link that works once: for somebody new (account 0), with these roles, or to set the password of an account anew. */
struct invitation {
    struct secret_hash hash;
    uint64_t account;
    uint8_t roles;
    struct slice unit, note; /* note: for whom, in the administrator's words */
    int64_t expires, created;
    struct slice created_by;
};
enum comity_status store_invitation_add(struct store *store, const struct invitation *invitation,
    const struct reader *who, struct comity_error *err) COMITY_MUST_USE;
/* COMITY_NOTFOUND also when it is over, or was used. */
enum comity_status store_invitation(struct store *store, const struct secret_hash *hash, int64_t now,
    struct arena *arena, struct invitation *out, struct comity_error *err) COMITY_MUST_USE;
/* Those that are open, newest first. */
enum comity_status store_invitations(struct store *store, const struct reader *reader, int64_t now, struct arena *arena,
    struct invitation **out, size_t *n, struct comity_error *err) COMITY_MUST_USE;
/* Takes one back: by its number in store_invitations, which is the first eight bytes of its hash. COMITY_NOTFOUND. */
enum comity_status store_invitation_withdraw(
    struct store *store, uint64_t number, const struct reader *who, struct comity_error *err) COMITY_MUST_USE;
uint64_t invitation_number(const struct invitation *invitation);

/* Uses an invitation and makes the account that it is for, at once: COMITY_NOTFOUND when it was used meanwhile,
 * COMITY_CONFLICT when the name is taken. Roles and unit are the invitation's. */
enum comity_status store_account_join(struct store *store, const struct secret_hash *invitation,
    const struct account *account, uint64_t *id, struct comity_error *err) COMITY_MUST_USE;
/* Uses an invitation to set the password of its account, and ends all its sessions. */
enum comity_status store_account_reset(struct store *store, const struct secret_hash *invitation, struct slice password,
    int64_t now, struct comity_error *err) COMITY_MUST_USE;

/* ---- changes ----------------------------------------------------------------------------------------------------- */

/* Sets the password and ends all sessions but `keep` (null: all). */
enum comity_status store_account_password(struct store *store, uint64_t id, struct slice password,
    const struct secret_hash *keep, const struct reader *who, struct comity_error *err) COMITY_MUST_USE;
/* Sets the second factor and its recovery codes; with an empty secret: takes both away. */
enum comity_status store_account_totp(struct store *store, uint64_t id, struct slice secret,
    const struct secret_hash *recovery, size_t n_recovery, const struct reader *who,
    struct comity_error *err) COMITY_MUST_USE;
/* A code of this time step is taken: COMITY_CONFLICT when it, or a later one, was taken before. */
enum comity_status store_account_step(
    struct store *store, uint64_t id, uint64_t step, struct comity_error *err) COMITY_MUST_USE;
/* Uses a recovery code up. COMITY_NOTFOUND. */
enum comity_status store_account_recover(
    struct store *store, uint64_t id, const struct secret_hash *code, struct comity_error *err) COMITY_MUST_USE;
enum comity_status store_account_codes_left(
    struct store *store, uint64_t id, uint64_t *n, struct comity_error *err) COMITY_MUST_USE;
/* Roles, unit and whether it is disabled; a disabled one loses its sessions. COMITY_CONFLICT when no administrator
 * (`administrator`: the bit of that role) would be left. */
enum comity_status store_account_change(struct store *store, const struct account *account, uint8_t administrator,
    const struct reader *who, struct comity_error *err) COMITY_MUST_USE;

/* ---- sessions ---------------------------------------------------------------------------------------------------- */

enum session_stage { SESSION_PASSWORD_GIVEN, SESSION_OPEN };
struct session {
    struct secret_hash hash;
    uint64_t account;
    uint8_t stage;
    int64_t created, seen, expires;
    struct slice agent, peer;
};
/* Adds one, ends `instead` (null: none), and clears away those that are over. An open one is the account's log-in. */
enum comity_status store_session_add(struct store *store, const struct session *session,
    const struct secret_hash *instead, struct comity_error *err) COMITY_MUST_USE;
/* COMITY_NOTFOUND also when it is over or its account is disabled. */
enum comity_status store_session(struct store *store, const struct secret_hash *hash, int64_t now, struct arena *arena,
    struct session *out, struct account *account, struct comity_error *err) COMITY_MUST_USE;
/* It was used now. Not worth waiting for: COMITY_BUSY at once. */
enum comity_status store_session_touch(
    struct store *store, const struct secret_hash *hash, int64_t now, struct comity_error *err) COMITY_MUST_USE;
/* Those of an account, the latest used first. */
enum comity_status store_sessions(struct store *store, uint64_t account, int64_t now, struct arena *arena,
    struct session **out, size_t *n, struct comity_error *err) COMITY_MUST_USE;
enum comity_status store_session_end(
    struct store *store, const struct secret_hash *hash, struct comity_error *err) COMITY_MUST_USE;
/* One of an account, by its number: the first eight bytes of its hash. COMITY_NOTFOUND when it is none of the
 * account's. */
enum comity_status store_session_end_one(struct store *store, uint64_t account, uint64_t number,
    const struct reader *who, struct comity_error *err) COMITY_MUST_USE;
uint64_t session_number(const struct session *session);
/* All of an account but `keep` (null: all). */
enum comity_status store_sessions_end(struct store *store, uint64_t account, const struct secret_hash *keep,
    const struct reader *who, struct comity_error *err) COMITY_MUST_USE;

/* ---- tokens for programs ----------------------------------------------------------------------------------------- */

struct api_token {
    uint64_t id;
    struct secret_hash hash;
    uint64_t account;
    struct slice name; /* what it is for */
    uint32_t rights;   /* share/role.h: never more than its account has now */
    int64_t created, expires, used;
};
enum comity_status store_token_add(struct store *store, const struct api_token *token, const struct reader *who,
    uint64_t *id, struct comity_error *err) COMITY_MUST_USE;
/* COMITY_NOTFOUND also when it is over or its account is disabled. */
enum comity_status store_token(struct store *store, const struct secret_hash *hash, int64_t now, struct arena *arena,
    struct api_token *out, struct account *account, struct comity_error *err) COMITY_MUST_USE;
enum comity_status store_tokens(struct store *store, uint64_t account, struct arena *arena, struct api_token **out,
    size_t *n, struct comity_error *err) COMITY_MUST_USE;
/* COMITY_NOTFOUND when it is none of the account's. */
enum comity_status store_token_end(struct store *store, uint64_t account, uint64_t id, const struct reader *who,
    struct comity_error *err) COMITY_MUST_USE;

#endif
