/* totp.h - the second factor: time-based one-time passwords (RFC 6238: SHA-1, 30 seconds, six digits), by liboath. */
#ifndef SHARE_TOTP_H
#define SHARE_TOTP_H

#include "comity.h"
#include "store/account.h"

enum { TOTP_TEXT = 40 }; /* room for a secret in base32, with its NUL */

/* A random secret. */
void totp_make(unsigned char secret[ACCOUNT_SECRET]);
/* As people type it in: base32 in groups of four. */
void totp_text(const unsigned char secret[ACCOUNT_SECRET], char out[TOTP_TEXT + 8]);
/* And back; capitals and spaces do not count. False when it is no such text. */
bool totp_read(struct slice text, unsigned char secret[ACCOUNT_SECRET]);
/* "otpauth://totp/…", as authenticators read it; in the arena, null when memory is out. */
const char *totp_address(const unsigned char secret[ACCOUNT_SECRET], struct slice name, struct arena *arena);
/* The time step that the code is of, among the last one, this one and the next; 0 when it is of none. Spaces do not
 * count. */
uint64_t totp_step(struct slice secret, struct slice code, int64_t now);

#endif
