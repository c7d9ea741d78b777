/* http_talk.h - raw bytes to a server on this machine and what it says to them, for tests of the seam. */
#ifndef HTTP_TALK_H
#define HTTP_TALK_H

#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static char talk_reply[1 << 20];

static inline int talk_connect(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = 60};
    int s = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(s >= 0);
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(s, (struct sockaddr *)&to, sizeof to), 0);
    return s;
}

/* False when the other side does not listen any more. */
static inline bool talk_send(int s, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = send(s, bytes, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

/* Reads until the line is closed, into talk_reply. */
static inline size_t talk_read(int s)
{
    size_t len = 0;
    ssize_t n;
    while (len + 1 < sizeof talk_reply && (n = recv(s, talk_reply + len, sizeof talk_reply - 1 - len, 0)) > 0)
        len += (size_t)n;
    talk_reply[len] = '\0';
    close(s);
    return len;
}

/* One request, with "Connection: close" put in; its body may hold anything. */
static inline void talk_ask(uint16_t port, const char *line, const char *headers, const char *body, size_t len)
{
    char head[20000];
    int s = talk_connect(port);
    int n = snprintf(head, sizeof head, "%s HTTP/1.1\r\nConnection: close\r\n%s\r\n", line, headers);
    assert_true(n > 0 && (size_t)n < sizeof head);
    assert_true(talk_send(s, head, (size_t)n));
    talk_send(s, body, len); /* it may have been refused before its end */
    talk_read(s);
}

/* A POST with a length. */
static inline void talk_post(uint16_t port, const char *path, const char *headers, const char *body, size_t len)
{
    char line[256], all[20000];
    snprintf(line, sizeof line, "POST %s", path);
    int n = snprintf(all, sizeof all, "%sContent-Length: %zu\r\n", headers, len);
    assert_true(n > 0 && (size_t)n < sizeof all);
    talk_ask(port, line, all, body, len);
}

static inline int talk_status(void)
{
    return strncmp(talk_reply, "HTTP/1.1 ", 9) == 0 ? (int)strtol(talk_reply + 9, NULL, 10) : 0;
}

static inline const char *talk_body(void)
{
    const char *at = strstr(talk_reply, "\r\n\r\n");
    assert_non_null(at);
    return at + 4;
}

#endif
