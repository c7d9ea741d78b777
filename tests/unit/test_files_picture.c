/* Pictures: what is kept shows the same and tells nothing else; what is broken, too large or no picture is refused; and
 * out of memory is told. */
#include "unit.h"

#include "failing_malloc.h"
#include "made_picture.h"

#include "base/error.h"
#include "files/exif.h"
#include "files/picture.h"

#include <zlib.h>

static struct buffer made, cleaned, small;
static struct comity_error err;

static int begin(void **state)
{
    (void)state;
    buffer_init(&made, 64 << 20);
    buffer_init(&cleaned, PICTURE_MOST_CLEANED);
    buffer_init(&small, 1 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    buffer_release(&made);
    buffer_release(&cleaned);
    buffer_release(&small);
    return 0;
}

static void make(enum file_kind kind, const struct made_options *options)
{
    buffer_clear(&made);
    (kind == FILE_JPEG ? made_jpeg : kind == FILE_PNG ? made_png : made_webp)(options, &made);
}

static unsigned char *shown(enum file_kind kind, struct slice bytes, unsigned *width, unsigned *height)
{
    return (kind == FILE_JPEG ? shown_jpeg : kind == FILE_PNG ? shown_png : shown_webp)(bytes, width, height);
}

/* The whole way: what it is, cleaned, made small. */
static enum comity_status take(struct slice bytes)
{
    enum file_kind kind;
    buffer_clear(&cleaned);
    buffer_clear(&small);
    enum comity_status status = file_kind_of(bytes, &kind, &err);
    if (!status && !file_kind_is_picture(kind))
        return COMITY_OK;
    if (!status)
        status = picture_clean(bytes, kind, &cleaned, &err);
    return status ? status : picture_thumbnail(buffer_slice(&cleaned), kind, &small, &err);
}

static void assert_taken(struct slice bytes)
{
    if (take(bytes) != COMITY_OK)
        fail_msg("%s", err.message);
}

static void assert_nothing_told(const char *part)
{
    assert_int_equal(slice_find(buffer_slice(&cleaned), slice_from(part)), -1);
    assert_int_equal(slice_find(buffer_slice(&small), slice_from(part)), -1);
}

/* Kinds and forms that are tried everywhere. */
static const struct {
    enum file_kind kind;
    struct made_options options;
} forms[] = {
    {FILE_JPEG, {.is_told = true, .orientation = 1}},
    {FILE_JPEG, {.is_told = true, .is_progressive = true}},
    {FILE_JPEG, {.is_told = true, .is_grey = true, .is_busy = true}},
    {FILE_JPEG, {.is_told = true, .has_inks = true, .is_busy = true}},
    {FILE_PNG, {.is_told = true, .png_colours = PNG_COLOR_TYPE_RGB, .is_busy = true}},
    {FILE_PNG, {.is_told = true, .png_colours = PNG_COLOR_TYPE_RGBA, .png_depth = 16, .is_busy = true}},
    {FILE_PNG, {.is_told = true, .png_colours = PNG_COLOR_TYPE_PALETTE, .is_busy = true}},
    {FILE_PNG, {.is_told = true, .png_colours = PNG_COLOR_TYPE_GRAY, .png_depth = 1, .is_busy = true}},
    {FILE_PNG, {.is_told = true, .png_colours = PNG_COLOR_TYPE_RGB, .is_progressive = true, .is_busy = true}},
    {FILE_PNG, {.is_told = true, .png_colours = PNG_COLOR_TYPE_GRAY, .png_depth = 4, .is_progressive = true}},
    {FILE_WEBP, {.is_told = true, .orientation = 1}},
    {FILE_WEBP, {.is_told = true, .orientation = 1, .is_lossless = true, .is_busy = true}},
    {FILE_WEBP, {.is_told = true, .orientation = 1, .png_colours = PNG_COLOR_TYPE_RGBA, .is_busy = true}},
};
enum { N_FORMS = sizeof forms / sizeof *forms };

static void make_form(size_t i, unsigned width, unsigned height)
{
    struct made_options options = forms[i].options;
    options.width = width;
    options.height = height;
    make(forms[i].kind, &options);
}

static size_t bytes_per_pixel(size_t i)
{
    return forms[i].kind == FILE_PNG ? 8 : forms[i].options.has_inks ? 4 : 3;
}

static void the_picture_stays_and_what_it_tells_goes(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_FORMS; i++) {
        unsigned w0, h0, w1, h1;
        make_form(i, 67, 45);
        assert_true(slice_find(buffer_slice(&made), SLICE(CANARY)) >= 0);
        buffer_add_string(&made, "PK\3\4 <script>" CANARY);
        assert_taken(buffer_slice(&made));
        assert_nothing_told("CANARY");
        assert_nothing_told("Exif");
        assert_nothing_told("eXIf");
        assert_nothing_told("EXIF");
        assert_nothing_told("tIME");
        assert_nothing_told("PK\3\4");
        unsigned char *before = shown(forms[i].kind, buffer_slice(&made), &w0, &h0);
        unsigned char *after = shown(forms[i].kind, buffer_slice(&cleaned), &w1, &h1);
        assert_non_null(before);
        assert_non_null(after);
        assert_int_equal(w0, w1);
        assert_int_equal(h0, h1);
        assert_memory_equal(before, after, (size_t)w0 * h0 * bytes_per_pixel(i));
        free(before);
        free(after);
    }
}

static void cleaning_twice_gives_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_FORMS; i++) {
        struct buffer once;
        make_form(i, 40, 30);
        assert_taken(buffer_slice(&made));
        buffer_init(&once, 1 << 24);
        buffer_add_slice(&once, buffer_slice(&cleaned));
        assert_taken(buffer_slice(&once));
        assert_true(slice_equal(buffer_slice(&once), buffer_slice(&cleaned)));
        buffer_release(&once);
    }
}

/* ---- upright ------------------------------------------------------------------------------------------------------
 */

/* EXIF 2.32, 4.6.4: where the corners of what is stored belong: the first and the last pixel of its first row. Corners
 * are numbered by rows from the upper left. */
static const struct {
    unsigned first, last;
} corners[9] = {{0}, {0, 1}, {1, 0}, {3, 2}, {2, 3}, {0, 2}, {1, 3}, {3, 1}, {2, 0}};

static void assert_corner(const unsigned char *pixels, unsigned w, unsigned h, unsigned corner, unsigned channel)
{
    unsigned x = corner % 2 ? w - 3 : 2, y = corner / 2 ? h - 3 : 2;
    for (unsigned i = 0; i < 3; i++) {
        unsigned value = pixels[((size_t)y * w + x) * 3 + i];
        if (i == channel ? value < 200 : value > 60)
            fail_msg("corner %u has not the colour %u", corner, channel);
    }
}

static void what_was_held_askew_is_turned(void **state)
{
    static const enum file_kind kinds[] = {FILE_JPEG, FILE_WEBP};
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        for (unsigned orientation = 1; orientation <= 8; orientation++) {
            unsigned w, h;
            struct picture picture;
            make(kinds[k],
                &(struct made_options){.width = 64, .height = 40, .orientation = orientation, .is_told = true});
            assert_int_equal(picture_look(buffer_slice(&made), kinds[k], &picture, &err), COMITY_OK);
            assert_int_equal(picture.orientation, orientation);
            assert_taken(buffer_slice(&made));
            assert_nothing_told("CANARY");
            unsigned char *pixels = shown(kinds[k], buffer_slice(&cleaned), &w, &h);
            assert_int_equal(w, orientation > 4 ? 40 : 64);
            assert_int_equal(h, orientation > 4 ? 64 : 40);
            assert_int_equal(w, picture.width);
            assert_int_equal(h, picture.height);
            assert_corner(pixels, w, h, corners[orientation].first, 0);
            assert_corner(pixels, w, h, corners[orientation].last, 1);
            free(pixels);
            assert_int_equal(picture_look(buffer_slice(&cleaned), kinds[k], &picture, &err), COMITY_OK);
            assert_int_equal(picture.orientation, 1);
        }
    }
}

static void grey_and_inks_can_be_turned_too(void **state)
{
    (void)state;
    for (int has_inks = 0; has_inks < 2; has_inks++) {
        struct picture picture;
        make(FILE_JPEG, &(struct made_options){
                            .width = 33, .height = 20, .orientation = 6, .has_inks = has_inks, .is_grey = !has_inks});
        assert_taken(buffer_slice(&made));
        assert_int_equal(picture_look(buffer_slice(&cleaned), FILE_JPEG, &picture, &err), COMITY_OK);
        assert_int_equal(picture.width, 20);
    }
}

static void broken_exif_is_no_orientation(void **state)
{
    const struct slice blocks[] = {SLICE_EMPTY, SLICE("Exif"), SLICE("Exif\0\0"), SLICE("MM"),
        SLICE("II*\0\xFF\xFF\xFF\xFF"), SLICE("MM\0*\0\0\0\x08")};
    struct buffer exif;
    (void)state;
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        assert_int_equal(exif_orientation(blocks[i]), 1);
    buffer_init(&exif, 1 << 10);
    made_exif(&exif, 9);
    assert_int_equal(exif_orientation(buffer_slice(&exif)), 1);
    buffer_clear(&exif);
    made_exif(&exif, 8);
    for (size_t len = 0; len <= exif.len; len++)
        assert_int_equal(exif_orientation(slice_of(exif.ptr, len)), len < 32 ? 1 : 8);
    buffer_release(&exif);
}

/* ---- refused ------------------------------------------------------------------------------------------------------
 */

static void what_was_cut_off_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_FORMS; i++) {
        make_form(i, 24, 17);
        for (size_t len = 0; len < made.len; len++) {
            char *cut = malloc(len ? len : 1); /* exactly as long, for the sanitizer */
            memcpy(cut, made.ptr, len);
            if (take(slice_of(cut, len)) != COMITY_INPUT)
                fail_msg("form %zu was taken with %zu of %zu bytes", i, len, made.len);
            free(cut);
        }
    }
}

/* Whatever comes, it ends, and what is kept of it can be cleaned again. */
static void what_is_damaged_does_no_harm(void **state)
{
    uint32_t random = 7;
    (void)state;
    for (size_t i = 0; i < N_FORMS; i++) {
        make_form(i, 24, 17);
        for (int n = 0; n < 300; n++) {
            char *damaged = malloc(made.len);
            memcpy(damaged, made.ptr, made.len);
            for (int k = 0; k < 1 + n % 4; k++) {
                random = random * 1664525 + 1013904223;
                damaged[(random >> 8) % made.len] ^= (char)(1 << (random >> 29));
            }
            enum comity_status status = take(slice_of(damaged, made.len));
            assert_true(status == COMITY_OK || status == COMITY_INPUT || status == COMITY_LIMIT);
            free(damaged);
        }
    }
}

static void put_u32(size_t at, uint32_t number)
{
    for (unsigned i = 0; i < 4; i++)
        made.ptr[at + i] = (char)(number >> (24 - 8 * i));
}

static void what_claims_to_be_enormous_is_refused_unseen(void **state)
{
    static const uint32_t sizes[][2] = {{100000, 100000}, {20001, 1}, {1, 20001}, {7072, 7072}, {0x7FFFFFFF, 2}};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        make(FILE_PNG, &(struct made_options){.width = 8, .height = 8, .png_colours = PNG_COLOR_TYPE_RGB});
        put_u32(16, sizes[i][0]);
        put_u32(20, sizes[i][1]);
        assert_int_equal(take(buffer_slice(&made)), COMITY_LIMIT);
    }
    make(FILE_JPEG, &(struct made_options){.width = 8, .height = 8});
    ptrdiff_t frame = slice_find(buffer_slice(&made), SLICE("\xFF\xC0"));
    put_u32((size_t)frame + 5, 65500u << 16 | 65500);
    assert_int_equal(take(buffer_slice(&made)), COMITY_LIMIT);
    make(FILE_WEBP, &(struct made_options){.width = 8, .height = 8});
    ptrdiff_t start = slice_find(buffer_slice(&made), SLICE("\x9D\x01\x2A"));
    memcpy(made.ptr + start + 3, "\xFF\x3F\xFF\x3F", 4);
    assert_int_equal(take(buffer_slice(&made)), COMITY_LIMIT);
}

/* The last scan of a progressive file, again and again. */
static void a_jpeg_of_very_many_scans_is_refused(void **state)
{
    (void)state;
    make(FILE_JPEG, &(struct made_options){.width = 16, .height = 16, .is_progressive = true});
    size_t at = 0;
    for (size_t i = 0; i + 1 < made.len; i++)
        if (memcmp(made.ptr + i, "\xFF\xDA", 2) == 0)
            at = i;
    struct buffer scan;
    buffer_init(&scan, 1 << 16);
    buffer_add(&scan, made.ptr + at, made.len - 2 - at);
    made.len -= 2;
    for (int i = 0; i < 500; i++)
        buffer_add_slice(&made, buffer_slice(&scan));
    buffer_add_string(&made, "\xFF\xD9");
    assert_int_equal(take(buffer_slice(&made)), COMITY_INPUT);
    buffer_release(&scan);
}

/* Raw deflate: blocks of zeros, each a megabyte in a thousand bytes, behind the one pixel that there is. */
static void add_bomb(struct buffer *out)
{
    static unsigned char zeros[1 << 20], packed[1 << 13];
    z_stream stream = {0};
    assert_int_equal(deflateInit(&stream, 9), Z_OK);
    stream.next_in = zeros;
    stream.avail_in = 4;
    for (int i = 0; i < 2; i++) { /* the first with the head of the stream, the second to be repeated */
        stream.next_out = packed;
        stream.avail_out = sizeof packed;
        assert_int_equal(deflate(&stream, Z_FULL_FLUSH), Z_OK);
        for (int n = 0; n < (i ? 3000 : 1); n++)
            buffer_add(out, packed, sizeof packed - stream.avail_out);
        stream.next_in = zeros;
        stream.avail_in = sizeof zeros;
    }
    deflateEnd(&stream);
}

/* Of this thread, however busy the machine is. */
static double seconds_of_work(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void make_bomb(const struct made_options *options)
{
    struct buffer bomb;
    make(FILE_PNG, options);
    size_t at = (size_t)slice_find(buffer_slice(&made), SLICE("IDAT")) - 4;
    buffer_init(&bomb, 1 << 23);
    buffer_add_string(&bomb, "IDAT");
    add_bomb(&bomb);
    made.len = at;
    buffer_add(&made, "....", 4);
    put_u32(at, (uint32_t)bomb.len - 4);
    buffer_add_slice(&made, buffer_slice(&bomb));
    buffer_add(&made, "....", 4);
    put_u32(made.len - 4, (uint32_t)crc32(0, (const Bytef *)bomb.ptr, (uInt)bomb.len));
    buffer_add(&made, "\0\0\0\0IEND\xAE\x42\x60\x82", 12);
    buffer_release(&bomb);
}

static void a_png_that_unpacks_to_gigabytes_is_refused_at_once(void **state)
{
    static const struct made_options sizes[] = {{.width = 1, .height = 1}, {.width = 9, .height = 4},
        {.width = 1, .height = 1, .is_progressive = true}, {.width = 9, .height = 1, .is_progressive = true},
        {.width = 9, .height = 2, .is_progressive = true}, {.width = 1, .height = 3, .is_progressive = true}};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        make_bomb(&sizes[i]);
        double start = seconds_of_work();
        assert_int_equal(take(buffer_slice(&made)), COMITY_INPUT);
        assert_true(seconds_of_work() - start < 1.5);
    }
}

/* 50 million pixels of one colour are a few kilobytes of PNG: they are taken, in two rows of memory. */
static void a_picture_at_the_limit_is_taken(void **state)
{
    struct picture picture;
    (void)state;
    make(FILE_PNG,
        &(struct made_options){.width = 20000, .height = 2500, .png_colours = PNG_COLOR_TYPE_GRAY, .png_depth = 1});
    assert_taken(buffer_slice(&made));
    assert_int_equal(picture_look(buffer_slice(&small), FILE_JPEG, &picture, &err), COMITY_OK);
    assert_int_equal(picture.width, THUMBNAIL_SIDE);
    assert_int_equal(picture.height, 40);
}

static void a_moving_picture_is_refused(void **state)
{
    (void)state;
    make(FILE_WEBP, &(struct made_options){.width = 16, .height = 16});
    made_chunk(&made, "ANIM", "\0\0\0\0\0\0", 6);
    uint32_t size = (uint32_t)made.len - 8;
    for (unsigned i = 0; i < 4; i++)
        made.ptr[4 + i] = (char)(size >> 8 * i);
    assert_int_equal(take(buffer_slice(&made)), COMITY_INPUT);
    assert_non_null(strstr(err.message, "moving"));
}

static void a_webp_whose_heads_contradict_each_other_is_refused(void **state)
{
    (void)state;
    for (int canvas = 0; canvas < 2; canvas++) {
        make(FILE_WEBP, &(struct made_options){.width = 16, .height = 12, .is_told = true, .orientation = 1});
        if (canvas)
            made.ptr[24]++; /* of VP8X */
        else
            made.ptr[slice_find(buffer_slice(&made), SLICE("\x9D\x01\x2A"))] = 'x';
        buffer_clear(&cleaned);
        assert_int_equal(picture_clean(buffer_slice(&made), FILE_WEBP, &cleaned, &err), COMITY_INPUT);
    }
}

static void other_files_are_refused_with_a_hint(void **state)
{
    const struct slice others[] = {SLICE(""), SLICE("GIF89a\1\0\1\0<script>alert(1)</script>"),
        SLICE("<!doctype html><script>alert(1)</script>"), SLICE("<svg xmlns='http://www.w3.org/2000/svg'/>"),
        SLICE("<?xml version='1.0'?><svg/>"), SLICE("PK\3\4........"), SLICE("plain text, though useful"),
        SLICE("\0\0\0\x18"
              "ftypheic\0\0\0\0mif1heic"),
        SLICE("II*\0\x08\0\0\0"), SLICE("MZ\x90\0"),
        SLICE("\x7F"
              "ELF"),
        SLICE(" %PDF-1.4\n%%EOF"), SLICE("<html>%PDF-1.4\n%%EOF"), SLICE("%PDF-1.4 without an end"), SLICE("\xFF\xD8"),
        SLICE("\x89PNG"), SLICE("RIFF\4\0\0\0WAVE")};
    enum file_kind kind;
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(file_kind_of(others[i], &kind, &err), COMITY_INPUT);
        assert_true(err.message[0] && err.hint[0]);
    }
    assert_int_equal(file_kind_of(SLICE("%PDF-1.7\n1 0 obj\n%%EOF\n"), &kind, &err), COMITY_OK);
    assert_int_equal(kind, FILE_PDF);
}

static void a_pdf_with_much_behind_it_is_refused(void **state)
{
    enum file_kind kind;
    (void)state;
    buffer_clear(&made);
    buffer_add_string(&made, "%PDF-1.7\n%%EOF\n");
    for (int i = 0; i < 1100; i++)
        buffer_add_byte(&made, 'x');
    assert_int_equal(file_kind_of(buffer_slice(&made), &kind, &err), COMITY_INPUT);
}

/* ---- thumbnails ---------------------------------------------------------------------------------------------------
 */

static void thumbnails_are_small(void **state)
{
    static const unsigned sizes[][4] = {
        {1000, 700, 320, 224}, {700, 1000, 224, 320}, {320, 320, 320, 320}, {5, 3, 5, 3}, {3000, 2, 320, 1}};
    (void)state;
    for (size_t i = 0; i < N_FORMS; i++) {
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            struct picture picture;
            make_form(i, sizes[k][0], sizes[k][1]);
            assert_taken(buffer_slice(&made));
            assert_int_equal(picture_look(buffer_slice(&small), FILE_JPEG, &picture, &err), COMITY_OK);
            assert_in_range(picture.width, sizes[k][2] - (sizes[k][2] > 200), sizes[k][2]);
            assert_in_range(picture.height, sizes[k][3] - (sizes[k][3] > 200), sizes[k][3]);
            assert_true(small.len <= THUMBNAIL_MOST_BYTES);
        }
    }
}

static void a_thumbnail_shows_what_the_picture_shows(void **state)
{
    static const enum file_kind kinds[] = {FILE_JPEG, FILE_WEBP};
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        unsigned w, h;
        make(kinds[k], &(struct made_options){.width = 900, .height = 700});
        assert_taken(buffer_slice(&made));
        unsigned char *pixels = shown_jpeg(buffer_slice(&small), &w, &h);
        assert_corner(pixels, w, h, 0, 0);
        assert_corner(pixels, w, h, 1, 1);
        assert_corner(pixels, w, h, 2, 2);
        free(pixels);
    }
}

/* ---- out of memory ------------------------------------------------------------------------------------------------
 */

/* libwebp 1.2.4 frees what it never had when memory is out while it reads the codes of lossless data, of a picture or
 * of an alpha channel: nothing that we could mend, so these are not tried. */
static bool stands_failing(size_t i)
{
    return forms[i].kind != FILE_WEBP || !(forms[i].options.is_lossless || forms[i].options.png_colours);
}

static bool tells_memory(enum comity_status status)
{
    return status == COMITY_NOMEM || status == COMITY_OK;
}

static void out_of_memory_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_FORMS + 2; i++) {
        if (i < N_FORMS && !stands_failing(i))
            continue;
        if (i < N_FORMS)
            make_form(i, 20, 12);
        else
            make(i == N_FORMS ? FILE_JPEG : FILE_WEBP,
                &(struct made_options){.width = 20, .height = 12, .orientation = 8});
        for (long n = 0;; n++) {
            buffer_release(&cleaned); /* so that they must grow again */
            buffer_release(&small);
            failing_malloc_after(n);
            enum comity_status status = take(buffer_slice(&made));
            if (!failing_malloc_stop()) {
                assert_int_equal(status, COMITY_OK);
                break;
            }
            if (!tells_memory(status))
                fail_msg("form %zu, allocation %ld: %d %s", i, n, status, err.message);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_picture_stays_and_what_it_tells_goes),
        cmocka_unit_test(cleaning_twice_gives_the_same),
        cmocka_unit_test(what_was_held_askew_is_turned),
        cmocka_unit_test(grey_and_inks_can_be_turned_too),
        cmocka_unit_test(broken_exif_is_no_orientation),
        cmocka_unit_test(what_was_cut_off_is_refused),
        cmocka_unit_test(what_is_damaged_does_no_harm),
        cmocka_unit_test(what_claims_to_be_enormous_is_refused_unseen),
        cmocka_unit_test(a_jpeg_of_very_many_scans_is_refused),
        cmocka_unit_test(a_png_that_unpacks_to_gigabytes_is_refused_at_once),
        cmocka_unit_test(a_picture_at_the_limit_is_taken),
        cmocka_unit_test(a_moving_picture_is_refused),
        cmocka_unit_test(a_webp_whose_heads_contradict_each_other_is_refused),
        cmocka_unit_test(other_files_are_refused_with_a_hint),
        cmocka_unit_test(a_pdf_with_much_behind_it_is_refused),
        cmocka_unit_test(thumbnails_are_small),
        cmocka_unit_test(a_thumbnail_shows_what_the_picture_shows),
        cmocka_unit_test(out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
