/* Names that people settle, laid over readings: which rule holds, what they leave alone, memory that runs out. */
#include "unit.h"

#include "domain/settled.h"
#include "failing_malloc.h"
#include "value/place.h"

#include <stdio.h>

static struct domain *domain;
static struct mentions mentions;
static int where;

static int load(void **state)
{
    struct comity_error err;
    (void)state;
    if (domain_load(SOURCE_FOLDER "/domains/drugs", DATA_FOLDER "/gazetteer.bin", &domain, &err) != COMITY_OK)
        fail_msg("%s:%u: %s", err.where, err.line, err.message);
    where = domain->where;
    return 0;
}

static int unload(void **state)
{
    (void)state;
    domain_free(domain);
    return 0;
}

/* What a source says of a place in Ecuador. */
static void say(uint32_t source, const char *division, const char *place)
{
    struct value values[DOMAIN_MOST_FIELDS] = {0};
    struct value_input input = {.raw = slice_from(place), .subdivision = slice_from(division)};
    const struct value_spec *spec = &domain->fields[where].spec;
    struct arena arena = {0};
    struct buffer packed;
    struct comity_error err;
    input.country = country_by_alpha2(gazetteer_countries(spec->gazetteer), SLICE("EC"));
    assert_int_equal(place_parse(spec, &input, &arena, &values[where]), COMITY_OK);
    buffer_init(&packed, 1 << 16);
    mention_pack(domain, values, &packed);
    struct mention_row row = {
        .id = mentions.n + 1, .content = mentions.n, .source = source, .packed = buffer_slice(&packed)};
    assert_int_equal(mentions_add(&mentions, &row, &err), COMITY_OK);
    buffer_release(&packed);
    arena_release(&arena);
}

static int begin(void **state)
{
    static struct source_info sources[2];
    struct comity_error err;
    (void)state;
    assert_int_equal(mentions_init(&mentions, domain, &err), COMITY_OK);
    sources[0] = (struct source_info){.id = 1, .code = SLICE("a")};
    sources[1] = (struct source_info){.id = 2, .code = SLICE("b")};
    mentions.sources = sources;
    mentions.n_sources = 2;
    say(0, "GUAYAS", "CORREOS PARALELOS");
    say(1, "GUAYAS", "Correos paralelos");
    say(0, "AZUAY", "CORREOS PARALELOS");
    say(0, "GUAYAS", "DAULE");
    mentions_seal(&mentions);
    return 0;
}

static int end(void **state)
{
    (void)state;
    mentions_release(&mentions);
    return 0;
}

static size_t apply(const struct settled_name *rules, size_t n)
{
    struct comity_error err;
    size_t n_changed = 0;
    assert_int_equal(settled_apply(&mentions, rules, n, &n_changed, &err), COMITY_OK);
    return n_changed;
}

static const struct value *place_of(size_t i)
{
    return mention_value(&mentions, i, where);
}

#define RULE(source_, subdivision_, place_)                                                                            \
    {                                                                                                                  \
        .source = SLICE(source_), .country = SLICE("EC"), .subdivision = SLICE(subdivision_),                          \
        .name = SLICE("correos paralelos"), .place = SLICE(place_)                                                     \
    }

static void a_rule_for_all_holds_for_every_source(void **state)
{
    (void)state;
    uint32_t daule = place_of(3)->place.geonames;
    assert_int_equal(place_of(0)->precision, PLACE_SUBDIVISION);
    assert_int_equal(apply(&(struct settled_name)RULE("", "", "3657509"), 1), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(place_of(i)->place.geonames, 3657509);
        assert_int_equal(place_of(i)->precision, PLACE_SETTLEMENT);
        assert_true(place_of(i)->flags & VALUE_SETTLED);
    }
    assert_int_equal(place_of(3)->place.geonames, daule);
}

static void a_rule_for_one_source_leaves_the_others(void **state)
{
    (void)state;
    assert_int_equal(apply(&(struct settled_name)RULE("b", "", "3657509"), 1), 1);
    assert_int_equal(place_of(0)->precision, PLACE_SUBDIVISION);
    assert_int_equal(place_of(1)->place.geonames, 3657509);
}

static void the_more_telling_rule_holds(void **state)
{
    (void)state;
    const struct settled_name rules[] = {RULE("", "", "3657509"), RULE("", "EC.02", "3658666"), RULE("b", "", "-")};
    assert_int_equal(apply(rules, 3), 3);
    assert_int_equal(place_of(0)->place.geonames, 3657509);
    assert_int_equal(place_of(1)->precision, PLACE_COUNTRY);
    assert_int_equal(place_of(2)->place.geonames, 3658666);
}

static void the_newer_of_two_holds_and_what_is_undone_does_not(void **state)
{
    (void)state;
    struct settled_name rules[] = {RULE("", "", "3657509"), RULE("", "", "3658666"), RULE("", "", "3654870")};
    rules[2].is_undone = true;
    assert_int_equal(apply(rules, 3), 3);
    assert_int_equal(place_of(0)->place.geonames, 3658666);
}

static void areas_and_places_that_are_not_there(void **state)
{
    (void)state;
    const struct settled_name gone = RULE("", "", "4000000001"), area = RULE("", "", "EC.10");
    struct comity_error err;
    struct value value;
    assert_int_equal(settled_value(&domain->fields[where].spec, &gone, &value, &err), COMITY_NOTFOUND);
    assert_true(err.hint[0] != '\0');
    assert_int_equal(apply(&gone, 1), 0);
    assert_int_equal(apply(&area, 1), 3);
    assert_int_equal(place_of(2)->precision, PLACE_SUBDIVISION);
    assert_string_equal(
        subdivision_get(domain->fields[where].spec.gazetteer, place_of(2)->place.subdivision)->code, "EC.10");
}

static void frequencies_stay_true(void **state)
{
    (void)state;
    (void)apply(&(struct settled_name)RULE("b", "", "3657509"), 1);
    const struct column *column = &mentions.columns[where];
    uint32_t sum = 0;
    for (uint32_t i = 0; i < column->n_values; i++)
        sum += column->frequency[i];
    assert_int_equal(sum, mentions.n);
    for (size_t i = 0; i < mentions.n; i++)
        assert_true(column->code[i] < column->n_values && column->frequency[column->code[i]] > 0);
}

static void a_failed_allocation_changes_nothing(void **state)
{
    (void)state;
    const struct settled_name rule = RULE("", "", "3657509");
    struct comity_error err;
    long n = 0;
    for (;; n++) {
        size_t n_changed = 0;
        failing_malloc_after(n);
        enum comity_status status = settled_apply(&mentions, &rule, 1, &n_changed, &err);
        if (!failing_malloc_stop()) {
            assert_int_equal(status, COMITY_OK);
            assert_int_equal(n_changed, 3);
            break;
        }
        assert_int_equal(status, COMITY_NOMEM);
        assert_int_equal(place_of(0)->precision, PLACE_SUBDIVISION);
    }
    assert_true(n > 3);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_rule_for_all_holds_for_every_source),
        CASE(a_rule_for_one_source_leaves_the_others),
        CASE(the_more_telling_rule_holds),
        CASE(the_newer_of_two_holds_and_what_is_undone_does_not),
        CASE(areas_and_places_that_are_not_there),
        CASE(frequencies_stay_true),
        CASE(a_failed_allocation_changes_nothing),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
