/* text.h - how alike two folded names or texts are. Pure functions; both are symmetric. */
#ifndef LINK_TEXT_H
#define LINK_TEXT_H

#include "base/slice.h"

/* Jaro's similarity with Winkler's bonus for a common beginning: 0 (nothing alike, or nothing there) … 1 (equal), of
 * the bytes (names are folded to Latin letters). M. A. Jaro, JASA 84 (1989) 414-420; W. E. Winkler, Proc. Survey
 * Research Methods (ASA, 1990) 354-359: up to four letters, weight 0.1, for pairs above 0.7. Longer than 64 bytes:
 * their first 64. */
double name_similarity(struct slice a, struct slice b);

/* The share of the longer words of the shorter text that stand in the other, weighted by length: 0 … 1. */
double words_shared(struct slice a, struct slice b);

#endif
