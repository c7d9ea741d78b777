/* Why two mentions are, or are not, one event; and how alike two values are. */
#include "unit.h"

#include "link/compare.h"
#include "link/explain.h"
#include "link/text.h"
#include "link_story.h"

#include <stdio.h>

struct told {
    struct world world;
    uint64_t *truth;
    struct link_result result;
    struct arena arena;
};

static int set_up(void **state)
{
    struct told *told = calloc(1, sizeof *told);
    struct story_options story = usual_story;
    story.n_events = 4000;
    world_init(&told->world);
    told->truth = story_make(&told->world, &story);
    *state = told;
    return link_run(&told->world.mentions, NULL, 0, NULL, &told->result, NULL);
}

static int tear_down(void **state)
{
    struct told *told = *state;
    link_result_release(&told->result);
    arena_release(&told->arena);
    free(told->truth);
    world_release(&told->world);
    free(told);
    return 0;
}

static struct link_explanation explain(
    struct told *told, const struct judgement *said, size_t n, const uint32_t *cluster, size_t a, size_t b)
{
    struct link_explanation why;
    struct comity_error err;
    assert_int_equal(
        link_explain(&told->world.mentions, told->result.model, said, n, cluster, a, b, &told->arena, &why, &err),
        COMITY_OK);
    return why;
}

static size_t linked_pair(const struct told *told)
{
    size_t b = 1;
    while (told->result.cluster[b] == b)
        b++;
    return b;
}

static void the_reasons_of_a_linked_pair_add_up(void **state)
{
    struct told *told = *state;
    size_t b = linked_pair(told), a = told->result.cluster[b];
    struct link_explanation why = explain(told, NULL, 0, told->result.cluster, a, b);
    assert_int_equal(why.verdict, LINK_TOGETHER);
    assert_true(why.bits > 0 && why.probability > 0.5);
    double sum = 0;
    bool has_date = false;
    for (size_t i = 0; i < why.n_reasons; i++) {
        sum += why.reasons[i].bits;
        has_date = has_date || why.reasons[i].field == DATE;
        assert_true(why.reasons[i].level.len > 0);
    }
    assert_true(fabs(sum - why.bits) < 1e-6);
    assert_true(has_date);
    assert_true(slice_starts_with(why.sentence, SLICE("Held to be one event")));
    struct link_explanation mirrored = explain(told, NULL, 0, told->result.cluster, b, a);
    assert_true(fabs(mirrored.bits - why.bits) < 1e-9);
}

static void why_not_tells_its_three_kinds_apart(void **state)
{
    struct told *told = *state;
    size_t n = told->world.mentions.n, seen[LINK_CUT + 1] = {0};
    for (size_t i = 0; i + 1 < n && i < 3000; i++) {
        size_t j = i + 1 + hash_u64(i) % 40;
        if (j >= n || told->result.cluster[i] == told->result.cluster[j])
            continue;
        struct link_explanation why = explain(told, NULL, 0, told->result.cluster, i, j);
        seen[why.verdict]++;
        if (why.verdict == LINK_NEVER_COMPARED)
            assert_true(why.nearest_rule.len > 0 && why.missing.len > 0);
        if (why.verdict == LINK_SCORED_TOO_LOW)
            assert_true(why.bits <= 0);
    }
    assert_true(seen[LINK_NEVER_COMPARED] > 100);
    assert_true(seen[LINK_SCORED_TOO_LOW] > 10);
    /* As if clustering had kept a linked pair apart. */
    size_t b = linked_pair(told), a = told->result.cluster[b];
    uint32_t *apart = malloc(n * sizeof *apart);
    memcpy(apart, told->result.cluster, n * sizeof *apart);
    apart[b] = (uint32_t)b;
    struct link_explanation why = explain(told, NULL, 0, apart, a, b);
    assert_int_equal(why.verdict, LINK_CUT);
    assert_true(why.weakest_bits <= why.bits + 1e-9);
    free(apart);
}

static void what_a_person_said_is_the_reason(void **state)
{
    struct told *told = *state;
    const struct mentions *m = &told->world.mentions;
    size_t b = linked_pair(told), a = told->result.cluster[b];
    struct judgement said = {.kind = JUDGEMENT_SAME, .is_by_person = true, .a = m->identity[b], .b = m->identity[a]};
    assert_int_equal(explain(told, &said, 1, told->result.cluster, a, b).verdict, LINK_JUDGED);
    said.is_undone = true;
    assert_int_equal(explain(told, &said, 1, told->result.cluster, a, b).verdict, LINK_TOGETHER);
}

/* What is a part is named with what else is a part of the same, once for each event. */
static void a_part_is_named_with_the_other_parts(void **state)
{
    struct told *told = *state;
    const struct mentions *m = &told->world.mentions;
    uint32_t *apart = malloc(m->n * sizeof *apart);
    struct judgement said[12];
    for (uint32_t i = 0; i < m->n; i++)
        apart[i] = i;
    for (size_t i = 0; i < 12; i++)
        said[i] = (struct judgement){.kind = JUDGEMENT_PART_OF, .a = m->identity[20 + i], .b = m->identity[1]};
    said[1].is_undone = true;
    apart[23] = 22;
    struct link_explanation why = explain(told, said, 4, apart, 20, 1), mirrored = explain(told, said, 4, apart, 1, 20);
    assert_true(why.verdict == LINK_PART && mirrored.verdict == LINK_PART);
    assert_true(why.parts.part == m->id[20] && why.parts.whole == m->id[1] && mirrored.parts.part == m->id[20]);
    assert_true(why.parts.n_others == 1 && why.parts.others[0] == m->id[22] && !why.parts.has_more);
    assert_true(slice_starts_with(
        why.sentence, SLICE("m21 is held to be a part of what m2 tells, together with m23: so these two are")));
    why = explain(told, said, 1, apart, 1, 20);
    assert_true(slice_starts_with(
        why.sentence, SLICE("m21 is held to be a part of what m2 tells: so these two are not the same event.")));
    why = explain(told, said, 12, apart, 20, 1);
    assert_true(why.parts.n_others == LINK_PARTS_NAMED && why.parts.has_more);
    assert_true(explain(told, said, 12, apart, 21, 1).verdict != LINK_PART);
    assert_true(explain(told, said, 12, apart, 20, 22).verdict != LINK_PART);
    free(apart);
}

static void misuse_is_refused(void **state)
{
    struct told *told = *state;
    struct link_explanation why;
    assert_int_equal(link_explain(&told->world.mentions, told->result.model, NULL, 0, told->result.cluster, 3, 3,
                         &told->arena, &why, NULL),
        COMITY_USAGE);
}

/* Two levels of one field apart: what the change says must be what the model says of such a pair. */
static void a_change_is_over_the_threshold_on_the_other_side(void **state)
{
    struct told *told = *state;
    size_t n = told->world.mentions.n, n_changes = 0, n_none = 0;
    for (size_t i = 0; i + 1 < n && i < 3000; i++) {
        size_t top = told->result.cluster[i], j = top == i ? i + 1 + hash_u64(i) % 40 : top;
        if (j >= n)
            continue;
        struct link_explanation why = explain(told, NULL, 0, told->result.cluster, i, j);
        bool is_decided = why.verdict == LINK_SCORED_TOO_LOW || (why.verdict == LINK_TOGETHER && why.bits > 0);
        assert_int_equal(why.has_change, is_decided);
        if (!why.has_change)
            continue;
        n_none += why.change.field < 0;
        if (why.change.field < 0)
            continue;
        n_changes++;
        assert_int_equal(why.change.bits > 0, why.bits <= 0);
        assert_true(strlen(why.change.words) > 0);
        struct buffer text;
        buffer_init(&text, 4096);
        explain_say_change(&explain_english, &told->world.domain, &why, &text);
        assert_true(slice_ends_with(
            buffer_slice(&text), why.bits > 0 ? SLICE("held to be two events.") : SLICE("held to be one event.")));
        assert_true(slice_ends_with(why.sentence, buffer_slice(&text)));
        buffer_release(&text);
    }
    if (n_changes < 20 || !n_none)
        fail_msg("%zu changes, %zu without", n_changes, n_none);
}

static const char *marked(const void *context, const char *english)
{
    struct buffer *out = (struct buffer *)(uintptr_t)context;
    buffer_clear(out);
    buffer_format(out, "<%s>", english);
    buffer_add_byte(out, 0);
    return buffer_slice(out).ptr;
}

static void every_word_goes_through_the_voice(void **state)
{
    struct told *told = *state;
    size_t b = linked_pair(told), a = told->result.cluster[b];
    struct link_explanation why = explain(told, NULL, 0, told->result.cluster, a, b);
    struct buffer scratch, text;
    buffer_init(&scratch, 4096);
    buffer_init(&text, 16384);
    struct explain_voice voice = explain_english;
    voice.say = marked;
    voice.context = &scratch;
    explain_say(&voice, &told->world.domain, &why, &text);
    assert_true(slice_starts_with(buffer_slice(&text), SLICE("<Held to be one event")));
    struct slice rest = buffer_slice(&text);
    slice_cut(&rest, '>');
    assert_true(slice_starts_with(rest, SLICE(" <For it: ")));
    buffer_clear(&text);
    explain_say_rule(&voice, &told->world.domain, SLICE("country, drug, 31 days"), &text);
    assert_true(slice_is(buffer_slice(&text), "<country>, drug, <within 31 days>"));
    buffer_release(&scratch);
    buffer_release(&text);
}

/* Else they would stand in English on every page. */
static void every_level_is_listed_for_the_catalogues(void **state)
{
    struct told *told = *state;
    struct comparison comparisons[LINK_MOST_COMPARISONS];
    unsigned n = comparisons_of(&told->world.domain, comparisons);
    size_t n_words;
    const char *const *words = explain_level_words(&n_words);
    for (unsigned c = 0; c < n; c++)
        for (unsigned level = 0; level < comparisons[c].n_levels; level++) {
            const char *text = comparison_level_text(&comparisons[c], level);
            size_t i = 0;
            while (i < n_words && strcmp(words[i], text) != 0)
                i++;
            if (i == n_words)
                fail_msg("'%s' is not in level_words of explain_words.c", text);
        }
}

static void the_weakest_link_parts_a_cluster(void **state)
{
    struct told *told = *state;
    size_t n = told->world.mentions.n, n_seen = 0;
    uint32_t members[WEAKEST_MOST_MEMBERS + 1];
    /* Any mentions will do; a linked pair and two others make sure that there are strong and weak edges. */
    for (uint32_t m = 1; m + 2 < n && n_seen < 50; m++) {
        size_t k = 4;
        if (told->result.cluster[m] == m)
            continue;
        uint32_t first = told->result.cluster[m];
        members[0] = first;
        members[1] = m;
        members[2] = first == m + 1 ? m + 3 : m + 1;
        members[3] = m + 2;
        if (first == m + 2 || members[2] >= n)
            continue;
        struct link_weakest weakest;
        n_seen++;
        assert_int_equal(
            link_find_weakest(&told->world.mentions, told->result.model, members, k, &told->arena, &weakest),
            COMITY_OK);
        assert_true(weakest.n_behind >= 1 && 2 * weakest.n_behind <= k);
        bool has_a = false, has_b = false;
        for (size_t i = 0; i < weakest.n_behind; i++) {
            has_a = has_a || weakest.behind[i] == weakest.a;
            has_b = has_b || weakest.behind[i] == weakest.b;
        }
        assert_true(has_b && !has_a);
        struct link_explanation why = explain(told, NULL, 0, told->result.cluster, weakest.a, weakest.b);
        assert_true(fabs(why.bits - weakest.bits) < 1e-6);
        /* No pair across the cut is stronger. */
        for (size_t i = 0; i < k; i++)
            for (size_t j = 0; j < weakest.n_behind; j++) {
                bool is_behind = false;
                for (size_t x = 0; x < weakest.n_behind; x++)
                    is_behind = is_behind || weakest.behind[x] == members[i];
                if (!is_behind)
                    assert_true(explain(told, NULL, 0, told->result.cluster, members[i], weakest.behind[j]).bits <=
                                weakest.bits + 1e-6);
            }
    }
    assert_int_equal(n_seen, 50);
    struct link_weakest none;
    assert_int_equal(
        link_find_weakest(&told->world.mentions, told->result.model, members, 1, &told->arena, &none), COMITY_USAGE);
    assert_int_equal(link_find_weakest(&told->world.mentions, told->result.model, members, WEAKEST_MOST_MEMBERS + 1,
                         &told->arena, &none),
        COMITY_LIMIT);
}

static bool is_named(struct slice sentence, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "m%llu", (unsigned long long)number);
    return slice_find(sentence, slice_from(text)) >= 0;
}

static double kilograms(const struct told *told, size_t mention)
{
    const struct value *value = mention_value(&told->world.mentions, mention, AMOUNT);
    return value_is_typed(value) ? unit_to_base(&told->world.unit_table, value) / 1000 : -1;
}

/* By the explanation of the pair, or as two rows of one source that weigh differently. */
static bool are_two(struct told *told, size_t a, size_t b)
{
    const uint32_t *source = told->world.mentions.source;
    double x = kilograms(told, a), y = kilograms(told, b);
    bool is_unlike = source[a] == source[b] && x >= 0 && y >= 0 && fabs(x - y) > 0.05 * fmax(x, y);
    return is_unlike || explain(told, NULL, 0, told->result.cluster, a, b).bits <= 0;
}

/* The third must be what the explanation says that it is, by the explanations of the two other pairs. */
static void check_rival(struct told *told, const struct link_explanation *why, size_t a, size_t b)
{
    const struct mentions *m = &told->world.mentions;
    const uint32_t *cluster = told->result.cluster;
    size_t other = why->rival_of == a ? b : a;
    assert_true(why->rival_of == a || why->rival_of == b);
    assert_true(why->rival != a && why->rival != b && cluster[why->rival] != cluster[other]);
    struct link_explanation held = explain(told, NULL, 0, cluster, why->rival_of, why->rival);
    assert_true(fabs(held.bits - why->rival_bits) < 1e-6 && held.bits > 0);
    assert_true(are_two(told, other, why->rival));
    assert_true(why->rival_number == m->id[why->rival] && why->rival_of_number == m->id[why->rival_of]);
    assert_true(is_named(why->sentence, why->rival_number) && is_named(why->sentence, why->rival_of_number));
}

static void say_as_likely(struct told *told, struct link_explanation why)
{
    struct buffer text;
    buffer_init(&text, 16384);
    why.rival_bits = why.bits;
    explain_say(&explain_english, &told->world.domain, &why, &text);
    assert_true(slice_find(buffer_slice(&text), SLICE("may as well be the same event as m")) > 0);
    buffer_release(&text);
}

static void who_competes_is_named(void **state)
{
    struct told *told = *state;
    const uint32_t *cluster = told->result.cluster;
    size_t n = told->world.mentions.n, n_cut = 0, n_named = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n && j < i + 4; j++) {
            if (cluster[i] == cluster[j])
                continue;
            struct link_explanation why = explain(told, NULL, 0, cluster, i, j);
            assert_true(!why.has_rival || why.verdict == LINK_CUT);
            n_cut += why.verdict == LINK_CUT;
            if (!why.has_rival)
                continue;
            check_rival(told, &why, i, j);
            if (!n_named++)
                say_as_likely(told, why);
        }
    if (n_cut < 20 || 4 * n_named < 3 * n_cut)
        fail_msg("%zu pairs are cut, and of %zu is told who competes", n_cut, n_named);
}

static unsigned amounts(struct world *world, struct value a, struct value b)
{
    struct comparison comparisons[LINK_MOST_COMPARISONS];
    unsigned n = comparisons_of(&world->domain, comparisons);
    for (unsigned c = 0; c < n; c++)
        if (comparisons[c].field == AMOUNT) {
            struct prepared x, y;
            compare_prepare(&comparisons[c], &a, &x);
            compare_prepare(&comparisons[c], &b, &y);
            assert_int_equal(compare_prepared(&comparisons[c], &x, &y), compare_prepared(&comparisons[c], &y, &x));
            return compare_prepared(&comparisons[c], &x, &y);
        }
    return 99;
}

static void amounts_are_compared_in_their_base_unit(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    assert_int_equal(amounts(&w, weighing(50, KILOGRAM), weighing(50000, GRAM)), LEVELS_EQUAL);
    assert_int_equal(amounts(&w, weighing(168.677, KILOGRAM), weighing(168660, GRAM)), AMOUNT_CLOSEST);
    assert_int_equal(amounts(&w, weighing(15.95, KILOGRAM), weighing(16, KILOGRAM)), AMOUNT_ROUNDED);
    assert_int_equal(amounts(&w, weighing(100.9, GRAM), weighing(100.13, GRAM)), AMOUNT_1);
    assert_int_equal(amounts(&w, weighing(10.27, GRAM), weighing(10.64, GRAM)), AMOUNT_5);
    assert_int_equal(amounts(&w, weighing(100, GRAM), weighing(85, GRAM)), AMOUNT_20);
    assert_int_equal(amounts(&w, weighing(1, GRAM), weighing(1, KILOGRAM)), AMOUNT_FAR);
    assert_int_equal(amounts(&w, weighing(10, TABLET), weighing(10, GRAM)), AMOUNT_INCOMPARABLE);
    assert_int_equal(amounts(&w, value_none(), weighing(10, GRAM)), 0);
    assert_int_equal(amounts(&w, weighing(0, GRAM), weighing(10, GRAM)), AMOUNT_FAR);
    world_release(&w);
}

static void words_are_shared_whatever_their_order(void **state)
{
    (void)state;
    assert_true(words_shared(SLICE("two sacks under the seat"), SLICE("under a seat in sacks")) > 0.9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reasons_of_a_linked_pair_add_up),
        cmocka_unit_test(why_not_tells_its_three_kinds_apart),
        cmocka_unit_test(what_a_person_said_is_the_reason),
        cmocka_unit_test(a_change_is_over_the_threshold_on_the_other_side),
        cmocka_unit_test(every_word_goes_through_the_voice),
        cmocka_unit_test(every_level_is_listed_for_the_catalogues),
        cmocka_unit_test(the_weakest_link_parts_a_cluster),
        cmocka_unit_test(who_competes_is_named),
        cmocka_unit_test(a_part_is_named_with_the_other_parts),
        cmocka_unit_test(misuse_is_refused),
        cmocka_unit_test(amounts_are_compared_in_their_base_unit),
        cmocka_unit_test(words_are_shared_whatever_their_order),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
