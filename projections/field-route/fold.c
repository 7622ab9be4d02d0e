// Each fact becomes small rows under what it is about: a day, a visit, a route, a norm, an employee
// or a client. What several facts make of a visit or a day, visits.c and days.c say.
#include "field_route.h"

#include <stdlib.h>

#include "facts/v1/client.pb-c.h"
#include "facts/v1/people.pb-c.h"
#include "facts/v1/planning.pb-c.h"
#include "facts/v1/reference.pb-c.h"
#include "facts/v1/visit.pb-c.h"

// ---- parts of facts
static bool is_day(int64_t day) {
    return LEDGER_DAY_MIN <= day && day <= LEDGER_DAY_MAX;
}

// A time that no calendar has is none.
static struct ledger_moment moment_of(const Ledger__V1__Instant *instant,
                                      const Ledger__V1__Date *date) {
    if (instant && is_day(instant->micros / LEDGER_MICROS_PER_DAY) &&
        abs(instant->utc_offset_minutes) <= LEDGER_OFFSET_MINUTES_MAX)
        return ledger_moment_instant(instant->micros, instant->utc_offset_minutes);
    return !instant && date && is_day(date->days) ? ledger_moment_date(date->days)
                                                  : ledger_moment_unknown();
}

static struct ledger_moment time_of(const struct projection_fact *fact,
                                    const Ledger__V1__Instant *at) {
    const struct ledger_moment time = moment_of(at, NULL);
    return time.when == LEDGER_WHEN_UNKNOWN ? fact->occurred : time;
}

static int32_t first_day(const Ledger__V1__Date *from, const struct ledger_moment *occurred) {
    return from ? from->days : day_of(occurred);
}

// ---- the working day
static enum ledger_err map_workday(const struct projection_fact *fact, struct projection_rows *rows,
                                   struct ledger_error *error) {
    const Facts__V1__WorkdayMarked *mark = (const Facts__V1__WorkdayMarked *)fact->payload;
    bool starts = mark->kind == FACTS__V1__WORKDAY_MARKED__KIND__START;
    if (!starts && mark->kind != FACTS__V1__WORKDAY_MARKED__KIND__END)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "payload.kind",
                           "the mark neither starts nor ends a day");
    put_day_fact(rows, mark->employee_id, day_of(&fact->occurred),
                 &(struct day_fact){.kind = starts ? DAY_STARTED : DAY_ENDED,
                                    .has_odometer = mark->has_odometer_km,
                                    .odometer_km = mark->odometer_km});
    return LEDGER_E_OK;
}

static enum ledger_err map_point(const struct projection_fact *fact, struct projection_rows *rows,
                                 struct ledger_error *error) {
    const Facts__V1__LocationSampled *sample = (const Facts__V1__LocationSampled *)fact->payload;
    const Ledger__V1__PersonalValues *personal = projection_personal(fact, sample->employee_id);
    if (personal && personal->n_track > 1)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "personal.track",
                           "a sample has one point, not %zu", personal->n_track);
    put_point(rows, sample->employee_id, day_of(&fact->occurred),
              &(struct point_row){
                  .place = geo_place(personal && personal->n_track ? personal->track[0] : NULL),
                  .has_accuracy = sample->has_accuracy_m,
                  .accuracy_m = sample->accuracy_m,
                  .mock = sample->mock});
    return LEDGER_E_OK;
}

// By order, then as listed; stops without an order come last.
struct ordered_stop {
    const Facts__V1__RoutePlanned__Stop *stop;
    size_t place;
};

static int by_order(const void *a, const void *b) {
    const struct ordered_stop *left = a;
    const struct ordered_stop *right = b;
    uint64_t left_order = left->stop->has_order ? left->stop->order : UINT64_MAX;
    uint64_t right_order = right->stop->has_order ? right->stop->order : UINT64_MAX;
    if (left_order != right_order)
        return left_order < right_order ? -1 : 1;
    return left->place < right->place ? -1 : left->place > right->place;
}

// To be freed; NULL when out of memory.
static struct route_stop *list_stops(const Facts__V1__RoutePlanned *plan) {
    size_t count = plan->n_stops;
    struct ordered_stop *order = calloc(count + 1, sizeof *order);
    struct route_stop *stops = order ? calloc(count + 1, sizeof *stops) : NULL;
    for (size_t i = 0; i < count && stops; i++)
        order[i] = (struct ordered_stop){plan->stops[i], i};
    if (count && stops)
        qsort(order, count, sizeof *order, by_order);
    for (size_t i = 0; i < count && stops; i++)
        stops[i] = (struct route_stop){order[i].stop->client_id, order[i].stop->visit_id,
                                       moment_of(order[i].stop->eta, NULL)};
    free(order);
    return stops;
}

static enum ledger_err map_route(const struct projection_fact *fact, struct projection_rows *rows,
                                 struct ledger_error *error) {
    const Facts__V1__RoutePlanned *plan = (const Facts__V1__RoutePlanned *)fact->payload;
    int32_t day = plan->date->days;
    if (!is_day(day))
        return ledger_fail(error, LEDGER_E_INVALID_TIME, "payload.date",
                           "no calendar has that day");
    struct route_stop *stops = list_stops(plan);
    if (!stops)
        return projection_no_memory(error);
    bool afterwards = day_of(&fact->occurred) > day;
    put_route(rows, plan->route_id, plan->version, stops, plan->n_stops);
    put_day_fact(rows, plan->employee_id, day,
                 &(struct day_fact){.kind = afterwards ? DAY_ROUTE_AFTERWARDS : DAY_ROUTE,
                                    .id = plan->route_id});
    free(stops);
    return LEDGER_E_OK;
}

// ---- visits: each fills in what its fact says, and returns the visit's id
static const char *read_planned(const struct projection_fact *fact, struct visit_fact *visit) {
    const Facts__V1__VisitPlanned *plan = (const Facts__V1__VisitPlanned *)fact->payload;
    visit->kind = VISIT_PLANNED;
    visit->client = plan->client_id;
    visit->begin = moment_of(plan->start, plan->date);
    visit->end = moment_of(plan->end, NULL);
    if (plan->employee_id)
        visit->actor = plan->employee_id;
    return plan->visit_id;
}

static const char *read_rescheduled(const struct projection_fact *fact, struct visit_fact *visit) {
    const Facts__V1__VisitRescheduled *change = (const Facts__V1__VisitRescheduled *)fact->payload;
    visit->kind = VISIT_RESCHEDULED;
    visit->begin = moment_of(change->new_start, change->new_date);
    visit->end = moment_of(change->new_end, NULL);
    visit->text = change->reason;
    return change->visit_id;
}

static const char *read_cancelled(const struct projection_fact *fact, struct visit_fact *visit) {
    const Facts__V1__VisitCancelled *change = (const Facts__V1__VisitCancelled *)fact->payload;
    bool not_held = change->kind == FACTS__V1__VISIT_CANCELLED__KIND__NOT_HELD;
    visit->kind = not_held ? VISIT_NOT_HELD : VISIT_CANCELLED;
    visit->text = change->reason;
    return change->visit_id;
}

static const char *read_checked_in(const struct projection_fact *fact, struct visit_fact *visit) {
    const Facts__V1__VisitCheckedIn *check = (const Facts__V1__VisitCheckedIn *)fact->payload;
    visit->kind = VISIT_CHECKED_IN;
    visit->begin = time_of(fact, check->at);
    visit->place = geo_place(check->geo ? check->geo : fact->record->event->geo);
    visit->has_accuracy = check->has_accuracy_m;
    visit->accuracy_m = check->accuracy_m;
    visit->has_distance = check->has_distance_m;
    visit->distance_m = check->distance_m;
    visit->mock = check->mock;
    return check->visit_id;
}

static const char *read_checked_out(const struct projection_fact *fact, struct visit_fact *visit) {
    const Facts__V1__VisitCheckedOut *check = (const Facts__V1__VisitCheckedOut *)fact->payload;
    visit->kind = VISIT_CHECKED_OUT;
    visit->begin = time_of(fact, check->at);
    visit->place = geo_place(check->geo ? check->geo : fact->record->event->geo);
    visit->has_accuracy = check->has_accuracy_m;
    visit->accuracy_m = check->accuracy_m;
    visit->mock = check->mock;
    return check->visit_id;
}

static const char *read_reported(const struct projection_fact *fact, struct visit_fact *visit) {
    const Facts__V1__VisitReported *report = (const Facts__V1__VisitReported *)fact->payload;
    visit->kind = VISIT_REPORTED;
    visit->client = report->client_id;
    visit->begin = time_of(fact, report->started);
    visit->end = moment_of(report->ended, NULL);
    visit->face_to_face = !report->has_channel || report->channel == FACTS__V1__CHANNEL__MEETING ||
                          report->channel == FACTS__V1__CHANNEL__CHANNEL_UNSPECIFIED;
    visit->assessed = projection_entry_delay(fact, &visit->delay_seconds);
    return report->visit_id;
}

static const char *read_verdict(const struct projection_fact *fact, struct visit_fact *visit) {
    const Facts__V1__VisitVerdictRecorded *verdict =
        (const Facts__V1__VisitVerdictRecorded *)fact->payload;
    visit->kind =
        verdict->verdict == FACTS__V1__VISIT_VERDICT_RECORDED__VERDICT__VERIFIED   ? VISIT_VERIFIED
        : verdict->verdict == FACTS__V1__VISIT_VERDICT_RECORDED__VERDICT__REJECTED ? VISIT_REJECTED
                                                                                   : VISIT_FLAGGED;
    visit->rule = verdict->rule;
    visit->text = verdict->evidence;
    return verdict->visit_id;
}

static enum ledger_err map_visit(const struct projection_fact *fact, struct projection_rows *rows,
                                 struct ledger_error *error) {
    static const struct {
        enum ledger_fact fact;
        const char *(*read)(const struct projection_fact *fact, struct visit_fact *visit);
    } readers[] = {
        {LEDGER_FACT_VisitPlanned, read_planned},
        {LEDGER_FACT_VisitRescheduled, read_rescheduled},
        {LEDGER_FACT_VisitCancelled, read_cancelled},
        {LEDGER_FACT_VisitCheckedIn, read_checked_in},
        {LEDGER_FACT_VisitCheckedOut, read_checked_out},
        {LEDGER_FACT_VisitReported, read_reported},
        {LEDGER_FACT_VisitVerdictRecorded, read_verdict},
    };
    struct visit_fact visit = {.actor = projection_actor(fact),
                               .client = projection_subject(fact->record, "client"),
                               .begin = fact->occurred,
                               .end = ledger_moment_unknown()};
    const char *id = NULL;
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++)
        if (readers[i].fact == fact->type->fact)
            id = readers[i].read(fact, &visit);
    if (!id)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "payload.visit_id",
                           "the fact names no visit");
    put_visit_fact(rows, id, &visit);
    if (visit.kind == VISIT_PLANNED)
        put_planned(rows, visit.actor, id);
    if (visit.kind == VISIT_CHECKED_IN || visit.kind == VISIT_CHECKED_OUT ||
        visit.kind == VISIT_REPORTED)
        put_day_fact(rows, visit.actor, day_of(&visit.begin),
                     &(struct day_fact){.kind = DAY_VISIT, .id = id});
    return LEDGER_E_OK;
}

// ---- norms, people, clients
static enum ledger_err map_norm(const struct projection_fact *fact, struct projection_rows *rows,
                                struct ledger_error *error) {
    const Facts__V1__WorkNormSet *norm = (const Facts__V1__WorkNormSet *)fact->payload;
    (void)error;
    put_norm(rows, norm->metric,
             &(struct norm_row){.id = norm->norm_id,
                                .role = norm->role,
                                .per = norm->per,
                                .value = norm->value,
                                .from = first_day(norm->from, &fact->occurred)});
    return LEDGER_E_OK;
}

static enum ledger_err map_hired(const struct projection_fact *fact, struct projection_rows *rows,
                                 struct ledger_error *error) {
    const Facts__V1__EmployeeHired *hired = (const Facts__V1__EmployeeHired *)fact->payload;
    const char *id = hired->employee_id;
    (void)error;
    put_employee(rows, id, hired->team_name ? hired->team_name : projection_person_name(fact, id),
                 hired->kind == FACTS__V1__EMPLOYEE_HIRED__KIND__FIELD_TEAM);
    if (hired->position)
        put_position(rows, id,
                     &(struct position_row){hired->position,
                                            first_day(hired->from, &fact->occurred), INT32_MAX});
    return LEDGER_E_OK;
}

static enum ledger_err map_changed(const struct projection_fact *fact, struct projection_rows *rows,
                                   struct ledger_error *error) {
    const Facts__V1__EmployeeChanged *change = (const Facts__V1__EmployeeChanged *)fact->payload;
    (void)error;
    if (change->kind == FACTS__V1__EMPLOYEE_CHANGED__KIND__POSITION)
        put_position(rows, change->employee_id,
                     &(struct position_row){change->position,
                                            first_day(change->from, &fact->occurred),
                                            change->to ? change->to->days : INT32_MAX});
    return LEDGER_E_OK;
}

static enum ledger_err map_erased(const struct projection_fact *fact, struct projection_rows *rows,
                                  struct ledger_error *error) {
    const Facts__V1__PersonalDataErased *erased =
        (const Facts__V1__PersonalDataErased *)fact->payload;
    (void)error;
    put_erasure(rows, erased->person_id);
    return LEDGER_E_OK;
}

static enum ledger_err map_client(const struct projection_fact *fact, struct projection_rows *rows,
                                  struct ledger_error *error) {
    const Facts__V1__ClientRegistered *client = (const Facts__V1__ClientRegistered *)fact->payload;
    const char *id = client->client_id;
    const struct place place = geo_place(client->geo);
    (void)error;
    put_client(rows, id, client->name ? client->name : projection_person_name(fact, id), &place);
    return LEDGER_E_OK;
}

#define FACTS(ROW)                                                                                 \
    ROW(WorkdayMarked, map_workday)                                                                \
    ROW(LocationSampled, map_point)                                                                \
    ROW(RoutePlanned, map_route)                                                                   \
    ROW(VisitPlanned, map_visit)                                                                   \
    ROW(VisitRescheduled, map_visit)                                                               \
    ROW(VisitCancelled, map_visit)                                                                 \
    ROW(VisitCheckedIn, map_visit)                                                                 \
    ROW(VisitCheckedOut, map_visit)                                                                \
    ROW(VisitReported, map_visit)                                                                  \
    ROW(VisitVerdictRecorded, map_visit)                                                           \
    ROW(WorkNormSet, map_norm)                                                                     \
    ROW(EmployeeHired, map_hired)                                                                  \
    ROW(EmployeeChanged, map_changed)                                                              \
    ROW(PersonalDataErased, map_erased)                                                            \
    ROW(ClientRegistered, map_client)
#define FACT_TYPE(type, map) LEDGER_FACT_##type,
#define FACT_MAP(type, map) map,

const enum ledger_fact field_route_types[FIELD_ROUTE_TYPES] = {FACTS(FACT_TYPE)};
static enum ledger_err (*const maps[FIELD_ROUTE_TYPES])(const struct projection_fact *fact,
                                                        struct projection_rows *rows,
                                                        struct ledger_error *error) = {
    FACTS(FACT_MAP)};

enum ledger_err field_route_map(const struct projection_fact *fact, struct projection_rows *rows,
                                struct ledger_error *error) {
    for (size_t i = 0; i < FIELD_ROUTE_TYPES; i++)
        if (field_route_types[i] == fact->type->fact)
            return maps[i](fact, rows, error);
    return LEDGER_E_OK;
}
