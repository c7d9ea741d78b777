/* xml.h - XML as programs write it (the parts of workbooks), as a stream of nodes. Private to read/.
 *
 *     while (!(status = xml_next(&xml, &has_node, err)) && has_node)
 *         if (xml_is_element(&xml, "row")) …
 *
 * An empty element gives a beginning and an end, like any other. Text comes whole between two tags, with references
 * resolved and line ends as XML has them; comments and instructions are passed over. UTF-8 and UTF-16 (the encodings
 * that every reader of XML must know). A part with a document type is refused: workbooks have none, and entities are
 * how small files become large ones. What is not well-formed (tags that do not match, an end too early) is told as
 * damage; names and repeated attributes are not checked.
 *
 * Memory: the window, which grows to the longest text between two tags, at most 16 MB. Slices are good until the next
 * call. Cost: some 10 ns a node; see docs/decisions/0200.
 */
#ifndef READ_XML_H
#define READ_XML_H

#include "base/buffer.h"
#include "read/archive.h"
#include "read/window.h"

enum xml_node { XML_NOTHING, XML_ELEMENT, XML_END, XML_TEXT };

struct xml {
    struct bytes *bytes; /* owned */
    struct window window;
    enum xml_node node;
    struct slice qname, name;     /* of an element or end: with and without its prefix */
    struct slice text;            /* of a text */
    struct slice attributes;      /* of an element, as they stand */
    struct buffer decoded, value; /* a text, an attribute's value with references */
    struct buffer open;           /* names of open elements, each behind the other, */
    size_t open_len[128], n_open; /* and their lengths */
    bool is_empty, is_over;       /* is_empty: the end of this element comes next */
    uint64_t passed;              /* characters in front of the window, for messages */
    enum comity_status fault;     /* of an attribute, told by the next xml_next */
    struct comity_error detail;
    char part[128];
};

/* Takes the bytes, also when it fails. `part`: the name for messages. xml_close may follow a failure. */
enum comity_status xml_open(
    struct xml *xml, struct bytes *bytes, const char *part, struct comity_error *err) COMITY_MUST_USE;
/* Takes a zeroed or closed one, too. */
void xml_close(struct xml *xml);

/* Goes to the next node; *has_node is false at the end of a whole document. */
enum comity_status xml_next(struct xml *xml, bool *has_node, struct comity_error *err) COMITY_MUST_USE;

/* The value of an attribute, named with its prefix where one is asked for ("r:id"), else without; an empty slice with
 * a null pointer when there is none. COMITY_INPUT when it is damaged. Good until the next call. */
enum comity_status xml_attribute(
    struct xml *xml, struct slice name, struct slice *value, struct comity_error *err) COMITY_MUST_USE;

/* Goes through the attributes: *at begins at 0; false behind the last. Names come with their prefixes. */
enum comity_status xml_each_attribute(struct xml *xml, size_t *at, struct slice *name, struct slice *value,
    bool *has_one, struct comity_error *err) COMITY_MUST_USE;
/* Copies an attribute, cut to `size`, into `text`; false when there is none. Damage is told by the next xml_next. */
bool xml_copy(struct xml *xml, const char *name, char *text, size_t size);

/* Whether the node is the beginning (or the end) of an element of this name, whatever its prefix. */
#define xml_is_element(xml, literal) ((xml)->node == XML_ELEMENT && xml_is_named((xml), SLICE(literal)))
#define xml_is_end(xml, literal) ((xml)->node == XML_END && xml_is_named((xml), SLICE(literal)))
static inline bool xml_is_named(const struct xml *xml, struct slice name)
{
    return xml->name.len == name.len && memcmp(xml->name.ptr, name.ptr, name.len) == 0;
}

/* Opens the member of an archive with this path, without case; COMITY_NOTFOUND when there is none. */
enum comity_status archive_part(
    const struct archive *archive, const char *path, struct xml *xml, struct comity_error *err) COMITY_MUST_USE;

/* Bytes of the part consumed so far and its size. */
void xml_progress(const struct xml *xml, uint64_t *done, uint64_t *total);

#endif
