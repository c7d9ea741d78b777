/* Folding, words and distances. */
#include "unit.h"

#include "base/parallel.h"
#include "text/distance.h"
#include "text/fold.h"
#include "text/yaml.h"

#include <stdio.h>

static struct folding folding;

static void assert_folds(const char *text, const char *expected)
{
    struct buffer out;
    buffer_init(&out, 1 << 20);
    folding_apply(&folding, slice_from(text), &out);
    assert_int_equal(buffer_status(&out), COMITY_OK);
    assert_string_equal(out.ptr ? out.ptr : "", expected);
    /* Folding a folded text changes nothing. */
    struct buffer again;
    buffer_init(&again, 1 << 20);
    text_fold(buffer_slice(&out), &again);
    assert_string_equal(again.ptr ? again.ptr : "", expected);
    buffer_release(&again);
    buffer_release(&out);
}

static void folding_drops_case_accents_and_punctuation(void **state)
{
    (void)state;
    assert_folds("BOGOTÁ, D.C. (CT)", "bogota d c ct");
    assert_folds("  Straße -- Øre/Æble  ", "strasse ore aeble");
    assert_folds("Łódź", "lodz");
    assert_folds("São Tomé", "sao tome");
    assert_folds("Sa\u0303o Tome\u0301", "sao tome"); /* the same, decomposed */
    assert_folds("N\u00BA 5 \u2014 \u201Cquoted\u201D", "no 5 quoted");
    assert_folds("", "");
    assert_folds("...", "");
    assert_folds("C\u00F4te d\u2019Ivoire", "cote d ivoire");
}

static void folding_romanises_other_scripts(void **state)
{
    (void)state;
    assert_folds("Челябинск", "chelyabinsk");
    assert_folds("г. Тольятти", "g tolyatti");
    assert_folds("Хабаровский край", "khabarovskiy kray");
    assert_folds("Θεσσαλονίκη", "thessalonike");
    assert_folds("الكوكايين", "alkwkayyn");
    assert_folds("可卡因", "ke ka yin");
    assert_folds("ＡＢＣ１２", "abc12"); /* full width */
    assert_folds("\xff"
                 "abc\xfe",
        "abc"); /* no UTF-8 */
}

static void the_micro_sign_is_not_milli(void **state)
{
    (void)state;
    assert_folds("\u00B5g", "ug");
    assert_folds("\u03BCg", "ug");
    assert_folds("\u03BCg \u2713", "ug");
    assert_folds("mg", "mg");
}

/* The fast path's table against ICU: a Cyrillic word behind the letter forces the slow path. */
static void both_paths_fold_latin_letters_alike(void **state)
{
    (void)state;
    for (unsigned c = 0xA0; c < 0x180; c++) {
        char text[16], slow[24];
        struct buffer a, b;
        if (c == 0xB4 || c == 0xAF || c == 0xA8 || c == 0xB8 || c == 0x149 || c == 0xBC || c == 0xBD || c == 0xBE)
            continue; /* spacing accents and fractions: NFKC makes them a space and a mark; see below */
        snprintf(text, sizeof text, "x%c%cx", 0xC0 | c >> 6, 0x80 | (c & 0x3F));
        snprintf(slow, sizeof slow, "%s \u0436", text);
        buffer_init(&a, 1 << 16);
        buffer_init(&b, 1 << 16);
        folding_apply(&folding, slice_from(text), &a);
        folding_apply(&folding, slice_from(slow), &b);
        buffer_add_string(&a, " zh");
        if (strcmp(a.ptr, b.ptr) != 0)
            fail_msg("U+%04X: '%s' by the table, '%s' by ICU", c, a.ptr, b.ptr);
        buffer_release(&a);
        buffer_release(&b);
    }
}

static enum comity_status fold_many(void *context, size_t piece)
{
    static const char *const texts[] = {"Челябинск", "Θεσσαλονίκη", "الكوكايين", "可卡因"};
    static const char *const expected[] = {"chelyabinsk", "thessalonike", "alkwkayyn", "ke ka yin"};
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < 50 && status == COMITY_OK; i++) {
        size_t which = (piece + i) % 4;
        struct buffer out;
        buffer_init(&out, 1 << 16);
        folding_apply(context, slice_from(texts[which]), &out);
        if (buffer_status(&out) != COMITY_OK || strcmp(out.ptr, expected[which]) != 0)
            status = COMITY_INTERNAL;
        buffer_release(&out);
    }
    return status;
}

static void one_folding_serves_many_threads(void **state)
{
    struct folding shared;
    (void)state;
    memset(&shared, 0, sizeof shared);
    assert_int_equal(parallel_run(32, 4, fold_many, &shared), COMITY_OK);
    folding_release(&shared);
}

static void words_come_one_by_one(void **state)
{
    struct slice rest = SLICE("santa cruz de la sierra"), token;
    size_t n = 0;
    (void)state;
    while (token_next(&rest, &token))
        n += token.len;
    assert_int_equal(n, 19);
    rest = SLICE_EMPTY;
    assert_false(token_next(&rest, &token));
}

static void the_nearest_word_is_the_one_that_was_meant(void **state)
{
    static const char *const words[] = {"most", "reliable", "precise", "earliest", "latest", NULL};
    (void)state;
    assert_string_equal(distance_nearest(SLICE("relible"), words), "reliable");
    assert_string_equal(distance_nearest(SLICE("lates"), words), "latest");
    assert_null(distance_nearest(SLICE("banana"), words));
}

static void lines_of_yaml_are_found_again(void **state)
{
    const struct yaml_text yaml = {
        "x.yaml", SLICE("nodes:\n  - {code: crack, names: [rock]}\n  - code: rock-salt\n    names: [crack, 'x y']\n")};
    (void)state;
    assert_int_equal(yaml_line(&yaml, 1, "code", SLICE("crack")), 2);
    assert_int_equal(yaml_line(&yaml, 3, NULL, SLICE("crack")), 4);
    assert_int_equal(yaml_line(&yaml, 1, "code", SLICE("rock-salt")), 3);
    assert_int_equal(yaml_line(&yaml, 1, NULL, SLICE("x y")), 4);
    assert_int_equal(yaml_line(&yaml, 1, "parent", SLICE("crack")), 0);
}

static void yaml_numbers_and_booleans_are_whole_words(void **state)
{
    double number;
    bool is_true;
    (void)state;
    assert_true(yaml_number("5.0e7", &number) && number == 5e7);
    assert_false(yaml_number("1.5x", &number));
    assert_false(yaml_number("", &number));
    assert_false(yaml_number("nan", &number));
    assert_true(yaml_bool("Yes", &is_true) && is_true);
    assert_true(yaml_bool("false", &is_true) && !is_true);
    assert_false(yaml_bool("maybe", &is_true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folding_drops_case_accents_and_punctuation),
        cmocka_unit_test(folding_romanises_other_scripts),
        cmocka_unit_test(the_micro_sign_is_not_milli),
        cmocka_unit_test(both_paths_fold_latin_letters_alike),
        cmocka_unit_test(one_folding_serves_many_threads),
        cmocka_unit_test(words_come_one_by_one),
        cmocka_unit_test(the_nearest_word_is_the_one_that_was_meant),
        cmocka_unit_test(lines_of_yaml_are_found_again),
        cmocka_unit_test(yaml_numbers_and_booleans_are_whole_words),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    folding_release(&folding);
    return failed;
}
