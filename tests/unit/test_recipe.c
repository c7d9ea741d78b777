/* What must hold for recipes: what they may say, and what a row becomes under them. */
#include "unit.h"

#include "failing_malloc.h"

#include "base/calendar.h"
#include "base/error.h"
#include "base/json.h"
#include "read/recipe.h"
#include "value/country.h"

#include <stdio.h>
#include <stdlib.h>

static struct domain *drugs;

static int open_domain(void **state)
{
    struct comity_error err;
    (void)state;
    if (domain_load(SOURCE_FOLDER "/domains/drugs", DATA_FOLDER "/gazetteer.bin", &drugs, &err)) {
        fprintf(stderr, "%s: %s\n", err.where, err.message);
        return -1;
    }
    return 0;
}

static int close_domain(void **state)
{
    (void)state;
    domain_free(drugs);
    return 0;
}

#define HEAD "recipe: r\ndomain: drugs\nsource: {code: s, kind: official, reliability: B}\nnull: ['--', Unknown]\n"
#define FIELDS                                                                                                         \
    "fields:\n"                                                                                                        \
    "  - {field: date, column: DAY, order: ymd}\n"                                                                     \
    "  - {field: place, column: TOWN, subdivision: STATE}\n"                                                           \
    "  - {field: country, value: Colombia}\n"                                                                          \
    "  - {field: drug, column: DRUG, map: [{from: 'Polvo Blanco', to: cocaine-hcl}]}\n"                                \
    "  - {field: amount, column: AMOUNT, unit: g}\n"

/* A recipe over a file in memory, ready to read rows. */
struct desk {
    struct recipe *recipe;
    struct rows *rows;
    struct recipe_run *run;
    struct row row;
    enum reading_outcome outcome;
    const struct reading *readings;
    size_t n;
    struct slice reason, mend;
};

static void desk_open_text(struct desk *desk, const char *yaml, const char *file)
{
    struct comity_error err = {0};
    *desk = (struct desk){0};
    if (recipe_parse(slice_from(yaml), "test.yaml", drugs, &desk->recipe, &err) ||
        rows_open_memory(slice_from(file), recipe_rows_options(desk->recipe), &desk->rows, &err) ||
        recipe_begin(desk->recipe, desk->rows, &desk->run, &err))
        fail_msg("%s:%u: %s (%s)", err.where, err.line, err.message, err.hint);
}

static void desk_shut(struct desk *desk)
{
    recipe_end(desk->run);
    rows_close(desk->rows);
    recipe_free(desk->recipe);
}

static void next(struct desk *desk)
{
    struct comity_error err = {0};
    bool has_row;
    assert_int_equal(rows_next(desk->rows, &desk->row, &has_row, &err), COMITY_OK);
    assert_true(has_row);
    assert_int_equal(recipe_read_row(desk->run, &desk->row, &desk->outcome, &desk->readings, &desk->n, &desk->reason,
                         &desk->mend, &err),
        COMITY_OK);
}

static const struct value *value_of(const struct desk *desk, size_t reading, const char *field)
{
    return &desk->readings[reading].values[domain_field(drugs, slice_from(field))];
}

static const char *concept_of(const struct desk *desk, size_t reading)
{
    const struct value *value = value_of(desk, reading, "drug");
    assert_true(value_is_typed(value));
    return drugs->fields[drugs->what].spec.concepts->nodes[value->concept.id].code.ptr;
}

/* ---- reading ------------------------------------------------------------------------------------------------- */

static void a_row_becomes_typed_values(void **state)
{
    struct desk desk;
    (void)state;
    desk_open_text(
        &desk, HEAD FIELDS, "DAY,TOWN,STATE,DRUG,AMOUNT,x\n2016-01-18,CALI (CT),VALLE,polvo  blanco,1500.5,y\n");
    next(&desk);
    assert_int_equal(desk.outcome, READING_OK);
    assert_int_equal(desk.n, 1);
    assert_int_equal(value_of(&desk, 0, "date")->precision, DATE_DAY);
    assert_true(value_of(&desk, 0, "amount")->quantity.amount == 1500.5);
    assert_string_equal(concept_of(&desk, 0), "cocaine-hcl");
    assert_int_equal(value_of(&desk, 0, "place")->precision, PLACE_SETTLEMENT);
    assert_int_equal(value_of(&desk, 0, "place")->place.country, country_by_alpha2(drugs->countries, SLICE("CO")));
    desk_shut(&desk);
}

static void packed_bytes_are_those_of_mention_pack(void **state)
{
    struct desk desk;
    struct buffer packed;
    (void)state;
    buffer_init(&packed, 1 << 20);
    desk_open_text(
        &desk, HEAD FIELDS, "DAY,TOWN,STATE,DRUG,AMOUNT\n2016-01-18,CALI,VALLE,Cocaine,1\n,,,,\n--,--,--,xyz,abc\n");
    for (int i = 0; i < 3; i++) {
        next(&desk);
        assert_int_equal(desk.outcome, i < 3 ? READING_OK : READING_REJECTED);
        buffer_clear(&packed);
        mention_pack(drugs, desk.readings[0].values, &packed);
        assert_int_equal(packed.len, desk.readings[0].packed.len);
        assert_memory_equal(packed.ptr, desk.readings[0].packed.ptr, packed.len);
    }
    desk_shut(&desk);
    buffer_release(&packed);
}

static void equal_rows_have_equal_content_and_unknown_texts_differ(void **state)
{
    struct desk desk;
    uint64_t content[5];
    (void)state;
    desk_open_text(&desk, HEAD FIELDS,
        "DAY,TOWN,STATE,DRUG,AMOUNT\n2016-01-18,CALI,VALLE,Cocaine,1\n2016-01-18,Cali,VALLE,COCAINE,1.0\n"
        "2016-01-18,CALI,VALLE,xyzzy,1\n2016-01-18,CALI,VALLE,plugh,1\n2016-01-18,CALI,VALLE,Xyzzy,1\n");
    for (int i = 0; i < 5; i++) {
        next(&desk);
        content[i] = desk.readings[0].content;
    }
    assert_true(content[0] == content[1]);
    assert_true(content[2] != content[3]);
    assert_true(content[2] == content[4]);
    assert_true(content[0] != content[2]);
    desk_shut(&desk);
}

static void a_date_that_is_none_rejects_the_row_and_a_null_does_not(void **state)
{
    struct desk desk;
    (void)state;
    desk_open_text(&desk, HEAD FIELDS,
        "DAY,TOWN,STATE,DRUG,AMOUNT\n2016-02-31,CALI,VALLE,Cocaine,1\nUnknown,CALI,VALLE,Cocaine,1\n1,2,3,4,5,6\n");
    next(&desk);
    assert_int_equal(desk.outcome, READING_REJECTED);
    assert_true(slice_is(desk.reason, "date: '2016-02-31' is no date"));
    assert_true(slice_is(desk.mend, "date not understood"));
    next(&desk);
    assert_int_equal(desk.outcome, READING_OK);
    assert_int_equal(value_of(&desk, 0, "date")->state, VALUE_NULL);
    next(&desk);
    assert_int_equal(desk.outcome, READING_REJECTED);
    assert_true(slice_is(desk.reason, "row has 6 cells, header has 5"));
    assert_true(slice_is(desk.mend, "more cells than columns"));
    assert_int_equal(recipe_counts(desk.run)->n_rejected, 2);
    assert_int_equal(recipe_counts(desk.run)->by_state[domain_field(drugs, SLICE("date"))][VALUE_NULL], 1);
    desk_shut(&desk);
}

static void required_is_what_the_recipe_says(void **state)
{
    struct desk desk;
    (void)state;
    desk_open_text(&desk,
        HEAD "fields: [{field: date, column: a, required: no}, {field: drug, column: b, required: yes}]\n",
        "a,b\nnonsense,Cocaine\n2016-01-01,\n2016-01-01,--\n2016-01-01,xyzzy\n");
    static const enum reading_outcome outcomes[] = {READING_OK, READING_REJECTED, READING_OK, READING_REJECTED};
    for (int i = 0; i < 4; i++) {
        next(&desk);
        assert_int_equal(desk.outcome, outcomes[i]);
        if (i == 1)
            assert_true(slice_is(desk.mend, "drug is missing"));
    }
    desk_shut(&desk);
}

static void unpivot_gives_a_mention_for_each_filled_column(void **state)
{
    struct desk desk;
    (void)state;
    desk_open_text(&desk,
        HEAD "identity: {key: id}\nunpivot: {columns: [Heroin, Cocaine, Opium], name: S, value: V}\n"
             "fields: [{field: drug, column: S}, {field: amount, column: V, unit: kg}]\n",
        "id,Heroin,Cocaine,Opium\nk1,5,--,0.5\nk2,,,\n");
    next(&desk);
    assert_int_equal(desk.n, 2);
    assert_string_equal(concept_of(&desk, 0), "heroin");
    assert_true(value_of(&desk, 1, "amount")->quantity.amount == 0.5);
    assert_true(slice_is(desk.readings[0].key, "k1/Heroin"));
    assert_true(slice_is(desk.readings[1].key, "k1/Opium"));
    assert_true(desk.readings[0].content != desk.readings[1].content);
    next(&desk);
    assert_int_equal(desk.outcome, READING_FILTERED);
    desk_shut(&desk);
}

static void cells_are_split_joined_and_filtered(void **state)
{
    struct desk desk;
    struct buffer out;
    (void)state;
    buffer_init(&out, 1000);
    desk_open_text(&desk,
        HEAD "split: [{column: what, at: '/', into: [what1, rest]}]\n"
             "join: [{columns: [d, m, y], with: '-', into: day}]\n"
             "filter: [{column: kind, equals: [seizure]}, {column: rest, not: [skip]}]\n"
             "fields: [{field: date, column: day, order: dmy}, {field: drug, column: what1}]\n",
        "y,m,d,what,kind\n2016,1,18,Heroin / x,Seizure\n2016,1,18,Heroin,other\n2016,1,18,Heroin/skip,seizure\n");
    next(&desk);
    assert_int_equal(desk.outcome, READING_OK);
    assert_string_equal(concept_of(&desk, 0), "heroin");
    value_format(&drugs->fields[drugs->when].spec, value_of(&desk, 0, "date"), "en", &out);
    assert_string_equal(out.ptr, "2016-01-18");
    next(&desk);
    assert_int_equal(desk.outcome, READING_FILTERED);
    next(&desk);
    assert_int_equal(desk.outcome, READING_FILTERED);
    desk_shut(&desk);
    buffer_release(&out);
}

static void whole_numbers_are_summed(void **state)
{
    struct desk desk;
    const struct value *arrested;
    (void)state;
    desk_open_text(&desk,
        HEAD "join: [{columns: [men, women], sum: yes, into: all}]\n"
             "fields: [{field: date, column: day, order: ymd}, {field: arrested, column: all}]\n",
        "day,men,women\n2016-01-18,2,3\n2016-01-18,,3\n2016-01-18,,\n2016-01-18,two,3\n2016-01-18,9999999999,3\n");
    next(&desk);
    arrested = value_of(&desk, 0, "arrested");
    assert_int_equal(arrested->state, VALUE_TYPED);
    assert_int_equal(arrested->count.number, 5);
    next(&desk);
    assert_int_equal(value_of(&desk, 0, "arrested")->count.number, 3);
    next(&desk);
    assert_int_equal(value_of(&desk, 0, "arrested")->state, VALUE_ABSENT);
    next(&desk);
    assert_int_equal(value_of(&desk, 0, "arrested")->state, VALUE_UNREAD);
    next(&desk);
    assert_int_equal(value_of(&desk, 0, "arrested")->state, VALUE_UNREAD);
    desk_shut(&desk);
}

static void identity_columns_decide_the_content(void **state)
{
    struct desk desk;
    uint64_t content[3];
    (void)state;
    desk_open_text(&desk, HEAD "identity: {columns: [a]}\nfields: [{field: drug, column: b}]\n",
        "a,b\n1,Heroin\n1,Cocaine\n2,Heroin\n");
    for (int i = 0; i < 3; i++) {
        next(&desk);
        content[i] = desk.readings[0].content;
    }
    assert_true(content[0] == content[1] && content[0] != content[2]);
    desk_shut(&desk);
}

static void totals_and_unread_texts_are_counted(void **state)
{
    struct desk desk;
    struct comity_error err;
    size_t n;
    const struct unread_text *texts;
    uint64_t n_others;
    (void)state;
    desk_open_text(&desk, HEAD "fields: [{field: drug, column: d}, {field: amount, column: a, unit_column: u}]\n",
        "d,a,u\nHeroin,1.5,kg\nHeroin,2,kg\nHeroin,3,g\nfoo,1,kg\nbar,1,kg\nFoo,x,kg\nbar,1,kg\nbar,1,kg\n");
    for (int i = 0; i < 8; i++)
        next(&desk);
    const struct recipe_total *totals = recipe_totals(desk.run, &n);
    assert_int_equal(n, 4);
    assert_true(slice_is(totals[0].concept, "heroin") && slice_is(totals[0].unit, "kg"));
    assert_true(totals[0].amount == 3.5 && totals[0].n == 2);
    assert_true(!totals[2].concept.len && totals[2].n == 4);
    assert_true(!totals[3].unit.len && totals[3].n == 1);
    assert_int_equal(recipe_unread(desk.run, drugs->what, &texts, &n, &n_others, &err), COMITY_OK);
    assert_int_equal(n, 3);
    assert_true(slice_is(texts[0].text, "bar") && texts[0].n == 3);
    assert_int_equal(n_others, 0);
    desk_shut(&desk);
}

static void the_record_is_kept_verbatim_as_json(void **state)
{
    struct desk desk;
    struct buffer out;
    (void)state;
    buffer_init(&out, 10000);
    desk_open_text(
        &desk, HEAD "fields: [{field: drug, column: d}]\n", "d,\"say \"\"x\"\"\",z\n Heroin ,\"two\nlines\t\\\",é\n");
    next(&desk);
    recipe_raw_json(desk.run, &desk.row, &out);
    assert_string_equal(out.ptr, "{\"d\":\" Heroin \",\"say \\\"x\\\"\":\"two\\nlines\\u0009\\\\\",\"z\":\"é\"}");
    desk_shut(&desk);
    buffer_release(&out);
}

static void the_survey_tells_monthly_dates(void **state)
{
    struct buffer file;
    struct desk desk;
    struct comity_error err;
    bool has_row;
    (void)state;
    buffer_init(&file, 1 << 20);
    buffer_add_string(&file, "DAY,TOWN,STATE,DRUG,AMOUNT\n");
    for (int i = 0; i < 40; i++)
        buffer_format(&file, "2016-%02d-01,CALI,VALLE,Cocaine,%d\n", 1 + i % 12, i);
    desk_open_text(&desk, HEAD FIELDS, file.ptr);
    while (!rows_next(desk.rows, &desk.row, &has_row, &err) && has_row)
        assert_int_equal(recipe_survey_row(desk.run, &desk.row, &err), COMITY_OK);
    assert_int_equal(recipe_survey_done(desk.run, &err), COMITY_OK);
    struct slice text = recipe_survey_text(desk.run);
    assert_true(slice_starts_with(text, SLICE("Colombia: dates are the 1st of the month: read as months\n")));
    rows_close(desk.rows);
    assert_int_equal(rows_open_memory(buffer_slice(&file), NULL, &desk.rows, &err), COMITY_OK);
    assert_int_equal(recipe_use_rows(desk.run, desk.rows, &err), COMITY_OK);
    next(&desk);
    assert_int_equal(value_of(&desk, 0, "date")->precision, DATE_MONTH);
    desk_shut(&desk);
    buffer_release(&file);
}

static void the_survey_is_left_out_where_it_could_change_nothing(void **state)
{
    static const struct {
        const char *fields, *file;
        bool is_needed;
    } cases[] = {
        {"fields: [{field: drug, column: D}]\n", "D,T\nCocaine,Cali\n", false},
        {"fields: [{field: place, column: T, level: settlement}]\n", "D,T\nCocaine,Cali\n", false},
        {"fields: [{field: place, column: T}]\n", "D,T\nCocaine,Cali\n", true},
        {"fields: [{field: date, value: 2016-01-18}, {field: drug, column: D}]\n", "D\nCocaine\n", false},
        {"fields: [{field: date, column: D}]\n", "D\n2016-01-18\n", true},
        {"fields: [{field: drug, column: D}]\n", "[{\"D\":\"Cocaine\"}]", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct desk desk;
        struct buffer yaml;
        buffer_init(&yaml, 1000);
        buffer_format(&yaml, "%s%s", HEAD, cases[i].fields);
        desk_open_text(&desk, yaml.ptr, cases[i].file);
        if (recipe_needs_survey(desk.run) != cases[i].is_needed)
            fail_msg("case %zu", i);
        desk_shut(&desk);
        buffer_release(&yaml);
    }
}

static void columns_of_json_may_come_late_or_never(void **state)
{
    struct desk desk;
    (void)state;
    desk_open_text(&desk, HEAD "fields: [{field: drug, column: d.name}, {field: date, column: day}]\n",
        "[{\"x\":1,\"d\":{\"name\":\"Heroin\"}},{\"day\":\"2016-01-02\",\"d\":{\"name\":\"Cocaine\"}}]");
    next(&desk);
    assert_int_equal(value_of(&desk, 0, "date")->state, VALUE_ABSENT);
    next(&desk);
    assert_int_equal(value_of(&desk, 0, "date")->state, VALUE_TYPED);
    desk_shut(&desk);
}

static void assert_amount(const struct desk *desk, size_t reading, double amount, const char *unit)
{
    const struct value *value = value_of(desk, reading, "amount");
    assert_true(value_is_typed(value));
    assert_true(value->quantity.amount == amount);
    const struct unit_table *units = drugs->fields[drugs->how_much].spec.units;
    assert_true(slice_is(units->units[value->quantity.unit].code, unit));
}

static void columns_tell_their_units_and_a_row_its_own_figures(void **state)
{
    struct desk desk;
    (void)state;
    desk_open_text(&desk,
        HEAD "unpivot: {columns: [Heroin_Kg, LSD_Blots, 'Coca leaf (lbs)'], name: S, value: V, unit: U}\n"
             "fields:\n - {field: date, column: Year}\n - {field: drug, column: S, required: yes}\n"
             " - {field: amount, column: V, unit_column: U}\n - {field: events, column: Cases, per: row}\n",
        "Year,Heroin_Kg,LSD_Blots,Coca leaf (lbs),Cases\n2018,1.5,20,,7.0\n2019,,,3,\n2020,,,,--\n");
    next(&desk);
    assert_int_equal(desk.n, 3);
    assert_string_equal(concept_of(&desk, 0), "heroin");
    assert_amount(&desk, 0, 1.5, "kg");
    assert_string_equal(concept_of(&desk, 1), "lsd");
    assert_amount(&desk, 1, 20, "blotter");
    assert_int_equal(value_of(&desk, 0, "events")->state, VALUE_ABSENT);
    assert_int_equal(value_of(&desk, 2, "events")->count.number, 7);
    assert_int_equal(value_of(&desk, 2, "drug")->state, VALUE_ABSENT);
    assert_int_equal(value_of(&desk, 2, "date")->precision, DATE_YEAR);
    next(&desk);
    assert_int_equal(desk.n, 1);
    assert_string_equal(concept_of(&desk, 0), "coca-leaf");
    assert_amount(&desk, 0, 3, "lb");
    next(&desk);
    assert_int_equal(desk.n, 0);
    desk_shut(&desk);
}

static void units_are_mapped_and_stand_in_for_empty_cells(void **state)
{
    struct desk desk;
    (void)state;
    desk_open_text(&desk,
        HEAD "fields:\n - {field: amount, column: A, unit_column: U, unit: g,\n"
             "    unit_map: [{from: KGS., to: kg}, {from: 'count', to: tablet}]}\n",
        "A,U\n1,kgs\n2,Count\n3,\n4,lbs\n");
    next(&desk);
    assert_amount(&desk, 0, 1, "kg");
    next(&desk);
    assert_amount(&desk, 0, 2, "tablet");
    next(&desk);
    assert_amount(&desk, 0, 3, "g");
    next(&desk);
    assert_amount(&desk, 0, 4, "lb");
    desk_shut(&desk);
}

static void columns_may_have_other_names_or_not_be_there(void **state)
{
    struct desk desk;
    (void)state;
    desk_open_text(&desk,
        HEAD
        "fields:\n - {field: drug, column: DRUG, also: [SUBSTANCE, droga]}\n"
        " - {field: place, column: TOWN, subdivision: STATE, optional: yes}\n - {field: country, value: Colombia}\n",
        "Droga,x\nHeroin,1\n");
    next(&desk);
    assert_string_equal(concept_of(&desk, 0), "heroin");
    assert_int_equal(value_of(&desk, 0, "place")->state, VALUE_ABSENT);
    desk_shut(&desk);
}

static void a_cell_may_be_mapped_to_a_null_token(void **state)
{
    struct desk desk;
    (void)state;
    desk_open_text(&desk, HEAD "fields: [{field: drug, column: D, map: [{from: 'Other Drugs**', to: '--'}]}]\n",
        "D\nOther drugs\n");
    next(&desk);
    assert_int_equal(value_of(&desk, 0, "drug")->state, VALUE_NULL);
    desk_shut(&desk);
}

static void a_fiscal_year_dates_the_row(void **state)
{
    struct desk desk;
    (void)state;
    desk_open_text(&desk, HEAD "fields: [{field: date, column: M, year: FY, year_begins: october}]\n",
        "FY,M\n2026 (FYTD),DEC\n2019,JAN\n2019,xx\n");
    next(&desk);
    assert_int_equal(value_of(&desk, 0, "date")->precision, DATE_MONTH);
    assert_int_equal(value_of(&desk, 0, "date")->date.first, day_from_civil(2025, 12, 1));
    next(&desk);
    assert_int_equal(value_of(&desk, 0, "date")->date.first, day_from_civil(2019, 1, 1));
    next(&desk);
    assert_int_equal(desk.outcome, READING_REJECTED);
    desk_shut(&desk);
}

/* ---- what a recipe may not say ------------------------------------------------------------------------------- */

static void coordinates_of_geojson_place_a_row(void **state)
{
    struct desk desk;
    (void)state;
    desk_open_text(&desk,
        HEAD "file: {format: geojson}\nfields:\n  - {field: date, column: day}\n"
             "  - {field: place, latitude: geometry.latitude, longitude: geometry.longitude}\n"
             "  - {field: country, value: Colombia}\n",
        "{\"type\": \"FeatureCollection\", \"features\": [\n{\"type\": \"Feature\", \"properties\": {\"day\": "
        "\"2016-01-18\"},"
        " \"geometry\": {\"type\": \"Point\", \"coordinates\": [-76.5, 3.25]}},\n{\"type\": \"Feature\", "
        "\"properties\": "
        "{\"day\": \"2016-01-19\"}, \"geometry\": {\"type\": \"LineString\", \"coordinates\": [[-76.5, 3.25], [-76, "
        "3]]}}]}");
    next(&desk);
    assert_int_equal(desk.outcome, READING_OK);
    const struct value *place = value_of(&desk, 0, "place");
    assert_true(value_is_typed(place));
    assert_true(place->place.lat_e5 == 325000 && place->place.lon_e5 == -7650000);
    next(&desk);
    assert_false(value_is_typed(value_of(&desk, 0, "place")));
    desk_shut(&desk);
}

static void faults_of_recipes_are_told_with_line_and_hint(void **state)
{
    static const struct {
        const char *yaml, *message, *hint;
        uint32_t line;
    } cases[] = {
        {HEAD "fields:\n - {field: drug, colum: x}\n", "colum", "column", 6},
        {HEAD "fields:\n - {field: drgu, column: x}\n", "no field 'drgu'", "drug", 6},
        {HEAD "fields:\n - {field: drug}\n", "needs either 'column' or 'value'", "", 6},
        {HEAD "fields:\n - {field: drug, column: a, unit: g}\n", "takes no 'unit'", "", 6},
        {HEAD "fields:\n - {field: drug, column: a}\n - {field: drug, column: b}\n", "mapped twice", "", 6},
        {HEAD "fields:\n - {field: date, column: a, order: xyz}\n", "'xyz' is no order", "ymd", 6},
        {HEAD "fields:\n - {field: drug, column: a, map: [{from: q, to: nonsense}]}\n", "nonsense", "code", 6},
        {HEAD "filter: [{column: odd}]\nfields:\n - {field: drug, column: a}\n", "'equals' or 'not'", "", 5},
        {HEAD "file: {encoding: klingon}\nfields:\n - {field: drug, column: a}\n", "klingon", "utf-8", 5},
        {HEAD "file: {delimiter: ab}\nfields:\n - {field: drug, column: a}\n", "'ab' is no delimiter", "tab", 5},
        {HEAD "unpivot: {columns: [a kg, b], name: S, value: V, unit: U}\nfields:\n - {field: drug, column: S}\n",
            "'b' tells no unit", "unit_column", 5},
        {HEAD "fields:\n - {field: amount, column: a, unit_map: [{from: q, to: zork}]}\n", "no unit 'zork'", "code", 6},
        {HEAD "fields:\n - {field: events, column: a, per: row}\n", "'per: row'", "", 6},
        {HEAD "fields:\n - {field: drug, column: a, year: b}\n", "takes no 'year'", "", 6},
        {HEAD "fields:\n - {field: date, column: a, year_begins: Smarch}\n", "Smarch", "march", 6},
        {HEAD "file: {totals: yes}\nfields:\n - {field: drug, column: a}\n", "'yes' is no way to find totals", "auto",
            5},
        {HEAD "file: {footnotes: some}\nfields:\n - {field: drug, column: a}\n", "'some' is no way", "auto", 5},
        {HEAD "file: {merged: all}\nfields:\n - {field: drug, column: a}\n", "'all' is no way to read merged cells",
            "fill", 5},
        {HEAD "file: {header_rows: 9}\nfields:\n - {field: drug, column: a}\n", "at most 5", "", 5},
        {HEAD "file: {header_rows: 2, header: no}\nfields:\n - {field: drug, column: a}\n", "exclude each other", "",
            5},
        {HEAD "file: {totals: auto}\ntotals: {column: a, equals: [x]}\nfields:\n - {field: drug, column: a}\n",
            "found out or told by their labels", "", 0},
        {HEAD "totals: {column: a}\nfields:\n - {field: drug, column: a}\n", "equals", "", 0},
        {"recipe: r\ndomain: people\nsource: {code: s}\nfields:\n - {field: drug, column: a}\n", "'people'", "", 2},
        {"recipe: r\ndomain: drugs\nsource: {code: s, reliability: Z}\nfields:\n - {field: drug, column: a}\n", "'Z'",
            "A, B", 3},
        {"recipe: r\ndomain: drugs\nfields:\n - {field: drug, column: a}\n", "source", "", 0},
        {HEAD "fields:\n - {field: drug, column: [a]}\n", "key 'column': expected one text, found a list",
            "column: text", 6},
        {HEAD "fields: {field: drug}\n", "key 'fields': expected a list, found keys with values", "fields: [", 5},
        {HEAD "fields:\n - drug\n", "entry 1 of 'fields': expected keys with values, found one text", "- {", 6},
        {HEAD "fields:\n", "key 'fields': expected a list, found nothing", "", 5},
        {HEAD "fields: []\n", "key 'fields': expected a list of at least 1", "", 5},
        {HEAD "file: {skip: two}\nfields:\n - {field: drug, column: a}\n",
            "key 'skip': expected a whole number, found 'two'", "skip: 2", 5},
        {HEAD "file: {skip: -1}\nfields:\n - {field: drug, column: a}\n", "key 'skip': expected a whole number", "", 5},
        {HEAD "identity: {columns: [a, [b]]}\nfields:\n - {field: drug, column: a}\n",
            "entry 2 of 'columns': expected one text", "", 5},
        {HEAD "file: {sheet: &a x, member: *a}\nfields:\n - {field: drug, column: a}\n", "key 'member'", "", 5},
        {"recipe: r\ndomain: drugs\nsource: {code: ''}\nfields:\n - {field: drug, column: a}\n",
            "key 'code': expected a text, found nothing", "", 3},
        {"- recipe\n", "the file as a whole: expected keys with values", "", 0},
        {"recipe: [\n", "", "", 0},
        {"", "empty", "", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct recipe *recipe;
        struct comity_error err = {0};
        enum comity_status status = recipe_parse(slice_from(cases[i].yaml), "test.yaml", drugs, &recipe, &err);
        if (!status || !strstr(err.message, cases[i].message) || !strstr(err.hint, cases[i].hint) ||
            (cases[i].line && err.line != cases[i].line))
            fail_msg("case %zu: %d line %u: %s (%s)", i, (int)status, err.line, err.message, err.hint);
        assert_null(recipe);
    }
}

static void a_fault_of_a_recipe_has_its_column(void **state)
{
    struct recipe *recipe;
    struct comity_error err = {0};
    (void)state;
    assert_int_equal(
        recipe_parse(SLICE(HEAD "fields:\n - {field: drug, column: [a]}\n"), "t", drugs, &recipe, &err), COMITY_SYNTAX);
    assert_int_equal(err.column, 26);
    assert_int_equal(
        recipe_parse(SLICE(HEAD "fields:\n - {field: drug, colum: a}\n"), "t", drugs, &recipe, &err), COMITY_SYNTAX);
    assert_int_equal(err.column, 18);
}

static void a_missing_column_is_told_with_the_near_name(void **state)
{
    struct recipe *recipe;
    struct rows *rows;
    struct recipe_run *run;
    struct comity_error err = {0};
    (void)state;
    assert_int_equal(
        recipe_parse(SLICE(HEAD "fields: [{field: drug, column: DRUG_NAME}]\n"), "t", drugs, &recipe, &err), COMITY_OK);
    assert_int_equal(rows_open_memory(SLICE("DRUG_NAMES,b\n1,2\n"), NULL, &rows, &err), COMITY_OK);
    assert_int_equal(recipe_begin(recipe, rows, &run, &err), COMITY_INPUT);
    assert_non_null(strstr(err.message, "no column 'DRUG_NAME'"));
    assert_non_null(strstr(err.hint, "DRUG_NAMES"));
    assert_null(run);
    rows_close(rows);
    recipe_free(recipe);
}

/* ---- memory -------------------------------------------------------------------------------------------------- */

static const char long_recipe[] = HEAD FIELDS;
static const char long_file[] =
    "DAY,TOWN,STATE,DRUG,AMOUNT\n2016-01-18,CALI,VALLE,polvo blanco,1\n2016-01-19,CALI,\"VA\"\"LLE\",xyzzy,x\n";
static const char wide_recipe[] =
    HEAD "unpivot: {columns: [Heroin_Kg, LSD_Blots], name: S, value: V, unit: U}\n"
         "fields:\n - {field: date, column: M, year: FY, year_begins: october}\n - {field: drug, column: S}\n"
         " - {field: amount, column: V, unit_column: U, unit_map: [{from: Kg, to: kg}]}\n"
         " - {field: events, column: Cases, also: [N], optional: yes, per: row}\n";
static const char wide_file[] = "FY,M,Heroin_Kg,LSD_Blots,N\n2018,OCT,1.5,20,7\n2019,JAN,,,8\n";

static enum comity_status read_all(struct slice yaml, struct slice file, struct comity_error *err)
{
    struct recipe *recipe = NULL;
    struct rows *rows = NULL;
    struct recipe_run *run = NULL;
    struct row row;
    bool has_row = true;
    enum comity_status status = recipe_parse(yaml, "t", drugs, &recipe, err);
    if (!status)
        status = rows_open_memory(file, recipe_rows_options(recipe), &rows, err);
    if (!status)
        status = recipe_begin(recipe, rows, &run, err);
    while (!status && !(status = rows_next(rows, &row, &has_row, err)) && has_row) {
        const struct reading *readings;
        size_t n;
        struct slice reason, mend;
        enum reading_outcome outcome;
        status = recipe_survey_row(run, &row, err);
        if (!status)
            status = recipe_read_row(run, &row, &outcome, &readings, &n, &reason, &mend, err);
    }
    if (!status)
        status = recipe_survey_done(run, err);
    recipe_end(run);
    rows_close(rows);
    recipe_free(recipe);
    return status;
}

static void fail_each_allocation(struct slice yaml, struct slice file)
{
    for (long n = 0; n < 20000; n++) {
        struct comity_error err = {0};
        failing_malloc_after(n);
        enum comity_status status = read_all(yaml, file, &err);
        if (!failing_malloc_stop()) {
            assert_int_equal(status, COMITY_OK);
            assert_true(n > 30);
            return;
        }
        if (status != COMITY_NOMEM && status != COMITY_OK)
            fail_msg("allocation %ld: %d %s", n, (int)status, err.message);
    }
    fail_msg("no end");
}

static void out_of_memory_is_told_wherever_it_happens(void **state)
{
    (void)state;
    fail_each_allocation(SLICE(long_recipe), SLICE(long_file));
    fail_each_allocation(SLICE(wide_recipe), SLICE(wide_file));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_becomes_typed_values),
        cmocka_unit_test(packed_bytes_are_those_of_mention_pack),
        cmocka_unit_test(equal_rows_have_equal_content_and_unknown_texts_differ),
        cmocka_unit_test(a_date_that_is_none_rejects_the_row_and_a_null_does_not),
        cmocka_unit_test(required_is_what_the_recipe_says),
        cmocka_unit_test(unpivot_gives_a_mention_for_each_filled_column),
        cmocka_unit_test(cells_are_split_joined_and_filtered),
        cmocka_unit_test(whole_numbers_are_summed),
        cmocka_unit_test(identity_columns_decide_the_content),
        cmocka_unit_test(totals_and_unread_texts_are_counted),
        cmocka_unit_test(the_record_is_kept_verbatim_as_json),
        cmocka_unit_test(the_survey_tells_monthly_dates),
        cmocka_unit_test(the_survey_is_left_out_where_it_could_change_nothing),
        cmocka_unit_test(columns_of_json_may_come_late_or_never),
        cmocka_unit_test(a_fiscal_year_dates_the_row),
        cmocka_unit_test(a_cell_may_be_mapped_to_a_null_token),
        cmocka_unit_test(columns_may_have_other_names_or_not_be_there),
        cmocka_unit_test(units_are_mapped_and_stand_in_for_empty_cells),
        cmocka_unit_test(columns_tell_their_units_and_a_row_its_own_figures),
        cmocka_unit_test(coordinates_of_geojson_place_a_row),
        cmocka_unit_test(faults_of_recipes_are_told_with_line_and_hint),
        cmocka_unit_test(a_fault_of_a_recipe_has_its_column),
        cmocka_unit_test(a_missing_column_is_told_with_the_near_name),
        cmocka_unit_test(out_of_memory_is_told_wherever_it_happens),
    };
    return cmocka_run_group_tests(tests, open_domain, close_domain);
}
