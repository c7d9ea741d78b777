/* Pairs are sought within one day and place only, so that their number stays small; the first that fits is taken, in
 * the order of the file, since nothing is applied. */
#include "flow/difference.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "flow/receipt.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_ROWS = 200000, MOST_TRIES = 200, MOST_VALUE = 1 << 16 };

const char *difference_kind_name(enum difference_kind kind)
{
    static const char *const names[N_DIFFERENCES] = {"added", "corrected", "retracted", "not said again", "said again"};
    return (size_t)kind < N_DIFFERENCES ? names[kind] : "";
}

const char *difference_verdict_name(enum difference_verdict verdict)
{
    static const char *const names[] = {"first edition", "the same", "only rounding", "changed"};
    return names[verdict];
}

/* ---- comparing two rows --------------------------------------------------------------------------------------- */

static bool is_same_value(const struct value_spec *spec, const struct value *a, const struct value *b,
    struct buffer *left, struct buffer *right)
{
    buffer_clear(left);
    buffer_clear(right);
    if (a->state != VALUE_ABSENT)
        value_pack(spec, a, left);
    if (b->state != VALUE_ABSENT)
        value_pack(spec, b, right);
    return slice_equal(buffer_slice(left), buffer_slice(right));
}

static size_t compare_values(
    const struct domain *domain, const struct value *a, const struct value *b, int fields[DOMAIN_MOST_FIELDS])
{
    struct buffer left, right;
    size_t n = 0;
    buffer_init(&left, MOST_VALUE);
    buffer_init(&right, MOST_VALUE);
    for (size_t i = 0; i < domain->n_fields; i++)
        if ((int)i != domain->key && !is_same_value(&domain->fields[i].spec, &a[i], &b[i], &left, &right))
            fields[n++] = (int)i;
    buffer_release(&left);
    buffer_release(&right);
    return n;
}

size_t difference_fields(const struct domain *domain, struct slice a, struct slice b, int fields[DOMAIN_MOST_FIELDS])
{
    struct value before[DOMAIN_MOST_FIELDS], after[DOMAIN_MOST_FIELDS];
    if (mention_unpack(domain, a, before, NULL) || mention_unpack(domain, b, after, NULL))
        return 0;
    return compare_values(domain, before, after, fields);
}

/* Whether `b` is `a` rounded to fewer digits: within half of the last digit that b has, of which it has two or more. */
static bool is_rounded_to(double a, double b)
{
    double size = fabs(b), step = 1;
    if (!(size > 0) || !isfinite(a) || !isfinite(size))
        return false;
    for (int i = 0; i < 12 && fmod(size, step * 10) < step * 1e-6; i++)
        step *= 10;
    for (int i = 0; i < 9 && fabs(size / step - round(size / step)) > 1e-6; i++)
        step /= 10;
    return size >= step * 10 && fabs(a - b) <= step * 0.5000001;
}

static bool is_rounding(const struct domain *domain, const struct value *a, const struct value *b, int field)
{
    if (field != domain->how_much || !value_is_typed(&a[field]) || !value_is_typed(&b[field]))
        return false;
    if (a[field].type != VALUE_QUANTITY || !domain->fields[field].spec.units)
        return false;
    const struct unit_table *units = domain->fields[field].spec.units;
    double x = a[field].quantity.amount, y = b[field].quantity.amount;
    uint32_t before = a[field].quantity.unit, after = b[field].quantity.unit;
    if (units->units[before].dimension_id != units->units[after].dimension_id)
        return false;
    /* In another unit it is the same amount, or one is the other, rounded in its own unit. */
    if (before != after && units->units[after].to_base > 0)
        x = unit_to_base(units, &a[field]) / units->units[after].to_base;
    return fabs(x - y) <= 1e-9 * fabs(y) || is_rounded_to(x, y) || is_rounded_to(y, x);
}

/* Sets *is_one when the rows differ in exactly one field, and whether that is a rounding. */
static enum comity_status compare_rows(
    const struct domain *domain, struct slice a, struct slice b, bool *is_one, bool *rounded, struct comity_error *err)
{
    struct value before[DOMAIN_MOST_FIELDS], after[DOMAIN_MOST_FIELDS];
    int fields[DOMAIN_MOST_FIELDS];
    enum comity_status status = mention_unpack(domain, a, before, err);
    if (!status)
        status = mention_unpack(domain, b, after, err);
    if (status)
        return status;
    *is_one = compare_values(domain, before, after, fields) == 1;
    *rounded = *is_one && is_rounding(domain, before, after, fields[0]);
    return COMITY_OK;
}

/* ---- pairs ---------------------------------------------------------------------------------------------------- */

struct placed {
    uint64_t cell; /* hash of day and place */
    size_t line;
};

static int by_cell(const void *left, const void *right)
{
    const struct placed *a = left, *b = right;
    if (a->cell != b->cell)
        return a->cell < b->cell ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

static enum comity_status cell_of(
    const struct domain *domain, struct slice packed, uint64_t *cell, struct comity_error *err)
{
    const int parts[] = {domain->when, domain->country, domain->where};
    struct value values[DOMAIN_MOST_FIELDS];
    struct buffer text;
    enum comity_status status = mention_unpack(domain, packed, values, err);
    buffer_init(&text, MOST_VALUE);
    *cell = 0;
    for (size_t i = 0; !status && i < sizeof parts / sizeof *parts; i++) {
        if (parts[i] < 0 || values[parts[i]].state == VALUE_ABSENT)
            continue;
        buffer_clear(&text);
        value_pack(&domain->fields[parts[i]].spec, &values[parts[i]], &text);
        *cell = hash_slice(buffer_slice(&text)) ^ hash_u64(*cell + i);
    }
    buffer_release(&text);
    return status;
}

static bool is_removed(const struct difference_line *line)
{
    return line->row->kind == DIFFERENCE_RETRACTED || line->row->kind == DIFFERENCE_MISSING;
}

/* Lines of the same cell stand in placed[first … end). */
static enum comity_status pair_one(struct difference *d, const struct domain *domain, struct difference_line *removed,
    const struct placed *placed, size_t first, size_t end, struct comity_error *err)
{
    for (size_t i = first, tries = 0; i < end && tries < MOST_TRIES; i++) {
        struct difference_line *added = &d->lines[placed[i].line];
        bool is_one = false, rounded = false;
        if (added->row->kind != DIFFERENCE_ADDED || added->is_paired)
            continue;
        tries++;
        enum comity_status status =
            compare_rows(domain, removed->row->packed, added->row->packed, &is_one, &rounded, err);
        if (status)
            return status;
        if (!is_one)
            continue;
        removed->pair = added->row;
        removed->is_rounding = added->is_rounding = rounded;
        added->is_paired = true;
        d->n_probable++;
        d->n_rounded += rounded;
        return COMITY_OK;
    }
    return COMITY_OK;
}

static enum comity_status pair_cells(
    struct difference *d, const struct domain *domain, const struct placed *placed, size_t n, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    for (size_t first = 0, end; !status && first < n; first = end) {
        for (end = first; end < n && placed[end].cell == placed[first].cell; end++)
            continue;
        for (size_t i = first; !status && i < end; i++) {
            struct difference_line *line = &d->lines[placed[i].line];
            if (is_removed(line))
                status = pair_one(d, domain, line, placed, first, end, err);
        }
    }
    return status;
}

static enum comity_status find_pairs(struct difference *d, const struct domain *domain, struct comity_error *err)
{
    size_t n = 0;
    enum comity_status status = COMITY_OK;
    struct placed *placed = calloc(d->store.n_rows + 1, sizeof *placed);
    if (!placed)
        return error_nomem(err);
    for (size_t i = 0; !status && i < d->store.n_rows; i++) {
        if (d->lines[i].row->kind != DIFFERENCE_ADDED && !is_removed(&d->lines[i]))
            continue;
        placed[n].line = i;
        status = cell_of(domain, d->lines[i].row->packed, &placed[n++].cell, err);
    }
    qsort(placed, n, sizeof *placed, by_cell);
    if (!status)
        status = pair_cells(d, domain, placed, n, err);
    free(placed);
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------------------------ */

static enum comity_status look_at_corrections(
    struct difference *d, const struct domain *domain, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; !status && i < d->store.n_rows; i++) {
        struct difference_line *line = &d->lines[i];
        bool is_one;
        if (line->row->kind != DIFFERENCE_CORRECTED)
            continue;
        status = compare_rows(domain, line->row->older_packed, line->row->packed, &is_one, &line->is_rounding, err);
        d->n_rounded += line->is_rounding;
    }
    return status;
}

static enum difference_verdict judge(const struct difference *d)
{
    const uint64_t *n = d->store.n;
    uint64_t n_changes = n[DIFFERENCE_ADDED] + n[DIFFERENCE_CORRECTED] + n[DIFFERENCE_RETRACTED] +
                         n[DIFFERENCE_MISSING] + n[DIFFERENCE_REVIVED];
    if (d->store.coverage.is_first)
        return DIFFERENCE_FIRST;
    if (!n_changes)
        return DIFFERENCE_NONE;
    /* A probable correction is two rows, one removed and one added. */
    uint64_t n_probably_rounded = 0, n_surely_rounded = 0;
    for (size_t i = 0; i < d->store.n_rows; i++) {
        n_probably_rounded += d->lines[i].pair && d->lines[i].is_rounding;
        n_surely_rounded += d->lines[i].row->kind == DIFFERENCE_CORRECTED && d->lines[i].is_rounding;
    }
    return n_changes == n_surely_rounded + 2 * n_probably_rounded ? DIFFERENCE_ONLY_ROUNDED : DIFFERENCE_REAL;
}

enum comity_status desk_difference(struct store *store, const struct domain *domain, const struct reader *reader,
    uint64_t import, struct arena *arena, struct difference *out, struct comity_error *err)
{
    *out = (struct difference){0};
    enum comity_status status = store_difference(store, reader, domain, import, MOST_ROWS, arena, &out->store, err);
    if (status)
        return status;
    out->is_cut = out->store.n_rows == MOST_ROWS;
    out->lines = ARENA_ARRAY(arena, struct difference_line, out->store.n_rows + 1);
    if (!out->lines)
        return error_nomem(err);
    for (size_t i = 0; i < out->store.n_rows; i++)
        out->lines[i] = (struct difference_line){.row = &out->store.rows[i]};
    status = look_at_corrections(out, domain, err);
    if (!status)
        status = find_pairs(out, domain, err);
    out->verdict = judge(out);
    return status;
}

/* ---- JSON ----------------------------------------------------------------------------------------------------- */

struct writing {
    const struct domain *domain;
    const struct reader *reader;
    struct buffer text;
    struct buffer *out;
};

static void add_text(struct writing *w, int field, const struct value *value)
{
    buffer_clear(&w->text);
    value_format(&w->domain->fields[field].spec, value, w->reader->language ? w->reader->language : "en", &w->text);
    json_text(w->out, buffer_slice(&w->text));
}

static enum comity_status add_values(struct writing *w, const char *name, struct slice packed, struct comity_error *err)
{
    struct value values[DOMAIN_MOST_FIELDS];
    bool is_first = true;
    enum comity_status status = mention_unpack(w->domain, packed, values, err);
    json_name(w->out, name);
    buffer_add_byte(w->out, '{');
    for (size_t i = 0; !status && i < w->domain->n_fields; i++) {
        if (values[i].state == VALUE_ABSENT)
            continue;
        buffer_add_string(w->out, is_first ? "" : ",");
        json_text(w->out, w->domain->fields[i].id);
        buffer_add_byte(w->out, ':');
        add_text(w, (int)i, &values[i]);
        is_first = false;
    }
    buffer_add_byte(w->out, '}');
    return status;
}

static enum comity_status add_changes(
    struct writing *w, const char *name, struct slice before, struct slice after, struct comity_error *err)
{
    struct value a[DOMAIN_MOST_FIELDS], b[DOMAIN_MOST_FIELDS];
    int fields[DOMAIN_MOST_FIELDS];
    enum comity_status status = mention_unpack(w->domain, before, a, err);
    if (!status)
        status = mention_unpack(w->domain, after, b, err);
    if (status)
        return status;
    size_t n = compare_values(w->domain, a, b, fields);
    json_name(w->out, name);
    buffer_add_byte(w->out, '[');
    for (size_t i = 0; i < n; i++) {
        buffer_add_string(w->out, i ? ",{" : "{");
        json_member(w->out, "field", w->domain->fields[fields[i]].id);
        json_name(w->out, "before");
        add_text(w, fields[i], &a[fields[i]]);
        json_name(w->out, "after");
        add_text(w, fields[i], &b[fields[i]]);
        buffer_add_byte(w->out, '}');
    }
    buffer_add_byte(w->out, ']');
    return COMITY_OK;
}

static enum comity_status add_line(struct writing *w, const struct difference_line *line, struct comity_error *err)
{
    const struct difference_row *row = line->row;
    buffer_add_byte(w->out, '{');
    json_member(w->out, "what", slice_from(difference_kind_name(row->kind)));
    json_member_u64(w->out, "mention", row->mention);
    if (row->key.len)
        json_member(w->out, "key", row->key);
    enum comity_status status = add_values(w, "values", row->packed, err);
    if (!status && row->kind == DIFFERENCE_CORRECTED) {
        json_member_u64(w->out, "older", row->older);
        status = add_changes(w, "changes", row->older_packed, row->packed, err);
    }
    if (!status && line->pair) {
        json_member_u64(w->out, "probably_now", line->pair->mention);
        status = add_changes(w, "probable_changes", row->packed, line->pair->packed, err);
    }
    if (line->is_paired)
        json_member_bool(w->out, "is_probable_correction", true);
    if (line->is_rounding)
        json_member_bool(w->out, "is_rounding", true);
    buffer_add_byte(w->out, '}');
    return status;
}

static void add_totals(struct writing *w, const struct store_difference *d)
{
    json_name(w->out, "totals");
    buffer_add_byte(w->out, '[');
    for (size_t i = 0; i < d->n_totals; i++) {
        const struct difference_total *total = &d->totals[i];
        buffer_add_string(w->out, i ? ",{" : "{");
        json_member(w->out, "concept", total->concept);
        json_member(w->out, "unit", total->unit);
        json_member_u64(w->out, "count_before", total->n_before);
        json_member_u64(w->out, "count_after", total->n_after);
        json_member_number(w->out, "before", total->before);
        json_member_number(w->out, "after", total->after);
        buffer_add_byte(w->out, '}');
    }
    buffer_add_byte(w->out, ']');
}

static void add_counts(struct writing *w, const struct difference *d)
{
    static const char *const names[N_DIFFERENCES] = {
        "added", "corrected", "retracted", "not_said_again", "said_again_after_retraction"};
    json_member_u64(w->out, "unchanged", d->store.n_unchanged);
    for (size_t i = 0; i < N_DIFFERENCES; i++)
        json_member_u64(w->out, names[i], d->store.n[i]);
    json_member_u64(w->out, "probably_corrected", d->n_probable);
    json_member_u64(w->out, "only_rounded", d->n_rounded);
}

enum comity_status difference_json(const struct domain *domain, const struct reader *reader, const struct difference *d,
    size_t most_lines, struct buffer *out, struct comity_error *err)
{
    struct writing w = {.domain = domain, .reader = reader, .out = out};
    enum comity_status status = COMITY_OK;
    buffer_init(&w.text, MOST_VALUE);
    buffer_add_byte(out, '{');
    json_member_u64(out, "import", d->store.import.number);
    json_member(out, "source", d->store.import.source_code);
    json_member(out, "verdict", slice_from(difference_verdict_name(d->verdict)));
    add_counts(&w, d);
    json_name(out, "coverage");
    coverage_report_json(&d->store.coverage, out);
    add_totals(&w, &d->store);
    json_member_bool(out, "is_cut", d->is_cut || d->store.n_rows > most_lines);
    json_name(out, "rows");
    buffer_add_byte(out, '[');
    for (size_t i = 0; !status && i < d->store.n_rows && i < most_lines; i++) {
        buffer_add_string(out, i ? "," : "");
        status = add_line(&w, &d->lines[i], err);
    }
    buffer_add_string(out, "]}");
    status = status ? status : buffer_status(&w.text) ? error_nomem(err) : COMITY_OK;
    buffer_release(&w.text);
    return status;
}
