/* foreign.h - files that are no tables: what they are, for messages. Private to read/. */
#ifndef READ_FOREIGN_H
#define READ_FOREIGN_H

#include "base/slice.h"

/* "a YAML file", "a web page" …, by how the text begins; null where it may be a table. Sure rather than shrewd: a table
 * is never called something else, and what is not known is not named. */
const char *foreign_kind(struct slice text);

#endif
