/* A waterfall in text: one line for each reason, its weight in bits, a bar to see it by. */
#include "cli/explain.h"

#include <math.h>

enum { LONGEST_BAR = 24 };

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void add_bar(struct buffer *out, double bits)
{
    double length = fabs(bits);
    for (int i = 0; i < LONGEST_BAR && i < length; i++)
        buffer_add_byte(out, bits < 0 ? '-' : '+');
}

static void add_reason(struct buffer *out, const json_t *reason)
{
    double bits = json_number_value(json_object_get(reason, "bits"));
    const char *field = text_at(reason, "field");
    buffer_format(out, "  %-14s %7.1f  ", field[0] ? field : "to begin with", bits);
    add_bar(out, bits);
    buffer_format(out, "  %s\n", text_at(reason, "level"));
}

void explain_print(struct buffer *out, const json_t *why)
{
    size_t i;
    json_t *reason;
    buffer_format(out, "m%lld and m%lld: %s\n", (long long)json_integer_value(json_object_get(why, "a")),
        (long long)json_integer_value(json_object_get(why, "b")), text_at(why, "sentence"));
    json_array_foreach(json_object_get(why, "reasons"), i, reason)
    {
        add_reason(out, reason);
    }
    if (json_array_size(json_object_get(why, "reasons")))
        buffer_format(out, "  %-14s %7.1f  probability %.4f\n", "together",
            json_number_value(json_object_get(why, "bits")), json_number_value(json_object_get(why, "probability")));
    if (json_object_get(why, "nearest_rule"))
        buffer_format(out, "  never compared: the rule '%s' came nearest; they differ in %s\n",
            text_at(why, "nearest_rule"), text_at(why, "missing"));
    if (json_object_get(why, "weakest_a"))
        buffer_format(out, "  kept apart by m%lld and m%lld, at %.1f bits\n",
            (long long)json_integer_value(json_object_get(why, "weakest_a")),
            (long long)json_integer_value(json_object_get(why, "weakest_b")),
            json_number_value(json_object_get(why, "weakest_bits")));
}
