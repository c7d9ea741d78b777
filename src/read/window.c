/* UTF-8 is read in place. Other encodings are converted on the way in, so that all readers see UTF-8 only. As long as
 * nothing but ASCII came by, the encoding stays open: the first accent may stand a million rows into the file. */
#include "read/window.h"

#include "base/error.h"

#include <stdlib.h>

enum { FIRST_PIECE = 4096, FOREIGN = 64 * 1024 };

void window_init(struct window *window, struct bytes *bytes, enum encoding encoding)
{
    *window = (struct window){.bytes = bytes, .encoding = encoding};
}

void window_release(struct window *window)
{
    free(window->ptr);
    free(window->foreign);
    *window = (struct window){0};
}

/* Room for at least a quarter of the window behind `end`. */
static enum comity_status make_room(struct window *window, bool *is_full, struct comity_error *err)
{
    size_t unread = window->end - window->begin;
    if (window->begin) {
        memmove(window->ptr, window->ptr + window->begin, unread);
        window->begin = 0;
        window->end = unread;
    }
    *is_full = unread >= WINDOW_MOST;
    if (*is_full || (window->size && unread <= window->size / 2))
        return COMITY_OK;
    size_t size = window->size ? window->size * 2 : WINDOW_FIRST;
    char *grown = realloc(window->ptr, size + WINDOW_SLACK);
    if (!grown)
        return error_nomem(err);
    /* The slack may be loaded by a scanner that then ignores it: it should hold something. */
    memset(grown + window->size, 0, size - window->size + WINDOW_SLACK);
    window->ptr = grown;
    window->size = size;
    return COMITY_OK;
}

/* A unit that still waits for its rest at the end of the file. */
static enum comity_status check_cut(const struct window *window, struct comity_error *err)
{
    if (!window->at_end || !window->n_foreign)
        return COMITY_OK;
    error_set(err, COMITY_INPUT, "the text in %s ends in the middle of a character", encoding_name(window->encoding));
    error_hint(err, "fetch the file again; it was cut on its way");
    return COMITY_INPUT;
}

static enum comity_status fill_foreign(struct window *window, struct comity_error *err)
{
    if (!window->foreign && !(window->foreign = malloc(FOREIGN)))
        return error_nomem(err);
    size_t room = (window->size - window->end) / ENCODING_MOST_GROWTH, got, used;
    if (room > FOREIGN)
        room = FOREIGN;
    enum comity_status status =
        bytes_read(window->bytes, window->foreign + window->n_foreign, room - window->n_foreign, &got, err);
    if (status)
        return status;
    window->at_end = got == 0;
    struct slice in = slice_of(window->foreign, window->n_foreign + got);
    window->end += encoding_convert(window->encoding, in, &used, window->ptr + window->end);
    window->n_foreign = in.len - used;
    memmove(window->foreign, window->foreign + used, window->n_foreign);
    return check_cut(window, err);
}

/* The bytes behind `from` turned out to be no UTF-8: converts them where they stand. */
static enum comity_status convert_tail(struct window *window, size_t from, struct comity_error *err)
{
    size_t len = window->end - from, used;
    char *copy = malloc(len);
    if (!copy)
        return error_nomem(err);
    memcpy(copy, window->ptr + from, len);
    size_t size = from + len * ENCODING_MOST_GROWTH;
    char *grown = size > window->size ? realloc(window->ptr, size + WINDOW_SLACK) : window->ptr;
    if (!grown) {
        free(copy);
        return error_nomem(err);
    }
    window->ptr = grown;
    if (size > window->size) {
        memset(grown + window->size, 0, size - window->size + WINDOW_SLACK);
        window->size = size;
    }
    window->end = from + encoding_convert(window->encoding, slice_of(copy, len), &used, window->ptr + from);
    if (window->encoding == ENCODING_UTF16LE || window->encoding == ENCODING_UTF16BE) {
        window->n_foreign = len - used;
        window->foreign = window->foreign ? window->foreign : malloc(FOREIGN);
        if (window->foreign)
            memcpy(window->foreign, copy + used, window->n_foreign);
    }
    bool is_lost = window->n_foreign && !window->foreign;
    free(copy);
    return is_lost ? error_nomem(err) : check_cut(window, err);
}

static bool is_read_in_place(enum encoding encoding)
{
    return encoding == ENCODING_AUTO || encoding == ENCODING_UTF8;
}

static enum comity_status fill_in_place(struct window *window, struct comity_error *err)
{
    size_t got, from = window->end;
    enum comity_status status =
        bytes_read(window->bytes, window->ptr + window->end, window->size - window->end, &got, err);
    if (status)
        return status;
    window->at_end = got == 0;
    window->end += got;
    if (window->encoding == ENCODING_AUTO) {
        /* The end of the last piece may be a cut character: it is looked at again. */
        from -= from - window->begin < 3 ? from - window->begin : 3;
        window->encoding = encoding_guess(slice_of(window->ptr + from, window->end - from));
    }
    return is_read_in_place(window->encoding) ? COMITY_OK : convert_tail(window, from, err);
}

/* What was told, or is guessed from the first piece. */
static enum encoding settle(const struct window *window, enum encoding told)
{
    enum encoding wide = ENCODING_AUTO;
    if (told == ENCODING_AUTO || told == ENCODING_UTF16)
        wide = encoding_guess_utf16(window_text(window));
    if (wide != ENCODING_AUTO)
        return wide;
    if (told == ENCODING_UTF16)
        return ENCODING_UTF16LE;
    return told == ENCODING_AUTO ? encoding_guess(window_text(window)) : told;
}

/* The first piece: a byte order mark outranks the guess, and is taken off. */
static enum comity_status begin(struct window *window, struct comity_error *err)
{
    enum encoding told = window->encoding, marked;
    window->encoding = ENCODING_UTF8;
    window->is_begun = true;
    /* What is guessed (encoding, format, delimiter) is guessed from it: the few bytes that were peeked are too little.
     */
    while (window->end < FIRST_PIECE && !window->at_end) {
        enum comity_status status = fill_in_place(window, err);
        if (status)
            return status;
    }
    size_t mark = encoding_mark(window_text(window), &marked);
    window->encoding = mark ? marked : settle(window, told);
    window->begin = mark;
    return is_read_in_place(window->encoding) ? COMITY_OK : convert_tail(window, window->begin, err);
}

static enum comity_status fill_once(struct window *window, struct comity_error *err)
{
    if (!window->is_begun)
        return begin(window, err);
    return is_read_in_place(window->encoding) ? fill_in_place(window, err) : fill_foreign(window, err);
}

enum comity_status window_fill(struct window *window, bool *is_full, struct comity_error *err)
{
    enum { LONG_ROW = 64 * 1024 };
    enum comity_status status = make_room(window, is_full, err);
    size_t unread = window->end - window->begin;
    if (status || *is_full || window->at_end)
        return status;
    /* A long row from a slow pipe must not be looked at again for every few bytes. */
    size_t enough = unread > LONG_ROW ? window->end + unread / 2 : 0;
    do
        status = fill_once(window, err);
    while (!status && !window->at_end && window->end < enough);
    return status;
}
