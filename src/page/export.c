/* export.c - the twins of a page: JSON of an answer, and all that matches as CSV or GeoJSON. */
#include "base/csv_cell.h"
#include "base/error.h"
#include "base/json.h"
#include "page/part.h"
#include "view/answer_geojson.h"
#include "view/answer_json.h"

#include <stdlib.h>

enum { ROWS_A_PIECE = 2000 };

static enum comity_status into_buffer(void *context, struct slice bytes)
{
    struct buffer *out = context;
    buffer_add_slice(out, bytes);
    return buffer_status(out);
}

void part_mark_simulated(struct page *page)
{
    struct buffer *out = &page->response->body;
    struct buffer text;
    if (!page_is_simulated(page) || buffer_status(out) != COMITY_OK || out->len < 2)
        return;
    buffer_init(&text, HTTP_MOST_BODY);
    buffer_add_byte(&text, '{');
    json_member(&text, "notice", page_simulated_note(page));
    buffer_add_byte(&text, ',');
    buffer_add(&text, out->ptr + 1, out->len - 1);
    buffer_release(out);
    *out = text;
}

enum comity_status part_answer_json(struct page *page, const struct answer *answer, struct comity_error *err)
{
    page->response->type = "application/json; charset=utf-8";
    enum comity_status status = answer_json(page->snapshot->view, &page->reader, &page->query, answer,
        page->snapshot->sequence, &page->response->body, err);
    part_mark_simulated(page);
    return status;
}

/* ---- all that matches, made while it is sent ------------------------------------------------------------------ */

struct export_stream {
    struct snapshot *snapshot;
    struct reader reader;
    int language;
    uint32_t *indexes;
    size_t n, done;
    bool is_begun;
    struct slice notice; /* of simulated data, or empty */
};

static void stream_release(void *context)
{
    struct export_stream *stream = context;
    snapshot_release(stream->snapshot);
    free(stream->indexes);
    free(stream);
}

static size_t next_piece(const struct export_stream *stream)
{
    size_t left = stream->n - stream->done;
    return left < ROWS_A_PIECE ? left : ROWS_A_PIECE;
}

/* Takes the heading off again: every piece is written with one. */
static void drop_heading(struct buffer *chunk)
{
    ptrdiff_t end = slice_find(buffer_slice(chunk), SLICE("\r\n"));
    if (end < 0)
        return;
    memmove(chunk->ptr, chunk->ptr + end + 2, chunk->len - (size_t)end - 2);
    chunk->len -= (size_t)end + 2;
}

static bool csv_more(void *context, struct buffer *chunk)
{
    struct export_stream *stream = context;
    size_t n = next_piece(stream);
    if (answer_csv(stream->snapshot->view, &stream->reader, stream->indexes + stream->done, n, stream->language,
            into_buffer, chunk, NULL) != COMITY_OK)
        chunk->failed = true;
    else if (stream->is_begun)
        drop_heading(chunk);
    stream->is_begun = true;
    stream->done += n;
    return stream->done < stream->n && !chunk->failed;
}

static void geojson_begin(const struct export_stream *stream, struct buffer *chunk)
{
    buffer_add_byte(chunk, '{');
    json_member(chunk, "type", SLICE("FeatureCollection"));
    if (stream->notice.len)
        json_member(chunk, "notice", stream->notice);
    json_member_u64(chunk, "sequence", stream->snapshot->sequence);
    json_member_u64(chunk, "numberReturned", stream->n);
    json_name(chunk, "features");
    buffer_add_byte(chunk, '[');
}

static bool geojson_more(void *context, struct buffer *chunk)
{
    struct export_stream *stream = context;
    if (!stream->is_begun)
        geojson_begin(stream, chunk);
    stream->is_begun = true;
    for (size_t n = next_piece(stream); n > 0; n--) {
        buffer_add_string(chunk, stream->done ? ",\n" : "\n");
        geojson_feature(
            stream->snapshot->view, &stream->reader, stream->indexes[stream->done++], stream->language, chunk);
    }
    if (stream->done == stream->n)
        buffer_add_string(chunk, "\n]}\n");
    return stream->done < stream->n && !chunk->failed;
}

/* Takes `indexes` over. */
static enum comity_status send_indexes(struct page *page, uint32_t *indexes, size_t n, struct comity_error *err)
{
    bool is_csv = page->format == PAGE_CSV, is_simulated = page_is_simulated(page);
    struct export_stream *stream = calloc(1, sizeof *stream);
    if (!stream) {
        free(indexes);
        return error_nomem(err);
    }
    *stream = (struct export_stream){snapshot_share(page->snapshot), page->reader, page->catalogue.language, indexes, n,
        0, false, page_simulated_note(page)};
    page->response->stream = (struct http_stream){is_csv ? csv_more : geojson_more, stream_release, stream};
    page->response->type = is_csv ? "text/csv; charset=utf-8" : "application/geo+json";
    if (is_csv)
        page->response->file_name = is_simulated ? "comity-simulated.csv" : "comity.csv";
    else
        page->response->file_name = is_simulated ? "comity-simulated.geojson" : "comity.geojson";
    return COMITY_OK;
}

enum comity_status part_export(struct page *page, struct comity_error *err)
{
    uint32_t *indexes = NULL;
    size_t n = 0;
    enum comity_status status = view_select(page->snapshot->view, &page->reader, &page->query, &indexes, &n, err);
    return status == COMITY_OK ? send_indexes(page, indexes, n, err) : status;
}

enum comity_status part_entity_export(struct page *page, uint32_t index, struct comity_error *err)
{
    uint32_t *one = malloc(sizeof *one);
    if (!one)
        return error_nomem(err);
    *one = index;
    return send_indexes(page, one, 1, err);
}

/* ---- small tables --------------------------------------------------------------------------------------------- */

void part_csv_cell(struct buffer *out, struct slice text, bool is_last)
{
    csv_text(out, text);
    buffer_add_string(out, is_last ? "\r\n" : ",");
}
