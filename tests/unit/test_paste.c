/* What pasting rows promises: cells as spreadsheets write them, headers in any language, rows of one case one entry,
 * and nothing lost. */
#include "unit.h"

#include "entry_table_world.h"

#include "failing_malloc.h"

#include "base/error.h"
#include "flow/paste.h"

#include <stdio.h>

static enum comity_status ask(const char *text, struct arena *into, struct paste *out, struct comity_error *err)
{
    struct paste_asking asking = {.table = &table,
        .text = slice_from(text),
        .agency = SLICE("Customs"),
        .agency_key = "agency",
        .now = INT64_C(1790000000), /* 2026-09-21 */
        .language = LANGUAGE_EN};
    return paste_read(&asking, into, out, err);
}

static struct paste paste(const char *text)
{
    struct comity_error err = {0};
    struct paste out;
    if (ask(text, &arena, &out, &err))
        fail_msg("%s", err.message);
    return out;
}

#define assert_says(paste, entry, key, expected)                                                                       \
    do {                                                                                                               \
        struct slice said = entry_text(&(paste)->entries[entry].content, SLICE(key));                                  \
        if (!slice_is(said, expected))                                                                                 \
            fail_msg("%s is '%.*s'", key, SLICE_ARG(said));                                                            \
    } while (0)

#define HEADER "Case\tFecha\tCountry\tDrug\tAmount\tUnit\n"

static void rows_of_a_case_are_one_entry(void **state)
{
    (void)state;
    struct paste p = paste(HEADER "C-1\t2026-03-17\tEcuador\tcocaina\t12,5\tkg\r\n"
                                  "c-1\t\t\theroin\t300 g\t\r\n"
                                  "\t\t\tcannabis\t1\tkg\n"
                                  "C-2\t2026-03-18\tEcuador\tCocaine\t1 kg\t\n"
                                  "\n"
                                  "C-1\t2026-03-17\tEcuador\tLSD\t10 blotters");
    assert_true(p.has_header);
    assert_int_equal(p.n_rows, 5);
    assert_int_equal(p.n_entries, 2);
    assert_int_equal(p.entries[0].n_rows, 4);
    assert_says(&p, 0, "drugs.1.amount", "12,5 kg");
    assert_says(&p, 0, "drugs.2.amount", "300 g");
    assert_says(&p, 0, "drugs.3.drug", "cannabis");
    assert_says(&p, 0, "drugs.4.drug", "LSD");
    assert_says(&p, 0, "agency", "Customs");
    assert_int_equal(p.entries[0].reading.n_open, 0);
    assert_int_equal(p.entries[0].reading.n_parts, 4);
    assert_false(p.entries[0].has_conflict);
    assert_int_equal(p.rows[4].entry, 0);
}

static void without_a_header_the_order_is_the_templates(void **state)
{
    (void)state;
    struct paste p = paste("C-1\t\t2026-03-17\t\tEcuador\tGuayaquil\t\t\t\t\tCocaine\t12.5\tkg\n");
    assert_false(p.has_header);
    assert_int_equal(p.n_rows, 1);
    assert_says(&p, 0, "place", "Guayaquil");
    assert_says(&p, 0, "drugs.1.amount", "12.5 kg");
    assert_int_equal(p.entries[0].reading.n_open, 0);
}

static void keys_labels_and_the_example_are_no_data(void **state)
{
    (void)state;
    struct paste p = paste("case\tdate\tdrugs.drug\tdrugs.amount\n"
                           "Case *\tDate *\tDrug *\tAmount *\n"
                           "EXAMPLE 2026/0317\t2026-03-17\tCocaine\t12.5 kg\n"
                           "C-9\t2026-03-17\tCocaine\t1 kg\n");
    assert_int_equal(p.n_rows, 1);
    assert_says(&p, 0, "case", "C-9");
}

static void cells_in_quotes_are_whole(void **state)
{
    struct buffer out;
    const struct slice cells[] = {SLICE("C-1"), SLICE("a\tb \"c\"\nd"), SLICE("\"q"), SLICE("")};
    (void)state;
    struct paste p = paste("Case\tRemark\tAgency\nC-1\t\"two\nlines and \"\"quotes\"\"\"\t\"half\n");
    assert_int_equal(p.n_rows, 1);
    assert_says(&p, 0, "note", "two\nlines and \"quotes\"");
    assert_says(&p, 0, "agency", "\"half");
    buffer_init(&out, 1000);
    paste_write_row(cells, 4, &out);
    assert_string_equal(out.ptr, "C-1\t\"a\tb \"\"c\"\"\nd\"\t\"\"\"q\"\n");
    buffer_release(&out);
}

static void nothing_is_lost(void **state)
{
    (void)state;
    struct paste p = paste(HEADER "C-1\t2026-03-17\tEcuador\tCocaine\t1\tkg\ttoo much\n"
                                  "\t\t\tHeroin\t1\tkg\n"
                                  "C-2\t2026-03-17\tEcuador\tCocaine\t1\tkg\n");
    assert_non_null(p.rows[0].fault);
    assert_int_equal(p.rows[0].entry, PASTE_NO_ENTRY);
    assert_true(slice_is(p.rows[0].raw, "C-1\t2026-03-17\tEcuador\tCocaine\t1\tkg\ttoo much"));
    assert_non_null(p.rows[1].fault); /* it belongs to the row above */
    assert_int_equal(p.n_entries, 1);
    assert_true(slice_is(p.header, "Case\tFecha\tCountry\tDrug\tAmount\tUnit"));
}

static void rows_that_contradict_each_other_are_told(void **state)
{
    (void)state;
    struct paste p =
        paste(HEADER "C-1\t2026-03-17\tEcuador\tCocaine\t1\tkg\nC-1\t2026-03-18\tEcuador\tHeroin\t1\tkg\n");
    assert_true(p.entries[0].has_conflict);
    assert_int_equal(p.rows[0].odd_column, -1);
    assert_int_equal(p.rows[1].odd_column, entry_table_find(&table, SLICE("date")));
    assert_says(&p, 0, "date", "2026-03-17");
}

static void a_case_with_too_many_lines_is_not_cut(void **state)
{
    struct buffer text;
    (void)state;
    buffer_init(&text, 1 << 20);
    buffer_add_slice(&text, SLICE(HEADER));
    for (unsigned i = 0; i <= table.domain->form->parts->most; i++)
        buffer_add_slice(&text, SLICE("C-1\t2026-03-17\tEcuador\tCocaine\t1\tkg\n"));
    struct paste p = paste(text.ptr);
    assert_non_null(p.rows[p.n_rows - 1].fault);
    assert_int_equal(p.n_entries, 1);
    assert_true(p.entries[0].has_conflict);
    buffer_release(&text);
}

static void amounts_in_other_digits_have_their_unit(void **state)
{
    (void)state;
    struct paste p = paste(HEADER "C-1\t2026-03-17\tEcuador\tCocaine\t١٢\tkg\n"
                                  "\t\t\tHeroin\t½\tkg\n\t\t\tLSD\t3 g\tkg\n");
    assert_says(&p, 0, "drugs.1.amount", "١٢ kg");
    assert_says(&p, 0, "drugs.2.amount", "½ kg");
    assert_says(&p, 0, "drugs.3.amount", "3 g");
}

static void faults_are_those_of_the_form(void **state)
{
    (void)state;
    struct paste p = paste(HEADER "C-1\t2026-13-45\tEcuador\tCocaine\t1\tkg\nC-2\t2026-03-18\tEcuador\t\t1\tkg\n");
    assert_int_equal(p.entries[0].reading.n_open, 1);
    assert_int_equal(p.entries[1].reading.n_open, 1);
}

/* Sent again it is the same; two that say the same are two. */
static void fingerprints_tell_apart(void **state)
{
    static const char text[] = HEADER "\t2026-03-17\tEcuador\tCocaine\t1\tkg\n\t2026-03-17\tEcuador\tCocaine\t1\tkg\n";
    (void)state;
    struct paste a = paste(text), b = paste(text);
    assert_int_equal(a.n_entries, 2);
    assert_true(a.entries[0].print[1] != a.entries[1].print[1]);
    for (int i = 0; i < 2; i++)
        assert_memory_equal(a.entries[i].print, b.entries[i].print, sizeof a.entries[i].print);
}

static void there_is_a_limit(void **state)
{
    struct comity_error err = {0};
    struct buffer text;
    struct paste out;
    (void)state;
    buffer_init(&text, 1 << 20);
    buffer_add_string(&text, HEADER);
    for (int i = 0; i < PASTE_MOST_ROWS; i++)
        buffer_format(&text, "C-%d\t2026-03-17\tEcuador\tCocaine\t1\tkg\n", i);
    assert_int_equal(paste(text.ptr).n_entries, PASTE_MOST_ROWS);
    buffer_add_string(&text, "C-x\t2026-03-17\tEcuador\tCocaine\t1\tkg\n");
    assert_int_equal(ask(text.ptr, &arena, &out, &err), COMITY_LIMIT);
    buffer_clear(&text);
    for (int i = 0; i < 300; i++)
        buffer_add_string(&text, "x\t");
    assert_int_equal(ask(text.ptr, &arena, &out, &err), COMITY_LIMIT);
    buffer_release(&text);
}

static void odd_texts_harm_nothing(void **state)
{
    static const char *const texts[] = {"", "\n\n", "\t\t\t", "\"", "\"\"", "\"\"\"\t", "\xFF\xFE\t\x01", HEADER, "x"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        paste(texts[i]);
}

static void out_of_memory_is_told(void **state)
{
    bool has_failed = true;
    (void)state;
    for (long n = 0; has_failed && n < 5000; n++) {
        struct arena own = {0};
        struct comity_error err = {0};
        struct paste out;
        failing_malloc_after(n);
        enum comity_status status = ask(HEADER "C-1\t2026-03-17\tEcuador\tcocaina\t12,5\tkg\n", &own, &out, &err);
        has_failed = failing_malloc_stop();
        assert_true(status == COMITY_OK || status == COMITY_NOMEM);
        arena_release(&own);
    }
    assert_false(has_failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_a_case_are_one_entry),
        cmocka_unit_test(without_a_header_the_order_is_the_templates),
        cmocka_unit_test(keys_labels_and_the_example_are_no_data),
        cmocka_unit_test(cells_in_quotes_are_whole),
        cmocka_unit_test(nothing_is_lost),
        cmocka_unit_test(rows_that_contradict_each_other_are_told),
        cmocka_unit_test(a_case_with_too_many_lines_is_not_cut),
        cmocka_unit_test(amounts_in_other_digits_have_their_unit),
        cmocka_unit_test(faults_are_those_of_the_form),
        cmocka_unit_test(fingerprints_tell_apart),
        cmocka_unit_test(there_is_a_limit),
        cmocka_unit_test(odd_texts_harm_nothing),
        cmocka_unit_test(out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, open_domain, close_domain);
}
