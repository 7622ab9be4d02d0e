// What a journal left: any bytes as its file, and any records written as one.
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "log/journal.h"

enum { RUN = 7, FIRST = 1, RECORDS_MAX = 64 };

// Blocks come one after the other and lie within the file, whatever it holds. Returns how many.
// `end` is how they must end; LEDGER_E_OK: as they like.
static uint64_t read_any(struct ledger_span bytes, enum ledger_err end) {
    struct journal_leavings leavings = {.size = bytes.size, .run = RUN};
    struct ledger_span found;
    struct ledger_error error = {0};
    enum ledger_err err;
    uint64_t position = FIRST, count = 0;
    leavings.bytes = malloc(bytes.size + 1); // the file's own size: it is read into memory whole
    MUST(leavings.bytes != NULL);
    if (bytes.size != 0)
        memcpy(leavings.bytes, bytes.data, bytes.size);
    while ((err = journal_next(&leavings, position, &found, &error)) == LEDGER_E_OK) {
        struct block block;
        MUST(found.data >= leavings.bytes &&
             found.data + found.size <= leavings.bytes + bytes.size);
        MUST(block_open(found, &block, NULL) == LEDGER_E_OK && block.first == position);
        MUST(leavings.at <= leavings.size);
        position = block_last(&block) + 1;
        count++;
    }
    fuzz_refused(err, &error);
    MUST(err == LEDGER_E_NOT_FOUND || err == LEDGER_E_CORRUPT);
    MUST(end == LEDGER_E_OK || err == end);
    journal_unload(&leavings);
    return count;
}

// ---- writing: each byte says how long a record is, and whether it is damaged

enum { SIZE_BITS = 0x7f, DAMAGED = 0x80 };

// Whether its header is as it should be.
static bool add(struct ledger_buffer *file, uint64_t position, uint8_t what) {
    struct block_builder builder = {0};
    struct block_seal seal = {.epoch = 1, .first = position, .recorded_at = 1};
    size_t size = (size_t)(what & SIZE_BITS) * 100; // some take several pages
    uint8_t *place = block_builder_add(&builder, size);
    MUST(place != NULL);
    memset(place, what, size);
    MUST(block_builder_seal(&builder, &seal) == LEDGER_E_OK);
    struct ledger_span block = ledger_buffer_span(&builder.bytes);
    uint8_t *packed = journal_pack(RUN, block, position);
    MUST(packed != NULL);
    size_t at = position * 7919 % (JOURNAL_HEADER_SIZE + block.size);
    bool damaged = (what & DAMAGED) != 0;
    if (damaged) // one bit, anywhere but in what only fills the page
        packed[at] ^= (uint8_t)(1u << position % 8);
    ledger_buffer_add(file, packed, journal_record_size(block.size));
    free(packed);
    block_builder_fini(&builder);
    return !damaged || at >= JOURNAL_HEADER_SIZE;
}

static void write_one(struct ledger_span bytes) {
    struct ledger_buffer file = {0};
    size_t whole = 0;    // records before the first that is damaged
    bool behind = false; // does a header stand behind that one?
    for (size_t i = 0; i < bytes.size; i++) {
        bool header = add(&file, FIRST + i, bytes.data[i]);
        behind = behind || (header && whole < i);
        whole += whole == i && (bytes.data[i] & DAMAGED) == 0;
    }
    MUST(!file.failed);
    MUST(read_any(ledger_buffer_span(&file), behind ? LEDGER_E_CORRUPT : LEDGER_E_NOT_FOUND) ==
         whole);
    ledger_buffer_fini(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    (void)read_any(ledger_span_of(data, size), LEDGER_E_OK);
    if (size <= RECORDS_MAX)
        write_one(ledger_span_of(data, size));
    return 0;
}
