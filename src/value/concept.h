/* concept.h - a domain's tree of terms: groups, substances, forms, with names in many languages.
 *
 * Node 0 is the root and stands for "anything". A node's parent has a smaller index than the node. Names are matched
 * folded (text/fold.h); one folded name means one concept of the tree. An unknown name gives an UNREAD value: it is
 * kept, counted and shown.
 */
#ifndef VALUE_CONCEPT_H
#define VALUE_CONCEPT_H

#include "base/map.h"
#include "value/value.h"

#define CONCEPT_NONE UINT32_MAX

struct concept_node {
    struct slice code;                /* stable: "cocaine-hcl" */
    uint32_t parent;                  /* index; the root is its own parent */
    uint32_t depth;                   /* root 0 */
    struct slice labels[N_LANGUAGES]; /* empty: use English */
};

struct concept_tree {
    struct slice id; /* "substances" */
    struct concept_node *nodes;
    size_t n_nodes;
    struct intern names;     /* folded name or street name → … */
    uint32_t *name_concept;  /* … node */
    struct slice *written;   /* the names as the pack writes them; may be null */
    struct intern codes;     /* code → node index (same numbers) */
    struct folding *folding; /* null: names are folded without one */
};

/* By any name, label or code (folded inside); CONCEPT_NONE. `*is_street` (may be null) is reserved for later and set to
 * false. */
uint32_t concept_find(const struct concept_tree *tree, struct slice name);
/* By code; CONCEPT_NONE. */
uint32_t concept_by_code(const struct concept_tree *tree, struct slice code);
/* Whether `node` is `ancestor` or below it. */
bool concept_is_within(const struct concept_tree *tree, uint32_t node, uint32_t ancestor);
/* The deepest node that both are within. */
uint32_t concept_common(const struct concept_tree *tree, uint32_t a, uint32_t b);
struct slice concept_label(const struct concept_tree *tree, uint32_t node, int language);

enum comity_status concept_parse(
    const struct value_spec *, const struct value_input *, struct arena *, struct value *) COMITY_MUST_USE;

#endif
