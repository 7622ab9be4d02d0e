// The appender against a service that behaves as the test says.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_service.h"
#include "ledger/appender.h"

enum { HELD_MAX = 8, REQUESTS_MAX = 4096, DRAIN_MS = 30000 };

// What an event's bytes say decides on its append: "bad" has the whole request refused, "conflict"
// is a conflict, "busy" is busy as long as busy_appends lasts, "odd" gets an answer that does not
// fit. All others are stored.
struct service {
    struct fake fake;
    unsigned requests;             // that came
    size_t gathered[REQUESTS_MAX]; // appends in each
    uint64_t position;
    unsigned busy_requests, busy_appends, silent_requests;
    bool hold;
    struct ledger_request *held[HELD_MAX];
    const Ledger__V1__Request *messages[HELD_MAX];
    unsigned held_count;
};

static bool says(const Ledger__V1__Append *append, const char *word) {
    const ProtobufCBinaryData *event = &append->events[0]->event;
    return event->len == strlen(word) && memcmp(event->data, word, event->len) == 0;
}

static void *made(struct ledger_request *request, size_t size) {
    void *place = ledger_arena_calloc(ledger_request_arena(request), size);
    assert_non_null(place);
    return place;
}

static void fail_outcome(struct ledger_request *request, enum ledger_err code,
                         Ledger__V1__AppendOutcome *outcome) {
    struct ledger_error *error = made(request, sizeof *error);
    outcome->error = made(request, sizeof *outcome->error);
    ledger_fail(error, code, NULL, "as the test asked");
    if (code == LEDGER_E_WRONG_EXPECTED_VERSION) {
        snprintf(error->stream, sizeof error->stream, "visit/1");
        error->actual_version = 42;
    }
    ledger_error_to_wire(error, outcome->error);
}

static void judge(struct service *service, struct ledger_request *request,
                  const Ledger__V1__Append *append, Ledger__V1__AppendOutcome *outcome) {
    ledger__v1__append_outcome__init(outcome);
    if (says(append, "conflict")) {
        fail_outcome(request, LEDGER_E_WRONG_EXPECTED_VERSION, outcome);
    } else if (says(append, "busy") && service->busy_appends > 0) {
        service->busy_appends--;
        fail_outcome(request, LEDGER_E_BUSY, outcome);
    } else {
        outcome->n_positions = append->n_events + says(append, "odd");
        outcome->positions = made(request, outcome->n_positions * sizeof *outcome->positions);
        for (size_t i = 0; i < append->n_events; i++)
            outcome->positions[i] = ++service->position;
        outcome->has_added = true;
        outcome->added = (uint32_t)append->n_events;
    }
}

// With the lock held.
static void answer(struct service *service, struct ledger_request *request,
                   const Ledger__V1__Request *message) {
    const Ledger__V1__AppendRequest *from = message->append;
    Ledger__V1__AppendReply append = LEDGER__V1__APPEND_REPLY__INIT;
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    append.n_outcomes = from->n_appends;
    append.outcomes = made(request, from->n_appends * sizeof *append.outcomes);
    for (size_t i = 0; i < from->n_appends; i++) {
        append.outcomes[i] = made(request, sizeof *append.outcomes[i]);
        judge(service, request, from->appends[i], append.outcomes[i]);
    }
    reply.body_case = LEDGER__V1__REPLY__BODY_APPEND;
    reply.append = &append;
    ledger_request_answer(request, &reply);
}

static void refuse(struct ledger_request *request, enum ledger_err code) {
    struct ledger_error error = {0};
    ledger_fail(&error, code, "appends", "as the test asked");
    ledger_request_answer_error(request, &error);
}

static bool any_says(const Ledger__V1__AppendRequest *append, const char *word) {
    for (size_t i = 0; i < append->n_appends; i++)
        if (says(append->appends[i], word))
            return true;
    return false;
}

static void handle(void *user, struct ledger_request *request, const Ledger__V1__Request *message) {
    struct service *service = user;
    pthread_mutex_lock(&service->fake.lock);
    assert_true(service->requests < REQUESTS_MAX);
    service->gathered[service->requests++] = message->append->n_appends;
    if (service->silent_requests > 0) {
        service->silent_requests--;
        ledger_request_drop(request);
    } else if (service->busy_requests > 0) {
        service->busy_requests--;
        refuse(request, LEDGER_E_BUSY);
    } else if (any_says(message->append, "bad")) {
        refuse(request, LEDGER_E_INVALID_VALUE);
    } else if (service->hold) {
        assert_true(service->held_count < HELD_MAX);
        service->messages[service->held_count] = message;
        service->held[service->held_count++] = request;
    } else {
        answer(service, request, message);
    }
    pthread_cond_broadcast(&service->fake.changed);
    pthread_mutex_unlock(&service->fake.lock);
}

static void set_hold(struct service *service, bool hold) {
    pthread_mutex_lock(&service->fake.lock);
    service->hold = hold;
    while (!hold && service->held_count > 0) {
        service->held_count--;
        answer(service, service->held[service->held_count], service->messages[service->held_count]);
    }
    pthread_mutex_unlock(&service->fake.lock);
}

// Appends in the request of that number.
static size_t gathered(struct service *service, unsigned number) {
    pthread_mutex_lock(&service->fake.lock);
    size_t count = service->gathered[number];
    pthread_mutex_unlock(&service->fake.lock);
    return count;
}

static int set_up(void **state) {
    struct service *service = calloc(1, sizeof *service);
    struct ledger_server_options options = {.handler = handle, .user = service};
    if (service == NULL)
        return -1;
    *state = service;
    return fake_open(&service->fake, &options) ? 0 : -1;
}

static int tear_down(void **state) {
    struct service *service = *state;
    set_hold(service, false);
    fake_close(&service->fake);
    free(service);
    return 0;
}

// ---- the callers' side

static struct ledger_appender *open_appender(const struct service *service,
                                             struct ledger_appender_options options) {
    struct ledger_appender *appender;
    struct ledger_error error;
    options.url = service->fake.url;
    assert_int_equal(ledger_appender_open(&options, &appender, &error), LEDGER_E_OK);
    return appender;
}

// What became of an append. Read after it was told, or once the appender is drained.
struct told {
    unsigned times;
    struct ledger_error error;
    uint64_t position;
    struct ledger_appender *appender; // not NULL: begins another, this often
    unsigned more;
};

static void tell(void *user, const struct ledger_append_outcome *outcome,
                 const struct ledger_error *error);

static enum ledger_err begin(struct ledger_appender *appender, const char *words,
                             uint32_t timeout_ms, struct told *told) {
    const struct ledger_new_event event = {.event = ledger_span_text(words)};
    const struct ledger_new_append append = {
        .events = &event, .event_count = 1, .timeout_ms = timeout_ms};
    struct ledger_error error;
    return ledger_appender_begin(appender, &append, tell, told, &error);
}

static void tell(void *user, const struct ledger_append_outcome *outcome,
                 const struct ledger_error *error) {
    struct told *told = user;
    told->times++;
    told->error = *error;
    told->position = outcome->position_count > 0 ? outcome->positions[0] : 0;
    if (told->more > 0) {
        told->more--;
        assert_int_equal(begin(told->appender, "next", 0, told), LEDGER_E_OK);
    }
}

static void drain(struct ledger_appender *appender) {
    assert_int_equal(ledger_appender_drain(appender, DRAIN_MS, NULL), LEDGER_E_OK);
}

static enum ledger_err append_and_wait(struct ledger_appender *appender, const char *words,
                                       uint64_t *position, struct ledger_error *error) {
    const struct ledger_new_event event = {.event = ledger_span_text(words)};
    const struct ledger_new_append append = {.events = &event, .event_count = 1};
    return ledger_appender_append(appender, &append, position, NULL, error);
}

// ---- tests

static void test_what_queues_meanwhile_is_one_request(void **state) {
    struct service *service = *state;
    struct told told[100] = {0};
    struct ledger_appender *appender =
        open_appender(service, (struct ledger_appender_options){.requests_in_flight = 1});
    set_hold(service, true);
    assert_int_equal(begin(appender, "first", 0, &told[0]), LEDGER_E_OK);
    fake_wait(&service->fake, &service->requests, 1);
    for (int i = 1; i < 100; i++)
        assert_int_equal(begin(appender, "later", 0, &told[i]), LEDGER_E_OK);
    set_hold(service, false);
    drain(appender);
    assert_int_equal(fake_get(&service->fake, &service->requests), 2);
    assert_int_equal(gathered(service, 0), 1);
    assert_int_equal(gathered(service, 1), 99);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(told[i].times, 1);
        assert_int_equal(told[i].error.code, LEDGER_E_OK);
        assert_int_equal(told[i].position, i + 1);
    }
    ledger_appender_close(appender);
}

enum { CALLERS = 16, EACH = 50 };
struct caller {
    pthread_t thread;
    struct ledger_appender *appender;
    uint64_t positions[EACH];
    unsigned stored;
};

static void *call(void *arg) {
    struct caller *caller = arg;
    struct ledger_error error;
    for (int i = 0; i < EACH; i++)
        if (append_and_wait(caller->appender, "x", &caller->positions[i], &error) == LEDGER_E_OK)
            caller->stored++;
    return NULL;
}

static void test_many_callers(void **state) {
    struct service *service = *state;
    static struct caller callers[CALLERS];
    bool seen[CALLERS * EACH + 1] = {0};
    struct ledger_appender *appender = open_appender(service, (struct ledger_appender_options){0});
    for (int i = 0; i < CALLERS; i++) {
        callers[i].appender = appender;
        assert_int_equal(pthread_create(&callers[i].thread, NULL, call, &callers[i]), 0);
    }
    for (int i = 0; i < CALLERS; i++) {
        pthread_join(callers[i].thread, NULL);
        assert_int_equal(callers[i].stored, EACH);
        for (int j = 0; j < EACH; j++) {
            assert_in_range(callers[i].positions[j], 1, CALLERS * EACH);
            assert_false(seen[callers[i].positions[j]]);
            seen[callers[i].positions[j]] = true;
        }
    }
    struct ledger_appender_counts counts = ledger_appender_count(appender);
    assert_int_equal(counts.appends, CALLERS * EACH);
    assert_int_equal(counts.requests, fake_get(&service->fake, &service->requests));
    ledger_appender_close(appender);
}

// Of four in one request, each has its own outcome.
static void check_each_for_itself(struct service *service, const char *odd_one,
                                  enum ledger_err err) {
    struct told first = {0}, told[4] = {0};
    struct ledger_appender *appender =
        open_appender(service, (struct ledger_appender_options){.requests_in_flight = 1});
    set_hold(service, true);
    assert_int_equal(begin(appender, "first", 0, &first), LEDGER_E_OK);
    fake_wait(&service->fake, &service->requests, 1);
    for (int i = 0; i < 4; i++)
        assert_int_equal(begin(appender, i == 2 ? odd_one : "good", 0, &told[i]), LEDGER_E_OK);
    set_hold(service, false);
    drain(appender);
    assert_int_equal(gathered(service, 1), 4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(told[i].times, 1);
        assert_int_equal(told[i].error.code, i == 2 ? err : LEDGER_E_OK);
        assert_int_equal(told[i].position != 0, told[i].error.code == LEDGER_E_OK);
    }
    if (err == LEDGER_E_WRONG_EXPECTED_VERSION) {
        assert_string_equal(told[2].error.stream, "visit/1");
        assert_int_equal(told[2].error.actual_version, 42);
    }
    ledger_appender_close(appender);
}

static void test_a_conflict_is_one_callers(void **state) {
    check_each_for_itself(*state, "conflict", LEDGER_E_WRONG_EXPECTED_VERSION);
}

static void test_a_request_refused_as_a_whole_is_one_callers_fault(void **state) {
    check_each_for_itself(*state, "bad", LEDGER_E_INVALID_VALUE);
}

static void test_an_answer_that_does_not_fit_is_one_callers(void **state) {
    check_each_for_itself(*state, "odd", LEDGER_E_MALFORMED);
}

static void test_busy_services_are_asked_again(void **state) {
    struct service *service = *state;
    struct ledger_error error;
    uint64_t position = 0;
    struct ledger_appender *appender = open_appender(service, (struct ledger_appender_options){0});
    fake_set(&service->fake, &service->busy_requests, 3);
    assert_int_equal(append_and_wait(appender, "x", &position, &error), LEDGER_E_OK);
    assert_int_equal(fake_get(&service->fake, &service->requests), 4);
    fake_set(&service->fake, &service->busy_appends, 2);
    assert_int_equal(append_and_wait(appender, "busy", &position, &error), LEDGER_E_OK);
    assert_int_equal(fake_get(&service->fake, &service->requests), 7);
    assert_int_equal(position, 2);
    assert_int_equal(ledger_appender_count(appender).repeated, 5);
    ledger_appender_close(appender);
}

static void test_no_answer_means_another_connection(void **state) {
    struct service *service = *state;
    struct ledger_error error;
    uint64_t position = 0;
    struct ledger_appender *appender =
        open_appender(service, (struct ledger_appender_options){.request_timeout_ms = 100});
    fake_set(&service->fake, &service->silent_requests, 1);
    assert_int_equal(append_and_wait(appender, "x", &position, &error), LEDGER_E_OK);
    assert_int_equal(position, 1);
    assert_true(ledger_appender_count(appender).connections >= 1);
    ledger_appender_close(appender);
}

static void test_a_deadline_comes(void **state) {
    struct service *service = *state;
    struct told told[2] = {0}, later = {0};
    struct ledger_appender *appender =
        open_appender(service, (struct ledger_appender_options){.requests_in_flight = 1});
    set_hold(service, true);
    assert_int_equal(begin(appender, "in flight", 100, &told[0]), LEDGER_E_OK);
    fake_wait(&service->fake, &service->requests, 1);
    assert_int_equal(begin(appender, "queued", 100, &told[1]), LEDGER_E_OK);
    drain(appender);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(told[i].times, 1);
        assert_int_equal(told[i].error.code, LEDGER_E_TIMEOUT);
    }
    assert_int_equal(fake_get(&service->fake, &service->requests),
                     1); // what was late in the queue was never sent
    assert_int_equal(begin(appender, "later", 0, &later), LEDGER_E_OK);
    set_hold(service, false);
    drain(appender);
    assert_int_equal(later.error.code, LEDGER_E_OK);
    assert_int_equal(told[0].times, 1); // the late answer is nobody's any more
    ledger_appender_close(appender);
}

static void test_a_full_queue_refuses(void **state) {
    struct service *service = *state;
    struct told told[3] = {0};
    struct ledger_appender *appender =
        open_appender(service, (struct ledger_appender_options){.pending_appends_max = 2,
                                                                .refuse_when_full = true});
    set_hold(service, true);
    assert_int_equal(begin(appender, "x", 0, &told[0]), LEDGER_E_OK);
    assert_int_equal(begin(appender, "x", 0, &told[1]), LEDGER_E_OK);
    assert_int_equal(begin(appender, "x", 0, &told[2]), LEDGER_E_BUSY);
    set_hold(service, false);
    drain(appender);
    assert_int_equal(told[2].times, 0);
    assert_int_equal(begin(appender, "x", 0, &told[2]), LEDGER_E_OK);
    drain(appender);
    assert_int_equal(told[2].error.code, LEDGER_E_OK);
    ledger_appender_close(appender);
}

static void test_a_full_queue_makes_wait(void **state) {
    struct service *service = *state;
    static struct caller caller;
    struct told told[2] = {0};
    struct ledger_appender *appender =
        open_appender(service, (struct ledger_appender_options){.pending_bytes_max = 1});
    set_hold(service, true);
    assert_int_equal(begin(appender, "x", 0, &told[0]), LEDGER_E_OK);
    assert_int_equal(begin(appender, "x", 50, &told[1]), LEDGER_E_TIMEOUT);
    caller.appender = appender;
    assert_int_equal(pthread_create(&caller.thread, NULL, call, &caller), 0);
    set_hold(service, false);
    pthread_join(caller.thread, NULL);
    assert_int_equal(caller.stored, EACH);
    drain(appender);
    assert_int_equal(told[0].error.code, LEDGER_E_OK);
    assert_int_equal(told[1].times, 0);
    for (unsigned i = 0; i < fake_get(&service->fake, &service->requests); i++)
        assert_int_equal(gathered(service, i), 1);
    ledger_appender_close(appender);
}

static void test_callbacks_begin_the_next(void **state) {
    struct service *service = *state;
    struct ledger_appender *appender = open_appender(service, (struct ledger_appender_options){0});
    struct told told[2] = {{.appender = appender, .more = 100},
                           {.appender = appender, .more = 100}};
    assert_int_equal(begin(appender, "first", 0, &told[0]), LEDGER_E_OK);
    assert_int_equal(begin(appender, "first", 0, &told[1]), LEDGER_E_OK);
    drain(appender);
    assert_int_equal(told[0].times + told[1].times, 202);
    assert_true(told[0].position == 202 || told[1].position == 202);
    ledger_appender_close(appender);
}

// In flight and queued; everybody is told.
static void check_ended(struct service *service, bool interrupt, enum ledger_err err) {
    struct told told[2] = {0}, later = {0};
    struct ledger_appender *appender =
        open_appender(service, (struct ledger_appender_options){.requests_in_flight = 1});
    set_hold(service, true);
    assert_int_equal(begin(appender, "x", 0, &told[0]), LEDGER_E_OK);
    assert_int_equal(begin(appender, "x", 0, &told[1]), LEDGER_E_OK);
    if (interrupt) {
        ledger_appender_interrupt(appender);
        drain(appender);
        assert_int_equal(begin(appender, "x", 0, &later), err);
    }
    ledger_appender_close(appender);
    assert_int_equal(later.times, 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(told[i].times, 1);
        assert_int_equal(told[i].error.code, err);
    }
}

static void test_interrupt(void **state) {
    check_ended(*state, true, LEDGER_E_INTERRUPTED);
}

static void test_close_with_appends_under_way(void **state) {
    check_ended(*state, false, LEDGER_E_STOPPING);
}

static void test_nobody_listens(void **state) {
    struct service *service = *state;
    struct ledger_appender *appender;
    struct ledger_error error;
    struct ledger_appender_options options = {.url = "ipc:///nowhere/x.sock"};
    assert_int_equal(ledger_appender_open(&options, &appender, &error), LEDGER_E_UNAVAILABLE);
    assert_null(appender);
    options.wait_for_service = true;
    options.request_timeout_ms = 20;
    options.timeout_ms = 200;
    assert_int_equal(ledger_appender_open(&options, &appender, &error), LEDGER_E_OK);
    assert_int_equal(append_and_wait(appender, "x", NULL, &error), LEDGER_E_TIMEOUT);
    assert_int_equal(fake_get(&service->fake, &service->requests), 0);
    ledger_appender_close(appender);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_what_queues_meanwhile_is_one_request),
        TEST(test_many_callers),
        TEST(test_a_conflict_is_one_callers),
        TEST(test_a_request_refused_as_a_whole_is_one_callers_fault),
        TEST(test_an_answer_that_does_not_fit_is_one_callers),
        TEST(test_busy_services_are_asked_again),
        TEST(test_no_answer_means_another_connection),
        TEST(test_a_deadline_comes),
        TEST(test_a_full_queue_refuses),
        TEST(test_a_full_queue_makes_wait),
        TEST(test_callbacks_begin_the_next),
        TEST(test_interrupt),
        TEST(test_close_with_appends_under_way),
        TEST(test_nobody_listens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
