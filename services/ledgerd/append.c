// Append: every event is checked here, on the thread that received it, so that only sound appends
// reach the log's writer. Those that fail keep their error and are answered with the others.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/clock.h"
#include "ledger/limits.h"
#include "ledgerd.h"

// Until access control lands, everybody is the same principal.
static const char principal[] = "local";

static enum ledger_err take_personal(const Ledger__V1__NewEvent *from,
                                     struct ledger_append_event *event, struct ledger_arena *arena,
                                     struct ledger_error *error) {
    struct ledger_span *personal = ledger_arena_alloc(arena, from->n_personal * sizeof *personal);
    if (personal == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "checking an event");
    for (size_t i = 0; i < from->n_personal; i++)
        personal[i] = ledger_span_of(from->personal[i].data, from->personal[i].len);
    event->personal = personal;
    event->personal_count = from->n_personal;
    return ledger_personal_parts_check(personal, from->n_personal, arena, error);
}

static enum ledger_err check_event(const Ledger__V1__NewEvent *from, int64_t now,
                                   struct ledger_append_event *event, struct ledger_arena *arena,
                                   struct ledger_error *error) {
    Ledger__V1__Event *unpacked;
    if (!from->has_event)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "event", "no event");
    event->bytes = ledger_span_of(from->event.data, from->event.len);
    enum ledger_err err = ledger_event_check(event->bytes, now, arena, &unpacked, error);
    if (err != LEDGER_E_OK)
        return err;
    event->event = unpacked;
    return take_personal(from, event, arena, error);
}

static enum ledger_err check_expected(const Ledger__V1__Append *from, struct ledger_append *append,
                                      struct ledger_arena *arena, struct ledger_error *error) {
    if (from->n_expected > LEDGER_EXPECTED_MAX)
        return ledger_fail(error, LEDGER_E_TOO_LARGE, "expected",
                           "%zu versions in one append; %d are the most", from->n_expected,
                           LEDGER_EXPECTED_MAX);
    struct ledger_append_expected *expected =
        ledger_arena_alloc(arena, from->n_expected * sizeof *expected);
    if (expected == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "checking an append");
    for (size_t i = 0; i < from->n_expected; i++) {
        const Ledger__V1__ExpectedVersion *one = from->expected[i];
        char field[48];
        snprintf(field, sizeof field, "expected[%zu]", i);
        if (one->stream == NULL || !one->has_version)
            return ledger_fail(error, LEDGER_E_MISSING_FIELD, field,
                               "an expected version needs a stream and a version");
        expected[i] = (struct ledger_append_expected){ledger_span_text(one->stream), one->version};
        if (expected[i].stream.size > LEDGER_STREAM_SIZE_MAX)
            return ledger_fail(error, LEDGER_E_TOO_LARGE, field, "the stream's name is too long");
    }
    append->expected = expected;
    append->expected_count = from->n_expected;
    return LEDGER_E_OK;
}

static enum ledger_err check_append(const Ledger__V1__Append *from, int64_t now,
                                    struct ledger_append *append, struct ledger_arena *arena) {
    struct ledger_error *error = &append->error;
    if (from->n_events == 0 && from->n_expected == 0)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "events", "the append has no event");
    if (from->n_events > LEDGER_APPEND_EVENTS_MAX)
        return ledger_fail(error, LEDGER_E_TOO_LARGE, "events",
                           "%zu events in one append; %d are the most", from->n_events,
                           LEDGER_APPEND_EVENTS_MAX);
    struct ledger_append_event *events =
        ledger_arena_calloc(arena, from->n_events * sizeof *events);
    append->positions = ledger_arena_calloc(arena, from->n_events * sizeof *append->positions);
    if (events == NULL || append->positions == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "checking an append");
    for (size_t i = 0; i < from->n_events; i++) {
        enum ledger_err err = check_event(from->events[i], now, &events[i], arena, error);
        if (err != LEDGER_E_OK) {
            char prefix[32];
            snprintf(prefix, sizeof prefix, "events[%zu]", i);
            ledger_error_prefix(error, prefix);
            return err;
        }
    }
    append->events = events;
    append->event_count = from->n_events;
    append->allow_duplicates = from->allow_duplicates;
    return check_expected(from, append, arena, error);
}

// ---- the answer

static void fill_outcome(const struct ledger_append *append, Ledger__V1__AppendOutcome *outcome,
                         Ledger__V1__Error *error) {
    ledger__v1__append_outcome__init(outcome);
    if (append->error.code != LEDGER_E_OK) {
        ledger__v1__error__init(error);
        ledger_error_to_wire(&append->error, error);
        outcome->error = error;
        return;
    }
    outcome->n_positions = append->event_count;
    outcome->positions = append->positions;
    outcome->has_added = outcome->has_duplicates = 1;
    outcome->added = append->added;
    outcome->duplicates = append->duplicates;
}

static void answer_no_memory(struct ledger_request *request) {
    struct ledger_error error = {0};
    ledger_fail(&error, LEDGER_E_NO_MEMORY, NULL, "answering an append");
    ledger_request_answer_error(request, &error);
}

static void answer(struct ledger_append_job *job) {
    struct ledger_request *request = job->user;
    struct ledger_arena *arena = ledger_request_arena(request);
    Ledger__V1__AppendOutcome *outcomes = ledger_arena_alloc(arena, job->count * sizeof *outcomes);
    Ledger__V1__AppendOutcome **list = ledger_arena_alloc(arena, job->count * sizeof *list);
    Ledger__V1__Error *errors = ledger_arena_alloc(arena, job->count * sizeof *errors);
    if (outcomes == NULL || list == NULL || errors == NULL) {
        answer_no_memory(request); // stored all the same: the writer asks again and learns so
        return;
    }
    for (size_t i = 0; i < job->count; i++) {
        fill_outcome(&job->appends[i], &outcomes[i], &errors[i]);
        list[i] = &outcomes[i];
    }
    Ledger__V1__AppendReply append = LEDGER__V1__APPEND_REPLY__INIT;
    append.n_outcomes = job->count;
    append.outcomes = list;
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    reply.body_case = LEDGER__V1__REPLY__BODY_APPEND;
    reply.append = &append;
    ledger_request_answer(request, &reply);
}

void ledgerd_append(struct ledgerd *ledgerd, struct ledger_request *request,
                    const Ledger__V1__Request *message) {
    const Ledger__V1__AppendRequest *from = message->append;
    struct ledger_arena *arena = ledger_request_arena(request);
    struct ledger_error error = {0};
    if (from->n_appends > LEDGER_APPENDS_MAX) {
        ledger_fail(&error, LEDGER_E_TOO_LARGE, "appends",
                    "%zu appends in one request; %d are the most", from->n_appends,
                    LEDGER_APPENDS_MAX);
        ledger_request_answer_error(request, &error);
        return;
    }
    struct ledger_append_job *job = ledger_arena_calloc(arena, sizeof *job);
    struct ledger_append *appends = ledger_arena_calloc(arena, from->n_appends * sizeof *appends);
    if (job == NULL || appends == NULL) {
        answer_no_memory(request);
        return;
    }
    int64_t now = ledger_clock_system.wall_micros(ledger_clock_system.context);
    size_t refused = 0;
    for (size_t i = 0; i < from->n_appends; i++) {
        appends[i].refused = check_append(from->appends[i], now, &appends[i], arena) != LEDGER_E_OK;
        refused += appends[i].refused;
    }
    *job = (struct ledger_append_job){
        .appends = appends,
        .count = from->n_appends,
        .principal = ledger_span_of(principal, sizeof principal - 1),
        .bytes = ledger_request_bytes(request).size,
        .done = answer,
        .user = request,
    };
    if (refused == from->n_appends)
        answer(job);
    else if (ledger_log_append(ledgerd->log, job, &error) != LEDGER_E_OK)
        ledger_request_answer_error(request, &error);
}
