/* See common.h. The hash is the first half of BLAKE2b-128 (RFC 7693), so that the table can be made with what Python
 * has; of 60,000 entries in 64 bits none is met by chance. */
#include "share/common.h"

#include "share/secret.h"

#include <sodium.h>
#include <stdlib.h>

#include "common_passwords.h" /* COMMON_PASSWORDS: sorted, made at build time */

enum { STEM_LEAST = 4 };

static int compare(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static bool is_listed(const char *text, size_t len)
{
    unsigned char bytes[16];
    uint64_t number = 0;
    crypto_generichash(bytes, sizeof bytes, (const unsigned char *)text, len, NULL, 0);
    for (int i = 7; i >= 0; i--)
        number = number << 8 | bytes[i];
    return bsearch(&number, COMMON_PASSWORDS, sizeof COMMON_PASSWORDS / sizeof *COMMON_PASSWORDS,
               sizeof *COMMON_PASSWORDS, compare) != NULL;
}

/* What nobody would have trouble guessing beside the word itself. */
static bool is_trimming(char c)
{
    return (unsigned char)c < 0x80 && !(c >= 'a' && c <= 'z');
}

/* Without digits and signs at its ends. */
static bool is_stem_listed(const char *text, size_t len)
{
    while (len && is_trimming(text[len - 1]))
        len--;
    for (; len && is_trimming(*text); text++)
        len--;
    return len >= STEM_LEAST && is_listed(text, len);
}

static bool is_any_listed(const char *text, size_t len)
{
    return is_listed(text, len) || is_stem_listed(text, len);
}

/* The same twice, with or without one sign between. */
static bool is_double(const char *text, size_t len)
{
    size_t half = len / 2;
    return memcmp(text, text + len - half, half) == 0;
}

bool common_is(struct slice password)
{
    char folded[PASSWORD_MOST];
    if (!password.len || password.len > sizeof folded)
        return false;
    for (size_t i = 0; i < password.len; i++) {
        char c = password.ptr[i];
        folded[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    bool is_it = is_any_listed(folded, password.len) ||
                 (is_double(folded, password.len) && is_any_listed(folded, password.len / 2));
    sodium_memzero(folded, sizeof folded);
    return is_it;
}
