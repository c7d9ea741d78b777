/* reconcile_words.c - verdicts in the reader's language. The English sentences of sums/words.c are for programs. */
#include "page/part.h"
#include "page/reconcile.h"

#include <math.h>

/* ---- one cell -------------------------------------------------------------------------------------------------- */

static struct slice percent(struct page *page, double part, double whole)
{
    double share = whole != 0 ? 100 * part / whole : 0;
    share = fabs(share) < 10 ? round(share * 10) / 10 : round(share);
    return page_format_text(page, "%.*s\u00A0%%", SLICE_ARG(page_decimal(page, share)));
}

static void say_number(struct page *page, const char *sentence, uint64_t n)
{
    page_say(page, sentence, {"n", page_number(page, n), SLICE_EMPTY});
}

static void say_share(struct page *page, const char *sentence, double part, double whole)
{
    page_say(page, sentence, {"share", percent(page, part, whole), SLICE_EMPTY});
}

static void say_missing(struct page *page, const struct sums_cell *cell)
{
    const struct catalogue *c = &page->catalogue;
    html_string(&page->html, cell->is_silent    ? tr(c, "no event at all is told of this country in this period")
                             : cell->is_unheard ? tr(c, "no event of this kind is told of this country in any period")
                                                : tr(c, "no event"));
}

static void say_changed(struct page *page, const struct sums_cell *cell)
{
    const struct catalogue *c = &page->catalogue;
    double change = cell->once.amount - cell->series.amount;
    if (cell->series.amount == 0)
        html_string(&page->html, tr(c, "changed from nothing"));
    else if (change < 0)
        say_share(page, tr(c, "less by {share}"), -change, cell->series.amount);
    else
        say_share(page, tr(c, "more by {share}"), change, cell->series.amount);
}

static void say_verdict(struct page *page, const struct sums_cell *cell)
{
    const struct catalogue *c = &page->catalogue;
    struct html *h = &page->html;
    switch ((enum sums_verdict)cell->verdict) {
    case SUMS_EQUAL:
        html_string(h, tr(c, "equal"));
        return;
    case SUMS_ROUNDING:
        html_string(h, tr(c, "the same but for rounding"));
        return;
    case SUMS_DOUBLE:
        say_number(page,
            cell->is_inverse ? tr(c, "the series is {n} times the events")
                             : tr(c, "the events are {n} times the series"),
            cell->times);
        return;
    case SUMS_PART:
        say_share(page, tr(c, "the events are {share} of it"), cell->once.amount, cell->series.amount);
        return;
    case SUMS_OVER:
        say_share(
            page, tr(c, "the events are {share} of it, more than it has"), cell->once.amount, cell->series.amount);
        return;
    case SUMS_MISSING_EVENTS:
        say_missing(page, cell);
        return;
    case SUMS_MISSING_SERIES:
        html_string(h, tr(c, "the series has no such cell, though it covers the period"));
        return;
    case SUMS_NOT_COMPARABLE:
        html_string(h, tr(c, "the events are told in other units"));
        return;
    case SUMS_ADDED:
        html_string(h, tr(c, "only in the second"));
        return;
    case SUMS_DROPPED:
        html_string(h, tr(c, "only in the first"));
        return;
    default:
        say_changed(page, cell);
    }
}

static void note_begin(struct page *page)
{
    html_open(&page->html, "span");
    html_attr(&page->html, "class", "note");
    html_string(&page->html, " · ");
}

static void say_plain(struct page *page, const struct sums_cell *cell)
{
    const struct catalogue *c = &page->catalogue;
    if (!cell->plain.n || !cell->has_series || cell->plain_verdict == cell->verdict)
        return;
    bool is_multiple = cell->plain_verdict == SUMS_DOUBLE && !cell->is_plain_inverse;
    if (cell->verdict != SUMS_EQUAL && cell->plain_verdict != SUMS_EQUAL)
        return;
    note_begin(page);
    if (cell->verdict != SUMS_EQUAL)
        html_string(&page->html, tr(c, "the plain sum of the rows is equal to it"));
    else if (is_multiple)
        say_number(
            page, tr(c, "the plain sum of the rows is {n} times it; counted once it is equal"), cell->plain_times);
    else
        html_string(&page->html, tr(c, "only because each event is counted once"));
    html_close(&page->html, "span");
}

void reconcile_say_cell(struct page *page, const struct sums_table *table, const struct sums_cell *cell)
{
    bool is_equal = cell->verdict == SUMS_EQUAL || cell->verdict == SUMS_ROUNDING;
    html_open(&page->html, "span");
    if (!is_equal)
        html_attr(&page->html, "class", "differs");
    say_verdict(page, cell);
    html_close(&page->html, "span");
    if (table->is_of_series)
        return;
    say_plain(page, cell);
    if (is_equal || !cell->possible.n)
        return;
    note_begin(page);
    page_say(page, tr(&page->catalogue, "{amount} more could belong here, told less exactly"),
        {"amount", page_amount(page, cell->dimension, cell->possible.amount), SLICE_EMPTY});
    html_close(&page->html, "span");
}

/* ---- the whole ------------------------------------------------------------------------------------------------------
 */

static const char *verdict_name(const struct page *page, enum sums_verdict verdict)
{
    const struct catalogue *c = &page->catalogue;
    switch (verdict) {
    case SUMS_EQUAL:
        return tr(c, "equal");
    case SUMS_DOUBLE:
        return tr(c, "a multiple");
    case SUMS_PART:
        return tr(c, "less in the events");
    case SUMS_OVER:
        return tr(c, "more in the events");
    case SUMS_MISSING_EVENTS:
        return tr(c, "without events");
    case SUMS_MISSING_SERIES:
        return tr(c, "missing in the series");
    case SUMS_NOT_COMPARABLE:
        return tr(c, "in other units");
    case SUMS_ROUNDING:
        return tr(c, "rounding only");
    case SUMS_REVISED:
        return tr(c, "different amounts");
    case SUMS_ADDED:
        return tr(c, "only in the second");
    default:
        return tr(c, "only in the first");
    }
}

static void choice(struct page *page, struct slice address, const char *name, uint64_t n, bool is_current)
{
    struct html *h = &page->html;
    html_open(h, "li");
    html_open(h, "a");
    html_link(h, "href", address);
    if (is_current)
        html_attr(h, "aria-current", "true");
    html_string(h, name);
    html_string(h, " ");
    html_leaf(h, "span", "count", page_number(page, n));
    html_close(h, "a");
    html_close(h, "li");
}

static void choices(struct page *page, const struct reconciling *r)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const struct sums_summary *s = &r->summary;
    html_open(h, "ul");
    html_attr(h, "class", "chips choices");
    choice(page, page_with_own(page, "only", NULL), tr(c, "all"), s->n_cells, !r->only.once && !r->only.plain);
    for (enum sums_verdict v = SUMS_EQUAL; v < N_SUMS_VERDICTS; v++)
        if (s->by_verdict[v])
            choice(page, page_with_own(page, "only", sums_verdict_word(v)), verdict_name(page, v), s->by_verdict[v],
                r->only.once >> v & 1);
    if (!r->result.table.is_of_series && s->by_plain_verdict[SUMS_DOUBLE])
        choice(page, page_with_own(page, "only", "plain:double"), tr(c, "a multiple in the plain sum"),
            s->by_plain_verdict[SUMS_DOUBLE], r->only.plain >> SUMS_DOUBLE & 1);
    html_close(h, "ul");
}

static void say_series(struct page *page, const struct sums_summary *s)
{
    const struct catalogue *c = &page->catalogue;
    const uint64_t *by = s->by_verdict;
    bool is_changed = by[SUMS_REVISED] + by[SUMS_ADDED] + by[SUMS_DROPPED] > 0;
    const struct say values[] = {{"n", page_number(page, is_changed ? s->n_shared : s->n_cells), SLICE_EMPTY},
        {"rounded", page_number(page, by[SUMS_ROUNDING]), SLICE_EMPTY},
        {"equal", page_number(page, by[SUMS_EQUAL]), SLICE_EMPTY},
        {"changed", page_number(page, by[SUMS_REVISED]), SLICE_EMPTY}};
    if (is_changed)
        page_say_n(page,
            tr(c, "Cells in both: {n}; equal: {equal}; different by rounding only: {rounded}; different: {changed}."),
            values, 4);
    else if (by[SUMS_ROUNDING])
        page_say_n(page, tr(c, "Nothing really changed: of {n} cells, {rounded} differ by rounding only."), values, 4);
    else
        page_say_n(page, tr(c, "Nothing changed: all {n} cells are equal."), values, 4);
}

static void say_events(struct page *page, const struct sums_summary *s)
{
    page_say(page,
        tr(&page->catalogue, "Cells: {n}; equal: {equal}, of which only when each event is counted once: {once}."),
        {"n", page_number(page, s->n_cells), SLICE_EMPTY},
        {"equal", page_number(page, s->by_verdict[SUMS_EQUAL]), SLICE_EMPTY},
        {"once", page_number(page, s->n_explained), SLICE_EMPTY});
}

static void note(struct page *page, const char *sentence, uint64_t n)
{
    if (!n)
        return;
    html_open(&page->html, "p");
    html_attr(&page->html, "class", "note");
    say_number(page, sentence, n);
    html_close(&page->html, "p");
}

static void note_totals(struct page *page, const struct sums_table *table)
{
    struct slice *names = ARENA_ARRAY(page->arena, struct slice, table->n_totals + 1);
    if (!names || !table->n_totals)
        return;
    for (size_t i = 0; i < table->n_totals; i++)
        names[i] = concept_label(
            page->domain->fields[page->domain->what].spec.concepts, table->totals[i], page->catalogue.language);
    html_open(&page->html, "p");
    html_attr(&page->html, "class", "note");
    page_say(page, tr(&page->catalogue, "Read as totals of what is within them: {names}."),
        {"names", page_joined(page, names, table->n_totals, ", "), SLICE_EMPTY});
    html_close(&page->html, "p");
}

static void left_out(struct page *page, const struct reconciling *r)
{
    const struct catalogue *c = &page->catalogue;
    const struct sums_table *table = &r->result.table;
    const struct sums_left_out *rows = &table->rows_left_out;
    if (r->query.n_terms < page->query.n_terms)
        html_leaf(&page->html, "p", "note",
            slice_from(tr(c, "Sums know dates, places and kinds only: the other conditions are not used here.")));
    note(page, tr(c, "Rows of older editions that newer ones replace: {n}."), rows->n_replaced);
    note(page, tr(c, "Rows of the series without a date, a kind or an amount, which are in no cell: {n}."),
        (uint64_t)rows->n_without_date + rows->n_without_concept + rows->n_without_amount);
    if (table->is_of_series)
        return;
    note(page, tr(c, "Records that the series does not cover: {n}."), table->events_left_out.n_outside);
    note_totals(page, table);
}

void reconcile_say_all(struct page *page, const struct reconciling *r)
{
    struct html *h = &page->html;
    html_open(h, "p");
    html_attr(h, "class", "sentence");
    if (!r->summary.n_cells)
        html_string(h, tr(&page->catalogue, "There is no cell to compare."));
    else if (r->result.table.is_of_series)
        say_series(page, &r->summary);
    else
        say_events(page, &r->summary);
    html_close(h, "p");
    choices(page, r);
    left_out(page, r);
}
