/* See entry_pin.h. The picture shows a part of the world, given by its centre and how many times it is enlarged; the
 * mark in its middle is the style sheet's. */
#include "page/entry_pin.h"

#include "page/assets.h"
#include "page/equal_earth.h"
#include "page/fields.h"

#include <stdio.h>
#include <stdlib.h>

/* In CSS pixels, and not to be scaled: what is sent is counted in them. It fits a narrow telephone. */
enum { PIN_WIDTH = 300, PIN_HEIGHT = 146, NEAREST = 64, OF_COUNTRY = 8, OF_POINT = 16 };

struct view {
    double x, y; /* of the middle, on the picture of the world */
    unsigned times;
};

static bool number_at(const struct draft *draft, const char *key, const char *suffix, double *number)
{
    char name[FORM_KEY + 16];
    snprintf(name, sizeof name, "%s%s", key, suffix);
    return number_parse(slice_trim(entry_text(&draft->content, slice_from(name))), DECIMAL_AUTO, number);
}

/* What was sent with the picture. */
static bool read_view(const struct page *page, const char *name, struct view *out)
{
    char text[64] = "", *end;
    struct slice sent = fields_sent(page, name);
    if (!sent.len || sent.len >= sizeof text)
        return false;
    memcpy(text, sent.ptr, sent.len);
    out->x = strtod(text, &end);
    out->y = strtod(end, &end);
    unsigned long times = strtoul(end, &end, 10);
    out->times = times >= 1 && times <= NEAREST ? (unsigned)times : 1;
    return *end == '\0' && out->x >= 0 && out->x <= WORLD_WIDTH && out->y >= 0 && out->y <= WORLD_HEIGHT;
}

static struct view first_view(const struct page *page, const struct draft *draft, const char *key)
{
    struct view view = {WORLD_WIDTH / 2.0, WORLD_HEIGHT / 2.0, 1};
    double lat, lon;
    int country = page->domain->country;
    if (number_at(draft, key, ENTRY_LATITUDE, &lat) && number_at(draft, key, ENTRY_LONGITUDE, &lon) && lat >= -90 &&
        lat <= 90 && lon >= -180 && lon <= 180) {
        equal_earth(lon, lat, &view.x, &view.y);
        view.times = OF_POINT;
    } else if (country >= 0 && draft->reading.n_parts && draft->reading.parts[0].values[country].state == VALUE_TYPED) {
        const struct country *at =
            country_get(page->domain->countries, draft->reading.parts[0].values[country].country.id);
        equal_earth(at->lon_e5 / 1e5, at->lat_e5 / 1e5, &view.x, &view.y);
        view.times = OF_COUNTRY;
    }
    return view;
}

void entry_pin(struct page *page, const struct draft *draft, const char *key)
{
    struct html *h = &page->html;
    const struct asset *world = asset_find("world.svg");
    struct view view;
    char name[FORM_KEY + 16];
    if (!world)
        return;
    snprintf(name, sizeof name, "%s.view", key);
    bool is_open = draft->pin_times > 0;
    view = first_view(page, draft, key);
    if (is_open)
        view.times = draft->pin_times;
    double width = (double)WORLD_WIDTH / view.times, height = (double)WORLD_HEIGHT / view.times;
    html_open(h, "details");
    html_attr(h, "class", "pin");
    if (is_open)
        html_flag(h, "open");
    html_leaf(h, "summary", NULL, slice_from(tr(&page->catalogue, "Set the point on a map")));
    html_leaf(h, "p", NULL,
        slice_from(tr(&page->catalogue, "Choose the place; each choice comes nearer. The point is in the middle.")));
    fields_hidden(page, name, page_format_text(page, "%.3f %.3f %u", view.x, view.y, view.times));
    html_open(h, "div");
    html_void(h, "input");
    html_attr(h, "type", "image");
    html_attr_format(h, "name", "%s.pin", key);
    html_attr(h, "alt", tr(&page->catalogue, "Map: choose a point"));
    html_attr_format(h, "width", "%d", PIN_WIDTH);
    html_attr_format(h, "height", "%d", PIN_HEIGHT);
    html_link(h, "src",
        page_format_text(page, "%s#svgView(viewBox(%.2f,%.2f,%.2f,%.2f))", world->address, view.x - width / 2,
            view.y - height / 2, width, height));
    html_close(h, "div");
    html_close(h, "details");
}

/* ---- a click ---------------------------------------------------------------------------------------------------- */

static void set_cell(struct page *page, struct draft *draft, const char *key, const char *suffix, double degrees)
{
    struct slice name = page_format_text(page, "%s%s", key, suffix), text = page_format_text(page, "%.4f", degrees);
    for (size_t i = 0; i < draft->content.n; i++)
        if (slice_equal(draft->content.cells[i].key, name)) {
            draft->content.cells[i].text = text;
            return;
        }
    draft->content.cells[draft->content.n++] = (struct entry_cell){name, text}; /* there is room: entry_edit.c */
}

/* What is sent under "place.pin.x". */
static bool take(struct page *page, struct draft *draft, const char *key)
{
    char name[FORM_KEY + 16];
    struct view view;
    double x, y, lon, lat;
    snprintf(name, sizeof name, "%s.pin.x", key);
    bool is_sent = number_parse(fields_sent(page, name), DECIMAL_POINT, &x);
    snprintf(name, sizeof name, "%s.pin.y", key);
    is_sent = is_sent && number_parse(fields_sent(page, name), DECIMAL_POINT, &y);
    snprintf(name, sizeof name, "%s.view", key);
    /* 0, 0 is what a browser sends where the picture was chosen by a key, and nothing was pointed at. */
    if (!is_sent || (x <= 0 && y <= 0) || !read_view(page, name, &view))
        return false;
    double at_x = view.x + (x - PIN_WIDTH / 2.0) / PIN_WIDTH * WORLD_WIDTH / view.times;
    double at_y = view.y + (y - PIN_HEIGHT / 2.0) / PIN_HEIGHT * WORLD_HEIGHT / view.times;
    if (!equal_earth_back(at_x, at_y, &lon, &lat))
        return false;
    set_cell(page, draft, key, ENTRY_LATITUDE, lat);
    set_cell(page, draft, key, ENTRY_LONGITUDE, lon);
    draft->pin_times = view.times * 2 > NEAREST ? NEAREST : view.times * 2;
    return true;
}

bool entry_pin_take(struct page *page, struct draft *draft)
{
    const struct form *form = page->domain->form;
    char key[FORM_KEY];
    for (size_t s = 0; s < form->n_sections; s++)
        for (size_t i = 0; i < form->sections[s].n_inputs; i++) {
            const struct form_section *section = &form->sections[s];
            if (section->inputs[i].field->spec.type != VALUE_PLACE || section->lines != FORM_ONCE)
                continue;
            form_key(&(struct form_place){section, &section->inputs[i], 0}, key);
            if (take(page, draft, key))
                return true;
        }
    return false;
}
