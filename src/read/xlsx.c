#include "base/error.h"
#include "read/format.h"
static enum comity_status o(struct rows *rows, struct comity_error *err)
{
    (void)rows;
    return error_set(err, COMITY_UNSUPPORTED, "x");
}
static void c(struct rows *rows)
{
    (void)rows;
}
const struct format xlsx_format = {o, NULL, c, NULL};
