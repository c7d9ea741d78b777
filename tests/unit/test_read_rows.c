/* What must hold for every format that is text: CSV, JSON, NDJSON, encodings and gzip around them. */
#include "unit.h"

#include "base/error.h"
#include "read/encoding.h"
#include "read/number_text.h"
#include "read/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

/* A file's rows as one text: cells joined with '|', a fault as '!' and its text, rows with '\n'. The header first. */
static enum comity_status rows_as_text(struct rows *rows, struct buffer *out, struct comity_error *err)
{
    struct row row;
    bool has_row;
    struct buffer body;
    enum comity_status status;
    buffer_init(&body, 1 << 26);
    while (!(status = rows_next(rows, &row, &has_row, err)) && has_row) {
        if (row.fault)
            buffer_format(&body, "!%s", row.fault);
        for (size_t i = 0; i < row.n_cells && !row.fault; i++)
            buffer_format(&body, "%s%.*s", i ? "|" : "", SLICE_ARG(row.cells[i]));
        buffer_add_byte(&body, '\n');
    }
    for (size_t i = 0; i < rows_n_columns(rows); i++)
        buffer_format(out, "%s%.*s", i ? "|" : "", SLICE_ARG(rows_column_name(rows, i)));
    buffer_add_byte(out, '\n');
    buffer_add_slice(out, buffer_slice(&body));
    buffer_release(&body);
    return status;
}

static void check_options(struct slice bytes, const struct rows_options *options, const char *expected)
{
    struct rows *rows;
    struct comity_error err = {0};
    struct buffer out;
    /* A copy of the very size: reading past it is seen by the sanitizer. */
    char *copy = malloc(bytes.len + !bytes.len);
    if (bytes.len)
        memcpy(copy, bytes.ptr, bytes.len);
    buffer_init(&out, 1 << 26);
    enum comity_status status = rows_open_memory(slice_of(copy, bytes.len), options, &rows, &err);
    if (status)
        fail_msg("%s", err.message);
    assert_int_equal(rows_as_text(rows, &out, &err), COMITY_OK);
    assert_string_equal(out.ptr, expected);
    rows_close(rows);
    buffer_release(&out);
    free(copy);
}

static void check(const char *bytes, const char *expected)
{
    check_options(slice_from(bytes), NULL, expected);
}

static void delimiters_are_found_out(void **state)
{
    (void)state;
    check("a,b\n1,2\n", "a|b\n1|2\n");
    check("a;b;c\n1;2,5;3\n4;5,5;6\n", "a|b|c\n1|2,5|3\n4|5,5|6\n");
    check("a\tb\n1,0\t2\n", "a|b\n1,0|2\n");
    check("a|b|c\n1|2|3", "a|b|c\n1|2|3\n");
    check("\"x;y\",b\n\"1;2\",3\n", "x;y|b\n1;2|3\n");
    check("one\n1\n2\n", "one\n1\n2\n");
}

static void quotes_hold_delimiters_quotes_and_line_ends(void **state)
{
    (void)state;
    check("a,b\n\"1,5\",\"say \"\"no\"\"\"\n", "a|b\n1,5|say \"no\"\n");
    check("a,b\r\n\"two\r\nlines\",x\r\n3,4\r\n", "a|b\ntwo\r\nlines|x\n3|4\n");
    check("a,b\n\"\",\"\"\"\"\n", "a|b\n|\"\n");
    check("a,b\n5\" pipe,x\n", "a|b\n5\" pipe|x\n");
    check("a,b\n\"Bob\" Smith,x\n", "a|b\n\"Bob\" Smith|x\n");
}

static void a_quote_that_is_not_closed_costs_its_line_only(void **state)
{
    (void)state;
    check("a,b\n1,\"open\n2,3\n", "a|b\n!a quote is not closed\n2|3\n");
    check("a,b\n1,\"open\n2,\"x\"\n3,4\n", "a|b\n!a quote is not closed\n2|x\n3|4\n");
    check("a,b\n1,2\n3,\"", "a|b\n1|2\n!a quote is not closed\n");
}

static void line_ends_of_all_systems_are_read(void **state)
{
    (void)state;
    check("a,b\r\n1,2\r\n", "a|b\n1|2\n");
    check("a,b\r1,2\r3,4", "a|b\n1|2\n3|4\n");
    check("a,b\n\n1,2\n\r\n", "a|b\n1|2\n");
    check("a,b\r\n1,2\r", "a|b\n1|2\n");
}

static void ragged_rows_are_padded_or_faults(void **state)
{
    (void)state;
    check("a,b,c\n1\n1,2,3,4\n1,2,3,,\n", "a|b|c\n1||\n!row has 4 cells, header has 3\n1|2|3\n");
    check("a,b,,\n1,2,,\n", "a|b\n1|2\n");
}

static void columns_get_names_that_differ(void **state)
{
    (void)state;
    check("a,a,,a\n1,2,3,4\n", "a|a (2)|3|a (3)\n1|2|3|4\n");
    struct rows_options options = {.has_no_header = true};
    check_options(SLICE("x,y\n1,2\n"), &options, "1|2\nx|y\n1|2\n");
    struct rows_options skip = {.skip_lines = 2};
    check_options(SLICE("Report\n\na,b\n1,2\n"), &skip, "a|b\n1|2\n");
}

static void encodings_are_told_apart(void **state)
{
    (void)state;
    check("\xEF\xBB\xBF"
          "a,b\n1,2\n",
        "a|b\n1|2\n");
    check("a,b\nTr\xE1"
          "fico,N\xC3O\n",
        "a|b\nTráfico|NÃO\n");
    check("a,b\n\x93x\x94,\x80\n", "a|b\n“x”|€\n");
    check("a,b\nTráfico,x\nmais é,\xE1\ncaféé éééé éé éé,y\n",
        "a|b\nTráfico|x\n!there are bytes that are not UTF-8\ncaféé éééé éé éé|y\n");
    check_options(SLICE("\xFF\xFE"
                        "a\0;\0b\0\n\0\xE9\0;\0"
                        "2\0"),
        NULL, "a|b\né|2\n");
    struct rows_options latin = {.encoding = SLICE("ISO-8859-1")};
    check_options(SLICE("a\n\xC3\xA9\n"), &latin, "a\nÃ©\n");
}

static void the_first_accent_may_come_late(void **state)
{
    (void)state;
    struct buffer in, out;
    buffer_init(&in, 1 << 26);
    buffer_init(&out, 1 << 26);
    buffer_add_string(&in, "a,b\n");
    buffer_add_string(&out, "a|b\n");
    for (int i = 0; i < 100000; i++) {
        buffer_format(&in, "%d,plain\n", i);
        buffer_format(&out, "%d|plain\n", i);
    }
    size_t plain = in.len, plain_out = out.len;
    buffer_add_string(&in, "caf\xE9,1\n");
    buffer_add_string(&out, "café|1\n");
    check_options(buffer_slice(&in), NULL, out.ptr);
    /* And a character that is cut by the end of a chunk, wherever that is. */
    for (size_t shift = 0; shift < 4; shift++) {
        in.len = plain;
        out.len = plain_out;
        for (size_t i = 0; i < 400000; i++) {
            buffer_add_string(&in, i ? "é" : &"xxxx"[shift]);
            buffer_add_string(&out, i ? "é" : &"xxxx"[shift]);
        }
        buffer_add_string(&in, ",2\n");
        buffer_add_string(&out, "|2\n");
        check_options(buffer_slice(&in), NULL, out.ptr);
    }
    buffer_release(&in);
    buffer_release(&out);
}

static void rows_of_any_length_come_whole_up_to_the_cap(void **state)
{
    (void)state;
    struct buffer in;
    struct rows *rows;
    struct row row;
    bool has_row;
    struct comity_error err;
    buffer_init(&in, 1 << 26);
    buffer_add_string(&in, "a,b\n1,");
    for (int i = 0; i < 3000000; i++)
        buffer_add_byte(&in, 'x');
    buffer_add_string(&in, "\n2,");
    for (int i = 0; i < 17000000; i++)
        buffer_add_byte(&in, 'y');
    buffer_add_string(&in, "\n3,z\n");
    assert_int_equal(rows_open_memory(buffer_slice(&in), NULL, &rows, &err), COMITY_OK);
    assert_int_equal(rows_next(rows, &row, &has_row, &err), COMITY_OK);
    assert_int_equal(row.cells[1].len, 3000000);
    assert_int_equal(rows_next(rows, &row, &has_row, &err), COMITY_OK);
    assert_string_equal(row.fault, "the row is longer than 16 MB");
    assert_int_equal(rows_next(rows, &row, &has_row, &err), COMITY_OK);
    assert_true(has_row && slice_is(row.cells[1], "z"));
    assert_int_equal(row.number, 3);
    assert_int_equal(rows_next(rows, &row, &has_row, &err), COMITY_OK);
    assert_false(has_row);
    rows_close(rows);
    buffer_release(&in);
}

static void rows_tell_their_line_and_raw_text(void **state)
{
    (void)state;
    struct rows *rows;
    struct row row;
    bool has_row;
    struct comity_error err;
    assert_int_equal(rows_open_memory(SLICE("a,b\r\n\"x\ny\",\"q\"\"\"\r\n3,4\r\n"), NULL, &rows, &err), COMITY_OK);
    assert_int_equal(rows_next(rows, &row, &has_row, &err), COMITY_OK);
    assert_int_equal(row.line, 2);
    assert_true(slice_is(row.raw, "\"x\ny\",\"q\"\"\""));
    assert_int_equal(rows_next(rows, &row, &has_row, &err), COMITY_OK);
    assert_int_equal(row.line, 4);
    assert_true(slice_is(row.raw, "3,4"));
    assert_int_equal(rows_column(rows, SLICE(" B ")), 1);
    assert_int_equal(rows_column(rows, SLICE("c")), -1);
    rows_close(rows);
}

static void an_empty_file_is_told_and_a_header_alone_is_a_table(void **state)
{
    static const char *const texts[] = {"", "\n\n", "\xEF\xBB\xBF", "\xFF\xFE"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct rows *rows;
        struct comity_error err = {0};
        assert_int_equal(rows_open_memory(slice_from(texts[i]), NULL, &rows, &err), COMITY_INPUT);
        assert_non_null(strstr(err.message, "the file is empty"));
        assert_null(rows);
    }
    check("a,b", "a|b\n");
    check("[]", "\n");
}

static void files_that_are_no_tables_are_known(void **state)
{
    static const struct {
        const char *text, *kind;
    } cases[] = {{"a: b\nc:\n  - d: e\n", "a YAML file"}, {"# note\n---\nkey: 'a, b'\n\"null\": [x]\n", "a YAML file"},
        {"- {a: b}\n- c: d\n", "a YAML file"}, {"<!DOCTYPE html>\n<p>", "a web page"}, {"%PDF-1.7\n", "a PDF document"},
        {"<?xml version='1.0'?><a/>", "an XML file"}, {"a,b\n1,2\n", NULL}, {"time: utc\n10:30\n", NULL},
        {"place: town, drug: name\nCali,Cocaine\n", NULL}, {"a: b\n", NULL}, {"- 1\n- 2\n", NULL},
        {"{\"a\": 1}\n", NULL}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rows *rows;
        assert_int_equal(rows_open_memory(slice_from(cases[i].text), NULL, &rows, NULL), COMITY_OK);
        const char *kind = rows_foreign(rows);
        if (!kind != !cases[i].kind || (kind && strcmp(kind, cases[i].kind) != 0))
            fail_msg("'%s' is %s", cases[i].text, kind ? kind : "a table");
        rows_close(rows);
    }
}

static void json_arrays_are_rows(void **state)
{
    (void)state;
    check("[{\"a\":1,\"b\":\"x\"},{\"b\":null,\"c\":true}]", "a|b|c\n1|x\n||true\n");
    check("{\"count\":2,\"data\":[{\"a\":0.1},{\"a\":1e3}]}", "a\n0.1\n1000\n");
    check("{\"meta\":{\"columns\":[{\"id\":1}]},\"links\":[{\"x\":1}],\"r\":{\"docs\":[{\"k\":\"v\"}]}}", "k\nv\n");
    check("[{\"p\":{\"lat\":1.5,\"of\":{\"x\":\"y\"}},\"l\":[1,\"z\"],\"m\":[{\"q\":1}]}]",
        "p.lat|p.of.x|l|m\n1.5|y|1; z|[{\"q\":1}]\n");
    check("[]", "\n");
    check("{\"a\":[]}", "\n");
}

static void a_bad_element_of_json_is_a_fault_and_the_stream_goes_on(void **state)
{
    (void)state;
    check("[{\"a\":1},{\"a\":},{\"a\":3}]", "a\n1\n!not JSON: unexpected token near '}'\n3\n");
    check("[{\"a\":1}, 5, {\"a\":2}]", "a\n1\n!the element is no object\n2\n");
    check("{\"a\":1}\n{\"a\":\n\n{\"a\":2}\n", "a\n1\n!not JSON: unexpected token near end of file\n2\n");
    check("[{\"a\":1},{\"a\":\"open", "a\n1\n!the element is not closed at the end of the file\n");
}

static void lines_of_json_are_rows(void **state)
{
    (void)state;
    check("{\"a\":1}\r\n{\"a\":2,\"b\":{\"c\":3}}\n", "a|b.c\n1\n2|3\n");
    check("{\"a\":1}", "a\n1\n");
}

static void json_without_an_array_is_told(void **state)
{
    (void)state;
    struct rows *rows;
    struct comity_error err;
    assert_int_equal(rows_open_memory(SLICE("{\n\"a\": {\"b\": 1}\n}"), NULL, &rows, &err), COMITY_INPUT);
    assert_string_equal(err.message, "there is no array of objects in this JSON");
    assert_true(err.hint[0]);
    assert_null(rows);
}

static size_t zip(const char *text, size_t len, char *out, size_t room)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)text;
    z.avail_in = (uInt)len;
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t made = room - z.avail_out;
    deflateEnd(&z);
    return made;
}

static void gzip_of_several_members_is_one_file(void **state)
{
    (void)state;
    char packed[512];
    size_t n = zip("a,b\n1,", 6, packed, sizeof packed);
    n += zip("2\n3,4\n", 6, packed + n, sizeof packed - n);
    check_options(slice_of(packed, n), NULL, "a|b\n1|2\n3|4\n");
    memset(packed + n, 0, 16);
    check_options(slice_of(packed, n + 16), NULL, "a|b\n1|2\n3|4\n");
}

static void truncated_gzip_gives_its_rows_and_then_says_so(void **state)
{
    (void)state;
    struct buffer in, text;
    struct rows *rows;
    struct comity_error err = {0};
    unsigned random = 1;
    buffer_init(&in, 1 << 22);
    buffer_init(&text, 1 << 22);
    buffer_add_string(&in, "a,b\n");
    for (int i = 0; i < 20000; i++)
        buffer_format(&in, "%d,%u\n", i, random = random * 1664525u + 1013904223u);
    char *packed = malloc(in.len);
    size_t n = zip(in.ptr, in.len, packed, in.len);
    assert_int_equal(rows_open_memory(slice_of(packed, n / 2), NULL, &rows, &err), COMITY_OK);
    assert_int_equal(rows_as_text(rows, &text, &err), COMITY_INPUT);
    assert_non_null(strstr(err.message, "ends early"));
    assert_non_null(strstr(err.hint, "rows were read before this"));
    unsigned n_rows = 0;
    for (size_t i = 0; i < text.len; i++)
        n_rows += text.ptr[i] == '\n';
    assert_in_range(n_rows, 8000, 12000);
    rows_close(rows);
    free(packed);
    buffer_release(&in);
    buffer_release(&text);
}

static void what_is_no_table_is_refused_with_a_reason(void **state)
{
    (void)state;
    struct rows *rows;
    struct comity_error err;
    assert_int_equal(
        rows_open_memory(SLICE("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), NULL, &rows, &err), COMITY_UNSUPPORTED);
    assert_int_equal(rows_open("/no/such/file", NULL, &rows, &err), COMITY_NOTFOUND);
    assert_int_equal(rows_open("/", NULL, &rows, &err), COMITY_INPUT);
    struct rows_options klingon = {.encoding = SLICE("klingon")};
    assert_int_equal(rows_open_memory(SLICE("a"), &klingon, &rows, &err), COMITY_UNSUPPORTED);
}

static void a_file_is_read_as_memory_is(void **state)
{
    (void)state;
    char path[] = "/tmp/comity-rows-XXXXXX";
    struct rows *rows;
    struct comity_error err;
    struct buffer out;
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "a;b\n1;2\n", 8), 8);
    close(fd);
    buffer_init(&out, 1000);
    assert_int_equal(rows_open(path, NULL, &rows, &err), COMITY_OK);
    assert_int_equal(rows_as_text(rows, &out, &err), COMITY_OK);
    assert_string_equal(out.ptr, "a|b\n1|2\n");
    assert_int_equal(rows_found(rows)->delimiter, ';');
    uint64_t done, total;
    rows_progress(rows, &done, &total);
    assert_int_equal(done, 8);
    assert_int_equal(total, 8);
    rows_close(rows);
    unlink(path);
    buffer_release(&out);
}

static void numbers_are_the_shortest_text_that_reads_back(void **state)
{
    (void)state;
    static const struct {
        double number;
        const char *text;
    } cases[] = {{0.1, "0.1"}, {1.0 / 3, "0.3333333333333333"}, {5e6, "5000000"}, {-0.0, "0"}, {46.5, "46.5"},
        {0.1 + 0.2, "0.30000000000000004"}, {1e300, "1e+300"}, {-17, "-17"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[NUMBER_TEXT];
        number_text(cases[i].number, text);
        assert_string_equal(text, cases[i].text);
    }
}

/* A text as UTF-16, with or without its mark. */
static struct slice wide(const char *text, bool is_big, bool has_mark, char *out)
{
    size_t n = 0;
    const unsigned char *at = (const unsigned char *)text;
    if (has_mark) {
        out[n++] = is_big ? '\xFE' : '\xFF';
        out[n++] = is_big ? '\xFF' : '\xFE';
    }
    while (*at) {
        unsigned unit = *at < 0x80 ? *at : (*at & 0x1Fu) << 6 | (at[1] & 0x3Fu);
        at += *at < 0x80 ? 1 : 2;
        out[n++] = (char)(is_big ? unit >> 8 : unit & 0xFF);
        out[n++] = (char)(is_big ? unit & 0xFF : unit >> 8);
    }
    return slice_of(out, n);
}

static void utf16_is_read_with_its_mark_and_without(void **state)
{
    static const char text[] = "место;кг\nКрасноярск;1,5\n\"Омск; город\";2\n";
    static const char shown[] = "место|кг\nКрасноярск|1,5\nОмск; город|2\n";
    static const char *const names[] = {"", "utf-16", "utf-16le", "utf-16be"};
    char out[400];
    (void)state;
    for (unsigned i = 0; i < 16; i++) {
        bool is_big = i & 1, has_mark = i & 2;
        struct rows_options options = {.encoding = slice_from(names[i >> 2])};
        /* A mark outranks what is said; without one, what is said counts. */
        bool is_wrong = !has_mark && ((i >> 2 == 2 && is_big) || (i >> 2 == 3 && !is_big));
        if (!is_wrong)
            check_options(wide(text, is_big, has_mark, out), &options, shown);
    }
}

static void a_cut_character_of_utf16_is_told(void **state)
{
    char out[400];
    struct rows *rows;
    struct row row;
    bool has_row = true;
    struct comity_error err = {0};
    (void)state;
    struct slice text = wide("a;b\n1;2\n", false, true, out);
    enum comity_status status = rows_open_memory(slice_of(text.ptr, text.len - 1), NULL, &rows, &err);
    while (!status && has_row)
        status = rows_next(rows, &row, &has_row, &err);
    assert_int_equal(status, COMITY_INPUT);
    assert_non_null(strstr(err.message, "the text in utf-16le ends in the middle of a character"));
    rows_close(rows);
}

static void utf8_is_judged_by_the_letter(void **state)
{
    (void)state;
    assert_true(text_is_utf8(SLICE("añ€😀")));
    assert_false(text_is_utf8(SLICE("\xC0\x80")));
    assert_false(text_is_utf8(SLICE("\xED\xA0\x80")));
    assert_false(text_is_utf8(SLICE("\xF4\x90\x80\x80")));
    assert_false(text_is_utf8(SLICE("abcdefghijklmnopqrstuvw\xE2\x82")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delimiters_are_found_out),
        cmocka_unit_test(quotes_hold_delimiters_quotes_and_line_ends),
        cmocka_unit_test(a_quote_that_is_not_closed_costs_its_line_only),
        cmocka_unit_test(line_ends_of_all_systems_are_read),
        cmocka_unit_test(ragged_rows_are_padded_or_faults),
        cmocka_unit_test(columns_get_names_that_differ),
        cmocka_unit_test(encodings_are_told_apart),
        cmocka_unit_test(the_first_accent_may_come_late),
        cmocka_unit_test(rows_of_any_length_come_whole_up_to_the_cap),
        cmocka_unit_test(rows_tell_their_line_and_raw_text),
        cmocka_unit_test(an_empty_file_is_told_and_a_header_alone_is_a_table),
        cmocka_unit_test(files_that_are_no_tables_are_known),
        cmocka_unit_test(json_arrays_are_rows),
        cmocka_unit_test(a_bad_element_of_json_is_a_fault_and_the_stream_goes_on),
        cmocka_unit_test(lines_of_json_are_rows),
        cmocka_unit_test(json_without_an_array_is_told),
        cmocka_unit_test(gzip_of_several_members_is_one_file),
        cmocka_unit_test(truncated_gzip_gives_its_rows_and_then_says_so),
        cmocka_unit_test(what_is_no_table_is_refused_with_a_reason),
        cmocka_unit_test(a_file_is_read_as_memory_is),
        cmocka_unit_test(numbers_are_the_shortest_text_that_reads_back),
        cmocka_unit_test(utf16_is_read_with_its_mark_and_without),
        cmocka_unit_test(a_cut_character_of_utf16_is_told),
        cmocka_unit_test(utf8_is_judged_by_the_letter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
