/* What the readers of a pack's files share: opening, copying, and names that must be nobody else's. */
#include "domain/pack.h"

#include "base/array.h"
#include "text/distance.h"

#include <stdlib.h>

const cyaml_schema_value_t pack_string = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED)};

#define LABEL(code, number) PACK_OPTIONAL(code, struct pack_labels, text[number])
const cyaml_schema_field_t pack_label_fields[] = {
    PACK_STRING("en", struct pack_labels, text[LANGUAGE_EN]),
    LABEL("es", LANGUAGE_ES),
    LABEL("fr", LANGUAGE_FR),
    LABEL("pt", LANGUAGE_PT),
    LABEL("ru", LANGUAGE_RU),
    LABEL("ar", LANGUAGE_AR),
    LABEL("zh", LANGUAGE_ZH),
    CYAML_FIELD_END,
};

enum comity_status pack_open(struct pack_file *file, struct domain *domain, const char *name,
    const cyaml_schema_value_t *schema, struct comity_error *err)
{
    *file = (struct pack_file){.domain = domain, .err = err, .schema = schema};
    char *path = path_join(&domain->arena, domain->folder, name);
    if (!path)
        return error_nomem(err);
    enum comity_status status = file_map(&file->map, path, err);
    if (status != COMITY_OK)
        return status;
    file->yaml = (struct yaml_text){.where = path, .text = slice_of(file->map.ptr, file->map.len)};
    return yaml_load(&file->yaml, schema, &file->data, err);
}

void pack_release(struct pack_file *file)
{
    if (file->schema)
        yaml_release(file->schema, file->data);
    file_unmap(&file->map);
    *file = (struct pack_file){0};
}

bool pack_copy(struct domain *domain, const char *text, struct slice *out)
{
    *out = SLICE_EMPTY;
    if (!text || !*text)
        return true;
    *out = arena_copy(&domain->arena, slice_from(text));
    return out->ptr != NULL;
}

bool pack_copy_labels(struct domain *domain, const struct pack_labels *labels, struct slice out[N_LANGUAGES])
{
    for (int language = 0; language < N_LANGUAGES; language++)
        if (!pack_copy(domain, labels->text[language], &out[language]))
            return false;
    return true;
}

void pack_hint_near(struct comity_error *err, const struct intern *codes, const char *word)
{
    size_t best = SIZE_MAX;
    uint32_t nearest = INTERN_NONE;
    for (uint32_t id = 0; id < codes->count; id++)
        if (distance_is_nearer(slice_from(word), intern_text(codes, id), &best))
            nearest = id;
    if (nearest != INTERN_NONE)
        error_hint(err, "did you mean '%.*s'?", SLICE_ARG(intern_text(codes, nearest)));
}

void pack_names_init(struct pack_names *names, struct pack_file *file, const struct intern *codes, struct intern *out)
{
    *names = (struct pack_names){.file = file, .codes = codes, .names = out};
    buffer_init(&names->scratch, 1 << 16);
}

/* The line of a name of `owner`: the first behind the owner's code, which stands above its names. */
static uint32_t name_line(const struct pack_names *names, struct slice raw, uint32_t owner)
{
    const struct yaml_text *yaml = &names->file->yaml;
    uint32_t line = yaml_line(yaml, 1, "code", intern_text(names->codes, owner));
    uint32_t exact = yaml_line(yaml, line ? line : 1, NULL, raw);
    return exact ? exact : line;
}

static enum comity_status name_conflict(const struct pack_names *names, struct slice raw, uint32_t id, uint32_t owner)
{
    struct comity_error *err = names->file->err;
    uint32_t other = names->owner[id], first = name_line(names, names->raw[id], other);
    yaml_error(&names->file->yaml, name_line(names, raw, owner), err,
        "'%.*s' is a name of '%.*s' and also, on line %u, of '%.*s'", SLICE_ARG(raw),
        SLICE_ARG(intern_text(names->codes, owner)), first, SLICE_ARG(intern_text(names->codes, other)));
    error_hint(err, "take it from one of them");
    return COMITY_SYNTAX;
}

enum comity_status pack_names_add(struct pack_names *names, const char *name, uint32_t owner, bool is_label)
{
    struct comity_error *err = names->file->err;
    struct slice raw = slice_from(name);
    buffer_clear(&names->scratch);
    folding_apply(&names->file->domain->folding, raw, &names->scratch);
    if (buffer_status(&names->scratch) != COMITY_OK)
        return error_nomem(err);
    if (names->scratch.len == 0)
        return COMITY_OK;
    size_t before = names->names->count;
    if (!ARRAY_ROOM(names->owner, before, names->room, 1) || !ARRAY_ROOM(names->raw, before, names->room_raw, 1))
        return error_nomem(err);
    uint32_t id = intern_put(names->names, buffer_slice(&names->scratch));
    if (id == INTERN_NONE)
        return error_nomem(err);
    if (id < before)
        return names->owner[id] == owner || is_label ? COMITY_OK : name_conflict(names, raw, id, owner);
    names->owner[id] = owner;
    names->raw[id] = raw;
    return COMITY_OK;
}

enum comity_status pack_names_add_all(struct pack_names *names, char *const *list, unsigned n, uint32_t owner)
{
    enum comity_status status = COMITY_OK;
    for (unsigned i = 0; i < n && status == COMITY_OK; i++)
        status = pack_names_add(names, list[i], owner, false);
    return status;
}

enum comity_status pack_names_add_labels(
    struct pack_names *names, const struct pack_labels *labels, const char *code, uint32_t owner)
{
    enum comity_status status = pack_names_add(names, code, owner, true);
    for (int language = 0; language < N_LANGUAGES && status == COMITY_OK; language++)
        if (labels->text[language])
            status = pack_names_add(names, labels->text[language], owner, true);
    return status;
}

uint32_t *pack_names_take(struct pack_names *names, struct slice **written)
{
    size_t n = names->names->count;
    struct arena *arena = &names->file->domain->arena;
    uint32_t *owner = ARENA_ARRAY(arena, uint32_t, n);
    *written = ARENA_ARRAY(arena, struct slice, n);
    if (!owner || !*written)
        return NULL;
    if (n)
        memcpy(owner, names->owner, n * sizeof *owner);
    for (size_t i = 0; i < n; i++)
        if (!((*written)[i] = arena_copy(arena, names->raw[i])).ptr)
            return NULL;
    return owner;
}

void pack_names_release(struct pack_names *names)
{
    free(names->owner);
    free(names->raw);
    buffer_release(&names->scratch);
}
