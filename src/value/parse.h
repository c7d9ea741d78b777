/* parse.h - inside of value/: what the readers of the types share. */
#ifndef VALUE_PARSE_H
#define VALUE_PARSE_H

#include "base/map.h"
#include "value/value.h"

/* Makes `out` UNREAD with the trimmed text, copied into the arena. */
enum comity_status value_unread(
    enum value_type type, struct slice text, struct arena *arena, struct value *out) COMITY_MUST_USE;

/* The number of a name in a dictionary of folded names; INTERN_NONE when it is not there. COMITY_NOMEM only. */
enum comity_status folded_lookup(
    struct folding *folding, const struct intern *names, struct slice name, uint32_t *id) COMITY_MUST_USE;

/* Identifier, text and name. */
enum comity_status text_parse(
    const struct value_spec *, const struct value_input *, struct arena *, struct value *) COMITY_MUST_USE;
enum comity_status count_parse(
    const struct value_spec *, const struct value_input *, struct arena *, struct value *) COMITY_MUST_USE;

#endif
