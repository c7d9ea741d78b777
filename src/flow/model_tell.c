/* What a model has learned, as JSON: the weights of Fellegi and Sunter (1969), level by level. */
#include "base/hash.h"
#include "base/json.h"
#include "flow/model_file.h"
#include "link/model.h"

#include <math.h>
#include <stdio.h>

static const char *const class_words[N_PAIR_CLASSES] = {
    [PAIR_WITHIN] = "within a source", [PAIR_ACROSS] = "across sources"};

/* Calls `add` for each field, kind of pair and level that the model weighs. */
struct telling {
    const struct model_file *a, *b; /* b: null when one is told */
    const struct domain *domain;
    struct comparison comparisons[LINK_MOST_COMPARISONS];
    struct buffer *out;
    bool is_first;
};

static bool is_weighed(const struct model_comparison *weights, unsigned class, unsigned level)
{
    return weights->m[class][level] > 0 || weights->u[class][level] > 0;
}

static void add_level(struct telling *t, unsigned c, unsigned class, unsigned level)
{
    const struct model_comparison *a = &t->a->model->comparisons[c];
    const struct model_comparison *b = t->b ? &t->b->model->comparisons[c] : a;
    struct buffer *out = t->out;
    if (!is_weighed(a, class, level) && !is_weighed(b, class, level))
        return;
    buffer_add_string(out, t->is_first ? "{" : ",{");
    t->is_first = false;
    json_member(out, "field", t->domain->fields[t->comparisons[c].field].id);
    json_member(out, "level", slice_from(comparison_level_text(&t->comparisons[c], level)));
    json_member(out, "pairs", slice_from(class_words[class]));
    if (t->b) {
        json_member_number(out, "bits_a", a->bits[class][level]);
        json_member_number(out, "bits_b", b->bits[class][level]);
        json_member_number(out, "difference", b->bits[class][level] - a->bits[class][level]);
    } else {
        json_member_number(out, "m", a->m[class][level]);
        json_member_number(out, "u", a->u[class][level]);
        json_member_number(out, "bits", a->bits[class][level]);
    }
    buffer_add_byte(out, '}');
}

static void add_levels(struct telling *t)
{
    json_name(t->out, "levels");
    buffer_add_byte(t->out, '[');
    t->is_first = true;
    unsigned n = comparisons_of(t->domain, t->comparisons);
    for (unsigned c = 0; c < n; c++)
        for (unsigned class = 0; class < N_PAIR_CLASSES; class ++)
            for (unsigned level = 1; level < t->comparisons[c].n_levels; level++)
                add_level(t, c, class, level);
    buffer_add_byte(t->out, ']');
}

static void add_hash(struct buffer *out, const char *name, uint64_t version)
{
    char text[20];
    snprintf(text, sizeof text, "%016llx", (unsigned long long)version);
    json_member(out, name, slice_from(text));
}

/* The model knows its sources by the hashes of their codes only. */
static void add_sources(const struct model_file *file, struct buffer *out)
{
    struct slice rest = file->sources;
    bool is_first = true;
    json_name(out, "sources");
    buffer_add_byte(out, '[');
    while (rest.len) {
        struct slice code = slice_cut(&rest, ',');
        uint64_t hash = hash_slice(code);
        for (size_t s = 0; s < file->model->n_sources; s++) {
            if (file->model->sources[s].code_hash != hash)
                continue;
            buffer_add_string(out, is_first ? "{" : ",{");
            is_first = false;
            json_member(out, "source", code);
            json_member_number(out, "tells_twice", file->model->sources[s].twice);
            buffer_add_byte(out, '}');
        }
    }
    buffer_add_byte(out, ']');
}

void model_file_json(const struct model_file *file, const struct domain *domain, struct buffer *out)
{
    struct telling t = {.a = file, .domain = domain, .out = out};
    buffer_add_byte(out, '{');
    add_hash(out, "version", file->version);
    json_member(out, "domain", domain->id);
    json_member_u64(out, "trained_on", file->trained_on);
    json_member_bool(out, "has_converged", file->model->has_converged);
    json_member_number(out, "told_by_others", file->model->rate);
    add_sources(file, out);
    add_levels(&t);
    buffer_add_byte(out, '}');
}

void model_file_compare_json(
    const struct model_file *a, const struct model_file *b, const struct domain *domain, struct buffer *out)
{
    struct telling t = {.a = a, .b = b, .domain = domain, .out = out};
    buffer_add_byte(out, '{');
    add_hash(out, "a", a->version);
    add_hash(out, "b", b->version);
    json_member_bool(out, "is_same", a->version == b->version);
    json_member_u64(out, "trained_on_a", a->trained_on);
    json_member_u64(out, "trained_on_b", b->trained_on);
    json_member_number(out, "told_by_others_a", a->model->rate);
    json_member_number(out, "told_by_others_b", b->model->rate);
    add_levels(&t);
    buffer_add_byte(out, '}');
}
