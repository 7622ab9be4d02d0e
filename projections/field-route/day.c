// One day of one representative: its stops as planned and as visited, and its points.
#include <string.h>

#include "figures.h"
#include "judge.h"
#include "runtime/ids.h"

static const struct projection_column day_columns[] = {
    {"rep", "Representative", PROJECTION_ID}, {"name", "Name", PROJECTION_TEXT},
    {"day", "Day", PROJECTION_DATE},          {"started", "Day started", PROJECTION_TEXT},
    {"ended", "Day ended", PROJECTION_TEXT},  FIGURE_COLUMNS,
};
static const struct projection_column stop_columns[] = {
    {"planned_order", "Planned order", PROJECTION_INTEGER},
    {"actual_order", "Actual order", PROJECTION_INTEGER},
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"visit", "Visit", PROJECTION_ID},
    {"state", "State", PROJECTION_TEXT},
    {"planned", "Planned for", PROJECTION_TEXT},
    {"check_in", "Check-in", PROJECTION_TEXT},
    {"check_out", "Check-out", PROJECTION_TEXT},
    {"minutes", "Minutes", PROJECTION_RATIO},
    {"distance_m", "Metres from the client", PROJECTION_INTEGER},
    {"flags", "Flags", PROJECTION_TEXT},
};
static const struct projection_column fate_columns[] = {
    {"code", "Code", PROJECTION_TEXT},
    {"meaning", "Meaning", PROJECTION_TEXT},
    {"points", "Points", PROJECTION_INTEGER},
};
static const struct projection_column point_columns[] = {
    {"occurred", "Time", PROJECTION_TEXT},
    {"latitude", "Latitude", PROJECTION_TEXT},
    {"longitude", "Longitude", PROJECTION_TEXT},
    {"accuracy_m", "Accuracy, metres", PROJECTION_INTEGER},
    {"fate", "Taken or dropped", PROJECTION_TEXT},
    {"km", "Kilometres from the point before", PROJECTION_RATIO},
    {"position", "Position", PROJECTION_INTEGER, .detail = true},
};

struct day_report {
    struct projection_view *view;
    struct projection_answer *answer;
    const struct field_day *day;
    struct judge judge;
};

static void answer_order(struct projection_answer *answer, size_t order) {
    if (order)
        projection_answer_integer(answer, (int64_t)order);
    else
        projection_answer_none(answer);
}

static void answer_moment(struct projection_answer *answer, const struct ledger_moment *moment) {
    if (moment && moment->when != LEDGER_WHEN_UNKNOWN)
        projection_answer_moment(answer, moment);
    else
        projection_answer_none(answer);
}

// ---- stops
static void answer_flags(const struct day_report *report, const struct visit *visit, size_t index) {
    const struct judgement judgement = judge_visit(&report->judge, visit, index);
    struct ledger_arena *arena = projection_view_arena(report->view);
    const char *text = NULL;
    for (size_t i = 0; i < judgement.count; i++) {
        const char *code = visit_rules[judgement.flags[i].rule].code;
        text = text ? ledger_arena_printf(arena, "%s, %s", text, code) : code;
    }
    projection_answer_text(report->answer, text);
}

static const char *state_of(const struct visit *visit, const struct stop *stop) {
    if (visit->in || visit->report)
        return stop ? "kept" : "not planned";
    if (visit->plan == IS_CANCELLED)
        return "cancelled";
    if (visit->plan == WAS_NOT_HELD)
        return "not held";
    return visit->own ? "only checked out" : "missed";
}

static void answer_visit(const struct day_report *report, const struct visit *visit,
                         const struct stop *stop, size_t planned_order) {
    struct projection_answer *answer = report->answer;
    size_t order = (size_t)(visit - report->day->visits);
    const struct visit_case *known = &report->judge.cases[order];
    int64_t metres;
    answer_order(answer, planned_order);
    answer_order(answer, order + 1);
    projection_answer_text(answer, visit->client);
    projection_answer_text(answer, projection_name(report->view, CLIENTS, visit->client));
    projection_answer_text(answer, visit->id);
    projection_answer_text(answer, state_of(visit, stop));
    answer_moment(answer,
                  stop && stop->eta.when != LEDGER_WHEN_UNKNOWN ? &stop->eta : &visit->when);
    answer_moment(answer, visit->in ? &visit->in->begin : NULL);
    answer_moment(answer, visit->out ? &visit->out->begin : NULL);
    projection_answer_ratio(answer, known->end - known->begin, known->has_end ? 60000000 : 0);
    if (visit_distance(known, &metres))
        projection_answer_integer(answer, metres);
    else
        projection_answer_none(answer);
    answer_flags(report, visit, order);
}

// A stop or a planned visit that no visit of the day keeps.
static void answer_missed(const struct day_report *report, size_t planned_order, const char *client,
                          const char *visit_id, const char *state,
                          const struct ledger_moment *planned) {
    struct projection_answer *answer = report->answer;
    answer_order(answer, planned_order);
    projection_answer_none(answer);
    projection_answer_text(answer, client);
    projection_answer_text(answer, projection_name(report->view, CLIENTS, client));
    projection_answer_text(answer, visit_id);
    projection_answer_text(answer, state);
    answer_moment(answer, planned);
    for (int i = 0; i < 5; i++)
        projection_answer_none(answer);
}

// Why: the visit may be called off, or planned for another day since.
static const char *missed_state(const struct day_report *report, const struct visit *visit) {
    if (visit->count && visit->plan != IS_CANCELLED && visit->plan != WAS_NOT_HELD &&
        day_of(&visit->when) != NO_DAY && day_of(&visit->when) != report->day->day)
        return "moved to another day";
    return visit->own ? "missed" : state_of(visit, NULL);
}

static bool answer_stops(const struct day_report *report) {
    const struct field_day *day = report->day;
    struct visit_reader reader = {.view = report->view};
    for (size_t i = 0; i < day->stop_count; i++) {
        const struct stop *stop = &day->stops[i];
        struct visit visit = {0};
        if (stop->visit) {
            answer_visit(report, stop->visit, stop, i + 1);
            continue;
        }
        if (stop->visit_id && !visit_read(&reader, stop->visit_id, &visit))
            return false;
        answer_missed(report, i + 1, stop->client, stop->visit_id, missed_state(report, &visit),
                      &stop->eta);
    }
    for (size_t i = 0; i < day->visit_count; i++)
        if (!day->visits[i].stop)
            answer_visit(report, &day->visits[i], NULL, 0);
    return true;
}

static bool is_shown(const struct field_day *day, const struct visit *visit) {
    for (size_t i = 0; i < day->visit_count; i++)
        if (strcmp(day->visits[i].id, visit->id) == 0)
            return true;
    for (size_t i = 0; i < day->stop_count; i++)
        if (day->stops[i].visit_id && strcmp(day->stops[i].visit_id, visit->id) == 0)
            return true;
    return false;
}

// Visits planned for the day that are in no route and did not take place.
static bool answer_planned(const struct day_report *report) {
    const struct field_day *day = report->day;
    struct visit_reader reader = {.view = report->view};
    struct projection_key prefix = {0};
    struct projection_row row;
    projection_key_text(&prefix, day->rep);
    struct projection_cursor *cursor = projection_scan(report->view, PLANNED, &prefix, false);
    while (projection_next(cursor, &row)) {
        struct projection_reader value = {row.value};
        struct visit visit;
        if (!visit_read(&reader, projection_read_text(&value), &visit))
            return false;
        // Of two plans of one visit, the first row shows it.
        if (visit.own || day_of(&visit.when) != day->day || strcmp(visit.rep, day->rep) != 0 ||
            !visit.count || is_shown(day, &visit))
            continue;
        bool first = true;
        for (size_t i = 0; i < visit.count && first; i++)
            if (visit.facts[i].kind == VISIT_PLANNED) {
                first = visit.facts[i].position == row.position;
                break;
            }
        if (first)
            answer_missed(report, 0, visit.client, visit.id, state_of(&visit, NULL), &visit.when);
    }
    projection_scan_end(cursor);
    return true;
}

// ---- points
static const char *degrees(struct ledger_arena *arena, int32_t e7) {
    int64_t size = e7 < 0 ? -(int64_t)e7 : e7;
    return ledger_arena_printf(arena, "%s%d.%07d", e7 < 0 ? "-" : "", (int)(size / 10000000),
                               (int)(size % 10000000));
}

static void answer_point(const struct day_report *report, const struct track_point *point) {
    struct ledger_arena *arena = projection_view_arena(report->view);
    struct projection_answer *answer = report->answer;
    const struct place *place = &point->row.place;
    projection_answer_moment(answer, &point->occurred);
    projection_answer_text(answer, place->known ? degrees(arena, place->lat_e7) : NULL);
    projection_answer_text(answer, place->known ? degrees(arena, place->lon_e7) : NULL);
    if (point->row.has_accuracy)
        projection_answer_integer(answer, point->row.accuracy_m);
    else
        projection_answer_none(answer);
    projection_answer_text(answer, point_fates[point->fate].code);
    projection_answer_ratio(answer, point->metres, point->fate == POINT_ACCEPTED ? 1000 : 0);
    projection_answer_integer(answer, (int64_t)point->position);
}

static void answer_points(const struct day_report *report, uint64_t limit) {
    const struct track *track = &report->day->track;
    projection_answer_table(report->answer, "fates", "Points taken and dropped",
                            PROJECTION_COLUMNS(fate_columns));
    for (size_t i = 0; i < POINT_FATES; i++) {
        projection_answer_text(report->answer, point_fates[i].code);
        projection_answer_text(report->answer, point_fates[i].sentence);
        projection_answer_integer(report->answer, (int64_t)track->fates[i]);
    }
    projection_answer_table(report->answer, "points", "Points", PROJECTION_COLUMNS(point_columns));
    projection_answer_limit(report->answer, limit);
    for (size_t i = 0; i < track->count; i++)
        answer_point(report, &track->points[i]);
}

static bool answer_day(const struct day_report *report) {
    const struct field_day *day = report->day;
    struct day_figures figures;
    if (!day_figures(day, projection_view_arena(report->view), &figures))
        return false;
    projection_answer_table(report->answer, "day", "Day", PROJECTION_COLUMNS(day_columns));
    projection_answer_text(report->answer, day->rep);
    projection_answer_text(report->answer, projection_name(report->view, EMPLOYEES, day->rep));
    projection_answer_day(report->answer, day->day);
    answer_moment(report->answer, day->start.given ? &day->start.occurred : NULL);
    answer_moment(report->answer, day->end.given ? &day->end.occurred : NULL);
    day_figures_answer(report->answer, &figures);
    projection_answer_table(report->answer, "stops", "Stops, planned and actual",
                            PROJECTION_COLUMNS(stop_columns));
    return answer_stops(report) && answer_planned(report);
}

enum ledger_err day_answer(struct projection_view *view,
                           const struct projection_arguments *arguments,
                           struct projection_answer *answer, struct ledger_error *error) {
    const char *rep = projection_argument(arguments, "rep");
    struct day_report report = {.view = view, .answer = answer};
    struct field_day empty = {.rep = rep};
    struct days days;
    uint64_t limit = 0;
    bool given;
    enum ledger_err err = projection_argument_day(arguments, "day", &empty.day, &given, error);
    if (!err)
        err = projection_argument_u64(arguments, "limit", &limit, &given, error);
    if (err)
        return err;
    const struct projection_period period = {empty.day, empty.day};
    days_begin(&days, view, rep, &period, true);
    if (!days_next(&days, &report.day))
        return projection_no_memory(error);
    if (!report.day)
        report.day = &empty;
    if (!judge_begin(&report.judge, view) || !judge_day(&report.judge, report.day) ||
        !answer_day(&report))
        return projection_no_memory(error);
    answer_points(&report, limit);
    contradictions_answer(answer, &report.day->contradictions);
    note_unknown_rep(view, arguments, answer);
    return LEDGER_E_OK;
}
