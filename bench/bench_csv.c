/* How fast CSV is cut into cells: bench_csv [FILE [ROUNDS]]. Without a file: the table that it makes, 16 columns. */
#include "base/buffer.h"
#include "base/calendar.h"
#include "base/error.h"
#include "read/rows.h"

#include <stdio.h>
#include <stdlib.h>

static void make_table(struct buffer *out)
{
    unsigned random = 7;
    buffer_add_string(
        out, "region;subregion;country;division;place;date;drug;amount;unit;hiding;site;way;made;from;to;route\n");
    for (int i = 0; i < 500000; i++) {
        random = random * 1664525u + 1013904223u;
        buffer_format(out,
            "Somewhere;South of it;Country %u;Province %u;Town of %u;2016-%02u-%02u;Substance %u;%u.%u;Gram;Luggage;"
            "Airport;Air;Unknown;Unknown;Country %u;Border - inbound\n",
            random >> 28, random >> 25, random >> 20, 1 + (random >> 8) % 12, 1 + (random >> 12) % 28, random >> 27,
            (random >> 4) % 5000, random % 10, random >> 26);
    }
}

int main(int argc, char **argv)
{
    struct buffer table;
    struct comity_error err = {0};
    int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 5;
    buffer_init(&table, 1 << 30);
    if (argc < 2)
        make_table(&table);
    for (int i = 0; i < rounds; i++) {
        struct rows *rows;
        struct row row;
        bool has_row = true;
        uint64_t start = clock_ms(), n_rows = 0, n_bytes = 0, n_cells = 0;
        enum comity_status status = argc > 1 ? rows_open(argv[1], NULL, &rows, &err)
                                             : rows_open_memory(buffer_slice(&table), NULL, &rows, &err);
        while (!status && !(status = rows_next(rows, &row, &has_row, &err)) && has_row) {
            n_rows++;
            n_bytes += row.raw.len + 1;
            n_cells += row.n_cells;
        }
        if (status) {
            fprintf(stderr, "bench_csv: %s\n", err.message);
            return 1;
        }
        rows_close(rows);
        double seconds = (double)(clock_ms() - start + 1) / 1000;
        printf("csv: %llu rows, %llu cells, %.1f MB in %.3f s: %.0f MB/s, %.0f rows/s\n", (unsigned long long)n_rows,
            (unsigned long long)n_cells, (double)n_bytes / 1e6, seconds, (double)n_bytes / 1e6 / seconds,
            (double)n_rows / seconds);
    }
    buffer_release(&table);
    return 0;
}
