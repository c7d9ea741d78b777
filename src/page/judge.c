/* See judge.h. A form is sent to /judge, whoever made it, and leads back to where it stood; there what was done is told
 * with the way to take it back, and the next doubt follows. */
#include "page/judge.h"

#include "base/calendar.h"
#include "base/error.h"
#include "base/hash.h"
#include "flow/show.h"
#include "http/publisher.h"
#include "page/fields.h"
#include "page/part.h"
#include "page/why.h"

#include <stdlib.h>

/* While links are published nobody else can write: who decides meanwhile waits rather than being sent away. */
enum { MOST_PAIR = 40, MOST_REASON = 2000, PATIENCE_MS = 3000, BETWEEN_MS = 50 };

/* ---- what was decided ------------------------------------------------------------------------------------------- */

static uint64_t lower(const struct judgement *judgement)
{
    return judgement->a < judgement->b ? judgement->a : judgement->b;
}

static uint64_t higher(const struct judgement *judgement)
{
    return judgement->a < judgement->b ? judgement->b : judgement->a;
}

static int compare_pairs(const struct judgement *x, const struct judgement *y)
{
    if (lower(x) != lower(y))
        return lower(x) < lower(y) ? -1 : 1;
    return higher(x) < higher(y) ? -1 : higher(x) > higher(y);
}

static int compare_decisions(const void *a, const void *b)
{
    const struct judgement *x = *(const struct judgement *const *)a, *y = *(const struct judgement *const *)b;
    int order = compare_pairs(x, y);
    return order ? order : x->id < y->id ? -1 : x->id > y->id;
}

static bool is_decision(const struct judgement *judgement)
{
    return judgement->is_by_person && (judgement->kind == JUDGEMENT_SAME || judgement->kind == JUDGEMENT_DIFFERENT);
}

static enum comity_status read_judgements(
    struct page *page, bool live_only, struct judgement **out, size_t *n, struct comity_error *err)
{
    pthread_mutex_lock(&page->store->lock);
    enum comity_status status =
        store_judgements(page->store->store, &page->reader, live_only, page->arena, out, n, err);
    pthread_mutex_unlock(&page->store->lock);
    return status;
}

/* What people said and did not take back, as one number. */
static uint64_t fingerprint(const struct judgement *judgements, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        if (judgements[i].is_by_person && !judgements[i].is_undone)
            sum += hash_u64(judgements[i].id);
    return sum;
}

/* Judgements have no numbers where the partition is a reader's own, and such a reader judges nothing. */
static bool are_followed(const struct page *page, const struct judgement *judgements, size_t n)
{
    const struct snapshot *s = page->snapshot;
    return s->has_own_partition ||
           (!s->is_behind && fingerprint(judgements, n) == fingerprint(s->judgements, s->n_judgements));
}

enum comity_status judge_decisions(struct page *page, struct decisions *out, struct comity_error *err)
{
    struct judgement *all;
    size_t n;
    *out = (struct decisions){0};
    enum comity_status status = read_judgements(page, true, &all, &n, err);
    if (status != COMITY_OK)
        return status;
    out->at = ARENA_ARRAY(page->arena, const struct judgement *, n + 1);
    if (!out->at)
        return error_nomem(err);
    for (size_t i = 0; i < n; i++)
        if (is_decision(&all[i]))
            out->at[out->n++] = &all[i];
    qsort(out->at, out->n, sizeof *out->at, compare_decisions);
    out->are_followed = are_followed(page, all, n);
    return COMITY_OK;
}

const struct judgement *judge_decision(const struct page *page, const struct decisions *decisions, size_t a, size_t b)
{
    const struct mentions *mentions = &page->snapshot->mentions;
    struct judgement asked = {.a = mention_named(mentions, a), .b = mention_named(mentions, b)};
    size_t low = 0, high = decisions->n;
    while (low < high) { /* the first behind the pair */
        size_t middle = (low + high) / 2;
        if (compare_pairs(decisions->at[middle], &asked) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low && compare_pairs(decisions->at[low - 1], &asked) == 0 ? decisions->at[low - 1] : NULL;
}

/* ---- forms ------------------------------------------------------------------------------------------------------ */

bool judge_may(const struct page *page)
{
    return page->account && page->session.len && page->rights & RIGHT_JUDGE;
}

struct slice judge_pair(struct page *page, size_t a, size_t b)
{
    const uint64_t *id = page->snapshot->mentions.id;
    return page_format_text(page, "%llu-%llu", (unsigned long long)id[a], (unsigned long long)id[b]);
}

static void form_begin(struct page *page, const struct judge_way *way)
{
    /* What carries a mark is for this log-in alone. */
    page->response->is_private = true;
    fields_begin(page, "/judge");
    if (way->is_alone) {
        fields_hidden(page, "alone", SLICE("1"));
        return;
    }
    if (way->next.len)
        fields_hidden(page, "next", way->next);
    if (way->skip)
        fields_hidden(page, "skip", page_format_text(page, "%llu", (unsigned long long)way->skip));
}

void judge_buttons(struct page *page, size_t a, size_t b, const struct judge_way *way)
{
    static const struct field_look reason = {.type = "text", .is_optional = true};
    const struct catalogue *c = &page->catalogue;
    if (!judge_may(page))
        return;
    form_begin(page, way);
    fields_hidden(page, "pair", judge_pair(page, a, b));
    if (way->is_alone)
        fields_input(page, "reason", tr(c, "Reason"), SLICE_EMPTY, &reason);
    html_open(&page->html, "div");
    html_attr(&page->html, "class", "actions");
    fields_do_button(page, "same", tr(c, "One event"), true);
    fields_do_button(page, "different", tr(c, "Different events"), true);
    html_close(&page->html, "div");
    html_close(&page->html, "form");
}

static size_t mention_of(const struct page *page, uint64_t identity)
{
    const struct mentions *mentions = &page->snapshot->mentions;
    for (size_t i = 0; i < mentions->n; i++)
        if (mention_named(mentions, i) == identity)
            return i;
    return SIZE_MAX;
}

/* ---- linking by itself ------------------------------------------------------------------------------------------ */

enum linking { LINKING_DONE, LINKING_WAITS, LINKING_FAILED, LINKING_LATER };

/* What is shown goes by it: it is there, or gone, and nothing waits to be linked. */
static bool is_followed(const struct page *page, const struct judgement *judgement)
{
    const struct snapshot *s = page->snapshot;
    bool is_there = false;
    for (size_t i = 0; i < s->n_judgements && !is_there; i++)
        is_there = s->judgements[i].id == judgement->id;
    return !s->is_behind && is_there != judgement->is_undone;
}

static enum linking linking_of(struct page *page, bool is_followed, struct comity_error *why)
{
    if (!page->publisher)
        return LINKING_LATER;
    if (is_followed)
        return LINKING_DONE;
    return publisher_failure(page->publisher, why) ? LINKING_FAILED : LINKING_WAITS;
}

/* In words that say what to do; what the log says is for who runs the server. */
static const char *failure_words(const struct page *page, enum comity_status status)
{
    const struct catalogue *c = &page->catalogue;
    switch (status) {
    case COMITY_BUSY:
        return tr(c, "It is not linked yet: somebody else is writing just now. It is tried again by itself; there is "
                     "nothing you need to do.");
    case COMITY_NOMEM:
        return tr(c, "It is not linked yet: there is not enough memory. It is tried again by itself; if this stays, "
                     "tell who runs this server that it needs more.");
    case COMITY_IO:
        return tr(c, "It is not linked yet: the disk takes nothing more. It is tried again by itself; if this stays, "
                     "tell who runs this server to make room.");
    default:
        return tr(c, "It is not linked yet: linking failed. It is tried again by itself; if this stays, tell who runs "
                     "this server to look into its log.");
    }
}

/* This page from the same place, there where it tells of the linking. An address that differs in nothing but what
 * stands behind "#" would load nothing: the time makes it another. */
static struct slice address_again(struct page *page)
{
    static const char *const KEYS[] = {"skip", "next", "judged"};
    struct slice address = page_format_text(page, "%.*s?lang=%s", SLICE_ARG(page->path), page->reader.language);
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
        struct slice value = page_encode(page, page_own(page, KEYS[i]));
        if (value.len)
            address = page_format_text(page, "%.*s&%s=%.*s", SLICE_ARG(address), KEYS[i], SLICE_ARG(value));
    }
    return page_format_text(page, "%.*s&look=%lld#linking", SLICE_ARG(address), (long long)page->now);
}

/* Where it is not done the script of the page asks again; without one the reader does. */
static void say_waiting(struct page *page, enum linking linking, const struct comity_error *why)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    html_string(h, linking == LINKING_FAILED ? failure_words(page, why->status) : tr(c, "All is being linked again."));
    html_string(h, " ");
    html_open(h, "a");
    html_link(h, "href", address_again(page));
    html_string(h, tr(c, "Look again"));
    html_close(h, "a");
}

/* What has come of it: whether the two are one now, and how many there are. */
static void say_linked(struct page *page, const struct judgement *judgement)
{
    static const struct answer_options COUNT = {0};
    const struct catalogue *c = &page->catalogue;
    size_t a = mention_of(page, judgement->a), b = mention_of(page, judgement->b);
    const struct answer *answer = NULL;
    if (a == SIZE_MAX || b == SIZE_MAX || page->query.n_terms ||
        part_answer(page, &COUNT, &answer, NULL) != COMITY_OK) {
        html_string(&page->html, tr(c, "All is linked again."));
        return;
    }
    bool is_one = page->snapshot->entity_of[a] == page->snapshot->entity_of[b];
    page_say(page,
        is_one ? tr(c, "All is linked again: the two are one event. Records now: {n}")
               : tr(c, "All is linked again: the two are different events. Records now: {n}"),
        {"n", page_number(page, answer->n_entities), SLICE_EMPTY});
}

/* The script looks for #linking: while it waits, the page asks how it goes on. */
static void linking_begin(struct page *page, enum linking linking, bool is_alone)
{
    static const char *const WORDS[] = {"done", "waits", "failed", "later"};
    struct html *h = &page->html;
    html_open(h, "p");
    html_attr(h, "id", "linking");
    html_attr(h, "data-linking", WORDS[linking]);
    if (is_alone)
        html_attr(h, "role", "status");
}

static void say_linking(struct page *page, const struct judgement *judgement)
{
    struct comity_error why = {0};
    enum linking linking = linking_of(page, is_followed(page, judgement), &why);
    linking_begin(page, linking, false);
    if (linking == LINKING_DONE)
        say_linked(page, judgement);
    else if (linking == LINKING_LATER)
        html_string(&page->html, tr(&page->catalogue, "The next linking goes by it."));
    else
        say_waiting(page, linking, &why);
    html_close(&page->html, "p");
}

void judge_linking(struct page *page, const struct decisions *decisions)
{
    struct comity_error why = {0};
    if (!judge_may(page) || !page->publisher || page_own(page, "judged").len)
        return;
    enum linking linking = linking_of(page, decisions->are_followed, &why);
    linking_begin(page, linking, true);
    if (linking != LINKING_DONE)
        say_waiting(page, linking, &why);
    html_close(&page->html, "p");
}

/* ---- what is told ----------------------------------------------------------------------------------------------- */

/* The two rows as a link to their page; where one is no more, nothing is left to be compared. */
static struct say name_pair(struct page *page, const struct judgement *judgement)
{
    size_t a = mention_of(page, judgement->a), b = mention_of(page, judgement->b);
    if (a == SIZE_MAX || b == SIZE_MAX)
        return (struct say){"pair", SLICE("—"), SLICE_EMPTY};
    const uint64_t *id = page->snapshot->mentions.id;
    return (struct say){"pair",
        page_format_text(page, "m%llu – m%llu", (unsigned long long)id[a], (unsigned long long)id[b]),
        why_address(page, a, b)};
}

static const char *decided_words(const struct page *page, const struct judgement *judgement)
{
    const struct catalogue *c = &page->catalogue;
    return judgement->kind == JUDGEMENT_SAME ? tr(c, "{pair}: decided to be one event, by {who}.")
                                             : tr(c, "{pair}: decided to be different events, by {who}.");
}

static void say_decided(struct page *page, const struct judgement *judgement)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    html_open(h, "p");
    page_say(page,
        judgement->is_undone ? tr(c, "{pair}: what was decided is taken back.") : decided_words(page, judgement),
        name_pair(page, judgement), {"who", judgement->who, SLICE_EMPTY});
    html_close(h, "p");
    say_linking(page, judgement);
    if (!judgement->why.len)
        return;
    html_open(h, "p");
    html_attr(h, "class", "note");
    html_string(h, tr(c, "Reason"));
    html_string(h, ": ");
    html_name(h, judgement->why);
    html_close(h, "p");
}

static void take_back(struct page *page, const struct judgement *judgement, const struct judge_way *way)
{
    if (judgement->is_undone || !judge_may(page))
        return;
    form_begin(page, way);
    fields_hidden(page, "judgement", page_format_text(page, "%llu", (unsigned long long)judgement->id));
    fields_do_button(page, "undo", tr(&page->catalogue, "Take it back"), false);
    html_close(&page->html, "form");
}

void judge_decided(struct page *page, const struct judgement *judgement, const struct judge_way *way)
{
    say_decided(page, judgement);
    take_back(page, judgement, way);
}

static bool read_number(struct slice text, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.len > 18 || text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        *number = *number * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return text.len > 0;
}

/* Also one that was taken back; null: there is none of that number, or it is no decision of a person. */
static enum comity_status find_judgement(
    struct page *page, uint64_t id, const struct judgement **out, struct comity_error *err)
{
    struct judgement *all;
    size_t n;
    *out = NULL;
    enum comity_status status = read_judgements(page, false, &all, &n, err);
    for (size_t i = 0; status == COMITY_OK && i < n; i++)
        if (all[i].id == id && is_decision(&all[i]))
            *out = &all[i];
    return status;
}

enum comity_status judge_told(struct page *page, const struct judge_way *way, struct comity_error *err)
{
    struct html *h = &page->html;
    const struct judgement *judgement;
    uint64_t id;
    if (!judge_may(page) || !read_number(page_own(page, "judged"), &id))
        return COMITY_OK;
    enum comity_status status = find_judgement(page, id, &judgement, err);
    if (status != COMITY_OK || !judgement)
        return status;
    html_open(h, "div");
    html_attr(h, "class", "good");
    html_attr(h, "id", "judged");
    html_attr(h, "role", "status");
    html_attr(h, "tabindex", "-1");
    judge_decided(page, judgement, way);
    html_close(h, "div");
    return COMITY_OK;
}

/* ---- deciding --------------------------------------------------------------------------------------------------- */

/* "12-977": two mentions of the snapshot. */
static bool read_pair(const struct page *page, struct slice text, size_t mentions[2])
{
    uint64_t id;
    for (int k = 0; k < 2; k++) {
        if (!read_number(k ? text : slice_cut(&text, '-'), &id))
            return false;
        mentions[k] = snapshot_mention(page->snapshot, id);
    }
    return mentions[0] != SIZE_MAX && mentions[1] != SIZE_MAX && mentions[0] != mentions[1];
}

/* What comes back in an address is digits and a dash, whatever was sent. */
static struct slice sent_pair(const struct page *page)
{
    struct slice text = fields_sent(page, "next");
    for (size_t i = 0; i < text.len; i++)
        if (text.len > MOST_PAIR || !((text.ptr[i] >= '0' && text.ptr[i] <= '9') || text.ptr[i] == '-'))
            return SLICE_EMPTY;
    return text;
}

static void go_back(struct page *page, uint64_t judgement, struct slice pair, struct slice next)
{
    uint64_t from = 0;
    const char *language = page->reader.language;
    page->response->status = 303;
    if (fields_sent(page, "alone").len) {
        page->response->location = page_format_text(
            page, "/why/%.*s?lang=%s&judged=%llu#judged", SLICE_ARG(pair), language, (unsigned long long)judgement)
                                       .ptr;
        return;
    }
    if (!fields_id(page, "skip", &from))
        from = 0;
    page->response->location = page_format_text(page, "/review?lang=%s&skip=%llu&next=%.*s&judged=%llu#judged",
        language, (unsigned long long)from, SLICE_ARG(next), (unsigned long long)judgement)
                                   .ptr;
}

/* In words that say what to do. */
static enum comity_status told(enum comity_status status, struct comity_error *err)
{
    return status == COMITY_BUSY
               ? error_set(err, status,
                     TELL("Somebody else is writing just now, so nothing was saved. Send it again in a moment."))
               : status;
}

/* Whether it is to be tried again. */
static bool waits_for_writer(enum comity_status status, uint64_t since)
{
    if (status != COMITY_BUSY || clock_ms() - since >= PATIENCE_MS)
        return false;
    nanosleep(&(struct timespec){.tv_nsec = BETWEEN_MS * 1000 * 1000}, NULL);
    return true;
}

static enum comity_status write_judgement(
    struct page *page, const struct judgement *judgement, uint64_t *id, struct comity_error *err)
{
    uint64_t since = clock_ms();
    enum comity_status status;
    do {
        status = store_judge(door_lock(page->door), judgement, &page->reader, id, err);
        door_unlock(page->door);
    } while (waits_for_writer(status, since));
    publisher_wake(page->publisher);
    return told(status, err);
}

static enum comity_status write_undo(struct page *page, uint64_t id, struct comity_error *err)
{
    uint64_t since = clock_ms();
    enum comity_status status;
    do {
        status = store_judge_undo(door_lock(page->door), id, &page->reader, err);
        door_unlock(page->door);
    } while (waits_for_writer(status, since));
    publisher_wake(page->publisher);
    return told(status, err);
}

/* A form that is sent twice says the same once. */
static enum comity_status keep(
    struct page *page, const size_t mentions[2], enum judgement_kind kind, uint64_t *id, struct comity_error *err)
{
    struct decisions decisions;
    const struct mentions *all = &page->snapshot->mentions;
    struct judgement judgement = {.kind = kind,
        .is_by_person = true,
        .confidence = 1,
        .a = mention_named(all, mentions[0]),
        .b = mention_named(all, mentions[1]),
        .who = slice_from(page->reader.name),
        .why = slice_trim(fields_sent(page, "reason"))};
    if (judgement.why.len > MOST_REASON)
        return error_set(err, COMITY_LIMIT, TELL("That is more than the form holds."));
    enum comity_status status = judge_decisions(page, &decisions, err);
    if (status != COMITY_OK)
        return status;
    const struct judgement *last = judge_decision(page, &decisions, mentions[0], mentions[1]);
    *id = last ? last->id : 0;
    if (last && last->kind == kind)
        return COMITY_OK;
    return write_judgement(page, &judgement, id, err);
}

static enum comity_status decide(struct page *page, struct comity_error *err)
{
    size_t mentions[2];
    uint64_t id = 0;
    bool is_same = fields_does(page, "same");
    if (!is_same && !fields_does(page, "different"))
        return error_set(err, COMITY_USAGE, TELL("The form says nothing that can be done."));
    if (!read_pair(page, fields_sent(page, "pair"), mentions))
        return error_set(
            err, COMITY_CONFLICT, TELL("One of the two rows is no more. Look at the list again before you go on."));
    enum comity_status status = keep(page, mentions, is_same ? JUDGEMENT_SAME : JUDGEMENT_DIFFERENT, &id, err);
    if (status == COMITY_OK)
        go_back(page, id, judge_pair(page, mentions[0], mentions[1]), sent_pair(page));
    return status;
}

/* What was taken back before stays so. The doubt is in the list again, where it was. */
static enum comity_status undo(struct page *page, struct comity_error *err)
{
    const struct judgement *judgement = NULL;
    uint64_t id;
    enum comity_status status =
        fields_id(page, "judgement", &id) ? find_judgement(page, id, &judgement, err) : COMITY_OK;
    if (status != COMITY_OK)
        return status;
    if (!judgement)
        return error_set(err, COMITY_NOTFOUND, TELL("There is no such decision."));
    if (!judgement->is_undone)
        status = write_undo(page, id, err);
    if (status != COMITY_OK)
        return status;
    size_t a = mention_of(page, judgement->a), b = mention_of(page, judgement->b);
    if (a == SIZE_MAX || b == SIZE_MAX) {
        fields_go(page, "/review");
        return COMITY_OK;
    }
    struct slice pair = judge_pair(page, a, b);
    go_back(page, id, pair, pair);
    return COMITY_OK;
}

enum comity_status page_judge(struct page *page, struct comity_error *err)
{
    (void)err;
    fields_go(page, "/review");
    return COMITY_OK;
}

enum comity_status act_judge(struct page *page, struct comity_error *err)
{
    if (!page->snapshot)
        return error_set(err, COMITY_BUSY, TELL("The records are being read; look again in a moment."));
    return fields_does(page, "undo") ? undo(page, err) : decide(page, err);
}
