/* fuzz_query.c - any bytes as a query: no crash, and what parses has a canonical text that is a fixed point, also after
 * taking a term out and toggling one. The domain pack is the drugs one. */
#include "view/query.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct domain *domain;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    if (domain_load(SOURCE_FOLDER "/domains/drugs", DATA_FOLDER "/gazetteer.bin", &domain, NULL) != COMITY_OK)
        abort();
    return 0;
}

static void must_be_fixed(const struct query *query, int without)
{
    struct buffer first, second;
    struct query again;
    buffer_init(&first, 1 << 22);
    buffer_init(&second, 1 << 22);
    query_format(query, domain, without, NULL, &first);
    /* Encoding may make a text longer than a query may be. */
    if (buffer_status(&first) == COMITY_OK && first.len <= QUERY_MOST_BYTES) {
        if (query_parse(buffer_slice(&first), domain, NULL, 0, &again, NULL) != COMITY_OK)
            abort();
        query_format(&again, domain, -1, NULL, &second);
        if (!slice_equal(buffer_slice(&first), buffer_slice(&second)))
            abort();
        query_release(&again);
    }
    buffer_release(&first);
    buffer_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct comity_error err = {0};
    struct query query;
    struct buffer out;
    if (query_parse(slice_of((const char *)data, size), domain, NULL, 0, &query, &err) != COMITY_OK) {
        query_release(&query);
        return 0;
    }
    must_be_fixed(&query, -1);
    for (int i = 0; i < 3; i++)
        must_be_fixed(&query, i);
    buffer_init(&out, 1 << 22);
    query_toggle(&query, domain, SLICE("country"), SLICE("CO"), &out);
    buffer_release(&out);
    query_release(&query);
    return 0;
}
