// A representative's day in the field: the route, the visits that came of it, and what was noted
// on the way. The last visit of some days is invented: too short, too far off, at the same time as
// another, sooner than anybody could be there, or from a simulated place.
#include "visit.h"

enum {
    STOPS_MIN = 4,
    STOPS_MAX = 7,
    VISIT_MINUTES_MIN = 10,
    VISIT_MINUTES_MAX = 25,
    WAY_MINUTES_MIN = 14,
    WAY_MINUTES_MAX = 30,
    INVENTED_FIRST_WORKDAY = 5, // then one of each kind is certain
    DRIVE_METRES_A_SECOND = 16,
    TOO_FAR_M = 5000,
    SAMPLES = 2,
};
#define SAMPLE_EVERY (3 * MINUTE)

struct field_day {
    struct world *world;
    int rep;
    int stops[STOPS_MAX]; // clients
    char ids[STOPS_MAX][ID_SIZE];
    int count;
    enum invention invention; // of the last stop
    bool joint;
    int64_t synced, now;
    struct point place; // at that moment
};

static void put_employee_fact(struct field_day *day, const char *type, int64_t at, json_t *payload,
                              json_t *values) {
    const struct rep *rep = &day->world->reps[day->rep];
    outbox_put(&day->world->outbox,
               &(struct fact){.type = type,
                              .category = "employee",
                              .id = rep->id,
                              .occurred = at,
                              .recorded = day->synced ? day->synced : at,
                              .actor = rep->id,
                              .subjects = {{"employee", rep->id, NULL}},
                              .payload = payload,
                              .person = values ? rep->id : NULL,
                              .values = values,
                              .territory = rep->territory},
               NULL);
}

// ---- planning
static enum invention choose_invention(struct world *world, int rep) {
    int since = world->workday - INVENTED_FIRST_WORKDAY;
    if (rep == 0 && since >= 0 && since < INVENTIONS - 1)
        return (enum invention)(since + 1);
    if (!chance_percent(&world->chance, 2))
        return HONEST;
    return (enum invention)(world->invented_count++ % (INVENTIONS - 1) + 1);
}

// Of the last working day of a month, one representative's device is offline until the next month;
// sometimes more.
static int64_t choose_sync(struct world *world, int rep) {
    int32_t next = world->today + (weekday_of(world->today) == 4 ? 3 : 1);
    json_t *month = value_month(world->today);
    json_t *after = value_month(next);
    bool ends = month && after && !json_equal(month, after);
    json_decref(month);
    json_decref(after);
    if (!ends || next + 2 > world->last_day || (rep != 0 && !chance_percent(&world->chance, 15)))
        return 0;
    return at_time(next + 2, 20, 0);
}

static void choose_stops(struct field_day *day) {
    struct world *world = day->world;
    int wanted = (int)chance_between(&world->chance, STOPS_MIN, STOPS_MAX);
    int known = world_pick_clients(world, day->rep);
    while (day->count < wanted && known > 0) {
        uint64_t which = chance_below(&world->chance, (uint64_t)known);
        day->stops[day->count] = world->picked[which];
        world->picked[which] = world->picked[--known];
        visit_id_of(world, day->ids[day->count++]);
    }
    if (day->count && day->invention == IMPOSSIBLE_SPEED)
        day->stops[day->count - 1] = world->reps[day->rep].far_client;
}

// Planned in the evening, sent in the morning; on the first day all in the morning.
static void put_route(struct field_day *day) {
    struct world *world = day->world;
    const struct rep *rep = &world->reps[day->rep];
    bool first = world->today == world->first_day;
    const int64_t at = first ? at_time(world->today, 7, 45) : at_time(world->today - 1, 18, 0);
    char id[ID_SIZE + 16];
    json_t *stops = json_array();
    (void)snprintf(id, sizeof id, "%s-day-%d", rep->id, world->today - world->first_day);
    for (int i = 0; i < day->count; i++)
        value_add(&stops, json_pack("{s:s,s:s,s:i}", "clientId", world->clients[day->stops[i]].id,
                                    "visitId", day->ids[i], "order", i + 1));
    const struct fact fact = {.type = "RoutePlanned",
                              .category = "employee",
                              .id = rep->id,
                              .occurred = at,
                              .recorded = first ? at : at_time(world->today, 5, 0),
                              .actor = rep->id,
                              .subjects = {{"employee", rep->id, NULL}},
                              .payload = json_pack("{s:s,s:i,s:s,s:o,s:o}", "routeId", id,
                                                   "version", 1, "employeeId", rep->id, "date",
                                                   value_date(world->today), "stops", stops)};
    outbox_put(&world->outbox, &fact, NULL);
}

static void put_visit_fact(struct field_day *day, int stop, const char *type, int64_t at,
                           json_t *payload) {
    const struct rep *rep = &day->world->reps[day->rep];
    outbox_put(
        &day->world->outbox,
        &(struct fact){.type = type,
                       .category = "visit",
                       .id = day->ids[stop],
                       .occurred = at,
                       .recorded = at,
                       .actor = rep->id,
                       .subjects = {{"visit", day->ids[stop], NULL},
                                    {"client", day->world->clients[day->stops[stop]].id, NULL}},
                       .payload = payload,
                       .territory = rep->territory},
        NULL);
}

static void put_plan(struct field_day *day, int stop) {
    struct world *world = day->world;
    put_visit_fact(day, stop, "VisitPlanned", at_time(world->today, 7, 50),
                   json_pack("{s:s,s:s,s:s,s:o}", "visitId", day->ids[stop], "clientId",
                             world->clients[day->stops[stop]].id, "employeeId",
                             world->reps[day->rep].id, "date", value_date(world->today)));
}

// ---- what was noted on a visit
static void put_client_fact(struct field_day *day, int stop, const char *type, const char *category,
                            const char *id, json_t *payload) {
    const struct rep *rep = &day->world->reps[day->rep];
    outbox_put(
        &day->world->outbox,
        &(struct fact){.type = type,
                       .category = category,
                       .id = id,
                       .occurred = day->now,
                       .recorded = day->synced ? day->synced : day->now,
                       .actor = rep->id,
                       .subjects = {{"client", day->world->clients[day->stops[stop]].id, NULL}},
                       .payload = payload},
        NULL);
}

static void put_need(struct field_day *day, int stop) {
    struct world *world = day->world;
    char id[ID_SIZE];
    const char *client = world->clients[day->stops[stop]].id;
    (void)snprintf(id, sizeof id, "need-%05llu", (unsigned long long)++world->need_count);
    put_client_fact(day, stop, "TechnicalNeedRecorded", "client", client,
                    json_pack("{s:s,s:s,s:s,s:s,s:s}", "needId", id, "clientId", client, "code",
                              "supply", "productId",
                              product_ids[chance_below(&world->chance, PRODUCTS)], "met", "NO"));
}

static void put_survey(struct field_day *day, int stop) {
    static const char *const answers[] = {"yes", "no", "sometimes"};
    struct world *world = day->world;
    put_client_fact(day, stop, "SurveyAnswered", "survey", "shelf",
                    json_pack("{s:s,s:s,s:s,s:s}", "surveyId", "shelf", "questionCode", "in-stock",
                              "answer", answers[chance_below(&world->chance, 3)], "clientId",
                              world->clients[day->stops[stop]].id));
}

static void put_call(struct field_day *day, int stop) {
    struct world *world = day->world;
    char id[ID_SIZE];
    (void)snprintf(id, sizeof id, "interaction-%06llu",
                   (unsigned long long)++world->interaction_count);
    put_client_fact(day, stop, "InteractionLogged", "interaction", id,
                    json_pack("{s:s,s:s,s:s,s:s,s:i}", "interactionId", id, "clientId",
                              world->clients[day->stops[stop]].id, "channel", "CALL", "direction",
                              "OUTBOUND", "seconds", (int)chance_between(&world->chance, 30, 600)));
}

static void note(struct field_day *day, int stop) {
    uint64_t roll = chance_below(&day->world->chance, 100);
    if (roll < 3)
        put_need(day, stop);
    else if (roll < 8)
        put_survey(day, stop);
    else if (roll < 14)
        put_call(day, stop);
}

// ---- visiting
static void cancel(struct field_day *day, int stop) {
    bool came = chance_percent(&day->world->chance, 30);
    put_visit_fact(day, stop, "VisitCancelled", day->now,
                   json_pack("{s:s,s:s,s:s}", "visitId", day->ids[stop], "kind",
                             came ? "NOT_HELD" : "CANCELLED", "reason", "client away"));
    truth_count(&day->world->truth, "visits_called_off", came ? "not_held" : "cancelled", 1);
}

static int64_t minutes(struct world *world, int least, int most) {
    return chance_between(&world->chance, least, most) * MINUTE;
}

// The day's clock stands at the end of the visit before; the way to this one comes first.
static struct visit make_visit(struct field_day *day, int stop) {
    struct world *world = day->world;
    bool last = stop == day->count - 1;
    struct visit visit = {.rep = day->rep,
                          .client = day->stops[stop],
                          .synced = day->synced,
                          .joint = day->joint && stop < 2,
                          .invention = last ? day->invention : HONEST};
    int64_t way = minutes(world, WAY_MINUTES_MIN, WAY_MINUTES_MAX);
    int64_t stay = minutes(world, VISIT_MINUTES_MIN, VISIT_MINUTES_MAX);
    int64_t off = chance_between(&world->chance, 5, 60);
    (void)snprintf(visit.id, ID_SIZE, "%s", day->ids[stop]);
    int64_t drive =
        point_way_m(day->place, world->clients[visit.client].place) / DRIVE_METRES_A_SECOND;
    way = drive > way ? drive : way;
    if (visit.invention == OVERLAPPING)
        way = -5 * MINUTE;
    if (visit.invention == IMPOSSIBLE_SPEED)
        way = 2 * MINUTE;
    if (visit.invention == TOO_SHORT)
        stay = minutes(world, 1, 3);
    if (visit.invention == TOO_FAR)
        off = TOO_FAR_M;
    visit.begin = day->now + way;
    visit.end = visit.begin + stay;
    visit.place = point_moved(world->clients[visit.client].place, off, 0);
    return visit;
}

static void put_samples(struct field_day *day) {
    for (int i = 0; i < SAMPLES; i++)
        put_employee_fact(day, "LocationSampled", day->now + (i + 1) * SAMPLE_EVERY,
                          json_pack("{s:s,s:i,s:i}", "employeeId", day->world->reps[day->rep].id,
                                    "accuracyM", 15, "batteryPct", 80),
                          json_pack("{s:[o]}", "track", value_point(day->place)));
}

// Nothing before an invented visit is called off: its last neighbour was there in truth.
static bool is_called_off(struct field_day *day, int stop) {
    bool settled = day->joint || day->invention != HONEST || stop == 0;
    return !settled && chance_percent(&day->world->chance, 6);
}

static void visit_stops(struct field_day *day) {
    struct world *world = day->world;
    for (int i = 0; i < day->count; i++) {
        put_plan(day, i);
        if (is_called_off(day, i)) {
            cancel(day, i);
            continue;
        }
        struct visit visit = make_visit(day, i);
        // The one that another overlaps is flagged as well, and stays as it is for that.
        if (day->invention == OVERLAPPING && i == day->count - 2)
            visit.invention = OVERLAPPING;
        day->now = visit.end;
        visit_put(world, &visit);
        if (visit.joint)
            visit_put_joint(world, &visit);
        note(day, i);
        day->place = visit.place;
    }
    put_samples(day);
}

static void mark(struct field_day *day, const char *kind, int64_t at) {
    put_employee_fact(
        day, "WorkdayMarked", at,
        json_pack("{s:s,s:s}", "employeeId", day->world->reps[day->rep].id, "kind", kind), NULL);
}

static void work(struct world *world, int rep) {
    struct field_day day = {.world = world, .rep = rep, .now = at_time(world->today, 8, 30)};
    day.place = world->reps[rep].centre;
    day.synced = choose_sync(world, rep);
    day.invention = day.synced ? HONEST : choose_invention(world, rep);
    day.joint = !day.synced && chance_percent(&world->chance, 8);
    choose_stops(&day);
    if (!day.count)
        return;
    put_route(&day);
    mark(&day, "START", day.now);
    visit_stops(&day);
    mark(&day, "END", day.now + 30 * MINUTE);
}

void visits_day(struct world *world) {
    for (int i = 0; i < world->rep_count; i++)
        if (rep_works(world, &world->reps[i], world->today))
            work(world, i);
}
