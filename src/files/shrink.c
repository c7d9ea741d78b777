/* Sums in 32 bits: a pixel of the small picture stands for at most 20,000 / 320, rounded up, in either direction, which
 * is a million times less than overflows. */
#include "files/shrink.h"

#include <stdlib.h>

enum { SUMS = 4 };

/* `side` brought down as `long_side` is to `most`; never nothing. */
static unsigned scaled(unsigned side, unsigned long_side, unsigned most)
{
    if (long_side <= most)
        return side;
    unsigned small = (unsigned)(((uint64_t)side * most + long_side / 2) / long_side);
    return small ? small : 1;
}

bool shrink_begin(struct shrink *shrink, unsigned from_width, unsigned from_height, unsigned most)
{
    unsigned long_side = from_width > from_height ? from_width : from_height;
    *shrink = (struct shrink){.from_width = from_width,
        .from_height = from_height,
        .width = scaled(from_width, long_side, most),
        .height = scaled(from_height, long_side, most)};
    shrink->sums = calloc((size_t)shrink->width * shrink->height * SUMS, sizeof *shrink->sums);
    return shrink->sums != NULL;
}

static void add_pixel(uint32_t *sums, const unsigned char *pixel, unsigned channels)
{
    unsigned alpha = channels == 4 ? pixel[3] : 255;
    for (unsigned i = 0; i < 3; i++)
        sums[i] += (pixel[i] * alpha + 255 * (255 - alpha) + 127) / 255;
    sums[3]++;
}

void shrink_row(struct shrink *shrink, const unsigned char *row, unsigned channels)
{
    if (shrink->next >= shrink->from_height)
        return;
    size_t y = (size_t)((uint64_t)shrink->next++ * shrink->height / shrink->from_height);
    uint32_t *sums = shrink->sums + y * shrink->width * SUMS;
    for (unsigned x = 0; x < shrink->from_width; x++)
        add_pixel(sums + (uint64_t)x * shrink->width / shrink->from_width * SUMS, row + (size_t)x * channels, channels);
}

void shrink_read(const struct shrink *shrink, unsigned y, unsigned char *rgb)
{
    const uint32_t *sums = shrink->sums + (size_t)y * shrink->width * SUMS;
    for (unsigned x = 0; x < shrink->width; x++, sums += SUMS) {
        for (unsigned i = 0; i < 3; i++)
            *rgb++ = sums[3] ? (unsigned char)((sums[i] + sums[3] / 2) / sums[3]) : 255;
    }
}

void shrink_release(struct shrink *shrink)
{
    free(shrink->sums);
    shrink->sums = NULL;
}
