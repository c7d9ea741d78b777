/* From names to tables: which sources, which editions, which grid. */
#include "flow/reconcile.h"

#include "base/error.h"

#include <stdlib.h>

struct request_run {
    struct store *store;
    const struct snapshot *snapshot;
    const struct domain *domain;
    const struct reader *reader;
    const struct reconcile_request *request;
    struct reconcile_result *out;
    struct sums_options options;
    struct comity_error *err;
};

void reconcile_result_release(struct reconcile_result *result)
{
    sums_release(&result->table);
    arena_release(&result->arena);
    *result = (struct reconcile_result){0};
}

static void lock(const struct request_run *r)
{
    if (r->request->lock)
        pthread_mutex_lock(r->request->lock);
}

static void unlock(const struct request_run *r)
{
    if (r->request->lock)
        pthread_mutex_unlock(r->request->lock);
}

/* ---- options --------------------------------------------------------------------------------------------------- */

static enum comity_status read_groups(struct request_run *r)
{
    struct slice rest = r->request->groups;
    if (!rest.len || r->domain->what < 0)
        return COMITY_OK;
    const struct concept_tree *tree = r->domain->fields[r->domain->what].spec.concepts;
    uint32_t *groups = ARENA_ARRAY(&r->out->arena, uint32_t, rest.len + 1);
    if (!groups)
        return error_nomem(r->err);
    while (rest.len) {
        struct slice name = slice_trim(slice_cut(&rest, ','));
        uint32_t concept = concept_by_code(tree, name);
        if (concept == CONCEPT_NONE)
            concept = concept_find(tree, name);
        if (name.len && concept == CONCEPT_NONE)
            return error_set(r->err, COMITY_USAGE, "'%.*s' is no concept of the domain", SLICE_ARG(name));
        if (name.len)
            groups[r->options.n_groups++] = concept;
    }
    r->options.groups = groups;
    return COMITY_OK;
}

static enum comity_status read_options(struct request_run *r)
{
    const struct reconcile_request *request = r->request;
    r->options.query = request->query;
    if (request->level.len && !sums_level_from(request->level, &r->options.level)) {
        error_set(r->err, COMITY_USAGE, "'%.*s' is no level of places", SLICE_ARG(request->level));
        error_hint(r->err, "auto, world, country, subdivision or settlement");
        return COMITY_USAGE;
    }
    if (request->period.len && !sums_period_from(request->period, &r->options.period)) {
        error_set(r->err, COMITY_USAGE, "'%.*s' is no period", SLICE_ARG(request->period));
        error_hint(r->err, "auto, day, month, quarter or year");
        return COMITY_USAGE;
    }
    enum comity_status status = read_groups(r);
    if (!status && request->query)
        status = sums_check_query(request->query, r->domain, r->err);
    return status;
}

/* ---- sources ------------------------------------------------------------------------------------------------------
 */

static int source_of(const struct mentions *mentions, struct slice code)
{
    for (size_t i = 0; i < mentions->n_sources; i++)
        if (slice_equal(mentions->sources[i].code, code))
            return (int)i;
    return -1;
}

static enum comity_status no_source(const struct request_run *r, struct slice code)
{
    error_set(r->err, COMITY_NOTFOUND, "there is no source '%.*s'", SLICE_ARG(code));
    error_hint(r->err, "`comity sources` lists them");
    return COMITY_NOTFOUND;
}

/* Marks the sources of events. *series becomes the one series among them, if there is one. */
static enum comity_status choose(struct request_run *r, bool *is_chosen, int *series)
{
    const struct mentions *mentions = &r->snapshot->mentions;
    struct slice rest = r->request->against;
    size_t n = 0;
    *series = -1;
    for (size_t i = 0; !rest.len && i < mentions->n_sources; i++) {
        is_chosen[i] =
            !mentions->sources[i].is_aggregate && !slice_equal(mentions->sources[i].code, r->request->series);
        n += is_chosen[i];
    }
    while (rest.len) {
        struct slice code = slice_trim(slice_cut(&rest, ','));
        int source = source_of(mentions, code);
        if (!code.len)
            continue;
        if (source < 0)
            return no_source(r, code);
        if (mentions->sources[source].is_aggregate)
            *series = source;
        is_chosen[source] = true;
        n++;
    }
    if (!n)
        return error_set(r->err, COMITY_NOTFOUND, "no source of reports is there to reconcile '%.*s' with",
            SLICE_ARG(r->request->series));
    if (*series >= 0 && n > 1) {
        error_set(r->err, COMITY_USAGE, "'%.*s' is a series of sums: it is compared by itself, never added to others",
            SLICE_ARG(mentions->sources[*series].code));
        return COMITY_USAGE;
    }
    return COMITY_OK;
}

static enum comity_status list_against(struct request_run *r, const bool *is_chosen)
{
    const struct mentions *mentions = &r->snapshot->mentions;
    struct reconcile_result *out = r->out;
    out->against = ARENA_ARRAY(&out->arena, struct slice, mentions->n_sources + 1);
    if (!out->against)
        return error_nomem(r->err);
    for (size_t i = 0; i < mentions->n_sources; i++) {
        if (!is_chosen[i])
            continue;
        struct slice code = arena_copy(&out->arena, mentions->sources[i].code);
        if (!code.ptr)
            return error_nomem(r->err);
        out->against[out->n_against++] = code;
    }
    return COMITY_OK;
}

/* ---- series and events ---------------------------------------------------------------------------------------------
 */

static enum comity_status load_series(
    struct request_run *r, struct slice code, uint64_t edition, struct sums_table *table)
{
    struct mentions mentions;
    lock(r);
    enum comity_status status = store_load_source(r->store, r->reader, r->domain, code, edition, &mentions, r->err);
    bool is_loaded = !status;
    if (is_loaded)
        status = desk_lay_names(r->store, &mentions, r->err);
    unlock(r);
    if (status && is_loaded)
        mentions_release(&mentions);
    if (status)
        return status;
    status = series_read(&mentions, &r->options, table, r->err);
    table->edition = edition;
    mentions_release(&mentions);
    return status;
}

static enum comity_status with_events(struct request_run *r, const bool *is_chosen)
{
    struct sums_table series;
    struct events events;
    enum comity_status status = load_series(r, r->request->series, 0, &series);
    if (status)
        return status;
    status = events_choose(&r->snapshot->mentions, r->snapshot->entity_of, is_chosen, &events, r->err);
    if (!status) {
        status = events_place_parts(&events, &r->snapshot->resolution, r->err);
        if (!status)
            status = sums_reconcile(&series, &events, &r->options, &r->out->table, r->err);
        events_release(&events);
    }
    sums_release(&series);
    return status;
}

/* Two series on one grid: read once to find their grains, and again where those differ. */
static enum comity_status with_series(struct request_run *r, struct slice first_code, uint64_t first_edition,
    struct slice second_code, uint64_t second_edition)
{
    struct sums_table first = {0}, second = {0};
    enum comity_status status = load_series(r, first_code, first_edition, &first);
    if (!status)
        status = load_series(r, second_code, second_edition, &second);
    struct sums_options before = r->options;
    if (!status)
        series_common(&first, &second, &r->options);
    bool is_other = before.level != r->options.level || before.period != r->options.period;
    if (!status && is_other) {
        sums_release(&first);
        sums_release(&second);
        status = load_series(r, first_code, first_edition, &first);
        if (!status)
            status = load_series(r, second_code, second_edition, &second);
    }
    if (!status)
        status = sums_compare_series(&first, &second, &r->out->table, r->err);
    sums_release(&first);
    sums_release(&second);
    return status;
}

/* ---- editions ------------------------------------------------------------------------------------------------------
 */

static bool read_number(struct slice text, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || *number > UINT64_MAX / 100)
            return false;
        *number = *number * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return text.len > 0 && *number > 0;
}

/* The published import of the series before `number`: what the newer edition came after. */
static enum comity_status find_before(struct request_run *r, uint64_t number, uint64_t *before)
{
    struct import_row *imports;
    size_t n;
    struct arena arena = {0};
    *before = 0;
    lock(r);
    enum comity_status status = store_imports(r->store, r->reader, &arena, &imports, &n, r->err);
    unlock(r);
    for (size_t i = 0; !status && i < n; i++) {
        bool is_one = !imports[i].is_undone && slice_equal(imports[i].source_code, r->request->series);
        if (is_one && imports[i].number < number && imports[i].number > *before)
            *before = imports[i].number;
    }
    arena_release(&arena);
    if (!status && !*before)
        status = error_set(r->err, COMITY_NOTFOUND, "'%.*s' has no import before %llu to compare it with",
            SLICE_ARG(r->request->series), (unsigned long long)number);
    return status;
}

static enum comity_status with_editions(struct request_run *r)
{
    uint64_t first = 0, second = 0;
    struct slice text = r->request->edition;
    ptrdiff_t dots = slice_find(text, SLICE(".."));
    bool is_good = dots < 0 ? read_number(text, &second)
                            : read_number(slice_of(text.ptr, (size_t)dots), &first) &&
                                  read_number(slice_of(text.ptr + dots + 2, text.len - (size_t)dots - 2), &second);
    enum comity_status status = COMITY_OK;
    if (!is_good) {
        error_set(r->err, COMITY_USAGE, "'%.*s' names no edition", SLICE_ARG(text));
        error_hint(r->err, "the number of an import (`comity imports` lists them), or two: 5..7");
        return COMITY_USAGE;
    }
    if (dots < 0)
        status = find_before(r, second, &first);
    return status ? status : with_series(r, r->request->series, first, r->request->series, second);
}

enum comity_status reconcile(struct store *store, const struct snapshot *snapshot, const struct domain *domain,
    const struct reader *reader, const struct reconcile_request *request, struct reconcile_result *out,
    struct comity_error *err)
{
    struct request_run r = {.store = store,
        .snapshot = snapshot,
        .domain = domain,
        .reader = reader,
        .request = request,
        .out = out,
        .err = err};
    int series = -1;
    *out = (struct reconcile_result){0};
    bool *is_chosen = calloc(snapshot->mentions.n_sources + 1, sizeof *is_chosen);
    if (!is_chosen)
        return error_nomem(err);
    enum comity_status status = read_options(&r);
    if (!status && source_of(&snapshot->mentions, request->series) < 0)
        status = no_source(&r, request->series);
    if (!status && !request->edition.len)
        status = choose(&r, is_chosen, &series);
    if (!status && request->edition.len)
        status = with_editions(&r);
    else if (!status && series >= 0)
        status = with_series(&r, request->series, 0, snapshot->mentions.sources[series].code, 0);
    else if (!status)
        status = with_events(&r, is_chosen);
    if (!status && !out->table.is_of_series)
        status = list_against(&r, is_chosen);
    free(is_chosen);
    if (status)
        reconcile_result_release(out);
    return status;
}
