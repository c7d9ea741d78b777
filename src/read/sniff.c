/* The order of the sniffer's parts, see sniff_look.h; and the header, which may stand below some rows of title. */
#include "read/sniff_look.h"

#include "base/error.h"
#include "base/file.h"

#include <stdlib.h>

/* ---- details that need no part of their own ------------------------------------------------------------------------
 */

struct marks {
    size_t comma, point, three; /* cells that tell, and cells whose one mark may part thousands */
    bool is_comma_three;
};

static void count_marks(const struct seen *seen, struct marks *marks)
{
    enum { MOST_CELLS = 400 };
    for (size_t j = 0; j < seen->cells.count && j < MOST_CELLS; j++) {
        struct slice cell = intern_text(&seen->cells, (uint32_t)j);
        double number;
        const char *comma = NULL, *point = NULL;
        for (size_t i = 0; i < cell.len; i++) {
            comma = cell.ptr[i] == ',' ? cell.ptr + i : comma;
            point = cell.ptr[i] == '.' ? cell.ptr + i : point;
        }
        const char *last = comma > point ? comma : point;
        if (!last || !number_parse(cell, DECIMAL_AUTO, &number))
            continue;
        size_t behind = (size_t)(cell.ptr + cell.len - last) - 1;
        bool is_told = behind != 3 || (comma && point) || cell.ptr[0] == '0';
        marks->comma += is_told && last == comma;
        marks->point += is_told && last == point;
        marks->three += !is_told;
        marks->is_comma_three |= !is_told && last == comma;
    }
}

/* Cells such as "1.234" tell nothing: then the language of the headers does. */
static void guess_decimal(struct look *look)
{
    struct sniff *sniff = look->sniff;
    struct marks marks = {0};
    for (size_t i = 0; i < sniff->n_columns; i++)
        if (look->seen[i].numbers >= 50)
            count_marks(&look->seen[i], &marks);
    bool is_english = !sniff->language || !strcmp(sniff->language, "en") || !strcmp(sniff->language, "zh");
    if (marks.comma || marks.point)
        sniff->decimal = marks.comma > marks.point ? DECIMAL_COMMA : DECIMAL_POINT;
    else if (marks.three && is_english == marks.is_comma_three)
        sniff->decimal = is_english ? DECIMAL_POINT : DECIMAL_COMMA;
    sniff->is_decimal_open = marks.three && !marks.comma && !marks.point;
}

static enum comity_status guess_nulls(struct look *look)
{
    enum { MOST = 50, LONGEST = 40 };
    struct sniff *sniff = look->sniff;
    struct intern tokens = {0};
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < sniff->n_columns && !status; i++)
        for (size_t j = 0; j < look->seen[i].cells.count && tokens.count < MOST && !status; j++) {
            struct slice cell = intern_text(&look->seen[i].cells, (uint32_t)j);
            double number;
            bool is_zero = sniff->is_zero_nothing && sniff->columns[i].use == USE_UNPIVOTED &&
                           number_parse(cell, DECIMAL_AUTO, &number) && number == 0;
            if (cell.len <= LONGEST && (is_zero || is_null_word(look, cell)) &&
                intern_put(&tokens, cell) == INTERN_NONE)
                status = error_nomem(look->err);
        }
    sniff->null_tokens = ARENA_ARRAY(&sniff->arena, struct slice, tokens.count + 1);
    if (!sniff->null_tokens)
        status = error_nomem(look->err);
    for (size_t i = 0; i < tokens.count && !status; i++)
        sniff->null_tokens[sniff->n_null_tokens++] = arena_copy(&sniff->arena, intern_text(&tokens, (uint32_t)i));
    intern_release(&tokens);
    return status;
}

/* ---- the whole ----------------------------------------------------------------------------------------------------
 */

static enum comity_status look_closely(struct look *look)
{
    struct sniff *sniff = look->sniff;
    sniff->language = guess_language(look);
    describe_columns(look);
    guess_country(look);
    find_wide(look);
    enum comity_status status = give_columns(look);
    if (status)
        return status;
    if (look->domain->country >= 0 && column_of(look, look->domain->country, USE_FIELD))
        sniff->country = COUNTRY_NONE;
    guess_dates(look);
    guess_decimal(look);
    guess_unit(look);
    if (look->domain->what >= 0)
        guess_maps(look);
    guess_sums(look);
    find_edges(look);
    status = guess_nulls(look);
    tell_doubts(look);
    return status;
}

enum comity_status sniff_rows(
    struct rows *rows, const char *name, const struct domain *domain, struct sniff *out, struct comity_error *err)
{
    struct look look = {.sniff = out, .domain = domain, .folding = domain->fields[0].spec.folding, .err = err};
    *out = (struct sniff){.found = *rows_found(rows)};
    out->found.encoding = arena_copy(&out->arena, out->found.encoding);
    out->found.sheet = arena_copy(&out->arena, out->found.sheet);
    enum comity_status status = see_columns(&look, rows);
    if (!status)
        status = see_rows(&look, rows);
    if (!status)
        status = look_closely(&look);
    if (!status)
        status = sniff_draft(out, name, domain, err);
    see_nothing(&look);
    return status;
}

/* ---- rows above the header ----------------------------------------------------------------------------------------
 */

/* How much the first row behind `options->skip_lines` looks like a header: its named columns, less those that are
 * numbers, weighed by how many of the rows below fit it. */
static enum comity_status header_merit(
    const char *path, const struct rows_options *options, double *merit, bool *is_clean, struct comity_error *err)
{
    enum { ROWS_TRIED = 30 };
    struct rows *rows = NULL;
    struct row row;
    bool has_row = true;
    size_t n_rows = 0, n_fit = 0, n_named = 0, n_numbers = 0, n_filled = 0;
    *merit = 0;
    enum comity_status status = rows_open(path, options, &rows, err);
    if (status)
        return status;
    while (n_rows < ROWS_TRIED && !(status = rows_next(rows, &row, &has_row, err)) && has_row) {
        n_rows++;
        n_fit += !row.fault;
        for (size_t i = 0; i < row.n_cells && !row.fault; i++)
            n_filled += slice_trim(row.cells[i]).len > 0;
    }
    for (size_t i = 0; i < rows_n_columns(rows); i++) {
        struct slice name = slice_trim(rows_column_name(rows, i));
        double number;
        n_named += name.len > 0;
        n_numbers +=
            name.len && (number_parse(name, DECIMAL_AUTO, &number) || (name.ptr[0] >= '0' && name.ptr[0] <= '9'));
    }
    double filled = n_fit ? (double)n_filled / (double)n_fit : 0, named = (double)n_named;
    *merit = n_rows ? ((named < filled ? named : filled) + 0.1 * named - 1.5 * (double)n_numbers) * (double)n_fit /
                          (double)n_rows
                    : 0;
    *is_clean = n_rows && n_fit == n_rows && n_named == rows_n_columns(rows) && n_named > 2 && !n_numbers;
    rows_close(rows);
    return status == COMITY_NOMEM ? status : COMITY_OK;
}

/* The number of rows to skip. Most files have none, and then only one look is taken. */
static enum comity_status find_header(
    const char *path, struct rows_options *options, const struct rows_options *asked, struct comity_error *err)
{
    struct comity_error unused = {0};
    double best = 0, merit;
    *options = asked ? *asked : (struct rows_options){0};
    if (options->skip_lines || options->has_no_header || !strcmp(path, "-"))
        return COMITY_OK;
    struct rows_options attempt = *options;
    bool is_clean = false;
    for (; attempt.skip_lines <= SNIFF_TITLE_ROWS && !is_clean; attempt.skip_lines++) {
        enum comity_status status = header_merit(path, &attempt, &merit, &is_clean, &unused);
        if (status == COMITY_NOMEM)
            return error_nomem(err);
        if (status)
            break;
        if (merit > best * 1.2 + 0.5) {
            best = merit;
            options->skip_lines = attempt.skip_lines;
        }
    }
    return COMITY_OK;
}

static enum comity_status refuse_foreign(const char *path, const char *kind, struct comity_error *err)
{
    error_set(err, COMITY_UNSUPPORTED, "this is %s, not a table", kind);
    error_at(err, strcmp(path, "-") ? path : "standard input", 0, 0);
    error_hint(err, "tables are CSV, TSV, XLSX, ODS, JSON, NDJSON and GeoJSON%s",
        strcmp(kind, "a YAML file") ? "; save it as one of these"
                                    : "; a recipe is tried with `comity import FILE --recipe RECIPE --dry-run`");
    return COMITY_UNSUPPORTED;
}

static enum comity_status sniff_once(const char *path, const struct rows_options *options, const struct domain *domain,
    struct sniff *out, bool *has_merged, struct comity_error *err)
{
    struct rows *rows = NULL;
    enum comity_status status = rows_open(path, options, &rows, err);
    if (status)
        return status;
    status = rows_foreign(rows) ? refuse_foreign(path, rows_foreign(rows), err)
                                : sniff_rows(rows, strcmp(path, "-") ? path_name(path) : "input", domain, out, err);
    *has_merged = rows_n_merged(rows) > 0;
    rows_close(rows);
    return status;
}

enum comity_status sniff_file(const char *path, const struct rows_options *options, const struct domain *domain,
    struct sniff *out, struct comity_error *err)
{
    struct rows_options with_header;
    bool has_merged;
    *out = (struct sniff){0};
    enum comity_status status = find_header(path, &with_header, options, err);
    with_header.merged = MERGED_COUNT;
    if (!status)
        status = sniff_once(path, &with_header, domain, out, &has_merged, err);
    if (status || !has_merged || !strcmp(path, "-"))
        return status;
    /* What lies below a merged cell looked empty: look again, as it will be read. */
    sniff_release(out);
    with_header.merged = MERGED_FILL;
    return sniff_once(path, &with_header, domain, out, &has_merged, err);
}

void sniff_release(struct sniff *sniff)
{
    arena_release(&sniff->arena);
    *sniff = (struct sniff){0};
}
