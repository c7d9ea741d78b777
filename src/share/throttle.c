/* See throttle.h. A small table that is looked through: attempts are rare beside the hashing of a password. */
#include "share/throttle.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

enum { FIRST_WAIT = 5, LONGEST_WAIT = 900, FORGET_AFTER = 3600 };

struct failing {
    uint64_t key; /* 0: free */
    unsigned n;
    int64_t last;
};

struct throttle {
    pthread_mutex_t lock;
    unsigned most, free_failures;
    struct failing keys[];
};

struct throttle *throttle_new(unsigned most, unsigned free_failures)
{
    struct throttle *throttle = calloc(1, sizeof *throttle + most * sizeof *throttle->keys);
    if (!throttle)
        return NULL;
    pthread_mutex_init(&throttle->lock, NULL);
    throttle->most = most;
    throttle->free_failures = free_failures;
    return throttle;
}

void throttle_free(struct throttle *throttle)
{
    if (throttle)
        pthread_mutex_destroy(&throttle->lock);
    free(throttle);
}

static struct failing *find(struct throttle *throttle, uint64_t key)
{
    for (unsigned i = 0; i < throttle->most; i++) {
        if (throttle->keys[i].key == key)
            return &throttle->keys[i];
    }
    return NULL;
}

static struct failing *make_room(struct throttle *throttle)
{
    struct failing *oldest = &throttle->keys[0];
    for (unsigned i = 0; i < throttle->most; i++) {
        if (!throttle->keys[i].key)
            return &throttle->keys[i];
        if (throttle->keys[i].last < oldest->last)
            oldest = &throttle->keys[i];
    }
    return oldest;
}

static int64_t wait_after(const struct throttle *throttle, unsigned n)
{
    int64_t wait = FIRST_WAIT;
    if (n < throttle->free_failures)
        return 0;
    for (unsigned i = throttle->free_failures; i < n && wait < LONGEST_WAIT; i++)
        wait *= 2;
    return wait < LONGEST_WAIT ? wait : LONGEST_WAIT;
}

int64_t throttle_wait(struct throttle *throttle, uint64_t key, int64_t now)
{
    pthread_mutex_lock(&throttle->lock);
    const struct failing *failing = find(throttle, key | 1);
    int64_t left = failing ? failing->last + wait_after(throttle, failing->n) - now : 0;
    pthread_mutex_unlock(&throttle->lock);
    return left > 0 ? left : 0;
}

void throttle_failed(struct throttle *throttle, uint64_t key, int64_t now)
{
    pthread_mutex_lock(&throttle->lock);
    struct failing *failing = find(throttle, key | 1);
    if (!failing || now - failing->last > FORGET_AFTER) {
        failing = failing ? failing : make_room(throttle);
        *failing = (struct failing){.key = key | 1};
    }
    failing->n++;
    failing->last = now;
    pthread_mutex_unlock(&throttle->lock);
}

void throttle_passed(struct throttle *throttle, uint64_t key)
{
    pthread_mutex_lock(&throttle->lock);
    struct failing *failing = find(throttle, key | 1);
    if (failing)
        *failing = (struct failing){0};
    pthread_mutex_unlock(&throttle->lock);
}
