/* usage: gazetteer CITIES.pbf CITIES_JSON_FOLDER|- LOCALE_FOLDER ISO_FOLDER CORRECTIONS_FOLDER OUT.bin */
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

int main(int argc, char **argv)
{
    if (argc != 7)
        die("usage: gazetteer CITIES.pbf CITIES_JSON_FOLDER|- LOCALE_FOLDER ISO_FOLDER CORRECTIONS_FOLDER OUT.bin");
    static struct builder b;
    const char *more = argv[2], *locale = argv[3], *iso = argv[4], *corrections = argv[5];
    size_t n_languages = 0;
    char **languages = list_languages(locale, &n_languages);
    const char *const *names = (const char *const *)languages;

    bool has_more = strcmp(more, "-") != 0;
    read_iso_countries(&b, iso);
    read_words(&b, corrections);
    read_subdivision_codes(&b, locale);
    read_cities(&b, argv[1]);
    if (has_more)
        read_more_cities(&b, more);
    sort_cities(&b);
    place_labels(&b);
    if (has_more)
        read_more_districts(&b, more);
    read_geonames_names(&b, locale, names, n_languages);
    read_corrections(&b, corrections);
    read_iso_names(&b, iso, locale, names, n_languages);
    sort_districts(&b);
    sort_names(&b);
    write_gazetteer(&b, argv[6]);
    builder_release(&b);
    for (size_t i = 0; i < n_languages; i++)
        free(languages[i]);
    free(languages);
    return 0;
}
