/* server.c - from a request to a page: language, query, snapshot, route; and the thread that follows the store. */
#include "http/server.h"

#include "base/calendar.h"
#include "base/error.h"
#include "base/hash.h"
#include "files/cabinet.h"
#include "http/events.h"
#include "http/form.h"
#include "http/http.h"
#include "http/publisher.h"
#include "intake/intake.h"
#include "keep/schedule.h"
#include "page/admit.h"
#include "page/answer_cache.h"
#include "page/assets.h"
#include "page/page.h"
#include "share/door.h"
#include "store/account.h"
#include "store/attachment.h"
#include "store/intake.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { FOLLOW_MS = 500, FIRST_WAIT_S = 20, MOST_ANSWERS = 16, INTAKE_REST_S = 30, MOST_FORM = 65536 };

/* What pages can listen to: the sequence number of what is shown; the number of what feeds have come to. */
enum { TOPIC_CHANGED, TOPIC_INTAKE, N_TOPICS };
static const char *const TOPICS[N_TOPICS] = {"changed", "intake"};

/* What one kind of reader is shown: all, or without restricted fields. The second is only there with the door, where
 * the pack has such fields. */
enum { SHOWN_ALL, SHOWN_UNRESTRICTED, N_SHOWN };

struct server {
    struct http_server *http;
    struct desk desk;        /* belongs to the following thread, once that runs */
    struct page_store pages; /* a second reading handle, for requests */
    struct answer_cache *cache[N_SHOWN];
    struct query everything; /* the empty query */
    int language;
    pthread_mutex_t lock; /* guards snapshot, is_stopping */
    pthread_cond_t wake;
    struct snapshot *snapshot[N_SHOWN]; /* the second is null until the following thread has made it */
    bool is_stopping, has_thread, has_pages_lock;
    atomic_bool was_asked;              /* since the following thread last looked */
    atomic_bool is_held, is_publishing; /* the intake, the publisher is between an import and its linking */
    struct publisher *publisher;        /* null: nothing is entered here, and nothing linked */
    pthread_t thread;
    struct http_events *events;
    struct intake *intake;
    bool has_intake_thread;
    pthread_t intake_thread;
    struct schedule *schedule; /* of backups; null: none are made */
    bool has_schedule_thread;
    pthread_t schedule_thread;
    void (*say)(void *context, const char *line);
    void *say_context;
    struct door *door; /* null: a desk of its own */
    struct cabinet *cabinet;
    char *store_path;
    atomic_bool is_used; /* somebody has an account: once true, it stays */
    char first_link[TOKEN_TEXT];
};

/* ---- following the store -------------------------------------------------------------------------------------- */

/* Null before the first. With the lock. */
static struct snapshot *share(struct server *server, int shown)
{
    return server->snapshot[shown] ? snapshot_share(server->snapshot[shown]) : NULL;
}

static struct timespec seconds_from_now(long seconds)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += seconds;
    return until;
}

/* What is shown now; a reader who comes before the first is there waits for it. Null: it took too long. */
static struct snapshot *current(struct server *server, int shown)
{
    struct timespec until = seconds_from_now(FIRST_WAIT_S);
    pthread_mutex_lock(&server->lock);
    while (!server->snapshot[shown] && !server->is_stopping &&
           pthread_cond_timedwait(&server->wake, &server->lock, &until) == 0) {
    }
    struct snapshot *snapshot = share(server, shown);
    pthread_mutex_unlock(&server->lock);
    return snapshot;
}

/* Building a snapshot leaves holes in the heap that nobody will fill for days: small machines want them back. */
static void give_back_memory(void)
{
    malloc_trim(0);
}

static int n_shown(const struct server *server)
{
    return server->door && domain_has_restricted(server->desk.domain) ? N_SHOWN : 1;
}

/* Takes a snapshot in; one that is older than what is shown is dropped. */
static void swap(struct server *server, int shown, struct snapshot *fresh)
{
    uint64_t sequence = fresh->sequence;
    pthread_mutex_lock(&server->lock);
    struct snapshot *old = server->snapshot[shown];
    bool is_newer = !old || sequence > old->sequence;
    if (is_newer)
        server->snapshot[shown] = fresh;
    if (!old)
        pthread_cond_broadcast(&server->wake);
    pthread_mutex_unlock(&server->lock);
    if (is_newer)
        answer_cache_clear(server->cache[shown]);
    snapshot_release(is_newer ? old : fresh);
    /* Told once all see it: the open one, where there is one, is built behind the other. */
    if (is_newer && old && shown == n_shown(server) - 1)
        events_tell(server->events, TOPIC_CHANGED, sequence);
    give_back_memory();
}

/* Who stops the server need not wait for a linking. */
static bool may_go_on(void *context, const char *stage, uint64_t done, uint64_t total)
{
    struct server *server = context;
    (void)stage, (void)done, (void)total;
    pthread_mutex_lock(&server->lock);
    bool is_stopping = server->is_stopping;
    pthread_mutex_unlock(&server->lock);
    return !is_stopping;
}

/* `before`: what is shown until now, or null. */
static enum comity_status build(
    struct server *server, int shown, const struct snapshot *before, struct snapshot **out, struct comity_error *err)
{
    struct progress progress = {may_go_on, server};
    return shown == SHOWN_ALL ? desk_snapshot(&server->desk, out, err)
                              : desk_snapshot_unrestricted(&server->desk, before, &progress, out, err);
}

static void refresh_one(struct server *server, int shown, uint64_t sequence)
{
    pthread_mutex_lock(&server->lock);
    struct snapshot *fresh = NULL, *now = share(server, shown);
    pthread_mutex_unlock(&server->lock);
    bool is_new = !now || sequence != now->sequence;
    bool is_built = is_new && build(server, shown, now, &fresh, NULL) == COMITY_OK;
    snapshot_release(now);
    if (is_built)
        swap(server, shown, fresh);
}

/* Looks whether there is something new. A failure leaves what is shown in place; the next round tries again. */
static void refresh(struct server *server)
{
    uint64_t sequence = 0, number = 0;
    if (store_intake_number(server->desk.store, &number, NULL) == COMITY_OK)
        events_tell(server->events, TOPIC_INTAKE, number);
    events_beat(server->events);
    if (atomic_load(&server->is_held) || atomic_load(&server->is_publishing) ||
        store_sequence(server->desk.store, &sequence, NULL) != COMITY_OK)
        return;
    for (int shown = 0; shown < n_shown(server); shown++)
        refresh_one(server, shown, sequence);
}

/* ---- taking in ------------------------------------------------------------------------------------------------ */

static void on_work(void *context, bool begins, struct snapshot *snapshot)
{
    struct server *server = context;
    atomic_store(&server->is_held, begins);
    if (snapshot)
        swap(server, SHOWN_ALL, snapshot);
}

static void on_publishing(void *context, bool begins, struct snapshot *snapshot)
{
    struct server *server = context;
    atomic_store(&server->is_publishing, begins);
    if (snapshot)
        swap(server, SHOWN_ALL, snapshot);
}

static void say(void *context, const char *line)
{
    struct server *server = context;
    if (server->say)
        server->say(server->say_context, line);
}

/* Waits, unless the server is stopping; whether it goes on. */
static bool rests(struct server *server, long seconds)
{
    struct timespec until = seconds_from_now(seconds);
    pthread_mutex_lock(&server->lock);
    while (!server->is_stopping && pthread_cond_timedwait(&server->wake, &server->lock, &until) == 0) {
    }
    bool goes_on = !server->is_stopping;
    pthread_mutex_unlock(&server->lock);
    return goes_on;
}

/* An intake that fails as a whole (out of memory, a damaged store) is told, and tried again after a while. */
static void *take_in(void *context)
{
    struct server *server = context;
    do {
        struct comity_error err = {0};
        char text[1200];
        if (intake_run(server->intake, &err) == COMITY_OK)
            break;
        atomic_store(&server->is_held, false);
        error_format(&err, text, sizeof text);
        say(server, text);
    } while (rests(server, INTAKE_REST_S));
    return NULL;
}

static enum comity_status open_intake(
    struct server *server, const struct server_options *options, struct comity_error *err)
{
    static const struct reader who = {.language = "en", .name = "intake"};
    if (!options->intake)
        return COMITY_OK;
    struct intake_options intake = {.settings_path = options->intake,
        .store_path = options->store_path,
        .data_folder = options->data_folder,
        .domain = server->desk.domain,
        .wait_ms = options->wait_ms,
        .who = &who,
        .say = say,
        .work = on_work,
        .context = server};
    return intake_open(&intake, &server->intake, err);
}

/* ---- backing up ----------------------------------------------------------------------------------------------- */

static void *back_up(void *context)
{
    struct server *server = context;
    schedule_run(server->schedule);
    return NULL;
}

static enum comity_status open_schedule(
    struct server *server, const struct server_options *options, struct comity_error *err)
{
    if (!options->backup_folder)
        return COMITY_OK;
    struct schedule_options schedule = {.store_path = options->store_path,
        .folder = options->backup_folder,
        .passphrase_file = options->backup_passphrase_file,
        .every_s = options->backup_every_s,
        .keep = options->backup_keep,
        .wait_ms = options->wait_ms,
        .say = say,
        .context = server};
    return schedule_open(&schedule, &server->schedule, err);
}

/* Where people log in, they may enter something, and judge. */
static enum comity_status start_publisher(
    struct server *server, const struct server_options *options, struct comity_error *err)
{
    struct publisher_options publisher = {.store_path = options->store_path,
        .domain = server->desk.domain,
        .cabinet = server->cabinet,
        .wait_ms = options->wait_ms,
        .work = on_publishing,
        .say = say,
        .context = server};
    return server->door && server->desk.domain->form ? publisher_start(&publisher, &server->publisher, err) : COMITY_OK;
}

/* When requests have come and gone: what they left in the heap goes back too. */
static void rest(struct server *server, bool *has_left)
{
    bool was_asked = atomic_exchange(&server->was_asked, false);
    if (!was_asked && *has_left)
        give_back_memory();
    *has_left = was_asked;
}

static void *follow(void *context)
{
    struct server *server = context;
    bool has_left = false;
    /* Who starts a server, and who sees all, need not wait for the linking that readers need. */
    if (n_shown(server) == N_SHOWN)
        refresh_one(server, SHOWN_UNRESTRICTED, 0);
    pthread_mutex_lock(&server->lock);
    while (!server->is_stopping) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += FOLLOW_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&server->wake, &server->lock, &until);
        if (server->is_stopping)
            break;
        pthread_mutex_unlock(&server->lock);
        refresh(server);
        rest(server, &has_left);
        pthread_mutex_lock(&server->lock);
    }
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

/* ---- a request ------------------------------------------------------------------------------------------------ */

static void serve_asset(const struct asset *asset, bool is_exact, struct http_response *response)
{
    response->type = asset->type;
    response->fixed = asset->bytes;
    response->fixed_gzip = asset->gzip;
    response->is_immutable = is_exact;
    snprintf(response->etag, sizeof response->etag, "%s", asset->hash);
}

static void set_language(struct page *page, int language)
{
    page->catalogue = catalogue_of(language);
    page->reader.language = language_code(language);
    page->response->language = page->reader.language;
}

static void set_etag(struct page *page)
{
    uint64_t hash = hash_seeded(page->request->query.ptr, page->request->query.len, page->snapshot->sequence);
    hash = hash_seeded(page->request->path.ptr, page->request->path.len, hash + (uint64_t)page->catalogue.language);
    hash = hash_u64(hash ^ page->rights);
    hash = hash_u64(hash ^ page->snapshot->model_version);
    hash = hash_seeded(asset_build(), strlen(asset_build()), hash);
    snprintf(page->response->etag, sizeof page->response->etag, "%016llx", (unsigned long long)hash);
}

static bool is_own_key(const struct page *page, struct slice pair)
{
    struct slice key = slice_cut(&pair, '=');
    for (const char *const *own = page->route->own_keys; own && *own; own++)
        if (slice_is(key, *own))
            return true;
    return false;
}

/* Parts what is the page's own from the query. */
static enum comity_status part_own(struct page *page, struct slice *query, struct comity_error *err)
{
    struct slice rest = page->request->query;
    struct buffer own, other;
    *query = rest;
    if (!page->route->own_keys)
        return COMITY_OK;
    buffer_init(&own, HTTP_MOST_URI);
    buffer_init(&other, HTTP_MOST_URI);
    while (rest.len) {
        struct slice pair = slice_cut(&rest, '&');
        struct buffer *to = is_own_key(page, pair) ? &own : &other;
        if (to->len)
            buffer_add_byte(to, '&');
        buffer_add_slice(to, pair);
    }
    page->own = arena_copy(page->arena, buffer_slice(&own));
    *query = arena_copy(page->arena, buffer_slice(&other));
    bool is_good = !own.failed && !other.failed && page->own.ptr && query->ptr;
    buffer_release(&own);
    buffer_release(&other);
    return is_good ? COMITY_OK : error_nomem(err);
}

static enum comity_status read_query(struct page *page, struct comity_error *err)
{
    struct slice query;
    const struct mentions *mentions = page->snapshot ? &page->snapshot->mentions : NULL;
    size_t n_sources = mentions ? mentions->n_sources : 0;
    struct slice *codes = ARENA_ARRAY(page->arena, struct slice, n_sources + 1);
    if (!codes)
        return error_nomem(err);
    for (size_t i = 0; i < n_sources; i++)
        codes[i] = mentions->sources[i].code;
    enum comity_status status = part_own(page, &query, err);
    return status != COMITY_OK ? status : query_parse(query, page->domain, codes, n_sources, &page->query, err);
}

static bool redirect_form(struct page *page)
{
    struct slice query;
    if (!form_to_query(page->request->query, page->domain, page->arena, &query))
        return false;
    page->response->status = 303;
    page->response->location =
        page_format_text(page, query.len ? "%.*s?%.*s" : "%.*s%.*s", SLICE_ARG(page->request->path), SLICE_ARG(query))
            .ptr;
    return true;
}

/* The language of an error in the query itself: `lang=` where it stands plainly, else what the browser asks for. */
static int asked_language(const struct http_request *request, int otherwise)
{
    struct slice rest = request->query;
    while (rest.len) {
        struct slice value = slice_cut(&rest, '&');
        if (slice_is(slice_cut(&value, '='), "lang") && value.len)
            return language_negotiate(value);
    }
    return request->accept_language.len ? language_negotiate(request->accept_language) : otherwise;
}

/* ---- who asks ------------------------------------------------------------------------------------------------- */

static bool is_used(struct server *server)
{
    bool found = false;
    if (!atomic_load(&server->is_used) && server->door && door_is_used(server->door, &found, NULL) == COMITY_OK &&
        found)
        atomic_store(&server->is_used, true);
    return atomic_load(&server->is_used);
}

/* Who asks, and what that one is shown: whom the gate lets see no data sees nothing of it, not even that it is
 * simulated.
 */
static void meet(struct page *page, struct server *server)
{
    page->door = server->door;
    page->cabinet = server->cabinet;
    page->store_path = server->store_path;
    page->publisher = server->publisher;
    page->now = seconds_now();
    page->has_people = is_used(server);
    admit_identify(page);
    int shown = page->reader.hides_restricted ? n_shown(server) - 1 : SHOWN_ALL;
    page->cache = server->cache[shown];
    page->snapshot = admit_ask(page, RIGHT_READ, ROUTE_DATA) == GATE_OPEN ? current(server, shown) : NULL;
}

/* What a page of people shows is for the one who asks. */
static enum comity_status answer_people(struct page *page, struct comity_error *err)
{
    page->response->is_private = true;
    page->response->etag[0] = '\0';
    return page->request->method == HTTP_POST ? page->route->act(page, err) : page->route->answer(page, err);
}

static uint64_t body_limit(void *context, enum http_method method, struct slice path)
{
    const struct server *server = context;
    enum page_format format;
    struct slice plain, subject;
    const struct route *route = page_route(path, &format, &plain, &subject);
    (void)method;
    if (!server->door || !route || !route->act)
        return 0;
    return route->most_body ? route->most_body : MOST_FORM;
}

static enum comity_status answer(struct page *page, struct server *server, struct comity_error *err)
{
    page->query = server->everything;
    page->route = page_route(page->request->path, &page->format, &page->path, &page->subject);
    set_language(page, asked_language(page->request, server->language));
    if (!page->route || (page->route->place != ROUTE_DATA && !server->door)) {
        page->route = NULL;
        return error_set(err, COMITY_NOTFOUND, "no page at '%.*s'", SLICE_ARG(page->request->path));
    }
    if (page->route->place == ROUTE_STRANGERS) { /* also at a desk that nobody has an account at yet */
        snapshot_release(page->snapshot);
        page->snapshot = NULL;
    }
    enum gate_answer gate = admit_ask(page, page->route->needs, page->route->place);
    if (gate != GATE_OPEN)
        return admit_turn_away(page, gate, err);
    if (page->route->place == ROUTE_DATA && !page->snapshot)
        return error_set(err, COMITY_BUSY, "the server has just started: try again in a moment");
    if (page->request->method != HTTP_POST && redirect_form(page))
        return COMITY_OK;
    struct query query = server->everything;
    page->query = query;
    enum comity_status status = read_query(page, err);
    if (status != COMITY_OK) {
        query_release(&page->query);
        page->query = server->everything;
        return status;
    }
    if (page->query.language >= 0)
        set_language(page, page->query.language);
    if (page->route->place != ROUTE_DATA)
        return answer_people(page, err);
    if (!page->route->is_live)
        set_etag(page);
    if (http_is_known(page->request->if_none_match, page->response->etag)) {
        page->response->status = 304;
        page->response->type = NULL; /* what the client has keeps its own */
        return COMITY_OK;
    }
    return page->route->answer(page, err);
}

static void answer_or_tell(struct page *page, struct server *server)
{
    struct comity_error err = {0};
    enum comity_status status = answer(page, server, &err);
    if (status == COMITY_OK)
        return;
    err.status = status;
    page_problem(page, &err);
}

static void on_request(void *context, const struct http_request *request, struct http_response *response)
{
    struct server *server = context;
    bool is_exact;
    atomic_store(&server->was_asked, true);
    const struct asset *asset = asset_at(request->path, &is_exact);
    if (asset) {
        serve_asset(asset, is_exact, response);
        return;
    }
    struct page page = {.request = request,
        .response = response,
        .arena = request->arena,
        .domain = server->desk.domain,
        .store = &server->pages,
        .schedule = server->schedule};
    meet(&page, server);
    if (slice_is(request->path, "/events") && admit_ask(&page, RIGHT_READ, ROUTE_DATA) == GATE_OPEN)
        response->events = server->events;
    else
        answer_or_tell(&page, server);
    cached_answer_release(page.cached);
    if (page.query.arena.block != server->everything.arena.block)
        query_release(&page.query);
    snapshot_release(page.snapshot);
}

/* ---- starting and stopping ------------------------------------------------------------------------------------ */

static enum comity_status open_stores(
    struct server *server, const struct server_options *options, struct comity_error *err)
{
    struct desk_options desk = {.data_folder = options->data_folder, .mode = STORE_READ};
    enum comity_status status = desk_open(&server->desk, options->store_path, &desk, err);
    if (status == COMITY_OK)
        status = store_open(options->store_path, STORE_READ_SHARED, 0, &server->pages.store, err);
    if (status == COMITY_OK)
        status = build(server, SHOWN_ALL, NULL, &server->snapshot[SHOWN_ALL], err);
    give_back_memory();
    if (status == COMITY_OK)
        status = query_parse(SLICE_EMPTY, server->desk.domain, NULL, 0, &server->everything, err);
    return status;
}

/* The door is there when it was asked for, and always once somebody has an account. */
static enum comity_status open_door(
    struct server *server, const struct server_options *options, struct comity_error *err)
{
    bool has_accounts = false;
    enum comity_status status = store_has_accounts(server->pages.store, &has_accounts, err);
    if (status != COMITY_OK || !(has_accounts || options->has_accounts))
        return status;
    /* Beyond loopback nobody must be taken for who sits at the machine: not before the first account. */
    atomic_store(&server->is_used, has_accounts);
    status = door_open(options->store_path, &server->door, err);
    if (status == COMITY_OK)
        status = cabinet_open(options->store_path, STORE_WRITE, &server->cabinet, err);
    if (status == COMITY_OK && !has_accounts)
        status = door_first(server->door, seconds_now(), server->first_link, err);
    return status;
}

/* Where the store is, so that what a form sends need not be copied to another disk to be kept. */
static struct slice folder_of(const char *path)
{
    const char *end = strrchr(path, '/');
    if (!end)
        return SLICE(".");
    return slice_of(path, end == path ? 1 : (size_t)(end - path));
}

static enum comity_status start_threads(
    struct server *server, const struct server_options *options, struct comity_error *err)
{
    const char *folder = arena_string(&server->everything.arena, folder_of(options->store_path));
    if (!folder)
        return error_nomem(err);
    struct http_options http = {.address = options->address,
        .port = options->port,
        .threads = options->threads,
        .handler = on_request,
        .context = server,
        .spool_folder = folder,
        .most_file = ATTACHMENT_MOST_BYTES,
        .most_files = server->door ? 1 : 0,
        .names = options->names,
        .n_names = options->n_names,
        .trusts_proxy = options->trusts_proxy,
        .tls_cert = options->tls_cert,
        .tls_key = options->tls_key,
        .body_limit = body_limit,
        .may_listen_beyond = atomic_load(&server->is_used),
        .say = say};
    enum comity_status status = http_start(&http, &server->http, err);
    if (status != COMITY_OK)
        return status;
    if (pthread_create(&server->thread, NULL, follow, server) != 0)
        return error_set(err, COMITY_NOMEM, "unable to start a thread");
    server->has_thread = true;
    if (server->intake && pthread_create(&server->intake_thread, NULL, take_in, server) != 0)
        return error_set(err, COMITY_NOMEM, "unable to start a thread");
    server->has_intake_thread = server->intake != NULL;
    if (server->schedule && pthread_create(&server->schedule_thread, NULL, back_up, server) != 0)
        return error_set(err, COMITY_NOMEM, "unable to start a thread");
    server->has_schedule_thread = server->schedule != NULL;
    return COMITY_OK;
}

enum comity_status server_start(const struct server_options *options, struct server **out, struct comity_error *err)
{
    struct server *server = calloc(1, sizeof *server);
    if (!server)
        return error_nomem(err);
    pthread_mutex_init(&server->lock, NULL);
    pthread_mutex_init(&server->pages.lock, NULL);
    pthread_cond_init(&server->wake, NULL);
    server->store_path = strdup(options->store_path);
    server->language = options->language ? language_number(options->language) : LANGUAGE_EN;
    for (int i = 0; i < N_SHOWN; i++)
        server->cache[i] = answer_cache_new(MOST_ANSWERS);
    server->events = events_new(TOPICS, N_TOPICS);
    server->say = options->say;
    server->say_context = options->say_context;
    enum comity_status status = server->store_path && server->cache[0] && server->cache[1] && server->events
                                    ? open_stores(server, options, err)
                                    : error_nomem(err);
    if (status == COMITY_OK)
        status = open_door(server, options, err);
    if (status == COMITY_OK)
        status = open_intake(server, options, err);
    if (status == COMITY_OK)
        status = open_schedule(server, options, err);
    if (status == COMITY_OK)
        events_tell(server->events, TOPIC_CHANGED, server->snapshot[SHOWN_ALL]->sequence);
    if (status == COMITY_OK)
        status = start_publisher(server, options, err); /* before requests, which wake it */
    if (status == COMITY_OK)
        status = start_threads(server, options, err);
    if (status != COMITY_OK) {
        server_stop(server);
        return status;
    }
    *out = server;
    return COMITY_OK;
}

uint16_t server_port(const struct server *server)
{
    return http_port(server->http);
}

const char *server_first_link(const struct server *server)
{
    return server->first_link;
}

enum comity_status server_reload(struct server *server, struct comity_error *err)
{
    return http_reload(server->http, err);
}

void server_stop(struct server *server)
{
    if (!server)
        return;
    if (server->events)
        events_close(server->events);
    /* First, so that no reader waits any more who would hold up the rest. */
    pthread_mutex_lock(&server->lock);
    server->is_stopping = true;
    pthread_cond_broadcast(&server->wake);
    pthread_mutex_unlock(&server->lock);
    publisher_halt(server->publisher); /* all are asked before any is waited for */
    if (server->intake)
        intake_stop(server->intake);
    http_stop(server->http);
    publisher_stop(server->publisher);
    if (server->schedule)
        schedule_stop(server->schedule);
    if (server->has_schedule_thread)
        pthread_join(server->schedule_thread, NULL);
    if (server->has_intake_thread)
        pthread_join(server->intake_thread, NULL);
    if (server->has_thread)
        pthread_join(server->thread, NULL);
    intake_close(server->intake);
    schedule_close(server->schedule);
    events_free(server->events);
    query_release(&server->everything);
    for (int i = 0; i < N_SHOWN; i++) {
        answer_cache_free(server->cache[i]);
        if (server->snapshot[i])
            snapshot_release(server->snapshot[i]);
    }
    cabinet_close(server->cabinet);
    door_close(server->door);
    store_close(server->pages.store);
    desk_close(&server->desk);
    pthread_cond_destroy(&server->wake);
    pthread_mutex_destroy(&server->pages.lock);
    pthread_mutex_destroy(&server->lock);
    free(server->store_path);
    free(server);
}
