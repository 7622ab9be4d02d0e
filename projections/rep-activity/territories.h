// Territories by day: who held one, and which lies within which. At any day an assignment is in
// force that has begun and not ended; of several, the one that began last. Read when first asked
// for, so that a question touches only the territories that it is about.
#ifndef REP_ACTIVITY_TERRITORIES_H
#define REP_ACTIVITY_TERRITORIES_H

#include "rep_activity.h"
#include "runtime/ids.h"

struct territory_span {
    struct territory_row row;
    struct ledger_moment occurred;
    uint64_t position;
};

struct territory {
    bool read;
    struct territory_span *spans;
    size_t count, capacity;
};

struct holdings {
    bool read;
    const char **territories; // that the employee ever held
    size_t count, capacity;
};

// {.view = …, .ids and .employees with its arena}: see territories_begin. `failed` sticks: out of
// memory.
struct territories {
    struct projection_view *view;
    struct projection_ids ids;
    struct territory *list; // by number
    size_t capacity;
    struct projection_ids employees;
    struct holdings *holdings; // by number
    size_t holdings_capacity;
    bool failed;
};
void territories_begin(struct territories *territories, struct projection_view *view);
// NULL if it was vacant, or nothing is known of it.
const char *territories_holder(struct territories *territories, const char *territory, int32_t day);
// Whether it was `top`, or below it.
bool territories_within(struct territories *territories, const char *territory, const char *top,
                        int32_t day);
// Whether the employee held `top` or one below it.
bool territories_held_within(struct territories *territories, const char *employee, const char *top,
                             int32_t day);
// Everyone who ever held it.
void territories_holders(struct territories *territories, const char *territory,
                         struct projection_ids *employees);
// Everyone who ever held `top`, or one that was ever below it.
void territories_people(struct territories *territories, const char *top,
                        struct projection_ids *employees);
// Every territory that the employee ever held.
const struct holdings *territories_of(struct territories *territories, const char *employee);

#endif
