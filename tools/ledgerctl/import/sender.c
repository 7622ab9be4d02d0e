// Two batches: one is being filled, one is under way. When the first is full, the answer to the
// second is awaited and judged, row by row; rows that must go again go at once; then they change
// places.
#include "sender_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ledger/clock.h"
#include "ledger/event.h"

enum {
    RETRY_MS = 200,
    RETRY_SECONDS_MAX = 60, // without any answer that helps
};

static int64_t steady_now(void) {
    return ledger_clock_system.steady_micros(ledger_clock_system.context);
}

static enum ledger_err no_memory(struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "sending rows");
}

enum ledger_err import_sender_new(const struct import_sender_options *options,
                                  struct import_sender **out, struct ledger_error *error) {
    struct import_sender *sender = calloc(1, sizeof *sender);
    if (sender == NULL)
        return no_memory(error);
    sender->options = *options;
    sender->filling = &sender->batches[0];
    sender->flying = &sender->batches[1];
    sender->once_arena = ledger_arena_new(0);
    sender->reply_arena = ledger_arena_new(0);
    sender->rejections = calloc(IMPORT_BATCH_ROWS_MAX, sizeof *sender->rejections);
    sender->last_success = steady_now();
    if (import_batch_init(sender->filling) != LEDGER_E_OK ||
        import_batch_init(sender->flying) != LEDGER_E_OK || sender->once_arena == NULL ||
        sender->reply_arena == NULL || sender->rejections == NULL) {
        import_sender_free(sender);
        return no_memory(error);
    }
    const struct ledger_client_options client = {.url = options->url,
                                                 .timeout_ms = options->timeout_ms};
    if (options->url != NULL && ledger_client_open(&client, &sender->client, error)) {
        import_sender_free(sender);
        return error->code;
    }
    *out = sender;
    return LEDGER_E_OK;
}

void import_sender_free(struct import_sender *sender) {
    if (sender == NULL)
        return;
    if (sender->call != NULL) { // nobody waits for the answer any more
        Ledger__V1__Reply *reply = NULL;
        struct ledger_error ignored;
        (void)!ledger_call_end(sender->call, sender->reply_arena, &reply, &ignored);
    }
    ledger_client_close(sender->client);
    import_batch_fini(&sender->batches[0]);
    import_batch_fini(&sender->batches[1]);
    import_once_fini(&sender->once);
    import_seen_fini(&sender->seen);
    ledger_arena_free(sender->once_arena);
    ledger_arena_free(sender->reply_arena);
    free(sender->rejections);
    free(sender);
}

void import_sender_count(const struct import_sender *sender, struct import_counts *counts) {
    counts->facts_added = sender->facts_added;
    counts->records_added = sender->records_added;
    import_once_count(&sender->once, &counts->differences, &counts->differing_rows);
}

// ---- a request

static enum ledger_err request_begin(struct import_sender *sender, struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    if (import_batch_compose(sender->flying, &sender->once, sender->once_arena, &sender->appends) !=
        LEDGER_E_OK)
        return no_memory(error);
    sender->under_way = sender->flying->count > 0;
    sender->begin_error = (struct ledger_error){0};
    if (sender->appends.n_appends == 0 || sender->client == NULL)
        return LEDGER_E_OK;
    request.body_case = LEDGER__V1__REQUEST__BODY_APPEND;
    request.append = &sender->appends;
    // A ledger that is away for a moment is found out about, and waited for, at the request's end.
    if (ledger_call_begin(sender->client, &request, &sender->call, &sender->begin_error) !=
        LEDGER_E_OK)
        sender->call = NULL;
    return LEDGER_E_OK;
}

static enum ledger_err event_check(const Ledger__V1__NewEvent *event, int64_t now,
                                   struct ledger_arena *arena, struct ledger_error *error) {
    Ledger__V1__Event *unpacked = NULL;
    struct ledger_span *personal =
        ledger_arena_alloc(arena, (event->n_personal + 1) * sizeof *personal);
    if (personal == NULL)
        return no_memory(error);
    for (size_t i = 0; i < event->n_personal; i++)
        personal[i] = ledger_span_of(event->personal[i].data, event->personal[i].len);
    enum ledger_err err = ledger_event_check(ledger_span_of(event->event.data, event->event.len),
                                             now, arena, &unpacked, error);
    return err == LEDGER_E_OK
               ? ledger_personal_parts_check(personal, event->n_personal, arena, error)
               : err;
}

// A dry run's verdict: what ledgerd would refuse without looking at its state.
static void append_check(const Ledger__V1__Append *append, struct ledger_arena *arena,
                         struct import_verdict *verdict) {
    int64_t now = ledger_clock_system.wall_micros(ledger_clock_system.context);
    for (size_t i = 0; i < append->n_events; i++) {
        if (event_check(append->events[i], now, arena, &verdict->error) == LEDGER_E_OK)
            continue;
        char place[32];
        (void)snprintf(place, sizeof place, "events[%zu]", i);
        ledger_error_prefix(&verdict->error, place);
        return;
    }
    verdict->added = (uint32_t)append->n_events;
}

static enum ledger_err reply_read(const struct import_sender *sender,
                                  const Ledger__V1__Reply *reply, struct import_verdict *verdicts,
                                  struct ledger_error *error) {
    size_t count = sender->appends.n_appends;
    if (reply->body_case != LEDGER__V1__REPLY__BODY_APPEND || reply->append->n_outcomes != count)
        return ledger_fail(error, LEDGER_E_INTERNAL, NULL,
                           "the ledger's answer does not fit the request");
    for (size_t i = 0; i < count; i++) {
        const Ledger__V1__AppendOutcome *outcome = reply->append->outcomes[i];
        verdicts[i].added = outcome->added;
        if (outcome->error != NULL)
            ledger_error_from_reply(outcome->error, &verdicts[i].error);
    }
    return LEDGER_E_OK;
}

// A verdict for each append of the request, in its order.
static enum ledger_err request_end(struct import_sender *sender, struct import_verdict **verdicts,
                                   struct ledger_error *error) {
    size_t count = sender->appends.n_appends;
    ledger_arena_reset(sender->reply_arena);
    *verdicts = ledger_arena_calloc(sender->reply_arena, (count + 1) * sizeof **verdicts);
    if (*verdicts == NULL)
        return no_memory(error);
    if (sender->client == NULL) {
        for (size_t i = 0; i < count; i++)
            append_check(sender->appends.appends[i], sender->reply_arena, &(*verdicts)[i]);
        return LEDGER_E_OK;
    }
    if (sender->call == NULL) {
        *error = sender->begin_error;
        return error->code;
    }
    Ledger__V1__Reply *reply = NULL;
    struct ledger_call *call = sender->call;
    sender->call = NULL;
    enum ledger_err err = ledger_call_end(call, sender->reply_arena, &reply, error);
    return err == LEDGER_E_OK ? reply_read(sender, reply, *verdicts, error) : err;
}

// ---- until it is done

// The request as a whole came to nothing: its rows are as if never sent.
static enum ledger_err batch_unsend(struct import_sender *sender, struct ledger_error *error) {
    for (size_t i = 0; i < sender->flying->count; i++) {
        struct import_sent_row *row = &sender->flying->rows[i];
        if (row->unsent && import_sender_set_carried(sender, row, IMPORT_ONCE_NEW) != LEDGER_E_OK)
            return no_memory(error);
    }
    return LEDGER_E_OK;
}

static bool any_unsent(const struct import_batch *batch) {
    for (size_t i = 0; i < batch->count; i++)
        if (batch->rows[i].unsent)
            return true;
    return false;
}

// A connection that gave no answer may never give one again.
static bool connection_renew(struct import_sender *sender, enum ledger_err why) {
    if (why != LEDGER_E_UNAVAILABLE && why != LEDGER_E_TIMEOUT)
        return true;
    const struct ledger_client_options options = {.url = sender->options.url,
                                                  .timeout_ms = sender->options.timeout_ms,
                                                  .wait_for_service = true};
    struct ledger_client *client = NULL;
    if (ledger_client_open(&options, &client, NULL) != LEDGER_E_OK)
        return false;
    ledger_client_close(sender->client);
    sender->client = client;
    return true;
}

// Whether there is still hope; if so, after a while.
static bool retry_wait(struct import_sender *sender, const struct ledger_error *error) {
    if (!ledger_err_retryable(error->code) ||
        steady_now() - sender->last_success > RETRY_SECONDS_MAX * INT64_C(1000000))
        return false;
    uint32_t ms = error->retry_after_ms != 0 ? error->retry_after_ms : RETRY_MS;
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)nanosleep(&time, NULL);
    return connection_renew(sender, error->code);
}

// Takes the answer in. *again: some rows must be sent once more.
static enum ledger_err request_finish(struct import_sender *sender, bool *again,
                                      struct ledger_error *error) {
    struct import_verdict *verdicts = NULL;
    struct ledger_error why = {0};
    sender->under_way = false;
    enum ledger_err err = request_end(sender, &verdicts, &why);
    bool answered = err == LEDGER_E_OK;
    err = answered ? import_sender_judge(sender, verdicts, &why) : batch_unsend(sender, error);
    if (err != LEDGER_E_OK) {
        *error = answered ? why : *error;
        return err;
    }
    *again = any_unsent(sender->flying);
    if (why.code == LEDGER_E_OK) {
        sender->last_success = steady_now();
    } else if (!retry_wait(sender, &why)) {
        *error = why;
        return why.code;
    }
    return LEDGER_E_OK;
}

static void rejection_note(struct import_sender *sender, const struct import_row *row) {
    if (sender->client != NULL) {
        sender->rejections[sender->rejection_count++] =
            (struct import_rejection){.line = row->line, .error = row->error};
    }
}

// What became of the rows; then the batch is empty.
static void batch_report(struct import_sender *sender) {
    for (size_t i = 0; i < sender->flying->count; i++) {
        const struct import_sent_row *row = &sender->flying->rows[i];
        bool rejected = row->row.error.code != LEDGER_E_OK;
        if (!row->of_file)
            continue;
        if (rejected)
            rejection_note(sender, &row->row);
        sender->options.on_row(sender->options.user, &row->row,
                               rejected         ? IMPORT_REJECTED
                               : row->added > 0 ? IMPORT_ACCEPTED
                                                : IMPORT_DUPLICATE);
    }
    import_batch_reset(sender->flying);
}

// Into an empty batch, which takes as many as a batch can have had.
static enum ledger_err rejections_record(struct import_sender *sender, struct ledger_error *error) {
    struct import_batch *batch = sender->filling;
    for (size_t i = 0; i < sender->rejection_count; i++) {
        const struct import_rejection *rejection = &sender->rejections[i];
        struct import_event *event = ledger_arena_calloc(batch->arena, sizeof *event);
        if (event == NULL)
            return no_memory(error);
        enum ledger_err err = import_rejected_make(sender->options.batch, rejection->line,
                                                   &rejection->error, batch->arena, event, error);
        struct import_row row = {.line = rejection->line, .events = event, .count = 1};
        if (err == LEDGER_E_OK && import_batch_add(batch, &row, false) != LEDGER_E_OK)
            err = no_memory(error);
        if (err != LEDGER_E_OK)
            return err;
    }
    sender->rejection_count = 0;
    return LEDGER_E_OK;
}

// Until every row under way has its outcome.
static enum ledger_err flight_end(struct import_sender *sender, struct ledger_error *error) {
    bool again = sender->under_way;
    while (again) {
        enum ledger_err err = LEDGER_E_OK;
        if (!sender->under_way)
            err = request_begin(sender, error);
        if (err == LEDGER_E_OK)
            err = request_finish(sender, &again, error);
        if (err != LEDGER_E_OK)
            return err;
    }
    batch_report(sender);
    return LEDGER_E_OK;
}

static enum ledger_err turn(struct import_sender *sender, struct ledger_error *error) {
    enum ledger_err err = flight_end(sender, error);
    if (err != LEDGER_E_OK)
        return err;
    struct import_batch *full = sender->filling;
    sender->filling = sender->flying;
    sender->flying = full;
    err = request_begin(sender, error);
    return err == LEDGER_E_OK ? rejections_record(sender, error) : err;
}

// ---- rows

enum ledger_err import_sender_room(struct import_sender *sender, struct ledger_arena **arena,
                                   struct ledger_error *error) {
    enum ledger_err err = LEDGER_E_OK;
    while (err == LEDGER_E_OK && import_batch_full(sender->filling))
        err = turn(sender, error);
    *arena = sender->filling->arena;
    return err;
}

enum ledger_err import_sender_add(struct import_sender *sender, const struct import_row *row,
                                  bool of_file) {
    return import_batch_add(sender->filling, row, of_file);
}

enum ledger_err import_sender_flush(struct import_sender *sender, struct ledger_error *error) {
    enum ledger_err err = LEDGER_E_OK;
    while (err == LEDGER_E_OK && (sender->filling->count > 0 || sender->under_way))
        err = turn(sender, error);
    return err;
}
