/* See recipes.h. */
#include "cli/recipes.h"

#include "base/error.h"
#include "base/file.h"

#include <stdio.h>

enum comity_status recipe_find(
    const struct domain *domain, const char *name, struct recipe **out, struct comity_error *err)
{
    struct arena arena = {0};
    char file[512];
    const char *path = name;
    bool is_path = strchr(name, '/') || slice_ends_with(slice_from(name), SLICE(".yaml"));
    if (!is_path) {
        snprintf(file, sizeof file, "recipes/%s.yaml", name);
        path = path_join(&arena, domain->folder, file);
    }
    enum comity_status status = path ? recipe_load(path, domain, out, err) : error_nomem(err);
    if (status == COMITY_NOTFOUND && !is_path)
        error_hint(err, "the pack '%s' has no recipe '%s'; `comity sniff FILE` drafts one", domain->folder, name);
    arena_release(&arena);
    return status;
}
