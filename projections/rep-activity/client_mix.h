// Who was visited: clients by the segment they were in when visited, and those visited for the
// first time ever, by anyone.
#ifndef REP_ACTIVITY_CLIENT_MIX_H
#define REP_ACTIVITY_CLIENT_MIX_H

#include "contacts.h"

struct segment_tally {
    int64_t scheme; // as Facts.V1.ClientSegmented.Scheme
    const char *segment;
    uint64_t visits;
};

struct client_mix {
    struct projection_view *view;
    struct mixed_client *clients; // by number in contacts.clients
    size_t capacity;
    struct projection_ids keys; // scheme and segment
    struct segment_tally *list; // by number
    size_t list_capacity;
};
void client_mix_begin(struct client_mix *mix, struct projection_view *view);
// Takes one representative's visits; *first is how many were the first ever of their client.
// False when out of memory.
bool client_mix_take(struct client_mix *mix, const struct contacts *contacts,
                     const struct rep_contacts *rep, uint64_t *first);
void client_mix_answer(struct client_mix *mix, struct projection_answer *answer);

#endif
