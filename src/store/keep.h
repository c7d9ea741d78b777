/* keep.h - a store as a whole: copied while others use it, told that it was restored, held while it is replaced.
 *
 * What a backup needs of the store and nothing else does; the files of backups themselves are src/keep.
 */
#ifndef STORE_KEEP_H
#define STORE_KEEP_H

#include "store/store.h"

enum { STORE_IDENTITY = 8 }; /* hex digits */

/* What is written of a store beside a copy of it. */
struct store_facts {
    uint64_t schema, sequence, n_ledger, n_imports;
    char ledger_head[65];              /* hex */
    char identity[STORE_IDENTITY + 1]; /* of the ledger's first line, which never changes; zeros: there is none */
};
enum comity_status store_facts(struct store *store, struct store_facts *out, struct comity_error *err) COMITY_MUST_USE;
/* The schema that this program writes; it opens any older one. */
uint64_t store_schema_known(void);

/* Copies the store as it is at this moment into a new file, which only its owner may read, and waits for the disk.
 * Others read and write meanwhile; their changes are not in it. Cost: the size of the store; the log cannot shrink
 * until it is done. On failure no file is left. Stage "copy". */
enum comity_status store_copy(
    struct store *store, const char *path, const struct progress *progress, struct comity_error *err) COMITY_MUST_USE;

/* From now on long statements of this handle ask `progress` (null: nobody) now and then whether to go on, stage
 * "check"; a false answer makes them fail with COMITY_CANCELLED. */
void store_ask(struct store *store, const struct progress *progress);

/* In one transaction: a line `restore` in the ledger, all sessions ended and all invitations withdrawn: what was ended
 * after the backup was made must not open doors again. The sequence number becomes one that no earlier state of the
 * store can have had (the time, in seconds), so that nobody takes what they keep of it for this one. `detail_json`: an
 * object. */
enum comity_status store_note_restore(
    struct store *store, const struct reader *who, struct slice detail_json, struct comity_error *err) COMITY_MUST_USE;

/* Moves all that stands in the log into the file, so that the file alone is the store once it is closed. */
enum comity_status store_empty_log(struct store *store, struct comity_error *err) COMITY_MUST_USE;

/* Holds a store that is to be replaced: nobody else has it open, and all that was in its log is in the file.
 * COMITY_BUSY when somebody does. Also takes a file that is no store of ours, as long as it is an SQLite file. */
struct store_hold;
enum comity_status store_hold(const char *path, struct store_hold **out, struct comity_error *err) COMITY_MUST_USE;
/* Null is allowed. The file may be gone or another by now. */
void store_let_go(struct store_hold *hold);

#endif
