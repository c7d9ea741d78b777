/* fuzz_zip.h - a ZIP archive around parts, since a fuzzer seldom gets past its checksums. */
#ifndef FUZZ_ZIP_H
#define FUZZ_ZIP_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

struct fuzz_zip {
    zip_source_t *source;
    zip_t *zip;
};

static inline void fuzz_zip_begin(struct fuzz_zip *made)
{
    made->source = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_source_keep(made->source);
    made->zip = zip_open_from_source(made->source, ZIP_TRUNCATE, NULL);
}

static inline void fuzz_zip_add(struct fuzz_zip *made, const char *path, const void *bytes, size_t len)
{
    zip_source_t *part = zip_source_buffer(made->zip, bytes, len, 0);
    zip_int64_t at = part ? zip_file_add(made->zip, path, part, 0) : -1;
    if (at < 0)
        abort();
    zip_set_file_compression(made->zip, (zip_uint64_t)at, ZIP_CM_STORE, 0);
}

/* The bytes, which the caller frees. */
static inline uint8_t *fuzz_zip_end(struct fuzz_zip *made, size_t *len)
{
    zip_stat_t stat;
    if (zip_close(made->zip) || zip_source_open(made->source) || zip_source_stat(made->source, &stat))
        abort();
    uint8_t *bytes = malloc(stat.size);
    zip_int64_t got = zip_source_read(made->source, bytes, stat.size);
    zip_source_close(made->source);
    zip_source_free(made->source);
    *len = got > 0 ? (size_t)got : 0;
    return bytes;
}

#endif
