/* What a source writes of a telling: names in its language, its own unit, its own form of dates. */
#include "simulate/scribe.h"

#include "base/calendar.h"

#include <stdio.h>
#include <string.h>

void scribe_init(struct scribe *scribe, const struct world *world)
{
    scribe->world = world;
    buffer_init(&scribe->text, 1 << 16);
    buffer_init(&scribe->story, 1 << 16);
}

void scribe_release(struct scribe *scribe)
{
    buffer_release(&scribe->text);
    buffer_release(&scribe->story);
}

struct sink_style scribe_style(const struct profile_source *source)
{
    return (struct sink_style){source->delimiter ? source->delimiter[0] : ',', source->has_decimal_comma};
}

void scribe_header(struct sink *sink, const struct profile_source *source)
{
    for (unsigned c = 0; c < source->columns_count; c++)
        sink_text(sink, slice_from(source->columns[c].header));
    sink_end_row(sink);
}

void scribe_number(char text[NUMBER_TEXT], const struct profile_source *source, char kind, uint64_t number)
{
    snprintf(text, NUMBER_TEXT, "%.1s%c%07llu", source->code + 4, kind, (unsigned long long)number);
}

static struct slice capitals(struct scribe *scribe, const struct profile_source *source, struct slice text)
{
    if (!source->is_upper_case)
        return text;
    buffer_clear(&scribe->text);
    /* Only ASCII letters and the Latin-1 letters of UTF-8 (U+00E0 … U+00FE), which is what names of the profile's
     * countries need; "ÿ" and "÷" have no capital there. */
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i], before = i ? (unsigned char)text.ptr[i - 1] : 0;
        bool is_latin = before == 0xC3 && c >= 0xA0 && c <= 0xBE && c != 0xB7;
        if (c >= 'a' && c <= 'z')
            c = (unsigned char)(c - 'a' + 'A');
        else if (is_latin)
            c = (unsigned char)(c - 0x20);
        buffer_add_byte(&scribe->text, (char)c);
    }
    return buffer_slice(&scribe->text);
}

static void write_day(struct sink *sink, const struct profile_source *source, int32_t day)
{
    const char *form = source->date_form;
    struct civil civil = civil_from_day(day);
    char text[128];
    int len;
    if (strcmp(form, "cell") == 0 || strcmp(form, "ymd") == 0) {
        sink_day(sink, day);
        return;
    }
    if (strcmp(form, "d.m.y") == 0)
        len = snprintf(text, sizeof text, "%02u.%02u.%04d", civil.day, civil.month, civil.year);
    else if (strcmp(form, "long") == 0)
        len = snprintf(text, sizeof text, "%u %.60s %04d", civil.day, source->months[civil.month - 1], civil.year);
    else if (strcmp(form, "mdy") == 0)
        len = snprintf(text, sizeof text, "%02u/%02u/%04d", civil.month, civil.day, civil.year);
    else
        len = snprintf(text, sizeof text, "%02u/%02u/%04d", civil.day, civil.month, civil.year);
    sink_text(sink, slice_of(text, (size_t)len));
}

static struct slice attribute_text(const struct world *world, const struct event *event, int field_id, int language)
{
    for (unsigned i = 0; i < world->profile->attributes_count; i++) {
        if (world->profile->attributes[i].field_id != field_id)
            continue;
        const struct value_spec *spec = &world->domain->fields[field_id].spec;
        return spec->type == VALUE_COUNTRY ? country_label(spec->countries, event->attributes[i], language)
                                           : category_label(spec->categories, event->attributes[i], language);
    }
    return SLICE_EMPTY;
}

static struct slice concept_text(const struct world *world, const struct event *event, int language)
{
    return concept_label(world->domain->fields[world->domain->what].spec.concepts,
        world->profile->concepts[event->concept].concept_id, language);
}

/* What stands only in the lists of the United Nations: it follows from the country. */
static struct slice country_fact(const struct world *world, uint16_t country, const char *what)
{
    if (strcmp(what, "alpha3") == 0)
        return slice_from(country_get(world->domain->countries, country)->alpha3);
    for (unsigned i = 0; i < world->profile->countries_count; i++) {
        const struct profile_country *line = &world->profile->countries[i];
        if (line->id == country && strcmp(what, "region") == 0)
            return slice_from(line->region);
        if (line->id == country && strcmp(what, "subregion") == 0)
            return slice_from(line->subregion);
    }
    return SLICE_EMPTY;
}

/* The cells of names: what the source calls the country, the town, the substance … */
static struct slice name_cell(const struct world *world, const struct profile_source *source,
    const struct profile_column *column, const struct event *event)
{
    const struct domain *domain = world->domain;
    const struct town *town = &world->towns[event->town];
    int language = source->language_number;
    if (strcmp(column->what, "country") == 0)
        return country_label(domain->countries, town->country, language);
    if (strcmp(column->what, "subdivision") == 0)
        return subdivision_label(domain->gazetteer, town->subdivision, language);
    if (strcmp(column->what, "place") == 0)
        return settlement_label(domain->gazetteer, town->geonames, language);
    if (strcmp(column->what, "concept") == 0)
        return concept_text(world, event, language);
    if (column->field_id < 0)
        return country_fact(world, town->country, column->what);
    return attribute_text(world, event, column->field_id, language);
}

/* "about 350 kg": the number, behind the source's word for what is not exact, and the unit. */
static struct slice amount_text(
    struct scribe *scribe, const struct profile_source *source, double amount, const struct profile_unit *unit)
{
    char number[64];
    size_t len = sink_number_text(number, sizeof number, amount, unit->decimals, source->has_decimal_comma);
    buffer_clear(&scribe->text);
    if (source->about)
        buffer_format(&scribe->text, "%s ", source->about);
    buffer_add(&scribe->text, number, len);
    buffer_format(&scribe->text, " %s", unit->text);
    return buffer_slice(&scribe->text);
}

/* ---- stories ----------------------------------------------------------------------------------------------------- */

struct story {
    struct scribe *scribe;
    const struct profile_source *source;
    const struct event *event;
    const struct telling *telling;
    const struct profile_unit *unit;
};

static bool is_told(const struct story *story, const char *what)
{
    for (unsigned c = 0; c < story->source->columns_count && c < 32; c++) {
        const char *other = story->source->columns[c].what;
        bool is_same = strcmp(other, what) == 0 || (strcmp(what, "amount") == 0 && strcmp(other, "amount_unit") == 0);
        if (is_same && story->telling->nulls >> c & 1)
            return false;
    }
    return true;
}

static bool add_word(struct story *story, struct slice word)
{
    char what[32];
    snprintf(what, sizeof what, "%.*s", (int)word.len, word.ptr);
    if (!is_told(story, what))
        return false;
    struct profile_column column = {
        .what = what, .field_id = domain_field(story->scribe->world->domain, slice_from(what))};
    struct slice text = strcmp(what, "amount") == 0
                            ? amount_text(story->scribe, story->source, story->telling->amount, story->unit)
                            : name_cell(story->scribe->world, story->source, &column, story->event);
    buffer_add_slice(&story->scribe->story, text);
    return text.len > 0;
}

static bool tell_sentence(struct story *story, struct slice sentence)
{
    buffer_clear(&story->scribe->story);
    while (sentence.len) {
        buffer_add_slice(&story->scribe->story, slice_cut(&sentence, '{'));
        if (sentence.len && !add_word(story, slice_cut(&sentence, '}')))
            return false;
    }
    return true;
}

/* Sources repeat themselves, but not always: the search for a sentence begins at another one for each row. */
static struct slice story_text(struct story *story)
{
    unsigned n = story->source->stories_count;
    for (unsigned i = 0; i < n; i++)
        if (tell_sentence(
                story, slice_from(story->source->stories[(story->telling->number - story->telling->behind + i) % n])))
            return buffer_slice(&story->scribe->story);
    return SLICE_EMPTY;
}

/* ---- cells ------------------------------------------------------------------------------------------------------- */

static void write_number(
    struct sink *sink, const struct profile_source *source, const char *what, const struct telling *telling)
{
    char text[NUMBER_TEXT];
    bool is_key = what[0] == 'k';
    scribe_number(text, source, is_key ? 'R' : 'C', is_key ? telling->number : telling->case_number);
    sink_text(sink, slice_from(text));
}

static void write_cell(struct sink *sink, struct story *story, unsigned c)
{
    struct scribe *scribe = story->scribe;
    const struct profile_source *source = story->source;
    const struct telling *telling = story->telling;
    const char *what = source->columns[c].what;
    if (telling->nulls >> (c & 31) & 1)
        sink_text(sink, SLICE_EMPTY);
    else if (strcmp(what, "date") == 0)
        write_day(sink, source, telling->day);
    else if (strcmp(what, "amount") == 0)
        sink_number(sink, telling->amount, story->unit->decimals);
    else if (strcmp(what, "unit") == 0)
        sink_text(sink, slice_from(story->unit->text));
    else if (strcmp(what, "amount_unit") == 0)
        sink_text(sink, amount_text(scribe, source, telling->amount, story->unit));
    else if (strcmp(what, "story") == 0)
        sink_text(sink, story_text(story));
    else if (strcmp(what, "note") == 0)
        sink_text(sink, slice_from(source->note));
    else if (strcmp(what, "key") == 0 || strcmp(what, "case") == 0)
        write_number(sink, source, what, telling);
    else
        sink_text(sink, capitals(scribe, source, name_cell(scribe->world, source, &source->columns[c], story->event)));
}

void scribe_row(struct scribe *scribe, struct sink *sink, const struct profile_source *source,
    const struct event *event, const struct telling *telling)
{
    struct story story = {scribe, source, event, telling, account_unit(scribe->world, source, event)};
    for (unsigned c = 0; c < source->columns_count; c++)
        write_cell(sink, &story, c);
    sink_end_row(sink);
}
