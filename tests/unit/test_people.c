/* The other subject end to end: a file of invented people through the people pack and its recipe, without a line of C
 * of its own. Skipped where ../shared/data is missing. */
#include "unit.h"

#include "read/recipe.h"

#include <stdio.h>
#include <unistd.h>

#define FILE_OF_PEOPLE SOURCE_FOLDER "/../shared/data/linkage/fake_1000.csv"

struct people {
    struct domain *domain;
    struct recipe *recipe;
    struct rows *rows;
    struct recipe_run *run;
    struct mentions mentions;
};

static void assert_ok(enum comity_status status, const struct comity_error *err)
{
    if (status != COMITY_OK)
        fail_msg("%s:%u: %s (%s)", err->where, err->line, err->message, err->hint);
}

static void people_open(struct people *people)
{
    struct comity_error err;
    assert_ok(domain_load(SOURCE_FOLDER "/domains/people", NULL, &people->domain, &err), &err);
    assert_ok(
        recipe_load(SOURCE_FOLDER "/domains/people/recipes/fake-1000.yaml", people->domain, &people->recipe, &err),
        &err);
    assert_ok(rows_open(FILE_OF_PEOPLE, recipe_rows_options(people->recipe), &people->rows, &err), &err);
    assert_ok(recipe_begin(people->recipe, people->rows, &people->run, &err), &err);
    assert_ok(recipe_survey_done(people->run, &err), &err);
    assert_ok(mentions_init(&people->mentions, people->domain, &err), &err);
}

static void people_close(struct people *people)
{
    mentions_release(&people->mentions);
    recipe_end(people->run);
    rows_close(people->rows);
    recipe_free(people->recipe);
    domain_free(people->domain);
}

static void people_read(struct people *people)
{
    struct comity_error err;
    struct row row;
    bool has_row;
    for (;;) {
        const struct reading *readings;
        enum reading_outcome outcome;
        struct slice reason, mend;
        size_t n;
        assert_ok(rows_next(people->rows, &row, &has_row, &err), &err);
        if (!has_row)
            return;
        assert_ok(recipe_read_row(people->run, &row, &outcome, &readings, &n, &reason, &mend, &err), &err);
        assert_int_equal(outcome, READING_OK);
        assert_int_equal(n, 1);
        struct mention_row added = {.id = row.number, .packed = readings[0].packed};
        assert_ok(mentions_add(&people->mentions, &added, &err), &err);
    }
}

/* The counts of empty cells are those of the file: 831 first names and 789 e-mail addresses. */
static void invented_people_are_read(void **state)
{
    struct people people = {0};
    (void)state;
    people_open(&people);
    people_read(&people);
    const struct mentions *mentions = &people.mentions;
    int name = domain_field(people.domain, SLICE("name")), email = domain_field(people.domain, SLICE("email"));
    assert_int_equal(mentions->n, 1000);
    assert_int_equal(mentions->columns[name].frequency[0], 1000 - 831);
    assert_int_equal(mentions->columns[email].frequency[0], 1000 - 789);
    assert_true(slice_is(mention_value(mentions, 2, name)->text, "rob"));
    assert_true(slice_is(mention_value(mentions, 2, email)->text, "ROBERTA25@SMITH.NET"));
    assert_int_equal(mention_value(mentions, 2, people.domain->when)->precision, DATE_DAY);
    people_close(&people);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(invented_people_are_read)};
    if (access(FILE_OF_PEOPLE, R_OK) != 0) {
        fprintf(stderr, "skipped: %s is not there\n", FILE_OF_PEOPLE);
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
