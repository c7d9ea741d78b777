/* How an edition differs from what its source had said before it: one pass that counts all, keeps the first rows and
 * adds up both sides; the older versions of corrected rows are fetched afterwards, one by one. */
#include "store/coverage.h"

#include "base/array.h"
#include "base/error.h"
#include "store/weigh.h"

#include <stdlib.h>

struct differing {
    struct weigh weigh;
    struct store_difference *out;
    struct arena *arena;
    size_t most_rows;
    struct difference_row *rows;
    size_t n_rows, room_rows;
    struct difference_total *totals;
    size_t n_totals, room_totals;
    struct map total_of;
};

static enum comity_status find_import(struct store *store, const struct reader *reader, uint64_t number,
    struct arena *arena, struct import_row *out, struct comity_error *err)
{
    struct import_row *rows;
    size_t n;
    enum comity_status status = store_imports(store, reader, arena, &rows, &n, err);
    for (size_t i = 0; !status && i < n; i++) {
        if (rows[i].number != number)
            continue;
        *out = rows[i];
        if (out->is_undone)
            return error_set(err, COMITY_CONFLICT, "import %llu was taken back", (unsigned long long)number);
        return COMITY_OK;
    }
    if (!status) {
        status = error_set(err, COMITY_NOTFOUND, "there is no import %llu", (unsigned long long)number);
        error_hint(err, "`comity imports` lists them");
    }
    return status;
}

/* ---- the sums ------------------------------------------------------------------------------------------------- */

static struct difference_total *total_of(
    struct differing *d, const struct value *values, double *amount, struct comity_error *err)
{
    const struct domain *domain = d->weigh.domain;
    const struct value *what = domain->what >= 0 ? &values[domain->what] : NULL;
    const struct value *how_much = domain->how_much >= 0 ? &values[domain->how_much] : NULL;
    bool has_concept = what && value_is_typed(what) && what->type == VALUE_CONCEPT;
    bool has_unit = how_much && value_is_typed(how_much) && how_much->type == VALUE_QUANTITY;
    uint64_t concept = has_concept ? (uint64_t)what->concept.id + 1 : 0;
    uint64_t unit = has_unit ? (uint64_t)how_much->quantity.unit + 1 : 0;
    bool is_new = false;
    uint64_t *at = map_put(&d->total_of, concept << 32 | unit, &is_new);
    *amount = has_unit ? how_much->quantity.amount : 0;
    if (!at || !ARRAY_ROOM(d->totals, d->n_totals, d->room_totals, 1)) {
        error_nomem(err);
        return NULL;
    }
    if (is_new) {
        *at = d->n_totals;
        d->totals[d->n_totals++] = (struct difference_total){
            .concept = concept ? domain->fields[domain->what].spec.concepts->nodes[concept - 1].code : SLICE_EMPTY,
            .unit = unit ? domain->fields[domain->how_much].spec.units->units[unit - 1].code : SLICE_EMPTY};
    }
    return &d->totals[*at];
}

static enum comity_status add_up(
    struct differing *d, const struct value *values, bool is_before, bool is_after, struct comity_error *err)
{
    double amount;
    if (!is_before && !is_after)
        return COMITY_OK;
    struct difference_total *total = total_of(d, values, &amount, err);
    if (!total)
        return COMITY_NOMEM;
    total->n_before += is_before;
    total->before += is_before ? amount : 0;
    total->n_after += is_after;
    total->after += is_after ? amount : 0;
    return COMITY_OK;
}

/* ---- the rows ------------------------------------------------------------------------------------------------- */

static enum comity_status keep_row(
    struct differing *d, enum difference_kind kind, const struct edition_row *row, struct comity_error *err)
{
    d->out->n[kind]++;
    if (d->n_rows >= d->most_rows || d->out->coverage.is_first)
        return COMITY_OK;
    struct difference_row kept = {.kind = kind,
        .mention = row->id,
        .older = kind == DIFFERENCE_CORRECTED ? row->supersedes : 0,
        .packed = arena_copy(d->arena, row->packed),
        .key = arena_copy(d->arena, row->key)};
    if (!kept.packed.ptr || !kept.key.ptr || !ARRAY_ROOM(d->rows, d->n_rows, d->room_rows, 1))
        return error_nomem(err);
    d->rows[d->n_rows++] = kept;
    return COMITY_OK;
}

/* What stands for a retracted statement is new to a reader. */
static bool is_correction(const struct differing *d, const struct edition_row *row)
{
    const struct edition *e = &d->weigh.edition;
    size_t older;
    return row->is_own && row->supersedes && edition_find(e, row->supersedes, &older) &&
           e->said[older] > e->retracted[older];
}

static enum comity_status sort_old(struct differing *d, const struct edition_row *row, const struct value *values,
    bool *is_after, struct comity_error *err)
{
    const struct edition *e = &d->weigh.edition;
    bool is_said = e->is_said[row->at];
    *is_after = row->is_live_before || is_said;
    if (is_said && !row->is_live_before)
        return keep_row(d, DIFFERENCE_REVIVED, row, err);
    if (is_said)
        d->out->n_unchanged++;
    if (!row->is_live_before || is_said)
        return COMITY_OK;
    if (!weigh_is_missing(&d->weigh, row)) {
        *is_after = false; /* an own mention stands for it */
        return COMITY_OK;
    }
    if (d->weigh.n_complete) {
        struct weigh complete = {.domain = d->weigh.domain, .zones = d->weigh.complete, .n_zones = d->weigh.n_complete};
        if (weigh_is_inside(&complete, values)) {
            *is_after = false;
            return keep_row(d, DIFFERENCE_RETRACTED, row, err);
        }
    }
    return weigh_is_inside(&d->weigh, values) ? keep_row(d, DIFFERENCE_MISSING, row, err) : COMITY_OK;
}

static enum comity_status visit(void *context, const struct edition_row *row, struct comity_error *err)
{
    struct differing *d = context;
    struct value values[DOMAIN_MOST_FIELDS];
    bool is_after = true;
    enum comity_status status = mention_unpack(d->weigh.domain, row->packed, values, err);
    if (!status && row->is_own)
        status = keep_row(d, is_correction(d, row) ? DIFFERENCE_CORRECTED : DIFFERENCE_ADDED, row, err);
    else if (!status)
        status = sort_old(d, row, values, &is_after, err);
    return status ? status : add_up(d, values, !row->is_own && row->is_live_before, is_after, err);
}

static enum comity_status fetch_older(struct differing *d, struct comity_error *err)
{
    struct store *store = d->weigh.edition.store;
    sqlite3_stmt *find = NULL;
    enum comity_status status = sql_prepare(store, "SELECT packed FROM mention WHERE id = ?", &find, err);
    for (size_t i = 0; !status && i < d->n_rows; i++) {
        bool has_row = false;
        if (!d->rows[i].older)
            continue;
        status = sql_bind(store, find, err, "u", d->rows[i].older);
        if (!status)
            status = sql_step(store, find, &has_row, err);
        if (!status && has_row && !sql_copy(find, 0, d->arena, &d->rows[i].older_packed))
            status = error_nomem(err);
    }
    sqlite3_finalize(find);
    return status;
}

static int by_kind(const void *left, const void *right)
{
    const struct difference_row *a = left, *b = right;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return a->mention < b->mention ? -1 : a->mention > b->mention;
}

static uint64_t most_rows(const struct difference_total *total)
{
    return total->n_before > total->n_after ? total->n_before : total->n_after;
}

static int by_rows(const void *left, const void *right)
{
    const struct difference_total *a = left, *b = right;
    if (most_rows(a) != most_rows(b))
        return most_rows(a) > most_rows(b) ? -1 : 1;
    int order = slice_compare(a->concept, b->concept);
    return order ? order : slice_compare(a->unit, b->unit);
}

static enum comity_status hand_out(struct differing *d, struct comity_error *err)
{
    struct store_difference *out = d->out;
    out->rows = ARENA_ARRAY(d->arena, struct difference_row, d->n_rows + 1);
    out->totals = ARENA_ARRAY(d->arena, struct difference_total, d->n_totals + 1);
    if (!out->rows || !out->totals)
        return error_nomem(err);
    if (d->n_rows) {
        qsort(d->rows, d->n_rows, sizeof *d->rows, by_kind);
        memcpy(out->rows, d->rows, d->n_rows * sizeof *d->rows);
    }
    if (d->n_totals) {
        qsort(d->totals, d->n_totals, sizeof *d->totals, by_rows);
        memcpy(out->totals, d->totals, d->n_totals * sizeof *d->totals);
    }
    out->n_rows = d->n_rows;
    out->n_totals = d->n_totals;
    return COMITY_OK;
}

/* The report is about what was confirmed, from its first to its last day; rows are looked for in the days of the
 * edition as well. */
static enum comity_status count_confirmed(struct differing *d)
{
    struct weigh *w = &d->weigh;
    struct coverage_claim *claim = &d->out->coverage.claim;
    struct zone *own = w->zones;
    size_t n_own = w->n_zones;
    bool is_everywhere = false;
    *claim = (struct coverage_claim){
        .first_day = w->complete[0].first, .last_day = w->complete[0].last, .is_complete = true};
    for (size_t i = 0; i < w->n_complete; i++) {
        const struct zone *zone = &w->complete[i];
        claim->first_day = zone->first < claim->first_day ? zone->first : claim->first_day;
        claim->last_day = zone->last > claim->last_day ? zone->last : claim->last_day;
        is_everywhere |= zone->country == COUNTRY_NONE;
        size_t at = 0;
        struct slice country =
            zone->country ? slice_from(country_get(w->domain->countries, zone->country)->alpha2) : SLICE_EMPTY;
        while (at < claim->n_countries && !slice_equal(claim->countries[at], country))
            at++;
        if (country.len && at == claim->n_countries && at < COVERAGE_MOST_COUNTRIES)
            claim->countries[claim->n_countries++] = country;
    }
    claim->n_countries = is_everywhere ? 0 : claim->n_countries;
    w->zones = w->complete;
    w->n_zones = w->n_complete;
    enum comity_status status = weigh_count(w);
    w->zones = own;
    w->n_zones = n_own;
    d->out->coverage.is_complete = d->out->coverage.is_confirmed = d->out->coverage.has_days = true;
    return status;
}

static enum comity_status difference_within(
    struct differing *d, struct store *store, const struct domain *domain, uint64_t import, struct comity_error *err)
{
    struct weigh *w = &d->weigh;
    enum comity_status status =
        weigh_load(w, store, d->out->import.source, import, domain, d->arena, &d->out->coverage, err);
    if (!status)
        status = weigh_own_claim(w);
    if (!status)
        status = weigh_read_complete(w);
    if (!status)
        status = w->n_complete ? count_confirmed(d) : weigh_count(w);
    if (!status)
        status = edition_scan(&w->edition, visit, d, err);
    if (!status)
        status = fetch_older(d, err);
    return status ? status : hand_out(d, err);
}

enum comity_status store_difference(struct store *store, const struct reader *reader, const struct domain *domain,
    uint64_t import, size_t most_rows, struct arena *arena, struct store_difference *out, struct comity_error *err)
{
    struct differing d = {.out = out, .arena = arena, .most_rows = most_rows};
    *out = (struct store_difference){0};
    enum comity_status status = find_import(store, reader, import, arena, &out->import, err);
    if (!status)
        status = read_begin(store, err);
    if (status)
        return status;
    status = difference_within(&d, store, domain, import, err);
    weigh_release(&d.weigh);
    free(d.rows);
    free(d.totals);
    map_release(&d.total_of);
    read_end(store);
    return status;
}
