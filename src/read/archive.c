/* libzip finds, checks and unpacks the members (PKWARE APPNOTE 6.3); here is which of them is meant. */
#include "read/archive.h"

#include "base/error.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

static const uint64_t MOST_SPOOL = (uint64_t)4 << 30;

/* ---- opening ------------------------------------------------------------------------------------------------- */

/* Copies what the bytes give into a temporary file, which libzip then owns. */
static enum comity_status spool(struct bytes *bytes, zip_source_t **source, struct comity_error *err)
{
    enum { CHUNK = 64 * 1024 };
    uint64_t total = 0;
    size_t got = 1;
    FILE *file = tmpfile();
    char *chunk = malloc(CHUNK);
    enum comity_status status = !file    ? error_io(err, "make", "a temporary file")
                                : !chunk ? error_nomem(err)
                                         : COMITY_OK;
    while (!status && got && !(status = bytes_read(bytes, chunk, CHUNK, &got, err))) {
        total += got;
        if (got && fwrite(chunk, 1, got, file) != got)
            status = error_io(err, "write", "a temporary file");
        if (!status && total > MOST_SPOOL) {
            status = error_set(err, COMITY_LIMIT,
                "the archive is larger than 4 GB and comes through a pipe or in an "
                "envelope");
            error_hint(err, "unpack it first, and import it from the disk");
        }
    }
    free(chunk);
    if (!status && fflush(file))
        status = error_io(err, "write", "a temporary file");
    *source = status ? NULL : zip_source_filep_create(file, 0, -1, NULL);
    if (!*source && file)
        fclose(file);
    return status || *source ? status : error_nomem(err);
}

enum comity_status archive_open(
    struct archive *archive, const char *path, struct slice memory, struct bytes *bytes, struct comity_error *err)
{
    zip_source_t *source = NULL;
    zip_error_t fault;
    enum comity_status status = COMITY_OK;
    if (path)
        source = zip_source_file_create(path, 0, -1, NULL);
    else if (memory.ptr)
        source = zip_source_buffer_create(memory.ptr, memory.len, 0, NULL);
    else
        status = spool(bytes, &source, err);
    if (status)
        return status;
    if (!source)
        return error_nomem(err);
    zip_error_init(&fault);
    archive->zip = zip_open_from_source(source, ZIP_RDONLY, &fault);
    if (!archive->zip) {
        status = zip_error_code_zip(&fault) == ZIP_ER_MEMORY
                     ? error_nomem(err)
                     : error_set(err, COMITY_INPUT, "unable to read the ZIP archive: %s", zip_error_strerror(&fault));
        if (status == COMITY_INPUT)
            error_hint(err, "its list of members stands at its end: fetch the file again if it was cut on its way");
        zip_source_free(source);
    }
    zip_error_fini(&fault);
    return status;
}

void archive_close(struct archive *archive)
{
    if (archive->zip)
        zip_discard(archive->zip);
    archive->zip = NULL;
}

/* ---- members ------------------------------------------------------------------------------------------------- */

const char *archive_name(const struct archive *archive, uint64_t member)
{
    const char *name = zip_get_name(archive->zip, member, ZIP_FL_ENC_GUESS);
    return name ? name : "";
}

static uint64_t n_members(const struct archive *archive)
{
    zip_int64_t n = zip_get_num_entries(archive->zip, 0);
    return n > 0 ? (uint64_t)n : 0;
}

enum comity_status archive_find(
    const struct archive *archive, const char *path, uint64_t *member, struct comity_error *err)
{
    zip_int64_t at = zip_name_locate(archive->zip, path, ZIP_FL_NOCASE);
    /* libzip passes over a name that it had no memory to look at: what seems not to be there is asked for twice. */
    if (at < 0)
        at = zip_name_locate(archive->zip, path, ZIP_FL_NOCASE);
    if (at < 0)
        return error_set(err, COMITY_NOTFOUND, "the archive has no member '%s'", path);
    *member = (uint64_t)at;
    return COMITY_OK;
}

enum archive_kind archive_kind(const struct archive *archive)
{
    uint64_t member;
    bool has_book = archive_find(archive, "xl/workbook.xml", &member, NULL) == COMITY_OK ||
                    archive_find(archive, "[Content_Types].xml", &member, NULL) == COMITY_OK;
    if (has_book)
        return ARCHIVE_XLSX;
    bool has_content = archive_find(archive, "content.xml", &member, NULL) == COMITY_OK &&
                       (archive_find(archive, "mimetype", &member, NULL) == COMITY_OK ||
                           archive_find(archive, "META-INF/manifest.xml", &member, NULL) == COMITY_OK);
    return has_content ? ARCHIVE_ODS : ARCHIVE_ENVELOPE;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Folders, and what the systems of those who packed it put beside the data. */
static bool is_aside(const char *path)
{
    const char *name = last_part(path);
    return !*name || *name == '.' || !strncmp(path, "__MACOSX/", 9) || !strcmp(name, "Thumbs.db") ||
           !strcmp(name, "desktop.ini");
}

static bool is_table(const char *path)
{
    static const char *const endings[] = {".csv", ".tsv", ".tab", ".json", ".ndjson", ".jsonl", ".geojson", ".geojsonl",
        ".xlsx", ".xlsm", ".ods", ".csv.gz", ".csv.zst", ".tsv.gz", ".tsv.zst", ".json.gz", ".json.zst"};
    size_t len = strlen(path);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t end = strlen(endings[i]);
        if (len > end && slice_equal_nocase(slice_of(path + len - end, end), slice_from(endings[i])))
            return true;
    }
    return false;
}

static bool is_wanted(const char *path, const char *pattern)
{
    return fnmatch(pattern, path, FNM_CASEFOLD) == 0 || fnmatch(pattern, last_part(path), FNM_CASEFOLD) == 0;
}

/* How many members could be meant, and the last of them. */
static size_t count(const struct archive *archive, const char *pattern, bool tables_only, uint64_t *member)
{
    size_t n = 0;
    for (uint64_t i = 0; i < n_members(archive); i++) {
        const char *name = archive_name(archive, i);
        bool is_meant = !is_aside(name) && (!pattern || is_wanted(name, pattern)) && (!tables_only || is_table(name));
        if (!is_meant)
            continue;
        n++;
        *member = i;
    }
    return n;
}

static void list(const struct archive *archive, struct comity_error *err)
{
    char names[200] = "";
    size_t used = 0, n_left = 0;
    for (uint64_t i = 0; i < n_members(archive); i++) {
        const char *name = archive_name(archive, i);
        size_t len = strlen(name);
        if (is_aside(name))
            continue;
        if (n_left || used + len + 3 >= sizeof names)
            n_left++;
        else
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", name);
    }
    if (n_left)
        error_hint(err, "it holds: %s and %zu more; say which one in the recipe: file: {member: NAME}", names, n_left);
    else
        error_hint(
            err, "it holds: %s; say which one in the recipe: file: {member: NAME}", names[0] ? names : "nothing");
}

enum comity_status archive_choose(
    const struct archive *archive, struct slice wanted, uint64_t *member, struct comity_error *err)
{
    char pattern[1024] = "";
    if (wanted.len >= sizeof pattern)
        return error_set(err, COMITY_LIMIT, "the name of a member is too long: %zu bytes", wanted.len);
    if (wanted.len)
        memcpy(pattern, wanted.ptr, wanted.len);
    size_t n = count(archive, wanted.len ? pattern : NULL, false, member);
    if (n > 1 && !wanted.len) {
        uint64_t table;
        if (count(archive, NULL, true, &table) == 1) {
            *member = table;
            return COMITY_OK;
        }
    }
    if (n == 1)
        return COMITY_OK;
    if (!n && !wanted.len)
        return error_set(err, COMITY_INPUT, "the ZIP archive holds no file");
    if (wanted.len)
        error_set(err, COMITY_INPUT,
            n ? "'%s' fits %zu members of the ZIP archive" : "the ZIP archive has no member '%s'", pattern, n);
    else
        error_set(err, COMITY_INPUT, "the ZIP archive holds %zu files, and only one can be read", n);
    list(archive, err);
    return COMITY_INPUT;
}

/* ---- reading a member ---------------------------------------------------------------------------------------- */

struct member {
    zip_file_t *file;
    uint64_t size, packed, read, most;
    char name[200];
};

static enum comity_status member_fault(const struct member *member, struct comity_error *err)
{
    zip_error_t *fault = zip_file_get_error(member->file);
    if (zip_error_code_zip(fault) == ZIP_ER_MEMORY)
        return error_nomem(err);
    error_set(err, COMITY_INPUT, "the member '%.150s' is damaged near its byte %llu: %.150s", member->name,
        (unsigned long long)member->read, zip_error_strerror(fault));
    error_hint(err, "fetch the file again; it was cut or damaged on its way");
    return COMITY_INPUT;
}

static enum comity_status member_read(void *context, char *to, size_t room, size_t *got, struct comity_error *err)
{
    struct member *member = context;
    zip_int64_t n = zip_fread(member->file, to, room);
    if (n < 0)
        return member_fault(member, err);
    *got = (size_t)n;
    member->read += *got;
    if (bytes_is_bomb(member->read, member->packed) || (member->most && member->read > member->most))
        return bytes_bomb("a member of the ZIP archive", member->read, member->packed, err);
    if (!n && member->read < member->size) {
        error_set(err, COMITY_INPUT, "the member '%.150s' ends early: %llu of its %llu bytes are there", member->name,
            (unsigned long long)member->read, (unsigned long long)member->size);
        return COMITY_INPUT;
    }
    return COMITY_OK;
}

static void member_close(void *context)
{
    struct member *member = context;
    zip_fclose(member->file);
    free(member);
}

static enum comity_status member_refused(const struct archive *archive, const char *name, struct comity_error *err)
{
    zip_error_t *fault = zip_get_error(archive->zip);
    switch (zip_error_code_zip(fault)) {
    case ZIP_ER_MEMORY:
        return error_nomem(err);
    case ZIP_ER_NOPASSWD:
    case ZIP_ER_ENCRNOTSUPP:
        error_set(err, COMITY_UNSUPPORTED, "the member '%.150s' is locked with a password", name);
        error_hint(err, "unpack it first, and import what comes out");
        return COMITY_UNSUPPORTED;
    case ZIP_ER_COMPNOTSUPP:
        error_set(err, COMITY_UNSUPPORTED, "the member '%.150s' is packed in a way that is not known here", name);
        error_hint(err, "unpack it first, and import what comes out");
        return COMITY_UNSUPPORTED;
    default:
        return error_set(err, COMITY_INPUT, "unable to unpack '%.150s': %.150s", name, zip_error_strerror(fault));
    }
}

enum comity_status archive_read(
    const struct archive *archive, uint64_t index, struct bytes **out, struct comity_error *err)
{
    const char *name = archive_name(archive, index);
    zip_stat_t stat;
    *out = NULL;
    if (zip_stat_index(archive->zip, index, 0, &stat) || !(stat.valid & ZIP_STAT_SIZE))
        return member_refused(archive, name, err);
    uint64_t packed = stat.valid & ZIP_STAT_COMP_SIZE ? stat.comp_size : stat.size;
    if (bytes_is_bomb(stat.size, packed) || (archive->most && stat.size > archive->most))
        return bytes_bomb("a member of the ZIP archive", stat.size, packed, err);
    struct member *member = calloc(1, sizeof *member);
    if (!member)
        return error_nomem(err);
    *member = (struct member){
        .file = zip_fopen_index(archive->zip, index, 0), .size = stat.size, .packed = packed, .most = archive->most};
    snprintf(member->name, sizeof member->name, "%s", name);
    if (!member->file) {
        free(member);
        return member_refused(archive, name, err);
    }
    struct bytes_origin origin = {member_read, member_close, member, stat.size};
    return bytes_open_from(member->name, &origin, out, err);
}
