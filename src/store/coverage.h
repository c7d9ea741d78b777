/* coverage.h - what an edition covers, what follows from it, and how it differs from what its source had said before.
 *
 * An edition is an import seen against what its source said before. Silence is no statement: a row that an edition does
 * not say again stays live. Only a person may say that an edition is complete for some days and countries; then what
 * the source had said inside them and does not say again is retracted: it is live no more, its record stays, and
 * undoing the import, or withdrawing the coverage, brings it back. Without a person's word the same is only proposed.
 *
 * What is live follows from the imports that are published, in the order of their numbers, whatever was undone or
 * confirmed when (docs/decisions/0500-editions-and-coverage.md). A mention is inside a coverage when all days that its
 * date may mean are, and its country is; without a date it is inside none.
 *
 * All texts of results live in the arena that was given. Every call reads one consistent snapshot.
 */
#ifndef STORE_COVERAGE_H
#define STORE_COVERAGE_H

#include "store/store.h"

enum { COVERAGE_MOST_COUNTRIES = 300 };

/* What a person says of an import. No country: all of them. */
struct coverage_claim {
    int32_t first_day, last_day;
    struct slice countries[COVERAGE_MOST_COUNTRIES]; /* ISO alpha-2 */
    size_t n_countries;
    bool is_complete;
};

struct coverage_total {
    struct slice concept, unit; /* codes; empty where not typed */
    uint64_t n;
    double amount; /* in `unit` */
};

/* What a coverage did, or would do. */
struct coverage_report {
    bool is_first;               /* the source had said nothing before: there is nothing to retract */
    bool is_confirmed;           /* a person said so; else days and countries are those of the import's own rows */
    bool is_complete;            /* confirmed as complete: `n_missing` are retracted */
    bool has_days;               /* false: the import has no dated row, so that nothing is proposed */
    bool is_large;               /* more than a tenth of what the source had said would go */
    struct coverage_claim claim; /* what it is about */
    uint64_t n_said;             /* mentions of this import */
    uint64_t n_before;           /* live mentions of the source before it */
    uint64_t n_inside;           /* of them, inside the coverage */
    uint64_t n_missing;          /* of them, not said again */
    const struct coverage_total *totals; /* of what is missing */
    size_t n_totals;
};

/* For an import that is settled and not yet published. Without a claim (null) nothing is changed and the report is a
 * proposal; with one, the coverage is part of the import. */
enum comity_status store_import_cover(struct store_import *import, const struct domain *domain,
    const struct coverage_claim *claim, struct import_counts *counts, struct arena *arena, struct coverage_report *out,
    struct comity_error *err) COMITY_MUST_USE;

/* What a claim (null: the import's own days and countries) on a published import would do. Changes nothing.
 * COMITY_NOTFOUND, COMITY_CONFLICT for an import that was taken back. */
enum comity_status store_coverage_propose(struct store *store, const struct reader *reader, const struct domain *domain,
    uint64_t import, const struct coverage_claim *claim, struct arena *arena, struct coverage_report *out,
    struct comity_error *err) COMITY_MUST_USE;
/* Confirms it: one more coverage of that import, and a line in the ledger. */
enum comity_status store_coverage_confirm(struct store *store, const struct domain *domain, uint64_t import,
    const struct coverage_claim *claim, const struct reader *who, struct arena *arena, struct coverage_report *out,
    struct comity_error *err) COMITY_MUST_USE;
/* Takes all coverages of an import back; what they had retracted is live again. COMITY_NOTFOUND when there is none. */
enum comity_status store_coverage_withdraw(
    struct store *store, uint64_t import, const struct reader *who, struct comity_error *err) COMITY_MUST_USE;

struct coverage_row {
    uint64_t id, import;
    struct slice source_code, country /* empty: all */, who, when;
    int32_t first_day, last_day;
    bool is_complete, is_withdrawn, is_undone; /* undone: with its import */
};
/* All coverages, by import. */
enum comity_status store_coverages(struct store *store, const struct reader *reader, struct arena *arena,
    struct coverage_row **out, size_t *n, struct comity_error *err) COMITY_MUST_USE;

/* ---- the difference to what was said before ------------------------------------------------------------------- */

enum difference_kind {
    DIFFERENCE_ADDED,
    DIFFERENCE_CORRECTED, /* by key: the newer version of an older statement */
    DIFFERENCE_RETRACTED, /* inside a confirmed, complete coverage */
    DIFFERENCE_MISSING,   /* not said again, inside the days and countries of the edition; still live */
    DIFFERENCE_REVIVED,   /* said again after it had been retracted */
    N_DIFFERENCES
};

struct difference_row {
    enum difference_kind kind;
    uint64_t mention, older; /* `older`: what a corrected one replaces, else 0 */
    struct slice packed, older_packed;
    struct slice key;
};
/* The sum before and after the edition, over all that its source says. */
struct difference_total {
    struct slice concept, unit;
    uint64_t n_before, n_after;
    double before, after;
};
struct store_difference {
    struct import_row import;
    struct coverage_report coverage;
    uint64_t n_unchanged;
    uint64_t n[N_DIFFERENCES];
    struct difference_row *rows; /* by kind, then by mention; at most `most_rows` of all kinds together */
    size_t n_rows;
    struct difference_total *totals; /* most rows first, then by concept and unit */
    size_t n_totals;
};
/* COMITY_NOTFOUND; COMITY_CONFLICT for an import that was taken back. Costs one or two passes over what the source has
 * ever said. A first edition has no rows: all it says is added. */
enum comity_status store_difference(struct store *store, const struct reader *reader, const struct domain *domain,
    uint64_t import, size_t most_rows, struct arena *arena, struct store_difference *out,
    struct comity_error *err) COMITY_MUST_USE;

#endif
