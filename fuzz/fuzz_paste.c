/* paste.c, entry_table.c, template_read.c: rows that people paste, and the same bytes as a file that may be a template.
 */
#include "flow/paste.h"
#include "flow/template.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static const struct entry_table *table(void)
{
    static struct arena arena;
    static struct domain *drugs;
    static struct entry_table made;
    struct comity_error err;
    if (!drugs)
        must(!domain_load(SOURCE_FOLDER "/domains/drugs", DATA_FOLDER "/gazetteer.bin", &drugs, &err) &&
             !entry_table_make(drugs, NULL, &arena, &made, &err));
    return &made;
}

/* Nothing is lost: every row is of an entry or says why not, and stands in the text. */
static void paste(struct slice text, struct arena *arena)
{
    struct paste out;
    struct paste_asking asking = {
        .table = table(), .text = text, .agency = SLICE("a"), .agency_key = "agency", .now = 1790000000};
    if (paste_read(&asking, arena, &out, NULL) != COMITY_OK)
        return;
    must(out.n_rows <= PASTE_MOST_ROWS && out.n_entries <= out.n_rows);
    for (size_t i = 0; i < out.n_rows; i++) {
        const struct paste_row *row = &out.rows[i];
        must((row->entry >= 0) == !row->fault && row->entry < (int)out.n_entries);
        must(row->raw.ptr >= text.ptr && row->raw.ptr + row->raw.len <= text.ptr + text.len);
        must(row->entry < 0 || (row->line >= 1 && row->line <= out.entries[row->entry].n_rows));
    }
}

static void find(struct slice bytes, struct arena *arena)
{
    struct template_found found;
    struct template_source source = {0};
    struct recipe *recipe = NULL;
    struct comity_error err = {0};
    if (template_find(table(), bytes, arena, &found, &err) || !found.is_template)
        return;
    enum comity_status status = template_recipe(table(), &found, &source, &recipe, &err);
    must(status != COMITY_OK || recipe);
    must(status != COMITY_SYNTAX); /* what we write is a recipe */
    recipe_free(recipe);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct slice text = slice_of((const char *)data, size);
    paste(text, &arena);
    find(text, &arena);
    arena_release(&arena);
    return 0;
}
