/* settings.h - the file that says which feeds there are (docs/INTAKE.md is its manual):
 *
 *     feeds:
 *       - feed: customs
 *         recipe: simulated-customs
 *         from: { folder: /srv/customs, pattern: "*.csv" }
 *         after: move
 *       - feed: ministry
 *         recipe: ./ministry.yaml
 *         from: { url: "https://ministry.example/seizures.csv" }
 *         every: 1d
 *         expect: 7d
 *
 * Checked as a whole before anything is taken in: every error has its line. Relative paths start at the file's folder.
 * Immutable once loaded; recipes are loaded by the caller, who has the domain.
 */
#ifndef INTAKE_SETTINGS_H
#define INTAKE_SETTINGS_H

#include "base/arena.h"
#include "comity.h"

enum { SETTINGS_MOST_FEEDS = 200, SETTINGS_LEAST_EVERY_S = 1 };

struct feed_settings {
    struct slice id;
    const char *recipe;           /* a path, or a name in the domain pack */
    const char *folder, *pattern; /* one of folder and url is there */
    const char *url;
    const char *ca;      /* a file of certificates to trust instead of the system's, or null */
    const char *proxy;   /* or null: none, whatever the environment says */
    bool moves;          /* what was taken goes to done/ or failed/ in the folder */
    bool may_be_private; /* redirects may lead to private addresses */
    int64_t every_s, expect_s;
    int64_t settle_ms; /* how long a file must rest before it is taken */
    int64_t timeout_ms, backoff_ms;
    unsigned tries;
    uint64_t most_bytes;
    double most_rejected; /* share of rows */
};

struct settings {
    struct feed_settings *feeds;
    size_t n_feeds;
    bool links; /* after an import */
    struct arena arena;
};

enum comity_status settings_load(const char *path, struct settings *out, struct comity_error *err) COMITY_MUST_USE;
/* `name`: for errors; its folder is where relative paths start. */
enum comity_status settings_parse(
    struct slice text, const char *name, struct settings *out, struct comity_error *err) COMITY_MUST_USE;
void settings_release(struct settings *settings);

/* "90s", "15m", "2h", "7d", "500ms", "1w": milliseconds. False for anything else, for nothing and for over ten years.
 */
bool settings_duration(struct slice text, int64_t *ms);
/* "200kB", "64MB", "2GB", "1000": bytes, in powers of ten. */
bool settings_size(struct slice text, uint64_t *bytes);

#endif
