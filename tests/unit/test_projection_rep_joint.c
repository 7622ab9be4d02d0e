// rep-activity: joint visits, and the facts that contradict what came before.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rep-activity/rep_activity.h"
#include "test_projection_rep.h"

static uint64_t joint(struct world *world, const char *visit, const char *actor,
                      const char *companion, const char *role, int score) {
    return fact(world, "JointVisitRecorded", "visit/x", "2025-06-12", actor,
                "\"visitId\":\"%s\",\"repId\":\"r1\",\"companionId\":\"%s\",\"role\":\"%s\","
                "\"scores\":[{\"criterion\":\"talk\",\"score\":%d}]",
                visit, companion, role, score);
}

static void joint_visits(struct world *world) {
    report(world, "j1", "r1", "a", "2025-06-02", NULL);
    report(world, "j2", "r1", "b", "2025-06-03", NULL);
    report(world, "j3", "r1", "c", "2025-06-03", NULL);
    report(world, "j4", "r1", "a", "2025-06-10", NULL);
    report(world, "j5", "r1", "b", "2025-06-11", NULL);
    report(world, "k1", "r2", "b", "2025-06-11", NULL);
    joint(world, "j3", "r1", "m", "COACH", 4);
    joint(world, "j1", "r1", "m", "OBSERVER", 5);
    joint(world, "j1", "m", "m", "COACH", 2); // the companion's own word counts
    joint(world, "j2", "m", "m", "COACH", 3);
    fact(world, "JointVisitRecorded", "visit/x", "2025-06-12", "r1",
         "\"visitId\":\"j4\",\"repId\":\"r1\",\"companionId\":\"s\",\"role\":\"SPECIALIST\"");
    joint(world, "j9", "m", "m", "COACH", 9); // nobody reported it
    joint(world, "j5", "r1", "r1", "COACH", 9);
}

static void joint_visits_are_shared_and_confirmed(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    joint_visits(world);
    const Ledger__V1__QueryReply *reply = world_ask(world, "joint", "now", "2025-06-12", NULL);
    assert_int_equal(row_count(reply, "reps"), 2);
    assert_cell(reply, "reps", 0, "visits", "5");
    assert_cell(reply, "reps", 0, "joint", "4");
    assert_cell(reply, "reps", 0, "joint_share", "0.8000");
    assert_cell(reply, "reps", 0, "coached", "3");
    assert_cell(reply, "reps", 0, "by_both", "1");
    assert_cell(reply, "reps", 0, "by_one", "3");
    assert_cell(reply, "reps", 0, "last_joint", "2025-06-10");
    assert_cell(reply, "reps", 0, "days_since", "2");
    assert_cell(reply, "reps", 1, "joint_share", "0.0000");
    assert_cell(reply, "reps", 1, "days_since", "none");
    assert_int_equal(row_count(reply, "pairs"), 2);
    assert_cell(reply, "companions", 0, "companion", "m");
    assert_cell(reply, "companions", 0, "coaching_days", "2");
    assert_cell(reply, "companions", 0, "joint", "3");
    assert_cell(reply, "companions", 1, "coaching_days", "0");
    assert_cell(reply, "scores", 0, "scores", "3");
    assert_cell(reply, "scores", 0, "mean", "3.0000");
    assert_cell(reply, "scores", 0, "first_half", "2.0000");
    assert_cell(reply, "scores", 0, "second_half", "4.0000");
    assert_cell(reply, "scores", 0, "change", "2.0000");
    assert_true(has_note(reply, "1 joint visit is not counted"));
    reply = world_ask(world, "joint", "rep", "r1", "now", "2025-06-12", NULL);
    assert_cell(reply, "reps", 0, "joint", "4");
    assert_int_equal(row_count(reply, "score_list"), 3);
    assert_cell(reply, "score_list", 0, "visit", "j1");
    assert_cell(reply, "score_list", 0, "score", "2");
    world_close(world);
}

static void a_companion_a_period_and_a_territory_narrow_them(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    assert_int_equal(row_count(world_ask(world, "joint", NULL), "reps"), 0);
    joint_visits(world);
    const Ledger__V1__QueryReply *reply = world_ask(world, "joint", "companion", "s", NULL);
    assert_int_equal(row_count(reply, "reps"), 1);
    assert_cell(reply, "reps", 0, "visits", "5");
    assert_cell(reply, "reps", 0, "joint_share", "0.2000");
    reply = world_ask(world, "joint", "from", "2025-06-03", "to", "2025-06-03", NULL);
    assert_cell(reply, "reps", 0, "joint_share", "1.0000");
    assert_cell(reply, "scores", 0, "scores", "2");
    assign(world, "north", "all", "r1", "2025-06-10", NULL);
    reply = world_ask(world, "joint", "territory", "all", NULL);
    assert_cell(reply, "reps", 0, "visits", "2");
    assert_cell(reply, "reps", 0, "joint", "1");
    reply = world_ask(world, "joint", "territory", "nowhere", "companion", "m", NULL);
    assert_int_equal(row_count(reply, "reps"), 0);
    world_close(world);
}

static void a_retracted_companion_confirms_nothing(void **state) {
    (void)state;
    struct world *world = world_open(&rep_activity);
    report(world, "j1", "r1", "a", "2025-06-02", NULL);
    joint(world, "j1", "r1", "m", "COACH", 5);
    uint64_t second = joint(world, "j1", "m", "m", "COACH", 2);
    assert_cell(world_ask(world, "joint", NULL), "reps", 0, "by_both", "1");
    retract(world, "visit/x", second);
    const Ledger__V1__QueryReply *reply = world_ask(world, "joint", NULL);
    assert_cell(reply, "reps", 0, "by_both", "0");
    assert_cell(reply, "scores", 0, "mean", "5.0000");
    assert_cell(reply, "scores", 0, "first_half", "none");
    world_close(world);
}

// ---- contradictions
static void contradictions_are_listed_by_code(void **state) {
    (void)state;
    static const char *const codes[] = {"reported_twice",
                                        "reported_after_cancelled",
                                        "cancelled_after_reported",
                                        "cancelled_twice",
                                        "planned_twice",
                                        "never_planned",
                                        "moved_after_closed",
                                        "other_client",
                                        "joint_not_reported",
                                        "companion_is_rep"};
    struct world *world = world_open(&rep_activity);
    report(world, "c1", "r1", "a", "2025-06-02", NULL);
    uint64_t twice = report(world, "c1", "r1", "a", "2025-06-02", NULL);
    plan_visit(world, "c2", "r1", "a", "2025-06-01", "2025-06-03");
    cancel(world, "c2", "r1", "2025-06-02", "CANCELLED");
    report(world, "c2", "r1", "a", "2025-06-03", NULL);
    cancel(world, "c1", "r1", "2025-06-04", "CANCELLED");
    plan_visit(world, "c3", "r1", "a", "2025-06-01", "2025-06-03");
    plan_visit(world, "c3", "r1", "a", "2025-06-02", "2025-06-04");
    cancel(world, "c3", "r1", "2025-06-02", "CANCELLED");
    cancel(world, "c3", "r1", "2025-06-03", "NOT_HELD");
    fact(world, "VisitRescheduled", "visit/x", "2025-06-04", "r1",
         "\"visitId\":\"c3\",\"newDate\":\"2025-06-08\"");
    cancel(world, "c4", "r1", "2025-06-02", "CANCELLED");
    plan_visit(world, "c5", "r1", "a", "2025-06-01", "2025-06-03");
    report(world, "c5", "r1", "b", "2025-06-03", NULL);
    joint(world, "c9", "m", "m", "COACH", 1);
    joint(world, "c5", "r1", "r1", "COACH", 1);
    const Ledger__V1__QueryReply *reply = world_ask(world, "contradictions", NULL);
    assert_int_equal(row_count(reply, "codes"), 10);
    assert_int_equal(row_count(reply, "facts"), 10);
    for (size_t i = 0; i < 10; i++) {
        assert_cell(reply, "codes", i, "code", codes[i]);
        assert_cell(reply, "codes", i, "facts", "1");
        assert_string_not_equal(cell(world, reply, "codes", i, "meaning"), "none");
    }
    assert_cell(reply, "facts", 0, "code", "reported_twice");
    assert_cell(reply, "facts", 0, "visit", "c1");
    assert_int_equal(row_count(world_ask(world, "contradictions", "rep", "r1", NULL), "facts"), 10);
    assert_int_equal(row_count(world_ask(world, "contradictions", "rep", "r2", NULL), "facts"), 0);
    assert_cell(world_ask(world, "register", NULL), "totals", 0, "held", "3");
    retract(world, "visit/x", twice);
    assert_int_equal(row_count(world_ask(world, "contradictions", NULL), "codes"), 9);
    // Before it was put right, and as of the time before it happened.
    reply = world_ask(world, "contradictions", "as-of-occurred", "2025-06-01", NULL);
    assert_int_equal(row_count(reply, "facts"), 0);
    world_close(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joint_visits_are_shared_and_confirmed),
        cmocka_unit_test(a_companion_a_period_and_a_territory_narrow_them),
        cmocka_unit_test(a_retracted_companion_confirms_nothing),
        cmocka_unit_test(contradictions_are_listed_by_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
