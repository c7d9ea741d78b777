/* query.c - from text to terms: decodes, cuts into terms and alternatives, reads the presentation keys.
 *
 * The text is decoded once, each byte with the column it came from and whether it was percent-encoded: `&` and `=`
 * separate only where they stand plain, as in every HTML form, whereas commas, quotes and ranges count either way,
 * because browsers encode them when a form is sent.
 */
#include "view/query_read.h"

#include "base/array.h"
#include "base/error.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct decoded {
    char *bytes;
    uint32_t *columns; /* len + 1 */
    bool *was_encoded;
    size_t len;
};

struct parser {
    struct query_context context;
    struct query *query;
    struct decoded text;
    struct query_term *terms; /* growing; malloc */
    size_t n_terms, room_terms, n_alternatives;
    struct comity_error *err;
};

const char *doubt_word(enum doubt doubt)
{
    static const char *const words[] = {
#define X(symbol, word, meaning) word,
        DOUBT_TABLE(X)
#undef X
    };
    return words[doubt];
}

const char *doubt_meaning(enum doubt doubt)
{
    static const char *const meanings[] = {
#define X(symbol, word, meaning) meaning,
        DOUBT_TABLE(X)
#undef X
    };
    return meanings[doubt];
}

const char *shown_word(enum shown_key key)
{
    static const char *const words[] = {
#define X(symbol, word, meaning) word,
        SHOWN_TABLE(X)
#undef X
    };
    return words[key];
}

const char *shown_meaning(enum shown_key key)
{
    static const char *const meanings[] = {
#define X(symbol, word, meaning) meaning,
        SHOWN_TABLE(X)
#undef X
    };
    return meanings[key];
}

const char *sort_word(enum query_sort sort)
{
    static const char *const words[] = {"newest", "oldest", "largest"};
    return words[sort];
}

enum comity_status query_fault(struct comity_error *err, uint32_t column, const char *format, ...)
{
    char message[400];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    error_set(err, COMITY_SYNTAX, "%s", message);
    error_at(err, "query", 1, column);
    return COMITY_SYNTAX;
}

/* ---- decoding ------------------------------------------------------------------------------------------------ */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The length of the well-formed UTF-8 sequence at the start, 0 when there is none (RFC 3629). */
static size_t utf8_length(const unsigned char *s, size_t len)
{
    if (s[0] < 0x80)
        return 1;
    size_t n = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    if (s[0] < 0xC2 || s[0] > 0xF4 || n > len)
        return 0;
    unsigned char least = s[0] == 0xE0 ? 0xA0 : s[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char most = s[0] == 0xED ? 0x9F : s[0] == 0xF4 ? 0x8F : 0xBF;
    if (s[1] < least || s[1] > most)
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    return n;
}

static enum comity_status check_bytes(const struct decoded *text, struct comity_error *err)
{
    for (size_t i = 0; i < text->len;) {
        size_t n = utf8_length((const unsigned char *)text->bytes + i, text->len - i);
        if (n == 0)
            return query_fault(err, text->columns[i], "the query is not UTF-8");
        if ((unsigned char)text->bytes[i] < 0x20 || text->bytes[i] == 0x7F)
            return query_fault(err, text->columns[i], "control character in the query");
        i += n;
    }
    return COMITY_OK;
}

static enum comity_status decode(struct parser *parser, struct slice text)
{
    struct decoded *out = &parser->text;
    out->bytes = arena_alloc(parser->context.arena, text.len + 1);
    out->columns = arena_alloc(parser->context.arena, (text.len + 1) * sizeof *out->columns);
    out->was_encoded = arena_alloc(parser->context.arena, text.len + 1);
    if (!out->bytes || !out->columns || !out->was_encoded)
        return error_nomem(parser->err);
    for (size_t i = 0; i < text.len; i++) {
        out->columns[out->len] = (uint32_t)i + 1;
        out->was_encoded[out->len] = text.ptr[i] == '%';
        char c = text.ptr[i] == '+' ? ' ' : text.ptr[i];
        if (c == '%') {
            int high = i + 2 < text.len ? hex_digit(text.ptr[i + 1]) : -1;
            int low = i + 2 < text.len ? hex_digit(text.ptr[i + 2]) : -1;
            if (high < 0 || low < 0) {
                enum comity_status status =
                    query_fault(parser->err, (uint32_t)i + 1, "'%%' without two hexadecimal digits");
                error_hint(parser->err, "write %%25 for a percent sign");
                return status;
            }
            c = (char)(high * 16 + low);
            i += 2;
        }
        out->bytes[out->len++] = c;
    }
    out->columns[out->len] = (uint32_t)text.len + 1;
    return check_bytes(out, parser->err);
}

/* ---- alternatives -------------------------------------------------------------------------------------------- */

/* The end of a piece that starts at `at`: the next one of the separators outside quotes, or `end`. */
static size_t piece_end(const struct decoded *text, size_t at, size_t end, char separator)
{
    bool is_quoted = false;
    for (; at < end; at++) {
        if (is_quoted && text->bytes[at] == '\\')
            at++;
        else if (text->bytes[at] == '"')
            is_quoted = !is_quoted;
        else if (!is_quoted && text->bytes[at] == separator && (separator == ',' || !text->was_encoded[at]))
            return at;
    }
    return end;
}

static enum comity_status read_quoted(struct parser *parser, size_t at, size_t end, struct query_piece *out)
{
    const struct decoded *text = &parser->text;
    char *bytes = arena_alloc(parser->context.arena, end - at);
    size_t n = 0, start = at++;
    if (!bytes)
        return error_nomem(parser->err);
    for (; at < end && text->bytes[at] != '"'; at++) {
        if (text->bytes[at] == '\\' && at + 1 < end)
            at++;
        bytes[n++] = text->bytes[at];
    }
    if (at >= end) {
        enum comity_status status = query_fault(parser->err, text->columns[start], "a quoted text is not closed");
        error_hint(parser->err, "end it with \"; write \\\" for a quote inside it");
        return status;
    }
    if (at + 1 < end)
        return query_fault(parser->err, text->columns[at + 1], "unexpected '%.*s' behind a quoted text",
            (int)(end - at - 1), text->bytes + at + 1);
    out->text = slice_of(bytes, n);
    out->is_quoted = true;
    return COMITY_OK;
}

static enum comity_status read_piece(struct parser *parser, size_t at, size_t end, struct query_piece *out)
{
    const struct decoded *text = &parser->text;
    while (at < end && text->bytes[at] == ' ')
        at++;
    while (end > at && text->bytes[end - 1] == ' ')
        end--;
    *out = (struct query_piece){.column = text->columns[at]};
    if (at < end && text->bytes[at] == '!') {
        out->is_negated = true;
        at++;
    }
    if (at == end) {
        enum comity_status status = query_fault(parser->err, out->column, "an alternative is empty");
        error_hint(parser->err, "write ? for unknown, or take the comma out");
        return status;
    }
    if (text->bytes[at] == '"')
        return read_quoted(parser, at, end, out);
    out->text = slice_of(text->bytes + at, end - at);
    out->is_unknown = slice_is(out->text, "?");
    return COMITY_OK;
}

static enum comity_status read_matches(
    struct parser *parser, struct query_term *term, uint32_t dimension, size_t at, size_t end)
{
    size_t room = 1;
    for (size_t i = at; i < end; i++)
        room += parser->text.bytes[i] == ',';
    term->matches = ARENA_ARRAY(parser->context.arena, struct query_match, room);
    if (!term->matches)
        return error_nomem(parser->err);
    for (bool is_last = false; !is_last;) {
        size_t stop = piece_end(&parser->text, at, end, ',');
        struct query_piece piece;
        if (++parser->n_alternatives > QUERY_MOST_ALTERNATIVES)
            return query_fault(
                parser->err, parser->text.columns[at], "more than %d alternatives", QUERY_MOST_ALTERNATIVES);
        enum comity_status status = read_piece(parser, at, stop, &piece);
        if (status == COMITY_OK)
            status = query_read_match(
                &parser->context, term, dimension, &piece, &term->matches[term->n_matches], parser->err);
        if (status != COMITY_OK)
            return status;
        term->n_matches++;
        is_last = stop == end;
        at = stop + 1;
    }
    return COMITY_OK;
}

/* ---- keys ---------------------------------------------------------------------------------------------------- */

static enum comity_status unknown_key(struct parser *parser, struct slice key, uint32_t column)
{
    static const char *const fixed[] = {"source", "id", "bbox", "text", "doubtful"};
    struct near near;
    near_init(&near, key);
    for (size_t i = 0; i < parser->context.domain->n_fields; i++)
        near_offer(&near, parser->context.domain->fields[i].id);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        near_offer(&near, slice_from(fixed[i]));
    for (int i = 0; i < N_SHOWN; i++)
        near_offer(&near, slice_from(shown_word((enum shown_key)i)));
    enum comity_status status = query_fault(parser->err, column, "no key '%.*s'", SLICE_ARG(key));
    near_hint(&near, parser->err,
        "keys are the fields of the domain, source, id, bbox, text, doubtful, sort, limit, after, lang, z");
    return status;
}

static enum query_part place_part(struct slice word)
{
    return slice_is(word, "subdivision")  ? PART_SUBDIVISION
           : slice_is(word, "country")    ? PART_COUNTRY
           : slice_is(word, "settlement") ? PART_SETTLEMENT
                                          : PART_WHOLE;
}

static uint32_t find_dimension(const struct unit_table *units, struct slice word)
{
    for (size_t i = 0; units && i < units->n_dimensions; i++)
        if (slice_equal(units->dimensions[i].id, word))
            return (uint32_t)i;
    return UINT32_MAX;
}

static bool has_precision(enum value_type type)
{
    return type == VALUE_PLACE || type == VALUE_DATE || type == VALUE_QUANTITY;
}

static enum comity_status read_part(
    struct parser *parser, struct query_term *term, struct slice word, uint32_t column, uint32_t *dimension)
{
    const struct field *field = &parser->context.domain->fields[term->field];
    if (field->spec.type == VALUE_PLACE)
        term->part = place_part(word);
    if (field->spec.type == VALUE_QUANTITY && (*dimension = find_dimension(field->spec.units, word)) != UINT32_MAX)
        term->part = PART_DIMENSION;
    if (has_precision(field->spec.type) && slice_is(word, "precision"))
        term->part = PART_PRECISION;
    if (term->part != PART_WHOLE)
        return COMITY_OK;
    enum comity_status status =
        query_fault(parser->err, column, "'%.*s' has no part '%.*s'", SLICE_ARG(field->id), SLICE_ARG(word));
    struct near near;
    near_init(&near, word);
    if (field->spec.type == VALUE_PLACE) {
        near_offer(&near, SLICE("subdivision"));
        near_offer(&near, SLICE("settlement"));
        near_offer(&near, SLICE("country"));
    }
    for (size_t i = 0; field->spec.type == VALUE_QUANTITY && i < field->spec.units->n_dimensions; i++)
        near_offer(&near, field->spec.units->dimensions[i].id);
    near_hint(&near, parser->err, "leave out what stands behind the point");
    return status;
}

/* Sets key, field and part. `role.destination` is another way to write `destination`. */
static enum comity_status read_key(
    struct parser *parser, struct slice key, uint32_t column, struct query_term *term, uint32_t *dimension)
{
    static const struct {
        const char *word;
        enum query_key key;
    } fixed[] = {{"source", QUERY_SOURCE}, {"id", QUERY_ID}, {"bbox", QUERY_BBOX}, {"text", QUERY_TEXT},
        {"doubtful", QUERY_DOUBTFUL}};
    term->field = domain_field(parser->context.domain, key);
    if (term->field >= 0)
        return COMITY_OK;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (slice_is(key, fixed[i].word)) {
            term->key = fixed[i].key;
            return COMITY_OK;
        }
    struct slice rest = key, head = slice_cut(&rest, '.');
    if (slice_is(head, "role") && rest.ptr) {
        column += 5;
        key = rest;
        head = slice_cut(&rest, '.');
    }
    term->field = domain_field(parser->context.domain, head);
    if (term->field < 0)
        return unknown_key(parser, rest.ptr ? head : key, column);
    return rest.ptr ? read_part(parser, term, rest, column + (uint32_t)head.len + 1, dimension) : COMITY_OK;
}

/* ---- presentation -------------------------------------------------------------------------------------------- */

static bool read_whole(struct slice text, uint64_t most, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)(text.ptr[i] - '0');
        if (digit > 9 || *out > (most - digit) / 10)
            return false;
        *out = *out * 10 + digit;
    }
    return text.len > 0;
}

static bool read_sort(struct slice text, enum query_sort *out)
{
    for (int i = SORT_NEWEST; i <= SORT_LARGEST; i++)
        if (slice_is(text, sort_word((enum query_sort)i))) {
            *out = (enum query_sort)i;
            return true;
        }
    return false;
}

static bool read_language(struct slice text, int *out)
{
    for (int i = 0; i < N_LANGUAGES; i++)
        if (slice_is(text, language_code(i))) {
            *out = i;
            return true;
        }
    return false;
}

static bool is_word(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return false;
    }
    return text.len > 0 && text.len <= 32;
}

static bool read_shown(struct parser *parser, enum shown_key key, struct slice text)
{
    struct query *query = parser->query;
    uint64_t number = 0;
    bool is_good = false;
    switch (key) {
    case SHOWN_SORT:
        return read_sort(text, &query->sort);
    case SHOWN_LIMIT:
        is_good = read_whole(text, QUERY_MOST_LIMIT, &number);
        query->limit = is_good ? (uint32_t)number : query->limit;
        return is_good;
    case SHOWN_AFTER:
        return read_whole(text, UINT64_MAX, &query->after);
    case SHOWN_LANG:
        return read_language(text, &query->language);
    case SHOWN_Z:
        is_good = read_whole(text, QUERY_MOST_ZOOM, &number);
        query->zoom = is_good ? (int)number : query->zoom;
        return is_good;
    case SHOWN_UNIT:
        query->unit = parser->context.domain->units ? unit_find(parser->context.domain->units, text) : UINT32_MAX;
        return query->unit != UINT32_MAX;
    case SHOWN_PARTS:
        query->shows_parts = slice_is(text, "shown");
        return query->shows_parts;
    default:
        query->tab = arena_copy(parser->context.arena, text);
        return is_word(text) && query->tab.ptr;
    }
}

static bool find_shown(struct slice key, enum shown_key *out)
{
    for (int i = 0; i < N_SHOWN; i++)
        if (slice_is(key, shown_word((enum shown_key)i))) {
            *out = (enum shown_key)i;
            return true;
        }
    return false;
}

static enum comity_status read_presentation(
    struct parser *parser, enum shown_key key, struct slice value, uint32_t column, uint32_t key_column)
{
    enum comity_status status = COMITY_OK;
    if (parser->query->given & 1u << key)
        return query_fault(parser->err, key_column, "'%s' stands twice", shown_word(key));
    parser->query->given |= 1u << key;
    if (!read_shown(parser, key, value)) {
        status = query_fault(parser->err, column, "'%.*s' is no value for '%s'", SLICE_ARG(value), shown_word(key));
        error_hint(parser->err, "%s", shown_meaning(key));
    }
    return status;
}

static enum comity_status read_bbox(struct parser *parser, struct slice value, uint32_t column)
{
    double edges[4];
    struct query *query = parser->query;
    enum comity_status status = COMITY_OK;
    bool is_good = isnan(query->west);
    struct slice rest = value;
    for (int i = 0; i < 4 && is_good; i++) {
        double most = i % 2 ? 90 : 180;
        is_good = query_number(rest, &edges[i], &rest) && fabs(edges[i]) <= most &&
                  (i == 3 ? rest.len == 0 : rest.len > 0 && rest.ptr[0] == ',');
        if (is_good && i < 3)
            rest = slice_trim(slice_of(rest.ptr + 1, rest.len - 1));
    }
    if (!is_good || edges[1] > edges[3]) {
        status = query_fault(parser->err, column, "'%.*s' is no box, or there are two", SLICE_ARG(value));
        error_hint(parser->err, "one bbox=west,south,east,north in degrees, south below north");
        return status;
    }
    query->west = edges[0];
    query->south = edges[1];
    query->east = edges[2];
    query->north = edges[3];
    return status;
}

/* ---- terms --------------------------------------------------------------------------------------------------- */

static enum comity_status keep_term(struct parser *parser, const struct query_term *term, uint32_t column)
{
    if (parser->n_terms == QUERY_MOST_TERMS)
        return query_fault(parser->err, column, "more than %d terms", QUERY_MOST_TERMS);
    if (!ARRAY_ROOM(parser->terms, parser->n_terms, parser->room_terms, 1))
        return error_nomem(parser->err);
    parser->terms[parser->n_terms++] = *term;
    return COMITY_OK;
}

static enum comity_status read_term(struct parser *parser, size_t at, size_t end)
{
    const struct decoded *text = &parser->text;
    size_t equals = at;
    while (equals < end && (text->bytes[equals] != '=' || text->was_encoded[equals]))
        equals++;
    struct slice key = slice_trim(slice_of(text->bytes + at, equals - at));
    uint32_t column = text->columns[at], dimension = UINT32_MAX;
    if (equals == end) {
        enum comity_status status = query_fault(parser->err, column, "'%.*s' has no value", SLICE_ARG(key));
        error_hint(parser->err, "write key=value, for example country=CO; quote texts with & in them");
        return status;
    }
    struct slice value = slice_trim(slice_of(text->bytes + equals + 1, end - equals - 1));
    enum shown_key shown;
    struct query_term term = {.field = -1, .source_text = slice_of(text->bytes + at, end - at)};
    if (find_shown(key, &shown) && domain_field(parser->context.domain, key) < 0)
        return value.len ? read_presentation(parser, shown, value, text->columns[equals + 1], column) : COMITY_OK;
    enum comity_status status = read_key(parser, key, column, &term, &dimension);
    if (status != COMITY_OK || value.len == 0)
        return status;
    if (term.key == QUERY_BBOX)
        status = read_bbox(parser, value, text->columns[equals + 1]);
    else
        status = read_matches(parser, &term, dimension, equals + 1, end);
    return status == COMITY_OK ? keep_term(parser, &term, column) : status;
}

static enum comity_status read_terms(struct parser *parser)
{
    size_t at = parser->text.len && parser->text.bytes[0] == '?' ? 1 : 0;
    while (at < parser->text.len) {
        size_t end = piece_end(&parser->text, at, parser->text.len, '&');
        if (slice_trim(slice_of(parser->text.bytes + at, end - at)).len > 0) {
            enum comity_status status = read_term(parser, at, end);
            if (status != COMITY_OK)
                return status;
        }
        at = end + 1;
    }
    return COMITY_OK;
}

static enum comity_status keep_terms(struct parser *parser)
{
    struct query *query = parser->query;
    query->terms = ARENA_ARRAY(parser->context.arena, struct query_term, parser->n_terms + 1);
    if (!query->terms)
        return error_nomem(parser->err);
    if (parser->n_terms)
        memcpy(query->terms, parser->terms, parser->n_terms * sizeof *parser->terms);
    query->n_terms = parser->n_terms;
    return query_tidy(query, parser->context.domain, parser->err);
}

enum comity_status query_parse(struct slice text, const struct domain *domain, const struct slice *source_codes,
    size_t n_sources, struct query *out, struct comity_error *err)
{
    *out = (struct query){.limit = QUERY_DEFAULT_LIMIT,
        .zoom = QUERY_DEFAULT_ZOOM,
        .language = -1,
        .unit = UINT32_MAX,
        .west = NAN,
        .south = NAN,
        .east = NAN,
        .north = NAN};
    struct parser parser = {{domain, source_codes, n_sources, &out->arena}, .query = out, .err = err};
    if (text.len > QUERY_MOST_BYTES)
        return error_set(err, COMITY_LIMIT, "a query of more than %d bytes", QUERY_MOST_BYTES);
    enum comity_status status = decode(&parser, text);
    if (status == COMITY_OK)
        status = read_terms(&parser);
    if (status == COMITY_OK)
        status = keep_terms(&parser);
    free(parser.terms);
    if (status != COMITY_OK)
        query_release(out);
    return status;
}

void query_release(struct query *query)
{
    arena_release(&query->arena);
    *query = (struct query){0};
}
