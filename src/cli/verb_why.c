/* comity why: why two mentions are, or are not, one event. */
#include "base/error.h"
#include "cli/cli.h"
#include "cli/explain.h"
#include "cli/print.h"
#include "flow/show.h"

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct desk desk;
    struct snapshot *snapshot = NULL;
    struct buffer json;
    uint64_t a, b;
    enum comity_status status = word_number(arguments->words[0], "a mention", &a, err);
    if (status == COMITY_OK)
        status = word_number(arguments->words[1], "a mention", &b, err);
    if (status == COMITY_OK)
        status = cli_open(cli, STORE_READ, &desk, err);
    if (status != COMITY_OK)
        return status;
    buffer_init(&json, (size_t)16 << 20);
    status = desk_snapshot(&desk, &snapshot, err);
    if (status == COMITY_OK)
        status = show_why_json(snapshot, &cli->reader, a, b, &json, err);
    if (status == COMITY_OK)
        status = print_report(cli, buffer_slice(&json), explain_print, err);
    buffer_release(&json);
    snapshot_release(snapshot);
    desk_close(&desk);
    return status;
}

const struct verb verb_why = {
    .name = "why",
    .arguments = "A B",
    .summary = "says why two mentions are, or are not, one event",
    .least_words = 2,
    .most_words = 2,
    .run = run,
    .help =
        "A and B are mentions, as `comity show` numbers them. For a link: what each field speaks for or against it, in "
        "bits.\n"
        "For no link: whether one is a part of the other (and what else is), the two were never compared (and which\n"
        "rule came nearest), scored too low, or were kept apart by clustering (and by which weakest pair).\n"
        "\nExamples:\n"
        "  comity why m12 m977\n"
        "  comity why 12 977 -o json\n",
};
