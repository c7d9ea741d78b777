/* weigh.h - what a coverage of an import finds among what its source had said. Private to src/store.
 *
 * weigh_load, weigh_count, then what was found may be read, or written by weigh_write; weigh_release in any case.
 */
#ifndef STORE_WEIGH_H
#define STORE_WEIGH_H

#include "store/edition.h"

/* Days of a country (COUNTRY_NONE: of all). */
struct zone {
    int32_t first, last;
    uint16_t country;
};

struct weigh {
    struct edition edition;
    const struct domain *domain;
    struct coverage_report *report;
    struct arena *arena;
    struct zone *zones, *complete; /* what is asked about; all complete coverages of the import */
    size_t n_zones, n_complete, room_complete;
    uint64_t *candidates; /* mentions inside `complete` that the import does not say, by id */
    size_t n_candidates, room_candidates;
    uint64_t n_retracted; /* of them, live before the import */
    struct coverage_total *totals;
    size_t n_totals, room_totals;
    struct map total_of; /* concept and unit → index + 1 */
    struct comity_error *err;
};

enum comity_status weigh_load(struct weigh *weigh, struct store *store, uint64_t source, uint64_t import,
    const struct domain *domain, struct arena *arena, struct coverage_report *report,
    struct comity_error *err) COMITY_MUST_USE;
void weigh_release(struct weigh *weigh);
/* Days and countries of what the import says become the claim of the report. */
enum comity_status weigh_own_claim(struct weigh *weigh) COMITY_MUST_USE;
/* Checks a person's claim and takes it over. COMITY_USAGE. */
enum comity_status weigh_take_claim(struct weigh *weigh, const struct coverage_claim *claim) COMITY_MUST_USE;
/* Counts into the report. `complete` decides what weigh_write retracts. */
enum comity_status weigh_count(struct weigh *weigh) COMITY_MUST_USE;
/* Reads the complete coverages that the import has now. */
enum comity_status weigh_read_complete(struct weigh *weigh) COMITY_MUST_USE;
/* The retractions of the import become what was found, within the writing transaction. */
enum comity_status weigh_write(struct weigh *weigh) COMITY_MUST_USE;

/* Whether a mention is inside the zones that are asked about. */
bool weigh_is_inside(const struct weigh *weigh, const struct value *values);
/* Not said by the import, nor replaced by what it says. */
bool weigh_is_missing(const struct weigh *weigh, const struct edition_row *row);

#endif
