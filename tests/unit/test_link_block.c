/* Blocks are what block.h says: the pairs that share a rule's parts within its window, once each, and dense blocks
 * split or left out. */
#include "unit.h"

#include "link/block.h"
#include "link/sharing.h"
#include "link_world.h"

#include <stdio.h>

enum { MOST = 700 };

/* What is proposed, told from the definition: for each pair the first rule that proposes it, from 1; 0: none. */
struct expected {
    const struct frame *frame;
    const struct block_rule *rule;
    unsigned number; /* of the rule */
    uint8_t first_rule[MOST][MOST];
    uint64_t n_pairs[BLOCK_MOST_RULES], n_cut[BLOCK_MOST_RULES], n_new[BLOCK_MOST_RULES];
};

static uint64_t n_within(const struct expected *e, const uint32_t *block, size_t n)
{
    uint64_t pairs = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            pairs += block_in_window(e->frame, e->rule->window_days, block[i], block[j]);
    return pairs;
}

static void keep(struct expected *e, const uint32_t *block, size_t n)
{
    e->n_pairs[e->number] += n_within(e, block, n);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            uint8_t *first = &e->first_rule[block[i]][block[j]];
            if (*first || !block_in_window(e->frame, e->rule->window_days, block[i], block[j]))
                continue;
            *first = (uint8_t)(e->number + 1);
            e->n_new[e->number]++;
        }
}

static void settle_all(struct expected *e, const uint32_t *positions, const uint64_t *keys, size_t n, unsigned n_split);

static void settle(struct expected *e, const uint32_t *block, size_t n, uint64_t key, unsigned n_split)
{
    uint64_t pairs = n_within(e, block, n), keys[MOST];
    if (!block_is_dense(e->rule, n_split, pairs, n)) {
        keep(e, block, n);
        return;
    }
    e->n_cut[e->number]++;
    if (n_split == e->rule->n_splits)
        return;
    for (size_t i = 0; i < n; i++)
        keys[i] = block_key_within(e->frame, key, e->rule->splits[n_split], block[i]);
    settle_all(e, block, keys, n, n_split + 1);
}

static void settle_all(struct expected *e, const uint32_t *positions, const uint64_t *keys, size_t n, unsigned n_split)
{
    bool is_done[MOST] = {false};
    for (size_t i = 0; i < n; i++) {
        uint32_t block[MOST];
        size_t n_block = 0;
        for (size_t j = i; j < n && keys[i] && !is_done[i]; j++)
            if (keys[j] == keys[i])
                block[n_block++] = positions[j];
        for (size_t j = i + 1; j < n; j++)
            is_done[j] = is_done[j] || keys[j] == keys[i];
        if (n_block)
            settle(e, block, n_block, keys[i], n_split);
    }
}

static void expect(const struct blocking *rules, struct expected *e)
{
    uint32_t positions[MOST];
    uint64_t keys[MOST];
    memset(e, 0, sizeof *e);
    e->frame = rules->frame;
    for (e->number = 0; e->number < rules->n_rules; e->number++) {
        e->rule = &rules->rules[e->number];
        for (unsigned s = e->rule->first_slot; s < e->rule->first_slot + e->rule->n_slots; s++) {
            for (uint32_t p = 0; p < e->frame->n; p++) {
                positions[p] = p;
                keys[p] = block_key(e->frame, e->rule, s, p);
            }
            settle_all(e, positions, keys, e->frame->n, 0);
        }
    }
}

struct seen {
    uint8_t pairs[MOST][MOST];
    uint64_t n;
};

static void see(void *context, uint32_t a, const uint32_t *b, size_t n)
{
    struct seen *seen = context;
    for (size_t i = 0; i < n; i++)
        seen->pairs[a < b[i] ? a : b[i]][a < b[i] ? b[i] : a]++;
    seen->n += n;
}

static uint64_t n_cut_in_all(const struct expected *e)
{
    uint64_t n = 0;
    for (unsigned r = 0; r < BLOCK_MOST_RULES; r++)
        n += e->n_cut[r];
    return n;
}

static void assert_as_expected(const struct frame *frame, unsigned threads, struct expected *e)
{
    struct blocking blocking;
    uint64_t n_new[BLOCK_MOST_RULES] = {0}, n = 0;
    struct seen *seen = calloc(1, sizeof *seen);
    assert_non_null(seen);
    assert_int_equal(blocking_build(frame, threads, &blocking), COMITY_OK);
    expect(&blocking, e);
    for (size_t piece = 0; piece < blocking.n_pieces; piece++)
        blocking_propose(&blocking, piece, 1, see, seen, n_new);
    for (size_t a = 0; a < frame->n; a++)
        for (size_t b = a + 1; b < frame->n; b++)
            assert_int_equal(seen->pairs[a][b], e->first_rule[a][b] != 0);
    for (unsigned r = 0; r < blocking.n_rules; r++) {
        assert_int_equal(blocking.rules[r].n_pairs, e->n_pairs[r]);
        assert_int_equal(blocking.rules[r].n_cut_blocks, e->n_cut[r]);
        assert_int_equal(n_new[r], e->n_new[r]);
        n += n_new[r];
    }
    assert_int_equal(seen->n, n);
    blocking_release(&blocking);
    free(seen);
}

/* Mentions on `n_days` days, of which some are not told and some are months; places are told by more than one country.
 */
static void fill(struct world *w, uint64_t random, int32_t n_days, uint32_t n_towns, uint32_t n_amounts)
{
    static const uint32_t drugs[] = {COCAINE_HCL, COCA_PASTE, HEROIN};
    char text[32];
    for (size_t i = 0; i < MOST - 50; i++) {
        struct value values[N_FIELDS];
        uint64_t r = random = hash_u64(random + i);
        for (int f = 0; f < N_FIELDS; f++)
            values[f] = value_none();
        values[COUNTRY] = in_country((uint16_t)(1 + r % 3));
        if (r >> 8 & 15) {
            values[DATE] = on_day(16000 + (int32_t)(r >> 12 & 0xFFF) % n_days);
            values[DATE].date.last += r >> 24 & 15 ? 0 : 29;
        }
        uint32_t town = (uint32_t)(r >> 28 & 0xFFF) % n_towns;
        if (r >> 40 & 7)
            values[PLACE] = at_place((uint16_t)(1 + town % 3), (uint16_t)(1 + town % 5), town % 4 ? 1 + town : 0);
        if (r >> 43 & 7)
            values[DRUG] = of_drug(drugs[(r >> 46) % 3]);
        if (r >> 50 & 3)
            values[AMOUNT] = weighing(1 + (double)((r >> 52) % n_amounts), r >> 52 & 1 ? KILOGRAM : GRAM);
        snprintf(text, sizeof text, "case %u", (unsigned)(r >> 57) % 64);
        if (r >> 56 & 1)
            values[CASE] = identifier(text);
        world_add(w, (uint32_t)(r % 4), values);
    }
}

/* Busy days, so that blocks are split by area and by place, and left out. */
static void pairs_are_those_that_share_a_rules_parts(void **state)
{
    static const struct {
        int32_t n_days;
        uint32_t n_towns, n_amounts;
    } worlds[] = {{900, 90, 40}, {40, 12, 9}, {3, 5, 3}, {2000, 400, 200}};
    (void)state;
    struct expected *expected = calloc(1, sizeof *expected);
    assert_non_null(expected);
    uint64_t n_cut = 0;
    for (size_t i = 0; i < sizeof worlds / sizeof *worlds; i++) {
        struct world w;
        struct frame frame;
        struct comity_error err;
        world_init(&w);
        fill(&w, 7 + i, worlds[i].n_days, worlds[i].n_towns, worlds[i].n_amounts);
        assert_int_equal(frame_build(&w.mentions, NULL, 2, &frame, &err), COMITY_OK);
        for (unsigned threads = 1; threads <= 3; threads += 2)
            assert_as_expected(&frame, threads, expected);
        n_cut += n_cut_in_all(expected);
        frame_release(&frame);
        world_release(&w);
    }
    assert_true(n_cut > 20);
    free(expected);
}

/* Things have no day, and rules no country: what they share, several countries may tell. */
static void things_share_any_two_values(void **state)
{
    static const uint32_t n_towns[] = {200, 2}; /* of two each is too common */
    (void)state;
    struct expected *expected = calloc(1, sizeof *expected);
    assert_non_null(expected);
    for (size_t i = 0; i < 2; i++) {
        struct world w;
        struct frame frame;
        struct comity_error err;
        world_init(&w);
        w.domain.when = -1;
        w.fields[DATE].role = ROLE_PLAIN;
        fill(&w, 3, 500, n_towns[i], i ? 1 : 60);
        assert_int_equal(frame_build(&w.mentions, NULL, 2, &frame, &err), COMITY_OK);
        assert_true(frame.when < 0);
        assert_as_expected(&frame, 2, expected);
        assert_true((n_cut_in_all(expected) > 0) == (i == 1));
        frame_release(&frame);
        world_release(&w);
    }
    free(expected);
}

/* Numbers that need more bits than a sort looks at. */
static void what_is_shared_may_need_several_sorts(void **state)
{
    (void)state;
    struct world w;
    struct frame frame;
    struct comity_error err;
    uint64_t items[MOST], scratch[MOST];
    size_t n_groups = 0;
    world_init(&w);
    fill(&w, 5, 500, 20, 10);
    assert_int_equal(frame_build(&w.mentions, NULL, 1, &frame, &err), COMITY_OK);
    struct sharing_part parts[] = {sharing_part_value(&frame, (unsigned)frame.where),
        sharing_part_value(&frame, (unsigned)frame.amount), sharing_part_group(&frame)};
    for (unsigned wide = 0; wide < 3; wide++) {
        struct sharing sharing;
        if (wide)
            parts[wide - 1].most = UINT32_MAX;
        sharing_init(&frame, parts, 3, &sharing);
        assert_int_equal(sharing.n_words, wide + 1);
        size_t n = sharing_list(&sharing, 0, frame.n, items), n_found = 0;
        sharing_sort(&sharing, items, scratch, n);
        for (size_t i = 0, end; i < n; i = end, n_found++) {
            end = sharing_end(&sharing, items, i, n);
            for (size_t j = i; j < end; j++)
                for (unsigned k = 0; k < 3; k++)
                    assert_int_equal(sharing_number(&frame, &parts[k], (uint32_t)items[j]),
                        sharing_number(&frame, &parts[k], (uint32_t)items[i]));
            for (size_t j = i + 1; j < end; j++)
                assert_true((uint32_t)items[j - 1] < (uint32_t)items[j]);
        }
        assert_true(n_found < n && (!wide || n_found == n_groups));
        n_groups = n_found;
    }
    frame_release(&frame);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_those_that_share_a_rules_parts),
        cmocka_unit_test(things_share_any_two_values),
        cmocka_unit_test(what_is_shared_may_need_several_sorts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
