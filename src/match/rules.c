/* Keys of parts, and the list of rules with their costs. The choice is in rules_choose.c. */
#include "match/rules.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/parallel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BEGIN = 4, MOST_WORDS = 24, MOST_PAIRED = 7, EXACT_RECORDS = 200000 };

static const uint64_t FIRST_KEY = 0x5EED;
static const double log_width = 0.113; /* ln 1.12: numbers of one bin differ by 12 % at most, by 6 % for sure */
static const double days_width = 16;

/* ---- keys ---- */

static uint64_t key_of(unsigned kind, uint64_t value)
{
    return hash_u64(value ^ (uint64_t)(kind + 1) << 56);
}

static unsigned near_keys(const struct table_column *column, uint32_t code, uint64_t *keys)
{
    double number = column->numbers[code], at;
    if (column->type == COLUMN_DATE) {
        if (number == TABLE_NO_DAY)
            return 0;
        at = number / days_width;
    } else {
        if (number <= 0)
            return 0;
        at = log(number) / log_width;
    }
    for (unsigned which = 0; which < 2; which++)
        keys[which] = key_of(PART_NEAR, (uint64_t)((int64_t)floor(at + 0.5 * which) * 2 + which));
    return 2;
}

/* Each two of the rarest words. */
static unsigned two_word_keys(const struct likeness *likeness, uint32_t code, uint64_t *keys)
{
    const uint32_t *words = &likeness->rare_words[likeness->word_start[code]];
    unsigned n_words = likeness->word_start[code + 1] - likeness->word_start[code], n = 0;
    for (unsigned i = 0; i < n_words && i < MOST_PAIRED; i++)
        for (unsigned j = i + 1; j < n_words && j < MOST_PAIRED; j++) {
            bool is_turned = words[i] > words[j];
            uint64_t both = (uint64_t)words[is_turned ? j : i] << 32 | words[is_turned ? i : j];
            keys[n++] = key_of(PART_TWO_WORDS, hash_u64(both) >> 8);
        }
    return n;
}

static uint64_t key_of_value(const struct table_column *column, struct rule_part part, uint32_t code)
{
    struct slice text = column->texts[code];
    return part.kind == PART_EQUAL
               ? key_of(PART_EQUAL, code)
               : key_of(PART_BEGIN, hash_bytes(text.ptr, text.len < part.length ? text.len : part.length));
}

static unsigned part_keys(const struct rules *rules, struct rule_part part, size_t position, uint64_t *keys)
{
    const struct table_column *column = &rules->table->columns[part.column];
    uint32_t code = table_code(rules->table, position, part.column);
    if (!code)
        return 0;
    switch ((enum part_kind)part.kind) {
    case PART_EQUAL:
    case PART_BEGIN:
        keys[0] = rules->part_keys[part.keys][code];
        return 1;
    case PART_WORD: {
        const struct likeness *likeness = &rules->likeness[part.column];
        unsigned n = 0;
        for (uint32_t i = likeness->word_start[code]; i < likeness->word_start[code + 1] && n < MOST_WORDS; i++)
            keys[n++] = key_of(PART_WORD, likeness->rare_words[i]);
        return n;
    }
    case PART_TWO_WORDS:
        return two_word_keys(&rules->likeness[part.column], code, keys);
    case PART_NEAR:
        return near_keys(column, code, keys);
    }
    return 0;
}

/* The key where every part has one: no more than a look-up for each. */
static unsigned single_key(const struct rules *rules, const struct rule *rule, size_t position, uint64_t *key)
{
    const uint32_t *codes = &rules->table->codes[position * rules->table->n_columns];
    *key = FIRST_KEY;
    for (unsigned p = 0; p < rule->n_parts; p++) {
        uint32_t code = codes[rule->parts[p].column];
        if (!code)
            return 0;
        *key = hash_u64(*key + rules->part_keys[rule->parts[p].keys][code]);
    }
    return 1;
}

unsigned rule_keys(const struct rules *rules, const struct rule *rule, size_t position, uint64_t keys[RULE_MOST_KEYS])
{
    unsigned n = 1;
    if (rules->copy_of && rules->copy_of[position] != position)
        return 0;
    if (rule->has_one_key)
        return single_key(rules, rule, position, keys);
    keys[0] = FIRST_KEY;
    for (unsigned p = 0; p < rule->n_parts; p++) {
        uint64_t more[MOST_WORDS], before[RULE_MOST_KEYS];
        unsigned n_more = part_keys(rules, rule->parts[p], position, more), n_before = n;
        memcpy(before, keys, n * sizeof *keys);
        n = 0;
        for (unsigned i = 0; i < n_before; i++)
            for (unsigned j = 0; j < n_more && n < RULE_MOST_KEYS; j++)
                keys[n++] = hash_u64(before[i] + more[j]);
    }
    return n;
}

void rule_name(const struct rules *rules, const struct rule *rule, char name[RULE_NAME])
{
    static const char *const kinds[] = {"", ", beginning", ", a word", ", two words", ", near"};
    size_t at = 0;
    name[0] = '\0';
    for (unsigned p = 0; p < rule->n_parts && at < RULE_NAME; p++) {
        struct slice column = rules->table->columns[rule->parts[p].column].name;
        at += (size_t)snprintf(
            &name[at], RULE_NAME - at, "%s%.*s%s", p ? " + " : "", SLICE_ARG(column), kinds[rule->parts[p].kind]);
    }
}

/* ---- costs ---- */

struct count {
    uint64_t key;
    uint32_t of[2]; /* of the first file, of the others */
};

struct counter {
    struct count *counts;
    size_t mask, used;
};

static struct count *count_of(struct counter *counter, uint64_t key)
{
    size_t at = key & counter->mask;
    while (counter->counts[at].key && counter->counts[at].key != key)
        at = (at + 1) & counter->mask;
    struct count *count = &counter->counts[at];
    counter->used += !count->key;
    count->key = key;
    return count;
}

/* A share of the keys where there are very many records: those whose bits say so. */
static bool is_counted(uint64_t key, uint64_t share)
{
    return (key >> 40) % share == 0;
}

/* False when the table is half full. */
static bool count_records(const struct rules *rules, const struct rule *rule, uint64_t share, struct counter *counter)
{
    uint64_t keys[RULE_MOST_KEYS];
    for (size_t i = 0; i < rules->table->n; i++) {
        unsigned n = rule_keys(rules, rule, i, keys);
        for (unsigned k = 0; k < n; k++) {
            if (2 * counter->used > counter->mask)
                return false;
            if (is_counted(keys[k], share))
                count_of(counter, keys[k])->of[rules->table->file[i] > 0]++;
        }
    }
    return true;
}

/* Of the records with a key that was counted, how many have one whose block is not too large. */
static double share_kept(const struct rules *rules, const struct rule *rule, uint64_t share, struct counter *counter)
{
    uint64_t keys[RULE_MOST_KEYS];
    double kept = 0, all = 0;
    for (size_t i = 0; i < rules->table->n; i += 1 + rules->table->n / 20000) {
        unsigned n = rule_keys(rules, rule, i, keys), n_counted = 0, n_small = 0;
        for (unsigned k = 0; k < n; k++)
            if (is_counted(keys[k], share)) {
                const struct count *count = count_of(counter, keys[k]); /* it was counted, so this finds it */
                n_small += count->of[0] + count->of[1] <= rules->most_in_block;
                n_counted++;
            }
        all += n_counted > 0;
        kept += n_small > 0;
    }
    return all > 0 ? kept / all : 0;
}

/* By a thousand records. */
static uint64_t estimate_keys(const struct rules *rules, const struct rule *rule)
{
    uint64_t keys[RULE_MOST_KEYS], n_keys = 0, step = 1 + rules->table->n / 1000;
    for (size_t i = 0; i < rules->table->n; i += step)
        n_keys += rule_keys(rules, rule, i, keys) * step;
    return n_keys;
}

/* Two records meet in several blocks of a loose rule: of their meetings, so many are the first. */
double rule_share_of_meetings(const struct rule *rule)
{
    double share = 1;
    for (unsigned p = 0; p < rule->n_parts; p++)
        share *= rule->parts[p].kind == PART_NEAR ? 0.75 : rule->parts[p].kind == PART_WORD ? 0.7 : 1;
    return share;
}

/* Counts all keys, or a share of them where even the largest table does not hold them. */
static bool count_keys(const struct rules *rules, const struct rule *rule, struct counter *counter, uint64_t *share)
{
    size_t n = rules->table->n, size = 1024, most = 2 * (n < EXACT_RECORDS ? n : EXACT_RECORDS) + 1, largest = size;
    uint64_t n_keys = estimate_keys(rules, rule);
    while (largest < 4 * most)
        largest *= 2;
    *share = 1 + n_keys / most;
    while (size < largest && size < 2 * n_keys / *share)
        size *= 2;
    for (;;) {
        *counter = (struct counter){.counts = calloc(size, sizeof *counter->counts), .mask = size - 1};
        if (!counter->counts)
            return false;
        if (count_records(rules, rule, *share, counter))
            return true;
        free(counter->counts);
        if (size < largest)
            size *= 2;
        else
            *share *= 2;
    }
}

static enum comity_status count_pairs(const struct rules *rules, struct rule *rule)
{
    struct counter counter;
    uint64_t share;
    if (!count_keys(rules, rule, &counter, &share))
        return COMITY_NOMEM;
    rule->n_pairs = 0;
    rule->kept = share_kept(rules, rule, share, &counter);
    double once = (double)share * rule_share_of_meetings(rule);
    for (size_t at = 0; at <= counter.mask; at++) {
        double first = counter.counts[at].of[0], others = counter.counts[at].of[1];
        if (first + others <= rules->most_in_block)
            rule->n_pairs += rules_pairs(rules, first, others) * once;
    }
    free(counter.counts);
    return COMITY_OK;
}

static enum comity_status count_rule(void *context, size_t number)
{
    struct rules *rules = context;
    return count_pairs(rules, &rules->rules[number]);
}

/* ---- the list ---- */

static void add_rule(struct rules *rules, unsigned n_parts, const struct rule_part *parts)
{
    if (rules->n == RULES_MOST)
        return;
    struct rule *rule = &rules->rules[rules->n++];
    *rule = (struct rule){.n_parts = n_parts, .recall = -1, .kept = 1, .has_one_key = true};
    memcpy(rule->parts, parts, n_parts * sizeof *parts);
    for (unsigned p = 0; p < n_parts; p++)
        rule->has_one_key = rule->has_one_key && parts[p].keys != RULE_SEVERAL;
}

/* Writes down the keys of the values where each has one. */
static bool number_keys(struct rules *rules, struct rule_part *part)
{
    const struct table_column *column = &rules->table->columns[part->column];
    part->keys = RULE_SEVERAL;
    if (part->kind != PART_EQUAL && part->kind != PART_BEGIN)
        return true;
    uint64_t *keys = malloc(column->n_values * sizeof *keys);
    if (!keys)
        return false;
    for (uint32_t v = 1; v < column->n_values; v++)
        keys[v] = key_of_value(column, *part, v);
    part->keys = (uint8_t)rules->n_part_keys;
    rules->part_keys[rules->n_part_keys++] = keys;
    return true;
}

static unsigned parts_of(const struct table *table, struct rule_part *parts)
{
    unsigned n = 0;
    for (uint8_t c = 0; c < table->n_columns; c++)
        switch (table->columns[c].type) {
        case COLUMN_TEXT:
            parts[n++] = (struct rule_part){.column = c, .kind = PART_WORD};
            parts[n++] = (struct rule_part){.column = c, .kind = PART_TWO_WORDS};
            break;
        case COLUMN_NUMBER:
            parts[n++] = (struct rule_part){.column = c, .kind = PART_EQUAL};
            parts[n++] = (struct rule_part){.column = c, .kind = PART_NEAR};
            break;
        case COLUMN_DATE:
            parts[n++] = (struct rule_part){.column = c, .kind = PART_EQUAL};
            parts[n++] = (struct rule_part){.column = c, .kind = PART_NEAR};
            parts[n++] = (struct rule_part){.column = c, .kind = PART_BEGIN, .length = BEGIN};
            break;
        case COLUMN_NAME:
        case COLUMN_IDENTIFIER:
            parts[n++] = (struct rule_part){.column = c, .kind = PART_EQUAL};
            parts[n++] = (struct rule_part){.column = c, .kind = PART_BEGIN, .length = BEGIN};
            break;
        default:
            parts[n++] = (struct rule_part){.column = c, .kind = PART_EQUAL};
        }
    return n;
}

static bool is_loose(struct rule_part part)
{
    return part.kind == PART_WORD || part.kind == PART_NEAR;
}

/* One part, then two parts of different columns, then three where they are loose ones: what there is no room for is
 * what asks for most. Parts stand by column, so the first and the third differ where their neighbours do. */
static void combine(struct rules *rules, const struct rule_part *parts, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        add_rule(rules, 1, &parts[i]);
    for (unsigned i = 0; i < n; i++)
        for (unsigned j = i + 1; j < n; j++)
            if (parts[i].column != parts[j].column)
                add_rule(rules, 2, (const struct rule_part[]){parts[i], parts[j]});
    for (unsigned i = 0; i < n; i++)
        for (unsigned j = i + 1; j < n; j++)
            for (unsigned k = j + 1; k < n; k++)
                if (parts[i].column != parts[j].column && parts[k].column != parts[j].column && is_loose(parts[i]) &&
                    is_loose(parts[j]) && is_loose(parts[k]))
                    add_rule(rules, 3, (const struct rule_part[]){parts[i], parts[j], parts[k]});
}

static enum comity_status begin_rules(const struct table *table, const struct likeness *likeness, bool is_across,
    struct rules *out, struct comity_error *err)
{
    *out = (struct rules){
        .table = table, .likeness = likeness, .is_across = is_across, .most_in_block = 400, .recall = -1};
    out->rules = calloc(RULES_MOST, sizeof *out->rules);
    out->part_keys = calloc(RULE_SEVERAL, sizeof *out->part_keys);
    return out->rules && out->part_keys ? COMITY_OK : error_nomem(err);
}

enum comity_status rules_list(const struct table *table, const struct likeness *likeness, bool is_across,
    const uint32_t *copy_of, unsigned threads, struct rules *out, struct comity_error *err)
{
    struct rule_part parts[3 * TABLE_MOST_COLUMNS];
    enum comity_status status = begin_rules(table, likeness, is_across, out, err);
    if (status != COMITY_OK)
        return status;
    out->copy_of = copy_of;
    unsigned n = parts_of(table, parts);
    for (unsigned p = 0; p < n; p++)
        if (!number_keys(out, &parts[p]))
            return error_nomem(err);
    combine(out, parts, n);
    status = parallel_run(out->n, threads, count_rule, out);
    return status == COMITY_OK ? COMITY_OK : error_nomem(err);
}

/* Where another rule asks for the same. */
static bool share_keys(const struct rules *rules, struct rule_part *part)
{
    for (size_t r = 0; r < rules->n; r++)
        for (unsigned p = 0; p < rules->rules[r].n_parts; p++) {
            struct rule_part other = rules->rules[r].parts[p];
            if (other.column == part->column && other.kind == part->kind && other.length == part->length) {
                part->keys = other.keys;
                return true;
            }
        }
    return false;
}

static enum comity_status read_part(
    struct rules *rules, struct slice text, struct rule_part *part, struct comity_error *err)
{
    struct slice rest = text, name = slice_trim(slice_cut(&rest, ':'));
    unsigned c = 0, length = 0;
    while (c < rules->table->n_columns && !slice_equal(rules->table->columns[c].name, name))
        c++;
    if (c == rules->table->n_columns)
        return error_set(err, COMITY_USAGE, "no compared column '%.*s'", SLICE_ARG(name));
    for (size_t i = 0; i < rest.len && length < 1000; i++)
        length = rest.ptr[i] >= '0' && rest.ptr[i] <= '9' ? 10 * length + (unsigned)(rest.ptr[i] - '0') : 1000;
    if (length > 100)
        return error_set(err, COMITY_USAGE, "'%.*s' is no number of letters", SLICE_ARG(rest));
    *part = (struct rule_part){.column = (uint8_t)c,
        .kind = length                                         ? PART_BEGIN
                : rules->table->columns[c].type == COLUMN_TEXT ? PART_WORD
                                                               : PART_EQUAL,
        .length = (uint8_t)length};
    return share_keys(rules, part) || number_keys(rules, part) ? COMITY_OK : error_nomem(err);
}

enum comity_status rules_read(const struct table *table, const struct likeness *likeness, bool is_across,
    const struct slice *lines, size_t n_lines, struct rules *out, struct comity_error *err)
{
    enum comity_status status = begin_rules(table, likeness, is_across, out, err);
    out->most_in_block = UINT32_MAX;
    out->is_list = true;
    for (size_t i = 0; i < n_lines && status == COMITY_OK; i++) {
        struct slice rest = lines[i];
        struct rule_part parts[RULE_MOST_PARTS] = {0};
        unsigned n = 0;
        while (rest.len && status == COMITY_OK && n < RULE_MOST_PARTS)
            status = read_part(out, slice_cut(&rest, '+'), &parts[n++], err);
        if (status == COMITY_OK && (rest.len || !n || out->n == RULES_MOST))
            status =
                error_set(err, COMITY_USAGE, "'%.*s' is not one to %d columns", SLICE_ARG(lines[i]), RULE_MOST_PARTS);
        if (status != COMITY_OK)
            break;
        add_rule(out, n, parts);
        struct rule *rule = &out->rules[out->n - 1];
        rule->is_chosen = true;
        rule->rank = (unsigned)out->n;
    }
    return status;
}

void rules_release(struct rules *rules)
{
    for (unsigned k = 0; k < rules->n_part_keys; k++)
        free(rules->part_keys[k]);
    free(rules->part_keys);
    free(rules->rules);
    *rules = (struct rules){0};
}
