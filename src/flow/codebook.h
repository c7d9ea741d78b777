/* codebook.h - the words of a domain, as a data dictionary: every field with what it is and what is asked for, every
 * category, concept and unit with its code and the names that are understood, every conversion with its document.
 *
 * All of it is the pack's; nothing is of the store. What is restricted is said of a field, never what it holds.
 */
#ifndef FLOW_CODEBOOK_H
#define FLOW_CODEBOOK_H

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/form.h"

/* The names of a list, by whose they are. */
struct codebook_names {
    const struct slice *written; /* as the pack writes them; null: it keeps none */
    const struct intern *folded;
    uint32_t *begin; /* by owner, and one more: where its names begin in `names` */
    uint32_t *names; /* numbers in `written` and `folded` */
};
enum comity_status codebook_of_categories(const struct category_table *table, struct arena *arena,
    struct codebook_names *out, struct comity_error *err) COMITY_MUST_USE;
enum comity_status codebook_of_concepts(const struct concept_tree *tree, struct arena *arena,
    struct codebook_names *out, struct comity_error *err) COMITY_MUST_USE;
enum comity_status codebook_of_units(const struct unit_table *table, struct arena *arena, struct codebook_names *out,
    struct comity_error *err) COMITY_MUST_USE;

/* One name after another of an owner, but its code and this label: `*at` begins with 0. */
bool codebook_next_name(const struct codebook_names *names, uint32_t owner, struct slice code, struct slice label,
    uint32_t *at, struct slice *name);
/* Whether a folded text stands in one of an owner's names; an empty one does. */
bool codebook_has_text(const struct codebook_names *names, uint32_t owner, struct slice folded);

/* How the form asks for a field of the domain; null where it does not. */
const struct form_input *codebook_input(const struct domain *domain, int field);

/* The whole as JSON, labels in all languages; or as one CSV table, in one language:
 * kind,list,code,parent,label,type,role,rule,restricted,needed,unit,factor,example,help,names,document */
enum comity_status codebook_json(
    const struct domain *domain, struct buffer *out, struct comity_error *err) COMITY_MUST_USE;
enum comity_status codebook_csv(
    const struct domain *domain, int language, struct buffer *out, struct comity_error *err) COMITY_MUST_USE;

#endif
