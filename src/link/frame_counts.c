/* What a model counted, looked up for each position. Positions stand by country and day, so that most of it was looked
 * up for one just before: the days around of a source go on where they were, and values of a country are remembered by
 * their ranks. */
#include "base/hash.h"
#include "base/parallel.h"
#include "link/count.h"

#include <math.h>
#include <stdlib.h>

enum { PIECE = 65536, MEMOS = 512, AMOUNT_MEMOS = 32768 };

static float within_bits(double own)
{
    /* The mention itself was counted, or one like it. */
    return (float)log2(fmax(own, 1));
}

static float across_bits(double all, double own)
{
    return (float)log2(fmax(all - own, 0) + 1);
}

/* ---- one position ------------------------------------------------------------------------------------------------ */

static void set_density(struct frame *frame, const struct link_model *model, size_t p)
{
    const struct around *around = &model->around;
    uint64_t source = hash_slice(frame->mentions->sources[frame->source[p]].code);
    uint16_t country = frame->country[p];
    bool is_timeless = frame->when < 0;
    int32_t day = frame->first[p];
    double own = is_timeless ? around_ever(around, source, country) : around_day(around, source, country, day);
    double all = is_timeless ? around_ever(around, AROUND_ALL_SOURCES, country)
                             : around_day(around, AROUND_ALL_SOURCES, country, day);
    frame->density[PAIR_WITHIN][p] = within_bits(own);
    frame->density[PAIR_ACROSS][p] = across_bits(all, own);
}

void frame_set_counts_at(struct frame *frame, const struct link_model *model, size_t p)
{
    set_density(frame, model, p);
    for (unsigned c = 0; c < frame->n_comparisons; c++) {
        const struct prepared *value = frame_value(frame, c, p);
        uint64_t stratum = frame_stratum(frame, c, p);
        if (!value->canon || !comparison_has_rarity(&frame->comparisons[c]))
            continue;
        frame->rows[p].rarity[c] = model_rarity(model, c, stratum, value->canon);
        if ((int)c == frame->amount)
            frame->nearness[p] = model_nearness(model, c, stratum, value);
    }
    frame->together[p] = model_together(model, frame, p, count_together_key(frame, p));
}

/* ---- many -------------------------------------------------------------------------------------------------------- */

struct memo {
    uint32_t rank, group; /* rank 0: empty */
    uint16_t country;
    uint8_t rarity, nearness;
};

/* Of one source in the country at hand; or of all sources. */
struct source_memo {
    struct around_walk walk;
    bool is_begun;
    int32_t day; /* what follows is of this day */
    double around;
    float density[N_PAIR_CLASSES];
};

struct looking {
    struct frame *frame;
    const struct link_model *model;
    const uint64_t *hashes; /* of the sources' codes */
    struct source_memo all, *sources;
    struct memo *memos[LINK_MOST_COMPARISONS]; /* null where no rarity is counted */
    unsigned n_memos[LINK_MOST_COMPARISONS];
};

/* Whether it is another day than before. */
static bool look_around(const struct looking *l, struct source_memo *memo, uint64_t source, size_t p)
{
    const struct frame *frame = l->frame;
    const struct around *around = &l->model->around;
    uint16_t country = frame->country[p];
    bool is_new = !memo->is_begun;
    if (is_new)
        around_walk_begin(around, source, country, &memo->walk);
    else if (memo->day == frame->first[p])
        return false;
    memo->is_begun = true;
    memo->day = frame->first[p];
    if (frame->when >= 0)
        memo->around = around_walk_day(around, &memo->walk, memo->day);
    else if (is_new)
        memo->around = around_ever(around, source, country);
    return true;
}

static void look_density_up(struct looking *l, size_t p)
{
    struct frame *frame = l->frame;
    uint32_t source = frame->source[p];
    struct source_memo *own = &l->sources[source];
    look_around(l, &l->all, AROUND_ALL_SOURCES, p);
    if (look_around(l, own, l->hashes[source], p)) {
        own->density[PAIR_WITHIN] = within_bits(own->around);
        own->density[PAIR_ACROSS] = across_bits(l->all.around, own->around);
    }
    for (int k = 0; k < N_PAIR_CLASSES; k++)
        frame->density[k][p] = own->density[k];
}

static void look_rarity_up(struct looking *l, unsigned c, size_t p)
{
    struct frame *frame = l->frame;
    uint32_t rank = frame->rank[c][frame->codes[p * frame->n_comparisons + c]];
    uint32_t group = frame->comparisons[c].type == VALUE_QUANTITY ? frame->group[p] : 0;
    uint16_t country = frame->country[p];
    if (!rank)
        return;
    struct memo *memo = &l->memos[c][(rank ^ group << 9) % l->n_memos[c]];
    if (memo->rank != rank || memo->group != group || memo->country != country) {
        const struct prepared *value = frame_value(frame, c, p);
        uint64_t stratum = frame_stratum(frame, c, p);
        *memo = (struct memo){.rank = rank,
            .group = group,
            .country = country,
            .rarity = model_rarity(l->model, c, stratum, value->canon)};
        if ((int)c == frame->amount)
            memo->nearness = model_nearness(l->model, c, stratum, value);
    }
    frame->rows[p].rarity[c] = memo->rarity;
    if ((int)c == frame->amount)
        frame->nearness[p] = memo->nearness;
}

static bool make_memos(struct looking *l)
{
    bool is_made = true;
    l->sources = calloc(l->frame->mentions->n_sources + 1, sizeof *l->sources);
    for (unsigned c = 0; c < l->frame->n_comparisons; c++)
        if (comparison_has_rarity(&l->frame->comparisons[c])) {
            l->n_memos[c] = (int)c == l->frame->amount ? AMOUNT_MEMOS : MEMOS;
            l->memos[c] = calloc(l->n_memos[c], sizeof *l->memos[c]);
            is_made = is_made && l->memos[c];
        }
    return is_made && l->sources;
}

static void look_up(struct looking *l, size_t begin, size_t end)
{
    const struct frame *frame = l->frame;
    for (size_t p = begin; p < end; p++) {
        if (p > begin && frame->country[p] != frame->country[p - 1]) {
            l->all = (struct source_memo){0};
            memset(l->sources, 0, frame->mentions->n_sources * sizeof *l->sources);
        }
        look_density_up(l, p);
        for (unsigned c = 0; c < frame->n_comparisons; c++)
            if (l->memos[c])
                look_rarity_up(l, c, p);
    }
}

/* Few are found, and each is somewhere else in memory: it is asked for some positions before it is looked at. */
static void look_together_up(const struct looking *l, size_t begin, size_t end)
{
    enum { BATCH = 32 };
    struct frame *frame = l->frame;
    uint64_t keys[BATCH];
    for (size_t p = begin; p < end; p++) {
        if ((p - begin) % BATCH == 0)
            for (size_t i = 0; i < BATCH && p + i < end; i++) {
                keys[i] = count_together_key(frame, p + i);
                map_seek(&l->model->together, keys[i]);
            }
        frame->together[p] = model_together(l->model, frame, p, keys[(p - begin) % BATCH]);
    }
}

static enum comity_status look_piece_up(void *context, size_t piece)
{
    struct looking l = *(const struct looking *)context;
    size_t begin = piece * PIECE, end = begin + PIECE < l.frame->n ? begin + PIECE : l.frame->n;
    bool is_ready = make_memos(&l);
    if (is_ready) {
        look_up(&l, begin, end);
        look_together_up(&l, begin, end);
    }
    free(l.sources);
    for (unsigned c = 0; c < LINK_MOST_COMPARISONS; c++)
        free(l.memos[c]);
    return is_ready ? COMITY_OK : COMITY_NOMEM;
}

enum comity_status frame_set_counts(struct frame *frame, const struct link_model *model, unsigned threads)
{
    const struct mentions *mentions = frame->mentions;
    uint64_t *hashes = malloc((mentions->n_sources + 1) * sizeof *hashes);
    struct looking looking = {.frame = frame, .model = model, .hashes = hashes};
    if (!hashes)
        return COMITY_NOMEM;
    for (size_t s = 0; s < mentions->n_sources; s++)
        hashes[s] = hash_slice(mentions->sources[s].code);
    enum comity_status status = parallel_run((frame->n + PIECE - 1) / PIECE, threads, look_piece_up, &looking);
    free(hashes);
    return status;
}
