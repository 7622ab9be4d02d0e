// Commit blocks: reading any bytes as one, and that one bit of damage never goes unseen.
#include <string.h>

#include "fuzz.h"
#include "ledger/limits.h"
#include "log/block.h"

enum { RECORDS_LOOKED_AT = 64 };

static void read_any(struct ledger_span bytes) {
    struct block block, opened;
    struct ledger_error error = {0};
    enum ledger_err err = block_parse(bytes, &block, &error);
    if (err != LEDGER_E_OK) {
        fuzz_refused(err, &error);
        MUST(err == LEDGER_E_CORRUPT || err == LEDGER_E_FORMAT);
        MUST(block_open(bytes, &opened, &error) != LEDGER_E_OK);
        return;
    }
    MUST(block.count > 0 && block.body.size < bytes.size);
    for (uint32_t i = 0; i < block.count && i < RECORDS_LOOKED_AT; i++) {
        struct ledger_span record = {0}, entries = block_entries(&block, i, 1);
        MUST(entries.size <= block.body.size);
        if (block_record(&block, i, &record) == LEDGER_E_OK)
            MUST(record.size < entries.size && record.data > entries.data &&
                 record.data + record.size == entries.data + entries.size);
    }
}

// Each record is as long as the byte before it says.
static void build(struct ledger_span bytes, struct block_builder *builder) {
    while (bytes.size > 0) {
        size_t size = bytes.data[0];
        if (size > bytes.size - 1)
            size = bytes.size - 1;
        uint8_t *place = block_builder_add(builder, size);
        MUST(place != NULL);
        memcpy(place, bytes.data + 1, size);
        bytes = ledger_span_of(bytes.data + 1 + size, bytes.size - 1 - size);
    }
}

static void damage_is_seen(struct ledger_buffer *bytes, size_t bit) {
    struct block block;
    struct ledger_error error = {0};
    bit %= bytes->size * 8;
    bytes->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    enum ledger_err err = block_open(ledger_buffer_span(bytes), &block, &error);
    fuzz_refused(err, &error);
}

static void write_one(struct ledger_span bytes) {
    struct block_builder builder = {0};
    struct block_seal seal = {.epoch = 3, .first = 10, .recorded_at = -1};
    struct block block;
    struct ledger_error error = {0};
    build(bytes, &builder);
    MUST(block_builder_seal(&builder, &seal) == LEDGER_E_OK);
    MUST(block_open(ledger_buffer_span(&builder.bytes), &block, &error) == LEDGER_E_OK);
    MUST(block.epoch == 3 && block.first == 10 && block.recorded_at == -1);
    MUST(block.count == builder.count);
    for (uint32_t i = 0; i < block.count; i++) {
        struct ledger_span record;
        size_t size = bytes.data[0] < bytes.size - 1 ? bytes.data[0] : bytes.size - 1;
        MUST(block_record(&block, i, &record) == LEDGER_E_OK);
        MUST(ledger_span_equal(record, ledger_span_of(bytes.data + 1, size)));
        bytes = ledger_span_of(bytes.data + 1 + size, bytes.size - 1 - size);
    }
    damage_is_seen(&builder.bytes, (size_t)block.body.size * 7919);
    block_builder_fini(&builder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    read_any(ledger_span_of(data, size));
    if (size > 0)
        write_one(ledger_span_of(data, size));
    return 0;
}
