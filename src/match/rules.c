/* Keys of parts, and the list of rules with their costs. The choice is in rules_choose.c. */
#include "match/rules.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/parallel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BEGIN = 4, MOST_WORDS = 24, MOST_PAIRED = 7, EXACT_RECORDS = 200000 };

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

static unsigned part_keys(const struct rules *rules, struct rule_part part, size_t position, uint64_t *keys)
{
    const struct table_column *column = &rules->table->columns[part.column];
    uint32_t code = table_code(rules->table, position, part.column);
    if (!code)
        return 0;
    struct slice text = column->texts[code];
    switch ((enum part_kind)part.kind) {
    case PART_EQUAL:
        keys[0] = key_of(PART_EQUAL, code);
        return 1;
    case PART_BEGIN:
        keys[0] = key_of(PART_BEGIN, hash_bytes(text.ptr, text.len < part.length ? text.len : part.length));
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

unsigned rule_keys(const struct rules *rules, const struct rule *rule, size_t position, uint64_t keys[RULE_MOST_KEYS])
{
    unsigned n = 1;
    if (rules->copy_of && rules->copy_of[position] != position)
        return 0;
    keys[0] = 0x5EED;
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

struct counter {
    uint64_t *keys;
    uint32_t *counts[2]; /* of the first file, of the others */
    size_t mask, used;
};

static double pairs_of_block(bool is_across, double first, double others)
{
    double all = first + others;
    return is_across ? first * others : all * (all - 1) / 2;
}

static uint32_t *count_key(struct counter *counter, uint64_t key, unsigned side)
{
    size_t at = key & counter->mask;
    while (counter->keys[at] && counter->keys[at] != key)
        at = (at + 1) & counter->mask;
    counter->used += !counter->keys[at];
    counter->keys[at] = key;
    return &counter->counts[side][at];
}

/* A share of the keys where there are very many records: those whose bits say so. */
static bool is_counted(uint64_t key, uint64_t share)
{
    return (key >> 40) % share == 0;
}

/* False when the table is half full: a smaller share is to be counted. */
static bool count_records(const struct rules *rules, const struct rule *rule, uint64_t share, struct counter *counter)
{
    uint64_t keys[RULE_MOST_KEYS];
    for (size_t i = 0; i < rules->table->n; i++) {
        unsigned n = rule_keys(rules, rule, i, keys);
        for (unsigned k = 0; k < n; k++) {
            if (2 * counter->used > counter->mask)
                return false;
            if (is_counted(keys[k], share))
                ++*count_key(counter, keys[k], rules->table->file[i] > 0);
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
                /* It was counted, so this finds it. */
                uint32_t *first = count_key(counter, keys[k], 0);
                n_small += *first + counter->counts[1][first - counter->counts[0]] <= rules->most_in_block;
                n_counted++;
            }
        all += n_counted > 0;
        kept += n_small > 0;
    }
    return all > 0 ? kept / all : 0;
}

static uint64_t share_of_keys(const struct rules *rules, const struct rule *rule, size_t most)
{
    uint64_t keys[RULE_MOST_KEYS], n_keys = 0, step = 1 + rules->table->n / 1000;
    for (size_t i = 0; i < rules->table->n; i += step)
        n_keys += rule_keys(rules, rule, i, keys) * step;
    return 1 + n_keys / most;
}

/* Two records meet in several blocks of a loose rule: of their meetings, so many are the first. */
static double share_of_meetings(const struct rule *rule)
{
    double share = 1;
    for (unsigned p = 0; p < rule->n_parts; p++)
        share *= rule->parts[p].kind == PART_NEAR ? 0.75 : rule->parts[p].kind == PART_WORD ? 0.7 : 1;
    return share;
}

static enum comity_status count_pairs(const struct rules *rules, struct rule *rule)
{
    size_t n = rules->table->n, size = 1024, most = 2 * (n < EXACT_RECORDS ? n : EXACT_RECORDS) + 1;
    while (size < 4 * most)
        size *= 2;
    struct counter counter = {.keys = calloc(size, sizeof *counter.keys), .mask = size - 1};
    counter.counts[0] = calloc(2 * size, sizeof *counter.counts[0]);
    counter.counts[1] = counter.counts[0] ? counter.counts[0] + size : NULL;
    enum comity_status status = counter.keys && counter.counts[0] ? COMITY_OK : COMITY_NOMEM;
    rule->n_pairs = 0;
    if (status == COMITY_OK) {
        uint64_t share = share_of_keys(rules, rule, most);
        while (!count_records(rules, rule, share, &counter)) {
            share *= 2;
            counter.used = 0;
            memset(counter.keys, 0, size * sizeof *counter.keys);
            memset(counter.counts[0], 0, 2 * size * sizeof *counter.counts[0]);
        }
        rule->kept = share_kept(rules, rule, share, &counter);
        double once = (double)share * share_of_meetings(rule);
        for (size_t at = 0; at < size; at++) {
            double first = counter.counts[0][at], others = counter.counts[1][at];
            if (first + others <= rules->most_in_block)
                rule->n_pairs += pairs_of_block(rules->is_across, first, others) * once;
        }
    }
    free(counter.keys);
    free(counter.counts[0]);
    return status;
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
    *rule = (struct rule){.n_parts = n_parts, .recall = -1};
    memcpy(rule->parts, parts, n_parts * sizeof *parts);
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
    return out->rules ? COMITY_OK : error_nomem(err);
}

enum comity_status rules_list(const struct table *table, const struct likeness *likeness, bool is_across,
    const uint32_t *copy_of, unsigned threads, struct rules *out, struct comity_error *err)
{
    struct rule_part parts[3 * TABLE_MOST_COLUMNS];
    enum comity_status status = begin_rules(table, likeness, is_across, out, err);
    if (status != COMITY_OK)
        return status;
    out->copy_of = copy_of;
    combine(out, parts, parts_of(table, parts));
    status = parallel_run(out->n, threads, count_rule, out);
    return status == COMITY_OK ? COMITY_OK : error_nomem(err);
}

static enum comity_status read_part(
    const struct rules *rules, struct slice text, struct rule_part *part, struct comity_error *err)
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
    return COMITY_OK;
}

enum comity_status rules_read(const struct table *table, const struct likeness *likeness, bool is_across,
    const struct slice *lines, size_t n_lines, struct rules *out, struct comity_error *err)
{
    enum comity_status status = begin_rules(table, likeness, is_across, out, err);
    out->most_in_block = UINT32_MAX;
    for (size_t i = 0; i < n_lines && status == COMITY_OK; i++) {
        struct slice rest = lines[i];
        struct rule_part parts[RULE_MOST_PARTS];
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
        if (count_pairs(out, rule) != COMITY_OK)
            status = error_nomem(err);
        out->n_pairs += rule->n_pairs;
    }
    return status;
}

void rules_release(struct rules *rules)
{
    free(rules->rules);
    *rules = (struct rules){0};
}
