/* Which rules to take. True pairs are drawn up from witnesses: for each column apart, the way in which some witness
 * agrees in it that was found by a rule that does not ask for that column, so that no rule speaks well of itself. On
 * these the rules are taken greedily, the most true pairs for their cost first (maximum coverage; G. L. Nemhauser,
 * L. A. Wolsey, M. L. Fisher, Mathematical Programming 14 (1978) 265-294). */
#include "match/rules.h"

#include "base/bits.h"
#include "base/error.h"
#include "base/hash.h"

#include <math.h>
#include <stdlib.h>

enum {
    N_DRAWN = 8192,
    N_WORDS = N_DRAWN / 64,
    MOST_PARTS = 3 * TABLE_MOST_COLUMNS,
    MOST_LOOKED_AT = 20000,
    LEAST_WITNESSES = 50
};

/* What true pairs usually agree in, of those that both tell. */
static const double usual[] = {
    [PART_EQUAL] = 0.7, [PART_BEGIN] = 0.85, [PART_WORD] = 0.9, [PART_TWO_WORDS] = 0.8, [PART_NEAR] = 0.9};
/* A pair that has to be compared costs at least so much beside the index of its rule, per record. */
static const double cost_of_record = 0.5;
/* A rule whose blocks are nearly all too large is none. */
static const double least_kept = 0.02;
/* A rule that compares more pairs than this for each true pair that only it finds is left; but not one that costs no
 * more than a moment. */
static const double most_for_one = 5000, a_moment = 1e6;

struct choice {
    struct rules *rules;
    struct rule_part parts[MOST_PARTS]; /* distinct parts of all rules */
    unsigned n_parts;
    uint64_t (*agrees)[N_WORDS]; /* by part: in which of the pairs drawn it agrees */
    uint64_t covered[N_WORDS];
    unsigned n_taken;
};

static bool is_same_part(struct rule_part a, struct rule_part b)
{
    return a.column == b.column && a.kind == b.kind && a.length == b.length;
}

static unsigned part_number(struct choice *choice, struct rule_part part)
{
    unsigned p = 0;
    while (p < choice->n_parts && !is_same_part(choice->parts[p], part))
        p++;
    if (p == choice->n_parts)
        choice->parts[choice->n_parts++] = part;
    return p;
}

static double draw(uint64_t a, uint64_t b, uint64_t c)
{
    return (double)(hash_u64(hash_u64(hash_u64(a) ^ b) ^ c) >> 11) * 0x1p-53;
}

static void set_agreement(struct choice *choice, unsigned part, size_t pair)
{
    choice->agrees[part][pair / 64] |= (uint64_t)1 << (pair % 64);
}

/* ---- without witnesses ---- */

static void draw_usual(struct choice *choice, unsigned c)
{
    const struct table *table = choice->rules->table;
    for (unsigned p = 0; p < choice->n_parts; p++) {
        const struct table_column *column = &table->columns[c];
        if (choice->parts[p].column != c)
            continue;
        double told = (double)(column->n_told[0] + column->n_told[1]) / fmax((double)table->n, 1);
        for (size_t i = 0; i < N_DRAWN; i++)
            /* One draw for a column, so that a value that agrees has a beginning that does. */
            if (draw(1, c, i) < usual[choice->parts[p].kind] * told * told)
                set_agreement(choice, p, i);
    }
}

/* ---- with witnesses ---- */

static bool do_agree(const struct rules *rules, const struct rule *rule, uint32_t a, uint32_t b)
{
    uint64_t of_a[RULE_MOST_KEYS], of_b[RULE_MOST_KEYS];
    unsigned n_a = rule_keys(rules, rule, a, of_a), n_b = rule_keys(rules, rule, b, of_b);
    for (unsigned i = 0; i < n_a; i++)
        for (unsigned j = 0; j < n_b; j++)
            if (of_a[i] == of_b[j])
                return true;
    return false;
}

/* A bit for each column that the rule does not ask for. */
static uint32_t columns_beside(const struct rules *rules, const struct rule *rule)
{
    uint32_t asked = 0;
    for (unsigned p = 0; p < rule->n_parts; p++)
        asked |= 1u << rule->parts[p].column;
    return ((1u << rules->table->n_columns) - 1) & ~asked;
}

/* By witness: a bit for each column that it was found without. */
static uint32_t columns_free(const struct rules *rules, const struct rule_witness *witness)
{
    uint32_t free_of = 0, all = (1u << rules->table->n_columns) - 1;
    for (size_t r = 0; r < rules->n && free_of != all; r++) {
        const struct rule *rule = &rules->rules[r];
        if (!rule->is_chosen)
            continue;
        uint32_t others = columns_beside(rules, rule);
        if ((others & ~free_of) && do_agree(rules, rule, witness->a, witness->b))
            free_of |= others;
    }
    return free_of;
}

struct urn {
    uint64_t *agreements; /* by witness in it: a bit for each part of the column */
    double *weights;      /* running sum */
    size_t n;
};

static uint64_t agreements_of(const struct choice *choice, unsigned column, const struct rule_witness *witness)
{
    uint64_t bits = 0;
    for (unsigned p = 0; p < choice->n_parts; p++) {
        struct rule rule = {
            .n_parts = 1, .parts = {choice->parts[p]}, .has_one_key = choice->parts[p].keys != RULE_SEVERAL};
        if (choice->parts[p].column == column && do_agree(choice->rules, &rule, witness->a, witness->b))
            bits |= (uint64_t)1 << p;
    }
    return bits;
}

static uint64_t pick(const struct urn *urn, double share)
{
    double at = share * urn->weights[urn->n - 1];
    size_t low = 0, high = urn->n - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (urn->weights[middle] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return urn->agreements[low];
}

static void draw_column(struct choice *choice, unsigned column, const struct rule_witness *witnesses,
    const uint32_t *is_free, size_t n, size_t step, struct urn *urn)
{
    double sum = 0;
    urn->n = 0;
    for (size_t i = 0; i < n; i += step)
        if (is_free[i] >> column & 1) {
            urn->agreements[urn->n] = agreements_of(choice, column, &witnesses[i]);
            urn->weights[urn->n++] = sum += witnesses[i].weight;
        }
    if (urn->n < LEAST_WITNESSES) {
        draw_usual(choice, column);
        return;
    }
    for (size_t i = 0; i < N_DRAWN; i++) {
        uint64_t bits = pick(urn, draw(2, column, i));
        for (unsigned p = 0; p < choice->n_parts; p++)
            if (bits >> p & 1)
                set_agreement(choice, p, i);
    }
}

static enum comity_status draw_witnesses(struct choice *choice, const struct rule_witness *witnesses, size_t n)
{
    size_t step = 1 + n / MOST_LOOKED_AT;
    struct urn urn = {.agreements = malloc((n / step + 1) * sizeof *urn.agreements),
        .weights = malloc((n / step + 1) * sizeof *urn.weights)};
    uint32_t *is_free = calloc(n, sizeof *is_free);
    enum comity_status status = urn.agreements && urn.weights && is_free ? COMITY_OK : COMITY_NOMEM;
    for (size_t i = 0; status == COMITY_OK && i < n; i += step)
        is_free[i] = columns_free(choice->rules, &witnesses[i]);
    for (unsigned c = 0; status == COMITY_OK && c < choice->rules->table->n_columns; c++)
        draw_column(choice, c, witnesses, is_free, n, step, &urn);
    free(urn.agreements);
    free(urn.weights);
    free(is_free);
    return status;
}

/* ---- the choice ---- */

static unsigned count_found(const struct choice *choice, const uint64_t *covered, const unsigned *parts, unsigned n)
{
    unsigned found = 0;
    for (size_t w = 0; w < N_WORDS; w++) {
        uint64_t bits = covered ? ~covered[w] : ~UINT64_C(0);
        for (unsigned p = 0; p < n; p++)
            bits &= choice->agrees[parts[p]][w];
        found += bits_count(bits);
    }
    return found;
}

static void take(struct choice *choice, struct rule *rule, const unsigned *parts, unsigned found)
{
    rule->is_chosen = true;
    rule->rank = ++choice->n_taken;
    rule->gain = (double)found / N_DRAWN;
    choice->rules->n_pairs += rule->n_pairs;
    for (size_t w = 0; w < N_WORDS; w++) {
        uint64_t bits = ~UINT64_C(0);
        for (unsigned p = 0; p < rule->n_parts; p++)
            bits &= choice->agrees[parts[p]][w];
        /* Of a rule whose blocks are partly too large, a part is covered: which, nobody knows. */
        for (uint64_t left = rule->kept < 1 ? bits : 0; left; left &= left - 1) {
            unsigned i = (unsigned)__builtin_ctzll(left);
            if (draw(3, w * 64 + i, (uint64_t)(rule - choice->rules->rules)) >= rule->kept)
                bits &= ~((uint64_t)1 << i);
        }
        choice->covered[w] |= bits;
    }
}

struct plan {
    unsigned (*parts)[RULE_MOST_PARTS]; /* by rule */
    double target, most_pairs, n_true;
    size_t first; /* taken first, whatever it costs within the budget; n of the rules: none */
};

static bool is_affordable(const struct rules *rules, const struct rule *rule, double most_pairs)
{
    return !rule->is_chosen && rules->n_pairs + rule->n_pairs <= most_pairs && rule->kept >= least_kept;
}

static size_t find_best(const struct choice *choice, const struct plan *plan, unsigned *best_found)
{
    const struct rules *rules = choice->rules;
    double least_cost = cost_of_record * (double)rules->table->n, best_worth = 0;
    size_t best = rules->n;
    for (size_t r = 0; r < rules->n; r++) {
        const struct rule *rule = &rules->rules[r];
        if (!is_affordable(rules, rule, plan->most_pairs))
            continue;
        double gain = count_found(choice, choice->covered, plan->parts[r], rule->n_parts) * rule->kept;
        double worth = gain / (rule->n_pairs + least_cost);
        bool is_worth_it = plan->n_true <= 0 || rule->n_pairs < a_moment ||
                           gain / N_DRAWN * plan->n_true * most_for_one > rule->n_pairs;
        if (worth > best_worth && gain >= 1 && is_worth_it) {
            best_worth = worth;
            *best_found = (unsigned)gain;
            best = r;
        }
    }
    return best;
}

/* Returns the share of the true pairs that is found. */
static double carry_out(struct choice *choice, const struct plan *plan)
{
    struct rules *rules = choice->rules;
    double found = 0;
    rules->n_pairs = 0;
    choice->n_taken = 0;
    memset(choice->covered, 0, sizeof choice->covered);
    for (size_t r = 0; r < rules->n; r++)
        rules->rules[r].is_chosen = false;
    if (plan->first < rules->n) {
        struct rule *rule = &rules->rules[plan->first];
        unsigned first = count_found(choice, choice->covered, plan->parts[plan->first], rule->n_parts);
        found = first * rule->kept;
        take(choice, rule, plan->parts[plan->first], (unsigned)found);
    }
    while (found < plan->target * N_DRAWN && choice->n_taken < RULES_MOST_TAKEN) {
        unsigned more = 0;
        size_t best = find_best(choice, plan, &more);
        if (best == rules->n)
            break;
        take(choice, &rules->rules[best], plan->parts[best], more);
        found += more;
    }
    return found / N_DRAWN;
}

/* Greedily; and, where that spends the budget before the target is reached, once more beginning with the rule that
 * finds most: cheap rules may have left no room for a dear one that is worth them all (S. Khuller, A. Moss, J. Naor,
 * Information Processing Letters 70 (1999) 39-45). */
static void choose(struct choice *choice, struct plan *plan)
{
    const double better = 0.005;
    struct rules *rules = choice->rules;
    plan->first = rules->n;
    rules->recall = carry_out(choice, plan);
    if (rules->recall >= plan->target)
        return;
    double most = 0;
    for (size_t r = 0; r < rules->n; r++)
        if (rules->rules[r].kept >= least_kept && rules->rules[r].n_pairs <= plan->most_pairs &&
            rules->rules[r].recall > most) {
            most = rules->rules[r].recall;
            plan->first = r;
        }
    double other = plan->first < rules->n ? carry_out(choice, plan) : 0;
    if (other > rules->recall + better) {
        rules->recall = other;
        return;
    }
    plan->first = rules->n;
    rules->recall = carry_out(choice, plan);
}

enum comity_status rules_choose(struct rules *rules, const struct rule_witness *witnesses, size_t n_witnesses,
    double target, double most_pairs, double n_true, struct comity_error *err)
{
    struct choice choice = {.rules = rules};
    unsigned(*parts)[RULE_MOST_PARTS] = calloc(rules->n + 1, sizeof *parts);
    choice.agrees = calloc(MOST_PARTS, sizeof *choice.agrees);
    enum comity_status status = parts && choice.agrees ? COMITY_OK : COMITY_NOMEM;
    for (size_t r = 0; status == COMITY_OK && r < rules->n; r++)
        for (unsigned p = 0; p < rules->rules[r].n_parts; p++)
            parts[r][p] = part_number(&choice, rules->rules[r].parts[p]);
    if (status == COMITY_OK && n_witnesses)
        status = draw_witnesses(&choice, witnesses, n_witnesses);
    for (unsigned c = 0; status == COMITY_OK && !n_witnesses && c < rules->table->n_columns; c++)
        draw_usual(&choice, c);
    if (status == COMITY_OK) {
        for (size_t r = 0; r < rules->n; r++)
            rules->rules[r].recall =
                (double)count_found(&choice, NULL, parts[r], rules->rules[r].n_parts) / N_DRAWN * rules->rules[r].kept;
        choose(&choice, &(struct plan){parts, target, most_pairs, n_true, rules->n});
    }
    free(parts);
    free(choice.agrees);
    return status == COMITY_OK ? COMITY_OK : error_nomem(err);
}
