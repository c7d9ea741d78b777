/* receipt.h - what an import did, as one JSON object (docs/STORE.md lists its members). */
#ifndef FLOW_RECEIPT_H
#define FLOW_RECEIPT_H

#include "flow/rejects.h"
#include "flow/spool.h"
#include "store/store.h"

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
    const char *recipe_hash;
};

enum comity_status receipt_write(
    const struct receipt *receipt, struct buffer *out, struct comity_error *err) COMITY_MUST_USE;

#endif
