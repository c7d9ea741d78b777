/* The table of verbs, and what every verb shares: options, help, exit status. */
#include "base/error.h"
#include "cli/cli.h"
#include "cli/signals.h"

#include <locale.h>
#include <stdlib.h>
#include <unistd.h>

static const struct verb *const verbs[] = {
    &verb_init,
    &verb_sniff,
    &verb_template,
    &verb_codebook,
    &verb_import,
    &verb_undo,
    &verb_diff,
    &verb_coverage,
    &verb_link,
    &verb_model,
    &verb_match,
    &verb_query,
    &verb_show,
    &verb_history,
    &verb_why,
    &verb_review,
    &verb_judge,
    &verb_names,
    &verb_export,
    &verb_reconcile,
    &verb_sources,
    &verb_imports,
    &verb_intake,
    &verb_people,
    &verb_ledger,
    &verb_verify,
    &verb_backup,
    &verb_restore,
    &verb_simulate,
    &verb_evaluate,
    &verb_serve,
};
enum { N_VERBS = sizeof verbs / sizeof *verbs };

/* Options that every verb takes. */
static const struct option_spec shared[] = {
    {"store", 's', "FILE", "the store (default: $COMITY_STORE, or comity.sqlite in this folder)"},
    {"data", 0, "FOLDER", "where domains/ and gazetteer.bin are (default: $COMITY_DATA, or as installed)"},
    {"output", 'o', "FORMAT", "table, csv, json, ndjson or geojson"},
    {"lang", 0, "CODE", "language of labels: en, es, fr, pt, ru, ar, zh"},
    {"wait", 0, "SECONDS", "how long to wait for another writer (default 10)"},
    {"quiet", 'q', NULL, "no talk and no progress on standard error"},
    {"no-color", 0, NULL, "no colours (also: NO_COLOR in the environment)"},
    {"help", 'h', NULL, "this help"},
};
enum { N_SHARED = sizeof shared / sizeof *shared };
enum { SHARED_STORE, SHARED_DATA, SHARED_OUTPUT, SHARED_LANG, SHARED_WAIT, SHARED_QUIET, SHARED_NO_COLOR, SHARED_HELP };

/* `letter`: the option's own, or 0 where a verb gives it another meaning. */
static void print_option(const struct option_spec *option, char letter)
{
    char left[64];
    snprintf(left, sizeof left, "%s%c%s--%s%s%s", letter ? "-" : " ", letter ? letter : ' ', letter ? ", " : "  ",
        option->name, option->argument ? " " : "", option->argument ? option->argument : "");
    printf("  %-26s %s\n", left, option->help);
}

static bool takes_letter(const struct verb *verb, char letter)
{
    for (size_t i = 0; i < verb->n_options; i++)
        if (verb->options[i].letter == letter)
            return true;
    return false;
}

static void print_verb_help(const struct verb *verb)
{
    printf("comity %s %s\n\n%s.\n", verb->name, verb->arguments, verb->summary);
    if (verb->n_options) {
        printf("\nOptions:\n");
        for (size_t i = 0; i < verb->n_options; i++)
            print_option(&verb->options[i], verb->options[i].letter);
    }
    printf("\nOptions of every verb:\n");
    for (size_t i = 0; i < N_SHARED; i++)
        print_option(&shared[i], takes_letter(verb, shared[i].letter) ? 0 : shared[i].letter);
    printf("\n%s", verb->help);
}

static void print_help(void)
{
    printf("comity %s - many sources in, one record per event out\n\ncomity VERB [OPTIONS] …\n\n", comity_version());
    for (size_t i = 0; i < N_VERBS; i++)
        printf("  %-10s %s\n", verbs[i]->name, verbs[i]->summary);
    printf("\n`comity VERB --help` tells more, with examples. `comity help exit` lists the exit statuses.\n"
           "\nA first store:\n"
           "  comity simulate --out world && comity init\n"
           "  comity import world/customs.csv --recipe simulated-customs\n"
           "  comity import world/police.xlsx --recipe simulated-police\n"
           "  comity link && comity serve\n");
}

static void print_exit_statuses(void)
{
    static const struct {
        int exit;
        const char *text;
    } rows[] = {
#define X(symbol, text, http, exit) {exit, text},
        COMITY_STATUS_TABLE(X)
#undef X
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        printf("%3d  %s\n", rows[i].exit, rows[i].text);
}

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < N_VERBS; i++)
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    return NULL;
}

/* The verb that shares most of its beginning with a mistyped one. */
static const char *nearest_verb(const char *name)
{
    size_t best = 0;
    const char *found = NULL;
    for (size_t i = 0; i < N_VERBS; i++) {
        size_t n = 0;
        while (name[n] && name[n] == verbs[i]->name[n])
            n++;
        if (n > best) {
            best = n;
            found = verbs[i]->name;
        }
    }
    return found;
}

static const struct option_spec *find_option(
    const struct option_spec *options, size_t n, const char *name, size_t len, char letter, size_t *index)
{
    for (size_t i = 0; i < n; i++) {
        bool is_it = letter ? options[i].letter == letter
                            : strlen(options[i].name) == len && memcmp(options[i].name, name, len) == 0;
        if (!is_it)
            continue;
        *index = i;
        return &options[i];
    }
    return NULL;
}

struct parse {
    int argc, at;
    char **argv;
    struct arguments *arguments;
    const char *shared_given[N_SHARED];
};

/* One option at argv[at]; moves past its argument. */
static enum comity_status parse_option(struct parse *parse, struct comity_error *err)
{
    const struct verb *verb = parse->arguments->verb;
    const char *text = parse->argv[parse->at];
    bool is_long = text[1] == '-';
    const char *name = is_long ? text + 2 : text + 1;
    const char *equals = is_long ? strchr(name, '=') : NULL;
    size_t len = equals ? (size_t)(equals - name) : strlen(name), index = 0;
    char letter = is_long ? 0 : name[0];
    const char **slot = NULL;
    const struct option_spec *option = find_option(verb->options, verb->n_options, name, len, letter, &index);
    if (option)
        slot = &parse->arguments->given[index];
    else if ((option = find_option(shared, N_SHARED, name, len, letter, &index)))
        slot = &parse->shared_given[index];
    if (!option) {
        error_set(err, COMITY_USAGE, "'%s' has no option '%s'", verb->name, text);
        error_hint(err, "comity %s --help", verb->name);
        return COMITY_USAGE;
    }
    if (!option->argument) {
        *slot = "";
        return equals || (letter && name[1]) ? error_set(err, COMITY_USAGE, "'--%s' takes no argument", option->name)
                                             : COMITY_OK;
    }
    if (equals)
        *slot = equals + 1;
    else if (letter && name[1])
        *slot = name + 1;
    else if (parse->at + 1 < parse->argc)
        *slot = parse->argv[++parse->at];
    else
        return error_set(err, COMITY_USAGE, "'--%s' needs %s", option->name, option->argument);
    return COMITY_OK;
}

static enum comity_status parse_words(struct parse *parse, struct comity_error *err)
{
    struct arguments *arguments = parse->arguments;
    const struct verb *verb = arguments->verb;
    bool only_words = false;
    for (; parse->at < parse->argc; parse->at++) {
        const char *text = parse->argv[parse->at];
        if (!only_words && strcmp(text, "--") == 0) {
            only_words = true;
        } else if (!only_words && text[0] == '-' && text[1]) {
            enum comity_status status = parse_option(parse, err);
            if (status != COMITY_OK)
                return status;
        } else {
            arguments->words[arguments->n_words++] = text;
        }
    }
    if (parse->shared_given[SHARED_HELP])
        return COMITY_OK;
    if (arguments->n_words >= verb->least_words && arguments->n_words <= verb->most_words)
        return COMITY_OK;
    error_set(err, COMITY_USAGE, "%s: comity %s %s",
        arguments->n_words < verb->least_words ? "something is missing" : "too many words", verb->name,
        verb->arguments);
    error_hint(err, "comity %s --help", verb->name);
    return COMITY_USAGE;
}

static enum comity_status parse_format(const char *text, enum output_format *format, struct comity_error *err)
{
    static const char *const names[] = {"table", "csv", "json", "ndjson", "geojson"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i]) != 0)
            continue;
        *format = (enum output_format)i;
        return COMITY_OK;
    }
    error_set(err, COMITY_USAGE, "no output format '%s'", text);
    error_hint(err, "table, csv, json, ndjson or geojson");
    return COMITY_USAGE;
}

static const char *first_of(const char *given, const char *variable, const char *otherwise)
{
    const char *value = given ? given : getenv(variable);
    return value && value[0] ? value : otherwise;
}

/* "../share/comity" of the program's folder, when there are packs: so that an installed tree can be moved. */
static const char *installed_data(struct cli *cli)
{
    static const char beside[] = "/../share/comity", within[] = "/domains";
    ssize_t len = readlink("/proc/self/exe", cli->installed, sizeof cli->installed);
    while (len > 0 && cli->installed[len - 1] != '/')
        len--;
    if (len <= 0 || (size_t)len + sizeof beside + sizeof within > sizeof cli->installed)
        return NULL;
    char *end = cli->installed + len - 1;
    snprintf(end, sizeof beside + sizeof within, "%s%s", beside, within);
    bool is_there = access(cli->installed, R_OK) == 0;
    end[sizeof beside - 1] = '\0';
    return is_there ? cli->installed : NULL;
}

/* "es" or "es-CO", of the languages that labels are in. */
static bool is_language(const char *code)
{
    int number = language_number(code);
    return slice_starts_with(slice_from(code), slice_from(language_code(number)));
}

static enum comity_status fill_cli(struct cli *cli, const struct parse *parse, struct comity_error *err)
{
    const char *const *given = parse->shared_given;
    const char *wait = given[SHARED_WAIT] ? given[SHARED_WAIT] : "10";
    char *end;
    double seconds = strtod(wait, &end);
    if (*end || !(seconds >= 0 && seconds <= 86400))
        return error_set(err, COMITY_USAGE, "'--wait' needs seconds, found '%s'", wait);
    cli->wait_ms = (unsigned)(seconds * 1000);
    cli->store_path = first_of(given[SHARED_STORE], "COMITY_STORE", "comity.sqlite");
    cli->data_folder = first_of(given[SHARED_DATA], "COMITY_DATA", installed_data(cli));
    cli->language = given[SHARED_LANG] ? given[SHARED_LANG] : "en";
    if (!is_language(cli->language)) {
        error_set(err, COMITY_USAGE, "no language '%s'", cli->language);
        error_hint(err, "en, es, fr, pt, ru, ar or zh");
        return COMITY_USAGE;
    }
    cli->is_quiet = given[SHARED_QUIET] != NULL;
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
    bool is_dumb = terminal && strcmp(terminal, "dumb") == 0;
    cli->has_color = isatty(STDOUT_FILENO) && !is_dumb && !given[SHARED_NO_COLOR] && !(no_color && no_color[0]);
    cli->shows_progress = isatty(STDERR_FILENO) && !is_dumb && !cli->is_quiet;
    cli->reader = (struct reader){.language = cli->language, .name = "command line"};
    cli->has_format = given[SHARED_OUTPUT] != NULL;
    return given[SHARED_OUTPUT] ? parse_format(given[SHARED_OUTPUT], &cli->format, err) : COMITY_OK;
}

static bool is_one_of(const char *text, const char *a, const char *b)
{
    return strcmp(text, a) == 0 || strcmp(text, b) == 0;
}

static enum comity_status no_such_verb(const char *name, struct comity_error *err)
{
    const char *near = nearest_verb(name);
    error_set(err, COMITY_USAGE, "there is no verb '%s'", name);
    error_hint(err, near ? "did you mean '%s'? `comity help` lists them" : "`comity help` lists them", near);
    return COMITY_USAGE;
}

/* `comity help [VERB]` and its like; *is_help tells whether it was asked for. */
static enum comity_status help(int argc, char **argv, bool *is_help, struct comity_error *err)
{
    const char *topic = argc > 2 && strcmp(argv[1], "help") == 0 ? argv[2] : "";
    const struct verb *verb = find_verb(topic);
    *is_help = true;
    if (argc < 2) {
        print_help();
        error_set(err, COMITY_USAGE, "a verb is needed");
        return COMITY_USAGE;
    }
    if (is_one_of(argv[1], "--version", "version"))
        printf("comity %s\n", comity_version());
    else if (strcmp(topic, "exit") == 0)
        print_exit_statuses();
    else if (verb)
        print_verb_help(verb);
    else if (topic[0])
        return no_such_verb(topic, err);
    else if (strcmp(argv[1], "help") == 0 || is_one_of(argv[1], "--help", "-h"))
        print_help();
    else
        *is_help = false;
    return COMITY_OK;
}

static void report(const struct comity_error *err)
{
    char text[1200];
    error_format(err, text, sizeof text);
    fprintf(stderr, "comity: %s\n", text);
}

static enum comity_status run_verb(const struct verb *verb, int argc, char **argv, struct comity_error *err)
{
    struct arguments arguments = {.verb = verb};
    struct parse parse = {.argc = argc, .at = 2, .argv = argv, .arguments = &arguments};
    struct cli cli = {0};
    struct progress_bar bar;
    arguments.words = calloc((size_t)argc + 1, sizeof *arguments.words);
    if (!arguments.words)
        return error_nomem(err);
    enum comity_status status = parse_words(&parse, err);
    if (status == COMITY_OK && parse.shared_given[SHARED_HELP]) {
        print_verb_help(verb);
    } else if (status == COMITY_OK && (status = fill_cli(&cli, &parse, err)) == COMITY_OK) {
        progress_start(&cli, &bar);
        status = verb->run(&cli, &arguments, err);
        progress_stop(&cli);
    }
    free(arguments.words);
    return status;
}

int main(int argc, char **argv)
{
    struct comity_error err = {0};
    bool is_help;
    setlocale(LC_CTYPE, "C.UTF-8");
    signals_prepare();
    enum comity_status status = help(argc, argv, &is_help, &err);
    if (!is_help) {
        const struct verb *verb = find_verb(argv[1]);
        status = verb ? run_verb(verb, argc, argv, &err) : no_such_verb(argv[1], &err);
    }
    if (fflush(stdout) != 0 && status == COMITY_OK)
        status = error_io(&err, "write to", "standard output");
    if (status != COMITY_OK) {
        if (err.status == COMITY_OK)
            error_set(&err, status, "%s", comity_status_text(status));
        report(&err);
    }
    return comity_status_exit(status);
}
