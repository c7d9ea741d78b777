/* YAML by a schema; what a schema cannot tell is checked here, with the line found again in the text. */
#include "intake/settings.h"

#include "base/error.h"
#include "base/file.h"
#include "text/yaml.h"

struct yaml_from {
    char *folder, *pattern, *url, *ca, *proxy, *private_addresses;
};

struct yaml_feed {
    char *feed, *recipe, *every, *expect, *after, *settle, *timeout, *backoff, *tries, *most, *most_rejected;
    struct yaml_from from;
};

struct settings_yaml {
    char *link;
    struct yaml_feed *feeds;
    uint64_t n_feeds;
};

#define TEXT(key, type, member)                                                                                        \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, 0, 4000)
#define TEXT_NEEDED(key, type, member) CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, type, member, 1, 4000)

static const cyaml_schema_field_t from_keys[] = {TEXT("folder", struct yaml_from, folder),
    TEXT("pattern", struct yaml_from, pattern), TEXT("url", struct yaml_from, url), TEXT("ca", struct yaml_from, ca),
    TEXT("proxy", struct yaml_from, proxy), TEXT("private", struct yaml_from, private_addresses), CYAML_FIELD_END};

static const cyaml_schema_field_t feed_keys[] = {TEXT_NEEDED("feed", struct yaml_feed, feed),
    TEXT_NEEDED("recipe", struct yaml_feed, recipe),
    CYAML_FIELD_MAPPING("from", CYAML_FLAG_DEFAULT, struct yaml_feed, from, from_keys),
    TEXT("every", struct yaml_feed, every), TEXT("expect", struct yaml_feed, expect),
    TEXT("after", struct yaml_feed, after), TEXT("settle", struct yaml_feed, settle),
    TEXT("timeout", struct yaml_feed, timeout), TEXT("backoff", struct yaml_feed, backoff),
    TEXT("tries", struct yaml_feed, tries), TEXT("most", struct yaml_feed, most),
    TEXT("most_rejected", struct yaml_feed, most_rejected), CYAML_FIELD_END};
static const cyaml_schema_value_t feed_value = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_feed, feed_keys)};

static const cyaml_schema_field_t settings_keys[] = {TEXT("link", struct settings_yaml, link),
    CYAML_FIELD_SEQUENCE_COUNT(
        "feeds", CYAML_FLAG_POINTER, struct settings_yaml, feeds, n_feeds, &feed_value, 1, SETTINGS_MOST_FEEDS),
    CYAML_FIELD_END};
static const cyaml_schema_value_t settings_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct settings_yaml, settings_keys)};

/* ---- numbers with units ---------------------------------------------------------------------------------------- */

/* Digits, then a unit. False when there are none, too many, or nothing fits. */
static bool split_number(struct slice text, uint64_t *number, struct slice *unit)
{
    size_t i = 0;
    *number = 0;
    text = slice_trim(text);
    for (; i < text.len && i < 15 && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++)
        *number = *number * 10 + (uint64_t)(text.ptr[i] - '0');
    *unit = slice_trim(slice_of(text.ptr + i, text.len - i));
    return i > 0;
}

bool settings_duration(struct slice text, int64_t *ms)
{
    static const struct {
        const char *unit;
        uint64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"min", 60000}, {"h", 3600000}, {"d", 86400000},
        {"w", 7 * (uint64_t)86400000}};
    const uint64_t most = (uint64_t)3660 * 86400000;
    uint64_t number;
    struct slice unit;
    if (!split_number(text, &number, &unit))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (!slice_is(unit, units[i].unit))
            continue;
        if (number == 0 || number > most / units[i].ms)
            return false;
        *ms = (int64_t)(number * units[i].ms);
        return true;
    }
    return false;
}

bool settings_size(struct slice text, uint64_t *bytes)
{
    static const struct {
        const char *unit;
        uint64_t bytes;
    } units[] = {{"", 1}, {"B", 1}, {"kB", 1000}, {"MB", 1000000}, {"GB", 1000000000}};
    uint64_t number;
    struct slice unit;
    if (!split_number(text, &number, &unit))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (!slice_equal_nocase(unit, slice_from(units[i].unit)))
            continue;
        *bytes = number * units[i].bytes;
        return number > 0 && number <= UINT64_C(1000000000000) / units[i].bytes;
    }
    return false;
}

/* ---- checking -------------------------------------------------------------------------------------------------- */

struct reading {
    const struct yaml_text *yaml;
    uint32_t line; /* where the feed at hand begins */
    const char *folder;
    struct settings *out;
    struct comity_error *err;
};

static enum comity_status fault(const struct reading *r, const char *key, const char *value, const char *what)
{
    uint32_t line = value ? yaml_line(r->yaml, r->line, key, slice_from(value)) : r->line;
    if (!value)
        return yaml_error(r->yaml, r->line, r->err, "%s", what);
    return yaml_error(r->yaml, line ? line : r->line, r->err, "'%s' is no %s", value, what);
}

static enum comity_status take_duration(
    const struct reading *r, const char *key, const char *text, int64_t otherwise_ms, int64_t *ms)
{
    *ms = otherwise_ms;
    if (!text || settings_duration(slice_from(text), ms))
        return COMITY_OK;
    enum comity_status status = fault(r, key, text, "length of time");
    error_hint(r->err, "such as 30s, 15m, 2h, 7d");
    return status;
}

static enum comity_status take_seconds(
    const struct reading *r, const char *key, const char *text, int64_t otherwise_s, int64_t *seconds)
{
    int64_t ms;
    enum comity_status status = take_duration(r, key, text, otherwise_s * 1000, &ms);
    *seconds = ms / 1000;
    if (!status && text && *seconds < SETTINGS_LEAST_EVERY_S) {
        status = fault(r, key, text, "length of time of a second or more");
        error_hint(r->err, "such as 15m, 1h, 1d");
    }
    return status;
}

static enum comity_status take_truth(const struct reading *r, const char *key, const char *text, bool *is_true)
{
    return !text || yaml_bool(text, is_true) ? COMITY_OK : fault(r, key, text, "yes or no");
}

static enum comity_status take_path(const struct reading *r, const char *text, const char **out)
{
    *out = NULL;
    if (!text)
        return COMITY_OK;
    *out = text[0] == '/' ? arena_string(&r->out->arena, slice_from(text)) : path_join(&r->out->arena, r->folder, text);
    return *out ? COMITY_OK : error_nomem(r->err);
}

static enum comity_status take_text(const struct reading *r, const char *text, const char **out)
{
    *out = text ? arena_string(&r->out->arena, slice_from(text)) : NULL;
    return !text || *out ? COMITY_OK : error_nomem(r->err);
}

/* Ids are file names and parts of addresses too. */
static enum comity_status take_id(const struct reading *r, const char *text, struct slice *out)
{
    size_t len = strlen(text);
    if (len > 60 || strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != len || text[0] == '.') {
        enum comity_status status = fault(r, "feed", text, "name of a feed");
        error_hint(r->err, "small letters, digits, '-', '_' and '.', up to 60");
        return status;
    }
    for (size_t i = 0; i < r->out->n_feeds; i++)
        if (slice_is(r->out->feeds[i].id, text))
            return yaml_error(
                r->yaml, yaml_line(r->yaml, r->line, "feed", slice_from(text)), r->err, "feed '%s' stands twice", text);
    *out = arena_copy(&r->out->arena, slice_from(text));
    return out->ptr ? COMITY_OK : error_nomem(r->err);
}

static enum comity_status check_address(const struct reading *r, const char *url)
{
    struct slice text = slice_from(url);
    bool is_known = slice_starts_with(text, SLICE("https://")) || slice_starts_with(text, SLICE("http://"));
    if (is_known && !strpbrk(url, " \t\r\n") && strlen(strstr(url, "://")) > 3)
        return COMITY_OK;
    enum comity_status status = fault(r, "url", url, "address that can be asked");
    error_hint(r->err, "it begins with https:// (or http://)");
    return status;
}

static enum comity_status take_from(const struct reading *r, const struct yaml_feed *yaml, struct feed_settings *feed)
{
    const struct yaml_from *from = &yaml->from;
    if (!from->folder == !from->url) {
        enum comity_status wrong = fault(r, NULL, NULL, "'from' needs a 'folder' or a 'url', and not both");
        error_hint(r->err, "from: { folder: /srv/inbox, pattern: \"*.csv\" }");
        return wrong;
    }
    if (from->url && from->pattern)
        return fault(r, NULL, NULL, "'pattern' is for folders");
    if (from->folder && (from->ca || from->proxy || from->private_addresses))
        return fault(r, NULL, NULL, "'ca', 'proxy' and 'private' are for addresses");
    enum comity_status status = from->url ? check_address(r, from->url) : COMITY_OK;
    if (!status)
        status = take_path(r, from->folder, &feed->folder);
    if (!status)
        status = take_text(r, from->url, &feed->url);
    if (!status)
        status = take_text(r, from->pattern && from->pattern[0] ? from->pattern : "*", &feed->pattern);
    if (!status)
        status = take_path(r, from->ca, &feed->ca);
    if (!status)
        status = take_text(r, from->proxy, &feed->proxy);
    return status ? status : take_truth(r, "private", from->private_addresses, &feed->may_be_private);
}

static enum comity_status take_recipe(const struct reading *r, const char *text, struct feed_settings *feed)
{
    bool is_path = strchr(text, '/') || slice_ends_with(slice_from(text), SLICE(".yaml"));
    return is_path ? take_path(r, text, &feed->recipe) : take_text(r, text, &feed->recipe);
}

static enum comity_status take_limits(const struct reading *r, const struct yaml_feed *yaml, struct feed_settings *feed)
{
    double tries = 4, percent = 50;
    feed->most_bytes = UINT64_C(1000000000);
    if (yaml->tries && (!yaml_number(yaml->tries, &tries) || tries < 1 || tries > 20 || tries != (unsigned)tries))
        return fault(r, "tries", yaml->tries, "number of tries from 1 to 20");
    feed->tries = (unsigned)tries;
    if (yaml->most && !settings_size(slice_from(yaml->most), &feed->most_bytes)) {
        enum comity_status status = fault(r, "most", yaml->most, "size of a file");
        error_hint(r->err, "such as 500kB, 200MB, 2GB");
        return status;
    }
    if (yaml->most_rejected) {
        struct slice text = slice_trim(slice_from(yaml->most_rejected));
        char digits[16];
        bool has_sign = slice_ends_with(text, SLICE("%"));
        snprintf(digits, sizeof digits, "%.*s", (int)(has_sign ? text.len - 1 : 0), text.ptr);
        if (!has_sign || !yaml_number(digits, &percent) || percent < 0 || percent > 100)
            return fault(r, "most_rejected", yaml->most_rejected, "share of rows, such as 20%");
    }
    /* 0 would mean "no limit" to the import: the least share that is one. */
    feed->most_rejected = percent > 0 ? percent / 100 : 1e-12;
    return COMITY_OK;
}

static enum comity_status take_feed(const struct reading *r, const struct yaml_feed *yaml, struct feed_settings *feed)
{
    enum comity_status status = take_id(r, yaml->feed, &feed->id);
    if (!status)
        status = take_recipe(r, yaml->recipe, feed);
    if (!status)
        status = take_from(r, yaml, feed);
    if (!status)
        status = take_seconds(r, "every", yaml->every, feed->url ? 3600 : 60, &feed->every_s);
    if (!status)
        status = take_seconds(r, "expect", yaml->expect, 0, &feed->expect_s);
    if (!status)
        status = take_duration(r, "settle", yaml->settle, 2000, &feed->settle_ms);
    if (!status)
        status = take_duration(r, "timeout", yaml->timeout, 30000, &feed->timeout_ms);
    if (!status)
        status = take_duration(r, "backoff", yaml->backoff, 2000, &feed->backoff_ms);
    if (!status)
        status = take_limits(r, yaml, feed);
    if (status || !yaml->after)
        return status;
    if (feed->url)
        return fault(r, NULL, NULL, "'after' is for folders");
    feed->moves = strcmp(yaml->after, "move") == 0;
    return feed->moves || strcmp(yaml->after, "keep") == 0 ? COMITY_OK
                                                           : fault(r, "after", yaml->after, "'keep' or 'move'");
}

static enum comity_status take_all(struct reading *r, const struct settings_yaml *yaml)
{
    struct settings *out = r->out;
    out->links = true;
    out->feeds = ARENA_ARRAY(&out->arena, struct feed_settings, yaml->n_feeds + 1);
    if (!out->feeds)
        return error_nomem(r->err);
    enum comity_status status = take_truth(r, "link", yaml->link, &out->links);
    for (size_t i = 0; !status && i < yaml->n_feeds; i++) {
        uint32_t line = yaml_line(r->yaml, i ? r->line + 1 : 1, "feed", slice_from(yaml->feeds[i].feed));
        r->line = line ? line : r->line;
        status = take_feed(r, &yaml->feeds[i], &out->feeds[i]);
        out->n_feeds += !status;
    }
    return status;
}

/* The folder of a path, "." where it names none. */
static const char *folder_of(struct arena *arena, const char *path)
{
    size_t len = (size_t)(path_name(path) - path);
    return len ? arena_string(arena, slice_of(path, len > 1 ? len - 1 : len)) : ".";
}

enum comity_status settings_parse(struct slice text, const char *name, struct settings *out, struct comity_error *err)
{
    struct yaml_text yaml = {.where = name, .text = text};
    void *tree = NULL;
    *out = (struct settings){0};
    struct reading reading = {.yaml = &yaml, .line = 1, .folder = folder_of(&out->arena, name), .out = out, .err = err};
    enum comity_status status = reading.folder ? yaml_load(&yaml, &settings_value, &tree, err) : error_nomem(err);
    if (!status)
        status = take_all(&reading, tree);
    yaml_release(&settings_value, tree);
    if (status)
        settings_release(out);
    return status;
}

enum comity_status settings_load(const char *path, struct settings *out, struct comity_error *err)
{
    struct file_map map = {0};
    *out = (struct settings){0};
    enum comity_status status = file_map(&map, path, err);
    if (!status)
        status = settings_parse(slice_of(map.ptr, map.len), path, out, err);
    file_unmap(&map);
    return status;
}

void settings_release(struct settings *settings)
{
    arena_release(&settings->arena);
    *settings = (struct settings){0};
}
