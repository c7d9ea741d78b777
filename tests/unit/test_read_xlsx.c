/* What must hold for workbooks. They are made here, part by part, so that no file of a program is needed. */
#include "unit.h"

#include "base/buffer.h"
#include "base/error.h"
#include "read/number_text.h"
#include "read/rows.h"
#include "read/xlsx.h"

#include <stdio.h>
#include <stdlib.h>
#include <zip.h>

struct made {
    char *bytes;
    size_t len;
};

static void add_part(zip_t *zip, const char *path, const char *text)
{
    zip_source_t *source = zip_source_buffer(zip, text, strlen(text), 0);
    assert_non_null(source);
    assert_true(zip_file_add(zip, path, source, ZIP_FL_ENC_UTF_8) >= 0);
}

/* A workbook with up to two sheets ("Data", "More"); null parts are left out. */
static struct made make_book(
    const char *properties, const char *styles, const char *strings, const char *sheet1, const char *sheet2)
{
    struct made made = {0};
    char workbook[2000];
    zip_error_t fault;
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_error_init(&fault);
    zip_source_keep(source);
    zip_t *zip = zip_open_from_source(source, ZIP_TRUNCATE, &fault);
    assert_non_null(zip);
    snprintf(workbook, sizeof workbook,
        "<workbook xmlns='m' xmlns:r='r'>%s<sheets><sheet name='Data' sheetId='1' r:id='rId1'/>"
        "<sheet name='More' sheetId='2' r:id='rId2'/></sheets></workbook>",
        properties);
    add_part(zip, "xl/workbook.xml", workbook);
    add_part(zip, "xl/_rels/workbook.xml.rels",
        "<Relationships><Relationship Id='rId1' Target='worksheets/sheet1.xml'/>"
        "<Relationship Id='rId2' Target='/xl/worksheets/sheet2.xml'/></Relationships>");
    if (styles)
        add_part(zip, "xl/styles.xml", styles);
    if (strings)
        add_part(zip, "xl/sharedStrings.xml", strings);
    add_part(zip, "xl/worksheets/sheet1.xml", sheet1);
    add_part(zip, "xl/worksheets/sheet2.xml", sheet2);
    assert_int_equal(zip_close(zip), 0);
    zip_stat_t stat;
    assert_int_equal(zip_source_open(source), 0);
    assert_int_equal(zip_source_stat(source, &stat), 0);
    made.bytes = malloc(stat.size);
    made.len = (size_t)zip_source_read(source, made.bytes, stat.size);
    zip_source_close(source);
    zip_source_free(source);
    return made;
}

static void check(struct made made, const struct rows_options *options, const char *expected)
{
    struct rows *rows;
    struct row row;
    bool has_row;
    struct comity_error err = {0};
    struct buffer out;
    enum comity_status status = rows_open_memory(slice_of(made.bytes, made.len), options, &rows, &err);
    if (status)
        fail_msg("%s", err.message);
    buffer_init(&out, 1 << 20);
    for (size_t i = 0; i < rows_n_columns(rows); i++)
        buffer_format(&out, "%s%.*s", i ? "|" : "", SLICE_ARG(rows_column_name(rows, i)));
    buffer_add_byte(&out, '\n');
    while (!(status = rows_next(rows, &row, &has_row, &err)) && has_row) {
        buffer_format(&out, "%u:", (unsigned)row.line);
        for (size_t i = 0; i < row.n_cells && !row.fault; i++)
            buffer_format(&out, "%s%.*s", i ? "|" : "", SLICE_ARG(row.cells[i]));
        buffer_format(&out, "%s%s\n", row.fault ? row.fault : "", row.note ? row.note : "");
    }
    assert_int_equal(status, COMITY_OK);
    assert_string_equal(out.ptr, expected);
    rows_close(rows);
    buffer_release(&out);
}

#define SHEET(rows) "<worksheet><sheetData>" rows "</sheetData></worksheet>"
#define TEXT(place, text) "<c r='" place "' t='inlineStr'><is><t>" text "</t></is></c>"
#define STYLES                                                                                                         \
    "<styleSheet><numFmts><numFmt numFmtId='164' formatCode='dd\\-mm\\-yyyy'/>"                                        \
    "<numFmt numFmtId='165' formatCode='0.00\" days\"'/></numFmts><cellStyleXfs><xf numFmtId='14'/></cellStyleXfs>"    \
    "<cellXfs><xf numFmtId='0'/><xf numFmtId='14'/><xf numFmtId='164'/><xf numFmtId='165'/></cellXfs></styleSheet>"

static void cells_of_all_types_become_text(void **state)
{
    (void)state;
    struct made made = make_book("", STYLES,
        "<sst><si><t>drug</t></si><si><r><t>Coca</t></r><r><t> paste</t></r><rPh><t>x</t></rPh></si></sst>",
        SHEET("<row r='1'><c r='A1' t='s'><v>0</v></c>" TEXT("B1", "amount") TEXT("C1", "ok")
                TEXT("D1", "f") "</row>"
                                "<row r='3'><c r='A3' t='s'><v>1</v></c><c r='B3'><v>0.10000000000000001</v></c><c "
                                "r='C3' t='b'><v>1</v></c>"
                                "<c r='D3' t='str'><f>A1</f><v>x&amp;y</v></c></row>"
                                "<row r='4'><c r='B4' t='e'><v>#N/A</v></c><c r='D4'><v>5E3</v></c></row>"
                                "<row r='5'/><row r='6'><c r='A6'/></row>"),
        SHEET(""));
    check(made, NULL, "drug|amount|ok|f\n3:Coca paste|0.1|true|x&y\n4:|||5000a cell holds the error '#N/A'\n");
    free(made.bytes);
}

static void styles_tell_dates_of_both_systems(void **state)
{
    (void)state;
    static const char sheet[] =
        SHEET("<row r='1'>" TEXT("A1", "d") "</row><row r='2'><c r='A2' s='1'><v>42387</v></c></row>"
                                            "<row r='3'><c r='A3' s='2'><v>42387.5</v></c></row>"
                                            "<row r='4'><c r='A4' s='3'><v>42387</v></c></row>"
                                            "<row r='5'><c r='A5'><v>42387</v></c></row>");
    struct made made = make_book("", STYLES, NULL, sheet, SHEET(""));
    check(made, NULL, "d\n2:2016-01-18\n3:2016-01-18T12:00:00\n4:42387\n5:42387\n");
    free(made.bytes);
    made = make_book("<workbookPr date1904='1'/>", STYLES, NULL, sheet, SHEET(""));
    check(made, NULL, "d\n2:2020-01-19\n3:2020-01-19T12:00:00\n4:42387\n5:42387\n");
    free(made.bytes);
}

static void the_leap_day_that_never_was_is_kept(void **state)
{
    char text[32];
    (void)state;
    static const struct {
        double serial;
        bool is_1904;
        const char *text;
    } cases[] = {{1, false, "1900-01-01"}, {59, false, "1900-02-28"}, {60, false, "1900-02-29"},
        {61, false, "1900-03-01"}, {0, true, "1904-01-01"}, {0.25, false, "06:00:00"},
        {2.9999999, false, "1900-01-03"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(xlsx_date_text(cases[i].serial, cases[i].is_1904, text));
        assert_string_equal(text, cases[i].text);
    }
    assert_false(xlsx_date_text(-1, false, text));
    assert_false(xlsx_date_text(1e9, false, text));
    assert_false(xlsx_format_is_date("0.00"));
    assert_false(xlsx_format_is_date("[Red]#,##0 \"yards\""));
    assert_true(xlsx_format_is_date("[$-409]mmm yy;@"));
}

static void sheets_are_chosen_by_name_or_all_with_one_header(void **state)
{
    (void)state;
    struct made made =
        make_book("", NULL, NULL, SHEET("<row r='1'>" TEXT("A1", "a") "</row><row r='2'>" TEXT("A2", "1") "</row>"),
            SHEET("<row r='2'>" TEXT("A2", "a") "</row><row r='3'>" TEXT("A3", "2") TEXT("C3", "x") "</row>"));
    struct rows_options more = {.sheet = SLICE("more")}, all = {.sheet = SLICE("*")},
                        no_header = {.has_no_header = true};
    check(made, NULL, "a\n2:1\n");
    check(made, &more, "a\n3:row has 3 cells, header has 1\n");
    check(made, &all, "a\n2:1\n3:row has 3 cells, header has 1\n");
    check(made, &no_header, "1\n1:a\n2:1\n");
    struct rows_options none = {.sheet = SLICE("nope")};
    struct rows *rows;
    struct comity_error err;
    assert_int_equal(rows_open_memory(slice_of(made.bytes, made.len), &none, &rows, &err), COMITY_INPUT);
    assert_non_null(strstr(err.message, "no sheet 'nope'"));
    free(made.bytes);
}

static void an_empty_first_sheet_is_passed_over(void **state)
{
    (void)state;
    struct made made = make_book(
        "", NULL, NULL, SHEET(""), SHEET("<row>" TEXT("A1", "a") "<c t='inlineStr'><is><t>b</t></is></c></row>"));
    check(made, NULL, "a|b\n");
    free(made.bytes);
}

static void merged_headers_carry_over_their_columns(void **state)
{
    struct rows_options two = {.skip_lines = 1, .header_rows = 2};
    (void)state;
    struct made made = make_book("", NULL, NULL,
        "<worksheet><sheetData><row r='1'>" TEXT("A1", "Seized") "</row><row r='2'>" TEXT("A2", "State")
            TEXT("C2", "Cocaine") TEXT("F2", "Heroin") "</row><row r='3'>" TEXT("B3", "Year") TEXT("C3", "kg")
                TEXT("D3", "cases") TEXT("E3", "all") TEXT("F3", "kg") "</row><row r='4'>" TEXT(
                    "A4", "X") "<c r='F4'><v>7</v></c></row></sheetData>"
                               "<mergeCells count='3'><mergeCell ref='A1:F1'/>"
                               "<mergeCell ref='A2:A3'/><mergeCell ref='C2:D2'/>"
                               "</mergeCells></worksheet>",
        SHEET(""));
    check(made, &two, "State|Year|Cocaine / kg|Cocaine / cases|all|Heroin / kg\n4:X|||||7\n");
    free(made.bytes);
}

static void cells_that_are_merged_downward_fill_the_rows_below(void **state)
{
    struct rows_options fill = {.merged = MERGED_FILL}, count = {.merged = MERGED_COUNT};
    struct rows *rows;
    struct row row;
    bool has_row = true;
    (void)state;
    /* The merges stand in no order; one of two columns, one of the header, one that covers a filled cell. */
    struct made made = make_book("", NULL, NULL,
        "<worksheet><sheetData><row r='1'>" TEXT("A1", "day") TEXT("B1", "office") TEXT("C1", "kg") TEXT(
            "D1", "note") "</row><row r='3'>" TEXT("A3", "one") TEXT("B3", "north") TEXT("C3", "1") TEXT("D3",
            "x") "</row><row r='4'>" TEXT("C4", "2") "</row><row r='5'>" TEXT("C5", "3") "</row><row r='6'>" TEXT("A6",
            "two") TEXT("C6", "4") "</row><row r='8'>" TEXT("B8", "south") TEXT("C8",
            "5") "</row></sheetData><mergeCells count='5'><mergeCell ref='A6:A7'/>"
                 "<mergeCell ref='B3:B6'/><mergeCell ref='A3:A5'/><mergeCell ref='C3:D4'/><mergeCell ref='D1:D2'/>"
                 "</mergeCells></worksheet>",
        SHEET(""));
    check(made, NULL, "day|office|kg|note\n3:one|north|1|x\n4:||2|\n5:||3|\n6:two||4|\n8:|south|5|\n");
    check(made, &fill,
        "day|office|kg|note\n3:one|north|1|x\n4:one|north|2|\n5:one|north|3|\n6:two|north|4|\n8:|south|5|\n");
    assert_int_equal(rows_open_memory(slice_of(made.bytes, made.len), &count, &rows, NULL), COMITY_OK);
    while (has_row)
        assert_int_equal(rows_next(rows, &row, &has_row, NULL), COMITY_OK);
    assert_int_equal(rows_n_merged(rows), 3);
    rows_close(rows);
    free(made.bytes);
}

static void the_xml_may_be_written_in_any_way(void **state)
{
    (void)state;
    struct made made = make_book("", NULL,
        "<!-- s --><x:sst xmlns:x='x'><x:si><x:t>&lt;&#xe9;&#8364;&#x1F600;&amp;</x:t></x:si></x:sst>\n",
        "<?xml version=\"1.0\" encoding='utf-8' standalone='yes'?>\r\n<x:worksheet xmlns:x='m'><x:sheetData>"
        "<x:row><x:c t = \"inlineStr\" ><x:is><x:t>a</x:t></x:is></x:c></x:row>"
        "<x:row><x:c t='s'><x:v>0</x:v></x:c></x:row>"
        "<x:row><x:c t='str'><x:v>one\r\ntwo &#13;<![CDATA[<3>&amp;]]></x:v></x:c></x:row></x:sheetData></x:worksheet>",
        SHEET(""));
    check(made, NULL, "a\n2:<é€😀&\n3:one\ntwo \r<3>&amp;\n");
    free(made.bytes);
}

static void check_fault(const char *sheet, const char *message)
{
    struct made made = make_book("", NULL, NULL, sheet, SHEET(""));
    struct rows *rows = NULL;
    struct row row;
    bool has_row = true;
    struct comity_error err = {0};
    enum comity_status status = rows_open_memory(slice_of(made.bytes, made.len), NULL, &rows, &err);
    while (!status && has_row)
        status = rows_next(rows, &row, &has_row, &err);
    if (!status || !strstr(err.message, message))
        fail_msg("%s: told: %s", sheet, err.message);
    rows_close(rows);
    free(made.bytes);
}

static void what_is_not_well_formed_is_told(void **state)
{
    (void)state;
    check_fault("<a><row><c></a>", "its tags do not match");
    check_fault("<a>", "it ends early");
    check_fault("<a></a><b/>", "something stands behind its end");
    check_fault("<a/>text", "outside of its elements");
    check_fault("<a><row r='1></row></a>", "it ends early");
    check_fault("<a><row r=1></row></a>", "an attribute is not well-formed");
    check_fault("<a>&nbsp;</a>", "a reference is not known");
    check_fault("<a>&#0;</a>", "a reference is not known");
    check_fault("<a>\x01</a>", "bytes that are no text");
    check_fault("<a>\xC3(</a>", "bytes that are no text");
    check_fault("<!DOCTYPE a><a/>", "has a document type");
    check_fault("<?xml version='1.0' encoding='iso-8859-1'?><a/>", "is in the encoding 'iso-8859-1'");
}

/* Digits that are taken as they stand are those that the number would be written with. */
static void numbers_are_shortest_whether_looked_at_or_not(void **state)
{
    static const char *const odd[] = {"0", "-0", "1.50", "007", "0.00001", "0.0001", "1e5", "0.1000000000000000055",
        "123456789012345", "1234567890123456", "-12.5", "5.", ".5", "1.0", "0.30000000000000004", "99999999999999.5"};
    struct buffer out;
    unsigned random = 7;
    (void)state;
    buffer_init(&out, 1000);
    for (unsigned i = 0; i < 20000; i++) {
        char digits[64], expected[NUMBER_TEXT];
        random = random * 1103515245u + 12345u;
        if (i < sizeof odd / sizeof *odd)
            snprintf(digits, sizeof digits, "%s", odd[i]);
        else
            snprintf(
                digits, sizeof digits, "%.*f", (int)(random >> 8) % 7, (double)random / (1 + (random >> 4) % 100000));
        size_t len = number_text(strtod(digits, NULL), expected);
        buffer_clear(&out);
        sheets_add_number(&out, slice_from(digits));
        if (!slice_equal(buffer_slice(&out), slice_of(expected, len)))
            fail_msg("'%s' became '%s', not '%.*s'", digits, out.ptr, (int)len, expected);
    }
    buffer_release(&out);
}

static void damage_is_told_and_never_a_crash(void **state)
{
    (void)state;
    struct made made = make_book(
        "", STYLES, NULL, SHEET("<row r='1'>" TEXT("A1", "a") "</row><row r='2'><c r='A2'></row>"), SHEET(""));
    struct rows *rows;
    struct row row;
    bool has_row;
    struct comity_error err = {0};
    assert_int_equal(rows_open_memory(slice_of(made.bytes, made.len), NULL, &rows, &err), COMITY_OK);
    assert_int_equal(rows_next(rows, &row, &has_row, &err), COMITY_INPUT);
    assert_non_null(strstr(err.message, "'xl/worksheets/sheet1.xml' of the workbook is damaged"));
    rows_close(rows);
    for (size_t cut = 4; cut < made.len; cut += 7) {
        if (!rows_open_memory(slice_of(made.bytes, made.len - cut), NULL, &rows, &err)) {
            while (!rows_next(rows, &row, &has_row, &err) && has_row) {
            }
            rows_close(rows);
        }
    }
    free(made.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_of_all_types_become_text),
        cmocka_unit_test(styles_tell_dates_of_both_systems),
        cmocka_unit_test(the_leap_day_that_never_was_is_kept),
        cmocka_unit_test(sheets_are_chosen_by_name_or_all_with_one_header),
        cmocka_unit_test(an_empty_first_sheet_is_passed_over),
        cmocka_unit_test(merged_headers_carry_over_their_columns),
        cmocka_unit_test(cells_that_are_merged_downward_fill_the_rows_below),
        cmocka_unit_test(the_xml_may_be_written_in_any_way),
        cmocka_unit_test(what_is_not_well_formed_is_told),
        cmocka_unit_test(numbers_are_shortest_whether_looked_at_or_not),
        cmocka_unit_test(damage_is_told_and_never_a_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
