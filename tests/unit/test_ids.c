// Event ids in the index: whatever is folded, in whatever portions, is found, and nothing else is.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log/ids.h"

enum { IDS_MOST = 60000 };

struct fixture {
    char path[64];
    struct ledger_kv *kv;
    struct ids ids;
    uint64_t count;
};

static struct ledger_uuid id_of(uint64_t position) {
    struct ledger_uuid id = {{0}};
    uint64_t mixed = position * UINT64_C(0x9E3779B97F4A7C15);
    memcpy(id.bytes, &mixed, sizeof mixed);
    memcpy(id.bytes + 8, &position, sizeof position);
    return id;
}

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    snprintf(f->path, sizeof f->path, "/tmp/test_ids.XXXXXX");
    assert_non_null(mkdtemp(f->path));
    struct ledger_kv_options options = {.path = f->path, .map_bytes = 1 << 30, .tables_max = 1};
    assert_int_equal(ledger_kv_open(&options, &f->kv, NULL), LEDGER_E_OK);
    assert_int_equal(ledger_kv_table(f->kv, "ids", &f->ids.table, NULL), LEDGER_E_OK);
    f->ids.seed = 42;
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    static const char *const names[] = {"data.mdb", "lock.mdb", "owner"};
    ledger_kv_close(f->kv);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char file[128];
        snprintf(file, sizeof file, "%s/%s", f->path, names[i]);
        unlink(file);
    }
    rmdir(f->path);
    free(f);
    return 0;
}

static void fold(struct fixture *f, size_t count) {
    uint8_t zeros[64] = {0};
    struct tail_generation *tail = tail_new(f->count + 1);
    struct ledger_kv_txn *txn;
    assert_non_null(tail);
    for (size_t i = 0; i < count; i++) {
        struct ledger_uuid id = id_of(++f->count);
        struct ledger_envelope envelope = {
            .event_id = ledger_span_of(id.bytes, sizeof id.bytes),
            .stream = ledger_span_text("client/1"),
            .type = ledger_span_text("ext.test.fact"),
            .actor = ledger_span_of(zeros, 0),
        };
        struct event_terms terms;
        event_terms(&envelope, &terms);
        assert_int_equal(tail_add(tail, f->count, &id, &terms, 0, NULL), LEDGER_E_OK);
    }
    assert_int_equal(ledger_kv_write(f->kv, &txn, NULL), LEDGER_E_OK);
    assert_int_equal(ids_fold(&f->ids, txn, tail), LEDGER_E_OK);
    assert_int_equal(ledger_kv_commit(txn, NULL), LEDGER_E_OK);
    tail_release(tail);
}

static void expect_all(struct fixture *f) {
    struct ledger_kv_txn *txn;
    struct id_candidates found;
    uint64_t count;
    assert_int_equal(ledger_kv_read(f->kv, &txn, NULL), LEDGER_E_OK);
    struct ids_reader *reader = ids_reader_open(&f->ids, txn);
    assert_non_null(reader);
    for (uint64_t position = 1; position <= f->count; position++) {
        struct ledger_uuid id = id_of(position);
        assert_int_equal(ids_find(reader, &id, &found), LEDGER_E_OK);
        assert_int_equal(found.count, 1);
        assert_int_equal(found.positions[0], position);
    }
    for (uint64_t position = f->count + 1; position <= f->count + 1000; position++) {
        struct ledger_uuid id = id_of(position);
        assert_int_equal(ids_find(reader, &id, &found), LEDGER_E_OK);
        assert_int_equal(found.count, 0);
    }
    ids_reader_close(reader);
    assert_int_equal(ids_count(&f->ids, txn, &count), LEDGER_E_OK);
    assert_int_equal(count, f->count);
    ledger_kv_abort(txn);
}

static void nothing_is_found_where_nothing_is(void **state) {
    expect_all(*state);
}

static void portions_of_any_size(void **state) {
    struct fixture *f = *state;
    uint64_t random = 7;
    while (f->count < IDS_MOST) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        fold(f, 1 + (random >> 33) % (random >> 62 == 0 ? 20000 : 300));
    }
    expect_all(f);
}

// A bucket must not gather runs without end.
static void many_small_portions_leave_few_runs(void **state) {
    struct fixture *f = *state;
    struct ledger_kv_txn *txn;
    for (int i = 0; i < 400; i++)
        fold(f, 100);
    expect_all(f);
    assert_int_equal(ledger_kv_read(f->kv, &txn, NULL), LEDGER_E_OK);
    assert_true(ledger_kv_count(txn, f->ids.table) <= (uint64_t)IDS_BUCKETS * 2);
    ledger_kv_abort(txn);
}

static void two_events_whose_hashes_agree_are_both_candidates(void **state) {
    struct fixture *f = *state;
    fold(f, 10);
    f->count = 0; // the same ids again, as if others had collided with them
    fold(f, 10);
    struct ledger_kv_txn *txn;
    struct id_candidates found;
    struct ledger_uuid id = id_of(3);
    assert_int_equal(ledger_kv_read(f->kv, &txn, NULL), LEDGER_E_OK);
    struct ids_reader *reader = ids_reader_open(&f->ids, txn);
    assert_int_equal(ids_find(reader, &id, &found), LEDGER_E_OK);
    assert_int_equal(found.count, 2);
    ids_reader_close(reader);
    ledger_kv_abort(txn);
}

// Runs that are none.
static void damage_is_seen(void **state) {
    struct fixture *f = *state;
    struct ledger_kv_txn *txn;
    struct id_candidates found;
    uint64_t count;
    fold(f, 3000);
    assert_int_equal(ledger_kv_write(f->kv, &txn, NULL), LEDGER_E_OK);
    for (unsigned bucket = 0; bucket < IDS_BUCKETS; bucket++) {
        const uint8_t key[] = {(uint8_t)bucket, 0, 0, 0, 9};
        ledger_kv_put(txn, f->ids.table, ledger_span_of(key, sizeof key), ledger_span_text("odd"));
    }
    assert_int_equal(ledger_kv_commit(txn, NULL), LEDGER_E_OK);
    struct ledger_uuid id = id_of(3);
    assert_int_equal(ledger_kv_read(f->kv, &txn, NULL), LEDGER_E_OK);
    struct ids_reader *reader = ids_reader_open(&f->ids, txn);
    assert_int_equal(ids_find(reader, &id, &found), LEDGER_E_CORRUPT);
    assert_int_equal(ids_count(&f->ids, txn, &count), LEDGER_E_CORRUPT);
    ids_reader_close(reader);
    ledger_kv_abort(txn);
}

static void a_directory_that_leads_outside_its_run_is_seen(void **state) {
    struct fixture *f = *state;
    struct ledger_kv_txn *txn;
    struct id_candidates found;
    fold(f, 20000);
    assert_int_equal(ledger_kv_write(f->kv, &txn, NULL), LEDGER_E_OK);
    for (unsigned bucket = 0; bucket < IDS_BUCKETS; bucket++) {
        const uint8_t bytes[] = {(uint8_t)bucket, 0, 0, 0, 0};
        struct ledger_span key = ledger_span_of(bytes, sizeof bytes), value;
        uint8_t damaged[4096];
        assert_int_equal(ledger_kv_get(txn, f->ids.table, key, &value), LEDGER_E_OK);
        assert_true(value.size <= sizeof damaged);
        memcpy(damaged, value.data, value.size);
        damaged[4 + 3] = 1; // the first slot's place, beyond all entries
        ledger_kv_put(txn, f->ids.table, key, ledger_span_of(damaged, value.size));
    }
    assert_int_equal(ledger_kv_commit(txn, NULL), LEDGER_E_OK);
    assert_int_equal(ledger_kv_read(f->kv, &txn, NULL), LEDGER_E_OK);
    struct ids_reader *reader = ids_reader_open(&f->ids, txn);
    unsigned seen = 0;
    for (uint64_t position = 1; position <= f->count; position++) {
        struct ledger_uuid id = id_of(position);
        const struct ledger_uuid *ids[] = {&id};
        ids_prefetch(reader, ids, 1); // must not follow it
        enum ledger_err err = ids_find(reader, &id, &found);
        assert_true(err == LEDGER_E_CORRUPT || (err == LEDGER_E_OK && found.count == 1));
        seen += err == LEDGER_E_CORRUPT;
    }
    assert_true(seen >= IDS_BUCKETS && seen < f->count / 4);
    ids_reader_close(reader);
    ledger_kv_abort(txn);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_found_where_nothing_is, setup, teardown),
        cmocka_unit_test_setup_teardown(portions_of_any_size, setup, teardown),
        cmocka_unit_test_setup_teardown(many_small_portions_leave_few_runs, setup, teardown),
        cmocka_unit_test_setup_teardown(two_events_whose_hashes_agree_are_both_candidates, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(damage_is_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(a_directory_that_leads_outside_its_run_is_seen, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
