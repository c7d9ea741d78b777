/* load_table.h - the rows of each source and country, by day, and what they look like under a view: where repeated
 * loads are looked for.
 *
 * Rows lie by source, country, day and number. Equal rows of one day are one kind. The kinds of a series lie by hash,
 * then by day: all days on which such a row stands adjoin, so that asking for other days is a walk along a run.
 * Memory: 4 bytes a row, and 16 bytes a kind for as long as it is looked at. A table is not changed after it was made,
 * so threads may share it.
 */
#ifndef LINK_LOAD_TABLE_H
#define LINK_LOAD_TABLE_H

#include "link/load_view.h"

struct load_day {
    int32_t day;
    size_t begin, end; /* in rows */
};
/* The days of one source and country. */
struct load_series {
    uint32_t source;
    uint16_t country;
    size_t first_day, end_day; /* in days */
};
struct load_table {
    uint32_t *rows; /* mentions */
    struct load_day *days;
    struct load_series *series;
    size_t n_rows, n_days, n_series;
};

/* Every mention with a date; release it whatever the status. */
enum comity_status load_table_make(
    const struct mentions *mentions, unsigned threads, struct load_table *out) COMITY_MUST_USE;
void load_table_release(struct load_table *table);

/* Equal rows of a day. */
struct load_kind {
    uint64_t hash;
    uint32_t day; /* of its series, from 0 */
    uint32_t n;   /* rows */
};
/* The rows of a series, seen under a view. */
struct load_look {
    const struct load_series *series;
    struct load_kind *kinds;
    size_t n;
    uint32_t *n_days; /* of content, by kind: on how many days of the series such values stand */
};

/* Under any view but CONTENT. O(n). Release it whatever the status. */
enum comity_status load_look_make(const struct load_table *table, const struct load_series *series,
    const struct load_views *views, enum load_view view, uint64_t fields, struct load_look *out) COMITY_MUST_USE;
/* Content has its day in it: how common such a row is, its values tell, which are looked at as well. Kinds of content
 * lie by day, then by hash. Release both whatever the status. */
enum comity_status load_look_make_content(const struct load_table *table, const struct load_series *series,
    const struct load_views *views, struct load_look *content, struct load_look *values) COMITY_MUST_USE;
void load_look_release(struct load_look *look);

/* The end of the run of equal hashes that begins at `begin`. */
static inline size_t load_look_run(const struct load_look *look, size_t begin)
{
    size_t end = begin + 1;
    while (end < look->n && look->kinds[end].hash == look->kinds[begin].hash)
        end++;
    return end;
}

/* The day in a series, or null. */
const struct load_day *load_table_day(const struct load_table *table, const struct load_series *series, int32_t day);

#endif
