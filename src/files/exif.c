/* The first directory of a TIFF structure, looked through for one tag; every offset is checked against the block. */
#include "files/exif.h"

#include <stdint.h>

enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, ENTRY = 12 };

struct tiff {
    const unsigned char *at;
    size_t len;
    bool is_big_endian;
};

/* `bytes` (2 or 4) at an offset; 0 behind the end. */
static uint32_t number_at(const struct tiff *tiff, size_t at, unsigned bytes)
{
    uint32_t number = 0;
    if (at > tiff->len || tiff->len - at < bytes)
        return 0;
    for (unsigned i = 0; i < bytes; i++)
        number |= (uint32_t)tiff->at[at + i] << 8 * (tiff->is_big_endian ? bytes - 1 - i : i);
    return number;
}

static unsigned orientation_in(const struct tiff *tiff, size_t directory)
{
    uint32_t n = number_at(tiff, directory, 2);
    for (uint32_t i = 0; i < n; i++) {
        size_t entry = directory + 2 + (size_t)i * ENTRY;
        if (entry >= tiff->len)
            break;
        if (number_at(tiff, entry, 2) == TAG_ORIENTATION && number_at(tiff, entry + 2, 2) == TYPE_SHORT)
            return number_at(tiff, entry + 8, 2);
    }
    return 1;
}

unsigned exif_orientation(struct slice block)
{
    struct slice name = SLICE("Exif\0\0");
    if (slice_starts_with(block, name))
        block = slice_of(block.ptr + name.len, block.len - name.len);
    struct tiff tiff = {(const unsigned char *)block.ptr, block.len, slice_starts_with(block, SLICE("MM\0*"))};
    if (!tiff.is_big_endian && !slice_starts_with(block, SLICE("II*\0")))
        return 1;
    unsigned orientation = orientation_in(&tiff, number_at(&tiff, 4, 4));
    return orientation >= 1 && orientation <= 8 ? orientation : 1;
}
