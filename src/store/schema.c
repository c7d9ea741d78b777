/* The tables (docs/STORE.md explains them) and the steps that bring an older file forward: step i takes a file from
 * version i to i + 1, and a shipped step never changes again. */
#include "store/sql.h"

#include "base/error.h"

#include <stdio.h>

static const char *const steps[STORE_SCHEMA_VERSION] = {
    /* One row: what there is one of. next_id counts mentions and entities alike: an entity is born with the number of
     * its first mention. */
    "CREATE TABLE state("
    "  one INTEGER PRIMARY KEY CHECK(one = 1), domain TEXT NOT NULL, domain_version TEXT NOT NULL,"
    "  sequence INTEGER NOT NULL, next_id INTEGER NOT NULL, n_ledger INTEGER NOT NULL, ledger_head BLOB NOT NULL"
    ") STRICT;"
    "CREATE TABLE source("
    "  id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, title TEXT NOT NULL, kind TEXT NOT NULL,"
    "  reliability INTEGER NOT NULL, licence TEXT NOT NULL, marking TEXT NOT NULL, is_aggregate INTEGER NOT NULL,"
    "  n_live INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"
    /* state: 0 being written, 1 published, 2 undone. */
    "CREATE TABLE import("
    "  number INTEGER PRIMARY KEY, source INTEGER NOT NULL REFERENCES source(id), state INTEGER NOT NULL,"
    "  file_name TEXT NOT NULL, file_hash TEXT NOT NULL, recipe_id TEXT NOT NULL, recipe_text TEXT NOT NULL,"
    "  recipe_hash TEXT NOT NULL, at TEXT NOT NULL, receipt TEXT NOT NULL DEFAULT '{}',"
    "  n_rows INTEGER NOT NULL DEFAULT 0, n_new INTEGER NOT NULL DEFAULT 0, n_unchanged INTEGER NOT NULL DEFAULT 0,"
    "  n_updated INTEGER NOT NULL DEFAULT 0, n_rejected INTEGER NOT NULL DEFAULT 0,"
    "  n_filtered INTEGER NOT NULL DEFAULT 0,"
    "  first_mention INTEGER NOT NULL, last_mention INTEGER NOT NULL" /* last < first: none */
    ") STRICT;"
    "CREATE INDEX import_by_file ON import(file_hash, recipe_hash);"
    /* What was read, verbatim: some hundred rows' JSON, compressed together. */
    "CREATE TABLE block("
    "  id INTEGER PRIMARY KEY, import INTEGER NOT NULL, size INTEGER NOT NULL, bytes BLOB NOT NULL"
    ") STRICT;"
    "CREATE INDEX block_by_import ON block(import);"
    /* `import`: the one that vouches for it (undo may hand it to a later one that said the same). Live: that import is
     * published and nothing newer stands in superseded_by. */
    "CREATE TABLE mention("
    "  id INTEGER PRIMARY KEY, import INTEGER NOT NULL, row INTEGER NOT NULL, part INTEGER NOT NULL,"
    "  block INTEGER NOT NULL, content INTEGER NOT NULL, ordinal INTEGER NOT NULL, key TEXT,"
    "  supersedes INTEGER, superseded_by INTEGER, packed BLOB NOT NULL"
    ") STRICT;"
    /* The identities that are live: of one source, by hash of key or content. Filled in sorted order when publishing.
     */
    "CREATE TABLE said("
    "  source INTEGER NOT NULL, what INTEGER NOT NULL, ordinal INTEGER NOT NULL, content INTEGER NOT NULL,"
    "  mention INTEGER NOT NULL, PRIMARY KEY(source, what, ordinal)"
    ") STRICT, WITHOUT ROWID;"
    /* An import said again what was there: runs of mentions. */
    "CREATE TABLE said_again("
    "  id INTEGER PRIMARY KEY, import INTEGER NOT NULL REFERENCES import(number), first_mention INTEGER NOT NULL,"
    "  last_mention INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX said_again_by_import ON said_again(import);"
    /* Only mentions whose entity is not the one of their own number. */
    "CREATE TABLE membership(mention INTEGER PRIMARY KEY, entity INTEGER NOT NULL) STRICT;"
    "CREATE INDEX membership_by_entity ON membership(entity);"
    "CREATE TABLE redirect(entity INTEGER PRIMARY KEY, into_entity INTEGER NOT NULL) STRICT;"
    "CREATE TABLE judgement("
    "  id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, is_by_person INTEGER NOT NULL, is_undone INTEGER NOT NULL,"
    "  a INTEGER NOT NULL, b INTEGER NOT NULL, source TEXT NOT NULL, country TEXT NOT NULL,"
    "  first_day INTEGER NOT NULL, last_day INTEGER NOT NULL, times INTEGER NOT NULL, n_rows INTEGER NOT NULL,"
    "  n_surplus INTEGER NOT NULL, confidence REAL NOT NULL, who TEXT NOT NULL, at TEXT NOT NULL, why TEXT NOT NULL"
    ") STRICT;"
    "CREATE TABLE model(one INTEGER PRIMARY KEY CHECK(one = 1), bytes BLOB NOT NULL, report TEXT NOT NULL) STRICT;"
    "CREATE TABLE ledger("
    "  number INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, detail TEXT NOT NULL,"
    "  hash BLOB NOT NULL"
    ") STRICT;"
    "CREATE TRIGGER ledger_keeps_lines BEFORE UPDATE ON ledger BEGIN"
    "  SELECT RAISE(ABORT, 'the ledger is append-only'); END;"
    "CREATE TRIGGER ledger_keeps_all_lines BEFORE DELETE ON ledger BEGIN"
    "  SELECT RAISE(ABORT, 'the ledger is append-only'); END;",
    /* 2: feeds, what was tried of them, and what sources declared. */
    "CREATE TABLE feed("
    "  id TEXT PRIMARY KEY, source TEXT NOT NULL, recipe TEXT NOT NULL, place TEXT NOT NULL,"
    "  is_address INTEGER NOT NULL, every_s INTEGER NOT NULL, expect_s INTEGER NOT NULL, is_active INTEGER NOT NULL,"
    "  looked INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL DEFAULT 0, succeeded INTEGER NOT NULL DEFAULT 0,"
    "  brought INTEGER NOT NULL DEFAULT 0, etag TEXT NOT NULL DEFAULT '', modified TEXT NOT NULL DEFAULT '',"
    "  recipe_hash TEXT NOT NULL DEFAULT '', n_failures INTEGER NOT NULL DEFAULT 0,"
    "  failing_since INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '', hint TEXT NOT NULL DEFAULT ''"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE feed_file("
    "  feed TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, modified_ns INTEGER NOT NULL,"
    "  changed_ns INTEGER NOT NULL, has_failed INTEGER NOT NULL, recipe_hash TEXT NOT NULL, at INTEGER NOT NULL,"
    "  error TEXT NOT NULL, hint TEXT NOT NULL, PRIMARY KEY(feed, name)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE attempt("
    "  number INTEGER PRIMARY KEY, feed TEXT NOT NULL, item TEXT NOT NULL, at INTEGER NOT NULL, last INTEGER NOT NULL,"
    "  times INTEGER NOT NULL, result INTEGER NOT NULL, bytes INTEGER NOT NULL, import INTEGER NOT NULL,"
    "  took_ms INTEGER NOT NULL, error TEXT NOT NULL, hint TEXT NOT NULL"
    ") STRICT;"
    "CREATE INDEX attempt_by_feed ON attempt(feed, number);"
    "CREATE TABLE silence("
    "  id INTEGER PRIMARY KEY, source TEXT NOT NULL, first_day INTEGER NOT NULL, last_day INTEGER NOT NULL,"
    "  who TEXT NOT NULL, at TEXT NOT NULL, why TEXT NOT NULL, is_undone INTEGER NOT NULL DEFAULT 0"
    ") STRICT;",
    /* 3: what people settled of names of places. */
    "CREATE TABLE settled("
    "  id INTEGER PRIMARY KEY, source TEXT NOT NULL, country TEXT NOT NULL, subdivision TEXT NOT NULL,"
    "  name TEXT NOT NULL, place TEXT NOT NULL, is_undone INTEGER NOT NULL, who TEXT NOT NULL, at TEXT NOT NULL,"
    "  why TEXT NOT NULL"
    ") STRICT;",
    /* 4: coverage, and what an import retracts inside it (docs/decisions/0500). */
    "CREATE TABLE coverage("
    "  id INTEGER PRIMARY KEY, import INTEGER NOT NULL REFERENCES import(number), country TEXT NOT NULL," /* '': all */
    "  first_day INTEGER NOT NULL, last_day INTEGER NOT NULL, is_complete INTEGER NOT NULL,"
    "  is_withdrawn INTEGER NOT NULL DEFAULT 0, who TEXT NOT NULL, at TEXT NOT NULL"
    ") STRICT;"
    "CREATE INDEX coverage_by_import ON coverage(import);"
    /* Runs of mentions that an import, by its coverages, retracts. */
    "CREATE TABLE retraction("
    "  import INTEGER NOT NULL REFERENCES import(number), first_mention INTEGER NOT NULL,"
    "  last_mention INTEGER NOT NULL, PRIMARY KEY(import, first_mention)"
    ") STRICT, WITHOUT ROWID;"
    /* What follows from said_again, retraction and the states of imports: the import that retracts it now. */
    "ALTER TABLE mention ADD COLUMN retracted_by INTEGER;"
    "ALTER TABLE said ADD COLUMN is_retracted INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE import ADD COLUMN n_revived INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE import ADD COLUMN n_retracted INTEGER NOT NULL DEFAULT 0;",
    /* 5: people (docs/decisions/0700). Times are seconds since 1970; hashes of tokens are BLAKE2b-256. */
    "CREATE TABLE account("
    "  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, full_name TEXT NOT NULL, unit TEXT NOT NULL,"
    "  roles INTEGER NOT NULL, is_disabled INTEGER NOT NULL DEFAULT 0, password TEXT NOT NULL DEFAULT '',"
    "  totp BLOB NOT NULL DEFAULT x'', totp_last INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL,"
    "  created_by TEXT NOT NULL, seen INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"
    "CREATE TABLE recovery("
    "  account INTEGER NOT NULL REFERENCES account(id), hash BLOB NOT NULL, PRIMARY KEY(account, hash)"
    ") STRICT, WITHOUT ROWID;"
    /* account: whose password is to be set anew; 0: somebody new, with these roles. */
    "CREATE TABLE invitation("
    "  hash BLOB PRIMARY KEY, account INTEGER NOT NULL, roles INTEGER NOT NULL, unit TEXT NOT NULL, note TEXT NOT NULL,"
    "  expires INTEGER NOT NULL, created INTEGER NOT NULL, created_by TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    /* stage: 0 the password was right, 1 logged in. */
    "CREATE TABLE session("
    "  hash BLOB PRIMARY KEY, account INTEGER NOT NULL REFERENCES account(id), stage INTEGER NOT NULL,"
    "  created INTEGER NOT NULL, seen INTEGER NOT NULL, expires INTEGER NOT NULL, agent TEXT NOT NULL,"
    "  peer TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX session_by_account ON session(account);"
    "CREATE TABLE api_token("
    "  id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, account INTEGER NOT NULL REFERENCES account(id),"
    "  name TEXT NOT NULL, rights INTEGER NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL,"
    "  used INTEGER NOT NULL DEFAULT 0"
    ") STRICT;",
    /* 6: what people type in (docs/decisions/0730). `approved`, `published`: versions, 0: none. */
    "CREATE TABLE entry("
    "  id INTEGER PRIMARY KEY, unit TEXT NOT NULL, nonce TEXT NOT NULL UNIQUE, version INTEGER NOT NULL,"
    "  state INTEGER NOT NULL, approved INTEGER NOT NULL DEFAULT 0, is_retracted INTEGER NOT NULL DEFAULT 0,"
    "  published INTEGER NOT NULL DEFAULT 0, title TEXT NOT NULL, author TEXT NOT NULL, created INTEGER NOT NULL,"
    "  changed INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX entry_by_unit ON entry(unit, changed);"
    "CREATE INDEX entry_pending ON entry(id) WHERE published <> iif(is_retracted, 0, approved);"
    "CREATE TABLE entry_version("
    "  entry INTEGER NOT NULL REFERENCES entry(id), version INTEGER NOT NULL, title TEXT NOT NULL,"
    "  content TEXT NOT NULL, author TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(entry, version)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE entry_event("
    "  id INTEGER PRIMARY KEY, entry INTEGER NOT NULL REFERENCES entry(id), version INTEGER NOT NULL,"
    "  deed INTEGER NOT NULL, who TEXT NOT NULL, at INTEGER NOT NULL, reason TEXT NOT NULL"
    ") STRICT;"
    "CREATE INDEX entry_event_by_entry ON entry_event(entry);"
    /* Which import put which version into the records; version 0: took it out. */
    "CREATE TABLE entry_import("
    "  import INTEGER PRIMARY KEY REFERENCES import(number), entry INTEGER NOT NULL, version INTEGER NOT NULL"
    ") STRICT;",
    /* 7: files beside entries (docs/decisions/0720). The bytes lie in the folder beside the store, named by sha256. */
    "CREATE TABLE attachment("
    "  id INTEGER PRIMARY KEY, entry INTEGER NOT NULL REFERENCES entry(id), name TEXT NOT NULL, kind TEXT NOT NULL, "
    "sha256 TEXT NOT NULL,"
    "  size INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, has_thumbnail INTEGER NOT NULL,"
    "  original_sha256 TEXT NOT NULL, original_size INTEGER NOT NULL," /* '': not kept */
    "  note TEXT NOT NULL, at TEXT NOT NULL, who TEXT NOT NULL, is_removed INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"
    "CREATE INDEX attachment_by_entry ON attachment(entry);",
    /* 8: repeated loads in all their shapes: enum load_shape, and the evidence as JSON (link/load_tell.h). */
    "ALTER TABLE judgement ADD COLUMN shape INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE judgement ADD COLUMN shift_days INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE judgement ADD COLUMN shift_months INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE judgement ADD COLUMN copied_from TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE judgement ADD COLUMN evidence TEXT NOT NULL DEFAULT '';",
    /* 9: what became of entities (docs/decisions/0830, store/entity_event.h). `ledger`: the line of that linking. */
    "CREATE TABLE entity_round("
    "  sequence INTEGER PRIMARY KEY, ledger INTEGER NOT NULL, next_id INTEGER NOT NULL, model TEXT NOT NULL,"
    "  n_mentions INTEGER NOT NULL, n_entities INTEGER NOT NULL, n_created INTEGER NOT NULL,"
    "  n_joined INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE entity_event("
    "  id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, kind INTEGER NOT NULL, entity INTEGER NOT NULL,"
    "  other INTEGER NOT NULL, cause INTEGER NOT NULL, cause_id INTEGER NOT NULL, members BLOB NOT NULL"
    ") STRICT;"
    "CREATE INDEX entity_event_by_sequence ON entity_event(sequence);"
    "CREATE INDEX entity_event_by_entity ON entity_event(entity);"
    "CREATE INDEX entity_event_by_other ON entity_event(other) WHERE other <> 0;"
    /* Few rows, of many entities each: looked through for one. */
    "CREATE INDEX entity_event_ended ON entity_event(id) WHERE kind = 4;"
    "CREATE TRIGGER entity_event_stays BEFORE UPDATE ON entity_event BEGIN"
    "  SELECT RAISE(ABORT, 'what became of entities is append-only'); END;"
    "CREATE TRIGGER entity_event_stays_there BEFORE DELETE ON entity_event BEGIN"
    "  SELECT RAISE(ABORT, 'what became of entities is append-only'); END;"
    /* One row: which mentions the last round knew, as runs. */
    "CREATE TABLE entity_known(one INTEGER PRIMARY KEY CHECK(one = 1), runs BLOB NOT NULL) STRICT;",
};

static enum comity_status step_to(struct store *store, int version, struct comity_error *err)
{
    char sql[64];
    enum comity_status status = sql_exec(store, steps[version], err);
    snprintf(sql, sizeof sql, "PRAGMA user_version = %d", version + 1);
    return status ? status : sql_exec(store, sql, err);
}

enum comity_status schema_migrate(struct store *store, struct comity_error *err)
{
    uint64_t version;
    enum comity_status status = sql_number(store, err, &version, 0, "PRAGMA user_version", "");
    while (!status && version < STORE_SCHEMA_VERSION)
        status = step_to(store, (int)version++, err);
    return status;
}

enum comity_status clear_unpublished(struct store *store, struct comity_error *err)
{
    uint64_t number;
    enum comity_status status = sql_number(store, err, &number, 0, "SELECT number FROM import WHERE state = 0", "");
    if (status || !number)
        return status;
    /* Nothing else could be written meanwhile, so what is left of it is all that lies behind the last id given out. */
    status = sql_exec(store, "BEGIN IMMEDIATE", err);
    if (!status)
        status = sql_exec(store,
            "DELETE FROM mention WHERE id >= (SELECT next_id FROM state);"
            "DELETE FROM block WHERE import IN (SELECT number FROM import WHERE state = 0);"
            "DELETE FROM import WHERE state = 0;"
            /* A source that nothing was published of does not exist either. */
            "DELETE FROM source WHERE id NOT IN (SELECT source FROM import);",
            err);
    if (!status)
        status = sql_exec(store, "COMMIT", err);
    if (status)
        rollback(store);
    return status;
}
