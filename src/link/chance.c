/* u from exact frequencies and a sample of the universe (Fellegi and Sunter 1969). Dates, places and concepts of chance
 * pairs hang together (a city has its drug, a raid its day), so u is corrected for the joint levels of the three. */
#include "link/model.h"

#include "base/hash.h"
#include "base/parallel.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

enum { SAMPLE_DRAWS = 2000000, SAMPLE_WITHIN = 1000000, PIECE_DRAWS = 1 << 16 };

/* The window beyond FRAME_WINDOW_DAYS that blocking may look at, in windows. */
static const double far_windows = 12;

struct sample {
    double levels[N_PAIR_CLASSES][LINK_MOST_COMPARISONS][LINK_MOST_LEVELS];
    double joint[N_PAIR_CLASSES][LINK_MOST_LEVELS][LINK_MOST_LEVELS][LINK_MOST_LEVELS];
    double n_joint[N_PAIR_CLASSES];
};

/* True pairs across sources are among those sampled, and they are most of what agrees in day, place and kind together.
 * So fields are looked at where amounts are far apart, and amounts where days are. */
static bool is_unrelated(const struct frame *frame, unsigned comparison, uint64_t vector)
{
    if (frame->amount < 0 || frame->when < 0)
        return true;
    unsigned days = vector_level(vector, (unsigned)frame->when);
    if ((int)comparison == frame->amount)
        return days == 0 || (days > DATE_7 && days < DATE_OVERLAP);
    return vector_level(vector, (unsigned)frame->amount) >= AMOUNT_FAR;
}

static void sample_pair(const struct frame *frame, size_t a, size_t b, struct sample *sample)
{
    enum pair_class class = frame_class(frame, a, b);
    uint64_t vector = frame_compare(frame, a, b);
    bool is_same_group = frame->group[a] == frame->group[b];
    for (unsigned c = 0; c < frame->n_comparisons; c++)
        /* Amounts are told apart within a group: kilograms of leaves say nothing of grams of heroin. */
        if (((int)c != frame->amount || is_same_group) && (class == PAIR_WITHIN || is_unrelated(frame, c, vector)))
            sample->levels[class][c][vector_level(vector, c)]++;
    if (frame->when < 0 || frame->where < 0 || frame->what < 0)
        return;
    unsigned when = vector_level(vector, (unsigned)frame->when), where = vector_level(vector, (unsigned)frame->where);
    unsigned what = vector_level(vector, (unsigned)frame->what);
    if (when && where && what && (class == PAIR_WITHIN || is_unrelated(frame, (unsigned)frame->when, vector))) {
        sample->joint[class][when][where][what]++;
        sample->n_joint[class]++;
    }
}

/* How many positions behind each stand within its window, as running sums. */
static void sum_windows(const struct frame *frame, uint64_t *sums)
{
    size_t high = 0;
    sums[0] = 0;
    for (size_t p = 0; p < frame->n; p++) {
        if (high < p)
            high = p;
        while (high + 1 < frame->n) {
            size_t q = high + 1;
            bool is_within = frame->country[q] == frame->country[p] &&
                             (frame->when < 0 || (int64_t)frame->first[q] - frame->first[p] <= FRAME_WINDOW_DAYS);
            if (!is_within)
                break;
            high++;
        }
        sums[p + 1] = sums[p] + (high - p);
    }
}

struct drawing {
    const struct frame *frame;
    const uint64_t *sums;
    uint64_t total, draws, thinning;
    pthread_mutex_t lock;
    struct sample *sample;
};

/* The first of a pair of the universe by its number. */
static uint32_t first_of_pair(const struct drawing *drawing, uint64_t number)
{
    size_t low = 0, high = drawing->frame->n;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (drawing->sums[middle] <= number)
            low = middle;
        else
            high = middle;
    }
    return (uint32_t)low;
}

static void add_counts(double *to, const double *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] += from[i];
}

/* Counts are whole numbers: in which order they are added up does not show. */
static void add_sample(struct sample *to, const struct sample *from)
{
    add_counts(&to->levels[0][0][0], &from->levels[0][0][0], sizeof to->levels / sizeof(double));
    add_counts(&to->joint[0][0][0][0], &from->joint[0][0][0][0], sizeof to->joint / sizeof(double));
    add_counts(to->n_joint, from->n_joint, N_PAIR_CLASSES);
}

/* Pairs that were drawn: looked at together, when memory has had the time to bring them. */
enum { AT_ONCE = 32 };
struct drawn {
    uint32_t pairs[AT_ONCE][2];
    size_t n;
};

static void sample_drawn(const struct frame *frame, struct drawn *drawn, struct sample *sample)
{
    for (size_t i = 0; i < drawn->n; i++)
        sample_pair(frame, drawn->pairs[i][0], drawn->pairs[i][1], sample);
    drawn->n = 0;
}

static void add_drawn(const struct frame *frame, struct drawn *drawn, uint32_t a, uint32_t b, struct sample *sample)
{
    frame_ask_for(frame, b);
    drawn->pairs[drawn->n][0] = a;
    drawn->pairs[drawn->n++][1] = b;
    if (drawn->n == AT_ONCE)
        sample_drawn(frame, drawn, sample);
}

/* Pairs at even steps through all pairs of the universe, each step with a jitter that depends on its number only. */
static void draw(const struct drawing *drawing, uint64_t first, uint64_t end, struct sample *sample)
{
    double step = (double)drawing->total / (double)drawing->draws;
    const uint64_t *sums = drawing->sums;
    struct drawn drawn = {.n = 0};
    uint32_t a = first_of_pair(drawing, (uint64_t)(step * (double)first));
    for (uint64_t s = first; s < end; s++) {
        uint64_t low = (uint64_t)(step * (double)s), high = (uint64_t)(step * (double)(s + 1));
        uint64_t number = low + hash_u64(s) % (high > low ? high - low : 1);
        if (number >= drawing->total)
            number = drawing->total - 1;
        while (sums[a] > number)
            a--;
        while (sums[a + 1] <= number)
            a++;
        uint32_t b = (uint32_t)(a + 1 + (number - sums[a]));
        if (frame_class(drawing->frame, a, b) == PAIR_ACROSS || s % drawing->thinning == 0)
            add_drawn(drawing->frame, &drawn, a, b, sample);
    }
    sample_drawn(drawing->frame, &drawn, sample);
}

static enum comity_status draw_piece(void *context, size_t piece)
{
    struct drawing *drawing = context;
    struct sample *sample = calloc(1, sizeof *sample);
    if (!sample)
        return COMITY_NOMEM;
    uint64_t first = (uint64_t)piece * PIECE_DRAWS, end = first + PIECE_DRAWS;
    draw(drawing, first, end < drawing->draws ? end : drawing->draws, sample);
    pthread_mutex_lock(&drawing->lock);
    add_sample(drawing->sample, sample);
    pthread_mutex_unlock(&drawing->lock);
    free(sample);
    return COMITY_OK;
}

static enum comity_status draw_sample(const struct frame *frame, unsigned threads, struct sample *sample)
{
    uint64_t *sums = malloc((frame->n + 1) * sizeof *sums);
    if (!sums)
        return COMITY_NOMEM;
    sum_windows(frame, sums);
    struct drawing drawing = {.frame = frame, .sums = sums, .total = sums[frame->n], .sample = sample};
    drawing.draws = drawing.total < SAMPLE_DRAWS ? drawing.total : SAMPLE_DRAWS;
    double within = frame->n_universe[PAIR_WITHIN] / fmax(1, frame->n_universe[0] + frame->n_universe[1]);
    drawing.thinning = 1 + (uint64_t)(within * (double)drawing.draws / SAMPLE_WITHIN);
    pthread_mutex_init(&drawing.lock, NULL);
    enum comity_status status =
        parallel_run((size_t)(drawing.draws + PIECE_DRAWS - 1) / PIECE_DRAWS, threads, draw_piece, &drawing);
    pthread_mutex_destroy(&drawing.lock);
    free(sums);
    return status;
}

/* ---- equality ---- */

/* Of one comparison, over mentions that have a value. */
struct equality {
    double hits[N_PAIR_CLASSES][LEVELS_EQUAL + 1]; /* others around that have the same, by its rarity */
    double all[N_PAIR_CLASSES];                    /* others around */
    double near, seen;                             /* frequency of near amounts; mentions */
    double mentions[LEVELS_EQUAL + 1];             /* by rarity */
};

struct counting {
    const struct frame *frame;
    double frequencies[UINT8_MAX + 1]; /* by quarter bits */
    struct equality *of_pieces;        /* piece × comparison */
};
enum { PIECE_POSITIONS = 1 << 15 };

static void count_value(
    const struct counting *counting, size_t p, unsigned c, const double others[N_PAIR_CLASSES], struct equality *out)
{
    unsigned rarity = counting->frame->rows[p].rarity[c], level = rarity_level(rarity);
    for (size_t k = 0; k < N_PAIR_CLASSES; k++) {
        out->hits[k][level] += others[k] * counting->frequencies[rarity];
        out->all[k] += others[k];
    }
    out->near += counting->frequencies[counting->frame->nearness[p]];
    out->mentions[level]++;
    out->seen++;
}

static enum comity_status count_piece(void *context, size_t piece)
{
    const struct counting *counting = context;
    const struct frame *frame = counting->frame;
    struct equality *out = &counting->of_pieces[piece * LINK_MOST_COMPARISONS];
    for (size_t p = piece * PIECE_POSITIONS; p < (piece + 1) * PIECE_POSITIONS && p < frame->n; p++) {
        double others[N_PAIR_CLASSES];
        for (size_t k = 0; k < N_PAIR_CLASSES; k++)
            others[k] = exp2((double)frame->density[k][p]) - 1;
        for (unsigned c = 0; c < frame->n_comparisons; c++)
            if (frame->rows[p].tag[c])
                count_value(counting, p, c, others, &out[c]);
    }
    return COMITY_OK;
}

/* Piece by piece, so that a sum is the same on all threads. `out`: LINK_MOST_COMPARISONS zeroes. */
static enum comity_status count_equality(const struct frame *frame, unsigned threads, struct equality *out)
{
    size_t n_pieces = (frame->n + PIECE_POSITIONS - 1) / PIECE_POSITIONS;
    size_t n_numbers = LINK_MOST_COMPARISONS * sizeof *out / sizeof(double);
    struct counting counting = {
        .frame = frame, .of_pieces = calloc(n_pieces * LINK_MOST_COMPARISONS + 1, sizeof *counting.of_pieces)};
    if (!counting.of_pieces)
        return COMITY_NOMEM;
    for (int quarter_bits = 0; quarter_bits <= UINT8_MAX; quarter_bits++)
        counting.frequencies[quarter_bits] = exp2(-quarter_bits / 4.0);
    enum comity_status status = parallel_run(n_pieces, threads, count_piece, &counting);
    for (size_t piece = 0; status == COMITY_OK && piece < n_pieces; piece++)
        add_counts(&out->hits[0][0], &counting.of_pieces[piece * LINK_MOST_COMPARISONS].hits[0][0], n_numbers);
    free(counting.of_pieces);
    return status;
}

/* Equality by rarity, exactly: the chance that another mention around has the value, over all mentions. */
static void u_of_equality(const struct equality *e, struct model_comparison *weights)
{
    static const double middle[LEVELS_EQUAL + 1] = {0, 15, 11, 7, 3};
    weights->nearness = e->seen ? -log2(e->near / e->seen) : 0;
    for (unsigned level = 1; level <= LEVELS_EQUAL; level++) {
        double both = e->hits[0][level] + e->hits[1][level], total = e->all[0] + e->all[1];
        weights->share[level] = e->seen ? (e->mentions[level] + 0.01) / (e->seen + 0.04) : 0.25;
        weights->rarity[level] =
            both > 0 && e->mentions[level] > 0 ? -log2(both / total / (e->mentions[level] / e->seen)) : middle[level];
        for (int k = 0; k < N_PAIR_CLASSES; k++)
            weights->u[k][level] = e->all[k] > 0 && e->hits[k][level] > 0
                                       ? e->hits[k][level] / e->all[k]
                                       : weights->share[level] * exp2(-weights->rarity[level]);
    }
}

static void u_of_levels(struct link_model *model, const struct sample *sample, unsigned c)
{
    const double weight = 3;
    struct model_comparison *weights = &model->comparisons[c];
    bool has_rarity = weights->type != VALUE_DATE;
    unsigned first = has_rarity ? LEVELS_EQUAL + 1 : 1;
    for (int k = 0; k < N_PAIR_CLASSES; k++) {
        double own = 0, pooled = 0;
        for (unsigned l = 1; l < weights->n_levels; l++) {
            own += sample->levels[k][c][l];
            pooled += sample->levels[0][c][l] + sample->levels[1][c][l];
        }
        for (unsigned l = first; l < weights->n_levels; l++) {
            double at_large = (sample->levels[0][c][l] + sample->levels[1][c][l] + weight) / (pooled + 100 * weight);
            weights->u[k][l] = (sample->levels[k][c][l] + weight) / (own + weight / at_large);
        }
        if (weights->type == VALUE_DATE)
            weights->u[k][DATE_FAR] = far_windows;
    }
}

static void correct_jointly(struct link_model *model, const struct sample *sample, int k)
{
    const double weight = 3;
    for (unsigned x = 1; x < DATE_LEVELS; x++)
        for (unsigned y = 1; y < PLACE_LEVELS; y++)
            for (unsigned z = 1; z < CONCEPT_LEVELS; z++) {
                double apart = model->comparisons[model->when].u[k][x] * model->comparisons[model->where].u[k][y] *
                               model->comparisons[model->what].u[k][z];
                if (x == DATE_FAR || apart <= 0 || !sample->n_joint[k])
                    continue;
                double together = (sample->joint[k][x][y][z] + weight) / (sample->n_joint[k] + weight / apart);
                model->joint[k][x][y][z] = fmin(fmax(log2(apart / together), -8), 8);
            }
}

enum comity_status model_estimate_u(struct link_model *model, const struct frame *frame, unsigned threads)
{
    struct sample *sample = calloc(1, sizeof *sample);
    struct equality *equality = calloc(LINK_MOST_COMPARISONS, sizeof *equality);
    enum comity_status status = sample && equality ? draw_sample(frame, threads, sample) : COMITY_NOMEM;
    if (status == COMITY_OK)
        status = count_equality(frame, threads, equality);
    for (unsigned c = 0; status == COMITY_OK && c < model->n_comparisons; c++) {
        if (comparison_has_rarity(&frame->comparisons[c]))
            u_of_equality(&equality[c], &model->comparisons[c]);
        u_of_levels(model, sample, c);
    }
    for (int k = 0; status == COMITY_OK && k < N_PAIR_CLASSES; k++)
        if (model->when >= 0 && model->where >= 0 && model->what >= 0)
            correct_jointly(model, sample, k);
    free(sample);
    free(equality);
    return status;
}
