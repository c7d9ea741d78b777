/* One pass over the distinct values finds the groups, one over the mentions counts them; the gazetteer is asked again
 * only for what is listed, and to tell an area that is called so from one that a name was put down to. */
#include "flow/names.h"

#include "base/array.h"
#include "base/error.h"
#include "base/hash.h"
#include "value/place.h"

#include <stdlib.h>

static const char *const doubt_texts[N_NAME_DOUBTS] = {"unknown", "coarse", "ambiguous", "approximate"};

const char *name_doubt_text(enum name_doubt doubt)
{
    return doubt_texts[doubt];
}

struct finding {
    const struct snapshot *snapshot;
    const struct value_spec *spec;
    const struct column *column;
    const struct unresolved_options *options;
    uint32_t source; /* UINT32_MAX: all */
    struct arena *arena;
    struct unresolved_name *names;
    size_t n, room;
    uint32_t *group_of; /* by code: 1 + index in names; 0: resolved */
    struct map groups;  /* hash → 1 + index */
    struct map counts;  /* index and source → mentions */
};

/* ---- what is unresolved ---------------------------------------------------------------------------------------- */

/* Whether the text alone, in its country, is a name of the very area that was read. */
static bool names_the_area(const struct finding *f, const struct value *value)
{
    struct place_candidate candidates[PLACE_CANDIDATES];
    struct value_input input = {.raw = value->text, .country = value->place.country};
    if (value->precision == PLACE_COUNTRY)
        return country_find(f->spec->countries, value->text, NULL) == value->place.country;
    if (value->place.subdivision != SUBDIVISION_NONE)
        input.subdivision = slice_from(subdivision_get(f->spec->gazetteer, value->place.subdivision)->code);
    for (int pass = 0; pass < 2; pass++) {
        input.names_subdivisions = pass > 0;
        size_t n = place_candidates(f->spec, &input, candidates);
        for (size_t i = 0; i < n; i++) {
            const struct value *other = &candidates[i].value;
            if (other->precision > PLACE_SETTLEMENT && other->precision < PLACE_COUNTRY && candidates[i].score >= 90 &&
                other->place.subdivision == value->place.subdivision && other->place.geonames == value->place.geonames)
                return true;
        }
        input.subdivision = SLICE_EMPTY;
    }
    return false;
}

static bool doubt_of(const struct finding *f, const struct value *value, enum name_doubt *doubt)
{
    if (value->state == VALUE_UNREAD) {
        *doubt = NAME_UNKNOWN;
        return true;
    }
    if (value->state != VALUE_TYPED || !value->text.len || (value->flags & VALUE_SETTLED) ||
        value->precision == PLACE_SEA)
        return false;
    if (value->precision > PLACE_SETTLEMENT) {
        *doubt = value->precision == PLACE_COUNTRY ? NAME_UNKNOWN : NAME_COARSE;
        return !names_the_area(f, value);
    }
    *doubt = value->flags & VALUE_AMBIGUOUS ? NAME_AMBIGUOUS : NAME_APPROXIMATE;
    return (value->flags & (VALUE_AMBIGUOUS | VALUE_APPROXIMATE)) != 0;
}

static struct slice country_code(const struct finding *f, const struct value *value)
{
    if (value->state != VALUE_TYPED || value->place.country == COUNTRY_NONE)
        return SLICE_EMPTY;
    return slice_from(country_get(f->spec->countries, value->place.country)->alpha2);
}

static struct slice subdivision_code(const struct finding *f, const struct value *value)
{
    if (value->state != VALUE_TYPED || value->place.subdivision == SUBDIVISION_NONE)
        return SLICE_EMPTY;
    return slice_from(subdivision_get(f->spec->gazetteer, value->place.subdivision)->code);
}

static enum comity_status add_group(struct finding *f, uint32_t code, enum name_doubt doubt)
{
    const struct value *value = &f->column->values[code];
    struct slice country = country_code(f, value), subdivision = subdivision_code(f, value);
    uint64_t hash =
        hash_u64(hash_slice(value->text) ^ hash_u64(hash_slice(subdivision) ^ hash_u64(hash_slice(country))));
    uint64_t *group = map_put(&f->groups, hash, NULL);
    if (!group)
        return COMITY_NOMEM;
    if (!*group) {
        if (!ARRAY_ROOM(f->names, f->n, f->room, 1))
            return COMITY_NOMEM;
        f->names[f->n++] = (struct unresolved_name){
            .doubt = doubt, .name = value->text, .country = country, .subdivision = subdivision, .reading = *value};
        *group = f->n;
    }
    f->group_of[code] = (uint32_t)*group;
    return COMITY_OK;
}

static bool is_of_country(const struct finding *f, const struct value *value)
{
    return !f->options->country.len || slice_equal_nocase(f->options->country, country_code(f, value));
}

static bool is_asked_for(const struct finding *f, const struct value *value, enum name_doubt doubt)
{
    return (!f->options->doubts || f->options->doubts & 1u << doubt) && is_of_country(f, value);
}

static enum comity_status find_groups(struct finding *f)
{
    enum comity_status status = COMITY_OK;
    f->group_of = calloc((size_t)f->column->n_values + 1, sizeof *f->group_of);
    if (!f->group_of)
        return COMITY_NOMEM;
    for (uint32_t code = 1; code < f->column->n_values && !status; code++) {
        enum name_doubt doubt;
        const struct value *value = &f->column->values[code];
        if (f->column->frequency[code] && doubt_of(f, value, &doubt) && is_asked_for(f, value, doubt))
            status = add_group(f, code, doubt);
    }
    return status;
}

/* ---- counting -------------------------------------------------------------------------------------------------- */

static enum comity_status count_mention(struct finding *f, size_t i, struct unresolved_list *out)
{
    const struct mentions *mentions = &f->snapshot->mentions;
    const struct value *value = &f->column->values[f->column->code[i]];
    if ((f->source != UINT32_MAX && mentions->source[i] != f->source) || !is_of_country(f, value))
        return COMITY_OK;
    if (value->text.len || (value->state == VALUE_TYPED && value->precision == PLACE_POINT)) {
        bool is_placed = value->state == VALUE_TYPED && value->precision <= PLACE_SETTLEMENT;
        out->n_mentions++;
        out->n_placed += is_placed;
        out->n_unplaced += !is_placed;
    }
    uint32_t group = f->group_of[f->column->code[i]];
    if (!group || !f->names)
        return COMITY_OK;
    struct unresolved_name *name = &f->names[group - 1];
    if (!name->n_mentions++) {
        name->example = mentions->id[i];
        name->example_index = i;
    }
    out->by_doubt[name->doubt]++;
    uint64_t *count = map_put(&f->counts, (uint64_t)group << 32 | mentions->source[i], NULL);
    if (!count)
        return COMITY_NOMEM;
    ++*count;
    return COMITY_OK;
}

static enum comity_status count(struct finding *f, struct unresolved_list *out)
{
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < f->snapshot->mentions.n && !status; i++)
        status = count_mention(f, i, out);
    return status;
}

/* The sources that say a name most often, at most NAME_SOURCES. */
static void find_sources(const struct finding *f, struct unresolved_name *name, uint32_t group)
{
    uint64_t counts[NAME_SOURCES] = {0};
    for (uint32_t s = 0; s < f->snapshot->mentions.n_sources; s++) {
        const uint64_t *n = map_get(&f->counts, (uint64_t)group << 32 | s);
        if (!n)
            continue;
        name->n_all_sources++;
        uint32_t at = name->n_sources < NAME_SOURCES ? name->n_sources++ : NAME_SOURCES;
        if (at == NAME_SOURCES && counts[NAME_SOURCES - 1] >= *n)
            continue;
        for (at = at == NAME_SOURCES ? NAME_SOURCES - 1 : at; at && counts[at - 1] < *n; at--) {
            counts[at] = counts[at - 1];
            name->sources[at] = name->sources[at - 1];
        }
        counts[at] = *n;
        name->sources[at] = s;
    }
}

static int by_mentions(const void *a, const void *b)
{
    const struct unresolved_name *x = a, *y = b;
    if (x->n_mentions != y->n_mentions)
        return x->n_mentions > y->n_mentions ? -1 : 1;
    int order = slice_compare(x->country, y->country);
    if (!order)
        order = slice_compare(x->name, y->name);
    return order ? order : slice_compare(x->subdivision, y->subdivision);
}

/* ---- suggestions ----------------------------------------------------------------------------------------------- */

static bool is_same_place(const struct value *a, const struct value *b)
{
    return a->precision == b->precision && a->place.geonames == b->place.geonames &&
           a->place.subdivision == b->place.subdivision;
}

static void suggest(const struct finding *f, struct unresolved_name *name)
{
    struct place_candidate candidates[PLACE_CANDIDATES];
    struct value_input input = {.raw = name->name, .country = name->reading.place.country};
    if (name->reading.state != VALUE_TYPED)
        input.country = COUNTRY_NONE;
    size_t n = place_candidates(f->spec, &input, candidates);
    for (size_t i = 0; i < n && name->n_suggestions < NAME_SUGGESTIONS; i++) {
        const struct value *value = &candidates[i].value;
        if (value->precision <= PLACE_DISTRICT && value->place.geonames && !is_same_place(value, &name->reading))
            name->suggestions[name->n_suggestions++] = *value;
    }
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

static enum comity_status deliver(struct finding *f, struct unresolved_list *out)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < f->n; i++)
        if (f->names[i].n_mentions)
            find_sources(f, &f->names[i], i + 1);
    for (uint32_t i = 0; i < f->n; i++)
        if (f->names[i].n_mentions)
            f->names[n++] = f->names[i];
    if (n)
        qsort(f->names, n, sizeof *f->names, by_mentions);
    out->n_all = n;
    out->n = f->options->most && f->options->most < n ? f->options->most : n;
    out->names = ARENA_ARRAY(f->arena, struct unresolved_name, out->n + 1);
    if (!out->names)
        return COMITY_NOMEM;
    for (size_t i = 0; i < out->n; i++) {
        suggest(f, &f->names[i]);
        out->names[i] = f->names[i];
    }
    return COMITY_OK;
}

static enum comity_status find_source(struct finding *f, struct comity_error *err)
{
    const struct mentions *mentions = &f->snapshot->mentions;
    f->source = UINT32_MAX;
    for (uint32_t s = 0; s < mentions->n_sources && f->options->source.len; s++)
        if (slice_equal(mentions->sources[s].code, f->options->source))
            f->source = s;
    if (f->options->source.len && f->source == UINT32_MAX) {
        error_set(err, COMITY_NOTFOUND, "there is no source '%.*s'", SLICE_ARG(f->options->source));
        error_hint(err, "`comity sources` lists them");
        return COMITY_NOTFOUND;
    }
    return COMITY_OK;
}

enum comity_status names_unresolved(const struct snapshot *snapshot, const struct domain *domain,
    const struct reader *reader, const struct unresolved_options *options, struct arena *arena,
    struct unresolved_list *out, struct comity_error *err)
{
    reader_sees_all(reader);
    *out = (struct unresolved_list){0};
    if (domain->where < 0 || !domain->fields[domain->where].spec.gazetteer)
        return COMITY_OK;
    struct finding f = {.snapshot = snapshot,
        .spec = &domain->fields[domain->where].spec,
        .column = &snapshot->mentions.columns[domain->where],
        .options = options,
        .arena = arena};
    enum comity_status status = find_source(&f, err);
    if (!status && (find_groups(&f) || count(&f, out) || deliver(&f, out)))
        status = error_nomem(err);
    free(f.names);
    free(f.group_of);
    map_release(&f.groups);
    map_release(&f.counts);
    return status;
}

/* ---- settling --------------------------------------------------------------------------------------------------- */

static enum comity_status check_source(
    const struct desk *desk, struct slice code, const struct reader *who, struct comity_error *err)
{
    struct arena arena = {0};
    struct source_row *rows = NULL;
    size_t n = 0;
    bool is_known = !code.len;
    enum comity_status status = is_known ? COMITY_OK : store_sources(desk->store, who, &arena, &rows, &n, err);
    for (size_t i = 0; i < n && !is_known; i++)
        is_known = slice_equal(rows[i].info.code, code);
    if (!status && !is_known) {
        status = error_set(err, COMITY_NOTFOUND, "there is no source '%.*s'", SLICE_ARG(code));
        error_hint(err, "`comity sources` lists them; leave it out to settle the name for all");
    }
    arena_release(&arena);
    return status;
}

static enum comity_status check_name(const struct desk *desk, const struct value_spec *spec,
    const struct settled_name *name, const struct reader *who, struct comity_error *err)
{
    struct value value;
    if (!name->name.len)
        return error_set(err, COMITY_USAGE, "the name is empty");
    if (name->country.len && country_by_alpha2(spec->countries, name->country) == COUNTRY_NONE)
        return error_set(err, COMITY_NOTFOUND, "there is no country '%.*s'", SLICE_ARG(name->country));
    if (name->subdivision.len && subdivision_by_code(spec->gazetteer, name->subdivision) == SUBDIVISION_NONE)
        return error_set(err, COMITY_NOTFOUND, "there is no subdivision '%.*s'", SLICE_ARG(name->subdivision));
    enum comity_status status = check_source(desk, name->source, who, err);
    return status ? status : settled_value(spec, name, &value, err);
}

enum comity_status desk_settle_names(struct desk *desk, const struct settled_name *names, size_t n,
    const struct reader *who, size_t *n_added, uint64_t *last, struct comity_error *err)
{
    struct arena arena = {0};
    const struct domain *domain = desk->domain;
    *n_added = 0;
    *last = 0;
    if (domain->where < 0 || !domain->fields[domain->where].spec.gazetteer)
        return error_set(err, COMITY_UNSUPPORTED, "the domain '%.*s' has no places", SLICE_ARG(domain->id));
    struct settled_name *folded = ARENA_ARRAY(&arena, struct settled_name, n + 1);
    enum comity_status status = folded ? COMITY_OK : error_nomem(err);
    for (size_t i = 0; i < n && !status; i++) {
        folded[i] = names[i];
        status = settled_fold(names[i].name, &arena, &folded[i].name) ? error_nomem(err) : COMITY_OK;
        if (!status)
            status = check_name(desk, &domain->fields[domain->where].spec, &folded[i], who, err);
    }
    if (!status)
        status = store_settle_names(desk->store, folded, n, who, n_added, last, err);
    arena_release(&arena);
    return status;
}

/* ---- as text ------------------------------------------------------------------------------------------------------
 */

void names_write(const struct settled_name *names, size_t n, struct buffer *out)
{
    buffer_add_string(out, "# Names of places that people settled. source (empty: all)\tcountry\tsubdivision (empty: "
                           "any)\tname\tplace\twhy\n");
    for (size_t i = 0; i < n; i++) {
        const struct slice cells[] = {
            names[i].source, names[i].country, names[i].subdivision, names[i].name, names[i].place, names[i].why};
        if (names[i].is_undone)
            continue;
        for (size_t c = 0; c < sizeof cells / sizeof *cells; c++) {
            for (size_t b = 0; b < cells[c].len; b++)
                buffer_add_byte(out, strchr("\t\r\n", cells[c].ptr[b]) ? ' ' : cells[c].ptr[b]);
            buffer_add_byte(out, c + 1 < sizeof cells / sizeof *cells ? '\t' : '\n');
        }
    }
}

enum comity_status names_read(struct slice text, const char *path, struct arena *arena, struct settled_name **out,
    size_t *n, struct comity_error *err)
{
    size_t lines = 1;
    *n = 0;
    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    *out = ARENA_ARRAY(arena, struct settled_name, lines);
    if (!*out)
        return error_nomem(err);
    for (unsigned number = 1; text.len; number++) {
        struct slice line = slice_cut(&text, '\n');
        if (!slice_trim(line).len || line.ptr[0] == '#')
            continue;
        struct settled_name *name = &(*out)[*n];
        *name = (struct settled_name){0};
        struct slice *const cells[] = {
            &name->source, &name->country, &name->subdivision, &name->name, &name->place, &name->why};
        for (size_t c = 0; c < sizeof cells / sizeof *cells; c++)
            *cells[c] = slice_trim(slice_cut(&line, '\t'));
        if (!name->name.len || !name->place.len) {
            error_set(err, COMITY_INPUT, "line %u of '%s' has no %s", number, path, name->name.len ? "place" : "name");
            error_hint(err, "source, country, subdivision, name, place and why, parted by tabs, as `comity names "
                            "export` writes them");
            return COMITY_INPUT;
        }
        ++*n;
    }
    return COMITY_OK;
}
