/* 15 digits are always exact for what a person typed; 17 always read back. So at most three tries. */
#include "read/number_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

size_t number_text(double number, char text[NUMBER_TEXT])
{
    int len = 0;
    if (fabs(number) < 1e15 && number == trunc(number))
        return (size_t)snprintf(text, NUMBER_TEXT, "%.0f", number == 0 ? 0.0 : number);
    for (int digits = 15; digits <= 17; digits++) {
        len = snprintf(text, NUMBER_TEXT, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    return (size_t)len;
}
