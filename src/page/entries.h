/* entries.h - cases that people type in: the list, one entry with its history, and the form. Shared by entries.c
 * (list), entry.c (one entry), entry_edit.c (the form and what it does), entry_form.c (its inputs), entry_alike.c
 * (records that look like the same event) and entry_files.c (attachments).
 */
#ifndef PAGE_ENTRIES_H
#define PAGE_ENTRIES_H

#include "flow/entry.h"
#include "page/page.h"
#include "store/entry.h"

/* An entry's content as it is typed, and what was found of it. */
struct draft {
    struct entry entry; /* id 0: a new one */
    struct slice nonce; /* of a new one */
    struct entry_content content;
    struct entry_reading reading;
    unsigned more; /* lines more than are in use, in the section `more_of` */
    struct slice more_of;
    unsigned pin_times; /* a point was just set on the map: how many times the next one is enlarged; 0: it was not */
    bool is_checked;    /* what is missing is told as well, and not only what is odd */
};

/* The number in an address or a form; false: it is none. */
bool entries_number(struct slice text, uint64_t *number);
/* Whether who asks may see it, or do that to it. */
bool entries_may(const struct page *page, const struct entry *entry, enum entry_deed deed);
/* COMITY_NOTFOUND also where it is not theirs. */
enum comity_status entries_find(
    struct page *page, uint64_t id, struct entry *out, struct comity_error *err) COMITY_MUST_USE;
/* Loads the content of a version, and reads it. */
enum comity_status entries_load(struct page *page, const struct entry *entry, uint64_t version, struct draft *out,
    struct comity_error *err) COMITY_MUST_USE;
enum comity_status entries_read(struct page *page, struct draft *draft, struct comity_error *err) COMITY_MUST_USE;
/* "Draft", "Waiting for approval" …: of the newest version, translated. */
const char *entries_state(const struct page *page, const struct entry *entry);
const char *entries_deed(const struct page *page, enum entry_deed deed);
/* "12" → "/entries/12". */
const char *entries_address(struct page *page, const char *path, uint64_t id);

/* entry_form.c: the inputs of the pack's form, with what was found under each. */
void entry_form(struct page *page, const struct draft *draft);
/* Only what was found, for the script that shows it while somebody types. */
void entry_form_findings(struct page *page, const struct draft *draft);
/* entry_files.c: what is attached, and whether and how a form changes it. */
enum comity_status entry_files_section(
    struct page *page, const struct entry *entry, struct comity_error *err) COMITY_MUST_USE;
bool entry_files_does(const struct page *page);
enum comity_status entry_files_act(
    struct page *page, const struct entry *entry, struct comity_error *err) COMITY_MUST_USE;
/* entry_alike.c: records that look like the same event; what is said of each is a field of the form. */
enum comity_status entry_alike_section(
    struct page *page, const struct draft *draft, struct comity_error *err) COMITY_MUST_USE;
/* What was said of them, in words. */
void entry_alike_told(struct page *page, const struct draft *draft);

#endif
