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

// ---- one fact as a line
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

static char *line_of(const struct fact *fact, uint64_t number, const char *event_id) {
    char stream[160];
    (void)snprintf(stream, sizeof stream, "%s/%s", fact->category, fact->id);
    json_t *personal =
        fact->person ? json_pack("[{s:s,s:o}]", "personId", fact->person, "values", fact->values)
                     : NULL;
    json_t *event = json_pack(
        "{s:s,s:s,s:s,s:o,s:s,s:o,s:o,s:s*,s:s*,s:s*,s:s*,s:o,s:o*}", "eventId", event_id, "type",
        fact->type, "stream", stream, "occurred", value_instant(fact->occurred), "actor",
        fact->actor, "subjects", subjects_of(fact), "source", source_of(fact, number),
        "correlationId", fact->correlation, "territory", fact->territory, "correctsEventId",
        fact->corrects, "reason", fact->reason, "payload", fact->payload, "personal", personal);
    char *line = event ? json_dumps(event, JSON_COMPACT) : NULL;
    json_decref(event);
    return line;
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

void outbox_put(struct outbox *outbox, const struct fact *fact, char event_id[EVENT_ID_SIZE]) {
    char own[EVENT_ID_SIZE];
    uint64_t number = ++outbox->number;
    outbox_id(outbox, "fact", number, own);
    if (event_id)
        memcpy(event_id, own, sizeof own);
    char *line = line_of(fact, number, own);
    if (!line || !make_room(outbox)) {
        outbox->no_memory = true;
        free(line);
        return;
    }
    outbox->list[outbox->count++] = (struct waiting){fact->recorded, number, line};
}

static int by_recorded(const void *a, const void *b) {
    const struct waiting *left = a;
    const struct waiting *right = b;
    if (left->recorded != right->recorded)
        return left->recorded < right->recorded ? -1 : 1;
    return left->number < right->number ? -1 : left->number > right->number;
}

void outbox_flush(struct outbox *outbox, int64_t before) {
    size_t written = 0;
    if (outbox->count)
        qsort(outbox->list, outbox->count, sizeof *outbox->list, by_recorded);
    while (written < outbox->count && outbox->list[written].recorded < before) {
        (void)fputs(outbox->list[written].line, outbox->file);
        (void)fputc('\n', outbox->file);
        free(outbox->list[written++].line);
    }
    outbox->count -= written;
    outbox->written += written;
    if (written && outbox->count)
        memmove(outbox->list, outbox->list + written, outbox->count * sizeof *outbox->list);
}

enum ledger_err outbox_end(struct outbox *outbox, struct ledger_error *error) {
    if (outbox->no_memory)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "out of memory");
    if (fflush(outbox->file) != 0 || ferror(outbox->file))
        return ledger_fail(error, LEDGER_E_IO, "standard output", "%s", strerror(errno));
    return LEDGER_E_OK;
}

void outbox_free(struct outbox *outbox) {
    for (size_t i = 0; i < outbox->count; i++)
        free(outbox->list[i].line);
    free(outbox->list);
}
