/* turn.h - pixels in the order in which they are to be looked at: the eight orientations of EXIF (tag 0x0112). Private
 * to src/files. */
#ifndef FILES_TURN_H
#define FILES_TURN_H

#include <stdbool.h>

struct pixels {
    const unsigned char *at; /* rows without gaps, `channels` bytes a pixel */
    unsigned width, height, channels;
};

/* Whether width and height change places. */
static inline bool turn_swaps(unsigned orientation)
{
    return orientation >= 5 && orientation <= 8;
}

/* Row `y` of the turned picture. Any other number than 2 to 8 leaves it as it is. */
void turn_row(const struct pixels *from, unsigned orientation, unsigned y, unsigned char *row);

#endif
