/* Events are read in one piece and written one by one; an answer ends after so many, not after so many rounds, since
 * one round may have changed much. */
#include "flow/history.h"

#include "base/error.h"
#include "base/json.h"

static void add_numbers(struct buffer *out, const char *name, const uint64_t *numbers, size_t n)
{
    json_name(out, name);
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < n; i++)
        buffer_format(out, i ? ",%llu" : "%llu", (unsigned long long)numbers[i]);
    buffer_add_byte(out, ']');
}

static void add_cause(struct buffer *out, const struct entity_event *event)
{
    bool is_judged = event->cause == ENTITY_BY_JUDGEMENT || event->cause == ENTITY_BY_UNDONE_JUDGEMENT;
    json_member(out, "cause", slice_from(entity_cause_word(event->cause)));
    if (event->cause_id)
        json_member_u64(out, is_judged ? "judgement" : "import", event->cause_id);
    /* Who linked is the ledger's to tell; who judged is told with every judgement. */
    if (event->cause == ENTITY_BY_JUDGEMENT)
        json_member(out, "who", event->who);
    json_member(out, "model", event->model);
}

/* `entity`: whose history it is, or 0; of others that ended with it nothing is said then. */
static void add_event(struct buffer *out, const struct entity_event *event, uint64_t entity)
{
    bool is_ended = event->kind == ENTITY_ENDED;
    buffer_add_byte(out, '{');
    json_member_u64(out, "number", event->number);
    json_member_u64(out, "sequence", event->sequence);
    json_member(out, "when", event->when);
    json_member(out, "what", slice_from(entity_event_word(event->kind)));
    if (!is_ended)
        json_member_u64(out, "entity", event->entity);
    else if (entity)
        add_numbers(out, "entities", &entity, 1);
    else
        add_numbers(out, "entities", event->members, event->n_members);
    if (event->other && !is_ended)
        json_member_u64(out, "into", event->other);
    if (event->n_members && !is_ended)
        add_numbers(out, "mentions", event->members, event->n_members);
    add_cause(out, event);
    buffer_add_byte(out, '}');
}

static void add_events(struct buffer *out, const struct entity_event *events, size_t n, uint64_t entity)
{
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < n; i++) {
        buffer_add_string(out, i ? ",\n" : "");
        add_event(out, &events[i], entity);
    }
    buffer_add_byte(out, ']');
}

static enum comity_status written(const struct buffer *out, struct comity_error *err)
{
    return buffer_status(out) ? error_set(err, buffer_status(out), "the history is too long to be shown") : COMITY_OK;
}

enum comity_status history_of_entity_json(struct store *store, const struct reader *reader, uint64_t entity,
    uint64_t until, struct buffer *out, struct comity_error *err)
{
    struct arena arena = {0};
    struct entity_event *events = NULL;
    struct entity_event_part part = {.entity = entity, .until = until};
    size_t n = 0;
    enum comity_status status = store_entity_events(store, reader, &part, &arena, &events, &n, err);
    if (!status) {
        add_events(out, events, n, entity);
        status = written(out, err);
    }
    arena_release(&arena);
    return status;
}

static void add_round(struct buffer *out, const struct entity_round *round)
{
    buffer_add_byte(out, '{');
    json_member_u64(out, "sequence", round->sequence);
    json_member(out, "when", round->when);
    json_member(out, "model", round->model);
    json_member_u64(out, "mentions", round->n_mentions);
    json_member_u64(out, "entities", round->n_entities);
    json_member_u64(out, "created", round->n_created);
    json_member_u64(out, "joined", round->n_joined);
    json_member_u64(out, "changes", round->n_events);
    buffer_add_byte(out, '}');
}

static void add_rounds(struct buffer *out, const struct entity_round *rounds, size_t n)
{
    json_name(out, "rounds");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < n; i++) {
        buffer_add_string(out, i ? ",\n" : "");
        add_round(out, &rounds[i]);
    }
    buffer_add_byte(out, ']');
}

static void add_head(struct buffer *out, uint64_t since, uint64_t until, bool is_kept)
{
    buffer_add_byte(out, '{');
    json_member_u64(out, "since", since);
    json_member_u64(out, "as_of", until);
    json_member_bool(out, "is_kept", is_kept);
}

static void add_changes(struct buffer *out, const struct entity_event *events, size_t n, uint64_t entity)
{
    size_t n_told = n > HISTORY_MOST ? HISTORY_MOST : n;
    json_name(out, "changes");
    add_events(out, events, n_told, entity);
    json_name(out, "next");
    if (n > n_told)
        buffer_format(out, "%llu}\n", (unsigned long long)events[n_told - 1].number);
    else
        buffer_add_string(out, "null}\n");
}

enum comity_status history_changes_json(struct store *store, const struct reader *reader,
    const struct entity_event_part *part, struct buffer *out, struct comity_error *err)
{
    struct arena arena = {0};
    struct entity_event *events = NULL;
    struct entity_round *rounds = NULL;
    struct entity_event_part asked = *part;
    size_t n = 0, n_rounds = 0;
    asked.most = HISTORY_MOST + 1;
    enum comity_status status = store_entity_events(store, reader, &asked, &arena, &events, &n, err);
    if (!status && !part->entity && !part->after)
        status = store_entity_rounds(store, reader, part->since, part->until, &arena, &rounds, &n_rounds, err);
    if (!status) {
        add_head(out, part->since, part->until, true);
        add_rounds(out, rounds, n_rounds);
        add_changes(out, events, n, part->entity);
        status = written(out, err);
    }
    arena_release(&arena);
    return status;
}

void history_not_kept_json(uint64_t since, uint64_t until, struct buffer *out)
{
    add_head(out, since, until, false);
    json_member(out, "note", SLICE("not kept for this view"));
    buffer_add_string(out, ",\"rounds\":[],\"changes\":[],\"next\":null}\n");
}
