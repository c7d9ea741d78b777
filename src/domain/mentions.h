/* mentions.h - many mentions in memory, as columns: what linking and the view work on.
 *
 * Every field is dictionary-encoded: `code[i]` says which of the column's distinct values mention i has; code 0 is
 * "absent" for every column. So each distinct value is unpacked, compared and formatted once.
 *
 * Mentions stand in order of their ids. The table owns all its memory; mentions_release frees it. Not changed after
 * it was filled, so threads may share it.
 */
#ifndef DOMAIN_MENTIONS_H
#define DOMAIN_MENTIONS_H

#include "base/map.h"
#include "domain/domain.h"

struct column {
    uint32_t *code;       /* by mention */
    struct value *values; /* by code; values[0] is absent */
    uint32_t *frequency;  /* by code: how many mentions have it */
    uint32_t n_values;
    struct intern packed; /* packed bytes → code */
    size_t room;
};

/* The kind of a source that people type in at this desk: two cases of it are one event only where a person says so. */
#define SOURCE_ENTERED "entered"

struct source_info {
    uint32_t id;
    struct slice code; /* "unodc-ids" */
    struct slice title;
    struct slice kind;   /* "official", "partner", "open", "simulated", SOURCE_ENTERED */
    uint8_t reliability; /* 1 (best, A) … 6 (cannot be judged, F) */
    struct slice licence, marking;
    bool is_aggregate; /* a series of sums: stored apart, never added */
};

struct mentions {
    const struct domain *domain;
    size_t n, room;
    uint64_t *id;     /* the store's number of the mention, ascending */
    uint32_t *source; /* index in `sources` */
    uint32_t *import; /* number of the import that brought it */
    uint64_t
        *content; /* hash of what the source said (identity fields without its key): equal rows have equal hashes */
    uint64_t *identity; /* hash that tells this mention for ever: source, key or content, ordinal */
    uint32_t *ordinal;  /* from 0: which of its source's rows of one content or, where there are keys, of one key */
    uint64_t *named;    /* where restricted fields are hidden: the identities that judgements name; null: `identity` */
    uint32_t *absent;   /* zeroes: the codes of all columns that nobody tells anything in */
    struct column *columns;      /* by field of the domain */
    struct source_info *sources; /* in the order of their codes, which tells nothing of who came first */
    size_t n_sources;
    struct arena arena;
    bool is_sealed;
};

/* An empty table for a domain. */
enum comity_status mentions_init(
    struct mentions *mentions, const struct domain *domain, struct comity_error *err) COMITY_MUST_USE;
void mentions_release(struct mentions *mentions);

/* Room for `n` in all, for who knows about how many will come; none is no failure, since room is made as they come. */
void mentions_reserve(struct mentions *mentions, size_t n);

struct mention_row {
    uint64_t id, content, identity;
    uint32_t source, import, ordinal;
    struct slice packed; /* the packed values of all fields, in the order of the domain's fields (see mention_pack) */
};

/* Adds one mention. Ids must ascend. */
enum comity_status mentions_add(
    struct mentions *mentions, const struct mention_row *row, struct comity_error *err) COMITY_MUST_USE;

/* No more will be added: gives back the room to grow and what only adding needs, about a third. mentions_add then says
 * COMITY_INTERNAL. */
void mentions_seal(struct mentions *mentions);

/* As if no source had told the restricted fields: content, ordinal and identity become what they are without them (rows
 * that differed in nothing else, their keys too, are equal rows now, counted in the order of their ids), so that no
 * order and no tie can tell what was hidden. Only judgements go on naming mentions as before: mention_named(). On a
 * sealed table, before mentions_replace() and before it is shared. On failure release it. */
enum comity_status mentions_hide_restricted(struct mentions *mentions, struct comity_error *err) COMITY_MUST_USE;

/* Other values for what sources said: for each code of a column and source, the value that its mentions get. Starts
 * zeroed. */
struct mention_replacement {
    uint32_t code, source;
    struct value value; /* its text must live as long as the mentions */
};
struct mention_replacements {
    struct mention_replacement *at;
    size_t n, room;
};
enum comity_status mention_replacements_add(struct mention_replacements *replacements, uint32_t code, uint32_t source,
    const struct value *value, struct comity_error *err) COMITY_MUST_USE;
void mention_replacements_release(struct mention_replacements *replacements);

/* Gives the mentions of a field their replacements, in one pass; `*n_changed` grows by how many that were. On a sealed
 * table, before it is shared. On failure nothing is changed. */
enum comity_status mentions_replace(struct mentions *mentions, int field,
    const struct mention_replacements *replacements, size_t *n_changed, struct comity_error *err) COMITY_MUST_USE;

/* The packed form of one mention's values: n_fields values, each by value_pack with a length before it; trailing absent
 * fields are left out. */
void mention_pack(const struct domain *domain, const struct value *values, struct buffer *out);

/* Unpacks into values[domain->n_fields]; texts point into `packed`. */
enum comity_status mention_unpack(
    const struct domain *domain, struct slice packed, struct value *values, struct comity_error *err) COMITY_MUST_USE;

/* The identity by which judgements name a mention. Never for an order: it knows what is hidden. */
static inline uint64_t mention_named(const struct mentions *mentions, size_t i)
{
    return mentions->named ? mentions->named[i] : mentions->identity[i];
}

/* The value of a field of a mention. */
static inline const struct value *mention_value(const struct mentions *mentions, size_t i, int field)
{
    const struct column *column = &mentions->columns[field];
    return &column->values[column->code[i]];
}

#endif
