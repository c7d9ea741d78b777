/* xlsx.c, xlsx_book.c, sheets.c, header.c, merged.c: the first byte is the number of header rows and what is done with
 * merged cells; then come the sheet, the strings and the styles of a workbook, parted by zero bytes. */
#include "fuzz_rows.h"
#include "fuzz_zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char workbook[] = "<workbook xmlns:r='r'><sheets><sheet name='a' r:id='x'/></sheets></workbook>";
static const char relations[] = "<Relationships><Relationship Id='x' Target='sheet.xml'/></Relationships>";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const paths[] = {"xl/sheet.xml", "xl/sharedStrings.xml", "xl/styles.xml"};
    struct rows_options options = {.format = ROWS_XLSX};
    struct fuzz_zip made;
    size_t len;
    if (!size)
        return 0;
    options.header_rows = data[0] % 4;
    options.merged = (enum merged_mode)(data[0] / 16 % 3);
    data++, size--;
    fuzz_zip_begin(&made);
    fuzz_zip_add(&made, "xl/workbook.xml", workbook, sizeof workbook - 1);
    fuzz_zip_add(&made, "xl/_rels/workbook.xml.rels", relations, sizeof relations - 1);
    for (size_t i = 0; i < 3; i++) {
        const uint8_t *end = size ? memchr(data, 0, size) : NULL;
        size_t part = end ? (size_t)(end - data) : size;
        fuzz_zip_add(&made, paths[i], data, part);
        data += end ? part + 1 : part;
        size -= end ? part + 1 : part;
    }
    uint8_t *bytes = fuzz_zip_end(&made, &len);
    fuzz_rows(bytes, len, &options);
    free(bytes);
    return 0;
}
