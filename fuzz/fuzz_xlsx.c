/* xlsx.c, xlsx_book.c: the bytes are the sheet, the strings and the styles of a workbook, parted by zero bytes; a ZIP
 * archive is put around them, since a fuzzer seldom gets past its checksums. */
#include "fuzz_rows.h"

#include <zip.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char workbook[] = "<workbook xmlns:r='r'><sheets><sheet name='a' r:id='x'/></sheets></workbook>";
static const char relations[] = "<Relationships><Relationship Id='x' Target='sheet.xml'/></Relationships>";

static void add(zip_t *zip, const char *path, const void *bytes, size_t len)
{
    zip_source_t *source = zip_source_buffer(zip, bytes, len, 0);
    zip_int64_t at = source ? zip_file_add(zip, path, source, 0) : -1;
    if (at < 0)
        abort();
    zip_set_file_compression(zip, (zip_uint64_t)at, ZIP_CM_STORE, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const paths[] = {"xl/sheet.xml", "xl/sharedStrings.xml", "xl/styles.xml"};
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_source_keep(source);
    zip_t *zip = zip_open_from_source(source, ZIP_TRUNCATE, NULL);
    zip_stat_t stat;
    add(zip, "xl/workbook.xml", workbook, sizeof workbook - 1);
    add(zip, "xl/_rels/workbook.xml.rels", relations, sizeof relations - 1);
    for (size_t i = 0; i < 3; i++) {
        const uint8_t *end = size ? memchr(data, 0, size) : NULL;
        size_t len = end ? (size_t)(end - data) : size;
        add(zip, paths[i], data, len);
        data += end ? len + 1 : len;
        size -= end ? len + 1 : len;
    }
    if (zip_close(zip) || zip_source_open(source) || zip_source_stat(source, &stat))
        abort();
    uint8_t *bytes = malloc(stat.size);
    zip_int64_t len = zip_source_read(source, bytes, stat.size);
    zip_source_close(source);
    zip_source_free(source);
    struct rows_options options = {.format = ROWS_XLSX};
    if (len > 0)
        fuzz_rows(bytes, (size_t)len, &options);
    free(bytes);
    return 0;
}
