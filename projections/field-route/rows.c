// Rows as they are kept: each is written by a put and read by the read beside it, field by field in
// the same order.
#include "field_route.h"

// ---- parts of values
static void put_moment(struct ledger_buffer *value, const struct ledger_moment *moment) {
    projection_value_number(value, moment->when);
    if (moment->when == LEDGER_WHEN_UNKNOWN)
        return;
    projection_value_number(value, moment->when == LEDGER_WHEN_DATE ? moment->day : moment->micros);
    projection_value_number(value, moment->offset_minutes);
}

static struct ledger_moment read_moment(struct projection_reader *reader) {
    int64_t when = projection_read_number(reader);
    if (when != LEDGER_WHEN_DATE && when != LEDGER_WHEN_INSTANT)
        return ledger_moment_unknown();
    int64_t number = projection_read_number(reader);
    int32_t offset = (int32_t)projection_read_number(reader);
    return when == LEDGER_WHEN_DATE ? ledger_moment_date((int32_t)number)
                                    : ledger_moment_instant(number, offset);
}

static void put_row(struct projection_rows *rows, enum field_route_table table, const char *id,
                    const struct ledger_buffer *value) {
    struct projection_key key = {0};
    projection_key_text(&key, id);
    projection_rows_put(rows, (uint8_t)table, &key, ledger_buffer_span(value));
}

static void put_day_row(struct projection_rows *rows, enum field_route_table table,
                        const char *employee, int32_t day, const struct ledger_buffer *value) {
    struct projection_key key = {0};
    projection_key_text(&key, employee);
    projection_key_day(&key, day);
    projection_rows_put(rows, (uint8_t)table, &key, ledger_buffer_span(value));
}

// ---- days
void put_day_fact(struct projection_rows *rows, const char *employee, int32_t day,
                  const struct day_fact *fact) {
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_number(value, fact->kind);
    projection_value_text(value, fact->id);
    projection_value_number(value, fact->has_odometer);
    projection_value_number(value, fact->odometer_km);
    put_day_row(rows, DAY_FACTS, employee, day, value);
}

struct day_fact day_fact_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct day_fact fact = {.kind = (enum day_fact_kind)projection_read_number(&reader)};
    fact.id = projection_read_text(&reader);
    fact.has_odometer = projection_read_number(&reader);
    fact.odometer_km = projection_read_number(&reader);
    return fact;
}

void put_point(struct projection_rows *rows, const char *employee, int32_t day,
               const struct point_row *point) {
    struct ledger_buffer *value = projection_rows_value(rows);
    geo_place_write(value, &point->place);
    projection_value_number(value, point->has_accuracy);
    projection_value_number(value, point->accuracy_m);
    projection_value_number(value, point->mock);
    put_day_row(rows, POINTS, employee, day, value);
}

struct point_row point_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct point_row point = {.place = geo_place_read(&reader)};
    point.has_accuracy = projection_read_number(&reader);
    point.accuracy_m = projection_read_number(&reader);
    point.mock = projection_read_number(&reader);
    return point;
}

// ---- visits
void put_visit_fact(struct projection_rows *rows, const char *visit,
                    const struct visit_fact *fact) {
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_number(value, fact->kind);
    projection_value_text(value, fact->actor);
    projection_value_text(value, fact->client);
    put_moment(value, &fact->begin);
    put_moment(value, &fact->end);
    geo_place_write(value, &fact->place);
    projection_value_number(value, fact->has_accuracy);
    projection_value_number(value, fact->accuracy_m);
    projection_value_number(value, fact->has_distance);
    projection_value_number(value, fact->distance_m);
    projection_value_number(value, fact->mock);
    projection_value_number(value, fact->face_to_face);
    projection_value_number(value, fact->assessed);
    projection_value_number(value, fact->delay_seconds);
    projection_value_text(value, fact->rule);
    projection_value_text(value, fact->text);
    put_row(rows, VISIT_FACTS, visit, value);
}

struct visit_fact visit_fact_read(const struct projection_row *row) {
    struct projection_reader reader = {row->value};
    struct visit_fact fact = {.kind = (enum visit_fact_kind)projection_read_number(&reader),
                              .position = row->position,
                              .occurred = row->occurred};
    fact.actor = projection_read_text(&reader);
    fact.client = projection_read_text(&reader);
    fact.begin = read_moment(&reader);
    fact.end = read_moment(&reader);
    fact.place = geo_place_read(&reader);
    fact.has_accuracy = projection_read_number(&reader);
    fact.accuracy_m = projection_read_number(&reader);
    fact.has_distance = projection_read_number(&reader);
    fact.distance_m = projection_read_number(&reader);
    fact.mock = projection_read_number(&reader);
    fact.face_to_face = projection_read_number(&reader);
    fact.assessed = projection_read_number(&reader);
    fact.delay_seconds = projection_read_number(&reader);
    fact.rule = projection_read_text(&reader);
    fact.text = projection_read_text(&reader);
    return fact;
}

void put_planned(struct projection_rows *rows, const char *employee, const char *visit) {
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, visit);
    put_row(rows, PLANNED, employee, value);
}

// ---- routes
void put_route(struct projection_rows *rows, const char *id, int64_t version,
               const struct route_stop *stops, size_t count) {
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_number(value, version);
    projection_value_number(value, (int64_t)count);
    for (size_t i = 0; i < count; i++) {
        projection_value_text(value, stops[i].client);
        projection_value_text(value, stops[i].visit);
        put_moment(value, &stops[i].eta);
    }
    put_row(rows, ROUTES, id, value);
}

struct route_row route_row_read(struct ledger_span value) {
    struct route_row route = {.stops = {value}};
    route.version = projection_read_number(&route.stops);
    route.left = (size_t)projection_read_number(&route.stops);
    return route;
}

bool route_next_stop(struct route_row *route, struct route_stop *stop) {
    if (!route->left)
        return false;
    route->left--;
    stop->client = projection_read_text(&route->stops);
    stop->visit = projection_read_text(&route->stops);
    stop->eta = read_moment(&route->stops);
    return true;
}

// ---- norms and people
void put_norm(struct projection_rows *rows, const char *metric, const struct norm_row *norm) {
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, norm->id);
    projection_value_text(value, norm->role);
    projection_value_text(value, norm->per);
    projection_value_number(value, norm->value);
    projection_value_number(value, norm->from);
    put_row(rows, NORMS, metric, value);
}

struct norm_row norm_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct norm_row norm = {.id = projection_read_text(&reader)};
    norm.role = projection_read_text(&reader);
    norm.per = projection_read_text(&reader);
    norm.value = projection_read_number(&reader);
    norm.from = (int32_t)projection_read_number(&reader);
    return norm;
}

void put_employee(struct projection_rows *rows, const char *id, const char *name, bool team) {
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, name);
    projection_value_number(value, team);
    put_row(rows, EMPLOYEES, id, value);
}

bool employee_is_team(struct projection_view *view, const char *employee) {
    struct projection_key key = {0};
    struct projection_row row;
    projection_key_text(&key, employee);
    if (!projection_standing(view, EMPLOYEES, &key, &row))
        return false;
    struct projection_reader reader = {row.value};
    (void)projection_read_text(&reader);
    return projection_read_number(&reader);
}

void put_position(struct projection_rows *rows, const char *id,
                  const struct position_row *position) {
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, position->position);
    projection_value_number(value, position->from);
    projection_value_number(value, position->to);
    put_row(rows, POSITIONS, id, value);
}

struct position_row position_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct position_row position = {.position = projection_read_text(&reader)};
    position.from = (int32_t)projection_read_number(&reader);
    position.to = (int32_t)projection_read_number(&reader);
    return position;
}

// ---- erasures
void put_erasure(struct projection_rows *rows, const char *person) {
    struct projection_key key = {0};
    projection_key_text(&key, person);
    projection_rows_put(rows, ERASURES, &key, (struct ledger_span){0});
}

uint64_t erased_to(struct projection_view *view, const char *person) {
    static const uint8_t table = ERASURES;
    struct projection_key prefix = {0};
    struct projection_row row;
    uint64_t position = 0;
    if (!projection_knows(view, &table, 1, person))
        return 0;
    projection_key_text(&prefix, person);
    struct projection_cursor *cursor = projection_scan(view, ERASURES, &prefix, true);
    while (projection_next(cursor, &row))
        position = row.position;
    projection_scan_end(cursor);
    return position ? position : UINT64_MAX;
}

// ---- clients
void put_client(struct projection_rows *rows, const char *id, const char *name,
                const struct place *place) {
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, name);
    geo_place_write(value, place);
    put_row(rows, CLIENTS, id, value);
}

static struct place row_place(const struct projection_row *row) {
    struct projection_reader reader = {row->value};
    (void)projection_read_text(&reader);
    return geo_place_read(&reader);
}

// Later by time, then by position; an unknown time comes before all others.
static bool is_later(const struct projection_row *a, const struct projection_row *b) {
    bool known = a->occurred.when != LEDGER_WHEN_UNKNOWN;
    if (known != (b->occurred.when != LEDGER_WHEN_UNKNOWN))
        return known;
    if (known && a->occurred.micros != b->occurred.micros)
        return a->occurred.micros > b->occurred.micros;
    return a->position > b->position;
}

static bool had_happened(const struct projection_row *row, const struct ledger_moment *when) {
    return row->occurred.when == LEDGER_WHEN_UNKNOWN || when->when == LEDGER_WHEN_UNKNOWN ||
           row->occurred.day <= when->day;
}

static struct place registered_place(struct projection_view *view, const char *id,
                                     const struct ledger_moment *when) {
    struct projection_key key = {0};
    struct projection_row row, then, after;
    bool found = false, later = false;
    projection_key_text(&key, id);
    struct projection_cursor *cursor = projection_scan(view, CLIENTS, &key, true);
    while (projection_next(cursor, &row)) {
        if (!row_place(&row).known)
            continue;
        if (had_happened(&row, when)) {
            if (!found || is_later(&row, &then))
                then = row;
            found = true;
        } else {
            if (!later || is_later(&after, &row))
                after = row;
            later = true;
        }
    }
    projection_scan_end(cursor);
    if (!found && later)
        then = after;
    if (!found && !later && !projection_standing(view, CLIENTS, &key, &then))
        return (struct place){0};
    return row_place(&then);
}

struct place client_place(struct projection_view *view, const char *client,
                          const struct ledger_moment *when) {
    const char *const *ids;
    struct place place = {0};
    size_t count = client ? projection_view_client_ids(view, client, &ids) : 0;
    for (size_t i = 0; i < count && !place.known; i++)
        place = registered_place(view, ids[i], when);
    return place;
}

void note_unknown_rep(struct projection_view *view, const struct projection_arguments *arguments,
                      struct projection_answer *answer) {
    static const uint8_t tables[] = {DAY_FACTS, POINTS, PLANNED, EMPLOYEES, POSITIONS};
    const char *rep = projection_argument(arguments, "rep");
    if (rep && !projection_knows(view, tables, sizeof tables, rep))
        projection_answer_nothing_known(answer, "representative", rep);
}
