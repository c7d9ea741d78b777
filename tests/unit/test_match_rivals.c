/* Publications of authors who work with each other in turn: more of them are near each other than are the same. */
#include "unit.h"

#include "base/hash.h"
#include "failing_malloc.h"
#include "match/match.h"

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

static enum comity_status match_papers(const struct papers *papers, unsigned threads, struct match_result *result)
{
    struct table table;
    enum comity_status status = table_init(&table, columns, COLUMNS, NULL);
    for (size_t i = 0; i < papers->n && status == COMITY_OK; i++) {
        struct slice cells[COLUMNS];
        for (unsigned c = 0; c < COLUMNS; c++)
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

static void what_is_only_near_is_told_from_the_same(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct papers papers = make_papers(400, 4, seed);
        struct match_result result;
        assert_int_equal(match_papers(&papers, 2, &result), COMITY_OK);
        double right = 0, found = 0, n_true = 0;
        for (size_t i = 0; i < papers.n; i++)
            for (size_t j = i + 1; j < papers.n; j++) {
                bool is_true = papers.papers[i].work == papers.papers[j].work;
                bool is_found = result.cluster[i] == result.cluster[j];
                right += is_true && is_found;
                found += is_found;
                n_true += is_true;
            }
        print_message("seed %d: precision %.4f recall %.4f contested %.2f\n", (int)seed, right / fmax(found, 1),
            right / n_true, result.contested);
        assert_true(right > 0.95 * found);
        assert_true(right > 0.95 * n_true);
        match_result_release(&result);
        free(papers.papers);
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_only_near_is_told_from_the_same),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
