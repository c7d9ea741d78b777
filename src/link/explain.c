/* Why two mentions are, or are not, one event: the same arithmetic as in a run, on a frame of a few mentions. */
#include "link/link.h"

#include "base/error.h"
#include "link/block.h"
#include "link/explain.h"
#include "link/load.h"
#include "link/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_NEIGHBOURS = 24 };

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

static bool add_reason(struct explainer *explainer, struct link_reason reason)
{
    struct link_explanation *out = explainer->out;
    struct buffer text;
    buffer_init(&text, 1024);
    explain_say_level(&explain_english, reason.words, reason.n, reason.of, &text);
    reason.level = arena_copy(explainer->arena, buffer_slice(&text));
    bool is_done = reason.level.ptr && buffer_status(&text) == COMITY_OK;
    buffer_release(&text);
    if (is_done)
        out->reasons[out->n_reasons++] = reason;
    return is_done;
}

static void describe_equality(const struct explainer *explainer, unsigned c, struct link_reason *out)
{
    const struct frame *frame = &explainer->frame;
    uint64_t count, total;
    model_frequency(explainer->model, c, frame_stratum(frame, c, 0), frame_value(frame, c, 0)->canon, &count, &total);
    out->n = (double)count;
    out->of = (double)total;
}

/* Two significant digits. */
static double rounded(double number)
{
    char text[32];
    snprintf(text, sizeof text, "%.2g", number);
    return strtod(text, NULL);
}

static void describe_level(const struct explainer *explainer, unsigned c, unsigned level, struct link_reason *out)
{
    const struct comparison *comparison = &explainer->frame.comparisons[c];
    const struct prepared *a = frame_value(&explainer->frame, c, 0), *b = frame_value(&explainer->frame, c, 1);
    out->words = comparison_level_text(comparison, level);
    if (comparison->type == VALUE_DATE && level > DATE_1 && level <= DATE_FAR) {
        int64_t days = a->date.first > b->date.last ? (int64_t)a->date.first - b->date.last
                                                    : (int64_t)b->date.first - a->date.last;
        out->words = TELL("{n} days apart");
        out->n = (double)days;
    } else if (comparison->type == VALUE_QUANTITY && level > LEVELS_EQUAL && level < AMOUNT_FAR) {
        double high = fmax(a->amount.base, b->amount.base);
        /* xgettext:no-c-format */
        out->words = TELL("{n} % apart");
        out->n = rounded(100 * fabs(a->amount.base - b->amount.base) / high);
    } else if (comparison->type != VALUE_DATE && level <= LEVELS_EQUAL) {
        describe_equality(explainer, c, out);
    }
}

static bool add_field_reasons(struct explainer *explainer, uint64_t vector)
{
    const struct link_model *model = explainer->model;
    const struct frame *frame = &explainer->frame;
    for (unsigned c = 0; c < frame->n_comparisons; c++) {
        unsigned level = vector_level(vector, c);
        struct link_reason reason = {.field = frame->comparisons[c].field};
        if (!level)
            continue;
        describe_level(explainer, c, level, &reason);
        reason.bits = model_level_bits(model, frame, c, 0, 1, level) + model_rarity_bits(model, frame, c, 0, 1, level);
        if (!add_reason(explainer, reason))
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
    double around = round(exp2(density) - 0.5);
    bool is_done = add_reason(explainer,
        (struct link_reason){
            .field = -1, .words = TELL("one of {n} around that it could be by chance"), .n = around, .bits = -density});
    const char *rate = class == PAIR_ACROSS ? TELL("how often two sources tell of one event")
                                            : TELL("how seldom a source tells an event twice");
    is_done =
        is_done && add_reason(explainer,
                       (struct link_reason){.field = -1, .words = rate, .bits = model_rate_bits(model, frame, 0, 1)});
    double together = (double)(vector >> VECTOR_TOGETHER & 15);
    if (is_done && together > 0)
        is_done = add_reason(
            explainer, (struct link_reason){
                           .field = -1, .words = TELL("such amounts are common in that place"), .bits = -together});
    if (!is_done || model->when < 0 || model->where < 0 || model->what < 0)
        return is_done;
    double joint = model->joint[class][vector_level(vector, (unsigned)model->when)][vector_level(
        vector, (unsigned)model->where)][vector_level(vector, (unsigned)model->what)];
    return joint == 0 || add_reason(explainer, (struct link_reason){.field = -1,
                                                   .words = TELL("date, place and kind go together by themselves"),
                                                   .bits = joint});
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

static const struct judgement *repeated_load(const struct explainer *explainer)
{
    return load_of_pair(
        explainer->mentions, explainer->judgements, explainer->n_judgements, explainer->a, explainer->b);
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

static enum comity_status find_rival(struct explainer *explainer)
{
    const struct mentions *mentions = explainer->mentions;
    struct link_explanation *out = explainer->out;
    struct link_rival rival;
    enum comity_status status =
        link_find_rival(mentions, explainer->model, explainer->cluster, explainer->a, explainer->b, out->bits, &rival);
    out->has_rival = status == COMITY_OK && rival.mention != rival.of;
    if (!out->has_rival)
        return status;
    out->rival = rival.mention;
    out->rival_of = rival.of;
    out->rival_number = mentions->id[rival.mention];
    out->rival_of_number = mentions->id[rival.of];
    out->rival_bits = rival.bits;
    return COMITY_OK;
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
        const struct judgement *load = repeated_load(explainer);
        out->verdict = load ? LINK_REPEATED_LOAD : LINK_TOGETHER;
        out->load = arena_copy(explainer->arena, load ? load->why : SLICE_EMPTY);
        return out->load.ptr ? COMITY_OK : COMITY_NOMEM;
    }
    enum comity_status status = link_find_parts(explainer->mentions, explainer->judgements, explainer->n_judgements,
        explainer->cluster, explainer->a, explainer->b, &out->parts);
    if (status || out->parts.part) {
        out->verdict = LINK_PART;
        return status;
    }
    status = find_rule(explainer, &is_proposed);
    out->verdict = !is_proposed ? LINK_NEVER_COMPARED : out->bits > 0 ? LINK_CUT : LINK_SCORED_TOO_LOW;
    if (status || out->verdict != LINK_CUT)
        return status;
    find_weakest(explainer);
    return find_rival(explainer);
}

/* ---- what would change it ---- */

/* Levels that say how precisely something is told, not how alike: nobody would say "had they been less precise". */
static bool is_imaginable(const struct explainer *explainer, unsigned c, unsigned level)
{
    const struct comparison *comparison = &explainer->frame.comparisons[c];
    const struct frame *frame = &explainer->frame;
    if (comparison->type == VALUE_DATE)
        return level < DATE_OVERLAP;
    if (level <= LEVELS_EQUAL) {
        unsigned x = frame->rows[0].rarity[c], y = frame->rows[1].rarity[c];
        return level == (comparison_has_rarity(comparison) ? rarity_level(x < y ? x : y) : LEVELS_EQUAL);
    }
    return (comparison->type != VALUE_QUANTITY || level != AMOUNT_INCOMPARABLE) &&
           (comparison->type != VALUE_PLACE || level != PLACE_AREA);
}

/* The pair's bits were this field at this level, by the same arithmetic. */
static double bits_with(const struct explainer *explainer, uint64_t vector, unsigned c, unsigned level)
{
    uint64_t other = (vector & ~(UINT64_C(15) << (4 * c))) | (uint64_t)level << (4 * c);
    return model_evidence(explainer->model, &explainer->frame, 0, 1, other) +
           model_rate_bits(explainer->model, &explainer->frame, 0, 1);
}

/* Only fields that both tell: of what somebody leaves open, nobody knows how rare it would be. */
static void find_change(struct explainer *explainer, uint64_t vector)
{
    struct link_explanation *out = explainer->out;
    const struct frame *frame = &explainer->frame;
    bool is_over = out->bits > 0;
    double least = INFINITY;
    out->change.field = -1;
    out->has_change = out->verdict == LINK_SCORED_TOO_LOW || (out->verdict == LINK_TOGETHER && is_over);
    for (unsigned c = 0; out->has_change && c < frame->n_comparisons; c++)
        for (unsigned level = 1; vector_level(vector, c) && level < frame->comparisons[c].n_levels; level++) {
            if (level == vector_level(vector, c) || !is_imaginable(explainer, c, level))
                continue;
            double bits = bits_with(explainer, vector, c, level), moved = fabs(bits - out->bits);
            if ((bits > 0) == is_over || moved >= least)
                continue;
            least = moved;
            out->change = (struct link_change){.field = frame->comparisons[c].field,
                .words = comparison_level_text(&frame->comparisons[c], level),
                .bits = bits};
        }
}

static enum comity_status write_sentence(struct explainer *explainer)
{
    struct buffer text;
    buffer_init(&text, 16384);
    explain_say(&explain_english, explainer->mentions->domain, explainer->out, &text);
    explainer->out->sentence = arena_copy(explainer->arena, buffer_slice(&text));
    enum comity_status status = explainer->out->sentence.ptr ? buffer_status(&text) : COMITY_NOMEM;
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
    uint64_t vector = 0;
    out->is_one = cluster[a] == cluster[b];
    enum comity_status status = frame_build_few(mentions, model, list, n, &explainer.frame);
    if (status == COMITY_OK) {
        vector = frame_compare(&explainer.frame, 0, 1);
        out->bits =
            model_evidence(model, &explainer.frame, 0, 1, vector) + model_rate_bits(model, &explainer.frame, 0, 1);
        out->probability = 1 / (1 + exp2(-out->bits));
        if (!add_field_reasons(&explainer, vector) || !add_other_reasons(&explainer, vector))
            status = COMITY_NOMEM;
    }
    if (status == COMITY_OK)
        status = find_verdict(&explainer);
    if (status == COMITY_OK)
        find_change(&explainer, vector);
    if (status == COMITY_OK)
        status = write_sentence(&explainer);
    frame_release(&explainer.frame);
    return status == COMITY_OK ? COMITY_OK : error_nomem(err);
}
