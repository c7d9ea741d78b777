/* The model as bytes: little-endian, maps in the order of their keys, so that one model has one form and one hash. */
#include "link/model.h"

#include "base/array.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/order.h"

#include <stdlib.h>

static const char magic[] = "comity link 3";
enum { MODEL_MOST_BYTES = 1 << 30 };

/* ---- writing ---- */

static void put_double(struct buffer *out, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    buffer_add_u64(out, bits);
}

static void put_doubles(struct buffer *out, const double *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        put_double(out, numbers[i]);
}

static int compare_keys(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static enum comity_status put_map(struct buffer *out, const struct map *map)
{
    uint64_t *keys = malloc((map->count + 1) * sizeof *keys), value, before = 0;
    if (!keys)
        return COMITY_NOMEM;
    size_t at = 0, n = 0;
    while (map_next(map, &at, &keys[n], &value))
        n++;
    qsort(keys, n, sizeof *keys, compare_keys);
    buffer_add_varint(out, n);
    for (size_t i = 0; i < n; i++) {
        buffer_add_varint(out, keys[i] - before);
        buffer_add_varint(out, *map_get(map, keys[i]));
        before = keys[i];
    }
    free(keys);
    return COMITY_OK;
}

static void put_joint(struct buffer *out, const struct link_model *model)
{
    const double *cells = &model->joint[0][0][0][0];
    size_t n = sizeof model->joint / sizeof *cells, n_set = 0;
    for (size_t i = 0; i < n; i++)
        n_set += cells[i] != 0;
    buffer_add_varint(out, n_set);
    for (size_t i = 0; i < n; i++)
        if (cells[i] != 0) {
            buffer_add_varint(out, i);
            put_double(out, cells[i]);
        }
}

static void put_relations(struct buffer *out, const struct link_model *model)
{
    buffer_add_varint(out, model->n_relations);
    for (size_t r = 0; r < model->n_relations; r++) {
        const struct model_relation *relation = &model->relations[r];
        buffer_add_u64(out, relation->first_hash);
        buffer_add_u64(out, relation->second_hash);
        put_double(out, relation->rate);
        for (unsigned c = 0; c < model->n_comparisons; c++)
            put_doubles(out, relation->bits[c], LINK_MOST_LEVELS);
    }
}

static void put_around(struct buffer *out, const struct around *around)
{
    buffer_add_varint(out, around->n_series);
    for (size_t s = 0; s < around->n_series; s++) {
        const struct around_series *series = &around->series[s];
        const struct around_step *steps = &around->steps[series->first_step];
        buffer_add_u64(out, series->source);
        buffer_add_varint(out, series->country);
        buffer_add_varint(out, series->n_undated);
        buffer_add_varint(out, series->n_steps);
        for (uint32_t i = 0; i < series->n_steps; i++) {
            /* The first from the earliest day that there is, the others from the one before. */
            buffer_add_varint(out, (uint64_t)((int64_t)steps[i].bucket - (i ? steps[i - 1].bucket : INT32_MIN)));
            buffer_add_varint(out, steps[i].here);
        }
    }
}

enum comity_status link_model_save(const struct link_model *model, struct buffer *out)
{
    buffer_add(out, magic, sizeof magic);
    buffer_add_varint(out, model->n_comparisons);
    enum comity_status status = COMITY_OK;
    for (unsigned c = 0; status == COMITY_OK && c < model->n_comparisons; c++) {
        const struct model_comparison *weights = &model->comparisons[c];
        buffer_add_u64(out, weights->field_hash);
        buffer_add_byte(out, (char)weights->type);
        put_doubles(out, &weights->m[0][0], N_PAIR_CLASSES * LINK_MOST_LEVELS);
        put_doubles(out, &weights->u[0][0], N_PAIR_CLASSES * LINK_MOST_LEVELS);
        put_doubles(out, &weights->bits[0][0], N_PAIR_CLASSES * LINK_MOST_LEVELS);
        put_doubles(out, weights->rarity, LINK_MOST_LEVELS);
        put_doubles(out, weights->share, LINK_MOST_LEVELS);
        put_double(out, weights->nearness);
        status = put_map(out, &weights->counts);
    }
    put_joint(out, model);
    put_double(out, model->rate);
    buffer_add_byte(out, (char)model->has_converged);
    buffer_add_varint(out, model->n_sources);
    for (size_t s = 0; s < model->n_sources; s++) {
        buffer_add_u64(out, model->sources[s].code_hash);
        put_double(out, model->sources[s].twice);
        buffer_add_byte(out, (char)model->sources[s].digits);
    }
    put_relations(out, model);
    put_around(out, &model->around);
    if (status == COMITY_OK)
        status = put_map(out, &model->together);
    return status == COMITY_OK ? buffer_status(out) : status;
}

uint64_t link_model_version(const struct link_model *model)
{
    struct buffer bytes;
    buffer_init(&bytes, MODEL_MOST_BYTES);
    uint64_t version = 0;
    if (link_model_save(model, &bytes) == COMITY_OK)
        version = hash_slice(buffer_slice(&bytes));
    buffer_release(&bytes);
    return version;
}

/* ---- reading ---- */

struct input {
    struct slice rest;
    bool is_short;
};

static const char *take(struct input *in, size_t n)
{
    if (in->rest.len < n) {
        in->is_short = true;
        in->rest.len = 0;
        return NULL;
    }
    const char *at = in->rest.ptr;
    in->rest.ptr += n;
    in->rest.len -= n;
    return at;
}

static uint8_t take_byte(struct input *in)
{
    const char *at = take(in, 1);
    return at ? (uint8_t)*at : 0;
}

static uint64_t take_u64(struct input *in)
{
    const unsigned char *at = (const unsigned char *)take(in, 8);
    uint64_t number = 0;
    for (int i = 7; at && i >= 0; i--)
        number = number << 8 | at[i];
    return number;
}

static uint64_t take_varint(struct input *in)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = take_byte(in);
        number |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            return number;
    }
    in->is_short = true;
    return 0;
}

static double take_double(struct input *in)
{
    uint64_t bits = take_u64(in);
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static void take_doubles(struct input *in, double *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        numbers[i] = take_double(in);
}

static enum comity_status take_map(struct input *in, struct map *map)
{
    uint64_t n = take_varint(in), key = 0;
    for (uint64_t i = 0; i < n && !in->is_short; i++) {
        key += take_varint(in);
        uint64_t *value = map_put(map, key, NULL);
        if (!value)
            return COMITY_NOMEM;
        *value = take_varint(in);
    }
    return COMITY_OK;
}

static void take_joint(struct input *in, struct link_model *model)
{
    double *cells = &model->joint[0][0][0][0];
    uint64_t n = take_varint(in);
    for (uint64_t i = 0; i < n && !in->is_short; i++) {
        uint64_t at = take_varint(in);
        double bits = take_double(in);
        if (at < sizeof model->joint / sizeof *cells)
            cells[at] = bits;
        else
            in->is_short = true;
    }
}

static enum comity_status take_sources(struct input *in, struct link_model *model)
{
    uint64_t n = take_varint(in);
    if (n > in->rest.len / 17) {
        in->is_short = true;
        return COMITY_OK;
    }
    model->sources = calloc(n + 1, sizeof *model->sources);
    if (!model->sources)
        return COMITY_NOMEM;
    model->n_sources = n;
    for (size_t s = 0; s < n; s++) {
        model->sources[s].code_hash = take_u64(in);
        model->sources[s].twice = take_double(in);
        model->sources[s].digits = take_byte(in);
    }
    return COMITY_OK;
}

static enum comity_status take_relations(struct input *in, struct link_model *model)
{
    uint64_t n = take_varint(in);
    if (n > in->rest.len / 24) {
        in->is_short = true;
        return COMITY_OK;
    }
    model->relations = calloc(n + 1, sizeof *model->relations);
    if (!model->relations)
        return COMITY_NOMEM;
    model->n_relations = n;
    for (size_t r = 0; r < n && !in->is_short; r++) {
        struct model_relation *relation = &model->relations[r];
        relation->first_hash = take_u64(in);
        relation->second_hash = take_u64(in);
        relation->rate = take_double(in);
        for (unsigned c = 0; c < model->n_comparisons; c++)
            take_doubles(in, relation->bits[c], LINK_MOST_LEVELS);
    }
    return COMITY_OK;
}

/* Its steps are behind those of the series before; buckets ascend. */
static enum comity_status take_series(struct input *in, struct around *around, size_t *room_steps)
{
    struct around_series *series = &around->series[around->n_series];
    *series = (struct around_series){.source = take_u64(in), .first_step = around->n_steps};
    series->country = (uint16_t)take_varint(in);
    series->n_undated = (uint32_t)take_varint(in);
    uint64_t n = take_varint(in);
    if (n > in->rest.len / 2) {
        in->is_short = true;
        return COMITY_OK;
    }
    if (!ARRAY_ROOM(around->steps, around->n_steps, *room_steps, n + 1) || !around->steps)
        return COMITY_NOMEM;
    struct around_step *steps = &around->steps[around->n_steps];
    int64_t bucket = INT32_MIN;
    for (uint64_t i = 0, before = 0; i < n; i++) {
        uint64_t apart = take_varint(in);
        bucket += (int64_t)(apart & UINT32_MAX);
        steps[i] = (struct around_step){
            .bucket = (int32_t)bucket, .before = (uint32_t)before, .here = (uint32_t)take_varint(in)};
        before += steps[i].here;
        in->is_short = in->is_short || apart > UINT32_MAX || bucket > INT32_MAX || before > UINT32_MAX;
    }
    series->n_steps = (uint32_t)n;
    around->n_steps += n;
    around->n_series++;
    return COMITY_OK;
}

static enum comity_status take_around(struct input *in, struct around *around)
{
    size_t room_steps = 0;
    uint64_t n = take_varint(in);
    if (n > in->rest.len / 11) {
        in->is_short = true;
        return COMITY_OK;
    }
    around->series = calloc(n + 1, sizeof *around->series);
    enum comity_status status = around->series ? COMITY_OK : COMITY_NOMEM;
    for (uint64_t s = 0; s < n && status == COMITY_OK && !in->is_short; s++)
        status = take_series(in, around, &room_steps);
    return status;
}

static enum comity_status take_comparison(struct input *in, struct model_comparison *weights)
{
    weights->field_hash = take_u64(in);
    weights->type = take_byte(in);
    take_doubles(in, &weights->m[0][0], N_PAIR_CLASSES * LINK_MOST_LEVELS);
    take_doubles(in, &weights->u[0][0], N_PAIR_CLASSES * LINK_MOST_LEVELS);
    take_doubles(in, &weights->bits[0][0], N_PAIR_CLASSES * LINK_MOST_LEVELS);
    take_doubles(in, weights->rarity, LINK_MOST_LEVELS);
    take_doubles(in, weights->share, LINK_MOST_LEVELS);
    weights->nearness = take_double(in);
    return take_map(in, &weights->counts);
}

/* The model's comparisons must be the domain's. */
static bool fits(struct link_model *model, const struct domain *domain)
{
    struct comparison comparisons[LINK_MOST_COMPARISONS];
    unsigned n = comparisons_of(domain, comparisons);
    if (n != model->n_comparisons)
        return false;
    model->when = model->where = model->what = model->amount = -1;
    for (unsigned c = 0; c < n; c++) {
        struct model_comparison *weights = &model->comparisons[c];
        weights->n_levels = (uint8_t)comparisons[c].n_levels;
        if (weights->field_hash != hash_slice(domain->fields[comparisons[c].field].id) ||
            weights->type != (uint8_t)comparisons[c].type)
            return false;
    }
    comparisons_find_roles(comparisons, n, &model->when, &model->where, &model->what, &model->amount);
    return true;
}

static enum comity_status take_model(struct input *in, struct link_model *model)
{
    const char *start = take(in, sizeof magic);
    if (!start || memcmp(start, magic, sizeof magic) != 0)
        in->is_short = true;
    uint64_t n = take_varint(in);
    if (n > LINK_MOST_COMPARISONS || in->is_short) {
        in->is_short = true;
        return COMITY_OK;
    }
    model->n_comparisons = (unsigned)n;
    enum comity_status status = COMITY_OK;
    for (unsigned c = 0; status == COMITY_OK && c < n; c++)
        status = take_comparison(in, &model->comparisons[c]);
    take_joint(in, model);
    model->rate = take_double(in);
    model->has_converged = take_byte(in) != 0;
    if (status == COMITY_OK)
        status = take_sources(in, model);
    if (status == COMITY_OK)
        status = take_relations(in, model);
    if (status == COMITY_OK)
        status = take_around(in, &model->around);
    return status == COMITY_OK ? take_map(in, &model->together) : status;
}

enum comity_status link_model_load(
    struct slice bytes, const struct domain *domain, struct link_model **out, struct comity_error *err)
{
    struct input in = {.rest = bytes};
    struct link_model *model = *out = calloc(1, sizeof *model);
    if (!model)
        return error_nomem(err);
    enum comity_status status = take_model(&in, model);
    if (status == COMITY_NOMEM)
        status = error_nomem(err);
    else if (in.is_short || in.rest.len)
        status = error_set(err, COMITY_CORRUPT, "the link model is damaged or of another version");
    else if (!fits(model, domain))
        status = error_set(err, COMITY_CONFLICT, "the link model was trained with other fields than the domain's");
    if (status != COMITY_OK) {
        link_model_free(model);
        *out = NULL;
    } else {
        model_settle(model);
    }
    return status;
}
