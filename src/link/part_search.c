/* What stands around a whole (part_candidate.h) is cut into sets, whose subsets (part_subset.h) are weighed
 * (part_evidence.h). Figures are searched in pieces on threads, each with hits of its own. */
#include "link/part_search.h"

#include "base/error.h"
#include "base/parallel.h"
#include "link/part_subset.h"

#include <stdlib.h>
#include <string.h>

struct searching {
    const struct figures *figures;
    struct part_candidates around;
    struct part_evidence evidence;
    struct part_subsets subsets;
};

static const struct figure *figure_of(const struct searching *s, const struct part_candidate *c)
{
    return part_candidate_figure(s->figures, c);
}

/* ---- sets -------------------------------------------------------------------------------------------------------- */

static bool is_own(const struct searching *s, const struct part_candidate *set)
{
    return figure_of(s, set)->source == s->around.whole->source;
}

static bool falls_short(const struct searching *s, const struct part_candidate *set, size_t n)
{
    return part_candidates_fall_short(s->figures, s->around.whole, set, n);
}

/* How many adjoin from `i` on that are of one bundle. */
static size_t bundle_end(const struct searching *s, const struct part_candidate *set, size_t i, size_t n)
{
    size_t end = i + 1;
    while (end < n && part_is_of_bundle(figure_of(s, &set[end]), figure_of(s, &set[i])))
        end++;
    return end;
}

/* All lines of each case first: that is one try each. */
static void try_bundle(struct searching *s, const struct part_candidate *at, size_t n)
{
    struct part_set set = {.at = at,
        .n = n,
        .kind = is_own(s, at) ? SUM_OWN : SUM_BUNDLE,
        .by_chance = at[0].rows * s->figures->bundled[figure_of(s, at)->source] / (double)n};
    if (falls_short(s, at, n))
        return;
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && figure_of(s, &at[j])->case_number == figure_of(s, &at[i])->case_number; j++) {
        }
        if (j - i < n && figure_of(s, &at[i])->case_number)
            part_subsets_try_all(&s->subsets, &set, &at[i], j - i);
    }
    part_subsets_try_all(&s->subsets, &set, at, n);
    part_subsets_try(&s->subsets, &set);
}

/* What a source tells twice of one event on a day counts once; returns how many are left. They are in order of days. */
static size_t drop_repeated(const struct searching *s, struct part_candidate *set, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const struct figure *c = figure_of(s, &set[i]);
        bool is_repeated = false;
        for (size_t j = kept; j > 0 && set[j - 1].days == set[i].days && !is_repeated; j--) {
            const struct figure *other = figure_of(s, &set[j - 1]);
            is_repeated = other->entity == c->entity && other->amount == c->amount;
        }
        if (!is_repeated)
            set[kept++] = set[i];
    }
    return kept;
}

/* Two equal lines look like one that is told twice: so a bundle with such is tried with all of them before they are
 * dropped. Returns how many are left. */
static size_t try_repeated(struct searching *s, struct part_candidate *set, size_t n_all)
{
    struct part_candidate all[PART_MOST_LINES];
    size_t n = 0;
    for (size_t i = 0, j; i < n_all; i = j) {
        j = bundle_end(s, set, i, n_all);
        size_t n_told = j - i <= PART_MOST_LINES ? j - i : 0;
        memcpy(all, &set[i], n_told * sizeof *all);
        size_t n_kept = drop_repeated(s, &set[i], j - i);
        if (n_kept < n_told)
            try_bundle(s, all, n_told);
        memmove(&set[n], &set[i], n_kept * sizeof *set);
        n += n_kept;
    }
    return drop_repeated(s, set, n);
}

/* Each bundle, then what stands apart, which is in time order and no farther away than most sources are late. */
static void try_source(struct searching *s, struct part_candidate *at, size_t n_all)
{
    size_t n = try_repeated(s, at, n_all);
    for (size_t i = 0, j; i < n; i = j) {
        j = bundle_end(s, at, i, n);
        if (j - i > 1)
            try_bundle(s, &at[i], j - i);
    }
    size_t near = 0, end = n;
    while (near < end && at[near].days < -PART_DAYS)
        near++;
    while (end > near && at[end - 1].days > PART_DAYS)
        end--;
    at += near;
    n = end - near;
    struct part_set set = {.at = at, .n = n, .kind = SUM_APART};
    if (n >= 2 && n <= PART_MOST_TRIPLES && !is_own(s, at) && !falls_short(s, at, n))
        part_subsets_try(&s->subsets, &set);
}

static bool search_source(struct searching *s, size_t run, struct part_hits *out)
{
    struct part_evidence *evidence = &s->evidence;
    part_evidence_begin_source(evidence);
    part_candidates_gather(&s->around, run);
    if (s->around.n)
        try_source(s, s->around.at, s->around.n);
    return !evidence->has_best || part_hits_add(out, &evidence->best, evidence->best_members);
}

/* False where memory is out. */
static bool search_whole(struct searching *s, const struct figure *whole, int32_t shift_days, struct part_hits *out)
{
    const uint32_t *runs = &s->figures->first_run[whole->stratum];
    bool is_good = true;
    if (!part_candidates_begin(&s->around, whole, shift_days))
        return true;
    part_evidence_begin_whole(&s->evidence, whole);
    s->subsets.n_sets = 0;
    for (uint32_t run = runs[0]; is_good && run < runs[1]; run++)
        is_good = search_source(s, run, out);
    return is_good;
}

/* ---- pieces ------------------------------------------------------------------------------------------------------ */

enum { PIECE_FIGURES = 4096 };
struct pieces {
    const struct figures *figures;
    int32_t shift_days;
    size_t every;
    const uint8_t *is_due;          /* null: all are */
    const struct part_hits *before; /* of those that are not */
    struct part_hits *hits;         /* by piece */
};

/* Hits of a figure from before, `*at` being the first of them or of one behind it. */
static bool keep_hits(const struct pieces *pieces, size_t figure, size_t *at, struct part_hits *out)
{
    const struct part_hits *before = pieces->before;
    bool is_good = true, is_kept = !pieces->is_due[figure];
    for (; is_good && *at < before->n && before->at[*at].whole == figure; ++*at)
        is_good = !is_kept || part_hits_add(out, &before->at[*at], &before->members[before->at[*at].first]);
    return is_good;
}

/* The figures of a piece, each searched, or with its hits from before. */
static enum comity_status search_figures(const struct pieces *pieces, size_t piece, struct searching *s)
{
    const struct figures *figures = pieces->figures;
    struct part_hits *out = &pieces->hits[piece];
    size_t begin = piece * PIECE_FIGURES;
    size_t end = begin + PIECE_FIGURES < figures->n ? begin + PIECE_FIGURES : figures->n;
    size_t kept = pieces->is_due ? part_hits_first(pieces->before, begin) : 0;
    bool is_good = true;
    for (size_t i = begin; is_good && i < end; i++) {
        bool is_due = !pieces->is_due || pieces->is_due[i];
        if (pieces->is_due)
            is_good = keep_hits(pieces, i, &kept, out);
        if (is_good && is_due && i % pieces->every == 0)
            is_good = search_whole(s, &figures->at[i], pieces->shift_days, out);
    }
    return is_good ? COMITY_OK : COMITY_NOMEM;
}

static enum comity_status search_piece(void *context, size_t piece)
{
    const struct pieces *pieces = context;
    struct searching s = {.figures = pieces->figures, .subsets = {.evidence = &s.evidence}};
    enum comity_status status = part_candidates_init(&s.around, s.figures);
    if (status == COMITY_OK)
        status = part_evidence_init(&s.evidence, s.figures);
    if (status == COMITY_OK)
        status = search_figures(pieces, piece, &s);
    part_candidates_release(&s.around);
    part_evidence_release(&s.evidence);
    return status;
}

static enum comity_status search(struct pieces *pieces, unsigned threads, struct part_hits *out)
{
    size_t n_pieces = (pieces->figures->n + PIECE_FIGURES - 1) / PIECE_FIGURES;
    pieces->hits = calloc(n_pieces + 1, sizeof *pieces->hits);
    *out = (struct part_hits){0};
    enum comity_status status = pieces->hits ? parallel_run(n_pieces, threads, search_piece, pieces) : COMITY_NOMEM;
    for (size_t i = 0; pieces->hits && i < n_pieces; i++) {
        if (status == COMITY_OK && !part_hits_append(out, &pieces->hits[i]))
            status = COMITY_NOMEM;
        part_hits_release(&pieces->hits[i]);
    }
    free(pieces->hits);
    return status;
}

enum comity_status parts_search(
    const struct figures *figures, int32_t shift_days, size_t every, unsigned threads, struct part_hits *out)
{
    struct pieces pieces = {.figures = figures, .shift_days = shift_days, .every = every};
    return search(&pieces, threads, out);
}

enum comity_status parts_search_again(const struct figures *figures, const uint8_t *is_due,
    const struct part_hits *before, unsigned threads, struct part_hits *out)
{
    struct pieces pieces = {.figures = figures, .every = 1, .is_due = is_due, .before = before};
    return search(&pieces, threads, out);
}
