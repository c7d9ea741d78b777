/* fold.h - the form under which names are compared: lower-case Latin letters and digits, words parted by single spaces.
 *
 *     "BOGOTÁ, D.C. (CT)" → "bogota d c ct"     "Челябинск" → "chelyabinsk"     "Straße" → "strasse"     "µg" → "ug"
 *
 * Unicode NFKC case folding, accents removed, other scripts romanised (Cyrillic as BGN/PCGN does, the rest by ICU's
 * Any-Latin and Latin-ASCII), punctuation to spaces. Folding a folded text gives the same text. Letters that no rule
 * romanises stay as they are, so that no name becomes empty by being foreign.
 *
 * Texts in Latin letters take a path of a few nanoseconds a byte. Others go through a transliterator, which is dear to
 * open; a `struct folding` opens it when first needed and keeps it. A folding may be used by several threads at once. A
 * zeroed struct is ready.
 */
#ifndef TEXT_FOLD_H
#define TEXT_FOLD_H

#include "base/buffer.h"
#include "base/slice.h"

struct folding {
    _Atomic(void *) latin;
};

void folding_release(struct folding *folding);

/* Appends the folded text. What goes wrong is told by the buffer (buffer_status). Bytes that are no UTF-8 count as
 * punctuation. `folding` may be null: then a transliterator, if needed, is opened for this call only. */
void folding_apply(struct folding *folding, struct slice text, struct buffer *out);

/* folding_apply() without a folding: for a few texts. */
void text_fold(struct slice text, struct buffer *out);

/* The words of a folded text, from the front: `rest` moves on. False when there are no more. */
bool token_next(struct slice *rest, struct slice *token);

#endif
