// One held visit, from check-in to report, and what is recorded around it.
#ifndef GENERATE_VISIT_H
#define GENERATE_VISIT_H

#include "world.h"

// Why a visit is not to be believed; the names are those of the read model's rules.
enum invention { HONEST, TOO_SHORT, TOO_FAR, OVERLAPPING, IMPOSSIBLE_SPEED, MOCK, INVENTIONS };

struct visit {
    char id[ID_SIZE];
    int rep, client;
    int64_t begin, end;
    struct point place; // where the device was
    enum invention invention;
    int64_t synced; // when all of the day was recorded at once; 0 = as it happened
    bool joint;     // somebody was there too: the report stays as it is
};

void visit_id_of(struct world *world, char id[ID_SIZE]);
// Check-in, check-out and report, with what becomes of the report; and its truth.
void visit_put(struct world *world, const struct visit *visit);
void visit_put_joint(struct world *world, const struct visit *visit);

#endif
