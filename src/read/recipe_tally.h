/* recipe_tally.h - what a run has read so far, for receipts: states by field, sums by concept and unit, and the texts
 * that could not be typed. Private to read/. Zeroed: nothing yet.
 */
#ifndef READ_RECIPE_TALLY_H
#define READ_RECIPE_TALLY_H

#include "base/map.h"
#include "read/recipe.h"

struct tally_unread {
    struct intern texts; /* at most UNREAD_MOST */
    uint64_t *n;         /* by text */
    size_t room;
    uint64_t n_others;
};

struct recipe_tally {
    struct recipe_counts counts;
    struct map total_of; /* concept and unit → index in `totals` */
    struct recipe_total *totals;
    size_t n_totals, room_totals;
    struct tally_unread unread[DOMAIN_MOST_FIELDS];
    struct unread_text *sorted;
    size_t room_sorted;
};

void tally_release(struct recipe_tally *tally);
/* Counts one value of a mention. */
enum comity_status tally_value(struct recipe_tally *tally, const struct domain *domain, int field,
    const struct value *value, struct comity_error *err) COMITY_MUST_USE;
/* Adds a mention's amount to the sum of its concept and unit. */
enum comity_status tally_total(struct recipe_tally *tally, const struct domain *domain, const struct value *values,
    struct comity_error *err) COMITY_MUST_USE;
/* As recipe_unread. */
enum comity_status tally_unread(struct recipe_tally *tally, int field, const struct unread_text **out, size_t *n,
    uint64_t *n_others, struct comity_error *err) COMITY_MUST_USE;

#endif
