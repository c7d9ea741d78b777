/* Only facts of this file, this recipe and this import: the same file and recipe give the same receipt, but for number
 * and time. */
#include "flow/receipt.h"

#include "base/calendar.h"
#include "base/error.h"
#include "base/json.h"

enum { UNREAD_SHOWN = 20, EXAMPLES_MOST = 200 };

static void add_file(const struct receipt *r, struct buffer *out)
{
    
    const struct rows_options *found = rows_found(r->rows);
    json_member(out, "file", r->file_name);
    json_member(out, "file_hash", slice_from(r->spool->hash));
    json_member_u64(out, "bytes", r->spool->n_bytes);
    json_member(out, "format", slice_from(row_format_name(found->format)));
    json_member(out, "encoding", found->encoding);
    if (found->format == ROWS_CSV && found->delimiter)
        json_member(out, "delimiter", slice_of(&found->delimiter, 1));
    if (found->sheet.len)
        json_member(out, "sheet", found->sheet);
}

static void add_origin(const struct receipt *r, struct buffer *out)
{
    const struct source_info *source = recipe_source(r->recipe);
    json_member(out, "domain", r->domain->id);
    json_member(out, "recipe", recipe_id(r->recipe));
    json_member(out, "recipe_hash", slice_from(r->recipe_hash));
    json_member(out, "source", source->code);
    json_member_bool(out, "is_aggregate", source->is_aggregate);
}

static void add_counts(const struct receipt *r, struct buffer *out)
{
    const struct import_counts *c = r->counts;
    json_name(out, "counts");
    buffer_add_byte(out, '{');
    json_member_u64(out, "rows", c->n_rows);
    json_member_u64(out, "mentions", c->n_new + c->n_unchanged + c->n_updated);
    json_member_u64(out, "new", c->n_new);
    json_member_u64(out, "updated", c->n_updated);
    json_member_u64(out, "unchanged", c->n_unchanged);
    json_member_u64(out, "filtered", c->n_filtered);
    json_member_u64(out, "rejected", c->n_rejected);
    buffer_add_byte(out, '}');
}

static void add_fields(const struct receipt *r, struct buffer *out)
{
    const struct recipe_counts *counts = recipe_counts(r->run);
    json_name(out, "fields");
    buffer_add_byte(out, '{');
    for (size_t i = 0; i < r->domain->n_fields; i++) {
        const uint64_t *states = counts->by_state[i];
        struct slice id = r->domain->fields[i].id;
        if (out->ptr[out->len - 1] != '{')
            buffer_add_byte(out, ',');
        json_text(out, id);
        buffer_add_string(out, ":{");
        json_member_u64(out, "typed", states[VALUE_TYPED]);
        json_member_u64(out, "null", states[VALUE_NULL]);
        json_member_u64(out, "unread", states[VALUE_UNREAD]);
        json_member_u64(out, "absent", states[VALUE_ABSENT]);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, '}');
}

static void add_rejects(const struct receipt *r, struct buffer *out)
{
    json_name(out, "rejects");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < r->rejects->n_groups; i++) {
        const struct reject_group *group = &r->rejects->groups[i];
        struct slice example = group->example;
        if (example.len > EXAMPLES_MOST)
            example.len = EXAMPLES_MOST;
        buffer_add_string(out, i ? ",{" : "{");
        json_member(out, "mend", group->mend);
        json_member_u64(out, "count", group->n);
        json_member(out, "example", example);
        json_member_u64(out, "line", group->first_line);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
    if (r->rejects_file.len)
        json_member(out, "rejects_file", r->rejects_file);
}

static void add_totals(const struct receipt *r, struct buffer *out)
{
    size_t n;
    const struct recipe_total *totals = recipe_totals(r->run, &n);
    json_name(out, "totals");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < n; i++) {
        buffer_add_string(out, i ? ",{" : "{");
        json_member(out, "concept", totals[i].concept);
        json_member(out, "unit", totals[i].unit);
        json_member_u64(out, "count", totals[i].n);
        json_member_number(out, "amount", totals[i].amount);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
}

static void add_notes(const struct receipt *r, struct buffer *out)
{
    struct slice text = recipe_survey_text(r->run);
    bool is_first = true;
    json_name(out, "notes");
    buffer_add_byte(out, '[');
    while (text.len) {
        struct slice line = slice_trim(slice_cut(&text, '\n'));
        if (!line.len)
            continue;
        if (!is_first)
            buffer_add_byte(out, ',');
        json_text(out, line);
        is_first = false;
    }
    buffer_add_byte(out, ']');
}

static enum comity_status add_unread(const struct receipt *r, struct buffer *out, struct comity_error *err)
{
    const struct unread_text *texts;
    size_t n;
    uint64_t n_others;
    bool is_first = true;
    json_name(out, "unread");
    buffer_add_byte(out, '{');
    for (size_t i = 0; i < r->domain->n_fields; i++) {
        enum comity_status status = recipe_unread(r->run, (int)i, &texts, &n, &n_others, err);
        if (status)
            return status;
        if (n == 0)
            continue;
        if (!is_first)
            buffer_add_byte(out, ',');
        is_first = false;
        json_text(out, r->domain->fields[i].id);
        buffer_add_string(out, ":[");
        for (size_t j = 0; j < n && j < UNREAD_SHOWN; j++) {
            buffer_add_string(out, j ? ",{" : "{");
            json_member(out, "text", texts[j].text);
            json_member_u64(out, "count", texts[j].n);
            buffer_add_byte(out, '}');
        }
        buffer_add_byte(out, ']');
    }
    buffer_add_byte(out, '}');
    return COMITY_OK;
}

enum comity_status receipt_write(const struct receipt *receipt, struct buffer *out, struct comity_error *err)
{
    char when[INSTANT_TEXT];
    instant_now(when);
    buffer_add_byte(out, '{');
    if (receipt->number)
        json_member_u64(out, "import", receipt->number);
    json_member_bool(out, "is_dry_run", receipt->is_dry_run);
    json_member(out, "when", slice_from(when));
    add_file(receipt, out);
    add_origin(receipt, out);
    add_counts(receipt, out);
    add_fields(receipt, out);
    add_totals(receipt, out);
    add_rejects(receipt, out);
    add_notes(receipt, out);
    enum comity_status status = add_unread(receipt, out, err);
    buffer_add_byte(out, '}');
    if (!status && buffer_status(out))
        status = error_set(err, buffer_status(out), "the receipt is too long to be kept");
    return status;
}
