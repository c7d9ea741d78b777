/* feeds.h - the part of the sources page that tells how late each source is, and how what is taken in by itself goes.
 */
#ifndef PAGE_FEEDS_H
#define PAGE_FEEDS_H

#include "intake/freshness.h"
#include "page/page.h"

struct feeds {
    struct feed_row *feeds;
    struct feed_file *failed; /* files that could not be taken in, and are still there */
    struct attempt_row *attempts;
    struct silence *silences;
    size_t n_feeds, n_failed, n_attempts, n_silences;
    int32_t *last_day; /* by source of the snapshot's mentions */
    int64_t now;
};

/* With the page's store locked by the caller. */
enum comity_status feeds_load(struct page *page, struct feeds *out, struct comity_error *err) COMITY_MUST_USE;

enum comity_status feeds_freshness(struct page *page, const struct feeds *feeds, const struct import_row *imports,
    size_t n_imports, struct slice source, struct freshness *out, struct comity_error *err) COMITY_MUST_USE;
/* The last day that a source told of: "2026-11-24"; empty when it told of none. */
struct slice feeds_last_record(struct page *page, const struct feeds *feeds, struct slice source);
/* "Overdue since …": state and reason in one sentence, translated. */
struct slice feeds_freshness_text(struct page *page, const struct freshness *freshness);
/* "2026-11-24 19:30 UTC", empty for never; and as machines write it. */
struct slice feeds_instant(struct page *page, int64_t seconds);
struct slice feeds_iso(struct page *page, int64_t seconds);
/* "7 days", "2 hours": in the largest unit that it is a whole number of; empty for 0. */
struct slice feeds_length(struct page *page, int64_t seconds);

/* Sections: feeds, files that failed, what was tried last, what was declared. Nothing where there is nothing. */
void feeds_sections(struct page *page, const struct feeds *feeds);
/* The members "feeds", "failed_files", "attempts", "declared_nothing" of an object. */
void feeds_json(struct page *page, const struct feeds *feeds, struct buffer *out);
/* The members of one source. */
void feeds_freshness_json(struct page *page, const struct freshness *freshness, struct buffer *out);

#endif
