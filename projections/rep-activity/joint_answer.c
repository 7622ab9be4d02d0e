// Joint visits: how many, with whom, coaching days, scores and where they go.
#include <stdlib.h>
#include <string.h>

#include "joints.h"
#include "visit_states.h"
#include "words.h"

struct side { // a representative, a companion, or the two together
    const char *rep, *companion;
    uint64_t visits; // held by the representative
    uint64_t joint, coached, by_both, by_one, days;
    const char *last_visit, *last_coached; // counted last
    bool has_last;
    int32_t last;
};

struct sides {
    struct projection_ids ids;
    struct side *list; // by number
    size_t capacity;
};

struct score {
    const struct joint *joint;
    const char *criterion;
    int64_t score;
};

struct joint_report {
    struct scope scope;
    struct joints joints;
    struct ledger_moment now;
    struct sides reps, pairs, companions;
    struct score *scores;
    size_t score_count, score_capacity;
    uint64_t not_reported;
};

#define JOINT_COLUMNS                                                                              \
    {"joint", "Joint visits", PROJECTION_INTEGER},                                                 \
        {"coached", "With a coach", PROJECTION_INTEGER},                                           \
        {"by_both", "Recorded by both", PROJECTION_INTEGER},                                       \
        {"by_one", "Recorded by one", PROJECTION_INTEGER},                                         \
        {"last_joint", "Last joint visit", PROJECTION_DATE}, {                                     \
        "days_since", "Days since", PROJECTION_INTEGER                                             \
    }
static const struct projection_column rep_columns[] = {
    {"rep", "Representative", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"visits", "Visits held", PROJECTION_INTEGER},
    {"joint_share", "Joint share", PROJECTION_RATIO},
    JOINT_COLUMNS,
};
static const struct projection_column pair_columns[] = {
    {"rep", "Representative", PROJECTION_ID},
    {"companion", "Companion", PROJECTION_ID},
    {"companion_name", "Companion's name", PROJECTION_TEXT},
    JOINT_COLUMNS,
};
static const struct projection_column companion_columns[] = {
    {"companion", "Companion", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"coaching_days", "Coaching days", PROJECTION_INTEGER},
    JOINT_COLUMNS,
};
static const struct projection_column trend_columns[] = {
    {"rep", "Representative", PROJECTION_ID},
    {"criterion", "Criterion", PROJECTION_TEXT},
    {"scores", "Scores", PROJECTION_INTEGER},
    {"mean", "Mean", PROJECTION_RATIO},
    {"first_half", "Mean of the first half", PROJECTION_RATIO},
    {"second_half", "Mean of the second half", PROJECTION_RATIO},
    {"change", "Change", PROJECTION_RATIO},
};
static const struct projection_column score_columns[] = {
    {"when", "When", PROJECTION_TEXT},         {"visit", "Visit", PROJECTION_ID},
    {"companion", "Companion", PROJECTION_ID}, {"criterion", "Criterion", PROJECTION_TEXT},
    {"score", "Score", PROJECTION_INTEGER},
};

// ---- counting
static struct side *side_of(struct sides *sides, const char *rep, const char *companion) {
    struct ledger_arena *arena = sides->ids.arena;
    const char *key =
        ledger_arena_printf(arena, "%s\n%s", rep ? rep : "", companion ? companion : "");
    size_t number = key ? projection_ids_add(&sides->ids, key) : PROJECTION_ID_NONE;
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(arena, &sides->list, &sides->capacity, number, sizeof *sides->list))
        return NULL;
    sides->list[number].rep = rep;
    sides->list[number].companion = companion;
    return &sides->list[number];
}

static void count(struct side *side, const struct joint *joint) {
    bool again = side->last_visit && strcmp(side->last_visit, joint->visit) == 0;
    side->last_visit = joint->visit;
    side->joint += !again;
    if (joint->role == JOINT_COACH) {
        side->coached += !side->last_coached || strcmp(side->last_coached, joint->visit) != 0;
        side->last_coached = joint->visit;
    }
    side->by_both += !again && joint->by_rep && joint->by_companion;
    side->by_one += !again && !(joint->by_rep && joint->by_companion);
    if (joint->when.when == LEDGER_WHEN_UNKNOWN)
        return;
    if (!side->has_last || side->last < joint->when.day)
        side->last = joint->when.day;
    side->has_last = true;
}

static bool add_scores(struct joint_report *report, const struct joint *joint) {
    for (size_t i = 0; i < joint->score_count; i++) {
        if (!joint->scores[i].criterion)
            continue;
        if (!projection_grow(report->reps.ids.arena, &report->scores, &report->score_capacity,
                             report->score_count, sizeof *report->scores))
            return false;
        report->scores[report->score_count++] =
            (struct score){joint, joint->scores[i].criterion, joint->scores[i].score};
    }
    return true;
}

static bool add_joint(struct joint_report *report, const struct joint *joint) {
    report->not_reported += !joint->held;
    if (!joint->held)
        return true;
    struct side *rep = side_of(&report->reps, joint->rep, NULL);
    struct side *pair = side_of(&report->pairs, joint->rep, joint->companion);
    struct side *companion = side_of(&report->companions, NULL, joint->companion);
    if (!rep || !pair || !companion)
        return false;
    count(rep, joint);
    count(pair, joint);
    count(companion, joint);
    return add_scores(report, joint);
}

static enum ledger_err take_visit(void *user, struct visit_state *visit,
                                  struct ledger_error *error) {
    struct joint_report *report = user;
    if (visit->status != VISIT_IS_HELD || !scope_holds(&report->scope, visit->rep, &visit->held))
        return LEDGER_E_OK;
    struct side *side = side_of(&report->reps, visit->rep, NULL);
    if (!side)
        return projection_no_memory(error);
    side->visits++;
    return LEDGER_E_OK;
}

static enum ledger_err count_visits(struct joint_report *report, const char *rep,
                                    struct ledger_error *error) {
    return visit_states_each(report->scope.view, rep, &report->scope.period, take_visit, report,
                             error);
}

static int by_companion_and_day(const void *a, const void *b) {
    const struct joint *left = *(const struct joint *const *)a;
    const struct joint *right = *(const struct joint *const *)b;
    int order = strcmp(left->companion, right->companion);
    if (order)
        return order;
    return left->when.day < right->when.day ? -1 : left->when.day > right->when.day;
}

static bool count_coaching_days(struct joint_report *report) {
    const struct joint **coached =
        ledger_arena_calloc(report->reps.ids.arena, (report->joints.count + 1) * sizeof *coached);
    size_t coachings = 0;
    for (size_t i = 0; coached && i < report->joints.count; i++) {
        const struct joint *joint = &report->joints.list[i];
        if (joint->held && joint->role == JOINT_COACH && joint->when.when != LEDGER_WHEN_UNKNOWN)
            coached[coachings++] = joint;
    }
    if (coachings)
        qsort(coached, coachings, sizeof(void *), by_companion_and_day);
    for (size_t i = 0; i < coachings; i++) {
        struct side *side = side_of(&report->companions, NULL, coached[i]->companion);
        if (!side)
            return false;
        side->days += i == 0 || by_companion_and_day(&coached[i - 1], &coached[i]) != 0;
    }
    return coached;
}

static enum ledger_err collect(struct joint_report *report, const char *companion,
                               struct ledger_error *error) {
    enum ledger_err err = joints_read(&report->joints, &report->scope, companion, false, error);
    for (size_t i = 0; !err && i < report->joints.count; i++)
        if (!add_joint(report, &report->joints.list[i]))
            err = projection_no_memory(error);
    if (!err && !count_coaching_days(report))
        err = projection_no_memory(error);
    if (companion && scope_is_everyone(&report->scope)) { // only those the companion went with
        size_t reps = report->reps.ids.count;
        for (size_t i = 0; !err && i < reps; i++)
            err = count_visits(report, report->reps.list[i].rep, error);
        return err;
    }
    for (size_t i = 0; !err && i < report->scope.rep_count; i++)
        err = count_visits(report, report->scope.reps[i], error);
    return err;
}

// ---- the answer
static int by_ids(const void *a, const void *b) {
    const struct side *left = a;
    const struct side *right = b;
    int order = strcmp(left->rep ? left->rep : "", right->rep ? right->rep : "");
    return order ? order
                 : strcmp(left->companion ? left->companion : "",
                          right->companion ? right->companion : "");
}

static void sort_sides(struct sides *sides) {
    if (sides->ids.count)
        qsort(sides->list, sides->ids.count, sizeof *sides->list, by_ids);
}

static void answer_side(const struct joint_report *report, struct projection_answer *answer,
                        const struct side *side) {
    projection_answer_integer(answer, (int64_t)side->joint);
    projection_answer_integer(answer, (int64_t)side->coached);
    projection_answer_integer(answer, (int64_t)side->by_both);
    projection_answer_integer(answer, (int64_t)side->by_one);
    if (side->has_last)
        projection_answer_day(answer, side->last);
    else
        projection_answer_none(answer);
    answer_days_since(answer, &report->now, side->has_last, side->last);
}

static void answer_sides(struct joint_report *report, struct projection_answer *answer) {
    struct projection_view *view = report->scope.view;
    sort_sides(&report->reps);
    sort_sides(&report->pairs);
    sort_sides(&report->companions);
    projection_answer_table(answer, "reps", "Joint visits by representative",
                            PROJECTION_COLUMNS(rep_columns));
    projection_answer_limit(answer, report->scope.limit);
    for (size_t i = 0; i < report->reps.ids.count; i++) {
        const struct side *side = &report->reps.list[i];
        projection_answer_text(answer, side->rep);
        projection_answer_text(answer, projection_name(view, EMPLOYEES, side->rep));
        projection_answer_integer(answer, (int64_t)side->visits);
        projection_answer_ratio(answer, side->joint, side->visits);
        answer_side(report, answer, side);
    }
    projection_answer_table(answer, "pairs", "Joint visits by representative and companion",
                            PROJECTION_COLUMNS(pair_columns));
    for (size_t i = 0; i < report->pairs.ids.count; i++) {
        const struct side *side = &report->pairs.list[i];
        projection_answer_text(answer, side->rep);
        projection_answer_text(answer, side->companion);
        projection_answer_text(answer, projection_name(view, EMPLOYEES, side->companion));
        answer_side(report, answer, side);
    }
    projection_answer_table(answer, "companions", "Joint visits by companion",
                            PROJECTION_COLUMNS(companion_columns));
    for (size_t i = 0; i < report->companions.ids.count; i++) {
        const struct side *side = &report->companions.list[i];
        projection_answer_text(answer, side->companion);
        projection_answer_text(answer, projection_name(view, EMPLOYEES, side->companion));
        projection_answer_integer(answer, (int64_t)side->days);
        answer_side(report, answer, side);
    }
}

static int by_rep_and_criterion(const void *a, const void *b) {
    const struct score *left = a;
    const struct score *right = b;
    int order = strcmp(left->joint->rep, right->joint->rep);
    if (!order)
        order = strcmp(left->criterion, right->criterion);
    if (order || left->joint == right->joint)
        return order;
    return left->joint < right->joint ? -1 : 1; // joints are in order of time
}

// Of an odd number of scores, the one in the middle is in neither half.
static void answer_trend(struct projection_answer *answer, const struct score *scores, size_t n) {
    __int128 all = 0;
    __int128 first = 0;
    __int128 second = 0;
    size_t half = n / 2;
    for (size_t i = 0; i < n; i++) {
        all += scores[i].score;
        first += i < half ? scores[i].score : 0;
        second += i >= n - half ? scores[i].score : 0;
    }
    projection_answer_text(answer, scores->joint->rep);
    projection_answer_text(answer, scores->criterion);
    projection_answer_integer(answer, (int64_t)n);
    projection_answer_ratio(answer, all, n);
    projection_answer_ratio(answer, first, half);
    projection_answer_ratio(answer, second, half);
    projection_answer_ratio(answer, second - first, half);
}

static void answer_scores(struct joint_report *report, struct projection_answer *answer) {
    struct score *scores = report->scores;
    size_t total = report->score_count;
    if (total)
        qsort(scores, total, sizeof *scores, by_rep_and_criterion);
    projection_answer_table(answer, "scores", "Scores", PROJECTION_COLUMNS(trend_columns));
    for (size_t i = 0, next; i < total; i = next) {
        for (next = i; next < total && strcmp(scores[next].joint->rep, scores[i].joint->rep) == 0 &&
                       strcmp(scores[next].criterion, scores[i].criterion) == 0;)
            next++;
        answer_trend(answer, &scores[i], next - i);
    }
    if (!report->scope.rep)
        return;
    projection_answer_table(answer, "score_list", "Scores, one by one",
                            PROJECTION_COLUMNS(score_columns));
    for (size_t i = 0; i < total; i++) {
        projection_answer_moment(answer, &scores[i].joint->when);
        projection_answer_text(answer, scores[i].joint->visit);
        projection_answer_text(answer, scores[i].joint->companion);
        projection_answer_text(answer, scores[i].criterion);
        projection_answer_integer(answer, scores[i].score);
    }
}

enum ledger_err joint_answer(struct projection_view *view,
                             const struct projection_arguments *arguments,
                             struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct joint_report report = {.now = projection_view_today(view),
                                  .reps = {.ids = {.arena = arena}},
                                  .pairs = {.ids = {.arena = arena}},
                                  .companions = {.ids = {.arena = arena}}};
    enum ledger_err err = scope_begin(&report.scope, view, arguments, error);
    if (!err)
        err = collect(&report, projection_argument(arguments, "companion"), error);
    if (!err && report.scope.territories.failed)
        err = projection_no_memory(error);
    if (err)
        return err;
    answer_sides(&report, answer);
    answer_scores(&report, answer);
    if (report.not_reported)
        projection_answer_note(
            answer, "%s not counted: the representative did not report the visit.",
            projection_count(answer, report.not_reported, "joint visit is", "joint visits are"));
    projection_answer_note_today(answer, view);
    scope_notes(&report.scope, arguments, answer);
    return LEDGER_E_OK;
}
