/* The door: who comes in, and who does not. Over a real store; times are told, not waited for. */
#include "unit.h"

#include "share/door.h"
#include "share/throttle.h"
#include "share/totp.h"
#include "store_world.h"

#include <liboath/oath.h>

static struct world world;
static struct door *door;
static struct arena arena;
static struct comity_error err;
static struct visit visit;
static struct admission entry;

enum { START = 1800000000 };
#define GOOD SLICE("four words are good")
#define BETTER SLICE("seven other words, longer")

static int begin(void **state)
{
    (void)state;
    world_init(&world);
    visit = (struct visit){.peer = SLICE("192.0.2.1"), .agent = SLICE("a browser"), .now = START};
    return door_open(world.path, &door, &err) == COMITY_OK ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    door_close(door);
    arena_release(&arena);
    world_release(&world);
    return 0;
}

static void ok(enum comity_status status)
{
    if (status != COMITY_OK)
        fail_msg("%s", err.message);
}

/* Makes the first administrator. */
static void first(void)
{
    char token[TOKEN_TEXT];
    ok(door_first(door, visit.now, token, &err));
    ok(door_join(door, slice_from(token), SLICE("Ana"), SLICE("Ana Example"), GOOD, visit.now, &err));
}

/* Somebody with these roles, let in by the first. */
static void invite(const char *name, uint32_t roles)
{
    char token[TOKEN_TEXT];
    struct invitation invitation = {.roles = (uint8_t)roles, .unit = SLICE("customs"), .note = SLICE("for a test")};
    ok(door_invite(door, &invitation, visit.now, &tester, token, &err));
    ok(door_join(door, slice_from(token), slice_from(name), SLICE(""), GOOD, visit.now, &err));
}

static struct account account_of(const char *name)
{
    struct account account;
    ok(store_account_named(door_lock(door), slice_from(name), &arena, &account, &err));
    door_unlock(door);
    return account;
}

static enum comity_status log_in(const char *name, struct slice password)
{
    return door_password(door, &visit, slice_from(name), password, SLICE_EMPTY, &entry, &err);
}

static bool is_in(const char *token)
{
    struct session session;
    struct account account;
    return door_session(door, slice_from(token), visit.now, &arena, &session, &account, &err) == COMITY_OK;
}

/* The code that an authenticator shows now. */
static const char *code_now(struct slice secret)
{
    static char code[8];
    assert_int_equal(
        oath_totp_generate(secret.ptr, secret.len, (time_t)visit.now, 30, OATH_TOTP_DEFAULT_START_TIME, 6, code),
        OATH_OK);
    return code;
}

static void the_first_link_makes_one_administrator(void **state)
{
    char old[TOKEN_TEXT], token[TOKEN_TEXT];
    bool is_used = true;
    (void)state;
    ok(door_is_used(door, &is_used, &err));
    assert_false(is_used);
    ok(door_first(door, visit.now, old, &err));
    ok(door_first(door, visit.now, token, &err));
    assert_int_equal(door_join(door, slice_from(old), SLICE("eve"), SLICE(""), GOOD, visit.now, &err), COMITY_NOTFOUND);
    assert_int_equal(
        door_join(door, slice_from(token), SLICE("ana"), SLICE(""), GOOD, visit.now + DOOR_FIRST_S + 1, &err),
        COMITY_NOTFOUND);
    ok(door_join(door, slice_from(token), SLICE("Ana"), SLICE(""), GOOD, visit.now, &err));
    assert_int_equal(
        door_join(door, slice_from(token), SLICE("eve"), SLICE(""), GOOD, visit.now, &err), COMITY_NOTFOUND);
    assert_int_equal(door_first(door, visit.now, token, &err), COMITY_CONFLICT);
    ok(door_is_used(door, &is_used, &err));
    assert_true(is_used);
    assert_true(roles_rights(account_of("ana").roles) & RIGHT_ADMINISTER);
}

static void a_name_is_taken_once_and_a_bad_one_leaves_the_link(void **state)
{
    char token[TOKEN_TEXT];
    struct invitation invitation = {.roles = ROLE_READER};
    (void)state;
    first();
    ok(door_invite(door, &invitation, visit.now, &tester, token, &err));
    struct slice link = slice_from(token);
    assert_int_equal(door_join(door, link, SLICE("ANA"), SLICE(""), GOOD, visit.now, &err), COMITY_CONFLICT);
    assert_int_equal(door_join(door, link, SLICE("Intake"), SLICE(""), GOOD, visit.now, &err), COMITY_CONFLICT);
    assert_int_equal(door_join(door, link, SLICE("two words"), SLICE(""), GOOD, visit.now, &err), COMITY_USAGE);
    assert_int_equal(door_join(door, link, SLICE("<b>"), SLICE(""), GOOD, visit.now, &err), COMITY_USAGE);
    assert_int_equal(door_join(door, link, SLICE("bo"), SLICE(""), SLICE("short"), visit.now, &err), COMITY_USAGE);
    ok(door_join(door, link, SLICE("bo"), SLICE(""), GOOD, visit.now, &err));
}

static bool is_refused(const char *password)
{
    const struct password_owner owner = {
        .name = SLICE("annabelle"), .full_name = SLICE("Anna Belle Examplar"), .unit = SLICE("Northern customs")};
    return password_fault(slice_from(password), &owner) != NULL;
}

static void passwords_that_are_guessed_first_are_refused(void **state)
{
    static const char *const bad[] = {
        "short", "aaaaaaaaaaaaaaa", "abcdefghijklmnop", "121212121212121", "my password 1234", "qwertyuiop1234"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_true(is_refused(bad[i]));
    assert_false(is_refused("four words are good"));
    assert_false(is_refused("четыре слова подряд"));
    assert_false(is_refused("7 blue-green kettles!"));
}

static void common_passwords_are_refused(void **state)
{
    static const char *const bad[] = {"1qaz2wsx3edc", "leavemealone", "SonyEricsson", "Liverpool2024!",
        "  !!dragon!!  ", "monkeymonkey", "Monkey1monkey1", "letmein-letmein"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (!is_refused(bad[i]))
            fail_msg("'%s' is taken", bad[i]);
}

static void passwords_with_a_name_in_them_are_refused(void **state)
{
    static const char *const bad[] = {"annabelle99xyz", "seven BELLE chairs", "the examplar way 7", "NORTHERN light 1",
        "all customs halls", "comity is a desk"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (!is_refused(bad[i]))
            fail_msg("'%s' is taken", bad[i]);
    assert_null(password_fault(GOOD, &(struct password_owner){.name = SLICE("ana"), .unit = SLICE("the of are")}));
}

/* By its unit, which the link knows, and by its full name, which comes with the password. */
static void whose_password_it_is_counts_when_joining(void **state)
{
    char token[TOKEN_TEXT];
    struct invitation invitation = {.roles = ROLE_READER, .unit = SLICE("Harbour")};
    (void)state;
    first();
    ok(door_invite(door, &invitation, visit.now, &tester, token, &err));
    struct slice link = slice_from(token);
    assert_int_equal(
        door_join(door, link, SLICE("bo"), SLICE(""), SLICE("harbour of refuge"), visit.now, &err), COMITY_USAGE);
    assert_non_null(strstr(err.message, "your unit"));
    assert_int_equal(
        door_join(door, link, SLICE("bo"), SLICE("Bo Refuge"), SLICE("a place of refuge"), visit.now, &err),
        COMITY_USAGE);
    ok(door_join(door, link, SLICE("bo"), SLICE(""), GOOD, visit.now, &err));
}

static void a_wrong_name_and_a_wrong_password_are_answered_alike(void **state)
{
    char message[sizeof err.message];
    (void)state;
    first();
    assert_int_equal(log_in("ana", BETTER), COMITY_REFUSED);
    snprintf(message, sizeof message, "%s", err.message);
    assert_int_equal(log_in("nobody", BETTER), COMITY_REFUSED);
    assert_string_equal(message, err.message);
    assert_int_equal(log_in("no body <", BETTER), COMITY_REFUSED);
    assert_string_equal(message, err.message);
    ok(log_in(" ANA ", GOOD));
    assert_true(is_in(entry.token));
}

static void sessions_end(void **state)
{
    (void)state;
    first();
    ok(log_in("ana", GOOD));
    assert_false(entry.needs_code);
    assert_false(is_in("not a token"));
    visit.now += DOOR_IDLE_S - 10;
    assert_true(is_in(entry.token)); /* and was used */
    visit.now += DOOR_IDLE_S - 10;
    assert_true(is_in(entry.token));
    visit.now += DOOR_IDLE_S + 10;
    assert_false(is_in(entry.token));

    ok(log_in("ana", GOOD));
    for (int64_t until = visit.now + DOOR_SESSION_S; visit.now < until - 100; visit.now += 100)
        assert_true(is_in(entry.token));
    visit.now += 200;
    assert_false(is_in(entry.token));

    ok(log_in("ana", GOOD));
    struct admission other = entry;
    ok(door_password(door, &visit, SLICE("ana"), GOOD, slice_from(other.token), &entry, &err));
    assert_false(is_in(other.token)); /* a new log-in from the same browser replaces the old one */
    ok(door_leave(door, slice_from(entry.token), &err));
    assert_false(is_in(entry.token));
}

static void who_fails_too_often_waits_and_nobody_else_does(void **state)
{
    (void)state;
    first();
    ok(log_in("ana", GOOD));
    struct admission known = entry;
    visit.peer = SLICE("198.51.100.66");
    for (int i = 0; i < 5; i++)
        assert_int_equal(log_in("ana", BETTER), COMITY_REFUSED);
    assert_int_equal(log_in("ana", GOOD), COMITY_LIMIT);
    assert_in_range(visit.wait, 1, 900);
    ok(log_in("ana", GOOD) == COMITY_LIMIT ? COMITY_OK : COMITY_INTERNAL);
    /* Another place, and the same place by a browser that she has used, are let in. */
    visit.device = slice_from(known.device);
    ok(log_in("ana", GOOD));
    visit.device = SLICE("forged");
    assert_int_equal(log_in("ana", GOOD), COMITY_LIMIT);
    visit.device = SLICE_EMPTY;
    visit.peer = SLICE("192.0.2.1");
    ok(log_in("ana", GOOD));
    visit.peer = SLICE("198.51.100.66");
    visit.now += 1000;
    ok(log_in("ana", GOOD));
}

static void a_code_of_the_authenticator_counts_once(void **state)
{
    unsigned char bytes[ACCOUNT_SECRET];
    char codes[DOOR_RECOVERY_CODES][CODE_TEXT];
    struct slice secret = slice_of((const char *)bytes, sizeof bytes);
    (void)state;
    first();
    totp_make(bytes);
    struct account ana = account_of("ana");
    assert_true(door_wants_factor(&ana));
    assert_int_equal(door_set_factor(door, &visit, &ana, GOOD, secret, SLICE("12345x"), codes, &err), COMITY_REFUSED);
    ok(door_set_factor(door, &visit, &ana, GOOD, secret, slice_from(code_now(secret)), codes, &err));
    ana = account_of("ana");
    assert_false(door_wants_factor(&ana));
    ok(log_in("ana", GOOD));
    assert_int_equal(
        door_code(door, &visit, slice_from(entry.token), slice_from(code_now(secret)), &entry, &err), COMITY_REFUSED);
    visit.now += 30;

    ok(log_in("ana", GOOD));
    assert_true(entry.needs_code);
    struct admission half = entry;
    assert_false(is_in(half.token));
    assert_true(door_awaits_code(door, slice_from(half.token), visit.now));
    assert_int_equal(door_code(door, &visit, slice_from(half.token), SLICE("000 00"), &entry, &err), COMITY_REFUSED);
    ok(door_code(door, &visit, slice_from(half.token), slice_from(code_now(secret)), &entry, &err));
    assert_true(is_in(entry.token));
    assert_false(is_in(half.token));
    assert_false(door_awaits_code(door, slice_from(half.token), visit.now));

    ok(log_in("ana", GOOD));
    half = entry;
    assert_int_equal(
        door_code(door, &visit, slice_from(half.token), slice_from(code_now(secret)), &entry, &err), COMITY_REFUSED);
    ok(door_code(door, &visit, slice_from(half.token), slice_from(codes[3]), &entry, &err));
    ok(log_in("ana", GOOD));
    half = entry;
    assert_int_equal(
        door_code(door, &visit, slice_from(half.token), slice_from(codes[3]), &entry, &err), COMITY_REFUSED);
    visit.now += DOOR_CODE_S + 1;
    assert_int_equal(
        door_code(door, &visit, slice_from(half.token), slice_from(codes[4]), &entry, &err), COMITY_NOTFOUND);
}

static void codes_are_not_guessed(void **state)
{
    unsigned char bytes[ACCOUNT_SECRET] = {1};
    char codes[DOOR_RECOVERY_CODES][CODE_TEXT];
    struct slice secret = slice_of((const char *)bytes, sizeof bytes);
    (void)state;
    first();
    struct account ana = account_of("ana");
    ok(door_set_factor(door, &visit, &ana, GOOD, secret, slice_from(code_now(secret)), codes, &err));
    for (int i = 0; i < 5; i++) {
        ok(log_in("ana", GOOD)); /* the right password does not wash the failures away */
        assert_int_equal(
            door_code(door, &visit, slice_from(entry.token), SLICE("999999"), &entry, &err), COMITY_REFUSED);
    }
    ok(log_in("ana", GOOD));
    assert_int_equal(
        door_code(door, &visit, slice_from(entry.token), slice_from(codes[0]), &entry, &err), COMITY_LIMIT);
}

/* RFC 6238, appendix B (the last six of its eight digits). */
static void codes_are_those_of_the_standard(void **state)
{
    static const struct {
        int64_t at;
        const char *code;
    } vectors[] = {{59, "287082"}, {1111111109, "081804"}, {1234567890, "005924"}, {2000000000, "279037"}};
    char text[TOTP_TEXT + 8];
    struct slice secret = SLICE("12345678901234567890");
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        assert_int_equal(totp_step(secret, slice_from(vectors[i].code), vectors[i].at), vectors[i].at / 30);
        assert_int_equal(totp_step(secret, slice_from(vectors[i].code), vectors[i].at + 90), 0);
    }
    totp_text((const unsigned char *)secret.ptr, text);
    assert_string_equal(text, "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    unsigned char back[ACCOUNT_SECRET];
    assert_true(totp_read(slice_from(text), back) && memcmp(back, secret.ptr, sizeof back) == 0);
    assert_false(totp_read(SLICE("GEZD"), back) || totp_read(SLICE("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1"), back));
    assert_non_null(
        strstr(totp_address((const unsigned char *)secret.ptr, SLICE("a b"), &arena), "Comity:a%20b?secret=GEZDGNBV"));
}

static void roles_give_rights_and_readers_need_no_factor(void **state)
{
    (void)state;
    first();
    invite("rita", ROLE_READER);
    invite("omar", ROLE_OFFICER | ROLE_ANALYST);
    struct account rita = account_of("rita"), omar = account_of("omar");
    assert_int_equal(roles_rights(rita.roles), RIGHT_READ);
    assert_false(door_wants_factor(&rita));
    assert_int_equal(
        roles_rights(omar.roles), RIGHT_READ | RIGHT_RESTRICTED | RIGHT_ENTER | RIGHT_JUDGE | RIGHT_TAKE_IN);
    assert_true(door_wants_factor(&omar));
    assert_true(slice_is(omar.unit, "customs"));
    assert_int_equal(roles_rights(0), 0);
    assert_int_equal(roles_rights(0xC0), 0);
    assert_int_equal(role_named(SLICE("auditor")), ROLE_AUDITOR);
    assert_int_equal(role_named(SLICE("root")), 0);
}

static void who_is_disabled_is_out_at_once_and_one_administrator_stays(void **state)
{
    (void)state;
    first();
    invite("rita", ROLE_READER);
    ok(log_in("rita", GOOD));
    assert_true(is_in(entry.token));
    struct account rita = account_of("rita"), ana = account_of("ana");
    rita.is_disabled = true;
    ok(store_account_change(door_lock(door), &rita, ROLE_ADMINISTRATOR, &tester, &err));
    door_unlock(door);
    assert_false(is_in(entry.token));
    assert_int_equal(log_in("rita", GOOD), COMITY_REFUSED);
    ana.is_disabled = true;
    assert_int_equal(store_account_change(door_lock(door), &ana, ROLE_ADMINISTRATOR, &tester, &err), COMITY_CONFLICT);
    door_unlock(door);
    ok(log_in("ana", GOOD));
}

static void a_reset_ends_all_sessions_and_the_old_password(void **state)
{
    char token[TOKEN_TEXT];
    (void)state;
    first();
    ok(log_in("ana", GOOD));
    struct admission before = entry;
    struct invitation reset = {.account = account_of("ana").id};
    ok(door_invite(door, &reset, visit.now, &tester, token, &err));
    assert_int_equal(
        door_join(door, slice_from(token), SLICE("eve"), SLICE(""), GOOD, visit.now, &err), COMITY_NOTFOUND);
    ok(door_reset(door, slice_from(token), BETTER, visit.now, &err));
    assert_int_equal(door_reset(door, slice_from(token), BETTER, visit.now, &err), COMITY_NOTFOUND);
    assert_false(is_in(before.token));
    assert_int_equal(log_in("ana", GOOD), COMITY_REFUSED);
    ok(log_in("ana", BETTER));
}

static void a_new_password_keeps_this_session_only(void **state)
{
    (void)state;
    first();
    ok(log_in("ana", GOOD));
    struct admission other = entry;
    ok(log_in("ana", GOOD));
    struct account ana = account_of("ana");
    struct slice here = slice_from(entry.token);
    assert_int_equal(door_change_password(door, &visit, &ana, here, BETTER, BETTER, &err), COMITY_REFUSED);
    assert_int_equal(door_change_password(door, &visit, &ana, here, GOOD, SLICE("short"), &err), COMITY_USAGE);
    ok(door_change_password(door, &visit, &ana, here, GOOD, BETTER, &err));
    assert_true(is_in(entry.token));
    assert_false(is_in(other.token));
}

static void a_token_gives_no_more_than_its_account_has(void **state)
{
    char token[TOKEN_TEXT];
    uint32_t rights;
    struct account found;
    (void)state;
    first();
    invite("omar", ROLE_ANALYST);
    struct account omar = account_of("omar");
    assert_int_equal(
        door_make_token(door, &omar, SLICE("all"), RIGHT_ADMINISTER, visit.now, visit.now + 60, token, &err),
        COMITY_USAGE);
    assert_int_equal(door_make_token(door, &omar, SLICE("long"), RIGHT_READ, visit.now,
                         visit.now + 2 * DOOR_TOKEN_MOST_S, token, &err),
        COMITY_USAGE);
    ok(door_make_token(
        door, &omar, SLICE("script"), RIGHT_READ | RIGHT_RESTRICTED, visit.now, visit.now + 600, token, &err));
    ok(door_token(door, slice_from(token), visit.now, &arena, &found, &rights, &err));
    assert_int_equal(rights, RIGHT_READ | RIGHT_RESTRICTED);
    omar.roles = ROLE_READER;
    ok(store_account_change(door_lock(door), &omar, ROLE_ADMINISTRATOR, &tester, &err));
    door_unlock(door);
    ok(door_token(door, slice_from(token), visit.now, &arena, &found, &rights, &err));
    assert_int_equal(rights, RIGHT_READ);
    assert_int_equal(
        door_token(door, slice_from(token), visit.now + 601, &arena, &found, &rights, &err), COMITY_NOTFOUND);
    assert_int_equal(rights, 0);
}

/* The store is read as bytes: neither passwords nor tokens nor codes stand in it. */
static void the_store_holds_no_secret_as_it_is(void **state)
{
    unsigned char bytes[ACCOUNT_SECRET];
    char codes[DOOR_RECOVERY_CODES][CODE_TEXT], path[128], token[TOKEN_TEXT];
    static char content[1 << 22];
    (void)state;
    first();
    totp_make(bytes);
    struct account ana = account_of("ana");
    struct slice secret = slice_of((const char *)bytes, sizeof bytes);
    ok(door_set_factor(door, &visit, &ana, GOOD, secret, slice_from(code_now(secret)), codes, &err));
    ok(log_in("ana", GOOD));
    ok(door_make_token(door, &ana, SLICE("script"), RIGHT_READ, visit.now, visit.now + 600, token, &err));
    const char *const ends[] = {"", "-wal"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s%s", world.path, ends[i]);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        struct slice all = slice_of(content, fread(content, 1, sizeof content, file));
        fclose(file);
        assert_true(slice_find(all, GOOD) < 0 && slice_find(all, slice_from(entry.token)) < 0);
        assert_true(slice_find(all, slice_from(token)) < 0 && slice_find(all, slice_from(codes[0])) < 0);
    }
}

static void people_come_in_while_an_import_is_written(void **state)
{
    struct source_info source = {.code = SLICE("s"), .title = SLICE("S"), .kind = SLICE("open"), .reliability = 2};
    struct import_info info = {.file_name = SLICE("f.csv"), .who = SLICE("tester")};
    struct store_import *import = NULL;
    uint64_t n_lines;
    (void)state;
    first();
    ok(store_import_begin(world.store, &source, &info, &import, &err));
    ok(log_in("ana", GOOD));
    assert_true(is_in(entry.token));
    store_import_abort(import);
    ok(store_verify(world.store, &n_lines, &err));
    assert_true(n_lines > 3);
}

static void a_form_knows_its_session(void **state)
{
    char mark[FORM_MARK], again[FORM_MARK];
    (void)state;
    form_mark(SLICE("session one"), mark);
    assert_int_equal(strlen(mark), FORM_MARK - 1);
    assert_true(form_mark_matches(SLICE("session one"), slice_from(mark)));
    assert_false(form_mark_matches(SLICE("session two"), slice_from(mark)));
    assert_false(form_mark_matches(SLICE("session one"), SLICE_EMPTY));
    assert_false(form_mark_matches(SLICE("session one"), slice_of(mark, FORM_MARK - 2)));
    mark[70] = mark[70] == 'A' ? 'B' : 'A';
    assert_false(form_mark_matches(SLICE("session one"), slice_from(mark)));
    /* Written anew each time, in both halves, and good each time. */
    form_mark(SLICE("session one"), mark);
    form_mark(SLICE("session one"), again);
    assert_memory_not_equal(mark, again, 40);
    assert_memory_not_equal(mark + 46, again + 46, 40);
    assert_true(form_mark_matches(SLICE("session one"), slice_from(again)));
}

static void a_throttle_is_bounded_and_forgets(void **state)
{
    struct throttle *throttle = throttle_new(4, 2);
    (void)state;
    assert_non_null(throttle);
    for (uint64_t key = 10; key < 1000; key += 10)
        throttle_failed(throttle, key, (int64_t)key);
    assert_int_equal(throttle_wait(throttle, 990, 990), 0);
    throttle_failed(throttle, 990, 1000);
    assert_int_equal(throttle_wait(throttle, 990, 1000), 5);
    throttle_failed(throttle, 990, 1005);
    assert_int_equal(throttle_wait(throttle, 990, 1005), 10);
    assert_int_equal(throttle_wait(throttle, 990, 1015), 0);
    throttle_failed(throttle, 990, 1005 + 4000);
    assert_int_equal(throttle_wait(throttle, 990, 1005 + 4000), 0);
    throttle_failed(throttle, 980, 9000);
    throttle_failed(throttle, 980, 9000);
    throttle_passed(throttle, 980);
    assert_int_equal(throttle_wait(throttle, 980, 9000), 0);
    throttle_free(throttle);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_first_link_makes_one_administrator),
        CASE(a_name_is_taken_once_and_a_bad_one_leaves_the_link),
        cmocka_unit_test(passwords_that_are_guessed_first_are_refused),
        cmocka_unit_test(common_passwords_are_refused),
        cmocka_unit_test(passwords_with_a_name_in_them_are_refused),
        CASE(whose_password_it_is_counts_when_joining),
        CASE(a_wrong_name_and_a_wrong_password_are_answered_alike),
        CASE(sessions_end),
        CASE(who_fails_too_often_waits_and_nobody_else_does),
        CASE(a_code_of_the_authenticator_counts_once),
        CASE(codes_are_not_guessed),
        cmocka_unit_test(codes_are_those_of_the_standard),
        CASE(roles_give_rights_and_readers_need_no_factor),
        CASE(who_is_disabled_is_out_at_once_and_one_administrator_stays),
        CASE(a_reset_ends_all_sessions_and_the_old_password),
        CASE(a_new_password_keeps_this_session_only),
        CASE(a_token_gives_no_more_than_its_account_has),
        CASE(the_store_holds_no_secret_as_it_is),
        CASE(people_come_in_while_an_import_is_written),
        cmocka_unit_test(a_form_knows_its_session),
        cmocka_unit_test(a_throttle_is_bounded_and_forgets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
