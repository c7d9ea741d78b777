/* throttle.h - who failed too often waits: in memory, bounded, thread-safe.
 *
 * After `free_failures` each further failure of a key doubles its wait, from five seconds to a quarter of an hour; an
 * hour without a failure forgets it. What makes a key is the caller's: it should hold the origin, so that nobody can
 * make somebody else wait.
 */
#ifndef SHARE_THROTTLE_H
#define SHARE_THROTTLE_H

#include <stdint.h>

struct throttle;

/* `most`: keys that are remembered; past it the one that failed longest ago is forgotten. Null when memory is out. */
struct throttle *throttle_new(unsigned most, unsigned free_failures);
void throttle_free(struct throttle *throttle);
/* Seconds that the key must wait still; 0: it may try. */
int64_t throttle_wait(struct throttle *throttle, uint64_t key, int64_t now);
void throttle_failed(struct throttle *throttle, uint64_t key, int64_t now);
void throttle_passed(struct throttle *throttle, uint64_t key);

#endif
