/* entry_pin.h - setting a point on a map, also without scripts: the map is an image that can be clicked, and the server
 * reads where. Each click sets the point there and comes nearer.
 */
#ifndef PAGE_ENTRY_PIN_H
#define PAGE_ENTRY_PIN_H

#include "page/entries.h"

/* The map under the inputs of the place `key`. */
void entry_pin(struct page *page, const struct draft *draft, const char *key);
/* A click that was sent: sets the cells of the place's latitude and longitude. False: none was. */
bool entry_pin_take(struct page *page, struct draft *draft);

#endif
