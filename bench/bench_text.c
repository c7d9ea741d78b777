/* How fast texts are compared, and nothing more.
 *
 *     bench_text names N                prints N distinct surnames that never were
 *     bench_text pairs FILE [QUERIES]   ns a pair, for the names of a file (one a line): one pair, one against many,
 * packed bench_text join FILE LEAST EDITS [BUDGET]  seconds, pairs and comparisons of a similarity join on one thread
 *
 * Prints a word and a number a line; bench/text.py makes tables of them, beside the peers'.
 */
#include "base/hash.h"
#include "base/map.h"
#include "text/similarity.h"
#include "text/similarity_join.h"

#include <inttypes.h>

enum { MOST_NAME = 64, QUERIES = 1000 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

static uint64_t state = 1;

static unsigned chance(unsigned below)
{
    state = hash_u64(state);
    return (unsigned)(state % below);
}

static size_t make_name(char *name)
{
    static const char *const front[] = {"al", "bar", "ber", "bo", "bran", "ca", "chev", "co", "dar", "de", "du", "es",
        "fer", "fo", "gar", "gon", "gu", "hern", "ho", "is", "ja", "jo", "ka", "kov", "la", "le", "lo", "mac", "mar",
        "men", "mo", "mul", "na", "nor", "ol", "or", "pa", "per", "qui", "ra", "ri", "rod", "ro", "sa", "sch", "ser",
        "so", "ste", "ta", "tor", "tu", "va", "ve", "wal", "wil", "ya", "za", "zu"};
    static const char *const middle[] = {"ba", "be", "ca", "ci", "da", "der", "di", "e", "fa", "ga", "gu", "i", "la",
        "len", "li", "lo", "ma", "mi", "na", "ne", "ni", "no", "o", "ra", "re", "ri", "ro", "sa", "si", "ta", "te",
        "ti", "to", "va", "ve", "vi"};
    static const char *const end[] = {"ac", "an", "ano", "ard", "berg", "chuk", "cia", "dez", "di", "don", "er", "es",
        "ez", "field", "in", "ini", "ko", "lez", "ley", "man", "mann", "nez", "o", "ont", "ov", "rez", "s", "sen",
        "ski", "son", "ton", "tti", "well", "yan"};
    int len = snprintf(name, MOST_NAME, "%s", front[chance(sizeof front / sizeof *front)]);
    for (unsigned n = 1 + chance(2); n; n--)
        len += snprintf(name + len, MOST_NAME - (size_t)len, "%s", middle[chance(sizeof middle / sizeof *middle)]);
    len += snprintf(name + len, MOST_NAME - (size_t)len, "%s", end[chance(sizeof end / sizeof *end)]);
    return (size_t)len;
}

static size_t misspell(char *name, size_t len)
{
    size_t at = chance((unsigned)len);
    char letter = (char)('a' + chance(26));
    if (chance(3) == 0 && len > 3)
        memmove(name + at, name + at + 1, len-- - at - 1);
    else if (chance(2) && len < MOST_NAME - 2) {
        memmove(name + at + 1, name + at, len++ - at);
        name[at] = letter;
    } else
        name[at] = letter;
    return len;
}

static int print_names(uint32_t n)
{
    struct intern seen = {0};
    while (seen.count < n) {
        char name[MOST_NAME];
        size_t len;
        if (seen.count && chance(2)) {
            struct slice old = intern_text(&seen, chance((unsigned)seen.count));
            memcpy(name, old.ptr, old.len);
            len = misspell(name, old.len);
        } else
            len = make_name(name);
        size_t before = seen.count;
        if (intern_put(&seen, slice_of(name, len)) == INTERN_NONE)
            return 1;
        if (seen.count > before)
            printf("%.*s\n", (int)len, name);
    }
    intern_release(&seen);
    return 0;
}

struct names {
    struct intern intern;
    struct symbols *texts;
    uint32_t n;
};

static bool read_names(const char *path, struct names *names)
{
    char line[4096];
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (intern_put(&names->intern, slice_of(line, strcspn(line, "\n"))) == INTERN_NONE)
            break;
    if (!file)
        return false;
    fclose(file);
    names->n = (uint32_t)names->intern.count;
    names->texts = calloc(names->n + 1u, sizeof *names->texts);
    for (uint32_t i = 0; names->texts && i < names->n; i++)
        names->texts[i] = symbols_of(intern_text(&names->intern, i));
    return names->texts && names->n;
}

/* ---- pairs ------------------------------------------------------------------------------------------------------ */

typedef unsigned (*pair_measure)(struct symbols, struct symbols, unsigned);
typedef unsigned (*query_measure)(const struct similarity_query *, struct symbols, unsigned);
typedef void (*pack_measure)(const struct similarity_pack *, const struct similarity_query *, unsigned, uint16_t *);

static uint64_t sum; /* printed, so that nothing is left out */

static void tell(const char *form, const char *measure, double begin, uint64_t n_pairs)
{
    printf("%s_%s %.3f\n", form, measure, (now() - begin) * 1e9 / (double)n_pairs);
}

static void one_pair(
    const struct names *names, uint32_t n_queries, const char *name, pair_measure measure, unsigned bound)
{
    double begin = now();
    for (uint32_t q = 0; q < n_queries; q++)
        for (uint32_t i = 0; i < names->n; i++)
            sum += measure(names->texts[q * 7919u % names->n], names->texts[i], bound);
    tell("pair", name, begin, (uint64_t)n_queries * names->n);
}

static void one_against_many(
    const struct names *names, uint32_t n_queries, const char *name, query_measure measure, unsigned bound)
{
    struct similarity_query query = {0};
    double begin = now();
    for (uint32_t q = 0; q < n_queries; q++) {
        similarity_query_set(&query, names->texts[q * 7919u % names->n]);
        for (uint32_t i = 0; i < names->n; i++)
            sum += measure(&query, names->texts[i], bound);
    }
    tell("cached", name, begin, (uint64_t)n_queries * names->n);
}

static void packed(const struct names *names, uint32_t n_queries, const struct similarity_pack *pack, const char *form,
    const char *name, pack_measure measure, unsigned bound)
{
    struct similarity_query query = {0};
    uint16_t *numbers = calloc(names->n, sizeof *numbers);
    double begin = now();
    for (uint32_t q = 0; numbers && q < n_queries; q++) {
        similarity_query_set(&query, names->texts[q * 7919u % names->n]);
        measure(pack, &query, bound, numbers);
        sum += numbers[q % names->n];
    }
    tell(form, name, begin, (uint64_t)n_queries * names->n);
    free(numbers);
}

static void all_packed(
    const struct names *names, uint32_t n_queries, const struct similarity_pack *pack, const char *form)
{
    packed(names, n_queries, pack, form, "jw", similarity_pack_jaro_winkler, 0);
    packed(names, n_queries, pack, form, "jw.85", similarity_pack_jaro_winkler, 850);
    packed(names, n_queries, pack, form, "levenshtein", similarity_pack_levenshtein, SIMILARITY_MOST);
    packed(names, n_queries, pack, form, "osa", similarity_pack_osa, SIMILARITY_MOST);
}

static int measure_pairs(const struct names *names, uint32_t n_queries)
{
    struct similarity_pack *pack;
    uint32_t few = n_queries / 8 + 1;
    one_pair(names, few, "jw", similarity_jaro_winkler, 0);
    one_pair(names, few, "levenshtein", similarity_levenshtein, SIMILARITY_MOST);
    one_pair(names, few, "osa", similarity_osa, SIMILARITY_MOST);
    one_against_many(names, few, "jw", similarity_query_jaro_winkler, 0);
    one_against_many(names, few, "levenshtein", similarity_query_levenshtein, SIMILARITY_MOST);
    one_against_many(names, few, "osa", similarity_query_osa, SIMILARITY_MOST);
    double begin = now();
    if (similarity_pack_new(names->texts, names->n, &pack, NULL))
        return 1;
    tell("pack", "text", begin, names->n);
    all_packed(names, n_queries, pack, "packed");
    if (similarity_pack_use(pack, SIMILARITY_BASELINE))
        all_packed(names, n_queries, pack, "baseline");
    similarity_pack_free(pack);
    printf("sum %" PRIu64 "\n", sum);
    return 0;
}

static int measure_join(const struct names *names, unsigned least_alike, unsigned most_edits, uint64_t budget)
{
    struct similarity_join_options options = {.least_alike = least_alike,
        .most_edits = most_edits,
        .letters_for_edits = {0, 0, 5},
        .budget = budget,
        .n_threads = 1};
    struct similarity_join join;
    double begin = now();
    if (similarity_join(names->texts, names->n, &options, &join, NULL))
        return 1;
    printf("seconds %.3f\nnames %" PRIu32 "\npairs %zu\ncompared %" PRIu64 "\nleast %u\nedits %u\n", now() - begin,
        names->n, join.n_pairs, join.n_compared, join.least_alike, join.most_edits);
    similarity_join_release(&join);
    return 0;
}

static unsigned number(const char *word)
{
    return (unsigned)strtoul(word, NULL, 10);
}

int main(int n, char **words)
{
    struct names names = {0};
    int status = 2;
    if (n == 3 && strcmp(words[1], "names") == 0)
        return print_names(number(words[2]));
    if (n >= 3 && !read_names(words[2], &names))
        fprintf(stderr, "bench_text: no names in '%s'\n", words[2]);
    else if (n >= 3 && strcmp(words[1], "pairs") == 0)
        status = measure_pairs(&names, n > 3 ? number(words[3]) : QUERIES);
    else if ((n == 5 || n == 6) && strcmp(words[1], "join") == 0)
        status = measure_join(&names, number(words[3]), number(words[4]), n == 6 ? strtoull(words[5], NULL, 10) : 0);
    else
        fprintf(stderr, "usage: bench_text names N | pairs FILE [QUERIES] | join FILE LEAST EDITS [BUDGET]\n");
    free(names.texts);
    intern_release(&names.intern);
    return status;
}
