/* qr.h - a text as a QR code (ISO/IEC 18004), drawn as SVG within the page: nothing is loaded, no script runs. */
#ifndef PAGE_QR_H
#define PAGE_QR_H

#include "page/page.h"

/* Black on white in every colour scheme, with the quiet zone that readers need. `label`: the alternative text,
 * translated. False, and nothing is drawn, where the text is too long (some 2,300 bytes) or memory is out. */
bool qr_draw(struct page *page, const char *text, const char *label);

#endif
