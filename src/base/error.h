/* error.h - filling in a struct comity_error.
 *
 * A fallible function ends with `return error_set(err, COMITY_INPUT, "no column '%s'", name);`. `err` may be null:
 * then only the status is returned. Text: no capital, no full stop, the subject in single quotes.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "comity.h"

/* Writes status and message, clears position and hint. Returns `status`. */
enum comity_status error_set(struct comity_error *err, enum comity_status status, const char *format, ...)
    COMITY_PRINTF(3, 4);

/* Adds a place to an error that was set: a file (or field) name, a line and a column from 1 (0: not known). */
void error_at(struct comity_error *err, const char *where, uint32_t line, uint32_t column);

/* Adds how to mend it. */
void error_hint(struct comity_error *err, const char *format, ...) COMITY_PRINTF(2, 3);

/* error_set() for a failed allocation. Inline, so that compilers and analysers see that it never returns COMITY_OK. */
static inline enum comity_status error_nomem(struct comity_error *err)
{
    error_set(err, COMITY_NOMEM, "out of memory");
    return COMITY_NOMEM;
}

/* error_set() for a failed system call: "unable to <verb> '<path>': <strerror>". Keeps errno. */
enum comity_status error_io(struct comity_error *err, const char *verb, const char *path);

/* Writes "where:line:column: message (hint)" as far as known into `text` of `size` bytes, always terminated. */
void error_format(const struct comity_error *err, char *text, size_t size);

/* A message that pages show translated: the string itself, marked for xgettext. */
#define TELL(english) english

#endif
