/* calendar.h - days and instants, without time zones and without the C library's hidden state.
 *
 * A day is an int32_t: days since 1970-01-01, proleptic Gregorian. Instants are UTC.
 */
#ifndef BASE_CALENDAR_H
#define BASE_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

struct civil {
    int year;
    unsigned month, day; /* from 1 */
};

int32_t day_from_civil(int year, unsigned month, unsigned day);
struct civil civil_from_day(int32_t day);
unsigned days_in_month(int year, unsigned month);
bool civil_is_valid(int year, unsigned month, unsigned day);

enum { DAY_TEXT = 16, INSTANT_TEXT = 24 };
/* "2016-01-18". */
void day_format(int32_t day, char text[DAY_TEXT]);
/* Now, as "2026-11-23T22:49:00Z". */
void instant_now(char text[INSTANT_TEXT]);
/* Seconds since 1970-01-01T00:00:00Z: now, as that text, and back (false when it is no such text). */
int64_t seconds_now(void);
void instant_format(int64_t seconds, char text[INSTANT_TEXT]);
bool instant_parse(const char *text, int64_t *seconds);
/* The day in which an instant lies, in UTC. */
int32_t day_of_instant(int64_t seconds);
/* Milliseconds of a clock that only goes forward. */
uint64_t clock_ms(void);

#endif
