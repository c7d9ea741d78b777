/* routes.c - the one list of pages. */
#include "page/page.h"

enum { TABLE = 1u << PAGE_HTML | 1u << PAGE_JSON | 1u << PAGE_CSV, PLACES = TABLE | 1u << PAGE_GEOJSON };

/* Titles are marked for xgettext here and translated where they are shown. */
#define TITLE(english) english

static const char *const RECONCILE_KEYS[] = {"series", "against", "edition", "period", "level", "group", "only", NULL};

static const struct route ROUTES[] = {
    {"situation", "/", TITLE("Situation"), PLACES, true, false, NULL, page_situation},
    {"records", "/records", TITLE("Records"), PLACES, true, false, NULL, page_records},
    {"entity", "/entity/*", TITLE("Record"), PLACES, false, false, NULL, page_entity},
    {"sources", "/sources", TITLE("Sources"), TABLE, true, true, NULL, page_sources},
    {"coverage", "/coverage", TITLE("Coverage"), TABLE, true, false, NULL, page_coverage},
    {"coverage-year", "/coverage/*", TITLE("Coverage"), TABLE, false, false, NULL, page_coverage},
    {"quality", "/quality", TITLE("Quality of sources"), TABLE, false, false, NULL, page_quality},
    {"import", "/import/*", TITLE("Import"), TABLE, false, false, NULL, page_import},
    {"reconcile", "/reconcile", TITLE("Sums"), TABLE, true, false, RECONCILE_KEYS, page_reconcile},
    {"names", "/names", TITLE("Unresolved names"), TABLE, true, false, NULL, page_names},
    {"about-data", "/about-data", TITLE("About the data"), TABLE, true, false, NULL, page_about_data},
};

const struct route *page_routes(size_t *n)
{
    *n = sizeof ROUTES / sizeof *ROUTES;
    return ROUTES;
}

static struct slice cut_suffix(struct slice path, enum page_format *format)
{
    static const struct {
        const char *end;
        enum page_format format;
    } ENDS[] = {{".json", PAGE_JSON}, {".csv", PAGE_CSV}, {".geojson", PAGE_GEOJSON}};
    *format = PAGE_HTML;
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        if (!slice_ends_with(path, slice_from(ENDS[i].end)))
            continue;
        *format = ENDS[i].format;
        return slice_of(path.ptr, path.len - strlen(ENDS[i].end));
    }
    return path;
}

static bool matches(struct slice path, const char *pattern, struct slice *subject)
{
    struct slice want = slice_from(pattern);
    *subject = SLICE_EMPTY;
    if (want.ptr[want.len - 1] != '*')
        return slice_equal(path, want);
    want.len--;
    if (!slice_starts_with(path, want) || path.len == want.len)
        return false;
    *subject = slice_of(path.ptr + want.len, path.len - want.len);
    return slice_find(*subject, SLICE("/")) < 0;
}

const struct route *page_route(struct slice path, enum page_format *format, struct slice *plain, struct slice *subject)
{
    *plain = cut_suffix(path, format);
    if (slice_is(*plain, "/situation"))
        *plain = SLICE("/");
    for (size_t i = 0; i < sizeof ROUTES / sizeof *ROUTES; i++)
        if (matches(*plain, ROUTES[i].pattern, subject) && ROUTES[i].formats & 1u << *format)
            return &ROUTES[i];
    return NULL;
}
