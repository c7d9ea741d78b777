/* files_world.h - a store with its folder of files, and what lies in it. */
#ifndef FILES_WORLD_H
#define FILES_WORLD_H

#include "made_picture.h"
#include "store_world.h"

#include "files/attachment.h"

#include <dirent.h>
#include <sqlite3.h>

struct files {
    struct world world;
    struct cabinet *cabinet;
    struct arena arena;
    struct buffer made; /* the last picture, or what was read last */
};

static const struct reader plain_reader = {.language = "en", .name = "reader", .hides_restricted = true};

/* Entries with the numbers 1 to 2000, of which only that they are there matters. */
static inline void files_add_entries(struct files *files)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(files->world.path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                         "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 2000)"
                         " INSERT INTO entry(id, unit, nonce, version, state, title, author, created, changed)"
                         " SELECT n, '', n, 1, 0, '', '', 0, 0 FROM number",
                         NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
}

static inline void files_init(struct files *files)
{
    memset(files, 0, sizeof *files);
    world_init(&files->world);
    files_add_entries(files);
    buffer_init(&files->made, 64 << 20);
    assert_ok(&files->world, cabinet_open(files->world.path, STORE_WRITE, &files->cabinet, &files->world.err));
}

static inline void files_release(struct files *files)
{
    char command[256];
    store_close(files->world.store);
    cabinet_close(files->cabinet);
    buffer_release(&files->made);
    arena_release(&files->arena);
    snprintf(command, sizeof command, "rm -rf '%s'", files->world.folder);
    assert_int_equal(system(command), 0);
}

/* A photograph that tells where it was made; another one for each number. */
static inline struct slice files_photo(struct files *files, unsigned number)
{
    buffer_clear(&files->made);
    made_jpeg(
        &(struct made_options){
            .width = 40 + number % 400, .height = 30 + number / 400, .orientation = 6, .is_told = true},
        &files->made);
    return buffer_slice(&files->made);
}

static inline enum comity_status files_take(
    struct files *files, uint64_t entry, const char *name, struct slice bytes, struct attachment *out)
{
    return attachment_take(files->world.store, files->cabinet,
        &(struct attachment_offer){.entry = entry, .name = slice_from(name)}, bytes, NULL, &tester, &files->arena, out,
        &files->world.err);
}

/* How many names there are in the folder: with a dot, or without. */
static inline size_t files_count(struct files *files, bool with_dot)
{
    char path[128];
    size_t n = 0;
    snprintf(path, sizeof path, "%s.files", files->world.path);
    DIR *names = opendir(path);
    if (!names)
        return 0;
    for (struct dirent *at = readdir(names); at; at = readdir(names))
        n += strcmp(at->d_name, ".") && strcmp(at->d_name, "..") && (at->d_name[0] == '.') == with_dot;
    closedir(names);
    return n;
}

/* Whether these bytes stand in any file in the folder of the store or below, but for those whose names end so. */
static inline bool files_tell(struct files *files, const char *what, const char *but)
{
    char command[512];
    snprintf(command, sizeof command, "grep -rqaF '%s' '%s' --exclude='*%s'", what, files->world.folder, but);
    return system(command) == 0;
}

#endif
