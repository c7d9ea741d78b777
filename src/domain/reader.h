/* reader.h - who asks. Every call that reads takes a `struct reader`; there is no default.
 *
 * Until markings arrive there is one audience class and every reader may see all of it; the type is here from the start
 * so that no path can be written that forgets it. View keys are (class, entity).
 */
#ifndef DOMAIN_READER_H
#define DOMAIN_READER_H

#include <stdint.h>

struct reader {
    uint32_t audience_class; /* 0: the one class there is */
    const char *language;    /* "en", for labels in answers */
    const char *name;        /* for the ledger and logs: "command line" */
};

#endif
