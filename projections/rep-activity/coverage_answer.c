// Coverage and frequency: how many of the clients they were to reach representatives reached, how
// often, and how long ago.
#include <stdlib.h>
#include <string.h>

#include "coverage.h"

struct reach {
    const char *rep;
    uint64_t contacts, on_target, reached, reached_registered;
    bool has_last;
    int32_t last; // day of the last contact
};

struct coverage_report {
    struct contacts contacts;
    struct coverage coverage;
    struct ledger_moment now;
    bool overdue; // of the targets, only those whose interval is over
    struct projection_ids reps;
    struct reach *list; // by number
    size_t capacity;
};

#define REACH_COLUMNS                                                                              \
    {"targets", "Clients to reach", PROJECTION_INTEGER},                                           \
        {"targets_reached", "Of those, reached", PROJECTION_INTEGER},                              \
        {"coverage", "Coverage", PROJECTION_RATIO}, {"contacts", "Contacts", PROJECTION_INTEGER},  \
        {"on_target", "With targets", PROJECTION_INTEGER, .detail = true},                         \
        {"on_target_share", "On-target share", PROJECTION_RATIO},                                  \
        {"clients_reached", "Clients reached", PROJECTION_INTEGER, .detail = true},                \
        {"mean_frequency", "Contacts per client", PROJECTION_RATIO},                               \
        {"met", "Reached as often as planned", PROJECTION_INTEGER, .detail = true},                \
        {"frequency_compliance", "Frequency compliance", PROJECTION_RATIO}, {                      \
        "days_since", "Days since the last contact", PROJECTION_INTEGER                            \
    }
static const struct projection_column rep_columns[] = {
    {"rep", "Representative", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    REACH_COLUMNS,
};
static const struct projection_column total_columns[] = {REACH_COLUMNS};
static const struct projection_column target_columns[] = {
    {"rep", "Representative", PROJECTION_ID},
    {"rep_name", "Representative's name", PROJECTION_TEXT},
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"plan", "Plan", PROJECTION_ID},
    {"channel", "Channel", PROJECTION_TEXT, .detail = true},
    {"planned", "Planned", PROJECTION_INTEGER},
    {"actual", "Contacts", PROJECTION_INTEGER},
    {"last_contact", "Last contact", PROJECTION_DATE},
    {"since", "Interval since", PROJECTION_DATE, .detail = true},
    {"days_since", "Days since", PROJECTION_INTEGER},
    {"interval_days", "Planned interval, days", PROJECTION_RATIO},
    {"interval_over", "Interval over", PROJECTION_FLAG},
};

// ---- counting
static struct reach *reach_of(struct coverage_report *report, const char *rep) {
    size_t number = projection_ids_add(&report->reps, rep);
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(report->reps.arena, &report->list, &report->capacity, number,
                         sizeof *report->list))
        return NULL;
    report->list[number].rep = report->reps.texts[number];
    return &report->list[number];
}

static bool add_rep(struct coverage_report *report, const struct rep_contacts *rep) {
    struct reach *reach = reach_of(report, rep->rep);
    bool targets = coverage_has_targets(&report->coverage);
    if (!reach)
        return false;
    for (size_t i = 0; i < rep->count; i++) {
        const struct contact_visit *visit = &rep->visits[i];
        reach->contacts += visit->first;
        if (!reach->has_last || reach->last < visit->day)
            reach->last = visit->day;
        reach->has_last = true;
        if (i && rep->visits[i - 1].client == visit->client)
            continue;
        reach->reached++;
        reach->reached_registered +=
            !targets && contacts_is_registered(&report->contacts, visit->client);
    }
    reach->on_target = coverage_take(&report->coverage, &report->contacts, rep);
    return true;
}

static enum ledger_err collect(struct coverage_report *report, struct ledger_error *error) {
    enum ledger_err err = coverage_begin(&report->coverage, &report->contacts.scope, error);
    if (!err && !coverage_has_targets(&report->coverage))
        err = contacts_universe(&report->contacts, error);
    while (!err) {
        const struct rep_contacts *rep;
        err = contacts_next(&report->contacts, &rep, error);
        if (err || !rep)
            break;
        if (!add_rep(report, rep))
            err = projection_no_memory(error);
    }
    if (!err)
        err = coverage_settle(&report->coverage, error);
    for (size_t i = 0; !err && i < report->coverage.reps.count; i++)
        if (!reach_of(report, report->coverage.reps.texts[i]))
            err = projection_no_memory(error);
    return err;
}

// ---- the answer
static int by_rep(const void *a, const void *b) {
    const struct reach *left = a;
    const struct reach *right = b;
    return strcmp(left->rep, right->rep);
}

static void answer_reach(const struct coverage_report *report, struct projection_answer *answer,
                         const struct reach *reach, const struct covered *covered) {
    bool targets = coverage_has_targets(&report->coverage);
    if (targets) {
        projection_answer_integer(answer, (int64_t)covered->targets);
        projection_answer_integer(answer, (int64_t)covered->reached);
        projection_answer_ratio(answer, covered->reached, covered->targets);
    } else {
        projection_answer_integer(answer, (int64_t)report->contacts.registered);
        projection_answer_integer(answer, (int64_t)reach->reached_registered);
        projection_answer_ratio(answer, reach->reached_registered, report->contacts.registered);
    }
    projection_answer_integer(answer, (int64_t)reach->contacts);
    projection_answer_integer(answer, (int64_t)reach->on_target);
    projection_answer_ratio(answer, reach->on_target, targets ? reach->contacts : 0);
    projection_answer_integer(answer, (int64_t)reach->reached);
    projection_answer_ratio(answer, reach->contacts, reach->reached);
    projection_answer_integer(answer, (int64_t)covered->met);
    projection_answer_ratio(answer, covered->met, covered->targets);
    answer_days_since(answer, &report->now, reach->has_last, reach->last);
}

static void answer_reps(struct coverage_report *report, struct projection_answer *answer) {
    if (report->reps.count)
        qsort(report->list, report->reps.count, sizeof *report->list, by_rep);
    projection_answer_table(answer, "reps", "Coverage by representative",
                            PROJECTION_COLUMNS(rep_columns));
    projection_answer_limit(answer, report->contacts.scope.limit);
    for (size_t i = 0; i < report->reps.count; i++) {
        const struct reach *reach = &report->list[i];
        const struct covered covered = coverage_of(&report->coverage, reach->rep);
        projection_answer_text(answer, *reach->rep ? reach->rep : NULL);
        projection_answer_text(answer,
                               projection_name(report->contacts.view, EMPLOYEES, reach->rep));
        answer_reach(report, answer, reach, &covered);
    }
}

static void answer_totals(struct coverage_report *report, struct projection_answer *answer) {
    struct reach total = {0};
    struct covered covered = {0};
    bool targets = coverage_has_targets(&report->coverage);
    for (size_t i = 0; i < report->reps.count; i++) {
        const struct reach *reach = &report->list[i];
        total.contacts += reach->contacts;
        total.on_target += reach->on_target;
        if (reach->has_last && (!total.has_last || total.last < reach->last))
            total.last = reach->last;
        total.has_last |= reach->has_last;
    }
    for (size_t i = 0; i < report->coverage.reps.count; i++) {
        covered.targets += report->coverage.list[i].targets;
        covered.reached += report->coverage.list[i].reached;
        covered.met += report->coverage.list[i].met;
    }
    total.reached = report->contacts.clients_reached;
    for (size_t i = 0; !targets && i < report->contacts.clients.count; i++)
        total.reached_registered += contacts_is_reached(&report->contacts, i) &&
                                    contacts_is_registered(&report->contacts, i);
    projection_answer_table(answer, "totals", "Totals", PROJECTION_COLUMNS(total_columns));
    answer_reach(report, answer, &total, &covered);
}

// Days between two contacts as planned are those of the plan / planned calls. 0 if the plan has no
// beginning or no end.
static int64_t plan_days(const struct target_row *row) {
    bool open = row->from == INT32_MIN || row->to == INT32_MAX;
    return open ? 0 : (int64_t)row->to - row->from + 1;
}

// The last contact, else the plan's first day.
static int32_t interval_since(const struct target *target) {
    return target->has_last ? target->last : target->row.from;
}

// While the plan runs and calls remain.
static bool is_interval_over(const struct coverage_report *report, const struct target *target) {
    const struct target_row *row = &target->row;
    int64_t days = plan_days(row);
    if (!days || report->now.when == LEDGER_WHEN_UNKNOWN || report->now.day < row->from ||
        report->now.day > row->to || target->actual >= (uint64_t)row->planned_calls)
        return false;
    return ((int64_t)report->now.day - interval_since(target)) * row->planned_calls > days;
}

static void answer_target(const struct coverage_report *report, struct projection_answer *answer,
                          const struct target *target) {
    struct projection_view *view = report->contacts.view;
    projection_answer_text(answer, target->rep);
    projection_answer_text(answer, projection_name(view, EMPLOYEES, target->rep));
    projection_answer_text(answer, target->client);
    projection_answer_text(answer, projection_name(view, CLIENTS, target->client));
    projection_answer_text(answer, target->plan);
    projection_answer_text(answer, channel_text(view, target->row.channel));
    projection_answer_integer(answer, target->row.planned_calls);
    projection_answer_integer(answer, (int64_t)target->actual);
    if (target->has_last)
        projection_answer_day(answer, target->last);
    else
        projection_answer_none(answer);
    if (plan_days(&target->row))
        projection_answer_day(answer, interval_since(target));
    else
        projection_answer_none(answer);
    answer_days_since(answer, &report->now, target->has_last, target->last);
    projection_answer_ratio(answer, plan_days(&target->row),
                            plan_days(&target->row) ? target->row.planned_calls : 0);
    projection_answer_flag(answer, is_interval_over(report, target));
}

static void answer_targets(struct coverage_report *report, struct projection_answer *answer) {
    const struct targets *targets = &report->coverage.targets;
    projection_answer_table(answer, "targets", "Targets", PROJECTION_COLUMNS(target_columns));
    projection_answer_limit(answer, report->contacts.scope.limit);
    projection_answer_detail(answer, "rep", report->contacts.scope.rep != NULL);
    projection_answer_detail(answer, "rep_name", report->contacts.scope.rep != NULL);
    for (size_t i = 0; i < targets->count; i++)
        if (!report->overdue || is_interval_over(report, &targets->list[i]))
            answer_target(report, answer, &targets->list[i]);
}

static enum ledger_err read_overdue(struct coverage_report *report,
                                    const struct projection_arguments *arguments,
                                    struct ledger_error *error) {
    const char *overdue = projection_argument(arguments, "overdue");
    report->overdue = overdue != NULL;
    if (!overdue || strcmp(overdue, "yes") == 0)
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_INVALID_VALUE, "overdue", "takes yes, not %.60s", overdue);
}

enum ledger_err coverage_answer(struct projection_view *view,
                                const struct projection_arguments *arguments,
                                struct projection_answer *answer, struct ledger_error *error) {
    struct coverage_report report = {.now = projection_view_today(view),
                                     .reps = {.arena = projection_view_arena(view)}};
    enum ledger_err err = read_overdue(&report, arguments, error);
    if (!err)
        err = contacts_begin(&report.contacts, view, arguments, error);
    if (!err)
        err = collect(&report, error);
    if (err)
        return err;
    answer_reps(&report, answer);
    answer_totals(&report, answer);
    if (report.contacts.scope.rep || report.overdue)
        answer_targets(&report, answer);
    if (report.overdue && !projection_period_is_open(&report.contacts.scope.period))
        projection_answer_note(answer, "Only contacts in the period are known to this answer: "
                                       "those before or after it end no interval.");
    if (coverage_has_targets(&report.coverage))
        projection_answer_note(answer, "Coverage is of the targets of call plans whose dates meet "
                                       "the period. A client counts once for a representative; "
                                       "planned calls are those of the whole plan.");
    else
        projection_answer_note(answer, "There is no target list: coverage is of the %s.",
                               projection_count(answer, report.contacts.registered,
                                                "registered client", "registered clients"));
    projection_answer_note_today(answer, view);
    scope_notes(&report.contacts.scope, arguments, answer);
    return LEDGER_E_OK;
}
