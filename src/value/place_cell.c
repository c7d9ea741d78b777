/* From the surest reading to the least sure, stopping at the first that gives something: the whole cell, the cell
 * without its dressing, its parts between commas and slashes, near spellings of those, runs of words within them.
 */
#include "value/place_cell.h"

#include <stdio.h>

enum {
    MOST_PARTS = 8,
    MOST_AREA_WORDS = 4,
    LEAST_WORD = 4,
    PENALTY_AREA_BEHIND = 3,
    PENALTY_NEAR_PART = 4,
    PENALTY_ADJECTIVE = 6,
    PENALTY_WORDS = 14
};

/* A part with one of these words is an address. */
#define STREET_CLASSES (WORD_BIT(WORD_STREET) | WORD_BIT(WORD_ROAD))

/* A part with one of these words names no town of its own. */
#define DRESSING_CLASSES                                                                                               \
    (WORD_BIT(WORD_DISTRICT) | WORD_BIT(WORD_FACILITY) | WORD_BIT(WORD_AIRPORT) | WORD_BIT(WORD_AGENCY) |              \
        STREET_CLASSES | WORD_BIT(WORD_NEAR))

struct part {
    struct place_key key;
    struct place_core core;
    unsigned classes; /* of all its words */
};

struct parts {
    struct part at[MOST_PARTS];
    size_t n;
    int n_blank; /* "Kermanshah/-": the source says that it does not know the rest */
};

static bool has_digit(struct slice key)
{
    for (size_t i = 0; i < key.len; i++)
        if (key.ptr[i] >= '0' && key.ptr[i] <= '9')
            return true;
    return false;
}

static bool is_address(const struct part *part)
{
    return (part->classes & STREET_CLASSES) || has_digit(place_key_slice(&part->key));
}

static void add_part(struct place_search *search, struct parts *parts, struct slice text)
{
    if (parts->n == MOST_PARTS)
        return;
    struct part *part = &parts->at[parts->n];
    place_key(text, &part->key);
    if (!part->key.len)
        return;
    part->core = place_strip(search->words, search->country, place_key_slice(&part->key));
    part->classes = place_word_classes(search->words, search->country, place_key_slice(&part->key));
    parts->n++;
}

static bool is_separator(struct slice raw, size_t i, bool at_hyphens)
{
    if (at_hyphens && raw.ptr[i] == '-')
        return true;
    if (strchr(",;/()\"[]|\n\t", raw.ptr[i]))
        return raw.ptr[i] != '\0';
    return raw.ptr[i] == '-' && i && i + 1 < raw.len && raw.ptr[i - 1] == ' ' && raw.ptr[i + 1] == ' ';
}

static void split(struct place_search *search, struct slice raw, bool at_hyphens, struct parts *parts)
{
    size_t start = 0;
    for (size_t i = 0; i <= raw.len; i++)
        if (i == raw.len || is_separator(raw, i, at_hyphens)) {
            struct slice text = slice_of(raw.ptr + start, i - start);
            parts->n_blank += slice_is(slice_trim(text), "-");
            add_part(search, parts, text);
            start = i + 1;
        }
}

static bool names_town(const struct place_search *search, uint8_t number)
{
    for (size_t i = 0; i < search->n_hits; i++)
        if (search->hits[i].part == number && search->hits[i].kind == TARGET_SETTLEMENT)
            return true;
    return false;
}

static bool is_own_area(const struct place_search *search, struct slice words)
{
    struct place_search inner = *search;
    inner.n_hits = 0;
    (void)place_find(&inner, words, (struct place_clue){0});
    for (size_t i = 0; i < inner.n_hits; i++)
        if (inner.hits[i].kind == TARGET_SUBDIVISION && inner.hits[i].subdivision == search->subdivision)
            return true;
    return false;
}

/* "Tejutla San Marcos" in the department of San Marcos is Tejutla. */
static bool find_before_area(struct place_search *search, const struct part *part, struct place_clue clue)
{
    struct slice tail, rest;
    if (search->in_division || !search->subdivision || !search->is_firm || is_address(part))
        return false;
    clue.penalty = PENALTY_AREA_BEHIND;
    for (int words = 1; words <= MOST_AREA_WORDS && place_last_words(part->core.text, words, &tail, &rest); words++)
        if (rest.len >= LEAST_WORD && is_own_area(search, tail) && place_find(search, rest, clue))
            return true;
    return false;
}

static bool find_core(struct place_search *search, const struct part *part, uint8_t number)
{
    struct place_clue clue = {.part = number, .said = part->core.classes};
    int found = place_find(search, place_key_slice(&part->key), clue);
    /* "Vladivostok City" is a second-level area; who writes "city" means the town. */
    bool is_only_area = (part->core.classes & WORD_BIT(WORD_SETTLEMENT)) && !names_town(search, number);
    if ((found < EXACT_SCORE || is_only_area) && part->core.text.len && part->core.text.len < part->key.len) {
        clue.classes = part->core.classes;
        found |= place_find(search, part->core.text, clue);
    }
    clue.classes = part->core.classes;
    return found > 0 || find_before_area(search, part, clue);
}

/* "Prat de Llobregat (El)": the article follows the name. */
static bool find_with_article(struct place_search *search, const struct part *name, const struct part *article)
{
    if (place_word_class(search->words, search->country, place_key_slice(&article->key)) != WORD_ARTICLE)
        return false;
    struct place_key joined = article->key;
    if (joined.len + name->key.len + 2 > PLACE_KEY_SIZE)
        return false;
    joined.text[joined.len++] = ' ';
    memcpy(joined.text + joined.len, name->key.text, name->key.len + 1);
    joined.len += name->key.len;
    return place_find(search, place_key_slice(&joined), (struct place_clue){.part = 1}) > 0;
}

/* "Urgutskiy rayon": the district is told by the adjective of its seat. */
static bool find_adjective(struct place_search *search, const struct part *part, uint8_t number)
{
    static const char *const ENDINGS[] = {"inskiy", "skiy", "sky", "ckiy", "skii", "skoy", "skogo", "iy"};
    struct slice key = part->core.text;
    if (!(part->core.classes & WORD_BIT(WORD_DISTRICT)))
        return false;
    struct place_clue clue = {.classes = part->core.classes, .penalty = PENALTY_ADJECTIVE, .part = number};
    for (size_t i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++) {
        size_t len = strlen(ENDINGS[i]);
        if (key.len > len + 3 && slice_ends_with(key, slice_from(ENDINGS[i])) &&
            place_find(search, slice_of(key.ptr, key.len - len), clue))
            return true;
    }
    return false;
}

static bool find_parts(struct place_search *search, const struct parts *parts, int *n_unknown)
{
    bool is_found = false;
    if (parts->n == 2 && find_with_article(search, &parts->at[0], &parts->at[1]))
        return true;
    for (size_t i = 0; i < parts->n; i++) {
        const struct part *part = &parts->at[i];
        uint8_t number = (uint8_t)(i + 1);
        bool is_name = !has_digit(part->core.text);
        if (is_name && (find_core(search, part, number) || find_adjective(search, part, number)))
            is_found = true;
        else if (part->core.text.len && !(part->classes & DRESSING_CLASSES))
            ++*n_unknown;
    }
    return is_found;
}

static bool names_only_areas(const struct place_search *search)
{
    for (size_t i = 0; i < search->n_hits; i++)
        if (search->hits[i].kind == TARGET_SETTLEMENT)
            return false;
    return search->n_hits > 0;
}

static bool find_near_parts(struct place_search *search, const struct parts *parts)
{
    bool is_found = false;
    for (size_t i = 0; i < parts->n; i++) {
        const struct part *part = &parts->at[i];
        struct place_clue clue = {
            .classes = part->core.classes, .penalty = parts->n > 1 ? PENALTY_NEAR_PART : 0, .part = (uint8_t)(i + 1)};
        if (!is_address(part) && part->core.text.len)
            is_found |= place_find_near(search, part->core.text, clue);
    }
    return is_found;
}

static bool ends_as_town(const struct place_search *search, const struct part *part)
{
    struct slice last, rest;
    return place_last_words(place_key_slice(&part->key), 1, &last, &rest) &&
           place_word_class(search->words, search->country, last) == WORD_SETTLEMENT;
}

/* Runs of words from the front or the back of a part, longest first. */
static bool find_words(struct place_search *search, const struct part *part, uint8_t number)
{
    struct slice key = part->core.text, run, rest;
    struct place_clue clue = {.classes = part->core.classes, .penalty = PENALTY_WORDS, .part = number};
    int n = 0;
    for (struct slice left = key, word; n < PLACE_MOST_WORDS && place_first_words(left, 1, &word, &rest); left = rest)
        n++;
    for (int words = n - 1; words > 0; words--) {
        if (place_first_words(key, words, &run, &rest) && run.len >= LEAST_WORD && place_find(search, run, clue))
            return true;
        /* What a long text ends with is the area: "… LLOCHEGUA HUANTA AYACUCHO". */
        struct place_clue last = clue;
        if (!ends_as_town(search, part))
            last.classes = WORD_BIT(WORD_DISTRICT) | WORD_BIT(WORD_SUBDIVISION);
        if (place_last_words(key, words, &run, &rest) && run.len >= LEAST_WORD && place_find(search, run, last))
            return true;
    }
    return false;
}

static bool find_within_parts(struct place_search *search, const struct parts *parts)
{
    bool is_found = false;
    for (size_t i = 0; i < parts->n; i++)
        if (!is_address(&parts->at[i]))
            is_found |= find_words(search, &parts->at[i], (uint8_t)(i + 1));
    return is_found;
}

static bool find_districts(struct place_search *search, const struct parts *parts)
{
    bool is_found = false;
    for (size_t i = 0; i < parts->n; i++)
        is_found |= find_adjective(search, &parts->at[i], (uint8_t)(i + 1));
    return is_found;
}

/* Only a second-level area carries the name as it is written: its seat may be spelled otherwise ("Tachileik"). */
static void find_seat(struct place_search *search, const struct parts *parts, bool is_district)
{
    if (!search->n_hits || search->hits[0].kind != TARGET_DISTRICT || is_district || search->in_division)
        return;
    struct place_search inner = *search;
    inner.n_hits = 0;
    inner.subdivision = search->hits[0].subdivision;
    inner.is_firm = true;
    if (!find_near_parts(&inner, parts) || inner.hits[0].kind != TARGET_SETTLEMENT || inner.hits[0].is_outside)
        return;
    size_t kept = search->n_hits < PLACE_MOST_HITS ? search->n_hits : PLACE_MOST_HITS - 1;
    memmove(&search->hits[1], &search->hits[0], kept * sizeof *search->hits);
    search->hits[0] = inner.hits[0];
    search->n_hits = kept + 1;
}

static bool is_house_code(struct slice word)
{
    size_t letters = 0, digits = 0;
    while (letters < word.len && word.ptr[letters] >= 'a' && word.ptr[letters] <= 'z')
        letters++;
    while (letters + digits < word.len && word.ptr[letters + digits] >= '0' && word.ptr[letters + digits] <= '9')
        digits++;
    return letters && letters <= 2 && digits && letters + digits == word.len;
}

/* "Calle Japón N36-153": a city may number its houses as no other of its country does. The gazetteer files that form as
 * a name with a 0 for each number, "n0 0". */
static bool find_house_number(struct place_search *search, const struct part *all)
{
    struct slice key = place_key_slice(&all->key), word, next, rest, after;
    bool is_found = false;
    for (; !is_found && place_first_words(key, 1, &word, &rest); key = rest) {
        if (!is_house_code(word) || !place_first_words(rest, 1, &next, &after) || !has_digit(next))
            continue;
        struct place_key form = {.len = 0};
        size_t letters = 0;
        while (word.ptr[letters] > '9')
            letters++;
        form.len = (size_t)snprintf(form.text, sizeof form.text, "%.*s0 0", (int)letters, word.ptr);
        is_found = place_find(search, place_key_slice(&form), (struct place_clue){0}) > 0;
    }
    return is_found;
}

struct place_cell place_read_cell(struct place_search *search, struct slice raw)
{
    struct place_cell cell = {0};
    struct parts whole = {.n = 0}, parts = {.n = 0};
    search->n_hits = 0;
    add_part(search, &whole, raw);
    if (!whole.n) {
        cell.is_empty = true;
        return cell;
    }
    split(search, raw, false, &parts);
    cell.n_unknown = parts.n_blank;
    const struct part *all = &whole.at[0];
    cell.is_dressing = !all->core.text.len;
    cell.is_district =
        (all->core.classes & WORD_BIT(WORD_DISTRICT)) && !(all->core.classes & WORD_BIT(WORD_SETTLEMENT));
    cell.classes = all->core.classes;
    if (find_core(search, all, parts.n_blank > 0) || cell.is_dressing ||
        (parts.n > 1 && find_parts(search, &parts, &cell.n_unknown))) {
        /* "Kamchatka Territory, Petro-pavlovsk": an area, and a town that is spelled otherwise. */
        if (parts.n > 1 && cell.n_unknown && names_only_areas(search))
            (void)find_near_parts(search, &parts);
        find_seat(search, &parts, cell.is_district);
        return cell;
    }
    if (find_districts(search, &parts) || find_near_parts(search, &parts))
        return cell;
    if (find_house_number(search, all) || find_within_parts(search, &parts))
        return cell;
    parts.n = 0;
    split(search, raw, true, &parts);
    if (parts.n > 1 && find_parts(search, &parts, &cell.n_unknown))
        for (size_t i = 0; i < search->n_hits; i++)
            search->hits[i].is_area = true;
    return cell;
}
