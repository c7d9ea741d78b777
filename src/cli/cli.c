/* What the verbs share beside the table of options: opening the store, talking, reading numbers. */
#include "cli/cli.h"

#include "base/calendar.h"
#include "base/error.h"

#include <errno.h>
#include <stdlib.h>

const char *argument_of(const struct arguments *arguments, const char *option)
{
    for (size_t i = 0; i < arguments->verb->n_options; i++)
        if (strcmp(arguments->verb->options[i].name, option) == 0)
            return arguments->given[i];
    return NULL;
}

bool argument_is_given(const struct arguments *arguments, const char *option)
{
    return argument_of(arguments, option) != NULL;
}

enum comity_status argument_number(const struct arguments *arguments, const char *option, uint64_t least, uint64_t most,
    uint64_t otherwise, uint64_t *number, struct comity_error *err)
{
    const char *text = argument_of(arguments, option);
    *number = otherwise;
    if (!text)
        return COMITY_OK;
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno || end == text || *end || text[0] == '-' || value < least || value > most)
        return error_set(err, COMITY_USAGE, "'--%s' needs a whole number from %llu to %llu, found '%s'", option,
            (unsigned long long)least, (unsigned long long)most, text);
    *number = value;
    return COMITY_OK;
}

enum comity_status word_number(const char *word, const char *what, uint64_t *number, struct comity_error *err)
{
    const char *digits = word;
    if (*digits == '#' || (*digits >= 'a' && *digits <= 'z'))
        digits++;
    char *end;
    errno = 0;
    unsigned long long value = strtoull(digits, &end, 10);
    if (errno || end == digits || *end || digits[0] == '-')
        return error_set(err, COMITY_USAGE, "'%s' is no number of %s", word, what);
    *number = value;
    return COMITY_OK;
}

void cli_hint_store(const struct cli *cli, enum comity_status status, struct comity_error *err)
{
    /* Other files may be missing as well. */
    if (status == COMITY_NOTFOUND && err && !err->hint[0] && strstr(err->message, cli->store_path))
        error_hint(err, "comity init --store %s", cli->store_path);
}

enum comity_status cli_open(struct cli *cli, enum store_mode mode, struct desk *desk, struct comity_error *err)
{
    struct desk_options options = {.data_folder = cli->data_folder, .mode = mode, .wait_ms = cli->wait_ms};
    enum comity_status status = desk_open(desk, cli->store_path, &options, err);
    cli_hint_store(cli, status, err);
    return status;
}

void cli_say(const struct cli *cli, const char *format, ...)
{
    va_list args;
    if (cli->is_quiet)
        return;
    if (cli->bar && cli->bar->is_drawn) {
        fprintf(stderr, "\r\033[K");
        cli->bar->is_drawn = false;
    }
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

void cli_say_line(const struct cli *cli, const char *line, bool has_time)
{
    char when[INSTANT_TEXT], text[1400];
    size_t n = 0;
    for (; line[n] && n + 1 < sizeof text; n++)
        text[n] = (char)((unsigned char)line[n] < 0x20 || line[n] == 0x7F ? '?' : line[n]);
    text[n] = '\0';
    instant_now(when);
    cli_say(cli, "%s%s%s", has_time ? when : "", has_time ? " " : "", text);
}

enum comity_status cli_write(struct slice text, struct comity_error *err)
{
    if (text.len && fwrite(text.ptr, 1, text.len, stdout) != text.len)
        return error_io(err, "write to", "standard output");
    return COMITY_OK;
}
