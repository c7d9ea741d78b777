/* recipes.h - finding a recipe by path or by its name in the domain pack. */
#ifndef CLI_RECIPES_H
#define CLI_RECIPES_H

#include "flow/desk.h"

/* "name" is <pack>/recipes/name.yaml; whatever has a slash or ends in .yaml is a path. */
enum comity_status recipe_find(
    const struct domain *domain, const char *name, struct recipe **out, struct comity_error *err) COMITY_MUST_USE;

#endif
