/* What the public API promises, used as a stranger would: only comity.h, and the example program. */
#include "unit.h"

#include "comity.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char recipe_yaml[] =
    "recipe: %s\n"
    "domain: drugs\n"
    "source: { code: %s, title: A source, kind: official, reliability: B, licence: CC0, marking: 'TLP:CLEAR' }\n"
    "fields:\n"
    "  - { field: date, column: DAY, order: ymd }\n"
    "  - { field: country, value: Colombia }\n"
    "  - { field: place, column: PLACE }\n"
    "  - { field: drug, column: DRUG }\n"
    "  - { field: amount, column: KG, unit: kg }\n";

static char folder[64], store[96];
static struct comity_options options = {.data_folder = DATA_FOLDER};
static struct comity_error err;

static char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(path_of(name), "wb");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void write_table(const char *name, int shift)
{
    static const char *const places[] = {"Medellín", "Cartagena", "Cali", "Tumaco", "Barranquilla", "Turbo", "Leticia"};
    static const char *const drugs[] = {"Cocaine", "Heroin", "Coca paste"};
    FILE *file = fopen(path_of(name), "wb");
    assert_non_null(file);
    fputs("DAY,PLACE,DRUG,KG\n", file);
    for (int i = shift; i < 200 + shift; i++)
        fprintf(file, "2016-%02d-%02d,%s,%s,%d.%d\n", 1 + i % 12, 1 + i * 7 % 28, places[i * 5 % 7], drugs[i % 3],
            3 + i * 37 % 211, i % 10);
    assert_int_equal(fclose(file), 0);
}

static int begin(void **state)
{
    char text[1024];
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/comity-api-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(store, sizeof store, "%s/test.comity", folder);
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "b" : "a";
        snprintf(text, sizeof text, recipe_yaml, name, name);
        write_file(i ? "b.yaml" : "a.yaml", text);
        write_table(i ? "b.csv" : "a.csv", i ? 100 : 0);
    }
    return 0;
}

static int end(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command);
}

#define assert_ok(call)                                                                                                \
    do {                                                                                                               \
        if ((call) != COMITY_OK)                                                                                       \
            fail_msg("%s: %s %s", #call, err.message, err.hint);                                                       \
    } while (0)

static json_t *parse(struct comity_text *text)
{
    json_error_t error;
    assert_int_equal(strlen(text->ptr), text->len);
    json_t *json = json_loads(text->ptr, 0, &error);
    if (!json)
        fail_msg("no JSON: %s", error.text);
    comity_text_free(text);
    assert_null(text->ptr);
    return json;
}

static long long number_at(const json_t *json, const char *key)
{
    const json_t *number = json_object_get(json, key);
    if (!json_is_integer(number))
        fail_msg("no number '%s'", key);
    return json_integer_value(number);
}

static void import_both(struct comity *comity)
{
    static const char *const names[] = {"a", "b"};
    for (int i = 0; i < 2; i++) {
        char file[128], recipe[128];
        struct comity_text receipt;
        snprintf(file, sizeof file, "%s/%s.csv", folder, names[i]);
        snprintf(recipe, sizeof recipe, "%s/%s.yaml", folder, names[i]);
        assert_ok(comity_import(comity, file, recipe, &receipt, &err));
        json_t *json = parse(&receipt);
        assert_int_equal(number_at(json, "import"), i + 1);
        assert_int_equal(number_at(json_object_get(json, "counts"), "new"), 200);
        json_decref(json);
    }
}

static void two_sources_become_one_record_for_each_event(void **state)
{
    struct comity *comity;
    struct comity_text text;
    (void)state;
    assert_ok(comity_create(store, "drugs", &options, &err));
    assert_int_equal(comity_create(store, "drugs", &options, &err), COMITY_CONFLICT);
    assert_ok(comity_open(store, &options, &comity, &err));
    import_both(comity);
    assert_ok(comity_link(comity, &text, &err));
    json_t *report = parse(&text);
    assert_int_equal(number_at(report, "mentions"), 400);
    /* 100 events are told by both. */
    assert_in_range(number_at(report, "entities"), 295, 305);
    long long n_entities = number_at(report, "entities");
    json_decref(report);
    assert_ok(comity_query(comity, "", &text, &err));
    json_t *answer = parse(&text);
    json_t *row = json_array_get(json_object_get(answer, "rows"), 0);
    long long entity = number_at(row, "id");
    json_decref(answer);
    assert_ok(comity_show(comity, (uint64_t)entity, &text, &err));
    json_t *shown = parse(&text);
    assert_int_equal(number_at(shown, "entity"), entity);
    assert_true(json_array_size(json_object_get(shown, "statements")) >= 1);
    assert_non_null(
        json_object_get(json_object_get(json_array_get(json_object_get(shown, "statements"), 0), "record"), "DRUG"));
    assert_non_null(json_object_get(json_object_get(shown, "values"), "drug"));
    json_decref(shown);
    /* Mention 101 is row 101 of the first file, which is row 1 of the second. */
    assert_ok(comity_why(comity, 101, 201, &text, &err));
    json_t *why = parse(&text);
    assert_string_equal(json_string_value(json_object_get(why, "verdict")), "together");
    assert_true(json_array_size(json_object_get(why, "reasons")) > 2);
    assert_int_equal(number_at(why, "entity_a"), number_at(why, "entity_b"));
    json_decref(why);
    assert_ok(comity_undo_import(comity, 2, &err));
    assert_ok(comity_link(comity, &text, &err));
    report = parse(&text);
    assert_int_equal(number_at(report, "mentions"), 200);
    assert_true(number_at(report, "entities") < n_entities);
    json_decref(report);
    comity_close(comity);
}

static void errors_say_what_and_where(void **state)
{
    struct comity *comity;
    struct comity_text text;
    (void)state;
    assert_int_equal(comity_create(store, "no-such-domain", &options, &err), COMITY_NOTFOUND);
    assert_int_equal(comity_open(store, &options, &comity, &err), COMITY_NOTFOUND);
    assert_ok(comity_create(store, "drugs", &options, &err));
    assert_ok(comity_open(store, &options, &comity, &err));
    assert_int_equal(comity_import(comity, path_of("a.csv"), "no-such-recipe", &text, &err), COMITY_NOTFOUND);
    assert_non_null(strstr(err.message, "no-such-recipe"));
    assert_null(text.ptr);
    assert_int_equal(comity_query(comity, "drgu=heroin", &text, &err), COMITY_SYNTAX);
    assert_true(err.column > 0);
    assert_int_equal(comity_show(comity, 5, &text, &err), COMITY_NOTFOUND);
    assert_int_equal(comity_undo_import(comity, 5, &err), COMITY_NOTFOUND);
    assert_int_equal(comity_undo_import(comity, 5, NULL), COMITY_NOTFOUND);
    comity_close(comity);
    comity_close(NULL);
}

static void a_reader_may_not_write(void **state)
{
    struct comity *comity;
    struct comity_options reading = options;
    char recipe[128];
    (void)state;
    reading.read_only = 1;
    snprintf(recipe, sizeof recipe, "%s/a.yaml", folder);
    assert_ok(comity_create(store, "drugs", &options, &err));
    assert_ok(comity_open(store, &reading, &comity, &err));
    assert_int_equal(comity_import(comity, path_of("a.csv"), recipe, NULL, &err), COMITY_REFUSED);
    assert_int_equal(comity_link(comity, NULL, &err), COMITY_REFUSED);
    comity_close(comity);
}

static void a_handle_sees_what_another_writes(void **state)
{
    struct comity *writer, *reader;
    struct comity_text before, after;
    struct comity_options reading = options;
    (void)state;
    reading.read_only = 1;
    assert_ok(comity_create(store, "drugs", &options, &err));
    assert_ok(comity_open(store, &options, &writer, &err));
    assert_ok(comity_open(store, &reading, &reader, &err));
    assert_ok(comity_query(reader, "", &before, &err));
    import_both(writer);
    assert_ok(comity_query(reader, "", &after, &err));
    assert_string_not_equal(before.ptr, after.ptr);
    comity_text_free(&before);
    comity_text_free(&after);
    comity_close(reader);
    comity_close(writer);
}

static void the_example_runs(void **state)
{
    char command[1024], line[256] = "";
    (void)state;
    snprintf(command, sizeof command,
        "'%s/example_import_and_link' '%s' '%s/a.csv' '%s/a.yaml' 'drug=heroin' '%s' 2> '%s/log'", BINARY_FOLDER, store,
        folder, folder, DATA_FOLDER, folder);
    FILE *out = popen(command, "r");
    assert_non_null(out);
    assert_non_null(fgets(line, sizeof line, out));
    while (fgetc(out) != EOF)
        continue;
    assert_int_equal(pclose(out), 0);
    assert_int_equal(line[0], '{');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_sources_become_one_record_for_each_event, begin, end),
        cmocka_unit_test_setup_teardown(errors_say_what_and_where, begin, end),
        cmocka_unit_test_setup_teardown(a_reader_may_not_write, begin, end),
        cmocka_unit_test_setup_teardown(a_handle_sees_what_another_writes, begin, end),
        cmocka_unit_test_setup_teardown(the_example_runs, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
