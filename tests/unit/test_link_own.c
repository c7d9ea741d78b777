/* The partition of readers without restricted fields: found without them, under a model of its own, in a number that a
 * row has. */
#include "unit.h"

#include "flow/desk.h"
#include "flow/show.h"

#include <stdio.h>
#include <unistd.h>

enum { N_EVENTS = 120 };

static const struct reader tester = {.language = "en", .name = "tester"};

static char folder[64], store_path[96], table[96];
static struct desk desk;
static struct comity_error err;

static void assert_done(enum comity_status status)
{
    if (status != COMITY_OK)
        fail_msg("%s", err.message);
}

static int begin(void **state)
{
    struct desk_options options = {.data_folder = DATA_FOLDER, .mode = STORE_WRITE};
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/comity-own-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(store_path, sizeof store_path, "%s/test.comity", folder);
    snprintf(table, sizeof table, "%s/table.csv", folder);
    assert_done(desk_create(store_path, "drugs", &options, &err));
    assert_done(desk_open(&desk, store_path, &options, &err));
    return 0;
}

static int end(void **state)
{
    char command[128];
    (void)state;
    desk_close(&desk);
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command);
}

/* `agrees`: the sources name the same destination, which is restricted, for each event that both tell. */
static void import(const char *source, int number, bool agrees)
{
    static const char *const places[] = {"Medellín", "Cartagena", "Cali", "Tumaco"};
    static const char *const countries[] = {"Bhutan", "Vanuatu", "Lesotho"};
    char yaml[800];
    struct recipe *recipe;
    struct import_options options = {.who = &tester};
    struct import_receipt receipt;
    FILE *file = fopen(table, "wb");
    assert_non_null(file);
    fputs("ID,DAY,PLACE,DRUG,KG,TO\n", file);
    for (int i = 0; i < N_EVENTS; i++)
        fprintf(file, "%d,2016-%02d-%02d,%s,%s,%g,%s\n", i, 1 + i % 12, 1 + i % 20 + number * (i % 3), places[i % 4],
            i % 2 ? "Cocaine" : "Heroin", (3 + i % 17) * (1 + number * (i % 5) * 0.1),
            countries[(i + (agrees ? 0 : number)) % 3]);
    assert_int_equal(fclose(file), 0);
    snprintf(yaml, sizeof yaml,
        "recipe: %s\ndomain: drugs\nsource: { code: %s, title: A source, kind: official, reliability: B, licence: CC0 "
        "}\n"
        "identity: { key: ID }\nfields:\n"
        "  - { field: date, column: DAY, order: ymd, required: true }\n  - { field: country, value: Colombia }\n"
        "  - { field: place, column: PLACE }\n  - { field: drug, column: DRUG }\n"
        "  - { field: amount, column: KG, unit: kg }\n  - { field: destination, column: TO }\n",
        source, source);
    assert_done(recipe_parse(slice_from(yaml), source, desk.domain, &recipe, &err));
    assert_done(desk_import(&desk, table, recipe, &options, &receipt, &err));
    import_receipt_release(&receipt);
    recipe_free(recipe);
}

static void link_all(void)
{
    struct link_summary summary;
    assert_done(desk_link(&desk, &tester, 1, NULL, &summary, &err));
    link_summary_release(&summary);
}

static struct snapshot *own(const struct snapshot *before)
{
    struct snapshot *snapshot;
    assert_done(desk_snapshot_unrestricted(&desk, before, NULL, &snapshot, &err));
    assert_true(snapshot->has_own_partition);
    for (size_t i = 0; i < snapshot->mentions.n; i++)
        assert_int_equal(snapshot->entity_of[i], snapshot->mentions.id[snapshot->cluster[i]]);
    return snapshot;
}

static void judge(enum judgement_kind kind, size_t a, size_t b, uint64_t *id)
{
    struct snapshot *all;
    assert_done(desk_snapshot(&desk, &all, &err));
    struct judgement judgement = {.kind = kind,
        .is_by_person = true,
        .a = all->mentions.identity[a],
        .b = all->mentions.identity[b],
        .why = SLICE("a test")};
    snapshot_release(all);
    assert_done(store_judge(desk.store, &judgement, &tester, id, &err));
}

static void without_a_linking_every_row_stands_alone(void **state)
{
    (void)state;
    import("one", 0, true);
    struct snapshot *snapshot = own(NULL);
    assert_int_equal(snapshot->resolution.n_entities, N_EVENTS);
    assert_null(snapshot->model);
    snapshot_release(snapshot);
}

/* Two stores, one after the other, that differ in the restricted field only. */
static void what_is_hidden_decides_nothing(void **state)
{
    uint32_t first[2 * N_EVENTS];
    size_t n_all[2];
    for (int agrees = 0; agrees < 2; agrees++) {
        struct snapshot *all;
        if (agrees) {
            end(state);
            begin(state);
        }
        import("one", 0, agrees);
        import("two", 1, agrees);
        link_all();
        struct snapshot *snapshot = own(NULL);
        assert_int_equal(snapshot->mentions.n, 2 * N_EVENTS);
        assert_in_range(snapshot->resolution.n_entities, N_EVENTS / 2, 2 * N_EVENTS - 5);
        if (agrees)
            assert_memory_equal(first, snapshot->cluster, sizeof first);
        memcpy(first, snapshot->cluster, sizeof first);
        snapshot_release(snapshot);
        assert_done(desk_snapshot(&desk, &all, &err));
        n_all[agrees] = all->resolution.n_entities;
        snapshot_release(all);
    }
    assert_true(n_all[1] < n_all[0]);
}

static void the_model_is_kept_while_it_fits(void **state)
{
    (void)state;
    import("one", 0, true);
    import("two", 1, true);
    link_all();
    struct snapshot *trained = own(NULL), *kept = own(trained);
    assert_true(trained->model && kept->model && trained->model != kept->model);
    assert_true(trained->model_version == kept->model_version && kept->trained_on == 2 * N_EVENTS);
    assert_true(link_model_version(kept->model) == kept->model_version);
    assert_memory_equal(trained->cluster, kept->cluster, 2 * N_EVENTS * sizeof *kept->cluster);
    snapshot_release(trained);
    import("three", 1, true);
    struct snapshot *anew = own(kept);
    assert_true(anew->trained_on == 3 * N_EVENTS && anew->model_version != kept->model_version);
    snapshot_release(kept);
    snapshot_release(anew);
}

static void what_a_person_says_holds_here_too(void **state)
{
    uint64_t id;
    (void)state;
    import("one", 0, true);
    import("two", 1, true);
    link_all();
    judge(JUDGEMENT_SAME, 1, 2, &id);
    struct snapshot *snapshot = own(NULL);
    assert_int_equal(snapshot->entity_of[1], snapshot->entity_of[2]);
    assert_int_equal(snapshot->n_judgements, 1);
    assert_int_equal(snapshot->judgements[0].id, 0);
    snapshot_release(snapshot);
    assert_done(store_judge_undo(desk.store, id, &tester, &err));
    snapshot = own(NULL);
    assert_int_not_equal(snapshot->entity_of[1], snapshot->entity_of[2]);
    assert_int_equal(snapshot->n_judgements, 0);
    snapshot_release(snapshot);
}

/* Also the number of a row that a newer version has replaced. */
static void a_number_leads_to_where_its_row_stands(void **state)
{
    uint64_t id;
    (void)state;
    import("one", 0, true);
    link_all();
    judge(JUDGEMENT_SAME, 1, 2, &id);
    struct snapshot *snapshot = own(NULL);
    uint64_t replaced = snapshot->mentions.id[2], entity = replaced, nobody = 999999;
    assert_done(snapshot_follow(desk.store, snapshot, &entity, &err));
    assert_true(entity == snapshot->entity_of[1] && entity != replaced);
    assert_int_equal(snapshot_follow(desk.store, snapshot, &nobody, &err), COMITY_NOTFOUND);
    snapshot_release(snapshot);
    import("one", 1, true);
    snapshot = own(NULL);
    entity = replaced;
    assert_int_equal(snapshot_mention(snapshot, replaced), SIZE_MAX);
    assert_done(snapshot_follow(desk.store, snapshot, &entity, &err));
    assert_true(entity > replaced || entity == snapshot->entity_of[1]);
    snapshot_release(snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_a_linking_every_row_stands_alone, begin, end),
        cmocka_unit_test_setup_teardown(what_is_hidden_decides_nothing, begin, end),
        cmocka_unit_test_setup_teardown(the_model_is_kept_while_it_fits, begin, end),
        cmocka_unit_test_setup_teardown(what_a_person_says_holds_here_too, begin, end),
        cmocka_unit_test_setup_teardown(a_number_leads_to_where_its_row_stands, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
