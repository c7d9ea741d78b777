/* Entities as chosen sources tell them: the mentions of those sources as a table of their own, over the same
 * dictionaries, resolved anew. Five fields are enough; the others are absent. */
#include "sums/cells.h"

#include "base/error.h"

#include <stdlib.h>

void events_release(struct events *events)
{
    struct mentions *m = &events->chosen;
    resolution_release(&events->resolution);
    for (size_t f = 0; m->columns && f < m->domain->n_fields; f++)
        if (m->columns[f].code != events->absent)
            free(m->columns[f].code);
    free(m->columns);
    free(m->id);
    free(m->source);
    free(m->import);
    free(m->content);
    free(m->identity);
    free(m->ordinal);
    free(events->absent);
    free(events->half);
    *events = (struct events){0};
}

static bool make_room(struct events *events, size_t n, const int fields[N_CLAIM_FIELDS])
{
    struct mentions *m = &events->chosen;
    m->id = malloc((n + 1) * sizeof *m->id);
    m->source = malloc((n + 1) * sizeof *m->source);
    m->import = malloc((n + 1) * sizeof *m->import);
    m->content = malloc((n + 1) * sizeof *m->content);
    m->identity = malloc((n + 1) * sizeof *m->identity);
    m->ordinal = malloc((n + 1) * sizeof *m->ordinal);
    events->absent = calloc(n + 1, sizeof *events->absent);
    m->columns = calloc(m->domain->n_fields + 1, sizeof *m->columns);
    bool is_good =
        m->id && m->source && m->import && m->content && m->identity && m->ordinal && events->absent && m->columns;
    for (int i = 0; is_good && i < N_CLAIM_FIELDS; i++) {
        if (fields[i] < 0)
            continue;
        m->columns[fields[i]].code = malloc((n + 1) * sizeof(uint32_t));
        is_good = m->columns[fields[i]].code != NULL;
    }
    return is_good;
}

static void take(struct events *events, const struct mentions *from, size_t i, const int fields[N_CLAIM_FIELDS])
{
    struct mentions *m = &events->chosen;
    size_t n = m->n++;
    m->id[n] = from->id[i];
    m->source[n] = from->source[i];
    m->import[n] = from->import[i];
    m->content[n] = from->content[i];
    m->identity[n] = from->identity[i];
    m->ordinal[n] = from->ordinal[i];
    for (int f = 0; f < N_CLAIM_FIELDS; f++)
        if (fields[f] >= 0)
            m->columns[fields[f]].code[n] = from->columns[fields[f]].code[i];
}

/* Dictionaries are the other table's; fields that are left out have the one value "absent". */
static void share_columns(struct events *events, const struct mentions *from)
{
    for (size_t f = 0; f < from->domain->n_fields; f++) {
        struct column *column = &events->chosen.columns[f];
        uint32_t *code = column->code ? column->code : events->absent;
        *column = from->columns[f];
        column->code = code;
    }
}

enum comity_status events_choose(const struct mentions *mentions, const uint64_t *entity_of, const bool *is_chosen,
    struct events *out, struct comity_error *err)
{
    int fields[N_CLAIM_FIELDS];
    uint64_t *entity = malloc((mentions->n + 1) * sizeof *entity);
    size_t n = 0;
    *out = (struct events){0};
    out->chosen = (struct mentions){
        .domain = mentions->domain, .sources = mentions->sources, .n_sources = mentions->n_sources, .is_sealed = true};
    claim_fields(mentions->domain, fields);
    for (size_t i = 0; i < mentions->n; i++)
        n += is_chosen[mentions->source[i]];
    if (!entity || !make_room(out, n, fields)) {
        free(entity);
        events_release(out);
        return error_nomem(err);
    }
    for (size_t i = 0; i < mentions->n; i++) {
        if (!is_chosen[mentions->source[i]])
            continue;
        entity[out->chosen.n] = entity_of[i];
        take(out, mentions, i, fields);
    }
    share_columns(out, mentions);
    enum comity_status status = habits_find(&out->chosen, &out->half, err);
    if (!status)
        status = resolve_entities(&out->chosen, entity, &out->resolution, err);
    free(entity);
    if (status)
        events_release(out);
    return status;
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

/* The index of an entity by its id, or RESOLVE_NO_WHOLE: ids ascend. */
static uint32_t index_of(const struct resolution *resolution, uint64_t entity)
{
    size_t low = 0, high = resolution->n_entities;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (resolution->entity[middle] < entity)
            low = middle + 1;
        else
            high = middle;
    }
    return low < resolution->n_entities && resolution->entity[low] == entity ? (uint32_t)low : RESOLVE_NO_WHOLE;
}

enum comity_status events_place_parts(struct events *events, const struct resolution *all, struct comity_error *err)
{
    struct resolution *chosen = &events->resolution;
    if (!all->whole)
        return COMITY_OK;
    chosen->whole = malloc((chosen->n_entities + 1) * sizeof *chosen->whole);
    if (!chosen->whole)
        return error_nomem(err);
    for (size_t e = 0; e < chosen->n_entities; e++) {
        uint32_t at = index_of(all, chosen->entity[e]);
        uint32_t whole = at == RESOLVE_NO_WHOLE ? at : all->whole[at];
        chosen->whole[e] = whole == RESOLVE_NO_WHOLE ? whole : index_of(chosen, all->entity[whole]);
    }
    return COMITY_OK;
}
