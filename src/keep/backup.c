/* Making a backup and looking through one. What was written is read back by the same code that will have to read it
 * when it is needed. */
#include "keep/backup.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "base/calendar.h"
#include "base/error.h"
#include "base/file.h"
#include "files/attachment.h"
#include "keep/members.h"
#include "keep/shelf.h"
#include "store/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ABOUT_MOST = 64 * 1024, READ_PIECE = 128 * 1024 };

/* ---- what it tells of itself ----------------------------------------------------------------------------------- */

static enum comity_status write_about(
    struct seal_writer *to, const struct backup_info *info, const char *store_name, struct comity_error *err)
{
    struct buffer text;
    buffer_init(&text, ABOUT_MOST);
    buffer_format(&text, "made %s\nprogram %s\ndomain %s\n", info->made, info->program, info->domain);
    buffer_format(
        &text, "schema %llu\nsequence %llu\n", (unsigned long long)info->schema, (unsigned long long)info->sequence);
    buffer_format(&text, "ledger-lines %llu\nledger-head %s\nstore %s\n", (unsigned long long)info->n_ledger,
        info->ledger_head, store_name);
    enum comity_status status =
        buffer_status(&text) ? error_nomem(err) : member_write_text(to, MEMBER_ABOUT, buffer_slice(&text), err);
    buffer_release(&text);
    return status;
}

static enum comity_status no_about(const char *path, struct comity_error *err)
{
    return error_set(err, COMITY_CORRUPT, "'%s' does not tell what it holds", path);
}

/* 0 for what is no number. */
static uint64_t number_of(struct slice text)
{
    uint64_t number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || number > UINT64_MAX / 10 - 1)
            return 0;
        number = number * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return number;
}

/* A line that is not known is of a later version, and passed over. */
static void take_line(struct slice name, struct slice value, struct backup_info *info)
{
    const struct {
        const char *name;
        char *text;
        size_t size;
    } texts[] = {{"made", info->made, sizeof info->made}, {"program", info->program, sizeof info->program},
        {"domain", info->domain, sizeof info->domain}, {"ledger-head", info->ledger_head, sizeof info->ledger_head}};
    const struct {
        const char *name;
        uint64_t *number;
    } numbers[] = {{"schema", &info->schema}, {"sequence", &info->sequence}, {"ledger-lines", &info->n_ledger}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (slice_is(name, texts[i].name))
            snprintf(texts[i].text, texts[i].size, "%.*s", SLICE_ARG(value));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (slice_is(name, numbers[i].name))
            *numbers[i].number = number_of(value);
}

static enum comity_status parse_about(
    struct slice text, const char *path, struct backup_info *info, struct comity_error *err)
{
    while (text.len) {
        struct slice value = slice_cut(&text, '\n'), name = slice_cut(&value, ' ');
        take_line(name, value, info);
    }
    if (!info->schema)
        return no_about(path, err);
    if (info->schema <= store_schema_known())
        return COMITY_OK;
    error_set(err, COMITY_UNSUPPORTED, "'%s' was made by a newer Comity (%s, schema %llu; this one knows %llu)", path,
        info->program, (unsigned long long)info->schema, (unsigned long long)store_schema_known());
    error_hint(err, "use that version or a later one");
    return COMITY_UNSUPPORTED;
}

enum comity_status backup_read_about(
    struct members_reader *reader, const char *path, struct backup_info *info, struct comity_error *err)
{
    const struct member *member;
    struct buffer text;
    char piece[4096];
    size_t n = 0;
    buffer_init(&text, ABOUT_MOST);
    enum comity_status status = members_next(reader, &member, err);
    if (!status && member->kind != MEMBER_ABOUT)
        status = no_about(path, err);
    while (!status && !(status = members_read(reader, piece, sizeof piece, &n, err)) && n)
        buffer_add(&text, piece, n);
    if (!status && text.failed)
        status = text.over_cap ? no_about(path, err) : error_nomem(err);
    if (!status)
        status = parse_about(buffer_slice(&text), path, info, err);
    buffer_release(&text);
    return status;
}

/* ---- looking through one --------------------------------------------------------------------------------------- */

/* One hash of all members but the first: their kinds, names, sizes and digests. */
struct sum {
    crypto_generichash_state state;
    uint64_t n_files, n_bytes;
};

static void sum_begin(struct sum *sum)
{
    *sum = (struct sum){0};
    crypto_generichash_init(&sum->state, NULL, 0, MEMBER_DIGEST);
}

static void sum_add(struct sum *sum, const struct member *member)
{
    unsigned char kind = (unsigned char)member->kind;
    sum->n_files += member->kind == MEMBER_FILE;
    sum->n_bytes += member->size;
    crypto_generichash_update(&sum->state, &kind, 1);
    crypto_generichash_update(&sum->state, (const unsigned char *)member->name, strlen(member->name) + 1);
    crypto_generichash_update(&sum->state, member->digest, MEMBER_DIGEST);
}

/* Where long work is: bytes of a known total. */
struct meter {
    const struct progress *progress;
    const char *stage;
    uint64_t done, total;
};

static bool meter_tell(void *context, uint64_t n)
{
    struct meter *meter = context;
    meter->done += n;
    return progress_tell(meter->progress, meter->stage, meter->done, meter->total);
}

static enum comity_status read_member(struct members_reader *reader, struct meter *meter, struct comity_error *err)
{
    char *piece = malloc(READ_PIECE);
    size_t n = 0;
    enum comity_status status = piece ? COMITY_OK : error_nomem(err);
    while (!status && !(status = members_read(reader, piece, READ_PIECE, &n, err)) && n)
        if (!meter_tell(meter, n))
            status = error_set(err, COMITY_CANCELLED, "stopped before all was read");
    free(piece);
    return status;
}

static enum comity_status read_all(struct members_reader *reader, const char *path, struct meter *meter,
    struct backup_info *info, struct sum *sum, struct comity_error *err)
{
    const struct member *member = NULL;
    enum comity_status status = backup_read_about(reader, path, info, err);
    while (!status && !(status = members_next(reader, &member, err)) && member->kind != MEMBER_END) {
        status = read_member(reader, meter, err);
        if (!status)
            sum_add(sum, member);
    }
    info->n_files = sum->n_files;
    info->n_bytes = sum->n_bytes;
    return status;
}

static enum comity_status look_through(FILE *file, const char *path, struct slice passphrase,
    const struct progress *progress, struct backup_info *info, struct sum *sum, struct comity_error *err)
{
    struct seal_reader *seal = NULL;
    struct members_reader *reader = NULL;
    struct meter meter = {.progress = progress, .stage = "read back", .total = info->n_bytes};
    sum_begin(sum);
    enum comity_status status = seal_reader_new(file, path, passphrase, &seal, err);
    if (!status)
        status = members_reader_new(seal, path, &reader, err);
    if (!status) {
        info->is_encrypted = seal_is_encrypted(seal);
        status = read_all(reader, path, &meter, info, sum, err);
    }
    members_reader_free(reader);
    seal_reader_free(seal);
    return status;
}

enum comity_status backup_check_file(FILE *file, const char *path, struct slice passphrase,
    const struct progress *progress, struct backup_info *info, struct comity_error *err)
{
    struct sum sum;
    *info = (struct backup_info){0};
    snprintf(info->path, sizeof info->path, "%s", path);
    return look_through(file, path, passphrase, progress, info, &sum, err);
}

enum comity_status backup_check(const char *path, struct slice passphrase, const struct progress *progress,
    struct backup_info *info, struct comity_error *err)
{
    struct stat about;
    FILE *file = fopen(path, "rbe");
    if (!file)
        return error_io(err, "open", path);
    enum comity_status status = backup_check_file(file, path, passphrase, progress, info, err);
    if (!status && fstat(fileno(file), &about) == 0)
        info->size = (uint64_t)about.st_size;
    fclose(file);
    return status;
}

/* ---- making one ------------------------------------------------------------------------------------------------ */

struct making {
    const struct backup_options *options;
    struct backup_info *info;
    struct room room;
    char copy[KEEP_PATH], files[KEEP_PATH], stem[KEEP_PATH];
    struct arena arena;
    const char **names;
    size_t n_names;
    uint64_t total; /* bytes of the copy and the attachments */
    struct part part;
    struct sum sum;
};

/* Whether all that the copy names is there and is what was kept: a backup without it would not be whole. */
static enum comity_status look_at_files(struct making *making, struct store *store, struct comity_error *err)
{
    struct cabinet *cabinet = NULL;
    size_t n_files;
    enum comity_status status = cabinet_open(making->options->store_path, STORE_READ, &cabinet, err);
    if (!status)
        status = attachment_verify(store, cabinet, &n_files, err);
    if (status == COMITY_CORRUPT)
        error_hint(err, "put it back into '%s.files' from an earlier backup: restore that with --to, and copy it",
            path_name(making->options->store_path));
    cabinet_close(cabinet);
    return status;
}

static enum comity_status look_at_copy(struct making *making, struct comity_error *err)
{
    struct store *store = NULL;
    struct store_facts facts;
    struct backup_info *info = making->info;
    uint64_t n_lines;
    enum comity_status status = store_open(making->copy, STORE_READ, 0, &store, err);
    if (!status) {
        store_ask(store, making->options->progress);
        status = store_verify(store, &n_lines, err);
    }
    if (status == COMITY_CORRUPT)
        error_hint(err, "the store itself is damaged: keep its earlier backups, and restore the newest that is whole");
    if (!status)
        status = store_facts(store, &facts, err);
    if (!status) {
        info->schema = facts.schema;
        info->sequence = facts.sequence;
        info->n_ledger = facts.n_ledger;
        memcpy(info->ledger_head, facts.ledger_head, sizeof info->ledger_head);
        snprintf(info->domain, sizeof info->domain, "%.*s", SLICE_ARG(store_domain(store)));
        status = look_at_files(making, store, err);
    }
    store_close(store);
    return status;
}

/* SQLite does not tell a full disk from a failing one. */
static enum comity_status hint_room(enum comity_status status, struct comity_error *err)
{
    if (status == COMITY_IO && err && !err->hint[0])
        error_hint(err, "is there room for a copy of the store beside it? nothing that was there is lost");
    return status;
}

/* The store as it is now, in the room, found whole. */
static enum comity_status take_copy(struct making *making, struct comity_error *err)
{
    struct store *store = NULL;
    const struct backup_options *options = making->options;
    enum comity_status status = store_open(options->store_path, STORE_READ, options->wait_ms, &store, err);
    if (!status)
        status = keep_path(making->copy, err, "%s/store", making->room.path);
    if (!status) {
        instant_now(making->info->made);
        status = store_copy(store, making->copy, options->progress, err);
    }
    store_close(store);
    if (!status)
        status = look_at_copy(making, err);
    return hint_room(status, err);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum comity_status add_name(struct making *making, size_t *room, const char *name, struct comity_error *err)
{
    if (making->n_names == *room) {
        size_t more = *room ? 2 * *room : 64;
        const char **names = realloc(making->names, more * sizeof *names);
        if (!names)
            return error_nomem(err);
        making->names = names;
        *room = more;
    }
    const char *copy = arena_string(&making->arena, slice_from(name));
    if (!copy)
        return error_nomem(err);
    making->names[making->n_names++] = copy;
    return COMITY_OK;
}

/* What is no attachment's name is none: it is left out. */
static enum comity_status list_files(struct making *making, struct comity_error *err)
{
    size_t room = 0;
    struct stat info;
    enum comity_status status = keep_path(making->files, err, "%s.files", making->options->store_path);
    DIR *folder = status ? NULL : opendir(making->files);
    if (!status && !folder)
        return errno == ENOENT ? COMITY_OK : error_io(err, "look into", making->files);
    for (struct dirent *entry; !status && (entry = keep_read_folder(folder));) {
        if (!member_is_name(slice_from(entry->d_name)))
            continue;
        if (fstatat(dirfd(folder), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(info.st_mode))
            continue;
        making->total += (uint64_t)info.st_size;
        status = add_name(making, &room, entry->d_name, err);
    }
    if (!status && errno)
        status = error_io(err, "look into", making->files);
    if (folder)
        closedir(folder);
    if (making->n_names)
        qsort(making->names, making->n_names, sizeof *making->names, by_name);
    return status;
}

static enum comity_status write_members(struct making *making, struct seal_writer *to, struct comity_error *err)
{
    struct member member;
    char path[KEEP_PATH];
    struct meter meter = {.progress = making->options->progress, .stage = "write", .total = making->total};
    enum comity_status status = write_about(to, making->info, path_name(making->options->store_path), err);
    if (!status)
        status = member_write_file(to, MEMBER_STORE, "", making->copy, meter_tell, &meter, &member, err);
    if (!status)
        sum_add(&making->sum, &member);
    for (size_t i = 0; !status && i < making->n_names; i++) {
        status = keep_path(path, err, "%s/%s", making->files, making->names[i]);
        if (!status)
            status = member_write_file(to, MEMBER_FILE, making->names[i], path, meter_tell, &meter, &member, err);
        if (!status)
            sum_add(&making->sum, &member);
    }
    return status ? status : members_finish(to, err);
}

static enum comity_status write_part(struct making *making, struct comity_error *err)
{
    struct seal_writer *to = NULL;
    sum_begin(&making->sum);
    enum comity_status status =
        seal_writer_new(making->part.file, making->part.path, making->options->passphrase, &to, err);
    if (!status)
        status = write_members(making, to, err);
    seal_writer_free(to);
    return status ? status : part_sync(&making->part, err);
}

/* What stands on the disk is what was read from it. */
static enum comity_status read_back(struct making *making, struct comity_error *err)
{
    unsigned char written[MEMBER_DIGEST], found[MEMBER_DIGEST];
    struct backup_info info = {.n_bytes = making->sum.n_bytes};
    struct stat about;
    struct sum sum;
    enum comity_status status = look_through(
        making->part.file, making->part.path, making->options->passphrase, making->options->progress, &info, &sum, err);
    if (status)
        return status;
    crypto_generichash_final(&making->sum.state, written, sizeof written);
    crypto_generichash_final(&sum.state, found, sizeof found);
    if (memcmp(written, found, sizeof found) != 0)
        return error_set(err, COMITY_CORRUPT, "what was written to '%s' is not what stands there", making->part.path);
    making->info->n_files = sum.n_files;
    making->info->n_bytes = sum.n_bytes;
    making->info->is_encrypted = info.is_encrypted;
    if (fstat(fileno(making->part.file), &about) == 0)
        making->info->size = (uint64_t)about.st_size;
    return COMITY_OK;
}

static enum comity_status make(struct making *making, struct comity_error *err)
{
    struct stat about;
    enum comity_status status = take_copy(making, err);
    if (!status && stat(making->copy, &about) == 0)
        making->total = (uint64_t)about.st_size;
    if (!status)
        status = list_files(making, err);
    if (!status)
        status = part_open(&making->part, making->info->path, err);
    if (!status)
        status = write_part(making, err);
    if (!status)
        status = read_back(making, err);
    return status ? status : part_keep(&making->part, err);
}

/* The room is taken away at the end, with all that is in it. */
static enum comity_status check_not_room(const struct making *making, struct comity_error *err)
{
    char folder[KEEP_PATH];
    shelf_folder_of(making->info->path, folder);
    if (!room_is(&making->room, folder) && !room_is(&making->room, making->info->path))
        return COMITY_OK;
    error_set(err, COMITY_CONFLICT, "'%s' is where the backup is made ready, and is removed then", folder);
    error_hint(err, "choose another folder");
    return COMITY_CONFLICT;
}

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static enum comity_status choose_name(struct making *making, struct comity_error *err)
{
    const struct backup_options *options = making->options;
    enum comity_status status = shelf_stem(options->store_path, options->wait_ms, making->stem, err);
    if (status)
        return hint_room(status, err);
    return shelf_name(options->out, making->stem, seconds_now(), making->info->path, err);
}

static enum comity_status choose_path(struct making *making, struct comity_error *err)
{
    const struct backup_options *options = making->options;
    size_t len = strlen(options->out);
    if (is_folder(options->out) && access(options->out, W_OK | X_OK) != 0)
        return error_io(err, "write into", options->out);
    if (is_folder(options->out))
        return choose_name(making, err);
    if (len && options->out[len - 1] == '/')
        return error_set(err, COMITY_NOTFOUND, "there is no folder '%s'", options->out);
    if (options->keep)
        return error_set(
            err, COMITY_USAGE, "'%s' is no folder: only in a folder old backups can be removed", options->out);
    return keep_path(making->info->path, err, "%s", options->out);
}

enum comity_status backup_make(const struct backup_options *options, struct backup_info *info, struct comity_error *err)
{
    struct making making = {.options = options, .info = info};
    *info = (struct backup_info){0};
    snprintf(info->program, sizeof info->program, "%s", comity_version());
    if (access(options->store_path, R_OK) != 0)
        return error_io(err, "open", options->store_path);
    enum comity_status status = choose_path(&making, err);
    if (!status && access(info->path, F_OK) == 0) /* before long work */
        status = part_open(&making.part, info->path, err);
    if (!status)
        status = room_open(&making.room, options->store_path, "-backup", "a backup", options->wait_ms, err);
    if (!status)
        status = check_not_room(&making, err);
    if (!status)
        status = make(&making, err);
    part_close(&making.part);
    room_close(&making.room);
    free(making.names);
    arena_release(&making.arena);
    return status || !options->keep
               ? status
               : shelf_prune(options->out, making.stem, options->keep, info->path, &info->n_removed, err);
}
