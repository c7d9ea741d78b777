/* Pairs are counted, never listed: a group of mentions with n of one source and m of another has n × m of them. */
#include "cli/pairs.h"

#include "base/error.h"
#include "base/order.h"

#include <stdlib.h>

/* For every two sources. */
struct counts {
    uint64_t *pairs, *of_group; /* n_sources², n_sources */
    size_t n_sources;
};

static enum comity_status counts_init(struct counts *counts, size_t n_sources)
{
    counts->n_sources = n_sources;
    counts->pairs = calloc(n_sources * n_sources + 1, sizeof *counts->pairs);
    counts->of_group = calloc(n_sources + 1, sizeof *counts->of_group);
    return counts->pairs && counts->of_group ? COMITY_OK : COMITY_NOMEM;
}

static void counts_release(struct counts *counts)
{
    free(counts->pairs);
    free(counts->of_group);
}

static void close_group(struct counts *counts)
{
    size_t n = counts->n_sources;
    for (size_t a = 0; a < n; a++) {
        uint64_t of_a = counts->of_group[a];
        counts->pairs[a * n + a] += of_a ? of_a * (of_a - 1) / 2 : 0;
        for (size_t b = a + 1; b < n && of_a; b++)
            counts->pairs[a * n + b] += of_a * counts->of_group[b];
    }
    for (size_t a = 0; a < n; a++)
        counts->of_group[a] = 0;
}

/* Groups are runs of equal keys; the payload is the mention. */
static void count_groups(struct counts *counts, struct sort_item *items, size_t n, const uint32_t *source)
{
    sort_items(items, n);
    for (size_t i = 0; i < n; i++) {
        if (i && items[i].key != items[i - 1].key)
            close_group(counts);
        counts->of_group[source[items[i].payload]]++;
    }
    close_group(counts);
}

enum grouping { BY_TRUTH, BY_CLUSTER, BY_BOTH, N_GROUPINGS };

/* Of the mentions whose truth is known. Events and clusters are fewer than 2^32, so both fit one key. */
static enum comity_status count_by(
    struct counts *counts, enum grouping grouping, const struct snapshot *snapshot, const uint64_t *truth)
{
    const struct mentions *mentions = &snapshot->mentions;
    struct sort_item *items = malloc((mentions->n + 1) * sizeof *items);
    enum comity_status status = counts_init(counts, mentions->n_sources);
    size_t n = 0;
    if (!items || status != COMITY_OK) {
        free(items);
        return COMITY_NOMEM;
    }
    for (size_t i = 0; i < mentions->n; i++) {
        uint64_t key = grouping == BY_TRUTH     ? truth[i]
                       : grouping == BY_CLUSTER ? snapshot->cluster[i]
                                                : truth[i] << 32 | snapshot->cluster[i];
        if (truth[i])
            items[n++] = (struct sort_item){key, (uint32_t)i};
    }
    count_groups(counts, items, n, mentions->source);
    free(items);
    return COMITY_OK;
}

static enum comity_status add_line(
    struct sheet *sheet, struct slice a, struct slice b, const uint64_t counts[N_GROUPINGS])
{
    enum comity_status status = sheet_cell(sheet, a);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, b);
    for (size_t g = 0; g < N_GROUPINGS && status == COMITY_OK; g++)
        status = sheet_format(sheet, "%llu", (unsigned long long)counts[g]);
    double right = (double)counts[BY_BOTH];
    if (status == COMITY_OK)
        status = sheet_format(sheet, "%.4f", counts[BY_CLUSTER] ? right / (double)counts[BY_CLUSTER] : 1);
    return status == COMITY_OK ? sheet_format(sheet, "%.4f", counts[BY_TRUTH] ? right / (double)counts[BY_TRUTH] : 1)
                               : status;
}

static enum comity_status add_lines(
    struct sheet *sheet, const struct mentions *mentions, const struct counts counts[N_GROUPINGS])
{
    enum comity_status status = COMITY_OK;
    size_t n = mentions->n_sources;
    for (size_t a = 0; a < n; a++)
        for (size_t b = a; b < n && status == COMITY_OK; b++) {
            uint64_t line[N_GROUPINGS];
            for (size_t g = 0; g < N_GROUPINGS; g++)
                line[g] = counts[g].pairs[a * n + b];
            if (line[BY_TRUTH] || line[BY_CLUSTER])
                status = add_line(sheet, mentions->sources[a].code, mentions->sources[b].code, line);
        }
    return status;
}

enum comity_status pairs_print(
    const struct cli *cli, const struct snapshot *snapshot, const uint64_t *truth, struct comity_error *err)
{
    static const char *const columns[] = {
        "source", "other source", "true pairs#", "found pairs#", "right pairs#", "precision#", "recall#"};
    struct counts counts[N_GROUPINGS] = {0};
    struct sheet sheet;
    enum comity_status status = COMITY_OK;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    for (unsigned g = 0; g < N_GROUPINGS && status == COMITY_OK; g++)
        status = count_by(&counts[g], (enum grouping)g, snapshot, truth);
    if (status == COMITY_OK)
        status = add_lines(&sheet, &snapshot->mentions, counts);
    status = status == COMITY_OK ? sheet_print(&sheet, cli, err) : error_nomem(err);
    for (size_t g = 0; g < N_GROUPINGS; g++)
        counts_release(&counts[g]);
    sheet_release(&sheet);
    return status;
}
