/* See publish.h. */
#include "flow/publish.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "flow/entry.h"
#include "flow/spool.h"
#include "store/entry.h"

#include <stdio.h>

enum { RAW_CAP = 1 << 20 };

struct publishing {
    struct desk *desk;
    struct reader who; /* who approved it, or retracted it */
    const struct entry *entry;
    uint64_t wanted;
    struct entry_content content, before; /* of the version that is wanted; of the one that the records hold */
    struct entry_reading reading;
    char source_code[64];
    struct store_import *import;
    struct import_counts counts;
    struct arena arena;
};

/* ---- what is published ------------------------------------------------------------------------------------------ */

/* The last who approved, retracted or restored it. */
static enum comity_status find_who(struct publishing *p, const struct reader *otherwise, struct comity_error *err)
{
    struct entry_event *events;
    size_t n;
    p->who = *otherwise;
    enum comity_status status =
        store_entry_events(p->desk->store, otherwise, p->entry->id, &p->arena, &events, &n, err);
    for (size_t i = 0; !status && i < n; i++) {
        bool decides =
            events[i].deed == ENTRY_APPROVE || events[i].deed == ENTRY_RETRACT || events[i].deed == ENTRY_RESTORE;
        const char *name = decides ? arena_string(&p->arena, events[i].who) : NULL;
        if (decides && !name)
            return error_nomem(err);
        p->who.name = decides ? name : p->who.name;
    }
    return status;
}

static enum comity_status content_of(
    struct publishing *p, uint64_t number, struct entry_content *out, int64_t *at, struct comity_error *err)
{
    struct entry_version version;
    if (!number)
        return COMITY_OK;
    enum comity_status status =
        store_entry_version(p->desk->store, &p->who, p->entry->id, number, &p->arena, &version, err);
    *at = status ? 0 : version.at;
    return status ? status : entry_content_parse(version.content, &p->arena, out, err);
}

/* A form that has changed since may not understand it any more: nothing half read goes into the records. */
static enum comity_status read_content(struct publishing *p, struct comity_error *err)
{
    int64_t at = 0;
    enum comity_status status = content_of(p, p->entry->published, &p->before, &at, err);
    if (!status)
        status = content_of(p, p->wanted, &p->content, &at, err);
    if (status || !p->wanted)
        return status;
    struct entry_asking asking = {.domain = p->desk->domain, .content = &p->content, .now = at, .language = "en"};
    status = entry_read(&asking, &p->arena, &p->reading, err);
    if (!status && p->reading.n_open)
        error_set(err, status = COMITY_INPUT, "the form of today does not understand it; correct it and approve that");
    return status;
}

/* ---- judgements ------------------------------------------------------------------------------------------------- */

/* Two hauls of one case are two events; *part of* is for what a whole tells as well (link/part.h), and would not be
 * added up. */
static enum judgement_kind kind_of(struct slice text)
{
    return slice_is(text, ENTRY_DIFFERENT) || slice_is(text, ENTRY_PART) ? JUDGEMENT_DIFFERENT : JUDGEMENT_SAME;
}

/* The last word that a person has said on the pair; null: none. */
static const struct judgement *last_word(const struct judgement *judgements, size_t n, uint64_t a, uint64_t b)
{
    const struct judgement *last = NULL;
    for (size_t i = 0; i < n; i++)
        if (judgements[i].is_by_person && judgements[i].a == a && judgements[i].b == b)
            last = &judgements[i];
    return last;
}

/* What the cell of a key says becomes the last word on its pair. Said already: nothing is done, also where somebody has
 * taken it back since, for that was a decision too. An empty text takes back what was said. */
static enum comity_status say(struct publishing *p, const struct judgement *judgements, size_t n, struct slice key,
    struct slice text, struct comity_error *err)
{
    char own[ENTRY_PART_KEY];
    unsigned line;
    uint64_t id, mention;
    struct store *store = p->desk->store;
    struct judgement wanted = {
        .kind = kind_of(text), .is_by_person = true, .confidence = 1, .why = SLICE("when it was entered")};
    if (slice_is(text, ENTRY_PART))
        wanted.why = SLICE("when it was entered: another haul of the same case");
    if (!entry_alike(key, &line, &mention))
        return COMITY_OK;
    enum comity_status status = store_mention_identity(store, mention, &wanted.b, err);
    entry_part_key(p->entry->id, line, own);
    wanted.a = store_key_identity(slice_from(p->source_code), slice_from(own));
    if (status || !wanted.b || wanted.a == wanted.b)
        return status;
    const struct judgement *last = last_word(judgements, n, wanted.a, wanted.b);
    if (last && text.len && last->kind == wanted.kind)
        return COMITY_OK;
    if (last && !last->is_undone)
        status = store_judge_undo(store, last->id, &p->who, err);
    return status || !text.len ? status : store_judge(store, &wanted, &p->who, &id, err);
}

/* Only what this version says otherwise than the one before it. */
static enum comity_status judge(struct publishing *p, struct comity_error *err)
{
    struct judgement *judgements;
    size_t n;
    enum comity_status status = store_judgements(p->desk->store, &p->who, false, &p->arena, &judgements, &n, err);
    for (size_t i = 0; !status && i < p->content.n; i++) {
        const struct entry_cell *cell = &p->content.cells[i];
        if (!slice_equal(entry_text(&p->before, cell->key), cell->text))
            status = say(p, judgements, n, cell->key, cell->text, err);
    }
    for (size_t i = 0; !status && p->wanted && i < p->before.n; i++)
        if (!entry_text(&p->content, p->before.cells[i].key).len)
            status = say(p, judgements, n, p->before.cells[i].key, SLICE_EMPTY, err);
    return status;
}

/* ---- the import ------------------------------------------------------------------------------------------------- */

static bool is_of_line(struct slice key, const struct form_section *parts, unsigned line)
{
    char prefix[FORM_KEY];
    int len = snprintf(prefix, sizeof prefix, "%.*s.%u.", SLICE_ARG(parts->id), line);
    return slice_starts_with(key, slice_of(prefix, (size_t)len));
}

/* The record of a part, word for word: what was said of it, and what was said once. */
static void write_raw(const struct publishing *p, unsigned line, struct buffer *out)
{
    const struct form_section *parts = p->desk->domain->form->parts;
    struct arena arena = {0};
    struct entry_content own = {.cells = ARENA_ARRAY(&arena, struct entry_cell, p->content.n + 1)};
    for (size_t i = 0; own.cells && i < p->content.n; i++) {
        const struct entry_cell *cell = &p->content.cells[i];
        unsigned of_line;
        uint64_t mention;
        bool is_of_parts = slice_starts_with(cell->key, parts->id) && cell->key.len > parts->id.len &&
                           cell->key.ptr[parts->id.len] == '.';
        if (!entry_alike(cell->key, &of_line, &mention) && (!is_of_parts || is_of_line(cell->key, parts, line)))
            own.cells[own.n++] = *cell;
    }
    if (own.cells)
        entry_content_write(&own, out);
    out->failed = out->failed || !own.cells;
    arena_release(&arena);
}

static enum comity_status add_part(struct publishing *p, const struct entry_part *part, struct comity_error *err)
{
    char key[ENTRY_PART_KEY];
    struct buffer packed, raw;
    buffer_init(&packed, RAW_CAP);
    buffer_init(&raw, RAW_CAP);
    entry_part_key(p->entry->id, part->line, key);
    mention_pack(p->desk->domain, part->values, &packed);
    write_raw(p, part->line, &raw);
    struct store_mention_row row = {.content = hash_slice(buffer_slice(&packed)),
        .key = slice_from(key),
        .row = part->line,
        .packed = buffer_slice(&packed),
        .raw = buffer_slice(&raw)};
    enum comity_status status =
        packed.failed || raw.failed ? error_nomem(err) : store_import_add(p->import, &row, 1, err);
    buffer_release(&packed);
    buffer_release(&raw);
    return status;
}

static enum comity_status retract_others(struct publishing *p, struct comity_error *err)
{
    char keys[FORM_MOST_LINES][ENTRY_PART_KEY];
    struct slice gone[FORM_MOST_LINES];
    size_t n = 0;
    for (unsigned line = 1; line <= FORM_MOST_LINES; line++) {
        bool is_there = false;
        for (size_t i = 0; i < p->reading.n_parts; i++)
            is_there = is_there || p->reading.parts[i].line == line;
        if (is_there)
            continue;
        entry_part_key(p->entry->id, line, keys[n]);
        gone[n] = slice_from(keys[n]);
        n++;
    }
    return store_import_retract(p->import, gone, n, &p->counts, err);
}

static enum comity_status begin_import(struct publishing *p, struct comity_error *err)
{
    const struct domain *domain = p->desk->domain;
    const struct entry *entry = p->entry;
    char file[64], recipe[256], title[256];
    snprintf(file, sizeof file, "entry %llu, version %llu", (unsigned long long)entry->id,
        (unsigned long long)(p->wanted ? p->wanted : entry->approved));
    snprintf(recipe, sizeof recipe, "form: %.*s\ndomain: %.*s\nversion: \"%.*s\"\n", SLICE_ARG(domain->form->id),
        SLICE_ARG(domain->id), SLICE_ARG(domain->version));
    snprintf(title, sizeof title, entry->unit.len ? "Entered here: %.*s" : "Entered here%.*s",
        (int)(entry->unit.len < 200 ? entry->unit.len : 200), entry->unit.len ? entry->unit.ptr : "");
    struct source_info source = {.code = slice_from(p->source_code),
        .title = slice_from(title),
        .kind = SLICE(SOURCE_ENTERED),
        .reliability = 2,
        .licence = SLICE("own records"),
        .marking = SLICE("TLP:GREEN")};
    struct import_info info = {.file_name = slice_from(file),
        .recipe_id = SLICE("form"),
        .recipe_text = slice_from(recipe),
        .who = slice_from(p->who.name)};
    spool_hash(file, strlen(file), info.file_hash);
    spool_hash(recipe, strlen(recipe), info.recipe_hash);
    return store_import_begin(p->desk->store, &source, &info, &p->import, err);
}

static enum comity_status write_import(struct publishing *p, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; !status && i < p->reading.n_parts; i++)
        status = add_part(p, &p->reading.parts[i], err);
    p->counts.n_rows = p->reading.n_parts;
    if (!status)
        status = store_import_settle(p->import, NULL, &p->counts, err);
    if (!status)
        status = retract_others(p, err);
    return status ? status : store_import_for_entry(p->import, p->entry->id, p->wanted, err);
}

static enum comity_status import_entry(struct publishing *p, struct comity_error *err)
{
    char receipt[160];
    uint64_t number;
    enum comity_status status = begin_import(p, err);
    if (!status)
        status = write_import(p, err);
    if (status) {
        if (p->import)
            store_import_abort(p->import);
        return status;
    }
    snprintf(receipt, sizeof receipt, "{\"format\":\"form\",\"entry\":%llu,\"version\":%llu,\"rows\":%llu}",
        (unsigned long long)p->entry->id, (unsigned long long)p->wanted, (unsigned long long)p->counts.n_rows);
    struct store_import *import = p->import;
    p->import = NULL;
    return store_import_publish(import, slice_from(receipt), &number, err);
}

static enum comity_status publish_one(
    struct desk *desk, const struct entry *entry, const struct reader *who, struct comity_error *err)
{
    struct publishing p = {.desk = desk, .entry = entry, .wanted = entry_wanted(entry)};
    entry_source_code(entry->unit, p.source_code);
    enum comity_status status = find_who(&p, who, err);
    if (!status)
        status = read_content(&p, err);
    if (!status)
        status = judge(&p, err);
    if (!status)
        status = import_entry(&p, err);
    arena_release(&p.arena);
    return status;
}

/* Whether the next entry would fare no better. */
static bool is_for_all(enum comity_status status)
{
    return status == COMITY_BUSY || status == COMITY_IO || status == COMITY_NOMEM || status == COMITY_CANCELLED ||
           status == COMITY_REFUSED;
}

/* One that cannot be published holds up no other; the first of them is told. */
static enum comity_status publish_all(struct desk *desk, const struct entry *entries, size_t n,
    const struct reader *who, struct publish_summary *out, struct comity_error *err)
{
    enum comity_status first = COMITY_OK;
    for (size_t i = 0; i < n; i++) {
        struct comity_error failed = {0};
        enum comity_status status = publish_one(desk, &entries[i], who, &failed);
        out->n_published += !status;
        if (status && !first) {
            first = status;
            error_set(err, status, "entry %llu: %s", (unsigned long long)entries[i].id, failed.message);
        }
        if (is_for_all(status))
            break;
    }
    return first;
}

enum comity_status desk_publish(
    struct desk *desk, const struct reader *who, struct publish_summary *out, struct comity_error *err)
{
    struct arena arena = {0};
    struct entry *entries;
    size_t n;
    *out = (struct publish_summary){0};
    enum comity_status status = store_may_write(desk->store, err);
    if (!status)
        status = store_entries_pending(desk->store, &arena, &entries, &n, err);
    if (!status)
        status = publish_all(desk, entries, n, who, out, err);
    arena_release(&arena);
    return status;
}
