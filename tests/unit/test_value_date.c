/* Dates as sources write them, and the survey of monthly sources. */
#include "unit.h"

#include "base/calendar.h"
#include "text/fold.h"
#include "value/date.h"

#include <stdio.h>

static struct folding folding;
static const struct value_spec spec = {.type = VALUE_DATE, .folding = &folding};

static struct value read_with(const struct value_input *input, struct arena *arena)
{
    struct value value;
    assert_int_equal(value_parse(&spec, input, arena, &value), COMITY_OK);
    return value;
}

/* Reads `text` and formats it again; a '?' behind it tells that it was ambiguous, "UNREAD" that it was not read. */
static void assert_read(const struct value_input *input, const char *expected)
{
    struct arena arena = {0};
    struct buffer out;
    buffer_init(&out, 4096);
    struct value value = read_with(input, &arena);
    if (value.state == VALUE_TYPED)
        value_format(&spec, &value, "en", &out);
    else
        buffer_add_string(&out, value.state == VALUE_UNREAD ? "UNREAD" : value.state == VALUE_NULL ? "NULL" : "ABSENT");
    if (value.flags & VALUE_AMBIGUOUS)
        buffer_add_byte(&out, '?');
    if (strcmp(out.ptr, expected) != 0)
        fail_msg("'%.*s' was read as %s, not as %s", SLICE_ARG(input->raw), out.ptr, expected);
    if (value.state == VALUE_UNREAD)
        assert_true(slice_equal(value.text, slice_trim(input->raw)));
    buffer_release(&out);
    arena_release(&arena);
}

static void assert_date(const char *text, enum date_order order, const char *expected)
{
    assert_read(&(struct value_input){.raw = slice_from(text), .date_order = order}, expected);
}

static void days_are_read_in_every_order(void **state)
{
    (void)state;
    assert_date("2016-01-18", DATE_ORDER_AUTO, "2016-01-18");
    assert_date("2016/1/8", DATE_ORDER_AUTO, "2016-01-08");
    assert_date("20160118", DATE_ORDER_AUTO, "2016-01-18");
    assert_date("18012016", DATE_ORDER_DMY, "2016-01-18");
    assert_date("18/01/2016", DATE_ORDER_DMY, "2016-01-18");
    assert_date("03/01/2018", DATE_ORDER_MDY, "2018-03-01");
    assert_date("03/01/2018", DATE_ORDER_DMY, "2018-01-03");
    assert_date("18.1.2016", DATE_ORDER_AUTO, "2016-01-18");
    assert_date("18 - 01 - 2016", DATE_ORDER_AUTO, "2016-01-18");
    assert_date("01-18-2016", DATE_ORDER_AUTO, "2016-01-18");
    assert_date("16-01-18", DATE_ORDER_YMD, "2016-01-18?");
}

static void an_order_that_nobody_told_is_flagged(void **state)
{
    (void)state;
    assert_date("03/01/2018", DATE_ORDER_AUTO, "2018-01-03?");
    assert_date("03/03/2018", DATE_ORDER_AUTO, "2018-03-03"); /* both orders agree */
    assert_date("18/01/16", DATE_ORDER_DMY, "2016-01-18?");   /* of which century? */
    assert_date("18/01/69", DATE_ORDER_DMY, "1969-01-18?");
}

static void times_are_dropped(void **state)
{
    (void)state;
    assert_date("2018-01-28T00:00:00.000", DATE_ORDER_AUTO, "2018-01-28");
    assert_date("01/03/2018 12:00:00 AM", DATE_ORDER_MDY, "2018-01-03");
    assert_date("2016-01-18 23:59:59+05:00", DATE_ORDER_AUTO, "2016-01-18");
    assert_date("2016-01-18T10:00Z", DATE_ORDER_AUTO, "2016-01-18");
    assert_date("18-01-2016 12:00:00", DATE_ORDER_AUTO, "2016-01-18");
    assert_date("18-Sept-2016 10:00", DATE_ORDER_AUTO, "2016-09-18");
}

static void months_have_names_in_seven_languages(void **state)
{
    (void)state;
    assert_date("18 January 2016", DATE_ORDER_AUTO, "2016-01-18");
    assert_date("Jan 18, 2016", DATE_ORDER_AUTO, "2016-01-18");
    assert_date("1st of March 2016", DATE_ORDER_AUTO, "2016-03-01");
    assert_date("18-Sept-2016", DATE_ORDER_AUTO, "2016-09-18");
    assert_date("18jan2016", DATE_ORDER_AUTO, "2016-01-18");
    assert_date("lunes, 18 de enero de 2016", DATE_ORDER_AUTO, "2016-01-18");
    assert_date("1er août 2016", DATE_ORDER_AUTO, "2016-08-01");
    assert_date("7 de março de 2016", DATE_ORDER_AUTO, "2016-03-07");
    assert_date("18 января 2016 г.", DATE_ORDER_AUTO, "2016-01-18");
    assert_date("9 мая 2016", DATE_ORDER_AUTO, "2016-05-09");
    assert_date("18 يناير 2016", DATE_ORDER_AUTO, "2016-01-18");
    assert_date("18 كانون الثاني 2016", DATE_ORDER_AUTO, "2016-01-18");
    assert_date("2016年1月18日", DATE_ORDER_AUTO, "2016-01-18");
    assert_date("2016年十二月", DATE_ORDER_AUTO, "2016-12");
}

static void every_month_is_known_in_every_language(void **state)
{
    static const char *const names[8][12] = {
        {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
            "December"},
        {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
            "diciembre"},
        {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
            "décembre"},
        {"janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro",
            "novembro", "dezembro"},
        {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
            "декабря"},
        {"يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"},
        {"كانون الثاني", "شباط", "آذار", "نيسان", "أيار", "حزيران", "تموز", "آب", "أيلول", "تشرين الأول",
            "تشرين الثاني", "كانون الأول"},
        {"一月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "十一月", "十二月"},
    };
    (void)state;
    for (int language = 0; language < 8; language++)
        for (int month = 0; month < 12; month++) {
            char text[64], expected[16];
            snprintf(text, sizeof text, "%s 2016", names[language][month]);
            snprintf(expected, sizeof expected, "2016-%02d", month + 1);
            assert_date(text, DATE_ORDER_AUTO, expected);
        }
}

static void a_day_is_never_invented(void **state)
{
    (void)state;
    assert_date("2016-01", DATE_ORDER_AUTO, "2016-01");
    assert_date("01/2016", DATE_ORDER_AUTO, "2016-01");
    assert_date("201601", DATE_ORDER_AUTO, "2016-01");
    assert_date("January 2016", DATE_ORDER_AUTO, "2016-01");
    assert_date("2016", DATE_ORDER_AUTO, "2016");
    assert_date("Q2 2016", DATE_ORDER_AUTO, "2016-04-01..2016-06-30");
}

static void what_cannot_be_is_not_read(void **state)
{
    static const char *const texts[] = {"31/02/2016", "2016-13-01", "2016-00-10", "2016-01-32", "29/02/2015",
        "0000-00-00", "yesterday", "18", "January", "18 January", "1/2/3/4", "2016-01-18-19", "9999-01-01",
        "2559-01-18", "0016-01-18", "18//", "2016-1-1x", "123456789", "13/13/2016", "99999999", "-5", "2016 2017",
        "12:30"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_date(texts[i], DATE_ORDER_AUTO, "UNREAD");
    assert_date("01/18/2016", DATE_ORDER_DMY, "UNREAD"); /* the recipe said otherwise */
    assert_date("29/02/2016", DATE_ORDER_AUTO, "2016-02-29");
}

static void ranges_have_two_ends(void **state)
{
    (void)state;
    assert_date("2016-01-18..2016-01-23", DATE_ORDER_AUTO, "2016-01-18..2016-01-23");
    assert_date("2016-01-18/2016-01-23", DATE_ORDER_AUTO, "2016-01-18..2016-01-23");
    assert_date("18-23 January 2016", DATE_ORDER_AUTO, "2016-01-18..2016-01-23");
    assert_date("18 to 23 January 2016", DATE_ORDER_AUTO, "2016-01-18..2016-01-23");
    assert_date("18/01/2016 - 23/01/2016", DATE_ORDER_DMY, "2016-01-18..2016-01-23");
    assert_date("18/01/2016-23/01/2016", DATE_ORDER_DMY, "2016-01-18..2016-01-23");
    assert_date("2016-01-01..2016-01-31", DATE_ORDER_AUTO, "2016-01");
    assert_date("2016-01..2016-12", DATE_ORDER_AUTO, "2016");
    assert_date("2015..2016", DATE_ORDER_AUTO, "2015-01-01..2016-12-31");
    assert_date("2016-01-23..2016-01-18", DATE_ORDER_AUTO, "UNREAD");
}

static void the_last_day_may_stand_in_another_cell(void **state)
{
    struct value_input input = {.raw = SLICE("2016-01-18"), .until = SLICE("2016-01-23")};
    (void)state;
    assert_read(&input, "2016-01-18..2016-01-23");
    input.until = SLICE("");
    assert_read(&input, "2016-01-18");
    input.until = SLICE("2016-01-11"); /* before it begins: only the beginning is sure */
    assert_read(&input, "2016-01-18?");
}

static void monthly_sources_date_to_months(void **state)
{
    struct value_input input = {.raw = SLICE("2016-03-01"), .is_monthly = true};
    (void)state;
    assert_read(&input, "2016-03");
    input.raw = SLICE("2016-03-02");
    assert_read(&input, "2016-03-02");
}

static void null_tokens_and_empty_cells_are_told_apart(void **state)
{
    static const struct slice tokens[] = {{"--", 2}, {"not known", 9}};
    struct value_input input = {.raw = SLICE(" Not Known "), .null_tokens = tokens, .n_null_tokens = 2};
    (void)state;
    assert_read(&input, "NULL");
    input.raw = SLICE("  ");
    assert_read(&input, "ABSENT");
}

static void survey_of(struct date_survey *survey, uint16_t country, int n, int n_other_days, bool in_one_month)
{
    for (int i = 0; i < n; i++) {
        int32_t day = day_from_civil(2014, in_one_month ? 1u : (unsigned)(i % 12) + 1, i < n_other_days ? 9 : 1);
        struct value value = {.type = VALUE_DATE, .state = VALUE_TYPED, .precision = DATE_DAY, .date = {day, day}};
        assert_true(date_survey_add(survey, country, &value));
    }
}

static void a_source_on_the_first_of_every_month_is_monthly(void **state)
{
    struct date_survey survey = {0};
    (void)state;
    survey_of(&survey, 7, 100, 5, false);
    survey_of(&survey, 8, 100, 6, false);
    survey_of(&survey, 9, 19, 0, false);  /* too few to say */
    survey_of(&survey, 10, 100, 0, true); /* one busy New Year's Day */
    assert_true(date_survey_is_monthly(&survey, 7));
    assert_false(date_survey_is_monthly(&survey, 8));
    assert_false(date_survey_is_monthly(&survey, 9));
    assert_false(date_survey_is_monthly(&survey, 10));
    assert_false(date_survey_is_monthly(&survey, 0));
    assert_false(date_survey_is_monthly(&survey, 999));
    date_survey_release(&survey);
}

static void assert_in_year(const char *text, const char *year, unsigned first_month, const char *expected)
{
    assert_read(&(struct value_input){.raw = slice_from(text),
                    .year = slice_from(year),
                    .first_month = first_month,
                    .date_order = DATE_ORDER_AUTO},
        expected);
}

static void a_year_may_stand_in_another_cell(void **state)
{
    (void)state;
    assert_in_year("OCT", "2019", 10, "2018-10");
    assert_in_year("SEP", "2019", 10, "2019-09");
    assert_in_year("DEC", "2026 (FYTD)", 10, "2025-12");
    assert_in_year("enero", "FY 2019", 10, "2019-01");
    assert_in_year("Q1", "2019", 10, "2018-10-01..2018-12-31");
    assert_in_year("Q2", "2019", 10, "2019-01-01..2019-03-31");
    assert_in_year("10", "2019", 10, "2018-10");
    assert_in_year("Ago", "2019", 1, "2019-08");
    assert_in_year("5", "2019", 0, "2019-05");
    assert_in_year("18 January", "2019", 0, "2019-01-18");
    assert_in_year("April", "2018-19", 4, "2018-04");
    assert_in_year("March", "2018/2019", 4, "2019-03");
    assert_in_year("2018-19", "", 4, "2018-04-01..2019-03-31");
    assert_in_year("2019", "", 10, "2018-10-01..2019-09-30");
    assert_in_year("DEC", "the year", 10, "UNREAD");
    assert_in_year("DEC", "2018-25", 4, "UNREAD");
    assert_in_year("13", "2019", 1, "UNREAD");
    assert_in_year("2018", "2019", 1, "UNREAD");
    assert_in_year("DEC", "19", 10, "UNREAD");
}

static void a_day_may_stand_for_its_year(void **state)
{
    (void)state;
    assert_read(&(struct value_input){.raw = SLICE("2019-01-01"), .is_yearly = true}, "2019");
    assert_read(&(struct value_input){.raw = SLICE("2018-11-05"), .is_yearly = true, .first_month = 10},
        "2018-10-01..2019-09-30");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_read_in_every_order),
        cmocka_unit_test(an_order_that_nobody_told_is_flagged),
        cmocka_unit_test(times_are_dropped),
        cmocka_unit_test(months_have_names_in_seven_languages),
        cmocka_unit_test(every_month_is_known_in_every_language),
        cmocka_unit_test(a_day_is_never_invented),
        cmocka_unit_test(what_cannot_be_is_not_read),
        cmocka_unit_test(ranges_have_two_ends),
        cmocka_unit_test(the_last_day_may_stand_in_another_cell),
        cmocka_unit_test(monthly_sources_date_to_months),
        cmocka_unit_test(a_year_may_stand_in_another_cell),
        cmocka_unit_test(a_day_may_stand_for_its_year),
        cmocka_unit_test(null_tokens_and_empty_cells_are_told_apart),
        cmocka_unit_test(a_source_on_the_first_of_every_month_is_monthly),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    folding_release(&folding);
    return failed;
}
