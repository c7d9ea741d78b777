/* publisher.h - a thread that puts what people approved into the records (flow/publish.h), and links the whole again
 * after that and after judgements: by itself, within a second or two, and again after a start, so that nothing approved
 * or decided is forgotten.
 *
 * Judgements that follow each other closely are linked together: once nobody has judged for a second, or ten seconds
 * after the first. What comes in while a linking is under way is followed by one more. Those of the command line count
 * as those of pages do. What fails is said, kept for pages to tell (publisher_failure), and tried again after a rest.
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
    /* Before the records change, or once judgements wait to be linked; and when all is linked, or cannot be: then with
     * what the store holds now, or null where it must be read anew. */
    void (*work)(void *context, bool begins, struct snapshot *snapshot);
    void (*say)(void *context, const char *line);
    void *context;
};
enum comity_status publisher_start(
    const struct publisher_options *options, struct publisher **out, struct comity_error *err) COMITY_MUST_USE;
/* Something was decided: it is looked at now, not at the next look. Any thread may call it; null is fine. */
void publisher_wake(struct publisher *publisher);
/* Whether the last linking failed, and why. Any thread may ask. */
bool publisher_failure(struct publisher *publisher, struct comity_error *why);
/* Asks it to stop, and does not wait; null is fine. */
void publisher_halt(struct publisher *publisher);
/* Waits for what is under way; null is fine. */
void publisher_stop(struct publisher *publisher);

#endif
