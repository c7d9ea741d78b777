/* page.h - one request being answered: what was asked, of which snapshot, in which language, and where the answer goes.
 *
 * A page is one resource (situation, records, entity, sources, about the data). Its function builds the answer once and
 * writes it in the format of the address's suffix. All memory comes from the request's arena. The route table below is
 * the only list of pages there is: the server, the navigation and the tests go by it.
 */
#ifndef PAGE_PAGE_H
#define PAGE_PAGE_H

#include "flow/desk.h"
#include "http/http.h"
#include "page/catalogue.h"
#include "page/html.h"
#include "share/door.h"

#include <pthread.h>

enum page_format { PAGE_HTML, PAGE_JSON, PAGE_CSV, PAGE_GEOJSON };

/* A store for reading, shared by the request threads: one at a time. */
struct page_store {
    pthread_mutex_t lock;
    struct store *store;
};

struct answer_cache;
struct cached_answer;
struct schedule;
struct publisher;

struct page {
    const struct http_request *request;
    struct http_response *response;
    struct arena *arena;
    struct snapshot *snapshot; /* null: who asks may not see any data */
    const struct domain *domain;
    struct page_store *store;
    struct answer_cache *cache;
    struct reader reader;
    struct cabinet *cabinet; /* where files beside entries lie; null without a door */
    const char *store_path;
    struct publisher *publisher;   /* links what is decided (http/publisher.h); null: that waits for the next linking */
    struct door *door;             /* how people come in; null: a desk of its own, where nobody does */
    bool has_people;               /* somebody has an account: strangers see nothing */
    const struct account *account; /* who asks; null: a stranger, or whoever sits at the desk */
    struct slice session;          /* the token that the browser sent, whether it is good or not */
    uint32_t rights;               /* share/role.h */
    struct schedule *schedule;     /* of the server's own backups (keep/schedule.h); null: there are none */
    int64_t now;                   /* seconds since 1970 */
    struct query query;
    struct catalogue catalogue;
    enum page_format format;
    const struct route *route;
    struct slice own;             /* what was sent under the route's own keys, encoded: "series=a&period=month" */
    struct slice path;            /* without suffix: "/records" */
    struct slice subject;         /* what stands for "*" in the pattern: "/entity/17" gives "17" */
    struct cached_answer *cached; /* the answer in use, given back when the request is over */
    struct html html;             /* writes into the response's body */
};

struct route {
    const char *name;    /* "records" */
    const char *pattern; /* "/records"; "/entity/" + "*" */
    const char *title;   /* English, translated when shown */
    unsigned formats;    /* bits 1 << enum page_format */
    bool is_in_menu;
    bool is_live; /* tells of more than the store's sequence number counts, such as the time of day: has no ETag */
    enum route_place { ROUTE_DATA, ROUTE_STRANGERS, ROUTE_OWN, ROUTE_PEOPLE } place;
    uint32_t needs;              /* rights of who asks: share/role.h */
    const char *const *own_keys; /* keys of this page beside the query's, null at the end; or null */
    enum comity_status (*answer)(struct page *page, struct comity_error *err);
    enum comity_status (*act)(struct page *page, struct comity_error *err); /* on a POST; null: there is none */
    const char *island; /* its script, beside that of every page; or null */
    uint64_t most_body; /* of a POST, in bytes; 0: what forms need */
};
const struct route *page_routes(size_t *n);
/* The route of a path and its suffix: "/records.csv" → records, PAGE_CSV. Null when there is none. */
const struct route *page_route(struct slice path, enum page_format *format, struct slice *plain, struct slice *subject);

/* One file each. */
enum comity_status page_situation(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_records(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_entity(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_why(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_review(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_judge(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status act_judge(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_changes(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_sources(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_coverage(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_import(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_about_data(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_codebook(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_names(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_reconcile(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_quality(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_login(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status act_login(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_login_code(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status act_login_code(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_logout(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status act_logout(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_join(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status act_join(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_account(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status act_account(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_factor(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status act_factor(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_people(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status act_people(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_entries(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status act_entries(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_entry_new(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status act_entry_new(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_entry(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status act_entry(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_entry_edit(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_attachment(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status act_entry_edit(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_paste(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status act_paste(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_template(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_openapi(struct page *page, struct comity_error *err) COMITY_MUST_USE;
enum comity_status page_ledger(struct page *page, struct comity_error *err) COMITY_MUST_USE;
/* Where somebody comes from: fields.c. */
struct visit page_visit(const struct page *page);
/* The page, or problem+json (RFC 9457), of a failure. Never fails itself. */
void page_problem(struct page *page, const struct comity_error *err);

/* ---- frame.c: what stands around every page ------------------------------------------------------------------- */

/* `title`: of the tab and the heading, translated already. */
void frame_begin(struct page *page, struct slice title);
void frame_end(struct page *page);
/* The formats of this very answer, as links. */
void frame_exports(struct page *page);
/* Whether a source is simulated: then every page and export says so. */
bool page_is_simulated(const struct page *page);
/* "Simulated data: …", for exports; empty when nothing is simulated. */
struct slice page_simulated_note(const struct page *page);

/* ---- text.c: strings in the arena ----------------------------------------------------------------------------- */

struct slice page_format_text(struct page *page, const char *format, ...) COMITY_PRINTF(2, 3);
/* "1,234" or "1 234", as the language groups. */
struct slice page_number(struct page *page, uint64_t n);
/* "83.1 %"; only what is whole is shown as 100, only nothing as 0. NAN: a dash. */
struct slice page_percent(struct page *page, double share);
/* With up to three decimals, fewer the larger it is. */
struct slice page_decimal(struct page *page, double number);
/* "61,300 kg": a base-unit amount in the unit that its dimension is shown in. */
struct slice page_amount(struct page *page, uint32_t dimension, double base_amount);
struct slice page_value(struct page *page, int field, const struct value *value);
/* The same, but amounts in the unit that their dimension is shown in, so that a column can be compared. */
struct slice page_shown_value(struct page *page, int field, const struct value *value);
struct slice page_field_label(const struct page *page, int field);
struct slice page_kind_label(const struct page *page, bool is_many);
struct slice page_day(struct page *page, int32_t day);
struct slice page_joined(struct page *page, const struct slice *parts, size_t n, const char *separator);

/* A translated sentence with named places: "{rows} rows from {sources} sources". Values are written in <bdi>; with an
 * address, as a link. A place without a value stays as it is, so that a slip is seen. */
struct say {
    const char *name;
    struct slice value;
    struct slice address;
};
void page_say_n(struct page *page, const char *sentence, const struct say *values, size_t n);
#define page_say(page, sentence, ...)                                                                                  \
    page_say_n((page), (sentence), (const struct say[]){__VA_ARGS__},                                                  \
        sizeof((const struct say[]){__VA_ARGS__}) / sizeof(struct say))
/* The same as text, in the arena. */
struct slice page_sentence_n(struct page *page, const char *sentence, const struct say *values, size_t n);

/* ---- link.c: addresses ---------------------------------------------------------------------------------------- */

/* `path` with the page's query: without term `without` (-1: with all), with `extra` ("country=CO", encoded; may be
 * null: it widens a term of its key), from the first row. Where `path` is this page's, with what is its own. */
struct slice page_address(struct page *page, const char *path, int without, const char *extra);
/* This page with its query in another format (".json"), from the same row; in another language ("lang=fr"); and the
 * first page. */
struct slice page_here(struct page *page, const char *suffix);
struct slice page_in_language(struct page *page, const char *extra);
struct slice page_home(struct page *page);
/* What was sent under one of the route's own keys, decoded; several times: with commas between. Empty: nothing was. */
struct slice page_own(struct page *page, const char *key);
/* This page with one of its own keys set to a word of ours; null: without it. */
struct slice page_with_own(struct page *page, const char *key, const char *value);
/* The same with the value of a facet chosen, or no longer: what a click on it does. */
struct slice page_toggle(struct page *page, const char *path, struct slice key, struct slice value);
struct slice page_entity_address(struct page *page, uint64_t entity);
struct slice page_encode(struct page *page, struct slice text);
/* The term that chooses values of a key, or -1. */
int page_term_of(const struct page *page, struct slice key);
/* "Without a quantity": what a word of `doubtful=` finds, translated. */
const char *page_doubt_label(const struct page *page, enum doubt doubt);
/* What a term says, for people: "Country: Ecuador, Belgium". */
struct slice page_term_text(struct page *page, const struct query_term *term);

/* ---- list.c: a table of entities ------------------------------------------------------------------------------ */

/* The fields worth a column: those with a role, then facets. Returns how many. */
size_t list_fields(const struct page *page, int fields[DOMAIN_MOST_FIELDS]);
void list_table(struct page *page, const struct answer *answer, struct slice caption);
/* An entity in one line: "2016-01-18 · Cocaine-type · 50 kg · Cartagena". */
struct slice list_title(struct page *page, uint32_t index);
/* Whether its mentions disagree on a field. */
bool list_is_disputed(const struct page *page, uint32_t index, int field);
const struct value *list_value(const struct page *page, uint32_t index, int field);

#endif
