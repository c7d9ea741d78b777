/* reader.h - who asks. Every call that reads takes a `struct reader`; there is no default.
 *
 * Until markings arrive there is one audience class; the type is here from the start so that no path can be written
 * that forgets it. View keys are (class, entity). Within it some readers do without restricted fields: what they are
 * shown is made as if no source had told them (mentions_hide_restricted), and never what a source said word for word.
 */
#ifndef DOMAIN_READER_H
#define DOMAIN_READER_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
    uint32_t audience_class; /* 0: the one class there is */
    bool hides_restricted;   /* may not see the fields that the domain pack calls restricted */
    const char *language;    /* "en", for labels in answers */
    const char *name;        /* for the ledger and logs: "command line" */
};

/* What a reading call of the store and of flow says that leaves nothing out: there is one class, and it sees all. The
 * one place to look for when there are more; view.c, which keeps its columns by class, refuses others. That nobody
 * asks, or a class that does not exist, is a fault of ours. */
static inline void reader_sees_all(const struct reader *reader)
{
    assert(reader != NULL && reader->audience_class == 0);
    (void)reader;
}

#endif
