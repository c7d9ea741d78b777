/* shrink.h - a small copy of a picture, made while its rows go by. Private to src/files.
 *
 * Every pixel of the small picture is the average of those that it stands for; what is transparent is laid on white. A
 * picture is never made larger. Memory: the small picture's, whatever the large one measures. */
#ifndef FILES_SHRINK_H
#define FILES_SHRINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct shrink {
    unsigned from_width, from_height; /* of the rows that come */
    unsigned width, height;           /* of the small picture */
    unsigned next;                    /* the row that comes next */
    uint32_t *sums;                   /* for each pixel red, green, blue, and how many were added */
};

/* For rows of this size, so that the small picture's long side is at most `most`. False when memory is out. */
bool shrink_begin(struct shrink *shrink, unsigned from_width, unsigned from_height, unsigned most);
/* The next row, of 3 (RGB) or 4 (RGBA) bytes a pixel; rows too many are not looked at. */
void shrink_row(struct shrink *shrink, const unsigned char *row, unsigned channels);
/* A row of the small picture as RGB. */
void shrink_read(const struct shrink *shrink, unsigned y, unsigned char *rgb);
/* Also of a zeroed one. */
void shrink_release(struct shrink *shrink);

#endif
