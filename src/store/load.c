/* Reading what is live: one pass over the mentions in the order of their numbers, beside one over the memberships. What
 * was read goes into the table by batches, while the next ones are being read; its values are told apart by who reads,
 * or by who adds where that one would wait. One row after another on either side, so nothing depends on which thread is
 * faster. One connection reads, in one snapshot. */
#include "domain/mention_batch.h"
#include "store/import.h"

#include "base/error.h"
#include "base/parallel.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdlib.h>
#include <zlib.h>

enum { N_BATCHES = 4, BATCH_MENTIONS = 2048, BATCH_BYTES = 1 << 21 };

/* Read, and not in the table yet. What one thread writes for each row lies in no cache line that the other one uses. */
enum { CACHE_LINE = 64 };
struct batch {
    alignas(CACHE_LINE) struct mention_batch rows;
    uint64_t *entity; /* by row */
};

struct loading {
    struct store *store;
    struct mentions *out;
    struct comity_error *err;
    uint64_t left_out;   /* bits, by field */
    uint32_t *source_of; /* by import: index of its source + 1; 0: not to be loaded */
    uint64_t n_imports;
    struct batch batches[N_BATCHES]; /* in a ring */
    /* Of who reads. */
    alignas(CACHE_LINE) sqlite3_stmt *rows;
    sqlite3_stmt *members;
    uint64_t member, entity; /* the membership at hand; UINT64_MAX at the end */
    bool is_at_end;          /* of the rows */
    /* Of who adds, with an error of its own, since who reads may fail at the same time. */
    alignas(CACHE_LINE) uint64_t *entity_of;
    size_t room;
    struct comity_error adding_err;
    /* Between the two, under the lock. */
    alignas(CACHE_LINE) pthread_mutex_t lock;
    pthread_cond_t turned;
    size_t n_read, n_added; /* batches */
    bool is_all_read, is_stopped;
    enum comity_status reading;
};

static bool read_source(sqlite3_stmt *row, struct arena *arena, struct source_info *source)
{
    *source = (struct source_info){
        .id = (uint32_t)sql_u64(row, 0), .reliability = (uint8_t)sql_u64(row, 4), .is_aggregate = sql_u64(row, 7) != 0};
    return sql_copy(row, 1, arena, &source->code) && sql_copy(row, 2, arena, &source->title) &&
           sql_copy(row, 3, arena, &source->kind) && sql_copy(row, 5, arena, &source->licence) &&
           sql_copy(row, 6, arena, &source->marking);
}

/* The import that is being written counts from when it is settled on, for who asks on the same handle. */
static uint64_t settled_import(const struct store *store)
{
    return store->import && store->import->is_settled ? store->import->number : 0;
}

static enum comity_status load_sources(struct loading *l)
{
    sqlite3_stmt *row = NULL;
    bool has_row = false;
    uint64_t n;
    struct mentions *out = l->out;
    /* By their codes: their order must not tell who came first, since ties between sources are broken by it. */
    enum comity_status status = sql_number(l->store, l->err, &n, 0, "SELECT count(*) FROM source", "");
    if (!status && !(out->sources = ARENA_ARRAY(&out->arena, struct source_info, n + 1)))
        status = error_nomem(l->err);
    if (!status)
        status = sql_prepare(l->store,
            "SELECT id, code, title, kind, reliability, licence, marking, is_aggregate FROM source"
            " WHERE id IN (SELECT source FROM import WHERE state > 0 OR number = ?) ORDER BY code",
            &row, l->err);
    if (!status)
        status = sql_bind(l->store, row, l->err, "u", settled_import(l->store));
    while (!status && !(status = sql_step(l->store, row, &has_row, l->err)) && has_row)
        status = read_source(row, &out->arena, &out->sources[out->n_sources++]) ? COMITY_OK : error_nomem(l->err);
    sqlite3_finalize(row);
    return status;
}

static uint32_t source_index(const struct mentions *mentions, uint32_t id)
{
    for (size_t i = 0; i < mentions->n_sources; i++) {
        if (mentions->sources[i].id == id)
            return mentions->sources[i].is_aggregate ? 0 : (uint32_t)i + 1;
    }
    return 0;
}

static enum comity_status load_imports(struct loading *l)
{
    sqlite3_stmt *row = NULL;
    bool has_row = false;
    enum comity_status status = sql_number(l->store, l->err, &l->n_imports, 0, "SELECT max(number) FROM import", "");
    if (!status && !(l->source_of = calloc(l->n_imports + 1, sizeof *l->source_of)))
        status = error_nomem(l->err);
    if (!status)
        status = sql_prepare(l->store, "SELECT number, source FROM import WHERE state = 1 OR number = ?", &row, l->err);
    if (!status)
        status = sql_bind(l->store, row, l->err, "u", settled_import(l->store));
    while (!status && !(status = sql_step(l->store, row, &has_row, l->err)) && has_row)
        l->source_of[sql_u64(row, 0)] = source_index(l->out, (uint32_t)sql_u64(row, 1));
    sqlite3_finalize(row);
    return status;
}

static enum comity_status next_member(struct loading *l)
{
    bool has_row = false;
    enum comity_status status = sql_step(l->store, l->members, &has_row, l->err);
    l->member = has_row ? sql_u64(l->members, 0) : UINT64_MAX;
    l->entity = has_row ? sql_u64(l->members, 1) : 0;
    return status;
}

static enum comity_status entity_of_mention(struct loading *l, uint64_t mention, uint64_t *entity)
{
    enum comity_status status = COMITY_OK;
    while (!status && l->member < mention)
        status = next_member(l);
    *entity = l->member == mention ? l->entity : mention;
    return status;
}

static enum comity_status read_mention(struct loading *l, struct batch *batch)
{
    sqlite3_stmt *row = l->rows;
    uint64_t import = sql_u64(row, 1);
    uint32_t source = import <= l->n_imports ? l->source_of[import] : 0;
    if (!source)
        return COMITY_OK;
    struct slice key = sql_slice(row, 5);
    struct mention_row mention = {.id = sql_u64(row, 0),
        .import = (uint32_t)import,
        .source = source - 1,
        .content = sql_u64(row, 2),
        .ordinal = (uint32_t)sql_u64(row, 3),
        .packed = sql_slice(row, 6)};
    mention.identity = mention_identity(
        l->out->sources[source - 1].code, mention_what(key, sql_u64(row, 4), mention.content), mention.ordinal);
    size_t place = batch->rows.n;
    enum comity_status status = mention_batch_put(&batch->rows, &mention, l->err);
    return status ? status : entity_of_mention(l, mention.id, &batch->entity[place]);
}

static enum comity_status read_batch(struct loading *l, struct batch *batch)
{
    enum comity_status status = COMITY_OK;
    mention_batch_clear(&batch->rows);
    while (!status && !l->is_at_end && batch->rows.n < BATCH_MENTIONS && batch->rows.packed.len < BATCH_BYTES) {
        bool has_row = false;
        status = sql_step(l->store, l->rows, &has_row, l->err);
        l->is_at_end = !has_row;
        if (!status && has_row)
            status = read_mention(l, batch);
    }
    return status;
}

static bool has_room(struct loading *l, size_t more)
{
    size_t room = l->room ? l->room : 1024;
    if (l->out->n + more <= l->room)
        return true;
    while (room < l->out->n + more)
        room *= 2;
    uint64_t *entity_of = realloc(l->entity_of, room * sizeof *entity_of);
    if (!entity_of)
        return false;
    l->entity_of = entity_of;
    l->room = room;
    return true;
}

static enum comity_status add_batch(struct loading *l, struct batch *batch)
{
    size_t first = l->out->n, n = batch->rows.n;
    enum comity_status status = has_room(l, n) ? COMITY_OK : error_nomem(&l->adding_err);
    if (!status)
        status = mentions_add_batch(l->out, &batch->rows, &l->adding_err);
    if (!status && n)
        memcpy(&l->entity_of[first], batch->entity, n * sizeof *batch->entity);
    return status;
}

/* ---- two threads ------------------------------------------------------------------------------------------------- */

/* An empty batch, as soon as there is one; null when no more are wanted. */
static struct batch *next_to_read(struct loading *l)
{
    pthread_mutex_lock(&l->lock);
    while (l->n_read - l->n_added == N_BATCHES && !l->is_stopped)
        pthread_cond_wait(&l->turned, &l->lock);
    struct batch *batch = l->is_stopped ? NULL : &l->batches[l->n_read % N_BATCHES];
    pthread_mutex_unlock(&l->lock);
    return batch;
}

/* Who adds has nothing else to do. */
static bool is_awaited(struct loading *l)
{
    pthread_mutex_lock(&l->lock);
    bool is_awaited = l->n_read == l->n_added;
    pthread_mutex_unlock(&l->lock);
    return is_awaited;
}

static void hand_on(struct loading *l, enum comity_status status, bool is_all_read)
{
    pthread_mutex_lock(&l->lock);
    l->reading = status;
    l->n_read += !status;
    l->is_all_read = is_all_read;
    pthread_cond_signal(&l->turned);
    pthread_mutex_unlock(&l->lock);
}

static void *read_all(void *context)
{
    struct loading *l = context;
    bool is_over = false;
    while (!is_over) {
        struct batch *batch = next_to_read(l);
        enum comity_status status = batch ? read_batch(l, batch) : COMITY_OK;
        if (batch && !status && !is_awaited(l))
            status = mention_batch_tell(&batch->rows, l->err);
        is_over = !batch || status || l->is_at_end;
        if (batch)
            hand_on(l, status, is_over);
    }
    return NULL;
}

/* The next full batch; null behind the last. */
static struct batch *next_to_add(struct loading *l)
{
    pthread_mutex_lock(&l->lock);
    while (l->n_added == l->n_read && !l->is_all_read)
        pthread_cond_wait(&l->turned, &l->lock);
    struct batch *batch = l->n_added < l->n_read ? &l->batches[l->n_added % N_BATCHES] : NULL;
    pthread_mutex_unlock(&l->lock);
    return batch;
}

static void give_back(struct loading *l, enum comity_status status)
{
    pthread_mutex_lock(&l->lock);
    l->n_added++;
    l->is_stopped = status != COMITY_OK;
    pthread_cond_signal(&l->turned);
    pthread_mutex_unlock(&l->lock);
}

static enum comity_status add_all(struct loading *l)
{
    struct batch *batch;
    enum comity_status status = COMITY_OK;
    while (!status && (batch = next_to_add(l))) {
        status = add_batch(l, batch);
        give_back(l, status);
    }
    return status;
}

/* ---- one after another, or both at once -------------------------------------------------------------------------- */

static enum comity_status adding(struct loading *l, enum comity_status status)
{
    if (status && l->err)
        *l->err = l->adding_err;
    return status;
}

static enum comity_status load_in_turns(struct loading *l)
{
    enum comity_status status = adding(l, add_batch(l, &l->batches[0]));
    while (!status && !l->is_at_end) {
        status = read_batch(l, &l->batches[0]);
        if (!status)
            status = adding(l, add_batch(l, &l->batches[0]));
    }
    return status;
}

/* A small store is one batch, and needs no thread. */
static enum comity_status load_batches(struct loading *l)
{
    pthread_t reader;
    enum comity_status status = read_batch(l, &l->batches[0]);
    if (status)
        return status;
    l->n_read = 1;
    if (l->is_at_end || parallel_processors() == 1 || pthread_create(&reader, NULL, read_all, l) != 0)
        return load_in_turns(l);
    status = add_all(l);
    pthread_join(reader, NULL);
    return l->reading ? l->reading : adding(l, status);
}

static enum comity_status batch_init(struct loading *l, struct batch *batch)
{
    enum comity_status status = mention_batch_init(&batch->rows, l->out->domain, BATCH_MENTIONS, l->err);
    batch->rows.left_out = l->left_out;
    batch->entity = malloc(BATCH_MENTIONS * sizeof *batch->entity);
    return !status && !batch->entity ? error_nomem(l->err) : status;
}

static void batch_release(struct batch *batch)
{
    mention_batch_release(&batch->rows);
    free(batch->entity);
}

/* Ids are dense. What comes to less is given back at the end. */
static enum comity_status reserve(struct loading *l)
{
    uint64_t most;
    enum comity_status status = sql_number(l->store, l->err, &most, 0, "SELECT max(id) FROM mention", "");
    if (!status && most < UINT32_MAX)
        mentions_reserve(l->out, most);
    return status;
}

static enum comity_status load_mentions(struct loading *l)
{
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; !status && i < N_BATCHES; i++)
        status = batch_init(l, &l->batches[i]);
    if (!status)
        status = reserve(l);
    if (!status)
        status = sql_prepare(l->store, "SELECT mention, entity FROM membership ORDER BY mention", &l->members, l->err);
    if (!status)
        status = next_member(l);
    if (!status)
        status = sql_prepare(l->store,
            "SELECT id, import, content, ordinal, part, key, packed FROM mention WHERE superseded_by IS NULL"
            " AND retracted_by IS NULL ORDER BY id",
            &l->rows, l->err);
    if (!status)
        status = load_batches(l);
    sqlite3_finalize(l->rows);
    sqlite3_finalize(l->members);
    for (size_t i = 0; i < N_BATCHES; i++)
        batch_release(&l->batches[i]);
    return status;
}

enum comity_status store_load_without(struct store *store, const struct domain *domain, uint64_t left_out,
    struct mentions *out, uint64_t **entity_of, uint64_t *sequence, struct comity_error *err)
{
    struct loading l = {.store = store,
        .out = out,
        .err = err,
        .left_out = left_out,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .turned = PTHREAD_COND_INITIALIZER};
    *entity_of = NULL;
    enum comity_status status = mentions_init(out, domain, err);
    if (status)
        return status;
    status = read_begin(store, err);
    if (!status)
        status = store_sequence(store, sequence, err);
    if (!status)
        status = load_sources(&l);
    if (!status)
        status = load_imports(&l);
    if (!status)
        status = load_mentions(&l);
    read_end(store);
    /* What was read is in memory now; a server keeps its handle for days. */
    sqlite3_db_release_memory(store->db);
    free(l.source_of);
    if (status) {
        free(l.entity_of);
        mentions_release(out);
        return status;
    }
    mentions_seal(out);
    *entity_of = l.entity_of;
    return COMITY_OK;
}

enum comity_status store_load(struct store *store, const struct domain *domain, struct mentions *out,
    uint64_t **entity_of, uint64_t *sequence, struct comity_error *err)
{
    return store_load_without(store, domain, 0, out, entity_of, sequence, err);
}

/* ---- one record ---------------------------------------------------------------------------------------------- */

static bool read_varint(struct slice *in, uint64_t *number)
{
    *number = 0;
    for (unsigned shift = 0; in->len && shift < 64; shift += 7) {
        uint8_t byte = (uint8_t)*in->ptr++;
        in->len--;
        *number |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

static bool find_raw(struct slice block, uint64_t row, struct slice *raw)
{
    uint64_t number, len;
    while (block.len) {
        if (!read_varint(&block, &number) || !read_varint(&block, &len) || len > block.len)
            return false;
        *raw = slice_of(block.ptr, (size_t)len);
        if (number == row)
            return true;
        block = slice_of(block.ptr + len, block.len - (size_t)len);
    }
    return false;
}

static enum comity_status unpack_raw(
    struct slice packed, uint64_t size, uint64_t row, struct arena *arena, struct slice *raw, struct comity_error *err)
{
    uLongf len = size;
    char *bytes = size < UINT32_MAX ? malloc(size + 1) : NULL;
    enum comity_status status = COMITY_OK;
    if (!bytes)
        return error_nomem(err);
    int result = uncompress((Bytef *)bytes, &len, (const Bytef *)packed.ptr, packed.len);
    if (result == Z_MEM_ERROR)
        status = error_nomem(err);
    else if (result != Z_OK || len != size || !find_raw(slice_of(bytes, len), row, raw))
        status = error_set(err, COMITY_CORRUPT, "the record of row %llu is damaged", (unsigned long long)row);
    else if (!(*raw = arena_copy(arena, *raw)).ptr)
        status = error_nomem(err);
    free(bytes);
    return status;
}

static enum comity_status read_record(
    sqlite3_stmt *row, struct arena *arena, struct record *out, struct comity_error *err)
{
    out->import = sql_u64(row, 0);
    out->row = sql_u64(row, 1);
    if (!sql_copy(row, 2, arena, &out->source_code) || !sql_copy(row, 3, arena, &out->key) ||
        !sql_copy(row, 4, arena, &out->recipe_id) || !sql_copy(row, 5, arena, &out->file_name) ||
        !sql_copy(row, 6, arena, &out->when))
        return error_nomem(err);
    return unpack_raw(sql_slice(row, 8), sql_u64(row, 7), out->row, arena, &out->raw, err);
}

enum comity_status store_record(struct store *store, const struct reader *reader, uint64_t mention, struct arena *arena,
    struct record *out, struct comity_error *err)
{
    sqlite3_stmt *row = NULL;
    bool has_row = false;
    reader_sees_all(reader);
    *out = (struct record){.mention = mention};
    /* The file that it was read from is the block's; the mention may have been handed to a later import. */
    enum comity_status status = sql_prepare(store,
        "SELECT b.import, m.row, s.code, m.key, i.recipe_id, i.file_name, i.at, b.size, b.bytes FROM mention AS m"
        " JOIN import AS v ON v.number = m.import AND v.state > 0 JOIN block AS b ON b.id = m.block"
        " JOIN import AS i ON i.number = b.import JOIN source AS s ON s.id = i.source WHERE m.id = ?",
        &row, err);
    if (!status)
        status = sql_bind(store, row, err, "u", mention);
    if (!status)
        status = sql_step(store, row, &has_row, err);
    if (!status)
        status = has_row ? read_record(row, arena, out, err)
                         : error_set(err, COMITY_NOTFOUND, "there is no mention %llu", (unsigned long long)mention);
    if (!status && reader->hides_restricted)
        out->raw = SLICE_EMPTY;
    sqlite3_finalize(row);
    return status;
}
