/* explain.h - an explanation of a link for people: the sentence, and what each field speaks for or against it. */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include "base/buffer.h"

#include <jansson.h>

/* `why`: an object as flow/show.h writes it. */
void explain_print(struct buffer *out, const json_t *why);

#endif
