// Clients and their people, who looks after them, and how often they are to be called on.
#include "world.h"

enum {
    PHARMACIES = 16,
    DOCTORS = 18,
    CHAIN_MEMBERS = 4,
    TERRITORY_RADIUS_M = 3000,
    FAR_M = 60000,
    RHYTHM_DAYS_MIN = 7,
    RHYTHM_DAYS_MAX = 12,
    OVERDUE_EVERY = 6, // of the clients that order, one in so many stops
};

static const char *const kinds[] = {[CLIENT_PHARMACY] = "PHARMACY",
                                    [CLIENT_CHAIN] = "PHARMACY_CHAIN",
                                    [CLIENT_DOCTOR] = "HCP",
                                    [CLIENT_HOSPITAL] = "HOSPITAL"};
static const char *const words[] = {[CLIENT_PHARMACY] = "Pharmacy",
                                    [CLIENT_CHAIN] = "Pharmacy chain",
                                    [CLIENT_DOCTOR] = "Doctor",
                                    [CLIENT_HOSPITAL] = "Hospital"};

static void put(struct world *world, const struct client *client, const char *type, int minute,
                const char *person, json_t *payload, json_t *values) {
    const struct rep *rep = &world->reps[client->owner];
    const int64_t at = at_time(world->first_day, 7, minute);
    struct fact fact = {.type = type,
                        .category = "client",
                        .id = client->id,
                        .occurred = at,
                        .recorded = at,
                        .actor = manager_of(world, rep),
                        .subjects = {{"client", client->id, NULL}},
                        .payload = payload,
                        .person = person,
                        .values = values,
                        .territory = rep->territory};
    if (person && person != client->id) {
        fact.subjects[1].kind = "person";
        fact.subjects[1].id = person;
    }
    outbox_put(&world->outbox, &fact, NULL);
}

static void register_client(struct world *world, struct client *client, const char *parent) {
    char name[64];
    char address[64];
    bool person = client->kind == CLIENT_DOCTOR;
    (void)snprintf(name, sizeof name, "%s %d", words[client->kind], world->client_count);
    (void)snprintf(address, sizeof address, "Street %d", world->client_count);
    put(world, client, "ClientRegistered", 0, person ? client->id : NULL,
        json_pack("{s:s,s:s,s:s,s:s*,s:s*,s:s,s:o}", "clientId", client->id, "kind",
                  kinds[client->kind], "stage", client->rhythm ? "CUSTOMER" : "PROSPECT", "name",
                  person ? NULL : name, "parentId", parent, "address", address, "geo",
                  value_point(client->place)),
        person ? json_pack("{s:s}", "name", name) : NULL);
    put(world, client, "ClientAssigned", 1, NULL,
        json_pack("{s:s,s:s,s:s,s:o}", "clientId", client->id, "employeeId",
                  world->reps[client->owner].id, "role", "OWNER", "from",
                  value_date(world->first_day)),
        NULL);
}

static void put_segment(struct world *world, const struct client *client) {
    static const char *const segments[] = {"A", "B", "C"};
    put(world, client, "ClientSegmented", 2, NULL,
        json_pack("{s:s,s:s,s:s,s:s}", "clientId", client->id, "scheme", "POTENTIAL", "segment",
                  segments[chance_below(&world->chance, 3)], "basis", "MANUAL"),
        NULL);
}

static void put_contact(struct world *world, const struct client *client) {
    char person[ID_SIZE + 8];
    char name[64];
    (void)snprintf(person, sizeof person, "%s-person", client->id);
    (void)snprintf(name, sizeof name, "Contact of %s", client->id);
    put(world, client, "ContactPersonSet", 3, person,
        json_pack("{s:s,s:s,s:s}", "personId", person, "clientId", client->id, "post", "buyer"),
        json_pack("{s:s,s:[s]}", "name", name, "phones", "+00 000 000"));
}

static void put_affiliation(struct world *world, const struct client *doctor,
                            const char *hospital) {
    put(world, doctor, "ClientDetailsChanged", 4, NULL,
        json_pack("{s:s,s:s,s:s,s:s,s:o}", "clientId", doctor->id, "field", "affiliation", "hcoId",
                  hospital, "role", "physician", "from", value_date(world->first_day)),
        NULL);
}

static void put_terms(struct world *world, const struct client *client) {
    put(world, client, "CreditTermsSet", 5, NULL,
        json_pack("{s:s,s:i,s:o}", "clientId", client->id, "days", 30, "from",
                  value_date(world->first_day)),
        NULL);
}

// ---- the clients of one territory
static struct client *add_client(struct world *world, int owner, enum client_kind kind) {
    struct client *client = world_add(world, &world->clients, &world->client_count,
                                      &world->client_capacity, sizeof *client);
    if (!client)
        return NULL;
    (void)snprintf(client->id, ID_SIZE, "client-%05d", world->client_count);
    client->kind = kind;
    client->owner = owner;
    client->visited = true;
    world_link_client(world, world->client_count - 1);
    client->place =
        point_moved(world->reps[owner].centre,
                    chance_between(&world->chance, -TERRITORY_RADIUS_M, TERRITORY_RADIUS_M),
                    chance_between(&world->chance, -TERRITORY_RADIUS_M, TERRITORY_RADIUS_M));
    return client;
}

// Orders come a day more or less than the rhythm apart; the last of an overdue client lies so far
// back that no such day explains it.
static void plan_orders(struct world *world, struct client *client) {
    bool stops = client->kind == CLIENT_PHARMACY && world->client_count % OVERDUE_EVERY == 0;
    client->rhythm = (int)chance_between(&world->chance, RHYTHM_DAYS_MIN, RHYTHM_DAYS_MAX);
    client->next_order =
        world->first_day + (int32_t)chance_below(&world->chance, (uint64_t)client->rhythm);
    client->last_order_day = world->last_day - (stops ? client->rhythm * 5 / 2 : 0);
    if (stops)
        truth_list(&world->truth, "orders_overdue", NULL, client->id);
}

static struct client *put_client(struct world *world, int owner, enum client_kind kind,
                                 const char *parent) {
    struct client *client = add_client(world, owner, kind);
    if (!client)
        return NULL;
    if (kind == CLIENT_PHARMACY && world->client_count % 4 != 1)
        plan_orders(world, client);
    register_client(world, client, parent);
    if (kind != CLIENT_CHAIN)
        put_segment(world, client);
    if (kind == CLIENT_PHARMACY)
        put_contact(world, client);
    if (client->rhythm)
        put_terms(world, client);
    return client;
}

static void put_far_client(struct world *world, int owner) {
    struct client *client = add_client(world, owner, CLIENT_HOSPITAL);
    if (!client)
        return;
    client->visited = false;
    client->place = point_moved(world->reps[owner].centre, FAR_M, 0);
    world->reps[owner].far_client = world->client_count - 1;
    register_client(world, client, NULL);
}

static void fill_territory(struct world *world, int owner) {
    char chain[ID_SIZE] = "";
    char hospital[ID_SIZE] = "";
    struct client *client = put_client(world, owner, CLIENT_CHAIN, NULL);
    if (client)
        (void)snprintf(chain, sizeof chain, "%s", client->id);
    client = put_client(world, owner, CLIENT_HOSPITAL, NULL);
    if (client)
        (void)snprintf(hospital, sizeof hospital, "%s", client->id);
    for (int i = 0; i < PHARMACIES; i++)
        (void)put_client(world, owner, CLIENT_PHARMACY, i < CHAIN_MEMBERS ? chain : NULL);
    for (int i = 0; i < DOCTORS; i++) {
        client = put_client(world, owner, CLIENT_DOCTOR, NULL);
        if (client && i % 2 == 0)
            put_affiliation(world, client, hospital);
    }
    put_far_client(world, owner);
}

void clients_register(struct world *world) {
    for (int i = 0; i < world->rep_count; i++)
        fill_territory(world, i);
}

// ---- call plans: a quarter each; some targets are set anew after three weeks
enum { QUARTER_DAYS = 91, REVISED_AFTER_DAYS = 21 };

static void put_target(struct world *world, const struct client *client, int32_t from,
                       int version) {
    const struct rep *rep = &world->reps[client->owner];
    char plan[ID_SIZE];
    const int64_t at = at_time(world->today, 7, 30);
    int32_t to = from + QUARTER_DAYS - 1;
    (void)snprintf(plan, sizeof plan, "plan-%02d", (from - world->first_day) / QUARTER_DAYS + 1);
    outbox_put(
        &world->outbox,
        &(struct fact){.type = "CyclePlanTargetSet",
                       .category = "plan",
                       .id = plan,
                       .occurred = at,
                       .recorded = at,
                       .actor = manager_of(world, rep),
                       .subjects = {{"client", client->id, NULL}},
                       .payload = json_pack(
                           "{s:s,s:i,s:s,s:o,s:o,s:s,s:i,s:s}", "planId", plan, "version", version,
                           "employeeId", rep->id, "from", value_date(from), "to",
                           value_date(to < world->last_day ? to : world->last_day), "clientId",
                           client->id, "plannedCalls", (int)chance_between(&world->chance, 3, 9),
                           "approvedBy", manager_of(world, rep)),
                       .territory = rep->territory},
        NULL);
}

void plans_day(struct world *world) {
    int32_t day = (world->today - world->first_day) % QUARTER_DAYS;
    if (day != 0 && day != REVISED_AFTER_DAYS)
        return;
    for (int i = 0; i < world->client_count; i++) {
        const struct client *client = &world->clients[i];
        if (client->visited && !rep_rests(world, client->owner) && (day == 0 || i % 10 == 0))
            put_target(world, client, world->today - day, day == 0 ? 1 : 2);
    }
}
