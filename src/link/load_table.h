/* load_table.h - the rows of each source and country, by day: where repeated loads are looked for.
 *
 * Rows lie by source, country and day; those of a day by their hash under the view in hand. Memory: 16 bytes a row.
 */
#ifndef LINK_LOAD_TABLE_H
#define LINK_LOAD_TABLE_H

#include "link/load_view.h"

struct load_row {
    uint64_t hash; /* under the view in hand */
    uint32_t mention;
    uint16_t n_days; /* of its series: on how many of them such a row stands, 65535 at most */
};
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
    struct load_row *rows;
    struct load_day *days;
    struct load_series *series;
    size_t n_rows, n_days, room_days, n_series, room_series;
};

/* Every mention with a date; release it whatever the status. */
enum comity_status load_table_make(const struct mentions *mentions, struct load_table *out) COMITY_MUST_USE;
void load_table_release(struct load_table *table);

/* Hashes the rows of a series under a view, sorts each day by hash and counts on how many days each stands.
 * O(n log n). */
enum comity_status load_table_look(struct load_table *table, const struct load_series *series,
    const struct load_views *views, enum load_view view, uint64_t fields) COMITY_MUST_USE;

/* The day in a series, or null. */
const struct load_day *load_table_day(const struct load_table *table, const struct load_series *series, int32_t day);

#endif
