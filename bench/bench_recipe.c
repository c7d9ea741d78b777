/* How fast rows become typed mentions: bench_recipe FILE RECIPE [ROUNDS]. With the survey pass, and the verbatim JSON
 * of each row. */
#include "base/calendar.h"
#include "base/error.h"
#include "read/recipe.h"

#include <stdio.h>
#include <stdlib.h>

struct passes {
    uint64_t survey_ms, read_ms, n_rows, n_bytes;
};

static enum comity_status survey(const char *path, const struct recipe *recipe, struct recipe_run **run,
    struct rows **rows, struct comity_error *err)
{
    struct row row;
    bool has_row;
    enum comity_status status = rows_open(path, recipe_rows_options(recipe), rows, err);
    if (!status)
        status = recipe_begin(recipe, *rows, run, err);
    while (!status && !(status = rows_next(*rows, &row, &has_row, err)) && has_row)
        status = recipe_survey_row(*run, &row, err);
    return status ? status : recipe_survey_done(*run, err);
}

static enum comity_status read_rows(
    struct recipe_run *run, struct rows *rows, struct passes *passes, struct comity_error *err)
{
    struct row row;
    bool has_row;
    enum comity_status status;
    struct buffer raw;
    buffer_init(&raw, 64 << 20);
    while (!(status = rows_next(rows, &row, &has_row, err)) && has_row) {
        const struct reading *readings;
        size_t n;
        struct slice reason, mend;
        enum reading_outcome outcome;
        status = recipe_read_row(run, &row, &outcome, &readings, &n, &reason, &mend, err);
        if (status)
            break;
        buffer_clear(&raw);
        recipe_raw_json(run, &row, &raw);
        passes->n_bytes += raw.len;
        passes->n_rows++;
    }
    buffer_release(&raw);
    return status;
}

static enum comity_status both_passes(
    const char *path, const struct recipe *recipe, struct passes *passes, struct comity_error *err)
{
    struct rows *first = NULL, *second = NULL;
    struct recipe_run *run = NULL;
    uint64_t start = clock_ms();
    enum comity_status status = survey(path, recipe, &run, &first, err);
    uint64_t between = clock_ms();
    if (!status)
        status = rows_open(path, recipe_rows_options(recipe), &second, err);
    if (!status)
        status = recipe_use_rows(run, second, err);
    if (!status)
        status = read_rows(run, second, passes, err);
    passes->survey_ms = between - start;
    passes->read_ms = clock_ms() - between;
    if (!status && run)
        printf("%.*s", SLICE_ARG(recipe_survey_text(run)));
    for (size_t i = 0; run && i < recipe_counts(run)->n_rows && i < DOMAIN_MOST_FIELDS; i++) {
        const uint64_t *states = recipe_counts(run)->by_state[i];
        if (states[0] + states[1] + states[2] + states[3])
            printf("field %zu: %llu absent, %llu null, %llu unread, %llu typed\n", i, (unsigned long long)states[0],
                (unsigned long long)states[1], (unsigned long long)states[2], (unsigned long long)states[3]);
    }
    recipe_end(run);
    rows_close(first);
    rows_close(second);
    return status;
}

int main(int argc, char **argv)
{
    struct comity_error err = {0};
    struct domain *domain = NULL;
    struct recipe *recipe = NULL;
    if (argc < 3) {
        fprintf(stderr, "usage: bench_recipe FILE RECIPE [ROUNDS]\n");
        return 2;
    }
    enum comity_status status =
        domain_load(SOURCE_FOLDER "/domains/drugs", DATA_FOLDER "/gazetteer.bin", &domain, &err);
    if (!status)
        status = recipe_load(argv[2], domain, &recipe, &err);
    for (int i = 0; i < (argc > 3 ? (int)strtol(argv[3], NULL, 10) : 3) && !status; i++) {
        struct passes passes = {0};
        status = both_passes(argv[1], recipe, &passes, &err);
        printf("recipe: %llu rows; survey %llu ms; read %llu ms, %.0f rows/s, %.1f MB of JSON\n",
            (unsigned long long)passes.n_rows, (unsigned long long)passes.survey_ms, (unsigned long long)passes.read_ms,
            (double)passes.n_rows * 1000 / (double)(passes.read_ms + 1), (double)passes.n_bytes / 1e6);
    }
    if (status)
        fprintf(stderr, "%s: %s (%s)\n", err.where, err.message, err.hint);
    recipe_free(recipe);
    domain_free(domain);
    return status != COMITY_OK;
}
