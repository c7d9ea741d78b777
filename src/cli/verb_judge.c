/* comity judge: what people decide about mentions, and taking it back. */
#include "base/array.h"
#include "base/calendar.h"
#include "base/error.h"
#include "cli/cli.h"

#include <stdlib.h>

static const char *kind_text(enum judgement_kind kind)
{
    static const char *const texts[] = {
#define X(symbol, text) text,
        JUDGEMENT_KIND_TABLE(X)
#undef X
    };
    return texts[kind];
}

static enum comity_status add_row(struct sheet *sheet, const struct judgement *judgement)
{
    char first[DAY_TEXT], last[DAY_TEXT];
    enum comity_status status = sheet_format(sheet, "%llu", (unsigned long long)judgement->id);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, slice_from(kind_text(judgement->kind)));
    if (status == COMITY_OK && judgement->kind == JUDGEMENT_REPEATED_LOAD) {
        day_format(judgement->first_day, first);
        day_format(judgement->last_day, last);
        status = sheet_format(sheet, "%.*s %.*s, %s to %s, loaded %u times (%.*s): %u surplus rows",
            SLICE_ARG(judgement->source), SLICE_ARG(judgement->country), first, last, judgement->times,
            SLICE_ARG(load_shape_name(judgement->shape)), judgement->n_surplus);
    } else if (status == COMITY_OK) {
        status = sheet_format(
            sheet, "%016llx and %016llx", (unsigned long long)judgement->a, (unsigned long long)judgement->b);
    }
    if (status == COMITY_OK)
        status = sheet_cell(sheet, judgement->is_by_person ? judgement->who : SLICE("the model"));
    if (status == COMITY_OK)
        status = sheet_cell(sheet, judgement->when);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, judgement->why);
    return status == COMITY_OK ? sheet_cell(sheet, judgement->is_withdrawn ? SLICE("found no more")
                                                   : judgement->is_undone  ? SLICE("undone")
                                                                           : SLICE(""))
                               : status;
}

static enum comity_status list(struct cli *cli, struct comity_error *err)
{
    static const char *const columns[] = {"judgement#", "kind", "of", "who", "when", "why", "state"};
    struct desk desk;
    struct arena arena = {0};
    struct judgement *judgements = NULL;
    size_t n = 0;
    struct sheet sheet;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    enum comity_status status = cli_open(cli, STORE_READ, &desk, err);
    if (status != COMITY_OK)
        return status;
    status = store_judgements(desk.store, &cli->reader, false, &arena, &judgements, &n, err);
    for (size_t i = 0; i < n && status == COMITY_OK; i++)
        status = add_row(&sheet, &judgements[i]);
    if (status == COMITY_OK)
        status = sheet_print(&sheet, cli, err);
    sheet_release(&sheet);
    arena_release(&arena);
    desk_close(&desk);
    return status;
}

static enum comity_status undo(struct cli *cli, const char *word, struct comity_error *err)
{
    struct desk desk;
    uint64_t id;
    enum comity_status status = word_number(word, "a judgement", &id, err);
    if (status != COMITY_OK)
        return status;
    status = cli_open(cli, STORE_WRITE, &desk, err);
    if (status != COMITY_OK)
        return status;
    status = store_judge_undo(desk.store, id, &cli->reader, err);
    if (status == COMITY_OK)
        cli_say(cli, "judgement %llu is taken back. Next: comity link", (unsigned long long)id);
    desk_close(&desk);
    return status;
}

/* The identity of a live mention, by its number. */
static enum comity_status identity_of(
    const struct mentions *mentions, uint64_t number, uint64_t *identity, struct comity_error *err)
{
    for (size_t i = 0; i < mentions->n; i++) {
        if (mentions->id[i] != number)
            continue;
        *identity = mentions->identity[i];
        return COMITY_OK;
    }
    error_set(err, COMITY_NOTFOUND, "there is no mention %llu", (unsigned long long)number);
    error_hint(err, "`comity show ENTITY` lists the mentions of an entity");
    return COMITY_NOTFOUND;
}

static enum comity_status decide(
    struct cli *cli, const struct arguments *arguments, enum judgement_kind kind, struct comity_error *err)
{
    struct desk desk;
    struct mentions mentions = {0};
    uint64_t *entity_of = NULL, sequence, a, b, id = 0;
    const char *why = argument_of(arguments, "why");
    struct judgement judgement = {
        .kind = kind, .is_by_person = true, .confidence = 1, .why = slice_from(why ? why : "")};
    const char *who = argument_of(arguments, "who"), *user = who ? who : getenv("USER");
    struct reader reader = cli->reader;
    reader.name = user && user[0] ? user : "command line";
    judgement.who = slice_from(reader.name);
    enum comity_status status = word_number(arguments->words[1], "a mention", &a, err);
    if (status == COMITY_OK)
        status = word_number(arguments->words[2], "a mention", &b, err);
    if (status == COMITY_OK && a == b)
        status = error_set(err, COMITY_USAGE, "a judgement is about two mentions, and these are one");
    if (status != COMITY_OK)
        return status;
    status = cli_open(cli, STORE_WRITE, &desk, err);
    if (status != COMITY_OK)
        return status;
    status = store_load(desk.store, desk.domain, &mentions, &entity_of, &sequence, err);
    if (status == COMITY_OK)
        status = identity_of(&mentions, a, &judgement.a, err);
    if (status == COMITY_OK)
        status = identity_of(&mentions, b, &judgement.b, err);
    if (status == COMITY_OK)
        status = store_judge(desk.store, &judgement, &reader, &id, err);
    if (status == COMITY_OK)
        cli_say(cli, "judgement %llu is kept: `comity judge undo %llu` takes it back. Next: comity link",
            (unsigned long long)id, (unsigned long long)id);
    free(entity_of);
    mentions_release(&mentions);
    desk_close(&desk);
    return status;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    const char *what = arguments->words[0];
    size_t n = arguments->n_words;
    if (strcmp(what, "list") == 0 && n == 1)
        return list(cli, err);
    if (strcmp(what, "undo") == 0 && n == 2)
        return undo(cli, arguments->words[1], err);
    if (strcmp(what, "same") == 0 && n == 3)
        return decide(cli, arguments, JUDGEMENT_SAME, err);
    if (strcmp(what, "different") == 0 && n == 3)
        return decide(cli, arguments, JUDGEMENT_DIFFERENT, err);
    if (strcmp(what, "part-of") == 0 && n == 3)
        return decide(cli, arguments, JUDGEMENT_PART_OF, err);
    error_set(err, COMITY_USAGE, "'comity judge %s' with %zu more words is not understood", what, n - 1);
    error_hint(err, "same A B, different A B, part-of A B, undo N, or list");
    return COMITY_USAGE;
}

static const struct option_spec options[] = {
    {"why", 'w', "TEXT", "the reason, kept with the judgement"},
    {"who", 0, "NAME", "who decides (default: $USER)"},
};

const struct verb verb_judge = {
    .name = "judge",
    .arguments = "same A B | different A B | part-of A B | undo N | list",
    .summary = "decides about two mentions, and takes decisions back",
    VERB_OPTIONS(options),
    .least_words = 1,
    .most_words = 3,
    .run = run,
    .help =
        "A and B are mentions, as `comity show` numbers them (m12 or 12). What a person decides outranks the model "
        "and\n"
        "is kept for ever; undoing it adds a line. It takes effect with the next `comity link`, which a server with\n"
        "accounts does by itself; `part-of A B` (A is a part of B, which tells of it as well) at once: A is not added\n"
        "up where B is.\n"
        "\nExamples:\n"
        "  comity judge same m12 m977 --why 'same case file'\n"
        "  comity judge different m12 m13\n"
        "  comity judge undo 4\n"
        "  comity judge list\n",
};
