/* What is new, what was said before, what changed: decided for a whole import at once, by walking its mentions and the
 * live ones of its source in the same order (a merge join), so that memory stays flat and the disk is read forwards.
 * What follows for single mentions is collected, sorted by number and applied in one more pass.
 *
 * A group is all that one key (with its part) or, without keys, one content stands for. Within a group
 * (docs/decisions/0010):
 *   1. the n-th statement of a content is the n-th live one of that content: unchanged;
 *   2. what is left over replaces, in order, what is left over of the live ones: the newer version, under its ordinal;
 *   3. the rest is new and takes the lowest free ordinals.
 * What was retracted keeps its place in the group behind what is live: saying it again revives it (store/retract.c).
 * Without keys all contents of a group are equal, so that there is no step 2. */
#include "store/import.h"

#include "base/array.h"
#include "base/error.h"

#include <stdlib.h>

enum change { CHANGE_UNCHANGED, CHANGE_ORDINAL, CHANGE_SUPERSEDES, CHANGE_SUPERSEDED };
enum { TELL_EVERY = 1 << 16 };

struct statement {
    uint64_t content, id, ordinal;
    bool is_retracted;
};

struct settling {
    struct store_import *import;
    struct comity_error *err;
    const struct progress *progress;
    struct sorter changes; /* (mention, enum change, …) */
    sqlite3_stmt *find, *put;
    bool has_earlier; /* the source has said something before */
    uint64_t what;
    struct statement *fresh, *old;
    size_t n_fresh, room_fresh, n_old, room_old;
};

static int by_content(const void *left, const void *right)
{
    const struct statement *a = left, *b = right;
    if (a->content != b->content)
        return a->content < b->content ? -1 : 1;
    if (a->is_retracted != b->is_retracted)
        return a->is_retracted ? 1 : -1;
    return a->ordinal < b->ordinal ? -1 : a->ordinal > b->ordinal;
}

static int by_id(const void *left, const void *right)
{
    const struct statement *a = left, *b = right;
    return a->id < b->id ? -1 : a->id > b->id;
}

static int by_ordinal(const void *left, const void *right)
{
    const struct statement *a = left, *b = right;
    if (a->is_retracted != b->is_retracted)
        return a->is_retracted ? 1 : -1;
    return a->ordinal < b->ordinal ? -1 : a->ordinal > b->ordinal;
}

static void sort_statements(struct statement *statements, size_t n, int (*order)(const void *, const void *))
{
    if (n > 1)
        qsort(statements, n, sizeof *statements, order);
}

/* ---- one group ----------------------------------------------------------------------------------------------- */

static enum comity_status change(struct settling *s, uint64_t mention, enum change kind, uint64_t x, uint64_t y)
{
    struct sorter_item item = {{mention, kind, x, y}};
    return sorter_add(&s->changes, &item, s->err);
}

static enum comity_status put_said(struct settling *s, const struct statement *fresh, uint64_t ordinal)
{
    struct store *store = s->import->store;
    enum comity_status status = sql_bind(
        store, s->put, s->err, "uuuuu", (uint64_t)s->import->source.id, s->what, ordinal, fresh->content, fresh->id);
    return status ? status : sql_step(store, s->put, NULL, s->err);
}

static enum comity_status find_old(struct settling *s)
{
    struct store *store = s->import->store;
    bool has_row = false;
    s->n_old = 0;
    if (!s->has_earlier)
        return COMITY_OK;
    enum comity_status status = sql_bind(store, s->find, s->err, "uu", (uint64_t)s->import->source.id, s->what);
    while (!status && !(status = sql_step(store, s->find, &has_row, s->err)) && has_row) {
        if (!ARRAY_ROOM(s->old, s->n_old, s->room_old, 1))
            status = error_nomem(s->err);
        else
            s->old[s->n_old++] = (struct statement){.ordinal = sql_u64(s->find, 0),
                .content = sql_u64(s->find, 1),
                .id = sql_u64(s->find, 2),
                .is_retracted = sql_u64(s->find, 3) != 0};
    }
    sqlite3_reset(s->find);
    return status;
}

/* Step 1. Leaves in both lists what has no equal, and in ordinals[] (sorted) the ordinals in use. */
static enum comity_status match_equal(struct settling *s)
{
    size_t at = 0, n_fresh = 0, n_old = 0;
    enum comity_status status = COMITY_OK;
    sort_statements(s->old, s->n_old, by_content);
    for (size_t i = 0; !status && i < s->n_fresh; i++) {
        while (at < s->n_old && s->old[at].content < s->fresh[i].content)
            s->old[n_old++] = s->old[at++];
        if (at < s->n_old && s->old[at].content == s->fresh[i].content) {
            uint64_t *count = s->old[at].is_retracted ? &s->import->counts.n_revived : &s->import->counts.n_unchanged;
            status = change(s, s->fresh[i].id, CHANGE_UNCHANGED, s->old[at++].id, 0);
            (*count)++;
        } else {
            s->fresh[n_fresh++] = s->fresh[i];
        }
    }
    while (at < s->n_old)
        s->old[n_old++] = s->old[at++];
    s->n_fresh = n_fresh;
    s->n_old = n_old;
    return status;
}

static enum comity_status supersede(struct settling *s, const struct statement *fresh, const struct statement *old)
{
    enum comity_status status = change(s, fresh->id, CHANGE_SUPERSEDES, old->ordinal, old->id);
    if (!status)
        status = change(s, old->id, CHANGE_SUPERSEDED, fresh->id, 0);
    /* To a reader, what stands for a retracted statement is new. */
    uint64_t *count = old->is_retracted ? &s->import->counts.n_new : &s->import->counts.n_updated;
    (*count)++;
    return status ? status : put_said(s, fresh, old->ordinal);
}

/* Step 3: `used` are the ordinals of the group that were taken before, ascending. */
static enum comity_status number_new(struct settling *s, size_t from, const uint64_t *used, size_t n_used)
{
    uint64_t ordinal = 0;
    size_t at = 0;
    enum comity_status status = COMITY_OK;
    for (size_t i = from; !status && i < s->n_fresh; i++, ordinal++) {
        for (; at < n_used && used[at] == ordinal; at++)
            ordinal++;
        status = put_said(s, &s->fresh[i], ordinal);
        if (!status && ordinal)
            status = change(s, s->fresh[i].id, CHANGE_ORDINAL, ordinal, 0);
        s->import->counts.n_new++;
    }
    return status;
}

static enum comity_status settle_with_old(struct settling *s)
{
    size_t n_used = s->n_old, n_pairs;
    uint64_t *used = malloc(n_used * sizeof *used);
    if (!used)
        return error_nomem(s->err);
    for (size_t i = 0; i < n_used; i++)
        used[i] = s->old[i].ordinal; /* find_old gives them in order */
    enum comity_status status = match_equal(s);
    sort_statements(s->fresh, s->n_fresh, by_id);
    sort_statements(s->old, s->n_old, by_ordinal);
    n_pairs = s->n_fresh < s->n_old ? s->n_fresh : s->n_old;
    for (size_t i = 0; !status && i < n_pairs; i++)
        status = supersede(s, &s->fresh[i], &s->old[i]);
    if (!status)
        status = number_new(s, n_pairs, used, n_used);
    free(used);
    return status;
}

static enum comity_status settle_group(struct settling *s)
{
    enum comity_status status = find_old(s);
    if (status)
        return status;
    if (s->n_old)
        return settle_with_old(s);
    if (s->n_fresh > 1)
        sort_statements(s->fresh, s->n_fresh, by_id);
    return number_new(s, 0, NULL, 0);
}

static enum comity_status settle_groups(struct settling *s)
{
    struct sorter_item item;
    bool has_item = false;
    uint64_t n = 0, total = s->import->sorter.n_total;
    enum comity_status status = sorter_finish(&s->import->sorter, s->err);
    while (!status && !(status = sorter_next(&s->import->sorter, &item, &has_item, s->err)) && has_item) {
        if (s->n_fresh && item.word[0] != s->what) {
            status = settle_group(s);
            s->n_fresh = 0;
        }
        s->what = item.word[0];
        if (!status && !ARRAY_ROOM(s->fresh, s->n_fresh, s->room_fresh, 1))
            status = error_nomem(s->err);
        if (!status)
            s->fresh[s->n_fresh++] = (struct statement){.content = item.word[1], .id = item.word[2]};
        if (!status && n++ % TELL_EVERY == 0 && !progress_tell(s->progress, "compare", n, total))
            status = error_set(s->err, COMITY_CANCELLED, "the import was stopped");
    }
    if (!status && s->n_fresh)
        status = settle_group(s);
    return status;
}

/* ---- what follows -------------------------------------------------------------------------------------------- */

struct applying {
    struct store *store;
    sqlite3_stmt *drop, *again, *ordinal, *supersedes, *superseded, *member;
    uint64_t drop_first, drop_last, again_first, again_last; /* runs that are being gathered; last < first: none */
};

static enum comity_status step_bound(
    struct applying *a, sqlite3_stmt *statement, uint64_t x, uint64_t y, struct comity_error *err)
{
    enum comity_status status = sql_bind(a->store, statement, err, "uu", x, y);
    return status ? status : sql_step(a->store, statement, NULL, err);
}

static enum comity_status end_runs(struct applying *a, bool ends_drop, bool ends_again, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    if (ends_drop && a->drop_last >= a->drop_first) {
        status = step_bound(a, a->drop, a->drop_first, a->drop_last, err);
        a->drop_first = 1, a->drop_last = 0;
    }
    if (!status && ends_again && a->again_last >= a->again_first) {
        status = step_bound(a, a->again, a->again_first, a->again_last, err);
        a->again_first = 1, a->again_last = 0;
    }
    return status;
}

static enum comity_status apply_unchanged(struct applying *a, uint64_t mention, uint64_t old, struct comity_error *err)
{
    bool ends_drop = a->drop_last < a->drop_first || mention != a->drop_last + 1;
    bool ends_again = a->again_last < a->again_first || old != a->again_last + 1;
    enum comity_status status = end_runs(a, ends_drop, ends_again, err);
    if (ends_drop)
        a->drop_first = mention;
    if (ends_again)
        a->again_first = old;
    a->drop_last = mention;
    a->again_last = old;
    return status;
}

static enum comity_status apply(struct applying *a, const struct sorter_item *item, struct comity_error *err)
{
    uint64_t mention = item->word[0];
    enum comity_status status = COMITY_OK;
    switch ((enum change)item->word[1]) {
    case CHANGE_UNCHANGED:
        return apply_unchanged(a, mention, item->word[2], err);
    case CHANGE_ORDINAL:
        return step_bound(a, a->ordinal, mention, item->word[2], err);
    case CHANGE_SUPERSEDED:
        return step_bound(a, a->superseded, mention, item->word[2], err);
    case CHANGE_SUPERSEDES:
        status = sql_bind(a->store, a->supersedes, err, "uuu", mention, item->word[2], item->word[3]);
        if (!status)
            status = sql_step(a->store, a->supersedes, NULL, err);
        return status ? status : step_bound(a, a->member, mention, item->word[3], err);
    }
    return status;
}

static enum comity_status prepare_all(struct applying *a, struct comity_error *err)
{
    struct {
        sqlite3_stmt **out;
        const char *sql;
    } const all[] = {
        {&a->drop, "DELETE FROM mention WHERE id BETWEEN ?1 AND ?2"},
        {&a->again, "INSERT INTO said_again(import, first_mention, last_mention) SELECT number, ?1, ?2 FROM import "
                    "WHERE state = 0"},
        {&a->ordinal, "UPDATE mention SET ordinal = ?2 WHERE id = ?1"},
        {&a->superseded, "UPDATE mention SET superseded_by = ?2 WHERE id = ?1"},
        {&a->supersedes, "UPDATE mention SET ordinal = ?2, supersedes = ?3 WHERE id = ?1"},
        /* The newer version stays the same entity. */
        {&a->member,
            "INSERT INTO membership SELECT ?1, coalesce((SELECT entity FROM membership WHERE mention = ?2), ?2)"},
    };
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; !status && i < sizeof all / sizeof all[0]; i++)
        status = sql_prepare(a->store, all[i].sql, all[i].out, err);
    return status;
}

static enum comity_status apply_changes(struct settling *s)
{
    struct applying a = {.store = s->import->store, .drop_first = 1, .again_first = 1};
    struct sorter_item item;
    bool has_item = false;
    uint64_t n = 0;
    enum comity_status status = sorter_finish(&s->changes, s->err);
    if (!status)
        status = prepare_all(&a, s->err);
    while (!status && !(status = sorter_next(&s->changes, &item, &has_item, s->err)) && has_item) {
        status = apply(&a, &item, s->err);
        if (!status && n++ % TELL_EVERY == 0 && !progress_tell(s->progress, "publish", n, s->changes.n_total))
            status = error_set(s->err, COMITY_CANCELLED, "the import was stopped");
    }
    if (!status)
        status = end_runs(&a, true, true, s->err);
    sqlite3_stmt *all[] = {a.drop, a.again, a.ordinal, a.supersedes, a.superseded, a.member};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        sqlite3_finalize(all[i]);
    return status;
}

/* Records that no mention came from: all of their rows had been said before. */
static enum comity_status drop_blocks(struct store_import *import, struct comity_error *err)
{
    if (!import->counts.n_unchanged && !import->counts.n_revived)
        return COMITY_OK;
    return sql_run(import->store, err,
        "DELETE FROM block WHERE import = ?1 AND id NOT IN (SELECT block FROM mention WHERE id >= ?2)", "uu",
        import->number, import->first_id);
}

enum comity_status store_import_settle(struct store_import *import, const struct progress *progress,
    struct import_counts *counts, struct comity_error *err)
{
    struct store *store = import->store;
    struct settling s = {.import = import, .err = err, .progress = progress};
    uint64_t n_earlier = 0;
    if (import->is_settled)
        return error_set(err, COMITY_USAGE, "the import is settled already");
    import->is_settled = true;
    import->counts = (struct import_counts){
        .n_rows = counts->n_rows, .n_rejected = counts->n_rejected, .n_filtered = counts->n_filtered};
    sorter_init(&s.changes);
    enum comity_status status = relax_sync(store, false, err);
    if (!status)
        status = sql_exec(store, "BEGIN IMMEDIATE", err);
    if (!status)
        status = import_flush_block(import, err);
    if (!status)
        status = sql_number(store, err, &n_earlier, 0, "SELECT EXISTS(SELECT 1 FROM said WHERE source = ?)", "u",
            (uint64_t)import->source.id);
    s.has_earlier = n_earlier != 0;
    if (!status)
        status = sql_prepare(store,
            "SELECT ordinal, content, mention, is_retracted FROM said WHERE source = ? AND what = ? ORDER BY ordinal",
            &s.find, err);
    if (!status)
        status = sql_prepare(store,
            "INSERT OR REPLACE INTO said(source, what, ordinal, content, mention) VALUES(?, ?, ?, ?, ?)", &s.put, err);
    if (!status)
        status = settle_groups(&s);
    if (!status)
        status = apply_changes(&s);
    if (!status)
        status = drop_blocks(import, err);
    sqlite3_finalize(s.find);
    sqlite3_finalize(s.put);
    sorter_release(&s.changes);
    free(s.fresh);
    free(s.old);
    *counts = import->counts;
    return status;
}
