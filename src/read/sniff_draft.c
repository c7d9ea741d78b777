/* The draft as YAML. Every text is written as a JSON string, which YAML takes, so that no name can break it. */
#include "base/error.h"
#include "base/json.h"
#include "read/sniff_inside.h"

#include <ctype.h>

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
        json_text(out, sniff->found.sheet);
    }
    if (sniff->found.skip_lines)
        buffer_format(out, ", skip: %u", sniff->found.skip_lines);
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
        json_text(out, sniff->null_tokens[i]);
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
    json_text(out, column->name);
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
        json_text(out, slice_of(sample.ptr, len));
    }
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
    if (column->field == domain->when && sniff->is_order_open)
        buffer_add_string(out, "; day and month could be either: set `order: dmy` or `order: mdy`");
    if (column->field == domain->how_much && !unit && !sniff->unit.len)
        buffer_add_string(out, "; no unit was found: add `unit:`");
    buffer_add_byte(out, '\n');
}

static void add_field(struct buffer *out, const struct sniff *sniff, const struct domain *domain, int field)
{
    static const char *const orders[] = {"auto", "ymd", "dmy", "mdy"};
    const struct sniff_column *column = part_of(sniff, field, USE_FIELD);
    const struct sniff_column *first = column;
    if (!first)
        first = part_of(sniff, field, USE_SUBDIVISION);
    if (!first && part_of(sniff, field, USE_LONGITUDE))
        first = part_of(sniff, field, USE_LATITUDE);
    if (!first)
        return;
    add_confidence(out, sniff, domain, first);
    buffer_format(out, "  - {field: %.*s", SLICE_ARG(domain->fields[field].id));
    add_part(out, sniff, field, USE_FIELD, "column");
    if (field == domain->when && sniff->order)
        buffer_format(out, ", order: %s", orders[sniff->order]);
    if (field == domain->how_much)
        add_part(out, sniff, field, USE_UNIT, "unit_column");
    if (field == domain->how_much && sniff->unit.len)
        buffer_format(out, ", unit: \"%.*s\"", SLICE_ARG(sniff->unit));
    if (field == domain->where) {
        add_part(out, sniff, field, USE_SUBDIVISION, "subdivision");
        bool has_point = part_of(sniff, field, USE_LATITUDE) && part_of(sniff, field, USE_LONGITUDE);
        add_part(out, sniff, field, has_point ? USE_LATITUDE : USE_NONE, "latitude");
        add_part(out, sniff, field, has_point ? USE_LONGITUDE : USE_NONE, "longitude");
    }
    buffer_add_string(out, "}\n");
}

static void add_country(struct buffer *out, const struct sniff *sniff, const struct domain *domain)
{
    if (!sniff->country)
        return;
    buffer_format(
        out, "  # %u %%: no column names the country; most of the places lie there\n", sniff->country_confidence);
    buffer_format(out, "  - {field: %.*s, value: ", SLICE_ARG(domain->fields[domain->country].id));
    json_text(out, country_label(domain->countries, sniff->country, LANGUAGE_EN));
    buffer_add_string(out, "}\n");
}

static void add_rest(struct buffer *out, const struct sniff *sniff)
{
    bool is_first = true;
    for (size_t i = 0; i < sniff->n_columns; i++) {
        if (sniff->columns[i].use != USE_NONE)
            continue;
        buffer_add_string(out, is_first ? "# Not mapped (kept in the raw record): " : ", ");
        json_text(out, sniff->columns[i].name);
        is_first = false;
    }
    if (!is_first)
        buffer_add_byte(out, '\n');
}

enum comity_status sniff_draft(
    struct sniff *sniff, const char *name, const struct domain *domain, struct comity_error *err)
{
    struct buffer out;
    buffer_init(&out, 16 << 20);
    buffer_format(&out,
        "# A draft by comity sniff after %llu rows. The percentages say how sure each guess is: look at every "
        "line.\nrecipe: \"",
        (unsigned long long)sniff->n_rows);
    add_slug(&out, name);
    buffer_format(&out,
        "\"\ndomain: %.*s\n# Who speaks: kind official, partner or open; reliability A (best) to F (cannot be "
        "judged).\nsource: {code: \"",
        SLICE_ARG(domain->id));
    add_slug(&out, name);
    buffer_add_string(&out, "\", title: ");
    json_text(&out, slice_from(name));
    buffer_add_string(&out, ", kind: open, reliability: F, licence: unknown, marking: TLP:AMBER, aggregate: false}\n");
    add_file(&out, sniff);
    add_nulls(&out, sniff);
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
    sniff->recipe = out.failed ? SLICE_EMPTY : arena_copy(&sniff->arena, buffer_slice(&out));
    buffer_release(&out);
    return sniff->recipe.ptr ? COMITY_OK : error_nomem(err);
}
