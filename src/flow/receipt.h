/* receipt.h - what an import did, as one JSON object (docs/STORE.md lists its members). */
#ifndef FLOW_RECEIPT_H
#define FLOW_RECEIPT_H

#include "flow/rejects.h"
#include "flow/spool.h"
#include "store/coverage.h"

struct receipt {
    uint64_t number; /* 0 for a dry run */
    bool is_dry_run;
    struct slice file_name;
    const struct spool *spool;
    const struct domain *domain;
    const struct recipe *recipe;
    struct recipe_run *run;
    const struct rows *rows;
    const struct rejects *rejects;
    struct slice rejects_file; /* empty: none */
    const struct import_counts *counts;
    const struct coverage_report *coverage;
    const char *recipe_hash;
};

/* Appends an object: what a coverage retracted, or would retract. */
void coverage_report_json(const struct coverage_report *report, struct buffer *out);

enum comity_status receipt_write(
    const struct receipt *receipt, struct buffer *out, struct comity_error *err) COMITY_MUST_USE;

#endif
