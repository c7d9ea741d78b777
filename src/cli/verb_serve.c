/* comity serve: the pages, on this machine only or to people with accounts. */
#include "base/error.h"
#include "cli/cli.h"
#include "cli/signals.h"
#include "http/server.h"
#include "intake/settings.h"

#include <unistd.h>

static void say(void *context, const char *line)
{
    cli_say_line(context, line, true);
}

enum { MOST_NAMES = 16, NAMES_ROOM = 4096 };

struct names {
    char text[NAMES_ROOM];
    const char *list[MOST_NAMES];
    size_t n;
};

/* "a.example.org,b.example.org" */
static enum comity_status read_names(const char *text, struct names *names, struct comity_error *err)
{
    names->n = 0;
    if (!text)
        return COMITY_OK;
    if (strlen(text) >= NAMES_ROOM)
        return error_set(err, COMITY_USAGE, "--names is too long");
    memcpy(names->text, text, strlen(text) + 1);
    for (char *at = names->text; at;) {
        char *comma = strchr(at, ',');
        if (comma)
            *comma++ = '\0';
        if (!*at || strchr(at, ':') || strchr(at, '/') || names->n == MOST_NAMES)
            return error_set(err, COMITY_USAGE, "--names takes up to %d host names, parted by commas", MOST_NAMES);
        names->list[names->n++] = at;
        at = comma;
    }
    return COMITY_OK;
}

/* What is said of backups, into the options of the server. */
static enum comity_status read_backups(
    const struct arguments *arguments, struct server_options *options, struct comity_error *err)
{
    int64_t every_ms = 0;
    const char *every = argument_of(arguments, "backup-every");
    options->backup_folder = argument_of(arguments, "backup-to");
    options->backup_passphrase_file = argument_of(arguments, "backup-passphrase-file");
    if (!options->backup_folder && (every || options->backup_passphrase_file || argument_of(arguments, "backup-keep")))
        return error_set(err, COMITY_USAGE, "backups need '--backup-to FOLDER'");
    if (options->backup_passphrase_file && strcmp(options->backup_passphrase_file, "-") == 0)
        return error_set(err, COMITY_USAGE, "'--backup-passphrase-file' needs a file: it is read for each backup");
    if (!settings_duration(slice_from(every ? every : "24h"), &every_ms) || every_ms < 1000)
        return error_set(
            err, COMITY_USAGE, "'--backup-every' needs a length of time such as 6h or 1d, found '%s'", every);
    options->backup_every_s = every_ms / 1000;
    return argument_number(arguments, "backup-keep", 1, 1000000, 0, &options->backup_keep, err);
}

/* Until somebody asks to stop. With TLS, SIGHUP reads the certificate anew; a service is not ended by it in any case,
 * but closing a terminal ends what was begun there. */
static void wait_for_end(struct cli *cli, struct server *server, bool has_tls)
{
    struct comity_error err;
    char text[1200];
    if (has_tls || !isatty(STDERR_FILENO))
        signals_prepare_reload();
    while (signals_wait_or_reload()) {
        if (!has_tls)
            continue;
        if (server_reload(server, &err) == COMITY_OK) {
            say(cli, "the certificate was read anew");
            continue;
        }
        error_format(&err, text, sizeof text);
        say(cli, text);
        say(cli, "the certificate from before stays in use");
    }
}

static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 || strcmp(address, "localhost") == 0;
}

/* The link is what was asked for, so it goes out also where nothing is said. */
static enum comity_status tell(
    const struct cli *cli, const struct server_options *options, struct server *server, struct comity_error *err)
{
    const char *scheme = options->tls_cert ? "https" : "http";
    unsigned port = server_port(server);
    char link[512];
    cli_say(cli, "serving '%s' on %s://%s:%u/ - Ctrl-C stops", cli->store_path, scheme, options->address, port);
    if (!is_loopback(options->address) && !options->tls_cert && !options->trusts_proxy)
        cli_say(cli, "warning: passwords travel in clear text: give --tls-cert and --tls-key, or stand behind a proxy");
    if (!server_first_link(server)[0])
        return COMITY_OK;
    cli_say(cli, "nobody has an account yet: the first administrator comes in by this link, once, within a day");
    snprintf(link, sizeof link, "%s://%s:%u/join/%s\n", scheme, options->address, port, server_first_link(server));
    enum comity_status status = cli_write(slice_from(link), err);
    fflush(stdout);
    return status;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct server *server = NULL;
    struct names names;
    uint64_t port;
    const char *tls_cert = argument_of(arguments, "tls-cert");
    const char *address = argument_of(arguments, "address");
    enum comity_status status = argument_number(arguments, "port", 0, 65535, 8080, &port, err);
    if (status == COMITY_OK)
        status = read_names(argument_of(arguments, "names"), &names, err);
    if (status != COMITY_OK)
        return status;
    struct server_options options = {.store_path = cli->store_path,
        .data_folder = cli->data_folder,
        .address = address ? address : "127.0.0.1",
        .port = (uint16_t)port,
        .language = cli->language,
        .names = names.list,
        .n_names = names.n,
        .trusts_proxy = argument_is_given(arguments, "behind-proxy"),
        .tls_cert = tls_cert,
        .tls_key = argument_of(arguments, "tls-key"),
        .intake = argument_of(arguments, "intake"),
        .wait_ms = cli->wait_ms,
        .has_accounts = argument_is_given(arguments, "accounts"),
        .say = say,
        .say_context = cli};
    status = read_backups(arguments, &options, err);
    if (status == COMITY_OK)
        status = server_start(&options, &server, err);
    cli_hint_store(cli, status, err);
    if (status != COMITY_OK)
        return status;
    status = tell(cli, &options, server, err);
    if (status == COMITY_OK)
        wait_for_end(cli, server, tls_cert != NULL);
    server_stop(server);
    return status;
}

static const struct option_spec options[] = {
    {"port", 'p', "N", "the port (default 8080; 0: any that is free)"},
    {"intake", 0, "FILE", "take in the feeds of these settings too (comity intake --help)"},
    {"backup-to", 0, "FOLDER", "make backups there by itself (comity backup --help)"},
    {"backup-every", 0, "TIME", "how often: 6h, 1d (default 24h)"},
    {"backup-keep", 0, "N", "remove older ones, but for the newest N (default: none is removed)"},
    {"backup-passphrase-file", 0, "FILE", "encrypt them: the passphrase is the first line of this file"},
    {"accounts", 0, NULL, "people log in: prints a link for the first administrator (later it is always so)"},
    {"names", 0, "LIST", "host names that are answered too, parted by commas: desk.example.org"},
    {"behind-proxy", 0, NULL, "believe X-Forwarded-For and -Proto of a proxy on this machine"},
    {"tls-cert", 0, "FILE", "speak TLS with this certificate and its chain (PEM); SIGHUP reads it anew"},
    {"tls-key", 0, "FILE", "the certificate's private key (PEM, without a password)"},
    {"address", 0, "ADDRESS", "127.0.0.1 (default) or ::1; others once somebody has an account"},
};

const struct verb verb_serve = {
    .name = "serve",
    .arguments = "",
    .summary = "shows the store on pages: to this machine only, or to people with accounts",
    VERB_OPTIONS(options),
    .run = run,
    .help = "What the command line imports or links meanwhile appears by itself within a second or two.\n"
            "\nExamples:\n"
            "  comity serve\n"
            "  comity serve --store desk.sqlite --port 9000\n"
            "  comity serve --intake intake.yaml\n"
            "  comity serve --backup-to /media/backups --backup-every 12h --backup-keep 14\n"
            "  comity serve --accounts\n"
            "  comity serve --behind-proxy --names desk.example.org\n"
            "  comity serve --tls-cert desk.pem --tls-key desk.key --names desk.example.org\n",
};
