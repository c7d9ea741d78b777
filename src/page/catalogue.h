/* catalogue.h - the strings of the pages in the reader's language, from gettext's compiled catalogues.
 *
 * gettext() itself keeps the language in the process; a server needs it per request. So the files in po/ are written,
 * merged and compiled with gettext's tools as everywhere, and the .mo tables (built into the program) are read here.
 * Read-only and shared between threads. Source strings are English; what a catalogue lacks is shown in English.
 */
#ifndef PAGE_CATALOGUE_H
#define PAGE_CATALOGUE_H

#include "base/slice.h"

#include <stdint.h>

struct catalogue {
    int language;       /* value/concept.h: LANGUAGE_EN … */
    struct slice bytes; /* of the .mo file; empty for English */
};

/* The catalogue built in for a language. */
struct catalogue catalogue_of(int language);
/* Over the bytes of a .mo file; a damaged one gives a catalogue without strings. */
struct catalogue catalogue_over(int language, struct slice mo);

/* The translation of an English string, or the string itself. Extracted by xgettext (keywords tr, tr_n:2,3). */
const char *tr(const struct catalogue *catalogue, const char *english);
/* tr() by the number of a language: for what is written in another than the reader's. */
const char *catalogue_word(int language, const char *english);
/* The form for `n`. */
const char *tr_n(const struct catalogue *catalogue, const char *one, const char *many, uint64_t n);

/* Which plural form a number takes: English 0 … 1, Arabic 0 … 5. The same rules as the Plural-Forms of po/. */
unsigned plural_form(int language, uint64_t n);

/* The best of our languages for an Accept-Language header; English when none is named. */
int language_negotiate(struct slice accept);
/* "rtl" or "ltr"; and the language's own name for itself. */
const char *language_direction(int language);
const char *language_own_name(int language);

#endif
