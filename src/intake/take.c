/* One file into the store, and what came of it. */
#include "intake/work.h"

#include "base/calendar.h"
#include "base/error.h"

#include <stdio.h>
#include <sys/stat.h>

/* Whose fault: a file that cannot be read will not be read next time either; a full disk may be empty then. */
static bool is_fault_of_file(enum comity_status status)
{
    return status == COMITY_INPUT || status == COMITY_SYNTAX || status == COMITY_UNSUPPORTED ||
           status == COMITY_LIMIT || status == COMITY_REJECTED || status == COMITY_CONFLICT || status == COMITY_USAGE;
}

/* The copy's path says nothing to a person. */
static void rename_error(struct comity_error *err, const char *path, struct slice item)
{
    if (slice_is(slice_from(err->where), path))
        snprintf(err->where, sizeof err->where, "%.*s", SLICE_ARG(item));
}

static uint64_t size_of(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? (uint64_t)info.st_size : 0;
}

/* "message", with its place in the file before it. */
static struct slice error_text(const struct comity_error *err, struct arena *arena)
{
    struct comity_error bare = *err;
    char text[900];
    bare.hint[0] = '\0';
    error_format(&bare, text, sizeof text);
    return arena_copy(arena, slice_from(text));
}

static void say_imported(
    const struct intake *intake, const struct feed_state *feed, struct slice item, const struct import_receipt *receipt)
{
    const struct import_counts *c = &receipt->counts;
    if (receipt->already)
        intake_say(intake, feed, "%.*s: here already, as import %llu; nothing was added", SLICE_ARG(item),
            (unsigned long long)receipt->already);
    else
        intake_say(intake, feed, "%.*s: import %llu: %llu rows, %llu new, %llu newer versions, %llu rejected",
            SLICE_ARG(item), (unsigned long long)receipt->number, (unsigned long long)c->n_rows,
            (unsigned long long)c->n_new, (unsigned long long)c->n_updated, (unsigned long long)c->n_rejected);
}

void take_file(struct intake *intake, struct feed_state *feed, const char *path, struct slice item, struct arena *arena,
    struct taken *out)
{
    struct import_receipt receipt = {0};
    struct import_options options = {.rejects_folder = feed->rejects,
        .most_rejected = feed->settings->most_rejected,
        .must_be_whole = true,
        .progress = &intake->progress,
        .who = intake->options.who};
    uint64_t begun = clock_ms();
    *out = (struct taken){0};
    if (!intake->is_working && intake->options.work)
        intake->options.work(intake->options.context, true, NULL);
    intake->is_working = true;
    out->status = desk_import(&intake->desk, path, feed->recipe, &options, &receipt, &out->err);
    out->attempt = (struct attempt_row){.item = item,
        .at = seconds_now(),
        .bytes = size_of(path),
        .took_ms = clock_ms() - begun,
        .import = receipt.number ? receipt.number : receipt.already,
        .result = out->status       ? ATTEMPT_FAILED
                  : receipt.already ? ATTEMPT_ALREADY
                                    : ATTEMPT_IMPORTED};
    if (out->status) {
        rename_error(&out->err, path, item);
        out->is_fault_of_file = is_fault_of_file(out->status);
        out->attempt.error = error_text(&out->err, arena);
        out->attempt.hint = arena_copy(arena, slice_from(out->err.hint));
    } else {
        say_imported(intake, feed, item, &receipt);
        intake->summary.n_imports += receipt.number != 0;
        intake->needs_link = intake->needs_link || receipt.counts.n_new || receipt.counts.n_updated;
    }
    import_receipt_release(&receipt);
}

void take_record(struct intake *intake, const struct feed_state *feed, struct feed_record *record)
{
    struct comity_error err = {0};
    record->feed = feed->settings->id;
    if (store_feed_record(intake->desk.store, record, intake->options.who, &err) != COMITY_OK)
        intake_say(intake, feed, "what came of it could not be written down: %s", err.message);
}
