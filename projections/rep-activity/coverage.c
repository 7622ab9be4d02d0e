#include "coverage.h"

#include <stdlib.h>
#include <string.h>

#define NOBODYS "" // targets of a territory that nobody holds

enum ledger_err coverage_begin(struct coverage *coverage, struct scope *scope,
                               struct ledger_error *error) {
    *coverage = (struct coverage){.reps = {.arena = projection_view_arena(scope->view)}};
    return targets_begin(&coverage->targets, scope, NULL, error);
}

bool coverage_has_targets(const struct coverage *coverage) {
    return coverage->targets.count > 0;
}

// ---- contacts
struct contact {
    const char *rep;
    int32_t day;
    int64_t channel;
    bool on_target;
};

// A representative's visits come by client and day, so those of one contact come together.
static void count_contact(struct targets *targets, struct target *target, void *context) {
    struct contact *contact = context;
    (void)targets;
    if (contact->day < target->row.from || contact->day > target->row.to ||
        (target->row.channel && target->row.channel != contact->channel))
        return;
    contact->on_target = true;
    bool again =
        target->has_last && target->last_rep == contact->rep && target->counted == contact->day;
    target->actual += !again;
    target->counted = contact->day;
    target->last_rep = contact->rep;
    if (!target->has_last || target->last < contact->day)
        target->last = contact->day;
    target->has_last = true;
}

uint64_t coverage_take(struct coverage *coverage, const struct contacts *contacts,
                       const struct rep_contacts *rep) {
    uint64_t on_target = 0;
    bool counted = false;
    for (size_t i = 0; i < rep->count && coverage->targets.count; i++) {
        const struct contact_visit *visit = &rep->visits[i];
        struct contact contact = {.rep = rep->rep, .day = visit->day, .channel = visit->channel};
        targets_each(&coverage->targets, rep->rep, contacts->clients.texts[visit->client],
                     visit->day, count_contact, &contact);
        counted = contact.on_target || (counted && !visit->first);
        bool last = i + 1 == rep->count || rep->visits[i + 1].first;
        on_target += last && counted;
    }
    return on_target;
}

// ---- what came of it
static const char *owner_of(const struct target *target) {
    return target->rep ? target->rep : NOBODYS;
}

static int by_rep_and_client(const void *a, const void *b) {
    const struct target *left = a;
    const struct target *right = b;
    int order = strcmp(owner_of(left), owner_of(right));
    if (!order)
        order = strcmp(left->client, right->client);
    if (!order)
        order = strcmp(left->plan, right->plan);
    if (order)
        return order;
    return left->row.channel < right->row.channel ? -1 : left->row.channel > right->row.channel;
}

enum ledger_err coverage_settle(struct coverage *coverage, struct ledger_error *error) {
    struct target *list = coverage->targets.list;
    size_t count = coverage->targets.count;
    if (coverage->targets.scope->territories.failed)
        return projection_no_memory(error);
    if (count)
        qsort(list, count, sizeof *list, by_rep_and_client);
    for (size_t i = 0, next; i < count; i = next) {
        const char *owner = owner_of(&list[i]);
        bool reached = false;
        bool met = true;
        for (next = i; next < count && strcmp(owner_of(&list[next]), owner) == 0 &&
                       strcmp(list[next].client, list[i].client) == 0;
             next++) {
            reached |= list[next].actual > 0;
            met &= list[next].actual >= (uint64_t)list[next].row.planned_calls;
        }
        size_t number = projection_ids_add(&coverage->reps, owner);
        if (number == PROJECTION_ID_NONE ||
            !projection_grow(coverage->reps.arena, &coverage->list, &coverage->capacity, number,
                             sizeof *coverage->list))
            return projection_no_memory(error);
        coverage->list[number].targets++;
        coverage->list[number].reached += reached;
        coverage->list[number].met += met;
    }
    return LEDGER_E_OK;
}

struct covered coverage_of(const struct coverage *coverage, const char *rep) {
    size_t number = projection_ids_find(&coverage->reps, rep);
    return number == PROJECTION_ID_NONE ? (struct covered){0} : coverage->list[number];
}
