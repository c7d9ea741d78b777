/* query_format.c - the canonical text of a query, and its small edits: without a term, with one more, toggled. */
#include "view/query_read.h"

#include "base/calendar.h"
#include "base/error.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- one alternative ----------------------------------------------------------------------------------------- */

static bool is_plain(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                c == '.'))
            return false;
    }
    return text.len > 0 && slice_find(text, SLICE("..")) < 0;
}

static void add_quoted(struct buffer *out, struct slice text)
{
    buffer_add_byte(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\')
            buffer_add_byte(out, '\\');
        buffer_add_byte(out, text.ptr[i]);
    }
    buffer_add_byte(out, '"');
}

void query_add_code(struct buffer *out, struct slice code, bool is_text)
{
    if (!is_text && is_plain(code))
        buffer_add_slice(out, code);
    else
        add_quoted(out, code);
}

static void add_code(struct buffer *out, struct slice code)
{
    query_add_code(out, code, false);
}

/* The shortest decimal that reads back as `number`, times `factor` where that gives `whole`. False: there is none. */
static bool shortest(double number, double factor, double whole, char text[40])
{
    for (int digits = 1; digits <= 17; digits++) {
        struct slice rest = SLICE_EMPTY;
        double back = 0;
        snprintf(text, 40, "%.*g", digits, number);
        for (char *c = text, *to = text;; c++) { /* 1e+06 is 1e06 here, and some locales write a comma */
            if (*c != '+')
                *to++ = *c == ',' ? '.' : *c;
            if (!*c)
                break;
        }
        if (query_number(slice_from(text), &back, &rest) && rest.len == 0 && back * factor == whole)
            return true;
    }
    return false;
}

static void add_number(struct buffer *out, double number)
{
    char text[40];
    if (fabs(number) < 1e15 && number == floor(number))
        snprintf(text, sizeof text, "%.0f", number);
    else
        shortest(number, 1, number, text);
    buffer_add_string(out, text);
}

static void add_amount(struct buffer *out, const struct unit_table *units, uint32_t dimension, double amount)
{
    char text[40];
    struct slice shown = units->dimensions[dimension].shown_unit, base = units->dimensions[dimension].base_unit;
    uint32_t unit = unit_find(units, shown);
    double factor = unit == UINT32_MAX ? 0 : units->units[unit].to_base;
    if (factor > 0 && shortest(amount / factor, factor, amount, text)) {
        buffer_add_string(out, text);
        buffer_add_slice(out, shown);
        return;
    }
    shortest(amount, 1, amount, text);
    buffer_add_string(out, text);
    buffer_add_slice(out, base);
}

static void format_quantity(struct buffer *out, const struct field *field, const struct query_match *match)
{
    const struct unit_table *units = field->spec.units;
    if (isinf(match->least) && isinf(match->most)) {
        if (match->dimension == UINT32_MAX)
            buffer_add_string(out, "..");
        else
            add_code(out, units->dimensions[match->dimension].id);
        return;
    }
    if (!isinf(match->least))
        add_amount(out, units, match->dimension, match->least);
    if (match->least == match->most)
        return;
    buffer_add_string(out, "..");
    if (!isinf(match->most))
        add_amount(out, units, match->dimension, match->most);
}

static void format_count(struct buffer *out, const struct query_match *match)
{
    if (!isinf(match->least))
        add_number(out, match->least);
    if (match->least == match->most)
        return;
    buffer_add_string(out, "..");
    if (!isinf(match->most))
        add_number(out, match->most);
}

enum step { STEP_YEAR = 4, STEP_MONTH = 7, STEP_DAY = 10 }; /* characters of YYYY-MM-DD */

static enum step step_of(const struct query_match *match)
{
    enum step step = STEP_YEAR;
    if (!isinf(match->least)) {
        struct civil low = civil_from_day((int32_t)match->least);
        step = low.day != 1 ? STEP_DAY : low.month != 1 ? STEP_MONTH : STEP_YEAR;
    }
    if (!isinf(match->most)) {
        struct civil high = civil_from_day((int32_t)match->most);
        enum step other = high.day != days_in_month(high.year, high.month) ? STEP_DAY
                          : high.month != 12                               ? STEP_MONTH
                                                                           : STEP_YEAR;
        step = other > step ? other : step;
    }
    return step;
}

static void format_date(struct buffer *out, const struct query_match *match)
{
    char low[DAY_TEXT] = "", high[DAY_TEXT] = "";
    enum step step = step_of(match);
    if (!isinf(match->least))
        day_format((int32_t)match->least, low);
    if (!isinf(match->most))
        day_format((int32_t)match->most, high);
    low[low[0] ? step : 0] = high[high[0] ? step : 0] = '\0';
    buffer_add_string(out, match->is_within ? "within:" : "");
    buffer_add_string(out, low);
    if (low[0] && strcmp(low, high) == 0)
        return;
    buffer_add_string(out, "..");
    buffer_add_string(out, high);
}

static void add_country(struct buffer *out, const struct field *field, const struct query_match *match)
{
    if (match->code & QUERY_REGION)
        buffer_format(out, "%03u", match->code & ~(unsigned)QUERY_REGION);
    else
        add_code(out, slice_from(country_get(field->spec.countries, (uint16_t)match->code)->alpha2));
}

static void format_place(
    struct buffer *out, const struct field *field, enum query_part part, const struct query_match *match)
{
    if (part == PART_SETTLEMENT)
        buffer_format(out, "%" PRIu64, match->id);
    else if (match->code == UINT32_MAX)
        add_quoted(out, match->text);
    else if (part == PART_SUBDIVISION)
        add_code(out, slice_from(subdivision_get(field->spec.gazetteer, (uint16_t)match->code)->code));
    else
        add_country(out, field, match);
}

static void format_listed(struct buffer *out, const struct field *field, const struct query_match *match)
{
    if (match->code == UINT32_MAX)
        add_quoted(out, match->text);
    else if (field->spec.type == VALUE_CONCEPT)
        add_code(out, field->spec.concepts->nodes[match->code].code);
    else if (field->spec.type == VALUE_CATEGORY)
        add_code(out, intern_text(&field->spec.categories->codes, match->code));
    else
        add_country(out, field, match);
}

static void format_field(
    struct buffer *out, const struct field *field, enum query_part part, const struct query_match *match)
{
    if (part == PART_PRECISION)
        buffer_add_string(out, value_precision_name(field->spec.type, match->code));
    else if (field->spec.type == VALUE_QUANTITY)
        format_quantity(out, field, match);
    else if (field->spec.type == VALUE_COUNT)
        format_count(out, match);
    else if (field->spec.type == VALUE_DATE)
        format_date(out, match);
    else if (field->spec.type == VALUE_PLACE)
        format_place(out, field, part, match);
    else
        format_listed(out, field, match);
}

static void format_match(
    struct buffer *out, const struct domain *domain, const struct query_term *term, const struct query_match *match)
{
    if (match->is_negated)
        buffer_add_byte(out, '!');
    if (match->is_unknown)
        buffer_add_byte(out, '?');
    else if (term->key == QUERY_ID)
        buffer_format(out, "%" PRIu64, match->id);
    else if (term->key == QUERY_DOUBTFUL)
        buffer_add_string(out, doubt_word((enum doubt)match->code));
    else if (term->key == QUERY_SOURCE)
        add_code(out, match->text);
    else if (term->key == QUERY_TEXT)
        add_quoted(out, match->text);
    else
        format_field(out, &domain->fields[term->field], term->part, match);
}

/* ---- canonical order ----------------------------------------------------------------------------------------- */

static int compare_matches(const void *a, const void *b)
{
    return slice_compare(((const struct query_match *)a)->canonical, ((const struct query_match *)b)->canonical);
}

static int compare_terms(const void *a, const void *b)
{
    const struct query_term *p = a, *q = b;
    if (p->key != q->key)
        return p->key < q->key ? -1 : 1;
    if (p->field != q->field)
        return p->field < q->field ? -1 : 1;
    if (p->part != q->part)
        return p->part < q->part ? -1 : 1;
    for (size_t i = 0; i < p->n_matches && i < q->n_matches; i++) {
        int order = compare_matches(&p->matches[i], &q->matches[i]);
        if (order)
            return order;
    }
    return p->n_matches < q->n_matches ? -1 : p->n_matches > q->n_matches;
}

/* The part of a quantity's term follows from its alternatives: one dimension, and not only the bare word for it. */
static void tidy_part(struct query_term *term, const struct domain *domain)
{
    if (term->key != QUERY_FIELD || domain->fields[term->field].spec.type != VALUE_QUANTITY ||
        term->part == PART_PRECISION)
        return;
    bool is_one = term->n_matches > 0, is_bare = true;
    for (size_t i = 0; i < term->n_matches; i++) {
        const struct query_match *match = &term->matches[i];
        is_one = is_one && match->dimension == term->matches[0].dimension && match->dimension != UINT32_MAX;
        is_bare = is_bare && !match->is_unknown && isinf(match->least) && isinf(match->most);
    }
    term->part = is_one && !is_bare ? PART_DIMENSION : PART_WHOLE;
}

static enum comity_status tidy_term(struct query_term *term, const struct domain *domain, struct arena *arena,
    struct buffer *text, struct comity_error *err)
{
    for (size_t i = 0; i < term->n_matches; i++) {
        buffer_clear(text);
        format_match(text, domain, term, &term->matches[i]);
        term->matches[i].canonical = arena_copy(arena, buffer_slice(text));
        if (!term->matches[i].canonical.ptr || buffer_status(text) != COMITY_OK)
            return error_nomem(err);
    }
    if (term->n_matches)
        qsort(term->matches, term->n_matches, sizeof *term->matches, compare_matches);
    size_t n = 0;
    for (size_t i = 0; i < term->n_matches; i++)
        if (i == 0 || compare_matches(&term->matches[n - 1], &term->matches[i]) != 0)
            term->matches[n++] = term->matches[i];
    term->n_matches = n;
    tidy_part(term, domain);
    return COMITY_OK;
}

enum comity_status query_tidy(struct query *query, const struct domain *domain, struct comity_error *err)
{
    struct buffer text;
    buffer_init(&text, (size_t)QUERY_MOST_BYTES * 4);
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < query->n_terms && status == COMITY_OK; i++)
        status = tidy_term(&query->terms[i], domain, &query->arena, &text, err);
    buffer_release(&text);
    if (status != COMITY_OK)
        return status;
    if (query->n_terms)
        qsort(query->terms, query->n_terms, sizeof *query->terms, compare_terms);
    size_t n = 0;
    for (size_t i = 0; i < query->n_terms; i++)
        if (i == 0 || compare_terms(&query->terms[n - 1], &query->terms[i]) != 0)
            query->terms[n++] = query->terms[i];
    query->n_terms = n;
    return COMITY_OK;
}

/* ---- the whole text ------------------------------------------------------------------------------------------ */

/* Percent-encodes all but what is safe in an address and between the quotes of an HTML attribute. */
static void add_encoded(struct buffer *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (is_letter || (c && strchr("-._~,!?:/", c)))
            buffer_add_byte(out, c);
        else
            buffer_format(out, "%%%02X", (unsigned)(unsigned char)c);
    }
}

void query_term_key(const struct query_term *term, const struct domain *domain, struct buffer *out)
{
    static const char *const keys[] = {"", "source", "id", "bbox", "text", "doubtful"};
    static const char *const parts[] = {"", ".subdivision", ".country", ".settlement", ".precision"};
    if (term->key != QUERY_FIELD) {
        buffer_add_string(out, keys[term->key]);
        return;
    }
    const struct field *field = &domain->fields[term->field];
    buffer_add_slice(out, field->id);
    if (term->part != PART_DIMENSION) {
        buffer_add_string(out, parts[term->part]);
        return;
    }
    buffer_add_byte(out, '.');
    buffer_add_slice(out, field->spec.units->dimensions[term->matches[0].dimension].id);
}

static void add_separator(struct buffer *out, size_t start)
{
    if (out->len > start)
        buffer_add_byte(out, '&');
}

static void format_term(
    const struct query *query, const struct query_term *term, const struct domain *domain, struct buffer *out)
{
    query_term_key(term, domain, out);
    buffer_add_byte(out, '=');
    for (size_t i = 0; i < term->n_matches; i++) {
        if (i)
            buffer_add_byte(out, ',');
        add_encoded(out, term->matches[i].canonical);
    }
    if (term->key != QUERY_BBOX)
        return;
    const double edges[] = {query->west, query->south, query->east, query->north};
    for (int i = 0; i < 4; i++) {
        buffer_add_string(out, i ? "," : "");
        add_number(out, edges[i]);
    }
}

static void add_shown(struct buffer *out, size_t start, enum shown_key key, struct slice value)
{
    add_separator(out, start);
    buffer_add_string(out, shown_word(key));
    buffer_add_byte(out, '=');
    add_encoded(out, value);
}

static void add_shown_number(struct buffer *out, size_t start, enum shown_key key, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, number);
    add_shown(out, start, key, slice_from(text));
}

static void format_shown(const struct query *query, const struct domain *domain, size_t start, struct buffer *out)
{
    if (query->sort != SORT_NEWEST)
        add_shown(out, start, SHOWN_SORT, slice_from(sort_word(query->sort)));
    if (query->limit != QUERY_DEFAULT_LIMIT)
        add_shown_number(out, start, SHOWN_LIMIT, query->limit);
    if (query->after)
        add_shown_number(out, start, SHOWN_AFTER, query->after);
    if (query->language >= 0)
        add_shown(out, start, SHOWN_LANG, slice_from(language_code(query->language)));
    if (query->zoom != QUERY_DEFAULT_ZOOM)
        add_shown_number(out, start, SHOWN_Z, (uint64_t)query->zoom);
    if (query->unit != UINT32_MAX)
        add_shown(out, start, SHOWN_UNIT, domain->units->units[query->unit].code);
    if (query->shows_parts)
        add_shown(out, start, SHOWN_PARTS, SLICE("shown"));
    if (query->tab.len)
        add_shown(out, start, SHOWN_TAB, query->tab);
}

static void format_all(const struct query *query, const struct domain *domain, struct buffer *out)
{
    size_t start = out->len;
    for (size_t i = 0; i < query->n_terms; i++) {
        add_separator(out, start);
        format_term(query, &query->terms[i], domain, out);
    }
    format_shown(query, domain, start, out);
}

/* ---- edits --------------------------------------------------------------------------------------------------- */

/* A copy that may be changed: terms and alternatives are its own, texts are shared. */
static bool copy_query(const struct query *query, size_t more, struct query *out)
{
    *out = *query;
    arena_init(&out->arena, 0);
    out->terms = ARENA_ARRAY(&out->arena, struct query_term, query->n_terms + more);
    for (size_t i = 0; out->terms && i < query->n_terms; i++) {
        struct query_term *term = &out->terms[i];
        *term = query->terms[i];
        term->matches = ARENA_ARRAY(&out->arena, struct query_match, term->n_matches);
        if (!term->matches)
            return false;
        if (term->n_matches)
            memcpy(term->matches, query->terms[i].matches, term->n_matches * sizeof *term->matches);
    }
    return out->terms != NULL;
}

static void drop_term(struct query *query, size_t at)
{
    memmove(query->terms + at, query->terms + at + 1, (query->n_terms - at - 1) * sizeof *query->terms);
    query->n_terms--;
    query->after = 0;
}

/* The term of `query` that an extra term widens, or n_terms. */
static size_t find_like(const struct query *query, const struct query_term *extra, const struct domain *domain)
{
    for (size_t i = 0; i < query->n_terms; i++) {
        const struct query_term *term = &query->terms[i];
        bool is_quantity = extra->key == QUERY_FIELD && domain->fields[extra->field].spec.type == VALUE_QUANTITY;
        if (term->key == extra->key && term->field == extra->field &&
            (term->part == extra->part ||
                (is_quantity && term->part != PART_PRECISION && extra->part != PART_PRECISION)))
            return i;
    }
    return query->n_terms;
}

static size_t find_match(const struct query_term *term, const struct query_match *wanted)
{
    size_t i = 0;
    while (i < term->n_matches && compare_matches(&term->matches[i], wanted) != 0)
        i++;
    return i;
}

static void drop_match(struct query *query, size_t at, size_t match)
{
    struct query_term *term = &query->terms[at];
    if (term->n_matches == 1) {
        drop_term(query, at);
        return;
    }
    memmove(term->matches + match, term->matches + match + 1, (term->n_matches - match - 1) * sizeof *term->matches);
    term->n_matches--;
}

/* Puts the alternatives of `extra` into term `at`; with `is_toggle` those that are there go out. */
static bool widen_term(struct query *query, size_t at, const struct query_term *extra, bool is_toggle)
{
    struct query_term *term = &query->terms[at];
    struct query_match *matches = ARENA_ARRAY(&query->arena, struct query_match, term->n_matches + extra->n_matches);
    if (!matches)
        return false;
    memcpy(matches, term->matches, term->n_matches * sizeof *matches);
    term->matches = matches;
    for (size_t i = 0; i < extra->n_matches; i++) {
        size_t found = find_match(term, &extra->matches[i]);
        if (found == term->n_matches)
            term->matches[term->n_matches++] = extra->matches[i];
        else if (is_toggle) {
            bool was_last = term->n_matches == 1;
            drop_match(query, at, found);
            if (was_last)
                return true;
        }
    }
    return true;
}

static bool put_terms(struct query *query, const struct query *extra, const struct domain *domain, bool is_toggle)
{
    for (size_t i = 0; i < extra->n_terms; i++) {
        const struct query_term *term = &extra->terms[i];
        size_t at = find_like(query, term, domain);
        query->after = 0;
        if (term->key == QUERY_BBOX) {
            query->west = extra->west;
            query->south = extra->south;
            query->east = extra->east;
            query->north = extra->north;
        }
        if (at == query->n_terms)
            query->terms[query->n_terms++] = *term;
        else if (term->n_matches && !widen_term(query, at, term, is_toggle))
            return false;
    }
    return true;
}

static void put_shown(struct query *query, const struct query *extra)
{
    if (extra->given & 1u << SHOWN_SORT) {
        query->sort = extra->sort;
        query->after = 0;
    }
    if (extra->given & 1u << SHOWN_LIMIT)
        query->limit = extra->limit;
    if (extra->given & 1u << SHOWN_AFTER)
        query->after = extra->after;
    if (extra->given & 1u << SHOWN_LANG)
        query->language = extra->language;
    if (extra->given & 1u << SHOWN_Z)
        query->zoom = extra->zoom;
    if (extra->given & 1u << SHOWN_UNIT)
        query->unit = extra->unit;
    if (extra->given & 1u << SHOWN_PARTS) {
        query->shows_parts = extra->shows_parts;
        query->after = 0;
    }
    if (extra->given & 1u << SHOWN_TAB)
        query->tab = extra->tab;
}

static void format_edited(const struct query *query, const struct domain *domain, int without, struct slice extra_text,
    bool is_toggle, struct buffer *out)
{
    struct query extra, edited;
    if (query_parse(extra_text, domain, NULL, 0, &extra, NULL) != COMITY_OK)
        extra = (struct query){0};
    if (!copy_query(query, extra.n_terms, &edited)) {
        out->failed = true;
    } else {
        if (without >= 0 && (size_t)without < edited.n_terms)
            drop_term(&edited, (size_t)without);
        put_shown(&edited, &extra);
        if (!put_terms(&edited, &extra, domain, is_toggle) || query_tidy(&edited, domain, NULL) != COMITY_OK)
            out->failed = true;
        format_all(&edited, domain, out);
    }
    arena_release(&edited.arena);
    query_release(&extra);
}

void query_format(
    const struct query *query, const struct domain *domain, int without, const char *extra, struct buffer *out)
{
    if (without < 0 && !extra)
        format_all(query, domain, out);
    else
        format_edited(query, domain, without, slice_from(extra), false, out);
}

void query_toggle(
    const struct query *query, const struct domain *domain, struct slice key, struct slice value, struct buffer *out)
{
    struct buffer extra;
    buffer_init(&extra, QUERY_MOST_BYTES);
    buffer_add_slice(&extra, key);
    buffer_add_byte(&extra, '=');
    add_encoded(&extra, value);
    if (buffer_status(&extra) != COMITY_OK)
        out->failed = true;
    else
        format_edited(query, domain, -1, buffer_slice(&extra), true, out);
    buffer_release(&extra);
}
