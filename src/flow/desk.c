/* Opening: the store says its domain, the data folder holds it. */
#include "flow/desk.h"

#include "base/error.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum comity_status load_domain(
    struct slice id, const struct desk_options *options, struct domain **out, struct comity_error *err)
{
    struct arena arena = {0};
    const char *data = options->data_folder ? options->data_folder : COMITY_DATA_FOLDER;
    const char *folder = options->domain_folder;
    enum comity_status status = COMITY_OK;
    char *name = arena_string(&arena, id), *domains = path_join(&arena, data, "domains");
    char *gazetteer = path_join(&arena, data, "gazetteer.bin");
    *out = NULL;
    if (!folder && domains && name)
        folder = path_join(&arena, domains, name);
    if (!folder || !gazetteer)
        status = error_nomem(err);
    else
        status = domain_load(folder, access(gazetteer, R_OK) == 0 ? gazetteer : NULL, out, err);
    if (!status && !slice_equal((*out)->id, id))
        status = error_set(err, COMITY_CONFLICT, "the domain pack in '%s' is '%.*s', not '%.*s'", folder,
            SLICE_ARG((*out)->id), SLICE_ARG(id));
    arena_release(&arena);
    return status;
}

enum comity_status desk_create(
    const char *path, const char *domain, const struct desk_options *options, struct comity_error *err)
{
    struct domain *loaded = NULL;
    enum comity_status status = load_domain(slice_from(domain), options, &loaded, err);
    if (!status)
        status = store_create(path, loaded->id, loaded->version, err);
    domain_free(loaded);
    return status;
}

enum comity_status desk_open(
    struct desk *desk, const char *path, const struct desk_options *options, struct comity_error *err)
{
    *desk = (struct desk){0};
    enum comity_status status = store_open(path, options->mode, options->wait_ms, &desk->store, err);
    if (!status)
        status = load_domain(store_domain(desk->store), options, &desk->domain, err);
    if (status)
        desk_close(desk);
    return status;
}

void desk_close(struct desk *desk)
{
    domain_free(desk->domain);
    store_close(desk->store);
    *desk = (struct desk){0};
}

enum comity_status desk_lay_names(struct store *store, struct mentions *mentions, struct comity_error *err)
{
    static const struct reader everyone = {.language = "en", .name = ""};
    struct settled_name *names = NULL;
    struct arena arena = {0};
    size_t n = 0;
    enum comity_status status = store_settled_names(store, &everyone, true, &arena, &names, &n, err);
    if (!status)
        status = settled_apply(mentions, names, n, NULL, err);
    arena_release(&arena);
    return status;
}

/* A name that is settled between the two readings is laid over mentions of an earlier sequence number: the next look
 * at the number sees that it grew. */
static enum comity_status load_without(struct desk *desk, uint64_t left_out, struct mentions *out, uint64_t **entity_of,
    uint64_t *sequence, struct comity_error *err)
{
    enum comity_status status = store_load_without(desk->store, desk->domain, left_out, out, entity_of, sequence, err);
    if (status)
        return status;
    status = desk_lay_names(desk->store, out, err);
    if (status) {
        mentions_release(out);
        free(*entity_of);
        *entity_of = NULL;
    }
    return status;
}

enum comity_status desk_load(
    struct desk *desk, struct mentions *out, uint64_t **entity_of, uint64_t *sequence, struct comity_error *err)
{
    return load_without(desk, 0, out, entity_of, sequence, err);
}

enum comity_status desk_load_to_link(
    struct desk *desk, struct mentions *out, uint64_t **entity_of, uint64_t *sequence, struct comity_error *err)
{
    int key = desk->domain->key;
    return load_without(desk, key < 0 ? 0 : UINT64_C(1) << key, out, entity_of, sequence, err);
}

enum comity_status desk_recipe(const struct desk *desk, const char *name, struct recipe **out, struct comity_error *err)
{
    struct arena arena = {0};
    bool is_path = strchr(name, '/') || slice_ends_with(slice_from(name), SLICE(".yaml"));
    char *recipes = path_join(&arena, desk->domain->folder, "recipes"), *file = NULL;
    const char *path = name;
    if (!is_path) {
        size_t room = strlen(name) + sizeof ".yaml";
        file = arena_alloc(&arena, room);
        if (file)
            snprintf(file, room, "%s.yaml", name);
        path = file && recipes ? path_join(&arena, recipes, file) : NULL;
    }
    enum comity_status status = path ? recipe_load(path, desk->domain, out, err) : error_nomem(err);
    if (status == COMITY_NOTFOUND && !is_path) {
        error_set(err, COMITY_NOTFOUND, "the domain pack has no recipe '%s'", name);
        error_hint(
            err, "recipes of the pack are in '%s'; a path to a file may be given as well", recipes ? recipes : "");
    }
    arena_release(&arena);
    return status;
}
