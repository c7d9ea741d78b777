#include "link/part_tell.h"

#include <math.h>

enum { WHY_CAP = 4096, MOST_TOLD = 6 };

static void add_amount(const struct frame *frame, const struct figure *figure, struct buffer *out)
{
    const struct mentions *mentions = frame->mentions;
    int field = mentions->domain->how_much;
    value_format(&mentions->domain->fields[field].spec,
        mention_value(mentions, frame->mention[figure->position], field), "en", out);
}

static void add_nearness(const struct part_hit *hit, struct buffer *out)
{
    static const char *const ties[N_TIES] = {[TIE_PLACE] = "in the same place",
        [TIE_VAGUE] = "in a place that may be the same",
        [TIE_SUBDIVISION] = "in one subdivision",
        [TIE_COUNTRY] = "in one country"};
    if (hit->days)
        buffer_format(out, ", within %d day%s", (int)hit->days, hit->days > 1 ? "s" : "");
    else
        buffer_add_string(out, ", on the same day");
    buffer_format(out, " %s", ties[hit->tie]);
}

static struct slice keep(struct buffer *text, struct arena *arena)
{
    struct slice kept = buffer_status(text) == COMITY_OK ? arena_copy(arena, buffer_slice(text)) : SLICE_EMPTY;
    buffer_release(text);
    return kept;
}

struct slice part_tell_sum(
    const struct figures *figures, const struct part_hits *hits, const struct part_hit *hit, struct arena *arena)
{
    const struct frame *frame = figures->frame;
    const struct source_info *sources = frame->mentions->sources;
    const struct figure *whole = &figures->at[hit->whole];
    const uint32_t *members = &hits->members[hit->first];
    struct buffer text;
    buffer_init(&text, WHY_CAP);
    for (size_t i = 0; i < hit->n && i < MOST_TOLD; i++) {
        buffer_add_string(&text, i ? " + " : "");
        add_amount(frame, &figures->at[members[i]], &text);
    }
    if (hit->n > MOST_TOLD)
        buffer_format(&text, " and %zu more", hit->n - MOST_TOLD);
    buffer_format(&text, " of %.*s are ", SLICE_ARG(sources[figures->at[members[0]].source].code));
    buffer_add_string(&text, fabs(hit->difference) <= 1e-6 * whole->amount ? "" : "but for rounding ");
    buffer_format(&text, "what %.*s tells as ", SLICE_ARG(sources[whole->source].code));
    add_amount(frame, whole, &text);
    add_nearness(hit, &text);
    buffer_format(&text, "; such sums by chance: %.1g", hit->accidents);
    return keep(&text, arena);
}

struct slice part_tell_line(const struct frame *frame, uint32_t line, uint32_t whole, struct arena *arena)
{
    const struct source_info *sources = frame->mentions->sources;
    struct buffer text;
    buffer_init(&text, WHY_CAP);
    buffer_format(&text, "one of several lines of %.*s that are alike in all but the amount; %.*s tells of them as one",
        SLICE_ARG(sources[frame->source[line]].code), SLICE_ARG(sources[frame->source[whole]].code));
    return keep(&text, arena);
}
