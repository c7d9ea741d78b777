/* text.h - how alike two folded texts are by their words. Pure and symmetric. (Names: text/similarity.h.) */
#ifndef LINK_TEXT_H
#define LINK_TEXT_H

#include "base/slice.h"

/* The share of the longer words of the shorter text that stand in the other, weighted by length: 0 … 1. */
double words_shared(struct slice a, struct slice b);

#endif
