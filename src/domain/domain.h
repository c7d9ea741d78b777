/* domain.h - a loaded domain pack: what the engine knows of one subject.
 *
 * A pack is a folder: domain.yaml (kinds, fields, labels, comparison and resolution hints), concept trees, units and
 * conversions, categories, recipes/. It is read with libcyaml and checked as a whole; an error names file, line and
 * what to mend. The C code knows no drug: whatever is about the subject is in the pack.
 *
 * A loaded domain is read-only and may be shared between threads. domain_free releases all, with its gazetteer.
 */
#ifndef DOMAIN_DOMAIN_H
#define DOMAIN_DOMAIN_H

#include "text/fold.h"
#include "value/category.h"
#include "value/concept.h"
#include "value/place.h"
#include "value/quantity.h"
#include "value/value.h"

enum { DOMAIN_MOST_FIELDS = 48 };

/* What a field does in the event, so that the engine can find it without knowing the subject. */
enum field_role {
    ROLE_PLAIN,
    ROLE_WHEN,     /* the date of the event: timeline, blocking, repeated loads */
    ROLE_WHERE,    /* the place of the event: the map */
    ROLE_COUNTRY,  /* the country of the event */
    ROLE_WHAT,     /* the concept: first facet, colours, totals */
    ROLE_HOW_MUCH, /* the amount: totals */
    ROLE_HOW_MANY, /* of series of sums: the number of events that a sum is of */
    ROLE_CASE,     /* identifier of the case that several mentions of one source are part of */
    ROLE_KEY,      /* the source's own key of the row; never compared between sources */
    ROLE_TITLE     /* free text that names the thing (a person's name in domains/people) */
};

/* How the winner of a field is chosen among an entity's mentions. */
enum resolve_rule {
    RESOLVE_MOST,     /* the value most mentions give; then the more reliable source; then the more precise */
    RESOLVE_RELIABLE, /* the most reliable source; then the most frequent */
    RESOLVE_PRECISE,  /* the most precise; then the most reliable */
    RESOLVE_EARLIEST, /* the earliest date */
    RESOLVE_LATEST    /* what was said last */
};

struct field {
    struct slice id; /* "amount": the key in queries, exports and recipes */
    enum field_role role;
    struct value_spec spec;
    enum resolve_rule rule;
    bool is_facet;
    bool is_compared;      /* used to link */
    bool is_restricted;    /* reserved for the gate: shown only to who may */
    struct slice *headers; /* folded: what tables call their column of it, besides the labels */
    size_t n_headers;
    struct slice labels[N_LANGUAGES];
};

struct entity_kind {
    struct slice id;      /* "haul" */
    struct slice part_of; /* "seizure", or empty */
    struct slice labels[N_LANGUAGES], plurals[N_LANGUAGES];
};

struct form; /* domain/form.h */

struct domain {
    struct slice id, version;
    struct slice labels[N_LANGUAGES];
    char *folder;
    struct field *fields;
    size_t n_fields;
    struct entity_kind *kinds; /* kinds[0] is the kind that mentions are of and that is linked */
    size_t n_kinds;
    struct unit_table *units;
    struct concept_tree *trees;
    size_t n_trees;
    struct category_table *categories;
    size_t n_categories;
    const struct country_table *countries;
    struct gazetteer *gazetteer;
    const struct form *form; /* what people type in; null: the pack has none */
    int when, where, country, what, how_much, how_many, case_id, key,
        title;              /* fields by role, -1 where there is none */
    struct folding folding; /* what the tables and specs fold with */
    struct arena arena;
};

/* Loads and checks the pack in `folder` with the gazetteer file (null: fields of type place and country are refused).
 */
enum comity_status domain_load(
    const char *folder, const char *gazetteer, struct domain **out, struct comity_error *err) COMITY_MUST_USE;
void domain_free(struct domain *domain);

/* Whether some readers are not shown all of it. */
bool domain_has_restricted(const struct domain *domain);
/* The index of the field with this id, or -1. */
int domain_field(const struct domain *domain, struct slice id);
/* "how_much": as packs write a role. */
const char *field_role_name(enum field_role role);
/* A label in `language`, or English, or the id. */
struct slice domain_label(const struct slice labels[N_LANGUAGES], struct slice id, int language);

#endif
