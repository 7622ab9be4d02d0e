// Bytes: varints, records, unpacking, the checks every message gets, and the fact table.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "facts/v1/alert.pb-c.h"
#include "facts/v1/client.pb-c.h"
#include "facts/v1/communication.pb-c.h"
#include "facts/v1/deal.pb-c.h"
#include "facts/v1/document.pb-c.h"
#include "facts/v1/integration.pb-c.h"
#include "facts/v1/order.pb-c.h"
#include "facts/v1/people.pb-c.h"
#include "facts/v1/planning.pb-c.h"
#include "facts/v1/reference.pb-c.h"
#include "facts/v1/task.pb-c.h"
#include "facts/v1/visit.pb-c.h"
#include "ledger/event.h"
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

// ---- varints

static void varints_are_read_as_written(void **state) {
    (void)state;
    const uint64_t numbers[] = {
        0, 1, 127, 128, 16383, 16384, 1 << 21, UINT32_MAX, (uint64_t)1 << 63, UINT64_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        uint8_t bytes[10];
        uint8_t *end = ledger_varint_write(bytes, numbers[i]);
        size_t size = (size_t)(end - bytes);
        assert_int_equal(size, ledger_varint_size(numbers[i]));
        uint64_t read = 7;
        assert_ptr_equal(ledger_varint_read(bytes, end, &read), end);
        assert_true(read == numbers[i]);
        assert_null(ledger_varint_read(bytes, end - 1, &read));
    }
    const uint8_t endless[11] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    const uint8_t too_large[10] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 2};
    uint64_t read;
    assert_null(ledger_varint_read(endless, endless + 11, &read));
    assert_null(ledger_varint_read(too_large, too_large + 10, &read));
}

// ---- records

// An event and two personal parts, small enough to be written out.
static const uint8_t event_bytes[] = {0x12, 3, 'a', '/', '1', 0x1a, 1, 'T'};
static const uint8_t first_part[] = {0x0a, 1, 'p'};
static const uint8_t second_part[] = {0x0a, 1, 'q', 0x12, 0};

static const uint8_t golden_record[] = {
    0x09, 0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01,      // position
    0x11, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,      // recorded_at -2
    0x18, 0xac, 0x02,                                          // stream_version 300
    0x22, 0x03, 'b',  'o',  't',                               // principal
    0x2a, 0x08, 0x12, 0x03, 'a',  '/',  '1',  0x1a, 0x01, 'T', // event
    0x32, 0x03, 0x0a, 0x01, 'p',                               // personal
    0x32, 0x05, 0x0a, 0x01, 'q',  0x12, 0x00,                  // personal
};

static struct ledger_record_parts golden_parts(const struct ledger_span *personal) {
    return (struct ledger_record_parts){
        .position = UINT64_C(0x0102030405060708),
        .recorded_at = -2,
        .stream_version = 300,
        .principal = ledger_span_text("bot"),
        .event = ledger_span_of(event_bytes, sizeof event_bytes),
        .personal = personal,
        .personal_count = 2,
    };
}

static void a_record_is_written_byte_by_byte(void **state) {
    (void)state;
    const struct ledger_span personal[] = {ledger_span_of(first_part, sizeof first_part),
                                           ledger_span_of(second_part, sizeof second_part)};
    struct ledger_record_parts parts = golden_parts(personal);
    uint8_t written[128];
    assert_int_equal(ledger_record_size(&parts), sizeof golden_record);
    assert_ptr_equal(ledger_record_write(&parts, written), written + sizeof golden_record);
    assert_memory_equal(written, golden_record, sizeof golden_record);
}

static void protobuf_reads_the_record_the_same(void **state) {
    struct ledger_span bytes = ledger_span_of(golden_record, sizeof golden_record);
    ProtobufCMessage *message;
    assert_int_equal(ledger_message_unpack(&ledger__v1__record__descriptor, bytes,
                                           LEDGER_RECORD_SIZE_MAX, *state, &message, NULL),
                     LEDGER_E_OK);
    const Ledger__V1__Record *record = (const Ledger__V1__Record *)message;
    assert_true(record->position == UINT64_C(0x0102030405060708));
    assert_int_equal(record->recorded_at, -2);
    assert_int_equal(record->stream_version, 300);
    assert_string_equal(record->principal, "bot");
    assert_string_equal(record->event->stream, "a/1");
    assert_int_equal(record->n_personal, 2);
    assert_string_equal(record->personal[1]->person_id, "q");
    // And protobuf-c would write the same bytes.
    struct ledger_buffer buffer = {0};
    ledger_message_pack(message, &buffer);
    assert_true(ledger_span_equal(ledger_buffer_span(&buffer), bytes));
    ledger_buffer_fini(&buffer);
}

static void zeros_of_the_header_are_written_too(void **state) {
    (void)state;
    struct ledger_record_parts parts = {0}, split;
    uint8_t written[64];
    size_t size = (size_t)(ledger_record_write(&parts, written) - written);
    assert_int_equal(size, 22);
    assert_int_equal(ledger_record_size(&parts), 22);
    assert_int_equal(ledger_record_split(ledger_span_of(written, size), &split, NULL, NULL),
                     LEDGER_E_OK);
    assert_int_equal(split.event.size, 0);
    assert_int_equal(split.principal.size, 0);
}

static void a_record_is_split_into_what_it_was_made_of(void **state) {
    (void)state;
    struct ledger_record_parts parts;
    struct ledger_span personal[2];
    size_t count = 2;
    assert_int_equal(ledger_record_split(ledger_span_of(golden_record, sizeof golden_record),
                                         &parts, personal, &count),
                     LEDGER_E_OK);
    assert_true(parts.position == UINT64_C(0x0102030405060708));
    assert_int_equal(parts.recorded_at, -2);
    assert_int_equal(parts.stream_version, 300);
    assert_true(ledger_span_equal(parts.principal, ledger_span_text("bot")));
    assert_memory_equal(parts.event.data, event_bytes, sizeof event_bytes);
    assert_int_equal(count, 2);
    assert_int_equal(parts.personal_count, 2);
    assert_true(ledger_span_equal(personal[1], ledger_span_of(second_part, sizeof second_part)));
    // With less room, the count still tells how many there are.
    count = 1;
    assert_int_equal(ledger_record_split(ledger_span_of(golden_record, sizeof golden_record),
                                         &parts, personal, &count),
                     LEDGER_E_OK);
    assert_int_equal(count, 2);
    assert_int_equal(parts.personal_count, 1);
}

static void a_cut_or_changed_record_is_malformed(void **state) {
    (void)state;
    const size_t whole_without_personal[] = {36, 41, sizeof golden_record};
    struct ledger_record_parts parts;
    for (size_t size = 0; size < sizeof golden_record; size++) {
        bool whole = size == whole_without_personal[0] || size == whole_without_personal[1];
        // A copy of that size, so that a sanitizer sees a read beyond it.
        uint8_t *copy = malloc(size + 1);
        assert_non_null(copy);
        memcpy(copy, golden_record, size);
        copy = realloc(copy, size ? size : 1);
        assert_int_equal(ledger_record_split(ledger_span_of(copy, size), &parts, NULL, NULL),
                         whole ? LEDGER_E_OK : LEDGER_E_MALFORMED);
        free(copy);
    }
    const size_t tags[] = {0, 9, 18, 21, 26};
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        uint8_t changed[sizeof golden_record];
        memcpy(changed, golden_record, sizeof changed);
        changed[tags[i]] ^= 0x40;
        assert_int_equal(
            ledger_record_split(ledger_span_of(changed, sizeof changed), &parts, NULL, NULL),
            LEDGER_E_MALFORMED);
    }
}

// ---- unpacking

static void unpacking_caps_the_size_first(void **state) {
    struct ledger_error error;
    ProtobufCMessage *message;
    assert_int_equal(ledger_message_unpack(&ledger__v1__record__descriptor,
                                           ledger_span_of(golden_record, sizeof golden_record),
                                           sizeof golden_record - 1, *state, &message, &error),
                     LEDGER_E_TOO_LARGE);
    assert_int_equal(error.code, LEDGER_E_TOO_LARGE);
}

static void bytes_that_are_no_message_are_malformed(void **state) {
    const struct {
        uint8_t bytes[12];
        size_t size;
    } rows[] = {
        {{0xff}, 1},                               // a tag that does not end
        {{0x12, 5, 'a'}, 3},                       // a text that does not end
        {{0x08, 1}, 2},                            // event_id as a number
        {{0x0b}, 1},                               // a group
        {{0x2a, 2, 0x0a, 5}, 4},                   // a nested message that does not end
        {{0x12, 0xff, 0xff, 0xff, 0xff, 0x7f}, 6}, // a length near 2^35
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ledger_error error;
        ProtobufCMessage *message;
        assert_int_equal(ledger_message_unpack(&ledger__v1__event__descriptor,
                                               ledger_span_of(rows[i].bytes, rows[i].size), 100,
                                               *state, &message, &error),
                         LEDGER_E_MALFORMED);
    }
}

static void a_nul_in_a_text_is_seen_in_the_bytes(void **state) {
    struct ledger_error error;
    ProtobufCMessage *message;
    const uint8_t bytes[] = {0x1a, 1, 'T',  0x42, 3,   0x0a, 1, 'k', // subjects[0]
                             0x42, 6, 0x0a, 1,    'k', 0x12, 1, 0};  // subjects[1].id
    assert_int_equal(ledger_message_unpack(&ledger__v1__event__descriptor,
                                           ledger_span_of(bytes, sizeof bytes), 100, *state,
                                           &message, &error),
                     LEDGER_E_EMBEDDED_NUL);
    assert_string_equal(error.field, "subjects[1].id");
}

// Damage must never be more than an error; the sanitizers watch.
static void damaged_records_are_read_without_harm(void **state) {
    uint64_t seed = 99;
    for (int i = 0; i < 200000; i++) {
        uint8_t bytes[sizeof golden_record];
        memcpy(bytes, golden_record, sizeof bytes);
        for (int flips = 0; flips < 3; flips++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
            bytes[(seed >> 33) % sizeof bytes] = (uint8_t)(seed >> 56);
        }
        ProtobufCMessage *message;
        struct ledger_record_parts parts;
        struct ledger_span span = ledger_span_of(bytes, sizeof bytes);
        if (!ledger_message_unpack(&ledger__v1__record__descriptor, span, sizeof bytes, *state,
                                   &message, NULL) &&
            ledger_message_check(message, NULL) == LEDGER_E_INTERNAL)
            fail();
        if (ledger_record_split(span, &parts, NULL, NULL) == LEDGER_E_INTERNAL)
            fail();
        ledger_arena_reset(*state);
    }
}

// ---- the checks of every message

static void expect(const ProtobufCMessage *message, enum ledger_err err, const char *field) {
    struct ledger_error error = {0};
    assert_int_equal(ledger_message_check(message, &error), err);
    assert_string_equal(error.field, field);
}

static void texts_are_checked_at_any_depth(void **state) {
    (void)state;
    Facts__V1__VisitReported visit = FACTS__V1__VISIT_REPORTED__INIT;
    Facts__V1__VisitReported__Detail details[2] = {FACTS__V1__VISIT_REPORTED__DETAIL__INIT,
                                                   FACTS__V1__VISIT_REPORTED__DETAIL__INIT};
    Facts__V1__VisitReported__Detail *listed[] = {&details[0], &details[1]};
    visit.details = listed;
    visit.n_details = 2;
    details[1].product_id = (char *)"r\u00E9mede";
    expect(&visit.base, LEDGER_E_OK, "");
    details[1].product_id = (char *)"r\xE9mede";
    expect(&visit.base, LEDGER_E_INVALID_UTF8, "details[1].product_id");
    details[1].product_id = NULL;
    visit.agreements = (char *)"\xFF";
    expect(&visit.base, LEDGER_E_INVALID_UTF8, "agreements");
}

static void enums_are_checked(void **state) {
    (void)state;
    Facts__V1__VisitReported visit = FACTS__V1__VISIT_REPORTED__INIT;
    visit.has_channel = 1;
    visit.channel = FACTS__V1__CHANNEL__MEETING;
    expect(&visit.base, LEDGER_E_OK, "");
    visit.channel = (Facts__V1__Channel)99;
    expect(&visit.base, LEDGER_E_INVALID_VALUE, "channel");
}

static void ids_and_digests_have_their_size(void **state) {
    (void)state;
    uint8_t bytes[33] = {1};
    Facts__V1__ImportBatchRecorded batch = FACTS__V1__IMPORT_BATCH_RECORDED__INIT;
    batch.has_batch_id = batch.has_sha256 = batch.has_map_sha256 = 1;
    batch.batch_id = (ProtobufCBinaryData){16, bytes};
    batch.sha256 = batch.map_sha256 = (ProtobufCBinaryData){32, bytes};
    expect(&batch.base, LEDGER_E_OK, "");
    batch.map_sha256.len = 33;
    expect(&batch.base, LEDGER_E_INVALID_VALUE, "map_sha256");
    batch.batch_id.len = 0;
    expect(&batch.base, LEDGER_E_INVALID_VALUE, "batch_id");
    // Each of a repeated field, too.
    ProtobufCBinaryData ids[] = {{16, bytes}, {15, bytes}};
    Ledger__V1__FetchRequest fetch = LEDGER__V1__FETCH_REQUEST__INIT;
    fetch.n_event_ids = 2;
    fetch.event_ids = ids;
    expect(&fetch.base, LEDGER_E_INVALID_VALUE, "event_ids[1]");
}

static void a_oneof_is_followed_to_the_field_that_is_set(void **state) {
    (void)state;
    Ledger__V1__Filter filter = LEDGER__V1__FILTER__INIT;
    Ledger__V1__ReadRequest read = LEDGER__V1__READ_REQUEST__INIT;
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    filter.stream = (char *)"\xC3";
    read.filter = &filter;
    request.body_case = LEDGER__V1__REQUEST__BODY_READ;
    request.read = &read;
    expect(&request.base, LEDGER_E_INVALID_UTF8, "read.filter.stream");
    uint8_t sealed[1] = {0};
    Ledger__V1__PersonalPart part = LEDGER__V1__PERSONAL_PART__INIT;
    part.content_case = LEDGER__V1__PERSONAL_PART__CONTENT_SEALED;
    part.sealed = (ProtobufCBinaryData){1, sealed};
    expect(&part.base, LEDGER_E_OK, "");
}

static void times_places_and_amounts_have_ranges(void **state) {
    (void)state;
    Facts__V1__VisitReported visit = FACTS__V1__VISIT_REPORTED__INIT;
    Ledger__V1__Instant started = LEDGER__V1__INSTANT__INIT;
    visit.started = &started;
    expect(&visit.base, LEDGER_E_MISSING_FIELD, "started");
    started.has_micros = 1;
    expect(&visit.base, LEDGER_E_OK, "");
    started.utc_offset_minutes = 1081;
    expect(&visit.base, LEDGER_E_INVALID_TIME, "started");
    started.utc_offset_minutes = 0;
    started.micros = INT64_MAX;
    expect(&visit.base, LEDGER_E_INVALID_TIME, "started");
    started.micros = INT64_C(-2208988800000000); // 1900-01-01T00:00Z
    expect(&visit.base, LEDGER_E_OK, "");
    started.micros--;
    expect(&visit.base, LEDGER_E_INVALID_TIME, "started");
    visit.started = NULL;

    Ledger__V1__Money expense = LEDGER__V1__MONEY__INIT;
    visit.expense = &expense;
    expense.has_minor = 1;
    expect(&visit.base, LEDGER_E_MISSING_FIELD, "expense.currency");
    const char *currencies[] = {"eur", "EU", "EURO", "E\xC3R", ""};
    for (size_t i = 0; i < sizeof currencies / sizeof currencies[0]; i++) {
        expense.currency = (char *)currencies[i];
        expect(&visit.base, LEDGER_E_INVALID_VALUE, "expense.currency");
    }
    expense.currency = (char *)"EUR";
    expect(&visit.base, LEDGER_E_OK, "");
    expense.has_minor = 0;
    expect(&visit.base, LEDGER_E_MISSING_FIELD, "expense.minor");

    Facts__V1__VisitPlanned plan = FACTS__V1__VISIT_PLANNED__INIT;
    Ledger__V1__Date date = LEDGER__V1__DATE__INIT;
    plan.date = &date;
    expect(&plan.base, LEDGER_E_MISSING_FIELD, "date");
    date.has_days = 1;
    date.days = LEDGER_DAY_MAX;
    expect(&plan.base, LEDGER_E_OK, "");
    date.days++;
    expect(&plan.base, LEDGER_E_INVALID_TIME, "date");
    date.days = -25568; // 1899-12-31
    expect(&plan.base, LEDGER_E_INVALID_TIME, "date");

    Facts__V1__VisitCheckedIn in = FACTS__V1__VISIT_CHECKED_IN__INIT;
    Ledger__V1__GeoPoint geo = LEDGER__V1__GEO_POINT__INIT;
    in.geo = &geo;
    geo.has_lat_e7 = geo.has_lon_e7 = 1;
    geo.lat_e7 = -900000000;
    geo.lon_e7 = 1800000000;
    expect(&in.base, LEDGER_E_OK, "");
    geo.lat_e7--;
    expect(&in.base, LEDGER_E_INVALID_VALUE, "geo.lat_e7");
    geo.lat_e7 = 0;
    geo.lon_e7++;
    expect(&in.base, LEDGER_E_INVALID_VALUE, "geo.lon_e7");
    geo.has_lon_e7 = 0;
    expect(&in.base, LEDGER_E_MISSING_FIELD, "geo.lon_e7");
}

// ---- the fact table

static void facts_are_found_by_name(void **state) {
    (void)state;
    for (int i = 0; i < LEDGER_FACT_COUNT; i++) {
        const struct ledger_fact_type *type = ledger_fact_at((enum ledger_fact)i);
        assert_int_equal(type->fact, i);
        assert_string_equal(type->payload->short_name, type->name);
        assert_ptr_equal(ledger_fact_find(ledger_span_text(type->name)), type);
    }
    assert_null(ledger_fact_find(ledger_span_text("")));
    assert_null(ledger_fact_find(ledger_span_text("VisitReporte")));
    assert_null(ledger_fact_find(ledger_span_text("VisitReportedX")));
    assert_null(ledger_fact_find(ledger_span_of("VisitReported\0", 14)));
    assert_null(ledger_fact_at(LEDGER_FACT_COUNT));
    assert_null(ledger_fact_at(LEDGER_FACT_NONE));
}

static void the_table_names_fields_that_exist(void **state) {
    (void)state;
    for (int i = 0; i < LEDGER_FACT_COUNT; i++) {
        const struct ledger_fact_type *type = ledger_fact_at((enum ledger_fact)i);
        assert_true(type->category[0] != '\0' && strchr(type->category, '/') == NULL);
        for (const char *const *field = type->fields; *field; field++)
            assert_non_null(protobuf_c_message_descriptor_get_field_by_name(type->payload, *field));
        for (const char *const *kind = type->subjects; *kind; kind++)
            assert_in_range(strlen(*kind), 1, LEDGER_KIND_SIZE_MAX);
    }
    const char *fields[] = {
#define LEDGER_FACT(type, symbol, category, subjects, fields)
#define LEDGER_FACT_SUBJECT_OF(symbol, field, kind) field,
#include "ledger/fact_types.def"
#undef LEDGER_FACT
#undef LEDGER_FACT_SUBJECT_OF
    };
    const ProtobufCMessageDescriptor *descriptors[] = {
#define LEDGER_FACT(type, symbol, category, subjects, fields)
#define LEDGER_FACT_SUBJECT_OF(symbol, field, kind) &facts__v1__##symbol##__descriptor,
#include "ledger/fact_types.def"
#undef LEDGER_FACT
#undef LEDGER_FACT_SUBJECT_OF
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(descriptors[i], fields[i]);
        assert_non_null(field);
        assert_int_equal(field->type, PROTOBUF_C_TYPE_STRING);
        assert_int_equal(field->label, PROTOBUF_C_LABEL_OPTIONAL);
        // Rows of one type stand together: a type that was left does not come again.
        for (size_t j = 0; i > 0 && j + 1 < i; j++)
            assert_false(descriptors[j] == descriptors[i] && descriptors[i - 1] != descriptors[i]);
    }
}

static void external_types_have_an_organisation_and_a_name(void **state) {
    (void)state;
    const char *external[] = {"ext.acme.Thing", "ext.a.b", "ext.acme-1.Some_Thing.v2"};
    const char *others[] = {
        "ext",         "ext.",           "ext.acme",        "ext.acme.",       "ext..Thing",
        "ext.acme..x", "Ext.acme.Thing", "ext.acme.Thing ", "ext.ac/me.Thing", ""};
    for (size_t i = 0; i < sizeof external / sizeof external[0]; i++)
        assert_true(ledger_fact_is_external(ledger_span_text(external[i])));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(ledger_fact_is_external(ledger_span_text(others[i])));
}

static void a_category_ends_at_the_first_slash(void **state) {
    (void)state;
    struct ledger_span category = ledger_stream_category(ledger_span_text("deal/50/01"));
    assert_true(ledger_span_equal(category, ledger_span_text("deal")));
    assert_int_equal(ledger_stream_category(ledger_span_text("deal")).size, 0);
    assert_int_equal(ledger_stream_category(ledger_span_text("/1")).size, 0);
    assert_int_equal(ledger_stream_category((struct ledger_span){0}).size, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_arena, free_arena)
int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(varints_are_read_as_written),
        TEST(a_record_is_written_byte_by_byte),
        TEST(protobuf_reads_the_record_the_same),
        TEST(zeros_of_the_header_are_written_too),
        TEST(a_record_is_split_into_what_it_was_made_of),
        TEST(a_cut_or_changed_record_is_malformed),
        TEST(unpacking_caps_the_size_first),
        TEST(bytes_that_are_no_message_are_malformed),
        TEST(a_nul_in_a_text_is_seen_in_the_bytes),
        TEST(damaged_records_are_read_without_harm),
        TEST(texts_are_checked_at_any_depth),
        TEST(enums_are_checked),
        TEST(ids_and_digests_have_their_size),
        TEST(a_oneof_is_followed_to_the_field_that_is_set),
        TEST(times_places_and_amounts_have_ranges),
        TEST(facts_are_found_by_name),
        TEST(the_table_names_fields_that_exist),
        TEST(external_types_have_an_organisation_and_a_name),
        TEST(a_category_ends_at_the_first_slash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
