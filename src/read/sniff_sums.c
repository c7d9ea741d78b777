/* Is it a series of sums, and which rows are sums of the others?
 *
 * A series is told by coarse dates together with something else that single events do not have: a column that counts
 * events, a header that says "sum", places no finer than a state, or no cell of date, place and concept that is told
 * twice. One sign alone is only said. */
#include "read/sniff_look.h"

#include "base/hash.h"
#include "text/fold.h"
#include "value/place.h"

#include <math.h>

/* ---- series -------------------------------------------------------------------------------------------------------
 */

static bool counts_events(struct look *look)
{
    const struct domain *domain = look->domain;
    for (size_t i = 0; i < domain->n_fields; i++)
        if (domain->fields[i].spec.type == VALUE_COUNT && !domain->fields[i].is_restricted &&
            column_of(look, (int)i, USE_FIELD))
            return true;
    return false;
}

static bool says_sum(struct look *look)
{
    const struct sniff_column *amount = column_of(look, look->domain->how_much, USE_FIELD);
    return amount && words_score(seen_of(look, amount)->folded, WORDS_SUM) >= 75;
}

/* Places are known, and none is finer than a first-level area. */
static bool is_coarse_place(struct look *look)
{
    const struct domain *domain = look->domain;
    struct sniff_column *place = column_of(look, domain->where, USE_FIELD);
    bool has_any = look->sniff->country || column_of(look, domain->country, USE_FIELD) ||
                   column_of(look, domain->where, USE_SUBDIVISION);
    if (column_of(look, domain->where, USE_LATITUDE))
        return false;
    return place ? subdivision_score(look, seen_of(look, place)) >= 70 : has_any;
}

static bool is_of_cell(const struct look *look, const struct sniff_column *column)
{
    const struct domain *domain = look->domain;
    int field = column->field;
    if (column->use == USE_NONE || column->use == USE_UNPIVOTED || field < 0)
        return false;
    return field == domain->when || field == domain->where || field == domain->country || field == domain->what ||
           column->use == USE_UNIT;
}

/* No two rows tell the same date, place, concept and unit. */
static bool is_told_once(struct look *look)
{
    struct map cells = {0};
    bool is_once = look->n_kept > 1;
    size_t n = look->sniff->n_columns;
    for (size_t row = 0; row < look->n_kept && is_once; row++) {
        uint64_t hash = 0;
        bool is_new = false;
        for (size_t i = 0; i < n && is_once; i++) {
            const struct seen *seen = &look->seen[i];
            uint32_t id = look->ids[row * n + i];
            if (!is_of_cell(look, &look->sniff->columns[i]))
                continue;
            is_once = id != NO_CELL || seen->cells.count < SNIFF_DISTINCT;
            hash = hash_u64(hash * 31 + id);
        }
        is_once = is_once && map_put(&cells, hash, &is_new) && is_new;
    }
    map_release(&cells);
    return is_once;
}

static void add_reason(struct buffer *out, bool is_so, const char *reason, unsigned points, unsigned *score)
{
    if (!is_so)
        return;
    buffer_format(out, "%s%s", out->len ? "; " : "", reason);
    *score += points;
}

void guess_sums(struct look *look)
{
    struct sniff *sniff = look->sniff;
    struct buffer reasons;
    unsigned score = 0;
    bool is_coarse = sniff->is_monthly || sniff->is_yearly;
    buffer_init(&reasons, 4096);
    add_reason(&reasons, is_coarse, sniff->is_yearly ? "dates are years" : "dates are months", 0, &score);
    add_reason(&reasons, counts_events(look), "a column counts events", 2, &score);
    add_reason(&reasons, says_sum(look), "the header of the amount speaks of a sum", 1, &score);
    add_reason(&reasons, is_coarse_place(look), "no place is finer than a first-level area", 1, &score);
    add_reason(&reasons, is_told_once(look), "no cell of date, place and concept is told twice", 1, &score);
    sniff->is_aggregate = is_coarse && score >= 2;
    if (is_coarse || score >= 3)
        sniff->aggregate_reasons = arena_copy(&sniff->arena, buffer_slice(&reasons));
    buffer_release(&reasons);
}

/* ---- rows that are sums -------------------------------------------------------------------------------------------
 */

static void add_filter(struct sniff *sniff, struct slice column, struct slice text, uint64_t n, uint64_t row)
{
    for (size_t i = 0; i < sniff->n_filters; i++)
        if (slice_equal(sniff->filters[i].column, column) && slice_equal(sniff->filters[i].text, text))
            return;
    if (sniff->n_filters < SNIFF_FILTERS)
        sniff->filters[sniff->n_filters++] = (struct sniff_filter){column, arena_copy(&sniff->arena, text), n, row};
}

static bool is_flag_word(struct slice cell)
{
    static const char *const words[] = {"true", "false", "yes", "no", "si", "sim", "nao", "0", "1", "s", "n", "y"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (slice_equal_nocase(cell, slice_from(words[i])))
            return true;
    return false;
}

/* "Is_Total_Row": True, False. */
static void find_flag(struct look *look, size_t column)
{
    const struct seen *seen = &look->seen[column];
    struct slice name = look->sniff->columns[column].name, yes = SLICE("True");
    if (words_score(seen->folded, WORDS_TOTAL) < 75 || !seen->cells.count || seen->cells.count > 2)
        return;
    for (size_t i = 0; i < seen->cells.count; i++) {
        struct slice cell = intern_text(&seen->cells, (uint32_t)i);
        if (!is_flag_word(cell))
            return;
        if (strchr("tTyYsS1", cell.ptr[0]))
            yes = cell;
    }
    add_filter(look->sniff, name, yes, 0, 0);
}

/* Full rows that name a total where others name a place or a concept. */
static void find_total_cells(struct look *look, size_t column)
{
    enum { LONGEST = 30 };
    const struct seen *seen = &look->seen[column];
    const struct sniff_column *of = &look->sniff->columns[column];
    bool is_name = of->use == USE_SUBDIVISION || (of->use == USE_FIELD && of->field != look->domain->how_much);
    if (!is_name || seen->numbers > 50)
        return;
    for (size_t i = 0; i < seen->cells.count; i++) {
        struct slice cell = intern_text(&seen->cells, (uint32_t)i);
        if (cell.len <= LONGEST && says_total(folded(look, &look->scratch, cell)))
            add_filter(look->sniff, of->name, cell, seen->n_rows[i], 0);
    }
}

/* A column that every full row fills and that none of the rows at the edge does. */
static const struct sniff_column *always_filled(struct look *look)
{
    const struct domain *domain = look->domain;
    const int fields[] = {domain->what, domain->where, domain->when, domain->country};
    for (size_t f = 0; f < sizeof fields / sizeof *fields; f++)
        for (size_t i = 0; i < look->sniff->n_columns; i++) {
            const struct sniff_column *column = &look->sniff->columns[i];
            const struct seen *seen = &look->seen[i];
            bool is_good = fields[f] >= 0 && column->field == fields[f] && column->use != USE_UNPIVOTED && seen->n &&
                           !seen->n_empty;
            for (size_t e = 0; e < look->n_edges && is_good; e++)
                is_good = !look->edges[e].cells[i].len;
            if (is_good)
                return column;
        }
    return NULL;
}

void find_edges(struct look *look)
{
    struct sniff *sniff = look->sniff;
    for (size_t i = 0; i < sniff->n_columns; i++) {
        find_flag(look, i);
        find_total_cells(look, i);
    }
    for (size_t e = 0; e < look->n_edges; e++)
        for (size_t i = 0; i < sniff->n_columns; i++) {
            struct slice cell = look->edges[e].cells[i];
            if (cell.len && cell.len < 60 && says_total(folded(look, &look->scratch, cell)) &&
                look->seen[i].numbers < 50) {
                const struct sniff_column *filled = always_filled(look);
                add_filter(sniff, filled ? filled->name : sniff->columns[i].name, filled ? SLICE_EMPTY : cell, 1,
                    look->edges[e].row);
                break;
            }
        }
    /* Few rows behind the last full one: a total without a name, or notes. */
    bool is_at_end = look->is_whole && look->n_edges && look->n_edges < MOST_EDGES &&
                     look->edges[0].row + look->n_edges > look->n_all_rows;
    const struct sniff_column *filled = is_at_end ? always_filled(look) : NULL;
    if (filled)
        add_filter(sniff, filled->name, SLICE_EMPTY, look->n_edges, look->edges[0].row);
}
