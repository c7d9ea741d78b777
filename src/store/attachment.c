/* Rows of files. What fits is counted within the transaction that adds, so that two at once cannot both be the last. */
#include "store/attachment.h"

#include "base/error.h"
#include "base/json.h"
#include "store/sql.h"

#define COLUMNS                                                                                                        \
    "id, entry, name, kind, sha256, size, width, height, has_thumbnail, original_sha256, original_size, note, at, "    \
    "who,"                                                                                                             \
    " is_removed"

/* ---- what fits ----------------------------------------------------------------------------------------------------
 */

static uint64_t cap(uint64_t said, uint64_t otherwise)
{
    return said ? said : otherwise;
}

static enum comity_status check_entry(
    struct store *store, uint64_t entry, const struct attachment_caps *caps, struct comity_error *err)
{
    uint64_t n = 0;
    enum comity_status status =
        sql_number(store, err, &n, 0, "SELECT count(*) FROM attachment WHERE entry = ? AND is_removed = 0", "u", entry);
    if (!status && n >= cap(caps->most_per_entry, ATTACHMENT_MOST_PER_ENTRY)) {
        error_set(err, COMITY_LIMIT, TELL("There are as many files here as there may be."));
        error_hint(err, TELL("Remove one that is not needed, or put several pages into one PDF."));
        return COMITY_LIMIT;
    }
    return status;
}

static enum comity_status check_total(
    struct store *store, uint64_t size, const struct attachment_caps *caps, struct comity_error *err)
{
    uint64_t total = 0;
    if (!caps->most_total)
        return COMITY_OK;
    enum comity_status status =
        sql_number(store, err, &total, 0, "SELECT sum(size + original_size) FROM attachment", "");
    if (!status && (total > caps->most_total || size > caps->most_total - total)) {
        error_set(err, COMITY_LIMIT, TELL("The room for files is used up."));
        error_hint(err, TELL("The administrator can give more."));
        return COMITY_LIMIT;
    }
    return status;
}

/* `size`: with the original. */
static enum comity_status check_caps(
    struct store *store, uint64_t entry, uint64_t size, const struct attachment_caps *caps, struct comity_error *err)
{
    static const struct attachment_caps none = {0};
    enum comity_status status = check_entry(store, entry, caps ? caps : &none, err);
    return status ? status : check_total(store, size, caps ? caps : &none, err);
}

enum comity_status store_attachment_fits(
    struct store *store, uint64_t entry, uint64_t size, const struct attachment_caps *caps, struct comity_error *err)
{
    uint64_t most = cap(caps ? caps->most_bytes : 0, ATTACHMENT_MOST_BYTES);
    if (size > most) {
        error_set(err, COMITY_LIMIT, TELL("This file is too large."));
        error_hint(err, TELL("Make the picture smaller, or scan with fewer dots."));
        return COMITY_LIMIT;
    }
    return check_caps(store, entry, size, caps, err);
}

/* ---- adding -------------------------------------------------------------------------------------------------------
 */

static enum comity_status check_fields(const struct attachment *a, struct comity_error *err)
{
    if (a->sha256.len != ATTACHMENT_SHA || (a->original_sha256.len && a->original_sha256.len != ATTACHMENT_SHA))
        return error_set(err, COMITY_USAGE, "this is no SHA-256");
    if (!a->name.len || a->name.len > ATTACHMENT_MOST_NAME)
        return error_set(err, COMITY_USAGE, "a file's name has 1 to %d bytes", ATTACHMENT_MOST_NAME);
    if (a->note.len > ATTACHMENT_MOST_NOTE)
        return error_set(err, COMITY_LIMIT, TELL("The note is too long."));
    return COMITY_OK;
}

/* Sent twice, on a line that broke before the answer came, it is still one. */
static enum comity_status check_once(struct store *store, uint64_t entry, struct slice sha256, struct comity_error *err)
{
    uint64_t id = 0;
    enum comity_status status = sql_number(store, err, &id, 0,
        "SELECT id FROM attachment WHERE entry = ? AND sha256 = ? AND is_removed = 0", "ut", entry, sha256);
    return !status && id ? error_set(err, COMITY_CONFLICT, TELL("This file is here already.")) : status;
}

static enum comity_status add_ledger_line(struct store *store, const struct attachment *a, const char *what,
    const struct reader *who, struct comity_error *err)
{
    struct buffer detail;
    ledger_open(&detail);
    json_member_u64(&detail, "attachment", a->id);
    json_member_u64(&detail, "entry", a->entry);
    json_member(&detail, "sha256", a->sha256);
    json_member_u64(&detail, "size", a->size);
    if (a->original_sha256.len) {
        json_member(&detail, "original_sha256", a->original_sha256);
        json_member_u64(&detail, "original_size", a->original_size);
    }
    return ledger_close(store, slice_from(who->name), what, &detail, err);
}

static enum comity_status insert(
    struct store *store, const struct attachment *a, const struct reader *who, struct comity_error *err)
{
    return sql_run(store, err,
        "INSERT INTO attachment(entry, name, kind, sha256, size, width, height, has_thumbnail, original_sha256,"
        " original_size, note, at, who) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "utttuuuututtt", a->entry, a->name, a->kind, a->sha256, a->size, (uint64_t)a->width, (uint64_t)a->height,
        (uint64_t)a->has_thumbnail, a->original_sha256, a->original_size, a->note, a->when, slice_from(who->name));
}

static enum comity_status check_there(struct store *store, uint64_t entry, struct comity_error *err)
{
    uint64_t is_there = 0;
    enum comity_status status = sql_number(store, err, &is_there, 0, "SELECT 1 FROM entry WHERE id = ?", "u", entry);
    return !status && !is_there ? error_set(err, COMITY_NOTFOUND, "there is no such entry") : status;
}

static enum comity_status add_within(struct store *store, const struct attachment *attachment,
    const struct attachment_caps *caps, const struct reader *who, uint64_t *id, struct comity_error *err)
{
    struct attachment added = *attachment;
    enum comity_status status = check_there(store, added.entry, err);
    if (!status)
        status = check_once(store, added.entry, added.sha256, err);
    if (!status)
        status = check_caps(store, added.entry, added.size + added.original_size, caps, err);
    if (!status)
        status = insert(store, &added, who, err);
    if (status)
        return status;
    added.id = *id = (uint64_t)sqlite3_last_insert_rowid(store->db);
    return add_ledger_line(store, &added, "attach", who, err);
}

enum comity_status store_attachment_add(struct store *store, const struct attachment *attachment,
    const struct attachment_caps *caps, const struct reader *who, uint64_t *id, struct comity_error *err)
{
    *id = 0;
    enum comity_status status = check_fields(attachment, err);
    if (!status)
        status = brief_begin(store, err);
    return status ? status : brief_end(store, add_within(store, attachment, caps, who, id, err), err);
}

/* ---- reading ------------------------------------------------------------------------------------------------------
 */

static bool read_attachment(sqlite3_stmt *row, struct arena *arena, void *item)
{
    struct attachment *out = item;
    *out = (struct attachment){.id = sql_u64(row, 0),
        .entry = sql_u64(row, 1),
        .size = sql_u64(row, 5),
        .width = (uint32_t)sql_u64(row, 6),
        .height = (uint32_t)sql_u64(row, 7),
        .has_thumbnail = sql_u64(row, 8) != 0,
        .original_size = sql_u64(row, 10),
        .is_removed = sql_u64(row, 14) != 0};
    return sql_copy(row, 2, arena, &out->name) && sql_copy(row, 3, arena, &out->kind) &&
           sql_copy(row, 4, arena, &out->sha256) && sql_copy(row, 9, arena, &out->original_sha256) &&
           sql_copy(row, 11, arena, &out->note) && sql_copy(row, 12, arena, &out->when) &&
           sql_copy(row, 13, arena, &out->who);
}

/* As if it had never been kept. */
static void hide_original(const struct reader *reader, struct attachment *attachment)
{
    reader_sees_all(reader);
    if (!reader->hides_restricted)
        return;
    attachment->original_sha256 = SLICE_EMPTY;
    attachment->original_size = 0;
}

enum comity_status store_attachments(struct store *store, const struct reader *reader, uint64_t entry,
    bool with_removed, struct arena *arena, struct attachment **out, size_t *n, struct comity_error *err)
{
    struct sql_items items;
    enum comity_status status = sql_list(store, arena, sizeof **out, read_attachment, &items, err,
        "SELECT " COLUMNS " FROM attachment WHERE entry BETWEEN ? AND ? AND is_removed <= ? ORDER BY id", "uuu", entry,
        entry ? entry : (uint64_t)INT64_MAX, (uint64_t)with_removed);
    *out = items.at;
    *n = items.n;
    for (size_t i = 0; !status && i < *n; i++)
        hide_original(reader, &(*out)[i]);
    return status;
}

enum comity_status store_attachment(struct store *store, const struct reader *reader, uint64_t id, struct arena *arena,
    struct attachment *out, struct comity_error *err)
{
    enum comity_status status = sql_find(store, arena, read_attachment, out, TELL("There is no such file."), err,
        "SELECT " COLUMNS " FROM attachment WHERE id = ?", "u", id);
    if (!status)
        hide_original(reader, out);
    return status;
}

/* ---- removing and restoring ---------------------------------------------------------------------------------------
 */

static enum comity_status mark(struct store *store, const struct attachment *attachment, bool is_removed,
    const struct reader *who, struct comity_error *err)
{
    enum comity_status status = sql_run(
        store, err, "UPDATE attachment SET is_removed = ? WHERE id = ?", "uu", (uint64_t)is_removed, attachment->id);
    return status
               ? status
               : add_ledger_line(store, attachment, is_removed ? "remove attachment" : "restore attachment", who, err);
}

static enum comity_status find(
    struct store *store, uint64_t id, struct arena *arena, struct attachment *out, struct comity_error *err)
{
    static const struct reader itself = {.name = "store"};
    return store_attachment(store, &itself, id, arena, out, err);
}

static enum comity_status remove_within(
    struct store *store, uint64_t id, const struct reader *who, struct comity_error *err)
{
    struct arena arena = {0};
    struct attachment found;
    enum comity_status status = find(store, id, &arena, &found, err);
    if (!status && found.is_removed)
        status = error_set(err, COMITY_CONFLICT, TELL("This file was removed before."));
    if (!status)
        status = mark(store, &found, true, who, err);
    arena_release(&arena);
    return status;
}

enum comity_status store_attachment_remove(
    struct store *store, uint64_t id, const struct reader *who, struct comity_error *err)
{
    enum comity_status status = brief_begin(store, err);
    return status ? status : brief_end(store, remove_within(store, id, who, err), err);
}

static enum comity_status restore_within(struct store *store, uint64_t id, const struct attachment_caps *caps,
    const struct reader *who, struct comity_error *err)
{
    struct arena arena = {0};
    struct attachment found;
    enum comity_status status = find(store, id, &arena, &found, err);
    if (!status && !found.is_removed)
        status = error_set(err, COMITY_CONFLICT, TELL("This file is here already."));
    if (!status)
        status = check_once(store, found.entry, found.sha256, err);
    if (!status) /* its bytes are counted already */
        status = check_caps(store, found.entry, 0, caps, err);
    if (!status)
        status = mark(store, &found, false, who, err);
    arena_release(&arena);
    return status;
}

enum comity_status store_attachment_restore(struct store *store, uint64_t id, const struct attachment_caps *caps,
    const struct reader *who, struct comity_error *err)
{
    enum comity_status status = brief_begin(store, err);
    return status ? status : brief_end(store, restore_within(store, id, caps, who, err), err);
}
