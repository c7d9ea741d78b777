/* What must hold for files in gzip, zstd and ZIP, whole, cut, damaged, hostile. */
#include "unit.h"

#include "made_zip.h"
#include "shown_rows.h"

#include <stdio.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

static const char table[] = "a,b\n1,x\n2,y\n";
static const char shown[] = "a|b\n2:1|x\n3:2|y\n";

static struct slice zstd(struct slice text, int level)
{
    size_t room = ZSTD_compressBound(text.len);
    char *out = malloc(room);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1); /* as the program does */
    size_t n = ZSTD_compress2(context, out, room, text.ptr, text.len);
    ZSTD_freeCCtx(context);
    assert_false(ZSTD_isError(n));
    return slice_of(out, n);
}

static struct slice gzip(struct slice text)
{
    size_t room = text.len + 1000;
    char *out = malloc(room);
    z_stream z = {
        .next_in = (Bytef *)text.ptr, .avail_in = (uInt)text.len, .next_out = (Bytef *)out, .avail_out = (uInt)room};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t n = z.total_out;
    deflateEnd(&z);
    return slice_of(out, n);
}

static struct slice joined(struct slice a, struct slice b)
{
    char *out = malloc(a.len + b.len);
    memcpy(out, a.ptr, a.len);
    memcpy(out + a.len, b.ptr, b.len);
    return slice_of(out, a.len + b.len);
}

static void drop(struct slice s)
{
    free((void *)s.ptr);
}

static void zstd_is_taken_off_frame_by_frame(void **state)
{
    (void)state;
    struct slice one = zstd(SLICE("a,b\n1,x\n"), 3), two = zstd(SLICE("2,y\n"), 19), both = joined(one, two);
    struct slice skipped = joined(SLICE("\x50\x2A\x4D\x18\x03\0\0\0abc"), both);
    check_rows(both, NULL, shown);
    check_rows(skipped, NULL, shown);
    struct slice padded = joined(both, SLICE("\0\0\0\0"));
    check_rows(padded, NULL, shown);
    struct slice followed = joined(both, SLICE("more,text\n"));
    check_refused(followed, NULL, COMITY_INPUT, "the zstd data is followed by something else near byte 38", "fetch");
    drop(one), drop(two), drop(both), drop(skipped), drop(padded), drop(followed);
}

/* Long enough that rows come before the cut. */
static struct slice long_table(void)
{
    enum { ROWS = 200000 };
    struct buffer text;
    unsigned random = 1;
    buffer_init(&text, 1 << 24);
    buffer_add_string(&text, "a,b\n");
    for (int i = 0; i < ROWS; i++) {
        random = random * 1103515245u + 12345u;
        buffer_format(&text, "%d,%u\n", i, random);
    }
    size_t len = text.len;
    return slice_of(buffer_take(&text, &len), text.len ? text.len : len);
}

/* Rows are read up to the cut, then it is told, with its place. */
static void check_cut(struct slice packed, const char *what)
{
    struct rows *rows;
    struct row row;
    bool has_row;
    struct comity_error err = {0};
    enum comity_status status;
    unsigned n = 0;
    assert_int_equal(rows_open_memory(packed, NULL, &rows, &err), COMITY_OK);
    while (!(status = rows_next(rows, &row, &has_row, &err)) && has_row)
        n++;
    assert_int_equal(status, COMITY_INPUT);
    assert_true(n > 1000); /* a checksum tells at the very end */
    if (!strstr(err.message, what) || !strstr(err.message, "byte") || !strstr(err.hint, "rows were read before this"))
        fail_msg("told: %s (%s)", err.message, err.hint);
    rows_close(rows);
}

static void a_cut_envelope_is_told_behind_the_rows_before_it(void **state)
{
    (void)state;
    struct slice text = long_table(), gz = gzip(text), zst = zstd(text, 1);
    check_cut(slice_of(gz.ptr, gz.len - gz.len / 3), "the gzip data ends early");
    check_cut(slice_of(zst.ptr, zst.len - zst.len / 3), "the zstd data ends early");
    memset((char *)zst.ptr + zst.len * 2 / 3, 0xFF, 5000);
    check_cut(zst, "the zstd data is damaged");
    struct slice zip = MAKE_ZIP({"data.csv", text});
    check_refused(slice_of(zip.ptr, zip.len - zip.len / 3), NULL, COMITY_INPUT, "unable to read the ZIP archive",
        "its list of members stands at its end");
    ((char *)zip.ptr)[zip.len * 2 / 3] ^= 0x55;
    check_cut(zip, "the member 'data.csv' is damaged");
    drop(text), drop(gz), drop(zst), drop(zip);
}

static void a_zip_with_one_file_is_read_as_that_file(void **state)
{
    (void)state;
    struct slice gz = gzip(SLICE(table));
    struct slice plain = MAKE_ZIP({"data/", SLICE("")}, {"data/x.csv", SLICE(table)}, {"__MACOSX/._x.csv", SLICE("?")},
        {".DS_Store", SLICE("?")});
    struct slice documented = MAKE_ZIP({"README.txt", SLICE("read me")}, {"X.CSV", SLICE(table)});
    struct slice packed = MAKE_ZIP({"x.csv.gz", gz}), twice = MAKE_ZIP({"inner.zip", plain});
    struct slice wide = MAKE_ZIP({"x.csv", SLICE("\xFF\xFE"
                                                 "a\0,\0b\0\n\0"
                                                 "1\0,\0\xE9\0\n\0")});
    check_rows(plain, NULL, shown);
    check_rows(documented, NULL, shown);
    check_rows(packed, NULL, shown);
    check_rows(twice, NULL, shown);
    check_rows(wide, NULL, "a|b\n2:1|é\n");
    struct slice in_gzip = gzip(plain);
    check_rows(in_gzip, NULL, shown);
    drop(gz), drop(plain), drop(documented), drop(packed), drop(twice), drop(wide), drop(in_gzip);
}

static void of_several_files_the_recipe_names_one(void **state)
{
    (void)state;
    struct slice zip = MAKE_ZIP({"2015.csv", SLICE("a\n15\n")}, {"old/2016.csv", SLICE("a\n16\n")});
    struct slice empty = MAKE_ZIP({"folder/", SLICE("")});
    struct rows_options exact = {.member = SLICE("OLD/2016.csv")}, last = {.member = SLICE("2015.csv")},
                        pattern = {.member = SLICE("*16*")}, all = {.member = SLICE("*.csv")},
                        none = {.member = SLICE("2017.csv")};
    check_rows(zip, &exact, "a\n2:16\n");
    check_rows(zip, &last, "a\n2:15\n");
    check_rows(zip, &pattern, "a\n2:16\n");
    check_refused(
        zip, NULL, COMITY_INPUT, "holds 2 files", "it holds: 2015.csv, old/2016.csv; say which one in the recipe");
    check_refused(zip, &all, COMITY_INPUT, "'*.csv' fits 2 members", "old/2016.csv");
    check_refused(zip, &none, COMITY_INPUT, "no member '2017.csv'", "old/2016.csv");
    check_refused(empty, NULL, COMITY_INPUT, "holds no file", "");
    drop(zip), drop(empty);
}

static void a_member_that_is_told_from_what_it_holds(void **state)
{
    (void)state;
    struct slice zip = MAKE_ZIP({"x.csv", SLICE(table)});
    struct rows_options book = {.format = ROWS_XLSX};
    check_refused(zip, &book, COMITY_INPUT, "the recipe says that this is xlsx, but it is no workbook", "format");
    drop(zip);
}

static void what_unpacks_to_far_too_much_is_refused(void **state)
{
    enum { MUCH = 200 << 20 };
    (void)state;
    char *lines = malloc(MUCH);
    memset(lines, '\n', MUCH);
    lines[0] = 'a';
    struct slice text = slice_of(lines, MUCH), zst = zstd(text, 3), gz = gzip(SLICE("a")),
                 zip = MAKE_ZIP({"x.csv", text});
    struct rows *rows;
    struct row row;
    bool has_row;
    struct comity_error err = {0};
    assert_int_equal(rows_open_memory(zst, NULL, &rows, &err), COMITY_OK);
    assert_int_equal(rows_next(rows, &row, &has_row, &err), COMITY_LIMIT);
    assert_non_null(strstr(err.message, "the zstd data unpacks to more than 400 times its size"));
    assert_non_null(strstr(err.hint, "unpack it first"));
    rows_close(rows);
    check_refused(zip, NULL, COMITY_LIMIT, "more than 400 times its size: 209715200 bytes", "unpack it first");
    free(lines);
    drop(zst), drop(gz), drop(zip);
}

static void a_path_and_a_pipe_give_the_same(void **state)
{
    char path[] = "/tmp/comity-envelope-XXXXXX";
    struct comity_error err = {0};
    struct buffer out;
    struct rows *rows;
    (void)state;
    struct slice zip = MAKE_ZIP({"x.csv", SLICE(table)}), packed = zstd(zip, 3);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, packed.ptr, packed.len), packed.len);
    buffer_init(&out, 1 << 20);
    assert_int_equal(rows_open(path, NULL, &rows, &err), COMITY_OK);
    show_rows(rows, &out);
    assert_string_equal(out.ptr, shown);
    assert_true(slice_is(rows_found(rows)->member, "x.csv"));
    rows_close(rows);
    buffer_release(&out);
    close(fd);
    unlink(path);
    drop(zip), drop(packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zstd_is_taken_off_frame_by_frame),
        cmocka_unit_test(a_cut_envelope_is_told_behind_the_rows_before_it),
        cmocka_unit_test(a_zip_with_one_file_is_read_as_that_file),
        cmocka_unit_test(of_several_files_the_recipe_names_one),
        cmocka_unit_test(a_member_that_is_told_from_what_it_holds),
        cmocka_unit_test(what_unpacks_to_far_too_much_is_refused),
        cmocka_unit_test(a_path_and_a_pipe_give_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
