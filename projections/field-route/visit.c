// One visit: its facts, what they make of it, and each rule with the figure that it is held
// against.
#include <string.h>

#include "judge.h"

static const struct projection_column visit_columns[] = {
    {"visit", "Visit", PROJECTION_ID},
    {"stands", "Stands as", PROJECTION_TEXT},
    {"rep", "Representative", PROJECTION_ID},
    {"rep_name", "Representative's name", PROJECTION_TEXT},
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"day", "Day", PROJECTION_DATE},
    {"planned", "Planned for", PROJECTION_TEXT},
    {"check_in", "Check-in", PROJECTION_TEXT},
    {"check_out", "Check-out", PROJECTION_TEXT},
    {"minutes", "Minutes", PROJECTION_RATIO},
    {"distance_m", "Metres from the client", PROJECTION_INTEGER},
    {"accuracy_m", "Accuracy, metres", PROJECTION_INTEGER},
    {"delay_hours", "Entry delay, hours", PROJECTION_RATIO},
    {"verdict_by", "Verdict by", PROJECTION_ID},
    {"verdict_at", "Verdict of", PROJECTION_TEXT},
    {"verdict_evidence", "What the verdict says", PROJECTION_TEXT},
};
static const struct projection_column flag_columns[] = {FLAG_COLUMNS};
static const struct projection_column limit_columns[] = {
    {"rule", "Rule", PROJECTION_TEXT},
    {"metric", "Metric", PROJECTION_TEXT},
    {"limit", "Limit", PROJECTION_INTEGER},
    {"unit", "Unit", PROJECTION_TEXT},
    {"limit_from", "Limit set by", PROJECTION_TEXT},
};
static const struct projection_column fact_columns[] = {
    {"position", "Position", PROJECTION_INTEGER, .detail = true},
    {"occurred", "Occurred", PROJECTION_TEXT},
    {"fact", "Fact", PROJECTION_TEXT},
    {"actor", "Actor", PROJECTION_ID},
    {"time", "Time it states", PROJECTION_TEXT},
    {"accuracy_m", "Accuracy, metres", PROJECTION_INTEGER},
    {"mock", "Simulated place", PROJECTION_FLAG},
    {"counts", "Counts", PROJECTION_FLAG},
    {"text", "Reason or evidence", PROJECTION_TEXT},
};

static const char *fact_text(enum visit_fact_kind kind) {
    switch (kind) {
    case VISIT_PLANNED:
        return "planned";
    case VISIT_RESCHEDULED:
        return "rescheduled";
    case VISIT_CANCELLED:
        return "cancelled";
    case VISIT_NOT_HELD:
        return "not held";
    case VISIT_CHECKED_IN:
        return "checked in";
    case VISIT_CHECKED_OUT:
        return "checked out";
    case VISIT_REPORTED:
        return "reported";
    case VISIT_FLAGGED:
        return "flagged by a verdict";
    case VISIT_VERIFIED:
        return "verified";
    case VISIT_REJECTED:
        return "rejected";
    }
    return NULL;
}

static void answer_moment(struct projection_answer *answer, const struct ledger_moment *moment) {
    if (moment && moment->when != LEDGER_WHEN_UNKNOWN)
        projection_answer_moment(answer, moment);
    else
        projection_answer_none(answer);
}

// ---- the visit among those of its day
// Its own day, as the walk gives it, so that the rules between visits are held against the rest.
static bool find_day(struct days *days, struct projection_view *view, const struct visit *visit,
                     const struct visit **found, const struct field_day **day) {
    const struct projection_period period = {visit->day, visit->day};
    *found = NULL;
    days_begin(days, view, visit->rep, &period, false);
    if (!days_next(days, day))
        return false;
    for (size_t i = 0; *day && i < (*day)->visit_count; i++)
        if (strcmp((*day)->visits[i].id, visit->id) == 0)
            *found = &(*day)->visits[i];
    return true;
}

// ---- the answer
static void answer_visit(struct projection_answer *answer, struct projection_view *view,
                         const struct visit *visit, const struct visit_case *known,
                         const char *stands) {
    int64_t metres;
    const struct visit_fact *verdict = visit->verdict ? visit->verdict : visit->flagged;
    projection_answer_table(answer, "visit", "Visit", PROJECTION_COLUMNS(visit_columns));
    projection_answer_text(answer, visit->id);
    projection_answer_text(answer, stands);
    projection_answer_text(answer, visit->rep);
    projection_answer_text(answer, projection_name(view, EMPLOYEES, visit->rep));
    projection_answer_text(answer, visit->client);
    projection_answer_text(answer, projection_name(view, CLIENTS, visit->client));
    if (visit->day == NO_DAY)
        projection_answer_none(answer);
    else
        projection_answer_day(answer, visit->day);
    answer_moment(answer, &visit->when);
    answer_moment(answer, visit->in ? &visit->in->begin : NULL);
    answer_moment(answer, visit->out ? &visit->out->begin : NULL);
    projection_answer_ratio(answer, known->end - known->begin, known->has_end ? 60000000 : 0);
    if (visit_distance(known, &metres))
        projection_answer_integer(answer, metres);
    else
        projection_answer_none(answer);
    if (visit->in && visit->in->has_accuracy)
        projection_answer_integer(answer, visit->in->accuracy_m);
    else
        projection_answer_none(answer);
    projection_answer_ratio(answer, known->delay_seconds, known->assessed ? 3600 : 0);
    projection_answer_text(answer, verdict ? verdict->actor : NULL);
    answer_moment(answer, verdict ? &verdict->occurred : NULL);
    projection_answer_text(answer, verdict ? verdict->text : NULL);
}

static void answer_limits(struct projection_answer *answer, const struct judge *judge) {
    projection_answer_table(answer, "limits", "Limits of that day",
                            PROJECTION_COLUMNS(limit_columns));
    for (size_t i = 0; i < VISIT_RULES; i++) {
        projection_answer_text(answer, visit_rules[i].code);
        projection_answer_text(answer, visit_rules[i].metric);
        projection_answer_integer(answer, judge->limits[i]);
        projection_answer_text(answer, visit_rules[i].unit);
        projection_answer_text(answer, limit_source(judge->norms[i]));
    }
}

static bool is_counted(const struct visit *visit, const struct visit_fact *fact) {
    switch (fact->kind) {
    case VISIT_CHECKED_IN:
        return fact == visit->in;
    case VISIT_CHECKED_OUT:
        return fact == visit->out;
    case VISIT_REPORTED:
        return fact == visit->report;
    case VISIT_FLAGGED:
        return fact == visit->flagged && !visit->verdict;
    case VISIT_VERIFIED:
    case VISIT_REJECTED:
        return fact == visit->verdict;
    case VISIT_PLANNED:
    case VISIT_RESCHEDULED:
    case VISIT_CANCELLED:
    case VISIT_NOT_HELD:
        return true;
    }
    return true;
}

static void answer_facts(struct projection_answer *answer, const struct visit *visit) {
    projection_answer_table(answer, "facts", "Facts", PROJECTION_COLUMNS(fact_columns));
    for (size_t i = 0; i < visit->count; i++) {
        const struct visit_fact *fact = &visit->facts[i];
        projection_answer_integer(answer, (int64_t)fact->position);
        projection_answer_moment(answer, &fact->occurred);
        projection_answer_text(answer, fact_text(fact->kind));
        projection_answer_text(answer, fact->actor);
        answer_moment(answer, &fact->begin);
        if (fact->has_accuracy)
            projection_answer_integer(answer, fact->accuracy_m);
        else
            projection_answer_none(answer);
        projection_answer_flag(answer, fact->mock);
        projection_answer_flag(answer, is_counted(visit, fact));
        projection_answer_text(answer, fact->text);
    }
}

// Not judged: not reported, or not face to face, or of no known day.
static const char *unjudged_text(const struct visit *visit) {
    if (!visit->report)
        return "not reported";
    if (!visit->report->face_to_face)
        return "not face to face";
    return visit->day == NO_DAY ? "at an unknown time" : NULL;
}

static bool answer_judged(struct projection_answer *answer, struct projection_view *view,
                          const struct visit *visit) {
    struct judge judge;
    struct days days;
    const struct field_day *day;
    const struct visit *placed;
    struct judgement judgement = {0};
    struct visit_case known = visit_case_of(view, visit);
    const char *stands = unjudged_text(visit);
    bool dated = visit->day != NO_DAY;
    if (dated && (!judge_begin(&judge, view) || !find_day(&days, view, visit, &placed, &day) ||
                  (placed && !judge_day(&judge, day))))
        return false;
    dated = dated && placed;
    if (dated)
        judgement = judge_visit(&judge, placed, (size_t)(placed - day->visits));
    answer_visit(answer, view, visit, &known, stands ? stands : standing_text(judgement.standing));
    projection_answer_table(answer, "flags", "Flags", PROJECTION_COLUMNS(flag_columns));
    for (size_t i = 0; i < judgement.count; i++)
        flag_answer(answer, &judgement.flags[i], judge.norms[judgement.flags[i].rule]);
    if (dated)
        answer_limits(answer, &judge);
    return true;
}

enum ledger_err visit_answer(struct projection_view *view,
                             const struct projection_arguments *arguments,
                             struct projection_answer *answer, struct ledger_error *error) {
    const char *id = projection_argument(arguments, "visit");
    struct visit_reader reader = {.view = view};
    struct visit visit;
    if (!visit_read(&reader, id, &visit))
        return projection_no_memory(error);
    if (!visit.count)
        return ledger_fail(error, LEDGER_E_NOT_FOUND, "visit", "no fact is of the visit %.100s",
                           id);
    if (!answer_judged(answer, view, &visit))
        return projection_no_memory(error);
    answer_facts(answer, &visit);
    contradictions_answer(answer, &visit.contradictions);
    return LEDGER_E_OK;
}
