/* number_text.h - a number as the shortest text that reads back as the same number: 0.1, not 0.10000000000000001. */
#ifndef READ_NUMBER_TEXT_H
#define READ_NUMBER_TEXT_H

#include <stddef.h>

enum { NUMBER_TEXT = 32 };
/* Returns the length. Without an exponent up to 10^15, and always with a point. */
size_t number_text(double number, char text[NUMBER_TEXT]);

#endif
