/* names.h - names of places that were not read as a point, for a person to settle once.
 *
 * A name is unresolved when the gazetteer gave nothing for it (unread, or only the country), only an area that is not
 * called so ("Calle Japón" in Pichincha), or when its reading is doubtful: one of several (ambiguous) or through
 * another spelling (approximate). Names are grouped by country, subdivision and folded text, most mentions first.
 */
#ifndef FLOW_NAMES_H
#define FLOW_NAMES_H

#include "flow/desk.h"

enum name_doubt { NAME_UNKNOWN, NAME_COARSE, NAME_AMBIGUOUS, NAME_APPROXIMATE, N_NAME_DOUBTS };
const char *name_doubt_text(enum name_doubt doubt); /* "unknown", "coarse", … */

enum { NAME_SOURCES = 4, NAME_SUGGESTIONS = 3 };

struct unresolved_name {
    enum name_doubt doubt;
    struct slice name;        /* folded; what `settle` takes */
    struct slice country;     /* alpha-2, empty when none was read */
    struct slice subdivision; /* GeoNames code of the reading, or empty */
    struct value reading;     /* as it stands */
    uint32_t n_mentions;      /* of all sources */
    uint64_t example;         /* a mention that says it, and its index */
    size_t example_index;
    uint32_t sources[NAME_SOURCES]; /* indexes in mentions.sources, most mentions first; n_sources of them */
    uint32_t n_sources, n_all_sources;
    struct value suggestions[NAME_SUGGESTIONS]; /* other places that the name may mean, likeliest first */
    uint32_t n_suggestions;
};

struct unresolved_options {
    struct slice country; /* alpha-2; empty: all */
    struct slice source;  /* code; empty: all */
    unsigned doubts;      /* bit n: enum name_doubt n; 0: all */
    size_t most;          /* 0: all */
};
struct unresolved_list {
    struct unresolved_name *names;
    size_t n;                                  /* listed */
    size_t n_all;                              /* that there are */
    uint64_t n_mentions, n_placed, n_unplaced; /* of what has a text for a place: read as a point, and not */
    uint64_t by_doubt[N_NAME_DOUBTS];          /* mentions */
};
/* Names of the domain's place field (role `where`), as the reader may see them; an empty list where there is none. */
enum comity_status names_unresolved(const struct snapshot *snapshot, const struct domain *domain,
    const struct reader *reader, const struct unresolved_options *options, struct arena *arena,
    struct unresolved_list *out, struct comity_error *err) COMITY_MUST_USE;

/* Settles names. A place that the gazetteer does not have, or a source or country that there is not, is refused with a
 * hint, and nothing is kept. `name` is folded here. */
enum comity_status desk_settle_names(struct desk *desk, const struct settled_name *names, size_t n,
    const struct reader *who, size_t *n_added, uint64_t *last, struct comity_error *err) COMITY_MUST_USE;

/* Settled names as lines of text, and back: source, country, subdivision, name, place, why; parted by tabs, '#' begins
 * a comment. */
void names_write(const struct settled_name *names, size_t n, struct buffer *out);
enum comity_status names_read(struct slice text, const char *path, struct arena *arena, struct settled_name **out,
    size_t *n, struct comity_error *err) COMITY_MUST_USE;

#endif
