/* chart.c - the timeline and the small bars. The map is in chart_map.c. */
#include "page/chart.h"

#include "base/calendar.h"

#include <math.h>

enum { WIDTH = 1000, HEIGHT = 130, BASE = 105, TOP = 14 };

static void begin_svg(struct html *h, int width, int height, const char *class_name)
{
    html_open(h, "svg");
    html_attr_format(h, "viewBox", "0 0 %d %d", width, height);
    html_attr(h, "class", class_name);
    html_attr(h, "direction", "ltr");
}

static uint64_t tallest(const struct answer *answer)
{
    uint64_t most = 1;
    for (size_t i = 0; i < answer->n_timeline; i++)
        most = answer->timeline[i].count > most ? answer->timeline[i].count : most;
    return most;
}

/* "2016", "2016-01" or "2016-01-18", by the step of the timeline. */
static struct slice period(struct page *page, const struct answer *answer, int32_t day)
{
    struct slice text = page_day(page, day);
    if (slice_is(answer->timeline_step, "year"))
        text.len = text.len > 6 ? text.len - 6 : text.len;
    else if (slice_is(answer->timeline_step, "month"))
        text.len = text.len > 3 ? text.len - 3 : text.len;
    return text;
}

static struct slice bar_address(struct page *page, const struct timeline_bar *bar)
{
    struct slice key = page->domain->fields[page->domain->when].id;
    struct slice extra = page_format_text(page, "%.*s=%.*s..%.*s", SLICE_ARG(key),
        SLICE_ARG(page_day(page, bar->first_day)), SLICE_ARG(page_day(page, bar->last_day)));
    return page_address(page, "/", page_term_of(page, key), extra.ptr);
}

static void bar(struct page *page, const struct answer *answer, size_t i, uint64_t most)
{
    struct html *h = &page->html;
    const struct timeline_bar *b = &answer->timeline[i];
    double step = (double)WIDTH / (double)answer->n_timeline;
    double height = b->count ? fmax(1.5, (double)(BASE - TOP) * (double)b->count / (double)most) : 0;
    if (b->count == 0)
        return;
    html_open(h, "a");
    html_link(h, "href", bar_address(page, b));
    html_open(h, "title");
    html_text(h, period(page, answer, b->first_day));
    html_string(h, ": ");
    html_text(h, page_number(page, b->count));
    html_close(h, "title");
    html_open(h, "rect");
    html_attr_format(h, "x", "%.1f", (double)i * step);
    html_attr_format(h, "width", "%.1f", fmax(step > 4 ? step - 1 : step, 0.8));
    html_attr_format(h, "y", "%.1f", BASE - height);
    html_attr_format(h, "height", "%.1f", height);
    html_close(h, "rect");
    html_close(h, "a");
}

static void label(struct html *h, double x, double y, const char *anchor, struct slice text)
{
    html_open(h, "text");
    html_attr_format(h, "x", "%.1f", x);
    html_attr_format(h, "y", "%.1f", y);
    html_attr(h, "text-anchor", anchor);
    html_text(h, text);
    html_close(h, "text");
}

/* Marks at most eight periods, the first always. */
static void axis(struct page *page, const struct answer *answer)
{
    struct html *h = &page->html;
    size_t n = answer->n_timeline, every = (n + 7) / 8;
    html_open(h, "path");
    html_attr_format(h, "d", "M0 %d.5H%d", BASE, WIDTH);
    html_attr(h, "class", "axis");
    html_close(h, "path");
    for (size_t i = 0; i < n; i += every)
        label(
            h, (double)i * WIDTH / (double)n, BASE + 18, "start", period(page, answer, answer->timeline[i].first_day));
}

void chart_timeline(struct page *page, const struct answer *answer)
{
    struct html *h = &page->html;
    uint64_t most = tallest(answer);
    begin_svg(h, WIDTH, HEIGHT, "timeline");
    html_attr(h, "role", "group");
    html_attr(h, "aria-label", tr(&page->catalogue, "Number by period; each bar narrows the dates"));
    axis(page, answer);
    for (size_t i = 0; i < answer->n_timeline; i++)
        bar(page, answer, i, most);
    label(h, 0, 10, "start", page_number(page, most));
    html_close(h, "svg");
}

void chart_bits(struct page *page, double bits, double most)
{
    struct html *h = &page->html;
    double half = 100, width = most > 0 ? fmin(1, fabs(bits) / most) * half : 0;
    begin_svg(h, 200, 14, "bits");
    html_attr(h, "width", "200");
    html_attr(h, "height", "14");
    html_attr(h, "aria-hidden", "true");
    html_open(h, "rect");
    html_attr_format(h, "x", "%.1f", bits < 0 ? half - width : half);
    html_attr(h, "y", "2");
    html_attr_format(h, "width", "%.1f", width);
    html_attr(h, "height", "10");
    html_attr(h, "class", bits < 0 ? "against" : "for");
    html_close(h, "rect");
    html_open(h, "path");
    html_attr(h, "d", "M100 0V14");
    html_attr(h, "class", "axis");
    html_close(h, "path");
    html_close(h, "svg");
}

void chart_step(struct page *page, double from, double to, const struct chart_scale *scale)
{
    struct html *h = &page->html;
    double width = 240, share = width / fmax(scale->high - scale->low, 1), zero = -scale->low * share;
    double left = (fmin(from, to) - scale->low) * share;
    begin_svg(h, 240, 14, "bits");
    html_attr(h, "width", "240");
    html_attr(h, "height", "14");
    html_attr(h, "aria-hidden", "true");
    html_open(h, "rect");
    html_attr_format(h, "x", "%.1f", left);
    html_attr(h, "y", "2");
    html_attr_format(h, "width", "%.1f", fmax(fabs(to - from) * share, 0.8));
    html_attr(h, "height", "10");
    html_attr(h, "class", to < from ? "against" : "for");
    html_close(h, "rect");
    html_open(h, "path");
    html_attr_format(h, "d", "M%.1f 0V14", zero);
    html_attr(h, "class", "axis");
    html_close(h, "path");
    html_close(h, "svg");
}

/* ---- cells of sums ---------------------------------------------------------------------------------------------- */

static struct slice period_address(struct page *page, const struct chart_period *period)
{
    struct slice key = page->domain->fields[page->domain->when].id;
    struct slice extra = page_format_text(page, "%.*s=%.*s..%.*s", SLICE_ARG(key),
        SLICE_ARG(page_day(page, period->first_day)), SLICE_ARG(page_day(page, period->last_day)));
    return page_address(page, page->route->pattern, page_term_of(page, key), extra.ptr);
}

static void piece(struct html *h, const char *class_name, double x, double width, double from, double to)
{
    if (to <= from)
        return;
    html_open(h, "rect");
    html_attr(h, "class", class_name);
    html_attr_format(h, "x", "%.1f", x);
    html_attr_format(h, "width", "%.1f", fmax(width, 0.8));
    html_attr_format(h, "y", "%.1f", BASE - to);
    html_attr_format(h, "height", "%.1f", to - from);
    html_close(h, "rect");
}

static void cells_bar(struct page *page, const struct chart_period *period, double x, double width, double scale)
{
    struct html *h = &page->html;
    const struct say values[] = {{"period", page_day(page, period->first_day), SLICE_EMPTY},
        {"n", page_number(page, period->n_different), SLICE_EMPTY},
        {"all", page_number(page, (uint64_t)period->n_equal + period->n_different), SLICE_EMPTY}};
    html_open(h, "a");
    html_link(h, "href", period_address(page, period));
    html_open(h, "title");
    html_text(h, page_sentence_n(page, tr(&page->catalogue, "{period}: {n} of {all} cells differ"), values, 3));
    html_close(h, "title");
    double equal = period->n_equal * scale, all = equal + period->n_different * scale;
    piece(h, "for", x, width, 0, equal);
    piece(h, "against", x, width, equal, all);
    html_close(h, "a");
}

void chart_cells(struct page *page, const struct chart_period *periods, size_t n)
{
    struct html *h = &page->html;
    uint64_t most = 1;
    double step = n ? (double)WIDTH / (double)n : WIDTH;
    for (size_t i = 0; i < n; i++) {
        uint64_t all = (uint64_t)periods[i].n_equal + periods[i].n_different;
        most = all > most ? all : most;
    }
    begin_svg(h, WIDTH, HEIGHT, "timeline cells");
    html_attr(h, "role", "group");
    html_attr(
        h, "aria-label", tr(&page->catalogue, "Cells by period, and how many differ; each bar narrows the dates"));
    html_open(h, "path");
    html_attr_format(h, "d", "M0 %d.5H%d", BASE, WIDTH);
    html_attr(h, "class", "axis");
    html_close(h, "path");
    for (size_t i = 0; i < n; i++)
        cells_bar(page, &periods[i], (double)i * step, step > 4 ? step - 1 : step, (double)(BASE - TOP) / (double)most);
    for (size_t i = 0; i < n; i += (n + 7) / 8)
        label(h, (double)i * step, BASE + 18, "start", page_day(page, periods[i].first_day));
    label(h, 0, 10, "start", page_number(page, most));
    html_close(h, "svg");
}
