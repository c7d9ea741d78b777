/* Loading packs: the people pack, packs with faults, and memory that runs out. */
#include "unit.h"

#include "base/error.h"
#include "base/file.h"
#include "domain/domain.h"
#include "failing_malloc.h"
#include "text/fold_known.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- packs written for one test ------------------------------------------------------------------------------------
 */

static char folder[128];
static const char *const file_names[] = {"domain.yaml", "tree.yaml", "units.yaml", "category.yaml"};

static const char good_domain[] = "domain: test\n"
                                  "version: \"1\"\n"
                                  "kinds:\n"
                                  "  - {id: thing, part_of: case, labels: {en: thing, es: cosa}}\n"
                                  "  - {id: case}\n"
                                  "units: units.yaml\n"
                                  "trees: [tree.yaml]\n"
                                  "categories: [category.yaml]\n"
                                  "fields:\n"
                                  "  - {id: when, type: date, role: when, compared: true}\n"
                                  "  - {id: what, type: concept, tree: sorts, role: what, facet: yes}\n"
                                  "  - {id: much, type: quantity, role: how_much, rule: reliable}\n"
                                  "  - {id: way, type: category, table: ways}\n"
                                  "  - {id: note, type: text, restricted: true}\n";
static const char good_tree[] =
    "tree: sorts\n"
    "nodes:\n"
    "  - {code: apple-red, parent: apple, names: [Red apple, pomme rouge]}\n"
    "  - {code: apple, labels: {en: Apple, ru: Яблоко}, names: [apples], street: [keeper of doctors]}\n"
    "  - {code: pear, names: [pears]}\n";
static const char good_units[] = "dimensions:\n"
                                 "  - {id: mass, base: g, shown: kg, implausible: 5.0e7}\n"
                                 "  - {id: count, base: piece, shown: piece}\n"
                                 "units:\n"
                                 "  - {code: g, dimension: mass, factor: 1, names: [gram]}\n"
                                 "  - {code: kg, dimension: mass, factor: 1000, names: [kilo]}\n"
                                 "  - {code: piece, dimension: count, factor: 1}\n"
                                 "conversion_version: \"1\"\n"
                                 "conversions:\n"
                                 "  - {concept: apple, unit: piece, kg: 0.2, document: 'a table of apples, page 3'}\n";
static const char good_category[] = "table: ways\nvalues:\n  - {code: air, names: [aeroplane]}\n  - {code: sea}\n";

static void write_file(const char *name, const char *text)
{
    char path[256];
    struct comity_error err;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(file_replace(path, slice_from(text), &err), COMITY_OK);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s/test-pack-%d", BINARY_FOLDER, (int)getpid());
    return mkdir(folder, 0700);
}

static int remove_folder(void **state)
{
    char path[256];
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, file_names[i]);
        unlink(path);
    }
    return rmdir(folder);
}

static void write_good(void)
{
    write_file("domain.yaml", good_domain);
    write_file("tree.yaml", good_tree);
    write_file("units.yaml", good_units);
    write_file("category.yaml", good_category);
}

/* The good pack with `from` replaced by `to` in one file fails with this message at this line, and this in the hint. */
static void assert_fault(
    const char *file, const char *from, const char *to, unsigned line, const char *message, const char *hint)
{
    static const char *const texts[] = {good_domain, good_tree, good_units, good_category};
    char changed[2048], told[1200];
    struct comity_error err = {0};
    struct domain *domain;
    write_good();
    for (size_t i = 0; i < 4; i++) {
        if (strcmp(file, file_names[i]) != 0)
            continue;
        const char *at = strstr(texts[i], from);
        assert_non_null(at);
        snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - texts[i]), texts[i], to, at + strlen(from));
        write_file(file, changed);
    }
    enum comity_status status = domain_load(folder, NULL, &domain, &err);
    assert_null(domain);
    error_format(&err, told, sizeof told);
    if (status != COMITY_SYNTAX || !strstr(err.where, file) || err.line != line || !strstr(err.message, message) ||
        !strstr(err.hint, hint))
        fail_msg("expected line %u of %s: %s (%s), told: %s", line, file, message, hint, told);
}

static void a_good_pack_is_loaded_as_it_says(void **state)
{
    struct comity_error err = {0};
    struct domain *domain;
    (void)state;
    write_good();
    if (domain_load(folder, NULL, &domain, &err) != COMITY_OK)
        fail_msg("%s:%u: %s", err.where, err.line, err.message);
    const struct concept_tree *tree = &domain->trees[0];
    assert_int_equal(domain->when, 0);
    assert_int_equal(domain->what, 1);
    assert_int_equal(domain->how_much, 2);
    assert_int_equal(domain->where, -1);
    assert_int_equal(domain_field(domain, SLICE("note")), 4);
    assert_int_equal(domain_field(domain, SLICE("nothing")), -1);
    assert_true(domain->fields[0].is_compared && !domain->fields[0].is_facet && domain->fields[1].is_facet);
    assert_true(domain->fields[4].is_restricted);
    assert_int_equal(domain->fields[2].rule, RESOLVE_RELIABLE);
    assert_true(slice_is(domain_label(domain->kinds[0].labels, domain->kinds[0].id, LANGUAGE_ES), "cosa"));
    assert_true(slice_is(domain_label(domain->kinds[1].labels, domain->kinds[1].id, LANGUAGE_ES), "case"));
    /* Parents stand before children, though not in the file. */
    uint32_t apple = concept_by_code(tree, SLICE("apple")), red = concept_by_code(tree, SLICE("apple-red"));
    uint32_t pear = concept_by_code(tree, SLICE("pear"));
    assert_true(apple < red && tree->nodes[red].parent == apple && tree->nodes[red].depth == 2);
    assert_int_equal(concept_find(tree, SLICE("POMME ROUGE!")), red);
    assert_int_equal(concept_find(tree, SLICE("яблоко")), apple);
    assert_int_equal(concept_find(tree, SLICE("keeper of doctors")), apple);
    assert_int_equal(concept_find(tree, SLICE("cherry")), CONCEPT_NONE);
    assert_true(concept_is_within(tree, red, apple) && concept_is_within(tree, red, 0));
    assert_false(concept_is_within(tree, apple, red) || concept_is_within(tree, pear, apple));
    assert_int_equal(concept_common(tree, red, pear), 0);
    assert_int_equal(concept_common(tree, red, apple), apple);
    assert_int_equal(category_find(&domain->categories[0], SLICE("AEROPLANE")), 0);
    assert_int_equal(category_find(&domain->categories[0], SLICE("Sea")), 1);
    assert_int_equal(unit_find(domain->units, SLICE("Kilo.")), 1);
    domain_free(domain);
}

static void an_unknown_key_is_told_with_the_one_that_was_meant(void **state)
{
    (void)state;
    assert_fault("domain.yaml", "version:", "vers1on:", 2, "unknown key 'vers1on'", "'version'");
    assert_fault("domain.yaml", "compared: true", "comparred: true", 10, "unknown key 'comparred'", "'compared'");
    assert_fault("tree.yaml", "street:", "streets:", 4, "unknown key 'streets'", "'street'");
    assert_fault("domain.yaml", "domain: test\n", "", 9, "'domain' is missing", "");
    assert_fault("tree.yaml", "tree: sorts\nnodes:", "tree: [sorts]\nnodes:", 1, "", "");
    assert_fault("units.yaml", "document: 'a table of apples, page 3'", "", 10, "'document' is missing", "");
}

static void unknown_words_are_told_with_near_ones(void **state)
{
    (void)state;
    assert_fault("domain.yaml", "type: date", "type: dat", 10, "unknown type 'dat'", "'date'");
    assert_fault("domain.yaml", "role: how_much", "role: howmuch", 12, "unknown role 'howmuch'", "'how_much'");
    assert_fault("domain.yaml", "rule: reliable", "rule: relable", 12, "unknown rule 'relable'", "'reliable'");
    assert_fault("domain.yaml", "tree: sorts", "tree: sort", 11, "unknown tree 'sort'", "'sorts'");
    assert_fault("domain.yaml", "table: ways", "table: wayz", 13, "unknown table 'wayz'", "'ways'");
    assert_fault("domain.yaml", "facet: yes", "facet: maybe", 11, "unknown facet 'maybe'", "");
    assert_fault("tree.yaml", "parent: apple", "parent: aple", 3, "parent 'aple'", "'apple'");
    assert_fault("units.yaml", "code: kg, dimension: mass", "code: kg, dimension: mas", 6, "dimension 'mas'", "'mass'");
    assert_fault("units.yaml", "concept: apple", "concept: appel", 10, "concept 'appel'", "'apple'");
    assert_fault("units.yaml", "unit: piece", "unit: pece", 10, "unit 'pece'", "'piece'");
}

static void fields_must_fit_their_tables_and_roles(void **state)
{
    (void)state;
    assert_fault("domain.yaml", "type: concept, tree: sorts", "type: concept", 11, "must name its tree", "");
    assert_fault("domain.yaml", "type: date, role: when", "type: text, role: when", 10, "must be of type 'date'", "");
    assert_fault("domain.yaml", "{id: note, type: text,", "{id: when, type: text,", 10, "stands twice", "");
    assert_fault(
        "domain.yaml", "{id: note, type: text,", "{id: note, type: date, role: when,", 14, "which 'when' has", "");
    assert_fault("domain.yaml", "units: units.yaml\n", "", 11, "the pack has no units", "");
    assert_fault(
        "domain.yaml", "{id: note, type: text,", "{id: note, type: place,", 14, "no gazetteer", "gazetteer.bin");
    assert_fault("domain.yaml", "part_of: case", "part_of: box", 4, "part of 'box'", "");
}

static void a_name_belongs_to_one_concept(void **state)
{
    (void)state;
    assert_fault("tree.yaml", "names: [pears]", "names: [pears, RED Apple]", 5, "on line 3, of 'apple-red'", "");
    assert_fault("category.yaml", "{code: sea}", "{code: sea, names: [Aeroplane]}", 4, "on line 3, of 'air'", "");
    assert_fault("units.yaml", "names: [kilo]", "names: [Gram.]", 6, "on line 5, of 'g'", "");
    assert_fault("tree.yaml", "code: pear", "code: apple", 5, "stands twice, first on line 4", "");
    assert_fault("tree.yaml", "{code: apple,", "{code: apple, parent: apple-red,", 3, "above itself", "");
}

static void units_must_add_up(void **state)
{
    (void)state;
    assert_fault("units.yaml", "factor: 1000", "factor: 1000x", 6, "'1000x'", "");
    assert_fault("units.yaml", "factor: 1000", "factor: 0", 6, "no positive number", "");
    assert_fault("units.yaml", "base: g,", "base: piece,", 2, "'piece' is no unit of dimension 'mass'", "");
    assert_fault("units.yaml", "code: g, dimension: mass, factor: 1,", "code: g, dimension: mass, factor: 2,", 5,
        "factor 1", "");
    assert_fault("units.yaml", "kg: 0.2", "kg: -1", 10, "no positive number of kg", "");
    assert_fault("units.yaml", "conversion_version: \"1\"\n", "", 8, "no version", "conversion_version");
}

static void what_is_no_yaml_is_told(void **state)
{
    (void)state;
    assert_fault("tree.yaml", "[pears]}", "[pears}", 5, "not valid YAML", "");
    assert_fault("category.yaml", "table: ways", "\ttable: ways", 0, "not valid YAML", "");
}

static void a_missing_or_empty_file_is_told(void **state)
{
    struct comity_error err = {0};
    struct domain *domain;
    (void)state;
    assert_int_equal(domain_load("/nowhere", NULL, &domain, &err), COMITY_NOTFOUND);
    assert_non_null(strstr(err.message, "/nowhere/domain.yaml"));
    write_good();
    write_file("tree.yaml", "");
    assert_int_equal(domain_load(folder, NULL, &domain, &err), COMITY_SYNTAX);
    assert_non_null(strstr(err.message, "empty"));
}

static void another_subject_needs_no_c(void **state)
{
    struct comity_error err = {0};
    struct domain *domain;
    (void)state;
    if (domain_load(SOURCE_FOLDER "/domains/people", NULL, &domain, &err) != COMITY_OK)
        fail_msg("%s:%u: %s", err.where, err.line, err.message);
    assert_true(slice_is(domain->id, "people"));
    assert_true(slice_is(domain->kinds[0].id, "person"));
    assert_true(domain->title >= 0 && domain->when >= 0 && domain->how_much < 0);
    const struct category_table *table = domain->fields[domain_field(domain, SLICE("occupation"))].spec.categories;
    assert_true(slice_is(intern_text(&table->codes, category_find(table, SLICE("Fisherman"))), "agriculture"));
    domain_free(domain);
}

static void the_drugs_pack_is_good(void **state)
{
    struct comity_error err = {0};
    struct domain *domain;
    (void)state;
    if (domain_load(SOURCE_FOLDER "/domains/drugs", DATA_FOLDER "/gazetteer.bin", &domain, &err) != COMITY_OK)
        fail_msg("%s:%u: %s (%s)", err.where, err.line, err.message, err.hint);
    assert_true(domain->when >= 0 && domain->where >= 0 && domain->country >= 0 && domain->what >= 0);
    assert_true(domain->how_much >= 0);
    domain_free(domain);
}

/* Reading a pack of ours opens nothing that romanises, and says the same as if it did: a space behind a name is folded
 * away, but no such name is known. */
static void names_folded_at_build_time_are_as_folding_has_them(void **state)
{
    struct comity_error err = {0};
    struct domain *domain;
    struct buffer folded;
    size_t n_foreign = 0;
    (void)state;
    if (domain_load(SOURCE_FOLDER "/domains/drugs", DATA_FOLDER "/gazetteer.bin", &domain, &err) != COMITY_OK)
        fail_msg("%s:%u: %s (%s)", err.where, err.line, err.message, err.hint);
    assert_null(domain->folding.latin);
    buffer_init(&folded, 1 << 16);
    for (size_t t = 0; t < domain->n_trees; t++) {
        const struct concept_tree *tree = &domain->trees[t];
        for (uint32_t id = 0; id < tree->names.count; id++) {
            struct slice known = SLICE_EMPTY, name = intern_text(&tree->names, id);
            char text[256];
            if (!fold_known(tree->written[id], &known))
                continue;
            n_foreign++;
            snprintf(text, sizeof text, "%.*s ", SLICE_ARG(tree->written[id]));
            buffer_clear(&folded);
            folding_apply(&domain->folding, slice_from(text), &folded);
            if (!slice_equal(buffer_slice(&folded), known) || !slice_equal(known, name))
                fail_msg("'%s' is folded to '%.*s', and was to '%.*s'", text, SLICE_ARG(buffer_slice(&folded)),
                    SLICE_ARG(known));
        }
    }
    assert_true(n_foreign > 100);
    assert_non_null(domain->folding.latin);
    buffer_release(&folded);
    domain_free(domain);
}

/* Every allocation fails in turn, also those of libyaml and ICU: a clean error each time, and nothing is leaked (run
 * under the address sanitizer). ICU caches what it opened, so it is opened once before. */
static void loading_survives_any_failed_allocation(void **state)
{
    struct comity_error err;
    struct domain *domain;
    long n = 0;
    (void)state;
    write_good();
    assert_int_equal(domain_load(folder, NULL, &domain, &err), COMITY_OK);
    domain_free(domain);
    for (;; n++) {
        failing_malloc_after(n);
        enum comity_status status = domain_load(folder, NULL, &domain, &err);
        bool has_failed = failing_malloc_stop();
        if (status == COMITY_OK)
            domain_free(domain);
        else if (status != COMITY_NOMEM || !has_failed)
            fail_msg("allocation %ld: %s at %s:%u", n, err.message, err.where, err.line);
        if (!has_failed)
            break;
    }
    assert_true(n > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_pack_is_loaded_as_it_says),
        cmocka_unit_test(an_unknown_key_is_told_with_the_one_that_was_meant),
        cmocka_unit_test(unknown_words_are_told_with_near_ones),
        cmocka_unit_test(fields_must_fit_their_tables_and_roles),
        cmocka_unit_test(a_name_belongs_to_one_concept),
        cmocka_unit_test(units_must_add_up),
        cmocka_unit_test(what_is_no_yaml_is_told),
        cmocka_unit_test(a_missing_or_empty_file_is_told),
        cmocka_unit_test(another_subject_needs_no_c),
        cmocka_unit_test(the_drugs_pack_is_good),
        cmocka_unit_test(names_folded_at_build_time_are_as_folding_has_them),
        cmocka_unit_test(loading_survives_any_failed_allocation),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
