/* Files beside entries, the whole way: what is kept tells nothing, what is acknowledged is there, what does not fit is
 * refused, and who may not know of an original does not. */
#include "unit.h"

#include "failing_malloc.h"
#include "files_world.h"

#include <fcntl.h>
#include <pthread.h>

static const char pdf[] = "%PDF-1.7\n1 0 obj <</Type/Catalog>> endobj\n%%EOF\n";

static struct attachment *list(struct files *f, uint64_t entry, bool with_removed, size_t *n)
{
    struct attachment *all;
    assert_ok(
        &f->world, store_attachments(f->world.store, &tester, entry, with_removed, &f->arena, &all, n, &f->world.err));
    return all;
}

static void verify(struct files *f)
{
    size_t n;
    world_verify(&f->world);
    assert_ok(&f->world, attachment_verify(f->world.store, f->cabinet, &n, &f->world.err));
}

static void a_photograph_is_kept_without_what_it_tells(void **state)
{
    struct files f;
    struct attachment a, *all;
    size_t n;
    (void)state;
    files_init(&f);
    assert_ok(&f.world, files_take(&f, 7, "dir/IMG_1.JPG", files_photo(&f, 0), &a));
    assert_int_equal(a.entry, 7);
    assert_true(slice_is(a.name, "IMG_1.JPG"));
    assert_true(slice_is(a.kind, "jpeg"));
    assert_int_equal(a.width, 30); /* it was held askew */
    assert_int_equal(a.height, 40);
    assert_true(a.has_thumbnail);
    assert_int_equal(a.original_sha256.len, 0);
    assert_false(files_tell(&f, "CANARY", ".none"));
    all = list(&f, 7, false, &n);
    assert_int_equal(n, 1);
    assert_true(slice_equal(all[0].sha256, a.sha256));
    assert_true(slice_equal(all[0].name, a.name));
    assert_true(slice_equal(all[0].when, a.when));
    assert_true(slice_is(all[0].who, "tester"));
    assert_int_equal(files_count(&f, false), 2);
    verify(&f);
    files_release(&f);
}

static void parts_are_read_with_their_types(void **state)
{
    struct files f;
    struct attachment a;
    enum file_kind kind;
    (void)state;
    files_init(&f);
    made_png(&(struct made_options){.width = 500, .height = 9, .png_colours = PNG_COLOR_TYPE_RGB}, &f.made);
    assert_ok(&f.world, files_take(&f, 1, "a", buffer_slice(&f.made), &a));
    assert_true(slice_is(a.name, "a.png"));
    buffer_clear(&f.made);
    assert_ok(&f.world, attachment_read(f.cabinet, &a, ATTACHMENT_KEPT, &f.made, &f.world.err));
    assert_ok(&f.world, file_kind_of(buffer_slice(&f.made), &kind, &f.world.err));
    assert_int_equal(kind, FILE_PNG);
    assert_string_equal(attachment_type(&a, ATTACHMENT_KEPT), "image/png");
    buffer_clear(&f.made);
    assert_ok(&f.world, attachment_read(f.cabinet, &a, ATTACHMENT_THUMBNAIL, &f.made, &f.world.err));
    assert_ok(&f.world, file_kind_of(buffer_slice(&f.made), &kind, &f.world.err));
    assert_int_equal(kind, FILE_JPEG);
    assert_string_equal(attachment_type(&a, ATTACHMENT_THUMBNAIL), "image/jpeg");
    assert_int_equal(attachment_read(f.cabinet, &a, ATTACHMENT_ORIGINAL, &f.made, &f.world.err), COMITY_NOTFOUND);
    files_release(&f);
}

static void a_pdf_is_kept_as_it_came(void **state)
{
    struct files f;
    struct attachment a;
    char path[128];
    (void)state;
    files_init(&f);
    snprintf(path, sizeof path, "%s/sent", f.world.folder);
    int fd = open(path, O_CREAT | O_RDWR, 0600);
    assert_int_equal(write(fd, pdf, sizeof pdf - 1), sizeof pdf - 1);
    assert_ok(&f.world, attachment_take_file(f.world.store, f.cabinet,
                            &(struct attachment_offer){
                                .entry = 3, .name = SLICE("acta.pdf"), .note = SLICE("page 1"), .keeps_original = true},
                            fd, NULL, &tester, &f.arena, &a, &f.world.err));
    close(fd);
    assert_false(a.has_thumbnail);
    assert_int_equal(a.original_size, 0); /* it is its own */
    assert_true(slice_is(a.note, "page 1"));
    assert_int_equal(attachment_read(f.cabinet, &a, ATTACHMENT_THUMBNAIL, &f.made, &f.world.err), COMITY_NOTFOUND);
    assert_ok(&f.world, attachment_read(f.cabinet, &a, ATTACHMENT_KEPT, &f.made, &f.world.err));
    assert_string_equal(f.made.ptr, pdf);
    assert_string_equal(attachment_type(&a, ATTACHMENT_KEPT), "application/pdf");
    files_release(&f);
}

static void an_original_is_kept_when_asked_and_for_some_only(void **state)
{
    struct files f;
    struct attachment a, seen;
    struct buffer original;
    (void)state;
    files_init(&f);
    struct slice photo = files_photo(&f, 1);
    assert_ok(&f.world, attachment_take(f.world.store, f.cabinet,
                            &(struct attachment_offer){.entry = 3, .name = SLICE("a.jpg"), .keeps_original = true},
                            photo, NULL, &tester, &f.arena, &a, &f.world.err));
    assert_int_equal(a.original_size, photo.len);
    assert_true(files_tell(&f, "CANARY", ".none"));
    assert_false(files_tell(&f, "CANARY", ".original"));
    buffer_init(&original, 1 << 20);
    assert_ok(&f.world, attachment_read(f.cabinet, &a, ATTACHMENT_ORIGINAL, &original, &f.world.err));
    assert_true(slice_equal(buffer_slice(&original), photo));
    assert_ok(&f.world, store_attachment(f.world.store, &plain_reader, a.id, &f.arena, &seen, &f.world.err));
    assert_int_equal(seen.original_size, 0);
    assert_int_equal(seen.original_sha256.len, 0);
    assert_int_equal(attachment_read(f.cabinet, &seen, ATTACHMENT_ORIGINAL, &original, &f.world.err), COMITY_NOTFOUND);
    buffer_release(&original);
    verify(&f);
    files_release(&f);
}

static void the_ledger_knows_the_hash_and_not_the_name(void **state)
{
    struct files f;
    struct attachment a;
    struct ledger_line *lines;
    size_t n;
    (void)state;
    files_init(&f);
    assert_ok(&f.world, files_take(&f, 12, "Juan Perez.jpg", files_photo(&f, 0), &a));
    assert_ok(&f.world, store_attachment_remove(f.world.store, a.id, &tester, &f.world.err));
    assert_ok(&f.world, store_attachment_restore(f.world.store, a.id, NULL, &tester, &f.world.err));
    assert_ok(&f.world, store_ledger(f.world.store, &tester, &f.arena, &lines, &n, &f.world.err));
    static const char *const what[] = {"attach", "remove attachment", "restore attachment"};
    for (size_t i = 0; i < 3; i++) {
        struct slice detail = lines[n - 3 + i].detail_json;
        assert_true(slice_is(lines[n - 3 + i].what, what[i]));
        assert_true(slice_find(detail, a.sha256) > 0);
        assert_true(slice_find(detail, SLICE("\"entry\":12")) > 0);
        assert_int_equal(slice_find(detail, SLICE("Perez")), -1);
    }
    verify(&f);
    files_release(&f);
}

static void removing_is_taken_back(void **state)
{
    struct files f;
    struct attachment a;
    size_t n;
    (void)state;
    files_init(&f);
    assert_ok(&f.world, files_take(&f, 5, "a.jpg", files_photo(&f, 0), &a));
    assert_ok(&f.world, store_attachment_remove(f.world.store, a.id, &tester, &f.world.err));
    list(&f, 5, false, &n);
    assert_int_equal(n, 0);
    assert_true(list(&f, 5, true, &n)[0].is_removed);
    assert_int_equal(store_attachment_remove(f.world.store, a.id, &tester, &f.world.err), COMITY_CONFLICT);
    assert_int_equal(store_attachment_remove(f.world.store, 99, &tester, &f.world.err), COMITY_NOTFOUND);
    assert_ok(&f.world, store_attachment_restore(f.world.store, a.id, NULL, &tester, &f.world.err));
    assert_int_equal(store_attachment_restore(f.world.store, a.id, NULL, &tester, &f.world.err), COMITY_CONFLICT);
    list(&f, 5, false, &n);
    assert_int_equal(n, 1);
    /* Removed, added anew: the first cannot come back beside it. */
    assert_ok(&f.world, store_attachment_remove(f.world.store, a.id, &tester, &f.world.err));
    uint64_t first = a.id;
    assert_ok(&f.world, files_take(&f, 5, "a.jpg", buffer_slice(&f.made), &a));
    assert_int_equal(store_attachment_restore(f.world.store, first, NULL, &tester, &f.world.err), COMITY_CONFLICT);
    verify(&f);
    files_release(&f);
}

static void equal_files_are_kept_once(void **state)
{
    struct files f;
    struct attachment a, b;
    (void)state;
    files_init(&f);
    assert_ok(&f.world, files_take(&f, 1, "a.jpg", files_photo(&f, 0), &a));
    assert_int_equal(files_take(&f, 1, "b.jpg", buffer_slice(&f.made), &b), COMITY_CONFLICT);
    assert_ok(&f.world, files_take(&f, 2, "a.jpg", buffer_slice(&f.made), &b));
    assert_true(slice_equal(a.sha256, b.sha256));
    assert_int_equal(files_count(&f, false), 2);
    verify(&f);
    files_release(&f);
}

static enum comity_status take_capped(
    struct files *f, uint64_t entry, unsigned number, const struct attachment_caps *caps)
{
    struct attachment a;
    return attachment_take(f->world.store, f->cabinet,
        &(struct attachment_offer){.entry = entry, .name = SLICE("a.jpg")}, files_photo(f, number), caps, &tester,
        &f->arena, &a, &f->world.err);
}

static void what_does_not_fit_is_refused_and_leaves_nothing(void **state)
{
    struct files f;
    struct attachment a, *all;
    size_t n;
    (void)state;
    files_init(&f);
    assert_int_equal(take_capped(&f, 1, 0, &(struct attachment_caps){.most_bytes = 100}), COMITY_LIMIT);
    assert_int_equal(files_count(&f, false), 0);
    for (unsigned i = 0; i < 2; i++)
        assert_ok(&f.world, take_capped(&f, 1, i, &(struct attachment_caps){.most_per_entry = 2}));
    assert_int_equal(take_capped(&f, 1, 2, &(struct attachment_caps){.most_per_entry = 2}), COMITY_LIMIT);
    assert_ok(&f.world, take_capped(&f, 2, 2, &(struct attachment_caps){.most_per_entry = 2}));
    assert_int_equal(files_count(&f, false), 6);
    all = list(&f, 1, false, &n);
    assert_ok(&f.world, store_attachment_remove(f.world.store, all[0].id, &tester, &f.world.err));
    assert_ok(&f.world, take_capped(&f, 1, 3, &(struct attachment_caps){.most_per_entry = 2}));
    assert_int_equal(store_attachment_restore(f.world.store, all[0].id, &(struct attachment_caps){.most_per_entry = 2},
                         &tester, &f.world.err),
        COMITY_LIMIT);
    assert_int_equal(take_capped(&f, 9, 9, &(struct attachment_caps){.most_total = 2000}), COMITY_LIMIT);
    assert_ok(&f.world, take_capped(&f, 9, 9, &(struct attachment_caps){.most_total = 200000}));
    for (unsigned i = 0; i < 20; i++)
        assert_ok(&f.world, files_take(&f, 50, "a.jpg", files_photo(&f, 100 + i), &a));
    assert_int_equal(files_take(&f, 50, "a.jpg", files_photo(&f, 200), &a), COMITY_LIMIT);
    assert_true(f.world.err.hint[0]);
    verify(&f);
    files_release(&f);
}

static void other_things_are_refused_and_leave_nothing(void **state)
{
    const struct slice others[] = {
        SLICE(""), SLICE("text"), SLICE("<svg/>"), SLICE("GIF89a"), SLICE("\xFF\xD8\xFF\xE0"), SLICE("%PDF-1.7")};
    struct files f;
    struct attachment a;
    size_t n;
    (void)state;
    files_init(&f);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(files_take(&f, 1, "a.jpg", others[i], &a), COMITY_INPUT);
    assert_int_equal(files_count(&f, false) + files_count(&f, true), 0);
    assert_int_equal(files_take(&f, 4711, "a.jpg", files_photo(&f, 0), &a), COMITY_NOTFOUND);
    list(&f, 0, true, &n);
    assert_int_equal(n, 0);
    files_release(&f);
}

/* ---- damage, sweeping ---------------------------------------------------------------------------------------------
 */

static void damage_is_found(void **state)
{
    struct files f;
    struct attachment a;
    char path[256];
    size_t n;
    (void)state;
    files_init(&f);
    assert_ok(&f.world, files_take(&f, 1, "a.pdf", slice_from(pdf), &a));
    snprintf(path, sizeof path, "%s.files/%.*s", f.world.path, SLICE_ARG(a.sha256));
    int fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, "X", 1, 9), 1);
    close(fd);
    assert_int_equal(attachment_verify(f.world.store, f.cabinet, &n, &f.world.err), COMITY_CORRUPT);
    assert_int_equal(truncate(path, 20), 0);
    assert_int_equal(attachment_read(f.cabinet, &a, ATTACHMENT_KEPT, &f.made, &f.world.err), COMITY_CORRUPT);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(attachment_read(f.cabinet, &a, ATTACHMENT_KEPT, &f.made, &f.world.err), COMITY_NOTFOUND);
    assert_int_equal(attachment_verify(f.world.store, f.cabinet, &n, &f.world.err), COMITY_CORRUPT);
    files_release(&f);
}

/* Years later: what rows name stays, also of those that were removed. */
static void only_what_no_row_names_is_swept(void **state)
{
    struct files f;
    struct attachment a;
    size_t n;
    (void)state;
    files_init(&f);
    int64_t later = time(NULL) + (int64_t)1000 * CABINET_SWEEP_S;
    assert_ok(&f.world, attachment_sweep(f.world.store, f.cabinet, later, &n, &f.world.err));
    assert_ok(&f.world,
        attachment_take(f.world.store, f.cabinet, &(struct attachment_offer){.entry = 1, .keeps_original = true},
            files_photo(&f, 0), NULL, &tester, &f.arena, &a, &f.world.err));
    assert_ok(&f.world, files_take(&f, 1, "b", files_photo(&f, 1), &a));
    assert_ok(&f.world, store_attachment_remove(f.world.store, a.id, &tester, &f.world.err));
    assert_ok(&f.world, cabinet_put(f.cabinet, "0123", SLICE("of a crash"), &f.world.err));
    assert_ok(&f.world, attachment_sweep(f.world.store, f.cabinet, time(NULL), &n, &f.world.err));
    assert_int_equal(n, 0);
    assert_ok(&f.world, attachment_sweep(f.world.store, f.cabinet, later, &n, &f.world.err));
    assert_int_equal(n, 1);
    assert_int_equal(files_count(&f, false), 5);
    verify(&f);
    files_release(&f);
}

/* ---- at once ------------------------------------------------------------------------------------------------------
 */

enum { EACH = 12 };

struct hand {
    struct files *f;
    unsigned first;
    size_t n_taken, n_full;
};

static void *take_many(void *context)
{
    struct hand *hand = context;
    struct files mine = {.cabinet = hand->f->cabinet};
    memcpy(mine.world.path, hand->f->world.path, sizeof mine.world.path);
    buffer_init(&mine.made, 1 << 20);
    world_open(&mine.world);
    for (unsigned i = 0; i < EACH; i++) {
        struct attachment a;
        enum comity_status status = files_take(&mine, 1, "a.jpg", files_photo(&mine, hand->first + i), &a);
        hand->n_taken += status == COMITY_OK;
        hand->n_full += status == COMITY_LIMIT;
    }
    store_close(mine.world.store);
    arena_release(&mine.arena);
    buffer_release(&mine.made);
    return NULL;
}

static void two_at_once_do_not_exceed_what_fits(void **state)
{
    struct files f;
    pthread_t threads[2];
    struct hand hands[2] = {{&f, 0, 0, 0}, {&f, 1000, 0, 0}};
    size_t n;
    (void)state;
    files_init(&f);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_many, &hands[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(hands[0].n_taken + hands[1].n_taken, 20);
    assert_int_equal(hands[0].n_full + hands[1].n_full, 2 * EACH - 20);
    list(&f, 1, false, &n);
    assert_int_equal(n, 20);
    assert_int_equal(files_count(&f, true), 0);
    verify(&f);
    files_release(&f);
}

/* An import holds the writer's lock for minutes; a file need not wait for it. */
static void a_file_does_not_wait_for_an_import(void **state)
{
    struct files f, other = {0};
    struct store_import *import;
    struct attachment a;
    (void)state;
    files_init(&f);
    other.world = f.world;
    world_open(&other.world);
    assert_ok(&other.world, world_begin(&other.world, "s", "hash", &import));
    assert_ok(&f.world, files_take(&f, 1, "a.jpg", files_photo(&f, 0), &a));
    store_import_abort(import);
    store_close(other.world.store);
    files_release(&f);
}

/* ---- out of memory ------------------------------------------------------------------------------------------------
 */

static void out_of_memory_attaches_nothing(void **state)
{
    struct files f;
    struct attachment a;
    size_t n;
    (void)state;
    files_init(&f);
    struct slice photo = files_photo(&f, 0);
    for (long k = 0;; k++) {
        arena_release(&f.arena);
        failing_malloc_after(k);
        enum comity_status status = files_take(&f, 1, "a.jpg", photo, &a);
        bool has_failed = failing_malloc_stop();
        if (status == COMITY_OK)
            assert_ok(&f.world, store_attachment_remove(f.world.store, a.id, &tester, &f.world.err));
        else
            assert_int_equal(status, COMITY_NOMEM);
        list(&f, 1, false, &n);
        assert_int_equal(n, 0);
        if (!has_failed)
            break;
    }
    for (long k = 0;; k++) {
        failing_malloc_after(k);
        enum comity_status status = attachment_sweep(f.world.store, f.cabinet, time(NULL) * 2, &n, &f.world.err);
        bool has_failed = failing_malloc_stop();
        assert_true(status == COMITY_OK || status == COMITY_NOMEM);
        if (!has_failed)
            break;
    }
    verify(&f);
    files_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_photograph_is_kept_without_what_it_tells),
        cmocka_unit_test(parts_are_read_with_their_types),
        cmocka_unit_test(a_pdf_is_kept_as_it_came),
        cmocka_unit_test(an_original_is_kept_when_asked_and_for_some_only),
        cmocka_unit_test(the_ledger_knows_the_hash_and_not_the_name),
        cmocka_unit_test(removing_is_taken_back),
        cmocka_unit_test(equal_files_are_kept_once),
        cmocka_unit_test(what_does_not_fit_is_refused_and_leaves_nothing),
        cmocka_unit_test(other_things_are_refused_and_leave_nothing),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(only_what_no_row_names_is_swept),
        cmocka_unit_test(two_at_once_do_not_exceed_what_fits),
        cmocka_unit_test(a_file_does_not_wait_for_an_import),
        cmocka_unit_test(out_of_memory_attaches_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
