/* assets.c - looking up what was built in. Each table ends with an empty row. A dozen files: a walk is quick enough. */
#include "page/assets.h"

#include "assets_table.h"

#include <string.h>

const struct asset *asset_table(size_t *n)
{
    *n = sizeof ASSETS / sizeof *ASSETS - 1;
    return ASSETS;
}

const struct asset *asset_find(const char *name)
{
    for (const struct asset *asset = ASSETS; asset->name; asset++)
        if (strcmp(asset->name, name) == 0)
            return asset;
    return NULL;
}

const struct asset *asset_at(struct slice address, bool *is_exact)
{
    struct slice prefix = SLICE("/static/");
    *is_exact = false;
    if (!slice_starts_with(address, prefix))
        return NULL;
    struct slice name = slice_of(address.ptr + prefix.len, address.len - prefix.len);
    for (const struct asset *asset = ASSETS; asset->name; asset++) {
        *is_exact = slice_is(address, asset->address);
        if (*is_exact || slice_is(name, asset->name))
            return asset;
    }
    return NULL;
}

const struct asset *asset_catalogue(const char *language)
{
    for (const struct asset *asset = CATALOGUES; asset->name; asset++)
        if (strcmp(asset->name, language) == 0)
            return asset;
    return NULL;
}

const char *asset_build(void)
{
    return ASSET_BUILD;
}
