/* The packed form of a mention, and many of them taken apart: every value behind its length, so that values are told
 * apart without being unpacked. */
#include "domain/mention_batch.h"

#include "base/error.h"

#include <stdlib.h>

/* The length comes first, so a field's values can be told apart without unpacking. Most take less than 128 bytes, thus
 * one byte of length, which is reserved before and filled in after. */
static void pack_field(const struct value_spec *spec, const struct value *value, struct buffer *out)
{
    size_t at = out->len;
    buffer_add_byte(out, 0);
    value_pack(spec, value, out);
    size_t len = out->len - at - 1, wide = 0;
    if (out->failed)
        return;
    if (len < 0x80) {
        out->ptr[at] = (char)len;
        return;
    }
    for (size_t rest = len >> 7; rest; rest >>= 7)
        wide++;
    if (!buffer_reserve(out, wide))
        return;
    memmove(out->ptr + at + 1 + wide, out->ptr + at + 1, len + 1);
    out->len += wide;
    for (size_t i = 0; i <= wide; i++)
        out->ptr[at + i] = (char)((len >> (7 * i) & 0x7F) | (i < wide ? 0x80 : 0));
}

void mention_pack(const struct domain *domain, const struct value *values, struct buffer *out)
{
    size_t n = domain->n_fields;
    while (n && values[n - 1].state == VALUE_ABSENT)
        n--;
    for (size_t i = 0; i < n; i++) {
        if (values[i].state == VALUE_ABSENT)
            buffer_add_byte(out, 0);
        else
            pack_field(&domain->fields[i].spec, &values[i], out);
    }
}

/* The packed value of the next field, from the front of `*rest`; empty behind the last. False when the bytes are no
 * mention. */
static inline bool next_field(struct slice *rest, struct slice *field)
{
    uint64_t len = 0;
    unsigned shift = 0;
    *field = SLICE_EMPTY;
    if (!rest->len)
        return true;
    for (;; shift += 7) {
        if (!rest->len || shift > 35)
            return false;
        uint8_t byte = (uint8_t)*rest->ptr++;
        rest->len--;
        len |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            break;
    }
    if (len > rest->len)
        return false;
    *field = slice_of(rest->ptr, (size_t)len);
    rest->ptr += len;
    rest->len -= (size_t)len;
    return true;
}

/* One packed value, all of it. */
bool mention_value_unpack(const struct value_spec *spec, struct slice packed, struct value *value)
{
    if (packed.len == 0) {
        *value = (struct value){.type = (uint8_t)spec->type};
        return true;
    }
    return value_unpack(spec, &packed, value) == COMITY_OK && packed.len == 0;
}

enum comity_status mention_corrupt(struct comity_error *err)
{
    return error_set(err, COMITY_CORRUPT, "the packed values of a mention are damaged");
}

enum comity_status mention_unpack(
    const struct domain *domain, struct slice packed, struct value *values, struct comity_error *err)
{
    for (size_t i = 0; i < domain->n_fields; i++) {
        struct slice field;
        if (!next_field(&packed, &field) || !mention_value_unpack(&domain->fields[i].spec, field, &values[i]))
            return mention_corrupt(err);
    }
    return packed.len ? mention_corrupt(err) : COMITY_OK;
}

/* ---- many ------------------------------------------------------------------------------------------------------ */

enum comity_status mention_batch_init(
    struct mention_batch *batch, const struct domain *domain, size_t room, struct comity_error *err)
{
    size_t n_fields = domain->n_fields + 1;
    *batch = (struct mention_batch){.domain = domain, .room = room};
    buffer_init(&batch->packed, (size_t)1 << 31);
    batch->rows = malloc(room * sizeof *batch->rows);
    batch->told = malloc(n_fields * room * sizeof *batch->told);
    batch->n_told = calloc(n_fields, sizeof *batch->n_told);
    return batch->rows && batch->told && batch->n_told ? COMITY_OK : error_nomem(err);
}

void mention_batch_release(struct mention_batch *batch)
{
    buffer_release(&batch->packed);
    free(batch->rows);
    free(batch->told);
    free(batch->n_told);
    *batch = (struct mention_batch){0};
}

void mention_batch_clear(struct mention_batch *batch)
{
    batch->n = batch->n_apart = batch->end_apart = 0;
    buffer_clear(&batch->packed);
    memset(batch->n_told, 0, batch->domain->n_fields * sizeof *batch->n_told);
}

enum comity_status mention_batch_put(
    struct mention_batch *batch, const struct mention_row *row, struct comity_error *err)
{
    buffer_add_slice(&batch->packed, row->packed);
    if (batch->packed.failed)
        return error_nomem(err);
    batch->rows[batch->n] = *row;
    batch->rows[batch->n++].packed.ptr = NULL;
    return COMITY_OK;
}

/* What is told again is not hashed again: files are sorted by something. */
static void tell(struct mention_batch *batch, uint32_t row, size_t field, struct slice packed)
{
    size_t n = batch->n_told[field]++;
    struct batch_value *told = &batch->told[field * batch->room + n];
    bool is_again = n && slice_equal_short(mention_batch_packed(batch, told - 1), packed);
    *told = (struct batch_value){.row = row,
        .at = (uint32_t)(packed.ptr - batch->packed.ptr),
        .hash = is_again ? told[-1].hash : intern_hash(packed),
        .len = (uint32_t)packed.len & INT32_MAX,
        .is_again = is_again};
}

static bool tell_row(struct mention_batch *batch, uint32_t row, struct slice rest)
{
    struct slice field;
    for (size_t i = 0; i < batch->domain->n_fields && rest.len; i++) {
        if (!*rest.ptr) { /* absent, as most are */
            rest = slice_of(rest.ptr + 1, rest.len - 1);
            continue;
        }
        if (!next_field(&rest, &field))
            return false;
        if (field.len && !(batch->left_out >> i & 1))
            tell(batch, row, i, field);
    }
    return rest.len == 0;
}

enum comity_status mention_batch_tell(struct mention_batch *batch, struct comity_error *err)
{
    for (; batch->n_apart < batch->n; batch->n_apart++) {
        size_t len = batch->rows[batch->n_apart].packed.len;
        if (!tell_row(batch, (uint32_t)batch->n_apart, slice_of(batch->packed.ptr + batch->end_apart, len)))
            return mention_corrupt(err);
        batch->end_apart += len;
    }
    return COMITY_OK;
}
