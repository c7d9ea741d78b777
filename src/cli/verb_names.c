/* comity names: names of places that were not understood, and what a person settles about them. */
#include "base/error.h"
#include "base/file.h"
#include "cli/cli.h"
#include "flow/names.h"
#include "value/place.h"

#include <stdlib.h>
#include <unistd.h>

enum { LISTED = 40, EXPORT_CAP = 64 << 20 };

/* ---- listing ---------------------------------------------------------------------------------------------------- */

static enum comity_status place_cell(
    struct sheet *sheet, const struct cli *cli, const struct value_spec *spec, const struct value *value, bool has_code)
{
    struct buffer text;
    buffer_init(&text, 4096);
    value_format(spec, value, cli->language, &text);
    if (has_code && value->place.geonames)
        buffer_format(&text, " = %u", value->place.geonames);
    enum comity_status status = buffer_status(&text);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, buffer_slice(&text));
    buffer_release(&text);
    return status;
}

static enum comity_status sources_cell(
    struct sheet *sheet, const struct mentions *mentions, const struct unresolved_name *name)
{
    struct buffer text;
    buffer_init(&text, 4096);
    for (uint32_t i = 0; i < name->n_sources; i++)
        buffer_format(&text, "%s%.*s", i ? ", " : "", SLICE_ARG(mentions->sources[name->sources[i]].code));
    if (name->n_all_sources > name->n_sources)
        buffer_format(&text, " and %u more", name->n_all_sources - name->n_sources);
    enum comity_status status = buffer_status(&text);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, buffer_slice(&text));
    buffer_release(&text);
    return status;
}

static enum comity_status add_row(struct sheet *sheet, const struct cli *cli, const struct snapshot *snapshot,
    const struct value_spec *spec, const struct unresolved_name *name)
{
    const struct value none = {.type = VALUE_PLACE};
    enum comity_status status = sheet_format(sheet, "%u", name->n_mentions);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, name->country);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, name->subdivision);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, name->name);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, slice_from(name_doubt_text(name->doubt)));
    if (status == COMITY_OK)
        status = place_cell(sheet, cli, spec, name->reading.state == VALUE_TYPED ? &name->reading : &none, false);
    if (status == COMITY_OK)
        status = place_cell(sheet, cli, spec, name->n_suggestions ? &name->suggestions[0] : &none, true);
    if (status == COMITY_OK)
        status = sources_cell(sheet, &snapshot->mentions, name);
    return status == COMITY_OK ? sheet_format(sheet, "m%llu", (unsigned long long)name->example) : status;
}

static enum comity_status read_doubt(const char *text, unsigned *doubts, struct comity_error *err)
{
    *doubts = 0;
    for (int i = 0; text && i < N_NAME_DOUBTS; i++)
        if (strcmp(text, name_doubt_text((enum name_doubt)i)) == 0)
            *doubts = 1u << i;
    if (!text || *doubts)
        return COMITY_OK;
    error_set(err, COMITY_USAGE, "there is no doubt '%s'", text);
    error_hint(err, "unknown, coarse, ambiguous or approximate");
    return COMITY_USAGE;
}

static void say_counts(const struct cli *cli, const struct unresolved_list *list)
{
    double all = list->n_mentions ? (double)list->n_mentions : 1;
    cli_say(cli,
        "%llu mentions tell a place; %.1f %% of them are read as a point. %zu names are unresolved%s.\n"
        "Next: comity names settle NAME --country CODE --as PLACE",
        (unsigned long long)list->n_mentions, 100 * (double)list->n_placed / all, list->n_all,
        list->n < list->n_all ? ", the most frequent are listed (--limit 0: all)" : "");
}

static enum comity_status list(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    static const char *const columns[] = {
        "mentions#", "country", "subdivision", "name", "doubt", "read as", "suggestion", "sources", "example"};
    struct desk desk;
    struct snapshot *snapshot = NULL;
    struct arena arena = {0};
    struct unresolved_list found = {0};
    const char *country = argument_of(arguments, "country"), *source = argument_of(arguments, "source");
    struct unresolved_options options = {
        .country = slice_from(country ? country : ""), .source = slice_from(source ? source : "")};
    struct sheet sheet;
    uint64_t most;
    enum comity_status status = argument_number(arguments, "limit", 0, 1000000, LISTED, &most, err);
    if (status == COMITY_OK)
        status = read_doubt(argument_of(arguments, "doubt"), &options.doubts, err);
    if (status == COMITY_OK)
        status = cli_open(cli, STORE_READ, &desk, err);
    if (status != COMITY_OK)
        return status;
    options.most = (size_t)most;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    status = desk_snapshot(&desk, &snapshot, err);
    if (status == COMITY_OK)
        status = names_unresolved(snapshot, desk.domain, &cli->reader, &options, &arena, &found, err);
    for (size_t i = 0; i < found.n && status == COMITY_OK; i++)
        status = add_row(&sheet, cli, snapshot, &desk.domain->fields[desk.domain->where].spec, &found.names[i]);
    if (status == COMITY_OK)
        status = sheet_print(&sheet, cli, err);
    if (status == COMITY_OK)
        say_counts(cli, &found);
    sheet_release(&sheet);
    arena_release(&arena);
    snapshot_release(snapshot);
    desk_close(&desk);
    return status;
}

/* ---- settling --------------------------------------------------------------------------------------------------- */

static struct slice code_of(const struct value_spec *spec, const struct value *value, struct arena *arena)
{
    char *text = arena_alloc(arena, 24);
    if (!text)
        return SLICE_EMPTY;
    if (value->place.geonames)
        snprintf(text, 24, "%u", value->place.geonames);
    else if (value->place.subdivision != SUBDIVISION_NONE)
        snprintf(text, 24, "%s", subdivision_get(spec->gazetteer, value->place.subdivision)->code);
    else
        snprintf(text, 24, "%s", country_get(spec->countries, value->place.country)->alpha2);
    return slice_from(text);
}

static void hint_candidates(
    const struct value_spec *spec, const struct value_input *input, const char *language, struct comity_error *err)
{
    struct place_candidate candidates[PLACE_CANDIDATES];
    struct buffer text;
    buffer_init(&text, 4096);
    size_t n = place_candidates(spec, input, candidates);
    for (size_t i = 0; i < n && i < 4; i++) {
        buffer_add_string(&text, i ? "; " : "one of: ");
        value_format(spec, &candidates[i].value, language, &text);
        if (candidates[i].value.place.geonames)
            buffer_format(&text, " = %u", candidates[i].value.place.geonames);
    }
    if (n && buffer_status(&text) == COMITY_OK)
        error_hint(err, "%.*s", (int)text.len, text.ptr);
    else
        error_hint(err, "a GeoNames number (3687238), a subdivision (CO.35), a country (CO), or - for no place");
    buffer_release(&text);
}

/* "3687238", "CO.35" and "-" are codes; "Buga, Valle del Cauca" is read as a source's text would be. */
static enum comity_status read_place(const struct cli *cli, const struct value_spec *spec, const char *text,
    uint16_t country, struct arena *arena, struct slice *code, struct comity_error *err)
{
    struct value value;
    struct settled_name rule = {.name = SLICE("x"), .place = slice_from(text)};
    *code = rule.place;
    if (strcmp(text, SETTLED_NOWHERE) == 0 || settled_value(spec, &rule, &value, NULL) == COMITY_OK)
        return COMITY_OK;
    struct value_input input = {.raw = slice_from(text), .country = country};
    enum comity_status status = place_parse(spec, &input, arena, &value);
    if (status != COMITY_OK)
        return error_nomem(err);
    bool is_sure = value.state == VALUE_TYPED && !(value.flags & (VALUE_AMBIGUOUS | VALUE_APPROXIMATE)) &&
                   value.precision != PLACE_COUNTRY;
    if (!is_sure) {
        status = error_set(err, COMITY_NOTFOUND, "'%s' is no place that is known for sure", text);
        hint_candidates(spec, &input, cli->language, err);
        return status;
    }
    *code = code_of(spec, &value, arena);
    return code->len ? COMITY_OK : error_nomem(err);
}

static struct slice given(const struct arguments *arguments, const char *option)
{
    const char *text = argument_of(arguments, option);
    return slice_from(text ? text : "");
}

static enum comity_status settle(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct desk desk;
    struct arena arena = {0};
    size_t n_added = 0;
    uint64_t id = 0;
    const char *as = argument_of(arguments, "as"), *who = argument_of(arguments, "who");
    struct settled_name name = {.source = given(arguments, "source"),
        .country = given(arguments, "country"),
        .subdivision = given(arguments, "subdivision"),
        .name = slice_from(arguments->words[1]),
        .why = given(arguments, "why")};
    if (!as) {
        error_set(err, COMITY_USAGE, "what does '%s' mean? --as PLACE is missing", arguments->words[1]);
        error_hint(err, "comity names --help");
        return COMITY_USAGE;
    }
    struct reader reader = cli->reader;
    reader.name = who ? who : getenv("USER") && getenv("USER")[0] ? getenv("USER") : "command line";
    enum comity_status status = cli_open(cli, STORE_WRITE, &desk, err);
    if (status != COMITY_OK)
        return status;
    const struct domain *domain = desk.domain;
    const struct value_spec *spec = domain->where < 0 ? NULL : &domain->fields[domain->where].spec;
    if (spec && spec->gazetteer) {
        uint16_t country = country_by_alpha2(spec->countries, name.country);
        status = read_place(cli, spec, as, country, &arena, &name.place, err);
    }
    if (status == COMITY_OK)
        status = desk_settle_names(&desk, &name, 1, &reader, &n_added, &id, err);
    if (status == COMITY_OK && n_added)
        cli_say(cli, "kept as settled name %llu: `comity names undo %llu` takes it back. Next: comity link",
            (unsigned long long)id, (unsigned long long)id);
    else if (status == COMITY_OK)
        cli_say(cli, "that was settled before, as name %llu", (unsigned long long)id);
    arena_release(&arena);
    desk_close(&desk);
    return status;
}

static enum comity_status undo(struct cli *cli, const char *word, struct comity_error *err)
{
    struct desk desk;
    uint64_t id;
    enum comity_status status = word_number(word, "a settled name", &id, err);
    if (status == COMITY_OK)
        status = cli_open(cli, STORE_WRITE, &desk, err);
    if (status != COMITY_OK)
        return status;
    status = store_settle_undo(desk.store, id, &cli->reader, err);
    if (status == COMITY_OK)
        cli_say(cli, "settled name %llu is taken back. Next: comity link", (unsigned long long)id);
    desk_close(&desk);
    return status;
}

/* ---- what is settled ------------------------------------------------------------------------------------------- */

static enum comity_status add_settled(
    struct sheet *sheet, const struct cli *cli, const struct value_spec *spec, const struct settled_name *name)
{
    struct value value = {.type = VALUE_PLACE};
    struct slice all = SLICE("all");
    enum comity_status status = sheet_format(sheet, "%llu", (unsigned long long)name->id);
    const struct slice cells[] = {
        name->source.len ? name->source : all, name->country, name->subdivision, name->name, name->place};
    for (size_t i = 0; i < sizeof cells / sizeof *cells && status == COMITY_OK; i++)
        status = sheet_cell(sheet, cells[i]);
    if (spec && settled_value(spec, name, &value, NULL) != COMITY_OK)
        value = (struct value){.type = VALUE_PLACE};
    if (status == COMITY_OK)
        status = place_cell(sheet, cli, spec, value.state == VALUE_TYPED ? &value : &(struct value){0}, false);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, name->who);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, name->when);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, name->why);
    return status == COMITY_OK ? sheet_cell(sheet, name->is_undone ? SLICE("undone") : SLICE("")) : status;
}

static enum comity_status settled(struct cli *cli, struct comity_error *err)
{
    static const char *const columns[] = {
        "id#", "source", "country", "subdivision", "name", "place", "means", "who", "when", "why", "state"};
    struct desk desk;
    struct arena arena = {0};
    struct settled_name *names = NULL;
    size_t n = 0;
    struct sheet sheet;
    enum comity_status status = cli_open(cli, STORE_READ, &desk, err);
    if (status != COMITY_OK)
        return status;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    const struct value_spec *spec = desk.domain->where < 0 ? NULL : &desk.domain->fields[desk.domain->where].spec;
    status = store_settled_names(desk.store, &cli->reader, false, &arena, &names, &n, err);
    for (size_t i = 0; i < n && status == COMITY_OK; i++)
        status = add_settled(&sheet, cli, spec, &names[i]);
    if (status == COMITY_OK)
        status = sheet_print(&sheet, cli, err);
    sheet_release(&sheet);
    arena_release(&arena);
    desk_close(&desk);
    return status;
}

static enum comity_status export_names(struct cli *cli, struct comity_error *err)
{
    struct desk desk;
    struct arena arena = {0};
    struct settled_name *names = NULL;
    struct buffer text;
    size_t n = 0;
    enum comity_status status = cli_open(cli, STORE_READ, &desk, err);
    if (status != COMITY_OK)
        return status;
    buffer_init(&text, EXPORT_CAP);
    status = store_settled_names(desk.store, &cli->reader, true, &arena, &names, &n, err);
    if (status == COMITY_OK) {
        names_write(names, n, &text);
        status = buffer_status(&text) == COMITY_OK ? cli_write(buffer_slice(&text), err)
                                                   : error_set(err, buffer_status(&text), "too many settled names");
    }
    buffer_release(&text);
    arena_release(&arena);
    desk_close(&desk);
    return status;
}

static enum comity_status import_names(struct cli *cli, const char *path, struct comity_error *err)
{
    struct desk desk;
    struct arena arena = {0};
    struct file_map map;
    struct settled_name *names = NULL;
    size_t n = 0, n_added = 0;
    uint64_t last = 0;
    enum comity_status status = file_map(&map, path, err);
    if (status != COMITY_OK)
        return status;
    status = names_read(slice_of(map.ptr, map.len), path, &arena, &names, &n, err);
    if (status == COMITY_OK) {
        status = cli_open(cli, STORE_WRITE, &desk, err);
        if (status == COMITY_OK) {
            status = desk_settle_names(&desk, names, n, &cli->reader, &n_added, &last, err);
            desk_close(&desk);
        }
    }
    if (status == COMITY_OK)
        cli_say(cli, "%zu names settled, %zu were known%s", n_added, n - n_added, n_added ? ". Next: comity link" : "");
    file_unmap(&map);
    arena_release(&arena);
    return status;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    size_t n = arguments->n_words;
    const char *what = n ? arguments->words[0] : "list";
    if (strcmp(what, "list") == 0 && n <= 1)
        return list(cli, arguments, err);
    if (strcmp(what, "settle") == 0 && n == 2)
        return settle(cli, arguments, err);
    if (strcmp(what, "undo") == 0 && n == 2)
        return undo(cli, arguments->words[1], err);
    if (strcmp(what, "settled") == 0 && n == 1)
        return settled(cli, err);
    if (strcmp(what, "export") == 0 && n == 1)
        return export_names(cli, err);
    if (strcmp(what, "import") == 0 && n == 2)
        return import_names(cli, arguments->words[1], err);
    error_set(err, COMITY_USAGE, "'comity names %s' with %zu more words is not understood", what, n ? n - 1 : 0);
    error_hint(err, "list, settle NAME, undo N, settled, export, or import FILE");
    return COMITY_USAGE;
}

static const struct option_spec options[] = {
    {"as", 0, "PLACE", "settle: what the name means: 3687238, CO.35, CO, \"Buga, Valle\", or - for no place"},
    {"country", 0, "CODE", "of that country only; settle: the country that the reading has"},
    {"subdivision", 0, "CODE", "settle: only where the reading has this subdivision (CO.35)"},
    {"source", 0, "CODE", "of that source only (default: all sources)"},
    {"doubt", 0, "KIND", "list: unknown, coarse, ambiguous or approximate only"},
    {"limit", 'n', "N", "list: at most so many names (default 40; 0: all)"},
    {"why", 'w', "TEXT", "settle: the reason, kept with it"},
    {"who", 0, "NAME", "settle: who decides (default: $USER)"},
};

const struct verb verb_names = {
    .name = "names",
    .arguments = "[list] | settle NAME --as PLACE | undo N | settled | export | import FILE",
    .summary = "names of places that were not understood, and settling them",
    VERB_OPTIONS(options),
    .most_words = 2,
    .run = run,
    .help =
        "A name is settled once, for one source or for all; it holds for what is there and for what comes. Records\n"
        "stay as they are, and it can be taken back. What is settled can be given to others: export and import.\n"
        "\nDoubts: unknown (nothing was found), coarse (only the area around it), ambiguous (one of several),\n"
        "approximate (through another spelling).\n"
        "\nExamples:\n"
        "  comity names --country EC\n"
        "  comity names settle 'AIJJO' --country EC --as 'Guayaquil' --why 'its airport'\n"
        "  comity names settle 'PS RD ANF North' --country PK --as - --source unodc-ids\n"
        "  comity names undo 3\n"
        "  comity names export > settled.tsv && comity names import settled.tsv -s other.sqlite\n",
};
