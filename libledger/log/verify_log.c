// The log's part of verifying: blocks in order, each record of them.
#include <inttypes.h>
#include <string.h>

#include "ledger/event.h"
#include "record_check.h"
#include "verify_internal.h"

// Looked at in one go, and then in the indexes.
enum { RECORDS_AT_ONCE = 2048 };

// ---- blocks

enum ledger_err verify_block(struct verify *verify, uint64_t position, struct ledger_span *bytes,
                             struct block *block) {
    uint8_t key[8];
    struct ledger_kv_pair pair;
    struct ledger_error why = {0};
    ledger_key_u64(key, position);
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(verify->log_txn, verify->store->blocks);
    bool found = ledger_kv_seek(cursor, ledger_span_of(key, sizeof key), &pair);
    enum ledger_err err = found ? LEDGER_E_OK : ledger_kv_cursor_failed(cursor);
    ledger_kv_cursor_close(cursor);
    if (err != LEDGER_E_OK)
        return verify_failed(verify, err, position, "block");
    if (!found)
        return verify_fault(verify, position, "block", "no block holds position %" PRIu64,
                            position);
    err = block_parse(pair.value, block, &why);
    if (err != LEDGER_E_OK)
        return verify_fault(verify, position, "block", "%s", why.message);
    *bytes = pair.value;
    if (pair.key.size != sizeof key || block->first > UINT64_MAX - block->count ||
        ledger_key_u64_read(pair.key.data) != block_last(block) || position < block->first)
        return verify_fault(
            verify, position, "block",
            "the block that should hold position %" PRIu64 " stands in another's place", position);
    return LEDGER_E_OK;
}

// A block that is begun follows the former.
static enum ledger_err check_begin(struct verify *verify, const struct block *block) {
    struct verify_state *state = &verify->state;
    uint64_t position = verify_position(verify) + 1;
    if (block->first != position)
        return verify_fault(verify, position, "block",
                            "a block begins at position %" PRIu64 " instead of %" PRIu64,
                            block->first, position);
    if (block->epoch != verify->store->identity.epoch)
        return verify_fault(verify, position, "block",
                            "the block is of epoch %" PRIu64 ", the ledger of %" PRIu64,
                            block->epoch, verify->store->identity.epoch);
    if (block->recorded_at <= (int64_t)state->recorded_at)
        return verify_fault(verify, position, "block",
                            "the block was recorded no later than the one before it");
    struct ledger_hash root = ledger_merkle_root(&state->tree, verify->hasher);
    if (memcmp(root.bytes, block->root_before, LEDGER_HASH_SIZE) != 0)
        return verify_fault(verify, position, "tree",
                            "the block says another Merkle root than the records before it have");
    state->recorded_at = (uint64_t)block->recorded_at;
    return LEDGER_E_OK;
}

static enum ledger_err check_end(struct verify *verify, const struct block *block, size_t size) {
    struct verify_state *state = &verify->state;
    struct ledger_hash root = ledger_merkle_root(&state->tree, verify->hasher);
    if (memcmp(root.bytes, block->root_after, LEDGER_HASH_SIZE) != 0)
        return verify_fault(verify, block->first, "tree",
                            "the block says another Merkle root than its records have");
    if (verify_position(verify) == state->indexed_to && verify->index != NULL &&
        memcmp(root.bytes, state->indexed_root.bytes, LEDGER_HASH_SIZE) != 0)
        state->index_stale = 1;
    if (verify_position(verify) == state->tree_size) {
        if (memcmp(root.bytes, state->tree_root.bytes, LEDGER_HASH_SIZE) != 0)
            return verify_fault(verify, state->tree_size, "tree",
                                "the stored Merkle tree is not that of the records");
        state->tree_size = 0;
    }
    state->blocks++;
    state->bytes += size;
    return LEDGER_E_OK;
}

// ---- records

enum ledger_err verify_record(struct verify *verify, const struct block *block, uint64_t position,
                              struct ledger_span *record, struct ledger_record_parts *parts,
                              struct ledger_envelope *envelope) {
    uint32_t i = (uint32_t)(position - block->first);
    enum ledger_err err = block_record(block, i, record);
    if (err == LEDGER_E_OK)
        err = record_check(*record, verify->arena, parts, envelope);
    if (err == LEDGER_E_CORRUPT)
        return verify_fault(verify, position, "record",
                            "the record at position %" PRIu64 " cannot be decoded", position);
    return err;
}

// Versions rise by one from event to event of a stream, as far as this lot goes; that its first
// one follows the former is for the index to tell.
static enum ledger_err add_to_tail(struct verify *verify, struct tail_generation *tail,
                                   const struct ledger_record_parts *parts,
                                   const struct ledger_envelope *envelope) {
    struct event_terms terms;
    event_terms(envelope, &terms);
    const struct tail_term *known = tail_find_hashed(tail, terms.keys[0], terms.hashes[0]);
    uint64_t base = known != NULL ? known->base : parts->stream_version - 1;
    uint64_t version = known != NULL ? known->base + known->count + 1 : parts->stream_version;
    struct ledger_uuid id;
    memcpy(id.bytes, envelope->event_id.data, sizeof id.bytes);
    if (parts->stream_version != version || version == 0)
        return verify_fault(verify, parts->position, "record",
                            "the record has version %" PRIu64 " of its stream instead of %" PRIu64,
                            parts->stream_version, version == 0 ? 1 : version);
    if (tail_find_id(tail, &id) != 0)
        return verify_fault(verify, parts->position, "record",
                            "the record has the event id of that at position %" PRIu64,
                            tail_find_id(tail, &id));
    return tail_add(tail, parts->position, &id, &terms, base, NULL);
}

static enum ledger_err check_record(struct verify *verify, const struct block *block,
                                    struct tail_generation *tail) {
    uint64_t position = verify_position(verify) + 1;
    struct ledger_span record;
    struct ledger_record_parts parts;
    struct ledger_envelope envelope;
    ledger_arena_reset(verify->arena);
    enum ledger_err err = verify_record(verify, block, position, &record, &parts, &envelope);
    if (err != LEDGER_E_OK)
        return err;
    if (parts.position != position || parts.recorded_at != block->recorded_at)
        return verify_fault(verify, position, "record",
                            "the record at position %" PRIu64
                            " says another position or time than its block",
                            position);
    err = add_to_tail(verify, tail, &parts, &envelope);
    if (err != LEDGER_E_OK)
        return err;
    struct ledger_hash leaf = ledger_merkle_leaf(verify->hasher, record);
    ledger_merkle_add(&verify->state.tree, verify->hasher, &leaf);
    return LEDGER_E_OK;
}

// ---- a lot of them

// Records of one block; a lot ends where the indexes do.
static enum ledger_err check_block_records(struct verify *verify, const struct block *block,
                                           struct tail_generation *tail) {
    while (verify_position(verify) < block_last(block) && tail->id_count < RECORDS_AT_ONCE) {
        enum ledger_err err = check_record(verify, block, tail);
        if (err != LEDGER_E_OK)
            return err;
        if (verify_position(verify) == verify->state.indexed_to)
            break;
    }
    return LEDGER_E_OK;
}

static enum ledger_err check_block(struct verify *verify, struct tail_generation *tail) {
    uint64_t position = verify_position(verify) + 1;
    struct ledger_span bytes;
    struct block block;
    struct ledger_error why = {0};
    verify_at(verify, position, false);
    enum ledger_err err = verify_block(verify, position, &bytes, &block);
    if (err != LEDGER_E_OK)
        return err;
    if (block_check(bytes, &block, &why) != LEDGER_E_OK)
        return verify_fault(verify, position, "block", "%s", why.message);
    if (block_entries(&block, 0, 1).data != block.body.data)
        return verify_fault(verify, position, "block",
                            "the block's first record is not where "
                            "the block begins");
    if (block.first == position || block.recorded_at != (int64_t)verify->state.recorded_at)
        err = check_begin(verify, &block); // one that is not begun here must have been before
    if (err == LEDGER_E_OK)
        err = check_block_records(verify, &block, tail);
    if (err == LEDGER_E_OK && verify_position(verify) == block_last(&block))
        err = check_end(verify, &block, bytes.size);
    return err;
}

static bool lot_is_full(const struct verify *verify, const struct tail_generation *tail) {
    uint64_t position = verify_position(verify);
    return tail->id_count >= RECORDS_AT_ONCE || position >= verify->state.target ||
           position == verify->state.indexed_to;
}

static enum ledger_err check_lot(struct verify *verify, struct tail_generation *tail) {
    enum ledger_err err = LEDGER_E_OK;
    do
        err = check_block(verify, tail);
    while (err == LEDGER_E_OK && !lot_is_full(verify, tail));
    // What was right before a fault may be wrong in the indexes, and then that is the first.
    if ((err == LEDGER_E_OK || err == LEDGER_E_CORRUPT) && tail->id_count != 0 &&
        tail->last <= verify->state.indexed_to) {
        enum ledger_err of_index = verify_index_has(verify, tail);
        if (of_index != LEDGER_E_OK)
            return of_index;
    }
    return err;
}

enum ledger_err verify_log_records(struct verify *verify) {
    while (verify_position(verify) < verify->state.target) {
        struct tail_generation *tail = tail_new(verify_position(verify) + 1);
        if (tail == NULL)
            return LEDGER_E_NO_MEMORY;
        enum ledger_err err = check_lot(verify, tail);
        tail_release(tail);
        if (err != LEDGER_E_OK)
            return err;
        if (verify_time_is_up(verify))
            break;
    }
    return LEDGER_E_OK;
}

enum ledger_err verify_log_end(struct verify *verify) {
    const struct verify_state *state = &verify->state;
    uint64_t at = state->target != 0 ? state->target : 1;
    if (state->blocks != state->blocks_there)
        return verify_fault(verify, at, "block",
                            "beside the %" PRIu64 " blocks in order there are %" PRIu64 " others",
                            state->blocks, state->blocks_there - state->blocks);
    if (state->tree_size != 0)
        return verify_fault(verify, at, "tree",
                            "the stored Merkle tree is not that of the records");
    if (state->lost_from != 0)
        return verify_fault(verify, state->lost_from, "block",
                            "the indexes know positions from %" PRIu64
                            " on, and the log ends before it: its end was lost",
                            state->lost_from);
    if (state->index_stale != 0)
        return verify_fault(verify, state->indexed_to != 0 ? state->indexed_to : 1, "index",
                            "the indexes cannot be opened or were made from another log; the "
                            "service makes them anew when it starts");
    return LEDGER_E_OK;
}
