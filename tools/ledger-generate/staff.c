// Employees and territories: hired, absent, gone; and what a leaver had, handed over or left
// behind.
#include <stdlib.h>

#include "world.h"

enum { REPS_A_MANAGER = 6, TENURE_DAYS = 900 };
// Territories lie in rows from west to east, the rows from south to north.
#define COLUMNS 100
#define TERRITORY_M INT64_C(25000)
#define HEAD "head-01"
#define COUNTRY "country"

static void put(struct world *world, const char *type, const char *category, const char *id,
                const char *employee, int64_t at, json_t *payload, json_t *values) {
    outbox_put(&world->outbox,
               &(struct fact){.type = type,
                              .category = category,
                              .id = id,
                              .occurred = at,
                              .recorded = at,
                              .actor = HEAD,
                              .subjects = {{employee ? "employee" : NULL, employee, NULL}},
                              .payload = payload,
                              .person = values ? employee : NULL,
                              .values = values},
               NULL);
}

static void hire(struct world *world, const char *id, const char *position, const char *manager,
                 const char *word, int number) {
    char name[64];
    (void)snprintf(name, sizeof name, "%s %d", word, number);
    put(world, "EmployeeHired", "employee", id, id, at_time(world->first_day, 6, 10),
        json_pack("{s:s,s:s,s:s,s:s*,s:o}", "employeeId", id, "kind", "PERSON", "position",
                  position, "managerId", manager, "from",
                  value_date(world->first_day - TENURE_DAYS + number)),
        json_pack("{s:s}", "name", name));
}

static void give(struct world *world, const char *territory, const char *parent,
                 const char *employee, int32_t from, int64_t at) {
    put(world, "TerritoryAssigned", "territory", territory, NULL, at,
        json_pack("{s:s,s:s*,s:s*,s:o}", "territoryId", territory, "parentId", parent, "employeeId",
                  employee, "from", value_date(from)),
        NULL);
}

// ---- before the first day
// Spread out, so that a leaver's neighbours stay and can take over.
static void plan_leaving(struct world *world) {
    int leavers = world->rep_count / 10 > 2 ? world->rep_count / 10 : 2;
    int32_t span = world->last_day - world->first_day;
    int stride = world->rep_count / leavers;
    for (int i = 1; i <= leavers; i++) {
        struct rep *rep = &world->reps[1 + (i - 1) * stride];
        int32_t day = world->first_day + span * 6 / 10 + 7 * (i % 3);
        while (weekday_of(day) != 3) // so that the handover is on a Friday
            day++;
        rep->last_day = day;
        rep->all_handed_over = i % 2 == 1;
    }
}

static void plan_absence(struct world *world, struct rep *rep, int number) {
    rep->absent_from = rep->absent_to = INT32_MAX;
    if (rep->last_day != INT32_MAX)
        return;
    int32_t monday = world->first_day + 28 + 7 * (number % 4);
    while (weekday_of(monday) != 0)
        monday++;
    rep->absent_from = monday;
    rep->absent_to = monday + 4;
}

static void put_manager(struct world *world, int number) {
    struct manager *manager = &world->managers[number];
    (void)snprintf(manager->id, ID_SIZE, "manager-%02d", number + 1);
    (void)snprintf(manager->territory, ID_SIZE, "region-%02d", number + 1);
    hire(world, manager->id, "manager", HEAD, "Manager", number + 1);
    give(world, manager->territory, COUNTRY, manager->id, world->first_day,
         at_time(world->first_day, 6, 20));
}

static void put_rep(struct world *world, int number) {
    struct rep *rep = &world->reps[number];
    rep->manager = number / REPS_A_MANAGER;
    rep->centre = point_moved((struct point){500000000, 100000000}, number / COLUMNS * TERRITORY_M,
                              number % COLUMNS * TERRITORY_M);
    (void)snprintf(rep->id, ID_SIZE, "rep-%03d", number + 1);
    (void)snprintf(rep->territory, ID_SIZE, "territory-%03d", number + 1);
    hire(world, rep->id, "representative", manager_of(world, rep), "Representative", number + 1);
    give(world, rep->territory, world->managers[rep->manager].territory, rep->id, world->first_day,
         at_time(world->first_day, 6, 20));
    plan_absence(world, rep, number);
}

bool staff_hire(struct world *world, int reps) {
    world->rep_count = reps;
    world->manager_count = (reps + REPS_A_MANAGER - 1) / REPS_A_MANAGER;
    world->reps = calloc((size_t)reps, sizeof *world->reps);
    world->managers = calloc((size_t)world->manager_count, sizeof *world->managers);
    if (!world->reps || !world->managers)
        return false;
    for (int i = 0; i < reps; i++) {
        world->reps[i].last_day = INT32_MAX;
        world->reps[i].first_client = NOBODY;
    }
    plan_leaving(world);
    hire(world, "admin-01", "administrator", HEAD, "Administrator", 1);
    hire(world, "office-01", "order desk", HEAD, "Order desk", 1);
    hire(world, HEAD, "head of field force", NULL, "Head", 1);
    give(world, COUNTRY, NULL, HEAD, world->first_day, at_time(world->first_day, 6, 20));
    for (int i = 0; i < world->manager_count; i++)
        put_manager(world, i);
    for (int i = 0; i < reps; i++)
        put_rep(world, i);
    return true;
}

// ---- handovers
struct handover {
    struct world *world;
    int leaver;
    uint64_t items;
    char correlation[EVENT_ID_SIZE];
};

// A neighbour, by turns.
static int taker(struct handover *handover) {
    int other = handover->leaver + (handover->items % 2 == 0 ? 1 : -1);
    return other < handover->world->rep_count ? other : handover->leaver - 1;
}

static void truth_item(struct handover *handover, const char *fate, const char *kind,
                       const char *id) {
    char group[ID_SIZE];
    (void)snprintf(group, sizeof group, "handover_%s_%s", fate, kind);
    truth_list(&handover->world->truth, group, handover->world->reps[handover->leaver].id, id);
}

// An incomplete one forgets every fourth item.
static void hand_over(struct handover *handover, const char *type, const char *kind, const char *id,
                      int *owner) {
    struct world *world = handover->world;
    const struct rep *leaver = &world->reps[handover->leaver];
    char field[ID_SIZE];
    handover->items++;
    if (!leaver->all_handed_over && handover->items % 4 == 1) {
        truth_item(handover, "left", kind, id);
        return;
    }
    *owner = taker(handover);
    (void)snprintf(field, sizeof field, "%sId", kind);
    const int64_t at = at_time(world->today, 9, 0);
    outbox_put(
        &world->outbox,
        &(struct fact){.type = type,
                       .category = kind,
                       .id = id,
                       .occurred = at,
                       .recorded = at,
                       .actor = manager_of(world, leaver),
                       .subjects = {{kind, id, NULL}},
                       .payload = json_pack("{s:s,s:s,s:s,s:s,s:s}", field, id, "fromEmployee",
                                            leaver->id, "toEmployee", world->reps[*owner].id,
                                            "reason", "LEAVER", "oldFrom", "LEDGER"),
                       .correlation = handover->correlation},
        NULL);
    truth_item(handover, "moved", kind, id);
}

static void hand_clients_over(struct handover *handover) {
    struct world *world = handover->world;
    int client = world->reps[handover->leaver].first_client;
    world->reps[handover->leaver].first_client = NOBODY;
    while (client != NOBODY) {
        int next = world->clients[client].next;
        hand_over(handover, "ClientReassigned", "client", world->clients[client].id,
                  &world->clients[client].owner);
        world_link_client(world, client);
        client = next;
    }
}

static void hand_all_over(struct world *world, int leaver) {
    struct handover handover = {.world = world, .leaver = leaver};
    outbox_id(&world->outbox, "handover", (uint64_t)leaver, handover.correlation);
    hand_clients_over(&handover);
    for (int i = 0; i < world->deal_count; i++)
        if (world->deals[i].owner == leaver && world->deals[i].state == DEAL_OPEN)
            hand_over(&handover, "DealReassigned", "deal", world->deals[i].id,
                      &world->deals[i].owner);
    for (int i = 0; i < world->task_count; i++)
        if (world->tasks[i].owner == leaver && world->tasks[i].open)
            hand_over(&handover, "TaskReassigned", "task", world->tasks[i].id,
                      &world->tasks[i].owner);
    give(world, world->reps[leaver].territory,
         world->managers[world->reps[leaver].manager].territory, NULL, world->today,
         at_time(world->today, 9, 5));
}

// ---- a day
static void put_absence(struct world *world, const struct rep *rep) {
    put(world, "EmployeeChanged", "employee", rep->id, rep->id, at_time(world->today, 10, 0),
        json_pack("{s:s,s:s,s:o,s:o,s:s}", "employeeId", rep->id, "kind", "ABSENCE", "from",
                  value_date(rep->absent_from), "to", value_date(rep->absent_to), "absence",
                  "vacation"),
        NULL);
    truth_list(&world->truth, "absences", NULL, rep->id);
}

static void put_leaving(struct world *world, const struct rep *rep) {
    put(world, "EmployeeTerminated", "employee", rep->id, rep->id, at_time(world->today, 17, 30),
        json_pack("{s:s,s:o,s:s}", "employeeId", rep->id, "lastDay", value_date(rep->last_day),
                  "reason", "resigned"),
        NULL);
    truth_list(&world->truth, "leavers", NULL, rep->id);
}

void staff_day(struct world *world) {
    for (int i = 0; i < world->rep_count; i++) {
        const struct rep *rep = &world->reps[i];
        if (rep->absent_from != INT32_MAX && world->today == rep->absent_from - 14)
            put_absence(world, rep);
        if (world->today == rep->last_day)
            put_leaving(world, rep);
        if (rep->last_day != INT32_MAX && world->today == rep->last_day + 1)
            hand_all_over(world, i);
    }
}
