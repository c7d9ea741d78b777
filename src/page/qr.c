/* See qr.h. The modules are libqrencode's; here they become one path, of one stroke for each run of dark modules in a
 * row. Colours are attributes and no classes, so that no style sheet can turn them around. */
#include "page/qr.h"

#include <qrencode.h>

enum { QUIET = 4 };

static void add_row(struct buffer *path, const unsigned char *row, int width, int y)
{
    for (int x = 0; x < width; x++) {
        int from = x;
        while (x < width && row[x] & 1)
            x++;
        if (x > from)
            buffer_format(path, "M%d %dh%dv1h-%dz", from + QUIET, y + QUIET, x - from, x - from);
    }
}

static void paper(struct html *h, int size)
{
    html_open(h, "rect");
    html_attr_format(h, "width", "%d", size);
    html_attr_format(h, "height", "%d", size);
    html_attr(h, "fill", "#fff");
    html_close(h, "rect");
}

bool qr_draw(struct page *page, const char *text, const char *label)
{
    struct html *h = &page->html;
    struct buffer path;
    QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
    if (!code)
        return false;
    buffer_init(&path, 1 << 20);
    for (int y = 0; y < code->width; y++)
        add_row(&path, code->data + (size_t)y * (size_t)code->width, code->width, y);
    int size = code->width + 2 * QUIET;
    QRcode_free(code);
    html_open(h, "svg");
    html_attr_format(h, "viewBox", "0 0 %d %d", size, size);
    html_attr(h, "class", "qr");
    html_attr(h, "role", "img");
    html_attr(h, "aria-label", label);
    html_attr(h, "shape-rendering", "crispEdges");
    paper(h, size);
    html_open(h, "path");
    html_attr(h, "fill", "#000");
    html_attr_slice(h, "d", buffer_slice(&path));
    html_close(h, "path");
    html_close(h, "svg");
    buffer_release(&path);
    return true;
}
