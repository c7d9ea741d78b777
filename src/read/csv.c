/* CSV as RFC 4180 says and as people write it, at memory speed.
 *
 * The scanner looks at 64 bytes at once: one bit for each delimiter or line end, then bit after bit. Quotes matter only
 * at the beginning of a cell, so that they need no bit: a quoted cell leaves the scan and searches its end with memchr.
 * (The idea of a bitmap of structural characters: Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 2019.)
 *
 * Cells are slices of the window. Only a cell with doubled quotes is copied, into `unescaped`.
 */
#include "base/array.h"
#include "base/error.h"
#include "read/header.h"

#include <stdlib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

struct csv {
    char delimiter, quote, newline;
    bool is_skipping;  /* inside a row that was too long */
    uint64_t line;     /* of the next row */
    const char *block; /* the scanner's 64 bytes, and */
    const char *end;   /* the end of the text it may look at, and */
    const char *at;    /* what it has passed, and */
    uint64_t marks;    /* what is left of the block's bitmap */
    size_t *escaped;   /* cells with doubled quotes */
    size_t n_escaped, room_escaped;
    struct buffer unescaped;
    char fault[96];
};

enum cut { CUT_ROW, CUT_MORE, CUT_OPEN_QUOTE, CUT_TOO_MANY, CUT_NOMEM };

/* ---- the scanner -------------------------------------------------------------------------------------------- */

static uint64_t block_marks(const char *block, char a, char b)
{
    uint64_t marks = 0;
#ifdef __SSE2__
    __m128i first = _mm_set1_epi8(a), second = _mm_set1_epi8(b);
    for (unsigned i = 0; i < 4; i++) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(block + 16 * i));
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(bytes, first), _mm_cmpeq_epi8(bytes, second));
        marks |= (uint64_t)(unsigned)_mm_movemask_epi8(hit) << (16 * i);
    }
#else
    for (unsigned i = 0; i < 64; i++)
        marks |= (uint64_t)(block[i] == a || block[i] == b) << i;
#endif
    return marks;
}

static inline void scan_block(struct csv *csv)
{
    size_t left = (size_t)(csv->end - csv->block);
    csv->marks = block_marks(csv->block, csv->delimiter, csv->newline);
    if (left < 64)
        csv->marks &= ((uint64_t)1 << left) - 1;
}

static inline void scan_from(struct csv *csv, const char *at, const char *end)
{
    csv->block = at;
    csv->end = end;
    csv->at = at;
    csv->marks = 0;
    if (at < end)
        scan_block(csv);
}

/* The next delimiter or line end, or `end`. */
static inline const char *scan_next(struct csv *csv)
{
    while (!csv->marks) {
        if (csv->end - csv->block <= 64) {
            csv->at = csv->end;
            return csv->end;
        }
        csv->block += 64;
        scan_block(csv);
    }
    const char *mark = csv->block + __builtin_ctzll(csv->marks);
    csv->marks &= csv->marks - 1;
    csv->at = mark + 1;
    return mark;
}

/* ---- one row ------------------------------------------------------------------------------------------------ */

/* The closing quote of a cell that begins with a quote at `begin`, or null. */
static const char *closing_quote(const struct csv *csv, const char *begin, const char *end, bool *is_escaped)
{
    const char *at = begin + 1;
    *is_escaped = false;
    for (;;) {
        at = at < end ? memchr(at, csv->quote, (size_t)(end - at)) : NULL;
        if (!at || at + 1 == end || at[1] != csv->quote)
            return at;
        *is_escaped = true;
        at += 2;
    }
}

static bool ends_cell(const struct csv *csv, const char *at, const char *end)
{
    if (at < end && *at == '\r' && csv->newline == '\n')
        at++;
    return at == end || *at == csv->delimiter || *at == csv->newline;
}

/* A cell that begins with a quote. *stop becomes the mark behind it. Text behind the closing quote: the whole is taken
 * as it stands; but if the quotes held a line end, an opening quote was more likely left open. */
static enum cut cut_quoted(struct csv *csv, const char *begin, bool at_end, struct slice *cell, const char **stop)
{
    const char *end = csv->end;
    bool is_escaped;
    const char *close = closing_quote(csv, begin, end, &is_escaped);
    if (!close || (!at_end && end - close < 3))
        return close || !at_end ? CUT_MORE : CUT_OPEN_QUOTE;
    bool is_clean = ends_cell(csv, close + 1, end);
    if (!is_clean && memchr(begin, csv->newline, (size_t)(close - begin)))
        return CUT_OPEN_QUOTE;
    scan_from(csv, close + 1, end);
    *stop = scan_next(csv);
    *cell = is_clean ? slice_of(begin + 1, (size_t)(close - begin - 1)) : slice_of(begin, (size_t)(*stop - begin));
    if (is_clean && is_escaped) {
        if (!ARRAY_ROOM(csv->escaped, csv->n_escaped, csv->room_escaped, 1))
            return CUT_NOMEM;
        csv->escaped[csv->n_escaped++] = SIZE_MAX; /* the caller knows which cell it is */
    }
    return CUT_ROW;
}

/* Cuts the row at `begin` into rows->cells; *used becomes what it takes with its line end. */
static enum cut cut_row(
    struct rows *rows, struct csv *csv, struct slice text, bool at_end, size_t *n_cells, size_t *used)
{
    const char *begin = text.ptr, *end = text.ptr + text.len;
    size_t n = 0;
    if (csv->at != begin || csv->end != end)
        scan_from(csv, begin, end);
    csv->n_escaped = 0;
    for (;;) {
        const char *stop;
        if (n + 1 > rows->room_cells && rows_room_cells(rows, n + 64, NULL))
            return CUT_NOMEM;
        if (begin < end && *begin == csv->quote) {
            size_t n_escaped = csv->n_escaped;
            enum cut cut = cut_quoted(csv, begin, at_end, &rows->cells[n], &stop);
            if (cut)
                return cut;
            if (csv->n_escaped > n_escaped)
                csv->escaped[n_escaped] = n;
        } else {
            stop = scan_next(csv);
            rows->cells[n] = slice_of(begin, (size_t)(stop - begin));
        }
        if (stop == end && !at_end)
            return CUT_MORE;
        n++;
        if (stop == end || *stop != csv->delimiter) {
            *used = (size_t)(stop - text.ptr) + (stop < end);
            break;
        }
        if (n == ROWS_MOST_CELLS)
            return CUT_TOO_MANY;
        begin = stop + 1;
    }
    *n_cells = n;
    return CUT_ROW;
}

static size_t without_line_end(const struct csv *csv, struct slice row)
{
    size_t len = row.len;
    if (len && row.ptr[len - 1] == csv->newline)
        len--;
    if (len && row.ptr[len - 1] == '\r')
        len--;
    return len;
}

/* The last cell may hold the CR of the line end. */
static void trim_return(struct slice *cell, struct slice raw)
{
    if (cell->len && cell->ptr + cell->len > raw.ptr + raw.len)
        cell->len--;
}

/* Copies cells with doubled quotes. */
static enum comity_status unescape(struct rows *rows, struct csv *csv, struct comity_error *err)
{
    size_t total = 0;
    buffer_clear(&csv->unescaped);
    for (size_t i = 0; i < csv->n_escaped; i++)
        total += rows->cells[csv->escaped[i]].len;
    if (!buffer_reserve(&csv->unescaped, total))
        return error_nomem(err);
    for (size_t i = 0; i < csv->n_escaped; i++) {
        struct slice *cell = &rows->cells[csv->escaped[i]];
        char *out = csv->unescaped.ptr + csv->unescaped.len, *to = out;
        for (size_t j = 0; j < cell->len; j++) {
            *to++ = cell->ptr[j];
            j += cell->ptr[j] == csv->quote;
        }
        csv->unescaped.len += (size_t)(to - out);
        *cell = slice_of(out, (size_t)(to - out));
    }
    return COMITY_OK;
}

static uint64_t count_lines(const struct csv *csv, struct slice text)
{
    uint64_t n = 0;
    const char *at = text.ptr, *end = text.ptr + text.len;
    while (at < end && (at = memchr(at, csv->newline, (size_t)(end - at)))) {
        n++;
        at++;
    }
    return n;
}

/* ---- rows --------------------------------------------------------------------------------------------------- */

/* Takes `used` bytes from the window as one row. */
static enum comity_status take_row(
    struct rows *rows, struct csv *csv, size_t n_cells, size_t used, struct row *row, struct comity_error *err)
{
    struct slice whole = slice_of(rows->window.ptr + rows->window.begin, used);
    row->line = csv->line;
    row->raw = slice_of(whole.ptr, without_line_end(csv, whole));
    row->cells = rows->cells;
    row->n_cells = n_cells;
    rows->window.begin += used;
    uint64_t n_lines = n_cells ? count_lines(csv, whole) : 1;
    csv->line += n_lines ? n_lines : 1;
    if (!n_cells)
        return COMITY_OK;
    trim_return(&rows->cells[n_cells - 1], row->raw);
    return csv->n_escaped ? unescape(rows, csv, err) : COMITY_OK;
}

/* A row that cannot be cut: it ends at the first line end. */
static enum comity_status take_fault(
    struct rows *rows, struct csv *csv, const char *fault, struct row *row, struct comity_error *err)
{
    struct slice text = window_text(&rows->window);
    const char *line_end = text.len ? memchr(text.ptr, csv->newline, text.len) : NULL;
    csv->is_skipping = !line_end && !rows->window.at_end;
    size_t used = line_end ? (size_t)(line_end - text.ptr) + 1 : text.len;
    enum comity_status status = take_row(rows, csv, 0, used, row, err);
    row->fault = fault;
    return status;
}

/* Drops what is left of a row that was too long. */
static void skip_line(struct rows *rows, struct csv *csv)
{
    struct slice text = window_text(&rows->window);
    const char *line_end = text.len ? memchr(text.ptr, csv->newline, text.len) : NULL;
    rows->window.begin = line_end ? (size_t)(line_end + 1 - rows->window.ptr) : rows->window.end;
    csv->is_skipping = !line_end && !rows->window.at_end;
}

/* The next row as it stands, header or data, blank ones too. */
static enum comity_status next_cut(struct rows *rows, struct row *row, bool *has_row, struct comity_error *err)
{
    struct csv *csv = rows->state;
    struct window *window = &rows->window;
    for (;;) {
        size_t n_cells = 0, used = 0;
        bool is_full = false;
        while (csv->is_skipping && !(window->begin == window->end && !window->at_end))
            skip_line(rows, csv);
        struct slice text = window_text(window);
        *has_row = text.len > 0;
        if (!text.len && window->at_end)
            return COMITY_OK;
        enum cut cut = text.len ? cut_row(rows, csv, text, window->at_end, &n_cells, &used) : CUT_MORE;
        if (cut == CUT_NOMEM)
            return error_nomem(err);
        if (cut == CUT_ROW)
            return take_row(rows, csv, n_cells, used, row, err);
        if (cut == CUT_OPEN_QUOTE)
            return take_fault(rows, csv, "a quote is not closed", row, err);
        if (cut == CUT_TOO_MANY)
            return take_fault(rows, csv, "the row has more than 65,536 cells", row, err);
        enum comity_status status = window_fill(window, &is_full, err);
        csv->end = NULL;
        if (status)
            return status;
        if (is_full)
            return take_fault(rows, csv, "the row is longer than 16 MB", row, err);
    }
}

static bool is_blank(const struct row *row)
{
    return !row->fault && row->n_cells == 1 && !row->cells[0].len;
}

static enum comity_status csv_next(struct rows *rows, struct row *row, bool *has_row, struct comity_error *err)
{
    struct csv *csv = rows->state;
    enum comity_status status;
    do {
        *row = (struct row){0};
        status = next_cut(rows, row, has_row, err);
    } while (!status && *has_row && is_blank(row));
    if (status || !*has_row || row->fault)
        return status;
    if (!text_is_utf8(row->raw)) {
        row->fault = "there are bytes that are not UTF-8";
        row->n_cells = 0;
        return COMITY_OK;
    }
    return rows_fit(rows, row, csv->fault, sizeof csv->fault, err);
}

/* ---- opening ------------------------------------------------------------------------------------------------ */

/* What stands above the header. */
static enum comity_status skip_titles(struct rows *rows, bool *has_row, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    *has_row = true;
    for (uint32_t i = 0; i < rows->options.skip_lines && *has_row && !status; i++) {
        struct row row = {0};
        status = next_cut(rows, &row, has_row, err);
        if (!status && *has_row && !row.fault && text_is_utf8(row.raw))
            status = rows_tell_title(rows, &row, err);
    }
    return status;
}

/* The next row that is not blank, as part of the header. */
static enum comity_status next_of_header(struct rows *rows, struct row *row, bool *has_row, struct comity_error *err)
{
    enum comity_status status;
    do {
        *row = (struct row){0};
        status = next_cut(rows, row, has_row, err);
    } while (!status && *has_row && is_blank(row));
    if (status || !*has_row || (!row->fault && text_is_utf8(row->raw)))
        return status;
    status = error_set(
        err, COMITY_INPUT, "the header cannot be read: %s", row->fault ? row->fault : "bytes that are not UTF-8");
    error_at(err, "", (uint32_t)row->line, 0);
    return status;
}

static enum comity_status read_header(struct rows *rows, struct comity_error *err)
{
    struct csv *csv = rows->state;
    struct header header = {0};
    struct slice *names;
    struct row row = {0};
    bool has_row;
    size_t n;
    enum comity_status status = skip_titles(rows, &has_row, err);
    while (!status && has_row && header.n < header_rows(rows)) {
        status = next_of_header(rows, &row, &has_row, err);
        if (!status && has_row)
            status = header_add(&header, row.cells, row.n_cells, row.line, err);
    }
    if (!status)
        status = header_join(&header, NULL, &names, &n, err);
    if (!status && header.n)
        status = rows_name_columns(rows, names, n, err);
    if (!status && header.n && rows->options.has_no_header) {
        /* The first row is data: it is read again. It still lies in the window. */
        rows->window.begin = (size_t)(row.raw.ptr - rows->window.ptr);
        csv->line = row.line;
        csv->end = NULL;
    }
    header_release(&header);
    return status;
}

static enum comity_status csv_open(struct rows *rows, struct comity_error *err)
{
    struct csv *csv = calloc(1, sizeof *csv);
    if (!csv)
        return error_nomem(err);
    rows->state = csv;
    struct slice text = window_text(&rows->window);
    csv->line = 1;
    csv->quote = rows->options.quote ? rows->options.quote : '"';
    bool has_newline = text.len && memchr(text.ptr, '\n', text.len);
    csv->newline = !has_newline && text.len && memchr(text.ptr, '\r', text.len) ? '\r' : '\n';
    csv->delimiter = rows->options.delimiter ? rows->options.delimiter : csv_guess_delimiter(text, csv->quote);
    buffer_init(&csv->unescaped, WINDOW_MOST * 2);
    rows->found.delimiter = csv->delimiter;
    rows->found.quote = csv->quote;
    return read_header(rows, err);
}

static void csv_close(struct rows *rows)
{
    struct csv *csv = rows->state;
    if (!csv)
        return;
    free(csv->escaped);
    buffer_release(&csv->unescaped);
    free(csv);
}

const struct format csv_format = {csv_open, csv_next, csv_close, NULL};
