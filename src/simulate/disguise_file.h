/* disguise_file.h - disguise.yaml of the pack as it stands in memory. Private to simulate/. */
#ifndef SIMULATE_DISGUISE_FILE_H
#define SIMULATE_DISGUISE_FILE_H

#include "simulate/profile.h"

struct disguise_column {
    const char *what; /* as in struct profile_column */
    const char **names;
    unsigned names_count;
    bool is_optional;
};
struct disguise {
    const char *language, *file;
    const char **titles, **totals, **footnotes; /* the first title says that all is simulated */
    unsigned titles_count, totals_count, footnotes_count;
    const char **countries; /* of which such an agency would tell */
    unsigned countries_count;
    struct disguise_column *columns;
    unsigned columns_count;
    struct profile_unit *units; /* several of one dimension: one of them is picked */
    unsigned units_count;
};
struct disguises {
    struct disguise *list;
    unsigned list_count;
};

/* Free with disguises_free (null is fine). */
enum comity_status disguises_load(
    const struct domain *domain, struct disguises **out, struct comity_error *err) COMITY_MUST_USE;
void disguises_free(struct disguises *disguises);

#endif
