/* Trees are small and read often: a parent's index is smaller than its child's, so walks are loops without marks. */
#include "value/concept.h"

#include "value/parse.h"

uint32_t concept_by_code(const struct concept_tree *tree, struct slice code)
{
    uint32_t id = intern_get(&tree->codes, code);
    return id == INTERN_NONE ? CONCEPT_NONE : id;
}

static enum comity_status find(const struct concept_tree *tree, struct slice name, uint32_t *node)
{
    uint32_t id;
    enum comity_status status = folded_lookup(tree->folding, &tree->names, name, &id);
    *node = id != INTERN_NONE ? tree->name_concept[id] : concept_by_code(tree, slice_trim(name));
    return status;
}

uint32_t concept_find(const struct concept_tree *tree, struct slice name)
{
    uint32_t node;
    return find(tree, name, &node) == COMITY_OK ? node : CONCEPT_NONE;
}

bool concept_is_within(const struct concept_tree *tree, uint32_t node, uint32_t ancestor)
{
    while (node > ancestor)
        node = tree->nodes[node].parent;
    return node == ancestor;
}

uint32_t concept_common(const struct concept_tree *tree, uint32_t a, uint32_t b)
{
    while (a != b) {
        if (a > b)
            a = tree->nodes[a].parent;
        else
            b = tree->nodes[b].parent;
    }
    return a;
}

struct slice concept_label(const struct concept_tree *tree, uint32_t node, int language)
{
    const struct concept_node *found = &tree->nodes[node];
    if (language >= 0 && language < N_LANGUAGES && found->labels[language].len)
        return found->labels[language];
    return found->labels[LANGUAGE_EN].len ? found->labels[LANGUAGE_EN] : found->code;
}

enum comity_status concept_parse(
    const struct value_spec *spec, const struct value_input *input, struct arena *arena, struct value *out)
{
    uint32_t node;
    if (find(spec->concepts, input->raw, &node) != COMITY_OK)
        return COMITY_NOMEM;
    if (node == CONCEPT_NONE)
        return value_unread(VALUE_CONCEPT, input->raw, arena, out);
    *out = (struct value){.type = VALUE_CONCEPT, .state = VALUE_TYPED, .confidence = 100, .concept = {node}};
    return COMITY_OK;
}
