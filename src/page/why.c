/* why.c - two rows: whether they are one event, why, and what would change it. The picture is a waterfall: each step
 * begins where the one before ended, so that the sum is where the last one ends. It is drawn by the server; nothing
 * needs a script. */
#include "page/why.h"

#include "base/error.h"
#include "flow/review.h"
#include "flow/show.h"
#include "link/explain.h"
#include "page/chart.h"
#include "page/judge.h"
#include "page/part.h"

#include <math.h>

/* ---- speaking the reader's language ---------------------------------------------------------------------------- */

static const char *say_in(const void *context, const char *english)
{
    return tr(&((const struct page *)context)->catalogue, english);
}

static void number_in(const void *context, double number, struct buffer *out)
{
    /* Only the arena is written to, which is what a page is for. */
    struct page *page = (struct page *)(uintptr_t)context;
    buffer_add_slice(out, page_decimal(page, number));
}

static struct explain_voice voice_of(const struct page *page)
{
    return (struct explain_voice){
        .language = page->catalogue.language, .say = say_in, .number = number_in, .context = page};
}

static struct slice kept(struct page *page, struct buffer *text)
{
    struct slice found = buffer_status(text) == COMITY_OK ? arena_copy(page->arena, buffer_slice(text)) : SLICE_EMPTY;
    buffer_release(text);
    return found;
}

static struct slice sentence_of(struct page *page, const struct link_explanation *why)
{
    struct explain_voice voice = voice_of(page);
    struct buffer text;
    buffer_init(&text, 32768);
    explain_say(&voice, page->domain, why, &text);
    return kept(page, &text);
}

static struct slice level_of(struct page *page, const struct link_reason *reason)
{
    struct explain_voice voice = voice_of(page);
    struct buffer text;
    buffer_init(&text, 4096);
    explain_say_level(&voice, reason->words, reason->n, reason->of, &text);
    return kept(page, &text);
}

/* ---- the waterfall --------------------------------------------------------------------------------------------- */

static struct chart_scale scale_of(const struct link_explanation *why)
{
    struct chart_scale scale = {-1, 1};
    double sum = 0;
    for (size_t i = 0; i < why->n_reasons; i++) {
        sum += why->reasons[i].bits;
        scale.low = fmin(scale.low, sum);
        scale.high = fmax(scale.high, sum);
    }
    return scale;
}

static void step(struct page *page, struct slice name, struct slice level, double from, double to,
    const struct chart_scale *scale, bool is_sum)
{
    struct html *h = &page->html;
    html_open(h, "tr");
    html_leaf(h, "th", NULL, name);
    html_open(h, "td");
    html_name(h, level);
    html_close(h, "td");
    html_open(h, "td");
    html_attr(h, "class", is_sum ? "number strong" : "number");
    html_format(h, "%+.1f", to - from);
    html_close(h, "td");
    html_open(h, "td");
    chart_step(page, from, to, scale);
    html_close(h, "td");
    html_close(h, "tr");
}

static void steps(struct page *page, const struct link_explanation *why)
{
    const struct catalogue *c = &page->catalogue;
    struct chart_scale scale = scale_of(why);
    double sum = 0;
    for (size_t i = 0; i < why->n_reasons; i++) {
        const struct link_reason *reason = &why->reasons[i];
        struct slice name =
            reason->field >= 0 ? page_field_label(page, reason->field) : slice_from(tr(c, "before looking"));
        step(page, name, level_of(page, reason), sum, sum + reason->bits, &scale, false);
        sum += reason->bits;
    }
    struct slice odds = page_sentence_n(page, tr(c, "probability {p}"),
        (const struct say[]){{"p", page_percent(page, why->probability), SLICE_EMPTY}}, 1);
    step(page, slice_from(tr(c, "together")), odds, 0, sum, &scale, true);
}

static void waterfall(struct page *page, const struct link_explanation *why, struct slice sentence)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const char *const names[] = {tr(c, "Field"), tr(c, "Comparison"), tr(c, "Bits"), ""};
    html_open(h, "div");
    html_attr(h, "class", "scroll");
    html_attr(h, "role", "region");
    html_attr(h, "tabindex", "0");
    html_attr_slice(h, "aria-label", sentence);
    html_open(h, "table");
    part_table_head(page, names, 4, 2);
    html_open(h, "tbody");
    steps(page, why);
    html_close(h, "tbody");
    html_close(h, "table");
    html_close(h, "div");
}

/* ---- pairs and clusters ---------------------------------------------------------------------------------------- */

static struct slice source_title(const struct page *page, size_t mention)
{
    const struct mentions *mentions = &page->snapshot->mentions;
    return mentions->sources[mentions->source[mention]].title;
}

static struct slice mention_name(struct page *page, size_t mention)
{
    return page_format_text(page, "%.*s (m%llu)", SLICE_ARG(source_title(page, mention)),
        (unsigned long long)page->snapshot->mentions.id[mention]);
}

struct slice why_address(struct page *page, size_t a, size_t b)
{
    const uint64_t *id = page->snapshot->mentions.id;
    int language = page->query.language;
    return page_format_text(page, language < 0 ? "/why/%llu-%llu%s%s" : "/why/%llu-%llu?%s%s",
        (unsigned long long)id[a], (unsigned long long)id[b],
        language < 0 ? "" : "lang=", language < 0 ? "" : language_code(language));
}

static enum comity_status explain(struct page *page, size_t a, size_t b, struct link_explanation *why)
{
    const struct snapshot *s = page->snapshot;
    return link_explain(
        &s->mentions, s->model, s->judgements, s->n_judgements, s->cluster, a, b, page->arena, why, NULL);
}

static void show_reasons(struct page *page, const struct link_explanation *why)
{
    struct html *h = &page->html;
    struct slice sentence = sentence_of(page, why);
    html_open(h, "p");
    html_text(h, sentence);
    html_close(h, "p");
    if (why->n_reasons)
        waterfall(page, why, sentence);
}

void why_pair(struct page *page, uint32_t a, uint32_t b)
{
    struct html *h = &page->html;
    struct link_explanation why;
    if (explain(page, a, b, &why) != COMITY_OK)
        return;
    html_open(h, "h3");
    page_say(page, tr(&page->catalogue, "{a} and {b}"), {"a", source_title(page, a), SLICE_EMPTY},
        {"b", source_title(page, b), SLICE_EMPTY});
    html_close(h, "h3");
    show_reasons(page, &why);
}

void why_weakest(struct page *page, const uint32_t *members, size_t n)
{
    const struct snapshot *s = page->snapshot;
    struct link_weakest weakest;
    if (link_find_weakest(&s->mentions, s->model, members, n, page->arena, &weakest) != COMITY_OK)
        return;
    const struct catalogue *c = &page->catalogue;
    const char *sentence = tr_n(c,
        "The weakest link that holds it together: {a} and {b}, by themselves one event with a probability of {p}. "
        "Without "
        "it, {n} row would stand apart.",
        "The weakest link that holds it together: {a} and {b}, by themselves one event with a probability of {p}. "
        "Without "
        "it, {n} rows would stand apart.",
        weakest.n_behind);
    html_open(&page->html, "p");
    page_say(page, sentence, {"a", mention_name(page, weakest.a), why_address(page, weakest.a, weakest.b)},
        {"b", mention_name(page, weakest.b), SLICE_EMPTY}, {"p", page_percent(page, weakest.probability), SLICE_EMPTY},
        {"n", page_number(page, weakest.n_behind), SLICE_EMPTY});
    html_close(&page->html, "p");
}

/* ---- the page -------------------------------------------------------------------------------------------------- */

/* "12-977": two mentions that are there. */
static enum comity_status read_pair(struct page *page, uint64_t ids[2], struct comity_error *err)
{
    struct slice rest = page->subject;
    for (int k = 0; k < 2; k++) {
        struct slice word = k ? rest : slice_cut(&rest, '-');
        ids[k] = 0;
        for (size_t i = 0; i < word.len; i++) {
            if (word.len > 18 || word.ptr[i] < '0' || word.ptr[i] > '9')
                return error_set(err, COMITY_NOTFOUND, "'%.*s' is no pair of rows", SLICE_ARG(page->subject));
            ids[k] = ids[k] * 10 + (uint64_t)(word.ptr[i] - '0');
        }
        if (snapshot_mention(page->snapshot, ids[k]) == SIZE_MAX)
            return error_set(err, COMITY_NOTFOUND, "there is no row %llu", (unsigned long long)ids[k]);
    }
    return ids[0] == ids[1] || !page->snapshot->model ? error_set(err, COMITY_NOTFOUND, "there is nothing to compare")
                                                      : COMITY_OK;
}

static void value_cell(struct page *page, struct slice text, bool differs)
{
    struct html *h = &page->html;
    html_open(h, "td");
    if (differs) {
        html_attr(h, "class", "differs");
        html_string(h, "≠ ");
    }
    html_name(h, text);
    html_close(h, "td");
}

/* What two rows say of a field, in units that can be compared; what is never compared, such as a source's key, is
 * always another. */
struct value_pair {
    struct slice texts[2];
    bool is_told, differs;
};

static struct value_pair value_pair_of(struct page *page, int field, const size_t mentions[2])
{
    struct value_pair pair = {.texts = {SLICE("—"), SLICE("—")}};
    bool is_told[2];
    for (int k = 0; k < 2; k++) {
        const struct value *value = mention_value(&page->snapshot->mentions, mentions[k], field);
        is_told[k] = value_is_typed(value);
        if (is_told[k])
            pair.texts[k] = page_shown_value(page, field, value);
    }
    pair.is_told = is_told[0] || is_told[1];
    pair.differs = page->domain->fields[field].is_compared && is_told[0] && is_told[1] &&
                   !slice_equal(pair.texts[0], pair.texts[1]);
    return pair;
}

static void value_row(struct page *page, int field, const size_t mentions[2])
{
    struct html *h = &page->html;
    struct value_pair pair = value_pair_of(page, field, mentions);
    if (!pair.is_told)
        return;
    html_open(h, "tr");
    html_open(h, "th");
    html_attr(h, "scope", "row");
    html_text(h, page_field_label(page, field));
    html_close(h, "th");
    for (int k = 0; k < 2; k++)
        value_cell(page, pair.texts[k], pair.differs);
    html_close(h, "tr");
}

/* Each under a link to the record that it is in. */
static void pair_table(struct page *page, const size_t mentions[2], const int *fields, size_t n)
{
    struct html *h = &page->html;
    html_open(h, "table");
    html_attr(h, "class", "pair");
    html_open(h, "thead");
    html_open(h, "tr");
    html_leaf(h, "th", NULL, slice_from(tr(&page->catalogue, "Field")));
    for (int k = 0; k < 2; k++) {
        html_open(h, "th");
        html_attr(h, "scope", "col");
        part_link(
            page, page_entity_address(page, page->snapshot->entity_of[mentions[k]]), mention_name(page, mentions[k]));
        html_close(h, "th");
    }
    html_close(h, "tr");
    html_close(h, "thead");
    html_open(h, "tbody");
    for (size_t i = 0; i < n; i++)
        value_row(page, fields[i], mentions);
    html_close(h, "tbody");
    html_close(h, "table");
}

void why_side_by_side(struct page *page, const size_t mentions[2])
{
    int fields[DOMAIN_MOST_FIELDS] = {0};
    size_t n = list_fields(page, fields);
    pair_table(page, mentions, fields, n);
}

void why_differences(struct page *page, const size_t mentions[2])
{
    int fields[DOMAIN_MOST_FIELDS] = {0};
    size_t n = list_fields(page, fields), n_different = 0;
    struct html *h = &page->html;
    html_open(h, "ul");
    html_attr(h, "class", "differences");
    for (size_t i = 0; i < n; i++) {
        struct value_pair pair = value_pair_of(page, fields[i], mentions);
        if (!pair.differs)
            continue;
        n_different++;
        html_open(h, "li");
        html_text(h, page_field_label(page, fields[i]));
        html_string(h, ": ");
        html_name(h, pair.texts[0]);
        html_string(h, " ≠ ");
        html_name(h, pair.texts[1]);
        html_close(h, "li");
    }
    if (!n_different)
        html_leaf(h, "li", NULL, slice_from(tr(&page->catalogue, "Nothing differs that both tell.")));
    html_close(h, "ul");
}

static void all_they_say(struct page *page, const size_t mentions[2])
{
    int fields[DOMAIN_MOST_FIELDS] = {0};
    for (size_t f = 0; f < page->domain->n_fields; f++)
        fields[f] = (int)f;
    part_section(page, "statements", tr(&page->catalogue, "What each source says"));
    pair_table(page, mentions, fields, page->domain->n_fields);
    html_close(&page->html, "section");
}

/* ---- what a person says ---------------------------------------------------------------------------------------- */

/* The first doubt behind this one that nobody has decided; false where it is none itself, or the last. */
static bool find_next(
    const struct page *page, const struct decisions *decisions, const size_t mentions[2], size_t next[2])
{
    const struct review *review = page->snapshot->review;
    bool is_behind = false;
    for (size_t i = 0; review && i < review->n; i++) {
        const struct review_item *item = &review->items[i];
        bool is_it =
            (item->a == mentions[0] && item->b == mentions[1]) || (item->a == mentions[1] && item->b == mentions[0]);
        if (is_behind && !judge_decision(page, decisions, item->a, item->b)) {
            next[0] = item->a;
            next[1] = item->b;
            return true;
        }
        is_behind = is_behind || is_it;
    }
    return false;
}

static void ways_on(struct page *page, const struct decisions *decisions, const size_t mentions[2])
{
    size_t next[2];
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    html_open(h, "p");
    html_attr(h, "class", "paging");
    if (find_next(page, decisions, mentions, next)) {
        part_link(page, why_address(page, next[0], next[1]), slice_from(tr(c, "The next doubtful link")));
        html_string(h, " ");
    }
    part_link(page, page_address(page, "/review", -1, NULL), slice_from(tr(c, "Doubtful links")));
    html_close(h, "p");
}

/* Only for who may judge. */
static enum comity_status decision(struct page *page, const size_t mentions[2], struct comity_error *err)
{
    struct decisions decisions;
    const struct judge_way way = {.is_alone = true};
    if (!judge_may(page))
        return COMITY_OK;
    enum comity_status status = judge_decisions(page, &decisions, err);
    if (status != COMITY_OK)
        return status;
    const struct judgement *last = judge_decision(page, &decisions, mentions[0], mentions[1]);
    part_section(page, "decide", tr(&page->catalogue, "Decide"));
    if (page_own(page, "judged").len)
        status = judge_told(page, &way, err);
    else if (last)
        judge_decided(page, last, &way);
    else
        judge_linking(page, &decisions);
    judge_buttons(page, mentions[0], mentions[1], &way);
    ways_on(page, &decisions, mentions);
    html_close(&page->html, "section");
    return status;
}

/* The pair that kept the two apart. */
static void show_rival(struct page *page, const struct link_explanation *why)
{
    if (!why->has_rival)
        return;
    html_open(&page->html, "p");
    page_say(page, tr(&page->catalogue, "Kept apart by the pair {a} and {b}."),
        {"a", mention_name(page, why->rival_of), why_address(page, why->rival_of, why->rival)},
        {"b", mention_name(page, why->rival), why_address(page, why->rival_of, why->rival)});
    html_close(&page->html, "p");
}

enum comity_status page_why(struct page *page, struct comity_error *err)
{
    uint64_t ids[2] = {0};
    struct link_explanation why;
    struct html *h = &page->html;
    enum comity_status status = read_pair(page, ids, err);
    if (status)
        return status;
    if (page->format == PAGE_JSON) {
        page->response->type = "application/json; charset=utf-8";
        status = show_why_json(page->snapshot, &page->reader, ids[0], ids[1], &page->response->body, err);
        part_mark_simulated(page);
        return status;
    }
    size_t mentions[2] = {snapshot_mention(page->snapshot, ids[0]), snapshot_mention(page->snapshot, ids[1])};
    status = explain(page, mentions[0], mentions[1], &why);
    if (status)
        return error_nomem(err);
    struct slice title = slice_from(
        why.is_one ? tr(&page->catalogue, "Why these are one") : tr(&page->catalogue, "Why these are not one"));
    frame_begin(page, title);
    html_leaf(h, "h1", NULL, title);
    show_reasons(page, &why);
    show_rival(page, &why);
    all_they_say(page, mentions);
    status = decision(page, mentions, err);
    frame_exports(page);
    frame_end(page);
    return status;
}
