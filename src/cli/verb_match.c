/* comity match: which records of one or more files are the same thing. */
#include "base/array.h"
#include "base/error.h"
#include "cli/cli.h"
#include "flow/match_files.h"
#include "match/match.h"

#include <inttypes.h>

enum { MOST_RULES = 64 };

static enum comity_status split_rules(struct slice text, struct slice *rules, size_t *n, struct comity_error *err)
{
    for (*n = 0; text.len; ++*n) {
        if (*n == MOST_RULES)
            return error_set(err, COMITY_USAGE, "at most %d rules", MOST_RULES);
        rules[*n] = slice_trim(slice_cut(&text, ','));
    }
    return COMITY_OK;
}

/* In the order in which they were taken. */
static const struct rule *find_rank(const struct rules *rules, unsigned rank)
{
    for (size_t r = 0; r < rules->n; r++)
        if (rules->rules[r].is_chosen && rules->rules[r].rank == rank)
            return &rules->rules[r];
    return NULL;
}

static void say_rules(const struct cli *cli, const struct match_result *result)
{
    for (unsigned rank = 1;; rank++) {
        const struct rule *rule = find_rank(&result->rules, rank);
        char name[RULE_NAME], found[80] = "", blocks[80] = "";
        if (!rule)
            return;
        rule_name(&result->rules, rule, name);
        if (rule->recall >= 0)
            snprintf(found, sizeof found, "; finds %.1f %% of the true pairs, %.2f %% that no rule before it does",
                100 * rule->recall, 100 * rule->gain);
        if (rule->n_split || rule->n_left_out)
            snprintf(blocks, sizeof blocks, "; %" PRIu64 " blocks split, %" PRIu64 " left out", rule->n_split,
                rule->n_left_out);
        cli_say(cli, "  %-58s %12.0f pairs, %" PRIu64 " new%s%s", name, rule->n_pairs, rule->n_new, found, blocks);
    }
}

static void say_levels(const struct cli *cli, const struct table *table, const struct match_result *result)
{
    const struct weights *weights = &result->weights;
    for (unsigned c = 0; c < table->n_columns; c++) {
        struct buffer title;
        buffer_init(&title, 4096);
        buffer_add_slice(&title, table->columns[c].name);
        for (unsigned k = 0; k < weights->n_parents[c]; k++)
            buffer_format(&title, "%s%.*s", k ? ", else where in " : ", in brackets where they are equal in ",
                SLICE_ARG(table->columns[weights->parents[c][k]].name));
        cli_say(cli, "  %.*s", SLICE_ARG(buffer_slice(&title)));
        buffer_release(&title);
        for (unsigned l = 1; l < weights->n_levels[c]; l++) {
            char text[40] = "", near[24] = "";
            for (unsigned k = 0; k < weights->n_parents[c]; k++)
                snprintf(
                    &text[strlen(text)], sizeof text - strlen(text), " [%+.1f]", (double)weights->bits_given[c][k][l]);
            if (weights->rate_related > 0)
                snprintf(near, sizeof near, "  near %.4f", weights->m_related[c][l]);
            cli_say(cli, "    %-52s m %.4f%s  u %.1e  %+6.1f bits%s", likeness_text(&result->likeness[c], l),
                weights->m[c][l], near, weights->u[c][l], (double)weights->bits[c][l], text);
        }
    }
}

/* What was learned may be what makes records neighbours. */
static void say_contested(const struct cli *cli, const struct match_result *result)
{
    if (result->contested >= MATCH_MUCH_CONTESTED && result->weights.rate_related == 0)
        cli_say(cli,
            "%.0f %% of the likely pairs contest each other (two that differ both look like a third): many may be near "
            "each other rather than the same; a column that tells them apart is missing",
            100 * result->contested);
}

static void say_result(const struct cli *cli, const struct arguments *arguments, const struct table *table,
    const struct match_result *result)
{
    for (unsigned c = 0; c < table->n_columns; c++)
        if (table->columns[c].n_unread)
            cli_say(cli, "%" PRIu64 " cells of '%.*s' could not be read as a %s and count as not told",
                table->columns[c].n_unread, SLICE_ARG(table->columns[c].name),
                column_type_name(table->columns[c].type));
    if (argument_is_given(arguments, "explain")) {
        say_rules(cli, result);
        say_levels(cli, table, result);
        cli_say(cli,
            "prepare %" PRIu64 " ms, choose %" PRIu64 ", compare %" PRIu64 ", train %" PRIu64 ", group %" PRIu64
            "; %" PRIu64 " comparisons; rate %.3g; %" PRIu64 " components cut",
            result->ms[0], result->ms[1], result->ms[2], result->ms[3], result->ms[4], result->n_scored,
            result->weights.rate, result->n_cut);
    }
    say_contested(cli, result);
    cli_say(cli, "%zu records are %zu things; %" PRIu64 " pairs compared, %" PRIu64 " likely%s", table->n,
        result->n_clusters, result->n_compared, result->n_likely,
        result->weights.has_converged ? "" : "; the training did not settle");
}

/* Twice a record, where printf would be felt. */
static enum comity_status number_cell(struct sheet *sheet, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    return sheet_cell(sheet, slice_of(&digits[at], sizeof digits - at));
}

static enum comity_status print_clusters(const struct cli *cli, const struct arguments *arguments,
    const uint64_t *first_row, const struct match_result *result, struct comity_error *err)
{
    static const char *const columns[] = {"file", "row#", "cluster#"};
    struct sheet sheet;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    enum comity_status status = COMITY_OK;
    for (size_t f = 0; f < arguments->n_words && status == COMITY_OK; f++) {
        struct slice name = slice_from(arguments->words[f]);
        for (uint64_t row = first_row[f]; row < first_row[f + 1] && status == COMITY_OK; row++) {
            status = ARRAY_ROOM(sheet.cells, sheet.n_cells, sheet.room, 1) ? COMITY_OK : COMITY_NOMEM;
            if (status == COMITY_OK) {
                sheet.cells[sheet.n_cells++] = name; /* stays where it is: no copy for each record */
                status = number_cell(&sheet, row - first_row[f] + 1);
            }
            if (status == COMITY_OK)
                status = number_cell(&sheet, (uint64_t)result->cluster[row] + 1);
        }
    }
    if (status == COMITY_OK)
        status = sheet_print(&sheet, cli, err);
    sheet_release(&sheet);
    return status;
}

static enum comity_status match_table(const struct cli *cli, const struct arguments *arguments,
    const struct table *table, const uint64_t *first_row, struct comity_error *err)
{
    struct slice rules[MOST_RULES];
    struct match_options options = {.is_once_each = argument_is_given(arguments, "once-each"),
        .rules = rules,
        .progress = cli->shows_progress ? &cli->progress : NULL};
    uint64_t threads, pairs;
    struct match_result result = {0};
    enum comity_status status = split_rules(slice_from(argument_of(arguments, "block")), rules, &options.n_rules, err);
    if (status == COMITY_OK)
        status = argument_number(arguments, "threads", 1, 1024, 0, &threads, err);
    if (status == COMITY_OK)
        status = argument_number(arguments, "most-pairs", 1, UINT64_C(1) << 50, 0, &pairs, err);
    if (status != COMITY_OK)
        return status;
    options.threads = (unsigned)threads;
    options.most_pairs = (double)pairs;
    status = match_run(table, &options, &result, err);
    if (status == COMITY_OK) {
        say_result(cli, arguments, table, &result);
        status = print_clusters(cli, arguments, first_row, &result, err);
    }
    match_result_release(&result);
    return status;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    const char *path = argument_of(arguments, "pack");
    struct match_pack pack = {0};
    struct table table = {0};
    uint64_t first_row[MOST_WORDS + 1];
    if (!path)
        return error_set(
            err, COMITY_USAGE, "'--pack' is needed: a file that says which columns to compare, and as what");
    enum comity_status status = match_pack_load(path, &pack, err);
    if (status == COMITY_OK)
        status = match_files_read(&pack, arguments->words, arguments->n_words,
            cli->shows_progress ? &cli->progress : NULL, &table, first_row, err);
    if (status == COMITY_OK)
        status = match_table(cli, arguments, &table, first_row, err);
    table_release(&table);
    match_pack_release(&pack);
    return status;
}

static const struct option_spec options[] = {
    {"pack", 'p', "FILE", "which columns are compared, and as what"},
    {"once-each", 0, NULL, "each of two files is free of duplicates: every record has one partner at most"},
    {"block", 'b', "RULES", "compare only what agrees in these columns: 'surname+dob,first_name:3+surname:4'"},
    {"most-pairs", 0, "N", "take rules that compare no more pairs than about this (100 for each record)"},
    {"threads", 0, "N", "how many (one for each processor)"},
    {"explain", 0, NULL, "say which rules were taken, what they cost and found, and what agreement is worth"},
};

const struct verb verb_match = {
    .name = "match",
    .arguments = "FILE… --pack PACK",
    .summary = "finds which records of files are the same thing, without a store",
    VERB_OPTIONS(options),
    .least_words = 1,
    .most_words = MOST_WORDS,
    .run = run,
    .help = "Writes file, row (from 1, the header not counted) and cluster of every record. A pack is a YAML file that "
            "holds\n"
            "the columns to compare and their types, nothing else:\n\n"
            "  columns:\n"
            "    surname: name          spelled in several ways\n"
            "    title: text            several words\n"
            "    born: date\n"
            "    postcode: identifier   may be mistyped\n"
            "    sex: category          equal or not\n"
            "    amount: number         relative to its size\n"
            "    year: count            a whole number\n\n"
            "Which pairs are compared, what agreement is worth and where to stop follow from the data.\n"
            "\nExamples:\n"
            "  comity match people.csv --pack people.yaml -o csv >clusters.csv\n"
            "  comity match ours.csv theirs.csv --pack payments.yaml --once-each -o csv\n"
            "  comity match people.csv --pack people.yaml --block 'surname+dob,postcode+first_name' --explain\n",
};
