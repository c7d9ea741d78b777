/* ods.c, sheets.c, header.c: the first byte chooses the options, the rest is content.xml. */
#include "fuzz_rows.h"
#include "fuzz_zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_zip made;
    size_t len;
    if (!size)
        return 0;
    struct rows_options options = {.header_rows = data[0] % 4,
        .skip_lines = data[0] >> 2 & 1,
        .sheet = data[0] & 8 ? SLICE("*") : SLICE_EMPTY,
        .totals = data[0] & 16 ? TOTALS_AUTO : TOTALS_NO,
        .has_footnotes = data[0] & 32,
        .has_no_header = data[0] & 64,
        .merged = data[0] & 128 ? MERGED_FILL : MERGED_FIRST};
    fuzz_zip_begin(&made);
    fuzz_zip_add(&made, "mimetype", "x", 1);
    fuzz_zip_add(&made, "content.xml", data + 1, size - 1);
    uint8_t *bytes = fuzz_zip_end(&made, &len);
    fuzz_some_rows(bytes, len, &options, 300); /* a row may stand for many */
    free(bytes);
    return 0;
}
