/* about_data.c - what is missing or doubtful in what the query finds, and what was done to the rows: names in no list,
 * repeated loads, conversions, terms of reuse. */
#include "base/json.h"
#include "page/part.h"

#include "base/error.h"
#include "base/map.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_NAMES = 40, MOST_LOADS = 200, SHOWN_CONCEPTS = 4 };

static const struct answer_options COUNTS = {.with_totals = true};

struct unread {
    struct slice name;
    uint32_t rows;
};
struct load {
    const struct judgement *judgement;
    uint32_t source;
    uint16_t country;   /* COUNTRY_NONE: all */
    double amount;      /* of the surplus, in the base unit of the leading dimension */
    double *by_concept; /* the same by concept; null where the domain has none */
};
struct doubt_report {
    const struct answer *answer;
    uint64_t count[N_DOUBTS];
    struct unread *names;
    size_t n_names, n_names_all;
    struct load *loads;
    size_t n_loads;
    uint64_t n_surplus;
};

/* ---- names in no list ----------------------------------------------------------------------------------------- */

static int by_rows(const void *a, const void *b)
{
    const struct unread *p = a, *q = b;
    if (p->rows != q->rows)
        return p->rows > q->rows ? -1 : 1;
    return slice_compare(p->name, q->name);
}

static bool find_names(struct page *page, struct doubt_report *report)
{
    if (page->domain->what < 0)
        return true;
    const struct column *column = &page->snapshot->mentions.columns[page->domain->what];
    report->names = ARENA_ARRAY(page->arena, struct unread, (size_t)column->n_values + 1);
    if (!report->names)
        return false;
    for (uint32_t i = 0; i < column->n_values; i++)
        if (column->values[i].state == VALUE_UNREAD)
            report->names[report->n_names_all++] = (struct unread){column->values[i].text, column->frequency[i]};
    qsort(report->names, report->n_names_all, sizeof *report->names, by_rows);
    report->n_names = report->n_names_all < MOST_NAMES ? report->n_names_all : MOST_NAMES;
    return true;
}

/* ---- repeated loads ------------------------------------------------------------------------------------------- */

static uint32_t source_number(const struct mentions *mentions, struct slice code)
{
    for (uint32_t i = 0; i < mentions->n_sources; i++)
        if (slice_equal(mentions->sources[i].code, code))
            return i;
    return UINT32_MAX;
}

static bool find_loads(struct page *page, struct doubt_report *report)
{
    const struct snapshot *s = page->snapshot;
    report->loads = ARENA_ARRAY(page->arena, struct load, s->n_judgements + 1);
    if (!report->loads)
        return false;
    for (size_t i = 0; i < s->n_judgements; i++) {
        const struct judgement *j = &s->judgements[i];
        if (j->kind != JUDGEMENT_REPEATED_LOAD || j->is_undone)
            continue;
        report->n_surplus += j->n_surplus;
        report->loads[report->n_loads++] = (struct load){.judgement = j,
            .source = source_number(&s->mentions, j->source),
            .country = country_by_alpha2(page->domain->countries, j->country)};
    }
    return true;
}

static bool is_in_load(const struct page *page, const struct load *load, size_t i)
{
    const struct mentions *mentions = &page->snapshot->mentions;
    const struct domain *domain = page->domain;
    if (mentions->source[i] != load->source)
        return false;
    const struct value *when = mention_value(mentions, i, domain->when);
    if (!value_is_typed(when) || when->date.first < load->judgement->first_day ||
        when->date.first > load->judgement->last_day)
        return false;
    return load->country == COUNTRY_NONE || domain->country < 0 ||
           mention_value(mentions, i, domain->country)->country.id == load->country;
}

/* The amount of mention i, if it is in the dimension that is told most: 0 otherwise. */
static double amount_of(const struct page *page, size_t i, uint32_t dimension)
{
    const struct value *value = mention_value(&page->snapshot->mentions, i, page->domain->how_much);
    const struct unit_table *units = page->domain->units;
    if (!value_is_typed(value) || units->units[value->quantity.unit].dimension_id != dimension)
        return 0;
    return unit_to_base(units, value);
}

/* What stands m times in a block loaded k times stands for m/k, rounded up: the rest is surplus. Counts each content as
 * it goes: its j-th row is surplus where ceil(j/k) did not grow. */
static const struct concept_tree *tree_of(const struct page *page)
{
    return page->domain->what < 0 ? NULL : page->domain->fields[page->domain->what].spec.concepts;
}

static void add_surplus(const struct page *page, struct load *load, size_t i, uint32_t dimension)
{
    double amount = amount_of(page, i, dimension);
    load->amount += amount;
    if (!load->by_concept)
        return;
    const struct value *what = mention_value(&page->snapshot->mentions, i, page->domain->what);
    load->by_concept[value_is_typed(what) ? what->concept.id : 0] += amount;
}

static void weigh_load(const struct page *page, struct load *load, uint32_t dimension, struct map *seen)
{
    const struct mentions *mentions = &page->snapshot->mentions;
    uint64_t times = load->judgement->times > 1 ? load->judgement->times : 1;
    map_clear(seen);
    for (size_t i = 0; i < mentions->n; i++) {
        if (!is_in_load(page, load, i))
            continue;
        uint64_t *count = map_put(seen, mentions->content[i], NULL);
        if (count && (*count)++ % times != 0)
            add_surplus(page, load, i, dimension);
    }
}

static void weigh_loads(const struct page *page, struct doubt_report *report)
{
    struct map seen = {0};
    const struct concept_tree *tree = tree_of(page);
    uint32_t dimension = report->answer->leading_dimension;
    if (page->domain->how_much < 0 || page->domain->when < 0 || dimension == UINT32_MAX)
        return;
    for (size_t i = 0; i < report->n_loads && i < MOST_LOADS; i++) {
        report->loads[i].by_concept = tree ? ARENA_ARRAY(page->arena, double, tree->n_nodes) : NULL;
        weigh_load(page, &report->loads[i], dimension, &seen);
    }
    map_release(&seen);
}

/* The concept with the most surplus below `below`, 0 when there is none. */
static uint32_t next_concept(const struct concept_tree *tree, const struct load *load, double below)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < tree->n_nodes; i++)
        if (load->by_concept[i] > 0 && load->by_concept[i] < below &&
            (!best || load->by_concept[i] > load->by_concept[best]))
            best = i;
    return best;
}

/* "Coca leaf 58,900 kg · Coca paste 5,100 kg": what most of the surplus is. */
static struct slice surplus_text(struct page *page, const struct load *load, uint32_t dimension)
{
    const struct concept_tree *tree = tree_of(page);
    struct slice parts[SHOWN_CONCEPTS];
    size_t n = 0;
    double below = INFINITY;
    while (load->by_concept && n < SHOWN_CONCEPTS) {
        uint32_t concept = next_concept(tree, load, below);
        if (concept == 0)
            break;
        below = load->by_concept[concept];
        parts[n++] =
            page_format_text(page, "%.*s %.*s", SLICE_ARG(concept_label(tree, concept, page->catalogue.language)),
                SLICE_ARG(page_amount(page, dimension, below)));
    }
    return page_joined(page, parts, n, " · ");
}

/* ---- HTML ----------------------------------------------------------------------------------------------------- */

/* "9.2 %" */
static struct slice share(struct page *page, uint64_t part, uint64_t all)
{
    double percent = all ? round(1000.0 * (double)part / (double)all) / 10 : 0;
    bool is_tiny = part && percent < 0.1;
    return page_format_text(
        page, "%s%.*s\u00A0%%", is_tiny ? "< " : "", SLICE_ARG(page_decimal(page, is_tiny ? 0.1 : percent)));
}

static void counts_section(struct page *page, const struct doubt_report *report)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const char *const names[] = {tr(c, "What"), tr(c, "Records"), tr(c, "Share")};
    uint64_t all = report->answer->n_entities;
    part_section(page, "doubtful", tr(c, "What is missing or doubtful"));
    html_open(h, "table");
    part_table_head(page, names, 3, 1);
    html_open(h, "tbody");
    for (unsigned d = 0; d < N_DOUBTS; d++) {
        html_open(h, "tr");
        html_open(h, "th");
        html_attr(h, "scope", "row");
        part_link(page,
            page_address(page, "/records", -1, page_format_text(page, "doubtful=%s", doubt_word((enum doubt)d)).ptr),
            slice_from(page_doubt_label(page, (enum doubt)d)));
        html_close(h, "th");
        html_leaf(h, "td", "number", page_number(page, report->count[d]));
        html_open(h, "td");
        html_attr(h, "class", "number");
        html_text(h, share(page, report->count[d], all));
        html_close(h, "td");
        html_close(h, "tr");
    }
    html_close(h, "tbody");
    html_close(h, "table");
    html_close(h, "section");
}

static void names_section(struct page *page, const struct doubt_report *report)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    if (report->n_names == 0)
        return;
    part_section(page, "names", tr(c, "Names that are in no list yet"));
    html_open(h, "p");
    html_attr(h, "class", "note");
    page_say(page,
        tr(c, "Names: {n}. These stand in most rows. They are kept and shown as they are, and counted under no group."),
        {"n", page_number(page, report->n_names_all), SLICE_EMPTY});
    html_close(h, "p");
    html_open(h, "ol");
    html_attr(h, "class", "names");
    for (size_t i = 0; i < report->n_names; i++) {
        html_open(h, "li");
        html_name(h, report->names[i].name);
        html_string(h, " ");
        html_leaf(h, "span", "count", page_number(page, report->names[i].rows));
        html_close(h, "li");
    }
    html_close(h, "ol");
    html_close(h, "section");
}

static void load_row(struct page *page, const struct load *load, uint32_t dimension)
{
    struct html *h = &page->html;
    const struct judgement *j = load->judgement;
    const struct mentions *mentions = &page->snapshot->mentions;
    html_open(h, "tr");
    html_open(h, "th");
    html_attr(h, "scope", "row");
    html_name(h, load->source < mentions->n_sources ? mentions->sources[load->source].title : j->source);
    html_close(h, "th");
    html_open(h, "td");
    html_name(h,
        load->country ? country_label(page->domain->countries, load->country, page->catalogue.language) : SLICE("—"));
    html_close(h, "td");
    html_open(h, "td");
    html_name(h, page_format_text(page, "%.*s – %.*s", SLICE_ARG(page_day(page, j->first_day)),
                     SLICE_ARG(page_day(page, j->last_day))));
    html_close(h, "td");
    html_leaf(h, "td", "number", page_number(page, j->times));
    html_leaf(h, "td", "number", page_number(page, j->n_rows));
    html_leaf(h, "td", "number", page_number(page, j->n_surplus));
    html_leaf(h, "td", "number", page_amount(page, dimension, load->amount));
    html_open(h, "td");
    html_name(h, surplus_text(page, load, dimension));
    html_close(h, "td");
    html_close(h, "tr");
}

static void loads_section(struct page *page, const struct doubt_report *report)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const char *const names[] = {tr(c, "Source"), tr(c, "Country"), tr(c, "Days"), tr(c, "Times"), tr(c, "Rows"),
        tr(c, "Too many"), tr(c, "Amount too much"), tr(c, "Most of it")};
    part_section(page, "loads", tr(c, "Repeated loads found"));
    html_open(h, "p");
    html_attr(h, "class", "note");
    page_say(page,
        tr(c,
            "Blocks of rows that stand in the data more than once: {n}. Rows too many, which are not counted: {rows}."),
        {"n", page_number(page, report->n_loads), SLICE_EMPTY},
        {"rows", page_number(page, report->n_surplus), SLICE_EMPTY});
    html_close(h, "p");
    if (report->n_loads) {
        html_open(h, "div");
        html_attr(h, "class", "scroll");
        html_attr(h, "role", "region");
        html_attr(h, "tabindex", "0");
        html_attr(h, "aria-labelledby", "loads-heading");
        html_open(h, "table");
        part_table_head(page, names, 8, 3);
        html_open(h, "tbody");
        for (size_t i = 0; i < report->n_loads && i < MOST_LOADS; i++)
            load_row(page, &report->loads[i], report->answer->leading_dimension);
        html_close(h, "tbody");
        html_close(h, "table");
        html_close(h, "div");
    }
    html_close(h, "section");
}

static void conversions_section(struct page *page)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const struct unit_table *units = page->domain->units;
    if (!units)
        return;
    part_section(page, "conversions", tr(c, "Units and conversions"));
    html_open(h, "p");
    page_say(page,
        tr(c, "Amounts of different dimensions are never added. Totals use the units that the sources give; nothing in "
              "them is converted through a factor. The list of factors (version {version}) has {n} lines, each with "
              "its document; what has no factor is not convertible."),
        {"version", units->conversion_version, SLICE_EMPTY},
        {"n", page_number(page, units->n_conversions), SLICE_EMPTY});
    html_close(h, "p");
    html_close(h, "section");
}

static void terms_section(struct page *page)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const struct mentions *mentions = &page->snapshot->mentions;
    part_section(page, "terms", tr(c, "Sources and terms of reuse"));
    html_open(h, "ul");
    for (size_t i = 0; i < mentions->n_sources; i++) {
        html_open(h, "li");
        page_say(page, tr(c, "{source}: {terms}"), {"source", mentions->sources[i].title, SLICE_EMPTY},
            {"terms",
                mentions->sources[i].licence.len ? mentions->sources[i].licence : slice_from(tr(c, "terms not said")),
                SLICE_EMPTY});
        html_close(h, "li");
    }
    if (page->domain->gazetteer) {
        html_open(h, "li");
        html_attr(h, "lang", "en");
        html_name(h, slice_from(gazetteer_credit(page->domain->gazetteer)));
        html_close(h, "li");
    }
    html_open(h, "li");
    html_string(h, tr(c, "Base map: Natural Earth, public domain, with corrections."));
    html_close(h, "li");
    html_close(h, "ul");
    html_close(h, "section");
}

static void write_html(struct page *page, const struct doubt_report *report)
{
    struct html *h = &page->html;
    struct slice title = slice_from(tr(&page->catalogue, page->route->title));
    frame_begin(page, part_title(page));
    html_leaf(h, "h1", NULL, title);
    part_chips(page);
    part_counts(page, report->answer);
    counts_section(page, report);
    loads_section(page, report);
    names_section(page, report);
    conversions_section(page);
    terms_section(page);
    frame_exports(page);
    frame_end(page);
}

/* ---- twins ---------------------------------------------------------------------------------------------------- */

static void surplus_json(const struct page *page, struct buffer *out, const struct load *load)
{
    const struct concept_tree *tree = tree_of(page);
    bool is_first = true;
    json_name(out, "surplus_by_concept_base");
    buffer_add_byte(out, '{');
    for (uint32_t i = 0; load->by_concept && i < tree->n_nodes; i++) {
        if (load->by_concept[i] <= 0)
            continue;
        buffer_add_string(out, is_first ? "" : ",");
        json_text(out, tree->nodes[i].code);
        buffer_add_byte(out, ':');
        json_number(out, load->by_concept[i]);
        is_first = false;
    }
    buffer_add_byte(out, '}');
}

static void load_json(struct page *page, struct buffer *out, const struct load *load)
{
    const struct judgement *j = load->judgement;
    buffer_add_byte(out, '{');
    json_member(out, "source", j->source);
    json_member(out, "country", j->country);
    json_member(out, "first_day", page_day(page, j->first_day));
    json_member(out, "last_day", page_day(page, j->last_day));
    json_member_u64(out, "times", j->times);
    json_member_u64(out, "rows", j->n_rows);
    json_member_u64(out, "surplus", j->n_surplus);
    json_member_number(out, "surplus_amount_base", load->amount);
    surplus_json(page, out, load);
    json_member_number(out, "confidence", j->confidence);
    buffer_add_byte(out, '}');
}

static void write_json(struct page *page, const struct doubt_report *report)
{
    struct buffer *out = &page->response->body;
    page->response->type = "application/json; charset=utf-8";
    buffer_add_byte(out, '{');
    if (page_is_simulated(page))
        json_member(out, "notice", page_simulated_note(page));
    json_member_u64(out, "entities", report->answer->n_entities);
    json_member_u64(out, "sequence", page->snapshot->sequence);
    json_name(out, "doubtful");
    buffer_add_byte(out, '{');
    for (unsigned d = 0; d < N_DOUBTS; d++)
        json_member_u64(out, doubt_word((enum doubt)d), report->count[d]);
    buffer_add_byte(out, '}');
    json_name(out, "loads");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < report->n_loads; i++) {
        buffer_add_string(out, i ? "," : "");
        load_json(page, out, &report->loads[i]);
    }
    buffer_add_byte(out, ']');
    json_name(out, "unread_names");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < report->n_names_all; i++) {
        buffer_add_string(out, i ? ",{" : "{");
        json_member(out, "name", report->names[i].name);
        json_member_u64(out, "rows", report->names[i].rows);
        buffer_add_byte(out, '}');
    }
    buffer_add_string(out, "]}\n");
}

static void write_csv(struct page *page, const struct doubt_report *report)
{
    struct buffer *out = &page->response->body;
    page->response->type = "text/csv; charset=utf-8";
    page->response->file_name = "about-data.csv";
    buffer_add_string(out, "doubtful,records\r\n");
    for (unsigned d = 0; d < N_DOUBTS; d++)
        buffer_format(out, "%s,%llu\r\n", doubt_word((enum doubt)d), (unsigned long long)report->count[d]);
}

enum comity_status page_about_data(struct page *page, struct comity_error *err)
{
    struct doubt_report report = {0};
    enum comity_status status = part_answer(page, &COUNTS, &report.answer, err);
    if (status != COMITY_OK)
        return status;
    part_doubt_counts(&report.answer->doubts, report.count);
    if (!find_names(page, &report) || !find_loads(page, &report))
        return error_nomem(err);
    weigh_loads(page, &report);
    if (page->format == PAGE_JSON)
        write_json(page, &report);
    else if (page->format == PAGE_CSV)
        write_csv(page, &report);
    else
        write_html(page, &report);
    return COMITY_OK;
}
