/* equal_earth.h - the Equal Earth projection (Šavrič, Patterson, Jenny 2018, "The Equal Earth map projection", IJGIS
 * 33:3) onto the picture of the world (/static/world.svg), and back. The same as the island's (ui/src/plane.ts).
 */
#ifndef PAGE_EQUAL_EARTH_H
#define PAGE_EQUAL_EARTH_H

#include <stdbool.h>

enum { WORLD_WIDTH = 1200, WORLD_HEIGHT = 584 };

/* Degrees to the picture's coordinates, from its upper left corner. */
void equal_earth(double lon, double lat, double *x, double *y);
/* False: no place on Earth is shown there. */
bool equal_earth_back(double x, double y, double *lon, double *lat);

#endif
