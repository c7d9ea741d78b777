/* settings.c: the settings of feeds; and the small readings of what comes from outside. */
#include "intake/fetch.h"
#include "intake/settings.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct settings settings;
    struct comity_error err = {0};
    struct arena arena = {0};
    struct slice text = slice_of((const char *)data, size);
    int64_t ms;
    uint64_t bytes;
    if (settings_parse(text, "fuzz/feeds.yaml", &settings, &err) == COMITY_OK) {
        for (size_t i = 0; i < settings.n_feeds; i++)
            if (!settings.feeds[i].folder == !settings.feeds[i].url)
                abort();
        settings_release(&settings);
    }
    if (settings_duration(text, &ms) && ms <= 0)
        abort();
    if (settings_size(text, &bytes) && bytes == 0)
        abort();
    fetch_rubbish(text, NULL);
    char *url = arena_string(&arena, text);
    if (url)
        fetch_shown_address(&arena, url);
    arena_release(&arena);
    return 0;
}
