/* u from exact frequencies and a sample of the universe (Fellegi and Sunter 1969). Dates, places and concepts of chance
 * pairs hang together (a city has its drug, a raid its day), so u is corrected for the joint levels of the three. */
#include "link/model.h"

#include "base/hash.h"
#include "base/parallel.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

enum { SAMPLE_DRAWS = 3000000, SAMPLE_WITHIN = 1000000, PIECE_DRAWS = 1 << 16 };

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

/* By position and class: how many others stand around, null when memory is out. */
static double *count_others(const struct frame *frame)
{
    double *others = malloc((frame->n + 1) * N_PAIR_CLASSES * sizeof *others);
    for (size_t p = 0; others && p < frame->n; p++)
        for (size_t k = 0; k < N_PAIR_CLASSES; k++)
            others[p * N_PAIR_CLASSES + k] = exp2((double)frame->density[k][p]) - 1;
    return others;
}

/* Equality by rarity, exactly: the chance that another mention around has the value, over all mentions. */
static void u_of_equality(struct link_model *model, const struct frame *frame, const double *others, unsigned c)
{
    struct model_comparison *weights = &model->comparisons[c];
    double hits[N_PAIR_CLASSES][LEVELS_EQUAL + 1] = {{0}}, all[N_PAIR_CLASSES] = {0};
    double near = 0, seen = 0, mentions[LEVELS_EQUAL + 1] = {0}, frequencies[UINT8_MAX + 1];
    for (int quarter_bits = 0; quarter_bits <= UINT8_MAX; quarter_bits++)
        frequencies[quarter_bits] = exp2(-quarter_bits / 4.0);
    for (size_t p = 0; p < frame->n; p++) {
        if (!frame->rows[p].tag[c])
            continue;
        unsigned rarity = frame->rows[p].rarity[c], level = rarity_level(rarity);
        double frequency = frequencies[rarity];
        for (size_t k = 0; k < N_PAIR_CLASSES; k++) {
            double pairs = others[p * N_PAIR_CLASSES + k];
            hits[k][level] += pairs * frequency;
            all[k] += pairs;
        }
        near += frequencies[frame->nearness[p]];
        mentions[level]++;
        seen++;
    }
    weights->nearness = seen ? -log2(near / seen) : 0;
    for (unsigned level = 1; level <= LEVELS_EQUAL; level++) {
        static const double middle[LEVELS_EQUAL + 1] = {0, 15, 11, 7, 3};
        double both = hits[0][level] + hits[1][level], total = all[0] + all[1];
        weights->share[level] = seen ? (mentions[level] + 0.01) / (seen + 0.04) : 0.25;
        weights->rarity[level] =
            both > 0 && mentions[level] > 0 ? -log2(both / total / (mentions[level] / seen)) : middle[level];
        for (int k = 0; k < N_PAIR_CLASSES; k++)
            weights->u[k][level] = all[k] > 0 && hits[k][level] > 0
                                       ? hits[k][level] / all[k]
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

struct estimating {
    struct link_model *model;
    const struct frame *frame;
    const double *others;
    const struct sample *sample;
};

static enum comity_status estimate_comparison(void *context, size_t c)
{
    const struct estimating *work = context;
    if (comparison_has_rarity(&work->frame->comparisons[c]))
        u_of_equality(work->model, work->frame, work->others, (unsigned)c);
    u_of_levels(work->model, work->sample, (unsigned)c);
    return COMITY_OK;
}

enum comity_status model_estimate_u(struct link_model *model, const struct frame *frame, unsigned threads)
{
    struct sample *sample = calloc(1, sizeof *sample);
    double *others = count_others(frame);
    struct estimating work = {model, frame, others, sample};
    enum comity_status status = sample && others ? draw_sample(frame, threads, sample) : COMITY_NOMEM;
    if (status == COMITY_OK)
        status = parallel_run(model->n_comparisons, threads, estimate_comparison, &work);
    for (int k = 0; status == COMITY_OK && k < N_PAIR_CLASSES; k++)
        if (model->when >= 0 && model->where >= 0 && model->what >= 0)
            correct_jointly(model, sample, k);
    free(sample);
    free(others);
    return status;
}
