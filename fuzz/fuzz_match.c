/* match_files.c, table.c and the whole of match/: a pack, and cells behind a zero byte. */
#include "flow/match_files.h"
#include "match/match.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_ROWS = 60 };

static enum comity_status add_rows(const struct match_pack *pack, struct slice text, struct table *table)
{
    enum comity_status status = table_init(table, pack->columns, pack->n_columns, NULL);
    for (size_t r = 0; r < MOST_ROWS && text.len && !status; r++) {
        struct slice line = slice_cut(&text, '\n'), cells[TABLE_MOST_COLUMNS];
        for (unsigned c = 0; c < pack->n_columns; c++)
            cells[c] = slice_cut(&line, '\t');
        status = table_add(table, r % 2, cells, NULL);
    }
    return status ? status : table_seal(table, NULL);
}

static void match(const struct table *table, bool is_once_each)
{
    struct match_options options = {.threads = 1, .is_once_each = is_once_each};
    struct match_result result;
    enum comity_status status = match_run(table, &options, &result, NULL);
    if (status && status != COMITY_USAGE)
        abort();
    for (size_t i = 0; !status && i < table->n; i++)
        if (result.cluster[i] > i || result.cluster[result.cluster[i]] != result.cluster[i])
            abort();
    match_result_release(&result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct match_pack pack;
    struct table table = {0};
    const uint8_t *end = size ? memchr(data, 0, size) : NULL;
    size_t len = end ? (size_t)(end - data) : size;
    enum comity_status status = match_pack_parse(slice_of((const char *)data, len), "fuzz", &pack, NULL);
    if (!status && end && !add_rows(&pack, slice_of((const char *)end + 1, size - len - 1), &table)) {
        match(&table, false);
        match(&table, true);
    }
    table_release(&table);
    match_pack_release(&pack);
    return 0;
}
