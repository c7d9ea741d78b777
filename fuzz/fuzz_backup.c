/* seal.c, members.c, backup.c: a backup from end to end. The first byte chooses: the rest is a file as it stands on the
 * disk, or what is within a seal that holds, which no fuzzer would make. */
#include "keep/backup.h"
#include "keep/seal.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const void *bytes, size_t size)
{
    struct backup_info info;
    struct comity_error err;
    FILE *file = size ? fmemopen((void *)(uintptr_t)bytes, size, "rb") : NULL;
    if (!file)
        return;
    enum comity_status status = backup_check_file(file, "fuzz", SLICE_EMPTY, NULL, &info, &err);
    if (status != COMITY_OK && !err.message[0])
        abort();
    fclose(file);
}

static void seal_and_check(const uint8_t *data, size_t size)
{
    char *bytes = NULL;
    size_t len = 0;
    struct seal_writer *writer = NULL;
    FILE *file = open_memstream(&bytes, &len);
    if (!file || seal_writer_new(file, "fuzz", SLICE_EMPTY, &writer, NULL) != COMITY_OK ||
        seal_write(writer, data, size, NULL) != COMITY_OK || seal_finish(writer, NULL) != COMITY_OK)
        abort();
    seal_writer_free(writer);
    fclose(file);
    check(bytes, len);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    if (data[0] & 1)
        seal_and_check(data + 1, size - 1);
    else
        check(data + 1, size - 1);
    return 0;
}
