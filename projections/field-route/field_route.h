// Where the working day went, and whether visits can be believed: points, routes, check-ins and
// check-outs of field work, and the norms that visits are held against.
#ifndef FIELD_ROUTE_H
#define FIELD_ROUTE_H

#include "geo.h"
#include "runtime/projection.h"

enum field_route_table {
    DAY_FACTS = 1, // key: employee id, local day; value: struct day_fact
    POINTS,        // key: employee id, local day; value: struct point_row
    VISIT_FACTS,   // key: visit id; value: struct visit_fact
    PLANNED,       // key: employee id; value: visit id
    ROUTES,        // key: route id; value: struct route_row
    NORMS,         // key: metric; value: struct norm_row
    EMPLOYEES,     // key: employee id; value: name, whether it is a team
    POSITIONS,     // key: employee id; value: struct position_row
    CLIENTS,       // key: client id; value: name, place
    ERASURES,      // key: person id; no value
};

// The day of facts that are of no known day.
#define NO_DAY INT32_MIN
static inline int32_t day_of(const struct ledger_moment *moment) {
    return moment->when == LEDGER_WHEN_UNKNOWN ? NO_DAY : moment->day;
}

// What an employee's day is made of, apart from the points. A visit or route stands under the
// employee and day that one of its facts gives it: whether it belongs there, all its facts say.
enum day_fact_kind {
    DAY_VISIT = 1,
    DAY_ROUTE,
    DAY_ROUTE_AFTERWARDS, // planned after its day
    DAY_STARTED,
    DAY_ENDED,
};
struct day_fact {
    enum day_fact_kind kind;
    const char *id; // visits and routes
    bool has_odometer;
    int64_t odometer_km;
};
struct day_fact day_fact_read(struct ledger_span value);

// A place sampled on the way.
struct point_row {
    struct place place; // unknown if the personal part has none, or is sealed
    bool has_accuracy;
    int64_t accuracy_m;
    bool mock;
};
struct point_row point_row_read(struct ledger_span value);

enum visit_fact_kind {
    VISIT_PLANNED = 1,
    VISIT_RESCHEDULED,
    VISIT_CANCELLED,
    VISIT_NOT_HELD,
    VISIT_CHECKED_IN,
    VISIT_CHECKED_OUT,
    VISIT_REPORTED,
    VISIT_FLAGGED, // the last three are verdicts
    VISIT_VERIFIED,
    VISIT_REJECTED,
};
// What a fact says of a visit; NULL, false and unknown where it says nothing.
struct visit_fact {
    enum visit_fact_kind kind;
    const char *actor, *client;
    struct ledger_moment begin; // plans: the planned start or day; others: else when it occurred
    struct ledger_moment end;   // plans and reports only
    struct place place;
    bool has_accuracy, has_distance, mock;
    int64_t accuracy_m, distance_m; // the distance as the device measured it
    bool face_to_face;              // reports
    bool assessed;                  // reports: the entry delay is known
    int64_t delay_seconds;
    const char *rule, *text; // verdicts: rule and evidence; plans: the reason of a change
    // Not in the value: of the row.
    uint64_t position;
    struct ledger_moment occurred;
};
struct visit_fact visit_fact_read(const struct projection_row *row);

// One version of a planned route, stops in the order of the plan.
struct route_stop {
    const char *client, *visit; // NULL if not said
    struct ledger_moment eta;
};
struct route_row {
    int64_t version;
    size_t left; // stops to be read
    struct projection_reader stops;
};
struct route_row route_row_read(struct ledger_span value);
// False after the last.
bool route_next_stop(struct route_row *route, struct route_stop *stop);

struct norm_row {
    const char *id, *role, *per; // role NULL = everyone
    int64_t value;
    int32_t from; // NO_DAY = always
};
struct norm_row norm_row_read(struct ledger_span value);

struct position_row {
    const char *position;
    int32_t from, to; // NO_DAY and INT32_MAX = open
};
struct position_row position_row_read(struct ledger_span value);

// ---- what the map writes; see rows.c
void put_day_fact(struct projection_rows *rows, const char *employee, int32_t day,
                  const struct day_fact *fact);
void put_point(struct projection_rows *rows, const char *employee, int32_t day,
               const struct point_row *point);
void put_visit_fact(struct projection_rows *rows, const char *visit, const struct visit_fact *fact);
void put_planned(struct projection_rows *rows, const char *employee, const char *visit);
void put_route(struct projection_rows *rows, const char *id, int64_t version,
               const struct route_stop *stops, size_t count);
void put_norm(struct projection_rows *rows, const char *metric, const struct norm_row *norm);
void put_employee(struct projection_rows *rows, const char *id, const char *name, bool team);
void put_position(struct projection_rows *rows, const char *id,
                  const struct position_row *position);
void put_erasure(struct projection_rows *rows, const char *person);
void put_client(struct projection_rows *rows, const char *id, const char *name,
                const struct place *place);

// ---- what names and places other facts
// Several people who report as one: what one person cannot do, they can.
bool employee_is_team(struct projection_view *view, const char *employee);
// The position up to which what is personal of them may not be read: that of the last erasure
// known, even if the question is as of a time before it. 0 = all may be.
uint64_t erased_to(struct projection_view *view, const char *person);
// Where the client was at that time: by the registration in force then, or the first after it. Of
// merged clients the survivor's place, or the first that one of the others has.
struct place client_place(struct projection_view *view, const char *client,
                          const struct ledger_moment *when);

extern const struct projection field_route;
// Its facts and its map; see fold.c.
enum { FIELD_ROUTE_TYPES = 15 };
extern const enum ledger_fact field_route_types[FIELD_ROUTE_TYPES];
enum ledger_err field_route_map(const struct projection_fact *fact, struct projection_rows *rows,
                                struct ledger_error *error);

typedef enum ledger_err field_route_query(struct projection_view *view,
                                          const struct projection_arguments *arguments,
                                          struct projection_answer *answer,
                                          struct ledger_error *error);
field_route_query day_answer, routes_answer, verification_answer, norms_answer, visit_answer;

// Notes the rep that was asked for, if nothing is known of it.
void note_unknown_rep(struct projection_view *view, const struct projection_arguments *arguments,
                      struct projection_answer *answer);

#endif
