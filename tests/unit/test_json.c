// JSON in and out, through the descriptors.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts/v1/integration.pb-c.h"
#include "facts/v1/visit.pb-c.h"
#include "ledger/json.h"
#include "ledger/limits.h"
#include "ledger/v1/service.pb-c.h"

static int make_arena(void **state) {
    *state = ledger_arena_new(0);
    return *state ? 0 : -1;
}

static int free_arena(void **state) {
    ledger_arena_free(*state);
    return 0;
}

static json_t *parse(const char *text) {
    json_error_t problem;
    json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, &problem);
    if (!json)
        fail_msg("%s: %s", text, problem.text);
    return json;
}

static enum ledger_err decode(void **state, const char *text,
                              const ProtobufCMessageDescriptor *descriptor,
                              ProtobufCMessage **message, struct ledger_error *error) {
    json_t *json = parse(text);
    enum ledger_err err = ledger_json_to_message(json, descriptor, *state, message, error);
    json_decref(json);
    return err;
}

// Decodes `text`, sends it over the wire, and encodes it again.
static void expect_round_trip(void **state, const ProtobufCMessageDescriptor *descriptor,
                              const char *text, const char *again) {
    ProtobufCMessage *message;
    struct ledger_error error;
    if (decode(state, text, descriptor, &message, &error))
        fail_msg("%s: %s: %s", text, error.field, error.message);
    struct ledger_buffer buffer = {0};
    ledger_message_pack(message, &buffer);
    assert_int_equal(ledger_message_unpack(descriptor, ledger_buffer_span(&buffer), 1 << 20, *state,
                                           &message, NULL),
                     LEDGER_E_OK);
    ledger_buffer_fini(&buffer);
    json_t *json = ledger_json_from_message(message);
    char *shown = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    assert_string_equal(shown, again);
    free(shown);
    json_decref(json);
}

static void messages_survive_json_and_wire(void **state) {
    const char visit[] =
        "{\"visitId\":\"9\",\"channel\":\"MEETING\",\"started\":\"2016-01-02T01:00:01.353+01:00\","
        "\"ended\":\"2016-01-02T00:30:00Z\",\"details\":[{\"productId\":\"a\",\"order\":1},"
        "{\"productId\":\"b\",\"reaction\":\"\\\"g\u00FCt\\\"\"}],\"samples\":[{\"qty\":\"-3\"}],"
        "\"expense\":{\"minor\":\"691\",\"currency\":\"USD\"}}";
    expect_round_trip(state, &facts__v1__visit_reported__descriptor, visit, visit);
    expect_round_trip(state, &facts__v1__visit_reported__descriptor, "{}", "{}");
    const char point[] = "{\"at\":\"2016-01-02T00:30:00Z\",\"geo\":{\"latE7\":-1,\"lonE7\":5},"
                         "\"mock\":false}";
    expect_round_trip(state, &facts__v1__visit_checked_in__descriptor, point, point);
    const char batch[] =
        "{\"batchId\":\"0198c0de-1234-7abc-8def-0123456789ab\",\"sha256\":"
        "\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\",\"rows\":"
        "\"18446744073709551615\"}";
    expect_round_trip(state, &facts__v1__import_batch_recorded__descriptor, batch, batch);
    const char part[] = "{\"personId\":\"p\",\"values\":{\"phones\":[\"1\",\"2\"],\"birthday\":"
                        "\"--02-29\"}}";
    expect_round_trip(state, &ledger__v1__personal_part__descriptor, part, part);
    const char sealed[] = "{\"personId\":\"p\",\"sealed\":\"AAECAw==\"}";
    expect_round_trip(state, &ledger__v1__personal_part__descriptor, sealed, sealed);
    const char fetch[] = "{\"fetch\":{\"eventIds\":[\"0198c0de-1234-7abc-8def-0123456789ab\"]}}";
    expect_round_trip(state, &ledger__v1__request__descriptor, fetch, fetch);
}

static void other_spellings_are_taken(void **state) {
    const struct ProtobufCMessageDescriptor *visit = &facts__v1__visit_reported__descriptor;
    expect_round_trip(state, visit, "{\"visit_id\":\"9\",\"client_id\":null}",
                      "{\"visitId\":\"9\"}");
    expect_round_trip(state, visit, "{\"channel\":5,\"samples\":[{\"qty\":12}]}",
                      "{\"channel\":\"MEETING\",\"samples\":[{\"qty\":\"12\"}]}");
    expect_round_trip(state, visit, "{\"details\":[{\"order\":\"3\"},{\"order\":4.0}]}",
                      "{\"details\":[{\"order\":3},{\"order\":4}]}");
    expect_round_trip(state, visit, "{\"started\":\"2016-01-02 00:30:00.5Z\"}",
                      "{\"started\":\"2016-01-02T00:30:00.500Z\"}");
    expect_round_trip(state, &ledger__v1__personal_part__descriptor, "{\"plain\":{\"name\":\"N\"}}",
                      "{\"values\":{\"name\":\"N\"}}");
    expect_round_trip(state, &ledger__v1__personal_part__descriptor, "{\"sealed\":\"-_8\"}",
                      "{\"sealed\":\"+/8=\"}");
    expect_round_trip(state, &ledger__v1__occurred__descriptor, "\"unknown\"", "\"unknown\"");
    expect_round_trip(state, &ledger__v1__occurred__descriptor, "\"2013-08-01\"", "\"2013-08-01\"");
    expect_round_trip(state, &ledger__v1__occurred__descriptor, "\"2013-08-01T00:00:00-03:30\"",
                      "\"2013-08-01T00:00:00-03:30\"");
}

static void integers_have_their_range(void **state) {
    const struct {
        const ProtobufCMessageDescriptor *descriptor;
        const char *before, *number, *field;
        bool taken;
    } rows[] = {
        {&ledger__v1__money__descriptor, "minor", "9223372036854775807", "minor", true},
        {&ledger__v1__money__descriptor, "minor", "\"-9223372036854775808\"", "minor", true},
        {&ledger__v1__money__descriptor, "minor", "\"9223372036854775808\"", "minor", false},
        {&ledger__v1__money__descriptor, "minor", "1.5", "minor", false},
        {&ledger__v1__money__descriptor, "minor", "1e3", "minor", true},
        {&ledger__v1__money__descriptor, "minor", "1e300", "minor", false},
        {&ledger__v1__money__descriptor, "minor", "\"1.0\"", "minor", false},
        {&ledger__v1__money__descriptor, "minor", "\"\"", "minor", false},
        {&ledger__v1__money__descriptor, "minor", "true", "minor", false},
        {&ledger__v1__geo_point__descriptor, "latE7", "2147483647", "lat_e7", true},
        {&ledger__v1__geo_point__descriptor, "latE7", "2147483648", "lat_e7", false},
        {&ledger__v1__geo_point__descriptor, "latE7", "\"-2147483649\"", "lat_e7", false},
        {&ledger__v1__event__descriptor, "schemaVersion", "4294967295", "schema_version", true},
        {&ledger__v1__event__descriptor, "schemaVersion", "4294967296", "schema_version", false},
        {&ledger__v1__event__descriptor, "schemaVersion", "-1", "schema_version", false},
        {&ledger__v1__expected_version__descriptor, "version", "\"18446744073709551615\"",
         "version", true},
        {&ledger__v1__expected_version__descriptor, "version", "\"18446744073709551616\"",
         "version", false},
        {&ledger__v1__expected_version__descriptor, "version", "-1", "version", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[100];
        snprintf(text, sizeof text, "{\"%s\":%s}", rows[i].before, rows[i].number);
        ProtobufCMessage *message;
        struct ledger_error error = {0};
        enum ledger_err err = decode(state, text, rows[i].descriptor, &message, &error);
        if ((err == LEDGER_E_OK) != rows[i].taken)
            fail_msg("%s: %s", text, error.message);
        if (!rows[i].taken) {
            assert_int_equal(err, LEDGER_E_INVALID_VALUE);
            assert_string_equal(error.field, rows[i].field);
        }
    }
}

static void what_does_not_fit_is_refused_with_its_path(void **state) {
    const struct {
        const char *text;
        enum ledger_err err;
        const char *field, *message;
    } rows[] = {
        {"{\"bogus\":1}", LEDGER_E_UNKNOWN_FIELD, "bogus", "VisitReported has no such field"},
        {"{\"details\":[{},{\"bogus\":null}]}", LEDGER_E_UNKNOWN_FIELD, "details[1].bogus",
         "Detail"},
        {"{\"VisitId\":\"9\"}", LEDGER_E_UNKNOWN_FIELD, "VisitId", ""},
        {"{\"visitId\":\"9\",\"visit_id\":\"9\"}", LEDGER_E_INVALID_VALUE, "visit_id", "twice"},
        {"{\"visitId\":9}", LEDGER_E_INVALID_VALUE, "visit_id", "takes a text, not a number"},
        {"{\"visitId\":\"a\\u0000b\"}", LEDGER_E_EMBEDDED_NUL, "visit_id", ""},
        {"{\"channel\":\"PIGEON\"}", LEDGER_E_INVALID_VALUE, "channel",
         "\"PIGEON\" is none of CALL, EMAIL, SMS, CHAT, MEETING, WEB, SELF_SERVICE"},
        {"{\"channel\":99}", LEDGER_E_INVALID_VALUE, "channel", "no value 99"},
        {"{\"channel\":true}", LEDGER_E_INVALID_VALUE, "channel", ""},
        {"{\"details\":{}}", LEDGER_E_INVALID_VALUE, "details", "takes an array, not an object"},
        {"{\"details\":[null]}", LEDGER_E_INVALID_VALUE, "details[0]", "null"},
        {"{\"details\":[{},{\"productId\":[]}]}", LEDGER_E_INVALID_VALUE, "details[1].product_id",
         ""},
        {"{\"expense\":\"6.91\"}", LEDGER_E_INVALID_VALUE, "expense", "takes an object"},
        {"{\"started\":\"2016-01-02\"}", LEDGER_E_INVALID_TIME, "started",
         "\"2016-01-02\" is not an instant with its offset"},
        {"{\"started\":5}", LEDGER_E_INVALID_TIME, "started", ""},
        {"[]", LEDGER_E_INVALID_VALUE, "", "takes an object, not an array"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ProtobufCMessage *message;
        struct ledger_error error = {0};
        assert_int_equal(
            decode(state, rows[i].text, &facts__v1__visit_reported__descriptor, &message, &error),
            rows[i].err);
        assert_string_equal(error.field, rows[i].field);
        assert_non_null(strstr(error.message, rows[i].message));
    }
}

static void bytes_and_oneofs_are_refused_too(void **state) {
    const struct {
        const ProtobufCMessageDescriptor *descriptor;
        const char *text, *field;
    } rows[] = {
        {&facts__v1__import_batch_recorded__descriptor, "{\"batchId\":\"AAAA\"}", "batch_id"},
        {&facts__v1__import_batch_recorded__descriptor, "{\"sha256\":\"00\"}", "sha256"},
        {&facts__v1__import_batch_recorded__descriptor, "{\"mapSha256\":7}", "map_sha256"},
        {&ledger__v1__personal_part__descriptor, "{\"sealed\":\"A\"}", "sealed"},
        {&ledger__v1__personal_part__descriptor, "{\"sealed\":\"AB==\"}", "sealed"},
        {&ledger__v1__personal_part__descriptor, "{\"sealed\":\"AAA?\"}", "sealed"},
        {&ledger__v1__personal_part__descriptor, "{\"sealed\":\"AA=A\"}", "sealed"},
        {&ledger__v1__personal_part__descriptor, "{\"sealed\":\"AAAA\",\"values\":{}}", "plain"},
        {&ledger__v1__personal_part__descriptor, "{\"plain\":{},\"values\":{}}", "plain"},
        {&facts__v1__visit_checked_in__descriptor, "{\"mock\":\"true\"}", "mock"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ProtobufCMessage *message;
        struct ledger_error error = {0};
        assert_int_equal(decode(state, rows[i].text, rows[i].descriptor, &message, &error),
                         LEDGER_E_INVALID_VALUE);
        assert_string_equal(error.field, rows[i].field);
    }
}

static void text_that_is_not_utf8_can_still_be_shown(void **state) {
    (void)state;
    Ledger__V1__Subject subject = LEDGER__V1__SUBJECT__INIT;
    subject.kind = (char *)"a\xFFz\u20AC\xE2\x82";
    json_t *json = ledger_json_from_message(&subject.base);
    char *shown = json_dumps(json, JSON_COMPACT);
    assert_string_equal(shown, "{\"kind\":\"a\uFFFDz\u20AC\uFFFD\uFFFD\"}");
    free(shown);
    json_decref(json);
}

// ---- events

static struct ledger_event_bytes event_from(void **state, const char *text) {
    json_t *json = parse(text);
    struct ledger_event_bytes bytes;
    struct ledger_error error = {0};
    if (ledger_event_from_json(json, *state, &bytes, &error))
        fail_msg("%s: %s: %s", text, error.field, error.message);
    json_decref(json);
    return bytes;
}

// The record that the ledger would make of the event, as JSON; to be freed.
static char *record_of(void **state, const char *text) {
    struct ledger_event_bytes bytes = event_from(state, text);
    struct ledger_record_parts parts = {
        .position = 18222,
        .recorded_at = 1772366400000001,
        .stream_version = 2,
        .principal = ledger_span_text("importer"),
        .event = bytes.event,
        .personal = bytes.personal,
        .personal_count = bytes.personal_count,
    };
    size_t size = ledger_record_size(&parts);
    uint8_t *place = ledger_arena_alloc(*state, size);
    ledger_record_write(&parts, place);
    ProtobufCMessage *message;
    assert_int_equal(ledger_message_unpack(&ledger__v1__record__descriptor,
                                           ledger_span_of(place, size), LEDGER_RECORD_SIZE_MAX,
                                           *state, &message, NULL),
                     LEDGER_E_OK);
    json_t *json = ledger_record_to_json((const Ledger__V1__Record *)message, *state);
    char *shown = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    assert_non_null(shown);
    return shown;
}

#define HEADER                                                                                     \
    "{\"position\":\"18222\",\"recordedAt\":\"2026-03-01T12:00:00.000001Z\",\"streamVersion\":"    \
    "\"2\",\"principal\":\"importer\","
#define ID "\"eventId\":\"0198c0de-1234-7abc-8def-0123456789ab\","

static void records_show_what_events_stated(void **state) {
    const char *const events[] = {
        ID "\"stream\":\"visit/9\",\"type\":\"VisitReported\",\"schemaVersion\":1,"
           "\"occurred\":\"2026-03-01\",\"actor\":\"7\",\"subjects\":[{\"kind\":\"client\",\"id\":"
           "\"42\"}],\"source\":{\"system\":\"crm\",\"recordId\":\"r\"},\"payload\":{\"visitId\":"
           "\"9\",\"details\":[{\"order\":1}]},\"personal\":[{\"personId\":\"p1\",\"values\":{"
           "\"name\":\"N\"}},{\"personId\":\"p2\",\"values\":{}}]}",
        ID "\"stream\":\"a/1\",\"type\":\"ext.acme.Thing\",\"schemaVersion\":3,\"payload\":"
           "\"AP8=\"}",
        ID "\"stream\":\"a/1\",\"type\":\"ext.acme.Thing\",\"schemaVersion\":3,\"payload\":{"
           "\"b\":[1,null],\"a\":\"é\"}}",
        ID "\"stream\":\"a/1\",\"type\":\"VisitReported\",\"schemaVersion\":1,\"payload\":{}}",
        ID "\"stream\":\"a/1\",\"type\":\"VisitReported\",\"schemaVersion\":1}",
        ID "\"stream\":\"visit/9\",\"type\":\"FactCorrected\",\"schemaVersion\":1,"
           "\"correctsEventId\":\"0198c0de-1234-7abc-8def-0123456789aa\",\"reason\":\"typo\","
           "\"payload\":{\"type\":\"VisitReported\",\"occurred\":\"2026-02-28\",\"payload\":{"
           "\"visitId\":\"9\",\"clientId\":\"43\"}}}",
        ID "\"stream\":\"visit/9\",\"type\":\"FactCorrected\",\"schemaVersion\":1,"
           "\"payload\":{\"type\":\"ext.acme.Thing\",\"payload\":\"AP8=\"}}",
    };
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        struct ledger_buffer in = {0}, out = {0};
        ledger_buffer_printf(&in, "{%s", events[i]);
        ledger_buffer_printf(&out, HEADER "%s", events[i]);
        char *shown = record_of(state, ledger_buffer_text(&in));
        assert_string_equal(shown, ledger_buffer_text(&out));
        free(shown);
        ledger_buffer_fini(&in);
        ledger_buffer_fini(&out);
    }
}

static void absent_ids_and_versions_are_made(void **state) {
    struct ledger_event_bytes bytes = event_from(state, "{\"type\":\"VisitReported\"}");
    ProtobufCMessage *message;
    assert_int_equal(ledger_message_unpack(&ledger__v1__event__descriptor, bytes.event, 1000,
                                           *state, &message, NULL),
                     LEDGER_E_OK);
    const Ledger__V1__Event *event = (const Ledger__V1__Event *)message;
    assert_int_equal(event->schema_version, 1);
    assert_int_equal(event->event_id.len, 16);
    assert_int_equal(event->event_id.data[6] >> 4, 7);
    assert_false(event->has_payload);
    assert_int_equal(bytes.personal_count, 0);
}

static void events_are_packed_the_one_way(void **state) {
    static const uint8_t golden[] = {
        0x0a, 16,   0x01, 0x98, 0xc0, 0xde, 0x12, 0x34, 0x7a, 0xbc, 0x8d, 0xef, 0x01, 0x23,
        0x45, 0x67, 0x89, 0xab,                              // event_id
        0x12, 7,    'v',  'i',  's',  'i',  't',  '/',  '9', // stream
        0x1a, 12,   'V',  'i',  's',  'i',  't',  'P',  'l',  'a',  'n',  'n',  'e',  'd', // type
        0x20, 1,                                        // schema_version
        0x2a, 6,    0x12, 4,    0x08, 0xdc, 0xf8, 0x01, // occurred: a date, zigzag of 15918
        0x32, 1,    '7',                                // actor
        0x82, 0x01, 3,    0x0a, 1,    '9',              // payload
    };
    struct ledger_event_bytes bytes = event_from(
        state, "{\"payload\":{\"visit_id\":\"9\"},\"actor\":\"7\",\"occurred\":\"2013-08-01\","
               "\"type\":\"VisitPlanned\",\"stream\":\"visit/9\","
               "\"eventId\":\"0198C0DE-1234-7ABC-8DEF-0123456789AB\"}");
    assert_int_equal(bytes.event.size, sizeof golden);
    assert_memory_equal(bytes.event.data, golden, sizeof golden);
}

static void events_that_cannot_be_read_are_refused(void **state) {
    const struct {
        const char *text;
        enum ledger_err err;
        const char *field;
    } rows[] = {
        {"[]", LEDGER_E_INVALID_VALUE, ""},
        {"{}", LEDGER_E_MISSING_FIELD, "type"},
        {"{\"type\":\"NoSuchThing\",\"payload\":{}}", LEDGER_E_UNKNOWN_TYPE, "type"},
        {"{\"type\":\"VisitReported\",\"bogus\":1}", LEDGER_E_UNKNOWN_FIELD, "bogus"},
        {"{\"type\":\"VisitReported\",\"payload\":{\"bogus\":1}}", LEDGER_E_UNKNOWN_FIELD,
         "payload.bogus"},
        {"{\"type\":\"VisitReported\",\"payload\":[]}", LEDGER_E_INVALID_VALUE, "payload"},
        {"{\"type\":\"VisitReported\",\"payload\":\"CgE5\"}", LEDGER_E_INVALID_VALUE, "payload"},
        {"{\"type\":\"ext.acme.Thing\",\"payload\":[]}", LEDGER_E_INVALID_VALUE, "payload"},
        {"{\"type\":\"ext.acme.Thing\",\"payload\":\"?\"}", LEDGER_E_INVALID_VALUE, "payload"},
        {"{\"type\":\"VisitReported\",\"occurred\":\"yesterday\"}", LEDGER_E_INVALID_TIME,
         "occurred"},
        {"{\"type\":\"VisitReported\",\"eventId\":\"x\"}", LEDGER_E_INVALID_VALUE, "event_id"},
        {"{\"type\":\"VisitReported\",\"subjects\":[{\"kind\":\"client\",\"id\":42}]}",
         LEDGER_E_INVALID_VALUE, "subjects[0].id"},
        {"{\"type\":\"VisitReported\",\"personal\":{}}", LEDGER_E_INVALID_VALUE, "personal"},
        {"{\"type\":\"VisitReported\",\"personal\":[{},{\"bogus\":1}]}", LEDGER_E_UNKNOWN_FIELD,
         "personal[1].bogus"},
        {"{\"type\":\"FactCorrected\",\"payload\":{\"payload\":{}}}", LEDGER_E_MISSING_FIELD,
         "payload.type"},
        {"{\"type\":\"FactCorrected\",\"payload\":{\"type\":\"NoSuch\",\"payload\":{}}}",
         LEDGER_E_UNKNOWN_TYPE, "payload.type"},
        {"{\"type\":\"FactCorrected\",\"payload\":{\"type\":\"VisitReported\",\"payload\":{"
         "\"details\":[{\"order\":-1}]}}}",
         LEDGER_E_INVALID_VALUE, "payload.payload.details[0].order"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_t *json = parse(rows[i].text);
        struct ledger_event_bytes bytes;
        struct ledger_error error = {0};
        assert_int_equal(ledger_event_from_json(json, *state, &bytes, &error), rows[i].err);
        assert_string_equal(error.field, rows[i].field);
        json_decref(json);
    }
}

static void a_payload_that_cannot_be_decoded_is_shown_as_bytes(void **state) {
    Ledger__V1__Event event = LEDGER__V1__EVENT__INIT;
    Ledger__V1__Record record = LEDGER__V1__RECORD__INIT;
    record.event = &event;
    event.type = (char *)"VisitReported";
    event.has_payload = 1;
    event.payload = (ProtobufCBinaryData){1, (uint8_t *)"\xFF"};
    json_t *json = ledger_record_to_json(&record, *state);
    assert_string_equal(json_string_value(json_object_get(json, "payloadBase64")), "/w==");
    assert_memory_equal(json_string_value(json_object_get(json, "payloadError")),
                        "malformed: ", 11);
    assert_null(json_object_get(json, "payload"));
    json_decref(json);
    event.type = (char *)"NoSuchThing";
    json = ledger_record_to_json(&record, *state);
    assert_memory_equal(json_string_value(json_object_get(json, "payloadError")),
                        "unknown_type: ", 14);
    json_decref(json);
}

// Every type of the table can be written as JSON and read again.
static void every_fact_type_has_a_json_form(void **state) {
    for (int i = 0; i < LEDGER_FACT_COUNT; i++) {
        const struct ledger_fact_type *type = ledger_fact_at((enum ledger_fact)i);
        struct ledger_buffer text = {0};
        ledger_buffer_printf(&text, "{\"type\":\"%s\",\"stream\":\"a/1\",\"payload\":{}}",
                             type->name);
        char *shown = record_of(state, ledger_buffer_text(&text));
        assert_non_null(strstr(shown, "\"payload\":{}"));
        free(shown);
        ledger_buffer_fini(&text);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_arena, free_arena)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(messages_survive_json_and_wire),
        TEST(other_spellings_are_taken),
        TEST(integers_have_their_range),
        TEST(what_does_not_fit_is_refused_with_its_path),
        TEST(bytes_and_oneofs_are_refused_too),
        TEST(text_that_is_not_utf8_can_still_be_shown),
        TEST(records_show_what_events_stated),
        TEST(absent_ids_and_versions_are_made),
        TEST(events_are_packed_the_one_way),
        TEST(events_that_cannot_be_read_are_refused),
        TEST(a_payload_that_cannot_be_decoded_is_shown_as_bytes),
        TEST(every_fact_type_has_a_json_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
