/* How two numbers stand to each other, knowing what their digits can tell. */
#include "sums/sums.h"

#include <math.h>

enum { MOST_TIMES = 9, MOST_DECIMALS = 9 };

static const double SHARE = 1e-3;    /* a total that is off by no more is called equal */
static const double NOISE = 1e-9;    /* of adding doubles up */
static const double MOST_OWN = 0.05; /* of the larger: a number that was rounded by hand is off by no more */
static const double SURE = 4;        /* standard deviations of printed digits */
static const double DECISIVE = 0.05; /* of the smaller number: with a coarser tolerance no multiple is claimed */

const char *sums_level_word(enum sums_level level)
{
    static const char *const words[] = {
#define X(symbol, word) word,
        SUMS_LEVEL_TABLE(X)
#undef X
    };
    return words[level < N_LEVELS ? level : LEVEL_AUTO];
}

const char *sums_period_word(enum sums_period period)
{
    static const char *const words[] = {
#define X(symbol, word) word,
        SUMS_PERIOD_TABLE(X)
#undef X
    };
    return words[period < N_PERIODS ? period : PERIOD_AUTO];
}

static const struct {
    const char *word, *meaning;
} VERDICTS[] = {
#define X(symbol, word, meaning) {word, meaning},
    SUMS_VERDICT_TABLE(X)
#undef X
};

const char *sums_verdict_word(enum sums_verdict verdict)
{
    return verdict < N_SUMS_VERDICTS ? VERDICTS[verdict].word : "";
}

const char *sums_verdict_meaning(enum sums_verdict verdict)
{
    return verdict < N_SUMS_VERDICTS ? VERDICTS[verdict].meaning : "";
}

bool sums_level_from(struct slice word, enum sums_level *out)
{
    for (*out = LEVEL_AUTO; *out < N_LEVELS; (*out)++)
        if (slice_is(word, sums_level_word(*out)))
            return true;
    return false;
}

bool sums_period_from(struct slice word, enum sums_period *out)
{
    for (*out = PERIOD_AUTO; *out < N_PERIODS; (*out)++)
        if (slice_is(word, sums_period_word(*out)))
            return true;
    return false;
}

bool sums_verdict_from(struct slice word, enum sums_verdict *out)
{
    for (*out = SUMS_EQUAL; *out < N_SUMS_VERDICTS; (*out)++)
        if (slice_is(word, sums_verdict_word(*out)))
            return true;
    return false;
}

/* ---- numbers --------------------------------------------------------------------------------------------------- */

unsigned sums_decimals(double number)
{
    double scaled = fabs(number);
    unsigned decimals = 0;
    /* A double holds some sixteen digits: past that the rest is noise of binary fractions. */
    while (decimals < MOST_DECIMALS && scaled < 1e12 && fabs(scaled - nearbyint(scaled)) > 1e-11 * fmax(scaled, 1)) {
        scaled *= 10;
        decimals++;
    }
    return decimals;
}

/* What printed digits allow: less than this. Two numbers that are printed with the same digits and differ are
 * different; sums of several may differ by more. A printed number is off by up to half a unit, evenly spread: standard
 * deviation half / √3. */
static double printed_slack(struct sum a, struct sum b)
{
    return fmin(a.error + b.error, SURE * sqrt((a.error2 + b.error2) / 3));
}

bool sums_are_equal(struct sum a, struct sum b)
{
    double off = fabs(a.amount - b.amount), larger = fmax(fabs(a.amount), fabs(b.amount));
    double slack = printed_slack(a, b) - NOISE * larger;
    return off <= SHARE * larger || off < slack || off < fmin(slack + a.own + b.own, MOST_OWN * larger);
}

/* Whether `more` is k times `less`: to a share, or as far as digits tell, if those tell it from k - 1 and k + 1. */
static bool is_times(struct sum less, struct sum more, unsigned k)
{
    struct sum many = {less.amount * k, less.error * k, less.error2 * k * k, less.own * k, less.n, 0};
    bool is_near = fabs(many.amount - more.amount) <= SHARE * fabs(more.amount);
    return is_near || (sums_are_equal(many, more) && printed_slack(many, more) <= DECISIVE * fabs(less.amount));
}

enum sums_verdict sums_compare(struct sum sum, struct sum other, unsigned *times, bool *is_inverse)
{
    *times = 1;
    *is_inverse = fabs(other.amount) < fabs(sum.amount);
    if (sums_are_equal(sum, other)) {
        *is_inverse = false;
        return SUMS_EQUAL;
    }
    struct sum less = *is_inverse ? other : sum, more = *is_inverse ? sum : other;
    for (unsigned k = 2; k <= MOST_TIMES; k++) {
        if (is_times(less, more, k)) {
            *times = k;
            return SUMS_DOUBLE;
        }
    }
    *is_inverse = false;
    return other.amount < sum.amount ? SUMS_PART : SUMS_OVER;
}
