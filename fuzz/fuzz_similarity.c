/* alphabet.c, similarity*.c: the bytes are a dictionary, a text a line. Every form must give the same numbers in both
 * directions and with every kind of instructions, and the join must find what comparing all pairs finds. The first byte
 * chooses what the join asks for. */
#include "text/similarity.h"
#include "text/similarity_join.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_TEXTS = 40 };

struct dictionary {
    struct alphabet alphabet;
    struct arena arena;
    struct symbols texts[MOST_TEXTS];
    uint32_t n;
};

static void must(bool is_true)
{
    if (!is_true)
        abort();
}

static void read_dictionary(struct dictionary *d, struct slice bytes)
{
    must(alphabet_add(&d->alphabet, bytes, NULL) == COMITY_OK);
    while (bytes.len && d->n < MOST_TEXTS)
        must(alphabet_turn(&d->alphabet, slice_cut(&bytes, '\n'), &d->arena, &d->texts[d->n++], NULL) == COMITY_OK);
}

static void check_packed(const struct dictionary *d, struct similarity_pack *pack, const struct similarity_query *query)
{
    uint16_t alike[MOST_TEXTS], jaro[MOST_TEXTS], edits[MOST_TEXTS], swaps[MOST_TEXTS];
    similarity_pack_jaro_winkler(pack, query, 0, alike);
    similarity_pack_jaro(pack, query, 0, jaro);
    similarity_pack_levenshtein(pack, query, SIMILARITY_MOST, edits);
    similarity_pack_osa(pack, query, SIMILARITY_MOST, swaps);
    for (uint32_t i = 0; i < d->n; i++) {
        struct symbols a = query->text, b = d->texts[i];
        must(alike[i] == similarity_jaro_winkler(a, b, 0) && alike[i] == similarity_jaro_winkler(b, a, 0));
        must(alike[i] == similarity_query_jaro_winkler(query, b, 0));
        must(jaro[i] == similarity_jaro(a, b, 0) && jaro[i] == similarity_query_jaro(query, b, 0));
        must(edits[i] == similarity_levenshtein(b, a, SIMILARITY_MOST));
        must(edits[i] == similarity_query_levenshtein(query, b, SIMILARITY_MOST));
        must(swaps[i] == similarity_osa(b, a, SIMILARITY_MOST) && swaps[i] <= edits[i]);
        must(swaps[i] == similarity_query_osa(query, b, SIMILARITY_MOST));
    }
}

static void check_batches(const struct dictionary *d)
{
    struct similarity_pack *pack;
    struct similarity_query query = {0};
    must(similarity_pack_new(d->texts, d->n, &pack, NULL) == COMITY_OK);
    for (uint32_t q = 0; q < d->n; q++) {
        similarity_query_set(&query, d->texts[q]);
        bool has_bits = query.has_bits;
        must(similarity_pack_use(pack, SIMILARITY_BASELINE));
        query.has_bits = false;
        check_packed(d, pack, &query);
        query.has_bits = has_bits;
        if (similarity_pack_use(pack, SIMILARITY_AVX2))
            check_packed(d, pack, &query);
    }
    similarity_pack_free(pack);
}

static void check_join(const struct dictionary *d, uint8_t choice)
{
    struct similarity_join_options options = {.least_alike = 800 + choice % 9 * 25u,
        .most_edits = choice / 9 % 4,
        .letters_for_edits = {0, 0, choice & 1 ? 5 : 0},
        .keys_from = choice & 2 ? 1 : 0,
        .n_threads = 1};
    struct similarity_join join;
    size_t at = 0;
    must(similarity_join(d->texts, d->n, &options, &join, NULL) == COMITY_OK);
    for (uint32_t a = 0; a < d->n; a++)
        for (uint32_t b = a + 1; b < d->n; b++) {
            size_t longest = d->texts[a].len > d->texts[b].len ? d->texts[a].len : d->texts[b].len;
            unsigned most = options.most_edits == 2 && longest < options.letters_for_edits[2] ? 1 : options.most_edits;
            if (similarity_jaro_winkler(d->texts[a], d->texts[b], 0) >= options.least_alike ||
                similarity_osa(d->texts[a], d->texts[b], SIMILARITY_MOST) <= most) {
                must(at < join.n_pairs && join.pairs[at].a == a && join.pairs[at].b == b);
                at++;
            }
        }
    must(at == join.n_pairs);
    similarity_join_release(&join);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dictionary d = {0};
    if (size == 0 || size > 4096)
        return 0;
    read_dictionary(&d, slice_of((const char *)data + 1, size - 1));
    check_batches(&d);
    check_join(&d, data[0]);
    arena_release(&d.arena);
    alphabet_release(&d.alphabet);
    return 0;
}
