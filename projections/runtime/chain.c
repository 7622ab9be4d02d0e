// The chain of corrections and retractions of one root fact, and what it makes of it.
#include "ids.h"
#include "projection_internal.h"

enum { CHAIN_HEAD = 24, CHAIN_ENTRY = 33, CHAIN_PLACE = 32 };

// An amendment can only be taken back by a later one, so that the last is always in force and each
// earlier one is judged by those after it, which are judged already.
enum chain_state chain_evaluate(const struct chain *chain, size_t count, size_t *winner,
                                bool *taken_back) {
    enum chain_state state = CHAIN_AS_WRITTEN;
    memset(taken_back, 0, count * sizeof *taken_back);
    for (size_t i = count; i-- > 0;) {
        const struct chain_entry *entry = &chain->entries[i];
        if (taken_back[i])
            continue;
        if (entry->retraction && entry->target != CHAIN_ROOT) {
            if (entry->target <= i)
                taken_back[entry->target - 1] = true;
        } else if (state == CHAIN_AS_WRITTEN) {
            *winner = i;
            state = entry->retraction ? CHAIN_RETRACTED : CHAIN_CORRECTED;
        }
    }
    return state;
}

static struct chain_entry entry_read(const uint8_t *place) {
    struct chain_entry entry = {
        .position = get_le64(place), .target = get_le64(place + 24), .retraction = place[32]};
    memcpy(entry.event_id, place + 8, 16);
    return entry;
}

static enum ledger_err read_entries(struct ledger_kv_cursor *cursor, struct ledger_span head,
                                    struct ledger_arena *arena, struct chain *chain) {
    struct ledger_kv_pair pair;
    size_t capacity = 0;
    bool more = ledger_kv_seek(cursor, head, &pair);
    for (;;) {
        if (!projection_grow(arena, &chain->entries, &capacity, chain->count,
                             sizeof *chain->entries))
            return LEDGER_E_NO_MEMORY;
        more = more && ledger_kv_next(cursor, &pair);
        if (!more || pair.key.size != 16 || memcmp(pair.key.data, head.data, head.size) != 0)
            return ledger_kv_cursor_failed(cursor);
        if (pair.value.size != CHAIN_ENTRY)
            return LEDGER_E_CORRUPT;
        chain->entries[chain->count++] = entry_read(pair.value.data);
    }
}

enum ledger_err chain_read(struct projection_model *model, struct ledger_kv_txn *txn,
                           uint64_t root_position, struct ledger_arena *arena,
                           struct chain *chain) {
    uint8_t key[8];
    struct ledger_span value;
    ledger_key_u64(key, root_position);
    struct ledger_span head = ledger_span_of(key, sizeof key);
    enum ledger_err err = ledger_kv_get(txn, model->chains, head, &value);
    if (err)
        return err;
    if (value.size != CHAIN_HEAD)
        return LEDGER_E_CORRUPT;
    *chain = (struct chain){.root_position = root_position, .since = get_le64(value.data)};
    memcpy(chain->root_id, value.data + 8, 16);
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(txn, model->chains);
    if (!cursor)
        return ledger_kv_failed(txn) ? ledger_kv_failed(txn) : LEDGER_E_NO_MEMORY;
    err = read_entries(cursor, head, arena, chain);
    ledger_kv_cursor_close(cursor);
    return err;
}

void chain_place_write(struct projection_model *model, struct ledger_kv_txn *txn,
                       const uint8_t event_id[16], const struct chain_place *place) {
    uint8_t value[CHAIN_PLACE];
    put_le64(value, place->root_position);
    put_le64(value + 8, place->number);
    memcpy(value + 16, place->root_id, 16);
    ledger_kv_put(txn, model->chain_ids, ledger_span_of(event_id, 16),
                  ledger_span_of(value, sizeof value));
}

void chain_write_last(struct projection_model *model, struct ledger_kv_txn *txn,
                      const struct chain *chain) {
    const struct chain_entry *entry = &chain->entries[chain->count - 1];
    struct chain_place place = {.root_position = chain->root_position, .number = CHAIN_ROOT};
    uint8_t key[16];
    uint8_t head[CHAIN_HEAD];
    uint8_t value[CHAIN_ENTRY];
    ledger_key_u64(key, chain->root_position);
    ledger_key_u64(key + 8, chain->count);
    put_le64(head, chain->since);
    memcpy(head + 8, chain->root_id, 16);
    put_le64(value, entry->position);
    memcpy(value + 8, entry->event_id, 16);
    put_le64(value + 24, entry->target);
    value[32] = entry->retraction;
    ledger_kv_put(txn, model->chains, ledger_span_of(key, 8), ledger_span_of(head, sizeof head));
    ledger_kv_put(txn, model->chains, ledger_span_of(key, 16), ledger_span_of(value, sizeof value));
    memcpy(place.root_id, chain->root_id, 16);
    chain_place_write(model, txn, chain->root_id, &place);
    place.number = chain->count;
    chain_place_write(model, txn, entry->event_id, &place);
}

bool chain_find(struct projection_model *model, struct ledger_kv_txn *txn,
                struct ledger_span event_id, struct chain_place *place) {
    struct ledger_span value;
    if (event_id.size != 16 || ledger_kv_get(txn, model->chain_ids, event_id, &value) ||
        value.size != CHAIN_PLACE)
        return false;
    *place = (struct chain_place){.root_position = get_le64(value.data),
                                  .number = get_le64(value.data + 8)};
    memcpy(place->root_id, value.data + 16, 16);
    return true;
}
