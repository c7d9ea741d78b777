/* A server that takes a folder in: what threads share between the intake, the one that follows the store, those that
 * answer, and pages that listen. Run under ThreadSanitizer too. */
#include "unit.h"

#include "base/error.h"
#include "flow/desk.h"
#include "http/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

static const char recipe_yaml[] =
    "recipe: small\n"
    "domain: drugs\n"
    "source: { code: small, title: A source, kind: official, reliability: B, licence: CC0, marking: 'TLP:CLEAR' }\n"
    "identity: { key: ID }\n"
    "fields:\n"
    "  - { field: date, column: DAY, order: ymd }\n"
    "  - { field: country, value: Colombia }\n"
    "  - { field: drug, column: DRUG }\n"
    "  - { field: amount, column: KG, unit: kg }\n";
static const char settings_yaml[] = "feeds:\n"
                                    "  - feed: small\n"
                                    "    recipe: ./small.yaml\n"
                                    "    from: { folder: inbox, pattern: '*.csv' }\n";

static char folder[64], store_path[96];
static struct comity_error err;

static void write_in_folder(const char *name, const char *text)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static int begin(void **state)
{
    struct desk_options options = {.data_folder = DATA_FOLDER, .mode = STORE_WRITE};
    char path[160];
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/comity-server-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(store_path, sizeof store_path, "%s/test.comity", folder);
    snprintf(path, sizeof path, "%s/inbox", folder);
    assert_int_equal(mkdir(path, 0777), 0);
    write_in_folder("small.yaml", recipe_yaml);
    write_in_folder("intake.yaml", settings_yaml);
    return desk_create(store_path, "drugs", &options, &err) == COMITY_OK ? 0 : -1;
}

static int end(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command);
}

static int ask(uint16_t port, const char *path)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(0x7F000001)};
    struct timeval patience = {.tv_sec = 60};
    char request[160];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    int n = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
    assert_int_equal(send(fd, request, (size_t)n, MSG_NOSIGNAL), n);
    return fd;
}

/* Reads until the text has come; false at the end of the line. */
static bool reads(int fd, const char *text, char *heard, size_t size)
{
    size_t len = strlen(heard);
    while (!strstr(heard, text)) {
        ssize_t n = recv(fd, heard + len, size - len - 1, 0);
        if (n <= 0)
            return false;
        len += (size_t)n;
        heard[len] = '\0';
    }
    return true;
}

/* The number behind the last "event: changed", 0 for none. */
static unsigned long last_change(const char *heard)
{
    unsigned long number = 0;
    for (const char *at = heard; (at = strstr(at, "event: changed\ndata: ")); at++)
        number = strtoul(at + sizeof "event: changed\ndata: " - 1, NULL, 10);
    return number;
}

static void a_page_hears_of_a_file_in_the_folder(void **state)
{
    char settings[96], heard[1 << 14] = "", answer[1 << 16], from[160], to[160];
    struct server *server;
    (void)state;
    snprintf(settings, sizeof settings, "%s/intake.yaml", folder);
    struct server_options options = {.store_path = store_path, .data_folder = DATA_FOLDER, .intake = settings};
    if (server_start(&options, &server, &err) != COMITY_OK)
        fail_msg("%s", err.message);
    int fd = ask(server_port(server), "/events");
    assert_true(reads(fd, "event: changed", heard, sizeof heard));
    for (int i = 0; i < 3; i++) {
        char text[256], piece[32];
        unsigned long before = last_change(heard);
        snprintf(piece, sizeof piece, "piece%d.part", i);
        snprintf(text, sizeof text, "ID,DAY,DRUG,KG\n%d,2016-01-0%d,Cocaine,%d\n", i, i + 1, 3 + i);
        write_in_folder(piece, text);
        snprintf(from, sizeof from, "%s/%s", folder, piece);
        snprintf(to, sizeof to, "%s/inbox/piece%d.csv", folder, i);
        assert_int_equal(rename(from, to), 0);
        while (last_change(heard) == before) {
            size_t len = strlen(heard);
            ssize_t n = recv(fd, heard + len, sizeof heard - len - 1, 0);
            assert_true(n > 0);
            heard[len + (size_t)n] = '\0';
            int other = ask(server_port(server), "/sources.json");
            answer[0] = '\0';
            assert_true(reads(other, "\"declared_nothing\"", answer, sizeof answer));
            close(other);
        }
    }
    int other = ask(server_port(server), "/.json?limit=1");
    answer[0] = '\0';
    assert_true(reads(other, "\"mentions\":3", answer, sizeof answer));
    close(other);
    /* Stopped with the page still listening: its line ends. */
    server_stop(server);
    while (recv(fd, answer, sizeof answer, 0) > 0) {
    }
    close(fd);
}

static void wrong_settings_stop_a_server_from_starting(void **state)
{
    char settings[96];
    struct server *server = NULL;
    (void)state;
    snprintf(settings, sizeof settings, "%s/small.yaml", folder);
    struct server_options options = {.store_path = store_path, .data_folder = DATA_FOLDER, .intake = settings};
    assert_int_equal(server_start(&options, &server, &err), COMITY_SYNTAX);
    assert_null(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_hears_of_a_file_in_the_folder),
        cmocka_unit_test(wrong_settings_stop_a_server_from_starting),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
