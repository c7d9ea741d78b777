/* import.h - an import that is being written. Private to src/store. */
#ifndef STORE_IMPORT_H
#define STORE_IMPORT_H

#include "store/sorter.h"
#include "store/sql.h"

struct store_import {
    struct store *store;
    struct arena arena;
    struct import_info info;   /* copies */
    struct source_info source; /* copies; id is the store's */
    uint64_t number, first_id, next_id;
    sqlite3_stmt *insert_mention, *insert_block;
    struct buffer raw, packed_raw; /* the block that is being filled, and its compressed form */
    uint32_t n_raw;
    uint64_t block;       /* its id */
    struct sorter sorter; /* (what, content, id, 0) of every mention */
    bool is_settled;
    struct import_counts counts;
    struct slice coverage_json; /* for the ledger; empty: no coverage was confirmed */
};

/* What a statement is told by within its source: its key and part, or else its content. 64-bit hashes: two of 5,000,000
 * collide with a probability of less than one in a million. */
uint64_t mention_what(struct slice key, uint64_t part, uint64_t content);
/* The identity of a mention: source code, what, ordinal. */
uint64_t mention_identity(struct slice source_code, uint64_t what, uint64_t ordinal);

/* Writes the block that is being filled, if it holds anything. Within a transaction. */
enum comity_status import_flush_block(struct store_import *import, struct comity_error *err) COMITY_MUST_USE;

#endif
