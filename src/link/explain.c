/* Why two mentions are, or are not, one event: the same arithmetic as in a run, on a frame of a few mentions. */
#include "link/link.h"

#include "base/error.h"
#include "link/block.h"
#include "link/load.h"
#include "link/model.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_NEIGHBOURS = 24, MOST_NAMED = 3 };

struct explainer {
    const struct mentions *mentions;
    const struct link_model *model;
    const struct judgement *judgements;
    size_t n_judgements;
    const uint32_t *cluster;
    size_t a, b;
    struct frame frame; /* a and b first, then others of their clusters */
    struct arena *arena;
    struct link_explanation *out;
};

/* ---- reasons ---- */

static bool add_reason(struct explainer *explainer, int field, const char *level, double bits)
{
    struct link_explanation *out = explainer->out;
    struct slice text = arena_copy(explainer->arena, slice_from(level));
    if (!text.ptr)
        return false;
    out->reasons[out->n_reasons++] = (struct link_reason){.field = field, .level = text, .bits = bits};
    return true;
}

/* 23388 → "23,388". */
static void write_count(uint64_t number, char text[32])
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRIu64, number), at = 0;
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            text[at++] = ',';
        text[at++] = digits[i];
    }
    text[at] = '\0';
}

static void describe_equality(const struct explainer *explainer, unsigned c, const char *level, char *text, size_t size)
{
    const struct frame *frame = &explainer->frame;
    uint64_t count, total;
    char count_text[32], total_text[32];
    model_frequency(explainer->model, c, frame_stratum(frame, c, 0), frame_value(frame, c, 0)->canon, &count, &total);
    write_count(count, count_text);
    write_count(total, total_text);
    snprintf(text, size, "%s (%s of %s)", level, count_text, total_text);
}

static void describe_level(const struct explainer *explainer, unsigned c, unsigned level, char *text, size_t size)
{
    const struct comparison *comparison = &explainer->frame.comparisons[c];
    const struct prepared *a = frame_value(&explainer->frame, c, 0), *b = frame_value(&explainer->frame, c, 1);
    const char *words = comparison_level_text(comparison, level);
    if (comparison->type == VALUE_DATE && level > DATE_1 && level <= DATE_FAR) {
        int64_t days = a->date.first > b->date.last ? (int64_t)a->date.first - b->date.last
                                                    : (int64_t)b->date.first - a->date.last;
        snprintf(text, size, "%" PRId64 " days apart", days);
    } else if (comparison->type == VALUE_QUANTITY && level > LEVELS_EQUAL && level < AMOUNT_FAR) {
        double high = fmax(a->amount.base, b->amount.base);
        snprintf(text, size, "%.2g %% apart", 100 * fabs(a->amount.base - b->amount.base) / high);
    } else if (comparison->type != VALUE_DATE && level <= LEVELS_EQUAL) {
        describe_equality(explainer, c, words, text, size);
    } else {
        snprintf(text, size, "%s", words);
    }
}

static bool add_field_reasons(struct explainer *explainer, uint64_t vector)
{
    const struct link_model *model = explainer->model;
    const struct frame *frame = &explainer->frame;
    for (unsigned c = 0; c < frame->n_comparisons; c++) {
        unsigned level = vector_level(vector, c);
        char text[160];
        if (!level)
            continue;
        describe_level(explainer, c, level, text, sizeof text);
        double bits = model_level_bits(model, frame, c, 0, 1, level) + model_rarity_bits(model, frame, c, 0, 1, level);
        if (!add_reason(explainer, frame->comparisons[c].field, text, bits))
            return false;
    }
    return true;
}

/* What belongs to no one field; in all they add up to the bits of the pair. */
static bool add_other_reasons(struct explainer *explainer, uint64_t vector)
{
    const struct link_model *model = explainer->model;
    const struct frame *frame = &explainer->frame;
    enum pair_class class = frame_class(frame, 0, 1);
    double density = model_density(frame, 0, 1);
    char text[160], count[32];
    write_count((uint64_t)(exp2(density) - 0.5), count);
    snprintf(text, sizeof text, "one of %s around that it could be by chance", count);
    bool is_done = add_reason(explainer, -1, text, -density);
    const char *rate =
        class == PAIR_ACROSS ? "how often two sources tell of one event" : "how seldom a source tells an event twice";
    is_done = is_done && add_reason(explainer, -1, rate, model_rate_bits(model, frame, 0, 1));
    if (is_done && vector >> VECTOR_TOGETHER & 15)
        is_done = add_reason(
            explainer, -1, "such amounts are common in that place", -(double)(vector >> VECTOR_TOGETHER & 15));
    if (!is_done || model->when < 0 || model->where < 0 || model->what < 0)
        return is_done;
    double joint = model->joint[class][vector_level(vector, (unsigned)model->when)][vector_level(
        vector, (unsigned)model->where)][vector_level(vector, (unsigned)model->what)];
    return joint == 0 || add_reason(explainer, -1, "date, place and kind go together by themselves", joint);
}

/* ---- verdicts ---- */

static bool is_about(const struct explainer *explainer, const struct judgement *judgement)
{
    uint64_t a = mention_named(explainer->mentions, explainer->a), b = mention_named(explainer->mentions, explainer->b);
    return !judgement->is_undone && judgement->is_by_person &&
           ((judgement->a == a && judgement->b == b) || (judgement->a == b && judgement->b == a));
}

/* Whether a person's last word is what keeps the two where they are. */
static bool is_judged(const struct explainer *explainer)
{
    bool is_together = explainer->cluster[explainer->a] == explainer->cluster[explainer->b];
    const struct judgement *last = NULL;
    for (size_t i = 0; i < explainer->n_judgements; i++)
        if (is_about(explainer, &explainer->judgements[i]) && explainer->judgements[i].kind != JUDGEMENT_PART_OF)
            last = &explainer->judgements[i];
    return last && (last->kind == JUDGEMENT_DIFFERENT) != is_together;
}

static bool is_repeated_load(const struct explainer *explainer)
{
    const struct mentions *mentions = explainer->mentions;
    if (mentions->content[explainer->a] != mentions->content[explainer->b] ||
        mentions->source[explainer->a] != mentions->source[explainer->b])
        return false;
    struct slice source = mentions->sources[mentions->source[explainer->a]].code;
    uint16_t country = explainer->frame.country[0];
    struct slice code = mentions->domain->countries && country
                            ? slice_from(country_get(mentions->domain->countries, country)->alpha2)
                            : SLICE_EMPTY;
    for (size_t i = 0; i < explainer->n_judgements; i++) {
        const struct judgement *load = &explainer->judgements[i];
        if (load->kind == JUDGEMENT_REPEATED_LOAD && !load->is_undone && slice_equal(load->source, source) &&
            (!load->country.len || slice_equal(load->country, code)) && explainer->frame.first[0] >= load->first_day &&
            explainer->frame.first[0] <= load->last_day)
            return true;
    }
    return false;
}

/* How many parts of a rule the two share, and the first that they do not. */
static unsigned shared_parts(
    const struct explainer *explainer, const struct block_rule *rule, char *missing, size_t size)
{
    const struct frame *frame = &explainer->frame;
    unsigned n = 0;
    missing[0] = '\0';
    for (unsigned i = 0; i < rule->n_parts; i++) {
        bool is_shared = false;
        for (unsigned which = 0; which < rule->n_slots; which++) {
            uint64_t key = block_part_key(frame, rule->parts[i], which, 0);
            is_shared = is_shared || (key && key == block_part_key(frame, rule->parts[i], which, 1));
        }
        n += is_shared;
        if (!is_shared && !missing[0])
            block_part_name(frame, rule->parts[i], missing, size);
    }
    if (block_in_window(frame, rule->window_days, 0, 1))
        return n + 1;
    if (!missing[0])
        snprintf(missing, size, "days");
    return n;
}

/* False when no rule proposes the pair; then the nearest is told. */
static enum comity_status find_rule(struct explainer *explainer, bool *is_proposed)
{
    struct blocking blocking;
    blocking_rules(&explainer->frame, &blocking);
    unsigned nearest = UINT32_MAX;
    char nearest_missing[64] = "", missing[64];
    *is_proposed = false;
    for (unsigned r = 0; r < blocking.n_rules && !*is_proposed; r++) {
        unsigned lacking =
            blocking.rules[r].n_parts + 1 - shared_parts(explainer, &blocking.rules[r], missing, sizeof missing);
        *is_proposed = lacking == 0;
        if (lacking < nearest) {
            nearest = lacking;
            memcpy(nearest_missing, missing, sizeof missing);
            explainer->out->nearest_rule = slice_from(blocking.rules[r].name);
        }
    }
    explainer->out->nearest_rule = arena_copy(explainer->arena, explainer->out->nearest_rule);
    explainer->out->missing = arena_copy(explainer->arena, slice_from(nearest_missing));
    return explainer->out->nearest_rule.ptr && explainer->out->missing.ptr ? COMITY_OK : COMITY_NOMEM;
}

/* The pair between the two clusters that speaks most against joining them. */
static void find_weakest(struct explainer *explainer)
{
    const struct frame *frame = &explainer->frame;
    struct link_explanation *out = explainer->out;
    uint32_t of_a = explainer->cluster[explainer->a], of_b = explainer->cluster[explainer->b];
    out->weakest_bits = INFINITY;
    for (size_t x = 0; x < frame->n; x++)
        for (size_t y = 0; y < frame->n; y++) {
            if (explainer->cluster[frame->mention[x]] != of_a || explainer->cluster[frame->mention[y]] != of_b)
                continue;
            double bits = model_evidence(explainer->model, frame, x, y, frame_compare(frame, x, y)) +
                          model_rate_bits(explainer->model, frame, x, y);
            if (bits < out->weakest_bits) {
                out->weakest_bits = bits;
                out->weakest_a = frame->mention[x];
                out->weakest_b = frame->mention[y];
            }
        }
}

static enum comity_status find_verdict(struct explainer *explainer)
{
    struct link_explanation *out = explainer->out;
    bool is_together = explainer->cluster[explainer->a] == explainer->cluster[explainer->b], is_proposed = true;
    if (is_judged(explainer)) {
        out->verdict = LINK_JUDGED;
        return COMITY_OK;
    }
    if (is_together) {
        out->verdict = is_repeated_load(explainer) ? LINK_REPEATED_LOAD : LINK_TOGETHER;
        return COMITY_OK;
    }
    enum comity_status status = find_rule(explainer, &is_proposed);
    out->verdict = !is_proposed ? LINK_NEVER_COMPARED : out->bits > 0 ? LINK_CUT : LINK_SCORED_TOO_LOW;
    if (out->verdict == LINK_CUT)
        find_weakest(explainer);
    return status;
}

/* ---- the sentence ---- */

/* The strongest reasons of one sign, as "amount (equal, and rare)"; returns how many. */
static size_t name_reasons(const struct explainer *explainer, double sign, struct buffer *text)
{
    const struct link_explanation *out = explainer->out;
    bool is_named[DOMAIN_MOST_FIELDS + 4] = {false};
    size_t n = 0;
    for (; n < MOST_NAMED; n++) {
        size_t best = SIZE_MAX;
        for (size_t i = 0; i < out->n_reasons; i++)
            if (!is_named[i] && out->reasons[i].field >= 0 && sign * out->reasons[i].bits > 0.5 &&
                (best == SIZE_MAX || sign * out->reasons[i].bits > sign * out->reasons[best].bits))
                best = i;
        if (best == SIZE_MAX)
            break;
        is_named[best] = true;
        const struct field *field = &explainer->mentions->domain->fields[out->reasons[best].field];
        buffer_format(text, "%s%.*s (%.*s)", n ? ", " : "",
            SLICE_ARG(domain_label(field->labels, field->id, LANGUAGE_EN)), SLICE_ARG(out->reasons[best].level));
    }
    return n;
}

static void write_balance(const struct explainer *explainer, struct buffer *text)
{
    struct buffer names;
    buffer_init(&names, 4096);
    if (name_reasons(explainer, 1, &names))
        buffer_format(text, " For it: %.*s.", SLICE_ARG(buffer_slice(&names)));
    buffer_clear(&names);
    if (name_reasons(explainer, -1, &names))
        buffer_format(text, " Against it: %.*s.", SLICE_ARG(buffer_slice(&names)));
    buffer_release(&names);
}

static enum comity_status write_sentence(struct explainer *explainer)
{
    struct link_explanation *out = explainer->out;
    bool is_together = explainer->cluster[explainer->a] == explainer->cluster[explainer->b];
    struct buffer text;
    buffer_init(&text, 16384);
    switch (out->verdict) {
    case LINK_TOGETHER:
        buffer_format(&text, "Held to be one event; by themselves these two would be with a probability of %.1f %%.",
            100 * out->probability);
        break;
    case LINK_REPEATED_LOAD:
        buffer_add_string(&text,
            "One row, loaded more than once: nearly all rows of that source, country and time stand "
            "a multiple of times.");
        break;
    case LINK_JUDGED:
        buffer_format(
            &text, "A person has said that these are %s.", is_together ? "the same event" : "different events");
        break;
    case LINK_NEVER_COMPARED:
        buffer_format(&text, "Never compared: the nearest rule asks for the same %.*s, and they differ in %.*s.",
            SLICE_ARG(out->nearest_rule), SLICE_ARG(out->missing));
        break;
    case LINK_SCORED_TOO_LOW:
        buffer_format(
            &text, "Compared and held apart: one event with a probability of %.1f %%.", 100 * out->probability);
        break;
    case LINK_CUT:
        buffer_format(&text,
            "Alike enough (%.1f %%), but their groups were kept apart: the weakest pair between them "
            "stands at %.1f bits.",
            100 * out->probability, out->weakest_bits);
        break;
    }
    write_balance(explainer, &text);
    out->sentence = arena_copy(explainer->arena, buffer_slice(&text));
    enum comity_status status = out->sentence.ptr ? buffer_status(&text) : COMITY_NOMEM;
    buffer_release(&text);
    return status;
}

/* The two, and as many others of their clusters as are looked at. */
static size_t list_mentions(const struct explainer *explainer, uint32_t list[2 + MOST_NEIGHBOURS])
{
    size_t n = 2;
    list[0] = (uint32_t)explainer->a;
    list[1] = (uint32_t)explainer->b;
    uint32_t of_a = explainer->cluster[explainer->a], of_b = explainer->cluster[explainer->b];
    for (uint32_t m = 0; of_a != of_b && m < explainer->mentions->n && n < 2 + MOST_NEIGHBOURS; m++)
        if ((explainer->cluster[m] == of_a || explainer->cluster[m] == of_b) && m != explainer->a && m != explainer->b)
            list[n++] = m;
    return n;
}

enum comity_status link_explain(const struct mentions *mentions, const struct link_model *model,
    const struct judgement *judgements, size_t n_judgements, const uint32_t *cluster, size_t a, size_t b,
    struct arena *arena, struct link_explanation *out, struct comity_error *err)
{
    *out = (struct link_explanation){0};
    if (a >= mentions->n || b >= mentions->n || a == b)
        return error_set(err, COMITY_USAGE, "two different mentions are needed");
    struct explainer explainer = {.mentions = mentions,
        .model = model,
        .judgements = judgements,
        .n_judgements = n_judgements,
        .cluster = cluster,
        .a = a,
        .b = b,
        .arena = arena,
        .out = out};
    uint32_t list[2 + MOST_NEIGHBOURS];
    size_t n = list_mentions(&explainer, list);
    enum comity_status status = frame_build_few(mentions, model, list, n, &explainer.frame);
    if (status == COMITY_OK) {
        uint64_t vector = frame_compare(&explainer.frame, 0, 1);
        out->bits =
            model_evidence(model, &explainer.frame, 0, 1, vector) + model_rate_bits(model, &explainer.frame, 0, 1);
        out->probability = 1 / (1 + exp2(-out->bits));
        if (!add_field_reasons(&explainer, vector) || !add_other_reasons(&explainer, vector))
            status = COMITY_NOMEM;
    }
    if (status == COMITY_OK)
        status = find_verdict(&explainer);
    if (status == COMITY_OK)
        status = write_sentence(&explainer);
    frame_release(&explainer.frame);
    return status == COMITY_OK ? COMITY_OK : error_nomem(err);
}
