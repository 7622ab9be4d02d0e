// Connections to the ledger and to projections, opened when they are first needed and kept. One
// thread at a time, but for peers_interrupt.
#ifndef REACTOR_PEERS_H
#define REACTOR_PEERS_H

#include "ledger/appender.h"
#include "ledger/client.h"

struct peers;

// `data` is borrowed.
LEDGER_MUST_CHECK enum ledger_err peers_new(const char *data, struct peers **peers,
                                            struct ledger_error *error);
void peers_free(struct peers *peers); // NULL is allowed

// One request to the socket of that name ("read", or a projection's). A connection that gave no
// answer is closed, and the next call opens another.
LEDGER_MUST_CHECK enum ledger_err peers_call(struct peers *peers, const char *name,
                                             const Ledger__V1__Request *request,
                                             struct ledger_arena *arena, Ledger__V1__Reply **reply,
                                             struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err peers_append(struct peers *peers,
                                               const struct ledger_new_append *append,
                                               struct ledger_append_outcome *outcome,
                                               struct ledger_error *error);

// Any thread: calls under way, and all later ones, end with LEDGER_E_INTERRUPTED.
void peers_interrupt(struct peers *peers);

#endif
