/* text.h - how alike two folded names or texts are. Pure functions; both are symmetric. */
#ifndef LINK_TEXT_H
#define LINK_TEXT_H

#include "base/slice.h"

/* Jaro-Winkler similarity, 0 … 1, of the bytes (names are folded to Latin letters). Longer than 64 bytes: their
 * first 64. */
double name_similarity(struct slice a, struct slice b);

/* The share of the longer words of the shorter text that stand in the other, weighted by length: 0 … 1. */
double words_shared(struct slice a, struct slice b);

#endif
