// Verify on a real log: step by step beside appends, with tokens that were tampered with, and with
// indexes that lead astray.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/bytes.h"
#include "log/verify_internal.h"
#include "test_log_fixture.h"

enum { FACTS = 1300 }; // enough that postings have runs

static void fill(struct fixture *f) {
    while (model_head < FACTS) {
        struct model_event events[APPEND_MAX];
        struct call call;
        call_init(&call);
        for (int i = 0; i < APPEND_MAX; i++) {
            make_event(&events[i]);
            pack_event(&events[i], "x");
            call_add(&call, &events[i]);
        }
        assert_int_equal(call_run(f, &call), LEDGER_E_OK);
        call_fini(&call);
        for (int i = 0; i < APPEND_MAX; i++)
            model_add(&events[i]);
    }
}

// ---- whole runs. A step of no time does the least that a step does.

static enum ledger_err go_on(struct fixture *f, struct ledger_verify_report *report,
                             struct ledger_error *error) {
    struct ledger_verify_report last = *report;
    struct ledger_verify asked = {.resume = ledger_span_of(last.resume, last.resume_size)};
    return ledger_log_verify(f->log, &asked, report, error);
}

static struct ledger_verify_report verified_files(struct fixture *f) {
    struct ledger_verify_files *files;
    struct ledger_verify_report report = {.resume_size = 0};
    struct ledger_error error = {0};
    if (ledger_verify_open(f->path, &files, &error) != LEDGER_E_OK)
        fail_msg("%s", error.message);
    do {
        struct ledger_verify_report last = report;
        struct ledger_verify asked = {.resume = ledger_span_of(last.resume, last.resume_size)};
        if (ledger_verify_step(files, &asked, &report, &error) != LEDGER_E_OK)
            fail_msg("%s", error.message);
    } while (report.resume_size != 0);
    ledger_verify_close(files);
    return report;
}

static void check_sound(const struct ledger_verify_report *report) {
    if (report->fault.position != 0)
        fail_msg("%s", report->fault.message);
    assert_int_equal(report->position, report->target);
}

static void a_sound_ledger_passes(void **state) {
    struct fixture *f = *state;
    fill(f);
    ledger_log_close(f->log);
    f->log = NULL;
    struct ledger_verify_report report = verified_files(f);
    check_sound(&report);
    assert_int_equal(report.position, model_head);
    assert_int_equal(report.indexed_to, model_head);
    // Each has its stream, category, share, type, actor and subject; some a correlation.
    uint64_t pairs = model_head * 6;
    for (uint64_t i = 1; i <= model_head; i++)
        pairs += model[i].has_correlation;
    assert_int_equal(report.index_counted, pairs);
    assert_int_equal(report.index_entries, pairs + model_head);
}

static void beside_appends_and_folds(void **state) {
    struct fixture *f = *state;
    struct ledger_error error = {0};
    fill(f);
    uint64_t head = model_head;
    struct ledger_verify_report report = {.resume_size = 0};
    int steps = 0;
    do {
        if (go_on(f, &report, &error) != LEDGER_E_OK)
            fail_msg("%s", error.message);
        for (int i = 0; i < 4; i++)
            append_fresh(f);
        steps++;
    } while (report.resume_size != 0);
    check_sound(&report);
    assert_int_equal(report.position, head);
    assert_true(steps > 50);
}

// ---- tokens

static void tokens_are_looked_at(void **state) {
    struct fixture *f = *state;
    struct ledger_error error = {0};
    fill(f);
    struct ledger_verify_report first = {.resume_size = 0};
    assert_int_equal(go_on(f, &first, &error), LEDGER_E_OK);
    assert_true(first.resume_size > 100);
    for (size_t i = 0; i < first.resume_size; i++) {
        struct ledger_verify_report altered = first;
        altered.resume[i] ^= (uint8_t)(1u << (i % 8));
        assert_int_equal(go_on(f, &altered, &error), LEDGER_E_INVALID_VALUE);
        altered = first;
        altered.resume_size = i;
        if (i != 0)
            assert_int_equal(go_on(f, &altered, &error), LEDGER_E_INVALID_VALUE);
    }
}

static struct verify_state state_of(struct fixture *f, const struct ledger_verify_report *report) {
    struct verify_state state;
    struct ledger_log_identity identity = ledger_log_identity(f->log);
    assert_int_equal(verify_token_unpack(ledger_span_of(report->resume, report->resume_size),
                                         &identity, &state, NULL),
                     LEDGER_E_OK);
    return state;
}

static void tokens_of_others_are_refused(void **state) {
    struct fixture *f = *state;
    struct ledger_error error = {0};
    fill(f);
    struct ledger_verify_report report = {.resume_size = 0};
    assert_int_equal(go_on(f, &report, &error), LEDGER_E_OK);
    struct verify_state inner = state_of(f, &report);
    struct ledger_log_identity identity = ledger_log_identity(f->log);
    identity.epoch++;
    report.resume_size = verify_token_pack(&inner, &identity, report.resume);
    assert_int_equal(go_on(f, &report, &error), LEDGER_E_INVALID_VALUE);
    assert_non_null(strstr(error.message, "another ledger"));
}

// Whoever knows how tokens are made gets an answer, right or wrong, and nobody is harmed.
static void forged_tokens_do_no_harm(void **state) {
    struct fixture *f = *state;
    struct ledger_error error = {0};
    fill(f);
    struct ledger_log_identity identity = ledger_log_identity(f->log);
    struct ledger_verify_report honest = {.resume_size = 0};
    for (int round = 0; round < 60; round++) {
        if (round % 20 == 0)
            honest.resume_size = 0;
        assert_int_equal(go_on(f, &honest, &error), LEDGER_E_OK);
        struct verify_state forged = state_of(f, &honest);
        uint64_t *numbers = (uint64_t *)&forged;
        size_t count = offsetof(struct verify_state, tree_root) / sizeof *numbers;
        for (size_t i = 0; i < 1 + pick(count); i++)
            numbers[pick(count)] = pick(3) == 0 ? pick(UINT64_MAX) : pick(2 * FACTS);
        if (pick(2))
            memset(forged.key, (int)pick(256), forged.key_size = pick(TERM_SIZE_MAX));
        struct ledger_verify_report report;
        report.resume_size = verify_token_pack(&forged, &identity, report.resume);
        for (int i = 0; i < 5 && report.resume_size != 0; i++) {
            if (go_on(f, &report, &error) != LEDGER_E_OK)
                break;
        }
    }
    honest.resume_size = 0;
    do
        assert_int_equal(go_on(f, &honest, &error), LEDGER_E_OK);
    while (honest.resume_size != 0);
    check_sound(&honest);
}

// ---- indexes that lead astray

struct indexes {
    struct ledger_kv *kv;
    struct ledger_kv_txn *txn;
    struct ledger_kv_table meta, ids, terms, postings;
};

static void open_indexes(struct fixture *f, struct indexes *x) {
    char path[100];
    ledger_log_close(f->log); // folds what is left
    f->log = NULL;
    snprintf(path, sizeof path, "%s/index", f->path);
    const struct ledger_kv_options options = {
        .path = path, .map_bytes = f->map_bytes, .tables_max = 4};
    assert_int_equal(ledger_kv_open(&options, &x->kv, NULL), LEDGER_E_OK);
    assert_int_equal(ledger_kv_table(x->kv, "meta", &x->meta, NULL), LEDGER_E_OK);
    assert_int_equal(ledger_kv_table(x->kv, "ids", &x->ids, NULL), LEDGER_E_OK);
    assert_int_equal(ledger_kv_table(x->kv, "terms", &x->terms, NULL), LEDGER_E_OK);
    assert_int_equal(ledger_kv_table(x->kv, "postings", &x->postings, NULL), LEDGER_E_OK);
    assert_int_equal(ledger_kv_write(x->kv, &x->txn, NULL), LEDGER_E_OK);
}

static void close_indexes(struct indexes *x) {
    assert_int_equal(ledger_kv_commit(x->txn, NULL), LEDGER_E_OK);
    ledger_kv_close(x->kv);
}

// A row of terms, or of postings, taken apart; `head` bytes stand before the postings.
struct row {
    uint8_t key[TERM_SIZE_MAX], value[8192];
    size_t key_size, value_size, head;
    uint64_t positions[1000];
    uint32_t count;
};
enum { TERM_HEAD = 24, RUN_HEAD = 4 };

static void take_row(const struct ledger_kv_pair *pair, size_t head, struct row *row) {
    assert_true(pair->key.size <= sizeof row->key && pair->value.size <= sizeof row->value / 2);
    row->head = head;
    memcpy(row->key, pair->key.data, row->key_size = pair->key.size);
    memcpy(row->value, pair->value.data, row->value_size = pair->value.size);
    row->count = le_read32(row->value + (head == TERM_HEAD ? 4 : 0));
    assert_true(row->count <= 900);
    assert_int_equal(index_unpack(ledger_span_of(row->value + head, row->value_size - head),
                                  row->count, row->positions),
                     LEDGER_E_OK);
}

static void put_row(struct indexes *x, struct row *row) {
    uint8_t *place = row->value + row->head;
    for (uint32_t i = 0; i < row->count; i++)
        place =
            ledger_varint_write(place, row->positions[i] - (i == 0 ? 0 : row->positions[i - 1]));
    le_write32(row->value + (row->head == TERM_HEAD ? 4 : 0), row->count);
    ledger_kv_put(x->txn, row->head == TERM_HEAD ? x->terms : x->postings,
                  ledger_span_of(row->key, row->key_size),
                  ledger_span_of(row->value, (size_t)(place - row->value)));
}

// The first of a kind that has a few postings in its row.
static void find_term(struct indexes *x, enum term_kind kind, struct row *row) {
    struct ledger_kv_pair pair;
    uint8_t key = (uint8_t)kind;
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(x->txn, x->terms);
    bool found = ledger_kv_seek(cursor, ledger_span_of(&key, 1), &pair);
    while (found && le_read32(pair.value.data + 4) < 4)
        found = ledger_kv_next(cursor, &pair);
    assert_true(found && pair.key.data[0] == key);
    take_row(&pair, TERM_HEAD, row);
    ledger_kv_cursor_close(cursor);
}

static void find_run(struct indexes *x, struct row *row) {
    struct ledger_kv_pair pair;
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(x->txn, x->postings);
    assert_true(ledger_kv_first(cursor, &pair));
    take_row(&pair, RUN_HEAD, row);
    assert_true(row->count > 100);
    ledger_kv_cursor_close(cursor);
}

static void remove_at(struct row *row, uint32_t i) {
    memmove(row->positions + i, row->positions + i + 1,
            (row->count - i - 1) * sizeof *row->positions);
    row->count--;
}

// Puts in a position that is not there; returns it.
static uint64_t insert(struct row *row) {
    uint32_t i = 1;
    while (row->positions[i] == row->positions[i - 1] + 1)
        i++;
    assert_true(i < row->count);
    memmove(row->positions + i + 1, row->positions + i, (row->count - i) * sizeof *row->positions);
    row->count++;
    return row->positions[i] = row->positions[i - 1] + 1;
}

static void add_to_count(struct row *row, int64_t by) {
    le_write64(row->value + 8, le_read64(row->value + 8) + (uint64_t)by);
}

static const enum term_kind kinds[] = {TERM_ACTOR,  TERM_CATEGORY, TERM_CORRELATION, TERM_SHARE,
                                       TERM_STREAM, TERM_SUBJECT,  TERM_TYPE};

// Each returns where the fault must be seen; 0 = anywhere.
static uint64_t lacks_a_posting(struct indexes *x, enum term_kind kind) {
    struct row row;
    find_term(x, kind, &row);
    uint64_t position = row.positions[1];
    remove_at(&row, 1);
    add_to_count(&row, -1);
    put_row(x, &row);
    return position;
}

static uint64_t has_another_posting(struct indexes *x, enum term_kind kind) {
    struct row row;
    find_term(x, kind, &row);
    uint64_t position = insert(&row);
    add_to_count(&row, 1);
    put_row(x, &row);
    return position;
}

static uint64_t counts_wrong(struct indexes *x, enum term_kind kind) {
    struct row row;
    find_term(x, kind, &row);
    add_to_count(&row, 1);
    put_row(x, &row);
    return 0;
}

static uint64_t run_lacks_a_posting(struct indexes *x, enum term_kind kind) {
    (void)kind;
    struct row row;
    find_run(x, &row);
    uint64_t position = row.positions[50];
    remove_at(&row, 50);
    put_row(x, &row);
    return position;
}

static uint64_t run_of_nobody(struct indexes *x, enum term_kind kind) {
    (void)kind;
    struct row row;
    find_run(x, &row);
    memset(row.key, 0x7f, 4); // a number that was never given
    uint64_t position = row.positions[0];
    put_row(x, &row);
    return position;
}

// An actor whom nobody is: numbered and counted as it must be, and found when all is counted.
static uint64_t term_of_nobody(struct indexes *x, enum term_kind kind) {
    (void)kind;
    static const struct ledger_span next_key = {(const uint8_t *)"next-number", 11};
    struct ledger_span value;
    uint8_t next[8];
    struct row row;
    find_term(x, TERM_ACTOR, &row);
    row.key_size = (size_t)snprintf((char *)row.key, sizeof row.key, "anobody");
    row.positions[0] = 7;
    row.positions[1] = 9;
    row.count = 2;
    assert_int_equal(ledger_kv_get(x->txn, x->meta, next_key, &value), LEDGER_E_OK);
    uint64_t number = le_read64(value.data);
    le_write32(row.value, (uint32_t)number);
    le_write64(row.value + 8, 2);
    le_write64(row.value + 16, 9);
    put_row(x, &row);
    le_write64(next, number + 1);
    ledger_kv_put(x->txn, x->meta, next_key, ledger_span_of(next, sizeof next));
    return 7;
}

static uint64_t one_number_twice(struct indexes *x, enum term_kind kind) {
    (void)kind;
    struct row a, b;
    find_term(x, TERM_SUBJECT, &a);
    find_term(x, TERM_CORRELATION, &b);
    memcpy(b.value, a.value, 4);
    put_row(x, &b);
    return 0;
}

static uint64_t id_leads_elsewhere(struct indexes *x, enum term_kind kind) {
    (void)kind;
    struct ledger_kv_pair pair;
    uint8_t value[8192];
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(x->txn, x->ids);
    assert_true(ledger_kv_first(cursor, &pair) && pair.value.size <= sizeof value);
    memcpy(value, pair.value.data, pair.value.size);
    value[pair.value.size - 3] ^= 0x10; // of a position, far beyond the head
    uint8_t key[16];
    size_t key_size = pair.key.size, size = pair.value.size;
    memcpy(key, pair.key.data, key_size);
    ledger_kv_cursor_close(cursor);
    ledger_kv_put(x->txn, x->ids, ledger_span_of(key, key_size), ledger_span_of(value, size));
    return 0;
}

static void spoil(void **state, uint64_t (*change)(struct indexes *, enum term_kind),
                  enum term_kind kind) {
    struct fixture *f = *state;
    struct indexes x;
    open_indexes(f, &x);
    uint64_t position = change(&x, kind);
    close_indexes(&x);
    struct ledger_verify_report report = verified_files(f);
    assert_true(report.fault.position != 0);
    assert_string_equal(report.fault.where, "index");
    if (position != 0 && report.fault.position != position)
        fail_msg("kind %c: position %u instead of %u: %s", kind, (unsigned)report.fault.position,
                 (unsigned)position, report.fault.message);
    // Nothing is lost: made anew it is right.
    char path[100];
    snprintf(path, sizeof path, "%s/index", f->path);
    remove_tree(path);
    open_log(f);
}

static void indexes_that_lead_astray_are_found(void **state) {
    fill(*state);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        spoil(state, lacks_a_posting, kinds[i]);
        spoil(state, has_another_posting, kinds[i]);
        spoil(state, counts_wrong, kinds[i]);
    }
    spoil(state, run_lacks_a_posting, TERM_STREAM);
    spoil(state, run_of_nobody, TERM_STREAM);
    spoil(state, term_of_nobody, TERM_ACTOR);
    spoil(state, one_number_twice, TERM_SUBJECT);
    spoil(state, id_leads_elsewhere, TERM_STREAM);
}

static void indexes_of_another_log_are_found(void **state) {
    struct fixture *f = *state;
    char command[400], other[64] = "/tmp/fl-other-XXXXXX";
    for (int i = 0; i < 60; i++)
        append_fresh(f);
    ledger_log_close(f->log);
    f->log = NULL;
    assert_non_null(mkdtemp(other));
    snprintf(command, sizeof command, "mv %s/index %s/", f->path, other);
    assert_int_equal(system(command), 0);
    open_log(f);
    ledger_log_close(f->log);
    snprintf(command, sizeof command, "rm -rf %s/log %s/index", f->path, f->path);
    assert_int_equal(system(command), 0);
    open_log(f); // another ledger
    ledger_log_close(f->log);
    f->log = NULL;
    snprintf(command, sizeof command, "rm -rf %s/index && mv %s/index %s/", f->path, other,
             f->path);
    assert_int_equal(system(command), 0);
    struct ledger_verify_report report = verified_files(f);
    assert_string_equal(report.fault.where, "index");
    assert_non_null(strstr(report.fault.message, "another log"));
    remove_tree(other);
}

// The same ledger, from an older copy: the indexes remember more than it holds.
static void a_log_that_lost_its_end_is_found(void **state) {
    struct fixture *f = *state;
    char command[400];
    for (int i = 0; i < 40; i++)
        append_fresh(f);
    reopen(f, false);
    uint64_t head = model_head;
    snprintf(command, sizeof command, "cp -r %s/log %s/old", f->path, f->path);
    assert_int_equal(system(command), 0);
    for (int i = 0; i < 40; i++)
        append_fresh(f);
    ledger_log_close(f->log);
    f->log = NULL;
    snprintf(command, sizeof command, "rm -rf %s/log && mv %s/old %s/log", f->path, f->path,
             f->path);
    assert_int_equal(system(command), 0);
    struct ledger_verify_report report = verified_files(f);
    assert_int_equal(report.fault.position, head + 1);
    assert_string_equal(report.fault.where, "block");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_sound_ledger_passes, log_fixture_setup,
                                        log_fixture_teardown),
        cmocka_unit_test_setup_teardown(beside_appends_and_folds, log_fixture_setup,
                                        log_fixture_teardown),
        cmocka_unit_test_setup_teardown(tokens_are_looked_at, log_fixture_setup,
                                        log_fixture_teardown),
        cmocka_unit_test_setup_teardown(tokens_of_others_are_refused, log_fixture_setup,
                                        log_fixture_teardown),
        cmocka_unit_test_setup_teardown(forged_tokens_do_no_harm, log_fixture_setup,
                                        log_fixture_teardown),
        cmocka_unit_test_setup_teardown(indexes_that_lead_astray_are_found, log_fixture_setup,
                                        log_fixture_teardown),
        cmocka_unit_test_setup_teardown(indexes_of_another_log_are_found, log_fixture_setup,
                                        log_fixture_teardown),
        cmocka_unit_test_setup_teardown(a_log_that_lost_its_end_is_found, log_fixture_setup,
                                        log_fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
