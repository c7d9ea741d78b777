/* entry.h - what a case that somebody typed in means: each text read by the domain's own rules, and what is odd or
 * missing about it.
 *
 * Pure: the same content gives the same reading, whether it is checked while somebody types, when it is saved, or when
 * it is published (flow/publish.h). Texts live in the arena.
 */
#ifndef FLOW_ENTRY_H
#define FLOW_ENTRY_H

#include "domain/entry.h"
#include "domain/form.h"

enum {
    ENTRY_MOST_TEXT = 4000,  /* letters of one text */
    ENTRY_MOST_CELLS = 1500, /* texts of one entry */
    ENTRY_TITLE = 200        /* bytes of a title */
};

/* The content as it is stored: a JSON object of key → text, in the order of the form, and back. Empty texts are left
 * out. COMITY_CORRUPT for what is no such object. */
void entry_content_write(const struct entry_content *content, struct buffer *out);
enum comity_status entry_content_parse(
    struct slice json, struct arena *arena, struct entry_content *out, struct comity_error *err) COMITY_MUST_USE;

/* Beside the keys of the form: a place's own cells, and what one says of a record that looks like the same event. */
#define ENTRY_SUBDIVISION ".subdivision"
#define ENTRY_LATITUDE ".latitude"
#define ENTRY_LONGITUDE ".longitude"
/* "alike.2.4711": the drug of line 2 and the mention of that number; its text is one of these. Not the mention's
 * identity, which follows from all that was told, restricted fields too. */
#define ENTRY_ALIKE "alike."
#define ENTRY_SAME "same"
#define ENTRY_PART "part"
#define ENTRY_DIFFERENT "different"
/* Whether a key is the form's, or one of these. */
bool entry_knows(const struct form *form, struct slice key);
/* Of an `alike` key: false for any other. */
bool entry_alike(struct slice key, unsigned *line, uint64_t *mention);

enum finding_kind {
    FINDING_UNDERSTOOD, /* `text` is the value as we read it */
    FINDING_DOUBT,      /* the same, but it is unlikely, or could be read otherwise */
    FINDING_MISSING,    /* needed before it can be submitted */
    FINDING_FAULT       /* not understood, or impossible */
};
struct entry_finding {
    struct form_place place;
    enum finding_kind kind;
    struct slice text;
    const char *message; /* English, marked for translation; null where all is well */
    struct slice others; /* of a place: what else the name may mean, "Cartagena, Murcia, Spain; …"; empty: nothing */
};

/* One drug with its amount: a mention, when it is published. */
struct entry_part {
    unsigned line;
    struct value *values; /* by field of the domain */
};
struct entry_reading {
    struct entry_finding *findings; /* in the order of the form */
    size_t n_findings;
    size_t n_open; /* missing and faulty: with any it cannot be submitted */
    struct entry_part *parts;
    size_t n_parts;
};
struct entry_asking {
    const struct domain *domain; /* with a form */
    const struct entry_content *content;
    int64_t now;          /* what lies behind it is in the future */
    const char *language; /* of the texts */
};
enum comity_status entry_read(const struct entry_asking *asking, struct arena *arena, struct entry_reading *out,
    struct comity_error *err) COMITY_MUST_USE;
const struct entry_finding *entry_finding_at(const struct entry_reading *reading, const struct form_place *place);

/* "2026/0317 · 2026-03-17 · Cartagena · Cocaine 12.5 kg +3": for lists. */
struct slice entry_title(const struct entry_asking *asking, const struct entry_reading *reading, struct arena *arena);

/* How many lines of a section are in use: the number of the last that says something. */
unsigned entry_lines(const struct entry_content *content, const struct form_section *section);

/* The key under which the source of an entry's unit says a part: "e12.2". */
enum { ENTRY_PART_KEY = 32 };
void entry_part_key(uint64_t entry, unsigned line, char key[ENTRY_PART_KEY]);
/* The code of that source: "desk", "desk-customs-3f2a91". Strings of `size` 64 suffice. */
void entry_source_code(struct slice unit, char code[64]);

#endif
