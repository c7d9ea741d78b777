/* See print.h. */
#include "cli/print.h"

enum comity_status print_report(const struct cli *cli, struct slice json,
    void (*add)(struct buffer *out, const json_t *report), struct comity_error *err)
{
    struct buffer out;
    buffer_init(&out, (size_t)64 << 20);
    json_t *report = json_loadb(json.ptr, json.len, 0, NULL);
    if (cli->format == OUTPUT_JSON || cli->format == OUTPUT_NDJSON || !report) {
        buffer_add_slice(&out, json);
        buffer_add_byte(&out, '\n');
    } else {
        add(&out, report);
    }
    json_decref(report);
    enum comity_status status = buffer_status(&out);
    if (status == COMITY_OK)
        status = cli_write(buffer_slice(&out), err);
    buffer_release(&out);
    return status;
}
