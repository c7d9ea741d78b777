/* See entry.h. */
#include "flow/entry.h"

#include "base/calendar.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- contents --------------------------------------------------------------------------------------------------- */

void entry_content_write(const struct entry_content *content, struct buffer *out)
{
    const char *separator = "{";
    for (size_t i = 0; i < content->n; i++) {
        if (!content->cells[i].text.len)
            continue;
        buffer_add_string(out, separator);
        json_text(out, content->cells[i].key);
        buffer_add_byte(out, ':');
        json_text(out, content->cells[i].text);
        separator = ",";
    }
    buffer_add_string(out, *separator == '{' ? "{}" : "}");
}

static enum comity_status copy_cells(json_t *object, struct arena *arena, struct entry_content *out)
{
    const char *key;
    json_t *text;
    out->cells = ARENA_ARRAY(arena, struct entry_cell, json_object_size(object) + 1);
    if (!out->cells)
        return COMITY_NOMEM;
    json_object_foreach(object, key, text)
    {
        struct entry_cell *cell = &out->cells[out->n++];
        if (!json_is_string(text))
            return COMITY_CORRUPT;
        cell->key = arena_copy(arena, slice_from(key));
        cell->text = arena_copy(arena, slice_of(json_string_value(text), json_string_length(text)));
        if (!cell->key.ptr || !cell->text.ptr)
            return COMITY_NOMEM;
    }
    return COMITY_OK;
}

enum comity_status entry_content_parse(
    struct slice json, struct arena *arena, struct entry_content *out, struct comity_error *err)
{
    *out = (struct entry_content){0};
    errno = 0;
    json_t *object = json.len ? json_loadb(json.ptr, json.len, JSON_REJECT_DUPLICATES, NULL) : NULL;
    enum comity_status status = json_is_object(object) ? copy_cells(object, arena, out) : COMITY_CORRUPT;
    if (!object && errno == ENOMEM) /* Jansson itself does not always tell the two apart */
        status = COMITY_NOMEM;
    json_decref(object);
    if (status == COMITY_NOMEM)
        return error_nomem(err);
    return status ? error_set(err, status, "the content of an entry is damaged") : COMITY_OK;
}

static struct slice without_suffix(struct slice key, const char *suffix)
{
    size_t len = strlen(suffix);
    return slice_ends_with(key, slice_from(suffix)) ? slice_of(key.ptr, key.len - len) : SLICE_EMPTY;
}

/* Digits without a zero before them; 0: it is no such number. */
static uint64_t read_number(struct slice text)
{
    uint64_t number = 0;
    if (!text.len || text.len > 18 || text.ptr[0] == '0')
        return 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return 0;
        number = number * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return number;
}

bool entry_alike(struct slice key, unsigned *line, uint64_t *mention)
{
    if (!slice_starts_with(key, SLICE(ENTRY_ALIKE)))
        return false;
    struct slice rest = slice_of(key.ptr + strlen(ENTRY_ALIKE), key.len - strlen(ENTRY_ALIKE));
    uint64_t number = read_number(slice_cut(&rest, '.'));
    *line = number <= FORM_MOST_LINES ? (unsigned)number : 0;
    *mention = read_number(rest);
    return *line && *mention;
}

bool entry_knows(const struct form *form, struct slice key)
{
    static const char *const suffixes[] = {ENTRY_SUBDIVISION, ENTRY_LATITUDE, ENTRY_LONGITUDE};
    struct form_place place;
    unsigned line;
    uint64_t mention;
    if (form_find(form, key, &place) || entry_alike(key, &line, &mention))
        return true;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (form_find(form, without_suffix(key, suffixes[i]), &place))
            return place.input->field->spec.type == VALUE_PLACE;
    return false;
}

static struct slice text_at(const struct entry_content *content, const struct form_place *place, const char *suffix)
{
    char key[FORM_KEY + 16];
    form_key(place, key);
    size_t len = strlen(key);
    snprintf(key + len, sizeof key - len, "%s", suffix);
    return slice_trim(entry_text(content, slice_from(key)));
}

static bool says_line(const struct entry_content *content, const struct form_section *section, unsigned line)
{
    for (size_t i = 0; i < section->n_inputs; i++)
        if (text_at(content, &(struct form_place){section, &section->inputs[i], line}, "").len)
            return true;
    return false;
}

unsigned entry_lines(const struct entry_content *content, const struct form_section *section)
{
    unsigned last = 0;
    for (unsigned line = 1; line <= section->most; line++)
        if (says_line(content, section, line))
            last = line;
    return last;
}

void entry_part_key(uint64_t entry, unsigned line, char key[ENTRY_PART_KEY])
{
    snprintf(key, ENTRY_PART_KEY, "e%" PRIu64 ".%u", entry, line);
}

void entry_source_code(struct slice unit, char code[64])
{
    size_t at = (size_t)snprintf(code, 64, "desk");
    if (!unit.len)
        return;
    code[at++] = '-';
    for (size_t i = 0; i < unit.len && at < 30; i++) {
        char c = unit.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (c >= 'A' && c <= 'Z')
            code[at++] = (char)(c - 'A' + 'a');
        else if (is_letter || code[at - 1] != '-')
            code[at++] = is_letter ? c : '-';
    }
    /* Units that are written alike, or in another script, must not become one. */
    snprintf(code + at, 64 - at, "%s%06" PRIx64, code[at - 1] == '-' ? "" : "-", hash_slice(unit) & 0xFFFFFF);
}

enum { EARLIEST_ZONE_S = 14 * 3600 };

/* ---- reading ---------------------------------------------------------------------------------------------------- */

struct entry_reader {
    const struct entry_asking *asking;
    const struct domain *domain;
    const struct form *form;
    struct arena *arena;
    struct entry_reading *out;
    size_t room;
    struct value *once; /* by field: what is said once for the case */
    uint16_t country;
    struct comity_error *err;
};

static enum comity_status find(struct entry_reader *r, const struct form_place *place, enum finding_kind kind,
    const struct value *value, const char *message)
{
    struct entry_finding *finding = &r->out->findings[r->out->n_findings++];
    struct buffer text;
    *finding = (struct entry_finding){.place = *place, .kind = kind, .message = message};
    r->out->n_open += kind >= FINDING_MISSING;
    if (!value || value->state != VALUE_TYPED)
        return COMITY_OK;
    buffer_init(&text, ENTRY_MOST_TEXT * 8);
    value_format(&place->input->field->spec, value, r->asking->language, &text);
    finding->text = arena_copy(r->arena, buffer_slice(&text));
    buffer_release(&text);
    return finding->text.ptr ? COMITY_OK : error_nomem(r->err);
}

static bool lies_ahead(const struct entry_reader *r, const struct form_place *place, const struct value *value)
{
    /* East of Greenwich the day begins up to fourteen hours earlier. */
    return place->input->field->spec.type == VALUE_DATE &&
           value->date.first > day_of_instant(r->asking->now + EARLIEST_ZONE_S);
}

static const char *const not_understood[VALUE_N_TYPES] = {
    [VALUE_DATE] = TELL("This is no date. Write it as 2026-03-17, 17/03/2026, 2026-03 or 2026."),
    [VALUE_QUANTITY] = TELL("This is no amount. Write a number and its unit: 12.5 kg, 300 tablets."),
    [VALUE_CONCEPT] = TELL("This is not in the list. Choose the nearest, and write the exact name in the remarks."),
    [VALUE_CATEGORY] = TELL("This is not in the list."),
    [VALUE_COUNTRY] = TELL("This is no country that we know."),
    [VALUE_PLACE] = TELL("No such place is known here. Check the spelling, or set the point by its coordinates."),
    [VALUE_COUNT] = TELL("This is no whole number."),
};

static enum comity_status tell_value(struct entry_reader *r, const struct form_place *place, const struct value *value)
{
    enum value_type type = place->input->field->spec.type;
    if (value->state == VALUE_UNREAD) {
        /* A place that nobody knows is kept by its name, as it is when a file says it. */
        enum finding_kind kind = type == VALUE_PLACE ? FINDING_DOUBT : FINDING_FAULT;
        return find(
            r, place, kind, NULL, not_understood[type] ? not_understood[type] : TELL("This is not understood."));
    }
    if (value->state != VALUE_TYPED)
        return place->input->is_required ? find(r, place, FINDING_MISSING, NULL, TELL("This is needed.")) : COMITY_OK;
    if (lies_ahead(r, place, value))
        return find(r, place, FINDING_FAULT, value, TELL("This day is still to come."));
    if (value->flags & VALUE_IMPLAUSIBLE)
        return find(r, place, FINDING_DOUBT, value, TELL("That is unusually much. Is the unit right?"));
    if (value->flags & VALUE_AMBIGUOUS)
        return find(
            r, place, FINDING_DOUBT, value, TELL("This can be read in more than one way. Is this what you mean?"));
    return find(r, place, FINDING_UNDERSTOOD, value, NULL);
}

static bool is_same_place(const struct value *a, const struct value *b)
{
    return a->precision == b->precision && a->place.country == b->place.country &&
           a->place.subdivision == b->place.subdivision && a->place.geonames == b->place.geonames;
}

/* What else the name may mean: who reads it sees which to write, or that a province is missing. */
static enum comity_status tell_others(
    struct entry_reader *r, const struct value_spec *spec, const struct value_input *input, const struct value *value)
{
    struct place_candidate candidates[PLACE_CANDIDATES];
    struct entry_finding *finding = &r->out->findings[r->out->n_findings - 1];
    size_t n = input->raw.len ? place_candidates(spec, input, candidates) : 0;
    struct buffer text;
    buffer_init(&text, 1 << 16);
    for (size_t i = 0; i < n; i++) {
        if (value->state == VALUE_TYPED && is_same_place(&candidates[i].value, value))
            continue;
        buffer_add_string(&text, text.len ? "; " : "");
        value_format(spec, &candidates[i].value, r->asking->language, &text);
    }
    finding->others = text.len ? arena_copy(r->arena, buffer_slice(&text)) : SLICE_EMPTY;
    bool is_good = !text.failed && (!text.len || finding->others.ptr);
    buffer_release(&text);
    return is_good ? COMITY_OK : error_nomem(r->err);
}

static enum comity_status read_value(struct entry_reader *r, const struct form_place *place, struct value *value)
{
    const struct entry_content *content = r->asking->content;
    const struct value_spec *spec = &place->input->field->spec;
    struct value_input input = {.raw = text_at(content, place, ""), .unit = place->input->unit, .country = r->country};
    if (spec->type == VALUE_PLACE) {
        input.subdivision = text_at(content, place, ENTRY_SUBDIVISION);
        input.latitude = text_at(content, place, ENTRY_LATITUDE);
        input.longitude = text_at(content, place, ENTRY_LONGITUDE);
    }
    *value = (struct value){.type = (uint8_t)spec->type};
    bool is_said = input.raw.len || input.subdivision.len || input.latitude.len || input.longitude.len;
    enum comity_status status = is_said ? value_parse(spec, &input, r->arena, value) : COMITY_OK;
    if (status)
        return error_nomem(r->err);
    size_t before = r->out->n_findings;
    status = tell_value(r, place, value);
    return status || spec->type != VALUE_PLACE || before == r->out->n_findings ? status
                                                                               : tell_others(r, spec, &input, value);
}

static enum comity_status read_inputs(
    struct entry_reader *r, const struct form_section *section, unsigned line, struct value *values, struct value *own)
{
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; !status && i < section->n_inputs; i++) {
        const struct form_input *input = &section->inputs[i];
        struct value value;
        status = read_value(r, &(struct form_place){section, input, line}, &value);
        if (status)
            break;
        if (input->index >= 0)
            values[input->index] = value;
        else if (own) /* the form's own stand in sections that are told */
            own[i] = value;
    }
    return status;
}

static enum comity_status read_part(struct entry_reader *r, unsigned line)
{
    struct entry_part *part = &r->out->parts[r->out->n_parts];
    part->line = line;
    part->values = ARENA_ARRAY(r->arena, struct value, r->domain->n_fields + 1);
    if (!part->values)
        return error_nomem(r->err);
    r->out->n_parts++;
    return read_inputs(r, r->form->parts, line, part->values, NULL);
}

/* The first line is asked for where nothing is said at all, so that it is told what is missing. */
static enum comity_status read_parts(struct entry_reader *r)
{
    const struct form_section *section = r->form->parts;
    bool has_any = entry_lines(r->asking->content, section) > 0;
    enum comity_status status = COMITY_OK;
    r->out->parts = ARENA_ARRAY(r->arena, struct entry_part, section->most + 1);
    if (!r->out->parts)
        return error_nomem(r->err);
    for (unsigned line = 1; !status && line <= section->most; line++)
        if (says_line(r->asking->content, section, line) || (line == 1 && !has_any))
            status = read_part(r, line);
    return status;
}

/* "2 × Male, 25 to 39, Colombia": in English, since it is stored. */
static void tell_line(const struct form_section *section, const struct value *own, struct buffer *text)
{
    const char *separator = text->len ? "; " : "";
    for (size_t i = 0; i < section->n_inputs; i++) {
        if (own[i].state != VALUE_TYPED)
            continue;
        buffer_add_string(text, separator);
        value_format(&section->inputs[i].field->spec, &own[i], "en", text);
        separator = own[i].type == VALUE_COUNT ? " × " : ", ";
    }
}

static int64_t count_line(const struct form_section *section, const struct value *own)
{
    for (size_t i = 0; i < section->n_inputs; i++)
        if (own[i].type == VALUE_COUNT && own[i].state == VALUE_TYPED)
            return own[i].count.number;
    return 0;
}

static enum comity_status read_told(struct entry_reader *r, const struct form_section *section)
{
    struct value own[FORM_MOST_INPUTS] = {{0}};
    struct buffer text;
    int64_t count = 0;
    bool is_told = false;
    enum comity_status status = COMITY_OK;
    buffer_init(&text, ENTRY_MOST_TEXT);
    for (unsigned line = 1; !status && line <= section->most; line++) {
        if (!says_line(r->asking->content, section, line))
            continue;
        memset(own, 0, sizeof own);
        status = read_inputs(r, section, line, r->once, own);
        count += count_line(section, own);
        tell_line(section, own, &text);
        is_told = true;
    }
    if (!status && is_told && section->count >= 0)
        r->once[section->count] =
            (struct value){.type = VALUE_COUNT, .state = VALUE_TYPED, .confidence = 100, .count = {count}};
    if (!status && is_told && section->text >= 0) {
        struct value_input input = {.raw = buffer_slice(&text)};
        status = value_parse(&r->domain->fields[section->text].spec, &input, r->arena, &r->once[section->text]);
    }
    if (buffer_status(&text) == COMITY_NOMEM)
        status = error_nomem(r->err);
    buffer_release(&text);
    return status;
}

/* The country first: it says where a place is looked for. What was found of it is told in its turn. */
static enum comity_status read_country(struct entry_reader *r)
{
    struct value value = {0};
    size_t n = r->out->n_findings, n_open = r->out->n_open;
    enum comity_status status = COMITY_OK;
    for (size_t s = 0; !status && s < r->form->n_sections; s++) {
        const struct form_section *section = &r->form->sections[s];
        for (size_t i = 0; !status && section->lines == FORM_ONCE && i < section->n_inputs; i++)
            if (section->inputs[i].index >= 0 && section->inputs[i].index == r->domain->country)
                status = read_value(r, &(struct form_place){section, &section->inputs[i], 0}, &value);
    }
    r->out->n_findings = n;
    r->out->n_open = n_open;
    if (!status && value.state == VALUE_TYPED)
        r->country = value.country.id;
    return status;
}

/* What is said once is said of every part. */
static void spread_once(struct entry_reader *r)
{
    for (size_t i = 0; i < r->out->n_parts; i++)
        for (size_t f = 0; f < r->domain->n_fields; f++)
            if (r->once[f].state != VALUE_ABSENT)
                r->out->parts[i].values[f] = r->once[f];
}

/* Fields that are absent still are of their type. */
static void type_fields(const struct domain *domain, struct value *values)
{
    for (size_t f = 0; f < domain->n_fields; f++)
        values[f].type = (uint8_t)domain->fields[f].spec.type;
}

static enum comity_status make_room(struct entry_reader *r)
{
    size_t room = 1;
    for (size_t s = 0; s < r->form->n_sections; s++)
        room += r->form->sections[s].n_inputs * (r->form->sections[s].most + 1);
    r->out->findings = ARENA_ARRAY(r->arena, struct entry_finding, room);
    r->once = ARENA_ARRAY(r->arena, struct value, r->domain->n_fields + 1);
    return r->out->findings && r->once ? COMITY_OK : error_nomem(r->err);
}

enum comity_status entry_read(
    const struct entry_asking *asking, struct arena *arena, struct entry_reading *out, struct comity_error *err)
{
    struct entry_reader r = {.asking = asking,
        .domain = asking->domain,
        .form = asking->domain->form,
        .arena = arena,
        .out = out,
        .country = COUNTRY_NONE,
        .err = err};
    *out = (struct entry_reading){0};
    enum comity_status status = make_room(&r);
    if (!status)
        status = read_country(&r);
    for (size_t s = 0; !status && s < r.form->n_sections; s++) {
        const struct form_section *section = &r.form->sections[s];
        if (section->lines == FORM_PARTS)
            status = read_parts(&r);
        else if (section->lines == FORM_TOLD)
            status = read_told(&r, section);
        else
            status = read_inputs(&r, section, 0, r.once, NULL);
    }
    if (status)
        return status;
    spread_once(&r);
    for (size_t i = 0; i < out->n_parts; i++)
        type_fields(r.domain, out->parts[i].values);
    return COMITY_OK;
}

const struct entry_finding *entry_finding_at(const struct entry_reading *reading, const struct form_place *place)
{
    for (size_t i = 0; i < reading->n_findings; i++) {
        const struct form_place *at = &reading->findings[i].place;
        if (at->input == place->input && at->line == place->line)
            return &reading->findings[i];
    }
    return NULL;
}

/* ---- titles ----------------------------------------------------------------------------------------------------- */

static void add_to_title(
    struct buffer *title, const struct entry_asking *asking, const struct value *values, int field, const char *before)
{
    if (field < 0 || values[field].state != VALUE_TYPED)
        return;
    buffer_add_string(title, title->len ? before : "");
    value_format(&asking->domain->fields[field].spec, &values[field], asking->language, title);
}

/* Cut where a character ends. */
static struct slice cut(struct slice text, size_t most)
{
    if (text.len <= most)
        return text;
    while (most && ((unsigned char)text.ptr[most] & 0xC0) == 0x80)
        most--;
    return slice_of(text.ptr, most);
}

struct slice entry_title(const struct entry_asking *asking, const struct entry_reading *reading, struct arena *arena)
{
    const struct domain *domain = asking->domain;
    struct buffer title;
    buffer_init(&title, 1 << 16);
    if (reading->n_parts) {
        const struct value *values = reading->parts[0].values;
        add_to_title(&title, asking, values, domain->case_id, "");
        add_to_title(&title, asking, values, domain->when, " · ");
        add_to_title(&title, asking, values, domain->where, " · ");
        add_to_title(&title, asking, values, domain->what, " · ");
        add_to_title(&title, asking, values, domain->how_much, " ");
        if (reading->n_parts > 1)
            buffer_format(&title, " +%zu", reading->n_parts - 1);
    }
    struct slice text = arena_copy(arena, cut(buffer_slice(&title), ENTRY_TITLE));
    buffer_release(&title);
    return text.ptr ? text : SLICE_EMPTY;
}
