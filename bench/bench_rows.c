/* How fast a file of any format is read into rows, and nothing more: `bench_rows FILE…`. */
#include "base/error.h"
#include "read/rows.h"

#include <stdio.h>
#include <time.h>

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static enum comity_status read_all(const char *path, uint64_t *n_rows, uint64_t *n_bytes, struct comity_error *err)
{
    struct rows *rows;
    struct row row;
    bool has_row = true;
    enum comity_status status = rows_open(path, NULL, &rows, err);
    if (status)
        return status;
    while (!(status = rows_next(rows, &row, &has_row, err)) && has_row) {
        ++*n_rows;
        for (size_t i = 0; i < row.n_cells; i++)
            *n_bytes += row.cells[i].len;
    }
    rows_close(rows);
    return status;
}

int main(int n, char **paths)
{
    printf("%-40s %12s %12s %10s %12s\n", "file", "rows", "cell bytes", "cpu s", "rows/cpu s");
    for (int i = 1; i < n; i++) {
        struct comity_error err = {0};
        uint64_t n_rows = 0, n_bytes = 0;
        double begin = seconds(CLOCK_PROCESS_CPUTIME_ID);
        if (read_all(paths[i], &n_rows, &n_bytes, &err)) {
            fprintf(stderr, "%s: %s\n", paths[i], err.message);
            return 1;
        }
        double took = seconds(CLOCK_PROCESS_CPUTIME_ID) - begin;
        printf("%-40s %12llu %12llu %10.2f %12.0f\n", paths[i], (unsigned long long)n_rows, (unsigned long long)n_bytes,
            took, (double)n_rows / took);
    }
    return 0;
}
