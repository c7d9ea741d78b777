/* intake.h - feeds taken in by themselves: what is due is looked at, what is new is imported, then all is linked.
 *
 * One thread owns an intake; intake_stop may be called from any. One intake works on a store at a time: a lock in the
 * folder `<store>-intake`, where copies of what is being read and the files of rejected rows stand too. Nothing is
 * written down as taken before its import is published, so that a crash between the two only has the same bytes looked
 * at once more: they are known by their hash and add nothing. What a feed brings that cannot be read leaves the store
 * as it was, and is told; the others go on.
 */
#ifndef INTAKE_INTAKE_H
#define INTAKE_INTAKE_H

#include "flow/desk.h"

struct intake;

struct intake_options {
    const char *settings_path, *store_path;
    const char *data_folder;     /* null: as compiled in */
    const struct domain *domain; /* shared, for instance with a server; null: loaded */
    unsigned wait_ms;            /* for another intake, and for another writer */
    const struct progress *progress;
    const struct reader *who;
    /* May be null. `say`: one line for a log. `work`: an import begins, and ends when all is linked; `snapshot`: what
     * the store then holds, to be taken over, or null where it is not known. */
    void (*say)(void *context, const char *line);
    void (*work)(void *context, bool begins, struct snapshot *snapshot);
    void *context;
};

struct intake_summary {
    size_t n_looks, n_imports, n_failures, n_waiting; /* waiting: files that are still being written */
    struct comity_error failure;                      /* the first */
};

/* Reads settings and recipes, takes the lock (COMITY_BUSY), writes down what is declared. */
enum comity_status intake_open(
    const struct intake_options *options, struct intake **out, struct comity_error *err) COMITY_MUST_USE;
void intake_close(struct intake *intake);

/* Does what is due now, and ends. That a feed fails is no error of this call: see the summary. */
enum comity_status intake_run_once(
    struct intake *intake, struct intake_summary *summary, struct comity_error *err) COMITY_MUST_USE;
/* Goes on until intake_stop, or until the progress says so. */
enum comity_status intake_run(struct intake *intake, struct comity_error *err) COMITY_MUST_USE;
/* Thread-safe; may be called before intake_run. */
void intake_stop(struct intake *intake);

#endif
