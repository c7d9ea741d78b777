/* See secret.h. Costs after the second recommendation of RFC 9106 (Argon2id, 3 passes), with half of its memory so that
 * a machine of 512 MB serves as well: still above the least that OWASP's cheat sheet names (19 MiB, 2 passes). */
#include "share/secret.h"

#include "base/error.h"
#include "share/common.h"

#include <sodium.h>
#include <string.h>

enum { TOKEN_BYTES = 32, HASH_PASSES = 3, HASH_MEMORY = 32 << 20, CODE_LETTERS = 10, WORD_LEAST = 4 };

static const char code_alphabet[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"; /* without I, O, 0 and 1 */

void token_make(char text[TOKEN_TEXT], struct secret_hash *hash)
{
    unsigned char bytes[TOKEN_BYTES];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2base64(text, TOKEN_TEXT, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    token_hash(slice_from(text), hash);
    sodium_memzero(bytes, sizeof bytes);
}

void token_hash(struct slice token, struct secret_hash *hash)
{
    crypto_generichash(
        hash->bytes, ACCOUNT_HASH, (const unsigned char *)(token.ptr ? token.ptr : ""), token.len, NULL, 0);
}

void code_make(char text[CODE_TEXT], struct secret_hash *hash)
{
    unsigned char bytes[CODE_LETTERS];
    size_t n = 0;
    randombytes_buf(bytes, sizeof bytes);
    for (size_t i = 0; i < CODE_LETTERS; i++) {
        if (i == CODE_LETTERS / 2)
            text[n++] = '-';
        text[n++] = code_alphabet[bytes[i] % 32];
    }
    text[n] = '\0';
    code_hash(slice_from(text), hash);
    sodium_memzero(bytes, sizeof bytes);
}

void code_hash(struct slice code, struct secret_hash *hash)
{
    char plain[CODE_LETTERS + 1];
    size_t n = 0;
    for (size_t i = 0; i < code.len && n < sizeof plain; i++) {
        char c = code.ptr[i];
        if (c == '-' || c == ' ')
            continue;
        plain[n++] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    token_hash(slice_of(plain, n), hash);
    sodium_memzero(plain, sizeof plain);
}

/* ---- passwords ----------------------------------------------------------------------------------------------------
 */

static size_t count_characters(struct slice text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    return n;
}

/* "aaaaaaaaaaaa", "123412341234": few different characters say little, however many there are. */
static size_t count_different(struct slice text)
{
    bool seen[256] = {false};
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        n += !seen[(unsigned char)text.ptr[i]];
        seen[(unsigned char)text.ptr[i]] = true;
    }
    return n;
}

/* Each character one further than the one before: "abcdefghijkl", "987654321098". */
static bool is_run(struct slice text)
{
    size_t n_steps = 0;
    for (size_t i = 1; i < text.len; i++) {
        int step = text.ptr[i] - text.ptr[i - 1];
        n_steps += step == 1 || step == -1;
    }
    return n_steps + 3 >= text.len;
}

static bool holds_nocase(struct slice text, struct slice part)
{
    for (size_t i = 0; part.len && i + part.len <= text.len; i++) {
        if (slice_equal_nocase(slice_of(text.ptr + i, part.len), part))
            return true;
    }
    return false;
}

/* Whether it holds a word of that name; words of two or three letters are in many others. */
static bool holds_word_of(struct slice password, struct slice name)
{
    static const char signs[] = " .,;:-_@+()'/";
    for (size_t from = 0, i = 0; i <= name.len; i++) {
        if (i < name.len && !strchr(signs, name.ptr[i]))
            continue;
        if (i - from >= WORD_LEAST && holds_nocase(password, slice_of(name.ptr + from, i - from)))
            return true;
        from = i + 1;
    }
    return false;
}

static bool holds_a_name(struct slice password, const struct password_owner *owner)
{
    return (owner->name.len > 2 && holds_nocase(password, owner->name)) || holds_word_of(password, owner->name) ||
           holds_word_of(password, owner->full_name) || holds_word_of(password, owner->unit) ||
           holds_nocase(password, SLICE("comity"));
}

const char *password_fault(struct slice password, const struct password_owner *owner)
{
    if (count_characters(password) < PASSWORD_LEAST)
        return TELL("A password needs at least 12 characters: four words in a row are good.");
    if (password.len > PASSWORD_MOST)
        return TELL("A password has at most 128 characters.");
    if (holds_a_name(password, owner))
        return TELL("A password must not hold your name, your unit or the name of this program, which are guessed "
                    "first: take four words that have nothing to do with you.");
    if (count_different(password) < 6 || is_run(password) || holds_nocase(password, SLICE("password")) ||
        holds_nocase(password, SLICE("qwerty")))
        return TELL("This password is too easy to guess: take four words that have nothing to do with each other.");
    if (common_is(password))
        return TELL("Many people have used this password, so it is among the first that are tried: take four words "
                    "that have nothing to do with each other.");
    return NULL;
}

enum comity_status password_hash(struct slice password, char out[PASSWORD_HASH], struct comity_error *err)
{
    _Static_assert(PASSWORD_HASH >= crypto_pwhash_STRBYTES, "the hash needs room");
    if (crypto_pwhash_str_alg(out, password.ptr, password.len, HASH_PASSES, HASH_MEMORY, crypto_pwhash_ALG_ARGON2ID13))
        return error_nomem(err);
    return COMITY_OK;
}

bool password_matches(struct slice password, struct slice hash)
{
    /* Of a password that nobody knows, so that an unknown name takes as long. */
    static const char nobody[] = "$argon2id$v=19$m=32768,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
                                 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    char text[PASSWORD_HASH] = {0};
    struct slice against = hash.len && hash.len < sizeof text ? hash : slice_from(nobody);
    memcpy(text, against.ptr, against.len);
    bool is_same = crypto_pwhash_str_verify(text, password.ptr ? password.ptr : "", password.len) == 0;
    return is_same && hash.len > 0;
}

/* ---- forms --------------------------------------------------------------------------------------------------------
 */

static void form_bytes(struct slice session_token, unsigned char bytes[TOKEN_BYTES])
{
    static const unsigned char purpose[] = "comity: forms of this session";
    crypto_generichash(bytes, TOKEN_BYTES, (const unsigned char *)(session_token.ptr ? session_token.ptr : ""),
        session_token.len, purpose, sizeof purpose - 1);
}

void form_mark(struct slice session_token, char out[FORM_MARK])
{
    unsigned char bytes[2 * TOKEN_BYTES];
    randombytes_buf(bytes, TOKEN_BYTES);
    form_bytes(session_token, bytes + TOKEN_BYTES);
    for (int i = 0; i < TOKEN_BYTES; i++)
        bytes[TOKEN_BYTES + i] ^= bytes[i];
    sodium_bin2base64(out, FORM_MARK, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool form_mark_matches(struct slice session_token, struct slice sent)
{
    unsigned char bytes[2 * TOKEN_BYTES], expected[TOKEN_BYTES];
    size_t len = 0;
    if (!sent.len ||
        sodium_base642bin(
            bytes, sizeof bytes, sent.ptr, sent.len, NULL, &len, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) ||
        len != sizeof bytes)
        return false;
    form_bytes(session_token, expected);
    for (int i = 0; i < TOKEN_BYTES; i++)
        bytes[TOKEN_BYTES + i] ^= bytes[i];
    return sodium_memcmp(bytes + TOKEN_BYTES, expected, TOKEN_BYTES) == 0;
}
