/* export.c - the twins of a page: JSON of an answer, and all that matches as CSV or GeoJSON. */
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

/* ---- CSV, made while it is sent ------------------------------------------------------------------------------- */

struct csv_stream {
    struct snapshot *snapshot;
    struct reader reader;
    int language;
    uint32_t *indexes;
    size_t n, done;
};

static void csv_release(void *context)
{
    struct csv_stream *stream = context;
    snapshot_release(stream->snapshot);
    free(stream->indexes);
    free(stream);
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
    struct csv_stream *stream = context;
    size_t n = stream->n - stream->done < ROWS_A_PIECE ? stream->n - stream->done : ROWS_A_PIECE;
    bool is_first = stream->done == 0;
    if (answer_csv(stream->snapshot->view, &stream->reader, stream->indexes + stream->done, n, stream->language,
            into_buffer, chunk, NULL) != COMITY_OK)
        chunk->failed = true;
    else if (!is_first)
        drop_heading(chunk);
    stream->done += n;
    return stream->done < stream->n && !chunk->failed;
}

static enum comity_status send_csv(struct page *page, uint32_t *indexes, size_t n, struct comity_error *err)
{
    struct csv_stream *stream = calloc(1, sizeof *stream);
    if (!stream) {
        free(indexes);
        return error_nomem(err);
    }
    *stream =
        (struct csv_stream){snapshot_share(page->snapshot), page->reader, page->catalogue.language, indexes, n, 0};
    page->response->stream = (struct http_stream){csv_more, csv_release, stream};
    page->response->type = "text/csv; charset=utf-8";
    page->response->file_name = page_is_simulated(page) ? "comity-simulated.csv" : "comity.csv";
    return COMITY_OK;
}

static enum comity_status send_geojson(struct page *page, uint32_t *indexes, size_t n, struct comity_error *err)
{
    page->response->type = "application/geo+json";
    page->response->file_name = page_is_simulated(page) ? "comity-simulated.geojson" : "comity.geojson";
    enum comity_status status = answer_geojson(page->snapshot->view, &page->reader, indexes, n,
        page->catalogue.language, page->snapshot->sequence, into_buffer, &page->response->body, err);
    free(indexes);
    part_mark_simulated(page);
    return status;
}

static enum comity_status send_indexes(struct page *page, uint32_t *indexes, size_t n, struct comity_error *err)
{
    return page->format == PAGE_CSV ? send_csv(page, indexes, n, err) : send_geojson(page, indexes, n, err);
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
    bool is_formula = text.len && strchr("=+-@\t\r", text.ptr[0]);
    buffer_add_byte(out, '"');
    if (is_formula)
        buffer_add_byte(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            buffer_add_byte(out, '"');
        buffer_add_byte(out, text.ptr[i]);
    }
    buffer_add_string(out, is_last ? "\"\r\n" : "\",");
}
