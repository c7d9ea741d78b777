/* became.h - what became of an entity, in lines for people: of `show` and `history`. */
#ifndef CLI_BECAME_H
#define CLI_BECAME_H

#include "base/buffer.h"

#include <jansson.h>

/* One line for each change of the array that flow/history.h writes. */
void became_print(struct buffer *out, const json_t *changes);

#endif
