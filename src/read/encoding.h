/* encoding.h - which encoding bytes are in, and turning them into UTF-8.
 *
 * Windows-1252 follows the WHATWG table (its five unassigned bytes become the C1 controls), so that no byte is lost.
 */
#ifndef READ_ENCODING_H
#define READ_ENCODING_H

#include "base/slice.h"

enum encoding {
    ENCODING_AUTO,
    ENCODING_UTF8,
    ENCODING_LATIN1,
    ENCODING_1252,
    ENCODING_UTF16LE,
    ENCODING_UTF16BE,
    ENCODING_UTF16, /* told, its byte order still to be found out */
    ENCODING_UNKNOWN
};

/* "utf-8", "latin-1", "iso-8859-1", "windows-1252", "cp1252", "utf-16" …, without case; AUTO when empty. */
enum encoding encoding_from_name(struct slice name);
const char *encoding_name(enum encoding encoding);

/* Whether all bytes are below 128. */
bool text_is_ascii(struct slice text);
/* Whether the bytes are UTF-8 (no overlong forms, no surrogates). */
bool text_is_utf8(struct slice text);

/* Guesses from a piece of a file: UTF8, LATIN1 or 1252; AUTO when all is ASCII so that nothing can be said. The last
 * few bytes may be a cut character. A text in UTF-8 with a few broken bytes is UTF-8. */
enum encoding encoding_guess(struct slice piece);
/* UTF16LE or UTF16BE when the bytes have zeros, on one side only, as texts in UTF-16 have them at every space, digit
 * and delimiter; else AUTO. */
enum encoding encoding_guess_utf16(struct slice piece);
/* The length of a byte order mark at the beginning and what it says; 0 when there is none. */
size_t encoding_mark(struct slice beginning, enum encoding *encoding);

/* The most bytes of UTF-8 that one byte of input becomes. */
enum { ENCODING_MOST_GROWTH = 3 };
/* Converts; returns the bytes written, *used those read (a cut UTF-16 unit at the end is left). Not for UTF-8. */
size_t encoding_convert(enum encoding encoding, struct slice in, size_t *used, char *out);

#endif
