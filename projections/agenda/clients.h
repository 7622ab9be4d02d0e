// What is known of a client: whether it is active, whose it is, when it was last contacted. Each
// takes the id that stands for the client after merges, and touches only rows of its ids.
#ifndef AGENDA_CLIENTS_H
#define AGENDA_CLIENTS_H

#include "agenda.h"

// Whether one of its ids is registered, and was not deactivated since.
bool client_active(struct projection_view *view, const char *client);

// Who looks after it on that day. The survivor's own assignments decide; where it has none, those
// of the ids merged into it, in order. NULL = nobody, or no client.
const char *client_owner(struct projection_view *view, const char *client, int32_t day);

// Its last visit or interaction of a known time; unknown if there is none. Adds those of an unknown
// time to *unknown_time.
struct ledger_moment client_last_contact(struct projection_view *view, const char *client,
                                         uint64_t *unknown_time);

#endif
