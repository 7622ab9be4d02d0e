// Append: every event is checked here, on the thread that received it, so that only sound appends
// reach the log's writer. Those that fail keep their error and are answered with the others.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/append_request.h"
#include "ledger/clock.h"
#include "ledger/event.h"
#include "ledger/limits.h"
#include "ledgerd.h"

// Until access control lands, everybody is the same principal.
static const char principal[] = "local";

static enum ledger_err check_event(const struct ledger_new_event_span *from, int64_t now,
                                   struct ledger_append_event *event, struct ledger_arena *arena,
                                   struct ledger_error *error) {
    if (from->event.data == NULL)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "event", "no event");
    event->bytes = from->event;
    event->personal = from->personal;
    event->personal_count = from->personal_count;
    enum ledger_err err = ledger_envelope_check(event->bytes, now, arena, &event->envelope, error);
    if (err != LEDGER_E_OK || from->personal_count == 0)
        return err;
    return ledger_personal_parts_check(from->personal, from->personal_count, arena, error);
}

static enum ledger_err fail_expected(struct ledger_error *error, enum ledger_err code, size_t i,
                                     const char *why) {
    char field[48];
    snprintf(field, sizeof field, "expected[%zu]", i);
    return ledger_fail(error, code, field, "%s", why);
}

static enum ledger_err check_expected(const struct ledger_append_span *from,
                                      struct ledger_append *append, struct ledger_arena *arena,
                                      struct ledger_error *error) {
    if (from->expected_count > LEDGER_EXPECTED_MAX)
        return ledger_fail(error, LEDGER_E_TOO_LARGE, "expected",
                           "%zu versions in one append; %d are the most", from->expected_count,
                           LEDGER_EXPECTED_MAX);
    struct ledger_append_expected *expected =
        ledger_arena_alloc(arena, from->expected_count * sizeof *expected);
    if (expected == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "checking an append");
    for (size_t i = 0; i < from->expected_count; i++) {
        const struct ledger_expected_span *one = &from->expected[i];
        if (one->stream.data == NULL || !one->has_version)
            return fail_expected(error, LEDGER_E_MISSING_FIELD, i,
                                 "an expected version needs a stream and a version");
        if (one->stream.size > LEDGER_STREAM_SIZE_MAX)
            return fail_expected(error, LEDGER_E_TOO_LARGE, i, "the stream's name is too long");
        expected[i] = (struct ledger_append_expected){one->stream, one->version};
    }
    append->expected = expected;
    append->expected_count = from->expected_count;
    return LEDGER_E_OK;
}

static enum ledger_err check_append(const struct ledger_append_span *from, int64_t now,
                                    struct ledger_append *append, struct ledger_arena *arena) {
    struct ledger_error *error = &append->error;
    if (from->event_count == 0 && from->expected_count == 0)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "events", "the append has no event");
    if (from->event_count > LEDGER_APPEND_EVENTS_MAX)
        return ledger_fail(error, LEDGER_E_TOO_LARGE, "events",
                           "%zu events in one append; %d are the most", from->event_count,
                           LEDGER_APPEND_EVENTS_MAX);
    struct ledger_append_event *events =
        ledger_arena_calloc(arena, from->event_count * sizeof *events);
    append->positions = ledger_arena_calloc(arena, from->event_count * sizeof *append->positions);
    if (events == NULL || append->positions == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "checking an append");
    for (size_t i = 0; i < from->event_count; i++) {
        enum ledger_err err = check_event(&from->events[i], now, &events[i], arena, error);
        if (err != LEDGER_E_OK) {
            char prefix[32];
            snprintf(prefix, sizeof prefix, "events[%zu]", i);
            ledger_error_prefix(error, prefix);
            return err;
        }
    }
    append->events = events;
    append->event_count = from->event_count;
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

static void append(struct ledgerd *ledgerd, struct ledger_request *request,
                   const struct ledger_append_span *from, size_t count) {
    struct ledger_arena *arena = ledger_request_arena(request);
    struct ledger_error error = {0};
    struct ledger_append_job *job = ledger_arena_calloc(arena, sizeof *job);
    struct ledger_append *appends = ledger_arena_calloc(arena, count * sizeof *appends);
    if (job == NULL || appends == NULL) {
        answer_no_memory(request);
        return;
    }
    int64_t now = ledger_clock_system.wall_micros(ledger_clock_system.context);
    size_t refused = 0;
    ledger_arena_limit(arena, LEDGER_REQUEST_MEMORY_MAX); // events that are unsound are unpacked
    for (size_t i = 0; i < count; i++) {
        appends[i].refused = check_append(&from[i], now, &appends[i], arena) != LEDGER_E_OK;
        refused += appends[i].refused;
    }
    ledger_arena_limit(arena, 0);
    *job = (struct ledger_append_job){
        .appends = appends,
        .count = count,
        .principal = ledger_span_of(principal, sizeof principal - 1),
        .bytes = ledger_request_bytes(request).size,
        .done = answer,
        .user = request,
    };
    if (refused == count)
        answer(job);
    else if (ledger_log_append(ledgerd->log, job, &error) != LEDGER_E_OK)
        ledger_request_answer_error(request, &error);
}

bool ledgerd_append_packed(struct ledgerd *ledgerd, struct ledger_request *request) {
    const struct ledger_append_span *appends;
    size_t count;
    if (!ledger_append_request_split(ledger_request_bytes(request), ledger_request_arena(request),
                                     &appends, &count))
        return false;
    append(ledgerd, request, appends, count);
    return true;
}

void ledgerd_append(struct ledgerd *ledgerd, struct ledger_request *request,
                    const Ledger__V1__Request *message) {
    const Ledger__V1__AppendRequest *from = message->append;
    struct ledger_error error = {0};
    if (from->n_appends > LEDGER_APPENDS_MAX) {
        ledger_fail(&error, LEDGER_E_TOO_LARGE, "appends",
                    "%zu appends in one request; %d are the most", from->n_appends,
                    LEDGER_APPENDS_MAX);
        ledger_request_answer_error(request, &error);
        return;
    }
    const struct ledger_append_span *appends =
        ledger_append_request_spans(from, ledger_request_arena(request));
    if (appends == NULL)
        answer_no_memory(request);
    else
        append(ledgerd, request, appends, from->n_appends);
}
