/* recipe.h - how one source's file maps to a domain. Replayable: the same recipe and bytes give the same mentions.
 *
 * A recipe is YAML, read with libcyaml; errors name file, line and what to mend. docs/RECIPES.md is its reference.
 *
 *     recipe: colombia-policia            # id
 *     domain: drugs
 *     source: { code: co-policia, title: "…", kind: official, reliability: B, licence: "…", marking: TLP:CLEAR,
 *               aggregate: false }
 *     file:   { format: csv, delimiter: ",", encoding: utf-8, decimal: point, sheet: "…", skip: 0,
 *               header_rows: 2, member: "*.csv", totals: auto, footnotes: auto }
 *     totals: { column: STATE, equals: [Total] }
 *     null:   ["--", "not known"]
 *     identity: { key: CASE_NO }          # or { columns: [A, B, C] }; without it: all mapped columns
 *     filter: [ { column: X, equals: [a, b] }, { column: Y, not: [c] } ]
 *     split:  [ { column: X, at: ";", into: [X1, X2] } ]
 *     join:   [ { columns: [A, B], with: " ", into: C } ]
 *     unpivot: { columns: [Ganja_Kg, Opium_Kg], name: SUBSTANCE, value: AMOUNT, skip_empty: true }
 *     fields:
 *       - { field: date, column: FECHA, order: ymd, until: FECHA2 }
 *       - { field: country, value: Colombia }                     # a constant
 *       - { field: place, column: MUNICIPIO, subdivision: DEPARTAMENTO, level: auto | settlement | subdivision }
 *       - { field: place, column: PORT, codes: [un-locode, iata] }
 *       - { field: amount, column: CANTIDAD, unit_column: UNIDAD } # or unit: g
 *       - { field: drug, column: CLASE, map: [ { from: BASUCO, to: coca-paste } ] }
 *
 * A recipe turns one row into one record and one or more mentions (unpivot gives one for each unpivoted column).
 */
#ifndef READ_RECIPE_H
#define READ_RECIPE_H

#include "domain/mentions.h"
#include "read/rows.h"

struct recipe;

/* Reads and checks a recipe against a domain. */
enum comity_status recipe_load(
    const char *path, const struct domain *domain, struct recipe **out, struct comity_error *err) COMITY_MUST_USE;
enum comity_status recipe_parse(struct slice yaml, const char *name, const struct domain *domain, struct recipe **out,
    struct comity_error *err) COMITY_MUST_USE;
void recipe_free(struct recipe *recipe);

const struct rows_options *recipe_rows_options(const struct recipe *recipe);
const struct source_info *recipe_source(const struct recipe *recipe);
struct slice recipe_id(const struct recipe *recipe);
/* The YAML as it was read, for receipts. */
struct slice recipe_text(const struct recipe *recipe);

/* Reading with a recipe. First every row may be shown to recipe_survey_row (one pass over the file), which learns for
 * each country whether dates are monthly and whether the place column holds first-level names; then each row is read
 * for good. */
struct recipe_run;
enum comity_status recipe_begin(
    const struct recipe *recipe, const struct rows *rows, struct recipe_run **out, struct comity_error *err)
    COMITY_MUST_USE; /* COMITY_INPUT when a mapped column is not in the file, with a hint of near names */
void recipe_end(struct recipe_run *run);
/* Goes over to other rows of the same columns: the file opened again for the second pass. The old rows may then be
 * closed; until then, and after this call the new ones, must stay open as long as the run is used. */
enum comity_status recipe_use_rows(
    struct recipe_run *run, const struct rows *rows, struct comity_error *err) COMITY_MUST_USE;

/* Whether the survey could change how a row is read: not without a date, nor a place column whose level is open. A file
 * whose columns come with its rows (JSON) is always looked at once before. */
bool recipe_needs_survey(const struct recipe_run *run);
enum comity_status recipe_survey_row(
    struct recipe_run *run, const struct row *row, struct comity_error *err) COMITY_MUST_USE;
enum comity_status recipe_survey_done(struct recipe_run *run, struct comity_error *err) COMITY_MUST_USE;
/* What the survey found, for the receipt: lines such as "New Zealand: dates are the 1st of the month: read as months".
 */
struct slice recipe_survey_text(const struct recipe_run *run);

/* One mention of a row. */
struct reading {
    struct slice packed;        /* mention_pack() of the values; good until the next call */
    struct slice key;           /* the source's key, or empty */
    uint64_t content;           /* hash of the typed identity fields (or the mapped cells), without the key */
    const struct value *values; /* n_fields of them */
};
enum reading_outcome { READING_OK, READING_FILTERED, READING_REJECTED };
/* Reads one row into up to some mentions: `readings` points to `n_readings` of them, good until the next call. A row is
 * REJECTED when a field that the recipe or domain requires cannot be read; `reason` says why ("date: '31/02/2016' is no
 * date") and `mend` names the group ("date not understood") under which the report counts it. */
enum comity_status recipe_read_row(struct recipe_run *run, const struct row *row, enum reading_outcome *outcome,
    const struct reading **readings, size_t *n_readings, struct slice *reason, struct slice *mend,
    struct comity_error *err) COMITY_MUST_USE;

/* Counts so far: by field and state, and the unread texts by field, for receipts and "to be mapped" lists. */
enum { N_PLACE_PRECISIONS = PLACE_SEA + 1 };
struct recipe_counts {
    uint64_t n_rows, n_mentions, n_filtered, n_rejected; /* rows, mentions of rows that were read, rows, rows */
    uint64_t by_state[DOMAIN_MOST_FIELDS][4];
    uint64_t sums[DOMAIN_MOST_FIELDS];         /* of the typed values of counts */
    uint64_t by_precision[N_PLACE_PRECISIONS]; /* of the typed values of the role where */
};
const struct recipe_counts *recipe_counts(const struct recipe_run *run);

/* The texts of a field (of the domain) that could not be typed, most frequent first. At most UNREAD_MOST distinct ones
 * are told apart; *n_others counts the mentions with further ones. Good until the next call with this run. */
enum { UNREAD_MOST = 1000 };
struct unread_text {
    struct slice text;
    uint64_t n;
};
enum comity_status recipe_unread(struct recipe_run *run, int field, const struct unread_text **out, size_t *n,
    uint64_t *n_others, struct comity_error *err) COMITY_MUST_USE;

/* Sums of what was read, for receipts: by concept (role what) and unit (role how-much), in order of first sight.
 * Mentions whose concept is not typed have an empty `concept`; those without a typed amount an empty `unit` and no sum.
 * Rejected and filtered rows are not in it. */
struct recipe_total {
    struct slice concept, unit; /* codes */
    uint64_t n;
    double amount; /* in `unit` */
};
const struct recipe_total *recipe_totals(const struct recipe_run *run, size_t *n);

/* Appends the verbatim record: a JSON object of column → cell, in the order of the file, unmapped columns too. */
void recipe_raw_json(struct recipe_run *run, const struct row *row, struct buffer *out);

#endif
