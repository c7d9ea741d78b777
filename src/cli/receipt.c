/* The receipt is JSON, made once by the importer; the summary for people is read off it, so that both say the same. */
#include "cli/receipt.h"

#include "base/error.h"
#include "cli/covers.h"

#include <jansson.h>

enum { SHOWN_LINES = 8 };

static unsigned long long number_at(const json_t *object, const char *key)
{
    return (unsigned long long)json_integer_value(json_object_get(object, key));
}

static void add_strings(struct buffer *out, const char *title, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list) && i < SHOWN_LINES; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        buffer_format(out, "  %s%s\n", i ? "" : title, text ? text : "");
    }
}

static void add_rejects(struct buffer *out, const json_t *receipt, bool is_dry_run)
{
    const json_t *groups = json_object_get(receipt, "rejects");
    for (size_t i = 0; i < json_array_size(groups) && i < SHOWN_LINES; i++) {
        const json_t *group = json_array_get(groups, i);
        const char *mend = json_string_value(json_object_get(group, "mend"));
        const char *example = json_string_value(json_object_get(group, "example"));
        buffer_format(out, "  rejected: %llu × %s%s%s\n", number_at(group, "count"), mend ? mend : "",
            example ? "; for example " : "", example ? example : "");
    }
    const char *file = json_string_value(json_object_get(receipt, "rejects_file"));
    if (file)
        buffer_format(out, "  the rejected rows, with reasons: %s\n", file);
    else if (json_array_size(groups) && !is_dry_run) /* from standard input */
        buffer_add_string(out, "  the rejected rows were not kept: undo this import, and give '--rejects FILE'\n");
}

static void add_unread(struct buffer *out, const json_t *receipt)
{
    const json_t *fields = json_object_get(receipt, "unread");
    const char *field;
    json_t *texts;
    json_object_foreach((json_t *)fields, field, texts)
    {
        if (!json_array_size(texts))
            continue;
        buffer_format(out, "  not understood in %s:", field);
        for (size_t i = 0; i < json_array_size(texts) && i < SHOWN_LINES; i++) {
            const json_t *entry = json_array_get(texts, i);
            const char *text = json_string_value(json_object_get(entry, "text"));
            buffer_format(out, "%s '%s' × %llu", i ? "," : "", text ? text : "", number_at(entry, "count"));
        }
        buffer_add_string(out, "\n");
    }
}

static void add_summary(
    struct buffer *out, const char *path, const struct import_receipt *receipt, bool is_dry_run, const json_t *json)
{
    const struct import_counts *counts = &receipt->counts;
    if (receipt->already) {
        buffer_format(out, "%s: this very file is here already, as import %llu; nothing was added\n", path,
            (unsigned long long)receipt->already);
        return;
    }
    if (is_dry_run)
        buffer_format(out, "%s: dry run, nothing was stored\n", path);
    else
        buffer_format(out, "%s: import %llu\n", path, (unsigned long long)receipt->number);
    buffer_format(out, "  %llu rows: %llu new, %llu newer versions, %llu there already, %llu filtered, %llu rejected\n",
        (unsigned long long)counts->n_rows, (unsigned long long)counts->n_new, (unsigned long long)counts->n_updated,
        (unsigned long long)counts->n_unchanged, (unsigned long long)counts->n_filtered,
        (unsigned long long)counts->n_rejected);
    if (counts->n_revived)
        buffer_format(
            out, "  %llu rows that had been retracted are said again\n", (unsigned long long)counts->n_revived);
    claim_report(out, &receipt->coverage, receipt->number);
    add_strings(out, "note: ", json_object_get(json, "notes"));
    add_rejects(out, json, is_dry_run);
    add_unread(out, json);
}

enum comity_status receipt_print(const struct cli *cli, const char *path, const struct import_receipt *receipt,
    bool is_dry_run, struct comity_error *err)
{
    struct buffer out;
    buffer_init(&out, (size_t)64 << 20);
    if (cli->format == OUTPUT_JSON || cli->format == OUTPUT_NDJSON) {
        buffer_add_slice(&out, receipt->json);
        buffer_add_byte(&out, '\n');
    } else {
        json_t *json = json_loadb(
            receipt->json.ptr ? receipt->json.ptr : "{}", receipt->json.ptr ? receipt->json.len : 2, 0, NULL);
        add_summary(&out, path, receipt, is_dry_run, json);
        json_decref(json);
    }
    enum comity_status status = buffer_status(&out);
    if (status == COMITY_OK)
        status = cli_write(buffer_slice(&out), err);
    buffer_release(&out);
    return status;
}
