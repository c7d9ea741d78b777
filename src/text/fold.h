/* fold.h - the form under which names are compared: lower-case Latin letters and digits, words parted by single spaces.
 *
 *     "BOGOTÁ, D.C. (CT)" → "bogota d c ct"     "Челябинск" → "chelyabinsk"     "Straße" → "strasse"     "µg" → "ug"
 *
 * Unicode NFKC case folding, accents removed, other scripts romanised (Cyrillic as BGN/PCGN does, the rest by ICU's
 * Any-Latin and Latin-ASCII), punctuation to spaces. Folding a folded text gives the same text. Letters that no rule
 * romanises stay as they are, so that no name becomes empty by being foreign.
 *
 * Texts in Latin letters take a path of a few nanoseconds a byte. Others go through a transliterator, which is dear to
 * open; a `struct folder` opens it when first needed and keeps it. A folder may be used by several threads at once. A
 * zeroed struct is ready.
 */
#ifndef TEXT_FOLD_H
#define TEXT_FOLD_H

#include "base/buffer.h"
#include "base/slice.h"

struct folder {
    _Atomic(void *) latin;
};

void folder_release(struct folder *folder);

/* Appends the folded text. What goes wrong is told by the buffer (buffer_status). Bytes that are no UTF-8 count as
 * punctuation. `folder` may be null: then a transliterator, if needed, is opened for this call only. */
void folder_fold(struct folder *folder, struct slice text, struct buffer *out);

/* folder_fold() without a folder: for a few texts. */
void text_fold(struct slice text, struct buffer *out);

/* The words of a folded text, from the front: `rest` moves on. False when there are no more. */
bool token_next(struct slice *rest, struct slice *token);

#endif
