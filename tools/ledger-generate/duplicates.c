// Clients that were registered twice: suspected, merged, and one merge that was a mistake.
//
// Only among the clients of representatives who stay, so that a merge and a handover never meet.
#include "world.h"

enum { SUSPECTED_DAYS = 5, MERGED_DAYS = 8, REVERSED_DAYS = 20, FIRST_DAY = 10 };

struct pair {
    struct world *world;
    const struct client *survivor;
    char merged[ID_SIZE];
    const char *actor;
};

static void put(const struct pair *pair, const char *type, int32_t day, json_t *payload,
                const char *first_role, const char *second_role, char id[EVENT_ID_SIZE]) {
    const int64_t at = at_time(pair->world->first_day + day, 11, 0);
    outbox_put(&pair->world->outbox,
               &(struct fact){.type = type,
                              .category = "client",
                              .id = pair->survivor->id,
                              .occurred = at,
                              .recorded = at,
                              .actor = pair->actor,
                              .subjects = {{"client", pair->survivor->id, first_role},
                                           {"client", pair->merged, second_role}},
                              .payload = payload},
               id);
}

static void register_again(const struct pair *pair, int32_t day) {
    char name[64];
    const int64_t at = at_time(pair->world->first_day + day, 11, 0);
    const char *rep = pair->world->reps[pair->survivor->owner].id;
    (void)snprintf(name, sizeof name, "Pharmacy at the corner (%s)", pair->survivor->id);
    struct fact fact = {.type = "ClientRegistered",
                        .category = "client",
                        .id = pair->merged,
                        .occurred = at,
                        .recorded = at,
                        .actor = rep,
                        .subjects = {{"client", pair->merged, NULL}},
                        .payload = json_pack("{s:s,s:s,s:s,s:o}", "clientId", pair->merged, "kind",
                                             "PHARMACY", "name", name, "geo",
                                             value_point(pair->survivor->place))};
    outbox_put(&pair->world->outbox, &fact, NULL);
    fact.type = "ClientAssigned";
    fact.recorded++;
    fact.payload =
        json_pack("{s:s,s:s,s:s}", "clientId", pair->merged, "employeeId", rep, "role", "OWNER");
    outbox_put(&pair->world->outbox, &fact, NULL);
}

// Of four: two are merged, one is merged and taken apart again, one awaits a verdict.
static void plan_pair(const struct pair *pair, int number) {
    struct truth *truth = &pair->world->truth;
    char merge[EVENT_ID_SIZE];
    int32_t day = FIRST_DAY + number % 15;
    int fate = number % 4;
    register_again(pair, day);
    put(pair, "DuplicateSuspected", day + SUSPECTED_DAYS,
        json_pack("{s:s,s:s,s:i,s:s}", "a", pair->survivor->id, "b", pair->merged, "scoreBp",
                  9000 + number % 1000, "rule", "same place"),
        NULL, NULL, NULL);
    if (fate == 3) {
        truth_list(truth, "duplicates_open", NULL, pair->merged);
        return;
    }
    put(pair, "ClientsMerged", day + MERGED_DAYS,
        json_pack("{s:s,s:s}", "survivor", pair->survivor->id, "merged", pair->merged), "survivor",
        "merged", merge);
    if (fate != 1) {
        truth_list(truth, "duplicates_merged", pair->survivor->id, pair->merged);
        return;
    }
    put(pair, "MergeReversed", day + REVERSED_DAYS,
        json_pack("{s:s,s:s,s:s}", "mergeEventId", merge, "survivor", pair->survivor->id, "merged",
                  pair->merged),
        NULL, NULL, NULL);
    truth_list(truth, "duplicates_unmerged", pair->survivor->id, pair->merged);
}

void duplicates_plan(struct world *world) {
    int wanted = world->rep_count > 4 ? world->rep_count : 4;
    int made = 0;
    // From the end: there are enough pharmacies for all.
    for (int i = world->client_count - 1; i >= 0 && made < wanted; i--) {
        const struct client *client = &world->clients[i];
        if (client->kind != CLIENT_PHARMACY || client->rhythm ||
            world->reps[client->owner].last_day != INT32_MAX)
            continue;
        struct pair pair = {world, client, "", manager_of(world, &world->reps[client->owner])};
        (void)snprintf(pair.merged, ID_SIZE, "again-%05d", i + 1);
        plan_pair(&pair, made++);
    }
}
