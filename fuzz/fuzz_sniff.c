/* sniff_*.c, header_unit.c: a file of which nothing is known. The first byte chooses the pack. Must hold: no crash; the
 * draft is a recipe. */
#include "read/recipe.h"
#include "read/sniff.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct domain *pack(bool is_drugs)
{
    static struct domain *domains[2];
    struct comity_error err;
    const char *folder = is_drugs ? SOURCE_FOLDER "/domains/drugs" : SOURCE_FOLDER "/domains/people";
    if (!domains[is_drugs] &&
        domain_load(folder, is_drugs ? DATA_FOLDER "/gazetteer.bin" : NULL, &domains[is_drugs], &err))
        abort();
    return domains[is_drugs];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rows *rows;
    struct sniff sniff;
    struct recipe *recipe;
    struct comity_error err = {0};
    if (!size)
        return 0;
    const struct domain *domain = pack(data[0] & 1);
    if (rows_open_memory(slice_of((const char *)data + 1, size - 1), NULL, &rows, &err))
        return 0;
    if (!sniff_rows(rows, "fuzz.csv", domain, &sniff, &err)) {
        if (recipe_parse(sniff.recipe, "draft", domain, &recipe, &err)) {
            fprintf(stderr, "the draft is no recipe: %s\n%.*s\n", err.message, SLICE_ARG(sniff.recipe));
            abort();
        }
        recipe_free(recipe);
    }
    sniff_release(&sniff);
    rows_close(rows);
    return 0;
}
