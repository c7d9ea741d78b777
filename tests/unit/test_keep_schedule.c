/* Backups by themselves: on time, told, tried again; looked at and stopped from another thread. */
#include "unit.h"

#include "store_world.h"

#include "base/calendar.h"
#include "keep/schedule.h"
#include "keep/shelf.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

struct runner {
    struct world w;
    char shelf[96], stem[KEEP_PATH];
    struct schedule *schedule;
    pthread_t thread;
    atomic_int n_made, n_failed;
};

static void say(void *context, const char *line)
{
    struct runner *runner = context;
    atomic_fetch_add(strstr(line, "no backup") ? &runner->n_failed : &runner->n_made, 1);
}

static void *run(void *context)
{
    struct runner *runner = context;
    schedule_run(runner->schedule);
    return NULL;
}

static void runner_init(struct runner *runner)
{
    memset(runner, 0, sizeof *runner);
    world_init(&runner->w);
    world_import(&runner->w, "s", SAYS({NULL, "a"}));
    snprintf(runner->shelf, sizeof runner->shelf, "%s/shelf", runner->w.folder);
    assert_int_equal(mkdir(runner->shelf, 0700), 0);
    assert_ok(&runner->w, shelf_stem(runner->w.path, 0, runner->stem, &runner->w.err));
}

static void runner_start(struct runner *runner, int64_t every_s)
{
    struct schedule_options options = {.store_path = runner->w.path,
        .folder = runner->shelf,
        .every_s = every_s,
        .keep = 2,
        .say = say,
        .context = runner};
    assert_ok(&runner->w, schedule_open(&options, &runner->schedule, &runner->w.err));
    assert_int_equal(pthread_create(&runner->thread, NULL, run, runner), 0);
}

static void runner_stop(struct runner *runner)
{
    schedule_stop(runner->schedule);
    pthread_join(runner->thread, NULL);
    schedule_close(runner->schedule);
}

static void runner_release(struct runner *runner)
{
    store_close(runner->w.store);
    keep_remove_folder(runner->w.folder);
}

/* Looks at it as a page does, until so many were told of. */
static struct schedule_state await(struct runner *runner, atomic_int *counter, int n)
{
    struct schedule_state state;
    uint64_t until = clock_ms() + 60000;
    do {
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        schedule_look(runner->schedule, &state);
        assert_true(clock_ms() < until);
    } while (atomic_load(counter) < n);
    return state;
}

static void they_are_made_on_time(void **state)
{
    struct runner runner;
    int64_t newest;
    (void)state;
    runner_init(&runner);
    runner_start(&runner, 1);
    struct schedule_state seen = await(&runner, &runner.n_made, 3);
    assert_true(seen.last > 0 && seen.due >= seen.last && !seen.failing_since);
    assert_string_equal(seen.folder, runner.shelf);
    runner_stop(&runner);
    assert_ok(&runner.w, shelf_newest(runner.shelf, runner.stem, &newest, &runner.w.err));
    assert_true(newest > 0 && seconds_now() - newest < 60);
    /* Anew, with an hour between: the newest in the folder counts. */
    int n = atomic_load(&runner.n_made);
    runner_start(&runner, 3600);
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    schedule_look(runner.schedule, &seen);
    assert_int_equal(seen.last, newest);
    assert_int_equal(seen.due, newest + 3600);
    runner_stop(&runner);
    assert_int_equal(atomic_load(&runner.n_made), n);
    runner_release(&runner);
}

static void failures_are_told_until_one_succeeds(void **state)
{
    struct runner runner;
    (void)state;
    runner_init(&runner);
    runner_start(&runner, 1);
    await(&runner, &runner.n_made, 1);
    keep_remove_folder(runner.shelf);
    struct schedule_state seen = await(&runner, &runner.n_failed, 1);
    assert_true(seen.failing_since > 0 && seen.last > 0);
    assert_non_null(strstr(seen.error, runner.shelf));
    assert_int_equal(mkdir(runner.shelf, 0700), 0);
    seen = await(&runner, &runner.n_made, atomic_load(&runner.n_made) + 1);
    assert_int_equal(seen.failing_since, 0);
    assert_string_equal(seen.error, "");
    runner_stop(&runner);
    runner_release(&runner);
}

/* Made while the clock was wrong: it does not put the next one off. */
static void one_of_the_future_stops_nothing(void **state)
{
    struct runner runner;
    char path[KEEP_PATH];
    (void)state;
    runner_init(&runner);
    assert_ok(&runner.w, shelf_name(runner.shelf, runner.stem, seconds_now() + 1000000, path, &runner.w.err));
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fclose(file);
    runner_start(&runner, 3600);
    struct schedule_state seen = await(&runner, &runner.n_made, 1);
    assert_true(seen.due <= seconds_now() + 3600);
    runner_stop(&runner);
    runner_release(&runner);
}

static void a_folder_that_is_not_there_yet_is_a_failure(void **state)
{
    struct runner runner;
    (void)state;
    runner_init(&runner);
    assert_int_equal(rmdir(runner.shelf), 0);
    runner_start(&runner, 1);
    struct schedule_state seen = await(&runner, &runner.n_failed, 1);
    assert_true(seen.failing_since > 0 && !seen.last);
    assert_int_equal(mkdir(runner.shelf, 0700), 0);
    await(&runner, &runner.n_made, 1);
    runner_stop(&runner);
    runner_release(&runner);
}

static void what_will_not_do_is_refused(void **state)
{
    struct runner runner;
    struct schedule *schedule;
    (void)state;
    runner_init(&runner);
    struct schedule_options options = {
        .store_path = runner.w.path, .folder = runner.shelf, .passphrase_file = "/nowhere/at/all", .every_s = 1};
    assert_int_equal(schedule_open(&options, &schedule, &runner.w.err), COMITY_NOTFOUND);
    assert_null(schedule);
    runner_release(&runner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_made_on_time),
        cmocka_unit_test(failures_are_told_until_one_succeeds),
        cmocka_unit_test(one_of_the_future_stops_nothing),
        cmocka_unit_test(a_folder_that_is_not_there_yet_is_a_failure),
        cmocka_unit_test(what_will_not_do_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
