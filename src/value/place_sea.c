/* A part of a cell is a sea when it is the name of one, prepositions before it aside, or begins with the name of one
 * and goes on to say where in it. All other parts must be countries. */
#include "value/place_sea.h"

enum { MOST_SEA_WORDS = 5 };

/* Words that may stand before the name, and that lead from the name to where in it. */
static bool is_joint(struct slice word)
{
    static const char *const JOINTS[] = {"in", "on", "at", "the", "of", "off", "near", "en", "el", "la", "las", "los",
        "del", "de", "frente", "a", "al", "du", "des", "le", "au", "dans", "no", "na", "do", "da", "em", "v", "vo", "u",
        "around", "within", "about", "cerca"};
    for (size_t i = 0; i < sizeof JOINTS / sizeof *JOINTS; i++)
        if (slice_is(word, JOINTS[i]))
            return true;
    return word.len && word.ptr[0] >= '0' && word.ptr[0] <= '9';
}

static struct slice without_joints(struct slice key)
{
    struct slice word, rest;
    while (place_first_words(key, 1, &word, &rest) && rest.len && is_joint(word))
        key = rest;
    return key;
}

static uint32_t sea_called(const struct country_table *t, struct slice key)
{
    size_t n;
    const struct name_row *row = key.len ? place_names(t, place_hash(key, PLACE_HASH_SEA), &n) : NULL;
    return row ? row->target : 0;
}

static uint32_t surer(const struct country_table *t, uint32_t one, uint32_t other)
{
    return !one || (other && t->seas[one].is_general) ? other : one;
}

static uint32_t sea_in(const struct country_table *t, struct slice key)
{
    struct slice words, rest = SLICE_EMPTY, next, after;
    uint32_t sea = sea_called(t, key);
    if (sea)
        return sea;
    struct slice name = without_joints(key);
    if (name.len < key.len)
        sea = sea_called(t, name);
    for (int n = MOST_SEA_WORDS; !sea && n; n--)
        if (place_first_words(name, n, &words, &rest) && place_first_words(rest, 1, &next, &after) && is_joint(next))
            sea = sea_called(t, words);
    return sea && t->seas[sea].is_general ? surer(t, sea, sea_in(t, rest)) : sea;
}

static bool is_on_land(const struct place_search *search, struct slice key)
{
    size_t n;
    const struct name_row *rows = place_names(search->table, place_hash(key, PLACE_HASH_NAME), &n);
    for (size_t i = 0; i < n; i++) {
        struct place_hit at = {0};
        at.kind = rows[i].kind;
        at.target = rows[i].target;
        place_locate(search->table, &at);
        if (rows[i].quality <= NAME_ALTERNATE && rows[i].country == search->country &&
            (!search->subdivision || place_fits(search, at.subdivision)))
            return true;
    }
    return false;
}

uint32_t place_read_sea(const struct place_search *search, struct slice cell)
{
    const struct country_table *t = search->table;
    uint32_t sea = 0;
    struct place_key key;
    for (size_t start = 0, i = 0; i <= cell.len; i++) {
        if (i < cell.len && !strchr(",;/()", cell.ptr[i]))
            continue;
        struct slice part = slice_of(cell.ptr + start, i - start);
        start = i + 1;
        place_key(part, &key);
        uint32_t found = sea_in(t, place_key_slice(&key));
        if (key.len && !found && country_find(t, part, NULL) == COUNTRY_NONE)
            return 0;
        sea = surer(t, sea, found);
    }
    place_key(cell, &key);
    return sea && is_on_land(search, place_key_slice(&key)) ? 0 : sea;
}
