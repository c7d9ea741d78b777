/* date.h - days, months, years and ranges, as people and programs write them.
 *
 *     2016-01-18   18/01/2016   01/18/2016 12:00:00 AM   18 de enero de 2016   18 января 2016 г.   2016年1月18日
 *     2016-01 (a month)   2016   2016-01-18..2016-01-23   18-23 January 2016   20160118   Q1 2016
 *
 * A day is never invented: a month stays a month, and what cannot be (31 February, month 13 in a column that is said to
 * be D/M/Y) is UNREAD. Where nobody says the order and both are possible, D/M/Y is taken and flagged VALUE_AMBIGUOUS;
 * two-digit years are flagged too (00-68 is 2000-2068, as POSIX has it). Years from 1000 to 2199, Gregorian. Times of
 * day are dropped.
 */
#ifndef VALUE_DATE_H
#define VALUE_DATE_H

#include "value/value.h"

enum comity_status date_parse(
    const struct value_spec *, const struct value_input *, struct arena *, struct value *) COMITY_MUST_USE;

/* DATE_DAY, DATE_MONTH, DATE_YEAR or DATE_RANGE for a pair of days. */
unsigned date_precision(int32_t first, int32_t last);

/* Finds the countries of one source that date everything to the first of the month. Zeroed is empty. */
struct date_survey {
    struct date_survey_line {
        uint32_t n, n_first;
        int32_t some_day;
        bool has_several_months;
    } * lines; /* by country */
    size_t n_lines, room;
};

/* Notes one value; only days count. `country` may be COUNTRY_NONE. False when memory is out. */
bool date_survey_add(struct date_survey *survey, uint16_t country, const struct value *date);
/* Of 20 dates or more, at least 95 % are the first of a month, and not all of the same one. */
bool date_survey_is_monthly(const struct date_survey *survey, uint16_t country);
void date_survey_release(struct date_survey *survey);

#endif
