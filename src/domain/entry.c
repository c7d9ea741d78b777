#include "domain/entry.h"

struct slice entry_text(const struct entry_content *content, struct slice key)
{
    for (size_t i = 0; i < content->n; i++)
        if (slice_equal(content->cells[i].key, key))
            return content->cells[i].text;
    return SLICE_EMPTY;
}
