/* Reading when memory runs out: it is told, nothing leaks (under the sanitizer), and no row is silently lost or made
 * up. */
#include "unit.h"

#include "failing_malloc.h"

#include "base/error.h"
#include "read/rows.h"

#include <stdlib.h>
#include <zip.h>

/* Reads all rows; *n_rows and *n_faults count them. */
static enum comity_status read_all(struct slice bytes, unsigned *n_rows, unsigned *n_faults)
{
    struct rows *rows;
    struct row row;
    bool has_row = false;
    struct comity_error err;
    *n_rows = *n_faults = 0;
    enum comity_status status = rows_open_memory(bytes, NULL, &rows, &err);
    if (status)
        return status;
    while (!(status = rows_next(rows, &row, &has_row, &err)) && has_row) {
        ++*n_rows;
        *n_faults += row.fault != NULL;
    }
    rows_close(rows);
    return status;
}

/* `is_strict`: no row may be missing without an error. */
static void check(struct slice bytes, unsigned n_rows, bool is_strict)
{
    for (long n = 0; n < 100000; n++) {
        unsigned rows, faults;
        failing_malloc_after(n);
        enum comity_status status = read_all(bytes, &rows, &faults);
        if (!failing_malloc_stop()) {
            assert_int_equal(status, COMITY_OK);
            assert_int_equal(rows, n_rows);
            assert_int_equal(faults, 0);
            return;
        }
        /* A library may do without what it asked for. Then all rows must be there. */
        if (is_strict && status == COMITY_OK && (rows != n_rows || faults))
            fail_msg("%.*s: allocation %ld: %u rows, %u faults and no error", (int)(bytes.len < 20 ? bytes.len : 20),
                bytes.ptr, n, rows, faults);
    }
    fail_msg("no end");
}

static void csv_and_json_tell_that_memory_is_out(void **state)
{
    (void)state;
    check(SLICE("a,b\n1,\"x\"\"y\"\n2,3\n"), 2, true);
    check(SLICE("a;b\nTr\xE1"
                "fico;2\n"),
        1, true);
    check(SLICE("[{\"a\":1,\"b\":{\"c\":[1,2,{\"x\":0.5}]}},{\"d\":\"e\"}]"), 2, true);
    check(SLICE("{\"a\":1}\n{\"b\":2}\n"), 2, true);
}

static void add(zip_t *zip, const char *path, const char *text)
{
    assert_true(zip_file_add(zip, path, zip_source_buffer(zip, text, strlen(text), 0), 0) >= 0);
}

static void workbooks_survive_that_memory_is_out(void **state)
{
    (void)state;
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_source_keep(source);
    zip_t *zip = zip_open_from_source(source, ZIP_TRUNCATE, NULL);
    zip_stat_t stat;
    add(zip, "xl/workbook.xml", "<workbook xmlns:r='r'><sheets><sheet name='a' r:id='x'/></sheets></workbook>");
    add(zip, "xl/_rels/workbook.xml.rels", "<Relationships><Relationship Id='x' Target='s.xml'/></Relationships>");
    add(zip, "xl/sharedStrings.xml", "<sst><si><t>a</t></si></sst>");
    add(zip, "xl/styles.xml", "<styleSheet><cellXfs><xf numFmtId='14'/></cellXfs></styleSheet>");
    add(zip, "xl/s.xml",
        "<worksheet><sheetData><row><c t='s'><v>0</v></c></row><row><c "
        "s='0'><v>42000</v></c></row></sheetData></worksheet>");
    assert_int_equal(zip_close(zip), 0);
    assert_int_equal(zip_source_open(source), 0);
    assert_int_equal(zip_source_stat(source, &stat), 0);
    char *bytes = malloc(stat.size);
    zip_int64_t len = zip_source_read(source, bytes, stat.size);
    zip_source_close(source);
    zip_source_free(source);
    assert_true(len > 0);
    check(slice_of(bytes, (size_t)len), 1, true);
    free(bytes);
}

/* libzip 1.7 leaks when its own allocations fail; what is ours is still looked at. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libzip.so\n";
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_and_json_tell_that_memory_is_out),
        cmocka_unit_test(workbooks_survive_that_memory_is_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
