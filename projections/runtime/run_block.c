// Blocks of rows. A block fills some pages of LMDB's to their last byte.
#include "projection_internal.h"
#include "runs.h"

enum {
    PAGE = 4096,
    PAGE_HEADER = 16, // LMDB's, of the first page of a value
    BLOCK_SIZE = 4 * PAGE - PAGE_HEADER,
    COUNT_SIZE = 4,
    OFFSET_SIZE = 4,
    KEY_SIZE_SIZE = 2,
};

// ---- reading
bool run_block_open(struct ledger_span bytes, struct run_block *block) {
    if (bytes.size < COUNT_SIZE)
        return false;
    *block = (struct run_block){bytes, get_le32(bytes.data)};
    return block->count && block->count <= (bytes.size - COUNT_SIZE) / OFFSET_SIZE;
}

static size_t row_start(const struct run_block *block, uint32_t i) {
    return i == block->count ? block->bytes.size
                             : get_le32(block->bytes.data + COUNT_SIZE + (size_t)i * OFFSET_SIZE);
}

bool run_block_row(const struct run_block *block, uint32_t i, struct ledger_kv_pair *row) {
    uint16_t key_size;
    size_t start = row_start(block, i);
    size_t end = row_start(block, i + 1);
    if (start > end || end > block->bytes.size || end - start < KEY_SIZE_SIZE)
        return false;
    memcpy(&key_size, block->bytes.data + start, KEY_SIZE_SIZE);
    key_size = le16toh(key_size);
    start += KEY_SIZE_SIZE;
    if (key_size > end - start)
        return false;
    row->key = ledger_span_of(block->bytes.data + start, key_size);
    row->value = ledger_span_of(row->key.data + key_size, end - start - key_size);
    return true;
}

int run_key_order(struct ledger_span a, struct ledger_span b) {
    int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

uint32_t run_block_find(const struct run_block *block, struct ledger_span key) {
    uint32_t low = 0;
    uint32_t high = block->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        struct ledger_kv_pair row;
        if (run_block_row(block, middle, &row) && run_key_order(row.key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// ---- writing
static void write_block(struct run_writer *writer) {
    uint8_t key[LEDGER_KV_KEY_SIZE_MAX];
    uint16_t key_size;
    uint8_t *place;
    size_t offsets = writer->offsets.size;
    size_t start = COUNT_SIZE + offsets;
    if (!offsets || writer->rows.failed || writer->offsets.failed)
        return;
    memcpy(&key_size, writer->rows.data, KEY_SIZE_SIZE);
    key_size = le16toh(key_size);
    put_be32(key, writer->number);
    memcpy(key + RUN_KEY_PREFIX, writer->rows.data + KEY_SIZE_SIZE, key_size);
    ledger_kv_cursor_put_reserve(writer->cursor,
                                 ledger_span_of(key, (size_t)RUN_KEY_PREFIX + key_size),
                                 start + writer->rows.size, &place);
    if (place) {
        put_le32(place, (uint32_t)(offsets / OFFSET_SIZE));
        for (size_t at = 0; at < offsets; at += OFFSET_SIZE)
            put_le32(place + COUNT_SIZE + at,
                     get_le32(writer->offsets.data + at) + (uint32_t)start);
        memcpy(place + start, writer->rows.data, writer->rows.size);
    }
    ledger_buffer_clear(&writer->rows);
    ledger_buffer_clear(&writer->offsets);
}

void run_writer_add(struct run_writer *writer, struct ledger_span key, struct ledger_span value) {
    size_t size = KEY_SIZE_SIZE + key.size + value.size;
    if (writer->rows.size + writer->offsets.size + COUNT_SIZE + OFFSET_SIZE + size > BLOCK_SIZE)
        write_block(writer);
    uint8_t *place = ledger_buffer_reserve(&writer->rows, size);
    uint8_t *offset = ledger_buffer_reserve(&writer->offsets, OFFSET_SIZE);
    if (!place || !offset)
        return;
    uint16_t key_size = htole16((uint16_t)key.size);
    memcpy(place, &key_size, KEY_SIZE_SIZE);
    memcpy(place + KEY_SIZE_SIZE, key.data, key.size);
    if (value.size)
        memcpy(place + KEY_SIZE_SIZE + key.size, value.data, value.size);
    put_le32(offset, (uint32_t)writer->rows.size);
    writer->rows.size += size;
    writer->offsets.size += OFFSET_SIZE;
    writer->bytes += size;
}

enum ledger_err run_writer_end(struct run_writer *writer) {
    write_block(writer);
    enum ledger_err err = writer->rows.failed || writer->offsets.failed
                              ? LEDGER_E_NO_MEMORY
                              : ledger_kv_cursor_failed(writer->cursor);
    ledger_buffer_fini(&writer->rows);
    ledger_buffer_fini(&writer->offsets);
    return err;
}
