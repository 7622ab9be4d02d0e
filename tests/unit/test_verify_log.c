// Verify on logs that hold what no ledger writes. Their checksums are right: it is the sense of
// what is stored that is wrong.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/event.h"
#include "log/store.h"
#include "log/verify.h"

enum { BLOCKS = 3, PER_BLOCK = 4, LAST = BLOCKS * PER_BLOCK, RECORD_MAX = 400 };

// What is wrong, in the second block or at its second record, position 6.
enum spoil {
    NOTHING,
    RECORD_POSITION,
    RECORD_TIME,
    RECORD_BYTES,
    RECORD_TAIL,
    STREAM_VERSION,
    EVENT_ID,
    EVENT_WITHOUT_ACTOR,
    ROOT_BEFORE,
    ROOT_AFTER,
    EPOCH,
    TIME,
    FIRST,
    KEY,
    MISSING,
    CHECKSUM,
    STRANGE_KEY,
    STORED_TREE,
};

struct fixture {
    char path[64];
    struct store store;
    struct ledger_hasher *hasher;
    struct ledger_merkle tree;
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->path, sizeof f->path, "/tmp/fl-verify-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    f->hasher = ledger_hasher_new();
    assert_non_null(f->hasher);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    char command[100];
    ledger_hasher_free(f->hasher);
    snprintf(command, sizeof command, "rm -rf '%s'", f->path);
    int status = system(command);
    free(f);
    return status;
}

// ---- a log

static void pack_event(uint64_t position, enum spoil spoil, struct ledger_buffer *packed) {
    Ledger__V1__Event event = LEDGER__V1__EVENT__INIT;
    uint8_t id[16] = {0};
    id[0] = (uint8_t)(position == 6 && spoil == EVENT_ID ? 5 : position);
    event.has_event_id = 1;
    event.event_id = (ProtobufCBinaryData){.len = sizeof id, .data = id};
    event.stream = (char *)(uintptr_t) "thing/1";
    event.type = (char *)(uintptr_t) "ext.test.Thing";
    if (position != 6 || spoil != EVENT_WITHOUT_ACTOR)
        event.actor = (char *)(uintptr_t) "somebody";
    ledger_message_pack(&event.base, packed);
    assert_false(packed->failed);
}

static size_t make_record(uint64_t position, int64_t recorded_at, enum spoil spoil,
                          uint8_t bytes[RECORD_MAX]) {
    struct ledger_buffer event = {0};
    pack_event(position, spoil, &event);
    bool here = position == 6;
    struct ledger_record_parts parts = {
        .position = position + (here && spoil == RECORD_POSITION),
        .recorded_at = recorded_at + (here && spoil == RECORD_TIME),
        .stream_version = position + (here && spoil == STREAM_VERSION),
        .principal = ledger_span_text("tester"),
        .event = ledger_buffer_span(&event),
    };
    size_t size = ledger_record_size(&parts);
    assert_true(size < RECORD_MAX);
    ledger_record_write(&parts, bytes);
    if (here && spoil == RECORD_BYTES)
        memset(bytes, 0xff, size);
    if (here && spoil == RECORD_TAIL)
        bytes[size++] = 0;
    ledger_buffer_fini(&event);
    return size;
}

static void put_block(struct fixture *f, struct ledger_kv_txn *txn, struct ledger_span bytes,
                      uint64_t last) {
    uint8_t key[8];
    ledger_key_u64(key, last);
    ledger_kv_put(txn, f->store.blocks, ledger_span_of(key, sizeof key), bytes);
}

static void add_block(struct fixture *f, struct ledger_kv_txn *txn, int number, enum spoil spoil) {
    struct block_builder builder = {0};
    bool here = number == 1;
    uint64_t first = (uint64_t)number * PER_BLOCK + 1, last = first + PER_BLOCK - 1;
    int64_t recorded_at = 1000 + number;
    if (here && spoil == TIME)
        recorded_at = 1000;
    struct block_seal seal = {.epoch = here && spoil == EPOCH ? 2 : 1,
                              .first = here && spoil == FIRST ? first + 1 : first,
                              .recorded_at = recorded_at,
                              .root_before = ledger_merkle_root(&f->tree, f->hasher)};
    for (uint64_t position = first; position <= last; position++) {
        uint8_t bytes[RECORD_MAX];
        size_t size = make_record(position, recorded_at, spoil, bytes);
        uint8_t *place = block_builder_add(&builder, size);
        assert_non_null(place);
        memcpy(place, bytes, size);
        struct ledger_hash leaf = ledger_merkle_leaf(f->hasher, ledger_span_of(bytes, size));
        ledger_merkle_add(&f->tree, f->hasher, &leaf);
    }
    seal.root_after = ledger_merkle_root(&f->tree, f->hasher);
    seal.root_before.bytes[0] ^= here && spoil == ROOT_BEFORE;
    seal.root_after.bytes[0] ^= here && spoil == ROOT_AFTER;
    assert_int_equal(block_builder_seal(&builder, &seal), LEDGER_E_OK);
    builder.bytes.data[builder.bytes.size - 1] ^= here && spoil == CHECKSUM;
    if (!here || spoil != MISSING)
        put_block(f, txn, ledger_buffer_span(&builder.bytes),
                  here && spoil == KEY ? last - 1 : last);
    block_builder_fini(&builder);
}

static void build(struct fixture *f, enum spoil spoil) {
    char path[80];
    struct store_end end;
    struct ledger_kv_txn *txn;
    const struct ledger_log_identity identity = {.ledger_id = {{1, 2, 3}}, .epoch = 1};
    snprintf(path, sizeof path, "%s/log", f->path);
    assert_int_equal(store_create(&f->store, path, 16u << 20, &identity, &end, NULL), LEDGER_E_OK);
    assert_int_equal(ledger_kv_write(f->store.kv, &txn, NULL), LEDGER_E_OK);
    for (int i = 0; i < BLOCKS; i++)
        add_block(f, txn, i, spoil);
    if (spoil == STRANGE_KEY)
        ledger_kv_put(txn, f->store.blocks, ledger_span_of("\0\0\0", 3), ledger_span_text("x"));
    uint8_t packed[LEDGER_MERKLE_PACKED_MAX];
    if (spoil == STORED_TREE)
        f->tree.edge[3].bytes[5] ^= 1;
    ledger_kv_put(txn, f->store.meta, ledger_span_text("tree"),
                  ledger_span_of(packed, ledger_merkle_pack(&f->tree, packed)));
    assert_int_equal(ledger_kv_commit(txn, NULL), LEDGER_E_OK);
    store_close(&f->store);
}

static struct ledger_verify_report verified(const char *path) {
    struct ledger_verify_files *files;
    struct ledger_verify_report report = {.resume_size = 0};
    struct ledger_error error = {0};
    assert_int_equal(ledger_verify_open(path, &files, &error), LEDGER_E_OK);
    do {
        struct ledger_verify_report last = report;
        struct ledger_verify asked = {.resume = ledger_span_of(last.resume, last.resume_size)};
        if (ledger_verify_step(files, &asked, &report, &error) != LEDGER_E_OK)
            fail_msg("%s", error.message);
    } while (report.resume_size != 0);
    ledger_verify_close(files);
    return report;
}

// ---- the tests

static void a_sound_log_passes(void **state) {
    struct fixture *f = *state;
    build(f, NOTHING);
    struct ledger_verify_report report = verified(f->path);
    if (report.fault.position != 0)
        fail_msg("%s", report.fault.message);
    struct ledger_hash root = ledger_merkle_root(&f->tree, f->hasher);
    assert_int_equal(report.position, LAST);
    assert_int_equal(report.target, LAST);
    assert_int_equal(report.blocks, BLOCKS);
    assert_memory_equal(&report.root, &root, sizeof root);
}

static void faults_are_named(void **state) {
    static const struct {
        enum spoil spoil;
        uint64_t position;
        const char *where;
    } cases[] = {
        {RECORD_POSITION, 6, "record"},
        {RECORD_TIME, 6, "record"},
        {RECORD_BYTES, 6, "record"},
        {RECORD_TAIL, 6, "record"},
        {STREAM_VERSION, 6, "record"},
        {EVENT_ID, 6, "record"},
        {EVENT_WITHOUT_ACTOR, 6, "record"},
        {ROOT_BEFORE, 5, "tree"},
        {ROOT_AFTER, 5, "tree"},
        {EPOCH, 5, "block"},
        {TIME, 5, "block"},
        {FIRST, 5, "block"},
        {KEY, 5, "block"},
        {MISSING, 5, "block"},
        {CHECKSUM, 5, "block"},
        {STRANGE_KEY, LAST, "block"},
        {STORED_TREE, LAST, "tree"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        build(*state, cases[i].spoil);
        struct ledger_verify_report report = verified(((struct fixture *)*state)->path);
        if (report.fault.position != cases[i].position ||
            strcmp(report.fault.where, cases[i].where) != 0)
            fail_msg("case %zu: position %u, %s: %s", i, (unsigned)report.fault.position,
                     report.fault.where != NULL ? report.fault.where : "no fault",
                     report.fault.message);
        assert_int_equal(report.position, cases[i].position - 1);
        assert_int_equal(report.target, LAST);
        assert_int_equal(teardown(state), 0);
        assert_int_equal(setup(state), 0);
    }
}

static void without_a_ledger(void **state) {
    struct fixture *f = *state;
    struct ledger_verify_files *files;
    struct ledger_error error = {0};
    assert_int_equal(ledger_verify_open(f->path, &files, &error), LEDGER_E_NO_INPUT);
    assert_null(files);
}

static void a_ledger_that_is_open_is_refused(void **state) {
    struct fixture *f = *state;
    char path[80];
    struct ledger_kv *kv;
    struct ledger_verify_files *files;
    build(f, NOTHING);
    snprintf(path, sizeof path, "%s/log", f->path);
    const struct ledger_kv_options options = {.path = path, .tables_max = 2};
    assert_int_equal(ledger_kv_open(&options, &kv, NULL), LEDGER_E_OK);
    assert_int_equal(ledger_verify_open(f->path, &files, NULL), LEDGER_E_LOCKED);
    ledger_kv_close(kv);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_sound_log_passes, setup, teardown),
        cmocka_unit_test_setup_teardown(faults_are_named, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_ledger, setup, teardown),
        cmocka_unit_test_setup_teardown(a_ledger_that_is_open_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
