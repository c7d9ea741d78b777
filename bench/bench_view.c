/* bench_view.c - how long a warm query takes: twelve facets and more, totals, timeline, marks and a page of rows, over
 * random mentions of the drugs pack, on one thread.
 *
 *     bench_view [mentions, default 300000] [rounds, default 60]
 */
#define _POSIX_C_SOURCE 200809L
#include "../tests/unit/view_world.h"

#include <time.h>

static double now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static long memory_kb(const char *name)
{
    char line[256];
    long kb = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0)
            kb = strtol(line + strlen(name), NULL, 10);
    if (file)
        fclose(file);
    return kb;
}

static int compare_times(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

static bool measure(const struct view_world *world, const char *text, size_t rounds, double *times)
{
    const struct reader reader = {.language = "en", .name = "bench"};
    uint64_t n_entities = 0;
    size_t n_facets = 0;
    for (size_t i = 0; i < rounds + 3; i++) {
        struct query query;
        struct answer answer;
        double start = now_ms();
        if (query_parse(slice_from(text), world->domain, NULL, 0, &query, NULL) != COMITY_OK)
            return false;
        if (view_answer(world->view, &reader, &query, &answer_everything, &answer, NULL) != COMITY_OK)
            return false;
        n_entities = answer.n_entities;
        n_facets = answer.n_facets;
        answer_release(&answer);
        query_release(&query);
        if (i >= 3)
            times[i - 3] = now_ms() - start;
    }
    qsort(times, rounds, sizeof *times, compare_times);
    printf("%-62s %9lu %4zu %8.2f %8.2f %8.2f\n", *text ? text : "(all)", (unsigned long)n_entities, n_facets,
        times[rounds / 2], times[(rounds * 99 + 99) / 100 - 1], times[rounds - 1]);
    return true;
}

int main(int argc, char **argv)
{
    static const char *const texts[] = {"", "date=2014..2018", "drug=cocaine-type&date=2013..",
        "country=!AF&amount.mass=100kg..",
        "drug=cocaine-type,heroin&country=!AF,!AL&date=2013..2019&amount=mass&source=unodc-ids&transport=!?",
        "source=press", "bbox=-80,-10,-60,12", "doubtful=conflict", "place=\"town 12\"", "text=cartagena"};
    enum { N_TEXTS = sizeof texts / sizeof *texts };
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 300000, rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 60;
    struct view_world world;
    double *times = calloc(rounds + 1, sizeof *times);
    bool is_good = times && rounds && view_world_make(&world, n, 1);
    long before = memory_kb("VmRSS:");
    double start = now_ms();
    is_good = is_good && view_build(&world.mentions, &world.resolution, &world.view, NULL) == COMITY_OK;
    if (!is_good)
        return 1;
    printf("mentions %zu, entities %zu: view built in %.0f ms, %.1f MB; process %.1f MB, of which the rest is mentions "
           "and pack\n",
        n, world.resolution.n_entities, now_ms() - start, (double)(memory_kb("VmRSS:") - before) / 1024,
        (double)memory_kb("VmRSS:") / 1024);
    printf("%-62s %9s %4s %8s %8s %8s\n", "query", "entities", "fac.", "p50 ms", "p99 ms", "most ms");
    for (size_t i = 0; i < N_TEXTS && is_good; i++)
        is_good = measure(&world, texts[i], rounds, times);
    free(times);
    view_world_release(&world);
    return is_good ? 0 : 1;
}
