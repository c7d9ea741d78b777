/* html.h - writes HTML and SVG so that nothing unescaped can reach the page.
 *
 *     html_open(h, "a");
 *     html_attr(h, "class", "chip");
 *     html_link(h, "href", address);
 *     html_text(h, name);          // the first child ends the start tag
 *     html_close(h, "a");
 *
 * Why this holds: there is no function that writes text as it is. Elements and attributes are named by literals of ours
 * (checked by assertion: lower case, none that runs script); everything else goes through the escape of its context:
 * text, attribute value, or address, where only local addresses and http(s) pass and any other becomes "#". Script and
 * style elements can refer to a file, and have no content. The writer knows which elements are open, and asserts that
 * they are closed in order.
 *
 * A failed buffer stays failed; look once, at the end (buffer_status).
 */
#ifndef PAGE_HTML_H
#define PAGE_HTML_H

#include "base/buffer.h"

enum { HTML_MOST_DEPTH = 64 };

struct html {
    struct buffer *out;
    const char *open[HTML_MOST_DEPTH];
    unsigned depth;
    bool is_in_tag; /* the start tag of the newest element may still get attributes */
};

void html_begin(struct html *h, struct buffer *out);

void html_open(struct html *h, const char *element);
void html_close(struct html *h, const char *element);
/* An element without an end tag: <input>, <meta>, <link>. Attributes may follow. */
void html_void(struct html *h, const char *element);

/* Attributes of the element that was opened last. An attribute that holds an address is refused here. */
void html_attr(struct html *h, const char *name, const char *value);
void html_attr_slice(struct html *h, const char *name, struct slice value);
void html_attr_format(struct html *h, const char *name, const char *format, ...) COMITY_PRINTF(3, 4);
void html_flag(struct html *h, const char *name); /* <input required> */
/* href, src, action. */
void html_link(struct html *h, const char *name, struct slice address);

void html_text(struct html *h, struct slice text);
void html_string(struct html *h, const char *text);
void html_format(struct html *h, const char *format, ...) COMITY_PRINTF(2, 3);

/* An element with a class (or null) and text, in one call. */
void html_leaf(struct html *h, const char *element, const char *class_name, struct slice text);
/* The same inside <bdi>: a name, an id or a number within text of another direction. */
void html_name(struct html *h, struct slice text);

#endif
