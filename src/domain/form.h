/* form.h - what people type in of one case: the pack's form.yaml, as the pages, the template and the codebook need it.
 *
 * A case is one occasion. Its sections hold inputs once, or in lines: the lines of `parts` become a mention each (one
 * drug with its amount), those of `told` are told in two fields of every mention, a count and a text.
 *
 * An input has a key by which forms, templates and stored entries call it: the field's id ("date"); in a section of
 * lines the section's id, the number of the line from 1 and the field's id ("drugs.2.amount").
 */
#ifndef DOMAIN_FORM_H
#define DOMAIN_FORM_H

#include "domain/domain.h"

enum { FORM_MOST_SECTIONS = 16, FORM_MOST_INPUTS = 32, FORM_MOST_LINES = 50, FORM_KEY = 128 };

enum form_lines { FORM_ONCE, FORM_PARTS, FORM_TOLD };

struct form_input {
    const struct field *field; /* of the domain, or the form's own */
    int index;                 /* of the domain; -1: the form's own */
    bool is_required;          /* for submitting; a draft may lack anything */
    bool is_long;              /* text of several lines */
    struct slice unit;         /* a quantity's, where it is always this one; else empty */
    struct slice example;
    struct slice help[N_LANGUAGES];
};

struct form_section {
    struct slice id;
    struct slice labels[N_LANGUAGES], help[N_LANGUAGES];
    enum form_lines lines;
    unsigned most;   /* lines */
    int count, text; /* FORM_TOLD: the fields that tell of its lines; -1: none */
    struct form_input *inputs;
    size_t n_inputs;
};

struct form {
    struct slice id;
    struct form_section *sections;
    size_t n_sections;
    const struct form_section *parts; /* the one section whose lines are mentions */
    const struct form_input *unit;    /* said once: what a person's own unit fills in; null: nothing */
};

/* Where an input stands: its section, and the line from 1; 0 in a section without lines. */
struct form_place {
    const struct form_section *section;
    const struct form_input *input;
    unsigned line;
};

/* The key of a place, terminated. */
void form_key(const struct form_place *place, char key[FORM_KEY]);
/* The place of a key; false when the form has none such. */
bool form_find(const struct form *form, struct slice key, struct form_place *out);

#endif
