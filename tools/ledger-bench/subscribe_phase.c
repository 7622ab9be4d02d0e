// S1: appends at a steady pace, and a subscriber that waits for them. Measured is the time from
// an append's begin to its event's arrival.
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "clock.h"
#include "phases.h"

enum { APPENDS_PER_SECOND = 500, APPENDS_MAX = 2000, WAIT_MS = 200, ARRIVE_PATIENCE_S = 10 };

struct sent {
    struct ledger_uuid id;
    uint64_t at;
};

struct subscription {
    struct service *service;
    struct ledger_arena *arena;    // the subscriber's
    struct sent sent[APPENDS_MAX]; // entries below sent_count are complete
    unsigned total;
    atomic_uint sent_count, received;
    atomic_bool stop, ended;
    uint64_t from;
    struct samples samples;
    enum ledger_err err;
    struct ledger_error error;
};

// ---- the subscriber

static void receive(struct subscription *subscription, const Ledger__V1__ReadReply *page,
                    uint64_t now) {
    unsigned next = atomic_load(&subscription->received);
    for (size_t i = 0; i < page->n_records && next < atomic_load(&subscription->sent_count); i++) {
        const ProtobufCBinaryData *id = &page->records[i]->event->event_id;
        const struct sent *sent = &subscription->sent[next];
        if (id->len != sizeof sent->id.bytes || memcmp(id->data, sent->id.bytes, id->len) != 0)
            continue; // somebody else's
        samples_add(&subscription->samples, now - sent->at);
        next++;
    }
    atomic_store(&subscription->received, next);
}

static enum ledger_err wait_for_page(struct subscription *subscription) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__ReadRequest read = LEDGER__V1__READ_REQUEST__INIT;
    Ledger__V1__Reply *reply;
    request.body_case = LEDGER__V1__REQUEST__BODY_READ;
    request.read = &read;
    read.has_from = read.has_wait_ms = true;
    read.from = subscription->from;
    read.wait_ms = WAIT_MS;
    ledger_arena_reset(subscription->arena);
    enum ledger_err err = ledger_client_call(service_reads(subscription->service), &request,
                                             subscription->arena, &reply, &subscription->error);
    if (err != LEDGER_E_OK)
        return err;
    receive(subscription, reply->read, clock_now());
    subscription->from = reply->read->examined + 1;
    return LEDGER_E_OK;
}

static void *subscribe(void *arg) {
    struct subscription *subscription = arg;
    while (subscription->err == LEDGER_E_OK && !atomic_load(&subscription->stop) &&
           atomic_load(&subscription->received) < subscription->total)
        subscription->err = wait_for_page(subscription);
    atomic_store(&subscription->ended, true);
    return NULL;
}

// ---- the writer

static enum ledger_err wait_until_parked(struct subscription *subscription,
                                         struct ledger_error *error) {
    struct service_state state = {0};
    enum ledger_err err = LEDGER_E_OK;
    while (err == LEDGER_E_OK && state.waiting_readers == 0 && !atomic_load(&subscription->ended))
        err = service_state(subscription->service, &state, error);
    return err;
}

static enum ledger_err append_one(struct subscription *subscription, struct append_request *request,
                                  struct ledger_arena *arena, struct ledger_error *error) {
    struct ledger_client *client = service_appends(subscription->service);
    uint64_t busy = 0;
    unsigned number = atomic_load(&subscription->sent_count);
    append_request_fill(request);
    subscription->sent[number] = (struct sent){
        .id = workload_event_id(request->writers->workload,
                                ledger_span_of(request->bytes, request->event_size)),
        .at = request->begun,
    };
    atomic_store(&subscription->sent_count, number + 1);
    enum ledger_err err = append_request_begin(request, client, error);
    return err == LEDGER_E_OK ? append_request_finish(request, client, arena, &busy, error) : err;
}

static enum ledger_err wait_until_arrived(struct subscription *subscription,
                                          struct ledger_error *error) {
    uint64_t patience = clock_now() + ARRIVE_PATIENCE_S * NANOS_PER_SECOND;
    while (!atomic_load(&subscription->ended)) {
        if (clock_now() > patience)
            return ledger_fail(error, LEDGER_E_TIMEOUT, NULL,
                               "%u of %u events have reached the subscriber",
                               atomic_load(&subscription->received), subscription->total);
        clock_sleep_ms(1);
    }
    return LEDGER_E_OK;
}

static enum ledger_err append_paced(struct subscription *subscription,
                                    struct append_request *request, double *seconds,
                                    struct ledger_error *error) {
    struct ledger_arena *arena = ledger_arena_new(0);
    if (arena == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "appending");
    enum ledger_err err = wait_until_parked(subscription, error);
    uint64_t begun = clock_now();
    for (unsigned i = 0; err == LEDGER_E_OK && i < subscription->total; i++) {
        clock_sleep_until(begun + i * (NANOS_PER_SECOND / APPENDS_PER_SECOND));
        err = append_one(subscription, request, arena, error);
    }
    if (err == LEDGER_E_OK)
        err = wait_until_arrived(subscription, error);
    *seconds = clock_seconds(clock_now() - begun);
    ledger_arena_free(arena);
    return err;
}

// ---- both

static enum ledger_err run(struct subscription *subscription, struct append_request *request,
                           double *seconds, struct ledger_error *error) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, subscribe, subscription) != 0)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no thread for the subscriber");
    enum ledger_err err = append_paced(subscription, request, seconds, error);
    atomic_store(&subscription->stop, true);
    pthread_join(thread, NULL);
    if (subscription->err == LEDGER_E_OK)
        return err;
    *error = subscription->error;
    return subscription->err;
}

static enum ledger_err prepare(struct subscription *subscription, const struct bench *bench,
                               struct ledger_error *error) {
    struct service_state state;
    double total = bench->seconds * APPENDS_PER_SECOND;
    subscription->service = bench->service;
    subscription->total = total < 1 ? 1 : total < APPENDS_MAX ? (unsigned)total : APPENDS_MAX;
    subscription->arena = ledger_arena_new(0);
    if (subscription->arena == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "subscribing");
    enum ledger_err err = service_state(bench->service, &state, error);
    subscription->from = state.head + 1;
    return err;
}

static enum ledger_err report_subscription(const struct bench *bench, const struct phase *phase,
                                           struct subscription *subscription, double seconds,
                                           struct ledger_error *error) {
    struct row row = row_of(bench->run, bench->peer, phase->name,
                            (double)subscription->samples.count, WORKLOAD_PAYLOAD_SIZE, seconds);
    row_latencies(&row, &subscription->samples);
    return report_add(bench->report, &row, error);
}

enum ledger_err subscribe_measure(const struct bench *bench, const struct phase *phase,
                                  struct ledger_error *error) {
    struct append_request request = {0};
    double seconds = 0;
    struct ledger_arena *arena = ledger_arena_new(0);
    struct subscription *subscription =
        arena == NULL ? NULL : ledger_arena_calloc(arena, sizeof *subscription);
    if (subscription == NULL) {
        ledger_arena_free(arena);
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "subscribing");
    }
    enum ledger_err err = prepare(subscription, bench, error);
    if (err == LEDGER_E_OK)
        err = append_request_init(&request, bench->workload, &phase->append, 0, arena, error);
    if (err == LEDGER_E_OK)
        err = run(subscription, &request, &seconds, error);
    if (err == LEDGER_E_OK)
        err = report_subscription(bench, phase, subscription, seconds, error);
    append_request_fini(&request);
    samples_fini(&subscription->samples);
    ledger_arena_free(subscription->arena);
    ledger_arena_free(arena);
    return err;
}
