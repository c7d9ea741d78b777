/* link.c - addresses of pages: always the canonical query, so that equal views have equal addresses. */
#include "page/page.h"

#include <math.h>

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~:", c) != NULL;
}

struct slice page_encode(struct page *page, struct slice text)
{
    static const char HEX[] = "0123456789ABCDEF";
    char *to = arena_alloc(page->arena, text.len * 3 + 1);
    size_t n = 0;
    if (!to)
        return SLICE_EMPTY;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c && is_plain((char)c)) {
            to[n++] = (char)c;
            continue;
        }
        to[n++] = '%';
        to[n++] = HEX[c >> 4];
        to[n++] = HEX[c & 15];
    }
    to[n] = '\0';
    return slice_of(to, n);
}

static void add_own(struct buffer *text, struct slice own)
{
    if (own.len && text->len)
        buffer_add_byte(text, '&');
    buffer_add_slice(text, own);
}

static struct slice with_query(
    struct page *page, const char *path, const struct query *query, int without, const char *extra, struct slice own)
{
    struct buffer text;
    buffer_init(&text, HTTP_MOST_URI * 4);
    query_format(query, page->domain, without, extra, &text);
    add_own(&text, own);
    struct slice address =
        page_format_text(page, text.len ? "%s?%.*s" : "%s%.*s", path, SLICE_ARG(buffer_slice(&text)));
    buffer_release(&text);
    return address;
}

struct slice page_address(struct page *page, const char *path, int without, const char *extra)
{
    struct query first = page->query;
    bool is_here = page->route && strcmp(path, page->route->pattern) == 0;
    first.after = 0;
    return with_query(page, path, &first, without, extra, is_here ? page->own : SLICE_EMPTY);
}

/* ---- what is the page's own ------------------------------------------------------------------------------------ */

struct slice page_own(struct page *page, const char *key)
{
    struct slice rest = page->own, found = SLICE_EMPTY;
    while (rest.len) {
        struct slice value = slice_cut(&rest, '&'), decoded;
        if (!slice_is(slice_cut(&value, '='), key) || !value.len || !http_decode(value, true, page->arena, &decoded))
            continue;
        found = found.len ? page_format_text(page, "%.*s,%.*s", SLICE_ARG(found), SLICE_ARG(decoded)) : decoded;
    }
    return found;
}

struct slice page_with_own(struct page *page, const char *key, const char *value)
{
    struct slice rest = page->own;
    struct query first = page->query;
    struct buffer own;
    first.after = 0;
    buffer_init(&own, HTTP_MOST_URI * 4);
    while (rest.len) {
        struct slice pair = slice_cut(&rest, '&'), name = pair;
        if (!slice_is(slice_cut(&name, '='), key))
            add_own(&own, pair);
    }
    if (value)
        buffer_format(&own, own.len ? "&%s=%s" : "%s=%s", key, value);
    struct slice address = with_query(page, page->route->pattern, &first, -1, NULL, buffer_slice(&own));
    buffer_release(&own);
    return address;
}

/* This page's path; the first page is "/situation" where a suffix is to follow. */
static const char *own_path(struct page *page, const char *suffix)
{
    bool is_first = slice_is(page->path, "/") && suffix[0];
    return page_format_text(page, "%.*s%s", SLICE_ARG(is_first ? SLICE("/situation") : page->path), suffix).ptr;
}

struct slice page_here(struct page *page, const char *suffix)
{
    const char *path = own_path(page, suffix);
    return with_query(page, path ? path : "/", &page->query, -1, NULL, page->own);
}

struct slice page_in_language(struct page *page, const char *extra)
{
    const char *path = own_path(page, "");
    return page_address(page, path ? path : "/", -1, extra);
}

struct slice page_home(struct page *page)
{
    if (!page->domain || page->query.language < 0)
        return SLICE("/");
    return page_format_text(page, "/?lang=%s", language_code(page->query.language));
}

struct slice page_toggle(struct page *page, const char *path, struct slice key, struct slice value)
{
    struct buffer text;
    buffer_init(&text, HTTP_MOST_URI * 4);
    query_toggle(&page->query, page->domain, key, value, &text);
    struct slice address =
        page_format_text(page, text.len ? "%s?%.*s" : "%s%.*s", path, SLICE_ARG(buffer_slice(&text)));
    buffer_release(&text);
    return address;
}

struct slice page_entity_address(struct page *page, uint64_t entity)
{
    int language = page->query.language;
    return language < 0
               ? page_format_text(page, "/entity/%llu", (unsigned long long)entity)
               : page_format_text(page, "/entity/%llu?lang=%s", (unsigned long long)entity, language_code(language));
}

/* ---- terms ---------------------------------------------------------------------------------------------------- */

int page_term_of(const struct page *page, struct slice key)
{
    int found = -1;
    struct buffer text;
    buffer_init(&text, 1024);
    for (size_t i = 0; i < page->query.n_terms && found < 0; i++) {
        buffer_clear(&text);
        query_term_key(&page->query.terms[i], page->domain, &text);
        if (slice_equal(buffer_slice(&text), key))
            found = (int)i;
    }
    buffer_release(&text);
    return found;
}

static struct slice range_end(
    struct page *page, const struct query_term *term, const struct query_match *match, double end)
{
    if (isinf(end))
        return SLICE("…");
    if (term->key == QUERY_FIELD && page->domain->fields[term->field].spec.type == VALUE_DATE)
        return page_day(page, (int32_t)end);
    if (term->key == QUERY_FIELD && page->domain->fields[term->field].spec.type == VALUE_QUANTITY)
        return page_amount(page, match->dimension, end);
    return page_decimal(page, end);
}

static struct slice source_title(const struct page *page, struct slice code)
{
    const struct mentions *mentions = &page->snapshot->mentions;
    for (size_t i = 0; i < mentions->n_sources; i++)
        if (slice_equal(mentions->sources[i].code, code))
            return mentions->sources[i].title;
    return code;
}

static struct slice field_label(struct page *page, const struct query_term *term, const struct query_match *match)
{
    int language = page->catalogue.language;
    const struct value_spec *spec = &page->domain->fields[term->field].spec;
    uint32_t code = match->code;
    if (term->part == PART_SETTLEMENT)
        return settlement_label(spec->gazetteer, (uint32_t)match->id, language);
    if (code == UINT32_MAX)
        return SLICE_EMPTY;
    if (term->part == PART_PRECISION)
        return slice_from(tr(&page->catalogue, value_precision_name(spec->type, code)));
    if (spec->type == VALUE_CONCEPT)
        return concept_label(spec->concepts, code, language);
    if (spec->type == VALUE_CATEGORY)
        return category_label(spec->categories, code, language);
    if ((spec->type == VALUE_COUNTRY || term->part == PART_COUNTRY) && code & QUERY_REGION)
        return region_label(spec->countries, (uint16_t)code, language);
    if (spec->type == VALUE_COUNTRY || term->part == PART_COUNTRY)
        return country_label(spec->countries, (uint16_t)code, language);
    if (term->part == PART_SUBDIVISION)
        return subdivision_label(spec->gazetteer, (uint16_t)code, language);
    return SLICE_EMPTY;
}

static struct slice code_label(struct page *page, const struct query_term *term, const struct query_match *match)
{
    if (term->key == QUERY_FIELD)
        return field_label(page, term, match);
    if (term->key == QUERY_SOURCE)
        return source_title(page, match->text);
    if (term->key == QUERY_DOUBTFUL && match->code < N_DOUBTS)
        return slice_from(page_doubt_label(page, (enum doubt)match->code));
    return SLICE_EMPTY;
}

static struct slice match_text(struct page *page, const struct query_term *term, const struct query_match *match)
{
    const struct catalogue *c = &page->catalogue;
    struct slice text;
    if (match->is_unknown) {
        text = slice_from(tr(c, "unknown"));
    } else if (match->is_range) {
        struct slice least = range_end(page, term, match, match->least),
                     most = range_end(page, term, match, match->most);
        text =
            slice_equal(least, most) ? least : page_format_text(page, "%.*s – %.*s", SLICE_ARG(least), SLICE_ARG(most));
    } else {
        text = code_label(page, term, match);
        text = text.len ? text : match->text.len ? match->text : match->canonical;
    }
    if (!match->is_negated)
        return text;
    return page_sentence_n(page, tr(c, "not {value}"), &(struct say){"value", text, SLICE_EMPTY}, 1);
}

static struct slice key_label(struct page *page, const struct query_term *term)
{
    const struct catalogue *c = &page->catalogue;
    switch (term->key) {
    case QUERY_SOURCE:
        return slice_from(tr(c, "Source"));
    case QUERY_ID:
        return slice_from(tr(c, "Id"));
    case QUERY_BBOX:
        return slice_from(tr(c, "Area"));
    case QUERY_TEXT:
        return slice_from(tr(c, "Text"));
    case QUERY_DOUBTFUL:
        return slice_from(tr(c, "Doubtful"));
    case QUERY_FIELD:
        break;
    }
    return page_field_label(page, term->field);
}

struct slice page_term_text(struct page *page, const struct query_term *term)
{
    struct slice key = key_label(page, term);
    if (term->key == QUERY_BBOX)
        return page_format_text(page, "%.*s: %.1f, %.1f – %.1f, %.1f", SLICE_ARG(key), page->query.south,
            page->query.west, page->query.north, page->query.east);
    struct slice *parts = ARENA_ARRAY(page->arena, struct slice, term->n_matches + 1);
    if (!parts)
        return key;
    for (size_t i = 0; i < term->n_matches; i++)
        parts[i] = match_text(page, term, &term->matches[i]);
    struct slice values =
        page_joined(page, parts, term->n_matches, page->catalogue.language == LANGUAGE_AR ? "، " : ", ");
    return page_format_text(page, "%.*s: %.*s", SLICE_ARG(key), SLICE_ARG(values));
}
