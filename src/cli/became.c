/* English, as all that the command line says. */
#include "cli/became.h"

#include <string.h>

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static unsigned long long number_at(const json_t *object, const char *key)
{
    return (unsigned long long)json_integer_value(json_object_get(object, key));
}

static void add_list(struct buffer *out, const json_t *numbers, char letter)
{
    enum { MOST = 8 };
    size_t n = json_array_size(numbers);
    for (size_t i = 0; i < n && i < MOST; i++)
        buffer_format(
            out, "%s%c%llu", i ? ", " : "", letter, (unsigned long long)json_integer_value(json_array_get(numbers, i)));
    if (n > MOST)
        buffer_format(out, " and %zu more", n - MOST);
}

static void add_what(struct buffer *out, const json_t *change)
{
    const char *what = text_at(change, "what");
    unsigned long long entity = number_at(change, "entity"), into = number_at(change, "into");
    if (!strcmp(what, "split") || !strcmp(what, "moved")) {
        buffer_format(
            out, strcmp(what, "split") ? "e%llu gave to e%llu: " : "e%llu was split, e%llu got: ", entity, into);
        add_list(out, json_object_get(change, "mentions"), 'm');
    } else if (!strcmp(what, "merged")) {
        buffer_format(out, "e%llu was merged into e%llu", entity, into);
    } else if (!strcmp(what, "returned")) {
        buffer_format(out, "e%llu is there again", entity);
    } else {
        buffer_add_string(out, "ended: ");
        add_list(out, json_object_get(change, "entities"), 'e');
    }
}

static void add_cause(struct buffer *out, const json_t *change)
{
    unsigned long long judgement = number_at(change, "judgement"), import = number_at(change, "import");
    bool is_undo = !strncmp(text_at(change, "cause"), "undo", 4);
    if (judgement || import)
        buffer_format(out, "   (%s%s %llu", is_undo ? "undo of " : "", judgement ? "judgement" : "import",
            judgement ? judgement : import);
    else
        buffer_format(out, "   (linking, model %s", text_at(change, "model"));
    if (text_at(change, "who")[0])
        buffer_format(out, ", by %s", text_at(change, "who"));
    buffer_add_string(out, ")\n");
}

void became_print(struct buffer *out, const json_t *changes)
{
    size_t i;
    json_t *change;
    json_array_foreach(changes, i, change)
    {
        buffer_format(out, "%6llu  %s  ", number_at(change, "sequence"), text_at(change, "when"));
        add_what(out, change);
        add_cause(out, change);
    }
}
