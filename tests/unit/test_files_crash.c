/* Crashes and full disks: a process that takes files is killed at random moments, or may write no further. What it had
 * acknowledged is there, whole; nothing is there by half; and the next can go on. */
#include "unit.h"

#include "files_world.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { ROUNDS = 25, A_PHOTO = 300 * 300 };

static void open_both(struct files *f)
{
    world_open(&f->world);
    assert_ok(&f->world, cabinet_open(f->world.path, STORE_WRITE, &f->cabinet, &f->world.err));
}

static void close_both(struct files *f)
{
    store_close(f->world.store);
    cabinet_close(f->cabinet);
    f->world.store = NULL;
    f->cabinet = NULL;
}

/* Takes photographs until it is killed, and says which are acknowledged. Never returns. */
static void take_on(struct files *f, unsigned round, int out)
{
    open_both(f);
    for (unsigned i = 0;; i++) {
        struct attachment a;
        struct slice photo = files_photo(f, (round * 977 + i * 13) % A_PHOTO);
        enum comity_status status = attachment_take(f->world.store, f->cabinet,
            &(struct attachment_offer){.entry = round * 70 + i / 10 + 1, .keeps_original = i % 2}, photo, NULL, &tester,
            &f->arena, &a, &f->world.err);
        if (status != COMITY_OK || write(out, &a.id, sizeof a.id) != sizeof a.id)
            _exit(1);
    }
}

/* Whether each file in the folder is what its name says: no half ones. */
static void assert_files_are_whole(struct files *f)
{
    char path[128];
    snprintf(path, sizeof path, "%s.files", f->world.path);
    DIR *names = opendir(path);
    for (struct dirent *at = names ? readdir(names) : NULL; at; at = readdir(names)) {
        char sha[CABINET_SHA_TEXT];
        enum file_kind kind;
        if (at->d_name[0] == '.')
            continue;
        buffer_clear(&f->made);
        assert_ok(&f->world, cabinet_get(f->cabinet, at->d_name, CABINET_ANY_SIZE, &f->made, &f->world.err));
        assert_ok(&f->world, file_kind_of(buffer_slice(&f->made), &kind, &f->world.err));
        assert_true(slice_ends_with(buffer_slice(&f->made), SLICE("\xFF\xD9")));
        cabinet_sha(buffer_slice(&f->made), sha);
        if (!strstr(at->d_name, ".thumb"))
            assert_memory_equal(at->d_name, sha, ATTACHMENT_SHA);
    }
    if (names)
        closedir(names);
}

static void assert_is_there(struct files *f, uint64_t id)
{
    struct attachment a;
    assert_ok(&f->world, store_attachment(f->world.store, &tester, id, &f->arena, &a, &f->world.err));
    buffer_clear(&f->made);
    assert_ok(&f->world, attachment_read(f->cabinet, &a, ATTACHMENT_KEPT, &f->made, &f->world.err));
    assert_ok(&f->world, attachment_read(f->cabinet, &a, ATTACHMENT_THUMBNAIL, &f->made, &f->world.err));
}

/* What was acknowledged, read from the pipe, is there; how much that is. */
static size_t assert_acknowledged(struct files *f, int in)
{
    uint64_t id;
    size_t n = 0;
    for (; read(in, &id, sizeof id) == sizeof id; n++)
        assert_is_there(f, id);
    return n;
}

static void killed_at_any_moment_nothing_acknowledged_is_lost(void **state)
{
    struct files f;
    size_t n_acknowledged = 0, n_files;
    (void)state;
    files_init(&f);
    close_both(&f);
    for (unsigned round = 0; round < ROUNDS; round++) {
        int ends[2];
        uint64_t ids[4];
        unsigned early;
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0)
            take_on(&f, round, ends[1]);
        close(ends[1]);
        /* After none to three were acknowledged, however slow the machine is, and a moment more. */
        for (early = 0; early < round % 4; early++)
            assert_int_equal(read(ends[0], &ids[early], sizeof *ids), sizeof *ids);
        usleep(500 + (round * 7919) % 20000);
        kill(child, SIGKILL);
        int how;
        waitpid(child, &how, 0);
        assert_true(WIFSIGNALED(how));
        open_both(&f);
        assert_int_equal(files_count(&f, true), 0);
        for (unsigned i = 0; i < early; i++)
            assert_is_there(&f, ids[i]);
        n_acknowledged += early + assert_acknowledged(&f, ends[0]);
        close(ends[0]);
        assert_files_are_whole(&f);
        close_both(&f);
    }
    assert_true(n_acknowledged > ROUNDS);
    open_both(&f);
    world_verify(&f.world);
    assert_ok(&f.world, attachment_verify(f.world.store, f.cabinet, &n_files, &f.world.err));
    files_release(&f);
}

/* With this limit to a file's size, a process takes one photograph. Its exit status is that of the call. */
static int take_with_limit(struct files *f, rlim_t limit, unsigned number)
{
    pid_t child = fork();
    if (child == 0) {
        struct attachment a;
        struct slice photo = files_photo(f, number);
        open_both(f);
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){limit, limit});
        _exit((int)files_take(f, 1, "a.jpg", photo, &a));
    }
    int how;
    waitpid(child, &how, 0);
    assert_true(WIFEXITED(how));
    return WEXITSTATUS(how);
}

static size_t n_rows(struct files *f)
{
    struct attachment *all;
    size_t n;
    assert_ok(&f->world, store_attachments(f->world.store, &tester, 0, true, &f->arena, &all, &n, &f->world.err));
    return n;
}

static void a_full_disk_is_told_and_leaves_nothing(void **state)
{
    struct files f;
    unsigned number = 0;
    size_t n_before, n_failed = 0;
    (void)state;
    files_init(&f);
    n_before = n_rows(&f);
    close_both(&f);
    for (rlim_t limit = 0; limit < 100000; limit += limit < 2000 ? 150 : 9000) {
        int status = take_with_limit(&f, limit, number++);
        open_both(&f);
        if (status != COMITY_OK && status != COMITY_IO)
            fail_msg("with %llu bytes: status %d", (unsigned long long)limit, status);
        n_failed += status == COMITY_IO;
        assert_int_equal(n_rows(&f), n_before + (status == COMITY_OK));
        assert_int_equal(files_count(&f, true), 0);
        assert_files_are_whole(&f);
        n_before = n_rows(&f);
        world_verify(&f.world);
        close_both(&f);
    }
    assert_true(n_failed > 5);
    assert_int_equal(take_with_limit(&f, RLIM_INFINITY, 4711), COMITY_OK);
    open_both(&f);
    files_release(&f);
}

/* The limit lets the files through and stops the store. */
static void where_only_the_row_fails_the_files_are_swept_later(void **state)
{
    struct files f;
    size_t n;
    (void)state;
    files_init(&f);
    close_both(&f);
    assert_int_equal(take_with_limit(&f, 8000, 1), COMITY_IO);
    open_both(&f);
    assert_int_equal(n_rows(&f), 0);
    assert_int_equal(files_count(&f, false), 2);
    assert_ok(&f.world, attachment_sweep(f.world.store, f.cabinet, time(NULL) + 2 * CABINET_SWEEP_S, &n, &f.world.err));
    assert_int_equal(n, 2);
    files_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_at_any_moment_nothing_acknowledged_is_lost),
        cmocka_unit_test(a_full_disk_is_told_and_leaves_nothing),
        cmocka_unit_test(where_only_the_row_fails_the_files_are_swept_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
