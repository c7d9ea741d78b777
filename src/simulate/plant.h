/* plant.h - loads that came more than once, planted into what sources say, with the truth of each.
 *
 * A planted load is a copy of the rows of one source, one country and some days, under new numbers. It tells of the
 * same events, so that truth.csv stays what it is. Shapes, sources, countries, places and lengths follow from the seed;
 * no two loads of one source and country come near each other, so that each can be found, or missed, by itself.
 */
#ifndef SIMULATE_PLANT_H
#define SIMULATE_PLANT_H

#include "simulate/tell.h"

/* WHOLE: all rows once to three times more. BLOCK: a run of them that begins and ends within a day. SAMPLE: 40 to 80 %
 * of them, here and there. SHIFTED: dated a day or a calendar month away. RESPELLED: names in another language or other
 * capitals, amounts in another unit or with fewer digits. TWO_SOURCES: one source's rows in another's file and layout.
 */
#define PLANT_SHAPE_TABLE(X)                                                                                           \
    X(WHOLE, "whole")                                                                                                  \
    X(BLOCK, "block")                                                                                                  \
    X(SAMPLE, "sample")                                                                                                \
    X(SHIFTED, "shifted")                                                                                              \
    X(RESPELLED, "respelled")                                                                                          \
    X(TWO_SOURCES, "two sources")

enum plant_shape {
#define X(symbol, text) PLANT_##symbol,
    PLANT_SHAPE_TABLE(X)
#undef X
        N_PLANT_SHAPES
};

enum { PLANT_UNITS = 8 };

struct planted {
    enum plant_shape shape;
    unsigned source, copied_from; /* of the profile; the same but for TWO_SOURCES */
    uint16_t country;
    struct period period;    /* days of the rows that were copied */
    int shift, months;       /* days, or else calendar months, by which the copies are dated away */
    unsigned times;          /* how often the rows stand there in the end */
    uint64_t n_rows, n_more; /* that were to be copied; copies */
    unsigned digits;         /* RESPELLED: of the amounts; 0: as they were */
    bool is_later;           /* the copies stand in a later file of the source */
    bool has_writer;
    struct profile_source writer; /* who writes the copies, if not the source as it is: its spelling and units */
    struct profile_unit units[PLANT_UNITS];
};

/* What is planted into; `accounts` by source of the profile, empty where it is not wanted. */
struct planting {
    const struct world *world;
    const struct simulate_options *options;
    struct account *accounts;
    unsigned n_accounts;
    struct planted *loads; /* at most SIMULATE_MOST_LOADS; freed with planting_release */
    unsigned n_loads;
    uint64_t n_more; /* copies in all */
};

/* Plants options->loads loads: fewer, where the world has no room for them (20 copies or more of each). */
enum comity_status planting_make(struct planting *planting, struct comity_error *err) COMITY_MUST_USE;
void planting_release(struct planting *planting);

/* Who writes a row: the source as it is, or as it wrote the load that the row came with. */
const struct profile_source *planted_writer(
    const struct planting *planting, const struct profile_source *source, const struct telling *telling);
/* Whether a source has a load in a later file, and whether the row came with one. */
bool planting_has_later(const struct planting *planting, const struct account *account);
bool planted_later(const struct planting *planting, const struct telling *telling);

const char *plant_shape_name(enum plant_shape shape);

#endif
