/* Deadlines of lines: who is slow is shut down, who waits for us is not. */
#include "unit.h"

#include "http/patience.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct patience_options OPTIONS = {
    .head_ms = 300, .idle_ms = 60000, .body_ms = 300, .bytes_per_sec = 1000};

/* Whether reading from this end of the pair would give an end within the time. */
static bool ends(int fd, int ms)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    char byte;
    return poll(&one, 1, ms) == 1 && recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

static void slow_lines_are_shut_down_and_others_are_not(void **state)
{
    enum { HEAD, BODY, LARGE_BODY, ANSWER, IDLE, N };
    struct patience *patience = patience_new(&OPTIONS);
    struct line *lines[N];
    int pairs[N][2];
    (void)state;
    assert_non_null(patience);
    for (int i = 0; i < N; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), 0);
        lines[i] = patience_begin(patience, pairs[i][0]);
        assert_non_null(lines[i]);
    }
    patience_body(patience, lines[BODY], 10);
    patience_body(patience, lines[LARGE_BODY], 100000);
    patience_answer(patience, lines[ANSWER]);
    patience_next(patience, lines[IDLE]);
    assert_true(ends(pairs[HEAD][1], 5000));
    assert_true(ends(pairs[BODY][1], 5000));
    assert_false(ends(pairs[LARGE_BODY][1], 1500));
    assert_false(ends(pairs[ANSWER][1], 0));
    assert_false(ends(pairs[IDLE][1], 0));
    for (int i = 0; i < N; i++) {
        patience_end(patience, lines[i]);
        close(pairs[i][0]);
        close(pairs[i][1]);
    }
    patience_free(patience);
}

/* What came before the end is still there to be read. */
static void who_has_hung_up_is_found(void **state)
{
    struct patience *patience = patience_new(&OPTIONS);
    int pair[2];
    char text[8];
    (void)state;
    assert_non_null(patience);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    struct line *line = patience_begin(patience, pair[0]);
    patience_body(patience, line, 100000);
    assert_int_equal(send(pair[1], "last", 4, 0), 4);
    close(pair[1]);
    usleep(1500000);
    assert_int_equal(recv(pair[0], text, sizeof text, 0), 4);
    assert_int_equal(recv(pair[0], text, sizeof text, 0), 0);
    patience_end(patience, line);
    close(pair[0]);
    patience_end(patience, NULL);
    patience_free(patience);
    patience_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slow_lines_are_shut_down_and_others_are_not),
        cmocka_unit_test(who_has_hung_up_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
