#include "batch.h"

#include <stdlib.h>
#include <string.h>

enum ledger_err import_batch_init(struct import_batch *batch) {
    *batch = (struct import_batch){.arena = ledger_arena_new(1 << 20)};
    batch->rows = calloc(IMPORT_BATCH_ROWS_MAX, sizeof *batch->rows);
    return batch->arena != NULL && batch->rows != NULL ? LEDGER_E_OK : LEDGER_E_NO_MEMORY;
}

void import_batch_fini(struct import_batch *batch) {
    ledger_arena_free(batch->arena);
    free(batch->rows);
    *batch = (struct import_batch){0};
}

void import_batch_reset(struct import_batch *batch) {
    ledger_arena_reset(batch->arena);
    batch->count = 0;
    batch->bytes = 0;
}

bool import_batch_full(const struct import_batch *batch) {
    return batch->count == IMPORT_BATCH_ROWS_MAX || batch->bytes >= IMPORT_BATCH_BYTES_MAX;
}

static size_t event_size(const struct import_event *event) {
    size_t size = event->bytes.event.size;
    for (size_t i = 0; i < event->bytes.personal_count; i++)
        size += event->bytes.personal[i].size;
    return size;
}

enum ledger_err import_batch_add(struct import_batch *batch, const struct import_row *row,
                                 bool of_file) {
    struct import_sent_fact *facts =
        ledger_arena_calloc(batch->arena, (row->count + 1) * sizeof *facts);
    if (facts == NULL)
        return LEDGER_E_NO_MEMORY;
    for (size_t i = 0; i < row->count; i++) {
        facts[i].event = &row->events[i];
        batch->bytes += event_size(&row->events[i]);
    }
    batch->rows[batch->count++] =
        (struct import_sent_row){.row = *row, .of_file = of_file, .facts = facts, .unsent = true};
    return LEDGER_E_OK;
}

// ---- composing

struct composer {
    struct import_batch *batch;
    struct import_once *once;
    struct ledger_arena *once_arena;
    Ledger__V1__AppendRequest *request;
};

static void difference_set(struct import_sent_fact *fact, struct import_once_entry *entry,
                           bool differs) {
    if (fact->counted != differs) {
        entry->differing_rows += differs ? 1 : UINT64_MAX; // one more, one less
        fact->counted = differs;
    }
}

// The first row that names a key carries the fact; the others are only compared with it.
static enum ledger_err once_judge(const struct composer *composer, struct import_sent_fact *fact) {
    struct import_once_entry *entry =
        import_once_entry(composer->once, composer->once_arena, fact->event);
    if (entry == NULL)
        return LEDGER_E_NO_MEMORY;
    fact->included = entry->state == IMPORT_ONCE_NEW && !fact->settled;
    if (fact->included) {
        entry->state = IMPORT_ONCE_CARRIED;
        memcpy(entry->digest, fact->event->digest, sizeof entry->digest);
    }
    bool same = memcmp(entry->digest, fact->event->digest, sizeof entry->digest) == 0;
    difference_set(fact, entry, entry->refused ? same : !same);
    return LEDGER_E_OK;
}

static enum ledger_err facts_choose(const struct composer *composer, struct import_sent_row *row) {
    row->included = 0;
    for (size_t i = 0; i < row->row.count; i++) {
        struct import_sent_fact *fact = &row->facts[i];
        fact->included = true;
        if (fact->event->once && once_judge(composer, fact) != LEDGER_E_OK)
            return LEDGER_E_NO_MEMORY;
        row->included += fact->included ? 1 : 0;
    }
    return LEDGER_E_OK;
}

static ProtobufCBinaryData binary(struct ledger_span span) {
    return (ProtobufCBinaryData){.len = span.size, .data = (uint8_t *)(uintptr_t)span.data};
}

static Ledger__V1__NewEvent *new_event(struct ledger_arena *arena,
                                       const struct import_event *event) {
    size_t count = event->bytes.personal_count;
    Ledger__V1__NewEvent *out = ledger_arena_alloc(arena, sizeof *out);
    ProtobufCBinaryData *personal = ledger_arena_alloc(arena, (count + 1) * sizeof *personal);
    if (out == NULL || personal == NULL)
        return NULL;
    *out = (Ledger__V1__NewEvent)LEDGER__V1__NEW_EVENT__INIT;
    out->has_event = 1;
    out->event = binary(event->bytes.event);
    out->personal = personal;
    for (; out->n_personal < count; out->n_personal++)
        personal[out->n_personal] = binary(event->bytes.personal[out->n_personal]);
    return out;
}

static Ledger__V1__Append *append_make(struct ledger_arena *arena,
                                       const struct import_sent_row *row) {
    Ledger__V1__Append *append = ledger_arena_alloc(arena, sizeof *append);
    if (append == NULL)
        return NULL;
    *append = (Ledger__V1__Append)LEDGER__V1__APPEND__INIT;
    append->has_allow_duplicates = 1;
    append->allow_duplicates = 1;
    append->events = ledger_arena_alloc(arena, row->included * sizeof(Ledger__V1__NewEvent *));
    for (size_t i = 0; append->events != NULL && i < row->row.count; i++) {
        if (!row->facts[i].included)
            continue;
        append->events[append->n_events] = new_event(arena, row->facts[i].event);
        if (append->events[append->n_events++] == NULL)
            return NULL;
    }
    return append->events != NULL ? append : NULL;
}

enum ledger_err import_batch_compose(struct import_batch *batch, struct import_once *once,
                                     struct ledger_arena *once_arena,
                                     Ledger__V1__AppendRequest *request) {
    struct composer composer = {batch, once, once_arena, request};
    *request = (Ledger__V1__AppendRequest)LEDGER__V1__APPEND_REQUEST__INIT;
    request->appends =
        ledger_arena_alloc(batch->arena, (batch->count + 1) * sizeof(Ledger__V1__Append *));
    if (request->appends == NULL)
        return LEDGER_E_NO_MEMORY;
    for (size_t i = 0; i < batch->count; i++) {
        struct import_sent_row *row = &batch->rows[i];
        if (!row->unsent)
            continue;
        if (facts_choose(&composer, row) != LEDGER_E_OK)
            return LEDGER_E_NO_MEMORY;
        if (row->included == 0)
            continue;
        Ledger__V1__Append *append = append_make(batch->arena, row);
        if (append == NULL)
            return LEDGER_E_NO_MEMORY;
        request->appends[request->n_appends++] = append;
    }
    return LEDGER_E_OK;
}
