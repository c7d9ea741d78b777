/* comity model: the weights of the linking as files: made, looked at, compared. `comity link --model` uses them. */
#include "base/error.h"
#include "base/file.h"
#include "cli/cli.h"
#include "cli/print.h"
#include "flow/model_file.h"

enum { FILE_CAP = 1 << 30, SHOWN_DIFFERENCES = 40 };

static enum comity_status open_file(
    const char *path, const struct domain *domain, struct model_file *out, struct comity_error *err)
{
    struct file_map map;
    enum comity_status status = file_map(&map, path, err);
    if (status != COMITY_OK)
        return status;
    status = model_file_read(slice_of(map.ptr, map.len), path, domain, out, err);
    file_unmap(&map);
    return status;
}

/* ---- for people ------------------------------------------------------------------------------------------------ */

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static double number_at(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static void add_model(struct buffer *out, const json_t *model)
{
    size_t i;
    json_t *row;
    buffer_format(out, "model %s of the domain %s, trained on %lld mentions%s\n", text_at(model, "version"),
        text_at(model, "domain"), (long long)json_integer_value(json_object_get(model, "trained_on")),
        json_is_true(json_object_get(model, "has_converged")) ? "" : "; its training did not converge");
    buffer_format(
        out, "told by other sources too: %.1f %% of what they could tell\n", 100 * number_at(model, "told_by_others"));
    json_array_foreach(json_object_get(model, "sources"), i, row)
    {
        buffer_format(out, "  %s tells again what it has told: %.3g %%\n", text_at(row, "source"),
            100 * number_at(row, "tells_twice"));
    }
    buffer_format(out, "%-16s %-16s %10s %10s %7s  %s\n", "field", "pairs", "m", "u", "bits", "level");
    json_array_foreach(json_object_get(model, "levels"), i, row)
    {
        buffer_format(out, "%-16s %-16s %10.3g %10.3g %+7.2f  %s\n", text_at(row, "field"), text_at(row, "pairs"),
            number_at(row, "m"), number_at(row, "u"), number_at(row, "bits"), text_at(row, "level"));
    }
}

/* The level with the greatest difference that was not told yet; null when the rest are alike. */
static const json_t *next_difference(const json_t *levels, double below, double *size)
{
    const json_t *best = NULL;
    *size = 0.005;
    for (size_t i = 0; i < json_array_size(levels); i++) {
        const json_t *row = json_array_get(levels, i);
        double difference = number_at(row, "difference");
        difference = difference < 0 ? -difference : difference;
        if (difference < below && difference > *size) {
            best = row;
            *size = difference;
        }
    }
    return best;
}

static void add_comparison(struct buffer *out, const json_t *both)
{
    const json_t *levels = json_object_get(both, "levels"), *row;
    double size, below = 1e300;
    buffer_format(out, "%s and %s: trained on %lld and %lld mentions; told by other sources too: %.1f and %.1f %%\n",
        text_at(both, "a"), text_at(both, "b"), (long long)json_integer_value(json_object_get(both, "trained_on_a")),
        (long long)json_integer_value(json_object_get(both, "trained_on_b")), 100 * number_at(both, "told_by_others_a"),
        100 * number_at(both, "told_by_others_b"));
    if (json_is_true(json_object_get(both, "is_same"))) {
        buffer_add_string(out, "they are the same model\n");
        return;
    }
    buffer_format(out, "%-16s %-16s %8s %8s %8s  %s\n", "field", "pairs", "bits a", "bits b", "b - a", "level");
    for (int i = 0; i < SHOWN_DIFFERENCES && (row = next_difference(levels, below, &size)) != NULL; i++) {
        below = size;
        buffer_format(out, "%-16s %-16s %+8.2f %+8.2f %+8.2f  %s\n", text_at(row, "field"), text_at(row, "pairs"),
            number_at(row, "bits_a"), number_at(row, "bits_b"), number_at(row, "difference"), text_at(row, "level"));
    }
}

/* ---- what is done ---------------------------------------------------------------------------------------------- */

static enum comity_status show_one(
    const struct cli *cli, const struct desk *desk, const struct model_file *file, struct comity_error *err)
{
    struct buffer json;
    buffer_init(&json, (size_t)16 << 20);
    model_file_json(file, desk->domain, &json);
    enum comity_status status =
        buffer_status(&json) ? error_nomem(err) : print_report(cli, buffer_slice(&json), add_model, err);
    buffer_release(&json);
    return status;
}

static enum comity_status keep(const struct cli *cli, const struct desk *desk, const struct model_file *file,
    const char *path, struct comity_error *err)
{
    struct buffer bytes;
    buffer_init(&bytes, FILE_CAP);
    enum comity_status status =
        model_file_write(file->model, desk->domain, file->trained_on, file->sources, &bytes, err);
    if (status == COMITY_OK)
        status = file_replace(path, buffer_slice(&bytes), err);
    if (status == COMITY_OK)
        cli_say(cli, "model %016llx is in '%s'; comity link --model uses it", (unsigned long long)file->version, path);
    buffer_release(&bytes);
    return status;
}

static enum comity_status train(
    struct cli *cli, const struct arguments *arguments, struct desk *desk, struct comity_error *err)
{
    struct model_file file;
    const char *path = argument_of(arguments, "out");
    enum comity_status status = model_file_train(desk, &cli->reader, 0, &cli->progress, &file, err);
    progress_stop(cli);
    if (status != COMITY_OK)
        return status;
    status = path ? keep(cli, desk, &file, path, err) : show_one(cli, desk, &file, err);
    model_file_release(&file);
    return status;
}

static enum comity_status show(
    struct cli *cli, const struct arguments *arguments, struct desk *desk, struct comity_error *err)
{
    struct model_file file;
    const char *path = argument_of(arguments, "out");
    enum comity_status status = arguments->n_words == 2 ? open_file(arguments->words[1], desk->domain, &file, err)
                                                        : model_file_of_store(desk, &file, err);
    if (status != COMITY_OK)
        return status;
    status = path ? keep(cli, desk, &file, path, err) : show_one(cli, desk, &file, err);
    model_file_release(&file);
    return status;
}

static enum comity_status compare(
    struct cli *cli, const struct arguments *arguments, struct desk *desk, struct comity_error *err)
{
    struct model_file a = {0}, b = {0};
    struct buffer json;
    buffer_init(&json, (size_t)16 << 20);
    enum comity_status status = open_file(arguments->words[1], desk->domain, &a, err);
    if (status == COMITY_OK)
        status = open_file(arguments->words[2], desk->domain, &b, err);
    if (status == COMITY_OK) {
        model_file_compare_json(&a, &b, desk->domain, &json);
        status = buffer_status(&json) ? error_nomem(err) : print_report(cli, buffer_slice(&json), add_comparison, err);
    }
    model_file_release(&a);
    model_file_release(&b);
    buffer_release(&json);
    return status;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct desk desk;
    const char *what = arguments->words[0];
    size_t n = arguments->n_words;
    enum comity_status (*doing)(struct cli *, const struct arguments *, struct desk *, struct comity_error *) =
        strcmp(what, "train") == 0 && n == 1     ? train
        : strcmp(what, "show") == 0 && n <= 2    ? show
        : strcmp(what, "compare") == 0 && n == 3 ? compare
                                                 : NULL;
    if (!doing) {
        error_set(err, COMITY_USAGE, "'comity model %s' with %zu more words is not understood", what, n - 1);
        error_hint(err, "train, show [FILE], or compare A B");
        return COMITY_USAGE;
    }
    enum comity_status status = cli_open(cli, STORE_READ, &desk, err);
    if (status != COMITY_OK)
        return status;
    status = doing(cli, arguments, &desk, err);
    desk_close(&desk);
    return status;
}

static const struct option_spec options[] = {
    {"out", 0, "FILE", "write the model there instead of showing it"},
};

const struct verb verb_model = {
    .name = "model",
    .arguments = "train | show [FILE] | compare A B",
    .summary = "makes, shows and compares models of the linking",
    VERB_OPTIONS(options),
    .least_words = 1,
    .most_words = 3,
    .run = run,
    .help =
        "train learns a model from what the store holds, and publishes nothing. show tells, level by level, how often\n"
        "pairs of one event agree so (m), how often others do (u), and the bits that follow; without a file, of the\n"
        "model that the store was last linked under. compare lists the levels of two files that differ most.\n"
        "A file fits the domain and the fields that it was trained with, and says so where it does not.\n"
        "\nExamples:\n"
        "  comity model train --out autumn.model\n"
        "  comity model show autumn.model\n"
        "  comity model compare spring.model autumn.model\n"
        "  comity link --model autumn.model\n",
};
