// Mapping files: what is refused, where, and with what advice.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "map.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char folder[] = "/tmp/test_import_map_XXXXXX";
static char map_path[64], lookup_path[64];

static int make_folder(void **state) {
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(map_path, sizeof map_path, "%s/m.yaml", folder);
    (void)snprintf(lookup_path, sizeof lookup_path, "%s/places.csv", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    (void)unlink(map_path);
    (void)unlink(lookup_path);
    return rmdir(folder);
}

static void file_write(const char *path, const char *text) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static enum ledger_err load(const char *text, struct import_map **map, struct ledger_error *error) {
    const struct import_map_options options = {.data_folder = folder};
    file_write(map_path, text);
    *error = (struct ledger_error){0};
    return import_map_load(map_path, &options, map, error);
}

#define HEAD "name: n\nsystem: s\nentity: e\nrecord_id: \"${id}\"\n"
#define FACT                                                                                       \
    "facts:\n"                                                                                     \
    "- name: visit\n"                                                                              \
    "  type: VisitReported\n"                                                                      \
    "  stream: \"visit/${id}\"\n"                                                                  \
    "  occurred: unknown\n"                                                                        \
    "  subjects: [{kind: visit, id: \"${id}\"}, {kind: client, id: \"${client}\"}]\n"              \
    "  payload: {visit_id: \"${id}\", clientId: \"${client}\"}\n"

static void reads_a_map(void **state) {
    (void)state;
    struct import_map *map = NULL;
    struct ledger_error error;
    if (load(HEAD FACT, &map, &error) != LEDGER_E_OK)
        fail_msg("%s", error.message);
    assert_string_equal(map->name, "n");
    assert_string_equal(map->scope.system, "s");
    assert_int_equal(map->fact_count, 1);
    assert_string_equal(map->facts[0].entity, "e");
    assert_null(map->facts[0].when);
    assert_int_equal(map->facts[0].known->fact, LEDGER_FACT_VisitReported);
    import_map_free(map);
}

static void says_what_is_wrong_and_where(void **state) {
    (void)state;
    // `at` is what follows the file's name.
    static const struct {
        const char *text, *at, *part;
    } examples[] = {
        {"", ":1:1: ", "empty"},
        {"- a\n", ":1:1: ", "expected the map"},
        {"name: [\n", ":2:1: ", ""},
        {HEAD, ":1:1: ", "lacks the key \"facts\""},
        {HEAD "colour: red\n" FACT, ":5:1: ", "unknown key \"colour\" in the map: expected name"},
        {HEAD "name: again\n" FACT, ":5:1: ", "stands twice"},
        {HEAD "facts: {}\n", ":5:8: ", "expected facts: a list"},
        {HEAD "zone: Mars/North\n" FACT, ":5:7: ", "no time zone"},
        {HEAD "times: [\"%Q\"]\n" FACT, ":5:8: ", "%Q"},
        {HEAD "times: \"%Y-%m-%d\"\n" FACT, ":5:8: ", "expected a list"},
        {HEAD "csv: {delimiter: \"::\"}\n" FACT, ":5:18: ", "one ASCII character"},
        {HEAD "csv: {header: maybe}\n" FACT, ":5:15: ", "true or false"},
        {HEAD "csv: {delimiter: \"'\", quote: \"'\"}\n" FACT, ":5:6: ", "the same"},
        {HEAD "lookups: {x: {}}\n" FACT, ":5:14: ", "either file and key, or values"},
        {HEAD "lookups: {x: {file: f.csv, key: k, values: {}}}\n" FACT, ":5:14: ", "either"},
        {HEAD "lookups: {x: {file: nowhere.csv, key: k}}\n" FACT, ":5:14: ", "nowhere.csv"},
        {HEAD "lookups: {x: {values: {a: b}, missing: ignore}}\n" FACT, ":5:40: ", "keep or empty"},
        {HEAD "lookups: {x: {values: {a: b, a: c}}}\n" FACT, ":5:30: ", "stands twice"},
        {HEAD FACT "- name: visit\n  type: ext.a.b\n  stream: a/b\n  occurred: unknown\n"
                   "  payload: {}\n",
         ":12:3: ", "two facts are named"},
        {HEAD FACT "  colour: red\n", ":12:3: ", "unknown key \"colour\" in a fact"},
        {HEAD FACT "  actor: \"${id|shout}\"\n", ":12:10: ", "unknown filter"},
        {HEAD FACT "  actor: \"${id\"\n", ":12:10: ", "expected }"},
        {HEAD FACT "  actor: \"\"\n", ":12:10: ", "not empty"},
        {HEAD FACT "  actor: [x]\n", ":12:10: ", "expected a text"},
        {HEAD FACT "  geo: {latitude: 5}\n", ":12:19: ", "expected lat_e7, lon_e7"},
        {HEAD FACT "  personal: {name: x}\n", ":12:13: ", "expected a list of persons"},
        {HEAD FACT "  personal: [{name: x}]\n", ":12:14: ", "person_id and values"},
        {HEAD FACT "  personal: [{person_id: x, values: {nickname: y}}]\n", ":12:48: ", "nickname"},
        {HEAD "personal_columns: id\n" FACT, ":5:19: ", "a list of texts"},
        {HEAD "personal_columns: [id, \"#0\"]\n" FACT, ":5:24: ", "a column number from 1"},
        {HEAD "personal_id: \"${id}\"\n" FACT, ":5:14: ", "without personal_columns"},
        {HEAD FACT "  when: {value: \"${id}\"}\n", ":12:9: ", "expected value with one of"},
        {HEAD FACT "  when: {equals: x}\n", ":12:9: ", "expected value with one of"},
        {HEAD FACT "  when: {all: []}\n", ":12:15: ", "a list of conditions"},
        {HEAD FACT "  when: {not: [{value: x, empty: true}]}\n", ":12:15: ", "one condition"},
        {HEAD FACT "  when: {value: \"${id}\", in: x}\n", ":12:30: ", "a list of texts"},
        {HEAD FACT "  when: {value: \"${id}\", empty: 1}\n", ":12:33: ", "true or false"},
        {HEAD FACT "  when: &a {not: *a}\n", ":12:9: ", "nested too deep"},
    };
    for (size_t i = 0; i < COUNT(examples); i++) {
        struct import_map *map = NULL;
        struct ledger_error error;
        enum ledger_err err = load(examples[i].text, &map, &error);
        if (err != LEDGER_E_MAP_INVALID)
            fail_msg("example %zu: %s %s", i, ledger_err_code(err), error.message);
        const char *rest = error.message + strlen(map_path);
        if (strncmp(error.message, map_path, strlen(map_path)) != 0 ||
            strncmp(rest, examples[i].at, strlen(examples[i].at)) != 0 ||
            strstr(rest, examples[i].part) == NULL) {
            fail_msg("example %zu: \"%s\" lacks \"%s\" or \"%s\"", i, error.message, examples[i].at,
                     examples[i].part);
        }
    }
}

// A fact of the given parts.
static enum ledger_err load_fact(const char *type, const char *stream, const char *occurred,
                                 const char *subjects, const char *payload,
                                 struct ledger_error *error) {
    char text[2048];
    struct import_map *map = NULL;
    (void)snprintf(text, sizeof text,
                   HEAD "facts:\n- {name: f, type: %s, stream: \"%s\", occurred: %s,\n"
                        "   subjects: %s,\n   payload: %s}\n",
                   type, stream, occurred, subjects, payload);
    enum ledger_err err = load(text, &map, error);
    import_map_free(map);
    return err;
}

static void knows_the_vocabulary(void **state) {
    (void)state;
    static const char deal[] = "[{kind: deal, id: \"1\"}]";
    static const char payload[] = "{deal_id: \"1\", stage: A}";
    static const struct {
        const char *type, *stream, *occurred, *subjects, *payload, *part; // NULL = fine
    } examples[] = {
        {"DealOpened", "deal/${id}", "unknown", deal, payload, NULL},
        {"DealOpened", "deal/1", "2016-01-02", deal, payload, NULL},
        {"DealOpened", "${id}", "2016-01-02T00:00:00Z", deal, payload, NULL},
        {"ext.acme.thing", "thing/1", "unknown", "[]", "{anything: [1, {goes: true}]}", NULL},
        {"DealSomething", "deal/1", "unknown", deal, payload, ":6:19: unknown fact type"},
        {"DealOpened", "client/${id}", "unknown", deal, payload,
         ":6:39: DealOpened belongs to a stream \"deal/"},
        {"DealOpened", "deals", "unknown", deal, payload, ":6:39: expected stream: CATEGORY/ID"},
        {"DealOpened", "deal/1", "yesterday", deal, payload, ":6:59: occurred \"yesterday\""},
        {"DealOpened", "deal/1", "unknown", "[]", payload,
         ":7:14: DealOpened must name a subject of kind \"deal\""},
        {"DealOpened", "deal/1", "unknown", "[{kind: deal}]", payload, "kind, id"},
        {"DealOpened", "deal/1", "unknown", deal, "{deal_id: 1, stage: A, client_id: 2}",
         ":7:14: DealOpened must name a subject of kind \"client\", since its payload has "
         "\"client_id\""},
        {"DealOpened", "deal/1", "unknown", "{kind: deal}", payload, "list of subjects"},
        {"DealOpened", "deal/1", "unknown", deal, "{deal_id: \"1\"}", "needs \"stage\""},
        {"DealOpened", "deal/1", "unknown", deal, "[]", "expected a mapping"},
        {"DealOpened", "deal/1", "unknown", deal, "{deal_id: 1, stage: A, size: 3}",
         "unknown field \"size\" of DealOpened"},
        {"DealOpened", "deal/1", "unknown", deal, "{deal_id: 1, stage: A, amount: 3}",
         "\"amount\": expected a mapping"},
        {"DealOpened", "deal/1", "unknown", deal, "{deal_id: 1, stage: A, amount: {cents: 3}}",
         "\"cents\" of Money"},
        {"DealOpened", "deal/1", "unknown", deal, "{deal_id: 1, stage: A, product_ids: x}",
         "\"product_ids\": expected a list"},
        {"DealOpened", "deal/1", "unknown", deal, "{deal_id: {}, stage: A}", "one value"},
        {"DealOpened", "deal/1", "unknown", deal, "{deal_id: 1, stage: \"\"}",
         ":8:33: the payload of DealOpened needs \"stage\""},
        {"DealOpened", "deal/1", "unknown", deal,
         "{deal_id: 1, stage: A, amount: {minor: \"${a}\", currency: EURO}}",
         ":8:70: field \"currency\": \"EURO\" does not fit: a currency is three capital letters"},
        {"DealOpened", "deal/1", "unknown", deal,
         "{deal_id: 1, stage: A, amount: {minor: \"${a}\", currency: EUR}}", NULL},
        {"DealWon", "deal/1", "unknown", deal, "{deal_id: 1, closed_on: 5}",
         ":8:37: field \"closed_on\": \"5\" does not fit"},
        {"DealWon", "deal/1", "unknown", deal, "{deal_id: 1, closed_on: 2026-02-29}",
         ":8:37: field \"closed_on\""},
        {"DealOpened", "deal/1", "unknown", deal, "{deal_id: 1, stage: A, probability_bp: true}",
         ":8:52: field \"probability_bp\""},
        {"VisitCancelled", "visit/1", "unknown", "[{kind: visit, id: 1}]",
         "{visit_id: 1, kind: KIND_UNSPECIFIED}", ":8:33: the payload of VisitCancelled needs"},
        {"DealOpened", "deal/1", "unknown", "[{kind: deal, id: \"\"}]", payload,
         ":7:15: expected a subject: kind, id"},
        {"DealStageChanged", "deal/1", "unknown", deal, "{deal_id: 1, to: B, old_from: GUESS}",
         "\"GUESS\" is no OldFrom: expected"},
        {"ext.acme.thing", "thing/1", "unknown", "[]", "text", "payload: a mapping"},
    };
    for (size_t i = 0; i < COUNT(examples); i++) {
        struct ledger_error error;
        enum ledger_err err = load_fact(examples[i].type, examples[i].stream, examples[i].occurred,
                                        examples[i].subjects, examples[i].payload, &error);
        bool fine = examples[i].part == NULL;
        if ((err == LEDGER_E_OK) != fine || (!fine && !strstr(error.message, examples[i].part)))
            fail_msg("example %zu: %s: %s", i, ledger_err_code(err), error.message);
    }
}

static void finds_columns(void **state) {
    (void)state;
    struct import_map *map = NULL;
    struct import_csv *csv = NULL;
    struct ledger_error error;
    assert_int_equal(load(HEAD FACT, &map, &error), LEDGER_E_OK);
    file_write(lookup_path, "id,kunde\n1,2\n");
    assert_int_equal(import_csv_open(lookup_path, &map->csv, &csv, &error), LEDGER_E_OK);
    assert_int_equal(import_map_bind(map, csv, &error), LEDGER_E_MAP_INVALID);
    assert_non_null(strstr(error.message, "m.yaml:11:"));
    assert_non_null(strstr(error.message, "no column \"client\""));
    import_csv_close(csv);
    import_map_free(map);
}

static void takes_look_up_files(void **state) {
    (void)state;
    static const char text[] = HEAD "lookups: {places: {file: places.csv, key: k}}\n" FACT
                                    "  territory: \"${id|lookup:places:city}\"\n";
    struct import_map *map = NULL;
    struct ledger_error error;
    char pair[96];
    const char *pairs[] = {pair};
    file_write(lookup_path, "k,city\n1,Ames\n");
    assert_int_equal(load(text, &map, &error), LEDGER_E_OK);
    assert_string_equal(import_lookup_find(&map->lookups[0], "1", 1), "Ames");
    import_map_free(map);

    struct import_map_options options = {.lookup_files = pairs, .lookup_file_count = 1};
    (void)snprintf(pair, sizeof pair, "places=%s", lookup_path);
    assert_int_equal(import_map_load(map_path, &options, &map, &error), LEDGER_E_OK);
    import_map_free(map);
    (void)snprintf(pair, sizeof pair, "people=%s", lookup_path);
    assert_int_equal(import_map_load(map_path, &options, &map, &error), LEDGER_E_USAGE);
    (void)snprintf(pair, sizeof pair, "places=/nowhere.csv");
    assert_int_equal(import_map_load(map_path, &options, &map, &error), LEDGER_E_MAP_INVALID);

    file_write(lookup_path, "k,city\n1,Ames\n1,Nevada\n");
    assert_int_equal(load(text, &map, &error), LEDGER_E_MAP_INVALID);
    assert_non_null(strstr(error.message, "places.csv:3: "));
    file_write(lookup_path, "key,city\n1,Ames\n");
    assert_int_equal(load(text, &map, &error), LEDGER_E_MAP_INVALID);
    assert_non_null(strstr(error.message, "no column \"k\""));
}

static void the_maps_we_ship_load(void **state) {
    (void)state;
    struct import_map *map = NULL;
    struct ledger_error error = {0};
    const struct import_map_options options = {0};
    static const char *const paths[] = {MAPS "/open-payments.yaml", MAPS "/bpic2017.yaml"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        if (import_map_load(paths[i], &options, &map, &error) != LEDGER_E_OK)
            fail_msg("%s", error.message);
        import_map_free(map);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_map),          cmocka_unit_test(says_what_is_wrong_and_where),
        cmocka_unit_test(knows_the_vocabulary), cmocka_unit_test(finds_columns),
        cmocka_unit_test(takes_look_up_files),  cmocka_unit_test(the_maps_we_ship_load),
    };
    return cmocka_run_group_tests_name("import maps", tests, make_folder, remove_folder);
}
