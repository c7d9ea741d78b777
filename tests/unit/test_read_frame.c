/* What must hold for sheets made for people: titles, headers of several rows, totals, footnotes. And that an ordinary
 * file never loses a row to them. */
#include "unit.h"

#include "shown_rows.h"

/* The rows, and behind them what was taken off: "T line verdict part", "N line text", "H line text". */
static void check(const char *file, const struct rows_options *options, const char *expected)
{
    static const char *const verdicts[] = {"agrees", "rounded", "differs"};
    struct rows *rows;
    struct comity_error err = {0};
    struct buffer out;
    buffer_init(&out, 1 << 20);
    if (rows_open_memory(slice_from(file), options, &rows, &err))
        fail_msg("%s", err.message);
    show_rows(rows, &out);
    const struct frame_found *found = rows_frame(rows);
    for (size_t i = 0; i < found->n_titles; i++)
        buffer_format(&out, "H%u %.*s\n", (unsigned)found->titles[i].line, SLICE_ARG(found->titles[i].text));
    for (size_t i = 0; i < found->n_totals; i++)
        buffer_format(&out, "T%u %s%s %.*s\n", (unsigned)found->totals[i].line, verdicts[found->totals[i].verdict],
            found->totals[i].is_part ? " part" : "", SLICE_ARG(found->totals[i].text));
    for (size_t i = 0; i < found->n_footnotes; i++)
        buffer_format(&out, "N%u %.*s\n", (unsigned)found->footnotes[i].line, SLICE_ARG(found->footnotes[i].text));
    assert_string_equal(out.ptr, expected);
    rows_close(rows);
    buffer_release(&out);
}

static const struct rows_options automatic = {.totals = TOTALS_AUTO, .has_footnotes = true};

static void titles_and_headers_of_several_rows_make_the_columns(void **state)
{
    struct rows_options options = {.skip_lines = 2, .header_rows = 2};
    (void)state;
    check("Seizures 2016,,,,\n(provisional),,,,\nState,Cocaine,,Heroin,\n,kg,\"cases\n(n)\",kg,kg\nX,1,2,3,4\n",
        &options,
        "State|Cocaine / kg|Cocaine / cases (n)|Heroin / kg|Heroin / kg (2)\n6:X|1|2|3|4\nH1 Seizures 2016\nH2 "
        "(provisional)\n");
    /* An upper name that has nothing below it is whole, and goes no further. */
    options = (struct rows_options){.header_rows = 2};
    check("State,,Drug,,\n,Year,a,b,\nX,2016,1,2\n", &options, "State|Year|Drug / a|Drug / b\n3:X|2016|1|2\n");
    options = (struct rows_options){.header_rows = 3};
    check("A,,,\nB,,C,\nx,y,x,\n1,2,3,4\n", &options,
        "A / B / x|A / B / y|A / C / x\n4:!row has 4 cells, header has 3\n");
}

static void without_being_asked_nothing_is_taken_off(void **state)
{
    (void)state;
    check("a,b\nX,1\nY,2\nTotal,3\nSource: police\n", NULL, "a|b\n2:X|1\n3:Y|2\n4:Total|3\n5:Source: police|\n");
}

static void a_total_is_found_with_a_label_and_without(void **state)
{
    (void)state;
    check("a,b\nX,1\nY,2\nTOTAL GENERAL:,3\n", &automatic, "a|b\n2:X|1\n3:Y|2\nT4 agrees TOTAL GENERAL: | 3\n");
    check("a,b\nX,1\nY,2\n,3\n", &automatic, "a|b\n2:X|1\n3:Y|2\nT4 agrees 3\n");
    check("a,b,c\nX,kg,1\nY,kg,2\nИтого,kg,3\n", &automatic, "a|b|c\n2:X|kg|1\n3:Y|kg|2\nT4 agrees Итого | kg | 3\n");
    check("a,b\nX,601.8\nY,601.8\nTotal,\"1,204\"\n\n\n", &automatic,
        "a|b\n2:X|601.8\n3:Y|601.8\nT4 rounded Total | 1,204\n");
    check("a;b\nX;601,8\nY;601,8\n;1 204\n", &automatic, "a|b\n2:X|601,8\n3:Y|601,8\nT4 rounded 1 204\n");
    check("a,b\nX,1\nY,2\nTotal,5\n", &automatic, "a|b\n2:X|1\n3:Y|2\nT4 differs Total | 5\n");
}

static void a_last_row_that_could_be_data_is_data(void **state)
{
    (void)state;
    /* It does not sum, or has a text, or fills all that the others fill, or there is one row only. */
    check("a,b\nX,1\nY,2\n,4\n", &automatic, "a|b\n2:X|1\n3:Y|2\n4:|4\n");
    check("a,b\nX,1\nY,2\nZ,3\n", &automatic, "a|b\n2:X|1\n3:Y|2\n4:Z|3\n");
    check("a,b\n2015,1\n2016,2\n4031,3\n", &automatic, "a|b\n2:2015|1\n3:2016|2\n4:4031|3\n");
    check("a,b\nX,1\n,1\n", &automatic, "a|b\n2:X|1\n3:|1\n");
    check("a,b\nX,1\n,0\nY,2\n", &automatic, "a|b\n2:X|1\n3:|0\n4:Y|2\n");
    check("b\n1\n2\n3\n", &automatic, "b\n2:1\n3:2\n4:3\n");
    /* A column that only one row fills proves nothing. */
    check("a,b,c\nX,1,\nY,,\n,1,\n", &automatic, "a|b|c\n2:X|1|\n3:Y||\n4:|1|\n");
    check("a,b,c\nX,1,1\nY,2,1\n,3,7\n", &automatic, "a|b|c\n2:X|1|1\n3:Y|2|1\n4:|3|7\n");
    check("kind,b,c\nPartial,x,1\nTotal,y,2\n", &automatic, "kind|b|c\n2:Partial|x|1\n3:Total|y|2\n");
    check("a,b\nX,1\nY,2\nTotal Wine Ltd,9\n", &automatic, "a|b\n2:X|1\n3:Y|2\n4:Total Wine Ltd|9\n");
    check("a,b\nX,1\n,\"3\n", &automatic, "a|b\n2:X|1\n3:!a quote is not closed\n");
}

static void subtotals_are_found_where_they_agree(void **state)
{
    (void)state;
    check("a,b\nX,1\nY,2\nTotal north,3\nZ,4\nW,5\nTotal south,9\nGrand total,12\n", &automatic,
        "a|b\n2:X|1\n3:Y|2\n5:Z|4\n6:W|5\nT4 agrees Total north | 3\nT7 agrees part Total south | 9\nT8 agrees Grand "
        "total | 12\n");
    check("a,b\nX,1\nY,2\nTotal north,7\nZ,4\n", &automatic, "a|b\n2:X|1\n3:Y|2\n4:Total north|7\n5:Z|4\n");
}

static void footnotes_are_kept_in_words(void **state)
{
    struct rows_options notes = {.has_footnotes = true};
    (void)state;
    check("a,b\nX,1\nY,2\nTotal,3\n\n\"Source: police, customs\"\n* provisional,\n", &automatic,
        "a|b\n2:X|1\n3:Y|2\nT4 agrees Total | 3\nN6 Source: police, customs\nN7 * provisional\n");
    check("a,b\nX,1\nTotal,3\nSource\n", &notes, "a|b\n2:X|1\n3:Total|3\nN4 Source\n");
    /* One text in the middle is data, as it was; so is one in another column, or a number. */
    check("a,b\nNorth\nX,1\n,,\n,x\n", &notes, "a|b\n2:North|\n3:X|1\n4:|\n5:|x\n");
    check("a,b\nX,1\n7\n", &notes, "a|b\n2:X|1\n3:7|\n");
    check("a\nX\nY\n", &notes, "a\n2:X\n3:Y\n");
}

static void too_many_notes_are_data(void **state)
{
    struct rows *rows;
    struct row row;
    struct comity_error err;
    struct buffer file;
    bool has_row;
    unsigned n = 0;
    (void)state;
    buffer_init(&file, 1 << 20);
    buffer_add_string(&file, "a,b\nX,1\n");
    for (int i = 0; i < 500; i++)
        buffer_add_string(&file, "word\n");
    assert_int_equal(rows_open_memory(buffer_slice(&file), &automatic, &rows, &err), COMITY_OK);
    while (!rows_next(rows, &row, &has_row, &err) && has_row)
        assert_int_equal(row.number, ++n);
    assert_int_equal(n + rows_frame(rows)->n_footnotes, 501);
    rows_close(rows);
    buffer_release(&file);
}

static void totals_by_label_are_taken_off_wherever_they_stand(void **state)
{
    static const struct slice words[] = {{"total", 5}, {"Sum of all", 10}};
    struct rows_options options = {
        .totals = TOTALS_LABELLED, .total_column = SLICE("state"), .total_labels = words, .n_total_labels = 2};
    (void)state;
    check("d,State,b,Year\n1,X,1,2016\n2,Y,2,2016\n,TOTAL,3,2016\n3,Z,4.5,2016\n,Total,4.5,2016\n,Sum of all,9,2016\n",
        &options,
        "d|State|b|Year\n2:1|X|1|2016\n3:2|Y|2|2016\n5:3|Z|4.5|2016\n"
        "T4 agrees TOTAL | 3 | 2016\nT6 agrees part Total | 4.5 | 2016\nT7 differs Sum of all | 9 | 2016\n");
    options.total_column = SLICE("Region");
    check_refused(SLICE("a,b\n1,2\n"), &options, COMITY_INPUT, "no column 'Region'", "its first column is 'a'");
}

static void each_geojson_feature_is_a_row(void **state)
{
    (void)state;
    check("{\"type\":\"FeatureCollection\",\"bbox\":[1,2],\"crs\":{\"properties\":{\"name\":\"x\"}},\"features\":[ "
          "{\"type\":\"Feature\","
          "\"id\":7,\"properties\":{\"drug\":\"Heroin\",\"at\":{\"x\":1}},\"geometry\":{\"type\":\"Point\","
          "\"coordinates\":[-74.5,4.25]}},"
          "{\"type\":\"Feature\",\"properties\":null,\"geometry\":{\"type\":\"LineString\",\"coordinates\":[[1,2],[3,4]"
          "]}},"
          "{\"type\":\"Feature\",\"properties\":{\"drug\":\"x\"},\"geometry\":null}]}",
        NULL,
        "drug|at.x|geometry.type|geometry.longitude|geometry.latitude|feature.id|geometry.coordinates\n"
        "1:Heroin|1|Point|-74.5|4.25|7\n1:||LineString||||[[1,2],[3,4]]\n1:x\n");
    check("\x1E{\"type\":\"Feature\",\"properties\":{\"a\":1},\"geometry\":{\"type\":\"Point\",\"coordinates\":[1,2,3]}"
          "}\n"
          "\x1E{\"type\":\"Feature\",\"properties\":{\"a\":2},\"geometry\":{\"type\":\"Point\",\"coordinates\":[]}}\n",
        NULL,
        "a|geometry.type|geometry.longitude|geometry.latitude|geometry.altitude|geometry.coordinates\n1:1|Point|1|2|3\n"
        "2:2|Point||||\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(titles_and_headers_of_several_rows_make_the_columns),
        cmocka_unit_test(without_being_asked_nothing_is_taken_off),
        cmocka_unit_test(a_total_is_found_with_a_label_and_without),
        cmocka_unit_test(a_last_row_that_could_be_data_is_data),
        cmocka_unit_test(subtotals_are_found_where_they_agree),
        cmocka_unit_test(footnotes_are_kept_in_words),
        cmocka_unit_test(too_many_notes_are_data),
        cmocka_unit_test(totals_by_label_are_taken_off_wherever_they_stand),
        cmocka_unit_test(each_geojson_feature_is_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
