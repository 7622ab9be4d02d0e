#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/span.h"

enum { FIRST_CAPACITY = 256 };

void ledger_buffer_fini(struct ledger_buffer *buffer) {
    free(buffer->data);
    *buffer = (struct ledger_buffer){0};
}

void ledger_buffer_clear(struct ledger_buffer *buffer) {
    buffer->size = 0;
    buffer->failed = false;
}

static bool grow(struct ledger_buffer *buffer, size_t needed) {
    size_t capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;
    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    uint8_t *data = realloc(buffer->data, capacity);
    if (!data)
        return false;
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

uint8_t *ledger_buffer_reserve(struct ledger_buffer *buffer, size_t size) {
    if (buffer->failed)
        return NULL;
    // An empty buffer gets memory even for no bytes, so that NULL always means failure.
    bool fits = buffer->data && size <= buffer->capacity - buffer->size;
    if (!fits && (size > SIZE_MAX - buffer->size || !grow(buffer, buffer->size + size))) {
        buffer->failed = true;
        return NULL;
    }
    return buffer->data + buffer->size;
}

void ledger_buffer_add(struct ledger_buffer *buffer, const void *data, size_t size) {
    uint8_t *place = size > 0 ? ledger_buffer_reserve(buffer, size) : NULL;
    if (!place)
        return;
    memcpy(place, data, size);
    buffer->size += size;
}

void ledger_buffer_add_span(struct ledger_buffer *buffer, struct ledger_span span) {
    ledger_buffer_add(buffer, span.data, span.size);
}

void ledger_buffer_add_text(struct ledger_buffer *buffer, const char *text) {
    ledger_buffer_add(buffer, text, strlen(text));
}

void ledger_buffer_add_byte(struct ledger_buffer *buffer, uint8_t byte) {
    ledger_buffer_add(buffer, &byte, 1);
}

void ledger_buffer_printf(struct ledger_buffer *buffer, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    if (length < 0)
        buffer->failed = true;
    // One byte more for the NUL, which is not counted in size.
    uint8_t *place = ledger_buffer_reserve(buffer, length < 0 ? 0 : (size_t)length + 1);
    if (place) {
        vsnprintf((char *)place, (size_t)length + 1, format, again);
        buffer->size += (size_t)length;
    }
    va_end(again);
    va_end(args);
}

const char *ledger_buffer_text(struct ledger_buffer *buffer) {
    uint8_t *end = ledger_buffer_reserve(buffer, 1);
    if (!end)
        return NULL;
    *end = '\0';
    return (const char *)buffer->data;
}
