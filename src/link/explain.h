/* explain.h - explanations of links (struct link_explanation in link.h) as sentences in a reader's language, and what
 * holds a cluster together.
 *
 * All words are English texts marked for translation, with named places ({n}); who speaks brings the translation, so
 * that the library knows no catalogue. Pure; any thread.
 */
#ifndef LINK_EXPLAIN_H
#define LINK_EXPLAIN_H

#include "link/link.h"

/* How a language is spoken. */
struct explain_voice {
    int language; /* of the labels of fields: value/concept.h */
    const char *(*say)(const void *context, const char *english);
    void (*number)(const void *context, double number, struct buffer *out);
    const void *context; /* handed to both */
};
extern const struct explain_voice explain_english;

/* "2 days apart"; "equal, and rare (3 of 23,388)": what a level says, from link_reason's words, n and of. */
void explain_say_level(const struct explain_voice *voice, const char *words, double n, double of, struct buffer *out);
/* What was decided, what speaks for and against it, and the change of one field that would turn it. */
void explain_say(const struct explain_voice *voice, const struct domain *domain,
    const struct link_explanation *explanation, struct buffer *out);
/* Only the last: "If Amount were "equal, and rare", they would be held to be one event." Empty where has_change is
 * false. */
void explain_say_change(const struct explain_voice *voice, const struct domain *domain,
    const struct link_explanation *explanation, struct buffer *out);
/* "country, date within 31 days": a rule or what it lacks. */
void explain_say_rule(
    const struct explain_voice *voice, const struct domain *domain, struct slice rule, struct buffer *out);
/* Every text that the levels of comparisons may have, for the catalogues and the test that they are whole. */
const char *const *explain_level_words(size_t *n);

/* The link that holds a cluster together least: the weakest edge of its maximum spanning tree in bits. Take it away,
 * and `n_behind` of the members (those in `behind`, the smaller side, of which `b` is one) stand apart. */
struct link_weakest {
    size_t a, b; /* mentions */
    double bits, probability;
    uint32_t *behind;
    size_t n_behind;
};
enum { WEAKEST_MOST_MEMBERS = 200 };
/* `members`: of one cluster, at least two, at most WEAKEST_MOST_MEMBERS (COMITY_LIMIT). Equal rows of one source, which
 * may be a repeated load, count as one pair like any other. Quadratic in the members. */
enum comity_status link_find_weakest(const struct mentions *mentions, const struct link_model *model,
    const uint32_t *members, size_t n, struct arena *arena, struct link_weakest *out) COMITY_MUST_USE;

/* Why clustering keeps two apart that are alike enough: because one of them is likelier one event with a third, or as
 * likely with several. Looked for among the members of their clusters and among the mentions that say most of what they
 * say. `bits`: of a and b. */
struct link_rival {
    size_t of, mention; /* `of` is a or b; of == mention: there is none */
    double bits;
};
enum comity_status link_find_rival(const struct mentions *mentions, const struct link_model *model,
    const uint32_t *cluster, size_t a, size_t b, double bits, struct link_rival *out) COMITY_MUST_USE;

/* Whether one of two that are apart is a part of the other, by the judgements that hold. O(mentions + judgements). */
enum comity_status link_find_parts(const struct mentions *mentions, const struct judgement *judgements,
    size_t n_judgements, const uint32_t *cluster, size_t a, size_t b, struct link_parts *out) COMITY_MUST_USE;

#endif
