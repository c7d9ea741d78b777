/* model_file.h - a linking model as a file: made on one desk, looked at, compared, used on another.
 *
 * One header line that people can read, "comity-model 1 DOMAIN TRAINED_ON VERSION SOURCE,SOURCE…", then the bytes of
 * link_model_save. VERSION is their hash: a file that was altered says so. A model holds weights, rates and how often
 * values occur, as hashes of the values: not the data itself, but whoever has a value in hand can ask how frequent it
 * was.
 */
#ifndef FLOW_MODEL_FILE_H
#define FLOW_MODEL_FILE_H

#include "flow/desk.h"

struct model_file {
    struct link_model *model;
    uint64_t version, trained_on; /* mentions */
    struct slice sources;         /* codes with commas between; empty where nobody kept them */
    struct arena arena;
};

/* Appends the file. `sources`: as in struct model_file. */
enum comity_status model_file_write(const struct link_model *model, const struct domain *domain, uint64_t trained_on,
    struct slice sources, struct buffer *out, struct comity_error *err) COMITY_MUST_USE;
/* COMITY_CORRUPT when it is no model or was altered; COMITY_CONFLICT when it is of another domain, or of other fields
 * than the domain has now. `name`: for messages. */
enum comity_status model_file_read(struct slice bytes, const char *name, const struct domain *domain,
    struct model_file *out, struct comity_error *err) COMITY_MUST_USE;
void model_file_release(struct model_file *file);

/* The model that the store was last linked under. COMITY_CONFLICT when it was never linked. */
enum comity_status model_file_of_store(
    struct desk *desk, struct model_file *out, struct comity_error *err) COMITY_MUST_USE;
/* A model trained on what the store holds now; nothing is published. */
enum comity_status model_file_train(struct desk *desk, const struct reader *who, unsigned threads,
    const struct progress *progress, struct model_file *out, struct comity_error *err) COMITY_MUST_USE;

/* One object: version, what it was trained on, rates, and by field, kind of pair and level: m, u, bits. */
void model_file_json(const struct model_file *file, const struct domain *domain, struct buffer *out);
/* One object: both versions, and by field, kind of pair and level the bits of each and their difference. */
void model_file_compare_json(
    const struct model_file *a, const struct model_file *b, const struct domain *domain, struct buffer *out);

#endif
