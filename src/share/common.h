/* common.h - whether a password is one that many people have used. The list is compiled into the program as hashes
 * (tools/common_passwords.py): a million of those found most often, of which those count that are long enough to be
 * tried here, and the commonest shorter ones.
 */
#ifndef SHARE_COMMON_H
#define SHARE_COMMON_H

#include "base/slice.h"

#include <stdbool.h>

/* Also when digits and signs were put before or behind it ("Liverpool2024!"), or it was written twice. Capitals do not
 * count. Of at most PASSWORD_MOST bytes. Logarithmic. */
bool common_is(struct slice password);

#endif
