/* restore.h - a store from a backup: whole or not at all.
 *
 * It is put together in `<store>-restore/`, brought forward where its tables are older, checked like `comity verify`
 * does, told in its ledger, and its sessions and invitations are ended. Then its attachments are moved to their place,
 * and last, in one step, the store. Until that step a store that was there is untouched.
 */
#ifndef KEEP_RESTORE_H
#define KEEP_RESTORE_H

#include "domain/reader.h"
#include "keep/backup.h"

struct restore_options {
    const char *path, *store_path; /* from, to */
    struct slice passphrase;
    bool replaces; /* a store that is there; nobody may have it open. Otherwise it is COMITY_CONFLICT */
    unsigned wait_ms;
    const struct reader *who;        /* for the ledger */
    const struct progress *progress; /* stages "restore" and "check" */
};

/* `kept` (may be null): where the replaced store is now; empty: none was there. */
enum comity_status restore_store(const struct restore_options *options, struct backup_info *info, char kept[KEEP_PATH],
    struct comity_error *err) COMITY_MUST_USE;

#endif
