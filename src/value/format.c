/* Values for people, and as JSON. Numbers are written without an exponent and with a point, whatever locale is set. */
#include "base/calendar.h"
#include "base/json.h"
#include "value/category.h"
#include "value/concept.h"
#include "value/country.h"
#include "value/place.h"
#include "value/quantity.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

static const char *const language_codes[N_LANGUAGES] = {"en", "es", "fr", "pt", "ru", "ar", "zh"};

int language_number(const char *language)
{
    for (int i = 0; language && i < N_LANGUAGES; i++)
        if (strncmp(language, language_codes[i], 2) == 0 && !isalpha((unsigned char)language[2]))
            return i;
    return LANGUAGE_EN;
}

const char *language_code(int number)
{
    return number >= 0 && number < N_LANGUAGES ? language_codes[number] : language_codes[LANGUAGE_EN];
}

/* Up to twelve significant digits, which hides the noise of binary fractions (0.10400000000000001). */
static void add_amount(struct buffer *out, double amount)
{
    char text[352];
    int magnitude = amount != 0 ? (int)floor(log10(fabs(amount))) : 0;
    int decimals = magnitude > 11 ? 0 : magnitude < -4 ? 15 : 11 - magnitude;
    int n = snprintf(text, sizeof text, "%.*f", decimals, amount);
    char *point = strpbrk(text, ".,");
    if (point) {
        *point = '.';
        while (n && text[n - 1] == '0')
            n--;
        n -= text[n - 1] == '.';
    }
    buffer_add(out, text, (size_t)n);
}

static void add_day(struct buffer *out, int32_t day, size_t len)
{
    char text[DAY_TEXT];
    day_format(day, text);
    size_t full = strlen(text);
    buffer_add(out, text, len < full ? full - (10 - len) : full);
}

static void format_date(const struct value *value, struct buffer *out)
{
    switch (value->precision) {
    case DATE_YEAR:
        add_day(out, value->date.first, 4);
        return;
    case DATE_MONTH:
        add_day(out, value->date.first, 7);
        return;
    default:
        add_day(out, value->date.first, 10);
        if (value->date.last == value->date.first)
            return;
        buffer_add_string(out, "..");
        add_day(out, value->date.last, 10);
    }
}

static void add_part(struct buffer *out, size_t start, struct slice part)
{
    if (part.len && out->len > start)
        buffer_add_string(out, ", ");
    buffer_add_slice(out, part);
}

/* Settlement, subdivision, country, as far as they are known; the name that was read where the tables have none. A sea
 * stands alone: it is in no country. */
static void format_place(const struct value_spec *spec, const struct value *value, int language, struct buffer *out)
{
    size_t start = out->len;
    struct slice name = SLICE_EMPTY;
    if (value->place.geonames && spec->gazetteer)
        name = settlement_label(spec->gazetteer, value->place.geonames, language);
    bool is_sea = value->precision == PLACE_SEA;
    bool is_named = is_sea || value->precision == PLACE_SETTLEMENT || value->precision == PLACE_DISTRICT ||
                    (value->precision == PLACE_POINT && value->text.len);
    add_part(out, start, name.len == 0 && is_named ? value->text : name);
    if (value->place.subdivision != SUBDIVISION_NONE && spec->gazetteer) {
        struct slice label = subdivision_label(spec->gazetteer, value->place.subdivision, language);
        if (!slice_equal(label, name))
            add_part(out, start, label);
    }
    if (value->place.country != COUNTRY_NONE && spec->countries && !is_sea)
        add_part(out, start, country_label(spec->countries, value->place.country, language));
    if (out->len == start)
        buffer_add_slice(out, value->text);
}

/* "maria lopez" is shown as "Maria Lopez". */
static void format_name(struct slice name, struct buffer *out)
{
    for (size_t i = 0; i < name.len; i++) {
        bool begins = i == 0 || name.ptr[i - 1] == ' ';
        char c = name.ptr[i];
        buffer_add_byte(out, begins && c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c);
    }
}

static void format_typed(const struct value_spec *spec, const struct value *value, int language, struct buffer *out)
{
    switch (value->type) {
    case VALUE_DATE:
        format_date(value, out);
        return;
    case VALUE_QUANTITY:
        add_amount(out, value->quantity.amount);
        buffer_add_byte(out, ' ');
        buffer_add_slice(out, unit_label(spec->units, value->quantity.unit, language));
        return;
    case VALUE_CONCEPT:
        buffer_add_slice(out, concept_label(spec->concepts, value->concept.id, language));
        return;
    case VALUE_PLACE:
        format_place(spec, value, language, out);
        return;
    case VALUE_COUNTRY:
        buffer_add_slice(out, country_label(spec->countries, value->country.id, language));
        return;
    case VALUE_CATEGORY:
        buffer_add_slice(out, category_label(spec->categories, value->category.id, language));
        return;
    case VALUE_COUNT:
        buffer_format(out, "%lld", (long long)value->count.number);
        return;
    case VALUE_NAME:
        format_name(value->text, out);
        return;
    default:
        buffer_add_slice(out, value->text);
    }
}

void value_format(const struct value_spec *spec, const struct value *value, const char *language, struct buffer *out)
{
    if (value->state == VALUE_TYPED)
        format_typed(spec, value, language_number(language), out);
    else if (value->state == VALUE_UNREAD)
        buffer_add_slice(out, value->text);
}

/* ---- JSON ---------------------------------------------------------------------------------------------------------
 */

static void json_day(struct buffer *out, const char *name, int32_t day)
{
    char text[DAY_TEXT];
    day_format(day, text);
    json_member(out, name, slice_from(text));
}

static void json_quantity(const struct value_spec *spec, const struct value *value, struct buffer *out)
{
    const struct unit *unit = &spec->units->units[value->quantity.unit];
    const struct dimension *dimension = &spec->units->dimensions[unit->dimension_id];
    json_member_number(out, "amount", value->quantity.amount);
    json_member(out, "unit", unit->code);
    json_member(out, "dimension", unit->dimension);
    json_member_number(out, "base_amount", unit_to_base(spec->units, value));
    json_member(out, "base_unit", dimension->base_unit);
}

/* Coordinates are given for a settlement or a point only: the centre of an area never poses as one. */
static void json_place(const struct value_spec *spec, const struct value *value, struct buffer *out)
{
    if (value->place.country != COUNTRY_NONE && spec->countries)
        json_member(out, "country", slice_from(country_get(spec->countries, value->place.country)->alpha2));
    if (value->place.subdivision != SUBDIVISION_NONE && spec->gazetteer)
        json_member(out, "subdivision", slice_from(subdivision_get(spec->gazetteer, value->place.subdivision)->code));
    if (value->place.geonames)
        json_member_u64(out, "geonames", value->place.geonames);
    if (value->precision == PLACE_POINT || value->precision == PLACE_SETTLEMENT) {
        json_member_number(out, "lat", value->place.lat_e5 / 1e5);
        json_member_number(out, "lon", value->place.lon_e5 / 1e5);
    }
}

static void json_typed(const struct value_spec *spec, const struct value *value, struct buffer *out)
{
    switch (value->type) {
    case VALUE_DATE:
        json_day(out, "first", value->date.first);
        json_day(out, "last", value->date.last);
        return;
    case VALUE_QUANTITY:
        json_quantity(spec, value, out);
        return;
    case VALUE_CONCEPT:
        json_member(out, "code", spec->concepts->nodes[value->concept.id].code);
        return;
    case VALUE_CATEGORY:
        json_member(out, "code", intern_text(&spec->categories->codes, value->category.id));
        return;
    case VALUE_COUNTRY:
        json_member(out, "code", slice_from(country_get(spec->countries, value->country.id)->alpha2));
        return;
    case VALUE_PLACE:
        json_place(spec, value, out);
        return;
    case VALUE_COUNT:
        json_name(out, "number");
        buffer_format(out, "%lld", (long long)value->count.number);
        return;
    default:
        return;
    }
}

static void json_flags(const struct value *value, struct buffer *out)
{
    static const char *const names[] = {"implausible", "ambiguous", "approximate", "old name", "settled"};
    bool is_first = true;
    if (!value->flags)
        return;
    json_name(out, "flags");
    buffer_add_byte(out, '[');
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (!(value->flags >> i & 1))
            continue;
        if (!is_first)
            buffer_add_byte(out, ',');
        is_first = false;
        json_text(out, slice_from(names[i]));
    }
    buffer_add_byte(out, ']');
}

void value_format_json(const struct value_spec *spec, const struct value *value, struct buffer *out)
{
    struct buffer text;
    if (value->state == VALUE_ABSENT) {
        buffer_add_string(out, "null");
        return;
    }
    buffer_add_byte(out, '{');
    if (value->state == VALUE_NULL)
        json_member(out, "state", SLICE("null"));
    if (value->state == VALUE_UNREAD) {
        json_member(out, "state", SLICE("unread"));
        json_member(out, "text", value->text);
    }
    if (value->state == VALUE_TYPED) {
        buffer_init(&text, out->cap);
        value_format(spec, value, "en", &text);
        json_member(out, "value", buffer_slice(&text));
        out->failed = out->failed || text.failed;
        buffer_release(&text);
        json_typed(spec, value, out);
        if (value->precision)
            json_member(out, "precision", slice_from(value_precision_name(value->type, value->precision)));
        if (value->confidence < 100)
            json_member_u64(out, "confidence", value->confidence);
        json_flags(value, out);
    }
    buffer_add_byte(out, '}');
}
