/* order.h - moved to base/order.h. */
#ifndef LINK_ORDER_H
#define LINK_ORDER_H
#include "base/order.h"
#endif
