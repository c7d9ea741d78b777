/* The cell is cut at its dashes and punctuation. The piece with the last word for a road gives the first end behind
 * that word, and the second behind "to" or in the next piece; where nothing follows the word ("A-B highway") the ends
 * stand before it.
 */
#include "value/place_road.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_PIECES = 8, MOST_ROAD_WORDS = 2, MOST_END_WORDS = 4, MOST_END_HITS = 6 };

struct pieces {
    struct place_key at[MOST_PIECES];
    size_t n;
};

struct end_hits {
    struct place_hit at[MOST_END_HITS];
    size_t n;
};

static bool is_one_of(struct slice word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (slice_is(word, words[i]))
            return true;
    return false;
}
#define IS_ONE_OF(word, ...)                                                                                           \
    is_one_of(word, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static bool is_number(struct slice word)
{
    return word.len && word.ptr[0] >= '0' && word.ptr[0] <= '9';
}

/* How many bytes of a dash or another mark that parts names stand at `text`; 0. */
static size_t mark_length(struct slice text)
{
    if (strchr("-,;/()\"", text.ptr[0]) && text.ptr[0])
        return 1;
    return slice_starts_with(text, SLICE("\u2013")) || slice_starts_with(text, SLICE("\u2014")) ? 3 : 0;
}

static void cut(struct slice cell, struct pieces *out)
{
    size_t start = 0;
    for (size_t i = 0; i <= cell.len && out->n < MOST_PIECES;) {
        size_t mark = i < cell.len ? mark_length(slice_of(cell.ptr + i, cell.len - i)) : 1;
        if (mark) {
            place_key(slice_of(cell.ptr + start, i - start), &out->at[out->n]);
            out->n += out->at[out->n].len > 0;
            start = i + mark;
        }
        i += mark ? mark : 1;
    }
}

/* Cuts `key` at its last word for a road; false when it has none. "Between" only opens a text. */
static bool cut_at_road(const struct place_search *search, struct slice key, struct slice *before, struct slice *after)
{
    struct slice rest = key, phrase, next;
    bool is_found = false;
    if (place_first_words(key, 1, &phrase, &next) && IS_ONE_OF(phrase, "between", "entre", "mezhdu")) {
        *before = SLICE_EMPTY;
        *after = next;
        is_found = true;
    }
    for (; place_first_words(rest, 1, &phrase, &next); rest = next)
        for (int n = MOST_ROAD_WORDS; n; n--)
            if (place_first_words(rest, n, &phrase, &next) &&
                place_word_class(search->words, search->country, phrase) == WORD_ROAD) {
                *before = slice_of(key.ptr, (size_t)(phrase.ptr - key.ptr));
                *after = next;
                is_found = true;
                break;
            }
    return is_found;
}

static bool is_filler(struct slice word)
{
    return is_number(word) ||
           IS_ONE_OF(word, "que", "conduce", "conducente", "de", "del", "from", "section", "nacional", "national",
               "principal", "n", "nr", "no", "reliant", "panamericana", "km", "sur", "norte");
}

static struct slice without_fillers(struct slice key)
{
    struct slice word, rest;
    while (place_first_words(key, 1, &word, &rest) && is_filler(word))
        key = rest;
    return key;
}

/* "anza a santafe": cuts at the first word that leads to the second end, but not at the front. */
static bool cut_at_joint(struct slice key, struct slice *first, struct slice *second)
{
    struct slice rest = key, word, next;
    for (; place_first_words(rest, 1, &word, &next); rest = next)
        if (word.ptr > key.ptr && next.len && IS_ONE_OF(word, "a", "to", "hacia", "y", "e", "and", "et", "i", "do")) {
            *first = slice_of(key.ptr, (size_t)(word.ptr - key.ptr) - 1);
            *second = next;
            return true;
        }
    return false;
}

static bool find_ends(const struct place_search *search, const struct pieces *pieces, struct slice ends[2])
{
    struct slice before, after;
    for (size_t i = pieces->n; i-- > 0;) {
        if (!cut_at_road(search, place_key_slice(&pieces->at[i]), &before, &after))
            continue;
        after = without_fillers(after);
        if (cut_at_joint(after, &ends[0], &ends[1]))
            return true;
        ends[0] = after.len ? after : i ? place_key_slice(&pieces->at[i - 1]) : SLICE_EMPTY;
        ends[1] = !after.len          ? slice_trim(before)
                  : i + 1 < pieces->n ? place_key_slice(&pieces->at[i + 1])
                                      : SLICE_EMPTY;
        return ends[0].len && ends[1].len;
    }
    return false;
}

/* The settlements that carry the first words of an end, the longest such run, as their name. */
static void find_towns(const struct place_search *search, struct slice end, struct end_hits *out)
{
    struct slice run, rest;
    out->n = 0;
    for (int words = MOST_END_WORDS; words && !out->n; words--) {
        if (!place_first_words(end, words, &run, &rest))
            continue;
        struct place_search inner = {.table = search->table, .words = search->words, .country = search->country};
        (void)place_find(&inner, run, (struct place_clue){0});
        for (size_t i = 0; i < inner.n_hits && out->n < MOST_END_HITS; i++)
            if (inner.hits[i].kind == TARGET_SETTLEMENT && inner.hits[i].score >= EXACT_SCORE)
                out->at[out->n++] = inner.hits[i];
    }
}

/* Of towns of one name, the pair that is best known and lies nearest together: a kilometre counts as a step of rank. */
static void choose_ends(const struct country_table *t, const struct end_hits hits[2], struct place_hit ends[2])
{
    double best = -INFINITY;
    for (int e = 0; e < 2; e++)
        ends[e] = hits[e].n ? hits[e].at[0] : (struct place_hit){0};
    for (size_t i = 0; i < hits[0].n; i++)
        for (size_t j = 0; j < hits[1].n; j++) {
            const struct settlement_row *a = &t->settlements[hits[0].at[i].target];
            const struct settlement_row *b = &t->settlements[hits[1].at[j].target];
            double km = place_distance_km(a->lat_e5, a->lon_e5, b->lat_e5, b->lon_e5);
            double worth = hits[0].at[i].rank + hits[1].at[j].rank - km;
            if (worth > best) {
                best = worth;
                ends[0] = hits[0].at[i];
                ends[1] = hits[1].at[j];
            }
        }
}

/* The whole kilometres that the cell tells, before or behind their unit; -1. */
static long kilometre(const struct pieces *pieces)
{
    for (size_t i = 0; i < pieces->n; i++) {
        struct slice rest = place_key_slice(&pieces->at[i]), word, next, number, ignored, last = SLICE_EMPTY;
        for (; place_first_words(rest, 1, &word, &next); rest = next) {
            if (IS_ONE_OF(word, "km", "kilometro", "kilometre", "kilometer", "kilometr")) {
                number = place_first_words(next, 1, &number, &ignored) && is_number(number) ? number : last;
                return number.len ? strtol(number.ptr, NULL, 10) : -1;
            }
            /* "12.5 km" has become "12 5 km". */
            last = !is_number(word) ? SLICE_EMPTY : last.len ? last : word;
        }
    }
    return -1;
}

bool place_read_road(const struct place_search *search, struct slice cell, struct place_road *out)
{
    struct pieces pieces = {.n = 0};
    struct end_hits hits[2];
    struct slice ends[2];
    *out = (struct place_road){0};
    cut(cell, &pieces);
    if (search->country == COUNTRY_NONE || !find_ends(search, &pieces, ends))
        return false;
    for (int e = 0; e < 2; e++)
        find_towns(search, ends[e], &hits[e]);
    choose_ends(search->table, hits, out->ends);
    long km = kilometre(&pieces);
    out->is_near_first = out->ends[0].score && km >= 0 && km <= ROAD_NEAR_KM;
    return out->ends[0].score || out->ends[1].score;
}
