/* How long one mention takes that comes to a linked whole.
 *
 *     bench_live STORE [N]      takes N mentions (10000) out of all of a store that was linked, one by one, and gives
 * each back at once; microseconds of both
 *
 * Prints a word and a number a line. Ends with 1 when the clusters are not in the end what they were in the beginning.
 */
#include "base/hash.h"
#include "flow/desk.h"
#include "link/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void tell(const char *what, double *us, size_t n)
{
    qsort(us, n, sizeof *us, compare);
    printf("%s_p50_us %.1f\n%s_p99_us %.1f\n%s_p999_us %.1f\n%s_most_us %.1f\n", what, us[n / 2], what,
        us[n * 99 / 100], what, us[n * 999 / 1000], what, us[n - 1]);
}

static enum comity_status give_back(
    struct link_live *live, const struct mentions *mentions, size_t m, uint32_t *position, struct comity_error *err)
{
    struct value values[DOMAIN_MOST_FIELDS];
    for (size_t f = 0; f < mentions->domain->n_fields; f++)
        values[f] = *mention_value(mentions, m, (int)f);
    struct live_mention mention = {.values = values,
        .source = mentions->source[m],
        .content = mentions->content[m],
        .identity = mentions->identity[m],
        .ordinal = mentions->ordinal[m]};
    return link_live_add(live, &mention, position, err);
}

/* Whether each mention's cluster is the one that it had: by the first mention of each. */
static bool is_as_before(const struct link_live *live, const uint32_t *before, const uint32_t *position_of, size_t n)
{
    uint32_t *first_of = malloc(link_live_count(live) * sizeof *first_of);
    bool is_same = first_of != NULL;
    for (size_t p = 0; is_same && p < link_live_count(live); p++)
        first_of[p] = UINT32_MAX;
    for (uint32_t m = 0; is_same && m < n; m++) {
        uint32_t cluster = link_live_cluster(live, position_of[m]);
        if (first_of[cluster] == UINT32_MAX)
            first_of[cluster] = m;
        is_same = first_of[cluster] == before[m];
    }
    free(first_of);
    return is_same;
}

static int measure(const struct mentions *mentions, const struct link_options *options, size_t n)
{
    struct link_live *live;
    struct comity_error err;
    double start = now(), *came = malloc(n * sizeof *came), *went = malloc(n * sizeof *went);
    uint32_t *position_of = malloc((mentions->n + 1) * sizeof *position_of);
    if (!came || !went || !position_of || link_live_start(mentions, NULL, 0, options, &live, &err) != COMITY_OK)
        return 2;
    printf("mentions %zu\nstart_s %.1f\n", mentions->n, (now() - start) / 1e6);
    size_t *n_of = calloc(link_live_count(live) + 1, sizeof *n_of), done = 0;
    for (size_t m = 0; m < mentions->n; m++)
        n_of[position_of[m] = link_live_position(live, m)]++;
    for (uint64_t random = 1; done < n; done++) {
        size_t m;
        /* Each once; repeated loads share a position with what they repeat. */
        do
            m = (random = hash_u64(random)) % mentions->n;
        while (position_of[m] >= mentions->n || n_of[position_of[m]] != 1);
        double begin = now();
        enum comity_status status = link_live_remove(live, position_of[m], &err);
        went[done] = now() - begin;
        begin = now();
        if (status == COMITY_OK)
            status = give_back(live, mentions, m, &position_of[m], &err);
        came[done] = now() - begin;
        if (status != COMITY_OK) {
            fprintf(stderr, "%s\n", err.message);
            return 2;
        }
    }
    tell("came", came, n);
    tell("went", went, n);
    bool is_good = is_as_before(live, link_live_result(live)->cluster, position_of, mentions->n);
    link_live_free(live);
    free(came);
    free(went);
    free(n_of);
    free(position_of);
    return is_good ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct desk desk;
    struct desk_options desk_options = {.data_folder = DATA_FOLDER, .mode = STORE_READ};
    struct mentions mentions;
    struct comity_error err;
    uint64_t *entity_of, sequence;
    if (argc < 2 || desk_open(&desk, argv[1], &desk_options, &err) != COMITY_OK ||
        desk_load(&desk, &mentions, &entity_of, &sequence, &err) != COMITY_OK) {
        fprintf(stderr, "usage: bench_live STORE [N]\n");
        return 2;
    }
    size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 10000;
    struct link_options options = {.threads = 0, .is_plain = true};
    int result = measure(&mentions, &options, n);
    printf("as_before %s\n", result ? "no" : "yes");
    return result;
}
