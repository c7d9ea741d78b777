/* How fast a CSV becomes stored, typed mentions, and how fast a store is opened again:
 *
 *     bench_import ROWS [FOLDER]         makes a CSV of so many rows (columns as in the UN file) and imports it
 *     bench_import FILE RECIPE [FOLDER]  imports a file with a recipe of the drugs pack
 *
 * Prints rows a second for each stage, the peak of memory, the size of the store, and the time to load it.
 */
#include "base/calendar.h"
#include "base/error.h"
#include "flow/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct reader bench_reader = {.language = "en", .name = "bench"};

static int fail(const struct comity_error *err)
{
    char text[1200];
    error_format(err, text, sizeof text);
    fprintf(stderr, "bench_import: %s\n", text);
    return 1;
}

static void make_table(const char *path, long n_rows)
{
    static const char *const places[] = {"MEDELLIN;ANTIOQUIA", "CARTAGENA DE INDIAS;BOLIVAR", "CALI;VALLE DEL CAUCA",
        "TURBO;ANTIOQUIA", "BARRANQUILLA;ATLANTICO", "PASTO;NARINO", "TUMACO;NARINO", "LETICIA;AMAZONAS"};
    static const char *const drugs[] = {
        "Cocaine HCL", "Coca paste", "Heroin", "Cannabis Herb (Marijuana)", "Cocaine base", "Ecstasy"};
    static const char *const hiding[] = {"Body", "Luggage", "Vehicle", "--", "Cargo"};
    FILE *file = fopen(path, "wb");
    uint64_t random = 88172645463325252u;
    fputs("COUNTRY;SEIZURE_DATE;PLACE;ADMINISTRATIVE_DIVISION;DRUG_NAME;AMOUNT;DRUG_UNIT;TRANSPORT;INSTALLATION;HIDING_"
          "PLACE;"
          "ROUTING;PRODUCING_COUNTRY;DEPARTURE_COUNTRY;DESTINATION_COUNTRY\n",
        file);
    for (long i = 0; i < n_rows; i++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        fprintf(file, "Colombia;20%02u-%02u-%02u;%s;%s;%u.%03u;Gram;Road;Street;%s;--;Colombia;Colombia;Spain\n",
            11 + (unsigned)(random % 6), 1 + (unsigned)(random >> 8) % 12, 1 + (unsigned)(random >> 16) % 28,
            places[(random >> 24) % 8], drugs[(random >> 30) % 6], (unsigned)(random >> 36) % 5000,
            (unsigned)(random >> 50) % 1000, hiding[(random >> 45) % 5]);
    }
    fclose(file);
}

struct watch {
    char stage[32];
    uint64_t start;
};

static bool tell(void *context, const char *stage, uint64_t done, uint64_t total)
{
    struct watch *watch = context;
    struct rusage usage;
    (void)done, (void)total;
    if (strcmp(stage, watch->stage) == 0)
        return true;
    getrusage(RUSAGE_SELF, &usage);
    if (watch->stage[0])
        printf("  %-8s %7.2f s, peak so far %ld MB\n", watch->stage, (double)(clock_ms() - watch->start) / 1000,
            usage.ru_maxrss / 1024);
    snprintf(watch->stage, sizeof watch->stage, "%s", stage);
    watch->start = clock_ms();
    return true;
}

static int load(struct desk *desk, struct comity_error *err)
{
    struct mentions mentions;
    uint64_t *entity_of, sequence, start = clock_ms();
    if (store_load(desk->store, desk->domain, &mentions, &entity_of, &sequence, err))
        return fail(err);
    uint64_t ms = clock_ms() - start;
    printf("load: %zu mentions in %.3f s, %.0f mentions/s\n", mentions.n, (double)ms / 1000,
        (double)mentions.n / (double)(ms + 1) * 1000);
    mentions_release(&mentions);
    free(entity_of);
    return 0;
}

int main(int argc, char **argv)
{
    struct comity_error err = {0};
    struct desk desk = {0};
    struct desk_options options = {.data_folder = DATA_FOLDER, .mode = STORE_WRITE};
    struct watch watch = {0};
    struct progress progress = {.tell = tell, .context = &watch};
    struct import_options import = {.progress = &progress, .who = &bench_reader};
    struct import_receipt receipt;
    struct recipe *recipe;
    struct rusage usage;
    struct stat info;
    char folder[256], path[300], store[300];
    bool is_file = argc > 2 && strchr(argv[1], '/');
    if (argc < 2)
        return fprintf(stderr, "usage: bench_import ROWS [FOLDER] | FILE RECIPE [FOLDER]\n"), 2;
    const char *parent = is_file ? (argc > 3 ? argv[3] : "/tmp") : argc > 2 ? argv[2] : "/tmp";
    snprintf(folder, sizeof folder, "%s/comity-bench-XXXXXX", parent);
    if (!mkdtemp(folder))
        return perror(folder), 1;
    snprintf(store, sizeof store, "%s/bench.comity", folder);
    snprintf(path, sizeof path, "%s/table.csv", folder);
    if (is_file)
        snprintf(path, sizeof path, "%s", argv[1]);
    else
        make_table(path, strtol(argv[1], NULL, 10));
    if (desk_create(store, "drugs", &options, &err) || desk_open(&desk, store, &options, &err) ||
        desk_recipe(&desk, is_file ? argv[2] : "unodc-ids-2011-2016", &recipe, &err))
        return fail(&err);
    uint64_t start = clock_ms();
    if (desk_import(&desk, path, recipe, &import, &receipt, &err))
        return fail(&err);
    tell(&watch, "", 0, 0);
    double seconds = (double)(clock_ms() - start) / 1000;
    getrusage(RUSAGE_SELF, &usage);
    stat(store, &info);
    printf("import: %llu rows in %.2f s, %.0f rows/s; peak %ld MB; store %.1f MB (%.0f bytes a row)\n",
        (unsigned long long)receipt.counts.n_rows, seconds, (double)receipt.counts.n_rows / seconds,
        usage.ru_maxrss / 1024, (double)info.st_size / 1e6, (double)info.st_size / (double)(receipt.counts.n_rows + 1));
    import_receipt_release(&receipt);
    int exit_status = load(&desk, &err);
    recipe_free(recipe);
    desk_close(&desk);
    snprintf(path, sizeof path, "rm -r '%s'", folder);
    return system(path) == 0 ? exit_status : 1;
}
