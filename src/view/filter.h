/* filter.h - inside the view: which entities and mentions match.
 *
 * Terms on one field form a group. For every entity `fail` says: 0 it matches; g it fails in group g alone (so the
 * facet of that field still counts it); FAIL_MANY it fails in more than one.
 */
#ifndef VIEW_FILTER_H
#define VIEW_FILTER_H

#include "view/columns.h"

enum { FAIL_MANY = 255 };

struct filter {
    uint8_t *fail;                              /* by entity */
    uint8_t *mention_fail;                      /* by mention: 0 when it matches by its own values */
    uint8_t group_of_field[DOMAIN_MOST_FIELDS]; /* 0: no term is on it */
    uint8_t group_of_key[QUERY_DOUBTFUL + 1];   /* for keys that are no fields */
    uint8_t n_groups;
};

enum comity_status filter_run(const struct view *view, const struct view_class *class, const struct query *query,
    bool with_mentions, struct filter *out, struct comity_error *err) COMITY_MUST_USE;
/* parts.c: what is part of a whole that matches fails. */
void parts_leave_out(const struct view *view, const struct query *query, uint8_t *fail);
void filter_release(struct filter *filter);

/* The group of a field or, for −1, of sources. */
uint8_t filter_group(const struct filter *filter, int field);

/* Writes the indexes where fail[i] == wanted, ascending, into out[n]; returns how many. */
size_t filter_pick(const uint8_t *fail, size_t n, uint8_t wanted, uint32_t *out);

#endif
