/* answer_csv.c - rows into a small buffer, which goes to the sink whenever it is well filled. */
#include "view/answer_csv.h"

#include "base/calendar.h"
#include "base/csv_cell.h"
#include "base/error.h"
#include "base/json.h"

#include <inttypes.h>

enum { FLUSH_AT = 1 << 16, LONGEST_ROW = 1 << 24 };

struct export
{
    const struct view *view;
    const struct domain *domain;
    const char *language;
    struct buffer out, text;
    bool is_first; /* of its row */
};

static void separate(struct export *e)
{
    if (!e->is_first)
        buffer_add_byte(&e->out, ',');
    e->is_first = false;
}

static void add_text(struct export *e, struct slice text)
{
    separate(e);
    csv_text(&e->out, text);
}

static void add_number(struct export *e, double number)
{
    separate(e);
    json_number(&e->out, number);
}

static void add_day(struct export *e, const struct value *value, int32_t day)
{
    char text[DAY_TEXT] = "";
    if (value_is_typed(value))
        day_format(day, text);
    separate(e);
    buffer_add_string(&e->out, text);
}

/* What people read: the text itself where it could not be typed. */
static struct slice label_of(struct export *e, const struct field *field, const struct value *value)
{
    if (value->state == VALUE_UNREAD)
        return value->text;
    buffer_clear(&e->text);
    if (value_is_typed(value))
        value_format(&field->spec, value, e->language, &e->text);
    return buffer_slice(&e->text);
}

static struct slice code_of(const struct field *field, const struct value *value)
{
    if (!value_is_typed(value))
        return SLICE_EMPTY;
    switch (field->spec.type) {
    case VALUE_CONCEPT:
        return field->spec.concepts->nodes[value->concept.id].code;
    case VALUE_CATEGORY:
        return intern_text(&field->spec.categories->codes, value->category.id);
    case VALUE_COUNTRY:
        return slice_from(country_get(field->spec.countries, value->country.id)->alpha2);
    default:
        return SLICE_EMPTY;
    }
}

/* ---- columns by type ----------------------------------------------------------------------------------------- */

static void add_heading(struct export *e, const struct field *field, const char *suffix)
{
    separate(e);
    buffer_add_slice(&e->out, field->id);
    buffer_add_string(&e->out, suffix);
}

static void add_headings(struct export *e, const struct field *field)
{
    static const char *const suffixes[VALUE_N_TYPES][6] = {[VALUE_DATE] = {"", "_first", "_last"},
        [VALUE_QUANTITY] = {"", "_unit"},
        [VALUE_CONCEPT] = {"", "_label"},
        [VALUE_CATEGORY] = {"", "_label"},
        [VALUE_COUNTRY] = {"", "_label"},
        [VALUE_PLACE] = {"", "_precision", "_subdivision", "_latitude", "_longitude"}};
    const char *const *suffix = suffixes[field->spec.type];
    if (!suffix[0]) {
        add_heading(e, field, "");
        return;
    }
    for (; *suffix; suffix++)
        add_heading(e, field, *suffix);
}

static void add_place(struct export *e, const struct field *field, const struct value *value)
{
    bool is_typed = value_is_typed(value);
    bool is_point = is_typed && (value->precision == PLACE_POINT || value->precision == PLACE_SETTLEMENT);
    const char *subdivision = "";
    if (is_typed && value->place.subdivision && field->spec.gazetteer)
        subdivision = subdivision_get(field->spec.gazetteer, value->place.subdivision)->code;
    add_text(e, label_of(e, field, value));
    add_text(e, is_typed ? slice_from(value_precision_name(VALUE_PLACE, value->precision)) : SLICE_EMPTY);
    add_text(e, slice_from(subdivision));
    if (!is_point) {
        buffer_add_string(&e->out, ",,");
        return;
    }
    add_number(e, value->place.lat_e5 / 1e5);
    add_number(e, value->place.lon_e5 / 1e5);
}

static void add_quantity(struct export *e, const struct field *field, const struct value *value)
{
    if (value_is_typed(value)) {
        add_number(e, value->quantity.amount);
        add_text(e, field->spec.units->units[value->quantity.unit].code);
    } else {
        add_text(e, value->state == VALUE_UNREAD ? value->text : SLICE_EMPTY);
        add_text(e, SLICE_EMPTY);
    }
}

static void add_value(struct export *e, const struct field *field, const struct value *value)
{
    switch (field->spec.type) {
    case VALUE_DATE:
        add_text(e, label_of(e, field, value));
        add_day(e, value, value->date.first);
        add_day(e, value, value->date.last);
        break;
    case VALUE_QUANTITY:
        add_quantity(e, field, value);
        break;
    case VALUE_CONCEPT:
    case VALUE_CATEGORY:
    case VALUE_COUNTRY:
        add_text(e, code_of(field, value));
        add_text(e, label_of(e, field, value));
        break;
    case VALUE_PLACE:
        add_place(e, field, value);
        break;
    default:
        add_text(e, label_of(e, field, value));
    }
}

/* ---- rows ---------------------------------------------------------------------------------------------------- */

static void add_header(struct export *e)
{
    buffer_add_string(&e->out, "id,sources,mentions");
    for (size_t f = 0; f < e->domain->n_fields; f++)
        add_headings(e, &e->domain->fields[f]);
    buffer_add_string(&e->out, "\r\n");
}

static void add_row(struct export *e, const struct reader *reader, uint32_t index)
{
    const struct resolution *resolution = view_resolution(e->view);
    const struct mentions *mentions = view_mentions(e->view);
    buffer_format(&e->out, "%" PRIu64 ",%u,%u", resolution->entity[index], view_source_count(e->view, reader, index),
        resolution->first_member[index + 1] - resolution->first_member[index]);
    for (size_t f = 0; f < e->domain->n_fields; f++)
        add_value(e, &e->domain->fields[f], &mentions->columns[f].values[resolution->winner[f][index]]);
    buffer_add_string(&e->out, "\r\n");
}

static enum comity_status flush(struct export *e, size_t at_least, answer_sink sink, void *context)
{
    enum comity_status status = buffer_status(&e->out);
    if (status == COMITY_OK)
        status = buffer_status(&e->text);
    if (status != COMITY_OK || e->out.len < at_least)
        return status;
    status = sink(context, buffer_slice(&e->out));
    buffer_clear(&e->out);
    return status;
}

enum comity_status answer_csv(const struct view *view, const struct reader *reader, const uint32_t *indexes, size_t n,
    int language, answer_sink sink, void *context, struct comity_error *err)
{
    struct export e = {.view = view, .domain = view_mentions(view)->domain, .language = language_code(language)};
    buffer_init(&e.out, LONGEST_ROW);
    buffer_init(&e.text, LONGEST_ROW);
    enum comity_status status = COMITY_OK;
    add_header(&e);
    for (size_t i = 0; i < n && status == COMITY_OK; i++) {
        add_row(&e, reader, indexes[i]);
        status = flush(&e, FLUSH_AT, sink, context);
    }
    if (status == COMITY_OK)
        status = flush(&e, 1, sink, context);
    buffer_release(&e.out);
    buffer_release(&e.text);
    return status == COMITY_OK ? status : error_set(err, status, "the export was not finished");
}
