/* The join against all pairs one by one: exact at what is asked for, and at what it tightens to. */
#include "base/hash.h"
#include "failing_malloc.h"
#include "text/similarity_join.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { MOST_LETTERS = 140 };

struct dictionary {
    char (*letters)[MOST_LETTERS];
    struct symbols *texts;
    uint32_t n;
};

static uint64_t state = 11;

static unsigned chance(unsigned below)
{
    state = hash_u64(state);
    return (unsigned)(state % below);
}

static void edit(char *letters, size_t *len, unsigned n_letters)
{
    size_t at = chance((unsigned)*len), kind = chance(4);
    if (kind == 0)
        letters[at] = (char)('a' + chance(n_letters));
    else if (kind == 1 && at + 1 < *len) {
        char swap = letters[at];
        letters[at] = letters[at + 1];
        letters[at + 1] = swap;
    } else if (kind == 2 && *len > 1)
        memmove(letters + at, letters + at + 1, --*len - at);
    else if (*len + 1 < MOST_LETTERS) {
        memmove(letters + at + 1, letters + at, (*len)++ - at);
        letters[at] = (char)('a' + chance(n_letters));
    }
}

/* Most texts are earlier ones with a few edits. */
static void dictionary_make(struct dictionary *d, uint32_t n, unsigned n_letters, unsigned least, unsigned most)
{
    *d = (struct dictionary){.letters = calloc(n, sizeof *d->letters), .texts = calloc(n, sizeof *d->texts), .n = n};
    assert_true(d->letters && d->texts);
    for (uint32_t i = 0; i < n; i++) {
        size_t len = least + chance(most - least + 1);
        for (size_t k = 0; k < len; k++)
            d->letters[i][k] = (char)('a' + chance(n_letters));
        if (i && chance(3)) {
            uint32_t old = chance(i);
            len = d->texts[old].len;
            memcpy(d->letters[i], d->letters[old], len);
            for (unsigned k = 1 + chance(3); k && len; k--)
                edit(d->letters[i], &len, n_letters);
        }
        d->texts[i] = symbols_of(slice_of(d->letters[i], len));
    }
}

static void dictionary_release(struct dictionary *d)
{
    free(d->letters);
    free(d->texts);
}

static unsigned edits_allowed(const struct similarity_join_options *options, unsigned most, size_t longest)
{
    while (most && longest < options->letters_for_edits[most])
        most--;
    return most;
}

/* Every pair, at the level that the join says. */
static void check_join(
    const struct dictionary *d, const struct similarity_join_options *options, const struct similarity_join *join)
{
    size_t at = 0;
    for (uint32_t a = 0; a < d->n; a++)
        for (uint32_t b = a + 1; b < d->n; b++) {
            struct symbols x = d->texts[a], y = d->texts[b];
            unsigned alike = similarity_jaro_winkler(x, y, 0), edits = similarity_osa(x, y, SIMILARITY_MOST);
            unsigned allowed = edits_allowed(options, join->most_edits, x.len > y.len ? x.len : y.len);
            if (alike < join->least_alike && edits > allowed)
                continue;
            assert_true(at < join->n_pairs);
            assert_int_equal(join->pairs[at].a, a);
            assert_int_equal(join->pairs[at].b, b);
            assert_int_equal(join->pairs[at].alike, alike);
            assert_int_equal(join->pairs[at++].edits, edits);
        }
    assert_int_equal(at, join->n_pairs);
}

static void join_and_check(const struct dictionary *d, struct similarity_join_options options)
{
    struct similarity_join join, other;
    options.n_threads = 1;
    assert_int_equal(similarity_join(d->texts, d->n, &options, &join, NULL), COMITY_OK);
    check_join(d, &options, &join);
    options.n_threads = 3;
    assert_int_equal(similarity_join(d->texts, d->n, &options, &other, NULL), COMITY_OK);
    assert_int_equal(other.n_pairs, join.n_pairs);
    assert_int_equal(other.least_alike, join.least_alike);
    assert_int_equal(other.n_compared, join.n_compared);
    assert_memory_equal(other.pairs, join.pairs, join.n_pairs * sizeof *join.pairs);
    similarity_join_release(&join);
    similarity_join_release(&other);
}

static void all_levels(const struct dictionary *d)
{
    static const unsigned least[] = {800, 850, 900, 950, 990, 1000};
    for (size_t i = 0; i < sizeof least / sizeof *least; i++)
        for (unsigned edits = 0; edits <= 3; edits++) {
            struct similarity_join_options options = {.least_alike = least[i], .most_edits = edits};
            join_and_check(d, options);
            options.letters_for_edits[2] = 5;
            options.letters_for_edits[3] = 10;
            options.keys_from = 1;
            join_and_check(d, options);
        }
}

static void exact_at_every_level(void **unused)
{
    static const unsigned lengths[][2] = {{0, 5}, {3, 12}, {6, 20}, {20, 70}};
    (void)unused;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct dictionary d;
        dictionary_make(&d, 160, i == 0 ? 3 : 8, lengths[i][0], lengths[i][1]);
        all_levels(&d);
        dictionary_release(&d);
    }
}

/* Budgets from none to plenty, so that every level is reached, and each is exact. */
static void tightened_levels_are_exact_too(void **unused)
{
    struct dictionary d;
    bool is_reached[1001] = {false};
    (void)unused;
    dictionary_make(&d, 700, 6, 4, 18);
    for (uint64_t budget = 1; budget < 1200000; budget += 1 + budget / 6) {
        struct similarity_join_options options = {
            .least_alike = 850, .most_edits = 2, .letters_for_edits = {0, 0, 5}, .budget = budget};
        struct similarity_join join;
        assert_int_equal(similarity_join(d.texts, d.n, &options, &join, NULL), COMITY_OK);
        assert_int_equal(join.is_tightened, join.least_alike != 850);
        check_join(&d, &options, &join);
        is_reached[join.least_alike] = true;
        similarity_join_release(&join);
    }
    assert_true(is_reached[850] && is_reached[950] && is_reached[1000]);
    dictionary_release(&d);
}

/* A cap on pairs tightens as a budget does. */
static void more_pairs_than_allowed(void **unused)
{
    struct dictionary d;
    struct similarity_join join;
    (void)unused;
    dictionary_make(&d, 400, 4, 4, 8);
    struct similarity_join_options options = {.least_alike = 800, .most_edits = 1, .most_pairs = 2000};
    assert_int_equal(similarity_join(d.texts, d.n, &options, &join, NULL), COMITY_OK);
    assert_true(join.is_tightened && join.n_pairs <= 2000);
    check_join(&d, &options, &join);
    similarity_join_release(&join);
    dictionary_release(&d);
}

/* Addresses of one website: nearly all pairs are alike, which is seen before they are looked at. */
static void nearly_all_alike(void **unused)
{
    enum { N = 600, LENGTH = 64 };
    static char cells[N][LENGTH];
    struct symbols texts[N];
    struct similarity_join join;
    (void)unused;
    for (unsigned i = 0; i < N; i++) {
        size_t length =
            (size_t)snprintf(cells[i], LENGTH, "https://www.example.org/catalog/item/%06u/page", i * 7919 % 1000003);
        texts[i] = (struct symbols){.ptr = cells[i], .len = length};
    }
    struct similarity_join_options options = {.least_alike = 800, .most_edits = 2, .most_pairs = 50000};
    assert_int_equal(similarity_join(texts, N, &options, &join, NULL), COMITY_OK);
    assert_true(join.is_tightened && join.n_pairs <= 50000);
    similarity_join_release(&join);
}

static void nothing_and_misuse(void **unused)
{
    struct similarity_join join;
    struct comity_error err = {0};
    struct similarity_join_options options = {.least_alike = 900};
    (void)unused;
    assert_int_equal(similarity_join(NULL, 0, &options, &join, &err), COMITY_OK);
    assert_int_equal(join.n_pairs, 0);
    similarity_join_release(&join);
    options.least_alike = 700;
    assert_int_equal(similarity_join(NULL, 0, &options, &join, &err), COMITY_USAGE);
    options = (struct similarity_join_options){.least_alike = 900, .most_edits = 4};
    assert_int_equal(similarity_join(NULL, 0, &options, &join, &err), COMITY_USAGE);
}

static void join_without_memory(const struct dictionary *d, const struct similarity_join_options *options)
{
    for (long n = 0;; n++) {
        struct similarity_join join;
        failing_malloc_after(n);
        enum comity_status status = similarity_join(d->texts, d->n, options, &join, NULL);
        bool has_failed = failing_malloc_stop();
        assert_int_equal(status, has_failed ? COMITY_NOMEM : COMITY_OK);
        if (has_failed)
            assert_null(join.pairs);
        similarity_join_release(&join);
        if (!has_failed)
            break;
    }
}

static void out_of_memory_is_told(void **unused)
{
    struct dictionary d;
    (void)unused;
    dictionary_make(&d, 60, 6, 0, 12);
    join_without_memory(&d, &(struct similarity_join_options){.least_alike = 850, .most_edits = 1, .n_threads = 1});
    join_without_memory(&d, &(struct similarity_join_options){.least_alike = 950, .keys_from = 1, .n_threads = 1});
    join_without_memory(&d, &(struct similarity_join_options){.least_alike = 1000, .n_threads = 1});
    dictionary_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_at_every_level),
        cmocka_unit_test(tightened_levels_are_exact_too),
        cmocka_unit_test(more_pairs_than_allowed),
        cmocka_unit_test(nearly_all_alike),
        cmocka_unit_test(nothing_and_misuse),
        cmocka_unit_test(out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
