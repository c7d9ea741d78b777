/* publisher.h - a thread that puts what people approved into the records, and links them: within a second, and again
 * after a start, so that nothing approved is forgotten (flow/publish.h).
 */
#ifndef HTTP_PUBLISHER_H
#define HTTP_PUBLISHER_H

#include "files/cabinet.h"
#include "flow/desk.h"

struct publisher;

struct publisher_options {
    const char *store_path;
    struct domain *domain;   /* with a form; lives longer */
    struct cabinet *cabinet; /* swept once an hour; may be null */
    unsigned wait_ms;        /* for another writer, each time */
    /* Before the records change, and when they are linked: then with what the store holds now, or null where it must be
     * read anew. */
    void (*work)(void *context, bool begins, struct snapshot *snapshot);
    void (*say)(void *context, const char *line);
    void *context;
};
enum comity_status publisher_start(
    const struct publisher_options *options, struct publisher **out, struct comity_error *err) COMITY_MUST_USE;
/* Asks it to stop, and does not wait; null is fine. */
void publisher_halt(struct publisher *publisher);
/* Waits for what is under way; null is fine. */
void publisher_stop(struct publisher *publisher);

#endif
