/* store_world.h - a store in a folder of its own, with a domain of two text fields, and rows typed by hand. */
#ifndef STORE_WORLD_H
#define STORE_WORLD_H

#include "base/error.h"
#include "base/hash.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct world {
    char folder[64], path[96];
    struct field fields[2];
    struct domain domain;
    struct store *store;
    struct comity_error err;
    uint64_t number; /* of the last import */
    struct import_counts counts;
};

/* What one row says: a key (may be null) and a text. */
struct said {
    const char *key, *text;
};
#define SAYS(...) (const struct said[]){__VA_ARGS__}, sizeof((const struct said[]){__VA_ARGS__}) / sizeof(struct said)

static const struct reader tester = {.language = "en", .name = "tester"};

#define assert_ok(world, call)                                                                                         \
    do {                                                                                                               \
        if ((call) != COMITY_OK) {                                                                                     \
            char detail[1200];                                                                                         \
            error_format(&(world)->err, detail, sizeof detail);                                                        \
            fail_msg("%s: %s", #call, detail);                                                                         \
        }                                                                                                              \
    } while (0)

static inline void world_open(struct world *world)
{
    assert_ok(world, store_open(world->path, STORE_WRITE, 0, &world->store, &world->err));
}

static inline void world_init(struct world *world)
{
    memset(world, 0, sizeof *world);
    world->fields[0] = (struct field){.id = SLICE("text"), .spec = {.type = VALUE_TEXT}};
    world->fields[1] = (struct field){.id = SLICE("note"), .spec = {.type = VALUE_TEXT}};
    world->domain = (struct domain){.id = SLICE("test"), .version = SLICE("1"), .fields = world->fields, .n_fields = 2};
    snprintf(world->folder, sizeof world->folder, "/tmp/comity-store-XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    snprintf(world->path, sizeof world->path, "%s/test.comity", world->folder);
    assert_ok(world, store_create(world->path, SLICE("test"), SLICE("1"), &world->err));
    world_open(world);
}

static inline void world_remove_files(struct world *world)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-lock"};
    char path[128];
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(path, sizeof path, "%s%s", world->path, ends[i]);
        unlink(path);
    }
    rmdir(world->folder);
}

static inline void world_release(struct world *world)
{
    store_close(world->store);
    world_remove_files(world);
}

static inline struct source_info world_source(const char *code)
{
    return (struct source_info){.code = slice_from(code),
        .title = SLICE("A source"),
        .kind = SLICE("official"),
        .reliability = 2,
        .licence = SLICE("CC0"),
        .marking = SLICE("TLP:CLEAR")};
}

static inline enum comity_status world_begin(
    struct world *world, const char *source, const char *file_hash, struct store_import **out)
{
    struct source_info info = world_source(source);
    struct import_info file = {.file_name = SLICE("a.csv"),
        .recipe_id = SLICE("r"),
        .recipe_text = SLICE("recipe: r"),
        .who = SLICE("tester")};
    snprintf(file.file_hash, sizeof file.file_hash, "%s", file_hash);
    snprintf(file.recipe_hash, sizeof file.recipe_hash, "recipe");
    return store_import_begin(world->store, &info, &file, out, &world->err);
}

/* The packed values of a text; good until the buffer is cleared. */
static inline struct slice world_pack(struct world *world, const char *text, struct buffer *buffer)
{
    size_t at = buffer->len;
    struct value values[2] = {
        {.type = VALUE_TEXT, .state = VALUE_TYPED, .confidence = 100, .text = slice_from(text)}, {.type = VALUE_TEXT}};
    mention_pack(&world->domain, values, buffer);
    return slice_of(buffer->ptr + at, buffer->len - at);
}

static inline enum comity_status world_add(
    struct world *world, struct store_import *import, const struct said *said, size_t n)
{
    enum comity_status status = COMITY_OK;
    struct buffer packed, raw;
    buffer_init(&packed, 1 << 20);
    buffer_init(&raw, 1 << 20);
    for (size_t i = 0; i < n && !status; i++) {
        buffer_clear(&packed);
        buffer_clear(&raw);
        buffer_format(&raw, "{\"text\":\"%s\"}", said[i].text);
        struct store_mention_row row = {.content = hash_slice(slice_from(said[i].text)),
            .key = slice_from(said[i].key),
            .row = i + 1,
            .packed = world_pack(world, said[i].text, &packed),
            .raw = buffer_slice(&raw)};
        status = packed.failed || raw.failed ? COMITY_NOMEM : store_import_add(import, &row, 1, &world->err);
    }
    buffer_release(&packed);
    buffer_release(&raw);
    return status;
}

/* A whole import. */
static inline enum comity_status world_try_import(
    struct world *world, const char *source, const struct said *said, size_t n)
{
    struct store_import *import;
    world->counts = (struct import_counts){.n_rows = n};
    enum comity_status status = world_begin(world, source, "hash", &import);
    if (status)
        return status;
    status = world_add(world, import, said, n);
    if (!status)
        status = store_import_settle(import, NULL, &world->counts, &world->err);
    if (!status)
        return store_import_publish(import, SLICE("{\"made\":\"by hand\"}"), &world->number, &world->err);
    store_import_abort(import);
    return status;
}

static inline void world_import(struct world *world, const char *source, const struct said *said, size_t n)
{
    assert_ok(world, world_try_import(world, source, said, n));
}

static inline void world_verify(struct world *world)
{
    uint64_t n_lines;
    assert_ok(world, store_verify(world->store, &n_lines, &world->err));
}

/* All that is live, with its entities. */
struct linked {
    struct mentions mentions;
    uint64_t *entity_of, sequence;
};

static inline struct linked world_load(struct world *world)
{
    struct linked linked;
    assert_ok(world,
        store_load(world->store, &world->domain, &linked.mentions, &linked.entity_of, &linked.sequence, &world->err));
    return linked;
}

static inline void linked_release(struct linked *linked)
{
    mentions_release(&linked->mentions);
    free(linked->entity_of);
}

/* The texts of the live mentions in the order of their ids, as "a,b,c". */
static inline void assert_live(struct world *world, const char *expected)
{
    struct linked linked = world_load(world);
    struct buffer texts;
    buffer_init(&texts, 1 << 20);
    buffer_add_string(&texts, "");
    for (size_t i = 0; i < linked.mentions.n; i++)
        buffer_format(&texts, "%s%.*s", i ? "," : "", SLICE_ARG(mention_value(&linked.mentions, i, 0)->text));
    if (!slice_is(buffer_slice(&texts), expected))
        fail_msg("live are '%.*s', not '%s'", SLICE_ARG(buffer_slice(&texts)), expected);
    buffer_release(&texts);
    linked_release(&linked);
    world_verify(world);
}

static inline enum comity_status tell_nothing(void *context, struct slice *out, struct comity_error *told)
{
    (void)context;
    (void)told;
    *out = SLICE("{}");
    return COMITY_OK;
}
static const struct report_maker no_report = {.make = tell_nothing};

#endif
