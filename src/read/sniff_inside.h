/* sniff_inside.h - between sniff.c (evidence) and sniff_draft.c (the YAML). Private to read/. */
#ifndef READ_SNIFF_INSIDE_H
#define READ_SNIFF_INSIDE_H

#include "read/sniff.h"

/* Writes the draft into sniff->recipe. */
enum comity_status sniff_draft(
    struct sniff *sniff, const char *name, const struct domain *domain, struct comity_error *err) COMITY_MUST_USE;

#endif
