/* assets.h - files that are built into the program: the stylesheet, the scripts, the base map, the catalogues.
 *
 * Made by tools/embed_assets.py. An address carries a hash of the content, so that a browser may keep it for ever:
 * /static/style.4f2a91c0.css. Under the plain name (/static/style.css) it is served too, without that promise.
 */
#ifndef PAGE_ASSETS_H
#define PAGE_ASSETS_H

#include "base/slice.h"

struct asset {
    const char *name;    /* "style.css" */
    const char *address; /* "/static/style.4f2a91c0.css" */
    const char *type;    /* media type */
    const char *hash;
    struct slice bytes;
    struct slice gzip; /* empty where nothing is gained */
};

/* By name; null when it is not built in. */
const struct asset *asset_find(const char *name);
/* The table: all assets that are served, in order of their names. */
const struct asset *asset_table(size_t *n);
/* By address, with or without the hash; null. `*is_exact` tells whether the hash was given. */
const struct asset *asset_at(struct slice address, bool *is_exact);
/* The compiled catalogue (.mo) of a language; null. */
const struct asset *asset_catalogue(const char *language);
/* A hash over all that is built in: part of every ETag. */
const char *asset_build(void);

#endif
