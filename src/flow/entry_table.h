/* entry_table.h - a form as a table, so that cases can be filled in as rows: what the template (flow/template.h) and
 * what people paste (flow/paste.h) have in common.
 *
 * One row is one part of a case (domain/form.h); rows with the same case number are one case. The columns stand in the
 * order of the form. A place has columns for its own cells, the amount one for its unit, and of a section that is told
 * the first ENTRY_TABLE_TOLD lines have columns. A column is known by its key, or by what headers call it in any
 * language.
 */
#ifndef FLOW_ENTRY_TABLE_H
#define FLOW_ENTRY_TABLE_H

#include "flow/entry.h"

enum { ENTRY_TABLE_TOLD = 3, ENTRY_TABLE_KEY = FORM_KEY + 16 };

#define ENTRY_UNIT ".unit" /* of the amount: put behind it when the cells become an entry */

/* A string of the catalogue in a language of LANGUAGE_EN …; the library has no catalogues of its own. */
typedef const char *entry_words(int language, const char *english);

struct entry_column {
    struct form_place place; /* `line` is 0 in the section of parts: the row is the line */
    const char *suffix;      /* "", ENTRY_SUBDIVISION … or ENTRY_UNIT */
    bool is_needed;
    char key[ENTRY_TABLE_KEY]; /* "date", "place.latitude", "drugs.amount", "drugs.amount.unit", "persons.2.sex" */
};

struct entry_table {
    const struct domain *domain;
    entry_words *words;
    struct entry_column *columns;
    size_t n;
    int case_column; /* which rows are one case; -1: each row is one */
};

/* `domain` must have a form. */
enum comity_status entry_table_make(const struct domain *domain, entry_words *words, struct arena *arena,
    struct entry_table *out, struct comity_error *err) COMITY_MUST_USE;

/* "Amount", "Unit of the amount", "Persons arrested 2: Sex". `ptr` is null when memory is out. */
struct slice entry_column_label(
    const struct entry_table *table, const struct entry_column *column, int language, struct arena *arena);
/* What is to be written there: the form's help, or that of the column's own kind; may be empty. */
struct slice entry_column_help(const struct entry_table *table, const struct entry_column *column, int language);
/* What stands there in the row that is an example; may be empty. In the first column it is the mark of that row. */
struct slice entry_column_example(
    const struct entry_table *table, const struct entry_column *column, int language, struct arena *arena);
/* Whether a text is that mark, in any language. */
bool entry_table_is_example(const struct entry_table *table, struct slice text, struct arena *arena);

/* The number of the column with this key, or -1. */
int entry_table_find(const struct entry_table *table, struct slice key);
/* What each of `n` headers means: the number of a column, or -1, into `column_of`. Keys come before labels of
 * `language`, these before labels of others and what the pack says that tables call a field; no column is meant twice.
 * *n_found: how many are known. */
enum comity_status entry_table_match(const struct entry_table *table, const struct slice *headers, size_t n,
    int language, int *column_of, size_t *n_found, struct comity_error *err) COMITY_MUST_USE;
/* Whether so many known headers among so many that are not empty make a row a header. */
bool entry_table_is_header(size_t n_found, size_t n_told);

#endif
