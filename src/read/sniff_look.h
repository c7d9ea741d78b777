/* sniff_look.h - what the parts of the sniffer share: the columns as they were seen, and the questions asked of them.
 *
 * The parts work one after another on one `struct look`: sniff_seen.c reads the rows; sniff_wide.c finds columns to
 * unpivot; sniff_fields.c gives columns to fields; sniff_dates.c, sniff_places.c and sniff_sums.c look closer;
 * sniff_doubts.c says what is unsure; sniff_draft.c writes. When memory is out a guess is weaker, never wrong in kind;
 * only the draft itself reports it. Private to read/.
 */
#ifndef READ_SNIFF_LOOK_H
#define READ_SNIFF_LOOK_H

#include "base/map.h"
#include "read/header_unit.h"
#include "read/sniff.h"

#define NO_CELL UINT32_MAX

enum { CELLS_TRIED = 100 };

struct seen {
    struct intern cells; /* distinct, trimmed */
    uint32_t *n_rows;    /* with each of them, among the rows looked at closely */
    size_t room;
    struct slice folded;     /* the header */
    struct header_unit unit; /* that the header tells */
    uint64_t n, n_empty;
    uint32_t tried[CELLS_TRIED]; /* the first distinct cells that are no null words: what questions are asked of */
    size_t n_told;               /* how many of them */
    unsigned numbers;            /* share of these that are numbers, 0 … 100 */
    unsigned whole;              /* share of these that are whole numbers */
    double sum;                  /* of the numbers in all rows but the last */
};

/* A row that says much less than the others. */
struct edge_row {
    uint64_t row;
    struct slice *cells;
};
enum { MOST_EDGES = 20 };

struct look {
    struct sniff *sniff;
    const struct domain *domain;
    struct folding *folding; /* the domain's */
    struct seen *seen;       /* by column */
    struct slice *labels;    /* folded: by field of the domain and language */
    uint32_t *ids;           /* by kept row and column: the distinct cell, or NO_CELL */
    size_t n_kept;           /* rows looked at closely that are no edge rows, and … */
    size_t most_kept;        /* … for how many of them there is room in `ids` */
    uint64_t n_all_rows;     /* also those that were only counted */
    bool is_whole;           /* the last row was seen */
    struct edge_row edges[MOST_EDGES];
    size_t n_edges;
    struct arena scratch;
    struct comity_error *err;
};

/* ---- sniff_words.c: what headers say ------------------------------------------------------------------------------
 */

/* How well a folded header says a folded phrase: the same 100, holds its words 75, holds it inside a word 55. */
unsigned phrase_score(struct slice header, struct slice phrase);
/* How well a header says that its column holds the field, 0 … 100. */
unsigned header_score(struct look *look, const struct field *field, struct slice header);
enum header_words {
    WORDS_UNIT,
    WORDS_SUBDIVISION,
    WORDS_LATITUDE,
    WORDS_LONGITUDE,
    WORDS_YEAR,
    WORDS_FISCAL,
    WORDS_MONTH,
    WORDS_DAY,
    WORDS_TOTAL,
    WORDS_SUM,
    WORDS_OTHER_DATE, /* of a table's upkeep, not of the event */
    N_HEADER_WORDS
};
unsigned words_score(struct slice header, enum header_words words);
/* A cell or header whose first or last word says that it is a total. */
bool says_total(struct slice folded);
bool is_null_word(const struct look *look, struct slice cell);
/* The language of most headers ("es"), or null. */
const char *guess_language(struct look *look);
/* The folded form, in the arena; empty when memory is out. */
struct slice folded(const struct look *look, struct arena *arena, struct slice text);

/* ---- sniff_seen.c: what was seen ----------------------------------------------------------------------------------
 */

enum comity_status see_columns(struct look *look, const struct rows *rows) COMITY_MUST_USE;
enum comity_status see_rows(struct look *look, struct rows *rows) COMITY_MUST_USE;
void see_nothing(struct look *look); /* releases */
void describe_columns(struct look *look);
/* The share (0 … 100) of a column's distinct cells for which reads() says yes; null words are passed over. */
typedef bool (*reads_cell)(struct look *, struct slice, const void *);
unsigned cells_score(struct look *look, const struct seen *seen, reads_cell reads, const void *context);
bool reads_field(struct look *look, struct slice cell, const void *field);
bool reads_number(struct look *look, struct slice cell, const void *unused);
static inline const struct seen *seen_of(const struct look *look, const struct sniff_column *column)
{
    return &look->seen[column - look->sniff->columns];
}

/* ---- the other parts ----------------------------------------------------------------------------------------------
 */

/* The column that is used so, or null. */
struct sniff_column *column_of(struct look *look, int field, enum sniff_use use);
void use_column(struct sniff_column *column, enum sniff_use use, int field, unsigned score);

void find_wide(struct look *look); /* sniff_wide.c */
/* The unit of an unpivoted column whose name names several things: the first that is a unit. */
uint32_t wide_unit(const struct look *look, const struct seen *seen);

enum comity_status give_columns(struct look *look) COMITY_MUST_USE; /* sniff_fields.c */
void guess_unit(struct look *look);
/* The concept that is named somewhere in a cell, or CONCEPT_NONE. */
uint32_t concept_within(struct look *look, struct slice cell);
void guess_maps(struct look *look);

unsigned date_score(struct look *look, const struct field *field, const struct seen *seen); /* sniff_dates.c */
void find_year_and_month(struct look *look);
void guess_dates(struct look *look);

void guess_country(struct look *look); /* sniff_places.c */
unsigned subdivision_score(struct look *look, const struct seen *seen);
void find_subdivision(struct look *look);
void find_place(struct look *look);

void guess_sums(struct look *look); /* sniff_sums.c */
void find_edges(struct look *look);

void tell_doubts(struct look *look); /* sniff_doubts.c */

/* Writes the draft into sniff->recipe (sniff_draft.c). */
enum comity_status sniff_draft(
    struct sniff *sniff, const char *name, const struct domain *domain, struct comity_error *err) COMITY_MUST_USE;

#endif
