/* category.h - a flat list of codes (transport, installation), with names in many languages, matched folded. */
#ifndef VALUE_CATEGORY_H
#define VALUE_CATEGORY_H

#include "base/map.h"
#include "value/concept.h"
#include "value/value.h"

struct category_table {
    struct slice id;                     /* "transport" */
    struct intern codes;                 /* code → id */
    struct slice (*labels)[N_LANGUAGES]; /* by id */
    struct intern names;                 /* folded name → … */
    uint32_t *name_category;
    struct slice *written;   /* the names as the pack writes them; may be null */
    struct folding *folding; /* null: names are folded without one */
};

/* By any name, label or code (folded inside); UINT32_MAX. */
uint32_t category_find(const struct category_table *table, struct slice name);
struct slice category_label(const struct category_table *table, uint32_t id, int language);

enum comity_status category_parse(
    const struct value_spec *, const struct value_input *, struct arena *, struct value *) COMITY_MUST_USE;

#endif
