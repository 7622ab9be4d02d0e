// The chain of corrections and retractions of one root fact, and what it makes of it.
#include "projection_internal.h"

enum { CHAIN_HEADER = 24, CHAIN_ENTRY = 48 };

static bool same_id(const uint8_t a[16], const uint8_t b[16]) {
    return memcmp(a, b, 16) == 0;
}

// Marks the amendment that the retraction `at` names. It can only be an earlier one.
static void take_back(const struct chain *chain, size_t at, bool *taken_back) {
    for (size_t i = 0; i < at; i++)
        if (same_id(chain->entries[i].event_id, chain->entries[at].target))
            taken_back[i] = true;
}

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
        if (entry->retraction && !same_id(entry->target, chain->root_id)) {
            take_back(chain, i, taken_back);
        } else if (state == CHAIN_AS_WRITTEN) {
            *winner = i;
            state = entry->retraction ? CHAIN_RETRACTED : CHAIN_CORRECTED;
        }
    }
    return state;
}

enum ledger_err chain_read(struct projection_model *model, struct ledger_kv_txn *txn,
                           uint64_t root_position, struct ledger_arena *arena,
                           struct chain *chain) {
    uint8_t key[8];
    struct ledger_span value;
    ledger_key_u64(key, root_position);
    enum ledger_err err =
        ledger_kv_get(txn, model->chains, ledger_span_of(key, sizeof key), &value);
    if (err)
        return err;
    if (value.size < CHAIN_HEADER || (value.size - CHAIN_HEADER) % CHAIN_ENTRY)
        return LEDGER_E_CORRUPT;
    *chain = (struct chain){.root_position = root_position,
                            .since = get_le64(value.data),
                            .count = (value.size - CHAIN_HEADER) / CHAIN_ENTRY};
    memcpy(chain->root_id, value.data + 8, 16);
    chain->entries = ledger_arena_alloc(arena, (chain->count + 1) * sizeof *chain->entries);
    if (!chain->entries)
        return LEDGER_E_NO_MEMORY;
    for (size_t i = 0; i < chain->count; i++) {
        const uint8_t *place = value.data + CHAIN_HEADER + i * CHAIN_ENTRY;
        struct chain_entry *entry = &chain->entries[i];
        entry->position = get_le64(place);
        memcpy(entry->event_id, place + 8, 16);
        memcpy(entry->target, place + 24, 16);
        entry->retraction = place[40];
    }
    return LEDGER_E_OK;
}

static void write_id(struct projection_model *model, struct ledger_kv_txn *txn,
                     const uint8_t event_id[16], const uint8_t root[8]) {
    ledger_kv_put(txn, model->chain_ids, ledger_span_of(event_id, 16), ledger_span_of(root, 8));
}

void chain_write(struct projection_model *model, struct ledger_kv_txn *txn,
                 const struct chain *chain, struct ledger_buffer *scratch) {
    uint8_t key[8];
    ledger_key_u64(key, chain->root_position);
    ledger_buffer_clear(scratch);
    uint8_t *place = ledger_buffer_reserve(scratch, CHAIN_HEADER + chain->count * CHAIN_ENTRY);
    if (!place)
        return;
    put_le64(place, chain->since);
    memcpy(place + 8, chain->root_id, 16);
    place += CHAIN_HEADER;
    for (size_t i = 0; i < chain->count; i++, place += CHAIN_ENTRY) {
        const struct chain_entry *entry = &chain->entries[i];
        memset(place, 0, CHAIN_ENTRY);
        put_le64(place, entry->position);
        memcpy(place + 8, entry->event_id, 16);
        memcpy(place + 24, entry->target, 16);
        place[40] = entry->retraction;
    }
    ledger_kv_put(txn, model->chains, ledger_span_of(key, sizeof key),
                  ledger_span_of(scratch->data, CHAIN_HEADER + chain->count * CHAIN_ENTRY));
    write_id(model, txn, chain->root_id, key);
    if (chain->count)
        write_id(model, txn, chain->entries[chain->count - 1].event_id, key);
}

uint64_t chain_find(struct projection_model *model, struct ledger_kv_txn *txn,
                    struct ledger_span event_id) {
    struct ledger_span value;
    if (event_id.size != 16 || ledger_kv_get(txn, model->chain_ids, event_id, &value) ||
        value.size != 8)
        return 0;
    return ledger_key_u64_read(value.data);
}
