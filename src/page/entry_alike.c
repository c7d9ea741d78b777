/* Records that look like what is being typed in: why, and what one says of each. */
#include "base/error.h"
#include "flow/alike.h"
#include "page/entries.h"
#include "page/fields.h"
#include "page/part.h"

#include <math.h>
#include <stdio.h>

/* Lines that are asked about at once: each costs some milliseconds. */
enum { SHOWN_REASONS = 6, MOST_ASKED = 12 };

static const char *const said[] = {"", ENTRY_SAME, ENTRY_PART, ENTRY_DIFFERENT};
static const char *const said_labels[] = {
    TELL("Not decided"), TELL("The same event"), TELL("Part of the same case"), TELL("Another event")};

/* ---- why -------------------------------------------------------------------------------------------------------- */

static const char *sign(double bits)
{
    return bits > 0.5 ? "+" : bits < -0.5 ? "−" : "·";
}

static void reason(struct page *page, const struct entry_part *part, const struct alike *alike, int field, double bits)
{
    struct html *h = &page->html;
    const struct value *other = mention_value(&page->snapshot->mentions, alike->mention, field);
    html_open(h, "tr");
    html_open(h, "th");
    html_attr(h, "scope", "row");
    html_text(h, page_field_label(page, field));
    html_close(h, "th");
    html_leaf(h, "td", NULL, page_value(page, field, &part->values[field]));
    html_leaf(h, "td", NULL, page_value(page, field, other));
    html_leaf(h, "td", "number", slice_from(sign(bits)));
    html_close(h, "tr");
}

/* Without a model, what records are told apart by. */
static void plain_reasons(struct page *page, const struct entry_part *part, const struct alike *alike)
{
    const struct domain *d = page->domain;
    const int fields[] = {d->when, d->where, d->what, d->how_much};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (fields[i] >= 0)
            reason(page, part, alike, fields[i], 0);
}

static void reasons(struct page *page, const struct entry_part *part, const struct alike *alike)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const char *const names[] = {tr(c, "Field"), tr(c, "Here"), tr(c, "There"), tr(c, "For or against")};
    html_open(h, "table");
    part_table_head(page, names, 4, 3);
    html_open(h, "tbody");
    for (size_t i = 0; i < alike->n_reasons && i < SHOWN_REASONS; i++)
        reason(page, part, alike, alike->reasons[i].field, alike->reasons[i].bits);
    if (!alike->n_reasons)
        plain_reasons(page, part, alike);
    html_close(h, "tbody");
    html_close(h, "table");
}

/* ---- what one says ---------------------------------------------------------------------------------------------- */

static void choices(struct page *page, const struct draft *draft, const char *key)
{
    struct html *h = &page->html;
    struct slice chosen = entry_text(&draft->content, slice_from(key));
    html_open(h, "div");
    html_attr(h, "class", "choices");
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        html_open(h, "label");
        html_attr(h, "class", "check");
        html_void(h, "input");
        html_attr(h, "type", "radio");
        html_attr(h, "name", key);
        html_attr(h, "value", said[i]);
        if (slice_is(chosen, said[i]))
            html_flag(h, "checked");
        html_string(h, tr(&page->catalogue, said_labels[i]));
        html_close(h, "label");
    }
    html_close(h, "div");
}

static void one(struct page *page, const struct draft *draft, const struct entry_part *part, const struct alike *alike,
    const char *key)
{
    struct html *h = &page->html;
    html_open(h, "fieldset");
    html_attr(h, "class", "alike");
    html_open(h, "legend");
    html_open(h, "a");
    html_link(h, "href", page_entity_address(page, alike->entity));
    html_text(h, list_title(page, page->snapshot->resolution.of_mention[alike->mention]));
    html_close(h, "a");
    if (!isnan(alike->probability)) {
        html_string(h, " ");
        html_open(h, "span");
        html_attr(h, "class", "flag");
        page_say(page, tr(&page->catalogue, "probably the same: {share}"),
            {"share", page_percent(page, alike->probability), SLICE_EMPTY});
        html_close(h, "span");
    }
    html_close(h, "legend");
    reasons(page, part, alike);
    choices(page, draft, key);
    html_close(h, "fieldset");
}

static bool mention_of(const struct page *page, uint64_t id, size_t *mention)
{
    const struct mentions *mentions = &page->snapshot->mentions;
    for (size_t i = 0; i < mentions->n; i++)
        if (mentions->id[i] == id) {
            *mention = i;
            return true;
        }
    return false;
}

struct rendered {
    char keys[FORM_MOST_LINES * ALIKE_MOST][32];
    size_t n;
};

static bool is_rendered(const struct rendered *rendered, struct slice key)
{
    for (size_t i = 0; i < rendered->n; i++)
        if (slice_is(key, rendered->keys[i]))
            return true;
    return false;
}

/* What was said of a record that does not look alike any more, or that this reader's records hold otherwise: it stays
 * said until somebody says something else. */
static void said_before(struct page *page, const struct draft *draft, const struct rendered *rendered)
{
    struct html *h = &page->html;
    for (size_t i = 0; i < draft->content.n; i++) {
        unsigned line;
        uint64_t id;
        size_t mention;
        struct slice key = draft->content.cells[i].key;
        if (!entry_alike(key, &line, &id) || is_rendered(rendered, key))
            continue;
        html_open(h, "fieldset");
        html_attr(h, "class", "alike");
        html_open(h, "legend");
        if (page->snapshot && mention_of(page, id, &mention))
            html_text(h, list_title(page, page->snapshot->resolution.of_mention[mention]));
        else
            html_format(h, "%llu", (unsigned long long)id);
        html_close(h, "legend");
        choices(page, draft, arena_string(page->arena, key));
        html_close(h, "fieldset");
    }
}

static enum comity_status of_part(struct page *page, const struct draft *draft, const struct entry_part *part,
    struct rendered *rendered, struct comity_error *err)
{
    struct alike alike[ALIKE_MOST];
    size_t n;
    struct alike_asking asking = {.values = part->values, .unit = draft->entry.unit, .entry = draft->entry.id};
    enum comity_status status = desk_alike(page->snapshot, &asking, page->arena, alike, &n, err);
    for (size_t i = 0; status == COMITY_OK && i < n; i++) {
        char *key = rendered->keys[rendered->n++];
        snprintf(key, sizeof rendered->keys[0], ENTRY_ALIKE "%u.%llu", part->line, (unsigned long long)alike[i].id);
        one(page, draft, part, &alike[i], key);
    }
    return status;
}

enum comity_status entry_alike_section(struct page *page, const struct draft *draft, struct comity_error *err)
{
    struct html *h = &page->html;
    struct rendered *rendered = ARENA_NEW(page->arena, struct rendered);
    enum comity_status status = rendered ? COMITY_OK : error_nomem(err);
    if (status != COMITY_OK)
        return status;
    html_open(h, "section");
    html_attr(h, "id", "alike");
    html_attr(h, "aria-labelledby", "alike-heading");
    html_open(h, "h2");
    html_attr(h, "id", "alike-heading");
    html_string(h, tr(&page->catalogue, "Records that may tell of the same event"));
    html_close(h, "h2");
    for (size_t i = 0; page->snapshot && status == COMITY_OK && i < draft->reading.n_parts && i < MOST_ASKED; i++)
        status = of_part(page, draft, &draft->reading.parts[i], rendered, err);
    said_before(page, draft, rendered);
    if (!rendered->n)
        html_leaf(h, "p", NULL,
            slice_from(page->snapshot ? tr(&page->catalogue, "None was found.")
                                      : tr(&page->catalogue, "The records are being read; look again in a moment.")));
    html_close(h, "section");
    return status;
}

/* ---- afterwards ------------------------------------------------------------------------------------------------- */

void entry_alike_told(struct page *page, const struct draft *draft)
{
    struct html *h = &page->html;
    for (size_t i = 0; page->snapshot && i < draft->content.n; i++) {
        unsigned line;
        uint64_t id;
        size_t mention;
        if (!entry_alike(draft->content.cells[i].key, &line, &id))
            continue;
        html_open(h, "p");
        for (size_t s = 1; s < sizeof said / sizeof *said; s++)
            if (slice_is(draft->content.cells[i].text, said[s]))
                html_string(h, tr(&page->catalogue, said_labels[s]));
        html_string(h, ": ");
        if (mention_of(page, id, &mention)) {
            uint32_t index = page->snapshot->resolution.of_mention[mention];
            part_link(
                page, page_entity_address(page, page->snapshot->resolution.entity[index]), list_title(page, index));
        }
        html_close(h, "p");
    }
}
