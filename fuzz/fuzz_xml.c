/* xml.c against libxml2: what libxml2 takes without complaint must give the same nodes here, in all pieces that the
 * bytes may come in. Document types and encodings that are refused on purpose are let be. */
#include "base/buffer.h"
#include "read/xml.h"

#include <libxml/xmlreader.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Nodes as one text: "<name a=b" for an element, ">name" for its end, "text" as it is. */
static void put(struct buffer *out, const char *mark, struct slice text)
{
    buffer_add_string(out, mark);
    buffer_add_slice(out, text);
}

/* Gives a few bytes at a time: sizes follow from the first byte. */
struct drip {
    struct slice left;
    size_t step;
};

static enum comity_status drip_read(void *context, char *to, size_t room, size_t *got, struct comity_error *err)
{
    struct drip *drip = context;
    (void)err;
    *got = drip->left.len < drip->step ? drip->left.len : drip->step;
    *got = *got < room ? *got : room;
    if (*got)
        memcpy(to, drip->left.ptr, *got);
    drip->left.ptr += *got;
    drip->left.len -= *got;
    return COMITY_OK;
}

static void drip_close(void *context)
{
    (void)context;
}

static enum comity_status ours(struct slice bytes, size_t step, struct buffer *out)
{
    struct drip drip = {bytes, step};
    struct bytes_origin origin = {drip_read, drip_close, &drip, 0};
    struct bytes *source;
    struct comity_error err;
    struct xml xml;
    bool has_node = true;
    if (bytes_open_from("fuzz", &origin, &source, &err))
        abort();
    enum comity_status status = xml_open(&xml, source, "fuzz", &err);
    while (!status && !(status = xml_next(&xml, &has_node, &err)) && has_node) {
        bool has_one = true;
        size_t at = 0;
        put(out,
            xml.node == XML_ELEMENT ? "\n<"
            : xml.node == XML_END   ? "\n>"
                                    : "",
            xml.node == XML_TEXT ? xml.text : xml.qname);
        while (xml.node == XML_ELEMENT && has_one && !status) {
            struct slice name, value;
            status = xml_each_attribute(&xml, &at, &name, &value, &has_one, &err);
            if (!status && has_one) {
                put(out, "\n ", name);
                put(out, "=", value);
            }
        }
        if (xml.node != XML_TEXT)
            buffer_add_byte(out, '\n');
    }
    xml_close(&xml);
    return status;
}

static void theirs_node(xmlTextReaderPtr reader, struct buffer *out)
{
    int type = xmlTextReaderNodeType(reader);
    struct slice name = slice_from((const char *)xmlTextReaderConstName(reader));
    bool is_empty = xmlTextReaderIsEmptyElement(reader) == 1;
    if (type == XML_READER_TYPE_ELEMENT) {
        put(out, "\n<", name);
        while (xmlTextReaderMoveToNextAttribute(reader) == 1) {
            put(out, "\n ", slice_from((const char *)xmlTextReaderConstName(reader)));
            put(out, "=", slice_from((const char *)xmlTextReaderConstValue(reader)));
        }
        xmlTextReaderMoveToElement(reader);
        buffer_add_byte(out, '\n');
    }
    if (type == XML_READER_TYPE_END_ELEMENT || (type == XML_READER_TYPE_ELEMENT && is_empty)) {
        put(out, "\n>", slice_from((const char *)xmlTextReaderConstName(reader)));
        buffer_add_byte(out, '\n');
    }
    if (type == XML_READER_TYPE_TEXT || type == XML_READER_TYPE_CDATA || type == XML_READER_TYPE_WHITESPACE ||
        type == XML_READER_TYPE_SIGNIFICANT_WHITESPACE)
        put(out, "", slice_from((const char *)xmlTextReaderConstValue(reader)));
}

static void hush(void *context, xmlErrorPtr error)
{
    int *n = context;
    ++*n;
    (void)error;
}

static bool theirs(struct slice bytes, struct buffer *out)
{
    int n_faults = 0, answer = -1;
    xmlTextReaderPtr reader = xmlReaderForMemory(bytes.ptr, (int)bytes.len, NULL, NULL, XML_PARSE_NONET);
    if (!reader)
        return false;
    xmlTextReaderSetStructuredErrorHandler(reader, hush, &n_faults);
    while ((answer = xmlTextReaderRead(reader)) == 1)
        theirs_node(reader, out);
    xmlFreeTextReader(reader);
    return answer == 0 && !n_faults;
}

/* libxml2 lists the declarations of namespaces behind the other attributes: order is no part of XML. */
static int by_text(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static void sort_attributes(struct buffer *text)
{
    struct slice list[256], rest = buffer_slice(text);
    struct buffer out;
    size_t n = 0;
    buffer_init(&out, 1 << 26);
    while (rest.ptr) {
        struct slice line = slice_cut(&rest, '\n');
        if (n < 256 && line.len && line.ptr[0] == ' ' && rest.ptr) {
            list[n++] = line;
            continue;
        }
        qsort(list, n, sizeof *list, by_text);
        for (size_t i = 0; i < n; i++)
            put(&out, "\n", list[i]);
        n = 0;
        put(&out, "\n", line);
    }
    buffer_release(text);
    *text = out;
}

/* Line ends in CDATA: libxml2 2.9 leaves them as they are when it reads piece by piece, against 2.11. */
static bool is_known_to_differ(struct slice bytes)
{
    return slice_find(bytes, SLICE("<!DOCTYPE")) >= 0 ||
           (slice_find(bytes, SLICE("CDATA")) >= 0 && slice_find(bytes, SLICE("\r")) >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    size_t step = data[0] % 8 ? (size_t)data[0] : SIZE_MAX;
    struct slice bytes = slice_of((const char *)data + 1, size - 1);
    struct buffer a, b;
    buffer_init(&a, 1 << 26);
    buffer_init(&b, 1 << 26);
    enum comity_status status = ours(bytes, step, &a);
    if (!is_known_to_differ(bytes) && theirs(bytes, &b) && status != COMITY_UNSUPPORTED && status != COMITY_LIMIT) {
        sort_attributes(&a);
        sort_attributes(&b);
        if (status || !slice_equal(buffer_slice(&a), buffer_slice(&b))) {
            fprintf(stderr, "ours (%d): %.*s\ntheirs: %.*s\n", (int)status, SLICE_ARG(buffer_slice(&a)),
                SLICE_ARG(buffer_slice(&b)));
            abort();
        }
    }
    buffer_release(&a);
    buffer_release(&b);
    return 0;
}
