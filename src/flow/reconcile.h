/* reconcile.h - series of sums laid beside events or each other, from their names to a table (sums/sums.h).
 *
 * Which of the two it is follows from what is named:
 *   against sources of reports (or nothing: all of them)  the series is reconciled with their events
 *   against one series of sums                            the two series are compared, cell by cell
 *   an edition                                            what one import said, beside what an earlier one said
 * The series may be a source of reports as well: many "reports" are sums of a day and a town.
 */
#ifndef FLOW_RECONCILE_H
#define FLOW_RECONCILE_H

#include "flow/desk.h"
#include "sums/report.h"

#include <pthread.h>

struct reconcile_request {
    struct slice series;        /* code of a source */
    struct slice against;       /* codes, comma between; empty: all sources of reports but the series */
    struct slice edition;       /* "7": import 7 and the one before it; "5..7"; empty: none */
    struct slice level, period; /* words of sums.h; empty: auto */
    struct slice groups;        /* codes or names of concepts that what is within is summed to, comma between */
    pthread_mutex_t *lock;      /* held while the store is read, where threads share it; null: none */
    const struct query *query;  /* which cells; null: all */
};

struct reconcile_result {
    struct sums_table table;
    struct slice *against; /* codes of the sources of the events */
    size_t n_against;
    struct arena arena;
};

/* `store`: for the rows of the series. The events are those of the snapshot. */
enum comity_status reconcile(struct store *store, const struct snapshot *snapshot, const struct domain *domain,
    const struct reader *reader, const struct reconcile_request *request, struct reconcile_result *out,
    struct comity_error *err) COMITY_MUST_USE;
void reconcile_result_release(struct reconcile_result *result);

#endif
