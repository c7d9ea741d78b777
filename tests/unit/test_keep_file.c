/* The file of a backup: what was written is read; no byte of it can be altered, left out, moved or added unnoticed;
 * encrypted it says nothing without its passphrase; what was made by hand to lead astray is refused. */
#include "unit.h"

#include "base/error.h"
#include "base/hash.h"
#include "keep/backup.h"
#include "keep/members.h"

#include <stdlib.h>
#include <unistd.h>

enum { PIECE = 256 * 1024, HEAD = 16, SEALED_HEAD = 80 };

static const struct slice NONE = {NULL, 0}, PASSPHRASE = {"correct horse battery staple", 28};

struct bytes {
    char *ptr;
    size_t len;
};

#define OK(call)                                                                                                       \
    do {                                                                                                               \
        struct comity_error *told = &error;                                                                            \
        if ((call) != COMITY_OK)                                                                                       \
            fail_msg("%s: %s", #call, told->message);                                                                  \
    } while (0)

static struct comity_error error;

/* Random where it is odd, compressible where it is even. */
static char *content(size_t n, unsigned seed)
{
    char *bytes = malloc(n + 1);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)(seed % 2 ? hash_u64(i + seed) : i / 1000);
    return bytes;
}

static struct bytes sealed(const char *content, size_t n, struct slice passphrase)
{
    struct bytes out = {0};
    struct seal_writer *writer;
    FILE *file = open_memstream(&out.ptr, &out.len);
    OK(seal_writer_new(file, "made", passphrase, &writer, &error));
    for (size_t at = 0, part; at < n; at += part) {
        part = n - at < 100003 ? n - at : 100003;
        OK(seal_write(writer, content + at, part, &error));
    }
    OK(seal_finish(writer, &error));
    seal_writer_free(writer);
    fclose(file);
    return out;
}

/* Reads to the end; *n bytes into `to`, which has room for `room`. */
static enum comity_status opened(struct bytes in, struct slice passphrase, char *to, size_t room, size_t *n)
{
    struct seal_reader *reader = NULL;
    size_t got = 1;
    FILE *file = fmemopen(in.ptr, in.len, "rb");
    enum comity_status status = seal_reader_new(file, "made", passphrase, &reader, &error);
    for (*n = 0; !status && got && *n < room; *n += got)
        status = seal_read(reader, to + *n, room - *n < 77777 ? room - *n : 77777, &got, &error);
    seal_reader_free(reader);
    fclose(file);
    return status;
}

static void what_was_written_is_read(void **state)
{
    static const size_t sizes[] = {0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 12345};
    (void)state;
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
        size_t size = sizes[i / 2], n;
        char *text = content(size, (unsigned)i), *read = malloc(size + 10);
        for (int is_sealed = 0; is_sealed < 2; is_sealed++) {
            struct bytes file = sealed(text, size, is_sealed ? PASSPHRASE : NONE);
            OK(opened(file, is_sealed ? PASSPHRASE : NONE, read, size + 10, &n));
            assert_int_equal(n, size);
            assert_memory_equal(read, text, size);
            assert_true(i % 2 || size < PIECE || file.len < size / 10);
            free(file.ptr);
        }
        free(text);
        free(read);
    }
}

/* ---- a small backup, made of all that there can be in one ------------------------------------------------------- */

static const char ABOUT[] =
    "made 2026-11-28T19:15:41Z\nprogram 0.1.0\nschema 1\nledger-lines 7\nlater what is not known\n";
static const char SECRET[] = "what nobody but its owner may read, told twice: what nobody but its owner may read";

static void write_file(struct seal_writer *writer, const char *name, const char *text, enum comity_status expected)
{
    struct member member;
    char path[] = "/tmp/comity-member-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    assert_int_equal(member_write_file(writer, MEMBER_FILE, name, path, NULL, NULL, &member, &error), expected);
    remove(path);
}

static struct bytes made_backup(struct slice passphrase)
{
    struct bytes out = {0};
    struct seal_writer *writer;
    FILE *file = open_memstream(&out.ptr, &out.len);
    OK(seal_writer_new(file, "made", passphrase, &writer, &error));
    OK(member_write_text(writer, MEMBER_ABOUT, slice_from(ABOUT), &error));
    OK(member_write_text(writer, MEMBER_STORE, slice_from(SECRET), &error));
    write_file(writer, "a.pdf", SECRET, COMITY_OK);
    write_file(writer, "b", "", COMITY_OK);
    OK(members_finish(writer, &error));
    seal_writer_free(writer);
    fclose(file);
    return out;
}

static enum comity_status check(const char *bytes, size_t len, struct slice passphrase, struct backup_info *info)
{
    FILE *file = len ? fmemopen((void *)(uintptr_t)bytes, len, "rb") : fopen("/dev/null", "rb");
    enum comity_status status = backup_check_file(file, "made", passphrase, NULL, info, &error);
    fclose(file);
    return status;
}

static void a_backup_tells_of_itself(void **state)
{
    struct backup_info info;
    (void)state;
    for (int is_sealed = 0; is_sealed < 2; is_sealed++) {
        struct slice passphrase = is_sealed ? PASSPHRASE : NONE;
        struct bytes file = made_backup(passphrase);
        OK(check(file.ptr, file.len, passphrase, &info));
        assert_string_equal(info.made, "2026-11-28T19:15:41Z");
        assert_int_equal(info.schema, 1);
        assert_int_equal(info.n_ledger, 7);
        assert_int_equal(info.n_files, 2);
        assert_int_equal(info.n_bytes, 2 * (sizeof SECRET - 1));
        assert_int_equal(info.is_encrypted, is_sealed);
        free(file.ptr);
    }
}

static void is_noticed(const char *bytes, size_t len, struct slice passphrase, const char *what, size_t at)
{
    struct backup_info info;
    enum comity_status status = check(bytes, len, passphrase, &info);
    if (status == COMITY_OK || status == COMITY_NOMEM || status == COMITY_INTERNAL)
        fail_msg("%s at %zu is told as %s", what, at, comity_status_text(status));
    assert_true(error.message[0]);
}

/* Deriving a key takes a tenth of a second: of an encrypted file only every so manieth byte is tried. */
static void every_byte_and_every_cut_is_noticed(void **state)
{
    (void)state;
    for (int is_sealed = 0; is_sealed < 2; is_sealed++) {
        struct slice passphrase = is_sealed ? PASSPHRASE : NONE;
        struct bytes file = made_backup(passphrase);
        size_t step = is_sealed ? 23 : 1;
        for (size_t i = 0; i < file.len; i += step) {
            file.ptr[i] ^= (char)(1 << i % 8);
            is_noticed(file.ptr, file.len, passphrase, "a flipped bit", i);
            file.ptr[i] ^= (char)(1 << i % 8);
            is_noticed(file.ptr, i, passphrase, "a cut", i);
        }
        char *longer = malloc(file.len + 1);
        memcpy(longer, file.ptr, file.len);
        longer[file.len] = 0;
        is_noticed(longer, file.len + 1, passphrase, "a byte more", file.len);
        free(longer);
        free(file.ptr);
    }
}

static uint32_t length_at(const char *at)
{
    const unsigned char *b = (const unsigned char *)at;
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* A whole piece is left out, said twice, or two change places: each is good by itself. */
static void pieces_stay_in_their_order(void **state)
{
    size_t n = 3 * PIECE, got;
    char *text = content(n, 1), *read = malloc(n * 2), *other;
    (void)state;
    for (int is_sealed = 0; is_sealed < 2; is_sealed++) {
        struct slice passphrase = is_sealed ? PASSPHRASE : NONE;
        struct bytes file = sealed(text, n, passphrase);
        size_t first = is_sealed ? SEALED_HEAD : HEAD, one = 4 + length_at(file.ptr + first);
        assert_int_equal(length_at(file.ptr + first), length_at(file.ptr + first + one));
        other = malloc(file.len + one);
        struct bytes swapped = {other, file.len};
        memcpy(other, file.ptr, file.len);
        memcpy(other + first, file.ptr + first + one, one);
        memcpy(other + first + one, file.ptr + first, one);
        assert_int_equal(opened(swapped, passphrase, read, n * 2, &got), COMITY_CORRUPT);
        struct bytes without = {other, file.len - one};
        memcpy(other, file.ptr, first);
        memcpy(other + first, file.ptr + first + one, file.len - first - one);
        assert_int_equal(opened(without, passphrase, read, n * 2, &got), COMITY_CORRUPT);
        struct bytes twice = {other, file.len + one};
        memcpy(other, file.ptr, first + one);
        memcpy(other + first + one, file.ptr + first, file.len - first);
        assert_int_equal(opened(twice, passphrase, read, n * 2, &got), COMITY_CORRUPT);
        free(other);
        free(file.ptr);
    }
    free(text);
    free(read);
}

static void without_its_passphrase_it_says_nothing(void **state)
{
    struct backup_info info;
    struct bytes file = made_backup(PASSPHRASE), again = made_backup(PASSPHRASE), clear = made_backup(NONE);
    (void)state;
    assert_int_equal(check(file.ptr, file.len, NONE, &info), COMITY_LOGIN);
    assert_non_null(strstr(error.hint, "--passphrase-file"));
    assert_int_equal(check(file.ptr, file.len, SLICE("correct horse battery stapl"), &info), COMITY_REFUSED);
    assert_non_null(strstr(error.message, "passphrase"));
    assert_true(memmem(clear.ptr, clear.len, "a.pdf", 5) != NULL);
    assert_null(memmem(file.ptr, file.len, "a.pdf", 5));
    assert_null(memmem(file.ptr, file.len, "program", 7));
    assert_null(memmem(file.ptr, file.len, "nobody", 6));
    /* The same twice is not the same to look at. */
    assert_int_equal(file.len, again.len);
    assert_memory_not_equal(file.ptr + SEALED_HEAD, again.ptr + SEALED_HEAD, 64);
    /* One that was not sealed may have been put in the place of one that was. */
    assert_int_equal(check(clear.ptr, clear.len, PASSPHRASE, &info), COMITY_REFUSED);
    assert_non_null(strstr(error.message, "not encrypted"));
    free(file.ptr);
    free(again.ptr);
    free(clear.ptr);
}

static void other_files_are_called_what_they_are(void **state)
{
    struct backup_info info;
    struct bytes file = made_backup(NONE);
    (void)state;
    assert_int_equal(check("", 0, NONE, &info), COMITY_INPUT);
    assert_int_equal(check("SQLite format 3\0 and so on", 26, NONE, &info), COMITY_INPUT);
    assert_int_equal(check("comity backup\n", 14, NONE, &info), COMITY_INPUT);
    file.ptr[14] = 2;
    assert_int_equal(check(file.ptr, file.len, NONE, &info), COMITY_UNSUPPORTED);
    assert_non_null(strstr(error.message, "newer Comity"));
    free(file.ptr);
}

/* ---- made by hand ----------------------------------------------------------------------------------------------- */

struct hand {
    char *ptr;
    size_t len;
    FILE *file;
    struct seal_writer *writer;
};

static void hand_begin(struct hand *hand)
{
    *hand = (struct hand){0};
    hand->file = open_memstream(&hand->ptr, &hand->len);
    OK(seal_writer_new(hand->file, "made", NONE, &hand->writer, &error));
}

static void hand_end(struct hand *hand, enum comity_status expected)
{
    struct backup_info info;
    OK(seal_finish(hand->writer, &error));
    seal_writer_free(hand->writer);
    fclose(hand->file);
    assert_int_equal(check(hand->ptr, hand->len, NONE, &info), expected);
    free(hand->ptr);
}

static void hand_text(struct hand *hand, enum member_kind kind, const char *text)
{
    OK(member_write_text(hand->writer, kind, slice_from(text), &error));
}

static void members_are_in_order_and_named_well(void **state)
{
    static const char *const names[] = {"../../etc/passwd", "a/b", ".hidden", "", "a b", "\xC3\xA9"};
    struct hand hand;
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        hand_begin(&hand);
        hand_text(&hand, MEMBER_ABOUT, ABOUT);
        hand_text(&hand, MEMBER_STORE, SECRET);
        write_file(hand.writer, names[i], SECRET, COMITY_OK);
        OK(seal_write(hand.writer, "", 1, &error));
        hand_end(&hand, COMITY_CORRUPT);
    }
    hand_begin(&hand); /* a name twice */
    hand_text(&hand, MEMBER_ABOUT, ABOUT);
    hand_text(&hand, MEMBER_STORE, SECRET);
    write_file(hand.writer, "a", SECRET, COMITY_OK);
    write_file(hand.writer, "a", SECRET, COMITY_OK);
    OK(seal_write(hand.writer, "", 1, &error));
    hand_end(&hand, COMITY_CORRUPT);
    hand_begin(&hand); /* no store */
    hand_text(&hand, MEMBER_ABOUT, ABOUT);
    OK(seal_write(hand.writer, "", 1, &error));
    hand_end(&hand, COMITY_CORRUPT);
    hand_begin(&hand); /* two stores */
    hand_text(&hand, MEMBER_ABOUT, ABOUT);
    hand_text(&hand, MEMBER_STORE, SECRET);
    hand_text(&hand, MEMBER_STORE, SECRET);
    OK(seal_write(hand.writer, "", 1, &error));
    hand_end(&hand, COMITY_CORRUPT);
    hand_begin(&hand); /* the store first */
    hand_text(&hand, MEMBER_STORE, SECRET);
    OK(seal_write(hand.writer, "", 1, &error));
    hand_end(&hand, COMITY_CORRUPT);
    hand_begin(&hand); /* something behind the end */
    hand_text(&hand, MEMBER_ABOUT, ABOUT);
    hand_text(&hand, MEMBER_STORE, SECRET);
    OK(seal_write(hand.writer, "\0more", 5, &error));
    hand_end(&hand, COMITY_CORRUPT);
    hand_begin(&hand); /* nothing at all */
    hand_end(&hand, COMITY_CORRUPT);
}

static void what_it_tells_of_itself_is_looked_at(void **state)
{
    static const struct {
        const char *about;
        enum comity_status status;
    } cases[] = {{"", COMITY_CORRUPT}, {"schema", COMITY_CORRUPT}, {"schema \n", COMITY_CORRUPT},
        {"schema -4\n", COMITY_CORRUPT}, {"schema 99999999999999999999999\n", COMITY_CORRUPT},
        {"\n\n \nschema 999\nprogram 9.9", COMITY_UNSUPPORTED}};
    struct hand hand;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hand_begin(&hand);
        hand_text(&hand, MEMBER_ABOUT, cases[i].about);
        hand_text(&hand, MEMBER_STORE, SECRET);
        OK(seal_write(hand.writer, "", 1, &error));
        hand_end(&hand, cases[i].status);
    }
    assert_non_null(strstr(error.message, "9.9"));
}

static void sizes_that_lie_are_refused(void **state)
{
    /* about, then a store of 2^62 bytes, then of more than there can be */
    static const char heads[][10] = {{2, 0, 0, 0, 0, 0, 0, 0, 0, 0x40}, {2, 0, 0, 0, 0, 0, 0, 0, 0, (char)0x80}};
    struct hand hand;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        hand_begin(&hand);
        hand_text(&hand, MEMBER_ABOUT, ABOUT);
        OK(seal_write(hand.writer, heads[i], 10, &error));
        OK(seal_write(hand.writer, SECRET, sizeof SECRET, &error));
        hand_end(&hand, COMITY_CORRUPT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(a_backup_tells_of_itself),
        cmocka_unit_test(every_byte_and_every_cut_is_noticed),
        cmocka_unit_test(pieces_stay_in_their_order),
        cmocka_unit_test(without_its_passphrase_it_says_nothing),
        cmocka_unit_test(other_files_are_called_what_they_are),
        cmocka_unit_test(members_are_in_order_and_named_well),
        cmocka_unit_test(what_it_tells_of_itself_is_looked_at),
        cmocka_unit_test(sizes_that_lie_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
