/* csv.c, delimiter.c, encoding.c, window.c, gzip in bytes.c. The first byte chooses the options. */
#include "fuzz_rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const encodings[] = {"", "utf-8", "latin-1", "utf-16"};
    if (!size)
        return 0;
    struct rows_options options = {.format = data[0] & 1 ? ROWS_CSV : ROWS_AUTO,
        .has_no_header = data[0] & 2,
        .skip_lines = data[0] >> 6,
        .encoding = slice_from(encodings[data[0] >> 2 & 3])};
    fuzz_rows(data + 1, size - 1, &options);
    return 0;
}
