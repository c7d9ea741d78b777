/* See ask.h. */
#include "cli/ask.h"

#include "base/error.h"

static enum comity_status parse(struct ask *ask, const struct arguments *arguments, struct comity_error *err)
{
    struct arena arena = {0};
    struct buffer text;
    const struct mentions *mentions = &ask->snapshot->mentions;
    struct slice *codes = arena_zero(&arena, mentions->n_sources + 1, sizeof *codes);
    buffer_init(&text, 1 << 16);
    for (size_t i = 0; codes && i < mentions->n_sources; i++)
        codes[i] = mentions->sources[i].code;
    for (size_t i = 0; i < arguments->n_words; i++) {
        if (i && arguments->words[i][0])
            buffer_add_byte(&text, '&');
        buffer_add_string(&text, arguments->words[i]);
    }
    enum comity_status status = codes ? buffer_status(&text) : COMITY_NOMEM;
    if (status == COMITY_OK)
        status = query_parse(buffer_slice(&text), ask->desk.domain, codes, mentions->n_sources, &ask->query, err);
    else
        error_set(err, status, "the query is too long");
    buffer_release(&text);
    arena_release(&arena);
    return status;
}

enum comity_status ask_begin(
    struct ask *ask, struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    *ask = (struct ask){0};
    enum comity_status status = cli_open(cli, STORE_READ, &ask->desk, err);
    if (status == COMITY_OK)
        status = desk_snapshot(&ask->desk, &ask->snapshot, err);
    if (status == COMITY_OK)
        status = parse(ask, arguments, err);
    if (status == COMITY_OK && strcmp(cli->language, "en") != 0)
        ask->query.language = language_number(cli->language);
    if (status != COMITY_OK)
        ask_end(ask);
    return status;
}

void ask_end(struct ask *ask)
{
    query_release(&ask->query);
    snapshot_release(ask->snapshot);
    desk_close(&ask->desk);
    *ask = (struct ask){0};
}
