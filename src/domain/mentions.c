/* Filling the columns, a batch of rows and one column at a time, so that small dictionaries stay in the cache and
 * memory is asked for what lies in large ones before it is looked at. A value costs one hash look-up; it is unpacked
 * only when it is seen for the first time. What can fail is done before anything of the batch is visible, so a failed
 * mentions_add changes nothing that can be seen: at most a value with frequency 0 stays in a dictionary. */
#include "domain/mention_batch.h"

#include "base/array.h"
#include "base/error.h"
#include "base/hash.h"

#include <stdlib.h>

enum { MOST_VALUE = 1 << 24, AT_ONCE = 32 };

/* ---- the table ------------------------------------------------------------------------------------------------------
 */

static bool column_grow(struct column *column)
{
    size_t room = column->room ? column->room * 2 : 16;
    struct value *values = realloc(column->values, room * sizeof *values);
    if (!values)
        return false;
    column->values = values;
    uint32_t *frequency = realloc(column->frequency, room * sizeof *frequency);
    if (!frequency)
        return false;
    column->frequency = frequency;
    column->room = room;
    return true;
}

/* A column that nobody has told anything in yet shares the zeroes of all such columns. */
static inline bool is_untold(const struct mentions *mentions, const struct column *column)
{
    return column->code == mentions->absent;
}

/* The code of a packed value, made if new. */
static enum comity_status column_code(
    struct column *column, const struct value_spec *spec, struct slice packed, uint32_t hash, uint32_t *code)
{
    struct value value;
    struct intern_place place;
    *code = intern_find(&column->packed, packed, hash, &place);
    if (*code != INTERN_NONE)
        return COMITY_OK;
    if (!mention_value_unpack(spec, packed, &value))
        return COMITY_CORRUPT;
    if (column->n_values == column->room && !column_grow(column))
        return COMITY_NOMEM;
    *code = intern_add(&column->packed, packed, &place);
    if (*code == INTERN_NONE)
        return COMITY_NOMEM;
    /* Once more, so that its texts point into the dictionary. It was good a moment ago. */
    if (!mention_value_unpack(spec, intern_text(&column->packed, *code), &value))
        return COMITY_INTERNAL;
    column->values[*code] = value;
    column->frequency[*code] = 0;
    column->n_values = *code + 1;
    return COMITY_OK;
}

static bool add_absent(struct column *column, const struct value_spec *spec)
{
    uint32_t absent;
    return column_code(column, spec, SLICE_EMPTY, intern_hash(SLICE_EMPTY), &absent) == COMITY_OK;
}

enum comity_status mentions_init(struct mentions *mentions, const struct domain *domain, struct comity_error *err)
{
    *mentions = (struct mentions){.domain = domain};
    mentions->columns = calloc(domain->n_fields ? domain->n_fields : 1, sizeof *mentions->columns);
    bool has_memory = mentions->columns != NULL;
    for (size_t i = 0; has_memory && i < domain->n_fields; i++)
        has_memory = add_absent(&mentions->columns[i], &domain->fields[i].spec);
    if (!has_memory)
        mentions_release(mentions);
    return has_memory ? COMITY_OK : error_nomem(err);
}

void mentions_release(struct mentions *mentions)
{
    for (size_t i = 0; mentions->columns && i < mentions->domain->n_fields; i++) {
        struct column *column = &mentions->columns[i];
        if (!is_untold(mentions, column))
            free(column->code);
        free(column->values);
        free(column->frequency);
        intern_release(&column->packed);
    }
    free(mentions->absent);
    free(mentions->columns);
    free(mentions->id);
    free(mentions->source);
    free(mentions->import);
    free(mentions->content);
    free(mentions->identity);
    free(mentions->ordinal);
    free(mentions->named);
    arena_release(&mentions->arena);
    *mentions = (struct mentions){0};
}

static bool grow(void *array, size_t room, size_t size)
{
    void *old;
    memcpy(&old, array, sizeof old);
    void *grown = realloc(old, room * size);
    if (!grown)
        return false;
    memcpy(array, &grown, sizeof grown);
    return true;
}

/* The first value of a column that was untold: it gets codes of its own. */
static bool column_begin(const struct mentions *mentions, struct column *column)
{
    uint32_t *code = calloc(mentions->room, sizeof *code);
    if (code)
        column->code = code;
    return code != NULL;
}

/* All that are untold follow the zeroes to where they are now. */
static bool grow_absent(struct mentions *mentions, size_t room)
{
    uint32_t *old = mentions->absent, *zeroes = calloc(room, sizeof *zeroes);
    if (!zeroes)
        return false;
    for (size_t i = 0; i < mentions->domain->n_fields; i++)
        if (mentions->columns[i].code == old)
            mentions->columns[i].code = zeroes;
    mentions->absent = zeroes;
    free(old);
    return true;
}

static bool make_room(struct mentions *mentions, size_t room)
{
    bool is_grown = grow(&mentions->id, room, sizeof *mentions->id) &&
                    grow(&mentions->source, room, sizeof *mentions->source) &&
                    grow(&mentions->import, room, sizeof *mentions->import) &&
                    grow(&mentions->content, room, sizeof *mentions->content) &&
                    grow(&mentions->identity, room, sizeof *mentions->identity) &&
                    grow(&mentions->ordinal, room, sizeof *mentions->ordinal);
    is_grown = is_grown && grow_absent(mentions, room);
    for (size_t i = 0; is_grown && i < mentions->domain->n_fields; i++)
        if (!is_untold(mentions, &mentions->columns[i]))
            is_grown = grow(&mentions->columns[i].code, room, sizeof *mentions->columns[i].code);
    if (is_grown)
        mentions->room = room;
    return is_grown;
}

static bool mentions_grow(struct mentions *mentions, size_t more)
{
    size_t room = mentions->room ? mentions->room : 1024;
    while (room < mentions->n + more)
        room *= 2;
    return room == mentions->room || make_room(mentions, room);
}

void mentions_reserve(struct mentions *mentions, size_t n)
{
    if (n > mentions->room && !mentions->is_sealed)
        (void)!make_room(mentions, n);
}

static void ask_for(const struct intern *packed, const struct batch_value *told, size_t n)
{
    for (size_t i = 0; i < n; i++)
        intern_ask_slot(packed, told[i].hash);
    for (size_t i = 0; i < n; i++)
        intern_ask_place(packed, told[i].hash);
    for (size_t i = 0; i < n; i++)
        intern_ask_text(packed, told[i].hash);
}

/* The codes of one column, in places that are zeroes. */
static enum comity_status find_codes(struct column *column, const struct value_spec *spec,
    const struct mention_batch *batch, size_t field, uint32_t *code)
{
    const struct batch_value *told = mention_batch_told(batch, field);
    size_t n = batch->n_told[field];
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < n && status == COMITY_OK; i++) {
        if (i % AT_ONCE == 0)
            ask_for(&column->packed, &told[i], n - i < AT_ONCE ? n - i : AT_ONCE);
        if (told[i].is_again)
            code[told[i].row] = code[told[i - 1].row];
        else
            status = column_code(column, spec, mention_batch_packed(batch, &told[i]), told[i].hash, &code[told[i].row]);
    }
    return status;
}

static enum comity_status add_codes(struct mentions *mentions, const struct mention_batch *batch, size_t field)
{
    struct column *column = &mentions->columns[field];
    if (is_untold(mentions, column) && !batch->n_told[field])
        return COMITY_OK;
    if (is_untold(mentions, column) && !column_begin(mentions, column))
        return COMITY_NOMEM;
    memset(&column->code[mentions->n], 0, batch->n * sizeof *column->code);
    return find_codes(column, &mentions->domain->fields[field].spec, batch, field, &column->code[mentions->n]);
}

static void count_codes(struct mentions *mentions, const struct mention_batch *batch, size_t field)
{
    struct column *column = &mentions->columns[field];
    const struct batch_value *told = mention_batch_told(batch, field);
    const uint32_t *code = &column->code[mentions->n];
    column->frequency[0] += (uint32_t)(batch->n - batch->n_told[field]);
    for (size_t i = 0; i < batch->n_told[field]; i++)
        column->frequency[code[told[i].row]]++;
}

static enum comity_status check_ids(
    const struct mentions *mentions, const struct mention_batch *batch, struct comity_error *err)
{
    uint64_t before = mentions->n ? mentions->id[mentions->n - 1] : 0;
    bool has_before = mentions->n != 0;
    for (size_t i = 0; i < batch->n; i++) {
        uint64_t id = batch->rows[i].id;
        if (has_before && id <= before)
            return error_set(err, COMITY_INTERNAL, "mention %llu comes after mention %llu", (unsigned long long)id,
                (unsigned long long)before);
        before = id;
        has_before = true;
    }
    return COMITY_OK;
}

static enum comity_status fail(enum comity_status status, struct comity_error *err)
{
    return status == COMITY_NOMEM ? error_nomem(err) : mention_corrupt(err);
}

enum comity_status mentions_add_batch(struct mentions *mentions, struct mention_batch *batch, struct comity_error *err)
{
    size_t n_fields = mentions->domain->n_fields;
    if (mentions->is_sealed)
        return error_set(err, COMITY_INTERNAL, "the mentions are sealed");
    enum comity_status status = mention_batch_tell(batch, err);
    if (status == COMITY_OK)
        status = check_ids(mentions, batch, err);
    if (status != COMITY_OK)
        return status;
    if (!mentions_grow(mentions, batch->n))
        return error_nomem(err);
    for (size_t f = 0; f < n_fields && status == COMITY_OK; f++)
        status = add_codes(mentions, batch, f);
    if (status != COMITY_OK)
        return fail(status, err);
    for (size_t f = 0; f < n_fields; f++)
        count_codes(mentions, batch, f);
    for (size_t i = 0; i < batch->n; i++) {
        const struct mention_row *row = &batch->rows[i];
        size_t n = mentions->n++;
        mentions->id[n] = row->id;
        mentions->source[n] = row->source;
        mentions->import[n] = row->import;
        mentions->content[n] = row->content;
        mentions->identity[n] = row->identity;
        mentions->ordinal[n] = row->ordinal;
    }
    return COMITY_OK;
}

enum comity_status mentions_add(struct mentions *mentions, const struct mention_row *row, struct comity_error *err)
{
    struct mention_batch batch;
    enum comity_status status = mention_batch_init(&batch, mentions->domain, 1, err);
    if (status == COMITY_OK)
        status = mention_batch_put(&batch, row, err);
    if (status == COMITY_OK)
        status = mentions_add_batch(mentions, &batch, err);
    mention_batch_release(&batch);
    return status;
}

/* Giving back memory that cannot be given back is no failure: the old piece stays. */
static void shrink(void *array, size_t n, size_t size)
{
    if (n)
        grow(array, n, size);
}

void mentions_seal(struct mentions *mentions)
{
    shrink(&mentions->id, mentions->n, sizeof *mentions->id);
    shrink(&mentions->source, mentions->n, sizeof *mentions->source);
    shrink(&mentions->import, mentions->n, sizeof *mentions->import);
    shrink(&mentions->content, mentions->n, sizeof *mentions->content);
    shrink(&mentions->identity, mentions->n, sizeof *mentions->identity);
    shrink(&mentions->ordinal, mentions->n, sizeof *mentions->ordinal);
    for (size_t i = 0; i < mentions->domain->n_fields; i++) {
        struct column *column = &mentions->columns[i];
        if (!is_untold(mentions, column))
            shrink(&column->code, mentions->n, sizeof *column->code);
        shrink(&column->values, column->n_values, sizeof *column->values);
        shrink(&column->frequency, column->n_values, sizeof *column->frequency);
        intern_seal(&column->packed);
        column->room = column->n_values;
    }
    mentions->room = mentions->n;
    mentions->is_sealed = true;
}

/* ---- hiding ----------------------------------------------------------------------------------------------------- */

/* The values are let go of as well, so that no list of what a column holds can show them. */
static void hide_columns(struct mentions *mentions)
{
    for (size_t i = 0; i < mentions->domain->n_fields; i++) {
        struct column *column = &mentions->columns[i];
        if (!mentions->domain->fields[i].is_restricted || !mentions->n)
            continue;
        if (!is_untold(mentions, column))
            free(column->code);
        column->code = mentions->absent;
        column->frequency[0] = (uint32_t)mentions->n;
        column->n_values = 1;
    }
}

/* By code, in `hashes`: of canonical bytes, so that the order in which values came in does not tell. */
static bool hash_values(const struct column *column, const struct value_spec *spec, uint64_t *hashes)
{
    struct buffer packed;
    bool is_good = true;
    buffer_init(&packed, MOST_VALUE);
    for (uint32_t code = 0; is_good && code < column->n_values; code++) {
        buffer_clear(&packed);
        value_pack(spec, &column->values[code], &packed);
        is_good = !packed.failed;
        hashes[code] = hash_slice(buffer_slice(&packed));
    }
    buffer_release(&packed);
    return is_good;
}

/* Adds what one field says to the hashes of mentions. */
static bool add_column(const struct mentions *mentions, size_t field, uint64_t *to)
{
    const struct column *column = &mentions->columns[field];
    if (is_untold(mentions, column))
        return true;
    uint64_t *hashes = malloc(column->n_values * sizeof *hashes);
    bool is_good = hashes && hash_values(column, &mentions->domain->fields[field].spec, hashes);
    for (size_t i = 0; is_good && i < mentions->n; i++)
        if (column->code[i])
            to[i] = hash_u64(to[i] * 31 + field) ^ hashes[column->code[i]];
    free(hashes);
    return is_good;
}

/* As a recipe does it: what is left, without the source's key. */
static bool hash_contents(struct mentions *mentions)
{
    bool is_good = true;
    if (mentions->n)
        memset(mentions->content, 0, mentions->n * sizeof *mentions->content);
    for (size_t f = 0; is_good && f < mentions->domain->n_fields; f++)
        if ((int)f != mentions->domain->key)
            is_good = add_column(mentions, f, mentions->content);
    return is_good;
}

/* Numbers what is equal, and makes each an identity of it. */
static bool number_equals(struct mentions *mentions)
{
    struct map counts = {0};
    bool is_good = true;
    for (size_t i = 0; is_good && i < mentions->n; i++) {
        uint64_t what = hash_u64(mentions->identity[i] ^ hash_slice(mentions->sources[mentions->source[i]].code));
        uint64_t *count = map_put(&counts, what, NULL);
        is_good = count != NULL;
        if (is_good)
            mentions->ordinal[i] = (uint32_t)(*count)++;
        mentions->identity[i] = hash_u64(what + mentions->ordinal[i]);
    }
    map_release(&counts);
    return is_good;
}

/* By content and, where it is seen, the key, so that of rows with keys no order of import tells which is which. */
static bool identify_anew(struct mentions *mentions)
{
    uint64_t *identity = malloc((mentions->n + 1) * sizeof *identity);
    if (!identity)
        return false;
    if (mentions->n)
        memcpy(identity, mentions->content, mentions->n * sizeof *identity);
    mentions->named = mentions->identity;
    mentions->identity = identity;
    int key = mentions->domain->key;
    return (key < 0 || add_column(mentions, (size_t)key, identity)) && number_equals(mentions);
}

enum comity_status mentions_hide_restricted(struct mentions *mentions, struct comity_error *err)
{
    hide_columns(mentions);
    bool is_good = hash_contents(mentions) && identify_anew(mentions);
    return is_good ? COMITY_OK : error_nomem(err);
}

/* ---- replacing --------------------------------------------------------------------------------------------------- */

enum comity_status mention_replacements_add(struct mention_replacements *replacements, uint32_t code, uint32_t source,
    const struct value *value, struct comity_error *err)
{
    if (!ARRAY_ROOM(replacements->at, replacements->n, replacements->room, 1))
        return error_nomem(err);
    replacements->at[replacements->n++] = (struct mention_replacement){code, source, *value};
    return COMITY_OK;
}

void mention_replacements_release(struct mention_replacements *replacements)
{
    free(replacements->at);
    *replacements = (struct mention_replacements){0};
}

static uint64_t replacement_key(uint32_t code, uint32_t source)
{
    return (uint64_t)code << 32 | source;
}

/* Adds the new values behind the old ones, and says which code of which source becomes which. */
static bool add_values(struct column *column, const struct mention_replacements *replacements, struct map *codes)
{
    size_t room = column->n_values + replacements->n;
    if (!grow(&column->values, room, sizeof *column->values) ||
        !grow(&column->frequency, room, sizeof *column->frequency))
        return false;
    for (size_t i = 0; i < replacements->n; i++) {
        const struct mention_replacement *one = &replacements->at[i];
        uint64_t *code = map_put(codes, replacement_key(one->code, one->source), NULL);
        if (!code)
            return false;
        *code = column->n_values + i;
        column->values[*code] = one->value;
        column->frequency[*code] = 0;
    }
    return true;
}

enum comity_status mentions_replace(struct mentions *mentions, int field,
    const struct mention_replacements *replacements, size_t *n_changed, struct comity_error *err)
{
    struct column *column = &mentions->columns[field];
    struct map codes = {0};
    if (!replacements->n || is_untold(mentions, column))
        return COMITY_OK;
    bool is_good = column->n_values + replacements->n < UINT32_MAX && add_values(column, replacements, &codes);
    for (size_t i = 0; is_good && i < mentions->n; i++) {
        const uint64_t *code = map_get(&codes, replacement_key(column->code[i], mentions->source[i]));
        if (!code)
            continue;
        column->frequency[column->code[i]]--;
        column->code[i] = (uint32_t)*code;
        column->frequency[*code]++;
        ++*n_changed;
    }
    if (is_good)
        column->n_values += (uint32_t)replacements->n;
    map_release(&codes);
    return is_good ? COMITY_OK : error_nomem(err);
}
