/* Numbers as people write them. The text is brought to ASCII digits and marks first (Arabic digits, the many spaces
 * that part thousands, fractions), then it is decided which mark is the decimal one, and groups are checked: what does
 * not add up is not a number, rather than a guess. */
#include "value/quantity.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_DIGITS = 60 };

/* A number in pieces: `digits` holds digits, '.', ',' and ' ' (any other mark of thousands). */
struct numeral {
    char digits[MOST_DIGITS + 1];
    size_t n;
    int exponent;
    double fraction; /* ½ and 3/4 */
    bool is_negative, has_fraction;
};

static const struct sign {
    const char *text;
    char digit; /* what it stands for; '-' minus; 0: see value */
    double value;
} signs[] = {
    {"\u00A0", ' ', 0},
    {"\u202F", ' ', 0},
    {"\u2009", ' ', 0},
    {"\u2007", ' ', 0},
    {"\u2019", ' ', 0},
    {"'", ' ', 0},
    {"\u066B", '.', 0},
    {"\u066C", ' ', 0},
    {"\u2212", '-', 0},
    {"½", 0, 0.5},
    {"¼", 0, 0.25},
    {"¾", 0, 0.75},
    {"⅓", 0, 1.0 / 3},
    {"⅔", 0, 2.0 / 3},
    {"⅛", 0, 0.125},
};

static const struct sign *sign_at(struct slice text)
{
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (slice_starts_with(text, slice_from(signs[i].text)))
            return &signs[i];
    return NULL;
}

/* Arabic-Indic digits, U+0660 and U+06F0 onwards. -1: none. */
static int arabic_digit(struct slice text)
{
    if (text.len < 2)
        return -1;
    unsigned char a = (unsigned char)text.ptr[0], b = (unsigned char)text.ptr[1];
    if (a == 0xD9 && b >= 0xA0 && b <= 0xA9)
        return b - 0xA0;
    return a == 0xDB && b >= 0xB0 && b <= 0xB9 ? b - 0xB0 : -1;
}

static bool take(struct numeral *numeral, char c)
{
    if (numeral->n == MOST_DIGITS || numeral->has_fraction)
        return false;
    numeral->digits[numeral->n++] = c;
    return true;
}

/* "e3", "E-05": the end of a number. */
static bool take_exponent(struct numeral *numeral, struct slice text)
{
    size_t at = 1;
    bool is_negative = at < text.len && text.ptr[at] == '-';
    if (at < text.len && (text.ptr[at] == '-' || text.ptr[at] == '+'))
        at++;
    if (at == text.len || text.len - at > 3 || numeral->n == 0)
        return false;
    for (; at < text.len; at++) {
        if (text.ptr[at] < '0' || text.ptr[at] > '9')
            return false;
        numeral->exponent = numeral->exponent * 10 + (text.ptr[at] - '0');
    }
    numeral->exponent = is_negative ? -numeral->exponent : numeral->exponent;
    return true;
}

/* "1/2", "2 1/2": the digits behind the last space are the upper part. */
static bool take_fraction(struct numeral *numeral, struct slice lower)
{
    char *space;
    numeral->digits[numeral->n] = '\0';
    space = strrchr(numeral->digits, ' ');
    const char *upper = space ? space + 1 : numeral->digits;
    size_t n_upper = strlen(upper);
    if (lower.len == 0 || lower.len > 3 || n_upper == 0 || n_upper > 3 || strspn(upper, "0123456789") != n_upper)
        return false;
    double below = 0, above = strtod(upper, NULL);
    for (size_t i = 0; i < lower.len; i++) {
        if (lower.ptr[i] < '0' || lower.ptr[i] > '9')
            return false;
        below = below * 10 + (lower.ptr[i] - '0');
    }
    if (below == 0 || above >= below)
        return false;
    numeral->fraction = above / below;
    numeral->has_fraction = true;
    numeral->n = space ? (size_t)(space - numeral->digits) : 0;
    return true;
}

static bool numeral_read(struct numeral *numeral, struct slice text)
{
    while (text.len) {
        const struct sign *sign = sign_at(text);
        int digit = arabic_digit(text);
        char c = sign ? sign->digit : digit >= 0 ? (char)('0' + digit) : text.ptr[0];
        size_t len = sign ? strlen(sign->text) : digit >= 0 ? 2 : 1;
        if (sign && !c) {
            if (numeral->has_fraction)
                return false;
            numeral->fraction = sign->value;
            numeral->has_fraction = true;
        } else if ((c == '-' || c == '+') && numeral->n == 0 && !numeral->is_negative && !numeral->has_fraction)
            numeral->is_negative = c == '-';
        else if (c == 'e' || c == 'E')
            return take_exponent(numeral, text);
        else if (c == '/')
            return take_fraction(numeral, slice_of(text.ptr + 1, text.len - 1));
        else if (!((c >= '0' && c <= '9') || c == '.' || c == ',' || c == ' ') || !take(numeral, c))
            return false;
        text = slice_of(text.ptr + len, text.len - len);
    }
    return true;
}

static size_t count_of(const struct numeral *numeral, char mark, size_t *last)
{
    size_t n = 0;
    for (size_t i = 0; i < numeral->n; i++)
        if (numeral->digits[i] == mark) {
            n++;
            *last = i;
        }
    return n;
}

/* Which mark is the decimal one; 0: there is none. */
static char decimal_of(const struct numeral *numeral, enum decimal_mark mark)
{
    size_t comma = 0, point = 0, commas = count_of(numeral, ',', &comma), points = count_of(numeral, '.', &point);
    if (mark != DECIMAL_AUTO)
        return mark == DECIMAL_POINT ? '.' : ',';
    if (commas && points)
        return comma > point ? ',' : '.';
    if (points)
        return points == 1 ? '.' : 0;
    bool is_thousands = numeral->n - comma == 4 && comma >= 1 && comma <= 3 && numeral->digits[0] != '0';
    return commas == 1 && !is_thousands ? ',' : 0;
}

/* Takes the marks out: "1.234,5" with ',' becomes "1234.5". Groups have three digits, the first up to three; between
 * them two are right as well (12,34,567 in India). One kind of mark only. */
static bool numeral_plain(const struct numeral *numeral, char decimal, char plain[MOST_DIGITS + 2])
{
    size_t n = 0, n_digits = 0, group = 0;
    char grouping = 0;
    bool is_behind = false;
    for (size_t i = 0; i < numeral->n; i++) {
        char c = numeral->digits[i];
        if (c >= '0' && c <= '9') {
            group++;
            n_digits++;
            plain[n++] = c;
        } else if (c == decimal && decimal) {
            if (is_behind || (grouping && group != 3))
                return false;
            is_behind = true;
            plain[n++] = '.';
        } else {
            bool is_group = grouping ? c == grouping && (group == 3 || group == 2) : group >= 1 && group <= 3;
            if (is_behind || !is_group)
                return false;
            grouping = c;
            group = 0;
        }
    }
    plain[n] = '\0';
    return n_digits > 0 && (is_behind || !grouping || group == 3);
}

/* Digits with a point to a double, correctly rounded, whatever locale the program has set: exactly by one
 * multiplication or division where both are exact in a double (W. D. Clinger, PLDI 1990), else by the C library in its
 * own locale. */
static double plain_to_double(const char *plain, int exponent)
{
    double mantissa = 0, power = 1;
    int n_digits = 0, scale = exponent;
    bool is_behind = false;
    for (const char *c = plain; *c; c++) {
        if (*c == '.') {
            is_behind = true;
            continue;
        }
        mantissa = mantissa * 10 + (*c - '0');
        n_digits += n_digits || *c != '0';
        scale -= is_behind;
    }
    if (n_digits <= 15 && scale >= -22 && scale <= 22) {
        for (int i = abs(scale); i > 0; i--)
            power *= 10;
        return scale < 0 ? mantissa / power : mantissa * power;
    }
    char text[MOST_DIGITS + 16];
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    snprintf(text, sizeof text, "%se%d", plain, exponent);
    double number = c_locale ? strtod_l(text, NULL, c_locale) : NAN;
    if (c_locale)
        freelocale(c_locale);
    return number;
}

bool number_parse(struct slice text, enum decimal_mark mark, double *number)
{
    struct numeral numeral = {.n = 0};
    char plain[MOST_DIGITS + 2] = "0";
    text = slice_trim(text);
    if (text.len == 0 || !numeral_read(&numeral, text))
        return false;
    while (numeral.n && numeral.digits[numeral.n - 1] == ' ')
        numeral.n--;
    if (numeral.n == 0 && !numeral.has_fraction)
        return false;
    if (numeral.n && !numeral_plain(&numeral, decimal_of(&numeral, mark), plain))
        return false;
    if (numeral.has_fraction && strchr(plain, '.'))
        return false;
    *number = plain_to_double(plain, numeral.exponent) + numeral.fraction;
    if (numeral.is_negative)
        *number = -*number;
    return isfinite(*number);
}
