/* What is found (load_search.h) is accepted from the surest on, as long as its rows are not explained already; then
 * holds what persons named. */
#include "link/load.h"

#include "base/array.h"
#include "base/error.h"
#include "link/load_pair.h"
#include "link/load_search.h"
#include "link/load_tell.h"

#include <stdlib.h>

struct finder {
    const struct mentions *mentions;
    const struct judgement *judgements;
    size_t n_judgements;
    struct arena *arena;
    struct load_views views;
    struct load_table table;
    struct load_blocks blocks;
    struct load_result *out;
    unsigned threads;
};

static uint16_t country_of(const struct value *country, const struct value *where)
{
    if (country && country->type == VALUE_COUNTRY && country->state == VALUE_TYPED)
        return country->country.id;
    if (where && where->type == VALUE_PLACE && where->state == VALUE_TYPED)
        return where->place.country;
    return COUNTRY_NONE;
}

uint16_t mention_country(const struct mentions *mentions, size_t mention)
{
    const struct domain *domain = mentions->domain;
    return country_of(domain->country >= 0 ? mention_value(mentions, mention, domain->country) : NULL,
        domain->where >= 0 ? mention_value(mentions, mention, domain->where) : NULL);
}

uint16_t values_country(const struct domain *domain, const struct value *values)
{
    return country_of(
        domain->country >= 0 ? &values[domain->country] : NULL, domain->where >= 0 ? &values[domain->where] : NULL);
}

/* ---- accepting --------------------------------------------------------------------------------------------------- */

/* Where two blocks explain about as much, the finer view says more. */
static double strength(const struct load_block *block)
{
    return block->nats - 6 * (double)block->view;
}

/* By nothing that depends on the order of import. */
static int compare_places(const struct finder *finder, const struct load_block *a, const struct load_block *b)
{
    const struct source_info *sources = finder->mentions->sources;
    int order = slice_compare(sources[a->into->source].code, sources[b->into->source].code);
    if (!order)
        order = slice_compare(sources[a->from->source].code, sources[b->from->source].code);
    if (!order && a->from->country != b->from->country)
        order = a->from->country < b->from->country ? -1 : 1;
    int32_t x = finder->table.days[a->first_day].day, y = finder->table.days[b->first_day].day;
    if (!order && x != y)
        order = x < y ? -1 : 1;
    if (!order && a->shift.days != b->shift.days)
        order = a->shift.days < b->shift.days ? -1 : 1;
    if (!order && a->shift.months != b->shift.months)
        order = a->shift.months < b->shift.months ? -1 : 1;
    return order ? order : (int)a->view - (int)b->view;
}

static bool comes_before(const struct finder *finder, const struct load_block *a, const struct load_block *b)
{
    double x = strength(a), y = strength(b);
    return x != y ? x > y : compare_places(finder, a, b) < 0;
}

static void sort_blocks(struct finder *finder)
{
    struct load_block *at = finder->blocks.at;
    for (size_t gap = finder->blocks.n / 2; gap > 0; gap /= 2)
        for (size_t i = gap; i < finder->blocks.n; i++)
            for (size_t j = i; j >= gap && comes_before(finder, &at[j], &at[j - gap]); j -= gap) {
                struct load_block swap = at[j];
                at[j] = at[j - gap];
                at[j - gap] = swap;
            }
}

/* A person has undone a load of this kind there. */
static bool is_refused(const struct finder *finder, const struct judgement *load)
{
    for (size_t i = 0; i < finder->n_judgements; i++) {
        const struct judgement *other = &finder->judgements[i];
        bool is_kind = other->kind == JUDGEMENT_REPEATED_LOAD && other->is_undone && !other->is_withdrawn &&
                       other->shift_days == load->shift_days && other->shift_months == load->shift_months &&
                       slice_equal(other->copied_from, load->copied_from);
        if (is_kind && slice_equal(other->source, load->source) &&
            (!other->country.len || slice_equal(other->country, load->country)) && other->first_day <= load->last_day &&
            load->first_day <= other->last_day)
            return true;
    }
    return false;
}

static enum comity_status apply(struct finder *finder, const struct load_block *block, struct judgement *load)
{
    struct load_result *out = finder->out;
    struct load_pairs pairs;
    enum comity_status status = load_pairs_make(&finder->table, &finder->views, block, out->copy_of, true, &pairs);
    if (status == COMITY_OK)
        status = load_describe(finder->mentions, block, &pairs, out->copy_of, finder->arena, load);
    if (status == COMITY_OK && !ARRAY_ROOM(out->loads, out->n_loads, out->room_loads, 1))
        status = COMITY_NOMEM;
    if (status == COMITY_OK)
        out->loads[out->n_loads++] = *load;
    free(pairs.rows);
    return status;
}

/* What surer blocks have explained counts no more: half of it must be left. A copy may have been coded anew in a field
 * or two, but not say another thing of how it happened in all: then equal things happened. */
static enum comity_status accept(struct finder *finder, const struct load_block *block)
{
    const double least_left = 0.5;
    struct judgement load = load_judgement(&finder->table, finder->mentions, block);
    struct load_pairs pairs;
    if (is_refused(finder, &load))
        return COMITY_OK;
    enum comity_status status =
        load_pairs_make(&finder->table, &finder->views, block, finder->out->copy_of, false, &pairs);
    bool is_left = status == COMITY_OK && (double)pairs.n_matched >= least_left * block->n_matched &&
                   2 * pairs.n_contradicting <= pairs.n_agreeing;
    free(pairs.rows);
    return is_left ? apply(finder, block, &load) : status;
}

/* ---- what persons named ------------------------------------------------------------------------------------------ */

static bool is_of(
    const struct finder *finder, const struct load_series *series, struct slice source, const struct judgement *load)
{
    const struct mentions *mentions = finder->mentions;
    struct slice code = mentions->domain->countries && series->country != COUNTRY_NONE
                            ? slice_from(country_get(mentions->domain->countries, series->country)->alpha2)
                            : SLICE_EMPTY;
    return slice_equal(mentions->sources[series->source].code, source) &&
           (!load->country.len || slice_equal(code, load->country));
}

static enum comity_status apply_named_pair(
    struct finder *finder, const struct judgement *load, const struct load_series *from, const struct load_series *into)
{
    bool is_across = from->source != into->source;
    struct load_block block = {.from = from,
        .into = into,
        .fields = is_across ? finder->views.told[from->source] & finder->views.told[into->source] : LOAD_ALL_FIELDS,
        .shift = {load->shift_days, load->shift_months},
        .times = load->times,
        .first_day = from->first_day,
        .end_day = from->end_day};
    struct load_pairs pairs;
    block.view = is_across || load->shape == LOAD_RESPELLED ? LOAD_VIEW_ROUNDED
                 : load_shift_is_none(block.shift)          ? LOAD_VIEW_CONTENT
                                                            : LOAD_VIEW_VALUES;
    while (block.first_day < block.end_day && finder->table.days[block.first_day].day < load->first_day)
        block.first_day++;
    while (block.end_day > block.first_day && finder->table.days[block.end_day - 1].day > load->last_day)
        block.end_day--;
    enum comity_status status =
        load_pairs_make(&finder->table, &finder->views, &block, finder->out->copy_of, true, &pairs);
    free(pairs.rows);
    return status;
}

/* What a person has named as a repeated load holds, whatever the counts say. */
static enum comity_status apply_named(struct finder *finder, const struct judgement *load)
{
    const struct load_table *table = &finder->table;
    struct slice from = load->copied_from.len ? load->copied_from : load->source;
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < table->n_series; i++)
        for (size_t j = 0; status == COMITY_OK && j < table->n_series && is_of(finder, &table->series[i], from, load);
             j++)
            if (table->series[i].country == table->series[j].country &&
                is_of(finder, &table->series[j], load->source, load))
                status = apply_named_pair(finder, load, &table->series[i], &table->series[j]);
    return status;
}

static bool is_named(const struct judgement *judgement)
{
    return judgement->kind == JUDGEMENT_REPEATED_LOAD && judgement->is_by_person && !judgement->is_undone &&
           judgement->times > 1;
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

/* A copy of a copy is one of the original: a row becomes a copy once, and of a row that is none yet, so there are no
 * circles. */
static void follow_copies(struct load_result *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t original = out->copy_of[i];
        while (out->copy_of[original] != original)
            original = out->copy_of[original];
        out->copy_of[i] = original;
    }
}

static int by_place(const void *a, const void *b)
{
    const struct judgement *x = a, *y = b;
    int order = slice_compare(x->source, y->source);
    if (!order)
        order = slice_compare(x->country, y->country);
    if (!order && x->first_day != y->first_day)
        order = x->first_day < y->first_day ? -1 : 1;
    if (!order)
        order = slice_compare(x->copied_from, y->copied_from);
    return order ? order : slice_compare(x->why, y->why);
}

static enum comity_status search(struct finder *finder)
{
    enum comity_status status = load_search(&finder->table, &finder->views, finder->threads, &finder->blocks);
    sort_blocks(finder);
    for (size_t i = 0; status == COMITY_OK && i < finder->blocks.n; i++)
        status = accept(finder, &finder->blocks.at[i]);
    for (size_t i = 0; status == COMITY_OK && i < finder->n_judgements; i++)
        if (is_named(&finder->judgements[i]))
            status = apply_named(finder, &finder->judgements[i]);
    return status;
}

static enum comity_status find(struct finder *finder)
{
    struct load_result *out = finder->out;
    enum comity_status status = load_views_make(finder->mentions, finder->threads, &finder->views);
    if (status == COMITY_OK)
        status = load_table_make(finder->mentions, finder->threads, &finder->table);
    if (status == COMITY_OK)
        status = search(finder);
    follow_copies(out, finder->mentions->n);
    if (out->n_loads)
        qsort(out->loads, out->n_loads, sizeof *out->loads, by_place);
    load_views_release(&finder->views);
    load_table_release(&finder->table);
    free(finder->blocks.at);
    return status;
}

enum comity_status loads_find(const struct mentions *mentions, const struct judgement *judgements, size_t n_judgements,
    unsigned threads, struct arena *arena, struct load_result *out, struct comity_error *err)
{
    struct finder finder = {.mentions = mentions,
        .judgements = judgements,
        .n_judgements = n_judgements,
        .arena = arena,
        .out = out,
        .threads = threads};
    *out = (struct load_result){.copy_of = malloc((mentions->n + 1) * sizeof *out->copy_of)};
    enum comity_status status = out->copy_of ? COMITY_OK : COMITY_NOMEM;
    for (uint32_t i = 0; status == COMITY_OK && i < mentions->n; i++)
        out->copy_of[i] = i;
    if (status == COMITY_OK && mentions->domain->when >= 0)
        status = find(&finder);
    return status == COMITY_OK ? COMITY_OK : error_nomem(err);
}

enum comity_status loads_none(const struct mentions *mentions, struct load_result *out)
{
    *out = (struct load_result){.copy_of = malloc((mentions->n + 1) * sizeof *out->copy_of)};
    for (uint32_t m = 0; out->copy_of && m < mentions->n; m++)
        out->copy_of[m] = m;
    return out->copy_of ? COMITY_OK : COMITY_NOMEM;
}

void loads_release(struct load_result *result)
{
    free(result->loads);
    free(result->copy_of);
    *result = (struct load_result){0};
}
