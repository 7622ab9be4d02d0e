// Bytes: a borrowed span, and an owned buffer that grows. Any thread; one buffer, one thread at a
// time.
#ifndef LEDGER_SPAN_H
#define LEDGER_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ledger/error.h"

// Borrowed: valid as long as what it points into.
struct ledger_span {
    const uint8_t *data;
    size_t size;
};

static inline struct ledger_span ledger_span_of(const void *data, size_t size) {
    return (struct ledger_span){.data = data, .size = size};
}
static inline struct ledger_span ledger_span_text(const char *text) {
    return ledger_span_of(text, strlen(text));
}
static inline bool ledger_span_equal(struct ledger_span a, struct ledger_span b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

// Owned. {0} is an empty buffer. After a failed allocation it is `failed` and every further write
// is ignored: check once, at the end.
struct ledger_buffer {
    uint8_t *data;
    size_t size;
    size_t capacity;
    bool failed;
};

void ledger_buffer_fini(struct ledger_buffer *buffer);
// Empties it and keeps the memory; clears `failed`.
void ledger_buffer_clear(struct ledger_buffer *buffer);
// Room for `size` more bytes; the pointer is where they go. NULL after a failure.
uint8_t *ledger_buffer_reserve(struct ledger_buffer *buffer, size_t size);
void ledger_buffer_add(struct ledger_buffer *buffer, const void *data, size_t size);
void ledger_buffer_add_span(struct ledger_buffer *buffer, struct ledger_span span);
void ledger_buffer_add_text(struct ledger_buffer *buffer, const char *text);
void ledger_buffer_add_byte(struct ledger_buffer *buffer, uint8_t byte);
void ledger_buffer_printf(struct ledger_buffer *buffer, const char *format, ...)
    LEDGER_PRINTF(2, 3);
// Appends a NUL that is not counted in size, and returns the text; NULL after a failure.
const char *ledger_buffer_text(struct ledger_buffer *buffer);
static inline struct ledger_span ledger_buffer_span(const struct ledger_buffer *buffer) {
    return ledger_span_of(buffer->data, buffer->size);
}

#endif
