/* words.h - strings of the catalogue and languages, for the verbs that write what people read outside of a terminal. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include "comity.h"

/* A string in a language of LANGUAGE_EN …; English where the program was built without its catalogues. */
const char *cli_words(int language, const char *english);
/* COMITY_USAGE when there are no labels in this language. */
enum comity_status cli_language(const char *code, struct comity_error *err) COMITY_MUST_USE;

#endif
