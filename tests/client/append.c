// Appends one fact and waits until it is on the disk.
//
//     cc append.c $(pkg-config --cflags --libs ledger) -o append
//     ./append ipc://./var/run/append.sock v-17 018f2b7c-0d6e-7c3a-9a55-5f1f6a0d9c11 0
//
// The last argument is the version that the visit's stream must have, 0 for none yet. The event id
// may be used again with the same fact: it is stored once.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <facts/v1/visit.pb-c.h>
#include <ledger/appender.h>
#include <ledger/arena.h>
#include <ledger/event.h>
#include <ledger/uuid.h>

struct visit {
    char *id;
    struct ledger_uuid event_id;
    int64_t day; // since 1970-01-01
};

// The envelope says what the fact is about; the payload what it says.
static enum ledger_err append_visit(struct ledger_appender *appender, const struct visit *visit,
                                    const struct ledger_expected_version *expected,
                                    struct ledger_append_outcome *outcome, uint64_t *position,
                                    struct ledger_error *error) {
    Facts__V1__VisitReported reported = FACTS__V1__VISIT_REPORTED__INIT;
    reported.visit_id = visit->id;
    reported.client_id = "c-1";
    struct ledger_buffer payload = {0};
    ledger_message_pack(&reported.base, &payload);
    if (payload.failed)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "packing a visit");

    Ledger__V1__Subject subjects[2] = {LEDGER__V1__SUBJECT__INIT, LEDGER__V1__SUBJECT__INIT};
    subjects[0].kind = "visit";
    subjects[0].id = visit->id;
    subjects[1].kind = "client";
    subjects[1].id = reported.client_id;
    Ledger__V1__Date day = LEDGER__V1__DATE__INIT;
    day.has_days = 1;
    day.days = (int32_t)visit->day;
    Ledger__V1__Occurred occurred = LEDGER__V1__OCCURRED__INIT;
    occurred.when_case = LEDGER__V1__OCCURRED__WHEN_DATE;
    occurred.date = &day;

    Ledger__V1__Event event = LEDGER__V1__EVENT__INIT;
    event.has_event_id = event.has_payload = event.has_schema_version = 1;
    event.event_id.data = (uint8_t *)visit->event_id.bytes;
    event.event_id.len = sizeof visit->event_id.bytes;
    event.stream = (char *)expected->stream;
    event.type = "VisitReported";
    event.schema_version = 1;
    event.occurred = &occurred;
    event.actor = "rep-7";
    event.n_subjects = 2;
    event.subjects = (Ledger__V1__Subject *[]){&subjects[0], &subjects[1]};
    event.payload.data = payload.data;
    event.payload.len = payload.size;

    // One append is all or nothing; it may hold many events, of several streams.
    const struct ledger_new_event new_event = {.unpacked = &event};
    const struct ledger_new_append append = {
        .events = &new_event, .event_count = 1, .expected = expected, .expected_count = 1};
    enum ledger_err err = ledger_appender_append(appender, &append, position, outcome, error);
    ledger_buffer_fini(&payload);
    return err;
}

int main(int argc, char **argv) {
    struct ledger_error error;
    struct ledger_appender *appender;
    struct visit visit;
    char stream[64];
    if (argc != 5 || !ledger_uuid_parse(ledger_span_text(argv[3]), &visit.event_id)) {
        fprintf(stderr, "usage: append URL VISIT EVENT-ID VERSION\n");
        return 2;
    }
    visit.id = argv[2];
    visit.day = 20000;
    snprintf(stream, sizeof stream, "visit/%s", visit.id);
    const struct ledger_expected_version expected = {stream, strtoull(argv[4], NULL, 10)};

    // One appender serves all threads of a program, for as long as it runs.
    const struct ledger_appender_options options = {.url = argv[1]};
    if (ledger_appender_open(&options, &appender, &error) != LEDGER_E_OK) {
        fprintf(stderr, "append: %s\n", error.message);
        return ledger_err_exit(error.code);
    }
    struct ledger_append_outcome outcome;
    uint64_t position = 0;
    enum ledger_err err = append_visit(appender, &visit, &expected, &outcome, &position, &error);
    if (err == LEDGER_E_OK)
        printf("%s %" PRIu64 "\n", outcome.added != 0 ? "stored" : "known", position);
    else if (err == LEDGER_E_WRONG_EXPECTED_VERSION) // read it, decide again, append anew
        printf("conflict %s %" PRIu64 "\n", error.stream, error.actual_version);
    else
        fprintf(stderr, "append: %s: %s (%s)\n", error.field, error.message, ledger_err_code(err));
    ledger_appender_close(appender);
    return ledger_err_exit(err);
}
