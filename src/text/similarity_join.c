/* stand-in until the real one is merged */
#include "text/similarity_join.h"
#include <stdlib.h>
enum comity_status similarity_join(const struct symbols *t, uint32_t n, const struct similarity_join_options *o, struct similarity_join *j, struct comity_error *err)
{
    (void)err; size_t room = 0; *j = (struct similarity_join){.least_alike=o->least_alike,.most_edits=o->most_edits};
    for (uint32_t a = 0; a < n; a++) for (uint32_t b = a + 1; b < n; b++) {
        unsigned alike = o->least_alike < 1000 ? similarity_jaro_winkler(t[a], t[b], o->least_alike) : 0;
        unsigned e = similarity_osa(t[a], t[b], o->most_edits); size_t l = t[a].len > t[b].len ? t[a].len : t[b].len;
        if (alike < o->least_alike && (e > o->most_edits || (e && l < o->letters_for_edits[e]))) continue;
        if (j->n_pairs == room) { room = room ? 2 * room : 1024; j->pairs = realloc(j->pairs, room * sizeof *j->pairs); }
        j->pairs[j->n_pairs++] = (struct similarity_pair){a, b, (uint16_t)similarity_jaro_winkler(t[a],t[b],0), (uint16_t)similarity_osa(t[a],t[b],100)};
    }
    return COMITY_OK;
}
void similarity_join_release(struct similarity_join *j) { free(j->pairs); *j = (struct similarity_join){0}; }
