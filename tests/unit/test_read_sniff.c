/* What must hold for sniffing: the draft is a recipe, and it is right on files as people have them. */
#include "unit.h"

#include "failing_malloc.h"

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
        "FECHA;MUNICIPIO;DEPARTAMENTO;SUSTANCIA;CANTIDAD;UNIDAD;TURNO\n"
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
    must_say(&sniff, "Not mapped (kept in the raw record): \"TURNO\"");
    assert_int_equal(sniff.n_rows, 3);
    assert_true(sniff.columns[6].empty_share > 0.3 && sniff.columns[6].empty_share < 0.4);
    sniff_release(&sniff);
}

static void a_wide_table_of_sums_is_understood(void **state)
{
    struct sniff sniff;
    (void)state;
    sniff_text(
        "FY,Month,State,Heroin_Kg,LSD_Blots,Opium_Kg,Total_Cases,Total_Kg\n2026 (FYTD),OCT,Kerala,0,0,1.5,7,1.5\n"
        "2026 (FYTD),NOV,Punjab,0,0,0,2,0\n2025,JAN,Assam,1.25,0,0,3,1.25\n2025,FEB,Bihar,0,20,0,4,0\n",
        &sniff);
    must_be_a_recipe(&sniff);
    must_say(&sniff, "columns: [\"Heroin_Kg\", \"LSD_Blots\", \"Opium_Kg\"]");
    must_say(&sniff, "{field: date, column: \"Month\", year: \"FY\", year_begins: october}");
    must_say(&sniff, "{field: country, value: \"India\"}");
    must_say(&sniff, "{field: drug, column: COLUMN}");
    must_say(&sniff, "{field: amount, column: CELL, unit_column: UNIT}");
    must_say(&sniff, "{field: events, column: \"Total_Cases\", per: row}");
    must_say(&sniff, "aggregate: true");
    must_say(&sniff, "\"null\": [\"0\"]");
    assert_true(sniff.is_first_month_seen);
    sniff_release(&sniff);
}

static void months_as_columns_are_unpivoted(void **state)
{
    struct sniff sniff;
    (void)state;
    sniff_text(
        "Año;Departamento;Droga;ENE;FEB;MAR;ABR\n2019;Antioquia;Cocaína;1,5;2;3;4\n2020;Cauca;Heroína;5;6,25;7;8\n",
        &sniff);
    must_be_a_recipe(&sniff);
    must_say(&sniff, "columns: [\"ENE\", \"FEB\", \"MAR\", \"ABR\"]");
    must_say(&sniff, "{field: date, column: COLUMN, year: \"Año\"");
    must_say(&sniff, "{field: amount, column: CELL");
    must_say(&sniff, "the unit: neither a column nor a header tells it");
    sniff_release(&sniff);
}

static void what_nobody_can_know_is_told_as_unsure(void **state)
{
    struct sniff sniff;
    (void)state;
    sniff_text(
        "Fecha;Sustancia;Cantidad\n01/02/2016;Heroína;1.250\n03/04/2016;zork;2.500\n05/06/2016;;3.750\n", &sniff);
    must_be_a_recipe(&sniff);
    must_say(&sniff, "order: dmy");
    must_say(&sniff, "day or month first: all 3 dates could be either, and day first was taken");
    must_say(&sniff, "no country was found");
    must_say(&sniff, "the unit: neither");
    must_say(&sniff, "\"1.250\" could be thousands or three decimals");
    must_say(&sniff, "not known in \"Sustancia\": 1 (\"zork\")");
    sniff_release(&sniff);
}

static void a_total_and_notes_at_the_end_are_left_out(void **state)
{
    struct sniff sniff;
    (void)state;
    sniff_text("Data;Cidade;Droga;Peso (g);Presos\n13/01/2016;Santos;cocaina;10,5;1\n14/02/2016;Manaus;maconha;20;2\n"
               "15/03/2016;Recife;LSD;30;0\n;;;60,49;\nFonte: polícia;;;;\n",
        &sniff);
    must_be_a_recipe(&sniff);
    must_say(&sniff, "filter:\n  - {column: \"Droga\", not: [\"\"]}");
    must_say(&sniff, "row 4 is the sum of the others but for a rounding");
    must_say(&sniff, "unit: \"g\"");
    must_say(&sniff, "{field: arrested, column: \"Presos\"}");
    assert_int_equal(sniff.n_filters, 1);
    sniff_release(&sniff);
}

static void a_header_below_a_title_is_found(void **state)
{
    char path[] = "/tmp/comity-sniff-XXXXXX";
    static const char text[] =
        "Informe 2016;;;\nPolicía;;;\nFecha;Ciudad;Droga;Cantidad (kg)\n13/01/2016;Cali;Heroína;1\n"
        "14/01/2016;Pasto;LSD;2\n";
    struct sniff sniff;
    struct comity_error err = {0};
    (void)state;
    int file = mkstemp(path);
    assert_true(file >= 0 && write(file, text, sizeof text - 1) == (ssize_t)sizeof text - 1);
    close(file);
    enum comity_status status = sniff_file(path, NULL, drugs, &sniff, &err);
    unlink(path);
    assert_int_equal(status, COMITY_OK);
    must_be_a_recipe(&sniff);
    must_say(&sniff, "skip: 2");
    must_say(&sniff, "above the header, taken for a title: 2");
    must_say(&sniff, "{field: date, column: \"Fecha\", order: dmy}");
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
    static const char *const files[] = {"a\n", "\"d\"\"a: {te\",\"x\n# y\"\n\"2016-01-01\n- {\",\"[}\"\n",
        "1;2;3\n4;5;6\n", "date,drug,amount (kg)\n\"2016-01-01\",\"Heroin\",5\n",
        "[{\"drug\":{\"name\":\"Heroin\"},\"date\":\"2016-01-01\"}]"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        sniff_text(files[i], &sniff);
        must_be_a_recipe(&sniff);
        if (i == 2)
            assert_true(sniff.looks_headless);
        if (i == 3)
            must_say(&sniff, "unit: \"kg\"");
        sniff_release(&sniff);
    }
}

/* A guess may be weaker when memory is out, and the draft may be missing, but nothing breaks. Every call would take
 * long, so the steps between those that fail grow. */
static void memory_may_end_anywhere(void **state)
{
    static const char text[] = "FY,Month,State,Heroin_Kg,LSD_Blots,Opium_Kg,Total_Cases\n2026,OCT,Kerala,0,0,1.5,7\n"
                               "2026,NOV,Punjab,0,0,0,2\n2025,JAN,Assam,1.25,0,0,3\nTOTAL,,,,,,12\n";
    (void)state;
    for (long n = 0; n < 10000000; n += 1 + n / 20) {
        struct sniff sniff = {0};
        struct rows *rows = NULL;
        struct comity_error err = {0};
        failing_malloc_after(n);
        enum comity_status status = rows_open_memory(SLICE(text), NULL, &rows, &err);
        if (!status)
            status = sniff_rows(rows, "f.csv", drugs, &sniff, &err);
        bool has_failed = failing_malloc_stop();
        if (status != COMITY_OK && status != COMITY_NOMEM)
            fail_msg("allocation %ld: %d %s", n, (int)status, err.message);
        if (!status)
            must_be_a_recipe(&sniff);
        sniff_release(&sniff);
        rows_close(rows);
        if (!has_failed) {
            assert_int_equal(status, COMITY_OK);
            assert_true(n > 100);
            return;
        }
    }
    fail_msg("no end");
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
        cmocka_unit_test(a_wide_table_of_sums_is_understood),
        cmocka_unit_test(months_as_columns_are_unpivoted),
        cmocka_unit_test(what_nobody_can_know_is_told_as_unsure),
        cmocka_unit_test(a_total_and_notes_at_the_end_are_left_out),
        cmocka_unit_test(a_header_below_a_title_is_found),
        cmocka_unit_test(days_and_months_that_could_be_swapped_are_told),
        cmocka_unit_test(names_and_cells_cannot_break_the_draft),
        cmocka_unit_test(memory_may_end_anywhere),
        cmocka_unit_test(real_files_are_understood),
    };
    return cmocka_run_group_tests(tests, open_domain, close_domain);
}
