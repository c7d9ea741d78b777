/* The file holds the sizes of its strata, so that answers need no store: whoever fills it in may sit elsewhere. */
#include "cli/sampled.h"

#include "base/csv_cell.h"
#include "base/error.h"
#include "flow/sample.h"
#include "read/rows.h"
#include "value/quantity.h"

#include <math.h>

/* ---- writing --------------------------------------------------------------------------------------------------- */

/* Fields that nobody in the sample tells would only be in the way. */
static void find_told(const struct mentions *mentions, const struct sample *sample, bool is_told[DOMAIN_MOST_FIELDS])
{
    for (size_t f = 0; f < mentions->domain->n_fields; f++)
        for (size_t i = 0; i < sample->n && !is_told[f]; i++)
            is_told[f] = value_is_typed(mention_value(mentions, sample->pairs[i].a, (int)f)) ||
                         value_is_typed(mention_value(mentions, sample->pairs[i].b, (int)f));
}

static void add_header(const struct domain *domain, const bool *is_told, struct buffer *out)
{
    buffer_add_string(out, "same,a,b,source a,source b");
    for (size_t f = 0; f < domain->n_fields; f++)
        for (int side = 0; is_told[f] && side < 2; side++)
            buffer_format(out, ",%.*s %c", SLICE_ARG(domain->fields[f].id), side ? 'b' : 'a');
    buffer_add_string(out, ",stratum,stratum pairs\r\n");
}

static void add_value(
    const struct cli *cli, const struct mentions *mentions, size_t mention, size_t field, struct buffer *out)
{
    struct buffer text;
    buffer_init(&text, 65536);
    value_format(&mentions->domain->fields[field].spec, mention_value(mentions, mention, (int)field),
        cli->reader.language, &text);
    buffer_add_byte(out, ',');
    csv_text(out, buffer_slice(&text));
    buffer_release(&text);
}

static void add_pair(const struct cli *cli, const struct mentions *mentions, const struct sample *sample,
    const struct sample_pair *pair, const bool *is_told, struct buffer *out)
{
    const uint32_t sides[] = {pair->a, pair->b};
    buffer_format(
        out, ",m%llu,m%llu", (unsigned long long)mentions->id[pair->a], (unsigned long long)mentions->id[pair->b]);
    for (int side = 0; side < 2; side++) {
        buffer_add_byte(out, ',');
        csv_text(out, mentions->sources[mentions->source[sides[side]]].code);
    }
    for (size_t f = 0; f < mentions->domain->n_fields; f++)
        for (int side = 0; is_told[f] && side < 2; side++)
            add_value(cli, mentions, sides[side], f, out);
    buffer_format(out, ",%u,%llu\r\n", pair->stratum + 1, (unsigned long long)sample->strata[pair->stratum].n_pairs);
}

static enum comity_status write_sample(
    const struct cli *cli, const struct mentions *mentions, const struct sample *sample, struct comity_error *err)
{
    struct buffer out;
    buffer_init(&out, (size_t)1 << 30);
    bool is_told[DOMAIN_MOST_FIELDS] = {false};
    find_told(mentions, sample, is_told);
    add_header(mentions->domain, is_told, &out);
    for (size_t i = 0; i < sample->n; i++)
        add_pair(cli, mentions, sample, &sample->pairs[i], is_told, &out);
    enum comity_status status = buffer_status(&out);
    status =
        status == COMITY_OK ? cli_write(buffer_slice(&out), err) : error_set(err, status, "the sample is too long");
    buffer_release(&out);
    return status;
}

static void tell_strata(const struct cli *cli, const struct sample *sample)
{
    for (int s = 0; s < SAMPLE_STRATA; s++)
        cli_say(cli, "  %-24s %zu of %llu pairs", sample->strata[s].name, sample->strata[s].n_sampled,
            (unsigned long long)sample->strata[s].n_pairs);
    cli_say(cli, "not in it: pairs that no rule proposed. Fill in the column 'same' (yes or no), then: comity review "
                 "--answers FILE");
}

enum comity_status sampled_write(struct cli *cli, uint64_t n, uint64_t seed, struct comity_error *err)
{
    struct desk desk;
    struct snapshot *snapshot = NULL;
    struct sample sample = {0};
    enum comity_status status = cli_open(cli, STORE_READ, &desk, err);
    if (status != COMITY_OK)
        return status;
    status = desk_snapshot(&desk, &snapshot, err);
    if (status == COMITY_OK && !snapshot->model) {
        status = error_set(err, COMITY_CONFLICT, "nothing was linked yet");
        error_hint(err, "`comity link` does");
    }
    if (status == COMITY_OK)
        status = sample_draw(&snapshot->mentions, snapshot->model, snapshot->judgements, snapshot->n_judgements,
            snapshot->cluster, n, seed, &cli->progress, &sample, err);
    progress_stop(cli);
    if (status == COMITY_OK)
        status = write_sample(cli, &snapshot->mentions, &sample, err);
    if (status == COMITY_OK)
        tell_strata(cli, &sample);
    sample_release(&sample);
    snapshot_release(snapshot);
    desk_close(&desk);
    return status;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

struct answered {
    const char *path;
    struct sample_answers strata[SAMPLE_STRATA];
    uint64_t n_rows;
    struct comity_error *err;
};
enum { SAME, STRATUM, PAIRS, N_COLUMNS };

static struct slice cell(const struct row *row, ptrdiff_t column)
{
    return (size_t)column < row->n_cells ? slice_trim(row->cells[column]) : SLICE_EMPTY;
}

/* 1, 0, or -1 for none. */
static int answer_of(struct slice text)
{
    static const char *const yes[] = {"yes", "y", "1", "true", "same", "x"};
    static const char *const no[] = {"no", "n", "0", "false", "different"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (slice_equal_nocase(text, slice_from(yes[i])))
            return 1;
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (slice_equal_nocase(text, slice_from(no[i])))
            return 0;
    return -1;
}

static enum comity_status fault(const struct answered *r, const struct row *row, const char *what, struct slice text)
{
    error_set(r->err, COMITY_INPUT, "%s: '%.*s'", what, SLICE_ARG(text));
    error_at(r->err, r->path, (uint32_t)row->line, 0);
    return COMITY_INPUT;
}

static enum comity_status stratum_of(
    struct answered *r, const struct row *row, const ptrdiff_t *columns, struct sample_answers **out)
{
    struct slice number = cell(row, columns[STRATUM]), pairs = cell(row, columns[PAIRS]);
    double s, n_pairs;
    if (!number_parse(number, DECIMAL_POINT, &s) || s < 1 || s > SAMPLE_STRATA)
        return fault(r, row, "no stratum of a sample", number);
    if (!number_parse(pairs, DECIMAL_POINT, &n_pairs) || n_pairs < 1)
        return fault(r, row, "the size of a stratum is no number", pairs);
    const struct sample_stratum *stratum = &sample_strata()[(size_t)s - 1];
    *out = &r->strata[(size_t)s - 1];
    (*out)->name = slice_from(stratum->name);
    (*out)->is_joined = stratum->is_joined;
    (*out)->expected = stratum->expected;
    (*out)->n_pairs = (uint64_t)n_pairs;
    return COMITY_OK;
}

static enum comity_status take_row(struct answered *r, const struct row *row, const ptrdiff_t *columns)
{
    struct sample_answers *stratum = NULL;
    struct slice said = cell(row, columns[SAME]);
    int answer = answer_of(said);
    enum comity_status status = stratum_of(r, row, columns, &stratum);
    if (status != COMITY_OK)
        return status;
    if (said.len && answer < 0)
        return fault(r, row, "neither yes nor no in the column 'same'", said);
    stratum->n_answered += answer >= 0;
    stratum->n_same += answer > 0;
    r->n_rows++;
    return COMITY_OK;
}

static enum comity_status read_rows(struct answered *r)
{
    static const char *const names[N_COLUMNS] = {"same", "stratum", "stratum pairs"};
    struct rows *rows = NULL;
    struct rows_options options = {.format = ROWS_CSV};
    ptrdiff_t columns[N_COLUMNS];
    struct row row;
    bool has_row = true;
    enum comity_status status = rows_open(r->path, &options, &rows, r->err);
    for (int c = 0; c < N_COLUMNS && status == COMITY_OK; c++) {
        columns[c] = rows_column(rows, slice_from(names[c]));
        if (columns[c] < 0) {
            status = error_set(r->err, COMITY_INPUT, "no column '%s'", names[c]);
            error_hint(r->err, "`comity review --sample N` writes such a file");
        }
    }
    while (status == COMITY_OK && (status = rows_next(rows, &row, &has_row, r->err)) == COMITY_OK && has_row)
        status = take_row(r, &row, columns);
    rows_close(rows);
    return status;
}

/* ---- telling --------------------------------------------------------------------------------------------------- */

static enum comity_status add_line(
    struct sheet *sheet, const char *what, double value, double low, double high, uint64_t n)
{
    const double numbers[] = {value, low, high};
    enum comity_status status = sheet_cell(sheet, slice_from(what));
    for (size_t i = 0; i < 3 && status == COMITY_OK; i++)
        status = isnan(numbers[i]) ? sheet_cell(sheet, SLICE_EMPTY) : sheet_format(sheet, "%.4f", numbers[i]);
    return status == COMITY_OK ? sheet_format(sheet, "%llu", (unsigned long long)n) : status;
}

static enum comity_status print_estimate(const struct cli *cli, const struct answered *r, struct comity_error *err)
{
    static const char *const columns[] = {"of", "estimate#", "low#", "high#", "answers#"};
    struct sample_estimate estimate;
    struct sheet sheet;
    sample_estimate(r->strata, SAMPLE_STRATA, &estimate);
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    enum comity_status status = add_line(
        &sheet, "precision", estimate.precision, estimate.precision_low, estimate.precision_high, estimate.n_answered);
    if (status == COMITY_OK)
        status = add_line(&sheet, "recall among compared pairs", estimate.recall, estimate.recall_low,
            estimate.recall_high, estimate.n_answered);
    status = status == COMITY_OK ? sheet_print(&sheet, cli, err) : error_nomem(err);
    sheet_release(&sheet);
    for (size_t s = 0; s < SAMPLE_STRATA; s++)
        if (r->strata[s].n_pairs)
            cli_say(cli, "  %.*s: %llu of %llu answered pairs are the same; it has %llu", SLICE_ARG(r->strata[s].name),
                (unsigned long long)r->strata[s].n_same, (unsigned long long)r->strata[s].n_answered,
                (unsigned long long)r->strata[s].n_pairs);
    if (estimate.n_unanswered_strata)
        cli_say(cli, "strata without an answer, left out: %llu", (unsigned long long)estimate.n_unanswered_strata);
    cli_say(cli, "9 times in 10 between low and high. Not covered: pairs that were never compared");
    return status;
}

enum comity_status sampled_read(const struct cli *cli, const char *path, struct comity_error *err)
{
    struct answered r = {.path = path, .err = err};
    enum comity_status status = read_rows(&r);
    if (status == COMITY_OK && r.n_rows == 0)
        status = error_set(err, COMITY_INPUT, "'%s' holds no pair", path);
    if (status == COMITY_OK)
        status = print_estimate(cli, &r, err);
    return status;
}
