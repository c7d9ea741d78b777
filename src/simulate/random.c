/* See random.h. */
#include "simulate/random.h"

#include <math.h>

double random_normal(struct random *random)
{
    double u = 1 - random_unit(random), v = random_unit(random);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

size_t random_pick(struct random *random, const double *cumulative, size_t n)
{
    double at = random_unit(random) * cumulative[n - 1];
    size_t low = 0, high = n - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (cumulative[middle] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}
