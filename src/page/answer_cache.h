/* answer_cache.h - the last answers, so that the twins of a page, the back button and the island's first request cost
 * nothing.
 *
 * An answer is known by audience class, sequence, language, canonical query and options. Entries are counted: an answer
 * that is pushed out lives until its last user gives it back. Threads may call at once; answers are computed outside
 * the lock.
 */
#ifndef PAGE_ANSWER_CACHE_H
#define PAGE_ANSWER_CACHE_H

#include "view/view.h"

#include <stdatomic.h>

struct answer_cache;
struct cached_answer {
    struct answer answer;
    atomic_uint users;
};

/* Null when memory is out. `most`: answers kept. */
struct answer_cache *answer_cache_new(size_t most);
void answer_cache_free(struct answer_cache *cache);

/* The answer for `key`, asked of the view when it is not there. */
enum comity_status answer_cache_ask(struct answer_cache *cache, struct slice key, const struct view *view,
    const struct reader *reader, const struct query *query, const struct answer_options *options,
    struct cached_answer **out, struct comity_error *err) COMITY_MUST_USE;
void cached_answer_release(struct cached_answer *cached);
/* Forgets everything: the snapshot has changed, and answers point into the old one. */
void answer_cache_clear(struct answer_cache *cache);

#endif
