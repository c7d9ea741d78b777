/* claim.h - inside sums: what one mention or entity says of place, period, concept and amount, and which cell that is.
 *
 * A claim's place has up to three levels that are known; each can be asked for as one number. */
#ifndef SUMS_CLAIM_H
#define SUMS_CLAIM_H

#include "sums/sums.h"

struct claim {
    bool has_date, has_concept, has_amount;
    int32_t first_day, last_day;
    uint16_t country, subdivision;
    uint32_t settlement;
    uint32_t concept, dimension, unit;
    double amount; /* base unit */
};

/* Values of the roles when, where, country, what, how_much; null where the domain has no such field. */
enum { CLAIM_WHEN, CLAIM_WHERE, CLAIM_COUNTRY, CLAIM_WHAT, CLAIM_HOW_MUCH, N_CLAIM_FIELDS };
void claim_fields(const struct domain *domain, int fields[N_CLAIM_FIELDS]);
void claim_read(const struct domain *domain, const struct value *const values[N_CLAIM_FIELDS], struct claim *out);

/* The number of the place at a level: 0 where the claim does not know it (but for LEVEL_WORLD, where it is 1). */
uint32_t claim_place(const struct claim *claim, enum sums_level level);
/* The finest level that is known. */
enum sums_level claim_level(const struct claim *claim);
struct sums_place claim_place_at(const struct claim *claim, enum sums_level level);
uint32_t place_number(const struct sums_place *place);

/* Which kind of period these days are. */
enum sums_period period_of(int32_t first_day, int32_t last_day);
/* Widens the days to the period that they lie in; leaves them where they lie in more than one. */
void period_widen(enum sums_period period, int32_t *first_day, int32_t *last_day);

/* The nearest of `groups` that `concept` is within; `concept` itself where there is none. */
uint32_t concept_grouped(const struct concept_tree *tree, const uint32_t *groups, size_t n_groups, uint32_t concept);

/* The order of cells: level, place, concept, period, dimension. */
int cell_order(const struct sums_cell *a, const struct sums_cell *b);

#endif
