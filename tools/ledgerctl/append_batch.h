// The events of one append request, with the lines they came from and the ids they have.
#ifndef LEDGERCTL_APPEND_BATCH_H
#define LEDGERCTL_APPEND_BATCH_H

#include "ledger/arena.h"
#include "ledger/json.h"
#include "ledger/uuid.h"
#include "ledger/v1/service.pb-c.h"

struct append_place {
    const char *path;
    uint64_t number;
};

struct append_id {
    struct ledger_uuid uuid;
    bool made; // the line stated none
};

struct append_batch {
    struct ledger_arena *arena; // of the events, and of the reply to them
    Ledger__V1__NewEvent **events;
    struct append_place *places;
    struct append_id *ids;
    size_t count;
    size_t capacity;
    size_t bytes;
    Ledger__V1__ExpectedVersion **expected;
    size_t expected_count;
    bool atomic; // one append of all events, instead of one each
    bool allow_duplicates;
    Ledger__V1__AppendRequest request;
};

LEDGER_MUST_CHECK enum ledger_err append_batch_init(struct append_batch *batch,
                                                    struct ledger_error *error);
void append_batch_fini(struct append_batch *batch);
// Empties it of events; expected versions go too.
void append_batch_clear(struct append_batch *batch);

// `bytes` are in the batch's arena. LEDGER_E_TOO_LARGE of more than an event may have.
LEDGER_MUST_CHECK enum ledger_err append_batch_add(struct append_batch *batch,
                                                   const struct append_place *place,
                                                   const struct ledger_event_bytes *bytes,
                                                   struct ledger_error *error);
// "STREAM=VERSION,STREAM=VERSION"
LEDGER_MUST_CHECK enum ledger_err append_batch_expect(struct append_batch *batch, const char *list,
                                                      struct ledger_error *error);
bool append_batch_is_full(const struct append_batch *batch);
// Valid until the batch is cleared. NULL when out of memory.
Ledger__V1__AppendRequest *append_batch_request(struct append_batch *batch);

#endif
