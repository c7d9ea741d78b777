/* file_name.h - what a person called a file, made harmless: it is shown, and offered as the name of a download. */
#ifndef FILES_FILE_NAME_H
#define FILES_FILE_NAME_H

#include "files/kind.h"

enum { FILE_NAME_MOST = 120 }; /* bytes */

/* The last component (behind "/" or "\") in UTF-8: without control characters, without those that turn the direction of
 * writing or are not seen, without dots and spaces at its ends; other bytes become "_". At most FILE_NAME_MOST bytes,
 * cut at a character. It ends as its kind does: "a.html" that is a JPEG becomes "a.html.jpg". Never empty. */
void file_name_clean(struct slice name, enum file_kind kind, char out[FILE_NAME_MOST + 1]);

#endif
