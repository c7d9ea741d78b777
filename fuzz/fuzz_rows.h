/* fuzz_rows.h - all rows of some bytes, read to the end; used by the fuzzers of the formats. */
#ifndef FUZZ_ROWS_H
#define FUZZ_ROWS_H

#include "read/rows.h"

#include <stdint.h>
#include <stdlib.h>

/* Touches every byte of every cell, so that the sanitizer sees a slice that points nowhere. Reads `most` rows. */
static inline uint64_t fuzz_some_rows(
    const uint8_t *bytes, size_t len, const struct rows_options *options, uint64_t most)
{
    struct rows *rows;
    struct row row;
    bool has_row = false;
    struct comity_error err;
    uint64_t sum = 0, n = 0;
    if (rows_open_memory(slice_of((const char *)bytes, len), options, &rows, &err))
        return 0;
    while (n < most && !rows_next(rows, &row, &has_row, &err) && has_row) {
        if (row.number != ++n)
            abort();
        for (size_t i = 0; i < row.n_cells; i++)
            for (size_t j = 0; j < row.cells[i].len; j++)
                sum += (unsigned char)row.cells[i].ptr[j];
        for (size_t j = 0; j < row.raw.len; j++)
            sum += (unsigned char)row.raw.ptr[j];
    }
    rows_close(rows);
    return sum;
}

static inline uint64_t fuzz_rows(const uint8_t *bytes, size_t len, const struct rows_options *options)
{
    return fuzz_some_rows(bytes, len, options, UINT64_MAX);
}

#endif
