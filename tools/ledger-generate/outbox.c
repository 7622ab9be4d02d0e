#include "outbox.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/uuid.h"

#define SOURCE_SYSTEM "generated"

void outbox_id(const struct outbox *outbox, const char *what, uint64_t number,
               char id[EVENT_ID_SIZE]) {
    char seed[24];
    char text[24];
    (void)snprintf(seed, sizeof seed, "%" PRIu64, outbox->seed);
    (void)snprintf(text, sizeof text, "%" PRIu64, number);
    const struct ledger_uuid uuid = ledger_uuid_imported(SOURCE_SYSTEM, seed, text, what);
    ledger_uuid_format(&uuid, id);
}

// ---- one fact
static json_t *subjects_of(const struct fact *fact) {
    json_t *list = json_array();
    for (size_t i = 0; i < FACT_SUBJECTS && fact->subjects[i].kind; i++)
        value_add(&list, json_pack("{s:s,s:s,s:s*}", "kind", fact->subjects[i].kind, "id",
                                   fact->subjects[i].id, "role", fact->subjects[i].role));
    return list;
}

static json_t *source_of(const struct fact *fact, uint64_t number) {
    char record[24];
    (void)snprintf(record, sizeof record, "%" PRIu64, number);
    return json_pack("{s:s,s:s,s:o}", "system", SOURCE_SYSTEM, "recordId", record, "recordedAt",
                     value_instant(fact->recorded));
}

static json_t *event_of(const struct fact *fact, uint64_t number, const char *event_id) {
    char stream[160];
    (void)snprintf(stream, sizeof stream, "%s/%s", fact->category, fact->id);
    json_t *personal =
        fact->person ? json_pack("[{s:s,s:o}]", "personId", fact->person, "values", fact->values)
                     : NULL;
    return json_pack(
        "{s:s,s:s,s:s,s:o,s:s,s:o,s:o,s:s*,s:s*,s:s*,s:s*,s:o,s:o*}", "eventId", event_id, "type",
        fact->type, "stream", stream, "occurred", value_instant(fact->occurred), "actor",
        fact->actor, "subjects", subjects_of(fact), "source", source_of(fact, number),
        "correlationId", fact->correlation, "territory", fact->territory, "correctsEventId",
        fact->corrects, "reason", fact->reason, "payload", fact->payload, "personal", personal);
}

// ---- waiting
static bool make_room(struct outbox *outbox) {
    if (outbox->count < outbox->capacity)
        return true;
    size_t capacity = outbox->capacity ? 2 * outbox->capacity : 1024;
    struct waiting *list = realloc(outbox->list, capacity * sizeof *list);
    if (!list)
        return false;
    outbox->list = list;
    outbox->capacity = capacity;
    return true;
}

static void keep(struct outbox *outbox, const json_t *event, int64_t recorded, uint64_t number) {
    struct waiting *waiting = &outbox->list[outbox->count];
    *waiting = (struct waiting){.recorded = recorded, .number = number};
    if (!outbox->error.code &&
        !packing_make(outbox->packing, event, &waiting->bytes, &waiting->size, &outbox->error))
        outbox->count++;
}

void outbox_put(struct outbox *outbox, const struct fact *fact, char event_id[EVENT_ID_SIZE]) {
    char own[EVENT_ID_SIZE];
    uint64_t number = ++outbox->number;
    outbox_id(outbox, "fact", number, own);
    if (event_id)
        memcpy(event_id, own, sizeof own);
    json_t *event = event_of(fact, number, own);
    if (event && make_room(outbox))
        keep(outbox, event, fact->recorded, number);
    else
        outbox->no_memory = true;
    json_decref(event);
}

static int by_recorded(const void *a, const void *b) {
    const struct waiting *left = a;
    const struct waiting *right = b;
    if (left->recorded != right->recorded)
        return left->recorded < right->recorded ? -1 : 1;
    return left->number < right->number ? -1 : left->number > right->number;
}

bool outbox_is_full(const struct outbox *outbox) {
    return outbox->written_max && outbox->written == outbox->written_max;
}

void outbox_flush(struct outbox *outbox, int64_t before) {
    size_t done = 0;
    if (outbox->count)
        qsort(outbox->list, outbox->count, sizeof *outbox->list, by_recorded);
    for (; done < outbox->count && outbox->list[done].recorded < before; done++) {
        const struct waiting *next = &outbox->list[done];
        if (!outbox_is_full(outbox)) {
            (void)fwrite(next->bytes, 1, next->size, outbox->file);
            outbox->written++;
        }
        free(next->bytes);
    }
    outbox->count -= done;
    if (done && outbox->count)
        memmove(outbox->list, outbox->list + done, outbox->count * sizeof *outbox->list);
}

enum ledger_err outbox_end(struct outbox *outbox, struct ledger_error *error) {
    if (outbox->no_memory)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "out of memory");
    if (outbox->error.code) {
        *error = outbox->error;
        return error->code;
    }
    if (fflush(outbox->file) != 0 || ferror(outbox->file))
        return ledger_fail(error, LEDGER_E_IO, "standard output", "%s", strerror(errno));
    return LEDGER_E_OK;
}

void outbox_free(struct outbox *outbox) {
    packing_free(outbox->packing);
    for (size_t i = 0; i < outbox->count; i++)
        free(outbox->list[i].bytes);
    free(outbox->list);
}
