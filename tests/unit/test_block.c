// The commit block: golden bytes, what comes back out, and every flipped bit found.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "log/block.h"

static void build(struct block_builder *builder, const char *const *records, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint8_t *place = block_builder_add(builder, strlen(records[i]));
        assert_non_null(place);
        memcpy(place, records[i], strlen(records[i]));
    }
    struct block_seal seal = {.epoch = 3, .first = 41, .recorded_at = 1700000000000001};
    memset(seal.root_before.bytes, 0xB0, LEDGER_HASH_SIZE);
    memset(seal.root_after.bytes, 0xA0, LEDGER_HASH_SIZE);
    assert_int_equal(block_builder_seal(builder, &seal), LEDGER_E_OK);
}

// As block.h lays it out, written down by hand.
static void bytes_are_as_documented(void **state) {
    (void)state;
    struct block_builder builder = {0};
    build(&builder, (const char *const[]){"ab", "c"}, 2);
    static const uint8_t start[40] = {
        'F', 'L', 'B', '0', 0, 0, 0, 0, 3, 0, 0, 0, 0,    0,    0,    0,    41,   0,    0,    0,
        0,   0,   0,   0,   2, 0, 0, 0, 7, 0, 0, 0, 0x01, 0x40, 0x1E, 0x18, 0x24, 0x0A, 0x06, 0x00,
    };
    static const uint8_t end[15] = {0x0A, 2, 'a', 'b', 0x0A, 1, 'c', 0, 0, 0, 0, 4, 0, 0, 0};
    assert_int_equal(builder.bytes.size, BLOCK_HEADER_SIZE + sizeof end);
    assert_memory_equal(builder.bytes.data, start, sizeof start);
    for (size_t i = 40; i < 104; i++)
        assert_int_equal(builder.bytes.data[i], i < 72 ? 0xB0 : 0xA0);
    assert_memory_equal(builder.bytes.data + BLOCK_HEADER_SIZE, end, sizeof end);
    block_builder_fini(&builder);
}

static void what_goes_in_comes_out(void **state) {
    (void)state;
    static const char *const records[] = {"first", "", "a third record", "4"};
    struct block_builder builder = {0};
    struct block block;
    build(&builder, records, 4);
    assert_int_equal(block_open(ledger_buffer_span(&builder.bytes), &block, NULL), LEDGER_E_OK);
    assert_int_equal(block.first, 41);
    assert_int_equal(block_last(&block), 44);
    assert_int_equal(block.epoch, 3);
    assert_int_equal(block.recorded_at, 1700000000000001);
    for (uint32_t i = 0; i < 4; i++) {
        struct ledger_span record;
        assert_int_equal(block_record(&block, i, &record), LEDGER_E_OK);
        assert_true(ledger_span_equal(record, ledger_span_text(records[i])));
    }
    assert_int_equal(block_entries(&block, 0, 4).size, block.body.size);
    block_builder_fini(&builder);
}

static void every_flipped_bit_and_every_cut_is_found(void **state) {
    (void)state;
    struct block_builder builder = {0};
    struct block block;
    build(&builder, (const char *const[]){"one record", "another"}, 2);
    struct ledger_span bytes = ledger_buffer_span(&builder.bytes);
    for (size_t bit = 0; bit < bytes.size * 8; bit++) {
        builder.bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(block_open(bytes, &block, NULL), LEDGER_E_OK);
        builder.bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t size = 0; size < bytes.size; size++)
        assert_int_not_equal(block_open(ledger_span_of(bytes.data, size), &block, NULL),
                             LEDGER_E_OK);
    assert_int_equal(block_open(bytes, &block, NULL), LEDGER_E_OK);
    block_builder_fini(&builder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_as_documented),
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(every_flipped_bit_and_every_cut_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
