/* made_zip.h - ZIP archives made in memory, for tests. */
#ifndef MADE_ZIP_H
#define MADE_ZIP_H

#include "base/slice.h"

#include <stdlib.h>
#include <zip.h>

struct zip_part {
    const char *path;
    struct slice bytes;
};

/* The archive's bytes, which the caller frees. */
static inline struct slice make_zip(const struct zip_part *parts, size_t n)
{
    zip_stat_t stat;
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_source_keep(source);
    zip_t *zip = zip_open_from_source(source, ZIP_TRUNCATE, NULL);
    assert_non_null(zip);
    for (size_t i = 0; i < n; i++) {
        zip_source_t *part = zip_source_buffer(zip, parts[i].bytes.ptr, parts[i].bytes.len, 0);
        assert_true(zip_file_add(zip, parts[i].path, part, ZIP_FL_ENC_UTF_8) >= 0);
    }
    assert_int_equal(zip_close(zip), 0);
    assert_int_equal(zip_source_open(source), 0);
    assert_int_equal(zip_source_stat(source, &stat), 0);
    char *bytes = malloc(stat.size);
    zip_int64_t len = zip_source_read(source, bytes, stat.size);
    assert_true(len > 0);
    zip_source_close(source);
    zip_source_free(source);
    return slice_of(bytes, (size_t)len);
}
#define MAKE_ZIP(...)                                                                                                  \
    make_zip((const struct zip_part[]){__VA_ARGS__},                                                                   \
        sizeof((const struct zip_part[]){__VA_ARGS__}) / sizeof(struct zip_part))

#endif
