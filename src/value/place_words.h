/* place_words.h - the dressing around names of places: "г. Москва", "D.M. QUITO", "Riga Central prison".
 *
 * Which words are dressing, and what they say of the name, is data (tools/gazetteer/words.tsv), by country where need
 * be. Dressing is only taken off the ends of a name, and never all of it.
 */
#ifndef VALUE_PLACE_WORDS_H
#define VALUE_PLACE_WORDS_H

#include "value/place_file.h"

enum { PLACE_MOST_WORDS = 40 };

struct place_words {
    const struct word_row *rows; /* sorted by hash, then by country */
    size_t n;
};

/* The class of a phrase of one to three words of a plain key. */
enum word_class place_word_class(struct place_words words, uint16_t country, struct slice phrase);

struct place_core {
    struct slice text; /* what is left of the key; empty when all of it is dressing */
    unsigned classes;  /* of what was taken off: bit n for enum word_class n */
};
struct place_core place_strip(struct place_words words, uint16_t country, struct slice key);

#define WORD_BIT(class) (1u << (class))

/* The classes of all words of a key, wherever they stand. */
unsigned place_word_classes(struct place_words words, uint16_t country, struct slice key);

/* The first `n` words of a key, and what follows them; likewise the last. False when it has fewer than n words. */
bool place_first_words(struct slice key, int n, struct slice *first, struct slice *rest);
bool place_last_words(struct slice key, int n, struct slice *last, struct slice *rest);

#endif
