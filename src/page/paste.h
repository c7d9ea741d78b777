/* paste.h - the page where rows are pasted or uploaded: shared by paste.c (the page and what it does), paste_upload.c
 * (a file becomes text) and paste_table.c (what was understood).
 */
#ifndef PAGE_PASTE_H
#define PAGE_PASTE_H

#include "flow/paste.h"
#include "page/entries.h"

enum { PASTE_MOST_TEXT = 200 << 10, PASTE_MOST_FILE = 4 << 20 };

struct pasting_page {
    struct entry_table table;
    struct slice text;  /* as it was pasted */
    struct slice nonce; /* made once for the form: what is sent twice is saved once */
    struct paste paste;
    bool is_read;  /* `paste` is of `text` */
    bool *is_done; /* by entry: it is saved, and its rows are no longer in the text */
    struct entry *saved;
    size_t n_saved, n_submitted;
};

/* Whether it can be submitted as it stands; the others wait to be mended. */
bool paste_is_good(const struct paste_entry *entry);

/* The rows of a file that was uploaded, as text. A message for people where it is no table, or too long. */
enum comity_status paste_upload(struct page *page, struct pasting_page *pasting, const struct http_file *file,
    struct comity_error *err) COMITY_MUST_USE;

/* Each row with what was understood of it. */
void paste_table(struct page *page, const struct pasting_page *pasting);

#endif
