// Keys and values, written by map and read by queries, and the rows that one fact maps to.
//
// Key parts: text is its bytes and a NUL (which no text holds); numbers are big-endian, with the
// sign bit turned over where there is one. Value fields: text is its bytes and a NUL, or 0xff (no
// UTF-8 begins so) for NULL; a number is a zigzag varint.
#include "projection_internal.h"

#include <stdlib.h>

// ---- keys
static void key_add(struct projection_key *key, const void *data, size_t size) {
    if (key->failed || size > sizeof key->bytes - key->size) {
        key->failed = true;
        return;
    }
    memcpy(key->bytes + key->size, data, size);
    key->size += size;
}

void projection_key_text(struct projection_key *key, const char *text) {
    const char *part = text ? text : "";
    key_add(key, part, strlen(part) + 1);
}

void projection_key_u64(struct projection_key *key, uint64_t number) {
    uint64_t be = htobe64(number);
    key_add(key, &be, sizeof be);
}

void projection_key_i64(struct projection_key *key, int64_t number) {
    projection_key_u64(key, (uint64_t)number ^ UINT64_C(1) << 63);
}

void projection_key_day(struct projection_key *key, int32_t day) {
    uint32_t be = htobe32((uint32_t)day ^ UINT32_C(1) << 31);
    key_add(key, &be, sizeof be);
}

static bool key_take(struct ledger_span *key, void *part, size_t size) {
    if (key->size < size)
        return false;
    memcpy(part, key->data, size);
    *key = ledger_span_of(key->data + size, key->size - size);
    return true;
}

bool projection_key_read_text(struct ledger_span *key, struct ledger_span *text) {
    const uint8_t *end = key->size ? memchr(key->data, 0, key->size) : NULL;
    if (!end)
        return false;
    *text = ledger_span_of(key->data, (size_t)(end - key->data));
    *key = ledger_span_of(end + 1, key->size - text->size - 1);
    return true;
}

bool projection_key_read_u64(struct ledger_span *key, uint64_t *number) {
    uint64_t be;
    if (!key_take(key, &be, sizeof be))
        return false;
    *number = be64toh(be);
    return true;
}

bool projection_key_read_i64(struct ledger_span *key, int64_t *number) {
    uint64_t biased;
    if (!projection_key_read_u64(key, &biased))
        return false;
    *number = (int64_t)(biased ^ UINT64_C(1) << 63);
    return true;
}

bool projection_key_read_day(struct ledger_span *key, int32_t *day) {
    uint32_t be;
    if (!key_take(key, &be, sizeof be))
        return false;
    *day = (int32_t)(be32toh(be) ^ UINT32_C(1) << 31);
    return true;
}

// ---- values
static const uint8_t no_text = 0xff;

struct ledger_buffer *projection_rows_value(struct projection_rows *rows) {
    rows->failed |= rows->value.failed;
    ledger_buffer_clear(&rows->value);
    return &rows->value;
}

struct ledger_span projection_rows_record(const struct projection_rows *rows) {
    return rows->record;
}

void projection_value_text(struct ledger_buffer *value, const char *text) {
    if (text)
        ledger_buffer_add(value, text, strlen(text) + 1);
    else
        ledger_buffer_add_byte(value, no_text);
}

void projection_value_number(struct ledger_buffer *value, int64_t number) {
    uint64_t zigzag = ((uint64_t)number << 1) ^ (uint64_t)(number >> 63);
    uint8_t bytes[10];
    const uint8_t *end = ledger_varint_write(bytes, zigzag);
    ledger_buffer_add(value, bytes, (size_t)(end - bytes));
}

const char *projection_read_text(struct projection_reader *reader) {
    struct ledger_span *rest = &reader->rest;
    if (rest->size && rest->data[0] == no_text) {
        *rest = ledger_span_of(rest->data + 1, rest->size - 1);
        return NULL;
    }
    struct ledger_span text;
    return projection_key_read_text(rest, &text) ? (const char *)text.data : NULL;
}

int64_t projection_read_number(struct projection_reader *reader) {
    struct ledger_span *rest = &reader->rest;
    uint64_t zigzag;
    const uint8_t *next =
        rest->size ? ledger_varint_read(rest->data, rest->data + rest->size, &zigzag) : NULL;
    if (!next)
        return 0;
    *rest = ledger_span_of(next, (size_t)(rest->data + rest->size - next));
    return (int64_t)(zigzag >> 1) ^ -(int64_t)(zigzag & 1);
}

// ---- the rows of one fact
static struct row_entry *add_entry(struct projection_rows *rows) {
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity ? 2 * rows->capacity : 16;
        struct row_entry *grown = realloc(rows->entries, capacity * sizeof *grown);
        if (!grown) {
            rows->failed = true;
            return NULL;
        }
        rows->entries = grown;
        rows->capacity = capacity;
    }
    return &rows->entries[rows->count++];
}

void projection_rows_put(struct projection_rows *rows, uint8_t table,
                         const struct projection_key *key, struct ledger_span value) {
    if (key->failed) {
        rows->overflow = true;
        return;
    }
    struct row_entry *entry = add_entry(rows);
    if (!entry)
        return;
    *entry = (struct row_entry){.key_offset = rows->bytes.size,
                                .key_size = 1 + key->size,
                                .value_offset = rows->bytes.size + 1 + key->size,
                                .value_size = value.size};
    ledger_buffer_add_byte(&rows->bytes, table);
    ledger_buffer_add(&rows->bytes, key->bytes, key->size);
    ledger_buffer_add_span(&rows->bytes, value);
    rows->failed |= rows->bytes.failed || rows->value.failed;
}

void projection_rows_clear(struct projection_rows *rows) {
    ledger_buffer_clear(&rows->bytes);
    ledger_buffer_clear(&rows->value);
    rows->count = 0;
    rows->overflow = rows->failed = false;
}

void projection_rows_fini(struct projection_rows *rows) {
    ledger_buffer_fini(&rows->bytes);
    ledger_buffer_fini(&rows->value);
    free(rows->entries);
}
