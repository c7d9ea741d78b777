/* Identifier, text, name and count: what has no table.
 *
 * text: white space collapsed. identifier: upper case, runs of spaces and dashes one dash ("ab 12 - 34" is "AB-12-34").
 * name: folded, so that one person's name in two spellings of case and accents is one value; the raw text stays in the
 * record. */
#include "text/fold.h"
#include "value/parse.h"
#include "value/quantity.h"

#include <math.h>
#include <stdlib.h>
#include <unicode/ustring.h>

enum { LONGEST_TEXT = 1 << 20 };

/* Copies `raw` with each run of the bytes in `parts` as one `joint`. UTF-8's longer spaces and dashes stay apart from
 * it: they are written as the joint too when their three bytes are U+2000-U+2015. */
static void collapse(struct slice raw, const char *parts, char joint, struct buffer *out)
{
    bool is_owed = false;
    for (size_t i = 0; i < raw.len; i++) {
        const unsigned char *s = (const unsigned char *)raw.ptr + i;
        bool is_wide = i + 2 < raw.len && s[0] == 0xE2 && s[1] == 0x80 && s[2] >= 0x80 && s[2] <= 0x95;
        bool is_hard_space = i + 1 < raw.len && s[0] == 0xC2 && s[1] == 0xA0;
        bool is_wide_part = is_wide && (s[2] < 0x90 || strchr(parts, '-'));
        if (is_wide_part || is_hard_space || (s[0] && strchr(parts, s[0]))) {
            i += is_wide_part ? 2 : is_hard_space ? 1 : 0;
            is_owed = true;
            continue;
        }
        if (is_owed && out->len)
            buffer_add_byte(out, joint);
        is_owed = false;
        buffer_add_byte(out, (char)s[0]);
    }
}

/* Upper case without a locale; letters beyond ASCII through ICU. */
static void upper(struct buffer *text)
{
    bool is_ascii = true;
    for (size_t i = 0; i < text->len; i++) {
        is_ascii = is_ascii && (unsigned char)text->ptr[i] < 0x80;
        if (text->ptr[i] >= 'a' && text->ptr[i] <= 'z')
            text->ptr[i] = (char)(text->ptr[i] - ('a' - 'A'));
    }
    if (is_ascii || text->failed)
        return;
    UErrorCode code = U_ZERO_ERROR;
    int32_t len = 0, room = (int32_t)text->len * 3 + 1;
    UChar *wide = malloc((size_t)room * 2 * sizeof *wide);
    if (!wide) {
        text->failed = true;
        return;
    }
    u_strFromUTF8WithSub(wide, room, &len, text->ptr, (int32_t)text->len, 0xFFFD, NULL, &code);
    len = u_strToUpper(wide + room, room, wide, len, "", &code);
    buffer_clear(text);
    if (U_SUCCESS(code) && buffer_reserve(text, (size_t)len * 3)) {
        u_strToUTF8(text->ptr, (int32_t)text->size, &room, wide + room, len, &code);
        text->len = U_SUCCESS(code) ? (size_t)room : 0;
    }
    free(wide);
}

enum comity_status text_parse(
    const struct value_spec *spec, const struct value_input *input, struct arena *arena, struct value *out)
{
    struct slice raw = slice_trim(input->raw);
    struct buffer form;
    raw.len = raw.len < LONGEST_TEXT / 32 ? raw.len : LONGEST_TEXT / 32;
    buffer_init(&form, LONGEST_TEXT);
    if (spec->type == VALUE_NAME)
        folding_apply(spec->folding, raw, &form);
    else
        collapse(raw, spec->type == VALUE_IDENTIFIER ? " \t\r\n\v\f-" : " \t\r\n\v\f",
            spec->type == VALUE_IDENTIFIER ? '-' : ' ', &form);
    if (spec->type == VALUE_IDENTIFIER)
        upper(&form);
    enum comity_status status = buffer_status(&form);
    if (status == COMITY_OK && form.len == 0)
        status = value_unread(spec->type, raw, arena, out);
    else if (status == COMITY_OK) {
        *out = (struct value){.type = (uint8_t)spec->type, .state = VALUE_TYPED, .confidence = 100};
        out->text = arena_copy(arena, buffer_slice(&form));
        status = out->text.ptr ? COMITY_OK : COMITY_NOMEM;
    }
    buffer_release(&form);
    return status;
}

enum comity_status count_parse(
    const struct value_spec *spec, const struct value_input *input, struct arena *arena, struct value *out)
{
    static const double most = 9007199254740992; /* 2^53: above it doubles skip numbers */
    double number;
    if (!number_parse(input->raw, input->decimal, &number) || number < 0 || number > most || floor(number) != number)
        return value_unread(spec->type, input->raw, arena, out);
    *out = (struct value){.type = VALUE_COUNT, .state = VALUE_TYPED, .confidence = 100};
    out->count.number = (int64_t)number;
    return COMITY_OK;
}
