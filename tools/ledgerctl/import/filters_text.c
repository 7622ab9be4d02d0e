// Filters that make texts of texts.
#include <openssl/sha.h>
#include <string.h>

#include "filters_internal.h"

IMPORT_FILTER_RUN(trim) {
    (void)filter;
    static const char blanks[] = " \t\r\n\v\f";
    const char *text = value->text + strspn(value->text, blanks);
    size_t size = strlen(text);
    while (size > 0 && strchr(blanks, text[size - 1]) != NULL)
        size--;
    return import_filter_set_text(arena, value, text, size, error);
}

static char ascii_upper(char c) {
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static enum ledger_err each_char(struct ledger_arena *arena, struct import_value *value,
                                 char (*change)(char), struct ledger_error *error) {
    size_t size = strlen(value->text);
    char *text = ledger_arena_text(arena, ledger_span_of(value->text, size));
    if (text == NULL)
        return import_filter_no_memory(error);
    for (size_t i = 0; i < size; i++)
        text[i] = change(text[i]);
    *value = (struct import_value){.text = text};
    return LEDGER_E_OK;
}

IMPORT_FILTER_RUN(upper) {
    (void)filter;
    return each_char(arena, value, ascii_upper, error);
}

IMPORT_FILTER_RUN(lower) {
    (void)filter;
    return each_char(arena, value, ascii_lower, error);
}

// Letters and digits of ASCII in lower case, bytes of other scripts as they are, and one "-" for
// any run of the rest.
IMPORT_FILTER_RUN(slug) {
    (void)filter;
    char *slug = ledger_arena_alloc(arena, strlen(value->text) + 1);
    if (slug == NULL)
        return import_filter_no_memory(error);
    size_t size = 0;
    for (const char *p = value->text; *p != '\0'; p++) {
        char c = ascii_lower(*p);
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80)
            slug[size++] = c;
        else if (size > 0 && slug[size - 1] != '-')
            slug[size++] = '-';
    }
    size -= size > 0 && slug[size - 1] == '-' ? 1 : 0;
    slug[size] = '\0';
    *value = (struct import_value){.text = slug};
    return LEDGER_E_OK;
}

IMPORT_FILTER_RUN(replace) {
    const char *from = filter->arguments[0];
    const char *to = filter->argument_count > 1 ? filter->arguments[1] : "";
    struct ledger_buffer out = {0};
    const char *place = value->text;
    for (const char *hit; (hit = strstr(place, from)) != NULL; place = hit + strlen(from)) {
        ledger_buffer_add(&out, place, (size_t)(hit - place));
        ledger_buffer_add_text(&out, to);
    }
    ledger_buffer_add_text(&out, place);
    enum ledger_err err =
        out.failed ? import_filter_no_memory(error)
                   : import_filter_set_text(arena, value, (const char *)out.data, out.size, error);
    ledger_buffer_fini(&out);
    return err;
}

IMPORT_FILTER_RUN(before) {
    const char *hit = strstr(value->text, filter->arguments[0]);
    size_t size = hit != NULL ? (size_t)(hit - value->text) : strlen(value->text);
    return import_filter_set_text(arena, value, value->text, size, error);
}

IMPORT_FILTER_RUN(after) {
    const char *hit = strstr(value->text, filter->arguments[0]);
    const char *rest = hit != NULL ? hit + strlen(filter->arguments[0]) : "";
    return import_filter_set_text(arena, value, rest, strlen(rest), error);
}

// Characters, not bytes.
IMPORT_FILTER_RUN(first) {
    const char *place = value->text;
    for (int count = 0; *place != '\0'; place++) {
        bool starts_character = ((unsigned char)*place & 0xC0) != 0x80;
        if (starts_character && count++ == filter->places)
            break;
    }
    return import_filter_set_text(arena, value, value->text, (size_t)(place - value->text), error);
}

IMPORT_FILTER_RUN(default) {
    if (value->text[0] != '\0')
        return LEDGER_E_OK;
    return import_filter_set_text(arena, value, filter->arguments[0], strlen(filter->arguments[0]),
                                  error);
}

IMPORT_FILTER_RUN(required) {
    (void)filter;
    (void)arena;
    return value->text[0] != '\0'
               ? LEDGER_E_OK
               : ledger_fail(error, LEDGER_E_MISSING_FIELD, NULL, "a value is required");
}

// A pseudonym: the same value of the same system always gives the same one.
IMPORT_FILTER_RUN(hash) {
    enum { PSEUDONYM_BYTES = 8 };
    uint8_t digest[SHA256_DIGEST_LENGTH];
    struct ledger_buffer name = {0};
    ledger_buffer_add_text(&name, filter->scope->system);
    ledger_buffer_add_byte(&name, 0);
    ledger_buffer_add_text(&name, value->text);
    bool done = !name.failed && SHA256(name.data, name.size, digest) != NULL;
    ledger_buffer_fini(&name);
    if (!done)
        return import_filter_no_memory(error);
    static const char digits[] = "0123456789abcdef";
    char text[2 * PSEUDONYM_BYTES];
    for (size_t i = 0; i < PSEUDONYM_BYTES; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    return import_filter_set_text(arena, value, text, sizeof text, error);
}

enum ledger_err import_filter_search_compile(struct import_filter *filter,
                                             struct ledger_error *error) {
    return filter->arguments[0][0] != '\0'
               ? LEDGER_E_OK
               : ledger_fail(error, LEDGER_E_MAP_INVALID, NULL, "expected a text to look for");
}
