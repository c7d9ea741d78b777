/* The one list of pages: each is found in each of its formats, and nothing else is. */
#include "unit.h"

#include "page/page.h"

#include <stdio.h>

static void every_route_is_found_in_each_of_its_formats(void **state)
{
    (void)state;
    static const char *const ends[] = {"", ".json", ".csv", ".geojson"};
    size_t n;
    const struct route *routes = page_routes(&n);
    assert_true(n >= 5);
    for (size_t i = 0; i < n; i++) {
        for (unsigned f = 0; f < 4; f++) {
            char path[64], number[] = "17";
            struct slice plain, subject;
            enum page_format format;
            size_t star = strcspn(routes[i].pattern, "*");
            snprintf(path, sizeof path, "%.*s%s%s", (int)star, routes[i].pattern, routes[i].pattern[star] ? number : "",
                ends[f]);
            if (strcmp(routes[i].pattern, "/") == 0 && f)
                snprintf(path, sizeof path, "/situation%s", ends[f]);
            const struct route *found = page_route(slice_from(path), &format, &plain, &subject);
            bool has_format = routes[i].formats >> f & 1;
            assert_ptr_equal(found, has_format ? &routes[i] : NULL);
            assert_int_equal(format, f);
            assert_int_equal(slice_is(subject, "17"), has_format && routes[i].pattern[star] == '*');
        }
    }
}

static void paths_that_are_no_page_are_not_found(void **state)
{
    (void)state;
    static const char *const paths[] = {"/nothing", "/records/", "/entity/", "/entity/1/2", "/records.xml", "//", ""};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct slice plain, subject;
        enum page_format format;
        assert_null(page_route(slice_from(paths[i]), &format, &plain, &subject));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_found_in_each_of_its_formats),
        cmocka_unit_test(paths_that_are_no_page_are_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
