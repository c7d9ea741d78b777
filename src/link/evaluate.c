/* Quality from a contingency table of clusters and labels: no pair is ever listed. B-cubed after Bagga and Baldwin
 * (1998). */
#include "link/link.h"

#include "base/order.h"

#include <stdlib.h>

static uint64_t pairs_of(uint64_t n)
{
    return n * (n - 1) / 2;
}

static double ratio(double a, double b)
{
    return b > 0 ? a / b : 1;
}

static double harmonic(double a, double b)
{
    return a + b > 0 ? 2 * a * b / (a + b) : 0;
}

/* Replaces labels by dense numbers from 0 and returns how many there are. */
static size_t number_labels(struct sort_item *items, size_t n, uint32_t *dense)
{
    size_t count = 0;
    sort_items(items, n);
    for (size_t i = 0; i < n; i++) {
        if (i && items[i].key != items[i - 1].key)
            count++;
        dense[items[i].payload] = (uint32_t)count;
    }
    return n ? count + 1 : 0;
}

struct table {
    struct sort_item *items;
    uint32_t *found, *true_label, *n_found, *n_true;
    size_t n;
};

static void add_cell(const struct table *table, size_t i, size_t j, struct link_quality *out)
{
    double size = (double)(j - i);
    uint32_t at = table->items[i].payload;
    out->n_right_pairs += pairs_of(j - i);
    out->b3_precision += size * size / table->n_found[table->found[at]];
    out->b3_recall += size * size / table->n_true[table->true_label[at]];
}

static void fill_quality(struct table *table, struct link_quality *out)
{
    size_t n = table->n;
    for (size_t i = 0; i < n; i++) {
        table->n_found[table->found[i]]++;
        table->n_true[table->true_label[i]]++;
        table->items[i] = (struct sort_item){(uint64_t)table->found[i] << 32 | table->true_label[i], (uint32_t)i};
    }
    sort_items(table->items, n);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && table->items[j].key == table->items[i].key; j++) {
        }
        add_cell(table, i, j, out);
    }
    for (size_t i = 0; i < n; i++) {
        out->n_found_pairs += table->n_found[i] ? pairs_of(table->n_found[i]) : 0;
        out->n_true_pairs += table->n_true[i] ? pairs_of(table->n_true[i]) : 0;
    }
    out->n_mentions = n;
    out->precision = ratio((double)out->n_right_pairs, (double)out->n_found_pairs);
    out->recall = ratio((double)out->n_right_pairs, (double)out->n_true_pairs);
    out->f1 = harmonic(out->precision, out->recall);
    out->b3_precision = ratio(out->b3_precision, (double)n);
    out->b3_recall = ratio(out->b3_recall, (double)n);
    out->b3_f1 = harmonic(out->b3_precision, out->b3_recall);
}

enum comity_status link_evaluate(const uint32_t *cluster, const uint64_t *truth, size_t n, struct link_quality *out)
{
    *out = (struct link_quality){0};
    struct table table = {
        .items = malloc((n + 1) * sizeof *table.items), .found = calloc(4 * (n + 1), sizeof *table.found)};
    enum comity_status status = table.items && table.found ? COMITY_OK : COMITY_NOMEM;
    if (status == COMITY_OK) {
        table.true_label = table.found + n + 1;
        table.n_found = table.true_label + n + 1;
        table.n_true = table.n_found + n + 1;
        for (size_t i = 0; i < n; i++)
            if (truth[i])
                table.items[table.n] = (struct sort_item){cluster[i], (uint32_t)table.n}, table.n++;
        number_labels(table.items, table.n, table.found);
        size_t at = 0;
        for (size_t i = 0; i < n; i++)
            if (truth[i])
                table.items[at] = (struct sort_item){truth[i], (uint32_t)at}, at++;
        number_labels(table.items, table.n, table.true_label);
        fill_quality(&table, out);
    }
    free(table.items);
    free(table.found);
    return status;
}
