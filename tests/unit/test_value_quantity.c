/* Numbers, units and what they may become. The unit table is that of the drugs pack. */
#include "unit.h"

#include "domain/domain.h"

#include <math.h>
#include <stdio.h>

static struct domain *domain;
static const struct value_spec *amount;

static int load(void **state)
{
    struct comity_error err;
    (void)state;
    if (domain_load(DATA_FOLDER "/domains/drugs", DATA_FOLDER "/gazetteer.bin", &domain, &err) != COMITY_OK)
        fail_msg("%s:%u: %s", err.where, err.line, err.message);
    amount = &domain->fields[domain->how_much].spec;
    return 0;
}

static int unload(void **state)
{
    (void)state;
    domain_free(domain);
    return 0;
}

static void assert_number(const char *text, enum decimal_mark mark, double expected)
{
    double number;
    if (!number_parse(slice_from(text), mark, &number))
        fail_msg("'%s' was not read", text);
    if (number != expected)
        fail_msg("'%s' was read as %.17g, not as %.17g", text, number, expected);
}

static void numbers_are_read_as_people_write_them(void **state)
{
    (void)state;
    assert_number("1.234,5", DECIMAL_AUTO, 1234.5);
    assert_number("1,234.5", DECIMAL_AUTO, 1234.5);
    assert_number("1 234.5", DECIMAL_AUTO, 1234.5);
    assert_number("1\u202F234,5", DECIMAL_AUTO, 1234.5);
    assert_number("1'234'567", DECIMAL_AUTO, 1234567);
    assert_number("12,34,567", DECIMAL_AUTO, 1234567); /* India */
    assert_number("0.10400000000000001", DECIMAL_AUTO, 0.10400000000000001);
    assert_number("1e3", DECIMAL_AUTO, 1000);
    assert_number("2.5E-05", DECIMAL_AUTO, 2.5e-05);
    assert_number("½", DECIMAL_AUTO, 0.5);
    assert_number("2½", DECIMAL_AUTO, 2.5);
    assert_number("1/2", DECIMAL_AUTO, 0.5);
    assert_number("2 1/2", DECIMAL_AUTO, 2.5);
    assert_number(".5", DECIMAL_AUTO, 0.5);
    assert_number("5.", DECIMAL_AUTO, 5);
    assert_number("-3,038609982", DECIMAL_AUTO, -3.038609982);
    assert_number("\u221260", DECIMAL_AUTO, -60);
    assert_number("١٢٫٥", DECIMAL_AUTO, 12.5);
    assert_number("4500000", DECIMAL_AUTO, 4500000);
    assert_number("168.677", DECIMAL_AUTO, 168.677);
    assert_number("1e22", DECIMAL_AUTO, 1e22);
    assert_number("123456789012345678901234567890", DECIMAL_AUTO, 123456789012345678901234567890.0);
}

static void three_digits_behind_a_single_comma_are_thousands(void **state)
{
    (void)state;
    assert_number("1,234", DECIMAL_AUTO, 1234);
    assert_number("1,23", DECIMAL_AUTO, 1.23);
    assert_number("0,125", DECIMAL_AUTO, 0.125);
    assert_number("1234,567", DECIMAL_AUTO, 1234.567);
    assert_number("1.234", DECIMAL_AUTO, 1.234);
    assert_number("1.234.567", DECIMAL_AUTO, 1234567);
}

static void a_told_decimal_mark_is_believed(void **state)
{
    double number;
    (void)state;
    assert_number("1,234", DECIMAL_COMMA, 1.234);
    assert_number("1.234", DECIMAL_COMMA, 1234);
    assert_number("1,234", DECIMAL_POINT, 1234);
    assert_number("1.234", DECIMAL_POINT, 1.234);
    assert_false(number_parse(SLICE("1,5"), DECIMAL_POINT, &number));
    assert_false(number_parse(SLICE("1.5"), DECIMAL_COMMA, &number));
}

static void what_does_not_add_up_is_no_number(void **state)
{
    static const char *const texts[] = {"", " ", "abc", "1,2,3", "1.2.3", "1,23,4", "--5", "nan", "inf", "1e", "e5",
        "1e999", "1/0", "3/2/1", "½½", "1.5½", "12 34", ",", ".", "1..2", "1 ,5", "0x10", "1e1e1", "5%"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double number;
        if (number_parse(slice_from(texts[i]), DECIMAL_AUTO, &number))
            fail_msg("'%s' was read as %g", texts[i], number);
    }
}

/* Reads and formats; "~" before a rounded amount, "!" behind an implausible one, "? " before what was not read. */
static void assert_amount(const char *text, const char *unit, const char *expected)
{
    struct arena arena = {0};
    struct buffer out;
    struct value value;
    struct value_input input = {.raw = slice_from(text), .unit = slice_from(unit)};
    buffer_init(&out, 4096);
    assert_int_equal(value_parse(amount, &input, &arena, &value), COMITY_OK);
    if (value.precision == QUANTITY_ROUNDED)
        buffer_add_byte(&out, '~');
    if (value.state != VALUE_TYPED)
        buffer_add_string(&out, "? ");
    value_format(amount, &value, "en", &out);
    if (value.flags & VALUE_IMPLAUSIBLE)
        buffer_add_byte(&out, '!');
    if (strcmp(out.ptr, expected) != 0)
        fail_msg("'%s' '%s' was read as %s, not as %s", text, unit, out.ptr, expected);
    buffer_release(&out);
    arena_release(&arena);
}

static void an_amount_has_a_unit_of_its_cell_or_its_text(void **state)
{
    (void)state;
    assert_amount("490.0", "Tablet", "490 tablet");
    assert_amount("12,5 kg", "", "12.5 kg");
    assert_amount("12,5", "KILOGRAMO", "12.5 kg");
    assert_amount("Kg. 12,5", "", "12.5 kg");
    assert_amount("5kg", "kg", "5 kg");
    assert_amount("250 g", "gram", "250 g");
    assert_amount("3 µg", "", "3 µg");
    assert_amount("0.10400000000000001", "kg", "0.104 kg");
    assert_amount("0", "kg", "0 kg");
    assert_amount("1e3", "g", "1000 g");
    assert_amount("0.000001", "kg", "0.000001 kg");
}

static void rounded_amounts_say_so(void **state)
{
    (void)state;
    assert_amount("about 3 kg", "", "~3 kg");
    assert_amount("circa 3", "kg", "~3 kg");
    assert_amount("> 5", "kg", "~5 kg");
    assert_amount("más de 5", "kg", "~5 kg");
    assert_amount("около 5 кг", "", "~5 kg");
    assert_amount("100+", "kg", "~100 kg");
}

static void what_has_no_known_unit_is_kept_and_not_read(void **state)
{
    (void)state;
    assert_amount("5", "", "? 5");
    assert_amount("5", "furlong", "? 5 furlong");
    assert_amount("5 furlongs", "", "? 5 furlongs");
    assert_amount("5 kg", "g", "? 5 kg g"); /* which of them? */
    assert_amount("-5", "kg", "? -5 kg");
    assert_amount("nan", "kg", "? nan kg");
    assert_amount("many", "kg", "? many kg");
    assert_amount("1e308", "kg", "? 1e308 kg"); /* in grams it is no number any more */
}

static void unlikely_magnitudes_are_flagged(void **state)
{
    (void)state;
    assert_amount("4500000", "Kilogram", "4500000 kg!");
    assert_amount("4500", "Kilogram", "4500 kg");
}

/* The 44 spellings of the UN's file of 2011 to 2016, and their number of units (shared reference dmp.md, 2.2). */
static void the_units_of_the_un_file_are_known(void **state)
{
    static const char *const units[] = {"Kilogram", "Gram", "Unit", "Tablet", "Litre", "Millilitre", "Piece", "Pill",
        "Capsule", "Bottles", "Blotting paper", "Cc", "Acres", "Dose", "Plants", "Cubic Centimeter",
        "Gallons (US, liquid)", "Stamp", "Ampoule", "Milligram", "Injection", "Blotter", "Bush", "Vials", "Ton",
        "Flacons", "Microgram", "Mark", "Paper (1/10 gm)", "Ounce", "Thousand of doses", "Barette", "Gallons (UK)",
        "Thousand of tablets", "Trip", "100 gram", "Block (350gr)", "Packages", "Viss", "Hectars", "Joint",
        "Hundred of units", "other"};
    (void)state;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (unit_find(amount->units, slice_from(units[i])) == UINT32_MAX)
            fail_msg("unit '%s' is not known", units[i]);
    assert_int_not_equal(unit_find(amount->units, SLICE("Microgram")), unit_find(amount->units, SLICE("Milligram")));
}

static struct value parsed(const char *text, const char *unit)
{
    struct arena arena = {0};
    struct value value;
    struct value_input input = {.raw = slice_from(text), .unit = slice_from(unit)};
    assert_int_equal(value_parse(amount, &input, &arena, &value), COMITY_OK);
    assert_int_equal(value.state, VALUE_TYPED);
    arena_release(&arena);
    return value;
}

static void mass_becomes_kg_by_itself(void **state)
{
    const struct conversion *used;
    double kg;
    bool is_derived;
    struct value value = parsed("168677", "Gram");
    (void)state;
    assert_true(quantity_to_kg(amount->units, NULL, &value, CONCEPT_NONE, &kg, &is_derived, &used));
    assert_true(kg == 168.677 && !is_derived && !used);
}

/* Own small tables: a factor for the group, another for a form below it, none for the root's other children. */
static void the_nearest_conversion_wins_and_is_told(void **state)
{
    struct concept_node nodes[] = {{.code = SLICE("any")}, {.code = SLICE("ats"), .depth = 1},
        {.code = SLICE("meth"), .parent = 1, .depth = 2}, {.code = SLICE("opium"), .depth = 1}};
    struct concept_tree tree = {.nodes = nodes, .n_nodes = 4};
    struct dimension dimensions[] = {{.id = SLICE("tablets")}, {.id = SLICE("mass")}};
    struct unit units[] = {{.code = SLICE("tablet"), .to_base = 1}, {.code = SLICE("thousand"), .to_base = 1000},
        {.code = SLICE("kg"), .dimension_id = 1, .to_base = 1000}};
    struct conversion conversions[] = {{SLICE("ats"), 0, 0.00025, SLICE("a")}, {SLICE("meth"), 0, 0.00009, SLICE("b")}};
    struct unit_table table = {.dimensions = dimensions,
        .n_dimensions = 2,
        .units = units,
        .n_units = 3,
        .conversions = conversions,
        .n_conversions = 2};
    struct value value = {.type = VALUE_QUANTITY, .state = VALUE_TYPED, .quantity = {2, 1}};
    const struct conversion *used;
    double kg;
    bool is_derived;
    (void)state;
    assert_true(quantity_to_kg(&table, &tree, &value, 2, &kg, &is_derived, &used));
    assert_true(fabs(kg - 0.18) < 1e-12 && is_derived && used == &conversions[1]);
    assert_true(quantity_to_kg(&table, &tree, &value, 1, &kg, &is_derived, &used));
    assert_true(fabs(kg - 0.5) < 1e-12 && used == &conversions[0]);
    assert_false(quantity_to_kg(&table, &tree, &value, 3, &kg, &is_derived, &used));
    assert_false(quantity_to_kg(&table, &tree, &value, CONCEPT_NONE, &kg, &is_derived, &used));
}

static void every_conversion_of_the_pack_names_its_document(void **state)
{
    (void)state;
    assert_true(amount->units->n_conversions > 0);
    assert_true(amount->units->conversion_version.len > 0);
    for (size_t i = 0; i < amount->units->n_conversions; i++)
        assert_true(amount->units->conversions[i].document.len > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_as_people_write_them),
        cmocka_unit_test(three_digits_behind_a_single_comma_are_thousands),
        cmocka_unit_test(a_told_decimal_mark_is_believed),
        cmocka_unit_test(what_does_not_add_up_is_no_number),
        cmocka_unit_test(an_amount_has_a_unit_of_its_cell_or_its_text),
        cmocka_unit_test(rounded_amounts_say_so),
        cmocka_unit_test(what_has_no_known_unit_is_kept_and_not_read),
        cmocka_unit_test(unlikely_magnitudes_are_flagged),
        cmocka_unit_test(the_units_of_the_un_file_are_known),
        cmocka_unit_test(mass_becomes_kg_by_itself),
        cmocka_unit_test(the_nearest_conversion_wins_and_is_told),
        cmocka_unit_test(every_conversion_of_the_pack_names_its_document),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
