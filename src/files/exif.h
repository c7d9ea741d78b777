/* exif.h - the one thing that is read of EXIF before it is thrown away: how the camera was held. Private to src/files.
 */
#ifndef FILES_EXIF_H
#define FILES_EXIF_H

#include "base/slice.h"

/* Of a block that begins with a TIFF header (EXIF 2.32, 4.5), perhaps with "Exif\0\0" before it: 1 to 8, and 1 where it
 * is not said or the block is broken. */
unsigned exif_orientation(struct slice block);

#endif
