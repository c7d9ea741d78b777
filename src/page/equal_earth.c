/* See equal_earth.h. 2.70663 is the projection's x at 180° on the equator, 1.31734 its y at the pole. */
#include "page/equal_earth.h"

#include <math.h>

static const double a1 = 1.340264, a2 = -0.081106, a3 = 0.000893, a4 = 0.003796;
static const double x_most = 2.70663, half_pi = 1.5707963267948966;
enum { MOST_STEPS = 12 };

static double scale(void)
{
    return WORLD_WIDTH / (2 * x_most);
}

static double slope(double t)
{
    double t2 = t * t, t6 = t2 * t2 * t2;
    return a1 + 3 * a2 * t2 + t6 * (7 * a3 + 9 * a4 * t2);
}

static double height(double t)
{
    double t2 = t * t, t6 = t2 * t2 * t2;
    return t * (a1 + a2 * t2 + t6 * (a3 + a4 * t2));
}

void equal_earth(double lon, double lat, double *x, double *y)
{
    const double m = sqrt(3) / 2, radian = half_pi / 90;
    double t = asin(m * sin(lat * radian));
    double px = lon * radian * cos(t) / (m * slope(t));
    *x = WORLD_WIDTH / 2.0 + px * scale();
    *y = WORLD_HEIGHT / 2.0 - height(t) * scale();
}

/* Newton's method for the parametric latitude: the function is nearly a line. */
bool equal_earth_back(double x, double y, double *lon, double *lat)
{
    const double m = sqrt(3) / 2, radian = half_pi / 90;
    double px = (x - WORLD_WIDTH / 2.0) / scale(), py = (WORLD_HEIGHT / 2.0 - y) / scale(), t = py / a1;
    for (int i = 0; i < MOST_STEPS; i++)
        t -= (height(t) - py) / slope(t);
    double sine = sin(t) / m;
    if (!(fabs(sine) <= 1))
        return false;
    *lat = asin(sine) / radian;
    *lon = px * m * slope(t) / cos(t) / radian;
    return fabs(*lon) <= 180;
}
