/* pack.h - gzip for the seam: of a finished body, and of one that is made while it is sent. Private to src/http. */
#ifndef HTTP_PACK_H
#define HTTP_PACK_H

#include "http/http.h"

struct MHD_Response;

/* Replaces the buffer's bytes by their gzip. False, with the buffer as it was, when memory is out or nothing is gained.
 */
bool pack_buffer(struct buffer *body);

/* A response that pulls from the stream, packed or not. Takes the stream over, also when it gives null. */
struct MHD_Response *pack_stream(const struct http_stream *stream, bool is_packed);

#endif
