// What a run of verify remembers from one step to the next, in the caller's hands meanwhile.
// Whoever forges one spoils a run of their own; it must not do more, so everything in it is looked
// at.
//
//   version (1), ledger id (16), epoch (8), the numbers (8 each), two hashes, the tree's size and
//   edge, the key's size (1) and bytes, CRC-32C of all before (4); numbers are little-endian
#include <isa-l/crc.h>
#include <string.h>

#include "bytes.h"
#include "verify_internal.h"

enum { TOKEN_VERSION = 1, CRC_SIZE = 4 };

static const size_t numbers[] = {
#define NUMBER(member) offsetof(struct verify_state, member)
    NUMBER(phase),        NUMBER(log_only),    NUMBER(target),       NUMBER(tree_size),
    NUMBER(blocks_there), NUMBER(index_stale), NUMBER(lost_from),    NUMBER(indexed_to),
    NUMBER(recorded_at),  NUMBER(blocks),      NUMBER(bytes),        NUMBER(index_entries),
    NUMBER(pairs),        NUMBER(numbers),     NUMBER(streams),      NUMBER(numbers_seen),
    NUMBER(streams_seen), NUMBER(mix_seen),    NUMBER(mix_expected), NUMBER(counted),
    NUMBER(inside),       NUMBER(walked_to),   NUMBER(walked),       NUMBER(run_number),
    NUMBER(run_first),    NUMBER(lowest),
#undef NUMBER
};
enum { NUMBER_COUNT = sizeof numbers / sizeof *numbers };

_Static_assert(offsetof(struct verify_state, tree_root) == NUMBER_COUNT * sizeof(uint64_t),
               "every number is in the list");
_Static_assert(1 + 16 + 8 + NUMBER_COUNT * 8 + 2 * LEDGER_HASH_SIZE + LEDGER_MERKLE_PACKED_MAX + 1 +
                       TERM_SIZE_MAX + CRC_SIZE <=
                   LEDGER_VERIFY_TOKEN_MAX,
               "a token has room for all of it");
_Static_assert(TERM_SIZE_MAX <= UINT8_MAX, "a key's size is one byte");

static uint32_t checksum(struct ledger_span bytes) {
    // ISA-L takes int sizes and a pointer it does not write through.
    return ~crc32_iscsi((uint8_t *)(uintptr_t)bytes.data, (int)bytes.size, ~0u);
}

static uint8_t *put(uint8_t *place, const void *data, size_t size) {
    memcpy(place, data, size);
    return place + size;
}

size_t verify_token_pack(const struct verify_state *state,
                         const struct ledger_log_identity *identity,
                         uint8_t token[LEDGER_VERIFY_TOKEN_MAX]) {
    uint8_t *place = token;
    *place++ = TOKEN_VERSION;
    place = put(place, identity->ledger_id.bytes, sizeof identity->ledger_id.bytes);
    le_write64(place, identity->epoch);
    place += 8;
    for (size_t i = 0; i < NUMBER_COUNT; i++, place += 8) {
        uint64_t number;
        memcpy(&number, (const uint8_t *)state + numbers[i], sizeof number);
        le_write64(place, number);
    }
    place = put(place, state->tree_root.bytes, LEDGER_HASH_SIZE);
    place = put(place, state->indexed_root.bytes, LEDGER_HASH_SIZE);
    *place++ = (uint8_t)state->key_size;
    place = put(place, state->key, state->key_size);
    place += ledger_merkle_pack(&state->tree, place);
    size_t size = (size_t)(place - token);
    le_write32(place, checksum(ledger_span_of(token, size)));
    return size + CRC_SIZE;
}

// ---- back

struct reader {
    struct ledger_span left;
    bool failed;
};

static void take(struct reader *reader, void *place, size_t size) {
    if (reader->failed || reader->left.size < size) {
        reader->failed = true;
        memset(place, 0, size);
        return;
    }
    memcpy(place, reader->left.data, size);
    reader->left = ledger_span_of(reader->left.data + size, reader->left.size - size);
}

static uint64_t take_number(struct reader *reader) {
    uint8_t bytes[8];
    take(reader, bytes, sizeof bytes);
    return le_read64(bytes);
}

static bool can_be(const struct verify_state *state) {
    return state->phase < VERIFY_END && state->tree.size <= state->target &&
           (state->phase == VERIFY_LOG || state->tree.size == state->target) &&
           state->indexed_to <= state->target && state->inside <= 1 &&
           (state->inside == 0 || state->key_size != 0);
}

static bool read_state(struct reader *reader, struct verify_state *state) {
    for (size_t i = 0; i < NUMBER_COUNT; i++) {
        uint64_t number = take_number(reader);
        memcpy((uint8_t *)state + numbers[i], &number, sizeof number);
    }
    take(reader, state->tree_root.bytes, LEDGER_HASH_SIZE);
    take(reader, state->indexed_root.bytes, LEDGER_HASH_SIZE);
    uint8_t key_size;
    take(reader, &key_size, 1);
    if (key_size > sizeof state->key)
        return false;
    state->key_size = key_size;
    take(reader, state->key, key_size);
    return !reader->failed && ledger_merkle_unpack(&state->tree, reader->left) == LEDGER_E_OK &&
           can_be(state);
}

enum ledger_err verify_token_unpack(struct ledger_span token,
                                    const struct ledger_log_identity *identity,
                                    struct verify_state *state, struct ledger_error *error) {
    static const char refusal[] = "what was handed back to go on with is not what was given";
    struct reader reader = {.left = token};
    *state = (struct verify_state){0};
    if (token.size < 1 + CRC_SIZE || token.size > LEDGER_VERIFY_TOKEN_MAX)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "resume", refusal);
    reader.left.size -= CRC_SIZE;
    uint8_t version;
    struct ledger_log_identity of;
    bool sound = checksum(reader.left) == le_read32(token.data + reader.left.size);
    take(&reader, &version, 1);
    take(&reader, of.ledger_id.bytes, sizeof of.ledger_id.bytes);
    of.epoch = take_number(&reader);
    if (!sound || version != TOKEN_VERSION)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "resume", refusal);
    if (memcmp(&of.ledger_id, &identity->ledger_id, sizeof of.ledger_id) != 0 ||
        of.epoch != identity->epoch)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "resume",
                           "it belongs to another ledger, or to an earlier restore of this one");
    return read_state(&reader, state)
               ? LEDGER_E_OK
               : ledger_fail(error, LEDGER_E_INVALID_VALUE, "resume", refusal);
}
