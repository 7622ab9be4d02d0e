#include "world.h"

#include <stdlib.h>
#include <string.h>

void *world_add(struct world *world, void *list, int *count, size_t *capacity, size_t size) {
    char *items;
    memcpy(&items, list, sizeof items);
    if ((size_t)*count == *capacity) {
        size_t wanted = *capacity ? 2 * *capacity : 64;
        items = realloc(items, wanted * size);
        if (!items) {
            world->outbox.no_memory = true;
            return NULL;
        }
        memcpy(list, &items, sizeof items);
        *capacity = wanted;
    }
    return memset(items + (size_t)(*count)++ * size, 0, size);
}

bool is_workday(const struct world *world) {
    return weekday_of(world->today) < 5;
}

bool rep_works(const struct world *world, const struct rep *rep, int32_t day) {
    return day <= world->last_day && weekday_of(day) < 5 && day <= rep->last_day &&
           (day < rep->absent_from || day > rep->absent_to);
}

bool rep_rests(const struct world *world, int rep) {
    return world->today >= world->reps[rep].last_day;
}

const char *manager_of(const struct world *world, const struct rep *rep) {
    return world->managers[rep->manager].id;
}

void world_link_client(struct world *world, int client) {
    struct rep *rep = &world->reps[world->clients[client].owner];
    world->clients[client].next = rep->first_client;
    rep->first_client = client;
}

int world_pick_clients(struct world *world, int rep) {
    int count = 0;
    for (int i = world->reps[rep].first_client; i != NOBODY; i = world->clients[i].next) {
        if (!world->clients[i].visited)
            continue;
        int *slot = world_add(world, &world->picked, &count, &world->picked_capacity, sizeof *slot);
        if (!slot)
            return 0;
        *slot = i;
    }
    return count;
}

bool world_runs_at(const struct world *world, int64_t at) {
    return day_of(at) <= world->last_day;
}
