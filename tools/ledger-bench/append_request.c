#include "append_request.h"

#include "clock.h"

enum { BUSY_PAUSE_MS = 5 };

// What init allocates for one append.
static enum ledger_err lay_out_append(Ledger__V1__Append *append, unsigned events,
                                      struct ledger_arena *arena) {
    append->events = ledger_arena_alloc(arena, events * sizeof *append->events);
    append->expected = ledger_arena_alloc(arena, events * sizeof *append->expected);
    Ledger__V1__NewEvent *made = ledger_arena_alloc(arena, events * sizeof *made);
    Ledger__V1__ExpectedVersion *expected = ledger_arena_alloc(arena, events * sizeof *expected);
    if (append->events == NULL || append->expected == NULL || made == NULL || expected == NULL)
        return LEDGER_E_NO_MEMORY;
    append->n_events = events;
    for (unsigned i = 0; i < events; i++) {
        ledger__v1__new_event__init(&made[i]);
        ledger__v1__expected_version__init(&expected[i]);
        made[i].has_event = true;
        expected[i].has_version = true;
        append->events[i] = &made[i];
        append->expected[i] = &expected[i];
    }
    return LEDGER_E_OK;
}

static enum ledger_err lay_out(struct append_request *request, struct ledger_arena *arena) {
    const struct append_shape *shape = &request->shape;
    size_t events = (size_t)shape->appends * shape->events;
    request->writers = ledger_arena_calloc(arena, shape->appends * sizeof *request->writers);
    request->appends = ledger_arena_calloc(arena, shape->appends * sizeof *request->appends);
    request->bytes = ledger_arena_alloc(arena, events * request->event_size);
    Ledger__V1__Append **list = ledger_arena_alloc(arena, shape->appends * sizeof *list);
    if (request->writers == NULL || request->appends == NULL || request->bytes == NULL ||
        list == NULL)
        return LEDGER_E_NO_MEMORY;
    for (unsigned i = 0; i < shape->appends; i++) {
        ledger__v1__append__init(&request->appends[i]);
        list[i] = &request->appends[i];
        if (lay_out_append(list[i], shape->events, arena) != LEDGER_E_OK)
            return LEDGER_E_NO_MEMORY;
    }
    ledger__v1__append_request__init(&request->body);
    request->body.n_appends = shape->appends;
    request->body.appends = list;
    ledger__v1__request__init(&request->message);
    request->message.body_case = LEDGER__V1__REQUEST__BODY_APPEND;
    request->message.append = &request->body;
    return LEDGER_E_OK;
}

enum ledger_err append_request_init(struct append_request *request, struct workload *workload,
                                    const struct append_shape *shape, unsigned number,
                                    struct ledger_arena *arena, struct ledger_error *error) {
    *request =
        (struct append_request){.shape = *shape, .event_size = workload_event_size(workload)};
    if (lay_out(request, arena) != LEDGER_E_OK)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "making append requests");
    for (unsigned i = 0; i < shape->appends; i++)
        writer_init(&request->writers[i], workload, number * shape->appends + i,
                    shape->requests * shape->appends);
    return LEDGER_E_OK;
}

void append_request_fini(struct append_request *request) {
    ledger_buffer_fini(&request->packed);
}

void append_request_fill(struct append_request *request) {
    uint8_t *place = request->bytes;
    for (unsigned i = 0; i < request->shape.appends; i++) {
        Ledger__V1__Append *append = &request->appends[i];
        struct writer *writer = &request->writers[i];
        writer_begin_append(writer);
        append->n_expected = 0;
        for (unsigned j = 0; j < request->shape.events; j++, place += request->event_size) {
            struct written written = writer_next(writer, place);
            append->events[j]->event = (ProtobufCBinaryData){written.event.size, place};
            if (!written.first_in_append)
                continue;
            Ledger__V1__ExpectedVersion *expected = append->expected[append->n_expected++];
            expected->stream = (char *)(uintptr_t)workload_stream(writer->workload, written.stream);
            expected->version = written.version_before;
        }
    }
    request->sent += (uint64_t)request->shape.appends * request->shape.events;
    request->begun = clock_now();
}

enum ledger_err append_request_begin(struct append_request *request, struct ledger_client *client,
                                     struct ledger_error *error) {
    size_t size = protobuf_c_message_get_packed_size(&request->message.base);
    ledger_buffer_clear(&request->packed);
    uint8_t *place = ledger_buffer_reserve(&request->packed, size);
    if (place == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "packing an append request");
    const struct ledger_span part =
        ledger_span_of(place, protobuf_c_message_pack(&request->message.base, place));
    const struct ledger_packed_request packed = {
        .parts = &part, .part_count = 1, .done = request->done, .user = request->user};
    return ledger_call_begin_packed(client, &packed, &request->call, error);
}

// Sent again after "busy", those of its appends that were stored the first time are duplicates.
static enum ledger_err check_outcome(const struct append_request *request,
                                     const Ledger__V1__AppendOutcome *outcome,
                                     struct ledger_error *error) {
    if (outcome->error != NULL) {
        ledger_error_from_reply(outcome->error, error);
        return error->code;
    }
    if (outcome->added + outcome->duplicates != request->shape.events)
        return ledger_fail(error, LEDGER_E_MALFORMED, NULL, "%u events of an append of %u stored",
                           outcome->added + outcome->duplicates, request->shape.events);
    return LEDGER_E_OK;
}

enum ledger_err append_request_end(struct append_request *request, struct ledger_arena *arena,
                                   struct ledger_error *error) {
    Ledger__V1__Reply *reply;
    struct ledger_call *call = request->call;
    request->call = NULL;
    ledger_arena_reset(arena);
    enum ledger_err err = ledger_call_end(call, arena, &reply, error);
    if (err == LEDGER_E_OK && reply->append->n_outcomes != request->shape.appends)
        err = ledger_fail(error, LEDGER_E_MALFORMED, NULL, "%zu outcomes of %u appends",
                          reply->append->n_outcomes, request->shape.appends);
    for (unsigned i = 0; err == LEDGER_E_OK && i < request->shape.appends; i++)
        err = check_outcome(request, reply->append->outcomes[i], error);
    return err;
}

enum ledger_err append_request_finish(struct append_request *request, struct ledger_client *client,
                                      struct ledger_arena *arena, uint64_t *busy,
                                      struct ledger_error *error) {
    enum ledger_err err;
    while ((err = append_request_end(request, arena, error)) == LEDGER_E_BUSY) {
        ++*busy;
        clock_sleep_ms(error->retry_after_ms != 0 ? error->retry_after_ms : BUSY_PAUSE_MS);
        err = append_request_begin(request, client, error);
        if (err != LEDGER_E_OK)
            break;
    }
    return err;
}
