/* quality.h - how well each source tells: how complete, how doubtful, and how far it agrees with the others.
 *
 * Complete: which share of the fields a source fills (a text that could not be read was told; "unknown" was not).
 * Doubtful: what was told and could not be read, could be read in several ways, or is of an unlikely magnitude. Placed:
 * at a point, in an area only, or nowhere.
 *
 * Agreement is asked of events that two sources both tell of, as they are linked now, and of the compared fields that
 * have a role (date, place, concept, amount). A field counts where both have told it in a way that can be compared;
 * two values are alike when neither contradicts the other:
 *   dates      the same day, or periods that overlap
 *   amounts    within 0.2 %, or one is the other rounded; of different dimensions: not compared
 *   concepts   the same, or one is a kind of the other
 *   places     the same, of the same name, within 25 km, or in the same subdivision where one says no more than that
 *   others     equal; texts that share most of their rare words; names that are nearly the same
 * The links were made of the same values, so a high agreement is no proof that the links are right; a low one tells
 * that the sources are not.
 *
 * Pure: the same mentions and resolution give the same quality. One pass over the mentions, and over the pairs of
 * mentions within the entities that several sources tell of.
 */
#ifndef FLOW_QUALITY_H
#define FLOW_QUALITY_H

#include "domain/reader.h"
#include "link/compare.h"
#include "link/resolve.h"

/* In how many both sides told a field, and in how many of these they agree. */
struct accord {
    uint64_t n_both, n_alike;
};

struct field_quality {
    uint64_t n_told, n_doubtful;
};
struct source_quality {
    uint64_t n_mentions;
    struct field_quality fields[DOMAIN_MOST_FIELDS];
    struct field_quality all; /* summed over the fields that count for completeness */
    uint64_t n_in_area, n_not_placed;
    uint64_t n_shared;                            /* mentions of events that another source tells of too */
    struct accord accords[LINK_MOST_COMPARISONS]; /* of these, by topic: alike with at least one other source */
};

/* Two sources that tell of the same events. */
struct source_pair {
    uint32_t a, b;                                /* a < b, by source of the mentions */
    uint64_t n_entities;                          /* what `source=a&source=b` finds */
    struct accord accords[LINK_MOST_COMPARISONS]; /* in entities: at least one statement of each is alike */
};

/* Owns what it points to, but the domain. */
struct quality {
    const struct domain *domain;
    struct comparison topics[LINK_MOST_COMPARISONS]; /* what agreement is asked of */
    unsigned n_topics;
    size_t n_counted;               /* fields that count for completeness */
    struct source_quality *sources; /* by source of the mentions */
    size_t n_sources;
    struct source_pair *pairs; /* most entities first */
    size_t n_pairs;
};

enum comity_status quality_build(const struct mentions *mentions, const struct resolution *resolution,
    const struct reader *reader, struct quality *out, struct comity_error *err) COMITY_MUST_USE;
void quality_release(struct quality *quality);

/* Whether a field counts for completeness: facets and compared fields do. */
bool quality_counts(const struct field *field);
/* Shares from 0 to 1; NAN where there is nothing to take a share of. */
double quality_share(uint64_t n, uint64_t of);
double quality_told_share(const struct quality *quality, uint32_t source);
double quality_doubtful_share(const struct quality *quality, uint32_t source);

#endif
