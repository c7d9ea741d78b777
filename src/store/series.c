/* One source by itself: the mentions lie in runs of numbers, one for each import, so that only those are read, however
 * large the rest of the store is. */
#include "store/import.h"

#include "base/error.h"

struct source_load {
    struct store *store;
    struct mentions *out;
    uint64_t source, edition;
    struct comity_error *err;
};

/* Live: published and not superseded. The import that vouches for a mention may be a later one than brought it. */
static const char LIVE[] = "SELECT m.id, m.import, m.content, m.ordinal, m.part, m.key, m.packed FROM import AS i"
                           " JOIN mention AS m ON m.id BETWEEN i.first_mention AND i.last_mention"
                           " JOIN import AS v ON v.number = m.import AND v.state = 1"
                           " WHERE i.source = ?1 AND m.superseded_by IS NULL ORDER BY m.id";
/* What one file said: what it brought, and what it said again. */
static const char EDITION[] =
    "SELECT m.id, ?2, m.content, m.ordinal, m.part, m.key, m.packed FROM mention AS m WHERE m.id IN ("
    "  SELECT n.id FROM import AS i JOIN mention AS n ON n.id BETWEEN i.first_mention AND i.last_mention"
    "  WHERE i.number = ?2 AND i.source = ?1"
    "  UNION SELECT n.id FROM said_again AS a JOIN mention AS n ON n.id BETWEEN a.first_mention AND a.last_mention"
    "  WHERE a.import = ?2) ORDER BY m.id";

static enum comity_status read_source(struct source_load *l, sqlite3_stmt *row)
{
    struct arena *arena = &l->out->arena;
    struct source_info *source = ARENA_NEW(arena, struct source_info);
    if (!source)
        return error_nomem(l->err);
    *source = (struct source_info){
        .id = (uint32_t)sql_u64(row, 0), .reliability = (uint8_t)sql_u64(row, 4), .is_aggregate = sql_u64(row, 7) != 0};
    bool is_good = sql_copy(row, 1, arena, &source->code) && sql_copy(row, 2, arena, &source->title) &&
                   sql_copy(row, 3, arena, &source->kind) && sql_copy(row, 5, arena, &source->licence) &&
                   sql_copy(row, 6, arena, &source->marking);
    l->out->sources = source;
    l->out->n_sources = 1;
    l->source = source->id;
    return is_good ? COMITY_OK : error_nomem(l->err);
}

static enum comity_status find_source(struct source_load *l, struct slice code)
{
    sqlite3_stmt *row = NULL;
    bool has_row = false;
    enum comity_status status = sql_prepare(l->store,
        "SELECT id, code, title, kind, reliability, licence, marking, is_aggregate FROM source WHERE code = ?", &row,
        l->err);
    if (!status)
        status = sql_bind(l->store, row, l->err, "t", code);
    if (!status)
        status = sql_step(l->store, row, &has_row, l->err);
    if (!status && !has_row)
        status = error_set(l->err, COMITY_NOTFOUND, "there is no source '%.*s'", SLICE_ARG(code));
    else if (!status)
        status = read_source(l, row);
    sqlite3_finalize(row);
    return status;
}

static enum comity_status find_edition(struct source_load *l)
{
    uint64_t n = 0;
    if (!l->edition)
        return COMITY_OK;
    enum comity_status status = sql_number(l->store, l->err, &n, 0,
        "SELECT count(*) FROM import WHERE number = ? AND source = ? AND state = 1", "uu", l->edition, l->source);
    if (!status && !n)
        status = error_set(l->err, COMITY_NOTFOUND, "import %llu is no published import of '%.*s'",
            (unsigned long long)l->edition, SLICE_ARG(l->out->sources->code));
    return status;
}

static enum comity_status add_mention(struct source_load *l, sqlite3_stmt *row)
{
    struct mention_row mention = {.id = sql_u64(row, 0),
        .import = (uint32_t)sql_u64(row, 1),
        .content = sql_u64(row, 2),
        .ordinal = (uint32_t)sql_u64(row, 3),
        .packed = sql_slice(row, 6)};
    mention.identity = mention_identity(
        l->out->sources->code, mention_what(sql_slice(row, 5), sql_u64(row, 4), mention.content), mention.ordinal);
    return mentions_add(l->out, &mention, l->err);
}

static enum comity_status load_mentions(struct source_load *l)
{
    sqlite3_stmt *row = NULL;
    bool has_row = false;
    enum comity_status status = sql_prepare(l->store, l->edition ? EDITION : LIVE, &row, l->err);
    if (!status)
        status = l->edition ? sql_bind(l->store, row, l->err, "uu", l->source, l->edition)
                            : sql_bind(l->store, row, l->err, "u", l->source);
    while (!status && !(status = sql_step(l->store, row, &has_row, l->err)) && has_row)
        status = add_mention(l, row);
    sqlite3_finalize(row);
    return status;
}

static size_t first_at_or_after(const struct mentions *mentions, uint64_t id)
{
    size_t low = 0, high = mentions->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (mentions->id[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Later imports overwrite earlier ones: the newest that said it stays. */
static enum comity_status note_said_again(struct source_load *l)
{
    sqlite3_stmt *row = NULL;
    bool has_row = false;
    if (l->edition)
        return COMITY_OK;
    enum comity_status status = sql_prepare(l->store,
        "SELECT a.first_mention, a.last_mention, a.import FROM said_again AS a JOIN import AS i ON i.number = a.import"
        " WHERE i.source = ? AND i.state = 1 ORDER BY a.import",
        &row, l->err);
    if (!status)
        status = sql_bind(l->store, row, l->err, "u", l->source);
    while (!status && !(status = sql_step(l->store, row, &has_row, l->err)) && has_row) {
        uint64_t last = sql_u64(row, 1);
        uint32_t import = (uint32_t)sql_u64(row, 2);
        for (size_t i = first_at_or_after(l->out, sql_u64(row, 0)); i < l->out->n && l->out->id[i] <= last; i++)
            l->out->import[i] = import > l->out->import[i] ? import : l->out->import[i];
    }
    sqlite3_finalize(row);
    return status;
}

enum comity_status store_load_source(struct store *store, const struct reader *reader, const struct domain *domain,
    struct slice source_code, uint64_t edition, struct mentions *out, struct comity_error *err)
{
    struct source_load l = {.store = store, .out = out, .edition = edition, .err = err};
    reader_sees_all(reader);
    enum comity_status status = mentions_init(out, domain, err);
    if (status)
        return status;
    status = read_begin(store, err);
    if (!status)
        status = find_source(&l, source_code);
    if (!status)
        status = find_edition(&l);
    if (!status)
        status = load_mentions(&l);
    if (!status)
        status = note_said_again(&l);
    read_end(store);
    if (!status)
        mentions_seal(out);
    if (!status && reader->hides_restricted)
        status = mentions_hide_restricted(out, err);
    if (status)
        mentions_release(out);
    return status;
}
