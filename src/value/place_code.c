/* Look-ups by key; what is particular to a system is how a cell becomes the codes that are looked up. */
#include "value/place_code.h"

#include <stdio.h>

enum { DEPARTMENT_DIGITS = 2, MUNICIPALITY_DIGITS = 5, SETTLEMENT_DIGITS = 8 };

static bool find(
    const struct place_search *search, enum place_code_system system, struct slice code, struct place_hit *out)
{
    struct place_key key;
    size_t n;
    place_code_key(system, code, &key);
    const struct name_row *row =
        key.len ? place_names(search->table, place_hash(place_key_slice(&key), PLACE_HASH_CODE), &n) : NULL;
    if (!row)
        return false;
    *out = (struct place_hit){.kind = row->kind, .target = row->target, .score = 100};
    place_locate(search->table, out);
    return search->country == COUNTRY_NONE || out->country == search->country;
}

/* "SP" is told within a country. */
static bool find_iso(const struct place_search *search, struct slice cell, struct place_hit *out)
{
    char full[16];
    if (find(search, CODE_ISO_3166_2, cell, out))
        return true;
    if (search->country == COUNTRY_NONE || cell.len > 3)
        return false;
    snprintf(full, sizeof full, "%s-%.*s", search->table->countries[search->country].alpha2, SLICE_ARG(cell));
    return find(search, CODE_ISO_3166_2, slice_from(full), out);
}

/* How many digits a DANE code of `len` had before its leading zero was lost; 0: it is none. */
static size_t dane_digits(size_t len)
{
    return len > MUNICIPALITY_DIGITS
               ? (len >= SETTLEMENT_DIGITS - 1 && len <= SETTLEMENT_DIGITS ? SETTLEMENT_DIGITS : 0)
           : len > DEPARTMENT_DIGITS ? (len >= MUNICIPALITY_DIGITS - 1 ? MUNICIPALITY_DIGITS : 0)
           : len                     ? DEPARTMENT_DIGITS
                                     : 0;
}

static bool find_dane(const struct place_search *search, struct slice cell, struct place_hit *out)
{
    char code[SETTLEMENT_DIGITS + 1];
    size_t digits = dane_digits(cell.len);
    for (size_t i = 0; i < cell.len; i++)
        if (cell.ptr[i] < '0' || cell.ptr[i] > '9')
            return false;
    if (!digits)
        return false;
    snprintf(code, sizeof code, "%s%.*s", cell.len < digits ? "0" : "", SLICE_ARG(cell));
    return (digits >= MUNICIPALITY_DIGITS && find(search, CODE_DANE, slice_of(code, MUNICIPALITY_DIGITS), out)) ||
           find(search, CODE_DANE, slice_of(code, DEPARTMENT_DIGITS), out);
}

bool place_find_code(const struct place_search *search, unsigned systems, struct slice cell, struct place_hit *out)
{
    cell = slice_trim(cell);
    for (unsigned system = 0; system < N_CODE_SYSTEMS; system++) {
        if (!(systems >> system & 1))
            continue;
        if (system == CODE_ISO_3166_2 ? find_iso(search, cell, out)
            : system == CODE_DANE     ? find_dane(search, cell, out)
                                      : find(search, (enum place_code_system)system, cell, out))
            return true;
    }
    return false;
}
