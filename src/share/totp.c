/* See totp.h. Codes are compared in constant time, and all three steps are always looked at. */
#include "share/totp.h"

#include <liboath/oath.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEP_SECONDS = 30, DIGITS = 6 };

void totp_make(unsigned char secret[ACCOUNT_SECRET])
{
    randombytes_buf(secret, ACCOUNT_SECRET);
}

/* 160 bits are 32 letters, without padding (RFC 4648). */
static void to_base32(const unsigned char secret[ACCOUNT_SECRET], char out[TOTP_TEXT])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    for (size_t i = 0; i < 32; i++) {
        size_t bit = 5 * i;
        unsigned pair = (unsigned)secret[bit / 8] << 8 | (bit / 8 + 1 < ACCOUNT_SECRET ? secret[bit / 8 + 1] : 0);
        out[i] = letters[pair >> (11 - bit % 8) & 31];
    }
    out[32] = '\0';
}

void totp_text(const unsigned char secret[ACCOUNT_SECRET], char out[TOTP_TEXT + 8])
{
    char plain[TOTP_TEXT];
    size_t n = 0;
    to_base32(secret, plain);
    for (size_t i = 0; plain[i]; i++) {
        if (i && i % 4 == 0)
            out[n++] = ' ';
        out[n++] = plain[i];
    }
    out[n] = '\0';
}

static int letter_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a';
    return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

bool totp_read(struct slice text, unsigned char secret[ACCOUNT_SECRET])
{
    unsigned bits = 0, n_bits = 0;
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == ' ')
            continue;
        int value = letter_value(text.ptr[i]);
        if (value < 0 || n == ACCOUNT_SECRET)
            return false;
        bits = bits << 5 | (unsigned)value;
        n_bits += 5;
        if (n_bits < 8)
            continue;
        n_bits -= 8;
        secret[n++] = (unsigned char)(bits >> n_bits);
    }
    return n == ACCOUNT_SECRET && n_bits == 0;
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

const char *totp_address(const unsigned char secret[ACCOUNT_SECRET], struct slice name, struct arena *arena)
{
    char plain[TOTP_TEXT];
    size_t room = 3 * name.len + 128, n = 0;
    char *out = arena_alloc(arena, room);
    if (!out)
        return NULL;
    n = (size_t)snprintf(out, room, "otpauth://totp/Comity:");
    for (size_t i = 0; i < name.len; i++)
        n += (size_t)snprintf(out + n, room - n, is_plain(name.ptr[i]) ? "%c" : "%%%02X", (unsigned char)name.ptr[i]);
    to_base32(secret, plain);
    snprintf(out + n, room - n, "?secret=%s&issuer=Comity&digits=6&period=30", plain);
    return out;
}

static bool read_digits(struct slice code, char out[DIGITS + 1])
{
    size_t n = 0;
    for (size_t i = 0; i < code.len; i++) {
        if (code.ptr[i] == ' ')
            continue;
        if (code.ptr[i] < '0' || code.ptr[i] > '9' || n == DIGITS)
            return false;
        out[n++] = code.ptr[i];
    }
    out[n] = '\0';
    return n == DIGITS;
}

uint64_t totp_step(struct slice secret, struct slice code, int64_t now)
{
    char sent[DIGITS + 1], expected[DIGITS + 1];
    uint64_t found = 0, this_step = (uint64_t)now / STEP_SECONDS;
    if (secret.len != ACCOUNT_SECRET || !read_digits(code, sent))
        return 0;
    for (uint64_t step = this_step - 1; step <= this_step + 1; step++) {
        if (oath_hotp_generate(secret.ptr, secret.len, step, DIGITS, false, OATH_HOTP_DYNAMIC_TRUNCATION, expected) !=
            OATH_OK)
            return 0;
        if (sodium_memcmp(sent, expected, DIGITS) == 0)
            found = step;
    }
    return found;
}
