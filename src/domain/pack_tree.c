/* Reads a tree of concepts. Parents may stand behind their children in the file; the nodes are put in order of depth,
 * and within a depth in the order of the file, so that a parent's index is always smaller. */
#include "domain/pack.h"

#include <stdlib.h>

struct tree_node {
    char *code, *parent;
    struct pack_labels labels;
    char **names, **street;
    unsigned names_count, street_count;
};

struct tree_file {
    char *tree;
    struct tree_node *nodes;
    unsigned nodes_count;
};

static const cyaml_schema_field_t node_fields[] = {
    PACK_STRING("code", struct tree_node, code),
    PACK_OPTIONAL("parent", struct tree_node, parent),
    PACK_LABELS("labels", struct tree_node, labels),
    PACK_STRINGS("names", struct tree_node, names),
    PACK_STRINGS("street", struct tree_node, street),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t node_value = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct tree_node, node_fields)};
static const cyaml_schema_field_t tree_fields[] = {
    PACK_STRING("tree", struct tree_file, tree),
    CYAML_FIELD_SEQUENCE("nodes", CYAML_FLAG_POINTER, struct tree_file, nodes, &node_value, 1, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t tree_value = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct tree_file, tree_fields)};

/* The tree while it is ordered; numbers here are those of the file, from 1, with 0 for the root. */
struct ordering {
    struct intern codes;
    uint32_t *parent, *depth, *place; /* `place`: file number → node index */
};

static void ordering_release(struct ordering *ordering)
{
    intern_release(&ordering->codes);
    free(ordering->parent);
    free(ordering->depth);
    free(ordering->place);
}

/* Codes and parents of all nodes. */
static enum comity_status ordering_read(struct ordering *ordering, struct pack_file *file, const struct tree_file *in)
{
    size_t n = (size_t)in->nodes_count + 1;
    ordering->parent = calloc(n, sizeof *ordering->parent);
    ordering->depth = calloc(n, sizeof *ordering->depth);
    ordering->place = calloc(n, sizeof *ordering->place);
    if (!ordering->parent || !ordering->depth || !ordering->place ||
        intern_put(&ordering->codes, SLICE("any")) == INTERN_NONE)
        return error_nomem(file->err);
    for (uint32_t i = 1; i < n; i++) {
        uint32_t id = intern_put(&ordering->codes, slice_from(in->nodes[i - 1].code));
        if (id == INTERN_NONE)
            return error_nomem(file->err);
        if (id != i) {
            uint32_t first = yaml_line(&file->yaml, 1, "code", slice_from(in->nodes[i - 1].code));
            return yaml_error(&file->yaml, yaml_line(&file->yaml, first + 1, "code", slice_from(in->nodes[i - 1].code)),
                file->err, "concept '%s' stands twice, first on line %u", in->nodes[i - 1].code, first);
        }
    }
    for (uint32_t i = 1; i < n; i++) {
        const char *parent = in->nodes[i - 1].parent;
        ordering->parent[i] = parent ? intern_get(&ordering->codes, slice_from(parent)) : 0;
        if (ordering->parent[i] == INTERN_NONE) {
            PACK_ERROR(file, "parent", parent, "parent '%s' of '%s' is not in the tree", parent, in->nodes[i - 1].code);
            pack_hint_near(file->err, &ordering->codes, parent);
            return COMITY_SYNTAX;
        }
    }
    return COMITY_OK;
}

/* Depths by walking up; a walk longer than the tree has nodes is a circle. */
static enum comity_status ordering_sort(struct ordering *ordering, struct pack_file *file, const struct tree_file *in)
{
    uint32_t n = in->nodes_count + 1, deepest = 0, next = 0;
    for (uint32_t i = 1; i < n; i++) {
        for (uint32_t at = i; at; at = ordering->parent[at])
            if (++ordering->depth[i] >= n)
                return PACK_ERROR(
                    file, "code", in->nodes[i - 1].code, "concept '%s' is above itself", in->nodes[i - 1].code);
        deepest = ordering->depth[i] > deepest ? ordering->depth[i] : deepest;
    }
    for (uint32_t depth = 0; depth <= deepest; depth++)
        for (uint32_t i = 0; i < n; i++)
            if (ordering->depth[i] == depth)
                ordering->place[i] = next++;
    return COMITY_OK;
}

static bool tree_fill(
    struct concept_tree *tree, struct domain *domain, const struct ordering *ordering, const struct tree_file *in)
{
    tree->n_nodes = (size_t)in->nodes_count + 1;
    tree->nodes = ARENA_ARRAY(&domain->arena, struct concept_node, tree->n_nodes);
    if (!tree->nodes || !pack_copy(domain, in->tree, &tree->id))
        return false;
    tree->nodes[0] = (struct concept_node){.code = SLICE("any"), .labels = {SLICE("Any")}};
    for (uint32_t i = 1; i < tree->n_nodes; i++) {
        struct concept_node *node = &tree->nodes[ordering->place[i]];
        node->parent = ordering->place[ordering->parent[i]];
        node->depth = ordering->depth[i];
        if (!pack_copy(domain, in->nodes[i - 1].code, &node->code) ||
            !pack_copy_labels(domain, &in->nodes[i - 1].labels, node->labels))
            return false;
    }
    for (uint32_t i = 0; i < tree->n_nodes; i++)
        if (intern_put(&tree->codes, tree->nodes[i].code) == INTERN_NONE)
            return false;
    return true;
}

/* Names and street names are claims; labels and codes only fill what nobody claimed. */
static enum comity_status tree_names(
    struct concept_tree *tree, struct pack_file *file, const struct ordering *ordering, const struct tree_file *in)
{
    struct pack_names names;
    enum comity_status status = COMITY_OK;
    pack_names_init(&names, file, &tree->codes, &tree->names);
    for (uint32_t i = 1; i < tree->n_nodes && status == COMITY_OK; i++) {
        const struct tree_node *node = &in->nodes[i - 1];
        status = pack_names_add_all(&names, node->names, node->names_count, ordering->place[i]);
        if (status == COMITY_OK)
            status = pack_names_add_all(&names, node->street, node->street_count, ordering->place[i]);
    }
    for (uint32_t i = 1; i < tree->n_nodes && status == COMITY_OK; i++)
        status = pack_names_add_labels(&names, &in->nodes[i - 1].labels, in->nodes[i - 1].code, ordering->place[i]);
    if (status == COMITY_OK && !(tree->name_concept = pack_names_take(&names, &tree->written)))
        status = error_nomem(file->err);
    pack_names_release(&names);
    return status;
}

enum comity_status pack_read_tree(
    struct domain *domain, const char *name, struct concept_tree *tree, struct comity_error *err)
{
    struct pack_file file;
    struct ordering ordering = {0};
    enum comity_status status = pack_open(&file, domain, name, &tree_value, err);
    const struct tree_file *in = file.data;
    tree->folding = &domain->folding;
    if (status == COMITY_OK)
        status = ordering_read(&ordering, &file, in);
    if (status == COMITY_OK)
        status = ordering_sort(&ordering, &file, in);
    if (status == COMITY_OK && !tree_fill(tree, domain, &ordering, in))
        status = error_nomem(err);
    if (status == COMITY_OK)
        status = tree_names(tree, &file, &ordering, in);
    ordering_release(&ordering);
    pack_release(&file);
    return status;
}
