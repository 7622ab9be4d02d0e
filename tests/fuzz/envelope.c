// ledger_envelope_check has the verdict and the errors of ledger_event_check, which unpacks; and
// its spans are the texts that unpacking gives.
#include <string.h>

#include "fuzz.h"
#include "ledger/envelope.h"
#include "ledger/event.h"

static const int64_t now = INT64_C(1767322983500000); // 2026-01-02

static bool is(struct ledger_span span, const char *text) {
    return ledger_span_equal(span, ledger_span_text(text != NULL ? text : ""));
}

static void agree(const struct ledger_envelope *envelope, const Ledger__V1__Event *event) {
    struct ledger_span id = ledger_span_of(event->event_id.data, event->event_id.len);
    struct ledger_span correlation = {0};
    if (event->has_correlation_id)
        correlation = ledger_span_of(event->correlation_id.data, event->correlation_id.len);
    MUST(ledger_span_equal(envelope->event_id, id));
    MUST(ledger_span_equal(envelope->correlation_id, correlation));
    MUST(is(envelope->stream, event->stream));
    MUST(is(envelope->type, event->type));
    MUST(is(envelope->actor, event->actor));
    MUST(envelope->subject_count == event->n_subjects);
    for (size_t i = 0; i < event->n_subjects; i++) {
        MUST(is(envelope->subjects[i].kind, event->subjects[i]->kind));
        MUST(is(envelope->subjects[i].id, event->subjects[i]->id));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ledger_arena *arena = fuzz_arena();
    struct ledger_span bytes = ledger_span_of(data, size);
    struct ledger_envelope envelope = {0}, read = {0};
    struct ledger_error quick = {0}, slow = {0};
    Ledger__V1__Event *event = NULL;
    enum ledger_err err = ledger_envelope_check(bytes, now, arena, &envelope, &quick);
    MUST(err == ledger_event_check(bytes, now, arena, &event, &slow));
    enum ledger_err read_err = ledger_envelope_read(bytes, arena, &read);
    if (err != LEDGER_E_OK) {
        MUST(strcmp(quick.field, slow.field) == 0 && strcmp(quick.message, slow.message) == 0);
        MUST(read_err == LEDGER_E_OK || read_err == LEDGER_E_MALFORMED);
        return 0;
    }
    MUST(read_err == LEDGER_E_OK);
    agree(&envelope, event);
    agree(&read, event);
    return 0;
}
