/* What an import promises: nothing is added twice, what changed becomes the newer version, all can be taken back, and
 * what was not published does not exist. */
#include "unit.h"

#include "store_world.h"

static void a_row_that_was_said_before_adds_nothing(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}, {NULL, "b"}, {NULL, "a"}));
    assert_int_equal(w.counts.n_new, 3);
    world_import(&w, "s", SAYS({NULL, "a"}, {NULL, "b"}, {NULL, "a"}));
    assert_int_equal(w.counts.n_new, 0);
    assert_int_equal(w.counts.n_unchanged, 3);
    assert_live(&w, "a,b,a");
    /* One more of the same, and something new. */
    world_import(&w, "s", SAYS({NULL, "c"}, {NULL, "a"}, {NULL, "a"}, {NULL, "a"}));
    assert_int_equal(w.counts.n_new, 2);
    assert_int_equal(w.counts.n_unchanged, 2);
    assert_live(&w, "a,b,a,c,a");
    /* Another source speaks for itself. */
    world_import(&w, "t", SAYS({NULL, "a"}));
    assert_int_equal(w.counts.n_new, 1);
    assert_live(&w, "a,b,a,c,a,a");
    world_release(&w);
}

static void a_changed_row_with_a_key_supersedes_and_undo_brings_back(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({"1", "a"}, {"2", "b"}));
    world_import(&w, "s", SAYS({"1", "a2"}, {"2", "b"}, {"3", "c"}));
    assert_int_equal(w.counts.n_updated, 1);
    assert_int_equal(w.counts.n_unchanged, 1);
    assert_int_equal(w.counts.n_new, 1);
    assert_live(&w, "b,a2,c");
    assert_ok(&w, store_import_undo(w.store, 2, &tester, &w.err));
    assert_live(&w, "a,b");
    assert_int_equal(store_import_undo(w.store, 2, &tester, &w.err), COMITY_CONFLICT);
    assert_int_equal(store_import_undo(w.store, 9, &tester, &w.err), COMITY_NOTFOUND);
    world_release(&w);
}

static void versions_can_be_undone_in_any_order(void **state)
{
    static const uint64_t orders[6][3] = {{1, 2, 3}, {1, 3, 2}, {2, 1, 3}, {2, 3, 1}, {3, 1, 2}, {3, 2, 1}};
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        bool is_undone[4] = {false};
        struct world w;
        world_init(&w);
        world_import(&w, "s", SAYS({"k", "one"}));
        world_import(&w, "s", SAYS({"k", "two"}));
        world_import(&w, "s", SAYS({"k", "three"}));
        assert_live(&w, "three");
        for (size_t j = 0; j < 3; j++) {
            assert_ok(&w, store_import_undo(w.store, orders[i][j], &tester, &w.err));
            is_undone[orders[i][j]] = true;
            assert_live(&w, !is_undone[3] ? "three" : !is_undone[2] ? "two" : !is_undone[1] ? "one" : "");
        }
        world_import(&w, "s", SAYS({"k", "four"}));
        assert_live(&w, "four");
        world_release(&w);
    }
}

static void what_a_later_import_said_again_survives_the_undo_of_the_first(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}, {NULL, "b"}, {NULL, "c"}));
    world_import(&w, "s", SAYS({NULL, "b"}, {NULL, "c"}, {NULL, "d"}));
    world_import(&w, "s", SAYS({NULL, "c"}));
    assert_ok(&w, store_import_undo(w.store, 1, &tester, &w.err));
    assert_live(&w, "b,c,d");
    assert_ok(&w, store_import_undo(w.store, 2, &tester, &w.err));
    assert_live(&w, "c");
    assert_ok(&w, store_import_undo(w.store, 3, &tester, &w.err));
    assert_live(&w, "");
    world_release(&w);
}

static void a_keyed_row_said_again_survives_between_versions(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({"k", "x"}));
    world_import(&w, "s", SAYS({"k", "y"}));
    world_import(&w, "s", SAYS({"k", "y"}));
    assert_int_equal(w.counts.n_unchanged, 1);
    assert_ok(&w, store_import_undo(w.store, 2, &tester, &w.err));
    assert_live(&w, "y");
    assert_ok(&w, store_import_undo(w.store, 3, &tester, &w.err));
    assert_live(&w, "x");
    world_release(&w);
}

static void load(struct world *w, struct mentions *mentions)
{
    uint64_t *entity_of, sequence;
    assert_ok(w, store_load(w->store, &w->domain, mentions, &entity_of, &sequence, &w->err));
    free(entity_of);
}

static void an_import_undone_and_loaded_again_has_the_same_identities(void **state)
{
    struct world w;
    struct mentions before, after;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}, {"k", "b"}, {NULL, "a"}, {"k", "b"}));
    load(&w, &before);
    assert_ok(&w, store_import_undo(w.store, 1, &tester, &w.err));
    world_import(&w, "s", SAYS({NULL, "a"}, {"k", "b"}, {NULL, "a"}, {"k", "b"}));
    load(&w, &after);
    assert_int_equal(before.n, 4);
    assert_int_equal(after.n, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_true(before.identity[i] == after.identity[i]);
        assert_int_equal(before.ordinal[i], i / 2);
        for (size_t j = 0; j < i; j++)
            assert_true(before.identity[i] != before.identity[j]);
    }
    mentions_release(&before);
    mentions_release(&after);
    world_release(&w);
}

static void what_is_left_out_is_as_if_nobody_told_it_but_for_identities(void **state)
{
    struct world w;
    struct mentions all, most;
    uint64_t *entity_of, sequence;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({"k", "a"}, {"l", "b"}));
    load(&w, &all);
    assert_ok(&w, store_load_without(w.store, &w.domain, UINT64_C(1) << 0, &most, &entity_of, &sequence, &w.err));
    assert_int_equal(most.n, 2);
    assert_int_equal(all.columns[0].n_values, 3);
    assert_int_equal(most.columns[0].n_values, 1);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(mention_value(&most, i, 0)->state, VALUE_ABSENT);
        assert_int_equal(most.columns[1].code[i], all.columns[1].code[i]);
        assert_true(most.identity[i] == all.identity[i] && most.content[i] == all.content[i]);
    }
    free(entity_of);
    mentions_release(&all);
    mentions_release(&most);
    world_release(&w);
}

static void one_key_twice_in_a_file_stays_two_rows(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    /* A case with two hauls, and a block loaded twice with its keys. */
    world_import(&w, "s", SAYS({"case", "cocaine"}, {"case", "heroin"}, {"x", "same"}, {"x", "same"}));
    assert_int_equal(w.counts.n_new, 4);
    world_import(&w, "s", SAYS({"case", "heroin"}, {"case", "cocaine"}, {"x", "same"}, {"x", "same"}));
    assert_int_equal(w.counts.n_unchanged, 4);
    world_import(&w, "s", SAYS({"case", "heroin, 2 kg"}, {"case", "cocaine"}, {"case", "cannabis"}));
    assert_int_equal(w.counts.n_unchanged, 1);
    assert_int_equal(w.counts.n_updated, 1);
    assert_int_equal(w.counts.n_new, 1);
    assert_live(&w, "cocaine,same,same,heroin, 2 kg,cannabis");
    world_release(&w);
}

/* Of equal rows, too: nothing that linking goes by tells which file came first, nor which source. */
static void the_order_of_imports_shows_in_ids_only(void **state)
{
    struct world w;
    struct mentions one, other;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({"1", "a"}, {NULL, "a"}));
    world_import(&w, "s", SAYS({"2", "a"}));
    world_import(&w, "r", SAYS({"1", "a"}));
    load(&w, &one);
    world_release(&w);
    world_init(&w);
    world_import(&w, "r", SAYS({"1", "a"}));
    world_import(&w, "s", SAYS({"2", "a"}));
    world_import(&w, "s", SAYS({"1", "a"}, {NULL, "a"}));
    load(&w, &other);
    const size_t same[] = {2, 3, 1, 0};
    for (size_t i = 0; i < 4; i++) {
        assert_true(one.identity[i] == other.identity[same[i]]);
        assert_int_equal(one.ordinal[i], other.ordinal[same[i]]);
        assert_int_equal(one.source[i], other.source[same[i]]);
    }
    assert_true(slice_is(one.sources[0].code, "r") && slice_is(other.sources[0].code, "r"));
    mentions_release(&one);
    mentions_release(&other);
    world_release(&w);
}

static void records_stay_verbatim(void **state)
{
    struct world w;
    struct arena arena = {0};
    struct record record;
    char text[16];
    struct said *said = calloc(1000, sizeof *said);
    char(*texts)[16] = calloc(1000, sizeof *texts);
    (void)state;
    world_init(&w);
    for (int i = 0; i < 1000; i++) {
        snprintf(texts[i], sizeof texts[i], "text %d", i % 300);
        said[i] = (struct said){NULL, texts[i]};
    }
    world_import(&w, "s", said, 1000);
    for (uint64_t id = 1; id <= 1000; id += 37) {
        snprintf(text, sizeof text, "text %d", (int)((id - 1) % 300));
        assert_ok(&w, store_record(w.store, &tester, id, &arena, &record, &w.err));
        assert_int_equal(record.row, id);
        assert_true(slice_find(record.raw, slice_from(text)) >= 0);
        assert_true(slice_is(record.source_code, "s"));
        assert_true(slice_is(record.file_name, "a.csv"));
    }
    assert_int_equal(store_record(w.store, &tester, 1001, &arena, &record, &w.err), COMITY_NOTFOUND);
    arena_release(&arena);
    free(said);
    free(texts);
    world_release(&w);
}

static void a_dry_run_and_an_abort_leave_nothing(void **state)
{
    struct world w;
    struct store_import *import;
    struct import_counts counts = {0};
    uint64_t before, after;
    struct source_row *sources;
    struct arena arena = {0};
    size_t n;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}));
    assert_ok(&w, store_sequence(w.store, &before, &w.err));
    assert_ok(&w, world_begin(&w, "t", "h", &import));
    assert_ok(&w, world_add(&w, import, SAYS({NULL, "x"}, {NULL, "y"})));
    assert_ok(&w, store_import_settle(import, NULL, &counts, &w.err));
    assert_int_equal(counts.n_new, 2);
    store_import_abort(import);
    assert_ok(&w, store_sequence(w.store, &after, &w.err));
    assert_int_equal(before, after);
    assert_live(&w, "a");
    assert_ok(&w, store_sources(w.store, &tester, &arena, &sources, &n, &w.err));
    assert_int_equal(n, 1);
    assert_int_equal(sources[0].n_mentions, 1);
    arena_release(&arena);
    world_release(&w);
}

static void nobody_sees_an_import_before_it_is_published(void **state)
{
    struct world w, other;
    struct store_import *import;
    struct import_counts counts = {0};
    uint64_t number;
    (void)state;
    world_init(&w);
    other = w;
    assert_ok(&other, store_open(w.path, STORE_READ, 0, &other.store, &other.err));
    assert_ok(&w, world_begin(&w, "s", "h", &import));
    assert_ok(&w, world_add(&w, import, SAYS({NULL, "x"}, {NULL, "y"})));
    assert_live(&other, "");
    assert_ok(&w, store_import_settle(import, NULL, &counts, &w.err));
    assert_live(&other, "");
    assert_ok(&w, store_import_publish(import, SLICE("{}"), &number, &w.err));
    assert_live(&other, "x,y");
    assert_int_equal(world_begin(&other, "s", "h", &import), COMITY_REFUSED);
    store_close(other.store);
    world_release(&w);
}

static void a_second_writer_is_told_that_the_store_is_busy(void **state)
{
    struct world w, other;
    struct store_import *import, *second;
    (void)state;
    world_init(&w);
    other = w;
    world_open(&other);
    assert_ok(&w, world_begin(&w, "s", "h", &import));
    assert_int_equal(world_begin(&other, "t", "h", &second), COMITY_BUSY);
    assert_int_equal(world_begin(&w, "t", "h", &second), COMITY_USAGE);
    assert_ok(&w, world_add(&w, import, SAYS({NULL, "x"})));
    assert_int_equal(store_import_undo(other.store, 1, &tester, &other.err), COMITY_BUSY);
    store_import_abort(import);
    world_import(&other, "t", SAYS({NULL, "x"}));
    assert_live(&w, "x");
    store_close(other.store);
    world_release(&w);
}

static void sums_are_stored_apart(void **state)
{
    struct world w;
    struct store_import *import;
    struct import_counts counts = {0};
    struct source_info source = world_source("sums");
    struct import_info file = {.file_name = SLICE("sums.csv")};
    uint64_t number;
    (void)state;
    world_init(&w);
    source.is_aggregate = true;
    assert_ok(&w, store_import_begin(w.store, &source, &file, &import, &w.err));
    assert_ok(&w, world_add(&w, import, SAYS({NULL, "1000 kg"})));
    assert_ok(&w, store_import_settle(import, NULL, &counts, &w.err));
    assert_ok(&w, store_import_publish(import, SLICE("{}"), &number, &w.err));
    assert_live(&w, "");
    assert_int_equal(world_try_import(&w, "sums", SAYS({NULL, "5 kg"})), COMITY_CONFLICT);
    assert_live(&w, "");
    world_release(&w);
}

static void the_same_file_is_found_until_it_is_undone(void **state)
{
    struct world w;
    uint64_t number;
    (void)state;
    world_init(&w);
    world_import(&w, "s", SAYS({NULL, "a"}));
    assert_ok(&w, store_import_find(w.store, "hash", "recipe", &number, &w.err));
    assert_int_equal(number, 1);
    assert_ok(&w, store_import_find(w.store, "hash", "other", &number, &w.err));
    assert_int_equal(number, 0);
    assert_ok(&w, store_import_undo(w.store, 1, &tester, &w.err));
    assert_ok(&w, store_import_find(w.store, "hash", "recipe", &number, &w.err));
    assert_int_equal(number, 0);
    world_release(&w);
}

/* The texts of one source's mentions with the newest import that said each: "a1,b2". */
static void assert_source(struct world *world, const char *code, uint64_t edition, const char *expected)
{
    struct mentions mentions;
    struct buffer texts;
    buffer_init(&texts, 1 << 20);
    buffer_add_string(&texts, "");
    assert_ok(world,
        store_load_source(world->store, &tester, &world->domain, slice_from(code), edition, &mentions, &world->err));
    for (size_t i = 0; i < mentions.n; i++)
        buffer_format(&texts, "%s%.*s%u", i ? "," : "", SLICE_ARG(mention_value(&mentions, i, 0)->text),
            (unsigned)mentions.import[i]);
    if (!slice_is(buffer_slice(&texts), expected))
        fail_msg("'%s' said '%.*s', not '%s'", code, SLICE_ARG(buffer_slice(&texts)), expected);
    buffer_release(&texts);
    mentions_release(&mentions);
}

static void one_source_is_read_as_it_is_and_as_an_edition_said_it(void **state)
{
    struct world w, *world = &w;
    struct mentions mentions;
    (void)state;
    world_init(world);
    world_import(world, "one", SAYS({NULL, "a"}, {NULL, "b"}, {NULL, "c"}));
    world_import(world, "two", SAYS({NULL, "x"}));
    world_import(world, "one", SAYS({NULL, "b"}, {NULL, "d"}));
    world_import(world, "keyed", SAYS({"k", "old"}));
    world_import(world, "keyed", SAYS({"k", "new"}));
    assert_source(world, "one", 0, "a1,b3,c1,d3");
    assert_source(world, "one", 1, "a1,b1,c1");
    assert_source(world, "one", 3, "b3,d3");
    assert_source(world, "two", 0, "x2");
    assert_source(world, "keyed", 0, "new5");
    assert_source(world, "keyed", 4, "old4");
    assert_int_equal(
        store_load_source(world->store, &tester, &world->domain, SLICE("one"), 2, &mentions, NULL), COMITY_NOTFOUND);
    assert_int_equal(
        store_load_source(world->store, &tester, &world->domain, SLICE("none"), 0, &mentions, NULL), COMITY_NOTFOUND);
    /* What an undone import said again is as old as before; what only it said is gone. */
    assert_ok(world, store_import_undo(world->store, 3, &tester, &world->err));
    assert_source(world, "one", 0, "a1,b1,c1");
    assert_int_equal(
        store_load_source(world->store, &tester, &world->domain, SLICE("one"), 3, &mentions, NULL), COMITY_NOTFOUND);
    /* And the other way round: the later import vouches for what both said. */
    world_import(world, "one", SAYS({NULL, "b"}, {NULL, "e"}));
    assert_ok(world, store_import_undo(world->store, 1, &tester, &world->err));
    assert_source(world, "one", 0, "b6,e6");
    assert_source(world, "one", 6, "b6,e6");
    world_release(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_that_was_said_before_adds_nothing),
        cmocka_unit_test(what_is_left_out_is_as_if_nobody_told_it_but_for_identities),
        cmocka_unit_test(a_changed_row_with_a_key_supersedes_and_undo_brings_back),
        cmocka_unit_test(versions_can_be_undone_in_any_order),
        cmocka_unit_test(what_a_later_import_said_again_survives_the_undo_of_the_first),
        cmocka_unit_test(a_keyed_row_said_again_survives_between_versions),
        cmocka_unit_test(an_import_undone_and_loaded_again_has_the_same_identities),
        cmocka_unit_test(one_key_twice_in_a_file_stays_two_rows),
        cmocka_unit_test(the_order_of_imports_shows_in_ids_only),
        cmocka_unit_test(records_stay_verbatim),
        cmocka_unit_test(a_dry_run_and_an_abort_leave_nothing),
        cmocka_unit_test(nobody_sees_an_import_before_it_is_published),
        cmocka_unit_test(a_second_writer_is_told_that_the_store_is_busy),
        cmocka_unit_test(sums_are_stored_apart),
        cmocka_unit_test(one_source_is_read_as_it_is_and_as_an_edition_said_it),
        cmocka_unit_test(the_same_file_is_found_until_it_is_undone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
