/* The sentences of explanations. What was found is told from its parts each time, so that every language has its own
 * order of words; English is one voice among others. */
#include "link/explain.h"

#include "base/error.h"
#include "value/concept.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_NAMED = 3, PART_CAP = 8192 };

/* ---- English --------------------------------------------------------------------------------------------------- */

static const char *as_it_is(const void *context, const char *english)
{
    (void)context;
    return english;
}

/* 23388 → "23,388"; what is not whole with two digits. */
static void english_number(const void *context, double number, struct buffer *out)
{
    char digits[40];
    (void)context;
    if (number != floor(number) || fabs(number) >= 1e15) {
        buffer_format(out, "%.3g", number);
        return;
    }
    int n = snprintf(digits, sizeof digits, "%.0f", fabs(number));
    if (number < 0)
        buffer_add_byte(out, '-');
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            buffer_add_byte(out, ',');
        buffer_add_byte(out, digits[i]);
    }
}

const struct explain_voice explain_english = {.language = LANGUAGE_EN, .say = as_it_is, .number = english_number};

/* ---- places in sentences --------------------------------------------------------------------------------------- */

struct filling {
    const char *name;
    struct slice text;
};

/* A place without a filling stays as it is, so that a slip is seen. */
static void fill(const struct explain_voice *voice, const char *english, const struct filling *fillings, size_t n,
    struct buffer *out)
{
    const char *at = voice->say(voice->context, english);
    while (*at) {
        size_t plain = strcspn(at, "{"), i = 0;
        buffer_add_slice(out, slice_of(at, plain));
        at += plain;
        const char *end = *at ? strchr(at, '}') : NULL;
        struct slice name = end ? slice_of(at + 1, (size_t)(end - at - 1)) : SLICE_EMPTY;
        while (end && i < n && !slice_is(name, fillings[i].name))
            i++;
        if (end && i < n) {
            buffer_add_slice(out, fillings[i].text);
            at = end + 1;
        } else if (*at) {
            buffer_add_byte(out, *at++);
        }
    }
}

#define FILL(voice, english, out, ...)                                                                                 \
    fill((voice), (english), (const struct filling[]){__VA_ARGS__},                                                    \
        sizeof((const struct filling[]){__VA_ARGS__}) / sizeof(struct filling), (out))

static struct slice number_text(const struct explain_voice *voice, double number, struct buffer *scratch)
{
    buffer_clear(scratch);
    voice->number(voice->context, number, scratch);
    return buffer_slice(scratch);
}

static struct slice percent_text(const struct explain_voice *voice, double probability, struct buffer *scratch)
{
    double percent = round(probability * 1000) / 10;
    /* Nothing that a model says is certain. */
    return number_text(voice, fmin(fmax(percent, 0.1), 99.9), scratch);
}

/* ---- levels ---------------------------------------------------------------------------------------------------- */

/* What compare.c calls its levels (a test compares the two), written here once more for xgettext. */
static const char *const level_words[] = {
    TELL("not said"),
    TELL("same day"),
    TELL("1 day apart"),
    TELL("2 to 3 days apart"),
    TELL("4 to 7 days apart"),
    TELL("8 to 15 days apart"),
    TELL("16 to 31 days apart"),
    TELL("more than a month apart"),
    TELL("overlapping periods"),
    TELL("equal, and very rare"),
    TELL("equal, and rare"),
    TELL("equal"),
    TELL("equal, but common"),
    TELL("within 0.2 %"),
    TELL("equal when rounded"),
    TELL("within 1 %"),
    TELL("within 5 %"),
    TELL("within 20 %"),
    TELL("different amounts"),
    TELL("not in the same dimension"),
    TELL("one is a kind of the other"),
    TELL("close kinds"),
    TELL("the same group"),
    TELL("different groups"),
    TELL("the same name"),
    TELL("within 25 km"),
    TELL("other places of one subdivision"),
    TELL("different subdivisions"),
    TELL("different countries"),
    TELL("the same subdivision, as far as said"),
    TELL("different"),
    TELL("sharing most rare words"),
    TELL("nearly the same name"),
    TELL("similar names"),
    TELL("somewhat similar names"),
    TELL("different names"),
};

const char *const *explain_level_words(size_t *n)
{
    *n = sizeof level_words / sizeof *level_words;
    return level_words;
}

void explain_say_level(const struct explain_voice *voice, const char *words, double n, double of, struct buffer *out)
{
    struct buffer count, total;
    buffer_init(&count, PART_CAP);
    buffer_init(&total, PART_CAP);
    struct slice number = number_text(voice, n, &count);
    FILL(voice, words, out, {"n", number});
    if (of > 0) {
        buffer_add_string(out, " (");
        FILL(voice, TELL("{n} of {of}"), out, {"n", number}, {"of", number_text(voice, of, &total)});
        buffer_add_byte(out, ')');
    }
    buffer_release(&count);
    buffer_release(&total);
}

/* ---- rules ----------------------------------------------------------------------------------------------------- */

static const char *const rule_words[] = {TELL("country"), TELL("day"), TELL("days"), TELL("concept group"),
    TELL("subdivision"), TELL("place"), TELL("amount within 12 %")};

static const char *comma(const struct explain_voice *voice)
{
    return voice->language == LANGUAGE_AR ? "، " : voice->language == LANGUAGE_ZH ? "、" : ", ";
}

static void say_part(
    const struct explain_voice *voice, const struct domain *domain, struct slice part, struct buffer *out)
{
    for (size_t i = 0; i < sizeof rule_words / sizeof *rule_words; i++)
        if (slice_is(part, rule_words[i])) {
            buffer_add_string(out, voice->say(voice->context, rule_words[i]));
            return;
        }
    for (size_t f = 0; f < domain->n_fields; f++)
        if (slice_equal(part, domain->fields[f].id)) {
            buffer_add_slice(out, domain_label(domain->fields[f].labels, part, voice->language));
            return;
        }
    struct slice rest = part, days = slice_cut(&rest, ' ');
    double n = days.len && days.len < 6 && slice_is(rest, "days") ? strtod(days.ptr, NULL) : 0;
    struct buffer scratch;
    buffer_init(&scratch, PART_CAP);
    if (n > 0)
        FILL(voice, TELL("within {n} days"), out, {"n", number_text(voice, n, &scratch)});
    else
        buffer_add_slice(out, part);
    buffer_release(&scratch);
}

void explain_say_rule(
    const struct explain_voice *voice, const struct domain *domain, struct slice rule, struct buffer *out)
{
    struct slice rest = rule;
    for (bool is_first = true; rest.len; is_first = false) {
        struct slice part = slice_trim(slice_cut(&rest, ','));
        buffer_add_string(out, is_first ? "" : comma(voice));
        say_part(voice, domain, part, out);
    }
}

/* ---- what decided ---------------------------------------------------------------------------------------------- */

static void say_never_compared(const struct explain_voice *voice, const struct domain *domain,
    const struct link_explanation *e, struct buffer *out)
{
    struct buffer rule, missing;
    buffer_init(&rule, PART_CAP);
    buffer_init(&missing, PART_CAP);
    explain_say_rule(voice, domain, e->nearest_rule, &rule);
    explain_say_rule(voice, domain, e->missing, &missing);
    FILL(voice, TELL("Never compared: the nearest rule asks for the same {rule}, and they differ in {missing}."), out,
        {"rule", buffer_slice(&rule)}, {"missing", buffer_slice(&missing)});
    buffer_release(&rule);
    buffer_release(&missing);
}

static struct slice bits_text(const struct explain_voice *voice, double bits, struct buffer *scratch)
{
    return number_text(voice, round(10 * bits) / 10, scratch);
}

/* Where it is not likelier by itself, it is one of several. */
static void say_rival(
    const struct explain_voice *voice, const struct link_explanation *e, struct filling p, struct buffer *out)
{
    struct buffer bits;
    char a[24], rival[24];
    buffer_init(&bits, PART_CAP);
    snprintf(a, sizeof a, "m%llu", (unsigned long long)e->rival_of_number);
    snprintf(rival, sizeof rival, "m%llu", (unsigned long long)e->rival_number);
    FILL(voice,
        e->rival_bits > e->bits
            ? TELL("Alike enough ({p} %), but kept apart: {a} is likelier the same event as {rival} ({bits} bits), "
                   "which cannot be one with both.")
            : TELL("Alike enough ({p} %), but kept apart: {a} may as well be the same event as {rival} ({bits} bits), "
                   "which cannot be one with both."),
        out, p, {"a", slice_from(a)}, {"rival", slice_from(rival)}, {"bits", bits_text(voice, e->rival_bits, &bits)});
    buffer_release(&bits);
}

static void say_cut(
    const struct explain_voice *voice, const struct link_explanation *e, struct filling p, struct buffer *out)
{
    struct buffer bits;
    if (e->has_rival) {
        say_rival(voice, e, p, out);
        return;
    }
    buffer_init(&bits, PART_CAP);
    FILL(voice,
        TELL("Alike enough ({p} %), but their groups were kept apart: the weakest pair between them stands at "
             "{bits} bits."),
        out, p, {"bits", bits_text(voice, e->weakest_bits, &bits)});
    buffer_release(&bits);
}

static void say_part_of(const struct explain_voice *voice, const struct link_parts *parts, struct buffer *out)
{
    struct buffer others;
    char part[24], whole[24];
    buffer_init(&others, PART_CAP);
    snprintf(part, sizeof part, "m%llu", (unsigned long long)parts->part);
    snprintf(whole, sizeof whole, "m%llu", (unsigned long long)parts->whole);
    for (size_t i = 0; i < parts->n_others; i++)
        buffer_format(&others, "%sm%llu", i ? ", " : "", (unsigned long long)parts->others[i]);
    buffer_add_string(&others, parts->has_more ? ", …" : "");
    FILL(voice,
        parts->n_others
            ? TELL("{part} is held to be a part of what {whole} tells, together with {others}: so these two "
                   "are not the same event.")
            : TELL("{part} is held to be a part of what {whole} tells: so these two are not the same event."),
        out, {"part", slice_from(part)}, {"whole", slice_from(whole)}, {"others", buffer_slice(&others)});
    buffer_release(&others);
}

static void say_verdict(const struct explain_voice *voice, const struct domain *domain,
    const struct link_explanation *e, struct buffer *out)
{
    struct buffer percent;
    buffer_init(&percent, PART_CAP);
    struct filling p = {"p", percent_text(voice, e->probability, &percent)};
    switch (e->verdict) {
    case LINK_TOGETHER:
        fill(voice, TELL("Held to be one event; by themselves these two would be with a probability of {p} %."), &p, 1,
            out);
        break;
    case LINK_REPEATED_LOAD:
        fill(voice, TELL("One row, loaded more than once: {reason}."), &(struct filling){"reason", e->load}, 1, out);
        break;
    case LINK_JUDGED:
        fill(voice,
            e->is_one ? TELL("A person has said that these are the same event.")
                      : TELL("A person has said that these are different events."),
            &p, 0, out);
        break;
    case LINK_NEVER_COMPARED:
        say_never_compared(voice, domain, e, out);
        break;
    case LINK_PART:
        say_part_of(voice, &e->parts, out);
        break;
    case LINK_SCORED_TOO_LOW:
        fill(voice, TELL("Compared and held apart: one event with a probability of {p} %."), &p, 1, out);
        break;
    case LINK_CUT:
        say_cut(voice, e, p, out);
        break;
    }
    buffer_release(&percent);
}

/* ---- for and against ------------------------------------------------------------------------------------------- */

static size_t strongest(const struct link_explanation *e, double sign, const bool *is_named)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < e->n_reasons; i++)
        if (!is_named[i] && e->reasons[i].field >= 0 && sign * e->reasons[i].bits > 0.5 &&
            (best == SIZE_MAX || sign * e->reasons[i].bits > sign * e->reasons[best].bits))
            best = i;
    return best;
}

/* The strongest reasons of one sign, as "amount (equal, and rare)"; whether there are any. */
static bool name_reasons(const struct explain_voice *voice, const struct domain *domain,
    const struct link_explanation *e, double sign, struct buffer *out)
{
    bool is_named[DOMAIN_MOST_FIELDS + 4] = {false};
    size_t n = 0;
    for (; n < MOST_NAMED; n++) {
        size_t best = strongest(e, sign, is_named);
        if (best == SIZE_MAX)
            break;
        is_named[best] = true;
        const struct link_reason *reason = &e->reasons[best];
        const struct field *field = &domain->fields[reason->field];
        buffer_add_string(out, n ? comma(voice) : "");
        buffer_add_slice(out, domain_label(field->labels, field->id, voice->language));
        buffer_add_string(out, " (");
        explain_say_level(voice, reason->words, reason->n, reason->of, out);
        buffer_add_byte(out, ')');
    }
    return n > 0;
}

static void say_balance(const struct explain_voice *voice, const struct domain *domain,
    const struct link_explanation *e, struct buffer *out)
{
    static const char *const sentences[] = {TELL("For it: {reasons}."), TELL("Against it: {reasons}.")};
    struct buffer names;
    buffer_init(&names, PART_CAP);
    for (size_t i = 0; i < 2; i++) {
        buffer_clear(&names);
        if (!name_reasons(voice, domain, e, i ? -1 : 1, &names))
            continue;
        buffer_add_byte(out, ' ');
        FILL(voice, sentences[i], out, {"reasons", buffer_slice(&names)});
    }
    buffer_release(&names);
}

/* ---- what would change it -------------------------------------------------------------------------------------- */

void explain_say_change(const struct explain_voice *voice, const struct domain *domain,
    const struct link_explanation *e, struct buffer *out)
{
    if (!e->has_change)
        return;
    if (e->change.field < 0) {
        fill(voice, TELL("No other level of a single field would change this."), NULL, 0, out);
        return;
    }
    const struct field *field = &domain->fields[e->change.field];
    struct buffer level;
    buffer_init(&level, PART_CAP);
    explain_say_level(voice, e->change.words, e->change.n, 0, &level);
    const char *sentence = e->change.bits > 0
                               ? TELL("Had {field} been \"{level}\", they would be held to be one event.")
                               : TELL("Had {field} been \"{level}\", they would be held to be two events.");
    FILL(voice, sentence, out, {"field", domain_label(field->labels, field->id, voice->language)},
        {"level", buffer_slice(&level)});
    buffer_release(&level);
}

void explain_say(const struct explain_voice *voice, const struct domain *domain, const struct link_explanation *e,
    struct buffer *out)
{
    say_verdict(voice, domain, e, out);
    say_balance(voice, domain, e, out);
    if (e->has_change)
        buffer_add_byte(out, ' ');
    explain_say_change(voice, domain, e, out);
}
