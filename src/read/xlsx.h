/* xlsx.h - the inside of the workbook reader: the book's parts (xlsx_book.c) and one sheet as rows (xlsx.c). Private to
 * read/.
 *
 * A workbook is a ZIP of XML parts (ECMA-376, part 1). Parts stream through libxml2's reader; only the shared strings
 * are kept, so that memory grows with the distinct strings and nothing else.
 */
#ifndef READ_XLSX_H
#define READ_XLSX_H

#include "read/format.h"

#include <libxml/xmlreader.h>
#include <zip.h>

struct xlsx_sheet {
    struct slice name, path; /* path: in the archive */
};

struct xlsx_book {
    zip_t *zip;
    struct arena arena; /* capped: shared strings and names */
    struct slice *strings;
    size_t n_strings, room_strings;
    struct xlsx_sheet *sheets;
    size_t n_sheets, room_sheets;
    bool *is_date; /* by style */
    size_t n_styles, room_styles;
    bool is_1904;
};

/* Reads the parts that all sheets share. xlsx_book_close takes a half-open one. */
enum comity_status xlsx_book_open(struct xlsx_book *book, zip_t *zip, struct comity_error *err) COMITY_MUST_USE;
void xlsx_book_close(struct xlsx_book *book);

/* One part of the archive as XML. */
struct xlsx_part {
    zip_file_t *file;
    xmlTextReaderPtr reader;
    uint64_t size;     /* unpacked */
    uint64_t consumed; /* of it */
    bool is_closed;    /* the root element was seen to end */
    bool is_starved;   /* the reader gave no text or attribute where there was one: memory is out */
    char name[128];
};
/* COMITY_NOTFOUND when there is no such part; COMITY_LIMIT when it unpacks to more than is believable. */
enum comity_status xlsx_part_open(
    struct xlsx_book *book, const char *path, struct xlsx_part *part, struct comity_error *err) COMITY_MUST_USE;
void xlsx_part_close(struct xlsx_part *part);
/* Goes to the next node; *has_node is false at the end. */
enum comity_status xlsx_part_next(struct xlsx_part *part, bool *has_node, struct comity_error *err) COMITY_MUST_USE;

/* The node's text if it is one, else null. */
const char *xlsx_text(struct xlsx_part *part);
/* Whether the node is the beginning (or the end) of an element of this name, whatever its prefix. */
bool xlsx_is_element(struct xlsx_part *part, const char *name);
bool xlsx_is_end(struct xlsx_part *part, const char *name);
/* Copies an attribute into `text`; false when there is none. */
bool xlsx_attribute(struct xlsx_part *part, const char *name, char *text, size_t size);

/* A date or date-time of a serial number as ISO text; false when it is none. 1900: serial 60 is the 29 February that
 * never was, as the program shows it. */
bool xlsx_date_text(double serial, bool is_1904, char text[32]);
/* Whether a number format shows a date or a time of day. */
bool xlsx_format_is_date(const char *code);

#endif
