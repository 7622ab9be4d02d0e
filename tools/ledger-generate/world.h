// The field force: who is in it, what each has, and which day it is. Every file below adds what
// belongs to its subject, a day at a time.
#ifndef GENERATE_WORLD_H
#define GENERATE_WORLD_H

#include "chance.h"
#include "outbox.h"
#include "truth.h"

enum { ID_SIZE = 32, NOBODY = -1 };

struct rep {
    char id[ID_SIZE], territory[ID_SIZE];
    int manager;
    struct point centre;
    int32_t last_day; // INT32_MAX = stays
    bool all_handed_over;
    int32_t absent_from, absent_to;
    int first_client; // of a list that goes on with `next`; NOBODY = none
    int far_client;   // in another town: visited by the day's last visit only, if at all
};

struct manager {
    char id[ID_SIZE], territory[ID_SIZE];
};

enum client_kind { CLIENT_PHARMACY, CLIENT_CHAIN, CLIENT_DOCTOR, CLIENT_HOSPITAL };

struct client {
    char id[ID_SIZE];
    enum client_kind kind;
    struct point place;
    int owner;    // number of the representative
    int next;     // client of the same
    bool visited; // one of those that a day's route is made from
    int rhythm;   // days between orders; 0 = orders nothing
    int32_t next_order, last_order_day;
};

struct deal {
    char id[ID_SIZE];
    int client, owner;
    int stage;
    enum { DEAL_OPEN, DEAL_WON, DEAL_LOST } state;
    bool comes_back; // of a lost one
    int32_t next_day;
    int64_t minor;
};

struct task {
    char id[ID_SIZE];
    int client, owner;
    bool open, timed, slips, reminded;
    int32_t due;
    int32_t end_day; // INT32_MAX = forgotten
    bool cancelled;  // and not completed, on end_day
};

struct world {
    struct chance chance;
    struct outbox outbox;
    struct truth truth;
    int32_t first_day, last_day, today;
    int workday; // how many there were before today
    int rep_count, manager_count, client_count, deal_count, task_count;
    struct rep *reps;
    struct manager *managers;
    struct client *clients;
    struct deal *deals;
    struct task *tasks;
    size_t client_capacity, deal_capacity, task_capacity;
    uint64_t visit_count, order_count, payment_count, interaction_count, need_count;
    uint64_t deal_steps, losses, joint_count, invented_count;
    int64_t won_minor, overdue_minor, owed_minor;
    int *picked; // room for the numbers of one representative's clients
    size_t picked_capacity;
};

// A new element at the end of a list, zeroed; NULL when out of memory, which sticks.
void *world_add(struct world *world, void *list, int *count, size_t *capacity, size_t size);
bool is_workday(const struct world *world);
// Works today: is not absent and has not left.
bool rep_works(const struct world *world, const struct rep *rep, int32_t day);
// Has left, or does so today: what is theirs rests until it is handed over.
bool rep_rests(const struct world *world, int rep);
const char *manager_of(const struct world *world, const struct rep *rep);
// Puts a client, which is in nobody's list, into its owner's.
void world_link_client(struct world *world, int client);
// The visited clients of a representative, in `picked`; returns how many.
int world_pick_clients(struct world *world, int rep);
bool world_runs_at(const struct world *world, int64_t at);

// ---- before the first day
void standards_set(struct world *world);
bool staff_hire(struct world *world, int reps);
void clients_register(struct world *world);
void duplicates_plan(struct world *world);

// ---- a day
void staff_day(struct world *world);
void plans_day(struct world *world);
void visits_day(struct world *world);
void deals_day(struct world *world);
void tasks_day(struct world *world);
void orders_day(struct world *world);

// ---- after the last
void deals_end(struct world *world);
void tasks_end(struct world *world);
void orders_end(struct world *world);

extern const char *const product_ids[];
enum { PRODUCTS = 6, STAGES = 3 };
extern const char *const stage_ids[STAGES];

#endif
