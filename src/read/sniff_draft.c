/* The draft as YAML. Every text is written as a JSON string, which YAML takes, so that no name can break it. */
#include "base/error.h"
#include "base/json.h"
#include "read/sniff_look.h"

#include <ctype.h>
#include <stdio.h>

/* How many bytes at `at` are a character that YAML does not take as it is: DEL, C1, U+FFFE, U+FFFF; 0: it does. Its
 * code goes to *code. */
static size_t unwelcome(struct slice text, size_t at, unsigned *code)
{
    const unsigned char *byte = (const unsigned char *)text.ptr + at;
    size_t left = text.len - at;
    *code = byte[0];
    if (byte[0] == 0x7F)
        return 1;
    if (left > 1 && byte[0] == 0xC2 && byte[1] < 0xA0) {
        *code = byte[1];
        return 2;
    }
    if (left > 2 && byte[0] == 0xEF && byte[1] == 0xBF && byte[2] >= 0xBE) {
        *code = 0xFF00U | (byte[2] + 0x40U);
        return 3;
    }
    return 0;
}

/* A JSON string whose unwelcome characters are escaped, so that YAML takes it. */
static void add_text(struct buffer *out, struct slice text)
{
    struct buffer json;
    unsigned code;
    buffer_init(&json, 1 << 24);
    json_text(&json, text);
    struct slice all = buffer_slice(&json);
    for (size_t at = 0, len; at < all.len; at += len ? len : 1) {
        len = unwelcome(all, at, &code);
        if (len)
            buffer_format(out, "\\u%04x", code);
        else
            buffer_add_byte(out, all.ptr[at]);
    }
    out->failed |= json.failed;
    buffer_release(&json);
}

/* "Colombia Policia (2016).csv.gz" → "colombia-policia-2016". */
static void add_slug(struct buffer *out, const char *name)
{
    size_t begin = out->len;
    const char *end = strchr(name, '.');
    for (const char *at = name; *at && at != end; at++) {
        bool is_plain = isalnum((unsigned char)*at);
        if (is_plain)
            buffer_add_byte(out, (char)tolower((unsigned char)*at));
        else if (out->len > begin && out->ptr[out->len - 1] != '-')
            buffer_add_byte(out, '-');
    }
    if (out->len > begin && out->ptr[out->len - 1] == '-')
        out->len--;
    if (out->len == begin)
        buffer_add_string(out, "input");
}

static void add_file(struct buffer *out, const struct sniff *sniff)
{
    static const char *const formats[] = {"auto", "csv", "xlsx", "json", "ndjson"};
    static const char *const marks[] = {"auto", "point", "comma"};
    buffer_format(out, "file: {format: %s", formats[sniff->found.format]);
    if (sniff->found.format == ROWS_CSV && sniff->found.delimiter == '\t')
        buffer_add_string(out, ", delimiter: tab");
    else if (sniff->found.format == ROWS_CSV)
        buffer_format(out, ", delimiter: \"%c\"", sniff->found.delimiter);
    if (sniff->found.format != ROWS_XLSX)
        buffer_format(out, ", encoding: %.*s", SLICE_ARG(sniff->found.encoding));
    if (sniff->found.sheet.len) {
        buffer_add_string(out, ", sheet: ");
        add_text(out, sniff->found.sheet);
    }
    if (sniff->found.skip_lines)
        buffer_format(out, ", skip: %u", sniff->found.skip_lines);
    if (sniff->found.merged == MERGED_FILL)
        buffer_add_string(out, ", merged: fill");
    if (sniff->found.has_no_header)
        buffer_add_string(out, ", header: no");
    buffer_format(out, ", decimal: %s}\n", marks[sniff->decimal]);
    if (sniff->looks_headless)
        buffer_add_string(
            out, "# The first row holds numbers: if it is data, add `header: no` above and name columns 1, 2, 3.\n");
}

static void add_nulls(struct buffer *out, const struct sniff *sniff)
{
    if (!sniff->n_null_tokens)
        return;
    buffer_add_string(out, "\"null\": [");
    for (size_t i = 0; i < sniff->n_null_tokens; i++) {
        buffer_add_string(out, i ? ", " : "");
        add_text(out, sniff->null_tokens[i]);
    }
    buffer_add_string(out, "]\n");
}

static const struct sniff_column *part_of(const struct sniff *sniff, int field, enum sniff_use use)
{
    for (size_t i = 0; i < sniff->n_columns; i++)
        if (sniff->columns[i].field == field && sniff->columns[i].use == use)
            return &sniff->columns[i];
    return NULL;
}

static void add_part(struct buffer *out, const struct sniff *sniff, int field, enum sniff_use use, const char *key)
{
    const struct sniff_column *column = part_of(sniff, field, use);
    if (!column)
        return;
    buffer_format(out, ", %s: ", key);
    add_text(out, column->name);
}

/* A comment line: samples may hold line ends, which would end it. */
static void add_samples(struct buffer *out, const struct sniff_column *column)
{
    buffer_add_string(out, ", such as ");
    for (size_t i = 0; i < column->n_samples && i < 3; i++) {
        struct slice sample = column->samples[i];
        size_t len = sample.len > 40 ? 40 : sample.len;
        while (len && len < sample.len && ((unsigned char)sample.ptr[len] & 0xC0) == 0x80)
            len--;
        buffer_add_string(out, i ? ", " : "");
        add_text(out, slice_of(sample.ptr, len));
    }
}

/* What tells which part of the date is the day. */
static void add_date_evidence(struct buffer *out, const struct sniff *sniff)
{
    const struct sniff_days *days = &sniff->days;
    if (sniff->is_order_open)
        buffer_add_string(out, "; day and month could be either: set `order: dmy` or `order: mdy`");
    else if (sniff->order == DATE_ORDER_DMY && days->day_first)
        buffer_format(out, "; 13 to 31 stands in the 1st part in %llu rows", (unsigned long long)days->day_first);
    else if (sniff->order == DATE_ORDER_MDY && days->month_first)
        buffer_format(out, "; 13 to 31 stands in the 2nd part in %llu rows", (unsigned long long)days->month_first);
    else if (days->open && (sniff->order == DATE_ORDER_DMY || sniff->order == DATE_ORDER_MDY))
        buffer_format(out, "; the %s part is always 1", sniff->order == DATE_ORDER_DMY ? "1st" : "2nd");
}

static void add_confidence(
    struct buffer *out, const struct sniff *sniff, const struct domain *domain, const struct sniff_column *column)
{
    const struct sniff_column *unit = part_of(sniff, column->field, USE_UNIT);
    const struct sniff_column *division = part_of(sniff, column->field, USE_SUBDIVISION);
    buffer_format(out, "  # %u %%", column->confidence);
    if (unit)
        buffer_format(out, ", unit column %u %%", unit->confidence);
    if (division)
        buffer_format(out, ", subdivision %u %%", division->confidence);
    if (column->n_samples)
        add_samples(out, column);
    if (column->field == domain->when)
        add_date_evidence(out, sniff);
    if (column->field == domain->how_much && !unit && !sniff->unit.len)
        buffer_add_string(out, "; no unit was found: add `unit:`");
    buffer_add_byte(out, '\n');
}

/* ---- columns that the recipe makes -------------------------------------------------------------------------------
 */

static bool has_column(const struct sniff *sniff, const char *name)
{
    for (size_t i = 0; i < sniff->n_columns; i++)
        if (slice_equal_nocase(slice_trim(sniff->columns[i].name), slice_from(name)))
            return true;
    return false;
}

/* A name that the file does not have. */
static const char *made_name(const struct sniff *sniff, const char *name, char out[40])
{
    snprintf(out, 40, "%s", name);
    for (unsigned i = 2; has_column(sniff, out) && i < 1000; i++)
        snprintf(out, 40, "%s_%u", name, i);
    return out;
}

static void add_filters(struct buffer *out, const struct sniff *sniff)
{
    if (sniff->n_filters)
        buffer_add_string(out, "filter:\n");
    for (size_t i = 0; i < sniff->n_filters; i++) {
        buffer_add_string(out, "  - {column: ");
        add_text(out, sniff->filters[i].column);
        buffer_add_string(out, ", not: [");
        add_text(out, sniff->filters[i].text);
        buffer_add_string(out, "]}\n");
    }
}

/* Year, month and day in columns of their own are one date. */
static void add_join(struct buffer *out, const struct sniff *sniff, const struct domain *domain)
{
    const struct sniff_column *day = part_of(sniff, domain->when, USE_DAY);
    char name[40];
    if (!day)
        return;
    buffer_add_string(out, "join:\n  - {columns: [");
    add_text(out, part_of(sniff, domain->when, USE_YEAR)->name);
    buffer_add_string(out, ", ");
    add_text(out, part_of(sniff, domain->when, USE_FIELD)->name);
    buffer_add_string(out, ", ");
    add_text(out, day->name);
    buffer_format(out, "], with: \"-\", into: %s}\n", made_name(sniff, "DATE", name));
}

static void add_unpivot(struct buffer *out, const struct sniff *sniff)
{
    char name[40];
    bool is_first = true;
    if (!sniff->wide)
        return;
    buffer_add_string(out, "unpivot:\n  columns: [");
    for (size_t i = 0; i < sniff->n_columns; i++) {
        if (sniff->columns[i].use != USE_UNPIVOTED)
            continue;
        buffer_add_string(out, is_first ? "" : ", ");
        add_text(out, sniff->columns[i].name);
        is_first = false;
    }
    buffer_format(out, "]\n  name: %s\n", made_name(sniff, "COLUMN", name));
    buffer_format(out, "  value: %s\n", made_name(sniff, "CELL", name));
    if (sniff->has_units_in_names)
        buffer_format(out, "  unit: %s\n", made_name(sniff, "UNIT", name));
}

/* ---- fields -------------------------------------------------------------------------------------------------------
 */

static void add_maps(struct buffer *out, const struct sniff *sniff)
{
    if (!sniff->n_maps)
        return;
    buffer_add_string(out, ", map: [");
    for (size_t i = 0; i < sniff->n_maps; i++) {
        buffer_add_string(out, i ? ",\n      {from: " : "\n      {from: ");
        add_text(out, sniff->maps[i].from);
        buffer_format(out, ", to: %.*s}", SLICE_ARG(sniff->maps[i].to));
    }
    buffer_add_byte(out, ']');
}

/* The units of unpivoted columns, by their names. */
static void add_unit_map(struct buffer *out, const struct sniff *sniff, const struct unit_table *units)
{
    bool is_first = true;
    buffer_add_string(out, ", unit_map: [");
    for (size_t i = 0; i < sniff->n_columns; i++) {
        if (sniff->columns[i].use != USE_UNPIVOTED || sniff->columns[i].unit == UINT32_MAX)
            continue;
        buffer_add_string(out, is_first ? "\n      {from: " : ",\n      {from: ");
        add_text(out, sniff->columns[i].name);
        buffer_format(out, ", to: \"%.*s\"}", SLICE_ARG(units->units[sniff->columns[i].unit].code));
        is_first = false;
    }
    buffer_add_byte(out, ']');
}

static void add_date_parts(struct buffer *out, const struct sniff *sniff, int field)
{
    static const char *const orders[] = {"auto", "ymd", "dmy", "mdy"};
    static const char *const months[] = {"january", "february", "march", "april", "may", "june", "july", "august",
        "september", "october", "november", "december"};
    const struct sniff_column *column = part_of(sniff, field, USE_FIELD), *year = part_of(sniff, field, USE_YEAR);
    bool is_joined = part_of(sniff, field, USE_DAY) != NULL;
    if (sniff->order || is_joined)
        buffer_format(out, ", order: %s", is_joined ? "ymd" : orders[sniff->order]);
    if (year && !is_joined)
        add_part(out, sniff, field, USE_YEAR, "year");
    if (sniff->first_month > 1 && !is_joined)
        buffer_format(out, ", year_begins: %s", months[sniff->first_month - 1]);
    if (column && sniff->is_monthly && !year && sniff->days.open)
        buffer_add_string(out, ", period: month");
}

static void add_amount_parts(struct buffer *out, const struct sniff *sniff, const struct domain *domain, int field)
{
    char name[40];
    add_part(out, sniff, field, USE_UNIT, "unit_column");
    if (sniff->has_units_in_names)
        buffer_format(out, ", unit_column: %s", made_name(sniff, "UNIT", name));
    else if (sniff->wide == WIDE_UNITS)
        buffer_format(out, ", unit_column: %s", made_name(sniff, "COLUMN", name));
    if (sniff->wide == WIDE_UNITS && !sniff->has_units_in_names)
        add_unit_map(out, sniff, domain->fields[field].spec.units);
    if (sniff->unit.len)
        buffer_format(out, ", unit: \"%.*s\"", SLICE_ARG(sniff->unit));
}

static void add_place_parts(struct buffer *out, const struct sniff *sniff, int field)
{
    bool has_point = part_of(sniff, field, USE_LATITUDE) && part_of(sniff, field, USE_LONGITUDE);
    add_part(out, sniff, field, USE_SUBDIVISION, "subdivision");
    add_part(out, sniff, field, has_point ? USE_LATITUDE : USE_NONE, "latitude");
    add_part(out, sniff, field, has_point ? USE_LONGITUDE : USE_NONE, "longitude");
}

/* The column that the recipe makes for the field; null when the file has it. */
static const char *made_column(const struct sniff *sniff, const struct domain *domain, int field)
{
    if (field == domain->when && part_of(sniff, field, USE_DAY))
        return "DATE";
    if (sniff->wide == WIDE_CONCEPTS && field == domain->what)
        return "COLUMN";
    if (sniff->wide == WIDE_PERIODS && field == domain->when)
        return "COLUMN";
    return sniff->wide && field == domain->how_much ? "CELL" : NULL;
}

static const struct sniff_column *first_part(const struct sniff *sniff, int field)
{
    const struct sniff_column *first = part_of(sniff, field, USE_FIELD);
    if (!first)
        first = part_of(sniff, field, USE_SUBDIVISION);
    if (!first && part_of(sniff, field, USE_LONGITUDE))
        first = part_of(sniff, field, USE_LATITUDE);
    return first;
}

static void add_field(struct buffer *out, const struct sniff *sniff, const struct domain *domain, int field)
{
    const char *made = made_column(sniff, domain, field);
    const struct sniff_column *first = first_part(sniff, field);
    char name[40];
    if (!first && !made)
        return;
    if (first)
        add_confidence(out, sniff, domain, first);
    else
        buffer_add_string(out, "  # of the unpivoted columns\n");
    buffer_format(out, "  - {field: %.*s", SLICE_ARG(domain->fields[field].id));
    if (made)
        buffer_format(out, ", column: %s", made_name(sniff, made, name));
    else
        add_part(out, sniff, field, USE_FIELD, "column");
    if (field == domain->when)
        add_date_parts(out, sniff, field);
    if (field == domain->how_much)
        add_amount_parts(out, sniff, domain, field);
    if (field == domain->where)
        add_place_parts(out, sniff, field);
    if (field == domain->what)
        add_maps(out, sniff);
    if (sniff->wide && domain->fields[field].spec.type == VALUE_COUNT)
        buffer_add_string(out, ", per: row");
    buffer_add_string(out, "}\n");
}

static void add_country(struct buffer *out, const struct sniff *sniff, const struct domain *domain)
{
    if (!sniff->country)
        return;
    buffer_format(
        out, "  # %u %%: no column names the country; most of the places lie there\n", sniff->country_confidence);
    buffer_format(out, "  - {field: %.*s, value: ", SLICE_ARG(domain->fields[domain->country].id));
    add_text(out, country_label(domain->countries, sniff->country, LANGUAGE_EN));
    buffer_add_string(out, "}\n");
}

static void add_rest(struct buffer *out, const struct sniff *sniff)
{
    bool is_first = true;
    for (size_t i = 0; i < sniff->n_columns; i++) {
        if (sniff->columns[i].use != USE_NONE)
            continue;
        buffer_add_string(out, is_first ? "# Not mapped (kept in the raw record): " : ", ");
        add_text(out, sniff->columns[i].name);
        is_first = false;
    }
    if (!is_first)
        buffer_add_byte(out, '\n');
}

/* Text in a comment: nothing may end it. */
static void add_comment(struct buffer *out, struct slice text)
{
    unsigned code;
    for (size_t at = 0, len; at < text.len; at += len ? len : 1) {
        len = unwelcome(text, at, &code);
        buffer_add_byte(out, len || (unsigned char)text.ptr[at] < ' ' ? ' ' : text.ptr[at]);
    }
}

static void add_doubts(struct buffer *out, const struct sniff *sniff)
{
    buffer_add_string(out, sniff->n_doubts ? "# Unsure:\n" : "# Unsure: nothing; look at it all the same.\n");
    for (size_t i = 0; i < sniff->n_doubts; i++) {
        buffer_format(out, "#  %zu. ", i + 1);
        add_comment(out, sniff->doubts[i]);
        buffer_add_byte(out, '\n');
    }
}

static void add_head(struct buffer *out, const struct sniff *sniff, const char *name, const struct domain *domain)
{
    buffer_format(out,
        "# A draft by comity sniff after %llu rows. The percentages say how sure each guess is: look at every line, "
        "and "
        "at what\n# stands under \"Unsure\" at the end.%s%s\nrecipe: \"",
        (unsigned long long)sniff->n_rows, sniff->language ? " Language of the headers: " : "",
        sniff->language ? sniff->language : "");
    add_slug(out, name);
    buffer_format(out,
        "\"\ndomain: %.*s\n# Who speaks: kind official, partner or open; reliability A (best) to F (cannot be "
        "judged).\nsource: {code: \"",
        SLICE_ARG(domain->id));
    add_slug(out, name);
    buffer_add_string(out, "\", title: ");
    add_text(out, slice_from(name));
    buffer_format(out, ", kind: open, reliability: F, licence: unknown, marking: TLP:AMBER, aggregate: %s}\n",
        sniff->is_aggregate ? "true" : "false");
}

enum comity_status sniff_draft(
    struct sniff *sniff, const char *name, const struct domain *domain, struct comity_error *err)
{
    struct buffer out;
    buffer_init(&out, 16 << 20);
    add_head(&out, sniff, name, domain);
    add_file(&out, sniff);
    add_nulls(&out, sniff);
    add_filters(&out, sniff);
    add_join(&out, sniff, domain);
    add_unpivot(&out, sniff);
    buffer_add_string(&out, "fields:\n");
    size_t before = out.len;
    for (size_t i = 0; i < domain->n_fields; i++) {
        if ((int)i == domain->country)
            add_country(&out, sniff, domain);
        add_field(&out, sniff, domain, (int)i);
    }
    if (out.len == before)
        buffer_format(&out, "  # no column could be told: name one\n  - {field: %.*s, value: \"\"}\n",
            SLICE_ARG(domain->fields[0].id));
    add_rest(&out, sniff);
    add_doubts(&out, sniff);
    sniff->recipe = out.failed ? SLICE_EMPTY : arena_copy(&sniff->arena, buffer_slice(&out));
    buffer_release(&out);
    return sniff->recipe.ptr ? COMITY_OK : error_nomem(err);
}
