/* What must hold for OpenDocument spreadsheets. */
#include "unit.h"

#include "made_zip.h"
#include "shown_rows.h"

#define BOOK(tables)                                                                                                   \
    "<?xml version='1.0' encoding='UTF-8'?><office:document-content xmlns:office='o' xmlns:table='t' xmlns:text='x' "  \
    "xmlns:calcext='c'><office:body><office:spreadsheet>" tables                                                       \
    "</office:spreadsheet></office:body></office:document-content>"
#define SHEET(name, rows) "<table:table table:name='" name "'><table:table-column/>" rows "</table:table>"
#define ROW(cells) "<table:table-row>" cells "</table:table-row>"
#define TEXT(text) "<table:table-cell office:value-type='string'><text:p>" text "</text:p></table:table-cell>"
#define NUMBER(value, shown)                                                                                           \
    "<table:table-cell office:value-type='float' office:value='" value "'><text:p>" shown "</text:p></"                \
    "table:table-cell>"

static void check_with(const char *content, const struct rows_options *options, const char *expected)
{
    struct slice zip = MAKE_ZIP(
        {"mimetype", SLICE("application/vnd.oasis.opendocument.spreadsheet")}, {"content.xml", slice_from(content)});
    check_rows(zip, options, expected);
    free((void *)zip.ptr);
}

static void check(const char *content, const char *expected)
{
    check_with(content, NULL, expected);
}

static void cells_of_all_types_become_text(void **state)
{
    (void)state;
    check(BOOK(SHEET("Data",
              ROW(TEXT("day") TEXT("n") TEXT("t")) ROW(
                  "<table:table-cell office:value-type='date' office:date-value='2016-01-18'><text:p>18.1.</text:p>"
                  "</table:table-cell>" NUMBER("1234567.12345678", "1.234.567,12")
                      TEXT("a<text:s text:c='2'/>b<text:tab/>c"
                           "</text:p><text:p>d &amp; <text:span>e</text:span>"))
                  ROW("<table:table-cell office:value-type='date' office:date-value='2016-01-18T06:30:00'/>"
                      "<table:table-cell office:value-type='percentage' "
                      "office:value='0.25'><text:p>25%</text:p></table:table-cell>"
                      "<table:table-cell office:value-type='boolean' "
                      "office:boolean-value='true'><text:p>WAHR</text:p></table:table-cell>")
                      ROW("<table:table-cell office:value-type='time' "
                          "office:time-value='PT06H30M05S'><text:p>x</text:p></table:table-cell>"
                          "<table:table-cell office:value-type='currency' office:currency='EUR' office:value='7.50'/>"
                          "<table:table-cell office:value-type='string' office:string-value='told' />"))),
        "day|n|t\n2:2016-01-18|1234567.12345678|a  b\tc\nd & "
        "e\n3:2016-01-18T06:30:00|0.25|true\n4:06:30:05|7.5|told\n");
}

static void errors_comments_and_drawings_are_no_text(void **state)
{
    (void)state;
    check(BOOK(SHEET("Data",
              "<table:shapes><draw:frame "
              "xmlns:draw='d'><table:table><table:table-row/></table:table></draw:frame></table:shapes>" ROW(
                  TEXT("a") TEXT("b"))
                  ROW("<table:table-cell office:value-type='string' "
                      "calcext:value-type='error'><text:p>#N/A</text:p></table:table-cell>"
                      "<table:table-cell "
                      "office:value-type='string'><office:annotation><text:p>why</text:p></office:annotation>"
                      "<text:p>x</text:p></table:table-cell>"))),
        "a|b\n2:|x?a cell holds the error '#N/A'\n");
}

static void runs_of_cells_and_rows_are_written_out_and_empty_ones_cost_nothing(void **state)
{
    (void)state;
    check(BOOK(SHEET("Data",
              ROW(TEXT("a") TEXT("b") TEXT("c") "<table:table-cell table:number-columns-repeated='16381'/>") ROW(
                  "<table:table-cell table:number-columns-repeated='2' office:value-type='float' office:value='1'/>"
                  "<table:table-cell table:number-columns-repeated='16382'/>") "<table:table-row "
                                                                               "table:number-rows-repeated='3'><table:"
                                                                               "table-cell/></table:table-row>"
                                                                               "<table:table-row "
                                                                               "table:number-rows-repeated='2'>" TEXT(
                                                                                   "r") "</table:table-row>"
                                                                                        "<table:table-row "
                                                                                        "table:number-rows-repeated='"
                                                                                        "1048566'>"
                                                                                        "<table:table-cell "
                                                                                        "table:number-columns-repeated="
                                                                                        "'16384'/></table:table-row>")),
        "a|b|c\n2:1|1|\n6:r||\n7:r||\n");
}

static void covered_cells_take_their_place(void **state)
{
    (void)state;
    check(BOOK(SHEET("Data",
              ROW(TEXT("a") TEXT("b") TEXT("c"))
                  ROW("<table:table-cell table:number-columns-spanned='2' office:value-type='string'><text:p>x</text:p>"
                      "</table:table-cell><table:covered-table-cell/>" TEXT("z"))
                      ROW("<table:covered-table-cell table:number-columns-repeated='2'/>" TEXT("y")))),
        "a|b|c\n2:x||z\n3:||y\n");
}

static void sheets_are_chosen_by_name_or_all_with_one_header(void **state)
{
    (void)state;
    static const char book[] = BOOK(SHEET("Empty", ROW("<table:table-cell/>")) SHEET("2015",
        ROW(TEXT("a")) ROW(TEXT("1"))) SHEET("Notes", ROW(TEXT("other"))) SHEET("2016", ROW(TEXT("a")) ROW(TEXT("2"))));
    struct rows_options named = {.sheet = SLICE("2016")}, all = {.sheet = SLICE("*")}, none = {.sheet = SLICE("2017")};
    check(book, "a\n2:1\n");
    check_with(book, &named, "a\n2:2\n");
    check_with(book, &all, "a\n2:1\n2:2\n");
    check_with(book, &none, "#the workbook has no sheet '2017'");
}

static void merged_headers_carry_over_their_columns(void **state)
{
    (void)state;
    struct rows_options two = {.header_rows = 2};
    static const char book[] = BOOK(SHEET("Data",
        ROW(TEXT(
            "State") "<table:table-cell table:number-columns-spanned='2' office:value-type='string'><text:p>Cocaine"
                     "</text:p></table:table-cell><table:covered-table-cell/><table:table-cell/>")
            ROW("<table:table-cell/>" TEXT("kg") TEXT("cases") TEXT("note"))
                ROW(TEXT("X") NUMBER("5", "5") NUMBER("1", "1"))));
    check_with(book, &two, "State|Cocaine / kg|Cocaine / cases|note\n3:X|5|1|\n");
}

#define OVER(rows, text)                                                                                               \
    "<table:table-cell table:number-rows-spanned='" rows "' office:value-type='string'><text:p>" text                  \
    "</text:p></table:table-cell>"
#define COVERED "<table:covered-table-cell/>"

static void cells_that_are_merged_downward_fill_the_rows_below(void **state)
{
    (void)state;
    struct rows_options fill = {.merged = MERGED_FILL};
    static const char book[] = BOOK(SHEET("Data",
        ROW(TEXT("day") TEXT("office") TEXT("kg")) ROW(OVER("3", "one") OVER("2", "north") NUMBER("1", "1"))
            ROW(COVERED COVERED NUMBER("2", "2")) ROW(COVERED TEXT("south") NUMBER("3", "3")) ROW(OVER("3", "two") TEXT(
                "west") NUMBER("4", "4")) "<table:table-row table:number-rows-repeated='2'>" COVERED TEXT("east")
                NUMBER("5", "5") "</table:table-row>" ROW("<table:table-cell/>" TEXT("none") NUMBER("6", "6"))));
    check_with(
        book, NULL, "day|office|kg\n2:one|north|1\n3:||2\n4:|south|3\n5:two|west|4\n6:|east|5\n7:|east|5\n8:|none|6\n");
    check_with(book, &fill,
        "day|office|kg\n2:one|north|1\n3:one|north|2\n4:one|south|3\n5:two|west|4\n6:two|east|5\n7:two|east|5\n8:|none|"
        "6\n");
}

static void a_part_may_be_in_utf16(void **state)
{
    static const char text[] =
        "<?xml version='1.0' encoding='UTF-16'?><d><table table:name='s'><table-row><table-cell><p>a</p>"
        "</table-cell></table-row><table-row><table-cell><p>b</p></table-cell></table-row></table></d>";
    char wide[2 * sizeof text];
    (void)state;
    for (size_t i = 0; i < sizeof text - 1; i++) {
        wide[2 * i] = text[i];
        wide[2 * i + 1] = 0;
    }
    struct slice zip = MAKE_ZIP({"mimetype", SLICE("x")}, {"content.xml", slice_of(wide, 2 * sizeof text - 2)});
    check_rows(zip, NULL, "a\n2:b\n");
    free((void *)zip.ptr);
}

static void a_locked_or_damaged_workbook_is_told(void **state)
{
    (void)state;
    struct slice locked = MAKE_ZIP({"mimetype", SLICE("x")}, {"content.xml", SLICE("\x01\x02\x03garbage")},
        {"META-INF/manifest.xml",
            SLICE("<m:manifest xmlns:m='m'><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>")});
    check_refused(locked, NULL, COMITY_UNSUPPORTED, "locked with a password", "save it without one");
    free((void *)locked.ptr);
    check("<office:x xmlns:office='o'><table:table xmlns:table='t' table:name='a'><table:table-row>",
        "#the part 'content.xml' of the workbook is damaged near its byte 88: it ends early");
    check("<!DOCTYPE x [<!ENTITY a 'b'>]><x/>", "#the part 'content.xml' has a document type, which no workbook needs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_of_all_types_become_text),
        cmocka_unit_test(errors_comments_and_drawings_are_no_text),
        cmocka_unit_test(runs_of_cells_and_rows_are_written_out_and_empty_ones_cost_nothing),
        cmocka_unit_test(covered_cells_take_their_place),
        cmocka_unit_test(sheets_are_chosen_by_name_or_all_with_one_header),
        cmocka_unit_test(merged_headers_carry_over_their_columns),
        cmocka_unit_test(cells_that_are_merged_downward_fill_the_rows_below),
        cmocka_unit_test(a_part_may_be_in_utf16),
        cmocka_unit_test(a_locked_or_damaged_workbook_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
