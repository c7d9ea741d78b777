/* Evidence is counted on distinct cells, so that one frequent cell does not decide. Columns are given to fields
 * greedily, the surest first; each field takes one column and each column serves once. */
#include "read/sniff.h"

#include "base/array.h"
#include "base/error.h"
#include "base/file.h"
#include "read/sniff_inside.h"
#include "text/fold.h"

#include <stdlib.h>

enum { CELLS_TRIED = 100, LEAST_SCORE = 45 };

struct seen {
    struct intern cells; /* distinct, trimmed */
    struct slice folded; /* the header */
    uint64_t n, n_empty;
};

struct look {
    struct sniff *sniff;
    const struct domain *domain;
    struct seen *seen; /* by column */
    struct arena scratch;
    struct comity_error *err;
};

/* Words that tables have in their headers, in several languages, folded. They are about tables, not about a subject. */
static const char *const date_words[] = {"date", "fecha", "data", "datum", "day", "dia", "jour", "fecha hecho", NULL};
static const char *const place_words[] = {"place", "town", "city", "municipality", "municipio", "ciudad", "cidade",
    "localidad", "location", "lugar", "ville", "commune", "gorod", NULL};
static const char *const country_words[] = {"country", "pais", "pays", "nation", "strana", "land", NULL};
static const char *const amount_words[] = {"amount", "quantity", "qty", "cantidad", "quantidade", "quantite", "weight",
    "peso", "poids", "kolichestvo", "menge", NULL};
static const char *const key_words[] = {
    "id", "key", "case", "case no", "case number", "reference", "ref", "numero", "expediente", NULL};
static const char *const unit_words[] = {
    "unit", "unidad", "unidade", "unite", "unit of measure", "uom", "medida", "edinitsa", NULL};
static const char *const subdivision_words[] = {"state", "province", "department", "departamento", "estado",
    "provincia", "uf", "administrative division", "admin1", "oblast", "governorate", "departement", "division", NULL};
static const char *const latitude_words[] = {"lat", "latitude", "latitud", NULL};
static const char *const longitude_words[] = {"lon", "lng", "long", "longitude", "longitud", NULL};
static const char *const null_words[] = {"", "n a", "na", "nan", "null", "none", "unknown", "not known",
    "not available", "not specified", "not reported", "no data", "desconocido", "desconocida", "no reporta",
    "no definido", "no aplica", "sin dato", "sin informacion", "no especificado", "nao informado", "ignorado",
    "sem informacao", "inconnu", "non precise", "neizvestno", NULL};

/* ---- headers ------------------------------------------------------------------------------------------------- */

static bool has_word(struct slice text, struct slice word)
{
    struct slice token;
    while (token_next(&text, &token))
        if (slice_equal(token, word))
            return true;
    return false;
}

static bool has_words(struct slice text, struct slice words)
{
    struct slice token;
    while (token_next(&words, &token))
        if (!has_word(text, token))
            return false;
    return true;
}

/* How well a folded header says a folded phrase: the same 100, holds all its words 75, is part of it 60. */
static unsigned phrase_score(struct slice header, struct slice phrase)
{
    if (!header.len || !phrase.len)
        return 0;
    if (slice_equal(header, phrase))
        return 100;
    return has_words(header, phrase) ? 75 : has_words(phrase, header) ? 60 : 0;
}

static unsigned words_score(struct slice header, const char *const *words)
{
    unsigned best = 0;
    for (; *words; words++) {
        unsigned score = phrase_score(header, slice_from(*words));
        /* A single word of a longer phrase is weak here. */
        score = score == 60 ? 0 : score;
        best = score > best ? score : best;
    }
    return best;
}

static const char *const *role_words(const struct field *field)
{
    static const char *const none[] = {NULL};
    if (field->role == ROLE_KEY || field->role == ROLE_CASE)
        return key_words;
    if (field->role == ROLE_COUNTRY)
        return country_words;
    return field->spec.type == VALUE_DATE       ? date_words
           : field->spec.type == VALUE_PLACE    ? place_words
           : field->spec.type == VALUE_QUANTITY ? amount_words
                                                : none;
}

/* The folded form in the scratch arena; empty when memory is out, which only weakens a guess. */
static struct slice folded(struct look *look, struct slice text)
{
    struct buffer out;
    buffer_init(&out, 1 << 16);
    text_fold(text, &out);
    struct slice copy = arena_copy(&look->sniff->arena, buffer_slice(&out));
    buffer_release(&out);
    return copy.ptr ? copy : SLICE_EMPTY;
}

static unsigned header_score(struct look *look, const struct field *field, struct slice header)
{
    unsigned best = phrase_score(header, folded(look, field->id));
    for (int i = 0; i < N_LANGUAGES; i++) {
        unsigned score = phrase_score(header, folded(look, field->labels[i]));
        best = score > best ? score : best;
    }
    unsigned score = words_score(header, role_words(field));
    return score > best ? score : best;
}

/* ---- cells --------------------------------------------------------------------------------------------------- */

static bool is_null_word(struct look *look, struct slice cell)
{
    struct slice text = folded(look, cell);
    for (const char *const *word = null_words; *word; word++)
        if (slice_is(text, *word))
            return true;
    return false;
}

/* The share (0 … 100) of a column's distinct cells for which reads() says yes; null words are passed over. */
static unsigned cells_score(struct look *look, const struct seen *seen,
    bool (*reads)(struct look *, struct slice, const void *), const void *context)
{
    size_t n = 0, n_read = 0;
    for (size_t i = 0; i < seen->cells.count && n < CELLS_TRIED; i++) {
        struct slice cell = intern_text(&seen->cells, (uint32_t)i);
        if (is_null_word(look, cell))
            continue;
        n++;
        n_read += reads(look, cell, context);
    }
    arena_reset(&look->scratch);
    return n ? (unsigned)(100 * n_read / n) : 0;
}

static bool reads_number(struct look *look, struct slice cell, const void *context)
{
    double number;
    (void)look;
    (void)context;
    return number_parse(cell, DECIMAL_AUTO, &number);
}

static bool reads_field(struct look *look, struct slice cell, const void *context)
{
    const struct field *field = context;
    struct value_input input = {.raw = cell};
    struct value value = {0};
    return !value_parse(&field->spec, &input, &look->scratch, &value) && value_is_typed(&value);
}

static bool reads_unit(struct look *look, struct slice cell, const void *context)
{
    (void)look;
    return unit_find(context, cell) != UINT32_MAX;
}

struct order_try {
    const struct value_spec *spec;
    enum date_order order;
};

static bool reads_date(struct look *look, struct slice cell, const void *context)
{
    const struct order_try *attempt = context;
    struct value_input input = {.raw = cell, .date_order = attempt->order};
    struct value value = {0};
    return !value_parse(attempt->spec, &input, &look->scratch, &value) && value_is_typed(&value);
}

static bool reads_ambiguous_date(struct look *look, struct slice cell, const void *context)
{
    struct value_input input = {.raw = cell};
    struct value value = {0};
    return !value_parse(context, &input, &look->scratch, &value) && value.flags & VALUE_AMBIGUOUS;
}

static bool reads_subdivision(struct look *look, struct slice cell, const void *context)
{
    struct value_input input = {.raw = cell, .names_subdivisions = true};
    struct value value = {0};
    return !value_parse(context, &input, &look->scratch, &value) && value_is_typed(&value) &&
           value.precision == PLACE_SUBDIVISION;
}

/* How likely a column is a field, 0 … 100. Types that read only what they know are judged by their cells; the others by
 * their header. */
static unsigned field_score(struct look *look, const struct field *field, const struct seen *seen)
{
    unsigned header = header_score(look, field, seen->folded);
    unsigned cells;
    if (!seen->cells.count)
        return header >= 75 ? header / 2 : 0;
    switch (field->spec.type) {
    case VALUE_DATE:
    case VALUE_CONCEPT:
    case VALUE_CATEGORY:
    case VALUE_COUNTRY:
        cells = cells_score(look, seen, reads_field, field);
        if (field->spec.type == VALUE_COUNTRY && header < 60)
            return field->role == ROLE_COUNTRY && cells > 80 ? 50 : 0;
        return cells >= 50 ? (35 * header + 65 * cells) / 100 : header == 100 && cells >= 15 ? 50 : 0;
    case VALUE_QUANTITY:
    case VALUE_COUNT:
        cells = cells_score(look, seen, field->spec.type == VALUE_QUANTITY ? reads_number : reads_field, field);
        return header && cells >= 50 ? (60 * header + 40 * cells) / 100 : 0;
    case VALUE_PLACE:
        cells = header ? cells_score(look, seen, reads_field, field) : 0;
        return header ? (60 * header + 40 * cells) / 100 : 0;
    default:
        return header >= 75 ? header : 0;
    }
}

/* ---- giving columns to fields -------------------------------------------------------------------------------- */

static bool is_used(const struct sniff *sniff, int field, enum sniff_use use)
{
    for (size_t i = 0; i < sniff->n_columns; i++)
        if (sniff->columns[i].field == field && sniff->columns[i].use == use)
            return true;
    return false;
}

static void use_column(struct sniff_column *column, enum sniff_use use, int field, unsigned score)
{
    column->use = use;
    column->field = field;
    column->confidence = (uint8_t)(score > 99 ? 99 : score);
}

/* Gives the column that best plays a part of a field, if one does. */
static void give_part(struct look *look, enum sniff_use use, int field, const char *const *words, unsigned needs_cells,
    bool (*reads)(struct look *, struct slice, const void *), const void *context)
{
    struct sniff *sniff = look->sniff;
    unsigned best = LEAST_SCORE - 1;
    struct sniff_column *found = NULL;
    for (size_t i = 0; i < sniff->n_columns && field >= 0; i++) {
        unsigned header = words_score(look->seen[i].folded, words);
        if (sniff->columns[i].use != USE_NONE || (!header && !needs_cells) || !look->seen[i].cells.count)
            continue;
        unsigned cells = reads ? cells_score(look, &look->seen[i], reads, context) : 100;
        unsigned score = cells < needs_cells   ? 0
                         : reads == reads_unit ? (30 * header + 70 * cells) / 100
                                               : (header + cells) / 2;
        if (score > best) {
            best = score;
            found = &sniff->columns[i];
        }
    }
    if (found)
        use_column(found, use, field, best);
}

static void give_fields(struct look *look, const uint8_t *scores)
{
    struct sniff *sniff = look->sniff;
    size_t n = sniff->n_columns;
    for (;;) {
        unsigned best = LEAST_SCORE - 1;
        size_t at = SIZE_MAX;
        for (size_t i = 0; i < look->domain->n_fields * n; i++)
            if (scores[i] > best && sniff->columns[i % n].use == USE_NONE && !is_used(sniff, (int)(i / n), USE_FIELD)) {
                best = scores[i];
                at = i;
            }
        if (at == SIZE_MAX)
            return;
        use_column(&sniff->columns[at % n], USE_FIELD, (int)(at / n), best);
    }
}

static enum comity_status give_columns(struct look *look)
{
    const struct domain *domain = look->domain;
    size_t n = look->sniff->n_columns;
    uint8_t *scores = calloc(domain->n_fields * n + 1, 1);
    if (!scores)
        return error_nomem(look->err);
    if (domain->how_much >= 0)
        give_part(
            look, USE_UNIT, domain->how_much, unit_words, 70, reads_unit, domain->fields[domain->how_much].spec.units);
    give_part(look, USE_LATITUDE, domain->where, latitude_words, 0, reads_number, NULL);
    give_part(look, USE_LONGITUDE, domain->where, longitude_words, 0, reads_number, NULL);
    give_part(look, USE_SUBDIVISION, domain->where, subdivision_words, 0, reads_subdivision,
        domain->where >= 0 ? &domain->fields[domain->where].spec : NULL);
    for (size_t f = 0; f < domain->n_fields; f++)
        for (size_t c = 0; c < n; c++)
            scores[f * n + c] = (uint8_t)field_score(look, &domain->fields[f], &look->seen[c]);
    give_fields(look, scores);
    free(scores);
    return COMITY_OK;
}

static struct sniff_column *column_of(struct look *look, int field, enum sniff_use use)
{
    for (size_t i = 0; i < look->sniff->n_columns && field >= 0; i++)
        if (look->sniff->columns[i].field == field && look->sniff->columns[i].use == use)
            return &look->sniff->columns[i];
    return NULL;
}

/* ---- details ------------------------------------------------------------------------------------------------- */

static const struct seen *seen_of(const struct look *look, const struct sniff_column *column)
{
    return &look->seen[column - look->sniff->columns];
}

static void guess_date_order(struct look *look)
{
    static const enum date_order orders[] = {DATE_ORDER_YMD, DATE_ORDER_DMY, DATE_ORDER_MDY};
    const struct sniff_column *column = column_of(look, look->domain->when, USE_FIELD);
    unsigned shares[3], best = 0, n_best = 0;
    if (!column)
        return;
    const struct seen *seen = seen_of(look, column);
    for (size_t i = 0; i < 3; i++) {
        struct order_try attempt = {&look->domain->fields[look->domain->when].spec, orders[i]};
        shares[i] = cells_score(look, seen, reads_date, &attempt);
        best = shares[i] > best ? shares[i] : best;
    }
    struct slice first = seen->cells.count ? intern_text(&seen->cells, 0) : SLICE_EMPTY;
    bool begins_with_year = first.len >= 5 && first.ptr[4] >= '-' && first.ptr[4] <= '/';
    for (size_t i = 0; i < 3; i++) {
        bool is_possible = best && shares[i] == best && (orders[i] == DATE_ORDER_YMD) == begins_with_year;
        n_best += is_possible;
        if (is_possible)
            look->sniff->order = orders[i];
    }
    look->sniff->is_order_open =
        n_best > 1 && cells_score(look, seen, reads_ambiguous_date, &look->domain->fields[look->domain->when].spec) > 0;
    if (n_best != 1)
        look->sniff->order = DATE_ORDER_AUTO;
}

static void guess_decimal(struct look *look)
{
    const struct sniff *sniff = look->sniff;
    size_t n_comma = 0, n_point = 0;
    for (size_t i = 0; i < sniff->n_columns; i++) {
        const struct seen *seen = &look->seen[i];
        for (size_t j = 0; j < seen->cells.count && j < CELLS_TRIED; j++) {
            struct slice cell = intern_text(&seen->cells, (uint32_t)j);
            double number;
            const char *comma = memchr(cell.ptr, ',', cell.len), *point = memchr(cell.ptr, '.', cell.len);
            if (!comma == !point || !number_parse(cell, DECIMAL_AUTO, &number))
                continue;
            size_t behind = (size_t)(cell.ptr + cell.len - (comma ? comma : point)) - 1;
            n_comma += comma && behind != 3;
            n_point += point && behind != 3;
        }
    }
    look->sniff->decimal = n_comma > n_point ? DECIMAL_COMMA : n_point ? DECIMAL_POINT : DECIMAL_AUTO;
}

/* Without a country column: the country in which most of the places lie. */
static void guess_country(struct look *look)
{
    const struct domain *domain = look->domain;
    const struct sniff_column *column = column_of(look, domain->where, USE_FIELD);
    const struct sniff_column *subdivision = column_of(look, domain->where, USE_SUBDIVISION);
    column = subdivision ? subdivision : column;
    if (domain->country < 0 || column_of(look, domain->country, USE_FIELD) || !column)
        return;
    const struct seen *seen = seen_of(look, column);
    size_t n_countries = country_count(domain->countries), n = 0;
    uint32_t *votes = calloc(n_countries, sizeof *votes);
    for (size_t i = 0; i < seen->cells.count && i < CELLS_TRIED && votes; i++) {
        struct place_candidate candidates[PLACE_CANDIDATES];
        struct value_input input = {
            .raw = intern_text(&seen->cells, (uint32_t)i), .names_subdivisions = subdivision != NULL};
        size_t found = place_candidates(&domain->fields[domain->where].spec, &input, candidates);
        n += found > 0;
        /* Each country that has such a place gets a vote: an ambiguous name decides nothing, many names together do. */
        for (size_t j = 0; j < found; j++) {
            bool is_again = false;
            for (size_t k = 0; k < j; k++)
                is_again |= candidates[k].value.place.country == candidates[j].value.place.country;
            if (!is_again && candidates[j].value.place.country < n_countries)
                votes[candidates[j].value.place.country]++;
        }
    }
    for (size_t i = 1; votes && i < n_countries; i++)
        if (votes[i] * 2 > n && (!look->sniff->country || votes[i] > votes[look->sniff->country])) {
            look->sniff->country = (uint16_t)i;
            look->sniff->country_confidence = (uint8_t)(votes[i] * 95 / n);
        }
    free(votes);
}

/* Without a unit column: a unit in the header of the amount, such as "Sum Qty (lbs)". */
static void guess_unit(struct look *look)
{
    const struct domain *domain = look->domain;
    const struct sniff_column *amount = column_of(look, domain->how_much, USE_FIELD);
    struct slice token;
    if (!amount || column_of(look, domain->how_much, USE_UNIT))
        return;
    const struct unit_table *units = domain->fields[domain->how_much].spec.units;
    struct slice header = seen_of(look, amount)->folded;
    while (token_next(&header, &token)) {
        uint32_t unit = unit_find(units, token);
        if (unit != UINT32_MAX)
            look->sniff->unit = units->units[unit].code;
    }
}

static enum comity_status guess_nulls(struct look *look)
{
    struct sniff *sniff = look->sniff;
    struct intern tokens = {0};
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < sniff->n_columns && !status; i++)
        for (size_t j = 0; j < look->seen[i].cells.count && tokens.count < 50 && !status; j++) {
            struct slice cell = intern_text(&look->seen[i].cells, (uint32_t)j);
            if (cell.len <= 40 && is_null_word(look, cell) && intern_put(&tokens, cell) == INTERN_NONE)
                status = error_nomem(look->err);
        }
    sniff->null_tokens = ARENA_ARRAY(&sniff->arena, struct slice, tokens.count + 1);
    if (!sniff->null_tokens)
        status = error_nomem(look->err);
    for (size_t i = 0; i < tokens.count && !status; i++)
        sniff->null_tokens[sniff->n_null_tokens++] = arena_copy(&sniff->arena, intern_text(&tokens, (uint32_t)i));
    intern_release(&tokens);
    return status;
}

/* ---- looking at rows ----------------------------------------------------------------------------------------- */

static enum comity_status see_row(struct look *look, const struct row *row)
{
    for (size_t i = 0; i < look->sniff->n_columns; i++) {
        struct seen *seen = &look->seen[i];
        struct slice cell = i < row->n_cells ? slice_trim(row->cells[i]) : SLICE_EMPTY;
        seen->n++;
        seen->n_empty += !cell.len;
        if (cell.len && seen->cells.count < SNIFF_DISTINCT && intern_put(&seen->cells, cell) == INTERN_NONE)
            return error_nomem(look->err);
    }
    return COMITY_OK;
}

static enum comity_status see_rows(struct look *look, struct rows *rows)
{
    struct row row;
    bool has_row = true;
    enum comity_status status = COMITY_OK;
    struct sniff *sniff = look->sniff;
    while (sniff->n_rows < SNIFF_ROWS && !(status = rows_next(rows, &row, &has_row, look->err)) && has_row) {
        sniff->n_rows++;
        sniff->n_faults += row.fault != NULL;
        if (!row.fault && (status = see_row(look, &row)))
            return status;
    }
    sniff->has_more_rows = has_row;
    /* A file that breaks off is still sniffed by what it gave. */
    return status == COMITY_NOMEM ? status : COMITY_OK;
}

static enum comity_status make_columns(struct look *look, const struct rows *rows)
{
    struct sniff *sniff = look->sniff;
    size_t n_numbers = 0;
    sniff->n_columns = rows_n_columns(rows);
    sniff->columns = ARENA_ARRAY(&sniff->arena, struct sniff_column, sniff->n_columns + 1);
    look->seen = calloc(sniff->n_columns + 1, sizeof *look->seen);
    if (!sniff->columns || !look->seen)
        return error_nomem(look->err);
    for (size_t i = 0; i < sniff->n_columns; i++) {
        double number;
        sniff->columns[i].name = arena_copy(&sniff->arena, rows_column_name(rows, i));
        sniff->columns[i].field = -1;
        look->seen[i].folded = folded(look, sniff->columns[i].name);
        n_numbers += number_parse(sniff->columns[i].name, DECIMAL_AUTO, &number);
    }
    sniff->looks_headless = !sniff->found.has_no_header && n_numbers && n_numbers * 3 >= sniff->n_columns;
    return COMITY_OK;
}

static void describe_columns(struct look *look)
{
    for (size_t i = 0; i < look->sniff->n_columns; i++) {
        struct sniff_column *column = &look->sniff->columns[i];
        const struct seen *seen = &look->seen[i];
        uint64_t n_full = seen->n - seen->n_empty;
        column->has_many_distinct = seen->cells.count == SNIFF_DISTINCT;
        column->distinct_share = n_full ? (double)seen->cells.count / (double)n_full : 0;
        column->empty_share = seen->n ? (double)seen->n_empty / (double)seen->n : 0;
        for (size_t j = 0; j < SNIFF_SAMPLES && j < seen->cells.count; j++)
            column->samples[column->n_samples++] =
                arena_copy(&look->sniff->arena, intern_text(&seen->cells, (uint32_t)j));
    }
}

enum comity_status sniff_rows(
    struct rows *rows, const char *name, const struct domain *domain, struct sniff *out, struct comity_error *err)
{
    struct look look = {.sniff = out, .domain = domain, .err = err};
    *out = (struct sniff){.found = *rows_found(rows)};
    out->found.encoding = arena_copy(&out->arena, out->found.encoding);
    out->found.sheet = arena_copy(&out->arena, out->found.sheet);
    enum comity_status status = make_columns(&look, rows);
    if (!status)
        status = see_rows(&look, rows);
    if (!status)
        status = give_columns(&look);
    if (!status) {
        guess_date_order(&look);
        guess_decimal(&look);
        guess_country(&look);
        guess_unit(&look);
        describe_columns(&look);
        status = guess_nulls(&look);
    }
    if (!status)
        status = sniff_draft(out, name, domain, err);
    for (size_t i = 0; i < out->n_columns && look.seen; i++)
        intern_release(&look.seen[i].cells);
    free(look.seen);
    arena_release(&look.scratch);
    return status;
}

enum comity_status sniff_file(const char *path, const struct rows_options *options, const struct domain *domain,
    struct sniff *out, struct comity_error *err)
{
    struct rows *rows;
    *out = (struct sniff){0};
    enum comity_status status = rows_open(path, options, &rows, err);
    if (status)
        return status;
    status = sniff_rows(rows, strcmp(path, "-") ? path_name(path) : "input", domain, out, err);
    rows_close(rows);
    return status;
}

void sniff_release(struct sniff *sniff)
{
    arena_release(&sniff->arena);
    *sniff = (struct sniff){0};
}
