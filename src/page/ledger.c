/* ledger.c - the ledger for auditors: its lines, newest first, of whom and of what one asks for; and how far its chain
 * holds. The twins hold each line's hash; CSV has all that matches, JSON a page of it as HTML has. */
#include "base/error.h"
#include "base/json.h"
#include "page/fields.h"
#include "page/part.h"

#include <jansson.h>
#include <stdlib.h>

enum { LINES_A_PAGE = 100 };

/* What lines are called: as they stand in the ledger, for translation. A word that is not here is shown as it is. */
static const char *const kinds[] = {TELL("change account"), TELL("confirm coverage"), TELL("create"),
    TELL("declare nothing"), TELL("end session"), TELL("end sessions"), TELL("end token"), TELL("feed"), TELL("import"),
    TELL("invite"), TELL("join"), TELL("judge"), TELL("link"), TELL("log in"), TELL("make token"),
    TELL("remove second factor"), TELL("reset password"), TELL("set password"), TELL("set second factor"),
    TELL("settle name"), TELL("undo declaration"), TELL("undo import"), TELL("undo judgement"),
    TELL("undo settled name"), TELL("use recovery code"), TELL("withdraw coverage"), TELL("withdraw invitation"),
    TELL("save entry"), TELL("submit entry"), TELL("return entry"), TELL("approve entry"), TELL("retract entry"),
    TELL("restore entry"), TELL("discard entry"), TELL("attach"), TELL("remove attachment"),
    TELL("restore attachment")};

struct ledger {
    struct ledger_part part;
    struct ledger_check check;
    struct ledger_line *lines;
    struct slice *whos, *whats;
    size_t n, n_whos, n_whats;
    uint64_t next; /* what `before` is on the next page; 0: this is the last */
};

static enum comity_status read_part(struct page *page, struct ledger_part *part, struct comity_error *err)
{
    struct slice before = page_own(page, "before");
    char text[20] = "", *rest = text;
    *part = (struct ledger_part){.who = page_own(page, "who"), .what = page_own(page, "what")};
    part->most = page->format == PAGE_CSV ? 0 : LINES_A_PAGE + 1;
    if (!before.len)
        return COMITY_OK;
    if (before.len < sizeof text && before.ptr[0] >= '0' && before.ptr[0] <= '9') {
        memcpy(text, before.ptr, before.len);
        part->before = strtoull(text, &rest, 10);
    }
    return rest != text && !*rest
               ? COMITY_OK
               : error_set(err, COMITY_USAGE, "'before' takes the number of a line, found '%.*s'", SLICE_ARG(before));
}

/* The identities that a judgement is about follow from all that was told, restricted fields too: a guess could be tried
 * on them. */
static enum comity_status without_identities(struct page *page, struct ledger_line *line, struct comity_error *err)
{
    if (!slice_is(line->what, "judge") || !line->detail_json.len)
        return COMITY_OK;
    json_t *detail = json_loadb(line->detail_json.ptr, line->detail_json.len, 0, NULL);
    json_object_del(detail, "a");
    json_object_del(detail, "b");
    char *text = json_dumps(detail, JSON_COMPACT);
    line->detail_json = text ? arena_copy(page->arena, slice_from(text)) : SLICE_EMPTY;
    bool is_good = line->detail_json.ptr != NULL;
    json_decref(detail);
    free(text);
    return is_good ? COMITY_OK : error_nomem(err);
}

static enum comity_status read_ledger(struct page *page, struct ledger *ledger, struct comity_error *err)
{
    struct store *store = page->store->store;
    enum comity_status status =
        store_ledger_part(store, &page->reader, &ledger->part, page->arena, &ledger->lines, &ledger->n, err);
    for (size_t i = 0; status == COMITY_OK && page->reader.hides_restricted && i < ledger->n; i++)
        status = without_identities(page, &ledger->lines[i], err);
    if (status == COMITY_OK && page->format != PAGE_CSV)
        status = store_ledger_check(store, &ledger->check, err);
    if (status == COMITY_OK && page->format == PAGE_HTML)
        status = store_ledger_words(store, &page->reader, LEDGER_WHO, page->arena, &ledger->whos, &ledger->n_whos, err);
    if (status == COMITY_OK && page->format == PAGE_HTML)
        status =
            store_ledger_words(store, &page->reader, LEDGER_WHAT, page->arena, &ledger->whats, &ledger->n_whats, err);
    return status;
}

static enum comity_status load(struct page *page, struct ledger *ledger, struct comity_error *err)
{
    enum comity_status status = read_part(page, &ledger->part, err);
    if (status != COMITY_OK)
        return status;
    pthread_mutex_lock(&page->store->lock);
    status = read_ledger(page, ledger, err);
    pthread_mutex_unlock(&page->store->lock);
    if (page->format != PAGE_CSV && ledger->n > LINES_A_PAGE) {
        ledger->n = LINES_A_PAGE;
        ledger->next = ledger->lines[LINES_A_PAGE - 1].number;
    }
    return status;
}

/* ---- HTML -------------------------------------------------------------------------------------------------------- */

static struct slice kind_text(const struct page *page, struct slice what)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (slice_is(what, kinds[i]))
            return slice_from(tr(&page->catalogue, kinds[i]));
    return what;
}

static void chain(struct page *page, const struct ledger_check *check)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const struct say line[] = {{"n", page_number(page, check->n_whole), SLICE_EMPTY}};
    html_open(h, "p");
    html_attr(h, "class", check->is_whole ? "sentence" : "refusal");
    if (!check->is_whole)
        html_attr(h, "role", "alert");
    page_say_n(page,
        check->is_whole ? tr(c, "The chain is unbroken from the first line to line {n}, which is the last.")
                        : tr(c, "The chain is unbroken up to line {n}; what follows is not what was written."),
        line, 1);
    html_close(h, "p");
    html_open(h, "p");
    html_attr(h, "class", "note");
    page_say(page,
        tr(c,
            "Line {n} has the hash {hash}. Keep both elsewhere: if that line has another hash one day, the ledger was "
            "written anew."),
        {"n", page_number(page, check->n_whole), SLICE_EMPTY}, {"hash", slice_from(check->head), SLICE_EMPTY});
    html_close(h, "p");
}

static void choose(struct page *page, const char *name, const char *label, const struct slice *words, size_t n,
    struct slice chosen, bool are_kinds)
{
    part_select_begin(page, name, label);
    part_option(page, SLICE_EMPTY, slice_from(tr(&page->catalogue, "all")), !chosen.len);
    for (size_t i = 0; i < n; i++)
        part_option(page, words[i], are_kinds ? kind_text(page, words[i]) : words[i], slice_equal(words[i], chosen));
    part_select_end(page);
}

static void form(struct page *page, const struct ledger *ledger)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    html_open(h, "form");
    html_attr(h, "method", "get");
    html_attr(h, "role", "search");
    html_link(h, "action", slice_from(page->route->pattern));
    choose(page, "who", tr(c, "Who"), ledger->whos, ledger->n_whos, ledger->part.who, false);
    choose(page, "what", tr(c, "What"), ledger->whats, ledger->n_whats, ledger->part.what, true);
    if (page->query.language >= 0)
        fields_hidden(page, "lang", slice_from(language_code(page->query.language)));
    fields_button(page, tr(c, "Show"));
    html_close(h, "form");
}

/* "account ana · from 192.0.2.1"; what is no plain value as JSON. */
static void detail(struct page *page, struct slice text)
{
    struct html *h = &page->html;
    const char *key;
    json_t *value, *object = json_loadb(text.ptr ? text.ptr : "", text.len, 0, NULL);
    bool is_first = true;
    if (!object)
        html_name(h, text); /* somebody has tampered with it */
    json_object_foreach(object, key, value)
    {
        char *dumped = json_is_string(value) ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        const char *shown = json_is_string(value) ? json_string_value(value) : dumped;
        html_string(h, is_first ? "" : " · ");
        html_leaf(h, "small", NULL, slice_from(key));
        html_string(h, " ");
        html_name(h, slice_from(shown ? shown : "—"));
        free(dumped);
        is_first = false;
    }
    json_decref(object);
}

static void line(struct page *page, const struct ledger_line *line)
{
    struct html *h = &page->html;
    html_open(h, "tr");
    html_open(h, "th");
    html_attr(h, "scope", "row");
    html_attr(h, "class", "number");
    html_text(h, page_number(page, line->number));
    html_close(h, "th");
    html_open(h, "td");
    html_name(h, line->when);
    html_close(h, "td");
    html_open(h, "td");
    html_name(h, line->who.len ? line->who : SLICE("—"));
    html_close(h, "td");
    html_leaf(h, "td", NULL, kind_text(page, line->what));
    html_open(h, "td");
    detail(page, line->detail_json);
    html_close(h, "td");
    html_close(h, "tr");
}

static void table(struct page *page, const struct ledger *ledger)
{
    const struct catalogue *c = &page->catalogue;
    const char *const names[] = {tr(c, "Line"), tr(c, "When"), tr(c, "Who"), tr(c, "What"), tr(c, "Detail")};
    part_section(page, "lines", tr(c, "Newest first"));
    part_table_begin(page, "lines-heading", "ledger");
    part_table_head(page, names, 5, 5);
    html_open(&page->html, "tbody");
    for (size_t i = 0; i < ledger->n; i++)
        line(page, &ledger->lines[i]);
    part_table_end(page);
    html_close(&page->html, "section");
}

static void write_html(struct page *page, const struct ledger *ledger)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    struct paging paging = {0};
    if (ledger->part.before)
        paging.first = page_with_own(page, "before", NULL);
    if (ledger->next)
        paging.next =
            page_with_own(page, "before", page_format_text(page, "%llu", (unsigned long long)ledger->next).ptr);
    frame_begin(page, slice_from(tr(c, page->route->title)));
    html_leaf(h, "h1", NULL, slice_from(tr(c, page->route->title)));
    chain(page, &ledger->check);
    form(page, ledger);
    if (ledger->n)
        table(page, ledger);
    else
        html_leaf(h, "p", NULL, slice_from(tr(c, "There is no such line.")));
    part_paging(page, &paging);
    frame_exports(page);
    frame_end(page);
}

/* ---- twins --------------------------------------------------------------------------------------------------------
 */

/* As it stands, for it was written as JSON; as a text where somebody has tampered with it. */
static void json_detail(struct buffer *out, struct slice detail)
{
    json_t *read = json_loadb(detail.ptr ? detail.ptr : "", detail.len, 0, NULL);
    if (read)
        buffer_add_slice(out, detail);
    else
        json_text(out, detail);
    json_decref(read);
}

static void json_line(struct buffer *out, const struct ledger_line *line)
{
    json_member_u64(out, "number", line->number);
    json_member(out, "when", line->when);
    json_member(out, "who", line->who);
    json_member(out, "what", line->what);
    json_name(out, "detail");
    json_detail(out, line->detail_json);
    json_member(out, "hash", slice_from(line->hash));
}

static void write_json(struct page *page, const struct ledger *ledger)
{
    struct buffer *out = &page->response->body;
    page->response->type = "application/json; charset=utf-8";
    buffer_add_byte(out, '{');
    json_member_u64(out, "lines_written", ledger->check.n_lines);
    json_member_u64(out, "unbroken_up_to", ledger->check.n_whole);
    json_member_bool(out, "is_unbroken", ledger->check.is_whole);
    json_name(out, "lines");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < ledger->n; i++) {
        buffer_add_string(out, i ? ",\n{" : "{");
        json_line(out, &ledger->lines[i]);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
    json_name(out, "next");
    if (ledger->next)
        buffer_format(out, "%llu", (unsigned long long)ledger->next);
    else
        buffer_add_string(out, "null");
    buffer_add_string(out, "}\n");
}

static void write_csv(struct page *page, const struct ledger *ledger)
{
    struct buffer *out = &page->response->body;
    page->response->type = "text/csv; charset=utf-8";
    page->response->file_name = "ledger.csv";
    buffer_add_string(out, "number,when,who,what,detail,hash\r\n");
    for (size_t i = 0; i < ledger->n; i++) {
        const struct ledger_line *line = &ledger->lines[i];
        const struct slice cells[] = {page_format_text(page, "%llu", (unsigned long long)line->number), line->when,
            line->who, line->what, line->detail_json, slice_from(line->hash)};
        for (size_t k = 0; k < sizeof cells / sizeof *cells; k++)
            part_csv_cell(out, cells[k], k + 1 == sizeof cells / sizeof *cells);
    }
}

enum comity_status page_ledger(struct page *page, struct comity_error *err)
{
    struct ledger ledger = {0};
    enum comity_status status = load(page, &ledger, err);
    if (status != COMITY_OK)
        return status;
    if (page->format == PAGE_JSON)
        write_json(page, &ledger);
    else if (page->format == PAGE_CSV)
        write_csv(page, &ledger);
    else
        write_html(page, &ledger);
    return COMITY_OK;
}
