/* text.c - numbers, amounts and sentences as people of a language read them. */
#include "page/page.h"

#include "base/calendar.h"

#include <math.h>
#include <stdio.h>

static const struct marks_of_numbers {
    const char *group, *decimal;
} MARKS[N_LANGUAGES] = {
    [LANGUAGE_EN] = {",", "."},
    [LANGUAGE_ES] = {".", ","},
    [LANGUAGE_FR] = {"\u202F", ","},
    [LANGUAGE_PT] = {".", ","},
    [LANGUAGE_RU] = {"\u00A0", ","},
    [LANGUAGE_AR] = {",", "."},
    [LANGUAGE_ZH] = {",", "."},
};

static struct slice keep(struct page *page, struct buffer *text)
{
    struct slice kept = buffer_status(text) == COMITY_OK ? arena_copy(page->arena, buffer_slice(text)) : SLICE_EMPTY;
    buffer_release(text);
    return kept;
}

struct slice page_format_text(struct page *page, const char *format, ...)
{
    struct buffer text;
    buffer_init(&text, 65536);
    va_list args;
    va_start(args, format);
    buffer_vformat(&text, format, args);
    va_end(args);
    return keep(page, &text);
}

/* Puts the language's marks into "1234567.89". */
static struct slice grouped(struct page *page, const char *plain)
{
    const struct marks_of_numbers *marks = &MARKS[page->catalogue.language];
    struct buffer text;
    buffer_init(&text, 256);
    if (*plain == '-') {
        buffer_add_string(&text, "\u2212");
        plain++;
    }
    size_t whole = strcspn(plain, ".");
    for (size_t i = 0; i < whole; i++) {
        if (i && (whole - i) % 3 == 0)
            buffer_add_string(&text, marks->group);
        buffer_add_byte(&text, plain[i]);
    }
    if (plain[whole]) {
        buffer_add_string(&text, marks->decimal);
        buffer_add_string(&text, plain + whole + 1);
    }
    return keep(page, &text);
}

struct slice page_number(struct page *page, uint64_t n)
{
    char plain[32];
    snprintf(plain, sizeof plain, "%llu", (unsigned long long)n);
    return grouped(page, plain);
}

struct slice page_decimal(struct page *page, double number)
{
    char plain[64];
    double size = fabs(number);
    int decimals = size >= 10000 ? 0 : size >= 1000 ? 1 : 3;
    if (size >= 1e15)
        return page_format_text(page, "%.3g", number);
    snprintf(plain, sizeof plain, "%.*f", decimals, number);
    if (decimals) {
        size_t n = strlen(plain);
        while (plain[n - 1] == '0')
            plain[--n] = '\0';
        if (plain[n - 1] == '.')
            plain[--n] = '\0';
    }
    return grouped(page, strcmp(plain, "-0") == 0 ? "0" : plain);
}

struct slice page_percent(struct page *page, double share)
{
    if (isnan(share))
        return SLICE("—");
    double percent = round(share * 1000) / 10;
    if (share > 0 && share < 1)
        percent = fmin(fmax(percent, 0.1), 99.9);
    return page_format_text(page, "%.*s\u00A0%%", SLICE_ARG(page_decimal(page, percent)));
}

static uint32_t unit_of_code(const struct unit_table *units, struct slice code)
{
    for (uint32_t i = 0; i < units->n_units; i++)
        if (slice_equal(units->units[i].code, code))
            return i;
    return UINT32_MAX;
}

struct slice page_amount(struct page *page, uint32_t dimension, double base_amount)
{
    const struct unit_table *units = page->domain->units;
    if (!units || dimension >= units->n_dimensions)
        return page_decimal(page, base_amount);
    uint32_t unit = page->query.unit;
    if (unit >= units->n_units || units->units[unit].dimension_id != dimension)
        unit = unit_of_code(units, units->dimensions[dimension].shown_unit);
    if (unit == UINT32_MAX)
        unit = unit_of_code(units, units->dimensions[dimension].base_unit);
    if (unit == UINT32_MAX || units->units[unit].to_base <= 0)
        return page_decimal(page, base_amount);
    struct slice number = page_decimal(page, base_amount / units->units[unit].to_base);
    struct slice label = unit_label(units, unit, page->catalogue.language);
    return page_format_text(page, "%.*s\u00A0%.*s", SLICE_ARG(number), SLICE_ARG(label));
}

struct slice page_value(struct page *page, int field, const struct value *value)
{
    struct buffer text;
    buffer_init(&text, 65536);
    value_format(&page->domain->fields[field].spec, value, page->reader.language, &text);
    return keep(page, &text);
}

struct slice page_shown_value(struct page *page, int field, const struct value *value)
{
    const struct unit_table *units = page->domain->fields[field].spec.units;
    if (value->type != VALUE_QUANTITY || !value_is_typed(value) || !units)
        return page_value(page, field, value);
    return page_amount(page, units->units[value->quantity.unit].dimension_id, unit_to_base(units, value));
}

struct slice page_field_label(const struct page *page, int field)
{
    const struct field *f = &page->domain->fields[field];
    return domain_label(f->labels, f->id, page->catalogue.language);
}

struct slice page_kind_label(const struct page *page, bool is_many)
{
    const struct entity_kind *kind = &page->domain->kinds[0];
    return domain_label(is_many ? kind->plurals : kind->labels, kind->id, page->catalogue.language);
}

struct slice page_day(struct page *page, int32_t day)
{
    char text[DAY_TEXT];
    day_format(day, text);
    return arena_copy(page->arena, slice_from(text));
}

struct slice page_joined(struct page *page, const struct slice *parts, size_t n, const char *separator)
{
    struct buffer text;
    buffer_init(&text, 65536);
    bool is_first = true;
    for (size_t i = 0; i < n; i++) {
        if (parts[i].len == 0)
            continue;
        if (!is_first)
            buffer_add_string(&text, separator);
        buffer_add_slice(&text, parts[i]);
        is_first = false;
    }
    return keep(page, &text);
}

/* ---- sentences ------------------------------------------------------------------------------------------------ */

/* Cuts the next piece off: literal text, or the name of a place ("{rows}" gives "rows", *is_place). False at the end.
 */
static bool next_piece(struct slice *rest, struct slice *piece, bool *is_place)
{
    if (rest->len == 0)
        return false;
    ptrdiff_t end = rest->ptr[0] == '{' ? slice_find(*rest, SLICE("}")) : -1;
    *is_place = end > 0;
    if (*is_place) {
        *piece = slice_of(rest->ptr + 1, (size_t)end - 1);
        *rest = slice_of(rest->ptr + end + 1, rest->len - (size_t)end - 1);
        return true;
    }
    size_t n = 1;
    while (n < rest->len && rest->ptr[n] != '{')
        n++;
    *piece = slice_of(rest->ptr, n);
    *rest = slice_of(rest->ptr + n, rest->len - n);
    return true;
}

static const struct say *value_named(const struct say *values, size_t n, struct slice name)
{
    for (size_t i = 0; i < n; i++)
        if (slice_is(name, values[i].name))
            return &values[i];
    return NULL;
}

void page_say_n(struct page *page, const char *sentence, const struct say *values, size_t n)
{
    struct html *h = &page->html;
    struct slice rest = slice_from(sentence), piece;
    bool is_place;
    while (next_piece(&rest, &piece, &is_place)) {
        const struct say *value = is_place ? value_named(values, n, piece) : NULL;
        if (!value) {
            html_text(h, piece);
            continue;
        }
        if (value->address.len) {
            html_open(h, "a");
            html_link(h, "href", value->address);
        }
        html_name(h, value->value);
        if (value->address.len)
            html_close(h, "a");
    }
}

struct slice page_sentence_n(struct page *page, const char *sentence, const struct say *values, size_t n)
{
    struct buffer text;
    buffer_init(&text, 65536);
    struct slice rest = slice_from(sentence), piece;
    bool is_place;
    while (next_piece(&rest, &piece, &is_place)) {
        const struct say *value = is_place ? value_named(values, n, piece) : NULL;
        buffer_add_slice(&text, value ? value->value : piece);
    }
    return keep(page, &text);
}
