/* Wide tables: several columns of numbers that say what, in which unit or when in their names, and that should be one
 * mention each. Three such columns are enough; two may be chance ("weight" and "tablets" of one row). */
#include "read/sniff_look.h"

#include "text/fold.h"
#include "value/concept.h"
#include "value/date.h"

enum { FEWEST = 3 };

static bool is_figures(const struct look *look, const struct sniff_column *column)
{
    const struct seen *seen = seen_of(look, column);
    return column->use == USE_NONE && seen->cells.count && seen->numbers >= 80 && !says_total(seen->folded);
}

static const struct unit_table *units_of(const struct look *look)
{
    return look->domain->how_much >= 0 ? look->domain->fields[look->domain->how_much].spec.units : NULL;
}

/* The concept that the name tells, without its unit if it has one. */
static bool names_concept(struct look *look, struct slice text)
{
    return look->domain->what >= 0 && concept_within(look, text) != CONCEPT_NONE;
}

static bool is_of_concept(struct look *look, const struct sniff_column *column)
{
    const struct seen *seen = seen_of(look, column);
    return is_figures(look, column) && names_concept(look, seen->unit.rest);
}

static bool is_of_unit(struct look *look, const struct sniff_column *column)
{
    return is_figures(look, column) && seen_of(look, column)->unit.unit != UINT32_MAX;
}

/* "2019", "ENE", "Jan 2019", "2019-01": a year or month. */
static bool is_of_period(struct look *look, const struct sniff_column *column)
{
    const struct domain *domain = look->domain;
    struct value value = {0};
    if (!is_figures(look, column) || domain->when < 0)
        return false;
    struct value_input input = {.raw = column->name};
    const struct value_spec *spec = &domain->fields[domain->when].spec;
    bool is_read = !value_parse(spec, &input, &look->scratch, &value) && value_is_typed(&value);
    if (!is_read) {
        input.year = SLICE("2000");
        is_read = !value_parse(spec, &input, &look->scratch, &value) && value_is_typed(&value);
    }
    arena_reset(&look->scratch);
    return is_read && value.precision >= DATE_MONTH;
}

static size_t count(struct look *look, bool (*is_one)(struct look *, const struct sniff_column *))
{
    size_t n = 0;
    for (size_t i = 0; i < look->sniff->n_columns; i++)
        n += is_one(look, &look->sniff->columns[i]);
    return n;
}

static void take(struct look *look, int field, bool (*is_one)(struct look *, const struct sniff_column *))
{
    for (size_t i = 0; i < look->sniff->n_columns; i++)
        if (is_one(look, &look->sniff->columns[i]))
            use_column(&look->sniff->columns[i], USE_UNPIVOTED, field, 80);
}

/* Zeros that fill a wide table mean nothing seized or nothing told. */
static bool is_mostly_zero(const struct look *look)
{
    uint64_t n_zero = 0, n = 0;
    for (size_t i = 0; i < look->sniff->n_columns; i++) {
        const struct seen *seen = &look->seen[i];
        if (look->sniff->columns[i].use != USE_UNPIVOTED)
            continue;
        n += seen->n - seen->n_empty;
        for (size_t j = 0; j < seen->cells.count; j++) {
            double number;
            if (number_parse(intern_text(&seen->cells, (uint32_t)j), DECIMAL_AUTO, &number) && number == 0)
                n_zero += seen->n_rows[j];
        }
    }
    return n && n_zero * 2 > n;
}

uint32_t wide_unit(const struct look *look, const struct seen *seen)
{
    struct slice words = seen->folded, word;
    while (token_next(&words, &word)) {
        uint32_t unit = unit_find(units_of(look), word);
        if (unit != UINT32_MAX)
            return unit;
    }
    return seen->unit.unit;
}

void find_wide(struct look *look)
{
    struct sniff *sniff = look->sniff;
    const struct domain *domain = look->domain;
    size_t n_units = units_of(look) ? count(look, is_of_unit) : 0;
    size_t n_concepts = units_of(look) ? count(look, is_of_concept) : 0, n_periods = count(look, is_of_period);
    if (n_concepts >= FEWEST && n_concepts * 2 >= n_units) {
        /* Columns with a unit go along with those of known concepts: "Tablets_No". */
        sniff->wide = WIDE_CONCEPTS;
        sniff->has_units_in_names = n_units >= n_concepts;
        take(look, domain->how_much, is_of_concept);
        take(look, domain->how_much, is_of_unit);
    } else if (n_units >= FEWEST) {
        sniff->wide = WIDE_UNITS;
        take(look, domain->how_much, is_of_unit);
    } else if (n_periods >= FEWEST) {
        sniff->wide = WIDE_PERIODS;
        take(look, domain->when, is_of_period);
    }
    if (sniff->has_units_in_names)
        for (size_t i = 0; i < sniff->n_columns; i++)
            if (sniff->columns[i].use == USE_UNPIVOTED && look->seen[i].unit.unit == UINT32_MAX)
                use_column(&sniff->columns[i], USE_NONE, -1, 0);
    for (size_t i = 0; i < sniff->n_columns; i++)
        if (sniff->columns[i].use == USE_UNPIVOTED && units_of(look))
            sniff->columns[i].unit =
                sniff->wide == WIDE_UNITS ? wide_unit(look, &look->seen[i]) : look->seen[i].unit.unit;
    sniff->is_zero_nothing = sniff->wide && is_mostly_zero(look);
}
