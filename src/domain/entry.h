/* entry.h - a case that people type in: what it says, how far it has come, and who did what.
 *
 * An entry belongs to a unit. Each saving is a version; nothing is overwritten. Of its versions one at most is what
 * readers see: the one that was approved last, unless the entry was retracted. The others are drafts, which only their
 * unit sees (share/gate.h).
 *
 *     draft ── submit ──▶ submitted ── approve ──▶ approved ── retract ──▶ (readers see none) ── restore ──▶ approved
 *       ▲ ╲ discard          │ return                 │ correct: a new version, a draft again
 *       └──────────────── returned                    ▼
 *
 * Discarding a correction brings back what was approved, as the newest version.
 */
#ifndef DOMAIN_ENTRY_H
#define DOMAIN_ENTRY_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* Numbers are stored: they never change. */
enum entry_state { ENTRY_DRAFT, ENTRY_SUBMITTED, ENTRY_RETURNED, ENTRY_APPROVED, ENTRY_DISCARDED, N_ENTRY_STATES };

#define ENTRY_DEED_TABLE(X)                                                                                            \
    X(SAVE, 0, "save")                                                                                                 \
    X(SUBMIT, 1, "submit")                                                                                             \
    X(RETURN, 2, "return")                                                                                             \
    X(APPROVE, 3, "approve")                                                                                           \
    X(RETRACT, 4, "retract")                                                                                           \
    X(RESTORE, 5, "restore")                                                                                           \
    X(DISCARD, 6, "discard")

enum entry_deed {
#define X(symbol, number, name) ENTRY_##symbol = (number),
    ENTRY_DEED_TABLE(X)
#undef X
        N_ENTRY_DEEDS
};

struct entry {
    uint64_t id, version;     /* version: the newest, from 1 */
    enum entry_state state;   /* of the newest version */
    uint64_t approved;        /* the version that was approved last; 0: none */
    bool is_retracted;        /* readers see none of them */
    uint64_t published;       /* the version that the records hold now; 0: none */
    struct slice unit;        /* whose it is; empty: of those without a unit */
    struct slice title;       /* for lists: "2026/0317 · 2026-03-17 · Cocaine 12.5 kg" */
    struct slice author;      /* of the newest version: the account's name */
    int64_t created, changed; /* seconds since 1970 */
};

/* The version that the records should hold; 0: none. */
static inline uint64_t entry_wanted(const struct entry *entry)
{
    return entry->is_retracted ? 0 : entry->approved;
}

/* What one typed under a key of the form (domain/form.h), word for word. */
struct entry_cell {
    struct slice key, text;
};
struct entry_content {
    struct entry_cell *cells;
    size_t n;
};

/* The text under a key; empty where there is none. */
struct slice entry_text(const struct entry_content *content, struct slice key);

#endif
