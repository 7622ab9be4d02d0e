// From a finding and its cause to an event. The same rule, cause and due give the same id for ever,
// and from the same ledger the same bytes.
#include <inttypes.h>
#include <string.h>

#include "ledger/event.h"
#include "ledger/uuid.h"
#include "reactor.h"

// The names of our event ids are in this space.
static const struct ledger_uuid id_space = {{0xa3, 0x7c, 0x07, 0xfb, 0xfc, 0x01, 0x4b, 0xdd, 0xb4,
                                             0x92, 0xd0, 0xaa, 0xe3, 0x57, 0x1f, 0x9e}};

// Rule, cause and due, joined by NULs, which none of them holds.
static void name_event(struct ledger_buffer *name, const struct reactor_rule *rule,
                       const struct finding *finding, const Ledger__V1__Event *cause) {
    struct ledger_uuid by;
    char text[LEDGER_UUID_TEXT_SIZE];
    memcpy(by.bytes, cause->event_id.data, sizeof by.bytes);
    ledger_uuid_format(&by, text);
    ledger_buffer_add(name, rule->name, strlen(rule->name) + 1);
    ledger_buffer_add(name, text, strlen(text) + 1);
    ledger_buffer_add_text(name, finding->due);
}

static void set_occurred(Ledger__V1__Occurred *occurred, Ledger__V1__Instant *instant,
                         Ledger__V1__Date *date, const struct ledger_moment *moment) {
    if (moment->when == LEDGER_WHEN_INSTANT) {
        instant->has_micros = true;
        instant->micros = moment->micros;
        instant->has_utc_offset_minutes = moment->offset_minutes != 0;
        instant->utc_offset_minutes = moment->offset_minutes;
        occurred->when_case = LEDGER__V1__OCCURRED__WHEN_INSTANT;
        occurred->instant = instant;
        return;
    }
    date->has_days = true;
    date->days = moment->day;
    occurred->when_case = LEDGER__V1__OCCURRED__WHEN_DATE;
    occurred->date = date;
}

// ---- nobody else has been at the stream

// *version: events in it now, all of those since the round's head our own.
static enum ledger_err find_version(const struct round *round, char *stream, uint64_t *version,
                                    struct ledger_error *error) {
    enum { OWN_MAX = 100 };
    const struct reactor *reactor = round->reactor;
    Ledger__V1__Filter filter = LEDGER__V1__FILTER__INIT;
    const Ledger__V1__ReadReply *page;
    filter.stream = stream;
    const struct read_ask before = {&filter, round->head, 1, true};
    const struct read_ask since = {&filter, round->head + 1, OWN_MAX, false};
    enum ledger_err err = ask_records(reactor->peers, &before, reactor->step, &page, error);
    if (err != LEDGER_E_OK)
        return err;
    *version = page->n_records > 0 ? page->records[0]->stream_version : 0;
    err = ask_records(reactor->peers, &since, reactor->step, &page, error);
    for (size_t i = 0; err == LEDGER_E_OK && i < page->n_records; i++) {
        const char *actor = page->records[i]->event->actor;
        *version = page->records[i]->stream_version;
        if (actor == NULL || strcmp(actor, REACTOR) != 0)
            err = ledger_fail(error, LEDGER_E_WRONG_EXPECTED_VERSION, NULL,
                              "%.200s has gone on since position %" PRIu64, stream, round->head);
    }
    return err;
}

// An id that is known with other bytes is the same fact, found again when more was known: its
// figures or its day would be others today.
static enum ledger_err append(const struct round *round, const Ledger__V1__Event *event,
                              char *cause_stream, bool *added, struct ledger_error *error) {
    struct ledger_expected_version expected = {.stream = cause_stream};
    const struct ledger_new_event new_event = {.unpacked = event};
    const struct ledger_new_append new_append = {
        .events = &new_event, .event_count = 1, .expected = &expected, .expected_count = 1};
    struct ledger_append_outcome outcome = {0};
    enum ledger_err err = find_version(round, cause_stream, &expected.version, error);
    if (err == LEDGER_E_OK)
        err = peers_append(round->reactor->peers, &new_append, &outcome, error);
    *added = err == LEDGER_E_OK && outcome.added > 0;
    return err == LEDGER_E_EVENT_ID_REUSED ? LEDGER_E_OK : err;
}

enum ledger_err emit_fact(const struct round *round, const struct reactor_rule *rule,
                          const struct finding *finding, const Ledger__V1__Event *cause,
                          bool *added, struct ledger_error *error) {
    Ledger__V1__Event event = LEDGER__V1__EVENT__INIT;
    Ledger__V1__Occurred occurred = LEDGER__V1__OCCURRED__INIT;
    Ledger__V1__Instant instant = LEDGER__V1__INSTANT__INIT;
    Ledger__V1__Date date = LEDGER__V1__DATE__INIT;
    Ledger__V1__Source source = LEDGER__V1__SOURCE__INIT;
    Ledger__V1__Subject subjects[FINDING_SUBJECTS_MAX];
    Ledger__V1__Subject *list[FINDING_SUBJECTS_MAX];
    struct ledger_buffer name = {0};
    struct ledger_buffer payload = {0};
    struct ledger_uuid id = {{0}};
    name_event(&name, rule, finding, cause);
    if (!name.failed)
        id = ledger_uuid_v5(&id_space, ledger_buffer_span(&name));
    ledger_message_pack(finding->payload, &payload);
    for (size_t i = 0; i < FINDING_SUBJECTS_MAX && finding->subjects[i].id != NULL; i++) {
        ledger__v1__subject__init(&subjects[i]);
        subjects[i].kind = text_of(finding->subjects[i].kind);
        subjects[i].id = text_of(finding->subjects[i].id);
        list[event.n_subjects++] = &subjects[i];
    }
    source.system = text_of(REACTOR);
    source.record_id = text_of(rule->name);
    event.has_event_id = event.has_causation_id = event.has_payload = true;
    event.event_id = (ProtobufCBinaryData){sizeof id.bytes, id.bytes};
    event.causation_id = cause->event_id;
    event.payload = (ProtobufCBinaryData){payload.size, payload.data};
    event.stream = finding->stream != NULL ? text_of(finding->stream) : cause->stream;
    event.type = text_of(finding->type);
    event.occurred = cause->occurred;
    if (finding->occurred.when != LEDGER_WHEN_UNKNOWN) {
        set_occurred(&occurred, &instant, &date, &finding->occurred);
        event.occurred = &occurred;
    }
    event.actor = text_of(REACTOR);
    event.subjects = list;
    event.source = &source;
    enum ledger_err err = name.failed || payload.failed
                              ? ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for a fact")
                              : append(round, &event, cause->stream, added, error);
    ledger_buffer_fini(&name);
    ledger_buffer_fini(&payload);
    return err;
}
