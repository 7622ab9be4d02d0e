// Call plans against what was done: by plan, by representative, by client, by product.
#include <stdlib.h>
#include <string.h>

#include "targets.h"
#include "workdays.h"

// Targets of one plan and one representative, or of one plan.
struct line {
    const char *plan, *rep;
    int32_t from, to;
    uint64_t reps, targets;
    uint64_t planned, actual, capped, scheduled, remaining, to_schedule;
    uint64_t days, begun; // working days
    bool normed;          // all of them
    uint64_t capacity;
};

struct goal {
    const char *plan, *product;
    uint64_t planned, actual;
};

struct plan_fact {
    struct scope scope;
    struct targets targets;
    struct ledger_arena *arena;
    struct projection_ids line_ids; // plan and representative
    struct line *lines;             // by number
    size_t line_capacity;
    struct projection_ids goal_ids; // plan and product
    struct goal *goals;             // by number
    size_t goal_capacity;
};

#define FIGURE_COLUMNS                                                                             \
    {"planned", "Planned", PROJECTION_INTEGER}, {"actual", "Actual", PROJECTION_INTEGER},          \
        {"scheduled", "Scheduled", PROJECTION_INTEGER},                                            \
        {"remaining", "Remaining", PROJECTION_INTEGER},                                            \
        {"remaining_to_schedule", "Remaining to schedule", PROJECTION_INTEGER}, {                  \
        "attainment", "Attainment", PROJECTION_RATIO                                               \
    }
#define LINE_COLUMNS                                                                               \
    {"from", "From", PROJECTION_DATE}, {"to", "To", PROJECTION_DATE},                              \
        {"targets", "Targets", PROJECTION_INTEGER}, FIGURE_COLUMNS,                                \
        {"capped_attainment", "Capped attainment", PROJECTION_RATIO},                              \
        {"working_days", "Working days", PROJECTION_INTEGER, .detail = true},                      \
        {"elapsed", "Working days begun", PROJECTION_RATIO, .detail = true},                       \
        {"pace", "Pace", PROJECTION_RATIO},                                                        \
        {"capacity", "Capacity, visits", PROJECTION_INTEGER, .detail = true}, {                    \
        "utilisation", "Utilisation", PROJECTION_RATIO, .detail = true                             \
    }
static const struct projection_column plan_columns[] = {
    {"plan", "Plan", PROJECTION_ID},
    {"reps", "Representatives", PROJECTION_INTEGER},
    LINE_COLUMNS,
};
static const struct projection_column rep_columns[] = {
    {"plan", "Plan", PROJECTION_ID},
    {"rep", "Representative", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    LINE_COLUMNS,
};
static const struct projection_column client_columns[] = {
    {"plan", "Plan", PROJECTION_ID},
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"channel", "Channel", PROJECTION_TEXT, .detail = true},
    {"from", "From", PROJECTION_DATE, .detail = true},
    {"to", "To", PROJECTION_DATE, .detail = true},
    FIGURE_COLUMNS,
    {"last_visit", "Last visit", PROJECTION_DATE},
};
static const struct projection_column product_columns[] = {
    {"plan", "Plan", PROJECTION_ID},
    {"product", "Product", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"planned", "Visits to speak of it", PROJECTION_INTEGER},
    {"actual", "Visits that did", PROJECTION_INTEGER},
    {"attainment", "Attainment", PROJECTION_RATIO},
};

static uint64_t above(uint64_t planned, uint64_t done) {
    return planned > done ? planned - done : 0;
}

// ---- adding up
static bool add_goals(struct plan_fact *facts, const struct target *target) {
    for (size_t i = 0; i < target->row.goal_count; i++) {
        const struct product_goal *wanted = &target->row.goals[i];
        if (!wanted->product || !wanted->calls)
            continue;
        const char *key =
            ledger_arena_printf(facts->arena, "%s\n%s", target->plan, wanted->product);
        size_t number = key ? projection_ids_add(&facts->goal_ids, key) : PROJECTION_ID_NONE;
        if (number == PROJECTION_ID_NONE ||
            !projection_grow(facts->arena, &facts->goals, &facts->goal_capacity, number,
                             sizeof *facts->goals))
            return false;
        struct goal *goal = &facts->goals[number];
        goal->plan = target->plan;
        goal->product = wanted->product;
        goal->planned += (uint64_t)wanted->calls;
        goal->actual += target->goals_actual[i];
    }
    return true;
}

static bool add_target(struct plan_fact *facts, const struct target *target) {
    uint64_t planned = (uint64_t)target->row.planned_calls;
    const char *key =
        ledger_arena_printf(facts->arena, "%s\n%s", target->plan, target->rep ? target->rep : "");
    size_t number = key ? projection_ids_add(&facts->line_ids, key) : PROJECTION_ID_NONE;
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(facts->arena, &facts->lines, &facts->line_capacity, number,
                         sizeof *facts->lines))
        return false;
    struct line *line = &facts->lines[number];
    if (!line->targets)
        *line = (struct line){.plan = target->plan,
                              .rep = target->rep,
                              .reps = target->rep != NULL,
                              .from = target->row.from,
                              .to = target->row.to};
    line->from = target->row.from < line->from ? target->row.from : line->from;
    line->to = target->row.to > line->to ? target->row.to : line->to;
    line->targets++;
    line->planned += planned;
    line->actual += target->actual;
    line->capped += target->actual < planned ? target->actual : planned;
    line->scheduled += target->scheduled;
    line->remaining += above(planned, target->actual);
    line->to_schedule += above(planned, target->actual + target->scheduled);
    return add_goals(facts, target);
}

static enum ledger_err measure_days(struct plan_fact *facts, struct line *line,
                                    struct ledger_error *error) {
    struct workdays workdays;
    if (!line->rep)
        return LEDGER_E_OK;
    enum ledger_err err = workdays_of(&workdays, facts->scope.view, line->rep, line->from, line->to,
                                      &facts->targets.now, error);
    line->days = workdays.days;
    line->begun = workdays.begun;
    line->normed = workdays.known && workdays.normed;
    line->capacity = workdays.capacity;
    return err;
}

static struct line sum_plan(const struct line *lines, size_t count) {
    struct line sum = lines[0];
    for (size_t i = 1; i < count; i++) {
        const struct line *line = &lines[i];
        sum.from = line->from < sum.from ? line->from : sum.from;
        sum.to = line->to > sum.to ? line->to : sum.to;
        sum.reps += line->reps;
        sum.targets += line->targets;
        sum.planned += line->planned;
        sum.actual += line->actual;
        sum.capped += line->capped;
        sum.scheduled += line->scheduled;
        sum.remaining += line->remaining;
        sum.to_schedule += line->to_schedule;
        sum.days += line->days;
        sum.begun += line->begun;
        sum.normed &= line->normed;
        sum.capacity += line->capacity;
    }
    return sum;
}

// ---- the answer
static int by_plan_and_rep(const void *a, const void *b) {
    const struct line *left = a;
    const struct line *right = b;
    int plan = strcmp(left->plan, right->plan);
    return plan ? plan : strcmp(left->rep ? left->rep : "", right->rep ? right->rep : "");
}

static int by_plan_and_product(const void *a, const void *b) {
    const struct goal *left = a;
    const struct goal *right = b;
    int plan = strcmp(left->plan, right->plan);
    return plan ? plan : strcmp(left->product, right->product);
}

static int by_plan_and_client(const void *a, const void *b) {
    const struct target *left = a;
    const struct target *right = b;
    int order = strcmp(left->plan, right->plan);
    if (!order)
        order = strcmp(left->client, right->client);
    if (order)
        return order;
    if (left->row.channel != right->row.channel)
        return left->row.channel < right->row.channel ? -1 : 1;
    return left->position < right->position ? -1 : left->position > right->position;
}

static void answer_bound(struct projection_answer *answer, int32_t day) {
    if (day == INT32_MIN || day == INT32_MAX)
        projection_answer_none(answer);
    else
        projection_answer_day(answer, day);
}

static void answer_line(struct projection_answer *answer, const struct line *line) {
    answer_bound(answer, line->from);
    answer_bound(answer, line->to);
    projection_answer_integer(answer, (int64_t)line->targets);
    projection_answer_integer(answer, (int64_t)line->planned);
    projection_answer_integer(answer, (int64_t)line->actual);
    projection_answer_integer(answer, (int64_t)line->scheduled);
    projection_answer_integer(answer, (int64_t)line->remaining);
    projection_answer_integer(answer, (int64_t)line->to_schedule);
    projection_answer_ratio(answer, line->actual, line->planned);
    projection_answer_ratio(answer, line->capped, line->planned);
    projection_answer_integer(answer, (int64_t)line->days);
    projection_answer_ratio(answer, line->begun, line->days);
    projection_answer_ratio(answer, (__int128)line->actual * line->days,
                            (__int128)line->planned * line->begun);
    if (line->normed)
        projection_answer_integer(answer, (int64_t)line->capacity);
    else
        projection_answer_none(answer);
    projection_answer_ratio(answer, line->planned, line->normed ? line->capacity : 0);
}

static void answer_lines(struct plan_fact *facts, struct projection_answer *answer) {
    size_t count = facts->line_ids.count;
    if (count)
        qsort(facts->lines, count, sizeof *facts->lines, by_plan_and_rep);
    projection_answer_table(answer, "plans", "Call plans", PROJECTION_COLUMNS(plan_columns));
    for (size_t i = 0, next; i < count; i = next) {
        for (next = i + 1; next < count; next++)
            if (strcmp(facts->lines[i].plan, facts->lines[next].plan) != 0)
                break;
        const struct line sum = sum_plan(&facts->lines[i], next - i);
        projection_answer_text(answer, sum.plan);
        projection_answer_integer(answer, (int64_t)sum.reps);
        answer_line(answer, &sum);
    }
    projection_answer_table(answer, "reps", "By representative", PROJECTION_COLUMNS(rep_columns));
    projection_answer_limit(answer, facts->scope.limit);
    for (size_t i = 0; i < count; i++) {
        const struct line *line = &facts->lines[i];
        projection_answer_text(answer, line->plan);
        projection_answer_text(answer, line->rep);
        projection_answer_text(answer, projection_name(facts->scope.view, EMPLOYEES, line->rep));
        answer_line(answer, line);
    }
}

static void answer_products(struct plan_fact *facts, struct projection_answer *answer) {
    size_t count = facts->goal_ids.count;
    if (count)
        qsort(facts->goals, count, sizeof *facts->goals, by_plan_and_product);
    projection_answer_table(answer, "products", "Product goals",
                            PROJECTION_COLUMNS(product_columns));
    for (size_t i = 0; i < count; i++) {
        const struct goal *goal = &facts->goals[i];
        projection_answer_text(answer, goal->plan);
        projection_answer_text(answer, goal->product);
        projection_answer_text(answer, projection_name(facts->scope.view, PRODUCTS, goal->product));
        projection_answer_integer(answer, (int64_t)goal->planned);
        projection_answer_integer(answer, (int64_t)goal->actual);
        projection_answer_ratio(answer, goal->actual, goal->planned);
    }
}

static void answer_clients(struct plan_fact *facts, struct projection_answer *answer) {
    struct projection_view *view = facts->scope.view;
    struct targets *targets = &facts->targets;
    if (targets->count)
        qsort(targets->list, targets->count, sizeof *targets->list, by_plan_and_client);
    projection_answer_table(answer, "clients", "By client", PROJECTION_COLUMNS(client_columns));
    projection_answer_limit(answer, facts->scope.limit);
    for (size_t i = 0; i < targets->count; i++) {
        const struct target *target = &targets->list[i];
        uint64_t planned = (uint64_t)target->row.planned_calls;
        projection_answer_text(answer, target->plan);
        projection_answer_text(answer, target->client);
        projection_answer_text(answer, projection_name(view, CLIENTS, target->client));
        projection_answer_text(answer, channel_text(view, target->row.channel));
        answer_bound(answer, target->row.from);
        answer_bound(answer, target->row.to);
        projection_answer_integer(answer, (int64_t)planned);
        projection_answer_integer(answer, (int64_t)target->actual);
        projection_answer_integer(answer, (int64_t)target->scheduled);
        projection_answer_integer(answer, (int64_t)above(planned, target->actual));
        projection_answer_integer(answer,
                                  (int64_t)above(planned, target->actual + target->scheduled));
        projection_answer_ratio(answer, target->actual, planned);
        if (target->has_last)
            projection_answer_day(answer, target->last);
        else
            projection_answer_none(answer);
    }
}

static void answer_notes(struct plan_fact *facts, struct projection_answer *answer) {
    uint64_t unnormed = 0;
    for (size_t i = 0; i < facts->line_ids.count; i++)
        unnormed += !facts->lines[i].normed;
    if (facts->targets.count)
        projection_answer_note(answer, "Remaining is reckoned target by target, then added up: "
                                       "visits beyond one target fill no other.");
    else
        projection_answer_note(answer, "There is no target.");
    if (unnormed)
        projection_answer_note(
            answer,
            "%s no capacity: on some working day no norm visits_per_day is in force, the plan has "
            "no first or last day, or nobody holds the territory.",
            projection_count(answer, unnormed, "line has", "lines have"));
    if (facts->targets.reversed)
        projection_answer_note(
            answer, "%s left out: the last day is before the first.",
            projection_count(answer, facts->targets.reversed, "target is", "targets are"));
    if (facts->targets.outside_territory)
        projection_answer_note(answer,
                               "%s in another territory than the target's, and not counted.",
                               projection_count(answer, facts->targets.outside_territory,
                                                "visit to a client with a target was made",
                                                "visits to clients with a target were made"));
    projection_answer_note_today(answer, facts->scope.view);
}

enum ledger_err plan_fact_answer(struct projection_view *view,
                                 const struct projection_arguments *arguments,
                                 struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct plan_fact facts = {
        .arena = arena, .line_ids = {.arena = arena}, .goal_ids = {.arena = arena}};
    enum ledger_err err = scope_begin(&facts.scope, view, arguments, error);
    if (!err)
        err = targets_begin(&facts.targets, &facts.scope, projection_argument(arguments, "plan"),
                            error);
    if (!err)
        err = targets_count(&facts.targets, error);
    for (size_t i = 0; !err && i < facts.targets.count; i++)
        if (!add_target(&facts, &facts.targets.list[i]))
            err = projection_no_memory(error);
    for (size_t i = 0; !err && i < facts.line_ids.count; i++)
        err = measure_days(&facts, &facts.lines[i], error);
    if (err)
        return err;
    answer_lines(&facts, answer);
    answer_products(&facts, answer);
    if (facts.scope.rep)
        answer_clients(&facts, answer);
    answer_notes(&facts, answer);
    scope_notes(&facts.scope, arguments, answer);
    return LEDGER_E_OK;
}
