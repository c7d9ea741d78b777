/* Entities. An entity is born with the number of its first mention, so that nothing is written for one that stands
 * alone. When a partition is published, every entity that was there goes to the cluster that holds its oldest mention;
 * a cluster that gets several keeps the oldest and redirects the others to it; one that gets none takes the number of
 * its oldest mention that is free. Thus a merge that is taken apart again gives back the ids there were before.
 *
 * The number of a mention leads to where membership has that mention, which is nearly always where the entity that had
 * this number went. So `redirect` has a row only where membership does not tell it: for an entity that went elsewhere
 * than its first mention, or whose first mention was not live then; and for one that leads nowhere when it ends, though
 * its first mention is elsewhere (into_entity 0). A row comes before membership. */
#include "store/sql.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "store/entity_change.h"
#include "store/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct partition {
    struct store *store;
    struct comity_error *err;
    const struct mentions *mentions;
    const uint32_t *cluster;
    uint64_t *before;   /* by mention: its entity until now */
    bool *is_member;    /* by mention: it has a row of membership */
    uint64_t *survivor; /* by cluster (its lowest mention): the entity from now on */
    uint32_t *claims;   /* by entity: its oldest mention, the cluster of which gets it, + 1; 0: none */
    bool *has_row;      /* by entity: one of redirect */
    uint64_t n_ids;     /* given out until now, with 0; they are dense */
    uint64_t n_entities;
    sqlite3_stmt *move, *leave, *drop;
    struct sql_pairs join, redirect;
};

/* ---- deciding, in memory ------------------------------------------------------------------------------------- */

/* Two columns, a mention's number and something about it, in ascending order: what is told of these mentions goes into
 * `out`, the rest of which stays as it is. */
static enum comity_status read_beside(
    struct store *store, const struct mentions *mentions, const char *sql, uint64_t *out, struct comity_error *err)
{
    sqlite3_stmt *row = NULL;
    bool has_row = false;
    size_t at = 0, n = mentions->n;
    const uint64_t *id = mentions->id;
    enum comity_status status = sql_prepare(store, sql, &row, err);
    while (!status && !(status = sql_step(store, row, &has_row, err)) && has_row) {
        while (at < n && id[at] < sql_u64(row, 0))
            at++;
        if (at < n && id[at] == sql_u64(row, 0))
            out[at] = sql_u64(row, 1);
    }
    sqlite3_finalize(row);
    return status;
}

/* `is_member` may be null: whether a row says so. */
static enum comity_status read_members(struct store *store, const struct mentions *mentions, uint64_t *entity_of,
    bool *is_member, struct comity_error *err)
{
    memset(entity_of, 0, mentions->n * sizeof *entity_of);
    enum comity_status status =
        read_beside(store, mentions, "SELECT mention, entity FROM membership ORDER BY mention", entity_of, err);
    for (size_t i = 0; i < mentions->n; i++) {
        if (is_member)
            is_member[i] = entity_of[i] != 0;
        if (!entity_of[i])
            entity_of[i] = mentions->id[i];
    }
    return status;
}

enum comity_status store_rows(
    struct store *store, const struct mentions *mentions, uint64_t *row_of, struct comity_error *err)
{
    memset(row_of, 0, mentions->n * sizeof *row_of);
    return read_beside(store, mentions, "SELECT id, row FROM mention ORDER BY id", row_of, err);
}

enum comity_status store_entities(struct store *store, const struct mentions *mentions, uint64_t *entity_of,
    uint64_t *sequence, struct comity_error *err)
{
    enum comity_status status = read_begin(store, err);
    if (status)
        return status;
    status = store_sequence(store, sequence, err);
    if (!status)
        status = read_members(store, mentions, entity_of, NULL, err);
    read_end(store);
    return status;
}

/* All at once: by what is there, and not by mention. */
static enum comity_status read_redirects(struct partition *p)
{
    sqlite3_stmt *row = NULL;
    bool has_row = false;
    enum comity_status status = sql_prepare(p->store, "SELECT entity FROM redirect", &row, p->err);
    while (!status && !(status = sql_step(p->store, row, &has_row, p->err)) && has_row) {
        if (sql_u64(row, 0) < p->n_ids)
            p->has_row[sql_u64(row, 0)] = true;
    }
    sqlite3_finalize(row);
    return status;
}

static bool is_claimed(const struct partition *p, uint64_t entity)
{
    return entity < p->n_ids && p->claims[entity];
}

/* Mentions come oldest first, so the first that was in an entity decides where it goes. */
static enum comity_status claim(struct partition *p)
{
    for (size_t i = 0; i < p->mentions->n; i++) {
        uint32_t cluster = p->cluster[i];
        uint64_t *survivor = &p->survivor[cluster];
        if (p->before[i] >= p->n_ids)
            return error_set(p->err, COMITY_CORRUPT, "mention %llu is in entity %llu, which there cannot be",
                (unsigned long long)p->mentions->id[i], (unsigned long long)p->before[i]);
        uint32_t *oldest = &p->claims[p->before[i]];
        if (!*oldest)
            *oldest = (uint32_t)i + 1;
        if (p->cluster[*oldest - 1] == cluster && (!*survivor || p->before[i] < *survivor))
            *survivor = p->before[i];
    }
    return COMITY_OK;
}

/* For clusters that split off: the number of a mention of theirs, or a fresh one. */
static enum comity_status name_rest(struct partition *p)
{
    uint64_t next_id = p->n_ids;
    for (size_t i = 0; i < p->mentions->n; i++) {
        uint64_t *survivor = &p->survivor[p->cluster[i]], id = p->mentions->id[i];
        if (!*survivor && !is_claimed(p, id))
            *survivor = id;
    }
    for (size_t i = 0; i < p->mentions->n; i++) {
        if (p->cluster[i] == i && !p->survivor[i])
            p->survivor[i] = next_id++;
        p->n_entities += p->cluster[i] == i;
    }
    return sql_run(p->store, p->err, "UPDATE state SET next_id = ?", "u", next_id);
}

/* ---- writing what differs ------------------------------------------------------------------------------------- */

static enum comity_status run(struct partition *p, sqlite3_stmt *statement, const char *types, uint64_t x, uint64_t y)
{
    enum comity_status status = sql_bind(p->store, statement, p->err, types, x, y);
    return status ? status : sql_step(p->store, statement, NULL, p->err);
}

static enum comity_status write_member(struct partition *p, size_t i, uint64_t now)
{
    uint64_t mention = p->mentions->id[i];
    if (now == mention)
        return run(p, p->leave, "u", mention, 0);
    return p->is_member[i] ? run(p, p->move, "uu", now, mention) : sql_pairs_add(&p->join, mention, now, p->err);
}

static uint64_t entity_now(const struct partition *p, size_t i)
{
    return p->survivor[p->cluster[i]];
}

/* Where a mention that is live is from now on; 0 for any other number. */
static uint64_t entity_of_number(const struct partition *p, uint64_t mention)
{
    const uint64_t *id = p->mentions->id;
    size_t low = 0, high = p->mentions->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (id[middle] < mention)
            low = middle + 1;
        else
            high = middle;
    }
    return low < p->mentions->n && id[low] == mention ? entity_now(p, low) : 0;
}

static enum comity_status drop_row(struct partition *p, uint64_t entity)
{
    if (entity >= p->n_ids || !p->has_row[entity])
        return COMITY_OK;
    p->has_row[entity] = false;
    return run(p, p->drop, "u", entity, 0);
}

/* The whole entity, of which mention i is the oldest, went where this mention went. */
static enum comity_status lead_on(struct partition *p, size_t i, uint64_t now)
{
    uint64_t before = p->before[i];
    if (before == p->mentions->id[i] || entity_of_number(p, before) == now)
        return drop_row(p, before);
    return sql_pairs_add(&p->redirect, before, now, p->err);
}

/* The mention is elsewhere, and the entity that has its number lives: when that one ends it does not lead there. */
static bool is_left_behind(const struct partition *p, size_t i, uint64_t now)
{
    uint64_t mention = p->mentions->id[i];
    return now != mention && is_claimed(p, mention) && !p->has_row[mention] &&
           entity_now(p, p->claims[mention] - 1) == mention;
}

/* No number has two of these reasons, so the order of the rows is nothing to anybody. */
static enum comity_status write_redirects(struct partition *p, size_t i, uint64_t now)
{
    uint64_t mention = p->mentions->id[i];
    enum comity_status status = p->claims[p->before[i]] == i + 1 ? lead_on(p, i, now) : COMITY_OK;
    /* The number of a mention that was no entity becomes one with it, or leads to where it is, whatever a row said. */
    return status || is_claimed(p, mention) ? status : drop_row(p, mention);
}

static enum comity_status write_mention(struct partition *p, size_t i)
{
    uint64_t now = entity_now(p, i);
    enum comity_status status =
        is_left_behind(p, i, now) ? sql_pairs_add(&p->redirect, p->mentions->id[i], 0, p->err) : COMITY_OK;
    if (status || now == p->before[i])
        return status;
    status = write_member(p, i, now);
    return status ? status : write_redirects(p, i, now);
}

static enum comity_status write_partition(struct partition *p)
{
    p->join = (struct sql_pairs){.store = p->store, .insert = "INSERT OR FAIL INTO membership VALUES"};
    p->redirect = (struct sql_pairs){.store = p->store, .insert = "INSERT OR REPLACE INTO redirect VALUES"};
    enum comity_status status =
        sql_prepare(p->store, "UPDATE membership SET entity = ? WHERE mention = ?", &p->move, p->err);
    if (!status)
        status = sql_prepare(p->store, "DELETE FROM membership WHERE mention = ?", &p->leave, p->err);
    if (!status)
        status = sql_prepare(p->store, "DELETE FROM redirect WHERE entity = ?", &p->drop, p->err);
    for (size_t i = 0; !status && i < p->mentions->n; i++)
        status = write_mention(p, i);
    status = sql_pairs_end(&p->join, status, p->err);
    status = sql_pairs_end(&p->redirect, status, p->err);
    sqlite3_finalize(p->move);
    sqlite3_finalize(p->leave);
    sqlite3_finalize(p->drop);
    return status;
}

static enum comity_status publish_partition(struct partition *p)
{
    size_t n = p->mentions->n;
    p->before = malloc((n + 1) * sizeof *p->before);
    p->is_member = malloc((n + 1) * sizeof *p->is_member);
    p->survivor = calloc(n + 1, sizeof *p->survivor);
    enum comity_status status = sql_number(p->store, p->err, &p->n_ids, 1, "SELECT next_id FROM state", "");
    if (!status) {
        p->claims = calloc(p->n_ids, sizeof *p->claims);
        p->has_row = calloc(p->n_ids, sizeof *p->has_row);
    }
    if (!status && (!p->before || !p->is_member || !p->survivor || !p->claims || !p->has_row))
        status = error_nomem(p->err);
    if (!status)
        status = read_members(p->store, p->mentions, p->before, p->is_member, p->err);
    if (!status)
        status = read_redirects(p);
    if (!status)
        status = claim(p);
    if (!status)
        status = name_rest(p);
    if (!status)
        status = write_partition(p);
    return status;
}

static void partition_release(struct partition *p)
{
    free(p->before);
    free(p->is_member);
    free(p->survivor);
    free(p->claims);
    free(p->has_row);
}

static struct slice model_version(struct slice model, char text[24])
{
    snprintf(text, 24, "%016llx", (unsigned long long)hash_slice(model));
    return slice_from(text);
}

/* What became of the entities: last, when the ledger has the line of this linking. */
static enum comity_status record_change(struct partition *p, struct slice model)
{
    char version[24];
    uint64_t *after = malloc((p->mentions->n + 1) * sizeof *after);
    struct entity_change change = {.mentions = p->mentions,
        .before = p->before,
        .after = after,
        .claims = p->claims,
        .n_entities = p->n_entities,
        .model = model_version(model, version)};
    if (!after)
        return error_nomem(p->err);
    for (size_t i = 0; i < p->mentions->n; i++)
        after[i] = p->survivor[p->cluster[i]];
    enum comity_status status = entity_change_record(p->store, &change, p->err);
    free(after);
    return status;
}

/* ---- what the model found, the model, ledger ------------------------------------------------------------------ */

/* A block by all that it says; a part also by the reason, since what is found again for another one is another finding.
 */
static uint64_t finding_key(const struct judgement *j)
{
    const uint64_t numbers[] = {j->kind, (uint64_t)(int64_t)j->first_day, (uint64_t)(int64_t)j->last_day, j->times,
        j->n_rows, j->n_surplus, j->shape, (uint64_t)(int64_t)j->shift_days, (uint64_t)(int64_t)j->shift_months,
        j->kind == JUDGEMENT_PART_OF ? j->a : 0, j->kind == JUDGEMENT_PART_OF ? j->b : 0};
    uint64_t texts = hash_u64(hash_u64(hash_slice(j->source)) ^ hash_slice(j->country)) ^ hash_slice(j->copied_from);
    return hash_seeded(numbers, sizeof numbers, j->kind == JUDGEMENT_PART_OF ? texts ^ hash_slice(j->why) : texts);
}

static bool is_finding(const struct judgement *j)
{
    return !j->is_by_person && (j->kind == JUDGEMENT_REPEATED_LOAD || j->kind == JUDGEMENT_PART_OF);
}

/* By key: the place in the list. */
static enum comity_status know(struct map *keys, const struct judgement *judgements, size_t n, struct comity_error *err)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t *place = is_finding(&judgements[i]) ? map_put(keys, finding_key(&judgements[i]), NULL) : NULL;
        if (is_finding(&judgements[i]) && !place)
            return error_nomem(err);
        if (place)
            *place = i;
    }
    return COMITY_OK;
}

/* The numbers of what is found again are those of now. */
static enum comity_status renew(
    struct store *store, const struct judgement *old, const struct judgement *found, struct comity_error *err)
{
    if (slice_equal(old->evidence, found->evidence) && slice_equal(old->why, found->why))
        return COMITY_OK;
    return sql_run(store, err, "UPDATE judgement SET evidence = ?, why = ?, confidence = ? WHERE id = ?", "ttdu",
        found->evidence, found->why, found->confidence, old->id);
}

/* What the model found before and finds again keeps its id; what it finds no more is withdrawn. */
static enum comity_status publish_findings(
    struct store *store, const struct judgement *found, size_t n_found, struct comity_error *err)
{
    static const struct reader everyone = {.name = ""};
    struct arena arena = {0};
    struct map before = {0}, now = {0};
    struct judgement *old;
    size_t n_old = 0;
    uint64_t id;
    enum comity_status status = store_judgements(store, &everyone, true, &arena, &old, &n_old, err);
    if (!status)
        status = know(&before, old, n_old, err);
    if (!status)
        status = know(&now, found, n_found, err);
    for (size_t i = 0; !status && i < n_old; i++) {
        if (is_finding(&old[i]) && !map_get(&now, finding_key(&old[i])))
            status = sql_run(store, err, "UPDATE judgement SET is_undone = ? WHERE id = ?", "iu",
                (int64_t)JUDGEMENT_WITHDRAWN, old[i].id);
    }
    for (size_t i = 0; !status && i < n_found; i++) {
        const uint64_t *known = map_get(&before, finding_key(&found[i]));
        status = known ? renew(store, &old[*known], &found[i], err)
                       : judgement_insert(store, &found[i], SLICE("model"), &id, err);
    }
    map_release(&before);
    map_release(&now);
    arena_release(&arena);
    return status;
}

static enum comity_status add_ledger_line(struct partition *p, const struct judgement *found, size_t n_found,
    struct slice model, uint64_t up_to, const struct reader *who)
{
    struct buffer detail;
    char version[24];
    size_t n_loads = 0;
    for (size_t i = 0; i < n_found; i++)
        n_loads += found[i].kind == JUDGEMENT_REPEATED_LOAD;
    ledger_open(&detail);
    json_member_u64(&detail, "mentions", p->mentions->n);
    json_member_u64(&detail, "entities", p->n_entities);
    json_member_u64(&detail, "repeated_loads", n_loads);
    if (n_found > n_loads)
        json_member_u64(&detail, "parts", n_found - n_loads);
    json_member(&detail, "model", model_version(model, version));
    if (up_to)
        json_member_u64(&detail, "up_to", up_to);
    return ledger_close(p->store, slice_from(who->name), "link", &detail, p->err);
}

enum comity_status store_publish_links(struct store *store, const struct mentions *mentions, const uint32_t *cluster,
    const struct judgement *found, size_t n_found, struct slice model, const struct report_maker *report,
    const struct reader *who, struct comity_error *err)
{
    struct slice report_json = SLICE_EMPTY;
    struct partition p = {.store = store, .err = err, .mentions = mentions, .cluster = cluster};
    enum comity_status status = write_begin(store, err);
    if (status)
        return status;
    status = publish_partition(&p);
    if (!status)
        status = publish_findings(store, found, n_found, err);
    /* What is written so far goes to the log while the report is being made; should it not, it goes there at the end.
     */
    if (!status)
        (void)sqlite3_db_cacheflush(store->db);
    if (!status)
        status = report->make(report->context, &report_json, err);
    if (!status)
        status = sql_run(store, err, "INSERT OR REPLACE INTO model VALUES(1, ?, ?)", "bt", model, report_json);
    if (!status)
        status = sequence_next(store, err);
    if (!status)
        status = add_ledger_line(&p, found, n_found, model, report->up_to, who);
    if (!status)
        status = record_change(&p, model);
    partition_release(&p);
    return write_end(store, status, err);
}

enum comity_status store_model(
    struct store *store, struct arena *arena, struct slice *model, struct slice *report_json, struct comity_error *err)
{
    sqlite3_stmt *row = NULL;
    bool has_row = false;
    *model = *report_json = SLICE_EMPTY;
    enum comity_status status = sql_prepare(store, "SELECT bytes, report FROM model", &row, err);
    if (!status)
        status = sql_step(store, row, &has_row, err);
    if (!status && has_row && (!sql_copy(row, 0, arena, model) || !sql_copy(row, 1, arena, report_json)))
        status = error_nomem(err);
    sqlite3_finalize(row);
    return status;
}

/* ---- ids ------------------------------------------------------------------------------------------------------ */

/* Whether a live mention is in it. */
static enum comity_status is_alive(struct store *store, uint64_t entity, uint64_t *is_live, struct comity_error *err)
{
    return sql_number(store, err, is_live, 0,
        "SELECT EXISTS(SELECT 1 FROM mention AS m JOIN import AS i ON i.number = m.import AND i.state = 1"
        " WHERE m.superseded_by IS NULL AND m.retracted_by IS NULL AND (m.id IN (SELECT mention FROM membership "
        "WHERE entity = ?1)"
        " OR (m.id = ?1 AND NOT EXISTS (SELECT 1 FROM membership WHERE mention = ?1 AND entity <> ?1))))",
        "u", entity);
}

/* What an entity leads to that is no more; 0: nothing. */
static enum comity_status next_entity(struct store *store, uint64_t entity, uint64_t *into, struct comity_error *err)
{
    return sql_number(store, err, into, 0,
        "SELECT coalesce((SELECT into_entity FROM redirect WHERE entity = ?1),"
        " (SELECT entity FROM membership WHERE mention = ?1 AND entity <> ?1))",
        "u", entity);
}

/* An id that a mention has come back to is alive before the next linking takes its redirect away. Rows of programs that
 * had one for each redirect may lead in a circle together with membership: every step is compared with one before it,
 * which moves on after 1, 2, 4 … steps. */
static enum comity_status follow_within(struct store *store, uint64_t *entity, struct comity_error *err)
{
    uint64_t into = *entity, is_live = 0, asked = *entity, met = 0, n = 0, most = 1;
    enum comity_status status = COMITY_OK;
    while (!status && into && into != met && !is_live) {
        if (n++ == most) {
            most *= 2;
            n = 0;
            met = into;
        }
        *entity = into;
        status = is_alive(store, *entity, &is_live, err);
        if (!status && !is_live)
            status = next_entity(store, *entity, &into, err);
    }
    if (!status && !is_live)
        status = error_set(err, COMITY_NOTFOUND, "there is no entity %llu", (unsigned long long)asked);
    return status;
}

enum comity_status store_mention_follow(struct store *store, uint64_t *mention, struct comity_error *err)
{
    uint64_t newer = *mention;
    enum comity_status status = COMITY_OK;
    while (!status && newer) {
        *mention = newer;
        status = sql_number(store, err, &newer, 0, "SELECT superseded_by FROM mention WHERE id = ?", "u", *mention);
    }
    return status;
}

enum comity_status store_entity_follow(struct store *store, uint64_t *entity, struct comity_error *err)
{
    enum comity_status status = read_begin(store, err);
    if (status)
        return status;
    status = follow_within(store, entity, err);
    read_end(store);
    return status;
}
