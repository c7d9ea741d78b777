/* Days from civil dates by the era method of H. Hinnant ("chrono-Compatible Low-Level Date Algorithms"). */
#include "base/calendar.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int32_t day_from_civil(int year, unsigned month, unsigned day)
{
    int y = month <= 2 ? year - 1 : year;
    int era = (y >= 0 ? y : y - 399) / 400;
    unsigned year_of_era = (unsigned)(y - era * 400);
    unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + (int)day_of_era - 719468;
}

struct civil civil_from_day(int32_t day)
{
    int64_t z = (int64_t)day + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned day_of_era = (unsigned)(z - era * 146097);
    unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned shifted = (5 * day_of_year + 2) / 153;
    struct civil civil;
    civil.day = day_of_year - (153 * shifted + 2) / 5 + 1;
    civil.month = shifted < 10 ? shifted + 3 : shifted - 9;
    civil.year = (int)(year_of_era + era * 400) + (civil.month <= 2);
    return civil;
}

unsigned days_in_month(int year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && is_leap ? 29 : days[(month - 1) % 12];
}

bool civil_is_valid(int year, unsigned month, unsigned day)
{
    return year >= -9999 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(year, month);
}

void day_format(int32_t day, char text[DAY_TEXT])
{
    struct civil civil = civil_from_day(day);
    snprintf(text, DAY_TEXT, "%04d-%02u-%02u", civil.year % 100000, civil.month % 100, civil.day % 100);
}

int64_t seconds_now(void)
{
    return (int64_t)time(NULL);
}

void instant_now(char text[INSTANT_TEXT])
{
    instant_format(seconds_now(), text);
}

void instant_format(int64_t seconds, char text[INSTANT_TEXT])
{
    time_t instant = (time_t)seconds;
    struct tm parts;
    if (!gmtime_r(&instant, &parts) || strftime(text, INSTANT_TEXT, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        text[0] = '\0';
}

int32_t day_of_instant(int64_t seconds)
{
    return (int32_t)(seconds >= 0 ? seconds / 86400 : -((86399 - seconds) / 86400));
}

bool instant_parse(const char *text, int64_t *seconds)
{
    int year, n = 0;
    unsigned month, day, hour, minute, second;
    if (sscanf(text, "%4d-%2u-%2uT%2u:%2u:%2uZ%n", &year, &month, &day, &hour, &minute, &second, &n) != 6 ||
        n != (int)strlen(text) || !civil_is_valid(year, month, day) || hour > 23 || minute > 59 || second > 60)
        return false;
    *seconds = (int64_t)day_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    return true;
}

uint64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
