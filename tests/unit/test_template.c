/* What the template promises: it is known again in every language, with columns moved, renamed or gone, and becomes a
 * recipe that reads rows as the form would. */
#include "unit.h"

#include "entry_table_world.h"

#include "base/error.h"
#include "flow/template.h"

#include <stdio.h>

/* libxlsxwriter 1.1.4 copies the formula of a list to choose from twice, and frees one: 400 bytes a template. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:lxw_strdup\n";
}

static int column_of(const char *key)
{
    int column = entry_table_find(&table, slice_from(key));
    assert_true(column >= 0);
    return column;
}

static struct template_found find(const char *text, size_t len)
{
    struct comity_error err = {0};
    struct template_found found;
    if (template_find(&table, slice_of(text, len), &arena, &found, &err))
        fail_msg("%s", err.message);
    return found;
}

static struct recipe *recipe_for(const struct template_found *found)
{
    struct comity_error err = {0};
    struct template_source source = {0};
    struct recipe *recipe = NULL;
    if (template_recipe(&table, found, &source, &recipe, &err))
        fail_msg("%s (%s)", err.message, err.hint);
    return recipe;
}

static void columns_follow_the_form(void **state)
{
    (void)state;
    assert_string_equal(table.columns[0].key, "case");
    assert_int_equal(table.case_column, 0);
    assert_int_equal(column_of("place.longitude"), column_of("place") + 3);
    assert_int_equal(column_of("drugs.amount.unit"), column_of("drugs.amount") + 1);
    assert_true(column_of("persons.3.nationality") > column_of("persons.1.number"));
    assert_int_equal(entry_table_find(&table, SLICE("persons.4.number")), -1);
    assert_true(table.columns[column_of("drugs.amount")].is_needed);
    assert_false(table.columns[column_of("drugs.amount.unit")].is_needed);
    assert_false(table.columns[column_of("persons.1.number")].is_needed);
}

static void it_is_known_again_in_every_language(void **state)
{
    (void)state;
    for (int language = 0; language < N_LANGUAGES; language++) {
        struct comity_error err = {0};
        struct buffer bytes;
        buffer_init(&bytes, TEMPLATE_MOST_BYTES);
        assert_int_equal(template_bytes(&table, language, &bytes, &err), COMITY_OK);
        struct template_found found = find(bytes.ptr, bytes.len);
        assert_true(found.is_template);
        assert_int_equal(found.n, table.n);
        assert_int_equal(found.options.skip_lines, 1);
        for (size_t i = 0; i < found.n; i++)
            assert_int_equal(found.column_of[i], (int)i);
        recipe_free(recipe_for(&found));
        buffer_release(&bytes);
    }
}

#define KEYS "case,date,country,drugs.drug,drugs.amount,drugs.amount.unit,persons.1.number,persons.2.number"

static void keys_outrank_what_people_call_columns(void **state)
{
    static const char file[] = "drugs.amount,,date,case,country,drugs.drug\n"
                               "How much,My own,Day,Case,Where,Substance\n"
                               "3 kg,x,2026-03-17,C-1,Colombia,Cocaine\n";
    struct template_found found = find(file, sizeof file - 1);
    (void)state;
    assert_true(found.is_template);
    assert_int_equal(found.options.skip_lines, 1); /* "Case" and "Substance" are still known */
    assert_int_equal(found.column_of[0], column_of("drugs.amount"));
    assert_int_equal(found.column_of[1], -1);
    assert_int_equal(found.column_of[3], column_of("case"));
    recipe_free(recipe_for(&found));
}

/* The labels are gone: the first row of data must not be taken for them. */
static void keys_alone_are_a_header(void **state)
{
    static const char file[] = KEYS "\nC-1,2026-03-17,Colombia,Cocaine,3,kg,1,2\n";
    struct template_found found = find(file, sizeof file - 1);
    (void)state;
    assert_true(found.is_template);
    assert_int_equal(found.options.skip_lines, 0);
    assert_true(slice_is(found.headers[0], "case"));
}

static void rows_are_read_as_the_form_reads_them(void **state)
{
    static const char file[] = KEYS "\n"
                                    "C-1,17/03/2026,Ecuador,cocaina,\"12,5\",kg,2,1\n"
                                    "example 2026/0317,2026-03-17,Ecuador,Cocaine,1,kg,,\n"
                                    "C-2,,Ecuador,Cocaine,1,kg,,\n";
    struct comity_error err = {0};
    struct template_found found = find(file, sizeof file - 1);
    struct recipe *recipe = recipe_for(&found);
    struct rows *rows;
    struct recipe_run *run;
    struct row row;
    bool has_row;
    enum reading_outcome outcome, wanted[] = {READING_OK, READING_FILTERED, READING_REJECTED};
    const struct reading *readings;
    size_t n;
    struct slice reason, mend;
    (void)state;
    assert_int_equal(
        rows_open_memory(slice_of(file, sizeof file - 1), recipe_rows_options(recipe), &rows, &err), COMITY_OK);
    assert_int_equal(recipe_begin(recipe, rows, &run, &err), COMITY_OK);
    assert_int_equal(recipe_survey_done(run, &err), COMITY_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(rows_next(rows, &row, &has_row, &err), COMITY_OK);
        assert_true(has_row);
        assert_int_equal(recipe_read_row(run, &row, &outcome, &readings, &n, &reason, &mend, &err), COMITY_OK);
        assert_int_equal(outcome, wanted[i]);
        if (i)
            continue;
        const struct value *values = readings[0].values;
        assert_int_equal(values[domain_field(drugs, SLICE("arrested"))].count.number, 3);
        assert_true(slice_is(values[domain_field(drugs, SLICE("persons"))].text, "2; 1"));
        assert_true(values[drugs->how_much].quantity.amount == 12.5);
        assert_true(slice_is(values[drugs->case_id].text, "C-1"));
    }
    recipe_end(run);
    rows_close(rows);
    recipe_free(recipe);
}

/* They become texts of a recipe, whatever stands in them. */
static void headers_may_hold_anything(void **state)
{
    static const char file[] =
        "case,date,country,drugs.drug,drugs.amount\n"
        "C\xC2\x80\xC2\x93,\"D \"\"q\"\"\n\\ \t\",\x7F\xEF\xBB\xBFW,{a: [b]} # %x,\xEF\xBF\xBE'\xEF\xBF\xBF\n"
        "C-1,2026-03-17,CO,Cocaine,1 kg\n";
    struct template_found found = find(file, sizeof file - 1);
    (void)state;
    assert_true(found.is_template);
    assert_int_equal(found.options.skip_lines, 1);
    recipe_free(recipe_for(&found));
}

static void what_is_none_is_none(void **state)
{
    static const char *const files[] = {"", "a,b\n1,2\n", "case,date\nC,2026\n",
        "Case,Date,Country,Drug,Amount\nC,2026,CO,x,1\n", "PK\3\4 no workbook at all", "\xFF\xFE\0\1",
        "{\"case\": 1, \"date\": 2}"};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_false(find(files[i], strlen(files[i])).is_template);
}

static void a_column_that_is_needed_must_be_there(void **state)
{
    static const char file[] = "case,date,country,drugs.drug\nCase,Date,Country,Drug\nC,2026,CO,Cocaine\n";
    struct comity_error err = {0};
    struct template_found found = find(file, sizeof file - 1);
    struct template_source source = {0};
    struct recipe *recipe = NULL;
    (void)state;
    assert_true(found.is_template);
    assert_int_equal(template_recipe(&table, &found, &source, &recipe, &err), COMITY_INPUT);
    assert_non_null(strstr(err.message, "drugs.amount"));
}

static void headers_are_known_in_any_language(void **state)
{
    const struct slice headers[] = {SLICE("Fecha *"), SLICE("substance"), SLICE("Количество"), SLICE("国家"),
        SLICE("case"), SLICE("whatever"), SLICE("Drug"), SLICE("purity (%)"), SLICE("Personas detenidas 2: Sexo")};
    enum { N = sizeof headers / sizeof *headers };
    const char *const wanted[N] = {
        "date", NULL, "drugs.amount", "country", "case", NULL, "drugs.drug", "drugs.purity", "persons.2.sex"};
    struct comity_error err;
    int columns[N];
    size_t n_found;
    (void)state;
    assert_int_equal(entry_table_match(&table, headers, N, LANGUAGE_ES, columns, &n_found, &err), COMITY_OK);
    assert_int_equal(n_found, N - 2);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(columns[i], wanted[i] ? column_of(wanted[i]) : -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_follow_the_form),
        cmocka_unit_test(it_is_known_again_in_every_language),
        cmocka_unit_test(keys_outrank_what_people_call_columns),
        cmocka_unit_test(keys_alone_are_a_header),
        cmocka_unit_test(rows_are_read_as_the_form_reads_them),
        cmocka_unit_test(headers_may_hold_anything),
        cmocka_unit_test(what_is_none_is_none),
        cmocka_unit_test(a_column_that_is_needed_must_be_there),
        cmocka_unit_test(headers_are_known_in_any_language),
    };
    return cmocka_run_group_tests(tests, open_domain, close_domain);
}
