/* parts.h - multipart/form-data: libmicrohttpd's post processor takes it apart, this gathers fields and spools files.
 * Private to src/http.
 *
 * A file is written to the spool folder as it comes, through a small buffer, and has no name there. */
#ifndef HTTP_PARTS_H
#define HTTP_PARTS_H

#include "http/fields.h"
#include "http/reply.h"

enum { PARTS_SPOOL_BUFFER = 65536, PARTS_MOST_BOUNDARY = 70 };

struct parts_options {
    uint64_t most_file; /* bytes of one; 0: any */
    unsigned most_files;
    const char *folder;
};

struct parts {
    struct MHD_PostProcessor *processor;
    struct parts_options options;
    struct arena *arena;
    struct fields *fields;
    struct refusal *refusal;
    struct http_file *files; /* room for most_files */
    size_t n_files;
    size_t boundary; /* its length */
    size_t single;   /* so many bytes are still to be fed one by one */
    /* The part that is under way: a field, or a file, or nothing yet. */
    bool has_any, is_open, is_file;
    uint64_t received;
    struct slice name;
    struct buffer value;
    char *spool; /* of PARTS_SPOOL_BUFFER bytes */
    size_t spooled;
};

/* The boundary of a content type "multipart/form-data; boundary=x"; empty when there is none that can be. */
struct slice parts_boundary(struct slice content_type);

/* What goes wrong is written to *refusal, here and below; then nothing more must be fed. `fields` gets the fields. */
void parts_begin(struct parts *parts, struct MHD_Connection *connection, struct slice boundary,
    const struct parts_options *options, struct arena *arena, struct fields *fields, struct refusal *refusal);
void parts_feed(struct parts *parts, struct slice piece);
/* After the last piece. */
void parts_end(struct parts *parts);
/* Closes the files, whose bytes are gone with that. May be called more than once. */
void parts_release(struct parts *parts);

#endif
