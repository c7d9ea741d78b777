/* cli.h - the command line: what every verb has in common.
 *
 * A verb is a row of the table in main.c and one file verb_<name>.c that holds its help, its options and its work, so
 * that help cannot be missing. Data goes to standard output, talk and progress to standard error. A verb returns a
 * status; main turns it into the exit status of the table in comity.h (`comity help exit` prints it).
 *
 * Only this folder prints, exits and reads the environment.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/buffer.h"
#include "base/progress.h"
#include "comity.h"
#include "domain/reader.h"
#include "flow/desk.h"

#include <stdio.h>

enum output_format { OUTPUT_TABLE, OUTPUT_CSV, OUTPUT_JSON, OUTPUT_NDJSON, OUTPUT_GEOJSON };

/* One option of a verb: `--name` or `-letter`; `argument` null for a plain flag. */
struct option_spec {
    const char *name;
    char letter; /* 0: none */
    const char *argument;
    const char *help;
};

enum { MOST_OPTIONS = 40, MOST_WORDS = 4096 };

/* What stood on the command line behind the verb. */
struct arguments {
    const char **words;
    size_t n_words;
    const char *given[MOST_OPTIONS]; /* by option of the verb: its argument, "" for a flag, null when not given */
    const struct verb *verb;
};

struct cli {
    const char *store_path;  /* --store, COMITY_STORE, or comity.sqlite here */
    const char *data_folder; /* --data, COMITY_DATA, where it is installed, or null: as compiled in */
    char installed[4096];
    const char *language;
    enum output_format format;
    bool has_format; /* -o was given */
    bool is_quiet;
    bool has_color; /* standard output is a terminal and NO_COLOR is not set */
    bool shows_progress;
    unsigned wait_ms;
    struct progress progress;
    struct reader reader;
    struct progress_bar *bar;
};

struct verb {
    const char *name;
    const char *arguments; /* "FILE… --recipe R" */
    const char *summary;   /* one line */
    const char *help;      /* paragraphs and examples, behind the options */
    const struct option_spec *options;
    size_t n_options;
    size_t least_words, most_words;
    enum comity_status (*run)(struct cli *cli, const struct arguments *arguments, struct comity_error *err);
};

#define VERB_OPTIONS(table) .options = (table), .n_options = sizeof(table) / sizeof *(table)

/* The argument of an option of the verb; null when it was not given. */
const char *argument_of(const struct arguments *arguments, const char *option);
bool argument_is_given(const struct arguments *arguments, const char *option);
/* A number within bounds, or `otherwise` when the option was not given. COMITY_USAGE when it is no such number. */
enum comity_status argument_number(const struct arguments *arguments, const char *option, uint64_t least, uint64_t most,
    uint64_t otherwise, uint64_t *number, struct comity_error *err) COMITY_MUST_USE;
/* A word that must be a whole number: an id. A leading letter or "#" is taken off ("e12", "#12"). */
enum comity_status word_number(
    const char *word, const char *what, uint64_t *number, struct comity_error *err) COMITY_MUST_USE;

/* After a store was not found: how to make one. */
void cli_hint_store(const struct cli *cli, enum comity_status status, struct comity_error *err);
/* Opens the store of --store with its domain. */
enum comity_status cli_open(
    struct cli *cli, enum store_mode mode, struct desk *desk, struct comity_error *err) COMITY_MUST_USE;
/* Talk on standard error, unless --quiet. */
void cli_say(const struct cli *cli, const char *format, ...) COMITY_PRINTF(2, 3);
/* One line of a log. It may hold what others wrote (names of files): control characters become "?", so that nobody
 * begins a line of theirs in it. */
void cli_say_line(const struct cli *cli, const char *line, bool has_time);
/* Writes to standard output; COMITY_IO when it cannot. */
enum comity_status cli_write(struct slice text, struct comity_error *err) COMITY_MUST_USE;

/* ---- rows for people and programs ---------------------------------------------------------------------------- */

/* A small table that is shown as the reader asked: aligned columns, CSV, JSON or NDJSON. Cells are copied. */
struct sheet {
    const char *const *columns; /* names; a trailing '#' marks a column of numbers */
    size_t n_columns;
    struct slice *cells;
    size_t n_cells, room;
    struct arena arena;
};
void sheet_init(struct sheet *sheet, const char *const *columns, size_t n_columns);
void sheet_release(struct sheet *sheet);
/* One cell after another, row by row. */
enum comity_status sheet_cell(struct sheet *sheet, struct slice text) COMITY_MUST_USE;
enum comity_status sheet_format(struct sheet *sheet, const char *format, ...) COMITY_PRINTF(2, 3) COMITY_MUST_USE;
enum comity_status sheet_print(
    const struct sheet *sheet, const struct cli *cli, struct comity_error *err) COMITY_MUST_USE;

/* ---- progress ------------------------------------------------------------------------------------------------- */

/* A bar on standard error when it is a terminal and work lasts over a second; otherwise nothing. SIGINT asks the work
 * to stop. */
struct progress_bar {
    bool is_shown, is_drawn;
    uint64_t started_ms, drawn_ms;
    char stage[32];
};
void progress_start(struct cli *cli, struct progress_bar *bar);
void progress_stop(struct cli *cli);

extern const struct verb verb_init, verb_sniff, verb_import, verb_undo, verb_link, verb_query, verb_show, verb_why,
    verb_judge, verb_reconcile, verb_export, verb_sources, verb_imports, verb_intake, verb_simulate, verb_evaluate,
    verb_serve, verb_verify, verb_ledger, verb_names, verb_diff, verb_coverage, verb_people, verb_backup, verb_restore,
    verb_template, verb_codebook, verb_match, verb_history, verb_review, verb_model;

#endif
