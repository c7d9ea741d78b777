/* Years that stand in a column of their own, and years that do not begin in January.
 *
 * A fiscal year is called by the calendar year in which it ends, as the United States and India do: "2026 (FYTD)" from
 * October is 2025-10-01 to 2026-09-30, and "2018-19" from April is 2018-04-01 to 2019-03-31. So a month from the first
 * one on lies in the calendar year before. */
#include "value/date_inside.h"

#include "base/calendar.h"

#include <stdio.h>

enum { LONGEST_CELL = 100, FIRST_YEAR = 1000, LAST_YEAR = 2199 };

bool date_has_own_year(const struct value_input *input)
{
    return input->year.len > 0 || (input->first_month > 1 && !input->is_yearly);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The year that a cell tells: "2019", "FY 2019", "2026 (FYTD)"; of "2018-19" and "2018/2019" the one that it ends in.
 */
static bool read_year(struct slice cell, unsigned first_month, int *year)
{
    int numbers[2];
    size_t n_digits[2], n = 0;
    for (size_t at = 0; at < cell.len;) {
        size_t begin = at;
        int number = 0;
        while (at < cell.len && is_digit(cell.ptr[at]))
            number = at - begin < 5 ? number * 10 + (cell.ptr[at++] - '0') : (at++, number);
        if (at == begin) {
            at++;
            continue;
        }
        if (n == 2)
            return false;
        numbers[n] = number;
        n_digits[n++] = at - begin;
    }
    if (n == 0 || n_digits[0] != 4 || numbers[0] < FIRST_YEAR || numbers[0] > LAST_YEAR)
        return false;
    *year = numbers[0];
    if (n == 1)
        return true;
    int next = numbers[0] + 1;
    bool is_pair = first_month > 1 && (n_digits[1] == 4 ? numbers[1] == next : numbers[1] == next % 100);
    *year = next;
    return is_pair;
}

/* The first day of the year that is called `year`. */
static int32_t year_begin(int year, unsigned first_month)
{
    return day_from_civil(first_month > 1 ? year - 1 : year, first_month > 1 ? first_month : 1, 1);
}

/* "Q1" is the first quarter of the source's year, whenever that begins. */
static bool read_quarter(struct slice text, int year, unsigned first_month, struct date_reading *out)
{
    if (text.len != 2 || !strchr("QqTt", text.ptr[0]) || text.ptr[1] < '1' || text.ptr[1] > '4')
        return false;
    struct civil begin = civil_from_day(year_begin(year, first_month));
    unsigned first = begin.month + 3 * (unsigned)(text.ptr[1] - '1'), behind = first + 3;
    out->first = day_from_civil(begin.year + (int)((first - 1) / 12), (first - 1) % 12 + 1, 1);
    out->last = day_from_civil(begin.year + (int)((behind - 1) / 12), (behind - 1) % 12 + 1, 1) - 1;
    return true;
}

static enum comity_status read_in(
    struct folding *folding, struct slice text, int year, enum date_order order, struct date_reading *out)
{
    char both[LONGEST_CELL + 20];
    int len = snprintf(both, sizeof both, "%.*s %d", SLICE_ARG(text), year);
    *out = (struct date_reading){0};
    return date_read_one(folding, slice_of(both, (size_t)len), order, out);
}

enum comity_status date_read_in_year(struct folding *folding, const struct value_input *input, struct date_reading *out)
{
    struct slice text = slice_trim(input->raw), cell = slice_trim(input->year);
    enum date_order order = input->date_order == DATE_ORDER_YMD ? DATE_ORDER_AUTO : input->date_order;
    int year;
    if (!cell.len) {
        cell = text;
        text = SLICE_EMPTY;
    }
    if (cell.len > LONGEST_CELL || text.len > LONGEST_CELL || !read_year(cell, input->first_month, &year))
        return COMITY_INPUT;
    if (!text.len) {
        out->first = year_begin(year, input->first_month);
        out->last = year_begin(year + 1, input->first_month) - 1;
        return COMITY_OK;
    }
    if (read_quarter(text, year, input->first_month, out))
        return COMITY_OK;
    enum comity_status status = read_in(folding, text, year, order, out);
    if (!status && input->first_month > 1 && civil_from_day(out->first).month >= input->first_month)
        status = read_in(folding, text, year - 1, order, out);
    /* A cell that is more than a part of a year ("2019" again) is no month of it. */
    return !status && out->last - out->first > 100 ? COMITY_INPUT : status;
}

void date_widen_to_year(unsigned first_month, struct date_reading *reading)
{
    struct civil first = civil_from_day(reading->first);
    int year = first_month > 1 && first.month >= first_month ? first.year + 1 : first.year;
    reading->first = year_begin(year, first_month);
    reading->last = year_begin(year + 1, first_month) - 1;
}
