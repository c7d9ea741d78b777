/* How a total is known: docs/decisions/0201. Sums are plain doubles: their error over millions of rows is far below the
 * 0.1 % that is asked for. */
#include "read/frame_sums.h"

#include "base/array.h"
#include "read/rows.h"
#include "value/quantity.h"

#include <math.h>
#include <stdlib.h>

static const double ROUNDING = 0.001, EXACT = 1e-9;

void frame_sums_begin(struct frame_sums *sums, bool is_wanted, enum decimal_mark decimal)
{
    if (!sums->words.cap) {
        buffer_init(&sums->words, 1 << 16);
        buffer_init(&sums->folded, 4096);
    }
    sums->is_wanted = is_wanted;
    sums->decimal = decimal;
}

void frame_sums_clear(struct frame_sums *sums)
{
    sums->n_columns = 0;
    sums->n_rows = 0;
    arena_reset(&sums->texts);
}

void frame_sums_release(struct frame_sums *sums)
{
    free(sums->columns);
    free(sums->cells);
    arena_release(&sums->texts);
    buffer_release(&sums->words);
    buffer_release(&sums->folded);
    folding_release(&sums->folding);
    *sums = (struct frame_sums){0};
}

size_t frame_sums_first_filled(const struct frame_sums *sums)
{
    return sums->n_rows ? sums->first_filled : 0;
}

/* ---- adding -------------------------------------------------------------------------------------------------- */

static bool add_cell(struct frame_sums *sums, struct column_sum *column, struct slice cell)
{
    double number;
    if (!column->n_filled++) {
        column->first = arena_copy(&sums->texts, cell);
        column->is_constant = true;
        if (!column->first.ptr)
            return false;
    }
    column->is_constant = column->is_constant && slice_equal(cell, column->first);
    if (!number_parse(cell, sums->decimal, &number))
        return true;
    column->n_number++;
    column->whole += number;
    column->part += number;
    column->n_whole += number != 0;
    column->n_part += number != 0;
    return true;
}

bool frame_sums_add(struct frame_sums *sums, const struct row *row)
{
    size_t n = sums->is_wanted ? row->n_cells : 0;
    if (row->fault)
        return true;
    if (n > sums->n_columns) {
        if (!ARRAY_ROOM(sums->columns, sums->n_columns, sums->room_columns, n - sums->n_columns))
            return false;
        memset(sums->columns + sums->n_columns, 0, (n - sums->n_columns) * sizeof *sums->columns);
        sums->n_columns = n;
    }
    size_t first = row->n_cells;
    for (size_t i = 0; i < row->n_cells; i++) {
        struct slice cell = slice_trim(row->cells[i]);
        if (!cell.len)
            continue;
        first = first < i ? first : i;
        if (i >= n)
            break;
        if (!add_cell(sums, &sums->columns[i], cell))
            return false;
    }
    if (first < row->n_cells)
        sums->first_filled = sums->n_rows++ && sums->first_filled < first ? sums->first_filled : first;
    return true;
}

void frame_sums_end_part(struct frame_sums *sums)
{
    for (size_t i = 0; i < sums->n_columns; i++) {
        sums->columns[i].part = 0;
        sums->columns[i].n_part = 0;
    }
}

/* ---- judging ------------------------------------------------------------------------------------------------- */

static enum total_verdict compare(double says, double sum)
{
    double most = fmax(fabs(says), fabs(sum)), off = fabs(says - sum);
    return off <= EXACT * most ? TOTAL_AGREES : off <= ROUNDING * most ? TOTAL_ROUNDED : TOTAL_DIFFERS;
}

/* A cell that repeats what all rows say (the year, the unit) is no sum. */
static bool repeats(const struct column_sum *column, struct slice cell)
{
    return column && column->is_constant && column->n_filled > 1 && slice_equal(cell, column->first);
}

/* Holds a row beside the sums of the part or the whole; false when memory is out. */
static bool hold_beside(
    struct frame_sums *sums, const struct row *row, bool is_part, bool is_labelled, struct total_judgement *judged)
{
    size_t n = 0;
    *judged = (struct total_judgement){.is_part = is_part};
    if (!ARRAY_ROOM(sums->cells, 0, sums->room_cells, row->n_cells)) {
        sums->is_starved = true;
        return false;
    }
    for (size_t i = 0; i < row->n_cells; i++) {
        struct slice cell = slice_trim(row->cells[i]);
        const struct column_sum *column = i < sums->n_columns ? &sums->columns[i] : NULL;
        double says;
        if (!cell.len || !number_parse(cell, sums->decimal, &says) || (is_labelled && repeats(column, cell)))
            continue;
        double sum = !column ? 0 : is_part ? column->part : column->whole;
        enum total_verdict verdict = compare(says, sum);
        size_t n_summed = !column ? 0 : is_part ? column->n_part : column->n_whole;
        judged->verdict = verdict > judged->verdict ? verdict : judged->verdict;
        judged->n_evidence += verdict != TOTAL_DIFFERS && n_summed > 1;
        sums->cells[n++] = (struct judged_cell){i, says, sum, verdict};
    }
    judged->cells = sums->cells;
    judged->n_cells = n;
    return true;
}

static size_t n_differing(const struct total_judgement *judged)
{
    size_t n = 0;
    for (size_t i = 0; i < judged->n_cells; i++)
        n += judged->cells[i].verdict == TOTAL_DIFFERS;
    return n;
}

void frame_sums_judge(struct frame_sums *sums, const struct row *row, struct total_judgement *judged)
{
    if (!hold_beside(sums, row, false, true, judged) || judged->verdict != TOTAL_DIFFERS)
        return;
    size_t n_whole = n_differing(judged);
    if (hold_beside(sums, row, true, true, judged) && n_differing(judged) < n_whole)
        return;
    if (!hold_beside(sums, row, false, true, judged))
        *judged = (struct total_judgement){0};
}

/* ---- finding ------------------------------------------------------------------------------------------------- */

/* The words that a row of sums begins with, folded: in the languages of the United Nations and Portuguese. */
static const char *const total_words[] = {"total", "totals", "grand total", "gran total", "total general",
    "total geral", "total generale", "total global", "totaux", "subtotal", "sub total", "subtotales", "subtotais",
    "sous total", "suma", "soma", "sum", "somme", "всего", "итого", "итог", "подытог", "الاجمالي", "المجموع", "اجمالي",
    "مجموع", "总计", "合计", "小计", "總計", "合計", "小計"};

static void fold_words(struct frame_sums *sums)
{
    if (sums->words.len)
        return;
    for (size_t i = 0; i < sizeof total_words / sizeof *total_words; i++) {
        folding_apply(&sums->folding, slice_from(total_words[i]), &sums->words);
        buffer_add_byte(&sums->words, '\n');
    }
    sums->is_starved |= sums->words.failed;
}

/* Whether a label is one of the words, or, where `may_go_on`, begins with one. */
static bool is_total_word(struct frame_sums *sums, struct slice label, bool may_go_on)
{
    enum { LONGEST = 200 };
    if (label.len > LONGEST)
        return false;
    fold_words(sums);
    buffer_clear(&sums->folded);
    folding_apply(&sums->folding, label, &sums->folded);
    sums->is_starved |= sums->folded.failed;
    struct slice text = slice_trim(buffer_slice(&sums->folded)), words = buffer_slice(&sums->words);
    while (words.len) {
        struct slice known = slice_trim(slice_cut(&words, '\n'));
        bool begins = known.len && slice_starts_with(text, known);
        if (begins && (text.len == known.len || (may_go_on && text.ptr[known.len] == ' ')))
            return true;
    }
    return false;
}

static bool is_dash(struct slice cell)
{
    for (size_t i = 0; i < cell.len; i++)
        if (!strchr("-.*/ ", cell.ptr[i]) || !cell.ptr[i])
            return slice_is(cell, "–") || slice_is(cell, "—");
    return true;
}

/* What a row is made of, besides numbers. */
struct looks {
    size_t n_numbers, n_texts;
    struct slice label; /* the first text */
    bool leaves_key;    /* a column is empty that every row above fills */
};

static struct looks look(const struct frame_sums *sums, const struct row *row)
{
    struct looks looks = {0};
    double number;
    for (size_t i = 0; i < sums->n_columns; i++) {
        const struct column_sum *column = &sums->columns[i];
        struct slice cell = i < row->n_cells ? slice_trim(row->cells[i]) : SLICE_EMPTY;
        if (!cell.len) {
            looks.leaves_key |= column->n_filled == sums->n_rows;
        } else if (number_parse(cell, sums->decimal, &number)) {
            looks.n_numbers++;
        } else if (!is_dash(cell) && !(looks.n_texts && repeats(column, cell))) {
            looks.n_texts++;
            looks.label = looks.label.len ? looks.label : cell;
        }
    }
    return looks;
}

bool frame_sums_find_total(struct frame_sums *sums, const struct row *row, bool is_last, struct total_judgement *judged)
{
    struct looks looks = look(sums, row);
    if (sums->n_rows < 2 || !looks.n_numbers || looks.n_texts > 1)
        return false;
    if (!looks.n_texts)
        return is_last && looks.leaves_key && hold_beside(sums, row, false, false, judged) && judged->n_evidence &&
               judged->verdict != TOTAL_DIFFERS;
    if (!is_total_word(sums, looks.label, true))
        return false;
    frame_sums_judge(sums, row, judged);
    bool agrees = judged->n_evidence && judged->verdict != TOTAL_DIFFERS;
    return agrees || (is_last && judged->n_cells && is_total_word(sums, looks.label, false));
}
