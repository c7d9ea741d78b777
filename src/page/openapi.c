/* openapi.c - what programs can ask for, as OpenAPI 3.1: made of the route table, the keys of queries and the domain
 * pack, so that it cannot fall behind them. Served to whoever may see the data. */
#include "base/error.h"
#include "page/page.h"
#include "view/query_keys.h"

#include <jansson.h>
#include <stdlib.h>

/* A failed allocation makes a null, which jansson hands on: looked at once, at the end. */
static json_t *text(const char *string)
{
    return json_string(string);
}

static json_t *slice_text(struct slice s)
{
    return json_stringn(s.ptr ? s.ptr : "", s.len);
}

static json_t *reference(const char *kind, struct slice name)
{
    return json_pack("{s:o}", "$ref", json_sprintf("#/components/%s/%.*s", kind, SLICE_ARG(name)));
}

/* ---- parameters ---------------------------------------------------------------------------------------------------
 */

static json_t *schema_of(const struct query_key_info *key)
{
    json_t *number = key->is_number ? json_pack("{s:s, s:i}", "type", "integer", "minimum", 0) : NULL;
    if (number && key->most)
        json_object_set_new(number, "maximum", json_integer((json_int_t)key->most));
    if (number)
        return number;
    json_t *schema = json_pack("{s:s}", "type", "string");
    if (!key->words)
        return schema;
    json_t *words = json_array();
    for (const char *const *word = key->words; *word; word++)
        json_array_append_new(words, text(*word));
    json_object_set_new(schema, "enum", words);
    return schema;
}

static json_t *parameter(struct slice name, const char *in, struct slice meaning, json_t *schema)
{
    json_t *made = json_pack("{s:o, s:s, s:o, s:o}", "name", slice_text(name), "in", in, "description",
        slice_text(meaning), "schema", schema);
    json_object_set_new(made, "required", json_boolean(in[0] == 'p'));
    return made;
}

static json_t *all_parameters(const struct query_key_info *keys, size_t n)
{
    json_t *all = json_object();
    for (size_t i = 0; i < n; i++)
        json_object_setn_new(all, keys[i].key.ptr, keys[i].key.len,
            parameter(keys[i].key, "query", keys[i].meaning, schema_of(&keys[i])));
    return all;
}

static json_t *parameters_of(const struct route *route, const struct query_key_info *keys, size_t n)
{
    json_t *list = json_array();
    if (strchr(route->pattern, '*'))
        json_array_append_new(list, parameter(SLICE("id"), "path", SLICE("which one"),
                                        json_pack("{s:s, s:s}", "type", "string", "pattern", "^[^/?#]+$")));
    for (const char *const *own = route->own_keys; own && *own; own++)
        json_array_append_new(list,
            parameter(slice_from(*own), "query", SLICE("of this page only"), json_pack("{s:s}", "type", "string")));
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, reference("parameters", keys[i].key));
    return list;
}

/* ---- responses ----------------------------------------------------------------------------------------------------
 */

static const struct {
    const char *end, *type, *schema;
} formats[] = {{"", "text/html", "Text"}, {".json", "application/json", "Object"}, {".csv", "text/csv", "Text"},
    {".geojson", "application/geo+json", "Features"}};

static json_t *content(const char *type, const char *schema)
{
    return json_pack("{s:{s:o}}", type, "schema", reference("schemas", slice_from(schema)));
}

/* A refusal: of a page as HTML, of a twin as problem+json; as plain text where it is the server's, before any page. */
static json_t *refusal(const char *meaning, bool is_page)
{
    json_t *types = is_page ? content("text/html", "Text") : content("application/problem+json", "Problem");
    json_object_update_new(types, content("text/plain", "Text"));
    return json_pack("{s:s, s:o}", "description", meaning, "content", types);
}

static json_t *bare(const char *meaning)
{
    return json_pack("{s:s}", "description", meaning);
}

static const struct {
    const char *status, *meaning;
} refusals[] = {{"400", "malformed, or a query that was not understood"}, {"401", "log in first, or send a token"},
    {"403", "not with these rights"}, {"404", "there is no such thing"}, {"405", "nothing is entered here"},
    {"409", "in conflict with what is there"}, {"413", "too large"}, {"414", "the address is too long"},
    {"421", "this server is not called so"}, {"429", "too many attempts"}, {"503", "busy: try again"}};
enum { N_REFUSALS = sizeof refusals / sizeof *refusals };

static const char *const askers[] = {"twin", "page"};

static json_t *all_refusals(void)
{
    json_t *all = json_object();
    for (int i = 0; i < 2 * N_REFUSALS; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s-%s", askers[i % 2], refusals[i / 2].status);
        json_object_set_new(all, name, refusal(refusals[i / 2].meaning, i % 2));
    }
    return all;
}

static void add_refusals(json_t *responses, bool is_page)
{
    for (int i = 0; i < N_REFUSALS; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s-%s", askers[is_page], refusals[i].status);
        json_object_set_new(responses, refusals[i].status, reference("responses", slice_from(name)));
    }
}

static json_t *responses_of(const struct route *route, enum page_format format)
{
    json_t *responses = json_object();
    json_object_set_new(responses, "200",
        json_pack("{s:s, s:o}", "description", route->title, "content",
            content(formats[format].type, formats[format].schema)));
    if (strchr(route->pattern, '*'))
        json_object_set_new(responses, "301", bare("it was merged into another one"));
    json_object_set_new(responses, "303", bare("elsewhere: to the log-in, or to the query that a form means"));
    json_object_set_new(responses, "304", bare("as it was"));
    add_refusals(responses, format == PAGE_HTML);
    return responses;
}

/* Who may: a token only for data, nothing where nobody has an account. */
static json_t *security_of(const struct page *page, const struct route *route)
{
    json_t *list = json_array();
    if (route->place == ROUTE_STRANGERS || !page->has_people)
        json_array_append_new(list, json_object());
    if (route->place == ROUTE_DATA)
        json_array_append_new(list, json_pack("{s:[]}", "token"));
    if (route->place != ROUTE_STRANGERS)
        json_array_append_new(list, json_pack("{s:[]}", "session"));
    return list;
}

/* ---- paths --------------------------------------------------------------------------------------------------------
 */

static json_t *get(const struct page *page, const struct route *route, enum page_format format,
    const struct query_key_info *keys, size_t n)
{
    return json_pack("{s:o, s:s, s:o, s:o, s:o}", "operationId",
        json_sprintf("%s%s", route->name, format == PAGE_HTML ? "" : strrchr(formats[format].end, '.')), "summary",
        route->title, "parameters", parameters_of(route, keys, n), "responses", responses_of(route, format), "security",
        security_of(page, route));
}

static json_t *post(const struct page *page, const struct route *route)
{
    json_t *form = json_pack("{s:{s:{s:s, s:{s:s}}}}", "application/x-www-form-urlencoded", "schema", "type", "object",
        "additionalProperties", "type", "string");
    return json_pack("{s:o, s:s, s:o, s:{s:o}, s:o, s:o}", "operationId", json_sprintf("%s-form", route->name),
        "summary", "A form of this page, which carries the session's mark", "parameters", parameters_of(route, NULL, 0),
        "requestBody", "content", form, "responses", responses_of(route, PAGE_HTML), "security",
        security_of(page, route));
}

/* "/entity/" and "*" with ".json" is "/entity/{id}.json"; the first page's twins are those of "/situation". */
static json_t *path_of(const struct route *route, enum page_format format)
{
    size_t len = strcspn(route->pattern, "*");
    if (strcmp(route->pattern, "/") == 0 && format != PAGE_HTML)
        return json_sprintf("/situation%s", formats[format].end);
    return json_sprintf("%.*s%s%s", (int)len, route->pattern, route->pattern[len] ? "{id}" : "", formats[format].end);
}

static void add_route(
    json_t *paths, const struct page *page, const struct route *route, const struct query_key_info *keys, size_t n)
{
    for (int format = 0; format < 4; format++) {
        if (!(route->formats & 1u << format))
            continue;
        json_t *path = path_of(route, (enum page_format)format);
        json_t *item = json_pack("{s:o}", "get", get(page, route, (enum page_format)format, keys, n));
        if (route->act && format == PAGE_HTML)
            json_object_set_new(item, "post", post(page, route));
        json_object_set_new(paths, path ? json_string_value(path) : "", item);
        json_decref(path);
    }
}

static json_t *events(const struct page *page)
{
    static const struct route data = {.name = "events", .pattern = "/events", .place = ROUTE_DATA};
    json_t *responses = json_pack("{s:{s:s, s:o}}", "200", "description", "what has changed, as it happens", "content",
        content("text/event-stream", "Text"));
    add_refusals(responses, true);
    return json_pack("{s:{s:s, s:s, s:o, s:o}}", "get", "operationId", "events", "summary", "Server-sent events",
        "responses", responses, "security", security_of(page, &data));
}

static json_t *all_paths(const struct page *page, const struct query_key_info *keys, size_t n_keys)
{
    json_t *paths = json_object();
    size_t n;
    const struct route *routes = page_routes(&n);
    for (size_t i = 0; i < n; i++)
        add_route(paths, page, &routes[i], keys, n_keys);
    json_object_set_new(paths, "/events", events(page));
    return paths;
}

/* ---- the whole ----------------------------------------------------------------------------------------------------
 */

static json_t *schemas(void)
{
    json_t *problem = json_pack("{s:s, s:[s,s,s,s], s:{s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s, s:s}}}",
        "type", "object", "required", "type", "title", "status", "detail", "properties", "type", "type", "string",
        "title", "type", "string", "status", "type", "integer", "detail", "type", "string", "hint", "type", "string",
        "column", "type", "integer", "description", "where in the query the fault is, from 1");
    json_t *features = json_pack("{s:s, s:[s,s], s:{s:{s:s}, s:{s:s}}}", "type", "object", "required", "type",
        "features", "properties", "type", "const", "FeatureCollection", "features", "type", "array");
    return json_pack("{s:{s:s}, s:{s:s}, s:o, s:o}", "Text", "type", "string", "Object", "type", "object", "Problem",
        problem, "Features", features);
}

static json_t *whole(const struct page *page, const struct query_key_info *keys, size_t n)
{
    const char *cookie = page->request->is_secure ? "__Host-comity-session" : "comity-session";
    json_t *info =
        json_pack("{s:s, s:s, s:o, s:{s:s, s:s}}", "title", "Comity", "version", comity_version(), "description",
            json_sprintf(
                "Domain '%.*s'. Every page and its twins, at the same query. Keys of queries may be repeated (and); "
                "alternatives are parted by commas (or).",
                SLICE_ARG(page->domain->id)),
            "license", "name", "Apache-2.0", "identifier", "Apache-2.0");
    json_t *components = json_pack("{s:o, s:o, s:o, s:{s:{s:s, s:s}, s:{s:s, s:s, s:s}}}", "parameters",
        all_parameters(keys, n), "responses", all_refusals(), "schemas", schemas(), "securitySchemes", "token", "type",
        "http", "scheme", "bearer", "session", "type", "apiKey", "in", "cookie", "name", cookie);
    return json_pack("{s:s, s:o, s:[{s:s}], s:o, s:o}", "openapi", "3.1.0", "info", info, "servers", "url", "/",
        "paths", all_paths(page, keys, n), "components", components);
}

enum comity_status page_openapi(struct page *page, struct comity_error *err)
{
    struct query_key_info *keys;
    size_t n;
    enum comity_status status = query_keys(page->domain, page->arena, &keys, &n, err);
    if (status != COMITY_OK)
        return status;
    json_t *made = whole(page, keys, n);
    char *dumped = made ? json_dumps(made, JSON_COMPACT) : NULL;
    json_decref(made);
    if (!dumped)
        return error_nomem(err);
    page->response->type = "application/json; charset=utf-8";
    buffer_add_string(&page->response->body, dumped);
    buffer_add_byte(&page->response->body, '\n');
    free(dumped);
    return COMITY_OK;
}
