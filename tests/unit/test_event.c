// What an event and a personal part must hold to: one table of changes to events that pass.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "ledger/envelope.h"
#include "ledger/json.h"
#include "ledger/limits.h"
#include "ledger/view.h"

// 2026-03-01T12:00:00Z
static const int64_t now = INT64_C(1772366400000000);

static const char visit[] =
    "{\"eventId\":\"0198c0de-1234-7abc-8def-0123456789ab\",\"type\":\"VisitReported\","
    "\"stream\":\"visit/9\",\"occurred\":\"2026-03-01T10:00:00+01:00\",\"actor\":\"7\","
    "\"subjects\":[{\"kind\":\"visit\",\"id\":\"9\"},{\"kind\":\"client\",\"id\":\"42\"}],"
    "\"payload\":{\"visitId\":\"9\",\"clientId\":\"42\"}}";
static const char correction[] =
    "{\"eventId\":\"0198c0de-1234-7abc-8def-0123456789ac\",\"type\":\"FactCorrected\","
    "\"stream\":\"visit/9\",\"occurred\":\"2026-03-01\",\"actor\":\"7\",\"reason\":\"typo\","
    "\"correctsEventId\":\"0198c0de-1234-7abc-8def-0123456789ab\",\"payload\":{"
    "\"type\":\"VisitReported\",\"occurred\":\"2026-02-28\","
    "\"payload\":{\"visitId\":\"9\",\"clientId\":\"43\"}}}";
static const char retraction[] =
    "{\"eventId\":\"0198c0de-1234-7abc-8def-0123456789ad\",\"type\":\"FactRetracted\","
    "\"stream\":\"visit/9\",\"occurred\":\"unknown\",\"actor\":\"unknown\",\"reason\":\"typo\","
    "\"correctsEventId\":\"0198c0de-1234-7abc-8def-0123456789ab\"}";
static const char external[] =
    "{\"eventId\":\"0198c0de-1234-7abc-8def-0123456789ae\",\"type\":\"ext.acme.Thing\","
    "\"stream\":\"thing/1\",\"occurred\":\"2026-03-01\",\"actor\":\"7\",\"payload\":\"AP8=\"}";

static int make_arena(void **state) {
    *state = ledger_arena_new(0);
    return *state ? 0 : -1;
}

static int free_arena(void **state) {
    ledger_arena_free(*state);
    return 0;
}

// The event in `base` with the keys of `change` put over it; null takes a key away.
static struct ledger_span changed(struct ledger_arena *arena, const char *base,
                                  const char *change) {
    json_t *json = json_loads(base, 0, NULL);
    json_t *over = json_loads(change, 0, NULL);
    assert_non_null(json);
    assert_non_null(over);
    assert_int_equal(json_object_update(json, over), 0);
    struct ledger_event_bytes bytes;
    struct ledger_error error = {0};
    if (ledger_event_from_json(json, arena, &bytes, &error))
        fail_msg("%s: %s: %s", change, error.field, error.message);
    json_decref(json);
    json_decref(over);
    return bytes.event;
}

static void assert_text(struct ledger_span got, const char *text) {
    assert_true(ledger_span_equal(got, ledger_span_text(text)));
}

static void assert_optional(struct ledger_span got, const char *text) {
    assert_text(got, text ? text : "");
}

static void assert_bytes(struct ledger_span got, const ProtobufCBinaryData *bytes) {
    assert_true(ledger_span_equal(got, ledger_span_of(bytes->data, bytes->len)));
}

static void assert_moment(const struct ledger_moment *got, struct ledger_moment expected) {
    assert_int_equal(got->when, expected.when);
    assert_int_equal(got->micros, expected.micros);
    assert_int_equal(got->offset_minutes, expected.offset_minutes);
    assert_int_equal(got->day, expected.day);
}

// Decoded in place, an event shows what protobuf-c unpacked.
static void expect_same_view(struct ledger_arena *arena, struct ledger_span bytes,
                             const Ledger__V1__Event *event) {
    struct ledger_event_view view;
    assert_int_equal(ledger_event_view_read(bytes, arena, &view), LEDGER_E_OK);
    assert_bytes(view.event_id, &event->event_id);
    assert_text(view.stream, event->stream);
    assert_text(view.type, event->type);
    assert_int_equal(view.schema_version, event->schema_version);
    assert_moment(&view.occurred, ledger_moment_of(event->occurred));
    assert_text(view.actor, event->actor);
    assert_optional(view.on_behalf_of, event->on_behalf_of);
    assert_int_equal(view.subject_count, event->n_subjects);
    for (size_t i = 0; i < event->n_subjects; i++) {
        assert_text(view.subjects[i].kind, event->subjects[i]->kind);
        assert_text(view.subjects[i].id, event->subjects[i]->id);
        assert_optional(view.subjects[i].role, event->subjects[i]->role);
    }
    const Ledger__V1__Source *source = event->source;
    assert_optional(view.source_system, source ? source->system : NULL);
    assert_optional(view.source_record_id, source ? source->record_id : NULL);
    if (source && source->recorded_at)
        assert_moment(&view.source_recorded_at,
                      ledger_moment_instant(source->recorded_at->micros,
                                            source->recorded_at->utc_offset_minutes));
    assert_bytes(view.correlation_id, &event->correlation_id);
    assert_bytes(view.causation_id, &event->causation_id);
    assert_optional(view.territory, event->territory);
    assert_int_equal(view.has_geo, event->geo != NULL);
    assert_int_equal(view.lat_e7, event->geo ? event->geo->lat_e7 : 0);
    assert_int_equal(view.lon_e7, event->geo ? event->geo->lon_e7 : 0);
    assert_bytes(view.corrects_event_id, &event->corrects_event_id);
    assert_optional(view.reason, event->reason);
    assert_bytes(view.payload, &event->payload);
}

// The quick check says what the thorough one said, and its spans show what that unpacked.
static void expect_same_envelope(struct ledger_arena *arena, struct ledger_span bytes,
                                 enum ledger_err err, const Ledger__V1__Event *event) {
    struct ledger_envelope envelope;
    struct ledger_error error = {0};
    assert_int_equal(ledger_envelope_check(bytes, now, arena, &envelope, &error), err);
    if (err != LEDGER_E_OK)
        return;
    assert_memory_equal(envelope.event_id.data, event->event_id.data, 16);
    assert_text(envelope.stream, event->stream);
    assert_text(envelope.type, event->type);
    assert_text(envelope.actor, event->actor);
    assert_int_equal(envelope.correlation_id.size, event->correlation_id.len);
    assert_int_equal(envelope.subject_count, event->n_subjects);
    for (size_t i = 0; i < event->n_subjects; i++) {
        assert_text(envelope.subjects[i].kind, event->subjects[i]->kind);
        assert_text(envelope.subjects[i].id, event->subjects[i]->id);
    }
    expect_same_view(arena, bytes, event);
}

static void expect(struct ledger_arena *arena, struct ledger_span bytes, enum ledger_err err,
                   const char *field, const char *what) {
    struct ledger_error error = {0};
    Ledger__V1__Event *event = NULL;
    enum ledger_err got = ledger_event_check(bytes, now, arena, &event, &error);
    if (got != err || strcmp(error.field, field) != 0)
        fail_msg("%s: %s at \"%s\" (%s)", what, ledger_err_code(got), error.field, error.message);
    assert_int_equal(got == LEDGER_E_OK, event != NULL);
    expect_same_envelope(arena, bytes, got, event);
}

struct row {
    const char *base, *change;
    enum ledger_err err;
    const char *field;
};

static void expect_rows(struct ledger_arena *arena, const struct row *rows, size_t count) {
    for (size_t i = 0; i < count; i++)
        expect(arena, changed(arena, rows[i].base, rows[i].change), rows[i].err, rows[i].field,
               rows[i].change);
}
#define EXPECT_ROWS(arena, rows) expect_rows(arena, rows, sizeof(rows) / sizeof(rows)[0])

static void the_envelope_is_checked(void **state) {
    const struct row rows[] = {
        {visit, "{}", LEDGER_E_OK, ""},
        {visit, "{\"eventId\":\"00000000-0000-0000-0000-000000000000\"}", LEDGER_E_INVALID_VALUE,
         "event_id"},
        {visit, "{\"stream\":null}", LEDGER_E_MISSING_FIELD, "stream"},
        {visit, "{\"stream\":\"\"}", LEDGER_E_MISSING_FIELD, "stream"},
        {visit, "{\"stream\":\"visit\"}", LEDGER_E_INVALID_VALUE, "stream"},
        {visit, "{\"stream\":\"visit/\"}", LEDGER_E_INVALID_VALUE, "stream"},
        {visit, "{\"stream\":\"/9\"}", LEDGER_E_INVALID_VALUE, "stream"},
        {visit, "{\"stream\":\"visit/9/more\"}", LEDGER_E_OK, ""},
        {visit, "{\"actor\":null}", LEDGER_E_MISSING_FIELD, "actor"},
        {visit, "{\"actor\":\"\"}", LEDGER_E_MISSING_FIELD, "actor"},
        {visit, "{\"occurred\":null}", LEDGER_E_MISSING_FIELD, "occurred"},
        {visit, "{\"subjects\":[{\"kind\":\"visit\"}]}", LEDGER_E_MISSING_FIELD, "subjects[0].id"},
        {visit, "{\"subjects\":[{\"kind\":\"visit\",\"id\":\"9\"},{\"id\":\"9\"}]}",
         LEDGER_E_MISSING_FIELD, "subjects[1].kind"},
        {visit, "{\"territory\":\"north\",\"onBehalfOf\":\"8\",\"source\":{\"system\":\"crm\"}}",
         LEDGER_E_OK, ""},
        {visit, "{\"geo\":{\"latE7\":900000001,\"lonE7\":0}}", LEDGER_E_INVALID_VALUE,
         "geo.lat_e7"},
        {visit, "{\"source\":{\"recordedAt\":\"1899-12-31T00:00:00Z\"}}", LEDGER_E_INVALID_TIME,
         "source.recorded_at"},
        {external, "{}", LEDGER_E_OK, ""},
        {external, "{\"payload\":null}", LEDGER_E_OK, ""},
    };
    EXPECT_ROWS(*state, rows);
}

static void every_text_has_its_limit(void **state) {
    const struct {
        const char *before, *after, *field;
        size_t size_max;
    } rows[] = {
        {"{\"stream\":\"visit/", "\"}", "stream", LEDGER_STREAM_SIZE_MAX - 6},
        {"{\"actor\":\"", "\"}", "actor", LEDGER_ID_SIZE_MAX},
        {"{\"onBehalfOf\":\"", "\"}", "on_behalf_of", LEDGER_ID_SIZE_MAX},
        {"{\"territory\":\"", "\"}", "territory", LEDGER_ID_SIZE_MAX},
        {"{\"reason\":\"", "\"}", "reason", LEDGER_REASON_SIZE_MAX},
        {"{\"source\":{\"system\":\"", "\"}}", "source.system", LEDGER_SYSTEM_SIZE_MAX},
        {"{\"source\":{\"recordId\":\"", "\"}}", "source.record_id", LEDGER_ID_SIZE_MAX},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t over = 0; over < 2; over++) {
            char filler[600], change[800];
            size_t size = rows[i].size_max + over;
            memset(filler, 'x', size);
            filler[size] = '\0';
            snprintf(change, sizeof change, "%s%s%s", rows[i].before, filler, rows[i].after);
            expect(*state, changed(*state, visit, change), over ? LEDGER_E_TOO_LARGE : LEDGER_E_OK,
                   over ? rows[i].field : "", change);
        }
    }
}

static void subjects_are_counted(void **state) {
    struct ledger_buffer buffer = {0};
    ledger_buffer_add_text(&buffer, "{\"subjects\":[{\"kind\":\"visit\",\"id\":\"9\"}");
    for (int i = 2; i <= LEDGER_SUBJECTS_MAX; i++)
        ledger_buffer_add_text(&buffer, ",{\"kind\":\"client\",\"id\":\"42\"}");
    size_t size = buffer.size;
    ledger_buffer_add_text(&buffer, "]}");
    expect(*state, changed(*state, visit, ledger_buffer_text(&buffer)), LEDGER_E_OK, "", "64");
    buffer.size = size;
    ledger_buffer_add_text(&buffer, ",{\"kind\":\"client\",\"id\":\"43\"}]}");
    expect(*state, changed(*state, visit, ledger_buffer_text(&buffer)), LEDGER_E_TOO_LARGE,
           "subjects", "65");
    ledger_buffer_fini(&buffer);
}

static void the_type_decides_about_the_rest(void **state) {
    const struct row rows[] = {
        {visit, "{\"stream\":\"client/42\"}", LEDGER_E_WRONG_CATEGORY, "stream"},
        {visit, "{\"payload\":null}", LEDGER_E_MISSING_FIELD, "payload.visit_id"},
        {visit, "{\"payload\":{\"visitId\":\"\",\"clientId\":\"42\"}}", LEDGER_E_MISSING_FIELD,
         "payload.visit_id"},
        {visit, "{\"payload\":{\"visitId\":\"9\"}}", LEDGER_E_MISSING_FIELD, "payload.client_id"},
        {visit,
         "{\"payload\":{\"visitId\":\"9\",\"clientId\":\"42\",\"expense\":{\"minor\":5,"
         "\"currency\":\"eur\"}}}",
         LEDGER_E_INVALID_VALUE, "payload.expense.currency"},
        {visit,
         "{\"payload\":{\"visitId\":\"9\",\"clientId\":\"42\",\"started\":"
         "\"1016-03-01T10:00:00Z\"}}",
         LEDGER_E_INVALID_TIME, "payload.started"},
        {visit, "{\"subjects\":[{\"kind\":\"visit\",\"id\":\"9\"}]}", LEDGER_E_MISSING_SUBJECT,
         "subjects"},
        {visit, "{\"subjects\":null}", LEDGER_E_MISSING_SUBJECT, "subjects"},
        // The kind is there, but it is not whom the payload names.
        {visit,
         "{\"subjects\":[{\"kind\":\"visit\",\"id\":\"9\"},{\"kind\":\"client\",\"id\":\"43\"}]}",
         LEDGER_E_MISSING_SUBJECT, "subjects"},
        // The value 0 of an enum is no value.
        {visit,
         "{\"type\":\"VisitCancelled\",\"payload\":{\"visitId\":\"9\",\"kind\":"
         "\"KIND_UNSPECIFIED\"}}",
         LEDGER_E_MISSING_FIELD, "payload.kind"},
        {visit,
         "{\"type\":\"VisitCancelled\",\"payload\":{\"visitId\":\"9\",\"kind\":\"NOT_HELD\"}}",
         LEDGER_E_OK, ""},
        // A repeated field that must be there is not empty.
        {visit,
         "{\"type\":\"PipelineDefined\",\"stream\":\"pipeline/1\",\"payload\":{\"pipelineId\":"
         "\"1\",\"stages\":[]}}",
         LEDGER_E_MISSING_FIELD, "payload.stages"},
    };
    EXPECT_ROWS(*state, rows);
}

#define DEAL(fields)                                                                               \
    "{\"type\":\"DealOpened\",\"stream\":\"deal/"                                                  \
    "7\",\"subjects\":[{\"kind\":\"deal\",\"id\":\"7\"}],"                                         \
    "\"payload\":{\"dealId\":\"7\",\"stage\":\"s\"," fields "}}"
#define TASK(pct)                                                                                  \
    "{\"type\":\"TaskProgressed\",\"stream\":\"task/"                                              \
    "7\",\"subjects\":[{\"kind\":\"task\",\"id\":\"7\"}],"                                         \
    "\"payload\":{\"taskId\":\"7\",\"pct\":" pct "}}"
#define TEN "1234567890"
#define ID_128 TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "12345678"

static void names_of_fields_limit_their_values(void **state) {
    const struct row rows[] = {
        {visit, DEAL("\"probabilityBp\":10000"), LEDGER_E_OK, ""},
        {visit, DEAL("\"probabilityBp\":10001"), LEDGER_E_INVALID_VALUE, "payload.probability_bp"},
        {visit, DEAL("\"enquiryId\":\"" ID_128 "\""), LEDGER_E_OK, ""},
        {visit, DEAL("\"enquiryId\":\"" ID_128 "9\""), LEDGER_E_TOO_LARGE, "payload.enquiry_id"},
        {visit, DEAL("\"productIds\":[\"1\",\"" ID_128 "9\"]"), LEDGER_E_TOO_LARGE,
         "payload.product_ids[1]"},
        {visit, DEAL("\"source\":\"" ID_128 "9\""), LEDGER_E_OK, ""}, // it is no id
        {visit, TASK("100"), LEDGER_E_OK, ""},
        {visit, TASK("101"), LEDGER_E_INVALID_VALUE, "payload.pct"},
    };
    EXPECT_ROWS(*state, rows);
}

static void times_lie_in_reach(void **state) {
    const struct row rows[] = {
        {visit, "{\"occurred\":\"unknown\"}", LEDGER_E_OK, ""},
        {visit, "{\"occurred\":\"1900-01-01\"}", LEDGER_E_OK, ""},
        {visit, "{\"occurred\":\"1899-12-31\"}", LEDGER_E_INVALID_TIME, "occurred"},
        {visit, "{\"occurred\":\"0001-01-01T00:00:00Z\"}", LEDGER_E_INVALID_TIME, "occurred"},
        {visit, "{\"occurred\":\"2026-03-02T12:00:00Z\"}", LEDGER_E_OK, ""},
        {visit, "{\"occurred\":\"2026-03-02T12:00:00.000001Z\"}", LEDGER_E_OCCURRED_IN_FUTURE,
         "occurred"},
        // It is 02:00 on 2 March in UTC+14.
        {visit, "{\"occurred\":\"2026-03-03\"}", LEDGER_E_OK, ""},
        {visit, "{\"occurred\":\"2026-03-04\"}", LEDGER_E_OCCURRED_IN_FUTURE, "occurred"},
        {visit, "{\"occurred\":\"9999-12-31\"}", LEDGER_E_OCCURRED_IN_FUTURE, "occurred"},
    };
    EXPECT_ROWS(*state, rows);
}

static void amendments_name_a_fact_and_a_reason(void **state) {
    const struct row rows[] = {
        {correction, "{}", LEDGER_E_OK, ""},
        {retraction, "{}", LEDGER_E_OK, ""},
        {retraction, "{\"stream\":\"anything/1\"}", LEDGER_E_OK, ""},
        {retraction, "{\"correctsEventId\":null}", LEDGER_E_MISSING_FIELD, "corrects_event_id"},
        {retraction, "{\"reason\":null}", LEDGER_E_MISSING_FIELD, "reason"},
        {correction, "{\"reason\":\"\"}", LEDGER_E_MISSING_FIELD, "reason"},
        {correction, "{\"correctsEventId\":\"0198c0de-1234-7abc-8def-0123456789ac\"}",
         LEDGER_E_INVALID_VALUE, "corrects_event_id"},
        {visit, "{\"correctsEventId\":\"0198c0de-1234-7abc-8def-0123456789ac\"}",
         LEDGER_E_INVALID_VALUE, "corrects_event_id"},
        {external, "{\"correctsEventId\":\"0198c0de-1234-7abc-8def-0123456789ac\"}",
         LEDGER_E_INVALID_VALUE, "corrects_event_id"},
        {visit, "{\"reason\":\"why not\"}", LEDGER_E_OK, ""},
    };
    EXPECT_ROWS(*state, rows);
}

static void a_replacement_passes_as_a_fact_would(void **state) {
    const struct row rows[] = {
        {correction, "{\"payload\":null}", LEDGER_E_MISSING_FIELD, "payload.type"},
        {correction, "{\"payload\":{\"type\":\"VisitReported\"}}", LEDGER_E_OK, ""},
        {correction, "{\"payload\":{\"type\":\"NoSuchThing\"}}", LEDGER_E_UNKNOWN_TYPE,
         "payload.type"},
        {correction, "{\"payload\":{\"type\":\"FactRetracted\"}}", LEDGER_E_INVALID_VALUE,
         "payload.type"},
        {correction, "{\"payload\":{\"type\":\"VisitReported\",\"payload\":{\"visitId\":\"9\"}}}",
         LEDGER_E_MISSING_FIELD, "payload.payload.client_id"},
        {correction, "{\"payload\":{\"type\":\"VisitReported\",\"occurred\":\"2026-03-09\"}}",
         LEDGER_E_OCCURRED_IN_FUTURE, "payload.occurred"},
        {correction, "{\"payload\":{\"type\":\"VisitReported\",\"occurred\":\"1026-03-09\"}}",
         LEDGER_E_INVALID_TIME, "payload.occurred"},
        {correction, "{\"payload\":{\"type\":\"ext.acme.Thing\",\"payload\":\"AP8=\"}}",
         LEDGER_E_OK, ""},
    };
    EXPECT_ROWS(*state, rows);
}

// What JSON cannot say is said with the message itself.
static struct ledger_span packed(struct ledger_arena *arena, const Ledger__V1__Event *event) {
    struct ledger_buffer buffer = {0};
    ledger_message_pack(&event->base, &buffer);
    assert_false(buffer.failed);
    struct ledger_span copy =
        ledger_span_of(ledger_arena_copy(arena, buffer.data, buffer.size), buffer.size);
    ledger_buffer_fini(&buffer);
    return copy;
}

static void what_only_bytes_can_say_is_checked(void **state) {
    ProtobufCMessage *message;
    assert_int_equal(ledger_message_unpack(&ledger__v1__event__descriptor,
                                           changed(*state, visit, "{}"), LEDGER_EVENT_SIZE_MAX,
                                           *state, &message, NULL),
                     LEDGER_E_OK);
    const Ledger__V1__Event good = *(Ledger__V1__Event *)message;

    Ledger__V1__Event event = good;
    event.has_event_id = 0;
    expect(*state, packed(*state, &event), LEDGER_E_MISSING_FIELD, "event_id", "no id");
    event = good;
    event.event_id.len = 15;
    expect(*state, packed(*state, &event), LEDGER_E_INVALID_VALUE, "event_id", "short id");
    event = good;
    event.has_causation_id = 1;
    expect(*state, packed(*state, &event), LEDGER_E_INVALID_VALUE, "causation_id", "empty id");
    event = good;
    event.type = NULL;
    expect(*state, packed(*state, &event), LEDGER_E_MISSING_FIELD, "type", "no type");
    event = good;
    event.type = (char *)"NoSuchThing";
    expect(*state, packed(*state, &event), LEDGER_E_UNKNOWN_TYPE, "type", "unknown type");
    event = good;
    event.type = (char *)"ext.acme";
    expect(*state, packed(*state, &event), LEDGER_E_UNKNOWN_TYPE, "type", "no external type");
    event = good;
    event.actor = (char *)"\xC3\x28";
    expect(*state, packed(*state, &event), LEDGER_E_INVALID_UTF8, "actor", "wrong UTF-8");
    event = good;
    event.payload = (ProtobufCBinaryData){3, (uint8_t *)"\x0a\x05x"};
    expect(*state, packed(*state, &event), LEDGER_E_MALFORMED, "payload", "cut payload");
    event.payload = (ProtobufCBinaryData){4, (uint8_t *)"\x0a\x02x\0"};
    expect(*state, packed(*state, &event), LEDGER_E_EMBEDDED_NUL, "payload.visit_id", "NUL");
    event.payload = (ProtobufCBinaryData){4, (uint8_t *)"\x0a\x02x\xFF"};
    expect(*state, packed(*state, &event), LEDGER_E_INVALID_UTF8, "payload.visit_id", "UTF-8");
    event = good;
    Ledger__V1__Occurred nothing = LEDGER__V1__OCCURRED__INIT;
    event.occurred = &nothing;
    expect(*state, packed(*state, &event), LEDGER_E_MISSING_FIELD, "occurred", "no time set");
    Ledger__V1__Date date = LEDGER__V1__DATE__INIT;
    nothing.when_case = LEDGER__V1__OCCURRED__WHEN_DATE;
    nothing.date = &date;
    expect(*state, packed(*state, &event), LEDGER_E_MISSING_FIELD, "occurred", "no days");

    event = good;
    event.type = (char *)"ext.acme.Thing";
    uint8_t *large = ledger_arena_calloc(*state, LEDGER_EVENT_SIZE_MAX);
    event.payload = (ProtobufCBinaryData){LEDGER_EVENT_SIZE_MAX, large};
    struct ledger_span bytes = packed(*state, &event);
    event.payload.len -= bytes.size - LEDGER_EVENT_SIZE_MAX;
    bytes = packed(*state, &event);
    assert_int_equal(bytes.size, LEDGER_EVENT_SIZE_MAX);
    expect(*state, bytes, LEDGER_E_OK, "", "as large as may be");
    event.payload.len++;
    expect(*state, packed(*state, &event), LEDGER_E_TOO_LARGE, "", "one more");
}

static void cut_anywhere(struct ledger_span whole) {
    struct ledger_arena *arena = ledger_arena_new(0);
    for (size_t size = 0; size < whole.size; size++) {
        struct ledger_error error;
        Ledger__V1__Event *event = NULL;
        const uint8_t *copy = ledger_arena_copy(arena, whole.data, size);
        enum ledger_err err =
            ledger_event_check(ledger_span_of(copy, size), now, arena, &event, &error);
        assert_int_not_equal(err, LEDGER_E_OK);
        expect_same_envelope(arena, ledger_span_of(copy, size), err, event);
        ledger_arena_reset(arena);
    }
    ledger_arena_free(arena);
}

static void an_event_cut_anywhere_is_refused(void **state) {
    cut_anywhere(changed(*state, correction, "{}"));
    cut_anywhere(changed(*state, visit, "{}"));
}

static void damaged_events_do_no_harm(void **state) {
    const struct ledger_span bases[] = {
        changed(*state, visit, "{}"), changed(*state, correction, "{}"),
        changed(*state, retraction, "{}"), changed(*state, external, "{}")};
    struct ledger_arena *arena = ledger_arena_new(0);
    uint64_t seed = 5;
    for (int i = 0; i < 100000; i++) {
        struct ledger_span whole = bases[i % 4];
        uint8_t *copy = ledger_arena_copy(arena, whole.data, whole.size);
        for (int flips = 0; flips < 2; flips++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
            copy[(seed >> 33) % whole.size] ^= (uint8_t)(1U << (seed >> 61));
        }
        struct ledger_error error;
        Ledger__V1__Event *event = NULL;
        enum ledger_err err =
            ledger_event_check(ledger_span_of(copy, whole.size), now, arena, &event, &error);
        assert_int_equal(err == LEDGER_E_OK, event != NULL);
        assert_int_not_equal(err, LEDGER_E_INTERNAL);
        expect_same_envelope(arena, ledger_span_of(copy, whole.size), err, event);
        ledger_arena_reset(arena);
    }
    ledger_arena_free(arena);
}

static void moments_come_from_occurred(void **state) {
    (void)state;
    assert_int_equal(ledger_moment_of(NULL).when, LEDGER_WHEN_UNKNOWN);
    Ledger__V1__Occurred occurred = LEDGER__V1__OCCURRED__INIT;
    assert_int_equal(ledger_moment_of(&occurred).when, LEDGER_WHEN_UNKNOWN);
    Ledger__V1__Instant instant = LEDGER__V1__INSTANT__INIT;
    instant.micros = -1;
    instant.utc_offset_minutes = 60;
    occurred.when_case = LEDGER__V1__OCCURRED__WHEN_INSTANT;
    occurred.instant = &instant;
    assert_int_equal(ledger_moment_of(&occurred).when, LEDGER_WHEN_INSTANT);
    assert_int_equal(ledger_moment_of(&occurred).micros, -1);
    assert_int_equal(ledger_moment_of(&occurred).day, 0);
}

static void personal_parts_are_checked(void **state) {
    const struct {
        const char *json;
        enum ledger_err err;
        const char *field;
    } rows[] = {
        {"{\"personId\":\"p1\",\"values\":{\"name\":\"N\",\"birthday\":\"--02-29\"}}", LEDGER_E_OK,
         ""},
        {"{\"personId\":\"p1\",\"values\":{\"birthday\":\"1990-12-31\"}}", LEDGER_E_OK, ""},
        {"{\"personId\":\"p1\",\"values\":{\"birthday\":\"--02-30\"}}", LEDGER_E_INVALID_TIME,
         "plain.birthday"},
        {"{\"personId\":\"p1\",\"values\":{\"birthday\":\"02-03\"}}", LEDGER_E_INVALID_TIME,
         "plain.birthday"},
        {"{\"personId\":\"p1\",\"values\":{\"birthday\":\"1990-02-29\"}}", LEDGER_E_INVALID_TIME,
         "plain.birthday"},
        {"{\"values\":{}}", LEDGER_E_MISSING_FIELD, "person_id"},
        {"{\"personId\":\"\",\"values\":{}}", LEDGER_E_MISSING_FIELD, "person_id"},
        {"{\"personId\":\"p1\"}", LEDGER_E_MISSING_FIELD, "plain"},
        {"{\"personId\":\"p1\",\"sealed\":\"AAAA\"}", LEDGER_E_INVALID_VALUE, "sealed"},
        {"{\"personId\":\"p1\",\"values\":{\"track\":[{\"latE7\":1,\"lonE7\":2},{\"latE7\":1}]}}",
         LEDGER_E_MISSING_FIELD, "plain.track[1].lon_e7"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_t *json = json_loads(rows[i].json, 0, NULL);
        assert_non_null(json);
        ProtobufCMessage *part;
        struct ledger_error error = {0};
        assert_int_equal(ledger_json_to_message(json, &ledger__v1__personal_part__descriptor,
                                                *state, &part, &error),
                         LEDGER_E_OK);
        json_decref(json);
        struct ledger_buffer buffer = {0};
        ledger_message_pack(part, &buffer);
        assert_int_equal(ledger_personal_check(ledger_buffer_span(&buffer), *state, &error),
                         rows[i].err);
        assert_string_equal(error.field, rows[i].field);
        ledger_buffer_fini(&buffer);
    }
    uint8_t *large = ledger_arena_calloc(*state, LEDGER_PERSONAL_SIZE_MAX + 1);
    assert_int_equal(
        ledger_personal_check(ledger_span_of(large, LEDGER_PERSONAL_SIZE_MAX + 1), *state, NULL),
        LEDGER_E_TOO_LARGE);
}

// A packed part that is `size` bytes long in a record, tag and length included.
static struct ledger_span part_of_size(struct ledger_arena *arena, size_t size) {
    char *value = ledger_arena_calloc(arena, size + 1);
    memset(value, 'x', size);
    for (size_t length = size;; length--) {
        Ledger__V1__PersonalValues values = LEDGER__V1__PERSONAL_VALUES__INIT;
        Ledger__V1__PersonalPart part = LEDGER__V1__PERSONAL_PART__INIT;
        value[length] = '\0';
        values.value = value;
        part.person_id = "p";
        part.content_case = LEDGER__V1__PERSONAL_PART__CONTENT_PLAIN;
        part.plain = &values;
        size_t packed = protobuf_c_message_get_packed_size(&part.base);
        if (1 + ledger_varint_size(packed) + packed != size)
            continue;
        uint8_t *place = ledger_arena_alloc(arena, packed);
        return ledger_span_of(place, protobuf_c_message_pack(&part.base, place));
    }
}

static void expect_parts(struct ledger_arena *arena, const struct ledger_span *parts, size_t count,
                         enum ledger_err err, const char *field) {
    struct ledger_error error = {0};
    assert_int_equal(ledger_personal_parts_check(parts, count, arena, &error), err);
    assert_string_equal(error.field, field);
}

static void personal_parts_have_their_limits(void **state) {
    enum { MOST = LEDGER_SUBJECTS_MAX, HALF = LEDGER_PERSONAL_SIZE_MAX / 2 };
    struct ledger_span parts[MOST + 1];
    expect_parts(*state, NULL, 0, LEDGER_E_OK, "");
    for (size_t i = 0; i <= MOST; i++)
        parts[i] = part_of_size(*state, 32);
    expect_parts(*state, parts, MOST, LEDGER_E_OK, "");
    expect_parts(*state, parts, MOST + 1, LEDGER_E_TOO_LARGE, "personal");
    parts[2].size--;
    expect_parts(*state, parts, MOST, LEDGER_E_MALFORMED, "personal[2]");
    parts[2] = ledger_span_of("\x12\x00", 2); // values of nobody
    expect_parts(*state, parts, MOST, LEDGER_E_MISSING_FIELD, "personal[2].person_id");

    parts[0] = part_of_size(*state, HALF);
    parts[1] = part_of_size(*state, HALF);
    expect_parts(*state, parts, 2, LEDGER_E_OK, "");
    parts[1] = part_of_size(*state, HALF + 1);
    expect_parts(*state, parts, 2, LEDGER_E_TOO_LARGE, "personal");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_arena, free_arena)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_envelope_is_checked),
        TEST(every_text_has_its_limit),
        TEST(subjects_are_counted),
        TEST(the_type_decides_about_the_rest),
        TEST(names_of_fields_limit_their_values),
        TEST(times_lie_in_reach),
        TEST(amendments_name_a_fact_and_a_reason),
        TEST(a_replacement_passes_as_a_fact_would),
        TEST(what_only_bytes_can_say_is_checked),
        TEST(an_event_cut_anywhere_is_refused),
        TEST(damaged_events_do_no_harm),
        TEST(moments_come_from_occurred),
        TEST(personal_parts_are_checked),
        TEST(personal_parts_have_their_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
