/* Columns are given to fields greedily, the surest first; each field takes one column and each column serves once. */
#include "read/sniff_look.h"

#include "base/error.h"
#include "text/fold.h"
#include "value/concept.h"

#include <stdlib.h>

enum { LEAST_SCORE = 45, MOST_MAPS = 40, MOST_TOKENS = 24, LONGEST_NAME = 5 };

struct sniff_column *column_of(struct look *look, int field, enum sniff_use use)
{
    for (size_t i = 0; i < look->sniff->n_columns && field >= 0; i++)
        if (look->sniff->columns[i].field == field && look->sniff->columns[i].use == use)
            return &look->sniff->columns[i];
    return NULL;
}

void use_column(struct sniff_column *column, enum sniff_use use, int field, unsigned score)
{
    column->use = use;
    column->field = field;
    column->confidence = (uint8_t)(score > 99 ? 99 : score);
}

/* ---- concepts -----------------------------------------------------------------------------------------------------
 */

/* What holds two concepts, if anything does; CONCEPT_NONE for nothing but the root. */
static uint32_t both(const struct concept_tree *tree, uint32_t a, uint32_t b)
{
    uint32_t common = a == CONCEPT_NONE ? b : concept_common(tree, a, b);
    return common ? common : CONCEPT_NONE;
}

/* What the words between two plus signs name; several names are held by what is above them. */
static uint32_t concept_in_piece(struct look *look, struct slice cell)
{
    enum { LEAST_LETTERS = 3 };
    const struct concept_tree *tree = look->domain->fields[look->domain->what].spec.concepts;
    struct slice text = folded(look, &look->scratch, cell), tokens[MOST_TOKENS];
    size_t n = 0;
    uint32_t all = CONCEPT_NONE;
    while (n < MOST_TOKENS && token_next(&text, &tokens[n]))
        n++;
    for (size_t at = 0, next; at < n; at = next) {
        next = at + 1;
        for (size_t len = n - at < LONGEST_NAME ? n - at : LONGEST_NAME; len > 0; len--) {
            const char *end = tokens[at + len - 1].ptr + tokens[at + len - 1].len;
            struct slice part = slice_of(tokens[at].ptr, (size_t)(end - tokens[at].ptr));
            uint32_t found = part.len >= LEAST_LETTERS ? concept_find(tree, part) : CONCEPT_NONE;
            if (found == CONCEPT_NONE || found == 0)
                continue;
            all = both(tree, all, found);
            if (all == CONCEPT_NONE)
                return CONCEPT_NONE;
            next = at + len;
            break;
        }
    }
    return all;
}

/* A mixture is understood only if each part of it is. */
uint32_t concept_within(struct look *look, struct slice cell)
{
    const struct concept_tree *tree = look->domain->fields[look->domain->what].spec.concepts;
    uint32_t all = CONCEPT_NONE;
    while (cell.len) {
        size_t len = 0;
        while (len < cell.len && cell.ptr[len] != '+' && cell.ptr[len] != '&')
            len++;
        uint32_t found = concept_in_piece(look, slice_of(cell.ptr, len));
        all = found == CONCEPT_NONE ? CONCEPT_NONE : both(tree, all, found);
        if (all == CONCEPT_NONE)
            return CONCEPT_NONE;
        len += len < cell.len;
        cell = slice_of(cell.ptr + len, cell.len - len);
    }
    return all;
}

static bool reads_concept_within(struct look *look, struct slice cell, const void *unused)
{
    (void)unused;
    return concept_within(look, cell) != CONCEPT_NONE;
}

void guess_maps(struct look *look)
{
    struct sniff *sniff = look->sniff;
    const struct domain *domain = look->domain;
    const struct sniff_column *column = column_of(look, domain->what, USE_FIELD);
    if (!column)
        return;
    const struct seen *seen = seen_of(look, column);
    sniff->maps = ARENA_ARRAY(&sniff->arena, struct sniff_map, MOST_MAPS);
    for (size_t i = 0; i < seen->cells.count && sniff->maps && sniff->n_maps < MOST_MAPS; i++) {
        struct slice cell = intern_text(&seen->cells, (uint32_t)i);
        if (reads_field(look, cell, &domain->fields[domain->what]) || is_null_word(look, cell))
            continue;
        uint32_t concept = concept_within(look, cell);
        if (concept == CONCEPT_NONE)
            continue;
        sniff->maps[sniff->n_maps++] = (struct sniff_map){
            arena_copy(&sniff->arena, cell), domain->fields[domain->what].spec.concepts->nodes[concept].code};
    }
    arena_reset(&look->scratch);
}

/* ---- how likely a column is a field -------------------------------------------------------------------------------
 */

static unsigned mean(unsigned header_weight, unsigned header, unsigned cells)
{
    return (header_weight * header + (100 - header_weight) * cells) / 100;
}

static unsigned concept_score(struct look *look, const struct field *field, const struct seen *seen, unsigned header)
{
    unsigned cells = cells_score(look, seen, reads_field, field);
    unsigned within = field->role == ROLE_WHAT && seen->numbers < 50
                          ? cells_score(look, seen, reads_concept_within, NULL) * 8 / 10
                          : 0;
    cells = within > cells ? within : cells;
    if (header < 55 && within >= 50 && seen->cells.count < 200)
        return 50;
    return cells >= 50 ? mean(35, header, cells) : header >= 75 && cells >= 15 ? 50 : 0;
}

/* "Other" is a value of most categories, so that it is no evidence for any. */
static bool reads_category(struct look *look, struct slice cell, const void *context)
{
    const struct field *field = context;
    struct value_input input = {.raw = cell};
    struct value value = {0};
    return !value_parse(&field->spec, &input, &look->scratch, &value) && value_is_typed(&value) &&
           !slice_is(intern_text(&field->spec.categories->codes, value.category.id), "other");
}

static unsigned category_score(struct look *look, const struct field *field, const struct seen *seen, unsigned header)
{
    unsigned cells = cells_score(look, seen, reads_category, field);
    size_t n = seen->n_told * cells / 100;
    if (!header && (n < 2 || seen->numbers > 20))
        return 0;
    return cells >= 50 ? mean(35, header, cells) : header >= 75 && cells >= 15 ? 50 : 0;
}

static unsigned country_score(struct look *look, const struct field *field, const struct seen *seen, unsigned header)
{
    unsigned cells = cells_score(look, seen, reads_field, field);
    if (header < 55)
        return field->role == ROLE_COUNTRY && cells > 80 && seen->n_told >= 2 ? 50 : 0;
    return cells >= 50 ? mean(35, header, cells) : header == 100 && cells >= 15 ? 50 : 0;
}

static unsigned amount_score(struct look *look, const struct field *field, const struct seen *seen, unsigned header)
{
    unsigned embedded = cells_score(look, seen, reads_field, field);
    unsigned cells = seen->numbers > embedded ? seen->numbers : embedded;
    if (field->role != ROLE_HOW_MUCH) /* a unit makes an amount, not a purity */
        return header >= 75 && cells >= 50 ? mean(60, header, cells) : 0;
    /* "Peso (g)", or a header that is nothing but a unit: "Kilogramos". */
    if (header < 70 && wide_unit(look, seen) != UINT32_MAX)
        header = 70;
    return header >= 55 && cells >= 50 ? mean(60, header, cells) : !header && embedded >= 80 ? 50 : 0;
}

static unsigned count_score(struct look *look, const struct field *field, const struct seen *seen, unsigned header)
{
    bool has_unit = seen->unit.unit != UINT32_MAX;
    unsigned cells = cells_score(look, seen, reads_field, field);
    return header >= 55 && cells >= 90 && !has_unit ? mean(60, header, cells) : 0;
}

/* A key is told once for each row; a case, more than once for few. */
static unsigned identifier_score(const struct field *field, const struct seen *seen, unsigned header)
{
    uint64_t n = seen->n - seen->n_empty;
    bool is_unique = seen->cells.count == n || seen->cells.count == SNIFF_DISTINCT;
    if (field->role == ROLE_KEY)
        return header >= 75 && is_unique ? header : 0;
    if (field->role == ROLE_CASE)
        return header >= 75 && seen->cells.count * 4 > n ? header - (header == 75) * 10 : 0;
    return header >= 75 ? header : 0;
}

static unsigned field_score(struct look *look, const struct field *field, const struct seen *seen)
{
    unsigned header = header_score(look, field, seen->folded), cells;
    if (!seen->cells.count)
        return header >= 75 ? header / 2 : 0;
    if (!seen->n_told)
        return 0;
    switch (field->spec.type) {
    case VALUE_DATE:
        return date_score(look, field, seen);
    case VALUE_CONCEPT:
        return concept_score(look, field, seen, header);
    case VALUE_CATEGORY:
        return category_score(look, field, seen, header);
    case VALUE_COUNTRY:
        return country_score(look, field, seen, header);
    case VALUE_QUANTITY:
        return amount_score(look, field, seen, header);
    case VALUE_COUNT:
        return count_score(look, field, seen, header);
    case VALUE_PLACE:
        cells = header && seen->numbers < 20 ? cells_score(look, seen, reads_field, field) : 0;
        return header >= 55 && cells ? mean(60, header, cells) : 0;
    case VALUE_IDENTIFIER:
        return identifier_score(field, seen, header);
    default:
        return header >= 75 && seen->numbers < 80 ? header : 0;
    }
}

/* ---- giving columns to fields -------------------------------------------------------------------------------------
 */

static bool reads_unit(struct look *look, struct slice cell, const void *context)
{
    (void)look;
    return unit_find(context, cell) != UINT32_MAX;
}

/* Gives the column that best plays a part of a field, if one does. Of equal ones the first. */
static void give_part(
    struct look *look, enum sniff_use use, int field, unsigned (*score_of)(struct look *, const struct seen *))
{
    struct sniff *sniff = look->sniff;
    unsigned best = LEAST_SCORE - 1;
    struct sniff_column *found = NULL;
    for (size_t i = 0; i < sniff->n_columns && field >= 0; i++) {
        bool is_free = sniff->columns[i].use == USE_NONE && look->seen[i].n_told;
        unsigned score = is_free ? score_of(look, &look->seen[i]) : 0;
        if (score > best) {
            best = score;
            found = &sniff->columns[i];
        }
    }
    if (found)
        use_column(found, use, field, best);
}

static unsigned unit_score(struct look *look, const struct seen *seen)
{
    const struct domain *domain = look->domain;
    unsigned cells = cells_score(look, seen, reads_unit, domain->fields[domain->how_much].spec.units);
    unsigned header = words_score(seen->folded, WORDS_UNIT);
    bool is_foreign = seen->numbers > 20;
    return is_foreign                    ? 0
           : cells >= 70                 ? mean(30, header, cells)
           : header >= 75 && cells >= 40 ? mean(50, header, cells)
                                         : 0;
}

static unsigned latitude_score(struct look *look, const struct seen *seen)
{
    (void)look;
    unsigned header = words_score(seen->folded, WORDS_LATITUDE);
    return header >= 75 ? (header + seen->numbers) / 2 : 0;
}

static unsigned longitude_score(struct look *look, const struct seen *seen)
{
    (void)look;
    unsigned header = words_score(seen->folded, WORDS_LONGITUDE);
    return header >= 75 ? (header + seen->numbers) / 2 : 0;
}

static void give_fields(struct look *look, const uint8_t *scores)
{
    struct sniff *sniff = look->sniff;
    size_t n = sniff->n_columns;
    for (;;) {
        unsigned best = LEAST_SCORE - 1;
        size_t at = SIZE_MAX;
        for (size_t i = 0; i < look->domain->n_fields * n; i++)
            if (scores[i] > best && sniff->columns[i % n].use == USE_NONE &&
                !column_of(look, (int)(i / n), USE_FIELD)) {
                best = scores[i];
                at = i;
            }
        if (at == SIZE_MAX)
            return;
        use_column(&sniff->columns[at % n], USE_FIELD, (int)(at / n), best);
    }
}

/* What an unpivot tells is not looked for in other columns. */
static bool is_told_by_unpivot(const struct look *look, size_t field)
{
    const struct domain *domain = look->domain;
    switch (look->sniff->wide) {
    case WIDE_CONCEPTS:
        return (int)field == domain->what || (int)field == domain->how_much;
    case WIDE_UNITS:
        return (int)field == domain->how_much;
    case WIDE_PERIODS:
        return (int)field == domain->when || (int)field == domain->how_much;
    default:
        return false;
    }
}

/* Without a header that says so: the column of numbers that looks most like an amount, beside the unit if there is one.
 */
static void find_amount(struct look *look)
{
    struct sniff *sniff = look->sniff;
    int field = look->domain->how_much;
    struct sniff_column *unit = column_of(look, field, USE_UNIT), *best = NULL;
    unsigned most = 0;
    if (field < 0 || sniff->wide || column_of(look, field, USE_FIELD))
        return;
    for (size_t i = 0; i < sniff->n_columns; i++) {
        const struct seen *seen = &look->seen[i];
        bool is_year = words_score(seen->folded, WORDS_YEAR) >= 75 || words_score(seen->folded, WORDS_MONTH) >= 75;
        if (sniff->columns[i].use != USE_NONE || seen->numbers < 90 || seen->n_told < 3 || is_year)
            continue;
        bool is_beside = unit && (unit == &sniff->columns[i] + 1 || unit + 1 == &sniff->columns[i]);
        unsigned score = 1 + 2 * (seen->whole < 100) + 3 * is_beside + (seen->cells.count > 20);
        if (score > most) {
            most = score;
            best = &sniff->columns[i];
        }
    }
    if (best)
        use_column(best, USE_FIELD, field, 50);
}

enum comity_status give_columns(struct look *look)
{
    const struct domain *domain = look->domain;
    size_t n = look->sniff->n_columns;
    uint8_t *scores = calloc(domain->n_fields * n + 1, 1);
    if (!scores)
        return error_nomem(look->err);
    if (domain->how_much >= 0)
        give_part(look, USE_UNIT, domain->how_much, unit_score);
    give_part(look, USE_LATITUDE, domain->where, latitude_score);
    give_part(look, USE_LONGITUDE, domain->where, longitude_score);
    if (domain->where >= 0)
        give_part(look, USE_SUBDIVISION, domain->where, subdivision_score);
    find_subdivision(look);
    for (size_t f = 0; f < domain->n_fields; f++)
        for (size_t c = 0; c < n && !is_told_by_unpivot(look, f); c++)
            if (look->sniff->columns[c].use == USE_NONE)
                scores[f * n + c] = (uint8_t)field_score(look, &domain->fields[f], &look->seen[c]);
    give_fields(look, scores);
    free(scores);
    find_year_and_month(look);
    find_amount(look);
    find_place(look);
    return COMITY_OK;
}

/* Without a unit column: the unit that the header of the amount tells, such as "Sum Qty (lbs)". */
void guess_unit(struct look *look)
{
    const struct domain *domain = look->domain;
    const struct sniff_column *amount = column_of(look, domain->how_much, USE_FIELD);
    if (!amount || column_of(look, domain->how_much, USE_UNIT))
        return;
    uint32_t unit = seen_of(look, amount)->unit.unit;
    if (unit == UINT32_MAX)
        unit = wide_unit(look, seen_of(look, amount));
    if (unit != UINT32_MAX)
        look->sniff->unit = domain->fields[domain->how_much].spec.units->units[unit].code;
}
