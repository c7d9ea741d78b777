/* work.h - what the parts of the intake share. Private to src/intake. */
#ifndef INTAKE_WORK_H
#define INTAKE_WORK_H

#include "intake/fetch.h"
#include "intake/folder.h"
#include "intake/intake.h"
#include "intake/settings.h"
#include "store/intake.h"

#include <stdatomic.h>

enum { WHOLE_REST_MS = 250, MOST_PATIENCE_S = 120, LINK_AGAIN_MS = 30000 };

/* A file that waits until it has rested. */
struct pending {
    char *name;
    struct folder_file seen; /* without its name */
    uint64_t since_ms;       /* it has looked like this */
    bool is_whole;           /* the system told that the writer has closed it */
    uint64_t whole_ms;
};

struct feed_state {
    const struct feed_settings *settings;
    size_t number;
    struct recipe *recipe;
    char recipe_hash[65]; /* of the recipe's text, with the address */
    struct slice place;
    const char *copies, *rejects; /* its folders in the work folder */
    uint64_t look_ms;             /* when to look next, by clock_ms; 0: now */
    unsigned n_troubles;          /* of ours, not of the files: a full disk, another writer; in a row */
    /* A folder. */
    bool is_watched;
    struct pending *pending;
    size_t n_pending, room_pending;
    /* An address. */
    bool is_running;
    unsigned n_tries;
    char etag[256], modified[64]; /* as the store has them */
    uint64_t n_failures;          /* in a row, as the store counts */
    uint64_t began_ms;
};

struct intake {
    struct intake_options options;
    struct settings settings;
    struct desk desk;
    bool owns_domain;
    const char *folder; /* <store>-intake */
    int lock_fd, wake_fd;
    struct watch *watch;
    struct fetcher *fetcher;
    struct feed_state *feeds;
    bool is_once, needs_link, is_working;
    uint64_t link_ms; /* not before */
    struct intake_summary summary;
    struct arena arena;
    atomic_bool is_stopping;
    struct progress progress; /* the caller's, and whether it is to stop */
};

bool intake_should_stop(const struct intake *intake);
void intake_say(const struct intake *intake, const struct feed_state *feed, const char *format, ...)
    COMITY_PRINTF(3, 4);
/* Counts a failure and says it. */
void intake_failed(
    struct intake *intake, const struct feed_state *feed, const char *item, const struct comity_error *err);
/* Seconds until a feed that fails is asked again: some minutes, twice as long each time, never rarer than it is looked
 * at anyway. */
int64_t intake_patience(const struct feed_state *feed);

/* folder_feed.c: looks; sets look_ms to when the next look is worth while. */
enum comity_status folder_feed_look(
    struct intake *intake, struct feed_state *feed, struct comity_error *err) COMITY_MUST_USE;
void folder_feed_told(void *intake, size_t feed, struct slice name, enum watch_event event);
void folder_feed_release(struct feed_state *feed);

/* address_feed.c */
enum comity_status address_feed_look(
    struct intake *intake, struct feed_state *feed, struct comity_error *err) COMITY_MUST_USE;
enum comity_status address_feed_take(struct intake *intake, struct feed_state *feed, struct fetch_result *result,
    struct comity_error *err) COMITY_MUST_USE;

/* take.c: imports a file that nobody else touches. */
struct taken {
    enum comity_status status; /* of the import; the detail is in err */
    bool is_fault_of_file;     /* else of ours: tried again as it is */
    struct comity_error err;
    struct attempt_row attempt; /* texts in the arena that was given */
};
void take_file(struct intake *intake, struct feed_state *feed, const char *path, struct slice item, struct arena *arena,
    struct taken *out);
/* Writes down what came of it: failing here is only said, since what was imported stays. */
void take_record(struct intake *intake, const struct feed_state *feed, struct feed_record *record);

#endif
