/* Everything that can fail is done in a folder beside; what follows are renames. Attachments come before the store, so
 * that at no moment a store stands there whose attachments do not. */
#include "keep/restore.h"

#include "base/calendar.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "keep/members.h"
#include "keep/shelf.h"
#include "store/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 128 * 1024 };

struct restoring {
    const struct restore_options *options;
    struct backup_info *info;
    struct room room;
    char store[KEEP_PATH], files[KEEP_PATH]; /* in the room */
    char final_files[KEEP_PATH];
    char kept[KEEP_PATH], kept_files[KEEP_PATH], kept_log[KEEP_PATH]; /* of the store that was there; empty: nothing */
    struct stat owner;
    char *piece;
    uint64_t done;
};

/* ---- unpacking ------------------------------------------------------------------------------------------------- */

static enum comity_status unpack_into(
    struct restoring *restoring, struct members_reader *reader, int fd, const char *path, struct comity_error *err)
{
    size_t n = 0;
    enum comity_status status = COMITY_OK;
    while (!status && !(status = members_read(reader, restoring->piece, PIECE, &n, err)) && n) {
        restoring->done += n;
        if (!file_write_all(fd, slice_of(restoring->piece, n)))
            status = seal_io(err, "write", path);
        else if (!progress_tell(restoring->options->progress, "restore", restoring->done, 0))
            status = error_set(err, COMITY_CANCELLED, "stopped before all was restored");
    }
    return !status && fsync(fd) != 0 ? seal_io(err, "write", path) : status;
}

static enum comity_status unpack(
    struct restoring *restoring, struct members_reader *reader, const char *path, struct comity_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return seal_io(err, "create", path);
    enum comity_status status = unpack_into(restoring, reader, fd, path, err);
    if (close(fd) != 0 && !status)
        status = seal_io(err, "write", path);
    return status;
}

static enum comity_status unpack_one(
    struct restoring *restoring, struct members_reader *reader, const struct member *member, struct comity_error *err)
{
    char path[KEEP_PATH];
    if (member->kind == MEMBER_STORE)
        return unpack(restoring, reader, restoring->store, err);
    enum comity_status status = keep_path(path, err, "%s/%s", restoring->files, member->name);
    return status ? status : unpack(restoring, reader, path, err);
}

static enum comity_status unpack_all(
    struct restoring *restoring, struct members_reader *reader, struct comity_error *err)
{
    const struct member *member = NULL;
    struct backup_info *info = restoring->info;
    enum comity_status status = backup_read_about(reader, restoring->options->path, info, err);
    if (!status && mkdir(restoring->files, 0700) != 0)
        status = seal_io(err, "create the folder", restoring->files);
    while (!status && !(status = members_next(reader, &member, err)) && member->kind != MEMBER_END) {
        info->n_files += member->kind == MEMBER_FILE;
        info->n_bytes += member->size;
        status = unpack_one(restoring, reader, member, err);
    }
    return status;
}

/* ---- the store itself ------------------------------------------------------------------------------------------ */

static enum comity_status note(struct restoring *restoring, struct store *store, struct comity_error *err)
{
    const struct backup_info *info = restoring->info;
    struct buffer detail;
    buffer_init(&detail, 1 << 16);
    buffer_add_byte(&detail, '{');
    json_member(&detail, "backup", slice_from(path_name(restoring->options->path)));
    json_member(&detail, "made", slice_from(info->made));
    json_member_u64(&detail, "ledger_lines", info->n_ledger);
    json_member(&detail, "ledger_head", slice_from(info->ledger_head));
    buffer_add_byte(&detail, '}');
    enum comity_status status = buffer_status(&detail)
                                    ? error_nomem(err)
                                    : store_note_restore(store, restoring->options->who, buffer_slice(&detail), err);
    buffer_release(&detail);
    return status;
}

/* Opening for writing brings older tables forward, and clears away what an import that was under way had written. */
static enum comity_status settle(struct restoring *restoring, struct comity_error *err)
{
    struct store *store = NULL;
    uint64_t n_lines = 0;
    enum comity_status status = store_open(restoring->store, STORE_WRITE, 0, &store, err);
    if (!status) {
        store_ask(store, restoring->options->progress);
        status = store_verify(store, &n_lines, err);
        store_ask(store, NULL);
    }
    if (!status)
        status = note(restoring, store, err);
    if (!status)
        status = store_empty_log(store, err);
    store_close(store);
    if (status == COMITY_IO && err && !err->hint[0])
        error_hint(err, "make room on the disk and try again; nothing that was there is lost");
    if (status == COMITY_CORRUPT && err && !err->hint[0])
        error_hint(err, "use another backup");
    return status;
}

/* ---- whose it is ----------------------------------------------------------------------------------------------- */

/* What root restores belongs to whom the store belonged that it replaces, or else to whom the folder does: a service
 * must be able to open its store. Others can only make files of their own. */
static void find_owner(const char *store_path, struct stat *owner)
{
    char folder[KEEP_PATH];
    if (stat(store_path, owner) == 0)
        return;
    shelf_folder_of(store_path, folder);
    if (stat(folder, owner) != 0)
        *owner = (struct stat){.st_uid = geteuid(), .st_gid = getegid()};
}

static enum comity_status give(const struct restoring *restoring, const char *path, struct comity_error *err)
{
    if (geteuid() != 0)
        return COMITY_OK;
    return chown(path, restoring->owner.st_uid, restoring->owner.st_gid) == 0 ? COMITY_OK
                                                                              : error_io(err, "give away", path);
}

/* ---- into its place -------------------------------------------------------------------------------------------- */

static bool is_same_file(const char *a, const char *b)
{
    struct file_map x, y;
    if (file_map(&x, a, NULL) != COMITY_OK)
        return false;
    bool is_same = file_map(&y, b, NULL) == COMITY_OK && x.len == y.len && (!x.len || memcmp(x.ptr, y.ptr, x.len) == 0);
    file_unmap(&y);
    file_unmap(&x);
    return is_same;
}

typedef enum comity_status file_work(
    const struct restoring *restoring, const char *from, const char *to, struct comity_error *err);

/* An attachment of this name that says something else belongs to the store that is there: it may not be replaced. */
static enum comity_status check_file(
    const struct restoring *restoring, const char *from, const char *to, struct comity_error *err)
{
    (void)restoring;
    if (access(to, F_OK) != 0 || is_same_file(from, to))
        return COMITY_OK;
    error_set(err, COMITY_CONFLICT, "'%s' is there, and is not the attachment of this name in the backup", to);
    error_hint(err, "restore to another place with --to");
    return COMITY_CONFLICT;
}

static enum comity_status move_file(
    const struct restoring *restoring, const char *from, const char *to, struct comity_error *err)
{
    if (access(to, F_OK) == 0)
        return COMITY_OK; /* the same, as was seen */
    enum comity_status status = give(restoring, from, err);
    if (status)
        return status;
    return rename(from, to) == 0 ? COMITY_OK : seal_io(err, "create", to);
}

/* Calls `work` for every attachment in one folder, with its name in another. */
static enum comity_status each_file(const struct restoring *restoring, const char *from_folder, const char *to_folder,
    file_work *work, struct comity_error *err)
{
    char from[KEEP_PATH], to[KEEP_PATH];
    enum comity_status status = COMITY_OK;
    DIR *folder = opendir(from_folder);
    if (!folder)
        return error_io(err, "look into", from_folder);
    for (struct dirent *entry; !status && (entry = keep_read_folder(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        status = keep_path(from, err, "%s/%s", from_folder, entry->d_name);
        if (!status)
            status = keep_path(to, err, "%s/%s", to_folder, entry->d_name);
        if (!status)
            status = work(restoring, from, to, err);
    }
    if (!status && errno)
        status = error_io(err, "look into", from_folder);
    closedir(folder);
    return status;
}

static enum comity_status place_files(const struct restoring *restoring, struct comity_error *err)
{
    char within[KEEP_PATH];
    if (!restoring->info->n_files)
        return COMITY_OK;
    enum comity_status status = each_file(restoring, restoring->files, restoring->final_files, check_file, err);
    if (!status && mkdir(restoring->final_files, 0700) == 0)
        status = give(restoring, restoring->final_files, err);
    else if (!status && errno != EEXIST)
        status = seal_io(err, "create the folder", restoring->final_files);
    if (!status)
        status = each_file(restoring, restoring->files, restoring->final_files, move_file, err);
    if (!status)
        status = keep_path(within, err, "%s/.", restoring->final_files);
    if (!status)
        file_sync_folder_of(within);
    return status;
}

static enum comity_status link_file(
    const struct restoring *restoring, const char *from, const char *to, struct comity_error *err)
{
    struct stat info;
    (void)restoring;
    if (lstat(from, &info) != 0 || !S_ISREG(info.st_mode))
        return COMITY_OK; /* no attachment */
    return link(from, to) == 0 ? COMITY_OK : seal_io(err, "create", to);
}

/* The restored store names fewer attachments than the old one, and what no row names is swept away one day: under a
 * second name they stay. */
static enum comity_status keep_old_files(struct restoring *restoring, struct comity_error *err)
{
    char path[KEEP_PATH];
    if (access(restoring->final_files, F_OK) != 0)
        return COMITY_OK;
    enum comity_status status = keep_path(path, err, "%s.files", restoring->kept);
    if (!status && mkdir(path, 0700) != 0)
        status = seal_io(err, "create the folder", path);
    if (status)
        return status;
    memcpy(restoring->kept_files, path, sizeof path);
    status = give(restoring, path, err);
    if (!status)
        status = each_file(restoring, restoring->final_files, path, link_file, err);
    if (!status)
        status = keep_path(path, err, "%s/.", restoring->kept_files);
    if (!status)
        file_sync_folder_of(path);
    return status;
}

/* Held, the log is empty. */
static enum comity_status move_log(struct restoring *restoring, bool is_held, struct comity_error *err)
{
    char log[KEEP_PATH], kept_log[KEEP_PATH];
    enum comity_status status = keep_path(log, err, "%s-wal", restoring->options->store_path);
    if (!status)
        status = keep_path(kept_log, err, "%s-wal", restoring->kept);
    if (status)
        return status;
    if ((is_held ? unlink(log) : rename(log, kept_log)) != 0)
        return errno == ENOENT ? COMITY_OK : seal_io(err, "move", log);
    if (!is_held)
        memcpy(restoring->kept_log, kept_log, sizeof kept_log);
    return COMITY_OK;
}

/* The store that is there keeps a name: `<store>.replaced-20261128T191541Z`, and its attachments and its log with it,
 * where there are some. */
static enum comity_status keep_old(struct restoring *restoring, bool is_held, struct comity_error *err)
{
    const char *path = restoring->options->store_path;
    char now[INSTANT_TEXT], kept[KEEP_PATH];
    instant_now(now);
    enum comity_status status =
        keep_path(kept, err, "%s.replaced-%.4s%.2s%.5s%.2s%.2sZ", path, now, now + 5, now + 8, now + 14, now + 17);
    if (!status && link(path, kept) != 0)
        status = seal_io(err, "create", kept);
    if (status)
        return status;
    memcpy(restoring->kept, kept, sizeof kept);
    status = keep_old_files(restoring, err);
    return status ? status : move_log(restoring, is_held, err);
}

/* It failed after all: the store has its own name still, and needs no other. */
static void forget_old(struct restoring *restoring)
{
    char log[KEEP_PATH];
    snprintf(log, sizeof log, "%s-wal", restoring->options->store_path);
    if (restoring->kept_log[0])
        rename(restoring->kept_log, log);
    if (restoring->kept_files[0])
        keep_remove_folder(restoring->kept_files);
    if (restoring->kept[0])
        unlink(restoring->kept);
}

/* A store that is too damaged to be opened cannot be held; then whether somebody has it open cannot be told either. */
static enum comity_status replace(struct restoring *restoring, struct comity_error *err)
{
    struct store_hold *hold = NULL;
    const char *path = restoring->options->store_path;
    enum comity_status status = store_hold(path, &hold, err);
    if (status == COMITY_CORRUPT)
        status = COMITY_OK;
    if (!status)
        status = place_files(restoring, err);
    if (!status)
        status = keep_old(restoring, hold != NULL, err);
    if (!status && rename(restoring->store, path) != 0)
        status = seal_io(err, "create", path);
    if (status)
        forget_old(restoring);
    store_let_go(hold);
    return status;
}

static enum comity_status place(struct restoring *restoring, bool is_there, struct comity_error *err)
{
    const char *path = restoring->options->store_path;
    find_owner(path, &restoring->owner);
    enum comity_status status = give(restoring, restoring->store, err);
    if (status)
        return status;
    if (is_there) {
        status = replace(restoring, err);
    } else {
        status = place_files(restoring, err);
        if (!status)
            status = shelf_rename(restoring->store, path, err);
    }
    if (!status)
        file_sync_folder_of(path);
    return status;
}

/* ---- all of it ------------------------------------------------------------------------------------------------- */

static enum comity_status restore(struct restoring *restoring, FILE *file, bool is_there, struct comity_error *err)
{
    struct seal_reader *seal = NULL;
    struct members_reader *reader = NULL;
    const struct restore_options *options = restoring->options;
    enum comity_status status = seal_reader_new(file, options->path, options->passphrase, &seal, err);
    if (!status) {
        restoring->info->is_encrypted = seal_is_encrypted(seal);
        status = members_reader_new(seal, options->path, &reader, err);
    }
    if (!status)
        status = room_open(&restoring->room, options->store_path, "-restore", "a restoration", options->wait_ms, err);
    if (!status)
        status = keep_path(restoring->store, err, "%s/store", restoring->room.path);
    if (!status)
        status = keep_path(restoring->files, err, "%s/files", restoring->room.path);
    if (!status)
        status = unpack_all(restoring, reader, err);
    members_reader_free(reader);
    seal_reader_free(seal);
    if (!status)
        status = settle(restoring, err);
    return status ? status : place(restoring, is_there, err);
}

/* Whether something stands where the store is to stand, and may. */
static enum comity_status look_at_place(const struct restore_options *options, bool *is_there, struct comity_error *err)
{
    char log[KEEP_PATH];
    enum comity_status status = keep_path(log, err, "%s-wal", options->store_path);
    *is_there = access(options->store_path, F_OK) == 0;
    if (status)
        return status;
    if (*is_there && !options->replaces) {
        error_set(err, COMITY_CONFLICT, "'%s' is there already", options->store_path);
        error_hint(err, "choose another place with --to, or say --replace once nothing uses it");
        return COMITY_CONFLICT;
    }
    if (!*is_there && access(log, F_OK) == 0) {
        error_set(err, COMITY_CONFLICT, "'%s' is left of a store that is gone, and would be taken for this one's", log);
        error_hint(err, "move it away");
        return COMITY_CONFLICT;
    }
    return COMITY_OK;
}

enum comity_status restore_store(
    const struct restore_options *options, struct backup_info *info, char kept[KEEP_PATH], struct comity_error *err)
{
    bool is_there = false;
    struct restoring restoring = {.options = options, .info = info};
    *info = (struct backup_info){0};
    snprintf(info->path, sizeof info->path, "%s", options->path);
    enum comity_status status = look_at_place(options, &is_there, err);
    if (!status)
        status = keep_path(restoring.final_files, err, "%s.files", options->store_path);
    if (status)
        return status;
    FILE *file = fopen(options->path, "rbe");
    if (!file)
        return error_io(err, "open", options->path);
    restoring.piece = malloc(PIECE);
    status = restoring.piece ? restore(&restoring, file, is_there, err) : error_nomem(err);
    fclose(file);
    free(restoring.piece);
    room_close(&restoring.room);
    if (kept)
        snprintf(kept, KEEP_PATH, "%s", status ? "" : restoring.kept);
    return status;
}
