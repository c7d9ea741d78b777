/* store.h - what is durable: sources, imports, records, mentions, judgements, entities, the ledger. One SQLite file.
 *
 * Batch-shaped, so that a second backend (COPY) fits behind it. Acknowledged means durable: WAL with synchronous=FULL.
 * An import writes in batches and becomes visible by publishing one row; until then it does not exist, and what a crash
 * left of it is cleared away when the store is opened for writing. One writer at a time between processes: writing
 * calls give COMITY_BUSY (after the wait that store_open was told). Reading works on a snapshot and never waits.
 *
 * The sequence number grows with everything that changes what may be seen; a view built at an older number is stale.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/progress.h"
#include "domain/judgement.h"
#include "domain/mentions.h"
#include "domain/reader.h"
#include "domain/settled.h"

struct store;

/* A handle is used by one thread at a time, except one that was opened to be shared. */
enum store_mode { STORE_READ, STORE_WRITE, STORE_READ_SHARED };

/* Creates a new store file for a domain. COMITY_CONFLICT when the file is there already. */
enum comity_status store_create(
    const char *path, struct slice domain_id, struct slice domain_version, struct comity_error *err) COMITY_MUST_USE;
/* Opens one. Migrates forward when writing. `wait_ms`: how long to wait for another writer. */
enum comity_status store_open(const char *path, enum store_mode mode, unsigned wait_ms, struct store **out,
    struct comity_error *err) COMITY_MUST_USE;
void store_close(struct store *store);
/* Whether it was opened for writing: long work asks before it begins. COMITY_REFUSED. */
enum comity_status store_may_write(const struct store *store, struct comity_error *err) COMITY_MUST_USE;
/* The id of the domain it was made for; lives as long as the store. */
struct slice store_domain(const struct store *store);
enum comity_status store_sequence(struct store *store, uint64_t *sequence, struct comity_error *err) COMITY_MUST_USE;

/* ---- imports ------------------------------------------------------------------------------------------------- */

struct store_import; /* one that is being written */

struct import_info {
    struct slice file_name;
    char file_hash[65]; /* BLAKE2b-256 of the bytes, hex */
    struct slice recipe_id, recipe_text;
    char recipe_hash[65];
    struct slice who; /* for the ledger */
};
/* Begins an import of a source (made if new). Takes the writer's lock until publish or abort. */
enum comity_status store_import_begin(struct store *store, const struct source_info *source,
    const struct import_info *info, struct store_import **out, struct comity_error *err) COMITY_MUST_USE;

struct store_mention_row {
    uint64_t content;    /* see mentions.h */
    struct slice key;    /* the source's key, empty where it has none */
    uint64_t row;        /* number of the row in the file */
    uint32_t part;       /* which mention of its row, from 0 */
    struct slice packed; /* mention_pack() */
    struct slice raw;    /* the record, verbatim: a JSON object of column → cell; only with part 0 */
};
enum comity_status store_import_add(struct store_import *import, const struct store_mention_row *rows, size_t n,
    struct comity_error *err) COMITY_MUST_USE;

struct import_counts {
    uint64_t n_rows, n_new, n_unchanged, n_updated, n_rejected, n_filtered;
    uint64_t n_revived;   /* said again after they had been retracted */
    uint64_t n_retracted; /* by a coverage that was confirmed with the import (store/coverage.h) */
};
/* The number that the import will have. */
uint64_t store_import_number(const struct store_import *import);

/* Opens the publishing transaction: gives ordinals, finds what the source had said before (nothing is added twice; a
 * changed row with a key becomes the newer version). The caller fills n_rows, n_rejected and n_filtered of *counts, the
 * rest is filled here. Afterwards nothing can be added. docs/decisions/0010-row-identity.md says what is the same row.
 */
enum comity_status store_import_settle(struct store_import *import, const struct progress *progress,
    struct import_counts *counts, struct comity_error *err) COMITY_MUST_USE;
/* The mentions of a settled import that were not there before, by id: new ones and newer versions. */
struct import_news {
    uint64_t mention, row;
    uint32_t part;
    uint64_t supersedes; /* the mention that it is the newer version of; 0: none */
    struct slice key;
};
enum comity_status store_import_news(struct store_import *import, struct arena *arena, struct import_news **out,
    size_t *n, struct comity_error *err) COMITY_MUST_USE;
/* Writes the receipt (JSON text made by the caller) and publishes; durable on return. It must have been
 * settled. `import` is gone afterwards in any case; on failure nothing of it is left. */
enum comity_status store_import_publish(
    struct store_import *import, struct slice receipt_json, uint64_t *number, struct comity_error *err) COMITY_MUST_USE;
/* Leaves nothing of it: for failures and for dry runs. */
void store_import_abort(struct store_import *import);

/* Whether this very file was imported with this recipe and is still there: its number, or 0. */
enum comity_status store_import_find(struct store *store, const char *file_hash, const char *recipe_hash,
    uint64_t *number, struct comity_error *err) COMITY_MUST_USE;
/* Takes an import back: its mentions are live no more, what they had superseded is live again; judgements sleep. */
enum comity_status store_import_undo(
    struct store *store, uint64_t number, const struct reader *who, struct comity_error *err) COMITY_MUST_USE;

struct import_row {
    uint64_t number;
    uint32_t source;
    struct slice source_code, file_name, file_hash, recipe_id, when, receipt_json;
    struct import_counts counts;
    bool is_undone;
};
/* All imports, newest first, into `arena`. */
enum comity_status store_imports(struct store *store, const struct reader *reader, struct arena *arena,
    struct import_row **out, size_t *n, struct comity_error *err) COMITY_MUST_USE;

struct source_row {
    struct source_info info;
    uint64_t n_mentions, n_imports;
    struct slice last_import;
};
enum comity_status store_sources(struct store *store, const struct reader *reader, struct arena *arena,
    struct source_row **out, size_t *n, struct comity_error *err) COMITY_MUST_USE;

/* ---- reading mentions ---------------------------------------------------------------------------------------- */

/* All live mentions of sources that are no aggregates, by id, with the entity of each (0: not linked yet); with those
 * of an import that this handle has settled and not published. `*entity_of` is freed by the caller. One consistent
 * snapshot, with the sequence number it was read at. */
enum comity_status store_load(struct store *store, const struct domain *domain, struct mentions *out,
    uint64_t **entity_of, uint64_t *sequence, struct comity_error *err) COMITY_MUST_USE;
/* The same without some fields (`left_out`: bits, by field): as if nobody had told them, but for identities. */
enum comity_status store_load_without(struct store *store, const struct domain *domain, uint64_t left_out,
    struct mentions *out, uint64_t **entity_of, uint64_t *sequence, struct comity_error *err) COMITY_MUST_USE;

/* The mentions of one source, whether it is a series of sums or not, by id; `import[i]` is the newest import that said
 * mention i, first or again. With `edition` 0: those that are live. With the number of an import: what that import's
 * file held, so that two editions can be laid side by side; what was superseded since is in it. COMITY_NOTFOUND when
 * there is no such source, or the import is none of its published ones. A series is never added to other mentions: this
 * table is for comparing (sums/sums.h). */
enum comity_status store_load_source(struct store *store, const struct reader *reader, const struct domain *domain,
    struct slice source_code, uint64_t edition, struct mentions *out, struct comity_error *err) COMITY_MUST_USE;

struct record {
    uint64_t mention, import, row;
    struct slice source_code, key, raw; /* raw: JSON object of column → cell, in file order */
    struct slice recipe_id, file_name, when;
};
/* The record that a mention was read from; without its words for a reader without restricted fields, since they may be
 * among them. COMITY_NOTFOUND. */
enum comity_status store_record(struct store *store, const struct reader *reader, uint64_t mention, struct arena *arena,
    struct record *out, struct comity_error *err) COMITY_MUST_USE;

/* ---- linking ------------------------------------------------------------------------------------------------- */

/* Publishes a partition: `cluster[i]` is the lowest mention index of mention i's cluster. Entity ids: the oldest
 * survives a merge and the others redirect; in a split the part that holds the oldest mention keeps the id. Replaces
 * the model's repeated loads and parts of wholes by `found`: what it had found before keeps its id. The report, JSON,
 * is asked for when the rest is written, so that it may be in the making until then, and other writers wait for it; if
 * it fails, nothing is published. `up_to`: how long the ledger was before what was linked was read, so that it is known
 * later what came in meanwhile; 0: nothing did. */
struct report_maker {
    enum comity_status (*make)(void *context, struct slice *out, struct comity_error *err);
    void *context;
    uint64_t up_to;
};
enum comity_status store_publish_links(struct store *store, const struct mentions *mentions, const uint32_t *cluster,
    const struct judgement *found, size_t n_found, struct slice model, const struct report_maker *report,
    const struct reader *who, struct comity_error *err) COMITY_MUST_USE;
/* The entity of each of these mentions now, into entity_of[mentions->n], and the sequence number it was read at. */
enum comity_status store_entities(struct store *store, const struct mentions *mentions, uint64_t *entity_of,
    uint64_t *sequence, struct comity_error *err) COMITY_MUST_USE;
/* Which row of its import's file each of these mentions was read from, from 1, into row_of[mentions->n]. */
enum comity_status store_rows(
    struct store *store, const struct mentions *mentions, uint64_t *row_of, struct comity_error *err) COMITY_MUST_USE;
/* The last published model and report, empty when there is none. */
enum comity_status store_model(struct store *store, struct arena *arena, struct slice *model, struct slice *report_json,
    struct comity_error *err) COMITY_MUST_USE;
/* Where an id leads that is no entity any more, or only a mention's: *entity becomes a live id. COMITY_NOTFOUND. */
enum comity_status store_entity_follow(struct store *store, uint64_t *entity, struct comity_error *err) COMITY_MUST_USE;
/* Follows newer versions: *mention becomes the newest, live or not. */
enum comity_status store_mention_follow(
    struct store *store, uint64_t *mention, struct comity_error *err) COMITY_MUST_USE;

/* ---- judgements ---------------------------------------------------------------------------------------------- */

enum comity_status store_judge(struct store *store, const struct judgement *judgement, const struct reader *who,
    uint64_t *id, struct comity_error *err) COMITY_MUST_USE;
enum comity_status store_judge_undo(
    struct store *store, uint64_t id, const struct reader *who, struct comity_error *err) COMITY_MUST_USE;
/* Whether somebody judged, or took a judgement back, that the last linking does not go by: after it, or while it was
 * under way. */
enum comity_status store_judgements_need_link(
    struct store *store, bool *needs, struct comity_error *err) COMITY_MUST_USE;
/* All, oldest first; with `live_only` those that are not undone. */
enum comity_status store_judgements(struct store *store, const struct reader *reader, bool live_only,
    struct arena *arena, struct judgement **out, size_t *n, struct comity_error *err) COMITY_MUST_USE;

/* ---- settled names ------------------------------------------------------------------------------------------- */

/* Keeps them in one transaction; what holds already is not kept twice. `*last`: the id of the last one. */
enum comity_status store_settle_names(struct store *store, const struct settled_name *names, size_t n,
    const struct reader *who, size_t *n_added, uint64_t *last, struct comity_error *err) COMITY_MUST_USE;
enum comity_status store_settle_undo(
    struct store *store, uint64_t id, const struct reader *who, struct comity_error *err) COMITY_MUST_USE;
/* All, oldest first; with `live_only` those that are not undone. */
enum comity_status store_settled_names(struct store *store, const struct reader *reader, bool live_only,
    struct arena *arena, struct settled_name **out, size_t *n, struct comity_error *err) COMITY_MUST_USE;

/* ---- ledger -------------------------------------------------------------------------------------------------- */

/* Append-only and hash-chained (BLAKE2b): imports, judgements, undos, links. Every writing call above adds its line in
 * its own transaction. */
/* The number of its last line. */
enum comity_status store_ledger_length(struct store *store, uint64_t *n, struct comity_error *err) COMITY_MUST_USE;
struct ledger_line {
    uint64_t number;
    struct slice when, who, what, detail_json;
    char hash[65];
};
enum comity_status store_ledger(struct store *store, const struct reader *reader, struct arena *arena,
    struct ledger_line **out, size_t *n, struct comity_error *err) COMITY_MUST_USE;
/* A part of it, newest first: before line `before` (0: from the last), of one person or program, of one kind; an empty
 * slice asks for all. At most `most` lines (0: all). */
struct ledger_part {
    uint64_t before;
    struct slice who, what;
    size_t most;
};
enum comity_status store_ledger_part(struct store *store, const struct reader *reader, const struct ledger_part *part,
    struct arena *arena, struct ledger_line **out, size_t *n, struct comity_error *err) COMITY_MUST_USE;
/* Who or what is named in it, each once, in order. */
enum ledger_column { LEDGER_WHO, LEDGER_WHAT };
enum comity_status store_ledger_words(struct store *store, const struct reader *reader, enum ledger_column column,
    struct arena *arena, struct slice **out, size_t *n, struct comity_error *err) COMITY_MUST_USE;
/* How far the chain holds: up to line n_whole of the n_lines that were written; `head` is the hash of line n_whole.
 * Reads all of it: some 300,000 lines a second. */
struct ledger_check {
    uint64_t n_lines, n_whole;
    bool is_whole;
    char head[65];
};
enum comity_status store_ledger_check(
    struct store *store, struct ledger_check *out, struct comity_error *err) COMITY_MUST_USE;
/* Checks the chain, SQLite's own integrity and the counts. COMITY_CORRUPT names the first line that does not hold. */
enum comity_status store_verify(struct store *store, uint64_t *n_lines, struct comity_error *err) COMITY_MUST_USE;

#endif
