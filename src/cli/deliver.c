/* See deliver.h. The renderers stream: no export needs a large buffer. */
#include "cli/deliver.h"

#include "base/error.h"
#include "view/answer_csv.h"
#include "view/answer_geojson.h"
#include "view/answer_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct outlet {
    FILE *file;
    const char *path;
    char temporary[4096];
};

static enum comity_status take(void *context, struct slice bytes)
{
    struct outlet *outlet = context;
    return fwrite(bytes.ptr, 1, bytes.len, outlet->file) == bytes.len ? COMITY_OK : COMITY_IO;
}

static enum comity_status write_lines(const struct cli *cli, const struct ask *ask, bool is_array,
    const uint32_t *indexes, size_t n, struct outlet *outlet)
{
    struct buffer line;
    enum comity_status status = COMITY_OK;
    buffer_init(&line, (size_t)16 << 20);
    for (size_t i = 0; i < n && status == COMITY_OK; i++) {
        buffer_clear(&line);
        if (is_array)
            buffer_add_string(&line, i ? ",\n" : "[");
        entity_json(ask->snapshot->view, &cli->reader, indexes[i], ask->query.language, &line);
        buffer_add_string(&line, is_array ? "" : "\n");
        status = buffer_status(&line);
        if (status == COMITY_OK)
            status = take(outlet, buffer_slice(&line));
    }
    if (status == COMITY_OK && is_array)
        status = take(outlet, n ? SLICE("]\n") : SLICE("[]\n"));
    buffer_release(&line);
    return status;
}

static enum comity_status write_all(const struct cli *cli, const struct ask *ask, enum output_format format,
    struct outlet *outlet, struct comity_error *err)
{
    uint32_t *indexes = NULL;
    size_t n = 0;
    const struct view *view = ask->snapshot->view;
    enum comity_status status = view_select(view, &cli->reader, &ask->query, &indexes, &n, err);
    if (status != COMITY_OK)
        return status;
    if (format == OUTPUT_GEOJSON)
        status = answer_geojson(
            view, &cli->reader, indexes, n, ask->query.language, ask->snapshot->sequence, take, outlet, err);
    else if (format == OUTPUT_CSV)
        status = answer_csv(view, &cli->reader, indexes, n, ask->query.language, take, outlet, err);
    else
        status = write_lines(cli, ask, format == OUTPUT_JSON, indexes, n, outlet);
    free(indexes);
    if (status == COMITY_IO)
        error_io(err, "write to", outlet->path ? outlet->path : "standard output");
    return status;
}

static enum comity_status open_outlet(struct outlet *outlet, struct comity_error *err)
{
    if (!outlet->path) {
        outlet->file = stdout;
        return COMITY_OK;
    }
    int len = snprintf(outlet->temporary, sizeof outlet->temporary, "%s.part", outlet->path);
    if (len < 0 || (size_t)len >= sizeof outlet->temporary)
        return error_set(err, COMITY_USAGE, "the path is too long");
    outlet->file = fopen(outlet->temporary, "wbe");
    return outlet->file ? COMITY_OK : error_io(err, "create", outlet->temporary);
}

static enum comity_status close_outlet(struct outlet *outlet, enum comity_status status, struct comity_error *err)
{
    if (!outlet->path)
        return status;
    if (status == COMITY_OK && (fflush(outlet->file) != 0 || fsync(fileno(outlet->file)) != 0))
        status = error_io(err, "write", outlet->temporary);
    if (fclose(outlet->file) != 0 && status == COMITY_OK)
        status = error_io(err, "close", outlet->temporary);
    if (status == COMITY_OK && rename(outlet->temporary, outlet->path) != 0)
        status = error_io(err, "rename", outlet->temporary);
    if (status != COMITY_OK)
        unlink(outlet->temporary);
    return status;
}

enum comity_status deliver_all(
    const struct cli *cli, const struct ask *ask, enum output_format format, const char *path, struct comity_error *err)
{
    struct outlet outlet = {.path = path};
    enum comity_status status = open_outlet(&outlet, err);
    if (status != COMITY_OK)
        return status;
    status = write_all(cli, ask, format, &outlet, err);
    return close_outlet(&outlet, status, err);
}
