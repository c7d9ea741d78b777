/* comity diff: an edition against what its source had said before. */
#include "cli/cli.h"
#include "cli/covers.h"
#include "flow/difference.h"

#include "base/error.h"

#include <stdlib.h>

enum { SHOWN_LINES = 40, ALL_LINES = 1 << 30 };

struct showing {
    struct cli *cli;
    struct desk desk;
    struct difference difference;
    struct arena arena;
    struct buffer text;
};

static void format_value(struct showing *s, struct slice packed, int field)
{
    struct value values[DOMAIN_MOST_FIELDS];
    buffer_clear(&s->text);
    if (mention_unpack(s->desk.domain, packed, values, NULL) == COMITY_OK)
        value_format(&s->desk.domain->fields[field].spec, &values[field], s->cli->language, &s->text);
}

static enum comity_status add_value(struct showing *s, struct sheet *sheet, struct slice packed, int field)
{
    if (field < 0)
        return sheet_cell(sheet, SLICE(""));
    format_value(s, packed, field);
    return sheet_cell(sheet, buffer_slice(&s->text));
}

/* "amount: 3 g → 5 g; installation: …" */
static enum comity_status add_changes(struct showing *s, struct sheet *sheet, const struct difference_line *line)
{
    const struct domain *domain = s->desk.domain;
    bool is_sure = line->row->kind == DIFFERENCE_CORRECTED;
    struct slice before = is_sure ? line->row->older_packed : line->row->packed;
    struct slice after = is_sure ? line->row->packed : line->pair ? line->pair->packed : SLICE_EMPTY;
    int fields[DOMAIN_MOST_FIELDS];
    struct buffer out;
    buffer_init(&out, 1 << 20);
    size_t n = is_sure || line->pair ? difference_fields(domain, before, after, fields) : 0;
    if (n && !is_sure)
        buffer_add_string(&out, "probably corrected: ");
    for (size_t i = 0; i < n; i++) {
        buffer_format(&out, "%s%.*s: ", i ? "; " : "", SLICE_ARG(domain->fields[fields[i]].id));
        format_value(s, before, fields[i]);
        buffer_add_slice(&out, buffer_slice(&s->text));
        buffer_add_string(&out, " → ");
        format_value(s, after, fields[i]);
        buffer_add_slice(&out, buffer_slice(&s->text));
    }
    if (line->is_paired)
        buffer_add_string(&out, "probably the correction of a row that is gone");
    if (line->is_rounding)
        buffer_add_string(&out, " (only rounded)");
    enum comity_status status = buffer_status(&out);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, out.len ? buffer_slice(&out) : SLICE(""));
    buffer_release(&out);
    return status;
}

static enum comity_status add_line(struct showing *s, struct sheet *sheet, const struct difference_line *line)
{
    const struct domain *domain = s->desk.domain;
    const int fields[] = {domain->when, domain->country, domain->where, domain->what, domain->how_much};
    enum comity_status status = sheet_cell(sheet, slice_from(difference_kind_name(line->row->kind)));
    if (status == COMITY_OK)
        status = sheet_format(sheet, "%llu", (unsigned long long)line->row->mention);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, line->row->key);
    for (size_t i = 0; i < sizeof fields / sizeof *fields && status == COMITY_OK; i++)
        status = add_value(s, sheet, line->row->packed, fields[i]);
    return status == COMITY_OK ? add_changes(s, sheet, line) : status;
}

static enum comity_status print_lines(struct showing *s, size_t most, struct comity_error *err)
{
    static const char *const columns[] = {
        "what", "mention#", "key", "date", "country", "place", "concept", "amount#", "change"};
    struct sheet sheet;
    enum comity_status status = COMITY_OK;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < s->difference.store.n_rows && i < most && status == COMITY_OK; i++)
        status = add_line(s, &sheet, &s->difference.lines[i]);
    if (status == COMITY_OK)
        status = sheet_print(&sheet, s->cli, err);
    sheet_release(&sheet);
    return status;
}

static enum comity_status print_totals(struct showing *s, struct comity_error *err)
{
    static const char *const columns[] = {
        "concept", "unit", "rows before#", "rows after#", "before#", "after#", "change#"};
    struct sheet sheet;
    enum comity_status status = COMITY_OK;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < s->difference.store.n_totals && status == COMITY_OK; i++) {
        const struct difference_total *total = &s->difference.store.totals[i];
        status = sheet_cell(&sheet, total->concept);
        if (status == COMITY_OK)
            status = sheet_cell(&sheet, total->unit);
        if (status == COMITY_OK)
            status = sheet_format(&sheet, "%llu", (unsigned long long)total->n_before);
        if (status == COMITY_OK)
            status = sheet_format(&sheet, "%llu", (unsigned long long)total->n_after);
        if (status == COMITY_OK)
            status = sheet_format(&sheet, "%.12g", total->before);
        if (status == COMITY_OK)
            status = sheet_format(&sheet, "%.12g", total->after);
        if (status == COMITY_OK)
            status = sheet_format(&sheet, "%+.12g", total->after - total->before);
    }
    if (status == COMITY_OK)
        status = sheet_print(&sheet, s->cli, err);
    sheet_release(&sheet);
    return status;
}

static enum comity_status print_summary(struct showing *s, struct comity_error *err)
{
    static const char *const verdicts[] = {"the first edition of its source", "the same rows again; nothing changed",
        "nothing really changed: only amounts were rounded", "changed"};
    const struct difference *d = &s->difference;
    struct buffer out;
    buffer_init(&out, 1 << 20);
    buffer_format(&out, "import %llu of %.*s: %s\n  %llu unchanged", (unsigned long long)d->store.import.number,
        SLICE_ARG(d->store.import.source_code), verdicts[d->verdict], (unsigned long long)d->store.n_unchanged);
    for (size_t i = 0; i < N_DIFFERENCES; i++)
        buffer_format(&out, ", %llu %s", (unsigned long long)d->store.n[i], difference_kind_name(i));
    buffer_format(&out, "; %llu probably corrected, %llu only rounded\n", (unsigned long long)d->n_probable,
        (unsigned long long)d->n_rounded);
    claim_report(&out, &d->store.coverage, d->store.import.number);
    buffer_add_string(&out, "\n");
    enum comity_status status = buffer_status(&out);
    if (status == COMITY_OK)
        status = cli_write(buffer_slice(&out), err);
    buffer_release(&out);
    return status;
}

static enum comity_status print_table(struct showing *s, struct comity_error *err)
{
    enum comity_status status = print_summary(s, err);
    if (status == COMITY_OK)
        status = print_totals(s, err);
    if (status != COMITY_OK || !s->difference.store.n_rows)
        return status;
    status = cli_write(SLICE("\n"), err);
    if (status == COMITY_OK)
        status = print_lines(s, SHOWN_LINES, err);
    if (s->difference.store.n_rows > SHOWN_LINES)
        cli_say(s->cli, "%zu of %zu rows are shown; -o csv or -o json has them all", (size_t)SHOWN_LINES,
            s->difference.store.n_rows);
    return status;
}

static enum comity_status print_json(struct showing *s, struct comity_error *err)
{
    struct buffer out;
    buffer_init(&out, (size_t)1 << 30);
    enum comity_status status = difference_json(s->desk.domain, &s->cli->reader, &s->difference, ALL_LINES, &out, err);
    buffer_add_byte(&out, '\n');
    if (status == COMITY_OK)
        status = buffer_status(&out);
    if (status == COMITY_OK)
        status = cli_write(buffer_slice(&out), err);
    buffer_release(&out);
    return status;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct showing s = {.cli = cli};
    uint64_t number;
    enum comity_status status = word_number(arguments->words[0], "an import", &number, err);
    if (status == COMITY_OK)
        status = cli_open(cli, STORE_READ, &s.desk, err);
    if (status != COMITY_OK)
        return status;
    buffer_init(&s.text, 1 << 20);
    status = desk_difference(s.desk.store, s.desk.domain, &cli->reader, number, &s.arena, &s.difference, err);
    if (status == COMITY_OK && (cli->format == OUTPUT_JSON || cli->format == OUTPUT_NDJSON))
        status = print_json(&s, err);
    else if (status == COMITY_OK)
        status = cli->format == OUTPUT_CSV ? print_lines(&s, SIZE_MAX, err) : print_table(&s, err);
    buffer_release(&s.text);
    arena_release(&s.arena);
    desk_close(&s.desk);
    return status;
}

const struct verb verb_diff = {
    .name = "diff",
    .arguments = "IMPORT",
    .summary = "how an import differs from what its source had said before",
    .least_words = 1,
    .most_words = 1,
    .run = run,
    .help =
        "Unchanged, added, corrected (by key: old → new), retracted (inside a confirmed coverage), not said again\n"
        "(still counted), and the sums per drug and unit before and after. Without keys a change is a row removed\n"
        "and a row added; where just one field of the same day and place differs it is told as probably corrected.\n"
        "That is a remark: nothing is applied.\n"
        "\nExamples:\n"
        "  comity diff 2\n"
        "  comity diff 2 -o csv > what-changed.csv\n",
};
