/* html.c - the escaping writer. Three contexts, three escapes; no fourth way in. */
#include "page/html.h"

#include <assert.h>
#include <stdio.h>

static bool is_in_list(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(name, *list) == 0)
            return true;
    return false;
}

static bool holds_address(const char *name)
{
    static const char *const NAMES[] = {"href", "src", "action", "formaction", "srcset", "poster", "data", NULL};
    return is_in_list(name, NAMES);
}

/* Names are literals of this program. This finds a slip in our own code, at the first run of the page. */
static bool is_fit_name(const char *name)
{
    if (strncmp(name, "on", 2) == 0 || strcmp(name, "style") == 0 || strcmp(name, "srcdoc") == 0)
        return false;
    for (const char *c = name; *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '-' ||
                *c == ':'))
            return false;
    return *name != '\0';
}

static void escape(struct buffer *out, struct slice text)
{
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        const char *as = c == '&'    ? "&amp;"
                         : c == '<'  ? "&lt;"
                         : c == '>'  ? "&gt;"
                         : c == '"'  ? "&quot;"
                         : c == '\'' ? "&#39;"
                                     : NULL;
        if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
            as = "\xEF\xBF\xBD";
        if (!as)
            continue;
        buffer_add(out, text.ptr + from, i - from);
        buffer_add_string(out, as);
        from = i + 1;
    }
    if (from < text.len)
        buffer_add(out, text.ptr + from, text.len - from);
}

static void end_tag(struct html *h)
{
    if (h->is_in_tag)
        buffer_add_byte(h->out, '>');
    h->is_in_tag = false;
}

void html_begin(struct html *h, struct buffer *out)
{
    *h = (struct html){.out = out};
}

void html_void(struct html *h, const char *element)
{
    assert(is_fit_name(element));
    end_tag(h);
    buffer_add_byte(h->out, '<');
    buffer_add_string(h->out, element);
    h->is_in_tag = true;
}

void html_open(struct html *h, const char *element)
{
    assert(h->depth < HTML_MOST_DEPTH);
    html_void(h, element);
    h->open[h->depth++] = element;
}

void html_close(struct html *h, const char *element)
{
    assert(h->depth > 0 && strcmp(h->open[h->depth - 1], element) == 0);
    end_tag(h);
    h->depth--;
    buffer_add(h->out, "</", 2);
    buffer_add_string(h->out, element);
    buffer_add_byte(h->out, '>');
}

static void attr(struct html *h, const char *name, struct slice value)
{
    assert(h->is_in_tag && is_fit_name(name));
    buffer_add_byte(h->out, ' ');
    buffer_add_string(h->out, name);
    buffer_add(h->out, "=\"", 2);
    escape(h->out, value);
    buffer_add_byte(h->out, '"');
}

void html_attr_slice(struct html *h, const char *name, struct slice value)
{
    assert(!holds_address(name));
    attr(h, name, value);
}

void html_attr(struct html *h, const char *name, const char *value)
{
    html_attr_slice(h, name, slice_from(value));
}

void html_attr_format(struct html *h, const char *name, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert(n >= 0 && (size_t)n < sizeof text);
    html_attr_slice(h, name, slice_of(text, (size_t)n));
}

void html_flag(struct html *h, const char *name)
{
    assert(h->is_in_tag && is_fit_name(name));
    buffer_add_byte(h->out, ' ');
    buffer_add_string(h->out, name);
}

/* Local ("/", "?", "#" first, but not "//host") or http(s). Control characters and white space, which browsers skip
 * when they look for a scheme, do not pass. */
static bool is_fit_address(struct slice address)
{
    for (size_t i = 0; i < address.len; i++)
        if ((unsigned char)address.ptr[i] <= 0x20 || address.ptr[i] == '\\')
            return false;
    if (slice_starts_with(address, SLICE("https://")) || slice_starts_with(address, SLICE("http://")))
        return true;
    if (address.len == 0 || slice_starts_with(address, SLICE("//")))
        return false;
    return address.ptr[0] == '/' || address.ptr[0] == '?' || address.ptr[0] == '#';
}

void html_link(struct html *h, const char *name, struct slice address)
{
    assert(holds_address(name));
    attr(h, name, is_fit_address(address) ? address : SLICE("#"));
}

/* What stands inside these is never read as text by a browser. */
static bool is_raw_element(const struct html *h)
{
    const char *name = h->depth ? h->open[h->depth - 1] : "";
    return strcmp(name, "script") == 0 || strcmp(name, "style") == 0 || strcmp(name, "iframe") == 0;
}

void html_text(struct html *h, struct slice text)
{
    assert(!is_raw_element(h));
    end_tag(h);
    escape(h->out, text);
}

void html_string(struct html *h, const char *text)
{
    html_text(h, slice_from(text));
}

void html_format(struct html *h, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert(n >= 0 && (size_t)n < sizeof text);
    html_text(h, slice_of(text, (size_t)n));
}

void html_leaf(struct html *h, const char *element, const char *class_name, struct slice text)
{
    html_open(h, element);
    if (class_name)
        html_attr(h, "class", class_name);
    html_text(h, text);
    html_close(h, element);
}

void html_name(struct html *h, struct slice text)
{
    html_leaf(h, "bdi", NULL, text);
}
