/* Check, clean, make small, put, note: in this order, so that nothing is written of what is refused, and nothing is
 * noted that is not written. */
#include "files/attachment.h"

#include "base/calendar.h"
#include "base/error.h"
#include "base/file.h"
#include "files/file_name.h"
#include "files/picture.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_THUMBNAIL = 1 << 20, NAME_ROOM = CABINET_MOST_NAME + 1 };

static const struct reader itself = {.name = "files"};

/* ---- taking -------------------------------------------------------------------------------------------------------
 */

/* One file on its way in. */
struct taking {
    struct slice bytes; /* as it came */
    enum file_kind kind;
    struct picture picture;      /* of what is kept */
    struct buffer clean, small;  /* of pictures */
    struct slice kept, original; /* original: empty unless it is kept */
    char kept_sha[CABINET_SHA_TEXT], original_sha[CABINET_SHA_TEXT], name[FILE_NAME_MOST + 1];
};

static enum comity_status clean_picture(struct taking *taking, struct comity_error *err)
{
    enum comity_status status = picture_look(taking->bytes, taking->kind, &taking->picture, err);
    if (!status)
        status = picture_clean(taking->bytes, taking->kind, &taking->clean, err);
    if (!status)
        status = picture_thumbnail(buffer_slice(&taking->clean), taking->kind, &taking->small, err);
    taking->kept = buffer_slice(&taking->clean);
    return status;
}

static enum comity_status prepare(struct taking *taking, struct cabinet *cabinet, struct comity_error *err)
{
    taking->kept = taking->bytes;
    enum comity_status status = file_kind_of(taking->bytes, &taking->kind, err);
    if (status || !file_kind_is_picture(taking->kind))
        return status;
    cabinet_work_begin(cabinet);
    status = clean_picture(taking, err);
    cabinet_work_end(cabinet);
    return status;
}

static enum comity_status put_named(
    struct cabinet *cabinet, const char *sha, const char *ending, struct slice bytes, struct comity_error *err)
{
    char name[NAME_ROOM];
    snprintf(name, sizeof name, "%s%s", sha, ending);
    return cabinet_put(cabinet, name, bytes, err);
}

static enum comity_status put_all(struct taking *taking, struct cabinet *cabinet, struct comity_error *err)
{
    cabinet_sha(taking->kept, taking->kept_sha);
    enum comity_status status = put_named(cabinet, taking->kept_sha, "", taking->kept, err);
    if (!status && taking->small.len)
        status = put_named(cabinet, taking->kept_sha, ".thumb", buffer_slice(&taking->small), err);
    if (status || !taking->original.len)
        return status;
    cabinet_sha(taking->original, taking->original_sha);
    return put_named(cabinet, taking->original_sha, ".original", taking->original, err);
}

static struct attachment row_of(
    const struct taking *taking, const struct attachment_offer *offer, const char *when, const struct reader *who)
{
    return (struct attachment){.entry = offer->entry,
        .name = slice_from(taking->name),
        .kind = slice_from(file_kind_name(taking->kind)),
        .sha256 = slice_from(taking->kept_sha),
        .size = taking->kept.len,
        .width = taking->picture.width,
        .height = taking->picture.height,
        .has_thumbnail = taking->small.len != 0,
        .original_sha256 = slice_from(taking->original_sha),
        .original_size = taking->original.len,
        .note = offer->note,
        .when = slice_from(when),
        .who = slice_from(who->name)};
}

static bool copy_text(struct arena *arena, struct slice *text)
{
    *text = arena_copy(arena, *text);
    return text->ptr != NULL;
}

/* Its texts in the arena; before it is noted, so that nothing can fail afterwards. */
static bool copy_texts(struct arena *arena, struct attachment *row)
{
    return copy_text(arena, &row->name) && copy_text(arena, &row->sha256) && copy_text(arena, &row->original_sha256) &&
           copy_text(arena, &row->note) && copy_text(arena, &row->when) && copy_text(arena, &row->who);
}

static enum comity_status note(struct taking *taking, struct store *store, const struct attachment_offer *offer,
    const struct attachment_caps *caps, const struct reader *who, struct arena *arena, struct attachment *out,
    struct comity_error *err)
{
    char when[INSTANT_TEXT];
    instant_now(when);
    struct attachment row = row_of(taking, offer, when, who);
    if (!copy_texts(arena, &row))
        return error_nomem(err);
    enum comity_status status = store_attachment_add(store, &row, caps, who, &row.id, err);
    if (status)
        return status;
    if (who->hides_restricted) {
        row.original_sha256 = SLICE_EMPTY;
        row.original_size = 0;
    }
    *out = row;
    return COMITY_OK;
}

/* Up to where the bytes are on the disk. */
static enum comity_status keep(struct taking *taking, struct store *store, struct cabinet *cabinet,
    const struct attachment_offer *offer, const struct attachment_caps *caps, struct comity_error *err)
{
    enum comity_status status = store_may_write(store, err);
    if (!status)
        status = store_attachment_fits(store, offer->entry, taking->bytes.len, caps, err);
    if (!status)
        status = prepare(taking, cabinet, err);
    if (status)
        return status;
    /* What lost nothing is its own original. */
    if (offer->keeps_original && !slice_equal(taking->kept, taking->bytes))
        taking->original = taking->bytes;
    file_name_clean(offer->name, taking->kind, taking->name);
    return put_all(taking, cabinet, err);
}

enum comity_status attachment_take(struct store *store, struct cabinet *cabinet, const struct attachment_offer *offer,
    struct slice bytes, const struct attachment_caps *caps, const struct reader *who, struct arena *arena,
    struct attachment *out, struct comity_error *err)
{
    struct taking taking = {.bytes = bytes};
    *out = (struct attachment){0};
    buffer_init(&taking.clean, PICTURE_MOST_CLEANED);
    buffer_init(&taking.small, MOST_THUMBNAIL);
    enum comity_status status = keep(&taking, store, cabinet, offer, caps, err);
    if (!status)
        status = note(&taking, store, offer, caps, who, arena, out, err);
    buffer_release(&taking.clean);
    buffer_release(&taking.small);
    return status;
}

enum comity_status attachment_take_file(struct store *store, struct cabinet *cabinet,
    const struct attachment_offer *offer, int fd, const struct attachment_caps *caps, const struct reader *who,
    struct arena *arena, struct attachment *out, struct comity_error *err)
{
    struct file_map map;
    *out = (struct attachment){0};
    enum comity_status status = file_map_open(&map, fd, "what was sent", err);
    if (status)
        return status;
    status = attachment_take(store, cabinet, offer, slice_of(map.ptr, map.len), caps, who, arena, out, err);
    file_unmap(&map);
    return status;
}

/* ---- reading ------------------------------------------------------------------------------------------------------
 */

/* The name in the cabinet; false where there is no such part. */
static bool part_name(const struct attachment *a, enum attachment_part part, char name[NAME_ROOM])
{
    struct slice sha = part == ATTACHMENT_ORIGINAL ? a->original_sha256 : a->sha256;
    const char *const endings[] = {"", ".thumb", ".original"};
    if (sha.len != ATTACHMENT_SHA || (part == ATTACHMENT_THUMBNAIL && !a->has_thumbnail))
        return false;
    snprintf(name, NAME_ROOM, "%.*s%s", SLICE_ARG(sha), endings[part]);
    return true;
}

enum comity_status attachment_read(struct cabinet *cabinet, const struct attachment *attachment,
    enum attachment_part part, struct buffer *out, struct comity_error *err)
{
    char name[NAME_ROOM];
    uint64_t size = part == ATTACHMENT_ORIGINAL ? attachment->original_size : attachment->size;
    if (!part_name(attachment, part, name))
        return error_set(err, COMITY_NOTFOUND, TELL("There is no such file."));
    return cabinet_get(cabinet, name, part == ATTACHMENT_THUMBNAIL ? CABINET_ANY_SIZE : size, out, err);
}

const char *attachment_type(const struct attachment *attachment, enum attachment_part part)
{
    enum file_kind kind;
    if (part == ATTACHMENT_THUMBNAIL)
        return file_kind_type(FILE_JPEG);
    return file_kind_named(attachment->kind, &kind) ? file_kind_type(kind) : "application/octet-stream";
}

/* ---- all of them --------------------------------------------------------------------------------------------------
 */

static enum comity_status list_all(
    struct store *store, struct arena *arena, struct attachment **out, size_t *n, struct comity_error *err)
{
    return store_attachments(store, &itself, 0, true, arena, out, n, err);
}

static enum comity_status verify_part(struct cabinet *cabinet, const struct attachment *a, enum attachment_part part,
    struct buffer *bytes, size_t *n_files, struct comity_error *err)
{
    char name[NAME_ROOM], sha[CABINET_SHA_TEXT];
    if (!part_name(a, part, name))
        return COMITY_OK;
    buffer_clear(bytes);
    enum comity_status status = attachment_read(cabinet, a, part, bytes, err);
    ++*n_files;
    if (status == COMITY_NOTFOUND)
        return error_set(err, COMITY_CORRUPT, "the file '%s' is gone", name);
    if (status || part == ATTACHMENT_THUMBNAIL)
        return status;
    cabinet_sha(buffer_slice(bytes), sha);
    return memcmp(name, sha, ATTACHMENT_SHA) == 0
               ? COMITY_OK
               : error_set(err, COMITY_CORRUPT, "the file '%s' is not what was kept", name);
}

enum comity_status attachment_verify(
    struct store *store, struct cabinet *cabinet, size_t *n_files, struct comity_error *err)
{
    struct arena arena = {0};
    struct attachment *all;
    struct buffer bytes;
    size_t n = 0;
    *n_files = 0;
    buffer_init(&bytes, (size_t)1 << 30);
    enum comity_status status = list_all(store, &arena, &all, &n, err);
    for (size_t i = 0; !status && i < n; i++) {
        for (int part = ATTACHMENT_KEPT; !status && part <= ATTACHMENT_ORIGINAL; part++)
            status = verify_part(cabinet, &all[i], (enum attachment_part)part, &bytes, n_files, err);
    }
    buffer_release(&bytes);
    arena_release(&arena);
    return status;
}

struct needed {
    struct store *store;
    struct arena arena;
    struct slice *names; /* sorted */
    size_t n;
    bool is_read, has_failed;
    struct comity_error err;
};

static int by_name(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static bool add_name(struct needed *needed, const struct attachment *a, enum attachment_part part)
{
    char name[NAME_ROOM];
    if (!part_name(a, part, name))
        return true;
    struct slice kept = arena_copy(&needed->arena, slice_from(name));
    needed->names[needed->n++] = kept;
    return kept.ptr != NULL;
}

static bool read_needed(struct needed *needed)
{
    struct attachment *all;
    size_t n = 0;
    bool is_whole = list_all(needed->store, &needed->arena, &all, &n, &needed->err) == COMITY_OK;
    if (is_whole && !(needed->names = ARENA_ARRAY(&needed->arena, struct slice, 3 * n + 1)))
        is_whole = error_nomem(&needed->err) == COMITY_OK;
    for (size_t i = 0; is_whole && i < n; i++) {
        is_whole = add_name(needed, &all[i], ATTACHMENT_KEPT) && add_name(needed, &all[i], ATTACHMENT_THUMBNAIL) &&
                   add_name(needed, &all[i], ATTACHMENT_ORIGINAL);
        if (!is_whole)
            error_nomem(&needed->err);
    }
    if (is_whole && needed->n)
        qsort(needed->names, needed->n, sizeof *needed->names, by_name);
    return is_whole;
}

/* The store is asked at the first name, when nobody can put any more: a row that comes later names a file that was just
 * put, which is too young to be swept. Where it cannot be asked, everything is needed. */
static bool is_needed(void *context, struct slice name)
{
    struct needed *needed = context;
    if (!needed->is_read)
        needed->has_failed = !read_needed(needed);
    needed->is_read = true;
    return needed->has_failed ||
           (needed->n && bsearch(&name, needed->names, needed->n, sizeof *needed->names, by_name));
}

enum comity_status attachment_sweep(
    struct store *store, struct cabinet *cabinet, int64_t now, size_t *n_removed, struct comity_error *err)
{
    struct needed needed = {.store = store};
    enum comity_status status = cabinet_sweep(cabinet, now, is_needed, &needed, n_removed, err);
    if (!status && needed.has_failed) {
        status = needed.err.status;
        if (err)
            *err = needed.err;
    }
    arena_release(&needed.arena);
    return status;
}
