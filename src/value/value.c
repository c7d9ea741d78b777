/* The names of types and the packed form of values.
 *
 * Packed: one byte `type | state << 4`. A typed value goes on with precision, flags, confidence and what its type
 * needs; numbers are LEB128 (signed ones zigzag), texts and codes have their length before them. An absent value is the
 * byte 0 whatever its type, so that "nothing" is the same bytes everywhere. The form has no version: it is read by the
 * program that knows the store's, and a byte that does not fit is COMITY_CORRUPT. */
#include "value/value.h"

#include "value/category.h"
#include "value/concept.h"
#include "value/country.h"
#include "value/place.h"
#include "value/quantity.h"

static const char *const type_names[VALUE_N_TYPES] = {
#define X(symbol, name) name,
    VALUE_TYPE_TABLE(X)
#undef X
};

const char *value_type_name(enum value_type type)
{
    return (unsigned)type < VALUE_N_TYPES ? type_names[type] : "none";
}

enum value_type value_type_from_name(struct slice name)
{
    for (unsigned type = VALUE_NONE + 1; type < VALUE_N_TYPES; type++)
        if (slice_is(name, type_names[type]))
            return (enum value_type)type;
    return VALUE_N_TYPES;
}

const char *value_precision_name(enum value_type type, unsigned precision)
{
    static const char *const dates[] = {"none", "day", "range", "month", "year"};
    static const char *const places[] = {"none", "point", "settlement", "district", "subdivision", "country", "sea"};
    static const char *const quantities[] = {"none", "exact", "rounded"};
    if (type == VALUE_DATE && precision < sizeof dates / sizeof *dates)
        return dates[precision];
    if (type == VALUE_PLACE && precision < sizeof places / sizeof *places)
        return places[precision];
    if (type == VALUE_QUANTITY && precision < sizeof quantities / sizeof *quantities)
        return quantities[precision];
    return "none";
}

/* ---- writing: straight into reserved bytes, since it runs for every cell of every row --------------------------- */

enum { MOST_FIXED = 96 }; /* more than all numbers and codes of a value take, without its text */

static char *put_varint(char *to, uint64_t number)
{
    while (number >= 0x80) {
        *to++ = (char)(number | 0x80);
        number >>= 7;
    }
    *to++ = (char)number;
    return to;
}

static char *put_signed(char *to, int64_t number)
{
    return put_varint(to, (uint64_t)number << 1 ^ (uint64_t)(number >> 63));
}

static char *put_text(char *to, struct slice text)
{
    to = put_varint(to, text.len);
    if (text.len)
        memcpy(to, text.ptr, text.len);
    return to + text.len;
}

static char *put_double(char *to, double number)
{
    uint64_t bits;
    number = number == 0 ? 0 : number; /* one zero only */
    memcpy(&bits, &number, sizeof bits);
    for (int i = 0; i < 8; i++)
        *to++ = (char)(bits >> (8 * i));
    return to;
}

static char *put_place(char *to, const struct value_spec *spec, const struct value *value)
{
    uint16_t country = value->place.country, subdivision = value->place.subdivision;
    struct slice none = SLICE_EMPTY;
    to = put_text(to, country != COUNTRY_NONE ? slice_from(country_get(spec->countries, country)->alpha2) : none);
    to = put_text(
        to, subdivision != SUBDIVISION_NONE ? slice_from(subdivision_get(spec->gazetteer, subdivision)->code) : none);
    to = put_varint(to, value->place.geonames);
    to = put_signed(to, value->place.lat_e5);
    to = put_signed(to, value->place.lon_e5);
    return put_text(to, value->text);
}

/* The code that a value is stored under; it may be longer than MOST_FIXED allows, so its room is asked for. */
static struct slice value_code(const struct value_spec *spec, const struct value *value)
{
    switch (value->type) {
    case VALUE_QUANTITY:
        return spec->units->units[value->quantity.unit].code;
    case VALUE_CONCEPT:
        return spec->concepts->nodes[value->concept.id].code;
    case VALUE_CATEGORY:
        return intern_text(&spec->categories->codes, value->category.id);
    case VALUE_COUNTRY:
        return slice_from(country_get(spec->countries, value->country.id)->alpha2);
    default:
        return value->text;
    }
}

static char *put_typed(char *to, const struct value_spec *spec, const struct value *value)
{
    *to++ = (char)value->precision;
    *to++ = (char)value->flags;
    *to++ = (char)value->confidence;
    switch (value->type) {
    case VALUE_DATE:
        to = put_signed(to, value->date.first);
        return put_signed(to, (int64_t)value->date.last - value->date.first);
    case VALUE_QUANTITY:
        to = put_double(to, value->quantity.amount);
        return put_text(to, value_code(spec, value));
    case VALUE_COUNT:
        return put_signed(to, value->count.number);
    case VALUE_PLACE:
        return put_place(to, spec, value);
    default:
        return put_text(to, value_code(spec, value));
    }
}

void value_pack(const struct value_spec *spec, const struct value *value, struct buffer *out)
{
    if (value->state == VALUE_ABSENT) {
        buffer_add_byte(out, 0);
        return;
    }
    size_t text = value->state == VALUE_TYPED ? value_code(spec, value).len : value->text.len;
    if (!buffer_reserve(out, MOST_FIXED + text))
        return;
    char *start = out->ptr + out->len, *to = start;
    *to++ = (char)(value->type | value->state << 4);
    if (value->state == VALUE_TYPED)
        to = put_typed(to, spec, value);
    else if (value->state == VALUE_UNREAD)
        to = put_text(to, value->text);
    out->len += (size_t)(to - start);
    *to = '\0';
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static bool get_byte(struct slice *in, uint8_t *byte)
{
    if (!in->len)
        return false;
    *byte = (uint8_t)*in->ptr++;
    in->len--;
    return true;
}

static bool get_varint(struct slice *in, uint64_t *number)
{
    uint8_t byte;
    *number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (!get_byte(in, &byte))
            return false;
        *number |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

static bool get_signed(struct slice *in, int64_t *number)
{
    uint64_t raw;
    if (!get_varint(in, &raw))
        return false;
    *number = (int64_t)(raw >> 1) ^ -(int64_t)(raw & 1);
    return true;
}

static bool get_i32(struct slice *in, int32_t *number)
{
    int64_t wide;
    if (!get_signed(in, &wide) || wide < INT32_MIN || wide > INT32_MAX)
        return false;
    *number = (int32_t)wide;
    return true;
}

static bool get_text(struct slice *in, struct slice *text)
{
    uint64_t len;
    if (!get_varint(in, &len) || len > in->len)
        return false;
    *text = slice_of(in->ptr, (size_t)len);
    in->ptr += len;
    in->len -= (size_t)len;
    return true;
}

static bool get_double(struct slice *in, double *number)
{
    uint64_t bits = 0;
    if (in->len < 8)
        return false;
    for (int i = 0; i < 8; i++)
        bits |= (uint64_t)(uint8_t)in->ptr[i] << (8 * i);
    memcpy(number, &bits, sizeof bits);
    in->ptr += 8;
    in->len -= 8;
    return true;
}

static bool get_date(struct slice *in, struct value *out)
{
    int64_t days;
    if (!get_i32(in, &out->date.first) || !get_signed(in, &days) || days < 0 ||
        days > (int64_t)INT32_MAX - out->date.first)
        return false;
    out->date.last = (int32_t)(out->date.first + days);
    return true;
}

/* A code that the tables no longer have: the reading is gone, the code stays to be seen. */
static void unread(struct value *out, struct slice code)
{
    *out = (struct value){.type = out->type, .state = VALUE_UNREAD, .text = code};
}

static bool get_quantity(const struct value_spec *spec, struct slice *in, struct value *out)
{
    struct slice code;
    if (!get_double(in, &out->quantity.amount) || !get_text(in, &code))
        return false;
    for (size_t i = 0; spec->units && i < spec->units->n_units; i++)
        if (slice_equal(spec->units->units[i].code, code)) {
            out->quantity.unit = (uint32_t)i;
            return true;
        }
    unread(out, code);
    return true;
}

static bool get_place(const struct value_spec *spec, struct slice *in, struct value *out)
{
    struct slice country, subdivision, text;
    uint64_t geonames;
    if (!get_text(in, &country) || !get_text(in, &subdivision) || !get_varint(in, &geonames) || geonames > UINT32_MAX ||
        !get_i32(in, &out->place.lat_e5) || !get_i32(in, &out->place.lon_e5) || !get_text(in, &text))
        return false;
    out->place.geonames = (uint32_t)geonames;
    out->place.country = country.len && spec->countries ? country_by_alpha2(spec->countries, country) : COUNTRY_NONE;
    out->place.subdivision =
        subdivision.len && spec->gazetteer ? subdivision_by_code(spec->gazetteer, subdivision) : SUBDIVISION_NONE;
    out->text = text;
    if (country.len && out->place.country == COUNTRY_NONE)
        unread(out, text.len ? text : country);
    else if (subdivision.len && out->place.subdivision == SUBDIVISION_NONE)
        unread(out, text.len ? text : subdivision);
    return true;
}

/* Concept, category and country: a code of a table. */
static bool get_coded(const struct value_spec *spec, struct slice *in, struct value *out)
{
    struct slice code;
    uint32_t id = UINT32_MAX;
    if (!get_text(in, &code))
        return false;
    if (out->type == VALUE_CONCEPT && spec->concepts)
        id = out->concept.id = concept_by_code(spec->concepts, code);
    else if (out->type == VALUE_CATEGORY && spec->categories)
        id = out->category.id = intern_get(&spec->categories->codes, code);
    else if (out->type == VALUE_COUNTRY && spec->countries &&
             (out->country.id = country_by_alpha2(spec->countries, code)) != COUNTRY_NONE)
        id = out->country.id;
    if (id == UINT32_MAX)
        unread(out, code);
    return true;
}

static bool get_typed(const struct value_spec *spec, struct slice *in, struct value *out)
{
    if (!get_byte(in, &out->precision) || !get_byte(in, &out->flags) || !get_byte(in, &out->confidence))
        return false;
    switch (out->type) {
    case VALUE_DATE:
        return get_date(in, out);
    case VALUE_QUANTITY:
        return get_quantity(spec, in, out);
    case VALUE_PLACE:
        return get_place(spec, in, out);
    case VALUE_COUNT:
        return get_signed(in, &out->count.number);
    case VALUE_CONCEPT:
    case VALUE_CATEGORY:
    case VALUE_COUNTRY:
        return get_coded(spec, in, out);
    default:
        return get_text(in, &out->text);
    }
}

enum comity_status value_unpack(const struct value_spec *spec, struct slice *in, struct value *out)
{
    uint8_t head;
    *out = (struct value){.type = (uint8_t)spec->type};
    if (!get_byte(in, &head))
        return COMITY_CORRUPT;
    if (head == 0)
        return COMITY_OK;
    out->state = head >> 4;
    if ((head & 0x0F) != spec->type || out->state > VALUE_TYPED || out->state == VALUE_ABSENT)
        return COMITY_CORRUPT;
    bool is_good = out->state == VALUE_NULL || (out->state == VALUE_UNREAD && get_text(in, &out->text)) ||
                   (out->state == VALUE_TYPED && get_typed(spec, in, out));
    return is_good ? COMITY_OK : COMITY_CORRUPT;
}
