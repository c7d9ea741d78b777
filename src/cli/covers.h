/* covers.h - what a person says that an import covers, as words on the command line, and what follows from it. */
#ifndef CLI_COVERS_H
#define CLI_COVERS_H

#include "base/buffer.h"
#include "store/coverage.h"

/* `range`: "2018-01..2018-05", a day, a month or a year at each end. `countries`: "CO,EC" or null for all; its texts
 * are used as they are. COMITY_USAGE. */
enum comity_status covers_read(const char *range, const char *countries, bool is_complete, struct coverage_claim *claim,
    struct comity_error *err) COMITY_MUST_USE;

/* Appends lines: what was retracted, or what would be, with sums, a warning and the command that does it. `import` 0:
 * a dry run. Nothing for a first edition without a claim. */
void claim_report(struct buffer *out, const struct coverage_report *report, uint64_t import);

#endif
