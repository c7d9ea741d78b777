/* likeness.h - how alike two values of a column are, as a small level.
 *
 * A column's distinct values are prepared once; the level of two of them is then found without touching text: by their
 * codes, their signs (which letters they have), a table of all pairs that are alike (text/similarity_join.h), days,
 * numbers, or the numbers of their words. Level 0 is "not told" by one side: evidence of nothing. Level 1 is equal;
 * the last is "different".
 *
 * Read-only once built; threads share it.
 */
#ifndef MATCH_LIKENESS_H
#define MATCH_LIKENESS_H

#include "match/table.h"

enum { LIKENESS_MOST_LEVELS = 16, LIKENESS_EQUAL = 1 };

enum {
    NAME_NEAR = 2, /* one letter off (4 letters or more), or Jaro-Winkler 0.95 */
    NAME_ALIKE,    /* two letters off (7 or more), or 0.9 */
    NAME_PART,     /* the words of one are words of the other */
    NAME_SOMEWHAT, /* 0.8 */
    NAME_INITIAL,  /* one is the first letter of the other */
    NAME_DIFFERENT,
    NAME_LEVELS,

    IDENTIFIER_NEAR = 2, /* one character off */
    IDENTIFIER_ALIKE,    /* two off */
    IDENTIFIER_HALF,     /* the first half is the same */
    IDENTIFIER_DIFFERENT,
    IDENTIFIER_LEVELS,

    CATEGORY_DIFFERENT = 2,
    CATEGORY_LEVELS,

    DAY_1 = 2, /* later by so many days; without direction: apart */
    DAY_2,
    DAY_4,
    DAY_8,
    DAY_16,
    DAY_31,
    DAY_BEFORE_1, /* with direction: earlier */
    DAY_BEFORE_31,
    DAY_MISTYPED, /* one digit differs, or day and month are exchanged */
    DAY_HALF,     /* month and day, or year and month, are the same */
    DAY_YEAR,     /* the year is */
    DAY_DIFFERENT,
    DAY_LEVELS,

    NUMBER_EXACT = 2, /* within 0.2 % */
    NUMBER_1,         /* within 1 %, not less than the other file's; without direction: apart */
    NUMBER_LESS_1,    /* less by it */
    NUMBER_2,
    NUMBER_LESS_2,
    NUMBER_5,
    NUMBER_LESS_5,
    NUMBER_10,
    NUMBER_LESS_10,
    NUMBER_20,
    NUMBER_DIFFERENT,
    NUMBER_LEVELS,

    COUNT_1 = 2,
    COUNT_3,
    COUNT_DIFFERENT,
    COUNT_LEVELS,

    WORDS_95 = 2, /* share of what the words say that is common: mean of the Jaccard and the overlap coefficient */
    WORDS_85,
    WORDS_70,
    WORDS_50,
    WORDS_35,
    WORDS_20,
    WORDS_10,
    WORDS_FEW,
    WORDS_DIFFERENT,
    WORDS_LEVELS
};

/* What tells of most values, without their text, that they are not alike. */
struct value_sign {
    uint64_t letters; /* a bit for each letter and each second one; just one bit: the text is one letter */
    uint64_t words;   /* NAME: a bit for each word; IDENTIFIER: hash of the first half */
};

struct likeness {
    const struct table_column *column;
    enum column_type type;
    bool is_directed; /* dates and numbers of two files: later is not earlier */
    unsigned n_levels;
    /* NAME, IDENTIFIER */
    uint32_t *slots;          /* for each code a small hash table of the codes that it is alike to; 0: empty */
    uint8_t *slot_levels;     /* by slot */
    uint32_t *first_slot;     /* by code, n + 1: from here to the next are its slots, a power of two or none */
    struct value_sign *signs; /* by code */
    unsigned most_apart;      /* the most bits in which the letters of joined pairs differ */
    uint8_t *first_letters;   /* NAME: by code */
    unsigned least_alike;     /* what the table of pairs is exact for: thousandths of Jaro-Winkler … */
    unsigned most_edits;      /* … and edits; less than asked for in very large columns */
    bool is_tightened;
    /* DATE */
    uint64_t *digits;
    /* TEXT */
    uint32_t *word_start, *words; /* by code: its distinct words, ascending */
    uint32_t *rare_words;         /* the same, the rarest first */
    uint32_t n_words;
    uint32_t *word_frequency; /* records */
    float *word_bits;         /* what a word says: -log2 of the share of records that have it */
    float *text_bits;         /* by code: of all its words */
};

/* Release it whatever the status. `is_directed`: between two files. */
enum comity_status likeness_build(const struct table *table, unsigned column, bool is_directed, unsigned threads,
    struct likeness *out, struct comity_error *err) COMITY_MUST_USE;
void likeness_release(struct likeness *likeness);

/* The level of two codes; with direction, `a` is of the first file. */
unsigned likeness_level(const struct likeness *likeness, uint32_t a, uint32_t b);
/* The same for the record at one position and those at n others: each level goes into four bits of `vectors`, which
 * must be 0 there. */
void likeness_levels(const struct likeness *likeness, const struct table *table, uint32_t position,
    const uint32_t *positions, size_t n, uint64_t *vectors);
/* TEXT: bits of the words that both have. */
float likeness_shared(const struct likeness *likeness, uint32_t a, uint32_t b);

/* How often two records that have nothing to do with each other agree so: by level, of pairs in which both tell.
 * Equality and the pairs of the table are counted exactly, from the frequencies of values; other levels from a fixed
 * sample. Between file 0 and the others when `is_across`. False when memory is out. */
bool likeness_chance(
    const struct likeness *likeness, const struct table *table, bool is_across, double chance[LIKENESS_MOST_LEVELS]);

/* "one letter off": the level in words. */
const char *likeness_text(const struct likeness *likeness, unsigned level);

#endif
