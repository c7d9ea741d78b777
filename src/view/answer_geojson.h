/* answer_geojson.h - entities as a GeoJSON FeatureCollection (RFC 7946), streamed.
 *
 * Only points get a geometry; a place known as an area has `"geometry": null` and says its precision in its properties,
 * so that no map draws the centre of a subdivision as a point. Entities without a place are in it as well, so that
 * counts agree.
 */
#ifndef VIEW_ANSWER_GEOJSON_H
#define VIEW_ANSWER_GEOJSON_H

#include "view/answer_csv.h"

enum comity_status answer_geojson(const struct view *view, const struct reader *reader, const uint32_t *indexes,
    size_t n, int language, uint64_t sequence, answer_sink sink, void *context,
    struct comity_error *err) COMITY_MUST_USE;

/* One feature, for who streams the collection in pieces of its own. */
void geojson_feature(
    const struct view *view, const struct reader *reader, uint32_t index, int language, struct buffer *out);

#endif
