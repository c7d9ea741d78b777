/* place_key.h - the forms under which names of places are compared. Used by the gazetteer's compiler and its reader, so
 * that both fold alike.
 *
 * The plain key is a name in lower-case Latin letters without accents, apostrophes and punctuation, its words parted by
 * single spaces; Cyrillic is romanised (BGN/PCGN without its marks), other scripts stay as they are. The sound key is a
 * coarser form without spaces in which the usual romanisations of one name fall together: "Shymkent" and "Chimkent" do
 * not, but "Djalilabad", "Dzhalilabad" and "Jalilabad" do. Pure functions; cost some ns a letter.
 */
#ifndef VALUE_PLACE_KEY_H
#define VALUE_PLACE_KEY_H

#include "base/slice.h"

#include <stdint.h>

enum { PLACE_KEY_SIZE = 240 };

struct place_key {
    char text[PLACE_KEY_SIZE]; /* terminated; a longer name is cut */
    size_t len;
};

void place_key(struct slice name, struct place_key *out);
/* From a plain key. Empty when the key is not all Latin or has fewer than four letters. */
void place_sound_key(struct slice key, struct place_key *out);

/* The hashes under which the gazetteer files a key; the kinds never meet. */
enum place_hash_kind {
    PLACE_HASH_NAME,
    PLACE_HASH_SOUND,
    PLACE_HASH_COUNTRY,
    PLACE_HASH_WORD,
    PLACE_HASH_SEA,
    PLACE_HASH_CODE
};
uint64_t place_hash(struct slice key, enum place_hash_kind kind);

/* Systems of codes, as recipes name them, in the order of enum place_code_system. */
#define PLACE_CODE_SYSTEMS "un-locode", "iata", "iso-3166-2", "dane"
enum place_code_system { CODE_UN_LOCODE, CODE_IATA, CODE_ISO_3166_2, CODE_DANE, N_CODE_SYSTEMS };
/* The key of a code: its system's number, and its letters and digits: "EC GYE" and "ecgye" have one. Empty for a code
 * without any. */
void place_code_key(enum place_code_system system, struct slice code, struct place_key *out);

static inline struct slice place_key_slice(const struct place_key *key)
{
    return slice_of(key->text, key->len);
}

#endif
