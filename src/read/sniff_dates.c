/* Which part of a date is the day follows from the rows whose number is no month. Where none tells, months that are
 * always dated to their first day tell by that; last comes the language of the headers, and then it is said. */
#include "read/sniff_look.h"

#include "base/calendar.h"
#include "value/date.h"

static const struct field *when_of(const struct look *look)
{
    return look->domain->when >= 0 ? &look->domain->fields[look->domain->when] : NULL;
}

/* ---- is it a date -------------------------------------------------------------------------------------------------
 */

struct date_try {
    const struct value_spec *spec;
    enum date_order order;
    unsigned precision; /* at most this coarse */
};

static bool reads_date(struct look *look, struct slice cell, const void *context)
{
    const struct date_try *attempt = context;
    struct value_input input = {.raw = cell, .date_order = attempt->order};
    struct value value = {0};
    return !value_parse(attempt->spec, &input, &look->scratch, &value) && value_is_typed(&value) &&
           value.precision <= attempt->precision;
}

unsigned date_score(struct look *look, const struct field *field, const struct seen *seen)
{
    unsigned header = header_score(look, field, seen->folded), year = words_score(seen->folded, WORDS_YEAR);
    struct date_try any = {&field->spec, DATE_ORDER_AUTO, DATE_YEAR},
                    fine = {&field->spec, DATE_ORDER_AUTO, DATE_MONTH};
    unsigned cells = cells_score(look, seen, reads_date, &any), exact = cells_score(look, seen, reads_date, &fine);
    bool is_yearly = exact < 50;
    if (is_yearly && header < 55 && year < 75)
        return 0;
    header = header > year ? header : year;
    if (cells < 50)
        return 0;
    unsigned score = (35 * header + 65 * cells) / 100, penalty = is_yearly ? 15 : 0;
    penalty += words_score(seen->folded, WORDS_OTHER_DATE) >= 75 ? 20 : 0;
    return score > penalty ? score - penalty : 0;
}

/* ---- a year here, a month there -----------------------------------------------------------------------------------
 */

static bool reads_month(struct look *look, struct slice cell, const void *context)
{
    struct value_input input = {.raw = cell, .year = SLICE("2000")};
    struct value value = {0};
    return !value_parse(context, &input, &look->scratch, &value) && value_is_typed(&value) &&
           value.precision == DATE_MONTH;
}

static bool reads_year(struct look *look, struct slice cell, const void *context)
{
    struct value_input input = {.raw = SLICE("5"), .year = cell, .first_month = 2};
    struct value value = {0};
    return !value_parse(context, &input, &look->scratch, &value) && value_is_typed(&value);
}

static bool reads_day_number(struct look *look, struct slice cell, const void *unused)
{
    double number;
    (void)look;
    (void)unused;
    return number_parse(cell, DECIMAL_AUTO, &number) && number >= 1 && number <= 31;
}

static struct sniff_column *best_of(
    struct look *look, enum header_words words, reads_cell reads, const void *context, bool is_header_needed)
{
    struct sniff *sniff = look->sniff;
    struct sniff_column *found = NULL;
    unsigned most = 0;
    for (size_t i = 0; i < sniff->n_columns; i++) {
        struct sniff_column *column = &sniff->columns[i];
        bool is_free = column->use == USE_NONE || (column->use == USE_FIELD && column->field == look->domain->when);
        unsigned header = words_score(look->seen[i].folded, words);
        if (!is_free || !look->seen[i].n_told || (is_header_needed && header < 75))
            continue;
        unsigned cells = cells_score(look, &look->seen[i], reads, context);
        /* Month names speak for themselves; numbers up to 12 do not. */
        if (cells < 95 || (header < 75 && (look->seen[i].numbers || look->seen[i].n_told < 3)))
            continue;
        if (cells + header > most) {
            most = cells + header;
            found = column;
        }
    }
    return found;
}

/* The best column tells no more than years: is there a month beside it? */
void find_year_and_month(struct look *look)
{
    const struct field *when = when_of(look);
    struct sniff *sniff = look->sniff;
    if (!when)
        return;
    int id = look->domain->when;
    struct sniff_column *date = column_of(look, id, USE_FIELD);
    struct date_try fine = {&when->spec, DATE_ORDER_AUTO, DATE_MONTH};
    if (date && cells_score(look, seen_of(look, date), reads_date, &fine) >= 50)
        return;
    struct sniff_column *year = best_of(look, WORDS_YEAR, reads_year, &when->spec, true);
    if (sniff->wide == WIDE_PERIODS) {
        if (year && year != date)
            use_column(year, USE_YEAR, id, 80);
        return;
    }
    struct sniff_column *month = year ? best_of(look, WORDS_MONTH, reads_month, &when->spec, false) : NULL;
    if (!month || month == year)
        return;
    if (date)
        use_column(date, USE_NONE, -1, 0);
    use_column(month, USE_FIELD, id, 85);
    use_column(year, USE_YEAR, id, 90);
    struct sniff_column *day = best_of(look, WORDS_DAY, reads_day_number, NULL, true);
    if (day && day != month && day != year)
        use_column(day, USE_DAY, id, 85);
}

/* ---- fiscal years -------------------------------------------------------------------------------------------------
 */

static bool is_pair_of_years(struct look *look, struct slice cell, const void *unused)
{
    (void)look;
    (void)unused;
    return cell.len >= 7 && cell.len <= 9 && (cell.ptr[4] == '-' || cell.ptr[4] == '/') && cell.ptr[0] >= '1' &&
           cell.ptr[0] <= '2';
}

static unsigned month_number(struct look *look, struct slice cell)
{
    struct value_input input = {.raw = cell, .year = SLICE("2000")};
    struct value value = {0};
    if (value_parse(&when_of(look)->spec, &input, &look->scratch, &value) || !value_is_typed(&value))
        return 0;
    return civil_from_day(value.date.first).month;
}

/* The months that are told with the year in the cell `year`, as bits. */
static unsigned months_with(struct look *look, size_t month_column, size_t year_column, uint32_t year)
{
    unsigned months = 0;
    size_t n = look->sniff->n_columns;
    for (size_t row = 0; row < look->n_kept; row++) {
        const uint32_t *ids = look->ids + row * n;
        if (ids[year_column] != year || ids[month_column] == NO_CELL)
            continue;
        unsigned month = month_number(look, intern_text(&look->seen[month_column].cells, ids[month_column]));
        if (month)
            months |= 1U << (month - 1);
    }
    arena_reset(&look->scratch);
    return months;
}

/* Where a run of months begins that is followed by missing ones; 0 when the months are no such run. */
static unsigned run_begin(unsigned months)
{
    unsigned begin = 0, n = 0;
    for (unsigned i = 0; i < 12; i++) {
        bool is_told = months >> i & 1, was_told = months >> (i + 11) % 12 & 1;
        if (is_told && !was_told) {
            begin = i + 1;
            n++;
        }
    }
    return n == 1 ? begin : 0;
}

/* The last year is seldom complete: it shows in which month the source's years begin. */
static void guess_first_month(struct look *look, const struct sniff_column *month, const struct sniff_column *year)
{
    struct sniff *sniff = look->sniff;
    const struct seen *years = seen_of(look, year);
    bool is_fiscal =
        words_score(years->folded, WORDS_FISCAL) >= 75 || cells_score(look, years, is_pair_of_years, NULL) >= 80;
    struct slice latest = SLICE_EMPTY;
    uint32_t id = NO_CELL;
    for (size_t i = 0; i < years->cells.count; i++) {
        struct slice cell = intern_text(&years->cells, (uint32_t)i);
        if (!latest.len || slice_compare(cell, latest) > 0) {
            latest = cell;
            id = (uint32_t)i;
        }
    }
    unsigned begin =
        month && id != NO_CELL
            ? run_begin(months_with(look, (size_t)(month - sniff->columns), (size_t)(year - sniff->columns), id))
            : 0;
    if (begin > 1 && (is_fiscal || years->cells.count > 1)) {
        sniff->first_month = begin;
        sniff->is_first_month_seen = true;
    } else if (is_fiscal) {
        sniff->first_month = 10;
    }
}

/* ---- order --------------------------------------------------------------------------------------------------------
 */

/* The numbers of a date, before any time of day; returns how many. */
static size_t numbers_of(struct slice cell, unsigned numbers[3], size_t n_digits[3])
{
    size_t n = 0;
    for (size_t at = 0; at < cell.len && n < 3; at++) {
        if (cell.ptr[at] < '0' || cell.ptr[at] > '9')
            continue;
        numbers[n] = 0;
        n_digits[n] = 0;
        for (; at < cell.len && cell.ptr[at] >= '0' && cell.ptr[at] <= '9' && n_digits[n] < 5; at++, n_digits[n]++)
            numbers[n] = numbers[n] * 10 + (unsigned)(cell.ptr[at] - '0');
        n++;
    }
    return n;
}

struct order_seen {
    uint64_t first_is_1, second_is_1, n_slashed; /* rows */
};

static void count_orders(struct look *look, const struct seen *seen, struct order_seen *ones)
{
    struct sniff_days *days = &look->sniff->days;
    for (size_t i = 0; i < seen->cells.count; i++) {
        unsigned numbers[3];
        size_t n_digits[3];
        uint64_t n = seen->n_rows[i];
        days->n += n;
        if (numbers_of(intern_text(&seen->cells, (uint32_t)i), numbers, n_digits) < 3)
            continue;
        if (n_digits[0] == 4) {
            days->year_first += n;
            continue;
        }
        if (n_digits[0] > 2 || n_digits[1] > 2)
            continue;
        ones->n_slashed += n;
        ones->first_is_1 += numbers[0] == 1 ? n : 0;
        ones->second_is_1 += numbers[1] == 1 ? n : 0;
        if (numbers[0] > 12)
            days->day_first += n;
        else if (numbers[1] > 12)
            days->month_first += n;
        else
            days->open += n;
    }
}

static void guess_order(struct look *look, const struct order_seen *ones)
{
    struct sniff *sniff = look->sniff;
    const struct sniff_days *days = &sniff->days;
    if (days->year_first > ones->n_slashed)
        sniff->order = DATE_ORDER_YMD;
    else if (days->day_first > 9 * days->month_first && days->day_first)
        sniff->order = DATE_ORDER_DMY;
    else if (days->month_first > 9 * days->day_first && days->month_first)
        sniff->order = DATE_ORDER_MDY;
    else if (days->open) {
        bool is_first_day = ones->first_is_1 == ones->n_slashed && ones->second_is_1 < ones->n_slashed;
        bool is_second_day = ones->second_is_1 == ones->n_slashed && ones->first_is_1 < ones->n_slashed;
        bool is_english = sniff->language && !strcmp(sniff->language, "en");
        bool is_known = sniff->language && !is_english;
        sniff->is_order_open = !is_first_day && !is_second_day;
        sniff->order = is_first_day    ? DATE_ORDER_DMY
                       : is_second_day ? DATE_ORDER_MDY
                       : is_known      ? DATE_ORDER_DMY
                                       : DATE_ORDER_AUTO;
    }
}

static bool reads_first_of_month(struct look *look, struct slice cell, const void *context)
{
    struct date_try attempt = {context, look->sniff->order, DATE_DAY};
    struct value_input input = {.raw = cell, .date_order = look->sniff->order};
    struct value value = {0};
    if (!reads_date(look, cell, &attempt))
        return false;
    if (value_parse(context, &input, &look->scratch, &value))
        return false;
    struct value_input month = {.raw = cell, .date_order = look->sniff->order, .is_monthly = true};
    struct value whole = {0};
    return !value_parse(context, &month, &look->scratch, &whole) && whole.precision == DATE_MONTH;
}

void guess_dates(struct look *look)
{
    const struct field *when = when_of(look);
    struct sniff *sniff = look->sniff;
    struct sniff_column *date = when ? column_of(look, look->domain->when, USE_FIELD) : NULL;
    struct sniff_column *year = when ? column_of(look, look->domain->when, USE_YEAR) : NULL;
    struct order_seen ones = {0};
    if (sniff->wide == WIDE_PERIODS)
        sniff->is_monthly = true;
    if (year)
        guess_first_month(look, date, year);
    if (!date)
        return;
    const struct seen *seen = seen_of(look, date);
    if (year) {
        sniff->is_monthly = !column_of(look, look->domain->when, USE_DAY);
        return;
    }
    if (words_score(seen->folded, WORDS_FISCAL) >= 75 || cells_score(look, seen, is_pair_of_years, NULL) >= 80)
        guess_first_month(look, NULL, date);
    count_orders(look, seen, &ones);
    guess_order(look, &ones);
    struct date_try day = {&when->spec, sniff->order, DATE_DAY}, month = {&when->spec, sniff->order, DATE_MONTH};
    bool is_on_firsts = seen->n_told > 1 && cells_score(look, seen, reads_first_of_month, &when->spec) >= 95;
    sniff->is_yearly = cells_score(look, seen, reads_date, &month) < 5;
    sniff->is_monthly = !sniff->is_yearly && (is_on_firsts || cells_score(look, seen, reads_date, &day) < 5);
}
