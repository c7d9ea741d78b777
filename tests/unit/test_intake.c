/* What feeds rest on: lateness as a pure function, settings with their errors, which addresses are private, what is
 * rubbish, which files are whole; and what the store keeps of feeds and declarations. */
#include "unit.h"

#include "store_world.h"

#include "base/calendar.h"
#include "intake/fetch.h"
#include "intake/folder.h"
#include "intake/freshness.h"
#include "intake/settings.h"
#include "store/intake.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sqlite3.h>

enum { DAY = 86400, NOON = 43200, FIRST = 20000 }; /* a day of 2024 */

static int64_t at_day(int day)
{
    return (int64_t)(FIRST + day) * DAY + NOON;
}

/* ---- lateness --------------------------------------------------------------------------------------------------- */

static struct freshness late(
    const int *days, size_t n, int now, int expect_days, const struct silence *silences, size_t n_silences)
{
    int64_t arrivals[32];
    struct freshness out;
    for (size_t i = 0; i < n; i++)
        arrivals[i] = at_day(days[i]);
    struct freshness_input input = {.arrivals = arrivals,
        .n_arrivals = n,
        .silences = silences,
        .n_silences = n_silences,
        .expect_s = (int64_t)expect_days * DAY,
        .now = at_day(now)};
    assert_int_equal(freshness_of(&input, &out, NULL), COMITY_OK);
    return out;
}
#define DAYS(...) (const int[]){__VA_ARGS__}, sizeof((const int[]){__VA_ARGS__}) / sizeof(int)

static void lateness_is_learned_from_gaps(void **state)
{
    (void)state;
    struct freshness f = late(DAYS(0, 7, 14, 21), 24, 0, NULL, 0);
    assert_int_equal(f.state, FRESHNESS_ON_TIME);
    assert_int_equal(f.usual_s, 7 * DAY);
    assert_int_equal(f.due, at_day(21) + 7 * DAY * 3 / 2);
    assert_int_equal(late(DAYS(0, 7, 14, 21), 31, 0, NULL, 0).state, FRESHNESS_ON_TIME);
    f = late(DAYS(0, 7, 14, 21), 33, 0, NULL, 0);
    assert_int_equal(f.state, FRESHNESS_OVERDUE);
    assert_int_equal(f.late_s, at_day(33) - f.due);
    /* A source that is often late is given the time that it is known to take. */
    f = late(DAYS(0, 7, 14, 44, 51, 58), 80, 0, NULL, 0);
    assert_int_equal(f.long_s, 30 * DAY);
    assert_int_equal(f.state, FRESHNESS_ON_TIME);
    assert_int_equal(late(DAYS(0, 7, 14, 44, 51, 58), 90, 0, NULL, 0).state, FRESHNESS_OVERDUE);
}

static void little_is_known_of_little(void **state)
{
    (void)state;
    assert_int_equal(late(NULL, 0, 5, 0, NULL, 0).state, FRESHNESS_UNKNOWN);
    assert_int_equal(late(DAYS(0), 5000, 0, NULL, 0).state, FRESHNESS_UNKNOWN);
    assert_int_equal(late(DAYS(0, 7, 14), 5000, 0, NULL, 0).state, FRESHNESS_UNKNOWN);
    /* Ten files in one sitting are one arrival, not nine gaps of seconds. */
    assert_int_equal(late(DAYS(3, 3, 3, 3, 3, 3, 3, 3, 3, 3), 4, 0, NULL, 0).state, FRESHNESS_UNKNOWN);
    assert_int_equal(late(DAYS(0), 5, 7, NULL, 0).state, FRESHNESS_ON_TIME);
    assert_int_equal(late(DAYS(0), 8, 7, NULL, 0).state, FRESHNESS_OVERDUE);
    /* What is expected overrules what is learned, both ways. */
    assert_int_equal(late(DAYS(0, 7, 14, 21), 24, 2, NULL, 0).state, FRESHNESS_OVERDUE);
    assert_int_equal(late(DAYS(0, 7, 14, 21), 50, 60, NULL, 0).state, FRESHNESS_ON_TIME);
    /* Expected, and never come: there is no sign to count from. */
    assert_int_equal(late(NULL, 0, 500, 7, NULL, 0).state, FRESHNESS_UNKNOWN);
}

static void declared_is_not_silent(void **state)
{
    (void)state;
    const struct silence now[] = {{.first_day = FIRST + 22, .last_day = FIRST + 60, .who = SLICE("me")}};
    struct freshness f = late(DAYS(0, 7, 14, 21), 50, 0, now, 1);
    assert_int_equal(f.state, FRESHNESS_DECLARED);
    assert_true(slice_is(f.declared->who, "me"));
    /* The clock begins anew behind it. */
    assert_int_equal(late(DAYS(0, 7, 14, 21), 65, 0, now, 1).state, FRESHNESS_ON_TIME);
    assert_int_equal(late(DAYS(0, 7, 14, 21), 75, 0, now, 1).state, FRESHNESS_OVERDUE);
    /* One that begins later excuses nothing yet. */
    const struct silence later[] = {{.first_day = FIRST + 70, .last_day = FIRST + 90}};
    assert_int_equal(late(DAYS(0, 7, 14, 21), 50, 0, later, 1).state, FRESHNESS_OVERDUE);
    /* A declared month between two arrivals is no long gap: the habit stays a week. */
    const struct silence between[] = {{.first_day = FIRST + 15, .last_day = FIRST + 43}};
    f = late(DAYS(0, 7, 14, 50), 51, 0, between, 1);
    assert_int_equal(f.long_s, 7 * DAY);
    assert_int_equal(late(DAYS(0, 7, 14, 50), 63, 0, between, 1).state, FRESHNESS_OVERDUE);
    assert_int_equal(late(DAYS(0, 7, 14, 50), 63, 0, NULL, 0).state, FRESHNESS_ON_TIME);
}

static void the_facts_of_a_store_are_picked_by_source(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct freshness f;
    const struct import_row imports[] = {/* newest first */
        {.source_code = SLICE("b"), .when = SLICE("2024-10-30T12:00:00Z")},
        {.source_code = SLICE("a"), .when = SLICE("2024-10-20T12:00:00Z"), .is_undone = true},
        {.source_code = SLICE("a"), .when = SLICE("2024-10-10T12:00:00Z")}};
    const struct silence silences[] = {{.source = SLICE("a"), .first_day = 0, .last_day = 30000, .is_undone = true},
        {.source = SLICE("b"), .first_day = 0, .last_day = 30000}};
    const struct feed_row feeds[] = {{.source = SLICE("a"), .expect_s = 9 * DAY, .is_active = true},
        {.source = SLICE("a"), .expect_s = 7 * DAY, .is_active = true},
        {.source = SLICE("a"), .expect_s = 1 * DAY, .is_active = false}};
    struct freshness_facts facts = {imports, 3, silences, 2, feeds, 3, 0};
    assert_true(instant_parse("2024-10-18T00:00:00Z", &facts.now));
    assert_int_equal(freshness_of_source(&facts, SLICE("a"), &arena, &f, NULL), COMITY_OK);
    assert_int_equal(f.state, FRESHNESS_OVERDUE);
    assert_int_equal(f.allowed_s, 7 * DAY);
    assert_int_equal(f.late_s, DAY / 2);
    assert_int_equal(freshness_of_source(&facts, SLICE("b"), &arena, &f, NULL), COMITY_OK);
    assert_int_equal(f.state, FRESHNESS_DECLARED);
    arena_release(&arena);
}

static void instants_are_read_as_they_are_written(void **state)
{
    (void)state;
    char text[INSTANT_TEXT];
    int64_t seconds;
    const char *const good[] = {"1970-01-01T00:00:00Z", "2026-11-24T23:59:59Z", "2024-02-29T12:00:00Z"};
    for (size_t i = 0; i < 3; i++) {
        assert_true(instant_parse(good[i], &seconds));
        instant_format(seconds, text);
        assert_string_equal(text, good[i]);
        assert_int_equal(day_of_instant(seconds), seconds / 86400);
    }
    assert_int_equal(day_of_instant(-1), -1);
    assert_int_equal(day_of_instant(-86400), -1);
    const char *const bad[] = {
        "", "2026-11-24", "2026-02-30T00:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T23:59:59Zx"};
    for (size_t i = 0; i < 5; i++)
        assert_false(instant_parse(bad[i], &seconds));
}

/* ---- settings --------------------------------------------------------------------------------------------------- */

static void lengths_and_sizes_have_units(void **state)
{
    (void)state;
    int64_t ms;
    uint64_t bytes;
    const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        {"500ms", 500}, {"30s", 30000}, {"15m", 900000}, {"1 h", 3600000}, {"7d", 604800000}, {"2w", 1209600000}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(settings_duration(slice_from(good[i].text), &ms));
        assert_int_equal(ms, good[i].ms);
    }
    const char *const bad[] = {"", "15", "m", "0s", "-3m", "1.5h", "7 days", "99999999999d", "1h30m"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(settings_duration(slice_from(bad[i]), &ms));
    assert_true(settings_size(SLICE("200 kB"), &bytes) && bytes == 200000);
    assert_true(settings_size(SLICE("2GB"), &bytes) && bytes == 2000000000);
    assert_false(settings_size(SLICE("2GiB"), &bytes));
    assert_false(settings_size(SLICE("9999999GB"), &bytes));
    assert_false(settings_size(SLICE("0"), &bytes));
}

static void settings_have_defaults_and_paths_of_their_folder(void **state)
{
    (void)state;
    struct settings s;
    struct comity_error err = {0};
    assert_int_equal(settings_parse(SLICE("feeds:\n"
                                          "  - feed: a\n"
                                          "    recipe: ./r.yaml\n"
                                          "    from: { folder: in, pattern: '*.csv' }\n"
                                          "  - feed: b\n"
                                          "    recipe: named\n"
                                          "    from: { url: 'https://x.example/a', ca: ca.pem }\n"
                                          "    every: 1d\n"
                                          "    expect: 7d\n"),
                         "/etc/feeds.yaml", &s, &err),
        COMITY_OK);
    assert_int_equal(s.n_feeds, 2);
    assert_true(s.links);
    assert_string_equal(s.feeds[0].recipe, "/etc/./r.yaml");
    assert_string_equal(s.feeds[0].folder, "/etc/in");
    assert_int_equal(s.feeds[0].every_s, 60);
    assert_false(s.feeds[0].moves);
    assert_string_equal(s.feeds[1].recipe, "named");
    assert_string_equal(s.feeds[1].ca, "/etc/ca.pem");
    assert_int_equal(s.feeds[1].every_s, DAY);
    assert_int_equal(s.feeds[1].expect_s, 7 * DAY);
    settings_release(&s);
}

static void wrong_settings_are_told_with_their_line(void **state)
{
    (void)state;
#define FEED(more) "feeds:\n  - feed: a\n    recipe: r\n    from: { folder: in }\n" more
    static const struct {
        const char *text, *word;
        unsigned line;
    } wrong[] = {
        {FEED("    every: soon\n"), "'soon' is no length of time", 5},
        {FEED("    every: 10ms\n"), "a second or more", 5},
        {FEED("    evry: 1d\n"), "unknown key 'evry'", 5},
        {FEED("    after: burn\n"), "'keep' or 'move'", 5},
        {FEED("  - feed: a\n    recipe: r\n    from: { folder: x }\n"), "stands twice", 5},
        {FEED("  - feed: B\n    recipe: r\n    from: { folder: x }\n"), "name of a feed", 5},
        {"feeds:\n  - feed: a\n    from: { folder: in }\n", "'recipe' is missing", 3},
        {"feeds:\n  - feed: a\n    recipe: r\n    from: { folder: x, url: 'https://y' }\n", "not both", 2},
        {"feeds:\n  - feed: a\n    recipe: r\n    from: { url: 'file:///etc/passwd' }\n", "no address", 4},
        {"feeds:\n  - feed: a\n    recipe: r\n    from: { url: 'https://y' }\n    after: move\n", "for folders", 2},
        {"feeds: []\n", "", 0},
        {"", "empty", 0},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct settings s;
        struct comity_error err = {0};
        assert_int_equal(settings_parse(slice_from(wrong[i].text), "f.yaml", &s, &err), COMITY_SYNTAX);
        if (!strstr(err.message, wrong[i].word) || (wrong[i].line && err.line != wrong[i].line))
            fail_msg("%zu: line %u: %s", i, err.line, err.message);
        assert_null(s.feeds);
    }
}

/* ---- addresses and answers -------------------------------------------------------------------------------------- */

static bool is_private(const char *text)
{
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } address = {0};
    address.any.sa_family = strchr(text, ':') ? AF_INET6 : AF_INET;
    void *to = strchr(text, ':') ? (void *)&address.six.sin6_addr : (void *)&address.four.sin_addr;
    assert_int_equal(inet_pton(address.any.sa_family, text, to), 1);
    return fetch_is_private(&address.any);
}

static void private_addresses_are_known(void **state)
{
    (void)state;
    static const char *const inside[] = {"127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "172.31.255.255",
        "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255", "0.0.0.0", "224.0.0.1", "255.255.255.255",
        "192.0.0.1", "::1", "::", "fc00::1", "fdff::1", "fe80::1", "febf::1", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "64:ff9b::7f00:1"};
    static const char *const outside[] = {"8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1",
        "192.167.1.1", "192.0.1.1", "193.0.0.1", "2001:db8::1", "fec0::1", "::ffff:8.8.8.8", "64:ff9b::808:808"};
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++)
        if (!is_private(inside[i]))
            fail_msg("%s is private", inside[i]);
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
        if (is_private(outside[i]))
            fail_msg("%s is not private", outside[i]);
}

static void secrets_of_addresses_are_not_shown(void **state)
{
    (void)state;
    struct arena arena = {0};
    static const struct {
        const char *url, *shown;
    } cases[] = {{"https://a.example/b.csv", "https://a.example/b.csv"},
        {"https://me:word@a.example/b.csv?key=1#x", "https://a.example/b.csv?…"},
        {"https://me:w@rd@a.example", "https://a.example"}, {"http://a.example/x@y", "http://a.example/x@y"},
        {"https://a.example?q=a@b", "https://a.example?…"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct slice shown = fetch_shown_address(&arena, cases[i].url);
        if (!slice_is(shown, cases[i].shown))
            fail_msg("%s gives %.*s", cases[i].url, SLICE_ARG(shown));
    }
    arena_release(&arena);
}

static void rubbish_is_known(void **state)
{
    (void)state;
    assert_non_null(fetch_rubbish(SLICE_EMPTY, "text/csv"));
    assert_non_null(fetch_rubbish(SLICE(" \r\n\t"), NULL));
    assert_non_null(fetch_rubbish(SLICE("\xEF\xBB\xBF\n<!DOCTYPE HTML><p>"), "text/csv"));
    assert_non_null(fetch_rubbish(SLICE("<HTML lang=en>"), NULL));
    assert_non_null(fetch_rubbish(SLICE("a,b\n"), "text/html; charset=utf-8"));
    assert_null(fetch_rubbish(SLICE("a,b\n<html>,1\n"), "text/csv"));
    assert_null(fetch_rubbish(SLICE("PK\x03\x04"), "application/octet-stream"));
}

/* ---- folders ---------------------------------------------------------------------------------------------------- */

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void a_copy_is_of_a_file_that_did_not_change(void **state)
{
    (void)state;
    char folder[] = "/tmp/comity-folder-XXXXXX", path[80], copy[80];
    struct arena arena = {0};
    struct folder_file *files;
    struct comity_error err = {0};
    struct slice name;
    size_t n;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.csv", folder);
    snprintf(copy, sizeof copy, "%s/.copy", folder);
    write_file(path, "1234");
    assert_int_equal(folder_list(folder, "*.CSV", &arena, &files, &n, &err), COMITY_OK);
    assert_int_equal(n, 1);
    assert_int_equal(files[0].size, 4);
    assert_false(folder_has_rested(&files[0], 3600000));
    assert_int_equal(folder_copy(folder, &files[0], copy, &err), COMITY_OK);
    write_file(path, "12345");
    unlink(copy);
    assert_int_equal(folder_copy(folder, &files[0], copy, &err), COMITY_BUSY);
    assert_int_not_equal(access(copy, F_OK), 0);
    /* One that changed is not put away either; a name that is taken gets a number. */
    assert_int_equal(folder_move(folder, &files[0], "done", SLICE("a.csv"), &err), COMITY_OK);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(folder_list(folder, "*", &arena, &files, &n, &err), COMITY_OK);
    assert_int_equal(folder_move(folder, &files[0], "done", SLICE("a.csv"), &err), COMITY_OK);
    assert_true(folder_has(folder, "done", SLICE("a.csv")));
    assert_int_equal(folder_free_name(folder, SLICE("a.csv"), "done", &arena, &name, &err), COMITY_OK);
    assert_true(slice_is(name, "a.csv~2"));
    assert_int_equal(folder_list("/nowhere/at/all", "*", &arena, &files, &n, &err), COMITY_NOTFOUND);
    folder_empty(folder);
    snprintf(path, sizeof path, "%s/done", folder);
    rmdir(path);
    rmdir(folder);
    arena_release(&arena);
}

/* ---- the store -------------------------------------------------------------------------------------------------- */

static struct feed_row only_feed(struct world *w, struct arena *arena)
{
    struct feed_row *rows;
    size_t n;
    assert_ok(w, store_feeds(w->store, &tester, arena, &rows, &n, &w->err));
    assert_int_equal(n, 1);
    return rows[0];
}

static size_t n_attempts(struct world *w, struct arena *arena, struct attempt_row **rows)
{
    size_t n;
    assert_ok(w, store_attempts(w->store, &tester, 100, arena, rows, &n, &w->err));
    return n;
}

static void what_comes_of_a_feed_is_kept(void **state)
{
    struct world w;
    struct arena arena = {0};
    struct attempt_row *attempts;
    uint64_t sequence, after, number, other;
    (void)state;
    world_init(&w);
    struct feed_row feed = {.id = SLICE("f"),
        .source = SLICE("s"),
        .recipe = SLICE("r"),
        .place = SLICE("https://x"),
        .is_address = true,
        .every_s = 60};
    assert_ok(&w, store_sequence(w.store, &sequence, &w.err));
    assert_ok(&w, store_feeds_declare(w.store, &feed, 1, &w.err));
    struct feed_row answer = {.etag = SLICE("\"1\""), .modified = SLICE("m"), .recipe_hash = SLICE("h")};
    struct attempt_row came = {.item = SLICE("a"), .at = 1000, .result = ATTEMPT_IMPORTED, .import = 7, .bytes = 3};
    struct feed_record record = {.feed = SLICE("f"), .at = 1000, .due = 1060, .tried = &came, .answer = &answer};
    assert_ok(&w, store_feed_record(w.store, &record, &tester, &w.err));
    /* The same failure again and again is one row; another one is another. */
    struct attempt_row failed = {.item = SLICE("a"), .at = 2000, .result = ATTEMPT_FAILED, .error = SLICE("no")};
    struct feed_record bad = {.feed = SLICE("f"),
        .at = 2000,
        .due = 2060,
        .tried = &failed,
        .is_failed_look = true,
        .error = SLICE("no"),
        .hint = SLICE("mend")};
    assert_ok(&w, store_intake_number(w.store, &number, &w.err));
    for (int i = 0; i < 3; i++)
        assert_ok(&w, store_feed_record(w.store, &bad, &tester, &w.err));
    assert_ok(&w, store_intake_number(w.store, &other, &w.err));
    assert_int_not_equal(number, other);
    struct feed_row found = only_feed(&w, &arena);
    assert_true(found.is_active && slice_is(found.etag, "\"1\"") && slice_is(found.error, "no"));
    assert_int_equal(found.n_failures, 3);
    assert_int_equal(found.failing_since, 2000);
    assert_int_equal(found.brought, 1000);
    assert_int_equal(found.succeeded, 1000);
    assert_int_equal(n_attempts(&w, &arena, &attempts), 2);
    assert_int_equal(attempts[0].times, 3);
    failed.error = SLICE("still no");
    assert_ok(&w, store_feed_record(w.store, &bad, &tester, &w.err));
    assert_int_equal(n_attempts(&w, &arena, &attempts), 3);
    /* A look that goes well forgets the failure; another address forgets the etag. */
    struct feed_record good = {.feed = SLICE("f"), .at = 3000, .due = 3060};
    assert_ok(&w, store_feed_record(w.store, &good, &tester, &w.err));
    found = only_feed(&w, &arena);
    assert_true(found.n_failures == 0 && found.error.len == 0 && found.etag.len == 3);
    feed.place = SLICE("https://y");
    assert_ok(&w, store_feeds_declare(w.store, &feed, 1, &w.err));
    assert_int_equal(only_feed(&w, &arena).etag.len, 0);
    assert_ok(&w, store_feeds_declare(w.store, NULL, 0, &w.err));
    assert_false(only_feed(&w, &arena).is_active);
    /* None of it is seen in what is counted. */
    assert_ok(&w, store_sequence(w.store, &after, &w.err));
    assert_int_equal(sequence, after);
    world_verify(&w);
    arena_release(&arena);
    world_release(&w);
}

static void declarations_are_kept_and_taken_back(void **state)
{
    struct world w;
    struct arena arena = {0};
    struct silence *silences;
    uint64_t id, before, after;
    size_t n;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}));
    struct silence silence = {.source = SLICE("s"), .first_day = 10, .last_day = 20, .why = SLICE("said so")};
    assert_ok(&w, store_sequence(w.store, &before, &w.err));
    assert_ok(&w, store_silence_declare(w.store, &silence, &tester, &id, &w.err));
    assert_ok(&w, store_sequence(w.store, &after, &w.err));
    assert_true(after > before);
    assert_ok(&w, store_silences(w.store, &tester, true, &arena, &silences, &n, &w.err));
    assert_true(n == 1 && slice_is(silences[0].who, "tester") && slice_is(silences[0].why, "said so"));
    assert_ok(&w, store_silence_undo(w.store, id, &tester, &w.err));
    assert_int_equal(store_silence_undo(w.store, id, &tester, &w.err), COMITY_CONFLICT);
    assert_int_equal(store_silence_undo(w.store, 99, &tester, &w.err), COMITY_NOTFOUND);
    assert_ok(&w, store_silences(w.store, &tester, true, &arena, &silences, &n, &w.err));
    assert_int_equal(n, 0);
    assert_ok(&w, store_silences(w.store, &tester, false, &arena, &silences, &n, &w.err));
    assert_true(n == 1 && silences[0].is_undone);
    silence.source = SLICE("nobody");
    assert_int_equal(store_silence_declare(w.store, &silence, &tester, &id, &w.err), COMITY_NOTFOUND);
    silence = (struct silence){.source = SLICE("s"), .first_day = 10, .last_day = 9};
    assert_int_equal(store_silence_declare(w.store, &silence, &tester, &id, &w.err), COMITY_USAGE);
    world_verify(&w);
    arena_release(&arena);
    world_release(&w);
}

/* A file as the first version left it: opened by a reader, and by a writer. */
static void an_older_store_is_brought_forward(void **state)
{
    (void)state;
    for (int mode = STORE_READ; mode <= STORE_WRITE; mode++) {
        struct world w;
        struct arena arena = {0};
        struct feed_row *rows;
        sqlite3 *db;
        size_t n;
        world_init(&w);
        world_import(&w, "s", SAYS({NULL, "a"}));
        store_close(w.store);
        assert_int_equal(sqlite3_open(w.path, &db), SQLITE_OK);
        assert_int_equal(
            sqlite3_exec(db,
                "DROP TABLE entity_event; DROP TABLE entity_round; DROP TABLE entity_known; DROP TABLE attachment;"
                "DROP TABLE entry_import; DROP TABLE entry_event; DROP TABLE entry_version; DROP TABLE "
                "entry; DROP TABLE feed;"
                "DROP TABLE feed_file; DROP TABLE attempt; DROP TABLE silence;"
                "DROP TABLE settled; DROP TABLE coverage; DROP TABLE retraction; DROP TABLE recovery;"
                "DROP TABLE invitation; DROP TABLE session; DROP TABLE api_token; DROP TABLE account;"
                "ALTER TABLE mention DROP COLUMN retracted_by; ALTER TABLE said DROP COLUMN is_retracted;"
                "ALTER TABLE judgement DROP COLUMN shape; ALTER TABLE judgement DROP COLUMN shift_days;"
                "ALTER TABLE judgement DROP COLUMN shift_months; ALTER TABLE judgement DROP COLUMN "
                "copied_from; ALTER TABLE judgement DROP COLUMN evidence;"
                "ALTER TABLE import DROP COLUMN n_revived; ALTER TABLE import DROP COLUMN n_retracted;"
                "PRAGMA user_version = 1",
                NULL, NULL, NULL),
            SQLITE_OK);
        sqlite3_close(db);
        assert_ok(&w, store_open(w.path, (enum store_mode)mode, 0, &w.store, &w.err));
        assert_ok(&w, store_feeds(w.store, &tester, &arena, &rows, &n, &w.err));
        assert_int_equal(n, 0);
        world_verify(&w);
        arena_release(&arena);
        world_release(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lateness_is_learned_from_gaps),
        cmocka_unit_test(little_is_known_of_little),
        cmocka_unit_test(declared_is_not_silent),
        cmocka_unit_test(the_facts_of_a_store_are_picked_by_source),
        cmocka_unit_test(instants_are_read_as_they_are_written),
        cmocka_unit_test(lengths_and_sizes_have_units),
        cmocka_unit_test(settings_have_defaults_and_paths_of_their_folder),
        cmocka_unit_test(wrong_settings_are_told_with_their_line),
        cmocka_unit_test(private_addresses_are_known),
        cmocka_unit_test(secrets_of_addresses_are_not_shown),
        cmocka_unit_test(rubbish_is_known),
        cmocka_unit_test(a_copy_is_of_a_file_that_did_not_change),
        cmocka_unit_test(what_comes_of_a_feed_is_kept),
        cmocka_unit_test(declarations_are_kept_and_taken_back),
        cmocka_unit_test(an_older_store_is_brought_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
