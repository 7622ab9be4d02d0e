// The reactor's search for what raised an alert: what it asks the ledger, if it asks at all.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reactor/search.h"

// ---- a ledger without facts
static struct {
    size_t times;
    char kind[16], id[16];
} asked;

enum ledger_err ask_records(struct peers *peers, const struct read_ask *ask,
                            struct ledger_arena *arena, const Ledger__V1__ReadReply **page,
                            struct ledger_error *error) {
    static const Ledger__V1__ReadReply nothing = LEDGER__V1__READ_REPLY__INIT;
    (void)peers;
    (void)arena;
    (void)error;
    asked.times++;
    if (ask->filter->subject != NULL) {
        strncpy(asked.kind, ask->filter->subject->kind, sizeof asked.kind - 1);
        strncpy(asked.id, ask->filter->subject->id, sizeof asked.id - 1);
    }
    *page = &nothing;
    return LEDGER_E_OK;
}

static void look_for(const struct alert_search *want, const char *kind, const char *id) {
    struct reactor reactor = {.page = ledger_arena_new(0)};
    const struct round round = {.reactor = &reactor, .head = 9};
    const struct search search = {.want = want, .kind = kind, .id = id};
    uint64_t position = 1;
    memset(&asked, 0, sizeof asked);
    assert_non_null(reactor.page);
    assert_int_equal(search_fact(&round, &search, &position, NULL), LEDGER_E_OK);
    assert_int_equal(position, 0);
    ledger_arena_free(reactor.page);
}

// ---- tests
static const struct alert_search of_a_client = {
    .types = {"OrderPlaced"}, .kind = "client", .id = "client"};

static void a_search_names_its_subject(void **state) {
    (void)state;
    look_for(&of_a_client, "client", "c-1");
    assert_int_equal(asked.times, 1);
    assert_string_equal(asked.kind, "client");
    assert_string_equal(asked.id, "c-1");
}

// Without the subject any fact of the type would be found.
static void a_row_that_does_not_say_about_what_finds_nothing(void **state) {
    (void)state;
    look_for(&of_a_client, "client", NULL);
    assert_int_equal(asked.times, 0);
    look_for(&of_a_client, "client", "");
    assert_int_equal(asked.times, 0);
    look_for(&of_a_client, NULL, "c-1");
    assert_int_equal(asked.times, 0);
}

static void a_search_by_what_is_said_names_no_subject(void **state) {
    static const struct alert_search by_plan = {.types = {"CyclePlanTargetSet"},
                                                .fields = {{"plan_id", "plan"}}};
    (void)state;
    look_for(&by_plan, NULL, NULL);
    assert_int_equal(asked.times, 1);
    assert_string_equal(asked.id, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_search_names_its_subject),
        cmocka_unit_test(a_row_that_does_not_say_about_what_finds_nothing),
        cmocka_unit_test(a_search_by_what_is_said_names_no_subject),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
