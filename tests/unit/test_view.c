/* What must hold of the view: whatever is asked, it agrees with a naive computation over all mentions and entities. The
 * oracle here shares nothing with view/ but the parsed query. */
#include "unit.h"

#include "failing_malloc.h"
#include "view_world.h"

#include "base/parallel.h"
#include "text/fold.h"
#include "view/answer_csv.h"
#include "view/answer_geojson.h"
#include "view/answer_json.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

enum { N_MENTIONS = 2000, N_QUERIES = 120 };

static struct view_world world;
static struct folding folding;
static const struct reader me = {.language = "en", .name = "test"};

/* ---- the oracle ---------------------------------------------------------------------------------------------- */

static bool text_has(struct slice text, struct slice needle)
{
    struct buffer a, b;
    buffer_init(&a, 4096);
    buffer_init(&b, 4096);
    folding_apply(&folding, text, &a);
    folding_apply(&folding, needle, &b);
    bool has = b.len && slice_find(buffer_slice(&a), buffer_slice(&b)) >= 0;
    buffer_release(&a);
    buffer_release(&b);
    return has;
}

static bool text_same(struct slice text, struct slice needle)
{
    return text_has(text, needle) && text_has(needle, text);
}

static bool naive_match(const struct query_term *term, const struct query_match *match, const struct value *value)
{
    const struct value_spec *spec = &world.domain->fields[term->field].spec;
    bool is_typed = value->state == VALUE_TYPED;
    if (match->is_unknown)
        return !is_typed || (term->part == PART_SUBDIVISION && !value->place.subdivision) ||
               (term->part == PART_DIMENSION &&
                   spec->units->units[value->quantity.unit].dimension_id != match->dimension);
    if (!is_typed)
        return value->state == VALUE_UNREAD && match->code == UINT32_MAX && !match->is_range && !match->id &&
               (spec->type == VALUE_PLACE ? text_has(value->text, match->text) : text_same(value->text, match->text));
    if (term->part == PART_PRECISION)
        return value->precision == match->code;
    switch (spec->type) {
    case VALUE_DATE:
        return match->is_within ? value->date.first >= match->least && value->date.last <= match->most
                                : value->date.last >= match->least && value->date.first <= match->most;
    case VALUE_QUANTITY: {
        const struct unit *unit = &spec->units->units[value->quantity.unit];
        double amount = value->quantity.amount * unit->to_base;
        return (match->dimension == UINT32_MAX || match->dimension == unit->dimension_id) && amount >= match->least &&
               amount <= match->most;
    }
    case VALUE_COUNT:
        return value->count.number >= match->least && value->count.number <= match->most;
    case VALUE_CONCEPT:
        for (uint32_t node = value->concept.id;; node = spec->concepts->nodes[node].parent)
            if (node == match->code || node == 0)
                return node == match->code;
    case VALUE_CATEGORY:
        return value->category.id == match->code;
    case VALUE_COUNTRY:
        return value->country.id == match->code;
    case VALUE_PLACE:
        return term->part == PART_SUBDIVISION ? value->place.subdivision == match->code
               : term->part == PART_COUNTRY   ? value->place.country == match->code
                                              : text_has(value->text, match->text);
    case VALUE_IDENTIFIER:
        return text_same(value->text, match->text);
    default:
        return text_has(value->text, match->text);
    }
}

struct hits {
    bool plain, negated, has_plain;
};

static bool accepts(struct hits hits)
{
    return (hits.plain || !hits.has_plain) && !hits.negated;
}

static void hit(struct hits *hits, const struct query_match *match, bool is_hit)
{
    hits->has_plain |= !match->is_negated;
    *(match->is_negated ? &hits->negated : &hits->plain) |= is_hit;
}

static bool mention_has_text(size_t mention, struct slice needle)
{
    for (size_t f = 0; f < world.domain->n_fields; f++) {
        enum value_type type = world.domain->fields[f].spec.type;
        const struct value *value = mention_value(&world.mentions, mention, (int)f);
        bool is_text = type == VALUE_TEXT || type == VALUE_NAME || type == VALUE_IDENTIFIER || type == VALUE_PLACE;
        if ((is_text || value->state == VALUE_UNREAD) && text_has(value->text, needle))
            return true;
    }
    return false;
}

/* Whether a set of mentions with given values of fields satisfies a term. */
static bool naive_term(
    const struct query_term *term, uint64_t entity, const uint32_t *members, size_t n, const uint32_t *codes)
{
    struct hits hits = {0};
    for (size_t i = 0; i < term->n_matches; i++) {
        const struct query_match *match = &term->matches[i];
        if (term->key == QUERY_FIELD)
            hit(&hits, match,
                naive_match(term, match, &world.mentions.columns[term->field].values[codes[term->field]]));
        else if (term->key == QUERY_ID)
            hit(&hits, match, entity == match->id);
        for (size_t k = 0; k < n; k++) {
            if (term->key == QUERY_SOURCE)
                hit(&hits, match,
                    slice_equal(world.mentions.sources[world.mentions.source[members[k]]].code, match->text));
            else if (term->key == QUERY_TEXT)
                hit(&hits, match, mention_has_text(members[k], match->text));
        }
    }
    return accepts(hits);
}

/* How many of the query's terms fail, leaving out those of `field` (−1 sources, −2 none). */
static bool naive_holds(
    const struct query *query, int without, uint64_t entity, const uint32_t *members, size_t n, const uint32_t *codes)
{
    for (size_t i = 0; i < query->n_terms; i++) {
        const struct query_term *term = &query->terms[i];
        int field = term->key == QUERY_FIELD ? term->field : term->key == QUERY_SOURCE ? -1 : -3;
        if (field != without && !naive_term(term, entity, members, n, codes))
            return false;
    }
    return true;
}

static bool entity_holds(const struct query *query, int without, size_t entity)
{
    uint32_t codes[DOMAIN_MOST_FIELDS];
    const struct resolution *r = &world.resolution;
    for (size_t f = 0; f < world.domain->n_fields; f++)
        codes[f] = r->winner[f][entity];
    return naive_holds(query, without, r->entity[entity], r->members + r->first_member[entity],
        r->first_member[entity + 1] - r->first_member[entity], codes);
}

static bool mention_holds(const struct query *query, uint32_t mention)
{
    uint32_t codes[DOMAIN_MOST_FIELDS];
    for (size_t f = 0; f < world.domain->n_fields; f++)
        codes[f] = world.mentions.columns[f].code[mention];
    return naive_holds(query, -2, world.resolution.entity[world.resolution.of_mention[mention]], &mention, 1, codes);
}

static const struct value *winner(size_t entity, int field)
{
    return &world.mentions.columns[field].values[world.resolution.winner[field][entity]];
}

/* Whether an entity has the value of a facet. */
static bool naive_has(size_t entity, const struct facet *facet, const struct facet_value *wanted)
{
    const struct resolution *r = &world.resolution;
    if (facet->field < 0) {
        bool has = false;
        for (uint32_t i = r->first_member[entity]; i < r->first_member[entity + 1]; i++)
            has |= world.mentions.source[r->members[i]] == wanted->code;
        return has;
    }
    const struct value *value = winner(entity, facet->field);
    const struct value_spec *spec = &world.domain->fields[facet->field].spec;
    bool is_unknown = wanted->code == UINT32_MAX;
    if (value->state != VALUE_TYPED)
        return is_unknown;
    switch (spec->type) {
    case VALUE_DATE:
        return !is_unknown && civil_from_day(value->date.first).year <= (int)wanted->code &&
               civil_from_day(value->date.last).year >= (int)wanted->code;
    case VALUE_QUANTITY:
        return spec->units->units[value->quantity.unit].dimension_id == wanted->code;
    case VALUE_CONCEPT:
        return !is_unknown && concept_is_within(spec->concepts, value->concept.id, wanted->code);
    case VALUE_CATEGORY:
        return value->category.id == wanted->code;
    case VALUE_COUNTRY:
        return value->country.id == wanted->code;
    default:
        return is_unknown ? !value->place.subdivision : value->place.subdivision == wanted->code;
    }
}

/* ---- comparing ----------------------------------------------------------------------------------------------- */

static void check_facets(const struct query *query, const struct answer *answer)
{
    for (size_t i = 0; i < answer->n_facets; i++) {
        const struct facet *facet = &answer->facets[i];
        bool *holds = calloc(world.resolution.n_entities, 1);
        for (size_t e = 0; e < world.resolution.n_entities; e++)
            holds[e] = entity_holds(query, facet->field, e);
        for (size_t v = 0; v < facet->n_values; v++) {
            uint64_t count = 0;
            for (size_t e = 0; e < world.resolution.n_entities; e++)
                count += holds[e] && naive_has(e, facet, &facet->values[v]);
            if (count != facet->values[v].count)
                fail_msg("facet %.*s value %.*s: %lu, but %lu", SLICE_ARG(facet->key), SLICE_ARG(facet->values[v].key),
                    (unsigned long)facet->values[v].count, (unsigned long)count);
        }
        free(holds);
    }
}

static void check_totals(const struct answer *answer, const bool *entities, const bool *mentions)
{
    int field = world.domain->how_much;
    const struct unit_table *units = world.domain->fields[field].spec.units;
    double plain[64] = {0}, once[64] = {0}, groups = 0, all = 0;
    for (size_t i = 0; i < world.mentions.n; i++) {
        const struct value *value = mention_value(&world.mentions, i, field);
        if (mentions[i] && value->state == VALUE_TYPED)
            plain[units->units[value->quantity.unit].dimension_id] += unit_to_base(units, value);
    }
    for (size_t e = 0; e < world.resolution.n_entities; e++) {
        const struct value *value = winner(e, field);
        if (entities[e] && value->state == VALUE_TYPED)
            once[units->units[value->quantity.unit].dimension_id] += unit_to_base(units, value);
    }
    for (size_t i = 0; i < answer->n_totals; i++) {
        const struct view_total *total = &answer->totals[i];
        assert_true(fabs(total->plain - plain[total->dimension]) <= 1e-9 * plain[total->dimension]);
        assert_true(fabs(total->once - once[total->dimension]) <= 1e-9 * once[total->dimension]);
        plain[total->dimension] = once[total->dimension] = 0;
        all += total->once;
    }
    for (int i = 0; i < 64; i++)
        assert_true(plain[i] == 0 && once[i] == 0);
    for (size_t i = 0; i < answer->n_groups; i++)
        groups += answer->groups[i].total.once;
    assert_true(fabs(groups - all) <= 1e-9 * all);
}

static void check_sums(const struct answer *answer, const bool *entities)
{
    uint64_t dated = 0, placed = 0, bars = 0, marks = 0;
    for (size_t e = 0; e < world.resolution.n_entities; e++) {
        struct view_site site;
        dated += entities[e] && winner(e, world.domain->when)->state == VALUE_TYPED;
        placed += entities[e] && view_site(world.view, &me, (uint32_t)e, &site);
    }
    for (size_t i = 0; i < answer->n_timeline; i++) {
        bars += answer->timeline[i].count;
        assert_true(i == 0 || answer->timeline[i].first_day == answer->timeline[i - 1].last_day + 1);
    }
    for (size_t i = 0; i < answer->n_marks; i++)
        marks += answer->marks[i].count;
    assert_int_equal(bars, dated);
    assert_int_equal(marks, placed);
    assert_true(answer->n_timeline <= 120);
    assert_int_equal(answer->doubts.n_without_date, answer->n_entities - dated);
    assert_int_equal(answer->doubts.n_not_placed, answer->n_entities - placed);
}

static void check_answer(const char *text, const struct query *query)
{
    struct answer answer;
    struct answer_options options = answer_everything;
    options.facet_cap = 100000;
    assert_int_equal(view_answer(world.view, &me, query, &options, &answer, NULL), COMITY_OK);
    bool *entities = calloc(world.resolution.n_entities, 1), *mentions = calloc(world.mentions.n, 1);
    uint64_t n_entities = 0, n_mentions = 0;
    for (size_t e = 0; e < world.resolution.n_entities; e++)
        n_entities += entities[e] = entity_holds(query, -2, e);
    for (size_t i = 0; i < world.mentions.n; i++)
        n_mentions += mentions[i] = mention_holds(query, (uint32_t)i);
    if (answer.n_entities != n_entities || answer.n_mentions != n_mentions)
        fail_msg("'%s': %lu entities, but %lu; %lu mentions, but %lu", text, (unsigned long)answer.n_entities,
            (unsigned long)n_entities, (unsigned long)answer.n_mentions, (unsigned long)n_mentions);
    check_facets(query, &answer);
    check_totals(&answer, entities, mentions);
    check_sums(&answer, entities);
    free(entities);
    free(mentions);
    answer_release(&answer);
}

static void random_query(uint64_t seed, char text[1024])
{
    static const char *const terms[] = {"country=?", "country=!AF,!AL", "country=AF,AL,DZ,AO,AR,AU", "date=2014..2017",
        "date=within:2015", "date=2016-03..2016-09,2019", "date=?", "date.precision=day", "drug=cocaine-type",
        "drug=heroin,?", "drug=!cocaine-type", "drug=\"some new word\"", "amount.mass=100kg..", "amount=mass",
        "amount=!mass", "amount.volume=?", "amount.mass=!1kg..500kg", "place=\"town 1\"", "place=?",
        "place.subdivision=?", "source=unodc-ids", "source=!unodc-ids", "source=press,be-customs", "text=cartagena",
        "text=policiya", "text=!\"guardia civil\"", "transport=!?", "hiding=?", "destination=AF,AL,DZ", "arrested=3..6",
        "agency=guardia", "id=10,12,14,16,5010", "place.country=AD,AE,AF", "date=2013..&date=..2018",
        "producing=!?&departure=!?"};
    enum { N_TERMS = sizeof terms / sizeof *terms };
    int len = 0;
    for (unsigned i = 0, n = 1 + (unsigned)(hash_u64(seed) % 4); i < n; i++)
        len +=
            snprintf(text + len, 1024 - (size_t)len, "%s%s", i ? "&" : "", terms[hash_u64(seed * 8 + i + 1) % N_TERMS]);
}

static void parse(const char *text, struct query *query)
{
    struct comity_error err = {0};
    size_t n;
    const struct slice *codes = view_source_codes(world.view, &n);
    if (query_parse(slice_from(text), world.domain, codes, n, query, &err) != COMITY_OK)
        fail_msg("'%s': %s at %u (%s)", text, err.message, err.column, err.hint);
}

static void answers_agree_with_a_naive_computation(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed <= N_QUERIES; seed++) {
        char text[1024] = "";
        struct query query;
        if (seed)
            random_query(seed, text);
        parse(text, &query);
        check_answer(text, &query);
        query_release(&query);
    }
}

/* What a facet says that a value has is what the query with that value finds. */
static void facet_counts_are_what_a_click_finds(void **state)
{
    (void)state;
    struct query query;
    struct answer answer, clicked;
    struct answer_options few = {.with_totals = false, .facet_cap = 5, .mark_cap = 500};
    parse("date=2014..2018&source=unodc-ids", &query);
    assert_int_equal(view_answer(world.view, &me, &query, &answer_everything, &answer, NULL), COMITY_OK);
    size_t n_clicks = 0;
    for (size_t i = 0; i < answer.n_facets; i++)
        for (size_t v = 0; v < answer.facets[i].n_values && v < 8; v++) {
            const struct facet *facet = &answer.facets[i];
            if (slice_is(facet->key, "date") || slice_is(facet->key, "source"))
                continue;
            struct buffer link;
            struct query next;
            buffer_init(&link, 4096);
            query_toggle(&query, world.domain, facet->key, facet->values[v].key, &link);
            parse(link.ptr, &next);
            assert_int_equal(view_answer(world.view, &me, &next, &few, &clicked, NULL), COMITY_OK);
            assert_int_equal(clicked.n_entities, facet->values[v].count);
            answer_release(&clicked);
            query_release(&next);
            buffer_release(&link);
            n_clicks++;
        }
    assert_true(n_clicks > 50);
    answer_release(&answer);
    query_release(&query);
}

static void check_pages(const char *text, uint64_t n_wanted)
{
    uint8_t *seen = calloc(world.resolution.n_entities, 1);
    uint64_t after = 0, n = 0;
    do {
        struct query query;
        struct answer answer;
        parse(text, &query);
        query.after = after;
        assert_int_equal(view_answer(world.view, &me, &query, &answer_everything, &answer, NULL), COMITY_OK);
        assert_true(answer.n_rows <= query.limit);
        for (size_t i = 0; i < answer.n_rows; i++, n++) {
            assert_false(seen[answer.rows[i].index]);
            seen[answer.rows[i].index] = 1;
        }
        after = answer.next_after;
        answer_release(&answer);
        query_release(&query);
    } while (after);
    assert_int_equal(n, n_wanted);
    free(seen);
}

static void pages_show_every_entity_once(void **state)
{
    (void)state;
    struct query query;
    uint32_t *indexes;
    size_t n;
    parse("source=press", &query);
    assert_int_equal(view_select(world.view, &me, &query, &indexes, &n, NULL), COMITY_OK);
    query_release(&query);
    free(indexes);
    assert_true(n > 100);
    check_pages("source=press&limit=37", n);
    check_pages("source=press&limit=37&sort=oldest", n);
    check_pages("source=press&limit=1000&sort=largest", n);
}

static void doubtful_counts_are_what_doubtful_finds(void **state)
{
    (void)state;
    struct query query;
    struct answer all, one;
    parse("", &query);
    assert_int_equal(view_answer(world.view, &me, &query, &answer_everything, &all, NULL), COMITY_OK);
    query_release(&query);
    const uint64_t counts[N_DOUBTS] = {[DOUBT_IMPLAUSIBLE] = all.doubts.n_implausible,
        [DOUBT_NO_QUANTITY] = all.doubts.n_without_quantity,
        [DOUBT_NOT_PLACED] = all.doubts.n_not_placed,
        [DOUBT_NO_DATE] = all.doubts.n_without_date,
        [DOUBT_CONFLICT] = all.doubts.n_in_conflict,
        [DOUBT_UNREAD] = all.doubts.n_unread_concept,
        [DOUBT_REPEATED] = all.doubts.n_repeated,
        [DOUBT_ALIKE] = all.doubts.n_undecided,
        [DOUBT_IMPRECISE] = all.doubts.n_imprecise_place};
    for (int i = 0; i < N_DOUBTS; i++) {
        char text[64];
        snprintf(text, sizeof text, "doubtful=%s", doubt_word((enum doubt)i));
        parse(text, &query);
        assert_int_equal(view_answer(world.view, &me, &query, &answer_everything, &one, NULL), COMITY_OK);
        assert_int_equal(one.n_entities, counts[i]);
        assert_true(counts[i] > 0);
        answer_release(&one);
        query_release(&query);
    }
    answer_release(&all);
}

static void areas_never_pose_as_points(void **state)
{
    (void)state;
    struct query query;
    struct answer answer;
    struct answer_options options = answer_everything;
    options.mark_cap = 400;
    for (int zoom = 0; zoom <= 18; zoom += 3) {
        parse("place.precision=subdivision", &query);
        query.zoom = zoom;
        assert_int_equal(view_answer(world.view, &me, &query, &options, &answer, NULL), COMITY_OK);
        assert_true(answer.n_marks > 0 && answer.n_marks <= 400);
        for (size_t i = 0; i < answer.n_marks; i++)
            assert_int_equal(answer.marks[i].precision, PLACE_SUBDIVISION);
        answer_release(&answer);
        query_release(&query);
        parse("", &query);
        query.zoom = zoom;
        assert_int_equal(view_answer(world.view, &me, &query, &options, &answer, NULL), COMITY_OK);
        assert_true(answer.n_marks <= 400);
        answer_release(&answer);
        query_release(&query);
    }
}

static void a_reader_of_another_class_gets_nothing(void **state)
{
    (void)state;
    struct reader other = {.audience_class = 1, .language = "en", .name = "other"};
    struct query query;
    struct answer answer;
    uint32_t *indexes;
    size_t n;
    parse("", &query);
    assert_int_equal(view_answer(world.view, &other, &query, &answer_everything, &answer, NULL), COMITY_REFUSED);
    assert_int_equal(view_select(world.view, &other, &query, &indexes, &n, NULL), COMITY_REFUSED);
    assert_int_equal(view_find(world.view, &other, world.resolution.entity[0]), UINT32_MAX);
    assert_int_equal(view_find(world.view, &me, world.resolution.entity[0]), 0);
    query_release(&query);
}

static enum comity_status ask_at_once(void *context, size_t piece)
{
    static const char *const texts[] = {"country=?", "drug=cocaine-type&source=press", "text=policiya", "date=2015"};
    uint64_t *counts = context;
    struct query query;
    struct answer answer;
    enum comity_status status = query_parse(slice_from(texts[piece % 4]), world.domain, NULL, 0, &query, NULL);
    if (status == COMITY_OK)
        status = view_answer(world.view, &me, &query, &answer_everything, &answer, NULL);
    if (status == COMITY_OK) {
        counts[piece] = answer.n_entities;
        answer_release(&answer);
    }
    query_release(&query);
    return status;
}

static void threads_may_ask_at_once(void **state)
{
    (void)state;
    uint64_t counts[32] = {0};
    assert_int_equal(parallel_run(32, 4, ask_at_once, counts), COMITY_OK);
    for (int i = 4; i < 32; i++)
        assert_int_equal(counts[i], counts[i % 4]);
}

/* ---- rendering ----------------------------------------------------------------------------------------------- */

static void json_has_what_the_answer_has(void **state)
{
    (void)state;
    struct query query;
    struct answer answer;
    struct buffer out;
    buffer_init(&out, 1 << 26);
    parse("country=!?&lang=es&limit=20", &query);
    assert_int_equal(view_answer(world.view, &me, &query, &answer_everything, &answer, NULL), COMITY_OK);
    assert_int_equal(answer_json(world.view, &me, &query, &answer, 42, &out, NULL), COMITY_OK);
    json_error_t fault;
    json_t *json = json_loadb(out.ptr, out.len, 0, &fault);
    if (!json)
        fail_msg("%s at %d", fault.text, fault.position);
    assert_int_equal(json_integer_value(json_object_get(json, "sequence")), 42);
    assert_int_equal(json_integer_value(json_object_get(json, "entities")), answer.n_entities);
    assert_int_equal(json_array_size(json_object_get(json, "rows")), 20);
    assert_int_equal(json_array_size(json_object_get(json, "facets")), answer.n_facets);
    assert_true(answer.n_facets >= 12);
    json_t *marks = json_object_get(json, "marks");
    const char *columns[] = {"lon", "lat", "n", "amount", "concept", "precision", "entity", "label"};
    for (int i = 0; i < 8; i++)
        assert_int_equal(json_array_size(json_object_get(marks, columns[i])), answer.n_marks);
    json_t *total = json_array_get(json_object_get(json, "totals"), 0);
    assert_string_equal(json_string_value(json_object_get(total, "unit")), "kg");
    assert_true(fabs(json_real_value(json_object_get(total, "once")) - answer.totals[0].once / 1000) <
                1e-6 * answer.totals[0].once);
    json_decref(json);
    buffer_release(&out);
    answer_release(&answer);
    query_release(&query);
}

static enum comity_status keep(void *context, struct slice bytes)
{
    buffer_add_slice(context, bytes);
    return buffer_status(context);
}

static enum comity_status stop(void *context, struct slice bytes)
{
    (void)context;
    (void)bytes;
    return COMITY_CANCELLED;
}

static void exports_have_every_entity(void **state)
{
    (void)state;
    struct query query;
    struct buffer out;
    uint32_t *indexes;
    size_t n, n_lines = 0;
    buffer_init(&out, 1 << 26);
    parse("", &query);
    assert_int_equal(view_select(world.view, &me, &query, &indexes, &n, NULL), COMITY_OK);
    assert_int_equal(answer_csv(world.view, &me, indexes, n, LANGUAGE_EN, keep, &out, NULL), COMITY_OK);
    for (size_t i = 0; i < out.len; i++)
        n_lines += out.ptr[i] == '\n';
    assert_int_equal(n_lines, n + 1);
    size_t commas[2] = {0};
    for (size_t i = 0, line = 0; line < 2; line += out.ptr[i++] == '\n')
        commas[line] += out.ptr[i] == ',';
    assert_true(commas[0] > 20 && commas[1] >= commas[0]);
    buffer_clear(&out);
    assert_int_equal(answer_geojson(world.view, &me, indexes, n, LANGUAGE_EN, 7, keep, &out, NULL), COMITY_OK);
    json_t *json = json_loadb(out.ptr, out.len, 0, NULL);
    json_t *features = json_object_get(json, "features");
    assert_int_equal(json_array_size(features), n);
    for (size_t i = 0; i < n; i++) {
        struct view_site site;
        bool is_point = view_site(world.view, &me, indexes[i], &site) && site.precision <= PLACE_SETTLEMENT;
        assert_true(json_is_null(json_object_get(json_array_get(features, i), "geometry")) == !is_point);
    }
    json_decref(json);
    assert_int_equal(answer_csv(world.view, &me, indexes, n, LANGUAGE_EN, stop, NULL, NULL), COMITY_CANCELLED);
    free(indexes);
    buffer_release(&out);
    query_release(&query);
}

/* Each allocation of building, asking and releasing fails once. qsort() sorts in place when it gets no memory: then the
 * answer is right. */
static void lack_of_memory_is_told(void **state)
{
    (void)state;
    const char *text = "country=!AF&drug=cocaine-type&source=press&text=cartagena&doubtful=!alike&bbox=-170,-80,170,80";
    enum comity_status status;
    uint64_t n_swallowed = 0, n_wanted = 0, n_facets = 0;
    for (long n = 0;; n++) {
        struct view *view = NULL;
        struct query query = {0};
        struct answer answer = {0};
        failing_malloc_after(n);
        status = view_build(&world.mentions, &world.resolution, &view, NULL);
        if (status == COMITY_OK)
            status = query_parse(slice_from(text), world.domain, NULL, 0, &query, NULL);
        if (status == COMITY_OK)
            status = view_answer(view, &me, &query, &answer_everything, &answer, NULL);
        bool has_failed = failing_malloc_stop();
        if (has_failed && status == COMITY_OK) {
            assert_true(n_swallowed == 0 || (answer.n_entities == n_wanted && answer.n_facets == n_facets));
            n_swallowed++;
        }
        if (status == COMITY_OK) {
            n_wanted = answer.n_entities;
            n_facets = answer.n_facets;
        }
        answer_release(&answer);
        query_release(&query);
        view_free(view);
        if (!has_failed)
            break;
        if (status != COMITY_NOMEM && status != COMITY_OK)
            fail_msg("allocation %ld: status %d", n, status);
    }
    assert_in_range(n_swallowed, 0, 100);
    assert_int_equal(status, COMITY_OK);
}

static int set_up(void **state)
{
    (void)state;
    struct comity_error err = {0};
    if (!view_world_make(&world, N_MENTIONS, 7) ||
        view_build(&world.mentions, &world.resolution, &world.view, &err) != COMITY_OK) {
        fprintf(stderr, "no view: %s\n", err.message);
        return 1;
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    view_world_release(&world);
    folding_release(&folding);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_agree_with_a_naive_computation),
        cmocka_unit_test(facet_counts_are_what_a_click_finds),
        cmocka_unit_test(pages_show_every_entity_once),
        cmocka_unit_test(doubtful_counts_are_what_doubtful_finds),
        cmocka_unit_test(areas_never_pose_as_points),
        cmocka_unit_test(a_reader_of_another_class_gets_nothing),
        cmocka_unit_test(threads_may_ask_at_once),
        cmocka_unit_test(json_has_what_the_answer_has),
        cmocka_unit_test(exports_have_every_entity),
        cmocka_unit_test(lack_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
