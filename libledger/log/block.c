#include "block.h"

#include <inttypes.h>
#include <isa-l/crc.h>

#include "bytes.h"
#include "ledger/event.h"
#include "ledger/limits.h"

enum {
    AT_MAGIC = 0,
    AT_FORMAT = 4,
    AT_FLAGS = 6,
    AT_EPOCH = 8,
    AT_FIRST = 16,
    AT_COUNT = 24,
    AT_BODY_SIZE = 28,
    AT_RECORDED_AT = 32,
    AT_ROOT_BEFORE = 40,
    AT_ROOT_AFTER = 72,
    AT_CRC = 104,
    AT_ZERO = 108,
    ENTRY_TAG = 0x0A, // field 1, length-delimited
    ENTRY_OVERHEAD_MAX = 1 + 5,
};
static const uint8_t magic[4] = {'F', 'L', 'B', '0'};

static uint32_t checksum(struct ledger_span bytes) {
    // ISA-L takes int sizes and a pointer it does not write through.
    uint8_t *data = (uint8_t *)(uintptr_t)bytes.data;
    uint32_t crc = crc32_iscsi(data, AT_CRC, ~0u);
    return ~crc32_iscsi(data + AT_ZERO, (int)(bytes.size - AT_ZERO), crc);
}

enum ledger_err block_parse(struct ledger_span bytes, struct block *block,
                            struct ledger_error *error) {
    if (bytes.size < BLOCK_HEADER_SIZE || bytes.size > INT32_MAX ||
        memcmp(bytes.data + AT_MAGIC, magic, sizeof magic) != 0)
        return ledger_fail(error, LEDGER_E_CORRUPT, NULL, "a stored block has no block header");
    const uint8_t *data = bytes.data;
    if (le_read16(data + AT_FORMAT) != BLOCK_FORMAT)
        return ledger_fail(error, LEDGER_E_FORMAT, NULL, "a stored block has format %u",
                           le_read16(data + AT_FORMAT));
    *block = (struct block){
        .epoch = le_read64(data + AT_EPOCH),
        .first = le_read64(data + AT_FIRST),
        .count = le_read32(data + AT_COUNT),
        .recorded_at = (int64_t)le_read64(data + AT_RECORDED_AT),
        .root_before = data + AT_ROOT_BEFORE,
        .root_after = data + AT_ROOT_AFTER,
    };
    size_t body_size = le_read32(data + AT_BODY_SIZE);
    if (block->count == 0 || bytes.size != BLOCK_HEADER_SIZE + body_size + (size_t)4 * block->count)
        return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                           "the block at position %" PRIu64 " has sizes that cannot be",
                           block->first);
    block->body = ledger_span_of(data + BLOCK_HEADER_SIZE, body_size);
    block->offsets = data + BLOCK_HEADER_SIZE + body_size;
    return LEDGER_E_OK;
}

enum ledger_err block_check(struct ledger_span bytes, const struct block *block,
                            struct ledger_error *error) {
    if (checksum(bytes) == le_read32(bytes.data + AT_CRC))
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                       "the checksum of the block at position %" PRIu64 " is wrong", block->first);
}

enum ledger_err block_open(struct ledger_span bytes, struct block *block,
                           struct ledger_error *error) {
    enum ledger_err err = block_parse(bytes, block, error);
    return err == LEDGER_E_OK ? block_check(bytes, block, error) : err;
}

static size_t entry_offset(const struct block *block, uint32_t i) {
    return i < block->count ? le_read32(block->offsets + (size_t)4 * i) : block->body.size;
}

struct ledger_span block_entries(const struct block *block, uint32_t i, uint32_t n) {
    size_t start = entry_offset(block, i), end = entry_offset(block, i + n);
    if (start > end || end > block->body.size)
        return ledger_span_of(block->body.data, 0);
    return ledger_span_of(block->body.data + start, end - start);
}

// The record within its entry.
static enum ledger_err entry_record(struct ledger_span entry, struct ledger_span *record) {
    const uint8_t *end = entry.data + entry.size;
    uint64_t size;
    if (entry.size < 2 || entry.data[0] != ENTRY_TAG)
        return LEDGER_E_CORRUPT;
    const uint8_t *start = ledger_varint_read(entry.data + 1, end, &size);
    if (start == NULL || size != (uint64_t)(end - start))
        return LEDGER_E_CORRUPT;
    *record = ledger_span_of(start, (size_t)size);
    return LEDGER_E_OK;
}

enum ledger_err block_record(const struct block *block, uint32_t i, struct ledger_span *record) {
    return entry_record(block_entries(block, i, 1), record);
}

// ---- making one

void block_builder_fini(struct block_builder *builder) {
    ledger_buffer_fini(&builder->bytes);
    ledger_buffer_fini(&builder->offsets);
}

void block_builder_clear(struct block_builder *builder) {
    ledger_buffer_clear(&builder->bytes);
    ledger_buffer_clear(&builder->offsets);
    builder->count = 0;
}

static void add_offset(struct block_builder *builder, size_t offset) {
    uint8_t *place = ledger_buffer_reserve(&builder->offsets, 4);
    if (place == NULL)
        return;
    le_write32(place, (uint32_t)offset);
    builder->offsets.size += 4;
}

uint8_t *block_builder_add(struct block_builder *builder, size_t size) {
    struct ledger_buffer *bytes = &builder->bytes;
    size_t before = bytes->size == 0 ? BLOCK_HEADER_SIZE : 0;
    uint8_t *place = ledger_buffer_reserve(bytes, before + ENTRY_OVERHEAD_MAX + size);
    if (place == NULL)
        return NULL;
    bytes->size += before;
    add_offset(builder, bytes->size - BLOCK_HEADER_SIZE);
    place += before;
    place[0] = ENTRY_TAG;
    uint8_t *record = ledger_varint_write(place + 1, size);
    bytes->size += (size_t)(record - place) + size;
    builder->count++;
    return builder->offsets.failed ? NULL : record;
}

struct ledger_span block_builder_record(const struct block_builder *builder, uint32_t i) {
    const struct ledger_buffer *bytes = &builder->bytes;
    size_t start = BLOCK_HEADER_SIZE + le_read32(builder->offsets.data + (size_t)4 * i);
    size_t end = i + 1 < builder->count
                     ? BLOCK_HEADER_SIZE + le_read32(builder->offsets.data + (size_t)4 * (i + 1))
                     : bytes->size;
    struct ledger_span record = {0};
    (void)entry_record(ledger_span_of(bytes->data + start, end - start), &record);
    return record;
}

enum ledger_err block_builder_seal(struct block_builder *builder, const struct block_seal *seal) {
    struct ledger_buffer *bytes = &builder->bytes;
    size_t body_size = bytes->size - BLOCK_HEADER_SIZE;
    ledger_buffer_add_span(bytes, ledger_buffer_span(&builder->offsets));
    if (bytes->failed || builder->offsets.failed)
        return LEDGER_E_NO_MEMORY;
    uint8_t *data = bytes->data;
    memcpy(data + AT_MAGIC, magic, sizeof magic);
    le_write16(data + AT_FORMAT, BLOCK_FORMAT);
    le_write16(data + AT_FLAGS, 0);
    le_write64(data + AT_EPOCH, seal->epoch);
    le_write64(data + AT_FIRST, seal->first);
    le_write32(data + AT_COUNT, builder->count);
    le_write32(data + AT_BODY_SIZE, (uint32_t)body_size);
    le_write64(data + AT_RECORDED_AT, (uint64_t)seal->recorded_at);
    memcpy(data + AT_ROOT_BEFORE, seal->root_before.bytes, LEDGER_HASH_SIZE);
    memcpy(data + AT_ROOT_AFTER, seal->root_after.bytes, LEDGER_HASH_SIZE);
    le_write32(data + AT_ZERO, 0);
    le_write32(data + AT_CRC, checksum(ledger_buffer_span(bytes)));
    return LEDGER_E_OK;
}
