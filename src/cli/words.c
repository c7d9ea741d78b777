/* See words.h. */
#include "cli/words.h"

#include "base/error.h"
#include "value/value.h"
#ifdef COMITY_WITH_SERVER
#include "page/catalogue.h"
#endif

const char *cli_words(int language, const char *english)
{
#ifdef COMITY_WITH_SERVER
    return catalogue_word(language, english);
#else
    (void)language;
    return english;
#endif
}

enum comity_status cli_language(const char *code, struct comity_error *err)
{
    if (slice_starts_with(slice_from(code), slice_from(language_code(language_number(code)))))
        return COMITY_OK;
    error_set(err, COMITY_USAGE, "no language '%s'", code);
    error_hint(err, "en, es, fr, pt, ru, ar or zh");
    return COMITY_USAGE;
}
