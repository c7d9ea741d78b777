/* Two tables: what the store held before, and what it holds with the import; both by the numbers of mentions. */
#include "flow/foresee.h"

#include "base/calendar.h"
#include "base/error.h"
#include "flow/model_file.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

struct foreseeing {
    struct desk *desk;
    const struct reader *who;
    struct mentions before, after;
    bool has_before, has_after;
    uint64_t *entity_of, *entity_after;
    uint64_t sequence;
    struct judgement *judgements;
    size_t n_judgements;
    struct model_file model;
    struct link_live *live;
    uint32_t *position_of; /* by mention of `after` */
    uint32_t *n_on;        /* by position: mentions of `before` that it stands for */
    double *us;
    size_t n_us;
    struct arena arena;
};

enum comity_status foresee_begin(
    struct desk *desk, const struct reader *who, struct foreseeing **out, struct comity_error *err)
{
    struct foreseeing *f = *out = calloc(1, sizeof *f);
    if (!f)
        return error_nomem(err);
    f->desk = desk;
    f->who = who;
    enum comity_status status = desk_load(desk, &f->before, &f->entity_of, &f->sequence, err);
    f->has_before = !status;
    if (!status)
        status = store_judgements(desk->store, who, false, &f->arena, &f->judgements, &f->n_judgements, err);
    /* A store that was never linked has no model; then one is trained. */
    if (!status && model_file_of_store(desk, &f->model, NULL) == COMITY_NOMEM)
        status = error_nomem(err);
    return status;
}

void foresee_end(struct foreseeing *f)
{
    if (!f)
        return;
    link_live_free(f->live);
    model_file_release(&f->model);
    if (f->has_before)
        mentions_release(&f->before);
    if (f->has_after)
        mentions_release(&f->after);
    free(f->entity_of);
    free(f->entity_after);
    free(f->position_of);
    free(f->n_on);
    free(f->us);
    arena_release(&f->arena);
    free(f);
}

void foresight_release(struct foresight *foresight)
{
    arena_release(&foresight->arena);
    *foresight = (struct foresight){0};
}

/* ---- one by one ---------------------------------------------------------------------------------------------------
 */

static double now_us(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static uint32_t source_before(const struct foreseeing *f, struct slice code)
{
    uint32_t s = 0;
    while (s < f->before.n_sources && !slice_equal(f->before.sources[s].code, code))
        s++;
    return s;
}

static enum comity_status add_one(struct foreseeing *f, size_t m, struct comity_error *err)
{
    const struct mentions *after = &f->after;
    struct value values[DOMAIN_MOST_FIELDS];
    for (size_t field = 0; field < after->domain->n_fields; field++)
        values[field] = *mention_value(after, m, (int)field);
    struct live_mention mention = {.values = values,
        .source = source_before(f, after->sources[after->source[m]].code),
        .content = after->content[m],
        .identity = after->identity[m],
        .ordinal = after->ordinal[m]};
    double start = now_us();
    enum comity_status status = link_live_add(f->live, &mention, &f->position_of[m], err);
    f->us[f->n_us++] = now_us() - start;
    return status;
}

static enum comity_status remove_one(struct foreseeing *f, size_t m, struct comity_error *err)
{
    uint32_t position = link_live_position(f->live, m);
    return --f->n_on[position] ? COMITY_OK : link_live_remove(f->live, position, err);
}

/* Whether the source of every new mention is one that the model knows. */
static bool model_fits(const struct foreseeing *f)
{
    return f->model.model && link_model_knows(f->model.model, &f->after) &&
           link_model_knows(f->model.model, &f->before) && f->after.n_sources == f->before.n_sources;
}

/* The linked whole of before; then, both tables being in the order of numbers, what came and what went. */
static enum comity_status follow_changes(
    struct foreseeing *f, const struct progress *progress, struct comity_error *err)
{
    const struct mentions *before = &f->before, *after = &f->after;
    struct link_options options = {.model = f->model.model, .progress = progress};
    enum comity_status status = link_live_start(before, f->judgements, f->n_judgements, &options, &f->live, err);
    if (status)
        return status;
    f->n_on = calloc(before->n + 1, sizeof *f->n_on);
    f->us = malloc((after->n + 1) * sizeof *f->us);
    if (!f->n_on || !f->us)
        return error_nomem(err);
    for (size_t m = 0; m < before->n; m++)
        f->n_on[link_live_position(f->live, m)]++;
    size_t b = 0;
    for (size_t m = 0; m < after->n && !status; m++) {
        for (; b < before->n && before->id[b] < after->id[m] && !status; b++)
            status = remove_one(f, b, err);
        if (b < before->n && before->id[b] == after->id[m])
            f->position_of[m] = link_live_position(f->live, b++);
        else if (!status)
            status = add_one(f, m, err);
    }
    for (; b < before->n && !status; b++)
        status = remove_one(f, b, err);
    return status;
}

/* ---- all at once --------------------------------------------------------------------------------------------------
 */

static enum comity_status link_anew(struct foreseeing *f, const struct progress *progress, struct comity_error *err)
{
    struct link_options options = {.progress = progress};
    enum comity_status status = link_live_start(&f->after, f->judgements, f->n_judgements, &options, &f->live, err);
    for (size_t m = 0; m < f->after.n && !status; m++)
        f->position_of[m] = link_live_position(f->live, m);
    return status;
}

/* ---- telling ------------------------------------------------------------------------------------------------------
 */

struct telling {
    struct foreseeing *f;
    struct foresight *out;
    uint64_t *entity;     /* by position that is the first of its cluster: the entity that its mentions had; 0: none */
    uint64_t *first_row;  /* by the same: of the file; 0: none yet */
    uint32_t *mention_on; /* by position: a mention of `after` + 1 that was there before; 0: none */
};

static bool is_news(const struct foreseeing *f, const struct import_news *news, size_t n, size_t m)
{
    /* What is new has the highest numbers. */
    return n && f->after.id[m] >= news[0].mention;
}

static void note_known(struct telling *t, const struct import_news *news, size_t n)
{
    const struct foreseeing *f = t->f;
    for (size_t m = 0; m < f->after.n; m++) {
        if (is_news(f, news, n, m))
            continue;
        uint32_t position = f->position_of[m], first = link_live_cluster(f->live, position);
        if (!t->entity[first] || f->entity_after[m] < t->entity[first])
            t->entity[first] = f->entity_after[m];
        t->mention_on[position] = (uint32_t)m + 1;
    }
}

static void tell_row(struct telling *t, size_t m, const struct import_news *news)
{
    struct foreseeing *f = t->f;
    struct foreseen *row = &t->out->rows[t->out->n++];
    uint32_t position = f->position_of[m], first = link_live_cluster(f->live, position);
    double bits;
    uint32_t nearest = link_live_nearest(f->live, position, &bits);
    bool is_first = !t->first_row[first];
    if (is_first)
        t->first_row[first] = news->row;
    *row = (struct foreseen){.row = news->row,
        .part = news->part,
        .key = news->key,
        .is_newer = news->supersedes != 0,
        .entity = t->entity[first],
        .first_row = t->first_row[first],
        .probability = nearest == position ? NAN : 1 / (1 + exp2(-bits))};
    if (nearest != position && t->mention_on[nearest]) {
        uint32_t other = t->mention_on[nearest] - 1;
        row->nearest = f->after.id[other];
        row->source = f->after.sources[f->after.source[other]].code;
    }
    t->out->n_known += row->entity != 0;
    t->out->n_new += !row->entity && is_first;
}

static enum comity_status tell(
    struct foreseeing *f, const struct import_news *news, size_t n, struct foresight *out, struct comity_error *err)
{
    size_t room = link_live_count(f->live) + 1;
    struct telling t = {.f = f,
        .out = out,
        .entity = calloc(room, sizeof *t.entity),
        .first_row = calloc(room, sizeof *t.first_row),
        .mention_on = calloc(room, sizeof *t.mention_on)};
    out->rows = ARENA_ARRAY(&out->arena, struct foreseen, n + 1);
    bool is_good = t.entity && t.first_row && t.mention_on && out->rows;
    if (is_good)
        note_known(&t, news, n);
    /* Both in the order of numbers; an aggregate's mentions are not linked. */
    for (size_t m = 0, i = 0; is_good && m < f->after.n && i < n; m++) {
        if (!is_news(f, news, n, m))
            continue;
        while (i < n && news[i].mention < f->after.id[m])
            i++;
        if (i < n && news[i].mention == f->after.id[m])
            tell_row(&t, m, &news[i++]);
    }
    /* Their texts are kept by what is told. */
    for (size_t i = 0; is_good && i < out->n; i++)
        if (out->rows[i].source.len && !(out->rows[i].source = arena_copy(&out->arena, out->rows[i].source)).ptr)
            is_good = false;
    free(t.entity);
    free(t.first_row);
    free(t.mention_on);
    return is_good ? COMITY_OK : error_nomem(err);
}

static int compare_us(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

enum comity_status foresee_rows(struct foreseeing *f, struct store_import *import, const struct progress *progress,
    struct foresight *out, struct comity_error *err)
{
    struct import_news *news;
    uint64_t sequence;
    size_t n;
    *out = (struct foresight){0};
    enum comity_status status = store_import_news(import, &out->arena, &news, &n, err);
    if (!status)
        status = desk_load(f->desk, &f->after, &f->entity_after, &sequence, err);
    f->has_after = !status;
    if (!status && sequence != f->sequence)
        status = error_set(err, COMITY_BUSY, "somebody else has written meanwhile: try again");
    if (!status && !(f->position_of = malloc((f->after.n + 1) * sizeof *f->position_of)))
        status = error_nomem(err);
    out->is_trained = !status && !model_fits(f);
    if (!status)
        status = out->is_trained ? link_anew(f, progress, err) : follow_changes(f, progress, err);
    if (!status)
        status = tell(f, news, n, out, err);
    if (!status && f->n_us) {
        qsort(f->us, f->n_us, sizeof *f->us, compare_us);
        out->p50_us = f->us[f->n_us / 2];
        out->p99_us = f->us[f->n_us * 99 / 100];
    }
    return status;
}
