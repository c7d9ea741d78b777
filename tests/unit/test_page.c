/* What pages are made of: the escaping writer, the catalogues, the assets. */
#include "unit.h"

#include "page/assets.h"
#include "page/catalogue.h"
#include "page/html.h"
#include "value/concept.h"

#include <stdlib.h>

/* ---- the writer ----------------------------------------------------------------------------------------------- */

static void assert_html(struct buffer *out, const char *want)
{
    assert_int_equal(buffer_status(out), COMITY_OK);
    assert_string_equal(out->ptr, want);
    buffer_release(out);
}

static void text_and_attributes_are_escaped(void **state)
{
    (void)state;
    struct buffer out;
    struct html h;
    buffer_init(&out, 4096);
    html_begin(&h, &out);
    html_open(&h, "p");
    html_attr(&h, "title", "\"><script>alert('1')</script>&");
    html_string(&h, "</p><img src=x onerror=alert(1)>&amp;");
    html_close(&h, "p");
    assert_html(&out, "<p title=\"&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;\">"
                      "&lt;/p&gt;&lt;img src=x onerror=alert(1)&gt;&amp;amp;</p>");
}

static void control_characters_do_not_pass(void **state)
{
    (void)state;
    struct buffer out;
    struct html h;
    buffer_init(&out, 4096);
    html_begin(&h, &out);
    html_leaf(&h, "b", NULL, SLICE("a\0b\x1b\tc"));
    assert_html(&out, "<b>a\xEF\xBF\xBD"
                      "b\xEF\xBF\xBD\tc</b>");
}

static void addresses_that_could_run_script_become_a_hash(void **state)
{
    (void)state;
    static const char *const bad[] = {"javascript:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)",
        "JAVASCRIPT:alert(1)", "data:text/html,x", "//evil.example/", "/\\evil.example", "", "evil", "vbscript:x"};
    static const char *const good[] = {"/a?b=c", "?b=c", "#x", "https://example.org/", "http://example.org/"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad + sizeof good / sizeof *good; i++) {
        bool is_bad = i < sizeof bad / sizeof *bad;
        const char *address = is_bad ? bad[i] : good[i - sizeof bad / sizeof *bad];
        struct buffer out;
        struct html h;
        buffer_init(&out, 4096);
        html_begin(&h, &out);
        html_open(&h, "a");
        html_link(&h, "href", slice_from(address));
        html_close(&h, "a");
        assert_int_equal(strcmp(out.ptr, "<a href=\"#\"></a>") == 0, is_bad);
        buffer_release(&out);
    }
}

static void a_full_buffer_fails_once_and_for_all(void **state)
{
    (void)state;
    struct buffer out;
    struct html h;
    buffer_init(&out, 16);
    html_begin(&h, &out);
    html_leaf(&h, "p", "long", SLICE("longer than sixteen bytes"));
    assert_int_equal(buffer_status(&out), COMITY_LIMIT);
    buffer_release(&out);
}

/* ---- catalogues ----------------------------------------------------------------------------------------------- */

static void every_language_is_built_in_and_translates(void **state)
{
    (void)state;
    for (int i = 0; i < N_LANGUAGES; i++) {
        struct catalogue c = catalogue_of(i);
        bool is_english = i == LANGUAGE_EN;
        assert_int_equal(strcmp(tr(&c, "About the data"), "About the data") == 0, is_english);
        assert_string_equal(tr(&c, "not in any catalogue"), "not in any catalogue");
    }
}

static void plurals_follow_the_language(void **state)
{
    (void)state;
    struct catalogue ru = catalogue_of(LANGUAGE_RU), en = catalogue_of(LANGUAGE_EN);
    assert_string_equal(tr_n(&ru, "{n} row", "{n} rows", 1), "{n} строка");
    assert_string_equal(tr_n(&ru, "{n} row", "{n} rows", 3), "{n} строки");
    assert_string_equal(tr_n(&ru, "{n} row", "{n} rows", 11), "{n} строк");
    assert_string_equal(tr_n(&ru, "{n} row", "{n} rows", 21), "{n} строка");
    assert_string_equal(tr_n(&en, "{n} row", "{n} rows", 1), "{n} row");
    assert_string_equal(tr_n(&en, "{n} row", "{n} rows", 0), "{n} rows");
    assert_int_equal(plural_form(LANGUAGE_FR, 0), 0);
    assert_int_equal(plural_form(LANGUAGE_AR, 0), 0);
    assert_int_equal(plural_form(LANGUAGE_AR, 2), 2);
    assert_int_equal(plural_form(LANGUAGE_AR, 103), 3);
    assert_int_equal(plural_form(LANGUAGE_AR, 11), 4);
    assert_int_equal(plural_form(LANGUAGE_AR, 100), 5);
    assert_int_equal(plural_form(LANGUAGE_ZH, 5), 0);
}

/* Any prefix of a catalogue, and any single byte of its tables changed, is read without a fault. */
static void damaged_catalogues_give_english(void **state)
{
    (void)state;
    const struct asset *asset = asset_catalogue("es");
    assert_non_null(asset);
    size_t len = asset->bytes.len;
    char *copy = malloc(len);
    assert_non_null(copy);
    for (size_t n = 0; n < len; n += 97) {
        memcpy(copy, asset->bytes.ptr, n);
        struct catalogue c = catalogue_over(LANGUAGE_ES, slice_of(copy, n));
        assert_string_equal(tr(&c, "Records"), "Records");
    }
    for (size_t at = 0; at < 2048 && at < len; at++) {
        memcpy(copy, asset->bytes.ptr, len);
        copy[at] = (char)(copy[at] ^ 0x5A);
        struct catalogue c = catalogue_over(LANGUAGE_ES, slice_of(copy, len));
        assert_non_null(tr(&c, "Records"));
        assert_non_null(tr_n(&c, "{n} row", "{n} rows", 7));
    }
    free(copy);
}

static void the_best_of_our_languages_is_taken(void **state)
{
    (void)state;
    assert_int_equal(language_negotiate(SLICE("")), LANGUAGE_EN);
    assert_int_equal(language_negotiate(SLICE("de, fr;q=0.8, es;q=0.9")), LANGUAGE_ES);
    assert_int_equal(language_negotiate(SLICE("pt-BR,pt;q=0.9,en;q=0.8")), LANGUAGE_PT);
    assert_int_equal(language_negotiate(SLICE("xx, *;q=0.1")), LANGUAGE_EN);
    assert_int_equal(language_negotiate(SLICE("zh-Hant-TW;q=0.001")), LANGUAGE_ZH);
}

/* ---- assets ---------------------------------------------------------------------------------------- */

static void assets_are_found_by_both_addresses(void **state)
{
    (void)state;
    bool is_exact;
    const struct asset *style = asset_find("style.css");
    assert_non_null(style);
    assert_ptr_equal(asset_at(slice_from(style->address), &is_exact), style);
    assert_true(is_exact);
    assert_ptr_equal(asset_at(SLICE("/static/style.css"), &is_exact), style);
    assert_false(is_exact);
    assert_null(asset_at(SLICE("/static/../etc/passwd"), &is_exact));
    assert_true(style->gzip.len > 0 && style->gzip.len <= 10 * 1024);
    assert_true(asset_find("core.js")->bytes.len <= 6 * 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_attributes_are_escaped),
        cmocka_unit_test(control_characters_do_not_pass),
        cmocka_unit_test(addresses_that_could_run_script_become_a_hash),
        cmocka_unit_test(a_full_buffer_fails_once_and_for_all),
        cmocka_unit_test(every_language_is_built_in_and_translates),
        cmocka_unit_test(plurals_follow_the_language),
        cmocka_unit_test(damaged_catalogues_give_english),
        cmocka_unit_test(the_best_of_our_languages_is_taken),
        cmocka_unit_test(assets_are_found_by_both_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
