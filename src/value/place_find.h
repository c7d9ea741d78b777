/* place_find.h - the search that one reading of a place makes in the gazetteer: keys in, ranked hits out.
 *
 * Private to place*.c. A search knows the country and, once the division's cell is read, the subdivision; hits are
 * ranked as they are found and only the best are kept, so that a name that stands a hundred times in a country does not
 * crowd out the one that is meant.
 */
#ifndef VALUE_PLACE_FIND_H
#define VALUE_PLACE_FIND_H

#include "value/place_file.h"
#include "value/place_key.h"
#include "value/place_words.h"

enum { PLACE_MOST_HITS = 24, EXACT_SCORE = 93 };

struct place_hit {
    uint32_t target; /* a row of the table that `kind` says */
    int rank;        /* what hits are ordered by: score, population, fit */
    int dressing;    /* the part of the rank that the words around the name give */
    uint16_t subdivision, country;
    uint8_t kind;        /* enum name_target */
    uint8_t score;       /* 0 … 100: how well the name fits */
    uint8_t flags;       /* VALUE_APPROXIMATE */
    uint8_t part;        /* of the cell: 0 the whole, from 1 its parts */
    bool is_area;        /* the text speaks of an area around the settlement: never a point */
    bool is_dressed;     /* the text says that it is a town */
    bool is_called_area; /* the text says region, province */
    bool is_variant;     /* by a NAME_VARIANT */
    bool is_outside;     /* of the subdivision that the record gives */
};

struct place_search {
    const struct country_table *table;
    struct place_words words;
    uint16_t country;
    uint16_t subdivision;                   /* SUBDIVISION_NONE: not known */
    bool is_firm;                           /* the subdivision was told by its own name, not guessed from a town's */
    bool in_division;                       /* reading the division's cell: prefer subdivisions, take codes */
    struct place_hit hits[PLACE_MOST_HITS]; /* best first */
    size_t n_hits;
};

/* What the search knows of the text that a key comes from. */
struct place_clue {
    unsigned classes; /* of the dressing taken off, WORD_BIT */
    int penalty;      /* taken from the score */
    uint8_t part;
    unsigned said; /* of the dressing in the text, taken off or not */
};

/* Adds what carries the key as its name, or else what sounds like it. The best score, 0 for nothing. */
int place_find(struct place_search *search, struct slice key, struct place_clue clue);
/* Adds the names within a few letters of a long key: one edit from six letters, two from twelve. */
bool place_find_near(struct place_search *search, struct slice key, struct place_clue clue);

/* Sets the country and subdivision in which the target of a hit lies; a sea lies in none. */
void place_locate(const struct country_table *table, struct place_hit *hit);

/* A name of the capital or of a border crossing, which stands for it under any subdivision: customs offices are seated
 * elsewhere ("Burgas" / "Kapitan Andreevo"). */
bool place_is_known_anywhere(const struct place_search *search, const struct place_hit *hit);

/* Ranks again after `subdivision` changed. */
void place_rank_again(struct place_search *search);

/* Whether a subdivision is the one, or of one group with the one of the search. */
bool place_fits(const struct place_search *search, uint16_t subdivision);

#endif
