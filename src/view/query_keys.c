/* See query_keys.h. What may be asked of a field follows from its type, as in query.c. */
#include "view/query_keys.h"

#include "base/buffer.h"
#include "base/error.h"
#include "view/query_read.h"

#include <stdarg.h>

enum { MOST_PARTS = 5, MOST_OTHERS = 16 };

struct keys {
    struct query_key_info *at;
    size_t n;
    const struct domain *domain;
    struct arena *arena;
    bool has_failed;
};

static struct slice text_of(struct keys *keys, const char *format, ...) COMITY_PRINTF(2, 3);
static struct slice text_of(struct keys *keys, const char *format, ...)
{
    struct buffer text;
    va_list args;
    buffer_init(&text, 1 << 16);
    va_start(args, format);
    buffer_vformat(&text, format, args);
    va_end(args);
    struct slice kept = arena_copy(keys->arena, buffer_slice(&text));
    keys->has_failed = keys->has_failed || buffer_status(&text) != COMITY_OK || !kept.ptr;
    buffer_release(&text);
    return kept;
}

static void add(struct keys *keys, struct slice key, struct slice meaning)
{
    keys->at[keys->n++] = (struct query_key_info){.key = key, .meaning = meaning};
}

static void add_part(struct keys *keys, const struct field *field, const char *part, const char *meaning)
{
    struct slice label = domain_label(field->labels, field->id, LANGUAGE_EN);
    add(keys, text_of(keys, "%.*s.%s", SLICE_ARG(field->id), part),
        text_of(keys, "%.*s: %s", SLICE_ARG(label), meaning));
}

static const char *meaning_of(enum value_type type)
{
    switch (type) {
    case VALUE_DATE:
        return "a day, month or year, or a range of them (2024-01..2024-06); within: asks for containment";
    case VALUE_QUANTITY:
        return "an amount with its unit, or a range (1kg..), or a dimension";
    case VALUE_COUNT:
        return "a number or a range (3..10)";
    case VALUE_CONCEPT:
        return "a code or a name; finds all below it, too";
    case VALUE_COUNTRY:
        return "ISO 3166-1 letters, a name, or a region of the UN's M49";
    default:
        return "a code or a text";
    }
}

static void add_dimensions(struct keys *keys, const struct field *field)
{
    const struct unit_table *units = field->spec.units;
    for (uint32_t i = 0; units && i < units->n_dimensions; i++)
        add(keys, text_of(keys, "%.*s.%.*s", SLICE_ARG(field->id), SLICE_ARG(units->dimensions[i].id)),
            text_of(keys, "an amount in the unit that this dimension is shown in, or a range"));
}

static void add_field(struct keys *keys, const struct field *field)
{
    enum value_type type = field->spec.type;
    add(keys, field->id,
        text_of(keys, "%.*s: %s", SLICE_ARG(domain_label(field->labels, field->id, LANGUAGE_EN)), meaning_of(type)));
    if (type == VALUE_PLACE) {
        add_part(keys, field, "subdivision", "a first-level area, as ISO 3166-2 or by name");
        add_part(keys, field, "country", "the country of the place");
        add_part(keys, field, "settlement", "the number of a settlement (GeoNames)");
    }
    if (type == VALUE_PLACE || type == VALUE_DATE || type == VALUE_QUANTITY)
        add_part(keys, field, "precision", "how exact it is");
    if (type == VALUE_QUANTITY)
        add_dimensions(keys, field);
}

static void add_doubts(struct keys *keys)
{
    struct buffer text;
    buffer_init(&text, 4096);
    buffer_add_string(&text, "what is missing or doubtful:");
    for (int i = 0; i < N_DOUBTS; i++)
        buffer_format(&text, "%s %s (%s)", i ? "," : "", doubt_word((enum doubt)i), doubt_meaning((enum doubt)i));
    add(keys, SLICE("doubtful"), text_of(keys, "%.*s", SLICE_ARG(buffer_slice(&text))));
    buffer_release(&text);
}

static void add_shown(struct keys *keys)
{
    static const char *const sorts[] = {"newest", "oldest", "largest", NULL};
    static const char *const languages[] = {"en", "es", "fr", "pt", "ru", "ar", "zh", NULL};
    static const char *const parts[] = {"shown", NULL};
    for (int i = 0; i < N_SHOWN; i++) {
        struct query_key_info info = {
            .key = slice_from(shown_word((enum shown_key)i)), .meaning = slice_from(shown_meaning((enum shown_key)i))};
        info.is_number = i == SHOWN_LIMIT || i == SHOWN_AFTER || i == SHOWN_Z;
        info.most = i == SHOWN_LIMIT ? QUERY_MOST_LIMIT : i == SHOWN_Z ? QUERY_MOST_ZOOM : 0;
        info.words = i == SHOWN_SORT ? sorts : i == SHOWN_LANG ? languages : i == SHOWN_PARTS ? parts : NULL;
        keys->at[keys->n++] = info;
    }
}

enum comity_status query_keys(
    const struct domain *domain, struct arena *arena, struct query_key_info **out, size_t *n, struct comity_error *err)
{
    struct keys keys = {.domain = domain, .arena = arena};
    size_t room = MOST_OTHERS + domain->n_fields * (MOST_PARTS + (domain->units ? domain->units->n_dimensions : 0));
    keys.at = *out = ARENA_ARRAY(arena, struct query_key_info, room);
    if (!keys.at)
        return error_nomem(err);
    for (size_t i = 0; i < domain->n_fields; i++)
        add_field(&keys, &domain->fields[i]);
    add(&keys, SLICE("source"), SLICE("what at least one mention of the source tells"));
    add(&keys, SLICE("id"), SLICE("entities by number"));
    add(&keys, SLICE("bbox"), SLICE("west,south,east,north in degrees"));
    add(&keys, SLICE("text"), SLICE("what a source says in a text, a name, an identifier or the name of a place"));
    add_doubts(&keys);
    add_shown(&keys);
    *n = keys.n;
    return keys.has_failed ? error_nomem(err) : COMITY_OK;
}
