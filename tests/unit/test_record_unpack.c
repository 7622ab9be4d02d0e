// Records unpacked by hand, against what protobuf-c makes of them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/event.h"
#include "ledger/json.h"

static int setup(void **state) {
    *state = ledger_arena_new(0);
    return *state == NULL;
}

static int teardown(void **state) {
    ledger_arena_free(*state);
    return 0;
}

// An event with every field of the envelope, and others with the rest of what `occurred` may be.
static const char *const whole_events[] = {
    "{\"eventId\":\"0198c0de-1234-7abc-8def-000000000001\",\"stream\":\"visit/1\","
    "\"type\":\"ext.test.fact\",\"schemaVersion\":3,"
    "\"occurred\":\"2026-01-02T03:04:05.500+02:00\",\"actor\":\"e1\",\"onBehalfOf\":\"e2\","
    "\"subjects\":[{\"kind\":\"client\",\"id\":\"c\",\"role\":\"survivor\"},{\"kind\":\"visit\"}],"
    "\"source\":{\"system\":\"crm\",\"recordId\":\"77\",\"recordedAt\":\"2026-01-03T00:00:00Z\"},"
    "\"correlationId\":\"0198c0de-1234-7abc-8def-000000000002\","
    "\"causationId\":\"0198c0de-1234-7abc-8def-000000000003\",\"territory\":\"north\","
    "\"geo\":{\"latE7\":-1,\"lonE7\":0},"
    "\"correctsEventId\":\"0198c0de-1234-7abc-8def-000000000004\",\"reason\":\"typo\","
    "\"payload\":{\"a\":1},\"personal\":[{\"personId\":\"p\",\"values\":{\"name\":\"N\"}},"
    "{\"personId\":\"q\",\"values\":{}}]}",
    "{\"eventId\":\"0198c0de-1234-7abc-8def-000000000001\",\"type\":\"ext.a.b\",\"occurred\":"
    "\"2026-01-02\"}",
    "{\"eventId\":\"0198c0de-1234-7abc-8def-000000000001\",\"type\":\"ext.a.b\",\"occurred\":"
    "\"unknown\","
    "\"source\":{\"system\":\"crm\"},\"reason\":\"\"}",
};

static void records_unpack_as_by_protobuf(void **state) {
    for (size_t i = 0; i < sizeof whole_events / sizeof *whole_events; i++) {
        struct ledger_event_bytes event;
        struct ledger_error error = {0};
        json_t *json = json_loads(whole_events[i], 0, NULL);
        assert_non_null(json);
        if (ledger_event_from_json(json, *state, &event, &error) != LEDGER_E_OK)
            fail_msg("%zu: %s: %s", i, error.field, error.message);
        const struct ledger_record_parts parts = {.position = 5,
                                                  .recorded_at = 6,
                                                  .stream_version = 7,
                                                  .principal = ledger_span_text(i ? "" : "bot"),
                                                  .event = event.event,
                                                  .personal = event.personal,
                                                  .personal_count = event.personal_count};
        uint8_t *place = malloc(ledger_record_size(&parts)); // so that a byte too far is seen
        assert_non_null(place);
        size_t size = (size_t)(ledger_record_write(&parts, place) - place);
        Ledger__V1__Record *record;
        assert_int_equal(ledger_record_unpack(ledger_span_of(place, size), *state, &record, &error),
                         LEDGER_E_OK);
        struct ledger_buffer buffer = {0};
        ledger_message_pack(&record->base, &buffer);
        assert_int_equal(buffer.size, size);
        assert_memory_equal(buffer.data, place, size);
        ledger_buffer_fini(&buffer);
        // A byte less is a record no more.
        assert_int_equal(
            ledger_record_unpack(ledger_span_of(place, size - 1), *state, &record, &error),
            LEDGER_E_MALFORMED);
        free(place);
        json_decref(json);
    }
}

static void a_record_with_a_nul_in_a_text_is_refused(void **state) {
    static const uint8_t event[] = {0x12, 3, 'a', '\0', '1'};
    const struct ledger_record_parts parts = {.event = ledger_span_of(event, sizeof event)};
    uint8_t place[64];
    Ledger__V1__Record *record;
    size_t size = (size_t)(ledger_record_write(&parts, place) - place);
    assert_int_equal(ledger_record_unpack(ledger_span_of(place, size), *state, &record, NULL),
                     LEDGER_E_EMBEDDED_NUL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(records_unpack_as_by_protobuf, setup, teardown),
        cmocka_unit_test_setup_teardown(a_record_with_a_nul_in_a_text_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
