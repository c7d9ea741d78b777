/* Publications of authors who work with each other in turn: more of them are near each other than are the same. */
#include "unit.h"

#include "base/hash.h"
#include "failing_malloc.h"
#include "match/match.h"
#include "match/rivals.h"

#include <math.h>
#include <stdio.h>

enum { COLUMNS = 4, CELL = 200, OF_A_GROUP = 4 };

static const struct column_spec columns[COLUMNS] = {{{"title", 5}, COLUMN_TEXT}, {{"authors", 7}, COLUMN_TEXT},
    {{"venue", 5}, COLUMN_NAME}, {{"year", 4}, COLUMN_COUNT}};

struct paper {
    uint32_t work;
    char cells[COLUMNS][CELL];
};

struct papers {
    struct paper *papers;
    size_t n;
    uint64_t seed;
};

static uint64_t draw(struct papers *papers, uint64_t below)
{
    return hash_u64(papers->seed++) % below;
}

static void add_word(char *cell, uint64_t number)
{
    static const char *const parts[] = {"ba", "ro", "mi", "ten", "sa", "lu", "ker", "vo", "ni", "dal", "gu", "es",
        "fra", "jo", "pi", "hen", "qua", "zo", "wer", "cha"};
    size_t at = strlen(cell);
    uint64_t word = hash_u64(number + 99);
    snprintf(&cell[at], CELL - at, "%s%s%s%s%s", at ? " " : "", parts[word % 20], parts[word / 20 % 20],
        parts[word / 400 % 20], word / 8000 % 2 ? parts[word / 16000 % 20] : "");
}

/* Words of its field and some of its own, three of five authors, one of two venues, some years. Authors and words are
 * shared with the groups beside it. */
static void write_paper(struct papers *papers, uint32_t group, struct paper *paper)
{
    uint64_t without = draw(papers, 5), other = draw(papers, 5);
    for (unsigned i = 0; i < 3; i++)
        add_word(paper->cells[0], 100000 + group + draw(papers, 5));
    for (unsigned i = 0; i < 4; i++)
        add_word(paper->cells[0], draw(papers, 3000));
    for (unsigned i = 0; i < 5; i++)
        if (i != without && i != other)
            add_word(paper->cells[1], 200000 + group + i);
    add_word(paper->cells[2], 300000 + group % 7 + 7 * draw(papers, 2));
    snprintf(paper->cells[3], CELL, "%d", (int)(1990 + group % 8 + draw(papers, 6)));
}

/* What another list says of it: a word of the title less, perhaps no venue. */
static void tell_again(struct papers *papers, struct paper *paper)
{
    if (draw(papers, 3) == 0)
        *strrchr(paper->cells[0], ' ') = '\0';
    if (draw(papers, 3) == 0)
        *strrchr(paper->cells[1], ' ') = '\0';
    if (draw(papers, 4) == 0)
        paper->cells[2][0] = '\0';
}

/* One in `one_in` is told twice. */
static struct papers make_papers(uint32_t n_groups, uint64_t one_in, uint64_t seed)
{
    struct papers out = {.papers = calloc((size_t)n_groups * OF_A_GROUP * 2, sizeof *out.papers), .seed = seed << 32};
    assert_non_null(out.papers);
    for (uint32_t work = 0; work < n_groups * OF_A_GROUP; work++) {
        struct paper *paper = &out.papers[out.n++];
        paper->work = work;
        write_paper(&out, work / OF_A_GROUP, paper);
        if (draw(&out, one_in))
            continue;
        out.papers[out.n++] = *paper;
        tell_again(&out, &out.papers[out.n - 1]);
    }
    return out;
}

static enum comity_status match_list(const struct papers *papers, const struct column_spec *specs, unsigned n_columns,
    unsigned threads, struct match_result *result)
{
    struct table table;
    enum comity_status status = table_init(&table, specs, n_columns, NULL);
    for (size_t i = 0; i < papers->n && status == COMITY_OK; i++) {
        struct slice cells[COLUMNS];
        for (unsigned c = 0; c < n_columns; c++)
            cells[c] = slice_from(papers->papers[i].cells[c]);
        status = table_add(&table, 0, cells, NULL);
    }
    if (status == COMITY_OK)
        status = table_seal(&table, NULL);
    if (status == COMITY_OK)
        status = match_run(&table, &(struct match_options){.threads = threads}, result, NULL);
    table_release(&table);
    return status;
}

static enum comity_status match_papers(const struct papers *papers, unsigned threads, struct match_result *result)
{
    return match_list(papers, columns, COLUMNS, threads, result);
}

static void assert_found(const struct papers *papers, const struct match_result *result, double least)
{
    double right = 0, found = 0, n_true = 0;
    for (size_t i = 0; i < papers->n; i++)
        for (size_t j = i + 1; j < papers->n; j++) {
            bool is_true = papers->papers[i].work == papers->papers[j].work;
            bool is_found = result->cluster[i] == result->cluster[j];
            right += is_true && is_found;
            found += is_found;
            n_true += is_true;
        }
    print_message(
        "precision %.4f recall %.4f contested %.2f\n", right / fmax(found, 1), right / n_true, result->contested);
    assert_true(right > least * found);
    assert_true(right > least * n_true);
}

static void what_is_only_near_is_told_from_the_same(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct papers papers = make_papers(400, 4, seed);
        struct match_result result;
        assert_int_equal(match_papers(&papers, 2, &result), COMITY_OK);
        assert_found(&papers, &result, 0.95);
        match_result_release(&result);
        free(papers.papers);
    }
}

/* ---- rivals without a third class ---- */

/* `a` looks like `b` and `c`, `d` like `e`, all three of `f`, `g` and `h` like each other. */
static void what_has_rivals_is_discounted(void **state)
{
    static const char *const cells[] = {
        "aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd", "dddddddd", "ffffffff", "ffffffff", "ffffffff"};
    enum { N = sizeof cells / sizeof *cells };
    (void)state;
    struct column_spec column = {{"code", 4}, COLUMN_IDENTIFIER};
    struct likeness likeness;
    struct weights weights;
    struct table table;
    assert_int_equal(table_init(&table, &column, 1, NULL), COMITY_OK);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(table_add(&table, 0, &(struct slice){cells[i], strlen(cells[i])}, NULL), COMITY_OK);
    assert_int_equal(table_seal(&table, NULL), COMITY_OK);
    assert_int_equal(likeness_build(&table, 0, false, 1, &likeness, NULL), COMITY_OK);
    assert_int_equal(weights_init(&table, &likeness, false, false, 1, &weights, NULL), COMITY_OK);
    weights.bits[0][LIKENESS_EQUAL] = 30;
    uint32_t at[N];
    for (uint32_t i = 0; i < N; i++)
        at[table.row[i]] = i;
    struct likely_pair pairs[] = {{at[0], at[1], 20, 0}, {at[0], at[2], 12, 0}, {at[3], at[4], 20, 0},
        {at[5], at[6], 20, 0}, {at[6], at[7], 20, 0}, {at[5], at[7], 20, 0}, {at[1], at[4], -30, 0}};
    float prior = (float)weights_prior(&weights);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        pairs[i].bits -= prior;
    assert_int_equal(rivals_discount(&weights, &table, &likeness, 2, pairs, sizeof pairs / sizeof *pairs), COMITY_OK);
    /* The stronger one loses the odds of the weaker, and the other way round. */
    assert_true(fabs(pairs[0].bits + prior - (20 - 12)) < 1);
    assert_true(fabs(pairs[1].bits + prior - (12 - 20)) < 1);
    for (size_t i = 2; i < 6; i++)
        assert_true(fabs(pairs[i].bits + prior - 20) < 1.5);
    assert_true(fabs(pairs[6].bits + prior + 30) < 1e-3);
    weights_release(&weights);
    likeness_release(&likeness);
    table_release(&table);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    struct papers papers = make_papers(60, 4, 4);
    struct match_result one, three;
    assert_int_equal(match_papers(&papers, 1, &one), COMITY_OK);
    assert_int_equal(match_papers(&papers, 3, &three), COMITY_OK);
    assert_memory_equal(one.cluster, three.cluster, papers.n * sizeof *one.cluster);
    match_result_release(&one);
    match_result_release(&three);
    free(papers.papers);
}

static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    struct papers papers = make_papers(20, 4, 5);
    bool has_failed = true;
    for (long n = 0; has_failed; n += n > 300 ? 11 : 5) {
        struct match_result result = {0};
        failing_malloc_after(n);
        enum comity_status status = match_papers(&papers, 1, &result);
        has_failed = failing_malloc_stop();
        match_result_release(&result);
        assert_int_equal(status, has_failed ? COMITY_NOMEM : COMITY_OK);
    }
    free(papers.papers);
}

/* ---- songs ---- */

enum { SONG_COLUMNS = 4, LANGUAGES = 3, POOL = 600 };
static const struct column_spec song_columns[SONG_COLUMNS] = {{{"number", 6}, COLUMN_CATEGORY},
    {{"title", 5}, COLUMN_TEXT}, {{"language", 8}, COLUMN_CATEGORY}, {{"artist", 6}, COLUMN_NAME}};

/* Some titles begin with their number, which also tells the language: one column hangs together with two. */
static void write_song(struct papers *songs, struct paper *song)
{
    uint64_t language = draw(songs, LANGUAGES), number = 1 + draw(songs, 20);
    snprintf(song->cells[0], CELL, "%d", (int)number);
    snprintf(song->cells[2], CELL, "language %d", (int)language);
    if (draw(songs, 3) == 0)
        snprintf(song->cells[1], CELL, "track%d", (int)number);
    for (unsigned i = 0; i < 3; i++)
        add_word(song->cells[1], 400000 + POOL * language + draw(songs, POOL));
    if (draw(songs, 2))
        add_word(song->cells[3], 500000 + draw(songs, 2000));
}

/* A word less, or no artist, or another number. */
static void sing_again(struct papers *songs, struct paper *song)
{
    if (draw(songs, 4) == 0)
        *strrchr(song->cells[1], ' ') = '\0';
    if (draw(songs, 4) == 0)
        song->cells[3][0] = '\0';
    if (draw(songs, 10) == 0)
        snprintf(song->cells[0], CELL, "%d", (int)(1 + draw(songs, 20)));
}

static void columns_may_hang_together_with_two_others(void **state)
{
    (void)state;
    enum { N_SONGS = 4000 };
    struct papers songs = {.papers = calloc((size_t)N_SONGS * 2, sizeof *songs.papers), .seed = UINT64_C(7) << 32};
    struct match_result result;
    for (uint32_t work = 0; work < N_SONGS; work++) {
        struct paper *song = &songs.papers[songs.n++];
        song->work = work;
        write_song(&songs, song);
        if (draw(&songs, 4))
            continue;
        songs.papers[songs.n++] = *song;
        sing_again(&songs, &songs.papers[songs.n - 1]);
    }
    assert_int_equal(match_list(&songs, song_columns, SONG_COLUMNS, 2, &result), COMITY_OK);
    assert_int_equal(result.weights.n_parents[1], 2);
    assert_found(&songs, &result, 0.9);
    match_result_release(&result);
    free(songs.papers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_only_near_is_told_from_the_same),
        cmocka_unit_test(what_has_rivals_is_discounted),
        cmocka_unit_test(columns_may_hang_together_with_two_others),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
