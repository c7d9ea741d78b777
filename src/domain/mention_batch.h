/* mention_batch.h - rows of mentions on their way into a table: their values told apart and hashed, by column.
 *
 * Made by who reads while another thread adds the batch before, so that the one has nothing to do with dictionaries and
 * the other nothing with rows. Telling values apart is done by either, whoever has the time. A batch owns its memory;
 * cleared, it takes the next rows without asking for more.
 */
#ifndef DOMAIN_MENTION_BATCH_H
#define DOMAIN_MENTION_BATCH_H

#include "base/buffer.h"
#include "domain/mentions.h"

/* One value that is told: its row, and where its packed form stands. */
struct batch_value {
    uint32_t row, at, hash;
    uint32_t len : 31;
    uint32_t is_again : 1; /* the same as the one told before it in this column */
};

struct mention_batch {
    const struct domain *domain;
    uint64_t left_out;        /* bits, by field: what is taken as if nobody told it */
    struct mention_row *rows; /* of their packed form the length only */
    size_t n, room;
    size_t n_apart, end_apart; /* so many rows are told apart, and so much of `packed` */
    struct buffer packed;      /* of all rows, one after another */
    struct batch_value *told;  /* field × room */
    size_t *n_told;            /* by field */
};

/* Room for `room` rows. Release it whatever the status. */
enum comity_status mention_batch_init(
    struct mention_batch *batch, const struct domain *domain, size_t room, struct comity_error *err) COMITY_MUST_USE;
void mention_batch_release(struct mention_batch *batch);
void mention_batch_clear(struct mention_batch *batch);

/* Puts a row, of which nothing is kept; n < room before. After a failure the batch must be cleared. */
enum comity_status mention_batch_put(
    struct mention_batch *batch, const struct mention_row *row, struct comity_error *err) COMITY_MUST_USE;
/* Tells the values of all rows apart that were put since. COMITY_CORRUPT when a packed form is none: likewise. */
enum comity_status mention_batch_tell(struct mention_batch *batch, struct comity_error *err) COMITY_MUST_USE;

/* Adds all its rows, or none; tells apart what is not yet. Ids must ascend. */
enum comity_status mentions_add_batch(
    struct mentions *mentions, struct mention_batch *batch, struct comity_error *err) COMITY_MUST_USE;

static inline const struct batch_value *mention_batch_told(const struct mention_batch *batch, size_t field)
{
    return &batch->told[field * batch->room];
}

static inline struct slice mention_batch_packed(const struct mention_batch *batch, const struct batch_value *value)
{
    return slice_of(batch->packed.ptr + value->at, value->len);
}

/* The value of its packed form; false when the bytes are none. */
bool mention_value_unpack(const struct value_spec *spec, struct slice packed, struct value *value);
enum comity_status mention_corrupt(struct comity_error *err);

#endif
