// Which projections have a socket below the data directory.
#ifndef LEDGERCTL_SERVICES_H
#define LEDGERCTL_SERVICES_H

#include <stddef.h>

#include "common.h"
#include "ledger/arena.h"

// Its socket, and its name.
#define SERVICES_REACTOR "reactor"

struct service_names {
    char **list; // sorted
    size_t count;
};

// None, if the directory is not there. In the arena.
LEDGER_MUST_CHECK enum ledger_err services_find(const struct common *common,
                                                struct ledger_arena *arena,
                                                struct service_names *names,
                                                struct ledger_error *error);

// Of a service that nobody answers for: LEDGER_E_USAGE and the names of those that are there, if
// there never was such a one; else *error as it is. `kind`: "projection", or "service", which
// ledgerd and the reactor are too.
LEDGER_MUST_CHECK enum ledger_err services_explain_absence(const struct common *common,
                                                           const char *kind, const char *name,
                                                           struct ledger_arena *arena,
                                                           struct ledger_error *error);

// One request to one service, over a connection of its own.
LEDGER_MUST_CHECK enum ledger_err
services_ask(const struct common *common, const char *socket, const Ledger__V1__Request *request,
             struct ledger_arena *arena, Ledger__V1__Reply **reply, struct ledger_error *error);

#endif
