/* deliver.h - entities of an answer, to standard output or a file, in the format that was asked for. */
#ifndef CLI_DELIVER_H
#define CLI_DELIVER_H

#include "cli/ask.h"

/* All entities that match, in the format of --output: csv, ndjson, json or geojson. `path` null: standard output. A
 * file is written under another name first and renamed at the end, so that a cut export is never taken for a whole one.
 */
enum comity_status deliver_all(const struct cli *cli, const struct ask *ask, enum output_format format,
    const char *path, struct comity_error *err) COMITY_MUST_USE;

#endif
