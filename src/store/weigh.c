/* One pass over what the source had said. What a coverage retracts is decided without looking at what is live, so that
 * the answer stays the same when an older import is undone later. */
#include "store/weigh.h"

#include "base/array.h"
#include "base/error.h"
#include "base/hash.h"

#include <stdlib.h>

enum { LARGE_SHARE = 10 };

enum comity_status weigh_load(struct weigh *w, struct store *store, uint64_t source, uint64_t import,
    const struct domain *domain, struct arena *arena, struct coverage_report *report, struct comity_error *err)
{
    *w = (struct weigh){.domain = domain, .arena = arena, .report = report, .err = err};
    *report = (struct coverage_report){0};
    return edition_load(store, source, import, &w->edition, err);
}

void weigh_release(struct weigh *w)
{
    edition_release(&w->edition);
    free(w->zones);
    free(w->complete);
    free(w->candidates);
    free(w->totals);
    map_release(&w->total_of);
    *w = (struct weigh){0};
}

/* ---- where a mention is --------------------------------------------------------------------------------------- */

static const struct value *typed(const struct value *values, int field)
{
    return field >= 0 && value_is_typed(&values[field]) ? &values[field] : NULL;
}

static uint16_t country_of(const struct domain *domain, const struct value *values)
{
    const struct value *country = typed(values, domain->country);
    return country && country->type == VALUE_COUNTRY ? country->country.id : COUNTRY_NONE;
}

static const struct value *date_of(const struct domain *domain, const struct value *values)
{
    const struct value *date = typed(values, domain->when);
    return date && date->type == VALUE_DATE ? date : NULL;
}

static bool is_within(const struct zone *zones, size_t n, const struct domain *domain, const struct value *values)
{
    const struct value *date = date_of(domain, values);
    if (!date)
        return false;
    uint16_t country = country_of(domain, values);
    for (size_t i = 0; i < n; i++) {
        if (date->date.first >= zones[i].first && date->date.last <= zones[i].last &&
            (zones[i].country == COUNTRY_NONE || zones[i].country == country))
            return true;
    }
    return false;
}

bool weigh_is_inside(const struct weigh *w, const struct value *values)
{
    return is_within(w->zones, w->n_zones, w->domain, values);
}

/* ---- the claim ------------------------------------------------------------------------------------------------ */

static enum comity_status make_zones(struct weigh *w)
{
    const struct coverage_claim *claim = &w->report->claim;
    size_t n = claim->n_countries ? claim->n_countries : 1;
    free(w->zones);
    w->n_zones = 0;
    w->zones = calloc(n, sizeof *w->zones);
    if (!w->zones)
        return error_nomem(w->err);
    for (size_t i = 0; i < n; i++) {
        struct zone zone = {.first = claim->first_day, .last = claim->last_day};
        if (claim->n_countries)
            zone.country = w->domain->countries ? country_by_alpha2(w->domain->countries, claim->countries[i]) : 0;
        if (claim->n_countries && zone.country == COUNTRY_NONE) {
            error_set(w->err, COMITY_USAGE, "there is no country '%.*s'", SLICE_ARG(claim->countries[i]));
            error_hint(w->err, "two letters of ISO 3166-1, such as CO");
            return COMITY_USAGE;
        }
        w->zones[w->n_zones++] = zone;
    }
    return COMITY_OK;
}

enum comity_status weigh_take_claim(struct weigh *w, const struct coverage_claim *claim)
{
    if (claim->last_day < claim->first_day)
        return error_set(w->err, COMITY_USAGE, "a coverage ends before it begins");
    if (w->domain->when < 0)
        return error_set(w->err, COMITY_USAGE, "the domain has no date, so that nothing can be covered");
    w->report->claim = *claim;
    w->report->has_days = true;
    w->report->is_confirmed = true;
    w->report->is_complete = claim->is_complete;
    for (size_t i = 0; i < claim->n_countries; i++) {
        w->report->claim.countries[i] = arena_copy(w->arena, claim->countries[i]);
        if (!w->report->claim.countries[i].ptr)
            return error_nomem(w->err);
    }
    return make_zones(w);
}

struct hull {
    struct weigh *weigh;
    struct map countries;
};

static enum comity_status grow_hull(void *context, const struct edition_row *row, struct comity_error *err)
{
    struct hull *hull = context;
    struct weigh *w = hull->weigh;
    struct value values[DOMAIN_MOST_FIELDS];
    if (!w->edition.is_said[row->at])
        return COMITY_OK;
    enum comity_status status = mention_unpack(w->domain, row->packed, values, err);
    const struct value *date = status ? NULL : date_of(w->domain, values);
    if (!date)
        return status;
    struct coverage_claim *claim = &w->report->claim;
    if (!w->report->has_days || date->date.first < claim->first_day)
        claim->first_day = date->date.first;
    if (!w->report->has_days || date->date.last > claim->last_day)
        claim->last_day = date->date.last;
    w->report->has_days = true;
    uint16_t country = country_of(w->domain, values);
    bool is_new = false;
    if (country == COUNTRY_NONE)
        return COMITY_OK;
    if (!map_put(&hull->countries, country, &is_new))
        return error_nomem(err);
    if (is_new && claim->n_countries < COVERAGE_MOST_COUNTRIES)
        claim->countries[claim->n_countries++] = slice_from(country_get(w->domain->countries, country)->alpha2);
    return COMITY_OK;
}

static int by_text(const void *left, const void *right)
{
    return slice_compare(*(const struct slice *)left, *(const struct slice *)right);
}

enum comity_status weigh_own_claim(struct weigh *w)
{
    struct hull hull = {.weigh = w};
    enum comity_status status = w->domain->when < 0 ? COMITY_OK : edition_scan(&w->edition, grow_hull, &hull, w->err);
    map_release(&hull.countries);
    struct coverage_claim *claim = &w->report->claim;
    if (claim->n_countries > 1)
        qsort(claim->countries, claim->n_countries, sizeof *claim->countries, by_text);
    return status || !w->report->has_days ? status : make_zones(w);
}

/* ---- counting ------------------------------------------------------------------------------------------------- */

static enum comity_status add_total(struct weigh *w, const struct value *values)
{
    const struct domain *domain = w->domain;
    const struct value *what = typed(values, domain->what), *how_much = typed(values, domain->how_much);
    uint64_t concept = what && what->type == VALUE_CONCEPT ? (uint64_t)what->concept.id + 1 : 0;
    uint64_t unit = how_much && how_much->type == VALUE_QUANTITY ? (uint64_t)how_much->quantity.unit + 1 : 0;
    bool is_new = false;
    uint64_t *at = map_put(&w->total_of, concept << 32 | unit, &is_new);
    if (!at || !ARRAY_ROOM(w->totals, w->n_totals, w->room_totals, 1))
        return error_nomem(w->err);
    if (is_new) {
        *at = w->n_totals;
        w->totals[w->n_totals++] = (struct coverage_total){
            .concept = concept ? domain->fields[domain->what].spec.concepts->nodes[concept - 1].code : SLICE_EMPTY,
            .unit = unit ? domain->fields[domain->how_much].spec.units->units[unit - 1].code : SLICE_EMPTY};
    }
    w->totals[*at].n++;
    w->totals[*at].amount += unit ? how_much->quantity.amount : 0;
    return COMITY_OK;
}

bool weigh_is_missing(const struct weigh *w, const struct edition_row *row)
{
    const struct edition *e = &w->edition;
    const struct edition_import *own = &e->imports[e->n_imports - 1];
    bool is_replaced = row->superseded_by >= own->first && row->superseded_by <= own->last;
    return row->is_live_before && !e->is_said[row->at] && !is_replaced;
}

static enum comity_status visit(void *context, const struct edition_row *row, struct comity_error *err)
{
    struct weigh *w = context;
    struct coverage_report *report = w->report;
    struct value values[DOMAIN_MOST_FIELDS];
    report->n_said += w->edition.is_said[row->at];
    if (row->is_own)
        return COMITY_OK;
    report->n_before += row->is_live_before;
    enum comity_status status = mention_unpack(w->domain, row->packed, values, err);
    if (status)
        return status;
    bool is_missing = weigh_is_missing(w, row);
    if (is_within(w->complete, w->n_complete, w->domain, values) && !w->edition.is_said[row->at]) {
        if (!ARRAY_ROOM(w->candidates, w->n_candidates, w->room_candidates, 1))
            return error_nomem(err);
        w->candidates[w->n_candidates++] = row->id;
        w->n_retracted += is_missing;
    }
    if (!weigh_is_inside(w, values))
        return COMITY_OK;
    report->n_inside += row->is_live_before;
    report->n_missing += is_missing;
    return is_missing ? add_total(w, values) : COMITY_OK;
}

enum comity_status weigh_count(struct weigh *w)
{
    enum comity_status status = edition_scan(&w->edition, visit, w, w->err);
    struct coverage_report *report = w->report;
    if (!status && w->n_totals) {
        struct coverage_total *totals = ARENA_ARRAY(w->arena, struct coverage_total, w->n_totals);
        if (!totals)
            return error_nomem(w->err);
        memcpy(totals, w->totals, w->n_totals * sizeof *totals);
        report->totals = totals;
        report->n_totals = w->n_totals;
    }
    report->is_first = !status && report->n_before == 0;
    report->is_large = report->n_missing * LARGE_SHARE > report->n_before;
    return status;
}

/* ---- writing -------------------------------------------------------------------------------------------------- */

enum comity_status weigh_read_complete(struct weigh *w)
{
    sqlite3_stmt *row = NULL;
    bool has_row = false;
    struct store *store = w->edition.store;
    enum comity_status status = sql_prepare(store,
        "SELECT first_day, last_day, country FROM coverage WHERE import = ? AND is_complete = 1 AND is_withdrawn = 0",
        &row, w->err);
    if (!status)
        status = sql_bind(store, row, w->err, "u", w->edition.number);
    while (!status && !(status = sql_step(store, row, &has_row, w->err)) && has_row) {
        struct slice country = sql_slice(row, 2);
        struct zone zone = {.first = (int32_t)sqlite3_column_int64(row, 0),
            .last = (int32_t)sqlite3_column_int64(row, 1),
            .country = country.len ? country_by_alpha2(w->domain->countries, country) : COUNTRY_NONE};
        if (country.len && zone.country == COUNTRY_NONE)
            continue; /* a country that the tables no longer have covers nothing */
        if (!ARRAY_ROOM(w->complete, w->n_complete, w->room_complete, 1))
            status = error_nomem(w->err);
        else
            w->complete[w->n_complete++] = zone;
    }
    sqlite3_finalize(row);
    return status;
}

/* An older version whose newer one the import says, or replaces, is not retracted: it is only older. */
static enum comity_status is_answered(struct weigh *w, sqlite3_stmt *newer, uint64_t mention, bool *answered)
{
    const struct edition *e = &w->edition;
    const struct edition_import *own = &e->imports[e->n_imports - 1];
    enum comity_status status = COMITY_OK;
    size_t at;
    *answered = false;
    while (!status && mention && !*answered) {
        bool has_row = false;
        status = sql_bind(e->store, newer, w->err, "u", mention);
        if (!status)
            status = sql_step(e->store, newer, &has_row, w->err);
        mention = !status && has_row ? sql_u64(newer, 0) : 0;
        bool is_own = mention >= own->first && mention <= own->last;
        *answered = is_own || (mention && edition_find(e, mention, &at) && e->is_said[at]);
    }
    return status;
}

static enum comity_status write_run(struct weigh *w, sqlite3_stmt *insert, uint64_t first, uint64_t last)
{
    if (last < first)
        return COMITY_OK;
    enum comity_status status = sql_bind(w->edition.store, insert, w->err, "uuu", w->edition.number, first, last);
    return status ? status : sql_step(w->edition.store, insert, NULL, w->err);
}

enum comity_status weigh_write(struct weigh *w)
{
    struct store *store = w->edition.store;
    sqlite3_stmt *insert = NULL, *newer = NULL;
    uint64_t first = 1, last = 0;
    bool answered = false;
    enum comity_status status =
        sql_run(store, w->err, "DELETE FROM retraction WHERE import = ?", "u", w->edition.number);
    if (!status)
        status = sql_prepare(store, "INSERT INTO retraction VALUES(?, ?, ?)", &insert, w->err);
    if (!status)
        status = sql_prepare(store, "SELECT superseded_by FROM mention WHERE id = ?", &newer, w->err);
    for (size_t i = 0; !status && i < w->n_candidates; i++) {
        uint64_t mention = w->candidates[i];
        status = is_answered(w, newer, mention, &answered);
        if (status || answered)
            continue;
        if (last < first || mention != last + 1) {
            status = write_run(w, insert, first, last);
            first = mention;
        }
        last = mention;
    }
    if (!status)
        status = write_run(w, insert, first, last);
    if (!status)
        status = sql_run(store, w->err, "UPDATE import SET n_retracted = ? WHERE number = ?", "uu", w->n_retracted,
            w->edition.number);
    sqlite3_finalize(insert);
    sqlite3_finalize(newer);
    return status;
}
