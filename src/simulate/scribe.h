/* scribe.h - a telling as the cells of its source's file, and the same cells as sentences. */
#ifndef SIMULATE_SCRIBE_H
#define SIMULATE_SCRIBE_H

#include "base/buffer.h"
#include "simulate/sink.h"
#include "simulate/tell.h"

/* Writes rows of one world. Kept by the caller between rows; scribe_init, scribe_release. */
struct scribe {
    const struct world *world;
    struct buffer text, story;
};
void scribe_init(struct scribe *scribe, const struct world *world);
void scribe_release(struct scribe *scribe);

struct sink_style scribe_style(const struct profile_source *source);
void scribe_header(struct sink *sink, const struct profile_source *source);
/* One row: amount and number as the telling has them. */
void scribe_row(struct scribe *scribe, struct sink *sink, const struct profile_source *source,
    const struct event *event, const struct telling *telling);

/* A number in a source's books as its file shows it: "cR0000123". */
enum { NUMBER_TEXT = 32 };
void scribe_number(char text[NUMBER_TEXT], const struct profile_source *source, char kind, uint64_t number);

#endif
