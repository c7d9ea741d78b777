/* fold_known.h - names of the domain packs that are in no Latin letters, folded when the program was built: so that
 * reading a pack opens no transliterator. A pack of somebody else's folds them by itself. */
#ifndef TEXT_FOLD_KNOWN_H
#define TEXT_FOLD_KNOWN_H

#include "base/slice.h"

/* What folding_apply() makes of `text`; false when it is not known. */
bool fold_known(struct slice text, struct slice *folded);

#endif
