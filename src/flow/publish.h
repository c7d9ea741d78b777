/* publish.h - what people approved, corrected or retracted, put into the records.
 *
 * An entry becomes an import of the source of its unit: one record for each part, under a key of its own, so that a
 * correction is the newer version of what stood there, and what a correction leaves out, or a retraction takes away, is
 * retracted as an edition would. What the entry says of records that look like the same event becomes judgements of
 * people, before the records that they are of (judgements sleep until then).
 *
 * A stop at any point leaves an entry either as it was or published; publishing again changes nothing.
 */
#ifndef FLOW_PUBLISH_H
#define FLOW_PUBLISH_H

#include "flow/desk.h"

struct publish_summary {
    size_t n_published; /* entries */
};
/* All entries that wait for it. The desk must be open for writing, its domain have a form. `who`: where nobody approved
 * an entry by name. Records are not linked: desk_relink() does that. COMITY_BUSY when somebody else writes. */
enum comity_status desk_publish(
    struct desk *desk, const struct reader *who, struct publish_summary *out, struct comity_error *err) COMITY_MUST_USE;

#endif
