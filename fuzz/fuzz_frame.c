/* frame.c, frame_sums.c: the first byte chooses the options, the rest is CSV. Whatever is taken off is told: of the
 * rows that are not empty, none may be missing and none may be there twice. */
#include "fuzz_rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    uint64_t n_rows, n_told;
};

static bool is_empty(const struct row *row)
{
    for (size_t i = 0; i < row->n_cells; i++)
        if (slice_trim(row->cells[i]).len)
            return false;
    return !row->fault;
}

static bool look(struct slice bytes, const struct rows_options *options, struct seen *seen)
{
    struct rows *rows;
    struct row row;
    bool has_row = false;
    struct comity_error err;
    *seen = (struct seen){0};
    if (rows_open_memory(bytes, options, &rows, &err))
        return false;
    enum comity_status status;
    while (!(status = rows_next(rows, &row, &has_row, &err)) && has_row)
        seen->n_rows += !is_empty(&row);
    const struct frame_found *found = rows_frame(rows);
    seen->n_told = found->n_totals + found->n_footnotes + found->n_more;
    rows_close(rows);
    return !status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct slice labels[] = {{"total", 5}};
    struct seen plain, framed;
    if (!size)
        return 0;
    struct rows_options options = {.format = ROWS_CSV, .delimiter = ','}, with = options;
    with.totals = (enum totals_mode)(data[0] % 3);
    with.total_column = SLICE("a");
    with.total_labels = labels;
    with.n_total_labels = 1;
    with.has_footnotes = data[0] & 4;
    struct slice bytes = slice_of((const char *)data + 1, size - 1);
    if (look(bytes, &options, &plain) && look(bytes, &with, &framed) && plain.n_rows != framed.n_rows + framed.n_told)
        abort();
    return 0;
}
