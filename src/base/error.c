/* Errors are plain values that the caller owns: no globals, no allocation, so that out-of-memory can be told too. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *text;
    int http, exit;
} statuses[] = {
#define X(symbol, text, http, exit) {text, http, exit},
    COMITY_STATUS_TABLE(X)
#undef X
};

static const size_t n_statuses = sizeof statuses / sizeof statuses[0];

const char *comity_status_text(enum comity_status status)
{
    return (size_t)status < n_statuses ? statuses[status].text : "unknown status";
}

int comity_status_http(enum comity_status status)
{
    return (size_t)status < n_statuses ? statuses[status].http : 500;
}

int comity_status_exit(enum comity_status status)
{
    return (size_t)status < n_statuses ? statuses[status].exit : 1;
}

const char *comity_version(void)
{
    return COMITY_VERSION;
}

enum comity_status error_set(struct comity_error *err, enum comity_status status, const char *format, ...)
{
    if (err) {
        va_list args;
        memset(err, 0, sizeof *err);
        err->status = status;
        va_start(args, format);
        vsnprintf(err->message, sizeof err->message, format, args);
        va_end(args);
    }
    return status;
}

void error_at(struct comity_error *err, const char *where, uint32_t line, uint32_t column)
{
    if (!err)
        return;
    snprintf(err->where, sizeof err->where, "%s", where ? where : "");
    err->line = line;
    err->column = column;
}

void error_hint(struct comity_error *err, const char *format, ...)
{
    va_list args;
    if (!err)
        return;
    va_start(args, format);
    vsnprintf(err->hint, sizeof err->hint, format, args);
    va_end(args);
}

enum comity_status error_io(struct comity_error *err, const char *verb, const char *path)
{
    int saved = errno;
    char reason[128];
    /* The GNU strerror_r: thread-safe, and it may return a constant instead of filling the buffer. */
    const char *text = strerror_r(saved, reason, sizeof reason);
    enum comity_status status = saved == ENOENT ? COMITY_NOTFOUND : saved == ENOMEM ? COMITY_NOMEM : COMITY_IO;
    error_set(err, status, "unable to %s '%s': %s", verb, path, text);
    errno = saved;
    return status;
}

void error_format(const struct comity_error *err, char *text, size_t size)
{
    char place[320] = "";
    if (err->where[0] && err->line && err->column)
        snprintf(place, sizeof place, "%s:%u:%u: ", err->where, err->line, err->column);
    else if (err->where[0] && err->line)
        snprintf(place, sizeof place, "%s:%u: ", err->where, err->line);
    else if (err->where[0])
        snprintf(place, sizeof place, "%s: ", err->where);
    else if (err->line)
        snprintf(place, sizeof place, "line %u: ", err->line);
    snprintf(text, size, "%s%s%s%s%s", place, err->message[0] ? err->message : comity_status_text(err->status),
        err->hint[0] ? " (" : "", err->hint, err->hint[0] ? ")" : "");
}
