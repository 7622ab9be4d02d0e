// Two scans side by side, of what the day holds and of its points, which have the same keys: so the
// whole organisation is gone through once, and one day of one representative alone.
#include "days.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/ids.h"

struct day_route {
    const char *id;
    struct route_row row;
};

// ---- the walk
static void advance(struct day_side *side) {
    side->more = side->cursor && projection_next(side->cursor, &side->row);
    if (!side->more)
        projection_scan_end(side->cursor);
}

void days_begin(struct days *days, struct projection_view *view, const char *rep,
                const struct projection_period *period, bool with_points) {
    struct projection_key prefix = {0};
    *days = (struct days){.view = view,
                          .period = *period,
                          .reader = {.view = view},
                          .owners = {.ids = {.arena = projection_view_arena(view)}}};
    if (rep)
        projection_key_text(&prefix, rep);
    if (rep && period->from == period->to)
        projection_key_day(&prefix, period->from);
    days->facts.cursor = projection_scan(view, DAY_FACTS, &prefix, false);
    advance(&days->facts);
    if (with_points)
        days->points.cursor = projection_scan(view, POINTS, &prefix, false);
    advance(&days->points);
}

static int by_key(struct ledger_span a, struct ledger_span b) {
    int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

// The smaller of the keys that come next.
static struct ledger_span next_key(const struct days *days) {
    const struct day_side *facts = &days->facts;
    const struct day_side *points = &days->points;
    if (!facts->more || (points->more && by_key(points->row.key, facts->row.key) < 0))
        return points->row.key;
    return facts->row.key;
}

static bool is_of(const struct day_side *side, struct ledger_span key) {
    return side->more && ledger_span_equal(side->row.key, key);
}

// ---- visits with many facts
enum { MANY_FACTS = 16 };

static bool is_of_another(const struct owners *owners, const char *id, uint64_t position) {
    size_t number = projection_ids_find(&owners->ids, id);
    return number != PROJECTION_ID_NONE && owners->positions[number] != position;
}

static bool remember_owner(struct owners *owners, const struct visit *visit) {
    if (visit->count < MANY_FACTS)
        return true;
    size_t number = projection_ids_add(&owners->ids, visit->id);
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(owners->ids.arena, &owners->positions, &owners->capacity, number,
                         sizeof *owners->positions))
        return false;
    owners->positions[number] = visit->own ? visit->own->position : 0;
    return true;
}

// ---- what a row of a day adds
// A visit is of the day if the fact of this row is the one that says so.
static bool add_visit(struct days *days, const char *id) {
    struct field_day *day = &days->current;
    struct visit visit;
    if (is_of_another(&days->owners, id, days->facts.row.position))
        return true;
    if (!visit_read(&days->reader, id, &visit) || !remember_owner(&days->owners, &visit))
        return false;
    if (!visit.own || visit.own->position != days->facts.row.position)
        return true;
    if (!projection_grow(projection_view_arena(days->view), &day->visits, &day->visit_capacity,
                         day->visit_count, sizeof(struct visit)))
        return false;
    visit_keep(&days->reader, &visit);
    day->visits[day->visit_count++] = visit;
    contradictions_add(&day->contradictions, &visit.contradictions);
    return true;
}

static bool replaces(const struct route_row *a, const struct projection_row *a_row,
                     const struct route_row *b, const struct projection_row *b_row) {
    if (a->version != b->version)
        return a->version > b->version;
    if (a_row->occurred.micros != b_row->occurred.micros)
        return a_row->occurred.micros > b_row->occurred.micros;
    return a_row->position > b_row->position;
}

// A route is of the day if this row's version is the one in force: the highest of those planned by
// the end of that day. One planned later neither makes a plan of the day nor takes it away.
static bool add_route(struct days *days, const char *id) {
    struct projection_key prefix = {0};
    struct projection_row row, latest_row = {0};
    struct route_row latest = {0};
    projection_key_text(&prefix, id);
    struct projection_cursor *cursor = projection_scan(days->view, ROUTES, &prefix, false);
    while (projection_next(cursor, &row)) {
        const struct route_row route = route_row_read(row.value);
        if (day_of(&row.occurred) <= days->current.day &&
            (!latest_row.position || replaces(&route, &row, &latest, &latest_row))) {
            latest = route;
            latest_row = row;
        }
    }
    projection_scan_end(cursor);
    if (latest_row.position != days->facts.row.position)
        return true;
    if (!projection_grow(projection_view_arena(days->view), &days->routes, &days->route_capacity,
                         days->route_count, sizeof(struct day_route)))
        return false;
    days->routes[days->route_count++] = (struct day_route){id, latest};
    return true;
}

static bool precedes(const struct mark *a, const struct mark *b) {
    if (a->occurred.micros != b->occurred.micros)
        return a->occurred.micros < b->occurred.micros;
    return a->position < b->position;
}

static void add_mark(struct field_day *day, const struct day_fact *fact,
                     const struct projection_row *row) {
    bool starts = fact->kind == DAY_STARTED;
    struct mark *mark = starts ? &day->start : &day->end;
    const struct mark given = {true, row->occurred, row->position, fact->has_odometer,
                               fact->odometer_km};
    day->contradictions.of[MARKED_TWICE] += mark->given;
    if (!mark->given || (starts ? precedes(&given, mark) : precedes(mark, &given)))
        *mark = given;
}

static bool add_fact(struct days *days) {
    const struct day_fact fact = day_fact_read(days->facts.row.value);
    if (fact.kind == DAY_VISIT)
        return add_visit(days, fact.id);
    if (fact.kind == DAY_ROUTE)
        return add_route(days, fact.id);
    if (fact.kind == DAY_ROUTE_AFTERWARDS) {
        days->current.contradictions.of[PLANNED_AFTERWARDS]++;
        return true;
    }
    add_mark(&days->current, &fact, &days->facts.row);
    return true;
}

// ---- what the rows make
static int by_begin(const void *a, const void *b) {
    const struct visit *left = a;
    const struct visit *right = b;
    struct ledger_moment left_begin, right_begin;
    bool left_known = visit_begin(left, &left_begin);
    if (left_known != visit_begin(right, &right_begin))
        return left_known ? -1 : 1;
    if (left_known && left_begin.micros != right_begin.micros)
        return left_begin.micros < right_begin.micros ? -1 : 1;
    return left->own->position < right->own->position ? -1 : 1;
}

static int by_id(const void *a, const void *b) {
    return strcmp(((const struct day_route *)a)->id, ((const struct day_route *)b)->id);
}

static bool list_stops(struct days *days) {
    struct field_day *day = &days->current;
    const struct ledger_moment when = ledger_moment_date(day->day);
    if (days->route_count)
        qsort(days->routes, days->route_count, sizeof(struct day_route), by_id);
    for (size_t i = 0; i < days->route_count; i++) {
        struct route_row *route = &days->routes[i].row;
        struct route_stop planned;
        while (route_next_stop(route, &planned)) {
            const char *client = planned.client;
            if (!projection_grow(projection_view_arena(days->view), &day->stops,
                                 &day->stop_capacity, day->stop_count, sizeof(struct stop)))
                return false;
            if (client)
                client = projection_view_client(days->view, client);
            day->stops[day->stop_count++] =
                (struct stop){.client = client,
                              .visit_id = planned.visit,
                              .eta = planned.eta,
                              .place = client_place(days->view, client, &when)};
        }
    }
    day->planned = days->route_count > 0;
    return true;
}

static bool keeps(const struct stop *stop, const struct visit *visit, bool by_visit_id) {
    if (visit->stop || (!visit->in && !visit->report))
        return false;
    if (by_visit_id)
        return stop->visit_id && strcmp(stop->visit_id, visit->id) == 0;
    return stop->client && visit->client && strcmp(stop->client, visit->client) == 0;
}

// First by the ids of visits, then what is left by clients: the visit planned may be held as
// another.
static void match_stops(struct field_day *day) {
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < day->stop_count; i++) {
            struct stop *stop = &day->stops[i];
            for (size_t v = 0; v < day->visit_count && !stop->visit; v++)
                if (keeps(stop, &day->visits[v], pass == 0)) {
                    stop->visit = &day->visits[v];
                    day->visits[v].stop = i + 1;
                }
        }
}

static void check_marks(struct field_day *day) {
    const struct mark *start = &day->start;
    const struct mark *end = &day->end;
    if (!start->given || !end->given)
        return;
    day->contradictions.of[ENDED_BEFORE_START] += start->occurred.when == LEDGER_WHEN_INSTANT &&
                                                  end->occurred.when == LEDGER_WHEN_INSTANT &&
                                                  end->occurred.micros < start->occurred.micros;
    day->contradictions.of[ODOMETER_BACKWARDS] +=
        start->has_odometer && end->has_odometer && end->odometer_km < start->odometer_km;
}

static void clear(struct days *days, struct ledger_span key) {
    const struct field_day old = days->current;
    struct ledger_span rep;
    days->current = (struct field_day){.visits = old.visits,
                                       .visit_capacity = old.visit_capacity,
                                       .stops = old.stops,
                                       .stop_capacity = old.stop_capacity,
                                       .track = old.track};
    track_clear(&days->current.track);
    days->reader.kept = 0;
    days->route_count = 0;
    if (projection_key_read_text(&key, &rep) && projection_key_read_day(&key, &days->current.day))
        days->current.rep = (const char *)rep.data;
}

static bool is_wanted(const struct days *days) {
    int32_t day = days->current.day;
    if (day == NO_DAY)
        return projection_period_is_open(&days->period);
    return days->period.from <= day && day <= days->period.to;
}

static bool read_day(struct days *days) {
    const struct ledger_span key = next_key(days);
    struct field_day *day = &days->current;
    clear(days, key);
    bool wanted = is_wanted(days);
    for (; is_of(&days->facts, key); advance(&days->facts))
        if (wanted && !add_fact(days))
            return false;
    uint64_t erased =
        wanted && day->rep && is_of(&days->points, key) ? erased_to(days->view, day->rep) : 0;
    for (; is_of(&days->points, key); advance(&days->points))
        if (wanted &&
            !track_add(&day->track, projection_view_arena(days->view), &days->points.row, erased))
            return false;
    if (day->visit_count)
        qsort(day->visits, day->visit_count, sizeof(struct visit), by_begin);
    if (!list_stops(days))
        return false;
    match_stops(day);
    check_marks(day);
    track_judge(&day->track);
    return true;
}

static bool holds_something(const struct field_day *day) {
    uint64_t contradicting = 0;
    for (size_t i = 0; i < CONTRADICTIONS; i++)
        contradicting += day->contradictions.of[i];
    return day->visit_count || day->planned || day->start.given || day->end.given ||
           day->track.count || contradicting;
}

bool days_next(struct days *days, const struct field_day **day) {
    *day = NULL;
    while (!*day && (days->facts.more || days->points.more)) {
        if (!read_day(days))
            return false;
        if (days->current.rep && holds_something(&days->current))
            *day = &days->current;
    }
    return true;
}
