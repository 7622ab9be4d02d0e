// ledger_append_request_split, which takes an append request apart without unpacking it, against
// unpacking: what it accepts is sound, and has the same parts.
#include <string.h>

#include "fuzz.h"
#include "ledger/append_request.h"
#include "ledger/event.h"
#include "ledger/limits.h"

static bool same(struct ledger_span a, struct ledger_span b) {
    return (a.data == NULL) == (b.data == NULL) && ledger_span_equal(a, b);
}

static void events_agree(const struct ledger_append_span *a, const struct ledger_append_span *b) {
    MUST(a->event_count == b->event_count);
    for (size_t i = 0; i < a->event_count; i++) {
        const struct ledger_new_event_span *x = &a->events[i], *y = &b->events[i];
        MUST(same(x->event, y->event) && x->personal_count == y->personal_count);
        for (size_t j = 0; j < x->personal_count; j++)
            MUST(ledger_span_equal(x->personal[j], y->personal[j]));
    }
}

static void appends_agree(const struct ledger_append_span *a, const struct ledger_append_span *b) {
    events_agree(a, b);
    MUST(a->allow_duplicates == b->allow_duplicates);
    MUST(a->expected_count == b->expected_count);
    for (size_t i = 0; i < a->expected_count; i++) {
        const struct ledger_expected_span *x = &a->expected[i], *y = &b->expected[i];
        MUST(same(x->stream, y->stream));
        MUST(x->has_version == y->has_version && x->version == y->version);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ledger_arena *arena = fuzz_arena();
    struct ledger_span bytes = ledger_span_of(data, size);
    const struct ledger_append_span *split = NULL;
    size_t count = 0;
    struct ledger_error error = {0};
    if (!ledger_append_request_split(bytes, arena, &split, &count))
        return 0;
    const Ledger__V1__Request *request = (const Ledger__V1__Request *)fuzz_unpack(
        &ledger__v1__request__descriptor, bytes, LEDGER_REQUEST_SIZE_MAX, arena);
    MUST(request != NULL && ledger_message_check(&request->base, &error) == LEDGER_E_OK);
    MUST(request->body_case == LEDGER__V1__REQUEST__BODY_APPEND);
    MUST(request->append->n_appends == count);
    const struct ledger_append_span *unpacked = ledger_append_request_spans(request->append, arena);
    MUST(unpacked != NULL);
    for (size_t i = 0; i < count; i++)
        appends_agree(&split[i], &unpacked[i]);
    return 0;
}
