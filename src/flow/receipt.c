/* Only facts of this file, this recipe and this import: the same file and recipe give the same receipt, but for number
 * and time. */
#include "flow/receipt.h"

#include "base/calendar.h"
#include "base/error.h"
#include "base/json.h"

#include <math.h>

enum { UNREAD_SHOWN = 20, EXAMPLES_MOST = 200 };

static void add_file(const struct receipt *r, struct buffer *out)
{

    const struct rows_options *found = rows_found(r->rows);
    json_member(out, "file", r->file_name);
    json_member(out, "file_hash", slice_from(r->spool->hash));
    json_member_u64(out, "bytes", r->spool->n_bytes);
    json_member(out, "format", slice_from(row_format_name(found->format)));
    if (found->member.len)
        json_member(out, "member", found->member);
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
    json_member_u64(out, "mentions", c->n_new + c->n_unchanged + c->n_updated + c->n_revived);
    json_member_u64(out, "new", c->n_new);
    json_member_u64(out, "updated", c->n_updated);
    json_member_u64(out, "unchanged", c->n_unchanged);
    json_member_u64(out, "revived", c->n_revived);
    json_member_u64(out, "retracted", c->n_retracted);
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
        if (r->domain->fields[i].spec.type == VALUE_COUNT)
            json_member_u64(out, "sum", counts->sums[i]);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, '}');
}

/* How exactly the events are placed. */
static void add_places(const struct receipt *r, struct buffer *out)
{
    const struct recipe_counts *counts = recipe_counts(r->run);
    json_name(out, "places");
    buffer_add_byte(out, '{');
    for (unsigned i = PLACE_POINT; i < N_PLACE_PRECISIONS; i++)
        json_member_u64(out, value_precision_name(VALUE_PLACE, i), counts->by_precision[i]);
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

static void add_claim(const struct coverage_claim *claim, struct buffer *out)
{
    char day[DAY_TEXT];
    day_format(claim->first_day, day);
    json_member(out, "from", slice_from(day));
    day_format(claim->last_day, day);
    json_member(out, "to", slice_from(day));
    json_name(out, "countries");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < claim->n_countries; i++) {
        buffer_add_string(out, i ? "," : "");
        json_text(out, claim->countries[i]);
    }
    buffer_add_byte(out, ']');
}

void coverage_report_json(const struct coverage_report *report, struct buffer *out)
{
    buffer_add_byte(out, '{');
    json_member_bool(out, "is_first", report->is_first);
    json_member_bool(out, "is_confirmed", report->is_confirmed);
    json_member_bool(out, "is_complete", report->is_complete);
    if (report->has_days)
        add_claim(&report->claim, out);
    json_member_u64(out, "said", report->n_said);
    json_member_u64(out, "before", report->n_before);
    json_member_u64(out, "inside", report->n_inside);
    json_member_u64(out, report->is_complete ? "retracted" : "would_retract", report->n_missing);
    json_member_bool(out, "is_large", report->is_large);
    json_name(out, "totals");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < report->n_totals; i++) {
        buffer_add_string(out, i ? ",{" : "{");
        json_member(out, "concept", report->totals[i].concept);
        json_member(out, "unit", report->totals[i].unit);
        json_member_u64(out, "count", report->totals[i].n);
        json_member_number(out, "amount", report->totals[i].amount);
        buffer_add_byte(out, '}');
    }
    buffer_add_string(out, "]}");
}

static void begin_item(struct buffer *out)
{
    if (out->len && out->ptr[out->len - 1] != '[')
        buffer_add_byte(out, ',');
}

static void add_frame_notes(struct buffer *out, const char *name, const struct frame_note *notes, size_t n)
{
    json_name(out, name);
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < n; i++) {
        begin_item(out);
        buffer_add_byte(out, '{');
        if (notes[i].sheet.len)
            json_member(out, "sheet", notes[i].sheet);
        json_member_u64(out, "line", notes[i].line);
        json_member(out, "text", notes[i].text);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
}

static const char *verdict_name(enum total_verdict verdict)
{
    return verdict == TOTAL_AGREES ? "yes" : verdict == TOTAL_ROUNDED ? "rounding" : "no";
}

static void add_total_row(struct buffer *out, const struct total_row *total)
{
    begin_item(out);
    buffer_add_byte(out, '{');
    if (total->sheet.len)
        json_member(out, "sheet", total->sheet);
    json_member_u64(out, "line", total->line);
    json_member(out, "text", total->text);
    json_member_bool(out, "is_part", total->is_part);
    json_member(out, "agrees", slice_from(verdict_name(total->verdict)));
    json_name(out, "columns");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < total->n_cells; i++) {
        const struct total_cell *cell = &total->cells[i];
        begin_item(out);
        buffer_add_byte(out, '{');
        json_member(out, "column", cell->column);
        json_member_number(out, "says", cell->says);
        json_member_number(out, "rows", cell->sum);
        json_member(out, "agrees", slice_from(verdict_name(cell->verdict)));
        buffer_add_byte(out, '}');
    }
    buffer_add_string(out, "]}");
}

/* What stood around the rows. */
static void add_frame(const struct receipt *r, struct buffer *out)
{
    const struct frame_found *found = rows_frame(r->rows);
    json_name(out, "frame");
    buffer_add_byte(out, '{');
    add_frame_notes(out, "titles", found->titles, found->n_titles);
    json_name(out, "totals");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < found->n_totals; i++)
        add_total_row(out, &found->totals[i]);
    buffer_add_byte(out, ']');
    add_frame_notes(out, "footnotes", found->footnotes, found->n_footnotes);
    json_member_u64(out, "more", found->n_more);
    buffer_add_byte(out, '}');
}

/* How far a number of a total is from the sum, as a share of the larger. */
static double share_off(const struct total_cell *cell)
{
    double most = fmax(fabs(cell->says), fabs(cell->sum));
    return most > 0 ? fabs(cell->says - cell->sum) / most : 0;
}

/* The worst of a total's cells, in a sentence. */
static void add_total_sentence(struct buffer *out, const struct total_row *total)
{
    const struct total_cell *worst = NULL;
    for (size_t i = 0; i < total->n_cells; i++)
        if (!worst || share_off(&total->cells[i]) > share_off(worst))
            worst = &total->cells[i];
    buffer_format(
        out, "line %llu is %s, no data: ", (unsigned long long)total->line, total->is_part ? "a subtotal" : "a total");
    if (!worst)
        buffer_add_string(out, "it has no number to compare");
    else if (total->verdict == TOTAL_AGREES)
        buffer_format(
            out, "it agrees with the rows (%zu %s)", total->n_cells, total->n_cells == 1 ? "column" : "columns");
    else
        buffer_format(
            out, "'%.*s' says %.12g, the rows sum to %.12g: ", SLICE_ARG(worst->column), worst->says, worst->sum);
    if (worst && total->verdict == TOTAL_ROUNDED)
        buffer_add_string(out, "off by a rounding");
    if (worst && total->verdict == TOTAL_DIFFERS)
        buffer_format(out, "it does NOT agree with the rows, by %.3g %%", 100 * share_off(worst));
}

static void add_sentences(struct buffer *out, const struct frame_found *found)
{
    enum { SHOWN = 20 };
    struct buffer line;
    buffer_init(&line, 2 * FRAME_MOST_TEXT);
    /* What does not agree comes first: the screen shows a few lines only. */
    for (size_t pass = 0, shown = 0; pass < 2; pass++)
        for (size_t i = 0; i < found->n_totals && shown < SHOWN; i++) {
            if ((found->totals[i].verdict == TOTAL_DIFFERS) != (pass == 0))
                continue;
            shown++;
            buffer_clear(&line);
            add_total_sentence(&line, &found->totals[i]);
            begin_item(out);
            json_text(out, buffer_slice(&line));
        }
    for (size_t i = 0; i < found->n_footnotes && i < SHOWN; i++) {
        buffer_clear(&line);
        buffer_format(&line, "line %llu is a footnote: %.*s", (unsigned long long)found->footnotes[i].line,
            SLICE_ARG(found->footnotes[i].text));
        begin_item(out);
        json_text(out, buffer_slice(&line));
    }
    out->failed |= line.failed;
    buffer_release(&line);
}

static void add_notes(const struct receipt *r, struct buffer *out)
{
    struct slice text = recipe_survey_text(r->run);
    json_name(out, "notes");
    buffer_add_byte(out, '[');
    while (text.len) {
        struct slice line = slice_trim(slice_cut(&text, '\n'));
        if (!line.len)
            continue;
        begin_item(out);
        json_text(out, line);
    }
    add_sentences(out, rows_frame(r->rows));
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
    add_places(receipt, out);
    add_totals(receipt, out);
    json_name(out, "coverage");
    coverage_report_json(receipt->coverage, out);
    add_rejects(receipt, out);
    add_notes(receipt, out);
    add_frame(receipt, out);
    enum comity_status status = add_unread(receipt, out, err);
    buffer_add_byte(out, '}');
    if (!status && buffer_status(out))
        status = error_set(err, buffer_status(out), "the receipt is too long to be kept");
    return status;
}
