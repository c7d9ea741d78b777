/* entry.h - cases that people type in, as the store keeps them (domain/entry.h).
 *
 * Only keeps: who may do what is for share/gate.h, what a content means for flow/entry.h. Each call is one short
 * transaction, durable on return, that does not wait for an import; each is a line of the ledger, without what was
 * typed. What is approved or retracted here is put into the records by whoever publishes (flow/publish.h): until then
 * `published` differs from entry_wanted(), so that nothing is lost by a stop in between, and nothing doubled.
 */
#ifndef STORE_ENTRY_H
#define STORE_ENTRY_H

#include "domain/entry.h"
#include "store/store.h"

struct entry_save {
    uint64_t id;        /* 0: a new one */
    uint64_t version;   /* the version that was edited; 0 with a new one */
    struct slice nonce; /* of a new one: made once for the form; a second save with the same goes on with that entry */
    struct slice unit;  /* of a new one */
    struct slice title;
    struct slice content; /* JSON: entry_write() */
    int64_t now;
};
/* Saves a version, as a draft; what equals the newest version saves none. *out is the entry as it is then.
 * COMITY_CONFLICT when somebody saved meanwhile, or while it waits for approval; COMITY_NOTFOUND. */
enum comity_status store_entry_save(struct store *store, const struct entry_save *save, const struct reader *who,
    struct arena *arena, struct entry *out, struct comity_error *err) COMITY_MUST_USE;

/* Does to `version`, which must be the newest, what domain/entry.h draws. COMITY_CONFLICT where it cannot come from the
 * state that it is in, or somebody saved meanwhile; COMITY_USAGE for ENTRY_SAVE. `reason`: may be empty. */
enum comity_status store_entry_do(struct store *store, uint64_t id, uint64_t version, enum entry_deed deed,
    struct slice reason, int64_t now, const struct reader *who, struct comity_error *err) COMITY_MUST_USE;

/* COMITY_NOTFOUND. */
enum comity_status store_entry(struct store *store, const struct reader *reader, uint64_t id, struct arena *arena,
    struct entry *out, struct comity_error *err) COMITY_MUST_USE;
/* Those of a unit whose newest version is in one of these states (bits 1 << enum entry_state), the newest changed
 * first; at most `most`. */
enum comity_status store_entries(struct store *store, const struct reader *reader, struct slice unit, unsigned states,
    size_t most, struct arena *arena, struct entry **out, size_t *n, struct comity_error *err) COMITY_MUST_USE;
/* Those whose records are not what they should be. */
enum comity_status store_entries_pending(
    struct store *store, struct arena *arena, struct entry **out, size_t *n, struct comity_error *err) COMITY_MUST_USE;
/* Whether the last import was an entry's, and nothing was linked since: a stop came in between. */
enum comity_status store_entries_need_link(struct store *store, bool *needs, struct comity_error *err) COMITY_MUST_USE;
/* Cheap: whether there is any. */
enum comity_status store_has_pending(struct store *store, bool *has, struct comity_error *err) COMITY_MUST_USE;

/* The content of a version, and who wrote it. COMITY_NOTFOUND. */
struct entry_version {
    uint64_t version;
    struct slice content, author;
    int64_t at;
};
enum comity_status store_entry_version(struct store *store, const struct reader *reader, uint64_t id, uint64_t version,
    struct arena *arena, struct entry_version *out, struct comity_error *err) COMITY_MUST_USE;

struct entry_event {
    enum entry_deed deed;
    uint64_t version;
    struct slice who, reason;
    int64_t at;
};
/* Oldest first. */
enum comity_status store_entry_events(struct store *store, const struct reader *reader, uint64_t id,
    struct arena *arena, struct entry_event **out, size_t *n, struct comity_error *err) COMITY_MUST_USE;

/* ---- into the records ------------------------------------------------------------------------------------------- */

/* Of an import that is settled: retracts what the source says live under these keys. */
enum comity_status store_import_retract(struct store_import *import, const struct slice *keys, size_t n,
    struct import_counts *counts, struct comity_error *err) COMITY_MUST_USE;
/* Of an import that is settled: when it is published, that the records hold this version (0: none) is noted in the same
 * transaction. */
enum comity_status store_import_for_entry(
    struct store_import *import, uint64_t entry, uint64_t version, struct comity_error *err) COMITY_MUST_USE;
/* The identity that the mention of a source with this key has (domain/judgement.h). */
uint64_t store_key_identity(struct slice source_code, struct slice key);
/* The identity of a mention that is there; 0: there is none of this number. */
enum comity_status store_mention_identity(
    struct store *store, uint64_t mention, uint64_t *identity, struct comity_error *err) COMITY_MUST_USE;

#endif
