/* settled.h - a name of a place that a person settled once: what a source, or every source, means by it.
 *
 * The record and its packed reading stay as they are; a settled name is laid over them when mentions are loaded, before
 * linking and the view, so that it can be taken back and identities of rows never change. A rule that names the source
 * beats one for all sources; one that names the subdivision beats one that does not.
 *
 * Settled names travel between stores as lines of text (docs/PLACES.md), since they are knowledge that others can use.
 */
#ifndef DOMAIN_SETTLED_H
#define DOMAIN_SETTLED_H

#include "domain/mentions.h"

struct settled_name {
    uint64_t id;
    struct slice source;      /* its code; empty: all sources */
    struct slice country;     /* alpha-2 of the country that the reading has; empty: none was read */
    struct slice subdivision; /* GeoNames code of the subdivision that the reading has; empty: whatever it is */
    struct slice name;        /* folded, as struct value.text of a place holds it */
    struct slice place;       /* SETTLED_NOWHERE, a country "CO", a subdivision "CO.35", or a number "3687238" */
    struct slice who, when, why;
    bool is_undone;
};

/* What names no place that can be known: a unit, an agency, "various". The reading falls back on the subdivision or
 * country of the rule. */
#define SETTLED_NOWHERE "-"

/* The folded form of a name as people write it. */
enum comity_status settled_fold(struct slice name, struct arena *arena, struct slice *out) COMITY_MUST_USE;

/* The place of a rule as a value of `spec` (a place with a gazetteer); its text is the rule's name. COMITY_NOTFOUND
 * with a hint when the gazetteer has no such place. */
enum comity_status settled_value(const struct value_spec *spec, const struct settled_name *rule, struct value *out,
    struct comity_error *err) COMITY_MUST_USE;

/* Lays the rules over all place fields. Rules that are undone, or whose place the gazetteer no longer has, are passed
 * over. `*n_changed` (may be null): how many mentions read otherwise now. Before threads share the table. */
enum comity_status settled_apply(struct mentions *mentions, const struct settled_name *rules, size_t n,
    size_t *n_changed, struct comity_error *err) COMITY_MUST_USE;

#endif
