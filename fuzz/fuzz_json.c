/* json.c, pieces.c, number_text.c. */
#include "fuzz_rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rows_options array = {.format = ROWS_JSON}, lines = {.format = ROWS_NDJSON};
    fuzz_rows(data, size, &array);
    fuzz_rows(data, size, &lines);
    return 0;
}
