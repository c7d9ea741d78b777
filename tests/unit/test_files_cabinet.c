/* The folder of files: what lies in it is whole, is not lost, and is not removed while it may be needed. */
#include "unit.h"

#include "files_world.h"

#include "files/file_name.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

static void put_and_get(void **state)
{
    struct files f;
    struct stat info;
    char path[128];
    (void)state;
    files_init(&f);
    assert_int_equal(files_count(&f, false), 0);
    assert_ok(&f.world, cabinet_put(f.cabinet, "abc.thumb", SLICE("bytes"), &f.world.err));
    assert_ok(&f.world, cabinet_get(f.cabinet, "abc.thumb", 5, &f.made, &f.world.err));
    assert_string_equal(f.made.ptr, "bytes");
    assert_int_equal(cabinet_get(f.cabinet, "abc.thumb", 4, &f.made, &f.world.err), COMITY_CORRUPT);
    assert_int_equal(cabinet_get(f.cabinet, "other", 4, &f.made, &f.world.err), COMITY_NOTFOUND);
    assert_int_equal(f.made.len, 5);
    snprintf(path, sizeof path, "%s.files", f.world.path);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    snprintf(path, sizeof path, "%s.files/abc.thumb", f.world.path);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    files_release(&f);
}

static void a_file_does_not_change_once_it_is_there(void **state)
{
    struct files f;
    (void)state;
    files_init(&f);
    assert_ok(&f.world, cabinet_put(f.cabinet, "a", SLICE("first"), &f.world.err));
    assert_ok(&f.world, cabinet_put(f.cabinet, "a", SLICE("other"), &f.world.err));
    assert_ok(&f.world, cabinet_get(f.cabinet, "a", 5, &f.made, &f.world.err));
    assert_string_equal(f.made.ptr, "first");
    files_release(&f);
}

/* One that lost its end, by whatever accident, is mended when it is put again. */
static void a_damaged_file_is_mended(void **state)
{
    struct files f;
    char path[128];
    (void)state;
    files_init(&f);
    assert_ok(&f.world, cabinet_put(f.cabinet, "a", SLICE("whole"), &f.world.err));
    snprintf(path, sizeof path, "%s.files/a", f.world.path);
    assert_int_equal(truncate(path, 2), 0);
    assert_int_equal(cabinet_get(f.cabinet, "a", 5, &f.made, &f.world.err), COMITY_CORRUPT);
    assert_ok(&f.world, cabinet_put(f.cabinet, "a", SLICE("whole"), &f.world.err));
    assert_ok(&f.world, cabinet_get(f.cabinet, "a", 5, &f.made, &f.world.err));
    files_release(&f);
}

static void names_lead_nowhere_else(void **state)
{
    static const char *const bad[] = {"", ".", "..", ".hidden", "a/b", "../a", "a b", "a\n", "caf\xC3\xA9"};
    struct files f;
    char longest[CABINET_MOST_NAME + 2];
    (void)state;
    files_init(&f);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(cabinet_put(f.cabinet, bad[i], SLICE("x"), &f.world.err), COMITY_USAGE);
        assert_int_equal(cabinet_get(f.cabinet, bad[i], 1, &f.made, &f.world.err), COMITY_USAGE);
    }
    memset(longest, 'a', sizeof longest);
    longest[CABINET_MOST_NAME + 1] = '\0';
    assert_int_equal(cabinet_put(f.cabinet, longest, SLICE("x"), &f.world.err), COMITY_USAGE);
    longest[CABINET_MOST_NAME] = '\0';
    assert_ok(&f.world, cabinet_put(f.cabinet, longest, SLICE("x"), &f.world.err));
    files_release(&f);
}

static void a_reader_puts_nothing(void **state)
{
    struct files f;
    struct cabinet *reading;
    (void)state;
    files_init(&f);
    assert_ok(&f.world, cabinet_open(f.world.path, STORE_READ, &reading, &f.world.err));
    assert_int_equal(cabinet_put(reading, "a", SLICE("x"), &f.world.err), COMITY_REFUSED);
    assert_ok(&f.world, cabinet_put(f.cabinet, "a", SLICE("x"), &f.world.err));
    assert_ok(&f.world, cabinet_get(reading, "a", 1, &f.made, &f.world.err));
    cabinet_close(reading);
    files_release(&f);
}

/* ---- leftovers ----------------------------------------------------------------------------------------------------
 */

static int folder_of(struct files *f)
{
    char path[128];
    snprintf(path, sizeof path, "%s.files", f->world.path);
    return open(path, O_RDONLY | O_DIRECTORY);
}

static void open_again(struct files *f)
{
    cabinet_close(f->cabinet);
    assert_ok(&f->world, cabinet_open(f->world.path, STORE_WRITE, &f->cabinet, &f->world.err));
}

static void what_a_crash_left_is_cleared_unless_somebody_writes(void **state)
{
    struct files f;
    (void)state;
    files_init(&f);
    assert_ok(&f.world, cabinet_put(f.cabinet, "a", SLICE("x"), &f.world.err));
    int folder = folder_of(&f);
    close(openat(folder, ".17-left", O_CREAT | O_WRONLY, 0600));
    assert_int_equal(flock(folder, LOCK_SH), 0); /* as cabinet_put does */
    open_again(&f);
    assert_int_equal(files_count(&f, true), 1);
    assert_int_equal(flock(folder, LOCK_UN), 0);
    open_again(&f);
    assert_int_equal(files_count(&f, true), 0);
    assert_int_equal(files_count(&f, false), 1);
    close(folder);
    files_release(&f);
}

/* ---- sweeping -----------------------------------------------------------------------------------------------------
 */

static bool is_needed(void *context, struct slice name)
{
    (void)context;
    return slice_is(name, "needed");
}

static void make_old(struct files *f, const char *name)
{
    int folder = folder_of(f);
    struct timespec times[2] = {
        {.tv_sec = time(NULL) - 2 * CABINET_SWEEP_S}, {.tv_sec = time(NULL) - 2 * CABINET_SWEEP_S}};
    assert_int_equal(utimensat(folder, name, times, 0), 0);
    close(folder);
}

static enum comity_status sweep(struct files *f, size_t *n)
{
    return cabinet_sweep(f->cabinet, time(NULL), is_needed, NULL, n, &f->world.err);
}

static void only_what_is_old_and_not_needed_is_swept(void **state)
{
    struct files f;
    size_t n;
    (void)state;
    files_init(&f);
    assert_ok(&f.world, sweep(&f, &n));
    assert_ok(&f.world, cabinet_put(f.cabinet, "needed", SLICE("x"), &f.world.err));
    assert_ok(&f.world, cabinet_put(f.cabinet, "old", SLICE("x"), &f.world.err));
    assert_ok(&f.world, cabinet_put(f.cabinet, "put-again", SLICE("x"), &f.world.err));
    assert_ok(&f.world, cabinet_put(f.cabinet, "young", SLICE("x"), &f.world.err));
    make_old(&f, "needed");
    make_old(&f, "old");
    make_old(&f, "put-again");
    assert_ok(&f.world, cabinet_put(f.cabinet, "put-again", SLICE("x"), &f.world.err));
    assert_ok(&f.world, sweep(&f, &n));
    assert_int_equal(n, 1);
    assert_int_equal(cabinet_get(f.cabinet, "old", 1, &f.made, &f.world.err), COMITY_NOTFOUND);
    assert_int_equal(files_count(&f, false), 3);
    files_release(&f);
}

static void nothing_is_swept_during_a_backup(void **state)
{
    struct files f;
    char path[128];
    size_t n;
    (void)state;
    files_init(&f);
    assert_ok(&f.world, cabinet_put(f.cabinet, "old", SLICE("x"), &f.world.err));
    make_old(&f, "old");
    snprintf(path, sizeof path, "%s-backup", f.world.path);
    assert_int_equal(mkdir(path, 0700), 0);
    int backup = open(path, O_RDONLY | O_DIRECTORY);
    assert_int_equal(flock(backup, LOCK_SH), 0);
    assert_int_equal(sweep(&f, &n), COMITY_BUSY);
    assert_int_equal(n, 0);
    close(backup);
    assert_ok(&f.world, sweep(&f, &n));
    assert_int_equal(n, 1);
    files_release(&f);
}

/* ---- names of users -----------------------------------------------------------------------------------------------
 */

static void names_are_made_harmless(void **state)
{
    static const struct {
        const char *name;
        enum file_kind kind;
        const char *clean;
    } cases[] = {
        {"photo.jpg", FILE_JPEG, "photo.jpg"},
        {"IMG 0001.JPEG", FILE_JPEG, "IMG 0001.JPEG"},
        {"C:\\Users\\ana\\acta.pdf", FILE_PDF, "acta.pdf"},
        {"../../etc/passwd", FILE_PNG, "passwd.png"},
        {"evil.html", FILE_JPEG, "evil.html.jpg"},
        {"evil.jpg.exe", FILE_JPEG, "evil.jpg.exe.jpg"},
        {"\xD8\xAA\xD9\x82\xD8\xB1\xD9\x8A\xD8\xB1.pdf", FILE_PDF, "\xD8\xAA\xD9\x82\xD8\xB1\xD9\x8A\xD8\xB1.pdf"},
        {"ann\xE2\x80\xAEgpj.exe", FILE_JPEG, "anngpj.exe.jpg"}, /* written from right to left from there on */
        {"a\r\nb\x01\x7F.png", FILE_PNG, "ab.png"},
        {"a\xFF\xC3.png", FILE_PNG, "a__.png"},
        {"", FILE_WEBP, "file.webp"},
        {"...", FILE_WEBP, "file.webp"},
        {"..jpg", FILE_JPEG, "jpg.jpg"},
        {" .hidden ", FILE_PDF, "hidden.pdf"},
        {"dir/", FILE_PDF, "file.pdf"},
    };
    char out[FILE_NAME_MOST + 1];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        file_name_clean(slice_from(cases[i].name), cases[i].kind, out);
        assert_string_equal(out, cases[i].clean);
    }
}

static void long_names_are_cut_at_a_character(void **state)
{
    (void)state;
    for (size_t len = 100; len < 140; len++) {
        char name[420], out[FILE_NAME_MOST + 1];
        size_t at = 0;
        for (size_t i = 0; i < len; i++, at += 2)
            memcpy(name + at, i % 2 ? "\xC3\xA9" : "ab", 2);
        for (int has_ending = 0; has_ending < 2; has_ending++) {
            memcpy(name + at, ".pdf", 4);
            struct slice from = slice_of(name + at % 3, at - at % 3 + (has_ending ? 4 : 0));
            file_name_clean(from, FILE_PDF, out);
            assert_true(strlen(out) <= FILE_NAME_MOST);
            assert_true(slice_ends_with(slice_from(out), SLICE(".pdf")));
            assert_true(((unsigned char)out[strlen(out) - 5] & 0xC0) != 0xC0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(put_and_get),
        cmocka_unit_test(a_file_does_not_change_once_it_is_there),
        cmocka_unit_test(a_damaged_file_is_mended),
        cmocka_unit_test(names_lead_nowhere_else),
        cmocka_unit_test(a_reader_puts_nothing),
        cmocka_unit_test(what_a_crash_left_is_cleared_unless_somebody_writes),
        cmocka_unit_test(only_what_is_old_and_not_needed_is_swept),
        cmocka_unit_test(nothing_is_swept_during_a_backup),
        cmocka_unit_test(names_are_made_harmless),
        cmocka_unit_test(long_names_are_cut_at_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
