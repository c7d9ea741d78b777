/* A flat list; names first, then the code as it stands. */
#include "value/category.h"

#include "value/parse.h"

static enum comity_status find(const struct category_table *table, struct slice name, uint32_t *category)
{
    uint32_t id;
    enum comity_status status = folded_lookup(table->folding, &table->names, name, &id);
    *category = id != INTERN_NONE ? table->name_category[id] : intern_get(&table->codes, slice_trim(name));
    return status;
}

uint32_t category_find(const struct category_table *table, struct slice name)
{
    uint32_t category;
    return find(table, name, &category) == COMITY_OK ? category : UINT32_MAX;
}

struct slice category_label(const struct category_table *table, uint32_t id, int language)
{
    const struct slice *labels = table->labels[id];
    if (language >= 0 && language < N_LANGUAGES && labels[language].len)
        return labels[language];
    return labels[LANGUAGE_EN].len ? labels[LANGUAGE_EN] : intern_text(&table->codes, id);
}

enum comity_status category_parse(
    const struct value_spec *spec, const struct value_input *input, struct arena *arena, struct value *out)
{
    uint32_t id;
    if (find(spec->categories, input->raw, &id) != COMITY_OK)
        return COMITY_NOMEM;
    if (id == UINT32_MAX)
        return value_unread(VALUE_CATEGORY, input->raw, arena, out);
    *out = (struct value){.type = VALUE_CATEGORY, .state = VALUE_TYPED, .confidence = 100, .category = {id}};
    return COMITY_OK;
}
