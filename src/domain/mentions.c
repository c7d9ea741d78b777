/* Filling the columns. A row costs one hash look-up for each of its values; a value is unpacked only when it is seen
 * for the first time. What can fail is done before anything of the row is visible, so a failed mentions_add changes
 * nothing that can be seen: at most a value with frequency 0 stays in a dictionary. */
#include "domain/mentions.h"

#include "base/array.h"
#include "base/error.h"
#include "base/hash.h"

#include <stdlib.h>

enum { MOST_VALUE = 1 << 24, AT_ONCE = 32 };

/* ---- the packed form ----------------------------------------------------------------------------------------------
 */

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
static bool unpack_field(const struct value_spec *spec, struct slice packed, struct value *value)
{
    if (packed.len == 0) {
        *value = (struct value){.type = (uint8_t)spec->type};
        return true;
    }
    return value_unpack(spec, &packed, value) == COMITY_OK && packed.len == 0;
}

static enum comity_status corrupt(struct comity_error *err)
{
    return error_set(err, COMITY_CORRUPT, "the packed values of a mention are damaged");
}

enum comity_status mention_unpack(
    const struct domain *domain, struct slice packed, struct value *values, struct comity_error *err)
{
    for (size_t i = 0; i < domain->n_fields; i++) {
        struct slice field;
        if (!next_field(&packed, &field) || !unpack_field(&domain->fields[i].spec, field, &values[i]))
            return corrupt(err);
    }
    return packed.len ? corrupt(err) : COMITY_OK;
}

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

/* The code of a packed value if it is absent or what the row before had: most are, since files are sorted by something.
 */
static inline bool column_code_again(
    const struct mentions *mentions, struct column *column, size_t n, struct slice packed)
{
    if (is_untold(mentions, column))
        return !packed.len;
    uint32_t before = packed.len && n ? column->code[n - 1] : 0;
    column->code[n] = before;
    return slice_equal(intern_text(&column->packed, before), packed);
}

/* A value that is being looked up. */
struct lookup {
    struct column *column;
    const struct value_spec *spec;
    struct slice packed;
    struct intern_place place;
};

/* The code of a packed value, made if new. */
static enum comity_status column_code(struct lookup *lookup, uint32_t *code)
{
    struct value value;
    struct column *column = lookup->column;
    *code = intern_find(&column->packed, lookup->packed, &lookup->place);
    if (*code != INTERN_NONE)
        return COMITY_OK;
    if (!unpack_field(lookup->spec, lookup->packed, &value))
        return COMITY_CORRUPT;
    if (column->n_values == column->room && !column_grow(column))
        return COMITY_NOMEM;
    *code = intern_add(&column->packed, lookup->packed, &lookup->place);
    if (*code == INTERN_NONE)
        return COMITY_NOMEM;
    /* Once more, so that its texts point into the dictionary. It was good a moment ago. */
    if (!unpack_field(lookup->spec, intern_text(&column->packed, *code), &value))
        return COMITY_INTERNAL;
    column->values[*code] = value;
    column->frequency[*code] = 0;
    column->n_values = *code + 1;
    return COMITY_OK;
}

static void look_up(struct column *column, const struct value_spec *spec, struct slice packed, struct lookup *out)
{
    *out = (struct lookup){.column = column, .spec = spec, .packed = packed};
    intern_seek(&column->packed, packed, &out->place);
}

enum comity_status mentions_init(struct mentions *mentions, const struct domain *domain, struct comity_error *err)
{
    *mentions = (struct mentions){.domain = domain};
    mentions->columns = calloc(domain->n_fields ? domain->n_fields : 1, sizeof *mentions->columns);
    if (!mentions->columns)
        return error_nomem(err);
    for (size_t i = 0; i < domain->n_fields; i++) {
        uint32_t absent;
        struct lookup lookup;
        look_up(&mentions->columns[i], &domain->fields[i].spec, SLICE_EMPTY, &lookup);
        if (column_code(&lookup, &absent) != COMITY_OK) {
            mentions_release(mentions);
            return error_nomem(err);
        }
    }
    return COMITY_OK;
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

static bool mentions_grow(struct mentions *mentions)
{
    size_t room = mentions->room ? mentions->room * 2 : 1024;
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

static enum comity_status fail(enum comity_status status, struct comity_error *err)
{
    return status == COMITY_NOMEM ? error_nomem(err) : corrupt(err);
}

/* The codes of fields from `first` on, as many as are looked up at once: memory is asked for all of them before the
 * first is looked at, since large dictionaries lie in no cache. */
static enum comity_status add_codes(struct mentions *mentions, size_t first, struct slice *rest)
{
    struct lookup lookups[AT_ONCE];
    size_t n = mentions->n, n_lookups = 0, end = first + AT_ONCE;
    if (end > mentions->domain->n_fields)
        end = mentions->domain->n_fields;
    for (size_t i = first; i < end; i++) {
        struct column *column = &mentions->columns[i];
        struct slice field;
        if (!next_field(rest, &field))
            return COMITY_CORRUPT;
        if (column_code_again(mentions, column, n, field))
            continue;
        if (is_untold(mentions, column) && !column_begin(mentions, column))
            return COMITY_NOMEM;
        look_up(column, &mentions->domain->fields[i].spec, field, &lookups[n_lookups++]);
    }
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; status == COMITY_OK && i < n_lookups; i++)
        status = column_code(&lookups[i], &lookups[i].column->code[n]);
    return status;
}

enum comity_status mentions_add(struct mentions *mentions, const struct mention_row *row, struct comity_error *err)
{
    const struct domain *domain = mentions->domain;
    struct slice rest = row->packed;
    size_t n = mentions->n;
    if (mentions->is_sealed)
        return error_set(err, COMITY_INTERNAL, "the mentions are sealed");
    if (n && row->id <= mentions->id[n - 1])
        return error_set(err, COMITY_INTERNAL, "mention %llu comes after mention %llu", (unsigned long long)row->id,
            (unsigned long long)mentions->id[n - 1]);
    if (n == mentions->room && !mentions_grow(mentions))
        return error_nomem(err);
    for (size_t i = 0; i < domain->n_fields; i += AT_ONCE) {
        enum comity_status status = add_codes(mentions, i, &rest);
        if (status != COMITY_OK)
            return fail(status, err);
    }
    if (rest.len)
        return corrupt(err);
    for (size_t i = 0; i < domain->n_fields; i++)
        mentions->columns[i].frequency[mentions->columns[i].code[n]]++;
    mentions->id[n] = row->id;
    mentions->source[n] = row->source;
    mentions->import[n] = row->import;
    mentions->content[n] = row->content;
    mentions->identity[n] = row->identity;
    mentions->ordinal[n] = row->ordinal;
    mentions->n = n + 1;
    return COMITY_OK;
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
