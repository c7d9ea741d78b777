/* See packs.h. */
#include "cli/packs.h"

#include "base/error.h"
#include "base/file.h"

enum comity_status pack_load(const struct cli *cli, const char *name, struct domain **out, struct comity_error *err)
{
    struct arena arena = {0};
    const char *data = cli->data_folder ? cli->data_folder : COMITY_DATA_FOLDER;
    const char *domains = path_join(&arena, data, "domains");
    const char *folder = domains ? path_join(&arena, domains, name ? name : "drugs") : NULL;
    const char *gazetteer = path_join(&arena, data, "gazetteer.bin");
    enum comity_status status = folder && gazetteer ? domain_load(folder, gazetteer, out, err) : error_nomem(err);
    arena_release(&arena);
    return status;
}
