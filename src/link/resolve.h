/* resolve.h - how an entity's values follow from its mentions: rule, winner, losers, conflicts. Derived, never stored.
 */
#ifndef LINK_RESOLVE_H
#define LINK_RESOLVE_H

#include "domain/mentions.h"

/* Entities in ascending order of their ids; members in ascending order of mentions. */
struct resolution {
    size_t n_entities;
    uint64_t *entity;                     /* ids, ascending */
    uint32_t *first_member;               /* n_entities + 1 offsets into members */
    uint32_t *members;                    /* mention indexes */
    uint32_t *of_mention;                 /* by mention: the index of its entity */
    uint32_t *winner[DOMAIN_MOST_FIELDS]; /* by field, by entity: the code of the winning value in the mentions' column;
                                             0 absent */
    uint32_t *witness[DOMAIN_MOST_FIELDS]; /* likewise: the mention index it was taken from; UINT32_MAX where absent */
    uint32_t *nothing, *nobody;            /* what winner[f], witness[f] are for all fields that nobody tells */
    uint64_t *conflicts;                   /* by entity: bit f is set when its mentions disagree on field f */
    uint32_t *case_number; /* by entity: dense number of the case it is part of (its own where no source names one) */
    size_t n_cases;
    uint32_t *whole; /* by entity: the index of the one it is part of and added up with; null, RESOLVE_NO_WHOLE: none.
                        Set by parts_place() of link/part.h */
};
#define RESOLVE_NO_WHOLE UINT32_MAX

static inline uint32_t resolution_whole(const struct resolution *resolution, size_t entity)
{
    return resolution->whole ? resolution->whole[entity] : RESOLVE_NO_WHOLE;
}

/* `entity_of`: by mention, the store's entity id. */
enum comity_status resolve_entities(const struct mentions *mentions, const uint64_t *entity_of, struct resolution *out,
    struct comity_error *err) COMITY_MUST_USE;
/* The same of a few fields, a bit for each; the others are as if nobody told them, and cases are not numbered. */
enum comity_status resolve_few_fields(const struct mentions *mentions, const uint64_t *entity_of, uint64_t fields,
    struct resolution *out, struct comity_error *err) COMITY_MUST_USE;
void resolution_release(struct resolution *resolution);

const char *resolve_rule_name(enum resolve_rule rule);

#endif
