/* xlsx.h - the inside of the workbook reader: the book's parts (xlsx_book.c) and one sheet as rows (xlsx.c). Private to
 * read/.
 *
 * A workbook is a ZIP of XML parts (ECMA-376, part 1). Parts are streamed; only the shared strings are kept, so that
 * memory grows with the distinct strings and nothing else.
 */
#ifndef READ_XLSX_H
#define READ_XLSX_H

#include "read/format.h"
#include "read/sheets.h"

struct xlsx_sheet {
    struct slice name, path; /* path: in the archive */
};

struct xlsx_book {
    const struct archive *archive; /* not owned */
    struct arena arena;            /* capped: shared strings and names */
    struct slice *strings;
    size_t n_strings, room_strings;
    struct xlsx_sheet *sheets;
    size_t n_sheets, room_sheets;
    bool *is_date; /* by style */
    size_t n_styles, room_styles;
    bool is_1904;
};

/* Reads the parts that all sheets share. xlsx_book_close takes a half-open one. */
enum comity_status xlsx_book_open(
    struct xlsx_book *book, const struct archive *archive, struct comity_error *err) COMITY_MUST_USE;
void xlsx_book_close(struct xlsx_book *book);

/* A date or date-time of a serial number as ISO text; false when it is none. 1900: serial 60 is the 29 February that
 * never was, as the program shows it. */
bool xlsx_date_text(double serial, bool is_1904, char text[32]);
/* Whether a number format shows a date or a time of day. */
bool xlsx_format_is_date(const char *code);

#endif
