/* Backups and restoring: what was there is there again, whoever wrote meanwhile; whatever fails leaves what there was;
 * sessions do not come back; nothing is written over. */
#include "unit.h"

#include "failing_malloc.h"
#include "store_world.h"

#include "base/calendar.h"
#include "base/file.h"
#include "files/attachment.h"
#include "keep/members.h"
#include "keep/passphrase.h"
#include "keep/restore.h"
#include "keep/shelf.h"
#include "store/account.h"
#include "store/keep.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* A world with a folder for backups, and a path for what is restored. */
struct shelf_world {
    struct world w;
    char shelf[96], restored[96];
    struct backup_info info;
};

static void shelf_world_init(struct shelf_world *s)
{
    world_init(&s->w);
    snprintf(s->shelf, sizeof s->shelf, "%s/shelf", s->w.folder);
    snprintf(s->restored, sizeof s->restored, "%s/restored.comity", s->w.folder);
    assert_int_equal(mkdir(s->shelf, 0700), 0);
    world_import(&s->w, "s", SAYS({NULL, "a"}, {NULL, "b"}));
}

/* All in a folder but what `but` begins with. */
static size_t count_in(const char *path, const char *but)
{
    size_t n = 0;
    DIR *folder = opendir(path);
    if (!folder)
        return 0;
    for (struct dirent *entry; (entry = readdir(folder));)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
             (!but || strncmp(entry->d_name, but, strlen(but)) != 0);
    closedir(folder);
    return n;
}

static void shelf_world_release(struct shelf_world *s)
{
    store_close(s->w.store);
    keep_remove_folder(s->w.folder); /* folders in it, too */
    assert_int_not_equal(access(s->w.folder, F_OK), 0);
}

static enum comity_status back_up(struct shelf_world *s, const char *out, const char *passphrase)
{
    struct backup_options options = {.store_path = s->w.path, .out = out, .passphrase = slice_from(passphrase)};
    return backup_make(&options, &s->info, &s->w.err);
}

static enum comity_status restore_to(struct shelf_world *s, const char *to, bool replaces, char kept[KEEP_PATH])
{
    struct backup_info info;
    struct restore_options options = {.path = s->info.path, .store_path = to, .replaces = replaces, .who = &tester};
    return restore_store(&options, &info, kept, &s->w.err);
}

/* The texts that a restored store tells. */
static void assert_restored(struct shelf_world *s, const char *path, const char *expected)
{
    struct world other = s->w;
    snprintf(other.path, sizeof other.path, "%s", path);
    assert_ok(&other, store_open(path, STORE_READ, 0, &other.store, &other.err));
    assert_live(&other, expected);
    store_close(other.store);
}

static void write_text(const char *text, const char *format, ...) COMITY_PRINTF(2, 3);
static void write_text(const char *text, const char *format, ...)
{
    char path[256];
    va_list args;
    va_start(args, format);
    vsnprintf(path, sizeof path, format, args);
    va_end(args);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void assert_text(const char *path, const char *expected)
{
    char text[64] = "";
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    assert_int_equal(n, strlen(expected));
    assert_string_equal(text, expected);
}

static void raw_sql(const char *path, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
}

/* ---- what is kept ----------------------------------------------------------------------------------------------- */

static void what_was_there_is_there_again(void **state)
{
    struct shelf_world s;
    struct stat about;
    struct backup_info info;
    (void)state;
    shelf_world_init(&s);
    for (int is_encrypted = 0; is_encrypted < 2; is_encrypted++) {
        const char *passphrase = is_encrypted ? "a passphrase of some length" : NULL;
        struct restore_options options = {
            .path = s.info.path, .store_path = s.restored, .passphrase = slice_from(passphrase), .who = &tester};
        assert_ok(&s.w, back_up(&s, s.shelf, passphrase));
        assert_int_equal(s.info.n_ledger, 2);
        assert_int_equal(s.info.is_encrypted, is_encrypted);
        assert_int_equal(stat(s.info.path, &about), 0);
        assert_int_equal(about.st_mode & 0777, 0600);
        assert_int_equal(about.st_size, s.info.size);
        assert_ok(&s.w, restore_store(&options, &info, NULL, &s.w.err));
        assert_restored(&s, s.restored, "a,b");
        assert_int_equal(stat(s.restored, &about), 0);
        assert_int_equal(about.st_mode & 0777, 0600);
        assert_int_equal(unlink(s.restored), 0);
    }
    assert_int_equal(count_in(s.shelf, NULL), 2);
    assert_int_equal(count_in(s.w.folder, "test.comity"), 1); /* the shelf: rooms are gone */
    shelf_world_release(&s);
}

static void attachments_are_kept_but_those_on_their_way(void **state)
{
    struct shelf_world s;
    char path[256], long_name[94];
    (void)state;
    shelf_world_init(&s);
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    snprintf(path, sizeof path, "%s.files", s.w.path);
    assert_int_equal(mkdir(path, 0700), 0);
    write_text("first", "%s/a.pdf", path);
    write_text("", "%s/B_2-c", path);
    write_text("long", "%s/%s", path, long_name);
    write_text("half", "%s/.upload-1", path);
    write_text("no name of ours", "%s/with space", path);
    snprintf(path, sizeof path, "%s.files/link", s.w.path);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_ok(&s.w, back_up(&s, s.shelf, NULL));
    assert_int_equal(s.info.n_files, 3);
    assert_ok(&s.w, restore_to(&s, s.restored, false, NULL));
    snprintf(path, sizeof path, "%s.files", s.restored);
    assert_int_equal(count_in(path, NULL), 3);
    snprintf(path, sizeof path, "%s.files/a.pdf", s.restored);
    assert_text(path, "first");
    snprintf(path, sizeof path, "%.60s.files/%s", s.restored, long_name);
    assert_text(path, "long");
    shelf_world_release(&s);
}

/* An import is under way, with batches committed: what is restored has what was published, and goes on. */
static void an_import_under_way_is_not_in_it(void **state)
{
    struct shelf_world s;
    struct store_import *import;
    struct import_counts counts = {0};
    (void)state;
    shelf_world_init(&s);
    assert_ok(&s.w, world_begin(&s.w, "t", "h", &import));
    assert_ok(&s.w, world_add(&s.w, import, SAYS({NULL, "x"}, {NULL, "y"})));
    assert_ok(&s.w, back_up(&s, s.shelf, NULL));
    assert_ok(&s.w, store_import_settle(import, NULL, &counts, &s.w.err));
    assert_ok(&s.w, store_import_publish(import, SLICE("{}"), &s.w.number, &s.w.err));
    assert_ok(&s.w, restore_to(&s, s.restored, false, NULL));
    assert_restored(&s, s.restored, "a,b");
    assert_live(&s.w, "a,b,x,y");
    shelf_world_release(&s);
}

static void sessions_and_invitations_do_not_come_back(void **state)
{
    struct shelf_world s;
    struct store *store;
    struct arena arena = {0};
    struct ledger_line *lines;
    size_t n;
    uint64_t n_left;
    (void)state;
    shelf_world_init(&s);
    raw_sql(s.w.path, "INSERT INTO account(id, name, full_name, unit, roles, created, created_by) VALUES(1, 'ada', "
                      "'Ada', '', 31, 0, '');"
                      "INSERT INTO session VALUES(x'00', 1, 1, 0, 0, 99999999999, '', '');"
                      "INSERT INTO invitation VALUES(x'00', 0, 1, '', '', 99999999999, 0, '');");
    assert_ok(&s.w, back_up(&s, s.shelf, NULL));
    assert_ok(&s.w, restore_to(&s, s.restored, false, NULL));
    assert_ok(&s.w, store_open(s.restored, STORE_READ, 0, &store, &s.w.err));
    assert_ok(&s.w, store_verify(store, &n_left, &s.w.err));
    assert_ok(&s.w, store_ledger(store, &tester, &arena, &lines, &n, &s.w.err));
    assert_int_equal(n, 3);
    assert_true(slice_is(lines[2].what, "restore"));
    assert_true(slice_is(lines[2].who, "tester"));
    assert_true(slice_find(lines[2].detail_json, SLICE("\"ledger_lines\":2")) > 0);
    store_close(store);
    raw_sql(s.restored, "CREATE TEMP TABLE t(n INTEGER CHECK(n = 0));"
                        "INSERT INTO t SELECT count(*) FROM session; INSERT INTO t SELECT count(*) FROM invitation;"
                        "INSERT INTO t SELECT count(*) - 1 FROM account;");
    arena_release(&arena);
    shelf_world_release(&s);
}

/* ---- what is not written over ------------------------------------------------------------------------------------ */

static void nothing_is_written_over_unless_told(void **state)
{
    struct shelf_world s;
    char kept[KEEP_PATH], path[KEEP_PATH];
    (void)state;
    shelf_world_init(&s);
    assert_ok(&s.w, back_up(&s, s.shelf, NULL));
    memcpy(path, s.info.path, sizeof path);
    assert_int_equal(back_up(&s, path, NULL), COMITY_CONFLICT);
    memcpy(s.info.path, path, sizeof path);
    world_import(&s.w, "s", SAYS({NULL, "c"}));
    assert_int_equal(restore_to(&s, s.w.path, false, kept), COMITY_CONFLICT);
    assert_non_null(strstr(s.w.err.hint, "--replace"));
    /* Somebody has it open. */
    assert_int_equal(restore_to(&s, s.w.path, true, kept), COMITY_BUSY);
    assert_live(&s.w, "a,b,c");
    store_close(s.w.store);
    assert_ok(&s.w, restore_to(&s, s.w.path, true, kept));
    assert_restored(&s, kept, "a,b,c");
    world_open(&s.w);
    assert_live(&s.w, "a,b");
    /* The log of a store that is gone would be taken for the restored one's. */
    write_text("log", "%s-wal", s.restored);
    assert_int_equal(restore_to(&s, s.restored, false, kept), COMITY_CONFLICT);
    shelf_world_release(&s);
}

static void another_stores_attachments_stay(void **state)
{
    struct shelf_world s;
    char path[160];
    (void)state;
    shelf_world_init(&s);
    snprintf(path, sizeof path, "%s.files", s.w.path);
    mkdir(path, 0700);
    write_text("ours", "%s/a", path);
    write_text("same", "%s/b", path);
    assert_ok(&s.w, back_up(&s, s.shelf, NULL));
    snprintf(path, sizeof path, "%s.files", s.restored);
    mkdir(path, 0700);
    write_text("same", "%s/b", path);
    write_text("theirs", "%s/a", path);
    assert_int_equal(restore_to(&s, s.restored, false, NULL), COMITY_CONFLICT);
    assert_int_not_equal(access(s.restored, F_OK), 0);
    snprintf(path, sizeof path, "%s.files/a", s.restored);
    assert_text(path, "theirs");
    unlink(path);
    assert_ok(&s.w, restore_to(&s, s.restored, false, NULL));
    assert_text(path, "ours");
    shelf_world_release(&s);
}

/* They are the old one's as well, whatever becomes of those that the restored store names. */
static void what_is_replaced_keeps_its_attachments(void **state)
{
    struct shelf_world s;
    char path[KEEP_PATH], kept[KEEP_PATH];
    (void)state;
    shelf_world_init(&s);
    assert_ok(&s.w, back_up(&s, s.shelf, NULL));
    snprintf(path, sizeof path, "%.90s.files", s.w.path);
    mkdir(path, 0700);
    write_text("later", "%s/a", path);
    store_close(s.w.store);
    assert_ok(&s.w, restore_to(&s, s.w.path, true, kept));
    snprintf(path, sizeof path, "%.90s.files/a", s.w.path);
    assert_int_equal(unlink(path), 0);
    snprintf(path, sizeof path, "%.200s.files/a", kept);
    assert_text(path, "later");
    world_open(&s.w);
    shelf_world_release(&s);
}

/* Attaches a file; *path: where it lies. */
static void attach(struct shelf_world *s, struct slice bytes, char path[256])
{
    struct cabinet *cabinet;
    struct attachment attachment;
    struct arena arena = {0};
    raw_sql(s->w.path, "INSERT INTO entry(id, unit, nonce, version, state, title, author, created, changed)"
                       " VALUES(1, '', 'n', 1, 0, '', '', 0, 0)");
    assert_ok(&s->w, cabinet_open(s->w.path, STORE_WRITE, &cabinet, &s->w.err));
    assert_ok(
        &s->w, attachment_take(s->w.store, cabinet, &(struct attachment_offer){.entry = 1, .name = SLICE("a.pdf")},
                   bytes, NULL, &tester, &arena, &attachment, &s->w.err));
    snprintf(path, 256, "%.120s.files/%.*s", s->w.path, SLICE_ARG(attachment.sha256));
    cabinet_close(cabinet);
    arena_release(&arena);
}

static void without_an_attachment_it_is_not_whole(void **state)
{
    static const char pdf[] = "%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";
    struct shelf_world s;
    char path[256];
    (void)state;
    shelf_world_init(&s);
    attach(&s, slice_from(pdf), path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(back_up(&s, s.shelf, NULL), COMITY_CORRUPT);
    assert_non_null(strstr(s.w.err.message, path_name(path)));
    assert_non_null(strstr(s.w.err.hint, "earlier backup"));
    write_text("%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOX\n", "%s", path);
    assert_int_equal(back_up(&s, s.shelf, NULL), COMITY_CORRUPT);
    assert_int_equal(count_in(s.shelf, NULL), 0);
    write_text(pdf, "%s", path);
    assert_ok(&s.w, back_up(&s, s.shelf, NULL));
    assert_int_equal(s.info.n_files, 1);
    shelf_world_release(&s);
}

static void a_damaged_store_is_not_backed_up_but_can_be_replaced(void **state)
{
    struct shelf_world s;
    char good[KEEP_PATH];
    (void)state;
    shelf_world_init(&s);
    assert_ok(&s.w, back_up(&s, s.shelf, NULL));
    memcpy(good, s.info.path, sizeof good);
    store_close(s.w.store);
    s.w.store = NULL;
    raw_sql(s.w.path, "DELETE FROM mention WHERE id = 1");
    assert_int_equal(back_up(&s, s.shelf, NULL), COMITY_CORRUPT);
    assert_non_null(strstr(s.w.err.hint, "earlier backups"));
    write_text("rubbish that is no database any more, and long enough to be looked at as if it were one ...........",
        "%s", s.w.path);
    assert_int_equal(back_up(&s, s.shelf, NULL), COMITY_INPUT);
    assert_int_equal(count_in(s.shelf, NULL), 1);
    memcpy(s.info.path, good, sizeof good);
    assert_ok(&s.w, restore_to(&s, s.w.path, true, NULL));
    assert_restored(&s, s.w.path, "a,b");
    shelf_world_release(&s);
}

/* ---- a folder of backups ----------------------------------------------------------------------------------------- */

static void old_ones_go_and_others_stay(void **state)
{
    static const char *const names[] = {
        "-20250101T000000Z.comity-backup", "-20250101T000000Z-02.comity-backup", "-20240101T000000Z.comity-backup"};
    static const char *const others[] = {"other-20200101T000000Z.comity-backup", "test.comity-20200101T000000Z.txt",
        "test.comity-2020.comity-backup", "test.comity-01234567-20200101T000000Z.comity-backup",
        "test.comity-20200101T000000Z.comity-backup"};
    struct shelf_world s;
    struct backup_options options = {.store_path = s.w.path, .out = s.shelf, .keep = 2};
    char path[256], stem[KEEP_PATH];
    int64_t expected, newest;
    (void)state;
    shelf_world_init(&s);
    assert_ok(&s.w, shelf_stem(s.w.path, 0, stem, &s.w.err));
    assert_int_equal(strlen(stem), strlen("test.comity-") + STORE_IDENTITY);
    assert_ok(&s.w, shelf_newest(s.shelf, stem, &newest, &s.w.err));
    assert_int_equal(newest, 0);
    for (size_t i = 0; i < 3; i++)
        write_text("", "%s/%s%s", s.shelf, stem, names[i]);
    for (size_t i = 0; i < 5; i++)
        write_text("", "%s/%s", s.shelf, others[i]);
    assert_true(instant_parse("2025-01-01T00:00:00Z", &expected));
    assert_ok(&s.w, shelf_newest(s.shelf, stem, &newest, &s.w.err));
    assert_int_equal(newest, expected);
    assert_ok(&s.w, backup_make(&options, &s.info, &s.w.err));
    assert_int_equal(s.info.n_removed, 2);
    assert_int_equal(count_in(s.shelf, NULL), 7);
    snprintf(path, sizeof path, "%s/%.40s%s", s.shelf, stem, names[1]); /* the later of one second */
    assert_int_equal(access(path, F_OK), 0);
    for (size_t i = 0; i < 5; i++) {
        snprintf(path, sizeof path, "%s/%s", s.shelf, others[i]);
        assert_int_equal(access(path, F_OK), 0);
    }
    options.out = s.info.path; /* to keep so many of one file means nothing */
    assert_int_not_equal(backup_make(&options, &s.info, &s.w.err), COMITY_OK);
    shelf_world_release(&s);
}

static void what_a_crash_left_is_taken_away(void **state)
{
    struct shelf_world s;
    char path[192], room[128];
    (void)state;
    shelf_world_init(&s);
    snprintf(path, sizeof path, "%s/.other-1.comity-backup.77.comity-part", s.shelf);
    write_text("half", "%s", path);
    snprintf(room, sizeof room, "%s-backup", s.w.path);
    mkdir(room, 0700);
    write_text("half", "%s/store", room);
    write_text("half", "%s/store-wal", room);
    int fd = open(path, O_RDONLY);
    assert_int_equal(flock(fd, LOCK_EX), 0); /* somebody still writes it */
    assert_ok(&s.w, back_up(&s, s.shelf, NULL));
    assert_int_equal(access(path, F_OK), 0);
    close(fd);
    assert_ok(&s.w, back_up(&s, s.shelf, NULL));
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_not_equal(access(room, F_OK), 0);
    assert_int_equal(count_in(s.shelf, NULL), 2);
    /* Another backup, or whoever removes attachments, has the folder. */
    mkdir(room, 0700);
    fd = open(room, O_RDONLY);
    assert_int_equal(flock(fd, LOCK_SH), 0);
    assert_int_equal(back_up(&s, s.shelf, NULL), COMITY_BUSY);
    close(fd);
    shelf_world_release(&s);
}

/* A folder may bear the name of the one where backups are made ready. */
static void what_others_put_into_the_room_stays(void **state)
{
    struct shelf_world s;
    char room[128], path[192];
    (void)state;
    shelf_world_init(&s);
    snprintf(room, sizeof room, "%s-backup", s.w.path);
    assert_int_equal(back_up(&s, room, NULL), COMITY_CONFLICT);
    assert_int_not_equal(access(room, F_OK), 0);
    mkdir(room, 0700);
    assert_int_equal(back_up(&s, room, NULL), COMITY_CONFLICT);
    mkdir(room, 0700);
    snprintf(path, sizeof path, "%s/mine.comity-backup", room);
    assert_int_equal(back_up(&s, path, NULL), COMITY_CONFLICT);
    mkdir(room, 0700);
    write_text("mine", "%s", path);
    assert_int_equal(back_up(&s, s.shelf, NULL), COMITY_CONFLICT);
    assert_non_null(strstr(s.w.err.hint, "move"));
    assert_text(path, "mine");
    unlink(path);
    assert_ok(&s.w, back_up(&s, s.shelf, NULL));
    assert_int_equal(count_in(s.shelf, NULL), 1);
    shelf_world_release(&s);
}

static void places_that_will_not_do_are_told(void **state)
{
    struct shelf_world s;
    char path[160];
    (void)state;
    shelf_world_init(&s);
    snprintf(path, sizeof path, "%s/nowhere/", s.w.folder);
    assert_int_equal(back_up(&s, path, NULL), COMITY_NOTFOUND);
    snprintf(path, sizeof path, "%s/nowhere/a", s.w.folder);
    assert_int_equal(back_up(&s, path, NULL), COMITY_NOTFOUND);
    snprintf(path, sizeof path, "%s/no.comity", s.w.folder);
    struct backup_options options = {.store_path = path, .out = s.shelf};
    assert_int_equal(backup_make(&options, &s.info, &s.w.err), COMITY_NOTFOUND);
    assert_int_not_equal(access(path, F_OK), 0);
    snprintf(s.info.path, sizeof s.info.path, "%s", path);
    assert_int_equal(restore_to(&s, s.restored, false, NULL), COMITY_NOTFOUND);
    shelf_world_release(&s);
}

static void passphrases_are_first_lines(void **state)
{
    static const struct {
        const char *text;
        size_t len; /* 0: refused */
    } cases[] = {{"a good passphrase\nand more", 17}, {"a good passphrase\r\n", 17}, {"exactly 12 ch", 13}, {"", 0},
        {"\nsecond line is long", 0}, {"short", 0}};
    struct passphrase passphrase;
    struct comity_error err;
    char path[] = "/tmp/comity-passphrase-XXXXXX";
    (void)state;
    close(mkstemp(path));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_text(cases[i].text, "%s", path);
        enum comity_status status = passphrase_read(&passphrase, path, &err);
        assert_int_equal(status, cases[i].len ? COMITY_OK : COMITY_INPUT);
        assert_int_equal(passphrase.len, cases[i].len);
    }
    char *much = malloc(PASSPHRASE_MOST + 100);
    memset(much, 'x', PASSPHRASE_MOST + 99);
    much[PASSPHRASE_MOST + 99] = '\0';
    write_text(much, "%s", path);
    assert_int_equal(passphrase_read(&passphrase, path, &err), COMITY_INPUT);
    free(much);
    unlink(path);
    assert_int_equal(passphrase_read(&passphrase, path, &err), COMITY_NOTFOUND);
    assert_int_equal(passphrase_read(&passphrase, NULL, &err), COMITY_OK);
    assert_int_equal(passphrase.len, 0);
}

/* ---- what fails -------------------------------------------------------------------------------------------------- */

/* After something failed: the store is as it was, and there is nothing more or less on the shelf. */
static void assert_untouched(struct shelf_world *s, size_t n_on_shelf)
{
    assert_live(&s->w, "a,b");
    assert_int_equal(count_in(s->shelf, NULL), n_on_shelf);
    assert_int_not_equal(access(s->restored, F_OK), 0);
}

static void a_full_disk_is_told_and_harms_nothing(void **state)
{
    struct shelf_world s;
    char good[KEEP_PATH];
    struct rlimit before;
    size_t n_failed = 0;
    bool is_done = false;
    (void)state;
    shelf_world_init(&s);
    assert_ok(&s.w, back_up(&s, s.shelf, NULL));
    memcpy(good, s.info.path, sizeof good);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    for (rlim_t room = 512; !is_done; room += room / 3 + 1024) {
        struct rlimit limit = {room, before.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
        enum comity_status made = back_up(&s, s.shelf, NULL);
        if (made) {
            assert_int_equal(made, COMITY_IO);
            assert_non_null(strstr(s.w.err.hint, "room"));
        } else {
            unlink(s.info.path);
        }
        memcpy(s.info.path, good, sizeof good);
        enum comity_status restored = restore_to(&s, s.restored, false, NULL);
        setrlimit(RLIMIT_FSIZE, &before);
        is_done = !made && !restored;
        if (restored)
            assert_int_equal(restored, COMITY_IO);
        else
            assert_int_equal(unlink(s.restored), 0);
        n_failed += made + restored > 0;
        assert_untouched(&s, 1);
    }
    assert_true(n_failed > 3);
    shelf_world_release(&s);
}

static void out_of_memory_is_told_and_harms_nothing(void **state)
{
    struct shelf_world s;
    char good[KEEP_PATH], path[160];
    long n = 0, n_failed = 0;
    (void)state;
    shelf_world_init(&s);
    snprintf(path, sizeof path, "%s.files", s.w.path);
    mkdir(path, 0700);
    write_text("attached", "%s/a", path);
    assert_ok(&s.w, back_up(&s, s.shelf, NULL));
    memcpy(good, s.info.path, sizeof good);
    for (bool has_failed = true; has_failed;) {
        failing_malloc_after(n);
        enum comity_status status = back_up(&s, s.shelf, NULL);
        has_failed = failing_malloc_stop();
        if (status != COMITY_NOMEM || !has_failed)
            assert_ok(&s.w, status);
        if (!status)
            unlink(s.info.path);
        assert_untouched(&s, 1);
        n_failed += has_failed;
        n += n < 100 ? 1 : 1 + n / 60; /* the queries of a check repeat themselves */
    }
    print_message("%ld allocations of a backup failed in turn\n", n_failed);
    assert_true(n_failed > 50);
    memcpy(s.info.path, good, sizeof good);
    n = n_failed = 0;
    for (bool has_failed = true; has_failed;) {
        failing_malloc_after(n);
        enum comity_status status = restore_to(&s, s.restored, false, NULL);
        has_failed = failing_malloc_stop();
        if (status != COMITY_NOMEM || !has_failed)
            assert_ok(&s.w, status);
        if (!status) {
            assert_restored(&s, s.restored, "a,b");
            unlink(s.restored);
        }
        assert_untouched(&s, 1);
        n_failed += has_failed;
        n += n < 100 ? 1 : 1 + n / 60; /* the queries of a check repeat themselves */
    }
    print_message("%ld allocations of a restoration failed in turn\n", n_failed);
    assert_true(n_failed > 50);
    shelf_world_release(&s);
}

static bool stop_at(void *context, const char *stage, uint64_t done, uint64_t total)
{
    int *left = context;
    (void)stage;
    (void)done;
    (void)total;
    return (*left)-- > 0;
}

static void it_stops_when_asked(void **state)
{
    struct shelf_world s;
    int left;
    struct progress progress = {stop_at, &left};
    (void)state;
    shelf_world_init(&s);
    enum comity_status status = COMITY_CANCELLED;
    int at = 0;
    for (; status; at++) {
        struct backup_options options = {.store_path = s.w.path, .out = s.shelf, .progress = &progress};
        left = at;
        status = backup_make(&options, &s.info, &s.w.err);
        assert_true(status == COMITY_CANCELLED || status == COMITY_OK);
        assert_untouched(&s, status ? 0 : 1);
    }
    assert_true(at > 3);
    shelf_world_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_there_is_there_again),
        cmocka_unit_test(attachments_are_kept_but_those_on_their_way),
        cmocka_unit_test(an_import_under_way_is_not_in_it),
        cmocka_unit_test(sessions_and_invitations_do_not_come_back),
        cmocka_unit_test(nothing_is_written_over_unless_told),
        cmocka_unit_test(another_stores_attachments_stay),
        cmocka_unit_test(what_is_replaced_keeps_its_attachments),
        cmocka_unit_test(without_an_attachment_it_is_not_whole),
        cmocka_unit_test(a_damaged_store_is_not_backed_up_but_can_be_replaced),
        cmocka_unit_test(old_ones_go_and_others_stay),
        cmocka_unit_test(what_a_crash_left_is_taken_away),
        cmocka_unit_test(what_others_put_into_the_room_stays),
        cmocka_unit_test(places_that_will_not_do_are_told),
        cmocka_unit_test(passphrases_are_first_lines),
        cmocka_unit_test(a_full_disk_is_told_and_harms_nothing),
        cmocka_unit_test(out_of_memory_is_told_and_harms_nothing),
        cmocka_unit_test(it_stops_when_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
