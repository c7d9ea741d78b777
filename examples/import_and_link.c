/* The whole of Comity in one small program: import_and_link STORE FILE RECIPE [QUERY [DATA_FOLDER]]
 *
 * Makes the store if it is not there, reads a file of drug seizures with a recipe, finds which reports tell of the same
 * seizure, and prints the answer to a query as JSON. Build it with the library alone:
 *
 *     cc import_and_link.c -lcomity $(pkg-config --libs sqlite3 …)
 */
#include <comity.h>

#include <stdio.h>

static int fail(const struct comity_error *err)
{
    fprintf(stderr, "import_and_link: %s%s%s%s%s\n", err->where, err->where[0] ? ": " : "", err->message,
        err->hint[0] ? "; " : "", err->hint);
    return comity_status_exit(err->status);
}

static int show_progress(void *context, const char *stage, uint64_t done, uint64_t total)
{
    (void)context;
    if (total)
        fprintf(stderr, "\r%-10s %3.0f %%", stage, 100.0 * (double)done / (double)total);
    return 1; /* 0 would stop it; nothing would be left behind */
}

int main(int argc, char **argv)
{
    struct comity_options options = {.wait_ms = 5000, .progress = show_progress};
    struct comity_error err = {0};
    struct comity_text receipt, report, answer;
    struct comity *comity;

    if (argc < 4) {
        fprintf(stderr, "usage: import_and_link STORE FILE RECIPE [QUERY]\n");
        return 2;
    }
    if (argc > 5) /* otherwise the place that was compiled in */
        options.data_folder = argv[5];

    enum comity_status status = comity_create(argv[1], "drugs", &options, &err);
    if (status != COMITY_OK && status != COMITY_CONFLICT) /* a store that is there already will do */
        return fail(&err);
    if (comity_open(argv[1], &options, &comity, &err) != COMITY_OK)
        return fail(&err);

    status = comity_import(comity, argv[2], argv[3], &receipt, &err);
    if (status == COMITY_OK) {
        fprintf(stderr, "\n%s\n", receipt.ptr);
        comity_text_free(&receipt);
        status = comity_link(comity, &report, &err);
    }
    if (status == COMITY_OK) {
        fprintf(stderr, "\n%s\n", report.ptr);
        comity_text_free(&report);
        status = comity_query(comity, argc > 4 ? argv[4] : "", &answer, &err);
    }
    if (status == COMITY_OK) {
        puts(answer.ptr);
        comity_text_free(&answer);
    }
    comity_close(comity);
    return status == COMITY_OK ? 0 : fail(&err);
}
