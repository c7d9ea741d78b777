/* Other formats are told by their first bytes. YAML has none: its lines are looked at, all that are in sight, and each
 * must be one that YAML has and tables hardly ever. */
#include "read/foreign.h"

#include <stdbool.h>

enum { LINES_TRIED = 40, LEAST_LINES = 2, LONGEST_KEY = 40 };

static const struct {
    const char *begin, *kind;
} BEGINNINGS[] = {{"%PDF-", "a PDF document"}, {"<!doctype html", "a web page"}, {"<html", "a web page"},
    {"<?xml", "an XML file"}, {"{\\rtf", "an RTF document"}, {"\x89PNG", "an image"}, {"\xFF\xD8\xFF", "an image"},
    {"GIF8", "an image"}, {"SQLite format 3", "a database"}};

static bool begins_nocase(struct slice text, struct slice begin)
{
    return text.len >= begin.len && slice_equal_nocase(slice_of(text.ptr, begin.len), begin);
}

/* "key:" or "key: value", with a key of one word, maybe in quotes. */
static bool is_key_line(struct slice line)
{
    if (line.len && line.ptr[0] == '"') {
        line = slice_of(line.ptr + 1, line.len - 1);
        ptrdiff_t quote = slice_find(line, SLICE("\":"));
        return quote > 0 && quote <= LONGEST_KEY;
    }
    ptrdiff_t colon = slice_find(line, SLICE(":"));
    if (colon <= 0 || colon > LONGEST_KEY || ((size_t)colon + 1 < line.len && line.ptr[colon + 1] != ' '))
        return false;
    for (ptrdiff_t i = 0; i < colon; i++)
        if (strchr(" \t,;|\"'", line.ptr[i]))
            return false;
    return true;
}

/* An entry of a list, with a key or a word that no delimiter of tables cuts. */
static bool is_entry_line(struct slice line)
{
    struct slice rest = slice_of(line.ptr + 2, line.len > 2 ? line.len - 2 : 0);
    return slice_starts_with(line, SLICE("- ")) && rest.len &&
           (rest.ptr[0] == '{' || rest.ptr[0] == '[' || is_key_line(rest));
}

static bool is_yaml(struct slice text)
{
    size_t n_keys = 0, n_entries = 0, n_other = 0;
    for (size_t i = 0; text.len && i < LINES_TRIED; i++) {
        struct slice line = slice_cut(&text, '\n');
        struct slice bare = slice_trim(line);
        bool is_indented = line.len && (line.ptr[0] == ' ' || line.ptr[0] == '\t');
        if (!bare.len || bare.ptr[0] == '#' || slice_is(bare, "---") || slice_is(bare, "-"))
            continue;
        if (is_key_line(bare))
            n_keys++;
        else if (is_entry_line(bare))
            n_entries++;
        else if (!is_indented || !n_keys)
            n_other++;
    }
    return !n_other && n_keys + n_entries >= LEAST_LINES;
}

const char *foreign_kind(struct slice text)
{
    text = slice_trim(text);
    for (size_t i = 0; i < sizeof BEGINNINGS / sizeof *BEGINNINGS; i++)
        if (begins_nocase(text, slice_from(BEGINNINGS[i].begin)))
            return BEGINNINGS[i].kind;
    return is_yaml(text) ? "a YAML file" : NULL;
}
