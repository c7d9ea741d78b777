/* events.h - telling pages that something has changed: server-sent events (the EventSource of browsers).
 *
 * A topic is a number that is known by name: the sequence of the data, the number of the last attempt of a feed. A
 * listener gets every topic's number when it comes, and a new one when it has changed; what it missed meanwhile does
 * not matter, since only the last counts. Nothing waits in a queue, and no thread waits for a listener: connections
 * are suspended until there is something to say. A line of comment every quarter of a minute finds those that are gone.
 * Listeners are limited; one too many is answered 503 and may come again.
 *
 * All functions are thread-safe.
 */
#ifndef HTTP_EVENTS_H
#define HTTP_EVENTS_H

#include "comity.h"

#include <stdbool.h>
#include <stdint.h>

enum { EVENTS_MOST_TOPICS = 4, EVENTS_MOST_LISTENERS = 64, EVENTS_BEAT_MS = 15000 };

struct http_events;
struct MHD_Connection;
struct MHD_Response;

/* `topics`: names, which must stay. Null when memory is out. */
struct http_events *events_new(const char *const *topics, unsigned n_topics);
/* After the server has stopped. Null is allowed. */
void events_free(struct http_events *events);

/* A topic's number now; listeners are told when it is another than before. */
void events_tell(struct http_events *events, unsigned topic, uint64_t number);
/* To be called some times a minute; sends the comment when it is due. */
void events_beat(struct http_events *events);
/* Ends all listening and lets nobody in any more: before the server stops. */
void events_close(struct http_events *events);
unsigned events_listeners(struct http_events *events);

/* For the seam: the response of a listener; null when there are too many, or it is closed. */
struct MHD_Response *events_listen(struct http_events *events, struct MHD_Connection *connection);

#endif
