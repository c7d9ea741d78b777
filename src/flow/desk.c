/* Opening: the store says its domain, the data folder holds it. */
#include "flow/desk.h"

#include "base/error.h"
#include "base/file.h"

#include <unistd.h>

static enum comity_status load_domain(struct desk *desk, const struct desk_options *options, struct comity_error *err)
{
    struct arena arena = {0};
    const char *data = options->data_folder ? options->data_folder : COMITY_DATA_FOLDER;
    struct slice id = store_domain(desk->store);
    const char *folder = options->domain_folder;
    enum comity_status status = COMITY_OK;
    char *name = arena_string(&arena, id), *domains = path_join(&arena, data, "domains");
    char *gazetteer = path_join(&arena, data, "gazetteer.bin");
    if (!folder && domains && name)
        folder = path_join(&arena, domains, name);
    if (!folder || !gazetteer)
        status = error_nomem(err);
    else
        status = domain_load(folder, access(gazetteer, R_OK) == 0 ? gazetteer : NULL, &desk->domain, err);
    if (!status && !slice_equal(desk->domain->id, id))
        status = error_set(err, COMITY_CONFLICT, "the store is for the domain '%.*s', the pack in '%s' is '%.*s'",
            SLICE_ARG(id), folder, SLICE_ARG(desk->domain->id));
    arena_release(&arena);
    return status;
}

enum comity_status desk_open(
    struct desk *desk, const char *path, const struct desk_options *options, struct comity_error *err)
{
    *desk = (struct desk){0};
    enum comity_status status = store_open(path, options->mode, options->wait_ms, &desk->store, err);
    if (!status)
        status = load_domain(desk, options, err);
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
