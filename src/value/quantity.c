/* Amounts: a number, perhaps with a word before it ("about") and a unit behind it ("12,5 kg"), or a unit of its own
 * cell. */
#include "value/quantity.h"

#include "text/fold.h"
#include "value/concept.h"
#include "value/parse.h"

#include <math.h>

enum comity_status unit_look_up(const struct unit_table *table, struct slice spelling, uint32_t *unit)
{
    uint32_t id;
    enum comity_status status = folded_lookup(table->folding, &table->spellings, spelling, &id);
    *unit = id == INTERN_NONE ? UINT32_MAX : table->spelling_unit[id];
    return status;
}

uint32_t unit_find(const struct unit_table *table, struct slice spelling)
{
    uint32_t unit;
    return unit_look_up(table, spelling, &unit) == COMITY_OK ? unit : UINT32_MAX;
}

static struct slice label_of(struct slice (*labels)[N_LANGUAGES], uint32_t id, int language, struct slice otherwise)
{
    return labels && labels[id][language].len ? labels[id][language] : otherwise;
}

struct slice unit_label(const struct unit_table *table, uint32_t unit, int language)
{
    const struct unit *found = &table->units[unit];
    return label_of(table->unit_labels, unit, language, found->label.len ? found->label : found->code);
}

struct slice dimension_label(const struct unit_table *table, uint32_t dimension, int language)
{
    const struct dimension *found = &table->dimensions[dimension];
    return label_of(table->dimension_labels, dimension, language, found->label.len ? found->label : found->id);
}

double unit_to_base(const struct unit_table *table, const struct value *quantity)
{
    return quantity->quantity.amount * table->units[quantity->quantity.unit].to_base;
}

/* ---- reading ------------------------------------------------------------------------------------------------------
 */

/* Words and signs that make an amount rounded. Longer ones stand before those that they begin with. */
static const char *const about[] = {"approximately", "approx.", "approx", "about", "around", "circa", "ca.", "ca ",
    "c. ", "some ", "nearly", "almost", "more than", "over ", "at least", "less than", "up to", "under ",
    "aproximadamente", "aprox.", "aprox", "alrededor de", "cerca de", "cerca", "casi", "unos ", "unas ", "más de",
    "mas de", "mais de", "menos de", "quase", "environ", "plus de", "moins de", "près de", "около", "примерно", "более",
    "свыше", "менее", "почти", "حوالي", "نحو", "أكثر من", "大约", "约", "超过", "≈", "~", "±", ">=", "<=", "≥", "≤",
    ">", "<"};

/* Takes one such word off the front. */
static bool take_about(struct slice *text)
{
    for (size_t i = 0; i < sizeof about / sizeof *about; i++) {
        size_t len = strlen(about[i]);
        if (text->len > len && slice_equal_nocase(slice_of(text->ptr, len), slice_from(about[i]))) {
            *text = slice_trim(slice_of(text->ptr + len, text->len - len));
            return true;
        }
    }
    return false;
}

/* Cuts "12,5 kg" into number and unit: the longest front that is a number. The number's bytes end where a letter that
 * is no exponent begins. */
static bool cut_number(struct slice text, enum decimal_mark mark, double *number, struct slice *rest)
{
    enum { LONGEST_NUMBER = 64 };
    size_t most = text.len < LONGEST_NUMBER ? text.len : LONGEST_NUMBER;
    for (size_t len = most; len > 0; len--) {
        char next = len < text.len ? text.ptr[len] : ' ';
        bool splits_digits = (next >= '0' && next <= '9') || next == '/';
        if (splits_digits || ((unsigned char)next & 0xC0) == 0x80)
            continue;
        if (number_parse(slice_of(text.ptr, len), mark, number)) {
            *rest = slice_trim(slice_of(text.ptr + len, text.len - len));
            return true;
        }
    }
    return false;
}

/* "12,5 kg", or "Kg. 12,5". */
static bool read_amount(struct slice text, enum decimal_mark mark, double *number, struct slice *unit)
{
    size_t at = 0;
    if (cut_number(text, mark, number, unit))
        return true;
    while (at < text.len && !(text.ptr[at] >= '0' && text.ptr[at] <= '9') && text.ptr[at] != '-')
        at++;
    *unit = slice_trim(slice_of(text.ptr, at));
    return at > 0 && at < text.len && number_parse(slice_of(text.ptr + at, text.len - at), mark, number);
}

/* The unit that both the cell and the amount's own text allow. */
static enum comity_status read_unit(
    const struct unit_table *table, struct slice cell, struct slice embedded, uint32_t *unit)
{
    uint32_t own = UINT32_MAX;
    *unit = UINT32_MAX;
    if (slice_is(embedded, "%")) /* folding leaves nothing of a sign */
        embedded = SLICE("percent");
    if (cell.len && unit_look_up(table, cell, unit) != COMITY_OK)
        return COMITY_NOMEM;
    if (embedded.len && unit_look_up(table, embedded, &own) != COMITY_OK)
        return COMITY_NOMEM;
    if (cell.len == 0)
        *unit = own;
    else if (embedded.len && own != *unit)
        *unit = UINT32_MAX;
    return COMITY_OK;
}

/* Amount and unit as they stood, so that the unknown unit can be seen and mapped. */
static enum comity_status unread(const struct value_input *input, struct arena *arena, struct value *out)
{
    struct buffer both;
    buffer_init(&both, 1 << 20);
    buffer_add_slice(&both, slice_trim(input->raw));
    if (slice_trim(input->unit).len) {
        buffer_add_byte(&both, ' ');
        buffer_add_slice(&both, slice_trim(input->unit));
    }
    enum comity_status status = buffer_status(&both);
    if (status == COMITY_OK)
        status = value_unread(VALUE_QUANTITY, buffer_slice(&both), arena, out);
    else if (status == COMITY_LIMIT)
        status = value_unread(VALUE_QUANTITY, input->raw, arena, out);
    buffer_release(&both);
    return status;
}

enum comity_status quantity_parse(
    const struct value_spec *spec, const struct value_input *input, struct arena *arena, struct value *out)
{
    const struct unit_table *table = spec->units;
    struct slice text = slice_trim(input->raw), embedded = SLICE_EMPTY;
    bool is_rounded = take_about(&text);
    double amount;
    uint32_t unit;
    if (text.len > 1 && text.ptr[text.len - 1] == '+') {
        is_rounded = true;
        text = slice_trim(slice_of(text.ptr, text.len - 1));
    }
    if (!read_amount(text, input->decimal, &amount, &embedded) || amount < 0)
        return unread(input, arena, out);
    if (read_unit(table, slice_trim(input->unit), embedded, &unit) != COMITY_OK)
        return COMITY_NOMEM;
    /* What is no number in its base unit can neither be compared nor added up. */
    if (unit == UINT32_MAX || !isfinite(amount * table->units[unit].to_base))
        return unread(input, arena, out);
    *out = (struct value){.type = VALUE_QUANTITY, .state = VALUE_TYPED, .confidence = 100};
    out->precision = is_rounded ? QUANTITY_ROUNDED : QUANTITY_EXACT;
    out->quantity.amount = amount;
    out->quantity.unit = unit;
    double most = table->dimensions[table->units[unit].dimension_id].implausible;
    if (most > 0 && unit_to_base(table, out) > most)
        out->flags |= VALUE_IMPLAUSIBLE;
    return COMITY_OK;
}

/* ---- kg -------------------------------------------------------------------------------------------------------------
 */

/* The conversion of this concept ("" for all) that fits best: of the very unit, else of another of its dimension. */
static const struct conversion *conversion_of(const struct unit_table *table, struct slice concept, uint32_t unit)
{
    const struct conversion *best = NULL;
    for (size_t i = 0; i < table->n_conversions; i++) {
        const struct conversion *conversion = &table->conversions[i];
        if (!slice_equal(conversion->concept, concept))
            continue;
        if (conversion->unit == unit)
            return conversion;
        if (!best && table->units[conversion->unit].dimension_id == table->units[unit].dimension_id)
            best = conversion;
    }
    return best;
}

static const struct conversion *conversion_find(
    const struct unit_table *table, const struct concept_tree *tree, uint32_t unit, uint32_t concept)
{
    const struct conversion *found = NULL;
    if (tree && concept < tree->n_nodes)
        for (uint32_t node = concept; node && !found; node = tree->nodes[node].parent)
            found = conversion_of(table, tree->nodes[node].code, unit);
    return found ? found : conversion_of(table, SLICE_EMPTY, unit);
}

bool quantity_to_kg(const struct unit_table *table, const struct concept_tree *tree, const struct value *quantity,
    uint32_t concept, double *kg, bool *is_derived, const struct conversion **used)
{
    const struct unit *unit = &table->units[quantity->quantity.unit];
    if (used)
        *used = NULL;
    for (size_t i = 0; i < table->n_units; i++)
        if (table->units[i].dimension_id == unit->dimension_id && slice_is(table->units[i].code, "kg")) {
            *kg = unit_to_base(table, quantity) / table->units[i].to_base;
            *is_derived = false;
            return true;
        }
    const struct conversion *found = conversion_find(table, tree, quantity->quantity.unit, concept);
    if (!found)
        return false;
    *kg = unit_to_base(table, quantity) / table->units[found->unit].to_base * found->kg;
    *is_derived = true;
    if (used)
        *used = found;
    return true;
}
