/* Extensible Markup Language 1.0 (fifth edition), without document types. A tag or a text must lie whole in the window
 * before it is looked at, so that there is no state between two pieces of the file. */
#include "read/xml.h"

#include "base/error.h"

#include <stdio.h>

enum { MOST_OPEN = 128 };

/* ---- opening ------------------------------------------------------------------------------------------------- */

/* Without a byte order mark, the zero beside the first '<' tells: appendix F. */
static enum encoding first_encoding(const char *first, size_t n)
{
    if (n >= 2 && first[0] == '<' && first[1] == '\0')
        return ENCODING_UTF16LE;
    return n >= 2 && first[0] == '\0' && first[1] == '<' ? ENCODING_UTF16BE : ENCODING_UTF8;
}

enum comity_status xml_open(struct xml *xml, struct bytes *bytes, const char *part, struct comity_error *err)
{
    char first[BYTES_MOST_PEEK];
    size_t n = 0;
    *xml = (struct xml){.bytes = bytes};
    snprintf(xml->part, sizeof xml->part, "%s", part);
    buffer_init(&xml->decoded, WINDOW_MOST);
    buffer_init(&xml->value, WINDOW_MOST);
    buffer_init(&xml->open, 1 << 20);
    enum comity_status status = bytes_peek(bytes, first, &n, err);
    window_init(&xml->window, bytes, first_encoding(first, status ? 0 : n));
    return status;
}

void xml_close(struct xml *xml)
{
    window_release(&xml->window);
    bytes_close(xml->bytes);
    buffer_release(&xml->decoded);
    buffer_release(&xml->value);
    buffer_release(&xml->open);
    *xml = (struct xml){0};
}

void xml_progress(const struct xml *xml, uint64_t *done, uint64_t *total)
{
    *done = *total = 0;
    if (xml->bytes)
        bytes_progress(xml->bytes, done, total);
}

/* ---- the window ---------------------------------------------------------------------------------------------- */

static enum comity_status damaged(const struct xml *xml, const char *what, struct comity_error *err)
{
    error_set(err, COMITY_INPUT, "the part '%s' of the workbook is damaged near its byte %llu: %s", xml->part,
        (unsigned long long)xml->passed, what);
    error_hint(err, "open it in a spreadsheet program and save it anew");
    return COMITY_INPUT;
}

static void pass(struct xml *xml, size_t n)
{
    xml->window.begin += n;
    xml->passed += n;
}

/* Brings more text; COMITY_INPUT with `what` when there is none. */
static enum comity_status more(struct xml *xml, const char *what, struct comity_error *err)
{
    bool is_full = false;
    size_t before = xml->window.end - xml->window.begin;
    enum comity_status status = window_fill(&xml->window, &is_full, err);
    if (status)
        return status;
    if (is_full)
        return error_set(err, COMITY_LIMIT, "the part '%s' of the workbook has a text of more than 16 MB", xml->part);
    bool has_more = xml->window.end - xml->window.begin > before;
    return !has_more && xml->window.at_end ? damaged(xml, what, err) : COMITY_OK;
}

/* Makes the text at the window's beginning reach to `mark`; *len is what stands before the mark. `from`: where the
 * search may begin. */
static enum comity_status reach(
    struct xml *xml, size_t from, struct slice mark, size_t *len, const char *what, struct comity_error *err)
{
    for (;;) {
        struct slice text = window_text(&xml->window);
        ptrdiff_t at = -1;
        if (text.len > from) {
            struct slice rest = slice_of(text.ptr + from, text.len - from);
            const char *found = mark.len == 1 ? memchr(rest.ptr, mark.ptr[0], rest.len) : NULL;
            at = mark.len > 1 ? slice_find(rest, mark) : found ? found - rest.ptr : -1;
        }
        if (at >= 0) {
            *len = from + (size_t)at;
            return COMITY_OK;
        }
        if (text.len > from + mark.len)
            from = text.len - mark.len;
        enum comity_status status = more(xml, what, err);
        if (status)
            return status;
    }
}

/* ---- references ---------------------------------------------------------------------------------------------- */

static bool is_character(unsigned long c)
{
    return c == 9 || c == 10 || c == 13 || (c >= 0x20 && c < 0xD800) || (c >= 0xE000 && c < 0xFFFE) ||
           (c >= 0x10000 && c < 0x110000);
}

static void add_character(struct buffer *out, unsigned long c)
{
    char text[4];
    size_t n = 0;
    if (c < 0x80) {
        text[n++] = (char)c;
    } else {
        int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
        text[n++] = (char)((0xFF00 >> (more + 1) & 0xFF) | c >> 6 * more);
        while (more--)
            text[n++] = (char)(0x80 | (c >> 6 * more & 0x3F));
    }
    buffer_add(out, text, n);
}

/* "#65", "#x41", "amp"; false when it is none. */
static bool add_reference(struct buffer *out, struct slice name)
{
    static const struct {
        const char *name;
        char c;
    } known[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (slice_is(name, known[i].name)) {
            buffer_add_byte(out, known[i].c);
            return true;
        }
    bool is_hex = name.len > 1 && name.ptr[1] == 'x';
    size_t at = is_hex ? 2 : 1;
    unsigned long c = 0;
    if (!name.len || name.ptr[0] != '#' || at >= name.len)
        return false;
    for (; at < name.len && c < 0x110000; at++) {
        char digit = name.ptr[at], lower = digit | 0x20;
        bool is_letter = is_hex && lower >= 'a' && lower <= 'f';
        if (!is_letter && (digit < '0' || digit > '9'))
            return false;
        c = c * (is_hex ? 16 : 10) + (unsigned long)(is_letter ? lower - 'a' + 10 : digit - '0');
    }
    if (!is_character(c))
        return false;
    add_character(out, c);
    return true;
}

/* Resolves references and makes line ends one (2.11); in attributes white space becomes spaces (3.3.3). */
static bool decode(struct slice text, bool is_attribute, struct buffer *out)
{
    buffer_clear(out);
    while (text.len) {
        size_t plain = 0;
        while (plain < text.len && text.ptr[plain] != '&' && text.ptr[plain] != '\r' &&
               !(is_attribute && (text.ptr[plain] == '\n' || text.ptr[plain] == '\t')))
            plain++;
        buffer_add(out, text.ptr, plain);
        if (plain == text.len)
            break;
        text = slice_of(text.ptr + plain, text.len - plain);
        size_t used = 1;
        if (text.ptr[0] == '&') {
            const char *end = memchr(text.ptr, ';', text.len < 16 ? text.len : 16);
            if (!end || !add_reference(out, slice_of(text.ptr + 1, (size_t)(end - text.ptr) - 1)))
                return false;
            used = (size_t)(end - text.ptr) + 1;
        } else {
            used += text.ptr[0] == '\r' && text.len > 1 && text.ptr[1] == '\n';
            buffer_add_byte(out, is_attribute ? ' ' : '\n');
        }
        text = slice_of(text.ptr + used, text.len - used);
    }
    return true;
}

/* What must be looked at in a text or a value, besides what it says. */
enum { HAS_REFERENCE = 1, HAS_BREAK = 2, HAS_CONTROL = 4, HAS_HIGH = 8, IS_TAG = 16 };
#define HIGH_16                                                                                                        \
    HAS_HIGH, HAS_HIGH, HAS_HIGH, HAS_HIGH, HAS_HIGH, HAS_HIGH, HAS_HIGH, HAS_HIGH, HAS_HIGH, HAS_HIGH, HAS_HIGH,      \
        HAS_HIGH, HAS_HIGH, HAS_HIGH, HAS_HIGH, HAS_HIGH
static const unsigned char classes[256] = {HAS_CONTROL, HAS_CONTROL, HAS_CONTROL, HAS_CONTROL, HAS_CONTROL, HAS_CONTROL,
    HAS_CONTROL, HAS_CONTROL, HAS_CONTROL, ['\t'] = HAS_BREAK, ['\n'] = HAS_BREAK, [11] = HAS_CONTROL,
    [12] = HAS_CONTROL, ['\r'] = HAS_REFERENCE, [14] = HAS_CONTROL, HAS_CONTROL, HAS_CONTROL, HAS_CONTROL, HAS_CONTROL,
    HAS_CONTROL, HAS_CONTROL, HAS_CONTROL, HAS_CONTROL, HAS_CONTROL, HAS_CONTROL, HAS_CONTROL, HAS_CONTROL, HAS_CONTROL,
    HAS_CONTROL, HAS_CONTROL, HAS_CONTROL, HAS_CONTROL, ['&'] = HAS_REFERENCE, ['<'] = IS_TAG, [128] = HIGH_16, HIGH_16,
    HIGH_16, HIGH_16, HIGH_16, HIGH_16, HIGH_16, HIGH_16};

/* All classes of the bytes up to the first tag or the end; *len is what stands before it. */
static unsigned classify(struct slice text, size_t *len)
{
    unsigned seen = 0;
    size_t i = 0;
    for (; i < text.len; i++) {
        unsigned class = classes[(unsigned char)text.ptr[i]];
        seen |= class;
        if (class & IS_TAG)
            break;
    }
    *len = i;
    return seen;
}

static enum comity_status resolve(struct xml *xml, struct slice text, unsigned seen, bool is_attribute,
    struct buffer *out, struct slice *to, struct comity_error *err)
{
    *to = text;
    if ((seen & HAS_CONTROL) || ((seen & HAS_HIGH) && !text_is_utf8(text)))
        return damaged(xml, "there are bytes that are no text", err);
    if (!(seen & HAS_REFERENCE) && !(is_attribute && (seen & HAS_BREAK)))
        return COMITY_OK;
    if (!decode(text, is_attribute, out))
        return damaged(xml, "a reference is not known", err);
    *to = out->len ? buffer_slice(out) : SLICE("");
    return out->failed ? error_nomem(err) : COMITY_OK;
}

/* ---- tags ---------------------------------------------------------------------------------------------------- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool ends_name(char c)
{
    return is_space(c) || c == '>' || c == '/' || c == '=' || c == '<' || c == '"' || c == '\'' || c == '&';
}

/* The position of the '>' that ends a tag: not one within a value. Behind `len`: it is not there yet. */
static size_t tag_end(struct slice text)
{
    size_t i = 1;
    while (i < text.len && text.ptr[i] != '>') {
        char c = text.ptr[i++];
        if (c != '"' && c != '\'')
            continue;
        const char *end = i < text.len ? memchr(text.ptr + i, c, text.len - i) : NULL;
        if (!end)
            return text.len;
        i = (size_t)(end - text.ptr) + 1;
    }
    return i;
}

static void set_names(struct xml *xml, struct slice qname)
{
    size_t i = 0;
    while (i < qname.len && qname.ptr[i] != ':')
        i++;
    xml->qname = qname;
    xml->name = i < qname.len ? slice_of(qname.ptr + i + 1, qname.len - i - 1) : qname;
}

static enum comity_status set_name(struct xml *xml, const char *at, const char *end, struct comity_error *err)
{
    const char *begin = at;
    while (at < end && !ends_name(*at))
        at++;
    set_names(xml, slice_of(begin, (size_t)(at - begin)));
    return xml->name.len && text_is_utf8(xml->qname) ? COMITY_OK : damaged(xml, "a tag has no name", err);
}

static enum comity_status begin_element(struct xml *xml, const char *at, const char *end, struct comity_error *err)
{
    xml->is_empty = end > at && end[-1] == '/';
    end -= xml->is_empty;
    enum comity_status status = set_name(xml, at, end, err);
    if (status)
        return status;
    const char *attributes = at + xml->qname.len;
    xml->attributes = slice_of(attributes, (size_t)(end - attributes));
    xml->node = XML_ELEMENT;
    if (xml->attributes.len && !is_space(attributes[0]))
        return damaged(xml, "a tag is not well-formed", err);
    if (xml->n_open == MOST_OPEN)
        return error_set(err, COMITY_LIMIT, "the part '%s' of the workbook is nested too deep", xml->part);
    xml->open_len[xml->n_open++] = xml->qname.len;
    buffer_add_slice(&xml->open, xml->qname);
    return xml->open.failed ? error_nomem(err) : COMITY_OK;
}

/* Takes the innermost open element off; its name stays readable until the next one. */
static void close_open(struct xml *xml)
{
    xml->open.len -= xml->open_len[--xml->n_open];
    xml->is_over = !xml->n_open;
    xml->node = XML_END;
}

static enum comity_status end_element(struct xml *xml, const char *at, const char *end, struct comity_error *err)
{
    while (end > at && is_space(end[-1]))
        end--;
    enum comity_status status = set_name(xml, at, end, err);
    if (status)
        return status;
    size_t len = xml->n_open ? xml->open_len[xml->n_open - 1] : 0;
    if (at + xml->qname.len != end || len != xml->qname.len ||
        memcmp(xml->open.ptr + xml->open.len - len, xml->qname.ptr, len) != 0)
        return damaged(xml, "its tags do not match", err);
    close_open(xml);
    return COMITY_OK;
}

/* A tag at the window's beginning. */
static enum comity_status read_tag(struct xml *xml, struct comity_error *err)
{
    struct slice text;
    size_t end;
    while (text = window_text(&xml->window), (end = tag_end(text)) >= text.len) {
        enum comity_status status = more(xml, "it ends early", err);
        if (status)
            return status;
    }
    const char *close = text.ptr + end;
    if (xml->is_over && text.ptr[1] != '/')
        return damaged(xml, "something stands behind its end", err);
    enum comity_status status =
        text.ptr[1] == '/' ? end_element(xml, text.ptr + 2, close, err) : begin_element(xml, text.ptr + 1, close, err);
    if (!status)
        pass(xml, end + 1);
    return status;
}

/* ---- what is no tag ------------------------------------------------------------------------------------------ */

static enum comity_status pass_to(
    struct xml *xml, size_t from, struct slice mark, const char *what, struct comity_error *err)
{
    size_t len;
    enum comity_status status = reach(xml, from, mark, &len, what, err);
    if (!status)
        pass(xml, len + mark.len);
    return status;
}

/* Only the encodings that must be known; the window found out which of them it is. */
static enum comity_status read_declaration(struct xml *xml, struct comity_error *err)
{
    size_t len;
    enum comity_status status = reach(xml, 2, SLICE("?>"), &len, "it ends early", err);
    if (status)
        return status;
    struct slice text = slice_of(window_text(&xml->window).ptr, len), name = SLICE_EMPTY;
    if (slice_starts_with(text, SLICE("<?xml "))) {
        xml->attributes = slice_of(text.ptr + 6, len - 6);
        status = xml_attribute(xml, SLICE("encoding"), &name, err);
        xml->attributes = SLICE_EMPTY;
    }
    if (status)
        return status;
    enum encoding encoding = encoding_from_name(name);
    bool is_known = encoding == ENCODING_AUTO || encoding == ENCODING_UTF8 || encoding == ENCODING_UTF16 ||
                    encoding == ENCODING_UTF16LE || encoding == ENCODING_UTF16BE;
    if (!is_known)
        return error_set(err, COMITY_UNSUPPORTED, "the part '%s' of the workbook is in the encoding '%.*s'", xml->part,
            SLICE_ARG(name));
    pass(xml, len + 2);
    return COMITY_OK;
}

static enum comity_status read_cdata(struct xml *xml, bool *is_text, struct comity_error *err)
{
    enum { BEFORE = 9 };
    size_t len;
    enum comity_status status = reach(xml, BEFORE, SLICE("]]>"), &len, "it ends early", err);
    if (status)
        return status;
    if (!xml->n_open)
        return damaged(xml, "a text stands outside of its elements", err);
    struct slice text = slice_of(xml->window.ptr + xml->window.begin + BEFORE, len - BEFORE);
    pass(xml, len + 3);
    xml->node = XML_TEXT;
    *is_text = text.len > 0;
    for (size_t i = 0; i < text.len; i++)
        if (classes[(unsigned char)text.ptr[i]] & HAS_CONTROL)
            return damaged(xml, "there are bytes that are no text", err);
    if (!text_is_utf8(text))
        return damaged(xml, "there are bytes that are no text", err);
    xml->text = text;
    if (text.len && memchr(text.ptr, '\r', text.len)) {
        /* No reference counts here: only line ends are made one. */
        buffer_clear(&xml->decoded);
        for (size_t i = 0; i < text.len; i++)
            if (text.ptr[i] != '\r')
                buffer_add_byte(&xml->decoded, text.ptr[i]);
            else if (i + 1 == text.len || text.ptr[i + 1] != '\n')
                buffer_add_byte(&xml->decoded, '\n');
        xml->text = buffer_slice(&xml->decoded);
    }
    return xml->decoded.failed ? error_nomem(err) : COMITY_OK;
}

static enum comity_status read_text(struct xml *xml, bool *is_text, struct comity_error *err)
{
    size_t len;
    unsigned seen;
    if (!xml->n_open)
        return damaged(xml, "a text stands outside of its elements", err);
    while (!((seen = classify(window_text(&xml->window), &len)) & IS_TAG)) {
        enum comity_status status = more(xml, "it ends early", err);
        if (status)
            return status;
    }
    struct slice text = slice_of(xml->window.ptr + xml->window.begin, len);
    *is_text = true;
    pass(xml, len);
    xml->node = XML_TEXT;
    return resolve(xml, text, seen, false, &xml->decoded, &xml->text, err);
}

/* The end of the innermost element, as it is nearly always written. */
static bool read_plain_end(struct xml *xml)
{
    struct slice text = window_text(&xml->window);
    size_t len = xml->n_open ? xml->open_len[xml->n_open - 1] : 0;
    const char *open = len ? xml->open.ptr + xml->open.len - len : NULL;
    if (!len || text.len < len + 3 || text.ptr[1] != '/' || text.ptr[len + 2] != '>')
        return false;
    for (size_t i = 0; i < len; i++)
        if (text.ptr[i + 2] != open[i])
            return false;
    set_names(xml, slice_of(text.ptr + 2, len));
    close_open(xml);
    pass(xml, len + 3);
    return true;
}

/* Comments, instructions, CDATA; *is_node tells whether a node came of it. */
static enum comity_status read_markup(struct xml *xml, bool *is_node, struct comity_error *err)
{
    enum { LONGEST = 9 };
    struct slice text;
    while ((text = window_text(&xml->window)).len < LONGEST && !xml->window.at_end) {
        bool is_full;
        enum comity_status status = window_fill(&xml->window, &is_full, err);
        if (status)
            return status;
    }
    *is_node = text.len > 1 && text.ptr[1] != '!' && text.ptr[1] != '?';
    if (*is_node)
        return read_plain_end(xml) ? COMITY_OK : read_tag(xml, err);
    if (slice_starts_with(text, SLICE("<?")))
        return read_declaration(xml, err);
    if (slice_starts_with(text, SLICE("<!--")))
        return pass_to(xml, 4, SLICE("-->"), "a comment does not end", err);
    if (slice_starts_with(text, SLICE("<![CDATA[")))
        return read_cdata(xml, is_node, err);
    if (!slice_starts_with(text, SLICE("<!")))
        return damaged(xml, "it ends early", err);
    error_set(err, COMITY_UNSUPPORTED, "the part '%s' has a document type, which no workbook needs", xml->part);
    error_hint(err, "open it in a spreadsheet program and save it anew");
    return COMITY_UNSUPPORTED;
}

/* ---- nodes --------------------------------------------------------------------------------------------------- */

/* Outside of the root white space is no text; inside, this only makes sure that there is something to look at. */
static enum comity_status at_end(struct xml *xml, bool *is_end, struct comity_error *err)
{
    struct window *window = &xml->window;
    bool is_full;
    for (;;) {
        while (!xml->n_open && window->begin < window->end && is_space(window->ptr[window->begin]))
            pass(xml, 1);
        *is_end = window->begin == window->end;
        if (!*is_end || window->at_end)
            break;
        enum comity_status status = window_fill(window, &is_full, err);
        if (status)
            return status;
    }
    return *is_end && !xml->is_over ? damaged(xml, "it ends early", err) : COMITY_OK;
}

enum comity_status xml_next(struct xml *xml, bool *has_node, struct comity_error *err)
{
    bool is_node = false, is_end = false;
    xml->attributes = SLICE_EMPTY;
    *has_node = true;
    if (xml->fault) {
        if (err)
            *err = xml->detail;
        return xml->fault;
    }
    if (xml->is_empty) {
        xml->is_empty = false;
        close_open(xml);
        return COMITY_OK;
    }
    while (!is_node) {
        enum comity_status status = COMITY_OK;
        if (xml->window.begin == xml->window.end || !xml->n_open)
            status = at_end(xml, &is_end, err);
        if (!status && is_end) {
            *has_node = false;
            return COMITY_OK;
        }
        if (!status && xml->window.ptr[xml->window.begin] == '<')
            status = read_markup(xml, &is_node, err);
        else if (!status)
            status = read_text(xml, &is_node, err);
        if (status)
            return status;
    }
    return COMITY_OK;
}

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && is_space(*at))
        at++;
    return at;
}

static bool is_attribute(struct slice here, struct slice name, bool with_prefix)
{
    if (here.len < name.len || memcmp(here.ptr + here.len - name.len, name.ptr, name.len) != 0)
        return false;
    return here.len == name.len || (!with_prefix && here.ptr[here.len - name.len - 1] == ':');
}

static enum comity_status take_value(struct xml *xml, struct slice text, struct slice *value, struct comity_error *err)
{
    size_t len;
    unsigned seen = classify(text, &len);
    if (len < text.len)
        return damaged(xml, "an attribute is not well-formed", err);
    return resolve(xml, text, seen, true, &xml->value, value, err);
}

enum comity_status xml_each_attribute(
    struct xml *xml, size_t *from, struct slice *name, struct slice *value, bool *has_one, struct comity_error *err)
{
    const char *end = xml->attributes.ptr + xml->attributes.len;
    const char *at = skip_space(xml->attributes.ptr + *from, end), *begin = at;
    *has_one = at < end;
    if (!*has_one)
        return COMITY_OK;
    while (at < end && !ends_name(*at))
        at++;
    *name = slice_of(begin, (size_t)(at - begin));
    at = skip_space(at, end);
    if (!name->len || at == end || *at != '=')
        return damaged(xml, "an attribute is not well-formed", err);
    at = skip_space(at + 1, end);
    const char *close =
        at + 1 < end && (*at == '"' || *at == '\'') ? memchr(at + 1, *at, (size_t)(end - at) - 1) : NULL;
    if (!close)
        return damaged(xml, "an attribute is not well-formed", err);
    *from = (size_t)(close + 1 - xml->attributes.ptr);
    return take_value(xml, slice_of(at + 1, (size_t)(close - at) - 1), value, err);
}

enum comity_status xml_attribute(struct xml *xml, struct slice name, struct slice *value, struct comity_error *err)
{
    bool with_prefix = memchr(name.ptr, ':', name.len) != NULL, has_one = true;
    size_t at = 0;
    while (has_one) {
        struct slice here;
        enum comity_status status = xml_each_attribute(xml, &at, &here, value, &has_one, err);
        if (status || (has_one && is_attribute(here, name, with_prefix)))
            return status;
    }
    *value = SLICE_EMPTY;
    return COMITY_OK;
}

bool xml_copy(struct xml *xml, const char *name, char *text, size_t size)
{
    struct slice value;
    enum comity_status status = xml_attribute(xml, slice_from(name), &value, &xml->detail);
    if (status)
        xml->fault = status;
    if (status || !value.ptr)
        return false;
    snprintf(text, size, "%.*s", SLICE_ARG(value));
    return true;
}

enum comity_status archive_part(
    const struct archive *archive, const char *path, struct xml *xml, struct comity_error *err)
{
    uint64_t member;
    struct bytes *bytes;
    *xml = (struct xml){0};
    enum comity_status status = archive_find(archive, path, &member, err);
    if (!status)
        status = archive_read(archive, member, &bytes, err);
    return status ? status : xml_open(xml, bytes, path, err);
}
