/* Where the pixel (x, y) of the turned picture stands in the one that was stored. */
#include "files/turn.h"

#include <stddef.h>
#include <string.h>

struct at {
    unsigned x, y;
};

static struct at source_of(const struct pixels *from, unsigned orientation, unsigned x, unsigned y)
{
    unsigned right = from->width - 1, bottom = from->height - 1;
    switch (orientation) {
    case 2:
        return (struct at){right - x, y};
    case 3:
        return (struct at){right - x, bottom - y};
    case 4:
        return (struct at){x, bottom - y};
    case 5:
        return (struct at){y, x};
    case 6:
        return (struct at){y, bottom - x};
    case 7:
        return (struct at){right - y, bottom - x};
    case 8:
        return (struct at){right - y, x};
    default:
        return (struct at){x, y};
    }
}

void turn_row(const struct pixels *from, unsigned orientation, unsigned y, unsigned char *row)
{
    unsigned width = turn_swaps(orientation) ? from->height : from->width;
    for (unsigned x = 0; x < width; x++) {
        struct at at = source_of(from, orientation, x, y);
        const unsigned char *pixel = from->at + ((size_t)at.y * from->width + at.x) * from->channels;
        memcpy(row + (size_t)x * from->channels, pixel, from->channels);
    }
}
