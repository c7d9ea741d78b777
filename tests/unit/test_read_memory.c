/* Reading when memory runs out: it is told, nothing leaks (under the sanitizer), and no row is silently lost or made
 * up. */
#include "unit.h"

#include "failing_malloc.h"
#include "made_zip.h"

#include "base/error.h"
#include "read/rows.h"

#include <stdlib.h>
#include <zstd.h>

/* Reads all rows; *n_rows and *n_faults count them. */
static enum comity_status read_all(
    struct slice bytes, const struct rows_options *options, unsigned *n_rows, unsigned *n_faults)
{
    struct rows *rows;
    struct row row;
    bool has_row = false;
    struct comity_error err;
    *n_rows = *n_faults = 0;
    enum comity_status status = rows_open_memory(bytes, options, &rows, &err);
    if (status)
        return status;
    while (!(status = rows_next(rows, &row, &has_row, &err)) && has_row) {
        ++*n_rows;
        *n_faults += row.fault != NULL;
    }
    rows_close(rows);
    return status;
}

static void check_with(struct slice bytes, const struct rows_options *options, unsigned n_rows)
{
    for (long n = 0; n < 100000; n++) {
        unsigned rows, faults;
        failing_malloc_after(n);
        enum comity_status status = read_all(bytes, options, &rows, &faults);
        if (!failing_malloc_stop()) {
            assert_int_equal(status, COMITY_OK);
            assert_int_equal(rows, n_rows);
            assert_int_equal(faults, 0);
            return;
        }
        /* A library may do without what it asked for. Then all rows must be there. */
        if (status == COMITY_OK && (rows != n_rows || faults))
            fail_msg("%.*s: allocation %ld: %u rows, %u faults and no error", (int)(bytes.len < 20 ? bytes.len : 20),
                bytes.ptr, n, rows, faults);
    }
    fail_msg("no end");
}

static void check(struct slice bytes, unsigned n_rows)
{
    check_with(bytes, NULL, n_rows);
}

static void csv_and_json_tell_that_memory_is_out(void **state)
{
    (void)state;
    check(SLICE("a,b\n1,\"x\"\"y\"\n2,3\n"), 2);
    check(SLICE("a;b\nTr\xE1"
                "fico;2\n"),
        1);
    check(SLICE("[{\"a\":1,\"b\":{\"c\":[1,2,{\"x\":0.5}]}},{\"d\":\"e\"}]"), 2);
    check(SLICE("{\"a\":1}\n{\"b\":2}\n"), 2);
}

static void sheets_with_totals_and_notes_tell_that_memory_is_out(void **state)
{
    static const struct slice labels[] = {{"Total", 5}};
    struct rows_options options = {.skip_lines = 1, .header_rows = 2, .totals = TOTALS_AUTO, .has_footnotes = true};
    (void)state;
    check_with(SLICE("Title,\nState,Drug,\n,a,b\nX,1,1\nY,2,2\nTotal,3,3\nnote,,\n,,\n"), &options, 2);
    options.totals = TOTALS_LABELLED;
    options.total_column = SLICE("State");
    options.total_labels = labels;
    options.n_total_labels = 1;
    check_with(SLICE("Title,\nState,Drug,\n,a,b\nX,1,1\nTotal,1,1\nword,,\nY,2,2\nTotal,3,3\nnote,,\n"), &options, 3);
}

static void workbooks_tell_that_memory_is_out(void **state)
{
    (void)state;
    struct slice xlsx = MAKE_ZIP(
        {"xl/workbook.xml", SLICE("<workbook xmlns:r='r'><sheets><sheet name='a' r:id='x'/></sheets></workbook>")},
        {"xl/_rels/workbook.xml.rels", SLICE("<Relationships><Relationship Id='x' Target='s.xml'/></Relationships>")},
        {"xl/sharedStrings.xml", SLICE("<sst><si><t>a</t></si></sst>")},
        {"xl/styles.xml", SLICE("<styleSheet><cellXfs><xf numFmtId='14'/></cellXfs></styleSheet>")},
        {"xl/s.xml", SLICE("<worksheet><sheetData><row><c t='s'><v>0</v></c></row><row><c s='0'><v>42000</v></c></row>"
                           "</sheetData></worksheet>")});
    struct slice ods = MAKE_ZIP({"mimetype", SLICE("x")},
        {"content.xml",
            SLICE("<d><table table:name='s'><table-row><table-cell office:value-type='string'><p>a&amp;b</p>"
                  "</table-cell></table-row><table-row number-rows-repeated='2'><table-cell "
                  "office:value-type='float' office:value='1'/></table-row></table></d>")});
    check(xlsx, 1);
    check(ods, 2);
    free((void *)xlsx.ptr);
    free((void *)ods.ptr);
}

static void envelopes_tell_that_memory_is_out(void **state)
{
    (void)state;
    struct slice table = SLICE("a,b\n1,2\n3,4\n");
    size_t room = ZSTD_compressBound(table.len);
    char *packed = malloc(room);
    size_t len = ZSTD_compress(packed, room, table.ptr, table.len, 3);
    struct slice zip = MAKE_ZIP({"x.csv.zst", slice_of(packed, len)}, {"README.txt", SLICE("x")});
    check(slice_of(packed, len), 2);
    check(zip, 2);
    free(packed);
    free((void *)zip.ptr);
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
        cmocka_unit_test(sheets_with_totals_and_notes_tell_that_memory_is_out),
        cmocka_unit_test(workbooks_tell_that_memory_is_out),
        cmocka_unit_test(envelopes_tell_that_memory_is_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
