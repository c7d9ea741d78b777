/* quality.c - how well each source tells: how far it agrees with the others, how complete and how doubtful it is. */
#include "page/quality.h"

#include "base/error.h"
#include "base/json.h"
#include "page/part.h"

#include <math.h>

uint32_t quality_source(const struct page *page, struct slice code)
{
    const struct mentions *mentions = &page->snapshot->mentions;
    for (uint32_t i = 0; i < mentions->n_sources; i++)
        if (slice_equal(mentions->sources[i].code, code))
            return i;
    return UINT32_MAX;
}

static struct slice source_code(const struct page *page, uint32_t source)
{
    return page->snapshot->mentions.sources[source].code;
}

static double shared_share(const struct source_quality *source)
{
    return quality_share(source->n_shared, source->n_mentions);
}

/* ---- HTML ------------------------------------------------------------------------------------------------------ */

void quality_terms(struct page *page, const struct quality *quality, uint32_t source)
{
    const struct catalogue *c = &page->catalogue;
    if (source == UINT32_MAX)
        return;
    const struct source_quality *q = &quality->sources[source];
    part_term(page, tr(c, "Fields told"), page_percent(page, quality_told_share(quality, source)));
    part_term(page, tr(c, "Doubtful of these"), page_percent(page, quality_doubtful_share(quality, source)));
    part_term(page, tr(c, "Not placed"), page_percent(page, quality_share(q->n_not_placed, q->n_mentions)));
    part_term(page, tr(c, "Told by others too"), page_percent(page, shared_share(q)));
}

static void source_cell(struct page *page, uint32_t source, const char *element)
{
    struct html *h = &page->html;
    html_open(h, element);
    if (element[1] == 'h')
        html_attr(h, "scope", "row");
    html_name(h, source_code(page, source));
    html_close(h, element);
}

static void percent_cell(struct page *page, double share)
{
    struct html *h = &page->html;
    html_open(h, "td");
    html_attr(h, "class", "number");
    html_name(h, page_percent(page, share));
    html_close(h, "td");
}

/* A share, and of how many. */
static void share_cell(struct page *page, uint64_t n, uint64_t of)
{
    struct html *h = &page->html;
    html_open(h, "td");
    html_attr(h, "class", "number");
    html_name(h, page_percent(page, quality_share(n, of)));
    if (of) {
        html_string(h, " ");
        html_open(h, "small");
        page_say(page, tr(&page->catalogue, "of {n}"), {"n", page_number(page, of), SLICE_EMPTY});
        html_close(h, "small");
    }
    html_close(h, "td");
}

static const char *label_of(struct page *page, int field)
{
    const char *label = arena_string(page->arena, page_field_label(page, field));
    return label ? label : "";
}

static void accord_cells(struct page *page, const struct quality *quality, const struct accord *accords)
{
    for (unsigned t = 0; t < quality->n_topics; t++)
        share_cell(page, accords[t].n_alike, accords[t].n_both);
}

static struct slice pair_address(struct page *page, const struct source_pair *pair)
{
    struct slice a = page_encode(page, source_code(page, pair->a)), b = page_encode(page, source_code(page, pair->b));
    struct slice language = page->query.language < 0
                                ? SLICE_EMPTY
                                : page_format_text(page, "&lang=%s", language_code(page->query.language));
    return page_format_text(
        page, "/records?source=%.*s&source=%.*s%.*s", SLICE_ARG(a), SLICE_ARG(b), SLICE_ARG(language));
}

static void pair_row(struct page *page, const struct quality *quality, const struct source_pair *pair)
{
    struct html *h = &page->html;
    html_open(h, "tr");
    source_cell(page, pair->a, "th");
    source_cell(page, pair->b, "td");
    html_open(h, "td");
    html_attr(h, "class", "number");
    part_link(page, pair_address(page, pair), page_number(page, pair->n_entities));
    html_close(h, "td");
    accord_cells(page, quality, pair->accords);
    html_close(h, "tr");
}

void quality_pairs(struct page *page, const struct quality *quality)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const char *names[LINK_MOST_COMPARISONS + 3] = {tr(c, "Source"), tr(c, "Other source"), tr(c, "Told by both")};
    for (unsigned t = 0; t < quality->n_topics; t++)
        names[3 + t] = label_of(page, quality->topics[t].field);
    part_section(page, "agreement", tr(c, "Agreement with others"));
    html_leaf(h, "p", "note",
        slice_from(quality->n_pairs
                       ? tr(c, "Of what two sources both tell of: how often their values do not contradict each "
                               "other. Links were made of the same values, so a low share tells more than a high one.")
                       : tr(c, "No two sources tell of the same event.")));
    if (quality->n_pairs) {
        part_table_begin(page, "agreement-heading", "coverage");
        part_table_head(page, names, 3 + quality->n_topics, 2);
        html_open(h, "tbody");
        for (size_t i = 0; i < quality->n_pairs; i++)
            pair_row(page, quality, &quality->pairs[i]);
        part_table_end(page);
    }
    html_close(h, "section");
}

/* The same with each source's mentions, whoever the others are. */
static void agreement_by_source(struct page *page, const struct quality *quality)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const char *names[LINK_MOST_COMPARISONS + 3] = {tr(c, "Source"), tr(c, "Rows"), tr(c, "Told by others too")};
    for (unsigned t = 0; t < quality->n_topics; t++)
        names[3 + t] = label_of(page, quality->topics[t].field);
    part_section(page, "shared", tr(c, "Agreement by source"));
    html_leaf(h, "p", "note",
        slice_from(tr(c, "Rows that tell of an event that another source tells of too, and how many of them agree with "
                         "at least one other.")));
    part_table_begin(page, "shared-heading", "coverage");
    part_table_head(page, names, 3 + quality->n_topics, 1);
    html_open(h, "tbody");
    for (uint32_t s = 0; s < quality->n_sources; s++) {
        const struct source_quality *source = &quality->sources[s];
        html_open(h, "tr");
        source_cell(page, s, "th");
        html_leaf(h, "td", "number", page_number(page, source->n_mentions));
        share_cell(page, source->n_shared, source->n_mentions);
        accord_cells(page, quality, source->accords);
        html_close(h, "tr");
    }
    part_table_end(page);
    html_close(h, "section");
}

/* Of each field that counts: told of the rows, or doubtful of what was told. */
static void field_table(
    struct page *page, const struct quality *quality, const char *id, const char *note, bool is_of_doubts)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const char *names[DOMAIN_MOST_FIELDS + 2] = {tr(c, "Source"), tr(c, "All")};
    size_t n = 2;
    for (size_t f = 0; f < page->domain->n_fields; f++)
        if (quality_counts(&page->domain->fields[f]))
            names[n++] = label_of(page, (int)f);
    html_leaf(h, "p", "note", slice_from(note));
    part_table_begin(page, id, "coverage");
    part_table_head(page, names, n, 1);
    html_open(h, "tbody");
    for (uint32_t s = 0; s < quality->n_sources; s++) {
        const struct source_quality *source = &quality->sources[s];
        double all = is_of_doubts ? quality_doubtful_share(quality, s) : quality_told_share(quality, s);
        html_open(h, "tr");
        source_cell(page, s, "th");
        percent_cell(page, all);
        for (size_t f = 0; f < page->domain->n_fields; f++) {
            const struct field_quality *field = &source->fields[f];
            double share = is_of_doubts ? quality_share(field->n_doubtful, field->n_told)
                                        : quality_share(field->n_told, source->n_mentions);
            if (quality_counts(&page->domain->fields[f]))
                percent_cell(page, share);
        }
        html_close(h, "tr");
    }
    part_table_end(page);
}

static void places(struct page *page, const struct quality *quality)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const char *const names[] = {tr(c, "Source"), tr(c, "At a point"), tr(c, "In an area only"), tr(c, "Not placed")};
    part_section(page, "places", tr(c, "Where it is placed"));
    part_table_begin(page, "places-heading", "coverage");
    part_table_head(page, names, 4, 1);
    html_open(h, "tbody");
    for (uint32_t s = 0; s < quality->n_sources; s++) {
        const struct source_quality *source = &quality->sources[s];
        uint64_t n[] = {
            source->n_mentions - source->n_in_area - source->n_not_placed, source->n_in_area, source->n_not_placed};
        html_open(h, "tr");
        source_cell(page, s, "th");
        for (size_t i = 0; i < 3; i++)
            percent_cell(page, quality_share(n[i], source->n_mentions));
        html_close(h, "tr");
    }
    part_table_end(page);
    html_close(h, "section");
}

static void write_html(struct page *page, const struct quality *quality)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    struct slice title = slice_from(tr(c, page->route->title));
    frame_begin(page, title);
    html_leaf(h, "h1", NULL, title);
    quality_pairs(page, quality);
    agreement_by_source(page, quality);
    part_section(page, "told", tr(c, "How complete"));
    field_table(page, quality, "told-heading",
        tr(c, "The share of the rows that tell a field. A text that could not be read was told."), false);
    html_close(h, "section");
    part_section(page, "doubtful", tr(c, "How doubtful"));
    field_table(page, quality, "doubtful-heading",
        tr(c, "Of what was told: texts that could not be read or could be read in several ways, and amounts of an "
              "unlikely magnitude."),
        true);
    html_close(h, "section");
    if (page->domain->where >= 0 || page->domain->country >= 0)
        places(page, quality);
    frame_exports(page);
    frame_end(page);
}

/* ---- twins ----------------------------------------------------------------------------------------------------- */

static void accords_json(const struct quality *quality, const struct accord *accords, struct buffer *out)
{
    json_name(out, "agreement");
    buffer_add_byte(out, '{');
    for (unsigned t = 0; t < quality->n_topics; t++) {
        struct slice id = quality->domain->fields[quality->topics[t].field].id;
        buffer_add_string(out, t ? "," : "");
        json_text(out, id);
        buffer_format(out, ":{\"both\":%llu,\"alike\":%llu}", (unsigned long long)accords[t].n_both,
            (unsigned long long)accords[t].n_alike);
    }
    buffer_add_byte(out, '}');
}

static void fields_json(const struct quality *quality, const struct source_quality *source, struct buffer *out)
{
    bool is_first = true;
    json_name(out, "fields");
    buffer_add_byte(out, '{');
    for (size_t f = 0; f < quality->domain->n_fields; f++) {
        if (!quality_counts(&quality->domain->fields[f]))
            continue;
        buffer_add_string(out, is_first ? "" : ",");
        json_text(out, quality->domain->fields[f].id);
        buffer_format(out, ":{\"told\":%llu,\"doubtful\":%llu}", (unsigned long long)source->fields[f].n_told,
            (unsigned long long)source->fields[f].n_doubtful);
        is_first = false;
    }
    buffer_add_byte(out, '}');
}

void quality_source_json(const struct quality *quality, uint32_t source, struct buffer *out)
{
    const struct source_quality *q = &quality->sources[source];
    json_member_u64(out, "told", q->all.n_told);
    json_member_u64(out, "told_of", q->n_mentions * quality->n_counted);
    json_member_u64(out, "doubtful", q->all.n_doubtful);
    json_member_u64(out, "in_area", q->n_in_area);
    json_member_u64(out, "not_placed", q->n_not_placed);
    json_member_u64(out, "shared", q->n_shared);
    fields_json(quality, q, out);
    accords_json(quality, q->accords, out);
}

void quality_pairs_json(struct page *page, const struct quality *quality, struct buffer *out)
{
    json_name(out, "pairs");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < quality->n_pairs; i++) {
        const struct source_pair *pair = &quality->pairs[i];
        struct slice a = source_code(page, pair->a), b = source_code(page, pair->b);
        buffer_add_string(out, i ? ",{" : "{");
        json_member(out, "source", a);
        json_member(out, "other", b);
        json_member_u64(out, "entities", pair->n_entities);
        json_member(out, "query",
            page_format_text(
                page, "source=%.*s&source=%.*s", SLICE_ARG(page_encode(page, a)), SLICE_ARG(page_encode(page, b))));
        accords_json(quality, pair->accords, out);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
}

static void write_json(struct page *page, const struct quality *quality)
{
    struct buffer *out = &page->response->body;
    page->response->type = "application/json; charset=utf-8";
    buffer_add_byte(out, '{');
    if (page_is_simulated(page))
        json_member(out, "notice", page_simulated_note(page));
    json_member_u64(out, "sequence", page->snapshot->sequence);
    json_name(out, "sources");
    buffer_add_byte(out, '[');
    for (uint32_t s = 0; s < quality->n_sources; s++) {
        buffer_add_string(out, s ? ",{" : "{");
        json_member(out, "code", source_code(page, s));
        json_member_u64(out, "mentions", quality->sources[s].n_mentions);
        quality_source_json(quality, s, out);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
    quality_pairs_json(page, quality, out);
    buffer_add_string(out, "}\n");
}

static void csv_line(struct page *page, struct slice source, struct slice other, struct slice field,
    const char *measure, uint64_t n, uint64_t of)
{
    struct buffer *out = &page->response->body;
    const struct slice cells[] = {source, other, field, slice_from(measure),
        page_format_text(page, "%llu", (unsigned long long)n), page_format_text(page, "%llu", (unsigned long long)of)};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        part_csv_cell(out, cells[i], i + 1 == sizeof cells / sizeof *cells);
}

static void csv_accords(struct page *page, const struct quality *quality, struct slice source, struct slice other,
    const struct accord *accords)
{
    for (unsigned t = 0; t < quality->n_topics; t++)
        csv_line(page, source, other, quality->domain->fields[quality->topics[t].field].id, "alike", accords[t].n_alike,
            accords[t].n_both);
}

/* One long table: a line for each measure of a source, of a field of a source, or of two sources. */
static void write_csv(struct page *page, const struct quality *quality)
{
    const struct domain *domain = quality->domain;
    page->response->type = "text/csv; charset=utf-8";
    page->response->file_name = "quality.csv";
    buffer_add_string(&page->response->body, "source,other,field,measure,n,of\r\n");
    for (uint32_t s = 0; s < quality->n_sources; s++) {
        const struct source_quality *q = &quality->sources[s];
        struct slice code = source_code(page, s);
        for (size_t f = 0; f < domain->n_fields; f++)
            if (quality_counts(&domain->fields[f])) {
                csv_line(page, code, SLICE_EMPTY, domain->fields[f].id, "told", q->fields[f].n_told, q->n_mentions);
                csv_line(page, code, SLICE_EMPTY, domain->fields[f].id, "doubtful", q->fields[f].n_doubtful,
                    q->fields[f].n_told);
            }
        csv_line(page, code, SLICE_EMPTY, SLICE_EMPTY, "in-area", q->n_in_area, q->n_mentions);
        csv_line(page, code, SLICE_EMPTY, SLICE_EMPTY, "not-placed", q->n_not_placed, q->n_mentions);
        csv_line(page, code, SLICE_EMPTY, SLICE_EMPTY, "shared", q->n_shared, q->n_mentions);
        csv_accords(page, quality, code, SLICE_EMPTY, q->accords);
    }
    for (size_t i = 0; i < quality->n_pairs; i++) {
        const struct source_pair *pair = &quality->pairs[i];
        struct slice a = source_code(page, pair->a), b = source_code(page, pair->b);
        csv_line(page, a, b, SLICE_EMPTY, "both", pair->n_entities, pair->n_entities);
        csv_accords(page, quality, a, b, pair->accords);
    }
}

enum comity_status page_quality(struct page *page, struct comity_error *err)
{
    const struct quality *quality;
    enum comity_status status = snapshot_quality(page->snapshot, &page->reader, &quality, err);
    if (status != COMITY_OK)
        return status;
    if (page->format == PAGE_JSON)
        write_json(page, quality);
    else if (page->format == PAGE_CSV)
        write_csv(page, quality);
    else
        write_html(page, quality);
    return COMITY_OK;
}
