// Records that facts name, brought from the ledger. A batch asks for those of all its amendments at
// once: one by one, the way there and back would take longer than everything else.
#include <stdlib.h>

#include "projection_internal.h"

enum { AHEAD_AT_ONCE = 200 };

struct fetched {
    uint8_t event_id[16];
    Ledger__V1__Record *record; // NULL = the ledger has none
};

// Of ids, and of struct fetched, which begins with one.
static int by_id(const void *a, const void *b) {
    return memcmp(a, b, 16);
}

// The root of the chain that the record amends, or what it names. False if it names nothing.
static bool named_by(struct projection_batch *batch, const Ledger__V1__Record *record,
                     uint8_t event_id[16]) {
    const ProtobufCBinaryData *named = &record->event->corrects_event_id;
    struct chain_place place;
    if (named->len != 16)
        return false;
    bool known =
        chain_find(batch->model, batch->txn, ledger_span_of(named->data, named->len), &place);
    memcpy(event_id, known ? place.root_id : named->data, 16);
    return true;
}

// Each once, in order.
static enum ledger_err list_names(struct projection_batch *batch, uint8_t (*ids)[16], size_t *count,
                                  struct ledger_error *error) {
    size_t named = 0;
    struct ledger_span rest = ledger_buffer_span(&batch->waiting);
    struct ledger_span bytes;
    while (projection_batch_waiting(&rest, &bytes)) {
        Ledger__V1__Record *record;
        ledger_arena_reset(batch->arena);
        enum ledger_err err = ledger_record_unpack(bytes, batch->arena, &record, error);
        if (err)
            return err;
        named += named_by(batch, record, ids[named]);
    }
    if (named)
        qsort(ids, named, sizeof *ids, by_id);
    for (size_t i = 0; i < named; i++)
        if (!*count || by_id(ids[*count - 1], ids[i]) != 0)
            memmove(ids[(*count)++], ids[i], sizeof *ids);
    return LEDGER_E_OK;
}

// Those that are too large together are fetched one by one, when they are needed.
static enum ledger_err fetch_some(struct projection_batch *batch, const uint8_t (*ids)[16],
                                  size_t count, struct ledger_error *error) {
    Ledger__V1__Record *records[AHEAD_AT_ONCE];
    enum ledger_err err =
        batch->ledger->fetch(batch->ledger->user, ids, count, batch->fetched_arena, records, error);
    if (err)
        return err == LEDGER_E_TOO_LARGE ? LEDGER_E_OK : err;
    for (size_t i = 0; i < count; i++) {
        struct fetched *fetched = &batch->fetched[batch->fetched_count++];
        memcpy(fetched->event_id, ids[i], sizeof fetched->event_id);
        fetched->record = records[i];
    }
    return LEDGER_E_OK;
}

enum ledger_err projection_fetch_ahead(struct projection_batch *batch, struct ledger_error *error) {
    size_t count = 0;
    if (batch->waiting_count < 2)
        return LEDGER_E_OK;
    batch->fetched_arena = ledger_arena_new(0);
    uint8_t(*ids)[16] = batch->fetched_arena
                            ? ledger_arena_alloc(batch->fetched_arena, batch->waiting_count * 16)
                            : NULL;
    if (ids)
        batch->fetched =
            ledger_arena_alloc(batch->fetched_arena, batch->waiting_count * sizeof *batch->fetched);
    if (!batch->fetched)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for facts");
    enum ledger_err err = list_names(batch, ids, &count, error);
    for (size_t i = 0; i < count && !err; i += AHEAD_AT_ONCE)
        err = fetch_some(batch, (const uint8_t(*)[16])ids + i,
                         count - i < AHEAD_AT_ONCE ? count - i : AHEAD_AT_ONCE, error);
    return err;
}

enum ledger_err projection_fetch_before(struct projection_batch *batch, const uint8_t event_id[16],
                                        uint64_t before, Ledger__V1__Record **record,
                                        struct ledger_error *error) {
    struct fetched wanted = {.record = NULL};
    uint8_t id[1][16];
    memcpy(wanted.event_id, event_id, sizeof wanted.event_id);
    memcpy(id[0], event_id, sizeof id[0]);
    const struct fetched *ahead =
        batch->fetched_count
            ? bsearch(&wanted, batch->fetched, batch->fetched_count, sizeof wanted, by_id)
            : NULL;
    enum ledger_err err = LEDGER_E_OK;
    *record = ahead ? ahead->record : NULL;
    if (!ahead)
        err = batch->ledger->fetch(batch->ledger->user, (const uint8_t(*)[16])id, 1, batch->arena,
                                   record, error);
    // The ledger knows more than the log up to `before` does, which is all that may count here.
    if (!err && *record &&
        ((*record)->position >= before || !(*record)->event || !(*record)->event->type))
        *record = NULL;
    return err;
}
