/* What the drugs pack must know. The names are facts typed by hand from the sources that use them: the individual drug
 * seizures reported to UNODC (2011-2016), the Colombian police's open data (2016), the Brazilian federal police's
 * (2013-2023). */
#include "unit.h"

#include "base/calendar.h"
#include "domain/domain.h"
#include "read/recipe.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define PACK SOURCE_FOLDER "/domains/drugs"

static struct domain *domain;

static int load(void **state)
{
    struct comity_error err = {0};
    (void)state;
    if (domain_load(PACK, DATA_FOLDER "/gazetteer.bin", &domain, &err) == COMITY_OK)
        return 0;
    fprintf(stderr, "%s:%u: %s (%s)\n", err.where, err.line, err.message, err.hint);
    return -1;
}

static int unload(void **state)
{
    (void)state;
    domain_free(domain);
    return 0;
}

static const struct concept_tree *tree(void)
{
    return domain->fields[domain->what].spec.concepts;
}

static const char *concept_of(const char *name)
{
    uint32_t node = concept_find(tree(), slice_from(name));
    return node == CONCEPT_NONE ? "?" : tree()->nodes[node].code.ptr;
}

static uint32_t node_of(const char *code)
{
    uint32_t node = concept_by_code(tree(), slice_from(code));
    assert_int_not_equal(node, CONCEPT_NONE);
    return node;
}

static bool is_within(const char *code, const char *ancestor)
{
    return concept_is_within(tree(), node_of(code), node_of(ancestor));
}

struct fact {
    const char *told, *code;
};

static void check(const struct fact *facts, size_t n, const char *(*read)(const char *))
{
    unsigned wrong = 0;
    for (size_t i = 0; i < n; i++)
        if (strcmp(read(facts[i].told), facts[i].code)) {
            fprintf(stderr, "'%s' is read as '%s', not '%s'\n", facts[i].told, read(facts[i].told), facts[i].code);
            wrong++;
        }
    assert_int_equal(wrong, 0);
}
#define CHECK(facts, read) check(facts, sizeof(facts) / sizeof *(facts), read)

static void every_name_that_a_source_uses_means_its_substance(void **state)
{
    static const struct fact facts[] = {
        {"Coca paste", "coca-paste"},
        {"Cocaine", "cocaine"},
        {"Cocaine HCL", "cocaine-hcl"},
        {"Cocaine Base", "cocaine-base"},
        {"Crack", "crack"},
        {"Coca leaf", "coca-leaf"},
        {"Coca Seeds", "coca-seed"},
        {"Liquid cocaine", "cocaine-liquid"},
        {"Heroin", "heroin"},
        {"Opium", "opium"},
        {"Acetylated Opium", "opium-acetylated"},
        {"Pavots", "poppy-plant"},
        {"Poppy straw", "poppy-straw"},
        {"6-Monoacetylmorphine", "monoacetylmorphine"},
        {"Phensydyl", "codeine-syrup"},
        {"Substitol (slow release Morphine)", "morphine-slow-release"},
        {"Promedol", "trimeperidine"},
        {"Phentanyl", "fentanyl"},
        {"Dextropoxyphene", "dextropropoxyphene"},
        {"ATS", "ats"},
        {"Yava", "methamphetamine-tablet"},
        {"Captagon", "captagon"},
        {"Ephedrone", "methcathinone"},
        {"Retalin Tablets", "methylphenidate"},
        {"Ecstasy", "ecstasy"},
        {"MDMA & Mephedrone", "ecstasy-mixed"},
        {"LSD", "lsd"},
        {"STP (\"DOM\")", "dom"},
        {"Dimethyltryptamine (DMT)", "dmt"},
        {"para-Methoxyamphetamine", "pma"},
        {"Taren", "taren"},
        {"Alprazolam (Xanax)", "alprazolam"},
        {"Seresta (Oxazepam)", "oxazepam"},
        {"Lysanxia", "prazepam"},
        {"TRANKXENEK", "clorazepate"},
        {"Orzepam", "benzodiazepines"},
        {"Parkedil", "trihexyphenidyl"},
        {"Equinil (Meprobamates)", "meprobamate"},
        {"GHB/GBL", "ghb-type"},
        {"JWH-018", "jwh-018"},
        {"5F-APINACA, 5F-AKB-48", "5f-akb48"},
        {"5F-CUMYL-PINACA", "cumyl-5f-pinaca"},
        {"N-(1-carbamoil-2-methylpropil)-1-pentil-1n-indazole-3-carboxamyde and its derivates",
            "indazole-carboxamides"},
        {"Quinoline-8-yl-1-pentil-1N-indole-3-carboxylate", "pb-22"},
        {"MMB(N)-BZ-F", "amb-fubinaca"},
        {"β-Keto-Methylbenzodioxolylpentanamine", "pentylone"},
        {"bk_MDEA", "ethylone"},
        {"4-CI-α-PVP", "4-cl-alpha-pvp"},
        {"Butilona", "butylone"},
        {"MDP2P", "pmk"},
        {"Acetone/Ethyl Ether", "acetone"},
        {"Tabacco", "tobacco"},
        {"Multiple drugs", "mixtures"},
        {"BASE DE COCA", "coca-paste"},
        {"BASUCO", "coca-paste"},
        {"MARIHUANA", "cannabis-herb"},
        {"maconha", "cannabis-herb"},
        {"haxixe", "cannabis-resin"},
        {"lanca perfume", "ethyl-chloride"},
        {"Khat (Catha Edulis)", "khat"},
    };
    (void)state;
    CHECK(facts, concept_of);
}

static void names_in_other_languages_and_of_the_street_are_read(void **state)
{
    static const struct fact facts[] = {
        {"Героин", "heroin"},
        {"метамфетамин", "methamphetamine"},
        {"هيروين", "heroin"},
        {"حشيش", "cannabis-resin"},
        {"Clorhidrato de cocaína", "cocaine-hcl"},
        {"CLORHIDRATO DE COCAINA", "cocaine-hcl"},
        {"Résine de cannabis", "cannabis-resin"},
        {"海洛因", "heroin"},
        {"yaba", "methamphetamine-tablet"},
        {"shabu", "methamphetamine-crystal"},
        {"charas", "cannabis-resin"},
        {"Спайс", "synthetic-cannabinoids"},
    };
    (void)state;
    CHECK(facts, concept_of);
}

static void what_may_mean_anything_stays_unknown(void **state)
{
    static const struct fact facts[] = {{"Unknown", "?"}, {"Other", "?"}, {"N/A", "?"}, {"white powder", "?"},
        {"Drogas", "?"}, {"pills", "?"}, {"Colina", "?"}};
    (void)state;
    CHECK(facts, concept_of);
}

static void a_group_holds_what_belongs_to_it_and_nothing_else(void **state)
{
    (void)state;
    assert_true(is_within("crack", "cocaine"));
    assert_true(is_within("coca-paste", "cocaine"));
    assert_true(is_within("cocaine-hcl", "cocaine"));
    assert_false(is_within("coca-leaf", "cocaine"));
    assert_true(is_within("coca-leaf", "cocaine-type"));
    assert_false(is_within("ecstasy", "ats"));
    assert_true(is_within("jwh-018", "nps"));
    assert_false(is_within("synthetic-cannabinoids", "cannabis-type"));
    assert_true(is_within("clonazepam", "sedatives"));
    assert_true(is_within("fentanyl", "opioids"));
    assert_false(is_within("acetic-anhydride", "opioids"));
    assert_int_equal(concept_common(tree(), node_of("cocaine-hcl"), node_of("coca-paste")), node_of("cocaine"));
    assert_int_equal(concept_common(tree(), node_of("heroin"), node_of("cocaine")), 0);
}

static void every_group_has_a_label_in_every_language(void **state)
{
    (void)state;
    for (size_t node = 1; node < tree()->n_nodes; node++)
        for (int language = 0; language < N_LANGUAGES && tree()->nodes[node].depth == 1; language++)
            assert_true(tree()->nodes[node].labels[language].len > 0);
}

static void assert_near(double found, double expected)
{
    if (fabs(found - expected) > 1e-9)
        fail_msg("%.12g is not %.12g", found, expected);
}

static const char *unit_of(const char *spelling)
{
    uint32_t unit = unit_find(domain->units, slice_from(spelling));
    return unit == UINT32_MAX ? "?" : domain->units->units[unit].code.ptr;
}

static void every_spelling_of_a_unit_is_that_unit(void **state)
{
    static const struct fact facts[] = {
        {"Kilogram", "kg"},
        {"GRAMO", "g"},
        {"gramas", "g"},
        {"килограмм", "kg"},
        {"كيلوغرام", "kg"},
        {"Cc", "ml"},
        {"Cubic Centimeter", "ml"},
        {"Gallons (US, liquid)", "gal-us"},
        {"Gallons (UK)", "gal-uk"},
        {"Pill", "tablet"},
        {"comprimidos", "tablet"},
        {"Thousand of tablets", "1000-tablets"},
        {"Blotting paper", "blotter"},
        {"pontos", "blotter"},
        {"Stamp", "blotter"},
        {"Trip", "blotter"},
        {"Flacons", "bottle"},
        {"frascos", "bottle"},
        {"Barette", "strip"},
        {"Bush", "plant"},
        {"Hectars", "ha"},
        {"Acres", "acre"},
        {"Viss", "viss"},
        {"Block (350gr)", "block-350g"},
        {"100 gram", "100g"},
        {"Paper (1/10 gm)", "paper-100mg"},
        {"Hundred of units", "100-units"},
        {"Thousand of doses", "1000-doses"},
        {"Injection", "ampoule"},
        {"other", "other"},
        {"Microgram", "ug"},
        {"", "?"},
        {"furlong", "?"},
    };
    (void)state;
    CHECK(facts, unit_of);
}

static struct value amount_of(double amount, const char *spelling)
{
    struct value value = {.type = VALUE_QUANTITY, .state = VALUE_TYPED, .precision = QUANTITY_EXACT, .confidence = 100};
    value.quantity.amount = amount;
    value.quantity.unit = unit_find(domain->units, slice_from(spelling));
    assert_int_not_equal(value.quantity.unit, UINT32_MAX);
    return value;
}

static void amounts_reach_the_base_unit_of_their_dimension(void **state)
{
    static const struct {
        double amount;
        const char *spelling;
        double base;
    } facts[] = {{2, "Kilogram", 2000}, {3, "Block (350gr)", 1050}, {1, "Viss", 1632.93}, {2, "Paper (1/10 gm)", 0.2},
        {5, "Thousand of tablets", 5000}, {2, "Litre", 2000}, {1, "Ton", 1e6}, {1, "Ounce", 28.349523125}};
    (void)state;
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        struct value value = amount_of(facts[i].amount, facts[i].spelling);
        assert_near(unit_to_base(domain->units, &value), facts[i].base);
    }
}

static const char *dimension_of(const char *spelling)
{
    return domain->units->units[unit_find(domain->units, slice_from(spelling))].dimension.ptr;
}

static void what_must_not_be_added_is_in_dimensions_of_its_own(void **state)
{
    static const char *const apart[] = {
        "kg", "litre", "tablet", "dose", "ampoule", "bottle", "unit", "plant", "hectare", "other"};
    (void)state;
    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(dimension_of(apart[i]), dimension_of(apart[j]));
    assert_string_equal(dimension_of("capsule"), dimension_of("tablet"));
    assert_string_equal(dimension_of("blotter"), dimension_of("dose"));
}

/* kg, or -1 where it is not convertible; `*is_derived` as told. */
static double kg_of(double amount, const char *spelling, const char *code, bool *is_derived)
{
    struct value value = amount_of(amount, spelling);
    const struct conversion *used = NULL;
    double kg;
    if (!quantity_to_kg(domain->units, tree(), &value, node_of(code), &kg, is_derived, &used))
        return -1;
    assert_true(*is_derived == (used != NULL));
    assert_true(!used || used->document.len > 0);
    return kg;
}

static void kilograms_come_from_documents_or_not_at_all(void **state)
{
    bool is_derived;
    (void)state;
    assert_near(kg_of(1500, "Gram", "coca-leaf", &is_derived), 1.5);
    assert_false(is_derived);
    assert_near(kg_of(3, "Litre", "ghb", &is_derived), 3);
    assert_true(is_derived);
    assert_near(kg_of(1000, "Tablet", "ecstasy", &is_derived), 0.27);
    assert_near(kg_of(100, "Unit", "crack", &is_derived), 0.01);
    assert_near(kg_of(10, "Plants", "cannabis-plant", &is_derived), 1);
    assert_near(kg_of(10, "Tablet", "methamphetamine", &is_derived), -1);
    assert_near(kg_of(10, "Tablet", "captagon", &is_derived), -1);
    assert_near(kg_of(10, "Litre", "acetone", &is_derived), -1);
    assert_near(kg_of(10, "Bottles", "codeine-syrup", &is_derived), -1);
    assert_near(kg_of(10, "Plants", "coca-plant", &is_derived), -1);
}

static void no_conversion_is_without_its_document(void **state)
{
    (void)state;
    assert_true(domain->units->n_conversions > 0);
    assert_string_equal(domain->units->conversion_version.ptr, "2026.1");
    for (size_t i = 0; i < domain->units->n_conversions; i++)
        assert_true(domain->units->conversions[i].document.len > 20);
}

static const struct category_table *table_of(const char *field)
{
    int index = domain_field(domain, slice_from(field));
    assert_true(index >= 0);
    return domain->fields[index].spec.categories;
}

static const char *category_of(const char *field, const char *name)
{
    uint32_t id = category_find(table_of(field), slice_from(name));
    return id == UINT32_MAX ? "?" : intern_text(&table_of(field)->codes, id).ptr;
}

static void categories_of_several_forms_meet(void **state)
{
    static const char *const facts[][3] = {
        {"transport", "Commercial air", "air-commercial"},
        {"transport", "Land", "land"},
        {"transport", "None", "none"},
        {"transport", "Other", "other"},
        {"installation", "Home/Residence", "residence"},
        {"installation", "Residence", "residence"},
        {"installation", "CASAS DE HABITACION", "residence"},
        {"installation", "VIAS PUBLICAS", "street"},
        {"installation", "aeroporto", "airport"},
        {"installation", "AEROPUERTO", "airport"},
        {"installation", "Airport", "airport"},
        {"installation", "ALTAMAR", "international-waters"},
        {"installation", "International Waters", "international-waters"},
        {"installation", "LABORATORIO DE BASE", "laboratory"},
        {"installation", "Apotheke", "hospital"},
        {"installation", "HOTELES, RESIDENCIAS, Y SIMILARES.", "hotel"},
        {"installation", "porto", "seaport"},
        {"hiding", "Swallowed", "swallowed"},
        {"hiding", "Outerwear", "clothing"},
        {"hiding", "Car Parts", "vehicle"},
        {"routing", "Border - inbound", "inbound"},
        {"routing", "National territory/domestic seizure", "domestic"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        assert_string_equal(category_of(facts[i][0], facts[i][1]), facts[i][2]);
}

static void there_are_fields_for_every_role_and_twelve_facets(void **state)
{
    size_t facets = 0;
    (void)state;
    assert_true(domain->when >= 0 && domain->where >= 0 && domain->country >= 0 && domain->what >= 0);
    assert_true(domain->how_much >= 0 && domain->case_id >= 0 && domain->key >= 0);
    for (size_t i = 0; i < domain->n_fields; i++)
        facets += domain->fields[i].is_facet;
    assert_true(facets >= 12);
    assert_true(domain->fields[domain_field(domain, SLICE("arrested"))].is_restricted);
    assert_string_equal(domain->kinds[0].part_of.ptr, "seizure");
}

static struct recipe *load_recipe(const char *name)
{
    char path[512];
    struct recipe *recipe = NULL;
    struct comity_error err = {0};
    snprintf(path, sizeof path, PACK "/recipes/%s.yaml", name);
    if (recipe_load(path, domain, &recipe, &err) != COMITY_OK)
        fail_msg("%s:%u: %s (%s)", err.where, err.line, err.message, err.hint);
    return recipe;
}

/* Each recipe of the pack loads and is named as its file. */
static void the_recipes_fit_the_pack(void **state)
{
    static const char *const names[] = {"unodc-ids-2011-2016", "colombia-policia", "colombia-policia-2018", "brazil-pf",
        "unodc-country-year", "india-ncb", "simulated-customs", "simulated-police", "simulated-ministry",
        "simulated-register", "simulated-newsroom", "simulated-unodc-2011", "simulated-unodc-2018",
        "simulated-unodc-2023"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct recipe *recipe = load_recipe(names[i]);
        assert_true(slice_is(recipe_id(recipe), names[i]));
        recipe_free(recipe);
    }
}

/* What one line of a source must become. */
struct telling {
    const char *recipe, *text;
    int year;
    unsigned month, day;
    const char *country, *drug;
    double base;              /* the amount in the base unit */
    const char *installation; /* a code, or null */
};

static void check_reading(const struct telling *telling, const struct value *values)
{
    const struct value *date = &values[domain->when], *amount = &values[domain->how_much];
    const struct value *site = &values[domain_field(domain, SLICE("installation"))];
    assert_true(value_is_typed(date));
    assert_int_equal(date->date.first, day_from_civil(telling->year, telling->month, telling->day));
    assert_string_equal(country_get(domain->countries, values[domain->country].country.id)->alpha2, telling->country);
    assert_int_equal(values[domain->what].concept.id, node_of(telling->drug));
    assert_true(value_is_typed(amount));
    assert_near(unit_to_base(domain->units, amount), telling->base);
    assert_int_equal(value_is_typed(site), telling->installation != NULL);
    if (telling->installation)
        assert_true(slice_is(intern_text(&table_of("installation")->codes, site->category.id), telling->installation));
}

static void check_telling(const struct telling *telling)
{
    struct recipe *recipe = load_recipe(telling->recipe);
    struct comity_error err = {0};
    struct rows *rows;
    struct row row;
    struct recipe_run *run;
    const struct reading *readings;
    enum reading_outcome outcome;
    struct slice reason, mend;
    size_t n;
    bool has_row;
    assert_int_equal(rows_open_memory(slice_from(telling->text), recipe_rows_options(recipe), &rows, &err), COMITY_OK);
    if (recipe_begin(recipe, rows, &run, &err) != COMITY_OK)
        fail_msg("%s: %s (%s)", telling->recipe, err.message, err.hint);
    assert_int_equal(rows_next(rows, &row, &has_row, &err), COMITY_OK);
    assert_true(has_row);
    assert_int_equal(recipe_read_row(run, &row, &outcome, &readings, &n, &reason, &mend, &err), COMITY_OK);
    assert_int_equal(outcome, READING_OK);
    assert_int_equal(n, 1);
    check_reading(telling, readings[0].values);
    recipe_end(run);
    rows_close(rows);
    recipe_free(recipe);
}

static void a_line_of_each_source_becomes_a_typed_mention(void **state)
{
    static const struct telling tellings[] = {
        {"unodc-ids-2011-2016",
            "REGION;SUBREGION;COUNTRY;ADMINISTRATIVE_DIVISION;PLACE;SEIZURE_DATE;DRUG_NAME;AMOUNT;DRUG_UNIT;HIDING_"
            "PLACE;"
            "INSTALLATION;TRANSPORT;PRODUCING_COUNTRY;DEPARTURE_COUNTRY;DESTINATION_COUNTRY;ROUTING\n"
            "Africa;East "
            "Africa;Mauritius;;RDRempart;2011-03-14;Buprenorphine;490.0;Tablet;Residence;Home/Residence;Other;"
            "Unknown;Unknown;Mauritius;National territory/domestic seizure\n",
            2011, 3, 14, "MU", "buprenorphine", 490, "residence"},
        {"colombia-policia",
            "FECHA,DEPARTAMENTO,MUNICIPIO,ZONA,CLASE DE SITIO,CLASE DE ESTUPEFACIENTE,UNIDAD DE MEDIDA,CANTIDAD\n"
            "2016-01-02,ANTIOQUIA,MEDELLÍN (CT),URBANA,VIAS PUBLICAS,COCAINA,GRAMO,364.5\n",
            2016, 1, 2, "CO", "cocaine-hcl", 364.5, "street"},
        {"colombia-policia-2018",
            "FECHA,DEPARTAMENTO,MUNICIPIO,DIA,CLASE DE ESTUPEFACIENTE,CLASE DE SITIO,ZONA,UNIDAD DE MEDIDA,CÓDIGO DANE,"
            "CANTIDAD\n01/13/2018 12:00:00 AM,AMAZONAS,LETICIA (CT),Sábado,BASE DE "
            "COCA,AEROPUERTO,URBANA,GRAMO,91001000,2\n",
            2018, 1, 13, "CO", "coca-paste", 2, "airport"},
        {"brazil-pf",
            "UF;UNIDADE;UNIDADE_PADRAO_AEROPORTUARIO;CIDADE_APREENSAO;DATA;DROGA;QUANTIDADE;UNIDADE_MEDIDA;ORIGEM;lat;"
            "lon\n"
            "AM;SR/PF/AM;MAO;MANAUS;04/19/2013;cocaina;6100;gramas;aeroporto;-3,038609982;-60,04970169\n",
            2013, 4, 19, "BR", "cocaine", 6100, "airport"},
        {"unodc-country-year",
            "Region,country,ISO Code,Drug Group,Drug,Year,KG Equivalent\n"
            "Africa,Algeria,DZA,Cannabis-type,Marijuana (herb),1970,141\n",
            1970, 1, 1, "DZ", "cannabis-herb", 141000, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof tellings / sizeof *tellings; i++)
        check_telling(&tellings[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_that_a_source_uses_means_its_substance),
        cmocka_unit_test(names_in_other_languages_and_of_the_street_are_read),
        cmocka_unit_test(what_may_mean_anything_stays_unknown),
        cmocka_unit_test(a_group_holds_what_belongs_to_it_and_nothing_else),
        cmocka_unit_test(every_group_has_a_label_in_every_language),
        cmocka_unit_test(every_spelling_of_a_unit_is_that_unit),
        cmocka_unit_test(amounts_reach_the_base_unit_of_their_dimension),
        cmocka_unit_test(what_must_not_be_added_is_in_dimensions_of_its_own),
        cmocka_unit_test(kilograms_come_from_documents_or_not_at_all),
        cmocka_unit_test(no_conversion_is_without_its_document),
        cmocka_unit_test(categories_of_several_forms_meet),
        cmocka_unit_test(there_are_fields_for_every_role_and_twelve_facets),
        cmocka_unit_test(the_recipes_fit_the_pack),
        cmocka_unit_test(a_line_of_each_source_becomes_a_typed_mention),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
