/* What importing a file promises: receipt, rejects, nothing twice, nothing left behind. */
#include "unit.h"

#include "base/calendar.h"
#include "base/error.h"
#include "flow/desk.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static const struct reader tester = {.language = "en", .name = "tester"};

static const char recipe_yaml[] = "recipe: small\n"
                                  "domain: drugs\n"
                                  "source: { code: small, title: A small source, kind: official, reliability: B, "
                                  "licence: CC0, marking: 'TLP:CLEAR' }\n"
                                  "file: { format: auto }\n"
                                  "null: ['--']\n"
                                  "fields:\n"
                                  "  - { field: date, column: DAY, order: ymd, required: true }\n"
                                  "  - { field: country, value: Colombia }\n"
                                  "  - { field: drug, column: DRUG }\n"
                                  "  - { field: amount, column: KG, unit: kg }\n";

static const char table[] = "DAY,DRUG,KG,NOTE\n"
                            "2016-01-18,Cocaine,50,\"a, note\"\n"
                            "2016-01-18,Cocaine,50,\"a, note\"\n"
                            "2016-02-31,Heroin,1,no such day\n"
                            "2016-01-19,Heroin,--,\n"
                            "2016-01-20,Moonshine,7,\"said \"\"so\"\"\"\n";

struct bench {
    char folder[64], store[96], file[96];
    struct desk desk;
    struct recipe *recipe;
    struct comity_error err;
    struct import_options options;
};

#define assert_ok(bench, call)                                                                                         \
    do {                                                                                                               \
        if ((call) != COMITY_OK) {                                                                                     \
            char detail[1200];                                                                                         \
            error_format(&(bench)->err, detail, sizeof detail);                                                        \
            fail_msg("%s: %s", #call, detail);                                                                         \
        }                                                                                                              \
    } while (0)

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static void begin(struct bench *b)
{
    struct desk_options options = {.data_folder = DATA_FOLDER, .mode = STORE_WRITE};
    memset(b, 0, sizeof *b);
    snprintf(b->folder, sizeof b->folder, "/tmp/comity-flow-XXXXXX");
    assert_non_null(mkdtemp(b->folder));
    snprintf(b->store, sizeof b->store, "%s/test.comity", b->folder);
    snprintf(b->file, sizeof b->file, "%s/table.csv", b->folder);
    assert_ok(b, store_create(b->store, SLICE("drugs"), SLICE("1"), &b->err));
    assert_ok(b, desk_open(&b->desk, b->store, &options, &b->err));
    assert_ok(b, recipe_parse(slice_from(recipe_yaml), "small", b->desk.domain, &b->recipe, &b->err));
    b->options.who = &tester;
    write_file(b->file, table);
}

static void end(struct bench *b)
{
    char command[128];
    uint64_t n_lines;
    assert_ok(b, store_verify(b->desk.store, &n_lines, &b->err));
    recipe_free(b->recipe);
    desk_close(&b->desk);
    snprintf(command, sizeof command, "rm -r '%s'", b->folder);
    assert_int_equal(system(command), 0);
}

static size_t n_live(struct bench *b)
{
    struct mentions mentions;
    uint64_t *entity_of, sequence;
    assert_ok(b, store_load(b->desk.store, b->desk.domain, &mentions, &entity_of, &sequence, &b->err));
    size_t n = mentions.n;
    mentions_release(&mentions);
    free(entity_of);
    return n;
}

static bool file_is(const char *path, const char *expected)
{
    char text[4096] = "";
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    if (n != strlen(expected) || strcmp(text, expected) != 0)
        print_message("'%s' holds:\n%s", path, text);
    return strcmp(text, expected) == 0;
}

static json_t *parse(struct slice json)
{
    json_error_t error;
    json_t *value = json_loadb(json.ptr, json.len, 0, &error);
    if (!value)
        fail_msg("the receipt is no JSON: %s", error.text);
    return value;
}

static void good_rows_are_stored_and_bad_ones_go_to_the_rejects(void **state)
{
    struct bench b;
    struct import_receipt receipt;
    char path[128];
    (void)state;
    begin(&b);
    assert_ok(&b, desk_import(&b.desk, b.file, b.recipe, &b.options, &receipt, &b.err));
    assert_int_equal(receipt.number, 1);
    assert_int_equal(receipt.counts.n_rows, 5);
    assert_int_equal(receipt.counts.n_new, 4);
    assert_int_equal(receipt.counts.n_rejected, 1);
    assert_int_equal(n_live(&b), 4);
    snprintf(path, sizeof path, "%s.rejects.csv", b.file);
    json_t *json = parse(receipt.json);
    json_t *group = json_array_get(json_object_get(json, "rejects"), 0);
    char expected[512];
    snprintf(expected, sizeof expected, "DAY,DRUG,KG,NOTE,comity_reason\n2016-02-31,Heroin,1,no such day,%s\n",
        json_string_value(json_object_get(group, "example")));
    assert_true(file_is(path, expected));
    assert_int_equal(json_integer_value(json_object_get(group, "count")), 1);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(json, "counts"), "new")), 4);
    assert_string_equal(json_string_value(json_object_get(json, "rejects_file")), path);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(json_object_get(json, "fields"), "drug"), "unread")), 1);
    json_t *unread = json_array_get(json_object_get(json_object_get(json, "unread"), "drug"), 0);
    assert_string_equal(json_string_value(json_object_get(unread, "text")), "Moonshine");
    json_decref(json);
    import_receipt_release(&receipt);
    end(&b);
}

static void rejects_of_an_earlier_import_stay(void **state)
{
    static const char *const names[] = {".rejects.csv", ".rejects-2.csv", ".rejects-3.csv"};
    struct bench b;
    (void)state;
    begin(&b);
    for (size_t i = 0; i < 3; i++) {
        struct import_receipt receipt;
        char path[128], text[160];
        snprintf(text, sizeof text, "DAY,DRUG,KG,NOTE\n2016-02-3%zu,Heroin,1,\n", i);
        write_file(b.file, text);
        assert_ok(&b, desk_import(&b.desk, b.file, b.recipe, &b.options, &receipt, &b.err));
        snprintf(path, sizeof path, "%s%s", b.file, names[i]);
        json_t *json = parse(receipt.json);
        assert_string_equal(json_string_value(json_object_get(json, "rejects_file")), path);
        json_decref(json);
        import_receipt_release(&receipt);
        for (size_t k = 0; k <= i; k++) {
            snprintf(path, sizeof path, "%s%s", b.file, names[k]);
            snprintf(text, sizeof text, "grep -q 2016-02-3%zu '%s'", k, path);
            assert_int_equal(system(text), 0);
        }
    }
    end(&b);
}

static void an_empty_file_is_told(void **state)
{
    static const char *const texts[] = {"", "\n \n\n", "\xEF\xBB\xBF"};
    struct bench b;
    (void)state;
    begin(&b);
    for (size_t i = 0; i < 3; i++) {
        struct import_receipt receipt;
        write_file(b.file, texts[i]);
        assert_int_equal(desk_import(&b.desk, b.file, b.recipe, &b.options, &receipt, &b.err), COMITY_INPUT);
        assert_non_null(strstr(b.err.message, "the file is empty"));
    }
    assert_int_equal(n_live(&b), 0);
    end(&b);
}

static void the_same_file_twice_adds_nothing_and_says_so(void **state)
{
    struct bench b;
    struct import_receipt receipt;
    (void)state;
    begin(&b);
    assert_ok(&b, desk_import(&b.desk, b.file, b.recipe, &b.options, &receipt, &b.err));
    import_receipt_release(&receipt);
    assert_ok(&b, desk_import(&b.desk, b.file, b.recipe, &b.options, &receipt, &b.err));
    assert_int_equal(receipt.number, 0);
    assert_int_equal(receipt.already, 1);
    import_receipt_release(&receipt);
    /* Other bytes, the same rows. */
    write_file(
        b.file, "DAY;DRUG;KG;NOTE\n2016-01-18;Cocaine;50;\"a, note\"\n2016-01-20;Moonshine;7;\"said \"\"so\"\"\"\n");
    assert_ok(&b, desk_import(&b.desk, b.file, b.recipe, &b.options, &receipt, &b.err));
    assert_int_equal(receipt.number, 2);
    assert_int_equal(receipt.counts.n_unchanged, 2);
    assert_int_equal(receipt.counts.n_new, 0);
    import_receipt_release(&receipt);
    assert_int_equal(n_live(&b), 4);
    end(&b);
}

static void a_dry_run_tells_everything_and_stores_nothing(void **state)
{
    struct bench b;
    struct import_receipt receipt;
    char path[128];
    (void)state;
    begin(&b);
    b.options.is_dry_run = true;
    assert_ok(&b, desk_import(&b.desk, b.file, b.recipe, &b.options, &receipt, &b.err));
    assert_int_equal(receipt.number, 0);
    assert_int_equal(receipt.counts.n_new, 4);
    import_receipt_release(&receipt);
    assert_int_equal(n_live(&b), 0);
    snprintf(path, sizeof path, "%s.rejects.csv", b.file);
    assert_int_not_equal(access(path, F_OK), 0);
    end(&b);
}

static bool refuse(void *context, const char *stage, uint64_t done, uint64_t total)
{
    (void)done, (void)total;
    return strcmp(stage, context) != 0;
}

static void a_stopped_import_leaves_nothing(void **state)
{
    static const char *const stages[] = {"survey", "read", "compare"};
    struct bench b;
    struct import_receipt receipt;
    struct progress progress = {.tell = refuse};
    char path[128];
    (void)state;
    begin(&b);
    snprintf(path, sizeof path, "ls %s | grep -q -e rejects -e tmp", b.folder);
    b.options.progress = &progress;
    for (size_t i = 0; i < 3; i++) {
        progress.context = (void *)stages[i];
        assert_int_equal(desk_import(&b.desk, b.file, b.recipe, &b.options, &receipt, &b.err), COMITY_CANCELLED);
        assert_int_equal(n_live(&b), 0);
        assert_int_not_equal(system(path), 0);
    }
    b.options.progress = NULL;
    assert_ok(&b, desk_import(&b.desk, b.file, b.recipe, &b.options, &receipt, &b.err));
    assert_int_equal(receipt.number, 1);
    import_receipt_release(&receipt);
    end(&b);
}

static void ndjson_is_rejected_as_ndjson(void **state)
{
    struct bench b;
    struct import_receipt receipt;
    char path[128];
    (void)state;
    begin(&b);
    snprintf(b.file, sizeof b.file, "%s/table.ndjson", b.folder);
    write_file(b.file,
        "{\"DAY\":\"2016-01-18\",\"DRUG\":\"Cocaine\",\"KG\":5}\n{\"DAY\":\"never\",\"DRUG\":\"Cocaine\",\"KG\":6}\n");
    assert_ok(&b, desk_import(&b.desk, b.file, b.recipe, &b.options, &receipt, &b.err));
    assert_int_equal(receipt.counts.n_new, 1);
    assert_int_equal(receipt.counts.n_rejected, 1);
    snprintf(path, sizeof path, "%s.rejects.ndjson", b.file);
    json_t *line = json_load_file(path, 0, NULL);
    assert_non_null(line);
    assert_string_equal(json_string_value(json_object_get(line, "DAY")), "never");
    assert_non_null(json_string_value(json_object_get(line, "comity_reason")));
    json_decref(line);
    import_receipt_release(&receipt);
    end(&b);
}

static void standard_input_is_read_like_a_file(void **state)
{
    struct bench b;
    struct import_receipt receipt;
    char path[128];
    (void)state;
    begin(&b);
    assert_non_null(freopen(b.file, "rb", stdin));
    snprintf(path, sizeof path, "%s/rejects.csv", b.folder);
    b.options.rejects_path = path;
    assert_ok(&b, desk_import(&b.desk, "-", b.recipe, &b.options, &receipt, &b.err));
    assert_int_equal(receipt.counts.n_new, 4);
    assert_int_equal(access(path, R_OK), 0);
    json_t *json = parse(receipt.json);
    assert_string_equal(json_string_value(json_object_get(json, "file")), "standard input");
    assert_int_equal(json_integer_value(json_object_get(json, "bytes")), strlen(table));
    json_decref(json);
    import_receipt_release(&receipt);
    /* It is known by its bytes, not by its name. */
    b.options.rejects_path = NULL;
    assert_ok(&b, desk_import(&b.desk, b.file, b.recipe, &b.options, &receipt, &b.err));
    assert_int_equal(receipt.already, 1);
    import_receipt_release(&receipt);
    end(&b);
}

static void rejects_without_a_place_stop_the_import(void **state)
{
    struct bench b;
    struct import_receipt receipt;
    (void)state;
    begin(&b);
    b.options.rejects_path = "/no/such/folder/rejects.csv";
    assert_int_equal(desk_import(&b.desk, b.file, b.recipe, &b.options, &receipt, &b.err), COMITY_IO);
    assert_true(b.err.hint[0]);
    assert_int_equal(n_live(&b), 0);
    end(&b);
}

static void the_record_is_kept_verbatim_with_unmapped_columns(void **state)
{
    struct bench b;
    struct import_receipt receipt;
    struct arena arena = {0};
    struct record record;
    (void)state;
    begin(&b);
    assert_ok(&b, desk_import(&b.desk, b.file, b.recipe, &b.options, &receipt, &b.err));
    import_receipt_release(&receipt);
    assert_ok(&b, store_record(b.desk.store, &tester, 4, &arena, &record, &b.err));
    json_t *raw = parse(record.raw);
    assert_string_equal(json_string_value(json_object_get(raw, "NOTE")), "said \"so\"");
    assert_string_equal(json_string_value(json_object_get(raw, "DRUG")), "Moonshine");
    assert_int_equal(record.row, 5);
    json_decref(raw);
    arena_release(&arena);
    end(&b);
}

static void a_missing_file_or_column_is_told_and_changes_nothing(void **state)
{
    struct bench b;
    struct import_receipt receipt;
    (void)state;
    begin(&b);
    assert_int_equal(
        desk_import(&b.desk, "/nowhere/at/all.csv", b.recipe, &b.options, &receipt, &b.err), COMITY_NOTFOUND);
    write_file(b.file, "DAY,DRUGS,KG\n2016-01-18,Cocaine,50\n");
    assert_int_equal(desk_import(&b.desk, b.file, b.recipe, &b.options, &receipt, &b.err), COMITY_INPUT);
    assert_int_equal(n_live(&b), 0);
    end(&b);
}

/* ---- what goes wrong while reading ----------------------------------------------------------------------------- */

static const char *grown_path;

/* Somebody writes to the file while it is read. */
static bool grow(void *context, const char *stage, uint64_t done, uint64_t total)
{
    (void)stage, (void)done, (void)total;
    if (*(bool *)context) {
        FILE *file = fopen(grown_path, "ab");
        assert_non_null(file);
        fputs("2016-01-21,Heroin,2,late\n", file);
        assert_int_equal(fclose(file), 0);
        *(bool *)context = false;
    }
    return true;
}

static void a_file_that_grows_while_it_is_read_is_told_and_imported_later(void **state)
{
    struct bench b;
    struct import_receipt receipt;
    bool is_to_grow = true;
    struct progress progress = {grow, &is_to_grow};
    (void)state;
    begin(&b);
    grown_path = b.file;
    b.options.progress = &progress;
    assert_int_equal(desk_import(&b.desk, b.file, b.recipe, &b.options, &receipt, &b.err), COMITY_BUSY);
    assert_non_null(strstr(b.err.message, "was changed while it was read: it had 172 bytes, now it has 197"));
    assert_non_null(strstr(b.err.hint, "nothing was imported"));
    assert_int_equal(n_live(&b), 0);
    assert_ok(&b, desk_import(&b.desk, b.file, b.recipe, &b.options, &receipt, &b.err));
    assert_int_equal(receipt.counts.n_new, 5);
    import_receipt_release(&receipt);
    end(&b);
}

static void a_full_disk_for_the_rejects_stops_the_import(void **state)
{
    struct bench b;
    struct import_receipt receipt;
    char rejects[128], temporary[160];
    (void)state;
    begin(&b);
    snprintf(rejects, sizeof rejects, "%s/rejects.csv", b.folder);
    snprintf(temporary, sizeof temporary, "%s.%ld.tmp", rejects, (long)getpid());
    assert_int_equal(symlink("/dev/full", temporary), 0);
    b.options.rejects_path = rejects;
    assert_int_equal(desk_import(&b.desk, b.file, b.recipe, &b.options, &receipt, &b.err), COMITY_IO);
    assert_non_null(strstr(b.err.message, "No space left on device"));
    assert_int_equal(n_live(&b), 0);
    assert_int_not_equal(access(rejects, F_OK), 0);
    end(&b);
}

static void a_cut_archive_is_told_and_nothing_of_it_is_imported(void **state)
{
    enum { ROWS = 60000 };
    struct bench b;
    struct import_receipt receipt;
    (void)state;
    begin(&b);
    gzFile file = gzopen(b.file, "wb");
    gzputs(file, "DAY,DRUG,KG,NOTE\n");
    for (int i = 0; i < ROWS; i++)
        gzprintf(file, "2016-01-%02d,Cocaine,%d,%d\n", 1 + i % 28, i, i * 7919 % 104729);
    assert_int_equal(gzclose(file), Z_OK);
    struct stat info;
    assert_int_equal(stat(b.file, &info), 0);
    assert_int_equal(truncate(b.file, info.st_size * 2 / 3), 0);
    assert_int_equal(desk_import(&b.desk, b.file, b.recipe, &b.options, &receipt, &b.err), COMITY_INPUT);
    assert_non_null(strstr(b.err.message, "the gzip data ends early, near byte"));
    assert_non_null(strstr(b.err.hint, "rows were read before this"));
    assert_string_equal(b.err.where, b.file);
    assert_int_equal(n_live(&b), 0);
    end(&b);
}

/* ---- what stands around the rows --------------------------------------------------------------------------------- */

static void totals_and_footnotes_are_in_the_receipt_and_not_among_the_rows(void **state)
{
    static const char yaml[] = "recipe: framed\n"
                               "domain: drugs\n"
                               "source: { code: framed }\n"
                               "file: { skip: 1, header_rows: 2, totals: auto, footnotes: auto }\n"
                               "fields:\n"
                               "  - { field: date, column: DAY }\n"
                               "  - { field: drug, value: Cocaine }\n"
                               "  - { field: amount, column: Cocaine / kg, unit: kg }\n";
    struct bench b;
    struct import_receipt receipt;
    struct recipe *framed;
    (void)state;
    begin(&b);
    assert_ok(&b, recipe_parse(slice_from(yaml), "framed", b.desk.domain, &framed, &b.err));
    write_file(b.file, "Seizures of 2016,,\nDAY,Cocaine,\n,kg,cases\n2016-01-18,601.8,2\n2016-01-19,601.8,3\n"
                       "Total,\"1,204\",6\n\n\"Source: police, customs\",,\n");
    assert_ok(&b, desk_import(&b.desk, b.file, framed, &b.options, &receipt, &b.err));
    assert_int_equal(receipt.counts.n_rows, 2);
    assert_int_equal(receipt.counts.n_new, 2);
    assert_int_equal(receipt.counts.n_rejected, 0);
    json_t *json = parse(receipt.json), *frame = json_object_get(json, "frame"),
           *notes = json_object_get(json, "notes");
    json_t *total = json_array_get(json_object_get(frame, "totals"), 0);
    assert_string_equal(json_string_value(json_object_get(total, "agrees")), "no");
    assert_string_equal(json_string_value(json_object_get(total, "text")), "Total | 1,204 | 6");
    assert_int_equal(json_integer_value(json_object_get(total, "line")), 6);
    json_t *kg = json_array_get(json_object_get(total, "columns"), 0);
    assert_string_equal(json_string_value(json_object_get(kg, "column")), "Cocaine / kg");
    assert_string_equal(json_string_value(json_object_get(kg, "agrees")), "rounding");
    assert_string_equal(json_string_value(json_array_get(notes, 0)),
        "line 6 is a total, no data: 'Cocaine / cases' says 6, the rows "
        "sum to 5: it does NOT agree with the rows, by 16.7 %");
    assert_string_equal(json_string_value(json_array_get(notes, 1)), "line 8 is a footnote: Source: police, customs");
    assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(frame, "titles"), 0), "text")),
        "Seizures of 2016");
    json_decref(json);
    import_receipt_release(&receipt);
    recipe_free(framed);
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_rows_are_stored_and_bad_ones_go_to_the_rejects),
        cmocka_unit_test(rejects_of_an_earlier_import_stay),
        cmocka_unit_test(an_empty_file_is_told),
        cmocka_unit_test(the_same_file_twice_adds_nothing_and_says_so),
        cmocka_unit_test(a_dry_run_tells_everything_and_stores_nothing),
        cmocka_unit_test(a_stopped_import_leaves_nothing),
        cmocka_unit_test(ndjson_is_rejected_as_ndjson),
        cmocka_unit_test(standard_input_is_read_like_a_file),
        cmocka_unit_test(rejects_without_a_place_stop_the_import),
        cmocka_unit_test(the_record_is_kept_verbatim_with_unmapped_columns),
        cmocka_unit_test(a_missing_file_or_column_is_told_and_changes_nothing),
        cmocka_unit_test(a_file_that_grows_while_it_is_read_is_told_and_imported_later),
        cmocka_unit_test(a_full_disk_for_the_rejects_stops_the_import),
        cmocka_unit_test(a_cut_archive_is_told_and_nothing_of_it_is_imported),
        cmocka_unit_test(totals_and_footnotes_are_in_the_receipt_and_not_among_the_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
