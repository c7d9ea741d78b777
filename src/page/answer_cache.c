/* answer_cache.c - a short array under a lock; the entry that was not asked for longest gives way. */
#include "page/answer_cache.h"

#include "base/error.h"

#include <pthread.h>
#include <stdlib.h>

struct kept_answer {
    char *key;
    size_t key_len;
    uint64_t asked; /* the tick of the last use */
    struct cached_answer *cached;
};
struct answer_cache {
    pthread_mutex_t lock;
    struct kept_answer *entries;
    size_t n, most;
    uint64_t tick;
};

struct answer_cache *answer_cache_new(size_t most)
{
    struct answer_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return NULL;
    cache->entries = calloc(most, sizeof *cache->entries);
    cache->most = most;
    if (!cache->entries || pthread_mutex_init(&cache->lock, NULL) != 0) {
        free(cache->entries);
        free(cache);
        return NULL;
    }
    return cache;
}

void cached_answer_release(struct cached_answer *cached)
{
    if (!cached || atomic_fetch_sub(&cached->users, 1) != 1)
        return;
    answer_release(&cached->answer);
    free(cached);
}

static void drop(struct answer_cache *cache, size_t i)
{
    free(cache->entries[i].key);
    cached_answer_release(cache->entries[i].cached);
    cache->entries[i] = cache->entries[--cache->n];
}

void answer_cache_clear(struct answer_cache *cache)
{
    pthread_mutex_lock(&cache->lock);
    while (cache->n)
        drop(cache, cache->n - 1);
    pthread_mutex_unlock(&cache->lock);
}

void answer_cache_free(struct answer_cache *cache)
{
    if (!cache)
        return;
    answer_cache_clear(cache);
    pthread_mutex_destroy(&cache->lock);
    free(cache->entries);
    free(cache);
}

static struct cached_answer *find(struct answer_cache *cache, struct slice key)
{
    struct cached_answer *found = NULL;
    pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; i < cache->n && !found; i++) {
        struct kept_answer *entry = &cache->entries[i];
        if (!slice_equal(slice_of(entry->key, entry->key_len), key))
            continue;
        entry->asked = ++cache->tick;
        found = entry->cached;
        atomic_fetch_add(&found->users, 1);
    }
    pthread_mutex_unlock(&cache->lock);
    return found;
}

static void drop_oldest(struct answer_cache *cache)
{
    size_t oldest = 0;
    for (size_t i = 1; i < cache->n; i++)
        if (cache->entries[i].asked < cache->entries[oldest].asked)
            oldest = i;
    drop(cache, oldest);
}

/* Not being able to keep it is no error. */
static void keep(struct answer_cache *cache, struct slice key, struct cached_answer *cached)
{
    char *copy = malloc(key.len ? key.len : 1);
    if (!copy)
        return;
    memcpy(copy, key.ptr, key.len);
    atomic_fetch_add(&cached->users, 1);
    pthread_mutex_lock(&cache->lock);
    if (cache->n == cache->most)
        drop_oldest(cache);
    cache->entries[cache->n++] = (struct kept_answer){copy, key.len, ++cache->tick, cached};
    pthread_mutex_unlock(&cache->lock);
}

enum comity_status answer_cache_ask(struct answer_cache *cache, struct slice key, const struct view *view,
    const struct reader *reader, const struct query *query, const struct answer_options *options,
    struct cached_answer **out, struct comity_error *err)
{
    *out = find(cache, key);
    if (*out)
        return COMITY_OK;
    struct cached_answer *cached = calloc(1, sizeof *cached);
    if (!cached)
        return error_nomem(err);
    enum comity_status status = view_answer(view, reader, query, options, &cached->answer, err);
    if (status != COMITY_OK) {
        free(cached);
        return status;
    }
    atomic_init(&cached->users, 1);
    keep(cache, key, cached);
    *out = cached;
    return COMITY_OK;
}
