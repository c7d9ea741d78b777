/* See entry.h. */
#include "store/entry.h"

#include "base/error.h"
#include "base/json.h"
#include "store/import.h"
#include "store/intake.h"

#define ENTRY_COLUMNS                                                                                                  \
    "entry.id, entry.version, entry.state, entry.approved, entry.is_retracted, entry.published, entry.unit,"           \
    " entry.title, entry.author, entry.created, entry.changed"
/* What the records should hold, as entry_wanted() has it. */
#define ENTRY_WANTED "iif(is_retracted, 0, approved)"

static const char *const deed_names[N_ENTRY_DEEDS] = {
#define X(symbol, number, name) [number] = name " entry",
    ENTRY_DEED_TABLE(X)
#undef X
};

static bool read_entry(sqlite3_stmt *row, struct arena *arena, void *item)
{
    struct entry *out = item;
    *out = (struct entry){.id = sql_u64(row, 0),
        .version = sql_u64(row, 1),
        .state = (enum entry_state)sql_u64(row, 2),
        .approved = sql_u64(row, 3),
        .is_retracted = sql_u64(row, 4) != 0,
        .published = sql_u64(row, 5),
        .created = sqlite3_column_int64(row, 9),
        .changed = sqlite3_column_int64(row, 10)};
    return sql_copy(row, 6, arena, &out->unit) && sql_copy(row, 7, arena, &out->title) &&
           sql_copy(row, 8, arena, &out->author);
}

static enum comity_status find_entry(
    struct store *store, uint64_t id, struct arena *arena, struct entry *out, struct comity_error *err)
{
    return sql_find(store, arena, read_entry, out, TELL("There is no such entry."), err,
        "SELECT " ENTRY_COLUMNS " FROM entry WHERE id = ?", "u", id);
}

/* ---- what was done ---------------------------------------------------------------------------------------------- */

struct deed {
    uint64_t entry, version;
    enum entry_deed deed;
    struct slice reason;
    int64_t now;
    const struct reader *who;
};

/* The reason stays with the entry: the ledger is for those who may not see drafts as well. */
static enum comity_status note(struct store *store, const struct deed *deed, struct comity_error *err)
{
    struct slice who = slice_from(deed->who->name);
    struct buffer detail;
    enum comity_status status =
        sql_run(store, err, "INSERT INTO entry_event(entry, version, deed, who, at, reason) VALUES(?, ?, ?, ?, ?, ?)",
            "uuutit", deed->entry, deed->version, (uint64_t)deed->deed, who, deed->now, deed->reason);
    if (status)
        return status;
    ledger_open(&detail);
    json_member_u64(&detail, "entry", deed->entry);
    json_member_u64(&detail, "version", deed->version);
    return ledger_close(store, who, deed_names[deed->deed], &detail, err);
}

static enum comity_status refuse_stale(struct comity_error *err)
{
    return error_set(err, COMITY_CONFLICT,
        TELL("Somebody else has changed this entry meanwhile. Look at it again before you go on."));
}

/* ---- saving ----------------------------------------------------------------------------------------------------- */

static enum comity_status add_version(struct store *store, uint64_t id, uint64_t version, const struct entry_save *save,
    const struct reader *who, struct comity_error *err)
{
    struct deed deed = {.entry = id, .version = version, .deed = ENTRY_SAVE, .now = save->now, .who = who};
    enum comity_status status = sql_run(store, err,
        "INSERT INTO entry_version(entry, version, title, content, author, at) VALUES(?, ?, ?, ?, ?, ?)", "uuttti", id,
        version, save->title, save->content, slice_from(who->name), save->now);
    return status ? status : note(store, &deed, err);
}

static enum comity_status add_entry(struct store *store, const struct entry_save *save, const struct reader *who,
    uint64_t *id, struct comity_error *err)
{
    enum comity_status status = sql_run(store, err,
        "INSERT INTO entry(unit, nonce, version, state, title, author, created, changed) VALUES(?, ?, 1, ?, ?, ?, ?, "
        "?)",
        "ttuttii", save->unit, save->nonce, (uint64_t)ENTRY_DRAFT, save->title, slice_from(who->name), save->now,
        save->now);
    *id = (uint64_t)sqlite3_last_insert_rowid(store->db);
    return status ? status : add_version(store, *id, 1, save, who, err);
}

static enum comity_status change_entry(struct store *store, const struct entry_save *save, const struct reader *who,
    struct arena *arena, struct comity_error *err)
{
    struct entry entry;
    struct entry_version newest;
    enum comity_status status = find_entry(store, save->id, arena, &entry, err);
    if (!status)
        status = store_entry_version(store, who, save->id, entry.version, arena, &newest, err);
    if (status || slice_equal(newest.content, save->content))
        return status;
    if (entry.version != save->version)
        return refuse_stale(err);
    if (entry.state == ENTRY_SUBMITTED || entry.state == ENTRY_DISCARDED)
        return error_set(
            err, COMITY_CONFLICT, TELL("This entry waits for approval or was discarded, and cannot be changed now."));
    status = sql_run(store, err,
        "UPDATE entry SET version = ?, state = ?, title = ?, author = ?, changed = ? WHERE id = ?", "uuttiu",
        entry.version + 1, (uint64_t)ENTRY_DRAFT, save->title, slice_from(who->name), save->now, save->id);
    return status ? status : add_version(store, save->id, entry.version + 1, save, who, err);
}

/* A form that is sent again, because its answer did not come: with the same content it is the same entry; with more
 * typed meanwhile it goes on from what it saved the first time. */
static enum comity_status save_again(struct store *store, const struct entry_save *save, uint64_t id,
    const struct reader *who, struct arena *arena, struct comity_error *err)
{
    struct entry entry;
    struct entry_save again = *save;
    enum comity_status status = find_entry(store, id, arena, &entry, err);
    if (!status && (!slice_equal(entry.unit, save->unit) || !slice_is(entry.author, who->name)))
        status = refuse_stale(err);
    again.id = id;
    again.version = 1;
    return status ? status : change_entry(store, &again, who, arena, err);
}

static enum comity_status save_within(struct store *store, const struct entry_save *save, const struct reader *who,
    struct arena *arena, struct entry *out, struct comity_error *err)
{
    uint64_t id = save->id, known = 0;
    enum comity_status status = COMITY_OK;
    if (!id)
        status = sql_number(store, err, &known, 0, "SELECT id FROM entry WHERE nonce = ?", "t", save->nonce);
    if (!status && known)
        status = save_again(store, save, id = known, who, arena, err);
    else if (!status)
        status = id ? change_entry(store, save, who, arena, err) : add_entry(store, save, who, &id, err);
    return status ? status : find_entry(store, id, arena, out, err);
}

enum comity_status store_entry_save(struct store *store, const struct entry_save *save, const struct reader *who,
    struct arena *arena, struct entry *out, struct comity_error *err)
{
    enum comity_status status = brief_begin(store, err);
    return status ? status : brief_end(store, save_within(store, save, who, arena, out, err), err);
}

/* ---- doing ------------------------------------------------------------------------------------------------------ */

static enum comity_status refuse_deed(struct comity_error *err)
{
    return error_set(err, COMITY_CONFLICT, TELL("That cannot be done to an entry in this state."));
}

/* How the entry is after the deed; false: it cannot be done. */
static bool follow(struct entry *entry, enum entry_deed deed)
{
    bool is_open = entry->state == ENTRY_DRAFT || entry->state == ENTRY_RETURNED;
    switch (deed) {
    case ENTRY_SUBMIT:
        entry->state = ENTRY_SUBMITTED;
        return is_open;
    case ENTRY_RETURN:
    case ENTRY_APPROVE: {
        bool was_submitted = entry->state == ENTRY_SUBMITTED;
        entry->state = deed == ENTRY_APPROVE ? ENTRY_APPROVED : ENTRY_RETURNED;
        if (deed == ENTRY_APPROVE)
            entry->approved = entry->version; /* what was retracted stays so: restoring is a decision of its own */
        return was_submitted;
    }
    case ENTRY_RETRACT:
    case ENTRY_RESTORE: {
        bool was_retracted = entry->is_retracted;
        entry->is_retracted = deed == ENTRY_RETRACT;
        return entry->approved && was_retracted != entry->is_retracted;
    }
    case ENTRY_DISCARD:
        entry->state = entry->approved ? ENTRY_APPROVED : ENTRY_DISCARDED;
        return is_open;
    default:
        return false;
    }
}

/* A correction that is let go of: what was approved stands again, as a version of its own. */
static enum comity_status go_back(struct store *store, struct entry *entry, struct deed *deed, struct comity_error *err)
{
    enum comity_status status = sql_run(store, err,
        "INSERT INTO entry_version(entry, version, title, content, author, at)"
        " SELECT entry, ?2, title, content, author, ?4 FROM entry_version WHERE entry = ?1 AND version = ?3",
        "uuui", entry->id, entry->version + 1, entry->approved, deed->now);
    if (!status)
        status = sql_run(store, err,
            "UPDATE entry SET version = ?2, published = iif(published = ?3, ?2, published),"
            " (title, author) = (SELECT title, author FROM entry_version WHERE entry = ?1 AND version = ?3) WHERE id = "
            "?1",
            "uuu", entry->id, entry->version + 1, entry->approved);
    entry->approved = deed->version = entry->version + 1;
    return status;
}

static enum comity_status do_within(struct store *store, struct deed *deed, struct comity_error *err)
{
    struct arena arena = {0};
    struct entry entry;
    enum comity_status status = find_entry(store, deed->entry, &arena, &entry, err);
    if (!status && entry.version != deed->version)
        status = refuse_stale(err);
    else if (!status && !follow(&entry, deed->deed))
        status = refuse_deed(err);
    if (!status && deed->deed == ENTRY_DISCARD && entry.approved)
        status = go_back(store, &entry, deed, err);
    if (!status)
        status =
            sql_run(store, err, "UPDATE entry SET state = ?, approved = ?, is_retracted = ?, changed = ? WHERE id = ?",
                "uuuiu", (uint64_t)entry.state, entry.approved, (uint64_t)entry.is_retracted, deed->now, deed->entry);
    if (!status)
        status = note(store, deed, err);
    arena_release(&arena);
    return status;
}

enum comity_status store_entry_do(struct store *store, uint64_t id, uint64_t version, enum entry_deed deed,
    struct slice reason, int64_t now, const struct reader *who, struct comity_error *err)
{
    struct deed done = {id, version, deed, reason, now, who};
    enum comity_status status = brief_begin(store, err);
    return status ? status : brief_end(store, do_within(store, &done, err), err);
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

enum comity_status store_entry(struct store *store, const struct reader *reader, uint64_t id, struct arena *arena,
    struct entry *out, struct comity_error *err)
{
    reader_sees_all(reader);
    return find_entry(store, id, arena, out, err);
}

enum comity_status store_entries(struct store *store, const struct reader *reader, struct slice unit, unsigned states,
    size_t most, struct arena *arena, struct entry **out, size_t *n, struct comity_error *err)
{
    struct sql_items items;
    reader_sees_all(reader);
    enum comity_status status = sql_list(store, arena, sizeof **out, read_entry, &items, err,
        "SELECT " ENTRY_COLUMNS
        " FROM entry WHERE unit = ? AND ? & (1 << state) ORDER BY changed DESC, id DESC LIMIT ?",
        "tuu", unit, (uint64_t)states, (uint64_t)most);
    *out = items.at;
    *n = items.n;
    return status;
}

enum comity_status store_entries_pending(
    struct store *store, struct arena *arena, struct entry **out, size_t *n, struct comity_error *err)
{
    struct sql_items items;
    enum comity_status status = sql_list(store, arena, sizeof **out, read_entry, &items, err,
        "SELECT " ENTRY_COLUMNS " FROM entry WHERE published <> " ENTRY_WANTED " ORDER BY changed, id", "");
    *out = items.at;
    *n = items.n;
    return status;
}

enum comity_status store_entries_need_link(struct store *store, bool *needs, struct comity_error *err)
{
    uint64_t is_entry = 0;
    enum comity_status status = store_needs_link(store, needs, err);
    if (!status)
        status = sql_number(store, err, &is_entry, 0,
            "SELECT EXISTS(SELECT 1 FROM entry_import WHERE import = (SELECT max(number) FROM import))", "");
    *needs = *needs && is_entry;
    return status;
}

enum comity_status store_has_pending(struct store *store, bool *has, struct comity_error *err)
{
    uint64_t n = 0;
    enum comity_status status =
        sql_number(store, err, &n, 0, "SELECT EXISTS(SELECT 1 FROM entry WHERE published <> " ENTRY_WANTED ")", "");
    *has = n != 0;
    return status;
}

static bool read_version(sqlite3_stmt *row, struct arena *arena, void *item)
{
    struct entry_version *out = item;
    *out = (struct entry_version){.version = sql_u64(row, 0), .at = sqlite3_column_int64(row, 3)};
    return sql_copy(row, 1, arena, &out->content) && sql_copy(row, 2, arena, &out->author);
}

enum comity_status store_entry_version(struct store *store, const struct reader *reader, uint64_t id, uint64_t version,
    struct arena *arena, struct entry_version *out, struct comity_error *err)
{
    reader_sees_all(reader);
    return sql_find(store, arena, read_version, out, TELL("There is no such entry."), err,
        "SELECT version, content, author, at FROM entry_version WHERE entry = ? AND version = ?", "uu", id, version);
}

static bool read_event(sqlite3_stmt *row, struct arena *arena, void *item)
{
    struct entry_event *out = item;
    *out = (struct entry_event){
        .deed = (enum entry_deed)sql_u64(row, 0), .version = sql_u64(row, 1), .at = sqlite3_column_int64(row, 3)};
    return sql_copy(row, 2, arena, &out->who) && sql_copy(row, 4, arena, &out->reason);
}

enum comity_status store_entry_events(struct store *store, const struct reader *reader, uint64_t id,
    struct arena *arena, struct entry_event **out, size_t *n, struct comity_error *err)
{
    struct sql_items items;
    reader_sees_all(reader);
    enum comity_status status = sql_list(store, arena, sizeof **out, read_event, &items, err,
        "SELECT deed, version, who, at, reason FROM entry_event WHERE entry = ? ORDER BY id", "u", id);
    *out = items.at;
    *n = items.n;
    return status;
}

/* ---- into the records ------------------------------------------------------------------------------------------- */

static enum comity_status check_settled(const struct store_import *import, struct comity_error *err)
{
    return import->is_settled ? COMITY_OK : error_set(err, COMITY_USAGE, "the import is not settled yet");
}

enum comity_status store_import_retract(struct store_import *import, const struct slice *keys, size_t n,
    struct import_counts *counts, struct comity_error *err)
{
    enum comity_status status = check_settled(import, err);
    for (size_t i = 0; !status && i < n; i++) {
        uint64_t mention = 0;
        status = sql_number(import->store, err, &mention, 0,
            "SELECT mention FROM said WHERE source = ? AND what = ? AND ordinal = 0 AND is_retracted = 0", "uu",
            (uint64_t)import->source.id, mention_what(keys[i], 0, 0));
        if (status || !mention)
            continue;
        status = sql_run(import->store, err,
            "INSERT INTO retraction(import, first_mention, last_mention) VALUES(?1, ?2, ?2)", "uu", import->number,
            mention);
        import->counts.n_retracted = ++counts->n_retracted;
    }
    return status;
}

enum comity_status store_import_for_entry(
    struct store_import *import, uint64_t entry, uint64_t version, struct comity_error *err)
{
    enum comity_status status = check_settled(import, err);
    if (!status)
        status = sql_run(import->store, err, "INSERT INTO entry_import(import, entry, version) VALUES(?, ?, ?)", "uuu",
            import->number, entry, version);
    return status ? status
                  : sql_run(import->store, err, "UPDATE entry SET published = ? WHERE id = ?", "uu", version, entry);
}

uint64_t store_key_identity(struct slice source_code, struct slice key)
{
    return mention_identity(source_code, mention_what(key, 0, 0), 0);
}

enum comity_status store_mention_identity(
    struct store *store, uint64_t mention, uint64_t *identity, struct comity_error *err)
{
    sqlite3_stmt *row = NULL;
    bool has_row = false;
    *identity = 0;
    enum comity_status status = sql_prepare(store,
        "SELECT source.code, mention.key, part, content, ordinal FROM mention JOIN import ON number = mention.import"
        " JOIN source ON source.id = import.source WHERE mention.id = ?",
        &row, err);
    if (!status)
        status = sql_bind(store, row, err, "u", mention);
    if (!status)
        status = sql_step(store, row, &has_row, err);
    if (!status && has_row)
        *identity = mention_identity(
            sql_slice(row, 0), mention_what(sql_slice(row, 1), sql_u64(row, 2), sql_u64(row, 3)), sql_u64(row, 4));
    sqlite3_finalize(row);
    return status;
}
