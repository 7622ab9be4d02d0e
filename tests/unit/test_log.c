// The log, one behaviour at a time: what it refuses, what it survives, what it never does.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/store.h"
#include "test_log_fixture.h"

static void same_id_with_other_bytes_is_refused(void **state) {
    struct fixture *f = *state;
    struct model_event e;
    make_event(&e);
    pack_event(&e, "one");
    assert_int_equal(append_one(f, &e), LEDGER_E_OK);
    struct model_event other = e;
    other.packed = (struct ledger_buffer){0};
    pack_event(&other, "two");
    assert_int_equal(append_one(f, &other), LEDGER_E_EVENT_ID_REUSED);
    reopen(f, true);
    assert_int_equal(append_one(f, &other), LEDGER_E_EVENT_ID_REUSED);
    assert_int_equal(append_one(f, &model[1]), LEDGER_E_OK);
    assert_int_equal(ledger_log_head(f->log), 1);
    ledger_buffer_fini(&other.packed);
}

static void other_personal_parts_are_other_bytes(void **state) {
    struct fixture *f = *state;
    struct model_event e;
    const struct ledger_span parts[] = {ledger_span_text("\x0a\x02p1"),
                                        ledger_span_text("\x0a\x02p2")};
    make_event(&e);
    pack_event(&e, "one");
    const struct {
        size_t first, count; // of parts
        enum ledger_err err;
    } rows[] = {{0, 1, LEDGER_E_OK},
                {0, 1, LEDGER_E_OK},
                {1, 1, LEDGER_E_EVENT_ID_REUSED},
                {0, 2, LEDGER_E_EVENT_ID_REUSED},
                {0, 0, LEDGER_E_EVENT_ID_REUSED}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct call call;
        call_init(&call);
        call_add(&call, &e);
        call.events[0].personal = &parts[rows[i].first];
        call.events[0].personal_count = rows[i].count;
        assert_int_equal(call_run(f, &call), rows[i].err);
        call_fini(&call);
    }
    assert_int_equal(ledger_log_head(f->log), 1);
    ledger_buffer_fini(&e.packed);
}

static void an_id_twice_in_one_append_is_refused(void **state) {
    struct fixture *f = *state;
    struct model_event e;
    struct call call;
    make_event(&e);
    pack_event(&e, "one");
    call_init(&call);
    call_add(&call, &e);
    call_add(&call, &e);
    assert_int_equal(call_run(f, &call), LEDGER_E_EVENT_ID_REPEATED);
    assert_true(call.append.error.has_event_id);
    assert_memory_equal(call.append.error.event_id, e.id.bytes, 16);
    assert_int_equal(ledger_log_head(f->log), 0);
    call_fini(&call);
    ledger_buffer_fini(&e.packed);
}

static void recorded_time_never_goes_back(void **state) {
    struct fixture *f = *state;
    struct ledger_log_status status;
    int64_t start = wall;
    append_fresh(f);
    wall -= 5000000; // within the allowed jump
    append_fresh(f);
    append_fresh(f);
    assert_int_equal(ledger_log_status(f->log, &status, NULL), LEDGER_E_OK);
    assert_int_equal(status.last_recorded_at, start + 2);
}

static void a_clock_that_jumps_is_refused(void **state) {
    struct fixture *f = *state;
    struct model_event e;
    append_fresh(f);
    make_event(&e);
    pack_event(&e, "x");
    wall += INT64_C(86400000000); // a day, while the steady clock moved a second
    steady += 1000000;
    assert_int_equal(append_one(f, &e), LEDGER_E_CLOCK_JUMP);
    wall -= INT64_C(86400000000);
    wall -= INT64_C(3600000000); // and an hour back
    assert_int_equal(append_one(f, &e), LEDGER_E_CLOCK_JUMP);
    wall += INT64_C(3600000000);
    assert_int_equal(append_one(f, &e), LEDGER_E_OK);
}

// Opens the log anew with other limits.
static void limit(struct fixture *f, uint64_t disk_reserve, uint64_t tail, uint64_t map) {
    ledger_log_close(f->log);
    f->disk_reserve_bytes = disk_reserve;
    f->tail_bytes_max = tail;
    f->map_bytes = map;
    open_log(f);
}

static void what_there_is_no_room_for_is_refused(void **state) {
    struct fixture *f = *state;
    const uint64_t map = 256u << 20;
    append_fresh(f);
    const struct {
        uint64_t disk_reserve, tail, map;
        enum ledger_err err;
    } rows[] = {{UINT64_C(1) << 60, 0, map, LEDGER_E_DISK_RESERVE},
                {0, 1, map, LEDGER_E_BUSY},
                {0, 0, 16u << 20, LEDGER_E_MAP_FULL},
                {0, 0, map, LEDGER_E_OK}};
    struct model_event e;
    make_event(&e);
    pack_event(&e, "x");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        limit(f, rows[i].disk_reserve, rows[i].tail, rows[i].map);
        uint64_t head = ledger_log_head(f->log);
        // What is there already can always be said again.
        assert_int_equal(append_one(f, &model[1]), LEDGER_E_OK);
        assert_int_equal(append_one(f, &e), rows[i].err);
        assert_int_equal(ledger_log_head(f->log), head + (rows[i].err == LEDGER_E_OK));
    }
}

static void an_index_of_another_log_is_not_used(void **state) {
    struct fixture *f = *state;
    char command[400];
    for (int i = 0; i < 5; i++)
        append_fresh(f);
    ledger_log_close(f->log);
    snprintf(command, sizeof command, "mv %s/index %s/other && mv %s/log %s/kept", f->path, f->path,
             f->path, f->path);
    assert_int_equal(system(command), 0);
    struct model_event kept[6];
    memcpy(kept, model, sizeof kept);
    model_head = 0;
    open_log(f); // another ledger, of the same length
    for (int i = 0; i < 5; i++)
        append_fresh(f);
    ledger_log_close(f->log);
    snprintf(command, sizeof command, "rm -rf %s/index && mv %s/other %s/index", f->path, f->path,
             f->path);
    assert_int_equal(system(command), 0);
    open_log(f);
    for (int i = 0; i < 50; i++) {
        random_read(f);
        random_fetch(f);
    }
    assert_int_equal(append_one(f, &model[3]), LEDGER_E_OK);
    assert_int_equal(append_one(f, &kept[3]), LEDGER_E_OK); // not known here: a new event
    assert_int_equal(ledger_log_head(f->log), 6);
    for (int i = 1; i <= 5; i++) {
        if (i != 3) // that one is the model's now
            ledger_buffer_fini(&kept[i].packed);
    }
}

static void times_lead_to_positions(void **state) {
    struct fixture *f = *state;
    uint64_t position, head;
    bool settled;
    int64_t start = wall;
    for (int i = 0; i < 100; i++) {
        wall = start + i * 1000;
        append_fresh(f);
    }
    for (int i = 0; i < 100; i++) {
        assert_int_equal(
            ledger_log_locate(f->log, start + i * 1000 + 7, &position, &settled, &head, NULL),
            LEDGER_E_OK);
        assert_int_equal(position, i + 1);
        assert_int_equal(settled, i < 99);
        assert_int_equal(head, 100);
    }
    assert_int_equal(ledger_log_locate(f->log, start - 1, &position, &settled, &head, NULL),
                     LEDGER_E_OK);
    assert_int_equal(position, 0);
    assert_true(settled);
}

static void a_position_beyond_the_end_is_refused(void **state) {
    struct fixture *f = *state;
    struct ledger_page *page;
    append_fresh(f);
    struct ledger_read read = {.from = 3, .max_events = 1, .max_bytes = 1};
    assert_int_equal(ledger_log_read(f->log, &read, &page, NULL), LEDGER_E_WRONG_LEDGER);
    read.from = 2;
    assert_int_equal(ledger_log_read(f->log, &read, &page, NULL), LEDGER_E_OK);
    assert_int_equal(page->events, 0);
    assert_int_equal(page->examined, 1);
    ledger_page_free(page);
}

static void a_second_opener_is_refused(void **state) {
    struct fixture *f = *state;
    struct ledger_log *second;
    struct ledger_log_options options = {.data = f->path, .map_bytes = 256u << 20};
    assert_int_equal(ledger_log_open(&options, &second, NULL), LEDGER_E_LOCKED);
    assert_null(second);
}

// Flips one byte of the block's body in the closed log's file.
static void damage(struct fixture *f, const char *marker) {
    char path[100];
    snprintf(path, sizeof path, "%s/log/data.mdb", f->path);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    struct ledger_buffer bytes = {0};
    for (int c; (c = fgetc(file)) != EOF;)
        ledger_buffer_add_byte(&bytes, (uint8_t)c);
    for (size_t i = 0; i + strlen(marker) <= bytes.size; i++) {
        if (memcmp(bytes.data + i, marker, strlen(marker)) != 0)
            continue;
        fseek(file, (long)i, SEEK_SET);
        fputc('#', file);
    }
    fclose(file);
    ledger_buffer_fini(&bytes);
}

static void overwrite(const struct fixture *f, const char *file, long from, long to) {
    char path[100];
    snprintf(path, sizeof path, "%s/%s", f->path, file);
    FILE *stream = fopen(path, "r+b");
    assert_non_null(stream);
    fseek(stream, 0, SEEK_END);
    long end = ftell(stream);
    fseek(stream, from, SEEK_SET);
    for (long i = from; i < (to < end ? to : end); i++)
        fputc(0, stream);
    fclose(stream);
}

static void a_damaged_index_is_made_anew(void **state) {
    struct fixture *f = *state;
    for (int i = 0; i < 50; i++)
        append_fresh(f);
    const long from[] = {0, 2 * 4096}; // the two meta pages first, then all but them
    for (size_t i = 0; i < sizeof from / sizeof *from; i++) {
        ledger_log_close(f->log);
        overwrite(f, "index/data.mdb", from[i], from[i] == 0 ? 2 * 4096 : 1 << 30);
        open_log(f);
        for (int reads = 0; reads < 20; reads++)
            random_read(f);
        assert_int_equal(append_one(f, &model[1]), LEDGER_E_OK);
        assert_int_equal(ledger_log_head(f->log), 50);
    }
}

#define MARKER "a marker that stands nowhere else"

static void append_marker(struct fixture *f) {
    struct model_event e;
    append_fresh(f);
    make_event(&e);
    pack_event(&e, MARKER);
    assert_int_equal(append_one(f, &e), LEDGER_E_OK);
    append_fresh(f);
}

static void append_many(struct fixture *f, int appends) {
    for (int i = 0; i < appends; i++) {
        struct model_event events[APPEND_MAX];
        struct call call;
        call_init(&call);
        for (int j = 0; j < APPEND_MAX; j++) {
            make_event(&events[j]);
            pack_event(&events[j], "x");
            call_add(&call, &events[j]);
        }
        assert_int_equal(call_run(f, &call), LEDGER_E_OK);
        for (int j = 0; j < APPEND_MAX; j++)
            model_add(&events[j]);
        call_fini(&call);
    }
}

// The last positions are looked at when the log is opened: they are what a crash would have hurt.
static void a_damaged_end_is_not_opened(void **state) {
    struct fixture *f = *state;
    struct ledger_log_options options = {.data = f->path};
    struct ledger_error error = {0};
    append_marker(f);
    ledger_log_close(f->log);
    f->log = NULL;
    damage(f, MARKER);
    struct ledger_log *log;
    assert_int_equal(ledger_log_open(&options, &log, &error), LEDGER_E_CORRUPT);
    assert_non_null(strstr(error.message, "position 2"));
}

static void damaged_bytes_are_not_served(void **state) {
    struct fixture *f = *state;
    struct ledger_page *page;
    struct ledger_error error = {0};
    append_marker(f);
    append_many(f, (STORE_TREE_EVENTS + APPEND_MAX) / APPEND_MAX);
    ledger_log_close(f->log);
    damage(f, MARKER);
    open_log(f);
    struct ledger_read read = {.max_events = 10, .max_bytes = 100000};
    assert_int_equal(ledger_log_read(f->log, &read, &page, &error), LEDGER_E_CORRUPT);
    assert_non_null(strstr(error.message, "position 2"));
}

int main(void) {
#define LOG_TEST(name)                                                                             \
    cmocka_unit_test_setup_teardown(name, log_fixture_setup, log_fixture_teardown)
    const struct CMUnitTest tests[] = {
        LOG_TEST(same_id_with_other_bytes_is_refused),
        LOG_TEST(other_personal_parts_are_other_bytes),
        LOG_TEST(an_id_twice_in_one_append_is_refused),
        LOG_TEST(recorded_time_never_goes_back),
        LOG_TEST(a_clock_that_jumps_is_refused),
        LOG_TEST(what_there_is_no_room_for_is_refused),
        LOG_TEST(an_index_of_another_log_is_not_used),
        LOG_TEST(times_lead_to_positions),
        LOG_TEST(a_position_beyond_the_end_is_refused),
        LOG_TEST(a_second_opener_is_refused),
        LOG_TEST(a_damaged_index_is_made_anew),
        LOG_TEST(a_damaged_end_is_not_opened),
        LOG_TEST(damaged_bytes_are_not_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
