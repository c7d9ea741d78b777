/* desk.h - the stages put together: one open store with its domain, and what may be done with it.
 *
 * This is what the command line, the server and the public API (include/comity.h) use. The order of stages is here and
 * nowhere else: read → store → link → resolve → view.
 */
#ifndef FLOW_DESK_H
#define FLOW_DESK_H

#include "link/link.h"
#include "link/resolve.h"
#include "link/uncertain.h"
#include "read/recipe.h"
#include "store/coverage.h"
#include "store/store.h"
#include "view/view.h"

#include <pthread.h>
#include <stdatomic.h>

struct desk {
    struct store *store;
    struct domain *domain;
};

struct desk_options {
    const char *domain_folder; /* null: found by the store's domain id under data_folder */
    const char *data_folder;   /* holds domains/ and gazetteer.bin; null: as compiled in or installed */
    enum store_mode mode;
    unsigned wait_ms;
};
/* Makes a store for a domain pack of the data folder, checked by loading it. COMITY_CONFLICT when the file is there. */
enum comity_status desk_create(
    const char *path, const char *domain, const struct desk_options *options, struct comity_error *err) COMITY_MUST_USE;
enum comity_status desk_open(
    struct desk *desk, const char *path, const struct desk_options *options, struct comity_error *err) COMITY_MUST_USE;
void desk_close(struct desk *desk);

/* A recipe by path (whatever has a slash or ends in .yaml) or by its name in the domain pack. */
enum comity_status desk_recipe(
    const struct desk *desk, const char *name, struct recipe **out, struct comity_error *err) COMITY_MUST_USE;

/* Lays the names that people settled over mentions that were loaded otherwise. */
enum comity_status desk_lay_names(
    struct store *store, struct mentions *mentions, struct comity_error *err) COMITY_MUST_USE;
/* store_load() with the names that people settled laid over the readings: what linking and the view work on. */
enum comity_status desk_load(struct desk *desk, struct mentions *out, uint64_t **entity_of, uint64_t *sequence,
    struct comity_error *err) COMITY_MUST_USE;
/* The same without the sources' own keys, which linking does not look at: every mention has another one, so they are a
 * third of what there is to read. */
enum comity_status desk_load_to_link(struct desk *desk, struct mentions *out, uint64_t **entity_of, uint64_t *sequence,
    struct comity_error *err) COMITY_MUST_USE;

struct foresight;
struct import_options {
    bool is_dry_run;
    struct foresight *foresight; /* of a dry run: what is to be told of its rows (flow/foresee.h); null: nothing */
    const char *rejects_path;   /* null: beside the file as <file>.rejects.<ext>, with -2, -3 … behind `rejects` where
                                   that name is taken; written only when there are any. What is told is replaced */
    const char *rejects_folder; /* null: beside the file; else they go there under that name */
    double most_rejected;       /* 0: no limit; else COMITY_REJECTED, and nothing is stored, when a greater share is */
    bool must_be_whole; /* COMITY_INPUT, and nothing is stored, when the file ends in the middle of its last row */
    const struct progress *progress;
    const struct reader *who;
    const struct coverage_claim *coverage; /* what a person says that the file covers; null: nothing */
};
struct import_receipt {
    uint64_t number;  /* 0 for a dry run, or when the file was there already */
    uint64_t already; /* the import that brought this very file before, or 0 */
    struct import_counts counts;
    struct coverage_report coverage; /* what was retracted, or would be; texts in the arena */
    struct slice json;               /* the whole receipt */
    struct arena arena;
};
/* Reads a file with a recipe into the store. `path` "-": standard input. A file that is written to meanwhile is not
 * taken: COMITY_BUSY. */
enum comity_status desk_import(struct desk *desk, const char *path, const struct recipe *recipe,
    const struct import_options *options, struct import_receipt *out, struct comity_error *err) COMITY_MUST_USE;
void import_receipt_release(struct import_receipt *receipt);

struct link_summary {
    size_t n_mentions, n_entities, n_loads;
    size_t n_parts;     /* parts of wholes that were found */
    uint64_t n_surplus; /* rows of repeated loads */
    uint64_t n_pairs, n_edges;
    bool has_converged;
    struct slice json;
    struct arena arena;
};
/* Links all live mentions anew and publishes the partition. */
enum comity_status desk_link(struct desk *desk, const struct reader *who, unsigned threads,
    const struct progress *progress, struct link_summary *out, struct comity_error *err) COMITY_MUST_USE;
/* The same under a model that is there, instead of training one; it stays the caller's. COMITY_CONFLICT when a source
 * speaks that it was not trained on. */
enum comity_status desk_link_under(struct desk *desk, const struct reader *who, unsigned threads,
    const struct link_model *model, uint64_t trained_on, const struct progress *progress, struct link_summary *out,
    struct comity_error *err) COMITY_MUST_USE;
void link_summary_release(struct link_summary *summary);

struct snapshot;
/* Links again after an import, quickly: under the model that there is, so that the partition is the one that a linking
 * of everything gives under it. A new model is trained where there is none, where a source speaks that it does not
 * know, or when there are half as many mentions more as it was trained on. `snapshot`, if not null, becomes what the
 * store holds now, made of what was loaded for linking; or null when somebody else has written meanwhile. */
enum comity_status desk_relink(struct desk *desk, const struct reader *who, const struct progress *progress,
    struct link_summary *out, struct snapshot **snapshot, struct comity_error *err) COMITY_MUST_USE;

struct quality;
struct review;
struct review_intervals;
/* Everything that reading needs, at one sequence number. Immutable and counted: desk_snapshot gives a reference,
 * snapshot_release gives it back. Threads may share one. */
struct snapshot {
    uint64_t sequence;
    struct mentions mentions;
    uint64_t *entity_of;
    uint32_t *cluster; /* by mention, as link_result */
    struct resolution resolution;
    struct view *view;
    struct judgement *judgements; /* live; where the partition is its own: by persons, and the loads it found itself */
    size_t n_judgements;
    struct coverage_row *coverages; /* all, by import */
    size_t n_coverages;
    struct link_model *model;     /* null when never linked */
    struct doubtful_links doubts; /* of the linking, until a review is made of them */
    bool has_doubts;
    struct review *review;  /* what is doubtful in the partition (flow/review.h); null when nobody has looked */
    bool is_behind;         /* its partition does not go by all judgements yet, or may not */
    bool has_own_partition; /* linked without restricted fields: not what the store's redirects and model speak of */
    uint64_t trained_on;    /* mentions, and */
    uint64_t model_version; /* link_model_version; both only where the partition is its own */
    struct arena arena;
    uint64_t load_ms, resolve_ms, view_ms; /* what building it took */
    atomic_uint n_references;
    pthread_mutex_t quality_lock;
    struct review_intervals *intervals; /* null until snapshot_intervals was asked */
    struct quality *quality;            /* null until snapshot_quality was asked */
};
enum comity_status desk_snapshot(struct desk *desk, struct snapshot **out, struct comity_error *err) COMITY_MUST_USE;
/* The same as readers without restricted fields see it, as if nobody had told those: values, totals, facets, quality,
 * and the partition, too. What was hidden must not decide what they see as one event, so their mentions are linked by
 * themselves, under a model that was trained on nothing else, with what persons judged; an entity has the number of its
 * first mention. `before`, the snapshot that they are shown until now, or null: its model is kept as desk_relink keeps
 * the store's. Where nothing was linked yet, every mention stands alone. Costs a linking of everything. */
enum comity_status desk_snapshot_unrestricted(struct desk *desk, const struct snapshot *before,
    const struct progress *progress, struct snapshot **out, struct comity_error *err) COMITY_MUST_USE;
struct snapshot *snapshot_share(struct snapshot *snapshot);
void snapshot_release(struct snapshot *snapshot);
/* How well its sources tell (flow/quality.h): computed when it is first asked for, kept as long as the snapshot. Any
 * thread may ask; one that comes while it is computed waits. */
enum comity_status snapshot_quality(struct snapshot *snapshot, const struct reader *reader, const struct quality **out,
    struct comity_error *err) COMITY_MUST_USE;

/* How far the totals over everything may be off (flow/review.h): likewise computed once. Null where there is no review.
 */
enum comity_status snapshot_intervals(
    struct snapshot *snapshot, const struct review_intervals **out, struct comity_error *err) COMITY_MUST_USE;

#endif
