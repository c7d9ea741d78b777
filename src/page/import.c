/* import.c - one import: its receipt, what was rejected, how to take it back, and how it differs from what its source
 * had said before. */
#include "flow/difference.h"

#include "base/error.h"
#include "base/json.h"
#include "page/page.h"
#include "page/part.h"

#include <jansson.h>

enum { SHOWN_ROWS = 100, JSON_ROWS = 10000 };

struct importing {
    struct import_row row;
    bool has_difference; /* not of one that was taken back */
    struct difference difference;
    json_t *receipt;
};

static enum comity_status find(struct page *page, uint64_t number, struct importing *i, struct comity_error *err)
{
    struct import_row *rows;
    size_t n;
    enum comity_status status = store_imports(page->store->store, &page->reader, page->arena, &rows, &n, err);
    for (size_t k = 0; status == COMITY_OK && k < n; k++) {
        if (rows[k].number != number)
            continue;
        i->row = rows[k];
        return COMITY_OK;
    }
    return status != COMITY_OK ? status
                               : error_set(err, COMITY_NOTFOUND, "there is no import '%.*s'", SLICE_ARG(page->subject));
}

static bool read_number(struct slice text, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || text.len > 9)
            return false;
        *number = *number * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return text.len > 0;
}

static enum comity_status load(struct page *page, struct importing *i, struct comity_error *err)
{
    uint64_t number;
    if (!read_number(page->subject, &number))
        return error_set(err, COMITY_NOTFOUND, "there is no import '%.*s'", SLICE_ARG(page->subject));
    pthread_mutex_lock(&page->store->lock);
    enum comity_status status = find(page, number, i, err);
    i->has_difference = status == COMITY_OK && !i->row.is_undone;
    if (i->has_difference)
        status =
            desk_difference(page->store->store, page->domain, &page->reader, number, page->arena, &i->difference, err);
    pthread_mutex_unlock(&page->store->lock);
    if (status == COMITY_OK)
        i->receipt =
            json_loadb(i->row.receipt_json.ptr ? i->row.receipt_json.ptr : "", i->row.receipt_json.len, 0, NULL);
    return status;
}

/* ---- pieces --------------------------------------------------------------------------------------------------- */

/* A command is read from the left in every language. */
static void command(struct page *page, struct slice text)
{
    html_open(&page->html, "pre");
    html_attr(&page->html, "dir", "ltr");
    html_text(&page->html, text);
    html_close(&page->html, "pre");
}

static struct slice concept_name(struct page *page, struct slice code)
{
    if (!code.len || page->domain->what < 0)
        return slice_from(tr(&page->catalogue, "not in a list"));
    const struct concept_tree *tree = page->domain->fields[page->domain->what].spec.concepts;
    uint32_t node = concept_by_code(tree, code);
    return node == CONCEPT_NONE ? code : concept_label(tree, node, page->catalogue.language);
}

static struct slice text_at(const json_t *object, const char *key)
{
    return slice_from(json_string_value(json_object_get(object, key)));
}

/* ---- the receipt ---------------------------------------------------------------------------------------------- */

static void receipt(struct page *page, const struct importing *i)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const struct import_counts *n = &i->row.counts;
    html_open(h, "dl");
    html_attr(h, "class", "facts");
    part_term(page, tr(c, "Source"), i->row.source_code);
    part_term(page, tr(c, "File"), i->row.file_name);
    part_term(page, tr(c, "Recipe"), i->row.recipe_id);
    part_term(page, tr(c, "When"), i->row.when);
    part_term(page, tr(c, "Format"), text_at(i->receipt, "format"));
    part_term(page, tr(c, "Rows"), page_number(page, n->n_rows));
    part_term(page, tr(c, "New"), page_number(page, n->n_new));
    part_term(page, tr(c, "Newer versions"), page_number(page, n->n_updated));
    part_term(page, tr(c, "There already"), page_number(page, n->n_unchanged));
    if (n->n_revived)
        part_term(page, tr(c, "Said again after being retracted"), page_number(page, n->n_revived));
    part_term(page, tr(c, "Retracted"), page_number(page, n->n_retracted));
    part_term(page, tr(c, "Filtered"), page_number(page, n->n_filtered));
    part_term(page, tr(c, "Rejected"), page_number(page, n->n_rejected));
    part_term(page, tr(c, "Hash of the file"), i->row.file_hash);
    html_close(h, "dl");
}

static void undo(struct page *page, const struct importing *i)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    part_section(page, "undo", tr(c, "Taking it back"));
    if (i->row.is_undone) {
        html_leaf(h, "p", NULL,
            slice_from(tr(c, "This import was taken back: its rows count no more, and what it had "
                             "replaced or retracted counts again.")));
    } else if (slice_is(text_at(i->receipt, "format"), "form")) {
        html_leaf(h, "p", NULL,
            slice_from(tr(c, "This came of an entry: it is retracted, and restored, on the entry's own page.")));
    } else {
        html_leaf(h, "p", NULL,
            slice_from(tr(c, "Nothing is erased; what it had replaced or retracted counts again. On "
                             "the command line:")));
        command(page, page_format_text(page, "comity undo %llu", (unsigned long long)i->row.number));
    }
    html_close(h, "section");
}

static void rejects(struct page *page, const struct importing *i)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const json_t *groups = json_object_get(i->receipt, "rejects");
    const char *const names[] = {tr(c, "Reason"), tr(c, "For example"), tr(c, "Rows"), tr(c, "First line")};
    if (!json_array_size(groups))
        return;
    part_section(page, "rejects", tr(c, "Rejected rows"));
    part_table_begin(page, "rejects-heading", NULL);
    part_table_head(page, names, 4, 2);
    html_open(h, "tbody");
    for (size_t k = 0; k < json_array_size(groups); k++) {
        const json_t *group = json_array_get(groups, k);
        html_open(h, "tr");
        html_open(h, "th");
        html_attr(h, "scope", "row");
        html_name(h, text_at(group, "mend"));
        html_close(h, "th");
        html_open(h, "td");
        html_name(h, text_at(group, "example"));
        html_close(h, "td");
        html_leaf(h, "td", "number", page_number(page, (uint64_t)json_integer_value(json_object_get(group, "count"))));
        html_leaf(h, "td", "number", page_number(page, (uint64_t)json_integer_value(json_object_get(group, "line"))));
        html_close(h, "tr");
    }
    part_table_end(page);
    struct slice file = text_at(i->receipt, "rejects_file");
    if (file.len) {
        html_open(h, "p");
        page_say(page, tr(c, "The rows with their reasons: {file}"), {"file", file, SLICE_EMPTY});
        html_close(h, "p");
    }
    html_close(h, "section");
}

/* ---- what it covers ------------------------------------------------------------------------------------------- */

static struct slice countries_text(struct page *page, const struct coverage_claim *claim)
{
    return claim->n_countries ? page_joined(page, claim->countries, claim->n_countries, ",")
                              : slice_from(tr(&page->catalogue, "all countries"));
}

static void coverage(struct page *page, const struct importing *i)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const struct coverage_report *report = &i->difference.store.coverage;
    if (!report->has_days || report->is_first)
        return;
    const struct say said[] = {{"missing", page_number(page, report->n_missing), SLICE_EMPTY},
        {"before", page_number(page, report->n_before), SLICE_EMPTY},
        {"said", page_number(page, report->n_said), SLICE_EMPTY},
        {"from", page_day(page, report->claim.first_day), SLICE_EMPTY},
        {"to", page_day(page, report->claim.last_day), SLICE_EMPTY},
        {"countries", countries_text(page, &report->claim), SLICE_EMPTY}};
    part_section(page, "covers", tr(c, "What it covers"));
    html_open(h, "p");
    page_say_n(page,
        report->is_complete
            ? tr(c, "It was confirmed as complete for {from} to {to}, {countries}: {missing} of {before} rows said "
                    "before are retracted.")
            : tr(c, "Nobody confirmed that it is complete, so nothing is retracted. Of {before} rows said "
                    "before, {missing} inside {from} to {to}, {countries}, are not said again."),
        said, 6);
    html_close(h, "p");
    if (!report->is_complete && report->is_large) {
        html_open(h, "p");
        html_attr(h, "class", "flag");
        page_say_n(page,
            tr(c, "As complete it would retract {missing} of {before} rows: the file covers only {said} rows. "
                  "Is it complete?"),
            said, 6);
        html_close(h, "p");
    }
    if (!report->is_complete && report->n_missing)
        command(
            page, page_format_text(page, "comity coverage confirm %llu --covers %.*s..%.*s%s%.*s --complete --dry-run",
                      (unsigned long long)i->row.number, SLICE_ARG(said[3].value), SLICE_ARG(said[4].value),
                      report->claim.n_countries ? " --country " : "",
                      SLICE_ARG(report->claim.n_countries ? said[5].value : SLICE_EMPTY)));
    html_close(h, "section");
}

/* ---- the difference ------------------------------------------------------------------------------------------- */

static const char *kind_text(const struct page *page, enum difference_kind kind)
{
    const struct catalogue *c = &page->catalogue;
    switch (kind) {
    case DIFFERENCE_ADDED:
        return tr(c, "added");
    case DIFFERENCE_CORRECTED:
        return tr(c, "corrected");
    case DIFFERENCE_RETRACTED:
        return tr(c, "retracted");
    case DIFFERENCE_MISSING:
        return tr(c, "not said again");
    case DIFFERENCE_REVIVED:
        return tr(c, "said again");
    default:
        return "";
    }
}

static const char *verdict_text(const struct page *page, enum difference_verdict verdict)
{
    const struct catalogue *c = &page->catalogue;
    switch (verdict) {
    case DIFFERENCE_FIRST:
        return tr(c, "This is the first edition of its source.");
    case DIFFERENCE_NONE:
        return tr(c, "The same rows again: nothing changed.");
    case DIFFERENCE_ONLY_ROUNDED:
        return tr(c, "Nothing really changed: amounts were only rounded.");
    default:
        return tr(c, "It differs from what its source had said before.");
    }
}

static void counts(struct page *page, const struct difference *d)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    html_open(h, "dl");
    html_attr(h, "class", "facts");
    part_term(page, tr(c, "unchanged"), page_number(page, d->store.n_unchanged));
    for (size_t i = 0; i < N_DIFFERENCES; i++)
        part_term(page, kind_text(page, i), page_number(page, d->store.n[i]));
    part_term(page, tr(c, "probably corrected"), page_number(page, d->n_probable));
    part_term(page, tr(c, "only rounded"), page_number(page, d->n_rounded));
    html_close(h, "dl");
}

static const char *label_of(struct page *page, int field)
{
    return field >= 0 ? page_format_text(page, "%.*s", SLICE_ARG(page_field_label(page, field))).ptr : "";
}

static void totals(struct page *page, const struct difference *d)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const char *const names[] = {label_of(page, page->domain->what), tr(c, "Unit"), tr(c, "Rows before"),
        tr(c, "Rows after"), tr(c, "Before"), tr(c, "After"), tr(c, "Change")};
    html_open(h, "h3");
    html_attr(h, "id", "totals-heading");
    html_string(h, tr(c, "Sums before and after"));
    html_close(h, "h3");
    part_table_begin(page, "totals-heading", NULL);
    part_table_head(page, names, 7, 2);
    html_open(h, "tbody");
    for (size_t i = 0; i < d->store.n_totals; i++) {
        const struct difference_total *total = &d->store.totals[i];
        struct slice change = page_decimal(page, total->after - total->before);
        html_open(h, "tr");
        html_open(h, "th");
        html_attr(h, "scope", "row");
        html_name(h, concept_name(page, total->concept));
        html_close(h, "th");
        html_open(h, "td");
        html_name(h, total->unit.len ? total->unit : SLICE("—"));
        html_close(h, "td");
        html_leaf(h, "td", "number", page_number(page, total->n_before));
        html_leaf(h, "td", "number", page_number(page, total->n_after));
        html_leaf(h, "td", "number", page_decimal(page, total->before));
        html_leaf(h, "td", "number", page_decimal(page, total->after));
        html_open(h, "td");
        html_attr(h, "class", "number");
        html_name(h, total->after > total->before ? page_format_text(page, "+%.*s", SLICE_ARG(change)) : change);
        html_close(h, "td");
        html_close(h, "tr");
    }
    part_table_end(page);
}

static struct slice value_of(struct page *page, struct slice packed, int field)
{
    struct value values[DOMAIN_MOST_FIELDS];
    if (field < 0 || mention_unpack(page->domain, packed, values, NULL) != COMITY_OK)
        return SLICE_EMPTY;
    return page_value(page, field, &values[field]);
}

static void change_text(struct page *page, const struct difference_line *line)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    bool is_sure = line->row->kind == DIFFERENCE_CORRECTED;
    struct slice before = is_sure ? line->row->older_packed : line->row->packed;
    struct slice after = is_sure ? line->row->packed : line->pair ? line->pair->packed : SLICE_EMPTY;
    int fields[DOMAIN_MOST_FIELDS];
    size_t n = is_sure || line->pair ? difference_fields(page->domain, before, after, fields) : 0;
    if (line->pair)
        html_leaf(h, "strong", NULL, slice_from(tr(c, "probably corrected")));
    if (line->is_paired)
        html_string(h, tr(c, "probably the correction of a row that is gone"));
    for (size_t i = 0; i < n; i++) {
        html_string(h, i || line->pair ? " · " : "");
        page_say(page, tr(c, "{field}: {before}, now {after}"),
            {"field", page_field_label(page, fields[i]), SLICE_EMPTY},
            {"before", value_of(page, before, fields[i]), SLICE_EMPTY},
            {"after", value_of(page, after, fields[i]), SLICE_EMPTY});
    }
    if (line->is_rounding)
        html_leaf(h, "span", "flag", slice_from(tr(c, "only rounded")));
}

static void difference_row(struct page *page, const struct difference_line *line)
{
    struct html *h = &page->html;
    const struct domain *domain = page->domain;
    const int fields[] = {domain->when, domain->where, domain->what, domain->how_much};
    html_open(h, "tr");
    html_open(h, "th");
    html_attr(h, "scope", "row");
    html_string(h, kind_text(page, line->row->kind));
    html_close(h, "th");
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        struct slice text = value_of(page, line->row->packed, fields[i]);
        html_open(h, "td");
        if (fields[i] == domain->how_much)
            html_attr(h, "class", "number");
        html_name(h, text.len ? text : SLICE("—"));
        html_close(h, "td");
    }
    html_open(h, "td");
    change_text(page, line);
    html_close(h, "td");
    html_close(h, "tr");
}

static void rows(struct page *page, const struct difference *d)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const struct domain *domain = page->domain;
    size_t n = d->store.n_rows < SHOWN_ROWS ? d->store.n_rows : SHOWN_ROWS;
    const char *const names[] = {tr(c, "What"), label_of(page, domain->when), label_of(page, domain->where),
        label_of(page, domain->what), label_of(page, domain->how_much), tr(c, "Change")};
    if (!d->store.n_rows)
        return;
    html_open(h, "h3");
    html_attr(h, "id", "rows-heading");
    html_string(h, tr(c, "Row by row"));
    html_close(h, "h3");
    part_table_begin(page, "rows-heading", NULL);
    part_table_head(page, names, 6, 6);
    html_open(h, "tbody");
    for (size_t i = 0; i < n; i++)
        difference_row(page, &d->lines[i]);
    part_table_end(page);
    if (d->store.n_rows > n) {
        html_open(h, "p");
        html_attr(h, "class", "note");
        page_say(page, tr(c, "{n} of {all} rows are shown; the CSV has them all."),
            {"n", page_number(page, n), SLICE_EMPTY}, {"all", page_number(page, d->store.n_rows), SLICE_EMPTY});
        html_close(h, "p");
    }
}

static void difference(struct page *page, const struct importing *i)
{
    struct html *h = &page->html;
    const struct difference *d = &i->difference;
    part_section(page, "difference", tr(&page->catalogue, "What changed"));
    html_leaf(h, "p", "sentence", slice_from(verdict_text(page, d->verdict)));
    counts(page, d);
    totals(page, d);
    rows(page, d);
    html_leaf(h, "p", "note",
        slice_from(
            tr(&page->catalogue, "Without keys a change is a row removed and a row added. Two that differ in one field "
                                 "of the same day and place are shown as probably corrected; nothing is applied.")));
    html_close(h, "section");
}

static void write_html(struct page *page, const struct importing *i)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const struct say number = {"number", page_number(page, i->row.number), SLICE_EMPTY};
    struct slice title = page_sentence_n(page, tr(c, "Import {number}"), &number, 1);
    frame_begin(page, title);
    html_open(h, "h1");
    html_text(h, title);
    if (i->row.is_undone)
        html_leaf(h, "span", "flag", slice_from(tr(c, "taken back")));
    html_close(h, "h1");
    receipt(page, i);
    if (i->has_difference) {
        coverage(page, i);
        difference(page, i);
    }
    rejects(page, i);
    undo(page, i);
    frame_exports(page);
    frame_end(page);
}

/* ---- twins ---------------------------------------------------------------------------------------------------- */

static enum comity_status write_json(struct page *page, const struct importing *i, struct comity_error *err)
{
    struct buffer *out = &page->response->body;
    enum comity_status status = COMITY_OK;
    page->response->type = "application/json; charset=utf-8";
    buffer_add_byte(out, '{');
    if (page_is_simulated(page))
        json_member(out, "notice", page_simulated_note(page));
    json_member_u64(out, "import", i->row.number);
    json_member_bool(out, "is_undone", i->row.is_undone);
    json_name(out, "receipt");
    buffer_add_slice(out, i->row.receipt_json.len ? i->row.receipt_json : SLICE("{}"));
    if (i->has_difference) {
        json_name(out, "difference");
        status = difference_json(page->domain, &page->reader, &i->difference, JSON_ROWS, out, err);
    }
    buffer_add_string(out, "}\n");
    return status;
}

static void csv_change(struct page *page, struct buffer *out, const struct difference_line *line)
{
    bool is_sure = line->row->kind == DIFFERENCE_CORRECTED;
    struct slice before = is_sure ? line->row->older_packed : line->row->packed;
    struct slice after = is_sure ? line->row->packed : line->pair ? line->pair->packed : SLICE_EMPTY;
    int fields[DOMAIN_MOST_FIELDS];
    struct slice parts[DOMAIN_MOST_FIELDS];
    size_t n = is_sure || line->pair ? difference_fields(page->domain, before, after, fields) : 0;
    for (size_t i = 0; i < n; i++)
        parts[i] = page_format_text(page, "%.*s: %.*s → %.*s", SLICE_ARG(page->domain->fields[fields[i]].id),
            SLICE_ARG(value_of(page, before, fields[i])), SLICE_ARG(value_of(page, after, fields[i])));
    part_csv_cell(out, page_joined(page, parts, n, "; "), false);
    part_csv_cell(out,
        line->is_rounding               ? SLICE("only rounded")
        : line->pair || line->is_paired ? SLICE("probably corrected")
                                        : SLICE(""),
        true);
}

static void write_csv(struct page *page, const struct importing *i)
{
    struct buffer *out = &page->response->body;
    const struct domain *domain = page->domain;
    const int fields[] = {domain->when, domain->country, domain->where, domain->what, domain->how_much};
    page->response->type = "text/csv; charset=utf-8";
    page->response->file_name = "difference.csv";
    buffer_add_string(out, "what,mention,key,date,country,place,concept,amount,change,remark\r\n");
    for (size_t k = 0; i->has_difference && k < i->difference.store.n_rows; k++) {
        const struct difference_line *line = &i->difference.lines[k];
        part_csv_cell(out, slice_from(difference_kind_name(line->row->kind)), false);
        part_csv_cell(out, page_format_text(page, "%llu", (unsigned long long)line->row->mention), false);
        part_csv_cell(out, line->row->key, false);
        for (size_t f = 0; f < sizeof fields / sizeof *fields; f++)
            part_csv_cell(out, value_of(page, line->row->packed, fields[f]), false);
        csv_change(page, out, line);
    }
}

enum comity_status page_import(struct page *page, struct comity_error *err)
{
    struct importing i = {0};
    enum comity_status status = load(page, &i, err);
    if (status == COMITY_OK && page->format == PAGE_JSON)
        status = write_json(page, &i, err);
    else if (status == COMITY_OK && page->format == PAGE_CSV)
        write_csv(page, &i);
    else if (status == COMITY_OK)
        write_html(page, &i);
    json_decref(i.receipt);
    return status;
}
