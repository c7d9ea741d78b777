/* fold_names OUT.h PACK.yaml…: folds, once and for all, the names of domain packs that are in no Latin letters. Opening
 * what romanises them takes a tenth of a second, which every command would pay. Writes the table that
 * src/text/fold_known.c includes: every scalar of the files that the slow path of src/text/fold.c would have to fold.
 */
#include "base/array.h"
#include "base/buffer.h"
#include "text/fold.h"
#include "text/fold_known.h"

#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

struct name {
    char *text, *folded;
};

struct names {
    struct name *at;
    size_t n, room;
    struct folding folding;
};

/* This is who makes the table. */
bool fold_known(struct slice text, struct slice *folded)
{
    (void)text;
    *folded = SLICE_EMPTY;
    return false;
}

static void die(const char *what, const char *about)
{
    fprintf(stderr, "fold_names: %s '%s'\n", what, about);
    exit(1);
}

static bool is_latin(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] >= 0xC6)
            return false;
    return true;
}

static void add(struct names *names, struct slice text)
{
    struct buffer folded;
    if (is_latin(text) || memchr(text.ptr, 0, text.len))
        return;
    buffer_init(&folded, 1 << 20);
    folding_apply(&names->folding, text, &folded);
    if (buffer_status(&folded) || !ARRAY_ROOM(names->at, names->n, names->room, 1))
        die("unable to fold", text.ptr);
    struct name *name = &names->at[names->n++];
    *name = (struct name){strndup(text.ptr, text.len), strndup(folded.ptr ? folded.ptr : "", folded.len)};
    if (!name->text || !name->folded)
        die("out of memory at", text.ptr);
    buffer_release(&folded);
}

static void read_scalars(struct names *names, const char *path)
{
    yaml_parser_t parser;
    yaml_token_t token;
    bool is_over = false;
    FILE *file = fopen(path, "rb");
    if (!file || !yaml_parser_initialize(&parser))
        die("unable to read", path);
    yaml_parser_set_input_file(&parser, file);
    while (!is_over) {
        if (!yaml_parser_scan(&parser, &token))
            die("not YAML:", path);
        if (token.type == YAML_SCALAR_TOKEN)
            add(names, slice_of((const char *)token.data.scalar.value, token.data.scalar.length));
        is_over = token.type == YAML_STREAM_END_TOKEN;
        yaml_token_delete(&token);
    }
    yaml_parser_delete(&parser);
    fclose(file);
}

static int compare_names(const void *a, const void *b)
{
    const struct name *x = a, *y = b;
    return strcmp(x->text, y->text);
}

/* As numbers, since a compiler need not take a string of such a length. */
static size_t write_bytes(FILE *out, const char *text)
{
    size_t len = strlen(text) + 1;
    for (size_t i = 0; i < len; i++)
        fprintf(out, "%u,", (unsigned)(unsigned char)text[i]);
    return len;
}

static void write_table(const struct names *names, FILE *out)
{
    size_t at = 0, n = 0;
    fprintf(out,
        "/* Made by tools/fold_names.c: each text and its folded form, ended by NUL; then where each text stands, by "
        "text. */\nstatic const unsigned char folded_names[] = {");
    for (size_t i = 0; i < names->n; i++) {
        if (i && compare_names(&names->at[i], &names->at[i - 1]) == 0)
            continue;
        fprintf(out, "\n");
        write_bytes(out, names->at[i].text);
        write_bytes(out, names->at[i].folded);
    }
    fprintf(out, "\n0};\nstatic const unsigned folded_names_at[] = {");
    for (size_t i = 0; i < names->n; i++) {
        if (i && compare_names(&names->at[i], &names->at[i - 1]) == 0)
            continue;
        fprintf(out, "%s%zu,", n++ % 16 ? "" : "\n", at);
        at += strlen(names->at[i].text) + strlen(names->at[i].folded) + 2;
    }
    fprintf(out, "\n0};\nenum { N_FOLDED_NAMES = %zu };\n", n);
}

int main(int n, char **arguments)
{
    struct names names = {0};
    if (n < 2)
        die("usage:", "fold_names OUT.h PACK.yaml…");
    for (int i = 2; i < n; i++)
        read_scalars(&names, arguments[i]);
    if (names.n)
        qsort(names.at, names.n, sizeof *names.at, compare_names);
    FILE *out = fopen(arguments[1], "w");
    if (!out)
        die("unable to write", arguments[1]);
    write_table(&names, out);
    if (fclose(out) != 0)
        die("unable to write", arguments[1]);
    for (size_t i = 0; i < names.n; i++) {
        free(names.at[i].text);
        free(names.at[i].folded);
    }
    free(names.at);
    folding_release(&names.folding);
    return 0;
}
