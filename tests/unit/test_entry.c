/* What entering a case promises: it is read as files are, nothing is overwritten or doubled, records follow what was
 * approved, and what looks like the same event is found. */
#include "unit.h"

#include "failing_malloc.h"

#include "base/calendar.h"
#include "base/error.h"
#include "flow/alike.h"
#include "flow/entry.h"
#include "flow/publish.h"
#include "store/entry.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

static const struct reader officer = {.language = "en", .name = "olga"};
static const struct reader reviewer = {.language = "en", .name = "ravi"};
static const int64_t now = INT64_C(1790000000); /* 2026-09-21 */

struct bench {
    char folder[64], store[96];
    struct desk desk;
    struct comity_error err;
    struct arena arena;
};

#define assert_ok(bench, call)                                                                                         \
    do {                                                                                                               \
        if ((call) != COMITY_OK) {                                                                                     \
            char detail[1200];                                                                                         \
            error_format(&(bench)->err, detail, sizeof detail);                                                        \
            fail_msg("%s: %s", #call, detail);                                                                         \
        }                                                                                                              \
    } while (0)

static void begin(struct bench *b)
{
    struct desk_options options = {.data_folder = DATA_FOLDER, .mode = STORE_WRITE};
    memset(b, 0, sizeof *b);
    snprintf(b->folder, sizeof b->folder, "/tmp/comity-entry-XXXXXX");
    assert_non_null(mkdtemp(b->folder));
    snprintf(b->store, sizeof b->store, "%s/test.comity", b->folder);
    assert_ok(b, store_create(b->store, SLICE("drugs"), SLICE("1"), &b->err));
    assert_ok(b, desk_open(&b->desk, b->store, &options, &b->err));
    assert_non_null(b->desk.domain->form);
}

static void end(struct bench *b)
{
    char command[128];
    uint64_t n_lines;
    assert_ok(b, store_verify(b->desk.store, &n_lines, &b->err));
    desk_close(&b->desk);
    arena_release(&b->arena);
    snprintf(command, sizeof command, "rm -r '%s'", b->folder);
    assert_int_equal(system(command), 0);
}

#define CELLS(...)                                                                                                     \
    (const char *const[])                                                                                              \
    {                                                                                                                  \
        __VA_ARGS__, NULL                                                                                              \
    }

/* Pairs of key and text. */
static struct entry_content content_of(struct bench *b, const char *const *cells)
{
    struct entry_content content = {.cells = ARENA_ARRAY(&b->arena, struct entry_cell, 64)};
    for (; *cells; cells += 2)
        content.cells[content.n++] = (struct entry_cell){slice_from(cells[0]), slice_from(cells[1])};
    return content;
}

static struct slice json_of(struct bench *b, const struct entry_content *content)
{
    struct buffer out;
    buffer_init(&out, 1 << 16);
    entry_content_write(content, &out);
    assert_false(out.failed);
    struct slice text = arena_copy(&b->arena, buffer_slice(&out));
    buffer_release(&out);
    return text;
}

static struct entry_reading read_content(struct bench *b, const struct entry_content *content)
{
    struct entry_asking asking = {.domain = b->desk.domain, .content = content, .now = now, .language = "en"};
    struct entry_reading reading;
    assert_ok(b, entry_read(&asking, &b->arena, &reading, &b->err));
    return reading;
}

static const struct entry_finding *found(const struct bench *b, const struct entry_reading *reading, const char *key)
{
    struct form_place place;
    assert_true(form_find(b->desk.domain->form, slice_from(key), &place));
    return entry_finding_at(reading, &place);
}

#define assert_found(b, reading, key, expected_kind, expected)                                                         \
    do {                                                                                                               \
        const struct entry_finding *f = found((b), (reading), (key));                                                  \
        assert_non_null(f);                                                                                            \
        if (f->kind != (expected_kind) || !slice_is(f->text, (expected)))                                              \
            fail_msg("%s: %d '%.*s' %s", (key), (int)f->kind, SLICE_ARG(f->text), f->message ? f->message : "");       \
    } while (0)

static void what_people_type_is_read_as_files_are(void **state)
{
    struct bench b;
    (void)state;
    begin(&b);
    struct entry_content content =
        content_of(&b, CELLS("case", "2026/0317", "date", "17/03/2026", "country", "colombia", "place", "cartagena",
                           "drugs.1.drug", "cocaina", "drugs.1.amount", "12,5 kg", "drugs.1.purity", "78 %",
                           "drugs.3.drug", "heroin", "drugs.3.amount", "300 g", "persons.1.number", "2",
                           "persons.1.sex", "male", "persons.2.number", "1", "persons.2.nationality", "Ecuador"));
    struct entry_reading reading = read_content(&b, &content);
    assert_int_equal(reading.n_open, 0);
    assert_int_equal(reading.n_parts, 2);
    assert_int_equal(reading.parts[1].line, 3);
    assert_found(&b, &reading, "date", FINDING_UNDERSTOOD, "2026-03-17");
    assert_found(&b, &reading, "country", FINDING_UNDERSTOOD, "Colombia");
    assert_found(&b, &reading, "place", FINDING_UNDERSTOOD, "Cartagena, Bolívar, Colombia");
    assert_found(&b, &reading, "drugs.1.amount", FINDING_UNDERSTOOD, "12.5 kg");
    assert_found(&b, &reading, "drugs.1.purity", FINDING_UNDERSTOOD, "78 %");
    const struct domain *domain = b.desk.domain;
    const struct value *arrested = &reading.parts[1].values[domain_field(domain, SLICE("arrested"))];
    assert_int_equal(arrested->count.number, 3);
    const struct value *persons = &reading.parts[0].values[domain_field(domain, SLICE("persons"))];
    if (!slice_is(persons->text, "2 × Male; 1 × Ecuador"))
        fail_msg("persons: '%.*s'", SLICE_ARG(persons->text));
    struct entry_asking asking = {.domain = domain, .content = &content, .now = now, .language = "en"};
    struct slice title = entry_title(&asking, &reading, &b.arena);
    if (!slice_is(title, "2026/0317 · 2026-03-17 · Cartagena, Bolívar, Colombia · Cocaine-type 12.5 kg +1") &&
        !slice_is(title, "2026/0317 · 2026-03-17 · Cartagena, Bolívar, Colombia · Cocaine 12.5 kg +1"))
        fail_msg("title: '%.*s'", SLICE_ARG(title));
    end(&b);
}

static void what_is_missing_or_odd_is_told_where_it_stands(void **state)
{
    struct bench b;
    (void)state;
    begin(&b);
    struct entry_content nothing = {0};
    struct entry_reading reading = read_content(&b, &nothing);
    assert_found(&b, &reading, "case", FINDING_MISSING, "");
    assert_found(&b, &reading, "drugs.1.drug", FINDING_MISSING, "");
    assert_int_equal(reading.n_open, 5); /* case, date, country, drug, amount */
    struct entry_content odd = content_of(&b, CELLS("case", "x", "date", "2026-13-45", "country", "Atlantis", "place",
                                                  "Xqzzw", "drugs.1.drug", "moonshine of the hills", "drugs.1.amount",
                                                  "plenty", "drugs.2.drug", "cocaine", "drugs.2.amount", "4500000 kg"));
    reading = read_content(&b, &odd);
    assert_found(&b, &reading, "date", FINDING_FAULT, "");
    assert_found(&b, &reading, "country", FINDING_FAULT, "");
    assert_int_equal(found(&b, &reading, "place")->kind, FINDING_DOUBT);
    assert_found(&b, &reading, "drugs.1.drug", FINDING_FAULT, "");
    assert_found(&b, &reading, "drugs.1.amount", FINDING_FAULT, "");
    assert_int_equal(found(&b, &reading, "drugs.2.amount")->kind, FINDING_DOUBT);
    struct entry_content twice = content_of(&b, CELLS("country", "CO", "place", "San Pedro"));
    reading = read_content(&b, &twice);
    assert_true(slice_find(found(&b, &reading, "place")->others, SLICE("; ")) > 0);
    struct entry_content ahead = content_of(&b, CELLS("date", "2026-12-31"));
    reading = read_content(&b, &ahead);
    assert_int_equal(found(&b, &reading, "date")->kind, FINDING_FAULT);
    end(&b);
}

static void contents_come_back_as_they_were(void **state)
{
    struct bench b;
    struct entry_content back;
    (void)state;
    begin(&b);
    struct entry_content content =
        content_of(&b, CELLS("case", "\"q\" \\ \n é 毒", "note", "", "alike.2.4711", ENTRY_SAME));
    assert_ok(&b, entry_content_parse(json_of(&b, &content), &b.arena, &back, &b.err));
    assert_int_equal(back.n, 2);
    assert_true(slice_equal(entry_text(&back, SLICE("case")), content.cells[0].text));
    assert_int_equal(entry_content_parse(SLICE("[1]"), &b.arena, &back, &b.err), COMITY_CORRUPT);
    assert_int_equal(entry_content_parse(SLICE("{\"case\":1}"), &b.arena, &back, &b.err), COMITY_CORRUPT);
    const struct form *form = b.desk.domain->form;
    assert_true(entry_knows(form, SLICE("drugs.30.amount")) && entry_knows(form, SLICE("place.latitude")));
    assert_true(entry_knows(form, SLICE("alike.2.4711")));
    static const char *const strange[] = {"drugs.31.amount", "drugs.0.amount", "drugs.01.amount", "drugs.amount",
        "date.latitude", "alike.0.4711", "alike.1.xyz", "alike.1.0", "alike.01.3", "alike.1", "persons.1.name", ""};
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++)
        if (entry_knows(form, slice_from(strange[i])))
            fail_msg("'%s' is taken for a key", strange[i]);
    end(&b);
}

/* ---- in the store ----------------------------------------------------------------------------------------------- */

static struct entry save(
    struct bench *b, uint64_t id, uint64_t version, const char *nonce, const struct entry_content *content)
{
    struct entry entry;
    struct entry_save save = {.id = id,
        .version = version,
        .nonce = slice_from(nonce),
        .unit = SLICE("Customs"),
        .title = SLICE("t"),
        .content = json_of(b, content),
        .now = now};
    assert_ok(b, store_entry_save(b->desk.store, &save, &officer, &b->arena, &entry, &b->err));
    return entry;
}

static enum comity_status deed(struct bench *b, uint64_t id, uint64_t version, enum entry_deed deed)
{
    return store_entry_do(b->desk.store, id, version, deed, SLICE("because"), now,
        deed == ENTRY_SUBMIT || deed == ENTRY_SAVE ? &officer : &reviewer, &b->err);
}

#define assert_deed(b, id, version, what, expected) assert_int_equal(deed((b), (id), (version), (what)), (expected))

static struct entry entry_of(struct bench *b, uint64_t id)
{
    struct entry entry;
    assert_ok(b, store_entry(b->desk.store, &officer, id, &b->arena, &entry, &b->err));
    return entry;
}

static void publish(struct bench *b, size_t expected)
{
    struct publish_summary summary;
    assert_ok(b, desk_publish(&b->desk, &reviewer, &summary, &b->err));
    assert_int_equal(summary.n_published, expected);
}

/* "12.5|0.3" : the live amounts in kg, in the order of mentions. */
static void assert_amounts(struct bench *b, const char *expected)
{
    struct mentions mentions;
    uint64_t *entity_of, sequence;
    char text[256] = "";
    assert_ok(b, store_load(b->desk.store, b->desk.domain, &mentions, &entity_of, &sequence, &b->err));
    for (size_t i = 0; i < mentions.n; i++) {
        const struct value *amount = mention_value(&mentions, i, b->desk.domain->how_much);
        size_t len = strlen(text);
        snprintf(
            text + len, sizeof text - len, "%s%g", i ? "|" : "", unit_to_base(b->desk.domain->units, amount) / 1000);
    }
    mentions_release(&mentions);
    free(entity_of);
    assert_string_equal(text, expected);
}

static struct entry_content two_drugs(struct bench *b, const char *first, const char *second)
{
    struct entry_content content = content_of(b, CELLS("case", "1/26", "date", "2026-03-17", "country", "CO", "place",
                                                     "Cartagena", "drugs.1.drug", "cocaine", "drugs.1.amount", first));
    if (second) {
        content.cells[content.n++] = (struct entry_cell){SLICE("drugs.2.drug"), SLICE("heroin")};
        content.cells[content.n++] = (struct entry_cell){SLICE("drugs.2.amount"), slice_from(second)};
    }
    return content;
}

static void records_follow_what_is_approved(void **state)
{
    struct bench b;
    (void)state;
    begin(&b);
    struct entry_content content = two_drugs(&b, "12.5 kg", "300 g");
    struct entry entry = save(&b, 0, 0, "n1", &content);
    assert_int_equal(entry.state, ENTRY_DRAFT);
    publish(&b, 0);
    assert_deed(&b, entry.id, 1, ENTRY_APPROVE, COMITY_CONFLICT);
    assert_deed(&b, entry.id, 1, ENTRY_SUBMIT, COMITY_OK);
    assert_deed(&b, entry.id, 1, ENTRY_RETURN, COMITY_OK);
    assert_deed(&b, entry.id, 1, ENTRY_SUBMIT, COMITY_OK);
    publish(&b, 0);
    assert_amounts(&b, "");
    assert_deed(&b, entry.id, 1, ENTRY_APPROVE, COMITY_OK);
    bool has_pending;
    assert_ok(&b, store_has_pending(b.desk.store, &has_pending, &b.err));
    assert_true(has_pending);
    publish(&b, 1);
    publish(&b, 0);
    assert_amounts(&b, "12.5|0.3");
    /* A correction: the records stay until it is approved. */
    content = two_drugs(&b, "13 kg", NULL);
    entry = save(&b, entry.id, 1, "", &content);
    assert_int_equal(entry.version, 2);
    assert_amounts(&b, "12.5|0.3");
    assert_deed(&b, entry.id, 2, ENTRY_SUBMIT, COMITY_OK);
    assert_deed(&b, entry.id, 2, ENTRY_APPROVE, COMITY_OK);
    publish(&b, 1);
    assert_amounts(&b, "13");
    assert_deed(&b, entry.id, 2, ENTRY_RETRACT, COMITY_OK);
    assert_deed(&b, entry.id, 2, ENTRY_RETRACT, COMITY_CONFLICT);
    publish(&b, 1);
    assert_amounts(&b, "");
    assert_deed(&b, entry.id, 2, ENTRY_RESTORE, COMITY_OK);
    publish(&b, 1);
    assert_amounts(&b, "13");
    /* And back to what stood there first. */
    content = two_drugs(&b, "12.5 kg", "300 g");
    entry = save(&b, entry.id, 2, "", &content);
    assert_deed(&b, entry.id, 3, ENTRY_SUBMIT, COMITY_OK);
    assert_deed(&b, entry.id, 3, ENTRY_APPROVE, COMITY_OK);
    publish(&b, 1);
    assert_amounts(&b, "0.3|12.5");
    entry = entry_of(&b, entry.id);
    assert_int_equal(entry.published, 3);
    /* A correction that is let go of changes nothing that readers see. */
    struct entry_content unwanted = two_drugs(&b, "99 kg", NULL);
    entry = save(&b, entry.id, 3, "", &unwanted);
    assert_deed(&b, entry.id, 4, ENTRY_DISCARD, COMITY_OK);
    publish(&b, 0);
    entry = entry_of(&b, entry.id);
    assert_true(entry.state == ENTRY_APPROVED && entry.version == 5 && entry.approved == 5 && entry.published == 5);
    struct entry_version back;
    assert_ok(&b, store_entry_version(b.desk.store, &officer, entry.id, 5, &b.arena, &back, &b.err));
    assert_true(slice_equal(back.content, json_of(&b, &content)));
    struct entry_event *events;
    size_t n;
    assert_ok(&b, store_entry_events(b.desk.store, &officer, entry.id, &b.arena, &events, &n, &b.err));
    assert_int_equal(n, 15);
    assert_true(slice_is(events[n - 1].who, "ravi") && slice_is(events[n - 1].reason, "because"));
    end(&b);
}

static void nothing_is_overwritten_or_doubled(void **state)
{
    struct bench b;
    struct entry entry, again;
    struct entry_version first;
    (void)state;
    begin(&b);
    struct entry_content one = two_drugs(&b, "1 kg", NULL), other = two_drugs(&b, "2 kg", NULL);
    entry = save(&b, 0, 0, "same", &one);
    again = save(&b, 0, 0, "same", &one); /* the answer was lost on its way, and the form sent again */
    assert_int_equal(again.id, entry.id);
    again = save(&b, entry.id, 1, "", &one);
    assert_int_equal(again.version, 1);
    again = save(&b, entry.id, 1, "", &other);
    assert_int_equal(again.version, 2);
    again = save(&b, entry.id, 1, "", &other); /* sent again */
    assert_int_equal(again.version, 2);
    struct entry_save stale = {.id = entry.id, .version = 1, .content = json_of(&b, &one), .now = now};
    assert_int_equal(store_entry_save(b.desk.store, &stale, &officer, &b.arena, &again, &b.err), COMITY_CONFLICT);
    assert_ok(&b, store_entry_version(b.desk.store, &officer, entry.id, 1, &b.arena, &first, &b.err));
    assert_true(slice_equal(first.content, json_of(&b, &one)) && slice_is(first.author, "olga"));
    assert_deed(&b, entry.id, 1, ENTRY_SUBMIT, COMITY_CONFLICT);
    assert_deed(&b, entry.id, 2, ENTRY_DISCARD, COMITY_OK);
    assert_deed(&b, entry.id, 2, ENTRY_SUBMIT, COMITY_CONFLICT);
    assert_deed(&b, 99, 1, ENTRY_SUBMIT, COMITY_NOTFOUND);
    struct entry *list;
    size_t n;
    assert_ok(&b, store_entries(b.desk.store, &officer, SLICE("Customs"), 1u << ENTRY_DISCARDED, 10, &b.arena, &list,
                      &n, &b.err));
    assert_int_equal(n, 1);
    assert_ok(&b, store_entries(b.desk.store, &officer, SLICE("Police"), ~0u, 10, &b.arena, &list, &n, &b.err));
    assert_int_equal(n, 0);
    end(&b);
}

/* The first answer was slow, and more was typed meanwhile: the same form goes on with what it saved. */
static void a_form_sent_again_with_more_goes_on(void **state)
{
    struct bench b;
    struct entry again;
    (void)state;
    begin(&b);
    struct entry_content one = two_drugs(&b, "12 kg", NULL), more = two_drugs(&b, "120 kg", NULL);
    struct entry entry = save(&b, 0, 0, "slow", &one);
    again = save(&b, 0, 0, "slow", &more);
    assert_true(again.id == entry.id && again.version == 2);
    struct entry_save foreign = {
        .nonce = SLICE("slow"), .unit = SLICE("Police"), .content = json_of(&b, &one), .now = now};
    assert_int_equal(store_entry_save(b.desk.store, &foreign, &officer, &b.arena, &again, &b.err), COMITY_CONFLICT);
    end(&b);
}

/* What was retracted for a reason does not come back with a correction that waited meanwhile. */
static void a_correction_does_not_bring_back_what_was_retracted(void **state)
{
    struct bench b;
    (void)state;
    begin(&b);
    struct entry_content one = two_drugs(&b, "1 kg", NULL), other = two_drugs(&b, "2 kg", NULL);
    struct entry entry = save(&b, 0, 0, "r", &one);
    assert_deed(&b, entry.id, 1, ENTRY_SUBMIT, COMITY_OK);
    assert_deed(&b, entry.id, 1, ENTRY_APPROVE, COMITY_OK);
    publish(&b, 1);
    entry = save(&b, entry.id, 1, "", &other);
    assert_deed(&b, entry.id, 2, ENTRY_SUBMIT, COMITY_OK);
    assert_deed(&b, entry.id, 2, ENTRY_RETRACT, COMITY_OK);
    assert_deed(&b, entry.id, 2, ENTRY_APPROVE, COMITY_OK);
    publish(&b, 1);
    assert_amounts(&b, "");
    assert_deed(&b, entry.id, 2, ENTRY_RESTORE, COMITY_OK);
    publish(&b, 1);
    assert_amounts(&b, "2");
    end(&b);
}

static void an_import_of_an_entry_is_not_undone_behind_its_back(void **state)
{
    struct bench b;
    (void)state;
    begin(&b);
    struct entry_content one = two_drugs(&b, "1 kg", NULL);
    struct entry entry = save(&b, 0, 0, "u", &one);
    assert_deed(&b, entry.id, 1, ENTRY_SUBMIT, COMITY_OK);
    assert_deed(&b, entry.id, 1, ENTRY_APPROVE, COMITY_OK);
    publish(&b, 1);
    assert_int_equal(store_import_undo(b.desk.store, 1, &reviewer, &b.err), COMITY_CONFLICT);
    assert_amounts(&b, "1");
    bool needs;
    assert_ok(&b, store_entries_need_link(b.desk.store, &needs, &b.err));
    assert_true(needs);
    end(&b);
}

/* One that the form of today does not understand holds up no other. */
static void what_cannot_be_published_holds_up_nothing_else(void **state)
{
    struct bench b;
    struct publish_summary summary;
    (void)state;
    begin(&b);
    struct entry_content half = content_of(&b, CELLS("case", "half", "date", "2026-03-17")),
                         good = two_drugs(&b, "1 kg", NULL);
    struct entry entry = save(&b, 0, 0, "half", &half);
    assert_deed(&b, entry.id, 1, ENTRY_SUBMIT, COMITY_OK);
    assert_deed(&b, entry.id, 1, ENTRY_APPROVE, COMITY_OK);
    entry = save(&b, 0, 0, "good", &good);
    assert_deed(&b, entry.id, 1, ENTRY_SUBMIT, COMITY_OK);
    assert_deed(&b, entry.id, 1, ENTRY_APPROVE, COMITY_OK);
    assert_int_equal(desk_publish(&b.desk, &reviewer, &summary, &b.err), COMITY_INPUT);
    assert_int_equal(summary.n_published, 1);
    assert_non_null(strstr(b.err.message, "entry 1:"));
    assert_amounts(&b, "1");
    end(&b);
}

/* Drafts are their unit's: nothing of them may be seen by the number that tells of changes. */
static void drafts_change_nothing_that_readers_see(void **state)
{
    struct bench b;
    uint64_t before, after;
    (void)state;
    begin(&b);
    assert_ok(&b, store_sequence(b.desk.store, &before, &b.err));
    struct entry_content content = two_drugs(&b, "1 kg", NULL);
    struct entry entry = save(&b, 0, 0, "x", &content);
    assert_deed(&b, entry.id, 1, ENTRY_SUBMIT, COMITY_OK);
    assert_deed(&b, entry.id, 1, ENTRY_RETURN, COMITY_OK);
    assert_ok(&b, store_sequence(b.desk.store, &after, &b.err));
    assert_int_equal(before, after);
    end(&b);
}

static void publishing_survives_any_failed_allocation(void **state)
{
    struct bench b;
    (void)state;
    begin(&b);
    struct entry_content content = two_drugs(&b, "12.5 kg", "300 g");
    struct entry entry = save(&b, 0, 0, "n1", &content);
    assert_deed(&b, entry.id, 1, ENTRY_SUBMIT, COMITY_OK);
    assert_deed(&b, entry.id, 1, ENTRY_APPROVE, COMITY_OK);
    for (long n = 0;; n += 1 + n / 16) {
        struct publish_summary summary;
        failing_malloc_after(n);
        enum comity_status status = desk_publish(&b.desk, &reviewer, &summary, &b.err);
        bool has_failed = failing_malloc_stop();
        if (status == COMITY_OK && summary.n_published == 1)
            break;
        assert_true(has_failed);
        if (status != COMITY_NOMEM)
            fail_msg("allocation %ld: %d %s", n, (int)status, b.err.message);
        assert_amounts(&b, "");
    }
    assert_amounts(&b, "12.5|0.3");
    end(&b);
}

/* ---- what looks alike ------------------------------------------------------------------------------------------- */

static void relink(struct bench *b)
{
    struct link_summary summary;
    assert_ok(b, desk_relink(&b->desk, &officer, NULL, &summary, NULL, &b->err));
    link_summary_release(&summary);
}

static void enter(struct bench *b, const char *nonce, const struct entry_content *content)
{
    struct entry entry = save(b, 0, 0, nonce, content);
    assert_deed(b, entry.id, 1, ENTRY_SUBMIT, COMITY_OK);
    assert_deed(b, entry.id, 1, ENTRY_APPROVE, COMITY_OK);
    publish(b, 1);
}

static void the_same_event_told_before_is_found(void **state)
{
    struct bench b;
    struct snapshot *snapshot;
    struct alike alike[ALIKE_MOST];
    size_t n;
    (void)state;
    begin(&b);
    struct entry_content told = two_drugs(&b, "412.25 kg", NULL);
    enter(&b, "first", &told);
    for (int linked = 0; linked < 2; linked++) {
        if (linked)
            relink(&b);
        assert_ok(&b, desk_snapshot(&b.desk, &snapshot, &b.err));
        struct entry_content same = two_drugs(&b, "412.25 kg", NULL), other = two_drugs(&b, "3 g", NULL);
        struct entry_reading reading = read_content(&b, &same);
        struct alike_asking asking = {.values = reading.parts[0].values, .unit = SLICE("Police")};
        assert_ok(&b, desk_alike(snapshot, &asking, &b.arena, alike, &n, &b.err));
        assert_int_equal(n, 1);
        assert_int_equal(alike[0].id, snapshot->mentions.id[alike[0].mention]);
        if (linked)
            assert_true(alike[0].n_reasons > 2 && !isnan(alike[0].probability));
        /* Not itself. */
        asking.unit = SLICE("Customs");
        asking.entry = 1;
        assert_ok(&b, desk_alike(snapshot, &asking, &b.arena, alike, &n, &b.err));
        assert_int_equal(n, 0);
        reading = read_content(&b, &other);
        asking = (struct alike_asking){.values = reading.parts[0].values, .unit = SLICE("Police")};
        assert_ok(&b, desk_alike(snapshot, &asking, &b.arena, alike, &n, &b.err));
        if (!linked)
            assert_int_equal(n, 0);
        snapshot_release(snapshot);
    }
    end(&b);
}

/* What one says while typing is a judgement once it is published, once. */
static void what_one_says_of_it_becomes_a_judgement(void **state)
{
    struct bench b;
    struct snapshot *snapshot;
    char key[64];
    (void)state;
    begin(&b);
    struct entry_content told = two_drugs(&b, "412.25 kg", NULL);
    enter(&b, "first", &told);
    relink(&b);
    assert_ok(&b, desk_snapshot(&b.desk, &snapshot, &b.err));
    snprintf(key, sizeof key, ENTRY_ALIKE "1.%llu", (unsigned long long)snapshot->mentions.id[0]);
    snapshot_release(snapshot);
    struct entry_content mine = two_drugs(&b, "400 kg", NULL);
    mine.cells[mine.n++] = (struct entry_cell){slice_from(key), SLICE(ENTRY_SAME)};
    enter(&b, "second", &mine);
    assert_deed(&b, 2, 1, ENTRY_RETRACT, COMITY_OK);
    publish(&b, 1);
    assert_deed(&b, 2, 1, ENTRY_RESTORE, COMITY_OK);
    publish(&b, 1);
    relink(&b);
    struct judgement *judgements;
    size_t n;
    assert_ok(&b, store_judgements(b.desk.store, &officer, true, &b.arena, &judgements, &n, &b.err));
    assert_int_equal(n, 1);
    assert_true(
        judgements[0].is_by_person && judgements[0].kind == JUDGEMENT_SAME && slice_is(judgements[0].who, "ravi"));
    assert_ok(&b, desk_snapshot(&b.desk, &snapshot, &b.err));
    assert_int_equal(snapshot->mentions.n, 2);
    assert_int_equal(snapshot->resolution.n_entities, 1);
    snapshot_release(snapshot);
    end(&b);
}

/* Whoever typed the second was shown the first: that it is another event was a person's word. */
static void cases_of_one_unit_stay_apart_unless_somebody_joins_them(void **state)
{
    struct bench b;
    struct snapshot *snapshot;
    struct alike alike[ALIKE_MOST];
    size_t n;
    char nonce[24];
    (void)state;
    begin(&b);
    struct entry_content told = two_drugs(&b, "0.9 kg", NULL);
    for (int i = 0; i < 12; i++) {
        snprintf(nonce, sizeof nonce, "again %d", i);
        enter(&b, nonce, &told);
    }
    relink(&b);
    relink(&b);
    assert_ok(&b, desk_snapshot(&b.desk, &snapshot, &b.err));
    assert_int_equal(snapshot->resolution.n_entities, 12);
    struct entry_reading reading = read_content(&b, &told);
    struct alike_asking asking = {.values = reading.parts[0].values, .unit = SLICE("Customs"), .entry = 13};
    assert_ok(&b, desk_alike(snapshot, &asking, &b.arena, alike, &n, &b.err));
    assert_true(n > 0); /* but they are shown */
    snapshot_release(snapshot);
    end(&b);
}

static void say_of_it(struct bench *b, uint64_t *version, const char *key, const char *text)
{
    struct entry_content mine = two_drugs(b, "400 kg", NULL);
    if (text[0])
        mine.cells[mine.n++] = (struct entry_cell){slice_from(key), slice_from(text)};
    struct entry entry = save(b, 2, *version, "", &mine);
    *version = entry.version;
    assert_deed(b, 2, *version, ENTRY_SUBMIT, COMITY_OK);
    assert_deed(b, 2, *version, ENTRY_APPROVE, COMITY_OK);
    publish(b, 1);
}

/* The kind of the one judgement that holds; -1: none. */
static int what_holds(struct bench *b, uint64_t *id)
{
    struct judgement *judgements;
    size_t n;
    assert_ok(b, store_judgements(b->desk.store, &officer, true, &b->arena, &judgements, &n, &b->err));
    assert_true(n <= 1);
    if (n)
        *id = judgements[0].id;
    return n ? (int)judgements[0].kind : -1;
}

/* The last word counts; what is said no more is taken back; what somebody took back stays so. */
static void what_one_says_of_it_can_be_corrected(void **state)
{
    struct bench b;
    char key[64], own[64];
    uint64_t version = 1, id = 0;
    (void)state;
    begin(&b);
    struct entry_content told = two_drugs(&b, "412.25 kg", NULL), mine = two_drugs(&b, "400 kg", NULL);
    enter(&b, "first", &told);
    enter(&b, "second", &mine);
    snprintf(key, sizeof key, ENTRY_ALIKE "1.1");
    snprintf(own, sizeof own, ENTRY_ALIKE "1.2");
    static const char *const said[] = {ENTRY_SAME, ENTRY_DIFFERENT, ENTRY_SAME, ENTRY_PART, ""};
    static const int holds[] = {JUDGEMENT_SAME, JUDGEMENT_DIFFERENT, JUDGEMENT_SAME, JUDGEMENT_DIFFERENT, -1};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        say_of_it(&b, &version, key, said[i]);
        assert_int_equal(what_holds(&b, &id), holds[i]);
    }
    say_of_it(&b, &version, own, ENTRY_SAME); /* of itself: nothing */
    assert_int_equal(what_holds(&b, &id), -1);
    say_of_it(&b, &version, key, ENTRY_SAME);
    assert_int_equal(what_holds(&b, &id), JUDGEMENT_SAME);
    assert_ok(&b, store_judge_undo(b.desk.store, id, &reviewer, &b.err));
    assert_deed(&b, 2, version, ENTRY_RETRACT, COMITY_OK);
    publish(&b, 1);
    assert_deed(&b, 2, version, ENTRY_RESTORE, COMITY_OK);
    publish(&b, 1);
    assert_int_equal(what_holds(&b, &id), -1);
    end(&b);
}

static void units_have_sources_of_their_own(void **state)
{
    char a[64], b[64];
    (void)state;
    entry_source_code(SLICE_EMPTY, a);
    assert_string_equal(a, "desk");
    entry_source_code(SLICE("Customs A"), a);
    entry_source_code(SLICE("Customs-A"), b);
    assert_string_not_equal(a, b);
    assert_int_equal(strncmp(a, "desk-customs-a-", 15), 0);
    entry_source_code(SLICE("مكتب مكافحة المخدرات والجريمة المنظمة في العاصمة"), b);
    assert_true(strlen(b) < 64 && strncmp(b, "desk-", 5) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_people_type_is_read_as_files_are),
        cmocka_unit_test(what_is_missing_or_odd_is_told_where_it_stands),
        cmocka_unit_test(contents_come_back_as_they_were),
        cmocka_unit_test(records_follow_what_is_approved),
        cmocka_unit_test(nothing_is_overwritten_or_doubled),
        cmocka_unit_test(a_form_sent_again_with_more_goes_on),
        cmocka_unit_test(a_correction_does_not_bring_back_what_was_retracted),
        cmocka_unit_test(an_import_of_an_entry_is_not_undone_behind_its_back),
        cmocka_unit_test(what_cannot_be_published_holds_up_nothing_else),
        cmocka_unit_test(cases_of_one_unit_stay_apart_unless_somebody_joins_them),
        cmocka_unit_test(what_one_says_of_it_can_be_corrected),
        cmocka_unit_test(drafts_change_nothing_that_readers_see),
        cmocka_unit_test(publishing_survives_any_failed_allocation),
        cmocka_unit_test(the_same_event_told_before_is_found),
        cmocka_unit_test(what_one_says_of_it_becomes_a_judgement),
        cmocka_unit_test(units_have_sources_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
