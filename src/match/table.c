/* Cells are interned as they come; sealing sorts the values by what they say, gives codes in that order, and sorts the
 * records by a hash of their values, equal ones by file and row. */
#include "match/table.h"

#include "base/array.h"
#include "base/buffer.h"
#include "base/calendar.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/order.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const type_names[] = {
#define X(symbol, name) name,
    COLUMN_TYPE_TABLE(X)
#undef X
};

/* What tables write for "not known". Whole cells only. */
static const struct slice nothing[] = {{"null", 4}, {"nan", 3}, {"n/a", 3}, {"none", 4}, {"unknown", 7}, {"-", 1},
    {"--", 2}, {"?", 1}, {"nil", 3}, {NULL, 0}};

const char *column_type_name(enum column_type type)
{
    return type < COLUMN_N_TYPES ? type_names[type] : "";
}

enum column_type column_type_from_name(struct slice name)
{
    unsigned type = 0;
    while (type < COLUMN_N_TYPES && !slice_is(name, type_names[type]))
        type++;
    return (enum column_type)type;
}

enum { N_KNOWN = 1024 }; /* of each column, as they come; one that falls on the place of another takes it */

enum comity_status table_init(
    struct table *table, const struct column_spec *columns, unsigned n_columns, struct comity_error *err)
{
    *table = (struct table){.n_files = 1};
    if (n_columns == 0 || n_columns > TABLE_MOST_COLUMNS)
        return error_set(err, COMITY_USAGE, "between 1 and %d columns can be compared", TABLE_MOST_COLUMNS);
    table->scratch = calloc(1, sizeof *table->scratch);
    if (!table->scratch)
        return error_nomem(err);
    buffer_init(table->scratch, (size_t)1 << 24);
    table->n_columns = n_columns;
    for (unsigned c = 0; c < n_columns; c++) {
        struct table_column *column = &table->columns[c];
        column->type = columns[c].type;
        column->name = arena_copy(&table->arena, columns[c].name);
        column->known = calloc(N_KNOWN, sizeof *column->known);
        if (!column->name.ptr || !column->known || intern_put(&column->intern, SLICE_EMPTY) == INTERN_NONE)
            return error_nomem(err);
    }
    return COMITY_OK;
}

void table_release(struct table *table)
{
    for (unsigned c = 0; c < table->n_columns; c++) {
        struct table_column *column = &table->columns[c];
        intern_release(&column->intern);
        free(column->known);
        free(column->texts);
        free(column->numbers);
        free(column->frequency[0]);
        free(column->frequency[1]);
    }
    free(table->codes);
    free(table->file);
    free(table->row);
    folding_release(&table->folding);
    if (table->scratch)
        buffer_release(table->scratch);
    free(table->scratch);
    arena_release(&table->arena);
    *table = (struct table){0};
}

/* ---- cells ---- */

static bool is_nothing(struct slice cell)
{
    const size_t longest = sizeof "unknown" - 1;
    for (size_t i = 0; cell.len <= longest && nothing[i].len; i++)
        if (slice_equal_nocase(cell, nothing[i]))
            return true;
    return cell.len == 0;
}

static bool read_digits(struct slice *text, size_t least, size_t most, long *number)
{
    size_t n = 0;
    *number = 0;
    while (n < text->len && n < most && text->ptr[n] >= '0' && text->ptr[n] <= '9')
        *number = *number * 10 + (text->ptr[n++] - '0');
    text->ptr += n;
    text->len -= n;
    return n >= least;
}

static bool skip_mark(struct slice *text)
{
    if (!text->len || (text->ptr[0] != '-' && text->ptr[0] != '/' && text->ptr[0] != '.'))
        return false;
    text->ptr++;
    text->len--;
    return true;
}

/* Dates are many and printf is slow. */
static void add_date(struct buffer *out, long year, long month, long day)
{
    long number = (year * 100 + month) * 100 + day;
    char digits[8];
    for (size_t i = sizeof digits; i-- > 0; number /= 10)
        digits[i] = (char)('0' + number % 10);
    buffer_add(out, digits, sizeof digits);
}

/* 2016-01-18, with whatever time behind it; 20160118; 2016; days since 1970. Days that cannot be are kept as they
 * stand: a mistyped date is compared by its digits. */
static bool fold_date(struct slice cell, struct buffer *out)
{
    long year, month, day;
    struct slice rest = cell;
    bool is_split = read_digits(&rest, 4, 4, &year) && skip_mark(&rest) && read_digits(&rest, 1, 2, &month) &&
                    skip_mark(&rest) && read_digits(&rest, 1, 2, &day);
    if (!is_split && cell.len == 8) {
        rest = cell;
        is_split =
            read_digits(&rest, 4, 4, &year) && read_digits(&rest, 2, 2, &month) && read_digits(&rest, 2, 2, &day);
    }
    if (is_split) {
        add_date(out, year, month, day);
        return true;
    }
    char number[16];
    char *end;
    if (cell.len == 0 || cell.len >= sizeof number)
        return false;
    memcpy(number, cell.ptr, cell.len);
    number[cell.len] = '\0';
    double days = strtod(number, &end);
    if (*end || days != floor(days) || fabs(days) > 400000)
        return false;
    if (cell.len == 4 && days >= 1000 && days < 2200) {
        buffer_format(out, "%04d0000", (int)days); /* a year: no day of it is meant */
        return true;
    }
    struct civil civil = civil_from_day((int32_t)days);
    buffer_format(out, "%04d%02u%02u", civil.year, civil.month, civil.day);
    return true;
}

static bool fold_number(struct slice cell, struct buffer *out)
{
    char text[64];
    char *end;
    if (cell.len >= sizeof text)
        return false;
    memcpy(text, cell.ptr, cell.len);
    text[cell.len] = '\0';
    double number = strtod(text, &end);
    if (*end || !isfinite(number))
        return false;
    /* As it is read again: the largest number there is would else become infinite. */
    buffer_format(out, fabs(number) < 1e15 ? "%.15g" : "%.17g", number == 0 ? 0.0 : number);
    return true;
}

/* False when the cell cannot be read as its type says. */
static bool fold_cell(struct table *table, enum column_type type, struct slice cell)
{
    struct buffer *out = table->scratch;
    buffer_clear(out);
    if (is_nothing(cell))
        return true;
    switch (type) {
    case COLUMN_DATE:
        return fold_date(cell, out);
    case COLUMN_NUMBER:
    case COLUMN_COUNT:
        return fold_number(cell, out);
    default:
        folding_apply(&table->folding, cell, out);
        return true;
    }
}

static enum comity_status code_of_new(
    struct table *table, struct table_column *column, struct slice cell, uint32_t *code, struct comity_error *err)
{
    bool is_read = fold_cell(table, column->type, slice_trim(cell));
    column->n_unread += !is_read;
    *code = intern_put(&column->intern, is_read ? buffer_slice(table->scratch) : SLICE_EMPTY);
    if (buffer_status(table->scratch) == COMITY_LIMIT)
        return error_set(err, COMITY_LIMIT, "a cell of '%.*s' is too long", SLICE_ARG(column->name));
    if (buffer_status(table->scratch) != COMITY_OK || *code == INTERN_NONE)
        return error_nomem(err);
    return COMITY_OK;
}

static enum comity_status code_of(
    struct table *table, unsigned c, struct slice cell, uint32_t *code, struct comity_error *err)
{
    struct table_column *column = &table->columns[c];
    uint64_t n_unread = column->n_unread;
    if (cell.len > sizeof column->known->text)
        return code_of_new(table, column, cell, code, err);
    struct known_cell *known = &column->known[hash_slice(cell) % N_KNOWN];
    if (slice_equal(slice_of(known->text, known->length), cell)) {
        *code = known->code;
        return COMITY_OK;
    }
    enum comity_status status = code_of_new(table, column, cell, code, err);
    /* What could not be read is counted each time. */
    if (status == COMITY_OK && column->n_unread == n_unread) {
        *known = (struct known_cell){.code = *code, .length = (uint8_t)cell.len};
        if (cell.len)
            memcpy(known->text, cell.ptr, cell.len);
    }
    return status;
}

enum comity_status table_add(struct table *table, unsigned file, const struct slice *cells, struct comity_error *err)
{
    size_t room = table->room, width = table->n_columns;
    if (table->is_sealed)
        return error_set(err, COMITY_INTERNAL, "the table is sealed");
    if (table->n >= UINT32_MAX - 1 || file > UINT16_MAX)
        return error_set(err, COMITY_LIMIT, "there are too many records to match at once");
    if (table->n == room) {
        room = room ? 2 * room : 1024;
        uint32_t *codes = realloc(table->codes, room * width * sizeof *codes);
        table->codes = codes ? codes : table->codes;
        uint16_t *files = realloc(table->file, room * sizeof *files);
        table->file = files ? files : table->file;
        if (!codes || !files)
            return error_nomem(err);
        table->room = room;
    }
    for (unsigned c = 0; c < table->n_columns; c++) {
        enum comity_status status = code_of(table, c, cells[c], &table->codes[table->n * width + c], err);
        if (status != COMITY_OK)
            return status;
    }
    table->file[table->n++] = (uint16_t)file;
    if (file >= table->n_files)
        table->n_files = file + 1;
    return COMITY_OK;
}

/* ---- sealing ---- */

static int compare_texts(const void *a, const void *b)
{
    return slice_compare(**(const struct slice *const *)a, **(const struct slice *const *)b);
}

static double number_of(enum column_type type, struct slice text)
{
    char copy[64];
    if (text.len == 0 || text.len >= sizeof copy)
        return 0;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    if (type != COLUMN_DATE)
        return strtod(copy, NULL);
    long number = strtol(copy, NULL, 10);
    int year = (int)(number / 10000);
    unsigned month = (unsigned)(number / 100 % 100), day = (unsigned)(number % 100);
    return civil_is_valid(year, month, day) ? day_from_civil(year, month, day) : TABLE_NO_DAY;
}

/* Values in the order of their texts: the empty one stays code 0. */
static bool order_values(struct table *table, unsigned c)
{
    struct table_column *column = &table->columns[c];
    uint32_t n = (uint32_t)column->intern.count;
    const struct slice **sorted = malloc(n * sizeof *sorted);
    uint32_t *code_of = malloc(n * sizeof *code_of);
    column->n_values = n;
    column->texts = malloc(n * sizeof *column->texts);
    column->numbers = calloc(n, sizeof *column->numbers);
    column->frequency[0] = calloc(n, sizeof *column->frequency[0]);
    column->frequency[1] = calloc(n, sizeof *column->frequency[1]);
    bool is_done =
        sorted && code_of && column->texts && column->numbers && column->frequency[0] && column->frequency[1];
    for (uint32_t v = 0; is_done && v < n; v++)
        sorted[v] = &column->intern.texts[v];
    if (is_done) {
        qsort(sorted, n, sizeof *sorted, compare_texts);
        for (uint32_t v = 0; v < n; v++) {
            column->texts[v] = *sorted[v];
            code_of[sorted[v] - column->intern.texts] = v;
            if (column->type == COLUMN_DATE || column->type == COLUMN_NUMBER || column->type == COLUMN_COUNT)
                column->numbers[v] = number_of(column->type, column->texts[v]);
        }
        for (size_t i = 0; i < table->n; i++) {
            uint32_t *code = &table->codes[i * table->n_columns + c];
            *code = code_of[*code];
            unsigned side = table->file[i] > 0;
            column->frequency[side][*code]++;
            column->n_told[side] += *code > 0;
        }
    }
    free(sorted);
    free(code_of);
    return is_done;
}

/* Of each record, built up column by column: a value is hashed once, however many records have it. */
static bool hash_records(const struct table *table, struct sort_item *items)
{
    for (size_t i = 0; i < table->n; i++)
        items[i] = (struct sort_item){0x7AB1E, (uint32_t)i};
    for (unsigned c = 0; c < table->n_columns; c++) {
        const struct table_column *column = &table->columns[c];
        uint64_t *hashes = malloc(column->n_values * sizeof *hashes);
        if (!hashes)
            return false;
        for (uint32_t v = 0; v < column->n_values; v++)
            hashes[v] = hash_slice(column->texts[v]);
        for (size_t i = 0; i < table->n; i++)
            items[i].key = hash_u64(items[i].key ^ hashes[table_code(table, i, c)]);
        free(hashes);
    }
    for (size_t i = 0; i < table->n; i++)
        items[i].key >>= 1;
    return true;
}

static bool order_records(struct table *table)
{
    size_t n = table->n, width = table->n_columns;
    struct sort_item *items = malloc((n + 1) * sizeof *items);
    uint32_t *codes = malloc((n + 1) * width * sizeof *codes);
    uint16_t *files = malloc((n + 1) * sizeof *files);
    table->row = malloc((n + 1) * sizeof *table->row);
    bool is_done = items && codes && files && table->row && hash_records(table, items);
    if (is_done) {
        sort_items(items, n);
        for (size_t i = 0; i < n; i++) {
            size_t from = items[i].payload;
            memcpy(&codes[i * width], &table->codes[from * width], width * sizeof *codes);
            files[i] = table->file[from];
            table->row[i] = from;
        }
        free(table->codes);
        free(table->file);
        table->codes = codes;
        table->file = files;
        codes = NULL;
        files = NULL;
    }
    free(items);
    free(codes);
    free(files);
    return is_done;
}

enum comity_status table_seal(struct table *table, struct comity_error *err)
{
    for (unsigned c = 0; c < table->n_columns; c++)
        if (!order_values(table, c))
            return error_nomem(err);
    if (!order_records(table))
        return error_nomem(err);
    for (unsigned c = 0; c < table->n_columns; c++) {
        intern_seal(&table->columns[c].intern);
        free(table->columns[c].known);
        table->columns[c].known = NULL;
    }
    table->is_sealed = true;
    return COMITY_OK;
}
