/* Mentions as columns: dictionary codes, damaged bytes, memory that runs out. */
#include "unit.h"

#include "base/hash.h"
#include "domain/mention_batch.h"
#include "failing_malloc.h"

#include <stdio.h>

static struct domain *domain;
static int name, birth, email, reference;

static int load(void **state)
{
    struct comity_error err;
    (void)state;
    if (domain_load(SOURCE_FOLDER "/domains/people", NULL, &domain, &err) != COMITY_OK)
        fail_msg("%s:%u: %s", err.where, err.line, err.message);
    name = domain_field(domain, SLICE("name"));
    birth = domain_field(domain, SLICE("birth"));
    email = domain_field(domain, SLICE("email"));
    reference = domain_field(domain, SLICE("reference"));
    return 0;
}

static int unload(void **state)
{
    (void)state;
    domain_free(domain);
    return 0;
}

static void set_text(struct value *values, int field, const char *text)
{
    values[field] = (struct value){.type = (uint8_t)domain->fields[field].spec.type,
        .state = VALUE_TYPED,
        .confidence = 100,
        .text = slice_from(text)};
}

static void pack(struct buffer *out, const char *person, int32_t day, const char *mail)
{
    struct value values[DOMAIN_MOST_FIELDS] = {0};
    set_text(values, name, person);
    values[birth] = (struct value){
        .type = VALUE_DATE, .state = VALUE_TYPED, .precision = DATE_DAY, .confidence = 100, .date = {day, day}};
    if (mail)
        set_text(values, email, mail);
    buffer_clear(out);
    mention_pack(domain, values, out);
    assert_int_equal(buffer_status(out), COMITY_OK);
}

static enum comity_status add(struct mentions *mentions, uint64_t id, struct slice packed, struct comity_error *err)
{
    struct mention_row row = {.id = id, .content = id * 7, .identity = id * 11, .source = 1, .packed = packed};
    return mentions_add(mentions, &row, err);
}

static void equal_values_share_a_code(void **state)
{
    struct mentions mentions;
    struct buffer packed;
    struct comity_error err;
    (void)state;
    buffer_init(&packed, 1 << 16);
    assert_int_equal(mentions_init(&mentions, domain, &err), COMITY_OK);
    for (uint64_t id = 1; id <= 3000; id++) {
        char mail[32];
        snprintf(mail, sizeof mail, "P%u@EXAMPLE.ORG", (unsigned)(id % 1000));
        pack(&packed, id % 2 ? "ana" : "bo", (int32_t)(id % 7), id % 3 ? mail : NULL);
        assert_int_equal(add(&mentions, id, buffer_slice(&packed), &err), COMITY_OK);
    }
    assert_int_equal(mentions.n, 3000);
    assert_int_equal(mentions.columns[name].n_values, 3); /* absent, ana, bo */
    assert_int_equal(mentions.columns[birth].n_values, 8);
    assert_int_equal(mentions.columns[email].n_values, 1001);
    assert_int_equal(mentions.columns[reference].n_values, 1);
    assert_int_equal(mentions.columns[email].frequency[0], 1000);
    assert_int_equal(mentions.columns[reference].frequency[0], 3000);
    for (size_t i = 0; i < mentions.n; i++) {
        assert_true(slice_is(mention_value(&mentions, i, name)->text, (i + 1) % 2 ? "ana" : "bo"));
        assert_int_equal(mention_value(&mentions, i, birth)->date.first, (i + 1) % 7);
        assert_int_equal(mention_value(&mentions, i, email)->state, (i + 1) % 3 ? VALUE_TYPED : VALUE_ABSENT);
        assert_int_equal(mention_value(&mentions, i, reference)->state, VALUE_ABSENT);
    }
    assert_true(mentions.identity[2999] == 33000 && mentions.content[2999] == 21000 && mentions.source[2999] == 1);
    mentions_release(&mentions);
    buffer_release(&packed);
}

static void a_mention_survives_packing_with_long_texts(void **state)
{
    struct value values[DOMAIN_MOST_FIELDS] = {0}, back[DOMAIN_MOST_FIELDS];
    static char text[40000];
    struct buffer packed, again;
    struct comity_error err;
    (void)state;
    buffer_init(&packed, 1 << 20);
    buffer_init(&again, 1 << 20);
    for (size_t len = 100; len < sizeof text; len = len < 140 ? len + 1 : len * 2) {
        memset(text, 'x', len);
        text[len] = '\0';
        set_text(values, name, text);
        set_text(values, email, "A@B");
        buffer_clear(&packed);
        buffer_clear(&again);
        mention_pack(domain, values, &packed);
        assert_int_equal(mention_unpack(domain, buffer_slice(&packed), back, &err), COMITY_OK);
        assert_int_equal(back[name].text.len, len);
        assert_true(slice_is(back[email].text, "A@B"));
        assert_int_equal(back[birth].state, VALUE_ABSENT);
        mention_pack(domain, back, &again);
        assert_true(slice_equal(buffer_slice(&packed), buffer_slice(&again)));
    }
    buffer_release(&packed);
    buffer_release(&again);
}

static void a_mention_without_values_is_no_bytes(void **state)
{
    struct value values[DOMAIN_MOST_FIELDS] = {0};
    struct buffer packed;
    struct comity_error err;
    (void)state;
    buffer_init(&packed, 64);
    mention_pack(domain, values, &packed);
    assert_int_equal(packed.len, 0);
    assert_int_equal(mention_unpack(domain, SLICE_EMPTY, values, &err), COMITY_OK);
    assert_int_equal(values[name].type, VALUE_NAME);
    buffer_release(&packed);
}

/* Bytes changed or cut at any place are either read or told, and change nothing in the table if told. */
static void damaged_bytes_are_told(void **state)
{
    struct mentions mentions;
    struct buffer packed;
    struct comity_error err;
    struct value values[DOMAIN_MOST_FIELDS];
    uint64_t id = 1;
    size_t n_told = 0;
    (void)state;
    buffer_init(&packed, 1 << 16);
    assert_int_equal(mentions_init(&mentions, domain, &err), COMITY_OK);
    pack(&packed, "ana", 17000, "A@B");
    for (size_t at = 0; at < packed.len; at++)
        for (int bit = 0; bit < 8; bit++) {
            packed.ptr[at] = (char)(packed.ptr[at] ^ 1 << bit);
            size_t n = mentions.n;
            enum comity_status unpacked = mention_unpack(domain, buffer_slice(&packed), values, &err);
            assert_int_equal(add(&mentions, id++, buffer_slice(&packed), &err), unpacked);
            assert_int_equal(mentions.n, n + (unpacked == COMITY_OK));
            n_told += unpacked == COMITY_CORRUPT;
            packed.ptr[at] = (char)(packed.ptr[at] ^ 1 << bit);
        }
    assert_true(n_told > 20);
    for (size_t len = 1; len < packed.len; len++)
        assert_true(
            mention_unpack(domain, slice_of(packed.ptr, len), values, &err) == COMITY_CORRUPT || len < packed.len);
    buffer_add_string(&packed, "xxxxxxxxxxxxxxxxxxxxxx");
    assert_int_equal(add(&mentions, id, buffer_slice(&packed), &err), COMITY_CORRUPT);
    mentions_release(&mentions);
    buffer_release(&packed);
}

static void ids_must_ascend(void **state)
{
    struct mentions mentions;
    struct comity_error err;
    (void)state;
    assert_int_equal(mentions_init(&mentions, domain, &err), COMITY_OK);
    assert_int_equal(add(&mentions, 5, SLICE_EMPTY, &err), COMITY_OK);
    assert_int_equal(add(&mentions, 5, SLICE_EMPTY, &err), COMITY_INTERNAL);
    assert_int_equal(mentions.n, 1);
    mentions_release(&mentions);
}

/* Each allocation of filling a table fails in turn. After it the table holds what it held, and the same row can be
 * added. */
static void adding_survives_any_failed_allocation(void **state)
{
    struct buffer packed;
    struct comity_error err;
    long n_failures = 0;
    (void)state;
    buffer_init(&packed, 1 << 16);
    for (long n = 0;; n++) {
        struct mentions mentions;
        failing_malloc_after(n);
        enum comity_status status = mentions_init(&mentions, domain, &err);
        bool has_failed = failing_malloc_stop();
        if (has_failed) {
            assert_int_equal(status, COMITY_NOMEM);
            continue;
        }
        for (uint64_t id = 1; id <= 1500; id++) {
            char mail[32];
            snprintf(mail, sizeof mail, "P%u@EXAMPLE.ORG", (unsigned)id);
            pack(&packed, "ana", (int32_t)id, mail);
            for (long k = 0;; k++) {
                failing_malloc_after(k);
                status = add(&mentions, id, buffer_slice(&packed), &err);
                if (!failing_malloc_stop())
                    break;
                n_failures++;
                assert_int_equal(status, COMITY_NOMEM);
                assert_int_equal(mentions.n, id - 1);
            }
            assert_int_equal(status, COMITY_OK);
            assert_true(slice_is(mention_value(&mentions, id - 1, email)->text, mail));
            assert_int_equal(mentions.columns[email].frequency[mentions.columns[email].code[id - 1]], 1);
        }
        assert_int_equal(mentions.columns[name].frequency[1], 1500);
        mentions_release(&mentions);
        break;
    }
    assert_true(n_failures > 30);
    buffer_release(&packed);
}

/* ---- many ---- */

/* Rows 1 … n, some texts of which come again and again. */
static void put_rows(struct mention_batch *batch, uint64_t first, uint64_t end)
{
    struct buffer packed;
    struct comity_error err;
    buffer_init(&packed, 1 << 16);
    mention_batch_clear(batch);
    for (uint64_t id = first; id < end; id++) {
        char mail[64];
        snprintf(mail, sizeof mail, "%.*s%u@B", (int)(id % 30), "a text of a length that varies", (unsigned)(id % 77));
        pack(&packed, id % 50 < 25 ? "ana" : "bo", (int32_t)(id / 9), id % 3 ? mail : NULL);
        struct mention_row row = {
            .id = id, .content = id * 7, .identity = id * 11, .source = 1, .packed = buffer_slice(&packed)};
        assert_int_equal(mention_batch_put(batch, &row, &err), COMITY_OK);
    }
    buffer_release(&packed);
}

static void batches_say_the_same_as_one_after_another(void **state)
{
    enum { N = 1000, ROOM = 300 };
    struct mentions one, many;
    struct mention_batch batch;
    struct comity_error err;
    (void)state;
    assert_int_equal(mentions_init(&one, domain, &err), COMITY_OK);
    assert_int_equal(mentions_init(&many, domain, &err), COMITY_OK);
    mentions_reserve(&many, 100);
    assert_int_equal(mention_batch_init(&batch, domain, ROOM, &err), COMITY_OK);
    for (uint64_t id = 1; id <= N; id++) {
        put_rows(&batch, id, id + 1);
        assert_int_equal(mentions_add_batch(&one, &batch, &err), COMITY_OK);
    }
    for (uint64_t id = 1; id <= N; id += ROOM) {
        put_rows(&batch, id, id + ROOM < N ? id + ROOM : N + 1);
        assert_int_equal(mentions_add_batch(&many, &batch, &err), COMITY_OK);
    }
    assert_int_equal(many.n, N);
    assert_memory_equal(one.id, many.id, N * sizeof *one.id);
    assert_memory_equal(one.content, many.content, N * sizeof *one.content);
    for (size_t f = 0; f < domain->n_fields; f++) {
        const struct column *x = &one.columns[f], *y = &many.columns[f];
        assert_int_equal(x->n_values, y->n_values);
        assert_memory_equal(x->code, y->code, N * sizeof *x->code);
        assert_memory_equal(x->frequency, y->frequency, x->n_values * sizeof *x->frequency);
    }
    mention_batch_release(&batch);
    mentions_release(&one);
    mentions_release(&many);
}

static void of_a_batch_all_is_added_or_nothing(void **state)
{
    struct mentions mentions;
    struct mention_batch batch;
    struct comity_error err;
    (void)state;
    assert_int_equal(mentions_init(&mentions, domain, &err), COMITY_OK);
    assert_int_equal(mention_batch_init(&batch, domain, 3, &err), COMITY_OK);
    put_rows(&batch, 5, 8);
    batch.rows[2].id = 6;
    assert_int_equal(mentions_add_batch(&mentions, &batch, &err), COMITY_INTERNAL);
    assert_int_equal(mentions.n, 0);
    put_rows(&batch, 5, 8);
    assert_int_equal(mention_batch_tell(&batch, &err), COMITY_OK);
    batch.packed.ptr[batch.told[(size_t)name * batch.room].at] = '\x7F'; /* no state that there is */
    assert_int_equal(mentions_add_batch(&mentions, &batch, &err), COMITY_CORRUPT);
    assert_int_equal(mentions.n, 0);
    assert_int_equal(mentions.columns[birth].frequency[0], 0);
    put_rows(&batch, 5, 8);
    assert_int_equal(mentions_add_batch(&mentions, &batch, &err), COMITY_OK);
    assert_int_equal(mentions.n, 3);
    mention_batch_release(&batch);
    mentions_release(&mentions);
}

/* ---- hiding ---- */

/* What one row says: the e-mail is what is restricted, the reference is the source's key. */
struct said {
    uint32_t source;
    const char *person, *mail, *key;
};

static void say(struct mentions *mentions, const struct said *said, size_t n)
{
    static struct source_info sources[2];
    struct buffer packed;
    struct comity_error err;
    buffer_init(&packed, 1 << 16);
    assert_int_equal(mentions_init(mentions, domain, &err), COMITY_OK);
    sources[0].code = SLICE("one");
    sources[1].code = SLICE("two");
    mentions->sources = sources;
    mentions->n_sources = 2;
    for (size_t i = 0; i < n; i++) {
        struct value values[DOMAIN_MOST_FIELDS] = {0};
        set_text(values, name, said[i].person);
        if (said[i].mail)
            set_text(values, email, said[i].mail);
        if (said[i].key)
            set_text(values, reference, said[i].key);
        buffer_clear(&packed);
        mention_pack(domain, values, &packed);
        struct mention_row row = {.id = 10 + i,
            .source = said[i].source,
            .packed = buffer_slice(&packed),
            .content = hash_slice(buffer_slice(&packed)),
            .identity = hash_u64(i)};
        assert_int_equal(mentions_add(mentions, &row, &err), COMITY_OK);
    }
    mentions_seal(mentions);
    buffer_release(&packed);
}

static void hide(struct mentions *mentions, const struct said *said, size_t n)
{
    struct comity_error err;
    domain->fields[email].is_restricted = true;
    say(mentions, said, n);
    assert_int_equal(mentions_hide_restricted(mentions, &err), COMITY_OK);
    domain->fields[email].is_restricted = false;
}

static void rows_that_differ_in_what_is_hidden_are_equal_rows(void **state)
{
    static const struct said said[] = {{0, "ana", "A@B", "k1"}, {0, "bo", "A@B", NULL}, {0, "ana", "C@D", NULL},
        {1, "ana", NULL, NULL}, {0, "ana", NULL, NULL}};
    struct mentions mentions;
    (void)state;
    hide(&mentions, said, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(mention_value(&mentions, i, email)->state, VALUE_ABSENT);
        assert_true(mention_named(&mentions, i) == hash_u64(i));
    }
    assert_int_equal(mentions.columns[email].n_values, 1);
    assert_true(mentions.content[0] == mentions.content[2] && mentions.content[2] == mentions.content[3] &&
                mentions.content[3] == mentions.content[4]);
    assert_true(mentions.content[0] != mentions.content[1]);
    const uint32_t ordinals[] = {0, 0, 0, 0, 1}; /* by source and key, in the order of ids */
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(mentions.ordinal[i], ordinals[i]);
        for (size_t j = 0; j < i; j++)
            assert_true(mentions.identity[i] != mentions.identity[j]);
    }
    mentions_release(&mentions);
}

/* The hidden field orders nothing, nor do ids where there are keys. */
static void equal_rows_with_keys_are_known_by_them(void **state)
{
    static const struct said one[] = {{0, "ana", "A@B", "k1"}, {0, "ana", "C@D", "k2"}},
                             other[] = {{0, "ana", "C@D", "k2"}, {0, "ana", "A@B", "k1"}};
    struct mentions a, b;
    (void)state;
    hide(&a, one, 2);
    hide(&b, other, 2);
    assert_true(a.identity[0] == b.identity[1] && a.identity[1] == b.identity[0] && a.identity[0] != a.identity[1]);
    mentions_release(&a);
    mentions_release(&b);
}

/* Whatever the restricted field says, also in which order its values come. */
static void nothing_that_orders_knows_what_is_hidden(void **state)
{
    static const struct said one[] = {{0, "ana", "A@B", NULL}, {1, "bo", "C@D", NULL}, {0, "ana", "C@D", NULL}},
                             other[] = {{0, "ana", NULL, NULL}, {1, "bo", "Z@Z", NULL}, {0, "ana", NULL, NULL}};
    struct mentions a, b;
    (void)state;
    hide(&a, one, 3);
    hide(&b, other, 3);
    assert_memory_equal(a.content, b.content, 3 * sizeof *a.content);
    assert_memory_equal(a.ordinal, b.ordinal, 3 * sizeof *a.ordinal);
    assert_memory_equal(a.identity, b.identity, 3 * sizeof *a.identity);
    for (size_t f = 0; f < domain->n_fields; f++)
        assert_memory_equal(a.columns[f].code, b.columns[f].code, 3 * sizeof *a.columns[f].code);
    mentions_release(&a);
    mentions_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_values_share_a_code),
        cmocka_unit_test(a_mention_survives_packing_with_long_texts),
        cmocka_unit_test(a_mention_without_values_is_no_bytes),
        cmocka_unit_test(damaged_bytes_are_told),
        cmocka_unit_test(ids_must_ascend),
        cmocka_unit_test(batches_say_the_same_as_one_after_another),
        cmocka_unit_test(of_a_batch_all_is_added_or_nothing),
        cmocka_unit_test(adding_survives_any_failed_allocation),
        cmocka_unit_test(rows_that_differ_in_what_is_hidden_are_equal_rows),
        cmocka_unit_test(equal_rows_with_keys_are_known_by_them),
        cmocka_unit_test(nothing_that_orders_knows_what_is_hidden),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
