/* form.c - from form fields to a query. Values stay as they were encoded: only whole fields are dropped or renamed. */
#include "http/form.h"

#include "base/buffer.h"

static bool is_form_field(struct slice key, struct slice value)
{
    return slice_is(key, "from") || slice_is(key, "to") || (value.len == 0 && slice_is(key, "text"));
}

static bool has_form_fields(struct slice text)
{
    while (text.len) {
        struct slice value = slice_cut(&text, '&');
        struct slice key = slice_cut(&value, '=');
        if (is_form_field(key, value))
            return true;
    }
    return false;
}

static void add_pair(struct buffer *out, struct slice key, struct slice value)
{
    if (out->len)
        buffer_add_byte(out, '&');
    buffer_add_slice(out, key);
    buffer_add_byte(out, '=');
    buffer_add_slice(out, value);
}

/* What a person typed is text as it stands: in quotes, with quotes of its own escaped. */
static void add_text(struct buffer *out, struct slice value)
{
    bool is_quoted = slice_starts_with(value, SLICE("%22"));
    add_pair(out, SLICE("text"), is_quoted ? value : SLICE("%22"));
    if (is_quoted)
        return;
    for (size_t i = 0; i < value.len; i++) {
        bool is_quote = slice_starts_with(slice_of(value.ptr + i, value.len - i), SLICE("%22"));
        bool is_slash = slice_starts_with(slice_of(value.ptr + i, value.len - i), SLICE("%5C"));
        if (is_quote || is_slash)
            buffer_add_string(out, "%5C");
        buffer_add_byte(out, value.ptr[i]);
    }
    buffer_add_string(out, "%22");
}

bool form_to_query(struct slice text, const struct domain *domain, struct arena *arena, struct slice *out)
{
    struct slice from = SLICE_EMPTY, to = SLICE_EMPTY;
    struct buffer query;
    if (!has_form_fields(text))
        return false;
    buffer_init(&query, 65536);
    while (text.len) {
        struct slice value = slice_cut(&text, '&');
        struct slice key = slice_cut(&value, '=');
        if (slice_is(key, "from"))
            from = value;
        else if (slice_is(key, "to"))
            to = value;
        else if (value.len && slice_is(key, "text"))
            add_text(&query, value);
        else if (value.len)
            add_pair(&query, key, value);
    }
    if ((from.len || to.len) && domain->when >= 0) {
        add_pair(&query, domain->fields[domain->when].id, from);
        buffer_add_string(&query, "..");
        buffer_add_slice(&query, to);
    }
    bool is_whole = buffer_status(&query) == COMITY_OK;
    *out = arena_copy(arena, buffer_slice(&query));
    buffer_release(&query);
    return is_whole;
}
