/* window.h - a piece of a file in memory that moves along, as UTF-8.
 *
 * The unread text is [ptr + begin, ptr + end); WINDOW_SLACK bytes behind `end` may be read (their contents mean
 * nothing), so that a scanner may load whole blocks. The window grows to the longest row and no further than
 * WINDOW_MOST.
 */
#ifndef READ_WINDOW_H
#define READ_WINDOW_H

#include "base/slice.h"
#include "comity.h"
#include "read/bytes.h"
#include "read/encoding.h"

enum { WINDOW_SLACK = 64, WINDOW_FIRST = 256 * 1024, WINDOW_MOST = 16 * 1024 * 1024 };

struct window {
    struct bytes *bytes;    /* not owned */
    enum encoding encoding; /* AUTO: nothing but ASCII was seen so far */
    char *ptr;
    size_t begin, end, size;
    bool at_end; /* no byte follows `end` */
    bool is_begun;
    char *foreign;    /* bytes not yet converted */
    size_t n_foreign; /* a cut unit that waits for its rest */
};

void window_init(struct window *window, struct bytes *bytes, enum encoding encoding);
void window_release(struct window *window);

/* Brings more text behind `end`, moving the unread text to the front; pointers into the window are void afterwards.
 * *is_full when nothing could be added because the unread text has reached WINDOW_MOST. */
enum comity_status window_fill(struct window *window, bool *is_full, struct comity_error *err) COMITY_MUST_USE;

static inline struct slice window_text(const struct window *window)
{
    return slice_of(window->ptr + window->begin, window->end - window->begin);
}

#endif
