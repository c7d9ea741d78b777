/* comity serve: the pages, on this machine only. */
#include "base/calendar.h"
#include "base/error.h"
#include "cli/cli.h"
#include "cli/signals.h"
#include "http/server.h"

static void say(void *context, const char *line)
{
    char when[INSTANT_TEXT];
    instant_now(when);
    cli_say(context, "%s %s", when, line);
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct server *server = NULL;
    uint64_t port;
    const char *address = argument_of(arguments, "address");
    enum comity_status status = argument_number(arguments, "port", 0, 65535, 8080, &port, err);
    if (status != COMITY_OK)
        return status;
    struct server_options options = {.store_path = cli->store_path,
        .data_folder = cli->data_folder,
        .address = address ? address : "127.0.0.1",
        .port = (uint16_t)port,
        .language = cli->language,
        .intake = argument_of(arguments, "intake"),
        .wait_ms = cli->wait_ms,
        .has_accounts = argument_is_given(arguments, "accounts"),
        .say = say,
        .say_context = cli};
    status = server_start(&options, &server, err);
    cli_hint_store(cli, status, err);
    if (status != COMITY_OK)
        return status;
    cli_say(cli, "serving '%s' on http://%s:%u/ - Ctrl-C stops", cli->store_path, options.address,
        (unsigned)server_port(server));
    if (server_first_link(server)[0])
        cli_say(cli,
            "nobody has an account yet; the first administrator comes in by http://%s:%u/join/%s (once, within a day)",
            options.address, (unsigned)server_port(server), server_first_link(server));
    signals_wait();
    server_stop(server);
    return COMITY_OK;
}

static const struct option_spec options[] = {
    {"port", 'p', "N", "the port (default 8080; 0: any that is free)"},
    {"intake", 0, "FILE", "take in the feeds of these settings too (comity intake --help)"},
    {"accounts", 0, NULL, "people log in: prints a link for the first administrator (later it is always so)"},
    {"address", 0, "ADDRESS", "127.0.0.1 (default) or ::1; others are refused for now"},
};

const struct verb verb_serve = {
    .name = "serve",
    .arguments = "",
    .summary = "shows the store on pages, on this machine only",
    VERB_OPTIONS(options),
    .run = run,
    .help = "What the command line imports or links meanwhile appears by itself within a second or two.\n"
            "\nExamples:\n"
            "  comity serve\n"
            "  comity serve --store desk.sqlite --port 9000\n"
            "  comity serve --intake intake.yaml\n"
            "  comity serve --accounts\n",
};
