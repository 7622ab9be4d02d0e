// Appends many facts at one time from one thread. The library gathers them into few requests, and
// sends them again through restarts of the ledger; each outcome is told to a callback.
//
//     cc batch.c $(pkg-config --cflags --libs ledger) -o batch
//     ./batch ipc://./var/run/append.sock shop-3 100000
//
// Prints the event id and position of each fact once it is on the disk. The ids are made of the
// name and a number, so that a second run with the same name adds nothing.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <ledger/appender.h>
#include <ledger/event.h>
#include <ledger/uuid.h>

static const struct ledger_uuid namespace = {{0x6b, 0x1d, 0x3c, 0x52, 0x90, 0x4e, 0x4f, 0x0b, 0x8d,
                                              0x63, 0x2a, 0x7e, 0x11, 0x58, 0xc4, 0x09}};

struct fact {
    struct ledger_uuid id;
};

// On a thread of the library's: quick, and without blocking.
static void told(void *user, const struct ledger_append_outcome *outcome,
                 const struct ledger_error *error) {
    struct fact *fact = user;
    char id[LEDGER_UUID_TEXT_SIZE];
    ledger_uuid_format(&fact->id, id);
    free(fact);
    if (error->code == LEDGER_E_OK)
        printf("%s %" PRIu64 "\n", id, outcome->positions[0]);
    else
        fprintf(stderr, "batch: %s: %s (%s)\n", id, error->message, ledger_err_code(error->code));
    fflush(stdout);
}

// Returns as soon as there is room; what the library takes it has copied.
static enum ledger_err begin(struct ledger_appender *appender, const char *name, long number,
                             struct ledger_error *error) {
    char text[96], stream[96];
    struct fact *fact = malloc(sizeof *fact);
    if (fact == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "making a fact");
    snprintf(text, sizeof text, "%.60s-%ld", name, number);
    snprintf(stream, sizeof stream, "example/%.60s", name);
    fact->id = ledger_uuid_v5(&namespace, ledger_span_text(text));

    Ledger__V1__Date day = LEDGER__V1__DATE__INIT;
    day.has_days = 1;
    day.days = 20000;
    Ledger__V1__Occurred occurred = LEDGER__V1__OCCURRED__INIT;
    occurred.when_case = LEDGER__V1__OCCURRED__WHEN_DATE;
    occurred.date = &day;
    Ledger__V1__Event event = LEDGER__V1__EVENT__INIT;
    event.has_event_id = event.has_payload = 1;
    event.event_id.data = fact->id.bytes;
    event.event_id.len = sizeof fact->id.bytes;
    event.stream = stream;
    event.type = "ext.example.Counted"; // of our own: the ledger does not look into its payload
    event.occurred = &occurred;
    event.actor = "unknown";
    event.payload.data = (uint8_t *)text;
    event.payload.len = strlen(text);

    const struct ledger_new_event new_event = {.unpacked = &event};
    const struct ledger_new_append append = {
        .events = &new_event, .event_count = 1, .timeout_ms = 120000};
    enum ledger_err err = ledger_appender_begin(appender, &append, told, fact, error);
    if (err != LEDGER_E_OK)
        free(fact);
    return err;
}

int main(int argc, char **argv) {
    struct ledger_error error;
    struct ledger_appender *appender;
    if (argc != 4) {
        fprintf(stderr, "usage: batch URL NAME COUNT\n");
        return 2;
    }
    // At most so many without outcome; begin waits for room.
    const struct ledger_appender_options options = {.url = argv[1], .pending_appends_max = 256};
    if (ledger_appender_open(&options, &appender, &error) != LEDGER_E_OK) {
        fprintf(stderr, "batch: %s\n", error.message);
        return ledger_err_exit(error.code);
    }
    enum ledger_err err = LEDGER_E_OK;
    long count = strtol(argv[3], NULL, 10);
    for (long i = 0; err == LEDGER_E_OK && i < count; i++)
        err = begin(appender, argv[2], i, &error);
    if (err == LEDGER_E_OK)
        err = ledger_appender_drain(appender, 120000, &error);
    if (err != LEDGER_E_OK)
        fprintf(stderr, "batch: %s (%s)\n", error.message, ledger_err_code(err));
    struct ledger_appender_counts counts = ledger_appender_count(appender);
    fprintf(stderr, "%" PRIu64 " appends in %" PRIu64 " requests, %" PRIu64 " sent again\n",
            counts.appends, counts.requests, counts.repeated);
    ledger_appender_close(appender);
    return ledger_err_exit(err);
}
