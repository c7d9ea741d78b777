/* Written member by member from the snapshot; only the records are asked of the store. */
#include "flow/show.h"

#include "base/error.h"
#include "base/json.h"
#include "flow/derived.h"
#include "flow/history.h"
#include "link/explain.h"

#include <math.h>
#include <stdio.h>

enum { EXPLAINED_MOST = 24 }; /* members of one entity whose links are explained: 276 pairs at most */

struct show {
    struct store *store;
    const struct snapshot *snapshot;
    const struct reader *reader;
    struct arena arena;
    struct buffer *out;
    const uint32_t *members;
    size_t n_members;
    uint32_t index; /* of the entity */
};

size_t snapshot_mention(const struct snapshot *snapshot, uint64_t id)
{
    const uint64_t *ids = snapshot->mentions.id;
    size_t low = 0, high = snapshot->mentions.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < snapshot->mentions.n && ids[low] == id ? low : SIZE_MAX;
}

/* An entity's number is a mention's. In a partition of one's own it leads to where that mention stands now, or the one
 * that replaced it; the store's redirects tell of the other partition. */
static enum comity_status follow_mention(
    struct store *store, const struct snapshot *snapshot, uint64_t *entity, struct comity_error *err)
{
    uint64_t mention = *entity;
    enum comity_status status = store_mention_follow(store, &mention, err);
    size_t at = status ? SIZE_MAX : snapshot_mention(snapshot, mention);
    if (!status && at == SIZE_MAX)
        return error_set(err, COMITY_NOTFOUND, "there is no entity %llu", (unsigned long long)*entity);
    if (!status)
        *entity = snapshot->entity_of[at];
    return status;
}

enum comity_status snapshot_follow(
    struct store *store, const struct snapshot *snapshot, uint64_t *entity, struct comity_error *err)
{
    return snapshot->has_own_partition ? follow_mention(store, snapshot, entity, err)
                                       : store_entity_follow(store, entity, err);
}

/* ---- values --------------------------------------------------------------------------------------------------- */

static void name_field(struct show *s, struct slice id)
{
    if (s->out->ptr[s->out->len - 1] != '{')
        buffer_add_byte(s->out, ',');
    json_text(s->out, id);
    buffer_add_byte(s->out, ':');
}

static enum comity_status add_text(struct show *s, const char *name, const struct value_spec *spec,
    const struct value *value, struct comity_error *err)
{
    struct buffer text;
    buffer_init(&text, 1 << 20);
    value_format(spec, value, s->reader->language ? s->reader->language : "en", &text);
    enum comity_status status = buffer_status(&text);
    if (!status)
        json_member(s->out, name, buffer_slice(&text));
    else
        error_set(err, status, "a value is too long to be shown");
    buffer_release(&text);
    return status;
}

static enum comity_status add_value(struct show *s, int field, const struct value *value, struct comity_error *err)
{
    const struct value_spec *spec = &s->snapshot->mentions.domain->fields[field].spec;
    json_name(s->out, "value");
    value_format_json(spec, value, s->out);
    return add_text(s, "text", spec, value, err);
}

/* The kg equivalent stands beside the amount, never in its place. */
static void add_kg(struct show *s)
{
    struct kg_equivalent equivalent;
    if (!derived_kg(s->snapshot, s->index, &equivalent))
        return;
    json_member_bool(s->out, "is_convertible", equivalent.is_convertible);
    if (!equivalent.is_convertible)
        return;
    json_member_number(s->out, "kg", equivalent.kg);
    json_member_bool(s->out, "kg_is_derived", equivalent.is_derived);
    if (!equivalent.is_derived)
        return;
    json_member(s->out, "kg_document", equivalent.document);
    json_member(s->out, "kg_version", equivalent.version);
}

static enum comity_status add_other_places(struct show *s, int field, struct comity_error *err)
{
    struct place_candidate others[PLACE_CANDIDATES];
    size_t n = derived_places(s->snapshot, s->index, others);
    enum comity_status status = COMITY_OK;
    if (!n)
        return status;
    json_name(s->out, "others");
    buffer_add_byte(s->out, '[');
    for (size_t i = 0; !status && i < n; i++) {
        buffer_add_string(s->out, i ? ",{" : "{");
        status = add_value(s, field, &others[i].value, err);
        json_member_u64(s->out, "score", others[i].score);
        buffer_add_byte(s->out, '}');
    }
    buffer_add_byte(s->out, ']');
    return status;
}

static enum comity_status add_resolved(struct show *s, struct comity_error *err)
{
    const struct mentions *mentions = &s->snapshot->mentions;
    const struct resolution *resolution = &s->snapshot->resolution;
    json_name(s->out, "values");
    buffer_add_byte(s->out, '{');
    for (size_t f = 0; f < mentions->domain->n_fields; f++) {
        uint32_t winner = resolution->winner[f][s->index], witness = resolution->witness[f][s->index];
        if (winner == 0 || witness == UINT32_MAX)
            continue;
        name_field(s, mentions->domain->fields[f].id);
        buffer_add_byte(s->out, '{');
        enum comity_status status = add_value(s, (int)f, &mentions->columns[f].values[winner], err);
        if (status)
            return status;
        json_member(s->out, "rule", slice_from(resolve_rule_name(mentions->domain->fields[f].rule)));
        json_member_u64(s->out, "mention", mentions->id[witness]);
        json_member_bool(s->out, "is_disputed", resolution->conflicts[s->index] >> f & 1);
        if ((int)f == mentions->domain->how_much)
            add_kg(s);
        if ((int)f == mentions->domain->where)
            status = add_other_places(s, (int)f, err);
        if (status)
            return status;
        buffer_add_byte(s->out, '}');
    }
    buffer_add_byte(s->out, '}');
    return COMITY_OK;
}

/* ---- statements ------------------------------------------------------------------------------------------------ */

static void add_source(struct show *s, uint32_t mention)
{
    const struct mentions *mentions = &s->snapshot->mentions;
    const struct source_info *source = &mentions->sources[mentions->source[mention]];
    char reliability = (char)('A' + (source->reliability ? source->reliability - 1 : 5));
    json_member(s->out, "source", source->code);
    json_member(s->out, "source_title", source->title);
    json_member(s->out, "kind", source->kind);
    json_member(s->out, "reliability", slice_of(&reliability, 1));
    json_member(s->out, "licence", source->licence);
    json_member(s->out, "marking", source->marking);
}

/* A mention of the snapshot may have been undone since; then its record is not shown. */
static enum comity_status add_record(struct show *s, uint64_t mention, struct comity_error *err)
{
    struct record record;
    struct comity_error detail;
    enum comity_status status = store_record(s->store, s->reader, mention, &s->arena, &record, &detail);
    if (status == COMITY_NOTFOUND)
        return COMITY_OK;
    if (status) {
        if (err)
            *err = detail;
        return status;
    }
    json_member_u64(s->out, "import", record.import);
    json_member(s->out, "file", record.file_name);
    json_member_u64(s->out, "row", record.row);
    json_member(s->out, "key", record.key);
    json_member(s->out, "recipe", record.recipe_id);
    json_member(s->out, "imported", record.when);
    json_name(s->out, "record");
    buffer_add_slice(s->out, record.raw.len ? record.raw : SLICE("{}"));
    return COMITY_OK;
}

static enum comity_status add_statement(struct show *s, uint32_t mention, struct comity_error *err)
{
    const struct mentions *mentions = &s->snapshot->mentions;
    enum comity_status status = COMITY_OK;
    buffer_add_byte(s->out, '{');
    json_member_u64(s->out, "mention", mentions->id[mention]);
    add_source(s, mention);
    json_member_u64(s->out, "ordinal", mentions->ordinal[mention]);
    json_name(s->out, "values");
    buffer_add_byte(s->out, '{');
    for (size_t f = 0; !status && f < mentions->domain->n_fields; f++) {
        const struct value *value = mention_value(mentions, mention, (int)f);
        if (value->state == VALUE_ABSENT)
            continue;
        name_field(s, mentions->domain->fields[f].id);
        buffer_add_byte(s->out, '{');
        status = add_value(s, (int)f, value, err);
        buffer_add_byte(s->out, '}');
    }
    buffer_add_byte(s->out, '}');
    if (!status)
        status = add_record(s, mentions->id[mention], err);
    buffer_add_byte(s->out, '}');
    return status;
}

static enum comity_status add_statements(struct show *s, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    json_name(s->out, "statements");
    buffer_add_byte(s->out, '[');
    for (size_t i = 0; !status && i < s->n_members; i++) {
        buffer_add_string(s->out, i ? "," : "");
        status = add_statement(s, s->members[i], err);
    }
    buffer_add_byte(s->out, ']');
    return status;
}

/* ---- why ------------------------------------------------------------------------------------------------------- */

static const char *verdict_word(enum link_verdict verdict)
{
    switch (verdict) {
    case LINK_TOGETHER:
        return "together";
    case LINK_REPEATED_LOAD:
        return "repeated load";
    case LINK_JUDGED:
        return "judged";
    case LINK_NEVER_COMPARED:
        return "never compared";
    case LINK_PART:
        return "part";
    case LINK_SCORED_TOO_LOW:
        return "scored too low";
    case LINK_CUT:
        return "cut";
    }
    return "";
}

static enum comity_status explain(const struct snapshot *snapshot, size_t a, size_t b, struct arena *arena,
    struct link_explanation *out, struct comity_error *err)
{
    return link_explain(&snapshot->mentions, snapshot->model, snapshot->judgements, snapshot->n_judgements,
        snapshot->cluster, a, b, arena, out, err);
}

static void add_reasons(const struct domain *domain, const struct link_explanation *e, struct buffer *out)
{
    json_name(out, "reasons");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < e->n_reasons; i++) {
        int field = e->reasons[i].field;
        buffer_add_string(out, i ? ",{" : "{");
        json_member(out, "field", field >= 0 ? domain->fields[field].id : SLICE(""));
        json_member(out, "level", e->reasons[i].level);
        json_member_number(out, "bits", e->reasons[i].bits);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
}

/* Null where no single field would do. */
static void add_change(const struct domain *domain, const struct link_explanation *e, struct buffer *out)
{
    json_name(out, "change");
    if (e->change.field < 0) {
        buffer_add_string(out, "null");
        return;
    }
    struct buffer text;
    buffer_init(&text, 4096);
    explain_say_change(&explain_english, domain, e, &text);
    buffer_add_byte(out, '{');
    json_member(out, "field", domain->fields[e->change.field].id);
    json_member(out, "level", slice_from(e->change.words));
    json_member_number(out, "bits", round(100 * e->change.bits) / 100);
    json_member_number(out, "probability", round(1e4 / (1 + exp2(-e->change.bits))) / 1e4);
    json_member(out, "sentence", buffer_slice(&text));
    buffer_add_byte(out, '}');
    buffer_release(&text);
}

/* Who competes, or else the pair that speaks most against joining the two groups. */
static void add_what_cut(const struct mentions *mentions, const struct link_explanation *e, struct buffer *out)
{
    if (e->has_rival) {
        json_member_u64(out, "rival", e->rival_number);
        json_member_u64(out, "rival_of", e->rival_of_number);
        json_member_number(out, "rival_bits", e->rival_bits);
    } else if (e->weakest_a < mentions->n && e->weakest_b < mentions->n) {
        json_member_u64(out, "weakest_a", mentions->id[e->weakest_a]);
        json_member_u64(out, "weakest_b", mentions->id[e->weakest_b]);
        json_member_number(out, "weakest_bits", e->weakest_bits);
    }
}

static void add_what_holds(const struct link_parts *parts, struct buffer *out)
{
    json_member_u64(out, "part", parts->part);
    json_member_u64(out, "whole", parts->whole);
    json_name(out, "other_parts");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < parts->n_others; i++)
        buffer_format(out, i ? ",%llu" : "%llu", (unsigned long long)parts->others[i]);
    buffer_add_byte(out, ']');
}

static void add_explanation(
    const struct snapshot *snapshot, size_t a, size_t b, const struct link_explanation *e, struct buffer *out)
{
    const struct mentions *mentions = &snapshot->mentions;
    buffer_add_byte(out, '{');
    json_member_u64(out, "a", mentions->id[a]);
    json_member_u64(out, "b", mentions->id[b]);
    json_member_u64(out, "entity_a", snapshot->entity_of[a]);
    json_member_u64(out, "entity_b", snapshot->entity_of[b]);
    json_member(out, "verdict", slice_from(verdict_word(e->verdict)));
    json_member(out, "sentence", e->sentence);
    json_member_number(out, "bits", e->bits);
    json_member_number(out, "probability", e->probability);
    add_reasons(mentions->domain, e, out);
    if (e->verdict == LINK_NEVER_COMPARED) {
        json_member(out, "nearest_rule", e->nearest_rule);
        json_member(out, "missing", e->missing);
    }
    if (e->verdict == LINK_PART)
        add_what_holds(&e->parts, out);
    if (e->verdict == LINK_CUT)
        add_what_cut(mentions, e, out);
    if (e->has_change)
        add_change(mentions->domain, e, out);
    buffer_add_byte(out, '}');
}

/* For each member the strongest tie to one before it: a tree that holds the entity together. */
static enum comity_status add_link(struct show *s, size_t i, struct comity_error *err)
{
    struct link_explanation best = {0}, e;
    size_t partner = 0;
    for (size_t j = 0; j < i; j++) {
        enum comity_status status = explain(s->snapshot, s->members[j], s->members[i], &s->arena, &e, err);
        if (status)
            return status;
        bool is_stronger = e.verdict == LINK_JUDGED || e.verdict == LINK_REPEATED_LOAD || e.bits > best.bits;
        if (j == 0 || is_stronger) {
            best = e;
            partner = j;
        }
        if (e.verdict == LINK_JUDGED || e.verdict == LINK_REPEATED_LOAD)
            break;
    }
    buffer_add_string(s->out, i > 1 ? "," : "");
    add_explanation(s->snapshot, s->members[partner], s->members[i], &best, s->out);
    return COMITY_OK;
}

static enum comity_status add_links(struct show *s, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    json_name(s->out, "why");
    buffer_add_byte(s->out, '[');
    for (size_t i = 1; s->snapshot->model && !status && i < s->n_members && i < EXPLAINED_MOST; i++)
        status = add_link(s, i, err);
    buffer_add_byte(s->out, ']');
    return status;
}

/* The link that holds the entity together least; none where it has too many members to look at all pairs. */
static enum comity_status add_weakest(struct show *s, struct comity_error *err)
{
    struct link_weakest weakest;
    if (!s->snapshot->model || s->n_members < 2 || s->n_members > WEAKEST_MOST_MEMBERS)
        return COMITY_OK;
    const struct mentions *mentions = &s->snapshot->mentions;
    enum comity_status status =
        link_find_weakest(mentions, s->snapshot->model, s->members, s->n_members, &s->arena, &weakest);
    if (status)
        return error_set(err, status, "the weakest link of the entity cannot be found");
    json_name(s->out, "weakest");
    buffer_add_byte(s->out, '{');
    json_member_u64(s->out, "a", mentions->id[weakest.a]);
    json_member_u64(s->out, "b", mentions->id[weakest.b]);
    json_member_number(s->out, "bits", round(100 * weakest.bits) / 100);
    json_member_number(s->out, "probability", round(1e4 * weakest.probability) / 1e4);
    json_name(s->out, "behind");
    for (size_t i = 0; i < weakest.n_behind; i++)
        buffer_format(s->out, "%s%llu", i ? "," : "[", (unsigned long long)mentions->id[weakest.behind[i]]);
    buffer_add_string(s->out, "]}");
    return COMITY_OK;
}

/* ---- judgements ------------------------------------------------------------------------------------------------ */

static const char *const kind_words[] = {
#define X(symbol, text) text,
    JUDGEMENT_KIND_TABLE(X)
#undef X
};

static bool is_about(const struct show *s, const struct judgement *judgement)
{
    for (size_t i = 0; judgement->kind != JUDGEMENT_REPEATED_LOAD && i < s->n_members; i++) {
        uint64_t identity = mention_named(&s->snapshot->mentions, s->members[i]);
        if (judgement->a == identity || judgement->b == identity)
            return true;
    }
    return false;
}

static void add_judgements(struct show *s)
{
    bool is_first = true;
    json_name(s->out, "judgements");
    buffer_add_byte(s->out, '[');
    for (size_t i = 0; i < s->snapshot->n_judgements; i++) {
        const struct judgement *j = &s->snapshot->judgements[i];
        if (!is_about(s, j))
            continue;
        buffer_add_string(s->out, is_first ? "{" : ",{");
        is_first = false;
        if (j->id)
            json_member_u64(s->out, "id", j->id);
        json_member(s->out, "kind", slice_from(kind_words[j->kind]));
        json_member(s->out, "who", j->who);
        json_member(s->out, "when", j->when);
        json_member(s->out, "why", j->why);
        buffer_add_byte(s->out, '}');
    }
    buffer_add_byte(s->out, ']');
}

/* ---- parts ----------------------------------------------------------------------------------------------------- */

/* What it is part of, and what is part of it: where those are added up together. */
static void add_parts(struct show *s)
{
    const struct resolution *resolution = &s->snapshot->resolution;
    uint32_t whole = resolution_whole(resolution, s->index);
    bool is_first = true;
    if (!resolution->whole)
        return;
    if (whole != RESOLVE_NO_WHOLE)
        json_member_u64(s->out, "part_of", resolution->entity[whole]);
    json_name(s->out, "parts");
    buffer_add_byte(s->out, '[');
    for (size_t e = 0; e < resolution->n_entities; e++) {
        if (resolution->whole[e] != s->index)
            continue;
        buffer_format(s->out, is_first ? "%llu" : ",%llu", (unsigned long long)resolution->entity[e]);
        is_first = false;
    }
    buffer_add_byte(s->out, ']');
}

/* Null where the partition is the reader's own: of that no history is kept. */
static enum comity_status add_history(struct show *s, struct comity_error *err)
{
    json_name(s->out, "history");
    if (s->snapshot->has_own_partition) {
        buffer_add_string(s->out, "null");
        return COMITY_OK;
    }
    return history_of_entity_json(
        s->store, s->reader, s->snapshot->resolution.entity[s->index], s->snapshot->sequence, s->out, err);
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

static enum comity_status find_entity(struct show *s, uint64_t asked, struct comity_error *err)
{
    uint64_t entity = asked;
    s->index = view_find(s->snapshot->view, s->reader, entity);
    if (s->index == UINT32_MAX && snapshot_follow(s->store, s->snapshot, &entity, NULL) == COMITY_OK)
        s->index = view_find(s->snapshot->view, s->reader, entity);
    if (s->index == UINT32_MAX)
        return error_set(err, COMITY_NOTFOUND, "there is no entity %llu", (unsigned long long)asked);
    const uint32_t *first = s->snapshot->resolution.first_member;
    s->members = s->snapshot->resolution.members + first[s->index];
    s->n_members = first[s->index + 1] - first[s->index];
    return COMITY_OK;
}

static enum comity_status write_entity(struct show *s, uint64_t asked, struct comity_error *err)
{
    const struct resolution *resolution = &s->snapshot->resolution;
    const struct domain *domain = s->snapshot->mentions.domain;
    buffer_add_byte(s->out, '{');
    json_member_u64(s->out, "entity", resolution->entity[s->index]);
    if (asked != resolution->entity[s->index])
        json_member_u64(s->out, "asked", asked);
    json_member(s->out, "kind", domain->n_kinds ? domain->kinds[0].id : SLICE(""));
    json_member_u64(s->out, "case", resolution->case_number[s->index]);
    json_member_u64(s->out, "as_of", s->snapshot->sequence);
    add_parts(s);
    enum comity_status status = add_resolved(s, err);
    if (!status)
        status = add_statements(s, err);
    if (!status)
        status = add_links(s, err);
    if (!status)
        status = add_weakest(s, err);
    add_judgements(s);
    if (!status)
        status = add_history(s, err);
    buffer_add_byte(s->out, '}');
    if (!status && buffer_status(s->out))
        status =
            error_set(err, buffer_status(s->out), "entity %llu is too long to be shown", (unsigned long long)asked);
    return status;
}

enum comity_status show_entity_json(struct store *store, const struct snapshot *snapshot, const struct reader *reader,
    uint64_t entity, struct buffer *out, struct comity_error *err)
{
    struct show s = {.store = store, .snapshot = snapshot, .reader = reader, .out = out};
    enum comity_status status = find_entity(&s, entity, err);
    if (!status)
        status = write_entity(&s, entity, err);
    arena_release(&s.arena);
    return status;
}

enum comity_status show_why_json(const struct snapshot *snapshot, const struct reader *reader, uint64_t mention_a,
    uint64_t mention_b, struct buffer *out, struct comity_error *err)
{
    struct link_explanation explanation;
    struct arena arena = {0};
    size_t a = snapshot_mention(snapshot, mention_a), b = snapshot_mention(snapshot, mention_b);
    reader_sees_all(reader);
    if (a == SIZE_MAX || b == SIZE_MAX)
        return error_set(err, COMITY_NOTFOUND, "there is no mention %llu",
            (unsigned long long)(a == SIZE_MAX ? mention_a : mention_b));
    if (a == b)
        return error_set(err, COMITY_USAGE, "a mention is itself: name two");
    if (!snapshot->model) {
        error_set(err, COMITY_CONFLICT, "nothing was linked yet");
        error_hint(err, "link first");
        return COMITY_CONFLICT;
    }
    enum comity_status status = explain(snapshot, a, b, &arena, &explanation, err);
    if (!status) {
        add_explanation(snapshot, a, b, &explanation, out);
        if (buffer_status(out))
            status = error_set(err, buffer_status(out), "the explanation is too long");
    }
    arena_release(&arena);
    return status;
}
