// Clients ranked by the won value of a period, and their classes A, B and C.
#ifndef RANKING_H
#define RANKING_H

#include "deals.h"

enum { CLASS_A, CLASS_B, CLASS_C, CLASSES };
extern const char *const class_names[CLASSES];

struct ranked_client {
    const char *id, *currency;
    uint64_t won;
    __int128 minor;
    __int128 before, total; // of the currency: the value of larger clients, and of all
    size_t class;
};

struct ranking {
    struct ledger_arena *arena;
    struct projection_period period; // of the closing day
    struct projection_ids keys;      // currency and client
    struct ranked_client *list;      // by number; ranked, by currency and value
    size_t capacity;
    uint64_t without_client, without_amount;
};
#define RANKING_IN(from)                                                                           \
    {                                                                                              \
        .arena = (from), .keys = {.arena = (from) }                                                \
    }

// A deal that was not won in the period is none of it. False when out of memory.
bool ranking_add(struct ranking *ranking, const struct deals *deals, const struct deal *deal);
// Sorts, and gives each client its class. Nothing may be added afterwards.
void ranking_finish(struct ranking *ranking);
void ranking_notes(const struct ranking *ranking, struct projection_answer *answer);

#endif
