/* secret.h - passwords, tokens and codes: made, hashed, compared. All cryptography is libsodium's.
 *
 * Callers clear what they hold of secrets with sodium_memzero. Thread-safe; password_hash and password_matches take 32
 * MB and some 80 ms, and the caller sees to it that few run at once.
 */
#ifndef SHARE_SECRET_H
#define SHARE_SECRET_H

#include "comity.h"
#include "store/account.h"

enum {
    PASSWORD_LEAST = 12, /* characters */
    PASSWORD_MOST = 128,
    PASSWORD_HASH = 128, /* room for the hash as text, with its NUL */
    TOKEN_TEXT = 44,     /* room for 256 bits as base64url, with its NUL */
    CODE_TEXT = 12       /* room for a recovery code: "ABCDE-FGHJK" */
};

/* 256 random bits as text that can stand in an address, and what is stored of it. */
void token_make(char text[TOKEN_TEXT], struct secret_hash *hash);
/* The hash of a token, or of a recovery code in any writing of it. */
void token_hash(struct slice token, struct secret_hash *hash);
/* A recovery code of 50 random bits in letters that are not mistaken for each other; its hash as code_hash gives it. */
void code_make(char text[CODE_TEXT], struct secret_hash *hash);
/* Case, spaces and hyphens do not count. */
void code_hash(struct slice code, struct secret_hash *hash);

/* Whose password it is to be: what others guess first. Each may be empty. */
struct password_owner {
    struct slice name, full_name, unit;
};
/* Why a password cannot be taken and what would do, in English for translation; null: it can. Refused is what is
 * guessed first: common passwords (share/common.h), runs and repetitions, and what holds a word of its owner's or the
 * program's name. It must be valid UTF-8. */
const char *password_fault(struct slice password, const struct password_owner *owner);
/* Argon2id, with its salt and costs in the text. COMITY_NOMEM. */
enum comity_status password_hash(
    struct slice password, char out[PASSWORD_HASH], struct comity_error *err) COMITY_MUST_USE;
/* Whether it is the password of that hash. An empty hash (nobody of that name) takes as long and matches nothing. */
bool password_matches(struct slice password, struct slice hash);

/* What a form of this session sends along, so that no other site can send it: 256 bits that follow from the session's
 * token, under a mask of as many random bits that stands before them. So it is written differently each time, and the
 * length of a compressed page tells nothing of it (BREACH). */
enum { FORM_MARK = 87 }; /* room for 512 bits as base64url, with its NUL */
void form_mark(struct slice session_token, char out[FORM_MARK]);
bool form_mark_matches(struct slice session_token, struct slice sent);

#endif
