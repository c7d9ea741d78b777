/* feeds.c - lateness in words, and tables of feeds, failures, attempts and declarations. */
#include "page/feeds.h"

#include "base/calendar.h"
#include "base/json.h"
#include "page/part.h"

enum { SHOWN_ATTEMPTS = 20, MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

enum comity_status feeds_load(struct page *page, struct feeds *out, struct comity_error *err)
{
    struct store *store = page->store->store;
    *out = (struct feeds){.now = seconds_now()};
    enum comity_status status = store_feeds(store, &page->reader, page->arena, &out->feeds, &out->n_feeds, err);
    if (!status)
        status = store_feed_files(store, SLICE_EMPTY, true, page->arena, &out->failed, &out->n_failed, err);
    if (!status)
        status =
            store_attempts(store, &page->reader, SHOWN_ATTEMPTS, page->arena, &out->attempts, &out->n_attempts, err);
    if (!status)
        status = store_silences(store, &page->reader, true, page->arena, &out->silences, &out->n_silences, err);
    if (!status)
        status =
            freshness_last_days(&page->snapshot->mentions, day_of_instant(out->now), page->arena, &out->last_day, err);
    return status;
}

enum comity_status feeds_freshness(struct page *page, const struct feeds *feeds, const struct import_row *imports,
    size_t n_imports, struct slice source, struct freshness *out, struct comity_error *err)
{
    struct freshness_facts facts = {.imports = imports,
        .n_imports = n_imports,
        .silences = feeds->silences,
        .n_silences = feeds->n_silences,
        .feeds = feeds->feeds,
        .n_feeds = feeds->n_feeds,
        .now = feeds->now};
    return freshness_of_source(&facts, source, page->arena, out, err);
}

/* ---- words ------------------------------------------------------------------------------------------------------ */

struct slice feeds_last_record(struct page *page, const struct feeds *feeds, struct slice source)
{
    const struct mentions *mentions = &page->snapshot->mentions;
    for (size_t i = 0; i < mentions->n_sources; i++)
        if (slice_equal(mentions->sources[i].code, source) && feeds->last_day[i] != NO_RECORD_DAY)
            return page_day(page, feeds->last_day[i]);
    return SLICE_EMPTY;
}

struct slice feeds_iso(struct page *page, int64_t seconds)
{
    char text[INSTANT_TEXT];
    if (!seconds)
        return SLICE_EMPTY;
    instant_format(seconds, text);
    return page_format_text(page, "%s", text);
}

struct slice feeds_instant(struct page *page, int64_t seconds)
{
    char text[INSTANT_TEXT];
    if (!seconds)
        return SLICE_EMPTY;
    instant_format(seconds, text);
    return page_format_text(page, "%.10s %.5s UTC", text, text + 11);
}

static struct slice count_of(struct page *page, const char *sentence, int64_t n)
{
    const struct say number = {"n", page_number(page, (uint64_t)n), SLICE_EMPTY};
    return page_sentence_n(page, sentence, &number, 1);
}

struct slice feeds_length(struct page *page, int64_t seconds)
{
    const struct catalogue *c = &page->catalogue;
    if (seconds <= 0)
        return SLICE_EMPTY;
    if (seconds % DAY_S == 0)
        return count_of(page, tr_n(c, "{n} day", "{n} days", (uint64_t)(seconds / DAY_S)), seconds / DAY_S);
    if (seconds % HOUR_S == 0)
        return count_of(page, tr_n(c, "{n} hour", "{n} hours", (uint64_t)(seconds / HOUR_S)), seconds / HOUR_S);
    if (seconds % MINUTE_S == 0)
        return count_of(page, tr_n(c, "{n} minute", "{n} minutes", (uint64_t)(seconds / MINUTE_S)), seconds / MINUTE_S);
    return count_of(page, tr_n(c, "{n} second", "{n} seconds", (uint64_t)seconds), seconds);
}

/* Rough, for how late something is: whole days, or hours below one. */
static struct slice roughly(struct page *page, int64_t seconds)
{
    int64_t unit = seconds >= DAY_S ? DAY_S : seconds >= HOUR_S ? HOUR_S : MINUTE_S;
    return feeds_length(page, seconds >= unit ? seconds / unit * unit : unit);
}

struct slice feeds_freshness_text(struct page *page, const struct freshness *f)
{
    const struct catalogue *c = &page->catalogue;
    const struct say on_time[] = {{"date", feeds_instant(page, f->due), SLICE_EMPTY}};
    const struct say late[] = {
        {"date", feeds_instant(page, f->due), SLICE_EMPTY}, {"length", roughly(page, f->late_s), SLICE_EMPTY}};
    const struct say declared[] = {
        {"date", f->declared ? page_day(page, f->declared->last_day) : SLICE_EMPTY, SLICE_EMPTY},
        {"who", f->declared ? f->declared->who : SLICE_EMPTY, SLICE_EMPTY}};
    switch (f->state) {
    case FRESHNESS_ON_TIME:
        return page_sentence_n(page, tr(c, "On time; the next is expected by {date}."), on_time, 1);
    case FRESHNESS_OVERDUE:
        return page_sentence_n(page, tr(c, "Overdue since {date}, for {length}."), late, 2);
    case FRESHNESS_DECLARED:
        return page_sentence_n(page, tr(c, "Nothing to report until {date}, declared by {who}."), declared, 2);
    default:
        return slice_from(tr(c, "Not known: too few imports to tell its habits."));
    }
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

static void begin_table(
    struct page *page, const char *id, const char *heading, const char *const *names, size_t n, size_t number_from)
{
    struct html *h = &page->html;
    part_section(page, id, heading);
    html_open(h, "div");
    html_attr(h, "class", "scroll");
    html_attr(h, "role", "region");
    html_attr(h, "tabindex", "0");
    html_attr_format(h, "aria-labelledby", "%s-heading", id);
    html_open(h, "table");
    part_table_head(page, names, n, number_from);
    html_open(h, "tbody");
}

static void end_table(struct page *page)
{
    struct html *h = &page->html;
    html_close(h, "tbody");
    html_close(h, "table");
    html_close(h, "div");
    html_close(h, "section");
}

static void begin_row(struct page *page, struct slice name)
{
    struct html *h = &page->html;
    html_open(h, "tr");
    html_open(h, "th");
    html_attr(h, "scope", "row");
    html_name(h, name);
    html_close(h, "th");
}

static void cell(struct page *page, struct slice text)
{
    html_open(&page->html, "td");
    html_name(&page->html, text.len ? text : SLICE("—"));
    html_close(&page->html, "td");
}

/* What is wrong, and under it how to mend it: texts of the program, in English. */
static void fault_texts(struct page *page, struct slice error, struct slice hint)
{
    struct html *h = &page->html;
    html_open(h, "p");
    html_attr(h, "lang", "en");
    html_name(h, error);
    html_close(h, "p");
    if (!hint.len)
        return;
    html_open(h, "p");
    html_attr(h, "class", "note");
    html_attr(h, "lang", "en");
    html_name(h, hint);
    html_close(h, "p");
}

static void state_cell(struct page *page, const struct feed_row *feed)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const struct say since[] = {{"date", feeds_instant(page, feed->failing_since), SLICE_EMPTY}};
    html_open(h, "td");
    if (!feed->is_active) {
        html_string(h, tr(c, "Not in the settings any more"));
    } else if (feed->n_failures) {
        html_leaf(h, "strong", "flag", page_sentence_n(page, tr(c, "Failing since {date}"), since, 1));
        fault_texts(page, feed->error, feed->hint);
    } else {
        html_string(h, feed->looked ? tr(c, "Works") : tr(c, "Not looked at yet"));
    }
    html_close(h, "td");
}

static void feed_table(struct page *page, const struct feeds *feeds)
{
    const struct catalogue *c = &page->catalogue;
    const char *const names[] = {tr(c, "Feed"), tr(c, "State"), tr(c, "Source"), tr(c, "Taken from"), tr(c, "Every"),
        tr(c, "Last success"), tr(c, "Last import"), tr(c, "Next look")};
    if (!feeds->n_feeds)
        return;
    begin_table(page, "feeds", tr(c, "Feeds"), names, 8, 8);
    for (size_t i = 0; i < feeds->n_feeds; i++) {
        const struct feed_row *feed = &feeds->feeds[i];
        begin_row(page, feed->id);
        state_cell(page, feed);
        cell(page, feed->source);
        cell(page, feed->place);
        cell(page, feeds_length(page, feed->every_s));
        cell(page, feeds_instant(page, feed->succeeded));
        cell(page, feeds_instant(page, feed->brought));
        cell(page, feeds_instant(page, feed->is_active ? feed->due : 0));
        html_close(&page->html, "tr");
    }
    end_table(page);
}

static void failed_table(struct page *page, const struct feeds *feeds)
{
    const struct catalogue *c = &page->catalogue;
    const char *const names[] = {
        tr(c, "File"), tr(c, "Feed"), tr(c, "When"), tr(c, "What is wrong, and how to mend it")};
    if (!feeds->n_failed)
        return;
    begin_table(page, "failed", tr(c, "Files that could not be taken in"), names, 4, 4);
    for (size_t i = 0; i < feeds->n_failed; i++) {
        const struct feed_file *file = &feeds->failed[i];
        begin_row(page, file->name);
        cell(page, file->feed);
        cell(page, feeds_instant(page, file->at));
        html_open(&page->html, "td");
        fault_texts(page, file->error, file->hint);
        html_close(&page->html, "td");
        html_close(&page->html, "tr");
    }
    end_table(page);
}

static const char *result_text(const struct page *page, enum attempt_result result)
{
    const struct catalogue *c = &page->catalogue;
    return result == ATTEMPT_IMPORTED  ? tr(c, "imported")
           : result == ATTEMPT_ALREADY ? tr(c, "here already")
                                       : tr(c, "failed");
}

static void attempt_table(struct page *page, const struct feeds *feeds)
{
    const struct catalogue *c = &page->catalogue;
    struct html *h = &page->html;
    const char *const names[] = {
        tr(c, "When"), tr(c, "Feed"), tr(c, "File"), tr(c, "Result"), tr(c, "Import"), tr(c, "Bytes"), tr(c, "Times")};
    if (!feeds->n_attempts)
        return;
    begin_table(page, "attempts", tr(c, "What was tried last"), names, 7, 4);
    for (size_t i = 0; i < feeds->n_attempts; i++) {
        const struct attempt_row *attempt = &feeds->attempts[i];
        begin_row(page, feeds_instant(page, attempt->last));
        cell(page, attempt->feed);
        cell(page, attempt->item);
        html_open(h, "td");
        html_string(h, result_text(page, attempt->result));
        if (attempt->error.len)
            fault_texts(page, attempt->error, attempt->hint);
        html_close(h, "td");
        html_leaf(h, "td", "number", attempt->import ? page_number(page, attempt->import) : SLICE("—"));
        html_leaf(h, "td", "number", page_number(page, attempt->bytes));
        html_leaf(h, "td", "number", page_number(page, attempt->times));
        html_close(h, "tr");
    }
    end_table(page);
}

static void silence_table(struct page *page, const struct feeds *feeds)
{
    const struct catalogue *c = &page->catalogue;
    const char *const names[] = {
        tr(c, "Source"), tr(c, "From"), tr(c, "To"), tr(c, "Declared by"), tr(c, "Why"), tr(c, "Number")};
    if (!feeds->n_silences)
        return;
    begin_table(page, "declared", tr(c, "Declared: nothing to report"), names, 6, 5);
    for (size_t i = 0; i < feeds->n_silences; i++) {
        const struct silence *silence = &feeds->silences[i];
        begin_row(page, silence->source);
        cell(page, page_day(page, silence->first_day));
        cell(page, page_day(page, silence->last_day));
        cell(page, silence->who);
        cell(page, silence->why);
        html_leaf(&page->html, "td", "number", page_number(page, silence->id));
        html_close(&page->html, "tr");
    }
    end_table(page);
}

void feeds_sections(struct page *page, const struct feeds *feeds)
{
    feed_table(page, feeds);
    failed_table(page, feeds);
    attempt_table(page, feeds);
    silence_table(page, feeds);
}

/* ---- twins ------------------------------------------------------------------------------------------------------- */

static void instant_member(struct page *page, struct buffer *out, const char *name, int64_t seconds)
{
    if (seconds) {
        json_member(out, name, feeds_iso(page, seconds));
        return;
    }
    json_name(out, name);
    buffer_add_string(out, "null");
}

static void feed_json(struct page *page, struct buffer *out, const struct feed_row *feed)
{
    json_member(out, "feed", feed->id);
    json_member(out, "source", feed->source);
    json_member(out, "recipe", feed->recipe);
    json_member(out, "from", feed->place);
    json_member_u64(out, "every_s", (uint64_t)feed->every_s);
    json_member_u64(out, "expect_s", (uint64_t)feed->expect_s);
    json_member_bool(out, "is_active", feed->is_active);
    json_member_bool(out, "is_failing", feed->n_failures > 0);
    json_member_u64(out, "failures", feed->n_failures);
    instant_member(page, out, "failing_since", feed->failing_since);
    instant_member(page, out, "looked", feed->looked);
    instant_member(page, out, "last_success", feed->succeeded);
    instant_member(page, out, "last_import", feed->brought);
    instant_member(page, out, "next_look", feed->is_active ? feed->due : 0);
    json_member(out, "error", feed->error);
    json_member(out, "hint", feed->hint);
}

static void file_json(struct page *page, struct buffer *out, const struct feed_file *file)
{
    json_member(out, "file", file->name);
    json_member(out, "feed", file->feed);
    instant_member(page, out, "when", file->at);
    json_member(out, "error", file->error);
    json_member(out, "hint", file->hint);
}

static void attempt_json(struct page *page, struct buffer *out, const struct attempt_row *attempt)
{
    instant_member(page, out, "first", attempt->at);
    instant_member(page, out, "last", attempt->last);
    json_member_u64(out, "times", attempt->times);
    json_member(out, "feed", attempt->feed);
    json_member(out, "item", attempt->item);
    json_member(out, "result", slice_from(attempt_result_text(attempt->result)));
    json_member_u64(out, "import", attempt->import);
    json_member_u64(out, "bytes", attempt->bytes);
    json_member_u64(out, "took_ms", attempt->took_ms);
    json_member(out, "error", attempt->error);
    json_member(out, "hint", attempt->hint);
}

static void silence_json(struct page *page, struct buffer *out, const struct silence *silence)
{
    json_member_u64(out, "declaration", silence->id);
    json_member(out, "source", silence->source);
    json_member(out, "first_day", page_day(page, silence->first_day));
    json_member(out, "last_day", page_day(page, silence->last_day));
    json_member(out, "who", silence->who);
    json_member(out, "when", silence->when);
    json_member(out, "why", silence->why);
}

#define LIST_JSON(name, n, item)                                                                                       \
    do {                                                                                                               \
        json_name(out, name);                                                                                          \
        buffer_add_byte(out, '[');                                                                                     \
        for (size_t i = 0; i < (n); i++) {                                                                             \
            buffer_add_string(out, i ? ",{" : "{");                                                                    \
            item;                                                                                                      \
            buffer_add_byte(out, '}');                                                                                 \
        }                                                                                                              \
        buffer_add_byte(out, ']');                                                                                     \
    } while (0)

void feeds_json(struct page *page, const struct feeds *feeds, struct buffer *out)
{
    LIST_JSON("feeds", feeds->n_feeds, feed_json(page, out, &feeds->feeds[i]));
    LIST_JSON("failed_files", feeds->n_failed, file_json(page, out, &feeds->failed[i]));
    LIST_JSON("attempts", feeds->n_attempts, attempt_json(page, out, &feeds->attempts[i]));
    LIST_JSON("declared_nothing", feeds->n_silences, silence_json(page, out, &feeds->silences[i]));
}

void feeds_freshness_json(struct page *page, const struct freshness *f, struct buffer *out)
{
    json_member(out, "freshness", slice_from(freshness_state_text(f->state)));
    instant_member(page, out, "last_arrival", f->last_arrival);
    json_member_u64(out, "usual_gap_s", (uint64_t)f->usual_s);
    json_member_u64(out, "long_gap_s", (uint64_t)f->long_s);
    json_member_u64(out, "allowed_gap_s", (uint64_t)f->allowed_s);
    instant_member(page, out, "due", f->due);
    json_member_bool(out, "is_overdue", f->state == FRESHNESS_OVERDUE);
    json_member_u64(out, "late_s", (uint64_t)f->late_s);
}
