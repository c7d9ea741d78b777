/* answer_geojson.c - one feature for each entity; its properties are those of the JSON rows. */
#include "view/answer_geojson.h"

#include "base/error.h"
#include "base/json.h"
#include "view/answer_json.h"

#include <inttypes.h>

enum { FLUSH_AT = 1 << 16, LONGEST_FEATURE = 1 << 24 };

void geojson_feature(
    const struct view *view, const struct reader *reader, uint32_t index, int language, struct buffer *out)
{
    struct view_site site;
    bool is_point = view_site(view, reader, index, &site) && site.precision <= PLACE_SETTLEMENT;
    buffer_add_byte(out, '{');
    json_member(out, "type", SLICE("Feature"));
    json_member_u64(out, "id", view_resolution(view)->entity[index]);
    json_name(out, "geometry");
    if (is_point) {
        buffer_add_byte(out, '{');
        json_member(out, "type", SLICE("Point"));
        json_name(out, "coordinates");
        buffer_add_byte(out, '[');
        json_number(out, site.lon_e5 / 1e5);
        buffer_add_byte(out, ',');
        json_number(out, site.lat_e5 / 1e5);
        buffer_add_string(out, "]}");
    } else {
        buffer_add_string(out, "null");
    }
    json_name(out, "properties");
    entity_json(view, reader, index, language, out);
    buffer_add_byte(out, '}');
}

enum comity_status answer_geojson(const struct view *view, const struct reader *reader, const uint32_t *indexes,
    size_t n, int language, uint64_t sequence, answer_sink sink, void *context, struct comity_error *err)
{
    struct buffer out;
    enum comity_status status = COMITY_OK;
    buffer_init(&out, LONGEST_FEATURE);
    buffer_format(&out,
        "{\"type\":\"FeatureCollection\",\"sequence\":%" PRIu64 ",\"numberReturned\":%zu,\"features\":[", sequence, n);
    for (size_t i = 0; i < n && status == COMITY_OK; i++) {
        buffer_add_string(&out, i ? ",\n" : "\n");
        geojson_feature(view, reader, indexes[i], language, &out);
        status = buffer_status(&out);
        if (status == COMITY_OK && out.len >= FLUSH_AT) {
            status = sink(context, buffer_slice(&out));
            buffer_clear(&out);
        }
    }
    buffer_add_string(&out, "\n]}\n");
    if (status == COMITY_OK)
        status = buffer_status(&out);
    if (status == COMITY_OK)
        status = sink(context, buffer_slice(&out));
    buffer_release(&out);
    return status == COMITY_OK ? status : error_set(err, status, "the export was not finished");
}
