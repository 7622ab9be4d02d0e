// Rows become events: ids that stay, parts that are left out, conditions, once_by facts.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch.h"
#include "bookkeeping.h"
#include "memo.h"
#include "rows.h"
#include "seen.h"

static char folder[] = "/tmp/test_import_rows_XXXXXX";
static char map_path[64], csv_path[64];

static const char map_text[] =
    "name: n\n"
    "system: crm\n"
    "entity: deal\n"
    "record_id: \"${id}\"\n"
    "times: [\"%m/%d/%Y\"]\n"
    "facts:\n"
    "- name: owner\n"
    "  type: EmployeeHired\n"
    "  once_by: \"${owner|hash}\"\n"
    "  stream: \"employee/${owner|hash}\"\n"
    "  occurred: unknown\n"
    "  subjects: [{kind: employee, id: \"${owner|hash}\"}]\n"
    "  payload: {employee_id: \"${owner|hash}\", kind: PERSON, position: \"${post}\"}\n"
    "  personal: [{person_id: \"${owner|hash}\", values: {name: \"${owner}\"}}]\n"
    "- name: opened\n"
    "  type: DealOpened\n"
    "  when: {value: \"${stage}\", in: [Open, Won]}\n"
    "  stream: \"deal/${id}\"\n"
    "  occurred: \"${on|date|default:unknown}\"\n"
    "  actor: \"${owner|hash}\"\n"
    "  subjects: [{kind: deal, id: \"${id}\"}, {kind: client, id: \"${client}\"}]\n"
    "  payload:\n"
    "    deal_id: \"${id}\"\n"
    "    client_id: \"${client}\"\n"
    "    stage: Open\n"
    "    amount: {minor: \"${amount|minor:2}\", currency: EUR}\n"
    "    product_ids: [\"${p1}\", \"${p2}\"]\n"
    "    probability_bp: 5000\n"
    "- name: won\n"
    "  type: DealWon\n"
    "  when: {all: [{value: \"${stage}\", equals: Won}, {not: {value: \"${on}\", empty: true}}]}\n"
    "  stream: \"deal/${id}\"\n"
    "  occurred: \"${on|date}\"\n"
    "  subjects: [{kind: deal, id: \"${id}\"}]\n"
    "  payload: {deal_id: \"${id}\", closed_on: \"${on|date}\"}\n";

#define HEADER "id,owner,post,stage,on,client,amount,p1,p2\n"

struct fixture {
    struct import_map *map;
    struct import_csv *csv;
    struct import_memo memo;
    struct ledger_arena *arena;
};

static void file_write(const char *path, const char *text) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int make_folder(void **state) {
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(map_path, sizeof map_path, "%s/m.yaml", folder);
    (void)snprintf(csv_path, sizeof csv_path, "%s/d.csv", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    (void)unlink(map_path);
    (void)unlink(csv_path);
    return rmdir(folder);
}

// `head` stands in front of the map's facts.
static struct fixture open_fixture_with(const char *head, const char *csv_text) {
    struct fixture fixture = {0};
    struct ledger_error error = {0};
    const struct import_map_options options = {0};
    char *text = NULL;
    const char *facts = strstr(map_text, "facts:");
    assert_true(asprintf(&text, "%.*s%s%s", (int)(facts - map_text), map_text, head, facts) > 0);
    file_write(map_path, text);
    free(text);
    file_write(csv_path, csv_text);
    if (import_map_load(map_path, &options, &fixture.map, &error) != LEDGER_E_OK)
        fail_msg("%s", error.message);
    assert_int_equal(import_csv_open(csv_path, &fixture.map->csv, &fixture.csv, &error),
                     LEDGER_E_OK);
    assert_int_equal(import_map_bind(fixture.map, fixture.csv, &error), LEDGER_E_OK);
    assert_int_equal(import_memo_init(&fixture.memo), LEDGER_E_OK);
    fixture.arena = ledger_arena_new(0);
    assert_non_null(fixture.arena);
    return fixture;
}

static struct fixture open_fixture(const char *csv_text) {
    return open_fixture_with("", csv_text);
}

static void close_fixture(struct fixture *fixture) {
    ledger_arena_free(fixture->arena);
    import_memo_fini(&fixture->memo);
    import_csv_close(fixture->csv);
    import_map_free(fixture->map);
}

static struct import_row next_row(struct fixture *fixture) {
    struct import_row row;
    struct ledger_error error = {0};
    const struct import_csv_row *cells = NULL;
    assert_int_equal(import_csv_next(fixture->csv, &cells, &error), LEDGER_E_OK);
    assert_non_null(cells);
    assert_int_equal(
        import_row_map(fixture->map, fixture->csv, cells, &fixture->memo, fixture->arena, &row),
        LEDGER_E_OK);
    return row;
}

// The event as JSON, checked as ledgerd would.
static json_t *event_json(struct fixture *fixture, const struct import_event *event) {
    struct ledger_error error = {0};
    Ledger__V1__Record record = LEDGER__V1__RECORD__INIT;
    if (ledger_event_check(event->bytes.event, INT64_C(1800000000000000), fixture->arena,
                           &record.event, &error) != LEDGER_E_OK)
        fail_msg("%s: %s", error.field, error.message);
    json_t *json = ledger_record_to_json(&record, fixture->arena);
    assert_non_null(json);
    return json;
}

static void expect_json(json_t *json, const char *key, const char *expected) {
    char *got = json_dumps(json_object_get(json, key), JSON_COMPACT | JSON_ENCODE_ANY);
    if (got == NULL || strcmp(got, expected) != 0)
        fail_msg("%s is %s, expected %s", key, got != NULL ? got : "absent", expected);
    free(got);
}

static void makes_events(void **state) {
    (void)state;
    struct fixture fixture = open_fixture(HEADER "7,An Owner,rep,Won,3/1/2017,c9,12.50,a,b\n");
    struct import_row row = next_row(&fixture);
    assert_int_equal(row.error.code, LEDGER_E_OK);
    assert_int_equal(row.line, 2);
    assert_int_equal(row.count, 3);

    struct ledger_uuid id = ledger_uuid_imported("crm", "deal", "7", "opened");
    assert_memory_equal(row.events[1].id.bytes, id.bytes, sizeof id.bytes);
    json_t *json = event_json(&fixture, &row.events[1]);
    expect_json(json, "type", "\"DealOpened\"");
    expect_json(json, "stream", "\"deal/7\"");
    expect_json(json, "occurred", "\"2017-03-01\"");
    expect_json(json, "subjects",
                "[{\"kind\":\"deal\",\"id\":\"7\"},{\"kind\":\"client\",\"id\":\"c9\"}]");
    expect_json(json, "source", "{\"system\":\"crm\",\"recordId\":\"7\"}");
    expect_json(json, "payload",
                "{\"dealId\":\"7\",\"clientId\":\"c9\",\"stage\":\"Open\",\"productIds\":[\"a\","
                "\"b\"],\"amount\":{\"minor\":\"1250\",\"currency\":\"EUR\"},"
                "\"probabilityBp\":5000}");
    json_decref(json);
    close_fixture(&fixture);
}

static void keeps_names_in_the_personal_part(void **state) {
    (void)state;
    struct fixture fixture = open_fixture(HEADER "7,An Owner,rep,Open,,,,,\n");
    struct import_row row = next_row(&fixture);
    const struct import_event *hired = &row.events[0];
    assert_true(hired->once);
    assert_int_equal(hired->bytes.personal_count, 1);
    assert_null(memmem(hired->bytes.event.data, hired->bytes.event.size, "Owner", 5));
    assert_non_null(
        memmem(hired->bytes.personal[0].data, hired->bytes.personal[0].size, "An Owner", 8));
    close_fixture(&fixture);
}

static void leaves_out_what_is_empty(void **state) {
    (void)state;
    struct fixture fixture = open_fixture(HEADER "7,,,Open,,,,,\n");
    struct import_row row = next_row(&fixture);
    assert_int_equal(row.count, 1); // nobody to hire
    json_t *json = event_json(&fixture, &row.events[0]);
    expect_json(json, "actor", "\"unknown\"");
    expect_json(json, "occurred", "\"unknown\"");
    expect_json(json, "subjects", "[{\"kind\":\"deal\",\"id\":\"7\"}]");
    expect_json(json, "payload", "{\"dealId\":\"7\",\"stage\":\"Open\",\"probabilityBp\":5000}");
    json_decref(json);
    close_fixture(&fixture);
}

static void keeps_rows_that_no_rule_maps(void **state) {
    (void)state;
    struct fixture fixture = open_fixture(HEADER "7,,,Strange,,\"a \"\"b\"\"\",,,\n"
                                                 "8,Owner,,Strange,,,,,\n");
    struct import_row row = next_row(&fixture);
    assert_int_equal(row.count, 1);
    json_t *json = event_json(&fixture, &row.events[0]);
    expect_json(json, "type", "\"SourceRecordObserved\"");
    expect_json(json, "stream", "\"import/crm/deal\"");
    json_t *payload = json_object_get(json, "payload");
    expect_json(payload, "sourceType", "\"deal\"");
    expect_json(payload, "sourceId", "\"7\"");
    json_t *raw = json_loads(json_string_value(json_object_get(payload, "raw")), 0, NULL);
    assert_non_null(raw);
    expect_json(raw, "stage", "\"Strange\"");
    expect_json(raw, "client", "\"a \\\"b\\\"\"");
    json_decref(raw);
    json_decref(json);
    // A fact about its owner says something of the row.
    row = next_row(&fixture);
    assert_int_equal(row.count, 1);
    assert_true(row.events[0].once);
    close_fixture(&fixture);
}

// What the row's only event says, and what its only personal part does.
static void expect_kept(struct fixture *fixture, const char *raw, const char *person,
                        const char *personal) {
    struct import_row row = next_row(fixture);
    if (row.error.code != LEDGER_E_OK)
        fail_msg("%s: %s", row.error.field, row.error.message);
    assert_int_equal(row.count, 1);
    const struct ledger_event_bytes *bytes = &row.events[0].bytes;
    json_t *json = event_json(fixture, &row.events[0]);
    json_t *payload = json_object_get(json, "payload");
    assert_string_equal(json_string_value(json_object_get(payload, "raw")), raw);
    json_decref(json);
    assert_int_equal(bytes->personal_count, personal != NULL ? 1 : 0);
    if (personal == NULL)
        return;
    ProtobufCMessage *message = NULL;
    struct ledger_error error = {0};
    assert_int_equal(ledger_personal_parts_check(bytes->personal, 1, fixture->arena, &error),
                     LEDGER_E_OK);
    assert_int_equal(ledger_message_unpack(&ledger__v1__personal_part__descriptor,
                                           bytes->personal[0], 4096, fixture->arena, &message,
                                           &error),
                     LEDGER_E_OK);
    const Ledger__V1__PersonalPart *part = (const Ledger__V1__PersonalPart *)message;
    assert_string_equal(part->person_id, person);
    assert_string_equal(part->plain->value, personal);
}

static void takes_personal_cells_out_of_rows_that_no_rule_maps(void **state) {
    (void)state;
    static const char rest[] = "\"stage\":\"Strange\",\"on\":\"\",\"amount\":\"\",\"p1\":\"\","
                               "\"p2\":\"\"}";
    char raw[128];
    struct fixture fixture = open_fixture_with("personal_columns: [owner, \"#3\", client]\n",
                                               HEADER "7,,Chief,Strange,,A Client,,,\n"
                                                      "8,,,Strange,,,,,\n");
    (void)snprintf(raw, sizeof raw, "{\"id\":\"7\",%s", rest);
    expect_kept(&fixture, raw, "7", "{\"post\":\"Chief\",\"client\":\"A Client\"}");
    raw[7] = '8';
    expect_kept(&fixture, raw, NULL, NULL);
    close_fixture(&fixture);

    fixture = open_fixture_with("personal_columns: [post]\npersonal_id: \"${client|hash}\"\n",
                                HEADER "7,,Chief,Strange,,c9,,,\n"
                                       "8,,Chief,Strange,,,,,\n");
    struct import_row row = next_row(&fixture);
    assert_int_equal(row.events[0].bytes.personal_count, 1);
    assert_null(memmem(row.events[0].bytes.event.data, row.events[0].bytes.event.size, "Chief", 5));
    row = next_row(&fixture); // whose it is, is not known
    assert_int_equal(row.error.code, LEDGER_E_MISSING_FIELD);
    assert_string_equal(row.error.field, "personal_id");
    close_fixture(&fixture);
}

// Reasons quote cells; the ledger keeps no reason.
static void a_rejection_holds_nothing_of_the_row(void **state) {
    (void)state;
    struct fixture fixture = open_fixture(HEADER "1,,,Open,,,secret,,\n");
    struct import_batch_id batch = {.system = "crm", .sha256_text = "00"};
    struct import_event event = {0};
    struct ledger_error error = {0};
    struct ledger_uuid id = ledger_uuid_imported("crm", "import-batch", "00", "batch");
    ledger_uuid_format(&id, batch.id);
    struct import_row row = next_row(&fixture);
    assert_non_null(strstr(row.error.message, "secret"));
    assert_int_equal(
        import_rejected_make(&batch, row.line, &row.error, fixture.arena, &event, &error),
        LEDGER_E_OK);
    assert_null(memmem(event.bytes.event.data, event.bytes.event.size, "secret", 6));
    json_t *json = event_json(&fixture, &event);
    expect_json(json_object_get(json, "payload"), "code", "\"invalid_value\"");
    json_decref(json);
    close_fixture(&fixture);
}

static void external_payloads_are_kept_as_json(void **state) {
    (void)state;
    struct fixture fixture = open_fixture(HEADER "7,,,Open,,,,,\n");
    struct ledger_error error = {0};
    struct import_event event = {0};
    const struct import_map_options options = {0};
    import_map_free(fixture.map);
    file_write(map_path,
               "name: n\nsystem: s\nentity: e\nrecord_id: \"${id}\"\nfacts:\n"
               "- {name: f, type: ext.acme.thing, stream: \"thing/${id}\",\n"
               "   occurred: unknown, payload: {a: \"${stage}\", b: [1, true, \"$${c}\"]}}\n");
    assert_int_equal(import_map_load(map_path, &options, &fixture.map, &error), LEDGER_E_OK);
    assert_int_equal(import_map_bind(fixture.map, fixture.csv, &error), LEDGER_E_OK);
    event = next_row(&fixture).events[0];
    json_t *json = event_json(&fixture, &event);
    expect_json(json, "payload", "{\"a\":\"Open\",\"b\":[1,true,\"${c}\"]}");
    json_decref(json);
    close_fixture(&fixture);
}

static void a_file_remembers_its_facts(void **state) {
    (void)state;
    struct import_seen seen = {0};
    struct import_event event = {.bytes.event = ledger_span_text("first")};
    assert_null(import_seen_find(&seen, &event));
    for (uint32_t i = 0; i < 10000; i++) {
        memcpy(event.id.bytes, &i, sizeof i);
        assert_int_equal(import_seen_add(&seen, &event, i + 2), LEDGER_E_OK);
    }
    for (uint32_t i = 0; i < 10000; i++) {
        memcpy(event.id.bytes, &i, sizeof i);
        assert_int_equal(import_seen_find(&seen, &event)->line, i + 2);
    }
    event.bytes.event = ledger_span_text("other");
    assert_int_equal(import_seen_add(&seen, &event, 7), LEDGER_E_OK); // the first one stays
    assert_int_equal(import_seen_find(&seen, &event)->line, 10001);
    assert_false(import_seen_same(import_seen_find(&seen, &event), &event));
    event.bytes.event = ledger_span_text("first");
    assert_true(import_seen_same(import_seen_find(&seen, &event), &event));
    event.id.bytes[15] = 1;
    assert_null(import_seen_find(&seen, &event));
    import_seen_fini(&seen);
}

static void rejects_with_a_reason(void **state) {
    (void)state;
    static const struct {
        enum ledger_err code;
        const char *field, *message;
    } expected[] = {
        {LEDGER_E_INVALID_VALUE, "opened.payload.amount.minor", "column \"amount\""},
        {LEDGER_E_INVALID_TIME, "opened.occurred", "column \"on\""},
        {LEDGER_E_MISSING_FIELD, "record_id", "gives nothing"},
        {LEDGER_E_MALFORMED_CSV, "", "2 columns where 9 belong"},
        {LEDGER_E_OK, "", ""},
    };
    struct fixture fixture = open_fixture(HEADER "1,,,Open,,,a lot,,\n"
                                                 "2,,,Open,2/30/2017,,,,\n"
                                                 ",,,Open,,,,,\n"
                                                 "4,x\n"
                                                 "5,,,Open,,,,,\n");
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct import_row row = next_row(&fixture);
        assert_int_equal(row.line, i + 2);
        assert_int_equal(row.error.code, expected[i].code);
        assert_string_equal(row.error.field, expected[i].field);
        assert_non_null(strstr(row.error.message, expected[i].message));
        assert_int_equal(row.count, expected[i].code == LEDGER_E_OK ? 1 : 0);
    }
    close_fixture(&fixture);
}

static void gives_the_same_bytes_again(void **state) {
    (void)state;
    static const char text[] = HEADER "7,An Owner,rep,Won,3/1/2017,c9,12.50,a,b\n";
    struct fixture first = open_fixture(text);
    struct fixture second = open_fixture(text);
    struct import_row a = next_row(&first);
    struct import_row b = next_row(&second);
    assert_int_equal(a.count, b.count);
    for (size_t i = 0; i < a.count; i++)
        assert_true(ledger_span_equal(a.events[i].bytes.event, b.events[i].bytes.event));
    close_fixture(&first);
    close_fixture(&second);
}

// ---- once_by facts on their way

static struct import_batch fill_batch(struct fixture *fixture, size_t rows) {
    struct import_batch batch;
    assert_int_equal(import_batch_init(&batch), LEDGER_E_OK);
    for (size_t i = 0; i < rows; i++) {
        struct import_row row = next_row(fixture);
        assert_int_equal(import_batch_add(&batch, &row, true), LEDGER_E_OK);
    }
    return batch;
}

static void the_first_row_carries_a_once_by_fact(void **state) {
    (void)state;
    struct fixture fixture = open_fixture(HEADER "1,An Owner,rep,Open,,,,,\n"
                                                 "2,An Owner,rep,Open,,,,,\n"
                                                 "3,An Owner,boss,Open,,,,,\n"
                                                 "4,Another,rep,Open,,,,,\n");
    struct import_batch batch = fill_batch(&fixture, 4);
    struct import_once once = {0};
    Ledger__V1__AppendRequest request;
    uint64_t keys = 0;
    uint64_t rows = 0;
    assert_int_equal(import_batch_compose(&batch, &once, fixture.arena, &request), LEDGER_E_OK);
    assert_int_equal(request.n_appends, 4);
    static const size_t facts[] = {2, 1, 1, 2};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(request.appends[i]->n_events, facts[i]);
        assert_true(request.appends[i]->allow_duplicates);
    }
    import_once_count(&once, &keys, &rows);
    assert_int_equal(keys, 1);
    assert_int_equal(rows, 1);

    // The first row is rejected: the next one must carry the fact, and what differs from it counts.
    import_once_entry(&once, fixture.arena, batch.rows[0].facts[0].event)->state = IMPORT_ONCE_NEW;
    batch.rows[0].unsent = false;
    assert_int_equal(import_batch_compose(&batch, &once, fixture.arena, &request), LEDGER_E_OK);
    assert_int_equal(request.n_appends, 3);
    assert_int_equal(request.appends[0]->n_events, 2);
    assert_int_equal(request.appends[1]->n_events, 1);
    import_once_count(&once, &keys, &rows);
    assert_int_equal(keys, 1);
    assert_int_equal(rows, 1);
    import_once_fini(&once);
    import_batch_fini(&batch);
    close_fixture(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_events),
        cmocka_unit_test(keeps_names_in_the_personal_part),
        cmocka_unit_test(leaves_out_what_is_empty),
        cmocka_unit_test(keeps_rows_that_no_rule_maps),
        cmocka_unit_test(takes_personal_cells_out_of_rows_that_no_rule_maps),
        cmocka_unit_test(a_rejection_holds_nothing_of_the_row),
        cmocka_unit_test(external_payloads_are_kept_as_json),
        cmocka_unit_test(a_file_remembers_its_facts),
        cmocka_unit_test(rejects_with_a_reason),
        cmocka_unit_test(gives_the_same_bytes_again),
        cmocka_unit_test(the_first_row_carries_a_once_by_fact),
    };
    return cmocka_run_group_tests_name("import rows", tests, make_folder, remove_folder);
}
