/* Events come in the order of their days: a workbook is closed when the next one's years begin. */
#include "simulate/workbooks.h"

#include "base/calendar.h"
#include "base/error.h"
#include "base/file.h"
#include "simulate/scribe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TELL_EVERY = 4096 };

struct tally {
    uint64_t n_rows, n_amounts;
    double amount; /* in the unit of the workbook */
};

struct shelf {
    const struct domain *domain;
    const char *folder;
    const struct simulate_options *options;
    struct profile *profile;
    const struct profile_source *book; /* the open one */
    struct sink *sink, *rows, *sums;
    struct scribe scribe;
    struct random random;
    int year;
    uint64_t row;          /* of the workbook's data, from 1 */
    uint64_t sheet_row;    /* the sheet's own number; the header is 1 */
    struct tally *tallies; /* of the open sheet, by concept */
    uint64_t number;
    struct workbooks_report *report;
    struct arena arena;
};

static enum comity_status open_file(struct shelf *shelf, const char *name, struct sink **sink, struct comity_error *err)
{
    const char *path = path_join(&shelf->arena, shelf->folder, name);
    return path ? sink_open(path, NULL, sink, err) : error_nomem(err);
}

static enum comity_status open_truth(struct shelf *shelf, const char *name, const char *const *headers, size_t n,
    struct sink **sink, struct comity_error *err)
{
    enum comity_status status = open_file(shelf, name, sink, err);
    for (size_t i = 0; status == COMITY_OK && i < n; i++)
        sink_text(*sink, slice_from(headers[i]));
    if (status == COMITY_OK)
        sink_end_row(*sink);
    return status;
}

/* ---- sheets and books -------------------------------------------------------------------------------------------- */

static const struct profile_unit *unit_of(const struct shelf *shelf, const struct world *world, uint32_t concept)
{
    struct event event = {.concept = concept};
    return account_unit(world, shelf->book, &event);
}

/* Writes down what the sheet held. */
static void close_sheet(struct shelf *shelf, const struct world *world)
{
    for (uint32_t c = 0; shelf->book && c < shelf->profile->concepts_count; c++) {
        struct tally *tally = &shelf->tallies[c];
        if (!tally->n_rows)
            continue;
        sink_text(shelf->sums, slice_from(shelf->book->file));
        sink_number(shelf->sums, shelf->year, 0);
        sink_text(shelf->sums, slice_from(shelf->profile->concepts[c].code));
        sink_text(shelf->sums, slice_from(unit_of(shelf, world, c)->unit));
        sink_number(shelf->sums, (double)tally->n_rows, 0);
        sink_number(shelf->sums, (double)tally->n_amounts, 0);
        sink_number(shelf->sums, tally->amount, 6);
        sink_text(shelf->sums, SLICE("SIMULATED"));
        sink_end_row(shelf->sums);
        *tally = (struct tally){0};
    }
}

static enum comity_status open_book(struct shelf *shelf, const struct profile_source *book, struct comity_error *err)
{
    enum comity_status status = sink_close(shelf->sink, err);
    shelf->sink = NULL;
    shelf->book = book;
    shelf->row = 0;
    shelf->random.state = hash_seeded(book->code, strlen(book->code), shelf->options->seed);
    shelf->report->n_books++;
    return status == COMITY_OK ? open_file(shelf, book->file, &shelf->sink, err) : status;
}

static const struct profile_source *book_of(const struct shelf *shelf, int year)
{
    for (unsigned s = 0; s < shelf->profile->sources_count; s++) {
        const struct profile_source *book = &shelf->profile->sources[s];
        if (year >= (int)book->first_year && year <= (int)book->last_year)
            return book;
    }
    return NULL;
}

static enum comity_status turn_to(struct shelf *shelf, const struct world *world, int year, struct comity_error *err)
{
    const struct profile_source *book = book_of(shelf, year), *before = shelf->book;
    char name[16];
    if (year == shelf->year)
        return COMITY_OK;
    close_sheet(shelf, world);
    enum comity_status status = book == before ? COMITY_OK : open_book(shelf, book, err);
    if (status != COMITY_OK)
        return status;
    snprintf(name, sizeof name, "%d", year);
    if (book->has_sheet_per_year || book != before) {
        sink_sheet(shelf->sink, book->has_sheet_per_year ? name : NULL);
        shelf->report->n_sheets++;
        shelf->sheet_row = 1;
    }
    if (book != before)
        scribe_header(shelf->sink, book);
    shelf->year = year;
    return COMITY_OK;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static bool shows_amount(const struct profile_source *book, const struct telling *telling)
{
    for (unsigned c = 0; c < book->columns_count && c < 32; c++)
        if (strcmp(book->columns[c].what, "amount") == 0)
            return !(telling->nulls >> c & 1);
    return false;
}

static void write_truth(struct shelf *shelf, const struct event *event, uint64_t number)
{
    sink_text(shelf->rows, slice_from(shelf->book->file));
    sink_number(shelf->rows, shelf->year, 0);
    sink_number(shelf->rows, (double)shelf->sheet_row, 0);
    sink_number(shelf->rows, (double)shelf->row, 0);
    sink_number(shelf->rows, (double)number, 0);
    sink_number(shelf->rows, (double)event->case_number, 0);
    sink_end_row(shelf->rows);
}

static void write_row(struct shelf *shelf, const struct world *world, const struct event *event, uint64_t number)
{
    struct telling telling;
    struct tally *tally = &shelf->tallies[event->concept];
    tell_event(world, shelf->book, shelf->options, event, &shelf->random, &telling);
    telling.number = ++shelf->number;
    scribe_row(&shelf->scribe, shelf->sink, shelf->book, event, &telling);
    shelf->row++;
    shelf->sheet_row++;
    shelf->report->n_rows++;
    tally->n_rows++;
    if (shows_amount(shelf->book, &telling)) {
        tally->n_amounts++;
        tally->amount += telling.amount;
    }
    write_truth(shelf, event, number);
}

static enum comity_status take_event(
    void *state, const struct world *world, const struct event *event, uint64_t number, struct comity_error *err)
{
    struct shelf *shelf = state;
    shelf->scribe.world = world;
    if (number % TELL_EVERY == 0 && !progress_tell(shelf->options->progress, "write", number, shelf->options->n_events))
        return error_set(err, COMITY_CANCELLED, "stopped on request");
    enum comity_status status = turn_to(shelf, world, civil_from_day(event->day).year, err);
    if (status != COMITY_OK || !account_unit(world, shelf->book, event))
        return status;
    write_row(shelf, world, event, number);
    if (random_chance(&shelf->random, shelf->profile->twice))
        write_row(shelf, world, event, number);
    return COMITY_OK;
}

static enum comity_status write_books(struct shelf *shelf, struct comity_error *err)
{
    const struct simulate_options *options = shelf->options;
    const struct profile_source *first = &shelf->profile->sources[0];
    const struct profile_source *last = &shelf->profile->sources[shelf->profile->sources_count - 1];
    struct world world;
    struct world_options world_options = {.seed = options->seed,
        .n_events = options->n_events,
        .first_day = day_from_civil((int)first->first_year, 1, 1),
        .last_day = day_from_civil((int)last->last_year, 9, 30),
        .several = options->several,
        .twins = options->twins,
        .take = take_event,
        .state = shelf};
    enum comity_status status = world_make(shelf->domain, shelf->profile, &world_options, &world, err);
    if (status != COMITY_OK)
        return status;
    close_sheet(shelf, &world);
    shelf->report->n_events = world.n_events;
    world_release(&world);
    return COMITY_OK;
}

/* Every year from the first to the last has one workbook. */
static enum comity_status check_years(const struct shelf *shelf, struct comity_error *err)
{
    const struct profile *profile = shelf->profile;
    for (unsigned s = 0; s < profile->sources_count; s++) {
        const struct profile_source *book = &profile->sources[s];
        bool follows = s == 0 || book->first_year == profile->sources[s - 1].last_year + 1;
        if (!book->first_year || book->last_year < book->first_year || !follows)
            return error_set(
                err, COMITY_INPUT, "the years of the workbook '%s' do not follow those before it", book->file);
    }
    return COMITY_OK;
}

static enum comity_status close_all(struct shelf *shelf, enum comity_status status, struct comity_error *err)
{
    struct sink *sinks[] = {shelf->sink, shelf->rows, shelf->sums};
    for (size_t i = 0; i < sizeof sinks / sizeof *sinks; i++) {
        enum comity_status closed = sink_close(sinks[i], status == COMITY_OK ? err : NULL);
        status = status == COMITY_OK ? closed : status;
    }
    return status;
}

enum comity_status simulate_workbooks(const struct domain *domain, const char *folder, const char *layout,
    const struct simulate_options *options, struct workbooks_report *report, struct comity_error *err)
{
    static const char *const row_headers[] = {"file", "sheet", "sheet_row", "row", "event", "case"};
    static const char *const sum_headers[] = {
        "file", "sheet", "concept", "unit", "rows", "rows_with_amount", "amount", "note"};
    struct shelf shelf = {.domain = domain, .folder = folder, .options = options, .report = report};
    char name[128];
    *report = (struct workbooks_report){0};
    snprintf(name, sizeof name, "layout-%s.yaml", layout);
    scribe_init(&shelf.scribe, NULL);
    enum comity_status status = strchr(layout, '/') ? error_set(err, COMITY_USAGE, "'%s' is no layout's name", layout)
                                                    : profile_load(domain, name, &shelf.profile, err);
    if (status == COMITY_OK)
        status = check_years(&shelf, err);
    if (status == COMITY_OK && !(shelf.tallies = calloc(shelf.profile->concepts_count, sizeof *shelf.tallies)))
        status = error_nomem(err);
    if (status == COMITY_OK)
        status = open_truth(&shelf, "truth-rows.csv", row_headers, 6, &shelf.rows, err);
    if (status == COMITY_OK)
        status = open_truth(&shelf, "truth-workbooks.csv", sum_headers, 8, &shelf.sums, err);
    if (status == COMITY_OK)
        status = write_books(&shelf, err);
    status = close_all(&shelf, status, err);
    free(shelf.tallies);
    scribe_release(&shelf.scribe);
    profile_free(shelf.profile);
    arena_release(&shelf.arena);
    return status;
}
