/* What must hold for sniffing: the draft is a recipe, and it is right on files as people have them. */
#include "unit.h"

#include "base/error.h"
#include "read/recipe.h"
#include "read/sniff.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct domain *drugs;

static int open_domain(void **state)
{
    struct comity_error err;
    (void)state;
    return domain_load(SOURCE_FOLDER "/domains/drugs", DATA_FOLDER "/gazetteer.bin", &drugs, &err) ? -1 : 0;
}

static int close_domain(void **state)
{
    (void)state;
    domain_free(drugs);
    return 0;
}

static void sniff_text(const char *text, struct sniff *sniff)
{
    struct rows *rows;
    struct comity_error err = {0};
    assert_int_equal(rows_open_memory(slice_from(text), NULL, &rows, &err), COMITY_OK);
    if (sniff_rows(rows, "My File (1).csv", drugs, sniff, &err))
        fail_msg("%s", err.message);
    rows_close(rows);
}

static void must_be_a_recipe(const struct sniff *sniff)
{
    struct recipe *recipe;
    struct comity_error err = {0};
    if (recipe_parse(sniff->recipe, "draft", drugs, &recipe, &err))
        fail_msg("line %u: %s\n%.*s", err.line, err.message, SLICE_ARG(sniff->recipe));
    recipe_free(recipe);
}

static void must_say(const struct sniff *sniff, const char *text)
{
    if (slice_find(sniff->recipe, slice_from(text)) < 0)
        fail_msg("the draft does not say: %s\n%.*s", text, SLICE_ARG(sniff->recipe));
}

static void a_table_in_spanish_is_understood(void **state)
{
    struct sniff sniff;
    (void)state;
    sniff_text(
        "FECHA;MUNICIPIO;DEPARTAMENTO;SUSTANCIA;CANTIDAD;UNIDAD;NOTA\n"
        "18/01/2016;CARTAGENA;BOLÍVAR;COCAINA;12,5;KILOGRAMO;x\n25/02/2016;CALI;VALLE DEL CAUCA;HEROINA;3,25;GRAMO;\n"
        "03/03/2016;MEDELLÍN;ANTIOQUIA;MARIHUANA;100,1;GRAMO;DESCONOCIDO\n",
        &sniff);
    must_be_a_recipe(&sniff);
    must_say(&sniff, "recipe: \"my-file-1\"");
    must_say(&sniff, "delimiter: \";\"");
    must_say(&sniff, "decimal: comma");
    must_say(&sniff, "{field: date, column: \"FECHA\", order: dmy}");
    must_say(&sniff, "{field: country, value: \"Colombia\"}");
    must_say(&sniff, "column: \"MUNICIPIO\", subdivision: \"DEPARTAMENTO\"");
    must_say(&sniff, "{field: drug, column: \"SUSTANCIA\"}");
    must_say(&sniff, "{field: amount, column: \"CANTIDAD\", unit_column: \"UNIDAD\"}");
    must_say(&sniff, "\"null\": [\"DESCONOCIDO\"]");
    must_say(&sniff, "Not mapped (kept in the raw record): \"NOTA\"");
    assert_int_equal(sniff.n_rows, 3);
    assert_true(sniff.columns[6].empty_share > 0.3 && sniff.columns[6].empty_share < 0.4);
    sniff_release(&sniff);
}

static void days_and_months_that_could_be_swapped_are_told(void **state)
{
    struct sniff sniff;
    (void)state;
    sniff_text("date,drug\n01/02/2016,Heroin\n03/04/2016,Cocaine\n", &sniff);
    must_be_a_recipe(&sniff);
    assert_true(sniff.is_order_open);
    must_say(&sniff, "day and month could be either");
    sniff_release(&sniff);
}

static void names_and_cells_cannot_break_the_draft(void **state)
{
    struct sniff sniff;
    (void)state;
    static const char *const files[] = {"", "a\n", "\"d\"\"a: {te\",\"x\n# y\"\n\"2016-01-01\n- {\",\"[}\"\n",
        "1;2;3\n4;5;6\n", "date,drug,amount (kg)\n\"2016-01-01\",\"Heroin\",5\n",
        "[{\"drug\":{\"name\":\"Heroin\"},\"date\":\"2016-01-01\"}]"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        sniff_text(files[i], &sniff);
        must_be_a_recipe(&sniff);
        if (i == 3)
            assert_true(sniff.looks_headless);
        if (i == 4)
            must_say(&sniff, "unit: \"kg\"");
        sniff_release(&sniff);
    }
}

/* Real files, where they are. */
static void check_real(const char *file, const char *const *says)
{
    char path[600];
    struct sniff sniff;
    struct comity_error err = {0};
    snprintf(path, sizeof path, "%s/../shared/data/seizures/%s", SOURCE_FOLDER, file);
    if (access(path, R_OK)) {
        print_message("%s is not here: not tested\n", file);
        return;
    }
    if (sniff_file(path, NULL, drugs, &sniff, &err))
        fail_msg("%s", err.message);
    must_be_a_recipe(&sniff);
    for (; *says; says++)
        must_say(&sniff, *says);
    sniff_release(&sniff);
}

static void real_files_are_understood(void **state)
{
    (void)state;
    check_real("unodc-ids-2011-2016.csv.gz",
        (const char *const[]){"column: \"SEIZURE_DATE\", order: ymd", "{field: country, column: \"COUNTRY\"}",
            "column: \"PLACE\", subdivision: \"ADMINISTRATIVE_DIVISION\"", "{field: drug, column: \"DRUG_NAME\"}",
            "column: \"AMOUNT\", unit_column: \"DRUG_UNIT\"", "column: \"PRODUCING_COUNTRY\"",
            "column: \"DESTINATION_COUNTRY\"", "delimiter: \";\"", NULL});
    check_real("colombia-policia-2016-01.csv.gz",
        (const char *const[]){"column: \"FECHA\", order: ymd", "value: \"Colombia\"",
            "column: \"MUNICIPIO\", subdivision: \"DEPARTAMENTO\"", "column: \"CLASE DE ESTUPEFACIENTE\"",
            "column: \"CANTIDAD\", unit_column: \"UNIDAD DE MEDIDA\"", NULL});
    check_real("brazil-pf-portos-aeroportos.csv.gz",
        (const char *const[]){"column: \"DATA\", order: mdy",
            "subdivision: \"UF\", latitude: \"lat\", longitude: \"lon\"", "column: \"DROGA\"",
            "column: \"QUANTIDADE\", unit_column: \"UNIDADE_MEDIDA\"", "decimal: comma", NULL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_in_spanish_is_understood),
        cmocka_unit_test(days_and_months_that_could_be_swapped_are_told),
        cmocka_unit_test(names_and_cells_cannot_break_the_draft),
        cmocka_unit_test(real_files_are_understood),
    };
    return cmocka_run_group_tests(tests, open_domain, close_domain);
}
