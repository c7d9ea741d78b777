/* simulation.h - one run of the simulator: what simulate.c makes and truth.c writes down. Private to simulate/. */
#ifndef SIMULATE_SIMULATION_H
#define SIMULATE_SIMULATION_H

#include "simulate/plant.h"
#include "simulate/scribe.h"

enum { MOST_SOURCES = 8 };
enum { TOLD = 1, TOLD_AMOUNT = 2 };

struct simulation {
    const struct domain *domain;
    const char *folder;
    const struct simulate_options *options;
    struct profile *profile;
    struct world world;
    struct account accounts[MOST_SOURCES]; /* by source of the profile; empty where it is not wanted */
    bool is_wanted[MOST_SOURCES];
    struct planting planting;
    uint32_t *operation_of; /* by event, or null: simulate/parts.h */
    uint8_t *told;          /* by event: TOLD, TOLD_AMOUNT */
    struct simulate_report *report;
    struct arena arena;
};

/* The name of a source's file in an edition: "police.xlsx", "police-2.xlsx". Null when memory is out. */
const char *edition_name(struct simulation *simulation, const char *file, unsigned edition);

/* Opens a file of the folder and writes its header. */
enum comity_status truth_open(struct simulation *simulation, const char *name, const char *const *headers, size_t n,
    struct sink **out, struct comity_error *err) COMITY_MUST_USE;

/* The name of a source's file behind a suffix: "police-again.xlsx". Null when memory is out. */
const char *suffixed_name(struct simulation *simulation, const char *file, const char *suffix);

/* truth-loads.csv. */
enum comity_status truth_write_loads(struct simulation *simulation, struct comity_error *err) COMITY_MUST_USE;

/* truth.csv, truth-totals.csv, world.json; truth-editions.csv, truth-silence.csv and truth-loads.csv where there is
 * something to tell. */
enum comity_status truth_write(struct simulation *simulation, struct comity_error *err) COMITY_MUST_USE;

#endif
