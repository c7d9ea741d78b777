/* recipe_yaml.c, recipe_load.c, recipe_cells.c, recipe_run.c: a recipe for the pack of people (it needs no gazetteer),
 * and rows behind a zero byte. */
#include "read/recipe.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct domain *people(void)
{
    static struct domain *domain;
    struct comity_error err;
    if (!domain && domain_load(SOURCE_FOLDER "/domains/people", NULL, &domain, &err))
        abort();
    return domain;
}

static void read_rows(const struct recipe *recipe, struct slice bytes)
{
    struct rows *rows = NULL;
    struct recipe_run *run = NULL;
    struct row row;
    struct comity_error err;
    struct buffer raw;
    bool has_row;
    enum comity_status status = rows_open_memory(bytes, recipe_rows_options(recipe), &rows, &err);
    buffer_init(&raw, 64 << 20);
    if (!status)
        status = recipe_begin(recipe, rows, &run, &err);
    while (!status && !rows_next(rows, &row, &has_row, &err) && has_row) {
        const struct reading *readings;
        size_t n = 0;
        struct slice reason, mend;
        enum reading_outcome outcome;
        status = recipe_survey_row(run, &row, &err);
        if (!status)
            status = recipe_read_row(run, &row, &outcome, &readings, &n, &reason, &mend, &err);
        for (size_t i = 0; i < n && !status; i++) {
            struct value values[DOMAIN_MOST_FIELDS];
            if (mention_unpack(people(), readings[i].packed, values, &err))
                abort();
        }
        buffer_clear(&raw);
        recipe_raw_json(run, &row, &raw);
    }
    buffer_release(&raw);
    recipe_end(run);
    rows_close(rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct recipe *recipe;
    struct comity_error err;
    const uint8_t *end = size ? memchr(data, 0, size) : NULL;
    size_t len = end ? (size_t)(end - data) : size;
    if (recipe_parse(slice_of((const char *)data, len), "fuzz", people(), &recipe, &err))
        return 0;
    if (end)
        read_rows(recipe, slice_of((const char *)end + 1, size - len - 1));
    recipe_free(recipe);
    return 0;
}
