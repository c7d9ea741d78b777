/* The header is text, so that `head -1` tells what a file is; all that counts is in the bytes behind it. */
#include "flow/model_file.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "link/model.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char mark[] = "comity-model 1";
enum { MODEL_CAP = 1 << 30 };

/* ---- writing and reading --------------------------------------------------------------------------------------- */

enum comity_status model_file_write(const struct link_model *model, const struct domain *domain, uint64_t trained_on,
    struct slice sources, struct buffer *out, struct comity_error *err)
{
    struct buffer bytes;
    buffer_init(&bytes, MODEL_CAP);
    enum comity_status status = link_model_save(model, &bytes);
    if (status == COMITY_OK) {
        buffer_format(out, "%s %.*s %llu %016llx %.*s\n", mark, SLICE_ARG(domain->id), (unsigned long long)trained_on,
            (unsigned long long)hash_slice(buffer_slice(&bytes)), SLICE_ARG(sources));
        buffer_add_slice(out, buffer_slice(&bytes));
        status = buffer_status(out);
    }
    buffer_release(&bytes);
    return status ? error_set(err, status, "the model cannot be written") : COMITY_OK;
}

static bool read_number(struct slice text, int base, uint64_t *out)
{
    char word[32] = "", *end;
    if (!text.len || text.len >= sizeof word)
        return false;
    memcpy(word, text.ptr, text.len);
    *out = strtoull(word, &end, base);
    return *end == '\0';
}

static enum comity_status read_header(
    struct slice line, const char *name, const struct domain *domain, struct model_file *out, struct comity_error *err)
{
    struct slice rest = line;
    bool is_ours = slice_starts_with(line, slice_from(mark));
    slice_cut(&rest, ' ');
    slice_cut(&rest, ' ');
    struct slice id = slice_cut(&rest, ' '), trained_on = slice_cut(&rest, ' '), version = slice_cut(&rest, ' ');
    if (!is_ours || !read_number(trained_on, 10, &out->trained_on) || !read_number(version, 16, &out->version)) {
        error_set(err, COMITY_CORRUPT, "'%s' is no model of this program", name);
        error_hint(err, "`comity model train -o FILE` makes one");
        return COMITY_CORRUPT;
    }
    if (!slice_equal(id, domain->id))
        return error_set(err, COMITY_CONFLICT, "'%s' is a model of the domain '%.*s', not of '%.*s'", name,
            SLICE_ARG(id), SLICE_ARG(domain->id));
    out->sources = arena_copy(&out->arena, rest);
    return out->sources.ptr ? COMITY_OK : error_nomem(err);
}

enum comity_status model_file_read(
    struct slice bytes, const char *name, const struct domain *domain, struct model_file *out, struct comity_error *err)
{
    struct slice rest = bytes, line = slice_cut(&rest, '\n');
    *out = (struct model_file){0};
    enum comity_status status = read_header(line, name, domain, out, err);
    if (!status && hash_slice(rest) != out->version)
        status = error_set(
            err, COMITY_CORRUPT, "'%s' was altered or cut off: its content is not what its header says", name);
    if (!status)
        status = link_model_load(rest, domain, &out->model, err);
    if (status)
        model_file_release(out);
    return status;
}

void model_file_release(struct model_file *file)
{
    link_model_free(file->model);
    arena_release(&file->arena);
    *file = (struct model_file){0};
}

/* ---- from a store ---------------------------------------------------------------------------------------------- */

/* Codes of the sources that tell reports and have told any: those that a training has seen. */
static enum comity_status list_sources(
    const struct mentions *mentions, struct arena *arena, struct slice *out, struct comity_error *err)
{
    struct buffer text;
    buffer_init(&text, 1 << 20);
    for (size_t i = 0; i < mentions->n_sources; i++)
        if (!mentions->sources[i].is_aggregate)
            buffer_format(&text, "%s%.*s", text.len ? "," : "", SLICE_ARG(mentions->sources[i].code));
    *out = arena_copy(arena, buffer_slice(&text));
    bool is_good = out->ptr && !buffer_status(&text);
    buffer_release(&text);
    return is_good ? COMITY_OK : error_nomem(err);
}

/* All that the store has: a model names only those that it knows by their hashes. */
static enum comity_status list_rows(struct desk *desk, struct model_file *out, struct comity_error *err)
{
    static const struct reader everyone = {.language = "en", .name = ""};
    struct source_row *rows = NULL;
    struct arena arena = {0};
    struct buffer text;
    size_t n = 0;
    buffer_init(&text, 1 << 20);
    enum comity_status status = store_sources(desk->store, &everyone, &arena, &rows, &n, err);
    for (size_t i = 0; i < n && !status; i++)
        buffer_format(&text, "%s%.*s", i ? "," : "", SLICE_ARG(rows[i].info.code));
    out->sources = arena_copy(&out->arena, buffer_slice(&text));
    if (!status && (!out->sources.ptr || buffer_status(&text)))
        status = error_nomem(err);
    buffer_release(&text);
    arena_release(&arena);
    return status;
}

static uint64_t report_trained_on(struct slice report)
{
    json_t *json = json_loadb(report.len ? report.ptr : "{}", report.len ? report.len : 2, 0, NULL);
    json_int_t n = json_integer_value(json_object_get(json, "trained_on"));
    json_decref(json);
    return n > 0 ? (uint64_t)n : 0;
}

enum comity_status model_file_of_store(struct desk *desk, struct model_file *out, struct comity_error *err)
{
    struct slice model, report;
    struct arena arena = {0};
    *out = (struct model_file){0};
    enum comity_status status = store_model(desk->store, &arena, &model, &report, err);
    if (!status && !model.len) {
        status = error_set(err, COMITY_CONFLICT, "nothing was linked yet: there is no model");
        error_hint(err, "`comity link` or `comity model train`");
    }
    if (!status)
        status = link_model_load(model, desk->domain, &out->model, err);
    if (!status)
        status = list_rows(desk, out, err);
    if (!status) {
        out->version = hash_slice(model);
        out->trained_on = report_trained_on(report);
    } else {
        model_file_release(out);
    }
    arena_release(&arena);
    return status;
}

static enum comity_status train(const struct mentions *mentions, const struct judgement *judgements, size_t n,
    unsigned threads, const struct progress *progress, struct model_file *out, struct comity_error *err)
{
    struct link_options options = {.threads = threads, .progress = progress};
    struct link_result result;
    enum comity_status status = link_run(mentions, judgements, n, &options, &result, err);
    if (status)
        return status;
    out->model = result.model;
    result.owns_model = false;
    out->trained_on = mentions->n;
    out->version = link_model_version(out->model);
    link_result_release(&result);
    return list_sources(mentions, &out->arena, &out->sources, err);
}

enum comity_status model_file_train(struct desk *desk, const struct reader *who, unsigned threads,
    const struct progress *progress, struct model_file *out, struct comity_error *err)
{
    struct mentions mentions = {0};
    struct judgement *judgements = NULL;
    struct arena arena = {0};
    uint64_t *entity_of = NULL, sequence;
    size_t n = 0;
    *out = (struct model_file){0};
    enum comity_status status = desk_load_to_link(desk, &mentions, &entity_of, &sequence, err);
    bool is_loaded = !status;
    if (!status)
        status = store_judgements(desk->store, who, false, &arena, &judgements, &n, err);
    if (!status)
        status = train(&mentions, judgements, n, threads, progress, out, err);
    if (status)
        model_file_release(out);
    if (is_loaded)
        mentions_release(&mentions);
    free(entity_of);
    arena_release(&arena);
    return status;
}
