/* schedule.h - backups that are made by themselves, while something else runs.
 *
 * The first is due one interval after the newest that is in the folder, at once where there is none, so that starting
 * anew changes nothing. After a failure it is tried again within a quarter of an hour. Each outcome is told in one
 * line. A schedule is run by one thread and looked at by any.
 */
#ifndef KEEP_SCHEDULE_H
#define KEEP_SCHEDULE_H

#include "keep/backup.h"

struct schedule;

struct schedule_options {
    const char *store_path, *folder;
    const char *passphrase_file; /* null: not encrypted. Read for each backup */
    int64_t every_s;
    uint64_t keep; /* 0: all */
    unsigned wait_ms;
    void (*say)(void *context, const char *line); /* may be null; from the running thread */
    void *context;
};

/* Looks whether the passphrase will do. A folder that will not is a failure of the first backup, not of whoever serves
 * beside. Texts are copied. */
enum comity_status schedule_open(
    const struct schedule_options *options, struct schedule **out, struct comity_error *err) COMITY_MUST_USE;
/* Makes backups until schedule_stop(). */
void schedule_run(struct schedule *schedule);
/* From any thread: ends the run; a backup under way leaves nothing. */
void schedule_stop(struct schedule *schedule);
void schedule_close(struct schedule *schedule);

/* How it goes. Times are seconds since 1970; 0: never. */
struct schedule_state {
    char folder[KEEP_PATH];
    int64_t every_s, last, due, failing_since;
    uint64_t keep, size; /* size: of the last one; 0: it was made before this run */
    bool is_encrypted, is_running;
    char error[512], hint[256]; /* of the last failure; empty once one has succeeded */
};
void schedule_look(struct schedule *schedule, struct schedule_state *out);

#endif
