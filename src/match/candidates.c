/* Keys are sorted rule by rule; blocks that are too large get keys that ask for one more column, twice at most. */
#include "match/candidates.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/order.h"
#include "base/parallel.h"

#include <stdlib.h>

enum { MOST_SPLITS = 2 };

struct rule_index {
    struct rule *rule;
    struct sort_item *items;
    size_t n, room;
    uint8_t splits[MOST_SPLITS]; /* columns */
    unsigned n_splits;
};

struct builder {
    struct rules *rules;
    struct rule_index *indexes;
    size_t n;
};

/* ---- one rule ---- */

static bool asks_for(const struct rule *rule, unsigned column)
{
    for (unsigned p = 0; p < rule->n_parts; p++)
        if (rule->parts[p].column == column)
            return true;
    return false;
}

/* The columns that part most records: by how many distinct values they have, told at least half the time. */
static void find_splits(const struct rules *rules, struct rule_index *index)
{
    const struct table *table = rules->table;
    while (index->n_splits < MOST_SPLITS) {
        uint32_t most = 1;
        unsigned best = table->n_columns;
        for (unsigned c = 0; c < table->n_columns; c++) {
            const struct table_column *column = &table->columns[c];
            bool is_taken = asks_for(index->rule, c) || (index->n_splits && index->splits[0] == c);
            if (!is_taken && column->type != COLUMN_TEXT && 2 * (column->n_told[0] + column->n_told[1]) >= table->n &&
                column->n_values > most) {
                most = column->n_values;
                best = c;
            }
        }
        if (best == table->n_columns)
            return;
        index->splits[index->n_splits++] = (uint8_t)best;
    }
}

static size_t block_end(const struct rule_index *index, size_t begin)
{
    size_t end = begin + 1;
    while (end < index->n && index->items[end].key == index->items[begin].key)
        end++;
    return end;
}

/* Gives the blocks over the limit keys that ask for one more column; who does not tell it stays behind. */
static bool split_blocks(const struct rules *rules, struct rule_index *index, unsigned column)
{
    size_t kept = 0;
    bool is_split = false;
    for (size_t i = 0, end; i < index->n; i = end) {
        end = block_end(index, i);
        bool is_large = end - i > rules->most_in_block;
        index->rule->n_split += is_large;
        is_split = is_split || is_large;
        for (size_t j = i; j < end; j++) {
            struct sort_item item = index->items[j];
            uint32_t code = table_code(rules->table, item.payload, column);
            if (is_large && !code)
                continue;
            if (is_large)
                item.key = hash_u64(item.key ^ hash_u64(code));
            index->items[kept++] = item;
        }
    }
    index->n = kept;
    if (is_split)
        sort_items(index->items, index->n);
    return is_split;
}

/* Without blocks of one record, of one side only, or too large to be compared. */
static void drop_blocks(const struct rules *rules, struct rule_index *index)
{
    size_t kept = 0;
    for (size_t i = 0, end; i < index->n; i = end) {
        end = block_end(index, i);
        size_t first = 0;
        for (size_t j = i; j < end; j++)
            first += rules->table->file[index->items[j].payload] == 0;
        bool is_large = end - i > rules->most_in_block;
        index->rule->n_left_out += is_large;
        if (is_large || end - i == 1 || (rules->is_across && (first == 0 || first == end - i)))
            continue;
        memmove(&index->items[kept], &index->items[i], (end - i) * sizeof *index->items);
        kept += end - i;
    }
    index->n = kept;
}

/* What a rule of a list costs. */
static void count_pairs(const struct rules *rules, const struct rule_index *index)
{
    double n_pairs = 0;
    for (size_t i = 0, end; i < index->n; i = end) {
        end = block_end(index, i);
        size_t first = 0;
        for (size_t j = i; j < end; j++)
            first += rules->table->file[index->items[j].payload] == 0;
        n_pairs += rules_pairs(rules, (double)first, (double)(end - i - first));
    }
    index->rule->n_pairs = n_pairs * rule_share_of_meetings(index->rule);
}

static enum comity_status index_rule(void *context, size_t number)
{
    struct builder *builder = context;
    const struct rules *rules = builder->rules;
    struct rule_index *index = &builder->indexes[number];
    uint64_t keys[RULE_MOST_KEYS];
    for (uint32_t i = 0; i < rules->table->n; i++) {
        unsigned n = rule_keys(rules, index->rule, i, keys);
        if (index->n + n > index->room) {
            index->room = 2 * index->room + rules->table->n + RULE_MOST_KEYS;
            struct sort_item *items = realloc(index->items, index->room * sizeof *items);
            if (!items)
                return COMITY_NOMEM;
            index->items = items;
        }
        for (unsigned k = 0; k < n; k++)
            index->items[index->n++] = (struct sort_item){keys[k], i};
    }
    sort_items(index->items, index->n);
    index->rule->n_left_out = 0;
    find_splits(rules, index);
    for (unsigned s = 0; s < index->n_splits; s++)
        if (!split_blocks(rules, index, index->splits[s]))
            break;
    drop_blocks(rules, index);
    if (rules->is_list)
        count_pairs(rules, index);
    return COMITY_OK;
}

/* ---- all of them ---- */

static void flatten(const struct builder *builder, struct candidates *out)
{
    size_t at = 0, n = out->table->n;
    for (size_t r = 0; r < builder->n; r++) {
        const struct rule_index *index = &builder->indexes[r];
        for (size_t i = 0, end; i < index->n; i = end) {
            end = block_end(index, i);
            for (size_t j = i; j < end; j++) {
                out->records[at + j] = index->items[j].payload;
                out->block_end[at + j] = (uint32_t)(at + end);
                out->rule[at + j] = (uint8_t)r;
                out->first_place[index->items[j].payload + 1]++;
            }
        }
        at += index->n;
    }
    for (size_t p = 0; p < n; p++)
        out->first_place[p + 1] += out->first_place[p];
    /* Places of a record in the order of rules; first_place moves on while they are filled, and back afterwards. */
    for (size_t place = 0; place < at; place++)
        out->places[out->first_place[out->records[place]]++] = (uint32_t)place;
    for (size_t p = n; p > 0; p--)
        out->first_place[p] = out->first_place[p - 1];
    out->first_place[0] = 0;
}

static enum comity_status gather(const struct builder *builder, struct candidates *out)
{
    size_t total = 0;
    for (size_t r = 0; r < builder->n; r++)
        total += builder->indexes[r].n;
    if (total >= UINT32_MAX)
        return COMITY_LIMIT;
    out->n_places = total;
    out->records = calloc(total + 1, sizeof *out->records);
    out->block_end = malloc((total + 1) * sizeof *out->block_end);
    out->rule = malloc(total + 1);
    out->places = malloc((total + 1) * sizeof *out->places);
    out->first_place = calloc(out->table->n + 2, sizeof *out->first_place);
    if (!out->records || !out->block_end || !out->rule || !out->places || !out->first_place)
        return COMITY_NOMEM;
    flatten(builder, out);
    return COMITY_OK;
}

enum comity_status candidates_build(
    struct rules *rules, unsigned threads, struct candidates *out, struct comity_error *err)
{
    struct builder builder = {.rules = rules, .indexes = calloc(rules->n + 1, sizeof *builder.indexes)};
    *out = (struct candidates){.table = rules->table, .is_across = rules->is_across};
    for (size_t r = 0; builder.indexes && r < rules->n && builder.n < UINT8_MAX; r++)
        if (rules->rules[r].is_chosen)
            builder.indexes[builder.n++].rule = &rules->rules[r];
    enum comity_status status = builder.indexes ? COMITY_OK : COMITY_NOMEM;
    if (status == COMITY_OK)
        status = parallel_run(builder.n, threads, index_rule, &builder);
    if (status == COMITY_OK)
        status = gather(&builder, out);
    rules->n_pairs = rules->is_list ? 0 : rules->n_pairs;
    for (size_t r = 0; r < builder.n && rules->is_list; r++)
        rules->n_pairs += builder.indexes[r].rule->n_pairs;
    for (size_t r = 0; r < builder.n; r++)
        free(builder.indexes[r].items);
    free(builder.indexes);
    if (status == COMITY_LIMIT)
        return error_set(err, status, "too many keys to compare by: fewer rules are needed");
    return status == COMITY_OK ? COMITY_OK : error_nomem(err);
}

void candidates_release(struct candidates *candidates)
{
    free(candidates->records);
    free(candidates->block_end);
    free(candidates->rule);
    free(candidates->first_place);
    free(candidates->places);
    *candidates = (struct candidates){0};
}

size_t candidates_of(
    const struct candidates *candidates, uint32_t a, uint32_t *marks, uint32_t *others, uint64_t *n_new)
{
    const uint16_t *file = candidates->table->file;
    size_t n = 0;
    marks[a] = a + 1;
    for (uint64_t i = candidates->first_place[a]; i < candidates->first_place[a + 1]; i++) {
        uint32_t place = candidates->places[i], end = candidates->block_end[place];
        size_t before = n;
        for (uint32_t j = place + 1; j < end; j++) {
            uint32_t b = candidates->records[j];
            if (marks[b] == a + 1)
                continue;
            marks[b] = a + 1;
            others[n] = b;
            n += !candidates->is_across || file[a] != file[b];
        }
        if (n_new)
            n_new[candidates->rule[place]] += n - before;
    }
    return n;
}
