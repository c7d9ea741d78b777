/* Ranks are score × 10 plus what speaks for a hit beside its name: people, being a seat, lying where the record says.
 * The steps are such that a name that fits exactly beats one that only sounds alike, whatever its size.
 */
#include "value/place_find.h"

enum {
    LEAST_PEOPLE = 1000, /* of a settlement that is in the lists; 0 there means not known */
    PENALTY_BESIDE = 12, /* "near Daule" is not in Daule */
    PENALTY_NAMESAKE = 3 /* for the area that is not called so, but holds a town that is */
};

enum {
    RANK_PEOPLE = 15,      /* a power of ten of inhabitants */
    RANK_SEAT = 40,        /* of an administration: of two towns of one name, the one that the area is called after */
    RANK_HIGHER_SEAT = 20, /* a step above that */
    RANK_SECTION = -30,    /* a part of a town */
    RANK_VARIANT = -120,   /* by a name of the unlabelled lists: "Goa" is the state, not the town of Mormugao */
    RANK_AIRPORT = 400,    /* the text speaks of an airport, and this is the one of that name, not its town */
    RANK_OUTSIDE = -600,   /* another subdivision than the record names */
    RANK_APART = -150,     /* another than that of the town which stands for the division */
    RANK_CAPITAL = -80,    /* outside, but the capital or a crossing: nobody means another place */
    RANK_AREA = -50,       /* a subdivision in the column of places: settlements first */
    RANK_DIVISION = 250,   /* a subdivision in its own column */
    RANK_PROVINCE = 220,   /* likewise, of the second level */
    RANK_DISTRICT = -250,  /* the seat of the same name is meant, even if it is spelled otherwise */
    RANK_DRESSED = 150,    /* the dressing says what it is */
    RANK_MISDRESSED = -300 /* the dressing says that it is something else */
};

bool place_fits(const struct place_search *search, uint16_t subdivision)
{
    return subdivision == search->subdivision ||
           (subdivision && search->table->groups[subdivision] &&
               search->table->groups[subdivision] == search->table->groups[search->subdivision]);
}

static int people(uint32_t population)
{
    int powers = 0;
    uint64_t bound = 10;
    for (; population >= bound; bound *= 10)
        powers++;
    return powers * RANK_PEOPLE + (int)(RANK_PEOPLE * (uint64_t)population / bound);
}

bool place_is_known_anywhere(const struct place_search *search, const struct place_hit *hit)
{
    if (hit->kind != TARGET_SETTLEMENT || hit->score < EXACT_SCORE)
        return false;
    uint8_t rank = search->table->settlements[hit->target].rank;
    return rank == SETTLEMENT_CAPITAL || rank == SETTLEMENT_CROSSING;
}

static int settlement_rank(const struct place_search *search, struct place_hit *hit)
{
    const struct settlement_row *row = &search->table->settlements[hit->target];
    int rank = people(row->population > LEAST_PEOPLE ? row->population : LEAST_PEOPLE);
    if (hit->is_variant)
        rank += RANK_VARIANT;
    if (row->rank == SETTLEMENT_SECTION)
        rank += RANK_SECTION;
    else if (row->rank >= SETTLEMENT_SEAT)
        rank += RANK_SEAT + (row->rank - SETTLEMENT_SEAT) * RANK_HIGHER_SEAT;
    hit->is_outside = search->subdivision && !place_fits(search, row->subdivision);
    if (hit->is_outside)
        rank += place_is_known_anywhere(search, hit) ? RANK_CAPITAL : search->is_firm ? RANK_OUTSIDE : RANK_APART;
    return rank;
}

static int area_rank(const struct place_search *search, struct place_hit *hit)
{
    hit->is_outside = search->subdivision && search->is_firm && !place_fits(search, hit->subdivision);
    int rank = hit->is_outside ? RANK_OUTSIDE : 0;
    if (hit->kind == TARGET_SUBDIVISION)
        return rank + (search->in_division ? RANK_DIVISION : RANK_AREA);
    if (search->in_division)
        return rank + (search->table->districts[hit->target].is_province ? RANK_PROVINCE : RANK_AREA);
    return rank + RANK_DISTRICT;
}

static int rank_of(const struct place_search *search, struct place_hit *hit)
{
    return 10 * hit->score + hit->dressing +
           (hit->kind == TARGET_SETTLEMENT ? settlement_rank(search, hit) : area_rank(search, hit));
}

void place_locate(const struct country_table *t, struct place_hit *hit)
{
    hit->subdivision = hit->kind == TARGET_SETTLEMENT    ? t->settlements[hit->target].subdivision
                       : hit->kind == TARGET_DISTRICT    ? t->districts[hit->target].subdivision
                       : hit->kind == TARGET_SUBDIVISION ? (uint16_t)hit->target
                                                         : SUBDIVISION_NONE;
    hit->country = hit->kind == TARGET_SETTLEMENT ? t->settlements[hit->target].country
                                                  : t->subdivisions[hit->subdivision].country;
}

static bool is_airport(const struct country_table *t, uint8_t kind, uint32_t target)
{
    return kind == TARGET_SETTLEMENT && t->settlements[target].rank == SETTLEMENT_AIRPORT;
}

static int dressed(const struct country_table *t, const struct place_hit *hit, unsigned classes)
{
    bool is_settlement = hit->kind == TARGET_SETTLEMENT;
    if (is_airport(t, hit->kind, hit->target))
        return RANK_AIRPORT;
    if (classes & WORD_BIT(WORD_SETTLEMENT))
        return is_settlement ? RANK_DRESSED : RANK_MISDRESSED;
    if (classes & WORD_BIT(WORD_SUBDIVISION))
        return is_settlement ? RANK_MISDRESSED : RANK_DRESSED;
    if (classes & WORD_BIT(WORD_DISTRICT))
        return is_settlement ? 0 : RANK_DRESSED / 2;
    return 0;
}

static void insert(struct place_search *search, struct place_hit hit)
{
    for (size_t i = 0; i < search->n_hits; i++) {
        struct place_hit *old = &search->hits[i];
        if (old->kind != hit.kind || old->target != hit.target)
            continue;
        if (old->rank >= hit.rank)
            return;
        memmove(old, old + 1, (--search->n_hits - i) * sizeof *old);
        break;
    }
    size_t at = search->n_hits;
    while (at && search->hits[at - 1].rank < hit.rank)
        at--;
    if (at == PLACE_MOST_HITS)
        return;
    size_t kept = search->n_hits < PLACE_MOST_HITS ? search->n_hits : PLACE_MOST_HITS - 1;
    memmove(&search->hits[at + 1], &search->hits[at], (kept - at) * sizeof hit);
    search->hits[at] = hit;
    search->n_hits = kept + 1;
}

static void add_hit(
    struct place_search *search, uint8_t kind, uint32_t target, int score, bool is_variant, struct place_clue clue)
{
    const struct country_table *t = search->table;
    unsigned levels = clue.classes & (WORD_BIT(WORD_SUBDIVISION) | WORD_BIT(WORD_DISTRICT) | WORD_BIT(WORD_SETTLEMENT));
    if (kind == TARGET_SETTLEMENT && levels == WORD_BIT(WORD_SUBDIVISION) && t->settlements[target].subdivision) {
        kind = TARGET_SUBDIVISION; /* "Dashhowuz Welayaty": the province that is called after its town */
        target = t->settlements[target].subdivision;
        clue.penalty += PENALTY_NAMESAKE; /* less than the area that is called so itself: "Rostov Region" */
    }
    struct place_hit hit = {.kind = kind, .target = target, .part = clue.part, .is_variant = is_variant};
    hit.score = (uint8_t)(score > clue.penalty ? score - clue.penalty : 0);
    bool is_near = (clue.classes & WORD_BIT(WORD_NEAR)) != 0;
    if (is_near)
        hit.score = hit.score > PENALTY_BESIDE ? (uint8_t)(hit.score - PENALTY_BESIDE) : 0;
    hit.flags = score < 90 || is_near ? VALUE_APPROXIMATE : 0;
    hit.is_area = (clue.classes & WORD_BIT(WORD_DISTRICT)) && !(clue.classes & WORD_BIT(WORD_SETTLEMENT));
    place_locate(t, &hit);
    hit.is_dressed = (clue.classes & WORD_BIT(WORD_SETTLEMENT)) != 0;
    hit.is_called_area = ((clue.classes | clue.said) & WORD_BIT(WORD_SUBDIVISION)) != 0;
    hit.dressing = dressed(t, &hit, clue.classes);
    hit.rank = rank_of(search, &hit);
    insert(search, hit);
}

static const uint8_t QUALITY_SCORE[] = {[NAME_MAIN] = 100,
    [NAME_ALTERNATE] = 97,
    [NAME_VARIANT] = 91,
    [NAME_STRIPPED] = 94,
    [NAME_UNDRESSED] = 93,
    [NAME_PART] = 91,
    [NAME_HEAD] = 86,
    [NAME_SOUND] = 82,
    [NAME_CODE] = 92,
    [NAME_OLD] = 90};

/* The best score that was found, 0 for nothing. */
static int find_hash(struct place_search *search, uint64_t hash, struct place_clue clue)
{
    size_t n;
    int best = 0;
    const struct name_row *rows = place_names(search->table, hash, &n);
    for (size_t i = 0; i < n; i++) {
        const struct name_row *row = &rows[i];
        if (search->country != COUNTRY_NONE && row->country != search->country)
            continue;
        if (row->quality == NAME_CODE && !search->in_division)
            continue;
        if ((row->quality == NAME_HEAD || row->quality == NAME_PART) && clue.penalty)
            continue; /* a piece of the text against a piece of the name proves nothing */
        /* "Simón Bolívar" is a quarter of many towns; the airport is meant where the text says airport. */
        if (is_airport(search->table, row->kind, row->target) && row->quality > NAME_ALTERNATE &&
            !(clue.classes & WORD_BIT(WORD_AIRPORT)))
            continue;
        int score = QUALITY_SCORE[row->quality];
        /* "Moscow region" against "Moscow Oblast": both were dressed as areas. */
        if (row->quality == NAME_STRIPPED && (clue.classes & WORD_BIT(WORD_SUBDIVISION)))
            score = 99;
        add_hit(search, row->kind, row->target, score, row->quality == NAME_VARIANT, clue);
        if (score > best)
            best = score;
    }
    return best;
}

int place_find(struct place_search *search, struct slice key, struct place_clue clue)
{
    if (!key.len)
        return 0;
    int found = find_hash(search, place_hash(key, PLACE_HASH_NAME), clue);
    if (found)
        return found;
    struct place_key sound;
    place_sound_key(key, &sound);
    return sound.len ? find_hash(search, place_hash(place_key_slice(&sound), PLACE_HASH_SOUND), clue) : 0;
}

/* Edits (insert, delete, change, swap neighbours) between two short keys, or more than `limit`. */
static int edits(struct slice a, struct slice b, int limit)
{
    int rows[3][48];
    int *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= b.len; j++)
        last[j] = (int)j;
    for (size_t i = 1; i <= a.len; i++) {
        int best = now[0] = (int)i;
        for (size_t j = 1; j <= b.len; j++) {
            int cost = last[j - 1] + (a.ptr[i - 1] != b.ptr[j - 1]);
            if (last[j] + 1 < cost)
                cost = last[j] + 1;
            if (now[j - 1] + 1 < cost)
                cost = now[j - 1] + 1;
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1] &&
                before[j - 2] + 1 < cost)
                cost = before[j - 2] + 1;
            now[j] = cost;
            if (cost < best)
                best = cost;
        }
        if (best > limit)
            return limit + 1;
        int *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[b.len];
}

static uint32_t letters_of(struct slice key)
{
    uint32_t letters = 0;
    for (size_t i = 0; i < key.len; i++)
        if (key.ptr[i] >= 'a' && key.ptr[i] <= 'z')
            letters |= 1u << (key.ptr[i] - 'a');
    return letters;
}

bool place_find_near(struct place_search *search, struct slice key, struct place_clue clue)
{
    struct place_key sound;
    place_sound_key(key, &sound);
    if (sound.len < 6 || sound.len > 40 || search->country == COUNTRY_NONE)
        return false;
    const struct country_table *t = search->table;
    const struct country_rows *rows = &t->country_rows[search->country];
    struct slice wanted = place_key_slice(&sound);
    uint32_t letters = letters_of(wanted);
    int limit = wanted.len >= 12 ? 2 : 1;
    bool is_found = false;
    for (uint32_t i = rows->first_spelling; i < rows->first_spelling + rows->n_spellings; i++) {
        const struct spelling_row *row = &t->spellings[i];
        if (is_airport(t, row->kind, row->target) && !(clue.classes & WORD_BIT(WORD_AIRPORT)))
            continue;
        if (row->len + (size_t)limit < wanted.len || row->len > wanted.len + (size_t)limit)
            continue;
        if (__builtin_popcount(row->letters & ~letters) > limit || __builtin_popcount(letters & ~row->letters) > limit)
            continue;
        struct slice text = place_text(t, row->text);
        if (text.ptr[0] != wanted.ptr[0] && text.ptr[text.len - 1] != wanted.ptr[wanted.len - 1])
            continue;
        int distance = edits(wanted, text, limit);
        if (distance > limit)
            continue;
        add_hit(search, row->kind, row->target, 82 - 8 * distance, false, clue);
        is_found = true;
    }
    return is_found;
}

void place_rank_again(struct place_search *search)
{
    struct place_hit hits[PLACE_MOST_HITS];
    size_t n = search->n_hits;
    memcpy(hits, search->hits, n * sizeof *hits);
    search->n_hits = 0;
    for (size_t i = 0; i < n; i++) {
        hits[i].rank = rank_of(search, &hits[i]);
        insert(search, hits[i]);
    }
}
