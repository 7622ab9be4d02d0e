// Of what potential the active clients are that each employee owns.
#ifndef DIRECTORY_POTENTIAL_H
#define DIRECTORY_POTENTIAL_H

#include "objects.h"

struct potential {
    struct projection_ids ids; // owner and segment
    struct potential_line {
        const char *rep, *segment; // NULL = nobody; no potential is known
        int64_t clients;
    } * lines; // by number
    size_t capacity;
    struct projection_ids segments;
    int64_t *of_segment; // clients, by number of the segment
    size_t segment_capacity;
};
struct potential potential_in(struct ledger_arena *arena);
LEDGER_MUST_CHECK enum ledger_err potential_add(struct potential *potential,
                                                const struct objects *objects,
                                                const struct object *client);
// The table `potential`. It takes no more clients after that.
LEDGER_MUST_CHECK enum ledger_err potential_answer(struct potential *potential,
                                                   struct objects *objects,
                                                   struct projection_answer *answer,
                                                   uint64_t limit);

#endif
