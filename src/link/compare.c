/* Preparing distinct values, and the typed comparators on what was prepared. */
#include "link/compare.h"

#include "base/hash.h"
#include "link/text.h"
#include "text/similarity.h"

#include <math.h>

static const double km_near = 25, earth_km = 6371;

bool comparison_has_rarity(const struct comparison *comparison)
{
    return comparison->type != VALUE_DATE;
}

static unsigned levels_of(enum value_type type)
{
    switch (type) {
    case VALUE_DATE:
        return DATE_LEVELS;
    case VALUE_QUANTITY:
        return AMOUNT_LEVELS;
    case VALUE_CONCEPT:
        return CONCEPT_LEVELS;
    case VALUE_PLACE:
        return PLACE_LEVELS;
    case VALUE_TEXT:
        return TEXT_LEVELS;
    case VALUE_NAME:
        return NAME_LEVELS;
    case VALUE_COUNTRY:
    case VALUE_CATEGORY:
    case VALUE_COUNT:
    case VALUE_IDENTIFIER:
        return CODE_LEVELS;
    case VALUE_NONE:
    case VALUE_N_TYPES:
        break;
    }
    return 0;
}

unsigned comparisons_of(const struct domain *domain, struct comparison out[LINK_MOST_COMPARISONS])
{
    unsigned n = 0;
    for (size_t f = 0; f < domain->n_fields && n < LINK_MOST_COMPARISONS; f++) {
        const struct field *field = &domain->fields[f];
        /* A place says its country; the source's own key means nothing to another source. */
        bool is_told_by_place = field->role == ROLE_COUNTRY && domain->where >= 0;
        if (!field->is_compared || field->role == ROLE_KEY || is_told_by_place || !levels_of(field->spec.type))
            continue;
        out[n++] = (struct comparison){.field = (int)f,
            .type = field->spec.type,
            .role = field->role,
            .n_levels = levels_of(field->spec.type),
            .is_code = levels_of(field->spec.type) == CODE_LEVELS,
            .spec = &field->spec};
    }
    return n;
}

void comparisons_find_roles(
    const struct comparison *comparisons, unsigned n, int *when, int *where, int *what, int *amount)
{
    *when = *where = *what = *amount = -1;
    for (unsigned c = 0; c < n; c++) {
        if (comparisons[c].role == ROLE_WHEN && comparisons[c].type == VALUE_DATE)
            *when = (int)c;
        if (comparisons[c].role == ROLE_WHERE && comparisons[c].type == VALUE_PLACE)
            *where = (int)c;
        if (comparisons[c].role == ROLE_WHAT && comparisons[c].type == VALUE_CONCEPT)
            *what = (int)c;
        if (comparisons[c].role == ROLE_HOW_MUCH && comparisons[c].type == VALUE_QUANTITY)
            *amount = (int)c;
    }
}

uint32_t concept_group(const struct concept_tree *tree, uint32_t node)
{
    while (tree->nodes[node].depth > 1)
        node = tree->nodes[node].parent;
    return node;
}

static uint64_t hash_pair(uint64_t a, uint64_t b)
{
    return hash_u64(hash_u64(a) ^ b);
}

/* Amounts are equal to 0.001 of the base unit (a milligram); beyond what a double tells apart, as they stand. */
static const double most_in_thousandths = 1e12;
static int64_t equal_to(double base)
{
    return fabs(base) < most_in_thousandths ? llround(base * 1000) : (int64_t)fmin(fabs(base), 9e18);
}

double amount_as_equal(double base)
{
    double equal = (double)equal_to(base);
    return fabs(base) < most_in_thousandths ? equal / 1000 : equal;
}

/* False of what no number holds, which nothing can be compared with. */
static bool prepare_amount(const struct comparison *comparison, const struct value *value, struct prepared *out)
{
    const struct unit *unit = &comparison->spec->units->units[value->quantity.unit];
    double base = value->quantity.amount * unit->to_base;
    if (!isfinite(base))
        return false;
    out->amount.base = base;
    out->amount.magnitude = base > 0 ? (int16_t)floor(log10(base)) : 0;
    out->amount.dimension = (uint16_t)unit->dimension_id;
    out->canon = hash_pair((uint64_t)equal_to(base), 77 + unit->dimension_id);
    return true;
}

static void prepare_place(const struct value *value, struct prepared *out)
{
    const double to_radians = 3.14159265358979323846 / 180 / 100000;
    double lat = value->place.lat_e5 * to_radians, lon = value->place.lon_e5 * to_radians;
    out->place.country = value->precision == PLACE_SEA ? COUNTRY_NONE : value->place.country;
    out->place.subdivision = value->place.subdivision;
    out->place.x = value->precision <= PLACE_SETTLEMENT ? (float)(cos(lat) * cos(lon)) : PLACE_NO_POINT;
    out->place.y = (float)(cos(lat) * sin(lon));
    out->place.z = (float)sin(lat);
    uint64_t name = value->text.len ? hash_slice(value->text) | 1 : 0;
    out->place.name = (uint32_t)name;
    uint64_t area = hash_pair(value->place.country, value->place.subdivision);
    if (place_is_numbered(value))
        out->canon = hash_pair(value->place.geonames, 3);
    else if (value->precision == PLACE_POINT)
        out->canon = hash_pair(((uint64_t)(uint32_t)value->place.lat_e5 << 32) | (uint32_t)value->place.lon_e5, 4);
    else if (name && value->precision == PLACE_DISTRICT)
        out->canon = hash_pair(area, name);
    else
        out->canon = hash_pair(area, 5);
}

void compare_prepare(const struct comparison *comparison, const struct value *value, struct prepared *out)
{
    *out = (struct prepared){0};
    if (value->state != VALUE_TYPED || value->type != comparison->type)
        return;
    switch (comparison->type) {
    case VALUE_DATE:
        out->date.first = value->date.first;
        out->date.last = value->date.last;
        out->canon = hash_pair((uint32_t)value->date.first, (uint32_t)value->date.last);
        break;
    case VALUE_QUANTITY:
        if (!comparison->spec->units || !prepare_amount(comparison, value, out))
            return;
        break;
    case VALUE_CONCEPT:
        if (!comparison->spec->concepts)
            return;
        out->concept.id = value->concept.id;
        out->concept.group = concept_group(comparison->spec->concepts, value->concept.id);
        out->canon = hash_slice(comparison->spec->concepts->nodes[value->concept.id].code);
        break;
    case VALUE_PLACE:
        prepare_place(value, out);
        break;
    case VALUE_COUNTRY:
        out->canon = hash_pair(value->country.id, 6);
        break;
    case VALUE_CATEGORY:
        out->canon = hash_pair(value->category.id, 7);
        break;
    case VALUE_COUNT:
        out->canon = hash_pair((uint64_t)value->count.number, 8);
        break;
    default:
        out->text.ptr = value->text.ptr;
        out->text.len = (uint32_t)value->text.len;
        out->canon = value->text.len ? hash_slice(value->text) : 0;
        return;
    }
    if (!out->canon)
        out->canon = 1;
}

double power_of_ten(int exponent)
{
    enum { LEAST = -12, MOST = 15 };
    static const double powers[] = {1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1e0, 1e1,
        1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    return exponent >= LEAST && exponent <= MOST ? powers[exponent - LEAST] : pow(10, exponent);
}

/* What its first digit stands for. */
static double step_of(const struct compared_amount *amount)
{
    return amount->base > 0 ? power_of_ten(amount->magnitude) : 0;
}

/* Whether `coarse` is `fine` rounded to fewer digits: 16 and 15.95 kg, 50 and 50.103 kg; one to three digits and a loss
 * of at most 5 %. */
static bool is_rounded(const struct compared_amount *fine, const struct compared_amount *coarse)
{
    double step = step_of(coarse), wanted = coarse->base;
    for (int digits = 1; digits <= 3; digits++, step /= 10) {
        double rounded = round(fine->base / step) * step;
        if (fabs(rounded - wanted) <= 1e-9 * wanted)
            return true;
    }
    return false;
}

/* What its last digit stands for, where it has so many. */
static double digit_step(const struct compared_amount *amount, unsigned digits)
{
    double step = step_of(amount);
    for (; digits > 1; digits--)
        step /= 10;
    return step;
}

static double round_to_digits(const struct compared_amount *amount, unsigned digits)
{
    double step = digit_step(amount, digits);
    return round(amount->base / step) * step;
}

unsigned amount_digits(const struct compared_amount *amount)
{
    double base = amount->base;
    unsigned digits = 1;
    while (digits < MOST_DIGITS && base > 0 && fabs(round_to_digits(amount, digits) - base) > 1e-9 * base)
        digits++;
    return digits;
}

unsigned compare_rounded(
    const struct compared_amount *fine, const struct compared_amount *coarse, unsigned digits, unsigned level)
{
    double x = fine->base, y = coarse->base;
    if (x <= 0 || y <= 0 || level <= LEVELS_EQUAL || level == AMOUNT_INCOMPARABLE)
        return level;
    if (fabs(round_to_digits(fine, digits) - y) <= 1e-9 * y)
        return AMOUNT_ROUNDED;
    if (level > AMOUNT_ROUNDED)
        return level;
    return fabs(x - y) <= 0.01 * fmax(x, y) ? AMOUNT_1 : AMOUNT_5;
}

double rounding_width(const struct compared_amount *coarse, unsigned digits)
{
    return coarse->base > 0 ? digit_step(coarse, digits) / coarse->base : 1;
}

unsigned compare_amounts(const struct compared_amount *a, const struct compared_amount *b)
{
    if (a->dimension != b->dimension)
        return AMOUNT_INCOMPARABLE;
    if (a->base > b->base)
        return compare_amounts(b, a);
    double low = a->base, high = b->base, apart = high - low;
    if ((apart < 0.002 || high >= most_in_thousandths) && equal_to(low) == equal_to(high))
        return LEVELS_EQUAL;
    if (low <= 0 || apart > 0.2 * high)
        return AMOUNT_FAR;
    if (apart <= 0.002 * high)
        return AMOUNT_CLOSEST;
    if (apart <= 0.05 * high && (is_rounded(a, b) || is_rounded(b, a)))
        return AMOUNT_ROUNDED;
    return apart <= 0.01 * high ? AMOUNT_1 : apart <= 0.05 * high ? AMOUNT_5 : AMOUNT_20;
}

static bool is_within(const struct concept_tree *tree, uint32_t node, uint32_t ancestor)
{
    while (node > ancestor)
        node = tree->nodes[node].parent;
    return node == ancestor;
}

static unsigned compare_concepts(const struct concept_tree *tree, const struct prepared *a, const struct prepared *b)
{
    uint32_t x = a->concept.id, y = b->concept.id;
    if (is_within(tree, x, y) || is_within(tree, y, x))
        return CONCEPT_WITHIN;
    if (a->concept.group != b->concept.group)
        return CONCEPT_OTHER;
    return tree->nodes[x].parent == tree->nodes[y].parent && tree->nodes[x].depth > 2 ? CONCEPT_SIBLING : CONCEPT_GROUP;
}

unsigned compare_places(const struct compared_place *a, const struct compared_place *b)
{
    if (a->country != b->country)
        return a->country && b->country ? PLACE_OTHER_COUNTRY : 0;
    bool is_same_area = a->subdivision == b->subdivision && a->subdivision;
    if (a->name && a->name == b->name && (is_same_area || !a->subdivision || !b->subdivision))
        return PLACE_NAME;
    if (place_is_point(a) && place_is_point(b)) {
        float dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
        const float chord = (float)(km_near / earth_km);
        if (dx * dx + dy * dy + dz * dz <= chord * chord)
            return PLACE_NEAR;
        return is_same_area ? PLACE_SAME_AREA : PLACE_OTHER_AREA;
    }
    if (!a->subdivision || !b->subdivision)
        return 0;
    return is_same_area ? PLACE_AREA : PLACE_OTHER_AREA;
}

unsigned compare_prepared(const struct comparison *comparison, const struct prepared *a, const struct prepared *b)
{
    if (!a->canon || !b->canon)
        return 0;
    if (comparison->type == VALUE_DATE)
        return compare_days(a->date.first, a->date.last, b->date.first, b->date.last);
    if (a->canon == b->canon) {
        /* Two mentions that name no more than a country or a subdivision agree on that only. */
        if (comparison->type == VALUE_PLACE && !place_is_point(&a->place) && !a->place.name)
            return a->place.subdivision ? PLACE_AREA : 0;
        return LEVELS_EQUAL;
    }
    switch (comparison->type) {
    case VALUE_QUANTITY:
        return compare_amounts(&a->amount, &b->amount);
    case VALUE_CONCEPT:
        return compare_concepts(comparison->spec->concepts, a, b);
    case VALUE_PLACE:
        return compare_places(&a->place, &b->place);
    case VALUE_TEXT:
        return words_shared(slice_of(a->text.ptr, a->text.len), slice_of(b->text.ptr, b->text.len)) >= 0.5 ? TEXT_SHARED
                                                                                                           : TEXT_OTHER;
    case VALUE_NAME: {
        unsigned alike = similarity_jaro_winkler(
            symbols_of(slice_of(a->text.ptr, a->text.len)), symbols_of(slice_of(b->text.ptr, b->text.len)), 0);
        return alike >= 950 ? NAME_95 : alike >= 880 ? NAME_88 : alike >= 750 ? NAME_75 : NAME_OTHER;
    }
    default:
        return CODE_OTHER;
    }
}

static const char *const date_texts[] = {"not said", "same day", "1 day apart", "2 to 3 days apart",
    "4 to 7 days apart", "8 to 15 days apart", "16 to 31 days apart", "more than a month apart", "overlapping periods"};
static const char *const equal_texts[] = {
    "not said", "equal, and very rare", "equal, and rare", "equal", "equal, but common"};
static const char *const amount_texts[] = {"within 0.2 %", "equal when rounded", "within 1 %", "within 5 %",
    "within 20 %", "different amounts", "not in the same dimension"};
static const char *const concept_texts[] = {
    "one is a kind of the other", "close kinds", "the same group", "different groups"};
static const char *const place_texts[] = {"the same name", "within 25 km", "other places of one subdivision",
    "different subdivisions", "different countries", "the same subdivision, as far as said"};
static const char *const code_texts[] = {"different"};
static const char *const word_texts[] = {"sharing most rare words", "different"};
static const char *const name_texts[] = {
    "nearly the same name", "similar names", "somewhat similar names", "different names"};

const char *comparison_level_text(const struct comparison *comparison, unsigned level)
{
    if (comparison->type == VALUE_DATE)
        return level < DATE_LEVELS ? date_texts[level] : "";
    if (level <= LEVELS_EQUAL)
        return equal_texts[level];
    if (level >= comparison->n_levels)
        return "";
    level -= LEVELS_EQUAL + 1;
    switch (comparison->type) {
    case VALUE_QUANTITY:
        return amount_texts[level];
    case VALUE_CONCEPT:
        return concept_texts[level];
    case VALUE_PLACE:
        return place_texts[level];
    case VALUE_TEXT:
        return word_texts[level];
    case VALUE_NAME:
        return name_texts[level];
    default:
        return code_texts[level];
    }
}
