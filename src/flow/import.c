/* One file into the store: hash, look whether it is there, survey, read, settle, receipt, publish. The file is read
 * twice: what a survey learns of the whole (months, first-level names) decides how each row is read. */
#include "flow/desk.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "flow/feed.h"
#include "flow/foresee.h"
#include "flow/receipt.h"

#include <stdio.h>
#include <unistd.h>

enum { RECEIPT_CAP = 64 << 20, TELL_ROWS = 1 << 14, MOST_REJECTS = 10000 };

struct job {
    struct desk *desk;
    const char *path;
    const struct recipe *recipe;
    const struct import_options *options;
    struct spool spool;
    char recipe_hash[65];
    struct rows *survey_rows, *rows;
    struct recipe_run *run;
    struct rejects rejects;
    struct store_import *import;
    struct foreseeing *foreseeing;
    struct buffer receipt;
    struct import_receipt *out;
};

static bool is_stdin(const struct job *job)
{
    return slice_is(slice_from(job->path), "-");
}

static struct slice file_name(const struct job *job)
{
    return is_stdin(job) ? SLICE("standard input") : slice_from(path_name(job->path));
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

/* What the survey learns of the end of the file. */
struct ending {
    const char *fault; /* of the last row */
    bool is_short;     /* it has fewer cells than the header */
    uint64_t n_short;  /* how many rows have */
};

static void see_row(const struct job *job, const struct row *row, struct ending *ending)
{
    char delimiter = rows_found(job->survey_rows)->delimiter;
    size_t n = 1;
    for (size_t i = 0; delimiter && i < row->raw.len; i++)
        n += row->raw.ptr[i] == delimiter;
    ending->fault = row->fault;
    ending->is_short = delimiter && n < rows_n_columns(job->survey_rows);
    ending->n_short += ending->is_short;
}

/* A file whose end is missing: its last row cannot be read (an element or a quote that is not closed), or it is the
 * only one that is shorter than the header, without a line end. A cut between two rows cannot be told from a whole
 * file. */
static enum comity_status check_end(
    const struct job *job, uint64_t n_rows, const struct ending *ending, struct comity_error *err)
{
    bool has_line_end = job->spool.last_byte == '\n' || job->spool.last_byte == '\r';
    if (!n_rows || (!ending->fault && (!ending->is_short || ending->n_short > 1 || has_line_end)))
        return COMITY_OK;
    error_set(err, COMITY_INPUT, "the file ends in the middle of row %llu; nothing of it was stored",
        (unsigned long long)n_rows);
    error_hint(err, "it was cut on its way or where it is made: %s",
        ending->fault ? ending->fault : "cells are missing at the end");
    return COMITY_INPUT;
}

static enum comity_status survey(struct job *job, struct comity_error *err)
{
    struct row row = {0};
    struct ending ending = {0};
    bool has_row = true;
    uint64_t done, total, n = 0;
    enum comity_status status = rows_open(job->spool.path, recipe_rows_options(job->recipe), &job->survey_rows, err);
    if (!status)
        status = recipe_begin(job->recipe, job->survey_rows, &job->run, err);
    if (!status)
        has_row = recipe_needs_survey(job->run);
    while (!status && has_row && !(status = rows_next(job->survey_rows, &row, &has_row, err)) && has_row) {
        status = recipe_survey_row(job->run, &row, err);
        if (job->options->must_be_whole)
            see_row(job, &row, &ending);
        if (status || n++ % TELL_ROWS)
            continue;
        rows_progress(job->survey_rows, &done, &total);
        if (!progress_tell(job->options->progress, "survey", done, total))
            status = error_set(err, COMITY_CANCELLED, "the import was stopped");
    }
    if (!status)
        status = check_end(job, n, &ending, err);
    return status ? status : recipe_survey_done(job->run, err);
}

/* "<file>.rejects.csv" beside the file or in the folder of rejects; "<file>.rejects-2.csv" where an earlier import of
 * that name has left one. */
static enum comity_status name_rejects(const struct job *job, char path[REJECTS_PATH], struct comity_error *err)
{
    const char *folder = job->options->rejects_folder, *extension = rejects_extension(job->rows);
    const char *name = folder ? path_name(job->path) : job->path;
    for (unsigned n = 1; n <= MOST_REJECTS; n++) {
        char number[16] = "";
        if (n > 1)
            snprintf(number, sizeof number, "-%u", n);
        int len = snprintf(path, REJECTS_PATH, "%s%s%s.rejects%s.%s", folder ? folder : "", folder ? "/" : "", name,
            number, extension);
        if (len < 0 || len >= REJECTS_PATH)
            return error_set(err, COMITY_USAGE, "the path is too long: '%s'", job->path);
        if (access(path, F_OK) != 0)
            return COMITY_OK;
    }
    error_set(err, COMITY_CONFLICT, "there are %d files of rejects of '%s' already", MOST_REJECTS, name);
    error_hint(err, "move away what was mended");
    return COMITY_CONFLICT;
}

/* A dry run writes a file of rejects only where it was told to; what came in on standard input has no place beside it.
 */
static enum comity_status begin_rejects(struct job *job, struct comity_error *err)
{
    char path[REJECTS_PATH];
    const char *given = job->options->rejects_path;
    if (given || is_stdin(job) || job->options->is_dry_run)
        return rejects_init(&job->rejects, given, job->rows, err);
    enum comity_status status = name_rejects(job, path, err);
    return status ? status : rejects_init(&job->rejects, path, job->rows, err);
}

static enum comity_status read_rows(struct job *job, struct comity_error *err)
{
    struct feed feed = {
        .run = job->run, .rejects = &job->rejects, .import = job->import, .progress = job->options->progress};
    /* The run stays with the rows of the survey, which know all columns; these bring the cells. */
    enum comity_status status = rows_open(job->spool.path, recipe_rows_options(job->recipe), &job->rows, err);
    if (!status)
        status = begin_rejects(job, err);
    feed.rows = job->rows;
    return status ? status : feed_all(&feed, err);
}

/* Errors of the copy of standard input name what the person knows. */
static void rename_error(const struct job *job, struct comity_error *err)
{
    if (err && is_stdin(job) && slice_is(slice_from(err->where), job->spool.path))
        snprintf(err->where, sizeof err->where, "standard input");
}

/* ---- storing -------------------------------------------------------------------------------------------------- */

static enum comity_status begin_import(struct job *job, struct comity_error *err)
{
    struct import_info info = {.file_name = file_name(job),
        .recipe_id = recipe_id(job->recipe),
        .recipe_text = recipe_text(job->recipe),
        .who = slice_from(job->options->who->name)};
    memcpy(info.file_hash, job->spool.hash, sizeof info.file_hash);
    memcpy(info.recipe_hash, job->recipe_hash, sizeof info.recipe_hash);
    return store_import_begin(job->desk->store, recipe_source(job->recipe), &info, &job->import, err);
}

/* A file of another kind is often still one that can be cut into rows. */
static enum comity_status check_share(struct job *job, struct comity_error *err)
{
    const struct recipe_counts *read = recipe_counts(job->run);
    double most = job->options->most_rejected;
    if (most <= 0 || (double)read->n_rejected <= most * (double)read->n_rows)
        return COMITY_OK;
    const struct reject_group *group = job->rejects.n_groups ? &job->rejects.groups[0] : NULL;
    error_set(err, COMITY_REJECTED, "%llu of %llu rows were rejected, so nothing was stored; the first: %.*s",
        (unsigned long long)read->n_rejected, (unsigned long long)read->n_rows, group ? (int)group->example.len : 0,
        group ? group->example.ptr : "");
    error_hint(err, "is it the file that recipe '%.*s' is for?", SLICE_ARG(recipe_id(job->recipe)));
    return COMITY_REJECTED;
}

static enum comity_status settle(struct job *job, struct comity_error *err)
{
    const struct recipe_counts *read = recipe_counts(job->run);
    struct import_counts *counts = &job->out->counts;
    *counts =
        (struct import_counts){.n_rows = read->n_rows, .n_rejected = read->n_rejected, .n_filtered = read->n_filtered};
    enum comity_status status = store_import_settle(job->import, job->options->progress, counts, err);
    return status ? status
                  : store_import_cover(job->import, job->desk->domain, job->options->coverage, counts, &job->out->arena,
                        &job->out->coverage, err);
}

static enum comity_status write_receipt(struct job *job, bool has_rejects_file, struct comity_error *err)
{
    struct receipt receipt = {.number = job->options->is_dry_run ? 0 : store_import_number(job->import),
        .is_dry_run = job->options->is_dry_run,
        .file_name = file_name(job),
        .spool = &job->spool,
        .domain = job->desk->domain,
        .recipe = job->recipe,
        .run = job->run,
        .rows = job->rows,
        .rejects = &job->rejects,
        .rejects_file = has_rejects_file ? slice_from(job->rejects.path) : SLICE_EMPTY,
        .counts = &job->out->counts,
        .coverage = &job->out->coverage,
        .recipe_hash = job->recipe_hash};
    return receipt_write(&receipt, &job->receipt, err);
}

static enum comity_status keep_receipt(struct job *job, struct comity_error *err)
{
    job->out->json = arena_copy(&job->out->arena, buffer_slice(&job->receipt));
    return job->out->json.ptr ? COMITY_OK : error_nomem(err);
}

/* The last step that can fail comes last: once the import is published nothing else may go wrong. */
static enum comity_status publish(struct job *job, struct comity_error *err)
{
    bool has_file = job->rejects.file != NULL;
    enum comity_status status = write_receipt(job, has_file, err);
    if (!status)
        status = keep_receipt(job, err);
    if (!status)
        status = rejects_keep(&job->rejects, &has_file, err);
    if (status || job->options->is_dry_run)
        return status;
    struct store_import *import = job->import;
    job->import = NULL;
    return store_import_publish(import, buffer_slice(&job->receipt), &job->out->number, err);
}

static enum comity_status tell_already(struct job *job, struct comity_error *err)
{
    struct buffer *out = &job->receipt;
    buffer_add_byte(out, '{');
    json_member_u64(out, "already", job->out->already);
    json_member(out, "file", file_name(job));
    json_member(out, "file_hash", slice_from(job->spool.hash));
    json_member(out, "recipe", recipe_id(job->recipe));
    json_member(out, "recipe_hash", slice_from(job->recipe_hash));
    buffer_add_byte(out, '}');
    return buffer_status(out) ? error_nomem(err) : keep_receipt(job, err);
}

static enum comity_status run_job(struct job *job, struct comity_error *err)
{
    struct slice text = recipe_text(job->recipe);
    enum comity_status status = spool_open(&job->spool, job->path, err);
    if (status)
        return status;
    spool_hash(text.ptr, text.len, job->recipe_hash);
    status = store_import_find(job->desk->store, job->spool.hash, job->recipe_hash, &job->out->already, err);
    if (status || job->out->already)
        return status ? status : tell_already(job, err);
    if (job->options->foresight)
        status = foresee_begin(job->desk, job->options->who, &job->foreseeing, err);
    /* First, so that another writer is noticed before the file is read. */
    if (!status)
        status = begin_import(job, err);
    if (!status)
        status = survey(job, err);
    if (!status)
        status = read_rows(job, err);
    /* What was read must be what was hashed. */
    status = spool_check(&job->spool, status, err);
    if (!status)
        status = check_share(job, err);
    if (!status)
        status = settle(job, err);
    if (!status && job->foreseeing)
        status = foresee_rows(job->foreseeing, job->import, job->options->progress, job->options->foresight, err);
    return status ? status : publish(job, err);
}

enum comity_status desk_import(struct desk *desk, const char *path, const struct recipe *recipe,
    const struct import_options *options, struct import_receipt *out, struct comity_error *err)
{
    struct job job = {.desk = desk, .path = path, .recipe = recipe, .options = options, .out = out};
    *out = (struct import_receipt){0};
    buffer_init(&job.receipt, RECEIPT_CAP);
    enum comity_status status = run_job(&job, err);
    if (status)
        rename_error(&job, err);
    if (job.import)
        store_import_abort(job.import);
    foresee_end(job.foreseeing);
    rejects_release(&job.rejects);
    recipe_end(job.run);
    rows_close(job.rows);
    rows_close(job.survey_rows);
    spool_close(&job.spool);
    buffer_release(&job.receipt);
    if (status)
        import_receipt_release(out);
    return status;
}

void import_receipt_release(struct import_receipt *receipt)
{
    arena_release(&receipt->arena);
    *receipt = (struct import_receipt){0};
}
