/* Every type there and back through its packed form; what is shown; concepts, categories, texts, names, counts. */
#include "unit.h"

#include "domain/domain.h"
#include "failing_malloc.h"

#include <jansson.h>
#include <stdio.h>

static struct domain *domain;
static struct arena arena;

static int load(void **state)
{
    struct comity_error err;
    (void)state;
    if (domain_load(DATA_FOLDER "/domains/drugs", DATA_FOLDER "/gazetteer.bin", &domain, &err) != COMITY_OK)
        fail_msg("%s:%u: %s", err.where, err.line, err.message);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    domain_free(domain);
    arena_release(&arena);
    return 0;
}

static const struct value_spec *spec_of(enum value_type type, struct value_spec *own)
{
    for (size_t i = 0; i < domain->n_fields; i++)
        if (domain->fields[i].spec.type == type)
            return &domain->fields[i].spec;
    *own = (struct value_spec){.type = type, .folding = &domain->folding};
    return own;
}

static struct value parsed(const struct value_spec *spec, const char *text, const char *unit, const char *country)
{
    struct value value;
    struct value_input input = {.raw = slice_from(text), .unit = slice_from(unit)};
    if (country)
        input.country = country_find(domain->countries, slice_from(country), NULL);
    assert_int_equal(value_parse(spec, &input, &arena, &value), COMITY_OK);
    return value;
}

static void assert_shown(
    const struct value_spec *spec, const struct value *value, const char *language, const char *expected)
{
    struct buffer out;
    buffer_init(&out, 4096);
    value_format(spec, value, language, &out);
    assert_string_equal(out.ptr ? out.ptr : "", expected);
    buffer_release(&out);
}

/* Packs, unpacks, packs again: the same bytes, the same state, nothing left over; cut short anywhere it is told. */
static void assert_round_trip(const struct value_spec *spec, const struct value *value)
{
    struct buffer once, twice;
    struct value back;
    buffer_init(&once, 1 << 16);
    buffer_init(&twice, 1 << 16);
    value_pack(spec, value, &once);
    assert_int_equal(buffer_status(&once), COMITY_OK);
    struct slice in = buffer_slice(&once);
    assert_int_equal(value_unpack(spec, &in, &back), COMITY_OK);
    assert_int_equal(in.len, 0);
    assert_int_equal(back.state, value->state);
    assert_int_equal(back.precision, value->precision);
    assert_int_equal(back.flags, value->flags);
    assert_int_equal(back.confidence, value->confidence);
    value_pack(spec, &back, &twice);
    assert_true(slice_equal(buffer_slice(&once), buffer_slice(&twice)));
    for (size_t len = 0; len < once.len; len++) {
        in = slice_of(once.ptr, len);
        assert_int_equal(value_unpack(spec, &in, &back), COMITY_CORRUPT);
    }
    buffer_release(&once);
    buffer_release(&twice);
}

static void every_type_survives_packing(void **state)
{
    static const struct {
        enum value_type type;
        const char *text, *unit, *country;
    } cases[] = {
        {VALUE_DATE, "2016-01-18", "", NULL},
        {VALUE_DATE, "1066-10", "", NULL},
        {VALUE_DATE, "2016-01-18..2016-02-03", "", NULL},
        {VALUE_DATE, "03/01/2018", "", NULL},
        {VALUE_DATE, "soon", "", NULL},
        {VALUE_QUANTITY, "168.677", "kg", NULL},
        {VALUE_QUANTITY, "about 4500000", "kg", NULL},
        {VALUE_QUANTITY, "5", "furlong", NULL},
        {VALUE_CONCEPT, "Cocaine", "", NULL},
        {VALUE_CONCEPT, "no such drug", "", NULL},
        {VALUE_COUNTRY, "Colombia", "", NULL},
        {VALUE_COUNTRY, "Swaziland", "", NULL},
        {VALUE_COUNTRY, "Atlantis", "", NULL},
        {VALUE_PLACE, "CARTAGENA", "", "Colombia"},
        {VALUE_PLACE, "VALLE DEL CAUCA", "", "Colombia"},
        {VALUE_PLACE, "Qwertyuiop", "", "Colombia"},
        {VALUE_CATEGORY, "Commercial air", "", NULL},
        {VALUE_COUNT, "12", "", NULL},
        {VALUE_COUNT, "1.5", "", NULL},
        {VALUE_IDENTIFIER, "ab 12-34", "", NULL},
        {VALUE_TEXT, " a  b ", "", NULL},
        {VALUE_NAME, "José", "", NULL},
        {VALUE_TEXT, "", "", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct value_spec own;
        const struct value_spec *spec = spec_of(cases[i].type, &own);
        struct value value = parsed(spec, cases[i].text, cases[i].unit, cases[i].country);
        assert_round_trip(spec, &value);
    }
    struct value null = {.type = VALUE_TEXT, .state = VALUE_NULL};
    assert_round_trip(&(struct value_spec){.type = VALUE_TEXT}, &null);
}

static void equal_values_have_equal_bytes(void **state)
{
    struct value_spec own;
    const struct value_spec *spec = spec_of(VALUE_QUANTITY, &own);
    static const char *const same[][2] = {{"0", "kg"}, {"-0", "KILOGRAM"}, {"0.000", "kilos"}};
    struct buffer first, other;
    (void)state;
    buffer_init(&first, 1024);
    buffer_init(&other, 1024);
    for (int i = 0; i < 3; i++) {
        struct value value = parsed(spec, same[i][0], same[i][1], NULL);
        buffer_clear(&other);
        value_pack(spec, &value, i ? &other : &first);
        if (i)
            assert_true(slice_equal(buffer_slice(&first), buffer_slice(&other)));
    }
    buffer_release(&first);
    buffer_release(&other);
}

/* A store that was written with another version of the pack. */
static void codes_that_are_gone_stay_as_text(void **state)
{
    struct intern codes = {0};
    struct concept_node nodes[] = {{.code = SLICE("any")}, {.code = SLICE("old-code")}};
    struct concept_tree tree = {.nodes = nodes, .n_nodes = 2};
    struct value_spec old = {.type = VALUE_CONCEPT, .concepts = &tree}, own;
    struct value value = {.type = VALUE_CONCEPT, .state = VALUE_TYPED, .confidence = 100, .concept = {1}}, back;
    struct buffer out;
    (void)state;
    buffer_init(&out, 1024);
    value_pack(&old, &value, &out);
    struct slice in = buffer_slice(&out);
    assert_int_equal(value_unpack(spec_of(VALUE_CONCEPT, &own), &in, &back), COMITY_OK);
    assert_int_equal(back.state, VALUE_UNREAD);
    assert_true(slice_is(back.text, "old-code"));
    /* And bytes of another type are no value of this one. */
    in = buffer_slice(&out);
    assert_int_equal(value_unpack(&(struct value_spec){.type = VALUE_DATE}, &in, &back), COMITY_CORRUPT);
    buffer_release(&out);
    intern_release(&codes);
}

static void values_are_shown_in_the_readers_language(void **state)
{
    struct value_spec own;
    const struct value_spec *spec = spec_of(VALUE_QUANTITY, &own);
    struct value value = parsed(spec, "50", "kg", NULL);
    (void)state;
    assert_shown(spec, &value, "en", "50 kg");
    assert_shown(spec, &value, "ru-RU", "50 кг");
    assert_shown(spec, &value, "xx", "50 kg");
    assert_shown(spec, &value, NULL, "50 kg");
    spec = spec_of(VALUE_COUNTRY, &own);
    value = parsed(spec, "Colombia", "", NULL);
    assert_shown(spec, &value, "en", "Colombia");
    spec = spec_of(VALUE_PLACE, &own);
    value = parsed(spec, "CARTAGENA", "", "Colombia");
    assert_int_equal(value.precision, PLACE_SETTLEMENT);
    struct buffer out;
    buffer_init(&out, 1024);
    value_format(spec, &value, "en", &out);
    assert_non_null(strstr(out.ptr, "Cartagena"));
    assert_non_null(strstr(out.ptr, "Colombia"));
    buffer_release(&out);
}

static void json_of(const struct value_spec *spec, const struct value *value, json_t **out)
{
    struct buffer text;
    json_error_t err;
    buffer_init(&text, 4096);
    value_format_json(spec, value, &text);
    *out = json_loadb(text.ptr, text.len, JSON_DECODE_ANY, &err);
    if (!*out)
        fail_msg("no JSON: %s", text.ptr);
    buffer_release(&text);
}

static void json_tells_value_code_precision_and_flags(void **state)
{
    struct value_spec own;
    const struct value_spec *spec = spec_of(VALUE_QUANTITY, &own);
    struct value value = parsed(spec, "about 4500000", "kg", NULL);
    json_t *json;
    (void)state;
    json_of(spec, &value, &json);
    assert_string_equal(json_string_value(json_object_get(json, "unit")), "kg");
    assert_true(json_number_value(json_object_get(json, "base_amount")) == 4.5e9);
    assert_string_equal(json_string_value(json_object_get(json, "precision")), "rounded");
    assert_string_equal(json_string_value(json_array_get(json_object_get(json, "flags"), 0)), "implausible");
    json_decref(json);
    spec = spec_of(VALUE_DATE, &own);
    value = parsed(spec, "2016-01", "", NULL);
    json_of(spec, &value, &json);
    assert_string_equal(json_string_value(json_object_get(json, "value")), "2016-01");
    assert_string_equal(json_string_value(json_object_get(json, "last")), "2016-01-31");
    json_decref(json);
    value = parsed(spec, "", "", NULL);
    json_of(spec, &value, &json);
    assert_true(json_is_null(json));
    json_decref(json);
    value = parsed(spec, "some \"day\"", "", NULL);
    json_of(spec, &value, &json);
    assert_string_equal(json_string_value(json_object_get(json, "state")), "unread");
    assert_string_equal(json_string_value(json_object_get(json, "text")), "some \"day\"");
    json_decref(json);
}

/* The centre of an area never poses as a point. */
static void json_gives_no_coordinates_for_areas(void **state)
{
    struct value_spec own;
    const struct value_spec *spec = spec_of(VALUE_PLACE, &own);
    struct value value = parsed(spec, "VALLE DEL CAUCA", "", "Colombia");
    json_t *json;
    (void)state;
    assert_int_equal(value.precision, PLACE_SUBDIVISION);
    json_of(spec, &value, &json);
    assert_null(json_object_get(json, "lat"));
    assert_string_equal(json_string_value(json_object_get(json, "country")), "CO");
    json_decref(json);
}

static void seas_are_packed_by_number_and_shown_alone(void **state)
{
    struct value_spec own;
    const struct value_spec *spec = spec_of(VALUE_PLACE, &own);
    struct value value = parsed(spec, "MAR CARIBE", "", "Colombia");
    (void)state;
    assert_int_equal(value.precision, PLACE_SEA);
    assert_round_trip(spec, &value);
    assert_shown(spec, &value, "en", "Caribbean Sea");
    assert_shown(spec, &value, "ru", "Карибское море");
}

static void concepts_are_found_by_their_names_in_many_languages(void **state)
{
    struct value_spec own;
    const struct value_spec *spec = spec_of(VALUE_CONCEPT, &own);
    struct value value = parsed(spec, "COCAÍNA", "", NULL), group = parsed(spec, "cocaine", "", NULL);
    (void)state;
    assert_int_equal(value.state, VALUE_TYPED);
    assert_true(concept_is_within(spec->concepts, value.concept.id, group.concept.id));
    value = parsed(spec, "Героин", "", NULL);
    assert_int_equal(value.state, VALUE_TYPED);
    assert_shown(spec, &value, "en", "Heroin");
    value = parsed(spec, "  unheard of  ", "", NULL);
    assert_int_equal(value.state, VALUE_UNREAD);
    assert_true(slice_is(value.text, "unheard of"));
}

static void texts_have_one_normal_form(void **state)
{
    struct value_spec text = {.type = VALUE_TEXT}, identifier = {.type = VALUE_IDENTIFIER},
                      name = {.type = VALUE_NAME, .folding = &domain->folding};
    struct value value = parsed(&text, "  two \t\n words\u00A0here ", "", NULL);
    (void)state;
    assert_true(slice_is(value.text, "two words here"));
    value = parsed(&identifier, " ab 12 \u2013 34/x ", "", NULL);
    assert_true(slice_is(value.text, "AB-12-34/X"));
    value = parsed(&identifier, "straße 5", "", NULL);
    assert_true(slice_is(value.text, "STRASSE-5"));
    value = parsed(&identifier, "--", "", NULL);
    assert_int_equal(value.state, VALUE_UNREAD);
    value = parsed(&name, "GARCÍA,  José", "", NULL);
    assert_true(slice_is(value.text, "garcia jose"));
    assert_shown(&name, &value, "en", "Garcia Jose");
}

static void counts_are_whole_and_not_negative(void **state)
{
    struct value_spec count = {.type = VALUE_COUNT};
    (void)state;
    assert_true(parsed(&count, "1,234", "", NULL).count.number == 1234);
    assert_int_equal(parsed(&count, "0", "", NULL).state, VALUE_TYPED);
    assert_int_equal(parsed(&count, "-1", "", NULL).state, VALUE_UNREAD);
    assert_int_equal(parsed(&count, "1.5", "", NULL).state, VALUE_UNREAD);
    assert_int_equal(parsed(&count, "1e300", "", NULL).state, VALUE_UNREAD);
}

/* Reading either gives the same value as with enough memory, or says that there was none. */
static void reading_survives_any_failed_allocation(void **state)
{
    static const char *const texts[] = {"18 января 2016", "12,5 kg", "Cocaína", "г. Кали", "Colombia", "Commercial air",
        "3", "ab – é", "a  b", "José Ñ", "no such thing"};
    long n_failures = 0;
    (void)state;
    for (unsigned type = VALUE_NONE + 1; type < VALUE_N_TYPES; type++)
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
            struct value_spec own;
            const struct value_spec *spec = spec_of((enum value_type)type, &own);
            struct value whole = parsed(spec, texts[i], "", "Colombia"), value;
            struct value_input input = {
                .raw = slice_from(texts[i]), .country = country_find(domain->countries, SLICE("Colombia"), NULL)};
            for (long n = 0;; n++) {
                struct arena own_arena = {0};
                failing_malloc_after(n);
                enum comity_status status = value_parse(spec, &input, &own_arena, &value);
                bool has_failed = failing_malloc_stop();
                if (status == COMITY_OK)
                    assert_true(value.state == whole.state && slice_equal(value.text, whole.text));
                else
                    assert_true(status == COMITY_NOMEM && has_failed);
                arena_release(&own_arena);
                n_failures += has_failed;
                if (!has_failed)
                    break;
            }
        }
    assert_true(n_failures > 100);
}

static void types_and_precisions_have_names(void **state)
{
    (void)state;
    for (unsigned type = VALUE_NONE + 1; type < VALUE_N_TYPES; type++)
        assert_int_equal(value_type_from_name(slice_from(value_type_name((enum value_type)type))), type);
    assert_int_equal(value_type_from_name(SLICE("nothing")), VALUE_N_TYPES);
    assert_string_equal(value_precision_name(VALUE_PLACE, PLACE_SUBDIVISION), "subdivision");
    assert_string_equal(value_precision_name(VALUE_PLACE, PLACE_SEA), "sea");
    assert_string_equal(value_precision_name(VALUE_DATE, 99), "none");
    assert_int_equal(language_number("pt-BR"), LANGUAGE_PT);
    assert_int_equal(language_number("est"), LANGUAGE_EN);
    assert_string_equal(language_code(LANGUAGE_ZH), "zh");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_survives_packing),
        cmocka_unit_test(equal_values_have_equal_bytes),
        cmocka_unit_test(codes_that_are_gone_stay_as_text),
        cmocka_unit_test(values_are_shown_in_the_readers_language),
        cmocka_unit_test(json_tells_value_code_precision_and_flags),
        cmocka_unit_test(json_gives_no_coordinates_for_areas),
        cmocka_unit_test(seas_are_packed_by_number_and_shown_alone),
        cmocka_unit_test(concepts_are_found_by_their_names_in_many_languages),
        cmocka_unit_test(texts_have_one_normal_form),
        cmocka_unit_test(counts_are_whole_and_not_negative),
        cmocka_unit_test(reading_survives_any_failed_allocation),
        cmocka_unit_test(types_and_precisions_have_names),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
