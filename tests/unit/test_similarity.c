/* The comparators against definitions that are as naive as can be, in every form and with every kind of instructions.
 */
#include "failing_malloc.h"
#include "text/similarity.h"

#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { MOST = 200, NO_LIMIT = SIMILARITY_MOST };

/* ---- the reference ---------------------------------------------------------------------------------------------- */

struct plain {
    uint16_t letters[MOST];
    size_t len;
};

static unsigned plain_score(const struct plain *a, const struct plain *b, size_t m, size_t moved, bool is_winkler)
{
    uint64_t la = a->len, lb = b->len, t = moved / 2, prefix = 0;
    if (!m)
        return !la && !lb ? 1000 : 0;
    uint64_t part = m * m * lb + m * m * la + (m - t) * la * lb, whole = 3 * m * la * lb;
    while (is_winkler && prefix < 4 && prefix < la && prefix < lb && a->letters[prefix] == b->letters[prefix])
        prefix++;
    if (10 * part > 7 * whole) {
        part = 10 * part + prefix * (whole - part);
        whole *= 10;
    }
    return (unsigned)(1000 * part / whole);
}

static unsigned plain_jaro(const struct plain *a, const struct plain *b, bool is_winkler)
{
    bool in_a[MOST] = {0}, in_b[MOST] = {0};
    ptrdiff_t longest = (ptrdiff_t)(a->len > b->len ? a->len : b->len), window = longest / 2 - 1;
    size_t m = 0, moved = 0;
    window = window < 0 ? 0 : window;
    for (ptrdiff_t i = 0; i < (ptrdiff_t)a->len; i++)
        for (ptrdiff_t j = 0; j < (ptrdiff_t)b->len && !in_a[i]; j++)
            if (j - i <= window && i - j <= window && !in_b[j] && a->letters[i] == b->letters[j]) {
                in_a[i] = in_b[j] = true;
                m++;
            }
    for (size_t i = 0, j = 0; i < a->len; i++) {
        if (!in_a[i])
            continue;
        while (!in_b[j])
            j++;
        moved += a->letters[i] != b->letters[j++];
    }
    return plain_score(a, b, m, moved, is_winkler);
}

static unsigned plain_edits(const struct plain *a, const struct plain *b, bool has_swaps)
{
    static unsigned table[MOST + 1][MOST + 1];
    for (size_t i = 0; i <= a->len; i++)
        for (size_t j = 0; j <= b->len; j++) {
            unsigned best = i && j ? table[i - 1][j - 1] + (a->letters[i - 1] != b->letters[j - 1]) : 0;
            if (!i || !j)
                best = (unsigned)(i + j);
            else {
                best = table[i - 1][j] + 1 < best ? table[i - 1][j] + 1 : best;
                best = table[i][j - 1] + 1 < best ? table[i][j - 1] + 1 : best;
            }
            if (has_swaps && i > 1 && j > 1 && a->letters[i - 1] == b->letters[j - 2] &&
                a->letters[i - 2] == b->letters[j - 1] && table[i - 2][j - 2] + 1 < best)
                best = table[i - 2][j - 2] + 1;
            table[i][j] = best;
        }
    return table[a->len][b->len];
}

/* ---- texts ------------------------------------------------------------------------------------------------------ */

struct world {
    struct plain *plain;
    struct symbols *texts;
    uint8_t *bytes;
    uint32_t n;
};

static uint64_t state = 7;

static unsigned chance(unsigned below)
{
    state = hash_u64(state);
    return (unsigned)(state % below);
}

static void world_release(struct world *world)
{
    free(world->plain);
    free(world->texts);
    free(world->bytes);
}

static void world_begin(struct world *world, uint32_t n)
{
    *world = (struct world){.plain = calloc(n, sizeof *world->plain),
        .texts = calloc(n, sizeof *world->texts),
        .bytes = calloc(n, MOST),
        .n = n};
    assert_true(world->plain && world->texts && world->bytes);
}

/* Narrow texts get bytes of exactly their length at the end of their room; wide ones the letters themselves. */
static void world_put(struct world *world, uint32_t at, bool is_wide)
{
    struct plain *plain = &world->plain[at];
    uint8_t *bytes = world->bytes + (size_t)at * MOST + (MOST - plain->len);
    for (size_t i = 0; !is_wide && i < plain->len; i++)
        bytes[i] = (uint8_t)plain->letters[i];
    world->texts[at] =
        (struct symbols){.ptr = is_wide ? (const void *)plain->letters : bytes, .len = plain->len, .is_wide = is_wide};
}

/* All texts of 0 … most letters over an alphabet of `letters`. */
static void all_short(struct world *world, unsigned letters, size_t most, unsigned first)
{
    uint32_t n = 0, of_length = 1, at = 0;
    for (size_t len = 0; len <= most; len++, of_length *= letters)
        n += of_length;
    world_begin(world, n);
    for (size_t len = 0; len <= most; len++) {
        uint32_t count = 1;
        for (size_t i = 0; i < len; i++)
            count *= letters;
        for (uint32_t code = 0; code < count; code++, at++) {
            uint32_t rest = code;
            world->plain[at].len = len;
            for (size_t i = 0; i < len; i++, rest /= letters)
                world->plain[at].letters[i] = (uint16_t)(first + rest % letters);
            world_put(world, at, first > UINT8_MAX);
        }
    }
}

/* Texts of which half are edited copies of earlier ones, so that they are alike. */
static void at_random(struct world *world, uint32_t n, unsigned letters, unsigned most, unsigned first)
{
    world_begin(world, n);
    for (uint32_t at = 0; at < n; at++) {
        struct plain *plain = &world->plain[at];
        plain->len = chance(most + 1);
        for (size_t i = 0; i < plain->len; i++)
            plain->letters[i] = (uint16_t)(first + chance(letters));
        if (at && chance(2)) {
            *plain = world->plain[chance(at)];
            for (unsigned k = chance(4); k && plain->len; k--)
                plain->letters[chance((unsigned)plain->len)] = (uint16_t)(first + chance(letters));
            if (plain->len > 1 && chance(2))
                plain->len--;
        }
        world_put(world, at, first + letters > UINT8_MAX && chance(4));
        if (!world->texts[at].is_wide)
            for (size_t i = 0; i < plain->len; i++)
                plain->letters[i] &= UINT8_MAX;
    }
}

/* ---- every form ---------------------------------------------------------------------------------------------------
 */

struct numbers {
    unsigned jaro, winkler, levenshtein, osa;
};

static struct numbers plain_numbers(const struct plain *a, const struct plain *b)
{
    return (struct numbers){
        plain_jaro(a, b, false), plain_jaro(a, b, true), plain_edits(a, b, false), plain_edits(a, b, true)};
}

static unsigned above(unsigned alike, unsigned cutoff)
{
    return alike >= cutoff ? alike : 0;
}

static unsigned within(unsigned edits, unsigned limit)
{
    return edits <= limit ? edits : limit + 1;
}

static void check_pair(struct symbols a, struct symbols b, struct numbers want, unsigned cutoff, unsigned limit)
{
    assert_int_equal(similarity_jaro(a, b, cutoff), above(want.jaro, cutoff));
    assert_int_equal(similarity_jaro_winkler(a, b, cutoff), above(want.winkler, cutoff));
    assert_int_equal(similarity_levenshtein(a, b, limit), within(want.levenshtein, limit));
    assert_int_equal(similarity_osa(a, b, limit), within(want.osa, limit));
}

static void check_query(
    const struct similarity_query *query, struct symbols b, struct numbers want, unsigned cutoff, unsigned limit)
{
    assert_int_equal(similarity_query_jaro(query, b, cutoff), above(want.jaro, cutoff));
    assert_int_equal(similarity_query_jaro_winkler(query, b, cutoff), above(want.winkler, cutoff));
    assert_int_equal(similarity_query_levenshtein(query, b, limit), within(want.levenshtein, limit));
    assert_int_equal(similarity_query_osa(query, b, limit), within(want.osa, limit));
}

static void check_packed(struct similarity_pack *pack, const struct similarity_query *query, const struct numbers *want,
    uint32_t n, unsigned cutoff, unsigned limit)
{
    uint16_t *got = malloc((n + 1u) * 4 * sizeof *got);
    assert_non_null(got);
    similarity_pack_jaro(pack, query, cutoff, got);
    similarity_pack_jaro_winkler(pack, query, cutoff, got + n);
    similarity_pack_levenshtein(pack, query, limit, got + 2 * n);
    similarity_pack_osa(pack, query, limit, got + 3 * n);
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(got[i], above(want[i].jaro, cutoff));
        assert_int_equal(got[n + i], above(want[i].winkler, cutoff));
        assert_int_equal(got[2 * n + i], within(want[i].levenshtein, limit));
        assert_int_equal(got[3 * n + i], within(want[i].osa, limit));
    }
    free(got);
}

/* Every `step`th text against all. */
static void check_world(const struct world *world, uint32_t step)
{
    struct similarity_pack *pack;
    struct similarity_query query = {0};
    struct numbers *want = calloc(world->n, sizeof *want);
    assert_int_equal(similarity_pack_new(world->texts, world->n, &pack, NULL), COMITY_OK);
    for (uint32_t a = 0; a < world->n; a += step) {
        unsigned cutoff = chance(2) ? 0 : 500 + chance(501), limit = chance(2) ? NO_LIMIT : chance(6);
        similarity_query_set(&query, world->texts[a]);
        bool has_bits = query.has_bits;
        for (uint32_t b = 0; b < world->n; b++) {
            want[b] = plain_numbers(&world->plain[a], &world->plain[b]);
            check_pair(world->texts[a], world->texts[b], want[b], cutoff, limit);
            query.has_bits = false;
            check_query(&query, world->texts[b], want[b], cutoff, limit);
            query.has_bits = has_bits;
            check_query(&query, world->texts[b], want[b], cutoff, limit);
        }
        assert_true(similarity_pack_use(pack, SIMILARITY_BASELINE));
        check_packed(pack, &query, want, world->n, cutoff, limit);
        if (similarity_pack_use(pack, SIMILARITY_AVX2))
            check_packed(pack, &query, want, world->n, cutoff, limit);
    }
    free(want);
    similarity_pack_free(pack);
}

static void every_form_agrees_on_all_short_texts(void **unused)
{
    struct world world;
    (void)unused;
    all_short(&world, 2, 8, 'a');
    check_world(&world, 1);
    world_release(&world);
    all_short(&world, 3, 5, 'a');
    check_world(&world, 1);
    world_release(&world);
    all_short(&world, 4, 4, 700);
    check_world(&world, 1);
    world_release(&world);
}

static void every_form_agrees_at_random(void **unused)
{
    static const unsigned most[] = {8, 12, 16, 24, 40, 70, 150}, n_letters[] = {3, 26, 26, 120};
    (void)unused;
    for (size_t i = 0; i < sizeof most / sizeof *most; i++)
        for (unsigned kind = 0; kind < 4; kind++) {
            struct world world;
            at_random(&world, 300, n_letters[kind], most[i], kind == 2 ? 240 : 'a');
            check_world(&world, most[i] > 40 ? 20 : 4);
            world_release(&world);
        }
}

static unsigned winkler(const char *a, const char *b)
{
    unsigned alike = similarity_jaro_winkler(symbols_of(slice_from(a)), symbols_of(slice_from(b)), 0);
    assert_int_equal(alike, similarity_jaro_winkler(symbols_of(slice_from(b)), symbols_of(slice_from(a)), 0));
    return alike;
}

/* Winkler's own examples (1990), rounded down. */
static void published_numbers(void **unused)
{
    (void)unused;
    assert_int_equal(winkler("martha", "marhta"), 961);
    assert_int_equal(winkler("dwayne", "duane"), 840);
    assert_int_equal(winkler("dixon", "dicksonx"), 813);
    assert_int_equal(winkler("", ""), 1000);
    assert_int_equal(winkler("", "a"), 0);
    assert_int_equal(winkler("a", "a"), 1000);
    assert_int_equal(similarity_osa(symbols_of(SLICE("ca")), symbols_of(SLICE("abc")), 9), 3);
    assert_int_equal(similarity_osa(symbols_of(SLICE("perez")), symbols_of(SLICE("preez")), 9), 1);
    assert_int_equal(similarity_levenshtein(symbols_of(SLICE("kitten")), symbols_of(SLICE("sitting")), 9), 3);
    assert_int_equal(similarity_levenshtein(symbols_of(SLICE("kitten")), symbols_of(SLICE("sitting")), 2), 3);
    assert_int_equal(similarity_levenshtein(symbols_of(SLICE("kitten")), symbols_of(SLICE("sitting")), 1), 2);
}

static void only_the_beginning_of_giants_is_compared(void **unused)
{
    static char a[SIMILARITY_MOST + 10], b[SIMILARITY_MOST + 90];
    (void)unused;
    memset(a, 'x', sizeof a);
    memset(b, 'x', sizeof b);
    b[SIMILARITY_MOST + 1] = 'y';
    struct symbols of_a = symbols_of(slice_of(a, sizeof a)), of_b = symbols_of(slice_of(b, sizeof b));
    assert_int_equal(similarity_jaro_winkler(of_a, of_b, 0), 1000);
    assert_int_equal(similarity_osa(of_a, of_b, UINT32_MAX), 0);
    assert_int_equal(similarity_levenshtein(of_a, symbols_of(SLICE("xy")), UINT32_MAX), SIMILARITY_MOST - 1);
}

/* ---- alphabets -------------------------------------------------------------------------------------------------- */

static unsigned turned_osa(const char *a, const char *b)
{
    struct alphabet alphabet = {0};
    struct arena arena = {0};
    struct symbols of_a, of_b;
    assert_int_equal(alphabet_add(&alphabet, slice_from(a), NULL), COMITY_OK);
    assert_int_equal(alphabet_add(&alphabet, slice_from(b), NULL), COMITY_OK);
    assert_int_equal(alphabet_turn(&alphabet, slice_from(a), &arena, &of_a, NULL), COMITY_OK);
    assert_int_equal(alphabet_turn(&alphabet, slice_from(b), &arena, &of_b, NULL), COMITY_OK);
    unsigned edits = similarity_osa(of_a, of_b, NO_LIMIT);
    arena_release(&arena);
    alphabet_release(&alphabet);
    return edits;
}

static void letters_are_letters_in_every_script(void **unused)
{
    (void)unused;
    assert_int_equal(turned_osa("peña", "pena"), 1);
    assert_int_equal(turned_osa("Челябинск", "Челябинкс"), 1);
    assert_int_equal(turned_osa("東京都", "京都"), 1);
    assert_int_equal(turned_osa("\xff", "\xfe"), 1);
    assert_int_equal(turned_osa("\xc3", "\xc3\xb1"), 1);
    assert_int_equal(turned_osa("\xed\xa0\x80", "abc"), 3);
    assert_int_equal(turned_osa("\xf4\x8f\xbf\xbf", "\xff"), 1);
}

static size_t put_utf8(uint32_t code, char *text)
{
    text[0] = (char)(0xF0 | code >> 18);
    text[1] = (char)(0x80 | (code >> 12 & 63));
    text[2] = (char)(0x80 | (code >> 6 & 63));
    text[3] = (char)(0x80 | (code & 63));
    return 4;
}

static void no_two_characters_become_equal(void **unused)
{
    struct alphabet alphabet = {0};
    struct arena arena = {0};
    struct symbols symbols;
    static bool is_seen[UINT16_MAX + 1];
    char text[4];
    (void)unused;
    for (uint32_t code = 0x20000; code < 0x20000 + 65407; code++)
        assert_int_equal(alphabet_add(&alphabet, slice_of(text, put_utf8(code, text)), NULL), COMITY_OK);
    for (uint32_t code = 0x20000; code < 0x20000 + 65407; code++) {
        assert_int_equal(
            alphabet_turn(&alphabet, slice_of(text, put_utf8(code, text)), &arena, &symbols, NULL), COMITY_OK);
        assert_int_equal(symbols.len, 1);
        assert_false(is_seen[symbol_at(symbols, 0)]);
        is_seen[symbol_at(symbols, 0)] = true;
    }
    assert_false(is_seen[ALPHABET_OTHER]);
    assert_int_equal(alphabet_add(&alphabet, slice_of(text, put_utf8(0x30001, text)), NULL), COMITY_LIMIT);
    assert_int_equal(alphabet_add(&alphabet, slice_of(text, put_utf8(0x20001, text)), NULL), COMITY_OK);
    assert_int_equal(
        alphabet_turn(&alphabet, slice_of(text, put_utf8(0x30001, text)), &arena, &symbols, NULL), COMITY_OK);
    assert_int_equal(symbol_at(symbols, 0), ALPHABET_OTHER);
    arena_release(&arena);
    alphabet_release(&alphabet);
}

static void out_of_memory_is_told(void **unused)
{
    static const char *const words[] = {"garcia", "garzia", "peña", "a name that is longer than sixteen letters"};
    (void)unused;
    for (long n = 0;; n++) {
        struct alphabet alphabet = {0};
        struct arena arena = {0};
        struct symbols texts[4];
        struct similarity_pack *pack = NULL;
        enum comity_status status = COMITY_OK;
        failing_malloc_after(n);
        for (size_t i = 0; !status && i < 4; i++)
            status = alphabet_add(&alphabet, slice_from(words[i]), NULL);
        for (size_t i = 0; !status && i < 4; i++)
            status = alphabet_turn(&alphabet, slice_from(words[i]), &arena, &texts[i], NULL);
        if (!status)
            status = similarity_pack_new(texts, 4, &pack, NULL);
        bool has_failed = failing_malloc_stop();
        similarity_pack_free(pack);
        arena_release(&arena);
        alphabet_release(&alphabet);
        assert_int_equal(status, has_failed ? COMITY_NOMEM : COMITY_OK);
        if (!has_failed)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_numbers),
        cmocka_unit_test(every_form_agrees_on_all_short_texts),
        cmocka_unit_test(every_form_agrees_at_random),
        cmocka_unit_test(only_the_beginning_of_giants_is_compared),
        cmocka_unit_test(letters_are_letters_in_every_script),
        cmocka_unit_test(no_two_characters_become_equal),
        cmocka_unit_test(out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
