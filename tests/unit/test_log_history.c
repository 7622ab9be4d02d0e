// The log against a model: random appends, right and wrong, repeated and mixed, and random reads in
// both directions, across restarts, lost indexes and folds at every size.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_log_fixture.h"

static void random_append(struct fixture *f) {
    struct call call;
    struct model_event fresh[APPEND_MAX];
    uint64_t known[APPEND_MAX] = {0};
    size_t count = 1 + pick(APPEND_MAX), fresh_count = 0, known_count = 0;
    call_init(&call);
    for (size_t i = 0; i < count; i++) {
        uint64_t old = model_head != 0 && pick(10) == 0 ? 1 + pick(model_head) : 0;
        for (size_t j = 0; j < i; j++)
            old = known[j] == old ? 0 : old;
        known[i] = old;
        if (old != 0) {
            call_add(&call, &model[old]);
            known_count++;
        } else {
            make_event(&fresh[fresh_count]);
            pack_event(&fresh[fresh_count], "payload");
            call_add(&call, &fresh[fresh_count++]);
        }
    }
    call.append.allow_duplicates = pick(2);
    char expected_stream[40];
    snprintf(expected_stream, sizeof expected_stream, "client/%" PRIu64, pick(STREAMS));
    uint64_t actual = model_version(expected_stream), stated = actual + (pick(3) == 0);
    if (pick(2))
        call_expect(&call, expected_stream, stated);

    bool gains = false;
    for (size_t i = 0; i < fresh_count; i++)
        gains |= strcmp(fresh[i].stream, expected_stream) == 0;
    enum ledger_err want = LEDGER_E_OK;
    bool all_known = known_count == count;
    if (known_count != 0 && !all_known && !call.append.allow_duplicates)
        want = LEDGER_E_EVENT_ID_KNOWN;
    else if (!all_known && call.append.expected_count != 0 && stated != actual &&
             (known_count == 0 || gains))
        want = LEDGER_E_WRONG_EXPECTED_VERSION;

    assert_int_equal(call_run(f, &call), want);
    if (want == LEDGER_E_WRONG_EXPECTED_VERSION) {
        assert_string_equal(call.append.error.stream, expected_stream);
        assert_int_equal(call.append.error.actual_version, actual);
    }
    uint64_t next = model_head + 1;
    for (size_t i = 0; want == LEDGER_E_OK && i < count; i++)
        assert_int_equal(call.positions[i], known[i] != 0 ? known[i] : next++);
    for (size_t i = 0; i < fresh_count; i++) {
        if (want == LEDGER_E_OK)
            model_add(&fresh[i]);
        else
            ledger_buffer_fini(&fresh[i].packed);
    }
    assert_int_equal(ledger_log_head(f->log), model_head);
    call_fini(&call);
}

static void follows_the_model(void **state) {
    struct fixture *f = *state;
    for (int step = 0; step < 2500; step++) {
        uint64_t what = pick(100);
        wall += (int64_t)pick(1000);
        steady += 1000;
        if (what < 50)
            random_append(f);
        else if (what < 90)
            random_read(f);
        else if (what < 98)
            random_fetch(f);
        else
            reopen(f, pick(3) == 0);
    }
    assert_true(model_head > 2000);
}

static void follows_it_without_a_journal(void **state) {
    struct fixture *f = *state;
    ledger_log_close(f->log);
    f->journal_bytes = 0;
    open_log(f);
    follows_the_model(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(follows_it_without_a_journal, log_fixture_setup,
                                        log_fixture_teardown),
        cmocka_unit_test_setup_teardown(follows_the_model, log_fixture_setup, log_fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
