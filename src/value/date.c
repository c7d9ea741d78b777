/* Dates are read in three steps: the time of day is cut off, a range is cut in two, and what is left is folded into
 * numbers and words (text/fold.h romanises month names too, so that one table of Latin spellings serves seven
 * languages). Which number is the day follows from the word for the month, from the place of a four-digit year, from
 * what the recipe says, and last from what is impossible. */
#include "value/date.h"

#include "base/array.h"
#include "base/calendar.h"
#include "text/fold.h"
#include "value/date_inside.h"
#include "value/parse.h"

#include <stdlib.h>

enum { FIRST_YEAR = 1000, LAST_YEAR = 2199, LONGEST_DATE = 120, MOST_PARTS = 12 };

/* Folded month names: English, Spanish, French, Portuguese, Russian (both cases, as folded), Arabic (the Gregorian
 * names of Egypt and the Gulf, then those of the Levant, as folded). Chinese ones are numerals, see read_word(). An
 * abbreviation is the front of a name of at least three letters that fits one month only. */
static const char *const months[12][12] = {
    {"january", "enero", "janvier", "janeiro", "yanvar", "yanvarya", "ynayr", "kanwnalthany"},
    {"february", "febrero", "fevrier", "fevereiro", "fevral", "fevralya", "fbrayr", "shbat"},
    {"march", "marzo", "mars", "marco", "mart", "marta", "adhar"},
    {"april", "abril", "avril", "aprel", "aprelya", "abryl", "nysan"},
    {"may", "mayo", "mai", "maio", "maya", "mayw", "ayar"},
    {"june", "junio", "juin", "junho", "iyun", "iyunya", "ywnyw", "hzyran"},
    {"july", "julio", "juillet", "julho", "iyul", "iyulya", "ywlyw", "tmwz"},
    {"august", "agosto", "aout", "avgust", "avgusta", "aghsts", "ab"},
    {"september", "septiembre", "setiembre", "septembre", "setembro", "sentyabr", "sentyabrya", "sbtmbr", "aylwl"},
    {"october", "octubre", "octobre", "outubro", "oktyabr", "oktyabrya", "aktwbr", "tshrynalawl"},
    {"november", "noviembre", "novembre", "novembro", "noyabr", "noyabrya", "nwfmbr", "tshrynalthany"},
    {"december", "diciembre", "decembre", "dezembro", "dekabr", "dekabrya", "dysmbr", "kanwnalawl"},
};

/* Words that say nothing about which day it is. */
static const char *const fillers[] = {"de", "del", "do", "of", "the", "le", "el", "o", "a", "on", "dia", "em", "en",
    "g", "god", "goda", "st", "nd", "rd", "th", "er", "nian", "yue", "ri", "hao", "year", "am", "pm", "z"};
static const char *const weekdays[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    "lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo", "lundi", "mardi", "mercredi", "jeudi",
    "vendredi", "samedi", "dimanche", "segunda", "terca", "quarta", "quinta", "sexta", "feira"};

/* The reading of one date before it is checked. */
struct parts {
    struct {
        int number;
        unsigned n_digits;
    } at[MOST_PARTS];
    size_t n;
    unsigned month;   /* from a word; 0: none */
    size_t month_at;  /* how many numbers stand before the word */
    unsigned quarter; /* Q1 … Q4 */
    int numeral;      /* of Chinese numerals so far */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

unsigned date_precision(int32_t first, int32_t last)
{
    struct civil a = civil_from_day(first), b = civil_from_day(last);
    if (first == last)
        return DATE_DAY;
    if (a.year != b.year || a.day != 1 || b.day != days_in_month(b.year, b.month))
        return DATE_RANGE;
    return a.month == b.month ? DATE_MONTH : a.month == 1 && b.month == 12 ? DATE_YEAR : DATE_RANGE;
}

/* ---- words and numbers --------------------------------------------------------------------------------------------
 */

static bool is_in(struct slice word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (slice_is(word, list[i]))
            return true;
    return false;
}

/* The month whose name `word` is, or is the front of; 0 for none or several. */
static unsigned month_of(struct slice word)
{
    unsigned found = 0;
    for (unsigned month = 0; month < 12; month++)
        for (const char *const *name = months[month]; name < months[month] + 12 && *name; name++) {
            if (slice_is(word, *name))
                return month + 1;
            if (word.len >= 3 && slice_starts_with(slice_from(*name), word)) {
                if (found && found != month + 1)
                    return 0;
                found = month + 1;
            }
        }
    return slice_is(word, "sept") ? 9 : found;
}

/* 一月 is "yi yue": numerals up to twelve before "yue". */
static bool read_numeral(struct parts *parts, struct slice word)
{
    static const char *const numerals[] = {"yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu", "shi"};
    for (int i = 0; i < 10; i++)
        if (slice_is(word, numerals[i])) {
            parts->numeral += i + 1;
            return parts->numeral <= 12;
        }
    if (slice_is(word, "yue") && parts->numeral && !parts->month) {
        parts->month = (unsigned)parts->numeral;
        parts->month_at = parts->n;
        parts->numeral = 0;
        return true;
    }
    return false;
}

static bool read_word(struct parts *parts, struct slice word)
{
    unsigned month;
    if (word.len == 2 && (word.ptr[0] == 'q' || word.ptr[0] == 't') && word.ptr[1] >= '1' && word.ptr[1] <= '4') {
        parts->quarter = (unsigned)(word.ptr[1] - '0');
        return true;
    }
    if (read_numeral(parts, word) || is_in(word, fillers, sizeof fillers / sizeof *fillers))
        return true;
    if ((month = month_of(word)) != 0 && !parts->month) {
        parts->month = month;
        parts->month_at = parts->n;
        return true;
    }
    return is_in(word, weekdays, sizeof weekdays / sizeof *weekdays);
}

static bool read_number(struct parts *parts, struct slice digits)
{
    if (digits.len > 8 || parts->n == 3)
        return false;
    parts->at[parts->n].number = 0;
    for (size_t i = 0; i < digits.len; i++)
        parts->at[parts->n].number = parts->at[parts->n].number * 10 + (digits.ptr[i] - '0');
    parts->at[parts->n++].n_digits = (unsigned)digits.len;
    return true;
}

/* Cuts a folded token where digits and letters meet: "18jan2016", "1st", "2016nian1yue". */
static bool read_token(struct parts *parts, struct slice token)
{
    bool is_behind_number = false;
    while (token.len) {
        size_t len = 1;
        bool is_number = is_digit(token.ptr[0]);
        bool is_quarter = !is_number && token.len == 2 && is_digit(token.ptr[1]);
        while (len < token.len && (is_quarter || is_digit(token.ptr[len]) == is_number))
            len++;
        struct slice piece = slice_of(token.ptr, len);
        bool is_ordinal = is_behind_number && slice_is(piece, "er"); /* French; alone it is the Chinese two */
        if (!is_ordinal && !(is_number ? read_number(parts, piece) : read_word(parts, piece)))
            return false;
        is_behind_number = is_number;
        token = slice_of(token.ptr + len, token.len - len);
    }
    return true;
}

/* ---- from parts to days -------------------------------------------------------------------------------------------
 */

static bool set_day(struct date_reading *out, int year, int month, int day)
{
    if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12 || day < 1 ||
        !civil_is_valid(year, (unsigned)month, (unsigned)day))
        return false;
    out->first = out->last = day_from_civil(year, (unsigned)month, (unsigned)day);
    return true;
}

static bool set_months(struct date_reading *out, int year, int month, int last_month)
{
    if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || last_month > 12)
        return false;
    out->first = day_from_civil(year, (unsigned)month, 1);
    out->last = day_from_civil(year, (unsigned)last_month, days_in_month(year, (unsigned)last_month));
    return true;
}

/* A two-digit year is one of 1969 … 2068, and doubtful. */
static int full_year(int number, unsigned n_digits, struct date_reading *out)
{
    if (n_digits > 2)
        return number;
    out->is_ambiguous = true;
    return number + (number <= 68 ? 2000 : 1900);
}

/* 20160118, 18012016, 201601. */
static bool compact(const struct parts *parts, enum date_order order, struct date_reading *out)
{
    int n = parts->at[0].number;
    if (parts->at[0].n_digits == 6)
        return set_months(out, n / 100, n % 100, n % 100);
    if (parts->at[0].n_digits != 8)
        return false;
    if (order == DATE_ORDER_DMY)
        return set_day(out, n % 10000, n / 10000 % 100, n / 1000000);
    if (order == DATE_ORDER_MDY)
        return set_day(out, n % 10000, n / 1000000, n / 10000 % 100);
    return set_day(out, n / 10000, n / 100 % 100, n % 100);
}

/* One number: a year, a month and year in words, or a compact date. */
static bool one_number(const struct parts *parts, enum date_order order, struct date_reading *out)
{
    int year = parts->at[0].number;
    if (parts->at[0].n_digits != 4 && !parts->month && !parts->quarter)
        return compact(parts, order, out);
    if (parts->quarter && !parts->month)
        return parts->at[0].n_digits == 4 &&
               set_months(out, year, (int)parts->quarter * 3 - 2, (int)parts->quarter * 3);
    if (!parts->month)
        return set_months(out, year, 1, 12);
    /* "18 January" and "Jan-16" may be a day of some year as well. */
    return parts->at[0].n_digits == 4 && set_months(out, year, (int)parts->month, (int)parts->month);
}

/* Two numbers: day and year around a month's word, or year and month. */
static bool two_numbers(const struct parts *parts, struct date_reading *out)
{
    int a = parts->at[0].number, b = parts->at[1].number;
    unsigned n_a = parts->at[0].n_digits, n_b = parts->at[1].n_digits;
    if (parts->quarter)
        return false;
    if (parts->month) {
        if (n_a > 2)
            return n_b <= 2 && set_day(out, a, (int)parts->month, b);
        return (n_b == 4 || n_b == 2) && set_day(out, full_year(b, n_b, out), (int)parts->month, a);
    }
    if (n_a == 4 && n_b <= 2)
        return set_months(out, a, b, b);
    return n_b == 4 && n_a <= 2 && set_months(out, b, a, a);
}

/* Three numbers, the year last: what the recipe says, else what is possible, else day first and a flag. */
static bool year_last(const struct parts *parts, enum date_order order, struct date_reading *out)
{
    int a = parts->at[0].number, b = parts->at[1].number;
    int year = full_year(parts->at[2].number, parts->at[2].n_digits, out);
    if (order == DATE_ORDER_DMY)
        return set_day(out, year, b, a);
    if (order == DATE_ORDER_MDY)
        return set_day(out, year, a, b);
    if (a > 12 || b > 12)
        return a > 12 ? set_day(out, year, b, a) : set_day(out, year, a, b);
    out->is_ambiguous = out->is_ambiguous || a != b;
    return set_day(out, year, b, a);
}

static bool three_numbers(const struct parts *parts, enum date_order order, struct date_reading *out)
{
    unsigned n_first = parts->at[0].n_digits, n_last = parts->at[2].n_digits;
    if (parts->month || parts->quarter || parts->at[1].n_digits > 2)
        return false;
    if (n_first == 4 && n_last <= 2)
        return set_day(out, parts->at[0].number, parts->at[1].number, parts->at[2].number);
    if (order == DATE_ORDER_YMD && n_first == 2 && n_last == 2)
        return set_day(out, full_year(parts->at[0].number, 2, out), parts->at[1].number, parts->at[2].number);
    return n_first <= 2 && (n_last == 4 || n_last == 2) && year_last(parts, order, out);
}

/* ---- texts --------------------------------------------------------------------------------------------------------
 */

/* Without the time of day: from the digits before the first colon on. */
static struct slice without_time(struct slice text)
{
    ptrdiff_t colon = slice_find(text, SLICE(":"));
    if (colon < 0)
        return text;
    size_t begin = (size_t)colon;
    while (begin && is_digit(text.ptr[begin - 1]))
        begin--;
    bool is_time = begin && begin < (size_t)colon && (text.ptr[begin - 1] == ' ' || text.ptr[begin - 1] == 'T');
    return is_time ? slice_trim(slice_of(text.ptr, begin - 1)) : text;
}

/* The names of four months of the Levant are two words: "kanwn althany". They are written as one. */
static void join_words(struct buffer *folded)
{
    static const char *const fronts[] = {"kanwn al", "tshryn al"};
    for (size_t i = 0; i < 2 && folded->len; i++) {
        char *found = strstr(folded->ptr, fronts[i]);
        if (!found)
            continue;
        char *space = strchr(found, ' ');
        memmove(space, space + 1, strlen(space + 1) + 1);
        folded->len--;
    }
}

/* COMITY_INPUT when the text is no date. */
enum comity_status date_read_one(
    struct folding *folding, struct slice text, enum date_order order, struct date_reading *out)
{
    struct parts parts = {.n = 0};
    struct buffer folded;
    buffer_init(&folded, LONGEST_DATE * 32);
    folding_apply(folding, without_time(slice_trim(text)), &folded);
    enum comity_status status = buffer_status(&folded);
    join_words(&folded);
    struct slice rest = buffer_slice(&folded), token;
    bool is_read = status == COMITY_OK;
    while (is_read && token_next(&rest, &token))
        is_read = read_token(&parts, token);
    buffer_release(&folded);
    if (status != COMITY_OK)
        return status == COMITY_NOMEM ? status : COMITY_INPUT;
    is_read = is_read && !parts.numeral &&
              ((parts.n == 1 && one_number(&parts, order, out)) || (parts.n == 2 && two_numbers(&parts, out)) ||
                  (parts.n == 3 && three_numbers(&parts, order, out)));
    return is_read ? COMITY_OK : COMITY_INPUT;
}

/* Cuts "a..b", "a – b", "a to b", "2016-01-18/2016-01-23". */
static bool cut_range(struct slice text, struct slice *a, struct slice *b)
{
    static const char *const joints[] = {
        "..", " - ", "–", "—", " to ", " until ", " al ", " au ", " até ", " по ", " à ", "/"};
    for (size_t i = 0; i < sizeof joints / sizeof *joints; i++) {
        struct slice joint = slice_from(joints[i]);
        ptrdiff_t at = slice_find(text, joint);
        if (at <= 0 || (size_t)at + joint.len >= text.len)
            continue;
        *a = slice_trim(slice_of(text.ptr, (size_t)at));
        *b = slice_trim(slice_of(text.ptr + (size_t)at + joint.len, text.len - (size_t)at - joint.len));
        /* A slash joins two dates only if it is the only one, between two long ISO ones. */
        return joint.ptr[0] != '/' || (a->len >= 10 && b->len >= 10 && slice_find(*b, joint) < 0);
    }
    return false;
}

/* "18-23 January 2016": the day alone before a full date. 0: it is none. */
static int lone_day(struct slice text)
{
    bool is_day =
        (text.len == 1 && is_digit(text.ptr[0])) || (text.len == 2 && is_digit(text.ptr[0]) && is_digit(text.ptr[1]));
    return !is_day ? 0 : text.len == 1 ? text.ptr[0] - '0' : (text.ptr[0] - '0') * 10 + (text.ptr[1] - '0');
}

/* Cuts at a dash without spaces: "18-23 January 2016", "18/1/2016-23/1/2016". */
static bool cut_at_dash(struct slice text, struct slice *a, struct slice *b)
{
    ptrdiff_t dash = slice_find(text, SLICE("-"));
    if (dash <= 0)
        return false;
    *a = slice_of(text.ptr, (size_t)dash);
    *b = slice_of(text.ptr + dash + 1, text.len - (size_t)dash - 1);
    struct slice rest = *b;
    if (lone_day(*a) && lone_day(slice_cut(&rest, ' ')) && rest.len)
        return true;
    return slice_find(*b, SLICE("-")) < 0 && slice_find(*a, SLICE("/")) > 0 && slice_find(*b, SLICE("/")) > 0;
}

static enum comity_status read_ends(
    struct folding *folding, struct slice a, struct slice b, enum date_order order, struct date_reading *out)
{
    struct date_reading second = {0};
    enum comity_status status = date_read_one(folding, b, order, &second);
    if (status != COMITY_OK)
        return status;
    int day = lone_day(a);
    struct civil last = civil_from_day(second.first);
    if (day)
        status =
            second.first == second.last && set_day(out, last.year, (int)last.month, day) ? COMITY_OK : COMITY_INPUT;
    else
        status = date_read_one(folding, a, order, out);
    if (status != COMITY_OK || second.last < out->first)
        return status != COMITY_OK ? status : COMITY_INPUT;
    out->last = second.last;
    out->is_ambiguous = out->is_ambiguous || second.is_ambiguous;
    return COMITY_OK;
}

/* A range if both of its ends are dates, else one date: "18 - 01 - 2016" looks like a range too. */
static enum comity_status read_range(
    struct folding *folding, struct slice text, enum date_order order, struct date_reading *out)
{
    struct slice a, b;
    if (cut_at_dash(text, &a, &b) || cut_range(text, &a, &b)) {
        enum comity_status status = read_ends(folding, a, b, order, out);
        if (status != COMITY_INPUT)
            return status;
        *out = (struct date_reading){0};
    }
    return date_read_one(folding, text, order, out);
}

/* The cell of the last day. What cannot be read there, or lies before the first, makes the end doubtful, not the
 * beginning. */
static enum comity_status read_until(
    const struct value_spec *spec, const struct value_input *input, struct date_reading *out)
{
    struct date_reading until = {0};
    struct slice text = slice_trim(input->until);
    for (size_t i = 0; i < input->n_null_tokens; i++)
        if (slice_equal_nocase(text, slice_trim(input->null_tokens[i])))
            return COMITY_OK;
    if (text.len == 0)
        return COMITY_OK;
    enum comity_status status =
        text.len > LONGEST_DATE ? COMITY_INPUT : date_read_one(spec->folding, text, input->date_order, &until);
    if (status == COMITY_NOMEM)
        return status;
    out->is_ambiguous = out->is_ambiguous || status != COMITY_OK || until.is_ambiguous || until.last < out->first;
    if (status == COMITY_OK && until.last >= out->first)
        out->last = until.last;
    return COMITY_OK;
}

enum comity_status date_parse(
    const struct value_spec *spec, const struct value_input *input, struct arena *arena, struct value *out)
{
    struct slice text = slice_trim(input->raw);
    struct date_reading reading = {0};
    enum comity_status status = text.len > LONGEST_DATE ? COMITY_INPUT
                                : date_has_own_year(input)
                                    ? date_read_in_year(spec->folding, input, &reading)
                                    : read_range(spec->folding, text, input->date_order, &reading);
    if (status == COMITY_OK)
        status = read_until(spec, input, &reading);
    if (status == COMITY_INPUT)
        return value_unread(VALUE_DATE, text, arena, out);
    if (status != COMITY_OK)
        return status;
    struct civil first = civil_from_day(reading.first);
    if (input->is_monthly && reading.first == reading.last && first.day == 1)
        reading.last = day_from_civil(first.year, first.month, days_in_month(first.year, first.month));
    if (input->is_yearly)
        date_widen_to_year(input->first_month, &reading);
    *out = (struct value){.type = VALUE_DATE, .state = VALUE_TYPED, .confidence = 100};
    out->date.first = reading.first;
    out->date.last = reading.last;
    out->precision = (uint8_t)date_precision(reading.first, reading.last);
    if (reading.is_ambiguous) {
        out->flags |= VALUE_AMBIGUOUS;
        out->confidence = 60;
    }
    return COMITY_OK;
}

/* ---- the survey ---------------------------------------------------------------------------------------------------
 */

bool date_survey_add(struct date_survey *survey, uint16_t country, const struct value *date)
{
    if (date->state != VALUE_TYPED || date->type != VALUE_DATE || date->precision != DATE_DAY)
        return true;
    if (country >= survey->n_lines) {
        size_t more = (size_t)country + 1 - survey->n_lines;
        if (!ARRAY_ROOM(survey->lines, survey->n_lines, survey->room, more))
            return false;
        memset(survey->lines + survey->n_lines, 0, more * sizeof *survey->lines);
        survey->n_lines += more;
    }
    struct date_survey_line *line = &survey->lines[country];
    struct civil day = civil_from_day(date->date.first);
    if (day.day == 1 && line->n_first++ == 0)
        line->some_day = date->date.first;
    else if (day.day == 1 && line->some_day != date->date.first)
        line->has_several_months = true;
    line->n++;
    return true;
}

bool date_survey_is_monthly(const struct date_survey *survey, uint16_t country)
{
    enum { FEWEST = 20, PERCENT = 95 };
    if (country >= survey->n_lines)
        return false;
    const struct date_survey_line *line = &survey->lines[country];
    return line->n >= FEWEST && line->has_several_months &&
           (uint64_t)line->n_first * 100 >= (uint64_t)line->n * PERCENT;
}

void date_survey_release(struct date_survey *survey)
{
    free(survey->lines);
    *survey = (struct date_survey){0};
}
