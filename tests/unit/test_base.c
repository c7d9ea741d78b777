/* What base/ promises: slices, arenas, buffers with caps, maps, sorts, calendars, parallel runs. */
#include "unit.h"

#include "base/arena.h"
#include "base/array.h"
#include "base/buffer.h"
#include "base/calendar.h"
#include "base/csv_cell.h"
#include "base/disjoint.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/order.h"
#include "base/parallel.h"

#include <stdio.h>
#include <stdlib.h>

static void slices_are_trimmed_cut_and_found(void **state)
{
    (void)state;
    struct slice rest = SLICE(" a ;b;;c");
    assert_true(slice_is(slice_trim(slice_cut(&rest, ';')), "a"));
    assert_true(slice_is(slice_cut(&rest, ';'), "b"));
    assert_true(slice_is(slice_cut(&rest, ';'), ""));
    assert_true(slice_is(slice_cut(&rest, ';'), "c"));
    assert_null(rest.ptr);
    assert_true(slice_is(slice_trim(SLICE("\xC2\xA0 x\t\r\n")), "x"));
    assert_int_equal(slice_find(SLICE("abcabc"), SLICE("ca")), 2);
    assert_int_equal(slice_find(SLICE("ab"), SLICE("abc")), -1);
    assert_true(slice_equal_nocase(SLICE("UnKnown"), SLICE("unknown")));
    for (size_t len = 0; len <= 20; len++) {
        char text[] = "twenty bytes of text", other[] = "twenty bytes of text";
        assert_true(slice_equal_short(slice_of(text, len), slice_of(other, len)));
        assert_false(slice_equal_short(slice_of(text, len), slice_of(other, len + 1)));
        for (size_t i = 0; i < len; i++) {
            other[i] ^= 1;
            assert_false(slice_equal_short(slice_of(text, len), slice_of(other, len)));
            other[i] ^= 1;
        }
    }
    assert_true(slice_compare(SLICE("a"), SLICE("ab")) < 0);
}

static void an_arena_respects_its_cap(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 10000);
    size_t n = 0;
    while (arena_alloc(&arena, 100))
        n++;
    assert_in_range(n, 30, 100);
    arena_reset(&arena);
    assert_non_null(arena_alloc(&arena, 100));
    arena_release(&arena);
    assert_null(arena_zero(&arena, SIZE_MAX / 2, 4));
}

static void a_buffer_over_its_cap_keeps_what_it_had(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 8);
    buffer_add_string(&buffer, "12345678");
    buffer_add_string(&buffer, "9");
    buffer_add_string(&buffer, "");
    assert_int_equal(buffer_status(&buffer), COMITY_LIMIT);
    assert_true(slice_is(buffer_slice(&buffer), "12345678"));
    buffer_clear(&buffer);
    buffer_format(&buffer, "%d-%s", 42, "x");
    assert_true(slice_is(buffer_slice(&buffer), "42-x"));
    assert_int_equal(buffer_status(&buffer), COMITY_OK);
    buffer_release(&buffer);
}

static void maps_hold_what_was_put(void **state)
{
    (void)state;
    struct map map = {0};
    struct intern intern = {0};
    char text[32];
    for (uint64_t i = 0; i < 5000; i++) {
        bool is_new;
        *map_put(&map, i * i, &is_new) = i;
        assert_true(is_new);
        int len = snprintf(text, sizeof text, "text %llu", (unsigned long long)i);
        assert_int_equal(intern_put(&intern, slice_of(text, (size_t)len)), i);
    }
    for (uint64_t i = 0; i < 5000; i++)
        assert_int_equal(*map_get(&map, i * i), i);
    assert_null(map_get(&map, 3));
    assert_int_equal(intern_get(&intern, SLICE("text 4999")), 4999);
    assert_int_equal(intern_get(&intern, SLICE("text")), INTERN_NONE);
    assert_true(slice_is(intern_text(&intern, 7), "text 7"));
    map_release(&map);
    intern_release(&intern);
}

static void a_map_forgets_what_it_is_cleared_of(void **state)
{
    (void)state;
    struct map map = {0};
    size_t at = 0, n = 0;
    uint64_t key, value, sum = 0;
    bool is_new;
    assert_null(map_get(&map, 0));
    assert_false(map_next(&map, &at, &key, &value));
    for (uint64_t i = 0; i < 300; i++)
        *map_put(&map, i, NULL) = i + 1;
    *map_put(&map, 0, &is_new) += 1;
    assert_false(is_new);
    map_seek(&map, 7);
    while (map_next(&map, &at, &key, &value)) {
        sum += value - key;
        n++;
    }
    assert_int_equal(map.count, 300);
    assert_int_equal(n, 300);
    assert_int_equal(sum, 301);
    map_clear(&map);
    for (uint64_t i = 0; i < 300; i++)
        assert_null(map_get(&map, i));
    assert_int_equal(*map_put(&map, 0, &is_new), 0);
    assert_true(is_new);
    map_release(&map);
}

/* Keys from all over, or few, or with the same bits above and below. */
static uint64_t key_like(unsigned kind, uint64_t random)
{
    return kind == 0 ? random : kind == 1 ? random % 5 : kind == 2 ? (random % 900) << 9 | 0x80000001 : 42;
}

static void items_are_sorted_by_key_and_keep_their_order(void **state)
{
    enum { MOST = 6000 };
    static struct sort_item items[MOST];
    static uint64_t uppers[MOST], scratch[MOST];
    static const size_t sizes[] = {0, 1, 2, 24, 25, 700, 2048, MOST};
    (void)state;
    for (unsigned kind = 0; kind < 4; kind++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            size_t n = sizes[s];
            for (uint32_t i = 0; i < n; i++) {
                items[i] = (struct sort_item){key_like(kind, hash_u64(i + s)), (uint32_t)n - i};
                uppers[i] = key_like(kind, hash_u64(i + s)) << 32 | i;
            }
            sort_items(items, n);
            sort_uppers(uppers, scratch, n);
            for (size_t i = 1; i < n; i++) {
                assert_true(items[i - 1].key < items[i].key ||
                            (items[i - 1].key == items[i].key && items[i - 1].payload < items[i].payload));
                assert_true(uppers[i - 1] < uppers[i]);
            }
        }
}

static void ranks_are_equal_where_keys_are(void **state)
{
    (void)state;
    uint32_t ranks[6];
    struct sort_item items[] = {{9, 0}, {0, 1}, {UINT64_MAX, 2}, {9, 3}, {0, 4}, {1, 5}};
    assert_int_equal(sort_ranks(items, 6, ranks), 3);
    static const uint32_t expected[] = {2, 0, 3, 2, 0, 1};
    assert_memory_equal(ranks, expected, sizeof ranks);
    assert_int_equal(sort_ranks(items, 0, ranks), 0);
}

/* Found first, added after: also where the place moves because the table has grown. */
static void a_text_may_be_found_before_it_is_made_known(void **state)
{
    (void)state;
    struct intern intern = {0};
    struct intern_place place;
    char text[32];
    for (uint32_t i = 0; i < 5000; i++) {
        struct slice name = slice_of(text, (size_t)snprintf(text, sizeof text, "text %u", i));
        intern_ask_slot(&intern, intern_hash(name));
        intern_ask_place(&intern, intern_hash(name));
        intern_ask_text(&intern, intern_hash(name));
        assert_int_equal(intern_find(&intern, name, intern_hash(name), &place), INTERN_NONE);
        assert_int_equal(intern.count, i);
        assert_int_equal(intern_add(&intern, name, &place), i);
        assert_int_equal(intern_find(&intern, name, intern_hash(name), &place), i);
    }
    assert_int_equal(intern_get(&intern, SLICE("text 0")), 0);
    assert_int_equal(intern_put(&intern, SLICE("text 4999")), 4999);
    intern_release(&intern);
}

static void days_agree_with_the_calendar(void **state)
{
    (void)state;
    char text[DAY_TEXT];
    assert_int_equal(day_from_civil(1970, 1, 1), 0);
    assert_int_equal(day_from_civil(2016, 1, 18), 16818);
    assert_int_equal(day_from_civil(2000, 3, 1) - day_from_civil(2000, 2, 1), 29);
    for (int32_t day = -800000; day < 800000; day += 13) {
        struct civil civil = civil_from_day(day);
        assert_int_equal(day_from_civil(civil.year, civil.month, civil.day), day);
    }
    day_format(16818, text);
    assert_string_equal(text, "2016-01-18");
    assert_false(civil_is_valid(2015, 2, 29));
    assert_true(civil_is_valid(2016, 2, 29));
}

static enum comity_status square(void *context, size_t piece)
{
    uint64_t *squares = context;
    squares[piece] = (uint64_t)piece * piece;
    return piece == 777 ? COMITY_INPUT : COMITY_OK;
}

static void parallel_work_does_each_piece_once_and_tells_failure(void **state)
{
    (void)state;
    uint64_t *squares = calloc(778, sizeof *squares);
    assert_int_equal(parallel_run(777, 4, square, squares), COMITY_OK);
    for (size_t i = 0; i < 777; i++)
        assert_int_equal(squares[i], i * i);
    assert_int_equal(parallel_run(778, 4, square, squares), COMITY_INPUT);
    free(squares);
}

static enum comity_status count_up(void *context)
{
    return ++*(int *)context == 1 ? COMITY_OK : COMITY_INPUT;
}

static void work_aside_is_done_once_and_tells_failure(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 3; threads++) {
        struct parallel_aside aside = {0};
        int n = 0;
        assert_int_equal(parallel_end(&aside), COMITY_OK); /* never begun */
        parallel_begin(&aside, threads, count_up, &n);
        assert_int_equal(parallel_end(&aside), COMITY_OK);
        assert_int_equal(parallel_end(&aside), COMITY_OK);
        assert_int_equal(n, 1);
        parallel_begin(&aside, threads, count_up, &n);
        assert_int_equal(parallel_end(&aside), COMITY_INPUT);
        assert_int_equal(parallel_end(&aside), COMITY_INPUT);
        assert_int_equal(n, 2);
    }
}

static void sets_are_joined_under_their_lowest_element(void **state)
{
    (void)state;
    uint32_t parent[6] = {0, 1, 2, 3, 4, 5};
    disjoint_join(parent, 5, 4);
    disjoint_join(parent, 2, 5);
    disjoint_join(parent, 4, 2);
    disjoint_join(parent, 1, 3);
    for (uint32_t x = 2; x < 6; x++)
        assert_int_equal(disjoint_root(parent, x), x == 3 ? 1 : 2);
    assert_int_equal(disjoint_root(parent, 0), 0);
    disjoint_join(parent, 3, 5);
    assert_int_equal(disjoint_root(parent, 4), 1);
}

static void assert_cell(void (*add)(struct buffer *out, struct slice text), struct slice text, const char *expected)
{
    struct buffer out;
    buffer_init(&out, 100);
    buffer_add_byte(&out, ',');
    add(&out, text);
    assert_string_equal(out.ptr + 1, expected);
    buffer_release(&out);
}

static void cells_of_csv_survive_spreadsheets(void **state)
{
    (void)state;
    assert_cell(csv_text, SLICE("Quito"), "Quito");
    assert_cell(csv_text, SLICE(""), "");
    assert_cell(csv_text, SLICE("a,\"b\""), "\"a,\"\"b\"\"\"");
    assert_cell(csv_text, SLICE("two\nlines"), "\"two\nlines\"");
    assert_cell(csv_text, SLICE(" padded"), "\" padded\"");
    assert_cell(csv_text, SLICE("=A1"), "'=A1");
    assert_cell(csv_text, SLICE("@SUM(A1,A2)"), "\"'@SUM(A1,A2)\"");
    assert_cell(csv_text, SLICE("-1.5"), "'-1.5");
    assert_cell(csv_text, SLICE("+1"), "'+1");
    assert_cell(csv_text, SLICE("\t=A1"), "'\t=A1");
    assert_cell(csv_text, SLICE("\r=A1"), "\"'\r=A1\"");
    assert_cell(csv_text, SLICE("\n=A1"), "\"'\n=A1\"");
    assert_cell(csv_text, SLICE("＝A1"), "'＝A1");
    assert_cell(csv_text, SLICE("＠A1"), "'＠A1");
    assert_cell(csv_text, SLICE("，A1"), "，A1");
    assert_cell(csv_text_or_number, SLICE("-1.5"), "-1.5");
    assert_cell(csv_text_or_number, SLICE("-1+A1"), "'-1+A1");
    assert_cell(csv_text_or_number, SLICE("-"), "'-");
}

static void errors_say_where_and_how_to_mend(void **state)
{
    (void)state;
    struct comity_error err;
    char text[1200];
    assert_int_equal(error_set(&err, COMITY_SYNTAX, "no key '%s'", "drgu"), COMITY_SYNTAX);
    error_at(&err, "query", 1, 5);
    error_hint(&err, "did you mean '%s'?", "drug");
    error_format(&err, text, sizeof text);
    assert_string_equal(text, "query:1:5: no key 'drgu' (did you mean 'drug'?)");
    assert_int_equal(comity_status_exit(COMITY_SYNTAX), 2);
    assert_int_equal(error_set(NULL, COMITY_IO, "x"), COMITY_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_are_trimmed_cut_and_found),
        cmocka_unit_test(an_arena_respects_its_cap),
        cmocka_unit_test(a_buffer_over_its_cap_keeps_what_it_had),
        cmocka_unit_test(maps_hold_what_was_put),
        cmocka_unit_test(a_map_forgets_what_it_is_cleared_of),
        cmocka_unit_test(items_are_sorted_by_key_and_keep_their_order),
        cmocka_unit_test(ranks_are_equal_where_keys_are),
        cmocka_unit_test(a_text_may_be_found_before_it_is_made_known),
        cmocka_unit_test(days_agree_with_the_calendar),
        cmocka_unit_test(parallel_work_does_each_piece_once_and_tells_failure),
        cmocka_unit_test(work_aside_is_done_once_and_tells_failure),
        cmocka_unit_test(sets_are_joined_under_their_lowest_element),
        cmocka_unit_test(cells_of_csv_survive_spreadsheets),
        cmocka_unit_test(errors_say_where_and_how_to_mend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
