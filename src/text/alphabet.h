/* alphabet.h - texts as symbols: what the comparators of text/similarity.h look at.
 *
 * Comparators ask only whether two characters are equal, so a character may be any small number. A text of ASCII is
 * its own symbols: nothing is copied. A text with other characters is turned by an alphabet, which numbers the
 * characters of one dictionary: ASCII stays itself, the others become 128, 129 … in order of first sight, a byte
 * each as long as there are at most 255 numbers and 16 bits each beyond. Two different characters never become equal.
 * Bytes that are no UTF-8 are characters of their own, one each, different from every valid one.
 *
 *     struct alphabet alphabet = {0};
 *     alphabet_add(&alphabet, text)  …for each text of the dictionary
 *     alphabet_turn(&alphabet, text, &arena, &symbols)  …then for each text
 *     similarity_osa(symbols, others, 2);
 *     alphabet_release(&alphabet);
 *
 * Symbols of one alphabet may be compared with each other, and with no others.
 */
#ifndef TEXT_ALPHABET_H
#define TEXT_ALPHABET_H

#include "base/arena.h"
#include "base/map.h"
#include "base/slice.h"
#include "comity.h"

#include <stdint.h>

/* A text as symbols that somebody else owns: `len` of them, bytes or, where `is_wide`, uint16_t (aligned to 2). */
struct symbols {
    const void *ptr;
    size_t len;
    bool is_wide;
};

/* The bytes themselves: right for ASCII, and wherever bytes are what shall be compared. */
static inline struct symbols symbols_of(struct slice text)
{
    return (struct symbols){.ptr = text.ptr, .len = text.len};
}

static inline uint16_t symbol_at(struct symbols text, size_t i)
{
    return text.is_wide ? ((const uint16_t *)text.ptr)[i] : ((const uint8_t *)text.ptr)[i];
}

/* Starts zeroed. Not to be changed by one thread while others use it; read-only use needs no lock. */
struct alphabet {
    struct map numbers; /* of the characters beyond ASCII */
};

/* The number of a character that the alphabet has not seen. No character of the dictionary has it, so such a character
 * equals none of the dictionary's, which is the truth; compare texts that hold it with the dictionary only. */
#define ALPHABET_OTHER UINT16_MAX

void alphabet_release(struct alphabet *alphabet);

/* Takes note of the characters of a text. COMITY_NOMEM; COMITY_LIMIT beyond 65,407 different ones that are not ASCII.
 * Cost: a few ns a byte for ASCII, about 10 ns for each other character. */
enum comity_status alphabet_add(struct alphabet *alphabet, struct slice text, struct comity_error *err) COMITY_MUST_USE;

/* The text as symbols: the text itself if it is ASCII, otherwise in memory of the arena. Wide if any symbol of this
 * text needs it. COMITY_NOMEM. */
enum comity_status alphabet_turn(const struct alphabet *alphabet, struct slice text, struct arena *arena,
    struct symbols *symbols, struct comity_error *err) COMITY_MUST_USE;

#endif
