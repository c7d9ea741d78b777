/* about_loads.c - repeated loads, from their judgements: what was counted stands in the evidence that was kept with
 * each (link/load_tell.h), so that nothing is counted anew here. Judgements from before there was any have no amounts
 * until the next linking. */
#include "page/about_loads.h"

#include "base/error.h"
#include "base/json.h"

#include <jansson.h>
#include <stdlib.h>

enum { MOST_LOADS = 200, SHOWN_TOTALS = 4, MOST_TOTALS = 40 };

struct load_total {
    uint32_t concept;   /* the group; 0: none */
    uint32_t dimension; /* of the domain */
    double before, after;
};
struct about_load {
    const struct judgement *judgement;
    struct slice title, from_title; /* of the source, and of the one that it was copied from */
    uint16_t country;               /* COUNTRY_NONE: all */
    uint64_t rows, again;           /* distinct rows, and those that stand again; 0: not kept */
    double by_chance;
    struct load_total *totals;
    size_t n_totals;
};

/* ---- reading evidence ------------------------------------------------------------------------------------------ */

static struct slice text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? slice_from(text) : SLICE_EMPTY;
}

static uint64_t number_of(const json_t *object, const char *name)
{
    json_int_t number = json_integer_value(json_object_get(object, name));
    return number > 0 ? (uint64_t)number : 0;
}

static uint32_t dimension_of(const struct unit_table *units, struct slice id)
{
    for (uint32_t i = 0; units && i < units->n_dimensions; i++)
        if (slice_equal(units->dimensions[i].id, id))
            return i;
    return UINT32_MAX;
}

static const struct concept_tree *tree_of(const struct page *page)
{
    return page->domain->what < 0 ? NULL : page->domain->fields[page->domain->what].spec.concepts;
}

static void read_total(const struct page *page, struct about_load *load, const json_t *item)
{
    const struct concept_tree *tree = tree_of(page);
    uint32_t concept = tree ? concept_by_code(tree, text_of(item, "group")) : 0;
    uint32_t dimension = dimension_of(page->domain->units, text_of(item, "dimension"));
    if (dimension == UINT32_MAX)
        return;
    load->totals[load->n_totals++] = (struct load_total){.concept = concept == CONCEPT_NONE ? 0 : concept,
        .dimension = dimension,
        .before = json_number_value(json_object_get(item, "before")),
        .after = json_number_value(json_object_get(item, "after"))};
}

static bool read_evidence(struct page *page, struct about_load *load)
{
    struct slice text = load->judgement->evidence;
    json_t *evidence = text.len ? json_loadb(text.ptr, text.len, 0, NULL) : NULL;
    const json_t *totals = json_object_get(evidence, "totals");
    size_t n = json_array_size(totals);
    load->rows = number_of(evidence, "rows");
    load->again = number_of(evidence, "again");
    load->by_chance = json_number_value(json_object_get(evidence, "by_chance"));
    load->totals = ARENA_ARRAY(page->arena, struct load_total, n + 1);
    for (size_t i = 0; load->totals && i < n && i < MOST_TOTALS; i++)
        read_total(page, load, json_array_get(totals, i));
    json_decref(evidence);
    return load->totals != NULL;
}

static struct slice title_of(const struct mentions *mentions, struct slice code)
{
    for (uint32_t i = 0; i < mentions->n_sources; i++)
        if (slice_equal(mentions->sources[i].code, code))
            return mentions->sources[i].title;
    return code;
}

enum comity_status about_loads_find(struct page *page, struct about_loads *out)
{
    const struct snapshot *s = page->snapshot;
    *out = (struct about_loads){.at = ARENA_ARRAY(page->arena, struct about_load, s->n_judgements + 1)};
    bool has_memory = out->at != NULL;
    for (size_t i = 0; has_memory && i < s->n_judgements; i++) {
        const struct judgement *j = &s->judgements[i];
        if (j->kind != JUDGEMENT_REPEATED_LOAD || j->is_undone)
            continue;
        struct about_load *load = &out->at[out->n++];
        *load = (struct about_load){.judgement = j,
            .title = title_of(&s->mentions, j->source),
            .from_title = title_of(&s->mentions, j->copied_from),
            .country = country_by_alpha2(page->domain->countries, j->country)};
        out->n_surplus += j->n_surplus;
        has_memory = read_evidence(page, load);
    }
    return has_memory ? COMITY_OK : COMITY_NOMEM;
}

/* ---- HTML ------------------------------------------------------------------------------------------------------ */

static void say_shift(struct page *page, const struct judgement *j)
{
    const struct catalogue *c = &page->catalogue;
    if (j->shift_months)
        page_say(page,
            tr_n(c, "Again, dated {n} month later", "Again, dated {n} months later", (uint64_t)abs(j->shift_months)),
            {"n", page_number(page, (uint64_t)abs(j->shift_months)), SLICE_EMPTY});
    else
        page_say(page,
            tr_n(c, "Again, dated {n} day later", "Again, dated {n} days later", (uint64_t)abs(j->shift_days)),
            {"n", page_number(page, (uint64_t)abs(j->shift_days)), SLICE_EMPTY});
}

static void say_shape(struct page *page, const struct about_load *load)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    switch (load->judgement->shape) {
    case LOAD_PARTIAL:
        html_string(h, tr(c, "In part"));
        break;
    case LOAD_SHIFTED:
        say_shift(page, load->judgement);
        break;
    case LOAD_RESPELLED:
        html_string(h, tr(c, "In other words, units or digits"));
        break;
    case LOAD_TWO_SOURCES:
        page_say(page, tr(c, "Copied from {source}"), {"source", load->from_title, SLICE_EMPTY});
        break;
    default:
        html_string(h, tr(c, "Whole"));
    }
}

static void say_evidence(struct page *page, const struct about_load *load)
{
    if (load->rows)
        page_say(page, tr(&page->catalogue, "{n} of {all} different rows; by chance {share}"),
            {"n", page_number(page, load->again), SLICE_EMPTY}, {"all", page_number(page, load->rows), SLICE_EMPTY},
            {"share", page_percent(page, load->by_chance), SLICE_EMPTY});
}

/* "Cocaine-type 133 t → 66.5 t · Opioids 235 g → 119 g" */
static struct slice totals_text(struct page *page, const struct about_load *load)
{
    const struct concept_tree *tree = tree_of(page);
    struct slice parts[SHOWN_TOTALS];
    size_t n = 0;
    for (; n < load->n_totals && n < SHOWN_TOTALS; n++) {
        const struct load_total *total = &load->totals[n];
        struct slice group = tree ? concept_label(tree, total->concept, page->catalogue.language) : SLICE_EMPTY;
        parts[n] = page_format_text(page, "%.*s %.*s → %.*s", SLICE_ARG(group),
            SLICE_ARG(page_amount(page, total->dimension, total->before)),
            SLICE_ARG(page_amount(page, total->dimension, total->after)));
    }
    return page_joined(page, parts, n, " · ");
}

static void load_row(struct page *page, const struct about_load *load)
{
    struct html *h = &page->html;
    const struct judgement *j = load->judgement;
    html_open(h, "tr");
    html_open(h, "th");
    html_attr(h, "scope", "row");
    html_name(h, load->title);
    html_close(h, "th");
    html_open(h, "td");
    html_name(h,
        load->country ? country_label(page->domain->countries, load->country, page->catalogue.language) : SLICE("—"));
    html_close(h, "td");
    html_open(h, "td");
    html_name(h, page_format_text(page, "%.*s – %.*s", SLICE_ARG(page_day(page, j->first_day)),
                     SLICE_ARG(page_day(page, j->last_day))));
    html_close(h, "td");
    html_open(h, "td");
    say_shape(page, load);
    html_close(h, "td");
    html_leaf(h, "td", "number", page_number(page, j->times));
    html_leaf(h, "td", "number", page_number(page, j->n_rows));
    html_leaf(h, "td", "number", page_number(page, j->n_surplus));
    html_open(h, "td");
    say_evidence(page, load);
    html_close(h, "td");
    html_open(h, "td");
    html_name(h, totals_text(page, load));
    html_close(h, "td");
    html_close(h, "tr");
}

static void load_table(struct page *page, const struct about_loads *loads)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const char *const names[] = {tr(c, "Source"), tr(c, "Country"), tr(c, "Days"), tr(c, "How"), tr(c, "Times"),
        tr(c, "Rows"), tr(c, "Too many"), tr(c, "Standing again"), tr(c, "Amounts with and without them")};
    html_open(h, "div");
    html_attr(h, "class", "scroll");
    html_attr(h, "role", "region");
    html_attr(h, "tabindex", "0");
    html_attr(h, "aria-labelledby", "loads-heading");
    html_open(h, "table");
    part_table_head(page, names, 9, 4);
    html_open(h, "tbody");
    for (size_t i = 0; i < loads->n && i < MOST_LOADS; i++)
        load_row(page, &loads->at[i]);
    html_close(h, "tbody");
    html_close(h, "table");
    html_close(h, "div");
}

void about_loads_html(struct page *page, const struct about_loads *loads)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    part_section(page, "loads", tr(c, "Repeated loads found"));
    html_open(h, "p");
    html_attr(h, "class", "note");
    page_say(page,
        tr(c,
            "Blocks of rows that stand in the data more than once: {n}. Rows too many, which are not counted: {rows}."),
        {"n", page_number(page, loads->n), SLICE_EMPTY}, {"rows", page_number(page, loads->n_surplus), SLICE_EMPTY});
    html_close(h, "p");
    if (loads->n)
        load_table(page, loads);
    html_close(h, "section");
}

/* ---- JSON ------------------------------------------------------------------------------------------------------ */

static double surplus_amount(const struct about_load *load, uint32_t dimension)
{
    double sum = 0;
    for (size_t i = 0; i < load->n_totals; i++)
        if (load->totals[i].dimension == dimension)
            sum += load->totals[i].before - load->totals[i].after;
    return sum;
}

static void load_json(struct page *page, const struct about_load *load, uint32_t dimension, struct buffer *out)
{
    const struct judgement *j = load->judgement;
    buffer_add_byte(out, '{');
    if (j->id)
        json_member_u64(out, "judgement", j->id);
    json_member(out, "source", j->source);
    json_member(out, "country", j->country);
    json_member(out, "first_day", page_day(page, j->first_day));
    json_member(out, "last_day", page_day(page, j->last_day));
    json_member(out, "shape", load_shape_name(j->shape));
    json_member_number(out, "shift_days", j->shift_days);
    json_member_number(out, "shift_months", j->shift_months);
    json_member(out, "copied_from", j->copied_from);
    json_member_u64(out, "times", j->times);
    json_member_u64(out, "rows", j->n_rows);
    json_member_u64(out, "surplus", j->n_surplus);
    json_member_number(out, "surplus_amount_base", surplus_amount(load, dimension));
    json_member_number(out, "confidence", j->confidence);
    json_member(out, "why", j->why);
    json_name(out, "evidence");
    if (j->evidence.len)
        buffer_add_slice(out, j->evidence);
    else
        buffer_add_string(out, "null");
    buffer_add_byte(out, '}');
}

void about_loads_json(
    struct page *page, const struct about_loads *loads, uint32_t leading_dimension, struct buffer *out)
{
    json_name(out, "loads");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < loads->n; i++) {
        buffer_add_string(out, i ? "," : "");
        load_json(page, &loads->at[i], leading_dimension, out);
    }
    buffer_add_byte(out, ']');
}
