/* routes.c - the one list of pages. */
#include "page/page.h"
#include "store/attachment.h"

enum {
    ANSWER = 1u << PAGE_HTML | 1u << PAGE_JSON,
    TABLE = ANSWER | 1u << PAGE_CSV,
    PLACES = TABLE | 1u << PAGE_GEOJSON,
    PEOPLE = 1u << PAGE_HTML
};

/* Titles are marked for xgettext here and translated where they are shown. */
#define TITLE(english) english

static const char *const RECONCILE_KEYS[] = {"series", "against", "edition", "period", "level", "group", "only", NULL};

static const char *const FIND_KEYS[] = {"find", NULL};

static const char *const CHANGE_KEYS[] = {"since", "after", "record", NULL};

static const char *const JUDGED_KEYS[] = {"judged", "look", NULL};
static const char *const QUEUE_KEYS[] = {"skip", "next", "judged", "look", NULL};

static const char *const NEXT_KEYS[] = {"next", NULL};
static const char *const LEDGER_KEYS[] = {"who", "what", "before", NULL};

static const char *const VERSION_KEYS[] = {"version", NULL};
enum {
    MOST_ENTRY = 256 << 10,
    MOST_UPLOAD = ATTACHMENT_MOST_BYTES + (1 << 20),
    MOST_PASTE = 5 << 20 /* a file, or rows */
};

#define READS .place = ROUTE_DATA, .needs = RIGHT_READ
static const struct route ROUTES[] = {
    {"situation", "/", TITLE("Situation"), PLACES, true, READS, .answer = page_situation, .island = "situation.js"},
    {"records", "/records", TITLE("Records"), PLACES, true, READS, .answer = page_records},
    {"entity", "/entity/*", TITLE("Record"), PLACES, false, READS, .answer = page_entity},
    /* What people decide shows at once, before there is a snapshot of it. */
    {"why", "/why/*", TITLE("Why"), ANSWER, false, true, READS, .own_keys = JUDGED_KEYS, .answer = page_why},
    {"review", "/review", TITLE("Doubtful links"), TABLE, false, true, READS, .own_keys = QUEUE_KEYS,
        .answer = page_review},
    {"judge", "/judge", TITLE("Doubtful links"), PEOPLE, .place = ROUTE_PEOPLE, .needs = RIGHT_JUDGE,
        .answer = page_judge, .act = act_judge},
    {"changes", "/entities/changes", TITLE("Changes of records"), 1u << PAGE_JSON, false, READS,
        .own_keys = CHANGE_KEYS, .answer = page_changes},
    {"sources", "/sources", TITLE("Sources"), TABLE, true, true, READS, .answer = page_sources},
    {"coverage", "/coverage", TITLE("Coverage"), TABLE, true, READS, .answer = page_coverage},
    {"coverage-year", "/coverage/*", TITLE("Coverage"), TABLE, false, READS, .answer = page_coverage},
    {"quality", "/quality", TITLE("Quality of sources"), TABLE, false, READS, .answer = page_quality},
    /* A receipt quotes what was not understood, and differences quote values. */
    {"import", "/import/*", TITLE("Import"), TABLE, false, .place = ROUTE_DATA, .needs = RIGHT_READ | RIGHT_RESTRICTED,
        .answer = page_import},
    {"reconcile", "/reconcile", TITLE("Sums"), TABLE, true, READS, .own_keys = RECONCILE_KEYS,
        .answer = page_reconcile},
    {"names", "/names", TITLE("Unresolved names"), TABLE, true, READS, .answer = page_names},
    {"about-data", "/about-data", TITLE("About the data"), TABLE, true, READS, .answer = page_about_data},
    {"codebook", "/codebook", TITLE("Codebook"), TABLE, false, READS, .own_keys = FIND_KEYS, .answer = page_codebook},
    {"openapi", "/openapi", TITLE("Interface for programs"), 1u << PAGE_JSON, false, READS, .answer = page_openapi},
    /* People. What they show is for the one who asks. */
    {"login", "/login", TITLE("Log in"), PEOPLE, .place = ROUTE_STRANGERS, .own_keys = NEXT_KEYS, .answer = page_login,
        .act = act_login},
    {"login-code", "/login/code", TITLE("Second step"), PEOPLE, .place = ROUTE_STRANGERS, .own_keys = NEXT_KEYS,
        .answer = page_login_code, .act = act_login_code},
    {"join", "/join/*", TITLE("Your account"), PEOPLE, .place = ROUTE_STRANGERS, .answer = page_join, .act = act_join},
    {"logout", "/logout", TITLE("Log out"), PEOPLE, .place = ROUTE_OWN, .answer = page_logout, .act = act_logout},
    {"account", "/account", TITLE("Your account"), PEOPLE, .place = ROUTE_OWN, .answer = page_account,
        .act = act_account},
    {"factor", "/account/factor", TITLE("Second factor"), PEOPLE, .place = ROUTE_OWN, .answer = page_factor,
        .act = act_factor},
    {"people", "/people", TITLE("People"), PEOPLE, .place = ROUTE_PEOPLE, .needs = RIGHT_ADMINISTER,
        .answer = page_people, .act = act_people},
    /* Entries: those of one's own unit. */
    {"entries", "/entries", TITLE("Entries"), PEOPLE, .place = ROUTE_PEOPLE, .needs = RIGHT_ENTER,
        .answer = page_entries, .act = act_entries},
    {"entry-new", "/entries/new", TITLE("New entry"), PEOPLE, .place = ROUTE_PEOPLE, .needs = RIGHT_ENTER,
        .answer = page_entry_new, .act = act_entry_new, .most_body = MOST_ENTRY, .island = "entry.js"},
    {"paste", "/entries/paste", TITLE("Paste or upload"), PEOPLE, .place = ROUTE_PEOPLE, .needs = RIGHT_ENTER,
        .answer = page_paste, .act = act_paste, .most_body = MOST_PASTE},
    {"template", "/template.xlsx", TITLE("Template"), PEOPLE, .place = ROUTE_PEOPLE, .needs = RIGHT_ENTER,
        .answer = page_template},
    {"entry", "/entries/*", TITLE("Entry"), PEOPLE, .place = ROUTE_PEOPLE, .needs = RIGHT_ENTER,
        .own_keys = VERSION_KEYS, .answer = page_entry, .act = act_entry, .most_body = MOST_UPLOAD},
    {"attachment", "/attachments/*", TITLE("Attachment"), PEOPLE, .place = ROUTE_PEOPLE, .needs = RIGHT_ENTER,
        .answer = page_attachment},
    {"entry-edit", "/edit/*", TITLE("Correct an entry"), PEOPLE, .place = ROUTE_PEOPLE, .needs = RIGHT_ENTER,
        .answer = page_entry_edit, .act = act_entry_edit, .most_body = MOST_ENTRY, .island = "entry.js"},
    {"ledger", "/ledger", TITLE("Ledger"), TABLE, .place = ROUTE_PEOPLE, .needs = RIGHT_AUDIT, .own_keys = LEDGER_KEYS,
        .answer = page_ledger},
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
    *subject = SLICE_EMPTY;
    return NULL;
}
