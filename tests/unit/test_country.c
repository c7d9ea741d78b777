/* Countries by any name: of today, of their day, in other languages, by code. */
#include "unit.h"

#include "value/place.h"

static struct gazetteer *gazetteer;

static int open_gazetteer(void **state)
{
    (void)state;
    struct comity_error err;
    return gazetteer_open(DATA_FOLDER "/gazetteer.bin", &gazetteer, &err) == COMITY_OK ? 0 : -1;
}

static int close_gazetteer(void **state)
{
    (void)state;
    gazetteer_close(gazetteer);
    return 0;
}

static const char *code_of(const char *name, bool *is_old)
{
    const struct country_table *table = gazetteer_countries(gazetteer);
    return country_get(table, country_find(table, slice_from(name), is_old))->alpha2;
}

static void test_names_of_today(void **state)
{
    (void)state;
    static const char *const NAMES[][2] = {{"Colombia", "CO"}, {"COLOMBIA ", "CO"},
        {"Bolivia, Plurinational State of", "BO"}, {"Czech Republic", "CZ"}, {"Macau, SAR of China", "MO"},
        {"Iraq (Kurdistan Region)", "IQ"}, {"Lao Peoples Democratic Republic", "LA"}, {"Côte d'Ivoire", "CI"},
        {"cote divoire", "CI"}, {"the Netherlands", "NL"}, {"Korea, Republic of", "KR"}, {"Niger", "NE"},
        {"Nigeria", "NG"}, {"Dominica", "DM"}};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        bool is_old = true;
        assert_string_equal(code_of(NAMES[i][0], &is_old), NAMES[i][1]);
        if (is_old)
            fail_msg("%s is told as an old name", NAMES[i][0]);
    }
}

static void test_names_of_their_day(void **state)
{
    (void)state;
    static const char *const NAMES[][2] = {{"Swaziland", "SZ"}, {"Macedonia, the former Yugoslav Republic of", "MK"},
        {"Libyan Arab Jamahiriya", "LY"}, {"Burma", "MM"}, {"Zaire", "CD"}, {"Upper Volta", "BF"}, {"Turkey", "TR"}};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        bool is_old = false;
        assert_string_equal(code_of(NAMES[i][0], &is_old), NAMES[i][1]);
        if (!is_old)
            fail_msg("%s is not told as an old name", NAMES[i][0]);
    }
}

/* Several countries followed: they are themselves, under all names and codes of their own, and none of their heirs. */
static void test_countries_that_are_no_more(void **state)
{
    (void)state;
    const struct country_table *table = gazetteer_countries(gazetteer);
    static const char *const NAMES[][2] = {{"Czechoslovakia", "CSHH"}, {"Checoslovaquia", "CSHH"}, {"CSHH", "CSHH"},
        {"CSK", "CSHH"}, {"Netherlands Antilles", "ANHH"}, {"Antilles néerlandaises", "ANHH"}, {"USSR", "SUHH"},
        {"Soviet Union", "SUHH"}, {"СССР", "SUHH"}, {"Yugoslavia", "YUCS"}, {"Federal Republic of Yugoslavia", "YUCS"},
        {"Serbia and Montenegro", "CSXX"}, {"Сербия и Черногория", "CSXX"}, {"Czech Republic", "CZ"}, {"Serbia", "RS"},
        {"German Democratic Republic", "DE"}, {"Curaçao", "CW"}};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        assert_string_equal(code_of(NAMES[i][0], NULL), NAMES[i][1]);
    uint16_t id = country_by_alpha2(table, SLICE("cshh"));
    const struct country *country = country_get(table, id);
    assert_int_equal(country->m49, 200);
    assert_false(country->is_member);
    assert_true(country_is_within(table, id, 151));
    assert_true(slice_is(country_label(table, id, LANGUAGE_EN), "Czechoslovakia"));
    assert_true(slice_is(country_label(table, id, LANGUAGE_ES), "Checoslovaquia"));
    assert_true(country->lat_e5 > 4800000 && country->lat_e5 < 5100000); /* between Czechia and Slovakia */
    assert_true(country->lon_e5 > 1500000 && country->lon_e5 < 2000000);
    assert_int_equal(country_by_alpha2(table, SLICE("CSH")), COUNTRY_NONE);
}

static void test_languages_and_codes(void **state)
{
    (void)state;
    static const char *const NAMES[][2] = {{"España", "ES"}, {"República Dominicana", "DO"}, {"Alemania", "DE"},
        {"Россия", "RU"}, {"Российская Федерация", "RU"}, {"Etats-Unis", "US"}, {"ألمانيا", "DE"}, {"德国", "DE"},
        {"Brasil", "BR"}, {"co", "CO"}, {"COL", "CO"}, {"ecu", "EC"}};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        assert_string_equal(code_of(NAMES[i][0], NULL), NAMES[i][1]);
}

static void test_unknown_names_are_none(void **state)
{
    (void)state;
    const struct country_table *table = gazetteer_countries(gazetteer);
    static const char *const NAMES[] = {"", " ", "Unknown", "Atlantis", "--", "Q", "Europe"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        assert_int_equal(country_find(table, slice_from(NAMES[i]), NULL), COUNTRY_NONE);
    assert_int_equal(country_by_alpha2(table, SLICE("ZZ")), COUNTRY_NONE);
}

static void test_labels_in_seven_languages(void **state)
{
    (void)state;
    const struct country_table *table = gazetteer_countries(gazetteer);
    uint16_t de = country_by_alpha2(table, SLICE("DE"));
    static const char *const LABELS[N_LANGUAGES] = {
        "Germany", "Alemania", "Allemagne", "Alemanha", "Германия", "ألمانيا", "德国"};
    for (int l = 0; l < N_LANGUAGES; l++)
        assert_true(slice_is(country_label(table, de, l), LABELS[l]));
    for (size_t i = 1; i < country_count(table); i++)
        for (int l = 0; l < N_LANGUAGES; l++)
            assert_true(country_label(table, (uint16_t)i, l).len > 0);
    assert_true(slice_is(country_label(table, country_by_alpha2(table, SLICE("BO")), LANGUAGE_EN), "Bolivia"));
    assert_int_equal(country_get(table, country_by_alpha2(table, SLICE("CO")))->m49, 170);
}

/* Every English label, alpha-2 and alpha-3 leads back to its country. */
static void test_labels_lead_back(void **state)
{
    (void)state;
    const struct country_table *table = gazetteer_countries(gazetteer);
    for (size_t i = 1; i < country_count(table); i++) {
        const struct country *country = country_get(table, (uint16_t)i);
        assert_int_equal(country_find(table, country_label(table, (uint16_t)i, LANGUAGE_EN), NULL), i);
        assert_int_equal(country_find(table, slice_from(country->alpha2), NULL), i);
        assert_int_equal(country_find(table, slice_from(country->alpha3), NULL), i);
    }
}

static void test_parse_keeps_what_it_does_not_know(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct value_spec spec = {.type = VALUE_COUNTRY, .countries = gazetteer_countries(gazetteer)};
    struct value value;
    assert_int_equal(
        country_parse(&spec, &(struct value_input){.raw = SLICE(" Swaziland ")}, &arena, &value), COMITY_OK);
    assert_int_equal(value.state, VALUE_TYPED);
    assert_int_equal(value.flags, VALUE_OLD_NAME);
    assert_int_equal(
        country_parse(&spec, &(struct value_input){.raw = SLICE(" Ruritania")}, &arena, &value), COMITY_OK);
    assert_int_equal(value.state, VALUE_UNREAD);
    assert_true(slice_is(value.text, "Ruritania"));
    assert_int_equal(country_parse(&spec, &(struct value_input){.raw = SLICE("  ")}, &arena, &value), COMITY_OK);
    assert_int_equal(value.state, VALUE_ABSENT);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_of_today),
        cmocka_unit_test(test_names_of_their_day),
        cmocka_unit_test(test_countries_that_are_no_more),
        cmocka_unit_test(test_languages_and_codes),
        cmocka_unit_test(test_unknown_names_are_none),
        cmocka_unit_test(test_labels_in_seven_languages),
        cmocka_unit_test(test_labels_lead_back),
        cmocka_unit_test(test_parse_keeps_what_it_does_not_know),
    };
    return cmocka_run_group_tests(tests, open_gazetteer, close_gazetteer);
}
