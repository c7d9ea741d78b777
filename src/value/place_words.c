/* Dressing is looked up by hash, longest phrase first, at the front and at the back of a key, until nothing comes off.
 */
#include "value/place_words.h"

#include "value/place_key.h"

enum { MOST_PHRASE_WORDS = 3 };

enum word_class place_word_class(struct place_words words, uint16_t country, struct slice phrase)
{
    uint64_t hash = place_hash(phrase, PLACE_HASH_WORD);
    size_t low = 0, high = words.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (words.rows[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    enum word_class found = WORD_NONE;
    for (; low < words.n && words.rows[low].hash == hash; low++)
        if (words.rows[low].country == country)
            return words.rows[low].class;
        else if (words.rows[low].country == COUNTRY_NONE)
            found = words.rows[low].class;
    return found;
}

bool place_first_words(struct slice key, int n, struct slice *first, struct slice *rest)
{
    size_t at = 0;
    for (; n; n--) {
        if (at >= key.len)
            return false;
        if (at && key.ptr[at] == ' ')
            at++;
        while (at < key.len && key.ptr[at] != ' ')
            at++;
    }
    *first = slice_of(key.ptr, at);
    *rest = at < key.len ? slice_of(key.ptr + at + 1, key.len - at - 1) : SLICE_EMPTY;
    return true;
}

bool place_last_words(struct slice key, int n, struct slice *last, struct slice *rest)
{
    size_t at = key.len;
    for (; n; n--) {
        if (at == 0)
            return false;
        if (at < key.len)
            at--;
        while (at && key.ptr[at - 1] != ' ')
            at--;
    }
    *last = slice_of(key.ptr + at, key.len - at);
    *rest = at ? slice_of(key.ptr, at - 1) : SLICE_EMPTY;
    return true;
}

static bool is_connector(struct slice word)
{
    static const char *const CONNECTORS[] = {"de", "del", "of", "di", "du", "do", "da", "d"};
    for (size_t i = 0; i < sizeof CONNECTORS / sizeof *CONNECTORS; i++)
        if (slice_is(word, CONNECTORS[i]))
            return true;
    return false;
}

/* Takes one phrase off an end; WORD_NONE when there is none. Streets and articles stay: they do not end a name. */
static enum word_class take(struct place_words words, uint16_t country, struct slice *key, bool from_front)
{
    for (int n = MOST_PHRASE_WORDS; n; n--) {
        struct slice phrase, rest;
        if (!(from_front ? place_first_words(*key, n, &phrase, &rest) : place_last_words(*key, n, &phrase, &rest)))
            continue;
        enum word_class class = place_word_class(words, country, phrase);
        if (class == WORD_NONE || class == WORD_ARTICLE || class == WORD_STREET || class == WORD_ROAD)
            continue;
        struct slice connector, after;
        if (from_front && place_first_words(rest, 1, &connector, &after) && after.len && is_connector(connector))
            rest = after;
        *key = rest;
        return class;
    }
    return WORD_NONE;
}

struct place_core place_strip(struct place_words words, uint16_t country, struct slice key)
{
    struct place_core core = {.text = key};
    enum word_class class;
    do {
        class = take(words, country, &core.text, true);
        if (class == WORD_NONE)
            class = take(words, country, &core.text, false);
        if (class != WORD_NONE)
            core.classes |= WORD_BIT(class);
    } while (class != WORD_NONE && core.text.len);
    return core;
}

unsigned place_word_classes(struct place_words words, uint16_t country, struct slice key)
{
    unsigned classes = 0;
    struct slice word, rest;
    for (; place_first_words(key, 1, &word, &rest); key = rest)
        classes |= WORD_BIT(place_word_class(words, country, word));
    return classes & ~WORD_BIT(WORD_NONE);
}
